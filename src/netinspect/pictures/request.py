"""What `visualize` was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Step = Callable[[str, int], None]
"""Told what is being done, and by how many figures that brings it on."""


PICTURE_ENDINGS: Final = (".png", ".svg", ".pdf")
"""An output that ends so is one picture."""


@dataclass(frozen=True, slots=True)
class Looks:
    """The options that say how pictures look.

    diagram_width  pixels that the diagram is laid out for; None for those of a page
    dark           whether the ground of page and diagram is dark; None for as the viewer prefers, in pixels light
    query          row and column of the pixel, as the network sees the photograph, whose patch's attention is shown
    """

    scale: Literal["layer", "kernel", "network"] = "layer"
    order: Literal["index", "norm", "activation", "frequency"] = "index"
    max_tiles: int = 64
    gamma: float = 1.0
    clip: float = 99.5
    diagram_width: int | None = None
    dark: bool | None = None
    query: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """The command line. `what` is as typed; `checks.kinds_of` says which kinds that means; with `has_own_weights` the
    spec stands for a model that brings its own."""

    spec: str
    output: Path
    weights: Path | None = None
    partial: bool = False
    match: Literal["name", "order"] = "name"
    inputs: tuple[Path, ...] = ()
    dataset: Path | None = None
    top_inputs: int = 9
    unit: str | None = None
    what: str | None = None
    layers: str | None = None
    looks: Looks = Looks()
    seed: int = 0
    device: str = "cpu"
    memory_limit: int | None = None
    everything: bool = False
    save_arrays: bool = False
    dry_run: bool = False
    force: bool = False
    sample: int | None = None
    assignments: tuple[tuple[str, str], ...] = ()
    input_shapes: tuple[tuple[str, tuple[int, ...]], ...] = ()
    has_own_weights: bool = False

    @property
    def is_picture(self) -> bool:
        """Whether the output is the file of one picture, and no folder."""
        return self.output.suffix.lower() in PICTURE_ENDINGS and not self.output.is_dir()
