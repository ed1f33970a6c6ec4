"""The table a person reads: every figure is there at every width, names are never markup."""

import html
import re

import pytest

from netinspect.analysis.profile import profile
from netinspect.errors import InputError
from netinspect.language import Source
from netinspect.network.load import elaborate_file, load, spec_file
from netinspect.report import markdown
from netinspect.report.columns import BY_NAME, layout
from netinspect.report.table import table
from tests.network.building import layers, network

NET = """
- conv1: Conv2d(6, kernel_size=5)
- pool1: MaxPool2d(2)
- conv2: Conv2d(16, kernel_size=5)
- Flatten
- fc: Linear(10)
"""


@pytest.fixture
def lenet():
    return profile(layers(NET, "[1, 32, 32]"))


def body(text):
    """The table's own lines, heading and totals cut off."""
    return text.split("\n\n")[1].splitlines()


def test_numbers_are_aligned_and_grouped(lenet):
    lines = body(table(lenet, layout()))
    assert lines[0].split() == ["layer", "type", "output", "params", "MACs"]
    assert lines[1].split() == ["conv1", "Conv2d", "6×28×28", "156", "117,600"]
    assert len({len(line) for line in lines}) == 1


def test_totals_stand_below_in_words(lenet):
    totals = table(lenet, layout()).split("\n\n")[2].splitlines()
    assert totals == [
        "18,582 parameters (all trainable, 72.6 KiB) · 373,600 MACs",
        "peak activations 27.0 KiB · saved for backward 42.4 KiB",
        "5 layers, 3 with parameters on the longest path · conv2 sees 14×14 pixels (input 32×32)",
    ]


@pytest.mark.parametrize("width", [None, 20, 80, 200])
def test_every_digit_is_there_at_every_width(width):
    whole = profile(load("resnet50"))
    text = table(whole, layout(everything=True, expand=True), width=width)
    for row in whole.rows:
        assert f"{row.params:,}" in text
        assert f"{row.macs:,}" in text
    assert "…" not in text


@pytest.mark.parametrize("width", [40, 50, 60, 80])
@pytest.mark.parametrize("name", ["resnet152", "lenet", "gpt2_xl"])
def test_in_a_narrow_terminal_every_line_fits(name, width):
    """Columns come a few at a time, each time with the layer; names are wrapped, figures are not."""
    whole = profile(load(name))
    text = table(whole, layout(expand=name == "resnet152"), width=width)
    assert max(map(len, text.splitlines())) <= width
    figures = set(re.findall(r"[\d,]{4,}", table(whole, layout(expand=name == "resnet152"))))
    assert figures <= set(re.findall(r"[\d,]{4,}", text))


def test_a_narrow_terminal_wraps_formulas_and_no_sizes(lenet):
    lines = table(lenet, layout(formula=True, columns=("type", "output", "macs", "from")), width=24).splitlines()
    assert any("16·10·10·(6·5·5)" in line for line in lines)
    assert any("16×10×10" in line for line in lines)


def test_a_wide_terminal_does_not_stretch_it(lenet):
    assert table(lenet, layout(), width=500) == table(lenet, layout())


def test_no_line_ends_in_blanks(lenet):
    assert not re.search(r"[ \t]$", table(lenet, layout(everything=True)), re.MULTILINE)


def test_formulas_are_shown_beside_their_numbers(lenet):
    (first,) = [line for line in body(table(lenet, layout(formula=True))) if line.startswith("conv1")]
    assert "156  6·(1·5·5 + 1)" in first
    assert "117,600  6·28·28·(1·5·5)" in first


def test_columns_are_shown_in_the_order_asked_for(lenet):
    assert body(table(lenet, layout(("macs", "sees", "type"))))[0].split() == ["layer", "MACs", "sees", "type"]


def test_all_shows_every_column(lenet):
    header = body(table(lenet, layout(everything=True)))[0]
    assert all(column.title in header for column in BY_NAME.values())


def test_an_unknown_column_is_refused_with_those_there_are():
    with pytest.raises(InputError, match="unknown column 'parms': one of layer, "):
        layout(("parms",))


def test_sorted_the_largest_comes_first_with_its_whole_path():
    lines = body(table(profile(load("vgg16")), layout(sort="params")))
    assert lines[1].split()[0] == "classifier.0"


def test_sorting_by_a_text_is_refused():
    with pytest.raises(InputError, match="cannot sort by 'type'"):
        layout(sort="type")


def test_names_are_never_markup():
    net = network("name: '[red]Net[/red] :boom:'\ninput: [4]\nlayers: [Linear(2)]")
    assert table(profile(net), layout(), color=True).count("[red]Net[/red] :boom:") == 1


def test_colour_only_when_asked_for(lenet):
    assert "\x1b" not in table(lenet, layout())
    assert "\x1b[" in table(lenet, layout(), color=True)


def test_a_shared_row_says_so():
    text = table(profile(layers("- fc: Linear(4)\n- again: fc(prev)", "[4]")), layout())
    assert any(line.split() == ["again", "Linear", "4", "(shared)", "16"] for line in body(text))


def test_a_repeat_shows_how_often_and_of_how_much():
    lines = body(table(profile(load("resnet152")), layout()))
    (line,) = [line for line in lines if "35 × Bottleneck" in line]
    assert "1 – 35" in line
    assert "35 × 1,117,184" in line


def test_an_empty_container_is_not_called_folded():
    text = table(profile(layers("- none: 0 * Linear(4)\n- Linear(2)", "[4]")), layout())
    assert any(line.split()[0] == "none" for line in body(text))
    assert "folded" not in text


def test_a_cut_off_network_has_no_totals(lenet):
    assert "parameters" not in table(lenet, layout(), partial=True)


def test_the_batch_the_dtype_and_the_optimizer_are_told():
    text = table(profile(layers("- Linear(4)", "[4]", batch_size=8), dtype="float16", optimizer="adam"), layout())
    assert "batch 8 · float16" in text
    assert "training with adam: gradients 40 bytes · optimizer state 80 bytes" in text


@pytest.mark.parametrize(
    ("lines", "outputs", "returned"),
    [
        ("- a: Linear(4)\n- b(input): Linear(2)", "[a, b]", "returns a 4, b 2"),
        ("- maps: [Linear(4), ReLU]\n- b: Linear(2)", "[maps]", "returns maps 4"),
        ("- Linear(4)\n- b: ReLU", "{sure: b, input: input}", "returns sure 4, input 8"),
        ("- unsqueeze(1)\n- r: LSTM(4, batch_first=True)", "[r.h_n]", "returns r.h_n 1×N×4"),
        ("- a: Linear(4)\n- b: ReLU\n- a", None, "returns a 4"),
        ("- a: Linear(4)\n- b: [ReLU]", None, None),
        ("- a: Linear(4)\n- b: ReLU", "[b]", None),
    ],
)
def test_what_is_returned_is_told_where_it_is_not_the_last_line_alone(lines, outputs, returned):
    text = f"input: [8]\nlayers:\n{lines}\n" + (f"outputs: {outputs}\n" if outputs else "")
    totals = table(profile(network(text)), layout()).split("\n\n")[2].splitlines()
    assert [line for line in totals if line.startswith("returns")] == ([returned] if returned else [])


def test_of_many_outputs_the_first_are_named():
    lines = "".join(f"- x{i}(input): Linear({i + 1})\n" for i in range(20))
    names = ", ".join(f"x{i}" for i in range(20))
    text = table(profile(network(f"input: [8]\nlayers:\n{lines}outputs: [{names}]\n")), layout())
    assert "x14 15, x15 16 and 4 more\n" in text


@pytest.mark.parametrize("source", ["net.yaml", "<stdin>"])
def test_a_network_without_a_name_is_called_by_its_file_once(source):
    whole = profile(elaborate_file(spec_file(Source.from_bytes(source, b"input: [8]\nlayers: [ReLU]\n"))))
    assert table(whole, layout()).splitlines()[0] == f"input 8 · {source}"
    assert markdown.document([whole], layout()).splitlines()[0] == f"**input 8 · {html.escape(source)}**"
