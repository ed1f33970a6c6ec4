"""What an album holds, before it is a folder: the network's facts, its layers in order, their plates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from netinspect.pictures.page.plate import Plate

Facts = tuple[tuple[str, str], ...]
"""Names and values, as they are printed: ("parameters", "61,706")."""


@dataclass(frozen=True, slots=True)
class LayerEntry:
    """One layer of the page: its path, its type with arguments, facts (in, out, parameters, MACs …) and plates."""

    path: str
    type: str
    facts: Facts
    plates: tuple[Plate, ...] = ()


@dataclass(frozen=True, slots=True)
class Album:
    """A whole album.

    name, about  of the network
    banner       what must be said before anything is looked at ("random initialisation, seed 0: nothing learned")
    diagram      the architecture, first on the page
    forms        files of the same diagram in other formats, for slides and print
    overview     of the whole network: input, strip, health, …
    settings     what was asked for, for the manifest: plain data
    titles       of each kind of picture
    """

    name: str
    about: str
    facts: Facts
    banner: str | None
    diagram: tuple[Plate, ...]
    overview: tuple[Plate, ...]
    layers: tuple[LayerEntry, ...]
    settings: tuple[tuple[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def plates(self) -> Iterator[Plate]:
        """All of them, in the page's order."""
        yield from self.diagram
        yield from self.overview
        for layer in self.layers:
            yield from layer.plates
