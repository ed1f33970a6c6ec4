"""The torch model of a Network, as a person would have written it.

Every scope of the spec is a module of its own: `print(model)`, `model.layer1[0](x)`, hooks, `state_dict`,
`copy.deepcopy`, pickling, `torch.compile`, `torch.export` and `torch.onnx.export` work as they do elsewhere.
"""

from __future__ import annotations

import torch
from torch import nn

from netinspect.network.network import Network
from netinspect.torch_backend.device import plain_torch
from netinspect.torch_backend.graph import root_module


@plain_torch()
def build(network: Network, *, device: str = "cpu", seed: int = 0) -> nn.Module:
    """The torch model of `network`, in training mode as torch makes every model.

    Its state dict has the spec's keys in the spec's order. It takes the network's inputs in order or by name, with
    any batch size, and other lengths than the spec's where the layers allow them. It returns the last line's
    tensor, or the tuple of `outputs:`.

    device  "meta" for shapes alone, without memory. For real values build again on "cpu": a model that is moved
            with `to_empty()` has garbage in BatchNorm's statistics.
    seed    of torch's own initialisation; the caller's random state is neither used nor changed.

    A layer that is called from an inner list is held there by a plain object, not registered a second time
    (see `scope_module.Shared`): its keys stay where it was made.
    """
    with torch.random.fork_rng(devices=[]), torch.device(device):
        torch.default_generator.manual_seed(seed)
        model = root_module(network)
    modules = dict(model.named_modules(remove_duplicate=False))
    parameters = dict(model.named_parameters(remove_duplicate=False))
    for tied, target in network.ties.items():  # another name of the parameter it is tied to
        owner, _, key = tied.rpartition(".")
        modules[owner].register_parameter(key, parameters[target])
    for name, parameter in model.named_parameters(remove_duplicate=False):
        if any(name == path or name.startswith(f"{path}.") for path in network.frozen):
            parameter.requires_grad_(False)
    return model
