"""What the axes of a tensor stand for: the input's axis they run along, and seconds or Hz where that is known; which
frequency each channel of a bank of filters listens for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from netinspect.analysis.receptive_field import Axis, Field, Sight
from netinspect.network.network import Call, Network, NetworkInput, Value
from netinspect.pictures.draw.axes import FREQUENCIES, Clock
from netinspect.pictures.draw.scaling import peak_frequencies
from netinspect.recording import Array, Kernel

SPECTRA: Final = ("stft", "log_mel")

STEREO: Final = 2
"""Input channels up to which filters hear the sound itself: their frequencies are shown as they are heard, each octave
as long as the next."""

_KEEP_CHANNELS: Final = ("activation", "dropout", "normalisation", "pooling")


def along(value: Value, axis: int, network: Network, sights: dict[Value, Sight]) -> str | None:
    """The name of the input's axis that a tensor's axis runs along."""
    if value not in sights or axis >= len(value.type.shape):
        return None
    source = sights[value].along(axis)
    return network.inputs[source[0]].axes[source[1] - 1] if source is not None else None


def sample_rate(value: Value, axis: int, network: Network, sights: dict[Value, Sight]) -> float | None:
    """Cells of a tensor's axis in a second, where it runs along a sound's samples."""
    source = sights[value].along(axis) if value in sights else None
    if source is None:
        return None
    item, field = network.inputs[source[0]], sights[value].fields.get(source)
    rate = item.preprocess.get("sample_rate")
    is_sound = item.axes[source[1] - 1] == "time" and not any(step in item.preprocess for step in SPECTRA)
    return float(rate) / float(field.stride) if rate and field and is_sound else None


def dilation(call: Call, axis: int) -> int:
    """Cells of its input from one tap of a convolution to the next, along an axis of its weight."""
    spacing = call.arguments.get("dilation", 1)
    return int(spacing[axis - 2] if isinstance(spacing, list | tuple) else spacing)


def clock(value: Value, axis: int, network: Network, sights: dict[Value, Sight]) -> Clock | None:
    """When the cells of a tensor's axis are, where it runs along a sound or its spectrogram."""
    source = sights[value].along(axis) if value in sights else None
    if source is None:
        return None
    seconds = _seconds(network.inputs[source[0]], network.inputs[source[0]].axes[source[1] - 1])
    field = _field(value, axis, source, network, sights) if seconds is not None else None
    if seconds is None or field is None:
        return None
    middle = (field.lows[0] + field.highs[0] + 1) / 2
    return Clock(float(field.stride) * seconds, (middle - float(field.stride) / 2) * seconds)


def _seconds(item: NetworkInput, name: str) -> float | None:
    """From one cell of an input's axis to the next; None where that is no time that `preprocess` knows."""
    if name != ("time" if "time" in item.axes else "width"):
        return None
    steps = item.preprocess
    mel: dict[str, Any] = steps.get("log_mel", {})
    rate = mel.get("sample_rate") or steps.get("sample_rate")
    hop = mel.get("hop_length") or steps.get("stft", {}).get("hop_length") or 1
    return hop / rate if rate else None


def _field(value: Value, axis: int, source: Axis, network: Network, sights: dict[Value, Sight]) -> Field | None:
    """What a cell sees along an axis; where it sees all of it, what it saw before it did (a recurrent layer and
    attention keep their steps). None where the number of steps has changed since."""
    makers = network.makers
    cells, field = value.type.shape[axis], sights[value].fields.get(source)
    while field is None:
        before = (
            earlier
            for earlier in (makers[value].inputs if value in makers else ())
            if earlier in sights
            and any(
                sights[earlier].along(place) == source and size == cells
                for place, size in enumerate(earlier.type.shape)
            )
        )
        nearest = next(before, None)
        if nearest is None:
            return None
        value, field = nearest, sights[nearest].fields.get(source)
    return field


def frequencies(value: Value, axis: int, network: Network, sights: dict[Value, Sight]) -> Array | None:
    """In Hz, of each cell of a tensor's axis, where it runs along a spectrogram's rows."""
    source = sights[value].along(axis) if value in sights else None
    field = sights[value].fields.get(source) if source is not None else None
    if source is None or field is None or network.inputs[source[0]].axes[source[1] - 1] not in FREQUENCIES:
        return None
    rows = _rows(network.inputs[source[0]])
    if rows is None or len(rows) != network.inputs[source[0]].value.type.shape[source[1]]:
        return None
    middles = [(field.low(cell) + field.high(cell)) / 2 for cell in range(value.type.shape[axis])]
    return np.interp(middles, np.arange(len(rows)), rows)


def _rows(item: NetworkInput) -> Array | None:
    """Hz of each row of an input's spectrogram, as its `preprocess` makes it."""
    from netinspect.inputs.spectra import mel_frequencies, stft_frequencies

    steps = item.preprocess
    if "log_mel" in steps:
        mel = steps["log_mel"]
        return mel_frequencies(mel)
    if "stft" in steps and "sample_rate" in steps:
        return stft_frequencies(steps["stft"]["n_fft"], steps["sample_rate"])
    return None


# --- filters over time -----------------------------------------------------------------------


def taps_axis(call: Call) -> int | None:
    """The axis of a convolution's weight that runs over time: of a Conv1d, or a Conv2d over what is one cell wide."""
    if call.entry.name not in ("Conv1d", "Conv2d") or not call.result.parameters:
        return None
    shape, space = call.result.parameters[0].shape, call.inputs[0].type.shape[2:]
    if len(shape) == 3:
        return 2 if shape[2] > 2 else None
    long = [axis for axis in (2, 3) if shape[axis] > 2]
    return long[0] if len(long) == 1 and space[3 - long[0]] == 1 and shape[5 - long[0]] == 1 else None


def without_width(weight: Array, call: Call | None) -> Array:
    """Filters over time, also where they stand in a convolution over pictures one cell wide."""
    axis = taps_axis(call) if call is not None else None
    return weight if axis is None else weight.reshape(*weight.shape[:2], weight.shape[axis])


def filter_peaks(
    call: Call, network: Network, kernels: Mapping[str, Kernel], sights: dict[Value, Sight]
) -> tuple[Array, str] | None:
    """Where the filter behind each channel of a call's output responds most, (channels,), and in which unit: Hz, or
    cycles per sample where nobody knows the sample rate; of a dilated filter's equal peaks the lowest. None where the
    channels are no outputs of such filters, or of filters that read maps and not a sound.

    In that order what the filters make of a sound can be read like a spectrogram. ReLU, norms and pooling keep the
    channels of the filters before them.
    """
    # The convolution whose output channels a call hands on
    makers = network.makers
    bank: Call | None = call
    while bank is not None and bank.entry.family in _KEEP_CHANNELS:
        bank = makers.get(bank.inputs[0]) if bank.inputs else None
    axis = taps_axis(bank) if bank is not None else None
    kernel = kernels.get(f"{bank.module}.weight") if bank is not None else None
    if bank is None or axis is None or kernel is None or bank.inputs[0].type.shape[1] > STEREO:
        return None
    weight = kernel.values.reshape(*kernel.values.shape[:2], kernel.values.shape[axis])
    if len(weight) != call.outputs[0].type.shape[1]:
        return None
    rate = sample_rate(bank.inputs[0], axis, network, sights)
    peaks = peak_frequencies(weight) / dilation(bank, axis)
    return (peaks * rate, "Hz") if rate else (peaks, "cycles per sample")
