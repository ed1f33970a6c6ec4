"""Steps that move axes or change their number: views, permutations, indices and sizes.

Here a tensor may come to stand otherwise in the code than in a spec, or come back: dims are put over into those of a
spec.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from netinspect.catalogue import LAYERS
from netinspect.drafts.torch_program.layer_calls import THE_BATCH, TURNED, axis_of, call_layer, result_of
from netinspect.drafts.torch_program.values import (
    FLAT,
    UNKNOWN,
    Argument,
    Container,
    Layer,
    Module,
    Scalar,
    Shape,
    Step,
    Tensor,
    Untold,
    Value,
    known,
    literal,
    tensors_in,
    whole_number,
)


def size(tensor: Tensor, axis: int) -> Scalar:
    """A size of a tensor, known when the network has an input."""
    if tensor.axes == "time":
        axis = whole_number(axis_of("time", literal(axis)))
    elif tensor.axes == "lone":
        axis = axis + 1 if axis >= 0 else axis
    if tensor.axes in ("lost", "merged"):
        raise Untold
    if axis == 0 and tensor.axes in ("batch", "time"):
        return Scalar((THE_BATCH, ".shape[0]"), UNKNOWN)
    return Scalar((tensor, f".shape[{axis}]"), UNKNOWN)


def is_batch(value: Value) -> bool:
    """Whether a size is that of the batch."""
    return isinstance(value, Scalar) and value.parts == (THE_BATCH, ".shape[0]")


def index(tensor: Tensor, items: Value, steps: list[Step]) -> Value:
    """`tensor[items]`; whole slices at the end say nothing."""
    written = list(items) if isinstance(items, tuple) else [items]
    if tensor.axes in ("lost", "merged") or any(isinstance(item, Tensor) for item in written):
        raise Untold
    axes = tensor.axes
    if axes == "time":
        first, second, *rest = [*written, slice(None), slice(None)][: max(2, len(written))]
        if not isinstance(second, slice) or any(item is Ellipsis for item in written):
            raise Untold
        written, axes = [second, first, *rest], "batch" if isinstance(first, Scalar) else "time"
    elif axes == "lone":
        written = [slice(None), *written]
    elif axes == "batch" and written[0] is not Ellipsis and not _is_full(written[0]):
        axes = "any"
    while len(written) > 1 and _is_full(written[-1]):
        written.pop()
    if all(_is_full(item) for item in written):
        return tensor
    rank = tensor.rank
    if rank is not None:
        dropped = sum(isinstance(item, Scalar) and item.value is not None for item in written)
        rank = rank - dropped + sum(isinstance(item, Scalar) and item.value is None for item in written)
    return result_of(Step("getitem", [(None, tensor), (None, tuple(written))]), steps, axes, rank)


def _is_full(item: Value) -> bool:
    return isinstance(item, slice) and item == slice(None)


class _Move(NamedTuple):
    """A call that moves the axes of a tensor. `turning`: whether a permute may put time before the batch."""

    name: str
    tensor: Tensor
    arguments: Sequence[Argument]
    steps: list[Step]
    turning: bool


def reshaped(
    name: str, tensor: Tensor, arguments: Sequence[Argument], steps: list[Step], *, turning: bool
) -> Value | None:
    """The result of a function that moves axes, or None where it is done like any other function."""
    move = _MOVES.get(name)
    return None if move is None else move(_Move(name, tensor, arguments, steps, turning))


def _view(move: _Move) -> Value | None:
    name, tensor, arguments, steps, _ = move
    sizes = [value for _, value in arguments]
    if len(sizes) == 1 and isinstance(sizes[0], list | tuple):
        sizes = list(sizes[0])
    plain = [item.value if isinstance(item, Scalar) else None for item in sizes]
    if tensor.axes == "lone" and len(sizes) == 3 and plain[1:] == [1, -1]:
        return replace(tensor, axes="time", rank=3)
    if tensor.axes == "time" and len(sizes) == 2 and plain[1] == -1 and not is_batch(sizes[0]):
        return replace(tensor, axes="lone", rank=2)
    # `T * b`: time and batch as one axis.
    first = sizes[0] if len(sizes) == 2 else None
    is_product = isinstance(first, Scalar) and len(tensors_in(first)) == 2 and " * " in first.parts
    if tensor.axes == "time" and is_product:
        return replace(tensor, axes="merged", rank=2)
    if tensor.axes == "merged" and len(sizes) == 3 and plain[2] in (-1, None):
        return replace(tensor, axes="time", rank=3)
    if tensor.axes not in ("batch", "any"):
        raise Untold
    if tensor.axes == "batch" and len(sizes) == 2:
        flat = sizes[1] is FLAT or plain[1] == -1 or (isinstance(plain[1], int) and plain[1] > 0)
        if flat and (is_batch(sizes[0]) or (sizes[1] is FLAT and plain[0] == -1)):
            return call_layer(Layer("Flatten", []), [(None, tensor)], steps)
    if any(not isinstance(item, Scalar) for item in sizes):
        raise Untold
    axes = "batch" if is_batch(sizes[0]) or (plain[0] == -1 and tensor.rank != 3) else "any"
    if isinstance(tensor.source, Step) and not _lies_in_order(tensor.source.called):
        name = "reshape"  # memory may lie in another order, which `contiguous()` in the code took care of
    step = Step(name, [(None, tensor), *((None, item) for item in sizes)])
    return result_of(step, steps, axes, len(sizes))


def _lies_in_order(called: Module | str) -> bool:
    """Whether the memory of a result certainly lies in the order of its axes."""
    if isinstance(called, Container) and called.children:
        return _lies_in_order([*called.children.values()][-1])
    return isinstance(called, Layer) and LAYERS[called.kind].argument("batch_first") is None


def _permute(move: _Move) -> Value | None:
    name, tensor, arguments, steps, turning = move
    dims = [value for _, value in arguments]
    order = [whole_number(item) for item in (dims[0] if len(dims) == 1 and isinstance(dims[0], list | tuple) else dims)]
    if name != "permute" and len(order) == 2:
        swapped = {item % tensor.rank if tensor.rank else item for item in order}
        if swapped != {0, 1}:
            if tensor.axes in TURNED:
                raise Untold
            return None
        order = [1, 0, *range(2, tensor.rank or 3)]
    if tensor.axes == "time" and len(order) == 3:
        stands = {0: 1, 1: 0, 2: 2}
        order = [stands[item % 3] for item in order]
        if order == [0, 1, 2]:
            return replace(tensor, axes="batch", rank=3)
        return result_of(
            Step("permute", [(None, tensor), *((None, literal(item)) for item in order)]),
            steps,
            "batch" if order[0] == 0 else "any",
            3,
        )
    if tensor.axes in TURNED:
        raise Untold
    if turning and tensor.axes == "batch" and len(order) == 3 and order[1] == 0:
        order = [0, order[0], order[2]]
        if order == [0, 1, 2]:
            return replace(tensor, axes="time", rank=3)
        return result_of(
            Step("permute", [(None, tensor), *((None, literal(item)) for item in order)]), steps, "time", 3
        )
    return None


def _flatten(move: _Move) -> Value | None:
    tensor = move.tensor
    named = {key or ("start_dim", "end_dim")[place]: value for place, (key, value) in enumerate(move.arguments)}
    start = whole_number(named.get("start_dim", literal(0)))
    if start == 1 and "end_dim" not in named and tensor.axes in ("batch", "any"):
        return call_layer(Layer("Flatten", []), [(None, tensor)], move.steps)
    if start == 0 or tensor.axes in TURNED:
        raise Untold
    return None


def _squeeze(move: _Move) -> Value | None:
    """`x.squeeze()`: which axes go is known only behind a layer that leaves one feature, or a pool to 1."""
    _, tensor, arguments, steps, _ = move
    if arguments:
        return None
    layer = tensor.source.called if isinstance(tensor.source, Step) else None
    if isinstance(layer, Layer) and tensor.axes == "batch" and not tensor.path:
        outputs = layer.argument("out_features")
        if layer.kind == "Linear" and outputs is not None and known(outputs) == 1:
            return result_of(Step("squeeze", [(None, tensor), (None, literal(-1))]), steps, "batch")
        pooled = layer.argument("output_size")
        sizes = pooled if isinstance(pooled, tuple | list) else [pooled]
        if layer.kind.startswith("Adaptive") and pooled is not None and all(known(item) == 1 for item in sizes):
            return call_layer(Layer("Flatten", []), [(None, tensor)], steps)
    raise Untold


def _unsqueeze(move: _Move) -> Value | None:
    if move.tensor.axes != "lone" or whole_number(move.arguments[0][1]) not in (0, 1):
        return None
    return replace(move.tensor, axes="time" if whole_number(move.arguments[0][1]) == 1 else "batch")


def _interpolate(move: _Move) -> Value | None:
    """The size of another tensor is written size by size."""
    _, tensor, arguments, steps, _ = move
    order = ("size", "scale_factor", "mode", "align_corners", "recompute_scale_factor")
    named = {key or order[place]: value for place, (key, value) in enumerate(arguments)}
    shape = named.get("size")
    if isinstance(shape, Shape):
        if shape.start == 2 and shape.stop is None and (shape.tensor.rank or tensor.rank) is not None:
            axes = list(range(2, shape.tensor.rank or tensor.rank or 0))
        elif shape.start < 0 and shape.stop is None:
            axes = list(range(shape.start, 0))
        else:
            raise Untold
        named["size"] = tuple(size(shape.tensor, axis) for axis in axes)
    kept = {key: value for key, value in named.items() if not (isinstance(value, Scalar) and value.value is None)}
    if tensor.axes not in ("batch", "any"):
        raise Untold
    return result_of(Step("interpolate", [(None, tensor), *kept.items()]), steps, tensor.axes, tensor.rank)


_MOVES: Final[Mapping[str, Callable[[_Move], Value | None]]] = {
    "view": _view,
    "reshape": _view,
    "permute": _permute,
    "transpose": _permute,
    "swapaxes": _permute,
    "flatten": _flatten,
    "squeeze": _squeeze,
    "unsqueeze": _unsqueeze,
    "interpolate": _interpolate,
}
