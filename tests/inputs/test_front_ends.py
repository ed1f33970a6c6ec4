"""A front end by its name is what the tool itself makes of a sound (front_ends.py), to 1e-4."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from netinspect.errors import InputError
from netinspect.inputs.files import read_input
from netinspect.language.front_ends import FRONT_ENDS
from netinspect.network.load import load

TOOLS = dict(np.load(Path(__file__).with_name("front_ends.npz")))
SOUND = TOOLS.pop("sound")
RATES = {"librosa": 22_050, "hifigan": 22_050}


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """`heard(steps, sizes)`: what the network is shown of the sound, which is of 16 bits and 16 kHz."""
    folder = tmp_path_factory.mktemp("sounds")

    def of(steps, sizes, rate=16_000):
        soundfile.write(folder / "sound.wav", SOUND, rate, subtype="PCM_16")
        axes = f"{{mel: {sizes[0]}, time: {sizes[1]}}}" if len(sizes) == 2 else f"{{time: {sizes[0]}}}"
        text = f"input: {{shape: {axes}, preprocess: {{{steps}}}}}\nlayers:\n  - relu\n"
        (folder / "spec.yaml").write_text(text)
        return read_input(folder / "sound.wav", load(folder / "spec.yaml").inputs[0])

    return of


@pytest.mark.parametrize("steps", TOOLS)
def test_a_front_end_is_the_tools_own(heard, steps):
    rate = next((rate for name, rate in RATES.items() if name in steps), 16_000)
    prepared = heard(steps, TOOLS[steps].shape, rate=rate)
    assert np.abs(prepared.array[0] - TOOLS[steps]).max() < 1e-4


def test_every_front_end_is_held_against_its_tool():
    names = {name for name in FRONT_ENDS if any(f"like: {name}" in steps for steps in TOOLS)}
    assert names == set(FRONT_ENDS) - {"crepe"}  # test_sounds.py has CREPE's frames


def test_a_sound_that_is_filled_or_cut_is_said(heard):
    assert heard("log_mel: {like: whisper}", (80, 3000)).notes == ("0.25 s, with zeros to 30",)
    assert heard("log_mel: {like: whisper, pad_to: 3200}", (80, 20)).notes == ("the first 0.2 of 0.25 s",)
    assert heard("pad_to: 8000", (8000,)).notes == ("0.25 s, with zeros to 0.5",)
    assert heard("log_mel: {like: ast}", (128, 1024)).notes == ("23 columns, with zeros to 1,024",)
    assert heard("log_mel: {like: ast, columns: 10}", (128, 10)).notes == ("the first 10 of 23 columns",)
    assert heard("log_mel: {like: kaldi}", (23, 23)).notes == ()


def test_another_sample_rate_is_refused_and_no_other_rate_advised(heard):
    with pytest.raises(InputError) as refused:
        heard("log_mel: {like: whisper}", (80, 3000), rate=8000)
    assert str(refused.value) == (
        "sound.wav has 8,000 samples a second, and the input takes 16,000, as whisper does; nothing is resampled: "
        "`ffmpeg -i sound.wav -ar 16000 resampled.wav`"
    )


@pytest.mark.parametrize(
    ("steps", "sizes", "advice"),
    [
        ("log_mel: {like: whisper}", (80, 100), "write `pad_to: 16000` in `log_mel`"),
        ("log_mel: {like: ast}", (128, 100), "write `columns: 100` in `log_mel`"),
        ("log_mel: {like: kaldi}", (23, 10), "write `frame: 1840` in `preprocess`"),
        ("pad_to: 100", (200,), "write `pad_to: 200` in `preprocess`"),
    ],
)
def test_the_length_that_is_advised_fits(heard, steps, sizes, advice):
    with pytest.raises(InputError) as refused:
        heard(steps, sizes)
    assert advice in str(refused.value)
    entry, _, step = advice.removeprefix("write `").partition("` in ")
    inside = step.strip("`")
    key = entry.partition(":")[0]
    plain = steps if key not in steps else ""
    better = f"{entry}, {plain}".rstrip(", ") if inside == "preprocess" else steps.replace("}", f", {entry}}}")
    assert heard(better, sizes).array.shape[1:] == sizes


def test_the_picture_of_an_input_is_in_decibels_whatever_the_logarithm(heard):
    decibels = heard("log_mel: {like: whisper, log: db, mean: 0, std: 1}", (80, 3000)).array[0]
    spectrogram = heard("log_mel: {like: whisper}", (80, 3000)).spectrogram
    assert spectrogram.unit == "dB"
    assert np.abs(spectrogram.values - decibels).max() < 1e-4


@pytest.mark.parametrize("log", ["db", "log10", "ln", "none"])
def test_top_db_is_in_decibels_whatever_the_logarithm(heard, log):
    step = "log_mel: {sample_rate: 16000, n_fft: 400, hop_length: 160, n_mels: 40, log: %s, top_db: %s}"
    power = heard(step % ("none", "none"), (40, 26)).array[0].astype(float)
    found = heard(step % (log, 30), (40, 26)).array[0]
    with np.errstate(divide="ignore"):
        expected = {"db": 10 * np.log10(power), "log10": np.log10(power), "ln": np.log(power), "none": power}[log]
        lowest = {"db": 10, "log10": 1, "ln": np.log(10)}
    below = expected.max() / 1000 if log == "none" else expected.max() - 3 * lowest[log]
    assert np.allclose(found, np.maximum(expected, below), rtol=1e-4, atol=1e-6)
