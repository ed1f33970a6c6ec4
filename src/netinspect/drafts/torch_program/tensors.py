"""What is done with tensors: each layer, function, method and operator is one step.

In a spec the batch is the first axis. Code may have time before the batch, or no batch at all: a tensor knows how its
axes stand there, and dims are put over into those of a spec. A step that mixes the two ways is Untold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.catalogue.entry import Entry
from netinspect.drafts.torch_program.values import (
    FLAT,
    UNKNOWN,
    Argument,
    Input,
    Layer,
    Method,
    OtherAxes,
    Parameter,
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
    whole,
)

THE_BATCH: Final = Tensor(Input("input"))
"""The first input of the forward around a step: its first size is the batch."""

TURNED: Final = frozenset({"time", "lone", "merged"})
"""Axes that do not stand as in a spec; "merged" are time and batch as one axis, between two views."""

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
    "concatenate": "cat", "hstack": "cat", "true_divide": "div", "negative": "neg", "absolute": "abs", "clip": "clamp",
}  # fmt: skip

_OPERATORS: Final = {"+": "add", "-": "sub"}
_DIMS: Final = frozenset({"dim", "dim0", "dim1", "start_dim", "end_dim"})
_POINTWISE_LAYERS: Final = frozenset({"Linear", "Embedding", "LayerNorm", "RMSNorm", "Identity", "Dropout"})
_SEQUENCE_FAMILIES: Final = frozenset({"recurrent", "attention"})


def record(step: Step, steps: list[Step]) -> None:
    """The step is done, with its tensors as they are now: later work in place does not change them any more."""
    if any(tensor.spoiled for _, value in step.arguments for tensor in tensors_in(value)):
        raise Untold
    step.arguments = [(name, _as_now(value)) for name, value in step.arguments]
    steps.append(step)


def _as_now(value: Value) -> Value:
    if isinstance(value, Tensor) and value is not THE_BATCH:
        return _now(value)
    if isinstance(value, Scalar) and tensors_in(value):
        parts = tuple(part if isinstance(part, str) or part is THE_BATCH else _now(part) for part in value.parts)
        return Scalar(parts, value.value, value.binding, value.scope)
    if isinstance(value, tuple | list):
        return tuple(_as_now(item) for item in value)
    return value


def _now(tensor: Tensor) -> Tensor:
    return Tensor(tensor.source, tensor.path, tensor.axes, tensor.rank)


def change_in_place(tensor: Tensor, result: Value) -> None:
    """A tensor becomes what was computed from it, under all its names. The caller's input changes with it."""
    if not isinstance(result, Tensor) or isinstance(tensor.source, Parameter):
        raise Untold
    if isinstance(tensor.source, Input):
        tensor.source.changed = True
    tensor.source, tensor.path, tensor.axes, tensor.rank = result.source, result.path, result.axes, result.rank


def result_of(step: Step, steps: list[Step], axes: str = "batch", rank: int | None = None) -> Tensor:
    """The step is done, and its result a tensor."""
    record(step, steps)
    return Tensor(step, axes=axes, rank=rank)


def _axes_of(tensors: Sequence[Tensor]) -> str:
    """How the axes stand in what several tensors give together."""
    kinds = {tensor.axes for tensor in tensors if not isinstance(tensor.source, Parameter)}
    turned = kinds & TURNED
    if turned and (
        len(kinds) > 1 or any(isinstance(tensor.source, Parameter) and tensor.rank != 1 for tensor in tensors)
    ):
        raise Untold
    if turned:
        return turned.pop()
    return "batch" if "batch" in kinds else "any"


# --- layers --------------------------------------------------------------------------------------


def call_layer(layer: Layer, arguments: Sequence[Argument], steps: list[Step]) -> Value:
    """A layer called with tensors, and its result as torch gives it: a tensor, or a tuple of them."""
    entry = LAYERS[layer.kind]
    passed = _forward_arguments(entry, arguments)
    tensors = [tensor for _, value in passed for tensor in tensors_in(value)]
    if not tensors or not isinstance(passed[0][1], Tensor):
        raise Untold
    axes = _axes_of(tensors[:1] if entry.family == "recurrent" else tensors)
    if layer.place is None and layer.has_weights:
        raise Untold
    if entry.family in _SEQUENCE_FAMILIES and entry.argument("batch_first") is not None:
        _say_batch_first(layer, axes)
    elif axes in TURNED and not (layer.kind in _POINTWISE_LAYERS or entry.family == "activation"):
        raise Untold
    elif axes in TURNED and (dim := layer.argument("dim")) is not None:
        layer = Layer(layer.kind, [("dim", _axis(axes, dim))], layer.place, layer.in_place)
    if entry.family == "attention" and len({id(value) for _, value in passed[:3]}) == 1 and len(passed) >= 3:
        passed = [passed[0], *passed[3:]]
    if len(passed) > 1 and layer.kind in ("LSTM", "GRU", "RNN") and axes == "lone":
        raise Untold
    step = Step(layer, passed)
    record(step, steps)
    rank = _rank_after(layer, entry, tensors[0].rank)
    if layer.in_place and entry.family == "activation":
        result = Tensor(step, axes=axes, rank=rank)
        change_in_place(tensors[0], result)
        return tensors[0]
    with_indices = layer.argument("return_indices")
    if entry.argument("return_indices") is not None and (with_indices is None or not known(with_indices)):
        return Tensor(step, axes=axes, rank=rank)
    return _outputs(step, entry, axes, rank)


def _forward_arguments(entry: Entry, arguments: Sequence[Argument]) -> list[Argument]:
    """The arguments of a call without those that say nothing: None, and states that are zeros."""
    passed: list[Argument] = []
    for name, value in arguments:
        if isinstance(value, Scalar) and value.value is None:
            if name is None:
                break
            continue
        if isinstance(value, tuple) and len(value) == 2 and entry.name in ("LSTM", "LSTMCell") and name in (None, "hx"):
            if all(isinstance(item, Sample) and item.maker == "zeros" for item in value):
                continue
            passed += [(None, value[0]), (None, value[1])]
        elif isinstance(value, Sample):
            if entry.family != "recurrent" or value.maker != "zeros" or not passed:
                raise Untold
        elif isinstance(value, Tensor | Scalar):
            passed.append((name, value))
        else:
            raise Untold
    if not passed:
        raise Untold
    return passed


def _say_batch_first(layer: Layer, axes: str) -> None:
    """A spec has the batch first: a layer that takes time first is told so, where the axes around it are turned."""
    stated = layer.argument("batch_first")
    was_turned = isinstance(stated, Scalar) and stated.counted
    if stated is not None and known(stated) and not was_turned:
        if axes in TURNED:
            raise Untold
        return
    if axes not in ("time", "lone"):
        raise OtherAxes
    if not was_turned:
        kept = [argument for argument in layer.arguments if argument[1] is not stated]
        layer.arguments = [*kept, ("batch_first", literal(value=True, counted=True))]


def _rank_after(layer: Layer, entry: Entry, rank: int | None) -> int | None:
    if layer.kind[-2:] in ("1d", "2d", "3d") and entry.family in ("convolution", "pooling", "adaptive_pooling"):
        return int(layer.kind[-2]) + 2
    if layer.kind == "Embedding":
        return None if rank is None else rank + 1
    if layer.kind == "Flatten":
        return 2 if not layer.arguments else None
    if layer.kind in ("LSTM", "GRU", "RNN"):
        return 3
    return None if layer.kind in ("Unflatten", "Unfold", "Fold") else rank


def _outputs(step: Step, entry: Entry, axes: str, rank: int | None) -> Value:
    """A tensor where torch gives one, else the tuple of torch, which may be nested: `(output, (h_n, c_n))`."""
    if len(entry.outputs) == 1 and not entry.outputs[0].place:
        return Tensor(step, axes=axes, rank=rank)
    tree: dict[int, Value] = {}
    for number, output in enumerate(entry.outputs):
        path = "" if number == 0 else f".{output.name}"
        state = number > 0 and entry.family == "recurrent" and entry.name in ("LSTM", "GRU", "RNN")
        tensor = Tensor(step, path, "any" if state and axes != "lone" else axes, rank)
        if state and axes == "lone":
            tensor.axes = "lost"
        if len(output.place) == 2:
            inner = tree.setdefault(output.place[0], {})
            assert isinstance(inner, dict)
            inner[output.place[1]] = tensor
        else:
            tree[output.place[0] if output.place else 0] = tensor
    return tuple(tuple(branch.values()) if isinstance(branch, dict) else branch for branch in tree.values())


def results_of_instance(step: Step, steps: list[Step], result: Value) -> Value:
    """What a call of an object of the text's own class gives: the results of its forward, seen from outside."""
    record(step, steps)
    if isinstance(result, Tensor):
        return Tensor(step, axes=result.axes, rank=result.rank)
    if isinstance(result, dict):
        return {name: _outer(step, name, value) for name, value in result.items()}
    if isinstance(result, tuple | list):
        names = names_of_results(list(result))
        return tuple(_outer(step, name, value) for name, value in zip(names, result, strict=True))
    raise Untold


def _outer(step: Step, name: str, value: Value) -> Value:
    if isinstance(value, Tensor):
        return Tensor(step, f".{name}", value.axes, value.rank)
    if isinstance(value, Scalar):
        return value
    raise Untold


def names_of_results(results: Sequence[Value]) -> list[str]:
    """A name for each of several results: that of its variable, where it has one of its own."""
    names: list[str] = []
    for place, result in enumerate(results):
        variable = result.source.variable if isinstance(result, Tensor) and isinstance(result.source, Step) else None
        if isinstance(result, Tensor) and result.path:
            variable = None
        names.append(variable if variable is not None and variable not in names else f"result{place}")
    return names


# --- functions and methods -----------------------------------------------------------------------


def call_function(name: str, arguments: Sequence[Argument], steps: list[Step], *, turning: bool = False) -> Value:
    """A function of torch called with tensors."""
    name = OTHER_NAMES.get(name, name)
    sized = any(tensors_in(value) for key, value in arguments[1:] if isinstance(value, Scalar | list | tuple))
    if name in AS_LAYERS and not sized and not any(key == "weight" for key, _ in arguments):
        return _call_as_layer(name, arguments, steps)
    if name in ("cat", "stack"):
        return _join(name, arguments, steps)
    entry = FUNCTIONS.get(_OPERATORS.get(name, name))
    if entry is None:
        raise Untold
    passed = [(key, value) for key, value in arguments if key not in ("device", "dtype", "out", "inplace")]
    if any(isinstance(value, Sample) for _, value in passed):
        raise Untold
    tensors = [tensor for _, value in passed for tensor in ([value] if isinstance(value, Tensor) else [])]
    if any(tensor.axes == "lost" for _, value in passed for tensor in tensors_in(value)):
        raise Untold
    if tensors and isinstance(passed[0][1], Tensor) and passed[0][0] is None:
        special = _special(name, tensors[0], passed[1:], steps, turning=turning)
        if special is not None:
            return special
    axes = _axes_of(tensors) if tensors else "any"
    if axes in TURNED:
        passed, axes = _turned(entry, passed, axes)
    elif entry.family not in ("activation", "arithmetic") and _moves_batch(name, passed):
        axes = "any"
    if "dim" in {argument.name for argument in entry.forward if argument.must_say}:
        passed = _say_dim(name, entry, passed)
    step = Step(name, passed)
    record(step, steps)
    rank = _rank_of(name, entry, passed, tensors)
    if entry.gives_list:
        return Pieces(step, axes, rank)
    if entry.argument("return_indices") is not None:
        if any(key == "return_indices" for key, _ in passed):
            raise Untold
        return Tensor(step, axes=axes, rank=rank)
    return _outputs(step, entry, axes, rank)


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
    if name in ("softmax", "log_softmax") and "dim" not in named:
        layer_arguments.append(("dim", literal(1)))
    in_place = named.get("inplace")
    layer = Layer(AS_LAYERS[name], layer_arguments, in_place=in_place is not None and bool(known(in_place)))
    return call_layer(layer, [(None, tensor)], steps)


def _join(name: str, arguments: Sequence[Argument], steps: list[Step]) -> Value:
    """`cat` and `stack`, whose tensors a spec takes one by one."""
    named = dict(arguments[1:])
    dim = named.get("dim", named.get("axis", named.get(None, literal(0))))
    joined = arguments[0][1] if arguments else None
    if not isinstance(joined, list | tuple) or not joined or not all(isinstance(item, Tensor) for item in joined):
        raise Untold
    tensors = tensors_in(joined)
    axes = _axes_of(tensors)
    if any(tensor.axes == "lost" for tensor in tensors) or (axes in TURNED and name == "stack"):
        raise Untold
    if axes in TURNED:
        dim = _axis(axes, dim)
    if whole(dim) == 0 and name == "stack":
        axes = "any"
    ranks = [tensor.rank for tensor in tensors if tensor.rank is not None]
    rank = ranks[0] + (name == "stack") if ranks else None
    return result_of(Step(name, [*((None, tensor) for tensor in tensors), ("dim", dim)]), steps, axes, rank)


def _axis(axes: str, dim: Value) -> Value:
    """A dim of the code as a dim of the spec."""
    if isinstance(dim, tuple | list):
        return tuple(_axis(axes, item) for item in dim)
    number = whole(dim)
    if axes == "merged":
        raise Untold
    if axes == "time":
        if number < -1:
            raise Untold
        return literal({0: 1, 1: 0}.get(number, number))
    return literal(number + 1 if number >= 0 else number)


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
            reduced = _axis(axes, value)
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
    return [
        ("dim" if key is None and keys[place] == "dim" else key, value) for place, (key, value) in enumerate(passed)
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
        return tensor if name != "clone" else _now(tensor)
    if name == "size":
        return size(tensor, whole(arguments[0][1])) if arguments else Shape(tensor)
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
    if name == "T":
        return call_method(tensor, "t", [], steps)
    return Method(tensor, name)


def size(tensor: Tensor, axis: int) -> Scalar:
    """A size of a tensor, known when the network has an input."""
    if tensor.axes == "time":
        axis = whole(_axis("time", literal(axis)))
    elif tensor.axes == "lone":
        axis = axis + 1 if axis >= 0 else axis
    if tensor.axes in ("lost", "merged"):
        raise Untold
    if axis == 0 and tensor.axes in ("batch", "time"):
        return Scalar((THE_BATCH, ".shape[0]"), UNKNOWN)
    return Scalar((tensor, f".shape[{axis}]"), UNKNOWN)


def _is_batch(value: Value) -> bool:
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


# --- functions that need a closer look -----------------------------------------------------------


def _special(
    name: str, tensor: Tensor, arguments: Sequence[Argument], steps: list[Step], *, turning: bool
) -> Value | None:
    if name in ("view", "reshape"):
        return _view(name, tensor, arguments, steps)
    if name in ("permute", "transpose", "swapaxes"):
        return _permute(name, tensor, arguments, steps, turning=turning)
    if name == "flatten":
        return _flatten(tensor, arguments, steps)
    if name == "squeeze" and not arguments:
        return _squeeze(tensor, steps)
    if name == "interpolate":
        return _interpolate(tensor, arguments, steps)
    if name == "unsqueeze" and tensor.axes == "lone" and whole(arguments[0][1]) in (0, 1):
        return Tensor(tensor.source, tensor.path, "time" if whole(arguments[0][1]) == 1 else "batch", tensor.rank)
    return None


def _view(name: str, tensor: Tensor, arguments: Sequence[Argument], steps: list[Step]) -> Value | None:
    sizes = [value for _, value in arguments]
    if len(sizes) == 1 and isinstance(sizes[0], list | tuple):
        sizes = list(sizes[0])
    plain = [item.value if isinstance(item, Scalar) else None for item in sizes]
    if tensor.axes == "lone" and len(sizes) == 3 and plain[1:] == [1, -1]:
        return Tensor(tensor.source, tensor.path, "time", 3)
    if tensor.axes == "time" and len(sizes) == 2 and plain[1] == -1 and not _is_batch(sizes[0]):
        return Tensor(tensor.source, tensor.path, "lone", 2)
    if tensor.axes == "time" and len(sizes) == 2 and _is_product(sizes[0]):
        return Tensor(tensor.source, tensor.path, "merged", 2)
    if tensor.axes == "merged" and len(sizes) == 3 and plain[2] in (-1, None):
        return Tensor(tensor.source, tensor.path, "time", 3)
    if tensor.axes not in ("batch", "any"):
        raise Untold
    if tensor.axes == "batch" and len(sizes) == 2:
        flat = sizes[1] is FLAT or plain[1] == -1 or (isinstance(plain[1], int) and plain[1] > 0)
        if flat and (_is_batch(sizes[0]) or (sizes[1] is FLAT and plain[0] == -1)):
            return call_layer(Layer("Flatten", []), [(None, tensor)], steps)
    if any(not isinstance(item, Scalar) for item in sizes):
        raise Untold
    axes = "batch" if _is_batch(sizes[0]) or plain[0] == -1 else "any"
    if isinstance(tensor.source, Step) and isinstance(tensor.source.called, str):
        name = "reshape"  # memory may lie in another order, which `contiguous()` in the code took care of
    step = Step(name, [(None, tensor), *((None, item) for item in sizes)])
    return result_of(step, steps, axes, len(sizes))


def _is_product(value: Value) -> bool:
    """Whether a size is `T * b`: time and batch as one axis."""
    return isinstance(value, Scalar) and len(tensors_in(value)) == 2 and " * " in value.parts


def _permute(
    name: str, tensor: Tensor, arguments: Sequence[Argument], steps: list[Step], *, turning: bool
) -> Value | None:
    dims = [value for _, value in arguments]
    order = [whole(item) for item in (dims[0] if len(dims) == 1 and isinstance(dims[0], list | tuple) else dims)]
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
            return Tensor(tensor.source, tensor.path, "batch", 3)
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
            return Tensor(tensor.source, tensor.path, "time", 3)
        return result_of(
            Step("permute", [(None, tensor), *((None, literal(item)) for item in order)]), steps, "time", 3
        )
    return None


def _flatten(tensor: Tensor, arguments: Sequence[Argument], steps: list[Step]) -> Value | None:
    named = {key or ("start_dim", "end_dim")[place]: value for place, (key, value) in enumerate(arguments)}
    start = whole(named.get("start_dim", literal(0)))
    if start == 1 and "end_dim" not in named and tensor.axes in ("batch", "any"):
        return call_layer(Layer("Flatten", []), [(None, tensor)], steps)
    if start == 0 or tensor.axes in TURNED:
        raise Untold
    return None


def _squeeze(tensor: Tensor, steps: list[Step]) -> Value:
    """`x.squeeze()`: which axes go is known only behind a layer that leaves one feature, or a pool to 1."""
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


def _interpolate(tensor: Tensor, arguments: Sequence[Argument], steps: list[Step]) -> Value | None:
    """The size of another tensor is written size by size."""
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
