"""A spec with mistakes, mended round by round, so that one run tells all of them, each with the lines to write.

What a mistake hides shows once it is mended. So the rewrites that the messages of a round suggest are made on a copy of
the text, which is read again; what is found there is told of the line the user wrote. The help of a message is taken
from the text at the end: what it shows, pasted in its place, is right.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from netinspect.drafts.characters import odd_characters
from netinspect.drafts.foreign import foreign_text
from netinspect.drafts.habits import with_habits
from netinspect.drafts.positions import EditedText
from netinspect.errors import Diagnostic, Edit, Span
from netinspect.language import Source

MAX_ROUNDS: Final = 12
IN_PLACE: Final = "write in place of lines "
"""Begins a help that shows the lines for several lines of the file."""

_ALIKE: Final = 3
"""So many mistakes of one kind become one message."""

_QUOTED: Final = re.compile(r"`[^`]*`|\d+")

Mistakes = Callable[[Source], tuple[Diagnostic, ...]]
"""What is wrong with a text; () where a network comes from it."""


@dataclass(slots=True)
class _Found:
    """A mistake, where it stands in the user's text, and whether its rewrite has one meaning."""

    diagnostic: Diagnostic
    span: Span | None
    edited: tuple[Span, ...]
    is_certain: bool


def mended(source: Source, first: tuple[Diagnostic, ...], mistakes: Mistakes) -> tuple[str, tuple[Diagnostic, ...]]:
    """The text with every rewrite made, and the messages for the user's text, in its order: of what was found on the
    way and has a rewrite, and of what is left. `first` are the mistakes of the text as it is."""
    text = EditedText([source.text])
    found: dict[tuple[str, Span | None], _Found] = {}
    left: tuple[Diagnostic, ...] = ()
    is_certain = True
    for turn in range(MAX_ROUNDS):
        now = Source(source.name, text.now)
        left = odd_characters(now) or (mistakes(now) if turn else first)
        left = tuple(with_habits(now, diagnostic, mistakes, is_alone=len(left) == 1) for diagnostic in left)
        foreign = foreign_text(now, left, mistakes)
        if foreign is not None:
            left = (foreign,)
        rewrites = []
        for diagnostic in left:
            rewrite = diagnostic.fix or diagnostic.suggestion
            if not rewrite:
                continue
            rewrites.append(rewrite)
            span = text.original(diagnostic.span) if diagnostic.span else None
            edited = tuple(text.original(edit.span) for edit in rewrite)
            found.setdefault(
                (diagnostic.code, span), _Found(diagnostic, span, edited, is_certain and bool(diagnostic.fix))
            )
        if not text.edit(rewrites):
            break
        is_certain = is_certain and all(diagnostic.fix or not diagnostic.suggestion for diagnostic in left)
        left = ()
    failed = {
        text.original(diagnostic.span).line
        for diagnostic in left
        if diagnostic.span and diagnostic.severity == "error" and not (diagnostic.fix or diagnostic.suggestion)
    }
    told = _with_lines(source, text, found.values(), failed)
    told += [
        replace(diagnostic, span=text.original(diagnostic.span) if diagnostic.span else None)
        for diagnostic in left
        if not (diagnostic.fix or diagnostic.suggestion)
    ]
    told.sort(key=lambda diagnostic: diagnostic.span or Span(0, 0, 0, 0))
    return text.now, tuple(_without_repeats(told))


def _without_repeats(told: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The same lines are shown once, where two messages have them."""
    shown: set[str] = set()
    for diagnostic in told:
        help = diagnostic.help or ""
        is_repeated = "\n" in help and help in shown
        shown.add(help)
        yield replace(diagnostic, help="write the lines above") if is_repeated else diagnostic


def _with_lines(source: Source, text: EditedText, found: Iterable[_Found], failed: set[int]) -> list[Diagnostic]:
    """The mistakes that have a rewrite, each with the lines that stand in the place of its own at the end; those that
    are alike in one. A single line that has `failed` is not shown: it would be wrong too."""
    regions = [_trimmed(source, *region) for region in text.regions()]
    regions = [region for region in regions if region[0] != region[1] or region[0] not in failed]
    by_region: dict[int, list[_Found]] = defaultdict(list)
    for mistake in found:
        for number, (line, end_line, _) in enumerate(regions):
            if any(span.line <= end_line and line <= span.end_line for span in mistake.edited):
                by_region[number].append(mistake)
    told: list[Diagnostic] = []
    for group in _alike(found):
        numbers = [number for number, those in sorted(by_region.items()) if any(mistake in those for mistake in group)]
        edits = tuple(_whole_lines(source, *regions[number]) for number in numbers)
        is_certain = all(mistake.is_certain for number in numbers for mistake in by_region[number])
        first = group[0]
        help = _help([regions[number] for number in numbers])
        question = first.diagnostic.help or ""
        if help is not None and question.startswith("did you mean"):
            help = f"{question} Then {help}"
        diagnostic = replace(
            first.diagnostic,
            span=first.span,
            help=help or first.diagnostic.help,
            fix=edits if is_certain else (),
            suggestion=() if is_certain else edits,
        )
        if len(group) > 1:
            others = ", ".join(str(mistake.span.line) for mistake in group[1:] if mistake.span)
            note = f"the same on line{'s' * (len(group) > 2)} {others}"
            diagnostic = replace(diagnostic, note=f"{diagnostic.note}; {note}" if diagnostic.note else note)
        told.append(diagnostic)
    return told


def _alike(found: Iterable[_Found]) -> list[list[_Found]]:
    """The mistakes in groups: those of one kind together where there are many, each other one alone."""
    kinds: dict[tuple[str, str], list[_Found]] = defaultdict(list)
    for mistake in found:
        kinds[mistake.diagnostic.code, _QUOTED.sub("", mistake.diagnostic.message)].append(mistake)
    groups: list[list[_Found]] = []
    for group in kinds.values():
        groups += [group] if len(group) >= _ALIKE else [[mistake] for mistake in group]
    return groups


def _trimmed(source: Source, first: int, last: int, new: str) -> tuple[int, int, str]:
    """A stretch without the lines at its ends that stay as they are."""
    lines = new.split("\n")
    while first < last and len(lines) > 1 and source.lines[last - 1] == lines[-1]:
        last, lines = last - 1, lines[:-1]
    while first < last and len(lines) > 1 and source.lines[first - 1] == lines[0]:
        first, lines = first + 1, lines[1:]
    return first, last, "\n".join(lines)


def _whole_lines(source: Source, first: int, last: int, lines: str) -> Edit:
    return Edit(Span(first, 1, last, len(source.lines[last - 1]) + 1), lines)


def _help(regions: Sequence[tuple[int, int, str]]) -> str | None:
    """The lines to write: in the sentence if it is one for one, else below it as they stand in the file."""
    if not regions:
        return None
    if len(regions) == 1 and regions[0][0] == regions[0][1] and "\n" not in regions[0][2]:
        line = regions[0][2].strip()
        return f"write `{line}`" if line else "delete the line"
    lines = [line for _, _, new in regions for line in new.split("\n")]
    if not any(line.strip() for line in lines):
        return "delete the lines"
    if sum(last - first + 1 for first, last, _ in regions) == 1:
        return "\n".join(["write", *lines])
    stretches: list[tuple[int, int]] = []
    for first, last, _ in regions:
        follows = bool(stretches) and first == stretches[-1][1] + 1
        stretches.append((stretches.pop()[0], last) if follows else (first, last))
    places = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in stretches)
    return "\n".join([f"{IN_PLACE}{places}", *lines])
