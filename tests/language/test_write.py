"""A syntax tree as text: reading the text gives the tree again."""

from pathlib import Path

import pytest

from netinspect.language import Source, parse
from netinspect.language.expressions import expression
from netinspect.language.format import outline
from netinspect.language.nodes import Origin
from netinspect.language.write import WIDTH, expression_text, spec_text
from tests.language.trees import bare, read, spec

GALLERY = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_a_spec_of_the_gallery(path):
    tree = spec(path.read_text(encoding="utf-8"))
    text = spec_text(tree)
    assert outline(spec(text)) == outline(tree)
    assert spec_text(spec(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a + b) * c", "(a + b) * c"),
        ("(a * b) + c", "a * b + c"),
        ("a - (b - c)", "a - (b - c)"),
        ("(a - b) - c", "a - b - c"),
        ("-(a ** 2)", "-a**2"),
        ("(-a) ** 2", "(-a)**2"),
        ("(a ** b) ** c", "(a**b)**c"),
        ("a ** (b ** c)", "a**b**c"),
        ("a // (b * c) % d", "a // (b * c) % d"),
        ("not (a and b) or c", "not (a and b) or c"),
        ("(a if b else c) + d", "(a if b else c) + d"),
        ("a if b else (c if d else e)", "a if b else c if d else e"),
        ("(a == b) == c", "(a == b) == c"),
        ("x[:, 0, 1:, ::2, ..., -1]", "x[:, 0, 1:, ::2, ..., -1]"),
        ("x.shape[1] // 2", "x.shape[1] // 2"),
        ("(3,)", "[3]"),
        ("[3, (1, 2)]", "(3, (1, 2))"),
        ("1e-05", "1e-5"),
        ("1000000", "1_000_000"),
        ("f(a, b=-1, c='it')", "f(a, b=-1, c='it')"),
    ],
)
def test_an_expression_has_the_brackets_it_needs(text, expected):
    tree = expression(text, Origin())
    assert expression_text(tree) == expected
    assert read(expected) == bare(tree)


MECHANISMS = """\
name: 'yes'
about: "what: it is"
inputs:
  x: {channels: 3, height: 8, width: 8}
  words: {shape: [4], dtype: int64, high: 10}
vars: {width: 8, list: [1, 2]}

blocks:
  Block(out, stride=1)(a, b):
    parameters:
      scale:
        shape: (1, out)
        init: normal
        std: 0.02
        frozen: True
      gamma: out
    buffers:
      bins: {values: [0, 1, 2], dtype: int64}
      table: {values: [1.5, 2], scale: 0.5, persistent: False}
    layers:
      - a + b
    outputs: {sum: prev, first: a}

buffers:
  count: {shape: [], dtype: int64}

layers:
  - convs.0(x): Conv2d(width, kernel_size=3)
  - "block1-0": Conv2d(width, kernel_size=3)
  - layer{i}: Conv2d(width, kernel_size=3) for i in range(2)
  - list: 2 * [Conv2d(width, kernel_size=3), ReLU]
  - drop: Dropout(0.5) if width > 4 else Identity
  - inner(convs_0):
      - ReLU
      - Conv2d(channels_of_a_long_name, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), dilation=(1, 1), bias=False)
outputs: [inner]
tie:
  a.weight: b.weight
frozen: [convs, block1]
expect: {params: 10_000, macs: 20, output: {inner: [3, 2]}}
"""


def test_every_mechanism():
    tree = spec(MECHANISMS)
    text = spec_text(tree)
    assert outline(spec(text)) == outline(tree)
    assert max(map(len, text.splitlines())) <= WIDTH


def test_the_text_is_as_a_person_writes_it():
    text = "name: Net\ninput: [3, 32, 32]\n\nlayers:\n  - conv1: Conv2d(8, kernel_size=3)\n  - 2 * ReLU\n"
    assert spec_text(spec(text)) == text


TENSORS = """\
input: [3, 8]

blocks:
  Norm:
    parameters:
      weight: 8
      table: (2, 3)
      scale: {shape: [1, 8], init: ones, frozen: True}
    buffers:
      places: {value: arange(8), persistent: False}
      zeros:
        value: full((1, 8), 0)
        persistent: False
    layers:
      - sum: weight * input
    outputs: {sum: sum, first: table}

layers:
  - shared: {parameters: {weight: [8, 8], bias: 8}, layers: [input]}
  - Norm
"""


def test_tensors_and_outputs_stand_in_one_row():
    assert spec_text(spec(TENSORS)) == TENSORS


def test_what_is_longer_than_a_row_stands_below():
    sizes = "".join(f"      a_long_name_of_a_tensor_{place}: (1, {place})\n" for place in range(3))
    outputs = "".join(f"      a_long_name_of_an_output_{place}: prev\n" for place in range(3))
    text = (
        f"input: [8]\n\nblocks:\n  Long:\n    parameters:\n{sizes}    layers:\n      - ReLU\n    outputs:\n{outputs}"
        "\nlayers:\n  - Long\n"
    )
    assert spec_text(spec(text)) == text


def test_no_row_of_a_folded_line_begins_with_a_minus():
    numbers = ", ".join("-123456.5" for _ in range(12))
    text = f"input: [4]\nlayers:\n  - cat(input, full((2, 4), {'3' * 50}), dim=-1)\n  - view(prev, {numbers})\n"
    written = spec_text(parse(Source("net.yaml", text)).spec)
    rows = written.splitlines()
    assert not [row for row in rows if row.lstrip().startswith("-") and not row.lstrip().startswith("- ")]
    assert spec_text(parse(Source("net.yaml", written)).spec) == written
