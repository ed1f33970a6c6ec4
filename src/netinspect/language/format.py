"""A spec as every spec is laid out: two blanks a level, one blank where one belongs, comments in their columns.

The order of keys, what stands in brackets and what on lines of its own, numbers and quotes stay as they were written:
the text is changed, not written anew. What it means does not change, which is proven each time.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Final

from netinspect.errors import Mistake, SpecError, Unfinished
from netinspect.language.nodes import Bad, Mapping, Node, Origin, Scalar, Sequence
from netinspect.language.parse import parse
from netinspect.language.reader import read_nodes, scalar_ranges
from netinspect.language.source import Source
from netinspect.language.tokens import END, NAME, OPERATOR, Token, tokens
from netinspect.language.write import place_to_break

WIDTH: Final = 128
"""An entry that is longer is folded; shorter lines are the author's own affair."""

TEXTS: Final = frozenset({"name", "about", "paper", "source", "labels"})
"""Keys whose value is no expression, whatever it looks like."""

_STEP: Final = 2
_WORDS: Final = frozenset({"if", "else", "for", "in", "and", "or", "not", "is"})


def formatted(source: Source) -> str:
    """The text of a spec as it is laid out. SpecError for what cannot be read."""
    parsed = parse(source)
    if parsed.spec is None or parsed.diagnostics:
        raise SpecError(parsed.diagnostics, source)
    text = _laid_out(source)
    again = parse(Source(source.name, text))
    if again.spec is None or outline(again.spec) != outline(parsed.spec):
        raise Unfinished(f"{source.name}: laid out it would mean something else; this is a bug, and nothing is written")
    return text


def outline(node: Any) -> Any:
    """A syntax tree without its places: equal for texts that say the same."""
    if isinstance(node, tuple):
        return tuple(outline(item) for item in node)
    if is_dataclass(node):
        kept = [item.name for item in fields(node) if "span" not in item.name]
        return (type(node).__name__, *[outline(getattr(node, name)) for name in kept])
    if isinstance(node, dict):
        return tuple((key, outline(value)) for key, value in node.items())
    return (type(node).__name__, node)


@dataclass(slots=True)
class _Layout:
    """What is to be done: per line its new column and the line it goes on from, and changes inside of lines."""

    source: Source
    columns: dict[int, int] = field(default_factory=dict)
    goes_on: dict[int, int] = field(default_factory=dict)
    edits: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)  # from column to column, counted from 0

    def replace(self, line: int, start: int, end: int, text: str) -> None:
        self.edits.setdefault(line, []).append((start - 1, end - 1, text))


def _laid_out(source: Source) -> str:
    root, _ = read_nodes(source)
    layout = _Layout(source)
    if isinstance(root, Mapping) and not root.flow:
        _mapping(layout, root, 0)
    comments = _comments(source.text)
    lines = []
    shift = 0
    old_lines = source.text.split("\n")
    for number, old in enumerate(old_lines, 1):
        place = comments.get(number)
        code, comment = (old, "") if place is None else (old[:place], old[place:])
        for start, end, text in sorted(layout.edits.get(number, ()), reverse=True):
            code = code[:start] + text + code[end:]
        code = code.rstrip()
        if not code and not comment:
            lines.append("")
            continue
        if not code:
            lines.append(" " * _comment_column(layout, old_lines, comments, number, place or 0) + _comment(comment))
            continue
        indent = len(code) - len(code.lstrip())
        if number in layout.columns:
            shift = layout.columns[number] - indent
        elif number in layout.goes_on:
            first = layout.goes_on[number]
            shift = layout.columns.get(first, 0) - _indent(old_lines[first - 1])
        code = " " * max(indent + shift, 0) + code.lstrip()
        rows = list(_folded(code)) if number in layout.columns else [code]
        if comment:  # inside of a value none may stand
            column = max(place if place and len(rows) == 1 else 0, len(rows[-1]) + 2)
            rows[-1] = f"{rows[-1].ljust(column)}{_comment(comment)}"
        lines += rows
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    return f"{text}\n"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _comment(text: str) -> str:
    return re.sub(r"^#(?=[^\s#!:])", "# ", text.rstrip())


def _comments(text: str) -> dict[int, int]:
    """The column of the comment of each line that has one, counted from 0."""
    ranges = scalar_ranges(text)
    starts = [start for start, _ in ranges]
    comments: dict[int, int] = {}
    offset = 0
    for number, line in enumerate(text.split("\n"), 1):
        for match in re.finditer(r"(?:^|(?<=\s))#", line):
            position = bisect_right(starts, offset + match.start()) - 1
            if position < 0 or ranges[position][1] <= offset + match.start():
                comments[number] = match.start()
                break
        offset += len(line) + 1
    return comments


def _comment_column(layout: _Layout, lines: list[str], comments: dict[int, int], number: int, place: int) -> int:
    """A comment that has a line of its own stands where the next line begins, if it did so before; else it moves with
    the line above."""
    after = [
        n
        for n in range(number + 1, len(lines) + 1)
        if lines[n - 1].strip() and comments.get(n) != _indent(lines[n - 1])
    ]
    before = [n for n in range(number - 1, 0, -1) if n in layout.columns]
    for other in (*after[:1], *before):
        if other in layout.columns and _indent(lines[other - 1]) == place:
            return layout.columns[other]
    if before:
        return max(place + layout.columns[before[0]] - _indent(lines[before[0] - 1]), 0)
    return 0 if not after else place


# --- nodes -------------------------------------------------------------------------------------


def _mapping(layout: _Layout, node: Mapping, column: int, *, first_on_dash: bool = False) -> None:
    """A mapping in lines whose keys begin in `column`."""
    for position, (key, value) in enumerate(node.items):
        if not (first_on_dash and position == 0):
            layout.columns[key.span.line] = column
        if (
            not key.quoted
            and "{" not in key.text
            and re.search(r"[(,]", key.text)
            and key.span.line == key.span.end_line
        ):
            text = spaced(key.text)
            if text is not None:
                layout.replace(key.span.line, key.span.column, key.span.end_column, text)
        # `key : value` becomes `key: value`.
        line, key_end = key.span.end_line, key.span.end_column
        colon = re.compile(r"\s*:\s*").match(layout.source.text.split("\n")[line - 1], key_end - 1)
        if colon is not None:
            starts_here = value.span.line == line and not _is_empty(value) and value.span.column - 1 >= colon.end()
            layout.replace(line, key_end, colon.end() + 1, ": " if starts_here else ":")
        if isinstance(value, Scalar) and key.text in TEXTS:
            _moves(layout, value, key.span.line)
        elif isinstance(value, Mapping) and not value.flow:
            _mapping(layout, value, column + _STEP)
        elif isinstance(value, Sequence) and not value.flow:
            _sequence(layout, value, column + _STEP)
        else:
            _leaf(layout, value, key.span.line)


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.start == node.end


def _sequence(layout: _Layout, node: Sequence, column: int) -> None:
    """A list in lines whose dashes stand in `column`."""
    lines = layout.source.text.split("\n")
    for item in node.items:
        line, start = item.span.line, item.span.column
        dash = re.compile(r"-\s*$").search(lines[line - 1][: start - 1])
        on_line = dash is not None
        if on_line and dash is not None:
            if not lines[line - 1][: dash.start()].strip():
                layout.columns[line] = column
            layout.replace(line, dash.start() + 1, start, "- ")
        elif not _is_empty(item):
            layout.columns[line] = column + _STEP
        if isinstance(item, Mapping) and not item.flow:
            _mapping(layout, item, column + _STEP, first_on_dash=on_line)
        elif isinstance(item, Sequence) and not item.flow:
            _sequence(layout, item, column + _STEP)
        else:
            _leaf(layout, item, line)


def _moves(layout: _Layout, node: Node, line: int) -> None:
    """The further lines of a value move with its first."""
    layout.goes_on.update(dict.fromkeys(range(line + 1, node.span.end_line + 1), line))


def _leaf(layout: _Layout, node: Node, line: int) -> None:
    """A scalar or what stands in brackets."""
    if isinstance(node, Bad):
        return
    _moves(layout, node, line)
    if node.span.line != node.span.end_line:
        return
    text = _flow(node)
    if text is not None:
        layout.replace(node.span.line, node.span.column, node.span.end_column, text)


def _flow(node: Node) -> str | None:
    """A value on one line; None for one that stays as it is."""
    if isinstance(node, Scalar):
        if node.quoted or not re.search(r"[(\[,=+*/]", node.text) or "://" in node.text:
            return node.source[node.start : node.end]
        return spaced(node.text) or node.source[node.start : node.end]
    if isinstance(node, Bad):
        return None
    if isinstance(node, Sequence):
        items = [_flow(item) for item in node.items]
        return None if None in items else f"[{', '.join(item or '' for item in items)}]"
    pairs = []
    for key, value in node.items:
        text = _flow(value)
        if text is None:
            return None
        name = key.source[key.start : key.end]
        pairs.append(name if _is_empty(value) else f"{name}: {text}")
    return f"{{{', '.join(pairs)}}}"


# --- expressions -------------------------------------------------------------------------------


def spaced(text: str) -> str | None:
    """A step or expression with one blank where one belongs: around operators, behind commas; None for other texts.

    Around `**` there are blanks if there were any.
    """
    try:
        words = [token for token in tokens(text, Origin()) if token.kind != END]
    except Mistake:
        return None
    pieces: list[str] = []
    before: Token | None = None
    is_sign = False  # the token before is a sign, or a star that opens a list
    depth: list[str] = []
    for token in words:
        if before is not None and _needs_blank(before, token, text, is_sign=is_sign, brackets=depth):
            pieces.append(" ")
        pieces.append(token.text)
        is_operator = token.text in ("-", "+", "*")
        is_sign = is_operator and (before is None or not _ends_value(before))
        if token.text in ("(", "["):
            depth.append(token.text)
        elif token.text in (")", "]") and depth:
            depth.pop()
        before = token
    return "".join(pieces)


def _ends_value(token: Token) -> bool:
    """Whether a value ends here, so that a `-` behind it subtracts."""
    return token.text in (")", "]") or (token.kind != OPERATOR and token.text not in _WORDS)


def _needs_blank(before: Token, token: Token, text: str, *, is_sign: bool, brackets: list[str]) -> bool:
    left, right = before.text, token.text
    if is_sign or left in ("(", "[", ".") or right in (")", "]", ",", "."):
        return False
    if left == ",":
        return True
    if ":" in (left, right) or left == "..." or right == "...":
        return False
    if "**" in (left, right):
        return text[before.end : token.start] != ""
    if "=" in (left, right):
        return not brackets
    if right in ("(", "["):
        return (before.kind != NAME and left not in (")", "]")) or left in _WORDS
    return True


# --- long entries ------------------------------------------------------------------------------


def _folded(code: str) -> Iterator[str]:
    """An entry that is too long, over several lines."""
    match = re.match(r"(\s*)- (?:[^\"'#{}]*?: )?(?=[^\s\"'\[{])", code)
    if match is None or len(code) <= WIDTH:
        yield code
        return
    indent = " " * (len(match[1]) + 2 * _STEP)
    head, text = match[0], code[match.end() :]
    while len(head) + len(text) > WIDTH and (place := place_to_break(text, WIDTH - len(head))) is not None:
        yield (head + text[:place]).rstrip()
        head, text = indent, text[place:]
    yield head + text
