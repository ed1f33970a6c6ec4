"""What a convolution would cost otherwise: held against real torch layers, and against the lecture's numbers."""

import itertools

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from netinspect.analysis.equivalents import FORMS, SEPARABLE, Figures, alternatives, convolutions, whole
from netinspect.analysis.profile import profile
from netinspect.errors import NetinspectError
from netinspect.network import load
from netinspect.network.load import one_layer
from netinspect.torch_backend.functions import make_layer

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")


def only(text, *sizes, batch_size=1):
    (found,) = alternatives(one_layer(text, [(sizes, "float32")], batch_size=batch_size))
    return found


def params(found):
    return tuple(found.cost(form).params for form in FORMS)


# --- the lecture -----------------------------------------------------------------------------


def test_a_3x3_filter_against_a_fully_connected_layer_on_100x100():
    three = only("Conv2d(1, kernel_size=3, padding=1, bias=False)", 1, 100, 100)
    five = only("Conv2d(1, kernel_size=5, padding=2, bias=False)", 1, 100, 100)
    assert params(three) == (9, 298 * 298, 100_000_000)
    assert params(five) == (25, 494 * 494, 100_000_000)
    assert three.fully_connected.params // three.convolution.params == 11_111_111


def test_lenet():
    conv1, conv2 = alternatives(load("lenet"))
    assert params(conv1) == (156, 122_304, 4_821_600)
    assert params(conv2) == (2_416, 241_600, 1_883_200)
    assert conv1.convolution.params_formula == "6·(1·5·5 + 1)"
    assert conv1.locally_connected.params_formula == "6·28·28·(1·5·5 + 1)"
    assert conv1.fully_connected.params_formula == "(1·32·32 + 1)·(6·28·28)"


def test_the_border_is_told_in_the_formula():
    assert only("Conv2d(64, kernel_size=3, padding=1)", 3, 224, 224).locally_connected.params_formula == (
        "64·3·(224·3 - 2)·(224·3 - 2) + 64·224·224"
    )


# --- torch -----------------------------------------------------------------------------------


@st.composite
def layers(draw):
    """A small convolution as text, and its input."""
    rank = draw(st.integers(1, 3))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels, out_channels = (groups * draw(st.integers(1, 2)) for _ in range(2))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(rank))

    space = each(1, 5 if rank < 3 else 4)
    named = {"kernel_size": each(1, 3), "dilation": each(1, 2), "groups": groups, "bias": draw(st.booleans())}
    if draw(st.booleans()):
        named |= {"stride": each(1, 3), "padding": each(0, 3), "output_padding": each(0, 2)}
        stem = "ConvTranspose"
    else:
        same = draw(st.booleans())
        named |= {"padding": "same"} if same else {"padding": each(0, 3), "stride": each(1, 3)}
        named |= {"padding_mode": draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"]))}
        stem = "Conv"
    settings_text = ", ".join(f"{name}={value}" for name, value in named.items())
    return f"{stem}{rank}d({out_channels}, {settings_text})", (channels, *space)


def network_of(layer):
    text, sizes = layer
    try:
        return one_layer(text, [(sizes, "float32")], batch_size=2)
    except NetinspectError:
        assume(False)


def as_matrix(call):
    """The convolution as one matrix, column by column: what torch makes of every input that is 1 in one cell."""
    layer = make_layer(call.entry, call.arguments).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.fill_(1.0)
        if layer.bias is not None:
            layer.bias.zero_()
        shape = call.inputs[0].type.shape[1:]
        inputs = torch.eye(int(torch.tensor(shape).prod()), dtype=torch.float64)
        return layer(inputs.reshape(-1, *shape)).flatten(1).T


@settings(max_examples=300)
@given(layers())
def test_locally_connected_weights_are_the_nonzeros_of_the_convolution_as_a_matrix(layer):
    network = network_of(layer)
    (found,) = alternatives(network)
    (call,) = convolutions(network)
    matrix = as_matrix(call)
    nonzeros = int(torch.count_nonzero(matrix))
    biases = len(matrix) if call.arguments["bias"] else 0
    assert found.locally_connected.params == nonzeros + biases
    assert found.locally_connected.macs == 2 * nonzeros


@settings(max_examples=100)
@given(layers())
def test_fully_connected_is_a_linear_of_that_size(layer):
    network = network_of(layer)
    (found,) = alternatives(network)
    (call,) = convolutions(network)
    inputs, units = (int(torch.tensor(shape[1:]).prod()) for shape in (found.input_shape, found.output_shape))
    linear = nn.Linear(inputs, units, bias=call.arguments["bias"], device="meta")
    with FlopCounterMode(display=False) as counter:
        linear(torch.empty(2, inputs, device="meta"))
    assert found.fully_connected.params == sum(p.numel() for p in linear.parameters())
    assert 2 * found.fully_connected.macs == counter.get_total_flops()
    assert found.fully_connected.param_bytes == 4 * found.fully_connected.params


@settings(max_examples=100)
@given(layers())
def test_the_convolution_itself_is_what_torch_counts(layer):
    network = network_of(layer)
    (found,) = alternatives(network)
    (call,) = convolutions(network)
    made = make_layer(call.entry, call.arguments)
    assert found.convolution.params == sum(p.numel() for p in made.parameters())
    assert found.convolution.macs == call.result.macs.value


@settings(max_examples=150)
@given(layers())
def test_every_formula_gives_its_number(layer):
    (found,) = alternatives(network_of(layer))
    for form in (*FORMS, SEPARABLE):
        cost = found.cost(form)
        if cost is not None:
            for number, text in ((cost.params, cost.params_formula), (cost.macs, cost.macs_formula)):
                assert eval(text.replace("·", "*")) == number


@settings(max_examples=100)
@given(layers())
def test_separable_is_a_depthwise_and_a_pointwise_layer_of_torch(layer):
    network = network_of(layer)
    (found,) = alternatives(network)
    (call,) = convolutions(network)
    named = {**call.arguments, "out_channels": call.arguments["in_channels"], "bias": False}
    assume(found.separable is not None)
    rank = len(found.kernel)
    depthwise = make_layer(call.entry, {**named, "groups": call.arguments["in_channels"]})
    pointwise = getattr(nn, f"Conv{rank}d")(
        named["in_channels"], call.arguments["out_channels"], 1, groups=found.groups, bias=call.arguments["bias"]
    )
    with FlopCounterMode(display=False) as counter:
        out = pointwise(depthwise(torch.zeros(found.input_shape)))
    assert out.shape == found.output_shape
    both = itertools.chain(depthwise.parameters(), pointwise.parameters())
    assert found.separable.params == sum(p.numel() for p in both)
    assert 2 * found.separable.macs == counter.get_total_flops()


def test_what_is_depthwise_or_pointwise_has_no_separable_form():
    assert only("Conv2d(8, kernel_size=3, groups=8)", 8, 9, 9).separable is None
    assert only("Conv2d(8, kernel_size=1)", 4, 9, 9).separable is None


def test_the_product_of_both_factors_is_the_whole():
    for found in alternatives(load("alexnet")):
        own, local, full = params(found)
        assert full * local * own == own * local * full
        assert full > local > own


# --- networks --------------------------------------------------------------------------------


def test_convolution_functions_with_parameters_of_their_own(tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "input: [3, 9, 9]\nparameters: {weight: [4, 3, 3, 3], bias: [4], back: [4, 2, 2, 2]}\nlayers:\n"
        "  - conv2d(input, weight, bias, padding=1, stride=2)\n"
        "  - conv_transpose2d(prev, back, stride=2)\n"
    )
    network = load(spec)
    forward, back = alternatives(network)
    twin = only("Conv2d(4, kernel_size=3, padding=1, stride=2)", 3, 9, 9)
    back_twin = only("ConvTranspose2d(2, kernel_size=2, stride=2, bias=False)", 4, 5, 5)
    assert [params(forward), params(back)] == [params(twin), params(back_twin)]
    totals = profile(network).totals
    sums = Figures(totals.params, totals.macs, totals.param_bytes)
    assert totals.params == sum(found.convolution.params for found in (forward, back))
    assert whole(sums, (forward, back), "fully_connected").params == params(forward)[2] + params(back)[2]


def totals_as(network, form):
    totals = profile(network).totals
    return whole(Figures(totals.params, totals.macs, totals.param_bytes), alternatives(network), form)


def test_a_network_with_its_convolutions_fully_connected_is_what_torch_counts():
    network = load("lenet")
    model = nn.Sequential(
        nn.Linear(1_024, 4_704), nn.Unflatten(1, (6, 28, 28)), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1_176, 1_600),
        nn.Unflatten(1, (16, 10, 10)), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.Linear(120, 10),
    ).to("meta")  # fmt: skip
    with FlopCounterMode(display=False) as counter:
        model(torch.empty(1, 1_024, device="meta"))
    found = totals_as(network, "fully_connected")
    assert found.params == sum(p.numel() for p in model.parameters())
    assert 2 * found.macs == counter.get_total_flops()
    assert found.param_bytes == 4 * found.params


def test_a_network_as_it_is_stays_as_it_is():
    for name in ("lenet", "unet", "mobilenet_v2"):
        totals = profile(load(name)).totals
        found = totals_as(load(name), "convolution")
        assert (found.params, found.macs, found.param_bytes) == (totals.params, totals.macs, totals.param_bytes)


COMPUTED = {
    "one number expanded": ("g: {shape: [1, 1, 1]}", ["w: expand(g, 1, 1, 101)", "conv1d(input, w, padding=50)"], 1),
    "weight normalisation": (
        "v: [4, 1, 3], g: [4, 1, 1], b: [4]",
        ["w: v * (g / norm(v, 2, dim=(1, 2), keepdim=True))", "conv1d(input, w, b)"],
        12 + 4 + 4,
    ),
    "worked out from the input": (
        "b: [1]", ["w: expand(mean(input, dim=(0, 1, 2)), 1, 1, 2)", "conv1d(input, w, b)"], 1,
    ),
    "needed elsewhere": ("w: [1, 1, 2], b: [1]", ["y: conv1d(input, w, b)", "y * sum(w, dim=(0, 1, 2))"], 1),
    "needed elsewhere in part": (
        "w: [1, 1, 2], g: [1, 1, 2]", ["h: w * g", "y: conv1d(input, h)", "y * sum(w, dim=(0, 1, 2))"], 2,
    ),
    "of a layer": ("z: [2, 3]", ["a(z): Linear(5)", "w: unsqueeze(a, 1)", "conv1d(input, w)"], 6 + 20),
}  # fmt: skip


@pytest.mark.parametrize(("parameters", "lines", "removed"), COMPUTED.values(), ids=COMPUTED)
def test_what_the_network_counts_for_a_weight_is_taken_away_and_never_more(tmp_path, parameters, lines, removed):
    path = tmp_path / "net.yaml"
    text = "".join(f"  - {line}\n" for line in lines)
    path.write_text(f"input: [1, 8]\nparameters: {{{parameters}}}\nlayers:\n{text}")
    network = load(str(path))
    (layer,) = alternatives(network)
    assert layer.has_computed_weight == (not parameters.startswith("w:") or "h: w * g" in lines)
    totals = profile(network).totals
    figures = Figures(totals.params, totals.macs, totals.param_bytes)
    for form in FORMS[1:]:
        changed = whole(figures, [layer], form)
        assert changed.params == figures.params - removed + layer.cost(form).params
        assert changed.param_bytes == 4 * changed.params


def test_shared_weights_count_once_where_an_alternative_could_share_them(tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "input: [2, 8, 8]\nlayers:\n  - conv: Conv2d(2, kernel_size=3, padding=1, bias=False)\n"
        "  - conv(prev)\n  - MaxPool2d(2)\n  - conv(prev)\n"
    )
    network = load(spec)
    first, second, third = alternatives(network)
    assert totals_as(network, "convolution").params == 36
    assert params(first) == params(second) != params(third)
    for form in ("locally_connected", "fully_connected"):
        found = totals_as(network, form)
        assert found.params == first.cost(form).params + third.cost(form).params
        assert found.macs == 2 * first.cost(form).macs + third.cost(form).macs


def test_tied_convolutions_are_one(tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "input: [2, 8, 8]\nlayers:\n  - a: Conv2d(2, kernel_size=1, bias=False)\n"
        "  - b: Conv2d(2, kernel_size=1, bias=False)\ntie: {b.weight: a.weight}\n"
    )
    assert totals_as(load(spec), "fully_connected").params == 128 * 128


def test_bytes_in_another_dtype():
    (found,) = alternatives(one_layer("Conv1d(2, kernel_size=3)", [((1, 8), "float32")]), dtype="float16")
    assert found.fully_connected.param_bytes == 2 * found.fully_connected.params
