"""What elementwise functions share: torch's broadcasting of shapes and promotion of dtypes, on plain tuples.

Sources: https://docs.pytorch.org/docs/stable/notes/broadcasting.html and `torch.result_type`. A number is promoted
by its category alone (bool, whole, float), a tensor without axes by its category if that is higher.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netinspect.catalogue.entry import DTYPE_BYTES, Fault, Reach, TensorType
from netinspect.catalogue.faults import sizes

Operand = TensorType | int | float | bool

_BOOL, _WHOLE, _FLOAT, _COMPLEX = range(4)
_CATEGORY: Final = {
    "bool": _BOOL, "uint8": _WHOLE, "int8": _WHOLE, "int16": _WHOLE, "int32": _WHOLE, "int64": _WHOLE,
    "float16": _FLOAT, "bfloat16": _FLOAT, "float32": _FLOAT, "float64": _FLOAT, "complex64": _COMPLEX,
}  # fmt: skip


# --- dtypes ----------------------------------------------------------------------------------


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


# --- shapes ----------------------------------------------------------------------------------


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
