"""What is done with tensors: each layer, function, method and operator is one step.

In a spec the batch is the first axis. Code may have time before the batch, or no batch at all: a tensor knows how its
axes stand there, and dims are put over into those of a spec. A step that mixes the two ways is Untold. A step that
moves axes may turn a tensor around, or back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.catalogue.entry import Entry
from netinspect.drafts.torch_program.layer_calls import (
    TURNED,
    as_it_is,
    axes_of,
    axis_of,
    call_layer,
    change_in_place,
    is_batch,
    memory_of,
    outputs_of,
    record,
    result_of,
    size,
)
from netinspect.drafts.torch_program.values import (
    FLAT,
    Argument,
    Container,
    Layer,
    Method,
    Module,
    Pieces,
    Sample,
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

AS_LAYERS: Final = {
    "relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "softmax": "Softmax", "log_softmax": "LogSoftmax",
    "leaky_relu": "LeakyReLU", "gelu": "GELU", "elu": "ELU", "silu": "SiLU", "relu6": "ReLU6", "selu": "SELU",
    "dropout": "Dropout", "alpha_dropout": "AlphaDropout",
    **{f"dropout{rank}d": f"Dropout{rank}d" for rank in (1, 2, 3)},
    **{f"max_pool{rank}d": f"MaxPool{rank}d" for rank in (1, 2, 3)},
    **{f"avg_pool{rank}d": f"AvgPool{rank}d" for rank in (1, 2, 3)},
    **{f"adaptive_avg_pool{rank}d": f"AdaptiveAvgPool{rank}d" for rank in (1, 2, 3)},
    **{f"adaptive_max_pool{rank}d": f"AdaptiveMaxPool{rank}d" for rank in (1, 2, 3)},
}  # fmt: skip
"""Functions that read better as the layers of the same effect."""

UNCHANGED: Final = frozenset(
    {"contiguous", "clone", "detach", "to", "cuda", "cpu", "float", "type_as", "requires_grad_"}
)
"""Methods that give the same numbers back."""

OTHER_NAMES: Final = {
    "t": "transpose", "multiply": "mul", "subtract": "sub", "divide": "div", "concat": "cat", "upsample": "interpolate",
    "concatenate": "cat", "true_divide": "div", "negative": "neg", "absolute": "abs", "clip": "clamp",
}  # fmt: skip

_OPERATORS: Final = {"+": "add", "-": "sub"}


# --- functions and methods -----------------------------------------------------------------------


def call_function(name: str, arguments: Sequence[Argument], steps: list[Step], *, turning: bool = False) -> Value:
    """A function of torch called with tensors."""
    name = OTHER_NAMES.get(name, name)
    sized = any(tensors_in(value) for key, value in arguments[1:] if isinstance(value, Scalar | list | tuple))
    if name in AS_LAYERS and not sized and not any(key == "weight" for key, _ in arguments):
        return _call_as_layer(name, arguments, steps)
    if name == "hstack" and len(arguments) == 1:
        name, arguments = "cat", [*arguments, ("dim", literal(1))]
    if name in ("cat", "stack"):
        return _join(name, arguments, steps)
    entry = FUNCTIONS.get(_OPERATORS.get(name, name))
    if entry is None:
        raise Untold
    if any(key == "out" for key, _ in arguments):
        raise Untold("`out=` writes into another tensor")
    passed = [(key, value) for key, value in arguments if key not in ("device", "dtype", "inplace")]
    known_names = {argument.name for argument in entry.forward} | {"axis", "keepdims"}
    if any(key is not None and key not in known_names for key, _ in passed):
        raise Untold
    if any(isinstance(value, Sample) for _, value in passed):
        raise Untold
    tensors = [tensor for _, value in passed for tensor in ([value] if isinstance(value, Tensor) else [])]
    if any(tensor.axes == "lost" for _, value in passed for tensor in tensors_in(value)):
        raise Untold
    if tensors and isinstance(passed[0][1], Tensor) and passed[0][0] is None:
        special = reshaped(name, tensors[0], passed[1:], steps, turning=turning)
        if special is not None:
            return special
    axes = axes_of(tensors) if tensors else "any"
    if axes in TURNED:
        passed, axes = _turned(entry, passed, axes)
    elif entry.family not in ("activation", "arithmetic") and _moves_batch(name, passed):
        axes = "any"
    if "dim" in {argument.name for argument in entry.forward if argument.must_say}:
        passed = _say_dim(name, entry, passed)
    step = Step(name, passed)
    memory = memory_of(step)
    record(step, steps)
    rank = _rank_of(name, entry, passed, tensors)
    if entry.gives_list:
        return Pieces(step, axes, rank, memory)
    if entry.argument("return_indices") is not None:
        if any(key == "return_indices" for key, _ in passed):
            raise Untold
        return Tensor(step, axes=axes, rank=rank)
    result = outputs_of(step, entry, axes, rank, memory)
    if any(key == "inplace" and known(value) for key, value in arguments):
        change_in_place(tensors[0], result)
        return tensors[0]
    return result


def _call_as_layer(name: str, arguments: Sequence[Argument], steps: list[Step]) -> Value:
    if name.endswith(("dropout", "dropout1d", "dropout2d", "dropout3d")):
        order = ["input", "p", "training", "inplace"]
    else:
        order = [argument.name for argument in FUNCTIONS[name].forward]
    named = {key or order[place]: value for place, (key, value) in enumerate(arguments) if key or place < len(order)}
    tensor = named.pop("input", None)
    if not isinstance(tensor, Tensor) or len(named) + 1 < len(arguments):
        raise Untold
    layer_arguments: list[Argument] = []
    for place, (key, value) in enumerate(named.items()):
        if key in ("training", "inplace", "_stacklevel", "dtype"):
            continue
        short = place == 0 and key in ("kernel_size", "output_size", "p", "negative_slope")
        layer_arguments.append((None if short else key, value))
    in_place = named.get("inplace")
    trains = named.get("training")
    always = "dropout" in name and (trains is None or (isinstance(trains, Scalar) and trains.value is True))
    layer = Layer(
        AS_LAYERS[name], layer_arguments, in_place=in_place is not None and bool(known(in_place)), always=always
    )
    return call_layer(layer, [(None, tensor)], steps)


def _join(name: str, arguments: Sequence[Argument], steps: list[Step]) -> Value:
    """`cat` and `stack`, whose tensors a spec takes one by one."""
    named = dict(arguments[1:])
    dim = named.get("dim", named.get("axis", named.get(None, literal(0))))
    joined = arguments[0][1] if arguments else None
    if not isinstance(joined, list | tuple) or not joined or not all(isinstance(item, Tensor) for item in joined):
        raise Untold
    tensors = tensors_in(joined)
    axes = axes_of(tensors)
    if any(tensor.axes == "lost" for tensor in tensors) or (axes in TURNED and name == "stack"):
        raise Untold
    if axes in TURNED:
        dim = axis_of(axes, dim)
    if whole_number(dim) == 0 and name == "stack":
        axes = "any"
    ranks = [tensor.rank for tensor in tensors if tensor.rank is not None]
    rank = ranks[0] + (name == "stack") if ranks else None
    return result_of(Step(name, [*((None, tensor) for tensor in tensors), ("dim", dim)]), steps, axes, rank)


def _turned(entry: Entry, passed: list[Argument], axes: str) -> tuple[list[Argument], str]:
    """A function on a tensor whose batch does not come first: its dim is put over, and the rest refused."""
    if entry.family in ("activation", "arithmetic"):
        return passed, axes
    if entry.family != "reduction" and entry.name not in ("softmax", "log_softmax"):
        raise Untold
    order = [argument.name for argument in entry.forward]
    turned: list[Argument] = []
    reduced: Value = None
    for place, (key, value) in enumerate(passed):
        if (key or order[place]) in ("dim", "axis"):
            reduced = axis_of(axes, value)
            turned.append(("dim", reduced))
        else:
            turned.append((key, value))
    keeps = any(key == "keepdim" for key, _ in passed)
    if reduced is None or keeps or not isinstance(reduced, Scalar) or reduced.value == 0:
        raise Untold
    return turned, "batch" if axes == "time" and reduced.value == 1 and entry.family == "reduction" else axes


def _moves_batch(name: str, passed: Sequence[Argument]) -> bool:
    """Whether the first axis of the result may be another one than the batch."""
    values = [value for _, value in passed[1:]]
    numbers = [value for item in values for value in (item if isinstance(item, list | tuple) else [item])]
    if name in ("permute", "view", "reshape", "expand", "repeat", "einsum", "arange", "zeros", "ones", "select"):
        first = numbers[0] if numbers else None
        return not isinstance(first, Scalar) or first.value != (0 if name == "permute" else -1)
    return any(
        isinstance(value, Scalar) and value.value == 0 and not isinstance(value.value, bool) for value in numbers
    )


def _say_dim(name: str, entry: Entry, passed: list[Argument]) -> list[Argument]:
    order = [argument.name for argument in entry.forward]
    keys = [key or order[min(place, len(order) - 1)] for place, (key, _) in enumerate(passed)]
    renamed = {"axis": "dim", "keepdims": "keepdim"}
    passed = [(renamed.get(key, key) if key else None, value) for key, value in passed]
    if "dim" not in keys and "axis" not in keys:
        if name in ("chunk", "split", "unbind"):
            return [*passed, ("dim", literal(0))]
        raise Untold
    first = keys.index("dim") if "dim" in keys else len(keys)
    return [
        (keys[place] if key is None and place >= first else key, value) for place, (key, value) in enumerate(passed)
    ]


def _rank_of(name: str, entry: Entry, passed: Sequence[Argument], tensors: Sequence[Tensor]) -> int | None:
    rank = tensors[0].rank if tensors else None
    if entry.family in ("activation", "arithmetic"):
        ranks = [tensor.rank for tensor in tensors]
        return max((rank for rank in ranks if rank is not None), default=None) if None not in ranks else None
    if name in ("view", "reshape", "permute", "expand"):
        sizes = passed[1][1] if len(passed) == 2 else None
        return len(sizes) if isinstance(sizes, list | tuple) else len(passed) - 1
    if rank is None:
        return None
    if name == "unsqueeze":
        return rank + 1
    if name in ("transpose", "chunk", "split", "interpolate", "pad", "matmul", "bmm", "masked_fill"):
        return rank
    return None


def call_method(
    tensor: Tensor, name: str, arguments: list[Argument], steps: list[Step], *, turning: bool = False
) -> Value:
    """A method of a tensor."""
    if name in UNCHANGED:
        return tensor if name != "clone" else as_it_is(tensor)
    if name == "size":
        return size(tensor, whole_number(arguments[0][1])) if arguments else Shape(tensor)
    if name in ("dim", "ndimension"):
        if tensor.rank is None:
            raise Untold
        return literal(tensor.rank)
    if name == "t":
        arguments = [(None, literal(0)), (None, literal(1))]
    if name.endswith("_") and not name.startswith("_"):
        raise Untold
    return call_function(name, [(None, tensor), *arguments], steps, turning=turning)


def attribute(tensor: Tensor, name: str, steps: list[Step]) -> Value:
    """What stands behind the dot of a tensor."""
    if name == "shape":
        return Shape(tensor)
    if name in ("device", "dtype", "is_cuda", "requires_grad"):
        return FLAT
    if name == "data":
        return tensor
    if name == "ndim":
        return call_method(tensor, "dim", [], steps)
    if name == "T" and tensor.rank != 2:
        raise Untold("`.T` turns all axes around, the batch too")
    if name == "T":
        return call_method(tensor, "t", [], steps)
    return Method(tensor, name)


# --- steps that move axes or change their number ------------------------------------------------------


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
