"""Seeing every call of a network in one run of its model: what went in and what came out.

Layers are watched by module hooks and functions by running the scopes' graphs node by node, so a layer that is called
twice is seen twice. Everything is taken off again when the run ends, however it ends.
"""

from __future__ import annotations

import functools
import operator
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, fx, nn

from netinspect.network.interfaces import calls_of
from netinspect.network.network import Call, Network
from netinspect.network.torch_calls import output_places
from netinspect.torch_backend.build import CALL
from netinspect.torch_backend.device import slow_attention
from netinspect.torch_backend.scope_module import ScopeModule

Arguments = tuple[tuple[Any, ...], dict[str, Any]]
After = Callable[[Call, Arguments, Any], None]
"""Told of each call: its unnamed and named arguments as torch got them, and what torch returned."""

Before = Callable[[Call, Arguments], Arguments]
"""May give a function other arguments. Layers are not asked."""


@contextmanager
def watched(model: nn.Module, network: Network, after: After, before: Before | None = None) -> Iterator[None]:
    """While this holds, each run of `model` (built from `network`) tells `after` of every call, in order.

    The model is in evaluation mode, and attention's fast path off, for the while.
    """
    waiting = _Waiting(tuple(calls_of(network.root)))
    modules = dict(model.named_modules(remove_duplicate=False))
    layers = {id(modules[call.module]): modules[call.module] for call in waiting.calls if call.module is not None}

    def ended(_layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        after(waiting.next(), (args, kwargs), output)

    with ExitStack() as stack:
        stack.enter_context(evaluating(model))
        for layer in layers.values():
            stack.callback(layer.register_forward_hook(ended, with_kwargs=True).remove)
        for module in model.modules():
            if isinstance(module, ScopeModule):
                _watch_functions(module, waiting, after, before)
                stack.callback(vars(module).pop, "forward", None)
        stack.callback(model.register_forward_pre_hook(waiting.restart).remove)
        yield


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without attention's fast path, and every module back as it was afterwards; without torch's own
    remarks on the fast paths that it does not take."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with slow_attention(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=UserWarning, module=r"torch\.")
            yield
    finally:
        for module, mode in modes:
            module.training = mode


class _Waiting:
    """The calls in the order they are run, and which comes next."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self.position = 0

    def restart(self, *_: Any) -> None:
        self.position = 0

    def next(self) -> Call:
        call = self.calls[self.position]
        self.position += 1
        return call


def _watch_functions(module: ScopeModule, waiting: _Waiting, after: After, before: Before | None) -> None:
    class Watcher(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            if CALL not in n.meta or n.op == "call_module":
                return super().run_node(n)
            call = waiting.next()
            arguments = self.fetch_args_kwargs_from_env(n)
            arguments = before(call, arguments) if before is not None else arguments
            output = getattr(self, n.op)(n.target, *arguments)
            after(call, arguments, output)
            return output

    module.forward = Watcher(module, garbage_collect_values=True).run


def outputs_of(call: Call, returned: Any) -> tuple[Tensor, ...]:
    """The tensors that are a call's outputs, in its order, out of what torch returned."""
    if call.entry.gives_list:
        return tuple(returned)
    tensors = (functools.reduce(operator.getitem, place, returned) for place in output_places(call))
    return tuple(tensor for tensor in tensors if isinstance(tensor, Tensor))


def run(model: nn.Module, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The model's outputs for these inputs, as a tuple."""
    returned = model(*inputs)
    return (returned,) if isinstance(returned, Tensor) else tuple(returned)


def device_of(model: nn.Module) -> torch.device:
    """Where the model's weights are; the CPU for a model without any."""
    return next((tensor.device for tensor in model.state_dict().values()), torch.device("cpu"))
