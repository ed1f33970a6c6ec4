"""`netinspect visualize` when disks, folders, signals and streams fail: a whole gallery or none, and one clear word."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from netinspect.cli.main import main
from tests.cli.running import PROGRAM, environment, is_clean, run, run_forked
from tests.faults.galleries import SPEC, all_at_once, bytes_in, files_in, heed_interrupts, hit, is_whole, left_over

QUICK = ("--what", "kernels,input")
PROC = Path("/proc")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    return tmp_path


def visualize(*arguments, out="out", **options):
    """A run in a process of its own."""
    return run_forked("visualize", "net.yaml", "-o", out, *arguments, **options)


def drawn(*arguments, out="out"):
    """A run in this process, which succeeds."""
    assert main(["visualize", "net.yaml", "-o", str(out), *arguments]) == 0


# --- disks and folders -------------------------------------------------------------------------


def no_file_over(size):
    return partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size))


# 35
@pytest.mark.parametrize("exists", [False, True])
def test_what_cannot_be_written_leaves_everything_as_it_was(here, exists):
    if exists:
        drawn("--seed", "1")
    before = bytes_in(here)
    result = visualize("--force", before=no_file_over(8192))
    assert is_clean(result, code=3)
    assert result.stderr == "error: cannot write into out: File too large\n"
    assert bytes_in(here) == before
    assert left_over(here) == []


FULL = 'mount -t tmpfs -o size=40k none "$1" && cd "$1" && echo mine > mine && "$2" -m netinspect visualize "$3" -o out'


def can_mount():
    program = shutil.which("unshare")
    return program and subprocess.run([program, "-m", "true"], capture_output=True, check=False).returncode == 0


# 35
@pytest.mark.skipif(not can_mount(), reason="needs the right to mount")
def test_a_full_disk_leaves_nothing_behind(here):
    (here / "disk").mkdir()
    script = f"{FULL}; code=$?; ls -A; exit $code"
    command = ["unshare", "-m", "/bin/sh", "-c", script, "sh", here / "disk", sys.executable, here / "net.yaml"]
    result = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60, check=False)
    assert result.returncode == 3
    assert result.stdout == "mine\n"
    assert result.stderr == "error: cannot write into out: No space left on device\n"


# 34
@pytest.mark.skipif(not PROC.is_dir(), reason="needs a folder in which not even root can make another")
def test_a_parent_that_is_not_to_be_written_to_is_told_before_the_spec_is_read():
    result = run("visualize", "missing.yaml", "-o", PROC / "self" / "out")
    assert is_clean(result, code=3)
    assert result.stderr == "error: cannot write into /proc/self: permission denied\n"


# 34
@pytest.mark.skipif(not PROC.is_dir(), reason="needs a folder in which not even root can make another")
def test_a_parent_in_which_nothing_can_be_made(capsys):
    assert main(["visualize", "net.yaml", "-o", str(PROC / "out"), *QUICK]) == 3
    assert capsys.readouterr().err.startswith("error: cannot write into /proc")


# 34
def test_a_parent_that_is_a_file_is_told_before_the_spec_is_read(here):
    result = run("visualize", "missing.yaml", "-o", "net.yaml/out")
    assert is_clean(result, code=3)
    assert "it is not a folder" in result.stderr
    assert files_in(here) == ["net.yaml"]


# 34
def test_parents_are_made_and_go_again_where_the_run_fails(here):
    assert main(["visualize", "net.yaml", "-o", "a/b/out", "--weights", "none.pt"]) == 2
    assert files_in(here) == ["net.yaml"]
    assert not (here / "a").exists()
    result = visualize(*QUICK, out="a/b/out", before=no_file_over(512))
    assert result.returncode == 3
    assert not (here / "a").exists()
    drawn(*QUICK, out="a/b/out")
    assert is_whole(here / "a" / "b" / "out")


# 19
@pytest.mark.parametrize("name", ["out größe 🎹", "-out", "--force", "a b/c'd", "%41&amp;", "x" * 255])
def test_a_folder_may_have_any_name(here, name):
    assert main(["visualize", f"--output={name}", *QUICK, "net.yaml"]) == 0
    assert is_whole(here / name)


# 34
def test_a_name_that_is_too_long_for_a_folder_is_told_before_the_spec_is_read(here):
    result = run("visualize", "missing.yaml", "-o", "x" * 256)
    assert is_clean(result, code=3)
    assert "File name too long" in result.stderr


# --- links and what stands in the way ----------------------------------------------------------


# 38
def test_nothing_outside_the_folder_is_written_or_removed_through_links(here):
    outside = here / "outside"
    drawn(*QUICK, out="out")
    drawn("--what", "activations", "--seed", "9", out=outside)
    (outside / "precious.png").write_bytes(b"precious")
    before = bytes_in(outside)
    listed = ["../outside/precious.png", "old/precious.png", "/etc/hostname.png", str(outside / "precious.png")]
    (here / "out" / "manifest.json").write_text(json.dumps({"files": listed}), encoding="utf-8")
    (here / "out" / "old").symlink_to(outside)
    for name in ("index.html", "input.png"):
        (here / "out" / name).unlink()
        (here / "out" / name).symlink_to(outside / "precious.png")
    shutil.rmtree(here / "out" / "kernels")
    (here / "out" / "kernels").symlink_to(outside / "activations")
    drawn(*QUICK, "--force", "--seed", "2")
    assert bytes_in(outside) == before
    assert not any((here / "out" / name).is_symlink() for name in ("index.html", "input.png", "kernels"))
    (here / "out" / "old").unlink()
    assert is_whole(here / "out")


# 38
def test_a_listing_that_is_a_link_takes_nothing_away(here):
    drawn("--what", "activations", out="other")
    (here / "out").mkdir()
    (here / "out" / "activations").symlink_to(here / "other" / "activations")
    (here / "out" / "manifest.json").symlink_to(here / "other" / "manifest.json")
    drawn(*QUICK, "--force")
    assert is_whole(here / "other")


# 38
def test_a_link_to_nowhere_is_no_folder(here):
    (here / "out").symlink_to(here / "nowhere")
    assert is_clean(visualize(*QUICK, "--force"), code=3)
    assert not (here / "nowhere").exists()


# 34
def test_a_folder_in_a_files_place_keeps_the_old_gallery_whole(here, capsys):
    drawn()
    page = here / "out" / "index.html"
    page.unlink()
    page.mkdir()
    (page / "mine.txt").write_text("mine")
    before = bytes_in(here)
    assert main(["visualize", "net.yaml", "-o", "out", "--force", "--seed", "3"]) == 3
    assert "index.html is a folder there" in capsys.readouterr().err
    assert bytes_in(here) == before
    assert left_over(here) == []


# --- many at once, killed, interrupted ---------------------------------------------------------


# 38
def test_eight_runs_at_once_leave_one_whole_gallery(here):
    (here / "out").mkdir()
    kinds = ("kernels", "kernels,activations,input", "activations", "input,strip,kernels")
    commands = [
        ("visualize", "net.yaml", "-o", "out", "--force", "--seed", str(seed), "--what", kinds[seed % 4])
        for seed in range(8)
    ]
    assert all_at_once(commands, here) == [0] * 8
    assert is_whole(here / "out")
    assert left_over(here) == []


# 36
@pytest.mark.parametrize("exists", [False, True])
def test_a_run_that_is_killed_while_it_writes_does_no_harm(here, exists):
    if exists:
        drawn("--seed", "1")
    before = bytes_in(here)
    result = hit("netinspect.folders._written", 3, signal.SIGKILL, "visualize", "net.yaml", "-o", "out", "--force",
                 cwd=here)  # fmt: skip
    assert result.returncode == -signal.SIGKILL
    assert bytes_in(here) == before
    assert left_over(here) != []
    drawn(*QUICK, *(["--force"] if exists else []))
    assert is_whole(here / "out")


# 36
def test_a_run_that_is_killed_while_it_replaces_is_made_good_by_the_next(here):
    drawn("--seed", "1")
    result = hit("netinspect.folders._place", 3, signal.SIGKILL, "visualize", "net.yaml", "-o", "out", "--force",
                 "--seed", "2", cwd=here)  # fmt: skip
    assert result.returncode == -signal.SIGKILL
    drawn(*QUICK, "--force", "--seed", "3")
    assert is_whole(here / "out")


PLACES = [
    ("netinspect.torch_backend.build.build", 1),
    ("netinspect.pictures.draw.sheet.sheet", 2),
    ("netinspect.folders._written", 3),
]
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


# 36
@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize(("place", "nth"), PLACES, ids=["running", "drawing", "writing"])
def test_a_signal_leaves_everything_as_it_was(here, place, nth, number, code):
    (here / "out").mkdir()
    (here / "out" / "mine.txt").write_text("mine")
    before = bytes_in(here)
    result = hit(place, nth, number, "visualize", "net.yaml", "-o", "out", "--force", cwd=here)
    assert (result.returncode, result.stdout, result.stderr) == (code, "", "")
    assert bytes_in(here) == before
    assert left_over(here) == []


# 36
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_that_comes_while_files_are_replaced_waits_for_the_last(here, number, code):
    drawn("--seed", "1")
    result = hit("netinspect.folders._place", 3, number, "visualize", "net.yaml", "-o", "out", "--force", "--seed",
                 "2", cwd=here)  # fmt: skip
    assert (result.returncode, result.stderr) == (code, "")
    assert is_whole(here / "out")
    assert json.loads((here / "out" / "manifest.json").read_bytes())["seed"] == 2


def read_all(master, until=None, seconds=60):
    """What a terminal shows, to its end or until it shows some text."""
    shown, deadline = b"", time.monotonic() + seconds
    while (until is None or until not in shown) and time.monotonic() < deadline:
        try:
            piece = os.read(master, 65_536)
        except OSError:  # Linux ends a pseudo-terminal this way
            break
        if not piece:
            break
        shown += piece
    return shown


def on_a_terminal(*arguments):
    master, slave = os.openpty()
    process = subprocess.Popen(
        [*PROGRAM, "visualize", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave,
        env=environment(TERM="xterm"), preexec_fn=heed_interrupts,  # noqa: PLW1509  no threads here
    )  # fmt: skip
    os.close(slave)
    return process, master


# 39
def test_a_terminal_shows_how_far_it_is_and_stdout_nothing(here):
    process, master = on_a_terminal("net.yaml", "-o", "out")
    shown = read_all(master).decode()
    assert (process.communicate()[0], process.returncode) == (b"", 0)
    os.close(master)
    assert "kernels/01_conv.png" in shown
    assert "100%" in shown
    assert shown.count("\x1b[?25l") > 1
    assert shown.rstrip().splitlines()[-2].endswith("\x1b[?25h")  # the cursor is back
    assert shown.rstrip().splitlines()[-1].endswith("in out: open out/index.html")


# 36
def test_interrupted_on_a_terminal_the_cursor_comes_back_and_nothing_is_there(here):
    layers = "".join(f"  - Conv2d(8, kernel_size=3, padding=1)  # {at}\n" for at in range(150))
    (here / "long.yaml").write_text(f"input: [3, 8, 8]\nlayers:\n{layers}", encoding="utf-8")
    process, master = on_a_terminal("long.yaml", "-o", "out")
    shown = read_all(master, until=b"kernels/")
    process.send_signal(signal.SIGINT)
    shown += read_all(master)
    assert (process.communicate()[0], process.returncode) == (b"", 130)
    os.close(master)
    assert b"Traceback" not in shown
    assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")
    assert files_in(here) == ["long.yaml", "net.yaml"]
    assert left_over(here) == []


# --- streams -----------------------------------------------------------------------------------


def shell(command, **env):
    """`netinspect` in a shell, with the shell's redirections."""
    program = f'netinspect() {{ {sys.executable} -m netinspect "$@"; }}; {command}'
    return subprocess.run(
        ["/bin/bash", "-c", program], env=environment(**env), capture_output=True, timeout=60, check=False
    )


# 37
@pytest.mark.parametrize("streams", [">&-", "2>&-", "2>/dev/full", "<&- >&- 2>&-"])
def test_a_gallery_needs_no_streams(here, streams):
    result = shell(f"netinspect visualize net.yaml -o out --what kernels {streams}")
    assert (result.returncode, result.stdout) == (0, b"")
    assert is_whole(here / "out")


# 37
def test_an_error_that_nobody_can_read_is_still_that_error():
    assert shell("netinspect visualize none.yaml -o out <&- >&- 2>&-").returncode == 2


# 35, 37
@pytest.mark.parametrize("stream", [">&-", ">/dev/full"])
def test_a_list_of_files_that_nobody_can_read_is_told(stream):
    result = shell(f"netinspect visualize net.yaml -o out --dry-run {stream}")
    assert result.returncode == 3
    assert b"standard output" in result.stderr


# 39
def test_file_names_that_are_no_text_here(here):
    (here / "größe.yaml").write_text(SPEC, encoding="utf-8")
    command = "netinspect visualize größe.yaml -o größer --what kernels"
    result = shell(command, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert result.returncode == 0
    assert is_whole(here / "größer")
