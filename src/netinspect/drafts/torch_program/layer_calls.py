"""Layers called with tensors, and what every step has in common: how the axes stand, what becomes of its tensors, and
their sizes and parts.

In a spec the batch is the first axis. Code may have time before the batch, or no batch at all: a tensor knows how its
axes stand there, and a step that mixes the two ways is Untold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from netinspect.catalogue import LAYERS
from netinspect.catalogue.entry import Entry
from netinspect.drafts.torch_program.values import (
    UNKNOWN,
    Argument,
    Input,
    Layer,
    Memory,
    OtherAxes,
    Parameter,
    Sample,
    Scalar,
    Step,
    Tensor,
    Untold,
    Value,
    known,
    literal,
    tensors_in,
    whole_number,
)

THE_BATCH: Final = Tensor(Input("input"))
"""The first input of the forward around a step: its first size is the batch."""


TURNED: Final = frozenset({"time", "lone", "merged"})
"""Axes that do not stand as in a spec; "merged" are time and batch as one axis, between two views."""


_POINTWISE_LAYERS: Final = frozenset({"Linear", "Embedding", "LayerNorm", "RMSNorm", "Identity", "Dropout"})


_VIEWS: Final = frozenset(
    "view reshape view_as reshape_as flatten unflatten squeeze unsqueeze permute transpose swapaxes movedim expand "
    "expand_as chunk split unbind getitem select narrow unfold Flatten Unflatten Identity".split()
)
"""Steps whose result may lie in the memory of their first tensor."""


_SOFTMAX: Final = frozenset({"Softmax", "LogSoftmax", "Softmin"})


_SEQUENCE_FAMILIES: Final = frozenset({"recurrent", "attention"})


def record(step: Step, steps: list[Step]) -> None:
    """The step is done, with its tensors as they are now: later work in place does not change them any more."""
    refuse_stale([value for _, value in step.arguments])
    step.arguments = [(name, _as_now(value)) for name, value in step.arguments]
    steps.append(step)


def _as_now(value: Value) -> Value:
    if isinstance(value, Tensor) and value is not THE_BATCH:
        return as_it_is(value)
    if isinstance(value, Scalar) and tensors_in(value):
        parts = tuple(part if isinstance(part, str) or part is THE_BATCH else as_it_is(part) for part in value.parts)
        return Scalar(parts, value.value, value.binding, value.scope)
    if isinstance(value, tuple | list):
        return tuple(_as_now(item) for item in value)
    return value


def as_it_is(tensor: Tensor) -> Tensor:
    """A tensor that later work in place does not change."""
    return replace(tensor, memory=Memory())


def refuse_stale(value: Value) -> None:
    """Untold where a tensor was changed in place under another name, which a spec has no words for."""
    if any(tensor.is_stale for tensor in tensors_in(value)):
        raise Untold


def change_in_place(tensor: Tensor, result: Value) -> None:
    """A tensor becomes what was computed from it, under all its names. The caller's input changes with it."""
    if not isinstance(result, Tensor) or isinstance(tensor.source, Parameter):
        raise Untold
    tensor.memory.changed, tensor.memory.through = True, tensor
    tensor.source, tensor.path, tensor.axes, tensor.rank = result.source, result.path, result.axes, result.rank


def result_of(step: Step, steps: list[Step], axes: str = "batch", rank: int | None = None) -> Tensor:
    """The step is done, and its result a tensor."""
    memory = memory_of(step)
    record(step, steps)
    return Tensor(step, axes=axes, rank=rank, memory=memory)


def memory_of(step: Step) -> Memory:
    """That of the tensor that a step gives a view of, else new memory. Asked before the step is recorded."""
    called = step.called.kind if isinstance(step.called, Layer) else step.called
    tensor = step.arguments[0][1] if step.arguments else None
    return tensor.memory if called in _VIEWS and isinstance(tensor, Tensor) else Memory()


def axes_of(tensors: Sequence[Tensor]) -> str:
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


def call_layer(layer: Layer, arguments: Sequence[Argument], steps: list[Step]) -> Value:
    """A layer called with tensors, and its result as torch gives it: a tensor, or a tuple of them."""
    entry = LAYERS[layer.kind]
    passed = _forward_arguments(entry, arguments)
    tensors = [tensor for _, value in passed for tensor in tensors_in(value)]
    if not tensors or not isinstance(passed[0][1], Tensor):
        raise Untold
    axes = axes_of(tensors[:1] if entry.family == "recurrent" else tensors)
    if layer.place is None and layer.has_weights:
        raise Untold
    if entry.family in _SEQUENCE_FAMILIES and entry.argument("batch_first") is not None:
        _say_batch_first(layer, axes)
    elif axes in TURNED and not (layer.kind in _POINTWISE_LAYERS or entry.family == "activation"):
        raise Untold
    elif axes in TURNED and (dim := layer.argument("dim")) is not None:
        layer = Layer(layer.kind, [("dim", axis_of(axes, dim))], layer.place, layer.in_place)
    if layer.kind in _SOFTMAX and layer.argument("dim") is None and tensors[0].rank in (2, 4) and axes not in TURNED:
        layer.arguments.append(("dim", literal(1)))  # as torch takes it; of other ranks the file itself is asked
    if entry.family == "attention" and len({id(value) for _, value in passed[:3]}) == 1 and len(passed) >= 3:
        passed = [passed[0], *passed[3:]]
    if len(passed) > 1 and layer.kind in ("LSTM", "GRU", "RNN") and axes == "lone":
        raise Untold
    step = Step(layer, passed)
    memory = memory_of(step)
    record(step, steps)
    rank = _rank_after(layer, entry, tensors[0].rank)
    if layer.in_place and entry.family in ("activation", "dropout"):
        result = Tensor(step, axes=axes, rank=rank)
        change_in_place(tensors[0], result)
        return tensors[0]
    with_indices = layer.argument("return_indices")
    if entry.argument("return_indices") is not None and (with_indices is None or not known(with_indices)):
        return Tensor(step, axes=axes, rank=rank)
    return outputs_of(step, entry, axes, rank, memory)


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


def outputs_of(step: Step, entry: Entry, axes: str, rank: int | None, memory: Memory) -> Value:
    """A tensor where torch gives one, else the tuple of torch, which may be nested: `(output, (h_n, c_n))`."""
    if len(entry.outputs) == 1 and not entry.outputs[0].place:
        return Tensor(step, axes=axes, rank=rank, memory=memory)
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


def results_of_module(step: Step, steps: list[Step], result: Value, memories: Mapping[int, Memory]) -> Value:
    """What a call of a module gives: the results of its forward, seen from outside. `memories` has the memory of each
    tensor that it was given, by the `id` of the memory inside."""
    refuse_stale(result)
    record(step, steps)
    if isinstance(result, Tensor):
        return _outer(step, "", result, memories)
    if isinstance(result, dict):
        return {name: _outer(step, f".{name}", value, memories) for name, value in result.items()}
    if isinstance(result, tuple | list):
        paths = [f".{name}" for name in names_of_results(list(result))]
        return tuple(_outer(step, path, value, memories) for path, value in zip(paths, result, strict=True))
    raise Untold


def _outer(step: Step, path: str, value: Value, memories: Mapping[int, Memory]) -> Value:
    if isinstance(value, Tensor):
        memory = memories.get(id(value.memory)) or Memory()
        return Tensor(step, path, value.axes, value.rank, memory)
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


def axis_of(axes: str, dim: Value) -> Value:
    """A dim of the code as a dim of the spec."""
    if isinstance(dim, tuple | list):
        return tuple(axis_of(axes, item) for item in dim)
    number = whole_number(dim)
    if axes == "merged":
        raise Untold
    if axes == "time":
        if number < -1:
            raise Untold
        return literal({0: 1, 1: 0}.get(number, number))
    return literal(number + 1 if number >= 0 else number)


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
