"""What comes in from Python rather than from files: models, state dicts, pictures, arrays and tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image
from torch import Tensor, nn

from netinspect.errors import InputError
from netinspect.network.network import Network, NetworkInput
from netinspect.recording import Array, Loaded, Prepared, WeightReport
from netinspect.torch_backend.build import build
from netinspect.torch_backend.built_from import built_from, is_untouched
from netinspect.torch_backend.checkpoint import Checkpoint
from netinspect.torch_backend.inputs import prepare_array, read_input
from netinspect.torch_backend.pictures import pixels_of, prepare_picture
from netinspect.torch_backend.weights import Match, load_checkpoint

IN_MEMORY: Final = "in memory"
"""What weights that come from no file are called: "trained: in memory"."""


def network_of(model: nn.Module) -> Network:
    """The network that netinspect built a model from. InputError for any other model."""
    known = built_from(model)
    if known is None:
        raise InputError(
            f"this {type(model).__name__} does not say which network it is: give `network=`, the spec of a network "
            "with the same state dict"
        )
    return known.network


def seed_of(model: nn.Module, seed: int) -> int:
    """The seed a model was built with; `seed` for one that netinspect did not build."""
    known = built_from(model)
    return seed if known is None else known.seed


def as_built(
    model: nn.Module, network: Network, *, seed: int, partial: bool = False, match: Match = "name"
) -> tuple[nn.Module, Loaded | None]:
    """A model that can be watched, and what is known of its weights: None while they are as it was built.

    A model that netinspect built from `network` is taken itself. Of any other the state dict is loaded into a model
    of the network; SpecError E602 where it does not fit.
    """
    known = built_from(model)
    if known is not None and known.network is network:
        return model, None if is_untouched(model) else _in_memory(model)
    return with_state(network, model.state_dict(), seed=seed, partial=partial, match=match)


def with_state(
    network: Network, state: Mapping[str, Tensor], *, seed: int, partial: bool = False, match: Match = "name"
) -> tuple[nn.Module, Loaded]:
    """The network's model with the tensors of a state dict, as from a file. SpecError E602 where they do not fit."""
    own = build(network, seed=seed)
    tensors = {name: tensor.detach().cpu() for name, tensor in state.items()}
    checkpoint = Checkpoint(IN_MEMORY, is_safetensors=False, tensors=tensors, unwrapped=())
    return own, load_checkpoint(own, network, checkpoint, partial=partial, match=match)


def _in_memory(model: nn.Module) -> Loaded:
    state = model.state_dict()
    reports = (WeightReport(key, tuple(one.shape), "loaded", key, tuple(one.shape)) for key, one in state.items())
    return Loaded(IN_MEMORY, (), "", "name", tuple(reports), ())


# --- inputs ----------------------------------------------------------------------------------


def prepare(value: Any, network: Network) -> tuple[Prepared, ...]:
    """What a network is shown: a Pillow image, an array, a tensor, a file; a list with one for each input, or several
    for the only one. InputError for what does not fit."""
    values = list(value) if isinstance(value, list | tuple) else [value]
    inputs = list(_inputs(values, network.inputs))
    return tuple(_prepared(one, given) for one, given in zip(values, inputs, strict=True))


def _inputs(values: Sequence[Any], inputs: Sequence[NetworkInput]) -> Iterator[NetworkInput]:
    if len(inputs) > 1 and len(inputs) != len(values):
        names = ", ".join(given.name for given in inputs)
        raise InputError(f"the network has {len(inputs)} inputs ({names}); give a list with one for each, in order")
    return iter(inputs if len(inputs) > 1 else [inputs[0]] * len(values))


def _prepared(value: Any, given: NetworkInput) -> Prepared:
    if isinstance(value, str | Path):
        return read_input(value, given)
    if isinstance(value, Image.Image):
        return prepare_picture(pixels_of(value, "the picture"), given, "a picture")
    if isinstance(value, Tensor):
        plain = value.detach().cpu()
        return prepare_array((plain if plain.dtype.is_complex else _known(plain)).numpy(), given, "a tensor")
    return prepare_array(_array(value), given, "an array")


def _known(tensor: Tensor) -> Tensor:
    """As numpy has it: bfloat16 as float32."""
    return tensor.float() if tensor.is_floating_point() and tensor.element_size() == 2 else tensor


def _array(value: Any) -> Array:
    if not isinstance(value, np.ndarray):
        kind = type(value).__name__
        raise InputError(
            f"a {kind} is no input: give a file, a Pillow image, a numpy array, a tensor, or a list of them"
        )
    return value
