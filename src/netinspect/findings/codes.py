"""The one table of codes: what every E, W and N means. Documents and `--explain` are read from it."""

from __future__ import annotations

from netinspect.findings.mistakes import MISTAKES
from netinspect.findings.rule import Explanation
from netinspect.findings.rules import all_rules
from netinspect.findings.selection import is_mistake


def code_mistake(code: str, *, ignoring: bool) -> str | None:
    """What is wrong with a code, or the beginning of several, that is selected or ignored; None where nothing is."""
    fitting = [known for known in titles() if known.startswith(code)]
    if not code or not fitting:
        return f"there is no code `{code}`: write one as W201, or W2 for all that begin so"
    if ignoring and all(is_mistake(known) for known in fitting):
        return f"`{code}` is a mistake, and a spec with mistakes is no network: it cannot be ignored"
    return None


def explanations() -> dict[str, Explanation]:
    """What every code means, in order."""
    return {explanation.code: explanation for explanation in sorted((*MISTAKES, *all_rules()), key=lambda e: e.code)}


def titles() -> dict[str, str]:
    """Every code and what it means in a few words, in order."""
    return {code: explanation.title for code, explanation in explanations().items()}
