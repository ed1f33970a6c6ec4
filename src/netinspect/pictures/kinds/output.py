"""What the network answers: the numbers that it puts out, as probabilities where they are some, with their names.

A row of numbers is ranked, or is a curve where they are points on a scale, as the pitches of a pitch tracker. Classes
for every pixel are colours over the photograph, classes for every step a strip. Anything else is drawn as a layer is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from netinspect.analysis.probabilities import last_effect
from netinspect.analysis.receptive_field import Sight
from netinspect.network.axes import unit_axes
from netinspect.network.network import Labels, Network, Value
from netinspect.pictures.axes import along, clock
from netinspect.pictures.draw import colour, sheet, tiles
from netinspect.pictures.draw.axes import SECONDS, Clock, time_marks
from netinspect.pictures.draw.chart_axes import HALO
from netinspect.pictures.draw.matrices import ticks
from netinspect.pictures.draw.plots import BLUE, VERMILION, dress, entitle, paper
from netinspect.pictures.draw.sheet import Bar, Tick
from netinspect.pictures.draw.signals import as_seen
from netinspect.pictures.draw.text import SMALL, TEXT, broken, drawable, label
from netinspect.pictures.draw.tiles import Pixels
from netinspect.pictures.kind import Kind, Plan, Planned
from netinspect.pictures.kinds.activations import LayerOutput, activations
from netinspect.pictures.look import Description, Look, Origin, Picture, Scale, number, sizes
from netinspect.pictures.run import OUTPUT, Scene
from netinspect.pictures.stems import file_name
from netinspect.recording import Array

Form = Literal["ranking", "curve", "steps", "map", "values"]
"""How an answer is drawn. `steps` and `map` have classes for each step or pixel."""

Measure = Literal["probability", "softmax", "share", "value"]
"""What a number measures. A softmax is one that is taken for the picture, of what the network gives."""

PLACES: Final = ("time", "height", "width", "depth")
"""Axes of an input along which a signal or a picture runs: where an output keeps one, its numbers are no units."""

ALL: Final = 10
FIRST: Final = 5
"""Up to ALL numbers are all ranked, of more the FIRST largest."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What one output says of the sample.

    output   its name; "" where it has none
    values   the numbers, units first: (units, …), as probabilities where they are some
    labels   what the units stand for
    word     what a unit without a name is called: class, token, unit
    how      what the values are, in words
    rows     the answer itself: (name, number, what the number measures), the largest first
    clock    when the steps are, where that is known
    shape    of the output in the order of its axes, without the batch; () where it is that of the values
    measure  what the values measure
    """

    output: str
    form: Form
    values: NDArray[np.float64]
    labels: Labels | None
    word: str
    how: str
    rows: tuple[tuple[str, float, Measure], ...]
    clock: Clock | None = None
    shape: tuple[int, ...] = ()
    measure: Measure = "value"

    @property
    def title(self) -> str:
        """`output 1000`, `output 12×7`."""
        return f"{self.output or OUTPUT} {sizes(self.shape or self.values.shape)}"

    def name(self, unit: int) -> str:
        """What a unit is called."""
        return self.labels.names[unit] if self.labels is not None and self.labels.names else f"{self.word} {unit}"

    @property
    def is_itself(self) -> bool:
        """Whether it is one number without a name, which is called as the output is."""
        return self.form == "ranking" and len(self.values) == 1 and self.labels is None

    @property
    def text_rows(self) -> tuple[tuple[str, str], ...]:
        """The rows as they are written."""
        unit = f" {self.labels.unit}" if self.labels is not None and self.labels.names and self.labels.unit else ""
        return tuple((name, f"{in_words(figure, measure)}{unit}") for name, figure, measure in self.rows)

    @property
    def words(self) -> str:
        """The rows in one line: `cat 90.0%, dog 9.0%, bear 1.0% (softmax)`."""
        taken = " (softmax)" if any(measure == "softmax" for *_, measure in self.rows) else ""
        return ", ".join(f"{name} {figure}" for name, figure in self.text_rows) + taken

    @property
    def sentence(self) -> str:
        """The rows with the output's name; empty where it would say nothing without the picture."""
        if self.form == "values" or (self.word == "unit" and len(self.values) > 1 and self.labels is None):
            return ""
        if self.is_itself:
            return f"{self.output or OUTPUT} {self.text_rows[0][1]}"
        return f"{self.output}: {self.words}" if self.output else self.words


def in_words(figure: float, measure: Measure) -> str:
    """`97.1%` of a probability or share, else the number."""
    if measure == "value":
        return number(figure)
    return "< 0.1%" if 0 < figure < 0.0005 else f"{figure:.1%}"


# --- numbers to answers ----------------------------------------------------------------------


def answer(name: str, value: Value, recorded: Array, network: Network, sights: dict[Value, Sight]) -> Answer:
    """What the recorded numbers of an output, of any shape, say of the first sample."""
    labels = network.labels.get(name)
    axis = labels.axis if labels is not None else unit_axes(network)[value]
    axes = [place for place in range(value.type.rank) if place not in value.batch_axes]
    if labels is None and (axis is None or _is_of_places(value, axis, network, sights)):
        others = [other for other in axes if not _is_of_places(value, other, network, sights)]
        axis = others[0] if 0 < len(others) < len(axes) else None
    axes = [place for place in axes if place != axis]
    values = np.asarray(recorded, dtype=np.float64)
    for batch_axis in value.batch_axes[:1]:
        values = values.take([0], axis=batch_axis)
    shape = tuple(size for place, size in enumerate(values.shape) if place not in value.batch_axes[:1])
    values = np.moveaxis(values, axis, 0) if axis is not None else values[None]
    values = values.reshape(len(values), *(size for size in values.shape[1:] if size > 1))
    long = [place for place in axes if value.type.shape[place] > 1]
    timed = clock(value, long[0], network, sights) if len(long) == 1 else None
    read = _classes(values, value, network, labels) if values.size and np.isfinite(values).all() else None
    form, values, word, how, measure = read or ("values", values, "unit", "the numbers themselves", "value")
    result = Answer(name, form, values, labels, word, how, (), timed, shape, measure)
    return replace(result, rows=tuple(_rows(result)))


def _is_of_places(value: Value, axis: int, network: Network, sights: dict[Value, Sight]) -> bool:
    """Whether a tensor's axis runs along a signal or a picture: its cells see parts of it, or are as many."""
    source = sights[value].along(axis) if value in sights else None
    if source is None or along(value, axis, network, sights) not in PLACES:
        return False
    cells = network.inputs[source[0]].value.type.shape[source[1]]
    return sights[value].fields.get(source) is not None or value.type.shape[axis] == cells


def _classes(
    values: NDArray[np.float64], value: Value, network: Network, labels: Labels | None
) -> tuple[Form, NDArray[np.float64], str, str, Measure]:
    """The form, the values as probabilities where they are some, what a unit is called, what the values are, and what
    they measure. No softmax is taken of what lies between 0 and 1 because the network sees to it."""
    are_measures = labels is not None and bool(labels.names and labels.unit)
    effect = None if are_measures else last_effect(value, network)
    count, places = len(values), values.ndim - 1
    shares = np.exp(values) if effect == "log shares" else values
    are_shares = count > 1 and effect in ("shares", "log shares") and np.allclose(shares.sum(axis=0), 1, atol=1e-3)
    are_tokens = count > 1 and labels is None and any(item.high == count for item in network.inputs)
    are_named = labels is not None and bool(labels.names) and count > 1 and not are_measures
    measure: Measure = "value"
    how = "the numbers themselves"
    if are_shares or effect == "chances":
        values = shares
        measure, how = "probability", "probabilities, as the network gives them"
    elif (are_named or are_tokens) and effect != "shares":
        values = np.exp(values - values.max(axis=0))
        values, are_shares = values / values.sum(axis=0), True
        measure, how = "softmax", f"softmax of {count:,} numbers"
    word = "token" if are_tokens else "class" if are_shares else "unit"
    if are_tokens and places == 1:
        how = f"{how}, after the last of {values.shape[1]:,} steps"
        values, places = values[:, -1], 0
    form: Form = "values"
    if labels is not None and labels.points and places == 0:
        form = "curve"
    elif places == 0:
        form = "ranking"
    elif places == 1 and (are_shares or (are_named and effect == "chances")):
        form = "steps"
    elif places == 2 and are_shares:
        form = "map"
    return form, values, word, how, measure


def _rows(answer: Answer) -> Iterator[tuple[str, float, Measure]]:
    values, labels, measure = answer.values, answer.labels, answer.measure
    if not values.size or not np.isfinite(values).all():
        return
    if answer.form == "curve" and labels is not None:
        peak = int(values.argmax())
        yield f"{labels.points[peak]:,.4g} {labels.unit}".rstrip(), float(values[peak]), measure
    elif answer.form == "ranking":
        are_measures = labels is not None and bool(labels.unit)
        order = range(len(values)) if are_measures else np.argsort(-values, kind="stable")
        for unit in order[: len(values) if len(values) <= ALL or are_measures else FIRST]:
            is_named = len(values) > 1 or labels is not None
            yield answer.name(int(unit)) if is_named else answer.output or OUTPUT, float(values[unit]), measure
    elif answer.form in ("steps", "map"):
        is_exclusive = answer.word != "unit"
        winners = np.bincount(values.argmax(axis=0).ravel(), minlength=len(values)) / values[0].size
        figures = winners if is_exclusive else values.max(axis=1)
        for unit in np.argsort(-figures, kind="stable")[: len(values) if len(values) <= ALL else FIRST]:
            if figures[unit] > 0:
                yield answer.name(int(unit)), float(figures[unit]), "share" if is_exclusive else measure
    else:
        figures = {"smallest": values.min(), "mean": values.mean(), "largest": values.max()}
        measured: Measure = "softmax" if measure == "softmax" else "value"
        yield from ((f"{name} of {values.size:,}", float(figure), measured) for name, figure in figures.items())


# --- drawing ---------------------------------------------------------------------------------


THUMBNAIL: Final = 320
NAMES: Final = 460
BARS: Final = 460
ROW: Final = 46
BETWEEN: Final = 14
"""Pixels between a name, its bar and its number."""
SIDE: Final = 720
COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442", "#000000")
"""Okabe and Ito's, for the classes of a map; more classes are grey."""
OTHERS: Final = (150, 150, 150)
MOST_CLASSES: Final = 24
SMALL_PEAK: Final = 0.2
"""Of probabilities that all lie below this a curve would be flat on an axis up to 1, and a strip dark: the axis ends a
little above them, the scale of the colours at the largest."""


@dataclass(frozen=True, slots=True, eq=False)
class About:
    """What the answer is about: its source in words, and how it looks, uint8 (H, W) or (H, W, 3), where it can be
    looked at; and whose answer it is."""

    source: str
    picture: Array | None
    origin: Origin
    is_trained: bool = True


def output(answer: Answer, about: About, look: Look | None = None) -> Picture:
    """The picture of an answer. That of a network that has learned nothing says so in its first line."""
    segments = [_headline(answer, about), f"for {about.source}", answer.how, str(about.origin)]
    if answer.form == "curve":
        return _curve(answer, about, segments)
    if answer.form == "values":
        return _as_a_layer(answer, about, look or Look())
    body, words = {"ranking": _ranking, "steps": _steps, "map": _map}[answer.form](answer, about)
    is_strip = answer.form == "steps"
    scale = Scale(0.0, _full(answer.values), "output") if is_strip else None
    bars = (Bar(colour.SEQUENTIAL, scale, answer.measure, signed=False),) if scale is not None else ()
    segments.insert(2, words)
    return Picture(
        sheet.sheet(segments, body, colour.SEQUENTIAL, bars=bars),
        Description("output", " · ".join(segments), _alt(answer, about), None, answer.values.shape, scale,
                    colour.SEQUENTIAL if is_strip else None, total=len(answer.values), labels=_labels(answer)),
    )  # fmt: skip


def _full(probabilities: NDArray[np.float64]) -> float:
    """Where their scale ends: at 1, or at the largest where all are small."""
    largest = float(probabilities.max())
    return largest if 0 < largest < SMALL_PEAK else 1.0


def _headline(answer: Answer, about: About) -> str:
    if not about.is_trained:
        return f"{answer.title}, untrained"
    are_measures = answer.labels is not None and bool(
        answer.labels.names and answer.labels.unit
    )  # none is the best one
    name, figure = next(iter(answer.text_rows), ("", ""))
    if answer.is_itself:
        return f"{name}: {figure}"
    return f"{answer.output or OUTPUT}: {name}, {figure}" if answer.sentence and not are_measures else answer.title


def _alt(answer: Answer, about: About) -> str:
    untrained = "" if about.is_trained else " The network is untrained."
    return f"What the network answers for {about.source}: {answer.words}.{untrained} {about.origin}."


def _labels(answer: Answer) -> tuple[tuple[int, str], ...]:
    return tuple(enumerate(f"{name} {figure}" for name, figure in answer.text_rows))


def _ranking(answer: Answer, about: About) -> tuple[Pixels, str]:
    """A bar a number, its name before it and over the numbers what they measure; what the answer is about at the
    left."""
    figures = np.array([figure for _, figure, _ in answer.rows])
    is_signed = bool((figures < 0).any())
    full = float(np.abs(figures).max()) or 1.0 if answer.measure == "value" else 1.0
    names = [label(next(broken(drawable(name), NAMES, TEXT)), TEXT) for name, _ in answer.text_rows]
    widest = max(name.shape[1] for name in names)
    at = widest + BARS + 4 + 2 * BETWEEN
    measured = label(answer.measure, SMALL, strength=0.75)
    rows = [sheet.padded(measured, 0, 0, 2, at)] if answer.measure != "value" else []
    for name, (_, text), figure in zip(names, answer.text_rows, figures, strict=True):
        bar = tiles.paper(ROW, BARS + 4, rgb=True)
        zero = BARS // 2 if is_signed else 0
        length = round(abs(figure) / full * (BARS - zero))
        first = zero - length if figure < 0 else zero + 2
        bar[7:-7, first : first + length] = _rgb(VERMILION if figure < 0 else BLUE)
        bar[2:-2, zero : zero + 2] = colour.INK - 8
        named = sheet.padded(name, 0, 0, 0, widest - name.shape[1])
        rows.append(sheet.beside([named, bar, label(text, TEXT, bold=True)], gap=BETWEEN, align="middle"))
    largest, total = len(names), len(answer.values)
    count = f"the {largest} largest of {total:,}" if largest < total else f"{total:,} number{'s' * (total != 1)}"
    body = sheet.stack(rows)
    if about.picture is not None:
        body = sheet.beside([_resized(about.picture, THUMBNAIL), body], gap=30)
    return body, count


def _resized(picture: Array, side: int) -> Pixels:
    """A picture whose longer side is that long."""
    image = Image.fromarray(np.ascontiguousarray(picture)).convert("RGB")
    factor = side / max(image.size)
    width, height = (max(1, round(size * factor)) for size in image.size)
    how = Image.Resampling.LANCZOS if factor < 1 else Image.Resampling.NEAREST
    return np.asarray(image.resize((width, height), how))


def _rgb(hexadecimal: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(hexadecimal[1:])
    return red, green, blue


def _map(answer: Answer, about: About) -> tuple[Pixels, str]:
    """The class of each pixel as a colour over the photograph, with a legend of classes and their shares."""
    winners = answer.values.argmax(axis=0)
    shares = np.bincount(winners.ravel(), minlength=len(answer.values)) / winners.size
    order = [int(unit) for unit in np.argsort(-shares, kind="stable") if shares[unit] > 0]
    palette = np.full((len(shares), 3), OTHERS, np.uint8)
    for unit, ink in zip(order, COLOURS, strict=False):
        palette[unit] = _rgb(ink)
    flat = Image.fromarray(palette[winners])
    side = SIDE / max(flat.size)
    if about.picture is not None:
        photograph = Image.fromarray(_resized(about.picture, SIDE)).convert("L").convert("RGB")
        flat = Image.blend(photograph, flat.resize(photograph.size, Image.Resampling.NEAREST), 0.55)
    else:
        width, height = (max(1, round(size * side)) for size in flat.size)
        flat = flat.resize((width, height), Image.Resampling.NEAREST)
    legend: list[Pixels] = []
    for unit in order[: len(COLOURS)]:
        swatch = np.full((28, 28, 3), palette[unit], np.uint8)
        words = f"{drawable(answer.name(unit))} {in_words(float(shares[unit]), 'share')}"
        legend.append(sheet.beside([swatch, label(next(broken(words, NAMES, TEXT)), TEXT)], gap=12, align="middle"))
    if order[len(COLOURS) :]:
        rest = in_words(float(shares[order[len(COLOURS) :]].sum()), "share")
        swatch = np.full((28, 28, 3), OTHERS, np.uint8)
        words = f"{len(order) - len(COLOURS):,} others {rest}"
        legend.append(sheet.beside([swatch, label(words, TEXT)], gap=12, align="middle"))
    body = sheet.beside([np.asarray(flat), sheet.stack(legend, gap=10)], gap=30)
    return body, f"the likeliest of {len(answer.values):,} at each of {winners.size:,} places"


def _steps(answer: Answer, _about: About) -> tuple[Pixels, str]:
    """Probabilities, a row for each class, steps from left to right."""
    strongest = np.argsort(-answer.values.max(axis=1), kind="stable")[:MOST_CLASSES]
    kept = np.sort(strongest)
    by = tiles.reduction(answer.values.shape[1], tiles.WIDTH - NAMES)
    cells = tiles.strongest(answer.values[kept], 1, by)
    length = cells.shape[1]
    across = max(1, min(40, (tiles.WIDTH - NAMES) // length))
    down = 34
    painted = colour.sequential(cells, _full(answer.values))
    large = tiles.framed(np.repeat(np.repeat(painted, down, axis=0), across, axis=1))
    names = [next(broken(drawable(answer.name(int(unit))), NAMES, SMALL)) for unit in kept]
    rows = [Tick(2 + (at + 0.5) * down, name) for at, name in enumerate(names)]
    timed = answer.clock
    columns = (
        ticks(np.arange(length) * by, across) if timed is None
        else time_marks(Clock(timed.step * by, timed.start), length, across)
    )  # fmt: skip
    body = sheet.with_axes(large, rows, columns, "", "step" if timed is None else SECONDS)
    total = len(answer.values)
    return body, f"{total:,} classes" if len(kept) == total else f"the {len(kept)} strongest of {total:,} classes"


def _curve(answer: Answer, about: About, segments: list[str]) -> Picture:
    """The numbers over the scale that they are points of, the peak named."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    assert answer.labels is not None
    points, values = np.array(answer.labels.points), answer.values
    figure = paper(6.5, 2.3)
    title = entitle(figure, segments)
    axes = figure.subplots()
    axes.plot(points, values, color=BLUE, linewidth=1.3)
    axes.fill_between(points, values, color=BLUE, alpha=0.15, linewidth=0)
    peak, highest = int(values.argmax()), float(values.max())
    axes.plot(points[peak], highest, "o", color=VERMILION, markersize=5, clip_on=False)
    # Above the peak there is no curve; at either end the name leads inwards, away from the axis
    side = "left" if peak < len(points) * 0.2 else "right" if peak > len(points) * 0.8 else "center"
    axes.annotate(
        f"{answer.rows[0][0]}", (float(points[peak]), highest), xytext=(0, 5), textcoords="offset points",
        ha=side, va="bottom", fontsize=9, fontweight="bold", parse_math=False, bbox=HALO,
    )  # fmt: skip
    if min(points) > 0 and not np.allclose(np.diff(points), points[1] - points[0]):
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    what: str = answer.measure
    if what == "value":
        axes.margins(y=0.1)
    elif _full(values) < 1:
        end = float(f"{1.25 * highest:.2g}")
        axes.set_ylim(0, end)
        what = f"{what}\n(axis ends at {number(end)})"
    else:
        axes.set_ylim(0, 1)
    dress(axes, what, answer.labels.unit)
    return Picture(figure, Description("output", title, _alt(answer, about), None, values.shape,
                                       total=len(values), labels=_labels(answer)))  # fmt: skip


def _as_a_layer(answer: Answer, about: About, look: Look) -> Picture:
    """Maps, signals and what else there is, drawn as the activations of a layer are."""
    name = answer.output or OUTPUT
    layer = LayerOutput(
        f"softmax of {name}" if answer.measure == "softmax" else name,
        answer.values,
        about.origin,
        about.source,
        clock=answer.clock,
        shape=answer.shape or None,
    )
    drawn = activations(layer, look)
    alt = _alt(answer, about)
    return replace(drawn, description=replace(drawn.description, kind="output", alt=alt, layer=None))


# --- in an album -----------------------------------------------------------------------------


def _planned(plan: Plan) -> Iterator[tuple[str, str]]:
    """`output.png`, or one for each of several outputs."""
    outputs = plan.network.outputs
    for index, (name, _) in enumerate(outputs, 1):
        yield "output.png" if len(outputs) == 1 else f"output/{file_name(index, name)}", name


def _answers(scene: Scene, _step: object) -> dict[str, Answer]:
    """By output."""
    network = scene.network
    recorded = dict(scene.session.recording.outputs)
    return {name: answer(name, value, recorded[name], network, scene.sights) for name, value in network.outputs}


def about(scene: Scene) -> About:
    """What the answers of a scene are about."""
    session = scene.session
    pictures = (as_seen(sample) for sample in session.samples)
    is_trained = session.weights is not None and session.weights.is_complete
    picture = next((picture for picture in pictures if picture is not None), None)
    return About(session.input_title, picture, session.origin, is_trained)


def _drawn(planned: Planned, scene: Scene) -> Picture:
    answers: dict[str, Answer] = scene.shared(KIND)
    return output(answers[planned.subject], about(scene), scene.look)


KIND: Final = Kind(
    name="output",
    title="The answer",
    file="output.png",
    shows="what the network answers, with names and probabilities",
    place=5,
    of_network=_planned,
    prepare=_answers,
    draw=_drawn,
)
