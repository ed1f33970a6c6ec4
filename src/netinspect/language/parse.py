"""A source to its syntax tree, with every independent mistake found in one run.

A line with a mistake becomes `Broken`. Where a mistake hides a name that other lines may use (a variable,
a block, an input), there is no spec: what would be said of those lines is then not true.

JSON puts every word in quotes, so there they do not tell a text from an expression, as they do in YAML. A text of JSON
is the expression it spells where all of its names are known, `"width // 2"`; else it is a text, `"bilinear"`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import chain
from typing import Any, Final

from netinspect.errors import Diagnostic, Edit, InputError, Mistake, Reported, Span, SpecError
from netinspect.language import expressions, steps, syntax
from netinspect.language.expressions import expression
from netinspect.language.fields import (
    Parsing,
    attempt,
    items,
    known_pairs,
    name,
    pairs,
    plain_number,
    text,
    unknown_key,
    value,
    whole,
)
from netinspect.language.inputs import inputs
from netinspect.language.meant_keys import SIDE_BY_SIDE, meant_key, unknown_keys
from netinspect.language.messages import closest
from netinspect.language.names import is_name
from netinspect.language.nodes import Bad, Mapping, Node, Origin, Scalar, Sequence, is_null, origin
from netinspect.language.numbers import parse_bytes, parse_count
from netinspect.language.reader import read_nodes
from netinspect.language.scopes import block_names, blocks, buffers, layers, outputs, parameters, variables
from netinspect.language.source import Source
from netinspect.language.syntax import (
    Budget,
    Expectation,
    Expression,
    Labels,
    PathRef,
    Points,
    Scope,
    Spec,
    Step,
    Variable,
    Variant,
)
from netinspect.language.tokens import MAX_DIAGNOSTICS, Enough

VERSION: Final = 1
"""The language version this program knows."""

KEYS: Final = (
    "netspec", "name", "about", "paper", "source", "results", "vars", "variants", "blocks", "input", "inputs",
    "parameters", "buffers", "layers", "outputs", "labels", "frozen", "tie", "expect", "budget",
)  # fmt: skip
_NAMING: Final = frozenset({"vars", "blocks", "input", "inputs", "parameters", "buffers", "layers"})
_CHECKS: Final = ("expect", "budget", "results")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A spec as far as it could be read, and its mistakes in source order."""

    spec: Spec | None
    diagnostics: tuple[Diagnostic, ...]


def parse(source: Source, types: frozenset[str] | None = None) -> Parsed:
    """The tree of a spec, and its mistakes; after 100 of them the rest is not read, and there is no tree.

    `types` are the names of the layer types, by which `MaxPool2d: [3, 2]` (the long form) and `features: [ … ]`
    (a sub-network) are told apart; without them a name that begins with a capital is a type unless its list
    holds what can only be lines.
    SpecError E504 for a file that is too deep or holds too much.
    """
    root, mistakes = read_nodes(source)
    parsing = Parsing(types, mistakes=mistakes)
    spec = None
    try:
        if isinstance(root, Mapping):
            spec = _spec(parsing, root)
        elif not isinstance(root, Bad) and not (root is None and mistakes):
            parsing.mistakes.append(_no_mapping(root))
    except Enough:
        pass
    ordered = sorted(parsing.mistakes, key=lambda diagnostic: diagnostic.span or Span(0, 0, 0, 0))
    return Parsed(spec if parsing.sound else None, tuple(ordered[:MAX_DIAGNOSTICS]))


def _no_mapping(root: Node | None) -> Diagnostic:
    advice = "a spec begins with `input: [ … ]` and `layers:`"
    if root is None or is_null(root):
        return Diagnostic("E011", "spec is empty", None, None, advice)
    what = "text" if isinstance(root, Scalar) else "a list"
    span = Span(root.span.line, root.span.column, root.span.line, root.span.column + 1)
    fix: tuple[Edit, ...] = ()
    if isinstance(root, Sequence) and not root.flow:
        fix = (Edit(Span(root.span.line, 1, root.span.line, 1), "layers:\n"),)
    return Diagnostic("E011", f"the file is {what}, not a mapping of `key: value`", span, None, advice, fix)


# --- the whole file ----------------------------------------------------------------------------


def _spec(parsing: Parsing, root: Mapping) -> Spec | None:
    """The Spec, which is only true if `parsing.sound`; None for a newer language."""
    nodes = {key.text: node for key, node in root.items}
    if is_json(root):
        root = without_quotes(root, parsing.types or frozenset())
        nodes = {key.text: node for key, node in root.items}
    if "netspec" in nodes and attempt(parsing, _check_version, nodes["netspec"]) is None:
        return None
    rewrites = unknown_keys(root, KEYS)
    for key, node in root.items:
        if key.text not in KEYS:
            advice = SIDE_BY_SIDE if isinstance(node, Sequence) and not node.flow else None
            meant = unknown_key(parsing, key, "", KEYS, rewrites.get(key.text, ()), advice)
            parsing.sound = parsing.sound and meant is not None and meant not in _NAMING
    parsing.sound = parsing.sound and not root.lost
    if not root.lost:
        _refuse_absent(parsing, root)
    parsing.blocks = block_names(nodes.get("blocks"))
    spec_vars = variables(parsing, nodes.get("vars"), _variable)
    body = Scope(
        layers(parsing, nodes["layers"], "layers") if "layers" in nodes else (),
        parameters(parsing, nodes.get("parameters")),
        outputs(parsing, nodes.get("outputs")),
        None,
        nodes["layers"].span if "layers" in nodes else root.span,
        buffers(parsing, nodes.get("buffers")),
    )
    words = {key: attempt(parsing, text, nodes[key], key) if key in nodes else None for key in _TEXTS}
    tied_paths = [
        (attempt(parsing, _path, key), attempt(parsing, _path, content))
        for key, content in pairs(parsing, nodes.get("tie"), "tie")
    ]
    return Spec(
        **words,
        results=results(parsing, nodes.get("results")),
        vars=spec_vars,
        variants=_variants(parsing, nodes.get("variants"), spec_vars),
        blocks=blocks(parsing, nodes.get("blocks")),
        inputs=inputs(parsing, nodes.get("input"), nodes.get("inputs")),
        body=body,
        labels=_labels(parsing, nodes.get("labels")),
        frozen=_frozen(parsing, nodes.get("frozen")),
        tie=tuple((tied, target) for tied, target in tied_paths if tied is not None and target is not None),
        expect=expectation(parsing, nodes.get("expect")),
        budget=budget(parsing, nodes.get("budget")),
    )


def _labels(parsing: Parsing, node: Node | None) -> tuple[Labels, ...]:
    """`labels`: of the first output, or a mapping of output names to the labels of each."""
    if node is None:
        return ()
    of_outputs: list[tuple[str | None, Node]] = [(None, node)]
    is_of_one = (
        isinstance(node, Mapping)
        and node.items
        and all(key.text in (*POINT_KEYS, *MEASURE_KEYS) for key, _ in node.items)
    )
    if isinstance(node, Mapping) and not is_of_one:
        of_outputs = [(key.text, item) for key, item in node.items]
    read = (attempt(parsing, _labels_of, parsing, item, output) for output, item in of_outputs)
    return tuple(labels for labels in read if labels is not None)


def _labels_of(parsing: Parsing, node: Node, output: str | None) -> Labels:
    """The name of a list that ships with the gallery or of a text file, the names themselves, names of numbers that
    have a unit, or points on a scale. Mistake E212, E213, E504."""
    if isinstance(node, Mapping) and any(key.text == "names" for key, _ in node.items):
        keys = known_pairs(parsing, node, "labels", MEASURE_KEYS)
        if "unit" not in keys:
            advice = (
                "for example `labels: {names: [left, right], unit: px}`; classes have no unit: `labels: [cat, dog]`"
            )
            raise Mistake.at("E212", "`labels` has no `unit`", node.span, None, advice)
        return replace(_labels_of(parsing, keys["names"], output), unit=text(keys["unit"], "unit") or "")
    if isinstance(node, Mapping):
        keys = known_pairs(parsing, node, "labels", POINT_KEYS)
        example = "for example `labels: {first: 100, last: 8000, unit: Hz, spacing: log}`"
        for key in ("first", "last", "unit"):
            if key not in keys:
                raise Mistake.at("E212", f"`labels` has no `{key}`", node.span, None, example)
        first, last = (float(plain_number(keys[key], key)) for key in ("first", "last"))
        spacing = text(keys["spacing"], "spacing") if "spacing" in keys else SPACINGS[0]
        if spacing not in SPACINGS:
            raise Mistake.at("E213", f"`spacing` is {' or '.join(SPACINGS)}", keys["spacing"].span)
        if spacing == "log" and min(first, last) <= 0:
            raise Mistake.at("E212", "`first` and `last` are above zero where the spacing is `log`", node.span)
        return Labels(output, (), False, Points(first, last, text(keys["unit"], "unit") or "", spacing), node.span)
    names = node.items if isinstance(node, Sequence) else (node,)
    if len(names) > MAX_LABELS:
        raise Mistake.at("E504", f"`labels` has {len(names):,} names: at most {MAX_LABELS:,}", node.span)
    words = tuple(text(item, "labels") or "" for item in names)
    return Labels(output, words, isinstance(node, Sequence), None, node.span)


MAX_LABELS: Final = 10_000

POINT_KEYS: Final = ("first", "last", "unit", "spacing")
MEASURE_KEYS: Final = ("names", "unit")
SPACINGS: Final = ("even", "log")

_TEXTS: Final = ("name", "about", "paper", "source")


def _check_version(node: Node) -> int:
    version = whole(node, "netspec", 1)
    if version > VERSION:
        note = f"this program knows netspec {VERSION}"
        message = f"this spec is written in netspec {version}"
        raise Mistake.at("E014", message, node.span, note, "upgrade netinspect: `pip install --upgrade netinspect`")
    return version


def _refuse_absent(parsing: Parsing, root: Mapping) -> None:
    """E018 where `input` or `layers` is missing; E012 where there are two kinds of input."""
    keys = {key.text: key for key, _ in root.items}
    others = {key.text: node for key, node in root.items if key.text not in KEYS}
    first = root.items[0][0].span if root.items else Span(1, 1, 1, 2)
    if "input" in keys and "inputs" in keys:
        parsing.report("E012", "`input` and `inputs` are both given", keys["inputs"].span, None, "keep one of them")
    for key, advice in (
        ("input", "add `input: [3, 224, 224]`: the sizes without the batch"),
        ("layers", "add `layers:` and one layer a line below it, after `- `"),
    ):
        if key not in keys and not (key == "input" and "inputs" in keys):
            parsing.sound = False
            if not any(meant_key(other, node, KEYS) == key for other, node in others.items()):
                parsing.report("E018", f"`{key}` is missing", first, None, advice)


# --- vars and variants -------------------------------------------------------------------------


def _variable(key: Scalar, node: Node) -> Variable:
    if key.text in _CHECKS:
        raise Mistake.at("E108", f"`{key.text}` is not a usable name", key.span, "variants carry a key of that name")
    return Variable(name(key), value(node), key.span)


def _variants(parsing: Parsing, node: Node | None, variables: tuple[Variable, ...]) -> tuple[Variant, ...]:
    known = {variable.name: variable for variable in variables}
    variants = [
        attempt(parsing, _variant, parsing, key, content, known) for key, content in pairs(parsing, node, "variants")
    ]
    return tuple(variant for variant in variants if variant is not None)


def _variant(parsing: Parsing, key: Scalar, node: Node, known: dict[str, Variable]) -> Variant:
    if not key.text or len(key.text) > 64 or not set(key.text) <= _VARIANT_CHARACTERS or key.text[0] in ".-":
        raise Mistake.at("E108", f"`{key.text[:80]}` is not a usable name of a variant", key.span)
    settings = tuple(pairs(parsing, node, key.text))
    earlier = len(parsing.mistakes)
    checks: dict[str, Node] = {}
    overrides = []
    for setting, content in settings:
        if setting.text in _CHECKS:
            checks[setting.text] = content
        elif parsing.sound and setting.text not in known:
            meant = closest(setting.text, (*_CHECKS, *known))
            advice = (
                f"did you mean `{meant}`?"
                if meant
                else "a variant overrides `vars`, and may carry expect, budget, results"
            )
            parsing.report("E112", f"`{setting.text[:80]}` is not one of `vars`", setting.span, None, advice)
        else:
            overrides.append(attempt(parsing, _variable, setting, content))
    return Variant(
        key.text,
        tuple(variable for variable in overrides if variable is not None),
        expectation(parsing, checks.get("expect")),
        budget(parsing, checks.get("budget")),
        results(parsing, checks.get("results")),
        key.span,
        tuple(parsing.mistakes[earlier:]),
    )


_VARIANT_CHARACTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")


# --- paths -------------------------------------------------------------------------------------


def _frozen(parsing: Parsing, node: Node | None) -> tuple[PathRef, ...]:
    if node is None or is_null(node):
        return ()
    listed = attempt(parsing, items, node, "frozen") or ()
    paths = [attempt(parsing, _path, item) for item in listed]
    return tuple(path for path in paths if path is not None)


def _path(node: Node) -> PathRef:
    if isinstance(node, Bad):
        raise Reported
    parts = node.text.split(".") if isinstance(node, Scalar) else []
    if not parts or not all(part.isascii() and part.replace("_", "0").isalnum() for part in parts):
        raise Mistake.at("E017", "this is no path of the model", node.span, None, "for example `layer1.0.conv1`")
    assert isinstance(node, Scalar)
    return PathRef(node.text, node.span)


# --- single texts from a command line ----------------------------------------------------------


def parse_expression(text: str, where: str = "expression") -> Expression:
    """One expression, as in `--set depth=24`. SpecError with places in `text`, named `where`."""
    return _alone(expressions.expression, text, where)  # type: ignore[no-any-return]


def parse_step(text: str, where: str = "layer") -> Step:
    """One step, as in `--layer 'Conv2d(1, kernel_size=3)'`. SpecError with places in `text`, named `where`."""
    return _alone(steps.step, text, where)  # type: ignore[no-any-return]


def _alone(read: Callable[[str, Origin], Any], text: str, where: str) -> Any:
    try:
        return read(text, Origin())
    except Mistake as mistake:
        raise SpecError((mistake.diagnostic,), Source(where, text)) from None
    except Reported:
        raise SpecError((), Source(where, text)) from None


# --- expect, budget, results -------------------------------------------------------------------


Results = tuple[tuple[str, float | int | str], ...]

_COUNTS: Final = ("params", "macs")
_MEMORY: Final = ("param_memory", "peak_memory")


def expectation(parsing: Parsing, node: Node | None) -> Expectation | None:
    """`expect`: exact figures. None where it says nothing."""
    keys = known_pairs(parsing, node, "expect", (*_COUNTS, "output"))
    counts = {key: attempt(parsing, whole, keys[key], key) for key in _COUNTS if key in keys}
    spans: list[tuple[str, Span]] = [(key, keys[key].span) for key in counts]
    outputs: list[tuple[str, tuple[int, ...]]] = []
    expected = keys.get("output")
    named = [("", expected)] if expected is not None else []  # the only output needs no name
    if isinstance(expected, Mapping):
        named = [(key.text, content) for key, content in expected.items]
    for output_name, content in named:
        sizes = attempt(parsing, _sizes, content)
        if sizes is not None:
            outputs.append((output_name, sizes))
            spans.append((f"output.{output_name}" if output_name else "output", content.span))
    if not spans:
        return None
    return Expectation(counts.get("params"), counts.get("macs"), tuple(outputs), tuple(spans))


def _sizes(node: Node) -> tuple[int, ...]:
    return tuple(whole(item, "output") for item in items(node, "output"))


def budget(parsing: Parsing, node: Node | None) -> Budget | None:
    """`budget`: upper bounds; memory in bytes. None where it says nothing."""
    keys = known_pairs(parsing, node, "budget", (*_COUNTS, *_MEMORY))
    if not keys:
        return None
    bounds = {key: attempt(parsing, _bound, key, content) for key, content in keys.items()}
    spans = tuple((key, content.span) for key, content in keys.items())
    return Budget(**bounds, spans=spans)


def _bound(key: str, node: Node) -> int:
    if isinstance(node, Bad):
        raise Reported
    if not isinstance(node, Scalar):
        raise Mistake.at("E212", f"`{key}` is not an amount", node.span)
    read = parse_bytes if key in _MEMORY else parse_count
    try:
        return read(node.text)
    except InputError as error:
        example = "2MiB" if key in _MEMORY else "100k"
        raise Mistake.at("E212", f"`{key}`: {error}", node.span, None, f"for example `{key}: {example}`") from None


def results(parsing: Parsing, node: Node | None) -> Results:
    """`results`: published figures and where they come from, in source order."""
    figures: list[tuple[str, float | int | str]] = []
    for key, content in pairs(parsing, node, "results"):
        figure = attempt(parsing, _figure, key, content)
        if figure is not None:
            figures.append((key.text, figure))
    return tuple(figures)


def _figure(key: Scalar, node: Node) -> float | int | str | None:
    if not is_name(key.text) or len(key.text) > 64:
        raise Mistake.at("E108", f"`{key.text[:80]}` is not a usable name", key.span)
    if isinstance(node, Scalar) and not node.quoted and node.text[:1] in tuple("0123456789.+-"):
        return plain_number(node, key.text)
    if isinstance(node, Scalar) and not node.quoted and node.text.lower() in ("true", "false"):
        raise Mistake.at("E212", f"`{key.text}` is a number or text, not {node.text}", node.span)
    if not isinstance(node, Scalar | Bad):
        raise Mistake.at("E212", f"`{key.text}` is neither a number nor text", node.span)
    return None if is_null(node) else text(node, key.text)


# --- JSON puts every word in quotes --------------------------------------------------------------


_SECTIONS: Final = frozenset(
    {"vars", "variants", "blocks", "input", "inputs", "parameters", "buffers", "layers", "frozen", "tie", "outputs"}
)
"""The keys of a spec below which expressions may stand."""


def is_json(root: Mapping) -> bool:
    """Whether a spec is JSON: in braces, with its keys in quotes."""
    return root.flow and bool(root.items) and root.items[0][0].style == '"'


def without_quotes(root: Mapping, names: frozenset[str]) -> Mapping:
    """The spec in which every text that spells an expression is read as if it had no quotes. `names` are those of the
    layer types; the spec's own are all vars, the names in the headers of its blocks, `input` and `prev`."""
    blocks = [node] if isinstance(node := root.get("blocks"), Mapping) else []
    words = (re.findall(r"\w+", key.text) for node in (*_sections(root, "vars"), *blocks) for key, _ in node.items)
    known = names | {"input", "prev", *chain.from_iterable(words)}

    def read(node: Node) -> Node:
        match node:
            case Mapping():
                return replace(node, items=tuple((key, read(value)) for key, value in node.items))
            case Sequence():
                return replace(node, items=tuple(read(item) for item in node.items))
            case Scalar() if _is_expression(node, known):
                return replace(node, is_bare=True)
        return node

    sections = ((key, read(node) if key.text in _SECTIONS else node) for key, node in root.items)
    return replace(root, items=tuple(sections))


def _sections(node: Node, name: str) -> Iterator[Mapping]:
    """Every mapping below that stands under this key."""
    for item in node.items if isinstance(node, Sequence) else ():
        yield from _sections(item, name)
    for key, section in node.items if isinstance(node, Mapping) else ():
        if key.text == name and isinstance(section, Mapping):
            yield section
        else:
            yield from _sections(section, name)


def _is_expression(node: Scalar, names: frozenset[str]) -> bool:
    try:
        return names.issuperset(_names(expression(node.text, origin(node))))
    except Mistake:
        return False


def _names(tree: Any) -> Iterator[str]:
    """The names in an expression but for those of the functions that it calls."""
    if isinstance(tree, syntax.Name):
        yield tree.id
    elif isinstance(tree, syntax.Call) and isinstance(tree.function, syntax.Name):
        yield from _names(tree.arguments)
    elif isinstance(tree, tuple):
        for item in tree:
            yield from _names(item)
    elif is_dataclass(tree):
        for field in fields(tree):
            yield from _names(getattr(tree, field.name))
