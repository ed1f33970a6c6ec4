"""The module of a scope: an fx.GraphModule that prints, copies and pickles as a hand-written module does.

torch's own GraphModule loses its hooks and its name in a copy, and pickles as code that is traced again when
it is loaded, which no layer of another scope survives. This one copies its whole state and pickles its graph.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import fx, nn
from torch.fx.graph import PythonCode
from torch.fx.node import map_aggregate, map_arg


class Shared:
    """A layer of another scope, called here without being registered here; or with a name, a tensor of one.

    A module that calls a layer which stands elsewhere must not own it: registered twice, the layer would have
    two keys in the state dict. So the calling scope holds it in this plain object, as an ordinary attribute.
    Copying or pickling the model meets the layer both here and where it was made, and keeps it one object.
    A layer that is replaced later (`model.embed = other`) is replaced where it was made, not here.
    """

    __slots__ = ("module", "parameter")

    def __init__(self, module: nn.Module, parameter: str | None = None) -> None:
        self.module = module
        self.parameter = parameter

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        if self.parameter is not None:
            return getattr(self.module, self.parameter)
        return self.module(*inputs, **named)


def tensor_of(shared: Shared) -> Any:
    """The parameter or buffer that stands in another scope, as a function of a graph."""
    return shared()


class ScopeModule(fx.GraphModule):
    """A GraphModule named after its block. `graph` and `code` show what it does."""

    def __str__(self) -> str:
        return nn.Module.__repr__(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> ScopeModule:
        copied = _blank(type(self).__name__)
        memo[id(self)] = copied
        copied.__dict__.update(copy.deepcopy(self.__dict__, memo))
        copied.graph = copied.__dict__["_graph"]
        return copied

    def __reduce__(self) -> tuple[Any, ...]:
        attributes = {name: value for name, value in self.__dict__.items() if name not in _GENERATED}
        nodes = []
        for node in self.graph.nodes:
            args = map_arg(node.args, lambda inner: _Reference(inner.name))
            kwargs = map_arg(node.kwargs, lambda inner: _Reference(inner.name))
            nodes.append(_Node(node.op, node.name, node.target, args, kwargs))
        return _blank, (type(self).__name__,), (attributes, tuple(nodes))

    def __setstate__(self, state: tuple[dict[str, Any], tuple[_Node, ...]]) -> None:
        attributes, nodes = state
        self.__dict__.update(attributes)
        graph = fx.Graph()
        by_reference: dict[str, fx.Node] = {}

        def resolve(operand: Any) -> Any:
            return by_reference[operand] if isinstance(operand, _Reference) else operand

        for node in nodes:
            args, kwargs = map_aggregate(node.args, resolve), map_aggregate(node.kwargs, resolve)
            by_reference[node.name] = graph.create_node(node.op, node.target, args, kwargs, name=node.name)
        self.graph = graph

    def _recompile_submodules(self) -> list[tuple[str, PythonCode]]:
        """torch compiles what a module holds along with it. The first time, all of that is compiled already: it would
        be compiled anew for every scope around it."""
        is_compiled = "__call__" in vars(type(self))  # each module has a class of its own
        return super()._recompile_submodules() if is_compiled else []


_GENERATED = ("_graph", "_code", "_lineno_map", "_prologue_start")
"""Attributes that are made anew from the nodes."""


def _blank(name: str) -> ScopeModule:
    module = ScopeModule.__new__(ScopeModule)
    type(module).__name__ = name
    return module


class _Reference(str):
    """The result of another node: the node's name."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Node:
    """An fx node as plain data."""

    op: str
    name: str
    target: str | Callable[..., Any]
    args: Any
    kwargs: Any
