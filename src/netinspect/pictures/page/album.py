"""What an album holds, before it is a folder: the network's facts, its layers in order, their plates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from netinspect.pictures.page.plate import Plate

Facts = tuple[tuple[str, str], ...]
"""Names and values, as they are printed: ("parameters", "61,706")."""


@dataclass(frozen=True, slots=True)
class AnswerEntry:
    """What one output of the network says, as a picture and in rows.

    output  its name; "" where it has none
    about   what the network was shown
    rows    (name, number, what it measures, the number as it is written) each, the answer first
    """

    plate: Plate
    output: str
    about: str
    is_trained: bool
    rows: tuple[tuple[str, float, str, str], ...]


@dataclass(frozen=True, slots=True)
class LayerEntry:
    """One layer of the page.

    stem    its place on the page, as in its files: `03_conv1`
    path    `features.3.conv`
    title   its path, with its type where its own name is a mere number: `conv1`, `4 MaxPool2d`
    type    with its kernel's sizes
    facts   in, out, parameters, MACs …
    block   what a block is called that is made like an earlier one, `layer1.2 Bottleneck, made like layer1.1`: its
            layers stand folded
    """

    stem: str
    path: str
    title: str
    type: str
    facts: Facts
    plates: tuple[Plate, ...] = ()
    block: str = ""


@dataclass(frozen=True, slots=True)
class Album:
    """A whole album.

    name, about  of the network
    banner       what must be said before anything is looked at ("random initialisation, seed 0: nothing learned")
    answers      what the network says, first on the page
    diagram      the architecture
    linked_diagram   as SVG for the page itself, its boxes linked with the layers' places; "" where there is none
    forms        files of the same diagram in other formats, for slides and print
    moving       files of pictures that move
    overview     of the whole network: input, strip, health, …
    settings     what was asked for, for the manifest: plain data
    titles       of each kind of picture
    ground       whether the page is light or dark, or as its viewer prefers
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
    moving: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    ground: Literal["viewer", "light", "dark"] = "viewer"
    answers: tuple[AnswerEntry, ...] = ()
    linked_diagram: str = ""

    @property
    def plates(self) -> Iterator[Plate]:
        """All of them, in the page's order."""
        yield from (answer.plate for answer in self.answers)
        yield from self.diagram
        yield from self.overview
        for layer in self.layers:
            yield from layer.plates
