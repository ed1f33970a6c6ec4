"""Axes as a spec writes them, negative ones from the end, made plain and checked."""

from __future__ import annotations

from netinspect.catalogue.entry import Fault, Reach, TensorType


def plain_axis(dim: int, rank: int, argument: str | None = "dim") -> int:
    """`dim` counted from 0; E215 unless there is such an axis. torch takes a tensor without axes as of rank 1 here."""
    rank = max(rank, 1)
    if not -rank <= dim < rank:
        raise Fault(
            "E215", f"there is no axis {dim}: the axes are 0 to {rank - 1}, or -{rank} to -1", argument=argument
        )
    return dim % rank


def plain_axes(dims: tuple[int, ...], rank: int, argument: str | None = "dim") -> tuple[int, ...]:
    """Several of them, in the order given; E211 if one comes twice."""
    plain = tuple(plain_axis(dim, rank, argument) for dim in dims)
    if len(set(plain)) != len(plain):
        raise Fault("E211", f"an axis is named twice in {dims}", argument=argument)
    return plain


def replaced(shape: tuple[int, ...], axis: int, size: int) -> tuple[int, ...]:
    """`shape` with another size at one axis."""
    return (*shape[:axis], size, *shape[axis + 1 :])


def without(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """`shape` less some of its axes."""
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def kept(x: TensorType, axes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """`Reach.axes` where some axes go: the others, in order."""
    return tuple((axis,) for axis in range(x.rank) if axis not in axes)


def mixing(axis: int, rank: int) -> Reach:
    """Every output sees all along one axis."""
    return Reach(mixes=(axis,) if rank else ())
