"""Rewrites of a spec's lines: the one place where the edits are made that messages show and `check --fix` applies.

A rewrite knows the text as it stands: the indentation of a list, the dash and the name of an entry, the comment behind
it. Where an entry is written over several lines of the file, or inside `[ … ]`, there is none.

Lines as other languages have them are looked at only where a line does not parse. What is told here is the rewrite
alone: the message was told by whoever met the mistake.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from netinspect.errors import Edit, Span

_ENTRY = re.compile(
    r"(?P<indent>[ ]*)-[ ]+"
    r"(?P<key>(?P<name>[A-Za-z_]\w*)?(?P<inputs>\([^:]*\))?:[ ]+)?"
    r"(?P<body>.*?)(?P<comment>[ ]+#.*|[ ]*)$"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list of layers that stands on one line: `- name(inputs): body  # comment`.

    text    the whole line
    indent  the blanks before its dash
    key     the name and the inputs, up to the colon and the blank; "" where there are none
    """

    number: int
    text: str
    indent: str
    key: str
    name: str | None
    inputs: str | None
    body: str
    comment: str

    @property
    def span(self) -> Span:
        """The whole line, without its line end."""
        return Span(self.number, 1, self.number, len(self.text) + 1)

    def replaced(self, *bodies: str, key: str | None = None) -> tuple[Edit, ...]:
        """Other entries in its place. The last takes its name, if `key` says no other, and its comment."""
        *others, last = bodies
        lines = [f"{self.indent}- {body}" for body in others]
        lines.append(f"{self.indent}- {self.key if key is None else key}{last}{self.comment.rstrip()}")
        return (Edit(self.span, "\n".join(lines)),)

    def above(self, *bodies: str) -> tuple[Edit, ...]:
        """Entries above it."""
        column = len(self.indent) + 1
        text = "".join(f"- {body}\n{self.indent}" for body in bodies)
        return (Edit(Span(self.number, column, self.number, column), text),)

    def fed_by(self, body: str) -> tuple[Edit, ...]:
        """An entry above it whose result it takes, in the place of its own inputs."""
        if self.inputs is None:
            return self.above(body)
        first = f"{self.indent}- {self.inputs}: {body}"
        key = f"{self.name}: " if self.name else ""
        return (Edit(self.span, f"{first}\n{self.indent}- {key}{self.body}{self.comment}"),)

    def below(self, *bodies: str) -> tuple[Edit, ...]:
        """Entries below it."""
        end = len(self.text) + 1
        text = "".join(f"\n{self.indent}- {body}" for body in bodies)
        return (Edit(Span(self.number, end, self.number, end), text),)


def entry_at(lines: Sequence[str], number: int) -> Entry | None:
    """The entry of a list that stands on a line of the file, and on this line alone."""
    if not 1 <= number <= len(lines):
        return None
    text = lines[number - 1]
    match = _ENTRY.match(text)
    if match is None or not match["body"]:
        return None
    below = next((line for line in lines[number:] if line.strip() and not line.lstrip().startswith("#")), "")
    if len(below) - len(below.lstrip()) > len(match["indent"]):
        return None
    key = match["key"] or ""
    return Entry(number, text, match["indent"], key, match["name"], match["inputs"], match["body"], match["comment"])


def replacement(span: Span, text: str) -> tuple[Edit, ...]:
    """Another text in the place of one."""
    return (Edit(span, text),)


_SIZES = re.compile(r"[\[(]\s*\d+(?:\s*,\s*\d+)*\s*[\])]")


def sizes_at(lines: Sequence[str], span: Span | None, shape: Sequence[int]) -> Span | None:
    """Where the sizes of an input stand that begins at `span`, if they are a list of numbers on its line."""
    if span is None:
        return None
    for match in _SIZES.finditer(lines[span.line - 1], span.column - 1):
        if [int(number) for number in re.findall(r"\d+", match[0])] == list(shape):
            return Span(span.line, match.start() + 1, span.line, match.end() + 1)
    return None


# --- lines as other languages have them ----------------------------------------------------------


_ASSIGNED: Final = re.compile(r"(?:self\.)?([A-Za-z_]\w*)\s*=(?!=)\s*(.+)")
_PRINTED: Final = re.compile(r"\((\w+)\)$")
_CALLED: Final = re.compile(r"(?P<layer>(?:[\w.]+)\(.*\))\((?P<tensors>[\w.,\s]+)\)$")
_TIMES: Final = re.compile(
    r"(?P<count>\d+)\s*[x\u00d7]\s*(?P<first>[A-Za-z_\[].*)|(?P<last>.+?)\s*[x\u00d7]\s*(?P<number>\d+)$"
    r"|(?P<name>[a-z_]\w*)\s+[x\u00d7]\s+(?P<unit>[A-Z]\w*(?:\(.*\))?)$"
)
_TEMPLATE: Final = re.compile(r"\$\{\s*([\w.]+)\s*\}|\{\{\s*([\w.]+)\s*\}\}|\$(\w+)")
"""How templates mark a name: `${width}`, `{{ width }}`, `$width`."""

_ARROW: Final = re.compile(r"\s*(?:->|=>|\u2192|\u21d2|\|)\s*")
_LAYER: Final = re.compile(r"[A-Za-z_][\w.]*(?:\(.*\))?$")
_RUNNING: Final = ("x", "prev")
"""What the value that runs through a network is called in code."""

_UNPACKED: Final = re.compile(r"([A-Za-z_]\w*)\s*,\s*(?:\w+|\([\w\s,]*\))\s*=(?!=)\s*([A-Z][\w.]*\(.*\)|nn\.\w+\(.*\))")
"""`h, _ = GRU(64)` and `out, (h, c) = LSTM(64)`."""


def rewritten(entry: Entry) -> tuple[Edit, ...]:
    """The edits for an entry whose body does not parse; () where no habit is known."""
    body = entry.body.rstrip()
    if _TEMPLATE.search(body):
        return entry.replaced(_TEMPLATE.sub(lambda match: match[1] or match[2] or match[3], body))
    if body.endswith((",", ";")) and len(pieces := _split(body[:-1])) == 1:
        return entry.replaced(pieces[0])
    assigned = _ASSIGNED.match(body)
    if assigned and not entry.key:
        return entry.replaced(assigned[2].rstrip(";,"), key=f"{assigned[1]}: ")
    unpacked = _UNPACKED.fullmatch(body)
    if unpacked and not entry.key:
        return entry.replaced(unpacked[2], key=f"{unpacked[1]}: ")
    called = _CALLED.match(body)
    if called and called["layer"].count("(") == called["layer"].count(")") and not entry.inputs:
        tensors = called["tensors"].strip()
        inputs = "" if tensors in _RUNNING else f"({tensors})"
        key = f"{entry.name or ''}{inputs}"
        return entry.replaced(called["layer"], key=f"{key}: " if key else "")
    for separated in (_ARROW.split(body), _split(body)):
        if len(separated) > 1 and all(_LAYER.match(piece) for piece in separated):
            return entry.replaced(*separated)
    times = _TIMES.match(body)
    if times:
        count = times["count"] or times["number"] or times["name"]
        unit = times["first"] or times["last"] or times["unit"]
        if _LAYER.match(unit) or unit.endswith("]"):
            return entry.replaced(f"{count} * {unit}")
    return ()


def _split(body: str) -> list[str]:
    """The pieces between commas outside brackets."""
    pieces, depth = [""], 0
    for character in body:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += character
    return [piece.strip() for piece in pieces if piece.strip()]


def without_printed_name(entry: Entry) -> tuple[Edit, ...]:
    """`(conv1): Conv2d(…)` as torch prints a module: the name without its brackets, and a number without anything."""
    printed = _PRINTED.match(entry.inputs or "") if entry.name is None else None
    if printed is None:
        return ()
    return entry.replaced(entry.body, key="" if printed[1].isdecimal() else f"{printed[1]}: ")
