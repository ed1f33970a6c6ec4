"""Keras: its code, its configurations, and its calls as lines of a spec.

What a single layer becomes, and how graphs of them are read and written, stands in the package `drafts.keras`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from netinspect.drafts.entries.items import Branches, Line, Section, flat, is_of_keras
from netinspect.drafts.entries.lines import network_of
from netinspect.drafts.entries.outline import outline
from netinspect.drafts.keras.code import from_code
from netinspect.drafts.keras.configurations import from_configuration
from netinspect.drafts.keras.graphs import UntranslatableError
from netinspect.drafts.style import Rewritten, Style


def _from_lines(data: object) -> Rewritten | None:
    """Calls of Keras as the lines of a list; lines that are no Keras call stay as they are."""
    said = outline(data)
    if said is None or not said.entries:
        return None
    try:
        entries = flat(said.entries, said.variables)
    except UntranslatableError:
        return None
    is_text = all(isinstance(entry, Line | Section | Branches) or entry.is_text or entry.sources for entry in entries)
    if not is_text or not any(is_of_keras(entry) for entry in entries):
        return None
    rewritten = network_of(said)
    return None if rewritten is None or rewritten.unknown or rewritten.left_out else rewritten


def _rewrite(text: str, data: object) -> Rewritten | None:
    """Keras in one of its forms; None for all else."""
    if isinstance(data, str) or data is None:
        stripped = text.strip()
        if stripped.startswith(("{", "[")):
            try:
                return from_configuration(json.loads(stripped))
            except ValueError:
                return None
        return from_code(text)
    if isinstance(data, list | Mapping):
        made = from_configuration(data) or _from_lines(data) or from_code(text)
        return None if made is None or made.stuck else made
    return None


STYLE: Final = Style("Keras", _rewrite)
