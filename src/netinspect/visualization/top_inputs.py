"""Top inputs: the files of a data set that drive each kernel most, cut to what it sees of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from netinspect.figures.picture import Look, Picture
from netinspect.figures.top_inputs import Unit, waveform
from netinspect.figures.top_inputs import top_inputs as drawn
from netinspect.network.network import NetworkInput
from netinspect.recording import Array, Prepared, Top, TopInputs
from netinspect.visualization.plan import Plan, PlannedLayer
from netinspect.visualization.request import Request, Step
from netinspect.visualization.session import Session


def top_pictures(plan: Plan, session: Session, request: Request, step: Step) -> Iterator[tuple[str, Picture]]:
    """One picture for each planned layer, with its file. Every process of torchrun finds, the first one draws."""
    layers = {layer.row.path: layer for layer in plan.layers if layer.top_inputs}
    if request.dataset is None or not layers:
        return
    from netinspect.torch_backend.top_inputs import process_rank, top_inputs

    name = request.dataset.resolve().name
    found = top_inputs(
        session.model, plan.network, request.dataset, list(layers), most=request.top_inputs,
        progress=lambda done, total: step(f"{name}: {done} of {total} inputs", 0),
    )  # fmt: skip
    if process_rank()[0]:
        return
    look = Look(max_tiles=request.looks.max_tiles)
    for top in found:
        units = _units(top, request.dataset, plan.network.inputs[0], look.max_tiles)
        yield _file(layers[top.path]), drawn(top.path, units, session.origin, name, top.files, len(top.units), look)


def _file(layer: PlannedLayer) -> str:
    return layer.top_inputs or ""


def _units(top: TopInputs, folder: Path, given: NetworkInput, most: int) -> list[Unit]:
    """The first units with their crops; each file is read once."""
    shown = top.units[:most]
    crops = _crops(folder, given, [one for unit in shown for one in unit])
    return [
        Unit(index, tuple(crops[one] for one in unit), tuple(one.value for one in unit))
        for index, unit in enumerate(shown)
    ]


def _crops(folder: Path, given: NetworkInput, tops: Sequence[Top]) -> dict[Top, Array]:
    from netinspect.torch_backend.inputs import read_input

    by_file: dict[str, list[Top]] = {}
    for top in tops:
        by_file.setdefault(top.file, []).append(top)
    crops: dict[Top, Array] = {}
    for file, own in by_file.items():
        prepared = read_input(folder / file, given, file)
        crops.update((top, _drawable(prepared, top)) for top in own)
    return crops


def _drawable(prepared: Prepared, top: Top) -> Array:
    """A crop as the figure takes it: a picture, a waveform, or a table of numbers."""
    from netinspect.torch_backend.fields import crop

    if prepared.picture is None and prepared.spectrogram is None and prepared.sound is not None and top.box:
        samples = prepared.array[top.sample].reshape(-1)
        return waveform(samples, *top.box[-1 if len(top.box) == 1 else 0])
    cut = crop(prepared, top.sample, top.box)
    if prepared.picture is not None:
        return cut
    while cut.ndim > 2:  # channels of numbers: their mean
        cut = cut.mean(axis=0)
    plane: Array = cut.reshape(-1, cut.shape[-1]) if cut.ndim else cut.reshape(1, 1)
    return plane[::-1] if prepared.spectrogram is not None else plane
