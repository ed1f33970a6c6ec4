"""Everything that is drawn for one network, in order, and the files that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.analysis.receptive_field import sights
from netinspect.folders import write_file, write_folder
from netinspect.pictures.album import album, arrays, notes
from netinspect.pictures.draw.colour import percentile
from netinspect.pictures.draw.plots import in_house_style
from netinspect.pictures.layers import layer_pictures
from netinspect.pictures.look import Look, Picture
from netinspect.pictures.overview import architecture, overview
from netinspect.pictures.page.manifest import contents
from netinspect.pictures.page.plate import Plate, plates, stamped
from netinspect.pictures.plan import DIAGRAM_SVG, Plan, the_picture
from netinspect.pictures.request import Request, Step
from netinspect.pictures.run import Given, Session, open_session
from netinspect.pictures.scene import Recorded, Scene, by_name
from netinspect.pictures.top_inputs import top_pictures


@dataclass(frozen=True, slots=True, eq=False)
class Folder:
    """What is to be written, how many figures that is, and what the user should be told."""

    contents: Iterator[tuple[str, bytes]]
    figures: int
    notes: tuple[str, ...]


@in_house_style()
def drawn(plan: Plan, request: Request, about: str, step: Step, given: Given | None = None) -> Folder | None:
    """Run the network and draw it. None in a process of torchrun that only helps another to find top inputs."""
    from netinspect.torch_backend.top_inputs import process_rank

    rank, _ = process_rank()
    if rank and request.dataset is None:
        return None
    step("running the network", 0)
    session = open_session(plan, request, given)
    top = list(top_pictures(plan, session, request, step))
    if rank:
        return None
    diagram = architecture(plan, session.banner or str(session.origin)) if "architecture" in plan.whole else ()
    drawing = chain(pictures(plan, session, request), top, diagram)  # it last: other threads have most to do then
    made = {plate.path: plate for plate in plates(_told(drawing, session, step))}
    others = {file: made.pop(file).data for file in plan.diagrams if file in made and file != DIAGRAM_SVG}
    whole = album(plan, session, request, about, made)
    saved = [name for name, _ in arrays(plan, session)] if request.save_arrays else []
    return Folder(_files(contents(whole, [*others, *saved]), others, plan, session, request), len(made), notes(session))


def write_drawn(folder: Folder, plan: Plan, request: Request) -> Path:
    """Write what was drawn, the folder or the one picture, whole or not at all; what to open of it."""
    if request.is_picture:
        picture = the_picture(plan, request)
        write_file(request.output, next(data for name, data in folder.contents if name == picture), force=request.force)
        return request.output
    write_folder(request.output, folder.contents, force=request.force)
    return request.output / "index.html"


def pictures(plan: Plan, session: Session, request: Request) -> Iterator[tuple[str, Picture]]:
    """Each figure with its file, in the page's order, the architecture and top inputs apart."""
    recorded = by_name(session.recording)
    scene = Scene(session, recorded, sights(plan.network), _look(plan, request, recorded))
    yield from overview(plan, scene, request.unit)
    for layer in plan.layers:
        yield from layer_pictures(layer, scene)


def _told(
    drawing: Iterable[tuple[str, Picture | Plate]], session: Session, step: Step
) -> Iterator[tuple[str, Picture | Plate]]:
    """Each picture as it is drawn, saying that nothing was learned where that is so."""
    for file, picture in drawing:
        step(file, 1)
        if isinstance(picture, Plate) or session.weights is not None:
            yield file, picture
        else:
            yield file, stamped(picture, str(session.origin))


def _look(plan: Plan, request: Request, recorded: Recorded) -> Look:
    looks = request.looks
    look = Look(looks.scale, looks.order, looks.max_tiles, looks.gamma, looks.clip)
    if looks.scale != "network":
        return look
    files = [planned for layer in plan.layers for planned in layer.kernels if planned.file]
    limits = (percentile(recorded.kernels[planned.key].values, look.clip) for planned in files)
    return replace(look, network_limit=max(limits, default=0.0))


def _files(
    album_files: Iterator[tuple[str, bytes]], others: dict[str, bytes], plan: Plan, session: Session, request: Request
) -> Iterator[tuple[str, bytes]]:
    yield from others.items()
    if request.save_arrays:
        for name, found in arrays(plan, session):
            yield name, npz(found)
    yield from album_files


# --- arrays ----------------------------------------------------------------------------------


def npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """An uncompressed archive. Every name gives one array, whatever it is called."""
    from zipfile import ZIP_STORED, ZipFile, ZipInfo

    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
    return stream.getvalue()
