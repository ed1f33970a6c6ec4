"""Every network of the gallery has the figures that were published or measured independently."""

import pytest

from netinspect import gallery_specs
from netinspect.network import open_spec
from tests.gallery_readings import NAMES, gallery_reading

# Parameters and multiply-accumulates at batch size 1: published, or measured with torch and torchvision.
# MACs are those of convolutions and matrix products, without bias. None: not published.
FIGURES = {
    "alexnet": (61_100_840, 714_188_480),
    "vgg11": (132_863_336, 7_609_090_048),
    "vgg11_bn": (132_868_840, 7_609_090_048),
    "vgg13": (133_047_848, 11_308_466_176),
    "vgg13_bn": (133_053_736, 11_308_466_176),
    "vgg16": (138_357_544, 15_470_264_320),
    "vgg16_bn": (138_365_992, 15_470_264_320),
    "vgg19": (143_667_240, 19_632_062_464),
    "vgg19_bn": (143_678_248, 19_632_062_464),
    "resnet18": (11_689_512, 1_814_073_344),
    "resnet34": (21_797_672, 3_663_761_408),
    "resnet50": (25_557_032, 4_089_184_256),
    "resnet101": (44_549_160, 7_801_405_440),
    "resnet152": (60_192_808, 11_513_626_624),
    "mobilenet_v2": (3_504_872, 300_774_272),
    "vit_b_16": (86_567_656, 17_563_828_224),
    "lenet": (51_902, None),
    "lenet5": (61_706, 416_520),
    "gpt2": (124_439_808, 145_824_153_600),
    "gpt2_medium": (354_823_168, None),
    "gpt2_large": (774_030_080, None),
    "gpt2_xl": (1_557_611_200, None),
    "crepe": (22_239_976, 1_410_023_424),
    "crepe_large": (12_747_912, None),
    "crepe_medium": (5_877_288, None),
    "crepe_small": (1_628_104, None),
    "crepe_tiny": (486_552, 36_792_320),
    "demucs": (265_679_496, None),
    "pnet": (6_632, None),
    "pnet_window": (6_632, None),
    "rnet": (100_178, None),
    "onet": (389_040, None),
    "unet": (31_036_546, None),
    "gru": (39_109, None),
    "bilstm": (1_239_889, None),
    "logmel_cnn": (391_370, None),
    "r3d_18": (33_371_472, 40_696_553_472),
    "mc3_18": (11_695_440, 43_342_635_008),
    "r2plus1d_18": (31_505_325, 40_519_080_960),
}

# ImageNet-1k top-1 and top-5 of torchvision's first weights, percent.
ACCURACY = {
    "alexnet": (56.522, 79.066),
    "vgg16": (71.592, 90.382),
    "vgg19": (72.376, 90.876),
    "resnet18": (69.758, 89.078),
    "resnet34": (73.314, 91.420),
    "resnet50": (76.130, 92.862),
    "resnet101": (77.374, 93.546),
    "resnet152": (78.312, 94.046),
    "mobilenet_v2": (71.878, 90.286),
    "vit_b_16": (81.072, 95.318),
}

# The size of the receptive field of the last spatial feature map, in pixels.
SEES = {"vgg16": (212, 212), "resnet50": (427, 427)}


@pytest.mark.parametrize("name", NAMES)
def test_every_network_meets_what_its_spec_expects(name):
    reading = gallery_reading(name)
    assert reading.network.expect.params is not None
    assert reading.network.expect.macs is not None
    assert [finding for finding in reading.findings if finding.severity == "error"] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_the_gallery_is_left_uncounted(name):
    assert [row.path for row in gallery_reading(name).profile.rows if row.uncounted] == []


@pytest.mark.parametrize(("name", "params", "macs"), [(name, *figures) for name, figures in FIGURES.items()])
def test_published_figures_are_met_exactly(name, params, macs):
    totals = gallery_reading(name).profile.totals
    assert totals.params == params
    assert macs is None or totals.macs == macs


@pytest.mark.parametrize(("name", "top1", "top5"), [(name, *figures) for name, figures in ACCURACY.items()])
def test_published_accuracy_is_recorded_with_its_source(name, top1, top5):
    results = gallery_reading(name).network.results
    assert (results["imagenet_top1"], results["imagenet_top5"]) == (top1, top5)
    assert "IMAGENET1K_V1" in results["source"]


@pytest.mark.parametrize(("name", "size"), SEES.items())
def test_receptive_field_of_the_last_feature_map(name, size):
    assert gallery_reading(name).profile.totals.receptive_field == size


def test_receptive_fields_of_alexnets_convolutions():
    convolutions = [row for row in gallery_reading("alexnet").profile.rows if row.type == "Conv2d"]
    assert [row.receptive_field[0] for row in convolutions] == [11, 51, 99, 131, 163]


@pytest.mark.parametrize("name", NAMES)
def test_every_file_says_what_it_is(name):
    entry = gallery_specs.find(name)
    spec = open_spec(gallery_specs.path(entry)).parsed.spec
    assert spec.name
    assert spec.about
    assert not spec.variants or spec.variants[0].vars == ()  # the base has a name of its own
