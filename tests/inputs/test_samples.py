"""Which frame of a sound is shown, and what it is called."""

import textwrap

import numpy as np
import pytest

from netinspect.errors import InputError
from netinspect.inputs import samples as shown
from netinspect.inputs.samples import choose, frame_seconds, loudest
from netinspect.inputs.sounds import prepare_sound
from netinspect.network.load import load
from netinspect.recording import Sound


@pytest.fixture
def net(tmp_path):
    (tmp_path / "net.yaml").write_text(
        textwrap.dedent("""
            input: {shape: {channels: 1, time: 10}, preprocess: {frame: 10, hop_length: 5, normalize: frame}}
            layers: [flatten(1)]
        """),
        encoding="utf-8",
    )
    return load(tmp_path / "net.yaml")


def prepared(net, samples, rate=100):
    return prepare_sound(Sound(np.atleast_2d(np.asarray(samples, np.float32)), rate), net.inputs[0], "x.wav")


def test_loudness_is_that_of_the_sound_before_any_step(net):
    samples = np.random.default_rng(0).uniform(-0.1, 0.1, 200)
    samples[60:70] *= 3
    whole = prepared(net, samples)
    frames = np.lib.stride_tricks.sliding_window_view(samples, 10)[::5]
    assert loudest(whole, net.inputs[0]) == int(np.argmax((frames**2).mean(axis=1))) == 12


def test_of_equal_frames_it_is_the_first(net):
    assert loudest(prepared(net, np.ones(100)), net.inputs[0]) == 0
    assert loudest(prepared(net, np.zeros(100)), net.inputs[0]) == 0


def test_all_channels_count(net):
    samples = np.zeros((2, 100))
    samples[0, 40:50], samples[1, 40:50] = 1, -1  # their mean, which the network is given, is silent
    samples[:, 10:20] = 0.1
    assert loudest(prepared(net, samples), net.inputs[0]) == 8


def test_what_is_no_number_is_not_loud(net):
    samples = np.zeros(100)
    samples[:10], samples[20:30], samples[50:60] = np.nan, np.inf, 0.1
    with np.errstate(invalid="ignore"):
        whole = prepared(net, samples)
    assert loudest(whole, net.inputs[0]) == 10


def test_a_long_sound_is_looked_through_in_parts(net, monkeypatch):
    samples = np.random.default_rng(0).uniform(-1, 1, 3000)
    whole = prepared(net, samples)
    found = loudest(whole, net.inputs[0])
    monkeypatch.setattr(shown, "SOUND_AT_ONCE", 64)
    assert loudest(whole, net.inputs[0]) == found


def test_names_and_times(net):
    samples = np.zeros(200)
    samples[60:70] = 1
    whole = prepared(net, samples)
    assert frame_seconds(whole)[:3] == (0, 0.05, 0.1)
    found = choose([whole], net)
    assert (found.index, found.samples[0].frame) == (12, (60, 70))
    assert found.samples[0].source == "x.wav, frame 13 of 39, the loudest, at 0.60 s"
    assert choose([whole], net, 13).samples[0].source == "x.wav, frame 13 of 39, at 0.60 s"
    unknown = choose([prepared(net, samples, rate=None)], net)
    assert unknown.samples[0].source == "x.wav, frame 13 of 39, the loudest"
    assert np.array_equal(unknown.samples[0].array, whole.array[12:13])


def test_a_sound_of_one_frame_is_called_by_its_name_alone(net):
    (sample,) = choose([prepared(net, np.ones(10))], net).samples
    assert (sample.source, sample.frame) == ("x.wav", None)


def test_files_are_read_only_as_far_as_needed(net):
    def files():
        yield prepared(net, np.ones(20))
        yield prepared(net, np.ones(20))
        raise AssertionError("one file too many")

    assert choose(files(), net).index == 0
    assert choose(files(), net, 6).index == 2
    with pytest.raises(InputError, match="--sample 4: what was given has 3 samples: write --sample 1 to 3"):
        choose([prepared(net, np.ones(20))], net, 4)
