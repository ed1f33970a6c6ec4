"""What is said of names and paths that are long, odd or not to be read (44, 46, 47 and 49), in real processes."""

import os
import stat
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from tests.cli.running import PROGRAM, environment, is_clean, run, run_forked
from tests.faults.galleries import is_whole

GOOD = "input: [1, 8, 8]\nlayers:\n  - Conv2d(2, kernel_size=3)\n"
LONG = "a" * 300
DEEP = "/".join([LONG[:200]] * 25)
BROKEN = os.fsdecode(b"bro\xffken")
"""A name that is no UTF-8: half of a surrogate pair stands for its odd byte."""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_text(GOOD)
    return tmp_path


def is_short(result):
    """Whether each line of what is said can be read at a glance, though it quotes long names."""
    return all(len(line) < 600 and "a" * 201 not in line for line in result.stderr.splitlines())


ANCHORED = {
    "44 an anchor": "a: &{} b\n",
    "44 an alias": "a: *{}\n",
    "44 a tag": "a: !{} b\n",
    "44 a key": "{}: 1\n",
    "44 a key twice": "{0}: 1\n{0}: 2\n",
    "44 a name": "input: [4]\nlayers:\n  - {}: ReLU\n",
    "44 a value": "input: [{}]\nlayers: [ReLU]\n",
    "44 a budget": "input: [4]\nbudget:\n  params: {}\nlayers: [ReLU]\n",
    "44 a variant": "input: [4]\nvariants:\n  {}: 3\nlayers: [ReLU]\n",
    "44 an output": "input: [4]\noutputs: [{}]\nlayers: [ReLU]\n",
    "44 a path": "input: [4]\nfrozen: [{}]\nlayers: [ReLU]\n",
}  # fmt: skip


@pytest.mark.parametrize("text", ANCHORED.values(), ids=ANCHORED.keys())
def test_44_what_a_message_quotes_is_cut_in_the_middle(here, text):
    (here / "net.yaml").write_text(text.format("a" * 200_000))
    result = run("summary", "net.yaml")
    assert result.returncode == 2
    assert is_short(result)


@pytest.mark.parametrize(
    "text", ["input: [4]\nlayers: [Linear(2, {})]\n", "input: [4]\nvars: {{a: {}}}\nlayers: [ReLU]\n"]
)
def test_44_within_a_step_too(here, text):
    (here / "net.yaml").write_text(text.format("a" * 450))
    result = run("summary", "net.yaml")
    assert result.returncode == 2
    assert is_short(result)


PATHS = {
    "44 47 a path of 5,000": ("summary", DEEP),
    "44 47 a name of 300": ("summary", LONG),
    "44 a variant": ("summary", f"good.yaml:{LONG}"),
    "44 47 weights": ("verify", "good.yaml", "--weights", DEEP),
    "44 47 a baseline": ("compare", "good.yaml", "--baseline", DEEP),
    "44 a var": ("summary", "good.yaml", "--set", f"{LONG}=1"),
    "44 an option": ("summary", "good.yaml", f"--{LONG}"),
    "44 47 a picture": ("visualize", "good.yaml", "-o", "out", "--input", f"{LONG}.png"),
    "44 47 layers": ("summary", "good.yaml", "--custom-layers", f"{DEEP}.py"),
}  # fmt: skip


@pytest.mark.parametrize("command", PATHS.values(), ids=PATHS.keys())
def test_a_path_that_is_too_long_is_wrong_input_in_a_short_message(command):
    result = run(*command)
    assert is_clean(result)
    assert is_short(result)


def test_44_two_files_with_long_names_are_still_told_apart(here):
    name = f"{'x' * 100}-first-{'y' * 130}"
    (here / name).write_text("input: 3\n")
    head = run("summary", name).stderr.split(":")[0]
    assert len(head) == 200
    assert (head[:50], head[-50:]) == (name[:50], name[-50:])


ESCAPES = {
    "46 a spec that is not there": ("summary", "\x1b[31mred"),
    "46 a name that is too long": ("summary", f"\x1b[31m{LONG}"),
    "46 a folder": ("summary", "\x1b[31mfolder"),
    "46 through a file": ("summary", "good.yaml/\x1b[31m"),
    "46 a picture": ("visualize", "good.yaml", "-o", "out", "--input", f"\x1b[31m{LONG}.png"),
    "46 a baseline": ("compare", "good.yaml", "--baseline", f"\x1b[31m{LONG}"),
    "46 an option": ("summary", "good.yaml", "--\x1b[31m"),
    "46 a format": ("summary", "good.yaml", "--format", "\x1b[31m\n::warning::x"),
    "46 a command": ("\x1b[31m",),
    "46 a var": ("summary", "good.yaml", "--set", "\x1b[31m=1"),
}  # fmt: skip


@pytest.mark.parametrize("command", ESCAPES.values(), ids=ESCAPES.keys())
def test_46_no_message_carries_an_escape(here, command):
    (here / "\x1b[31mfolder").mkdir()
    result = run(*command)
    assert is_clean(result)
    assert "\x1b" not in result.stderr
    assert r"\x1b[31m" in result.stderr
    assert "\n::warning" not in result.stderr


@pytest.mark.parametrize("place", ["\x1b[31m/out.json", f"\x1b[31m{LONG}"])
def test_46_nor_does_one_about_an_output(place):
    Path("file").touch()
    result = run("summary", "good.yaml", "-o", f"file/{place}")
    assert is_clean(result, code=3)
    assert r"\x1b[31m" in result.stderr
    assert "\x1b" not in result.stderr


def test_46_a_file_with_an_escape_in_its_name_is_printed_without_it(here):
    (here / "\x1b[31mred.yaml").write_text(GOOD)
    result = run("summary", "\x1b[31mred.yaml")
    assert result.returncode == 0
    assert result.stdout.splitlines()[0].endswith(r"· \x1b[31mred.yaml")


# --- what cannot be read -----------------------------------------------------------------------

KMSG = Path("/proc/kmsg")


@pytest.mark.skipif(
    not KMSG.exists() or not os.access(KMSG, os.R_OK), reason="the kernel's messages are not ours to read"
)
@pytest.mark.parametrize(
    "command", [("summary",), ("verify", "good.yaml", "--weights"), ("compare", "good.yaml", "--baseline")]
)
def test_47_what_would_be_waited_for_for_ever(command):
    result = run(*command, KMSG)
    assert is_clean(result)


@pytest.mark.parametrize("name", ["good.yaml/", "good.yaml/.", "good.yaml/:variant", "good.yaml/x", "./good.yaml//"])
def test_47_a_file_is_no_folder(name):
    result = run("summary", name)
    assert is_clean(result)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
@pytest.mark.parametrize(
    "command", [("summary",), ("verify", "good.yaml", "--weights"), ("compare", "good.yaml", "--baseline")]
)
def test_47_a_folder_that_is_not_to_be_looked_into(here, command):
    (here / "locked").mkdir()
    (here / "locked" / "net.yaml").write_text(GOOD)
    (here / "locked").chmod(0)
    assert is_clean(run(*command, "locked/net.yaml"))
    (here / "locked").chmod(stat.S_IRWXU)


@pytest.mark.parametrize("name", ["loop", "loop/net.yaml"])
def test_47_links_that_go_round(here, name):
    (here / "loop").symlink_to("loop")
    assert is_clean(run("summary", name))


def test_47_a_pipe_that_is_named_is_waited_for(here):
    os.mkfifo("pipe")
    with subprocess.Popen([*PROGRAM, "summary", "pipe"], env=environment(), stdout=subprocess.PIPE) as process:
        (here / "pipe").write_text(GOOD)
        assert b"20 parameters" in process.communicate(timeout=60)[0]
    assert process.returncode == 0


# --- names that are no text, and very deep folders ---------------------------------------------


def test_49_a_picture_and_a_sound_may_have_a_name_that_is_no_text(here):
    (here / "sound.yaml").write_text(
        "input: {shape: {channels: 1, time: 400}, preprocess: {sample_rate: 8000, frame: 400}}\n"
        "layers:\n  - Conv1d(2, kernel_size=5)\n"
    )
    (here / f"{BROKEN}.yaml").write_text(GOOD)
    Image.new("L", (8, 8), 7).save(here / f"{BROKEN}.png")
    soundfile.write("sound.wav", np.zeros(800, np.float32), 8000)
    (here / "sound.wav").rename(f"{BROKEN}.wav")
    shown = ((f"{BROKEN}.yaml", "png"), ("sound.yaml", "wav"))
    for number, (spec, kind) in enumerate(shown):
        result = run_forked(
            "visualize", spec, "--input", f"{BROKEN}.{kind}", "-o", f"{BROKEN}{number}", "--what", "input"
        )
        assert (result.returncode, result.stdout) == (0, "")
        assert is_whole(here / f"{BROKEN}{number}")


def test_49_weights_may_have_a_name_that_is_no_text(here):
    from safetensors.numpy import save_file

    weights = {"0.weight": np.zeros((2, 1, 3, 3), np.float32), "0.bias": np.zeros(2, np.float32)}
    save_file(weights, "w.safetensors")
    (here / "w.safetensors").rename(f"{BROKEN}.safetensors")
    result = run_forked("verify", "good.yaml", "--weights", f"{BROKEN}.safetensors")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
def test_49_a_spec_may_have_a_name_that_is_no_text(here, form):
    (here / f"{BROKEN}.yaml").write_text(GOOD)
    assert run("summary", f"{BROKEN}.yaml", "--format", form).returncode == 0
    assert run("summary", f"{BROKEN}.yaml", "--format", form, "-o", BROKEN).returncode == 0
    assert Path(BROKEN).stat().st_size > 0


@pytest.fixture
def hundreds(here):
    """A path of hundreds of folders, which go again: what tidies up after the tests would go too deep, too."""
    yield here / "/".join("d" * 1500)
    subprocess.run(["rm", "-rf", "d"], check=True)


def test_49_an_output_below_hundreds_of_folders(hundreds):
    result = run_forked("visualize", "good.yaml", "-o", hundreds / "out", "--what", "kernels")
    assert result.returncode == 0
    assert is_whole(hundreds / "out")
    assert [path.name for path in hundreds.iterdir()] == ["out"]


def test_49_hundreds_of_folders_go_again_where_the_run_fails(here, hundreds):
    assert run_forked("visualize", "good.yaml", "-o", hundreds / "out", "--weights", "none.pt").returncode == 2
    assert not (here / "d").exists()


def test_48_a_checkpoint_of_strides_of_0_is_refused(here):
    import torch

    torch.save({"0.weight": torch.zeros(1).expand(10**6, 10**6)}, "w.pt")
    result = run_forked("verify", "good.yaml", "--weights", "w.pt")
    assert is_clean(result)
    assert "`0.weight` claims 1,000,000,000,000 values" in result.stderr
