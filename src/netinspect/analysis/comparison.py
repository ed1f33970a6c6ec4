"""Networks side by side: the figures that are compared, and in which order the networks stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from netinspect.analysis.figures import Profile
from netinspect.errors import InputError

Published = float | int | str


@dataclass(frozen=True, slots=True)
class Contender:
    """A network as it was asked for: the user's own word for it, its profile, and its published `results`."""

    label: str
    profile: Profile
    results: Mapping[str, Published]


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of a network's totals, by its name there."""

    name: str
    title: str

    @property
    def is_bytes(self) -> bool:
        return self.name.endswith("_bytes")


METRICS: Final = (
    Metric("params", "params"),
    Metric("macs", "MACs"),
    Metric("flops", "FLOPs"),
    Metric("param_bytes", "param bytes"),
    Metric("peak_activation_bytes", "peak activations"),
    Metric("saved_activation_bytes", "saved for backward"),
    Metric("layers", "layers"),
    Metric("depth", "depth"),
)
"""What is compared, ratios and all. `Totals` says what each is."""


def figure(contender: Contender, metric: str) -> int:
    """One of `METRICS` of a network."""
    value: int = getattr(contender.profile.totals, metric)
    return value


def inputs_differ(contenders: Sequence[Contender]) -> bool:
    """Whether the networks have inputs of different sizes, which say what MACs, FLOPs and activations are."""
    return len({tuple(each.tensor.shape for each in contender.profile.inputs) for contender in contenders}) > 1


def published(contenders: Sequence[Contender]) -> tuple[str, ...]:
    """The names of the numbers that any of the networks has among its results, in order."""
    names = {name: None for contender in contenders for name, value in contender.results.items() if is_number(value)}
    return tuple(names)


def is_number(value: Published | None) -> bool:
    """Whether a published result is a number, and no word about it."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def ordered(contenders: Sequence[Contender], by: str | None) -> tuple[Contender, ...]:
    """Largest first by one of `METRICS` or a published number; as given without. InputError for another name."""
    if by is None:
        return tuple(contenders)
    name, numbers = by.replace("-", "_"), published(contenders)
    if name in numbers:
        values = [contender.results.get(name) for contender in contenders]
        figures = [value if isinstance(value, int | float) else float("-inf") for value in values]
        order = sorted(range(len(contenders)), key=lambda place: -figures[place])  # what has no figure comes last
        return tuple(contenders[place] for place in order)
    known = [metric.name for metric in METRICS]
    if name not in known:
        raise InputError(f"cannot sort by '{by}': one of {', '.join((*known, *numbers))}")
    return tuple(sorted(contenders, key=lambda contender: -figure(contender, name)))


def pareto_front(costs: Sequence[tuple[float, float]]) -> tuple[int, ...]:
    """Positions of the pairs that no other one beats: none is as low in both figures and lower in one of them.

    By the first figure, the lowest first. Something that is better the higher it is stands here negated. Of equal
    pairs the first is in front.
    """
    front: list[int] = []
    for position in sorted(range(len(costs)), key=lambda position: costs[position]):
        if not front or costs[position][1] < costs[front[-1]][1]:
            front.append(position)
    return tuple(front)
