"""Spectrograms agree with librosa's."""

import librosa
import numpy as np
import pytest

from netinspect.errors import InputError
from netinspect.inputs.spectra import log_mel, mel_filters, mel_frequencies, stft
from netinspect.language.front_ends import LOG_MEL
from netinspect.language.prepared_sizes import sound_sizes

RATE = 16000


def settings(**changes):
    """What the language fills in."""
    written = {"sample_rate": RATE, "n_fft": 1024, "hop_length": 256, "n_mels": 64, "fmax": RATE / 2}
    defaults = {name: setting.default for name, setting in LOG_MEL.items()}
    filled = defaults | written | changes
    pad = filled["n_fft"] // 2 if filled["center"] else 0
    return filled | {"win_length": filled["win_length"] or filled["n_fft"], "pad": pad}


@pytest.fixture(scope="module")
def sound():
    """A gliding tone with two others, noise that fades, and silence."""
    time = np.arange(2 * RATE) / RATE
    tones = np.sin(2 * np.pi * (300 + 1500 * time) * time) + 0.1 * np.sin(2 * np.pi * 5000 * time)
    noise = np.random.default_rng(0).standard_normal(len(time)) * np.exp(-3 * time)
    return np.where(time < 1.7, 0.3 * tones + 0.2 * noise, 0)


FRONT_ENDS = [
    {},
    {"n_fft": 400, "hop_length": 160, "n_mels": 40, "pad_mode": "constant"},
    {"n_fft": 401, "hop_length": 100},
    {"center": False, "window": "hamming"},
    {"power": 1},
    {"mel_scale": "htk", "norm": None, "fmin": 60, "fmax": 7600, "n_mels": 80},
    {"top_db": 80, "amin": 1e-6},
]


def power_mel(sound, how):
    return librosa.feature.melspectrogram(
        y=sound, sr=RATE, n_fft=how["n_fft"], hop_length=how["hop_length"], window=how["window"], center=how["center"],
        pad_mode=how["pad_mode"], power=how["power"], n_mels=how["n_mels"], fmin=how["fmin"], fmax=how["fmax"],
        htk=how["mel_scale"] == "htk", norm=how["norm"], dtype=np.float64,
    )  # fmt: skip


@pytest.mark.parametrize("changes", FRONT_ENDS)
def test_log_mel_is_librosas(sound, changes):
    how = settings(**changes)
    wanted = librosa.power_to_db(power_mel(sound, how), ref=1.0, amin=how["amin"], top_db=how["top_db"])
    found = log_mel(sound, how)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() < 1e-4


def test_decibels_of_amplitudes_are_librosas(sound):
    how = settings(power=1, log="amplitude_db", amin=1e-4, top_db=60)
    expected = librosa.amplitude_to_db(power_mel(sound, how), ref=1.0, amin=how["amin"], top_db=how["top_db"])
    assert np.abs(log_mel(sound, how) - expected).max() < 1e-4


@pytest.mark.parametrize(("log", "function"), [("ln", np.log), ("log10", np.log10)])
def test_other_logarithms(sound, log, function):
    wanted = function(np.maximum(power_mel(sound, settings()), 1e-10))
    assert np.abs(log_mel(sound, settings(log=log)) - wanted).max() < 1e-4


def test_mel_without_a_logarithm(sound):
    wanted = power_mel(sound, settings())
    assert np.abs(log_mel(sound, settings(log=None)) - wanted).max() < 1e-4 * wanted.max()


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("changes", FRONT_ENDS[:4])
def test_stft_is_librosas(sound, changes, power):
    how = settings(**changes, power=power)
    wanted = librosa.stft(
        sound, n_fft=how["n_fft"], hop_length=how["hop_length"], window=how["window"], center=how["center"],
        pad_mode=how["pad_mode"], dtype=np.complex128,
    )  # fmt: skip
    assert np.abs(stft(sound, how) - np.abs(wanted) ** power).max() < 1e-4


@pytest.mark.parametrize("changes", [{}, {"mel_scale": "htk", "norm": None}, {"n_mels": 128, "fmin": 20.0}])
def test_filters_and_their_middles_are_librosas(changes):
    how = settings(**changes)
    htk = how["mel_scale"] == "htk"
    wanted = librosa.filters.mel(
        sr=RATE, n_fft=1024, n_mels=how["n_mels"], fmin=how["fmin"], htk=htk, norm=how["norm"], dtype=np.float64
    )
    assert np.abs(mel_filters(how) - wanted).max() < 1e-12
    middles = librosa.mel_frequencies(n_mels=how["n_mels"] + 2, fmin=how["fmin"], fmax=RATE / 2, htk=htk)
    assert np.allclose(mel_frequencies(how), middles[1:-1], rtol=1e-12)


def test_several_sounds_at_once(sound):
    both = np.stack([sound, sound[::-1]])[:, None]
    found = log_mel(both, settings())
    assert found.shape == (2, 1, 64, 126)
    assert np.array_equal(found[0, 0], log_mel(sound, settings()))


def test_top_db_is_below_the_loudest_of_each_sound(sound):
    how = settings(top_db=20)
    sounds = [sound, 0.01 * sound, 10 * sound[::-1]]
    found = log_mel(np.stack(sounds)[:, None], how)
    for limited, single in zip(found, sounds, strict=True):
        expected = librosa.power_to_db(power_mel(single, how), ref=1.0, amin=how["amin"], top_db=20)
        assert np.abs(limited[0] - expected).max() < 1e-4
        assert (expected == expected.min()).mean() > 0.1  # the limit is met


@pytest.mark.parametrize(("changes", "least"), [({}, 513), ({"pad_mode": "constant"}, 1), ({"center": False}, 1024)])
def test_too_short_a_sound(changes, least):
    how = settings(**changes)
    assert stft(np.ones(least), how).shape == (513, 1 + (least // 256 if how["center"] else 0))
    with pytest.raises(InputError, match=f"n_fft = 1,024 needs at least {least:,}"):
        stft(np.ones(least - 1), how)


@pytest.mark.parametrize("length", [4000, 4001, 5119])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"center": False},
        {"n_fft": 401, "hop_length": 100},
        {"n_fft": 401, "hop_length": 100, "center": False, "win_length": 400, "frames_of": "win_length"},
        {"pad_last": True, "drop_last": True},
        {"pad_to": 6000},
        {"columns": 7},
    ],
)
def test_the_sizes_that_a_spec_says_are_those_that_a_sound_gets(sound, changes, length):
    how = settings(**changes)
    assert log_mel(sound[:length], how).shape == sound_sizes({"frame": length, "log_mel": how})
