"""A network against an earlier state of itself: what changed, layer by layer and in total.

The earlier state is a `Snapshot`: of a profile, or of a JSON document that `summary` or `compare` wrote.

`--fail-on-increase params,macs=5%` says how much a network may cost more. It is compared exactly, with whole numbers: a
percentage is a fraction, never a float.
"""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from netinspect.analysis.alignment import Layer, layers_of, match
from netinspect.analysis.figures import Profile, ReceptiveField
from netinspect.errors import InputError
from netinspect.language.numbers import parse_bytes, parse_count

COUNTED: Final = (
    "params", "trainable_params", "buffers", "macs", "flops", "backward_macs", "param_bytes", "buffer_bytes",
    "peak_activation_bytes", "saved_activation_bytes", "layers", "depth",
)  # fmt: skip
"""The totals that are compared; `Totals` says what each is."""

Kind = Literal["changed", "renamed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A network's figures at one time. `totals` follow `COUNTED`; None for one that the document lacks.

    `inputs` are the shapes of its inputs, batch included; None where they are not known, as a document may lack
    `whole_field`.
    """

    name: str
    source: str
    variant: str | None
    batch_size: int
    dtype: str
    totals: tuple[int | None, ...]
    receptive_field: ReceptiveField
    whole_field: ReceptiveField | Literal["unknown"]
    layers: tuple[Layer, ...]
    inputs: tuple[tuple[int, ...], ...] | None = None

    @property
    def title(self) -> str:
        """`net.yaml:wide`."""
        return f"{self.source}:{self.variant}" if self.variant else self.source

    def total(self, metric: str) -> int | None:
        """One of `COUNTED`."""
        return self.totals[COUNTED.index(metric)]


@dataclass(frozen=True, slots=True)
class Change:
    """A layer that is not what it was. `old` is None for an added one, `new` for a removed one.

    `resized` says that an input of the network has other sizes than it had.
    """

    kind: Kind
    old: Layer | None
    new: Layer | None
    resized: bool = False

    @property
    def layer(self) -> Layer:
        """The layer as it is, or as it was last."""
        layer = self.new or self.old
        assert layer is not None
        return layer

    @property
    def is_told(self) -> bool:
        """Whether it is worth a line: a layer without parameters that only moved, or whose sizes follow, is not."""
        if self.old is None or self.new is None:
            return True
        if self.kind == "renamed":
            return bool(self.new.params or self.new.shared_params)
        return _told(self.old, with_macs=self.has_comparable_macs) != _told(
            self.new, with_macs=self.has_comparable_macs
        )

    @property
    def has_comparable_macs(self) -> bool:
        """Whether a difference of MACs says something of the layer, and not only of another input."""
        return (
            not self.resized or self.old is None or self.new is None or self.old.input_shapes == self.new.input_shapes
        )

    def delta(self, metric: str) -> int:
        """By how much `params` or `macs` rose; 0 for MACs that cannot be compared."""
        if metric == "macs" and not self.has_comparable_macs:
            return 0
        return _of(self.new, metric) - _of(self.old, metric)


@dataclass(frozen=True, slots=True)
class Changes:
    """Two states of a network and what lies between them: totals that differ, layers that do."""

    old: Snapshot
    new: Snapshot
    totals: tuple[str, ...]
    layers: tuple[Change, ...]

    @property
    def resized(self) -> bool:
        """Whether an input has other sizes than it had: what depends on them cannot be compared."""
        return _is_resized(self.old, self.new)

    @property
    def fields(self) -> tuple[tuple[ReceptiveField, ReceptiveField], tuple[ReceptiveField, ReceptiveField]]:
        """`receptive_field` and `whole_field` as they were and as they are; one that is not known has not changed."""
        old, new = self.old.whole_field, self.new.whole_field
        before, after = (new if old == "unknown" else old), (old if new == "unknown" else new)
        if before == "unknown" or after == "unknown":
            before = after = None
        return (self.old.receptive_field, before), (self.new.receptive_field, after)

    @property
    def is_empty(self) -> bool:
        return not self.totals and not self.layers and self.fields[0] == self.fields[1]


def snapshot(profile: Profile) -> Snapshot:
    """The state that a profile tells of."""
    return Snapshot(
        name=profile.name,
        source=profile.source,
        variant=profile.variant,
        batch_size=profile.batch_size,
        dtype=profile.dtype,
        totals=tuple(getattr(profile.totals, name) for name in COUNTED),
        receptive_field=profile.totals.receptive_field,
        whole_field=profile.totals.whole_field,
        layers=layers_of(profile),
        inputs=tuple(network_input.tensor.shape for network_input in profile.inputs),
    )


def changes(old: Snapshot, new: Snapshot) -> Changes:
    """What lies between two states. InputError where they cannot be compared: another batch size or dtype."""
    for what, was, now in (("batch size", old.batch_size, new.batch_size), ("dtype", old.dtype, new.dtype)):
        if was != now:
            option = what.replace(" ", "-")
            raise InputError(f"the baseline was made for a {what} of {was}, not {now}; add --{option} {was}")
    differing = tuple(
        name
        for name in COUNTED
        if None not in (old.total(name), new.total(name)) and old.total(name) != new.total(name)
    )
    has_layers = old.layers or not old.total("layers")  # a document of `check` tells totals only
    layers = tuple(_layer_changes(old, new)) if has_layers else ()
    return Changes(old, new, differing, layers)


@dataclass(frozen=True, slots=True)
class Pair:
    """A network and its earlier state, None for a new one."""

    old: Snapshot | None
    new: Snapshot

    @property
    def is_renamed(self) -> bool:
        return self.old is not None and self.old.title != self.new.title


def paired(old: Sequence[Snapshot], new: Sequence[Snapshot]) -> tuple[tuple[Pair, ...], tuple[Snapshot, ...]]:
    """Each network with its own earlier state, and the earlier states that no network has any more.

    A state belongs to a network by source and variant; where none does, the baseline was made in another folder, and
    the longest common ending of their paths decides. Of those left over, a file was renamed if one of its networks
    has the same totals in both, and then all its variants go with it; at last the name that an author gave decides.
    One file and one file, one network and one state belong together whatever they are called.
    """
    earlier: dict[int, int] = {}
    _pair(earlier, [place(state) for state in old], [place(network) for network in new])
    _pair(earlier, [_place_behind_links(state) for state in old], [_place_behind_links(network) for network in new])
    if not earlier:
        _pair_by_ending(earlier, old, new)
    _pair(earlier, [_structure(state) for state in old], [_structure(network) for network in new])
    moved = {new[position].source: old[state].source for position, state in earlier.items()}
    if len({state.source for state in old}) == len({network.source for network in new}) == 1:
        moved = {new[0].source: old[0].source}
    _pair(
        earlier,
        [(state.source, state.variant) for state in old],
        [(moved.get(network.source), network.variant) for network in new],
    )
    _pair(earlier, [_given_name(state) for state in old], [_given_name(network) for network in new])
    if len(old) == len(new) == 1:
        earlier[0] = 0
    used = set(earlier.values())
    pairs = tuple(
        Pair(old[earlier[position]] if position in earlier else None, network) for position, network in enumerate(new)
    )
    return pairs, tuple(state for position, state in enumerate(old) if position not in used)


def _pair(earlier: dict[int, int], old: Sequence[Hashable], new: Sequence[Hashable]) -> None:
    """Add to `earlier` (new position to old) what has a key that only one on either side has; None is no key."""
    taken = set(earlier.values())
    states: dict[Hashable, list[int]] = {}
    networks: dict[Hashable, list[int]] = {}
    for position, key in enumerate(old):
        if position not in taken:
            states.setdefault(key, []).append(position)
    for position, key in enumerate(new):
        if position not in earlier:
            networks.setdefault(key, []).append(position)
    for key, positions in networks.items():
        if key is not None and len(positions) == len(states.get(key, ())) == 1:
            earlier[positions[0]] = states[key][0]


def place(state: Snapshot) -> Hashable:
    """Its file, however the path to it is written, and its variant."""
    return os.path.abspath(_path(state)), state.variant  # noqa: PTH100  links are not followed: they may be new


def _place_behind_links(state: Snapshot) -> Hashable:
    return os.path.realpath(_path(state)), state.variant


def _path(state: Snapshot) -> str:
    """A document may come from Windows."""
    return state.source.replace("\\", "/")


def shares_a_folder(old: Sequence[Snapshot], new: Sequence[Snapshot]) -> bool:
    """Whether a file of one side is called like one of the other, or lies in a folder that is."""
    last, others = ({part for state in states for part in _parts(state)[:2]} for states in (old, new))
    return not last.isdisjoint(others)


def _parts(state: Snapshot) -> tuple[str, ...]:
    """The parts of its path, the name of the file first."""
    return Path(os.path.abspath(_path(state))).parts[::-1]  # noqa: PTH100


def _pair_by_ending(earlier: dict[int, int], old: Sequence[Snapshot], new: Sequence[Snapshot]) -> None:
    """`/ci/build/specs/net.yaml` is `specs/net.yaml`: the longest ending first, where no other file has it too."""
    was, now = ({state.source: _parts(state) for state in states} for states in (old, new))
    moved: dict[str, str] = {}
    for length in range(max(map(len, now.values()), default=0), 0, -1):
        ends: dict[tuple[str, ...], tuple[list[str], list[str]]] = {}
        for side, files in enumerate((was, now)):
            for source, parts in files.items():
                if len(parts) >= length:
                    ends.setdefault(parts[:length], ([], []))[side].append(source)
        for sources, targets in ends.values():
            if len(sources) == len(targets) == 1:
                moved[targets[0]] = sources[0]
                del was[sources[0]], now[targets[0]]
    _pair(
        earlier,
        [(state.source, state.variant) for state in old],
        [(moved.get(network.source), network.variant) for network in new],
    )


def _structure(state: Snapshot) -> Hashable:
    """All of its totals: a document need not hold the layers."""
    return state.totals, state.inputs, state.receptive_field


def _given_name(state: Snapshot) -> Hashable:
    """The name that the spec has, if it has one: a variant is called by its own name, a nameless spec by its file."""
    return None if state.name in (state.variant, state.source) else (state.name, state.variant)


def _is_resized(old: Snapshot, new: Snapshot) -> bool:
    return None not in (old.inputs, new.inputs) and old.inputs != new.inputs


def _layer_changes(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """In the new order; what was removed stands behind the layer that came before it."""
    old, new, resized = before.layers, after.layers, _is_resized(before, after)
    matches = match(old, new, by_place=True)
    kept = {was: now for now, was in matches.items()}
    # The removed layers by the new position of the last kept one before them; -1 for the start.
    behind: dict[int, list[int]] = {}
    last = -1
    for position in range(len(old)):
        if position in kept:
            last = kept[position]
        else:
            behind.setdefault(last, []).append(position)
    yield from (Change("removed", old[was], None) for was in behind.get(-1, ()))
    for position, layer in enumerate(new):
        earlier = old[matches[position]] if position in matches else None
        if earlier is None:
            yield Change("added", None, layer)
        elif earlier != layer:
            moved = earlier.path != layer.path and _told(earlier) == _told(layer) and earlier.shapes == layer.shapes
            yield Change("renamed" if moved else "changed", earlier, layer, resized)
        yield from (Change("removed", old[was], None) for was in behind.get(position, ()))


def _told(layer: Layer, *, with_macs: bool = True) -> tuple[str, int, int, int, int]:
    """All of a layer but its path and its sizes."""
    macs = layer.macs if with_macs else 0
    return layer.type, layer.params, layer.trainable_params, layer.shared_params, macs


def _of(layer: Layer | None, metric: str) -> int:
    if layer is None:
        return 0
    return layer.params if metric == "params" else layer.macs


# --- how much a network may cost more ------------------------------------------------------------


_PERCENT: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?%")


@dataclass(frozen=True, slots=True)
class Limit:
    """A metric of `COUNTED` and what it may rise by: a part of what it was, `share / of`, or an amount.

    `text` is as written, "" where nothing is allowed.
    """

    metric: str
    share: int
    of: int
    amount: int
    text: str


@dataclass(frozen=True, slots=True)
class Increase:
    """A limit that is passed; or, where an input was resized, one that cannot be compared."""

    limit: Limit
    old: int
    new: int
    is_comparable: bool = True


OF_THE_INPUT: Final = frozenset({"macs", "flops", "backward_macs", "peak_activation_bytes", "saved_activation_bytes"})
"""What grows with the input, whatever the network."""


def limits(text: str) -> tuple[Limit, ...]:
    """`params,macs=5%,param_bytes=64KiB` as limits. InputError for what is none, and for nothing at all."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise InputError("--fail-on-increase names no metric; write it as in --fail-on-increase params,macs=5%")
    parsed = tuple(_limit(part) for part in parts)
    twice = {limit.metric for limit in parsed if sum(limit.metric == other.metric for other in parsed) > 1}
    if twice:
        raise InputError(f"--fail-on-increase: {min(twice)} is given twice")
    return parsed


def _limit(part: str) -> Limit:
    name, equals, allowed = (piece.strip() for piece in part.partition("="))
    metric = name.replace("-", "_")
    if metric not in COUNTED:
        raise InputError(f"--fail-on-increase: unknown metric '{name}': one of {', '.join(COUNTED)}")
    if not equals:
        return Limit(metric, 0, 1, 0, "")
    percent = _PERCENT.fullmatch(allowed)
    if percent is not None:
        decimals = percent[2] or ""
        return Limit(metric, int(percent[1] + decimals), 100 * 10 ** len(decimals), 0, allowed)
    try:
        amount = parse_bytes(allowed) if metric.endswith("_bytes") else parse_count(allowed)
    except InputError as error:
        raise InputError(f"--fail-on-increase {part}: {error}; or a percentage, such as {name}=5%") from None
    return Limit(metric, 0, 1, amount, allowed)


def increases(changes: Changes, allowed: tuple[Limit, ...]) -> tuple[Increase, ...]:
    """The limits that are passed, or that cannot be compared. InputError where the baseline lacks a figure."""
    passed = []
    for limit in allowed:
        old, new = changes.old.total(limit.metric), changes.new.total(limit.metric)
        if old is None or new is None:
            raise InputError(f"the baseline does not tell {limit.metric}, so no increase of it can be seen")
        if changes.resized and limit.metric in OF_THE_INPUT:
            passed.append(Increase(limit, old, new, is_comparable=False))
        elif (new - old - limit.amount) * limit.of > old * limit.share:
            passed.append(Increase(limit, old, new))
    return tuple(passed)
