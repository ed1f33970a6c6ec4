"""One output of a convolution worked out in front of one's eyes: patch, kernel, products, sum.

Cross-correlation, as torch does it: nothing is turned round.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.catalogue.entry import Window
from netinspect.language.messages import printable
from netinspect.network.network import Call, Network
from netinspect.pictures.axes import along
from netinspect.pictures.diagram.palette import DARK, LIGHT
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.axes import FREQUENCIES
from netinspect.pictures.draw.sliding import Sliding, svg
from netinspect.pictures.draw.text import TEXT, TITLE, label, width_of
from netinspect.pictures.draw.tiles import Pixels
from netinspect.pictures.kind import Kind, Plan, Planned
from netinspect.pictures.kinds.architecture import ground_of
from netinspect.pictures.look import Description, Origin, Picture, Scale, number, sizes
from netinspect.pictures.page.plate import Plate, vector
from netinspect.pictures.request import Request
from netinspect.pictures.run import Scene
from netinspect.recording import WorkedConvolution

Values = NDArray[np.floating]

CHANNELS: Final = 3
"""Most input channels that are shown; of more those whose products add up to most."""
PANEL: Final = 300
WRITTEN: Final = 7
"""In kernels up to this size every number is written into its cell."""
NUMBER: Final = 18
"""Pixels of the letters of numbers in cells."""
MARK: Final = np.array([0, 158, 115], np.uint8)
GROUNDS: Final = {"viewer": (LIGHT, DARK), "light": (LIGHT,), "dark": (DARK,)}
MOST_STEPS: Final = 6
"""Rows and columns of the map that the moving picture fills; twice as many where it is one row."""


def worked(
    layer: str, example: WorkedConvolution, origin: Origin, input_name: str, input_map: Values | None = None,
    *, spectrogram: bool = False,
) -> Picture:  # fmt: skip
    """The picture; with `input_map` (C, H, W), the layer's input, also where on it the patch lies. Over a spectrogram
    all is turned as the spectrogram is: low frequencies are at the bottom."""
    if spectrogram and input_map is not None:
        example, input_map = _upwards(example, input_map.shape[1]), input_map[:, ::-1]
    patch, kernel, products = (_planes(values) for values in (example.patch, example.kernel, example.products))
    channels = _chosen(products)
    limits = {"patch": colour.largest(patch), "kernel": colour.largest(kernel), "products": colour.largest(products)}
    side = cell_side([patch[channels], kernel[channels], products[channels]])
    rows = [_row(int(index), patch, kernel, products, limits, side) for index in channels]
    total = f"{number(example.sum)} + bias {number(example.bias)} = {number(example.output)}"
    result = label(f"sum of all products: {total}", TITLE, bold=True)
    # The names over the columns of the first row
    row = rows[0]
    names = {1: "input patch", 3: "kernel", 5: "products"}
    parts = [_centred(names.get(at, ""), part.shape[1]) for at, part in enumerate(row)]
    heads = sheet.beside(parts, 18)
    body = sheet.stack([heads, *[sheet.beside(row, 18, "middle") for row in rows], result], 16)
    if input_map is not None and input_map.ndim == 3 and example.patch.ndim == 3:
        channel = example.channels[0] + int(channels[0])
        body = sheet.beside([_located(input_map[channel], channel, example), body], 40)
    unit = ",".join(str(at) for at in example.unit)
    factors = f"patch and kernel {sizes(products.shape)}"
    if len(channels) < len(products):
        factors += f", the {len(channels)} planes whose products add up to most"
    segments = [f"{layer}:{unit} worked out", factors, f"input: {input_name}", str(origin)]
    alt = (
        f"One output of {layer}, unit {unit}: input patch times kernel, the products add up to {number(example.sum)}, "
        f"with the bias {number(example.bias)} the output is {number(example.output)}. {origin}."
    )
    rest = float(products.sum() - products[channels].sum())
    count = len(products) - len(channels)
    planes = "plane" if count == 1 else f"{count} planes"
    missing = (f"the products of the {planes} not shown add up to {number(rest)}",) if count else ()
    notes = (*missing, *(("low frequencies are at the bottom",) if spectrogram else ()))
    limit = limits["kernel"]
    return Picture(
        sheet.sheet(segments, body, notes=notes),
        Description("convolution", " · ".join(segments), alt, layer, example.kernel.shape,
                    Scale(-limit, limit, "kernel"), colour.DIVERGING, tuple(int(index) for index in channels),
                    len(products)),
    )  # fmt: skip


def _upwards(example: WorkedConvolution, rows: int) -> WorkedConvolution:
    """The same with its first axis of space, `rows` cells of the input map, counted from the other end."""
    last = example.start[0] + (example.kernel.shape[1] - 1) * example.dilation[0]
    return replace(
        example, patch=example.patch[:, ::-1], kernel=example.kernel[:, ::-1], products=example.products[:, ::-1],
        start=(rows - 1 - last, *example.start[1:]),
    )  # fmt: skip


def _planes(values: Values) -> Values:
    """(C, k) and (C, D, h, w) as planes (N, h, w)."""
    if values.ndim == 2:
        return values[:, None]
    return values.reshape(-1, *values.shape[-2:])


def _chosen(products: Values) -> NDArray[np.intp]:
    if len(products) <= CHANNELS:
        return np.arange(len(products))
    return np.argsort(-np.abs(products.sum(axis=(1, 2))), kind="stable")[:CHANNELS]


def _row(
    index: int, patch: Values, kernel: Values, products: Values, limits: dict[str, float], side: int
) -> list[Pixels]:
    """patch × kernel = products, and what they add up to."""
    panels = [
        cells(values[index], limits[name], side)
        for name, values in (("patch", patch), ("kernel", kernel), ("products", products))
    ]
    total = label(f"sum {number(float(products[index].sum()))}", TEXT)
    return [
        label(f"{index}", strength=0.75),
        panels[0],
        _sign("×"),
        panels[1],
        _sign("="),
        panels[2],
        _sign("→"),
        total,
    ]


def _sign(text: str) -> Pixels:
    return label(text, TITLE, bold=True, strength=0.7)


def _centred(text: str, width: int) -> Pixels:
    drawn = label(text, TEXT, bold=True, strength=0.85)
    spare = max(0, width - drawn.shape[1])
    return sheet.padded(drawn, 0, spare - spare // 2, 0, spare // 2) if text else tiles.paper(drawn.shape[0], width)


def cell_side(planes: Sequence[Values]) -> int:
    """Pixels of a cell in all panels of a picture, of planes (N, h, w) each: one size, in which every number fits."""
    longest = int(max(planes[0].shape[1:]))
    texts = [_in_cell(value) for values in planes for value in values.ravel().tolist()] if longest <= WRITTEN else []
    needed = max((width_of(text, NUMBER) + 10 for text in texts), default=1)
    return max(1, needed, min(56, PANEL // longest))


def cells(values: Values, limit: float, side: int) -> Pixels:
    """A plane (h, w) in RdBu_r, RGB, framed, `side` pixels a cell; small ones with their numbers in the cells."""
    pixels = colour.coloured(tiles.enlarge(colour.diverging(values, limit), side), colour.DIVERGING)
    if max(values.shape) <= WRITTEN:
        for (row, column), value in np.ndenumerate(values):
            # A number in its cell, in white on dark colours
            text = _in_cell(float(value))
            y = row * side
            x = column * side
            ink = (label(text, NUMBER) - np.uint8(colour.PAPER)).astype(np.float64) / (colour.INK - colour.PAPER)
            top, left = y + (side - ink.shape[0]) // 2, x + (side - ink.shape[1]) // 2
            cell = pixels[top : top + ink.shape[0], left : left + ink.shape[1]]
            target = 255.0 if cell[0, 0].astype(int).sum() < 330 else 0.0
            share = ink[: cell.shape[0], : cell.shape[1], None]
            cell[...] = np.rint(cell * (1 - share) + target * share).astype(np.uint8)
    return np.pad(pixels, ((2, 2), (2, 2), (0, 0)), constant_values=110)


def _in_cell(value: float) -> str:
    return number(round(value, 2))


def _located(plane: Values, channel: int, example: WorkedConvolution) -> Pixels:
    """The input map with the patch outlined."""
    by = tiles.reduction(max(plane.shape), 2 * PANEL)
    small = tiles.strongest(plane, by, by)
    factor = max(1, round(1.5 * PANEL / max(small.shape)))
    pixels = colour.coloured(
        tiles.enlarge(colour.diverging(small, colour.percentile(plane, 99.5)), factor), colour.DIVERGING
    )
    scale = factor / by
    taps = zip(example.start, example.kernel.shape[1:], example.dilation, strict=True)
    spans = [(first * scale, (first + (size - 1) * gap + 1) * scale) for first, size, gap in taps]
    head = label(f"input, channel {channel}", TEXT, bold=True, strength=0.85)
    return sheet.stack([head, _outlined(pixels, *spans)], 16)


def _outlined(pixels: Pixels, rows: tuple[float, float], columns: tuple[float, float]) -> Pixels:
    """A frame of four pixels around a box; paper around the map, so that a box may hang over it."""
    over = [max(0, -round(span[0])) for span in (rows, columns)]
    under = [max(0, round(span[1]) - size) for span, size in zip((rows, columns), pixels.shape, strict=False)]
    line = 4
    canvas = np.pad(pixels, ((over[0] + line, under[0] + line), (over[1] + line, under[1] + line), (0, 0)),
                    constant_values=225)  # fmt: skip
    top, bottom = (round(at) + over[0] + line for at in rows)
    left, right = (round(at) + over[1] + line for at in columns)
    inside = canvas[top:bottom, left:right].copy()
    canvas[top - line : bottom + line, left - line : right + line] = MARK
    canvas[top:bottom, left:right] = inside
    return canvas


# --- in an album -----------------------------------------------------------------------------


def _check(network: Network, request: Request) -> None:
    from netinspect.torch_backend.studies.worked import parse_unit

    parse_unit(request.unit or "", network)


def _outputs(_planned: Planned, plan: Plan) -> list[Call]:
    """The convolution, and the call that gives it its input, if that is not the network's own."""
    from netinspect.torch_backend.studies.worked import parse_unit

    path, _ = parse_unit(plan.request.unit or "", plan.network)
    call = next(call for call in plan.network.calls if call.path == path)
    return [other for other in plan.network.calls if other is call or other.outputs[0] is call.inputs[0]]


def _planned(plan: Plan) -> Iterator[tuple[str, str]]:
    """`convolution.png`, and of a convolution over one or two axes `convolution.svg`."""
    from netinspect.torch_backend.studies.worked import parse_unit

    yield "convolution.png", ""
    _, unit = parse_unit(plan.request.unit or "", plan.network)
    if len(unit) in (2, 3):
        yield "convolution.svg", "svg"


def _drawn(planned: Planned, scene: Scene) -> Picture | Plate:
    from netinspect.torch_backend.studies.worked import parse_unit, worked_convolution

    session = scene.session
    path, unit = parse_unit(scene.plan.request.unit or "", session.network)
    example = worked_convolution(session.model, session.network, session.samples, path, unit)
    call = next(call for call in session.network.calls if call.path == path)
    value = call.inputs[0]
    of_input = [
        p.array[0] for p, item in zip(session.samples, session.network.inputs, strict=True) if item.value is value
    ]
    of_calls = [scene.recorded.activations[c.path].values[0] for c in session.network.calls if c.outputs[0] is value]
    fed = (*of_input, *of_calls, None)[0]
    is_heard = len(value.type.shape) == 4 and along(value, 2, session.network, scene.sights) in FREQUENCIES
    if planned.subject != "svg" or fed is None:
        return worked(path, example, session.origin, session.input_title, fed, spectrogram=is_heard)
    outputs = scene.recorded.activations[path].values[0]
    slide = sliding(example, fed, outputs, call)
    title = f"{path}:{','.join(map(str, unit))}"
    channels = len(example.kernel)
    summands = f"all {channels} channels" if channels > 1 else "the products"
    total = f"{number(example.sum)} + {number(example.bias)} = {number(example.output)}"
    words = (
        f"The output adds up {summands} and the bias: at the unit that was asked for {total}.",
        f"The window moves by {sizes(slide.stride)} cells, through {sizes(slide.output.shape)} places of the map.",
    )
    lines = (*words, printable(f"input: {session.input_title} · {session.origin}"))
    data, width, height = svg(slide, title, " ".join(words), lines, *GROUNDS[ground_of(scene.plan)])
    description = Description(
        "convolution", f"{title} moving · {session.origin}", " ".join(words), path, example.kernel.shape
    )
    return vector(planned.file, data, width, height, description)


class Stretch(NamedTuple):
    """Along one axis: the first cell of the map that is shown and how many, and the first cell of the input below."""

    first: int
    cells: int
    below: int
    cells_below: int


def sliding(example: WorkedConvolution, fed: Values, outputs: Values, call: Call) -> Sliding:
    """The part of a convolution's map around a unit, and the part of the strongest input channel that it is made of.

    `fed` and `made` are the whole maps, (channels, *space); over one axis they lie in a row.
    """
    strongest = int(_chosen(_planes(example.products))[0])
    channel, of = example.channels[0] + strongest, len(fed)
    plane, kernel, output = (
        np.atleast_2d(values) for values in (fed[channel], example.kernel[strongest], outputs[example.unit[0]])
    )
    windows = dict(call.result.reach.windows)
    others = len(example.kernel) - 1
    terms = (f"+ {others} channel{'s' * (others != 1)}" if others else "", "+ bias" if example.bias else "")
    strides = [windows.get(axis, Window()).stride for axis in range(2, outputs.ndim + 1)]
    lead = (0,) * (3 - outputs.ndim)
    steps, apart = ((*(1 for _ in lead), *values) for values in (strides, example.dilation))
    unit, start = ((*lead, *values) for values in (example.unit[1:], example.start))
    most = (MOST_STEPS, MOST_STEPS) if not lead else (1, 2 * MOST_STEPS)
    down, across = (
        _stretch(*sizes_along)
        for sizes_along in zip(unit, start, output.shape, steps, kernel.shape, apart, most, strict=True)
    )
    before = [max(0, -axis.below) for axis in (down, across)]
    after = [
        max(0, axis.below + axis.cells_below - size) for axis, size in zip((down, across), plane.shape, strict=True)
    ]
    padding = call.arguments["padding_mode"]
    mode: Any = {"zeros": "constant", "replicate": "edge", "circular": "wrap"}.get(padding, padding)
    padded = np.pad(plane, tuple(zip(before, after, strict=True)), mode=mode)
    top, left = (axis.below + more for axis, more in zip((down, across), before, strict=True))
    return Sliding(
        padded[top : top + down.cells_below, left : left + across.cells_below],
        kernel,
        output[down.first : down.first + down.cells, across.first : across.first + across.cells],
        (unit[0] - down.first, unit[1] - across.first),
        (steps[0], steps[1]),
        (apart[0], apart[1]),
        (f"input channel {channel} of {of}", f"kernel {sizes(kernel.shape)}", f"output channel {example.unit[0]}"),
        tuple(filter(None, terms)),
    )


def _stretch(unit: int, start: int, total: int, stride: int, taps: int, dilation: int, most: int) -> Stretch:
    """At most `most` cells of a map of `total` around a unit, whose own window starts at `start`."""
    cells = min(total, most)
    first = min(max(0, unit - cells // 2), total - cells)
    return Stretch(first, cells, start - (unit - first) * stride, (cells - 1) * stride + (taps - 1) * dilation + 1)


KIND: Final = Kind(
    name="convolution",
    title="One output, worked out",
    file="convolution.png",
    shows="one output of a convolution, worked out",
    place=100,
    needs=("unit", "--unit LAYER:C,Y,X"),
    more=(("convolution.svg", "the window sliding and the map filling, over one or two axes", "`--unit`"),),
    of_network=_planned,
    check=_check,
    outputs=_outputs,
    draw=_drawn,
)
