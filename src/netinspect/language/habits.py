"""Lines as other languages have them, in the words of a spec.

They are looked at only where a line does not parse. What is told here is the rewrite alone: the message was told by
whoever met the mistake.
"""

from __future__ import annotations

import re
from typing import Final

from netinspect.errors import Edit
from netinspect.language.rewrite import Entry

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
