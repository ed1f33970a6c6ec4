"""What YAML is made of, with places: scalars, sequences, mappings, and stretches that are reported already.

A scalar's text may be folded over lines or hold escapes. `origin` maps each of its characters to the
line and column where it really stands.
"""

from __future__ import annotations

from dataclasses import dataclass

from netinspect.errors import Span


@dataclass(frozen=True, slots=True)
class Scalar:
    """`style` is "" (plain), `'`, `"`, `|` or `>`; the scalar is `source[start:end]`, quotes included. Where `is_bare`
    its quotes say nothing, as those of a JSON that spells an expression."""

    text: str
    style: str
    span: Span
    source: str
    start: int
    end: int
    is_bare: bool = False

    @property
    def quoted(self) -> bool:
        """Whether it is text whatever it looks like."""
        return self.style != "" and not self.is_bare


@dataclass(frozen=True, slots=True)
class Sequence:
    """`flow` for one in `[ ]`, not in lines."""

    items: tuple[Node, ...]
    span: Span
    flow: bool


@dataclass(frozen=True, slots=True)
class Mapping:
    """Pairs in source order; no key stands twice. `lost`: there were others, with a mistake in the key."""

    items: tuple[tuple[Scalar, Node], ...]
    span: Span
    flow: bool
    lost: bool = False

    def get(self, key: str) -> Node | None:
        """The value of a key."""
        return next((value for name, value in self.items if name.text == key), None)


@dataclass(frozen=True, slots=True)
class Bad:
    """A stretch with a mistake that is reported already."""

    span: Span


Node = Scalar | Sequence | Mapping | Bad

NULLS = frozenset({"", "~", "null", "Null", "NULL", "None"})


def is_null(node: Node) -> bool:
    """Whether a node says nothing: empty, `null`, `~`."""
    return isinstance(node, Scalar) and not node.quoted and node.text in NULLS


# --- where the characters of a scalar stand ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the characters of a text stand: on one line from (line, column), or each at its own mark."""

    line: int = 1
    column: int = 1
    marks: tuple[tuple[int, int], ...] | None = None

    def line_of(self, offset: int) -> int:
        """The line on which a character stands."""
        return self.span(offset, offset + 1).line

    def span(self, start: int, end: int) -> Span:
        """The place of `text[start:end]`."""
        if self.marks is None:
            return Span(self.line, self.column + start, self.line, self.column + end)
        if not self.marks:
            return Span(self.line, self.column, self.line, self.column + 1)
        last = len(self.marks) - 1
        line, column = self.marks[min(start, last)]
        if start > last:
            return Span(line, column + 1, line, column + 2)
        end_line, end_column = self.marks[min(max(end - 1, start), last)]
        return Span(line, column, end_line, end_column + (end > start))


def origin(scalar: Scalar) -> Origin:
    """Where the characters of a scalar's text stand."""
    span, quotes = scalar.span, 1 if scalar.style in ("'", '"') and scalar.style else 0
    one_line = span.line == span.end_line and scalar.style not in ("|", ">")
    if one_line and scalar.end - scalar.start - 2 * quotes == len(scalar.text):
        return Origin(span.line, span.column + quotes)
    if scalar.style == '"':
        offsets = _escaped(scalar)[1]
    else:
        # In a plain, single-quoted or block scalar folding only changes blanks.
        source, position = scalar.source, scalar.start
        if scalar.style in ("|", ">") and scalar.style:
            position = source.find("\n", position) + 1
        elif scalar.style == "'":
            position += 1
        offsets = []
        for character in scalar.text:
            if not character.isspace():
                while position < scalar.end - 1 and source[position] != character:
                    position += 1
            offsets.append(min(position, max(scalar.end - 1, scalar.start)))
            position += 2 if character == "'" and scalar.style == "'" else 1
    marks = []
    line, line_start = scalar.span.line, scalar.start - scalar.span.column + 1
    position = scalar.start
    for offset in offsets:
        while (newline := scalar.source.find("\n", position, offset)) >= 0:
            line, line_start, position = line + 1, newline + 1, newline + 1
        marks.append((line, offset - line_start + 1))
    return Origin(span.line, span.column, tuple(marks))


_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}


def _escaped(scalar: Scalar) -> tuple[str, list[int]]:
    """Text and offsets of a double-quoted scalar; surrogate pairs are joined."""
    source, position, end = scalar.source, scalar.start + 1, scalar.end - 1
    characters: list[str] = []
    offsets: list[int] = []
    while position < end:
        if source[position] == "\\":
            character, length = _escape(source, position)
        elif source[position] in " \t\n":
            # A stretch of blanks with line ends in it folds to fewer.
            after = position
            while after < end and source[after] in " \t\n":
                after += 1
            blanks = source[position:after]
            if "\n" not in blanks:
                character, length = blanks, len(blanks)
            else:
                character, length = "\n" * (blanks.count("\n") - 1) or " ", len(blanks)
        else:
            character, length = source[position], 1
        characters += character
        offsets += [position] * len(character)
        position += length
    return "".join(characters), offsets


def _escape(source: str, position: int) -> tuple[str, int]:
    """The character an escape stands for, and the escape's length."""
    kind = source[position + 1]
    if kind == "\n":
        after = position + 2
        while source[after] in " \t":
            after += 1
        return "", after - position
    if kind not in _HEX_DIGITS:
        return _ESCAPES.get(kind, kind), 2
    length = 2 + _HEX_DIGITS[kind]
    code = int(source[position + 2 : position + length], 16)
    if 0xD800 <= code < 0xDC00:
        low = int(source[position + 8 : position + 12], 16)
        return chr(0x10000 + ((code - 0xD800) << 10) + low - 0xDC00), 12
    return chr(code), length


def joined_text(scalar: Scalar) -> str:
    """The text of a double-quoted scalar that holds escaped surrogate pairs."""
    return _escaped(scalar)[0]
