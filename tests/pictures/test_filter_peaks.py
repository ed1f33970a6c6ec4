"""The channels behind a bank of filters know which frequency each of them listens for."""

import numpy as np
import pytest

from netinspect.analysis.receptive_field import sights
from netinspect.network.load import load
from netinspect.pictures.axes import filter_peaks
from netinspect.recording import Kernel

SPEC = """\
input:
  shape: {channels: 1, time: 800}
  preprocess: {sample_rate: 8000}
layers:
  - bank: Conv1d(3, kernel_size=64, stride=2)
  - BatchNorm1d
  - ReLU
  - pool: MaxPool1d(2)
  - second: Conv1d(4, kernel_size=1)
  - Flatten
  - fc: Linear(2)
"""
SINES = np.sin(2 * np.pi * np.array([[1000], [250], [500]]) * np.arange(64) / 8000)[:, None].astype(np.float32)


@pytest.fixture
def network(tmp_path):
    def make(spec):
        (tmp_path / "net.yaml").write_text(spec, encoding="utf-8")
        return load(str(tmp_path / "net.yaml"))

    return make


def found(net, path, weight=SINES):
    call = next(call for call in net.calls if call.path == path)
    kernel = Kernel("bank", "bank.weight", "weight", "Conv1d", weight, (), "loaded")
    return filter_peaks(call, net, {"bank.weight": kernel}, sights(net))


@pytest.mark.parametrize("path", ["bank", "1", "2", "pool"])
def test_the_bank_and_what_keeps_its_channels(network, path):
    peaks, unit = found(network(SPEC), path)
    assert unit == "Hz"
    assert peaks.tolist() == pytest.approx([1000, 250, 500], abs=16)


def test_taps_further_apart_answer_to_lower_frequencies(network):
    peaks, _ = found(network(SPEC.replace("stride=2", "dilation=4")), "2")
    assert peaks.tolist() == pytest.approx([250, 62.5, 125], abs=4)


@pytest.mark.parametrize("path", ["second", "5", "fc"])
def test_what_mixes_the_channels_has_none(network, path):
    assert found(network(SPEC), path) is None


def test_without_a_sample_rate_a_frequency_is_a_share_of_it(network):
    peaks, unit = found(network(SPEC.replace("preprocess: {sample_rate: 8000}", "preprocess: {}")), "2")
    assert unit == "cycles per sample"
    assert peaks.tolist() == pytest.approx([1 / 8, 1 / 32, 1 / 16], abs=0.002)


def test_a_bank_one_cell_wide_as_crepe_has_it(network):
    spec = SPEC.replace("time: 800}", "time: 800, width: 1}").replace("Conv1d(3, kernel_size=64, stride=2)",
                                                                      "Conv2d(3, kernel_size=(64, 1))")  # fmt: skip
    spec = spec[: spec.index("  - BatchNorm1d")] + "  - ReLU\n"
    peaks, unit = found(network(spec), "1", SINES[..., None])
    assert (unit, peaks.tolist()) == ("Hz", pytest.approx([1000, 250, 500], abs=16))


@pytest.mark.parametrize("bank", ["Conv1d(3, kernel_size=64)", "Conv1d(3, kernel_size=64, groups=3)"])
def test_filters_over_maps_hear_no_sound(network, bank):
    lines = f"layers:\n  - maps: Conv1d(3, kernel_size=1)\n  - bank: {bank}\n  - ReLU\n"
    net = network(SPEC[: SPEC.index("layers:")] + lines)
    weight = SINES if "groups" in bank else SINES.repeat(3, axis=1)
    assert found(net, "bank", weight) is None
    assert found(net, "2", weight) is None
