"""Which layers stand in the strip from the first to the last."""

import pytest

from netinspect.analysis.profile import profile
from netinspect.network.load import load
from netinspect.pictures.kinds.strip import strip_calls
from netinspect.pictures.plan import plan
from netinspect.pictures.request import Request

CONV = "Conv2d(4, kernel_size=3, padding=1)"


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ([CONV, "ReLU", CONV, "ReLU"], ["1", "3"]),
        ([CONV, CONV, "ReLU", CONV, "ReLU"], ["2", "4"]),
        ([CONV, "ReLU", CONV, "ReLU", CONV, CONV], ["0", "2", "4", "5"]),  # half of them have none
        ([CONV, CONV, "ReLU"], ["0", "1"]),
    ],
)
def test_activations_or_convolutions_where_those_are_mostly_without(tmp_path, lines, shown):
    spec = "".join(f"  - {line}\n" for line in lines)
    (tmp_path / "net.yaml").write_text(f"input: [1, 8, 8]\nlayers:\n{spec}", encoding="utf-8")
    network = load(str(tmp_path / "net.yaml"))
    calls = strip_calls(plan(network, profile(network), Request("net.yaml", tmp_path)).layers)
    assert [call.path for call in calls] == shown
