"""Blocks that stand for several lists, the places in them that differ, and how these are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from netinspect.catalogue.entry import REQUIRED, Entry
from netinspect.importing.items import Instance, LayerLine, LayerList
from netinspect.importing.nodes import argument, called, layer_call, mapped, setting, word
from netinspect.language import syntax


@dataclass(slots=True, eq=False)
class FoldedBlock:
    """A block: the bodies that it stands for, and in their order the value of each of its parameters."""

    name: str
    bodies: list[LayerList]
    lines: list[LayerLine] = field(default_factory=list)
    parameters: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    is_part: bool = False

    def default(self, name: str) -> Any:
        return self.defaults.get(name, REQUIRED)


@dataclass(slots=True, eq=False)
class Hole:
    """A place whose value differs between the bodies of a block. `role` is the argument's name there, `lists` the
    innermost list of each body that it stands in, `reads` the shapes of what its line reads, if that is what the line
    above gives. `is_presence`: it says whether a line is there; `is_shortcut`: that line reads something else than what
    is above it. `text` is what is written there, `inner` in a part of the block."""

    role: str
    values: tuple[Any, ...]
    lists: tuple[Any, ...]
    reads: tuple[Any, ...] = ()
    text: syntax.Expression | None = None
    is_presence: bool = False
    is_shortcut: bool = False
    is_open: tuple[bool, ...] = ()
    inner: syntax.Expression | None = None


@dataclass(frozen=True, slots=True)
class LayerType:
    """A layer type as a value of a parameter."""

    entry: Entry


def holes(node: Any) -> Iterator[Hole]:
    """Every hole in a line, list or expression."""
    if isinstance(node, Hole):
        yield node
    elif isinstance(node, dict):
        for item in node.values():
            yield from holes(item)
    elif isinstance(node, tuple | list):
        for item in node:
            yield from holes(item)
    elif isinstance(node, Instance):
        yield from holes((node.type, node.arguments))
    elif isinstance(node, LayerList):
        yield from holes((node.parameters, node.buffers, node.entries))
    elif hasattr(type(node), "__dataclass_fields__") and not isinstance(node, FoldedBlock | Entry):
        for item in fields(node):
            yield from holes(getattr(node, item.name))


# --- as syntax -------------------------------------------------------------------------------


def written_unit(unit: Any) -> syntax.Expression:
    """The layer, block or function of a line as an expression."""
    if not isinstance(unit, Instance):
        expression: syntax.Expression = filled(unit)
        return expression
    arguments = {name: written(value) for name, value in unit.arguments.items()}
    if isinstance(unit.type, Entry):
        return layer_call(unit.type, arguments)
    if isinstance(unit.type, Hole):
        assert isinstance(unit.type.text, syntax.Name)
        return called(unit.type.text.id, [argument(value, name) for name, value in arguments.items()])
    required = [name for name in unit.type.parameters if name not in unit.type.defaults][:1]
    nodes = [argument(arguments[name]) for name in required]
    others = [name for name in unit.type.parameters if name in arguments and name not in required]
    return called(unit.type.name, nodes + [argument(arguments[name], name) for name in others])


def written(value: Any) -> syntax.Expression:
    """A setting of a layer or a block."""
    if isinstance(value, Hole):
        assert value.text is not None
        return value.text
    if isinstance(value, LayerType):
        return word(value.entry.name)
    return setting(value)


def filled(node: Any) -> Any:
    """An expression with the texts of its holes."""
    return node.text if isinstance(node, Hole) else mapped(node, filled)
