"""What `netinspect visualize` is given: weights that are odd or hostile, inputs that are no inputs, strange specs."""

import json
import os
import pickle
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image

from netinspect.cli.main import main
from netinspect.network.load import load
from netinspect.pictures.draw import colour
from netinspect.torch_backend.build import build
from tests.faults.galleries import SPEC, files_in, is_whole

SOUND = """\
input: {shape: {channels: 1, time: 400}, preprocess: {sample_rate: 8000, frame: 400}}
layers:
  - Conv1d(2, kernel_size=5)
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    return tmp_path


@pytest.fixture
def state(monkeypatch):
    """The weights of a model of the spec. They do not stand in the diagram, so its PDF, which takes longest, is left
    out, and its pixels."""
    monkeypatch.setattr("netinspect.pictures.kinds.architecture.forms", lambda _request: ("svg",))
    return build(load("net.yaml"), seed=3).state_dict()


def drawn(*arguments, spec="net.yaml"):
    assert main(["visualize", spec, "-o", "out", *arguments]) == 0
    assert is_whole(Path("out"))
    return json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))


def refused(capsys, *arguments, spec="net.yaml"):
    """The one message of a run that is refused and leaves no folder."""
    assert main(["visualize", spec, "-o", "out", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(re.findall(r"^(?:error:|.*: error\[)", err, re.MULTILINE)) == 1
    assert "Traceback" not in err
    assert not Path("out").exists()
    return err


def figure(manifest, file):
    return next(figure for figure in manifest["figures"] if figure["file"] == file)


# --- weights: numbers --------------------------------------------------------------------------


# 32
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_weights_of_other_types_are_drawn_as_the_same_numbers_in_float32(state, dtype, capsys):
    torch.save({key: value.to(dtype) for key, value in state.items()}, "net.pt")
    other = drawn("--all", "--save-arrays", "--weights", "net.pt")
    told = f"stored as {str(dtype).removeprefix('torch.')}, read as float32"
    assert f"note: {told}" in capsys.readouterr().err
    assert told in other["notes"]
    arrays = {path.name: path.read_bytes() for path in Path("out/data").iterdir()}
    torch.save({key: value.to(dtype).float() for key, value in state.items()}, "net.pt")
    same = drawn("--all", "--save-arrays", "--weights", "net.pt", "--force")
    assert other["figures"] == same["figures"]
    assert arrays == {path.name: path.read_bytes() for path in Path("out/data").iterdir()}


NOT_FINITE = [float("nan"), float("inf"), float("-inf")]


# 32
@pytest.mark.parametrize("options", [(), ("--order", "norm"), ("--order", "activation"), ("--scale", "kernel")])
def test_weights_that_are_not_finite_are_counted_drawn_apart_and_told(state, options, capsys):
    for place, value in enumerate(NOT_FINITE):
        state["conv.weight"][place, 0, 0, 0] = value
    torch.save(state, "net.pt")
    manifest = drawn("--all", "--unit", "second:1,0,2", "--weights", "net.pt", *options)
    assert "note: `conv.weight` holds 3 values that are not finite" in capsys.readouterr().err
    kernels = figure(manifest, "kernels/01_conv.png")
    assert kernels["notes"] == ["3 of 108 weights are not finite (NaN or infinite) and drawn in green"]
    assert np.isfinite([kernels["scale"]["low"], kernels["scale"]["high"]]).all()
    with Image.open("out/kernels/01_conv.png") as image:
        pixels = np.asarray(image.convert("RGB"))
    assert (pixels == colour.MISSING_COLOUR).all(axis=2).any()


# 32
@pytest.mark.parametrize("value", [*NOT_FINITE, 0.0, 3e38, 1e-45])
def test_weights_that_are_all_one_odd_number(state, value):
    """No warning either: the tests turn warnings into errors."""
    torch.save({key: torch.full_like(tensor, value) for key, tensor in state.items()}, "net.pt")
    drawn("--all", "--unit", "second:1,0,2", "--weights", "net.pt")
    for order in ("norm", "activation", "frequency"):
        drawn("--what", "kernels,activations,strip", "--weights", "net.pt", "--order", order, "--force")


# 32
@pytest.mark.parametrize("size", [1e38, 1e-38])
def test_weights_near_the_ends_of_their_range(state, size):
    torch.save({key: tensor * size for key, tensor in state.items()}, "net.pt")
    drawn("--all", "--unit", "second:1,0,2", "--weights", "net.pt", "--order", "activation")


# --- weights: hostile --------------------------------------------------------------------------


class Hostile:
    """What would make a file, if a pickle of it were ever run."""

    def __reduce__(self):
        return os.mkdir, ("pwned",)


def cut(path):
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[: len(data) // 2])


MAKERS = {
    "a module": (lambda: torch.save(build(load("net.yaml")), "x.pt"), "holds Python objects"),
    "an object": (lambda: Path("x.pt").write_bytes(pickle.dumps(Hostile())), "holds Python objects"),
    "an object in a checkpoint": (lambda: torch.save({"conv.weight": Hostile()}, "x.pt"), "holds Python objects"),
    "an object in a legacy file": (
        lambda: torch.save({"conv.weight": Hostile()}, "x.pt", _use_new_zipfile_serialization=False),
        "holds Python objects",
    ),
    "cut short": (lambda: (torch.save({"a": torch.zeros(999)}, "x.pt"), cut("x.pt")), "cut short"),
    "empty": (lambda: Path("x.pt").write_bytes(b""), "is empty"),
    "text": (lambda: Path("x.pt").write_text("epoch,loss\n1,0.5\n"), "it is text"),
    "a web page": (lambda: Path("x.pt").write_text("<!doctype html><title>404</title>"), "is no checkpoint"),
    "no tensors": (lambda: torch.save({"epoch": 3}, "x.pt"), "tensor"),
    "a picture": (lambda: Image.new("RGB", (4, 4)).save("x.pt", "PNG"), "x.pt"),
    "a folder": (lambda: Path("x.pt").mkdir(), "x.pt"),
}  # fmt: skip


# 29, 30
@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("options", [(), ("--match", "order")])
def test_a_checkpoint_that_is_none_is_one_message_and_never_run(kind, options, here, capsys):
    make, words = MAKERS[kind]
    make()
    before = files_in(here)
    told = refused(capsys, "--weights", "x.pt", *options)
    assert words in told
    assert files_in(here) == before
    assert not (here / "pwned").exists()


# 29
def test_the_hostile_pickle_would_run_if_it_were_let(here):
    pickle.loads(pickle.dumps(Hostile()))
    assert (here / "pwned").is_dir()


# 22
def test_a_checkpoint_with_a_name_that_would_clear_the_screen(state, capsys):
    name = "\x1b[2Ja\tb\u202e.pt"
    torch.save(state, name)
    manifest = drawn("--weights", name)
    assert manifest["weights"]["file"] == name
    page = Path("out/index.html").read_text(encoding="utf-8")
    assert not set("\x1b\u202e") & set(page + capsys.readouterr().err)


# --- inputs ------------------------------------------------------------------------------------


def picture(path, size=12, **options):
    pixels = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)
    Image.fromarray(pixels).save(path, **options)


def bomb():
    """A picture of two hundred million pixels in thirty kilobytes."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    Image.new("1", (20_000, 10_000)).save("x.png")
    Image.MAX_IMAGE_PIXELS = limit


INPUTS = {
    "a cut picture": ("x.jpg", lambda: (picture("x.jpg", 64), cut("x.jpg")), "cannot read the picture x.jpg"),
    "a bomb": ("x.png", bomb, "more than 89,478,485 pixels"),
    "text": ("x.png", lambda: Path("x.png").write_text("hello"), "x.png is no picture"),
    "nothing": ("x.png", lambda: Path("x.png").write_bytes(b""), "x.png is no picture"),
    "objects": ("x.npy", lambda: np.save("x.npy", np.array([Hostile(), 1]), allow_pickle=True), "Python objects"),
    "a cut array": ("x.npy", lambda: (np.save("x.npy", np.zeros((3, 12, 12))), cut("x.npy")), "x.npy"),
    "text for an array": ("x.npy", lambda: Path("x.npy").write_text("1,2"), "x.npy"),
    "another size": ("x.npy", lambda: np.save("x.npy", np.zeros((3, 13, 13))), "x.npy has the shape (3, 13, 13)"),
    "no colours": ("x.tif", lambda: Image.new("F", (12, 12)).save("x.tif"), "more than 8 bits (F;32F)"),
    "not numbers": ("x.npy", lambda: np.save("x.npy", np.full((3, 12, 12), "a")), "x.npy"),
    "an empty folder": ("x", lambda: Path("x").mkdir(), "x"),
    "a device": ("/dev/null", lambda: None, "/dev/null is no input"),
    "of no known kind": ("x.xyz", lambda: Path("x.xyz").write_bytes(b"x"), "x.xyz is no input"),
}  # fmt: skip


@pytest.mark.parametrize("kind", INPUTS)
def test_an_input_that_is_none_is_one_message(kind, here, capsys):
    path, make, words = INPUTS[kind]
    make()
    assert words in refused(capsys, "--input", path)
    assert not (here / "pwned").exists()


def header(at, data):
    """A sound of which these bytes are overwritten."""
    soundfile.write("x.wav", np.zeros(800), 8000)
    old = Path("x.wav").read_bytes()
    Path("x.wav").write_bytes(old[:at] + data + old[at + len(data) :])


SOUNDS = {
    "another form": (0, b"RIFX"), "no wave": (8, b"WAVX"), "a codec that is none": (20, b"\xff\xff"),
    "no channels": (22, b"\0\0"), "no samples a second": (24, b"\0\0\0\0"), "another rate": (24, b"\x44\xac\0\0"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SOUNDS)
def test_a_sound_with_a_wrong_header_is_one_message(kind, here, capsys):
    (here / "sound.yaml").write_text(SOUND, encoding="utf-8")
    header(*SOUNDS[kind])
    assert "x.wav" in refused(capsys, "--input", "x.wav", spec="sound.yaml")


def test_the_sound_is_read_with_its_own_header(here):
    (here / "sound.yaml").write_text(SOUND, encoding="utf-8")
    header(0, b"RIFF")
    drawn("--input", "x.wav", spec="sound.yaml")


def test_numbers_that_are_not_finite_in_the_input(here):
    values = np.zeros((3, 12, 12), np.float32)
    values[0, :3, 0] = NOT_FINITE
    np.save("x.npy", values)
    manifest = drawn("--all", "--input", "x.npy")
    assert figure(manifest, "input.png")["notes"][0].startswith("3 of 432 values are not finite")


# --- specs -------------------------------------------------------------------------------------

ODD = {
    "one unit": "input: [1]\nlayers: [Linear(1)]\n",
    "one cell": "input: [1, 1, 1]\nlayers:\n  - Conv2d(1, kernel_size=1)\n  - ReLU\n  - Flatten\n  - Linear(1)\n",
    "one step": "input: {time: 1, features: 1}\nlayers: ['LSTM(1, batch_first=True)']\n",
    "one head": "input: {time: 1, features: 1}\nlayers:\n  - a(input, input, input): "
                "MultiheadAttention(num_heads=1, batch_first=True)\n",
    "no kernels": "input: [3, 8, 8]\nlayers: [BatchNorm2d, Dropout, ReLU]\n",
    "ids": "input: {shape: [4], dtype: int64, high: 5}\nlayers: ['Embedding(5, 3)', Flatten, Linear(2)]\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
def test_the_smallest_of_each_kind(kind, here):
    (here / "odd.yaml").write_text(ODD[kind], encoding="utf-8")
    drawn("--all", "--save-arrays", spec="odd.yaml")
    drawn("--order", "norm", "--scale", "kernel", "--max-tiles", "1", "--force", spec="odd.yaml")


@pytest.mark.parametrize("spec", ["input: [4]\nlayers: [Linear(0)]\n", "input: [0]\nlayers: [Linear(3)]\n"])
def test_a_layer_without_units_is_a_mistake_in_the_spec(spec, here, capsys):
    (here / "odd.yaml").write_text(spec, encoding="utf-8")
    assert "odd.yaml:" in refused(capsys, spec="odd.yaml")


# 33
def test_hundreds_of_layers(here):
    layers = "".join(f"  - l{at}: Linear(3)\n  - ReLU\n" for at in range(110))
    (here / "deep.yaml").write_text(f"input: [3]\nlayers:\n{layers}", encoding="utf-8")
    manifest = drawn("--what", "kernels,histograms", spec="deep.yaml")
    assert "64 of 110 layers" in figure(manifest, "histograms.png")["title"]
    names = [figure["file"] for figure in manifest["figures"] if figure["kind"] == "kernels"]
    assert names == [f"kernels/{2 * at + 1:03}_l{at}.png" for at in range(110)]


# 21, 24
@pytest.mark.parametrize("name", ["größe 🎹", "a\\tb", "<b>&amp;", "=cmd()", "-o", "x" * 300])
def test_a_network_may_have_any_name(name, here):
    (here / "net.yaml").write_text(SPEC.replace("Small", f'"{name}"'), encoding="utf-8")
    manifest = drawn("--what", "architecture,kernels")
    assert manifest["network"] == name.replace("\\t", "\t")


def test_a_name_that_does_not_print_breaks_no_svg(state):
    """XML has no escape character: every .svg of the folder can still be read."""
    name = "\x1b[2J\u202e<&>.pt"
    torch.save(state, name)
    drawn("--weights", name, "--unit", "conv:0,1,1", "--force")
    files = sorted(path.name for path in Path("out").rglob("*.svg"))
    assert files == ["architecture.svg", "convolution.svg"]
    for file in files:
        assert "\x1b" not in "".join(ET.parse(Path("out") / file).getroot().itertext())
