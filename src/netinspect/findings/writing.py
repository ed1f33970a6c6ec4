"""A call as the spec has it: its text, the same text with another argument, and the edit that takes one out."""

from __future__ import annotations

import re

from netinspect.errors import Edit, Mistake, Span
from netinspect.findings.rule import Subject
from netinspect.language import syntax
from netinspect.language.expressions import expression
from netinspect.language.nodes import Origin
from netinspect.language.rewrite import Entry, entry_at, replacement, sizes_at
from netinspect.network.network import Call, Value


def definition(subject: Subject, call: Call) -> Call:
    """The first call of a layer, whose line says its arguments."""
    if not call.again:
        return call
    return next(first for first in subject.network.calls if first.module == call.module)


def text_of(subject: Subject, span: Span) -> str | None:
    """What stands at `span`; None where it goes over several lines."""
    if span.line != span.end_line:
        return None
    return subject.file.source.lines[span.line - 1][span.column - 1 : span.end_column - 1]


def parsed(subject: Subject, span: Span) -> syntax.Call | None:
    """The syntax of a call in the short form, `Conv2d(8, kernel_size=3)`; None for the long form and a bare name."""
    text = text_of(subject, span)
    if text is None or not text.endswith(")"):
        return None
    try:
        tree = expression(text, Origin(span.line, span.column))
    except Mistake:
        return None
    return tree if isinstance(tree, syntax.Call) else None


def line_name(subject: Subject, value: Value) -> str | None:
    """The name by which lines of the network's own list can read a tensor; None where its line has none."""
    name = value.origin
    if any(item.value is value for item in subject.network.inputs):
        return name
    if value.span is None or not name.isidentifier():
        return None
    line = subject.file.source.lines[value.span.line - 1]
    return name if re.match(rf"\s*-\s*{name}\s*[(:]", line) else None


def line_with(subject: Subject, call: Call, argument: str, value: str) -> str:
    """The call with an argument added or changed, as one may write it: `Conv2d(8, kernel_size=3, bias=False)`."""
    call = definition(subject, call)
    text, addition = text_of(subject, call.span), f"{argument}={value}"
    if text is not None and text == call.entry.name:
        return f"{text}({addition})"
    tree = parsed(subject, call.span)
    if text is None or tree is None:
        return f"{call.entry.name}(…, {addition})"
    if not tree.arguments:
        return f"{text[:-1]}{addition})"
    for present in tree.arguments:
        if present.name == argument:
            start, end = (column - call.span.column for column in (present.span.column, present.span.end_column))
            return f"{text[:start]}{addition}{text[end:]}"
    return f"{text[:-1]}, {addition})"


def line_without(subject: Subject, call: Call, argument: str) -> tuple[str, tuple[Edit, ...]]:
    """The call with an argument left out, and the edit of the spec that does it; () where it cannot be told."""
    call = definition(subject, call)
    text, tree = text_of(subject, call.span), parsed(subject, call.span)
    place = next((i for i, each in enumerate(tree.arguments) if each.name == argument), None) if tree else None
    if text is None or tree is None or place is None:
        return f"{call.entry.name}(…) without {argument}", ()
    arguments, span = tree.arguments, call.span
    if len(arguments) == 1:  # the brackets go too
        start, end = tree.function.span.end_column, span.end_column
    elif place:
        start, end = arguments[place - 1].span.end_column, arguments[place].span.end_column
    else:
        start, end = arguments[0].span.column, arguments[1].span.column
    edit = Edit(Span(span.line, start, span.line, end), "")
    return text[: start - span.column] + text[end - span.column :], (edit,)


def entry_of(subject: Subject, call: Call) -> Entry | None:
    """The entry of a list that is this call and nothing else; None for a repeat, a condition, several lines."""
    entry = entry_at(subject.file.source.lines, call.span.line)
    return entry if entry is not None and entry.body == text_of(subject, call.span) else None


def other_shape(subject: Subject, value: Value, shape: tuple[int, ...]) -> tuple[Edit, ...]:
    """Another shape in the place of an input's, where that is written as a list of numbers."""
    place = sizes_at(subject.file.source.lines, value.span, value.type.shape[1:])
    return replacement(place, f"[{', '.join(map(str, shape))}]") if place is not None else ()
