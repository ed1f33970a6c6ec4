"""What `visualize` was asked for, checked as far as options alone allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from netinspect.errors import InputError
from netinspect.language import closest

KINDS: Final = (
    "architecture", "input", "strip", "kernels", "activations", "responses", "sequence", "attention", "top_inputs",
    "convolution", "health", "histograms", "equivariance", "activation_functions",
)  # fmt: skip
"""The kinds of figures, in the page's order."""

STUDIES: Final = frozenset({"health", "histograms", "equivariance", "activation_functions"})
"""Those that need more than one forward pass, or many axes: drawn if asked for, or with `--all`."""

FOR_THE_ASKING: Final = {"top_inputs": "--dataset DIR", "convolution": "--unit LAYER:C,Y,X"}
"""Those that need to be told more."""


Step = Callable[[str, int], None]
"""Told what is being done, and by how many figures that brings it on."""


@dataclass(frozen=True, slots=True)
class Looks:
    """The options that say how pictures look."""

    scale: Literal["layer", "kernel", "network"]
    order: Literal["index", "norm", "activation", "frequency"]
    max_tiles: int
    gamma: float
    clip: float


@dataclass(frozen=True, slots=True)
class Request:
    """The command line. `what` is as typed; `kinds` says which figures that means."""

    spec: str
    output: Path
    weights: Path | None
    partial: bool
    match: Literal["name", "order"]
    inputs: tuple[Path, ...]
    dataset: Path | None
    top_inputs: int
    unit: str | None
    what: str | None
    layers: str | None
    looks: Looks
    seed: int
    device: str
    memory_limit: int | None
    everything: bool
    save_arrays: bool
    dry_run: bool
    force: bool

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of figures that are wanted, whether or not the network has them."""
        if self.what is not None:
            return frozenset(_listed(self.what))
        told = {"top_inputs": self.dataset, "convolution": self.unit}
        untold = {kind for kind, value in told.items() if value is None}
        return frozenset(KINDS) - untold - (frozenset() if self.everything else STUDIES)


def _listed(text: str) -> Sequence[str]:
    return [word.strip().replace("-", "_") for word in text.split(",") if word.strip()]


def check(request: Request) -> None:
    """InputError for options that contradict each other or name what there is not."""
    kinds = _listed(request.what) if request.what is not None else ()
    for kind in kinds:
        if kind not in KINDS:
            guess = closest(kind, KINDS)
            hint = f"did you mean `{guess}`?" if guess else f"one of {', '.join(KINDS)}"
            raise InputError(f"--what: there is no kind of figure `{kind}`; {hint}")
    if request.what is not None and not kinds:
        raise InputError(f"--what names no kind of figure: {', '.join(KINDS)}")
    if "top_inputs" in kinds and request.dataset is None:
        raise InputError(f"--what top_inputs needs {FOR_THE_ASKING['top_inputs']}")
    if "convolution" in kinds and request.unit is None:
        raise InputError(f"--what convolution needs {FOR_THE_ASKING['convolution']}")
    if not 0.01 <= request.looks.gamma <= 100:
        raise InputError(f"--gamma {request.looks.gamma:g}: give a number from 0.01 to 100")
    if not 0 < request.looks.clip <= 100:
        raise InputError(f"--clip {request.looks.clip:g}: give a percentile above 0, 100 at most")
    if request.weights is None and (request.partial or request.match != "name"):
        raise InputError("--partial and --match say how --weights is loaded; give --weights FILE")
    if request.dataset is not None and request.weights is None and not request.force:
        raise InputError(
            "without --weights nothing is learned, and top inputs would pretend it was; give --weights FILE, "
            "or --force to draw those of random weights"
        )
