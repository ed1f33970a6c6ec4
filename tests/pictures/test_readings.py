"""What a spectrogram kernel listens for is read only where it is clearer than chance."""

import numpy as np
import pytest

from netinspect.pictures.draw.readings import chance_level, orientation, read, second_moments
from netinspect.pictures.kinds.kernels import Tensor, kernels
from netinspect.pictures.look import Origin


def line(pattern):
    """A kernel (1, 1, F, T) from rows of text, the highest frequency first, as one would draw it."""
    rows = [[1.0 if cell == "#" else 0.0 for cell in row] for row in pattern.split()]
    return np.array(rows)[::-1][None, None]


@pytest.mark.parametrize(
    ("pattern", "reading"),
    [
        ("..... ..... ##### ..... .....", "sustained"),
        ("..#.. ..#.. ..#.. ..#.. ..#..", "transient"),
        ("....# ...#. ..#.. .#... #....", "glide up"),
        ("#.... .#... ..#.. ...#. ....#", "glide down"),
        ("..... ..... ..#.. ..... .....", ""),
        ("..... ..... ..... ..... .....", ""),
    ],
)
def test_drawn_patterns(pattern, reading):
    assert read(line(pattern)) == [reading]
    assert read(-line(pattern)) == [reading]


@pytest.mark.parametrize("size", [(1, 3, 3), (1, 5, 5), (1, 7, 5), (3, 3, 3)])
def test_about_a_twentieth_of_random_kernels_has_a_reading(size):
    kernels_of = np.random.default_rng(11).standard_normal((4000, *size))
    labelled = sum(bool(reading) for reading in read(kernels_of)) / 4000
    assert 0.03 < labelled < 0.07


def test_the_moments_are_those_of_the_spectrum():
    kernel = np.random.default_rng(3).standard_normal((1, 2, 3, 4))
    points = 801
    frequency = np.fft.fftfreq(points)
    power = (np.abs(np.fft.fft2(kernel[0], (points, points))) ** 2).sum(axis=0) / points**2
    u, v = frequency[:, None], frequency[None, :]
    expected = [(power * u * u).sum(), (power * u * v).sum(), (power * v * v).sum()]
    assert np.allclose([moment[0] for moment in second_moments(kernel)], expected, rtol=1e-4)


def test_coherence_does_not_depend_on_loudness():
    kernel = np.random.default_rng(5).standard_normal((1, 1, 5, 5))
    assert np.allclose(orientation(kernel), orientation(1000 * kernel))


def test_the_level_of_chance_is_the_same_every_time():
    first = chance_level(1, 5, 5)
    chance_level.cache_clear()
    assert chance_level(1, 5, 5) == first


def test_only_trained_kernels_are_read():
    weight = np.repeat(line("..... ..... ##### ..... ....."), 3, axis=0).astype(np.float32)
    trained = kernels(Tensor("conv1", weight, Origin("net.pt"), spectrogram=True)).description
    random = kernels(Tensor("conv1", weight, Origin(), spectrogram=True)).description
    assert trained.labels == ((0, "sustained"), (1, "sustained"), (2, "sustained"))
    assert random.labels == ()
    assert kernels(Tensor("conv1", weight, Origin("net.pt"))).description.labels == ()
