"""Specs written from the catalogue by hypothesis: layers, functions, names, repeats, blocks, parts, conditions.

`any_specs` keeps every line, so that most specs are wrong somewhere. `sound_specs` asks the tool line by line and keeps
what it takes, so that all of them are networks; torch has to take them too.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import strategies as st

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.catalogue.entry import REQUIRED, Argument, Entry
from netinspect.catalogue.signature import Maybe, Spread, Subscript, Tensor, TensorOrNumber, Whole
from netinspect.errors import SpecError
from tests.catalogue.function_strategies import EQUATIONS
from tests.catalogue.layer_strategies import values
from tests.fuzz.tried import elaborated

SHAPES = (
    "[8]",
    "[4, 8]",
    "[4, 8, 8]",
    "[2, 4, 6, 6]",
    "{shape: [6], dtype: int64, high: 9}",
    "[]",
    "{time: 6, mel: 4}",
)
SUBSCRIPTS = ("[0]", "[:, 0]", "[:, -1]", "[..., 1:]", "[:, None]", "[:, ::2]", "[-1]", "[:, 1:3]")
HEAD = """\
vars: {n: 2, act: ReLU, wide: 12}
blocks:
  Twice(width, last=True):
    - Linear(width)
    - act if last
    - Linear(width)
  Join(dim)(x, y):
    - cat(x, y, dim=dim)
"""
AXIS_MINIMUM = -64


def written(value: Any) -> str:
    """A value as a spec says it."""
    if isinstance(value, tuple):
        return f"({', '.join(written(item) for item in value)}{',' if len(value) == 1 else ''})"
    return f"'{value}'" if isinstance(value, str) else str(value)


def lines(names: tuple[str, ...], chance: random.Random) -> st.SearchStrategy[str]:
    """One line of a list of layers, without `- `.

    `chance` picks among many equal things (entries, names), of which hypothesis would try a few again and again.
    """
    return chance.choice((_layers,) * 6 + (_functions,) * 6 + (_odd,) * 3)(names, chance)


@st.composite
def _layers(draw: st.DrawFn, names: tuple[str, ...], chance: random.Random) -> str:
    entry = LAYERS[chance.choice(sorted(LAYERS))]
    call = draw(_layer_call(entry))
    tensors = [a for a in entry.forward if isinstance(a.kind, Tensor) and a.default is REQUIRED]
    if len(tensors) > 1:
        return f"({', '.join(chance.choices(names, k=len(tensors)))}): {call}"
    shape = chance.randrange(13)
    if shape == 0:
        return f"n * {call}"
    if shape == 1:
        return f"2 * [{call}, ReLU]"
    if shape == 2:
        return f"{call} if n > {draw(st.integers(1, 2))}"
    return call if shape < 5 else f"({chance.choice(names)}): {call}"


@st.composite
def _layer_call(draw: st.DrawFn, entry: Entry) -> str:
    given = [
        f"{a.name}={written(draw(values(a.kind)))}" for a in entry.arguments
        if a.must_say or (not a.inferred and a.default is REQUIRED) or draw(st.integers(0, 9)) == 0
    ]  # fmt: skip
    return f"{entry.name}({', '.join(given)})"


@st.composite
def _functions(draw: st.DrawFn, names: tuple[str, ...], chance: random.Random) -> str:
    entry = FUNCTIONS[chance.choice(sorted(FUNCTIONS))]
    if entry.name == "getitem":
        return chance.choice(names) + chance.choice(SUBSCRIPTS)
    positional, named = [], []
    for argument in entry.forward:
        if argument.default is not REQUIRED and not argument.must_say and draw(st.integers(0, 4)):
            continue
        value = draw(_operand(argument, names, chance))
        in_order = not argument.keyword_only and not named and (argument.default is REQUIRED or argument.variadic)
        (positional if in_order and not argument.must_say else named).append(
            value if in_order and not argument.must_say else f"{argument.name}={value}"
        )
    return f"{entry.name}({', '.join((*positional, *named))})"


def _operand(argument: Argument, names: tuple[str, ...], chance: random.Random) -> st.SearchStrategy[str]:
    kind = argument.kind.kind if isinstance(argument.kind, Maybe) else argument.kind
    tensor = st.builds(chance.choice, st.just(names))
    if isinstance(kind, Tensor):
        return tensor
    if isinstance(kind, TensorOrNumber):
        return st.one_of(tensor, tensor, st.sampled_from(("0", "1", "2.5")))
    if isinstance(kind, Spread):
        inner = tensor if isinstance(kind.kind, Tensor) else _plain(kind.kind)
        return st.lists(inner, min_size=1, max_size=3).map(", ".join)
    return _plain(kind)


def _plain(kind: Any) -> st.SearchStrategy[str]:
    if isinstance(kind, Whole) and kind.minimum == AXIS_MINIMUM:
        return st.integers(-2, 3).map(str)
    if type(kind).__name__ == "Text":
        return st.sampled_from(EQUATIONS).map(written)
    return st.just("0") if isinstance(kind, Subscript) else values(kind).map(written)


def _odd(names: tuple[str, ...], chance: random.Random) -> st.SearchStrategy[str]:
    """What is neither a layer nor a function: blocks, values, parts, layers called again, sizes read off shapes."""
    name = st.builds(chance.choice, st.just(names))
    return st.one_of(
        st.sampled_from(("act", "Twice(wide)", "Twice(4, last=False)", "n * Twice(8)", "Twice(2**i) for i in range(n)",
                         "part:\n      - Linear(4)\n      - add(prev, input)", "'text'", "3")),
        name, name.map(lambda one: f"{one}(prev)"), name.map(lambda one: f"Linear({one}.shape[1])"),
        name.map(lambda one: f"reshape(prev, {one}.shape[0], -1)"), name.map(lambda one: f"{one}.steps[-1]"),
        st.tuples(name, name).map(lambda two: f"({two[0]}, {two[1]}): Join(1)"),
        name.map(lambda one: f"zeros({one}.shape[0], 4)"), name.map(lambda one: f"prev if {one}.shape[1] > 2"),
    )  # fmt: skip


# --- whole specs ---------------------------------------------------------------------------------


@st.composite
def any_specs(draw: st.DrawFn) -> str:
    """A spec of some lines, right or wrong."""
    chance = draw(st.randoms(use_true_random=True))
    text, names = _head(chance)
    for number in range(draw(st.integers(1, 8))):
        text += _named(draw(lines(names, chance)), number)
        names = (*names, f"line{number}")
    return text


@st.composite
def sound_specs(draw: st.DrawFn, tries: int = 20) -> str:
    """A spec of the lines that the tool takes, of so many that were tried."""
    chance = draw(st.randoms(use_true_random=True))
    text, names = _head(chance)
    for number in range(tries):
        more = text + _named(draw(lines(names, chance)), number)
        if _elaborates(more):
            text, names = more, (*names, f"line{number}")
    return text if text[-2] != ":" else text + "  - Identity\n"


def _head(chance: random.Random) -> tuple[str, tuple[str, ...]]:
    shape, other = chance.choices(SHAPES, k=2)
    if chance.random() < 0.5:
        return f"{HEAD}input: {shape}\nlayers:\n", ("input", "prev")
    return f"{HEAD}inputs:\n  a: {shape}\n  b: {other}\nlayers:\n", ("a", "b", "prev")


def _named(line: str, number: int) -> str:
    """The line with a name, in front of its inputs where it says them."""
    if line.startswith("("):
        return f"  - line{number}{line}\n"
    return f"  - {line}\n" if line.startswith("part:") else f"  - line{number}: {line}\n"


def _elaborates(text: str) -> bool:
    try:
        elaborated(text)
    except SpecError:
        return False
    return True
