"""What becomes of a first draft: right at once, right after its messages are followed once, or neither.

A case is a folder of `cases/`: `draft.yaml` as somebody wrote it, `right.yaml` the network that was meant,
`printed.txt` what is told of the draft, and `mended.yaml` the draft after the help of every message was followed
literally, once.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from netinspect.errors import Edit
from netinspect.findings import Finding
from netinspect.fixing import mended
from netinspect.language import Source
from netinspect.network.load import spec_file
from netinspect.reading import Reading, Settings, read_file

CASES = Path(__file__).parent / "cases"
ONCE, STEP, NO_LINE, SILENT = "right at once", "right after one step", "an error without a line", "silently another net"

Figures = tuple[int, int, tuple[tuple[int, ...], ...]]
"""Parameters, multiply-accumulates, and the sizes of the outputs."""


@dataclass(frozen=True)
class Case:
    name: str
    draft: str
    right: str

    @property
    def kind(self) -> str:
        return self.name.rpartition("_")[0].rpartition("_")[0] or self.name


@cache
def cases() -> tuple[Case, ...]:
    folders = sorted(folder for folder in CASES.iterdir() if folder.is_dir())
    return tuple(
        Case(f.name, (f / "draft.yaml").read_text("utf-8"), (f / "right.yaml").read_text("utf-8")) for f in folders
    )


@cache
def reading(text: str, name: str = "draft.yaml") -> Reading:
    return read_file(name, spec_file(Source.from_bytes(name, text.encode())), Settings())


def figures(found: Reading) -> Figures | None:
    """What two networks that are the same share; None where there is none."""
    if found.network is None or found.profile is None:
        return None
    totals = found.profile.totals
    outputs = tuple(value.type.shape for _, value in found.network.outputs)
    return totals.params, totals.macs, outputs


def edits(findings: Iterable[Finding]) -> list[Edit]:
    """What the messages say to write: of mistakes, and of what was probably not meant."""
    about_meaning = [f.diagnostic for f in findings if f.code.startswith(("E", "W1"))]
    return [edit for diagnostic in about_meaning for edit in diagnostic.fix or diagnostic.suggestion]


def followed(text: str) -> str:
    """The draft after every help was followed, once."""
    return mended(text.encode(), edits(reading(text).findings)).decode()


@cache
def outcome(case: Case) -> str:
    right = figures(reading(case.right, "right.yaml"))
    assert right is not None, case.name
    if not re.search(r"\b(?:input|shape|net\])", case.draft):
        right = (right[0], 0, ())  # it does not say for which input
    first, second = reading(case.draft), reading(followed(case.draft))
    if _agree(first, right):
        return ONCE
    if _agree(second, right):
        return STEP
    return NO_LINE if _is_doubted(first) and _is_doubted(second) else SILENT


def _is_doubted(found: Reading) -> bool:
    return any(finding.code.startswith(("E", "W1")) for finding in found.findings)


def _agree(found: Reading, right: Figures) -> bool:
    """Whether a draft is the network that was meant; in its parameters alone where it says nothing of its input."""
    ours = figures(found)
    return ours is not None and (ours == right or (right[2] == () and ours[0] == right[0]))


def table() -> str:
    """How the drafts of each kind fared, in the words of Markdown."""
    kinds: dict[str, Counter[str]] = {}
    for case in cases():
        kinds.setdefault(case.kind, Counter())[outcome(case)] += 1
    rows = [("kind", "drafts", ONCE, STEP, NO_LINE, SILENT)]
    for kind, counts in sorted(kinds.items()):
        rows.append((kind, str(counts.total()), *(str(counts[each] or "") for each in (ONCE, STEP, NO_LINE, SILENT))))
    total: Counter[str] = sum(kinds.values(), Counter())
    rows.append(("all", str(total.total()), *(_share(total, each) for each in (ONCE, STEP, NO_LINE, SILENT))))
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, f"|---|{'--:|' * 5}", *body])


def _share(total: Counter[str], each: str) -> str:
    return f"{total[each]} ({100 * total[each] / total.total():.0f} %)"


def lines_to_write(printed: str) -> list[str]:
    """The lines of a spec that a printed message shows behind `help: write`."""
    before = r"= help: (?:did you mean .*\? Then )?"
    places = r"write(?: in place of lines [\d, -]+)?|it is read as|lines [\d, -]+ are read as"
    block = re.search(rf"{before}(?:{places})\n((?:\s+\|.*\n?)+)", printed)
    if block:
        return [line.partition("| ")[2] for line in block[1].rstrip("\n").split("\n")]
    one = re.search(rf"{before}(?:write|it is read as) `(.*)`$", printed, re.MULTILINE)
    return [one[1]] if one else []


PAGE = Path(__file__).parents[2] / "docs" / "drafts.md"
BEGIN, END = "<!-- drafts -->\n", "\n<!-- end -->"


def page_with(text: str) -> str:
    """The page of drafts with a table in its place."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    return f"{before}{BEGIN}{text}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page_with(table()), "utf-8")
    else:
        failed = [f"{case.name}: {outcome(case)}" for case in cases() if outcome(case) in (NO_LINE, SILENT)]
        sys.stdout.write("\n".join([table(), "", *failed, ""]))
