"""`netinspect explore` and `netinspect.explore`: one page, whole or not at all, the same from both."""

import html
import json

import numpy as np
import pytest
import torch
from PIL import Image

import netinspect
from netinspect.cli.main import main
from netinspect.errors import InputError
from tests.explorer.pages import network_of

SPEC = """\
name: Small
about: Two layers
input: {channels: 1, height: 6, width: 6}
layers:
  - conv: Conv2d(2, kernel_size=3)
  - Flatten
  - fc: Linear(3)
labels: [cat, dog, bird]
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    return tmp_path


def head(page):
    return json.loads(network_of(page))


def test_the_page_says_what_it_is_of(here):
    assert main(["explore", "net.yaml", "-o", "net.html"]) == 0
    data = head((here / "net.html").read_text(encoding="utf-8"))
    assert (data["name"], data["about"], data["labels"]) == ("Small", "Two layers", ["cat", "dog", "bird"])
    assert data["is_random"]
    assert data["origin"] == "random initialisation, seed 0: nothing learned"
    assert data["inputs"][0]["source"] == "standard-normal noise, seed 0"


def test_standard_output_has_the_page_and_the_same_one_twice(capsys):
    assert main(["explore", "net.yaml"]) == 0
    first = capsys.readouterr()
    assert main(["explore", "net.yaml"]) == 0
    assert capsys.readouterr().out == first.out
    assert first.out.startswith("<!doctype html>")
    assert first.err == ""


def test_the_network_is_shown_what_is_given(here):
    np.save("digit.npy", np.arange(36, dtype=np.float32).reshape(1, 6, 6))
    assert main(["explore", "net.yaml", "--input", "digit.npy", "-o", "net.html"]) == 0
    data = head((here / "net.html").read_text(encoding="utf-8"))
    assert data["inputs"][0]["source"] == "digit.npy"
    assert not data["inputs"][0]["is_noise"]


def test_a_page_is_written_over_only_by_force(here, capsys):
    (here / "net.html").write_text("mine", encoding="utf-8")
    assert main(["explore", "net.yaml", "-o", "net.html"]) == 2
    assert "already there" in capsys.readouterr().err
    assert (here / "net.html").read_text(encoding="utf-8") == "mine"
    assert main(["explore", "net.yaml", "-o", "net.html", "--force"]) == 0
    assert (here / "net.html").read_text(encoding="utf-8") != "mine"


def test_what_does_not_fit_is_refused_and_nothing_is_written(here, capsys):
    assert main(["explore", "net.yaml", "-o", "net.html", "--max-size", "10kB"]) == 2
    assert "kB, more than the limit of 10 kB; --max-size allows more" in capsys.readouterr().err
    assert not (here / "net.html").exists()


def test_a_broken_spec_is_told(here, capsys):
    (here / "broken.yaml").write_text("input: [3]\nlayers:\n  - Linaer(2)\n", encoding="utf-8")
    assert main(["explore", "broken.yaml", "-o", "net.html"]) == 2
    assert "Linear" in capsys.readouterr().err


def test_lenet_takes_less_than_200_kb(here):
    assert main(["explore", "lenet", "-o", "lenet.html"]) == 0
    assert (here / "lenet.html").stat().st_size <= 200_000


def test_crepe_tiny_takes_less_than_2_mb_with_every_frame_of_its_sound(here):
    soundfile = pytest.importorskip("soundfile")
    time = np.arange(48_000) / 16_000
    soundfile.write("voice.wav", 0.3 * np.sin(2 * np.pi * (200 + 50 * time) * time), 16_000)
    assert main(["explore", "crepe_tiny", "--input", "voice.wav", "-o", "crepe.html"]) == 0
    assert (here / "crepe.html").stat().st_size <= 2_000_000
    frames = head((here / "crepe.html").read_text(encoding="utf-8"))["inputs"][0]["frames"]
    assert frames["steps"][0][0] == "normalize"
    assert frames["length"] == 1024
    assert frames["sample_rate"] == 16_000


def page_of(here, *options, spec="net.yaml"):
    assert main(["explore", spec, "-o", "net.html", "--force", *options]) == 0
    return (here / "net.html").read_text(encoding="utf-8")


def test_an_input_that_is_no_number_is_not_called_an_overflow(here):
    pixels = np.ones((1, 6, 6), np.float32)
    pixels[0, 2, 2] = np.nan
    np.save("digit.npy", pixels)
    warning = "Some numbers of the input are NaN or infinite: input; so is what comes from them."
    assert head(page_of(here, "--input", "digit.npy"))["warnings"] == [warning]


def test_what_was_done_to_the_size_of_a_picture_stands_on_the_page(here):
    Image.new("L", (40, 30), 7).save("cat.png")
    page = page_of(here, "--input", "cat.png")
    (note,) = head(page)["inputs"][0]["notes"]
    assert f"input: cat.png; {note}." in page


def test_a_network_without_weights_is_not_called_random(here):
    (here / "sum.yaml").write_text("input: [3]\nlayers:\n  - input * 2 + 1\n", encoding="utf-8")
    page = page_of(here, spec="sum.yaml")
    assert not head(page)["is_random"]
    assert "random" not in page[: page.index("<main")]
    assert "The weights are random" in page_of(here)


def test_without_a_script_the_page_says_the_largest_outputs(here):
    model = netinspect.build("net.yaml")
    model.get_submodule("fc").weight.data[:] = 0
    model.get_submodule("fc").bias.data[:] = torch.tensor([-1.5, 13.449, 6.25])
    page = netinspect.explore(model).html
    assert "<p>The largest numbers of the output: dog: 13.45, bird: 6.25, cat: \N{MINUS SIGN}1.5.</p>" in page


def test_torch_says_nothing_of_its_own_fast_paths(here, capsys):
    spec = "input: {time: 6, features: 3}\nlayers:\n  - r: LSTM(4, batch_first=True, proj_size=2)\n"
    (here / "lstm.yaml").write_text(spec, encoding="utf-8")
    always = torch.is_warn_always_enabled()
    torch.set_warn_always(True)  # torch says it but once
    try:
        page_of(here, spec="lstm.yaml")
    finally:
        torch.set_warn_always(always)
    assert "oneDNN" not in capsys.readouterr().err


def test_a_folder_is_no_output(here, capsys):
    assert main(["explore", "net.yaml", "-o", "."]) == 2
    assert "the output . is a directory; name a file" in capsys.readouterr().err


def test_a_frame_of_a_long_sound_keeps_its_number(here):
    soundfile = pytest.importorskip("soundfile")
    soundfile.write("long.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 600_000), 8000)
    preprocess = "{sample_rate: 8000, frame: 64, hop_length: 4096}"
    shape = "{channels: 1, time: 64}"
    spec = f"input: {{shape: {shape}, preprocess: {preprocess}}}\nlayers:\n  - Conv1d(1, kernel_size=3)\n"
    (here / "long.yaml").write_text(spec, encoding="utf-8")
    shown = head(page_of(here, "--input", "long.wav", "--sample", "100", spec="long.yaml"))["inputs"][0]
    frames = shown["frames"]
    assert shown["source"].startswith("long.wav, frame 100 of 147")
    assert frames["first"] > 0
    assert (frames["first"] + frames["chosen"] + 1, frames["count"]) == (100, 147)
    assert frames["begins"] == 99 * 4096 + 32 - (1 << 17)  # the frame lies in the middle of the part


# --- in Python -------------------------------------------------------------------------------------


def test_python_gives_the_page_of_the_command(here):
    assert main(["explore", "net.yaml", "-o", "command.html"]) == 0
    page = netinspect.explore("net.yaml")
    assert page.write("python.html").read_text(encoding="utf-8") == page.html
    assert head(page.html)["operations"] == head((here / "command.html").read_text(encoding="utf-8"))["operations"]


def test_a_notebook_shows_it_in_a_frame_of_its_own():
    page = netinspect.explore("net.yaml")
    shown = page._repr_html_()
    source = shown[shown.index('srcdoc="') + 8 : shown.rindex('">')]
    assert '"' not in source
    assert html.unescape(source) == page.html


def test_a_trained_model_comes_with_its_weights():
    model = netinspect.build("net.yaml", seed=3)
    model.get_submodule("fc").bias.data[:] = 7
    page = netinspect.explore(model, input=np.zeros((1, 6, 6), np.float32))
    assert not head(page.html)["is_random"]
    assert "in memory" in head(page.html)["origin"]


def test_a_limit_that_is_too_low_is_an_error():
    with pytest.raises(InputError, match="takes at least"):
        netinspect.explore("net.yaml", max_bytes=1000)
