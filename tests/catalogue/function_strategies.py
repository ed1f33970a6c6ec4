"""Calls drawn from an entry's own signature: of every function, and of the layers with sequences.

Tensors of a call are mostly of one family of shapes, so that many calls are sound; sizes, axes and dtypes that do not
fit are drawn too, because torch has to refuse what the catalogue refuses.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from netinspect.catalogue.entry import REQUIRED, Argument, Entry, Kind, TensorType
from netinspect.catalogue.signature import DTYPE, Maybe, Spread, Subscript, Tensor, TensorOrNumber, Text, Whole, Word
from tests.catalogue.layer_strategies import values

T = TensorType
EQUATIONS = ("ij,jk->ik", "bij,bjk->bik", "bhqd,bhkd->bhqk", "i,j->ij", "ij->ji", "ij,ij->", "...i,...i->...", "ii->i")
NAMED_DTYPES = {"condition": "bool", "mask": "bool", "index": "int64", "indices": "int64"}
LONGEST_KERNEL = 4
AXIS_MINIMUM = -64

Call = tuple[dict[str, Any], dict[str, Any]]
"""Arguments of the call, and of the constructor, by name."""


@st.composite
def calls(draw: st.DrawFn, entry: Entry) -> Call:
    """A call of `entry`: what it requires, some of the rest."""
    base = draw(_base(entry))
    forward = {a.name: draw(_operand(entry, a, base)) for a in entry.forward if _wanted(draw, a)}
    given = {a.name: draw(values(a.kind)) for a in entry.arguments if _wanted(draw, a)}
    return forward, given


def _wanted(draw: st.DrawFn, argument: Argument) -> bool:
    if argument.inferred:
        return False
    return argument.default is REQUIRED or argument.must_say or draw(st.integers(0, 3)) == 0


def _base(entry: Entry) -> st.SearchStrategy[tuple[int, ...]]:
    """The shape that the tensors of a call are made from: mostly of the rank the example has."""
    example = len(entry.example_inputs[0].shape) if entry.example_inputs else 2
    ranks = st.one_of(*(st.just(example),) * 3, st.integers(0, 5))
    return ranks.flatmap(lambda rank: st.tuples(*(st.integers(1, 6),) * rank))


def _operand(entry: Entry, argument: Argument, base: tuple[int, ...]) -> st.SearchStrategy[Any]:
    kind = argument.kind.kind if isinstance(argument.kind, Maybe) else argument.kind
    if isinstance(kind, Tensor):
        return _tensor(entry, argument.name, base)
    if isinstance(kind, TensorOrNumber):
        numbers = st.sampled_from((-1, 0, 1, 2, 0.5, 2.5))
        return st.one_of(_tensor(entry, argument.name, base), numbers) if argument.name != "input" else _tensor(
            entry, argument.name, base
        )  # fmt: skip
    if isinstance(kind, Spread):
        tensors = isinstance(kind.kind, Tensor)
        inner = _tensor(entry, argument.name, base) if tensors else _plain(kind.kind, base)
        return st.lists(inner, min_size=1, max_size=3).map(tuple)
    return _plain(argument.kind, base)


def _plain(kind: Kind, base: tuple[int, ...]) -> st.SearchStrategy[Any]:
    if isinstance(kind, Subscript):
        return _subscript()
    if isinstance(kind, Text):
        return st.sampled_from(EQUATIONS)
    if kind == DTYPE or (isinstance(kind, Maybe) and kind.kind == DTYPE):
        return st.sampled_from(("float32", "float16", "int64", "bool"))
    if isinstance(kind, Whole) and kind.minimum == AXIS_MINIMUM:
        return st.integers(-len(base) - 1, len(base))
    return values(kind)


def _tensor(entry: Entry, name: str, base: tuple[int, ...]) -> st.SearchStrategy[T]:
    if name in ("weight", "bias", "running_mean", "running_var"):
        return _weight(entry, name, base)
    dtype = NAMED_DTYPES.get(name, "float32")
    if entry.name == "embedding" and name == "input":
        dtype = "int64"
    shapes = st.one_of(*(st.just(base),) * 3, _varied(base))
    dtypes = st.one_of(*(st.just(dtype),) * 8, st.sampled_from(("float32", "int64", "bool")))
    return st.builds(T, shapes, dtypes)


def _varied(base: tuple[int, ...]) -> st.SearchStrategy[tuple[int, ...]]:
    """A shape beside `base`: one size is 1 or another, the last two are swapped, or leading axes are gone."""
    if not base:
        return st.just((3,))
    one = st.tuples(st.integers(0, len(base) - 1), st.integers(1, 6))
    return st.one_of(
        one.map(lambda change: (*base[: change[0]], change[1], *base[change[0] + 1 :])),
        st.just((*base[:-2], *base[:-3:-1])),
        st.integers(0, len(base)).map(lambda start: base[start:]),
    )


def _weight(entry: Entry, name: str, base: tuple[int, ...]) -> st.SearchStrategy[T]:
    """A weight that fits most of the time: of a convolution, a product, a table, or one number a channel."""
    channels, last, out = base[1] if len(base) > 1 else 1, base[-1] if base else 1, 4
    if name != "weight":
        return st.sampled_from((out, channels, last)).map(lambda size: T((size,)))
    if entry.name.startswith("conv"):
        window = st.tuples(*(st.integers(1, LONGEST_KERNEL),) * int(entry.name[-2]))
        ends = (channels, out) if "transpose" in entry.name else (out, channels)
        return window.map(lambda sizes: T((*ends, *sizes)))
    shapes = {"bilinear": (out, last, last), "linear": (out, last), "embedding": (9, out)}
    return st.sampled_from((shapes.get(entry.name, (channels,)), (last,))).map(T)


def _subscript() -> st.SearchStrategy[Any]:
    place = st.one_of(st.none(), st.integers(-3, 4))
    window = st.tuples(st.just("slice"), place, place, st.one_of(st.none(), st.integers(1, 3)))
    return st.lists(st.one_of(st.integers(-3, 3), window, st.just("..."), st.none()), min_size=1, max_size=4).map(tuple)


__all__ = ["Call", "Word", "calls"]
