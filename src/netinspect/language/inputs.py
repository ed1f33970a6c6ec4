"""`input` and `inputs`: sizes as a list, by axis name, or the long form with dtype, bound and preprocessing."""

from __future__ import annotations

import re
from typing import Final

from netinspect.errors import Edit, Mistake, Reported, Span
from netinspect.language import syntax
from netinspect.language.fields import (
    DTYPE_ALIASES,
    DTYPES,
    Parsing,
    attempt,
    known_pairs,
    name,
    pairs,
    read_dtype,
    unknown_key,
    value,
)
from netinspect.language.nodes import Mapping, Node, Scalar, Sequence, is_null
from netinspect.language.preprocess import preprocess
from netinspect.language.syntax import Expression, Input

AXES: Final = ("channels", "height", "width", "depth", "time", "freq", "mel", "features")
MAX_RANK: Final = 16

_LONG: Final = ("shape", "dtype", "high", "preprocess")

_JOINED: Final = re.compile(r"\s*[x\u00d7,*]\s*")
"""What stands between sizes in `64x64x1`."""

Shape = tuple[tuple[Expression, ...], tuple[str, ...] | None]


def inputs(parsing: Parsing, single: Node | None, several: Node | None) -> tuple[Input, ...]:
    """The network's inputs; () with `parsing.sound` False where they cannot be read."""
    if several is None:
        items = [attempt(parsing, _input, parsing, "input", single, single.span)] if single is not None else []
    elif isinstance(several, Sequence) and (fix := _as_mapping(several)):
        message = "`inputs` is a mapping of names to sizes"
        parsing.report("E212", message, several.span, None, "leave the dashes out", fix=fix)
        items = []
    else:
        items = [attempt(parsing, _named, parsing, key, node) for key, node in pairs(parsing, several, "inputs")]
    if not items or None in items:
        parsing.sound = False
    return tuple(item for item in items if item is not None)


def _as_mapping(node: Sequence) -> tuple[Edit, ...]:
    """`- a: [1, 28, 28]` and `- name: a` with its `shape` as `a: [1, 28, 28]`."""
    edits = []
    for item in node.items:
        if not isinstance(item, Mapping) or not item.items:
            return ()
        values = {key.text: inner for key, inner in item.items}
        first = item.items[0][0]
        lines = first.source.split("\n")
        blanks = lines[first.span.line - 1][: first.span.column - 1]
        last = item.items[-1][1].span
        if blanks.strip() != "-" or item.flow:
            return ()
        if len(values) == 1:
            edits.append(Edit(Span(first.span.line, 1, first.span.line, first.span.column), "  "))
        elif values.keys() == {"name", "shape"}:
            name, shape = values["name"], values["shape"]
            if not isinstance(name, Scalar) or shape.span.line != shape.span.end_line:
                return ()
            text = lines[shape.span.line - 1][shape.span.column - 1 : shape.span.end_column - 1]
            edits.append(Edit(Span(first.span.line, 1, last.end_line, last.end_column), f"  {name.text}: {text}"))
        else:
            return ()
    return tuple(edits)


def _named(parsing: Parsing, key: Scalar, node: Node) -> Input:
    return _input(parsing, name(key), node, key.span)


def _input(parsing: Parsing, input_name: str, node: Node, span: Span) -> Input:
    if not isinstance(node, Mapping) or not any(key.text in _LONG for key, _ in node.items):
        shape, axes = _shape(parsing, node, ())
        return Input(input_name, shape, axes, "float32", None, (), span)
    keys = known_pairs(parsing, node, input_name, _LONG)
    if "shape" not in keys:
        raise Mistake.at(
            "E202", f"`{input_name}` does not say its shape", node.span, None, "add `shape: [3, 224, 224]`"
        )
    steps = preprocess(parsing, keys.get("preprocess"))
    dtype = attempt(parsing, read_dtype, keys["dtype"]) if "dtype" in keys else "float32"
    high = attempt(parsing, _size, keys["high"]) if "high" in keys else None
    shape, axes = _shape(parsing, keys["shape"], _LONG)
    if dtype is None or (high is None and "high" in keys):
        raise Reported
    return Input(input_name, shape, axes, dtype, high, steps, span)


def _size(node: Node) -> Expression:
    return value(node, can_be_text=False)


def _shape(parsing: Parsing, node: Node, others: tuple[str, ...]) -> Shape:
    """Sizes without the batch, and the names of their axes where stated. Mistake."""
    if isinstance(node, Mapping):
        unknown = [key for key, _ in node.items if key.text not in AXES]
        for key in unknown:
            unknown_key(parsing, key, "shape" if others else "input", AXES if others else AXES + _LONG)
        if unknown:
            raise Reported
        return tuple(_size(size) for _, size in node.items), tuple(key.text for key, _ in node.items) or None
    if is_null(node):
        raise Mistake.at("E018", "the input's shape is empty", node.span, None, "write `input: [3, 224, 224]`")
    advice = "a batch of plain numbers is `[]`; of 784 features `[784]`; of images `[3, 224, 224]`"
    message = "an input's shape is a list of sizes, without the batch"
    if (
        isinstance(node, Scalar)
        and not node.text.startswith(("[", "("))
        and len(joined := _JOINED.split(node.text)) > 1
    ):
        written = f"[{', '.join(joined)}]"
        if all(size.isdecimal() or (size.isidentifier() and "," in node.text) for size in joined):
            raise Mistake.at("E212", message, node.span, None, f"write `{written}`", fix=(Edit(node.span, written),))
    if not others and (long_form := _with_dtype(node)):
        raise Mistake.at("E212", message, node.span, None, f"write `{long_form}`", fix=(Edit(node.span, long_form),))
    maps = re.fullmatch(r"(\d+) ?@ ?(\d+)(?: ?[x\u00d7] ?(\d+))?", node.text) if isinstance(node, Scalar) else None
    if maps:
        written = f"[{', '.join(size for size in maps.groups() if size)}]"
        raise Mistake.at("E212", message, node.span, None, f"write `{written}`", fix=(Edit(node.span, written),))
    if isinstance(node, Sequence) and node.flow and (named := _of_named_sizes(node)):
        raise Mistake.at("E212", message, node.span, None, f"write `{named}`", fix=(Edit(node.span, named),))
    called = _CALLED.fullmatch(node.text) if isinstance(node, Scalar) else None
    if called:
        sizes_in = re.findall(r"\d+|None", called["sizes"])
        written = f"[{', '.join(sizes_in[1:] if called['maker'] in _SAMPLES else sizes_in)}]"
        raise Mistake.at("E212", message, node.span, None, f"write `{written}`", fix=(Edit(node.span, written),))
    sizes = _size(node)
    if not isinstance(sizes, syntax.ListOf):
        fix = (Edit(node.span, f"[{node.text}]"),) if isinstance(node, Scalar) and node.text.isdecimal() else ()
        raise Mistake.at("E212", message, node.span, None, advice, fix=fix)
    if len(sizes.items) > MAX_RANK:
        raise Mistake.at("E214", f"an input has at most {MAX_RANK} axes; here are {len(sizes.items)}", node.span)
    return sizes.items, None


_TYPED: Final = re.compile(r"(?P<sizes>\w+(?: ?[x\u00d7,*] ?\w+)*) ?: ?(?P<dtype>[\w.]+)(?: ?: ?(?P<high>\d+))?")
"""How options of the command line say an input: `100:int64`, `20:int64:1000`."""


def _with_dtype(node: Node) -> str | None:
    """`[12:int64]` and `20:int64:1000` in the long form."""
    written = node.text if isinstance(node, Scalar) else ""
    if isinstance(node, Sequence) and node.flow:
        written = ",".join(item.text for item in node.items if isinstance(item, Scalar))
    typed = _TYPED.fullmatch(written)
    dtype = typed["dtype"].removeprefix("torch.") if typed else ""
    dtype = DTYPE_ALIASES.get(dtype, dtype)
    if typed is None or dtype not in DTYPES:
        return None
    high = f", high: {typed['high']}" if typed["high"] else ""
    return f"{{shape: [{', '.join(_JOINED.split(typed['sizes']))}], dtype: {dtype}{high}}}"


_AXIS: Final = {"t": "time", "f": "features", "c": "channels", "h": "height", "w": "width"}
"""Letters that stand for axes."""


def _of_named_sizes(node: Sequence) -> str | None:
    """`[T=200, F=40]` as the axes with their names, or as a list where one of them has another name."""
    sizes = [re.fullmatch(r"(\w+) ?= ?(\d+)", item.text) for item in node.items if isinstance(item, Scalar)]
    named = [(size[1].lower(), size[2]) for size in sizes if size]
    if not named or len(named) < len(node.items):
        return None
    axes = [_AXIS.get(name, name) for name, _ in named]
    if len(set(axes)) == len(axes) and all(axis in AXES for axis in axes):
        return f"{{{', '.join(f'{axis}: {size}' for axis, (_, size) in zip(axes, named, strict=True))}}}"
    return f"[{', '.join(size for _, size in named)}]"


_CALLED: Final = re.compile(
    r"(?:\w+\.)*(?P<maker>Input|InputLayer|Size|[Tt]ensor|randn|rand|zeros|ones|shape|float\d*)\s*[(=\[]"
    r"\s*(?:\w+\s*=\s*)?[\[(]?(?P<sizes>(?:None\s*,\s*)?\d+(?:\s*,\s*\d+)*)\s*,?\s*[\])]*"
)
"""How code says a shape: `Input(shape=(28, 28, 1))`, `torch.Size([3, 32, 32])`, `torch.randn(1, 3, 32, 32)`."""

_SAMPLES: Final = frozenset({"randn", "rand", "zeros", "ones"})
"""Functions of torch whose first size is the batch."""
