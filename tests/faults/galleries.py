"""What the faults of `netinspect visualize` are tried on: a small spec, runs hit in the middle, whole galleries."""

import json
import os
import signal
from functools import partial
from hashlib import sha256
from importlib import import_module
from itertools import count

from PIL import Image

from tests.cli.running import FORKS, forked, run_forked

SPEC = """\
name: Small
input: [3, 12, 12]
layers:
  - conv: Conv2d(4, kernel_size=3)
  - ReLU
  - second: Conv2d(6, kernel_size=3)
  - Flatten
  - fc: Linear(5)
"""


def heed_interrupts():
    """A job that a shell runs in the background is started with SIGINT ignored, and so are its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def hit(place, nth, number, *arguments, cwd):
    """A run to which a signal comes at the nth call of a function, such as `netinspect.folders._written`."""
    return run_forked(*arguments, cwd=cwd, before=partial(_called_before, place, partial(_kill_at, nth, number)))


def _called_before(place, do):
    """From now on `do` is called with the number of the call before each call of a function."""
    module, _, name = place.rpartition(".")
    owner, counted = import_module(module), count(1)
    inner = getattr(owner, name)

    def both(*arguments, **options):
        do(next(counted))
        return inner(*arguments, **options)

    setattr(owner, name, both)


def _kill_at(nth, number, call):
    if call == nth:
        os.kill(os.getpid(), number)


def all_at_once(commands, cwd):
    """The exit codes of runs that wait for each other before they put their files into a folder that exists."""
    meeting = FORKS.Barrier(len(commands))
    waits = partial(_called_before, "netinspect.folders._join", partial(_wait_at_first, meeting))
    return [run.returncode for run in forked(commands, cwd=cwd, before=waits)]


def _wait_at_first(meeting, call):
    if call == 1:
        meeting.wait(timeout=60)


def files_in(folder):
    """What lies in a folder, without what a killed run left hidden there."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    return sorted(name for name in names if ".netinspect-" not in name)


def bytes_in(folder):
    return {name: (folder / name).read_bytes() for name in files_in(folder)}


def is_whole(folder, *others):
    """Whether a folder holds the gallery that its manifest lists, with these pixels, and these other files."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if files_in(folder) != sorted([*manifest["files"], *others]):
        return False
    return all(_has_these_pixels(folder, figure) for figure in manifest["figures"])


def _has_these_pixels(folder, figure):
    if figure["sha256_of"] == "file":
        return sha256((folder / figure["file"]).read_bytes()).hexdigest() == figure["sha256"]
    with Image.open(folder / figure["file"]) as image:
        return sha256(image.convert("RGB").tobytes()).hexdigest() == figure["sha256"]


def left_over(folder):
    return list(folder.rglob(".netinspect-*"))
