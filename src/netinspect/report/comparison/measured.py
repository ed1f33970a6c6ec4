"""Measured times, laid out: median and quartiles of each form, what was skipped, and the proof."""

from __future__ import annotations

from typing import Final

from netinspect.analysis.measuring import Measurement, Proof
from netinspect.analysis.text import factor
from netinspect.report.comparison.page import Grid
from netinspect.report.grid import Column

FORMS: Final = ("convolution", "unfolded", "fully_connected")
_UNFOLDED: Final = (
    "unfolded: every window copied into a row, then one matrix product; fully connected: one matrix with the "
    "convolution's weights where it has connections, and zeros"
)
_UNITS: Final = (("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1_000), ("ns", 1))


def grids(measured: Measurement) -> tuple[Grid, ...]:
    """A grid for each direction that was measured."""
    directions = dict.fromkeys(timing.direction for layer in measured.layers for timing in layer.timings)
    tables = []
    for direction in directions:
        columns = [Column("layer", is_numeric=False, wraps=True), *(Column(form.replace("_", " ")) for form in FORMS)]
        columns += [Column("unfolded takes"), Column("fully connected takes")]
        lines = []
        for layer in measured.layers:
            convolution, *others = (layer.timing(form, direction) for form in FORMS)
            factors = (
                factor(other.median_ns, convolution.median_ns) if convolution and other else "" for other in others
            )
            times = []
            for timing in (convolution, *others):
                if timing is None:
                    times.append("skipped")
                else:
                    unit, size = next((unit, size) for unit, size in _UNITS if timing.median_ns >= size or size == 1)
                    lower, upper = (_in_unit(number, size) for number in (timing.lower_ns, timing.upper_ns))
                    times.append(f"{_in_unit(timing.median_ns, size)} {unit} ({lower}-{upper})")
            lines.append((layer.path, *times, *factors))
        tables.append(Grid(f"time of one {direction} pass", tuple(columns), tuple(lines)))
    return tuple(tables)


def notes(measured: Measurement) -> tuple[str, ...]:
    """The machine, what the columns are, the proof, and what was skipped."""
    threads = f"{measured.threads} thread{'s' * (measured.threads != 1)}"
    where = (
        f"measured on {measured.device}, {threads}, torch {measured.torch}, float32, batch {measured.batch_size}, "
        "after warming up: median of the runs, with the quartiles in brackets"
    )
    texts = [where, _UNFOLDED]
    proven = [(layer.path, layer.proof) for layer in measured.layers if layer.proof is not None]
    failed = [(path, proof) for path, proof in proven if not proof.holds]
    if proven and not failed:
        texts.append(
            "proof: written as one matrix, with whole-number weights, each convolution gives the same output to the "
            "last bit, and the matrix has exactly the counted connections as non-zeros "
            f"({len(proven)} of {len(measured.layers)})"
        )
    texts += [proof_text(path, proof) for path, proof in failed]
    reasons: dict[str, list[str]] = {}
    for layer in measured.layers:
        for form, reason in layer.skipped:
            reasons.setdefault(f"{form.replace('_', ' ')} skipped: {reason}", []).append(layer.path)
    return (*texts, *(f"{paths[0]}: {reason}" for reason, paths in reasons.items()))


def _in_unit(nanoseconds: int, size: int) -> str:
    value = nanoseconds / size
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def proof_text(path: str, proof: Proof) -> str:
    """What a proof that fails says."""
    outputs = "the same outputs" if proof.outputs_equal else "other outputs"
    return (
        f"{path}: the convolution as one matrix gives {outputs}, with {proof.nonzeros:,} non-zeros; "
        f"{proof.connections:,} connections were counted"
    )
