"""Darknet's cfg files: `[convolutional]`, `[route]`, `[shortcut]` and the others, one section a layer.

Other sections are named by their number, counted from 0 behind `[net]` or backwards from where the number is used.
Sizes are followed through the file, because Darknet's pooling pads at the right and at the bottom where a size is odd.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from netinspect.drafts.style import Rewritten, Style
from netinspect.drafts.wiring import Wire, Wiring


class _UntranslatableError(Exception):
    """A section, or a setting of one, that a spec cannot say."""


@dataclass(frozen=True, slots=True)
class _Section:
    """A section of the file with its settings."""

    name: str
    settings: dict[str, str]

    def number(self, key: str, default: int = 0) -> int:
        """A whole number of the settings; _UntranslatableError for another text."""
        text = self.settings.get(key, str(default))
        if not re.fullmatch(r"-?\d+", text):
            raise _UntranslatableError
        return int(text)

    def numbers(self, key: str) -> list[int]:
        """Numbers between commas."""
        texts = [text.strip() for text in self.settings.get(key, "").split(",") if text.strip()]
        if not texts or not all(re.fullmatch(r"-?\d+", text) for text in texts):
            raise _UntranslatableError
        return [int(text) for text in texts]


@dataclass(frozen=True, slots=True)
class _Map:
    """What a section yields: the step it comes from, and its sizes; a vector has no height and width."""

    wire: Wire
    channels: int
    height: int = 0
    width: int = 0


@dataclass(slots=True)
class _Net:
    """The steps while they grow, what each section yields, and what the network returns."""

    wiring: Wiring
    current: _Map
    maps: list[_Map] = field(default_factory=list)
    outputs: list[Wire] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)

    def add(self, texts: Sequence[str], map_behind: tuple[int, int, int], inputs: Sequence[Wire] | None = None) -> None:
        """Appends steps for the section that is read, each taking the one above."""
        wires = (self.current.wire,) if inputs is None else tuple(inputs)
        wire = self.wiring.chain(texts, wires, 0, None, f"layer{len(self.maps)}") if texts else wires[0]
        self.current = _Map(wire, *map_behind)

    def other(self, number: int) -> _Map:
        """What the section of a number yields; a negative number counts backwards."""
        place = number if number >= 0 else len(self.maps) + number
        if not 0 <= place < len(self.maps):
            raise _UntranslatableError
        return self.maps[place]


ACTIVATIONS: Final = {
    "linear": None,
    "leaky": "LeakyReLU(0.1)",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "logistic": "Sigmoid",
    "mish": "Mish",
    "swish": "SiLU",
    "tanh": "Tanh",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "hardtan": "Hardtanh",
}
"""Darknet's activations; the slope of `leaky` is 0.1 in its sources."""

BATCH_NORM: Final = "(momentum=0.01)"
"""Darknet keeps 0.99 of its running means, and its GPU code adds 1e-5 to the variance, as torch does."""

REFUSED: Final = frozenset(
    """
    xnor binary antialiasing share_index stride_x stride_y weights_type weights_normalization deform sway rotate
    stretch stretch_sway bin_output maxpool_depth out_channels flipped coordconv assisted_excitation reverse
    """.split()
)
"""Settings that make another layer of a section, unless they are 0."""


def _activation(section: _Section, default: str) -> list[str]:
    name = section.settings.get("activation", default)
    if name not in ACTIVATIONS:
        raise _UntranslatableError
    step = ACTIVATIONS[name]
    return [step] if step else []


def _convolutional(section: _Section, net: _Net) -> None:
    source = net.current
    filters, size, stride = section.number("filters", 1), section.number("size", 1), section.number("stride", 1)
    padding = size // 2 if section.number("pad") else section.number("padding")
    groups, dilation = section.number("groups", 1), section.number("dilation", 1)
    if not source.height or min(filters, size, stride, groups, dilation) < 1 or (dilation > 1 and padding):
        raise _UntranslatableError
    normalised = bool(section.number("batch_normalize"))
    arguments = [str(filters), f"kernel_size={size}"]
    arguments += [f"stride={stride}"] if stride > 1 else []
    arguments += [f"padding={padding}"] if padding else []
    arguments += [f"dilation={dilation}"] if dilation > 1 else []
    arguments += [f"groups={groups}"] if groups > 1 else []
    arguments += ["bias=False"] if normalised else []
    steps = [f"Conv2d({', '.join(arguments)})", *([f"BatchNorm2d{BATCH_NORM}"] if normalised else [])]
    extent = (size - 1) * dilation + 1
    height, width = ((length + 2 * padding - extent) // stride + 1 for length in (source.height, source.width))
    net.add(steps + _activation(section, "logistic"), (filters, height, width))


def _connected(section: _Section, net: _Net) -> None:
    units, normalised = section.number("output", 1), bool(section.number("batch_normalize"))
    steps = ["Flatten"] if net.current.height else []
    steps.append(f"Linear({units}{', bias=False' if normalised else ''})")
    steps += [f"BatchNorm1d{BATCH_NORM}"] if normalised else []
    net.add(steps + _activation(section, "logistic"), (units, 0, 0))


def _maxpool(section: _Section, net: _Net) -> None:
    """Darknet pads size - 1 in all, the smaller half at the left, with values that are never the largest."""
    source = net.current
    stride = section.number("stride", 1)
    size = section.number("size", stride)
    padding = section.number("padding", size - 1)
    if not source.height or size < 1 or stride < 1 or padding >= 2 * size - 1 or padding < 0:
        raise _UntranslatableError
    height, width = ((length + padding - size) // stride + 1 for length in (source.height, source.width))
    arguments = [str(size)] + ([f"stride={stride}"] if stride != size else [])
    before: list[str] = []
    left, right = padding // 2, padding - padding // 2
    if size == stride == 2 and padding == 1:
        arguments += ["ceil_mode=True"] if source.height % 2 or source.width % 2 else []
    elif padding % 2 == 0 and left <= size // 2:
        arguments += [f"padding={left}"] if left else []
    elif right < size:
        before = [f"ReplicationPad2d(({left}, {right}, {left}, {right}))"]  # the largest value stays the largest
    else:
        raise _UntranslatableError
    net.add([*before, f"MaxPool2d({', '.join(arguments)})"], (source.channels, height, width))


def _avgpool(section: _Section, net: _Net) -> None:
    if set(section.settings) & {"size", "stride"} or not net.current.height:
        raise _UntranslatableError
    net.add(["AdaptiveAvgPool2d(1)"], (net.current.channels, 1, 1))


def _route(section: _Section, net: _Net) -> None:
    """One other section, or the channels of several one behind the other."""
    maps = [net.other(number) for number in section.numbers("layers")]
    groups, group = section.number("groups", 1), section.number("group_id")
    if len({(source.height, source.width) for source in maps}) > 1 or not 0 <= group < groups:
        raise _UntranslatableError
    if groups > 1:
        if len(maps) > 1 or maps[0].channels % groups:
            raise _UntranslatableError
        sizes = (maps[0].channels // groups, maps[0].height, maps[0].width)
        net.add([f"chunk({groups}, dim=1)", f"prev[{group}]"], sizes, [maps[0].wire])
        return
    first = maps[0]
    if len(maps) == 1:
        net.current = first
        return
    words = ", ".join(f"{{{place}}}" for place in range(len(maps)))
    channels = sum(source.channels for source in maps)
    net.add([f"cat({words}, dim=1)"], (channels, first.height, first.width), [source.wire for source in maps])


def _shortcut(section: _Section, net: _Net) -> None:
    """A sum; Darknet would also add maps of different sizes, which torch does not."""
    source = net.current
    for number in section.numbers("from"):
        other = net.other(number)
        sizes = (other.channels, other.height, other.width)
        if sizes != (source.channels, source.height, source.width):
            raise _UntranslatableError
        net.add(["add({0}, {1})"], sizes, [net.current.wire, other.wire])
    if steps := _activation(section, "linear"):
        net.add(steps, (source.channels, source.height, source.width))


def _scaled(section: _Section, net: _Net) -> None:
    """Each channel of another section times the value that this one has for it."""
    other = net.other(section.number("from"))
    if other.channels != net.current.channels or section.settings.get("scale_wh", "0") != "0":
        raise _UntranslatableError
    steps = ["mul({0}, {1})", *_activation(section, "linear")]
    net.add(steps, (other.channels, other.height, other.width), [other.wire, net.current.wire])


def _upsample(section: _Section, net: _Net) -> None:
    source, stride = net.current, section.number("stride", 2)
    if stride < 1 or section.settings.get("scale", "1") not in {"1", "1.0"}:
        raise _UntranslatableError
    sizes = (source.channels, source.height * stride, source.width * stride)
    net.add([f"Upsample(scale_factor={stride})"], sizes)


def _reorg(section: _Section, net: _Net) -> None:
    source, stride = net.current, section.number("stride", 1)
    if stride < 1 or source.height % stride or source.width % stride:
        raise _UntranslatableError
    net.notes["PixelUnshuffle has the sizes of Darknet's reorg, but puts the values in another order"] = None
    sizes = (source.channels * stride**2, source.height // stride, source.width // stride)
    net.add([f"PixelUnshuffle({stride})"], sizes)


def _dropout(section: _Section, net: _Net) -> None:
    source = net.current
    probability = section.settings.get("probability", "0.5")
    if not re.fullmatch(r"\d*\.?\d+", probability):
        raise _UntranslatableError
    net.add([f"Dropout({float(probability)})"], (source.channels, source.height, source.width))


def _softmax(section: _Section, net: _Net) -> None:
    source = net.current
    if section.number("groups", 1) != 1 or section.settings.get("tree") or section.number("spatial"):
        raise _UntranslatableError
    steps = ["Flatten"] if source.height else []
    net.add([*steps, "Softmax(dim=1)"], (source.channels * max(source.height * source.width, 1), 0, 0))


def _activated(section: _Section, net: _Net) -> None:
    source = net.current
    net.add(_activation(section, "linear"), (source.channels, source.height, source.width))


def _normalised(section: _Section, net: _Net) -> None:  # noqa: ARG001  it has no settings
    source = net.current
    rank = 2 if source.height else 1
    net.add([f"BatchNorm{rank}d{BATCH_NORM}"], (source.channels, source.height, source.width))


def _detection(section: _Section, net: _Net) -> None:
    """What a detection layer takes is an output of the network; its boxes are worked out behind it."""
    net.notes["the detection layers hold no params: what they take is what the network returns"] = None
    if section.name == "Gaussian_yolo":
        raise _UntranslatableError
    net.outputs.append(net.current.wire)


def _nothing(section: _Section, net: _Net) -> None:
    """A section that is there for training only."""


SECTIONS: Final = {
    "convolutional": _convolutional,
    "conv": _convolutional,
    "connected": _connected,
    "conn": _connected,
    "maxpool": _maxpool,
    "max": _maxpool,
    "avgpool": _avgpool,
    "avg": _avgpool,
    "route": _route,
    "shortcut": _shortcut,
    "scale_channels": _scaled,
    "upsample": _upsample,
    "reorg": _reorg,
    "reorg3d": _reorg,
    "dropout": _dropout,
    "softmax": _softmax,
    "soft": _softmax,
    "activation": _activated,
    "batchnorm": _normalised,
    "yolo": _detection,
    "region": _detection,
    "detection": _detection,
    "cost": _nothing,
}


def _sections(text: str) -> list[_Section] | None:
    """The sections of a cfg file; None for a text that is none."""
    sections: list[_Section] = []
    for line in text.splitlines():
        bare = re.sub(r"[#;].*", "", line).strip()
        if not bare:
            continue
        if match := re.fullmatch(r"\[(\w+)\]", bare):
            sections.append(_Section(match[1], {}))
            continue
        key, equals, value = bare.partition("=")
        if not equals or not sections or not re.fullmatch(r"[\w.]+", key.strip()):
            return None
        sections[-1].settings[key.strip()] = value.strip()
    return sections if len(sections) > 1 and sections[0].name in {"net", "network"} else None


def _rewrite(text: str, data: object) -> Rewritten | None:
    """A cfg file as lines, or its sections as mappings of YAML; None for another text, or what a spec cannot say."""
    is_cfg = re.search(r"^\s*\[net(?:work)?\]", text, re.MULTILINE) is not None
    sections = _sections(text) if is_cfg else _mappings(data)
    if sections is None:
        return None
    try:
        rewritten = _network(sections[0], sections[1:])
    except _UntranslatableError:
        return None
    return rewritten if is_cfg else replace(rewritten, consumed=("net",))


def _mappings(data: object) -> list[_Section] | None:
    """`net: {width: 32, …}` and `- {type: convolutional, …}`; None where the keys are not Darknet's."""
    net = data.get("net") if isinstance(data, Mapping) else None
    layers = data.get("layers") if isinstance(data, Mapping) else None
    if not isinstance(net, Mapping) or not isinstance(layers, list) or not layers:
        return None
    if not all(isinstance(layer, Mapping) and layer.get("type") in SECTIONS for layer in layers):
        return None
    entries = [("net", net), *((str(layer["type"]), layer) for layer in layers)]
    sections = []
    for name, entry in entries:
        plain = {str(key): int(value) if isinstance(value, bool) else value for key, value in entry.items()}
        texts = {
            key: ",".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in plain.items()
        }
        sections.append(_Section(name, {key: text for key, text in texts.items() if key != "type"}))
    return sections


def _network(header: _Section, sections: Sequence[_Section]) -> Rewritten:
    """The network of the sections behind `[net]`."""
    sizes = [header.number(key) for key in ("channels", "height", "width")]
    inputs = header.number("inputs")
    if all(size > 0 for size in sizes):
        source, text = _Map("input", *sizes), str(sizes)
    elif inputs > 0 and not any(sizes):
        source, text = _Map("input", inputs), f"[{inputs}]"
    else:
        raise _UntranslatableError
    net = _Net(Wiring(), source)
    for section in sections:
        if any(section.settings.get(key, "0") != "0" for key in REFUSED) or section.name not in SECTIONS:
            raise _UntranslatableError
        SECTIONS[section.name](section, net)
        net.maps.append(net.current)
    if not net.wiring.steps:
        raise _UntranslatableError
    outputs = net.outputs or [net.current.wire]
    lines, outputs_text = net.wiring.lines(outputs)
    return Rewritten(layers=lines, input=text, outputs=outputs_text, note="; ".join(net.notes) or None)


STYLE: Final = Style("a cfg file of Darknet", _rewrite, of_files=True)
