"""Printed models: torch's own print, back to the network it was printed from."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from netinspect.drafts.styles.printed import STYLE
from tests.drafts.styles.assembling import built, spec_text


class BasicBlock(nn.Module):
    """As torchvision's."""

    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x):
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = nn.Sequential(BasicBlock(8, 8), BasicBlock(8, 8))
        self.layer2 = nn.Sequential(BasicBlock(8, 16, 2), BasicBlock(16, 16))
        self.layer3 = nn.Sequential(BasicBlock(16, 32, 2), BasicBlock(32, 32))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(32, 5)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class AlexNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, kernel_size=11, stride=4, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(16, 16, kernel_size=(3, 5), padding=(1, 2), groups=2, padding_mode="reflect"),
            nn.LeakyReLU(0.2, inplace=True),
            nn.AvgPool2d(2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(nn.Dropout(0.3), nn.Linear(16 * 36, 20), nn.ELU(), nn.Linear(20, 4, bias=False))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


SEQUENTIAL = nn.Sequential(
    nn.Linear(20, 30),
    nn.LayerNorm(30),
    nn.GELU(),
    nn.Sequential(nn.Linear(30, 30), nn.BatchNorm1d(30, eps=1e-3), nn.PReLU()),
    nn.Unflatten(1, (6, 5)),
    nn.Flatten(),
    nn.Softmax(dim=1),
)
DECODER = nn.Sequential(
    nn.ConvTranspose2d(4, 8, 4, 2, 1, output_padding=1),
    nn.GroupNorm(2, 8),
    nn.Upsample(scale_factor=2),
    nn.ZeroPad2d((1, 0, 1, 0)),
    nn.PixelShuffle(2),
    nn.InstanceNorm2d(2, affine=True),
    nn.Hardtanh(-2.0, 2.0),
    nn.Dropout2d(0.1),
    nn.AdaptiveMaxPool2d(3),
)
WORDS = nn.Sequential(nn.Embedding(30, 8, padding_idx=0), nn.Identity(), nn.Linear(8, 3), nn.LogSoftmax(dim=-1))

PRINTED = [
    (ResNet(), "[3, 64, 64]", torch.randn(2, 3, 64, 64)),
    (AlexNet(), "[3, 96, 96]", torch.randn(2, 3, 96, 96)),
    (SEQUENTIAL, "[20]", torch.randn(2, 20)),
    (DECODER, "[4, 6, 6]", torch.randn(2, 4, 6, 6)),
    (WORDS, "{shape: {time: 4}, dtype: int64, high: 30}", torch.randint(0, 30, (2, 4))),
]


def dashed(text: str) -> str:
    return "\n".join(f"- {line.strip()}" for line in text.splitlines())


def inside(text: str) -> str:
    return "\n".join(text.splitlines()[1:-1])


@pytest.mark.parametrize("form", [str, dashed, inside], ids=["whole", "dashed", "inside"])
@pytest.mark.parametrize(("model", "sizes", "sample"), PRINTED, ids=lambda value: type(value).__name__)
def test_a_print_is_the_network_it_was_printed_from(model, sizes, sample, form) -> None:
    rewritten = STYLE.rewrite(form(str(model)), None)
    assert rewritten is not None
    ours = built(spec_text(rewritten, [sizes]))
    ours.load_state_dict(model.state_dict())
    model.eval()
    ours.eval()
    with torch.no_grad():
        torch.testing.assert_close(ours(sample), model(sample), rtol=1e-4, atol=1e-4)


def test_lines_read_as_a_person_writes_them() -> None:
    text = """
    LeNet(
      (conv1): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))
      (pool): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
      (act): ReLU(inplace=True)
      (fc1): Linear(in_features=400, out_features=120, bias=True)
      (drop): Dropout(p=0.5, inplace=False)
    )
    """
    rewritten = STYLE.rewrite(text, None)
    assert rewritten is not None
    assert rewritten.layers == (
        "- conv1: Conv2d(1, 6, 5)",
        "- pool: MaxPool2d(2)",
        "- act: ReLU",
        "- Flatten",
        "- fc1: Linear(400, 120)",
        "- drop: Dropout",
    )
    assert rewritten.name == "LeNet"
    assert rewritten.note is not None
    assert "a Flatten is put before `fc1`" in rewritten.note
    assert "order of their definition" in rewritten.note


def test_a_recurrent_layer_whose_time_comes_first_is_told_of() -> None:
    rewritten = STYLE.rewrite(
        "Net(\n  (lstm): LSTM(8, 16, num_layers=2)\n  (fc): Linear(in_features=16, out_features=2)\n)", None
    )
    assert rewritten is not None
    assert rewritten.layers == ("- lstm: LSTM(8, 16, 2, batch_first=True)", "- fc: Linear(16, 2)")
    assert "time before the batch" in (rewritten.note or "")


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Linear(3, 3), nn.TransformerEncoderLayer(4, 2, batch_first=True)),
        nn.Sequential(nn.MultiheadAttention(4, 2, batch_first=True)),
        nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)),
        nn.Sequential(type("Custom", (nn.Module,), {})(), nn.Linear(3, 3)),
    ],
)
def test_what_a_print_does_not_say_is_not_rewritten(model) -> None:
    assert STYLE.rewrite(str(model), None) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "layers:\n  - Linear(3)",
        "(conv1): Conv2d(1, 6",
        "Net(\n(a): Linear(1, 2)\n))",
        "(a): Net(\n(b): Foo(\n)\n)",
        "(a): Linear(1, 2)\n(a-b): 3 x Foo()",
        "(a): Linear(0in, 3)",
    ],
)
def test_what_is_no_print_is_left(text) -> None:
    assert STYLE.rewrite(text, None) is None
