"""The second engine: what torch says of a layer of the catalogue, on the meta device and, small, on the CPU.

A layer is built from its entry and its resolved arguments, as netinspect builds it, and asked for its shapes,
its state dict, its FLOPs, what autograd saves, which inputs an output depends on, and whether it copies.
"""

from __future__ import annotations

import warnings
from collections import Counter
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from netinspect.catalogue.entry import REQUIRED, Entry, Reach, Result, TensorType, Window


class Case(NamedTuple):
    """One call of a layer: the constructor's arguments as a spec gives them, and the operands of the call."""

    entry: Entry
    given: dict[str, Any]
    operands: tuple[Any, ...]

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.given.items())
        operands = ", ".join(f"{x.shape}:{x.dtype}" if isinstance(x, TensorType) else repr(x) for x in self.operands)
        return f"{self.entry.name}({arguments}) on {operands}"


class Answer(NamedTuple):
    """What torch says: output types, the state dict's names, shapes and dtypes in order, and MACs."""

    outputs: tuple[TensorType, ...]
    state: tuple[tuple[str, tuple[int, ...], str], ...]
    macs: int


# --- ours ------------------------------------------------------------------------------------


def resolved(case: Case) -> dict[str, Any]:
    """Every constructor argument in its kind's normal form; inferred ones None unless they are given."""
    values = {}
    for argument in case.entry.arguments:
        if argument.name in case.given:
            values[argument.name] = argument.kind.check(case.given[argument.name])
        else:
            assert argument.inferred or argument.default is not REQUIRED, argument.name
            values[argument.name] = None if argument.inferred else argument.default
    return values


def forward(case: Case) -> tuple[Any, ...]:
    """The operands in their kinds' normal form, defaults filled in."""
    missing = case.entry.forward[len(case.operands) :]
    operands = (*case.operands, *(argument.default for argument in missing))
    checks = zip(case.entry.forward, operands, strict=True)
    return tuple(x if x is None else argument.kind.check(x) for argument, x in checks)


def ask(case: Case) -> Result:
    """The catalogue's answer; a Fault if it refuses."""
    return case.entry.rule(SimpleNamespace(**resolved(case)), *forward(case))


# --- torch's ---------------------------------------------------------------------------------


def build(case: Case, inferred: dict[str, Any], device: str) -> torch.nn.Module:
    """torch's module, in inference."""
    with torch.device(device), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(torch.nn, case.entry.name)(**{**resolved(case), **inferred}).eval()


def tensors(operands: tuple[Any, ...], device: str) -> list[Any]:
    """Operands as torch takes them. Whole numbers are zeros: ids, indices and offsets that are in range."""
    return [_tensor(x, device) if isinstance(x, TensorType) else x for x in operands]


def _tensor(x: TensorType, device: str) -> torch.Tensor:
    dtype = getattr(torch, x.dtype)
    if device == "meta":
        return torch.empty(x.shape, dtype=dtype, device="meta")
    if x.is_float:
        return torch.rand(x.shape, dtype=torch.float32).to(dtype) + 0.5
    return torch.zeros(x.shape, dtype=dtype)


def call(module: torch.nn.Module, operands: list[Any]) -> tuple[torch.Tensor, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = module(*operands)
    return result if isinstance(result, tuple) else (result,)


def type_of(tensor: torch.Tensor) -> TensorType:
    return TensorType(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))


def answer(case: Case, inferred: dict[str, Any], device: str = "meta") -> Answer:
    """torch's answer; whatever torch raises if it refuses."""
    module = build(case, inferred, device)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        outputs = call(module, tensors(forward(case), device))
    state = ((name, *type_of(value)) for name, value in module.state_dict().items())
    return Answer(tuple(type_of(output) for output in outputs), tuple(state), counter.get_total_flops() // 2)


def accepts(case: Case, inferred: dict[str, Any]) -> bool:
    """Whether torch takes this call, on meta and on the CPU."""
    for device in ("meta", "cpu"):
        try:  # without FlopCounterMode, under which torch takes more
            with torch.no_grad():
                call(build(case, inferred, device), tensors(forward(case), device))
        except Exception:  # noqa: BLE001  torch raises many types
            return False
    return True


# --- what autograd saves -----------------------------------------------------------------------

Kept = list[tuple[str, int, str]]
"""("input 0" or "output" or "", elements, dtype) of every storage, sorted."""


def kept_by_torch(case: Case, inferred: dict[str, Any]) -> Kept:
    """What autograd saves in training on the CPU, weights and buffers apart, each storage once."""
    module = build(case, inferred, "cpu").train()
    leaves = [x.requires_grad_() if _floats(x) else x for x in tensors(forward(case), "cpu")]
    operands = [x.clone() if _floats(x) else x for x in leaves]
    saved: list[torch.Tensor] = []

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        outputs = call(module, operands)
    own = {_storage(value) for value in module.state_dict().values()}
    given = [x for x in operands if isinstance(x, torch.Tensor)]
    names = {_storage(outputs[0]): "output"} | {_storage(x): f"input {i}" for i, x in enumerate(given)}
    distinct = {_storage(x): x for x in saved if x.numel() and _storage(x) not in own}
    return sorted(
        (names.get(where, ""), x.untyped_storage().nbytes() // x.itemsize, str(x.dtype)[6:])
        for where, x in distinct.items()
    )


def kept_by_us(case: Case, result: Result) -> Kept:
    given = [x for x in forward(case) if isinstance(x, TensorType)]
    kept = []
    for item in result.saved_at_most:
        if isinstance(item, TensorType):
            kept.append(("", item.elements, item.dtype))
        elif item == "output" and result.alias:
            kept.append(("input 0", result.outputs[0].elements, result.outputs[0].dtype))
        elif isinstance(item, str):
            kept.append(("output", result.outputs[0].elements, result.outputs[0].dtype))
        else:
            kept.append((f"input {item}", given[item].elements, given[item].dtype))
    return sorted(kept)


def _floats(x: Any) -> bool:
    return isinstance(x, torch.Tensor) and x.is_floating_point()


def _storage(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def shares_memory(case: Case, inferred: dict[str, Any]) -> bool:
    """Whether the first output is the first input's memory, in inference."""
    operands = tensors(forward(case), "cpu")
    with torch.no_grad():
        output = call(build(case, inferred, "cpu"), operands)[0]
    return _storage(output) == _storage(operands[0])


# --- which inputs an output depends on -----------------------------------------------------------


def dependence(case: Case, inferred: dict[str, Any], inputs: list[int]) -> np.ndarray:
    """[output element, one of `inputs`]: whether changing the one changes the other. Elements are counted flat."""
    torch.manual_seed(0)
    module = build(case, inferred, "cpu")
    operands = tensors(forward(case), "cpu")
    before = _once(module, operands)
    depends = np.zeros((before.numel(), len(inputs)), dtype=bool)
    for column, i in enumerate(inputs):
        for value in (100.0, -100.0):
            changed = operands[0].clone()
            changed.view(-1)[i] = value
            after = _once(module, [changed, *operands[1:]])
            depends[:, column] |= ~torch.isclose(before, after, rtol=1e-5, atol=1e-5).reshape(-1).numpy()
    return depends


def _once(module: torch.nn.Module, operands: list[Any]) -> torch.Tensor:
    torch.default_generator.manual_seed(1)  # FractionalMaxPool draws its windows
    with torch.no_grad():
        return call(module, operands)[0]


def seen(reach: Reach, place: tuple[int, ...], source: tuple[int, ...]) -> tuple[set[int], ...]:
    """For an output element, the positions it sees along each input axis, as `reach` says."""
    windows = dict(reach.windows)
    axes = reach.axes if reach.axes is not None else tuple((axis,) for axis in range(len(source)))
    carriers = Counter(axis for carried in axes for axis in carried)
    positions: dict[int, int] = {}
    for carried, place_along in zip(axes, place, strict=True):
        rest = place_along
        for axis in reversed(carried):
            rest, positions[axis] = divmod(rest, source[axis]) if len(carried) > 1 else (0, rest)
    bounded = {axis for carried in axes for axis in carried if len(carried) > 1 and axis in windows}
    everything = {*reach.mixes, *bounded, *(axis for axis in range(len(source)) if carriers[axis] != 1)}
    return tuple(
        set(range(size)) if axis in everything else through(windows.get(axis, Window()), positions[axis], size)
        for axis, size in enumerate(source)
    )


def inside(reach: Reach, place: tuple[int, ...], source: tuple[int, ...]) -> bool:
    """Whether no window of an output element leaves the input."""
    return all(len(through(window, place[axis], source[axis])) == window.size for axis, window in reach.windows)


def through(window: Window, position: int, size: int) -> set[int]:
    """The inputs that output `position` sees through a window."""
    first = position * window.stride - window.before
    steps = (first + k * window.dilation for k in range(window.size))
    return {step // window.spread for step in steps if step % window.spread == 0 and 0 <= step < size * window.spread}
