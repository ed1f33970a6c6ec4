"""What was meant where a layer does not fit the tensor it is given: a missing Flatten, axes in another order, a batch
that is written into the input, sizes in the order of torch's own call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import prod
from typing import Any, Final

from netinspect.catalogue.common import sizes
from netinspect.catalogue.entry import Entry
from netinspect.catalogue.signature import Flag
from netinspect.errors import Edit, Mistake, Span
from netinspect.language import syntax
from netinspect.language.rewrite import entry_at, replacement, sizes_at
from netinspect.network.context import Context
from netinspect.network.network import Value
from netinspect.network.results import BoundLayer

_RANKED: Final = re.compile(r"(?P<stem>[A-Za-z]+)(?P<rank>[123])d$")
_LIST: Final = re.compile(r"\[[^\[\]]*\]$")


def explained(
    context: Context,
    entry: Entry,
    arguments: tuple[syntax.Argument, ...],
    bound: BoundLayer,
    value: Value,
    mistake: Mistake,
    span: Span,
) -> Mistake:
    """The mistake of a layer on `value`, with what was probably meant where that can be told: E204 and E305."""
    code = mistake.diagnostic.code
    if code == "E204":
        return _stated(context, entry, arguments, bound, value, mistake, span)
    if code == "E305":
        return _wrong_rank(context, entry, bound, value, mistake, span)
    if code == "E306":
        return _ids(context, bound, value, mistake)
    if code in ("E301", "E302"):
        return _channels_last(context, value, mistake)
    return mistake


def _channels_last(context: Context, value: Value, mistake: Mistake) -> Mistake:
    """E301 or E302 where a window does not fit since the channels of the network's inputs stand last."""
    diagnostic = mistake.diagnostic
    inputs = [item for item in context.work.inputs if _has_channels_last(item, value)]
    first = value if value in inputs else next(iter(inputs), None)
    if first is None:
        return mistake
    shape = first.type.shape[1:]
    meant = (shape[-1], *shape[:-1])
    alike = [item for item in inputs if item.type.shape == first.type.shape]
    edits = [_input_edit(context, item, meant) for item in alike]
    if not all(edits):
        return mistake
    note = f"channels come first: torch has them before {'height and width' if len(shape) > 2 else 'time'}"
    names = "" if len(alike) == 1 else f" for {' and '.join(f'`{item.origin}`' for item in alike)}"
    return Mistake.at(
        diagnostic.code,
        diagnostic.message,
        first.span,
        note,
        f"write `{_list(meant)}`{names}",
        suggestion=tuple(edit for edits_of_one in edits for edit in edits_of_one),
    )


def _has_channels_last(item: Value, value: Value) -> bool:
    """Whether an input ends in as few numbers as channels are, and a value in no more of them."""
    shape = item.type.shape[1:]
    is_last = len(shape) > 1 and shape[-1] in (1, 3, 4) and min(shape[:-1]) > shape[-1]
    return is_last and value.type.rank == item.type.rank and value.type.shape[-1] <= shape[-1]


def _ids(context: Context, bound: BoundLayer, value: Value, mistake: Mistake) -> Mistake:
    """E306 where an embedding reads the network's input: it holds ids, and not fractions."""
    diagnostic = mistake.diagnostic
    rows = bound.arguments.by_name.get("num_embeddings")
    if rows is None or value not in context.work.inputs or value.span is None:
        return mistake
    shape = context.work.text_at(value.span)
    if not _LIST.match(shape):
        return mistake
    place = bound.spans.get("num_embeddings")
    written = context.work.text_at(place) if place is not None else str(rows)
    high = written if written.isdecimal() or written in context.work.vars else str(rows)
    text = f"{{shape: {shape}, dtype: int64, high: {high}}}"
    return Mistake.at(
        "E306",
        diagnostic.message,
        value.span,
        "what an embedding reads are whole numbers, ids of words",
        f"write `{text}`",
        fix=replacement(value.span, text),
    )


# --- a stated size -----------------------------------------------------------------------------


def _stated(
    context: Context,
    entry: Entry,
    arguments: tuple[syntax.Argument, ...],
    bound: BoundLayer,
    value: Value,
    mistake: Mistake,
    span: Span,
) -> Mistake:
    stated = _stated_size(entry, bound.arguments.by_name)
    if stated is None:
        return mistake
    name, size = stated
    shape = value.type.shape[1:]
    place = bound.spans.get(name)
    line = entry_at(context.work.lines, span.line)
    if name == "in_features" and len(shape) > 1:
        flattened = _flattened(context, entry, arguments, bound, size, shape, line, span)
        if flattened is not None:
            return flattened
    if len(shape) == 2 and name != "in_channels" and size == shape[0] and line is not None:
        message = f"{name}={size} is stated, and the last axis of {sizes(shape)} is {shape[1]}"
        return Mistake.at(
            "E204",
            message,
            place,
            f"{size} is the axis before: the features come last here",
            "write `- permute(0, 2, 1)` above",
            fix=line.fed_by("permute(0, 2, 1)"),
        )
    if name == "in_channels" and len(shape) > 1 and size == shape[-1] != shape[0]:
        order = _input_edit(context, value, (shape[-1], *shape[:-1]))
        if order:
            message = f"{name}={size} is stated, and the first axis of the input is {shape[0]}"
            written = f"[{', '.join(map(str, (shape[-1], *shape[:-1])))}]"
            return Mistake.at(
                "E204",
                message,
                value.span,
                "channels come first: torch has them before height and width",
                f"write `{written}`",
                fix=order,
            )
    size_of_input = shape[0 if name == "in_channels" else -1]
    two = _two_readings(context, entry, arguments, bound, size_of_input, mistake, span)
    return two or _actual(bound, name, mistake)


def _stated_size(entry: Entry, arguments: Mapping[str, Any]) -> tuple[str, int] | None:
    """The argument that states a size of the input, and the size; None where none does."""
    for argument in entry.arguments:
        size = arguments[argument.name]
        if argument.inferred and size is not None:
            return argument.name, size if isinstance(size, int) else 0
    return None


def _flattened(
    context: Context,
    entry: Entry,
    arguments: tuple[syntax.Argument, ...],
    bound: BoundLayer,
    size: int,
    shape: tuple[int, ...],
    line: Any,
    span: Span,
) -> Mistake | None:
    """E204 for a fully connected layer on a map that was to be laid out as a row."""
    numbers, factors = prod(shape), "·".join(map(str, shape))
    message = f"in_features={size} is stated, and the input is {sizes(shape)}: its last axis is {shape[-1]}"
    place = bound.spans.get("in_features", span)
    if numbers == size:
        note = f"{size} = {factors}: all of its numbers, in one row"
        return Mistake.at(
            "E204", message, place, note, "put `Flatten` above", fix=line.fed_by("Flatten") if line else ()
        )
    if len(shape) < 3:
        return None
    note = f"laid out in a row, its numbers are {numbers:,} = {factors}, and not {size:,}"
    # The call without the sizes that are worked out; values without names keep none but the first.
    names = iter(bound.order)
    written: list[str] = []
    for argument in arguments:
        name = argument.name or next(names)
        declared = entry.argument(name)
        if declared is None or declared.inferred:
            continue
        text = context.work.text_at(argument.value.span)
        written.append(text if not written and name == entry.unnamed[:1][0] else f"{name}={text}")
    body = f"{entry.name}({', '.join(written)})" if written else entry.name
    suggestion = line.replaced("Flatten", body) if line and line.body == context.work.text_at(span) else ()
    return Mistake.at("E204", message, place, note, f"write `Flatten`, and `{body}` below it", suggestion=suggestion)


def _two_readings(
    context: Context,
    entry: Entry,
    arguments: tuple[syntax.Argument, ...],
    bound: BoundLayer,
    size_of_input: int,
    mistake: Mistake,
    span: Span,
) -> Mistake | None:
    """E204 where values without names are torch's own call, and may have been meant without the sizes."""
    unnamed = [argument for argument in arguments if argument.name is None]
    signature = entry.torch_signature
    if bound.order != signature[: len(unnamed)] or len(unnamed) < 2 or not entry.unnamed:
        return None
    behind = entry.unnamed[1:] or signature[signature.index(entry.unnamed[0]) + 1 :]
    if not behind:
        return None
    declared = entry.argument(behind[0])
    if declared is not None and isinstance(declared.kind, Flag):
        return None  # `Linear(400, bias=120)` is no reading
    diagnostic = mistake.diagnostic
    text = context.work.text_at
    as_torch = ", ".join(f"{name}={text(a.value.span)}" for name, a in zip(bound.order, unnamed, strict=True))
    short = [f"{name}={text(a.value.span)}" for name, a in zip(behind, unnamed[1:], strict=False)]
    named = [text(a.span) for a in arguments if a.name is not None]
    other = f"{entry.name}({', '.join([text(unnamed[0].value.span), *short, *named])})"
    note = f"`{text(span)}` is read as torch reads it: {as_torch}"
    actual = f"{entry.name}({', '.join([str(size_of_input), *(text(a.span) for a in arguments[1:])])})"
    second_value = text(unnamed[1].value.span)
    can_be_left_out = len(unnamed) > 2 or not entry.unnamed[1:]  # `LSTM(64, 2)`: two units are fewer than anybody means
    is_small = can_be_left_out and second_value.isdecimal() and int(second_value) in range(1, 12)
    first, second = (other, actual) if is_small else (actual, other)
    return Mistake.at(
        "E204",
        diagnostic.message,
        diagnostic.span,
        f"{note}; `{second}` would be the other reading",
        f"write `{first}`",
        suggestion=replacement(span, first),
    )


def _actual(bound: BoundLayer, name: str, mistake: Mistake) -> Mistake:
    diagnostic = mistake.diagnostic
    place = bound.spans.get(name)
    right = re.search(rf"write {name}=([\w(), ]+?), or", diagnostic.help or "")
    if place is None or right is None:
        return mistake
    return Mistake.at(
        diagnostic.code,
        diagnostic.message,
        diagnostic.span,
        diagnostic.note,
        diagnostic.help,
        suggestion=replacement(place, right[1]),
    )


# --- a wrong number of axes --------------------------------------------------------------------


def _wrong_rank(
    context: Context, entry: Entry, bound: BoundLayer, value: Value, mistake: Mistake, span: Span
) -> Mistake:
    """E305: an input with the batch in it or without its channels, or the layer for another number of axes."""
    diagnostic = mistake.diagnostic
    ranked = _RANKED.match(entry.name)
    shape = value.type.shape[1:]
    if ranked is None:
        line = entry_at(context.work.lines, span.line)
        if entry.recurrence is None or len(shape) != 3 or line is None:
            return mistake
        return Mistake.at(
            "E305",
            diagnostic.message,
            diagnostic.span,
            "maps become a sequence: a step for each column, with all of its channels and rows; or, with "
            "`transpose(1, 2).flatten(2)`, one for each row",
            "write `- permute(0, 3, 1, 2).flatten(2)` above",
            suggestion=line.fed_by("permute(0, 3, 1, 2).flatten(2)"),
        )
    axes = int(ranked["rank"]) + 1
    if value in context.work.inputs:
        if len(shape) == axes + 1:
            edits = _input_edit(context, value, shape[1:])
            if edits:
                note = "the batch is never written: a spec holds for every batch size"
                return Mistake.at(
                    "E305", diagnostic.message, value.span, note, f"write `{_list(shape[1:])}`", fix=edits
                )
        if len(shape) == axes - 1 and bound.arguments.by_name.get("in_channels") in (None, 1):
            edits = _input_edit(context, value, (1, *shape))
            if edits:
                note = f"`{entry.name}` takes channels first, and there is one"
                return Mistake.at(
                    "E305", diagnostic.message, value.span, note, f"write `{_list((1, *shape))}`", fix=edits
                )
    sibling = f"{ranked['stem']}{len(shape) - 1}d"
    if sibling in context.work.layers:
        name = Span(span.line, span.column, span.line, span.column + len(entry.name))
        if context.work.text_at(name) == entry.name:
            return Mistake.at(
                "E305",
                diagnostic.message,
                diagnostic.span,
                diagnostic.note,
                f"write `{sibling}`",
                suggestion=replacement(name, sibling),
            )
    return mistake


def _list(shape: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, shape))}]"


def _input_edit(context: Context, value: Value, shape: tuple[int, ...]) -> tuple[Edit, ...]:
    """Another shape in the place of an input's, where it is written as a list of numbers."""
    place = sizes_at(context.work.lines, value.span, value.type.shape[1:]) if value in context.work.inputs else None
    return replacement(place, _list(shape)) if place is not None else ()


# --- two readings of a short call --------------------------------------------------------------


def refuse_two_readings(
    context: Context, entry: Entry, arguments: tuple[syntax.Argument, ...], bound: BoundLayer, value: Value, span: Span
) -> None:
    """E203 for `Conv2d(16, 3)` on 16 channels: 16 may be what comes in, with the kernel forgotten, or what goes out.

    A padding that keeps the size for the second value as the kernel, or a stride as large, tells that it is the kernel.
    """
    if len(bound.order) < 2 or bound.order != entry.unnamed[: len(bound.order)] or not entry.torch_signature:
        return
    values = bound.arguments.by_name
    first, kernel = values[bound.order[0]], values.get("kernel_size")
    if value.type.rank < 2 or kernel is None or first != value.type.shape[1]:
        return
    same = tuple(d * (k - 1) // 2 for k, d in zip(kernel, values["dilation"], strict=True))
    if (any(same) and values["padding"] in (same, "same")) or (max(kernel) > 1 and values["stride"] == kernel):
        return
    text = context.work.text_at
    named = [text(argument.span) for argument in arguments if argument.name is not None]
    unnamed = [text(argument.value.span) for argument in arguments if argument.name is None]
    others = [f"{name}={written}" for name, written in zip(bound.order[1:], unnamed[1:], strict=True)]
    short = f"{entry.name}({', '.join([unnamed[0], *others, *named])})"
    full = f"{entry.name}({', '.join([*unnamed[:2], f'{bound.order[1]}=…', *named])})"
    sizes, pads = value.type.shape[2:], values["padding"]
    fits = isinstance(pads, str) or all(
        d * (k - 1) < n + 2 * pad for k, d, n, pad in zip(kernel, values["dilation"], sizes, pads, strict=True)
    )
    if not fits:
        raise Mistake.at(
            "E203",
            f"`{text(span)}` does not say its kernel, or has one larger than its input",
            span,
            note=f"read as `{short}` it does not fit: the map is {'×'.join(map(str, sizes))}",
            help=f"for {unnamed[0]} channels in and {unnamed[1]} out write `{full}`",
        )
    raise Mistake.at(
        "E203",
        f"`{text(span)}` may mean two layers: {first} channels come in",
        span,
        f"for {unnamed[0]} channels in and {unnamed[1]} out, the kernel is missing: `{full}`",
        f"for {unnamed[0]} channels out, write `{short}`",
        suggestion=replacement(span, short),
    )
