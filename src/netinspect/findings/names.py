"""Which names a spec mentions, and where: questions that its text answers, and no network is needed for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar

from netinspect.language import syntax

Node = TypeVar("Node")

_PARTS: Final = {
    kind: tuple(field.name for field in fields(kind) if not field.name.endswith("span"))
    for kind in vars(syntax).values()
    if isinstance(kind, type) and is_dataclass(kind)
}
"""By kind of node the fields that may hold nodes, or say something."""

_LEAVES: Final = frozenset({str, int, float, bool})


def nodes(tree: Any, kind: type[Node]) -> Iterator[Node]:
    """Every node of a kind in `tree`, a node, or a tuple or mapping of such, in the order of the text."""
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, kind):
            yield item
        if isinstance(item, dict):
            item = tuple(item.values())
        parts = item if isinstance(item, tuple) else [getattr(item, part) for part in _PARTS.get(type(item), ())]
        waiting += [part for part in reversed(parts) if part is not None and type(part) not in _LEAVES]


def form(tree: Any) -> Any:
    """What a piece of syntax says, wherever it stands: two that say the same have equal forms."""
    if isinstance(tree, tuple):
        return tuple(form(item) for item in tree)
    parts = _PARTS.get(type(tree), ())
    return (type(tree), *(form(getattr(tree, part)) for part in parts)) if parts else (type(tree), tree)


def names_in(tree: Any) -> set[str]:
    """The names that expressions and lines in `tree` mention."""
    return {name.id for name in nodes(tree, syntax.Name)}


@lru_cache(maxsize=4)
def _names_by_part(spec: syntax.Spec) -> tuple[set[str], dict[str, set[str]]]:
    """The names that all but the blocks mentions, and those of each block. Several rules ask, for every variant."""
    overrides = tuple(var.value for variant in spec.variants for var in variant.vars)
    outside = names_in((spec.body, spec.inputs, spec.vars, overrides))
    return outside, {block.name: names_in((block.body, block.parameters)) for block in spec.blocks}


def own_names(block: syntax.Block) -> set[str]:
    """What a block itself gives a name: its parameters, inputs and counters, and its lines."""
    lines = {line.name.plain or "" for line in nodes(block.body, syntax.Line) if line.name is not None}
    return lines | _bound_names(block)


def _bound_names(block: syntax.Block) -> set[str]:
    """Of these all but lines: they hide a var of that name in the whole block."""
    counters = {name for loop in nodes(block.body, syntax.Loop) for name in loop.names}
    own_vars = {var.name for scope in nodes(block.body, syntax.Scope) for var in scope.vars}
    return {*(parameter.name for parameter in block.parameters), *block.inputs, *counters, *own_vars}


def unused_blocks(spec: syntax.Spec) -> tuple[syntax.Block, ...]:
    """The blocks that neither the network nor a block that it uses mentions."""
    outside, by_block = _names_by_part(spec)
    reached = by_block.keys() & outside
    waiting = list(reached)
    while waiting:
        new = (by_block[waiting.pop()] & by_block.keys()) - reached
        reached |= new
        waiting += new
    return tuple(block for block in spec.blocks if block.name not in reached)


def unused_vars(spec: syntax.Spec) -> tuple[syntax.Variable, ...]:
    """The vars that nothing mentions, and those of a block or sub-network that its lines do not. What a variant or
    `--set` puts in a var's place is no use of it."""
    outside, by_block = _names_by_part(spec)
    unused = {var.name for var in spec.vars} - outside
    for block in spec.blocks if unused else ():
        if mentioned := unused & by_block[block.name]:
            unused -= mentioned - _bound_names(block)
    scopes = nodes((spec.body, spec.blocks), syntax.Scope)
    inside = [var for scope in scopes for var in scope.vars if var.name not in names_in(scope)]
    return (*(var for var in spec.vars if var.name in unused), *inside)


def unused_block_parameters(spec: syntax.Spec) -> Iterator[tuple[syntax.Block, syntax.BlockParameter]]:
    """Parameters of blocks in use that their block does not mention.

    A block that is handed around (`vars: {block: Basic}`) takes the parameters of those in whose place it stands.
    """
    by_block = _names_by_part(spec)[1]
    unused = [
        (block, parameter)
        for block in spec.blocks
        for parameter in block.parameters
        if parameter.name not in by_block[block.name]
    ]
    if unused:
        tree = (spec.body, spec.vars, spec.variants, spec.blocks)
        called = {call.function for call in nodes(tree, syntax.Call)} | {body.unit for body in nodes(tree, syntax.Body)}
        handed_around = {name.id for name in nodes(tree, syntax.Name) if name not in called}
        meant = handed_around | {block.name for block in unused_blocks(spec)}
        yield from ((block, parameter) for block, parameter in unused if block.name not in meant)


def unused_parameters(spec: syntax.Spec) -> Iterator[syntax.Parameter]:
    """Parameters of the network's, a block's or a sub-network's own that no line mentions, and no tie.

    Blocks that nothing uses are passed over.
    Where the author counted the parameters (`expect`), one that no line reads is meant: a checkpoint has it.
    """
    expectations = (spec.expect, *(variant.expect for variant in spec.variants))
    if any(expect is not None and expect.params is not None for expect in expectations):
        return
    idle = unused_blocks(spec)
    elsewhere = {path.path.rpartition(".")[2] for pair in spec.tie for path in pair}
    elsewhere |= names_in(spec.body.outputs) | {attribute.name for attribute in nodes(spec.body, syntax.Attribute)}
    for scope in nodes((spec.body, tuple(block for block in spec.blocks if block not in idle)), syntax.Scope):
        if scope.parameters:
            used = names_in((scope.lines, scope.outputs)) | elsewhere
            yield from (parameter for parameter in scope.parameters if parameter.name not in used)
