"""The diagram with what the network was shown on its first box, and on each further one the strongest of its maps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from math import ceil, prod, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from netinspect.network.network import Call
from netinspect.pictures.diagram.glyph import Image
from netinspect.pictures.diagram.layout import DEFAULT_WIDTH, layout
from netinspect.pictures.diagram.parts import Diagram
from netinspect.pictures.diagram.scene import PIXELS_PER_POINT, Group, Map, Page, Part
from netinspect.pictures.diagram.svg import svg
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.png import DOTS_PER_INCH, png
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

Values = NDArray[np.floating]

SIDE: Final = 480
"""Most pixels a side of the photograph: half as many again as its box has on a sharp screen would not be seen."""
QUALITY: Final = 88
"""Of the photograph as JPEG: a tenth of the bytes of a PNG, at a size where no difference is seen."""
LONG: Final = 240
"""Values of one channel beyond which they are drawn as a waveform."""


@dataclass(frozen=True, slots=True)
class Room:
    """Pixels of a box on a sharp screen, two for each of a page. A picture is drawn for them: what has more values is
    made smaller with care here, and not by a browser, which leaves columns out."""

    width: int
    height: int

    def fitting(self, values: Values) -> Values:
        """A plane that has no more cells than there are pixels, each the value of largest magnitude of a block."""
        down, across = (tiles.reduction(*pair) for pair in zip(values.shape, (self.height, self.width), strict=True))
        return tiles.strongest(values, down, across)

    def waveform(self, values: Values) -> Pillow.Image:
        """A signal (time,), over time across; down where the box is higher than wide."""
        sides = sorted((self.height, self.width))
        drawn = wave(values.reshape(1, -1), colour.largest(values) or 1.0, height=sides[0], width=sides[1])
        image = sheet.image(drawn, colour.GREY)
        return image.transpose(Pillow.Transpose.ROTATE_270) if self.height > self.width else image

    def filled(self, image: Pillow.Image) -> Image:
        """An image for the box. Its pixels stay squares where each has one of a page at least."""
        is_fine = 2 * image.width > self.width or 2 * image.height > self.height
        return Image(png(image), smooth=is_fine)


def map_of(output: LayerOutput, look: Look, room: Room) -> Pillow.Image:
    """One small picture of what a layer gave: of maps the strongest, of volumes its middle slice; of a sequence units
    downwards and time across, or turned where its box is high; of a vector a cell for each unit."""
    values = output.values.astype(np.float32, copy=False)
    if prod(values.shape[1:]) == 1:
        # Units below each other, or a block of them that is near square, its last row filled up with zeros.
        columns = 1 if values.ndim == 1 else ceil(sqrt(len(values)))
        plane = np.pad(values.reshape(-1), (0, -len(values) % columns)).reshape(-1, columns)
    elif values.ndim == 2:
        if len(values) == 1 and values.shape[1] > LONG:
            return room.waveform(values)
        plane = values.T if output.sizes[-1] == 1 else values
    else:
        plane = _strongest(values.reshape(len(values), -1, *values.shape[-2:]))
    tone, small = tone_of(plane, look), room.fitting(plane)
    return sheet.image(tone.paint(small[::-1] if output.spectrogram else small), tone.colormap)


def _strongest(volumes: Values) -> Values:
    """Of volumes (C, D, H, W) that of largest mean magnitude, its middle slice; one that is not finite only where none
    is."""
    is_finite = np.isfinite(volumes).all(axis=(1, 2, 3))
    strongest = int(np.argmax(np.where(is_finite, strength(volumes), -1)))
    return np.asarray(volumes[strongest, volumes.shape[1] // 2])


def input_map(prepared: Prepared, room: Room) -> Image:
    """What a network was shown, as it was seen or heard; of other numbers the strongest plane."""
    if prepared.picture is not None:
        stream = BytesIO()
        photograph = Pillow.fromarray(prepared.picture).convert("RGB")
        photograph.thumbnail((SIDE, SIDE))
        photograph.save(stream, "JPEG", quality=QUALITY)
        return Image(stream.getvalue(), smooth=True)
    if prepared.spectrogram is not None:
        sides = zip(prepared.spectrogram.values.shape, (room.height, room.width), strict=True)
        return room.filled(Pillow.fromarray(painted(prepared.spectrogram, *(tiles.reduction(*pair) for pair in sides))))
    values = np.atleast_1d(prepared.array[0])
    if values.size == max(values.shape) > LONG:
        return room.filled(room.waveform(values))
    plane = values.reshape(-1, 1) if values.ndim == 1 else _strongest(values.reshape(-1, 1, *values.shape[-2:]))
    tone = tone_of(plane, Look())
    return room.filled(sheet.image(tone.paint(room.fitting(plane)), tone.colormap))


# --- in an album -----------------------------------------------------------------------------


def _net(plan: Plan) -> Diagram:
    """The diagram without the insides of its blocks."""
    return replace(plan.diagram, panels=plan.diagram.panels[:1], notes=(), unrolled=())


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
    """The page with its pictures. They are drawn when it is known how large their boxes are."""
    session, plan = scene.session, scene.plan
    calls = {call.path: call for call in _calls(plan)}
    samples = {
        prepared.input: prepared
        for prepared in session.samples
        if prepared.picture is not None or (prepared.array.dtype.kind == "f" and prepared.array.size)
    }  # ids have no map
    remark = drawable(
        f"{session.input_title} · the strongest map of each layer on a scale of its own · {session.remark}"
    )
    width = plan.request.looks.diagram_width or DEFAULT_WIDTH
    blank = dict.fromkeys((*calls, *samples), Image(b""))
    page = layout(_net(plan), drawable(plan.network.name), width, remark, maps=blank)

    def filled(part: Part, shows: str) -> Part:
        if not isinstance(part, Map):
            return part
        (left, bottom), (right, top) = part.points
        room = Room(*(max(1, round(side * DOTS_PER_INCH / 72)) for side in (right - left, top - bottom)))
        if shows in calls:
            image = room.filled(map_of(drawn_activation(calls[shows], scene), scene.look, room))
        else:
            image = input_map(samples[shows], room)
        return replace(part, data=image.data, smooth=image.smooth)

    content = tuple(
        replace(part, parts=tuple(filled(piece, part.box.shows) for piece in part.parts))
        if isinstance(part, Group)
        else part
        for part in page.content
    )
    return replace(page, content=content)


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
