"""The axes of a layer's output are known in seconds and Hz where the spec's `preprocess` says what the input is."""

import numpy as np
import pytest

from netinspect.analysis.receptive_field import sights
from netinspect.inputs.spectra import mel_frequencies
from netinspect.network.load import load
from netinspect.pictures.axes import clock, frequencies

WAVE = """\
input: {shape: {channels: 1, time: 8000}, preprocess: {sample_rate: 16000}}
layers:
  - bank: Conv1d(4, kernel_size=64, stride=8)
  - same: Conv1d(4, kernel_size=9, padding=4)
  - pool: MaxPool1d(2)
  - permute(0, 2, 1)
  - first: LSTM(5, batch_first=True)
  - second: GRU(5, batch_first=True)
"""
MEL = """\
input:
  shape: {channels: 1, mel: 40, time: 100}
  preprocess:
    log_mel: {sample_rate: 16000, n_fft: 400, hop_length: 160, n_mels: 40}
layers:
  - conv: Conv2d(2, kernel_size=3, padding=1)
  - pool: MaxPool2d(2)
"""
STFT = """\
input:
  shape: {freq: 201, time: 50}
  preprocess:
    sample_rate: 16000
    stft: {n_fft: 400, hop_length: 160}
layers:
  - permute(0, 2, 1)
"""
PLAIN = "input: {channels: 1, time: 100}\nlayers:\n  - conv: Conv1d(4, kernel_size=5)\n"


@pytest.fixture
def network(tmp_path):
    def make(spec):
        (tmp_path / "net.yaml").write_text(spec, encoding="utf-8")
        return load(str(tmp_path / "net.yaml"))

    return make


def output(net, path):
    return next(call for call in net.calls if call.path == path).outputs[0]


def clock_of(net, path, axis=2):
    return clock(output(net, path), axis, net, sights(net))


def test_cells_over_samples_are_as_long_as_the_strides_before_them(network):
    net = network(WAVE)
    bank = clock_of(net, "bank")
    assert bank.step == 8 / 16000
    assert bank.start == (64 / 2 - 8 / 2) / 16000  # the middle of what the first cell sees, less half a cell
    assert clock_of(net, "same") == bank
    assert clock_of(net, "pool").step == 16 / 16000


def test_recurrent_layers_keep_the_steps_they_were_given(network):
    net = network(WAVE)
    assert clock_of(net, "first", 1) == clock_of(net, "second", 1) == clock_of(net, "pool")
    assert clock_of(net, "first", 2) is None


def test_columns_of_a_spectrogram_are_a_hop_apart(network):
    net = network(MEL)
    assert clock_of(net, "conv", 3).step == pytest.approx(0.01)
    assert clock_of(net, "conv", 3).start == pytest.approx(0.0)
    assert clock_of(net, "pool", 3).step == pytest.approx(0.02)
    stft = network(STFT)
    assert clock(stft.inputs[0].value, 2, stft, sights(stft)).step == pytest.approx(0.01)


def test_rows_of_a_spectrogram_have_their_frequencies(network):
    net = network(MEL)
    seen, rows = sights(net), mel_frequencies(net.inputs[0].preprocess["log_mel"])
    assert frequencies(output(net, "conv"), 2, net, seen) == pytest.approx(rows)
    assert frequencies(output(net, "pool"), 2, net, seen) == pytest.approx((rows[::2] + rows[1::2]) / 2)
    assert frequencies(output(net, "conv"), 3, net, seen) is None
    stft = network(STFT)
    assert frequencies(stft.inputs[0].value, 1, stft, sights(stft)) == pytest.approx(np.arange(201) * 40.0)


def test_nothing_is_made_up_where_nothing_is_said(network):
    net = network(PLAIN)
    assert clock_of(net, "conv") is None
    assert frequencies(output(net, "conv"), 2, net, sights(net)) is None
    pictures = network("input: [3, 8, 8]\nlayers:\n  - conv: Conv2d(2, kernel_size=3)\n")
    assert clock_of(pictures, "conv", 3) is None
