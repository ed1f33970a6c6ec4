"""Functions that pick part of a tensor: subscripts, slices, rows by number, crops, and rolls and flips of an axis.

Counting: free. Subscripts, `select` and `narrow` are views; the others copy. Backward keeps the index of functions that
take one, the input of `gather` and the source of `index_add` too, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from netinspect.catalogue.common import broadcast, kept, plain_axes, plain_axis, replaced, sizes, without
from netinspect.catalogue.entry import Argument, Effect, Entry, Fault, Reach, Result, SavedFor, TensorType, Window
from netinspect.catalogue.signature import (
    AXES,
    AXIS,
    EXAMPLE_BATCH,
    IMAGE,
    INPUT,
    POSITIVE,
    SEQUENCE,
    SUBSCRIPT,
    TENSOR,
    TENSOR_OR_NUMBER,
    Maybe,
    Spread,
    Whole,
    function,
    shown,
)

Axes = tuple[tuple[int, ...], ...]


# --- subscripts ------------------------------------------------------------------------------


def _filled_out(index: tuple[Any, ...], rank: int) -> tuple[Any, ...]:
    """The subscript with `...` replaced by whole slices, so that it names every axis."""
    dots = [place for place, item in enumerate(index) if isinstance(item, str)]
    if len(dots) > 1:
        raise Fault("E214", "only one ... can stand in a subscript", argument="index")
    named = sum(item is not None and not isinstance(item, str) for item in index)
    if named > rank:
        raise Fault("E215", f"{named} indices, and the tensor has {rank} axes, the batch included", argument="index")
    full = (("slice", None, None, None),) * (rank - named)
    if not dots:
        return (*index, *full)
    place = dots[0]
    return (*index[:place], *full, *index[place + 1 :])


def _picked(item: int, size: int, axis: int) -> None:
    if isinstance(item, bool) or not isinstance(item, int):
        raise Fault("E212", f"{shown(item)} is no index: whole numbers and slices are", argument="index")
    if not -size <= item < size:
        raise Fault("E215", f"index {item} is out of range: axis {axis} has {size} elements", argument="index")


def _sliced(item: tuple[Any, ...], size: int, axis: int) -> tuple[int, Window]:
    """How many elements a slice leaves, and what they see."""
    _, start, stop, step = item
    for number in (start, stop, step):
        if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
            raise Fault("E212", f"{shown(number)} in a slice is no whole number", argument="index")
    if step is not None and step < 1:
        raise Fault("E211", "a slice's step must be at least 1", argument="index", help="`flip` turns an axis round")
    picked = range(size)[slice(start, stop, step)]
    if not picked:
        raise Fault("E302", f"the slice leaves nothing of axis {axis}, which has {size} elements", argument="index")
    return len(picked), Window(1, picked.step, -picked.start)


def _getitem(input: TensorType, index: Any) -> Result:
    is_several = isinstance(index, tuple) and not isinstance(index, TensorType) and index[:1] != ("slice",)
    items = index if is_several else (index,)
    shape: list[int] = []
    axes: list[tuple[int, ...]] = []
    windows = []
    axis = 0
    if any(isinstance(item, TensorType) for item in items):
        return _looked_up(input, items)
    for item in _filled_out(items, input.rank):
        if item is None:
            shape.append(1)
            axes.append(())
            continue
        size = input.shape[axis]
        if isinstance(item, tuple):
            length, window = _sliced(item, size, axis)
            shape.append(length)
            axes.append((axis,))
            if window != Window():
                windows.append((axis, window))
        else:
            _picked(item, size, axis)
        axis += 1
    return _view(input, tuple(shape), tuple(axes), tuple(windows))


def _looked_up(input: TensorType, items: tuple[Any, ...]) -> Result:
    """A subscript with tensors of whole numbers: their common shape stands where the first of them does, or in front
    where other axes come between them. Whole numbers and slices are taken first, unlike in numpy."""
    shape: list[int] = []
    indices: list[TensorType] = []
    before: list[int] = []  # how many axes of the result stand before each of them
    axis = 0
    for item in _filled_out(items, input.rank):
        if item is None:
            shape.append(1)
            continue
        if isinstance(item, TensorType):
            _need_numbers("a subscript", item)
            if not item.rank:
                raise Fault(
                    "E305",
                    "an index without axes is data that decides a shape",
                    argument="index",
                    help="`unsqueeze(0)` makes it a list of one",
                )
            indices.append(item)
            before.append(len(shape))
        elif isinstance(item, tuple):
            length, _ = _sliced(item, input.shape[axis], axis)
            shape.append(length)
        else:
            _picked(item, input.shape[axis], axis)
        axis += 1
    common = broadcast("the index tensors", *(index.shape for index in indices))
    front = before[0] if before[0] == before[-1] else 0
    output = input.with_shape((*shape[:front], *common, *shape[front:]))
    kept = tuple(range(1, 1 + len(indices)))
    return Result((output,), reach=Reach(mixes=tuple(range(input.rank))), saved=kept if input.is_float else ())


def _view(
    input: TensorType, shape: tuple[int, ...], axes: Axes | None, windows: tuple[tuple[int, Window], ...] = ()
) -> Result:
    return Result((input.with_shape(shape),), reach=Reach(windows=windows, axes=axes), alias=True)


# --- parts of an axis ------------------------------------------------------------------------


def _need_axis(name: str, input: TensorType) -> None:
    if input.rank == 0:
        raise Fault("E305", f"{name} needs an axis, and gets a single number")


def _select(input: TensorType, dim: int, index: int) -> Result:
    _need_axis("select", input)
    axis = plain_axis(dim, input.rank)
    _picked(index, input.shape[axis], axis)
    return _view(input, without(input.shape, (axis,)), kept(input, (axis,)))


def _narrow(input: TensorType, dim: int, start: int, length: int) -> Result:
    _need_axis("narrow", input)
    axis = plain_axis(dim, input.rank)
    size = input.shape[axis]
    first = start + size if start < 0 else start
    if not 0 <= first <= size - length:
        raise Fault(
            "E215", f"narrow takes {length} from {start}, and axis {axis} has {size} elements", argument="start"
        )
    windows = ((axis, Window(before=-first)),) if first else ()
    return _view(input, replaced(input.shape, axis, length), None, windows)


def _crop_like(input: TensorType, like: TensorType) -> Result:
    """Axes from 2 on cut to `like`'s sizes at offset (size - target) // 2."""
    if input.rank != like.rank or input.rank < 3:
        raise Fault(
            "E305",
            f"crop_like needs two tensors of one rank, 3 or more, and gets {sizes(input.shape)} and "
            f"{sizes(like.shape)}",
        )
    target = like.shape[2:]
    if any(size < want for size, want in zip(input.shape[2:], target, strict=True)):
        raise Fault(
            "E303",
            f"crop_like cannot crop {sizes(input.shape[2:])} to {sizes(target)}",
            help="the first tensor is the larger one",
        )
    offsets = ((axis, (input.shape[axis] - like.shape[axis]) // 2) for axis in range(2, input.rank))
    windows = tuple((axis, Window(before=-offset)) for axis, offset in offsets if offset)
    return _view(input, (*input.shape[:2], *target), None, windows)


def _unfold(input: TensorType, dimension: int, size: int, step: int) -> Result:
    _need_axis("unfold", input)
    axis = plain_axis(dimension, input.rank, "dimension")
    length = input.shape[axis]
    if size > length:
        raise Fault("E301", f"unfold takes {size} at a time, and axis {axis} has {length}", argument="size")
    shape = (*replaced(input.shape, axis, (length - size) // step + 1), size)
    axes = (*((place,) for place in range(input.rank)), (axis,))
    return _view(input, shape, axes, ((axis, Window(size, step)),))


# --- by number -------------------------------------------------------------------------------


def _need_numbers(name: str, index: TensorType) -> None:
    if index.dtype not in ("int64", "int32"):
        raise Fault("E306", f"{name} needs whole numbers as index, and gets {index.dtype}", argument="index")


def _index_select(input: TensorType, dim: int, index: TensorType) -> Result:
    _need_numbers("index_select", index)
    axis = plain_axis(dim, input.rank)
    if index.rank > 1:
        raise Fault("E305", f"index_select needs one axis of numbers, and gets {sizes(index.shape)}", argument="index")
    shape = replaced(input.shape, axis, index.elements) if input.rank else ()
    return Result((input.with_shape(shape),), reach=_mixed(axis, input.rank), saved=(1,) if input.is_float else ())


def _mixed(axis: int, rank: int) -> Reach:
    return Reach(mixes=(axis,) if rank else ())


def _gather(input: TensorType, dim: int, index: TensorType) -> Result:
    _need_numbers("gather", index)
    axis = plain_axis(dim, input.rank)
    if max(index.rank, 1) != max(input.rank, 1):
        raise Fault("E305", f"gather needs an index of {input.rank} axes, and gets {index.rank}", argument="index")
    if any(i > x for a, (i, x) in enumerate(zip(index.shape, input.shape, strict=False)) if a != axis):
        raise Fault(
            "E303",
            f"gather's index {sizes(index.shape)} reaches beyond the input {sizes(input.shape)}",
            argument="index",
            note=f"only axis {axis} may be longer",
        )
    saved = (0, 1) if input.is_float else ()
    return Result((input.with_shape(index.shape),), reach=_mixed(axis, input.rank), saved=saved)


def _scatter(name: str) -> Callable[..., Result]:
    def rule(input: TensorType, dim: int, index: TensorType, src: TensorType | float) -> Result:
        _need_numbers(name, index)
        axis = plain_axis(dim, input.rank)
        if isinstance(src, TensorType) and src.dtype != input.dtype:
            raise Fault("E306", f"{name} of {input.dtype} needs such a source, and gets {src.dtype}", argument="src")
        for tensor, longer in ((input, axis), (src, None)):
            if not isinstance(tensor, TensorType):
                continue
            if max(index.rank, 1) != max(tensor.rank, 1):
                message = f"{name} needs an index of {tensor.rank} axes, and gets {index.rank}"
                raise Fault("E305", message, argument="index")
            if any(i > x for a, (i, x) in enumerate(zip(index.shape, tensor.shape, strict=False)) if a != longer):
                raise Fault(
                    "E303", f"{name}'s index {sizes(index.shape)} reaches beyond {sizes(tensor.shape)}",
                    argument="index",
                )  # fmt: skip
        takers = (2,) if name == "scatter_add" else (0, 2) if isinstance(src, TensorType) else (0,)
        saved = (SavedFor(1, takers),) if input.is_float else ()
        return Result((input,), reach=_mixed(axis, input.rank), saved=saved)

    return rule


def _index_add(input: TensorType, dim: int, index: TensorType, source: TensorType) -> Result:
    _need_numbers("index_add", index)
    axis = plain_axis(dim, input.rank)
    if source.dtype != input.dtype:
        message = f"index_add of {input.dtype} needs such a source, and gets {source.dtype}"
        raise Fault("E306", message, argument="source")
    if index.rank > 1:
        raise Fault("E305", f"index_add needs one axis of numbers, and gets {sizes(index.shape)}", argument="index")
    shape = replaced(input.shape, axis, index.elements) if input.rank else ()
    if source.shape != shape:
        message = f"index_add needs a source of {sizes(shape)}, and gets {sizes(source.shape)}"
        raise Fault("E303", message, argument="source")
    saved = (SavedFor(1, (2,)), SavedFor(2, (2,))) if input.is_float else ()
    return Result((input,), reach=_mixed(axis, input.rank), saved=saved)


# --- turned ----------------------------------------------------------------------------------


def _slice_scatter(
    input: TensorType, src: TensorType, dim: int, start: int | None, end: int | None, step: int
) -> Result:
    _need_axis("slice_scatter", input)
    axis = plain_axis(dim, input.rank)
    length, _ = _sliced(("slice", start, end, step), input.shape[axis], axis)
    return _scattered("slice_scatter", input, src, replaced(input.shape, axis, length))


def _select_scatter(input: TensorType, src: TensorType, dim: int, index: int) -> Result:
    _need_axis("select_scatter", input)
    axis = plain_axis(dim, input.rank)
    _picked(index, input.shape[axis], axis)
    return _scattered("select_scatter", input, src, without(input.shape, (axis,)))


def _scattered(name: str, input: TensorType, src: TensorType, part: tuple[int, ...]) -> Result:
    if src.shape != part:
        raise Fault("E303", f"{name} puts {sizes(src.shape)} where {sizes(part)} is cut out", argument="src")
    return Result((input,))


def _one_hot(input: TensorType, num_classes: int) -> Result:
    if input.dtype != "int64":
        raise Fault("E306", f"one_hot needs int64, and gets {input.dtype}")
    return Result(
        (TensorType((*input.shape, num_classes), "int64"),),
        reach=Reach(axes=(*((axis,) for axis in range(input.rank)), ())),
    )


def _flip(input: TensorType, dims: tuple[int, ...]) -> Result:
    axes = plain_axes(dims, input.rank, "dims")
    return Result((input,), reach=Reach(mixes=axes if input.rank else ()))


def _roll(input: TensorType, shifts: tuple[int, ...], dims: tuple[int, ...]) -> Result:
    if len(shifts) != len(dims):
        raise Fault("E214", f"roll has {len(shifts)} shifts for {len(dims)} axes", argument="shifts")
    if not input.rank:
        raise Fault("E305", "roll needs an axis, and gets a single number")
    mixes = {plain_axis(dim, input.rank, "dims") for dim in dims}
    return Result((input,), reach=Reach(mixes=tuple(sorted(mixes))))


# --- entries ---------------------------------------------------------------------------------

_DIM: Final = Argument("dim", AXIS)
_PICK: Final = Argument("index", TENSOR)


def _entry(
    name: str,
    rule: Callable[..., Result],
    forward: tuple[Argument, ...],
    summary: str,
    example: str,
    inputs: tuple[TensorType, ...] = (SEQUENCE,),
    torch: str = "",
    type_of: tuple[int, ...] = (),
    effect: Effect | None = None,
) -> Entry:
    torch = torch or f"Tensor.{name}"
    forward = (INPUT, *forward)
    return function(
        "rearranging", name, torch, rule, forward, summary, example, inputs, effect=effect, type_of=type_of
    )  # fmt: skip


ENTRIES: Final[tuple[Entry, ...]] = (
    _entry("getitem", _getitem, (Argument("index", SUBSCRIPT),), "A subscript, written `x[:, -1]`.",
           "input[:, -1]", torch="operator.getitem"),
    _entry("select", _select, (_DIM, Argument("index", Whole(-(2**31)))), "One place of an axis, which goes.",
           "select(1, -1)"),
    _entry("narrow", _narrow, (_DIM, Argument("start", Whole(-(2**31))), Argument("length", POSITIVE)),
           "A stretch of an axis.", "narrow(1, 0, 10)"),
    _entry("crop_like", _crop_like, (Argument("like", TENSOR),),
           "Axes from 2 on cropped in the middle to another tensor's sizes.", "crop_like(a, b)", (IMAGE, IMAGE),
           torch="netinspect.crop_like", type_of=(1,)),
    _entry("unfold", _unfold, (Argument("dimension", AXIS), Argument("size", POSITIVE), Argument("step", POSITIVE)),
           "Sliding windows of an axis, as a new last axis.", "unfold(1, 10, 5)"),
    _entry("index_select", _index_select, (_DIM, _PICK), "Places of an axis by their numbers.",
           "index_select(input, 1, arange(10))"),
    _entry("gather", _gather, (_DIM, _PICK), "One element for each number of an index, along an axis.",
           "top: topk(5, dim=1)\ngather(input, 1, top.indices)"),
    _entry("scatter", _scatter("scatter"), (_DIM, _PICK, Argument("src", TENSOR_OR_NUMBER)),
           "The input with one element set for each number of an index, along an axis.",
           "top: topk(5, dim=1)\nscatter(input, 1, top.indices, top)"),
    _entry("scatter_add", _scatter("scatter_add"), (_DIM, _PICK, Argument("src", TENSOR)),
           "The input with one element added to for each number of an index, along an axis.",
           "top: topk(5, dim=1)\nscatter_add(input, 1, top.indices, top)", effect="linear"),
    _entry("index_add", _index_add, (_DIM, _PICK, Argument("source", TENSOR)),
           "The input with the places of an axis added to by their numbers.",
           "index_add(a, 1, arange(50), b)", (SEQUENCE, SEQUENCE), effect="linear"),
    _entry("slice_scatter", _slice_scatter,
           (Argument("src", TENSOR), Argument("dim", AXIS, 0), Argument("start", Maybe(Whole(-(2**31))), None),
            Argument("end", Maybe(Whole(-(2**31))), None), Argument("step", POSITIVE, 1)),
           "The input with another tensor in place of a slice of an axis.",
           "slice_scatter(a, b[:, :10], 1, 20, 30)", (SEQUENCE, SEQUENCE)),
    _entry("select_scatter", _select_scatter, (Argument("src", TENSOR), _DIM, Argument("index", Whole(-(2**31)))),
           "The input with another tensor in one place of an axis.", "select_scatter(a, b[:, 0], 1, -1)",
           (SEQUENCE, SEQUENCE)),
    _entry("one_hot", _one_hot, (Argument("num_classes", POSITIVE),), "Of each number a row with a 1 in its place.",
           "one_hot(100)", (TensorType((EXAMPLE_BATCH, 50), "int64"),), torch="torch.nn.functional.one_hot"),
    _entry("flip", _flip, (Argument("dims", AXES, variadic=True),), "Axes turned round.", "flip(1)"),
    _entry("roll", _roll, (Argument("shifts", Spread(Whole(-(2**31)))), Argument("dims", AXES)),
           "Axes shifted, what falls off coming in again.", "roll(1, dims=1)"),
)  # fmt: skip
