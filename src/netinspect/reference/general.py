"""What a layer gives and costs in general: its formulas with the names of arguments in place of an example's numbers.

The catalogue's rules are functions on numbers. A formula's text is taken apart, each number in it is tried as one of
the arguments and sizes that have this value, and the rule is asked again with other values: a reading that is right
writes the very same text as the rule, each time. Where no reading does, or more than one, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from types import SimpleNamespace
from typing import Any, Final

from netinspect.catalogue import Entry
from netinspect.catalogue.entry import REQUIRED, Fault, Result, TensorType
from netinspect.catalogue.formula import Formula
from netinspect.network.network import Value
from netinspect.reference import wording
from netinspect.reference.examples import example_call

_NUMBER: Final = re.compile(r"\d+")
_NAMED: Final = re.compile(r"<([^>]+)>")
_MOST_READINGS: Final = 500
"""How many ways to read the numbers of a formula are tried; more would be an accident of an example."""

_LONGEST: Final = 200
"""The longest formula that a reader still reads."""

_AXES: Final = {
    2: ("features",),
    3: ("channels", "time"),
    4: ("channels", "height", "width"),
    5: ("channels", "depth", "height", "width"),
}


@dataclass(frozen=True, slots=True)
class _Probe:
    """One call of a layer's rule: the arguments that were stated, what it was called with, what the rule answers."""

    entry: Entry
    arguments: Mapping[str, Any]
    operands: tuple[Any, ...]
    result: Result

    def names(self) -> dict[str, int]:
        """The arguments and sizes of this call by the name that a reader knows them by."""
        stated = {**self.arguments, **dict(self.result.inferred)}
        sizes: dict[str, int] = {}
        for name, value in stated.items():
            values = value if isinstance(value, tuple) and value else (value,)
            if isinstance(values[0], int) and not isinstance(values[0], bool) and len(set(values)) == 1:
                sizes[name] = values[0]
        tensors = [operand for operand in self.operands if isinstance(operand, TensorType)]
        before, after = self._axes(tensors[0]), self._axes(self.result.outputs[0])
        for axis in before.keys() | after.keys():
            if before.get(axis) == after.get(axis):
                sizes[axis] = before[axis]
            sizes |= {f"{axis} of the input": before[axis]} if axis in before else {}
            sizes |= {f"{axis} of the output": after[axis]} if axis in after else {}
        return sizes

    def _axes(self, tensor: TensorType) -> dict[str, int]:
        """The sizes of an image's or a sequence's places; its channels and features are arguments, too."""
        is_sequence = self.entry.argument("batch_first") is not None and tensor.rank == 3
        names = ("time", "features") if is_sequence else _AXES.get(tensor.rank, ())
        axes = zip(names, tensor.shape[1:], strict=False)
        return {name: size for name, size in axes if name not in ("channels", "features")}


def formula_in_names(entry: Entry, figure: Callable[[Result], Formula]) -> str | None:
    """The formula of `params` or `macs` of a layer in general: `out_channels·(in_channels·kernel_size + 1)`.

    Arguments that would change more than a number, such as `groups`, are said behind it with the default for which it
    holds. None where it does not follow from the arguments, or nothing is counted.
    """
    base, probes = _probed(entry)
    if base is None or not int(figure(base.result)):
        return None
    names = base.names()
    answers = [(what, probe.names(), str(figure(probe.result))) for what, probe in probes]
    readings = []
    for words in set(_readings(str(figure(base.result)), names)):
        used = frozenset(_NAMED.findall(words))
        conditions = {what for what, sizes, written in answers if not _fits(words, sizes, written)}
        tried = {name for _, sizes, _ in answers for name in used if sizes.get(name) not in (None, names[name])}
        if _may_be_conditions(conditions, used, base) and tried == used:
            # of two readings the one that holds more often is better, then the one in arguments and in short names
            axes = [name for name in used if name not in base.arguments]
            readings.append((len(conditions), len(axes), len(" ".join(axes)), words, conditions))
    readings.sort(key=lambda reading: reading[:4])
    if not readings or (len(readings) > 1 and readings[0][:3] == readings[1][:3]):
        return None
    *_, words, conditions = readings[0]
    if not _NAMED.search(words) or len(words) > _LONGEST:
        return None
    settings = [f"{name}={wording.value(base.arguments[name])}" for name in base.arguments if name in conditions]
    return _written(words) + (f", where {', '.join(settings)}" if settings else "")


# --- sizes ---------------------------------------------------------------------------------------


def sizes_in_words(entry: Entry) -> str | None:
    """What sizes a layer gives for which sizes that come in; None where no rule of these holds for every probe."""
    base, changed = _probed(entry)
    if base is None or sum(isinstance(operand, TensorType) for operand in base.operands) != 1:
        return None
    probes = (base, *(probe for _, probe in changed))
    before = [next(operand for operand in probe.operands if isinstance(operand, TensorType)).shape for probe in probes]
    after = [probe.result.outputs[0].shape for probe in probes]
    if before == after:
        return "the same as what comes in"
    windows = _windows_in_words(entry, probes, before, after)
    if windows is not None:
        return windows
    if all(
        (*come[:2], *_tuple(probe.arguments.get("output_size"))) == give
        for come, give, probe in zip(before, after, probes, strict=True)
    ):
        return (
            f"{' and '.join(_AXES[len(before[0])][1:])}: output_size, whatever comes in; channels: as many as come in"
        )
    if entry.argument("bidirectional") is not None and all(
        shape[-1] == _recurrent_width(probe.arguments) for shape, probe in zip(after, probes, strict=True)
    ):
        projected = "" if entry.argument("proj_size") is None else " or proj_size, if there is one"
        return f"the last axis becomes hidden_size{projected}; twice that with bidirectional=True; all others stay"
    if all(b[:-1] == a[:-1] for b, a in zip(before, after, strict=True)):
        last = _argument_of_axis(probes, [shape[-1] for shape in after])
        others = "" if len(before[0]) == 2 and entry.argument("batch_first") is None else "; all others stay"
        return f"the last axis becomes {last}{others}" if last is not None else None
    return None


def _tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _recurrent_width(arguments: Mapping[str, Any]) -> int:
    """How many numbers a recurrent layer gives for each step."""
    return int((arguments.get("proj_size") or arguments["hidden_size"]) * (1 + arguments["bidirectional"]))


def _argument_of_axis(probes: tuple[_Probe, ...], sizes: list[int]) -> str | None:
    """The argument that an axis has the size of, in every probe."""
    for argument in probes[0].entry.arguments:
        if all(probe.names().get(argument.name) == size for probe, size in zip(probes, sizes, strict=True)):
            return argument.name
    return None


def _windows_in_words(
    entry: Entry, probes: tuple[_Probe, ...], before: list[tuple[int, ...]], after: list[tuple[int, ...]]
) -> str | None:
    """The rule of layers that slide a window or spread one, with the arguments that the layer has."""
    has = {argument.name for argument in entry.arguments}
    if not {"kernel_size", "stride"} <= has or len({len(shape) for shape in (*before, *after)}) > 1:
        return None
    is_spread = "output_padding" in has
    for probe, sizes, results in zip(probes, before, after, strict=True):
        if probe.arguments.get("ceil_mode"):
            continue
        for axis, (size, result) in enumerate(zip(sizes[2:], results[2:], strict=True)):
            if _windows(probe.arguments, axis, size, is_spread=is_spread) != result:
                return None
    border = " + 2·padding" if "padding" in has else ""
    span = "span" if "dilation" in has else "kernel_size"
    if is_spread:
        rule = f"(size - 1)·stride - 2·padding + {span} + output_padding"
    else:
        rule = f"floor((size{border} - {span}) / stride) + 1"
    words = f"{' and '.join(_AXES[len(before[0])][1:])}: {rule}"
    if "dilation" in has:
        words += "; span = dilation·(kernel_size - 1) + 1"
    if "ceil_mode" in has:
        words += "; with ceil_mode=True rounded up, not down"
    channels = _argument_of_axis(probes, [shape[1] for shape in after])
    return f"{words}; channels: {channels or 'as many as come in'}"


def _windows(arguments: Mapping[str, Any], axis: int, size: int, *, is_spread: bool) -> int:
    """How many cells an axis of this size becomes."""
    kernel, stride, padding, dilation, more = (
        value[axis] if isinstance(value, tuple) else default if value is None else value
        for value, default in (
            (arguments["kernel_size"], 0),
            (arguments["stride"] or arguments["kernel_size"], 1),
            (arguments.get("padding"), 0),
            (arguments.get("dilation"), 1),
            (arguments.get("output_padding"), 0),
        )
    )
    if is_spread:
        return int((size - 1) * stride - 2 * padding + dilation * (kernel - 1) + more + 1)
    return int((size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1)


# --- probes --------------------------------------------------------------------------------------


@cache
def _probed(entry: Entry) -> tuple[_Probe | None, tuple[tuple[str, _Probe], ...]]:
    """The entry's example, and the rule asked with other values, by the name of what was changed."""
    base = _base(entry)
    return base, () if base is None else tuple(_probes(base))


def _base(entry: Entry) -> _Probe | None:
    """The entry's example, with axes of different sizes where that can be."""
    call, _ = example_call(entry)
    inferred = {argument.name for argument in entry.arguments if argument.inferred}
    arguments = {name: None if name in inferred else value for name, value in call.arguments.items()}
    operands = tuple(map(_type_of, call.forward))
    if not any(isinstance(operand, TensorType) for operand in operands):
        return None
    start = _Probe(entry, arguments, operands, call.result)
    apart = [_apart(operand) if isinstance(operand, TensorType) else operand for operand in operands]
    return _asked(start, operands=tuple(apart)) or _asked(start)


def _type_of(operand: Any) -> Any:
    """What a rule is given for an operand of a call."""
    if isinstance(operand, tuple):
        return tuple(map(_type_of, operand))
    return operand.type if isinstance(operand, Value) else operand


def _apart(tensor: TensorType) -> TensorType:
    """The tensor with places of different sizes: 3×33×34 in place of 3×32×32."""
    places = tuple(size + axis for axis, size in enumerate(tensor.shape[2:], start=1))
    return tensor.with_shape((*tensor.shape[:2], *places))


def _asked(probe: _Probe, **changes: Any) -> _Probe | None:
    """The rule asked again with other arguments or operands; None where it refuses them."""
    changed = replace(probe, **changes)
    try:
        settings = (SimpleNamespace(**changed.arguments),) if changed.entry.is_layer else ()
        result = changed.entry.rule(*settings, *changed.operands)
    except (Fault, ValueError, TypeError, ArithmeticError, LookupError):
        return None
    return replace(changed, result=result)


def _probes(base: _Probe) -> Iterator[tuple[str, _Probe]]:
    """The rule asked with each argument changed, by the argument's name, and with each axis of what comes in, by ""."""
    for name, value in base.arguments.items():
        argument = base.entry.argument(name)
        if argument is not None and argument.must_say:  # what has no default is never a condition
            continue
        for other in _other_values(value):
            probe = _asked(base, arguments={**base.arguments, name: other})
            if probe is not None:
                yield name, probe
    tensors = [operand for operand in base.operands if isinstance(operand, TensorType)]
    for axis in range(1, max(tensor.rank for tensor in tensors)):
        for factor, more in ((2, 0), (1, 6)):
            shapes = [_changed(operand, axis, factor, more) for operand in base.operands]
            probe = _asked(base, operands=tuple(shapes))
            if probe is not None:
                yield "", probe


def _other_values(value: Any) -> tuple[Any, ...]:
    """Other values of an argument: the other truth value, larger numbers."""
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (value * 2, value + 1, value + 2)
    if isinstance(value, tuple) and value and isinstance(value[0], int):
        return tuple(zip(*(_other_values(item) for item in value), strict=True))
    return ()


def _changed(operand: Any, axis: int, factor: int, more: int) -> Any:
    if not isinstance(operand, TensorType) or operand.rank <= axis:
        return operand
    shape = operand.shape
    return operand.with_shape((*shape[:axis], shape[axis] * factor + more, *shape[axis + 1 :]))


def _readings(text: str, names: Mapping[str, int]) -> Iterator[str]:
    """The text with each number either kept or as `<name>`; the same number is read in the same way everywhere."""
    numbers = sorted({int(number) for number in _NUMBER.findall(text)})
    choices = [[str(number), *(f"<{name}>" for name, size in names.items() if size == number)] for number in numbers]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > _MOST_READINGS:
        return
    for chosen in product(*choices):
        words = dict(zip(map(str, numbers), chosen, strict=True))
        yield _NUMBER.sub(lambda match, words=words: words[match[0]], text)  # type: ignore[misc]


def _fits(words: str, names: Mapping[str, int], text: str) -> bool:
    """Whether a reading writes what the rule writes for other values."""
    parts = _NAMED.split(words)
    if not all(name in names for name in parts[1::2]):
        return False
    parts[1::2] = [str(names[name]) for name in parts[1::2]]
    return "".join(parts) == text


def _may_be_conditions(names: set[str], used: frozenset[str], base: _Probe) -> bool:
    """Whether a formula may be told for these arguments' present values alone: they are defaults, and not in it."""
    for name in names:
        argument = base.entry.argument(name)
        if argument is None or name in used or argument.default is REQUIRED:
            return False
        if argument.kind.check(argument.default) != base.arguments[name]:
            return False
    return True


def _written(words: str) -> str:
    """A reading for a reader. Names of two words are joined: `height of the output` is `output height`."""
    return re.sub(r"<(\w+)(?: of the (\w+))?>", lambda match: f"{match[2]}_{match[1]}" if match[2] else match[1], words)
