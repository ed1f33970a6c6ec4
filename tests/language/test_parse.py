"""Whole specs: the keys of the file, what each may hold, and what is said of those that cannot be."""

import json
from pathlib import Path

import pytest

from netinspect.errors import SpecError
from netinspect.language import Source, parse, parse_expression, parse_step, read_source
from netinspect.language.syntax import Broken, Scope
from tests.language.trees import bare, found, python, spec

SPECS = sorted((Path(__file__).parent / "specs").glob("*.yaml"))
LEAST = "input: [1]\nlayers:\n  - ReLU\n"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_example_is_read(path):
    parsed = parse(read_source(path))
    assert parsed.diagnostics == ()
    assert parsed.spec.name
    assert parsed.spec.body.lines
    assert parsed.spec.expect.params


def test_the_keys_of_a_family():
    tree = parse(read_source(SPECS[[path.stem for path in SPECS].index("resnet")])).spec
    assert (tree.name, tree.paper) == ("ResNet-18", "https://arxiv.org/abs/1512.03385")
    assert [(v.name, bare(v.value)) for v in tree.vars] == [
        ("block", python("BasicBlock")), ("depths", python("[2, 2, 2, 2]")), ("classes", python("1000")),
    ]  # fmt: skip
    assert [block.name for block in tree.blocks] == ["Projection", "BasicBlock", "Bottleneck"]
    assert [variant.name for variant in tree.variants] == ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]
    fifty = tree.variants[2]
    assert [v.name for v in fifty.vars] == ["block", "depths"]
    assert (fifty.expect.params, fifty.expect.macs) == (25_557_032, 4_089_184_256)
    assert tree.expect.params == 11_689_512
    names = [line.name.plain if line.name else None for line in tree.body.lines]
    assert names == ["conv1", "bn1", None, None, "layer1", "layer2", "layer3", "layer4", None, None, "fc"]


def test_paths_and_outputs():
    tree = spec(LEAST + "outputs: [head, features.relu3]\nfrozen: [features, layer1.0]\ntie: {a.weight: b.weight}\n")
    assert [(o.name, bare(o.value)) for o in tree.body.outputs] == [
        ("head", python("head")), ("features.relu3", python("features.relu3")),
    ]  # fmt: skip
    assert [ref.path for ref in tree.frozen] == ["features", "layer1.0"]
    assert [(a.path, b.path) for a, b in tree.tie] == [("a.weight", "b.weight")]
    named = spec(LEAST + "outputs:\n  logits: head\n  last: x.steps[-1]\n").body.outputs
    assert [(o.name, bare(o.value)) for o in named] == [("logits", python("head")), ("last", python("x.steps[-1]"))]


def test_what_says_nothing_is_left_out():
    keys = ("name", "about", "paper", "source", "vars", "variants", "blocks", "parameters", "outputs", "frozen", "tie")
    checks = ("results", "expect", "budget")
    tree = spec(LEAST + "".join(f"{key}:\n" for key in (*keys, *checks)))
    assert bare(tree) == bare(spec(LEAST))


def test_unquoted_values_are_expressions_and_quoted_ones_text():
    tree = spec(LEAST + "vars: {a: 2 * 3, b: '2 * 3', c: \"x\", d: [1, 'x', [y]], e: true, f: ~, g: GELU, h: null}\n")
    values = {variable.name: bare(variable.value) for variable in tree.vars}
    assert values == {
        "a": python("2 * 3"), "b": ("Literal", "2 * 3"), "c": ("Literal", "x"), "d": python("[1, 'x', [y]]"),
        "e": ("Literal", True), "f": ("Literal", None), "g": python("GELU"), "h": ("Literal", None),
    }  # fmt: skip


def test_parameters():
    first, second = spec(
        LEAST + "parameters:\n  token: (1, 1, width)\n  pos: {shape: [1, n], init: normal, std: 0.02}\n"
    ).body.parameters
    assert (first.name, bare(first.shape), first.init, first.std) == ("token", python("(1, 1, width)"), "zeros", None)
    assert (second.init, bare(second.std), bare(second.shape)) == ("normal", python("0.02"), python("[1, n]"))


def test_the_same_spec_as_json():
    yaml = """
name: A
input: {channels: 3, height: 8, width: 8}
layers:
  - a: Conv2d(6, kernel_size=3)
  - f:
      - 2 * [ReLU, X]
"""
    document = {
        "name": "A",
        "input": {"channels": 3, "height": 8, "width": 8},
        "layers": [{"a": "Conv2d(6, kernel_size=3)"}, {"f": ["2 * [ReLU, X]"]}],
    }
    for indent in (None, 2, "\t"):
        assert bare(spec(json.dumps(document, indent=indent))) == bare(spec(yaml))


# --- mistakes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("E011", 0, 0)]),
        ("# nothing\n", [("E011", 0, 0)]),
        ("---\n", [("E011", 0, 0)]),
        ("- a\n", [("E011", 1, 1)]),
        ("text\n", [("E011", 1, 1)]),
        ("netspec: 1\n", [("E018", 1, 1), ("E018", 1, 1)]),
        ("{}\n", [("E018", 1, 1), ("E018", 1, 1)]),
        ("input: [1]\n", [("E018", 1, 1)]),
        ("layers: [ReLU]\n", [("E018", 1, 1)]),
        ("inputs: {a: [1]}\nlayers:\n", [("E018", 2, 8)]),
        ("input: [1]\nlayers: 3\n", [("E018", 2, 9)]),
        ("input: [1]\nlayers: {}\n", [("E013", 2, 9)]),
        ("input: [1]\nlayers:\n  a: ReLU\n", [("E013", 3, 3)]),
        ("netspec: 2\nnonsense: 3\n", [("E014", 1, 10)]),
        ("netspec: 1.0\n", [("E205", 1, 10)]),
        ("netspec: 0\n", [("E211", 1, 10)]),
        ("netspec: '1'\n", [("E212", 1, 10)]),
        ("inptu: [1]\nlayers: [ReLU]\n", [("E012", 1, 1)]),
        (LEAST + "nonsense: 1\n", [("E012", 4, 1)]),
        (LEAST + "inputs: {a: [1]}\n", [("E012", 4, 1)]),
        (LEAST + "name: [1]\n", [("E212", 4, 7)]),
        (LEAST + f"about: {'x' * 5001}\n", [("E504", 4, 8)]),
        (LEAST + "vars: 3\n", [("E212", 4, 7)]),
        (LEAST + "vars: {type: 3, expect: 4, a: {b: 1}, c: 010, d: no, e: , f: 12:30}\n",
         [("E108", 4, 8), ("E108", 4, 17), ("E212", 4, 31), ("E017", 4, 42), ("E111", 4, 50),
          ("E017", 4, 57), ("E017", 4, 64)]),
        (LEAST + "vars: {depth: 3}\nvariants: {a: {dept: 3}, -x: {}, b: 5}\n",
         [("E112", 5, 16), ("E108", 5, 26), ("E212", 5, 37)]),
        (LEAST + "variants: {a: {zzz: 3}}\n", [("E112", 4, 16)]),
        (LEAST + "outputs: [f(x), 3, [a]]\n", [("E017", 4, 11), ("E017", 4, 17), ("E212", 4, 20)]),
        (LEAST + "outputs: last\n", [("E212", 4, 10)]),
        (LEAST + "outputs: {a-b: c}\n", [("E108", 4, 11)]),
        (LEAST + "frozen: [a b, c/d, [x]]\n", [("E017", 4, 10), ("E017", 4, 15), ("E017", 4, 20)]),
        (LEAST + "frozen: a\n", [("E212", 4, 9)]),
        (LEAST + "tie: {a: b c}\n", [("E017", 4, 10)]),
        (LEAST + "frozen: [&x a]\noutputs: [*x]\n", [("E008", 4, 10)]),
        (LEAST + "tie: [a]\n", [("E212", 4, 6)]),
        (LEAST + "parameters: {q: {init: ones}, r: {shape: [1], init: one}, s: {shape: [1], std: 2}, train: [1]}\n",
         [("E202", 4, 14), ("E213", 4, 53), ("E212", 4, 80), ("E108", 4, 84)]),
        (LEAST + "parameters: {q: {shape: [1], init: [1], x: 2}}\n", [("E212", 4, 36), ("E012", 4, 41)]),
        (LEAST + "blocks: {B: , C: 3, D: {}, train: [X]}\n",
         [("E018", 4, 13), ("E018", 4, 18), ("E013", 4, 24), ("E108", 4, 28)]),
        (LEAST + "blocks:\n  B(a):\n    - X\n  B(b):\n    - X\n", [("E107", 7, 3)]),
        (LEAST + "blocks:\n  B:\n    lyers: [X]\n", [("E013", 6, 5)]),
        (LEAST + "blocks:\n  B:\n    layers: [X]\n    foo: 1\n    about: [x]\n", [("E012", 7, 5), ("E212", 8, 12)]),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file(text, expected):
    assert found(text) == expected


def test_independent_mistakes_are_all_found_in_order():
    text = "netspec: 1\nabuot: x\ninput: [1]\nlayers:\n  - X(1\n  - a: Y(b: 2)\n  - Z\nexpect: {parms: 3}\n"
    assert found(text) == [("E012", 2, 1), ("E006", 5, 6), ("E003", 6, 10), ("E012", 8, 10)]


def test_a_line_with_a_mistake_is_broken_and_keeps_its_name():
    text = "input: [1]\nlayers:\n  - X(1\n  - a: Y(b: 2)\n  - b = Z(1)\n  - c: [A(1, 2)]\n  - d: X\n"
    body = parse(Source("net.yaml", text)).spec.body
    assert [type(line.content) for line in body.lines[:4]] == [Broken] * 4
    assert [line.name.plain if line.name else None for line in body.lines] == [None, "a", "b", "c", "d"]


@pytest.mark.parametrize(
    "mistake",
    ["vars: {a: 010}", "blocks: {B(1): [X]}", "parameters: {token: (1, 1)}", "vrs: {a: 1}", "inputs: 3", "<<: 1"],
)
def test_there_is_no_spec_where_a_name_is_hidden(mistake):
    parsed = parse(Source("net.yaml", LEAST + mistake + "\n"))
    assert parsed.diagnostics
    assert parsed.spec is None


@pytest.mark.parametrize(
    "mistake", ["abuot: x", "name: [1]", "expect: {params: x}", "outputs: 3", "frozen: 3", "name: a: b"]
)
def test_there_is_a_spec_where_no_name_is_hidden(mistake):
    parsed = parse(Source("net.yaml", LEAST + mistake + "\n"))
    assert parsed.diagnostics
    assert isinstance(parsed.spec.body, Scope)


def test_after_100_mistakes_the_rest_is_not_read():
    for line in ("  - X(1\n", "  - x: [A(1, 2)]\n", "  - x: 'a\\b\n  c: d: e\n"):
        parsed = parse(Source("net.yaml", "input: [1]\nlayers:\n" + line * 500))
        assert len(parsed.diagnostics) <= 100
        assert parsed.spec is None


# --- single texts ------------------------------------------------------------------------------


def test_texts_from_a_command_line():
    assert bare(parse_expression("[3, 4]", "--set")) == python("[3, 4]")
    assert bare(parse_step("Conv2d(1, bias=False)").body.unit) == python("Conv2d(1, bias=False)")


@pytest.mark.parametrize(("read", "text", "column"), [(parse_expression, "1 +", 3), (parse_step, "Conv2d(1", 7)])
def test_a_mistake_on_a_command_line_is_located_in_its_text(read, text, column):
    with pytest.raises(SpecError) as caught:
        read(text, "--set")
    assert caught.value.source == Source("--set", text)
    assert caught.value.diagnostics[0].span.column == column
