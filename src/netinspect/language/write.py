"""A syntax tree to the text of a spec, as a person writes one: the short form, few brackets, at most 100 columns.

`parse(spec_text(tree))` gives the same tree again. Comments are no part of a tree; `format` keeps them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from netinspect.language import syntax
from netinspect.language.names import is_word
from netinspect.language.syntax import Body, Expression, Line, Scope, Step

WIDTH: Final = 100
_STEP: Final = "  "

# --- expressions -----------------------------------------------------------------------------

_CONDITIONAL, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER, _VALUE = range(10)
_BINARY: Final = {
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "//": _PRODUCT,
    "%": _PRODUCT,
    "@": _PRODUCT,
    "**": _POWER,
}


def expression_text(node: Expression) -> str:
    """An expression in Python's notation, with the brackets that it needs."""
    return _text(node, _CONDITIONAL)


def _text(node: Any, binding: int) -> str:
    """`node`, in brackets where it binds less than its surroundings."""
    text, level = _TEXTS[type(node)](node)
    return text if level >= binding else f"({text})"


def _literal(node: syntax.Literal) -> tuple[str, int]:
    value = node.value
    if isinstance(value, str):
        return "'" + value.replace("'", "\\'") + "'", _VALUE
    if isinstance(value, int) and not isinstance(value, bool):
        return (f"{value:_}" if value >= 10_000 else str(value)), _VALUE if value >= 0 else _SIGN
    if isinstance(value, float):
        mantissa, _, exponent = repr(value).partition("e")
        text = f"{mantissa}e{int(exponent)}" if exponent else mantissa
        return text, _VALUE if value >= 0 else _SIGN
    return str(value), _VALUE


def _call(node: syntax.Call) -> tuple[str, int]:
    return f"{_text(node.function, _VALUE)}({arguments_text(node.arguments)})", _VALUE


def arguments_text(arguments: Sequence[syntax.Argument]) -> str:
    """`64, kernel_size=3`."""
    return ", ".join(
        (f"{argument.name}=" if argument.name else "") + _text(argument.value, _CONDITIONAL) for argument in arguments
    )


def _binary(node: syntax.Binary) -> tuple[str, int]:
    level = _BINARY[node.operator]
    if node.operator == "**":
        return f"{_text(node.left, _VALUE)}**{_text(node.right, _SIGN)}", level
    return f"{_text(node.left, level)} {node.operator} {_text(node.right, level + 1)}", level


def _unary(node: syntax.Unary) -> tuple[str, int]:
    if node.operator == "not":
        return f"not {_text(node.operand, _NOT)}", _NOT
    return f"{node.operator}{_text(node.operand, _SIGN)}", _SIGN


def _compare(node: syntax.Compare) -> tuple[str, int]:
    rest = "".join(f" {operator} {_text(operand, _SUM)}" for operator, operand in node.rest)
    return _text(node.first, _SUM) + rest, _COMPARE


def _logical(node: syntax.Logical) -> tuple[str, int]:
    level = _OR if node.operator == "or" else _AND
    return f" {node.operator} ".join(_text(operand, level + 1) for operand in node.operands), level


def _conditional(node: syntax.Conditional) -> tuple[str, int]:
    otherwise = _text(node.otherwise, _CONDITIONAL)
    return f"{_text(node.value, _OR)} if {_text(node.test, _OR)} else {otherwise}", _CONDITIONAL


def _list(node: syntax.ListOf) -> tuple[str, int]:
    items = ", ".join(_text(item, _CONDITIONAL) for item in node.items)
    return (f"({items})" if len(node.items) > 1 else f"[{items}]"), _VALUE


def _slice(node: syntax.Slice) -> tuple[str, int]:
    start, stop, step = (_text(part, _SUM) if part is not None else "" for part in (node.start, node.stop, node.step))
    return f"{start}:{stop}" + (f":{step}" if step else ""), _VALUE


def _index(node: syntax.Index) -> tuple[str, int]:
    return f"{_text(node.value, _VALUE)}[{', '.join(_text(item, _CONDITIONAL) for item in node.items)}]", _VALUE


_TEXTS: Final[dict[type, Any]] = {
    syntax.Literal: _literal, syntax.Name: lambda node: (node.id, _VALUE), syntax.Call: _call,
    syntax.Attribute: lambda node: (f"{_text(node.value, _VALUE)}.{node.name}", _VALUE), syntax.Index: _index,
    syntax.Binary: _binary, syntax.Unary: _unary, syntax.Compare: _compare, syntax.Logical: _logical,
    syntax.Conditional: _conditional, syntax.ListOf: _list, syntax.Slice: _slice,
    syntax.Ellipsis: lambda _: ("...", _VALUE),
    syntax.Spread: lambda node: (f"*{_text(node.value, _CONDITIONAL)}", _CONDITIONAL),
}  # fmt: skip

# --- lines -----------------------------------------------------------------------------------


def step_text(step: Step) -> str:
    """One line's step: `3 * Block(64) for i in range(4)`."""
    text = _body(step.body)
    if step.loop is not None:
        text += f" for {', '.join(step.loop.names)} in {expression_text(step.loop.values)}"
    if step.condition is not None:
        text += f" if {_text(step.condition, _OR)}"
    if step.otherwise is not None:
        text += f" else {_body(step.otherwise)}"
    return text


def _body(body: Body) -> str:
    if isinstance(body.unit, tuple):
        unit = f"[{', '.join(_body(item) for item in body.unit)}]"
    else:
        unit = expression_text(body.unit)
    return unit if body.count is None else f"{_text(body.count, _PRODUCT)} * {unit}"


def _key(line: Line) -> str:
    parts = line.name.parts if line.name is not None else ()
    name = "".join(part if isinstance(part, str) else f"{{{expression_text(part)}}}" for part in parts)
    text = name if line.arguments is None else f"{name}({arguments_text(line.arguments)})"
    return json.dumps(text) if re.search(r"[^\w.{}]", name) or is_word(name) or name.isdecimal() else text


def _lines(lines: Iterable[Line], indent: str) -> Iterator[str]:
    for line in lines:
        key = _key(line)
        content = line.content
        head = f"{indent}- {key}: " if key else f"{indent}- "
        if isinstance(content, Step):
            yield from _folded(head, step_text(content), indent + 2 * _STEP)
        elif isinstance(content, Scope) and (row := _tensors_alone(head, content)) is not None:
            yield row
        elif isinstance(content, Scope) and not key:
            first, *rest = scope_lines(content, indent + _STEP)
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        elif isinstance(content, Scope):
            yield f"{indent}- {key}:"
            yield from scope_lines(content, indent + 2 * _STEP)


def _tensors_alone(head: str, scope: Scope) -> str | None:
    """A list that has parameters and gives one name, as `{parameters: {weight: 8}, layers: [input]}`; None for another,
    and where it is longer than a row of the file."""
    (line,) = scope.lines if len(scope.lines) == 1 else (None,)
    if line is None or _key(line) or not isinstance(line.content, Step) or not scope.parameters:
        return None
    text = step_text(line.content)
    if scope.vars or scope.buffers or scope.outputs or scope.about is not None or not text.isidentifier():
        return None
    return _in_one_row(f"{head}{{parameters: ", _declared(scope), f", layers: [{text}]}}", nests=True)


def _folded(head: str, text: str, indent: str) -> Iterator[str]:
    """One entry, over several lines of the file where it is long."""
    yield from _wrapped(head, _plain(text), indent)


def _wrapped(head: str, text: str, indent: str) -> Iterator[str]:
    while len(head) + len(text) > WIDTH:
        place = place_to_break(text, WIDTH - len(head))
        if place is None:
            break
        yield (head + text[:place]).rstrip()
        head, text = indent, text[place:]
    yield head + text


def place_to_break(text: str, room: int) -> int | None:
    """Where an expression goes on in another line: behind a comma or before an operator, inside as few brackets as may
    be, a product counted as in brackets, and as far right as there is room; None where there is no such place."""
    places: dict[int, int] = {}  # by the number of brackets around it the last one
    depth = 0
    for match in re.finditer(r"[(\[]|[)\]]|, | (?=[+*/@] )|(?<= -) ", text):  # a line that begins with `-` is an entry
        depth += (match[0] in "([") - (match[0] in ")]")
        if match[0][0] in ", " and match.start() < room and text[match.end() : match.end() + 1] != "-":
            is_product = text[match.end() : match.end() + 1] in ("*", "/", "@")
            places[depth + is_product] = match.end()
    return places[min(places)] if places else None


def _plain(text: str) -> str:
    """A text as a plain scalar of YAML, or in double quotes where YAML would read it otherwise."""
    if re.fullmatch(r"\[[\w.+-]*\]", text):  # a list of one value, or of none
        return text
    needs = text[:1] in "[]{}>|*&!%#`@\"'?-," or ": " in text or " #" in text or text.endswith(":")
    return json.dumps(text, ensure_ascii=False) if needs and not re.match(r"-[\w(]", text) else text


def scope_lines(scope: Scope, indent: str) -> Iterator[str]:
    """A list of layers; with `parameters:` and `outputs:` where it has them."""
    if not scope.vars and not scope.parameters and not scope.buffers and not scope.outputs and scope.about is None:
        yield from _lines(scope.lines, indent)
        return
    if scope.about is not None:
        yield f"{indent}about: {_word(scope.about)}"
    yield from _vars(scope.vars, indent)
    yield from _parameters(scope, indent)
    yield from _buffers(scope, indent)
    yield f"{indent}layers:"
    yield from _lines(scope.lines, indent + _STEP)
    if scope.outputs:
        yield from _outputs(scope.outputs, indent)


def _vars(variables: Sequence[syntax.Variable], indent: str) -> Iterator[str]:
    if variables:
        yield f"{indent}vars:"
    for var in variables:
        yield f"{indent}{_STEP}{var.name}: {_plain(expression_text(var.value))}"


def _parameters(scope: Scope, indent: str) -> Iterator[str]:
    if not scope.parameters:
        return
    row = _in_one_row(f"{indent}parameters: ", _declared(scope))
    if row is not None:
        yield row
        return
    yield f"{indent}parameters:"
    for name, setting in _declared(scope).items():
        if isinstance(setting, dict):
            yield from _settings(name, setting, indent + _STEP)
        else:
            yield f"{indent}{_STEP}{name}: {_plain(expression_text(setting))}"


def _declared(scope: Scope) -> dict[str, Expression | dict[str, str | Expression]]:
    """The shape of each parameter, with its other settings where it has any."""
    declared: dict[str, Expression | dict[str, str | Expression]] = {}
    for item in scope.parameters:
        init = item.init if item.init != "zeros" else None
        settings = {"shape": item.shape, "init": init, "std": item.std, "frozen": item.frozen}
        stated = {key: value for key, value in settings.items() if value is not None}
        declared[item.name] = item.shape if len(stated) == 1 else stated
    return declared


def _settings(name: str, settings: Mapping[str, str | Expression], indent: str) -> Iterator[str]:
    """What a parameter or a buffer is, in one row where there is room."""
    row = _in_one_row(f"{indent}{name}: ", settings)
    if row is not None:
        yield row
        return
    yield f"{indent}{name}:"
    for key, value in settings.items():
        head, rest = f"{indent}{_STEP}{key}: ", indent + 2 * _STEP
        if key == "values" and not isinstance(value, str):
            yield from _wrapped(head, _listed(value), rest)
        else:
            yield from _folded(head, value if isinstance(value, str) else expression_text(value), rest)


Settings = Mapping[str, "str | Expression | Settings"]


def _in_one_row(head: str, settings: Settings, tail: str = "", *, nests: bool = False) -> str | None:
    """A mapping in braces between a key and what closes it; None where it is longer than a row of the file, a value
    would need quotes, in which it is a text, or is a mapping, unless it `nests`."""
    inside = _in_braces(settings, nests=nests)
    row = f"{head}{inside}{tail}"
    return row if inside is not None and len(row) <= WIDTH else None


def _in_braces(settings: Settings, *, nests: bool) -> str | None:
    def text(value: str | Expression | Settings) -> str | None:
        if isinstance(value, Mapping):  # braces within braces are hard to read
            return _in_braces(value, nests=True) if nests else None
        if isinstance(value, syntax.ListOf):
            items = [text(item) for item in value.items]
            return f"[{', '.join(filter(None, items))}]" if None not in items else None
        plain = value if isinstance(value, str) else expression_text(value)
        return plain if re.fullmatch(r"(-?\w|\()[\w.() +*/-]*", plain) else None

    texts = {key: text(value) for key, value in settings.items()}
    return f"{{{', '.join(f'{key}: {value}' for key, value in texts.items())}}}" if None not in texts.values() else None


def _buffers(scope: Scope, indent: str) -> Iterator[str]:
    if not scope.buffers:
        return
    yield f"{indent}buffers:"
    for buffer in scope.buffers:
        settings = {
            "shape": buffer.shape,
            "dtype": buffer.dtype if buffer.dtype != "float32" else None,
            "values": buffer.values,
            "scale": buffer.scale,
            "value": buffer.value,
            "persistent": None if buffer.persistent else "False",
        }
        stated = {key: value for key, value in settings.items() if value is not None}
        if list(stated) == ["shape"] and buffer.shape is not None:
            yield f"{indent}{_STEP}{buffer.name}: {_plain(expression_text(buffer.shape))}"
        else:
            yield from _settings(buffer.name, stated, indent + _STEP)


def _listed(values: Expression) -> str:
    """A list of YAML, which may be longer than an expression."""
    if isinstance(values, syntax.ListOf):
        return f"[{', '.join(map(_listed, values.items))}]"
    return expression_text(values)


def _outputs(outputs: Sequence[syntax.Output], indent: str) -> Iterator[str]:
    texts = [(output.name, expression_text(output.value)) for output in outputs]
    if all(name == text for name, text in texts):
        yield f"{indent}outputs: [{', '.join(name for name, _ in texts)}]"
        return
    row = _in_one_row(f"{indent}outputs: ", {output.name: output.value for output in outputs})
    if row is not None:
        yield row
        return
    yield f"{indent}outputs:"
    for name, text in texts:
        yield f"{indent}{_STEP}{name}: {_plain(text)}"


# --- a spec ----------------------------------------------------------------------------


def spec_text(spec: syntax.Spec) -> str:
    """The text of a spec."""
    return "\n".join(_spec_lines(spec)) + "\n"


def _spec_lines(spec: syntax.Spec) -> Iterator[str]:
    for key in ("name", "about", "paper", "source"):
        value = getattr(spec, key)
        if value is not None:
            yield f"{key}: {_word(value)}"
    yield from _results(spec.results, "")
    yield from _inputs(spec.inputs)
    yield from _vars(spec.vars, "")
    if spec.blocks:
        yield ""
        yield "blocks:"
        for position, block in enumerate(spec.blocks):
            if position:
                yield ""
            row = _tensors_alone(f"{_STEP}{_header(block)}: ", block.body)
            yield f"{_STEP}{_header(block)}:" if row is None else row
            yield from scope_lines(block.body, 2 * _STEP) if row is None else ()
    if spec.body.parameters:
        yield ""
        yield from _parameters(spec.body, "")
    if spec.body.buffers:
        yield ""
        yield from _buffers(spec.body, "")
    yield ""
    yield "layers:"
    yield from _lines(spec.body.lines, _STEP)
    if spec.variants:
        yield ""
        yield "variants:"
        for variant in spec.variants:
            yield from _variant(variant)
    if spec.body.outputs or spec.tie or spec.frozen or spec.labels or spec.expect or spec.budget:
        yield ""
    if spec.body.outputs:
        yield from _outputs(spec.body.outputs, "")
    if spec.tie:
        pairs = [f"{tied.path}: {to.path}" for tied, to in spec.tie]
        row = f"tie: {{{', '.join(pairs)}}}"
        yield from [row] if len(row) <= WIDTH else ["tie:", *(f"{_STEP}{pair}" for pair in pairs)]
    if spec.frozen:
        yield from _folded("frozen: [", ", ".join(reference.path for reference in spec.frozen) + "]", _STEP)
    if [labels.output for labels in spec.labels] == [None]:
        yield from _labels(spec.labels[0], "labels: ")
    elif spec.labels:
        yield "labels:"
        for labels in spec.labels:
            yield from _labels(labels, f"{_STEP}{labels.output}: ")
    yield from _checks(spec.expect, spec.budget, "")


def _labels(labels: syntax.Labels, head: str) -> Iterator[str]:
    # a comma would begin another name
    names = [json.dumps(name, ensure_ascii=False) if "," in name else _word(name) for name in labels.names]
    if labels.unit:
        words = f"[{', '.join(names)}]" if labels.is_list else names[0]
        yield from _flow_lines(head, "{", [f"names: {words}", f"unit: {_word(labels.unit)}"], "}")
    elif labels.points is not None:
        points = labels.points
        parts = [f"first: {points.first!r}", f"last: {points.last!r}", f"unit: {_word(points.unit)}"]
        yield from _flow_lines(head, "{", [*parts, f"spacing: {points.spacing}"], "}")
    elif labels.is_list:
        yield from _flow_lines(head, "[", names, "]")
    else:
        yield f"{head}{names[0]}"


def _variant(variant: syntax.Variant) -> Iterator[str]:
    indent = 2 * _STEP
    lines = [f"{indent}{var.name}: {_plain(expression_text(var.value))}" for var in variant.vars]
    lines += [*_checks(variant.expect, variant.budget, indent), *_results(variant.results, indent)]
    yield f"{_STEP}{variant.name}:" if lines else f"{_STEP}{variant.name}: {{}}"
    yield from lines


def _checks(expect: syntax.Expectation | None, budget: syntax.Budget | None, indent: str) -> Iterator[str]:
    if expect is not None:
        parts = [
            f"{key}: {value:_}"
            for key, value in (("params", expect.params), ("macs", expect.macs))
            if value is not None
        ]
        shapes = {name: "[" + ", ".join(map(str, shape)) + "]" for name, shape in expect.outputs}
        if "" in shapes:
            parts.append(f"output: {shapes['']}")
        elif shapes:
            parts.append("output: {" + ", ".join(f"{name}: {shape}" for name, shape in shapes.items()) + "}")
        expectation = "{" + ", ".join(parts) + "}"
        yield f"{indent}expect: {expectation}"
    if budget is not None:
        bounds = {key: getattr(budget, key) for key in ("params", "macs", "param_memory", "peak_memory")}
        stated = ", ".join(f"{key}: {bound:_}" for key, bound in bounds.items() if bound is not None)
        yield f"{indent}budget: {{{stated}}}"


def _results(results: Sequence[tuple[str, float | int | str]], indent: str) -> Iterator[str]:
    if results:
        parts = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in results]
        yield from _flow_lines(f"{indent}results: ", "{", parts, "}")


def _flow_lines(head: str, opening: str, parts: Sequence[str], closing: str) -> Iterator[str]:
    """A list or mapping in brackets, over several lines where it is long."""
    indent = " " * (len(head) - len(head.lstrip())) + _STEP
    line = head + opening
    for position, part in enumerate(parts):
        text = part + (closing if position == len(parts) - 1 else ",")
        if position and len(line) + 1 + len(text) > WIDTH:
            yield line
            line = indent + text
        else:
            line += text if line.endswith(opening) else f" {text}"
    yield line if parts else line + closing


def _header(block: syntax.Block) -> str:
    text = block.name
    inputs = [*block.inputs, *([f"*{block.rest}"] if block.rest is not None else [])]
    if block.parameters or inputs:
        parameters = [
            parameter.name + ("" if parameter.default is None else f"={expression_text(parameter.default)}")
            for parameter in block.parameters
        ]
        text += f"({', '.join(parameters)})"
    return text + (f"({', '.join(inputs)})" if inputs else "")


def _inputs(inputs: Sequence[syntax.Input]) -> Iterator[str]:
    alone = len(inputs) == 1 and inputs[0].name == "input"
    if not alone:
        yield "inputs:"
    for item in inputs:
        sizes = [expression_text(size) for size in item.shape]
        if item.axes is not None:
            shape = "{" + ", ".join(f"{axis}: {size}" for axis, size in zip(item.axes, sizes, strict=True)) + "}"
        else:
            shape = f"[{', '.join(sizes)}]"
        sizes_text = shape
        if item.dtype != "float32" or item.high is not None:
            high = "" if item.high is None else f", high: {expression_text(item.high)}"
            shape = f"{{shape: {shape}, dtype: {item.dtype}{high}}}"
        name = "input" if alone else f"{_STEP}{item.name}"
        if not item.preprocess:
            yield f"{name}: {shape}"
            continue
        indent = _STEP if alone else 2 * _STEP
        yield f"{name}:"
        yield f"{indent}shape: {sizes_text}"
        if item.dtype != "float32":
            yield f"{indent}dtype: {item.dtype}"
        if item.high is not None:
            yield f"{indent}high: {expression_text(item.high)}"
        yield f"{indent}preprocess:"
        for step, setting in item.preprocess:
            yield f"{indent}{_STEP}{step}: {_setting(_without_defaults(step, setting))}"


def _without_defaults(step: str, setting: Any) -> Any:
    """The settings of a step that are not what its front end, or the table of its settings, has anyway."""
    if not isinstance(setting, dict) or "like" not in setting:
        return setting
    from netinspect.language.front_ends import REQUIRED, TABLES, front_ends_of
    from netinspect.language.preprocess import completed

    front_end = setting["like"]
    usual = {name: row.default for name, row in TABLES[step].items()}
    usual |= {} if front_end is None else front_ends_of(step)[front_end].settings
    required = {name: setting[name] for name, value in usual.items() if value is REQUIRED}
    if not any(isinstance(value, syntax.Expression) for value in setting.values()):
        usual = completed(usual | required)
    stated = {
        name: value
        for name, value in setting.items()
        if name in required or (name != "like" and value != usual.get(name))
    }
    if not stated and front_end is None:
        return "frame"  # what `normalize` does with frames has no settings
    return stated if front_end is None else {"like": front_end, **stated}


def _setting(value: Any) -> str:
    """How an input is prepared, as plain data or an expression over the vars."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_setting(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_setting, value))}]"
    if isinstance(value, str):
        return _word(value)
    if value is None or isinstance(value, bool | int | float):
        return "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return _plain(expression_text(value))


def _word(text: str) -> str:
    is_plain = re.fullmatch(r"[A-Za-z][\w .,;/()+×-]*", text) and text.strip() == text
    return text if is_plain and text.lower() not in ("null", "true", "false", "yes", "no") else json.dumps(text)
