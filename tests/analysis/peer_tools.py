"""The tools that `--like` imitates, run on a model without computing anything.

torchinfo and thop read shapes off hooks and take tensors of the meta device as they are. fvcore reads a trace of
torch.jit, under which torch's own shape functions in Python would be traced too; `Untraced` keeps the tracer out of
them, so that fvcore gets the trace of a run on the CPU.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from netinspect.analysis.peers import like
from netinspect.catalogue.entry import Entry, Fault, TensorType
from netinspect.errors import Span
from netinspect.network.network import Call, Network, Scope, Value
from tests.catalogue.torch_side import bind, call_arguments, construct, find, flat, ours

TRACER = torch._C._dispatch_key_parse("Tracer")
CONVOLUTION = torch.ops.aten.convolution.default
TRACED_CONVOLUTION = torch.ops.aten._convolution.default


class Untraced(TorchDispatchMode):
    """Runs each operator of a trace without the tracer, and has convolutions traced under the name that they have on
    the CPU."""

    def __torch_dispatch__(self, operator, _types, args=(), kwargs=None):
        state = torch._C._get_tracing_state()
        if operator is TRACED_CONVOLUTION:
            operator, args = CONVOLUTION, args[:9]
        if state is None:
            return operator(*args, **(kwargs or {}))
        excluded = torch._C._dispatch_tls_is_dispatch_key_excluded(TRACER)
        torch._C._dispatch_tls_set_dispatch_key_excluded(TRACER, False)
        try:
            if operator is CONVOLUTION:
                with self:
                    return TRACED_CONVOLUTION(*args, False, False, False, True)
            torch._C._set_tracing_state(None)
            return operator(*args, **(kwargs or {}))
        finally:
            torch._C._set_tracing_state(state)
            torch._C._dispatch_tls_set_dispatch_key_excluded(TRACER, excluded)


def printed_by_fvcore(model: nn.Module, inputs: Sequence[torch.Tensor]) -> int:
    from fvcore.nn import FlopCountAnalysis

    on_meta = any(tensor.is_meta for tensor in inputs)
    with Untraced() if on_meta else nullcontext():
        return int(FlopCountAnalysis(model, tuple(inputs)).total())


def printed_by_torchinfo(model: nn.Module, inputs: Sequence[torch.Tensor]) -> int:
    import torchinfo

    device = inputs[0].device
    return torchinfo.summary(model, input_data=tuple(inputs), verbose=0, mode="eval", device=device).total_mult_adds


def printed_by_thop(model: nn.Module, inputs: Sequence[torch.Tensor]) -> int:
    import thop

    return int(thop.profile(model, tuple(inputs), verbose=False)[0])


TOOLS = {"fvcore": printed_by_fvcore, "torchinfo": printed_by_torchinfo, "thop": printed_by_thop}


def printed_by(tool: str, model: nn.Module, inputs: Sequence[torch.Tensor]) -> int | Exception:
    """What the tool prints for the model in inference, or the error with which it ends."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return TOOLS[tool](model.eval(), inputs)
    except Exception as error:  # noqa: BLE001  what a tool cannot count it ends on in many ways
        return error
    finally:
        logging.disable(logging.NOTSET)


# --- one call ------------------------------------------------------------------------------------


class Calling(nn.Module):
    """A model that does nothing but one call of the catalogue; its inputs are the call's tensors, in order."""

    def __init__(self, target: Any, arguments: Any) -> None:
        super().__init__()
        self.target = target
        leaves, self.structure = torch.utils._pytree.tree_flatten(arguments)
        self.tensors = [leaf.detach() for leaf in leaves if isinstance(leaf, torch.Tensor)]
        self.leaves = [None if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves]
        self.places = [place for place, leaf in enumerate(leaves) if isinstance(leaf, torch.Tensor)]

    def forward(self, *inputs: torch.Tensor) -> Any:
        leaves = list(self.leaves)
        for place, tensor in zip(self.places, inputs, strict=False):
            leaves[place] = tensor
        positional, named = torch.utils._pytree.tree_unflatten(leaves, self.structure)
        return self.target(*positional, **named)


def calling(entry: Entry, arguments: dict[str, Any], forward: dict[str, Any]) -> tuple[Network, Calling] | None:
    """One call as a network and as a model; None where it is refused."""
    try:
        result = ours(entry, forward, arguments)
    except Fault:
        return None
    place = Span(1, 1, 1, 1)
    root = Scope("", "", None, again=False, parent=None, span=place)
    operands = tuple(_operand(value, root) for value in bind(entry.forward, forward).values())
    outputs = tuple(_operand(output, root) for output in result.outputs)
    call = Call(
        path=entry.name,
        module=entry.name if entry.is_layer else None,
        again=False,
        entry=entry,
        arguments={**bind(entry.arguments, arguments), **dict(result.inferred)},
        forward=operands,
        inputs=tuple(operand for operand in flat(operands) if isinstance(operand, Value)),
        outputs=outputs,
        result=result,
        scope=root,
        span=place,
    )
    root.items.append(call)
    network = Network("", "", None, 2, (), root, (call,), (("", outputs[0]),), {}, (), None, None, {})
    target = construct(entry, {**arguments, **dict(result.inferred)}, "cpu") if entry.is_layer else find(entry.torch)
    return network, Calling(target, call_arguments(entry, forward, "cpu"))


def _operand(value: Any, root: Scope) -> Any:
    if isinstance(value, TensorType):
        return Value((value, value, value), "", root)
    if isinstance(value, tuple):
        return tuple(_operand(item, root) for item in value)
    return value
