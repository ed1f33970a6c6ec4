"""`make prove`: runs every comparison of the catalogue with torch and of `--like` with the tools, and says how many
there were and what differs.

The tests are those of `make test`; each of their comparisons counts itself (`tests/catalogue/tally.py`), so what is
printed is what was run. Ends with exit code 1 where anything differs, is not compared at all, or could not be run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from netinspect.catalogue import ENTRIES, FUNCTIONS, LAYERS
from tests.catalogue import tally
from tests.catalogue.exceptions import known

SUITE = (
    "tests/catalogue", "tests/torch_backend/test_entries.py", "tests/analysis/test_peers.py",
    "tests/analysis/test_training_of_calls.py", "tests/importing/test_round_trips.py", "tests/explorer/test_payload.py",
)  # fmt: skip
QUIET = ("-q", "--no-header", "--no-summary", "--show-capture=no", "--tb=short", "-p", "no:cacheprovider")


class Outcomes:
    """Which tests passed and which did not."""

    def __init__(self) -> None:
        self.passed = 0
        self.differences: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.differences.append(f"{report.nodeid}: {_last_line(report)}")
        elif report.when == "call":
            self.passed += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.differences.append(f"{report.nodeid}: {_last_line(report)}")


def _last_line(report: pytest.TestReport | pytest.CollectReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return " ".join(str(crash.message if crash else report.longrepr).split())[:300]


def main() -> int:
    """Run the suite and print what it came to. Gives the exit code."""
    os.environ["NETINSPECT_PROVE"] = "all"  # tests that leave a part of their cases to this command run all of them
    outcomes = Outcomes()
    ended = pytest.main([*QUIET, *SUITE], plugins=[outcomes])
    lines = list(_report(outcomes))
    unproven = _unproven()
    if unproven:
        lines.append(f"not compared with torch at all: {', '.join(unproven)}")
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
    return int(bool(ended or outcomes.differences or unproven or not outcomes.passed))


def _report(outcomes: Outcomes) -> Iterator[str]:
    yield f"{len(ENTRIES)} entries: {len(LAYERS)} layers, {len(FUNCTIONS)} functions"
    cases = sum(_count(kind) for kind in tally.CALLS)
    yield f"{cases:,} generated cases, {tally.COMPARED.total():,} comparisons in {outcomes.passed:,} tests"
    for kind in tally.KINDS:
        names = {name for what, name in tally.COMPARED if what == kind}
        unit = "networks" if kind in (tally.LIKE_NETWORKS, tally.ROUND_TRIPS, tally.EXPLORED) else "entries"
        yield f"  {_count(kind):>7,}  {kind} ({len(names)} {unit})"
    exceptions = known()
    yield f"{len(exceptions)} known, documented exceptions"
    yield from (f"  {what}: {names}: {why}" for what, names, why in exceptions)
    yield f"{len(outcomes.differences)} differences"
    yield from (f"  {difference}" for difference in outcomes.differences)


def _count(kind: str) -> int:
    return sum(number for (what, _), number in tally.COMPARED.items() if what == kind)


def _unproven() -> list[str]:
    """Entries whose figures were never held against torch, or whose example was never built."""
    proven = [{name for what, name in tally.COMPARED if what == kind} for kind in tally.NEEDED]
    return [entry.name for entry in ENTRIES if not all(entry.name in names for names in proven)]


if __name__ == "__main__":
    sys.exit(main())
