"""Making one torch layer from its catalogue entry and its resolved arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from torch import nn

from netinspect.catalogue.entry import Entry
from netinspect.torch_backend.functions import spelled, torch_object


def make_layer(entry: Entry, arguments: Mapping[str, Any]) -> nn.Module:
    """The torch layer, on the default device, initialised as torch does it.

    `arguments` are the constructor's by name, the inferred ones included. A user's own class is given those alone that
    differ from their defaults, for it may pass the others on to its base class itself.
    """
    named = {argument.name: spelled(argument, arguments[argument.name]) for argument in entry.arguments}
    if entry.made_by is not None:
        defaults = {argument.name: argument.default for argument in entry.arguments}
        return cast(
            "nn.Module", entry.made_by(**{key: value for key, value in named.items() if value is not defaults[key]})
        )
    if entry.stack_of is not None:
        # A TransformerEncoder or TransformerDecoder: torch makes it from one of the layers it repeats.
        num_layers = named.pop("num_layers")
        stack: nn.Module = torch_object(entry.torch)(
            torch_object(entry.stack_of)(**named), num_layers, **dict(entry.stack_options)
        )
        return stack
    layer: nn.Module = torch_object(entry.torch)(**named)
    return layer
