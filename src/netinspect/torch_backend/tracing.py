"""What a model does, found out by running it: three recorded runs that are merged into one Trace."""

from __future__ import annotations

import contextlib
import copy
import inspect
import traceback
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from types import CellType, FunctionType, MethodType
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

import netinspect
from netinspect.errors import InputError
from netinspect.importing.items import function_name
from netinspect.importing.trace import (
    Arithmetic,
    FunctionCall,
    ModelFailed,
    ModelInput,
    ModuleCall,
    NotImported,
    Number,
    Reference,
    Trace,
    TracedModule,
    TracedTensor,
)
from netinspect.torch_backend.device import plain_torch
from netinspect.torch_backend.layer_arguments import base_of, entry_of, layer_arguments
from netinspect.torch_backend.recorder import MAX_VALUES, CallRecorder, recording
from netinspect.torch_backend.user_code import user_code
from netinspect.torch_backend.weights_order import further_names

BATCHES: Final = (2, 3)
_LONGER: Final = (35, 32)
"""By how much the other picture is larger: an odd size shows what code does where a half is left over, and many models
take multiples of 32 alone."""
_TORCH: Final = str(Path(torch.__file__).parent)
_NETINSPECT: Final = str(Path(netinspect.__file__).parent)
_CONTAINERS: Final = ("Sequential", "ModuleList", "ModuleDict")


@plain_torch()
def trace(model: nn.Module, inputs: Sequence[ModelInput], opened: frozenset[str] = frozenset()) -> Trace:
    """Two runs with other batches and, where the model takes it, some with other lengths. NotImported for what no spec
    can say, ModelFailed where the model raises. What cannot be merged of a run with other lengths is `other_steps`.
    Layers with the paths `opened` are their tensors and the functions that they call."""
    runs = [_run(model, [(batch, *item.shape) for item in inputs], inputs, opened) for batch in BATCHES]
    failure = next((failure for _, failure in runs if failure is not None), None)
    recorded = [run for run, _ in runs]
    if failure is not None:
        with contextlib.suppress(NotImported):
            failure.partial = _until_failure(_traced(model, inputs, recorded))
        raise failure
    result = _traced(model, inputs, recorded)
    other_steps: list[str] = []

    def merged_with(shapes: list[tuple[int, ...]]) -> Trace | None:
        """The trace with one run more, which stays in `recorded`; None where the model does not take it."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a size that nobody asked for
                other, failure = _run(model, shapes, inputs, opened)
            merged = _traced(model, inputs, [*recorded, other]) if failure is None else None
        except NotImported as refusal:
            place = ", ".join(filter(None, [refusal.path and f"`{refusal.path}`", refusal.place]))
            sizes = _sizes(shape[1:] for shape in shapes)
            reason = f"{refusal.message} ({place})" if place else refusal.message
            other_steps.append(f"on {sizes} the model is not what its spec says: {reason}")
            return None
        if merged is not None:
            recorded.append(other)
        return merged

    for step in _LONGER:
        longer = merged_with([(BATCHES[0], *_longer(item, step)) for item in inputs])
        if longer is not None:
            return replace(longer, other_steps=tuple(other_steps))
    for shapes in _longer_one_by_one(inputs):
        result = merged_with(shapes) or result
    return replace(result, other_steps=tuple(other_steps))


def _sizes(shapes: Iterable[Sequence[int]]) -> str:
    """`1×28×28, 5`."""
    return ", ".join("×".join(map(str, shape)) for shape in shapes)


def _traced(model: nn.Module, inputs: Sequence[ModelInput], runs: Sequence[CallRecorder]) -> Trace:
    # All runs become one call; a constant that is read must be the same in each of them.
    call: ModuleCall = _merged([run.items[0][0] for run in runs])
    for item in call.walk():
        for place in _constants((item.operands, item.named), runs[0]):
            contents = [run.contents.get(place) for run in runs]
            first = contents[0]
            if any(first is None or other is None or not torch.equal(first, other) for other in contents[1:]):
                raise NotImported("a constant tensor is another one at another batch size or length", place=item.place)
    unsaved = dict(model.named_buffers())
    for key in model.state_dict():
        unsaved.pop(key, None)
    tensors = {}
    for place, dtype in enumerate(runs[0].dtypes):
        source, name = runs[0].sources[place]
        content = runs[0].contents.get(place, unsaved.get(name) if source == "buffer" else None)
        shapes = tuple(run.shapes[place] for run in runs)
        values = content.tolist() if content is not None and content.numel() <= MAX_VALUES else None
        tensors[place] = TracedTensor(place, shapes, _word(dtype), source, name, values)
    places = [(".".join(map(str, place)) or "it", type(value).__name__) for place, value in runs[0].plain_outputs]
    left_out = tuple(f"`{place}` ({kind})" for place, kind in places)
    opened = runs[0].opened | {""}  # a model that is one layer is looked into
    modules = {
        path: _module(path, module, is_opened=path in opened)
        for path, module in model.named_modules(remove_duplicate=False)
    }
    ties = tuple(further_names(dict(model.named_parameters(remove_duplicate=False))))
    # The numbers of an input of which an example was given are bounded by the rows of the embeddings that look them up.
    layer_calls = [item for item in call.walk() if isinstance(item, ModuleCall)]
    embeddings = [item for item in layer_calls if modules[item.path].layer == "Embedding"]
    bounded = []
    for model_input in inputs:
        lookups = [e for e in embeddings if Reference(model_input.tensor) in (*e.operands, *e.named.values())]
        rows = [modules[item.path].arguments["num_embeddings"] for item in lookups]
        bounded.append(replace(model_input, high=min(rows)) if model_input.is_example and rows else model_input)
    return Trace(tuple(bounded), modules, tensors, call, ties, left_out)


def _constants(value: Any, run: CallRecorder) -> Iterator[int]:
    """The constants among the operands of a call."""
    if isinstance(value, Reference):
        if run.sources[value.tensor][0] == "constant":
            yield value.tensor
    elif isinstance(value, Mapping):
        yield from _constants(tuple(value.values()), run)
    elif isinstance(value, tuple):
        for item in value:
            yield from _constants(item, run)


def _until_failure(trace: Trace) -> Trace:
    """What ran of a model that raised: an unfinished module gives what was made in it last, and those never met are
    gone."""

    def ended(call: ModuleCall) -> ModuleCall:
        items = list(call.items)
        last = items[-1] if items else None
        if isinstance(last, ModuleCall) and not last.results:
            last = ended(last)
            items[-1:] = [last] if last.results else []
        return replace(call, items=tuple(items), results=(((), items[-1].results[0][1]),) if items else ())

    call = ended(trace.call)
    called = {item.path for item in call.walk() if isinstance(item, ModuleCall)}
    modules = {
        path: replace(
            module,
            children=tuple(
                child
                for child in module.children
                if any(f"{other}.".startswith(f"{path}.{child}." if path else f"{child}.") for other in called)
            ),
        )
        for path, module in trace.modules.items()
    }
    layers = tuple(f"{path}." for path in called if path)
    ties = tuple(pair for pair in trace.ties if all(key.startswith(layers) for key in pair))
    return replace(trace, call=call, modules=modules, ties=ties)


def _longer(item: ModelInput, step: int) -> tuple[int, ...]:
    """Another length or size of the picture; the channels stay."""
    if item.dtype != "float32":
        return tuple(size + 3 for size in item.shape)
    first = 0 if len(item.shape) == 1 else 1
    return tuple(size if axis < first else size + step for axis, size in enumerate(item.shape))


def _longer_one_by_one(inputs: Sequence[ModelInput]) -> Iterator[list[tuple[int, ...]]]:
    """Shapes with one axis longer, of the models that do not take all of them longer: sound of so many bands. Of two
    axes the first may be time."""
    shapes = [(BATCHES[0], *item.shape) for item in inputs]
    for place, item in enumerate(inputs):
        for axis in range(1 if len(item.shape) > 2 else 0, len(item.shape)):
            step = 3 if item.dtype != "float32" else _LONGER[-1]
            longer = (*item.shape[:axis], item.shape[axis] + step, *item.shape[axis + 1 :])
            yield [*shapes[:place], (BATCHES[0], *longer), *shapes[place + 1 :]]


def _run(
    model: nn.Module, shapes: Sequence[tuple[int, ...]], inputs: Sequence[ModelInput], opened: frozenset[str]
) -> tuple[CallRecorder, ModelFailed | None]:
    """One run, and how it failed if it did."""
    fresh = copied(model)
    generator = torch.Generator().manual_seed(0)
    tensors = [sample(shape, item, generator) for shape, item in zip(shapes, inputs, strict=True)]
    with torch.no_grad(), recording(fresh, opened) as run:
        for tensor, item in zip(tensors, inputs, strict=True):
            run.new(tensor, "input", item.name, follows=True)
        try:
            with user_code(lambda words: ModelFailed(f"the model fails on an input of {_sizes(shapes)}: {words}")):
                call_model(fresh, inputs, tensors)
        except ModelFailed as failure:
            # The lines on the way to a failure that are neither torch's nor netinspect's, the last one first
            frames = traceback.walk_tb(failure.__cause__.__traceback__ if failure.__cause__ is not None else None)
            places = [(frame.f_code.co_filename, line) for frame, line in frames]
            failure.way = tuple(
                place for place in reversed(places) if not place[0].startswith((_TORCH, _NETINSPECT, "<frozen"))
            )
            return run, failure
    return run, None


def copied(model: nn.Module) -> nn.Module:
    """A copy in evaluation mode, on the CPU. InputError where the model cannot be copied."""
    if any(is_lazy(parameter) for parameter in model.parameters()):
        raise InputError("the model has layers that are not made yet: run it once, and import it then")
    memo: dict[int, Any] = {}
    for module in model.modules():
        for value in vars(module).values():
            if isinstance(value, Tensor) and not value.is_leaf:  # a weight that a hook works out, which no copy takes
                memo[id(value)] = value.detach().clone()
    with user_code(lambda words: InputError(f"the model cannot be copied: {words}")):
        fresh = copy.deepcopy(model, memo)
    for module in fresh.modules():
        attributes: dict[Any, Any] = vars(module)  # hooks stand in some of them
        for holder in (attributes, *(value for value in attributes.values() if isinstance(value, dict))):
            for key, value in list(holder.items()):
                if isinstance(value, FunctionType):
                    holder[key] = _rebound(value, memo)
    nn.Module.eval(fresh)
    return fresh.cpu()


def _rebound(value: Any, memo: Mapping[int, Any]) -> Any:
    """A function, or what a function holds, with the copies in `memo` in place of the originals: a copied model has a
    hook that holds the copy. Python copies no function."""
    if isinstance(value, MethodType):
        return MethodType(value.__func__, memo.get(id(value.__self__), value.__self__))
    if not isinstance(value, FunctionType):
        return memo.get(id(value), value)
    cells = tuple(
        CellType(_rebound(cell.cell_contents, memo)) if cell.cell_contents is not value else cell
        for cell in value.__closure__ or ()
    )
    defaults = tuple(_rebound(item, memo) for item in value.__defaults__ or ()) or None
    function = FunctionType(value.__code__, value.__globals__, value.__name__, defaults, cells or None)
    function.__kwdefaults__ = value.__kwdefaults__
    function.__dict__.update(value.__dict__)
    return function


def call_model(model: nn.Module, inputs: Sequence[ModelInput], tensors: Sequence[Tensor]) -> Any:
    """What a model gives: its inputs by place, or by name where it has others between them."""
    parameters = list(inspect.signature(model.forward).parameters.values())
    positional = [item.name for item in parameters if item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD)]
    takes_more = any(item.kind == item.VAR_POSITIONAL for item in parameters)
    by_name = {item.name for item in parameters if item.kind == item.KEYWORD_ONLY}
    args: list[Tensor] = []
    kwargs: dict[str, Tensor] = {}
    for item, tensor in zip(inputs, tensors, strict=True):
        place = len(args)
        is_next = not kwargs and (positional[place] == item.name if place < len(positional) else takes_more)
        if is_next and item.name not in by_name:
            args.append(tensor)
        else:
            kwargs[item.name] = tensor
    return model(*args, **kwargs)


def sample(shape: tuple[int, ...], item: ModelInput, generator: torch.Generator) -> Tensor:
    """Random numbers of an input's dtype; whole ones below its `high`."""
    dtype = getattr(torch, item.dtype)
    if dtype.is_floating_point or dtype.is_complex:
        return torch.randn(shape, generator=generator, dtype=dtype)
    return torch.randint(0, item.high or 2, shape, generator=generator).to(dtype)


# --- merging ---------------------------------------------------------------------------------


def _merged(calls: Sequence[Any]) -> Any:
    """One call for those of all runs: what differs between them has to say where it comes from."""
    first = calls[0]
    if isinstance(first, FunctionCall):
        what = [(type(call), getattr(call, "function", None), call.results, call.place) for call in calls]
        if any(other != what[0] for other in what):
            raise NotImported("it takes other steps at another batch size or length", place=first.place)
        is_exact = function_name(first) in _EXACT
        operands = _together([call.operands for call in calls], first.place, is_exact=is_exact)
        named = _together([call.named for call in calls], first.place, is_exact=is_exact)
        return replace(first, operands=operands, named=named)
    what = [
        (type(call), getattr(call, "path", None), getattr(call, "results", None), len(getattr(call, "items", ())))
        for call in calls
    ]
    if any(other != what[0] for other in what):
        raise NotImported(
            "it takes other steps at another batch size or length",
            path=first.path,
            place=_parting(calls) or first.place,
        )
    items = tuple(_merged(group) for group in zip(*(call.items for call in calls), strict=True))
    operands = _together([call.operands for call in calls], first.place)
    return replace(first, operands=operands, named=_together([call.named for call in calls], first.place), items=items)


def _parting(calls: Sequence[Any]) -> str:
    """The line where calls of one module begin to differ."""
    for group in zip_longest(*(getattr(call, "items", ()) for call in calls)):
        steps = [
            (getattr(item, "function", None), getattr(item, "path", None), getattr(item, "place", None))
            for item in group
        ]
        if any(step != steps[0] for step in steps):
            places = [str(place) for *_, place in steps if place is not None]
            return min(places, key=lambda place: int(place.rpartition(":")[2] or 0))  # the step that one run has alone
    return ""


_EXACT: Final = frozenset({"pad", "getitem"})
"""Functions that are given differences of sizes, which may well be 0 in each run and not at other sizes."""


def _together(values: Sequence[Any], place: str, *, is_exact: bool = False) -> Any:
    """One operand for those of all runs. What is the same number in all of them is that number, also if it was worked
    out from sizes that differ, unless `is_exact`."""
    first = values[0]
    if isinstance(first, Mapping):
        return {key: _together([value[key] for value in values], place, is_exact=is_exact) for key in first}
    if isinstance(first, tuple):
        if any(not isinstance(value, tuple) or len(value) != len(first) for value in values):
            raise NotImported("a list has another length at another batch size or length", place=place)
        return tuple(_together(group, place, is_exact=is_exact) for group in zip(*values, strict=True))
    if isinstance(first, slice):
        bounds = [[getattr(value, part) for value in values] for part in ("start", "stop", "step")]
        return slice(*[_together(bound, place, is_exact=is_exact) for bound in bounds])
    plain = [_plain(value) for value in values]
    is_same = all(type(value) is type(plain[0]) and value == plain[0] for value in plain)
    if is_same and not (is_exact and _follows_sizes(values)):
        return plain[0]
    if any(not isinstance(value, Number) or _shape(value) != _shape(first) for value in values):
        raise NotImported(f"{plain[0]!r} differs at another batch size or length, and nothing says why", place=place)
    origin = values[0].origin
    if isinstance(origin, Arithmetic):
        groups = zip(*(value.origin.operands for value in values), strict=True)
        origin = Arithmetic(origin.operator, tuple(_together(group, place, is_exact=is_exact) for group in groups))
    return Number(tuple(value.values[0] for value in values), origin)


def _follows_sizes(values: Sequence[Any]) -> bool:
    """Whether a number was worked out, in the same way in all runs, from sizes that differ between them."""
    origins = [value.origin for value in values if isinstance(value, Number) and isinstance(value.origin, Arithmetic)]
    if len(origins) < len(values) or len({_shape(value) for value in values}) > 1:
        return False
    groups = list(zip(*(origin.operands for origin in origins), strict=True))
    return any(len({_plain(value) for value in group}) > 1 or _follows_sizes(group) for group in groups)


def _plain(value: Any) -> Any:
    return value.values[0] if isinstance(value, Number) else value


def _shape(value: Any) -> Any:
    """How a number was worked out, without its values."""
    if not isinstance(value, Number):
        return "plain"
    origin = value.origin
    return (origin.operator, tuple(map(_shape, origin.operands))) if isinstance(origin, Arithmetic) else origin


# --- modules ---------------------------------------------------------------------------------


def _module(path: str, module: nn.Module, *, is_opened: bool) -> TracedModule:
    entry = None if is_opened else entry_of(module)
    base = None if entry else base_of(module)
    arguments: dict[str, Any] = {}
    base_arguments: dict[str, Any] = {}
    if entry is not None:
        try:
            arguments = layer_arguments(module, entry)
        except AttributeError as failure:
            raise NotImported(f"a {entry.name} that no spec can say: {failure}", path=path) from failure
    if base is not None:
        with contextlib.suppress(AttributeError):  # where a class of one's own does not keep them
            base_arguments = layer_arguments(module, base)
    names = [name for name, _ in module.named_modules(remove_duplicate=False)]  # one child may have two
    container = next((name for name in _CONTAINERS if isinstance(module, getattr(nn, name))), "")
    if container == "Sequential" and type(module).forward is not nn.Sequential.forward:
        container = ""
    tensors = [
        (name, tuple(parameter.shape), _word(parameter.dtype), "parameter" if parameter.requires_grad else "frozen")
        for name, parameter in module.named_parameters(recurse=False)
    ]
    tensors += [
        (name, tuple(buffer.shape), _word(buffer.dtype), "buffer" if name in module.state_dict() else "unsaved")
        for name, buffer in module.named_buffers(recurse=False)
    ]
    contents = {
        name: buffer.tolist()
        for name, buffer in module.named_buffers(recurse=False)
        if name in module.state_dict() and buffer.numel() <= MAX_VALUES and bool(buffer.any())
    }
    plain = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, bool | int | float | str) and not name.startswith("_")
    }
    return TracedModule(
        path=path,
        class_name=type(module).__name__,
        children=tuple(name for name in names if name and "." not in name),
        layer=entry.name if entry else None,
        arguments=arguments,
        base=base.name if base else None,
        base_arguments=base_arguments,
        container=container,
        tensors=tuple(tensors),
        contents=contents,
        begins={} if entry else {name: _begin(parameter) for name, parameter in module.named_parameters(recurse=False)},
        settings=plain,
        signature=tuple(inspect.signature(module.forward).parameters),
    )


def _begin(parameter: Tensor) -> tuple[float | None, float]:
    """The one number that a parameter is everywhere, or None; and its standard deviation."""
    numbers = parameter.detach().double().flatten()
    if not numbers.numel():
        return 0.0, 0.0
    first = float(numbers[0])
    is_constant = bool((numbers == first).all())
    return (first if is_constant else None), float(numbers.std(correction=0))


def _word(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
