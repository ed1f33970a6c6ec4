"""Calls that are layers of the catalogue, however the author made them: a class that extends one, a module that applies
one function, a function with the weights of a layer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.catalogue.entry import Entry
from netinspect.importing.items import Values, function_name
from netinspect.importing.trace import FunctionCall, ModuleCall, Number, Reference, TracedModule

_FUNCTION_OF: Final = {
    "Linear": "linear", "Conv1d": "conv1d", "Conv2d": "conv2d", "Conv3d": "conv3d", "BatchNorm": "batch_norm",
    "LayerNorm": "layer_norm", "GroupNorm": "group_norm", "RMSNorm": "rms_norm", "Embedding": "embedding",
}  # fmt: skip
"""The function of torch that a layer applies to its own weights."""


_ACTIVATIONS: Final = {
    entry.name.lower(): entry
    for entry in LAYERS.values()
    if entry.family == "activation" and entry.name.lower() in FUNCTIONS
}
"""The activation that a function applies."""


_UNSAID: Final = ("input", "inplace", "_stacklevel")


class LayerCalls:
    """The calls of a trace as calls of layers. `modules` learns which module is which layer; `placed` are those that
    have a line already, `called` those that are called at all."""

    def __init__(self, values: Values, modules: dict[str, TracedModule], placed: set[str], called: set[str]) -> None:
        self.values, self.modules, self.placed, self.called = values, modules, placed, called

    def of(self, call: FunctionCall | ModuleCall) -> tuple[FunctionCall | ModuleCall, ...]:
        """What a call comes to: itself, a call of a layer with functions around it, or functions.

        A module without weights that applies one function is the layer of that function, as GELU is of `gelu`, or else
        the function itself where no position follows from the module.
        """
        if isinstance(call, FunctionCall):
            return (self._of_a_layer(call),)
        module = self.modules[call.path]
        (function,) = call.items if len(call.items) == 1 else (None,)
        if module.tensors or module.children or not isinstance(function, FunctionCall):
            return self._as_layer(call)
        layer = _ACTIVATIONS.get(function_name(function))
        if layer is not None:
            names = [item.name for item in FUNCTIONS[layer.name.lower()].forward]
            passed = dict(zip(names, function.operands, strict=False)) | function.named
            settings = {item.name: passed.pop(item.name, item.default) for item in layer.arguments} | {"inplace": False}
            is_fixed = all(isinstance(value, str | int | float) for value in settings.values())
            if is_fixed and not any(value for name, value in passed.items() if name not in _UNSAID):
                self.modules[call.path] = replace(module, layer=layer.name, arguments=settings)
                return (replace(call, operands=function.operands[:1], named={}, results=function.results, items=()),)
        owner, _, key = call.path.rpartition(".")
        gives = {number for _, number in function.results}
        if any(child.isdecimal() for child in (key, *self.modules[owner].children)) or not gives.issuperset(
            number for _, number in call.results
        ):
            return (call,)
        return (replace(function, author=call.author),)

    def _of_a_layer(self, call: FunctionCall) -> FunctionCall | ModuleCall:
        """`F.linear(x, qkv.weight, qkv.bias)` with the weights of a layer as a call of that layer."""
        names = [self.values.tensors[number].name for number in self.values.reads((call.operands[1:], call.named))]
        owners = {name.rpartition(".")[0] for name in names if name}
        path = owners.pop() if len(owners) == 1 and all(names) else None
        module = self.modules.get(path or "")
        if path is None or module is None or module.layer is None:
            return call
        entry = LAYERS[module.layer]
        arguments = self._applied(call, entry, path)
        weights = {f"{path}.{name}" for name, *_, kind in module.tensors if kind in ("parameter", "frozen")}
        if arguments is None or not weights <= set(names):
            return call
        if any(module.arguments[name] != value for name, value in arguments.items()):
            return call
        self.called.add(path)
        return ModuleCall(path, call.operands[:1], {}, call.results, call.place, call.author)

    def _as_layer(self, call: ModuleCall) -> tuple[FunctionCall | ModuleCall, ...]:
        """The calls inside an author's class that extends a layer and applies it once, as `F.batch_norm` with its own
        weight and an activation behind it: the layer itself with the lines around it. Any other call is itself."""
        module = self.modules[call.path]
        if module.base is None or not module.base_arguments or call.path in self.placed:
            return (call,)
        entry = LAYERS[module.base]
        calls: list[FunctionCall | ModuleCall] = []
        applied: list[dict[str, Any]] = []
        for item in call.items:
            if isinstance(item, ModuleCall):
                inner = self._as_function(item)
                if inner is None:
                    return (call,)
                calls += inner
                continue
            arguments = self._applied(item, entry, call.path)
            if arguments is None:
                calls.append(item)
                continue
            applied.append(arguments)
            calls.append(ModuleCall(call.path, item.operands[:1], {}, item.results, item.place, item.author))
        weights = {f"{call.path}.{name}" for name, *_ in module.tensors}
        used = {
            self.values.tensors[number].name
            for item in calls
            if isinstance(item, FunctionCall)
            for number in self.values.reads((item.operands, item.named))
        }
        if len(applied) != 1 or weights & used:
            return (call,)
        self.modules[call.path] = replace(module, layer=entry.name, arguments=module.base_arguments | applied[0])
        return tuple(calls)

    def _as_function(self, call: ModuleCall) -> tuple[FunctionCall, ...] | None:
        """A module without weights as functions, so that it takes no place in the list; () where it does nothing."""
        module = self.modules[call.path]
        if module.layer in ("Identity", "Dropout", "Dropout2d") or (not call.items and module.layer is None):
            source = next(self.values.reads(call.operands))
            for _, number in call.results:
                if self.values.number(number) != source:
                    self.values.same[self.values.number(number)] = source
            return ()
        functions = tuple(item for item in call.items if isinstance(item, FunctionCall))
        if module.layer is None and len(functions) == len(call.items) and not module.tensors and not module.children:
            return functions
        name = (module.layer or "").lower()
        if module.layer is None or module.tensors or name not in FUNCTIONS:
            return None
        named = {key: value for key, value in module.arguments.items() if key != "inplace"}
        return (FunctionCall(name, call.operands, named, call.results, call.place, call.author),)

    def _applied(self, call: FunctionCall, entry: Entry, path: str) -> dict[str, Any] | None:
        """The arguments that differ, where a call is the layer's own function on its own weights; else None."""
        function = FUNCTIONS.get(function_name(call))
        if function is None or function.name != _FUNCTION_OF.get(re.sub(r"(?<=Norm)[123]d", "", entry.name)):
            return None
        passed = dict(zip([item.name for item in function.forward], call.operands, strict=False)) | call.named
        for name in ("weight", "bias", "running_mean", "running_var"):
            value = passed.get(name)
            if (
                isinstance(value, Reference)
                and self.values.name_in(path, self.values.tensors[self.values.number(value.tensor)]) != f"{path}.{name}"
            ):
                return None
        if not isinstance(passed.get("weight"), Reference) and entry.name.startswith(("Conv", "Linear")):
            return None
        names = {item.name for item in entry.arguments}
        arguments = {name: value for name, value in passed.items() if name in names and name not in ("bias", "weight")}
        if any(isinstance(value, Number | Reference) for value in arguments.values()) or passed.get("training"):
            return None
        return arguments | (
            {"bias": passed.get("bias") is not None} if "bias" in names and "Norm" not in entry.name else {}
        )


# --- calls that give what they get ---------------------------------------------------------------


_ALIASES: Final = frozenset({"requires_grad_", "alias", "clone"})


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
    if name == "detach":  # what takes no gradient anyway
        is_same = tensors[source].source not in ("parameter", "call")
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
    if name == "getitem" and not all(
        part is Ellipsis or (isinstance(part, slice) and part.step is None) for part in parts
    ):
        return False
    if name == "pad" and any(part != 0 for part in parts):
        return False
    bounds = [bound for part in parts if isinstance(part, slice) for bound in (part.start, part.stop)]
    if any(isinstance(bound, Number) and len(set(bound.values)) == 1 for bound in bounds):
        return False
    return before.shapes == after.shapes
