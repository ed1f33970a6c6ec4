"""The data of the page, run by an interpreter that knows nothing else, give what torch gives."""

import math
import os
import re

import numpy as np
import pytest
import torch

from netinspect.api import load, loads
from netinspect.errors import InputError
from netinspect.explorer import MAX_BYTES
from netinspect.explorer.page import page as page_of
from netinspect.explorer.payload import packed
from netinspect.explorer.run import explore
from netinspect.gallery_specs import entries
from netinspect.notebook import explore as explore_page
from netinspect.torch_backend.batches import noise
from netinspect.torch_backend.build import build
from tests.catalogue.tally import EXPLORED, compared
from tests.explorer.pages import decoded, network_of, texts_of_gallery, texts_of_text, texts_within

QUICK = (
    "lenet lenet5 toy_cnn cnn64 xor_three_layers deep_mlp rnn lstm gru self_attention pnet_window rnet onet sincnet "
    "logmel_cnn crepe_tiny umxse shufflenet_v2_x0_5 diffusion_unet"
).split()
FITTING = [entry.name for entry in entries() if entry.params <= 30_000_000 and entry.macs <= 6_000_000_000]
LARGER = [
    entry.name
    for entry in entries()
    if entry.name not in FITTING and entry.params <= 150_000_000 and entry.macs <= 60_000_000_000
]
"""Of these a page has not all weights; and of some there is none of the usual size."""

IS_PROOF = bool(os.environ.get("NETINSPECT_PROVE"))
PROVEN = FITTING if IS_PROOF else QUICK
PROVEN_IN_PART = LARGER if IS_PROOF else ["alexnet"]

ROUNDING = 2e-5
"""Of the largest number of a value: both sides compute in float32 and add in another order."""


HALF_ROUNDING = 4e-3
"""Of what is recorded in half precision, which has 11 binary digits, and of what follows from it."""


CANCELLED = 8 * 2.0**-24
"""Of the sum of the sizes of all terms, where these cancel out: some units in the last place of torch's own sum."""


def differences(page):
    """Where the interpreter's numbers are not torch's, operation by operation."""
    values, halved = page.run(), set()
    for operation in page.head["operations"]:
        operands = [item if isinstance(item, list) else [item] for item in operation["inputs"].values()]
        follows = any(isinstance(item, int) and item in halved for items in operands for item in items)
        for at in operation["outputs"]:
            stored = page.head["values"][at]["stored"]
            if follows or (stored is not None and page.head["arrays"][stored]["dtype"] == "float16"):
                halved.add(at)
            expected, places = page.checks(at)
            if expected is not None:
                computed = values[at].reshape(-1)[places]
                finite = np.abs(expected[np.isfinite(expected)])
                allowed = (HALF_ROUNDING if at in halved else ROUNDING) * finite.max(initial=0)
                if operation["kind"] == "linear":
                    allowed = max(allowed, CANCELLED * page.sum_of_sizes(operation, values))
                if not np.allclose(computed, expected, rtol=0, atol=allowed, equal_nan=True):
                    yield operation["path"], operation["kind"]


def whys(page):
    """By type, why operations are recorded."""
    recorded = (operation for operation in page.head["operations"] if operation["kind"] == "recorded")
    return {operation["type"]: operation["settings"]["why"] for operation in recorded}


@pytest.mark.parametrize("name", PROVEN)
def test_every_operation_of_a_gallery_network_gives_what_torch_gives(name):
    page = decoded(texts_of_gallery(name))
    assert list(differences(page)) == []
    assert "unknown" not in whys(page).values()
    compared(EXPLORED, name, times=sum(value["checks"] is not None for value in page.head["values"]))


IN_ONE_LINE = {
    "Conv1d same dilated": ("6, 20", "Conv1d(4, kernel_size=4, padding=same, dilation=2)"),
    "Conv2d reflect": ("6, 9, 9", "Conv2d(4, kernel_size=3, padding=1, padding_mode=reflect)"),
    "Conv2d replicate": ("6, 9, 9", "Conv2d(4, kernel_size=3, padding=1, padding_mode=replicate)"),
    "Conv2d circular groups": ("6, 9, 9", "Conv2d(4, kernel_size=3, padding=2, padding_mode=circular, groups=2)"),
    "Conv2d stride": ("6, 11, 9", "Conv2d(4, kernel_size=(3, 2), stride=(2, 3), padding=(1, 0), bias=False)"),
    "Conv3d": ("2, 5, 6, 7", "Conv3d(3, kernel_size=(2, 3, 1), stride=(1, 2, 1))"),
    "ConvTranspose1d": ("6, 9", "ConvTranspose1d(4, kernel_size=4, stride=3, padding=1, output_padding=2)"),
    "ConvTranspose2d": ("6, 5, 4", "ConvTranspose2d(4, kernel_size=3, stride=2, groups=2, dilation=2)"),
    "ConvTranspose3d": ("2, 3, 4, 3", "ConvTranspose3d(2, kernel_size=2, stride=2)"),
    "MaxPool2d ceil": ("3, 8, 7", "MaxPool2d(3, stride=2, padding=1, ceil_mode=True)"),
    "MaxPool1d dilated": ("3, 20", "MaxPool1d(3, stride=2, dilation=3)"),
    "MaxPool3d": ("2, 6, 6, 6", "MaxPool3d(2)"),
    "AvgPool2d ceil": ("3, 8, 7", "AvgPool2d(3, stride=2, padding=1, ceil_mode=True)"),
    "AvgPool2d inside": ("3, 8, 7", "AvgPool2d(3, stride=2, padding=1, count_include_pad=False)"),
    "AvgPool2d divisor": ("3, 8, 8", "AvgPool2d(2, divisor_override=3)"),
    "AdaptiveAvgPool2d": ("3, 7, 8", "AdaptiveAvgPool2d((3, 5))"),
    "AdaptiveMaxPool1d": ("3, 7", "AdaptiveMaxPool1d(3)"),
    "InstanceNorm2d": ("3, 5, 5", "InstanceNorm2d(affine=True)"),
    "GroupNorm": ("6, 5, 5", "GroupNorm(3)"),
    "LayerNorm": ("6, 5", "LayerNorm([6, 5])"),
    "RMSNorm": ("6, 5", "RMSNorm(5)"),
    "LocalResponseNorm": ("8, 4, 4", "LocalResponseNorm(5, alpha=0.1)"),
    "normalize": ("8, 4", "normalize(p=2, dim=1)"),
    "PReLU": ("4, 5", "PReLU(4)"),
    "GLU": ("6, 5", "GLU(dim=1)"),
    "Softmax": ("6, 5", "Softmax(dim=1)"),
    "LogSoftmax": ("6, 5", "LogSoftmax(dim=-1)"),
    "Softmin": ("6, 5", "Softmin(dim=1)"),
    "Upsample bilinear": ("3, 5, 4", "Upsample(scale_factor=2.5, mode=bilinear)"),
    "Upsample aligned": ("3, 5, 4", "Upsample(size=(9, 3), mode=bilinear, align_corners=True)"),
    "Upsample linear": ("3, 5", "Upsample(scale_factor=3, mode=linear)"),
    "Upsample nearest": ("3, 5, 4", "Upsample(scale_factor=2)"),
    "PixelShuffle": ("8, 3, 4", "PixelShuffle(2)"),
    "Unfold": ("3, 5, 5", "Unfold(3, padding=1)"),
    "ReflectionPad2d": ("2, 5, 5", "ReflectionPad2d((1, 2, 3, 0))"),
    "ReplicationPad1d": ("2, 5", "ReplicationPad1d((1, 2))"),
    "CircularPad2d": ("2, 5, 5", "CircularPad2d((1, 2, 0, 3))"),
    "ConstantPad2d": ("2, 5, 5", "ConstantPad2d((1, -1, 0, 2), value=3.5)"),
    "roll": ("2, 5, 5", "roll((1, 2), (2, 3))"),
    "flip": ("2, 5", "flip(1)"),
    "getitem": ("4, 6", "prev[:, 1::2, 2:5]"),
    "std": ("4, 6", "std(dim=(1, 2))"),
    "logsumexp": ("4, 6", "logsumexp(dim=2)"),
    "norm": ("4, 6", "norm(p=3, dim=1)"),
    "MultiheadAttention": ("5, 8", "MultiheadAttention(num_heads=2, batch_first=True)"),
    "MultiheadAttention time first": ("5, 8", "MultiheadAttention(num_heads=4, batch_first=False)"),
    "TransformerEncoderLayer": ("5, 8", "TransformerEncoderLayer(nhead=2, dim_feedforward=12, batch_first=True)"),
    "TransformerEncoder": (
        "5, 8",
        "TransformerEncoder(num_layers=2, nhead=2, batch_first=True, norm_first=True, activation=gelu)",
    ),
    "TransformerDecoderLayer": (
        "5, 8",
        "dec(input, input): TransformerDecoderLayer(nhead=2, dim_feedforward=12, batch_first=True)",
    ),
    "TransformerDecoder": (
        "5, 8",
        "dec(input, input): TransformerDecoder(num_layers=2, nhead=2, batch_first=True, bias=False)",
    ),
    "Transformer": (
        "5, 8",
        "both(input, input): Transformer(nhead=2, num_encoder_layers=1, num_decoder_layers=2, batch_first=True)",
    ),
    "LSTM": ("5, 4", "LSTM(3, num_layers=2, bidirectional=True, batch_first=True)"),
    "GRU": ("5, 4", "GRU(3, num_layers=2, bias=False, batch_first=False)"),
    "RNN": ("5, 4", "RNN(3, nonlinearity=relu, bidirectional=True, batch_first=True)"),
    "LSTMCell": ("4", "LSTMCell(3)"),
    "GRUCell": ("4", "GRUCell(3)"),
    **{
        name: ("5, 4", name)
        for name in (
            *("ReLU", "ReLU6", "LeakyReLU(0.2)", "RReLU", "ELU(alpha=0.7)", "CELU(alpha=0.7)", "SELU", "GELU"),
            *(
                "GELU(approximate=tanh)",
                "SiLU",
                "Mish",
                "Sigmoid",
                "Tanh",
                "LogSigmoid",
                "Softplus(beta=2)",
                "Softsign",
            ),
            *("Softshrink", "Hardshrink", "Tanhshrink", "Threshold(0.1, value=-3)", "Hardtanh", "Hardsigmoid"),
            *("Hardswish", "abs", "sign", "square", "exp", "erf", "floor", "round", "clamp(min=-0.5, max=0.2)", "neg"),
        )
    },
}


@pytest.mark.parametrize("case", IN_ONE_LINE)
def test_every_kind_gives_what_torch_gives(case):
    sizes, line = IN_ONE_LINE[case]
    page = decoded(texts_of_text(f"input: [{sizes}]\nlayers:\n  - {line}\n"))
    assert list(differences(page)) == []
    assert whys(page) == {}


# --- what fits -----------------------------------------------------------------------------------

TWO_LINEARS = "input: [40]\nlayers:\n  - big: Linear(2000)\n  - ReLU\n  - small: Linear(3)\n"


def operation(page, path):
    return next(item for item in page.head["operations"] if item["path"] == path)


def test_weights_that_do_not_fit_are_left_out_and_what_follows_is_computed_from_the_record():
    page = decoded(texts_of_text(TWO_LINEARS, left_out=["big"]))
    assert operation(page, "big")["settings"]["why"] == "size"
    assert operation(page, "small")["kind"] == "linear"
    assert "big.weight" not in page.head["tensors"]
    assert list(differences(page)) == []
    assert any("recorded" in note for note in page.head["notes"])


def test_the_largest_products_of_a_linear_that_does_not_fit_are_kept():
    page = decoded(texts_of_text("input: [4000]\nlayers:\n  - fc: Linear(50)\n", left_out=["fc"]))
    places, products = (page.array(number) for number in operation(page, "fc")["settings"]["largest"])
    shown = page.array(page.head["values"][0]["stored"]).reshape(-1)
    state = build(loads("input: [4000]\nlayers:\n  - fc: Linear(50)\n").graph, seed=0).state_dict()
    expected = state["fc.weight"].numpy() * shown
    order = np.argsort(-np.abs(expected), axis=1)[:, :20]
    assert np.array_equal(places, order)
    assert np.allclose(products, np.take_along_axis(expected, order, axis=1))


def test_what_fits_in_no_way_is_refused():
    with pytest.raises(InputError, match="takes at least"):
        texts_within(loads("input: [3, 400, 400]\nlayers:\n  - Conv2d(8, kernel_size=3)\n"), 300_000)


@pytest.mark.parametrize(("spare", "is_complete"), [(-60_000, False), (-2_000, False), (4_000, True)])
def test_the_page_is_no_larger_than_its_limit_and_holds_what_has_room(spare, is_complete):
    network = load("lenet")
    limit = len(explore_page(network).html.encode()) + spare
    html = explore_page(network, max_bytes=limit).html
    assert len(html.encode()) <= limit
    assert ('"why":"size"' not in network_of(html)) == is_complete


WIDE = """
input: [3, 8, 8]
layers:
  - Conv2d(1024, kernel_size=1)
  - ReLU
  - AdaptiveAvgPool2d(1)
  - Flatten
  - fc: Linear(1024)
"""


@pytest.mark.parametrize("text", [None, WIDE, TWO_LINEARS], ids=["lenet", "wide", "two"])
def test_the_refusal_names_the_size_at_which_a_page_is_written(text):
    network = load("lenet") if text is None else loads(text)
    with pytest.raises(InputError, match=r"takes at least \d+ kB, more than the limit of 40 kB") as refused:
        explore_page(network, max_bytes=40_500)
    least = 1000 * int(re.search(r"at least (\d+) kB", str(refused.value))[1])
    assert least - 1000 < len(explore_page(network, max_bytes=least).html.encode()) <= least
    with pytest.raises(InputError, match="takes at least"):
        explore_page(network, max_bytes=least - 1000)


def test_a_limit_that_leaves_out_nothing_more_gives_the_same_page():
    network = loads(WIDE)
    html = explore_page(network, max_bytes=1_000_000).html
    assert '"why":"size"' in network_of(html)
    assert explore_page(network, max_bytes=len(html.encode()) + 2000).html == html


@pytest.mark.parametrize(("name", "most"), [("lenet", 150_000), ("crepe_tiny", 1_300_000)])
def test_the_data_stay_within_their_bounds(name, most):
    texts = texts_of_gallery(name)
    assert len(packed(texts.network.encode())) + len(texts.numbers) <= most


def test_the_page_of_lenet_stays_within_its_bound():
    assert len(explore_page(load("lenet")).html.encode()) <= 200_000


@pytest.mark.slow
@pytest.mark.parametrize("name", PROVEN_IN_PART)
def test_a_network_that_is_too_large_fits_in_part_or_is_refused(name):
    try:
        texts, content = texts_within(load(name), MAX_BYTES)
    except InputError:
        return  # what its layers give has no room, even without any weights
    page = decoded(texts)
    assert len(content) <= MAX_BYTES
    assert "unknown" not in whys(page).values()
    assert list(differences(page)) == []
    compared(EXPLORED, name, times=sum(value["checks"] is not None for value in page.head["values"]))
    if name == "alexnet":
        kinds = {item["path"]: item["kind"] for item in page.head["operations"]}
        assert [kind for path, kind in kinds.items() if path.startswith("features")].count("convolution") == 5
        assert whys(page) == {"Linear": "size"}


# --- what the data say -----------------------------------------------------------------------------


def test_the_same_network_gives_the_same_data():
    first, second = texts_of_text(TWO_LINEARS), texts_of_text(TWO_LINEARS)
    assert (first.network, first.numbers) == (second.network, second.numbers)


def test_no_name_ends_the_element_it_stands_in():
    texts = texts_of_text('name: "</script><b>"\ninput: [2]\nlayers:\n  - Linear(1)\n')
    html = page_of(texts).decode()
    assert "</script><b>" not in html
    assert html.count("</script>") == html.count("<script")
    assert decoded(texts).head["name"] == "</script><b>"


def test_numbers_that_are_none_stay_what_they_are():
    def spoil(model):
        with torch.no_grad():
            model.get_submodule("fc").weight[:3, 0] = torch.tensor([math.nan, math.inf, 1e30])

    page = decoded(texts_of_text("input: [2000]\nlayers:\n  - fc: Linear(5)\n", change=spoil))
    weight = page.array(page.head["tensors"]["fc.weight"])
    assert weight.dtype == np.float32  # 1e30 is beyond half precision
    assert np.isnan(weight[0, 0])
    assert weight[1, 0] == np.inf
    assert weight[2, 0] == np.float32(1e30)


def test_large_weights_are_rounded_and_the_run_is_that_of_the_rounded_ones():
    page = decoded(texts_of_text("input: [2000]\nlayers:\n  - fc: Linear(5)\n"))
    assert page.array(page.head["tensors"]["fc.weight"]).dtype == np.float16
    assert page.array(page.head["tensors"]["fc.bias"]).dtype == np.float32
    assert list(differences(page)) == []
    assert "rounded to half precision" in page.head["notes"][0]


def test_the_model_keeps_its_weights():
    graph = loads(TWO_LINEARS).graph
    model = build(graph, seed=0)
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    explore(model, graph, noise(graph))
    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items())


def test_what_the_engine_cannot_do_is_recorded_with_its_source():
    page = decoded(texts_of_text("input: [4, 6]\nlayers:\n  - cumsum(2)\n  - ReLU\n"))
    recorded, relu = page.head["operations"]
    assert (recorded["kind"], recorded["settings"]["why"], recorded["inputs"]) == (
        "recorded",
        "unknown",
        {"parts": [0]},
    )
    assert relu["kind"] == "function"
    assert list(differences(page)) == []


def test_a_constant_is_stored_and_what_no_output_needs_is_not():
    page = decoded(texts_of_text("input: [4]\nlayers:\n  - a: arange(4)\n  - unused(a): exp\n  - add(input, a)\n"))
    assert [(item["path"], item["kind"]) for item in page.head["operations"]] == [("a", "recorded"), ("add", "combine")]


def test_fields_are_the_receptive_field():
    page = decoded(texts_of_gallery("lenet"))
    at = operation(page, "pool1")["outputs"][0]
    rows = next(field for field in page.head["values"][at]["fields"] if field["axis"] == 2)
    assert (rows["along"], rows["lows"], rows["highs"], rows["step"]) == (2, [0], [5], 2)


def test_the_end_of_a_layer_that_is_written_out_has_the_type_and_the_cost_of_the_layer():
    page = decoded(
        texts_of_text("input: [5, 8]\nlayers:\n  - t: TransformerEncoder(num_layers=2, nhead=2, batch_first=True)\n")
    )
    assert (operation(page, "t")["type"], operation(page, "t")["kind"]) == ("TransformerEncoder", "normalise")
    assert operation(page, "t")["row"]["params"] > 0
    inner = operation(page, "t.layers.0.norm2")
    assert (inner["type"], inner["row"]) == ("LayerNorm", None)
