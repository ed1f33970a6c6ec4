"""What stands before a colon or names a line: the names of lines, block headers, outputs."""

from __future__ import annotations

import re
from typing import Final

from netinspect.errors import Diagnostic, Mistake, Span
from netinspect.language import syntax
from netinspect.language.expressions import read_arguments, read_expression, read_unit
from netinspect.language.names import MAX_NAME, is_word, name_mistake, needs_quotes
from netinspect.language.nodes import Origin
from netinspect.language.syntax import Argument, BlockParameter, Expression, Pattern
from netinspect.language.tokens import (
    END,
    NAME,
    Cursor,
    Token,
    cursor,
    expect_end,
    quoted,
    take_name,
    unclosed,
)

# --- the names of lines ------------------------------------------------------------------------


def key(text: str, origin: Origin, *, is_quoted: bool = False) -> tuple[Pattern | None, tuple[Argument, ...] | None]:
    """`name`, `name{i}`, `name(args)`, `(args)`, `convs.0`, and in quotes `block1-0`; the `self.` of code is left out.
    Mistake E017, E108."""
    if text.startswith("self.") and "{" not in text:
        text = f"{' ' * len('self.')}{text.removeprefix('self.')}"
    split = _name_length(text, origin)
    name = text[:split].rstrip()
    pattern = _pattern(name, origin, is_quoted=is_quoted) if name.strip() else None
    if split == len(text):
        if pattern is None:
            raise Mistake.at("E017", "there is no name before the colon", origin.span(0, 1))
        return pattern, None
    at = cursor(" " * split + text[split:], origin)
    arguments = read_arguments(at, at.take())
    expect_end(at)
    return pattern, arguments


def _name_length(text: str, origin: Origin) -> int:
    """Where the first bracket outside `{ }` stands."""
    depth = 0
    for offset, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if depth < 0 or depth > 1:
            raise Mistake.at("E017", "a brace without its partner", origin.span(offset, offset + 1))
        if character == "(" and not depth:
            return offset
    if depth:
        opening = text.rfind("{")
        raise Mistake.at("E006", "the `{` opened here is never closed", origin.span(opening, opening + 1))
    return len(text)


def _pattern(text: str, origin: Origin, *, is_quoted: bool) -> Pattern:
    name = text.lstrip()
    span = origin.span(len(text) - len(name), len(text))
    is_key = _is_key(name, is_quoted=is_quoted)
    if "{" not in name:
        mistake = None if is_key else name_mistake(name, span)
        if mistake:
            raise Mistake(mistake)
        return Pattern((name,), span, is_key)
    parts: list[str | Expression] = []
    position = 0
    while (opening := name.find("{", position)) >= 0:
        closing = name.find("}", opening)
        if opening > position:
            parts.append(name[position:opening])
        at = cursor(" " * (opening + 1) + name[opening + 1 : closing], origin)
        parts.append(read_expression(at))
        expect_end(at)
        position = closing + 1
    if position < len(name):
        parts.append(name[position:])
    is_key = _is_key("".join(part if isinstance(part, str) else "0" for part in parts), is_quoted=is_quoted)
    if not is_key:
        # The name with a digit for every `{…}` must be a usable one.
        sample = "".join(part if isinstance(part, str) else "0" for part in parts)
        mistake = name_mistake(sample, span)
        if mistake:
            note = "a name with `{…}` begins with a letter or `_`: `layer{i}`"
            raise Mistake(
                Diagnostic("E108", "this is not a usable name", span, mistake.note if sample[0].isalpha() else note)
            )
    return Pattern(tuple(parts), span, is_key)


_DOTTED: Final = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+", re.ASCII)
_QUOTED: Final = re.compile(r"\w[\w-]*", re.ASCII)


def _is_key(name: str, *, is_quoted: bool) -> bool:
    """Whether this is no name, but the path or the odd key of a layer in the state dict."""
    if name_mistake(name, Span(1, 1, 1, 1)) is None or len(name) > MAX_NAME:
        return False
    is_path = _DOTTED.fullmatch(name) is not None and all(map(_is_part, name.split(".")))
    is_odd = is_quoted and "." not in name and _QUOTED.fullmatch(name) is not None and needs_quotes(name)
    return (is_path or is_odd) and name_mistake(syntax.name_of(name), Span(1, 1, 1, 1)) is None


def is_key_of_layer(key: str) -> bool:
    """Whether a layer may have this key in its list: a position, a name, or what may stand in quotes."""
    return _is_part(key) or _is_key(key, is_quoted=True)


def _is_part(part: str) -> bool:
    """A position, or a name that a layer may have."""
    return part.isdecimal() or is_word(part) or name_mistake(part, Span(1, 1, 1, 1)) is None


# --- outputs -----------------------------------------------------------------------------------


def output(text: str, origin: Origin) -> Expression:
    """The value that an output names: `head`, `features.relu3`, `lstm.h_n`, `x[0]`. Mistake E017."""
    at = cursor(text, origin)
    token = at.token
    value = read_unit(at) if token.kind == NAME else None
    if value is None or isinstance(value, syntax.Call):
        advice = "put a line with a name into `layers`, and name it here"
        raise at.mistake("an output is the name of a line", token, help=advice)
    expect_end(at)
    return value


# --- block headers -----------------------------------------------------------------------------

Header = tuple[str, tuple[BlockParameter, ...], tuple[str, ...], str | None]


def header(text: str, origin: Origin) -> Header:
    """`Name`, `Name(param, param=1)`, `Name(param)(x, *rest)`: name, parameters, inputs, and the name of the list of
    all further inputs. Mistake E017, E107, E108."""
    title = text.split("(", 1)[0].strip()
    mistake = name_mistake(title, origin.span(0, len(title)))
    if mistake:
        raise Mistake(mistake)
    at = cursor(text, origin)
    name = at.take().text
    parameters = _parameters(at) if at.at("(") else ()
    inputs, rest = _inputs(at) if at.at("(") else ((), None)
    expect_end(at)
    names = [parameter.name for parameter in parameters] + list(inputs)
    names += [rest] if rest is not None else []
    for position, repeated in enumerate(names):
        if repeated in names[:position]:
            span = at.origin.span(0, len(at.text))
            raise Mistake.at("E107", f"`{repeated}` stands twice in this block's header", span)
    return name, parameters, inputs, rest


def _parameters(at: Cursor) -> tuple[BlockParameter, ...]:
    opening = at.take()
    parameters: list[BlockParameter] = []
    while not at.at(")"):
        token = at.token
        if token.kind != NAME:
            raise at.mistake("a block's parameters are names: `Block(channels, stride=1)`")
        name = take_name(at)
        default = read_expression(at) if at.accept("=") else None
        if default is None and parameters and parameters[-1].default is not None:
            message = f"`{name}` has no default, and stands behind a parameter that has one"
            raise at.mistake(message, token, help="put the required parameters first")
        parameters.append(BlockParameter(name, default, at.span_from(token.start)))
        if not at.accept(","):
            break
    _closed(at, opening)
    return tuple(parameters)


def _inputs(at: Cursor) -> tuple[tuple[str, ...], str | None]:
    opening = at.take()
    names: list[str] = []
    rest = None
    while not at.at(")") and rest is None:
        is_rest = at.accept("*")
        if at.token.kind != NAME:
            raise at.mistake("a block's inputs are names: `Block(channels)(x, skip)`")
        if is_rest:
            rest = take_name(at)
        else:
            names.append(take_name(at))
        if not at.accept(","):
            break
    _closed(at, opening)
    return tuple(names), rest


def _closed(at: Cursor, opening: Token) -> None:
    if at.accept(")"):
        return
    if at.token.kind == END:
        raise unclosed(at, opening)
    raise at.mistake(f"{quoted(at.token)} does not fit here", help="names with commas between them")
