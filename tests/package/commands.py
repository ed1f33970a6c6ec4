"""What a light install can do and what it refuses: the one table for an empty environment and for hidden packages."""

from pathlib import Path

PLAIN = "input: [1, 8, 8]\nlayers:\n  - Conv2d(4, kernel_size=3)\n"
CUSTOM = "from torch import nn\n\n\nclass Own(nn.Module):\n    pass\n"

LIGHT = (
    "--version",
    "--help",
    "visualize --help",
    "verify --help",
    "summary plain.yaml",
    "summary lenet",
    "summary resnet18 --formula --like torchinfo",
    "summary lenet --format json",
    "summary lenet --format csv",
    "summary lenet --format markdown",
    "compare lenet",
    "compare lenet alexnet --per-layer",
    "compare lenet alexnet --format json",
    "compare --layer Conv2d(1,kernel_size=3) --input 1,9,9",
    "compare --baseline lenet lenet5",
    "new cnn --input 1,64,64 --classes 11",
    "explain Conv2d",
    "explain W201",
    "gallery",
    "gallery lenet --spec",
    "schema",
    "schema --of check",
    "check plain.yaml",
    "check plain.yaml --format sarif",
    "check plain.yaml --format markdown --baseline lenet",
)
"""Commands that need nothing but typer, rich and PyYAML, and end with 0."""

INSTALL = "run `pip install 'netinspect[torch]'`"
BUILDING = f"error: building or running a network needs torch: {INSTALL}\n"
DRAWING = f"error: drawing needs matplotlib: {INSTALL}\n"

REFUSED = {
    "verify plain.yaml": BUILDING,
    "verify lenet --format json": BUILDING,
    "visualize plain.yaml -o album": DRAWING,
    "visualize lenet --dry-run -o album": DRAWING,
    "compare lenet --measure": BUILDING,
    "compare lenet --plot forms.png": DRAWING,
    "compare lenet alexnet --plot networks.png": DRAWING,
    "summary plain.yaml --custom-layers custom.py": BUILDING,
    "verify plain.yaml --custom-layers custom.py": BUILDING,
    "visualize plain.yaml --custom-layers custom.py -o album": BUILDING,
}
"""Commands that need the extra, and all that they say without it. They end with 2."""

PYTHON = f"""
from netinspect import *
import netinspect

assert netinspect.load("lenet").profile().totals.params == 51902
assert len(netinspect.compare("lenet", "alexnet")) == 2

def refusal(act):
    try:
        act()
    except netinspect.InputError as failure:
        assert isinstance(failure, ImportError)
        return str(failure)

building = {BUILDING.removeprefix("error: ").strip()!r}
assert refusal(lambda: netinspect.build("lenet")) == building
assert refusal(netinspect.load("lenet").verify) == building
assert refusal(lambda: netinspect.kernels("lenet", "conv1")) == {f"netinspect.kernels() needs torch: {INSTALL}"!r}
assert refusal(lambda: __import__("netinspect.pictures.kinds.kernels")) == {DRAWING.removeprefix("error: ").strip()!r}
"""
"""A program that ends with 0 where Python says the same."""


def write_files(folder: Path) -> None:
    """The files that the commands name."""
    (folder / "plain.yaml").write_text(PLAIN)
    (folder / "custom.py").write_text(CUSTOM)
