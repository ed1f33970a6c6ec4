"""What every layer and function is: one `Entry` each, looked up by the name a spec uses."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from netinspect.catalogue import (
    activation,
    arithmetic,
    attention,
    conversion,
    convolution,
    creation,
    dropout,
    embedding,
    functional,
    joining,
    linear,
    normalisation,
    padding,
    pooling,
    products,
    rearranging,
    recurrent,
    reduction,
    selecting,
    shaping,
    transformer,
    weighted,
)
from netinspect.catalogue.entry import Entry

_FAMILIES: Final = (
    convolution, linear, pooling, normalisation, activation, padding, dropout, embedding,
    recurrent, attention, transformer, shaping, arithmetic, reduction, creation, rearranging, joining,
    selecting, products, functional, weighted, conversion,
)  # fmt: skip

ENTRIES: Final[tuple[Entry, ...]] = tuple(entry for family in _FAMILIES for entry in family.ENTRIES)

LAYERS: Final = MappingProxyType({entry.name: entry for entry in ENTRIES if entry.is_layer})
FUNCTIONS: Final = MappingProxyType({entry.name: entry for entry in ENTRIES if not entry.is_layer})

__all__ = ["ENTRIES", "FUNCTIONS", "LAYERS", "Entry"]
