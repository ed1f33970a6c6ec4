"""`netinspect visualize`: a whole folder or none, what it holds, and what it refuses before any work."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from netinspect.cli.main import main
from netinspect.network.load import load
from netinspect.pictures.draw.text import SMALL
from netinspect.torch_backend.build import build
from tests.cli.running import is_clean, run
from tests.pictures.pixels import says

SPEC = """\
name: Small
about: A test.
input: [3, 12, 12]
layers:
  - conv: Conv2d(4, kernel_size=3)
  - ReLU
  - pool: MaxPool2d(2)
  - second: Conv2d(6, kernel_size=3)
  - Flatten
  - fc: Linear(10)
"""
SEQUENCE = "input: {time: 9, features: 5}\nlayers:\n  - rnn: LSTM(4, batch_first=True)\n  - head: Linear(3)\n"
ATTENTION = """\
input: {time: 6, features: 8}
layers:
  - attn(input, input, input): MultiheadAttention(num_heads=2, batch_first=True)
"""
WAVE = """\
input: {shape: {channels: 1, time: 64}, preprocess: {sample_rate: 16000}}
layers:
  - a: Conv1d(4, kernel_size=9)
  - Tanh
"""
LOOP = """\
input: {time: 7, features: 3}
layers:
  - cell(input[:, 0]): RNNCell(4)
  - cell(input[:, i], prev) for i in range(1, input.shape[1])
  - head: Linear(2)
"""
TIME_FIRST = """\
input: {time: 6, features: 3}
layers:
  - transpose(0, 1)
  - rnn: GRU(4, num_layers=2, bidirectional=True, batch_first=False)
"""
NOTHING = "random initialisation, seed 0: nothing learned"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "rnn.yaml").write_text(SEQUENCE, encoding="utf-8")
    (tmp_path / "attention.yaml").write_text(ATTENTION, encoding="utf-8")
    return tmp_path


@pytest.fixture
def weights(here):
    torch.save(build(load("net.yaml"), seed=3).state_dict(), here / "net.pt")
    return "net.pt"


@pytest.fixture
def photos(here):
    folder = here / "photos"
    folder.mkdir()
    for number in range(5):
        pixels = np.random.default_rng(number).integers(0, 256, (12, 12, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return "photos"


def drawn(*arguments, out="out"):
    assert main(["visualize", *arguments, "-o", out]) == 0
    return json.loads(Path(out, "manifest.json").read_text(encoding="utf-8"))


def files_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# --- what is drawn -----------------------------------------------------------------------------


def test_the_folder_holds_the_page_the_diagram_and_every_layer(here):
    manifest = drawn("net.yaml")
    assert files_in(here / "out") == [
        "activations/01_conv.png", "activations/02_1.png", "activations/03_pool.png", "activations/04_second.png",
        "activations/06_fc.png", "activations/strip.png", "architecture.png", "architecture.svg", "index.html",
        "input.png", "kernels/01_conv.png", "kernels/04_second.png", "kernels/06_fc.png", "manifest.json",
        "output.png",
    ]  # fmt: skip
    assert manifest["files"] == files_in(here / "out")
    shapes = {figure["file"]: figure["shape"] for figure in manifest["figures"]}
    assert shapes["kernels/01_conv.png"] == [4, 3, 3, 3]
    assert shapes["activations/04_second.png"] == [6, 3, 3]


def test_without_weights_every_figure_says_so(here):
    manifest = drawn("net.yaml", "--all", "--unit", "second:1,0,2")
    assert manifest["banner"] == NOTHING
    silent = [f["file"] for f in manifest["figures"] if NOTHING not in f["title"] or NOTHING not in f["alt"]]
    shows_no_weight = ["architecture.svg", "input.png", "receptive_fields.png"]
    assert silent == shows_no_weight
    assert NOTHING in (here / "out" / "index.html").read_text(encoding="utf-8")


PLOTS = ("health", "histograms", "equivariance", "architecture")
"""Drawn by matplotlib, in its own letters; their words are read in tests/pictures."""


@pytest.mark.parametrize("spec", ["net.yaml", "rnn.yaml", "attention.yaml", "wave.yaml"])
def test_without_weights_every_image_says_so_itself(spec, photos, here):
    (here / "wave.yaml").write_text(WAVE, encoding="utf-8")
    top = ("--unit", "second:1,0,2", "--dataset", photos, "--force") if spec == "net.yaml" else ()
    manifest = drawn(spec, "--all", *top)
    files = [
        figure["file"] for figure in manifest["figures"] if figure["kind"] not in (*PLOTS, "input", "receptive_fields")
    ]
    assert len(files) > 4
    for file in files:
        pixels = np.asarray(Image.open(here / "out" / file).convert("RGB"))
        assert says(pixels, NOTHING, SMALL, strength=0.85), file


def test_with_weights_no_figure_claims_they_are_random(weights, here):
    manifest = drawn("net.yaml", "--weights", weights)
    assert manifest["banner"] is None
    assert manifest["weights"]["complete"] is True
    assert "nothing learned" not in (here / "out" / "index.html").read_text(encoding="utf-8")
    titles = {figure["file"]: figure["title"] for figure in manifest["figures"]}
    assert titles["kernels/01_conv.png"].endswith("trained: net.pt")


def test_a_network_that_yields_nan_is_said_to(weights, here, capsys):
    state = torch.load(weights)
    state["conv.bias"][2] = torch.nan
    torch.save(state, "nan.pt")
    manifest = drawn("net.yaml", "--weights", "nan.pt", "--all")
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "NaN" in line]
    words = "NaN from `conv` (Conv2d) on: 100 of its 400 values; 10 of 10 values of the output are not finite"
    assert line == f"note: {words}"
    assert words in manifest["notes"]
    said = {figure["file"]: figure.get("notes", []) for figure in manifest["figures"]}
    assert "1 ReLU: 1 of 4 units give NaN or infinite values" in said["health.png"]
    assert "fc: the gradient is not finite" in said["health.png"]
    assert "fc: 10 values are not finite" in said["histograms.png"]
    strip = said["activations/strip.png"]
    assert strip[0] == "conv: 100 of 400 values are not finite (NaN or infinite) and drawn in green"


def test_a_diagram_that_stays_wider_than_it_was_asked_to_be_is_said_to(here, capsys):
    manifest = drawn("rnn.yaml", "--what", "architecture", "--diagram-width", "240")
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "diagram" in line]
    width = int(re.search(r'width="(\d+)"', (here / "out" / "architecture.svg").read_text(encoding="utf-8"))[1])
    assert width > 240
    assert line == f"note: the diagram is {width} pixels wide, {width - 240} more than 240: it cannot be made narrower"
    assert line.removeprefix("note: ") in manifest["notes"]
    drawn("rnn.yaml", "--what", "architecture", "--diagram-width", str(width), "--force")
    assert "diagram" not in capsys.readouterr().err


@pytest.mark.parametrize("number", ["nan", "inf"])
def test_an_input_that_is_not_finite_is_said_to_be(here, capsys, number):
    array = np.zeros((3, 12, 12), np.float32)
    array[0, 0, :2] = float(number)
    np.save("bad.npy", array)
    drawn("net.yaml", "--input", "bad.npy")
    assert "note: 2 of 432 values of bad.npy are not finite (NaN or infinite)\n" in capsys.readouterr().err


def test_partly_loaded_weights_are_told_layer_by_layer(weights, here):
    state = torch.load(weights)
    torch.save({key: value for key, value in state.items() if not key.startswith("fc")}, here / "part.pt")
    assert main(["visualize", "net.yaml", "-o", "out", "--weights", "part.pt"]) == 2
    assert not (here / "out").exists()
    manifest = drawn("net.yaml", "--weights", "part.pt", "--partial")
    titles = {figure["file"]: figure["title"] for figure in manifest["figures"]}
    assert titles["kernels/06_fc.png"].endswith(f"not in part.pt, {NOTHING}")
    assert titles["kernels/01_conv.png"].endswith("trained: part.pt")
    assert titles["activations/06_fc.png"].endswith("4 of 6 tensors loaded, the others random, trained: part.pt")
    assert manifest["banner"].startswith("4 of 6 tensors are those of part.pt")


def said_in(svg):
    """The words of an SVG, line by line."""
    return " ".join(re.findall("<text [^>]*>(.*?)</text>", svg.read_text(encoding="utf-8")))


def test_the_diagram_says_where_weights_came_from_where_it_shows_some(weights, here):
    (here / "mlp.yaml").write_text("input: [2]\nlayers:\n  - hidden: Linear(3)\n  - out: Linear(1)\n", encoding="utf-8")
    state = build(load("mlp.yaml"), seed=3).state_dict()
    torch.save(state, here / "mlp.pt")
    torch.save({key: value for key, value in state.items() if not key.startswith("out")}, here / "part.pt")
    drawn("mlp.yaml", "--what", "architecture", "--weights", "mlp.pt", out="trained")
    partly = drawn("mlp.yaml", "--what", "architecture", "--weights", "part.pt", "--partial", out="partly")
    assert "trained: mlp.pt" in said_in(here / "trained" / "architecture.svg")
    assert partly["banner"] in said_in(here / "partly" / "architecture.svg")
    drawn("mlp.yaml", "--what", "architecture", out="random")  # its edges are all alike
    drawn("net.yaml", "--what", "architecture", "--weights", weights, out="boxes")
    for folder in ("random", "boxes"):
        words = said_in(here / folder / "architecture.svg")
        assert "parameters" in words
        assert not re.search("nothing learned|trained", words)


def test_the_diagram_is_as_wide_and_as_dark_as_asked(here):
    def drawn_with(*options):
        shutil.rmtree(here / "out", ignore_errors=True)
        drawn("net.yaml", "--what", "architecture", *options)
        svg = (here / "out" / "architecture.svg").read_text(encoding="utf-8")
        with Image.open(here / "out" / "architecture.png") as image:
            size = [2 * int(re.search(f'{side}="([0-9]+)"', svg)[1]) for side in ("width", "height")]
            assert image.size == pytest.approx(size, abs=2)  # nothing stands beneath it
            corner, foot = (image.convert("RGB").getpixel((2, y)) for y in (2, image.height - 3))
            assert corner == foot
            return svg, corner

    page, on_page = drawn_with()
    narrow, _ = drawn_with("--diagram-width", "300")
    assert int(re.search('width="([0-9]+)"', narrow)[1]) < int(re.search('width="([0-9]+)"', page)[1])
    dark, on_dark = drawn_with("--dark")
    light, on_light = drawn_with("--light")
    assert "prefers-color-scheme" in page
    assert "prefers-color-scheme" not in dark + light
    assert on_page == on_light == (255, 255, 255)
    assert max(on_dark) < 50
    assert "#{:02X}{:02X}{:02X}".format(*on_dark) in dark


def test_the_diagram_for_print_is_written_if_asked_for(here):
    for options, has_pdf in (((), False), (("--all",), True), (("--what", "kernels,architecture"), True),
                             (("--what", "kernels"), False)):  # fmt: skip
        manifest = drawn("net.yaml", "--force", *options)
        assert ("architecture.pdf" in manifest["files"]) is has_pdf
        assert manifest["files"] == files_in(here / "out")


def test_studies_and_a_worked_convolution(here):
    manifest = drawn("net.yaml", "--all", "--unit", "second:1,0,2")
    kinds = {figure["kind"] for figure in manifest["figures"]}
    assert {"health", "histograms", "equivariance", "activation_functions", "convolution"} <= kinds


@pytest.mark.parametrize(
    ("spec", "file"),
    [("rnn.yaml", "sequence/01_rnn.png"), ("attention.yaml", "attention/01_attn.png")],
)
def test_hidden_units_and_attention(spec, file, here):
    drawn(spec)
    assert (here / "out" / file).exists()


@pytest.mark.parametrize(
    ("spec", "files"),
    [
        ("input: [2, 6, 8, 8]\nlayers:\n  - a: Conv3d(3, kernel_size=3)\n",
         ("kernels/01_a.png", "activations/01_a.png")),
        ("input: {channels: 1, time: 64}\nlayers:\n  - a: Conv1d(4, kernel_size=9)\n",
         ("kernels/01_a.png", "activations/01_a.png", "responses/01_a.png")),
        ("input: {time: 5, features: 3}\nlayers:\n  - a: GRU(4, batch_first=True)\n",
         ("kernels/01_a.weight_ih_l0.png", "kernels/01_a.weight_hh_l0.png", "sequence/01_a.png")),
        ("input: [1, 6, 6]\nlayers: [Flatten, a: Linear(4)]\n", ("kernels/02_a.png", "activations/02_a.png")),
    ],
)  # fmt: skip
def test_every_kind_of_layer_has_its_figures(spec, files, here):
    (here / "layer.yaml").write_text(spec, encoding="utf-8")
    drawn("layer.yaml")
    assert set(files) <= set(files_in(here / "out"))


def test_a_loop_of_cells_has_its_hidden_units_over_time(here):
    (here / "loop.yaml").write_text(LOOP, encoding="utf-8")
    manifest = drawn("loop.yaml", "--save-arrays")
    (figure,) = [figure for figure in manifest["figures"] if figure["kind"] == "sequence"]
    assert figure["shape"] == [7, 4]
    assert [f["layer"] for f in manifest["figures"] if f["kind"] == "activations"] == ["cell", "head"]
    from netinspect.network.load import load

    net = build(load("loop.yaml")).eval()
    (data,) = (here / "out" / "data").glob("*_cell.npz")
    with np.load(data) as saved, np.load(here / "out" / "data" / "inputs.npz") as given, torch.no_grad():
        x, state = torch.from_numpy(given["input"]), None
        for step in range(7):
            state = net.cell(x[:, step], state)
            assert np.array_equal(saved["hidden_states"][0, step], state[0].numpy())


def test_hidden_units_of_a_layer_that_takes_time_first(here):
    (here / "first.yaml").write_text(TIME_FIRST, encoding="utf-8")
    (figure,) = drawn("first.yaml", "--what", "sequence")["figures"]
    assert figure["shape"] == [6, 8]
    assert "the last of 2 layers" in figure["title"]
    assert "those that read backwards" in figure["alt"]


def test_a_picture_is_what_the_net_saw(photos, here):
    manifest = drawn("net.yaml", "--input", "photos/2.png")
    assert manifest["inputs"] == [{"name": "input", "source": "2.png", "noise": False}]
    assert any("2.png" in figure["title"] for figure in manifest["figures"] if figure["kind"] == "activations")


def test_only_some_kinds_of_some_layers(here):
    drawn("net.yaml", "--what", "kernels", "--layers", "*o*")
    assert files_in(here / "out") == ["index.html", "kernels/01_conv.png", "kernels/04_second.png", "manifest.json"]


def test_top_inputs_of_a_data_set(weights, photos, here):
    manifest = drawn("net.yaml", "--weights", weights, "--dataset", photos, "--top-inputs", "2", "--what", "top_inputs")
    (first, *_) = manifest["figures"]
    assert first["file"] == "top_inputs/01_conv.png"
    assert "the 2 strongest of 5 inputs" in first["title"]
    assert len(first["labels"]) == 4


def test_arrays_are_those_that_were_drawn(here):
    manifest = drawn("net.yaml", "--save-arrays")
    from netinspect.network.load import load

    with np.load(here / "out" / "data" / "01_conv.npz") as saved:
        assert np.array_equal(saved["conv.weight"], build(load("net.yaml")).conv.weight.detach().numpy())
        assert saved["activation"].shape == (1, 4, 10, 10)
    assert manifest["files"] == files_in(here / "out")


# --- the same twice ----------------------------------------------------------------------------


def test_two_runs_give_the_same_bytes(here):
    for out in ("one", "two"):
        drawn("net.yaml", "--all", "--save-arrays", out=out)
    one, two = ({name: (here / out / name).read_bytes() for name in files_in(here / out)} for out in ("one", "two"))
    assert one == two


def test_a_dry_run_lists_what_would_be_written(here, capsys):
    options = ("--all", "--save-arrays", "--unit", "second:1,0,2")
    assert main(["visualize", "net.yaml", "-o", "out", *options, "--dry-run"]) == 0
    listed = sorted(capsys.readouterr().out.splitlines())
    assert not (here / "out").exists()
    drawn("net.yaml", *options)
    assert listed == files_in(here / "out")


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--what", "kernals"), "--what: there is no kind of figure `kernals`; did you mean `kernels`?"),
        (("--what", ","), "--what names no kind of figure"),
        (("--what", "convolution"), "--what convolution needs --unit"),
        (("--what", "top_inputs"), "--what top_inputs needs --dataset"),
        (("--layers", "nowhere*"), "--layers nowhere* matches no layer"),
        (("--unit", "conv:9,0,0"), "`conv` has no unit 9,0,0"),
        (("--partial",), "--partial and --match say how --weights is loaded"),
        (("--dataset", "photos"), "without --weights nothing is learned"),
        (("--weights", "none.pt"), "there is no checkpoint none.pt"),
        (("--input", "none.png"), "there is no file none.png"),
        (("--memory-limit", "1kB"), "the limit is"),
        (("--device", "moon"), "--device moon: torch has no such device here"),
        (("--gamma", "0"), "--gamma"),
        (("--clip", "101"), "--clip"),
        (("--diagram-width", "10"), "--diagram-width 10: give pixels from 240 to 10,000"),
    ],
)
def test_wrong_input_is_one_message_and_no_folder(arguments, message, here, capsys):
    assert main(["visualize", "net.yaml", "-o", "out", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert not (here / "out").exists()


def test_a_folder_that_is_not_empty_is_kept(here, capsys):
    (here / "out").mkdir()
    (here / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    assert main(["visualize", "net.yaml", "-o", "out"]) == 2
    assert files_in(here / "out") == ["mine.txt"]
    drawn("net.yaml", "--force")
    assert (here / "out" / "mine.txt").read_text(encoding="utf-8") == "mine"
    drawn("net.yaml", "--force", "--what", "kernels")
    assert files_in(here / "out") == [
        "index.html", "kernels/01_conv.png", "kernels/04_second.png", "kernels/06_fc.png", "manifest.json", "mine.txt",
    ]  # fmt: skip


def test_a_file_in_the_folders_place_is_told_before_any_work(here):
    (here / "out").write_text("a file", encoding="utf-8")
    assert is_clean(run("visualize", "missing.yaml", "-o", "out"), code=3)
    assert (here / "out").read_text(encoding="utf-8") == "a file"


def test_a_wrong_spec_never_loads_torch(here):
    (here / "wrong.yaml").write_text("input: [4]\nlayers: [Linera(3)]\n", encoding="utf-8")
    code = (
        "import sys\nfrom netinspect.cli.main import main\n"
        "code = main(['visualize', 'wrong.yaml', '-o', 'out'])\nassert 'torch' not in sys.modules\nsys.exit(code)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 2


def test_what_is_too_large_is_refused_before_it_is_made(here, capsys):
    (here / "huge.yaml").write_text("input: [1000000]\nlayers: [Linear(1000000)]\n", encoding="utf-8")
    assert main(["visualize", "huge.yaml", "-o", "out"]) == 2
    assert "needs about 3.64 TiB" in capsys.readouterr().err


def test_the_page_links_the_diagrams_other_forms(here):
    drawn("net.yaml", "--what", "architecture")
    page = Path("out", "index.html").read_text(encoding="utf-8")
    links = ", ".join(f'<a href="architecture.{form}">architecture.{form}</a>' for form in ("png", "pdf"))
    assert f"For slides and print: {links}" in page
    drawn("net.yaml", "--what", "kernels", out="others")
    assert "for slides" not in Path("others", "index.html").read_text(encoding="utf-8")
