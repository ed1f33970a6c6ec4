"""`netinspect visualize`: what its options say. Values of a spec, a user's own layers, the names of files, mistakes."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from netinspect.cli.main import main
from tests.cli.galleries import SPECS, drawn, files_in, refused, saved

pytestmark = pytest.mark.usefixtures("here")


# --- the spec's values, shapes and layers ------------------------------------------------------


def test_values_and_shapes_of_the_spec_can_be_overridden(here):
    manifest = drawn("net.yaml", "--set", "width=6", "--input-shape", "3,20,20", "--what", "kernels,activations")
    shapes = {figure["file"]: figure["shape"] for figure in manifest["figures"]}
    assert shapes["kernels/01_conv.png"] == [6, 3, 3, 3]
    assert shapes["activations/01_conv.png"] == [6, 18, 18]
    assert manifest["set"] == {"width": "6"}
    assert manifest["input_shapes"] == {"": [3, 20, 20]}


def test_own_layers_are_drawn_as_any_other(here):
    manifest = drawn("own.yaml", "--custom-layers", "mine.py", "--all")
    assert {"kernels/02_gate.conv.png", "activations/02_gate.png", "health.png"} <= set(manifest["files"])
    assert "activations/02_gate.png" in drawn("own.yaml", "--custom-layers", "mine.py")["files"]


def test_own_layers_that_fail_are_named(here, capsys):
    (here / "own.yaml").write_text("input: [3]\nlayers:\n  - Fails\n", encoding="utf-8")
    told = refused(capsys, "own.yaml", "--custom-layers", "mine.py")
    assert told == "error: running the network with the layers of mine.py failed: ValueError: not today\n"


# --- checks ------------------------------------------------------------------------------------


def test_a_check_that_failed_is_told_and_the_network_drawn_all_the_same(here, capsys):
    spec = here / "net.yaml"
    spec.write_text(spec.read_text() + "budget: {params: 1}\n")
    arguments = ["visualize", "net.yaml", "--what", "kernels"]
    assert main([*arguments, "-o", "one"]) == 1
    assert "error[E603]" in capsys.readouterr().err
    assert (here / "one" / "manifest.json").exists()
    assert main([*arguments, "-o", "two", "--exit-zero"]) == 0
    assert (here / "two" / "manifest.json").exists()


def test_strict_makes_errors_of_warnings(here, capsys):
    spec = here / "net.yaml"
    spec.write_text(spec.read_text() + "blocks:\n  Idle:\n    layers: [Linaer(3)]\n")
    arguments = ["visualize", "net.yaml", "--what", "kernels", "-o"]
    assert main([*arguments, "one"]) == 0
    assert "warning[W106]" in capsys.readouterr().err
    assert main([*arguments, "two", "--strict"]) == 1
    assert "error[W106]" in capsys.readouterr().err


# --- the names of files --------------------------------------------------------------------------


def numbers(files):
    """The number of each layer in the names of its files."""
    found = {}
    for file in files:
        kind, _, name = file.partition("/")
        if name[:2].isdigit() and kind != "input":
            found.setdefault(name.partition(".")[0][3:], set()).add(name[:2])
    return found


@pytest.mark.parametrize("spec", ["net", "residual", "rnn"])
def test_a_layer_has_the_same_number_whatever_is_drawn(spec, here, capsys):
    def listed(*options):
        assert main(["visualize", f"{spec}.yaml", "-o", "out", "--dry-run", *options]) == 0
        return numbers(capsys.readouterr().out.splitlines())

    everything = listed("--all", "--save-arrays")
    assert {len(found) for found in everything.values()} == {1}
    for options in ((), ("--what", "kernels"), ("--what", "activations"), ("--layers", "*n*"), ("--save-arrays",)):
        found = listed(*options)
        assert found.items() <= everything.items()


def test_numbers_are_those_of_the_rows_of_summary(here, capsys):
    assert main(["summary", "residual.yaml", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["models"][0]["layers"]
    drawn("residual.yaml", "--all")
    for name, (number,) in numbers(files_in("out")).items():
        assert rows[int(number) - 1]["path"] == name


def test_more_than_99_rows_have_three_digits_in_every_name(here, capsys):
    layers = "".join(f"  - l{number}: Linear(2)\n" for number in range(100))
    (here / "deep.yaml").write_text(f"input: [2]\nlayers:\n{layers}", encoding="utf-8")
    assert main(["visualize", "deep.yaml", "-o", "out", "--dry-run", "--save-arrays"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert {"kernels/003_l2.png", "activations/003_l2.png", "data/003_l2.npz"} <= set(listed)


KINDS = (
    "architecture", "input", "strip", "kernels", "activations", "responses", "sequence", "attention", "histograms",
    "activation_functions",
)  # fmt: skip
INPUTS = {
    "net": ((), ("--input", "photos/0.png"), ("--input", "photos"), ("--input", "many.npy")),
    "sound": ((), ("--input", "x.wav"), ("--input", "x.wav", "--sample", "2")),
    "speech": ((), ("--input", "speech.wav")),
}


@st.composite
def command_lines(draw):
    """A spec with options that it can have."""
    spec = draw(st.sampled_from(sorted(SPECS)))
    arguments = [f"{spec}.yaml", *draw(st.sampled_from(INPUTS.get(spec, ((),))))]
    if spec == "own":
        arguments += ["--custom-layers", "mine.py"]
    chosen = draw(st.none() | st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True))
    if chosen is not None:
        arguments += ["--what", ",".join(("kernels", *chosen))]
    elif spec == "net" and draw(st.booleans()):
        arguments += ["--dataset", "photos", "--weights", "net.pt", "--unit", "second:1,0,2"]
    if draw(st.booleans()):
        arguments += ["--layers", draw(st.sampled_from(["*", "fc", "*n*"]))]
    flags = [flag for flag in ("--all", "--save-arrays") if draw(st.booleans())]
    return (*arguments, *flags)


@pytest.fixture
def no_plots(monkeypatch):
    """Where names alone count, what matplotlib would draw for a second is left blank."""
    monkeypatch.setattr("netinspect.pictures.page.plate.rendered", lambda _figure: np.zeros((2, 2, 3), np.uint8))
    monkeypatch.setattr("netinspect.pictures.diagram.ink.raster", lambda _page, dark: Image.new("RGB", (2, 2)))
    monkeypatch.setattr("netinspect.pictures.draw.plots.encoded", lambda _figure, form: form.encode())


@pytest.mark.slow
@pytest.mark.usefixtures("no_plots")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arguments=command_lines())
def test_a_dry_run_lists_just_what_is_written(arguments, here, capsys):
    shutil.rmtree("out", ignore_errors=True)
    capsys.readouterr()
    code = main(["visualize", *arguments, "-o", "out", "--dry-run"])
    listed = capsys.readouterr().out.splitlines()
    assert main(["visualize", *arguments, "-o", "out"]) == code
    assert (code == 0) == Path("out").exists()
    if code == 0:
        assert sorted(listed) == files_in("out")
    else:
        told = capsys.readouterr().err
        assert "has no such figure" in told or "matches no layer" in told


# --- messages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--what", "attention"), "--what attention: Small has no such figure; --dry-run without --what lists what"),
        (("--what", "kernels", "--unit", "conv:0,0,0"), "--unit conv:0,0,0 is for convolution, which --what kernels"),
        (("--what", "kernels", "--dataset", "photos", "--force"), "--dataset photos is for top_inputs, which --what"),
        (("--top-inputs", "3"), "--top-inputs 3 needs --dataset DIR, where to look for them"),
        (("--dataset", "nowhere", "--force"), "--dataset: there is no folder nowhere"),
        (("--dataset", "net.pt", "--force"), "--dataset net.pt is a file; give the folder that holds the data set"),
        (("--memory-limit", "lots"), "--memory-limit: `lots` is not an amount; write a number, with kB, MB, GB"),
        (("--layers", "secnd"), "--layers secnd matches no layer; did you mean `second`?"),
        (("--device", "cuda:77"), "--device cuda:77: torch has no such device here; it has cpu"),
        (("--device", "meta"), "--device meta: that device computes no values; write --device cpu"),
        (("--set", "width"), "--set width: write NAME=VALUE, such as --set depth=24"),
        (("--input-shape", "3,x"), "--input-shape 3,x: write sizes without the batch, such as"),
        (("--custom-layers", "none.py"), "there is no file none.py"),
    ],
)
def test_each_mistake_says_what_to_write(arguments, message, capsys):
    assert message in refused(capsys, "net.yaml", *arguments)


class OutOfMemoryError(RuntimeError):
    """As torch names what an accelerator raises."""


def test_an_accelerator_without_memory_is_no_bug(monkeypatch, capsys):
    def full(*_):
        raise OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr("netinspect.pictures.folder.drawn", full)
    assert refused(capsys, "net.yaml", code=3) == "error: not enough memory to finish\n"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an accelerator")
def test_an_accelerator_draws_the_same_and_gives_everything_back():
    options = ("net.yaml", "--weights", "net.pt", "--all", "--unit", "second:1,0,2", "--dataset", "photos")
    here, there = (
        drawn(*options, "--save-arrays", "--device", device, out=device)["files"] for device in ("cpu", "cuda")
    )
    assert here == there
    for file in (Path(name).name for name in here if name.startswith("data/")):
        cpu, cuda = saved(file, "cpu"), saved(file, "cuda")
        assert all(np.allclose(cpu[key], cuda[key], atol=1e-2) for key in cpu)


def test_a_kind_that_is_missing_beside_others_is_noted(capsys):
    drawn("net.yaml", "--what", "kernels,attention,sequence")
    assert "note: Small has no figure of the kind sequence, attention\n" in capsys.readouterr().err


def test_a_data_set_that_is_of_no_use_is_noted(here, capsys):
    (here / "flat.yaml").write_text("name: Flat\ninput: [3, 12, 12]\nlayers: [ReLU]\n", encoding="utf-8")
    drawn("flat.yaml", "--dataset", "photos", "--force")
    assert "note: Flat has no figure of the kind top_inputs\n" in capsys.readouterr().err


def test_top_inputs_of_several_inputs_are_refused_before_any_work(here, capsys):
    told = refused(capsys, "two.yaml", "--dataset", "photos", "--force")
    assert told == "error: top inputs need a network of one input; Two has 2\n"


@pytest.mark.parametrize("out", ["photos", "photos/figures"])
def test_the_gallery_is_not_written_into_what_is_read(out, here, capsys):
    for option in ("--input", "--dataset"):
        assert main(["visualize", "net.yaml", "-o", out, option, "photos", "--force"]) == 2
        assert f"-o {out} lies in photos, which {option} reads" in capsys.readouterr().err
    assert files_in("photos") == ["0.png", "1.png", "2.png"]


def test_a_gallery_cannot_go_to_standard_output(here, capsys):
    assert main(["visualize", "net.yaml", "-o", "-"]) == 2
    assert "an album is a folder of files and cannot go to standard output" in capsys.readouterr().err
    assert not (here / "-").exists()


@pytest.mark.parametrize(
    ("name", "options", "start"),
    [
        ("arch.png", ["--what", "architecture"], b"\x89PNG"),
        ("arch.SVG", ["--what", "architecture"], b"<svg "),
        ("arch.pdf", ["--what", "architecture"], b"%PDF"),
        ("first.png", ["--what", "kernels", "--layers", "conv1"], b"\x89PNG"),
    ],
)
def test_an_output_that_ends_like_a_picture_is_one(tmp_path, name, options, start, capsys):
    file = tmp_path / "new" / "pictures" / name
    assert main(["visualize", "lenet", "-o", str(file), *options]) == 0
    assert file.read_bytes().startswith(start)
    assert list(file.parent.iterdir()) == [file]
    assert main(["visualize", "lenet", "-o", str(file), *options, "--dry-run"]) == 0
    assert capsys.readouterr().out == f"{file}\n"


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("all.png", [], "is one picture, and this draws 14"),
        ("kernels.png", ["--what", "kernels"], "is one picture, and this draws 4"),
        ("k.svg", ["--what", "kernels", "--layers", "conv1"], "this picture is drawn as .png, not as .svg"),
        ("h.png", ["--what", "health", "--save-arrays"], "--save-arrays writes into a folder"),
        (
            "arch.txt",
            ["--what", "architecture"],
            "arch.txt: one picture is written as .png, .svg, .pdf; give such a name",
        ),
        ("arch.JPG", [], "arch.JPG: one picture is written as"),
    ],
)
def test_a_picture_of_several_is_refused(tmp_path, name, options, words, capsys):
    assert main(["visualize", "lenet", "-o", str(tmp_path / name), *options]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / name).exists()


def test_a_picture_that_is_there_is_replaced_only_with_force(tmp_path, capsys):
    file = tmp_path / "holiday.png"
    file.write_bytes(b"a beach")
    words = ["visualize", "lenet", "-o", str(file), "--what", "architecture"]
    assert main(words) == 2
    assert "holiday.png is already there: give another name, or --force to replace it" in capsys.readouterr().err
    assert file.read_bytes() == b"a beach"
    assert main([*words, "--force"]) == 0
    assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("option", ["-o", "--weights", "--input", "--dataset", "--custom-layers"])
def test_an_empty_name_is_no_name(here, option, capsys):
    before = files_in(here)
    words = ["visualize", "net.yaml", "-o", "out"] if option != "-o" else ["visualize", "net.yaml"]
    assert main([*words, option, ""]) == 2
    assert "the name is empty" in capsys.readouterr().err
    assert files_in(here) == before


def test_a_folder_that_is_there_is_one_whatever_it_is_called(tmp_path):
    (tmp_path / "arch.png").mkdir()
    assert main(["visualize", "lenet", "-o", str(tmp_path / "arch.png"), "--what", "architecture"]) == 0
    assert (tmp_path / "arch.png" / "index.html").exists()
