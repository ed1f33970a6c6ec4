"""Arguments and inputs for a layer, drawn from the kinds of its entry: small, sensible often, nonsense sometimes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from netinspect.catalogue.entry import REQUIRED, Argument, Entry, Kind, TensorType
from netinspect.catalogue.signature import Each, Either, Flag, Many, Maybe, Real, Tensor, Whole, Word
from tests.catalogue.engine import Case

SMALL = 5
REALS = (-2.0, -1, 0, 0.0, 0.1, 0.5, 0.7, 1, 1.5, 2, 3.0)


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """Values the kind accepts, small ones."""
    if isinstance(kind, Whole):
        return st.integers(max(kind.minimum, -2), min(kind.maximum, max(kind.minimum, SMALL)))
    if isinstance(kind, Real):
        return st.sampled_from([real for real in REALS if _within(kind, real)])
    if isinstance(kind, Flag):
        return st.booleans()
    if isinstance(kind, Word):
        return st.sampled_from(kind.words)
    if isinstance(kind, Each):
        inner = values(kind.kind)
        single = inner.filter(lambda value: value is not None)
        return st.one_of(single, st.tuples(*(inner,) * kind.length))
    if isinstance(kind, Many):
        return st.lists(values(kind.kind), min_size=kind.least, max_size=min(kind.most, 3)).map(tuple)
    if isinstance(kind, Maybe):
        return st.one_of(st.none(), values(kind.kind))
    assert isinstance(kind, Either), kind
    return st.one_of(*(values(inner) for inner in kind.kinds))


def _within(kind: Real, real: float) -> bool:
    if kind.exclusive:
        return kind.minimum < real < kind.maximum
    return kind.minimum <= real <= kind.maximum


def shapes(rank: int) -> st.SearchStrategy[tuple[int, ...]]:
    """The shape of a batch of two, mostly of this rank."""
    ranks = st.one_of(st.just(rank), st.just(rank), st.just(rank), st.integers(0, 5))
    channels = st.sampled_from((1, 2, 3, 4, 6, 8, 9))
    return ranks.flatmap(lambda n: st.tuples(st.just(2), channels, *(st.integers(1, 8),) * (n - 2)) if n > 1
                         else st.just((2,) * n))  # fmt: skip


@st.composite
def cases(draw: st.DrawFn, entry: Entry) -> Case:
    """A call of `entry`: its required arguments, some of the others, and inputs of related shapes."""
    given = {a.name: draw(values(a.kind)) for a in entry.arguments if _wanted(draw, a)}
    first = draw(shapes(len(entry.example_inputs[0].shape)))
    return Case(entry, given, tuple(_operands(draw, entry, first)))


def _wanted(draw: st.DrawFn, argument: Argument) -> bool:
    if argument.inferred:
        return draw(st.integers(0, 7)) == 0
    return argument.must_say or argument.default is REQUIRED or draw(st.integers(0, 2)) == 0


def _operands(draw: st.DrawFn, entry: Entry, first: tuple[int, ...]) -> list[Any]:
    operands: list[Any] = []
    for argument in entry.forward:
        if isinstance(argument.kind, Tensor):
            shape = first if not operands or entry.name.startswith("MaxUnpool") else _related(draw, first)
            dtype = "int64" if argument.name == "indices" else entry.example_inputs[0].dtype
            operands.append(TensorType(shape, dtype))
        else:
            break
    return operands


def _related(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The same shape, or with another last size."""
    return draw(st.one_of(st.just(shape), st.integers(1, 6).map(lambda size: (*shape[:-1], size))))
