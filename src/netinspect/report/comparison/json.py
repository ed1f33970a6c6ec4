"""A comparison as JSON: the models as `summary` writes them, and what was compared. A contract, as summary's.

Ratios are pairs of whole numbers, numerator and denominator, never rounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netinspect.analysis.alignment import Layer, aligned, layers_of
from netinspect.analysis.baseline import COUNTED, Changes, Increase, Snapshot
from netinspect.analysis.comparison import METRICS, Contender, figure
from netinspect.analysis.equivalents import FORMS, SEPARABLE, Alternatives, Cost, Figures, whole
from netinspect.analysis.measuring import MeasuredLayer, Measurement
from netinspect.report.json import document as envelope
from netinspect.report.json import model

if TYPE_CHECKING:
    from netinspect.findings import Finding
    from netinspect.reading import Reading


def document(readings: Sequence[Reading], increases: Sequence[Finding] = (), **compared: Any) -> str:
    """The whole document, ended by a newline. `increases` are found beside what is to be said of each network;
    `compared` are further fields, of plain data."""
    findings = [*(finding for reading in readings for finding in reading.findings), *increases]
    models = [
        {**model(reading), "label": reading.label, "results": dict(reading.network.results)}
        for reading in readings
        if reading.network is not None
    ]
    return envelope("compare", findings, models=models, **compared)


# --- alternatives ----------------------------------------------------------------------------


def alternatives(
    contenders: Sequence[Contender], layers: Sequence[Sequence[Alternatives]], measured: Measurement | None
) -> dict[str, Any]:
    """For each model its convolutions in every form."""
    entries = [_network(contender, forms) for contender, forms in zip(contenders, layers, strict=True)]
    measurement = None
    if measured is not None:
        measurement = {
            "device": measured.device,
            "threads": measured.threads,
            "torch": measured.torch,
            "batch_size": measured.batch_size,
            "layers": [_measured(layer) for layer in measured.layers],
        }
    return {"alternatives": entries, "measurement": measurement}


def _network(contender: Contender, layers: Sequence[Alternatives]) -> dict[str, Any]:
    totals = contender.profile.totals
    sums = Figures(totals.params, totals.macs, totals.param_bytes)
    forms = {form: whole(sums, layers, form) for form in (*FORMS, SEPARABLE)}
    return {
        "model": contender.label,
        "totals": {
            form: {"params": figures.params, "macs": figures.macs, "param_bytes": figures.param_bytes}
            for form, figures in forms.items()
        },
        "layers": [_alternatives(layer) for layer in layers],
    }


def _alternatives(layer: Alternatives) -> dict[str, Any]:
    convolution, local, full = layer.convolution, layer.locally_connected, layer.fully_connected
    return {
        "path": layer.path,
        "type": layer.type,
        "input_shape": list(layer.input_shape),
        "output_shape": list(layer.output_shape),
        "kernel_size": list(layer.kernel),
        "groups": layer.groups,
        "touches_padding": layer.touches_padding,
        "has_computed_weight": layer.has_computed_weight,
        "convolution": _cost(convolution),
        "locally_connected": _cost(local),
        "fully_connected": _cost(full),
        "separable": _cost(layer.separable) if layer.separable is not None else None,
        "locality_saves": [full.params, local.params],
        "sharing_saves": [local.params, convolution.params],
        "line": layer.line,
    }


def _cost(cost: Cost) -> dict[str, int | str]:
    return {
        "params": cost.params,
        "params_formula": cost.params_formula,
        "macs": cost.macs,
        "macs_formula": cost.macs_formula,
        "param_bytes": cost.param_bytes,
    }


def _measured(layer: MeasuredLayer) -> dict[str, Any]:
    fields = ("form", "direction", "median_ns", "lower_ns", "upper_ns", "runs")
    proof = layer.proof
    return {
        "path": layer.path,
        "timings": [{name: getattr(timing, name) for name in fields} for timing in layer.timings],
        "skipped": [{"form": form, "reason": reason} for form, reason in layer.skipped],
        "proof": None if proof is None else {
            "holds": proof.holds, "outputs": proof.outputs, "outputs_equal": proof.outputs_equal,
            "nonzeros": proof.nonzeros, "connections": proof.connections,
        },
    }  # fmt: skip


# --- networks --------------------------------------------------------------------------------


def networks(contenders: Sequence[Contender], *, first: Contender, per_layer: bool) -> dict[str, Any]:
    """Ratios to the first network given, and the aligned layers."""
    compared: dict[str, Any] = {
        "reference": first.label,
        "ratios": [
            {"model": contender.label, **{m.name: [figure(contender, m.name), figure(first, m.name)] for m in METRICS}}
            for contender in contenders
        ],
    }
    if per_layer:
        rows = aligned([layers_of(contender.profile) for contender in contenders])
        compared["aligned_layers"] = [[layer.path if layer is not None else None for layer in row] for row in rows]
    return compared


# --- baseline --------------------------------------------------------------------------------


def against(
    by_label: Mapping[str, Changes | None], passed: Mapping[str, Sequence[Increase]], missing: Sequence[Snapshot]
) -> dict[str, Any]:
    """For each model, by its label, what changed; None where the baseline does not have it."""
    comparisons = []
    for label, changes in by_label.items():
        compared: dict[str, Any] = {"baseline": None}
        if changes is not None:
            old, new = changes.old, changes.new
            compared = {
                "baseline": _snapshot(old),
                "resized": changes.resized,
                "totals": {name: {"old": old.total(name), "new": new.total(name)} for name in changes.totals},
                "layers": [
                    {
                        "change": change.kind,
                        "old": _layer(change.old) if change.old is not None else None,
                        "new": _layer(change.new) if change.new is not None else None,
                    }
                    for change in changes.layers
                ],
            }
        increases = [
            {"metric": each.limit.metric, "old": each.old, "new": each.new, "allowed": each.limit.text or "0"}
            for each in passed.get(label, ())
        ]
        comparisons.append({"model": label, **compared, "increases": increases})
    return {"comparisons": comparisons, "not_compared": [_snapshot(state) for state in missing]}


def _snapshot(state: Snapshot) -> dict[str, Any]:
    return {
        "name": state.name,
        "source": state.source,
        "variant": state.variant,
        "totals": {name: state.total(name) for name in COUNTED},
    }


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "path": layer.path,
        "type": layer.type,
        "input_shapes": [list(shape) for shape in layer.input_shapes],
        "output_shapes": [list(shape) for shape in layer.output_shapes],
        "params": layer.params,
        "trainable_params": layer.trainable_params,
        "shared_params": layer.shared_params,
        "macs": layer.macs,
    }
