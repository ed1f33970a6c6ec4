"""Streams, signals and surroundings (faults 27, 35 to 40), in real processes."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.running import PROGRAM, environment, run
from tests.faults.galleries import heed_interrupts


def shell(command, **env):
    """A shell command in which `netinspect` is the program; bash's own exit code and streams."""
    program = f'netinspect() {{ {sys.executable} -m netinspect "$@"; }}; {command}'
    return subprocess.run(
        ["/bin/bash", "-c", program], env=environment(**env), capture_output=True, timeout=60, check=False
    )


COMMANDS = ["summary lenet5", "summary lenet5 --format json", "gallery", "--help"]


# 37
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_is_silent(unbuffered):
    env = {"PYTHONUNBUFFERED": unbuffered} if unbuffered else {}
    result = shell("netinspect summary resnet152 --expand --format json | head -1; exit ${PIPESTATUS[0]}", **env)
    assert (result.returncode, result.stdout, result.stderr) == (141, b"{\n", b"")


# 37
@pytest.mark.parametrize("command", ["summary resnet152 --format json", "summary lenet"])
def test_a_reader_that_never_reads(command):
    result = shell(f"{{ sleep 0.2; netinspect {command}; echo $? >&2; }} | true")
    assert result.stderr == b"141\n"


# 37
@pytest.mark.parametrize("command", COMMANDS)
def test_no_stdout_at_all(command):
    result = shell(f"netinspect {command} >&-")
    assert result.returncode == 3
    assert result.stderr.count(b"\n") == 1
    assert b"standard output" in result.stderr


# 35
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_on_stdout(command):
    result = shell(f"netinspect {command} > /dev/full")
    assert result.returncode == 3
    assert result.stderr == b"error: cannot write to standard output: No space left on device\n"


# 37
def test_an_error_without_stdout_is_still_that_error():
    result = shell("netinspect summary nothing.yaml >&-")
    assert result.returncode == 2


# 37
@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
def test_no_stderr_does_not_matter(stderr):
    assert shell(f"netinspect summary lenet5 {stderr}").returncode == 0
    assert shell(f"netinspect summary nothing.yaml {stderr}").returncode == 2


# 35
def test_an_output_file_on_a_full_device():
    assert run("summary", "lenet5", "--output-file", "/dev/full").returncode == 3


# 34
@pytest.mark.parametrize("place", ["file/out.json", "."])
def test_an_output_file_that_cannot_be(tmp_path, place):
    (tmp_path / "file").touch()
    result = run("summary", "lenet5", "--format", "json", "--output-file", place, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.startswith("error: cannot write ")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def opened_once_it_is_read(pipe, seconds=20):
    """The writing end of a named pipe, as soon as someone reads it."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


# 36
@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals(tmp_path, signum, code):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    old = tmp_path / "out.json"
    old.write_text("old")
    with subprocess.Popen(
        [*PROGRAM, "summary", str(pipe), "--format", "json", "--output-file", str(old)],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heed_interrupts,  # noqa: PLW1509  no threads here
    ) as process:  # fmt: skip
        writer = opened_once_it_is_read(pipe)
        time.sleep(0.2)
        process.send_signal(signum)
        try:
            stdout, stderr = process.communicate(timeout=20)
        finally:
            process.kill()
            os.close(writer)
    assert (process.returncode, stdout, stderr) == (code, b"", b"")
    assert old.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.json", "pipe"]


SURROUNDINGS = [
    {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"TERM": "dumb"},
    {"COLUMNS": "20"},
    {"GITHUB_ACTIONS": "1"},
    {"NO_COLOR": "1"},
    {"FORCE_COLOR": "1"},
    {"HOME": "/nonexistent"},
]


# 39
@pytest.mark.parametrize("env", SURROUNDINGS, ids=lambda env: next(iter(env)))
def test_every_digit_in_every_surrounding(env):
    result = shell("netinspect summary lenet --formula", **env)
    assert (result.returncode, result.stderr) == (0, b"")
    text = result.stdout.decode(env.get("PYTHONIOENCODING", "utf-8"))
    for figure in ("51,902", "406,800", "117,600", "48,120", "6", "28", "16", "10"):
        assert figure in text
    assert "6x28x28" in text or "6×28×28" in text


# 39
def test_json_is_the_same_bytes_in_every_surrounding():
    outputs = {shell("netinspect summary lenet --format json", **env).stdout for env in SURROUNDINGS[::2]}
    (output,) = outputs
    assert json.loads(output)["models"][0]["totals"]["params"] == 51_902


# 39
def test_colour_is_forced_and_forbidden():
    assert b"\x1b[" in shell("netinspect summary lenet", FORCE_COLOR="1").stdout
    assert b"\x1b" not in shell("netinspect summary lenet", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert b"\x1b" not in shell("netinspect summary lenet").stdout


def on_terminal(width, *words):
    """What a command writes to a terminal of so many columns."""
    master, slave = os.openpty()
    with subprocess.Popen(
        [*PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
        env=environment(COLUMNS=str(width), TERM="xterm"),
    ) as process:  # fmt: skip
        os.close(slave)
        chunks = []
        try:
            while chunk := os.read(master, 65_536):
                chunks.append(chunk)
        except OSError:  # Linux ends a pseudo-terminal this way
            pass
    os.close(master)
    assert process.returncode == 0
    return b"".join(chunks).decode()


# 39
@pytest.mark.parametrize("width", [20, 60, 200])
def test_on_a_terminal_of_any_width_every_digit_is_there(width):
    text = on_terminal(width, "summary", "lenet", "--formula")
    assert "51,902" in text
    assert "117,600" in text
    assert "\x1b[1m" in text


def test_the_gallery_keeps_to_the_width_of_a_terminal():
    lines = on_terminal(40, "gallery").splitlines()
    assert max(map(len, lines)) <= 40
    assert any("51,902" in line for line in lines)


# 27
def test_a_layer_of_a_million_million_parameters_is_exact(tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text("input: [1_000_000]\nlayers:\n  - Linear(1_000_000, bias=False)\n")
    result = run("summary", spec)
    assert "1,000,000,000,000 parameters" in result.stdout


# 40
@pytest.mark.parametrize("form", ["table", "json"])
def test_two_runs_are_byte_identical(form):
    first, second = (run("summary", "unet", "--format", form).stdout for _ in range(2))
    assert first == second


# 40
def test_no_specs_is_no_pass():
    assert run("summary").returncode == 2
