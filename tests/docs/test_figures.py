"""The demonstrations: the scripts of examples/ do what they say, and docs/figures.md shows what they make."""

import importlib.util
import json
import re
import runpy
import shutil
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image
from safetensors.torch import load_file

import netinspect
from netinspect.cli.main import main
from netinspect.gallery_specs import find
from netinspect.inputs.files import read_input
from tests.docs.examples import PAGES, ROOT, blocks

PAGE = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
MOST_BYTES = 3_000_000


def run(*arguments, cwd):
    """A Python program in a process of its own; what it prints on stdout and stderr."""
    result = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout
    return result.stdout


def script(name):
    """A script of examples/ as a module, not run."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    del sys.modules[name]
    return module


FIGURES = script("figures")


# --- the page and the pictures -----------------------------------------------------------------


def shown(page):
    """The pictures of a page, those of a <picture> too."""
    return set(re.findall(r"""(?:!\[[^\]]*\]\(|\bsrc(?:set)?=")(?:docs/)?figures/([^)"]+)[)"]""", page))


MADE = {name for one in FIGURES.DEMONSTRATIONS for name in one.shown.values()} | {*FIGURES.ALSO_SHOWN.values()}


def test_every_picture_is_made_and_explained():
    stored = {path.name for path in (ROOT / "docs" / "figures").iterdir()}
    assert stored == MADE == shown(PAGE)


def test_other_pages_show_pictures_that_are_there():
    for path in PAGES:
        assert shown(path.read_text(encoding="utf-8")) <= MADE, path


def test_pictures_are_as_wide_as_their_letters_are_meant_for():
    """An image has two pixels for each of a page: half of its width, its smallest letters are 9 pixels high. That fits
    the column of a README, of about 830 pixels, and that of a page, of 1,012."""
    for path, column in ((ROOT / "README.md", 830), (ROOT / "docs" / "figures.md", 1012)):
        text = path.read_text(encoding="utf-8")
        widths = re.findall(r'<img src="(?:docs/)?figures/([^"]+\.png)"[^>]* width="(\d+)">', text)
        assert {name for name, _ in widths} == {name for name in shown(text) if name.endswith(".png")}
        for name, width in widths:
            with Image.open(ROOT / "docs" / "figures" / name) as image:
                assert int(width) == (image.width + 1) // 2 <= column, name


def test_the_pictures_are_small_enough_to_be_fetched():
    assert sum(path.stat().st_size for path in (ROOT / "docs" / "figures").iterdir()) < MOST_BYTES


SET_UP = ["make materials", 'export PATH=".venv/bin:$PATH"']


def typed(page):
    """The commands of a page, in order."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [line for block in blocks(text) if block.kind == "sh" for line in block.text.splitlines()]


def test_the_page_shows_the_commands_that_make_its_pictures():
    assert sorted(typed("figures.md")) == sorted(
        [*SET_UP, *FIGURES.SCRIPTS, *(one.command for one in FIGURES.DEMONSTRATIONS)]
    )


def test_the_commands_that_make_the_pages_to_explore_are_shown():
    pages = {page.command for page in FIGURES.EXPLORER_PAGES}
    assert pages <= set(typed("explore.md"))
    assert all(find(page.spec) is not None or (ROOT / page.spec).is_file() for page in FIGURES.EXPLORER_PAGES)


@pytest.mark.parametrize("page", ["figures.md", "tutorial.md"])
def test_what_a_command_reads_an_earlier_one_has_made(page):
    made = []
    for command in typed(page):
        made += [".venv/materials", "build/pocketsphinx"] if command == "make materials" else []
        words = command.split()
        named = [word for word in words if word.startswith(("build/", ".venv/"))]
        written = named[:1] if words[0] == "python" else [words[words.index("-o") + 1]] if "-o" in words else []
        for path in set(named) - set(written):
            assert any(path.startswith(folder) for folder in made), f"{path} in {command}"
        made += written


def test_every_network_is_in_the_gallery_or_beside_the_scripts():
    for one in FIGURES.DEMONSTRATIONS:
        assert find(one.spec) is not None or (ROOT / one.spec).is_file()


def stand_ins(arguments, folder):
    """Empty files below `folder` under the names of those a command reads: its plan asks only whether they exist."""
    for option, name in pairwise(arguments):
        if option in ("--weights", "--input", "--dataset"):
            path = folder / name / "digit.png" if option == "--dataset" else folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


@pytest.mark.parametrize("one", FIGURES.DEMONSTRATIONS, ids=lambda one: one.name)
def test_every_picture_shown_is_one_that_its_command_writes(one, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    program, *arguments = one.command.split()
    stand_ins(arguments, tmp_path)
    if (ROOT / one.spec).is_file():
        (tmp_path / one.spec).parent.mkdir()
        shutil.copy(ROOT / one.spec, tmp_path / one.spec)
    assert (program, main([*arguments, "--dry-run"])) == ("netinspect", 0)
    assert {*one.shown} <= set(capsys.readouterr().out.split())


# --- the scripts -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", FIGURES.SCRIPTS[:3])
def test_a_script_without_its_materials_says_what_fetches_them(command, tmp_path, monkeypatch, capsys):
    """A line, and no traceback: Python prints what it exits with, and gives 1."""
    _, name, *arguments = command.split()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "prefix", "nowhere")
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(ROOT / name), run_name="__main__")
    assert re.fullmatch(r"there (is|are) no .*: `make materials` fetches (it|them)", stopped.value.code)
    assert capsys.readouterr() == ("", "")


@pytest.fixture(scope="module")
def lenet(materials, tmp_path_factory):
    """The folder with a trained LeNet, and what the training printed."""
    folder = tmp_path_factory.mktemp("lenet")
    return folder, run(ROOT / "examples" / "train_lenet.py", folder, cwd=folder)


def test_lenet_learns_the_digits(lenet):
    folder, told = lenet
    shares = [float(share) for share in re.findall(r"([\d.]+)% of 1,000 held-out digits", told)]
    assert len(shares) == 3
    assert shares[-1] >= 95
    assert len(list((folder / "digits").iterdir())) == 1000


def test_lenet_is_trained_to_the_same_numbers_twice(lenet, tmp_path):
    folder, told = lenet
    assert run(ROOT / "examples" / "train_lenet.py", "again", cwd=tmp_path) == told
    assert (tmp_path / "again" / "lenet.safetensors").read_bytes() == (folder / "lenet.safetensors").read_bytes()


def test_the_trained_lenet_can_be_looked_at(lenet, tmp_path):
    folder, _ = lenet
    run(
        "-m", "netinspect", "visualize", "lenet", "-o", "out", "--weights", folder / "lenet.safetensors",
        "--input", folder / "digits" / "7_0018.png", "--dataset", folder / "digits",
        "--what", "kernels,activations,top_inputs", cwd=tmp_path,
    )  # fmt: skip
    listed = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["figures"]
    assert {figure["kind"] for figure in listed} == {"kernels", "activations", "top_inputs"}
    assert all("trained: lenet.safetensors" in figure["title"] for figure in listed)
    (top,) = (figure for figure in listed if figure["kind"] == "top_inputs" and figure["layer"] == "fc2")
    assert "the 9 strongest of 1,000 inputs" in top["title"]


def struck(seed):
    """Two seconds of noise that is struck again and again, and dies away: it begins suddenly, ends slowly."""
    random = np.random.default_rng(seed)
    sound = 0.001 * random.standard_normal(32_000)
    for start in random.integers(0, 30_000, 12):
        tail = np.arange(32_000 - start)
        sound[start:] += 0.2 * np.exp(-tail / random.integers(600, 2400)) * random.standard_normal(len(tail))
    return np.clip(sound, -1, 1)


def test_the_spectrogram_cnn_hears_which_way_sounds_run(tmp_path):
    data = tmp_path / "package" / "usr/share/pocketsphinx/test/data"
    names = ("librivox/austen-0870", "librivox/austen-0880", "librivox/austen-0930", "cards/001", "cards/005")
    for seed, name in enumerate(names):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(data / f"{name}.wav", struck(seed), 16_000)
    for seed, name in enumerate(("goforward", "numbers", "something"), 10):
        (data / f"{name}.raw").write_bytes((struck(seed) * 32_767).astype("<i2").tobytes())

    told = run(ROOT / "examples" / "train_speech.py", "out", "package", cwd=tmp_path)

    kept = sorted(path.name for path in (tmp_path / "out" / "sentences").iterdir())
    assert kept == [f"{name}_{way}.wav" for name in ("005", "0880", "0930", "goforward")
                    for way in ("backwards", "forwards")]  # fmt: skip
    forwards, backwards = (soundfile.read(tmp_path / "out" / "sentences" / f"goforward_{way}.wav")[0]
                           for way in ("forwards", "backwards"))  # fmt: skip
    assert np.array_equal(forwards, backwards[::-1])
    assert np.allclose(forwards, struck(10), atol=1e-4)
    last = told.splitlines()[-1]
    assert float(re.search(r"([\d.]+)% of the frames", last)[1]) > 75
    weights = load_file(tmp_path / "out" / "speech.safetensors")
    assert weights["stage1.conv.weight"].shape == (16, 1, 9, 9)
    network = netinspect.load(ROOT / "examples" / "speech.yaml")
    model = network.build().eval()
    model.load_state_dict(weights)
    for way in ("forwards", "backwards"):
        sentence = read_input(tmp_path / "out" / "sentences" / f"goforward_{way}.wav", network.graph.inputs[0])
        with torch.no_grad():
            numbers = model(torch.from_numpy(sentence.array)).mean(dim=0)
        assert network.graph.labels[""].names[int(numbers.argmax())] == way


def test_three_networks_find_the_face(materials, tmp_path):
    told = run(ROOT / "examples" / "find_face.py", "face", cwd=tmp_path)
    probabilities = [float(number) for number in re.findall(r"(?<=[ :])[01]\.\d{4}", told)]
    assert len(probabilities) == 3
    assert min(probabilities) > 0.99
    points = {name: (int(x), int(y)) for name, x, y in re.findall(r"^ +(.*) at \[(\d+), (\d+)\]", told, re.MULTILINE)}
    for name, x, y in (("left eye", 224, 193), ("right eye", 309, 188), ("nose", 268, 240)):  # where we see them
        assert np.hypot(points[name][0] - x, points[name][1] - y) < 8
    marked = np.asarray(Image.open(tmp_path / "face" / "face.jpg")).astype(int)
    boxes = [[int(side) for side in box] for box in re.findall(r"in \[(\d+), (\d+), (\d+), (\d+)\]", told)]
    for (left, top, right, bottom), colour in zip(boxes, ((230, 159, 0), (86, 180, 233), (0, 158, 115)), strict=True):
        sides = (marked[top + 1, left:right], marked[bottom - 1, left:right],
                 marked[top:bottom, left + 1], marked[top:bottom, right - 1])  # fmt: skip
        inked = [(np.abs(side - colour).sum(axis=-1) < 120).mean() for side in sides]  # JPEG mixes neighbours
        assert max(inked) > 0.8, colour  # other boxes may lie over some of its sides


def test_a_tone_is_what_it_is_called(tmp_path):
    run(ROOT / "examples" / "tone.py", "tone.wav", "--hertz", "440", cwd=tmp_path)
    sound, rate = soundfile.read(tmp_path / "tone.wav")
    assert (rate, len(sound)) == (16_000, 16_000)
    assert np.abs(np.fft.rfft(sound)).argmax() == 440
