"""Expressions: a small part of Python's, parsed by recursive descent to `syntax`.

A chain of `+` or `and` is a loop, not a descent. Every node gets the place of its own text in the file.
"""

from __future__ import annotations

from typing import Final

from netinspect.errors import Edit, Mistake
from netinspect.language import syntax
from netinspect.language.names import KEYWORDS
from netinspect.language.nodes import Origin
from netinspect.language.syntax import Argument, Expression
from netinspect.language.tokens import (
    CLOSING,
    NAME,
    NUMBER,
    TEXT,
    Cursor,
    Token,
    close,
    cursor,
    enter,
    expect_end,
    keyword,
    missing,
    more,
    refuse_suffix,
)

_WORDS: Final = {
    "True": True, "true": True, "TRUE": True, "False": False, "false": False, "FALSE": False,
    "None": None, "null": None, "Null": None, "NULL": None,
}  # fmt: skip
_NO_BOOLEANS: Final = {"yes": True, "on": True, "no": False, "off": False}
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "is", "not"})
_SUMS: Final = frozenset({"+", "-"})
_PRODUCTS: Final = frozenset({"*", "/", "//", "%", "@"})


def expression(text: str, origin: Origin) -> Expression:
    """The whole of `text` as one expression. Mistake."""
    at = cursor(text, origin)
    result = read_expression(at)
    expect_end(at)
    return result


# --- operators, loosest first ------------------------------------------------------------------


def read_expression(at: Cursor) -> Expression:
    """`x if test else y`, and all that binds closer."""
    start = at.token.start
    value = read_test(at)
    if at.at("if"):
        opening = at.take()
        test = read_test(at)
        if not at.accept("else"):
            raise at.mistake("this `if` has no `else`", opening, help="a value needs both: `x if test else y`")
        enter(at)
        otherwise = read_expression(at)
        at.depth -= 1
        value = syntax.Conditional(value, test, otherwise, at.span_from(start))
    return value


def read_test(at: Cursor) -> Expression:
    """`or`, and all that binds closer."""
    return _logical(at, "or")


def _logical(at: Cursor, operator: str) -> Expression:
    start = at.token.start
    first = _operand(at, operator)
    if not at.at(operator):
        return first
    operands = [first]
    while at.accept(operator):
        operands.append(_operand(at, operator))
    return syntax.Logical(operator, tuple(operands), at.span_from(start))


def _operand(at: Cursor, operator: str) -> Expression:
    return _logical(at, "and") if operator == "or" else _negation(at)


def _negation(at: Cursor) -> Expression:
    if not at.at("not"):
        return _comparison(at)
    start = at.take().start
    enter(at)
    operand = _negation(at)
    at.depth -= 1
    return syntax.Unary("not", operand, at.span_from(start))


def _comparison(at: Cursor) -> Expression:
    start = at.token.start
    first = read_sum(at)
    rest = []
    while at.token.text in _COMPARISONS:
        word = at.take().text
        if word == "is" and at.accept("not"):
            operator = "is not"
        elif word == "not":
            if not at.accept("in"):
                raise at.mistake("`not` between two values is written `not in`")
            operator = "not in"
        else:
            operator = word
        rest.append((operator, read_sum(at)))
    return syntax.Compare(first, tuple(rest), at.span_from(start)) if rest else first


def read_sum(at: Cursor) -> Expression:
    """`+` and `-`, and all that binds closer. Mistake."""
    start = at.token.start
    left = _product(at)
    while at.token.text in _SUMS:
        operator = at.take().text
        right = _product(at)
        left = syntax.Binary(operator, left, right, at.span_from(start))
    return left


def _product(at: Cursor) -> Expression:
    start = at.token.start
    left = _signed(at)
    while at.token.text in _PRODUCTS:
        operator = at.take().text
        right = _signed(at)
        left = syntax.Binary(operator, left, right, at.span_from(start))
    return left


def _signed(at: Cursor) -> Expression:
    token = at.token
    if token.text not in _SUMS:
        return _power(at)
    at.take()
    enter(at)
    operand = _signed(at)
    at.depth -= 1
    return syntax.Unary(token.text, operand, at.span_from(token.start))


def _power(at: Cursor) -> Expression:
    start = at.token.start
    base = _atom(at)
    if not at.accept("**"):
        return base
    enter(at)
    exponent = _signed(at)
    at.depth -= 1
    return syntax.Binary("**", base, exponent, at.span_from(start))


# --- atoms -------------------------------------------------------------------------------------


def _atom(at: Cursor) -> Expression:
    token = at.token
    if token.kind in (NUMBER, TEXT):
        at.take()
        refuse_suffix(at, "a number" if token.kind == NUMBER else "a text")
        return syntax.Literal(token.value, at.origin.span(token.start, token.end))
    if token.kind == NAME:
        return _word(at)
    if token.text in CLOSING:
        return _bracketed(at)
    raise missing(at)


def _word(at: Cursor) -> Expression:
    token = at.token
    span = at.origin.span(token.start, token.end)
    if token.text in _WORDS:
        at.take()
        return syntax.Literal(_WORDS[token.text], span)
    if token.text.lower() in _NO_BOOLEANS:
        meant = _NO_BOOLEANS[token.text.lower()]
        note = f"in YAML 1.2 `{token.text}` is text, not a boolean"
        advice = f"write {meant}, or quote the text: '{token.text}'"
        is_argument = at.position > 0 and at.tokens[at.position - 1].text == "="
        fix = (Edit(span, str(meant)),) if is_argument else ()
        raise Mistake.at("E111", f"`{token.text}` is neither True nor False", span, note, advice, fix=fix)
    return read_unit(at)


def read_unit(at: Cursor) -> Expression:
    """A call or a value: `Conv2d(6)`, `encoder.steps[-1]`, `ReLU`. Mistake."""
    token = at.token
    if token.kind != NAME:
        raise missing(at)
    if token.text in KEYWORDS:
        raise keyword(at)
    at.take()
    return _suffixes(at, syntax.Name(token.text, at.origin.span(token.start, token.end)), token.start)


def _suffixes(at: Cursor, result: Expression, start: int) -> Expression:
    """What follows a value: `.name`, `[…]`, `(…)`, each of what stands before it. `start` is where that begins."""
    while True:
        if at.at("."):
            point = at.take()
            name = at.token
            if name.kind != NAME:
                raise at.mistake("after `.` comes the name of an output, a line or `shape`", point)
            at.take()
            result = syntax.Attribute(result, name.text, at.span_from(start), at.origin.span(name.start, name.end))
        elif at.at("["):
            bracket = at.take()
            enter(at)
            indices: list[Expression | syntax.Slice | syntax.Ellipsis] = []
            while not at.at("]"):
                indices.append(_slice(at))
                if not more(at, bracket):
                    break
            close(at, bracket)
            at.depth -= 1
            if not indices:
                raise at.mistake("nothing stands between `[` and `]`", bracket, help="say which: `x[0]`, `x[:, -1]`")
            result = syntax.Index(result, tuple(indices), at.span_from(start))
        elif at.at("("):
            if not isinstance(result, syntax.Name | syntax.Attribute):
                what = "what a call gives" if isinstance(result, syntax.Call) else "an element of a list"
                advice = "give it a name on a line of its own, then call that: `- name(x): Layer(…)`"
                raise at.mistake(f"{what} cannot be called", help=advice)
            opening = at.take()
            arguments = read_arguments(at, opening)
            result = syntax.Call(result, arguments, at.span_from(start))
        else:
            return result


def read_arguments(at: Cursor, opening: Token) -> tuple[Argument, ...]:
    """The arguments behind `opening`, and the closing bracket. Mistake."""
    enter(at)
    arguments: list[Argument] = []
    while not at.at(")"):
        arguments.append(_argument(at))
        if not more(at, opening):
            break
    close(at, opening)
    at.depth -= 1
    return tuple(arguments)


def _argument(at: Cursor) -> Argument:
    token = at.token
    if token.kind == NAME and at.tokens[at.position + 1].text == "=":
        if token.text in KEYWORDS:
            raise keyword(at)
        at.position += 2
        value = read_expression(at)
        return Argument(token.text, value, at.span_from(token.start))
    if token.text == "**":
        raise at.mistake("`**` cannot spread a mapping over arguments", help="write the arguments out")
    if at.accept("*"):
        values = read_expression(at)
        return Argument(None, syntax.Spread(values, at.span_from(token.start)), at.span_from(token.start))
    return Argument(None, read_expression(at), at.span_from(token.start))


def _bracketed(at: Cursor) -> Expression:
    """`( … )` for grouping, or a list in round or square brackets."""
    opening = at.take()
    enter(at)
    items: list[Expression] = []
    comma = False
    while not at.at(CLOSING[opening.text]):
        items.append(read_expression(at))
        comma = at.at(",") or comma
        if not more(at, opening):
            break
    close(at, opening)
    at.depth -= 1
    if opening.text == "(" and len(items) == 1 and not comma:
        if at.at("("):
            refuse_suffix(at, "what is in brackets")
        return _suffixes(at, items[0], opening.start)
    refuse_suffix(at, "a list")
    return syntax.ListOf(tuple(items), at.span_from(opening.start))


def _slice(at: Cursor) -> Expression | syntax.Slice | syntax.Ellipsis:
    start = at.token
    if at.accept("..."):
        return syntax.Ellipsis(at.origin.span(start.start, start.end))
    parts: list[Expression | None] = [None if at.at(":") else read_expression(at)]
    while at.at(":") and len(parts) < 3:
        at.take()
        parts.append(None if at.token.text in (":", ",", "]", "") else read_expression(at))
    if len(parts) == 1 and parts[0] is not None:
        return parts[0]
    parts += [None] * (3 - len(parts))
    return syntax.Slice(parts[0], parts[1], parts[2], at.span_from(start.start))
