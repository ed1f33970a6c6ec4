"""What a built model remembers: its network, its seed, and what its weights were, so that it can be drawn later.

A model that is trained in a notebook is drawn as it is then. Whether anything was learned since it was built is told
by a fingerprint of its parameters.
"""

from __future__ import annotations

from types import NoneType
from typing import Any, Final

import torch
from torch import nn

from netinspect.network.network import Network

_NAME: Final = "_netinspect"
_WORD: Final = 8


class BuiltFrom:
    """Goes along with a copy of the model. Pickled it is None: a pickle of a model needs torch and no more."""

    __slots__ = ("fingerprint", "network", "seed")

    def __init__(self, network: Network, seed: int, fingerprint: tuple[int, ...]) -> None:
        self.network = network
        self.seed = seed
        self.fingerprint = fingerprint

    def __deepcopy__(self, _memo: dict[int, Any]) -> BuiltFrom:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return NoneType, ()


def remember(model: nn.Module, network: Network, seed: int) -> None:
    """Have `model`, just built from `network`, know what it was built from."""
    setattr(model, _NAME, BuiltFrom(network, seed, fingerprint(model)))


def built_from(model: nn.Module) -> BuiltFrom | None:
    """What a model was built from; None for one that netinspect did not build, or that was pickled."""
    origin = vars(model).get(_NAME)
    return origin if isinstance(origin, BuiltFrom) else None


def is_untouched(model: nn.Module) -> bool:
    """Whether the parameters are still those the model was built with."""
    known = built_from(model)
    return known is not None and known.fingerprint == fingerprint(model)


def fingerprint(model: nn.Module) -> tuple[int, ...]:
    """For each parameter the sum of its bytes, eight at a time: the same on every device; 0 on "meta"."""
    sums = []
    for parameter in model.parameters():
        if parameter.is_meta:
            sums.append(0)
            continue
        flat = parameter.detach().contiguous().view(-1)
        aligned = flat if flat.storage_offset() * flat.element_size() % _WORD == 0 else flat.clone()
        plain = aligned.view(torch.uint8)
        aligned_bytes = len(plain) - len(plain) % _WORD
        sums.append(int(plain[:aligned_bytes].view(torch.int64).sum()) + int(plain[aligned_bytes:].sum()))
    return tuple(sums)
