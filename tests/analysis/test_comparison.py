"""Networks side by side: the order they stand in."""

import pytest

from netinspect.analysis.comparison import METRICS, Contender, figure, ordered, published
from netinspect.analysis.figures import Totals
from netinspect.analysis.profile import profile
from netinspect.errors import InputError
from netinspect.network import load


def contender(name):
    network = load(name)
    return Contender(name, profile(network), network.results)


@pytest.fixture(scope="module")
def networks():
    return [contender(name) for name in ("resnet18", "lenet", "vgg16", "alexnet")]


def labels(contenders):
    return [one.label for one in contenders]


def test_as_given_or_largest_first(networks):
    assert labels(ordered(networks, None)) == ["resnet18", "lenet", "vgg16", "alexnet"]
    assert labels(ordered(networks, "params")) == ["vgg16", "alexnet", "resnet18", "lenet"]
    assert labels(ordered(networks, "param-bytes")) == ["vgg16", "alexnet", "resnet18", "lenet"]


def test_by_published_accuracy_those_without_come_last(networks):
    assert labels(ordered(networks, "imagenet_top1")) == ["vgg16", "resnet18", "alexnet", "lenet"]


def test_published_are_the_numbers_and_not_the_words(networks):
    assert published(networks) == ("imagenet_top1", "imagenet_top5")


def test_what_cannot_be_sorted_by(networks):
    with pytest.raises(InputError, match="imagenet_top5"):
        ordered(networks, "speed")


def test_every_metric_is_a_total(networks):
    assert {metric.name for metric in METRICS} <= set(Totals.__dataclass_fields__)
    assert [figure(networks[1], metric.name) for metric in METRICS[:2]] == [51_902, 406_800]


@pytest.mark.parametrize(("one", "other"), [((45, 2), (33, 4)), ((3, 1), (37, 3))])
def test_the_lectures_pairs(one, other):
    names = ("shallow_mlp", "deep_mlp") if one[0] == 45 else ("xor_one_layer", "xor_three_layers")
    found = [contender(name).profile.totals for name in names]
    assert [(totals.params, totals.depth) for totals in found] == [one, other]
