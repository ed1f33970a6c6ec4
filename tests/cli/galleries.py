"""Small specs with things to show them, and what comes of drawing them: for the tests of `netinspect visualize`."""

import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from netinspect.cli.main import main

NET = """\
name: Small
input: [3, 12, 12]
vars: {width: 4}
layers:
  - conv: Conv2d(width, kernel_size=3)
  - ReLU
  - pool: MaxPool2d(2)
  - second: Conv2d(6, kernel_size=3)
  - Flatten
  - fc: Linear(10)
"""
RESIDUAL = """\
name: Residual
input: [2, 8, 8]
layers:
  - a: Conv2d(4, kernel_size=3, padding=1)
  - norm: BatchNorm2d
  - act: ReLU
  - b: Conv2d(4, kernel_size=3, padding=1)
  - sum: add(b, act)
  - last: relu
  - flatten(1)
  - fc: Linear(3)
"""
SOUND = """\
name: Frames
input:
  shape: {channels: 1, time: 40}
  preprocess: {sample_rate: 1000, frame: 40, hop_length: 10, normalize: frame}
layers:
  - conv: Conv1d(5, kernel_size=9)
  - ReLU
  - flatten(1)
  - fc: Linear(7)
"""
SPEECH = """\
name: Mel
input:
  shape: {time: 6, mel: 8}
  preprocess: {frame: 800, hop_length: 400, log_mel: {sample_rate: 16000, n_fft: 400, hop_length: 160, n_mels: 8}}
layers:
  - rnn: LSTM(4, batch_first=True)
  - last: rnn.h_n[-1]
  - fc: Linear(3)
"""
TWO = """\
name: Two
inputs: {left: [3], right: [2]}
layers:
  - both: cat(left, right, dim=1)
  - fc: Linear(2)
outputs: {both: both, fc: fc}
"""
RECURRENT = (
    "name: Over time\ninput: {time: 6, features: 5}\nlayers:\n  - rnn: LSTM(4, batch_first=True)\n  - Linear(3)\n"
)
ATTENTION = """\
name: Attention
input: {time: 6, features: 8}
layers:
  - attn(input, input, input): MultiheadAttention(num_heads=2, batch_first=True)
"""
OWN = """\
name: Own
input: [3, 12, 12]
layers:
  - conv: Conv2d(4, kernel_size=3)
  - gate: Gate(4)
  - fc: Linear(2)
"""
LAYERS = """\
import torch
from torch import nn

class Gate(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return torch.relu(self.conv(x)).mean((2, 3))

class Fails(nn.Module):
    def forward(self, x):
        if not x.is_meta:
            raise ValueError("not today")
        return x
"""
SPECS = {
    "net": NET, "residual": RESIDUAL, "sound": SOUND, "speech": SPEECH, "two": TWO, "rnn": RECURRENT,
    "attention": ATTENTION, "own": OWN,
}  # fmt: skip
LOUDEST = 4
"""The loudest frame of `wave`, from 0."""


def picture(seed, size=12):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8))


def wave():
    """110 samples, 8 frames of 40 every 10; frame 4 (from 0) holds the loud part."""
    samples = 0.01 * np.sin(np.arange(110))
    samples[LOUDEST * 10 : LOUDEST * 10 + 40] *= 50
    return samples


def drawn(*arguments, out="out"):
    shutil.rmtree(out, ignore_errors=True)
    assert main(["visualize", *arguments, "-o", out]) == 0
    return json.loads(Path(out, "manifest.json").read_text(encoding="utf-8"))


def refused(capsys, *arguments, code=2):
    """The message of a run that writes nothing."""
    shutil.rmtree("out", ignore_errors=True)
    capsys.readouterr()
    assert main(["visualize", *arguments, "-o", "out"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert not Path("out").exists()
    return err


def titles(manifest):
    return {figure["file"]: figure["title"] for figure in manifest["figures"]}


def files_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def saved(name, out="out"):
    with np.load(Path(out, "data", name)) as archive:
        return {key: archive[key] for key in archive}
