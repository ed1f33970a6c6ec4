"""A cell that is called step by step is one recurrent layer over time."""

from netinspect.network.axes import cell_loops
from netinspect.network.load import load

SPEC = """\
input: {time: 5, features: 3}
layers:
  - cell(input[:, 0]): LSTMCell(4)
  - cell(input[:, i]) for i in range(1, input.shape[1])
  - once: GRUCell(2)
  - head: Linear(2)
"""


def test_all_calls_of_a_cell_in_order(tmp_path):
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    network = load(str(tmp_path / "net.yaml"))
    ((first, steps),) = cell_loops(network).items()
    assert first.path == "cell"
    assert [step.module for step in steps] == ["cell"] * 5
    assert [call for call in network.calls if call in steps] == list(steps)
