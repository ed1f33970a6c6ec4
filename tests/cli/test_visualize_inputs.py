"""`netinspect visualize`: what the network is shown. Samples, frames of sounds, files that cannot be read, memory."""

import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image

from netinspect.network.load import load
from netinspect.torch_backend.build import build
from tests.cli.galleries import LOUDEST, drawn, files_in, picture, refused, saved, titles, wave
from tests.cli.running import environment

pytestmark = pytest.mark.usefixtures("here")


# --- which sample ------------------------------------------------------------------------------


def test_of_several_samples_the_first_or_the_one_asked_for(here):
    array = np.load("many.npy")
    title = titles(drawn("net.yaml", "--input", "many.npy", "--save-arrays"))["activations/01_conv.png"]
    assert "input: many.npy, sample 1 of 5 ·" in title
    assert np.array_equal(saved("inputs.npz")["input"], array[:1])
    title = titles(drawn("net.yaml", "--input", "many.npy", "--sample", "4", "--save-arrays"))
    assert "input: many.npy, sample 4 of 5 ·" in title["activations/01_conv.png"]
    assert "many.npy, sample 4 of 5" in title["input.png"]
    assert np.array_equal(saved("inputs.npz")["input"], array[3:4])


def test_samples_are_counted_through_all_files(here):
    drawn("net.yaml", "--input", "photos", "--input", "many.npy", "--sample", "5", "--save-arrays")
    assert np.array_equal(saved("inputs.npz")["input"], np.load("many.npy")[1:2])
    assert drawn("net.yaml", "--input", "photos", "--sample", "2")["inputs"][0]["source"] == "1.png"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--input", "many.npy", "--sample", "6"), "--sample 6: what was given has 5 samples: write --sample 1 to 5"),
        (("--input", "photos", "--sample", "4"), "--sample 4: what was given has 3 samples: write --sample 1 to 3"),
        (("--input", "photos/1.png", "--sample", "2"), "--sample 2: what was given has one sample; leave --sample out"),
        (("--sample", "2"), "--sample 2 says which sample of --input is shown; give --input FILE"),
        (("--sample", "0", "--input", "photos"), "Invalid value for '--sample': 0 is not in the range x>=1."),
    ],
)
def test_a_sample_that_is_not_there(arguments, message, capsys):
    assert message in refused(capsys, "net.yaml", *arguments)


def test_several_inputs_show_the_same_sample(here, capsys):
    np.save("left.npy", np.arange(9, dtype=np.float32).reshape(3, 3))
    np.save("right.npy", np.arange(6, dtype=np.float32).reshape(3, 2))
    files = ("--input", "left.npy", "--input", "right.npy")
    drawn("two.yaml", *files, "--sample", "2", "--save-arrays")
    found = saved("inputs.npz")
    assert (found["left"].tolist(), found["right"].tolist()) == ([[3, 4, 5]], [[2, 3]])
    drawn("two.yaml", *files, "--what", "health")
    np.save("right.npy", np.zeros((2, 2), np.float32))
    message = "each input needs as many samples as the others; here: left.npy 3, right.npy 2"
    assert message in refused(capsys, "two.yaml", *files)


# --- sounds cut into frames ----------------------------------------------------------------------


def test_the_loudest_frame_is_shown_and_called_so(here):
    manifest = drawn("sound.yaml", "--input", "x.wav", "--save-arrays")
    words = "x.wav, frame 5 of 8, the loudest, at 0.04 s"
    told = titles(manifest)
    assert f"input: {words} ·" in told["activations/01_conv.png"]
    assert told["input.png"].startswith(f"input 0.11 s · {words} · 1000 Hz")
    assert manifest["inputs"][0]["source"] == words
    frame = wave()[LOUDEST * 10 : LOUDEST * 10 + 40].astype(np.float32)
    expected = (frame - frame.mean()) / frame.std(ddof=1)
    assert np.allclose(saved("inputs.npz")["input"], expected, atol=1e-4)


def test_another_frame_can_be_asked_for(here):
    told = titles(drawn("sound.yaml", "--input", "x.wav", "--sample", "2"))
    assert "input: x.wav, frame 2 of 8, at 0.01 s ·" in told["activations/01_conv.png"]


def test_of_equally_loud_frames_the_first(here):
    soundfile.write("even.wav", np.full(110, 0.5), 1000, subtype="FLOAT")
    told = titles(drawn("sound.yaml", "--input", "even.wav"))
    assert "frame 1 of 8, the loudest, at 0.00 s" in told["input.png"]


def test_outputs_over_all_frames_are_drawn_and_saved(here):
    manifest = drawn("sound.yaml", "--input", "x.wav", "--save-arrays")
    (figure,) = [figure for figure in manifest["figures"] if figure["kind"] == "sequence"]
    assert (figure["file"], figure["shape"], figure["total"]) == ("sequence/output.png", [8, 7], 7)
    assert "▼ frame 5 of 8, the loudest, at 0.04 s: what the other figures show" in figure["notes"]
    found = saved("outputs_over_time.npz")
    assert np.allclose(found["frames.seconds"], np.arange(8) / 100)
    model = build(load("sound.yaml")).eval()
    frames = np.lib.stride_tricks.sliding_window_view(wave().astype(np.float32), 40)[::10]
    frames = (frames - frames.mean(1, keepdims=True)) / frames.std(1, ddof=1, keepdims=True)
    with torch.no_grad():
        expected = model(torch.from_numpy(frames[:, None].copy()))
    assert np.allclose(found["output"], expected, atol=1e-4)
    assert np.allclose(saved("outputs.npz")["output"][0], found["output"][LOUDEST], atol=1e-6)


def test_outputs_over_time_in_small_batches_are_the_same(here, monkeypatch):
    from netinspect.pictures import run as session

    drawn("sound.yaml", "--input", "x.wav", "--save-arrays", out="whole")
    monkeypatch.setattr(session, "SAMPLES_AT_ONCE", 3)
    drawn("sound.yaml", "--input", "x.wav", "--save-arrays", out="parts")
    whole, parts = (saved("outputs_over_time.npz", out)["output"] for out in ("whole", "parts"))
    assert np.allclose(whole, parts, atol=1e-6)


def test_the_spectrogram_is_that_of_the_shown_frame(here):
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, 2000).astype(np.float32)
    soundfile.write("cut.wav", sound[800:1600], 16000, subtype="FLOAT")
    soundfile.write("speech.wav", sound, 16000, subtype="FLOAT")

    def seen(*options):
        """A part of the spectrogram in the picture of the input, and the array."""
        drawn("speech.yaml", "--input", *options, "--save-arrays")
        return np.asarray(Image.open("out/input.png").convert("RGB"))[-240:-180, 120:180], saved("inputs.npz")["input"]

    alone, (third, array), (first, _) = seen("cut.wav"), seen("speech.wav", "--sample", "3"), seen(
        "speech.wav", "--sample", "1"
    )  # fmt: skip
    assert np.allclose(array, alone[1], atol=1e-4)
    assert len(np.unique(third.reshape(-1, 3), axis=0)) > 10
    assert np.array_equal(third, alone[0])
    assert not np.array_equal(first, alone[0])


def test_noise_and_whole_sounds_have_no_outputs_over_time(here):
    assert "sequence/output.png" not in drawn("sound.yaml")["files"]
    (here / "whole.yaml").write_text(
        "input: {shape: {channels: 1, time: 110}, preprocess: {sample_rate: 1000}}\nlayers: [flatten(1), Linear(2)]\n"
    )
    assert "sequence/output.png" not in drawn("whole.yaml", "--input", "x.wav")["files"]


def test_two_runs_over_frames_give_the_same_bytes(here):
    for out in ("one", "two"):
        drawn("sound.yaml", "--input", "x.wav", "--save-arrays", out=out)
    one, two = ({name: (here / out / name).read_bytes() for name in files_in(out)} for out in ("one", "two"))
    assert one == two


# --- what cannot be read -------------------------------------------------------------------------


def damage(folder):
    """Files of a folder that cannot be read, beside some that are none of ours."""
    (folder / "cut.png").write_bytes((folder / "0.png").read_bytes()[:200])
    (folder / "text.jpg").write_text("no picture", encoding="utf-8")
    (folder / "notes.txt").write_text("no input", encoding="utf-8")
    (folder / ".hidden.png").write_text("hidden", encoding="utf-8")
    (folder / ".thumbnails").mkdir()
    (folder / ".thumbnails" / "0.png").write_text("hidden", encoding="utf-8")
    (folder / "gone.png").symlink_to("nowhere.png")


LEFT_OUT = (
    "3 files cannot be read and are left out: photos/cut.png: image file is truncated; photos/gone.png: there is no "
    "such file; photos/text.jpg: is no picture (PNG, JPEG, GIF, BMP, TIFF, WEBP, PPM)"
)


def test_a_data_set_goes_on_without_what_cannot_be_read(here, capsys):
    drawn("net.yaml", "--weights", "net.pt", "--dataset", "photos", "--what", "top_inputs", out="clean")
    damage(here / "photos")
    capsys.readouterr()
    manifest = drawn("net.yaml", "--weights", "net.pt", "--dataset", "photos", "--what", "top_inputs")
    assert f"note: {LEFT_OUT}\n" in capsys.readouterr().err
    assert manifest["notes"] == [LEFT_OUT]
    assert LEFT_OUT in (here / "out" / "index.html").read_text(encoding="utf-8")
    assert "the 3 strongest of 3 inputs" in manifest["figures"][0]["title"]
    for name in files_in("clean/top_inputs"):
        assert (here / "out/top_inputs" / name).read_bytes() == (here / "clean/top_inputs" / name).read_bytes()


def test_several_processes_find_and_tell_what_one_does(here):
    damage(here / "photos")
    arguments = ("net.yaml", "--weights", "net.pt", "--dataset", "photos", "--top-inputs", "2", "--what", "top_inputs")
    drawn(*arguments, out="one")
    launch = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m")
    result = subprocess.run(
        [*launch, "netinspect", "visualize", *arguments, "-o", "two"], env=environment(OMP_NUM_THREADS="1"),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert result.stderr.count(LEFT_OUT) == 1
    assert files_in("one") == files_in("two")
    for name in files_in("one"):
        assert (here / "one" / name).read_bytes() == (here / "two" / name).read_bytes()


def test_many_files_that_cannot_be_read_are_counted(here, capsys):
    for number in range(9):
        (here / "photos" / f"bad{number}.png").write_text("no picture", encoding="utf-8")
    drawn("net.yaml", "--input", "photos", "--what", "health")
    assert "note: 9 files cannot be read and are left out: photos/bad0.png: " in capsys.readouterr().err
    (note,) = json.loads((here / "out" / "manifest.json").read_text(encoding="utf-8"))["notes"]
    assert note.endswith("; and 6 more")


def test_a_folder_is_shown_by_its_first_file_that_can_be_read(here):
    (here / "photos" / "0.png").write_text("no picture", encoding="utf-8")
    manifest = drawn("net.yaml", "--input", "photos")
    assert manifest["inputs"][0]["source"] == "1.png"
    assert manifest["notes"] == [
        "1 file cannot be read and is left out: photos/0.png: is no picture (PNG, JPEG, GIF, BMP, TIFF, WEBP, PPM)"
    ]


@pytest.mark.parametrize("option", ["--input", "--dataset"])
def test_a_folder_of_which_nothing_can_be_read(option, here, capsys):
    for number in range(3):
        (here / "photos" / f"{number}.png").write_text("no picture", encoding="utf-8")
    told = refused(capsys, "net.yaml", option, "photos", "--force")
    assert told.startswith("error: none of the 3 files can be read; photos/0.png: is no picture")


@pytest.mark.parametrize("option", ["--input", "--dataset"])
def test_what_does_not_fit_is_told_not_left_out(option, here, capsys):
    np.save(here / "photos" / "0.npy", np.zeros((3, 20, 20), np.float32))
    told = refused(capsys, "net.yaml", option, "photos", "--force")
    assert "0.npy has the shape (3, 20, 20), and the input takes (3, 12, 12)" in told


def test_a_picture_of_another_size_is_made_to_fit_and_that_is_told(here, capsys):
    picture(0, size=20).save(here / "photos" / "0.png")
    words = "20×20 pixels (height × width), resized (bilinear) to 12×12; `preprocess` does not say how"
    assert drawn("net.yaml", "--input", "photos", "--what", "input")["notes"] == [words]
    assert f"note: {words}\n" in capsys.readouterr().err


@pytest.mark.parametrize(("last", "shares"), [("", (0.9, 0.09, 0.01)), ("Sigmoid, ", (0.9, 0.5, 0.1))])
def test_a_trained_network_with_labels_says_its_answer(last, shares, here, capsys):
    shares = np.array(shares)
    biases = np.log(shares / (1 - shares) if last else shares)
    (here / "pets.yaml").write_text(
        f"input: [3, 12, 12]\nlayers: [Flatten, fc: Linear(3), {last}]\nlabels: [bear, dog, cat]\n".replace(", ]", "]"),
        encoding="utf-8",
    )
    torch.save({"fc.weight": torch.zeros(3, 432), "fc.bias": torch.tensor(biases[::-1].copy())}, "pets.pt")
    manifest = drawn("pets.yaml", "--input", "photos", "--weights", "pets.pt")
    taken, measure = ("", "probability") if last else (" (softmax)", "softmax")
    answer = f"the network's answer: cat {shares[0]:.1%}, dog {shares[1]:.1%}, bear {shares[2]:.1%}{taken}\n"
    assert answer in capsys.readouterr().err
    (entry,) = manifest["answers"]
    assert (entry["output"], entry["about"], entry["trained"]) == ("", "0.png", True)
    assert [(row["name"], row["measure"]) for row in entry["rows"]] == [
        (name, measure) for name in ("cat", "dog", "bear")
    ]
    assert [row["value"] for row in entry["rows"]] == pytest.approx(shares, abs=1e-6)
    assert manifest["figures"][0]["file"] == "output.png"
    assert manifest["figures"][0]["title"].startswith(f"output: cat, {shares[0]:.1%} · for 0.png")
    page = (here / "out" / "index.html").read_text(encoding="utf-8")
    assert f'<th scope="col">{measure}</th>' in page
    assert f'<tr><th scope="row">cat</th><td>{shares[0]:.1%}</td></tr>' in page


def test_an_untrained_network_has_no_answer_to_tell(here, capsys):
    (here / "pets.yaml").write_text("input: [3, 12, 12]\nlayers: [Flatten, Linear(3)]\nlabels: [bear, dog, cat]\n")
    manifest = drawn("pets.yaml", "--input", "photos")
    assert "answer" not in capsys.readouterr().err
    assert manifest["answers"][0]["trained"] is False
    assert manifest["figures"][0]["title"].startswith("output 3, untrained · ")
    assert "Untrained, so it means nothing" in (here / "out" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [("--input", "bad.png"), ("--input", "photos/0.png", "--input", "bad.png")])
def test_a_file_that_is_named_must_be_readable(arguments, here, capsys):
    (here / "bad.png").write_bytes((here / "photos" / "0.png").read_bytes()[:300])
    told = refused(capsys, "net.yaml", *arguments)
    assert told == "error: cannot read the picture bad.png: image file is truncated; copy or save it anew\n"


def test_transparent_pixels_are_laid_on_white(here, capsys):
    pixels = np.zeros((12, 12, 4), np.uint8)
    pixels[..., 3] = 51  # black that covers a fifth
    pixels[0, 0] = (255, 0, 0, 255)
    Image.fromarray(pixels).save("glass.png")
    drawn("net.yaml", "--input", "glass.png", "--save-arrays")
    assert "note: transparent pixels, laid on white\n" in capsys.readouterr().err
    found = saved("inputs.npz")["input"][0]
    assert found[:, 0, 0].tolist() == [1, 0, 0]
    assert np.allclose(found[:, 1:], 204 / 255)


# --- memory --------------------------------------------------------------------------------------


def test_a_limit_holds_for_what_is_read(here, capsys):
    (here / "wide.yaml").write_text(
        "input: {shape: [3, 4, 4], preprocess: {resize: input}}\nlayers: [Flatten, Linear(2)]\n", encoding="utf-8"
    )
    picture(0, size=600).save("large.png")
    for option, value in (("--input", "large.png"), ("--dataset", "photos")):
        picture(0, size=600).save(here / "photos" / "0.png")
        told = refused(capsys, "wide.yaml", option, value, "--force", "--memory-limit", "10MB")
        assert "reading the picture" in told
        assert f"the limit is {10e6 / 2**20:.2f} MiB; --memory-limit allows more" in told


def test_a_limit_holds_for_the_gradients_of_health(here, capsys):
    (here / "wide.yaml").write_text("input: [1000]\nlayers: [Linear(1000), ReLU, Linear(1000)]\n", encoding="utf-8")
    limit = ("--memory-limit", "12MB")
    drawn("wide.yaml", "--what", "kernels", *limit)
    assert "needs about" in refused(capsys, "wide.yaml", "--what", "health", *limit)


def test_a_limit_holds_for_a_study_beside_the_recording(here, capsys):
    """Of 6 MiB each: there is room for what is recorded, and for the maps that are compared, but not for both."""
    many = "".join(f"  - c{i}: Conv2d(8, kernel_size=1)\n" for i in range(12))
    (here / "deep.yaml").write_text(f"input: [3, 128, 128]\nlayers:\n{many}", encoding="utf-8")
    limit = ("--memory-limit", "12MB")
    drawn("deep.yaml", "--what", "activations", *limit, out="recorded")
    drawn("deep.yaml", "--what", "equivariance", *limit, out="compared")
    assert "needs about" in refused(capsys, "deep.yaml", "--what", "activations,equivariance", *limit)


def test_fewer_samples_are_run_together_where_memory_is_short(here):
    from netinspect.torch_backend.record import samples_at_once

    net = load("net.yaml")
    assert samples_at_once(net, 32) == 32
    assert samples_at_once(net, 32, memory_limit=60_000) in range(2, 32)
    assert samples_at_once(net, 32, memory_limit=1) == 1


PEAKS = """
import pathlib, sys
from netinspect.cli.main import main
for what in ("input", "input,health"):
    for folder in ("few", "few", "many"):
        assert main(["visualize", "large.yaml", "-o", "out", "--force", "--input", folder, "--what", what]) == 0
        print(int(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024)
"""
"""The most MiB that the process has taken so far, after each run; a first one leaves its pages behind."""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_folder_of_many_large_pictures_takes_the_memory_of_one(here):
    """Each is 11 MiB as numbers: 24 of them at once would be 264 MiB."""
    (here / "large.yaml").write_text(
        "input: [3, 1000, 1000]\nlayers:\n  - MaxPool2d(50)\n  - ReLU\n  - Flatten\n  - Linear(2)\n", encoding="utf-8"
    )
    for folder, count in (("few", 2), ("many", 24)):
        (here / folder).mkdir()
        for number in range(count):
            Image.new("RGB", (1000, 1000), (number, 0, 0)).save(here / folder / f"{number:02}.png")
    command = [sys.executable, "-c", PEAKS]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=environment())
    _, few, many, _, few_counted, many_counted = map(int, run.stdout.split())
    assert many - few < 60
    assert many_counted - few_counted < 60
