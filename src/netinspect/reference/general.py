"""What a layer gives and costs in general: its formulas with the names of arguments in place of an example's numbers.

The catalogue's rules are functions on numbers. A formula's text is taken apart, each number in it is tried as one of
the arguments and sizes that have this value, and the rule is asked again with other values: a reading that is right
writes the very same text as the rule, each time. Where no reading does, or more than one, nothing is said. What sizes
come out, as far as probes cannot tell it, a table says in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from types import MappingProxyType, SimpleNamespace
from typing import Any, Final

from netinspect.catalogue import FUNCTIONS, LAYERS, Entry
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
        conditions = {what for what, sizes, written in answers if _in_numbers(words, sizes) != written}
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
    # names of two words are joined: `height of the output` is `output_height`
    pattern = r"<(\w+)(?: of the (\w+))?>"
    formula = re.sub(pattern, lambda match: f"{match[2]}_{match[1]}" if match[2] else match[1], words)
    return formula + (f", where {', '.join(settings)}" if settings else "")


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
    targets = [probe.arguments.get("output_size") for probe in probes]
    if all(
        (*come[:2], *(target if isinstance(target, tuple) else (target,))) == give
        for come, give, target in zip(before, after, targets, strict=True)
    ):
        return (
            f"{' and '.join(_AXES[len(before[0])][1:])}: output_size, whatever comes in; channels: as many as come in"
        )
    if entry.argument("bidirectional") is not None and all(
        shape[-1]
        == (probe.arguments.get("proj_size") or probe.arguments["hidden_size"]) * (1 + probe.arguments["bidirectional"])
        for shape, probe in zip(after, probes, strict=True)
    ):
        projected = "" if entry.argument("proj_size") is None else " or proj_size, if there is one"
        return f"the last axis becomes hidden_size{projected}; twice that with bidirectional=True; all others stay"
    if all(b[:-1] == a[:-1] for b, a in zip(before, after, strict=True)):
        last = _argument_of_axis(probes, [shape[-1] for shape in after])
        others = "" if len(before[0]) == 2 and entry.argument("batch_first") is None else "; all others stay"
        return f"the last axis becomes {last}{others}" if last is not None else None
    return None


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
    call, _ = example_call(entry)
    inferred = {argument.name for argument in entry.arguments if argument.inferred}
    arguments = {name: None if name in inferred else value for name, value in call.arguments.items()}
    operands = tuple(map(_type_of, call.forward))
    if not any(isinstance(operand, TensorType) for operand in operands):
        return None, ()
    start = _Probe(entry, arguments, operands, call.result)
    # with axes of different sizes where that can be: 3×33×34 in place of 3×32×32
    apart = [
        operand.with_shape((*operand.shape[:2], *(size + axis for axis, size in enumerate(operand.shape[2:], start=1))))
        if isinstance(operand, TensorType)
        else operand
        for operand in operands
    ]
    base = _probe_of(start, operands=tuple(apart)) or _probe_of(start)
    return base, () if base is None else tuple(_probes(base))


def _type_of(operand: Any) -> Any:
    """What a rule is given for an operand of a call."""
    if isinstance(operand, tuple):
        return tuple(map(_type_of, operand))
    return operand.type if isinstance(operand, Value) else operand


def _probe_of(probe: _Probe, **changes: Any) -> _Probe | None:
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
            probe = _probe_of(base, arguments={**base.arguments, name: other})
            if probe is not None:
                yield name, probe
    tensors = [operand for operand in base.operands if isinstance(operand, TensorType)]
    for axis in range(1, max(tensor.rank for tensor in tensors)):
        for factor, more in ((2, 0), (1, 6)):
            operands = tuple(
                operand.with_shape(
                    (*operand.shape[:axis], operand.shape[axis] * factor + more, *operand.shape[axis + 1 :])
                )
                if isinstance(operand, TensorType) and operand.rank > axis
                else operand
                for operand in base.operands
            )
            probe = _probe_of(base, operands=operands)
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


def _in_numbers(words: str, names: Mapping[str, int]) -> str:
    """A reading with numbers in place of its names; a name without a number stays."""
    return _NAMED.sub(lambda match: str(names.get(match[1], match[0])), words)


def _may_be_conditions(names: set[str], used: frozenset[str], base: _Probe) -> bool:
    """Whether a formula may be told for these arguments' present values alone: they are defaults, and not in it."""
    for name in names:
        argument = base.entry.argument(name)
        if argument is None or name in used or argument.default is REQUIRED:
            return False
        if argument.kind.check(argument.default) != base.arguments[name]:
            return False
    return True


# --- sizes of what no probe tells ----------------------------------------------------------------


_SAME: Final = "the same as what comes in"
_BROADCAST: Final = (
    "compared from the last axis on, two sizes are equal, or one of them is 1 or missing; the larger comes out"
)
_REDUCED: Final = "the axes of dim are gone, or are 1 with keepdim=True; all others stay"
_AXIS_REDUCED: Final = "values and indices each: the axis of dim is gone, or is 1 with keepdim=True; all others stay"
_WRITTEN: Final = "the sizes that are written"
_RESHAPED: Final = "the sizes that are written, of as many numbers; a -1 among them is worked out"
_BORDER: Final = "each axis grows by its two numbers of {}, of which those of the last axis come first; all others stay"
_RESIZED: Final = "places: size, or floor(size of the input · scale_factor); channels: as many as come in"
_CONVOLVED: Final = (
    "places: floor((size + 2·padding - span) / stride) + 1; span = dilation·(kernel - 1) + 1; channels: the first size "
    "of weight"
)
_SPREAD: Final = (
    "places: (size - 1)·stride - 2·padding + span + output_padding; span = dilation·(kernel - 1) + 1; channels: the "
    "second size of weight, times groups"
)
_BEHIND: Final = "the last axis becomes the first size of weight; all others stay"

_RULES: Final = {
    _SAME: "roll type_as batch_norm weight_norm slice_scatter select_scatter scatter scatter_add index_add argsort",
    _BROADCAST: (
        "add sub mul div floor_divide remainder pow maximum minimum logical_and logical_or logical_xor eq ne lt le gt "
        "ge where masked_fill addcmul"
    ),
    _REDUCED: "sum mean amax amin var std prod norm vector_norm logsumexp argmax argmin any all",
    _AXIS_REDUCED: "max min median",
    "values and indices each: the axis of dim becomes k; all others stay": "topk",
    "one axis, of ceil((end - start) / step)": "arange",
    "one axis, of steps": "linspace",
    _WRITTEN: "zeros ones full",
    "n×m, or n×n without m": "eye",
    _RESHAPED: "reshape view",
    "the sizes that are written; -1 keeps an axis, and only an axis of 1 may become another size": "expand",
    "those of other": "reshape_as view_as expand_as",
    "the axes from start_dim to end_dim become one, of the product of their sizes; all others stay": "Flatten flatten",
    "the axis of dim becomes the axes of unflattened_size; all others stay": "Unflatten",
    "the axis of dim becomes the axes of sizes; all others stay": "unflatten",
    "the axes of dim, each of size 1, are gone": "squeeze",
    "an axis of size 1 comes in at dim": "unsqueeze",
    "the axes, in the order of dims": "permute",
    "the axes dim0 and dim1 change places": "transpose",
    "the axes axis0 and axis1 change places": "swapaxes",
    "the axes of source move to destination; all others keep their order": "movedim",
    "each axis times its number of repeats, of which the last is for the last axis": "repeat",
    "each axis times its number of dims, of which the last is for the last axis": "tile",
    "the axis of dim: the sum of its sizes; all others must be equal, and stay": "cat",
    "a new axis at dim, as long as there are tensors; all sizes must be equal, and stay": "stack",
    "each part has split_size along the axis of dim, the last what is left; all others stay": "split",
    "each part has ceil(size / chunks) along the axis of dim, the last what is left; all others stay": "chunk",
    "the axis of dim in parts of about one size, or cut at indices_or_sections; all others stay": ("tensor_split"),
    "each has an axis for each of the rows, as long as that row": "meshgrid",
    "those of the numbers, and a last axis of num_classes": "one_hot",
    "the axis of dim is shorter by n; all others stay": "diff",
    "one tensor for each place of the axis of dim, without that axis": "unbind",
    "the axis of dim times repeats; all others stay": "repeat_interleave",
    "a number takes its axis away, a slice shortens it, None puts in one of size 1, a tensor its own": "getitem",
    "the axis of dim is gone; all others stay": "select CosineSimilarity cosine_similarity",
    "the axis of dim becomes length; all others stay": "narrow",
    "the axes from 2 on become those of like": "crop_like",
    "the axis of dimension becomes floor((its size - size) / step) + 1; a new last axis has size": "unfold",
    "the axis of dim becomes as long as index; all others stay": "index_select",
    "those of index": "gather",
    "n×m and m×p give n×p; axes in front of these two are broadcast": "matmul",
    "b×n×m and b×m×p give b×n×p": "bmm",
    "n×m and m×p give n×p": "mm",
    "batch1 of b×n×m and batch2 of b×m×p give b×n×p": "baddbmm",
    "mat1 of n×m and mat2 of m×p give n×p": "addmm",
    "n and m give n×m": "outer",
    "the sizes of the letters behind -> in the equation": "einsum",
    "x1 of n×f and x2 of m×f give n×m; axes in front of these two are broadcast": "cdist",
    "those of query, with the last size of value": "scaled_dot_product_attention",
    "the last axis is gone, or is 1 with keepdim=True; all others stay": "PairwiseDistance pairwise_distance",
    "the axis of dim becomes half; all others stay": "GLU glu",
    _BORDER.format("padding"): " ".join(
        f"{kind}Pad{rank}d"
        for kind in ("Constant", "Zero", "Reflection", "Replication", "Circular")
        for rank in (1, 2, 3)
    ),
    _BORDER.format("pad"): "pad",
    _RESIZED: "Upsample UpsamplingNearest2d UpsamplingBilinear2d interpolate",
    "height and width: times upscale_factor; channels: divided by its square": "PixelShuffle pixel_shuffle",
    "height and width: divided by downscale_factor; channels: times its square": "PixelUnshuffle pixel_unshuffle",
    "channels: times the cells of kernel_size; one axis of all places a window has": "Unfold",
    "height and width: output_size; channels: divided by the cells of kernel_size": "Fold fold",
    "places: output_size, or (size - 1)·stride - 2·padding + kernel_size; channels: as many as come in": (
        "MaxUnpool1d MaxUnpool2d MaxUnpool3d"
    ),
    "places: output_size, or floor(size · output_ratio); channels: as many as come in": (
        "FractionalMaxPool2d FractionalMaxPool3d"
    ),
    "the last axis becomes out_features; all others stay": "Bilinear",
    _BEHIND: "linear bilinear",
    "those of the numbers, and a last axis of embedding_dim": "Embedding",
    "those of the numbers, and a last axis of the second size of weight": "embedding",
    "those of tgt": "TransformerDecoderLayer TransformerDecoder Transformer",
    _CONVOLVED: "conv1d conv2d conv3d",
    _SPREAD: "conv_transpose1d conv_transpose2d conv_transpose3d",
}

RULES: Final = MappingProxyType({name: rule for rule, names in _RULES.items() for name in names.split()})
"""The rule of sizes of a layer or function, by its name."""


def rule_of_sizes(entry: Entry) -> str | None:
    """What sizes a layer or function gives, in parts between semicolons; a function of a layer's name as the layer."""
    twin = twin_of(entry)
    return RULES.get(entry.name) or sizes_in_words(entry) or (sizes_in_words(twin) if twin is not None else None)


def twin_of(entry: Entry) -> Entry | None:
    """The function of a layer, or the layer of a function, that has its name but for capitals and underscores."""
    plain = entry.name.lower().replace("_", "")
    others = FUNCTIONS if entry.is_layer else LAYERS
    return next((other for name, other in others.items() if name.lower().replace("_", "") == plain), None)
