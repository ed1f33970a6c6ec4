"""The figures of the whole network: its architecture, what it saw, its strip, and the studies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from netinspect.inputs.preprocessing import STEPS
from netinspect.pictures.axes import along, clock, frequencies
from netinspect.pictures.draw.axes import FREQUENCIES
from netinspect.pictures.layers import drawn_activation
from netinspect.pictures.look import Description, Picture
from netinspect.pictures.over_time import output_pictures
from netinspect.pictures.plan import STRIP, Plan, PlannedLayer, input_file, strip_calls, whole_file
from netinspect.pictures.run import Session
from netinspect.pictures.scene import Recorded, Scene
from netinspect.recording import Array, Prepared

if TYPE_CHECKING:
    from netinspect.pictures.diagram.scene import Page
    from netinspect.pictures.kinds.histograms import Row
    from netinspect.pictures.kinds.input import Axes
    from netinspect.pictures.page.plate import Plate

_PIXELS_PER_POINT: Final = 96 / 72


# --- the architecture --------------------------------------------------------------------------


def diagram(plan: Plan, remark: str | None) -> Picture:
    """The diagram as a matplotlib Figure with its words. `remark` says where the weights came from."""
    from netinspect.pictures.diagram.ink import ink

    return Picture(ink(_page(plan, remark)), _diagram_said(plan, remark))


def architecture(plan: Plan, remark: str) -> Iterator[tuple[str, Picture | Plate]]:
    """The diagram in the files that are planned: the SVG for the page, pixels, and a PDF."""
    from netinspect.pictures.diagram.ink import ink, raster
    from netinspect.pictures.draw.plots import encoded
    from netinspect.pictures.page.plate import vector

    page, said = _page(plan, remark), _diagram_said(plan, remark)
    figure = ink(page)
    size = round(page.width * _PIXELS_PER_POINT), round(page.height * _PIXELS_PER_POINT)
    for file in plan.diagrams:
        form = file.rpartition(".")[2]
        yield file, Picture(raster(page), said) if form == "png" else vector(file, encoded(figure, form), *size, said)


def _page(plan: Plan, remark: str | None) -> Page:
    from netinspect.pictures.diagram.layout import layout
    from netinspect.pictures.diagram.outline import diagram_of
    from netinspect.pictures.draw.text import drawable

    return layout(diagram_of(plan.network), drawable(plan.network.name), remark=drawable(remark or ""))


def _diagram_said(plan: Plan, remark: str | None) -> Description:
    title = plan.network.name
    boxes = sum(1 for layer in plan.layers if layer.row.is_layer)
    alt = f"Architecture of {title}: {boxes} layer{'s' * (boxes != 1)} from the input to the output. {_told(plan)}"
    if not remark:
        return Description("architecture", title, alt, total=boxes)
    return Description("architecture", f"{title} · {remark}", f"{alt} {remark}.", total=boxes)


def _told(plan: Plan) -> str:
    totals = plan.profile.totals
    return f"{totals.params:,} parameters, {totals.macs:,} MACs."


# --- what the net saw --------------------------------------------------------------------------


def overview(plan: Plan, scene: Scene, unit: str | None) -> Iterator[tuple[str, Picture]]:
    """Each figure of the whole network with its file, the architecture apart."""
    if "input" in plan.whole:
        for prepared in scene.session.shown:
            yield input_file(plan.network, prepared.input), _input(prepared, scene)
    if "strip" in plan.whole:
        yield STRIP, _strip(plan, scene)
    yield from output_pictures(plan, scene.session, scene.look)
    if "convolution" in plan.whole and unit is not None:
        yield whole_file("convolution"), _convolution(scene, unit)
    yield from _studies(plan, scene)


def _input(prepared: Prepared, scene: Scene) -> Picture:
    from netinspect.pictures.draw.signals import Spectrogram, spectrogram
    from netinspect.pictures.kinds.input import array, photograph, sound, waveform

    seen, heard = prepared.spectrogram, prepared.sound
    if prepared.picture is not None:
        return photograph(prepared.picture, prepared.source, prepared.array.shape[1:])
    if seen is not None:
        above = None
        if heard is not None and prepared.frame is not None:
            above = waveform(heard.samples, heard.sample_rate, prepared.frame_starts, prepared.frame)
        drawn = Spectrogram(
            prepared.source, seen.values, seen.frequencies, seen.seconds_per_column, seen.unit,
            prepared.array.shape[1:], seen.network_unit,
        )  # fmt: skip
        return spectrogram(drawn, above)
    if heard is not None:
        item = next(item for item in scene.network.inputs if item.name == prepared.input)
        later = [f"`{step}`" for step in item.preprocess if step in ("normalize", *STEPS)]
        return sound(heard.samples, prepared.source, heard.sample_rate, prepared.frame_starts, prepared.frame, later)
    return array(prepared.array[0], prepared.source, _axes(prepared, scene))


def _axes(prepared: Prepared, scene: Scene) -> Axes:
    """What is known of the axes of an input that is numbers."""
    from netinspect.pictures.kinds.input import Axes

    network, sights = scene.network, scene.sights
    given = next(one for one in network.inputs if one.name == prepared.input)
    name = given.name if len(network.inputs) > 1 else ""
    heard = next((axis for axis, one in enumerate(given.axes, 1) if one in FREQUENCIES), None)
    timed = next((axis for axis, one in enumerate(given.axes, 1) if one == "time"), None)
    return Axes(
        name, given.axes, clock(given.value, timed, network, sights) if timed else None,
        frequencies(given.value, heard, network, sights) if heard else None,
    )  # fmt: skip


def _strip(plan: Plan, scene: Scene) -> Picture:
    from netinspect.pictures.kinds.strip import strip

    layers = [drawn_activation(call, scene) for call in strip_calls(plan.layers)]
    seen = scene.session.shown[0]
    return strip(layers, _as_seen(seen), scene.look, seen.array.shape[1:])


def _as_seen(prepared: Prepared) -> Array | None:
    """The photograph, or the spectrogram in the colours of its picture; None for what is no picture."""
    from netinspect.pictures.draw.signals import painted

    seen = prepared.spectrogram
    if prepared.picture is not None or seen is None:
        return prepared.picture
    return painted(seen.values, seen.unit)


def _convolution(scene: Scene, text: str) -> Picture:
    from netinspect.pictures.kinds.convolution import worked
    from netinspect.torch_backend.worked import parse_unit, worked_convolution

    session = scene.session
    path, unit = parse_unit(text, session.network)
    found = worked_convolution(session.model, session.network, session.shown, path, unit)
    value = next(call for call in session.network.calls if call.path == path).inputs[0]
    given = [p.array[0] for p, own in zip(session.shown, session.network.inputs, strict=True) if own.value is value]
    made = [scene.recorded.activations[c.path].values[0] for c in session.network.calls if c.outputs[0] is value]
    is_heard = len(value.type.shape) == 4 and along(value, 2, session.network, scene.sights) in FREQUENCIES
    return worked(path, found, session.origin, session.seen, (*given, *made, None)[0], spectrogram=is_heard)


# --- studies -----------------------------------------------------------------------------------


def _studies(plan: Plan, scene: Scene) -> Iterator[tuple[str, Picture]]:
    studies: dict[str, Callable[[], Picture]] = {
        "health": lambda: _health(scene.session),
        "histograms": lambda: _histograms(plan, scene),
        "equivariance": lambda: _equivariance(scene.session),
        "activation_functions": lambda: _activation_functions(scene.session),
    }
    yield from ((whole_file(kind), draw()) for kind, draw in studies.items() if kind in plan.whole)


def _health(session: Session) -> Picture:
    from netinspect.pictures.kinds.health import health as draw
    from netinspect.torch_backend.gradients import gradients
    from netinspect.torch_backend.health import health

    units = health(session.model, session.network, session.batches())
    return draw(units, gradients(session.model, session.network, session.shown, seed=session.seed), session.origin)


def _histograms(plan: Plan, scene: Scene) -> Picture:
    from netinspect.pictures.kinds.histograms import histograms

    rows = [_row(layer, scene.recorded) for layer in plan.layers if layer.kernels]
    return histograms(rows, scene.session.origin)


def _row(layer: PlannedLayer, recorded: Recorded) -> Row:
    from netinspect.pictures.kinds.histograms import Row, spread

    activation = recorded.activations.get(layer.row.path)
    weight = recorded.kernels[layer.kernels[0].key].values
    return Row(layer.row.path, spread(weight), spread(activation.values) if activation is not None else None)


def _equivariance(session: Session) -> Picture:
    from netinspect.pictures.kinds.equivariance import equivariance as draw
    from netinspect.torch_backend.equivariance import equivariance

    found = equivariance(session.model, session.network, session.shown, memory_limit=session.memory_limit)
    return draw(found, session.origin)


def _activation_functions(session: Session) -> Picture:
    from netinspect.pictures.kinds.activation_functions import Curve, curves
    from netinspect.torch_backend.activation_curves import activation_curves

    found = activation_curves(session.network, session.model)
    origin = session.origin if any(function.learned for function in found) else None
    drawn = curves([Curve(function.name, function.x, function.y, function.layers) for function in found], origin)
    return replace(drawn, description=replace(drawn.description, kind="activation_functions"))
