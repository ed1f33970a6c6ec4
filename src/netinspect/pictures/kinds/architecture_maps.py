"""The diagram with what the network was shown on its first box, and on each further one the strongest of its maps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from math import ceil, prod, sqrt
from typing import Final

import numpy as np
from PIL import Image as Pillow

from netinspect.network.network import Call
from netinspect.pictures.diagram.glyph import Image
from netinspect.pictures.diagram.layout import DEFAULT_WIDTH, layout
from netinspect.pictures.diagram.parts import Diagram
from netinspect.pictures.diagram.scene import PIXELS_PER_POINT, Page
from netinspect.pictures.diagram.svg import svg
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.png import png
from netinspect.pictures.draw.signals import painted, wave
from netinspect.pictures.draw.text import drawable
from netinspect.pictures.kind import Kind, Plan, Planned
from netinspect.pictures.kinds.activations import LayerOutput, drawn_activation, strength, tone_of
from netinspect.pictures.kinds.architecture import ground_of
from netinspect.pictures.look import Description, Look, Picture
from netinspect.pictures.page.plate import Plate, vector
from netinspect.pictures.request import Step
from netinspect.pictures.run import Scene
from netinspect.recording import Prepared

SIDE: Final = 240
"""Most pixels a side of a map: half as many again as its box has on a sharp screen would not be seen."""
QUALITY: Final = 88
"""Of the photograph as JPEG: a tenth of the bytes of a PNG, at a size where no difference is seen."""


def map_of(output: LayerOutput, look: Look) -> Pillow.Image:
    """One small picture of what a layer gave: of maps the strongest, of volumes its middle slice; of a sequence units
    downwards and time across, or turned where its box is high; of a vector a cell for each unit."""
    values = output.values.astype(np.float32, copy=False)
    if prod(values.shape[1:]) == 1:
        # Units below each other, or a block of them that is near square, its last row filled up with zeros.
        columns = 1 if values.ndim == 1 else ceil(sqrt(len(values)))
        plane = np.pad(values.reshape(-1), (0, -len(values) % columns)).reshape(-1, columns)
    elif values.ndim == 2:
        plane = values.T if output.sizes[-1] == 1 else values
    else:
        flat = values.reshape(len(values), -1, *values.shape[-2:])
        is_finite = np.isfinite(flat).all(axis=(1, 2, 3))
        strongest = int(np.argmax(np.where(is_finite, strength(flat), -1)))
        plane = flat[strongest, flat.shape[1] // 2]
    if len(plane) == 1 and plane.shape[1] > SIDE:
        return sheet.image(wave(plane, colour.largest(plane) or 1.0), colour.GREY)
    tone = tone_of(plane, look)
    small = tiles.strongest(plane, *(tiles.reduction(side, SIDE) for side in plane.shape))
    return sheet.image(tone.paint(small[::-1] if output.spectrogram else small), tone.colormap)


def input_image(prepared: Prepared) -> Image | None:
    """What a network was shown, as it was seen or heard; None for numbers of more than two axes, and for ids."""
    if prepared.picture is not None:
        stream = BytesIO()
        photograph = Pillow.fromarray(prepared.picture).convert("RGB")
        photograph.thumbnail((2 * SIDE, 2 * SIDE))
        photograph.save(stream, "JPEG", quality=QUALITY)
        return Image(stream.getvalue(), smooth=True)
    if prepared.spectrogram is not None:
        pixels = painted(prepared.spectrogram.values, prepared.spectrogram.unit)
        return Image(png(Pillow.fromarray(pixels[:, :: tiles.reduction(pixels.shape[1], 2 * SIDE)])))
    values = prepared.array[0]
    if values.dtype.kind != "f" or not values.size:
        return None
    if values.size == max(values.shape) > SIDE:
        drawn = sheet.image(wave(values.reshape(1, -1), colour.largest(values) or 1.0), colour.GREY)
        return Image(png(drawn if values.shape[-1] > 1 else drawn.rotate(-90, expand=True)))
    plane = values.reshape(-1, 1) if values.ndim == 1 else values.reshape(-1, *values.shape[-2:])[0]
    tone = tone_of(plane, Look())
    small = tiles.strongest(plane, *(tiles.reduction(side, SIDE) for side in plane.shape))
    return Image(png(sheet.image(tone.paint(small), tone.colormap)))


# --- in an album -----------------------------------------------------------------------------


def _net(plan: Plan) -> Diagram:
    """The diagram without the insides of its blocks."""
    return replace(plan.diagram, panels=plan.diagram.panels[:1], left_out="", unrolled=())


def _planned(plan: Plan) -> Iterator[tuple[str, str]]:
    if plan.request.inputs and any(True for _ in _calls(plan)):
        yield "architecture_maps.svg", "svg"
        yield "architecture_maps.png", "png"


def _calls(plan: Plan) -> Iterator[Call]:
    """The calls whose outputs boxes show."""
    calls = {call.path: call for call in plan.network.calls}
    for box in _net(plan).panels[0].boxes:
        call = calls.get(box.shows)
        if call is not None and not box.symbol and not call.entry.gives_list and call.outputs[0].type.is_float:
            yield call


def _laid_out(scene: Scene, _step: Step) -> Page:
    session, plan = scene.session, scene.plan
    maps = {call.path: Image(png(map_of(drawn_activation(call, scene), scene.look))) for call in _calls(plan)}
    for prepared in session.samples:
        image = input_image(prepared)
        if image is not None:
            maps[prepared.input] = image
    remark = drawable(
        f"{session.input_title} · the strongest map of each layer on a scale of its own · {session.remark}"
    )
    width = plan.request.looks.diagram_width or DEFAULT_WIDTH
    return layout(_net(plan), drawable(plan.network.name), width, drawable(remark), maps=maps)


def _drawn(planned: Planned, scene: Scene) -> Picture | Plate:
    page: Page = scene.shared(KIND)
    session, ground = scene.session, ground_of(scene.plan)
    boxes = _net(scene.plan).panels[0].boxes
    title = f"{scene.network.name} · {session.input_title} · {session.remark}"
    alt = (
        f"Architecture of {scene.network.name} with {session.input_title} on its first box and the strongest map of "
        f"each layer on its own. {session.remark}."
    )
    description = Description("architecture_maps", title, alt, total=len(boxes))
    if planned.subject == "png":
        from netinspect.pictures.diagram.ink import raster

        return Picture(raster(page, dark=ground == "dark"), description)
    width, height = round(page.width * PIXELS_PER_POINT), round(page.height * PIXELS_PER_POINT)
    return vector(planned.file, svg(page, title, alt, ground).encode(), width, height, description)


KIND: Final = Kind(
    name="architecture_maps",
    title="What becomes of the input",
    file="architecture_maps.svg",
    shows="the diagram with the input on its first box and each layer's strongest map on its own",
    drawn="`--input`",
    more=(("architecture_maps.png", "the same in pixels", "`--input`"),),
    place=12,
    of_network=_planned,
    outputs=lambda _planned, plan: _calls(plan),
    prepare=_laid_out,
    draw=_drawn,
)
