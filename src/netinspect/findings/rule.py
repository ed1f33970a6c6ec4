"""What a rule is, and the network as rules look at it.

A rule is one module under `rules/` with a `RULE`. It reads shapes and the graph of tensors, never the names of
variables, and what a layer is it asks the layer's catalogue entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netinspect.errors import Diagnostic, Span

if TYPE_CHECKING:
    from netinspect.analysis.figures import Profile, Row
    from netinspect.network.load import SpecFile
    from netinspect.network.network import Call, Network, Value


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that a total may be. `metric` is one of `Totals`; `origin` says where it was set: `budget`,
    `--max-params`, `netinspect.toml`; `span` is its place in the spec, if it stands there."""

    metric: str
    most: int
    origin: str
    span: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A network as rules look at it.

    rows     the profile's row of each call
    makers   by tensor, the call that gives it; inputs and own parameters have none
    users    by tensor, the calls that take it, in order
    results  the tensors that the network returns
    bounds   what its totals may be at most
    file     the spec it was read from: its text, its syntax, the layer types it may use
    """

    network: Network
    profile: Profile
    file: SpecFile
    rows: Mapping[Call, Row]
    makers: Mapping[Value, Call]
    users: Mapping[Value, tuple[Call, ...]]
    results: frozenset[Value]
    bounds: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a code means.

    code        W201; the letter says how serious it is
    title       a few words, as in a list of codes
    why         why it matters, and what to do: a short paragraph
    bad, good   a spec in which it is found, and the same spec mended; "" where a spec alone cannot show it
    is_usual    whether it is looked for unless it is deselected
    options     what the command line has to say for `bad` to show it: `--set classes=5`
    """

    code: str
    title: str
    why: str
    bad: str = ""
    good: str = ""
    is_usual: bool = True
    options: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Explanation):
    """One kind of finding: what its code means, with both examples, and how it is found.

    check       the findings in a network
    is_strict   whether `--strict` looks for it and makes an error of it, as of every warning
    """

    check: Callable[[Subject], Iterable[Diagnostic]]
    is_strict: bool = False


def subject(network: Network, profile: Profile, file: SpecFile, bounds: tuple[Bound, ...] = ()) -> Subject:
    """The network with what rules ask for most often worked out once."""
    users: defaultdict[Value, list[Call]] = defaultdict(list)
    for call in network.calls:
        for value in dict.fromkeys(call.inputs):
            users[value].append(call)
    by_path = {row.path: row for row in profile.root.rows}
    return Subject(
        network=network,
        profile=profile,
        file=file,
        rows={call: by_path[call.path] for call in network.calls},
        makers=network.makers,
        users={value: tuple(calls) for value, calls in users.items()},
        results=frozenset(value for _, value in network.outputs),
        bounds=bounds,
    )
