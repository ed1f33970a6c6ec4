"""From the first convolution to the last in one row: space shrinks, features grow more abstract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.network.network import Call
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.scaling import not_finite
from netinspect.pictures.draw.sheet import CAPTION, Bar
from netinspect.pictures.draw.signals import as_seen
from netinspect.pictures.draw.text import SMALL, drawable, label, width_of
from netinspect.pictures.draw.tiles import Pixels
from netinspect.pictures.kind import Kind, Layer, Plan, Planned
from netinspect.pictures.kinds.activations import LayerOutput, Tone, drawn_activation, strength, tone_of
from netinspect.pictures.look import CLIP, Description, Look, Picture, showing, sizes, unusual
from netinspect.pictures.run import Scene

COLUMNS: Final = 8
ROWS: Final = 5
SIDE: Final = 168
MOST: Final = SIDE * 3 // 2
"""Pixels of a map's longer side: about SIDE, and never more than MOST."""


def strip(
    layers: Sequence[LayerOutput], picture: NDArray[np.uint8] | None = None, look: Look | None = None,
    shape: Sequence[int] | None = None,
) -> Picture:  # fmt: skip
    """For each of at most eight layers with maps (C, H, W) a column of its five strongest channels; of volumes
    (C, D, H, W) their middle slices.

    `picture` is the input as it was seen, uint8 (H, W) or (H, W, 3), and stands at the left; `shape` is the input's,
    if that is another.
    """
    look = look or Look()
    count = len(layers)
    places = np.linspace(0, count - 1, min(count, COLUMNS)) if count else ()  # the first and the last among them
    chosen = sorted({round(at) for at in places})
    strongest = [_strongest(layers[index]) for index in chosen]
    tones = [tone_of(planes, look) for _, planes in strongest]
    names = _names([layers[index].layer for index in chosen])
    sides = [max(planes.shape[1:]) for _, planes in strongest] + ([] if picture is None else [max(picture.shape[:2])])
    zooms = _zooms(sides)
    columns = [] if picture is None else [_input_column(picture, shape, *zooms[max(picture.shape[:2])])]
    columns += [
        _column(layers[index], name, channels, planes, tone, *zooms[max(planes.shape[1:])])
        for index, name, (channels, planes), tone in zip(chosen, names, strongest, tones, strict=True)
    ]
    shown_layers = showing(len(chosen), count, "layers").removeprefix("showing ")
    segments = _segments([layers[index] for index in chosen], shown_layers, look)
    body = sheet.beside(columns, gap=18)
    notes = tuple(
        f"{layers[index].layer}: {remark}" for index in chosen for remark in not_finite(layers[index].values, "values")
    )
    alt = f"Activation maps of {shown_layers}, first to last, the {ROWS} strongest channels of each. {segments[-1]}."
    description = Description(
        "strip", " · ".join(segments), alt, indices=tuple(chosen), total=len(layers),
        colormap=", ".join(dict.fromkeys(tone.colormap for tone in tones)), notes=notes,
    )  # fmt: skip
    # One bar for each map that was used
    by_map = {tone.colormap: tone for tone in tones}
    texts = {True: ("−max", "0", "+max"), False: ("0", "max")}
    bars = tuple(
        Bar(tone.colormap, tone.scale, "activation", tone.signed, texts[tone.signed]) for tone in by_map.values()
    )
    return Picture(sheet.sheet(segments, body, bars=bars, notes=notes), description)


def _segments(layers: Sequence[LayerOutput], count: str, look: Look) -> list[str]:
    origin, input_title = (str(layers[0].origin), layers[0].input) if layers else ("", "")
    return [
        "from the first layer to the last", count, f"the {ROWS} strongest channels of each",
        *(("the middle slices of volumes",) if any(layer.values.ndim > 3 for layer in layers) else ()),
        "small maps enlarged to about the size of large ones", "each layer on a scale of what is shown",
        *unusual((f"clip {look.clip:g} %", look.clip, CLIP), (f"gamma {look.gamma:g}", look.gamma, 1.0)),
        f"input: {input_title}", origin,
    ]  # fmt: skip


def _strongest(layer: LayerOutput) -> tuple[list[int], NDArray[np.floating]]:
    """The channels that are shown and their maps (C, h, w); those that are not finite first."""
    values = layer.values if layer.values.dtype != np.float16 else layer.values.astype(np.float32)
    if values.ndim > 3:  # the middle slice of each volume
        slices = values.reshape(len(values), -1, *values.shape[-2:])
        values = slices[:, slices.shape[1] // 2]
    is_finite = np.isfinite(values).all(axis=(1, 2))
    channels = np.argsort(-np.where(is_finite, strength(values), np.inf), kind="stable")[:ROWS]
    return channels.tolist(), values[channels]


def _zooms(sides: Sequence[int]) -> dict[int, tuple[int, int]]:
    """For maps with a longer side of so many cells how many of them are one, and how many pixels that one is wide: a
    whole number, such that the map is about SIDE wide, and no wider than one of more cells."""
    zooms: dict[int, tuple[int, int]] = {}
    widest = MOST
    for side in sorted(set(sides), reverse=True):
        by = tiles.reduction(side, widest)
        cells = ceil(side / by)
        factor = max(1, min(round(SIDE / cells), widest // cells))
        zooms[side], widest = (by, factor), cells * factor
    return zooms


def _column(
    layer: LayerOutput, name: str, channels: list[int], planes: NDArray[np.floating], tone: Tone, by: int, factor: int
) -> Pixels:  # fmt: skip
    """Maps under each other, the layer's name above, what it is and its shape beneath that."""
    described = f"{layer.type} {sizes(layer.values.shape)}".lstrip()
    parts: list[Pixels] = [_heading(name, bold=True), _heading(described)]
    for channel, plane in zip(channels, planes, strict=True):
        drawn = tiles.strongest(plane[::-1] if layer.spectrogram else plane, by, by)
        parts += [
            tiles.enlarge(colour.coloured(tone.paint(drawn), tone.colormap), factor),
            label(str(channel), CAPTION, strength=0.7),
        ]
    return sheet.stack(parts, gap=3)


def _input_column(picture: NDArray[np.uint8], shape: Sequence[int] | None, by: int, factor: int) -> Pixels:
    rgb = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    small = np.rint(tiles.reduced(rgb.transpose(2, 0, 1).astype(np.float32), by)).astype(np.uint8).transpose(1, 2, 0)
    size = (*(picture.shape[2:] or (1,)), *picture.shape[:2])
    heads = [_heading("input", bold=True), _heading(sizes(tuple(shape or size)))]
    return sheet.stack([*heads, tiles.enlarge(small, factor)], gap=3)


def _heading(text: str, *, bold: bool = False) -> Pixels:
    drawn = label(text, SMALL, bold=bold, strength=1 if bold else 0.75)
    return sheet.padded(drawn, 0, max(0, SIDE - drawn.shape[1]), 0, 0)


def _names(layers: Sequence[str]) -> list[str]:
    """The names of columns. Where one is too long, none has the parts with which all begin, then those with which all
    end: what is left tells `layer1.0.relu` from `layer2.0.relu`."""
    names = [drawable(layer) for layer in layers]
    parts = [name.split(".") for name in names]
    shortest = min((len(each) for each in parts), default=0)
    front = _alike(parts, shortest - 1)
    back = _alike([each[::-1] for each in parts], shortest - 1 - front)
    for first, left_out in ((0, 0), (front, 0), (front, back)):
        names = [
            f"{'…' * bool(first)}{'.'.join(each[first : len(each) - left_out])}{'…' * bool(left_out)}" for each in parts
        ]
        if all(width_of(name, SMALL, bold=True) <= SIDE for name in names):
            return names
    return [_shortened(name) for name in names]


def _alike(parts: Sequence[Sequence[str]], most: int) -> int:
    """How many first parts all have, at most."""
    same = (len({each[place] for each in parts}) == 1 for place in range(most))
    return next((place for place, is_same in enumerate(same) if not is_same), max(0, most))


def _shortened(name: str) -> str:
    """The end of a name that is too long for its column."""
    while len(name) > 1 and width_of(name, SMALL, bold=True) > SIDE:
        name = f"…{name.removeprefix('…')[1:]}"
    return name


# --- in an album -----------------------------------------------------------------------------


def strip_calls(layers: Sequence[Layer]) -> list[Call]:
    """The calls that make the strip: activation functions on maps, or convolutions where those are mostly without."""
    types = [(layer.call, layer.call.outputs[0].type) for layer in layers if layer.call is not None]
    maps = [call for call, type in types if type.rank in (4, 5) and min(type.shape[-2:]) > 1 and type.is_float]
    functions = [call for call in maps if call.entry.family == "activation"]
    convolutions = [call for call in maps if call.entry.family == "convolution"]
    return functions if len(functions) > max(1, len(convolutions) // 2) else convolutions


def _planned(plan: Plan) -> Iterator[tuple[str, str]]:
    if len(strip_calls(plan.layers)) > 1:
        yield "activations/strip.png", ""


def _drawn(_planned: Planned, scene: Scene) -> Picture:
    layers = [drawn_activation(call, scene) for call in strip_calls(scene.plan.layers)]
    sample = scene.session.samples[0]
    return strip(layers, as_seen(sample), scene.look, sample.array.shape[1:])


KIND: Final = Kind(
    name="strip",
    title="From first to last",
    file="activations/strip.png",
    shows="the strongest channels from the first layer to the last",
    drawn="where there are maps",
    place=30,
    of_network=_planned,
    outputs=lambda _planned, plan: strip_calls(plan.layers),
    draw=_drawn,
)
