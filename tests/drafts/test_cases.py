"""First drafts, folder by folder: what is told of each, and what becomes of it once that is followed.

`NETINSPECT_UPDATE=1` writes what is printed and mended anew, for a look at the difference.
"""

import os
from functools import cache

import pytest
import yaml
from jsonschema import Draft7Validator

from netinspect.errors import Span
from netinspect.fixing import mended
from netinspect.language import Source, render
from netinspect.reference.schema import schema
from tests.drafts.outcomes import (
    CASES,
    NO_LINE,
    ONCE,
    PAGE,
    SILENT,
    STEP,
    cases,
    followed,
    lines_to_write,
    outcome,
    page_with,
    reading,
    table,
)

IDS = [case.name for case in cases()]


@cache
def told(case):
    """The messages as they are printed: of mistakes and of what was probably not meant."""
    source = Source.from_bytes("draft.yaml", case.draft.encode())
    findings = [finding for finding in reading(case.draft).findings if finding.code.startswith(("E", "W1"))]
    return [(finding.diagnostic, render(finding.diagnostic, source)) for finding in findings]


@pytest.mark.parametrize("case", cases(), ids=IDS)
def test_a_draft_is_answered(case):
    folder = CASES / case.name
    printed = "".join(f"{text}\n" for _, text in told(case))
    mended_text = followed(case.draft)
    answers = {"printed.txt": printed, "mended.yaml": mended_text if mended_text != case.draft else ""}
    for name, answer in answers.items():
        if os.environ.get("NETINSPECT_UPDATE"):
            (folder / name).unlink(missing_ok=True)
            if answer:
                (folder / name).write_text(answer, "utf-8")
        assert answer == ((folder / name).read_text("utf-8") if (folder / name).exists() else ""), name


@pytest.mark.parametrize("case", cases(), ids=IDS)
def test_no_draft_is_silently_another_net(case):
    assert outcome(case) != SILENT


@pytest.mark.parametrize("case", cases(), ids=IDS)
def test_what_the_help_shows_is_what_mends(case):
    """The lines behind `help: write` are those that are put in, and with them alone the message goes away."""
    for diagnostic, text in told(case):
        edits = diagnostic.fix or diagnostic.suggestion
        shown = lines_to_write(text)
        if not edits or not diagnostic.code.startswith("E") or not shown:
            continue
        written = [line for edit in edits for line in edit.text.split("\n")]
        assert shown == (written if len(shown) > 1 else [line.strip() for line in written])
        after = reading(mended(case.draft.encode(), edits).decode())
        before = [(found.code, found.message) for found, _ in told(case)]
        left = [(found.code, found.diagnostic.message) for found in after.findings]
        this = (diagnostic.code, diagnostic.message)
        assert left.count(this) < before.count(this)


def test_the_shares_are_kept():
    counts = [outcome(case) for case in cases()]
    assert len(counts) >= 108
    assert counts.count(ONCE) >= 0.6 * len(counts)
    assert counts.count(ONCE) + counts.count(STEP) >= 0.95 * len(counts)
    assert counts.count(NO_LINE) + counts.count(SILENT) <= 0.05 * len(counts)


def test_every_message_stands_on_a_line_of_the_draft():
    for case in cases():
        lines = case.draft.split("\n")
        for diagnostic, _ in told(case):
            span = diagnostic.span or Span(1, 1, 1, 1)
            assert 1 <= span.line <= len(lines)


def test_the_table_of_the_docs_is_not_stale():
    assert PAGE.read_text("utf-8") == page_with(table())


def test_the_schema_refuses_no_draft_that_is_a_spec():
    validator = Draft7Validator(schema())
    for case in cases():
        codes = {finding.code for finding in reading(case.draft).findings}
        if outcome(case) == ONCE and "W110" not in codes:
            assert not list(validator.iter_errors(yaml.safe_load(case.draft))), case.name
