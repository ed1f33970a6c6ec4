"""The words of an expression: names, numbers, texts and operators, with their offsets in the text; and the cursor that
stands among them, with what it says where it cannot go on.

What Python has and the spec language has not is met here first, so each stranger gets its own message. Depth is counted
where brackets, powers, signs and conditions nest; a chain of `+` or `and` is a loop and has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from netinspect.errors import Diagnostic, Edit, Mistake, Span
from netinspect.language.names import name_mistake
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
        raise Mistake.at("E504", message, origin.span(0, 1))
    result: list[Token] = []
    position = _skip(text, 0)
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            character = text[position]
            span = origin.span(position, position + 1)
            if character in "'\"":
                raise Mistake.at("E017", "this quote is never closed", span, help=f"close it with {character}")
            if character.isalpha():
                note = "names are made of the letters A to Z, a to z, digits and `_`"
                raise Mistake.at("E017", f"`{character}` cannot stand in a name", span, note)
            raise Mistake.at("E017", f"`{character}` is not part of the spec language", span)
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
        raise Mistake.at("E017", f"`.{turn}` is no name", origin.span(start, end), help=advice)
    if kind == NUMBER:
        value = number(text)
        if isinstance(value, Diagnostic):
            product = re.fullmatch(r"(\d+)(?!x\d*$)([A-Za-z_]\w*)", text)  # `2c` as mathematics has it
            span = origin.span(start, end)
            fix = (Edit(span, f"{product[1]} * {product[2]}"),) if product and value.code == "E017" else ()
            raise Mistake.at(value.code, value.message, span, value.note, value.help, fix=fix)
        return Token(NUMBER, text, start, end, value)
    if kind == TEXT:
        return Token(TEXT, text, start, end, text[1:-1])
    if text in _STRANGERS or text in "?$`":
        message = f"`{text}` is not part of the spec language"
        raise Mistake.at("E017", message, origin.span(start, end), help=_STRANGERS.get(text))
    return Token(kind, text, start, end)


# --- the cursor ------------------------------------------------------------------------------

MAX_DEPTH: Final = 32

CLOSING: Final = {"(": ")", "[": "]"}
_STEP_WORDS: Final = frozenset({"for", "if", "else", "in", "and", "or", "not", "is"})


@dataclass(slots=True)
class Cursor:
    """Where the parser stands in the tokens of one text."""

    text: str
    origin: Origin
    tokens: list[Token]
    position: int = 0
    depth: int = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def at(self, text: str) -> bool:
        """Whether the next token is this operator or keyword."""
        token = self.tokens[self.position]
        return token.text == text

    def take(self) -> Token:
        token = self.tokens[self.position]
        if token.kind != END:
            self.position += 1
        return token

    def accept(self, text: str) -> bool:
        if self.at(text):
            self.position += 1
            return True
        return False

    def span_from(self, start: int) -> Span:
        """The place of what was read from offset `start` up to here."""
        return self.origin.span(start, self.tokens[self.position - 1].end if self.position else start)

    def mistake(
        self, message: str, token: Token | None = None, *, note: str | None = None, help: str | None = None
    ) -> Mistake:
        """An E017 at a token, by default the next one."""
        token = token or self.token
        return Mistake.at("E017", message, self.origin.span(token.start, token.end), note, help)


def cursor(text: str, origin: Origin) -> Cursor:
    """A cursor at the start of `text`. Mistake."""
    return Cursor(text, origin, tokens(text, origin))


def enter(at: Cursor) -> None:
    """One level deeper. Mistake E504."""
    at.depth += 1
    if at.depth > MAX_DEPTH:
        span = at.origin.span(at.token.start, at.token.end)
        raise Mistake.at("E504", f"this is nested too deep: at most {MAX_DEPTH} levels", span)


# --- when it cannot go on --------------------------------------------------------------------


def more(at: Cursor, opening: Token) -> bool:
    """Whether a comma follows; Mistake where something else than the closing bracket does."""
    if at.accept(","):
        return True
    token = at.token
    if token.text == CLOSING[opening.text]:
        return False
    if token.kind == END:
        raise unclosed(at, opening)
    if token.text == "=":
        name = at.tokens[at.position - 1]
        if at.position > 1 and name.kind == NAME and at.tokens[at.position - 2].text in ("(", ","):
            raise at.mistake("`name=` belongs in the brackets of a call")
        raise at.mistake(
            "`=` does not compare, and gives a value only to an argument's name", help="write `==` to compare"
        )
    if token.text == ":" and opening.text == "(":
        before = at.tokens[at.position - 1]
        if before.kind == NAME:
            message = f"`{before.text}:` inside brackets: an argument is given with `=`"
            span = at.origin.span(before.start, at.token.end)
            value = at.text[at.token.end :].split(",")[0].split(")")[0].strip()
            raise Mistake.at("E003", message, span, help=f"write `{before.text}={value}`")
        raise _colon(at)
    if token.text == "for":
        raise at.mistake("`for` inside brackets is not part of the spec language", help="write the list out")
    if token.text in (")", "]"):
        raise at.mistake(f"`{token.text}` does not close the `{opening.text}`", help=f"write `{CLOSING[opening.text]}`")
    raise at.mistake(f"{quoted(token)} does not fit here", help="is an operator or a comma missing before it?")


def close(at: Cursor, opening: Token) -> None:
    """Take the bracket that closes `opening`. Mistake E006."""
    if not at.accept(CLOSING[opening.text]):
        raise unclosed(at, opening)


def unclosed(at: Cursor, opening: Token) -> Mistake:
    """E006 at the bracket that opens."""
    span = at.origin.span(opening.start, opening.end)
    closing = CLOSING[opening.text]
    message = f"the `{opening.text}` opened here is never closed"
    return Mistake.at("E006", message, span, help=f"close it with `{closing}`")


def refuse_suffix(at: Cursor, what: str) -> None:
    """Mistake where `.x`, `[…]` or `(…)` follows what can have none."""
    if at.token.text in (".", "[", "("):
        action = {".": "has no parts", "[": "cannot be indexed", "(": "cannot be called"}[at.token.text]
        raise at.mistake(f"{what} {action} here", help="give it a name on a line of its own, then use the name")


def _in_place(at: Cursor) -> Mistake | None:
    """`x += identity`, which a spec writes as a value of its own."""
    before = at.tokens[at.position - 1] if at.position == 2 else None
    if before is None or before.text not in ("+", "-", "*", "/", "@") or before.end != at.token.start:
        return None
    name, rest = at.tokens[0].text, at.text[at.token.end :].strip()
    return at.mistake(
        f"`{before.text}=` changes a value in place, and a spec only has new ones",
        help=f"`{name} {before.text} {rest}` is the new value: give it a name of its own, and use that below",
    )


def missing(at: Cursor) -> Mistake:
    """Where a value should begin and none does."""
    token = at.token
    if token.kind == END:
        if at.position == 0:
            return at.mistake("nothing is written here")
        opened: list[Token] = []
        for earlier in at.tokens:
            if earlier.text in CLOSING:
                opened.append(earlier)
            elif earlier.text in (")", "]") and opened:
                opened.pop()
        if opened:
            return unclosed(at, opened[-1])
        return at.mistake("a value is missing at the end", at.tokens[at.position - 1])
    if token.text == "=":
        return _in_place(at) or at.mistake("`=` does not compare", help="write `==` to compare")
    if token.text == "." and at.tokens[at.position + 1].text.lower() in ("nan", "inf"):
        return at.mistake("only finite numbers can stand in a spec")
    if token.text == "...":
        return at.mistake("`...` belongs in a slice, `x[..., 0]`")
    if token.text == ":":
        return _colon(at)
    if token.text in (")", "]"):
        return at.mistake(f"a value is missing before `{token.text}`")
    return at.mistake(f"a value is missing before {quoted(token)}")


def _colon(at: Cursor) -> Mistake:
    """A colon outside slices: `28:28` in a place for a number."""
    before, after = at.tokens[at.position - 1] if at.position else at.token, at.tokens[at.position + 1]
    note = f"`{before.text}:{after.text}` is text, not a number" if before.kind == after.kind == NUMBER else None
    return at.mistake("a colon belongs in a slice, `x[1:3]`", note=note, help="quote what is text")


def keyword(at: Cursor) -> Mistake:
    """Python's keywords are no names, and most are not in the language."""
    token = at.token
    if token.text in _STEP_WORDS:
        return at.mistake(f"a value is missing before `{token.text}`")
    note = "a spec is data: it holds no Python of its own"
    return at.mistake(f"`{token.text}` is not part of the spec language", note=note)


def expect_end(at: Cursor) -> None:
    """Mistake where something is left over."""
    token = at.token
    if token.kind == END:
        return
    if token.text in (")", "]"):
        raise at.mistake(f"this `{token.text}` closes nothing", help="delete it")
    if token.text == "=":
        raise at.mistake("`=` does not compare", help="write `==` to compare")
    if token.text == ":":
        raise _colon(at)
    if token.text == "for":
        raise at.mistake("`for` repeats a step; there is none here", help="`- name{i}: Layer(…) for i in range(4)`")
    if token.text == ",":
        raise at.mistake("a comma stands between list items and arguments", help="a list is written `(a, b)`")
    raise at.mistake(f"{quoted(token)} does not fit here", help="is an operator or a comma missing before it?")


def take_name(at: Cursor) -> str:
    """The next token as a name that is made here. Mistake E108."""
    token = at.take()
    mistake = name_mistake(token.text, at.origin.span(token.start, token.end))
    if mistake:
        raise Mistake(mistake)
    return token.text


def quoted(token: Token) -> str:
    """A token as messages name it."""
    return f"`{token.text[:40]}`"
