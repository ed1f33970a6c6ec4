"""The inputs of a data set that drive each unit most, found in one pass over the files.

Only the best so far are kept, so the data set may be larger than memory. Run by torchrun, every process takes its share
of the files and all get the whole result, the same as one process gets: each file is a batch of its own and one
thread computes it, so that no number depends on what else was read. Files that cannot be read are left out and told.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import distributed, nn

from netinspect.analysis.receptive_field import Sight, sights
from netinspect.errors import InputError, Unfinished, Unreadable
from netinspect.inputs.fields import unit_box
from netinspect.inputs.files import data_files, none_readable, read_input
from netinspect.network.axes import unit_axes
from netinspect.network.network import Call, Network, NetworkInput
from netinspect.recording import SAMPLES_AT_ONCE, Array, Prepared, Top, TopInputs
from netinspect.torch_backend.batches import batch
from netinspect.torch_backend.record import find_call, samples_at_once
from netinspect.torch_backend.watching import Arguments, device_of, outputs_of, run, watched

Progress = Callable[[int, int], None]
"""Told how many files of how many are done."""


@dataclass(frozen=True, slots=True, eq=False)
class _Best:
    """The best so far of one layer, each (units, most): values, file numbers, samples, places in the flat map."""

    values: Array
    files: Array
    samples: Array
    places: Array

    @classmethod
    def empty(cls, units: int, most: int) -> _Best:
        nothing = np.zeros((units, most), dtype=np.int64)
        return cls(np.full((units, most), -np.inf), nothing - 1, nothing, nothing)

    def joined(self, other: _Best) -> _Best:
        """The best of both: the highest values, and of equal ones the earlier file's."""
        most = self.values.shape[1]
        values, files = np.hstack([self.values, other.values]), np.hstack([self.files, other.files])
        order = np.lexsort((files, -values), axis=1)[:, :most]
        columns = (values, files, np.hstack([self.samples, other.samples]), np.hstack([self.places, other.places]))
        return _Best(*(np.take_along_axis(part, order, axis=1) for part in columns))


def top_inputs(
    model: nn.Module, network: Network, folder: str | Path, paths: Collection[str], *, most: int = 9,
    progress: Progress | None = None, memory_limit: int | None = None,
) -> tuple[TopInputs, ...]:  # fmt: skip
    """For every unit of the calls at `paths` the `most` files in `folder` with the highest output anywhere in the map.

    One maximum a file. InputError for a network of several inputs, a path without units, a file that does not fit,
    and where none can be read.
    """
    if len(network.inputs) != 1:
        raise InputError(f"top inputs need a network of one input; this has {len(network.inputs)}")
    files, axes = data_files(folder), unit_axes(network)
    calls = [find_call(network, path) for path in paths]
    for call in calls:
        if axes[call.outputs[0]] is None:
            raise InputError(f"`{call.path}` has no axis of units, so nothing drives one of them")
    units = {call: axes[call.outputs[0]] or 0 for call in calls}
    at_once = samples_at_once(network, SAMPLES_AT_ONCE, memory_limit=memory_limit)
    data = _Data(Path(folder), files, network.inputs[0], at_once, memory_limit)
    with _sharing() as (rank, ranks), _one_thread():
        mine = range(rank, len(files), ranks)
        best = _stream(model, network, data, mine, units, most, progress)
        best = {call: _merged(parts, ranks) for call, parts in best.items()}
        unread = _gathered_unread(data.unread, ranks)
    if len(unread) == len(files):
        raise none_readable({f"{data.folder.resolve().name}/{file}": reason for file, reason in unread.items()})
    fields, left_out = sights(network), tuple(sorted(unread.items()))
    tops = {call: _tops(best[call], call, units[call], files, network, fields[call.outputs[0]]) for call in calls}
    return tuple(TopInputs(call.path, len(files) - len(unread), tops[call], left_out) for call in calls)


# --- one pass --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Data:
    """The files of a data set by number; `unread` are those that could not be read when they were met, and why."""

    folder: Path
    files: tuple[str, ...]
    network_input: NetworkInput
    at_once: int
    memory_limit: int | None
    unread: dict[str, str] = field(default_factory=dict)

    def parts(self, number: int) -> Iterator[tuple[int, Prepared]]:
        """A file's samples, a few at a time with the number of the first; none of what cannot be read."""
        name = self.files[number]
        try:
            prepared = read_input(self.folder / name, self.network_input, name, memory_limit=self.memory_limit)
        except Unreadable as failure:
            self.unread[name] = failure.reason
            return
        for first in range(0, len(prepared.array), self.at_once):
            array = prepared.array[first : first + self.at_once]
            yield first, Prepared(prepared.input, prepared.source, array, prepared.axes)


def _stream(
    model: nn.Module, network: Network, data: _Data, mine: range, units: dict[Call, int], most: int,
    progress: Progress | None,
) -> dict[Call, _Best]:  # fmt: skip
    best = {call: _Best.empty(call.outputs[0].type.shape[axis], most) for call, axis in units.items()}
    device = device_of(model)
    parts: dict[Call, list[_Best]] = {}
    here = [0, 0]  # the file's number, and its first sample in this run

    def after(call: Call, _given: Arguments, returned: Any) -> None:
        if call in units:
            parts.setdefault(call, []).append(_maxima(outputs_of(call, returned)[0], units[call], *here))

    with watched(model, network, after), torch.no_grad():
        for done, number in enumerate(mine, 1):
            parts.clear()
            for first, part in data.parts(number):
                here[:] = number, first
                run(model, batch(network, [part], device))
            for call, bests in parts.items():
                # One maximum for each unit: the highest of a file's parts, the earliest of equal ones
                values = np.hstack([part.values for part in bests])
                choice = values.argmax(axis=1)[:, None]
                columns = zip(*((p.values, p.files, p.samples, p.places) for p in bests), strict=True)
                strongest = _Best(*(np.take_along_axis(np.hstack(column), choice, axis=1) for column in columns))
                best[call] = best[call].joined(strongest)
            if progress is not None:
                progress(done, len(mine))
    return best


def _maxima(output: torch.Tensor, axis: int, file: int, first: int) -> _Best:
    """The highest value of each unit, (units, 1), with the sample and the place in the map where it stands."""
    by_unit = output.detach().float().movedim(axis, 0).flatten(1).nan_to_num(nan=-np.inf).cpu().numpy()
    flat = by_unit.argmax(axis=1)  # the first of equal ones
    places = by_unit.shape[1] // output.shape[0]
    values = by_unit[np.arange(len(flat)), flat].astype(np.float64)
    columns = (values, np.full(len(flat), file), first + flat // places, flat % places)
    return _Best(*(column[:, None] for column in columns))


def _tops(
    best: _Best, call: Call, axis: int, files: Sequence[str], network: Network, sight: Sight
) -> tuple[tuple[Top, ...], ...]:
    shape = call.outputs[0].type.shape
    space = [size for place, size in enumerate(shape) if place not in (0, axis)]

    def top(unit: int, rank: int) -> Top:
        cell = tuple(int(i) for i in np.unravel_index(int(best.places[unit, rank]), space)) if space else ()
        rest = iter(cell)
        index = [0 if place == 0 else unit if place == axis else next(rest) for place in range(len(shape))]
        box = unit_box(sight, network.inputs[0], index)
        value, file = float(best.values[unit, rank]), files[int(best.files[unit, rank])]
        return Top(value, file, int(best.samples[unit, rank]), cell, box)

    return tuple(
        tuple(top(unit, rank) for rank in range(best.values.shape[1]) if np.isfinite(best.values[unit, rank]))
        for unit in range(len(best.values))
    )


# --- several processes -----------------------------------------------------------------------


def process_rank() -> tuple[int, int]:
    """This process's number and how many there are, as torchrun says; (0, 1) for a process by itself."""
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


@contextmanager
def _sharing() -> Iterator[tuple[int, int]]:
    """This process's number and how many there are, joined in a group of torch.distributed."""
    rank, ranks = process_rank()
    if ranks == 1:
        yield 0, 1
        return
    is_ours = not distributed.is_initialized()
    if is_ours:
        distributed.init_process_group("gloo")
    try:
        yield rank, ranks
    finally:
        if is_ours:
            distributed.destroy_process_group()


def _merged(best: _Best, ranks: int) -> _Best:
    """The best of all processes, in every one of them."""
    if ranks == 1:
        return best
    parts = [_gathered(part, ranks) for part in (best.values, best.files, best.samples, best.places)]
    merged = _Best.empty(*best.values.shape)
    for rank in range(ranks):
        merged = merged.joined(_Best(*(part[rank] for part in parts)))
    return merged


def _gathered(part: Array, ranks: int) -> list[Array]:
    tensor = torch.as_tensor(np.ascontiguousarray(part))
    gathered = [torch.empty_like(tensor) for _ in range(ranks)]
    with _others_told_of():
        distributed.all_gather(gathered, tensor)
    return [tensor.numpy() for tensor in gathered]


def _gathered_unread(unread: dict[str, str], ranks: int) -> dict[str, str]:
    """What no process could read, in every one of them."""
    if ranks == 1:
        return unread
    gathered: list[dict[str, str]] = [{}] * ranks
    with _others_told_of():
        distributed.all_gather_object(gathered, unread)
    return {file: reason for reasons in gathered for file, reason in reasons.items()}


@contextmanager
def _others_told_of() -> Iterator[None]:
    """Unfinished where another process is gone; what stopped it, it says itself."""
    try:
        yield
    except RuntimeError as failure:
        raise Unfinished("another process stopped before its share of the files was done") from failure


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
