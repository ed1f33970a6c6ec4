"""Which frequency each channel listens for, where the channels are the outputs of a bank of filters over time.

In that order what the filters make of a sound can be read like a spectrogram. ReLU, norms and pooling keep the channels
of the filters before them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netinspect.analysis.receptive_field import Sight
from netinspect.network.network import Call, Network, Value
from netinspect.pictures.axes import dilation, sample_rate
from netinspect.pictures.draw.scaling import peak_frequencies
from netinspect.pictures.kinds.responses import STEREO
from netinspect.pictures.plan import taps_axis
from netinspect.recording import Array, Kernel

_KEEP_CHANNELS: Final = ("activation", "dropout", "normalisation", "pooling")


def filter_peaks(
    call: Call, network: Network, kernels: Mapping[str, Kernel], sights: dict[Value, Sight]
) -> tuple[Array, str] | None:
    """Where the filter behind each channel of a call's output responds most, (channels,), and in which unit: Hz, or
    cycles per sample where nobody knows the sample rate; of a dilated filter's equal peaks the lowest. None where the
    channels are no outputs of such filters, or of filters that read maps and not a sound."""
    bank = _bank(call, network)
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


def _bank(call: Call, network: Network) -> Call | None:
    """The convolution whose output channels a call hands on."""
    makers = network.makers
    found: Call | None = call
    while found is not None and found.entry.family in _KEEP_CHANNELS:
        found = makers.get(found.inputs[0]) if found.inputs else None
    return found
