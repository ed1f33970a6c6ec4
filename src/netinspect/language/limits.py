"""What a spec claims and allows: `expect`, `budget` and `results`."""

from __future__ import annotations

from typing import Final

from netinspect.errors import InputError, Span
from netinspect.language.fields import Parsing, attempt, fault, items, known_pairs, pairs, plain_number, text, whole
from netinspect.language.names import is_name
from netinspect.language.nodes import Bad, Mapping, Node, Scalar, is_null
from netinspect.language.numbers import parse_bytes, parse_count
from netinspect.language.syntax import Budget, Expectation
from netinspect.language.tokens import Mistake

Results = tuple[tuple[str, float | int | str], ...]

_COUNTS: Final = ("params", "macs")
_MEMORY: Final = ("param_memory", "peak_memory")


def expectation(parsing: Parsing, node: Node | None) -> Expectation | None:
    """`expect`: exact figures. None where it says nothing."""
    keys = known_pairs(parsing, node, "expect", (*_COUNTS, "output"))
    counts = {key: attempt(parsing, whole, keys[key], key) for key in _COUNTS if key in keys}
    spans: list[tuple[str, Span]] = [(key, keys[key].span) for key in counts]
    outputs: list[tuple[str, tuple[int, ...]]] = []
    for name, place, sizes in _outputs(parsing, keys.get("output")):
        outputs.append((name, sizes))
        spans.append((f"output.{name}" if name else "output", place))
    if not spans:
        return None
    return Expectation(counts.get("params"), counts.get("macs"), tuple(outputs), tuple(spans))


def _outputs(parsing: Parsing, node: Node | None) -> list[tuple[str, Span, tuple[int, ...]]]:
    """Name, place and sizes of each expected output; the name of the only one is ""."""
    if node is None:
        return []
    named = [(key.text, content) for key, content in node.items] if isinstance(node, Mapping) else [("", node)]
    read = [(name, content.span, attempt(parsing, _sizes, content)) for name, content in named]
    return [(name, place, sizes) for name, place, sizes in read if sizes is not None]


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
        raise Mistake(None)
    if not isinstance(node, Scalar):
        raise fault("E212", f"`{key}` is not an amount", node.span)
    read = parse_bytes if key in _MEMORY else parse_count
    try:
        return read(node.text)
    except InputError as error:
        example = "2MiB" if key in _MEMORY else "100k"
        raise fault("E212", f"`{key}`: {error}", node.span, None, f"for example `{key}: {example}`") from None


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
        raise fault("E108", f"`{key.text[:80]}` is not a usable name", key.span)
    if isinstance(node, Scalar) and not node.quoted and node.text[:1] in tuple("0123456789.+-"):
        return plain_number(node, key.text)
    if isinstance(node, Scalar) and not node.quoted and node.text.lower() in ("true", "false"):
        raise fault("E212", f"`{key.text}` is a number or text, not {node.text}", node.span)
    if not isinstance(node, Scalar | Bad):
        raise fault("E212", f"`{key.text}` is neither a number nor text", node.span)
    return None if is_null(node) else text(node, key.text)
