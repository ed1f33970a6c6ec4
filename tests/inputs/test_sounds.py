"""Sounds become inputs by the spec's steps: frames, spectrograms, channels; nothing is resampled."""

import re

import numpy as np
import pytest
import soundfile

from netinspect import gallery_specs
from netinspect.errors import InputError, SpecError
from netinspect.inputs.files import read_input
from netinspect.inputs.sounds import prepare_sound, read_sound
from netinspect.inputs.spectra import log_mel
from netinspect.language.prepared_sizes import samples_for
from netinspect.network.load import load
from netinspect.recording import Sound

RATE = 16000
NOISE = np.random.default_rng(0).uniform(-0.9, 0.9, (8000, 2))


@pytest.fixture
def wav(tmp_path):
    def write(samples, rate=RATE, subtype="FLOAT", name="sound.wav"):
        soundfile.write(tmp_path / name, samples, rate, subtype=subtype)
        return tmp_path / name

    return write


@pytest.fixture
def given(network):
    def of(shape, steps=""):
        text = f"input: {{shape: {shape}, preprocess: {{{steps}}}}}\nlayers:\n  - flatten(1)\n  - Linear(2)\n"
        return network(text).inputs[0]

    return of


def test_a_spectrogram_of_each_channel_where_the_input_has_several(wav, given):
    stft = "stft: {n_fft: 256, hop_length: 128, power: 1}"
    both = read_input(wav(NOISE), given("{channels: 2, freq: 129, time: 63}", stft)).array
    for channel in range(2):
        alone = read_input(wav(NOISE[:, channel]), given("{channels: 1, freq: 129, time: 63}", stft)).array
        np.testing.assert_array_equal(both[:, channel], alone[:, 0])
    assert np.abs(both[:, 0] - both[:, 1]).max() > 0.1


def test_frames_and_bands_may_follow_the_vars(wav, network):
    text = "vars: {samples: 4000, bands: 20}\ninput: {shape: {mel: bands, time: 32}, preprocess: {frame: samples, "
    text += "log_mel: {sample_rate: 16000, n_fft: 256, hop_length: 128, n_mels: bands}}}\nlayers:\n  - flatten(1)\n"
    assert read_input(wav(NOISE[:, 0]), network(text).inputs[0]).array.shape == (2, 20, 32)


# --- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subtype", "step"), [("PCM_U8", 2**-7), ("PCM_16", 2**-15), ("PCM_24", 2**-23), ("PCM_32", 2**-24), ("FLOAT", 0)]
)
def test_whole_numbers_are_divided_by_their_range(wav, subtype, step):
    sound = read_sound(wav(NOISE, subtype=subtype))
    assert sound.samples.shape == (2, 8000)
    assert sound.samples.dtype == np.float32
    assert sound.sample_rate == RATE
    assert np.abs(sound.samples.T - NOISE).max() <= step + 1e-7


def test_the_loudest_number_is_minus_one(wav):
    assert read_sound(wav(np.array([-32768, 16384], dtype=np.int16), subtype="PCM_16")).samples.tolist() == [[-1, 0.5]]


def test_damaged_and_empty_sounds(tmp_path, wav):
    (tmp_path / "text.wav").write_text("no sound")
    for path, message in [(tmp_path / "text.wav", "cannot read the sound"), (wav(NOISE[:0]), "holds no sound")]:
        with pytest.raises(InputError, match=message):
            read_sound(path)


# --- frames ------------------------------------------------------------------------------------


def test_crepes_frames(wav):
    given = load("crepe_tiny").inputs[0]
    mono = NOISE[:, 0].astype(np.float32)
    found = read_input(wav(mono), given)
    assert found.array.shape == (44, 1, 1024, 1)
    assert found.frame_starts == tuple(range(0, 44 * 160, 160))
    frame = mono[320:1344] - mono[320:1344].mean()
    assert np.allclose(found.array[2, 0, :, 0], frame / frame.std(ddof=1), atol=1e-5)


def test_silence_stays_silent(wav):
    found = read_input(wav(np.zeros(1024)), load("crepe_tiny").inputs[0])
    assert not found.array.any()


def test_frames_follow_each_other_without_a_hop(wav, given):
    found = read_input(wav(NOISE[:, 0]), given("[1, 3000]", "frame: 3000"))
    assert found.array.shape == (2, 1, 3000)
    assert np.array_equal(found.array[1, 0], NOISE[3000:6000, 0].astype(np.float32))
    with pytest.raises(InputError, match=r"sound\.wav has 8,000 samples, fewer than one frame of 9,000"):
        read_input(wav(NOISE[:, 0]), given("[1, 9000]", "frame: 9000"))


def test_another_length_is_an_error_with_the_line_to_write(wav, given):
    with pytest.raises(InputError) as caught:
        read_input(wav(NOISE[:, 0]), given("[1, 4000]"))
    assert str(caught.value) == (
        "sound.wav gives 8,000 samples, and the input takes 4,000 (time); "
        "write `frame: 4000` in `preprocess`, or --input-shape 1,8000"
    )
    with pytest.raises(InputError, match=r"the input takes 9,000 \(time\); write `pad_to: 9000` in `preprocess`, or "):
        read_input(wav(NOISE[:, 0]), given("[1, 9000]"))
    assert read_input(wav(NOISE[:, 0]), given("[1, 9000]", "pad_to: 9000")).array.shape == (1, 1, 9000)


def test_another_sample_rate_is_an_error(wav, given):
    path = wav(NOISE[:, 0], rate=8000)
    with pytest.raises(
        InputError, match=r"has 8,000 samples a second, and the input takes 16,000; nothing is resampled"
    ):
        read_input(path, given("[1, 8000]", "sample_rate: 16000"))
    with pytest.raises(InputError, match="the input takes 16,000"):
        read_input(path, load("logmel_cnn").inputs[0])
    assert read_input(path, given("[1, 8000]")).sound.sample_rate == 8000


# --- channels ----------------------------------------------------------------------------------


def test_stereo_and_mono(wav, given):
    both = read_input(wav(NOISE), given("[2, 8000]"))
    assert np.array_equal(both.array[0], NOISE.T.astype(np.float32))
    mixed = read_input(wav(NOISE), given("[1, 8000]"))
    assert np.allclose(mixed.array[0, 0], NOISE.mean(axis=1), atol=1e-6)
    assert mixed.notes == ("the mean of 2 channels",)
    doubled = read_input(wav(NOISE[:, 0]), given("[2, 8000]"))
    assert np.array_equal(doubled.array[0, 0], doubled.array[0, 1])
    assert doubled.notes == ("one channel, repeated for 2",)
    with pytest.raises(InputError, match="the sound has 2 channels, and the input takes 3"):
        read_input(wav(NOISE), given("[3, 8000]"))


# --- spectrograms ------------------------------------------------------------------------------

MEL = "log_mel: {sample_rate: 16000, n_fft: 400, hop_length: 160, n_mels: 40}"


@pytest.mark.parametrize(
    ("shape", "turn"),
    [
        ("{channels: 1, mel: 40, time: 51}", lambda mel: mel[None]),
        ("{time: 51, mel: 40}", lambda mel: mel.T),
        ("[1, 40, 51]", lambda mel: mel[None]),
        ("[40, 51]", lambda mel: mel),
        ("{time: 51, features: 40}", lambda mel: mel.T),
    ],
)
def test_a_spectrogram_lies_as_the_inputs_axes_say(wav, given, shape, turn):
    target = given(shape, MEL)
    found = read_input(wav(NOISE[:, 0]), target)
    wanted = log_mel(NOISE[:, 0].astype(np.float32), target.preprocess["log_mel"])
    assert np.array_equal(found.array[0], turn(wanted).astype(np.float32))
    assert np.array_equal(found.spectrogram.values, wanted)
    assert found.spectrogram.frequencies.shape == (40,)
    assert (found.spectrogram.seconds_per_column, found.spectrogram.unit) == (0.01, "dB")


def test_a_spectrogram_of_another_length_says_which_frame_fits(wav, given):
    with pytest.raises(InputError, match=r"gives 51 columns, and the input takes 20 \(time\); write `frame: 3040`"):
        read_input(wav(NOISE[:, 0]), given("{channels: 1, mel: 40, time: 20}", MEL))
    found = read_input(wav(NOISE[:, 0]), given("{channels: 1, mel: 40, time: 20}", f"frame: 3040, {MEL}"))
    assert found.array.shape == (2, 1, 40, 20)


def test_a_spectrogram_of_other_rows(wav, given):
    with pytest.raises(InputError, match=r"a spectrogram of 40 rows, and the input takes 64 \(mel\)"):
        read_input(wav(NOISE[:, 0]), given("{channels: 1, mel: 64, time: 51}", MEL))


def test_an_stft_with_numbers_before_and_after(wav, given):
    steps = "scale: 2, stft: {n_fft: 256, hop_length: 128, power: 1}, mean: 3, std: 0.5"
    found = read_input(wav(NOISE[:, 0]), given("{channels: 1, freq: 129, time: 63}", steps))
    plain = read_input(
        wav(NOISE[:, 0]), given("{channels: 1, freq: 129, time: 63}", "stft: {n_fft: 256, hop_length: 128, power: 1}")
    )
    assert np.allclose(found.array, (2 * plain.array - 3) / 0.5, atol=1e-4)
    assert np.allclose(found.spectrogram.values, 2 * plain.spectrogram.values)  # a magnitude: no mean taken from it
    assert plain.spectrogram.unit == "magnitude"
    assert plain.spectrogram.frequencies[-1] == 8000


def test_a_sound_where_none_is_wanted(wav, given):
    with pytest.raises(InputError, match="a sound needs an axis `time`; here: features"):
        read_input(wav(NOISE), given("[8000]"))


def test_numbers_that_are_none_are_noted(wav, given):
    samples = NOISE[:, 0].copy()
    samples[3] = np.nan
    assert read_input(wav(samples), given("[1, 8000]")).notes == ("the sound holds values that are no numbers",)


def test_frames_that_take_too_much_memory_are_refused(wav, given, monkeypatch):
    from netinspect import machine

    monkeypatch.setattr(machine, "machine_bytes", lambda: 1 << 20)
    with pytest.raises(InputError, match=r"cutting sound\.wav into frames needs about"):
        read_input(wav(NOISE[:, 0]), given("[1, 4000]", "frame: 4000, hop_length: 1"))


@pytest.mark.parametrize(
    ("shape", "steps", "what"),
    [
        ("{channels: 1, time: 200000000}", "pad_to: 200000000", "`pad_to` of sound.wav"),
        ("{freq: 524289, time: 8000}", "stft: {n_fft: 1048576, hop_length: 1}", "`stft` of sound.wav"),
        ("{freq: 5, time: 8}", "stft: {n_fft: 8, hop_length: 1, pad_to: 200000000}", "`stft` of sound.wav"),
        (
            "{mel: 60000, time: 8}",
            "log_mel: {sample_rate: 16000, n_fft: 1048576, hop_length: 4000, n_mels: 60000}",
            "the mel filters of `log_mel`",
        ),
        (
            "{mel: 1000, time: 1000000}",
            "log_mel: {sample_rate: 16000, n_fft: 256, hop_length: 128, n_mels: 1000, columns: 1000000}",
            "`log_mel` of sound.wav",
        ),
    ],
)
def test_no_step_makes_more_than_the_limit(wav, given, shape, steps, what):
    with pytest.raises(InputError, match=f"{what} needs about .*, and the limit is 1.00 GiB"):
        read_input(wav(NOISE[:, 0]), given(shape, steps), memory_limit=1 << 30)


def test_a_channel_is_not_repeated_beyond_the_limit(wav, given):
    with pytest.raises(InputError, match=r"sound\.wav in 8 channels needs about 250 KiB, and the limit is"):
        read_input(wav(NOISE[:, 0]), given("{channels: 8, time: 8000}"), memory_limit=200_000)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (
            "{mel: 80, time: 86}",
            "takes columns of 80 (mel), which `preprocess` does not make of one; write `log_mel: {sam",
        ),
        ("{mel: 80, time: 86}", "n_mels: 80}` there, or give an array (.npy) of (80, 86)"),
        ("{channels: 2, freq: 129, time: 8}", "write `stft: {n_fft: 256, hop_length: …}` there"),
        (
            "[1, 32, 32]",
            "the input `input` is (channels: 1, height: 32, width: 32); give an array (.npy) of (1, 32, 32)",
        ),
        ("{channels: 256, time: 100}", "(channels: 256, time: 100); give an array"),
        ("{channels: 3, time: 16, height: 8, width: 8}", "(channels: 3, time: 16, height: 8, width: 8); give an array"),
    ],
)
def test_an_input_that_takes_no_sound_says_what_it_takes(wav, given, shape, message):
    with pytest.raises(InputError) as raised:
        read_input(wav(NOISE[:, 0]), given(shape))
    assert str(raised.value).startswith("sound.wav is a sound, and the input")
    assert message in str(raised.value)


def test_words_are_no_sound(wav, network):
    (words,) = network("input: {shape: {time: 40}, dtype: int64, high: 9}\nlayers:\n  - Embedding(9, 2)\n").inputs
    with pytest.raises(InputError, match=r"the input `input` takes int64; give an array \(\.npy\) of \(40\)"):
        read_input(wav(NOISE[:, 0]), words)


@pytest.mark.parametrize(
    ("steps", "unit"),
    [
        ("stft: {n_fft: 8, hop_length: 4, power: 1}", "magnitude"),
        ("stft: {n_fft: 8, hop_length: 4}, mean: 1, std: 2", "power, then `mean`, `std`"),
        ("stft: {n_fft: 8, hop_length: 4, power: 3}", "magnitude to the 3"),
        ("log_mel: {sample_rate: 16000, n_fft: 64, hop_length: 4, n_mels: 5}", "dB"),
        ("log_mel: {sample_rate: 16000, n_fft: 64, hop_length: 4, n_mels: 5, log: ln}", "ln"),
        ("log_mel: {sample_rate: 16000, n_fft: 64, hop_length: 4, n_mels: 5, log: none}", "power"),
        ("log_mel: {sample_rate: 16000, n_fft: 64, hop_length: 4, n_mels: 5, std: 4}", "dB, then `mean` and `std`"),
    ],
)
def test_a_spectrogram_says_what_the_network_is_given(wav, given, steps, unit):
    prepared = read_input(wav(NOISE[:80, 0]), given("{freq: 5, time: 21}", steps))
    assert prepared.spectrogram.network_unit == unit


# --- the gallery -----------------------------------------------------------------------------

OF_SOUND = [
    entry.name
    for entry in gallery_specs.entries()
    if re.search(r"sample_rate:|log_mel:", (gallery_specs.folder() / entry.file).read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("name", OF_SOUND)
def test_every_network_of_sound_takes_a_sound_with_its_own_front_end(name):
    """The length is the frame's, or that of which the spectrogram has the columns that the input takes."""
    audio = next(item for item in load(name).inputs if item.preprocess)
    steps = audio.preprocess
    settings = next((steps[step] for step in ("stft", "log_mel") if step in steps), None)
    length = steps.get("frame") or (16 if settings is None else samples_for(audio.value.type.shape[-1], settings))
    rate = steps.get("sample_rate") or steps["log_mel"]["sample_rate"]
    sound = Sound(np.random.default_rng(0).uniform(-1, 1, (1, length)).astype(np.float32), rate)
    prepared = prepare_sound(sound, audio, "noise")
    assert prepared.array.shape[1:] == audio.value.type.shape[1:]


@pytest.mark.parametrize(
    ("name", "rate", "n_fft", "hop", "channels"),
    [("umxhq", 44_100, 4096, 1024, 2), ("umxl", 44_100, 4096, 1024, 2), ("umxse", 16_000, 1024, 512, 1)],
)
def test_open_unmix_has_the_published_front_ends(name, rate, n_fft, hop, channels):
    """As its functions umxhq, umxl and umxse make a Separator."""
    (audio,) = load(name).inputs
    stft = audio.preprocess["stft"]
    assert (audio.preprocess["sample_rate"], stft["n_fft"], stft["win_length"], stft["hop_length"]) == (
        rate, n_fft, n_fft, hop,
    )  # fmt: skip
    assert audio.value.type.shape[1:3] == (channels, n_fft // 2 + 1)


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ("stft: {n_fft: n, hop_length: 8, win_length: 2 * n}", "E211"),
        ("log_mel: {sample_rate: n, n_fft: 64, hop_length: 8, n_mels: 4, fmax: 8000}", "E211"),
        ("stft: {n_fft: n - 16, hop_length: 8}", "E211"),
        ("hop_length: n ** 6", "E211"),
    ],
)
def test_settings_that_are_worked_out_have_the_same_bounds(network, steps, code):
    text = f"vars: {{n: 16}}\ninput: {{shape: [4, 8], preprocess: {{{steps}}}}}\nlayers:\n  - Flatten\n"
    with pytest.raises(SpecError) as raised:
        network(text)
    assert [diagnostic.code for diagnostic in raised.value.diagnostics] == [code]
