"""Where a line stands: what it can see, where its results go, and how names are looked up.

A name is looked for among the lines and inputs of its own list, then of the lists around it (a block sees
only its own), then loop counters and block parameters, then vars, then layer types and blocks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

from netinspect.catalogue.refused import KERAS, REFUSED, SHORT
from netinspect.errors import Diagnostic, Mistake, Span
from netinspect.language.messages import closest
from netinspect.language.rewrite import replacement
from netinspect.language.tokens import MAX_DIAGNOSTICS
from netinspect.network.network import Call, Scope, Value
from netinspect.network.operators import FUNCTIONS as NUMBER_FUNCTIONS
from netinspect.network.results import (
    POISON,
    Answer,
    BoundLayer,
    LayerArguments,
    LayerModule,
    LineResult,
    Poisoned,
    Refused,
    TypeRef,
    Unknown,
)

if TYPE_CHECKING:
    from netinspect.catalogue.entry import Entry, Result, Weight
    from netinspect.language import syntax

MAX_STEPS: Final = 250_000
MAX_UNFORESEEN: Final = 20_000
"""How many steps there may be beyond those that were counted beforehand: in repeats whose number is a size."""
MAX_TENSORS: Final = 250_000
MAX_CHARACTERS: Final = 2_000_000
MAX_DEPTH: Final = 16
MAX_RANK: Final = 64
"""Axes of a tensor: where torch stops, too."""


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()

CONSTANTS: Final = {"pi": math.pi, "inf": math.inf}
"""Numbers that a spec names, where it gives nothing else that name."""


class Invoker(Protocol):
    """How an expression calls what takes tensors: `network.invoke`, or `NO_CALLS` while steps are counted."""

    def function(
        self, context: Context, entry: Entry, node: syntax.Call, name: str | None, implicit: LineResult | None, /
    ) -> LineResult:
        """`relu(x)`."""

    def method(self, context: Context, function: syntax.Attribute, node: syntax.Call, name: str | None, /) -> Any:
        """`x.mean(1)`; a number of `x.dim()`."""

    def joined(self, context: Context, node: syntax.Binary, left: Any, right: Any, name: str | None, /) -> LineResult:
        """`x + y`."""

    def signed(self, context: Context, node: syntax.Unary, operand: LineResult, name: str | None, /) -> LineResult:
        """`-x`."""

    def subscript(self, context: Context, base: LineResult, node: syntax.Index, name: str | None, /) -> LineResult:
        """`x[:, -1]`."""

    def weight(self, context: Context, module: LayerModule, tensor: Weight, span: Span, /) -> LineResult:
        """`embed.weight`."""

    def again(self, context: Context, callee: LineResult, node: syntax.Call, name: str | None, /) -> LineResult:
        """`embed(x)` for a layer that was made before."""


class _NoCalls:
    """No tensor is there yet, so that what a call comes to is unknown."""

    def function(self, *_arguments: Any) -> NoReturn:
        raise Unknown

    method = joined = signed = subscript = weight = again = function


NO_CALLS: Final[Invoker] = _NoCalls()


@dataclass(slots=True, eq=False)
class Work:
    """The state of one elaboration: what has been made so far, and the mistakes that were found."""

    blocks: Mapping[str, syntax.Block]
    vars: Mapping[str, Any]
    batch_sizes: tuple[int, int, int]
    layers: Mapping[str, Entry]
    functions: Mapping[str, Entry]
    lines: tuple[str, ...] = ()
    inputs: tuple[Value, ...] = ()
    calls: list[Call] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    reported: set[tuple[str, Span | None]] = field(default_factory=set)
    sound_calls: int | None = None
    steps: int = 0
    most_steps: int = MAX_STEPS
    tensors: int = 0
    characters: int = 0
    paths: set[str] = field(default_factory=set)
    suffixes: dict[str, int] = field(default_factory=dict)
    modules: dict[str, LayerModule] = field(default_factory=dict)
    placed: set[str] = field(default_factory=set)
    containers: set[str] = field(default_factory=set)
    arguments: dict[tuple[str, str], LayerArguments] = field(default_factory=dict)
    completed: dict[tuple[LayerArguments, tuple[tuple[str, Any], ...]], LayerArguments] = field(default_factory=dict)
    inferred: dict[tuple[str, LayerArguments, Any, Any], Result] = field(default_factory=dict)
    answers: dict[tuple[Any, ...], Answer] = field(default_factory=dict)
    layers_bound: dict[tuple[str, tuple[syntax.Argument, ...]], BoundLayer] = field(default_factory=dict)
    invoke: Invoker = NO_CALLS

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a mistake, once for each code and place; Refused (E504) where there are too many to go on."""
        if self.sound_calls is None:
            self.sound_calls = len(self.calls)
        if (diagnostic.code, diagnostic.span) in self.reported:
            return
        self.reported.add((diagnostic.code, diagnostic.span))
        self.diagnostics.append(diagnostic)
        if len(self.diagnostics) == MAX_DIAGNOSTICS:
            last = max((d.span for d in self.diagnostics if d.span is not None), default=None)
            raise Refused(
                Mistake.at("E504", f"after {MAX_DIAGNOSTICS} mistakes the rest of the file is not looked at", last)
            )

    def take_step(self, span: Span, expected: int = 1) -> None:
        """Count one step; Refused (E501) where this one, or the ones that are expected, are too many."""
        self.steps += 1
        if self.steps + expected > self.most_steps:
            if self.most_steps == MAX_STEPS:
                raise too_many_steps(span)
            raise Refused(
                Mistake.at(
                    "E501",
                    f"repeats that follow a size come to more than {MAX_UNFORESEEN:,} steps",
                    span,
                    note="a repeat whose number is written or a var may have more",
                )
            )
        if self.characters > MAX_CHARACTERS:
            raise Refused(
                Mistake.at(
                    "E501",
                    f"the paths of all layers have more than {MAX_CHARACTERS:,} characters",
                    span,
                    help="give shorter names, or nest less",
                )
            )

    def foresee(self, steps: int) -> None:
        """Allow so many steps, which were counted without the sizes of tensors, and some that follow sizes. A turn of
        a repeat counts here beside its lines."""
        self.most_steps = min(MAX_STEPS, 2 * steps + MAX_UNFORESEEN)

    def take_tensors(self, number: int, span: Span) -> None:
        """Count what a call holds; Refused (E501) where all calls together hold too much."""
        self.tensors += number
        if self.tensors > MAX_TENSORS:
            raise Refused(
                Mistake.at(
                    "E501",
                    f"the network has more than {MAX_TENSORS:,} tensors",
                    span,
                    note="of each call its weights, its inputs or its outputs count",
                )
            )

    def text_at(self, span: Span) -> str:
        """What the spec says at a place within one line."""
        if span.line != span.end_line or span.line > len(self.lines):
            return "…"
        return self.lines[span.line - 1][span.column - 1 : span.end_column - 1]

    def unique_path(self, path: str) -> str:
        """`path`, or `path_1`, `path_2` … if it is taken; and it is taken from now on."""
        if path not in self.paths:
            self.paths.add(path)
            self.characters += len(path)
            return path
        number = self.suffixes.get(path, 0) + 1
        while f"{path}_{number}" in self.paths:
            number += 1
        self.suffixes[path] = number
        return self.unique_path(f"{path}_{number}")


@dataclass(slots=True, eq=False)
class Cursor:
    """How far a list has come: the latest result, and how many layers have been placed."""

    prev: Any
    position: int = 0


@dataclass(slots=True, eq=False)
class Context:
    """What one list of lines sees and fills.

    `names` holds its lines and inputs so far; `counters` the loop counters and block parameters in sight;
    `declared` every plain name of the list, so that a name used too early can be told from an unknown one. `turns` are
    the results so far of lines whose names have a counter, by the name without it.
    """

    work: Work
    scope: Scope
    names: dict[str, Any]
    cursor: Cursor
    input: Any
    counters: Mapping[str, Any]
    declared: Mapping[str, Span]
    outer: Context | None = None
    depth: int = 0
    has_poisoned_names: bool = False
    turns: dict[str, list[Any]] = field(default_factory=dict)

    def with_counters(self, counters: Mapping[str, Any]) -> Context:
        """The same list with more counters in sight."""
        return replace(self, counters={**self.counters, **counters})

    def inside(self, scope: Scope, prev: Any) -> Context:
        """The same list, placing its layers into `scope` (the container of a named repeat), fed by `prev`."""
        return replace(self, scope=scope, cursor=Cursor(prev))

    def find_line(self, name: str) -> Any:
        """The line or input of that name in this list or one around it, or MISSING."""
        context: Context | None = self
        while context is not None:
            meaning = context.names.get(name, MISSING)
            if meaning is not MISSING:
                return meaning
            context = context.outer
        return MISSING

    def find_turns(self, name: str) -> tuple[Any, ...] | None:
        """What the lines `name{i}` have given so far, in this list or one around it; None where there are none, or
        where a line has that very name."""
        context: Context | None = self
        while context is not None and name not in context.names:
            if context.has_poisoned_names:
                raise Poisoned
            if name in context.turns:
                return tuple(context.turns[name])
            context = context.outer
        return None

    def find(self, name: str) -> Any:
        """What `name` stands for as a value: a LineResult, POISON, a number, a TypeRef …; MISSING if nothing."""
        meaning = self.find_line(name)
        if meaning is not MISSING:
            return meaning
        if name in self.counters:
            return self.counters[name]
        if name in self.work.vars:
            return self.work.vars[name]
        meaning = self.find_type(name)
        return CONSTANTS.get(name, MISSING) if meaning is MISSING else meaning

    def find_type(self, name: str) -> Any:
        """The block or layer type of that name as a TypeRef, or MISSING."""
        block = self.work.blocks.get(name)
        if block is not None:
            return TypeRef(name, block)
        entry = self.work.layers.get(name)
        return MISSING if entry is None else TypeRef(name, entry)

    def find_callable(self, name: str) -> Any:
        """What `name(…)` calls: a LineResult with a module, a TypeRef or a function's Entry; else MISSING.

        What cannot be called is passed over.
        """
        line = self.find_line(name)
        if line is POISON:
            raise Poisoned
        if isinstance(line, LineResult) and line.module is not None:
            return line
        for table in (self.counters, self.work.vars):
            meaning = table.get(name)
            if meaning is POISON:
                raise Poisoned
            if isinstance(meaning, TypeRef):
                return meaning
        meaning = self.find_type(name)
        return self.work.functions.get(name, MISSING) if meaning is MISSING else meaning

    def unresolved(self, name: str, span: Span, *, called: bool) -> Mistake:
        """The mistake for a name that stands for nothing here; Poisoned if a failed line may have made it."""
        context: Context | None = self
        while context is not None:
            if context.has_poisoned_names:
                raise Poisoned
            context = context.outer
        return (
            _defined_elsewhere(self, name, span)
            or _known_outside(self, name, span, called=called)
            or (_unknown_callable(self, name, span) if called else _unknown_value(self, name, span))
        )


def too_many_steps(span: Span) -> Refused:
    """E501: the bound on elaborated steps."""
    return Refused(
        Mistake.at(
            "E501",
            f"the network has more than {MAX_STEPS:,} steps",
            span,
            note="every line of every repeat counts, functions and absent lines too",
        )
    )


def too_deep(span: Span) -> Refused:
    """E501: the bound on blocks inside blocks."""
    return Refused(Mistake.at("E501", f"blocks are nested more than {MAX_DEPTH} deep", span))


def tensor_of(result: Any, span: Span, name: str) -> Value:
    """The one tensor a result stands for (E110 for a list, E212 for no tensor)."""
    if result is POISON:
        raise Poisoned
    if isinstance(result, Value):
        return result
    if isinstance(result, LineResult):
        if isinstance(result.value, Value):
            return result.value
        raise Mistake.at(
            "E110",
            f"`{name}` is a list of {len(result.value)} tensors, not a tensor",
            span,
            help=f"take one of them: `{name}[0]`",
        )
    raise Mistake.at("E212", f"`{name}` is no tensor", span)


# --- names that stand for nothing --------------------------------------------------------------


def _defined_elsewhere(context: Context, name: str, span: Span) -> Mistake | None:
    around: Context | None = context
    while around is not None:
        if name in around.declared and name not in around.names:
            line = around.declared[name].line
            if line < span.line:
                return Mistake.at(
                    "E104",
                    f"`{name}` is not there: the `if` on line {line} is false",
                    span,
                    help="use it under the same condition, or give that line an `else`",
                )
            where = f"is defined below, on line {line}" if line > span.line else "is the name of this line itself"
            return Mistake.at(
                "E105", f"`{name}` {where}", span, note="data flows down the page: a line sees only the lines above it"
            )
        around = around.outer
    around = context
    while around is not None:
        for outer_name, meaning in around.names.items():
            path = _search(meaning, name, outer_name, 0)
            if path:
                return Mistake.at(
                    "E106",
                    f"`{name}` is inside another list",
                    span,
                    help=f"write `{path}`",
                    fix=replacement(span, path),
                )
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
        return Mistake.at("E104", f"`{name}` is Python code, and a spec is none", span, help=_PREFIXES[name])
    keras = KERAS.get(name) or (SHORT.get(name.lower()) if called else None)
    if keras is not None:
        keras = _of_rank(context, keras)
        what = "a Keras or TensorFlow name" if name in KERAS else "no name of torch"
        is_called = context.work.text_at(Span(span.line, span.end_column, span.line, span.end_column + 1)) == "("
        is_open = "…" in keras or re.fullmatch(r"(?:Max|Avg)Pool\dd", keras) or (is_called and "(" in keras)
        suggestion = () if is_open else replacement(span, keras)
        return Mistake.at("E102", f"`{name}` is {what}", span, help=f"torch calls it {keras}", suggestion=suggestion)
    if name.startswith("Lazy") and name[4:] in context.work.layers:
        return Mistake.at(
            "E113",
            f"`{name}` is not part of the language",
            span,
            "sizes are worked out anyway",
            fix=replacement(span, name[4:]),
        )
    if name in REFUSED:
        return Mistake.at("E113", f"`{name}` is not part of the language", span, help=REFUSED[name])
    return None


def _unknown_callable(context: Context, name: str, span: Span) -> Mistake:
    work = context.work
    candidates = (*work.layers, *work.functions, *work.blocks, *_visible(context), *NUMBER_FUNCTIONS)
    guess = closest(name, candidates)
    if guess in NUMBER_FUNCTIONS and name == guess:
        guess = None
    if guess is None:
        help = f"write it as a block of the spec, `blocks:` and `{name}:`, or name its file with `--custom-layers`"
        is_layer = name[:1].isupper()
        return Mistake.at("E101", f"there is no layer type or function `{name}`", span, help=help if is_layer else None)
    guess = _of_rank(context, guess) if name[-2:] != guess[-2:] else guess
    return Mistake.at(
        "E101",
        f"there is no layer type or function `{name}`",
        span,
        help=f"did you mean `{guess}`?",
        suggestion=replacement(span, guess),
    )


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
        return Mistake.at(
            "E104", f"`{name}` is not defined", span, help=f"write {written}", fix=replacement(span, written)
        )
    if name in context.work.functions:
        return Mistake.at("E104", f"`{name}` is a function, not a value", span, help=f"call it: `{name}(…)`")
    habit = _word_of_code(context, name, span)
    if habit is not None:
        return habit
    candidates = (*_visible(context), *context.work.vars, *context.counters, *context.work.blocks, *context.work.layers)
    guess = closest(name, candidates)
    words = "a word is a line, a var, a type or a block; text needs quotes"
    return Mistake.at(
        "E104",
        f"`{name}` is not defined",
        span,
        help=f"did you mean `{guess}`?" if guess else words,
        suggestion=replacement(span, guess) if guess else (),
    )


def _word_of_code(context: Context, name: str, span: Span) -> Mistake | None:
    """E104 for a word of code that a spec has another word for; None for any other word."""
    message = f"`{name}` is not defined"
    near = closest(name, (*context.work.vars, *context.counters)) if len(name) > 1 else None
    if name in _RUNNING and near is None:
        note = "code calls so what runs through the network"
        help = "write `prev` for what the line above gives, `input` for what comes into this list"
        return Mistake.at("E104", message, span, note, help, suggestion=replacement(span, "prev"))
    if name in _KEPT:
        help = "what comes into this list is `input`"
        return Mistake.at("E104", message, span, help=help, suggestion=replacement(span, "input"))
    before = context.work.text_at(Span(span.line, 1, span.line, span.column))
    if name in _BATCH and re.search(r"\b(?:expand|view|reshape|repeat)\((?:[\w.]+, *)?$", before):
        note = "code calls so the number of samples"
        return Mistake.at("E104", message, span, note, fix=replacement(span, "prev.shape[0]"))
    if name.lower() in _STEPS and re.search(r"\b(?:dim|axis)=$", before):
        note = "axes are counted: 0 is the batch, 1 the steps"
        return Mistake.at("E104", message, span, note, suggestion=replacement(span, "1"))
    return None


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
