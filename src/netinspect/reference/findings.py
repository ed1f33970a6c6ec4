"""docs/findings.md and `--explain`: every code in a line, and every rule with its reason and two examples.

The examples are run here, so that what they are said to print is what they print.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import pairwise
from textwrap import fill
from typing import Final

from netinspect.analysis.profile import profile
from netinspect.catalogue import LAYERS, Entry
from netinspect.catalogue.entry import Result, TensorType
from netinspect.catalogue.layer import layer
from netinspect.configuration import LIMITS, amount
from netinspect.errors import Diagnostic, InputError
from netinspect.findings import Bound, Finding, Selection, examine
from netinspect.findings.codes import titles
from netinspect.findings.rule import Rule
from netinspect.findings.rules import all_rules
from netinspect.language import Source, closest
from netinspect.language.messages import render
from netinspect.network.load import elaborate_file, spec_file

BAD, GOOD = "bad.yaml", "good.yaml"

WIDTH: Final = 80
"""How wide a paragraph is set for a terminal."""

INTRODUCTION: Final = """\
# Findings

What netinspect says of a spec beside its figures. The letter of a code says how serious it is: **E** is an error, **W**
a warning, **N** a note. This page is written from the rules themselves by `make docs`; the examples are run for it.

- Codes up to E599 are mistakes: there is no network, and the exit code is 2. E6xx are checks that failed (exit code 1).
- W1xx are of networks that may not be what was meant, W2xx of what is wasted or harmful, W3xx of what is hard to train
  or unlike its kind. Notes are told where they are asked for, but for N003.
- A comment on its line, or on the line above, says that a finding is meant, and why:
  `# netinspect: ignore[W203] as published`.
- A rule reads shapes and the graph of tensors, never names. On a line that runs many times there is one finding.
"""


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION, "## All codes\n", "| code | what it means |", "|---|---|"]
    rules = {rule.code: rule for rule in all_rules()}
    for code, title in titles().items():
        parts.append(f"| {f'[{code}](#{code.lower()})' if code in rules else code} | {_cell(title)} |")
    parts.append("")
    for rule in rules.values():
        parts += _section(rule)
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _section(rule: Rule) -> Iterator[str]:
    findings = example_findings(rule, rule.bad)
    yield f"## {rule.code}\n"
    yield f"**{rule.title[0].upper()}{rule.title[1:]}.** {_manner(rule, findings)}\n"
    yield f"{rule.why}\n"
    command = f" with `{rule.options}`" if rule.options else ""
    yield f"```yaml example\n# {BAD}{command.replace('`', '')}\n{rule.bad}```\n"
    yield f"```text\n{_printed(rule)}\n```\n"
    yield f"```yaml example\n# {GOOD}\n{rule.good}```\n"


def _manner(rule: Rule, findings: tuple[Finding, ...]) -> str:
    severity = Diagnostic(rule.code, "").severity
    article = "An" if severity == "error" else "A"
    asked = "" if rule.is_usual else f", told with `--select {rule.code}`"
    mended = "; `check --fix` mends it" if any(finding.diagnostic.fix for finding in findings) else ""
    return f"{article} {severity}{asked}{mended}."


def explained(code: str) -> str:
    """A code for a reader at a terminal: what it means, why it matters, a bad example and what it prints, a good one.

    Raises InputError where there is no such code.
    """
    code = code.strip().upper()
    meanings = titles()
    if code not in meanings:
        guess = closest(code, meanings)
        hint = f"did you mean `{guess}`?" if guess else "docs/findings.md lists them"
        raise InputError(f"there is no code `{code}`; {hint}")
    rule = next((rule for rule in all_rules() if rule.code == code), None)
    if rule is None:
        return f"{code}: {meanings[code]}"
    command = f", with {rule.options}" if rule.options else ""
    manner = _manner(rule, example_findings(rule, rule.bad))
    return "\n\n".join(
        (
            f"{code}: {rule.title}",
            fill(f"{manner} {rule.why}".replace("`", ""), WIDTH, break_long_words=False, break_on_hyphens=False),
            f"Found here{command}:",
            _indented(rule.bad),
            _printed(rule),
            "Not here:",
            _indented(rule.good),
        )
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _printed(rule: Rule) -> str:
    """The messages that the bad example of a rule gives."""
    source = Source(BAD, rule.bad)
    return "\n".join(
        render(finding.diagnostic, source) for finding in example_findings(rule, rule.bad) if finding.code == rule.code
    )


# --- the examples --------------------------------------------------------------------------------


def example_findings(rule: Rule, text: str) -> tuple[Finding, ...]:
    """What is found in an example of a rule, with the options it needs."""
    file = spec_file(Source(BAD, text), layers=_LAYERS)
    options = shlex.split(rule.options) if text == rule.bad else []
    sets = (value.partition("=") for option, value in pairwise(options) if option == "--set")
    network = elaborate_file(file, assignments=[(variable, value) for variable, _, value in sets])
    limits = ((option, option.removeprefix("--"), value) for option, value in pairwise(options))
    bounds = [Bound(LIMITS[key], amount(key, value), option) for option, key, value in limits if key in LIMITS]
    return examine(network, profile(network), file, selection=Selection(select=(rule.code,)), bounds=bounds).findings


def _as_it_came(_arguments: object, x: TensorType) -> Result:
    return Result((x,), uncounted="MyLayer: no rule of its own, only what torch's FlopCounterMode counts")


_LAYERS: Final[dict[str, Entry]] = {
    **LAYERS,
    "MyLayer": layer("MyLayer", "custom", _as_it_came, summary="", example="MyLayer", inputs=((8,),)),
}
"""The catalogue's, and in place of a user's own layer one that says of itself what such a layer says."""
