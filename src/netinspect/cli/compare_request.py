"""What `netinspect compare` was asked for, as the command line says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netinspect.cli.comparing import Target, Wanted
from netinspect.cli.layer_options import LayerOption
from netinspect.cli.values import assignment, input_shape


@dataclass(frozen=True, slots=True)
class Measuring:
    """`--measure` and what belongs to it, as given."""

    wanted: bool
    backward: bool
    limit: str
    memory_limit: str | None
    device: str


@dataclass(frozen=True, slots=True)
class Request:
    """All that was asked for on the command line."""

    specs: tuple[str, ...]
    layers: tuple[LayerOption, ...]
    wanted: Wanted
    target: Target
    formula: bool
    separable: bool
    expand: bool
    sort: str | None
    per_layer: bool
    baseline: str | None
    fail_on_increase: str | None
    measuring: Measuring
    plot: Path | None
    plot_size: str

    @property
    def is_alternatives(self) -> bool:
        """One spec, or single layers alone."""
        return self.baseline is None and (len(self.specs) == 1) != bool(self.layers) and len(self.specs) <= 1


def wanted(batch_size: int, dtype: str, assign: Sequence[str], shape: Sequence[str], *, strict: bool) -> Wanted:
    """What every spec is read with. InputError for a `--set` or `--input-shape` that is none."""
    return Wanted(
        batch_size=batch_size,
        dtype=dtype,
        assignments=tuple(assignment(text) for text in assign),
        input_shapes=tuple(input_shape(text) for text in shape),
        strict=strict,
    )
