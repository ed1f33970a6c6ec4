"""What the faults of `netinspect visualize` are tried on: a small spec, runs hit in the middle, whole galleries."""

import json
import signal
import subprocess
import sys
from hashlib import sha256

from PIL import Image

from tests.cli.running import environment

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

HIT = """
import importlib, os, sys
from netinspect.cli.main import main
module, name, nth, number = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
owner = importlib.import_module(module)
inner, calls = getattr(owner, name), []
def hit(*arguments, **options):
    calls.append(1)
    if len(calls) == nth:
        os.kill(os.getpid(), number)
    return inner(*arguments, **options)
setattr(owner, name, hit)
sys.exit(main(sys.argv[5:]))
"""

MEETING = """
import json, os, sys, time
from pathlib import Path
import netinspect.torch_backend.build  # loads torch, once for all
from netinspect import folders
from netinspect.cli.main import main
meeting, commands, join = Path(sys.argv[1]), json.loads(sys.argv[2]), folders._join
def joining(*arguments, **options):
    (meeting / str(os.getpid())).touch()
    while len(list(meeting.iterdir())) < len(commands):
        time.sleep(0.02)
    return join(*arguments, **options)
folders._join = joining
runs = []
for command in commands:
    runs.append(os.fork())
    if not runs[-1]:
        sys.exit(main(command))
print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(run, 0)[1]) for run in runs]))
"""


def heed_interrupts():
    """A job that a shell runs in the background is started with SIGINT ignored, and so are its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def hit(place, nth, number, *arguments, cwd):
    """A run to which a signal comes at the nth call of a function, such as `netinspect.folders._written`."""
    module, _, name = place.rpartition(".")
    return subprocess.run(
        [sys.executable, "-c", HIT, module, name, str(nth), str(int(number)), *arguments], cwd=cwd,
        env=environment(OMP_NUM_THREADS="1"), stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
        preexec_fn=heed_interrupts,
    )  # fmt: skip


def all_at_once(commands, meeting):
    """The exit codes of runs that wait for each other before they put their files into a folder that exists. Nothing
    else is on stdout."""
    meeting.mkdir()
    arguments = [sys.executable, "-c", MEETING, str(meeting), json.dumps(commands)]
    result = subprocess.run(
        arguments, env=environment(OMP_NUM_THREADS="1"), capture_output=True, timeout=120, check=False
    )
    return json.loads(result.stdout)


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
