"""Which axes of tensors have one size, so that what puts a tensor into shape is said by the axes that it changes.

Code works out every size again: `x.view(x.shape[0], x.shape[1], -1, 64)`. Where the first axes are those that `x` has
anyway, this is `x.unflatten(-1, (-1, 64))`, and `x.reshape(x.shape[0], x.shape[1], -1)` is `x.flatten(2)`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.importing.items import function_name
from netinspect.importing.trace import (
    FunctionCall,
    ModelInput,
    ModuleCall,
    Number,
    Reference,
    SizeOf,
    Trace,
    TracedTensor,
)

_KEEPING_LAYERS: Final = frozenset({"activation", "normalisation", "dropout", "linear", "attention"})
_KEEPING_FUNCTIONS: Final = frozenset({"arithmetic", "activation", "normalisation", "conversion"})
"""Families of the catalogue that make an element of each element, or of each row; what has another size is not kept."""
_KEEPING: Final = frozenset("clone detach contiguous softmax log_softmax cumsum flip roll dropout linear type".split())
"""Functions of other families that do so."""

Key = Any
"""What stands for a size: two that are equal at every size of the inputs have equal keys."""


def by_axes(trace: Trace) -> ModuleCall:
    """The call of the model with `view` and `reshape` as `flatten` and `unflatten`, where they keep the first axes."""
    axes = _Axes(trace.tensors, trace.inputs)

    def changed(call: ModuleCall) -> ModuleCall:
        items: list[FunctionCall | ModuleCall] = []
        for item in call.items:
            if isinstance(item, ModuleCall) and item.items:
                items.append(changed(item))
                continue
            layer = trace.modules[item.path].layer if isinstance(item, ModuleCall) else None
            axes.follow(item, None if layer is None else LAYERS[layer].family)
            items.append(axes.said(item) if isinstance(item, FunctionCall) else item)
        return replace(call, items=tuple(items))

    return changed(trace.call)


class _Axes:
    """The key of each axis that was met; an axis without one stands for itself. What is as long as the batch in runs of
    different batches is the batch."""

    def __init__(self, tensors: Mapping[int, TracedTensor], inputs: Sequence[ModelInput]) -> None:
        self.tensors = tensors
        self.keys: dict[tuple[int, int], Key] = {}
        self.batch = self.sizes(inputs[0].tensor, 0)

    def axis(self, tensor: int, axis: int) -> Key:
        known = self.keys.get((tensor, axis), (tensor, axis))
        return "batch" if len(set(self.batch)) > 1 and self.sizes(tensor, axis) == self.batch else known

    def size(self, value: Any) -> Key:
        """The key of a number."""
        if not isinstance(value, Number):
            return value
        if isinstance(value.origin, SizeOf):
            return self.axis(*value.origin)
        return value.origin.operator, *map(self.size, value.origin.operands)

    def sizes(self, tensor: int, axis: int) -> tuple[int, ...]:
        """The size of an axis in each run."""
        return tuple(shape[axis] for shape in self.tensors[tensor].shapes)

    def rank(self, tensor: int) -> int:
        return len(self.tensors[tensor].shapes[0])

    # --- what calls keep

    def follow(self, call: FunctionCall | ModuleCall, family: str | None) -> None:
        """Note which axes of the results of a call have the sizes of which of its operands."""
        sources = [operand.tensor for operand in call.operands if isinstance(operand, Reference)]
        if not sources:
            return
        for _, result in call.results:
            if isinstance(call, ModuleCall):
                if family in _KEEPING_LAYERS:
                    self._aligned(sources[:1], result)
                elif family in ("convolution", "pooling", "recurrent", "embedding"):
                    self._first(sources[0], result, 1 if family != "embedding" else self.rank(sources[0]))
            else:
                self._follow_function(function_name(call), call.operands, sources, result)

    def _follow_function(self, name: str, operands: Sequence[Any], sources: Sequence[int], result: int) -> None:
        entry = FUNCTIONS.get(name)
        source, rank = sources[0], self.rank(sources[0])
        plain = [item for operand in operands[1:] for item in (operand if isinstance(operand, tuple) else (operand,))]
        if name in _KEEPING or (entry is not None and entry.family in _KEEPING_FUNCTIONS):
            self._aligned(sources, result)
        elif name == "transpose" and all(type(axis) is int for axis in plain) and len(plain) == 2:
            order = list(range(rank))
            first, second = plain[0] % rank, plain[1] % rank
            order[first], order[second] = second, first
            self._ordered(source, result, order)
        elif name == "permute" and len(plain) == rank:
            self._ordered(source, result, [axis % rank for axis in plain])
        elif name == "unsqueeze" and type(plain[0]) is int:
            place = plain[0] % (rank + 1)
            self._ordered(source, result, [*range(place), None, *range(place, rank)])
        elif name == "unbind":
            axis = plain[0] % rank if plain and type(plain[0]) is int else 0
            self._ordered(source, result, [*range(axis), *range(axis + 1, rank)])
        elif name == "getitem" and not any(isinstance(item, Reference | tuple) for item in plain):
            self._ordered(source, result, _kept_by(plain, rank))
        elif name in ("view", "reshape"):
            kept = self._kept(source, plain)
            for axis, value in enumerate(plain[: self.rank(result)]):
                if axis < kept:
                    self.keys[result, axis] = self.axis(source, axis)
                elif isinstance(value, Number):
                    self.keys[result, axis] = self.size(value)
        elif name == "matmul" and len(sources) == 2 and min(map(self.rank, sources)) >= 2:
            left, right = sources
            self._first(left, result, self.rank(result) - 1 if self.rank(left) == self.rank(result) else 0)
            self._note(result, self.rank(result) - 1, right, self.rank(right) - 1)
        elif name == "scaled_dot_product_attention" and len(sources) >= 3:
            self._first(source, result, rank - 1)
            self._note(result, rank - 1, sources[2], rank - 1)
        elif name in ("chunk", "split", "cat"):
            self._first(source, result, rank)
        elif self.rank(result) and rank and len(set(self.sizes(source, 0))) > 1:
            self._note(result, 0, source, 0)  # what follows the batch through any other function is the same

    def _aligned(self, sources: Sequence[int], result: int) -> None:
        """Sizes as broadcasting keeps them: of the first operand that has the result's size on an axis."""
        for place in range(1, self.rank(result) + 1):
            for source in sources:
                if place <= self.rank(source) and self._note(
                    result, self.rank(result) - place, source, self.rank(source) - place
                ):
                    break

    def _first(self, source: int, result: int, count: int) -> None:
        for axis in range(min(count, self.rank(source), self.rank(result))):
            self._note(result, axis, source, axis)

    def _ordered(self, source: int, result: int, order: Sequence[int | None]) -> None:
        for axis, other in enumerate(order):
            if other is not None:
                self._note(result, axis, source, other)

    def _note(self, result: int, axis: int, source: int, other: int) -> bool:
        """Let an axis have the key of another, if they are as long in every run."""
        is_same = self.sizes(result, axis) == self.sizes(source, other)
        if is_same:
            self.keys[result, axis] = self.axis(source, other)
        return is_same

    # --- other words

    def _kept(self, source: int, sizes: Sequence[Any]) -> int:
        """How many first axes of a tensor stay as they are where it is put into these sizes."""
        kept = 0
        for value in sizes[: self.rank(source)]:
            is_same = self.size(value) == self.axis(source, kept) or {value} == set(self.sizes(source, kept))
            behind = sizes[kept + 1 :]
            if not is_same and value == -1 and behind and all(type(size) is int for size in behind):
                # -1 is the size that the tensor has there if what comes behind has as many elements
                elements = {math.prod(shape[kept + 1 :]) for shape in self.tensors[source].shapes}
                is_same = elements == {math.prod(behind)}
            if not is_same:
                break
            kept += 1
        return kept

    def said(self, call: FunctionCall) -> FunctionCall:
        """The call in the words that name the changed axes alone; as it is where there are none."""
        if function_name(call) not in ("view", "reshape") or call.named or len(call.operands) < 2:
            return call
        tensor, *sizes = call.operands
        if len(sizes) == 1 and isinstance(sizes[0], tuple):
            sizes = list(sizes[0])
        if not isinstance(tensor, Reference) or not all(isinstance(size, int | Number) for size in sizes):
            return call  # `view` as another dtype
        kept, rank = self._kept(tensor.tensor, sizes), self.rank(tensor.tensor)
        if 0 < kept == len(sizes) - 1 and kept < rank - 1:
            return replace(call, function="flatten", operands=(tensor, kept))
        if 0 < kept == rank - 1 and kept < len(sizes) - 1:
            return replace(call, function="unflatten", operands=(tensor, -1, tuple(sizes[kept:])))
        return call


def _kept_by(items: Sequence[Any], rank: int) -> list[int | None]:
    """For each axis of `x[items]` the one of `x` that it is; None for one that is new or cut."""
    named = sum(item is not None and item is not Ellipsis for item in items)
    if Ellipsis not in items:
        items = (*items, Ellipsis)
    order: list[int | None] = []
    axis = 0
    for item in items:
        if item is Ellipsis:
            order += range(axis, axis + rank - named)
            axis += rank - named
        elif item is None:
            order.append(None)
        else:
            if isinstance(item, slice):
                order.append(axis if item == slice(None) else None)
            axis += 1
    return order
