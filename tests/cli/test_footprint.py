"""How much memory a quick command takes: a user with a dozen terminals open should not notice it."""

import subprocess
import sys

import pytest

PROGRAM = """
import pathlib, sys
from netinspect.cli.main import main
code = main(sys.argv[1:])
status = pathlib.Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024, file=sys.stderr)
sys.exit(code)
"""


def peak_mebibytes(*arguments):
    """The peak of the process's own memory (getrusage would start with its parent's)."""
    command = [sys.executable, "-c", PROGRAM, *arguments]
    run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True, timeout=60)
    return int(run.stderr.split()[-1])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize(
    "arguments", [("--help",), ("summary", "resnet152", "--format", "json"), ("summary", "resnet152"), ("gallery",)]
)
def test_a_quick_command_takes_less_than_60_mebibytes(arguments):
    assert peak_mebibytes(*arguments) < 60


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.slow
def test_the_probe_can_fail():
    assert peak_mebibytes("verify", "lenet") > 100
