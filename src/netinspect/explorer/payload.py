"""The data of the page: the graph as plain data, and the arrays as bytes.

docs/explore.md describes both, key by key. The page's script and the interpreter of the tests read nothing else.
"""

from __future__ import annotations

import json
import math
import zlib
from base64 import b85encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netinspect.analysis.receptive_field import Sight, sights
from netinspect.explorer.operation import Operand, Operation
from netinspect.explorer.run import Exploration, planes
from netinspect.explorer.stills import Still
from netinspect.network.axes import unit_axes
from netinspect.network.network import Network, NetworkInput, Value
from netinspect.pictures.kinds.output import answer
from netinspect.recording import Array, AttendedPlaces, Prepared

if TYPE_CHECKING:
    from netinspect.analysis.figures import Profile, Row

FORMAT: Final = 1

SOUND_SAMPLES: Final = 1 << 18
"""Of a longer sound a part around the chosen frame is taken along: 16 seconds at 16,000 samples a second."""

ANSWERS: Final = 5
"""So many numbers of the output are said to readers without JavaScript."""

ARITHMETIC: Final = frozenset({"sample_rate", "frame", "hop_length", "normalize"})
"""Steps of `preprocess` after which the page can make a frame of a sound itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What else the page says: about the spec, the weights, and the inputs with the files that they were taken from."""

    about: str = ""
    origin: str = ""
    is_random: bool = False
    warnings: tuple[str, ...] = ()
    samples: tuple[Prepared, ...] = ()
    files: tuple[Prepared, ...] = ()
    index: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Payload:
    """The graph as JSON, and the arrays, packed. For readers without a script the maps of values, by
    their numbers, and the largest numbers of the first output with their names, where it is one row of numbers."""

    network: str
    numbers: str
    stills: Mapping[int, Still] = field(default_factory=dict)
    answers: tuple[tuple[str, float], ...] = ()


def payload(exploration: Exploration, profile: Profile, facts: Facts) -> Payload:
    """The data of the page. The same exploration gives the same texts."""
    arrays = _Arrays()
    head = _head(exploration, profile, facts, arrays)
    text = json.dumps(_plain(head), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    kept = exploration.stills
    stills = {at: kept[value] for at, value in enumerate(_values(exploration)) if value in kept}
    answers = _answers(exploration.outputs[0], head["labels"])
    return Payload(text, packed(b"".join(arrays.parts)), stills, answers)


def _answers(output: Array, labels: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """The largest numbers of an output of shape (1, count), the largest first."""
    if output.ndim != 2 or output.dtype.kind != "f":
        return ()
    numbers = output[0].astype(float)
    places = np.argsort(-numbers, kind="stable")[:ANSWERS]
    return tuple((labels[at] if at < len(labels) else str(at), float(numbers[at])) for at in places)


def _values(exploration: Exploration) -> list[Value]:
    """The values of the page, in the order of their numbers: inputs, then what the steps give."""
    inputs = [item.value for item in exploration.network.inputs]
    return inputs + [value for step in exploration.steps for value in step.outputs]


def packed(data: bytes) -> str:
    """Compressed, in base85 with a comma in place of `<`: a text that can stand in an element of a page."""
    compressed = []
    for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED):  # the one is better for texts, the other for weights
        compressor = zlib.compressobj(9, zlib.DEFLATED, strategy=strategy)
        compressed.append(compressor.compress(data) + compressor.flush())
    return b85encode(min(compressed, key=len)).decode("ascii").replace("<", ",")


@dataclass(slots=True)
class _Arrays:
    """The arrays so far: what the head says of each, and their bytes."""

    heads: list[dict[str, Any]] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)
    length: int = 0

    def add(self, array: Array) -> int:
        """The number of an array that is float32, float16 or int32."""
        self.heads.append({"dtype": array.dtype.name, "shape": array.shape, "offset": self.length})
        self.parts.append(planes(array))
        self.length += array.nbytes
        return len(self.heads) - 1


def _plain(item: Any) -> Any:
    """For JSON, which has no numbers for infinity and what is no number: those are words."""
    if isinstance(item, Mapping):
        return {key: _plain(value) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [_plain(value) for value in item]
    if isinstance(item, float) and not math.isfinite(item):
        return "NaN" if math.isnan(item) else "Infinity" if item > 0 else "-Infinity"
    return item


# --- the head ------------------------------------------------------------------------------------


def _head(exploration: Exploration, profile: Profile, facts: Facts, arrays: _Arrays) -> dict[str, Any]:
    network = exploration.network
    values = _values(exploration)
    numbers = {value: number for number, value in enumerate(values)}
    rows = {row.path: row for row in profile.root.rows}
    axes, fields = unit_axes(network), sights(network)
    for step in exploration.steps:  # what lies inside a layer of several steps sees no less than all of the tokens
        for value in step.outputs:
            fields.setdefault(value, fields[step.call.outputs[0]])
            axes.setdefault(value, value.type.rank - 1)
    return {
        "format": FORMAT,
        "name": network.name,
        "about": facts.about,
        "source": network.source,
        "variant": network.variant,
        "origin": facts.origin,
        "is_random": facts.is_random,
        "warnings": [*facts.warnings, *_warnings(exploration)],
        "notes": [*_precision_notes(exploration), *network.notes, *facts.notes],
        "inputs": list(_inputs(network.inputs, numbers, facts, arrays)),
        "outputs": [
            {"name": name, "value": numbers.get(value), "is_scores": _are_scores(name, value, array, network, fields)}
            for (name, value), array in zip(network.outputs, exploration.outputs, strict=True)
        ],
        "labels": _labels(network),
        "values": [_value(value, exploration, axes.get(value), fields.get(value), arrays) for value in values],
        "operations": [
            _operation(step, exploration, numbers, rows.get(step.path), arrays) for step in exploration.steps
        ],
        "tensors": {key: arrays.add(array) for key, array in exploration.tensors.items()},
        "arrays": arrays.heads,
    }


def _are_scores(name: str, value: Value, array: Array, network: Network, sights: dict[Value, Sight]) -> bool:
    """Whether the picture of the answer takes the softmax of this row of numbers; so does the page then."""
    if array.dtype.kind not in "fiu":
        return False
    result = answer(name, value, array, network, sights)
    return result.form == "ranking" and result.measure == "softmax"


def _labels(network: Network) -> list[str]:
    """Names of the numbers of the first output, or what they stand for on their scale."""
    labels = network.labels.get(network.outputs[0][0])
    if labels is None:
        return []
    return [*labels.names] or [f"{point:.5g} {labels.unit}".strip() for point in labels.points]


def _warnings(exploration: Exploration) -> Iterator[str]:
    bad = [key for key, array in exploration.tensors.items() if not np.isfinite(array).all()]
    if bad:
        more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
        yield f"Some weights are NaN or infinite: {', '.join(bad[:3])}{more}; so is what comes from them."
        return
    inputs = exploration.network.inputs
    bad = [item.name for item in inputs if not np.isfinite(exploration.stored[item.value]).all()]
    if bad:
        yield f"Some numbers of the input are NaN or infinite: {', '.join(bad)}; so is what comes from them."
    elif not all(np.isfinite(array).all() for array in exploration.outputs):
        yield "The output is NaN or infinite though all weights are finite: its numbers go beyond float32."


def _precision_notes(exploration: Exploration) -> Iterator[str]:
    if any(array.dtype == np.float16 for array in exploration.tensors.values()):
        change = exploration.change
        moved = "" if change is None else f": an output moves by {change:.2g} at most"
        yield f"Large weights are rounded to half precision{moved}."
    whys = {step.settings["why"]: step.call.path for step in exploration.steps if step.kind == "recorded"}
    if "size" in whys or "unknown" in whys:
        yield "Some layers are recorded: their numbers are seen, and not worked out again when something is changed."


def _value(
    value: Value, exploration: Exploration, unit_axis: int | None, sight: Sight | None, arrays: _Arrays
) -> dict[str, Any]:
    stored, checks = exploration.stored.get(value), exploration.checks.get(value)
    return {
        "path": value.origin,
        "shape": value.type.shape,
        "unit_axis": unit_axis,
        "upwards": exploration.upwards.get(value),
        "fields": [] if sight is None else list(_fields(sight, value.type.rank)),
        "stored": None if stored is None else arrays.add(stored),
        "checks": None if checks is None else arrays.add(checks),
    }


def _fields(sight: Sight, rank: int) -> Iterator[dict[str, Any]]:
    for (number, axis), of_axis in sight.fields.items():
        along = next((place for place in range(rank) if sight.along(place) == (number, axis)), None)
        if of_axis is None or along is None:
            yield {"input": number, "axis": axis, "along": None}
        else:
            yield {
                "input": number, "axis": axis, "along": along,
                "lows": of_axis.lows, "highs": of_axis.highs, "step": of_axis.step,
            }  # fmt: skip


def _operation(
    step: Operation, exploration: Exploration, numbers: Mapping[Value, int], row: Row | None, arrays: _Arrays
) -> dict[str, Any]:
    def taken(operand: Operand) -> Any:
        if isinstance(operand, tuple):
            return [taken(item) for item in operand]
        if isinstance(operand, Value):
            return numbers.get(operand)
        return operand if operand is None or isinstance(operand, str) else {"number": operand}

    def stored(setting: Any) -> Any:
        if isinstance(setting, np.ndarray):
            return arrays.add(setting)
        return tuple(map(stored, setting)) if isinstance(setting, tuple) else setting

    attends = step.kind in ("attention", "multihead_attention", "softmax")
    attended = exploration.attended.get(step.path) if attends else None
    return {
        "path": step.path,
        "type": step.title if step.path != step.call.path else step.call.entry.name,
        "kind": step.kind,
        "settings": {name: stored(setting) for name, setting in step.settings.items()},
        "inputs": {name: taken(operand) for name, operand in step.inputs.items()},
        "outputs": [numbers[value] for value in step.outputs],
        "row": None if row is None else _row(row),
        **({} if attended is None else {"attended": _attended(attended, arrays)}),
    }


def _attended(places: AttendedPlaces, arrays: _Arrays) -> dict[str, Any]:
    return {
        "input": places.input,
        "edges": places.edges,
        "queries": arrays.add(places.queries.astype(np.int32)),
        "keys": arrays.add(places.keys.astype(np.int32)),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "params": row.params,
        "params_formula": row.params_formula,
        "macs": row.macs,
        "macs_formula": row.macs_formula,
        "bytes": row.activation_bytes,
        "receptive_field": row.receptive_field,
        "stride": row.stride,
        "scope": row.scope,
        "line": row.line,
    }


# --- inputs --------------------------------------------------------------------------------------


def _inputs(
    inputs: Sequence[NetworkInput], numbers: Mapping[Value, int], facts: Facts, arrays: _Arrays
) -> Iterator[dict[str, Any]]:
    samples = {sample.input: sample for sample in facts.samples}
    files = {file.input: file for file in facts.files}
    for item in inputs:
        sample, file = samples[item.name], files.get(item.name)
        yield {
            "name": item.name,
            "value": numbers[item.value],
            "axes": item.axes,
            "source": sample.source,
            "is_noise": sample.is_noise,
            "high": item.high,
            "preprocess": item.preprocess,
            "notes": sample.notes,
            "frames": None if file is None else _frames(file, item, facts.index, arrays),
        }


def _frames(file: Prepared, item: NetworkInput, index: int, arrays: _Arrays) -> dict[str, Any] | None:
    """The sound that the frame was cut from, or a part of it around that frame; None where there is none."""
    if file.sound is None or not file.frame_starts:
        return None
    length = int(item.preprocess["frame"])
    middle = file.frame_starts[index] + length // 2
    first = max(0, min(middle - SOUND_SAMPLES // 2, file.sound.samples.shape[1] - SOUND_SAMPLES))
    places = [
        number for number, start in enumerate(file.frame_starts)
        if first <= start and start + length <= first + SOUND_SAMPLES
    ]  # fmt: skip
    channels = item.value.type.elements // length
    samples = file.sound.samples[:, first : first + SOUND_SAMPLES]
    can_be_cut = ARITHMETIC.issuperset(item.preprocess) and channels in (1, len(samples))
    samples = samples.mean(axis=0, keepdims=True) if channels == 1 or not can_be_cut else samples
    frames = {
        "sound": arrays.add(samples.astype(np.float32)),
        "sample_rate": file.sound.sample_rate,
        "starts": arrays.add(np.array([file.frame_starts[place] - first for place in places], np.int32)),
        "length": length,
        "first": places[0],
        "count": len(file.frame_starts),
        "begins": first,
        "chosen": places.index(index),
        "steps": [[name, setting] for name, setting in item.preprocess.items() if name == "normalize"],
    }
    if not can_be_cut:
        frames["values"] = arrays.add(file.array[places[0] : places[-1] + 1].astype(np.float16))
    return frames
