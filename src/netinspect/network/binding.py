"""Arguments written in a spec to arguments of an entry or a block: names, order, kinds, defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from netinspect.catalogue.entry import REQUIRED, Argument, Entry, Fault, Kind
from netinspect.catalogue.refused import ARGUMENTS
from netinspect.catalogue.signature import Each, Either, Many, Maybe, Tensor, TensorOrNumber, Word
from netinspect.errors import Edit, Mistake, Span
from netinspect.language import syntax
from netinspect.language.messages import closest, with_a_word_of
from netinspect.language.rewrite import entry_at, replacement
from netinspect.network import operators
from netinspect.network.context import MISSING, Context, Work, tensor_of
from netinspect.network.evaluate import evaluate, is_tensor
from netinspect.network.network import Operand, Value
from netinspect.network.results import BoundCall, BoundLayer, LayerArguments, LineResult, TypeRef


@dataclass(frozen=True, slots=True)
class ArgumentValue:
    """One argument as written and evaluated."""

    name: str | None
    value: Any
    span: Span


def words_of(kind: Kind) -> tuple[str, ...]:
    """The fixed words an argument of this kind may be, so that they need no quotes."""
    if isinstance(kind, Word):
        return kind.words
    if isinstance(kind, Maybe | Each | Many):
        return words_of(kind.kind)
    if isinstance(kind, Either):
        return tuple(word for inner in kind.kinds for word in words_of(inner))
    return ()


def argument_value(node: syntax.Expression, kinds: Iterable[Kind], context: Context) -> Any:
    """The value of an argument that may be of any of `kinds`: a bare name may be one of their fixed words (E213
    for a wrong one)."""
    if not isinstance(node, syntax.Name):
        return evaluate(node, context)
    words = tuple(word for kind in kinds for word in words_of(kind))
    if not words:
        return evaluate(node, context)
    meaning = context.find(node.id)
    if isinstance(meaning, str | bool):
        return meaning
    if node.id in words:
        return node.id
    if meaning is MISSING and node.id not in ("prev", "input"):
        guess = closest(node.id, words)
        raise Mistake.at(
            "E213",
            f"`{node.id}` is not one of {', '.join(words)}",
            node.span,
            help=f"did you mean `{guess}`?" if guess else None,
        )
    return evaluate(node, context)


# --- a layer's constructor -------------------------------------------------------------------


def bind_layer(entry: Entry, arguments: tuple[syntax.Argument, ...], context: Context, span: Span) -> BoundLayer:
    """Constructor arguments of a layer: E201, E202, E203, E205, E207, E211-E214, E307.

    Arguments that are plain numbers or words are bound once for all turns of a repeat.
    """
    line = (entry.name, arguments)
    layer = context.work.layers_bound.get(line)
    if layer is not None:
        return layer
    order = _order_of(entry, arguments)
    values: list[ArgumentValue] = []
    taken: set[str] = set()
    unnamed = sum(argument.name is None for argument in arguments)
    if unnamed > len(order):
        raise _too_many_unnamed(entry, arguments, context)
    names = iter(order)
    for argument in arguments:
        name = argument.name or next(names)
        declared = _declared(entry.arguments, name)
        if declared is None:
            raise unknown_argument(entry.name, name, [a.name for a in entry.arguments], argument.span)
        if name in taken:
            raise Mistake.at("E203", f"`{name}` is given twice", argument.span)
        taken.add(name)
        value = argument_value(argument.value, (declared.kind,), context)
        if isinstance(value, LineResult) and argument.name is None:
            raise tensors_inside(entry.name, arguments, context)
        settled = operators.settle(value, argument.value.span, f"`{name}`")
        values.append(ArgumentValue(name, _plain(settled, name, argument.value.span), argument.value.span))
    spans = {item.name: item.span for item in values if item.name}
    key = (entry.name, repr([(item.name, item.value) for item in values]))
    checked = context.work.arguments.get(key)
    if checked is None:
        written = {item.name: item for item in values}
        by_name = {
            argument.name: _checked(argument, written[argument.name])
            if argument.name in written
            else default_of(entry.name, argument, span)
            for argument in entry.arguments
        }
        checked = context.work.arguments[key] = LayerArguments(by_name)
    layer = BoundLayer(checked, spans, order)
    if all(type(argument.value) is syntax.Literal for argument in arguments):
        context.work.layers_bound[line] = layer
    return layer


def _order_of(entry: Entry, arguments: tuple[syntax.Argument, ...]) -> tuple[str, ...]:
    """What the values without names stand for, in order: torch's own signature where there are as many values as torch
    requires, else the same without the sizes that are worked out, as in torch's lazy layers."""
    unnamed = sum(argument.name is None for argument in arguments)
    torch_order = entry.torch_signature
    if unnamed == 0 or not torch_order:
        return entry.unnamed[:unnamed]
    named = {argument.name for argument in arguments if argument.name is not None}
    first = set(torch_order[:unnamed])
    is_whole = entry.required <= first | named and not first & named
    return (torch_order if is_whole else entry.unnamed)[:unnamed]


def tensors_inside(layer: str, arguments: tuple[syntax.Argument, ...], context: Context) -> Mistake:
    """E212 for `Linear(conv1, 10)`: tensors stand before the colon, the brackets hold settings alone."""
    text = context.work.text_at
    leading = [a for a in arguments if a.name is None and is_tensor(a.value, context)]
    tensors = ", ".join(text(a.value.span) for a in leading)
    rest = ", ".join(text(a.span) for a in arguments if a not in leading)
    call = f"{layer}({rest})" if rest else layer
    span = leading[0].span
    entry = entry_at(context.work.lines, span.line)
    fix: tuple[Edit, ...] = ()
    key = f"({tensors}): "
    if entry is not None and entry.inputs is None and re.fullmatch(r"[\w.]+\(.*\)", entry.body):
        key = f"{entry.name or ''}({tensors}): "
        fix = entry.replaced(call, key=key)
    note = "inside its brackets stand settings; each layer that is made so has weights of its own"
    return Mistake.at(
        "E212", f"`{text(span)}` is a tensor, and goes before the colon", span, note, f"write `- {key}{call}`", fix=fix
    )


def _declared(arguments: tuple[Argument, ...], name: str) -> Argument | None:
    for argument in arguments:
        if argument.name == name:
            return argument
    return None


def _plain(value: Any, name: str, span: Span) -> Any:
    if isinstance(value, LineResult | Value):
        raise Mistake.at("E212", f"`{name}` is fixed when the layer is made; it cannot be a tensor", span)
    if isinstance(value, TypeRef):
        raise Mistake.at("E212", f"`{name}` cannot be the type `{value.name}`", span)
    if isinstance(value, tuple):
        return tuple(_plain(item, name, span) for item in value)
    return value


def _too_many_unnamed(entry: Entry, arguments: tuple[syntax.Argument, ...], context: Context) -> Mistake:
    """E203, with the line to write."""
    unnamed = [a for a in arguments if a.name is None]
    most = entry.torch_signature or entry.unnamed
    place = unnamed[min(len(most), len(unnamed) - 1)].span
    if len(unnamed) > len(most):
        message = f"`{entry.name}` takes at most {len(most)} unnamed values: {', '.join(most)}"
        return Mistake.at("E203", message if most else f"`{entry.name}` takes no values", place)
    needed = [name for name in most if name in entry.required]
    message = f"`{entry.name}` takes its arguments by name, or as torch does: {', '.join(needed)} first"
    named = [a for a in entry.arguments if a.name in needed and not a.inferred]
    values = [context.work.text_at(a.value.span) for a in unnamed]
    written = [f"{a.name}={text}" for a, text in zip(named, values, strict=False)]
    written += [f"{a.name}={context.work.text_at(a.value.span)}" for a in arguments if a.name is not None]
    help = f"write `{entry.name}({', '.join(written)})`" if len(unnamed) <= len(named) else None
    return Mistake.at("E203", message, place, help=help)


def unknown_argument(owner: str, name: str, known: Iterable[str], span: Span, code: str = "E201") -> Mistake:
    """E201 (E208 for a block): there is no such argument; with torch's own word for it, or one that is near."""
    known = list(known)
    message = f"`{owner}` has no argument `{name}`"
    note = f"it takes {', '.join(known)}" if known else "it takes none"
    torchs = next((alias for alias in ARGUMENTS.get(name, ()) if alias in known), None) if code == "E201" else None
    guess = torchs or closest(name, known) or with_a_word_of(name, known)
    if guess is None:
        return Mistake.at(code, message, span, note)
    edits = replacement(Span(span.line, span.column, span.line, span.column + len(name)), guess)
    if torchs:
        return Mistake.at(code, message, span, note, f"torch calls it `{guess}`", fix=edits)
    return Mistake.at(code, message, span, note, f"did you mean `{guess}`?", suggestion=edits)


def default_of(owner: str, argument: Argument, span: Span) -> Any:
    """An argument's default; E202 where it has none, E207 where torch's default is a trap."""
    if argument.must_say:
        raise Mistake.at(
            "E207",
            f"`{owner}` must say `{argument.name}`",
            span,
            note=argument.why,
            help=f"add `{argument.name}=…` ({argument.kind.describe()})",
        )
    if argument.inferred:
        return None
    if argument.default is REQUIRED:
        raise Mistake.at(
            "E202",
            f"`{owner}` needs `{argument.name}`",
            span,
            help=f"add `{argument.name}=…` ({argument.kind.describe()})",
        )
    return argument.default


def _checked(argument: Argument, item: ArgumentValue) -> Any:
    if argument.inferred and item.value is None:
        return None
    try:
        return argument.kind.check(item.value)
    except Fault as fault:
        raise mistake_of(fault, argument.name, item.span) from None


def mistake_of(fault: Fault, name: str, span: Span) -> Mistake:
    """A kind's Fault at its place, with the argument's name in front."""
    return Mistake.at(fault.code, f"{name}: {fault.message}", span, fault.note, fault.help)


# --- what a call is given --------------------------------------------------------------------


def bind_forward(entry: Entry, positional: list[ArgumentValue], named: list[ArgumentValue], span: Span) -> BoundCall:
    """Forward arguments of a layer or function, tensors as Values: E201, E202, E203, E207, E216."""
    operands: dict[str, Operand] = {}
    spans: dict[str, Span] = {}
    rest = _place_unnamed(entry, positional, operands, spans)
    if rest:
        names = ", ".join(a.name for a in entry.forward if not a.keyword_only)
        code = "E216" if entry.is_layer else "E203"
        raise Mistake.at(code, f"`{entry.name}` takes {names}, and gets {len(positional)} values", rest[0].span)
    for item in named:
        name = item.name or ""
        if _declared(entry.forward, name) is None:
            raise unknown_argument(entry.name, name, [a.name for a in entry.forward], item.span)
        if name in operands:
            raise Mistake.at("E203", f"`{name}` is given twice", item.span)
        operands[name], spans[name] = item.value, item.span
    values = []
    for argument in entry.forward:
        is_tensor_needed = argument.default is REQUIRED and isinstance(argument.kind, Tensor | TensorOrNumber)
        if argument.name in operands:
            values.append(operands[argument.name])
        elif is_tensor_needed and not argument.must_say:
            required = ", ".join(a.name for a in entry.forward if a.default is REQUIRED)
            message = f"`{entry.name}` needs {required}; `{argument.name}` is missing"
            raise Mistake.at("E216" if entry.is_layer else "E202", message, span)
        else:
            values.append(default_of(entry.name, argument, span))
    return BoundCall(_said_once(entry, values), spans)


def _said_once(entry: Entry, operands: list[Operand]) -> tuple[Operand, ...]:
    """The operands without those that are what they would stand for anyway: `(x, x, x)` is self-attention as `x` is."""
    said = dict(zip([argument.name for argument in entry.forward], operands, strict=True))
    for argument in entry.forward:
        if argument.same_as is not None and said[argument.name] is None:
            said[argument.name] = said[argument.same_as]
    return tuple(
        None if argument.same_as is not None and said[argument.name] is said[argument.same_as] else operand
        for argument, operand in zip(entry.forward, operands, strict=True)
    )


def _place_unnamed(
    entry: Entry, positional: list[ArgumentValue], operands: dict[str, Operand], spans: dict[str, Span]
) -> list[ArgumentValue]:
    rest = list(positional)
    for argument in entry.forward:
        if not rest:
            break
        if argument.keyword_only:
            continue
        if argument.variadic:
            values = tuple(item.value for item in rest)
            spans[argument.name] = rest[0].span
            if isinstance(values[0], tuple):  # a list in their place, as torch has it: `cat((a, b), 1)`
                operands[argument.name] = rest.pop(0).value
                continue
            operands[argument.name] = values
            return []
        item = rest.pop(0)
        operands[argument.name], spans[argument.name] = item.value, item.span
    return rest


def operand_of(value: Any, span: Span, work: Work) -> Operand:
    """An evaluated argument as an operand: results of lines become their tensors (E110, E212)."""
    if isinstance(value, LineResult):
        return value.value if isinstance(value.value, Value) else tensor_of(value, span, work.text_at(span))
    if isinstance(value, tuple):
        return tuple(operand_of(item, span, work) for item in value)
    if isinstance(value, TypeRef):
        raise Mistake.at(
            "E209",
            f"the layer type `{value.name}` is no tensor",
            span,
            help=f"give it a line of its own above: `- name: {value.name}`",
        )
    return value


# --- a block's parameters --------------------------------------------------------------------


def bind_block(
    block: syntax.Block, arguments: tuple[syntax.Argument, ...], context: Context, span: Span
) -> dict[str, Any]:
    """The values a block is called with, defaults left out: E202, E203, E208."""
    values: dict[str, Any] = {}
    names = [parameter.name for parameter in block.parameters]
    unnamed = 0
    for argument in arguments:
        if argument.name is None and unnamed >= len(names):
            if is_tensor(argument.value, context):
                raise tensors_inside(block.name, arguments, context)
            takes = f"`{block.name}` takes {len(names)} value{'s' * (len(names) != 1)}"
            raise Mistake.at("E203", takes + (f": {', '.join(names)}" if names else ""), argument.span)
        name = argument.name or names[unnamed]
        unnamed += argument.name is None
        if name not in names:
            raise unknown_argument(block.name, name, names, argument.span, "E208")
        if name in values:
            raise Mistake.at("E203", f"`{name}` is given twice", argument.span)
        value = evaluate(argument.value, context)
        if argument.name is None and is_tensor(argument.value, context) and _holds_tensor(value):
            raise _input_among_parameters(block, name, arguments, context) or tensors_inside(
                block.name, arguments, context
            )
        if _holds_tensor(value):
            raise Mistake.at(
                "E212",
                f"`{name}` is a setting of the block, not a tensor",
                argument.span,
                help=f"tensors go before the colon: `- (prev, other): {block.name}(…)`",
            )
        values[name] = operators.settle(value, argument.value.span, f"`{name}`")
    for parameter in block.parameters:
        if parameter.name not in values and parameter.default is None:
            raise Mistake.at("E202", f"`{block.name}` needs `{parameter.name}`", span)
    return values


def _input_among_parameters(
    block: syntax.Block, name: str, arguments: tuple[syntax.Argument, ...], context: Context
) -> Mistake | None:
    """E212 for `Up(64, skip)` of a block whose header takes the tensor for a parameter: it is an input of the block."""
    text, lines = context.work.text_at, context.work.lines
    tensors = [a for a in arguments if is_tensor(a.value, context)]
    names = [parameter.name for parameter in block.parameters]
    if len(arguments) != len(names) or len(tensors) != 1:
        return None
    place = next(
        (n for n, line in enumerate(lines, 1) if re.match(rf"\s+{block.name}\([^()]*\):\s*(?:#.*)?$", line)), None
    )
    entry = entry_at(lines, tensors[0].span.line)
    if place is None or entry is None or entry.inputs is not None:
        return None
    line = lines[place - 1]
    start, end = line.index("("), line.index(")")
    rest = ", ".join(word for word in line[start + 1 : end].split(",") if word.split("=")[0].strip() != name).strip()
    used = set(re.findall(r"\w+", "\n".join(lines[place:])))
    first = next(word for word in ("x", "value", "first") if word not in used or word == "first")
    header = f"({', '.join(word.strip() for word in rest.split(',') if word.strip())})({first}, {name})"
    span = tensors[0].span
    tensor = text(tensors[0].value.span)
    call = f"{block.name}({', '.join(text(a.span) for a in arguments if a not in tensors)})"
    key = f"{entry.name or ''}(prev, {tensor}): "
    fix = (Edit(Span(place, start + 1, place, end + 2), header), *entry.replaced(call, key=key))
    message = f"`{tensor}` is a tensor, and `{name}` is an input of `{block.name}`"
    note = "settings stand in a block's first brackets, and what it is applied to in the second"
    return Mistake.at("E212", message, span, note, fix=fix)


def _holds_tensor(value: Any) -> bool:
    return any(map(_holds_tensor, value)) if isinstance(value, tuple) else isinstance(value, LineResult | Value)
