"""What the rules of several families share: checks with the message that a person reads, axes, torch's broadcasting of
shapes and promotion of dtypes, and windows.

Axes come as a spec writes them, negative ones from the end. Broadcasting and promotion follow
https://docs.pytorch.org/docs/stable/notes/broadcasting.html and `torch.result_type`: a number is promoted by its
category alone (bool, whole, float), a tensor without axes by its category if that is higher. Layers over time, images
and volumes share how many windows fit, and what a window sees.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from netinspect.catalogue.entry import DTYPE_BYTES, Fault, Reach, TensorType, Window

AXES: Final = {1: "channels×time", 2: "channels×height×width", 3: "channels×depth×height×width"}
OVER: Final = {1: "time", 2: "an image", 3: "a volume"}
RANKS: Final = (1, 2, 3)
EXAMPLE_SPACE: Final = {1: (32,), 2: (32, 32), 3: (16, 32, 32)}

Sizes = tuple[int, ...]


# --- checks ----------------------------------------------------------------------------------


def sizes(shape: tuple[int, ...]) -> str:
    """A shape as people write it: `6×28×28`."""
    return "×".join(str(size) for size in shape) if shape else "a single number"


def stated(value: int | None, actual: int, argument: str) -> int:
    """The inferred size `actual`, after checking it against what the spec states, if it does (E204)."""
    if value is not None and value != actual:
        raise Fault(
            "E204",
            f"{argument}={value} is stated, but the input has {actual}",
            argument=argument,
            help=f"write {argument}={actual}, or leave it out: it is worked out from the input",
        )
    return actual


def need_float(name: str, x: TensorType, note: str | None = None) -> None:
    """E306 unless `x` holds floating-point numbers."""
    if not x.is_float:
        raise Fault("E306", f"{name} needs floating-point input, and gets {x.dtype}", note=note)


def need_rank(name: str, x: TensorType, ranks: tuple[int, ...], axes: str, help: str | None = None) -> None:
    """E305 unless the input, batch included, has one of `ranks`; `axes` says what they are, batch left out."""
    if x.rank not in ranks:
        raise Fault("E305", f"{name} needs {axes}, and gets {sizes(x.shape[1:])}", help=help)


def need_float32(name: str, x: TensorType) -> None:
    """E306 unless `x` has the dtype of a layer's parameters, which torch makes float32."""
    need_float(name, x)
    if x.dtype != "float32":
        raise Fault("E306", f"{name} computes in float32, and gets {x.dtype}", help="convert it first: `float`")


# --- axes ------------------------------------------------------------------------------------


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


# --- dtypes -----------------------------------------------------------------


Operand = TensorType | int | float | bool

_BOOL, _WHOLE, _FLOAT, _COMPLEX = range(4)
_CATEGORY: Final = {
    "bool": _BOOL, "uint8": _WHOLE, "int8": _WHOLE, "int16": _WHOLE, "int32": _WHOLE, "int64": _WHOLE,
    "float16": _FLOAT, "bfloat16": _FLOAT, "float32": _FLOAT, "float64": _FLOAT, "complex64": _COMPLEX,
}  # fmt: skip


def same_dtype(name: str, *tensors: TensorType | None) -> str:
    """The one dtype of all; E306 if there are several, which torch does not promote in products, or it is bool."""
    dtypes = [tensor.dtype for tensor in tensors if tensor is not None]
    other = next((dtype for dtype in dtypes if dtype != dtypes[0]), None)
    if other is not None:
        raise Fault("E306", f"{name} needs one dtype, and gets {dtypes[0]} and {other}", help="convert one: `to`")
    if dtypes[0] == "bool":
        raise Fault("E306", f"{name} needs numbers, and gets bool", help="convert it first: `float`")
    return dtypes[0]


def promote(a: str, b: str) -> str:
    """The dtype that holds both, as `torch.promote_types`."""
    low, high = sorted((a, b), key=lambda dtype: (_CATEGORY[dtype], DTYPE_BYTES[dtype]))
    if _CATEGORY[low] == _CATEGORY[high] and low != high:
        if {low, high} == {"uint8", "int8"}:
            return "int16"
        if {low, high} == {"float16", "bfloat16"}:
            return "float32"
    if (low, high) == ("float64", "complex64"):
        raise Fault("E306", "float64 with complex64 gives complex128, which a network cannot hold")
    return high


def _combine(higher: str | None, lower: str | None) -> str | None:
    """Two classes of operand, the first of which has priority unless the second's category is higher."""
    if higher is None or lower is None:
        return lower if higher is None else higher
    if _CATEGORY[higher] == _FLOAT and _CATEGORY[lower] == _COMPLEX:
        if higher in ("float16", "float64"):
            raise Fault("E306", f"{higher} with complex64 gives a complex dtype that a network cannot hold")
        return "complex64"
    if _CATEGORY[higher] >= _FLOAT:
        return higher
    if higher == "bool" or _CATEGORY[lower] >= _FLOAT:
        return promote(higher, lower)
    return higher


def result_dtype(*operands: Operand) -> str:
    """The dtype in which torch computes with these tensors and numbers."""
    classes: list[str | None] = [None, None, None]
    for operand in operands:
        if isinstance(operand, TensorType):
            place, dtype = (0 if operand.rank else 1), operand.dtype
        else:  # bool before int: a bool is an int
            kinds = {"bool": bool, "int64": int}
            place, dtype = 2, next((name for name, kind in kinds.items() if isinstance(operand, kind)), "float32")
        before = classes[place]
        classes[place] = dtype if before is None else promote(before, dtype)
    return _combine(classes[0], _combine(classes[1], classes[2])) or "float32"


def float_dtype(*operands: Operand) -> str:
    """The same where the function gives fractions: whole numbers and bools become float32."""
    dtype = result_dtype(*operands)
    return dtype if _CATEGORY[dtype] >= _FLOAT else "float32"


def is_whole(dtype: str) -> bool:
    """Whether it is bool or an integer dtype."""
    return _CATEGORY[dtype] <= _WHOLE


# --- broadcasting ----------------------------------------------------------------------------------


def tensors_of(*operands: object) -> tuple[TensorType, ...]:
    """Those of the operands that are tensors."""
    return tuple(operand for operand in operands if isinstance(operand, TensorType))


def broadcast(name: str, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The common shape of several, aligned at the last axis, where a 1 stretches; E303 if there is none."""
    result: tuple[int, ...] = ()
    for shape in shapes:
        rank = max(len(result), len(shape))
        pairs = tuple(zip(_aligned(result, rank), _aligned(shape, rank), strict=True))
        if any(a != b and 1 not in (a, b) for a, b in pairs):
            raise _unequal(name, result, shape)
        result = tuple(b if a == 1 else a for a, b in pairs)
    return result


def _aligned(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    return (1,) * (rank - len(shape)) + shape


def _unequal(name: str, first: tuple[int, ...], second: tuple[int, ...]) -> Fault:
    rank = max(len(first), len(second))
    pairs = zip(_aligned(first, rank), _aligned(second, rank), strict=True)
    differ = {axis: pair for axis, pair in enumerate(pairs) if pair[0] != pair[1] and 1 not in pair}
    where = ", ".join(f"{a} and {b} at axis {axis}" for axis, (a, b) in differ.items())
    same_batch = len(first) == len(second) > 1 and first[0] == second[0]
    shapes = (first[1:], second[1:]) if same_batch else (first, second)
    return Fault(
        "E303",
        f"{name} of unequal shapes, {sizes(shapes[0])} and {sizes(shapes[1])}: {where}",
        help=_remedy(tuple(differ), rank, len(first) == len(second)),
    )


def _remedy(differ: Sequence[int], rank: int, same_rank: bool) -> str | None:
    if not same_rank:
        return "they are aligned at their last axis; `unsqueeze` or `permute` one of them until their axes correspond"
    if tuple(differ) == (rank - 1,) and rank <= 3:
        return "give both the same number of features, or put a Linear with the other's number behind one of them"
    conv = f"a Conv{rank - 2}d with kernel_size=1"
    if tuple(differ) == (1,):
        return f"give both the same number of channels, or put {conv} and the other's number behind one of them"
    if rank > 2 and all(axis > 1 for axis in differ):
        return "padding or the same stride on both ways makes them equal; `crop_like(larger, smaller)` crops"
    if rank > 2 and 0 not in differ:
        return f"{conv}, the same stride and the other's channels behind one of them makes them equal"
    return None


def join_reach(first: TensorType, rank: int) -> Reach:
    """Pointwise, also where broadcasting puts new axes before those of the first tensor."""
    if first.rank == rank:
        return Reach()
    new = rank - first.rank
    return Reach(axes=tuple((axis - new,) if axis >= new else () for axis in range(rank)))


# --- windows ---------------------------------------------------------------------------------


def need_space(stem: str, rank: int, x: TensorType) -> None:
    """E305 unless `x` is a batch of channels over `rank` axes; names the sibling of `stem` that fits."""
    if x.rank == rank + 2:
        return
    name = f"{stem}{rank}d"
    if x.rank < 3:
        help = f"put {name} before the line that flattens, or give the axes back with unflatten"
    elif x.rank - 2 in RANKS:
        help = f"write {stem}{x.rank - 2}d"
    else:
        help = f"bring it down to {rank + 1} axes"
    if x.rank == rank + 1 and x.rank >= 3:
        help += f", or give the input its channel axis: {sizes((1, *x.shape[1:]))}"
    raise Fault("E305", f"{name} needs {AXES[rank]}, and gets {sizes(x.shape[1:])}", help=help)


def span(kernel: int, dilation: int) -> int:
    """How many cells a dilated kernel reaches over."""
    return dilation * (kernel - 1) + 1


def spans(kernel: Sizes, dilation: Sizes) -> Sizes:
    """`span` along every axis."""
    return tuple(span(k, d) for k, d in zip(kernel, dilation, strict=True))


def placements(padded: Sizes, reach: Sizes, stride: Sizes) -> Sizes:
    """How many windows that reach over `reach` cells fit on a padded input, whole windows only."""
    return tuple((length - r) // s + 1 for length, r, s in zip(padded, reach, stride, strict=True))


def need_room(name: str, kernel: Sizes, dilation: Sizes, space: Sizes, padded: Sizes) -> None:
    """E301 unless the (dilated) kernel fits into the padded input."""
    reach = spans(kernel, dilation)
    if all(r <= length for r, length in zip(reach, padded, strict=True)):
        return
    spread = f", spread over {sizes(reach)} by dilation," if reach != kernel else ""
    note = None if padded == space else f"with its padding the input is {sizes(padded)}"
    lacking = max((r - length + 1) // 2 for r, length in zip(reach, padded, strict=True))
    fitting = tuple((length - 1) // d + 1 for length, d in zip(padded, dilation, strict=True))
    more = f"{lacking} more cell{'s' if lacking > 1 else ''} of padding on each side"
    raise Fault(
        "E301",
        f"{name}'s kernel {sizes(kernel)}{spread} is larger than its input {sizes(space)}",
        argument="kernel_size",
        note=note,
        help=f"a kernel up to {sizes(fitting)} fits, or {more}" if min(fitting) > 0 else more,
    )


def sliding(kernel: Sizes, stride: Sizes, before: Sizes, dilation: Sizes) -> tuple[tuple[int, Window], ...]:
    """The windows of a layer that slides over the axes from 2 on, as a `Reach` takes them."""
    steps = zip(kernel, stride, before, dilation, strict=True)
    return tuple((axis, Window(k, s, b, d)) for axis, (k, s, b, d) in enumerate(steps, 2))


def spreading(kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes) -> tuple[tuple[int, Window], ...]:
    """The windows of a layer that spreads every cell over a kernel (transposed convolution, unpooling)."""
    steps = zip(kernel, stride, padding, dilation, strict=True)
    return tuple((axis, Window(k, 1, d * (k - 1) - p, d, s)) for axis, (k, s, p, d) in enumerate(steps, 2))


def shares(axis: int, length: int, pieces: int) -> Reach:
    """Adaptive pooling to `pieces`: output i sees cells floor(i·length/pieces) to ceil((i+1)·length/pieces)."""
    if pieces == 1:
        return Reach(mixes=(axis,))
    common = math.gcd(length, pieces)
    stride, spread = length // common, pieces // common
    return Reach(windows=((axis, Window(stride + spread - 1, stride, spread - 1, 1, spread)),))


def joined(*moves: Reach) -> Reach:
    """One move along several axes."""
    return Reach(
        tuple(window for move in moves for window in move.windows), tuple(axis for move in moves for axis in move.mixes)
    )
