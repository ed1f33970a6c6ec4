"""Settings of a step of `preprocess` that is a mapping: of each what it may be, its default and what it says in words.

The reader, the JSON Schema and the page of the catalogue are all made from these records, so that a new setting is one
record.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any, Final

from netinspect.language.fields import fault, plain_number, whole, word
from netinspect.language.nodes import Bad, Node, Scalar, is_null
from netinspect.language.tokens import Mistake

REQUIRED: Final = object()
"""In place of a default: the setting must be written, unless `like` stands for it."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    maximum: int
    minimum: int = 1


@dataclass(frozen=True, slots=True)
class Real:
    """A number within bounds; None is no bound, and `above` one that is not reached."""

    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """One of some words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """True or False."""


Kind = Whole | Real | Word | Flag


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. With `or_none` it may also be `none`, which a reader gives as None."""

    kind: Kind
    words: str
    default: Any = REQUIRED
    or_none: bool = False


Settings = Table[str, Setting]


def read_setting(setting: Setting, node: Node, name: str) -> Any:
    """The value that is written. Mistake E111, E205, E211, E212, E213."""
    if setting.or_none and (is_null(node) or (isinstance(node, Scalar) and node.text.lower() == "none")):
        return None
    match setting.kind:
        case Whole(maximum, minimum):
            return whole(node, name, minimum, maximum)
        case Word(words):
            return word(node, name, words)
        case Flag():
            return flag(node, name)
        case Real(minimum, maximum, above):
            return real(node, name, minimum, maximum, above)


def real(
    node: Node, name: str, minimum: float | None = None, maximum: float | None = None, above: float | None = None
) -> int | float:
    """A number within bounds. Mistake E211, E212."""
    result = plain_number(node, name)
    if above is not None and result <= above:
        raise fault("E211", f"`{name}` is out of range: more than {above:g}", node.span)
    if minimum is not None and result < minimum:
        raise fault("E211", f"`{name}` is out of range: at least {minimum:g}", node.span)
    if maximum is not None and result > maximum:
        raise fault("E211", f"`{name}` is out of range: at most {maximum:g}", node.span)
    return result


def flag(node: Node, name: str) -> bool:
    """True or False. Mistake E111, E212."""
    if isinstance(node, Bad):
        raise Mistake(None)
    if isinstance(node, Scalar) and not node.quoted and node.text.lower() in ("true", "false"):
        return node.text.lower() == "true"
    if isinstance(node, Scalar) and node.text.lower() in ("yes", "no", "on", "off"):
        meant = node.text.lower() in ("yes", "on")
        raise fault("E111", f"`{node.text}` is neither True nor False", node.span, None, f"write {meant}")
    raise fault("E212", f"`{name}` is not True or False", node.span)
