"""Earlier states of networks, and what is to be said of how they changed.

A state comes from a JSON document that `summary`, `compare` or `check` wrote, from another spec, or from a commit of
git, whose files are read as they lie in its database: nothing is checked out, and nothing of them is run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from netinspect.analysis.baseline import Changes, Pair, Snapshot, changes, paired, snapshot
from netinspect.analysis.increase import Increase, Limit, increases
from netinspect.analysis.stored import MAX_BYTES, is_document, snapshots
from netinspect.analysis.text import byte_size, thousands
from netinspect.analysis.text import change as percentage
from netinspect.errors import Diagnostic, InputError, Span
from netinspect.findings import Finding, Selection
from netinspect.findings.selection import ignores
from netinspect.language import Source
from netinspect.language.source import open_without_waiting, read_at_most
from netinspect.network.load import spec_file
from netinspect.reading import Reading, Settings, networks_of, read, read_file, read_networks, selection_for

GIT: Final = "git:"
"""How a baseline begins that is a commit: `git:main`."""

_SUFFIXES: Final = (".yaml", ".yml")
_LAYERS_NAMED: Final = 3
_COUNTED_BY_LAYER: Final = {
    "params": "params", "trainable_params": "params", "param_bytes": "params",
    "macs": "macs", "flops": "macs", "backward_macs": "macs",
}  # fmt: skip
"""Totals that are sums over layers, and the figure of a layer that they rise with."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The states a baseline holds, notes on what of it could not be read, and what is to be said of a spec."""

    states: tuple[Snapshot, ...]
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Networks against their earlier states.

    pairs      in the order of the networks; `changes` are those of each pair, None for a new network
    passed     the limits that each one passes
    removed    earlier states that no network has any more
    """

    pairs: tuple[Pair, ...]
    changes: tuple[Changes | None, ...]
    passed: tuple[tuple[Increase, ...], ...]
    removed: tuple[Snapshot, ...]
    notes: tuple[str, ...]


def compared(
    states: Sequence[Snapshot], earlier: Earlier, allowed: tuple[Limit, ...], *, whole_files: bool = True
) -> Comparison:
    """Networks against their earlier states. InputError where they cannot be compared.

    `whole_files`: all networks of their files are there, so that a variant that is not was removed.
    """
    pairs, removed = paired(earlier.states, states)
    if not whole_files:
        files = {state.source for pair in pairs for state in (pair.old, pair.new) if state is not None}
        removed = tuple(state for state in removed if state.source not in files)
    differences = tuple(changes(pair.old, pair.new) if pair.old is not None else None for pair in pairs)
    passed = tuple(increases(one, allowed) if one is not None else () for one in differences)
    return Comparison(pairs, differences, passed, removed, (*earlier.notes, *_notes(pairs, removed)))


def _notes(pairs: Sequence[Pair], removed: Sequence[Snapshot]) -> Iterator[str]:
    """What is new, renamed or gone, a line a file where that is true of all its networks: told, and no mistake."""
    if len(pairs) == 1 and not removed and pairs[0].old is not None:
        return  # one network and one state belong together whatever they are called
    fates: dict[str, dict[str, list[Snapshot]]] = {}
    for pair in pairs:
        fate = "is new: it is not in the baseline" if pair.old is None else ""
        if pair.old is not None and pair.is_renamed:
            fate = f"was {pair.old.source} in the baseline"
            if pair.old.variant != pair.new.variant:
                fate = f"was {pair.old.title} in the baseline"
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
    return tuple(
        tuple(_findings(passed, change, place)) if change is not None else ()
        for passed, change, place in zip(comparison.passed, comparison.changes, places, strict=True)
    )


def _findings(passed: Sequence[Increase], change: Changes, place: Place) -> Iterator[Finding]:
    comments = ignores(place.source) if passed else ()
    for increase in passed:
        if increase.is_comparable:
            culprits = _culprits(increase.limit.metric, change)
            diagnostic = Diagnostic("E604", _increase_text(increase), note=culprits or None)
        else:
            diagnostic = _resized(increase, change, place.input_span)
        if place.selection.takes(diagnostic.code) and not any(comment.covers(diagnostic) for comment in comments):
            yield Finding(diagnostic, "error", place.source, change.new.source, change.new.variant)


def _resized(increase: Increase, change: Changes, span: Span | None) -> Diagnostic:
    metric = increase.limit.metric
    old, new = (_shapes(state) for state in (change.old, change.new))
    at_old_size = f"netinspect compare {change.new.title} --input-shape {_sizes_option(change.old)} --baseline …"
    return Diagnostic(
        "E605",
        f"{metric} cannot be compared with the baseline: the input was {old} and is {new}",
        span,
        note=f"{metric} was {_amount(metric, increase.old)} and is {_amount(metric, increase.new)}",
        help=f"compare at the old size: `{at_old_size}`; where it is meant: `# netinspect: ignore[E605] why`",
    )


def _increase_text(increase: Increase) -> str:
    """`params rose by 12.3%, from 1,000 to 1,123; 5% is allowed`."""
    limit = increase.limit
    by = percentage(increase.old, increase.new).removeprefix("+") or _amount(limit.metric, increase.new - increase.old)
    allowed = f"{limit.text} is allowed" if limit.text else "no increase is allowed"
    old, now = (_amount(limit.metric, number) for number in (increase.old, increase.new))
    if old == now:
        old, now = thousands(increase.old), thousands(increase.new)
    return f"{limit.metric} rose by {by}, from {old} to {now}; {allowed}"


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


def _amount(metric: str, number: int) -> str:
    return byte_size(number) if metric.endswith("_bytes") else thousands(number)


def _shapes(state: Snapshot) -> str:
    return ", ".join("×".join(map(str, shape[1:])) or "1" for shape in state.inputs or ())


def _sizes_option(state: Snapshot) -> str:
    return ",".join(map(str, (state.inputs or ((1, 1),))[0][1:]))


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
        return _of_readings(read_networks(reference, settings) if whole_files else [read(reference, settings)])
    name = "<stdin>" if reference == "-" else reference
    text = data.decode("utf-8-sig", "replace")
    if reference.endswith(".json") or is_document(text):
        if "\ufffd" in text:
            raise InputError(f"{name} is not UTF-8 text")
        return Earlier(snapshots(text, name))
    file = spec_file(Source.from_bytes(name, data), layers=settings.layers)
    return _of_readings(read_file(name, each, settings) for each in (networks_of(file) if whole_files else (file,)))


def _of_readings(readings: Iterable[Reading]) -> Earlier:
    """The states of a spec's networks. SpecError where one is broken: there is nothing to compare with."""
    states: list[Snapshot] = []
    findings: list[Finding] = []
    for reading in readings:
        if reading.failure is not None:
            raise reading.failure
        assert reading.profile is not None
        states.append(snapshot(reading.profile))
        findings += reading.findings
    return Earlier(tuple(states), (), tuple(findings))


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


def _of_commit(ref: str, settings: Settings, files: set[Path], roots: Sequence[Path]) -> Earlier:
    """The networks of a commit that lie where the present ones lie or below `roots`."""
    if not files and not roots:
        raise InputError(f"--baseline {GIT}{ref}: none of the specs is a file that git could know")
    some = (min(files).parent if files else roots[0]).resolve()
    top = Path(_git(some, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    commit = _git(some, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").decode().strip()
    places: dict[str, str] = {}
    for file in sorted(files):
        places[_in_repository(file, top)] = str(file)
    below = [_in_repository(root, top) for root in roots]
    listed = _git(top, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit).decode(errors="surrogateescape")
    known = set(listed.split("\0"))
    for name in sorted(known):
        if name.endswith(_SUFFIXES) and name not in places and any(_is_below(name, root) for root in below):
            places[name] = os.path.relpath(top / name)
    return _states(_blobs(top, commit, [name for name in places if name in known]), places, settings)


def _states(blobs: Mapping[str, bytes], places: Mapping[str, str], settings: Settings) -> Earlier:
    states: list[Snapshot] = []
    notes: list[str] = []
    for name, data in blobs.items():
        shown = places[name]
        if not looks_like_a_spec(data):
            continue
        try:
            file = spec_file(Source.from_bytes(shown, data), layers=settings.layers)
        except InputError:
            notes.append(f"{shown} is broken in the baseline, so it is not compared")
            continue
        for each in networks_of(file):
            reading = read_file(shown, each, settings)
            if reading.network is not None and reading.profile is not None:
                states.append(snapshot(reading.profile))
            else:
                title = f"{shown}:{each.variant}" if each.variant else shown
                notes.append(f"{title} is broken in the baseline, so it is not compared")
    return Earlier(tuple(states), tuple(notes))


def looks_like_a_spec(data: bytes) -> bool:
    """Whether YAML has `layers` and `input` or `inputs` at its top level."""
    keys = {line.split(b":")[0].strip(b"\"' ") for line in data.splitlines() if line[:1] not in b" \t#-"}
    return b"layers" in keys and bool(keys & {b"input", b"inputs"})


def _in_repository(path: Path, top: Path) -> str:
    try:
        return path.resolve().relative_to(top.resolve()).as_posix()
    except ValueError:
        raise InputError(f"{path} lies outside the git repository {top}") from None


def _is_below(name: str, folder: str) -> bool:
    return folder == "." or name.startswith(f"{folder}/")


def _blobs(top: Path, commit: str, names: Sequence[str]) -> dict[str, bytes]:
    """The files of a commit, read from git's database without filters."""
    if not names:
        return {}
    wanted = "".join(f"{commit}:{name}\n" for name in names if "\n" not in name)
    answer = _git(top, "cat-file", "--batch", feed=wanted.encode(errors="surrogateescape"))
    blobs: dict[str, bytes] = {}
    position = 0
    for name in (name for name in names if "\n" not in name):
        end = answer.index(b"\n", position)
        header = answer[position:end].split(b" ")
        if header[-1] == b"missing":
            position = end + 1
            continue
        size = int(header[-1])
        if header[1] == b"blob":
            blobs[name] = answer[end + 1 : end + 1 + size]
        position = end + 2 + size
    return blobs


def _git(folder: Path, *arguments: str, feed: bytes | None = None) -> bytes:
    """What git prints. InputError where it refuses or is not there."""
    command = ["git", "-C", str(folder), "--no-replace-objects", *arguments]
    surroundings = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        result = subprocess.run(command, input=feed, capture_output=True, check=False, env=surroundings)
    except OSError as error:
        raise InputError(f"--baseline git: git cannot be run: {error.strerror or error}") from None
    if result.returncode:
        reason = result.stderr.decode(errors="replace").strip().splitlines()
        said = reason[-1] if reason else f"there is no commit `{arguments[-1].removesuffix('^{commit}')}` here"
        raise InputError(f"--baseline git: {said}")
    return result.stdout
