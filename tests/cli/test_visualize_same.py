"""Every kind of figure is the same bytes from two runs, in another folder and in other surroundings."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image

from netinspect.network.load import load
from netinspect.pictures.kinds import all_kinds
from netinspect.torch_backend.build import build
from tests.cli.running import environment
from tests.faults.galleries import bytes_in, is_whole

IMAGE = """\
name: Everything
input: [3, 24, 24]
layers:
  - conv: Conv2d(8, kernel_size=5)
  - BatchNorm2d
  - GELU
  - MaxPool2d(2)
  - second: Conv2d(12, kernel_size=3, groups=2)
  - ReLU
  - flatten(2)
  - transpose(1, 2)
  - attn(prev, prev, prev): MultiheadAttention(num_heads=2, batch_first=True)
  - rnn: LSTM(6, batch_first=True)
  - mean(dim=1)
  - fc: Linear(5)
"""
SOUND = """\
name: Sound
input: {shape: {channels: 1, time: 2000}, preprocess: {sample_rate: 8000, frame: 2000}}
layers:
  - a: Conv1d(6, kernel_size=31, stride=2)
  - ReLU
  - b: Conv1d(6, kernel_size=5)
"""
PLANE = "name: Plane\ninput: [2]\nlayers: [Linear(3), Tanh, Linear(1)]\n"
EVERYTHING = ("--all", "--save-arrays")
COMMANDS = {
    "image": ("image.yaml", "--weights", "image.pt", "--input", "photos/2.png", "--dataset", "photos", "--top-inputs",
              "3", "--unit", "second:1,2,3", *EVERYTHING),
    "sound": ("sound.yaml", "--weights", "sound.pt", "--input", "a.wav", *EVERYTHING),
    "plane": ("plane.yaml", *EVERYTHING),
    "random": ("image.yaml", *EVERYTHING, "--seed", "7", "--scale", "kernel", "--order", "norm"),
}  # fmt: skip
HERE = {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC"}
ELSEWHERE = {"PYTHONHASHSEED": "4711", "LC_ALL": "C.UTF-8", "TZ": "Asia/Kolkata", "MPLBACKEND": "svg", "COLUMNS": "30"}
STYLE = "font.size: 20\nfont.family: serif\naxes.facecolor: black\nlines.linewidth: 5\nsavefig.bbox: tight\n"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two folders of the same files; in one of them lies a style that would change every plot."""
    here, elsewhere = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("elsewhere") / "größe" / "b"
    for name, text in (("image", IMAGE), ("sound", SOUND), ("plane", PLANE)):
        (here / f"{name}.yaml").write_text(text, encoding="utf-8")
        torch.save(build(load(str(here / f"{name}.yaml")), seed=3).state_dict(), here / f"{name}.pt")
    (here / "photos").mkdir()
    for number in range(6):
        pixels = np.random.default_rng(number).integers(0, 256, (24, 24, 3), np.uint8)
        Image.fromarray(pixels).save(here / "photos" / f"{number}.png")
    soundfile.write(here / "a.wav", 0.4 * np.sin(0.3 * np.arange(8000)), 8000)
    shutil.copytree(here, elsewhere)
    (elsewhere / "matplotlibrc").write_text(STYLE)
    return here, elsewhere


EACH = """
import json, sys
from netinspect.cli.main import main
sys.exit(max(main(["visualize", *arguments]) for arguments in json.loads(sys.argv[1])))
"""


def drawn(folder, names, surroundings):
    """The files of each command, run one after the other in a process."""
    commands = [[*COMMANDS[name], "-o", f"out-{name}"] for name in names]
    subprocess.run(
        [sys.executable, "-c", EACH, json.dumps(commands)], cwd=folder, check=True, capture_output=True, timeout=120,
        env=environment(**surroundings, OMP_NUM_THREADS="1"),
    )  # fmt: skip
    assert all(is_whole(folder / f"out-{name}") for name in names)
    return {name: bytes_in(folder / f"out-{name}") for name in names}


@pytest.fixture(scope="module")
def runs(folders):
    """For each command the files of both runs; elsewhere they come in another order, which must not matter either."""
    here, elsewhere = folders
    one, two = drawn(here, list(COMMANDS), HERE), drawn(elsewhere, [*COMMANDS][::-1], ELSEWHERE)
    return {name: (one[name], two[name]) for name in COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_same_bytes_wherever_it_runs(folders, runs, name):
    one, two = runs[name]
    assert one.keys() == two.keys()
    assert [file for file in one if one[file] != two[file]] == []
    places = [str(folder).encode() for folder in folders]
    assert [file for file, data in one.items() if any(place in data for place in places)] == []


def test_that_was_every_kind_of_figure(runs):
    manifests = [json.loads(runs[name][0]["manifest.json"]) for name in ("image", "sound", "plane")]
    assert {figure["kind"] for manifest in manifests for figure in manifest["figures"]} == set(all_kinds())
