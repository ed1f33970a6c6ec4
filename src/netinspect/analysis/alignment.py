"""Which layer of one network is which of another: by path, then by type and shape.

A path that ends in a name (`layer1.0.conv1`) is the author's word for a layer. One that ends in a number is a place
in a list, which a new line above moves; it says who is who only where the shapes agree too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from netinspect.analysis.figures import Profile

Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """One row of a network, as far as networks are compared by it. Shapes carry the batch."""

    path: str
    type: str
    input_shapes: Shapes
    output_shapes: Shapes
    params: int
    trainable_params: int
    shared_params: int
    macs: int

    @property
    def is_named(self) -> bool:
        """Whether its own name is a word, and no place in a list."""
        return not self.path.rpartition(".")[2].isdigit()

    @property
    def title(self) -> str:
        """Its path, with its type where the path ends in a mere number: `conv1`, `4 Linear`."""
        return self.path if self.is_named else f"{self.path} {self.type}"

    @property
    def shapes(self) -> tuple[Shapes, Shapes]:
        return self.input_shapes, self.output_shapes


def layers_of(profile: Profile) -> tuple[Layer, ...]:
    """The rows of a profile."""
    return tuple(
        Layer(
            path=row.path,
            type=row.type,
            input_shapes=tuple(tensor.shape for tensor in row.inputs),
            output_shapes=tuple(tensor.shape for tensor in row.outputs),
            params=row.params,
            trainable_params=row.trainable_params,
            shared_params=row.shared_params,
            macs=row.macs,
        )
        for row in profile.rows
    )


Key = Callable[[Layer], Hashable | None]


def _same_place(layer: Layer) -> Hashable:
    return (layer.path, layer.type) if layer.is_named else (layer.path, layer.type, layer.shapes)


def _same_kind_and_cost(layer: Layer) -> Hashable:
    return layer.type, layer.shapes, layer.params + layer.shared_params


def _same_kind(layer: Layer) -> Hashable:
    return layer.type, layer.shapes


def _same_path_and_type(layer: Layer) -> Hashable:
    return layer.path, layer.type


def _same_path(layer: Layer) -> Hashable:
    return layer.path if layer.is_named else (layer.path, layer.output_shapes)


_PASSES: Final[tuple[Key, ...]] = (_same_place, _same_kind_and_cost, _same_kind, _same_path_and_type, _same_path)
"""What makes two layers the same one, from the surest sign to the weakest; each is asked of what is left."""


def match(old: Sequence[Layer], new: Sequence[Layer], *, by_place: bool = False) -> dict[int, int]:
    """For each layer of `new` that is one of `old` (by position): which. No layer is matched twice.

    `by_place`: at last, two layers of one type that stand between the same neighbours are one, whatever else changed.
    """
    matches: dict[int, int] = {}
    for key in _PASSES:
        _match(matches, [key(layer) for layer in old], [key(layer) for layer in new])
    if by_place:
        same = {position: position for position in matches.values()}
        old_places = [(place, layer.type) for place, layer in zip(_places(len(old), same), old, strict=True)]
        new_places = [(place, layer.type) for place, layer in zip(_places(len(new), matches), new, strict=True)]
        _match(matches, old_places, new_places)
    return matches


def _match(matches: dict[int, int], old: Sequence[Hashable], new: Sequence[Hashable]) -> None:
    """Add pairs of what has the same key, in order, to those that are found."""
    taken = set(matches.values())
    waiting: defaultdict[Hashable, list[int]] = defaultdict(list)
    for position in reversed(range(len(old))):
        if position not in taken:
            waiting[old[position]].append(position)
    for position, key in enumerate(new):
        if position not in matches and waiting.get(key):
            matches[position] = waiting[key].pop()


def _places(total: int, matches: dict[int, int]) -> Iterator[int]:
    """For each position the last matched layer before it, by its position in the old network."""
    last = -1
    for position in range(total):
        last = matches.get(position, last)
        yield last


def aligned(networks: Sequence[Sequence[Layer]]) -> tuple[tuple[Layer | None, ...], ...]:
    """The layers of several networks in rows, one place a network, None where it has no such layer.

    The first network's order holds; what another has beside stands after its neighbour there.
    """
    rows: list[list[Layer | None]] = [[layer] for layer in networks[0]]
    for number, network in enumerate(networks[1:], 1):
        firsts = [next(layer for layer in row if layer is not None) for row in rows]
        # A further network's own layers stand behind the row in which its layer before them stands.
        matches = match(firsts, network)
        by_row = {row: network[position] for position, row in matches.items()}
        behind: defaultdict[int, list[Layer]] = defaultdict(list)
        last = -1
        for position, layer in enumerate(network):
            if position in matches:
                last = max(last, matches[position])
            else:
                behind[last].append(layer)
        merged = []
        for position in range(-1, len(rows)):
            if position >= 0:
                merged.append([*rows[position], by_row.get(position)])
            merged += ([*[None] * number, layer] for layer in behind.get(position, ()))
        rows = merged
    return tuple(tuple(row) for row in rows)
