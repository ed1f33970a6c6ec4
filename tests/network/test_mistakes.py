"""Every mistake the elaborator can name: at its line and column, with its code and its help."""

from __future__ import annotations

import textwrap

import pytest

import netinspect
from netinspect.errors import SpecError
from tests.network.building import mistakes, network

HEAD = "input: [3, 32, 32]\nlayers:\n"

# code, line, column, the spec, what the message, note or help must contain
ON_A_LINE = [
    ("E101", 3, 5, "- Covn2d(6, kernel_size=5)", "did you mean `Conv2d`?"),
    ("E101", 3, 5, "- Covn2d", "did you mean `Conv2d`?"),
    ("E101", 3, 5, "- flaten(1)", "did you mean `flatten`?"),
    ("E102", 3, 5, "- Dense(10)", "Linear"),
    ("E102", 3, 5, "- MaxPooling2D(2)", "MaxPool2d"),
    ("E103", 3, 5, "- conv2d(6, 5)", "the layer that makes its own weights is `Conv2d`"),
    ("E004", 3, 6, "- 'relu: ReLU'", '`- relu: "ReLU"`'),
    ("E103", 3, 5, "- conv2d(6, kernel_size=3)", "the layer that makes its own weights is `Conv2d`"),
    ("E104", 4, 15, "- d: ReLU if 1 > 2\n- add(prev, d)", "the `if` on line 3 is false"),
    ("E104", 3, 12, "- Conv2d(width, kernel_size=3)", "`width` is not defined"),
    ("E104", 4, 15, "- conv1: Conv2d(8, kernel_size=3)\n- add(prev, cnov1)", "did you mean `conv1`?"),
    ("E101", 3, 5, "- nn.Linaer(6)", "`Linear`"),
    ("E101", 4, 10, "- relu: ReLU\n- relu.maen(1)", "`.mean(…)`"),
    ("E105", 3, 15, "- add(prev, later)\n- later: ReLU", "line 4"),
    ("E105", 3, 12, "- later: later + 1", "the name of this line itself"),
    ("E106", 5, 15, "- features:\n    - inner: ReLU\n- add(prev, inner)", "`features.inner`"),
    ("E107", 4, 5, "- a: ReLU\n- a: ReLU", "line 3"),
    ("E107", 3, 5, "- a{i // 2}: ReLU for i in range(2)", "line 3"),
    ("E108", 3, 5, "- t{end}: ReLU for end in ['rain']", "`train` is not a usable name"),
    ("E108", 3, 5, "- t{end}: ReLU for end in ['é']", "not a usable name"),
    ("E109", 4, 5, "- relu: ReLU\n- relu", "`ReLU`"),
    ("E110", 5, 18, "- flatten(2)\n- gru: GRU(8, batch_first=True)\n- add(gru, gru.hn)", "`.h_n`"),
    ("E110", 4, 5, "- c: chunk(3, dim=1)\n- ReLU", "`prev[0]`"),
    ("E110", 4, 9, "- c: chunk(3, dim=1)\n- add(c, 1)", "`c[0]`"),
    ("E111", 3, 35, "- Conv2d(8, kernel_size=3, bias=no)", "False"),
    ("E113", 3, 5, "- CrossEntropyLoss", "CrossEntropyLoss"),
    ("E113", 3, 5, "- Sequential(1)", "Sequential"),
    ("E113", 3, 5, "- LazyConv2d(8, 3)", "Conv2d"),
    ("E201", 3, 15, "- Conv2d(8, kernal_size=3)", "did you mean `kernel_size`?"),
    ("E202", 3, 5, "- Conv2d(8)", "kernel_size"),
    ("E203", 3, 24, "- MultiheadAttention(8, batch_first=True)", "`MultiheadAttention(num_heads=8, batch_first=True)`"),
    ("E203", 3, 25, "- Linear(3, 64, True, 1)", "at most 3"),
    ("E204", 3, 27, "- Conv2d(8, in_channels=4, kernel_size=3)", "in_channels=3"),
    ("E205", 3, 12, "- Linear(784 / 2)", "`//`"),
    ("E206", 3, 37, "- Conv2d(8, kernel_size=3, groups=2)", "3"),
    ("E207", 3, 5, "- Softmax", "dim"),
    ("E207", 3, 5, "- LSTM(8)", "batch_first"),
    ("E209", 3, 15, "- add(prev, ReLU())", "a line of its own"),
    ("E210", 3, 5, "- prev % 2", "`%`"),
    ("E210", 4, 13, "- a: ReLU\n- ReLU if a > 2", "`.shape`"),
    ("E211", 3, 27, "- Conv2d(8, kernel_size=0)", "at least 1"),
    ("E211", 3, 13, "- Dropout(1.5)", "0 to 1"),
    ("E212", 3, 45, "- LSTM(8, batch_first=True, bidirectional='yes')", "True or False"),
    ("E213", 3, 38, "- Conv2d(8, kernel_size=3, padding=sane)", "did you mean `same`?"),
    ("E214", 3, 27, "- Conv2d(8, kernel_size=(3, 3, 3))", "2 are needed"),
    ("E215", 3, 12, "- Linear(8 // 0)", "zero"),
    ("E216", 3, 12, "- (prev, prev): Conv2d(8, kernel_size=3)", "takes"),
    ("E216", 5, 5, "- a: ReLU\n- b: Tanh\n- c: [a, b]", "a + b"),
    ("E301", 3, 27, "- Conv2d(8, kernel_size=64)", "64"),
    ("E303", 4, 5, "- c: Conv2d(8, kernel_size=3)\n- add(c, input)", "equal shapes"),
    ("E304", 4, 5, "- c: Conv2d(8, kernel_size=3)\n- cat(c, input, dim=1)", "`c`"),
    ("E305", 4, 5, "- Flatten\n- BatchNorm2d", "BatchNorm1d"),
    ("E306", 1, 8, "- Embedding(10, 4)", "dtype: int64, high: 10"),
    ("E307", 3, 12, "- Linear(input.shape[0])", "batch"),
    ("E307", 3, 13, "- ReLU if input.shape[0] > 2", "batch"),
    ("E304", 4, 5, "- a: narrow(prev, 2, 0, 31)\n- cat(a, input, dim=1)", "`crop_like(larger, smaller)` makes"),
    ("E303", 4, 5, "- a: Conv2d(3, kernel_size=3)\n- a + input", "padding or the same stride on both ways"),
    ("E308", 3, 5, "- reshape(prev, input.shape[0], 5, -1)", "5"),
    ("E309", 3, 5, "- matmul(prev, flatten(prev, 1))", ""),
    ("E501", 3, 5, "- 20000 * ReLU", "10,000"),
    ("E502", 3, 12, "- Linear(9**9**9)", "too large"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "line", "column", "lines", "told"), ON_A_LINE)
def test_a_mistake_is_one_located_message(code: str, line: int, column: int, lines: str, told: str) -> None:
    found = mistakes(HEAD + textwrap.indent(lines, "  "))
    assert [d.code for d in found] == [code]
    (diagnostic,) = found
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (line, column)
    assert told in f"{diagnostic.message} {diagnostic.note} {diagnostic.help}"


IN_A_FILE = [
    ("E307", "input: [8]\nlayers:\n  - cdist(input, input)\n  - Linear(12)\n", "in_features"),
    ("E104", "vars: {n: add}\ninput: [n]\nlayers:\n  - ReLU\n", "`add`"),
    ("E212", "input: [3, 8, 8]\nlayers:\n  - Conv2d(3, kernel_size=(prev, 1))\n", "cannot be a tensor"),
    (
        "E212",
        "blocks:\n  B(k):\n    - Conv2d(4, kernel_size=k)\ninput: [3, 8, 8]\nlayers:\n  - B((prev, 1))\n",
        "a setting of the block",
    ),
    ("E112", "vars: {width: 8}\nvariants:\n  wide: {widht: 16}\ninput: [4]\nlayers:\n  - Linear(width)\n", "width"),
    ("E208", "blocks:\n  B(a):\n    - Linear(a)\ninput: [4]\nlayers:\n  - B(a=1, b=2)\n", "`b`"),
    ("E202", "blocks:\n  B(a):\n    - Linear(a)\ninput: [4]\nlayers:\n  - B\n", "`a`"),
    ("E216", "blocks:\n  B()(x, y):\n    - add(x, y)\ninput: [4]\nlayers:\n  - B\n", "2 inputs"),
    ("E401", "input: [4]\nlayers:\n  - a: Linear(4)\noutputs: [b]\n", "`b`"),
    ("E107", "input: [4]\nlayers:\n  - a: Linear(4)\noutputs: [a, a]\n", "two outputs"),
    ("E402", "input: [4]\nlayers:\n  - a: Linear(4)\n  - b: Linear(5)\ntie: {a.weight: b.weight}\n", "4×4"),
    ("E403", "input: [4]\nlayers:\n  - a: Linear(4)\ntie: {a.weight: c.weight}\n", "`c.weight`"),
    ("E104", "vars: {a: input}\ninput: [4]\nlayers:\n  - Linear(a)\n", "`input`"),
    ("E212", "vars:\n  a: zeros(3)\ninput: [4]\nlayers:\n  - Linear(4)\n", "never a tensor"),
    ("E403", "input: [4]\nlayers:\n  - a: Linear(4)\nfrozen: [b]\n", "`b`"),
    (
        "E403",
        "input: [4]\nlayers:\n  - a: Linear(4)\n  - b: Linear(4)\ntie: {a.weight: b.weight, b.weight: a.weight}\n",
        "tied to itself",
    ),
    ("E403", "input: [4]\nlayers:\n  - a: Linear(4)\ntie: {a.weight: a.weight}\n", "tied to itself"),
    ("E212", "input: [4]\nparameters:\n  p: {shape: 4, init: normal, std: 'a'}\nlayers:\n  - add(prev, p)\n", "text"),
    ("E211", "input: [4]\nparameters:\n  p: {shape: 4, init: normal, std: -1}\nlayers:\n  - add(prev, p)\n", "0"),
    ("E501", "blocks:\n  A:\n    - 1000 * ReLU\n  B:\n    - 1000 * A\ninput: [4]\nlayers:\n  - 1000 * B\n", "250,000"),
    ("E503", "blocks:\n  A:\n    - B\n  B:\n    - A\ninput: [4]\nlayers:\n  - A\n", "A → B → A"),
    (
        "E502",
        ("input: [4]\nlayers:\n  - expand(unsqueeze(prev, 1), -1, 2147483647, -1)\n"
        "  - flatten(1)\n  - Linear(2000000)\n"),
        "1,000,000,000,000,000",
    ),
    ("E307", "parameters:\n  token: (1, 1, 4)\ninput: [6, 4]\nlayers:\n  - cat(token, prev, dim=1)\n", "expand"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "told"), IN_A_FILE)
def test_a_mistake_of_a_whole_file(code: str, text: str, told: str) -> None:
    found = mistakes(text)
    assert [d.code for d in found] == [code]
    assert told in f"{found[0].message} {found[0].note} {found[0].help}"
    assert found[0].span is not None


def test_every_independent_mistake_is_reported_once_and_in_order() -> None:
    found = mistakes("""\
        input: [3, 32, 32]
        layers:
          - a: Conv2d(8, kernal_size=3)
          - b(input): Conv2d(8, kernel_size=0)
          - add(a, b)
          - ReLU
          - c(input): Linear(4, bias=maybe)
    """)
    assert [(d.code, d.span.line) for d in found if d.span] == [("E201", 3), ("E211", 4), ("E104", 7)]


def test_a_line_fed_by_a_failed_one_still_tells_its_own_mistakes() -> None:
    found = mistakes("""\
        input: [3, 32, 32]
        parameters:
          token: (0, 1)
        layers:
          - a: Covn2d(8)
          - add(a, undefined)
          - softmax
          - flatten(a)
          - add(token, a)
        outputs: [a, b, c]
    """)
    assert [(d.code, d.span.line) for d in found if d.span] == [
        ("E211", 3), ("E101", 5), ("E104", 6), ("E207", 7), ("E401", 10), ("E401", 10),
    ]  # fmt: skip


def test_a_var_that_fails_is_reported_where_it_stands_and_nowhere_else() -> None:
    found = mistakes("""\
        vars: {act: Foo, n: 1 / 0}
        input: [4]
        layers:
          - 2 * [Linear(4), act]
          - act
          - act(3)
          - Linear(n)
    """)
    assert [(d.code, d.span.line) for d in found if d.span] == [("E104", 1), ("E215", 1)]


def test_a_value_given_with_set_is_reported_in_its_own_text() -> None:
    with pytest.raises(SpecError) as raised:
        network("vars: {act: ReLU}\ninput: [4]\nlayers:\n  - act\n", assignments=[("act", "[1, Foo]")])
    assert str(raised.value).startswith("--set act:1:5: E104: `Foo` is not defined")


def test_a_failed_argument_that_may_be_a_number_hides_no_default() -> None:
    found = mistakes("""\
        vars: {n: 1 / 0}
        input: [3, 32, 32]
        layers:
          - flatten(n)
    """)
    assert [d.code for d in found] == ["E215"]


def test_a_mistake_in_a_repeated_block_is_reported_once() -> None:
    found = mistakes("""\
        input: [8]
        blocks:
          B:
            - Linear(4, bais=False)
        layers:
          - 3 * B
          - B
    """)
    assert [(d.code, d.span.line) for d in found if d.span] == [("E201", 4)]


def test_nothing_from_a_spec_is_run_or_reached() -> None:
    for text in ("__import__('os')", "().__class__", "input.__class__", "Linear.__init__(3)", "eval('1')"):
        found = mistakes(HEAD + f"  - {text}\n")
        assert found, text
        assert all(d.code[0] == "E" for d in found)


def test_the_network_before_the_first_mistake_is_kept_and_nothing_after_it() -> None:
    with pytest.raises(SpecError) as raised:
        network("""
            input: [3, 8, 8]
            blocks:
              B:
                - a: Conv2d(4, kernel_size=1)
                - b: Conv2d(4, kernel_size=99)
            layers:
              - conv1: Conv2d(8, kernel_size=1)
              - block: B
              - shortcut(input): Conv2d(8, kernel_size=1)
        """)
    partial = raised.value.partial
    assert [call.path for call in partial.calls] == ["conv1", "block.a"]
    assert [item.path for item in partial.root.items] == ["conv1", "block"]


def test_a_blocks_setting_that_a_condition_makes_a_tensor_is_located():
    text = "input: [4]\nblocks:\n  B(width):\n    - Linear(width)\n"
    text += "layers:\n  - a: Linear(4)\n  - B(a if 1 < 2 else 3)\n"
    (mistake,) = mistakes(text)
    assert (mistake.code, mistake.span.line) == ("E212", 7)


@pytest.mark.parametrize("batch_size", [1, 5])
@pytest.mark.parametrize(
    ("line", "at_one", "at_five"),
    [
        ("view(input, 4, 5)", "48 elements", "240 elements"),
        ("reshape(input, -1, 7)", "1×6×8 is 48", "5×6×8 is 240"),
        ("split(input, [2, 2], 0)", "axis 0 has 1", "axis 0 has 5"),
        ("Unflatten(0, [2, 2])", "the axis of 1", "the axis of 5"),
        ("unflatten(input, 0, [2, -1])", "1 is 1 elements", "5 is 5 elements"),
        ("unflatten(input, 0, [5, -1])", "1 is 1 elements", "fits some batch sizes"),
    ],
)
def test_a_message_names_the_sizes_that_were_asked_for(line, at_one, at_five, batch_size):
    with pytest.raises(netinspect.SpecError) as error:
        netinspect.loads(f"input: [6, 8]\nlayers:\n  - {line}\n", batch_size=batch_size)
    assert (at_one if batch_size == 1 else at_five) in str(error.value)


@pytest.mark.parametrize("line", ["prev + pos", "pos + tokens", "tokens * pos"])
def test_a_parameter_made_for_another_size_of_input_is_given_the_new_one(line):
    text = """\
input: [3, 40, 40]
parameters:
  pos: {shape: [1, 64, 16], init: normal}
layers:
  - Conv2d(16, kernel_size=4, stride=4)
  - flatten(prev, 2)
  - tokens: transpose(prev, 1, 2)
  - LINE
  - Linear(10)
""".replace("LINE", line)
    with pytest.raises(SpecError) as failure:
        netinspect.loads(text)
    (found,) = failure.value.diagnostics
    assert found.code == "E303"
    assert found.help == "write `pos: {shape: [1, 100, 16], init: normal}`"
    assert netinspect.loads(text.replace("64", "100")).profile().outputs
