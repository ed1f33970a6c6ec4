"""What a call is called in the architecture diagram: short words for its layer, its options and its shape."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from math import prod
from typing import Any, Final

from netinspect.network.attention import PRODUCTS
from netinspect.network.axes import unit_axes
from netinspect.network.network import PROBES, Call, Extent, Network, Value

_FAMILIES: Final = ("convolution", "pooling", "linear", "recurrent", "attention", "embedding")


def family(call: Call) -> str:
    """The diagram's family (see `parts.FAMILIES`) of a call that has a box of its own."""
    entry = call.entry
    return entry.drawn_as or (entry.family if entry.family in _FAMILIES else "other")


def operation(call: Call) -> str:
    """`Conv 11×11`, `MaxPool 3×3`, `LSTM`: the layer and its window."""
    name = call.entry.name
    if call.entry.gives_list and is_quiet(call):
        return "split"
    if name in ("getitem", "select"):
        return _subscript(call)
    if _is_cut(call):
        return "cut"
    is_norm = call.entry.family == "normalisation"  # which is written out in a box
    stem = _stem((not is_norm and call.entry.short) or call.entry.layer_with_weight or name)
    if stem.startswith("ConvTranspose"):
        stem = "Up-conv"
    if stem.startswith("Adaptive"):
        pool = stem.removeprefix("Adaptive")
        size = _argument(call, "output_size")
        sizes = size if isinstance(size, tuple) else (size,)
        return f"Global{pool}" if all(side == 1 for side in sizes) else f"{pool} to {times(sizes)}"
    if call.entry.recurs == "sequence" and call.arguments.get("bidirectional"):
        return f"Bi{name}"
    if name == "einsum":
        return f"einsum {call.forward[0].replace(' ', '').replace('->', '→')}"
    kernel = window(call)
    return f"{stem} {times(kernel)}" if kernel else stem


def _stem(name: str) -> str:
    """A layer's name without its number of axes: `MaxPool2d` is `MaxPool`."""
    return name[:-2] if name.endswith(("1d", "2d", "3d")) else name


def window(call: Call) -> tuple[int, ...]:
    """The kernel of a convolution or pooling as whole numbers by axis; () for anything else."""
    size = _argument(call, "kernel_size")
    if size is None and call.entry.name.startswith("conv"):  # a function: its kernel is an operand
        size = tuple(moved.size for _, moved in call.result.reach.windows)
    if isinstance(size, int):
        return (size,) * max(1, len(call.result.reach.windows))
    return size if isinstance(size, tuple) and all(isinstance(item, int) for item in size) else ()


def patch(call: Call) -> tuple[int, ...]:
    """The window that is drawn on the map before: the kernel from its first tap to its last, all of the map for global
    pooling, () for none."""
    if call.entry.drawn_as == "upsampling":
        return ()
    if operation(call).startswith("Global"):
        return call.inputs[0].type.shape[2:]
    size, dilation = window(call), _argument(call, "dilation") or 1
    apart = dilation if isinstance(dilation, tuple) else (dilation,) * len(size)
    return tuple((taps - 1) * gap + 1 for taps, gap in zip(size, apart, strict=True))


def options(call: Call) -> dict[str, str]:
    """What else a reader wants to know of a layer, by kind: `stride 4`, `depthwise`, `12 heads`."""
    words: dict[str, str] = {}
    for word in ("stride", "dilation"):
        argument = _argument(call, word)
        sizes = argument if isinstance(argument, tuple) else (argument,)
        if any(isinstance(side, int) and side != 1 for side in sizes):
            words[word] = f"{word} {sizes[0] if len(set(sizes)) == 1 else times(sizes)}"
    if call.entry.family == "pooling" and _argument(call, "stride") in (window(call), *window(call)[:1]):
        words = {}  # what a reader expects of a pooling
    groups = _argument(call, "groups") if family(call) in ("convolution", "upsampling") else None
    if groups not in (None, 1):
        channels = call.inputs[0].type.shape[1] if call.inputs[0].type.rank > 1 else None
        words["groups"] = "depthwise" if groups == channels else f"groups {groups}"
    arguments = call.arguments
    if arguments.get("padding_mode", "zeros") != "zeros":
        words["padding"] = f"{arguments['padding_mode']} padding"
    if "num_heads" in arguments or "nhead" in arguments:
        words["heads"] = f"{arguments.get('num_heads', arguments.get('nhead'))} heads"
    if arguments.get("num_layers", 1) != 1:
        words["layers"] = f"{arguments['num_layers']} layers"
    if "norm_first" in arguments:
        words["hidden"] = f"{arguments['dim_feedforward']} hidden, {arguments['activation']}"
        words["norms"] = "norms first" if arguments["norm_first"] else "norms last"
    if call.entry.name == "scaled_dot_product_attention" and _argument(call, "is_causal"):
        words["causal"] = "causal"
    return words


_KINDS: Final = ("stride", "dilation", "padding", "groups", "heads", "layers", "hidden", "norms", "causal")


def options_of_all(calls: Sequence[Call]) -> tuple[str, ...]:
    """The options of calls that are drawn as one, with what differs between them: `dilation 1…512`."""
    every = [options(call) for call in calls]
    kinds = [kind for kind in _KINDS if any(kind in each for each in every)]
    return tuple(of_all(each.get(kind, f"{kind} 1") for each in every) for kind in kinds)


def differing(calls: Sequence[Call]) -> tuple[str, ...]:
    """The options in which calls differ."""
    common = {word for word in options(calls[0]).values() if all(word in options(call).values() for call in calls)}
    return tuple(word for word in options_of_all(calls) if word not in common)


_SIZE: Final = re.compile(r"\d+(?:\.\d+)?(?:e−?\d+)?(?:×\d+)*")
_FEW: Final = 3
"""Words that differ are listed up to so many; of more sizes the least and the largest are."""


def of_all(words: Iterable[str]) -> str:
    """The words for several calls as one: `dilation 1…512` where one size differs, else `ReLU or Hardswish`."""
    different = list(dict.fromkeys(words))
    sizes = [_SIZE.findall(word) for word in different]
    columns = [set(column) for column in zip(*sizes, strict=False)]
    varying = [place for place, column in enumerate(columns) if len(column) > 1]
    if len({_SIZE.sub("#", word) for word in different}) == len(varying) == 1:
        ordered = sorted(
            columns[varying[0]], key=lambda size: [float(part.replace("−", "-")) for part in size.split("×")]
        )
        between = " or ".join(ordered) if len(ordered) < _FEW else f"{ordered[0]}…{ordered[-1]}"
        places = count()
        return _SIZE.sub(lambda size: between if next(places) == varying[0] else size.group(), different[0])
    return " or ".join(different) if len(different) <= _FEW else f"{different[0]} … {different[-1]}"


def _argument(call: Call, name: str) -> Any:
    """What a layer's or function's argument was given, None where it has none of that name."""
    if name in call.arguments:
        return call.arguments[name]
    names = [argument.name for argument in call.entry.forward]
    operand = call.forward[names.index(name)] if name in names and names.index(name) < len(call.forward) else None
    if isinstance(operand, tuple):
        return tuple(part.values[-1] if isinstance(part, Extent) else part for part in operand)
    return operand.values[-1] if isinstance(operand, Extent) else operand


def read_of(call: Call) -> list[Value]:
    """The tensors whose numbers a call reads, each once: not those of which it takes the shape or type alone."""
    return list(dict.fromkeys(value for place, value in enumerate(call.inputs) if place not in call.entry.type_of))


def is_quiet(call: Call) -> bool:
    """Whether a call hands on numbers of one tensor as they are, in their order: as a view of it, or as a copy of the
    same size. It can be left out of a diagram; what picks, repeats, turns or scatters numbers cannot."""
    if len(read_of(call)) != 1:
        return False
    before, after = call.inputs[0].types[0], call.outputs[0].types[0]
    if call.entry.family == "conversion":
        return after.is_float or before.dtype == after.dtype or not (before.is_float or after.dtype == "bool")
    result = call.result
    moved = call.entry.effect == "moves"
    overlap = result.reach.mixes or any(window.size > 1 for _, window in result.reach.windows)
    is_smaller = result.alias and after.elements < before.elements
    return moved and not overlap and (is_smaller or after.elements == before.elements)


def picks(call: Call) -> bool:
    """Whether a call takes one part of a tensor or several, as they are: a subscript, `chunk`, `crop_like`. One example
    of a batch is a part too."""
    return is_quiet(call) and call.outputs[0].types[0].elements < call.inputs[0].types[0].elements


def remark(call: Call, constants: Mapping[Value, str]) -> str:
    """What a folded call is called in small type, "" where it only hands numbers on.

    `constants` names the tensors that follow from no input."""
    name, theme = call.entry.name, call.entry.family
    if theme == "padding":
        return "" if call.inputs[0].type == call.outputs[0].type else "padded"
    if theme == "dropout":
        return "Dropout" if call.arguments.get("p") else ""
    if name in ("Flatten", "flatten"):
        # Only axes of size 1 are flattened away, or axes before the last one, as when heads are joined again.
        before, after = call.inputs[0].type.shape, call.outputs[0].type.shape
        is_trivial = [size for size in before if size != 1] == [size for size in after if size != 1] or len(after) > 2
        return "" if is_trivial else "flatten"
    if picks(call):
        return operation(call)
    if theme == "creation" or is_quiet(call):
        return ""
    if theme == "conversion":
        return f"to {call.outputs[0].type.dtype}"
    if theme == "arithmetic" and name not in ("tanh", "sigmoid"):
        word = _arithmetic(call, constants)
    else:
        word = call.entry.short or operation(call)
    return " ".join((word, *with_constants(call, constants)))


CASES: Final = ("if", "then", "else")
"""What a `where` takes as what, in the order of its operands."""


def with_constants(call: Call, constants: Mapping[Value, str]) -> tuple[str, ...]:
    """`with codebook`, `W @`, `else −3`: the constants that a call reads, unless it is a function's own weight or bias
    and called so; () where the call's own sign stands before the constant."""
    if sign(call):
        return ()
    if call.entry.name == "where":
        return tuple(
            f"{case} {_operand(operand, 'add', constants)}"
            for case, operand in zip(CASES, call.forward, strict=True)
            if not isinstance(operand, Value) or operand in constants
        )
    if call.entry.name in PRODUCTS:
        first, second = (constants.get(value, "") for value in call.forward)
        return (f"{first} @ {second}".strip(),) if first or second else ()
    roles = {operand: argument.name for argument, operand in zip(call.entry.forward, call.forward, strict=False)}
    named = [(constants[value], roles.get(value)) for value in read_of(call) if value in constants]
    names = dict.fromkeys(name for name, role in named if name.rpartition(".")[2] != role)
    return tuple(f"with {name}" for name in names)


_SUBSCRIPT: Final = 20
"""Letters of a subscript; a longer one is `part`."""


def _subscript(call: Call) -> str:
    """What a subscript takes, as Python writes it, `[:, 1:]`, or a `lookup` by the numbers of a tensor."""
    if not is_quiet(call):
        return "lookup"
    index = call.forward[1]
    if call.entry.name == "select":
        axis = _argument(call, "dim") % call.inputs[0].type.rank
        index = (*[("slice", None, None, None)] * axis, _argument(call, "index"))
    parts = index if isinstance(index, tuple) and index[:1] != ("slice",) else (index,)
    text = f"[{', '.join(map(_place, parts))}]"
    return text if len(text) <= _SUBSCRIPT else "part"


def _place(index: Any) -> str:
    """One axis of a subscript as Python writes it; `…` for a number that follows the batch size."""
    if isinstance(index, tuple):
        start, stop, step = ("" if number is None else _place(number) for number in index[1:])
        return f"{start}:{stop}" + f":{step}" * bool(step)
    if isinstance(index, Extent):
        return "…" if index.varies else str(index.values[0])
    return str(index)


def _is_cut(call: Call) -> bool:
    """Whether what a call picks is a stretch of each axis: a slice, `crop_like`, `chunk`."""
    return picks(call) and call.inputs[0].type.rank == call.outputs[0].type.rank


ASSOCIATIVE: Final = ("+", "×")
ORDERED: Final = ("−", "÷")
_SIGNS: Final = {"add": "+", "sub": "−", "mul": "×", "div": "÷"}
_OPERATORS: Final = _SIGNS | {
    "pow": "^", "floor_divide": "//", "remainder": "mod", "gt": ">", "ge": "≥", "lt": "<", "le": "≤", "eq": "=",
    "ne": "≠",
}  # fmt: skip


def sign(call: Call) -> str:
    """The sign of a call that joins tensors element by element, "" for any other."""
    return _SIGNS.get(call.entry.name, "")


def is_scaling(call: Call) -> bool:
    """Whether a tensor is multiplied or divided by a number."""
    is_quotient = call.entry.name == "div" and isinstance(call.forward[0], Value)
    return len(call.inputs) == 1 and (call.entry.name == "mul" or is_quotient)


def loosely(call: Call, text: str) -> str:
    """What is said of several calls that differ in a number: `scaled`, `shifted`, `cut`; else `text`."""
    if text.startswith("["):
        return "cut" if _is_cut(call) else "part"
    if is_scaling(call):
        return "scaled"
    is_shift = call.entry.name == "add" or (call.entry.name == "sub" and isinstance(call.forward[0], Value))
    return "shifted" if is_shift and len(call.inputs) == 1 else text


def is_formula(call: Call) -> bool:
    """Whether a call is written with an operator's sign: `+ pos_embedding`, `1 −`, `> 0`."""
    return call.entry.name in _OPERATORS and (bool(sign(call)) or len(call.inputs) == 1)


def _arithmetic(call: Call, constants: Mapping[Value, str]) -> str:
    """`+ pos_embedding` for a parameter or constant, `1 −` or `× 0.5` for a number, the function's name else."""
    name = call.entry.name
    if is_formula(call):
        first, second = (_operand(operand, name, constants) for operand in call.forward)
        if first and name in ("add", "mul"):
            first, second = second, first
        if first or second:
            return f"{first} {_OPERATORS[name]} {second}".strip()
        return {"mul": "squared", "add": "doubled"}.get(name, name)  # one tensor twice
    written = ", ".join(_numbers(call, constants)) if name != "where" else ""
    return {"neg": "negative"}.get(name, name) + f"({written})" * bool(written)


def _numbers(call: Call, constants: Mapping[Value, str]) -> list[str]:
    """The numbers that a function is told, but for those that torch takes by itself."""
    return [
        _operand(operand, call.entry.name, constants)
        for argument, operand in zip(call.entry.forward, call.forward, strict=False)
        if isinstance(operand, Extent | int | float) and not isinstance(operand, bool) and operand != argument.default
    ]


def _operand(operand: Any, operator: str, constants: Mapping[Value, str]) -> str:
    """A number with four digits, the name of a constant, in brackets where it is a formula, "" for any other tensor."""
    if isinstance(operand, Value):
        name = constants.get(operand, "")
        is_compound = any(f" {sign} " in name for sign in _OPERATORS.values()) and operator != "add"
        return f"({name})" if is_compound or " of " in name else name
    number = operand.values[-1] if isinstance(operand, Extent) else operand
    return (f"{number:.4g}" if isinstance(number, float) else str(number)).replace("-", "−")


_LONGEST: Final = 48
"""Letters of what is computed of constants; of longer words the end is left out."""


def transposes(call: Call) -> bool:
    """Whether a call puts the axes of a tensor into another order."""
    origins = [axis for axes in call.result.reach.axes or () for axis in axes]
    return call.entry.effect == "moves" and origins != sorted(origins)


def created(call: Call) -> str:
    """`zeros`, `full(0.5)`, `arange(1, 9)`: what is made of no tensor, with the numbers that it is told."""
    numbers = _numbers(call, {})
    return call.entry.name + f"({', '.join(numbers)})" * bool(numbers)


def bracketed(name: str) -> str:
    """A name that is more than a word in brackets."""
    return f"({name})" if " " in name else name


def computed(call: Call, names: Mapping[Value, str]) -> str:
    """What a call makes of constants alone, `0.5 × strange`, `sum of codebook`, `row − column`."""
    if call.entry.name in _OPERATORS:
        first, second = (_operand(operand, call.entry.name, names) for operand in call.forward)
        text = f"{first} {_OPERATORS[call.entry.name]} {second}"
    else:
        operands = dict.fromkeys(names[value] for value in call.inputs)
        text = f"{remark(call, {})} of {', '.join(map(bracketed, operands))}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def last_name(path: str) -> str:
    """The last part of a path that is a name: `encoder.layers.0` is `layers`."""
    parts = [part for part in path.split(".") if not part.isdigit()]
    return parts[-1] if parts else ""


def given_name(call: Call) -> str:
    """What the spec calls a line, "" where it has only a number or its function's own name."""
    last = call.path.rsplit(".", 1)[-1]
    name = call.entry.name
    numbered = last.startswith(f"{name}_") and last[len(name) + 1 :].isdigit()
    return "" if last.isdigit() or last == name or numbered else last


# --- shapes ----------------------------------------------------------------------------------


def times(sizes: tuple[Any, ...]) -> str:
    """Sizes with × between them."""
    return "×".join(str(size) for size in sizes)


def channel_axes(network: Network) -> dict[Value, int | None]:
    """For every tensor the axis (batch included) that is drawn as its channels: that of its units, else the likeliest
    for its rank; None for ids and single numbers."""
    axes = unit_axes(network)
    values = [*(item.value for item in network.inputs), *(value for call in network.calls for value in call.outputs)]
    return {value: _channel_axis(value, axes[value]) for value in values}


def _channel_axis(value: Value, units: int | None) -> int | None:
    rank, is_map = value.type.rank, value.type.rank >= 4
    if is_map and value.type.shape[1] == 1 and 1 not in value.batch_axes:
        return 1  # a spectrogram that was made an image of one channel, whatever its rows once were
    if units is not None or rank == 0 or not value.type.is_float:
        return units
    return 1 if is_map else rank - 1


def sizes(value: Value, axis: int | None) -> tuple[str, int, tuple[int, ...]]:
    """A tensor's shape as text without the batch, its channels (0 for none) and its spatial sizes.

    Channels before the space are written `64@55×55`, after it as the tensor has them: `40×256`.
    """
    each = _of_one(value)
    kept = [place for place in range(len(each)) if place not in value.batch_axes or each[place] > 1]
    space = tuple(each[place] for place in kept if place != axis)
    channels = each[axis] if axis in kept and axis is not None else 0
    if not kept:
        return "1", 0, ()
    if channels and space and kept[0] == axis:
        return f"{channels}@{times(space)}", channels, space
    return times(tuple(each[place] for place in kept)), channels, space


def heads_joined(value: Value) -> tuple[int, tuple[int, ...]]:
    """Channels and space of attention by head, drawn as wide as the heads are together. Sizes (head, time, size)."""
    *heads, time, size = (extent for place, extent in enumerate(_of_one(value)) if place not in value.batch_axes)
    return prod(heads) * size, (time,)


def _of_one(value: Value) -> tuple[int, ...]:
    """The sizes for one example: where windows of an image were laid into the batch, the windows of one image."""
    two = value.types[0].shape
    return tuple(size // PROBES[0] if place in value.batch_axes else size for place, size in enumerate(two))
