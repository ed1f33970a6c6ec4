"""For GitHub Actions: annotations at the lines of a pull request, and the same as text in the log.

GitHub shows ten annotations of a kind and drops the rest without a word, so the worst come first and the last one
tells of the rest. https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from netinspect.report.check import counts, text
from netinspect.report.finding import explanations, located, message, repository_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from netinspect.checking import Check
    from netinspect.findings import Finding

MOST: Final = 10
"""So many annotations of a kind GitHub shows of one step."""

_COMMANDS: Final = {"error": "error", "warning": "warning", "note": "notice"}
_FILES_NAMED: Final = 20


def document(check: Check, *, color: bool) -> str:  # noqa: ARG001  GitHub colours by itself
    """The text in a group of the log, then the annotations. A spec cannot give commands: they stop around the text."""
    if not check.findings and not check.notes:
        return f"{counts(check)}\n"
    words = text.document(check, color=False)
    token = sha256(words.encode("utf-8", "surrogatepass")).hexdigest()  # no text holds its own hash
    lines = [
        f"::group::{counts(check)}",
        f"::stop-commands::{token}",
        words.rstrip("\n"),
        f"::{token}::",
        "::endgroup::",
    ]
    findings = [*map(located, check.findings)]
    paths = repository_paths(finding.file for finding in findings)
    for severity in _COMMANDS:
        lines += _annotations([finding for finding in findings if finding.severity == severity], paths)
    return "\n".join([*lines, ""])


def _annotations(findings: Sequence[Finding], paths: Mapping[str, str]) -> Iterator[str]:
    """One for each finding of a kind; of more than ten the last is about all that are left."""
    single = findings if len(findings) <= MOST else findings[: MOST - 1]
    for finding in single:
        span, path = finding.diagnostic.span, paths[finding.file]
        properties: dict[str, str | int] = {"file": path} if path else {}
        if span is not None:
            properties |= {"line": span.line, "endLine": span.end_line}
            if span.line == span.end_line:  # GitHub takes columns of one line only
                properties |= {"col": span.column, "endColumn": span.end_column}
        words = "\n".join([message(finding), *explanations(finding)])
        yield _command(finding, {**properties, "title": finding.code}, words)
    rest = findings[len(single) :]
    if rest:
        files = Counter(paths[finding.file] for finding in rest).most_common()
        named = [f"{file} ({number:,})" for file, number in files[:_FILES_NAMED]]
        others = [f"{len(files) - len(named):,} more files"] if len(files) > len(named) else []
        kind = f"{rest[0].severity}s"
        yield _command(rest[0], {"title": f"{len(rest):,} more {kind}"}, ", ".join([*named, *others]))


def _command(finding: Finding, properties: Mapping[str, str | int], words: str) -> str:
    texts = {name: _data(str(value)).replace(":", "%3A").replace(",", "%2C") for name, value in properties.items()}
    fields = ",".join(f"{name}={text}" for name, text in texts.items())
    return f"::{_COMMANDS[finding.severity]} {fields}::{_data(words)}"


def _data(words: str) -> str:
    words = words.encode("utf-8", "backslashreplace").decode("utf-8")  # names of files need not be text
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
