"""What torch did in one run of a model on the meta device: for each call of the network, its outputs and MACs.

Every layer is watched by module hooks and every function by running the scopes' graphs node by node, so the
figures belong to single calls. Names of modules play no part: a layer that is called twice is seen twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.utils.flop_counter import FlopCounterMode

from netinspect.catalogue.entry import TensorType
from netinspect.network.interfaces import calls_of
from netinspect.network.network import Call, Network
from netinspect.network.torch_calls import output_places
from netinspect.torch_backend.device import slow_attention
from netinspect.torch_backend.graph import CALL
from netinspect.torch_backend.scope_module import ScopeModule


@dataclass(frozen=True, slots=True)
class Seen:
    """One call as torch ran it: the types of its outputs and its multiply-accumulates."""

    outputs: tuple[TensorType, ...]
    macs: int


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its calls in order, and the types of what the model returned.

    `refusal` is torch's message where it refused the call after the last one seen; then there is no result.
    """

    batch_size: int
    calls: tuple[Seen, ...]
    result: tuple[TensorType, ...]
    refusal: str | None = None


def observe(model: nn.Module, network: Network, batch_size: int) -> Run:
    """Run `model`, built on meta, in evaluation mode on a batch of that size.

    On meta FlopCounterMode counts what it misses elsewhere (LSTM, attention); the fast paths of attention are
    switched off for the run all the same.
    """
    inputs = [_input(item.value.types[0], batch_size) for item in network.inputs]
    calls = tuple(calls_of(network.root))
    seen: list[tuple[Any, int]] = []
    model.eval()
    with _watching(model, calls, seen), torch.no_grad():
        try:
            result = model(*inputs)
        except Exception as refused:  # noqa: BLE001  torch has many ways to refuse, and each is a finding
            return Run(batch_size, _by_call(calls, seen), (), f"{type(refused).__name__}: {refused}")
    return Run(batch_size, _by_call(calls, seen), tuple(_type(tensor) for tensor in _tensors(result)))


def _input(at_two: TensorType, batch_size: int) -> Tensor:
    return torch.empty((batch_size, *at_two.shape[1:]), dtype=getattr(torch, at_two.dtype), device="meta")


def _by_call(calls: tuple[Call, ...], seen: list[tuple[Any, int]]) -> tuple[Seen, ...]:
    pairs = zip(calls, seen, strict=False)
    return tuple(Seen(_outputs(call, given), flops // 2) for call, (given, flops) in pairs)


def _outputs(call: Call, given: Any) -> tuple[TensorType, ...]:
    if call.entry.gives_list:
        return tuple(_type(tensor) for tensor in given)
    found = (_at(given, place) for place in output_places(call))
    return tuple(_type(tensor) for tensor in found if isinstance(tensor, Tensor))


def _at(given: Any, place: tuple[int, ...]) -> Any:
    for index in place:
        given = given[index]
    return given


def _tensors(result: Any) -> Iterator[Tensor]:
    return iter((result,)) if isinstance(result, Tensor) else iter(result)


def _type(tensor: Tensor) -> TensorType:
    return TensorType(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))


# --- watching --------------------------------------------------------------------------------


@contextmanager
def _watching(model: nn.Module, calls: tuple[Call, ...], seen: list[tuple[Any, int]]) -> Iterator[None]:
    """While this holds, every call of the network adds what it gave and its FLOPs to `seen`."""
    counter = FlopCounterMode(display=False)
    with ExitStack() as stack:
        for module in {id(layer): layer for layer in _layers(model, calls)}.values():
            _watch_layer(module, counter.get_total_flops, seen, stack)
        for module in model.modules():
            if isinstance(module, ScopeModule):
                _watch_functions(module, counter.get_total_flops, seen, stack)
        stack.enter_context(slow_attention())
        stack.enter_context(counter)
        yield


def _layers(model: nn.Module, calls: tuple[Call, ...]) -> Iterator[nn.Module]:
    modules = dict(model.named_modules(remove_duplicate=False))
    return (modules[call.module] for call in calls if call.module is not None)


def _watch_layer(layer: nn.Module, total: Callable[[], int], seen: list[tuple[Any, int]], stack: ExitStack) -> None:
    before: list[int] = []

    def start(*_: Any) -> None:
        before.append(total())

    def end(_module: nn.Module, _inputs: Any, output: Any) -> None:
        seen.append((output, total() - before.pop()))

    stack.callback(layer.register_forward_pre_hook(start).remove)
    stack.callback(layer.register_forward_hook(end).remove)


def _watch_functions(
    module: ScopeModule, total: Callable[[], int], seen: list[tuple[Any, int]], stack: ExitStack
) -> None:
    """Run the module's graph node by node; layers are left to their hooks."""

    class Watcher(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            if CALL not in n.meta or n.op == "call_module":
                return super().run_node(n)
            before = total()
            given = super().run_node(n)
            seen.append((given, total() - before))
            return given

    module.forward = Watcher(module).run
    stack.callback(vars(module).pop, "forward")
