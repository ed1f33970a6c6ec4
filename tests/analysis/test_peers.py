"""What other tools print: our account of it against the tools themselves."""

import logging

import pytest
import torch

import netinspect
from netinspect.analysis.peers import PEERS, like
from netinspect.errors import InputError

NETWORKS = (
    "lenet", "toy_cnn", "cnn64", "resnet18", "mobilenet_v2", "vit_b_16", "rnn", "lstm", "gru", "bilstm",
    "crepe_tiny", "logmel_cnn", "logmel_resnet", "diffusion_unet", "self_attention",
)  # fmt: skip


def inputs_of(network):
    """Seeded inputs at the reported batch size; fvcore traces real tensors only."""
    torch.manual_seed(0)
    for given in network.graph.inputs:
        kind = given.value.type
        yield torch.randn(kind.shape) if kind.is_float else torch.randint(0, given.high or 2, kind.shape)


@pytest.fixture(scope="module", params=NETWORKS)
def case(request):
    """A network of the gallery, its torch model, and what goes in."""
    network = netinspect.load(request.param)
    return network, network.build().eval(), tuple(inputs_of(network))


@pytest.mark.filterwarnings("ignore")
def test_fvcore_prints_what_we_say(case):
    fvcore = pytest.importorskip("fvcore.nn")
    logging.getLogger("fvcore").setLevel(logging.CRITICAL)
    network, model, given = case
    printed = int(fvcore.FlopCountAnalysis(model, given).total())
    assert like(network.graph, "fvcore").theirs == printed


def test_torchinfo_prints_what_we_say(case):
    import torchinfo

    network, model, given = case
    printed = torchinfo.summary(model, input_data=given, verbose=0, mode="eval").total_mult_adds
    assert like(network.graph, "torchinfo").theirs == printed


@pytest.mark.parametrize(
    ("tool", "figure"),
    [
        ("torchvision", 1_814_073_344),
        ("fvcore", 1_819_065_856),
        ("torchinfo", 1_814_083_944),
        ("thop", 1_824_033_792),
    ],
)
def test_resnet18_on_one_machine_with_one_torch(tool, figure):
    assert like(netinspect.load("resnet18").graph, tool).theirs == figure


@pytest.mark.parametrize("tool", PEERS)
@pytest.mark.parametrize("name", ["resnet18", "unet", "gpt2", "bilstm"])
def test_the_differences_make_up_the_figure_and_none_is_empty(tool, name):
    figure = like(netinspect.load(name).graph, tool)
    assert figure.theirs - figure.ours == sum(amount for _, amount in figure.differences)
    assert all(amount for _, amount in figure.differences)


@pytest.mark.parametrize(
    ("line", "shape", "thop"),
    [
        ("ConvTranspose2d(6, kernel_size=4, stride=2)", "[4, 8, 8]", 18 * 18 * 6 * 4 * 16),
        ("Softmax(dim=1)", "[10]", 29),
        ("AvgPool2d(2)", "[4, 8, 8]", 64),
        ("AdaptiveAvgPool2d(2)", "[4, 8, 8]", 17 * 16),
        ("PReLU", "[4, 8, 8]", 256),
        ("Upsample(scale_factor=2, mode=bilinear)", "[4, 8, 8]", 11 * 1024),
        ("LSTM(7, batch_first=True)", "[5, 3]", 5 * (4 * (7 * (3 + 7) + 3 * 7) + 4 * 7)),
    ],
)
def test_thop_counts_what_it_counts(tmp_path, line, shape, thop):
    spec = tmp_path / "net.yaml"
    spec.write_text(f"input: {shape}\nlayers:\n  - {line}\n", encoding="utf-8")
    assert like(netinspect.load(spec).graph, "thop").theirs == thop


def test_a_tool_we_do_not_know_is_an_error():
    with pytest.raises(InputError, match="fvcore"):
        like(netinspect.load("lenet").graph, "keras")
