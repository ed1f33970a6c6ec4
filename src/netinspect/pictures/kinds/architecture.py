"""The architecture: the net as feature maps that shrink and grow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from netinspect.pictures.diagram.layout import DEFAULT_WIDTH, layout
from netinspect.pictures.diagram.scene import PIXELS_PER_POINT, Page
from netinspect.pictures.diagram.svg import Ground, svg
from netinspect.pictures.diagram.units import MOST, Weights
from netinspect.pictures.draw.plots import encoded
from netinspect.pictures.draw.text import drawable
from netinspect.pictures.kind import Kind, Plan, Planned
from netinspect.pictures.look import Description, Picture
from netinspect.pictures.page.plate import Plate, vector
from netinspect.pictures.run import Scene

if TYPE_CHECKING:
    from netinspect.pictures.request import Request, Step


def forms(request: Request) -> tuple[str, ...]:
    """The formats, that of the page first. A PDF takes longer than all other pictures together, so it is written if
    asked for."""
    return ("svg", "png", "pdf") if request.everything or request.what is not None else ("svg", "png")


def diagram(plan: Plan) -> Picture:
    """The diagram as a matplotlib Figure with its words. It says nothing of weights, so that none need be loaded."""
    from netinspect.pictures.diagram.ink import ink

    return Picture(ink(_page(plan, "", {}), dark=ground_of(plan) == "dark"), _description(plan, ""))


def ground_of(plan: Plan) -> Ground:
    """What was asked for, else as the viewer prefers."""
    dark = plan.request.looks.dark
    return "viewer" if dark is None else "dark" if dark else "light"


def _page(plan: Plan, remark: str, weights: Weights) -> Page:
    width = plan.request.looks.diagram_width or DEFAULT_WIDTH
    return layout(plan.diagram, drawable(plan.network.name), width, drawable(remark), weights)


def notes(scene: Scene) -> tuple[str, ...]:
    """That the diagram is wider than it was asked to be, where that is so."""
    page, _remark = scene.shared(KIND)
    width = scene.plan.request.looks.diagram_width or DEFAULT_WIDTH
    wider = round(page.width * PIXELS_PER_POINT) - width
    if wider <= 0:
        return ()
    return (f"the diagram is {width + wider:,} pixels wide, {wider:,} more than {width:,}: it cannot be made narrower",)


def _description(plan: Plan, remark: str) -> Description:
    title, totals = plan.network.name, plan.profile.totals
    boxes = sum(1 for layer in plan.layers if layer.row.is_layer)
    alt = (
        f"Architecture of {title}: {boxes} layer{'s' * (boxes != 1)} from the input to the output. "
        f"{totals.params:,} parameters, {totals.macs:,} MACs."
    )
    if not remark:
        return Description("architecture", title, alt, total=boxes)
    return Description("architecture", f"{title} · {remark}", f"{alt} {remark}.", total=boxes)


def _planned(plan: Plan) -> Iterator[tuple[str, str]]:
    for form in forms(plan.request):
        yield f"architecture.{form}", form


def _laid_out(scene: Scene, _step: Step) -> tuple[Page, str]:
    """The page, and where the weights came from where it shows some: the matrices that a checkpoint brings."""
    kernels = scene.recorded.kernels
    learned = {
        layer.file_name(layer.row.path, ""): kernels[key].values.tolist()
        for layer in scene.plan.layers
        for key, shape in layer.weights
        if scene.session.weights is not None and key in kernels and kernels[key].state == "loaded" and len(shape) == 2
        and max(shape) <= MOST
    }  # fmt: skip
    remark = scene.session.remark if learned else ""
    return _page(scene.plan, remark, learned), remark


def _drawn(planned: Planned, scene: Scene) -> Picture | Plate:
    from netinspect.pictures.diagram.ink import ink, raster

    page, remark = scene.shared(KIND)
    description, ground = _description(scene.plan, remark), ground_of(scene.plan)
    if planned.subject == "png":
        return Picture(raster(page, dark=ground == "dark"), description)
    width, height = round(page.width * PIXELS_PER_POINT), round(page.height * PIXELS_PER_POINT)
    if planned.subject == "svg":
        data = svg(page, description.title, description.alt, ground).encode()
    else:
        data = encoded(ink(page, dark=ground == "dark"), planned.subject)
    return vector(planned.file, data, width, height, description)


KIND: Final = Kind(
    name="architecture",
    title="Architecture",
    file="architecture.svg",
    shows="the net as feature maps that shrink and grow",
    more=(
        ("architecture.png", "the same in pixels", "always"),
        ("architecture.pdf", "the same for print, its words as text", "`--all`, or if `--what` names it"),
    ),
    place=10,
    is_of_weights=False,  # it shows only those that a checkpoint brings
    of_network=_planned,
    prepare=_laid_out,
    draw=_drawn,
)
