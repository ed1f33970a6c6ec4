"""Earlier states of networks, and what is to be said of how they changed.

A state comes from a JSON document that `summary`, `compare` or `check` wrote, from another spec, or from a commit of
git, whose files are read as they lie in its database: nothing is checked out, and nothing of them is run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from netinspect.analysis.baseline import (
    Changes,
    Increase,
    Limit,
    Pair,
    Snapshot,
    changes,
    increases,
    paired,
    shares_a_folder,
    snapshot,
)
from netinspect.analysis.stored import MAX_BYTES, is_document, snapshots
from netinspect.analysis.text import change as percentage
from netinspect.analysis.text import thousands, total_text
from netinspect.errors import Diagnostic, InputError, Span
from netinspect.findings import Finding, Selection
from netinspect.findings.selection import ignores, ignoring
from netinspect.git import Commit, commit, contents, places
from netinspect.language import Source, decoded
from netinspect.language.recognition import SUFFIXES, looks_like_a_spec
from netinspect.language.source import open_without_waiting, read_at_most
from netinspect.network.load import spec_file
from netinspect.reading import Reading, Settings, networks_of, read, read_file, read_networks, selection_for

GIT: Final = "git:"
"""How a baseline begins that is a commit: `git:main`."""

_LAYERS_NAMED: Final = 3
_COUNTED_BY_LAYER: Final = {
    "params": "params", "trainable_params": "params", "param_bytes": "params",
    "macs": "macs", "flops": "macs", "backward_macs": "macs",
}  # fmt: skip
"""Totals that are sums over layers, and the figure of a layer that they rise with."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a baseline holds.

    states     of the networks that are right
    broken     files and networks in it that are broken, by title: there is no state of them
    name       of a document or spec, which has to be about the networks; None for a commit, which may lack them all
    findings   what is to be said of a spec that is the baseline
    """

    states: tuple[Snapshot, ...]
    broken: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Networks against their earlier states.

    pairs       in the order of the networks; `changes` are those of each pair, None for a new network
    passed      the limits that each one passes
    unknown     whether its earlier state is broken, so that no limit tells anything of it, though there are limits
    unreadable  titles of the networks whose earlier state is broken: they are not new
    removed     earlier states that no network has any more
    """

    pairs: tuple[Pair, ...]
    changes: tuple[Changes | None, ...]
    passed: tuple[tuple[Increase, ...], ...]
    unknown: tuple[bool, ...]
    unreadable: frozenset[str]
    removed: tuple[Snapshot, ...]
    notes: tuple[str, ...]


def compared(
    states: Sequence[Snapshot], earlier: Earlier, allowed: tuple[Limit, ...], *, whole_files: bool = True
) -> Comparison:
    """Networks against their earlier states. InputError where they cannot be compared.

    `whole_files`: all networks of their files are there, so that a variant that is not was removed.
    """
    # the earlier state of a broken file is there, so the network is not new, nor another one's new name
    broken_files = set(earlier.broken) - {state.source for state in earlier.states}
    unreadable = frozenset(
        state.title for state in states if state.source in broken_files or state.title in earlier.broken
    )
    readable = {state.title: state for state in states if state.title not in unreadable}  # one named twice counts once
    pairs, removed = paired(earlier.states, tuple(readable.values()))
    is_strange = bool(pairs and earlier.states) and all(pair.old is None for pair in pairs)
    if earlier.name is not None and is_strange and whole_files and not shares_a_folder(earlier.states, states):
        raise InputError(
            f"the baseline {earlier.name} holds none of these networks, nor others of their folders: it has "
            f"{earlier.states[0].title}, and not {states[0].title}"
        )
    by_title = {pair.new.title: pair for pair in pairs}
    all_pairs = tuple(by_title.get(state.title, Pair(None, state)) for state in states)
    if not whole_files:
        files = {state.source for pair in all_pairs for state in (pair.old, pair.new) if state is not None}
        removed = tuple(state for state in removed if state.source not in files)
    differences = tuple(changes(pair.old, pair.new) if pair.old is not None else None for pair in all_pairs)
    passed = tuple(increases(difference, allowed) if difference is not None else () for difference in differences)
    unknown = tuple(bool(allowed) and state.title in unreadable for state in states)
    reported = {state.title for state, is_unknown in zip(states, unknown, strict=True) if is_unknown}  # as a finding
    broken = [title for title in earlier.broken if title not in reported]
    notes = tuple(f"{title} is broken in the baseline, so it is not compared" for title in broken)
    return Comparison(all_pairs, differences, passed, unknown, unreadable, removed, (*notes, *_notes(pairs, removed)))


def _notes(pairs: Sequence[Pair], removed: Sequence[Snapshot]) -> Iterator[str]:
    """What is new, renamed or gone, a line a file where that is true of all its networks: told, and no mistake."""
    if len(pairs) == 1 and not removed and pairs[0].old is not None:
        return  # one network and one state belong together whatever they are called; the heading names both
    fates: dict[str, dict[str, list[Snapshot]]] = {}
    for pair in pairs:
        fate = "is new: it is not in the baseline" if pair.old is None else ""
        if pair.old is not None and pair.is_renamed:
            earlier = pair.old.source if pair.old.variant == pair.new.variant else pair.old.title
            is_copy = pair.old.source != pair.new.source and Path(pair.old.source).is_file()
            fate = f"was {earlier} in the baseline"
            if is_copy:
                fate = f"is not in the baseline, and is compared with {earlier} there"
        fates.setdefault(pair.new.source, {}).setdefault(fate, []).append(pair.new)
    for state in removed:
        fates.setdefault(state.source, {}).setdefault("is in the baseline alone", []).append(state)
    for source, networks in fates.items():
        for fate, states in networks.items():
            if fate and len(networks) == 1:
                yield f"{source} {fate}"
            elif fate:
                yield from (f"{state.title} {fate}" for state in states)


# --- findings --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a network stands: its spec, the line of its input, and which findings are looked for there."""

    source: Source
    input_span: Span | None
    selection: Selection


def place_of(reading: Reading, settings: Settings) -> Place:
    """The place of a network that was read from a spec."""
    assert reading.file is not None
    assert reading.network is not None
    return Place(reading.file.source, reading.network.inputs[0].value.span, selection_for(reading.file, settings))


def increase_findings(comparison: Comparison, places: Sequence[Place]) -> tuple[tuple[Finding, ...], ...]:
    """For each network what rose too far (E604) and what cannot be compared (E605), but for what is ignored there."""
    everything = zip(comparison.pairs, comparison.changes, comparison.passed, comparison.unknown, places, strict=True)
    return tuple(
        tuple(
            Finding(diagnostic, "error", place.source, pair.new.source, pair.new.variant)
            for diagnostic in _diagnostics(change, passed, place.input_span, is_unknown=is_unknown)
            if place.selection.takes(diagnostic.code) and not ignoring(ignores(place.source))(diagnostic)
        )
        for pair, change, passed, is_unknown, place in everything
    )


def _diagnostics(
    change: Changes | None, passed: Sequence[Increase], span: Span | None, *, is_unknown: bool
) -> Iterator[Diagnostic]:
    if is_unknown:
        message = "no total can be compared with the baseline: the network is broken there"
        help = "compare with a commit in which it is right; where it is meant: `# netinspect: ignore[E605] why`"
        yield Diagnostic("E605", message, span, help=help)
    for increase in passed:
        assert change is not None
        metric = increase.limit.metric
        if increase.is_comparable:  # `params rose by 12.3%, from 1,000 to 1,123; 5% is allowed`
            rise = total_text(metric, increase.new - increase.old)
            by = percentage(increase.old, increase.new).removeprefix("+") or rise
            allowed = f"{increase.limit.text} is allowed" if increase.limit.text else "no increase is allowed"
            before, now = (total_text(metric, number) for number in (increase.old, increase.new))
            if before == now:
                before, now = thousands(increase.old), thousands(increase.new)
            message = f"{metric} rose by {by}, from {before} to {now}; {allowed}"
            yield Diagnostic("E604", message, note=_culprits(metric, change) or None)
            continue
        old, new = (
            ", ".join("×".join(map(str, shape[1:])) or "1" for shape in state.inputs or ())
            for state in (change.old, change.new)
        )
        sizes = ",".join(map(str, (change.old.inputs or ((1, 1),))[0][1:]))
        at_old_size = f"netinspect compare {change.new.title} --input-shape {sizes} --baseline …"
        yield Diagnostic(
            "E605",
            f"{metric} cannot be compared with the baseline: the input was {old} and is {new}",
            span,
            note=f"{metric} was {total_text(metric, increase.old)} and is {total_text(metric, increase.new)}",
            help=f"compare at the old size: `{at_old_size}`; where it is meant: `# netinspect: ignore[E605] why`",
        )


def _culprits(metric: str, change: Changes) -> str:
    """The layers that did most of it: `conv3 +1,179,648 (new), conv1 +864`."""
    figure = _COUNTED_BY_LAYER.get(metric)
    if figure is None:
        return ""
    if not change.old.layers:  # else every layer would look new
        return "the baseline does not hold its layers"
    rises = [(layer.delta(figure), layer) for layer in change.layers if layer.delta(figure) > 0]
    rises.sort(key=lambda pair: -pair[0])
    words = [
        f"{layer.layer.title} +{thousands(rise)}{' (new)' if layer.kind == 'added' else ''}"
        for rise, layer in rises[:_LAYERS_NAMED]
    ]
    if not words:
        return ""
    others = len(rises) - len(words)
    return f"most of it: {', '.join(words)}{f' and {others} more' if others else ''} ({figure})"


# --- where states come from ------------------------------------------------------------------


def earlier_states(
    reference: str,
    settings: Settings,
    files: Iterable[Path],
    roots: Sequence[Path] = (),
    *,
    whole_files: bool = True,
) -> Earlier:
    """The states of a baseline: a JSON document, a spec, `-` for either on standard input, or `git:REF`.

    A spec is counted for the batch size and dtype of the comparison, but with its own vars and inputs; of `whole_files`
    with all variants. Of a commit the specs `files` are read, and those that lie below the folders `roots`. InputError
    where it cannot be read.
    """
    settings = replace(settings, assignments=(), input_shapes=(), bounds=(), optimizer=None)
    if reference.startswith(GIT):
        return _of_commit(reference.removeprefix(GIT), settings, set(files), roots)
    data = _bytes(reference)
    if data is None:
        readings = read_networks(reference, settings) if whole_files else [read(reference, settings)]
        return _of_readings(reference, readings)
    name = "<stdin>" if reference == "-" else reference
    try:
        text = decoded(data)
    except UnicodeDecodeError:
        if reference.endswith(".json"):
            raise InputError(f"{name} is neither UTF-8 text nor UTF-16 with a byte order mark") from None
    else:
        if reference.endswith(".json") or is_document(text):
            return Earlier(snapshots(text, name), name=name)
    file = spec_file(Source.from_bytes(name, data), layers=settings.layers)
    networks = networks_of(file) if whole_files else (file,)
    return _of_readings(name, (read_file(name, each, settings) for each in networks))


def _of_readings(name: str, readings: Iterable[Reading]) -> Earlier:
    """The states of a spec's networks. SpecError where one is broken: there is nothing to compare with."""
    states: list[Snapshot] = []
    findings: list[Finding] = []
    for reading in readings:
        if reading.failure is not None:
            raise reading.failure
        assert reading.profile is not None
        states.append(snapshot(reading.profile))
        findings += reading.findings
    return Earlier(tuple(states), (), tuple(findings), name)


def _bytes(reference: str) -> bytes | None:
    """What a file or standard input holds; None for `file:variant` and names of the gallery."""
    try:
        if reference == "-":
            if sys.stdin is None or sys.stdin.closed:
                raise InputError("standard input is closed; pipe the baseline in, or name a file")
            data = read_at_most(MAX_BYTES, sys.stdin.buffer.read)
        else:
            path = Path(reference)
            if not path.exists() or path.is_dir():
                return None
            with open(path, "rb", buffering=0, opener=open_without_waiting) as file:
                data = read_at_most(MAX_BYTES, file.read)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"the baseline {reference} cannot be read: {reason}") from None
    if len(data) > MAX_BYTES:
        raise InputError(f"the baseline {reference} is too large: at most {MAX_BYTES // 2**20} MiB")
    return data


# --- git -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stored:
    """A file of a commit, what it is called now, and whether there is a spec of that name now."""

    label: str
    commit: Commit
    name: str
    is_checked: bool


def _of_commit(ref: str, settings: Settings, files: set[Path], roots: Sequence[Path]) -> Earlier:
    """The networks of a commit that lie where the present ones lie or below `roots`, each in its own repository."""
    if not files and not roots:
        raise InputError(f"--baseline {GIT}{ref}: none of the specs is a file that git could know")
    commits: dict[Path, Commit] = {}
    stored: list[_Stored] = []
    for file in sorted(files):
        for top, name in places(file):
            commits[top] = commits.get(top) or commit(top, ref, of=str(file))
            target = commits[top].file(name)
            if target is not None:
                stored.append(_Stored(str(file), commits[top], target, is_checked=True))
                break
    known = {(each.commit.top, each.name) for each in stored}
    for root in roots:
        top, name = places(root)[0]
        commits[top] = commits.get(top) or commit(top, ref, of=str(root))
        for below in commits[top].below(name):
            # by its name, as when specs are looked for in a folder: nothing hidden
            if not below.lower().endswith(SUFFIXES) or any(part.startswith(".") for part in below.split("/")):
                continue
            target = commits[top].file(f"{name}/{below}")
            if target is not None and (top, target) not in known:
                known.add((top, target))
                stored.append(_Stored(str(root / below), commits[top], target, is_checked=False))
    return _states(stored, settings)


def _states(stored: Sequence[_Stored], settings: Settings) -> Earlier:
    """A file that is checked now is read whatever it looked like; another one where it is meant as a spec."""
    data: dict[tuple[Path, str], bytes] = {}
    for each in {file.commit.top: file.commit for file in stored}.values():
        names = sorted({file.name for file in stored if file.commit is each})
        data |= {(each.top, name): content for name, content in contents(each, names).items()}
    states: list[Snapshot] = []
    broken: list[str] = []
    for file in stored:
        content = data[file.commit.top, file.name]
        if not file.is_checked and not looks_like_a_spec(content):
            continue
        try:
            spec = spec_file(Source.from_bytes(file.label, content), layers=settings.layers)
        except InputError:
            broken.append(file.label)
            continue
        for network in networks_of(spec):
            reading = read_file(file.label, network, settings)
            if reading.network is not None and reading.profile is not None:
                states.append(snapshot(reading.profile))
            else:
                broken.append(f"{file.label}:{network.variant}" if network.variant else file.label)
    return Earlier(tuple(states), tuple(broken))
