"""The constructor arguments of a torch layer, read off the layer itself: make_layer turned round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import torch
from torch import nn

from netinspect.catalogue import LAYERS
from netinspect.catalogue.entry import Entry


def entry_of(module: nn.Module) -> Entry | None:
    """The catalogue's entry of a layer: of torch's class, or of one that inherits its `forward` and has no children.

    None where it was given another `forward`, or a weight that is worked out, as pruning does; and for a stack of
    layers that a spec says one by one: that differ, or have a norm behind them.
    """
    has_other_weight = isinstance(vars(module).get("weight"), torch.Tensor)
    if has_other_weight or "forward" in vars(module):
        return None
    for kind in type(module).__mro__:
        entry = LAYERS.get(kind.__name__)
        if entry is None or kind.__module__.partition(".")[0] != "torch":
            continue
        is_same = all(getattr(type(module), name, None) is getattr(kind, name, None) for name in _RUN)
        if type(module) is kind:
            if entry.stack_of is not None:
                try:
                    _stack_arguments(module, entry)
                except AttributeError:
                    return None
            return entry
        return entry if is_same and not any(True for _ in module.children()) else None
    return None


def base_of(module: nn.Module) -> Entry | None:
    """The catalogue's entry of the torch class that an author's own class extends."""
    kinds = [kind for kind in type(module).__mro__ if kind.__module__.partition(".")[0] == "torch"]
    return next((LAYERS[kind.__name__] for kind in kinds if kind.__name__ in LAYERS), None)


_RUN: Final = ("__call__", "forward", "_conv_forward")
"""What is run when a layer is called: a class that has its own computes something else."""


def layer_arguments(module: nn.Module, entry: Entry) -> dict[str, Any]:
    """The arguments with which torch makes such a layer, by name, as plain data; AttributeError for a foreign one."""
    if entry.stack_of is not None:
        return _stack_arguments(module, entry)
    elsewhere = _ELSEWHERE.get(entry.name, {})
    arguments = {}
    for name in (argument.name for argument in entry.arguments):
        value = elsewhere[name](module) if name in elsewhere else getattr(module, name)
        if name == "bias" and not isinstance(value, bool):
            value = value is not None
        arguments[name] = _plain(value)
    return arguments


def _stack_arguments(module: nn.Module, entry: Entry) -> dict[str, Any]:
    assert entry.stack_of is not None
    layers: Any = module.get_submodule("layers")
    layer_entry = LAYERS[entry.stack_of.rpartition(".")[2]]
    arguments = [layer_arguments(layer, layer_entry) for layer in layers]
    if any(other != arguments[0] for other in arguments) or getattr(module, "norm", None) is not None:
        raise AttributeError(f"{entry.name} of layers that differ, or with a norm behind them")
    return {"num_layers": len(layers), **arguments[0]}


def _plain(value: Any) -> Any:
    """A setting as data: words for functions and dtypes, tuples for torch's own sequences."""
    if isinstance(value, torch.Size | tuple | list):
        return tuple(_plain(item) for item in value)
    if isinstance(value, torch.dtype):
        return str(value).removeprefix("torch.")
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    raise AttributeError(f"{value!r} is no plain setting")


def _activation(module: Any) -> str:
    for word, function in (("relu", nn.functional.relu), ("gelu", nn.functional.gelu)):
        if module.activation is function or type(module.activation).__name__.lower() == word:
            return word
    raise AttributeError(f"an activation that is neither ReLU nor GELU: {module.activation!r}")


_ATTENTION: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType({
    "bias": lambda module: module.in_proj_bias is not None,
    "add_bias_kv": lambda module: module.bias_k is not None,
    "kdim": lambda module: None if module.kdim == module.embed_dim else module.kdim,
    "vdim": lambda module: None if module.vdim == module.embed_dim else module.vdim,
})  # fmt: skip

_TRANSFORMER_LAYER: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType({
    "d_model": lambda module: module.self_attn.embed_dim,
    "nhead": lambda module: module.self_attn.num_heads,
    "dim_feedforward": lambda module: module.linear1.out_features,
    "dropout": lambda module: module.dropout.p,
    "activation": _activation,
    "layer_norm_eps": lambda module: module.norm1.eps,
    "batch_first": lambda module: module.self_attn.batch_first,
    "bias": lambda module: module.linear1.bias is not None,
})  # fmt: skip


def _first(name: str) -> Callable[[Any], Any]:
    return lambda module: (
        _TRANSFORMER_LAYER[name](module.encoder.layers[0])
        if name in _TRANSFORMER_LAYER
        else getattr(module.encoder.layers[0], name)
    )


_ELSEWHERE: Final[Mapping[str, Mapping[str, Callable[[Any], Any]]]] = MappingProxyType({
    "PairwiseDistance": {"p": lambda module: module.norm},
    "MultiheadAttention": _ATTENTION,
    "TransformerEncoderLayer": _TRANSFORMER_LAYER,
    "TransformerDecoderLayer": _TRANSFORMER_LAYER,
    "Transformer": {
        **{name: _first(name) for name in ("dim_feedforward", "dropout", "activation", "layer_norm_eps",
                                           "norm_first", "bias")},
        "num_encoder_layers": lambda module: len(module.encoder.layers),
        "num_decoder_layers": lambda module: len(module.decoder.layers),
    },
})  # fmt: skip
"""Settings that no attribute of the argument's name holds."""
