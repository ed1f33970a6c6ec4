"""The figures of the whole network: its architecture, what it saw, its strip, and the studies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from netinspect.analysis.receptive_field import Sight
from netinspect.figures.picture import Description, Look, Picture
from netinspect.network.network import Value
from netinspect.recording import Prepared
from netinspect.visualization.layers import Recorded, drawn_activation
from netinspect.visualization.plan import Plan, PlannedLayer, input_file, strip_calls
from netinspect.visualization.session import Session

if TYPE_CHECKING:
    from netinspect.figures.histograms import Row
    from netinspect.figures.plate import Plate

ARCHITECTURE: Final = "architecture.svg"
_PIXELS_PER_INCH: Final = 96


# --- the architecture --------------------------------------------------------------------------


def architecture(plan: Plan, banner: str | None) -> tuple[Plate, bytes]:
    """The diagram as an SVG for the page, and the bytes of the same as PNG."""
    from netinspect.analysis.drawing import diagram_of
    from netinspect.figures.diagram import draw
    from netinspect.figures.plate import vector
    from netinspect.figures.saving import encoded

    title = plan.network.name
    figure = draw(diagram_of(plan.network), title=title)
    wide, high = (round(float(inches) * _PIXELS_PER_INCH) for inches in figure.get_size_inches())
    boxes = sum(1 for layer in plan.layers if layer.row.is_layer)
    said = f"{title} · {banner}" if banner else title
    alt = f"Architecture of {title}: {boxes} layers from the input to the output. {_told(plan)} {banner or ''}".strip()
    description = Description("architecture", said, alt, total=boxes)
    return vector(ARCHITECTURE, encoded(figure, "svg"), wide, high, description), encoded(figure, "png")


def _told(plan: Plan) -> str:
    totals = plan.profile.totals
    return f"{totals.params:,} parameters, {totals.macs:,} MACs."


# --- what the net saw --------------------------------------------------------------------------


def overview(
    plan: Plan, session: Session, recorded: Recorded, sights: dict[Value, Sight], look: Look, unit: str | None
) -> Iterator[tuple[str, Picture]]:
    """Each figure of the whole network with its file, the architecture apart."""
    if "input" in plan.whole:
        for prepared in session.shown:
            yield input_file(plan.network, prepared.input), _input(prepared)
    if "strip" in plan.whole:
        yield "activations/strip.png", _strip(plan, session, recorded, sights, look)
    if "convolution" in plan.whole and unit is not None:
        yield "convolution.png", _convolution(session, recorded, unit)
    yield from _studies(plan, session, recorded)


def _input(prepared: Prepared) -> Picture:
    from netinspect.figures.inputs import array, photograph, sound
    from netinspect.figures.spectrogram import Spectrogram, spectrogram

    seen, heard = prepared.spectrogram, prepared.sound
    if prepared.picture is not None:
        return photograph(prepared.picture, prepared.source, prepared.array.shape[1:])
    if seen is not None and seen.unit in ("power", "magnitude", "dB"):
        rows = (seen.values, seen.frequencies, seen.seconds_per_column, seen.unit)
        return spectrogram(Spectrogram(prepared.source, *rows))
    if heard is not None:
        return sound(heard.samples, prepared.source, heard.sample_rate, prepared.frame_starts)
    return array(prepared.array[0], prepared.source)


def _strip(plan: Plan, session: Session, recorded: Recorded, sights: dict[Value, Sight], look: Look) -> Picture:
    from netinspect.figures.strip import strip

    layers = [drawn_activation(call, session, recorded, sights) for call in strip_calls(plan.layers)]
    return strip(layers, session.shown[0].picture, look)


def _convolution(session: Session, recorded: Recorded, text: str) -> Picture:
    from netinspect.figures.convolution import Step, worked
    from netinspect.torch_backend.worked import parse_unit, worked_convolution

    path, unit = parse_unit(text, session.network)
    found = worked_convolution(session.model, session.network, session.shown, path, unit)
    step = Step(found.unit, found.patch, found.kernel, found.products, found.sum, found.bias, found.start,
                found.dilation, found.channels)  # fmt: skip
    value = next(call for call in session.network.calls if call.path == path).inputs[0]
    given = [p.array[0] for p, own in zip(session.shown, session.network.inputs, strict=True) if own.value is value]
    made = [recorded.activations[c.path].values[0] for c in session.network.calls if c.outputs[0] is value]
    return worked(path, step, session.origin, session.seen, (*given, *made, None)[0])


# --- studies -----------------------------------------------------------------------------------


def _studies(plan: Plan, session: Session, recorded: Recorded) -> Iterator[tuple[str, Picture]]:
    if "health" in plan.whole:
        yield "health.png", _health(session)
    if "histograms" in plan.whole:
        yield "histograms.png", _histograms(plan, session, recorded)
    if "equivariance" in plan.whole:
        yield "equivariance.png", _equivariance(session)
    if "activation_functions" in plan.whole:
        yield "activation_functions.png", _activation_functions(session)


def _health(session: Session) -> Picture:
    from netinspect.figures.health import health as draw
    from netinspect.torch_backend.gradients import gradients
    from netinspect.torch_backend.health import health

    units = health(session.model, session.network, session.batches())
    return draw(units, gradients(session.model, session.network, session.shown, seed=session.seed), session.origin)


def _histograms(plan: Plan, session: Session, recorded: Recorded) -> Picture:
    from netinspect.figures.histograms import histograms

    return histograms([_row(layer, recorded) for layer in with_histogram(plan.layers)], session.origin)


def with_histogram(layers: tuple[PlannedLayer, ...]) -> list[PlannedLayer]:
    """The layers that have weights with more than one axis."""
    return [layer for layer in layers if layer.kernels]


def _row(layer: PlannedLayer, recorded: Recorded) -> Row:
    from netinspect.figures.histograms import Row, spread

    activation = recorded.activations.get(layer.row.path)
    weight = recorded.kernels[layer.kernels[0].key].values
    return Row(layer.row.path, spread(weight), spread(activation.values) if activation is not None else None)


def _equivariance(session: Session) -> Picture:
    from netinspect.figures.equivariance import equivariance as draw
    from netinspect.torch_backend.equivariance import equivariance

    return draw(equivariance(session.model, session.network, session.shown), session.origin)


def _activation_functions(session: Session) -> Picture:
    from netinspect.figures.curves import Curve, curves
    from netinspect.torch_backend.activation_curves import activation_curves

    found = activation_curves(session.network)
    drawn = curves([Curve(function.name, function.x, function.y, function.layers) for function in found])
    return replace(drawn, description=replace(drawn.description, kind="activation_functions"))
