"""torchinfo's view of a model: output shapes and parameter counts, layer by layer.

It is asked only for what it is right about. Its MACs are wrong for several layers; its totals count shared
parameters twice and miss those a container owns. It is run on a model on the meta device, in evaluation mode,
because in training mode it changes BatchNorm's statistics and the random state.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from netinspect.extras import need
from netinspect.network.interfaces import calls_of
from netinspect.network.network import Network


@dataclass(frozen=True, slots=True)
class Opinion:
    """A layer's first output's shape (None for a layer that torchinfo does not watch) and its parameters."""

    path: str
    shape: tuple[int, ...] | None
    params: int


def torchinfo_opinions(model: nn.Module, network: Network) -> tuple[Opinion, ...]:
    """One opinion for each layer that torchinfo lists, for the reported batch size. `model` is on meta."""
    need("torchinfo", purpose="verifying")
    import torchinfo

    inputs = [
        torch.empty(item.value.type.shape, dtype=getattr(torch, item.value.type.dtype), device="meta")
        for item in network.inputs
    ]
    listed = torchinfo.summary(model, input_data=inputs, mode="eval", verbose=0, depth=1_000).summary_list
    modules = dict(model.named_modules(remove_duplicate=False))
    waiting: dict[int, list[str]] = {}
    for call in calls_of(network.root):
        if call.module is not None:
            waiting.setdefault(id(modules[call.module]), []).append(call.path)
    opinions = []
    for layer in listed:
        paths = waiting.get(layer.layer_id)
        if paths:
            shape = tuple(layer.output_size) if layer.executed else None
            opinions.append(Opinion(paths.pop(0), shape, layer.num_params))
    return tuple(opinions)
