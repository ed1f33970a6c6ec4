"""Everything that is drawn for one network, and the folder that comes of it: pictures, page, manifest, arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np

from netinspect.analysis.fold import equal_sections
from netinspect.analysis.text import field_sizes, input_sizes, output_sizes, tensors_sizes, thousands
from netinspect.folders import write_file, write_folder
from netinspect.language.prepared_sizes import empty_bands_in_words
from netinspect.pictures.diagram.svg import svg
from netinspect.pictures.draw.plots import in_house_style
from netinspect.pictures.draw.text import cannot_draw
from netinspect.pictures.kind import Plan, Planned
from netinspect.pictures.kinds import all_kinds, architecture, output
from netinspect.pictures.look import Picture
from netinspect.pictures.page.album import Album, AnswerEntry, LayerEntry
from netinspect.pictures.page.manifest import contents
from netinspect.pictures.page.plate import Plate, plates, stamped
from netinspect.pictures.plan import INPUTS, OUTPUTS, OVER_TIME, the_picture
from netinspect.pictures.request import Step
from netinspect.pictures.run import OUTPUT, InMemory, Scene, Session, open_session, scene_of
from netinspect.recording import Array, Loaded
from netinspect.version import VERSION

NAMED: Final = 3
"""So many files that could not be read are named."""

SECONDS: Final = "frames.seconds"
"""In the archive, when each frame starts. No output has a name with a point in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Folder:
    """What is to be written, how many pictures that is, what the user should know, what a trained network answers."""

    contents: Iterator[tuple[str, bytes]]
    figures: int
    notes: tuple[str, ...]
    answers: tuple[str, ...]


@in_house_style()
def drawn(plan: Plan, about: str, step: Step, in_memory: InMemory | None = None) -> Folder | None:
    """Run the network and draw it. None in a process of torchrun that only helps another with what they share."""
    from netinspect.torch_backend.studies.top_inputs import process_rank

    is_helper = process_rank()[0] > 0
    kinds = dict.fromkeys(planned.kind for planned in plan.pictures)
    if is_helper and not any(kind.is_shared for kind in kinds):
        return None
    step("running the network", 0)
    scene = scene_of(plan, open_session(plan, in_memory), step)
    for kind in kinds:
        if kind.is_shared:
            scene.shared(kind)
    if is_helper:
        return None
    # what is no PNG is drawn last: other threads have most to do then
    order = sorted(plan.pictures, key=lambda planned: not planned.file.endswith(".png"))
    by_file = {plate.path: plate for plate in plates(_drawing(order, scene))}
    in_order = {file: by_file[file] for file in plan.files}
    other_forms = {file: in_order.pop(file).data for file in plan.forms}
    saved = [name for name, _ in arrays(plan, scene)] if plan.request.save_arrays else []
    files = contents(album(plan, scene, about, in_order), [*other_forms, *saved])
    sentences = [answer.sentence for answer in _answers(scene).values()] if output.about(scene).is_trained else []
    every_file = _files(files, other_forms, plan, scene)
    return Folder(every_file, len(in_order), notes(scene), tuple(filter(None, sentences)))


def write_drawn(folder: Folder, plan: Plan) -> Path:
    """Write what was drawn, the folder or the one picture, whole or not at all; what to open of it."""
    request = plan.request
    if request.is_picture:
        picture = the_picture(plan)
        write_file(request.output, next(data for name, data in folder.contents if name == picture), force=request.force)
        return request.output
    write_folder(request.output, folder.contents, force=request.force)
    return request.output / "index.html"


def _drawing(pictures: Iterable[Planned], scene: Scene) -> Iterator[tuple[str, Picture | Plate]]:
    """Each picture as it is drawn, saying that nothing was learned where that is so and it shows what comes of it."""
    session = scene.session
    for planned in pictures:
        picture = planned.kind.draw(planned, scene)
        scene.step(planned.file, 1)
        if isinstance(picture, Plate) or session.weights is not None or not planned.kind.is_of_weights:
            yield planned.file, picture
        else:
            yield planned.file, stamped(picture, str(session.origin))


def _files(
    album_files: Iterator[tuple[str, bytes]], other_forms: Mapping[str, bytes], plan: Plan, scene: Scene
) -> Iterator[tuple[str, bytes]]:
    yield from other_forms.items()
    if plan.request.save_arrays:
        for name, saved in arrays(plan, scene):
            yield name, npz(saved)
    yield from album_files


# --- the album -----------------------------------------------------------------------------------


def album(plan: Plan, scene: Scene, about: str, plates: Mapping[str, Plate]) -> Album:
    """What the page and the manifest say, with the plates by file."""
    session = scene.session
    of_network = {
        planned.file: planned
        for planned in plan.pictures
        if planned.layer is None and planned.file in plates and planned.kind is not output.KIND
    }
    diagram = [file for file, planned in of_network.items() if planned.kind.name == "architecture"]
    other_forms = {planned.file: planned.kind.name for planned in plan.pictures if planned.file in plan.forms}
    totals, named = plan.profile.totals, len(plan.profile.inputs) > 1
    weights = session.weights.title if session.weights is not None else f"random, seed {session.seed}"
    facts = (
        ("input", ", ".join(input_sizes(item, named=named) for item in plan.profile.inputs)),
        ("parameters", thousands(totals.params)),
        ("MACs", thousands(totals.macs)),
        ("layers", thousands(totals.layers)),
        ("weights", weights),
        ("shown", session.input_title),
    )
    return Album(
        name=plan.network.name,
        about=about,
        facts=facts,
        banner=session.banner,
        diagram=tuple(plates[file] for file in diagram),
        overview=tuple(plates[file] for file in of_network if file not in diagram),
        layers=tuple(_layer_entries(plan, plates)),
        settings=_settings(plan, session),
        notes=notes(scene),
        forms=tuple(file for file, kind in other_forms.items() if kind == "architecture"),
        moving=tuple(file for file, kind in other_forms.items() if kind == "convolution"),
        titles={kind.name: kind.title for kind in all_kinds().values()},
        answers=tuple(_answer_entries(scene, plates)),
        linked_diagram=_linked_diagram(scene, plates),
        ground=architecture.ground_of(plan),
    )


def _answers(scene: Scene) -> Mapping[str, output.Answer]:
    """What every output says, by its name, where that is drawn."""
    answers: Mapping[str, output.Answer] = scene.shared(output.KIND) if output.KIND.name in scene.plan.kinds else {}
    return answers


def _answer_entries(scene: Scene, plates: Mapping[str, Plate]) -> Iterator[AnswerEntry]:
    about, answers = output.about(scene), _answers(scene)
    for planned in scene.plan.pictures:
        if planned.kind is output.KIND:
            answer = answers[planned.subject]
            rows = zip(answer.rows, answer.text_rows, strict=True)
            written = tuple((name, figure, measure, text) for (name, figure, measure), (_, text) in rows)
            yield AnswerEntry(plates[planned.file], answer.output, about.source, about.is_trained, written)


def notes(scene: Scene) -> tuple[str, ...]:
    """What must be said of the network, its weights and its inputs, and of the diagram."""
    session = scene.session
    weights = (*session.weights.notes, *_extra(session.weights)) if session.weights is not None else ()
    mel = (item.preprocess.get("log_mel") for item in session.network.inputs)
    bands = (empty_bands_in_words(settings) for settings in mel if settings is not None)
    inputs = (note for prepared in session.samples for note in prepared.notes)
    run = (*_not_finite(session), *_left_out(session.unread))
    wide = architecture.notes(scene) if architecture.KIND.name in scene.plan.kinds else ()
    said = (*session.network.notes, *filter(None, bands), *weights, *inputs, *run, *wide)
    drawn = (session.network.name, session.input_title, session.weights.title if session.weights is not None else "")
    return tuple(dict.fromkeys((*said, *cannot_draw(drawn))))


def _extra(weights: Loaded) -> Iterator[str]:
    if weights.extra:
        count = "1 tensor" if len(weights.extra) == 1 else f"{len(weights.extra):,} tensors"
        names = ", ".join(f"`{name}`" for name in weights.extra[:8])
        rest = f" and {len(weights.extra) - 8:,} more" if weights.extra[8:] else ""
        yield f"{weights.source} holds {count} that the network lacks: {names}{rest}"


def _not_finite(session: Session) -> Iterator[str]:
    """Where numbers stop being finite: in an input, or with which layer."""
    inputs = [(p.source, p.array) for p in session.samples if p.array.dtype.kind == "f"]
    bad = [(source, array.size - int(np.isfinite(array).sum()), array.size) for source, array in inputs]
    first = session.recording.not_finite
    if any(count for _, count, _ in bad):
        source, count, values = next(entry for entry in bad if entry[1])
        yield f"{count:,} of {values:,} values of {source} are not finite (NaN or infinite)"
    elif first is not None:
        outputs = [values for _, values in session.recording.outputs if values.dtype.kind == "f"]
        count = sum(values.size - int(np.isfinite(values).sum()) for values in outputs)
        total = sum(values.size for values in outputs)
        share = f"{first.count:,} of its {first.values:,} values"
        after = f"{count:,} of {total:,} values of the output are not finite" if count else "the output is finite"
        yield f"{first.what} from `{first.path}` ({first.type}) on: {share}; {after}"


def _left_out(unread: Mapping[str, str]) -> Iterator[str]:
    """What is said of files that could not be read: how many, the first few with the reason."""
    if unread:
        first = "; ".join(f"{file}: {unread[file]}" for file in sorted(unread)[:NAMED])
        count = "1 file cannot be read and is" if len(unread) == 1 else f"{len(unread):,} files cannot be read and are"
        more = f"; and {len(unread) - NAMED:,} more" if len(unread) > NAMED else ""
        yield f"{count} left out: {first}{more}"


def _layer_entries(plan: Plan, plates: Mapping[str, Plate]) -> Iterator[LayerEntry]:
    equal = equal_sections(plan.profile)
    for layer in plan.layers:
        row, block = layer.row, ""
        if row.path in equal:
            section, earlier = equal[row.path]
            block = f"{section.path} {section.title}, made like {earlier.path}"
        kernel = "×".join(map(str, row.kernel)) if row.kernel else ""
        pictures = tuple(plates[planned.file] for planned in plan.of(layer))
        layer_type, stem = f"{row.type} {kernel}".rstrip(), layer.file_name(row.path, "")
        known = (
            ("in", tensors_sizes(row.inputs) if row.inputs else ""),
            ("out", output_sizes(row.outputs, is_layer=row.is_layer)),
            ("parameters", thousands(row.params) if row.params else ""),
            ("shared with", row.shared_with or ""),
            ("MACs", thousands(row.macs) if row.macs else ""),
            ("sees", field_sizes(row.receptive_field)),
        )
        layer_facts = tuple(fact for fact in known if fact[1])
        yield LayerEntry(stem, row.path, row.title, layer_type, layer_facts, pictures, block)


def _linked_diagram(scene: Scene, plates: Mapping[str, Plate]) -> str:
    """The architecture whose boxes lead to the layers that have pictures; "" where no layer has any."""
    plan = scene.plan
    links = frozenset(layer.file_name(layer.row.path, "") for layer in plan.layers if any(plan.of(layer)))
    plate = plates.get("architecture.svg")
    if not links or plate is None:
        return ""
    said = plate.description
    page, _remark = scene.shared(architecture.KIND)
    return svg(page, said.title, said.alt, architecture.ground_of(plan), links)


def _settings(plan: Plan, session: Session) -> tuple[tuple[str, Any], ...]:
    """Plain data for the manifest: no absolute paths, no time."""
    loaded, request = session.weights, plan.request
    weights = None if loaded is None else {
        "file": loaded.source, "match": loaded.match, "complete": loaded.is_complete,
        "tensors": {tensor.key: tensor.state for tensor in loaded.tensors},
    }  # fmt: skip
    return (
        ("netinspect", VERSION),
        ("source", plan.network.source),
        ("variant", plan.network.variant),
        ("weights", weights),
        ("set", dict(request.assignments)),
        ("input_shapes", {name: list(sizes) for name, sizes in request.input_shapes}),
        ("inputs", [{"name": p.input, "source": p.source, "noise": p.is_noise} for p in session.samples]),
        ("seed", request.seed),
        ("layers", request.layers),
        ("look", asdict(request.looks)),
    )


# --- arrays --------------------------------------------------------------------------------------


def arrays(plan: Plan, scene: Scene) -> Iterator[tuple[str, dict[str, Array]]]:
    """Names of `data/*.npz` with the arrays in them: what was drawn, layer by layer, and in and out."""
    session, recorded = scene.session, scene.recorded
    yield INPUTS, {prepared.input: prepared.array for prepared in session.samples}
    for layer in plan.layers:
        saved = {key: recorded.kernels[key].values for key in layer.parameters}
        for planned in plan.of(layer):
            saved |= planned.kind.arrays(planned, recorded)
        if saved:
            yield layer.arrays, saved
    yield OUTPUTS, {name or OUTPUT: values for name, values in session.recording.outputs}
    if plan.is_framed:
        _, seconds = session.framed
        outputs = {name or OUTPUT: values for name, values in session.frame_outputs.items()}
        yield OVER_TIME, {**outputs, SECONDS: np.array(seconds)} if seconds else outputs


def npz(arrays: Mapping[str, Array]) -> bytes:
    """An uncompressed archive. Every name gives one array, whatever it is called."""
    from zipfile import ZIP_STORED, ZipFile, ZipInfo

    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
    return stream.getvalue()
