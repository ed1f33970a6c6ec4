"""A photograph becomes the very numbers that torchvision's transforms make of it, and outputs have its names."""

import numpy as np
import pytest
import torch
from PIL import Image

from netinspect import gallery_specs
from netinspect.inputs.files import read_input
from netinspect.network.load import load

SIZES = [(600, 512), (512, 600), (257, 301), (224, 224), (61, 40), (1023, 300)]  # width, height
MODES = ["RGB", "L", "P", "1", "CMYK", "RGBA"]
NETWORKS = """
    alexnet convnext densenet efficientnet googlenet inception_v3 mnasnet mobilenet_v2 mobilenet_v3 resnet resnext
    shufflenet_v2 squeezenet1_1 swin vgg vit_b_16
""".split()
"""The files of the gallery with networks that torchvision trained on ImageNet."""
NAMES = [entry.name for entry in gallery_specs.entries() if entry.file.removesuffix(".yaml") in NETWORKS]


def saved_photograph(path, size, mode):
    """A picture with edges, gradients and noise, as a file; for JPEG's modes a JPEG."""
    width, height = size
    rows, columns = np.mgrid[:height, :width]
    waves = np.stack([np.sin(rows / 7 + columns / 11), np.cos(columns / 5), rows / height - columns / width], axis=2)
    noise = np.random.default_rng(0).normal(0, 25, (height, width, 3))
    picture = Image.fromarray(np.clip(128 + 90 * waves + noise, 0, 255).astype(np.uint8)).convert(mode)
    file = path / ("photo.jpg" if mode in ("CMYK", "L", "RGB") else "photo.png")
    picture.save(file)
    return file


def test_every_network_of_the_gallery_that_torchvision_trained_is_here(torchvision_models):
    known = set(torchvision_models.list_models(module=torchvision_models))
    assert {entry.name for entry in gallery_specs.entries()} & known == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_photograph_becomes_what_torchvision_makes_of_it(torchvision_models, name, tmp_path):
    file = saved_photograph(tmp_path, (600, 512), "RGB")
    assert_same(torchvision_models, name, file)


@pytest.mark.parametrize("name", ["alexnet", "convnext_tiny", "efficientnet_b0", "efficientnet_b4", "inception_v3"])
@pytest.mark.parametrize(("size", "mode"), [(size, "RGB") for size in SIZES] + [((333, 500), mode) for mode in MODES])
def test_photographs_of_every_size_and_mode(torchvision_models, name, size, mode, tmp_path):
    assert_same(torchvision_models, name, saved_photograph(tmp_path, size, mode))


@pytest.mark.parametrize("name", [*NAMES, "r3d_18"])
def test_the_labels_are_torchvisions_categories(torchvision_models, name):
    weights = torchvision_models.get_model_weights(name)
    published = getattr(weights, "IMAGENET1K_V1", None) or weights.KINETICS400_V1
    (labels,) = load(name).labels.values()
    assert list(labels.names) == published.meta["categories"]


def assert_same(models, name, file):
    """Equal in every bit."""
    prepared = read_input(file, load(name).inputs[0])
    with Image.open(file) as picture:
        expected = models.get_model_weights(name).IMAGENET1K_V1.transforms()(picture.convert("RGB"))
    assert torch.equal(torch.from_numpy(prepared.array[0]), expected)
    assert prepared.picture.shape == (*expected.shape[1:], 3)
