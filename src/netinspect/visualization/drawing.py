"""Everything that is drawn for one network, in order, and the files that come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from netinspect.analysis.receptive_field import sights
from netinspect.figures.arrays import npz
from netinspect.figures.gallery import contents
from netinspect.figures.picture import Look, Origin, Picture
from netinspect.figures.plate import Plate, plate
from netinspect.visualization.album import album, arrays, notes
from netinspect.visualization.layers import Recorded, by_name, layer_pictures
from netinspect.visualization.overview import architecture, overview
from netinspect.visualization.plan import Plan
from netinspect.visualization.request import Request, Step
from netinspect.visualization.session import Session, open_session
from netinspect.visualization.top_inputs import top_pictures


@dataclass(frozen=True, slots=True, eq=False)
class Folder:
    """What is to be written, how many figures that is, and what the user should be told."""

    contents: Iterator[tuple[str, bytes]]
    figures: int
    notes: tuple[str, ...]


def drawn(plan: Plan, request: Request, about: str, step: Step) -> Folder | None:
    """Run the network and draw it. None in a process of torchrun that only helps another to find top inputs."""
    from netinspect.torch_backend.top_inputs import process_rank

    rank, _ = process_rank()
    if rank and request.dataset is None:
        return None
    step("running the network", 0)
    session = open_session(plan, request)
    top = list(top_pictures(plan, session, request, step))
    if rank:
        return None
    plates: dict[str, Plate] = {}
    others: dict[str, bytes] = {}
    if "architecture" in plan.whole:
        step("architecture", 1)
        svg, others["architecture.png"] = architecture(plan, session.banner)
        plates[svg.path] = svg
    for file, picture in (*_pictures(plan, session, request), *top):
        step(file, 1)
        plates[file] = plate(picture if session.weights else _not_learned(picture, session.origin), file)
    whole = album(plan, session, request, about, plates)
    saved = [name for name, _ in arrays(plan, session)] if request.save_arrays else []
    return Folder(
        _files(contents(whole, [*others, *saved]), others, plan, session, request), len(plates), notes(session)
    )


def _pictures(plan: Plan, session: Session, request: Request) -> Iterator[tuple[str, Picture]]:
    recorded, seen = by_name(session.recording), sights(plan.network)
    look = _look(plan, request, recorded)
    yield from overview(plan, session, recorded, seen, look, request.unit)
    for layer in plan.layers:
        yield from layer_pictures(layer, session, recorded, seen, look)


def _not_learned(picture: Picture, origin: Origin) -> Picture:
    """The picture, its words saying that nothing was learned also where nothing in it comes from weights."""
    said, words = picture.description, str(origin)
    title = said.title if words in said.title else f"{said.title} · {words}"
    alt = said.alt if words in said.alt else f"{said.alt} {words}."
    return replace(picture, description=replace(said, title=title, alt=alt))


def _look(plan: Plan, request: Request, recorded: Recorded) -> Look:
    looks = request.looks
    look = Look(looks.scale, looks.order, looks.max_tiles, looks.gamma, looks.clip)
    if looks.scale != "network":
        return look
    files = [planned for layer in plan.layers for planned in layer.kernels if planned.file]
    largest = (float(abs(recorded.kernels[planned.key].values).max()) for planned in files)
    return replace(look, network_limit=max((limit for limit in largest if limit < float("inf")), default=0.0))


def _files(
    album_files: Iterator[tuple[str, bytes]], others: dict[str, bytes], plan: Plan, session: Session, request: Request
) -> Iterator[tuple[str, bytes]]:
    yield from others.items()
    if request.save_arrays:
        for name, found in arrays(plan, session):
            yield name, npz(found)
    yield from album_files
