"""The data of the page, run by an interpreter that knows nothing else, give what torch gives."""

import os

import numpy as np
import pytest

from netinspect.gallery_specs import entries
from tests.explorer.pages import decoded, texts_of_gallery, texts_of_text

QUICK = (
    "lenet lenet5 toy_cnn cnn64 xor_three_layers deep_mlp rnn lstm gru self_attention pnet_window rnet onet sincnet "
    "logmel_cnn crepe_tiny umxse shufflenet_v2_x0_5 diffusion_unet"
).split()
FITTING = [entry.name for entry in entries() if entry.params <= 30_000_000 and entry.macs <= 6_000_000_000]
PROVEN = FITTING if os.environ.get("NETINSPECT_PROVE") else QUICK

ROUNDING = 2e-5
"""Of the largest number of a value: both sides compute in float32 and add in another order."""


def differences(page, tolerance=ROUNDING):
    """Where the interpreter's numbers are not torch's, operation by operation."""
    values = page.run()
    for operation in page.head["operations"]:
        for at in operation["outputs"]:
            expected, places = page.checks(at)
            if expected is not None:
                computed = values[at].reshape(-1)[places]
                finite = np.abs(expected[np.isfinite(expected)])
                allowed = tolerance * finite.max(initial=0)
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
