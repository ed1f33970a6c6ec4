"""Steps: what stands on one line of a list of layers, parsed to `syntax`."""

from __future__ import annotations

from netinspect.errors import Diagnostic
from netinspect.language.cursor import Cursor, cursor, enter, expect_end, quoted, take_name, unclosed
from netinspect.language.expressions import read_expression, read_test, read_unit
from netinspect.language.nodes import Origin
from netinspect.language.syntax import Body, Expression, Loop, Name, Step
from netinspect.language.tokens import END, NAME, NUMBER, TEXT, Mistake, Token

_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div", "@": "matmul"}


def step(text: str, origin: Origin) -> Step:
    """`body`, `body for … in …`, `body if … [else body]`. Mistake."""
    at = cursor(text, origin)
    _refuse_assignment(at)
    _refuse_quoted_name(at)
    body = _body(at)
    loop, condition, otherwise = None, None, None
    if at.at("for"):
        loop = _loop(at)
    elif at.accept("if"):
        condition = read_test(at)
        if at.accept("else"):
            otherwise = _body(at)
    _end_of_step(at)
    return Step(body, loop, condition, otherwise, at.span_from(0))


def _refuse_assignment(at: Cursor) -> None:
    """E005 `conv1 = Conv2d(…)`."""
    if len(at.tokens) > 2 and at.tokens[0].kind == NAME and at.tokens[1].text == "=":
        name, rest = at.tokens[0], at.text[at.tokens[1].end :].strip()
        span = at.origin.span(name.start, at.tokens[1].end)
        raise Mistake(Diagnostic("E005", "a line's name is given with a colon", span,
                                 help=f"write `- {name.text}: {' '.join(rest.split())}`"))  # fmt: skip


def _refuse_quoted_name(at: Cursor) -> None:
    """E004 for a name and its step quoted together: `- "conv1: Conv2d(6, kernel_size=5)"`."""
    if len(at.tokens) > 2 and at.tokens[0].kind == NAME and at.tokens[1].text == ":":
        name, rest = at.tokens[0], at.text[at.tokens[1].end :].strip()
        span = at.origin.span(name.start, at.tokens[1].end)
        raise Mistake(Diagnostic("E004", "the name of a line stands outside its quotes", span,
                                 help=f'write `- {name.text}: "{" ".join(rest.split())}"`'))  # fmt: skip


def _end_of_step(at: Cursor) -> None:
    token = at.token
    if token.text in ("for", "if") and token.kind == NAME:
        raise _both(at, token)
    if token.text in ("+", "-", "/", "//", "%", "**"):
        raise _arithmetic(at, token)
    if token.text == ",":
        raise at.mistake("one step a line", help="put the next step on a line of its own after `- `")
    if token.kind == NAME and token.text == "in":
        raise at.mistake("`in` belongs to `for`", help="`Layer(…) for i in range(4)`")
    expect_end(at)


def _arithmetic(at: Cursor, operator: Token) -> Mistake:
    """E210 for `a + b` as a step; a folded `- ` is a new line that stands too far right."""
    place = at.origin.span(operator.start, operator.end)
    if operator.text == "-" and place.line > at.origin.span(0, 1).line:
        return at.mistake("this `-` is indented deeper than the line before, and goes on with it",
                          help="begin it in the column of the `-` above")  # fmt: skip
    left, right = at.text[: operator.start].strip(), at.text[operator.end :].strip()
    function = _ARITHMETIC.get(operator.text)
    advice = f"write `{function}({left}, {right})`" if function else "arithmetic on sizes belongs in brackets"
    message = f"`{operator.text}` cannot join the steps of a line"
    return Mistake(Diagnostic("E210", message, place, "on tensors there are functions: add, sub, mul, div", advice))


# --- bodies ------------------------------------------------------------------------------------


def _body(at: Cursor) -> Body:
    """`[count *] unit`: the last outer `*` separates them."""
    start, star = at.token.start, _last_star(at)
    if star is None:
        if at.at("["):
            raise at.mistake("a group in `[ ]` needs a count", help="write `2 * [A, B]`, or one layer a line")
        _refuse_value(at)
        return Body(None, read_unit(at), at.span_from(start))
    count = _count(at, star)
    if at.token.kind == NUMBER and isinstance(count, Name):
        raise _arithmetic(at, at.tokens[star])
    unit: Expression | tuple[Body, ...] = _group(at) if at.at("[") else read_unit(at)
    return Body(count, unit, at.span_from(start))


def _refuse_value(at: Cursor) -> None:
    token = at.token
    following = at.tokens[at.position + 1 : at.position + 3]
    if token.kind == NUMBER and following[-1].kind == NAME and following[0].text in ("+", "-", "/"):
        raise _arithmetic(at, following[0])
    if token.kind in (NUMBER, TEXT) or token.text in ("(", "-", "+", "not"):
        what = {NUMBER: "a number", TEXT: "a text"}.get(token.kind, "an expression")
        raise at.mistake(f"a step is a layer, a function or a line's name; this is {what}",
                         help="a repeat is written `3 * Layer(…)`")  # fmt: skip
    if token.kind == NAME and token.text in ("True", "False", "None", "null", "true", "false"):
        raise at.mistake(f"a step is a layer, a function or a line's name, not {token.text}")


def _last_star(at: Cursor) -> int | None:
    """The position of the last `*` outside brackets in the body that begins here."""
    depth, found = 0, None
    for position in range(at.position, len(at.tokens)):
        token = at.tokens[position]
        if token.text in ("(", "["):
            depth += 1
        elif token.text in (")", "]"):
            depth -= 1
        elif depth == 0 and token.text == "*":
            found = position
        if depth < 0 or (depth == 0 and token.text in ("for", "if", "else", ",")):
            break
    return found


def _count(at: Cursor, star: int) -> Expression:
    """The expression up to the `*`, and the `*`."""
    token = at.tokens[star]
    inner = Cursor(at.text, at.origin, [*at.tokens[at.position : star], Token(END, "", token.start, token.start)])
    inner.depth = at.depth
    if star == at.position:
        raise at.mistake("the count is missing before `*`", help="write `3 * Layer(…)`")
    count = read_expression(inner)
    expect_end(inner)
    at.position = star + 1
    return count


def _group(at: Cursor) -> tuple[Body, ...]:
    opening = at.take()
    enter(at)
    bodies: list[Body] = []
    while not at.at("]"):
        bodies.append(_body(at))
        if not at.accept(","):
            break
    if not at.accept("]"):
        raise _in_group(at, opening)
    if not bodies:
        raise at.mistake("this group is empty", opening, help="name the layers to repeat: `2 * [Linear(64), ReLU]`")
    at.depth -= 1
    return tuple(bodies)


def _in_group(at: Cursor, opening: Token) -> Mistake:
    if at.token.kind == END:
        return unclosed(at, opening)
    if at.token.text in ("for", "if"):
        advice = "put the layers into a sub-network or block, where each has a line"
        return at.mistake(f"`{at.token.text}` cannot stand inside `[ ]`", help=advice)
    return at.mistake(f"{quoted(at.token)} does not fit here", help="a comma between the layers?")


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
