"""A network of one step, as `--layer` gives it."""

import pytest

from netinspect.analysis.profile import profile
from netinspect.catalogue import LAYERS
from netinspect.errors import SpecError
from netinspect.network.load import one_layer


def given(*sizes, dtype="float32"):
    return [(sizes, dtype)]


def test_a_layer_on_its_input():
    (call,) = one_layer("Conv2d(1, kernel_size=3, padding=1)", given(1, 100, 100), batch_size=4).calls
    assert call.outputs[0].type.shape == (4, 1, 100, 100)


def test_the_lectures_fully_connected_layer():
    assert profile(one_layer("Linear(1000, bias=False)", given(3 * 224 * 224))).totals.params == 150_528_000


def test_ids_and_several_inputs():
    assert profile(one_layer("Embedding(10, 4)", given(7, dtype="int64"))).totals.params == 40
    assert profile(one_layer("Bilinear(3)", [((4,), "float32"), ((5,), "float32")])).totals.params == 63


def asked_for(entry):
    """The catalogue's example as a user would give it: the layer alone, and all its inputs."""
    text = entry.example.splitlines()[-1].rpartition("): ")[2]
    inputs = [(tensor.shape[1:], tensor.dtype) for tensor in entry.example_inputs]
    if entry.name.startswith("MaxUnpool"):
        ((sizes, dtype),) = inputs
        pooled = (sizes[0], *(size // 2 for size in sizes[1:]))
        inputs = [(pooled, dtype), (pooled, "int64")]
    return text, inputs


@pytest.mark.parametrize("entry", LAYERS.values(), ids=lambda entry: entry.name)
def test_every_layer_of_the_catalogue_can_be_asked_for(entry):
    (call,) = one_layer(*asked_for(entry), batch_size=2).calls
    assert call.entry is entry


@pytest.mark.parametrize("text", ["Conv2d(1, kernal_size=3)", "Conv2d(", "Frobnicate", "Conv2d(1, kernel_size=300)",
                                  "", "8", "Conv2d(1, kernel_size=3) extra"])  # fmt: skip
def test_a_mistake_is_told_with_its_place(text):
    with pytest.raises(SpecError) as failure:
        one_layer(text, given(1, 9, 9))
    assert failure.value.source.name == "--layer"
    assert failure.value.source.text == text
    assert all(diagnostic.span is not None for diagnostic in failure.value.diagnostics)
