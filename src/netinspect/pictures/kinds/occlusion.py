"""Occlusion map: how far the network's answer falls where a part of the input is hidden.

Red is what the answer rests on; where hiding a part makes it surer, the map is blue. Over a picture, a spectrogram's
included, the colours are multiplied with its greys, so that zero leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netinspect.analysis.occlusion import occluded_input, runs
from netinspect.analysis.receptive_field import long_axes
from netinspect.analysis.text import thousands
from netinspect.pictures.axes import clock
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.axes import FREQUENCIES, SECONDS
from netinspect.pictures.draw.plots import VERMILION, draw_wave, dress, head, paper
from netinspect.pictures.draw.scaling import remarks
from netinspect.pictures.draw.sheet import Bar
from netinspect.pictures.draw.tiles import loudest_channel
from netinspect.pictures.kind import Kind, Plan, Planned
from netinspect.pictures.kinds.input import background
from netinspect.pictures.look import Description, Origin, Picture, Scale, number, sizes
from netinspect.pictures.run import Scene
from netinspect.recording import Occlusion

Values = NDArray[np.floating]

SIDE: Final = 640
"""A picture is enlarged to about so many pixels."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the network was asked: the input's title, what the number of its output is called, where the weights came
    from, the runs and multiply-accumulates that it took, and whether the network has learned anything."""

    input: str
    answer: str
    origin: Origin
    runs: int
    macs: int
    is_trained: bool = True

    @property
    def cost(self) -> str:
        return f"{self.runs:,} runs of {thousands(self.macs)} multiply-accumulates"


def over_picture(picture: NDArray[np.uint8], hidden: Occlusion, question: Question) -> Picture:
    """The picture, (height, width) or (height, width, 3) of uint8, and beside it the map over its greys."""
    falls = hidden.falls(picture.shape[:2])
    limit = colour.largest(falls)
    rgb = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    grey = np.asarray(rgb.astype(np.float64).mean(axis=2) / 255)
    heat = colour.coloured(colour.diverging(falls, limit), colour.DIVERGING)
    over = np.rint(heat * (0.4 + 0.6 * grey)[:, :, None]).astype(np.uint8)
    by = tiles.reduction(max(rgb.shape[:2]), SIDE)
    factor = max(1, SIDE // max(rgb.shape[:2]))
    panels = [tiles.framed(tiles.enlarge(pixels[::by, ::by], factor)) for pixels in (rgb, over)]
    scale = Scale(-limit, limit, "map")
    segments = [*_segments(hidden, question), f"scale ±{_written(hidden, limit)}", str(question.origin)]
    notes = _notes(hidden, question)
    texts = (_written(hidden, -limit), _written(hidden, 0.0), _written(hidden, limit))
    measure = f"how far the {hidden.measure} falls{', in percentage points' if hidden.is_probability else ''}"
    bar = Bar(colour.DIVERGING, scale, measure, signed=True, texts=texts)
    return Picture(
        sheet.sheet(segments, sheet.beside(panels, 24), colour.DIVERGING, bars=(bar,), notes=notes),
        Description("occlusion", " · ".join(segments), _alt(hidden, question, falls), None, picture.shape, scale,
                    colour.DIVERGING, notes=notes),
    )  # fmt: skip


def under_signal(samples: Values, hidden: Occlusion, question: Question, *, seconds: float | None = None) -> Picture:
    """The waveform, (channels, time), and under it how far the answer falls where a stretch is hidden."""
    count = samples.shape[-1]
    falls = hidden.falls((count,))
    figure = paper(9.5, 4.6)
    said = head(figure, " · ".join(_segments(hidden, question)), question.origin)
    upper, lower = figure.subplots(2, 1, sharex=True)
    unit = seconds or 1.0
    draw_wave(upper, loudest_channel(samples), unit, (0, count))
    edges = np.flatnonzero(np.diff(falls, prepend=np.nan, append=np.nan) != 0)  # where the map takes another value
    heights = (100 if hidden.is_probability else 1) * falls[edges[:-1]]
    lower.stairs(heights, edges * unit, color=VERMILION, fill=True, alpha=0.35)
    lower.stairs(heights, edges * unit, color=VERMILION, linewidth=1.4)
    dress(upper, "amplitude")
    dress(
        lower,
        f"fall of the {hidden.measure}{' / %' if hidden.is_probability else ''}",
        SECONDS if seconds else "sample",
    )
    lower.set_xlim(0, count * unit)
    lower.axhline(0, color="#222222", linewidth=0.6)
    notes = _notes(hidden, question)
    return Picture(
        figure, Description("occlusion", said, _alt(hidden, question, falls), None, samples.shape, notes=notes)
    )


def _segments(hidden: Occlusion, question: Question) -> list[str]:
    untrained = "" if question.is_trained else "untrained, so this is noise: "
    before = f"{hidden.before:.1%}" if hidden.is_probability else number(hidden.before)
    return [f"{untrained}what {question.answer} rests on: {before} with nothing hidden", f"input: {question.input}"]


def _written(hidden: Occlusion, value: float) -> str:
    """A probability in percent, another number as it is."""
    return f"{number(100 * value)}%" if hidden.is_probability else number(value)


def _notes(hidden: Occlusion, question: Question) -> tuple[str, ...]:
    steps = [abs(places[1] - places[0]) if len(places) > 1 else 0 for places in hidden.starts]
    patch = f"a patch of {sizes(hidden.patch)} cells with the input's mean, every {sizes(tuple(steps))}"
    text = f"{patch}; each cell is the mean over the patches that cover it; {question.cost}"
    return (text, *remarks(hidden.values, "answers"))


def _alt(hidden: Occlusion, question: Question, falls: Values) -> str:
    if not np.isfinite(falls).any():
        return f"Occlusion map of {question.answer}. No fall is finite. {question.origin}."
    place = np.unravel_index(int(np.argmax(np.where(np.isfinite(falls), falls, -np.inf))), falls.shape)
    where = " and ".join(
        f"{100 * (at + 0.5) / size:.0f} % {way}"
        for at, size, way in zip(place, falls.shape, ("down", "across")[-falls.ndim :], strict=True)
    )
    fall = _written(hidden, float(falls[place]))
    most = f"The {hidden.measure} falls most, by {fall}, where the input is hidden {where}"
    return f"Occlusion map of {question.answer}. {most}. {question.origin}."


# --- in an album -----------------------------------------------------------------------------


def _planned(plan: Plan) -> Iterator[tuple[str, str]]:
    """Only where it is asked for or somebody gave an input: noise has no part that an answer could rest on."""
    if (plan.request.inputs or plan.request.what) and occluded_input(plan.network) is not None:
        yield "occlusion.png", ""


def _drawn(planned: Planned, scene: Scene) -> Picture:
    from netinspect.torch_backend.studies.occlusion import occlusion

    session, network = scene.session, scene.network
    total, macs = runs(network), scene.plan.profile.totals.macs // network.batch_size
    scene.step(f"{planned.file}: {total:,} runs of {thousands(macs)} multiply-accumulates", 0)
    hidden = occlusion(
        session.model, network, session.samples, at_once=session.at_once,
        progress=lambda done, count: scene.step(f"{planned.file}: {done} of {count} runs", 0),
    )  # fmt: skip
    item, prepared = network.inputs[hidden.input], session.samples[hidden.input]
    is_trained = session.weights is not None and session.weights.is_complete
    question = Question(session.input_title, _named(hidden, scene), session.origin, total, macs, is_trained)
    space = long_axes(item)
    if len(space) == 1:
        time = clock(item.value, space[0], network, scene.sights)
        values = np.moveaxis(np.asarray(prepared.array[0], np.float64), space[0] - 1, -1)
        return under_signal(
            values.reshape(-1, values.shape[-1]), hidden, question, seconds=time.step if time is not None else None
        )
    is_heard = item.axes[space[0] - 1] in FREQUENCIES
    picture = background(prepared, space)
    if is_heard:  # low frequencies at the bottom
        turned = tuple(item.value.type.shape[space[0]] - start - hidden.patch[0] for start in hidden.starts[0])
        hidden = replace(hidden, starts=(turned, hidden.starts[1]))
        picture = picture[::-1]
    return over_picture(picture, hidden, question)


def _named(hidden: Occlusion, scene: Scene) -> str:
    """`“tabby, cat”`, or `number 281 of the output` where the spec has no labels."""
    name = scene.network.outputs[hidden.output][0]
    labels = scene.network.labels.get(name)
    if labels is not None and labels.names:
        return f"“{labels.names[hidden.unit]}”"
    if labels is not None and labels.points:
        return f"{number(labels.points[hidden.unit])} {labels.unit}".rstrip()
    return f"number {hidden.unit} of {f'`{name}`' if name else 'the output'}"


KIND: Final = Kind(
    name="occlusion",
    title="Occlusion map",
    file="occlusion.png",
    shows="how far the answer falls where a part of the input is hidden",
    place=135,
    is_study=True,
    of_network=_planned,
    draw=_drawn,
)
