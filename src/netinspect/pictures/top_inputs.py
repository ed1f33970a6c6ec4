"""Top inputs: the files of a data set that drive each kernel most, cut to what it sees of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from netinspect.analysis.receptive_field import sights
from netinspect.network.network import NetworkInput
from netinspect.pictures.draw.tiles import Pixels
from netinspect.pictures.kinds.top_inputs import Data, Unit, kernel_tiles, waveform
from netinspect.pictures.kinds.top_inputs import top_inputs as drawn
from netinspect.pictures.layers import kernel_tensor
from netinspect.pictures.look import Look, Picture
from netinspect.pictures.plan import Plan, PlannedLayer
from netinspect.pictures.request import Request, Step
from netinspect.pictures.run import Session
from netinspect.pictures.scene import Scene, by_name
from netinspect.recording import Array, Prepared, Top, TopInputs


def top_pictures(plan: Plan, session: Session, request: Request, step: Step) -> Iterator[tuple[str, Picture]]:
    """One picture for each planned layer, with its file. Every process of torchrun finds, the first one draws."""
    layers = {layer.row.path: layer for layer in plan.layers if layer.top_inputs}
    if request.dataset is None or not layers:
        return
    from netinspect.torch_backend.top_inputs import process_rank, top_inputs

    name = request.dataset.resolve().name
    found = top_inputs(
        session.model, plan.network, request.dataset, list(layers), most=request.top_inputs,
        progress=lambda done, total: step(f"{name}: {done} of {total} inputs", 0), memory_limit=request.memory_limit,
    )  # fmt: skip
    if process_rank()[0]:
        return
    session.unread.update({f"{name}/{file}": reason for top in found for file, reason in top.unread})
    look = Look(max_tiles=request.looks.max_tiles)
    scene = Scene(session, by_name(session.recording), sights(plan.network), look)
    for top in found:
        layer = layers[top.path]
        tiles, limit = _kernels(layer, min(len(top.units), look.max_tiles), scene) or ([], None)
        units = _units(top, tiles, request.dataset, plan.network.inputs[0], look.max_tiles, request.memory_limit)
        data = Data(name, top.files, len(top.units), limit)
        yield layer.top_inputs or "", drawn(top.path, units, session.origin, data, look)


def _kernels(layer: PlannedLayer, count: int, scene: Scene) -> tuple[list[Pixels], float] | None:
    """The first kernels of a layer as tiles, and their scale; None where they cannot be shown."""
    own = next((one for one in layer.kernels if layer.call and one.key == f"{layer.call.module}.weight"), None)
    if own is None:
        return None
    return kernel_tiles(kernel_tensor(own, layer.call, scene), range(count), scene.look.clip)


def _units(
    top: TopInputs, tiles: Sequence[Pixels], folder: Path, given: NetworkInput, most: int, memory_limit: int | None
) -> list[Unit]:
    """The first units with their crops and kernels; each file is read once."""
    shown = top.units[:most]
    crops = _crops(folder, given, [one for unit in shown for one in unit], memory_limit)
    return [
        Unit(index, tuple(crops[one] for one in unit), tuple(one.value for one in unit),
             tiles[index] if index < len(tiles) else None)
        for index, unit in enumerate(shown)
    ]  # fmt: skip


def _crops(folder: Path, given: NetworkInput, tops: Sequence[Top], memory_limit: int | None) -> dict[Top, Array]:
    from netinspect.inputs.files import read_input

    by_file: dict[str, list[Top]] = {}
    for top in tops:
        by_file.setdefault(top.file, []).append(top)
    crops: dict[Top, Array] = {}
    for file, own in by_file.items():
        prepared = read_input(folder / file, given, file, memory_limit=memory_limit)
        crops.update((top, _drawable(prepared, top)) for top in own)
    return crops


def _drawable(prepared: Prepared, top: Top) -> Array:
    """A crop as the figure takes it: a picture, a waveform, or a table of numbers."""
    from netinspect.inputs.fields import crop

    if prepared.picture is None and prepared.spectrogram is None and prepared.sound is not None and top.box:
        samples = _strongest(prepared.array[top.sample].reshape(-1, prepared.array.shape[-1]))
        return waveform(samples, *top.box[-1 if len(top.box) == 1 else 0])
    cut = crop(prepared, top.sample, top.box)
    if prepared.picture is not None:
        return cut
    while cut.ndim > 2:
        cut = _strongest(cut)
    plane: Array = cut.reshape(-1, cut.shape[-1]) if cut.ndim else cut.reshape(1, 1)
    return plane[::-1] if prepared.spectrogram is not None else plane


def _strongest(channels: Array) -> Array:
    """Of the first axis the value of largest magnitude: the mean of two channels in opposite phase would be nothing."""
    high, low = channels.max(axis=0), channels.min(axis=0)
    strongest: Array = np.where(high >= -low, high, low)
    return strongest
