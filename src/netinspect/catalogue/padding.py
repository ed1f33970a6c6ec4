"""Padding layers: constant, zero, reflected, replicated and circular borders around time, images and volumes.

The padding is written as torch does, last axis first: (left, right, top, bottom, front, back). Padding only copies:
it is free. A negative constant padding crops; the other kinds take none (torch would crop and copy).
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from netinspect.catalogue.common import EXAMPLE_SPACE, OVER, RANKS, Sizes, need_float, need_space, sizes
from netinspect.catalogue.entry import Argument, Entry, Fault, Reach, Result, TensorType, Window
from netinspect.catalogue.signature import ANY_NUMBER, MAX_WINDOW, Each, Whole, border, layer

FAMILY: Final = "padding"


def _pairs(padding: Sizes) -> tuple[tuple[int, int], ...]:
    """(before, after) for each axis, first axis first."""
    return tuple(zip(padding[-2::-2], padding[::-2], strict=True))


def padded(name: str, space: Sizes, padding: Sizes) -> Sizes:
    """The sizes after padding; E302 where a negative padding leaves nothing of the input."""
    axes = tuple(zip(space, _pairs(padding), strict=True))
    left = tuple(length + min(before, 0) + min(after, 0) for length, (before, after) in axes)
    if min(left) < 1:
        message = f"{name} cuts more off than its input {sizes(space)} has"
        raise Fault("E302", message, argument="padding", help="a negative padding cuts that many cells off")
    return tuple(length + before + after for length, (before, after) in axes)


def _check_repeats(kind: str, name: str, space: Sizes, padding: Sizes) -> None:
    """E301 where a border would hold more of the input than there is."""
    most = {"Reflection": 1, "Circular": 0}.get(kind)
    if most is None:
        return
    for length, ends in zip(space, _pairs(padding), strict=True):
        if max(ends) > length - most:
            verb = "mirrors" if kind == "Reflection" else "repeats"
            raise Fault(
                "E301",
                f"{name} {verb} {max(ends)} cells, and the input {sizes(space)} allows {length - most} there",
                argument="padding",
                help="ZeroPad and ReplicationPad take any width",
            )


def _pad(kind: str, rank: int, a: Any, x: TensorType) -> Result:
    name = f"{kind}Pad{rank}d"
    need_space(f"{kind}Pad", rank, x)
    need_float(name, x)
    space = x.shape[2:]
    _check_repeats(kind, name, space, a.padding)
    windows = tuple((axis, Window(before=before)) for axis, (before, _) in enumerate(_pairs(a.padding), 2))
    return Result(
        (x.with_shape((*x.shape[:2], *padded(name, space, a.padding))),),
        reach=Reach(windows),
        saved=(0,) if kind in ("Reflection", "Replication") else (),
    )


_KINDS: Final = {
    "Constant": "Puts a border of one value around {}.",
    "Zero": "Puts a border of zeros around {}.",
    "Reflection": "Mirrors {} at its edges, the edge itself not repeated.",
    "Replication": "Repeats the edges of {} outwards.",
    "Circular": "Continues {} with its other end.",
}


def _padding(kind: str, rank: int) -> Entry:
    crops = kind in ("Constant", "Zero")
    width = Each(Whole(-MAX_WINDOW, MAX_WINDOW), 2 * rank) if crops else Each(border(1).kind, 2 * rank)
    value = (Argument("value", ANY_NUMBER),) if kind == "Constant" else ()
    return layer(
        f"{kind}Pad{rank}d",
        FAMILY,
        partial(_pad, kind, rank),
        Argument("padding", width),
        *value,
        summary=_KINDS[kind].format(OVER[rank]),
        example=f"{kind}Pad{rank}d(1, value=0.5)" if value else f"{kind}Pad{rank}d(1)",
        inputs=((3, *EXAMPLE_SPACE[rank]),),
    )


ENTRIES: Final[tuple[Entry, ...]] = tuple(_padding(kind, rank) for kind in _KINDS for rank in RANKS)
