"""A small gallery to look at, of every kind of thing that a page shows."""

import numpy as np
from PIL import Image

from netinspect.pictures.kinds.activations import LayerOutput, activations
from netinspect.pictures.kinds.kernels import Tensor, kernels
from netinspect.pictures.kinds.strip import strip
from netinspect.pictures.look import Description, Origin, Picture
from netinspect.pictures.page.album import Album, AnswerEntry, LayerEntry
from netinspect.pictures.page.plate import plate, vector
from netinspect.pictures.stems import file_name

SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="300" viewBox="0 0 1200 300">
<rect x="20" y="40" width="300" height="200" fill="#0072B2"/>
<rect x="500" y="90" width="600" height="100" fill="#E69F00"/>
</svg>"""
LINKED = (
    SVG.decode()
    .replace('<rect x="20"', '<a href="#01_features.1.conv"><title>conv</title><rect x="20"')
    .replace('#0072B2"/>', '#0072B2"/></a>')
)
NAME = 'Net <script>alert("1")</script>'


def album(origin=None, layers=4):
    origin = origin or Origin()
    rng = np.random.default_rng(0)
    entries, seen = [], []
    for index in range(1, layers + 1):
        path = f"features.{index}.conv"
        weight = rng.standard_normal((12, 3 if index == 1 else 12, 5, 5)).astype(np.float32)
        values = np.abs(rng.standard_normal((12, 20, 20))).astype(np.float32)
        seen.append(LayerOutput(path, values, origin, "noise"))
        plates = (
            plate(kernels(Tensor(path, weight, origin)), f"kernels/{file_name(index, path)}"),
            plate(activations(seen[-1]), f"activations/{file_name(index, path)}"),
        )
        block = "features.4 Block, made like features.3" if index == 4 else ""
        facts = (("in", "3×32×32"), ("out", "12×20×20"), ("parameters", "912"), ("MACs", "360,000"))
        entries += [
            LayerEntry(file_name(index, path, ""), path, path, "Conv2d(12, kernel_size=5)", facts, plates, block),
            LayerEntry(
                f"{index:02d}_relu",
                f"features.{index}.relu",
                f"features.{index}.relu",
                "ReLU",
                (("out", "12×20×20"),),
                (),
                block,
            ),
        ]
    image = Picture(Image.fromarray(rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)),
                    Description("input", "input 3×64×64 · noise", "What the net saw: noise."))  # fmt: skip
    bars = Picture(Image.fromarray(rng.integers(0, 255, (40, 600, 3), dtype=np.uint8)),
                   Description("output", "output: sky, 75.0%", "What the network answers: sky 75.0%."))  # fmt: skip
    rows = (("sky", 0.75, "probability", "75.0%"), ("sea", 0.25, "probability", "25.0%"))
    answer = AnswerEntry(plate(bars, "output.png"), "", "noise", origin.trained, rows)
    drawing = vector("architecture.svg", SVG, 1200, 300, Description("architecture", "the net", "Two boxes & an arrow"))
    overview = (plate(image, "input.png"), plate(strip(seen), "activations/strip.png"))
    return Album(
        NAME, "A net for tests, with a description that is longer than a phone is wide.",
        (("parameters", "61,100,840"), ("MACs", "714,188,480"), ("input", "3×32×32")),
        None if origin.trained else str(origin), (drawing,), overview, tuple(entries),
        (("seed", 0), ("weights", origin.weights)), ("a note",), answers=(answer,), linked_diagram=LINKED,
    )  # fmt: skip
