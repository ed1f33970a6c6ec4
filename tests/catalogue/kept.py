"""What autograd saves for backward, told by torch's own hooks, and the same as the catalogue's rules say it."""

from __future__ import annotations

import warnings
from typing import Any

import torch

from netinspect.catalogue.entry import Entry, Result, TensorType
from netinspect.catalogue.entry import TensorType as T
from tests.catalogue.torch_side import call_arguments, construct, find, flat, ours, pick, type_of


def kept_by_torch(entry: Entry, forward: dict[str, Any]) -> list[str]:
    """The storages autograd saves, as `input 0`, `output` or the type of an extra tensor; scalars left out."""
    positional, named = call_arguments(entry, forward, "cpu")
    tensors = [value for value in flat((*positional, *named.values())) if isinstance(value, torch.Tensor)]
    saved: list[torch.Tensor] = []

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        result = pick(find(entry.torch)(*positional, **named), entry)
    names = {tensor.untyped_storage().data_ptr(): f"input {i}" for i, tensor in enumerate(tensors)}
    for i, tensor in enumerate(result if entry.gives_list else result[:1]):
        names.setdefault(tensor.untyped_storage().data_ptr(), "output" if i == 0 else f"output {i}")
    distinct = {tensor.untyped_storage().data_ptr(): tensor for tensor in saved if tensor.dim() and tensor.numel()}
    return sorted(names.get(pointer) or _extra(stored(tensor)) for pointer, tensor in distinct.items())


def stored(tensor: torch.Tensor) -> TensorType:
    """All that a view's memory holds."""
    return TensorType((tensor.untyped_storage().nbytes() // tensor.itemsize,), type_of(tensor).dtype)


def bytes_kept_by_torch(entry: Entry, forward: dict[str, T], arguments: dict[str, Any]) -> int:
    """Bytes that autograd saves in a layer's training step on the CPU, its own parameters left out."""
    module = construct(entry, dict(arguments), "cpu").train()
    own = {parameter.untyped_storage().data_ptr() for parameter in module.parameters()}
    saved: dict[int, torch.Tensor] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        saved[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    positional, named = call_arguments(entry, forward, "cpu")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mkldnn.flags warns of an Intel GPU that is not there
        without = torch.backends.mkldnn.flags(enabled=False)
        with without, torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            output = module(*positional, **named)
    assert output is not None
    return sum(tensor.untyped_storage().nbytes() for pointer, tensor in saved.items() if pointer not in own)


def bytes_kept_by_us(result: Result, inputs: list[T]) -> int:
    """The same of the rule's `saved`."""
    sizes = (
        inputs[one].bytes if isinstance(one, int) else result.outputs[0].bytes if one == "output" else one.bytes
        for one in result.saved_at_most
        if isinstance(one, int | TensorType) or one == "output"
    )
    return sum(sizes)


def kept_by_us(entry: Entry, forward: dict[str, Any]) -> list[str]:
    """The same of the rule's `saved`; tensors without axes left out."""
    result = ours(entry, forward)
    tensors = [value for value in flat(tuple(forward.values())) if isinstance(value, TensorType)]
    words = set()
    for one in result.saved_at_most:
        if isinstance(one, int) and tensors[one].rank:
            words.add(f"input {one}")
        if one == "output" and result.outputs[0].rank:
            words.add("output")
    return sorted([*words, *(_extra(one) for one in result.saved_at_most if isinstance(one, TensorType) and one.rank)])


def _extra(tensor: TensorType) -> str:
    return f"{tensor.elements} more of {tensor.dtype}"
