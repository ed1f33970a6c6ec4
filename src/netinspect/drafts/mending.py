"""A spec with mistakes, mended round by round, so that one run tells all of them, each with the lines to write.

What a mistake hides shows once it is mended. So the rewrites that the messages of a round suggest are made on a copy of
the text, which is read again; what is found there is told of the line the user wrote. The help of a message is taken
from the text at the end: what it shows, pasted in its place, is right.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from netinspect.drafts.foreign import foreign_text
from netinspect.drafts.habits import with_habits, without_guess_of_x
from netinspect.drafts.positions import EditedText
from netinspect.errors import Diagnostic, Edit, Span, shortened
from netinspect.language.reader import scalar_ranges
from netinspect.language.source import Source

MAX_ROUNDS: Final = 12
IN_PLACE: Final = "write in place of lines "
"""Begins a help that shows the lines for several lines of the file."""

_ALIKE: Final = 3
"""So many mistakes of one kind become one message."""

_QUOTED: Final = re.compile(r"`[^`]*`|\d+")

Mistakes = Callable[[Source], tuple[Diagnostic, ...]]
"""What is wrong with a text; () where a network comes from it."""


@dataclass(slots=True)
class _Mended:
    """A mistake, where it stands in the user's text, and whether its rewrite has one meaning."""

    diagnostic: Diagnostic
    span: Span | None
    edited: tuple[Span, ...]
    is_certain: bool


def mended(source: Source, first: tuple[Diagnostic, ...], mistakes: Mistakes) -> tuple[str, tuple[Diagnostic, ...]]:
    """The text with every rewrite made, and the messages for the user's text, in its order: of what was found on the
    way and has a rewrite, and of what is left. `first` are the mistakes of the text as it is."""
    text = EditedText([source.text])
    rewritten: dict[tuple[str, Span | None], _Mended] = {}
    left: tuple[Diagnostic, ...] = ()
    is_certain = True
    for turn in range(MAX_ROUNDS):
        now = Source(source.name, text.now)
        left = odd_characters(now) or (mistakes(now) if turn else first)
        left = tuple(
            without_guess_of_x(now, with_habits(now, diagnostic, mistakes, is_alone=len(left) == 1), source.text)
            for diagnostic in left
        )
        foreign = foreign_text(now, left, mistakes)
        if foreign is not None:
            left = (foreign,)
            rewritten = {name: mistake for name, mistake in rewritten.items() if not _is_inside(mistake, foreign, text)}
        rewrites = []
        for diagnostic in left:
            rewrite = diagnostic.fix or diagnostic.suggestion
            if not rewrite:
                continue
            rewrites.append(rewrite)
            span = _place(text, diagnostic.span)
            edited = tuple(text.original(edit.span) for edit in rewrite)
            rewritten.setdefault(
                (diagnostic.code, span), _Mended(diagnostic, span, edited, is_certain and bool(diagnostic.fix))
            )
        if not text.edit(rewrites):
            break
        is_certain = is_certain and all(diagnostic.fix or not diagnostic.suggestion for diagnostic in left)
        left = ()
    rest = [
        replace(diagnostic, span=_place(text, diagnostic.span))
        for diagnostic in left
        if not (diagnostic.fix or diagnostic.suggestion)
    ]
    return text.now, _messages(source, text, rewritten.values(), rest)


def _messages(
    source: Source, text: EditedText, rewritten: Iterable[_Mended], rest: Sequence[Diagnostic]
) -> tuple[Diagnostic, ...]:
    """What the user is told, in the order of the text: of the mistakes that were mended on the way, and of the rest."""
    left_names = {_name_of(diagnostic, diagnostic.span) for diagnostic in rest}
    by_name = {_name_of(mistake.diagnostic, mistake.span): mistake for mistake in rewritten}
    mended = [mistake for name, mistake in by_name.items() if name not in left_names]
    # The lines that are no lines of a spec yet, for all that was mended in them.
    refused = {mistake.span.line for mistake in rest if mistake.span and _OF_A_LINE.fullmatch(mistake.code)}
    messages = _with_lines(source, text, mended, refused)
    messages += [
        replace(by_name[name].diagnostic, span=by_name[name].span, fix=(), suggestion=())
        for name in left_names & by_name.keys()
    ]
    messages += [diagnostic for diagnostic in rest if _name_of(diagnostic, diagnostic.span) not in by_name]
    of_lines = Counter(diagnostic.span.line for diagnostic in messages if diagnostic.span)
    messages = [
        message
        for message in messages
        if message.code != "E020"
        or message.help
        or message.fix
        or message.suggestion
        or not message.span
        or of_lines[message.span.line] == 1
    ]
    messages.sort(key=lambda diagnostic: diagnostic.span or Span(0, 0, 0, 0))
    helps: set[str] = set()
    for number, message in enumerate(messages):
        help = message.help or ""
        lines = help.partition("\n")[2]
        if lines and any(lines in other for other in helps):  # they are shown once
            messages[number] = replace(message, help="write the lines above")
        helps.add(help)
    return tuple(messages)


def _ranges(lines: Sequence[int]) -> str:
    """Lines in words: `4, 6`, and `4-9` for three and more that follow one another."""
    known = set(lines)
    begins = [line for line in lines if line - 1 not in known]
    ends = [line for line in lines if line + 1 not in known]
    pieces = []
    for first, last in zip(begins, ends, strict=True):
        pieces += [f"{first}-{last}"] if last - first > 1 else [str(line) for line in range(first, last + 1)]
    return ", ".join(pieces)


def _is_inside(mistake: _Mended, foreign: Diagnostic, text: EditedText) -> bool:
    """Whether a mistake is one of wording, in lines that are written anew as a whole: that is what is told then."""
    if not _OF_WORDING.fullmatch(mistake.diagnostic.code):
        return False
    stretches = [text.original(edit.span) for edit in foreign.fix or foreign.suggestion]
    return all(
        any(stretch.line <= span.line and span.end_line <= stretch.end_line for stretch in stretches)
        for span in mistake.edited
    )


_PREFIX: Final = re.compile(r"\b(?:self|nn|F|torch)\.|\s+")


def _place(text: EditedText, span: Span | None) -> Span | None:
    """Where a mistake of the latest text stands in the first. Of lines that were written anew it is the one that says
    the same, and there the same words."""
    if span is None or not text.changes:
        return span
    place = text.original(span)
    old, new = text.texts[0].split("\n"), text.now.split("\n")[span.line - 1]
    words = new[span.column - 1 : span.end_column - 1 if span.end_line == span.line else None]
    is_in_line = place.line == place.end_line and old[place.line - 1][: place.column - 1].strip(" -")
    if is_in_line or (words.strip() and old[place.line - 1][place.column - 1 :].startswith(words)):
        return place
    within = range(place.line, place.end_line + 1)
    step = _PREFIX.sub("", re.sub(r"^\s*- |\s+#.*", "", new))
    key, _, body = re.sub(r"\([^()]*\):", ":", step).rpartition(":")
    for said in (f"{key}:{body}", body, "".join(words.split()), f"-{key}"):
        lines = [n for n in within if len(said) > 1 and said in _PREFIX.sub("", old[n - 1])]
        if len(lines) == 1:
            line = lines[0]
            break
    else:
        line, words = next((n for n in within if old[n - 1].strip()), place.line), ""
    content = old[line - 1]
    same = re.search(r"\s*".join(map(re.escape, words.split())), content) if words.strip() else None
    if same:
        return Span(line, same.start() + 1, line, same.end() + 1)
    start = len(content) - len(content.lstrip(" -"))
    return Span(line, start + 1, line, max(len(content.rstrip()) + 1, start + 2))


_OF_WORDING: Final = re.compile(r"E0\d\d|E1\d\d")
_OF_A_LINE: Final = re.compile(r"E00\d|E01[67]|E[12]\d\d")


def _name_of(diagnostic: Diagnostic, span: Span | None) -> tuple[str, str, int | None]:
    """What is the same for a mistake before and after a rewrite that does not mend it."""
    return diagnostic.code, diagnostic.message, span.line if span else None


def _with_lines(source: Source, text: EditedText, rewritten: Iterable[_Mended], refused: set[int]) -> list[Diagnostic]:
    """The mistakes that have a rewrite, each with the lines that stand in the place of its own at the end; those that
    are alike in one. A line is not shown where it is refused all the same."""
    regions = [_trimmed(source, *region) for region in text.regions()]
    by_region: dict[int, list[_Mended]] = defaultdict(list)
    for mistake in rewritten:
        for number, (line, end_line, _) in enumerate(regions):
            if any(span.line <= end_line and line <= span.end_line for span in mistake.edited):
                by_region[number].append(mistake)
    alone = [number for number, (line, end_line, _) in enumerate(regions) if line == end_line and line in refused]
    hidden = [mistake for number in alone for mistake in by_region[number]]
    kinds = {mistake.diagnostic.code for mistake in hidden if len(mistake.edited) > 1}
    hidden += [mistake for mistake in rewritten if mistake.diagnostic.code in kinds]  # their lines need each other
    messages: list[Diagnostic] = []
    for group in _alike(rewritten):
        numbers = [
            number
            for number, those in sorted(by_region.items())
            if any(mistake in those for mistake in group if mistake not in hidden)
        ]
        edits = tuple(
            Edit(Span(first, 1, last, len(source.lines[last - 1]) + 1), lines)
            for first, last, lines in (regions[number] for number in numbers)
        )
        is_certain = all(mistake.is_certain for number in numbers for mistake in by_region[number])
        first = group[0]
        help = _help([regions[number] for number in numbers])
        question = first.diagnostic.help or ""
        if help is not None and question.startswith("did you mean"):
            help = f"{question} Then {help}"
        diagnostic = replace(
            first.diagnostic,
            span=first.span,
            help=help or (first.diagnostic.help if numbers else None),
            fix=edits if is_certain else (),
            suggestion=() if is_certain else edits,
        )
        if len(group) > 1:
            others = sorted(
                {mistake.span.line for mistake in group if mistake.span} - {first.span.line if first.span else 0}
            )
            if others:
                note = f"likewise line{'s' * (len(others) > 1)} {_ranges(others)}"
                diagnostic = replace(diagnostic, note=f"{diagnostic.note}; {note}" if diagnostic.note else note)
        messages.append(diagnostic)
    return messages


def _alike(rewritten: Iterable[_Mended]) -> list[list[_Mended]]:
    """The mistakes in groups: those of one kind together where there are many, each other one alone."""
    kinds: dict[tuple[str, str], list[_Mended]] = defaultdict(list)
    for mistake in rewritten:
        kinds[mistake.diagnostic.code, _QUOTED.sub("", mistake.diagnostic.message)].append(mistake)
    groups: list[list[_Mended]] = []
    for group in kinds.values():
        group.sort(key=lambda mistake: mistake.span or Span(0, 0, 0, 0))
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


def _help(regions: Sequence[tuple[int, int, str]]) -> str | None:
    """The lines to write: in the sentence if it is one for one, else below it as they stand in the file. None where
    one is too long for a message."""
    if not regions:
        return None
    if len(regions) == 1 and regions[0][0] == regions[0][1] and "\n" not in regions[0][2]:
        line = regions[0][2].strip()
        return f"write `{line}`" if line else "delete the line"
    lines = [line for _, _, new in regions for line in new.split("\n")]
    if any(shortened(line) != line for line in lines):
        return None
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


# --- characters that look like others ------------------------------------------------------------


_MEANT: Final = {
    "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u3000": " ",
    "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\u00ad": "", "\ufe0f": "",
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2022": "-",
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00d7": "*", "\u2217": "*", "\u00b7": "*",
    "\u0410": "A", "\u0412": "B", "\u0415": "E", "\u041a": "K", "\u041c": "M", "\u041d": "H", "\u041e": "O",
    "\u0420": "P", "\u0421": "C", "\u0422": "T", "\u0425": "X", "\u0430": "a", "\u0435": "e", "\u043e": "o",
    "\u0440": "p", "\u0441": "c", "\u0443": "y", "\u0445": "x", "\u0456": "i", "\u0455": "s", "\u0458": "j",
    "\u0391": "A", "\u0392": "B", "\u0395": "E", "\u0397": "H", "\u0399": "I", "\u039a": "K", "\u039c": "M",
    "\u039d": "N", "\u039f": "O", "\u03a1": "P", "\u03a4": "T", "\u03a7": "X", "\u03bf": "o", "\u0131": "i",
}  # fmt: skip
"""What is meant where one of these stands outside of quotes and comments. Full-width forms come on top."""


def odd_characters(source: Source) -> tuple[Diagnostic, ...]:
    """E015 for each line with characters that only look like those of a spec, in names, numbers and signs."""
    if source.text.isascii():
        return ()
    diagnostics: list[Diagnostic] = []
    quoted = [(start, end) for start, end in scalar_ranges(source.text) if source.text[start : start + 1] in ("'", '"')]
    offset = 0
    for number, line in enumerate(source.lines, 1):
        edits: list[Edit] = []
        names: dict[str, tuple[int, str]] = {}
        # A name or a comment holds words for people alone.
        is_text = line.lstrip().startswith(_TEXTS) and "\uff1a" not in line.partition(":")[0]
        if not line.isascii() and not is_text:
            comment = line.find(" #")
            for column, character in enumerate(line if comment < 0 else line[:comment], 1):
                if character.isascii():
                    meant = None
                elif "\uff01" <= character <= "\uff5e":
                    meant = chr(ord(character) - 0xFEE0)
                else:
                    meant = _MEANT.get(character)
                if meant is not None and not any(start <= offset + column - 1 < end for start, end in quoted):
                    edits.append(Edit(Span(number, column, number, column + 1), meant))
                    names.setdefault(unicodedata.name(character, f"U+{ord(character):04X}"), (column, meant))
        if edits:
            description = " and ".join(
                f"{name} (for `{meant}`)" if meant else name for name, (_, meant) in names.items()
            )
            message = f"{description} {'stand' if len(names) > 1 else 'stands'} on this line"
            note = "it only looks like what is meant"
            diagnostics.append(Diagnostic("E015", message, edits[0].span, note, fix=tuple(edits)))
        offset += len(line) + 1
    return tuple(diagnostics)


_TEXTS: Final = ("name", "about", "paper", "source", "#")
