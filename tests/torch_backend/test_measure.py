"""The forms of a convolution are the same function, and timing them says what was done and what was not."""

import pytest
import torch
from hypothesis import given, settings

from netinspect.analysis.equivalents import convolution, convolutions
from netinspect.analysis.measuring import Limits
from netinspect.errors import InputError
from netinspect.network import load
from netinspect.network.load import one_layer
from netinspect.torch_backend import measure as measuring
from netinspect.torch_backend.functions import make_layer
from netinspect.torch_backend.measure import matrix, measure, unfolded
from tests.analysis.test_equivalents import layers, network_of

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(measuring, "LEAST_SECONDS", 0.001)


def whole_numbers(low, high, *shape):
    return torch.randint(low, high + 1, shape, generator=torch.Generator().manual_seed(1)).double()


@settings(max_examples=300)
@given(layers())
def test_convolution_unfolded_and_as_one_matrix_are_one_function(layer):
    (call,) = convolutions(network_of(layer))
    sizes, own = convolution(call), make_layer(call.entry, call.arguments).double()
    with torch.no_grad():
        for parameter in own.parameters():
            parameter.copy_(whole_numbers(-3, 3, *parameter.shape))
        x = whole_numbers(-3, 3, *call.inputs[0].type.shape)
        theirs = own(x)
        assert torch.equal(unfolded(sizes, x, own.weight, own.bias), theirs)
        bias = 0 if own.bias is None else own.bias.reshape(-1, *(1,) * len(sizes.axes))
        assert torch.equal((x.flatten(1) @ matrix(sizes, own.weight).T).reshape(theirs.shape) + bias, theirs)


def test_lenet_is_measured_and_proven():
    found = measure(load("lenet"), Limits(backward=True, most_weight_bytes=2**30, most_memory=None))
    assert [layer.path for layer in found.layers] == ["conv1", "conv2"]
    for layer in found.layers:
        kinds = [(timing.form, timing.direction) for timing in layer.timings]
        assert kinds == [
            (form, direction)
            for form in ("convolution", "unfolded", "fully_connected")
            for direction in ("forward", "backward")
        ]
        assert all(0 < one.lower_ns <= one.median_ns <= one.upper_ns and one.runs > 0 for one in layer.timings)
        assert layer.proof.holds
    assert [layer.proof.nonzeros for layer in found.layers] == [117_600, 240_000]
    assert (found.device, found.threads, found.torch) == ("cpu", torch.get_num_threads(), torch.__version__)


def test_what_is_too_large_is_skipped_and_says_why():
    (layer,) = measure(
        one_layer("Conv2d(2, kernel_size=3)", [((1, 16, 16), "float32")]), Limits(False, 100_000, None)
    ).layers
    ((form, reason),) = layer.skipped
    assert form == "fully_connected"
    assert "394 KiB" in reason
    assert "97.7 KiB of --measure-limit" in reason
    assert layer.proof is None
    assert [timing.form for timing in layer.timings] == ["convolution", "unfolded"]


def test_what_needs_too_much_memory_is_refused_before_anything_is_made(monkeypatch):
    monkeypatch.setattr(measuring, "_tensors", lambda *_: pytest.fail("allocated"))
    network = one_layer("Conv2d(64, kernel_size=3, padding=1)", [((64, 512, 512), "float32")])
    with pytest.raises(InputError, match=r"GiB of memory, and 1\.00 GiB are allowed"):
        measure(network, Limits(backward=False, most_weight_bytes=2**20, most_memory=2**30))


def test_a_convolution_function_is_measured_too(tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "input: [3, 9, 9]\nparameters: {weight: [4, 3, 3, 3], bias: [4]}\nlayers:\n"
        "  - conv2d(input, weight, bias, padding=1, stride=2)\n"
    )
    (layer,) = measure(load(spec), Limits(True, 2**30, None)).layers
    assert layer.proof.holds


def test_a_size_that_is_read_off_another_tensor(tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "input: [2, 9, 9]\nlayers:\n  - down: Conv2d(4, kernel_size=3, stride=2)\n"
        "  - up(down, output_size=(input.shape[2], input.shape[3])): ConvTranspose2d(2, kernel_size=2, stride=2)\n"
    )
    assert all(layer.proof.holds for layer in measure(load(spec), Limits(False, 2**30, None)).layers)


@pytest.mark.parametrize("device", ["nowhere", "meta", "cuda:99"])
def test_a_device_that_is_none(device):
    with pytest.raises(InputError, match=f"--device {device}"):
        measure(load("lenet"), Limits(False, 2**30, None, device))


def test_a_wrong_count_would_be_seen(monkeypatch):
    (call,) = convolutions(one_layer("Conv2d(1, kernel_size=3, padding=1)", [((1, 8, 8), "float32")]))
    sizes = convolution(call)
    given_tensors = measuring._tensors(sizes, torch.device("cpu"))
    whole = matrix(sizes, given_tensors.weight)
    seen = given_tensors.x.flatten().nonzero().flatten()
    whole[0, seen[whole[0, seen] == 0][0]] = 1  # a connection that is none, from a cell that is not zero
    proof = measuring._proof(call, sizes, given_tensors, whole)
    assert not proof.holds
    assert not proof.outputs_equal
    assert proof.nonzeros == proof.connections + 1


def test_torchs_random_state_is_left_alone():
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    measure(load("lenet"), Limits(False, 2**20, None))
    assert torch.equal(torch.random.get_rng_state(), before)
