"""Specs on disk for runs of the program."""

import numpy as np
import pytest

from tests.cli.galleries import LAYERS, SPECS, picture, wave

SMALL = """\
name: Small
input: [1, 12, 12]
layers:
  - conv: Conv2d(6, kernel_size=5)
  - Flatten
  - Linear(10)
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The present folder, with specs and with pictures, sounds, arrays and weights for them."""
    import soundfile
    import torch

    from netinspect.network.load import load
    from netinspect.torch_backend.build import build

    monkeypatch.chdir(tmp_path)
    for name, text in SPECS.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "mine.py").write_text(LAYERS, encoding="utf-8")
    (tmp_path / "photos").mkdir()
    for number in range(3):
        picture(number).save(tmp_path / "photos" / f"{number}.png")
    np.save(tmp_path / "many.npy", np.random.default_rng(0).standard_normal((5, 3, 12, 12)).astype(np.float32))
    soundfile.write(tmp_path / "x.wav", wave(), 1000, subtype="FLOAT")
    soundfile.write(tmp_path / "speech.wav", np.random.default_rng(1).uniform(-0.5, 0.5, 2000), 16000)
    torch.save(build(load("net.yaml"), seed=3).state_dict(), tmp_path / "net.pt")
    return tmp_path
