"""What to write instead of a line that cannot be worked out: the rewrite of its entry, where one is probable.

It is looked at only after a line has failed. What depends on the sizes of a layer and its input is told in `misfit`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from netinspect.catalogue import FUNCTIONS
from netinspect.catalogue.entry import Entry as CatalogueEntry
from netinspect.catalogue.refused import SHORT
from netinspect.catalogue.signature import Tensor
from netinspect.errors import Diagnostic, Edit, Span
from netinspect.language import syntax
from netinspect.language.rewrite import Entry, entry_at, replacement, sizes_at, without_printed_name
from netinspect.network.context import MISSING, Context
from netinspect.network.evaluate import without_prefix
from netinspect.network.network import Value
from netinspect.network.results import LineResult, TypeRef

_CALL: Final = re.compile(r"[\w.]+(?:\((?P<inside>(?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\))?$")


def with_rewrite(diagnostic: Diagnostic, line: syntax.Line, context: Context) -> Diagnostic:
    """The diagnostic with what to write in the place of the line."""
    step = line.content
    if diagnostic.fix or diagnostic.suggestion or diagnostic.span is None or not isinstance(step, syntax.Step):
        return diagnostic
    entry = entry_at(context.work.lines, line.span.line)
    if entry is None or entry.number != diagnostic.span.line:
        return diagnostic
    printed = without_printed_name(entry) if diagnostic.code in ("E104", "E212") else ()
    if printed:
        return replace(diagnostic, fix=printed)
    two_ways = re.match(r"Bi[-_]?(GRU|LSTM|RNN)\((.*)\)$", entry.body, re.IGNORECASE)
    if diagnostic.code == "E101" and two_ways:
        more = [word for word in ("bidirectional=True", "batch_first=True") if word not in two_ways[2]]
        layer = f"{two_ways[1].upper()}({', '.join(filter(None, [two_ways[2], *more]))})"
        return replace(diagnostic, help=None, fix=entry.replaced(layer))
    if diagnostic.code == "E101":
        return _with_positions(diagnostic, entry, context)
    if diagnostic.code == "E107":
        return replace(diagnostic, fix=_renamed(entry, context))
    if diagnostic.code == "E307":
        return _with_batch(diagnostic, entry, step, context)
    if diagnostic.code == "E207":
        return _with_argument(diagnostic, entry, context)
    is_stack = diagnostic.code == "E203" and re.match(r"(?:\w+\.)*Transformer(?:En|De)coder\(", entry.body)
    if diagnostic.code == "E209" or is_stack:
        return replace(diagnostic, fix=_apart(entry, step, context))
    if diagnostic.code == "E212":
        return replace(
            diagnostic, fix=_apart(entry, step, context) if isinstance(step.body.unit, syntax.Binary) else ()
        )
    if diagnostic.code == "E104" and isinstance(step.body.unit, syntax.Call):
        return _from_above(diagnostic, step.body.unit, context)
    if diagnostic.code in ("E102", "E104", "E202"):
        return _with_kernel(diagnostic, entry, context)
    if diagnostic.code == "E303":
        return _with_parameter_size(diagnostic, step, context) or _with_projection(diagnostic, entry, step, context)
    if diagnostic.code == "E109":
        return _new_layer(diagnostic, entry, context)
    return diagnostic


# --- names ---------------------------------------------------------------------------------------


def _renamed(entry: Entry, context: Context) -> tuple[Edit, ...]:
    """E107 for a name that is given again, as code does: each further line of that name gets a number, and what reads
    it below reads that. A layer without weights needs no name."""
    name = entry.name or ""
    kind = re.match(r"(?:nn\.)?(\w+)(?:\(.*\))?$", entry.body)
    layer = context.work.layers.get(kind[1]) if kind else None
    uses = re.compile(rf"(?<![\w.]){name}(?!\w|\s*[=:])")
    lines = context.work.lines
    if layer is not None and not any(a.inferred for a in layer.arguments) and layer.family != "embedding":
        below = "\n".join(lines[entry.number :])
        if not uses.search(below):
            return entry.replaced(entry.body, key="")
    edits: list[Edit] = []
    latest, count = name, 1
    for number in range(entry.number, len(lines) + 1):
        other = entry_at(lines, number)
        text = lines[number - 1]
        if text.strip() and len(text) - len(text.lstrip()) < len(entry.indent):
            break
        if other is None or other.indent != entry.indent:
            if latest != name and uses.search(text):
                return ()
            continue
        body, inputs = uses.sub(latest, other.body), uses.sub(latest, other.inputs or "")
        label = other.name
        if label == name:
            count += 1
            label = latest = f"{name}_{count}"
        key = f"{label or ''}{inputs}: " if label or inputs else ""
        if (body, key) != (other.body, other.key):
            edits += other.replaced(body, key=key)
    return tuple(edits)


def _with_positions(diagnostic: Diagnostic, entry: Entry, context: Context) -> Diagnostic:
    """E101 for the class that adds positions to a sequence: a parameter that is learned does the same in two lines."""
    prev, lines = context.cursor.prev, context.work.lines
    place = next((number for number, line in enumerate(lines, 1) if line.startswith("layers:")), None)
    has_parameters = any(line.startswith("parameters:") for line in lines)
    is_sequence = isinstance(prev, LineResult) and isinstance(prev.value, Value) and prev.value.type.rank == 3
    if not re.match(r"Position(?:al)?_?(?:Encoding|Embedding)s?\b", entry.body) or place is None or has_parameters:
        return diagnostic
    if not is_sequence or context.scope.parent is not None:
        return diagnostic
    _, length, width = prev.value.type.shape
    parameter = f"parameters:\n  positions: {{shape: [1, {length}, {width}], init: normal, std: 0.02}}\n"
    note = "what is added to a sequence so that its order counts: here numbers that are learned"
    edits = (Edit(Span(place, 1, place, 1), parameter), *entry.replaced("prev + positions"))
    return replace(diagnostic, note=note, suggestion=edits)


def _with_batch(diagnostic: Diagnostic, entry: Entry, step: syntax.Step, context: Context) -> Diagnostic:
    """E307 for a parameter beside tensors of a batch: it is expanded to the batch first."""
    if "batch of one" not in diagnostic.message:
        return diagnostic
    edits: list[Edit] = []
    for node in _names(step.body.unit):
        result = context.find_line(node.id)
        value = result.value if isinstance(result, LineResult) else None
        if not isinstance(value, Value) or value.batch_axes or value.type.shape[:1] != (1,):
            continue
        edits += replacement(node.span, f"{node.id}.expand(input.shape[0]{', -1' * (value.type.rank - 1)})")
    written = entry.body
    expand = re.search(r"expand\((\w+), -1((?:, -1)+)\)|(\w+)\.expand\(-1((?:, -1)+)\)", written)
    if expand:
        call = (
            f"expand({expand[1]}, input.shape[0]{expand[2]})"
            if expand[1]
            else (f"{expand[3]}.expand(input.shape[0]{expand[4]})")
        )
        return replace(diagnostic, fix=entry.replaced(written.replace(expand[0], call)))
    return replace(diagnostic, fix=tuple(edits)) if edits and "expand(" not in written else diagnostic


def _names(node: object) -> Iterator[syntax.Name]:
    """The names of values in an expression."""
    if isinstance(node, syntax.Name):
        yield node
    elif isinstance(node, syntax.Call):
        yield from (name for argument in node.arguments for name in _names(argument.value))
        if isinstance(node.function, syntax.Attribute):
            yield from _names(node.function.value)
    elif isinstance(node, syntax.Binary):
        yield from _names(node.left)
        yield from _names(node.right)
    elif isinstance(node, syntax.ListOf):
        yield from (name for item in node.items for name in _names(item))


# --- arguments that are missing ------------------------------------------------------------------


_SHARES: Final = re.compile(r"(?:\w+\.)*(?:log_?)?soft(?:max|min)\b", re.IGNORECASE)
"""What shares are taken with: of a row of numbers over the one axis beside the batch."""


def _with_argument(diagnostic: Diagnostic, entry: Entry, context: Context) -> Diagnostic:
    """E207 with the argument said: the batch comes first in a spec, and shares are taken over the classes."""
    missing = re.search(r"must say `(\w+)`", diagnostic.message)
    inner = context.work.text_at(diagnostic.span) if diagnostic.span is not None else ""
    is_inside = inner != entry.body and inner in entry.body
    body = inner if is_inside else entry.body
    call = _CALL.match(body)
    if missing is None or call is None:
        return diagnostic

    def said(text: str) -> tuple[Edit, ...]:
        return (Edit(diagnostic.span, text),) if is_inside and diagnostic.span is not None else entry.replaced(text)

    if missing[1] == "batch_first":
        return replace(diagnostic, fix=said(_added(body, call, "batch_first=True")))
    if missing[1] == "start_dim":
        is_bare = re.fullmatch(r"(?:torch\.)?flatten(?:\(\))?", body)
        return replace(diagnostic, fix=said("Flatten" if is_bare else _added(body, call, "start_dim=1")))
    rank = _rank(context)
    if missing[1] == "dim" and rank is not None:
        is_row = rank == 2 or body.startswith(("cat", "torch.cat"))
        edits = said(_added(body, call, "dim=1" if is_row else "dim=-1"))
        is_only_axis = rank == 2 and not is_inside and _SHARES.match(body)
        return replace(diagnostic, fix=edits) if is_only_axis else replace(diagnostic, suggestion=edits)
    return diagnostic


def _added(body: str, call: re.Match[str], argument: str) -> str:
    inside = (call["inside"] or "").strip().rstrip(",")
    return f"{body.partition('(')[0]}({f'{inside}, ' if inside else ''}{argument})"


def _rank(context: Context) -> int | None:
    prev = context.cursor.prev
    return prev.value.type.rank if isinstance(prev, LineResult) and isinstance(prev.value, Value) else None


def _with_kernel(diagnostic: Diagnostic, entry: Entry, context: Context) -> Diagnostic:
    """A pool that does not say its window: an average in front of a fully connected layer is one over the whole map,
    any other halves the map."""
    pool = re.match(r"(?:nn\.)?(max|avg|average)_?pool(?:ing)?_?(?:([123])d)?(?:\(\))?$", entry.body, re.IGNORECASE)
    rank = _rank(context)
    if pool is None or not (pool[2] or rank in (3, 4, 5)):
        return diagnostic
    kind, axes = "Max" if pool[1][0] in "mM" else "Avg", pool[2] or f"{(rank or 0) - 2}"
    below = next((text for text in context.work.lines[entry.number :] if text.strip()), "")
    is_last = kind == "Avg" and re.search(r"\b(?:Linear|Flatten|flatten|fc|Dense)\b", below)
    layer = f"AdaptiveAvgPool{axes}d(1)" if is_last else f"{kind}Pool{axes}d(2)"
    return replace(diagnostic, help=None, suggestion=entry.replaced(layer))


# --- layers inside expressions -------------------------------------------------------------------


def _apart(entry: Entry, step: syntax.Step, context: Context) -> tuple[Edit, ...]:
    """A line each for layers that are joined by an operator, or stand inside the call of another."""
    unit, text = step.body.unit, context.work.text_at
    if step.loop is not None or step.condition is not None or isinstance(unit, tuple):
        return ()
    if isinstance(unit, syntax.Binary):
        if unit.operator == "*":
            sides = [unit.left, unit.right]
            count = next((side for side in sides if isinstance(side, syntax.Literal)), None)
            other = next((side for side in sides if side is not count), None)
            is_group = isinstance(other, syntax.ListOf)
            if count is not None and other is not None and (is_group or _is_layer(other, context)):
                return entry.replaced(f"{text(count.span)} * {text(other.span)}")
        pieces = list(_terms(unit))
        is_chain = any(_is_layer(piece, context) for piece in pieces) and all(_is_step(p, context) for p in pieces)
        if unit.operator == "+" and is_chain:
            return entry.replaced(*(text(piece.span) for piece in pieces))
    inner = [node for node in _calls(unit) if node is not unit and _is_layer(node, context)]
    if len(inner) != 1 or re.search(r"\bprev\b", entry.body):
        return ()
    layer = text(inner[0].span)
    stack = re.fullmatch(r"(?:\w+\.)*Transformer(Encoder|Decoder)\((?P<inner>.*)\)", entry.body)
    if stack:
        # `TransformerEncoder(TransformerEncoderLayer(512, 8), 6)`: the stack takes the arguments of its layer itself.
        arguments = layer.partition("(")[2].removesuffix(")")
        rest = entry.body.rpartition(layer)[2].removesuffix(")").strip(" ,")
        values = [value.strip() for value in arguments.split(",") if value.strip()]
        for place, name in enumerate(("d_model", "nhead", "dim_feedforward", "dropout")):
            if place < len(values) and "=" not in values[place]:
                values[place] = f"{name}={values[place]}"
        number = rest if rest.startswith("num_layers") else f"num_layers={rest}"
        return entry.replaced(f"Transformer{stack[1]}({', '.join([number, *values])})") if rest else ()
    start, end = inner[0].span.column - unit.span.column, inner[0].span.end_column - unit.span.column
    body = text(unit.span)
    outer = f"{body[:start]}prev{body[end:]}"
    bare = re.fullmatch(r"([\w.]+)\(prev(?:, (.*))?\)", outer)
    if bare:
        outer = f"{bare[1]}({bare[2]})" if bare[2] else bare[1]
    return entry.replaced(layer, outer)


def _terms(node: syntax.Expression) -> Iterator[syntax.Expression]:
    """The operands of a chain of `+`."""
    if isinstance(node, syntax.Binary) and node.operator == "+":
        yield from _terms(node.left)
        yield from _terms(node.right)
    else:
        yield node


def _calls(node: syntax.Expression) -> Iterator[syntax.Expression]:
    """The calls in an expression, outer ones first, and the names among their arguments."""
    if isinstance(node, syntax.Call):
        yield node
        for argument in node.arguments:
            yield from _calls(argument.value)
    elif isinstance(node, syntax.Binary):
        yield from _calls(node.left)
        yield from _calls(node.right)
    elif isinstance(node, syntax.Name):
        yield node


def _is_layer(node: syntax.Expression, context: Context) -> bool:
    callee = without_prefix(node.function if isinstance(node, syntax.Call) else node, context)
    return isinstance(callee, syntax.Name) and isinstance(context.find_callable(callee.id), TypeRef)


def _is_step(node: syntax.Expression, context: Context) -> bool:
    """Whether it is a layer, a short word for one or a function, and no value of another line."""
    callee = without_prefix(node.function if isinstance(node, syntax.Call) else node, context)
    if _is_layer(node, context) or not isinstance(callee, syntax.Name):
        return _is_layer(node, context)
    meaning = context.find(callee.id)
    return meaning is MISSING and (callee.id.lower() in SHORT or callee.id in FUNCTIONS)


# --- values ----------------------------------------------------------------------------------------


def _from_above(diagnostic: Diagnostic, call: syntax.Call, context: Context) -> Diagnostic:
    """E104 for the only tensor of a function, by a name that is not there: what the line above gives is meant."""
    callee = without_prefix(call.function, context)
    entry = context.find_callable(callee.id) if isinstance(callee, syntax.Name) else None
    first = call.arguments[0] if call.arguments else None
    if not isinstance(entry, CatalogueEntry) or first is None or first.value.span != diagnostic.span:
        return diagnostic
    tensors = [argument for argument in entry.forward if isinstance(argument.kind, Tensor)]
    if len(tensors) != 1 or tensors[0] is not entry.forward[0]:
        return diagnostic
    note = "the line above gives `prev`"
    return replace(diagnostic, note=note, suggestion=replacement(first.value.span, "prev"))


def _new_layer(diagnostic: Diagnostic, entry: Entry, context: Context) -> Diagnostic:
    """E109: a layer without weights is the same whether it is applied again or made anew."""
    result = context.find_line(entry.body.strip())
    kind = result.kind if isinstance(result, LineResult) else ""
    layer = context.work.layers.get(kind)
    if layer is None or any(argument.inferred for argument in layer.arguments):
        return diagnostic
    return replace(diagnostic, fix=entry.replaced(kind))


def _with_parameter_size(diagnostic: Diagnostic, step: syntax.Step, context: Context) -> Diagnostic | None:
    """E303 for a tensor and a parameter whose size is written in numbers, as that of position embeddings: it fits one
    size of input alone."""
    count, unit = step.body.count, step.body.unit
    operands = (unit.left, unit.right) if isinstance(unit, syntax.Binary) else (count, unit)  # `x * pos` is a count
    names = [side.id if isinstance(side, syntax.Name) else "" for side in operands]
    sides = [context.cursor.prev if name == "prev" else context.find(name) for name in names]
    results = [side for side in sides if isinstance(side, LineResult)]
    parameter = next((side for side in results if side.kind == "parameter"), None)
    shapes = [side.value.type.shape for side in results if isinstance(side.value, Value)]
    if parameter is None or len(shapes) < 2:
        return None
    shape, other = shapes if parameter is results[0] else reversed(shapes)
    place = sizes_at(context.work.lines, parameter.span, shape)
    if place is None or len(shape) > len(other):
        return None
    sizes = [old if old == 1 else new for old, new in zip(shape, other[len(other) - len(shape) :], strict=True)]
    note = "; ".join(filter(None, [diagnostic.note, "a parameter fits one size of input"]))
    return replace(diagnostic, note=note, suggestion=replacement(place, f"[{', '.join(map(str, sizes))}]"))


def _with_projection(diagnostic: Diagnostic, entry: Entry, step: syntax.Step, context: Context) -> Diagnostic:
    """E303 for a sum with the input of a list that has other channels: the shortcut needs a convolution of its own."""
    prev, source = context.cursor.prev, context.input
    unit = step.body.unit
    if not isinstance(unit, syntax.Binary | syntax.Call) or "skip" in context.names:
        return diagnostic
    if not (isinstance(prev, LineResult) and isinstance(prev.value, Value)):
        return diagnostic
    if not (isinstance(source, LineResult) and isinstance(source.value, Value)):
        return diagnostic
    new, old = prev.value.type.shape, source.value.type.shape
    main = next((name for name, result in context.names.items() if result is prev), None)
    operands = re.fullmatch(r"(?:add\()?(\w+)\s*[+,]\s*(\w+)\)?", entry.body.strip())
    if main is None or operands is None or {operands[1], operands[2]} not in ({"input", "prev"}, {"input", main}):
        return diagnostic
    strides = {-(-before // after) for before, after in zip(old[2:], new[2:], strict=False) if after}
    if len(new) != len(old) or len(new) not in (3, 4) or len(strides) != 1:
        return diagnostic
    (stride,) = strides
    if any(-(-before // stride) != after for before, after in zip(old[2:], new[2:], strict=True)):
        return diagnostic  # a border is missing on the other way, and no stride makes up for it
    pace = f", stride={stride}" if stride > 1 else ""
    layer = f"Conv{len(new) - 2}d({main}.shape[1], kernel_size=1{pace})"
    shortcut = f"skip(input): {layer} if {main}.shape != input.shape else Identity"
    edit = Edit(entry.span, f"{entry.indent}- {shortcut}\n{entry.indent}- {entry.key}{main} + skip{entry.comment}")
    note = "a sum needs equal shapes: where the channels change, a convolution of 1 brings the input to the same"
    return replace(diagnostic, note=note, suggestion=(edit,))
