"""What YAML's complaints mean for someone who writes a spec.

YAML sees commas, colons and brackets before the spec's own language does, so most of its complaints
are about a step that was written like Python. The line tells which.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from netinspect.errors import Diagnostic, Edit, Span
from netinspect.language.nodes import Node, Scalar, Sequence

_ARGUMENT: Final = re.compile(r"[(,]\s*([A-Za-z_]\w*)\s*$")
MAX_FOLDED_LINES: Final = 20
"""How far a folded step is followed up to its beginning, for a better message."""

MAX_LISTED: Final = 20_000
"""How far the end of a list in brackets is looked for."""

_LISTED: Final = "one layer a line: each on a line of its own after `- `"


def explain_error(text: str, error: Any) -> tuple[Diagnostic, int | None]:
    """The diagnostic of a YAMLError; and the offset of its colon where reading can go on behind it."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return Diagnostic("E015", f"not a text file: {error}"), None
    problem, context = str(error.problem), str(error.context or "")
    index = _index(text, mark.line, mark.column)
    line_start = _line_start(text, index)
    margin = re.compile(r"[ \t-]*").match(text, line_start)
    tab = text.find("\t", line_start, margin.end() if margin else line_start)
    if tab >= 0:  # before the words of the line, which is where YAML gave up
        end = tab
        while text[end : end + 1] == "\t":
            end += 1
        place = Span(*_line_column(text, tab), *_line_column(text, end))
        note = "YAML does not say how wide a tab is"
        fix = (Edit(place, "  " * (end - tab)),)
        return Diagnostic("E001", "a tab indents this line", place, note, "indent with blanks, two a level", fix), None
    for of_line in (_repeated_group, _group_with_loop, _long_form_with_name):
        diagnostic = of_line(text, index)
        if diagnostic is not None:
            return diagnostic, None
    if problem.startswith("mapping values are not allowed"):
        return colon_mistake(text, _step_start(text, index), index), index
    if "flow" in context:
        return _flow_mistake(text, _opening(text, index), index), None
    return _other(text, error, problem, context, index), None


_GROUP: Final = re.compile(r"(?P<head>\s*- (?:\w+: )?)(?P<group>\[.*\])\s*[*x]\s*(?P<count>\w+)\s*(?:#.*)?$")


def _repeated_group(text: str, index: int) -> Diagnostic | None:
    """E002 for `- [A, B] * 3`: YAML takes a list at the beginning for one of its own, so the count stands first."""
    start = _line_start(text, index)
    line = text[start:].split("\n", 1)[0]
    match = _GROUP.match(line)
    if match is None:
        return None
    number = _line_column(text, index)[0]
    place = Span(number, match.start("group") + 1, number, match.end("count") + 1)
    written = f"{match['count']} * {match['group']}"
    message = "the count of a repeat stands before its layers"
    return Diagnostic("E002", message, place, None, f"write `{written}`", (Edit(place, written),))


_LOOPED: Final = re.compile(r"(?P<head>\s*- (?:\w+: )?)(?P<group>\[.*\])\s*(?P<loop>(?:for|if)\s.*?)\s*(?:#.*)?$")


def _group_with_loop(text: str, index: int) -> Diagnostic | None:
    """E002 for `- [A(n), B] for n in widths`: a group stands behind a count."""
    start = _line_start(text, index)
    match = _LOOPED.match(text[start:].split("\n", 1)[0])
    if match is None:
        return None
    number = _line_column(text, index)[0]
    place = Span(number, match.start("group") + 1, number, match.end("loop") + 1)
    written = f"1 * {match['group']} {match['loop']}"
    message = "a group of layers stands behind its count"
    return Diagnostic("E002", message, place, None, f"write `{written}`", (Edit(place, written),))


_LONG_FORM: Final = re.compile(r"(?P<head>\s*- \w+: )(?P<layer>[A-Z]\w*: \{.*\})\s*(?:#.*)?$")


def _long_form_with_name(text: str, index: int) -> Diagnostic | None:
    """E004 for `- encoder: Linear: {out_features: 8}`: the long form stands in braces of its own behind a name."""
    start = _line_start(text, index)
    match = _LONG_FORM.match(text[start:].split("\n", 1)[0])
    if match is None:
        return None
    number = _line_column(text, index)[0]
    place = Span(number, match.start("layer") + 1, number, match.end("layer") + 1)
    written = f"{{{match['layer']}}}"
    message = "a second `: ` inside a step"
    return Diagnostic("E004", message, place, None, f"write `{written}`", (Edit(place, written),))


def _other(text: str, error: Any, problem: str, context: str, index: int) -> Diagnostic:
    place = point(text, index)
    if "Unicode" in problem:
        advice = "write the character itself, or both halves"
        return Diagnostic("E015", "half of a surrogate pair is no character", place, help=advice)
    if "alias" in context or "anchor" in context:
        advice = "a repeat is written with its count: `3 * embed`"
        return Diagnostic("E008", "`*` and `&` make aliases and anchors, which a spec cannot have", place, help=advice)
    if "tag" in context or "tag handle" in problem:
        return Diagnostic("E009", "`!` makes a tag, which a spec cannot have", place)
    if "quoted scalar" in context:
        opening = point(text, _index(text, error.context_mark.line, error.context_mark.column))
        if "end of stream" in problem or "document" in problem:
            return Diagnostic("E016", "this quote is never closed", opening)
        return Diagnostic("E016", f"in quoted text: {problem}", place, help="inside '…' a backslash is itself")
    start = _line_start(text, index)
    indent = text[start:index]
    above = text[:start].rstrip("\n").rpartition("\n")[2]
    step_above = re.match(r"( *)- .*[^:\s]\s*$", above)
    is_step = step_above is not None and not indent.strip() and text[index : index + 2] == "- "
    if step_above is not None and is_step and not re.search(rf"^{indent}- ", text[:start], re.MULTILINE):
        message, advice = "this `- ` does not stand under those above it", "write it at their margin"
        edit = Edit(Span(place.line, 1, place.line, place.column), step_above[1])
        return Diagnostic("E016", message, place, help=advice, suggestion=(edit,))
    return Diagnostic("E016", *_structure(text, problem, context, index), _structure_fix(text, context, index))


def _structure_fix(text: str, context: str, index: int) -> tuple[Edit, ...]:
    """`- ` before a step among the entries of a list; a colon in `classes = 10` at the top level."""
    start = _line_start(text, index)
    line = text[start : text.find("\n", start) if "\n" in text[start:] else len(text)]
    number = _line_column(text, index)[0]
    if "block collection" in context and line[: len(line) - len(line.lstrip())] != "" and line.lstrip()[:1].isalpha():
        indent = len(line) - len(line.lstrip())
        return (Edit(Span(number, indent + 1, number, indent + 1), "- "),)
    if "simple key" in context:
        above = text[_line_start(text, max(start - 1, 0)) : max(start - 1, 0)]
        for place, candidate in ((number, line), (number - 1, above)):
            assigned = _ASSIGNED.match(candidate)
            if assigned:
                return (Edit(Span(place, 1, place, len(candidate) + 1), f"{assigned[1]}: {assigned[2]}"),)
    return ()


_ASSIGNED: Final = re.compile(r"([A-Za-z_]\w*)\s*=\s*([^=\n].*)$")


def _structure(text: str, problem: str, context: str, index: int) -> tuple[str, Span, str | None, str | None]:
    """Message, place, note and help for a line that YAML cannot fit in."""
    place = point(text, index)
    if "cannot start any token" in problem:
        character = text[index : index + 1]
        return f"`{character}` cannot begin a value", place, "it has a meaning of its own in YAML", "put it in quotes"
    if "block collection" in context:
        note = "it stands among the entries of a list"
        return "this line does not begin with `- `", place, note, "put `- ` before it, or indent it as a new key"
    if "block mapping" in context:
        return "this line is indented like no other", place, None, "begin it under the keys or the `- ` it belongs to"
    if "simple key" in context:
        return "a name without its colon", place, None, "write `name: value` on one line"
    return f"YAML cannot read this: {problem}", place, None, None


# --- colons and commas -------------------------------------------------------------------------


def colon_mistake(text: str, start: int, colon: int) -> Diagnostic:
    """The mistake of the `: ` at `colon` in the stretch that begins at `start`: E003 in brackets, else E004."""
    before = text[start:colon]
    opening = before.rfind("(")
    if before.count("(") > before.count(")") and not text[colon + 1 :].split("\n", 1)[0].strip():
        return Diagnostic("E006", "the `(` opened here is never closed", point(text, start + opening))
    argument = _ARGUMENT.search(before)
    if argument and before.count("(") > before.count(")"):
        name = argument[1]
        value = re.split(r"[,)\n]", text[colon + 1 :], maxsplit=1)[0].strip()
        place = Span(*_line_column(text, start + argument.start(1)), *_line_column(text, colon + 1))
        message = f"`{name}:` inside brackets: an argument is given with `=`"
        blanks = len(text[colon + 1 :]) - len(text[colon + 1 :].lstrip(" "))
        stretch = Span(place.line, place.column, *_line_column(text, colon + 1 + blanks))
        return Diagnostic("E003", message, place, None, f"write `{name}={value}`", (Edit(stretch, f"{name}="),))
    if before.count("(") > before.count(")") or before.count("[") > before.count("]"):
        return Diagnostic("E004", "`: ` inside a step", point(text, colon), help="write a slice without blanks: `1:3`")
    if re.match(r"\s*-\s", before):
        advice = "one name a line: `- name: Layer(…)`"
        return Diagnostic("E004", "a second `: ` inside a step", point(text, colon), help=advice)
    advice = "put text that holds `: ` in quotes"
    return Diagnostic("E004", "a second `: ` on this line", point(text, colon), help=advice)


def sequence_mistake(text: str, sequence: Sequence) -> Diagnostic | None:
    """E002 where commas of YAML cut a step: `[Conv2d(6, kernel_size=5), ReLU]`."""
    if not sequence.flow:
        return None
    for item in sequence.items:
        if _cut(item):
            return replace(_cut_step(text, item, "list"), fix=_one_a_line(text, sequence.span))
    return None


def _one_a_line(text: str, span: Span) -> tuple[Edit, ...]:
    """The entries of a list in brackets behind a key, each on a line of its own."""
    start = _index(text, span.line - 1, span.column - 1)
    head = text[_line_start(text, start) : start]
    end, depth, pieces = start, 0, [""]
    for end in range(start, min(len(text), start + MAX_LISTED)):
        character = text[end]
        depth += (character in "[({") - (character in "])}")
        if depth == 0:
            break
        if character == "," and depth == 1:
            pieces.append("")
        elif end > start:
            pieces[-1] += character
    entries = [" ".join(piece.split()) for piece in pieces if piece.strip()]
    if head.strip() == "-" and not depth:
        place = Span(span.line, len(head) + 1, *_line_column(text, end + 1))
        return (Edit(place, f"\n{head.rstrip()} ".join(entries)),)
    if depth or not head.rstrip().endswith(":") or head.count(":") != 1:
        return ()
    indent = " " * (len(head) - len(head.lstrip()) + (4 if head.lstrip().startswith("- ") else 2))
    place = Span(span.line, len(head.rstrip()) + 1, *_line_column(text, end + 1))
    return (Edit(place, "".join(f"\n{indent}- {entry}" for entry in entries)),)


def flow_mapping_mistake(text: str, pairs: list[tuple[Node, Node]]) -> Diagnostic | None:
    """E002 where commas of YAML cut a value: `{token: (1, 1, width)}`."""
    for key, value in pairs:
        if _cut(key) or _cut(value):
            return _cut_step(text, key if isinstance(key, Scalar) else value, "mapping")
    return None


def key_mistake(text: str, key: Scalar) -> Diagnostic | None:
    """E003, E004, E006 where a colon of YAML cut a step: `- Conv2d(6, kernel_size: 5)`."""
    return colon_mistake(text, key.start, text.index(":", key.end)) if _cut(key) else None


def _cut(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.style and node.text.count("(") != node.text.count(")")


def _cut_step(text: str, node: Node, what: str) -> Diagnostic:
    assert isinstance(node, Scalar)
    end = _closing(text, node.start)
    step = " ".join(text[node.start : end].split())
    place = Span(*_line_column(text, node.start), *_line_column(text, end))
    brackets = "[ ]" if what == "list" else "{ }"
    message = f"YAML cut this at its comma: in a {what} in {brackets} every comma ends an entry"
    dash = "- " if what == "list" else ""
    return Diagnostic("E002", message, place, help=f"one a line, without {brackets}: `{dash}{step[:100]}`")


def _closing(text: str, start: int) -> int:
    """Where the first round bracket after `start` closes; else the end of the line."""
    depth = 0
    for index in range(start, min(len(text), start + 1000)):
        depth += (text[index] == "(") - (text[index] == ")")
        if text[index] == ")" and depth == 0:
            return index + 1
    newline = text.find("\n", start)
    return newline if newline >= 0 else len(text)


def _opening(text: str, index: int) -> int:
    """The last `[` or `{` before `index` that is still open."""
    closed = 0
    for position in range(index - 1, -1, -1):
        closed += (text[position] in "]}") - (text[position] in "[{")
        if closed < 0:
            return position
    return max(index - 1, 0)


def _flow_mistake(text: str, opening: int, index: int) -> Diagnostic:
    """A list or mapping in brackets that YAML gave up at `index`."""
    bracket, inside = text[opening : opening + 1], text[opening + 1 : index]
    what, brackets = ("list", "[ ]") if bracket == "[" else ("mapping", "{ }")
    cut = inside.rstrip().endswith("*") or (text[index : index + 1] == "[" and inside[-1:] not in tuple(" \n,[{:"))
    if cut or inside.count("(") > inside.count(")"):
        # The last entry begins behind the last comma outside round brackets.
        depth, start = 0, 0
        for position, character in enumerate(inside):
            depth += (character == "(") - (character == ")")
            if character == "," and depth <= 0:
                start = position + 1
        start = opening + 1 + (start + len(inside[start:]) - len(inside[start:].lstrip()))
        place = Span(*_line_column(text, start), *_line_column(text, max(index, start + 1)))
        message = f"YAML cut this step: in a {what} in {brackets} it cannot hold commas or brackets"
        return Diagnostic("E002", message, place, help=_LISTED)
    if index >= len(text.rstrip()) or text[index] in ":-" or "\n" in inside:
        closing = "]" if bracket == "[" else "}"
        message = f"the `{bracket}` opened here is never closed"
        return Diagnostic("E006", message, point(text, opening), help=f"close it with `{closing}`")
    return Diagnostic("E016", f"in {brackets}, a comma is missing here", point(text, index))


def _step_start(text: str, index: int) -> int:
    """Where the step begins that has a bracket open at `index`; else the start of the line."""
    line = start = _line_start(text, index)
    for _ in range(MAX_FOLDED_LINES):
        if text.startswith("- ", start + len(text[start:index]) - len(text[start:index].lstrip())):
            break
        if start == 0:
            return line
        start = _line_start(text, start - 1)
    stretch = text[start:index]
    return start if stretch.count("(") > stretch.count(")") else line


# --- tabs and places ---------------------------------------------------------------------------


def point(text: str, index: int) -> Span:
    """The one character at `index`."""
    line, column = _line_column(text, index)
    return Span(line, column, line, column + 1)


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_column(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - _line_start(text, index) + 1


def _index(text: str, line: int, column: int) -> int:
    """The offset of a 0-based line and column."""
    start = 0
    for _ in range(line):
        start = text.find("\n", start) + 1
        if start == 0:
            return len(text)
    return min(start + column, len(text))
