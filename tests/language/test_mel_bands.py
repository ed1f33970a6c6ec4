"""Which bands are empty is what the filters say."""

import itertools

import pytest

from netinspect.inputs.spectra import mel_filters
from netinspect.language.prepared_sizes import empty_bands
from tests.language.trees import spec


def log_mel(text):
    network = spec(f"input: {{shape: [1], preprocess: {{log_mel: {{{text}}}}}}}\nlayers: [X]\n")
    return dict(network.inputs[0].preprocess)["log_mel"]


SIZES = itertools.product((8000, 16_000, 22_050), (64, 256, 400, 512, 1000), (8, 40, 80, 128), ("slaney", "htk"))


@pytest.mark.parametrize("triangles", ["hz", "mel"])
def test_empty_bands_are_the_filters_without_a_bin(triangles):
    for rate, n_fft, n_mels, scale in SIZES if triangles == "hz" else [(16_000, 256, 128, "htk")]:
        settings = log_mel(
            f"sample_rate: {rate}, n_fft: {n_fft}, hop_length: 100, n_mels: {n_mels}, mel_scale: {scale}, "
            f"triangles: {triangles}"
        )
        assert empty_bands(settings) == (mel_filters(settings).max(axis=1) == 0).sum(), settings


@pytest.mark.parametrize(("like", "empty"), [("whisper", 0), ("vggish", 0), ("ast", 1), ("torchaudio", 4)])
def test_empty_bands_of_front_ends(like, empty):
    settings = log_mel(f"like: {like}")
    assert empty_bands(settings) == (mel_filters(settings).max(axis=1) == 0).sum() == empty


@pytest.mark.parametrize(("rate", "n_fft", "n_mels", "scale", "fmin", "fmax"), [
    (8000, 400, 179, "htk", 20, 4000), (8000, 64, 111, "slaney", 125, 3000), (16_000, 64, 222, "htk", 0, 8000),
])  # fmt: skip
def test_a_bin_on_a_corner_is_in_a_band_where_it_is_in_the_filter(rate, n_fft, n_mels, scale, fmin, fmax):
    settings = log_mel(
        f"sample_rate: {rate}, n_fft: {n_fft}, hop_length: 100, n_mels: {n_mels}, mel_scale: {scale}, "
        f"triangles: mel, fmin: {fmin}, fmax: {fmax}"
    )
    assert empty_bands(settings) == (mel_filters(settings).max(axis=1) == 0).sum()
