"""Steps: what stands on one line of a list of layers, parsed to `syntax`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from netinspect.errors import Mistake
from netinspect.language.expressions import read_expression, read_sum, read_test, read_unit
from netinspect.language.nodes import Origin
from netinspect.language.syntax import Binary, Body, Expression, ListOf, Literal, Loop, Step
from netinspect.language.tokens import (
    END,
    NAME,
    NUMBER,
    TEXT,
    Cursor,
    Token,
    cursor,
    enter,
    expect_end,
    quoted,
    take_name,
    unclosed,
)

_OPERATORS = frozenset({"+", "-", "/", "//", "%", "**", "@"})
"""Those of tensors and sizes but for `*`, which may be a repeat."""


def step(text: str, origin: Origin) -> Step:
    """`body`, `body for … in …`, `body if … [else body]`. Mistake."""
    at = cursor(text, origin)
    # E005 `conv1 = Conv2d(…)`.
    if len(at.tokens) > 2 and at.tokens[0].kind == NAME and at.tokens[1].text == "=":
        name, rest = at.tokens[0], at.text[at.tokens[1].end :].strip()
        span = at.origin.span(name.start, at.tokens[1].end)
        raise Mistake.at(
            "E005",
            "a line's name is given with a colon",
            span,
            help=f"write `- {name.text}: {' '.join(rest.split())}`",
        )
    _refuse_quoted_name(at)
    # E017 for a `- ` that stands too far right, so that YAML takes it for the rest of the line above.
    for before, token in pairwise(at.tokens):
        if token.text == "-" and at.origin.line_of(token.start) > at.origin.line_of(before.start):
            raise at.mistake(
                "this `-` is indented deeper than the line before, and goes on with it",
                token,
                help="begin it in the column of the `-` above",
            )
    body = _body(at)
    loop, condition, otherwise = None, None, None
    if at.at("for"):
        loop = _loop(at)
    elif at.accept("if"):
        condition = read_test(at)
        if at.accept("else"):
            otherwise = _body(at)
    span = at.span_from(0)
    token = at.token
    if token.text in ("for", "if") and token.kind == NAME:
        raise _both(at, token)
    if token.text == "," and at.tokens[at.position + 1].kind == END:
        at.position += 1  # as lines of a Sequential end in code
        token = at.token
    if token.text == ",":
        raise at.mistake("one step a line", help="put the next step on a line of its own after `- `")
    if token.kind == NAME and token.text == "in":
        raise at.mistake("`in` belongs to `for`", help="`Layer(…) for i in range(4)`")
    expect_end(at)
    return Step(body, loop, condition, otherwise, span)


def _refuse_quoted_name(at: Cursor) -> None:
    """E004 for a name and its step quoted together: `- "conv1: Conv2d(6, kernel_size=5)"`."""
    if len(at.tokens) > 2 and at.tokens[0].kind == NAME and at.tokens[1].text == ":":
        name, rest = at.tokens[0], at.text[at.tokens[1].end :].strip()
        span = at.origin.span(name.start, at.tokens[1].end)
        raise Mistake.at(
            "E004",
            "the name of a line stands outside its quotes",
            span,
            help=f'write `- {name.text}: "{" ".join(rest.split())}"`',
        )


# --- bodies ------------------------------------------------------------------------------------


def _body(at: Cursor) -> Body:
    """`[count *] unit`: the last outer `*` separates them, if a unit and nothing more stands behind it."""
    start, stars, operators = at.token.start, [], []
    for position, text in _outer(at):
        if text == "*":
            stars.append(position)
        elif text in _OPERATORS:
            operators.append(position)
    # Behind `*` must stand a layer, a value or a group, and no operator behind it; a number cannot repeat.
    behind = at.tokens[stars[-1] + 1] if stars else None
    is_unit = behind is not None and (behind.kind in (NAME, END) or behind.text == "[")
    if not stars or not is_unit or any(other > stars[-1] + 1 for other in operators):
        return Body(None, _value(at), at.span_from(start))
    # The count is the expression up to the `*`, which is taken too.
    star = stars[-1]
    token = at.tokens[star]
    inner = Cursor(at.text, at.origin, [*at.tokens[at.position : star], Token(END, "", token.start, token.start)])
    inner.depth = at.depth
    if star == at.position:
        raise at.mistake("the count is missing before `*`", help="write `3 * Layer(…)`")
    count = read_expression(inner)
    expect_end(inner)
    at.position = star + 1
    is_sum = any(at.tokens[position].text in ("+", "-") and position > 0 for position in operators)
    unit: Expression | tuple[Body, ...] = _group(at) if at.at("[") else read_unit(at)
    return Body(count, unit, at.span_from(start), is_sum and isinstance(count, Binary) and count.operator in "+-")


def _outer(at: Cursor) -> Iterator[tuple[int, str]]:
    """The tokens outside brackets of the body that begins here, by their positions."""
    depth = 0
    for position in range(at.position, len(at.tokens)):
        token = at.tokens[position]
        if token.text in ("(", "["):
            depth += 1
        elif token.text in (")", "]"):
            depth -= 1
        if depth < 0 or (depth == 0 and (token.text in ("for", "if", "else", ",") or token.kind == END)):
            return
        if depth == 0:
            yield position, token.text


def _value(at: Cursor) -> Expression:
    """A layer, a function, a name, or arithmetic on these."""
    token = at.token
    if at.at("[") and at.tokens[-2].text == "]":
        raise at.mistake("a group in `[ ]` needs a count", help="write `2 * [A, B]`, or one layer a line")
    if token.text == "not":
        raise at.mistake("a step is a layer, a function or a line's name; this is an expression")
    first = at.position
    value = read_sum(at)
    if not any(token.kind == NAME for token in at.tokens[first : at.position]):
        what = {NUMBER: "a number", TEXT: "a text"}.get(token.kind, "an expression")
    elif isinstance(value, Literal):
        what = token.text
    elif isinstance(value, ListOf):
        what = "a list"
    else:
        return value
    raise at.mistake(
        f"a step is a layer, a function or a line's name; this is {what}",
        token,
        help="a repeat is written `3 * Layer(…)`",
    )


def _group(at: Cursor) -> tuple[Body, ...]:
    opening = at.take()
    enter(at)
    bodies: list[Body] = []
    while not at.at("]"):
        bodies.append(_body(at))
        if not at.accept(","):
            break
    if not at.accept("]"):
        if at.token.kind == END:
            raise unclosed(at, opening)
        if at.token.text in ("for", "if"):
            advice = "put the layers into a sub-network or block, where each has a line"
            raise at.mistake(f"`{at.token.text}` cannot stand inside `[ ]`", help=advice)
        raise at.mistake(f"{quoted(at.token)} does not fit here", help="a comma between the layers?")
    if not bodies:
        raise at.mistake("this group is empty", opening, help="name the layers to repeat: `2 * [Linear(64), ReLU]`")
    at.depth -= 1
    return tuple(bodies)


def _loop(at: Cursor) -> Loop:
    start = at.take().start
    names = [_counter(at)]
    while at.accept(","):
        names.append(_counter(at))
    if not at.accept("in"):
        raise at.mistake("`in` is missing", help="`Layer(…) for i in range(4)`")
    rest = {token.text: token for token in at.tokens[at.position :]}
    if "if" in rest and "else" not in rest:
        raise _both(at, rest["if"])
    return Loop(tuple(names), read_expression(at), at.span_from(start))


def _both(at: Cursor, token: Token) -> Mistake:
    advice = "put the rest into a sub-network or block"
    return at.mistake("a step has one `for` or one `if`, not both", token, help=advice)


def _counter(at: Cursor) -> str:
    token = at.token
    if token.kind != NAME or token.text == "in":
        raise at.mistake("after `for` comes the counter's name", help="`Layer(…) for i in range(4)`")
    return take_name(at)
