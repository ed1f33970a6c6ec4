"""Functions that put tensors together (cat, stack) and take them apart (split, chunk, unbind).

Counting: free. The parts that split, chunk and unbind give share their input's memory; cat and stack copy. Backward
keeps nothing.
"""

from __future__ import annotations

import itertools
from typing import Any, Final

from netinspect.catalogue.common import kept, plain_axis, promote, replaced, sizes, without
from netinspect.catalogue.entry import Argument, Entry, Fault, Reach, Result, TensorType, Window
from netinspect.catalogue.signature import (
    AXIS,
    IMAGE,
    INPUT,
    POSITIVE,
    SEQUENCE,
    TENSORS,
    Either,
    Many,
    Whole,
    Word,
    function,
    keyword,
    trap,
)


def _promoted(tensors: tuple[TensorType, ...]) -> str:
    dtype = tensors[0].dtype
    for tensor in tensors[1:]:
        dtype = promote(dtype, tensor.dtype)
    return dtype


# --- together --------------------------------------------------------------------------------


def _same_but(tensors: tuple[TensorType, ...], axis: int | None, name: str) -> None:
    """E304 unless all shapes agree at all axes but one."""
    first = tensors[0].shape
    for other in tensors[1:]:
        if len(other.shape) != len(first):
            both = f"{sizes(first)} and {sizes(other.shape)}"
            raise Fault("E304", f"{name} of tensors with {len(first)} and {len(other.shape)} axes: {both}")
        differ = [i for i, (a, b) in enumerate(zip(first, other.shape, strict=True)) if a != b and i != axis]
        if differ:
            at = ", ".join(f"{first[i]} and {other.shape[i]} at axis {i}" for i in differ)
            raise Fault("E304", f"{name} of unequal sizes: {at}", help=_remedy(differ, axis))


def _remedy(differ: list[int], axis: int | None) -> str | None:
    if axis is None:
        return "stack needs equal shapes; `cat` joins along an axis where they differ"
    remedies = [f"only axis {axis} may differ"]
    if min(differ) > 1:
        remedies.append("`crop_like(larger, smaller)` makes the others equal")
    if len(differ) == 1 and differ[0] > 0:
        remedies.append(f"with dim={differ[0]} they would be joined along the one that does")
    return "; ".join(remedies)


def _cat(tensors: tuple[TensorType, ...], dim: int) -> Result:
    first = tensors[0]
    if first.rank == 0:
        raise Fault("E305", "cat needs tensors with an axis, and gets a single number", help="`stack` joins these")
    axis = plain_axis(dim, first.rank)
    _same_but(tensors, axis, "cat")
    joined = sum(tensor.shape[axis] for tensor in tensors)
    output = TensorType(replaced(first.shape, axis, joined), _promoted(tensors))
    return Result((output,))


def _stack(tensors: tuple[TensorType, ...], dim: int) -> Result:
    first = tensors[0]
    axis = plain_axis(dim, first.rank + 1)
    _same_but(tensors, None, "stack")
    output = TensorType((*first.shape[:axis], len(tensors), *first.shape[axis:]), _promoted(tensors))
    old = [(i,) for i in range(first.rank)]
    return Result((output,), reach=Reach(axes=(*old[:axis], (), *old[axis:])))


# --- apart -----------------------------------------------------------------------------------


def _parts(input: TensorType, axis: int, lengths: list[int]) -> Result:
    """The reach is that of the first part, which starts where its input does."""
    return Result(tuple(input.with_shape(replaced(input.shape, axis, length)) for length in lengths), alias=True)


def _axis(name: str, input: TensorType, dim: int) -> int:
    if input.rank == 0:
        raise Fault("E305", f"{name} needs an axis, and gets a single number")
    return plain_axis(dim, input.rank)


def _pieces(total: int, size: int) -> list[int]:
    return [min(size, total - start) for start in range(0, total, size)]


def _few(pieces: int) -> None:
    if pieces > MAX_PIECES:
        raise Fault("E501", f"{pieces:,} parts are too many: at most {MAX_PIECES:,}")


def _split(input: TensorType, split_size: Any, dim: int) -> Result:
    axis = _axis("split", input, dim)
    total = input.shape[axis]
    if isinstance(split_size, int):
        _few(-(-total // split_size))
        return _parts(input, axis, _pieces(total, split_size))
    if sum(split_size) != total:
        raise Fault(
            "E308", f"the parts {split_size} make {sum(split_size)}, and axis {axis} has {total}", argument="split_size"
        )
    return _parts(input, axis, list(split_size))


def _chunk(input: TensorType, chunks: int, dim: int) -> Result:
    axis = _axis("chunk", input, dim)
    total = input.shape[axis]
    size = -(-total // chunks)
    _few(-(-total // size))
    return _parts(input, axis, _pieces(total, size))


def _unbind(input: TensorType, dim: int) -> Result:
    axis = _axis("unbind", input, dim)
    _few(input.shape[axis])
    output = input.with_shape(without(input.shape, (axis,)))
    return Result((output,) * input.shape[axis], reach=Reach(axes=kept(input, (axis,))), alias=True)


def _tensor_split(input: TensorType, indices_or_sections: Any, dim: int) -> Result:
    """Sections of equal size, the first ones longer by one where they do not fit; or cut at the indices, which may
    count from the end, as in a slice."""
    axis = _axis("tensor_split", input, dim)
    total = input.shape[axis]
    if isinstance(indices_or_sections, int):
        _few(indices_or_sections)
        size, longer = divmod(total, indices_or_sections)
        lengths = [size + (place < longer) for place in range(indices_or_sections)]
    else:
        bounds = [0, *indices_or_sections, total]
        lengths = [len(range(total)[start:end]) for start, end in itertools.pairwise(bounds)]
    if 0 in lengths:
        raise Fault(
            "E302",
            f"tensor_split leaves nothing of axis {axis}, which has {total} elements, in one part",
            argument="indices_or_sections",
        )
    return _parts(input, axis, lengths)


def _meshgrid(tensors: tuple[TensorType, ...], indexing: str) -> Result:
    if any(tensor.rank > 1 for tensor in tensors):
        raise Fault("E305", "meshgrid needs rows of numbers", help="`flatten` them first")
    if any(tensor.dtype != tensors[0].dtype for tensor in tensors):
        raise Fault("E306", "meshgrid needs rows of one dtype")
    shape = [tensor.elements for tensor in tensors]
    if indexing == "xy":
        shape[:2] = shape[1::-1]
    first_axis = 1 if indexing == "xy" and len(tensors) > 1 else 0
    axes = tuple((0,) if axis == first_axis and tensors[0].rank else () for axis in range(len(shape)))
    return Result((tensors[0].with_shape(tuple(shape)),) * len(tensors), reach=Reach(axes=axes), alias=True)


def _repeat_interleave(input: TensorType, repeats: int, dim: int) -> Result:
    axis = _axis("repeat_interleave", input, dim)
    output = input.with_shape(replaced(input.shape, axis, input.shape[axis] * repeats))
    return Result((output,), reach=Reach(windows=((axis, Window(size=repeats, before=repeats - 1, spread=repeats)),)))


# --- entries ---------------------------------------------------------------------------------

MAX_PIECES: Final = 10_000

_DIM: Final = trap("dim", AXIS)
_ALL: Final = Argument("tensors", TENSORS, variadic=True)
_SIZES: Final = Either((POSITIVE, Many(POSITIVE, single=False)))
_CUTS: Final = Either((POSITIVE, Many(Whole(-(2**31)), single=False)))
_FAMILY: Final = "rearranging"

ENTRIES: Final[tuple[Entry, ...]] = (
    function(_FAMILY, "cat", "torch.cat", _cat, (_ALL, _DIM), "Tensors one after the other along an axis.",
             "cat(a, b, dim=1)", (IMAGE, IMAGE), drawn_as="join"),
    function(_FAMILY, "stack", "torch.stack", _stack, (_ALL, _DIM), "Tensors side by side along a new axis.",
             "stack(a, b, dim=1)", (IMAGE, IMAGE), drawn_as="join"),
    function(_FAMILY, "split", "Tensor.split", _split, (INPUT, Argument("split_size", _SIZES), _DIM),
             "Parts of one size, or of the sizes listed; a list.",
             "parts: split(16, dim=2)\nadd(parts[0], parts[-1])", (SEQUENCE,), gives_list=True),
    function(_FAMILY, "chunk", "Tensor.chunk", _chunk, (INPUT, Argument("chunks", POSITIVE), _DIM),
             "At most so many parts of one size; a list.", "parts: chunk(2, dim=2)\nmul(parts[0], parts[1])",
             (SEQUENCE,), gives_list=True),
    function(_FAMILY, "unbind", "Tensor.unbind", _unbind, (INPUT, _DIM), "Every place of an axis; a list.",
             "rows: unbind(1)\nadd(rows[0], rows[-1])", (SEQUENCE,), gives_list=True),
    function(_FAMILY, "tensor_split", "Tensor.tensor_split", _tensor_split,
             (INPUT, Argument("indices_or_sections", _CUTS), _DIM),
             "So many parts, or parts cut at the places listed; a list.",
             "parts: tensor_split((10, 30), dim=1)\nmean(parts[1], dim=1)", (SEQUENCE,), gives_list=True),
    function(_FAMILY, "meshgrid", "torch.meshgrid", _meshgrid,
             (_ALL, keyword("indexing", Word(("ij", "xy")))),
             "The coordinates of a grid whose axes are the rows given; a list.",
             "grid: meshgrid(arange(8), arange(8), indexing=ij)\nmul(grid[0], grid[1])", (), gives_list=True),
    function(_FAMILY, "repeat_interleave", "Tensor.repeat_interleave", _repeat_interleave,
             (INPUT, Argument("repeats", POSITIVE), Argument("dim", AXIS)), "Every place of an axis several times.",
             "repeat_interleave(2, dim=1)", (SEQUENCE,)),
)  # fmt: skip
