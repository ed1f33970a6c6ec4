"""YAML to nodes, from libyaml's event stream: never a loader, which would build what a hostile file asks for.

The subset is refused here, while reading: anchors, aliases, merge keys, tags, second documents, duplicate
keys, and files that are too large or too deep. A mistake that YAML stumbles over is explained by
`yaml_mistakes`; where the mistake is one colon, reading goes on behind it, so that later ones are found too.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Final

from netinspect.errors import Diagnostic, Span, SpecError
from netinspect.language.nodes import Bad, Mapping, Node, Scalar, Sequence, joined_text
from netinspect.language.source import Source, is_forbidden
from netinspect.language.tokens import Enough, report
from netinspect.language.yaml_mistakes import explain_error, flow_mapping_mistake, key_mistake, sequence_mistake

MAX_NODES: Final = 50_000
MAX_DEPTH: Final = 32
MAX_REREAD: Final = 1 << 21
"""How many characters are read again, in all, to find the mistakes behind a misplaced colon."""

_SURROGATES: Final = re.compile(r"(?<!\\)(?:\\\\)*(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})")
_JSON_TEXT: Final = re.compile(r'("(?:[^"\\\n]++|\\.)*+)(?:"([ \t]*+\n\s*+):)?')
"""A text of JSON, and the line ends between it and its colon. It takes a text to its end even where nothing closes it,
and gives nothing back, so that no stretch of a file is read twice."""

_STAND_IN: Final = r"\uE000\uE000"

Pair = tuple[Scalar, Node]


@dataclass(slots=True)
class _Reading:
    """One pass over the events."""

    source: Source
    next_event: Callable[[], Any]
    colons: frozenset[int]
    pairs: dict[int, str]
    offsets: list[int]
    mistakes: list[Diagnostic] = field(default_factory=list)
    nodes: int = 0
    anchored: bool = False


def read_nodes(source: Source) -> tuple[Node | None, list[Diagnostic]]:
    """The root node, None where the file has none or YAML cannot go on; and what is wrong with the file.

    SpecError E504 for a file that is too deep or has too many nodes.
    """
    import yaml

    mistakes: list[Diagnostic] = []
    colons: frozenset[int] = frozenset()
    while True:
        text, pairs = _readable(source.text, colons)
        reading = _Reading(source, _events(text), colons, pairs, list(pairs))
        try:
            return _document(reading), mistakes + reading.mistakes
        except yaml.YAMLError as error:
            diagnostic, colon = explain_error(source.text, error)
        except Enough:
            return None, mistakes + reading.mistakes
        mistakes.append(diagnostic)
        if colon is None or colon in colons or (len(colons) + 1) * len(text) > MAX_REREAD:
            return None, mistakes + reading.mistakes
        colons |= {colon}


def _readable(text: str, colons: frozenset[int]) -> tuple[str, dict[int, str]]:
    """The text as libyaml can take it, every character in its place; and the surrogate pairs it had."""
    pairs = {match.start(1): match[1] for match in _SURROGATES.finditer(text)} if "\\u" in text else {}
    if pairs:
        text = _SURROGATES.sub(lambda match: match[0][: -len(match[1])] + _STAND_IN, text)
    for offset in colons:
        text = text[:offset] + ";" + text[offset + 1 :]
    if text.lstrip().startswith("{"):
        text = _JSON_TEXT.sub(lambda match: match[0] if match[2] is None else f'{match[1]}":{match[2]}', text)
    return text, pairs


def _events(text: str) -> Callable[[], Any]:
    """libyaml's events one by one, or those of PyYAML's own parser where it was built without libyaml."""
    try:
        from yaml._yaml import CParser
    except ImportError:
        from netinspect.language.plain_yaml import plain_events

        return plain_events(text)
    next_event: Callable[[], Any] = CParser(text).get_event
    return next_event


def scalar_ranges(text: str) -> list[tuple[int, int]]:
    """Where the texts of a file stand, from offset to offset, as far as YAML can read it: what looks like a comment in
    them is none. That of a block (`|`) begins behind its first line."""
    import yaml

    ranges: list[tuple[int, int]] = []
    depth = 0
    next_event = _events(_readable(text, frozenset())[0])
    with suppress(yaml.YAMLError):
        while (event := next_event()) is not None and depth <= MAX_DEPTH + 2:  # a stream and a document are around all
            kind = type(event).__name__
            depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
            if kind == "ScalarEvent":
                start, end = event.start_mark.index, event.end_mark.index
                ranges.append((text.find("\n", start, end) + 1 or end if event.style in ("|", ">") else start, end))
    return ranges


# --- documents and nodes -----------------------------------------------------------------------


def _document(reading: _Reading) -> Node | None:
    root: Node | None = None
    documents = 0
    while (event := reading.next_event()) is not None:
        kind = type(event).__name__
        if kind == "DocumentStartEvent":
            documents += 1
            if documents == 2:
                span = _span(event)
                span = Span(span.line, span.column, span.line, span.column + 3)
                advice = "a file holds one spec: delete the `---`"
                report(reading.mistakes, Diagnostic("E010", "a second document begins here", span, help=advice))
                return root
        elif kind not in ("StreamStartEvent", "DocumentEndEvent", "StreamEndEvent"):
            root = _node(reading, event, 1)
    return root


def _node(reading: _Reading, event: Any, depth: int) -> Node:
    reading.nodes += 1
    if reading.nodes > MAX_NODES:
        raise _excess(reading, event, f"the file holds too much: at most {MAX_NODES:,} nodes")
    kind = type(event).__name__
    if kind == "AliasEvent":
        return _anchor(reading, event, f"`*{event.anchor}` is an alias")
    if kind == "ScalarEvent":
        node: Node = _scalar(reading, event)
    else:
        if depth > MAX_DEPTH:
            raise _excess(reading, event, f"the file is too deep: at most {MAX_DEPTH} levels")
        node = _sequence(reading, event, depth) if kind == "SequenceStartEvent" else _mapping(reading, event, depth)
    if event.anchor is not None:
        return _anchor(reading, event, f"`&{event.anchor}` is an anchor")
    if event.tag is not None:
        span = _span(event)
        written = reading.source.text[event.start_mark.index :].split(None, 1)[0]
        place = Span(span.line, span.column, span.line, span.column + len(written))
        message = f"`{written[:60]}` is a tag, which a spec cannot have"
        report(reading.mistakes, Diagnostic("E009", message, place, help="delete it; nothing in a spec is ever run"))
        return Bad(span)
    return node


def _scalar(reading: _Reading, event: Any) -> Node:
    start, end = event.start_mark.index, event.end_mark.index
    style = event.style if event.style in ("'", '"', "|", ">") else ""
    scalar = Scalar(event.value, style, _span(event), reading.source.text, start, end)
    if reading.pairs:
        scalar = _with_pairs(reading, scalar)
    if any(start <= colon < end for colon in reading.colons):
        return Bad(scalar.span)
    if not scalar.text.isprintable():
        forbidden = next((c for c in scalar.text if is_forbidden(c)), None)
        if forbidden is not None:
            message = f"control character U+{ord(forbidden):04X} is not allowed in a spec"
            report(reading.mistakes, Diagnostic("E015", message, scalar.span, help="delete its escape"))
            return Bad(scalar.span)
    return scalar


def _with_pairs(reading: _Reading, scalar: Scalar) -> Scalar:
    """The scalar with the surrogate pairs that stand in it: joined, or as they are where nothing is escaped."""
    offsets = reading.offsets[bisect_left(reading.offsets, scalar.start) : bisect_left(reading.offsets, scalar.end)]
    if not offsets:
        return scalar
    if scalar.style == '"':
        text = joined_text(scalar)
    else:
        pieces = scalar.text.split(_STAND_IN, len(offsets))
        written = [reading.pairs[offset] for offset in offsets]
        text = "".join(piece + pair for piece, pair in zip_longest(pieces, written[: len(pieces) - 1], fillvalue=""))
    return Scalar(text, scalar.style, scalar.span, scalar.source, scalar.start, scalar.end)


def _sequence(reading: _Reading, start: Any, depth: int) -> Node:
    items: list[Node] = []
    while type(event := reading.next_event()).__name__ != "SequenceEndEvent":
        items.append(_node(reading, event, depth + 1))
    sequence = Sequence(tuple(items), _span(start, event), bool(start.flow_style))
    return _checked(reading, sequence, sequence_mistake(reading.source.text, sequence))


def _mapping(reading: _Reading, start: Any, depth: int) -> Node:
    pairs: list[tuple[Node, Node]] = []
    while type(event := reading.next_event()).__name__ != "MappingEndEvent":
        key = _node(reading, event, depth + 1)
        pairs.append((key, _node(reading, reading.next_event(), depth + 1)))
    span, flow = _span(start, event), bool(start.flow_style)
    mistake = flow_mapping_mistake(reading.source.text, pairs) if flow else None
    items, lost = ([], True) if mistake else _distinct(reading, pairs, flow)
    return _checked(reading, Mapping(tuple(items), span, flow, lost), mistake)


def _checked(reading: _Reading, node: Node, mistake: Diagnostic | None) -> Node:
    if mistake is None:
        return node
    report(reading.mistakes, mistake)
    return Bad(node.span)


def _distinct(reading: _Reading, pairs: list[tuple[Node, Node]], flow: bool) -> tuple[list[Pair], bool]:
    """The pairs whose key is sound, the first of each; and whether others were lost."""
    by_key: dict[str, Pair] = {}
    lost = False
    for key, value in pairs:
        if not isinstance(key, Scalar):
            mistake = (
                None if isinstance(key, Bad) else Diagnostic("E016", "a list or mapping cannot be a key", key.span)
            )
        elif key.text == "<<" and not key.quoted:
            message = "`<<` is a merge key, which a spec cannot have"
            mistake = Diagnostic("E008", message, key.span, help="write the keys out, or make a block")
        else:
            mistake = None if flow else key_mistake(reading.source.text, key)
        if mistake is not None or not isinstance(key, Scalar):
            lost = True
        elif key.text in by_key:
            first_line = by_key[key.text][0].span.line
            message = f"`{key.text}` is given twice: on line {first_line} and on line {key.span.line}"
            mistake = Diagnostic("E007", message, key.span, help="delete one of the two")
        else:
            by_key[key.text] = (key, value)
        if mistake is not None:
            report(reading.mistakes, mistake)
    return list(by_key.values()), lost


def _anchor(reading: _Reading, event: Any, what: str) -> Node:
    """Reports the first anchor or alias of the file; the others belong to it."""
    span = _span(event)
    if not reading.anchored:
        note = "anchors and aliases of YAML can blow a file up"
        advice = "to repeat layers write `3 * Linear(64)` or make a block; to share a value put it in `vars`"
        if what.startswith("`*"):
            note = f"a plain `*` at the start makes an alias of YAML; {note}"
        place = Span(span.line, span.column, span.line, span.column + len(event.anchor) + 1)
        report(reading.mistakes, Diagnostic("E008", f"{what}, which a spec cannot have", place, note, advice))
        reading.anchored = True
    return Bad(span)


def _span(start: Any, end: Any = None) -> Span:
    first, last = start.start_mark, (end or start).end_mark
    return Span(first.line + 1, first.column + 1, last.line + 1, last.column + 1)


def _excess(reading: _Reading, event: Any, message: str) -> SpecError:
    span = _span(event)
    place = Span(span.line, span.column, span.line, span.column + 1)
    return SpecError((Diagnostic("E504", message, place),), reading.source)
