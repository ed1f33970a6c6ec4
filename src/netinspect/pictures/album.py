"""Plates, facts and files: the album of a network, and the folder it becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from netinspect.analysis.figures import Row
from netinspect.analysis.text import field_sizes, input_sizes, output_sizes, tensors_sizes, thousands
from netinspect.language.mel_bands import empty_bands_in_words
from netinspect.pictures.draw.text import cannot_draw
from netinspect.pictures.over_time import OUTPUT, saved_outputs
from netinspect.pictures.page.album import Album, Facts, LayerEntry
from netinspect.pictures.page.plate import Plate
from netinspect.pictures.plan import INPUTS, OUTPUTS, OVER_TIME, Plan, PlannedLayer
from netinspect.pictures.request import Request
from netinspect.pictures.run import Session
from netinspect.pictures.scene import by_name
from netinspect.recording import Loaded
from netinspect.version import VERSION

ANSWERS: Final = 5
"""So many of the names that come first in the network's answer are told."""

NAMED: Final = 3
"""So many files that could not be read are named."""


def album(plan: Plan, session: Session, request: Request, about: str, plates: dict[str, Plate]) -> Album:
    """What the page and the manifest say, with the plates by file."""
    own = {file for layer in plan.layers for file in layer.files}
    diagram = tuple(plate for plate in plates.values() if plate.description.kind == "architecture")
    return Album(
        name=plan.network.name,
        about=about,
        facts=_facts(plan, session),
        banner=session.banner,
        diagram=diagram,
        overview=tuple(plate for file, plate in plates.items() if file not in own and plate not in diagram),
        layers=tuple(_entry(layer, plates) for layer in plan.layers),
        settings=_settings(plan, session, request),
        notes=notes(session),
        forms=plan.diagrams[1:] if diagram else (),
    )


def notes(session: Session) -> tuple[str, ...]:
    """What must be said of the network, its weights and its inputs."""
    weights = (*session.weights.notes, *_extra(session.weights)) if session.weights is not None else ()
    mel = (given.preprocess.get("log_mel") for given in session.network.inputs)
    bands = (empty_bands_in_words(settings) for settings in mel if settings is not None)
    inputs = (note for prepared in session.shown for note in prepared.notes)
    run = (*_not_finite(session), *_answer(session))
    said = (*session.network.notes, *filter(None, bands), *weights, *inputs, *run, *_left_out(session.unread))
    drawn = (session.network.name, session.seen, session.weights.title if session.weights is not None else "")
    return tuple(dict.fromkeys((*said, *cannot_draw(drawn))))


def _extra(weights: Loaded) -> Iterator[str]:
    if weights.extra:
        count = "1 tensor" if len(weights.extra) == 1 else f"{len(weights.extra):,} tensors"
        names = ", ".join(f"`{name}`" for name in weights.extra[:8])
        rest = f" and {len(weights.extra) - 8:,} more" if weights.extra[8:] else ""
        yield f"{weights.source} holds {count} that the network lacks: {names}{rest}"


def _not_finite(session: Session) -> Iterator[str]:
    """Where numbers stop being finite: in an input, or with which layer."""
    inputs = [(p.source, p.array) for p in session.shown if p.array.dtype.kind == "f"]
    bad = [(source, array.size - int(np.isfinite(array).sum()), array.size) for source, array in inputs]
    first = session.recording.not_finite
    if any(count for _, count, _ in bad):
        source, count, values = next(one for one in bad if one[1])
        yield f"{count:,} of {values:,} values of {source} are not finite (NaN or infinite)"
    elif first is not None:
        outputs = [values for _, values in session.recording.outputs if values.dtype.kind == "f"]
        count = sum(values.size - int(np.isfinite(values).sum()) for values in outputs)
        total = sum(values.size for values in outputs)
        share = f"{first.count:,} of its {first.values:,} values"
        after = f"{count:,} of {total:,} values of the output are not finite" if count else "the output is finite"
        yield f"{first.what} from `{first.path}` ({first.type}) on: {share}; {after}"


def _answer(session: Session) -> Iterator[str]:
    """The names of the largest numbers that a trained network puts out, where the spec has `labels`: as shares of a
    whole, unless its last layer makes probabilities."""
    labels, network = session.network.labels, session.network
    if not labels or session.weights is None or not session.weights.is_complete:
        return
    values = np.asarray(session.recording.outputs[0][1], dtype=np.float64)[0]
    if values.ndim > 1 or not np.isfinite(values).all():
        return
    last = network.makers.get(network.outputs[0][1])
    if last is None or last.entry.effect not in ("shares", "squashes"):
        shares = np.exp(values - values.max())
        values = shares / shares.sum()
    best = np.argsort(-values, kind="stable")[:ANSWERS]
    yield f"the network's answer: {', '.join(f'{labels[index]} {values[index]:.1%}' for index in best)}"


def _left_out(unread: Mapping[str, str]) -> Iterator[str]:
    """What is said of files that could not be read: how many, the first few with the reason."""
    if unread:
        first = "; ".join(f"{file}: {unread[file]}" for file in sorted(unread)[:NAMED])
        count = "1 file cannot be read and is" if len(unread) == 1 else f"{len(unread):,} files cannot be read and are"
        more = f"; and {len(unread) - NAMED:,} more" if len(unread) > NAMED else ""
        yield f"{count} left out: {first}{more}"


def _facts(plan: Plan, session: Session) -> Facts:
    totals, named = plan.profile.totals, len(plan.profile.inputs) > 1
    weights = session.weights.title if session.weights is not None else f"random, seed {session.seed}"
    return (
        ("input", ", ".join(input_sizes(given, named=named) for given in plan.profile.inputs)),
        ("parameters", thousands(totals.params)),
        ("MACs", thousands(totals.macs)),
        ("layers", thousands(totals.layers)),
        ("weights", weights),
        ("shown", session.seen),
    )


def _entry(layer: PlannedLayer, plates: dict[str, Plate]) -> LayerEntry:
    own = tuple(plates[file] for file in layer.files if file in plates)
    return LayerEntry(layer.row.path, _type(layer.row), _layer_facts(layer.row), own)


def _type(row: Row) -> str:
    kernel = "×".join(map(str, row.kernel)) if row.kernel else ""
    return f"{row.type} {kernel}".rstrip()


def _layer_facts(row: Row) -> Facts:
    known = (
        ("in", tensors_sizes(row.inputs) if row.inputs else ""),
        ("out", output_sizes(row.outputs, is_layer=row.is_layer)),
        ("parameters", thousands(row.params) if row.params else ""),
        ("shared with", row.shared_with or ""),
        ("MACs", thousands(row.macs) if row.macs else ""),
        ("sees", field_sizes(row.receptive_field)),
    )
    return tuple(fact for fact in known if fact[1])


def _settings(plan: Plan, session: Session, request: Request) -> tuple[tuple[str, Any], ...]:
    """Plain data for the manifest: no absolute paths, no time."""
    loaded = session.weights
    weights = None if loaded is None else {
        "file": loaded.source, "match": loaded.match, "complete": loaded.is_complete,
        "tensors": {tensor.key: tensor.state for tensor in loaded.tensors},
    }  # fmt: skip
    return (
        ("netinspect", VERSION),
        ("source", plan.network.source),
        ("variant", plan.network.variant),
        ("weights", weights),
        ("set", dict(request.assignments)),
        ("input_shapes", {name: list(sizes) for name, sizes in request.input_shapes}),
        ("inputs", [{"name": p.input, "source": p.source, "noise": p.is_noise} for p in session.shown]),
        ("seed", request.seed),
        ("layers", request.layers),
        ("look", asdict(request.looks)),
    )


# --- arrays --------------------------------------------------------------------------------------


def arrays(plan: Plan, session: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names of `data/*.npz` with the arrays in them: what was drawn, layer by layer, and in and out."""
    recorded = by_name(session.recording)
    yield INPUTS, {prepared.input: prepared.array for prepared in session.shown}
    for layer in plan.layers:
        found = {planned.key: recorded.kernels[planned.key].values for planned in layer.kernels}
        if layer.activation and layer.row.path in recorded.activations:
            found["activation"] = recorded.activations[layer.row.path].values
        if layer.sequence:
            found["hidden_states"] = recorded.hidden_states[layer.row.path]
        found.update({f"attention.{path}": recorded.attention[path].values for path, _ in layer.attention})
        if found:
            yield layer.arrays, found
    yield OUTPUTS, {name or OUTPUT: values for name, values in session.recording.outputs}
    if plan.is_framed:
        yield OVER_TIME, saved_outputs(session)
