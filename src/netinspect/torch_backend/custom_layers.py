"""A user's own nn.Module classes as catalogue entries: `--custom-layers my_layers.py`.

The file is named on the command line and never by a spec, for importing it runs it. No closed rule is known
for such a layer: torch builds it and runs it on the meta device, and what comes out is reported as partial.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from netinspect.catalogue import LAYERS
from netinspect.catalogue.entry import REQUIRED, Argument, Entry, Fault, Output, Reach, Result, TensorType, Weight
from netinspect.catalogue.formula import formula
from netinspect.catalogue.signature import OPTIONAL_TENSOR, TENSOR, TENSORS, Anything
from netinspect.errors import InputError
from netinspect.torch_backend.functions import make_layer
from netinspect.torch_backend.user_code import python_file, user_code
from netinspect.torch_backend.weights_order import further_names

MOST_OUTPUTS: Final = 8
OUTPUTS: Final = (Output("output"), *(Output(f"output{index}") for index in range(1, MOST_OUTPUTS)))


def with_custom_layers(file: Path) -> Mapping[str, Entry]:
    """The catalogue's layers and the nn.Module classes that `file` defines, by name.

    Raises InputError where the file cannot be imported, defines none, or takes a name of torch.nn.
    """
    module = python_file(file)
    entries = {}
    for name, value in vars(module).items():
        is_own = inspect.isclass(value) and issubclass(value, nn.Module) and value.__module__ == module.__name__
        if is_own and not name.startswith("_"):
            entries[name] = _entry(name, value, file.parent)
    if not entries:
        raise InputError(f"{file}: it defines no nn.Module class")
    taken = sorted(entries.keys() & LAYERS.keys())
    if taken:
        raise InputError(f"{file}: torch.nn has a layer `{taken[0]}` already; give yours another name")
    return MappingProxyType({**LAYERS, **entries})


def _entry(name: str, layer: type[nn.Module], folder: Path) -> Entry:
    arguments = tuple(_arguments(layer))
    entry = Entry(
        name=name,
        torch=f"{layer.__module__}.{name}",
        family="custom",
        rule=lambda a, *tensors: _measured(entry, vars(a), tensors, folder),
        arguments=arguments,
        forward=tuple(_forward(layer.forward)),
        unnamed=tuple(argument.name for argument in arguments if not argument.keyword_only),
        outputs=OUTPUTS,
        summary="A layer of the user's own.",
        is_layer=True,
        made_by=layer,
    )
    return entry


def _parameters(function: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())[1:]


def _is_rest(parameter: inspect.Parameter) -> bool:
    """Whether it is `*args` or `**kwargs`."""
    return parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)


def _arguments(layer: type[nn.Module]) -> Iterator[Argument]:
    """The constructor's; where it passes on what it does not name, its base class's as well."""
    names: set[str] = set()
    for owner in layer.__mro__:
        if owner is nn.Module:
            return
        if "__init__" in vars(owner):
            parameters = _parameters(vars(owner)["__init__"])
            for parameter in parameters:
                if not _is_rest(parameter) and parameter.name not in names:
                    names.add(parameter.name)
                    default = REQUIRED if parameter.default is parameter.empty else parameter.default
                    keyword_only = parameter.kind is parameter.KEYWORD_ONLY
                    yield Argument(parameter.name, Anything(), default, keyword_only=keyword_only)
            if not any(map(_is_rest, parameters)):
                return


def _forward(function: Any) -> Iterator[Argument]:
    for parameter in _parameters(function):
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            yield Argument(parameter.name, TENSORS, variadic=True)
        elif parameter.default is parameter.empty:
            yield Argument(parameter.name, TENSOR)
        elif parameter.default is None:
            yield Argument(parameter.name, OPTIONAL_TENSOR, None)
        else:
            yield Argument(parameter.name, Anything(), parameter.default)


# --- what torch says of it -------------------------------------------------------------------


def _measured(entry: Entry, arguments: dict[str, Any], operands: tuple[Any, ...], folder: Path) -> Result:
    def mistake(words: str) -> Fault:
        return Fault("E218", f"{entry.name}: torch says {words}")

    if entry.made_by is not None and entry.made_by.forward is nn.Module.forward:
        raise Fault("E218", f"{entry.name}: it has no `forward`")
    variadic = next((argument.name for argument in entry.forward if argument.variadic), None)
    if variadic is not None:
        raise Fault("E218", f"{entry.name}: its forward takes `*{variadic}`; give each tensor a name of its own there")
    with user_code(mistake, folder):
        with torch.device("meta"):
            module = make_layer(entry, arguments).eval()
            tensors = [
                torch.empty(value.shape, dtype=getattr(torch, value.dtype)) if isinstance(value, TensorType) else value
                for value in operands
            ]
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            produced = module(*tensors)
        saved = module.state_dict().keys()
        parameters = dict(module.named_parameters(remove_duplicate=False))
        weights = tuple(_weight(key, value) for key, value in parameters.items())
        buffers = tuple(_weight(key, value, persistent=key in saved) for key, value in module.named_buffers())
    outputs = _outputs(entry.name, produced)
    # nothing is known of what an output sees, so it may be everything but the other samples
    output_rank = outputs[0].rank
    rank = operands[0].rank if operands and isinstance(operands[0], TensorType) else output_rank
    axes = tuple(range(1, rank))
    carried = None if rank == output_rank else ((0,), *(axes for _ in range(output_rank - 1)))
    return Result(
        outputs,
        parameters=weights,
        buffers=buffers,
        params=formula(sum(value.numel() for value in module.parameters())),
        macs=formula(counter.get_total_flops() // 2),
        reach=Reach(mixes=axes, axes=carried),
        saved=(0,),
        places=((),) if isinstance(produced, Tensor) else tuple((index,) for index in range(len(outputs))),
        ties=tuple(further_names(parameters)),
        frozen=tuple(key for key, value in parameters.items() if not value.requires_grad),
        uncounted=f"{entry.name}: no rule of its own, only what torch's FlopCounterMode counts",
    )


def _outputs(name: str, produced: Any) -> tuple[TensorType, ...]:
    tensors = (produced,) if isinstance(produced, Tensor) else produced
    is_right = isinstance(tensors, tuple | list) and all(isinstance(tensor, Tensor) for tensor in tensors)
    if not is_right or not 1 <= len(tensors) <= MOST_OUTPUTS:
        what = "nothing" if produced is None else f"a {type(produced).__name__}"
        raise Fault(
            "E218", f"{name}: its forward returns {what}; return a tensor, or a tuple of up to {MOST_OUTPUTS} tensors"
        )
    return tuple(TensorType(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")) for tensor in tensors)


def _weight(key: str, value: Tensor, *, persistent: bool = True) -> Weight:
    return Weight(key, tuple(value.shape), str(value.dtype).removeprefix("torch."), persistent)
