"""A recurrent layer unrolled: the same cell at each step, what it reads, hands on and gives; and its equations."""

from __future__ import annotations

from typing import Final

from netinspect.pictures.diagram.glyph import NOTE, SHAPE
from netinspect.pictures.diagram.parts import Unrolled
from netinspect.pictures.diagram.scene import Face, Label, Line, Scene, text_width

SHOWN: Final = 3
"""Steps from the first on that are drawn; then the last."""

_WIDE, _HIGH, _ARROW, _LINE = 34.0, 26.0, 20.0, 13.5
_PITCH, _NARROW_PITCH = 84.0, 66.0
_BETWEEN: Final = 14.0


def unrolled(layer: Unrolled, widest: float) -> Scene:
    """The cells of the first steps and of the last in a row, the equations beneath, or beside them where there is
    room. The first cell's middle lies at (0, 0)."""
    scene = Scene()
    shown = [str(step) for step in range(1, min(layer.steps, SHOWN) + 1)]
    if layer.steps > SHOWN:
        shown += [str(layer.steps)]
    pitch = max(_NARROW_PITCH, min(_PITCH, widest / len(shown)))
    for column, step in enumerate(shown):
        x = column * pitch
        is_far = column == SHOWN and layer.steps > SHOWN + 1
        _states(scene, layer, (x - pitch, x), "" if is_far else str(int(step) - 1))
        if is_far:
            scene.add(Label((x - pitch / 2, -_HIGH / 2 - SHAPE), "…", SHAPE, bold=True))
        corners = ((x - _WIDE / 2, -_HIGH / 2), (x + _WIDE / 2, -_HIGH / 2), (x + _WIDE / 2, _HIGH / 2),
                   (x - _WIDE / 2, _HIGH / 2))  # fmt: skip
        scene.add(Face(corners, "recurrent", "front"))
        scene.add(Line(((x, -_HIGH / 2 - _ARROW), (x, -_HIGH / 2))), Line(((x, _HIGH / 2), (x, _HIGH / 2 + _ARROW))))
        scene.add(Label((x, -_HIGH / 2 - _ARROW - SHAPE), f"x{step}", SHAPE))
        scene.add(Label((x, _HIGH / 2 + _ARROW + 3), f"h{step}", SHAPE))
    _equations(scene, layer, widest)
    return scene


def _states(scene: Scene, layer: Unrolled, between: tuple[float, float], step: str) -> None:
    """What one cell hands to the next, by the arrow between their middles."""
    first, second = between
    scene.add(Line(((first + _WIDE / 2, 0.0), (second - _WIDE / 2, 0.0))))
    words = ",".join(f"{state}{step}" for state in layer.states)
    scene.add(Label(((first + second) / 2, 4.0), words, NOTE, role="muted"))


def _equations(scene: Scene, layer: Unrolled, widest: float) -> None:
    left, bottom, right, top = scene.bounds
    formula_wide = max(text_width(formula, SHAPE) for formula, _ in layer.equations)
    wide = formula_wide + _BETWEEN + max(text_width(word, SHAPE) for _, word in layer.equations)
    is_beside = right + 2 * _BETWEEN + wide - left <= widest
    x = right + 2 * _BETWEEN if is_beside else left
    y = top - SHAPE if is_beside else bottom - _LINE - _BETWEEN / 2
    for formula, word in layer.equations:
        scene.add(Label((x, y), formula, SHAPE, left=True))
        scene.add(Label((x + formula_wide + _BETWEEN, y), word, SHAPE, role="muted", left=True))
        y -= _LINE
