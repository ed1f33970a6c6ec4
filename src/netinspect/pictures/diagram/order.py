"""The order of the boxes of a panel: its longest way through, the branches beside it, and the column of each box."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise

from netinspect.pictures.diagram.parts import Panel


@dataclass(frozen=True, slots=True)
class Order:
    """Boxes by their index in the panel.

    trunk     the longest way through, or through what a closed block takes first
    chains    all others, as ways in which each feeds the next
    column    of each box: one more than the last column of what feeds it
    edges     (source, target)
    signs     of edges that have one
    places    of edges, among the inputs of the target
    """

    trunk: tuple[int, ...]
    chains: tuple[tuple[int, ...], ...]
    column: dict[int, int]
    edges: tuple[tuple[int, int], ...]
    signs: Mapping[tuple[int, int], str]
    places: Mapping[tuple[int, int], tuple[int, int]]

    @property
    def skips(self) -> tuple[tuple[int, int], ...]:
        """Edges from one box of the trunk to another that is not the next one."""
        at = {box: place for place, box in enumerate(self.trunk)}
        return tuple((a, b) for a, b in self.edges if a in at and b in at and at[b] > at[a] + 1)

    def is_before_trunk(self, chain: tuple[int, ...]) -> bool:
        """Whether what joins a branch and the trunk takes the branch first: then it belongs above the trunk."""
        joins = [b for a, b in self.edges if a == chain[-1]]
        return any(
            self.places[chain[-1], join] < self.places[a, b]
            for join in joins
            for a, b in self.edges
            if b == join and a in self.trunk
        )

    def is_straight(self, a: int, b: int) -> bool:
        """Whether an edge leads from one box of the trunk, or of a branch, to the next in the next column."""
        ways = (self.trunk, *self.chains)
        return self.column[b] == self.column[a] + 1 and any((a, b) in pairwise(way) for way in ways)

    def lines_after(self) -> list[int]:
        """How many lines there are behind each column: those of one source are one."""
        sources: list[set[int]] = [set() for _ in range(max(self.column.values()) + 1)]
        for a, b in self.edges:
            for column in range(self.column[a], self.column[b]):
                sources[column].add(a)
        return [len(lines) for lines in sources]


def order_of(panel: Panel) -> Order:
    """Trunk, branches and columns of a panel."""
    index = {box.key: place for place, box in enumerate(panel.boxes)}
    edges = tuple(sorted((index[edge.source], index[edge.target]) for edge in panel.edges))
    before: dict[int, list[int]] = {place: [] for place in range(len(panel.boxes))}
    after: dict[int, list[int]] = {place: [] for place in range(len(panel.boxes))}
    for a, b in edges:
        before[b].append(a)
        after[a].append(b)
    column: dict[int, int] = {}
    for box, sources in before.items():
        column[box] = max((column[source] + 1 for source in sources), default=0)
    places = {(index[edge.source], index[edge.target]): (edge.place, index[edge.source]) for edge in panel.edges}
    blocks = {place for place, box in enumerate(panel.boxes) if box.block}
    trunk = _trunk(before, column, places, blocks)
    chains = _chains(before, after, set(trunk))
    for chain in chains:
        latest = min((column[box] for box in after[chain[-1]]), default=column[chain[-1]] + 1) - 1
        room = latest - column[chain[-1]]
        if any(len(after[box]) > 1 for box in chain[:-1]) or room <= 0:
            continue
        fed = any(before[box] for box in chain)
        step = room // 2 if fed else room
        for box in chain:
            column[box] += step
    signs = {(index[edge.source], index[edge.target]): edge.sign for edge in panel.edges if edge.sign}
    return Order(trunk, chains, column, edges, signs, places)


def _trunk(
    before: Mapping[int, list[int]], column: Mapping[int, int], places: Mapping[tuple[int, int], tuple[int, int]],
    blocks: Collection[int],
) -> tuple[int, ...]:  # fmt: skip
    """Backwards from the last box to the furthest of what each takes; to what a closed block takes first where that
    does not lead there too."""
    trunk = [max(before, key=lambda box: (column[box], -box))]
    while sources := before[trunk[-1]]:
        furthest = max(sources, key=lambda box: (column[box], -box))
        first = min(sources, key=lambda box: places[box, trunk[-1]])
        leading, waiting = set[int](), [furthest]
        while waiting:
            box = waiting.pop()
            waiting += [source for source in before[box] if source not in leading]
            leading.add(box)
        trunk.append(first if trunk[-1] in blocks and first not in leading else furthest)
    return tuple(reversed(trunk))


def _chains(
    before: dict[int, list[int]], after: dict[int, list[int]], trunk: set[int]
) -> tuple[tuple[int, ...], ...]:  # fmt: skip
    chains: list[list[int]] = []
    ends: dict[int, list[int]] = {}
    for box, sources in before.items():
        if box in trunk:
            continue
        source_chain = next((source for source in sources if source in ends and after[source][0] == box), None)
        chain = ends.pop(source_chain) if source_chain is not None else []
        if source_chain is None:
            chains.append(chain)
        chain.append(box)
        ends[box] = chain
    return tuple(tuple(chain) for chain in chains)


def interval(chain: tuple[int, ...], order: Order) -> tuple[int, int]:
    """The columns that a branch and the lines to and from it take: between those of its fork and its join."""
    inside = set(chain)
    forks = [order.column[a] for a, b in order.edges if b in inside and a not in inside]
    joins = [order.column[b] for a, b in order.edges if a in inside and b not in inside]
    first, last = order.column[chain[0]], order.column[chain[-1]]
    return min([first, *(fork + 1 for fork in forks)]), max([last, *(join - 1 for join in joins)])
