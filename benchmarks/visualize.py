"""How long `netinspect visualize alexnet` takes, against `import torch` in the same run. Prints, asserts nothing.

    python benchmarks/visualize.py [REPEATS]

Every command is a process of its own, one after the other in turn; the best of the repeats counts. What is netinspect's
own is what remains of the whole command without `import torch`, torch's initialisation of AlexNet's 61 million weights
and the import of matplotlib. Then the same grids of kernels and activations with one matplotlib Axes a tile.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from startup import Cost, best

PARTS = """
import json, time, torch
from torch import nn

def now():
    return time.perf_counter(), time.process_time()

start = now()
weights = [
    nn.Conv2d(3, 64, 11), nn.Conv2d(64, 192, 5), nn.Conv2d(192, 384, 3), nn.Conv2d(384, 256, 3), nn.Conv2d(256, 256, 3),
    nn.Linear(9216, 4096), nn.Linear(4096, 4096), nn.Linear(4096, 1000),
]
made = now()
import matplotlib.backends.backend_agg, matplotlib.backends.backend_svg, matplotlib.figure
print(json.dumps([[b - a for a, b in zip(*pair)] for pair in ((start, made), (made, now()))]))
"""
"""Seconds of wall clock and CPU for the weights, and for matplotlib as far as the command needs it."""

CONVOLUTIONS = {"features.0": "features.1", "features.3": "features.4"}
"""AlexNet's first two, each with the ReLU after it."""


def main() -> None:
    """Print the cost of the whole command, of its parts, and of the grids."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        report(costs(Path(folder), repeats))
    grids()


# --- the whole command -----------------------------------------------------------------------------


def costs(folder: Path, repeats: int) -> dict[str, Cost]:
    """By name the least of each figure over the repeats."""
    photograph(folder / "photograph.png")
    command = ("-m", "netinspect", "visualize", "alexnet", "--input", str(folder / "photograph.png"))
    found: dict[str, list[Cost]] = {}
    for number in range(repeats):
        whole = best((*command, "-o", str(folder / f"out{number}")), 1)
        weights, matplotlib = parts()
        for name, cost in (("visualize alexnet", whole), ("import torch", best(("-c", "import torch"), 1)),
                           ("torch's weights", weights), ("import matplotlib", matplotlib)):  # fmt: skip
            found.setdefault(name, []).append(cost)
    return {
        name: Cost(*(min(getattr(cost, field) for cost in costs) for field in ("seconds", "cpu_seconds", "peak_mib")))
        for name, costs in found.items()
    }


def photograph(path: Path) -> None:
    """A photograph of AlexNet's input size, from matplotlib's sample data."""
    from matplotlib import cbook
    from PIL import Image

    with cbook.get_sample_data("grace_hopper.jpg", asfileobj=True) as file:
        Image.open(file).crop((0, 0, 512, 512)).resize((224, 224), Image.Resampling.BOX).save(path)


def parts() -> tuple[Cost, Cost]:
    """The cost of torch's weights and of importing matplotlib, within one process."""
    result = subprocess.run([sys.executable, "-c", PARTS], capture_output=True, text=True, check=True)
    weights, matplotlib = (Cost(*seconds, 0.0) for seconds in json.loads(result.stdout))
    return weights, matplotlib


def report(found: dict[str, Cost]) -> None:
    """A line for each cost, and one for what is netinspect's own."""
    whole, base = found["visualize alexnet"], found["import torch"]
    others = [cost for name, cost in found.items() if name != "visualize alexnet"]
    own = Cost(
        whole.seconds - sum(cost.seconds for cost in others),
        whole.cpu_seconds - sum(cost.cpu_seconds for cost in others),
        whole.peak_mib,
    )
    print(f"{'command':34} {'wall':>8} {'of torch':>9} {'CPU':>8} {'of torch':>9} {'memory':>9}")
    for name, cost in (*found.items(), ("netinspect's own", own)):
        memory = f"{cost.peak_mib:5.0f} MiB" if cost.peak_mib else ""
        print(
            f"{name:34} {cost.seconds * 1e3:5.0f} ms {cost.seconds / base.seconds:9.2f} "
            f"{cost.cpu_seconds * 1e3:5.0f} ms {cost.cpu_seconds / base.cpu_seconds:9.2f} {memory:>9}"
        )


# --- one Axes a tile -------------------------------------------------------------------------------


def grids() -> None:
    """The grids of two convolutions and what they see, ours and with one Axes a tile."""
    kernels, activations = recorded()
    tiles = [*(one_tile_a_kernel(values) for values in kernels.values()), *(v[:64] for v in activations.values())]
    draw_grids(kernels, activations)
    draw_axes(tiles[0][:1])  # now everything is imported
    ours = timed(lambda: draw_grids(kernels, activations))
    axes = timed(lambda: [draw_axes(grid) for grid in tiles])
    print(f"\n{sum(map(len, tiles)):,} tiles in {len(tiles)} PNGs: {ours * 1e3:.0f} ms")
    print(f"with one matplotlib Axes a tile: {axes:.1f} s, {axes / ours:.0f} times as long")


def recorded() -> tuple[dict[str, Any], dict[str, Any]]:
    """Kernels (C_out, C_in, h, w) and activations (C, H, W) by layer."""
    from netinspect.network.load import load
    from netinspect.torch_backend.batches import noise
    from netinspect.torch_backend.build import build
    from netinspect.torch_backend.record import record

    network = load("alexnet")
    paths = [*CONVOLUTIONS, *CONVOLUTIONS.values()]
    recording = record(build(network, seed=0), network, noise(network, seed=0), paths=paths)
    kernels = {one.path: one.values for one in recording.kernels if one.key.removesuffix(".weight") in CONVOLUTIONS}
    return kernels, {one.path: one.values[0] for one in recording.activations}


def draw_grids(kernels: dict[str, Any], activations: dict[str, Any]) -> None:
    """As `visualize` does it."""
    from netinspect.pictures.kinds.activations import LayerOutput
    from netinspect.pictures.kinds.activations import activations as drawn_activations
    from netinspect.pictures.kinds.kernels import Tensor
    from netinspect.pictures.kinds.kernels import kernels as drawn_kernels
    from netinspect.pictures.look import Origin
    from netinspect.pictures.page.plate import plates

    pictures = [(path, drawn_kernels(Tensor(path, values, Origin()))) for path, values in kernels.items()]
    pictures += [
        (path, drawn_activations(LayerOutput(path, values, Origin(), "noise"))) for path, values in activations.items()
    ]
    list(plates(pictures))


def one_tile_a_kernel(values: Any) -> Sequence[Any]:
    """What `visualize` shows of kernels: 64 in colour, or 16 inputs of 16 outputs."""
    if values.shape[1] == 3:
        return [0.5 + kernel.transpose(1, 2, 0) / (2 * abs(values).max()) for kernel in values[:64]]
    return list(values[:16, :16].reshape(-1, *values.shape[2:]))


def draw_axes(tiles: Sequence[Any]) -> bytes:
    """A PNG with one Axes for each tile, as notebooks draw it, without pyplot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = round(len(tiles) ** 0.5)
    figure = Figure(figsize=(7.5, 7.5), dpi=192)
    FigureCanvasAgg(figure)
    limit = max(float(abs(tile).max()) for tile in tiles)
    for axes, tile in zip(figure.subplots(-(-len(tiles) // columns), columns, squeeze=False).flat, tiles, strict=False):
        axes.imshow(tile, cmap="RdBu_r", vmin=-limit, vmax=limit)
        axes.set_axis_off()
    stream = BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
