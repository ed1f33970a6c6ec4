"""Lists of layers: lines, sub-networks, blocks, and the long form that editors and generators write."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from netinspect.errors import Edit, Mistake, Reported, Span
from netinspect.language import keys, steps, syntax
from netinspect.language.fields import (
    Parsing,
    attempt,
    flag,
    items,
    known_pairs,
    name,
    pairs,
    read_dtype,
    text,
    value,
    word,
)
from netinspect.language.names import is_name
from netinspect.language.nodes import Bad, Mapping, Node, Scalar, Sequence, is_null, origin
from netinspect.language.numbers import number
from netinspect.language.rewrite import entry_at, rewritten
from netinspect.language.syntax import Argument, Block, Broken, Buffer, Line, Output, Parameter, Scope, Step, Variable
from netinspect.language.tokens import report

_Tensor = TypeVar("_Tensor", Parameter, Buffer)

SCOPE_KEYS: Final = ("vars", "parameters", "buffers", "layers", "outputs", "about")
_ORDER: Final = "the order of layers matters, and a mapping has none"


def scope(parsing: Parsing, node: Node, what: str) -> Scope:
    """A list of lines, or a mapping with `layers`. Mistake E013, E018, E212."""
    if isinstance(node, Sequence):
        return Scope(lines(parsing, node), span=node.span)
    if isinstance(node, Bad):
        raise Reported
    if not isinstance(node, Mapping):
        fix = _below_its_name(node) if not is_null(node) else ()
        advice = "put them below it, one a line after `- `"
        raise Mistake.at("E018", f"`{what}` has no layers", node.span, None, advice, fix=fix)
    if node.get("layers") is None:
        raise _unordered(node, what)
    entries = known_pairs(parsing, node, what, SCOPE_KEYS)
    return Scope(
        layers(parsing, entries["layers"], "layers"),
        parameters(parsing, entries.get("parameters")),
        outputs(parsing, entries.get("outputs")),
        attempt(parsing, text, entries["about"], "about") if "about" in entries else None,
        node.span,
        buffers(parsing, entries.get("buffers")),
        variables(parsing, entries.get("vars")),
    )


def _below_its_name(node: Scalar) -> tuple[Edit, ...]:
    """`Double(c): 2 * [Conv2d(c, 3), ReLU]` with its one line below the name."""
    line = node.source[node.source.rfind("\n", 0, node.start) + 1 : node.start]
    if node.span.line != node.span.end_line or not line.rstrip().endswith(":"):
        return ()
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    place = Span(node.span.line, len(line.rstrip()) + 1, node.span.line, node.span.end_column)
    return (Edit(place, f"\n{indent}- {node.text}"),)


def layers(parsing: Parsing, node: Node, what: str) -> tuple[Line, ...]:
    """The lines of a list of layers; reports E013 for a mapping, E018 for none."""
    if isinstance(node, Sequence):
        return lines(parsing, node)
    parsing.sound = False
    if isinstance(node, Mapping):
        report(parsing.mistakes, _unordered(node, what).diagnostic)
    elif not isinstance(node, Bad):
        missing = is_null(node)
        message = f"`{what}` is empty" if missing else f"`{what}` is not a list"
        fix = () if missing or not isinstance(node, Scalar) else _listed(node.source, node.span)
        parsing.report("E018", message, node.span, None, "put one layer a line below it, after `- `", fix=fix)
    return ()


def _unordered(node: Mapping, what: str) -> Mistake:
    first = node.items[0][0] if node.items else None
    advice = f"put `- ` before each line: `- {first.text[:60]}: …`" if first else "put one layer a line after `- `"
    fix = _listed(first.source, node.span) if first and not node.flow else ()
    return Mistake.at(
        "E013", f"`{what}` is a mapping, not a list", first.span if first else node.span, _ORDER, advice, fix=fix
    )


def _listed(source: str, span: Span) -> tuple[Edit, ...]:
    """`- ` before each line of a stretch that is indented least, and the others so much deeper."""
    last = span.end_line if span.end_column > 1 else span.end_line - 1
    lines = source.split("\n")[span.line - 1 : last]
    if any(line[: len(line) - len(line.lstrip())].count("\t") for line in lines) or not lines[0].strip():
        return ()
    first = " " * (span.column - 1)
    if lines[0][: span.column - 1].strip():
        return ()
    edits = []
    for place, line in enumerate(lines, span.line):
        is_entry = line.startswith(first) and line[len(first) : len(first) + 1] not in ("", " ", "#")
        if line.strip():
            edits.append(Edit(Span(place, 1, place, 1), "" if is_entry else "  "))
        if is_entry:
            edits[-1] = Edit(Span(place, len(first) + 1, place, len(first) + 1), "- ")
    return tuple(edits)


def lines(parsing: Parsing, node: Sequence) -> tuple[Line, ...]:
    """One Line for each entry; a mistake ends its line only."""
    return tuple(_line(parsing, item) for item in node.items)


def _line(parsing: Parsing, node: Node) -> Line:
    try:
        if isinstance(node, Scalar):
            if is_null(node):
                raise Mistake.at("E017", "there is no layer on this line", node.span, None, "delete the line")
            return Line(None, None, steps.step(node.text, origin(node)), node.span)
        if isinstance(node, Mapping):
            return _named_line(parsing, node)
        return Line(None, None, scope(parsing, node, "this list"), node.span)
    except Reported:
        return Line(None, None, Broken(node.span), node.span)
    except Mistake as mistake:
        report(parsing.mistakes, _with_rewrite(mistake, node).diagnostic)
        name = None
        if mistake.diagnostic.code == "E005" and isinstance(node, Scalar):
            # the name of `conv1 = Conv2d(…)`, so that lines that use it are not called wrong too
            name = syntax.Pattern((node.text.split("=")[0].strip(),), node.span)
        return Line(name, None, Broken(node.span), node.span)


def _with_rewrite(mistake: Mistake, node: Node) -> Mistake:
    """The mistake of a line with the lines to write, where it is a habit of another language."""
    diagnostic = mistake.diagnostic
    if not diagnostic.span or diagnostic.fix or diagnostic.suggestion:
        return mistake
    if isinstance(node, Scalar):
        source = node.source
    elif isinstance(node, Mapping) and node.items:
        source = node.items[0][0].source
    else:
        source = None
    if source is None:
        return mistake
    lines = source.split("\n")
    entry = entry_at(lines, node.span.line)
    edits = _unfolded(lines, node, diagnostic.span) or (rewritten(entry) if entry is not None else ())
    return Mistake(replace(diagnostic, fix=edits)) if edits else mistake


def _unfolded(lines: list[str], node: Node, span: Span) -> tuple[Edit, ...]:
    """`- ` at its place before a line that YAML took for the rest of the entry above, where it is a step of its own."""
    text = lines[span.line - 1] if span.line <= len(lines) else ""
    start = len(text) - len(text.lstrip()) + 1
    entry = lines[node.span.line - 1]
    step = text.lstrip().removeprefix("- ")
    if span.line == node.span.line or span.column != start or not step[:1].isalpha():
        return ()
    indent = len(entry) - len(entry.lstrip())
    return (Edit(Span(span.line, 1, span.line, len(text) - len(step) + 1), " " * indent + "- "),)


def _named_line(parsing: Parsing, node: Mapping) -> Line:
    """`name: step`, `name: list`, `name: scope`, and the long forms."""
    if len(node.items) != 1:
        if not node.items:
            if node.lost:
                raise Reported
            raise Mistake.at("E017", "there is no layer on this line", node.span)
        second = node.items[1][0]
        advice = f"put `- ` before it: `- {second.text[:60]}: …`; what belongs to the line above is indented deeper"
        message = f"a second key, `{second.text[:60]}`, on one line"
        raise Mistake.at("E013", message, second.span, _ORDER, advice, fix=_dashes(node))
    key, content = node.items[0]
    span = Span(key.span.line, key.span.column, content.span.end_line, content.span.end_column)
    if _is_long(parsing, key, content):
        return Line(None, None, _long(key, content), span)
    try:
        pattern, arguments = keys.key(key.text, origin(key), is_quoted=key.quoted)
    except Mistake as mistake:
        raise _with_key(mistake, key, content) from None
    try:
        body: Step | Scope | Broken = _content(parsing, key, content)
        if pattern is not None and pattern.plain is None and not (isinstance(body, Step) and body.loop is not None):
            advice = "`- name{i}: Layer(…) for i in range(4)`"
            raise Mistake.at("E017", "a name with `{…}` needs a step with `for`", pattern.span, None, advice)
    except Reported:
        body = Broken(span)
    except Mistake as mistake:
        report(parsing.mistakes, _with_rewrite(mistake, node).diagnostic)
        body = Broken(span)
    return Line(pattern, arguments, body, span)


def _with_key(mistake: Mistake, key: Scalar, content: Node) -> Mistake:
    """The mistake of a name with what to write: a number is no name, since a layer's position is its key; a loop stands
    behind what it repeats."""
    diagnostic, lines = mistake.diagnostic, key.source.split("\n")
    text = lines[key.span.line - 1]
    indent = text[: len(text) - len(text.lstrip())]
    if diagnostic.fix or key.quoted or not text.lstrip().startswith("- "):
        return mistake
    word = key.text.strip()
    loop = _LOOP_KEY.match(word)
    stretch = Span(key.span.line, 1, content.span.end_line, content.span.end_column)
    if loop and isinstance(content, Scalar):
        return Mistake(replace(diagnostic, fix=(Edit(stretch, f"{indent}- {_looped(loop, content.text)}"),)))
    if loop and isinstance(content, Sequence) and content.items:
        items = [item.text for item in content.items if isinstance(item, Scalar)]
        body = _looped_all(loop, items) if len(items) == len(content.items) else None
        if body:
            last = content.items[-1].span
            region = Span(key.span.line, 1, last.end_line, last.end_column)
            return Mistake(replace(diagnostic, fix=(Edit(region, f"{indent}- {body}"),)))
    if not isinstance(content, Scalar) or entry_at(lines, key.span.line) is None:
        return mistake
    if word.isdecimal():
        return Mistake(replace(diagnostic, fix=(Edit(stretch, f"{indent}- {content.text}"),)))
    span = key.span
    if (
        "(" in word
        and diagnostic.span is not None
        and diagnostic.span.line == diagnostic.span.end_line == key.span.line
    ):
        span = diagnostic.span  # what it reads stays
        word = text[span.column - 1 : span.end_column - 1]
    name = re.sub(r"\W+", "_", word).strip("_")
    if diagnostic.code == "E108" and is_name(name) and name != word:
        return Mistake(replace(diagnostic, fix=(Edit(span, name),)))
    return mistake


_LOOP_KEY: Final = re.compile(
    r"(?:repeat|times)\s+(?P<count>[\w.]+)(?:\s+times)?$"
    r"|(?P<loop>for\s+(?P<counter>\w+)\s+in\s+(?:range\((?P<range>[^,()]+)\)|.+))$"
    r"|(?P<test>if\s.+)"
)


def _looped_all(loop: re.Match[str], bodies: list[str]) -> str | None:
    """A list of steps that is repeated, or that stands under a condition; None where several use a counter."""
    if len(bodies) == 1:
        return _looped(loop, bodies[0])
    uses_counter = any(re.search(rf"\b{loop['counter']}\b", body) for body in bodies)
    count = loop["count"] or (loop["range"] if not uses_counter else None)
    return f"{count} * [{', '.join(bodies)}]" if count else None


def _looped(loop: re.Match[str], body: str) -> str:
    if loop["count"]:
        return f"{loop['count']} * {body}"
    return f"{body} {loop['loop'] or loop['test']}"


def _dashes(node: Mapping) -> tuple[Edit, ...]:
    """`- ` before every key but the first, where each stands on a line of its own below it."""
    first = node.items[0][0]
    edits = []
    for key, _ in node.items[1:]:
        blanks = key.source[key.source.rfind("\n", 0, key.start) + 1 : key.start]
        if blanks.strip() or key.span.column != first.span.column or len(blanks) < 2:
            return ()
        edits.append(Edit(Span(key.span.line, key.span.column - 2, key.span.line, key.span.column), "- "))
    return tuple(edits)


def _content(parsing: Parsing, key: Scalar, node: Node) -> Step | Scope:
    if isinstance(node, Scalar):
        if is_null(node):
            raise Mistake.at(
                "E017", f"`{key.text[:60]}` names nothing", key.span, None, "write its layer behind the colon"
            )
        return steps.step(node.text, origin(node))
    if isinstance(node, Mapping) and node.get("layers") is None and len(node.items) == 1:
        inner, content = node.items[0]
        if _is_long(parsing, inner, content):
            return _long(inner, content)
    return scope(parsing, node, key.text[:60])


# --- the long form -----------------------------------------------------------------------------


def _is_long(parsing: Parsing, key: Scalar, content: Node) -> bool:
    """Whether `key: content` is a layer with its arguments, not a name with a step or list."""
    if isinstance(content, Sequence):
        guessed = parsing.types is None and key.text not in parsing.blocks
        return _is_type(parsing, key.text) and not (guessed and any(map(_looks_like_line, content.items)))
    capital = (key.text[:1].isupper() and key.text.isidentifier()) or _is_type(parsing, key.text)
    if isinstance(content, Mapping):
        is_named = len(content.items) == 1 and _is_type(parsing, content.items[0][0].text)  # `C1: {Conv2d: {…}}`
        is_other = parsing.types is not None and is_named and not _is_type(parsing, key.text)
        return capital and content.get("layers") is None and not is_other
    if isinstance(content, Scalar) and not content.quoted:
        digits = content.text.lstrip("+-")
        is_number = digits[:1].isdigit() and isinstance(number(digits), int | float)
    else:
        is_number = False
    return capital and (is_null(content) or is_number)


def _looks_like_line(node: Node) -> bool:
    """Whether an entry of a list is a line of layers rather than an argument, where no layer types are known."""
    if not isinstance(node, Scalar):
        return isinstance(node, Mapping)
    first, words = node.text[:1], ("True", "False", "None")
    return (first.isupper() and node.text not in words) or (first.isalpha() and "(" in node.text)


def _is_type(parsing: Parsing, word: str) -> bool:
    if word in parsing.blocks:
        return True
    if parsing.types is None:
        return word[:1].isupper() and word.isidentifier()
    return word in parsing.types


def _long(key: Scalar, node: Node) -> Step:
    """`Conv2d: {out_channels: 6}` as `Conv2d(out_channels=6)`, null as the bare name. Mistake."""
    span = Span(key.span.line, key.span.column, node.span.end_line, node.span.end_column)
    type_name = syntax.Name(key.text, key.span)
    unit: syntax.Expression = type_name
    if isinstance(node, Mapping):
        arguments = []
        for argument, content in node.items:
            if not argument.text.isidentifier():
                raise Mistake.at("E017", f"`{argument.text[:60]}` is not the name of an argument", argument.span)
            place = Span(argument.span.line, argument.span.column, content.span.end_line, content.span.end_column)
            expression = syntax.Literal(None, content.span) if is_null(content) else value(content)
            arguments.append(Argument(argument.text, expression, place))
        unit = syntax.Call(type_name, tuple(arguments), span)
    elif isinstance(node, Sequence):
        unit = syntax.Call(type_name, tuple(Argument(None, value(item), item.span) for item in node.items), span)
    elif not is_null(node):
        unit = syntax.Call(type_name, (Argument(None, value(node), node.span),), span)
    return Step(syntax.Body(None, unit, span), None, None, None, span)


# --- blocks, parameters, outputs ---------------------------------------------------------------


def blocks(parsing: Parsing, node: Node | None) -> tuple[Block, ...]:
    """The spec's own layers, in order. A mistake in a header hides a name, so the parse is not sound."""
    by_name: dict[str, Block] = {}
    for key, body in pairs(parsing, node, "blocks"):
        header = attempt(parsing, keys.header, key.text, origin(key))
        if header is None:
            parsing.sound = False
            attempt(parsing, scope, parsing, body, key.text[:60])
            continue
        block_name, arguments, inputs, rest = header
        if block_name in by_name:
            line = by_name[block_name].span.line
            parsing.report("E107", f"block `{block_name}` is defined twice: the first stands on line {line}", key.span)
            continue
        header_fix = _parameters_into_header(key, body) if isinstance(body, Mapping) else None
        if header_fix is not None:
            what, fix = header_fix
            message = f"the parameters of a block stand behind its name, not under `{what.text}`"
            parsing.report("E012", message, what.span, None, None, fix=fix)
            parsing.sound = False
            continue
        inner = attempt(parsing, scope, parsing, body, block_name)
        parsing.sound = parsing.sound and inner is not None
        by_name[block_name] = Block(block_name, arguments, inputs, inner or Scope((), span=body.span), key.span, rest)
    return tuple(by_name.values())


def _parameters_into_header(key: Scalar, body: Mapping) -> tuple[Scalar, tuple[Edit, ...]] | None:
    """`params: [width]` inside of a block: its key, and `Block(width):` in the place of both."""
    for what, node in body.items:
        if what.text in ("params", "args", "arguments", "parameters", "inputs") and "(" not in key.text:
            words = []
            if isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
                words = [item.text for item in node.items if isinstance(item, Scalar)]
            elif isinstance(node, Mapping) and what.text != "parameters" and not node.lost:
                words = [f"{k.text}={v.text}" for k, v in node.items if isinstance(v, Scalar)]
            if not words or what.span.line == key.span.line:
                continue
            brackets = f"()({', '.join(words)})" if what.text == "inputs" else f"({', '.join(words)})"
            last = max(what.span.line, node.span.end_line if node.span.end_column > 1 else node.span.end_line - 1)
            gone = Edit(Span(what.span.line, 1, last + 1, 1), "")
            return what, (Edit(key.span, f"{key.text}{brackets}"), gone)
    return None


def _variable(key: Scalar, node: Node) -> Variable:
    return Variable(name(key), value(node), key.span)


def variables(
    parsing: Parsing, node: Node | None, read: Callable[[Scalar, Node], Variable] = _variable
) -> tuple[Variable, ...]:
    """The vars of a file, a block or a sub-network."""
    declared = []
    for key, content in pairs(parsing, node, "vars"):
        variable = attempt(parsing, read, key, content)
        if variable is None:
            parsing.sound = False
        else:
            declared.append(variable)
    return tuple(declared)


def block_names(node: Node | None) -> frozenset[str]:
    """The names of all blocks, before their lines are parsed."""
    if not isinstance(node, Mapping):
        return frozenset()
    return frozenset(key.text.split("(", 1)[0].strip() for key, _ in node.items)


def parameters(parsing: Parsing, node: Node | None) -> tuple[Parameter, ...]:
    """A scope's own nn.Parameters."""
    return _declared(parsing, node, "parameters", _parameter)


def _declared(
    parsing: Parsing, node: Node | None, what: str, read: Callable[[Parsing, Scalar, Node], _Tensor]
) -> tuple[_Tensor, ...]:
    """What a mapping of names declares; one that has a mistake is left out."""
    declared = []
    for key, setting in pairs(parsing, node, what):
        tensor = attempt(parsing, read, parsing, key, setting)
        if tensor is None:
            parsing.sound = False
        else:
            declared.append(tensor)
    return tuple(declared)


def _tensor_name(key: Scalar) -> str:
    """A name, or a position as in an nn.ParameterList, to which `_0` refers. Mistake E108."""
    return key.text if key.text.isdecimal() and str(int(key.text)) == key.text else name(key)


def _parameter(parsing: Parsing, key: Scalar, node: Node) -> Parameter:
    parameter_name = _tensor_name(key)
    if not isinstance(node, Mapping):
        return Parameter(parameter_name, value(node, can_be_text=False), "zeros", None, None, key.span)
    entries = known_pairs(parsing, node, parameter_name, ("shape", "init", "std", "frozen"))
    if "shape" not in entries:
        raise Mistake.at(
            "E202", f"parameter `{parameter_name}` has no `shape`", key.span, None, "add `shape: (1, 1, width)`"
        )
    init = word(entries["init"], "init", ("zeros", "ones", "normal")) if "init" in entries else "zeros"
    std = value(entries["std"]) if "std" in entries else None
    if std is not None and init != "normal":
        raise Mistake.at("E212", "`std` belongs to `init: normal`", entries["std"].span, None, "add `init: normal`")
    frozen = value(entries["frozen"], can_be_text=False) if "frozen" in entries else None
    return Parameter(parameter_name, value(entries["shape"], can_be_text=False), init, std, frozen, key.span)


def buffers(parsing: Parsing, node: Node | None) -> tuple[Buffer, ...]:
    """A scope's own buffers."""
    return _declared(parsing, node, "buffers", _buffer)


def _buffer(parsing: Parsing, key: Scalar, node: Node) -> Buffer:
    buffer_name = _tensor_name(key)
    if not isinstance(node, Mapping):
        return Buffer(buffer_name, value(node, can_be_text=False), "float32", None, None, True, key.span)
    entries = known_pairs(parsing, node, buffer_name, ("shape", "dtype", "values", "scale", "value", "persistent"))
    if not {"shape", "values", "value"} & set(entries):
        advice = "add `shape: (1, 1, width)`, `values: [0, 1, 2]` or `value: arange(3)`"
        raise Mistake.at("E202", f"buffer `{buffer_name}` has no `shape`, `values` or `value`", key.span, None, advice)
    beside = next(
        (word for word in ("shape", "dtype", "values", "scale") if "value" in entries and word in entries), None
    )
    if beside is not None:
        note = "its numbers, their shape and dtype follow from the formula"
        raise Mistake.at(
            "E212", f"`{beside}` does not stand beside `value`", entries[beside].span, note, f"delete `{beside}`"
        )
    values, scale, formula = (
        value(entries[word]) if word in entries else None for word in ("values", "scale", "value")
    )
    if scale is not None and values is None:
        raise Mistake.at("E212", "`scale` belongs to `values`", entries["scale"].span, None, "add `values: […]`")
    persistent = flag(entries["persistent"], "persistent") if "persistent" in entries else True
    if not persistent and values is None and formula is None:
        note = "what no checkpoint holds would stay 0"
        raise Mistake.at(
            "E212", "a buffer that is not persistent needs `values` or `value`", entries["persistent"].span, note
        )
    dtype = read_dtype(entries["dtype"]) if "dtype" in entries else "float32"
    shape = value(entries["shape"], can_be_text=False) if "shape" in entries else None
    return Buffer(buffer_name, shape, dtype, values, scale, persistent, key.span, formula)


def outputs(parsing: Parsing, node: Node | None) -> tuple[Output, ...]:
    """`[name, …]` or `{name: value}`; () where there are none."""
    if node is None or is_null(node):
        return ()
    if isinstance(node, Mapping):
        results = [attempt(parsing, _output, key.text, content, key) for key, content in node.items]
    else:
        if isinstance(node, Scalar) and not node.quoted and re.fullmatch(r"[\w.]+(?:\s*,\s*[\w.]+)*", node.text):
            listed_text = f"[{', '.join(word.strip() for word in node.text.split(','))}]"
            fix = (Edit(node.span, listed_text),)
            parsing.report("E212", "`outputs` is not a list", node.span, None, f"write `{listed_text}`", fix=fix)
            return ()
        listed = attempt(parsing, items, node, "outputs") or ()
        results = [attempt(parsing, _output, None, item, item) for item in listed]
    return tuple(output for output in results if output is not None)


def _output(label: str | None, node: Node, place: Node) -> Output:
    """One output; in a list its own text is its name."""
    if not isinstance(node, Scalar):
        if isinstance(node, Bad):
            raise Reported
        raise Mistake.at("E212", "an output is the name of a line", node.span, None, "`outputs: [name, …]`")
    unit = keys.output(node.text, origin(node))
    if label is not None and not (label.isidentifier() and label.isascii() and len(label) <= 64):
        raise Mistake.at("E108", f"`{label[:80]}` is not a usable name", place.span)
    return Output(label if label is not None else node.text, unit, place.span)
