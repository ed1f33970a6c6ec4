"""Settings of a step of `preprocess` that is a mapping: of each what it may be, its default and what it says in words.

The reader, the JSON Schema and the page of the catalogue are all made from these records, so that a new setting is one
record.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any, Final

from netinspect.language.fields import flag, real, size, word
from netinspect.language.nodes import Node, Scalar, is_null

REQUIRED: Final = object()
"""In place of a default: the setting must be written, unless `like` stands for it."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, which may be worked out from the vars."""

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
            return size(node, name, maximum, minimum)
        case Word(words):
            return word(node, name, words)
        case Flag():
            return flag(node, name)
        case Real(minimum, maximum, above):
            return real(node, name, minimum, maximum, above)
