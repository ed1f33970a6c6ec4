"""A recurrent layer unrolled: the same cell at each step, what it reads, hands on and gives; and its equations."""

from __future__ import annotations

import re
from typing import Final

from netinspect.pictures.diagram.glyph import NOTE, SHAPE
from netinspect.pictures.diagram.parts import Unrolled
from netinspect.pictures.diagram.scene import Face, Label, Line, Scene, moved, text_width

SHOWN: Final = 3
"""Steps from the first on that are drawn; then the last."""

_WIDE, _HIGH, _ARROW, _LINE = 34.0, 26.0, 20.0, 13.5
_PITCH, _NARROW_PITCH = 84.0, 66.0
_BETWEEN: Final = 14.0


_DROP: Final = 2.2
"""How far an index hangs below its line. It is as large as a note: smaller ones could not be read on a page."""


def unrolled(layer: Unrolled, widest: float) -> Scene:
    """The cells of the first steps and of the last in a row, the equations beneath, or beside them where there is
    room. The first cell's middle lies at (0, 0)."""
    scene = Scene()
    steps = list(range(1, min(layer.steps, SHOWN) + 1))
    if layer.steps > SHOWN:
        steps.append(layer.steps)
    pitch = max(_NARROW_PITCH, min(_PITCH, widest / len(steps)))
    for column, step in enumerate(steps):
        x = column * pitch
        is_far = column == SHOWN and layer.steps > SHOWN + 1
        scene.add(Line(((x - pitch + _WIDE / 2, 0.0), (x - _WIDE / 2, 0.0))))  # what one cell hands to the next
        states = ", ".join(state if is_far else f"{state}_{step - 1}" for state in layer.states)
        scene.add(*_centred(_typeset(states, NOTE, "muted"), x - pitch / 2, 4.0 + _DROP))
        if is_far:
            scene.add(Label((x - pitch / 2, -_HIGH / 2 - SHAPE), "…", SHAPE, bold=True))
        corners = ((x - _WIDE / 2, -_HIGH / 2), (x + _WIDE / 2, -_HIGH / 2), (x + _WIDE / 2, _HIGH / 2),
                   (x - _WIDE / 2, _HIGH / 2))  # fmt: skip
        scene.add(Face(corners, "recurrent", "front"))
        scene.add(Line(((x, -_HIGH / 2 - _ARROW), (x, -_HIGH / 2))), Line(((x, _HIGH / 2), (x, _HIGH / 2 + _ARROW))))
        scene.add(*_centred(_typeset(f"x_{step}"), x, -_HIGH / 2 - _ARROW - SHAPE))
        scene.add(*_centred(_typeset(f"h_{step}"), x, _HIGH / 2 + _ARROW + 3 + _DROP))
    left, bottom, right, top = scene.bounds
    formulas = [_typeset(formula) for formula, _ in layer.equations]
    formula_wide = max(labels[-1].box[2] for labels in formulas)
    wide = formula_wide + _BETWEEN + max(text_width(word, SHAPE) for _, word in layer.equations)
    is_beside = right + 2 * _BETWEEN + wide - left <= widest
    x = right + 2 * _BETWEEN if is_beside else left
    y = top - SHAPE if is_beside else bottom - _LINE - _BETWEEN / 2
    for labels, (_, word) in zip(formulas, layer.equations, strict=True):
        scene.add(*(moved(label, x, y) for label in labels))
        scene.add(Label((x + formula_wide + _BETWEEN, y), word, SHAPE, role="muted", left=True))
        y -= _LINE
    return scene


def _typeset(text: str, size: float = SHAPE, role: str = "ink") -> list[Label]:
    """A line from (0, 0) on, with what follows a `_` as an index: each stretch of it is a label."""
    labels, x = [], 0.0
    for place, piece in enumerate(re.split(r"_([a-z]+|\d+)", text)):
        if piece:
            is_index = place % 2 == 1
            letters = NOTE if is_index else size
            labels.append(Label((x, -_DROP if is_index else 0.0), piece, letters, role=role, left=True))
            x += text_width(piece, letters)
    return labels


def _centred(labels: list[Label], x: float, y: float) -> list[Label]:
    return [moved(label, x - labels[-1].box[2] / 2, y) for label in labels]
