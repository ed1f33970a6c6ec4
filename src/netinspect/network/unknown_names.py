"""Names that stand for nothing: which mistake it is, and what the writer probably meant.

Looked at only after a lookup has failed, so nothing here needs to be fast.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from netinspect.catalogue import FUNCTIONS
from netinspect.catalogue.refused import KERAS, REFUSED, SHORT
from netinspect.errors import Span
from netinspect.language import closest
from netinspect.language.rewrite import replacement
from netinspect.network.network import Value
from netinspect.network.operators import FUNCTIONS as NUMBER_FUNCTIONS
from netinspect.network.results import LineResult, Mistake

if TYPE_CHECKING:
    from netinspect.network.context import Context


def explain(context: Context, name: str, span: Span, *, called: bool) -> Mistake:
    """E101-E106 or E113 for `name`, which `context` does not know."""
    return (
        _defined_elsewhere(context, name, span)
        or _known_outside(context, name, span, called=called)
        or (_unknown_callable(context, name, span) if called else _unknown_value(context, name, span))
    )


def _defined_elsewhere(context: Context, name: str, span: Span) -> Mistake | None:
    around: Context | None = context
    while around is not None:
        if name in around.declared and name not in around.names:
            line = around.declared[name].line
            if line < span.line:
                return Mistake("E104", f"`{name}` is not there: the `if` on line {line} is false", span,
                               help="use it under the same condition, or give that line an `else`")  # fmt: skip
            where = f"is defined below, on line {line}" if line > span.line else "is the name of this line itself"
            return Mistake("E105", f"`{name}` {where}", span,
                           note="data flows down the page: a line sees only the lines above it")  # fmt: skip
        around = around.outer
    path = _inner_path(context, name)
    if path:
        return Mistake("E106", f"`{name}` is inside another list", span, help=f"write `{path}`",
                       fix=replacement(span, path))  # fmt: skip
    return None


def _inner_path(context: Context, name: str) -> str | None:
    around: Context | None = context
    while around is not None:
        for outer_name, meaning in around.names.items():
            path = _search(meaning, name, outer_name, 0)
            if path:
                return path
        around = around.outer
    return None


def _search(result: Any, name: str, path: str, depth: int) -> str | None:
    if not isinstance(result, LineResult) or depth > 8:
        return None
    if name in result.names or name in result.outputs:
        return f"{path}.{name}"
    for inner, value in result.names.items():
        inner_path = _search(value, name, f"{path}.{inner}", depth + 1)
        if inner_path:
            return inner_path
    return None


_PREFIXES: Final = {
    "torch": "a layer or function stands alone: `Linear(64)`, `relu`",
    "nn": "a layer stands alone: `Linear(64)`",
    "F": "a function stands alone: `relu`",
    "functional": "a function stands alone: `relu`",
    "self": "a line's name stands alone",
}
"""What begins a name in Python code and is left out in a spec."""


def _known_outside(context: Context, name: str, span: Span, *, called: bool) -> Mistake | None:
    if name in _PREFIXES:
        return Mistake("E104", f"`{name}` is Python code, and a spec is none", span, help=_PREFIXES[name])
    keras = KERAS.get(name) or (SHORT.get(name.lower()) if called else None)
    if keras is not None:
        keras = _of_rank(context, keras)
        what = "a Keras or TensorFlow name" if name in KERAS else "no name of torch"
        is_called = context.work.text_at(Span(span.line, span.end_column, span.line, span.end_column + 1)) == "("
        is_open = "…" in keras or re.fullmatch(r"(?:Max|Avg)Pool\dd", keras) or (is_called and "(" in keras)
        suggestion = () if is_open else replacement(span, keras)
        return Mistake("E102", f"`{name}` is {what}", span, help=f"torch calls it {keras}", suggestion=suggestion)
    if name.startswith("Lazy") and name[4:] in context.work.layers:
        return Mistake("E113", f"`{name}` is not part of the language", span, "sizes are worked out anyway",
                       fix=replacement(span, name[4:]))  # fmt: skip
    if name in REFUSED:
        return Mistake("E113", f"`{name}` is not part of the language", span, help=REFUSED[name])
    return None


def _unknown_callable(context: Context, name: str, span: Span) -> Mistake:
    candidates = (*context.work.layers, *FUNCTIONS, *context.work.blocks, *_visible(context), *NUMBER_FUNCTIONS)
    guess = closest(name, candidates)
    if guess in NUMBER_FUNCTIONS and name == guess:
        guess = None
    if guess is None:
        return Mistake("E101", f"there is no layer type or function `{name}`", span, *_own_layer(name))
    guess = _of_rank(context, guess) if name[-2:] != guess[-2:] else guess
    return Mistake("E101", f"there is no layer type or function `{name}`", span, help=f"did you mean `{guess}`?",
                   suggestion=replacement(span, guess))  # fmt: skip


def _own_layer(name: str) -> tuple[str | None, str | None]:
    """Note and help for a layer that the spec's writer may have elsewhere."""
    if not name[:1].isupper():
        return None, None
    return None, f"write it as a block of the spec, `blocks:` and `{name}:`, or name its file with `--custom-layers`"


def _of_rank(context: Context, name: str) -> str:
    """The layer for the axes of the tensor that comes in: `MaxPool2d` on an image, `MaxPool1d` on a sound."""
    prev = context.cursor.prev
    ranked = _RANKED.fullmatch(name)
    if ranked is None or not isinstance(prev, LineResult) or not isinstance(prev.value, Value):
        return name
    fitting = f"{ranked[1]}{prev.value.type.rank - 2}d{ranked[3]}"
    return fitting if fitting.partition("(")[0] in context.work.layers else name


_RANKED: Final = re.compile(r"([A-Za-z]+)([123])d((?:\(.*)?)")


def _unknown_value(context: Context, name: str, span: Span) -> Mistake:
    if name.lower() in ("true", "false", "null", "none", "nil"):
        written = {"true": "True", "false": "False"}.get(name.lower(), "None")
        return Mistake("E104", f"`{name}` is not defined", span, help=f"write {written}",
                       fix=replacement(span, written))  # fmt: skip
    if name in FUNCTIONS:
        return Mistake("E104", f"`{name}` is a function, not a value", span, help=f"call it: `{name}(…)`")
    candidates = (*_visible(context), *context.work.vars, *context.counters, *context.work.blocks, *context.work.layers)
    if name in _RUNNING:
        return Mistake("E104", f"`{name}` is not defined", span, "code calls so what runs through the network",
                       "write `prev` for what the line above gives, `input` for what comes into this list",
                       suggestion=replacement(span, "prev"))  # fmt: skip
    if name in _KEPT:
        return Mistake("E104", f"`{name}` is not defined", span, help="what comes into this list is `input`",
                       suggestion=replacement(span, "input"))  # fmt: skip
    before = context.work.text_at(Span(span.line, 1, span.line, span.column))
    if name in _BATCH and re.search(r"\b(?:expand|view|reshape|repeat)\((?:[\w.]+, *)?$", before):
        return Mistake("E104", f"`{name}` is not defined", span, "code calls so the number of samples",
                       fix=replacement(span, "prev.shape[0]"))  # fmt: skip
    if name.lower() in _STEPS and re.search(r"\b(?:dim|axis)=$", before):
        return Mistake("E104", f"`{name}` is not defined", span, "axes are counted: 0 is the batch, 1 the steps",
                       suggestion=replacement(span, "1"))  # fmt: skip
    guess = closest(name, candidates)
    words = "a word is a line, a var, a type or a block; text needs quotes"
    return Mistake("E104", f"`{name}` is not defined", span, help=f"did you mean `{guess}`?" if guess else words,
                   suggestion=replacement(span, guess) if guess else ())  # fmt: skip


_RUNNING: Final = frozenset({"x", "out", "h", "y", "output", "hidden"})
"""What code calls the value that runs through a network."""

_BATCH: Final = frozenset({"B", "b", "bs", "N", "n", "batch", "batch_size"})
"""What code calls the number of samples."""

_STEPS: Final = frozenset({"time", "t", "seq", "sequence", "steps", "frames", "tokens", "words"})
"""What the axis of the steps of a sequence is called."""

_KEPT: Final = frozenset({"identity", "residual", "shortcut", "skip", "x0", "inp", "inputs", "x_in"})
"""What code calls the value that comes into a block, where it is kept for a shortcut."""


def _visible(context: Context) -> list[str]:
    names: list[str] = ["input", "prev"]
    around: Context | None = context
    while around is not None:
        names.extend(around.names)
        around = around.outer
    return names
