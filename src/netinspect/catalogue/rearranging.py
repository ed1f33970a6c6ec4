"""Functions that give a tensor other axes without touching its numbers: views, and copies where a view cannot do it.

Counting: free. A view shares its input's memory. Whether a tensor is contiguous is not followed: `reshape`,
`flatten` and `unflatten` count as views, as they are on a tensor in its natural order (after `permute` torch copies);
`contiguous` counts as the copy it is written for. Backward keeps nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from netinspect.catalogue.common import kept, plain_axes, plain_axis, replaced, sizes
from netinspect.catalogue.entry import Argument, Entry, Fault, Reach, Result, TensorType
from netinspect.catalogue.formula import count
from netinspect.catalogue.signature import (
    AXES,
    AXIS,
    INPUT,
    OTHER,
    POSITIVE,
    SEQUENCE,
    Many,
    Spread,
    Whole,
    function,
    trap,
)

Axes = tuple[tuple[int, ...], ...]

_SIZE: Final = Whole(-1)
_SIZES: Final = Spread(_SIZE)


def view(input: TensorType, shape: tuple[int, ...], axes: Axes | None) -> Result:
    """The input's numbers in another shape; `axes` says which input axes each output axis carries."""
    return Result((input.with_shape(shape),), reach=Reach(axes=axes), alias=True)


# --- other sizes -----------------------------------------------------------------------------


def _completed(shape: tuple[int, ...], elements: int, name: str, source: tuple[int, ...]) -> tuple[int, ...]:
    """`shape` with its one -1 worked out; E308 if the sizes cannot hold `elements`."""
    if shape.count(-1) > 1:
        raise Fault("E308", f"only one size of {name} can be -1, and {shape} has {shape.count(-1)}")
    known = count(size for size in shape if size != -1)
    missing = shape.index(-1) if -1 in shape else None
    if missing is not None and known and elements % known == 0:
        return replaced(shape, missing, elements // known)
    if missing is None and known == elements:
        return shape
    what = f"a multiple of {known:,}" if missing is not None else f"{known:,}"
    raise Fault(
        "E308",
        f"{sizes(source)} is {elements:,} elements, and {sizes(shape)} needs {what}",
        help="write one size as -1 to have it worked out; the batch is the first axis",
    )


def carried(before: tuple[int, ...], after: tuple[int, ...]) -> Axes:
    """Which input axes each output axis of a reshape carries: runs of axes with equal products belong together."""
    result: list[tuple[int, ...]] = [()] * len(after)
    i = j = 0
    while i < len(before) and j < len(after):
        start, first, left, right = i, j, before[i], after[j]
        while left != right and (i + 1 < len(before) or j + 1 < len(after)):
            if (left < right and i + 1 < len(before)) or j + 1 == len(after):
                i, left = i + 1, left * before[i + 1]
            else:
                j, right = j + 1, right * after[j + 1]
        for out in range(first, j + 1):
            result[out] = tuple(range(start, i + 1))
        i, j = i + 1, j + 1
    return tuple(result)


def _reshape(input: TensorType, shape: tuple[int, ...]) -> Result:
    completed = _completed(shape, input.elements, "reshape", input.shape)
    return view(input, completed, carried(input.shape, completed))


def _like(input: TensorType, other: TensorType) -> Result:
    return _reshape(input, other.shape)


def _flatten(input: TensorType, start_dim: int, end_dim: int) -> Result:
    start = plain_axis(start_dim, input.rank, "start_dim")
    end = plain_axis(end_dim, input.rank, "end_dim")
    if start > end:
        raise Fault("E211", f"flatten starts at axis {start}, after its end at axis {end}", argument="start_dim")
    shape = input.shape
    joined = tuple(range(start, min(end, input.rank - 1) + 1))
    axes = (*((axis,) for axis in range(start)), joined, *((axis,) for axis in range(end + 1, input.rank)))
    return view(input, (*shape[:start], count(shape[start : end + 1]), *shape[end + 1 :]), axes)


def _unflatten(input: TensorType, dim: int, shape: tuple[int, ...]) -> Result:
    axis = plain_axis(dim, input.rank)
    if input.rank == 0:
        raise Fault("E305", "unflatten needs an axis, and gets a single number")
    parts = _completed(shape, input.shape[axis], "unflatten", (input.shape[axis],))
    ahead, behind = range(axis), range(axis + 1, input.rank)
    axes = (*((place,) for place in ahead), *((axis,) for _ in parts), *((place,) for place in behind))
    return view(input, (*input.shape[:axis], *parts, *input.shape[axis + 1 :]), axes)


def _squeeze(input: TensorType, dim: tuple[int, ...]) -> Result:
    gone = tuple(axis for axis in plain_axes(dim, input.rank) if input.rank and input.shape[axis] == 1)
    return view(input, tuple(s for i, s in enumerate(input.shape) if i not in gone), kept(input, gone))


def _unsqueeze(input: TensorType, dim: int) -> Result:
    axis = plain_axis(dim, input.rank + 1)
    old = [(i,) for i in range(input.rank)]
    return view(input, (*input.shape[:axis], 1, *input.shape[axis:]), (*old[:axis], (), *old[axis:]))


# --- other order -----------------------------------------------------------------------------


def _reordered(input: TensorType, order: tuple[int, ...]) -> Result:
    return view(input, tuple(input.shape[axis] for axis in order), tuple((axis,) for axis in order))


def _permute(input: TensorType, dims: tuple[int, ...]) -> Result:
    if len(dims) != input.rank:
        raise Fault(
            "E214",
            f"permute names {len(dims)} axes of {input.rank}, the batch included",
            argument="dims",
            help=f"write all of 0 to {input.rank - 1} in the new order",
        )
    return _reordered(input, plain_axes(dims, input.rank, "dims"))


def _transpose(input: TensorType, dim0: int, dim1: int) -> Result:
    first, second = plain_axis(dim0, input.rank, "dim0"), plain_axis(dim1, input.rank, "dim1")
    order = list(range(input.rank))
    if order:
        order[first], order[second] = order[second], order[first]
    return _reordered(input, tuple(order))


def _movedim(input: TensorType, source: tuple[int, ...], destination: tuple[int, ...]) -> Result:
    if len(source) != len(destination):
        raise Fault("E214", "movedim needs as many destinations as sources", argument="destination")
    places = plain_axes(destination, input.rank, "destination")
    moved = dict(zip(places, plain_axes(source, input.rank, "source"), strict=True))
    rest = iter(axis for axis in range(input.rank) if axis not in moved.values())
    return _reordered(input, tuple(moved[i] if i in moved else next(rest) for i in range(input.rank)))


# --- repeated --------------------------------------------------------------------------------


def _in_front(input: TensorType, rank: int) -> Axes | None:
    new = rank - input.rank
    return tuple((axis - new,) if axis >= new else () for axis in range(rank)) if new else None


def _expand(input: TensorType, size: tuple[int, ...]) -> Result:
    new = len(size) - input.rank
    if new < 0:
        raise Fault("E305", f"expand to {len(size)} axes, and the input has {input.rank}", argument="sizes")
    result = []
    for place, target in enumerate(size):
        has = input.shape[place - new] if place >= new else None
        if target == -1 and has is None:
            raise Fault("E214", "-1 keeps a size, and a new axis in front has none to keep", argument="sizes")
        if target == 0:
            raise Fault("E302", "expand to 0 leaves nothing", argument="sizes")
        if has not in (None, 1, target) and target != -1:
            raise Fault(
                "E303", f"expand cannot make {has} at axis {place} into {target}: only 1 is repeated", argument="sizes"
            )
        result.append(has if target == -1 and has is not None else target)
    return view(input, tuple(result), _in_front(input, len(size)))


def _expand_as(input: TensorType, other: TensorType) -> Result:
    return _expand(input, other.shape)


def _repeat(input: TensorType, repeats: tuple[int, ...]) -> Result:
    if len(repeats) < input.rank:
        raise Fault("E214", f"repeat names {len(repeats)} axes of {input.rank}, the batch included", argument="repeats")
    return _tiled(input, repeats)


def _tile(input: TensorType, dims: tuple[int, ...]) -> Result:
    return _tiled(input, (1,) * (input.rank - len(dims)) + dims)


def _tiled(input: TensorType, repeats: tuple[int, ...]) -> Result:
    shape = (1,) * (len(repeats) - input.rank) + input.shape
    output = input.with_shape(tuple(size * times for size, times in zip(shape, repeats, strict=True)))
    new = len(repeats) - input.rank
    mixes = tuple(axis - new for axis, times in enumerate(repeats) if times > 1 and axis >= new)
    return Result((output,), reach=Reach(mixes=mixes, axes=_in_front(input, output.rank)))


# --- the same --------------------------------------------------------------------------------


def _same_memory(input: TensorType) -> Result:
    return Result((input,), alias=True)


def _copy(input: TensorType) -> Result:
    return Result((input,))


# --- entries ---------------------------------------------------------------------------------

_REPEATS: Final = Spread(POSITIVE)
_SHAPE: Final = Many(_SIZE, single=False)


def _method(
    name: str,
    rule: Callable[..., Result],
    forward: tuple[Argument, ...],
    summary: str,
    example: str = "",
    two: int = 1,
    input: TensorType = SEQUENCE,
) -> Entry:
    inputs, type_of = (input,) * two, (1,) if forward == (OTHER,) else ()
    return function(
        "rearranging", name, f"Tensor.{name}", rule, (INPUT, *forward), summary, example, inputs, type_of=type_of
    )


def _values(name: str, kind: Any) -> Argument:
    return Argument(name, kind, variadic=True)


_SWAP: Final = (Argument("dim0", AXIS), Argument("dim1", AXIS))
_START_WHY: Final = "torch's default is 0, which is the batch; `flatten(1)` keeps it"

ENTRIES: Final[tuple[Entry, ...]] = (
    _method("reshape", _reshape, (_values("shape", _SIZES),), "Other sizes, as many elements.", "reshape(-1, 3200)"),
    _method("view", _reshape, (_values("shape", _SIZES),), "reshape, refused where memory would be copied.",
            "view(-1, 3200)"),
    _method("reshape_as", _like, (OTHER,), "reshape to another tensor's shape.", "reshape_as(a, b)", 2),
    _method("view_as", _like, (OTHER,), "view in another tensor's shape.", "view_as(a, b)", 2),
    _method("flatten", _flatten, (trap("start_dim", AXIS, _START_WHY), Argument("end_dim", AXIS, -1)),
            "Several axes made one.", "flatten(1)"),
    _method("unflatten", _unflatten, (Argument("dim", AXIS), Argument("sizes", _SHAPE)),
            "One axis made several.", "unflatten(2, (8, 8))"),
    _method("squeeze", _squeeze, (trap("dim", AXES),), "Without an axis of size 1.", "squeeze(1)",
            input=TensorType((2, 1, 64))),
    _method("unsqueeze", _unsqueeze, (Argument("dim", AXIS),), "With a new axis of size 1.", "unsqueeze(1)"),
    _method("permute", _permute, (_values("dims", AXES),), "The axes in another order.", "permute(0, 2, 1)"),
    _method("transpose", _transpose, _SWAP, "Two axes swapped.", "transpose(1, 2)"),
    _method("swapaxes", _transpose, (Argument("axis0", AXIS), Argument("axis1", AXIS)), "Two axes swapped.",
            "swapaxes(1, 2)"),
    _method("movedim", _movedim, (Argument("source", AXES), Argument("destination", AXES)),
            "Some axes moved to other places.", "movedim(1, 2)"),
    _method("expand", _expand, (_values("sizes", _SIZES),), "Axes of size 1 repeated, without memory.",
            "expand(-1, 50, 64)"),
    _method("expand_as", _expand_as, (OTHER,), "expand to another tensor's shape.", "expand_as(a, b)", 2),
    _method("repeat", _repeat, (_values("repeats", _REPEATS),), "The whole tensor again and again.",
            "repeat(1, 2, 1)"),
    _method("tile", _tile, (_values("dims", _REPEATS),), "repeat, where missing axes in front are 1.", "tile(2)"),
    _method("contiguous", _copy, (), "Copied into its natural order."),
    _method("clone", _copy, (), "A copy."),
    _method("detach", _same_memory, (), "The same numbers without a gradient."),
)  # fmt: skip
