"""Rewrites of single lines for which the words of another tool must be known, or the whole network."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from netinspect.drafts.guessed_input import guessed_input
from netinspect.drafts.keras_layers import ACTIVATIONS
from netinspect.drafts.styles.keras import STYLE as KERAS
from netinspect.errors import Diagnostic, Edit, Span
from netinspect.language import Source
from netinspect.language.rewrite import Entry, entry_at

Mistakes = Callable[[Source], tuple[Diagnostic, ...]]

_FIRST_KEY: Final = re.compile(r"(?:vars|blocks|parameters|layers)\s*:")
_OF_KERAS: Final = frozenset({"E102", "E201"})


def with_habits(source: Source, found: Diagnostic, mistakes: Mistakes, *, is_alone: bool) -> Diagnostic:
    """The diagnostic with a rewrite, where it has none and one is probable. `is_alone`: the text has no other."""
    if found.fix or found.span is None:
        return found
    if found.code in _OF_KERAS:
        return _of_keras(source, found)
    if is_alone and found.code == "E018" and "`input`" in found.message:
        return _missing_input(source, found, mistakes)
    return found


_CALL: Final = re.compile(r"(?P<callee>[\w.]+)\((?P<arguments>.*)\)$")
_UNSAID: Final = frozenset(
    {"input_shape", "input_dim", "batch_input_shape", "name", "data_format", "kernel_initializer", "trainable",
     "bias_initializer", "kernel_regularizer", "return_state", "input_length", "device", "mask_zero"}
)  # fmt: skip
"""Arguments of Keras that say nothing a spec needs: sizes that are worked out, and how to train."""


def _without_argument(entry: Entry, found: Diagnostic) -> Diagnostic:
    """E201 for an argument of Keras on a layer of torch: an activation is a line of its own, others are not said."""
    call = _CALL.match(entry.body)
    if call is None or found.span is None:
        return found
    argument = entry.text[found.span.column - 1 : found.span.end_column - 1]
    name, _, value = argument.partition("=")
    arguments = call["arguments"]
    rest = re.sub(r",\s*$", "", arguments.replace(argument, "", 1).replace(", ,", ",").strip().lstrip(", "))
    layer = f"{call['callee']}({rest})" if rest else call["callee"]
    line = f"{entry.indent}- {entry.key}{layer}{entry.comment.rstrip()}"
    if name in _UNSAID:
        return replace(found, note="a spec works it out, or leaves it to the training", fix=(Edit(entry.span, line),))
    activation = ACTIVATIONS.get(value.strip("'\" ").removeprefix("nn.").removesuffix("()").lower())
    if name != "activation" or activation is None:
        return found
    below = f"\n{entry.indent}- {activation}" if activation else ""
    return replace(found, note="an activation is a line of its own", fix=(Edit(entry.span, line + below),))


def _of_keras(source: Source, found: Diagnostic) -> Diagnostic:
    """A line of Keras among others: its layer in the words of torch, its activation on a line of its own."""
    entry = entry_at(source.lines, found.span.line) if found.span else None
    if entry is None or entry.inputs:
        return found
    rewritten = KERAS.rewrite(entry.body, [entry.body])
    if rewritten is None and found.code == "E201" and not found.suggestion:
        return _without_argument(entry, found)
    if rewritten is None or not rewritten.layers or rewritten.blocks or rewritten.outputs:
        return found
    first, *others = [line.removeprefix("- ") for line in rewritten.layers]
    if any(line.startswith(" ") for line in (first, *others)):
        return found
    if entry.name is not None:
        first = re.sub(r"^\w+: ", "", first)
    lines = [
        f"{entry.indent}- {entry.key}{first}{entry.comment.rstrip()}",
        *(f"{entry.indent}- {one}" for one in others),
    ]
    return replace(found, note=rewritten.note or found.note, fix=(Edit(entry.span, "\n".join(lines)),), suggestion=())


def _missing_input(source: Source, found: Diagnostic, mistakes: Mistakes) -> Diagnostic:
    """E018 with the size at which all that the layers say of themselves fits."""
    line = guessed_input(source.name, source.text, mistakes)
    place = next(
        (n for n, text in enumerate(source.lines, 1) if re.match(r"(?:vars|blocks|parameters|layers)\s*:", text)), 0
    )
    if line is None or not place:
        return found
    return replace(found, suggestion=(Edit(Span(place, 1, place, 1), f"{line}\n"),))
