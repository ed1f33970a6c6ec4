"""What the axes of a tensor stand for: the input's axis they run along, and seconds or Hz where that is known."""

from __future__ import annotations

from typing import Any, Final

from netinspect.analysis.receptive_field import Axis, Field, Sight
from netinspect.network.network import Call, Network, NetworkInput, Value
from netinspect.pictures.draw.axes import FREQUENCIES, Clock
from netinspect.recording import Array

SPECTRA: Final = ("stft", "log_mel")


def along(value: Value, axis: int, network: Network, sights: dict[Value, Sight]) -> str | None:
    """The name of the input's axis that a tensor's axis runs along."""
    if value not in sights or axis >= len(value.type.shape):
        return None
    found = sights[value].along(axis)
    return network.inputs[found[0]].axes[found[1] - 1] if found is not None else None


def sample_rate(value: Value, axis: int, network: Network, sights: dict[Value, Sight]) -> float | None:
    """Cells of a tensor's axis in a second, where it runs along a sound's samples."""
    found = sights[value].along(axis) if value in sights else None
    if found is None:
        return None
    given, field = network.inputs[found[0]], sights[value].fields.get(found)
    rate = given.preprocess.get("sample_rate")
    is_sound = given.axes[found[1] - 1] == "time" and not any(step in given.preprocess for step in SPECTRA)
    return float(rate) / float(field.stride) if rate and field and is_sound else None


def dilation(call: Call, axis: int) -> int:
    """Cells of its input from one tap of a convolution to the next, along an axis of its weight."""
    given = call.arguments.get("dilation", 1)
    return int(given[axis - 2] if isinstance(given, list | tuple) else given)


def clock(value: Value, axis: int, network: Network, sights: dict[Value, Sight]) -> Clock | None:
    """When the cells of a tensor's axis are, where it runs along a sound or its spectrogram."""
    found = sights[value].along(axis) if value in sights else None
    if found is None:
        return None
    seconds = _seconds(network.inputs[found[0]], network.inputs[found[0]].axes[found[1] - 1])
    field = _field(value, axis, found, network, sights) if seconds is not None else None
    if seconds is None or field is None:
        return None
    middle = (field.lows[0] + field.highs[0] + 1) / 2
    return Clock(float(field.stride) * seconds, (middle - float(field.stride) / 2) * seconds)


def _seconds(given: NetworkInput, name: str) -> float | None:
    """From one cell of an input's axis to the next; None where that is no time that `preprocess` knows."""
    if name != ("time" if "time" in given.axes else "width"):
        return None
    steps = given.preprocess
    mel: dict[str, Any] = steps.get("log_mel", {})
    rate = mel.get("sample_rate") or steps.get("sample_rate")
    hop = mel.get("hop_length") or steps.get("stft", {}).get("hop_length") or 1
    return hop / rate if rate else None


def _field(value: Value, axis: int, found: Axis, network: Network, sights: dict[Value, Sight]) -> Field | None:
    """What a cell sees along an axis; where it sees all of it, what it saw before it did (a recurrent layer and
    attention keep their steps). None where the number of steps has changed since."""
    makers = network.makers
    cells, seen = value.type.shape[axis], sights[value].fields.get(found)
    while seen is None:
        before = (
            one
            for one in (makers[value].inputs if value in makers else ())
            if one in sights
            and any(sights[one].along(place) == found and size == cells for place, size in enumerate(one.type.shape))
        )
        nearest = next(before, None)
        if nearest is None:
            return None
        value, seen = nearest, sights[nearest].fields.get(found)
    return seen


def frequencies(value: Value, axis: int, network: Network, sights: dict[Value, Sight]) -> Array | None:
    """In Hz, of each cell of a tensor's axis, where it runs along a spectrogram's rows."""
    import numpy as np

    found = sights[value].along(axis) if value in sights else None
    field = sights[value].fields.get(found) if found is not None else None
    if found is None or field is None or network.inputs[found[0]].axes[found[1] - 1] not in FREQUENCIES:
        return None
    rows = _rows(network.inputs[found[0]])
    if rows is None or len(rows) != network.inputs[found[0]].value.type.shape[found[1]]:
        return None
    middles = [(field.low(cell) + field.high(cell)) / 2 for cell in range(value.type.shape[axis])]
    return np.interp(middles, np.arange(len(rows)), rows)


def _rows(given: NetworkInput) -> Array | None:
    """Hz of each row of an input's spectrogram, as its `preprocess` makes it."""
    from netinspect.inputs.spectra import mel_frequencies, stft_frequencies

    steps = given.preprocess
    if "log_mel" in steps:
        mel = steps["log_mel"]
        return mel_frequencies(mel)
    if "stft" in steps and "sample_rate" in steps:
        return stft_frequencies(steps["stft"]["n_fft"], steps["sample_rate"])
    return None
