"""Calls that give a tensor as it is: conversions to what it is already, sums with 0, views in its own shape."""

from __future__ import annotations

from typing import Final

from netinspect.importing.items import Values, function_name
from netinspect.importing.trace import FunctionCall, Number, Reference

_ALIASES: Final = frozenset({"detach", "requires_grad_", "alias", "data", "clone"})


def alias_of(call: FunctionCall, values: Values, *, keeps_order: bool) -> int | None:
    """The value that a call gives as it is; None where it makes another one."""
    name, tensors = function_name(call), values.tensors
    source = next(values.reads(call.operands), None)
    if source is None:
        return None
    if name == "cat":  # with nothing, as the first words with a cache that is empty
        reads = list(values.reads(call.operands))
        parts = [number for number in reads if any(0 not in shape for shape in tensors[number].shapes)]
        return parts[0] if len(parts) == 1 < len(reads) else None
    is_same = name in _ALIASES or (name == "contiguous" and not keeps_order)
    is_same = is_same or _keeps_all(call, name, values) or _is_neutral(call, name, values)
    if name in ("to", "type_as", "float", "type", "long", "half"):
        is_same = tensors[source].dtype == tensors[call.results[0][1]].dtype
    return source if is_same or "dropout" in name else None


def _is_neutral(call: FunctionCall, name: str, values: Values) -> bool:
    """Whether 0 is added to whole numbers, or a tensor multiplied by 1."""
    if len(call.operands) != 2 or not isinstance(call.operands[0], Reference) or call.named:
        return False
    if call.function in ("__rsub__", "rsub", "__rdiv__", "__rtruediv__"):  # `0 - x`, `1 / x`
        return False
    before, after = (values.tensors[number] for number in (call.operands[0].tensor, call.results[0][1]))
    neutral = {"add": 0, "sub": 0, "mul": 1, "div": 1}.get(name)
    is_exact = neutral == 1 or "float" not in before.dtype  # -0.0 + 0 is 0.0
    second = call.operands[1]
    is_number = isinstance(second, int | float) and not isinstance(second, bool)
    return is_number and second == neutral and is_exact and before.dtype == after.dtype


def _keeps_all(call: FunctionCall, name: str, values: Values) -> bool:
    """Whether a border of nothing is put around a tensor, all of it is cut out, or it is put into its own shape. A
    border, or a bound, that is worked out from sizes may be another one at other sizes."""
    if not call.operands or not isinstance(call.operands[0], Reference):
        return False
    before, after = (values.tensors[number] for number in (call.operands[0].tensor, call.results[0][1]))
    if name in ("view", "reshape", "expand", "expand_as", "view_as"):
        return before.shapes == after.shapes and before.dtype == after.dtype
    if name not in ("pad", "getitem") or len(call.operands) < 2:
        return False
    parts = call.operands[1] if isinstance(call.operands[1], tuple) else (call.operands[1],)
    if name == "getitem" and not all(part is Ellipsis or (isinstance(part, slice) and part.step is None)
                                     for part in parts):  # fmt: skip
        return False
    if name == "pad" and any(part != 0 for part in parts):
        return False
    bounds = [bound for part in parts if isinstance(part, slice) for bound in (part.start, part.stop)]
    if any(isinstance(bound, Number) and len(set(bound.values)) == 1 for bound in bounds):
        return False
    return before.shapes == after.shapes
