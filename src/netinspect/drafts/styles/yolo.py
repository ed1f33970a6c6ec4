"""The model files of ultralytics and yolov5: `backbone` and `head` with rows of `[from, repeats, module, args]`.

Each row becomes a line `l0`, `l1`, …, after its number. The modules that a row names become blocks of the spec, with
the names of layers that those projects give them, so that the keys of their checkpoints are easy to follow. Two
dialects share the format: yolov5 has anchors, and the first convolution of its Bottleneck is 1x1; ultralytics works
without anchors, and that convolution is 3x3.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from netinspect.catalogue import LAYERS
from netinspect.drafts.style import Rewritten, Style


class _UntranslatableError(Exception):
    """A module, or an argument of one, that is not known here."""


@dataclass(slots=True)
class _Model:
    """What the file says, and the lines and blocks while they grow.

    `channels` holds those that each row yields; `anchors` is how many a place has, 0 without them.
    """

    classes: int
    anchors: int
    depth: float
    width: float
    most: float
    scale: str | None
    activation: str
    regression: int
    keypoints: object
    channels: list[int] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    blocks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    legacy: bool = True
    notes: dict[str, None] = field(default_factory=dict)

    def scaled(self, channels: object) -> int:
        """Channels times the width, up to a multiple of 8."""
        count = _whole(channels)
        return math.ceil(min(count, self.most) * self.width / 8) * 8


@dataclass(frozen=True, slots=True)
class _Row:
    """A row: its number, the rows it takes, how often its module stands in it, the module, and its arguments."""

    number: int
    sources: tuple[int, ...]
    repeats: int
    module: str
    arguments: tuple[object, ...]


def _whole(value: object) -> int:
    """A whole number; _UntranslatableError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise _UntranslatableError
    return value


# ------------------------------------------------------------------------------------------------------------- blocks


_BLOCKS: Final[Mapping[str, tuple[str, Mapping[str, tuple[str, ...]]]]] = {
    # Conv: without a padding of its own (p = -1) it keeps the size, with `act` an activation follows.
    "Conv": (
        "",
        {
            "Conv(width, k=1, s=1, p=-1, g=1, act=True)": (
                "- conv: Conv2d(width, kernel_size=k, stride=s, padding=k // 2 if p < 0 else p, groups=g, bias=False)",
                "- bn: BatchNorm2d(eps=0.001, momentum=0.03)",
                "- ACTIVATION if act",
            )
        },
    ),
    "Bottleneck": (
        "Conv",
        {
            "Bottleneck(width, shortcut=True, g=1, k=KERNEL, e=0.5)": (
                "- cv1: Conv(int(width * e), k)",
                "- cv2: Conv(width, 3, g=g)",
                "- add(prev, input) if shortcut and input.shape[1] == width",
            )
        },
    ),
    # C3, whose inner bottlenecks begin with 1x1, and C3k, where they begin with 3x3.
    **{
        name: (
            "Bottleneck",
            {
                f"{name}(width, n=1, shortcut=True, g=1, e=0.5)": (
                    "- cv1: Conv(int(width * e))",
                    f"- m: n * Bottleneck(int(width * e), shortcut, g, {kernel}, 1.0)",
                    "- cv2(input): Conv(int(width * e))",
                    "- cat(m, cv2, dim=1)",
                    "- cv3: Conv(width)",
                )
            },
        )
        for name, kernel in (("C3", 1), ("C3k", 3))
    },
    "C2": (
        "Bottleneck",
        {
            "C2(width, n=1, shortcut=True, g=1, e=0.5)": (
                "- cv1: Conv(2 * int(width * e))",
                "- halves: chunk(2, dim=1)",
                "- m(halves[0]): n * Bottleneck(int(width * e), shortcut, g, 3, 1.0)",
                "- cat(m, halves[1], dim=1)",
                "- cv2: Conv(width)",
            )
        },
    ),
    "SPPF": (
        "Conv",
        {
            "SPPF(width, k=5)": (
                "- cv1: Conv(input.shape[1] // 2)",
                "- m: 3 * MaxPool2d(k, stride=1, padding=k // 2)",
                "- cat(cv1, m.steps[0], m.steps[1], m.steps[2], dim=1)",
                "- cv2: Conv(width)",
            )
        },
    ),
    "BottleneckCSP": (
        "Bottleneck",
        {
            "BottleneckCSP(width, n=1, shortcut=True, g=1, e=0.5)": (
                "- cv1: Conv(int(width * e))",
                "- m: n * Bottleneck(int(width * e), shortcut, g, KERNEL, 1.0)",
                "- cv3: Conv2d(int(width * e), kernel_size=1, bias=False)",
                "- cv2(input): Conv2d(int(width * e), kernel_size=1, bias=False)",
                "- cat(cv3, cv2, dim=1)",
                "- bn: BatchNorm2d(eps=0.001, momentum=0.03)",
                "- SiLU",
                "- cv4: Conv(width)",
            )
        },
    ),
    "Focus": (
        "Conv",
        {
            "Focus(width, k=1, s=1)": (
                "- corner: input[:, :, ::2, ::2]",
                "- below: input[:, :, 1::2, ::2]",
                "- beside: input[:, :, ::2, 1::2]",
                "- across: input[:, :, 1::2, 1::2]",
                "- cat(corner, below, beside, across, dim=1)",
                "- conv: Conv(width, k, s)",
            )
        },
    ),
    # C2PSA: attention over all places of half the channels; a head has 64 channels, its keys half as many.
    "C2PSA": (
        "Conv",
        {
            "Attention(width, heads)": (
                "- qkv: Conv(width * 2, act=False)",
                "- flatten(2)",
                "- unflatten(1, (heads, 2 * (width // heads)))",
                "- parts: split([width // heads // 2, width // heads // 2, width // heads], dim=2)",
                "- values: parts[2]",
                "- matmul(transpose(parts[0], 2, 3), parts[1])",
                "- mul(prev, 1 / sqrt(width // heads // 2))",
                "- softmax(dim=3)",
                "- matmul(values, transpose(prev, 2, 3))",
                "- flatten(1, 2)",
                "- attended: unflatten(2, (input.shape[2], input.shape[3]))",
                "- flatten(values, 1, 2)",
                "- unflatten(2, (input.shape[2], input.shape[3]))",
                "- pe: Conv(width, 3, g=width, act=False)",
                "- add(attended, pe)",
                "- proj: Conv(width, act=False)",
            ),
            "PSABlock(width, heads)": (
                "- attn: Attention(width, heads)",
                "- attended: add(prev, input)",
                "- ffn:",
                "  - Conv(width * 2)",
                "  - Conv(width, act=False)",
                "- add(prev, attended)",
            ),
            "C2PSA(width, n=1, e=0.5)": (
                "- cv1: Conv(2 * int(width * e))",
                "- halves: chunk(2, dim=1)",
                "- m(halves[1]): n * PSABlock(int(width * e), max(int(width * e) // 64, 1))",
                "- cat(halves[0], m, dim=1)",
                "- cv2: Conv(width)",
            ),
        },
    ),
    "Branch": (
        "Conv",
        {
            "Branch(hidden, outputs)": (
                "- Conv(hidden, 3)",
                "- Conv(hidden, 3)",
                "- Conv2d(outputs, kernel_size=1)",
            )
        },
    ),
    "Light": (
        "Branch",
        {
            "Light(hidden, outputs)": (
                "- Conv(input.shape[1], 3, g=input.shape[1])",
                "- Conv(hidden)",
                "- Conv(hidden, 3, g=hidden)",
                "- Conv(hidden)",
                "- Conv2d(outputs, kernel_size=1)",
            )
        },
    ),
}
"""The block that stands for a module: the one that it is made of, and its lines with those of blocks inside it.
ACTIVATION is that of the file, KERNEL the first kernel of its dialect's bottlenecks."""


def _block(model: _Model, name: str) -> str:
    """Adds the block of a module behind those that it is made of, and gives its name."""
    of, texts = _BLOCKS[name]
    if of:
        _block(model, of)
    words = {"ACTIVATION": model.activation, "KERNEL": "1" if model.anchors else "3"}
    for word, meant in words.items():
        texts = {
            head.replace(word, meant): tuple(line.replace(word, meant) for line in lines)
            for head, lines in texts.items()
        }
    model.blocks |= texts
    return name


def _c2f(model: _Model, turns: int, name: str, inner: str, defaults: str) -> str:
    """C2f and C3k2: what every turn of the inner module yields is joined, so each number of turns has its block."""
    _block(model, "Bottleneck")
    steps = ", ".join(f"m.steps[{turn}]" for turn in range(turns))
    model.blocks[f"{name}x{turns}({defaults})"] = (
        "- cv1: Conv(2 * int(width * e))",
        "- halves: chunk(2, dim=1)",
        f"- m(halves[1]): {turns} * {inner}",
        f"- cat(halves[0], halves[1], {steps}, dim=1)",
        "- cv2: Conv(width)",
    )
    return f"{name}x{turns}"


# --------------------------------------------------------------------------------------------------- rows of a module


def _call(name: str, values: Sequence[object]) -> str:
    """`C3(128, 1, False)` from values of YAML; _UntranslatableError for one that is no number or truth."""
    if not all(isinstance(value, int | float) for value in values):
        raise _UntranslatableError
    return f"{name}({', '.join(map(str, values))})"


def _text_of_conv(model: _Model, row: _Row, source: int) -> tuple[str, int]:
    """Conv and DWConv; a dilation or a list of sizes is not known here."""
    width, values = model.scaled(row.arguments[0]), list(row.arguments[1:])
    if row.module == "DWConv":
        if len(values) > 2:
            raise _UntranslatableError
        values += [1, 1][len(values) :] + [-1, math.gcd(source, width)]
    if len(values) > 4:
        raise _UntranslatableError
    values = [-1 if place == 2 and value is None else value for place, value in enumerate(values)]
    return _call(_block(model, "Conv"), [width, *values]), width


def _text_of_csp(model: _Model, row: _Row, source: int) -> tuple[str, int]:  # noqa: ARG001  one signature for all
    """The modules that hold a number of bottlenecks: C3, C2f, C3k2, BottleneckCSP, C2PSA."""
    width, values = model.scaled(row.arguments[0]), list(row.arguments[1:])
    if row.module in _BLOCKS:
        return _call(_block(model, row.module), [width, row.repeats, *values]), width
    if row.module == "C2f":
        inner = "Bottleneck(int(width * e), shortcut, g, 3, 1.0)"
        name = _c2f(model, row.repeats, "C2f", inner, "width, shortcut=False, g=1, e=0.5")
        return _call(name, [width, *values]), width
    model.legacy = False
    deep = values.pop(0) if values else False
    if len(values) > 1:
        raise _UntranslatableError
    deep = True if model.scale in {"m", "l", "x"} else deep
    inner = f"{_block(model, 'C3k')}(int(width * e), 2)" if deep else "Bottleneck(int(width * e))"
    name = _c2f(model, row.repeats, "C3k2deep" if deep else "C3k2", inner, "width, e=0.5")
    return _call(name, [width, *values]), width


def _text_of_pyramid(model: _Model, row: _Row, source: int) -> tuple[str, int]:  # noqa: ARG001  one signature for all
    """SPPF, SPP and Focus."""
    width, values = model.scaled(row.arguments[0]), list(row.arguments[1:])
    if len(values) <= {"SPPF": 1, "Focus": 2}.get(row.module, -1):
        return _call(_block(model, row.module), [width, *values]), width
    sizes = values[0] if values else [5, 9, 13]
    if row.module != "SPP" or len(values) > 1 or not isinstance(sizes, list | tuple):
        raise _UntranslatableError
    sizes = [_whole(size) for size in sizes]
    _block(model, "Conv")
    name = "SPP" if sizes == [5, 9, 13] else f"SPP{'_'.join(map(str, sizes))}"
    model.blocks[f"{name}(width)"] = (
        "- cv1: Conv(input.shape[1] // 2)",
        *(f"- pool{size}(cv1): MaxPool2d({size}, stride=1, padding={size // 2})" for size in sizes),
        f"- cat(cv1, {', '.join(f'pool{size}' for size in sizes)}, dim=1)",
        "- cv2: Conv(width)",
    )
    return _call(name, [width]), width


def _text_of_bottleneck(model: _Model, row: _Row, source: int) -> tuple[str, int]:  # noqa: ARG001
    width, values = model.scaled(row.arguments[0]), list(row.arguments[1:])
    if len(values) > 2:
        raise _UntranslatableError
    return _call(_block(model, "Bottleneck"), [width, *values]), width


def _text_of_torch(model: _Model, row: _Row, source: int) -> tuple[str, int]:
    """`nn.Upsample`, `nn.MaxPool2d` and other layers of torch, with torch's own values in torch's order."""
    name, values = row.module.removeprefix("nn."), list(row.arguments)
    if name == "Upsample":
        if len(values) not in {2, 3} or values[0] not in {None, "None"} or values[2:] not in ([], ["nearest"]):
            raise _UntranslatableError
        return f"Upsample(scale_factor={_whole(values[1])})", source
    if name in {"Conv2d", "ConvTranspose2d"}:
        if name == "Conv2d" and not model.anchors:
            raise _UntranslatableError
        width = _whole(values[0])
        width = width if width == model.anchors * (model.classes + 5) else model.scaled(width)
        words = [f"{word}={_whole(value)}" for word, value in zip(("stride", "padding"), values[2:4], strict=False)]
        return f"{name}({', '.join([str(width), f'kernel_size={_whole(values[1])}', *words])})", width
    if name == "BatchNorm2d":
        return "BatchNorm2d(eps=0.001, momentum=0.03)", source
    if name not in LAYERS or not re.search(r"Pool2d|Pad2d|^Identity|^Dropout|LU\d?$|^Sigmoid|^Tanh", name):
        raise _UntranslatableError
    texts = [f"({', '.join(map(str, value))})" if isinstance(value, list | tuple) else str(value) for value in values]
    return (f"{name}({', '.join(texts)})" if texts else name), source


MODULES: Final[Mapping[str, Callable[[_Model, _Row, int], tuple[str, int]]]] = {
    **dict.fromkeys(("Conv", "DWConv"), _text_of_conv),
    **dict.fromkeys(("C2", "C3", "C2f", "C3k2", "BottleneckCSP", "C2PSA"), _text_of_csp),
    **dict.fromkeys(("SPPF", "SPP", "Focus"), _text_of_pyramid),
    "Bottleneck": _text_of_bottleneck,
}
"""What the line of each module says, and the channels behind it."""

HEADS: Final = frozenset({"Detect", "Segment", "Pose", "OBB", "Classify"})
BRANCHES: Final = {"Segment": "mask", "Pose": "pose", "OBB": "angle"}
"""What the branches of a head are called that it has besides those of Detect."""

TAKE_REPEATS: Final = frozenset({"C2", "C3", "C2f", "C3k2", "BottleneckCSP", "C2PSA"})
"""The modules whose repeats are inside of them."""


def _add(model: _Model, row: _Row) -> None:
    """Appends the line of a row, or the lines of a head."""
    name = f"l{row.number}"
    if row.module in HEADS:
        if row.module != "Classify":
            _detect(model, row)
        elif list(row.arguments) != [model.classes] or len(row.sources) != 1:
            raise _UntranslatableError
        else:
            _block(model, "Conv")
            brackets = "" if row.sources[0] == row.number - 1 else f"(l{row.sources[0]})"
            steps = ("conv: Conv(1280)", "AdaptiveAvgPool2d(1)", "Flatten", f"linear: Linear({model.classes})")
            model.lines += [f"- {name}{brackets}:", *(f"  - {step}" for step in steps)]
        model.channels.append(model.classes)
        return
    if row.module == "Concat":
        words = ", ".join(f"l{source}" for source in row.sources)
        if list(row.arguments) not in ([1], []):
            raise _UntranslatableError
        model.lines.append(f"- {name}: cat({words}, dim=1)")
        model.channels.append(sum(model.channels[source] for source in row.sources))
        return
    if len(row.sources) != 1 or (not row.arguments and row.module in MODULES):
        raise _UntranslatableError
    (source,) = row.sources
    translate = MODULES.get(row.module, _text_of_torch if row.module.startswith("nn.") else None)
    if translate is None:
        raise _UntranslatableError
    text, channels = translate(model, row, model.channels[source] if source >= 0 else 3)
    if row.repeats > 1 and row.module not in TAKE_REPEATS:
        text = f"{row.repeats} * {text}"
    brackets = "" if source == row.number - 1 else f"(l{source})"
    model.lines.append(f"- {name}{brackets}: {text}")
    model.channels.append(channels)


# -------------------------------------------------------------------------------------------------------------- heads


def _detect(model: _Model, row: _Row) -> None:
    """ultralytics: a branch for the box and one for the classes at each scale, and the mean over the bins of a side.
    yolov5: one 1x1 convolution a scale, with 5 values and the classes for each anchor."""
    if model.anchors:
        if row.module != "Detect":
            raise _UntranslatableError
        for place, source in enumerate(row.sources):
            values = model.anchors * (model.classes + 5)
            model.lines.append(f"- detect{place}(l{source}): Conv2d({values}, kernel_size=1)")
            model.outputs.append(f"detect{place}")
        model.notes["the outputs are those of the last convolutions, from which yolov5 works out the boxes"] = None
        return
    channels = [model.channels[source] for source in row.sources]
    bins = model.regression
    box, score = max(16, channels[0] // 4, bins * 4), max(channels[0], min(model.classes, 100))
    branch = _block(model, "Branch" if model.legacy else "Light")
    for place, source in enumerate(row.sources):
        model.lines.append(f"- box{place}(l{source}): Branch({box}, {4 * bins})")
        model.lines.append(f"- score{place}(l{source}): {branch}({score}, {model.classes})")
    places = range(len(channels))
    model.lines.append(f"- cat({', '.join(f'flatten(box{place}, 2)' for place in places)}, dim=2)")
    if bins > 1:
        model.lines += [
            f"- unflatten(1, (4, {bins}))",
            "- transpose(1, 2)",
            "- softmax(dim=1)",
            "- dfl: Conv2d(1, kernel_size=1, bias=False)",
            "- boxes: squeeze(dim=1)",
        ]
    else:
        model.lines[-1] = model.lines[-1].replace("- cat", "- boxes: cat")
    model.lines.append(f"- cat({', '.join(f'flatten(score{place}, 2)' for place in places)}, dim=2)")
    model.lines.append("- scores: sigmoid")
    model.outputs += ["boxes", "scores"]
    _more_of_detect(model, row, channels)
    model.notes["boxes holds the distances to the four sides in cells: anchor points and strides come behind"] = None
    if bins > 1:
        model.notes["ultralytics keeps dfl fixed, its weights count from 0: add `frozen: [dfl]`"] = None


def _more_of_detect(model: _Model, row: _Row, channels: Sequence[int]) -> None:
    """What Segment, Pose and OBB have besides: a branch a scale, and the prototypes of the masks."""
    values = list(row.arguments)
    if not values or values.pop(0) != model.classes:
        raise _UntranslatableError
    if row.module == "Detect":
        if values:
            raise _UntranslatableError
        return
    if row.module == "Segment":
        masks, prototypes = (_whole(value) for value in (values or [32, 256]))
        extra = masks
        width = math.ceil(min(prototypes, model.most) * model.width / 8) * 8
        model.lines += [
            f"- proto(l{row.sources[0]}):",
            f"  - cv1: Conv({width}, 3)",
            f"  - upsample: ConvTranspose2d({width}, kernel_size=2, stride=2)",
            f"  - cv2: Conv({width}, 3)",
            f"  - cv3: Conv({masks})",
        ]
        model.outputs.append("proto")
    elif row.module == "Pose":
        shape = values[0] if values and isinstance(values[0], list) else model.keypoints
        if not isinstance(shape, list) or len(shape) != 2:
            raise _UntranslatableError
        extra = _whole(shape[0]) * _whole(shape[1])
    else:
        extra = _whole(values[0]) if values else 1
    hidden, name = max(channels[0] // 4, extra), BRANCHES[row.module]
    for place, source in enumerate(row.sources):
        model.lines.append(f"- {name}{place}(l{source}): Branch({hidden}, {extra})")
    joined = ", ".join(f"flatten({name}{place}, 2)" for place in range(len(row.sources)))
    model.lines.append(f"- {name}s: cat({joined}, dim=2)")
    model.outputs.append(f"{name}s")


# --------------------------------------------------------------------------------------------------------- whole files


_ACTIVATION: Final = r"(?:torch\.)?nn\.(\w+)(\((?:[\d.]*|inplace=\w+)\))?"


def _model(data: Mapping[str, object]) -> _Model:
    """What the keys beside `backbone` and `head` say."""
    anchors = data.get("anchors")
    pairs = anchors[0] if isinstance(anchors, list) and anchors else None
    count = len(pairs) // 2 if isinstance(pairs, list) else anchors if isinstance(anchors, int) else 0
    if anchors is not None and not count:
        raise _UntranslatableError
    scales = data.get("scales")
    depth, width, most = data.get("depth_multiple", 1.0), data.get("width_multiple", 1.0), math.inf
    scale = data.get("scale")
    notes: dict[str, None] = {}
    if isinstance(scales, Mapping) and scales:
        scale = scale if scale in scales else next(iter(scales))
        values = scales[scale]
        if not isinstance(values, list) or len(values) != 3:
            raise _UntranslatableError
        depth, width, most = values
        notes[f"scale {scale} of {', '.join(map(str, scales))}"] = None
    if not all(isinstance(value, int | float) for value in (depth, width)) or data.get("end2end"):
        raise _UntranslatableError
    # `nn.LeakyReLU(0.1)` as a step; SiLU where the file says none.
    stated = data.get("activation")
    activation = re.fullmatch(_ACTIVATION, "nn.SiLU" if stated is None else str(stated))
    if activation is None or activation[1] not in LAYERS:
        raise _UntranslatableError
    return _Model(
        classes=_whole(data.get("nc", 80)),
        anchors=count,
        depth=cast("float", depth),
        width=cast("float", width),
        most=most,
        scale=scale if isinstance(scale, str) else None,
        activation=activation[1] + (activation[2] if re.search(r"\d", activation[2] or "") else ""),
        regression=_whole(data.get("reg_max", 16)),
        keypoints=data.get("kpt_shape"),
        notes=notes,
    )


def _row(number: int, row: object, data: Mapping[str, object], depth: float) -> _Row:
    """A row of the file; words such as `nc` and `anchors` among its arguments stand for the keys of the file."""
    if not isinstance(row, list) or len(row) != 4 or not isinstance(row[2], str) or not isinstance(row[3], list):
        raise _UntranslatableError
    source, repeats, module, values = row
    numbers = source if isinstance(source, list) else [source]
    sources = tuple(_whole(place) + (number if place < 0 else 0) for place in numbers)
    if any(not (0 <= place < number or (number == 0 and place == -1)) for place in sources):
        raise _UntranslatableError
    count = _whole(repeats)
    count = max(round(count * depth), 1) if count > 1 else count
    literals: dict[str, object] = {"None": None, "True": True, "False": False}
    words = [literals.get(value, data.get(value, value)) if isinstance(value, str) else value for value in values]
    if data.get("anchors") is not None and module == "Detect":
        words = words[:1]
    return _Row(number, sources, count, module, tuple(words))


def _rewrite(text: str, data: object) -> Rewritten | None:  # noqa: ARG001  the rows are read from the data
    """A model file as lines and blocks; None for another text, or a module that is not known here."""
    file = {"backbone": data} if isinstance(data, list) else data
    if not isinstance(file, Mapping):
        return None
    if "backbone" not in file and set(file) <= {"name", "input", "layers", "nc"}:  # rows as the lines of a spec
        file = {**file, "backbone": file.get("layers")}
    parts = [file.get("backbone"), file.get("head", [])]
    rows = [row for part in parts if isinstance(part, list) for row in part]
    if not all(isinstance(part, list) for part in parts) or not rows:
        return None
    sizes = file.get("input")
    if file.get("ch", 3) != 3 or not (sizes is None or (isinstance(sizes, list) and sizes[:1] == [3])):
        return None
    try:
        model = _model(file)
        for number, row in enumerate(rows):
            _add(model, _row(number, row, file, model.depth))
    except (_UntranslatableError, TypeError, IndexError):
        return None
    notes = [] if sizes else ["the input is the 640 by 640 that these projects train with"]
    name = file.get("name")
    return Rewritten(
        layers=tuple(model.lines),
        input=str(sizes or [3, 640, 640]),
        name=name if isinstance(name, str) else None,
        blocks=tuple(
            line for header, body in model.blocks.items() for line in (f"{header}:", *(f"  {text}" for text in body))
        ),
        outputs=f"[{', '.join(model.outputs)}]" if model.outputs else None,
        note="; ".join([*notes, *model.notes]) or None,
    )


STYLE: Final = Style("a model file of ultralytics or yolov5", _rewrite)
