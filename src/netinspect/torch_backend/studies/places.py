"""Where on the input the queries and keys of an attention stand: the patches of a picture, the tokens of a text.

Up to its first attention a network's cells see parts of the input, which the receptive fields say. From there on every
cell may see everything, and still stands where it stood. So the cells are numbered where their fields are last known,
and the numbers go the way of the values: what moves values, as a window that is cut out or shifted, moves the numbers
by the very function of torch; what computes along other axes keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from netinspect.analysis.receptive_field import Field, Sight, sights, spatial_axes
from netinspect.network.attention import PRODUCTS, attention_paths, written_out
from netinspect.network.network import Call, Network, Value, origins
from netinspect.network.torch_calls import call_arguments, output_places
from netinspect.recording import AttendedPlaces
from netinspect.torch_backend.functions import make_layer, operands, spelled, torch_object

NOWHERE = -1
"""The number of what is no cell of the input, as a class token; what comes from elsewhere has -2, -3 …"""


class Grid(NamedTuple):
    """The cells that are numbered, row by row: of which input, how many along each of its axes, and what they see."""

    input: int
    sizes: tuple[int, ...]
    fields: tuple[Field, ...]


class Cells(NamedTuple):
    """The number of a cell of the grid for every number of a tensor."""

    grid: Grid
    numbers: Tensor


def attended_places(network: Network) -> dict[str, AttendedPlaces]:
    """By the path of attention weights where its queries and keys stand, as far as that is known."""
    cells, others = _cells(network)
    by_softmax = frozenset(written_out(network))
    places = {}
    for call, path in attention_paths(network):
        pair = _of_softmax(call, network, cells) if call in by_softmax else _of_call(call, cells)
        if pair is not None and pair[0].grid == pair[1].grid:
            grid = pair[0].grid
            queries = pair[0].numbers
            keys = pair[1].numbers
            edges = [_edges(size, field) for size, field in zip(grid.sizes, grid.fields, strict=True)]
            sizes = grid.sizes
            present = torch.unique(torch.cat((queries.flatten(), keys.flatten())))
            present = present[present > NOWHERE]
            marks = [torch.unique(at) for at in torch.unravel_index(present.long(), sizes)]
            if torch.Size(map(len, marks)).numel() == len(present):
                edges = [
                    (*(edge[at] for at in mark.tolist()), edge[-1]) for edge, mark in zip(edges, marks, strict=True)
                ]
                queries, keys = (
                    torch.where(
                        numbers <= NOWHERE,
                        numbers,
                        torch.searchsorted(present, numbers.contiguous()).to(numbers.dtype),
                    )
                    for numbers in (queries, keys)
                )
                sizes = tuple(map(len, marks))
            places[path] = AttendedPlaces(grid.input, sizes, tuple(edges), queries.numpy(), keys.numpy(), others)
    return places


def _edges(size: int, field: Field) -> tuple[float, ...]:
    """Where cells end and the next ones begin, half way between their middles, in cells of the input."""
    middles = [(field.low(cell) + field.high(cell) + 1) / 2 for cell in range(size)]
    inner = [(left + right) / 2 for left, right in pairwise(middles)]
    half = (middles[1] - middles[0]) / 2 if size > 1 else (field.high(0) + 1 - field.low(0)) / 2
    return (middles[0] - half, *inner, middles[-1] + half)


# --- numbers that go the way of the values ---------------------------------------------------


def _cells(network: Network) -> tuple[dict[Value, Cells], tuple[str, ...]]:
    """The cells of each tensor, and the origins of what is none: the first has the number NOWHERE."""
    fields = sights(network)
    cells: dict[Value, Cells] = {}
    others = _Others(network.makers, origins(network), {})
    for item in network.inputs:
        _number(cells, item.value, fields[item.value], network)
    with torch.no_grad():
        for call in network.calls:
            for position, value in enumerate(call.outputs):
                if _number(cells, value, fields[value], network):
                    continue
                is_moved = call.entry.effect == "moves"
                carried = _moved(call, position, cells, others) if is_moved else _kept(call, value, cells)
                if carried is not None and carried.numbers.shape == value.type.shape:
                    cells[value] = carried
    return cells, tuple(others.numbers)


class _Others(NamedTuple):
    """The numbers of what is no cell of an input, by the path of what makes it."""

    makers: dict[Value, Call]
    origins: dict[Value, str]
    numbers: dict[str, int]

    def number(self, value: Value) -> int:
        """That of a tensor. What is only moved about, as a class token that is expanded, keeps its own."""
        while value in self.makers and self.makers[value].entry.effect == "moves":
            value = self.makers[value].inputs[0]
        return self.numbers.setdefault(self.origins.get(value, ""), NOWHERE - len(self.numbers))


def _number(cells: dict[Value, Cells], value: Value, sight: Sight, network: Network) -> bool:
    """Numbers a tensor anew that runs along all axes of space of one input, with fields that are known."""
    for index, item in enumerate(network.inputs):
        space = [(index, axis) for axis in spatial_axes(item)]
        axes = [next((at for at in range(value.type.rank) if sight.along(at) == axis), None) for axis in space]
        fields = [sight.fields.get(axis) for axis in space]
        if not space or None in axes or None in fields:
            continue
        sizes = tuple(value.type.shape[axis] for axis in axes if axis is not None)
        numbers = torch.arange(torch.Size(sizes).numel(), dtype=torch.int32).reshape(sizes)
        order = sorted(range(len(axes)), key=lambda at: axes[at] or 0)
        shape = [size if axis in axes else 1 for axis, size in enumerate(value.type.shape)]
        spread = numbers.permute(order).reshape(shape).expand(value.type.shape)
        cells[value] = Cells(Grid(index, sizes, tuple(field for field in fields if field is not None)), spread)
        return True
    return False


def _moved(call: Call, position: int, cells: dict[Value, Cells], others: _Others) -> Cells | None:
    """The same move of the numbers. None where tensors of several grids meet."""
    grids = {cells[value].grid for value in call.inputs if value in cells}
    if len(grids) != 1:
        return None
    numbers = {
        value: cells[value].numbers
        if value in cells
        else torch.full((1,) * value.type.rank, others.number(value), dtype=torch.int32).expand(value.type.shape)
        for value in call.inputs
        if value in cells or value.type.is_float
    }
    if len(numbers) < len(set(call.inputs)):  # a tensor that says where to: its values are not known
        return None
    unnamed, named = call_arguments(call.entry, operands(call, numbers), spelled)
    function = make_layer(call.entry, call.arguments) if call.entry.is_layer else torch_object(call.entry.torch)
    moved = function(*unnamed, **named)
    for place in output_places(call)[position]:
        moved = moved[place]
    return Cells(grids.pop(), moved)


def _kept(call: Call, value: Value, cells: dict[Value, Cells]) -> Cells | None:
    """The numbers of the inputs along the axes that the output still has, those of the first one that has a number."""
    if call.result.reach.windows:
        return None
    kept = [
        Cells(cells[source].grid, numbers)
        for position, source in enumerate(call.inputs)
        if source in cells
        and (numbers := _along(cells[source].numbers, value.type.shape, call if position == 0 else None)) is not None
    ]
    if not kept:
        return None
    grid, numbers = kept[0]
    for other in kept[1:]:
        if other.grid == grid:
            numbers = torch.where(numbers <= NOWHERE, other.numbers, numbers)
    return Cells(grid, numbers)


def _along(numbers: Tensor, shape: tuple[int, ...], call: Call | None) -> Tensor | None:
    """Numbers for a tensor of another shape; None where an axis that tells cells apart has gone or has changed."""
    for axis in range(numbers.dim()):
        start = numbers.narrow(axis, 0, 1)
        is_constant = numbers.stride(axis) == 0 or bool((numbers == start).all())
        numbers = start if is_constant else numbers
    axes = call.result.reach.axes if call is not None else None
    if axes is not None:
        sources = [source[0] if len(source) == 1 else None for source in axes]
        gone = [axis for axis in range(numbers.dim()) if axis not in sources]
        if any(numbers.shape[axis] != 1 for axis in gone):
            return None
        present = [source for source in sources if source is not None]
        numbers = numbers.permute(*present, *gone).reshape([numbers.shape[source] for source in present])
        for axis, source in enumerate(sources):
            numbers = numbers.unsqueeze(axis) if source is None else numbers
    if numbers.dim() > len(shape):
        return None
    numbers = numbers[(None,) * (len(shape) - numbers.dim())]
    units = {"first": 1, "last": len(shape) - 1}.get(call.entry.units or "") if call is not None else None
    for axis, size in enumerate(shape):
        if call is not None and axis == units and numbers.shape[axis] != 1:
            first = numbers.amin(axis, keepdim=True)
            pairs = torch.unique(torch.stack((first.expand_as(numbers).flatten(), numbers.flatten())), dim=1)
            is_apart = len(torch.unique(pairs[0])) > 1 and len(torch.unique(pairs[1])) == pairs.shape[1]
            merged = first if is_apart else None
            if merged is None:
                return None
            numbers = merged
        if numbers.shape[axis] not in (1, size):
            return None
    return numbers.expand(shape)


# --- queries and keys ------------------------------------------------------------------------


def _of_call(call: Call, cells: dict[Value, Cells]) -> tuple[Cells, Cells] | None:
    """Queries and keys of a layer or function that attends: what it is given, or all of the one that it is given."""
    names = [argument.name for argument in call.entry.forward]
    query, key = (call.forward[names.index(name)] if name in names else None for name in ("query", "key"))
    query = query if isinstance(query, Value) else call.inputs[0]
    key = key if isinstance(key, Value) else call.inputs[0]
    if query not in cells or key not in cells or ("query" not in names and len(call.inputs) > 1):
        return None
    return _line(cells[query], query, -2), _line(cells[key], key, -2)


def _of_softmax(call: Call, network: Network, cells: dict[Value, Cells]) -> tuple[Cells, Cells] | None:
    """Queries are the rows of a softmax; keys the columns of the second factor of the product that it is taken of."""
    value, makers = call.inputs[0], network.makers
    for maker in _before(value, makers):
        if maker.entry.name in PRODUCTS and len(maker.inputs) > 1:
            query, key = call.outputs[0], maker.inputs[1]
            if query in cells and key in cells:
                return _line(cells[query], query, -2), _line(cells[key], key, -1)
    return None


def _before(value: Value, makers: dict[Value, Call]) -> Iterator[Call]:
    """The calls that a value comes from, by their first tensors."""
    while value in makers and makers[value].inputs:
        yield makers[value]
        value = makers[value].inputs[0]


def _line(cells: Cells, value: Value, axis: int) -> Cells:
    """The numbers along one axis of a tensor, for each of its samples: (samples, cells)."""
    token = value.type.rank + axis
    sample = next((at for at in value.batch_axes if at != token), 0)
    numbers = cells.numbers.movedim((sample, token), (0, 1))
    return Cells(cells.grid, numbers.flatten(2)[:, :, 0] if numbers.dim() > 2 else numbers)
