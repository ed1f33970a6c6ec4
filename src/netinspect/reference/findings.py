"""docs/findings.md and `--explain`: every code in a line, and each with its reason and its examples.

The examples are run here, so that what they are said to print is what they print.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from itertools import pairwise
from textwrap import fill
from typing import Final

from netinspect.catalogue import LAYERS, Entry
from netinspect.catalogue.entry import Result
from netinspect.catalogue.signature import layer
from netinspect.configuration import LIMITS, amount
from netinspect.errors import Diagnostic, InputError
from netinspect.findings import Bound, Finding, Selection
from netinspect.findings.codes import explanations, titles
from netinspect.findings.rule import Explanation
from netinspect.findings.selection import is_mistake
from netinspect.language import Source, closest
from netinspect.language.messages import render
from netinspect.network.load import spec_file
from netinspect.reading import Settings, read_file, wrong_ignores

BAD, GOOD = "bad.yaml", "good.yaml"

WIDTH: Final = 80
"""How wide a paragraph is set for a terminal."""

INTRODUCTION: Final = """\
# Findings

What netinspect says of a spec beside its figures. The letter of a code says how serious it is: **E** is an error, **W**
a warning, **N** a note. This page is written by `make docs` from the rules and the table of
mistakes; the examples are run for it.

- Codes up to E599 are mistakes: there is no network, and the exit code is 2. E6xx are checks that failed (exit code 1).
- W1xx are of networks that may not be what was meant, W2xx of what is wasted or harmful, W3xx of what is hard to train
  or unlike its kind. Notes are told where they are asked for, but for N003 and N005.
- A comment on its line, or on the line above, says that a finding is meant, and why:
  `# netinspect: ignore[W203] as published`.
- A rule reads shapes and the graph of tensors, never names. On a line that runs many times there is one finding.
"""


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION, "## All codes\n", "| code | what it means |", "|---|---|"]
    for code, title in titles().items():
        cell = title.replace("|", "\\|")
        parts.append(f"| [{code}](#{code.lower()}) | {cell} |")
    parts.append("")
    for code, explanation in explanations().items():
        findings = example_findings(explanation, explanation.bad)
        title = explanation.title
        parts.append(f"## {code}\n")
        parts.append(f"**{title[0].upper()}{title[1:]}.** {_manner(explanation, findings)}\n")
        parts.append(f"{explanation.why}\n")
        if explanation.bad:
            command = f" with {explanation.options}" if explanation.options else ""
            parts.append(f"```yaml example\n# {BAD}{command}\n{explanation.bad}```\n")
            parts.append(f"```text\n{_printed(findings, code)}\n```\n")
        if explanation.good:
            parts.append(f"```yaml example\n# {GOOD}\n{explanation.good}```\n")
    return "\n".join(parts)


def _manner(explanation: Explanation, findings: tuple[Finding, ...]) -> str:
    severity = Diagnostic(explanation.code, "").severity
    article = "An" if severity == "error" else "A"
    selected = "" if explanation.is_usual else f", told with `--select {explanation.code}`"
    is_mended = any(finding.diagnostic.fix for finding in findings if finding.code == explanation.code)
    mended = "; `check --fix` mends it" if is_mended and not is_mistake(explanation.code) else ""
    return f"{article} {severity}{selected}{mended}."


def explained(code: str) -> str:
    """A code for a reader at a terminal: what it means, why it matters, a bad example and what it prints, a good one.

    Raises InputError where there is no such code.
    """
    code = code.strip().upper()
    known = explanations()
    if code not in known:
        guess = closest(code, known)
        hint = f"did you mean `{guess}`?" if guess else "docs/findings.md lists them"
        raise InputError(f"there is no code `{code}`; {hint}")
    explanation = known[code]
    findings = example_findings(explanation, explanation.bad)
    reason = f"{_manner(explanation, findings)} {explanation.why}".replace("`", "")
    parts = [
        f"{code}: {explanation.title}",
        fill(reason, WIDTH, break_long_words=False, break_on_hyphens=False),
    ]
    if explanation.bad:
        command = f", with {explanation.options}" if explanation.options else ""
        parts += [f"Found here{command}:", _indented(explanation.bad), _printed(findings, code)]
    if explanation.good:
        parts += ["Not here:", _indented(explanation.good)]
    return "\n\n".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _printed(findings: Iterable[Finding], code: str) -> str:
    """The messages of one code."""
    return "\n".join(
        render(finding.diagnostic, finding.source or Source(BAD, "")) for finding in findings if finding.code == code
    )


# --- the examples --------------------------------------------------------------------------------


def example_findings(explanation: Explanation, text: str) -> tuple[Finding, ...]:
    """What is found in an example of a code, with the options it needs; nothing where there is no example.

    A mistake is told as `check` tells it, to which a draft in the words of another tool is one; a warning as all other
    commands do, which read such a draft.
    """
    if not text:
        return ()
    options = shlex.split(explanation.options) if text == explanation.bad else []
    sets = (value.partition("=") for option, value in pairwise(options) if option == "--set")
    limits = ((option, option.removeprefix("--"), value) for option, value in pairwise(options))
    settings = Settings(
        assignments=tuple((variable, value) for variable, _, value in sets),
        layers=_LAYERS,
        selection=Selection(select=(explanation.code,)),
        bounds=tuple(Bound(LIMITS[key], amount(key, value), option) for option, key, value in limits if key in LIMITS),
        translates=not is_mistake(explanation.code),
    )
    reading = read_file(BAD, spec_file(Source(BAD, text), layers=_LAYERS), settings)
    if reading.file is None or reading.is_broken:
        return reading.findings
    ignored = [finding.diagnostic for finding in reading.ignored]
    return (*reading.findings, *wrong_ignores(reading.file.source, ignored, settings.selection, strict=False))


_UNCOUNTED: Final = "MyLayer: no rule of its own, only what torch's FlopCounterMode counts"
_LAYERS: Final[dict[str, Entry]] = {
    **LAYERS,
    "MyLayer": layer(
        "MyLayer",
        "custom",
        lambda _, x: Result((x,), uncounted=_UNCOUNTED),
        summary="",
        example="MyLayer",
        inputs=((8,),),
    ),
}
"""The catalogue's, and in place of a user's own layer one that says of itself what such a layer says."""
