"""A small net of vectors drawn unit by unit, a line for each weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from netinspect.pictures.diagram.glyph import SHAPE, heading_lines, stacked
from netinspect.pictures.diagram.parts import Diagram
from netinspect.pictures.diagram.scene import Circle, Group, Label, Line, Part, Point, Scene, moved

MOST: Final = 16
"""Units in a layer, at most."""

Weights = Mapping[str, Sequence[Sequence[float]]]
"""By the stem of a linear layer its weights, a row for each output."""

_RADIUS, _APART, _TALLEST = 8.0, 30.0, 340.0
_PITCH, _BESIDE = 130.0, 16.0
_THIN, _THICK = 0.35, 3.2


def is_of_units(diagram: Diagram) -> bool:
    """Whether a net is one chain of linear layers of few units."""
    boxes, edges = diagram.panels[0].boxes, diagram.panels[0].edges
    is_chain = [(edge.source, edge.target) for edge in edges] == [(a.key, b.key) for a, b in pairwise(boxes)]
    are_units = all(not box.space and 1 <= box.channels <= MOST and box.count == 1 for box in boxes)
    families = [box.family for box in boxes]
    is_linear = families == ["input", *["linear"] * (len(boxes) - 1)] and len(boxes) > 1
    return len(diagram.panels) == 1 and is_chain and are_units and is_linear


def units(diagram: Diagram, widest: float, weights: Weights) -> Scene:
    """The units of each layer below each other, the first layer at x = 0; wider than `widest` only where the words
    above the layers are."""
    boxes = diagram.panels[0].boxes
    tall = max(box.channels for box in boxes)
    apart = min(_APART, _TALLEST / tall)
    radius, top = min(_RADIUS, 0.36 * apart), apart * (tall - 1) / 2 + _RADIUS
    headings = [stacked(heading_lines(box), top + 8) for box in boxes]
    words = max(label.box[2] - label.box[0] for heading in headings for label in heading)
    pitch = max(min(_PITCH, (widest - words) / (len(boxes) - 1)), words + _BESIDE)
    places = [
        [(column * pitch, apart * ((box.channels - 1) / 2 - unit)) for unit in range(box.channels)]
        for column, box in enumerate(boxes)
    ]
    scene = Scene()
    largest = max((abs(weight) for matrix in weights.values() for row in matrix for weight in row), default=0.0)
    for (sources, targets), box in zip(pairwise(places), boxes[1:], strict=True):
        scene.add(*_weights(sources, targets, radius, weights.get(box.stem), largest))
    for column, (box, points, heading) in enumerate(zip(boxes, places, headings, strict=True)):
        count = Label((0.0, -top - 3 - 0.85 * SHAPE), box.shape, SHAPE)
        circles: list[Part] = [Circle(point, radius, "", box.family) for point in points]
        scene.add(Group(box, (*circles, *(moved(label, column * pitch, 0.0) for label in (*heading, count)))))
    return scene


def _weights(
    sources: Sequence[Point], targets: Sequence[Point], radius: float, matrix: Sequence[Sequence[float]] | None,
    largest: float,
) -> list[Line]:  # fmt: skip
    """From each unit to each of the next layer: plain, or as wide as its weight is large, the widest on top."""
    lines = []
    for output, (x1, y1) in enumerate(targets):
        for source, (x0, y0) in enumerate(sources):
            points = ((x0 + radius, y0), (x1 - radius, y1))
            weight = matrix[output][source] if matrix is not None else None
            share = abs(weight) / largest if weight is not None and largest else 0.0
            role = "ray" if weight is None else "above" if weight > 0 else "below"
            lines.append(Line(points, arrow=False, role=role, width=_THIN + (_THICK - _THIN) * share))
    return sorted(lines, key=lambda line: line.width)


def rule(weights: Weights) -> str:
    """What the lines mean."""
    if not weights:
        return "Lines: weights, one each."
    largest = max(abs(weight) for matrix in weights.values() for row in matrix for weight in row)
    return f"Lines: weights, red above zero, blue below, the widest ±{largest:.3g}."
