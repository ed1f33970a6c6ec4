"""The order in a panel: its trunk (the longest way through it), the branches beside it, the columns they stand in."""

from __future__ import annotations

from dataclasses import dataclass

from netinspect.pictures.diagram.parts import Panel


@dataclass(frozen=True, slots=True)
class Order:
    """Boxes by their index in the panel.

    trunk     the longest way through
    chains    all others, as ways in which each feeds the next
    column    of each box: one more than the last column of what feeds it
    edges     (source, target)
    """

    trunk: tuple[int, ...]
    chains: tuple[tuple[int, ...], ...]
    column: dict[int, int]
    edges: tuple[tuple[int, int], ...]

    @property
    def skips(self) -> tuple[tuple[int, int], ...]:
        """Edges from one box of the trunk to another that is not the next one."""
        at = {box: place for place, box in enumerate(self.trunk)}
        return tuple((a, b) for a, b in self.edges if a in at and b in at and at[b] > at[a] + 1)

    def is_before_trunk(self, chain: tuple[int, ...]) -> bool:
        """Whether what joins a branch and the trunk takes the branch first: then it belongs above the trunk."""
        joins = [b for a, b in self.edges if a == chain[-1]]
        beside = [a for a, b in self.edges if b in joins and a in self.trunk]
        return bool(beside) and chain[-1] < max(beside)


def order_of(panel: Panel) -> Order:
    """Trunk, branches and columns of a panel."""
    index = {box.key: place for place, box in enumerate(panel.boxes)}
    edges = tuple(sorted((index[edge.source], index[edge.target]) for edge in panel.edges))
    before: dict[int, list[int]] = {place: [] for place in range(len(panel.boxes))}
    after: dict[int, list[int]] = {place: [] for place in range(len(panel.boxes))}
    for a, b in edges:
        before[b].append(a)
        after[a].append(b)
    column = _columns(before)
    trunk = _trunk(before, column)
    chains = _chains(before, after, set(trunk))
    _settle(column, chains, before, after)
    return Order(trunk, chains, column, edges)


def _columns(before: dict[int, list[int]]) -> dict[int, int]:
    column: dict[int, int] = {}
    for box, sources in before.items():
        column[box] = max((column[source] + 1 for source in sources), default=0)
    return column


def _trunk(before: dict[int, list[int]], column: dict[int, int]) -> tuple[int, ...]:
    trunk = [max(before, key=lambda box: (column[box], -box))]
    while before[trunk[-1]]:
        sources = before[trunk[-1]]
        trunk.append(max(sources, key=lambda box: (column[box], -box)))
    return tuple(reversed(trunk))


def _chains(
    before: dict[int, list[int]], after: dict[int, list[int]], trunk: set[int]
) -> tuple[tuple[int, ...], ...]:  # fmt: skip
    chains: list[list[int]] = []
    ends: dict[int, list[int]] = {}
    for box, sources in before.items():
        if box in trunk:
            continue
        own = next((source for source in sources if source in ends and after[source][0] == box), None)
        chain = ends.pop(own) if own is not None else []
        if own is None:
            chains.append(chain)
        chain.append(box)
        ends[box] = chain
    return tuple(tuple(chain) for chain in chains)


def _settle(
    column: dict[int, int], chains: tuple[tuple[int, ...], ...], before: dict[int, list[int]],
    after: dict[int, list[int]],
) -> None:  # fmt: skip
    """Branches shorter than the way beside them move: a source next to what it feeds, others to the middle."""
    for chain in chains:
        latest = min((column[box] for box in after[chain[-1]]), default=column[chain[-1]] + 1) - 1
        room = latest - column[chain[-1]]
        if any(len(after[box]) > 1 for box in chain[:-1]) or room <= 0:
            continue
        fed = any(before[box] for box in chain)
        step = room // 2 if fed else room
        for box in chain:
            column[box] += step


def interval(chain: tuple[int, ...], order: Order) -> tuple[int, int]:
    """The columns that a branch and the lines to and from it take: between those of its fork and its join."""
    inside = set(chain)
    forks = [order.column[a] for a, b in order.edges if b in inside and a not in inside]
    joins = [order.column[b] for a, b in order.edges if a in inside and b not in inside]
    first, last = order.column[chain[0]], order.column[chain[-1]]
    return min([first, *(fork + 1 for fork in forks)]), max([last, *(join - 1 for join in joins)])


def cuts(order: Order) -> list[int]:
    """Columns after which a row may end: only the trunk's own line goes on from there."""
    last = max(order.column.values())
    crossing = [0] * (last + 1)
    for a, b in order.edges:
        for column in range(order.column[a], order.column[b]):
            crossing[column] += 1
    return [column for column in range(last) if crossing[column] <= 1]
