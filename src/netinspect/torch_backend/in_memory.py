"""What comes in from Python rather than from files: models, state dicts, pictures, arrays and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from netinspect.errors import InputError
from netinspect.inputs.arrays import prepare_array
from netinspect.inputs.files import read_input
from netinspect.inputs.pictures import pixels_of, prepare_picture
from netinspect.network.network import Network
from netinspect.recording import Loaded, Prepared, WeightReport
from netinspect.torch_backend.batches import as_numpy
from netinspect.torch_backend.build import build
from netinspect.torch_backend.built_from import built_from, is_untouched
from netinspect.torch_backend.checkpoint import checkpoint_of
from netinspect.torch_backend.weights import WRAPPERS, Match, load_checkpoint
from netinspect.torch_backend.weights_order import state_types

IN_MEMORY: Final = "in memory"
"""What weights that come from no file are called: "trained: in memory"."""


def unwrapped(model: nn.Module) -> nn.Module:
    """The model inside those of DataParallel, DistributedDataParallel, FSDP, AveragedModel and torch.compile.
    InputError for what is no model."""
    if not isinstance(model, nn.Module):
        raise InputError(
            f"{type(model).__name__} is no network: give a torch module, a spec's file, a gallery name, or what "
            "netinspect.load returns"
        )
    while built_from(model) is None:
        inner = next((getattr(model, name) for name in WRAPPERS if hasattr(model, name)), None)
        if not isinstance(inner, nn.Module):
            break
        model = inner
    return model


def network_of(model: nn.Module) -> Network:
    """The network that netinspect built a model from. InputError for any other model."""
    known = built_from(unwrapped(model))
    if known is None:
        raise InputError(
            f"this {type(model).__name__} does not say which network it is: give `network=`, the spec of a network "
            "with the same state dict"
        )
    return known.network


def seed_of(model: nn.Module, seed: int) -> int:
    """The seed a model was built with; `seed` for one that netinspect did not build."""
    known = built_from(unwrapped(model))
    return seed if known is None else known.seed


def as_built(
    model: nn.Module, network: Network, *, seed: int, partial: bool = False, match: Match = "name"
) -> tuple[nn.Module, Loaded | None]:
    """A model that can be watched, and what is known of its weights: None while they are as it was built.

    A model that netinspect built from `network` is taken itself. Of any other, and of one that was changed since or
    holds other numbers (half, double), the state dict is loaded into a model of the network; SpecError E602 where it
    does not fit.
    """
    model = unwrapped(model)
    known = built_from(model)
    is_ours = known is not None and known.network is network
    if is_ours and _is_as_specified(model, network):
        if is_untouched(model):
            return model, None
        shapes = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
        reports = tuple(WeightReport(key, shape, "loaded", key, shape) for key, shape in shapes.items())
        return model, Loaded(IN_MEMORY, (), "", "name", reports, ())
    built, loaded = with_state(network, model.state_dict(), seed=seed, partial=partial, match=match)
    return built, None if is_ours and _is_initial(model, network, seed) else loaded


def _is_as_specified(model: nn.Module, network: Network) -> bool:
    """Whether its tensors are those of the spec in name, shape and kind, and gradients can be taken."""
    kinds = {key: (kind.shape, kind.dtype) for key, kind in state_types(network).items()}
    state = model.state_dict()
    kinds_now = {key: (tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")) for key, tensor in state.items()}
    return kinds_now == kinds and not any(tensor.is_inference() or tensor.is_meta for tensor in state.values())


def _is_initial(model: nn.Module, network: Network, seed: int) -> bool:
    """Whether its parameters are those of a new model, rounded to the kind of numbers they are now."""
    new = dict(build(network, seed=seed).named_parameters())
    now = dict(model.named_parameters())
    return new.keys() == now.keys() and all(torch.equal(new[key].to(now[key].dtype), now[key].cpu()) for key in new)


def with_state(
    network: Network,
    state: Mapping[str, Tensor],
    *,
    seed: int,
    partial: bool = False,
    match: Match = "name",
    source: str = IN_MEMORY,
) -> tuple[nn.Module, Loaded]:
    """The network's model with the tensors of a state dict, as from a file called `source`. SpecError E602 where they
    do not fit, InputError for what is no state dict."""
    if not isinstance(state, Mapping):
        raise InputError(f"`weights=` take a file or a state dict, model.state_dict(), not {type(state).__name__}")
    checkpoint = checkpoint_of(state, source)
    if any(tensor.is_meta for tensor in checkpoint.tensors.values()):
        raise InputError('the model is on the device "meta", where weights have no values; build it on the CPU')
    built = build(network, seed=seed)
    return built, load_checkpoint(built, network, checkpoint, partial=partial, match=match)


# --- inputs ----------------------------------------------------------------------------------


def prepare(value: Any, network: Network) -> tuple[Prepared, ...]:
    """What a network is shown: a Pillow image, an array, a tensor, a file; a list with one for each input, or several
    for the only one. InputError for what does not fit."""
    values = list(value) if isinstance(value, list | tuple) else [value]
    if not values:
        raise InputError("the list of inputs is empty; leave `input=` out for noise")
    inputs = network.inputs
    if len(inputs) == 1:
        inputs *= len(values)
    elif len(inputs) != len(values):
        names = ", ".join(item.name for item in inputs)
        raise InputError(f"the network has {len(inputs)} inputs ({names}); give a list with one for each, in order")
    prepared = []
    for each, item in zip(values, inputs, strict=True):
        if isinstance(each, str | Path):
            prepared.append(read_input(each, item))
        elif isinstance(each, Image.Image):
            prepared.append(prepare_picture(pixels_of(each, "the picture"), item, "a picture"))
        elif isinstance(each, Tensor):
            if each.is_meta or each.layout is not torch.strided or each.is_quantized:
                raise InputError(
                    'a tensor that is sparse, quantized or on "meta" is no input; make it dense, on the CPU'
                )
            prepared.append(prepare_array(as_numpy(each), item, "a tensor"))
        elif isinstance(each, np.ndarray):
            prepared.append(prepare_array(each, item, "an array"))
        else:
            kind = type(each).__name__
            raise InputError(
                f"{kind} is no input: give a file, a Pillow image, a numpy array, a tensor, or a list of them"
            )
    return tuple(prepared)
