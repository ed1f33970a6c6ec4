"""Where the expression parser stands in a text, and what it says when it cannot go on.

Depth is counted where brackets, powers, signs and conditions nest; a chain of `+` or `and` is a loop and
has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from netinspect.errors import Diagnostic, Span
from netinspect.language.names import name_mistake
from netinspect.language.nodes import Origin
from netinspect.language.tokens import END, NAME, NUMBER, Mistake, Token, tokens

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
        return Mistake(Diagnostic("E017", message, self.origin.span(token.start, token.end), note, help))


def cursor(text: str, origin: Origin) -> Cursor:
    """A cursor at the start of `text`. Mistake."""
    return Cursor(text, origin, tokens(text, origin))


def enter(at: Cursor) -> None:
    """One level deeper. Mistake E504."""
    at.depth += 1
    if at.depth > MAX_DEPTH:
        span = at.origin.span(at.token.start, at.token.end)
        raise Mistake(Diagnostic("E504", f"this is nested too deep: at most {MAX_DEPTH} levels", span))


# --- when it cannot go on ----------------------------------------------------------------------


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
        raise _assigned(at)
    if token.text == ":" and opening.text == "(":
        before = at.tokens[at.position - 1]
        if before.kind == NAME:
            message = f"`{before.text}:` inside brackets: an argument is given with `=`"
            span = at.origin.span(before.start, at.token.end)
            value = at.text[at.token.end :].split(",")[0].split(")")[0].strip()
            raise Mistake(Diagnostic("E003", message, span, help=f"write `{before.text}={value}`"))
        raise _colon(at)
    if token.text == "for":
        raise at.mistake("`for` inside brackets is not part of the spec language", help="write the list out")
    if token.text in (")", "]"):
        raise at.mistake(f"`{token.text}` does not close the `{opening.text}`", help=f"write `{CLOSING[opening.text]}`")
    raise at.mistake(f"{quoted(token)} does not fit here", help="is an operator or a comma missing before it?")


def _assigned(at: Cursor) -> Mistake:
    name = at.tokens[at.position - 1]
    if at.position > 1 and name.kind == NAME and at.tokens[at.position - 2].text in ("(", ","):
        return at.mistake("`name=` belongs in the brackets of a call")
    return at.mistake(
        "`=` does not compare, and gives a value only to an argument's name", help="write `==` to compare"
    )


def close(at: Cursor, opening: Token) -> None:
    """Take the bracket that closes `opening`. Mistake E006."""
    if not at.accept(CLOSING[opening.text]):
        raise unclosed(at, opening)


def unclosed(at: Cursor, opening: Token) -> Mistake:
    """E006 at the bracket that opens."""
    span = at.origin.span(opening.start, opening.end)
    closing = CLOSING[opening.text]
    return Mistake(
        Diagnostic("E006", f"the `{opening.text}` opened here is never closed", span, help=f"close it with `{closing}`")
    )


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
        opening = _last_open(at)
        if opening:
            return unclosed(at, opening)
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


def _last_open(at: Cursor) -> Token | None:
    """The last bracket that nothing closes."""
    opened: list[Token] = []
    for token in at.tokens:
        if token.text in CLOSING:
            opened.append(token)
        elif token.text in (")", "]") and opened:
            opened.pop()
    return opened[-1] if opened else None


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
