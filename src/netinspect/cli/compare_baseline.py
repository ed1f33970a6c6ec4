"""`netinspect compare --baseline`: what changed since, and whether it is too much."""

from __future__ import annotations

from netinspect.analysis.baseline import limits, snapshot
from netinspect.baselines import Comparison, compared, earlier_states, increase_findings, place_of
from netinspect.cli import output
from netinspect.cli.compare_request import Request, exit_code, read_all, tell_all, write_pages
from netinspect.cli.output import complain
from netinspect.errors import SpecError
from netinspect.findings import Finding, broken
from netinspect.language.messages import printable
from netinspect.reading import Reading


def compare_baseline(request: Request) -> int:
    """Compare each spec with its baseline. 1 where something rose too far; a broken spec compares nothing."""
    assert request.baseline is not None
    allowed = limits(request.fail_on_increase) if request.fail_on_increase is not None else ()
    readings = tuple({reading.label: reading for reading in read_all(request)}.values())  # one named twice counts once
    code = exit_code(readings)
    if code > 1:
        if request.format == "json":
            from netinspect.report.comparison import json

            output.write(json.document(readings), request.output_file)
        tell_all(readings)
        return code
    files = [reading.file.path for reading in readings if reading.file is not None and reading.file.path is not None]
    try:
        earlier = earlier_states(request.baseline, request.settings, files, whole_files=False)
    except SpecError as failure:
        if request.format == "json":
            from netinspect.report.comparison import json

            mistakes = broken(failure.diagnostics, failure.source, getattr(failure.source, "name", ""), None)
            output.write(json.document(readings, mistakes), request.output_file)
        raise
    states = [snapshot(reading.profile) for reading in readings if reading.profile is not None]
    comparison = compared(states, earlier, allowed, whole_files=False)
    rises = increase_findings(comparison, [place_of(reading, request.settings) for reading in readings])
    if request.plot is not None:
        from netinspect.cli.compare_plots import plot_changes

        plot_changes(
            request.plot,
            comparison.pairs,
            comparison.changes,
            request.plot_size,
            sort=request.sort,
            expand=request.expand,
        )
    _write(request, readings, comparison, rises, earlier.findings)
    output.tell(earlier.findings)
    tell_all(readings)
    for note in comparison.notes:
        complain(f"note: {printable(note)}")
    for findings in rises:
        output.tell(findings)
    failed = any(finding.severity == "error" for finding in earlier.findings)
    return max(code, int(failed or any(rises)))


def _write(
    request: Request,
    readings: tuple[Reading, ...],
    comparison: Comparison,
    rises: tuple[tuple[Finding, ...], ...],
    of_baseline: tuple[Finding, ...],
) -> None:
    changes = dict(zip([reading.label for reading in readings], comparison.changes, strict=True))
    if request.format == "json":
        from netinspect.report.comparison import json

        passed = dict(zip(changes, comparison.passed, strict=True))
        against = json.against(changes, passed, comparison.removed)
        all_findings = [*of_baseline, *(finding for findings in rises for finding in findings)]
        output.write(json.document(readings, all_findings, **against), request.output_file)
    elif request.format == "csv":
        from netinspect.report.comparison import csv

        output.write(csv.changes(changes), request.output_file)
    else:
        from netinspect.report.comparison.baseline import changes_page, new_page

        is_comment = request.format == "markdown"  # a terminal shows what is passed on stderr
        pages = [
            changes_page(
                change,
                [finding.diagnostic.message for finding in findings] if is_comment else (),
                sort=request.sort,
                expand=request.expand,
            )
            if change is not None
            else new_page(pair.new, was_broken=pair.new.title in comparison.unreadable)
            for change, pair, findings in zip(comparison.changes, comparison.pairs, rises, strict=True)
        ]
        write_pages(pages, request)
