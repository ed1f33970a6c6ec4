"""Reading the keys of a mapping: their values with a message each, unknown ones with the likely right one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from netinspect.errors import Diagnostic, Edit, Mistake, Reported, Span
from netinspect.language import syntax
from netinspect.language.expressions import expression
from netinspect.language.meant_keys import COMMENT
from netinspect.language.messages import closest
from netinspect.language.names import name_mistake
from netinspect.language.nodes import Bad, Mapping, Node, Scalar, Sequence, is_null, origin
from netinspect.language.numbers import MAX_COUNT, number
from netinspect.language.syntax import Expression
from netinspect.language.tokens import report

DTYPES: Final = (
    "float32", "float64", "float16", "bfloat16", "complex64", "int8", "uint8", "int16", "int32", "int64", "bool",
)  # fmt: skip
DTYPE_ALIASES: Final = {  # torch's own other names
    "float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int64", "short": "int16",
    "byte": "uint8",
}  # fmt: skip

MAX_TEXT: Final = 5_000
"""The longest `name`, `about`, `paper`, `source`."""


@dataclass(slots=True)
class Parsing:
    """What is known and collected while one spec is parsed.

    `types` are the layer types, None where a name that begins with a capital may be one. `sound` is False
    once a mistake hides a name that other lines may use: what would be said of those lines is then not true.
    """

    types: frozenset[str] | None = None
    blocks: frozenset[str] = frozenset()
    mistakes: list[Diagnostic] = field(default_factory=list)
    sound: bool = True

    def report(
        self,
        code: str,
        message: str,
        span: Span,
        note: str | None = None,
        help: str | None = None,
        *,
        fix: tuple[Edit, ...] = (),
        suggestion: tuple[Edit, ...] = (),
    ) -> None:
        report(self.mistakes, Diagnostic(code, message, span, note, help, fix, suggestion))


def attempt(parsing: Parsing, read: Callable[..., Any], *arguments: Any) -> Any:
    """What `read` gives, or None after its mistake is reported."""
    try:
        return read(*arguments)
    except Mistake as mistake:
        report(parsing.mistakes, mistake.diagnostic)
    except Reported:
        pass
    return None


# --- mappings ----------------------------------------------------------------------------------


def pairs(parsing: Parsing, node: Node | None, what: str) -> Iterator[tuple[Scalar, Node]]:
    """The pairs of a mapping; nothing for null, and E212 for anything else."""
    if isinstance(node, Bad) or (isinstance(node, Mapping) and node.lost):
        parsing.sound = False
    if isinstance(node, Mapping):
        yield from node.items
    elif node is not None and not isinstance(node, Bad) and not is_null(node):
        parsing.report("E212", f"`{what}` is not a mapping of `key: value`", node.span)


def known_pairs(parsing: Parsing, node: Node | None, what: str, keys: Iterable[str]) -> dict[str, Node]:
    """The pairs of a mapping by key; E012 for a key that is not one of `keys`."""
    known = tuple(keys)
    result: dict[str, Node] = {}
    for key, value in pairs(parsing, node, what):
        if key.text in known:
            result[key.text] = value
        else:
            unknown_key(parsing, key, what, known)
    return result


def unknown_key(
    parsing: Parsing,
    key: Scalar,
    what: str,
    known: Iterable[str],
    fix: tuple[Edit, ...] = (),
    advice: str | None = None,
) -> str | None:
    """Report E012; returns the key that was probably meant."""
    known = tuple(known)
    is_of_training = bool(fix) and fix[0].text in ("", COMMENT)
    meant = None if is_of_training else closest(key.text, known)
    advice = f"did you mean `{meant}`?" if meant else advice or f"the keys are {', '.join(known)}"
    if is_of_training:
        advice = "a spec says what a network is, and nothing of its training" if fix[0].text else "leave it out"
    where = f" in `{what}`" if what else ""
    suggestion = (Edit(key.span, meant),) if meant and not fix else ()
    message = f"there is no key `{key.text[:80]}`{where}"
    parsing.report("E012", message, key.span, None, advice, fix=fix, suggestion=suggestion)
    return meant


# --- values ------------------------------------------------------------------------------------


def value(node: Node, *, can_be_text: bool = True) -> Expression:
    """A node as an expression: unquoted text is parsed, quoted text is text, a list is a list. Where a text has no
    meaning, as for a size, `can_be_text` is False and what stands in quotes is parsed too. Mistake."""
    if isinstance(node, Scalar):
        if node.quoted and can_be_text:
            return syntax.Literal(node.text, node.span)
        if node.text == "":
            raise Mistake.at("E017", "a value is missing here", node.span)
        if node.text == "~":
            return syntax.Literal(None, node.span)
        return expression(node.text, origin(node))
    if isinstance(node, Sequence):
        return syntax.ListOf(tuple(value(item, can_be_text=can_be_text) for item in node.items), node.span)
    if isinstance(node, Bad):
        raise Reported
    raise Mistake.at("E212", "a mapping cannot stand here", node.span, None, "write a number, a text or a list")


def text(node: Node, what: str) -> str | None:
    """Plain text, None for null. Mistake E212, E504."""
    if isinstance(node, Bad):
        raise Reported
    if not isinstance(node, Scalar):
        raise Mistake.at("E212", f"`{what}` is not text", node.span)
    if len(node.text) > MAX_TEXT:
        raise Mistake.at("E504", f"`{what}` has {len(node.text):,} characters: at most {MAX_TEXT:,}", node.span)
    return None if is_null(node) else node.text.strip()


def name(key: Scalar) -> str:
    """A name that is made here. Mistake E108."""
    mistake = name_mistake(key.text, key.span)
    if mistake:
        raise Mistake(mistake)
    return key.text


def word(node: Node, what: str, words: Iterable[str]) -> str:
    """One of `words`. Mistake E212, E213."""
    if isinstance(node, Bad):
        raise Reported
    known = tuple(words)
    if not isinstance(node, Scalar):
        raise Mistake.at("E212", f"`{what}` is one of {', '.join(known)}", node.span)
    if node.text in known:
        return node.text
    meant = closest(node.text, known)
    advice = f"did you mean `{meant}`?" if meant else f"write one of {', '.join(known)}"
    raise Mistake.at("E213", f"`{node.text[:80]}` is not a word for `{what}`", node.span, None, advice)


def plain_number(node: Node, what: str, most: int = MAX_COUNT) -> int | float:
    """A number written out. Mistake E017, E212, E502."""
    if isinstance(node, Bad):
        raise Reported
    if not isinstance(node, Scalar) or node.quoted:
        raise Mistake.at("E212", f"`{what}` is not a number", node.span)
    digits = node.text.lstrip("+-") if node.text[:1] in ("+", "-") else node.text
    if digits[:1] not in tuple("0123456789.") or not digits:
        raise Mistake.at("E212", f"`{what}` is not a number: {node.text[:40] or 'nothing'}", node.span)
    result = number(digits, most)
    if isinstance(result, Diagnostic):
        raise Mistake.at(result.code, result.message, node.span, result.note, result.help)
    return -result if node.text[:1] == "-" else result


def whole(node: Node, what: str, least: int = 0, most: int = MAX_COUNT) -> int:
    """A whole number from `least` to `most`. Mistake E017, E205, E211, E212, E502."""
    result = plain_number(node, what, most)
    if isinstance(result, float):
        advice = f"write {int(result)}" if result.is_integer() else None
        raise Mistake.at("E205", f"`{what}` is not a whole number: {result:g}", node.span, None, advice)
    if result < least:
        raise Mistake.at("E211", f"`{what}` is out of range: at least {least}", node.span)
    return result


def size(node: Node, what: str, most: int, least: int = 1) -> int | Expression:
    """A size from `least` to `most`, or an expression over the vars. Mistakes of both."""
    if isinstance(node, Scalar) and any(character.isalpha() for character in node.text):
        return value(node, can_be_text=False)
    return whole(node, what, least, most)


def real(
    node: Node, name: str, minimum: float | None = None, maximum: float | None = None, above: float | None = None
) -> int | float:
    """A number within bounds. Mistake E211, E212."""
    result = plain_number(node, name)
    if above is not None and result <= above:
        raise Mistake.at("E211", f"`{name}` is out of range: more than {above:g}", node.span)
    if minimum is not None and result < minimum:
        raise Mistake.at("E211", f"`{name}` is out of range: at least {minimum:g}", node.span)
    if maximum is not None and result > maximum:
        raise Mistake.at("E211", f"`{name}` is out of range: at most {maximum:g}", node.span)
    return result


def flag(node: Node, name: str) -> bool:
    """True or False. Mistake E111, E212."""
    if isinstance(node, Bad):
        raise Reported
    if isinstance(node, Scalar) and not node.quoted and node.text.lower() in ("true", "false"):
        return node.text.lower() == "true"
    if isinstance(node, Scalar) and node.text.lower() in ("yes", "no", "on", "off"):
        meant = node.text.lower() in ("yes", "on")
        raise Mistake.at("E111", f"`{node.text}` is neither True nor False", node.span, None, f"write {meant}")
    raise Mistake.at("E212", f"`{name}` is not True or False", node.span)


def items(node: Node, what: str) -> tuple[Node, ...]:
    """The entries of a list. Mistake E212."""
    if isinstance(node, Sequence):
        return node.items
    if isinstance(node, Bad):
        raise Reported
    raise Mistake.at("E212", f"`{what}` is not a list", node.span, None, "write `[ … ]`, or `- ` before each entry")


def read_dtype(node: Node) -> str:
    """A dtype by its name or one of torch's other names for it. Mistake E213."""
    if isinstance(node, Bad):
        raise Reported
    written = text(node, "dtype") or ""
    if written in DTYPES:
        return written
    short = written.removeprefix("torch.")
    known = short if short in DTYPES else DTYPE_ALIASES.get(short)
    if known is not None:
        return known
    meant = closest(short, DTYPES)
    advice = f"did you mean `{meant}`?" if meant else f"the dtypes are {', '.join(DTYPES)}"
    raise Mistake.at(
        "E213",
        f"`{written[:60]}` is not a dtype",
        node.span,
        None,
        advice,
        suggestion=(Edit(node.span, meant),) if meant else (),
    )
