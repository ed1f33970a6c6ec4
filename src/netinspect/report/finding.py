"""A finding as text: for a person with its line of the spec, and the pieces that every format is made of."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netinspect.language.messages import printable, render

if TYPE_CHECKING:
    from netinspect.findings import Finding

_VARIANTS: Final = 4
"""So many variants are named; of more, how many there are."""

_ROOTS: Final = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Where GitHub and GitLab keep the repository while a job runs."""

_LINE_NUMBERS: Final = re.compile(r"\blines? \d+(?:(?:, | and |:)\d+)*")


def rendered(finding: Finding, *, color: bool) -> str:
    """A finding as a person reads it, with its line of the spec where it is about one."""
    diagnostic, variants = finding.diagnostic, variants_text(finding)
    if finding.source is not None:
        return render(diagnostic, finding.source, severity=finding.severity, variant=variants or None, colour=color)
    code = "" if finding.code == "E019" else f"[{finding.code}]"
    words = (("note", diagnostic.note), ("help", diagnostic.help))
    lines = [f"     = {word}: {printable(text)}" for word, text in words if text]
    return "\n".join([f"{finding.severity}{code}: {printable(diagnostic.message)}", *lines])


def place(finding: Finding) -> str:
    """`net.yaml:4:5`; the file alone where no line is meant."""
    span = finding.diagnostic.span
    return f"{finding.file}:{span.line}:{span.column}" if span else finding.file


def located(finding: Finding) -> Finding:
    """The finding at the place to which a program is led: what is said of a spec that was written from code stands at
    the code, and has no edits."""
    origin = finding.source.origin if finding.source is not None else None
    if origin is None:
        return finding
    file, span = origin
    diagnostic = replace(finding.diagnostic, span=span, fix=())
    return replace(finding, diagnostic=diagnostic, source=None, file=file or finding.file)


def variants_text(finding: Finding) -> str:
    """The variants it was found in: `wide, tall and 3 more`; nothing where that is the base alone."""
    variants = (finding.variant, *finding.also)
    if variants == (None,):
        return ""
    names = [variant or "the base" for variant in variants]
    if len(names) > _VARIANTS:
        names = [*names[: _VARIANTS - 1], f"{len(names) - _VARIANTS + 1} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def message(finding: Finding) -> str:
    """What is wrong, in a line, with the variants it was found in: `the output is 10, … [wide and tall]`."""
    variants = variants_text(finding)
    text = finding.diagnostic.message
    return printable(f"{text} [{variants}]" if variants else text)


def explanations(finding: Finding) -> list[str]:
    """What is said below the message: why, and the line to write instead."""
    note, help = finding.diagnostic.note, finding.diagnostic.help
    lines = [f"note: {note}"] if note else []
    lines += f"help: {help}".split("\n") if help else []
    return [printable(line) for line in lines]


def repository_paths(files: Iterable[str]) -> dict[str, str]:
    """Files as a CI names them: from the root of the repository, with forward slashes.

    A file outside of it keeps its name, and so does what is no file: standard input.
    """
    here = Path.cwd()
    git_root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    root = os.path.realpath(next((os.environ[name] for name in _ROOTS if os.environ.get(name)), git_root))
    paths = {file: file for file in files}
    for file in paths:
        if not file or file.startswith("<"):
            continue
        path = Path(file)
        with suppress(OSError, RuntimeError, ValueError):
            below = Path(os.path.relpath(path.parent.resolve() / path.name, root))
            paths[file] = (path if os.pardir in below.parts else below).as_posix()
    return paths


def fingerprints(findings: Iterable[Finding], paths: Mapping[str, str]) -> Iterator[str]:
    """A name for each finding by which a later run knows it again, though lines have moved. No two are the same."""
    from hashlib import sha256

    times: Counter[str] = Counter()
    for finding in findings:
        span, source = finding.diagnostic.span, finding.source
        is_in_text = span is not None and source is not None and span.line <= len(source.lines)
        line = source.lines[span.line - 1].strip() if is_in_text and source and span else ""
        words = (finding.code, paths[finding.file], line, _LINE_NUMBERS.sub("line", finding.diagnostic.message))
        fingerprint = sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        times[fingerprint] += 1
        number = times[fingerprint]
        yield fingerprint if number == 1 else f"{fingerprint}-{number}"
