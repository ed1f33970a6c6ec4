"""All networks of a repository at once: every spec, its base and each variant, and what is to be said of them.

What is kept of a network is small, so that a thousand specs take no more memory than one.
"""

from __future__ import annotations

import glob
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from netinspect.analysis.baseline import Limit, Snapshot, snapshot
from netinspect.analysis.figures import Totals
from netinspect.baselines import Comparison, Earlier, Place, compared, increase_findings, place_of
from netinspect.configuration import Configuration, configuration
from netinspect.errors import Diagnostic, InputError, Span, SpecError
from netinspect.findings import Finding, broken
from netinspect.findings.selection import is_mistake
from netinspect.language.recognition import SUFFIXES, looks_like_a_spec
from netinspect.network.load import SpecFile
from netinspect.reading import Reading, Settings, read_networks, selection_for, wrong_ignores

DEFAULT_FOLDER: Final = "specs"
_SEVERITY_ORDER: Final = {"error": 0, "warning": 1, "note": 2}
_HEAD_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Targets:
    """What is to be checked.

    references   specs as they are named, in order
    folders      where they were looked for; of a commit of git, what lies there too
    passed_over  YAML files that are no specs
    """

    references: tuple[str, ...]
    folders: tuple[Path, ...]
    passed_over: int


@dataclass(frozen=True, slots=True)
class CheckedNetwork:
    """One network: its file and variant, and what was counted for its inputs, one batch size and one dtype.

    totals  None where the spec is broken
    path    of its file; None for standard input
    state   what a baseline is compared with, and `place` where its findings stand; None where none is asked for
    """

    file: str
    variant: str | None
    name: str | None
    inputs: tuple[tuple[str, tuple[int, ...], str], ...]
    totals: Totals | None
    path: Path | None = None
    state: Snapshot | None = None
    place: Place | None = None
    batch_size: int = 1
    dtype: str = "float32"

    @property
    def title(self) -> str:
        """`net.yaml:wide`."""
        return f"{self.file}:{self.variant}" if self.variant else self.file


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One spec with all of its networks. A finding that several of them share is there once."""

    reference: str
    path: Path | None
    networks: tuple[CheckedNetwork, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """All that was found.

    findings    the most serious first, then in the order of the files and lines
    notes       what changed against the baseline and is no mistake
    comparison  the networks that are right against the baseline; None where there is no baseline
    """

    files: tuple[CheckedFile, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    passed_over: int = 0
    comparison: Comparison | None = None

    @property
    def networks(self) -> tuple[CheckedNetwork, ...]:
        return tuple(network for file in self.files for network in file.networks)

    @property
    def exit_code(self) -> int:
        """2 where a spec is broken, 1 for any other error or warning, else 0."""
        if any(is_mistake(finding.code) for finding in self.findings):
            return 2
        return int(any(finding.severity != "note" for finding in self.findings))


# --- what is to be checked -----------------------------------------------------------------------


def targets(words: Sequence[str], here: Path, *, only_specs: bool = False, models: Sequence[str] = ()) -> Targets:
    """Specs, folders and patterns as the specs they mean, and the references of `models` that stand for specs; without
    any what the repository's configuration includes, or the folder `specs`. With `only_specs` a file that is named is
    passed over as one of a folder is, where it is no spec or is excluded. InputError where a word means nothing, or
    nothing is left of a folder or pattern."""
    repository = configuration(here.resolve())
    references: dict[str, str] = {}  # by identity: a spec that is named twice is checked once
    folders: list[Path] = []
    passed_over = 0
    for word in words or (() if models else _included(repository, here)):
        candidates: Iterable[str] | None = None
        if word != "-" and Path(word).is_dir():
            folders.append(Path(word))
            candidates = _files_below(Path(word))
        elif glob.has_magic(word) and not Path(word).exists():
            matching = glob.glob(word, recursive=True)  # noqa: PTH207  a pattern may be absolute
            candidates = sorted(file for file in matching if Path(file).is_file())
            if not candidates:
                raise InputError(f"no file is called like {word}")
        if candidates is None and not (only_specs and Path(word).is_file()):
            if not words and not Path(word).exists():
                raise InputError(f"{repository.file}: `include`: there is no file or folder {word}")
            references.setdefault(_identity(word), word)
            continue
        files = [file for file in ([word] if candidates is None else candidates) if not _is_excluded(Path(file))]
        specs = [file for file in files if _is_spec(Path(file))]
        if not specs and candidates is not None:
            raise InputError(f"{word} holds no spec: no YAML file with `layers` in it, or all are excluded")
        passed_over += len(files) - len(specs)
        for spec in specs:
            references.setdefault(_identity(spec), spec)
    return Targets((*references.values(), *models), tuple(folders), passed_over)


def _files_below(folder: Path) -> Iterator[str]:
    """The YAML files in a folder and those in it, in order; hidden ones are passed by."""

    def refuse(error: OSError) -> None:  # a folder that cannot be read may hold specs: it is no pass
        raise InputError(f"{error.filename} cannot be read: {error.strerror or error}")

    for place, inner, names in os.walk(folder, onerror=refuse):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            file = Path(place) / name
            if file.suffix.lower() in SUFFIXES and not name.startswith(".") and not _is_stream(file):
                yield str(file)


def _is_stream(file: Path) -> bool:
    """Whether it is a pipe or a device, which would be waited for. A link that leads nowhere is a file that is told."""
    try:
        return not stat.S_ISREG(file.stat().st_mode)
    except OSError:
        return False


def _identity(word: str) -> str:
    return os.path.realpath(word) if Path(word).is_file() else word


def _included(repository: Configuration, here: Path) -> Sequence[str]:
    """What the configuration names, from where it stands; else the folder `specs`."""
    if repository.file is not None and repository.include:
        folder = Path(os.path.relpath(repository.file.parent, here.resolve()))
        return [str(folder / pattern) for pattern in repository.include]
    if (here / DEFAULT_FOLDER).is_dir():
        return [DEFAULT_FOLDER]
    raise InputError(
        "there is nothing to check: name specs or folders, make a folder `specs`, or write `include` in netinspect.toml"
    )


def _is_excluded(file: Path) -> bool:
    repository = configuration(file.resolve().parent)
    return any(repository.matches(file, pattern) for pattern in repository.exclude)


def _is_spec(file: Path) -> bool:
    """Whether a YAML file is meant as a spec. One that cannot be read is meant as one, so that this is told."""
    try:
        with file.open("rb") as stream:
            data = stream.read(_HEAD_BYTES)
    except OSError:
        return True
    return looks_like_a_spec(data)


def is_included_spec(file: Path) -> bool:
    """Whether a file is meant as a spec, and no configuration excludes it."""
    return not _is_excluded(file) and _is_spec(file)


# --- checking ------------------------------------------------------------------------------------


def check(
    which: Targets,
    settings: Settings,
    earlier: Callable[[Sequence[CheckedNetwork]], Earlier] | None = None,
    allowed: tuple[Limit, ...] = (),
    done: dict[str, CheckedFile] | None = None,
) -> Check:
    """Check all targets. `earlier` gives the baseline for the networks that are right, of which no total may rise by
    more than `allowed`. `done` holds files that were checked before and have not changed since."""
    files = [
        (done or {}).get(reference) or check_file(reference, settings, keeps_state=earlier is not None)
        for reference in which.references
    ]
    findings = [finding for file in files for finding in file.findings]
    comparison: Comparison | None = None
    networks = [network for file in files for network in file.networks if network.state is not None]
    if earlier is not None and (networks or which.folders):
        states = [network.state for network in networks if network.state is not None]
        try:
            baseline = earlier(networks)
            # the states of networks that are broken now are not gone, and no other is a new name of theirs
            broken_now = {network.title for file in files for network in file.networks if network.totals is None}
            right = {network.title for file in files for network in file.networks if network.totals is not None}
            kept = tuple(
                state
                for state in baseline.states
                if state.title in right or not {state.title, state.source} & broken_now
            )
            comparison = compared(states, replace(baseline, states=kept), allowed)
        except SpecError as failure:  # the baseline is a broken spec: told as other broken specs are
            findings += broken(failure.diagnostics, failure.source, getattr(failure.source, "name", ""), None)
        else:
            places = [network.place for network in networks if network.place is not None]
            findings += [finding for group in increase_findings(comparison, places) for finding in group]
    ordered = sorted(findings, key=lambda finding: (not is_mistake(finding.code), _SEVERITY_ORDER[finding.severity]))
    notes = comparison.notes if comparison is not None else ()
    return Check(tuple(files), tuple(ordered), notes, which.passed_over, comparison)


def check_file(reference: str, settings: Settings, *, keeps_state: bool = False) -> CheckedFile:
    """All networks of one spec."""
    networks: list[CheckedNetwork] = []
    findings: list[Finding] = []
    ignored: list[Diagnostic] = []
    file: SpecFile | None = None
    is_whole = True
    for reading in read_networks(reference, replace(settings, translates=False)):
        networks.append(_checked(reading, reference, settings, keeps_state=keeps_state))
        findings += reading.findings
        ignored += [finding.diagnostic for finding in reading.ignored]
        is_whole = is_whole and not reading.is_broken
        file = reading.file or file
    # a variant alone shares its lines with others
    is_whole = is_whole and file is not None and networks[0].variant is None
    if file is not None and is_whole:
        findings += wrong_ignores(file.source, ignored, selection_for(file, settings), strict=settings.strict)
    is_as_written = not (settings.assignments or settings.input_shapes)  # with --set the spec is another one
    everywhere = [network.variant for network in networks] if is_whole and is_as_written else []
    path = file.path if file is not None else None
    return CheckedFile(reference, path, tuple(networks), tuple(_merged(findings, everywhere)))


def _checked(reading: Reading, reference: str, settings: Settings, *, keeps_state: bool) -> CheckedNetwork:
    network, profile = reading.network, reading.profile
    file = reading.file.source.name if reading.file is not None else reference
    variant = reading.file.variant if reading.file is not None else None
    path = reading.file.path if reading.file is not None else None
    if network is None or profile is None:
        return CheckedNetwork(file, variant, None, (), None, path)
    inputs = tuple((i.tensor.name, i.tensor.shape, i.tensor.dtype) for i in profile.inputs)
    state, place = (snapshot(profile), place_of(reading, settings)) if keeps_state else (None, None)
    counted_for = (profile.batch_size, profile.dtype)
    return CheckedNetwork(file, variant, network.name, inputs, profile.totals, path, state, place, *counted_for)


def _merged(findings: Iterable[Finding], everywhere: Sequence[str | None]) -> Iterator[Finding]:
    """Each finding once, with all the variants it was found in, in the order of the lines.

    A warning of one line is one finding, though its figures differ from variant to variant. A fix is certain where
    it mends all networks of the file, `everywhere`: one that has the line and not the fault might change by it.
    """
    alike: dict[object, list[Finding]] = {}
    counts: Counter[object] = Counter()
    for finding in findings:
        diagnostic = finding.diagnostic
        is_of_line = diagnostic.span is not None and not diagnostic.code.startswith("E")  # with --strict too
        what = (diagnostic.code, diagnostic.span) if is_of_line else diagnostic
        key = (what, finding.severity, finding.file)
        counts[key, finding.variant] += 1  # a line may have two of them in one network
        alike.setdefault((key, counts[key, finding.variant]), []).append(finding)
    merged = []
    for first, *others in alike.values():
        variants = [first.variant, *(other.variant for other in others)]
        fixes = {finding.diagnostic.fix for finding in (first, *others)}
        is_certain = len(fixes) == 1 and (is_mistake(first.code) or set(variants) == set(everywhere))
        diagnostic = first.diagnostic if is_certain else replace(first.diagnostic, fix=())
        merged.append(replace(first, diagnostic=diagnostic, also=tuple(dict.fromkeys(variants[1:]))))
    yield from sorted(merged, key=lambda finding: finding.diagnostic.span or Span(0, 0, 0, 0))
