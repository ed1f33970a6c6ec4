"""The words of an expression: names, numbers, texts and operators, with their offsets in the text.

What Python has and the spec language has not is met here first, so each stranger gets its own message.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from netinspect.errors import Diagnostic, Edit
from netinspect.language.nodes import Origin
from netinspect.language.numbers import number

MAX_CHARACTERS: Final = 500
"""The longest text of a step or an expression."""

MAX_DIAGNOSTICS: Final = 100
"""How many mistakes of one file are reported."""

NAME, NUMBER, TEXT, OPERATOR, END = "name", "number", "text", "operator", "end"

_TOKEN: Final = re.compile(
    r"""(?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<number>\.?[0-9](?:[eE][+-](?=[0-9])|[A-Za-z0-9_]|\.(?!\.\.))*)
      | (?P<text>'[^']*'|"[^"]*")
      | (?P<operator>\*\*|//|==|!=|<=|>=|\.\.\.|&&|\|\||->|:=|[-+*/%<>=()\[\],:.!&|^~@;{}?$`])""",
    re.VERBOSE,
)
_BLANK: Final = re.compile(r"[ \t\n]*")

_BEFORE_POINT: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789])")

_STRANGERS: Final = {
    "&&": "write `and`",
    "||": "write `or`",
    "!": "write `not`",
    "&": "write `and`",
    "|": "write `or`",
    "->": "a step ends with its layer",
    ":=": "give a name with a colon: `- name: Layer(…)`",
    "{": "a list is written `(a, b)` or `[a, b]`",
    "}": "a list is written `(a, b)` or `[a, b]`",
    ";": "put each step on a line of its own after `- `",
    "^": "a power is written `**`",
}


class Token(NamedTuple):
    """`text[start:end]`; `value` is a number's or a quoted text's."""

    kind: str
    text: str
    start: int
    end: int
    value: int | float | str | None = None


class Mistake(Exception):
    """A mistake that ends the part of the spec it is in; None where it is reported already."""

    def __init__(self, diagnostic: Diagnostic | None) -> None:
        super().__init__(diagnostic.message if diagnostic else "reported already")
        self.diagnostic = diagnostic


class Enough(Exception):
    """So many mistakes that the rest of the file is not read."""


def report(mistakes: list[Diagnostic], diagnostic: Diagnostic) -> None:
    """One more mistake. Enough."""
    mistakes.append(diagnostic)
    if len(mistakes) >= MAX_DIAGNOSTICS:
        raise Enough


def tokens(text: str, origin: Origin) -> list[Token]:
    """The tokens of `text`, an END last. Mistake E017, E502, E504."""
    if len(text) > MAX_CHARACTERS:
        message = f"this text has {len(text):,} characters: a step or value has at most {MAX_CHARACTERS}"
        raise Mistake(Diagnostic("E504", message, origin.span(0, 1)))
    result: list[Token] = []
    position = _skip(text, 0)
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _stranger(text, position, origin)
        result.append(_token(match, origin))
        position = _skip(text, match.end())
    result.append(Token(END, "", len(text.rstrip()), len(text.rstrip())))
    return result


def _skip(text: str, position: int) -> int:
    blank = _BLANK.match(text, position)
    return blank.end() if blank else position


def _token(match: re.Match[str], origin: Origin) -> Token:
    kind, text, start, end = match.lastgroup or "", match[0], match.start(), match.end()
    if kind == NUMBER and text[0] == "." and start and match.string[start - 1] in _BEFORE_POINT:
        turn = text[1:].split(".")[0]
        advice = f"the turn of a repeat is `.steps[{turn}]`"
        raise Mistake(Diagnostic("E017", f"`.{turn}` is no name", origin.span(start, end), help=advice))
    if kind == NUMBER:
        value = number(text)
        if isinstance(value, Diagnostic):
            product = re.fullmatch(r"(\d+)(?!x\d*$)([A-Za-z_]\w*)", text)  # `2c` as mathematics has it
            span = origin.span(start, end)
            fix = (Edit(span, f"{product[1]} * {product[2]}"),) if product and value.code == "E017" else ()
            raise Mistake(Diagnostic(value.code, value.message, span, value.note, value.help, fix))
        return Token(NUMBER, text, start, end, value)
    if kind == TEXT:
        return Token(TEXT, text, start, end, text[1:-1])
    if text in _STRANGERS or text in "?$`":
        message = f"`{text}` is not part of the spec language"
        raise Mistake(Diagnostic("E017", message, origin.span(start, end), help=_STRANGERS.get(text)))
    return Token(kind, text, start, end)


def _stranger(text: str, position: int, origin: Origin) -> Mistake:
    character = text[position]
    span = origin.span(position, position + 1)
    if character in "'\"":
        return Mistake(Diagnostic("E017", "this quote is never closed", span, help=f"close it with {character}"))
    if character.isalpha():
        note = "names are made of the letters A to Z, a to z, digits and `_`"
        return Mistake(Diagnostic("E017", f"`{character}` cannot stand in a name", span, note))
    return Mistake(Diagnostic("E017", f"`{character}` is not part of the spec language", span))
