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

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

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
