"""What torch itself says of a call of the catalogue: shapes, dtypes, parameters, FLOPs, and what backward keeps.

The calls are made as `catalogue.entry.Argument` tells a builder to make them, on the meta device.
"""

from __future__ import annotations

import importlib
import operator
import warnings
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode

from netinspect.catalogue.entry import REQUIRED, Argument, Entry, Fault, Result, TensorType
from netinspect.catalogue.signature import DTYPE, SUBSCRIPT, Maybe
from tests.catalogue.exceptions import STRICTER_FUNCTIONS
from tests.catalogue.tally import CPU, FIGURES, REFUSED, STRICTER, compared

T = TensorType
MANY_NUMBERS = 1_000_000
INDICES = {"index", "indices", "offsets"}


class Answer(NamedTuple):
    """What torch gave: output types, parameters in order, buffers, and half of FlopCounterMode's FLOPs."""

    outputs: tuple[TensorType, ...]
    parameters: tuple[tuple[str, tuple[int, ...]], ...]
    macs: int


# --- ours ------------------------------------------------------------------------------------


def bind(arguments: tuple[Argument, ...], given: dict[str, Any]) -> dict[str, Any]:
    """Every argument's value, checked by its kind; defaults stand as they are."""
    unknown = set(given) - {argument.name for argument in arguments}
    assert not unknown, unknown
    bound = {}
    for argument in arguments:
        if argument.name in given:
            bound[argument.name] = argument.kind.check(given[argument.name])
        else:
            assert argument.default is not REQUIRED or argument.inferred, argument.name
            bound[argument.name] = None if argument.inferred else argument.default
    return bound


def ours(entry: Entry, forward: dict[str, Any], constructor: dict[str, Any] | None = None) -> Result:
    """The entry's own answer, as the elaborator asks for it."""
    operands = bind(entry.forward, forward).values()
    if entry.is_layer:
        return entry.rule(SimpleNamespace(**bind(entry.arguments, constructor or {})), *operands)
    return entry.rule(*operands)


# --- torch's ---------------------------------------------------------------------------------


def real(value: Any, device: str = "meta") -> Any:
    """A value as torch takes it: a type becomes a tensor."""
    if isinstance(value, TensorType):
        dtype = getattr(torch, value.dtype)
        if device == "meta":
            return torch.empty(value.shape, dtype=dtype, device=device)
        if value.is_float:
            return (torch.rand(value.shape, dtype=torch.float32).to(dtype) + 0.5).requires_grad_()
        return torch.ones(value.shape, dtype=dtype)
    if isinstance(value, tuple):
        return tuple(real(item, device) for item in value)
    return value


def subscript(index: Any) -> Any:
    if isinstance(index, tuple) and index[:1] == ("slice",):
        return slice(*index[1:])
    if isinstance(index, tuple):
        return tuple(subscript(item) for item in index)
    return ... if isinstance(index, str) else index


def crop_like(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    for axis in range(2, x.dim()):
        x = x.narrow(axis, (x.shape[axis] - like.shape[axis]) // 2, like.shape[axis])
    return x


def find(path: str) -> Any:
    if path == "netinspect.crop_like":
        return crop_like
    module, _, name = path.rpartition(".")
    if module == "Tensor":
        return getattr(torch.Tensor, name)
    if module == "operator":
        return getattr(operator, name)
    return getattr(importlib.import_module(module), name)


def call_arguments(entry: Entry, forward: dict[str, Any], device: str = "meta") -> tuple[list[Any], dict[str, Any]]:
    """Positional and named arguments of the call, by the rules written at `Argument`."""
    positional: list[Any] = []
    named: dict[str, Any] = {}
    left_out, packed = False, set()
    tensors = {name: real(value, device) for name, value in forward.items()}
    for name in INDICES & set(tensors):
        if isinstance(tensors[name], torch.Tensor):
            tensors[name] = tensors[name].detach() * 0  # in range whatever the size
    for name, value in tensors.items():
        if name.endswith("padding_mask") and value is not None:
            tensors[name] = torch.zeros_like(value)  # a batch of padding alone is an error of some kernels
        if name.startswith("running_") and value is not None:
            value.requires_grad_(requires_grad=False)
    for argument in entry.forward:
        value = tensors.get(argument.name, argument.default)
        if value is None and argument.same_as:
            value = tensors[argument.name] = tensors[argument.same_as]
        if argument.packed:
            if argument.packed in packed or value is None:
                continue
            packed.add(argument.packed)
            value = tuple(tensors[other.name] for other in entry.forward if other.packed == argument.packed)
        elif argument.same_as is None and (argument.name not in forward or value is argument.default):
            left_out = True
            continue
        if argument.kind is SUBSCRIPT:
            value = subscript(value)
        if argument.kind in (DTYPE, Maybe(DTYPE)):
            value = getattr(torch, value)
        if argument.keyword_only or left_out:
            named[argument.name] = value
        else:
            positional.append(value)
    creation = not any(isinstance(value, T) for value in forward.values())
    return positional, ({**named, "device": device} if creation and entry.family == "creation" else named)


def pick(result: Any, entry: Entry) -> tuple[torch.Tensor, ...]:
    """The outputs that torch gave, by their places; a bare tensor is the first (pooling without `return_indices`)."""
    if entry.gives_list:
        return tuple(result)
    if isinstance(result, torch.Tensor):
        return (result,)
    outputs = []
    for output in entry.outputs:
        value = result
        for place in output.place:
            value = value[place]
        if value is not None:
            outputs.append(value)
    return tuple(outputs)


def type_of(tensor: torch.Tensor) -> TensorType:
    return TensorType(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))


def construct(entry: Entry, arguments: dict[str, Any], device: str) -> torch.nn.Module:
    cls = find(entry.torch)
    with torch.device(device), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if entry.stack_of is None:
            return cls(**arguments).eval()
        layers = arguments.pop("num_layers")
        return cls(find(entry.stack_of)(**arguments), layers, **dict(entry.stack_options)).eval()


def theirs(
    entry: Entry, forward: dict[str, Any], arguments: dict[str, Any] | None = None, device: str = "meta"
) -> Answer:
    """torch's answer; raises whatever torch raises."""
    target = construct(entry, dict(arguments or {}), device) if entry.is_layer else find(entry.torch)
    positional, named = call_arguments(entry, forward, device)
    with FlopCounterMode(display=False) as counter, torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = target(*positional, **named)
    weights = target.named_parameters() if entry.is_layer else ()
    return Answer(
        tuple(type_of(output) for output in pick(result, entry)),
        tuple((name, tuple(weight.shape)) for name, weight in weights),
        counter.get_total_flops() // 2,
    )


def accepts(entry: Entry, forward: dict[str, Any], arguments: dict[str, Any]) -> bool:
    """Whether torch takes the call on meta and on the CPU (meta tensors pass where no kernel exists), and gives
    something: we refuse to make empty tensors."""
    try:
        theirs(entry, forward, arguments)
        outputs = theirs(entry, forward, arguments, "cpu").outputs
    except Exception:  # noqa: BLE001  torch raises many types
        return False
    return all(output.elements for output in outputs)


def refused(entry: Entry, forward: dict[str, Any], arguments: dict[str, Any] | None = None) -> str | None:
    """Our Fault's code, or None."""
    try:
        ours(entry, forward, arguments)
    except Fault as fault:
        return fault.code
    return None


def agree(
    entry: Entry, forward: dict[str, Any], arguments: dict[str, Any] | None = None, macs: int | None = None
) -> Result | None:
    """Both refuse (None), or both accept and say the same. `macs` stands in for torch's where its counter is wrong."""
    case = f"{entry.name} {arguments} {forward}"
    try:
        result = ours(entry, forward, arguments)
    except Fault as fault:
        return _both_refuse(entry, forward, arguments or {}, fault)
    compared(FIGURES, entry.name)
    answer = theirs(entry, forward, {**(arguments or {}), **dict(result.inferred)} if entry.is_layer else None)
    assert result.outputs == answer.outputs, case
    assert tuple((weight.name, weight.shape) for weight in result.parameters) == answer.parameters, case
    assert int(result.params) == sum(T(shape).elements for _, shape in answer.parameters), case
    assert int(result.macs) == (answer.macs if macs is None else macs), case
    for shown in (result.params, result.macs):
        assert evaluate(str(shown)) == int(shown), shown
    assert all(count >= 0 for _, count in result.flops), case
    _agree_on_the_cpu(entry, forward, arguments, result)
    return result


def _both_refuse(entry: Entry, forward: dict[str, Any], arguments: dict[str, Any], fault: Fault) -> None:
    """torch refuses too, or the exceptions say why it does not."""
    complete = {**last_axis(entry, forward), **arguments} if entry.is_layer else {}
    if not accepts(entry, forward, complete):
        return compared(REFUSED, entry.name)
    on_purpose = any(row.covers(entry, {**forward, **complete}, fault) for row in STRICTER_FUNCTIONS)
    said = f"{entry.name} {arguments} {forward}: refused ({fault.code}: {fault.message}), and torch accepts"
    assert on_purpose, said
    return compared(STRICTER, entry.name)


def _agree_on_the_cpu(entry: Entry, forward: dict[str, Any], arguments: dict[str, Any] | None, result: Result) -> None:
    """Once more with numbers: the CPU may lack what meta has."""
    if int(result.params) + int(result.macs) + sum(output.elements for output in result.outputs) < MANY_NUMBERS:
        compared(CPU, entry.name)
        constructor = {**(arguments or {}), **dict(result.inferred)} if entry.is_layer else None
        assert theirs(entry, forward, constructor, "cpu").outputs == result.outputs, (entry.name, arguments, forward)


def last_axis(entry: Entry, forward: dict[str, Any]) -> dict[str, int]:
    """What torch is given for inferred arguments where our rule refuses to infer them: the first tensor's features."""
    first = next(value for value in flat(tuple(forward.values())) if isinstance(value, TensorType))
    return {argument.name: (first.shape or (1,))[-1] for argument in entry.arguments if argument.inferred}


def evaluate(text: str) -> int:
    """A shown formula's value, computed from its text alone."""
    assert set(text) <= set("0123456789 +·(),"), text
    return int(eval(text.replace("·", "*").replace(",", "")))


def flat(values: Any) -> list[Any]:
    """Nested tuples opened; a type is no tuple here."""
    nested = (flat(v) if isinstance(v, tuple) and not isinstance(v, TensorType) else [v] for v in values)
    return [item for items in nested for item in items]
