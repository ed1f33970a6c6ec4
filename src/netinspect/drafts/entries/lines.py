"""The entries of a file as the lines of a spec, wired to each other.

The name of a layer of Keras means what its activation gives, which is a line of its own here: so names are followed as
values, and a line is named where another one takes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from math import ceil
from typing import Final

from netinspect.catalogue import LAYERS
from netinspect.drafts.entries.items import Branches, Line, Phrase, Section, flat, is_of_keras, item
from netinspect.drafts.entries.layers import JOINS, Draft, Item, class_of, data_behind, squeezed, steps_of
from netinspect.drafts.entries.outline import Outline, input_of
from netinspect.drafts.keras.activations import torch_axis
from netinspect.drafts.keras.data import Data, KerasLayer
from netinspect.drafts.keras.graphs import UntranslatableError
from netinspect.drafts.keras.layers import merge
from netinspect.drafts.phrases import steps_of_words
from netinspect.drafts.style import Rewritten
from netinspect.drafts.wiring import Wire, Wiring, usable_name

_RUNNING: Final = ("x", "h", "out")
_INPUT_LAYERS: Final = frozenset({"Input", "InputLayer"})
_REDUCTIONS: Final = {
    **dict.fromkeys(("sum", "reducesum"), "sum"),
    **dict.fromkeys(("mean", "reducemean"), "mean"),
    **dict.fromkeys(("max", "reducemax"), "amax"),
}
"""Words for what takes an axis away, and the function that does."""

_CLASS_TOKENS: Final = frozenset({"classtoken", "clstoken", "addclasstoken", "classembedding", "addclstoken"})
_POSITIONS: Final = frozenset(
    "positionembedding positionalembedding learnedpositionembedding addpositionembedding positionembeddings "
    "learnedpositionalembedding posembed".split()
)
_RESIDUAL: Final = frozenset({"residual", "residualblock", "resblock", "resnetblock", "basicblock"})
_RESIDUAL_BLOCK: Final = (
    "Residual(width, stride=1):",
    "  - conv1: Conv2d(width, kernel_size=3, stride=stride, padding=1, bias=False)",
    "  - bn1: BatchNorm2d",
    "  - ReLU",
    "  - conv2: Conv2d(width, kernel_size=3, padding=1, bias=False)",
    "  - bn2: BatchNorm2d",
    "  - shortcut(input): Projection(width, stride) if bn2.shape != input.shape else Identity",
    "  - bn2 + shortcut",
    "  - ReLU",
    "Projection(width, stride):",
    "  - Conv2d(width, kernel_size=1, stride=stride, bias=False)",
    "  - BatchNorm2d",
)
_RESIDUAL_DOUBT: Final = (
    "what a residual block holds is not written: it is taken to be that of ResNet, two convolutions of 3 without bias, "
    "and one of 1 beside them where the sizes change"
)


@dataclass(slots=True)
class _Lines:
    """The lines of one list while they grow. `ends` are the branches that nothing has taken up yet, and `below` is the
    entry behind the one that is looked at."""

    outline: Outline
    draft: Draft
    wiring: Wiring
    last: Wire
    named: dict[str, tuple[Wire, Data]] = field(default_factory=dict)
    ends: list[Wire] = field(default_factory=list)
    parts: dict[str, tuple[int, Data]] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, None] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    blocks: tuple[str, ...] = ()
    below: object = None

    def add_all(self, entries: Sequence[object]) -> None:
        for entry, below in zip_longest(entries, entries[1:]):
            said = item(entry, self.draft.variables)
            self.below = below
            if isinstance(said, Section):
                self.add_all(said.entries)
                if isinstance(self.last, int) and self.wiring.steps[self.last].name is None:
                    self.wiring.steps[self.last] = replace(self.wiring.steps[self.last], hint=said.name)
                self.named.setdefault(said.name, (self.last, self.draft.data))
            elif isinstance(said, Branches):
                self._branches(said)
            elif isinstance(said, Phrase):
                self._phrase(said)
            elif isinstance(said, Line):
                self._line(said)
            else:
                self._item(said)

    # --- one entry -------------------------------------------------------------------------------

    def _phrase(self, phrase: Phrase) -> None:
        """A layer in the words of a textbook."""
        if phrase.sources:
            self._take(phrase.sources)
        kind = {1: "vector", 2: "steps", 3: "map"}.get(self.draft.data.axes or 0, "")
        steps, notes = steps_of_words(phrase.text, kind)
        if not steps:
            raise UntranslatableError
        for note in notes:
            self.draft.note(note)
        for step in steps:
            self.draft.data = data_behind(step.partition("(")[0], self.draft.data)
        main = len(steps) - 1 if steps[0] == "Flatten" else 0
        wire = self.wiring.chain(steps, (self._running(),), main, phrase.name, None)
        self._yield(wire, phrase.name, self.draft.data)

    def _line(self, line: Line) -> None:
        """A line as it stands, with the names in it followed."""
        if "{" in line.text:
            raise UntranslatableError
        if line.sources:
            taken = [self.value_of(word) for word in line.sources]
            part = self.parts.get(line.text)
            wires = [wire for wire, _ in taken]
            again = None if part is None else part[0]
            wire = self.wiring.add(line.text, wires, line.name, again=again)
            self._yield(wire, line.name, Data())
            return
        wires, datas = [], []

        def placed(match: re.Match[str]) -> str:
            word = match[0]
            if word in self.named:
                value = self.named[word]
            elif word in ("prev", *_RUNNING):
                value = (self._running(), self.draft.data)
            else:
                return word
            wires.append(value[0])
            datas.append(value[1])
            return f"{{{len(wires) - 1}}}"

        text = re.sub(r"(?<![\w.])[A-Za-z_]\w*(?![\w(=])(?!\s*=[^=])", placed, line.text)
        head = re.match(r"[A-Za-z_]\w*", line.text)
        is_layer = head is not None and head[0] in LAYERS
        if not wires:
            data = data_behind(head[0], self.draft.data) if head is not None and is_layer else Data()
            self._yield(self.wiring.add(text, (self._running(),), line.name), line.name, data)
            return
        first = datas[0]
        if re.fullmatch(r"\{0\}\[:, -?\d+\]", text) and first.axes == 2 and first.shape:
            data = Data(first.shape[1:])
        else:
            is_elementwise = re.fullmatch(r"[\s{}()\d+*/-]+", text.replace("abs", ""))
            data = first if is_elementwise and all(other == first for other in datas) else Data()
        self._yield(self.wiring.add(text, wires, line.name), line.name, data)

    def _item(self, layer: Item) -> None:
        word = squeezed(layer.type)
        if word in JOINS and len(layer.sources) > 1:
            self._join(layer)
        elif word in _REDUCTIONS and not layer.sources:
            self._reduce(layer, _REDUCTIONS[word])
        elif word in _CLASS_TOKENS:
            length, width = self._sequence()
            self.parameters["class_token"] = f"[1, 1, {width}]"
            self.draft.data = Data((length + 1, width))
            self._chain(("cat(expand(class_token, prev.shape[0], -1, -1), prev, dim=1)",), 0, layer)
        elif word in _POSITIONS:
            if set(layer.named) - {"learned", "learnable", "trainable"} or False in layer.named.values():
                raise UntranslatableError
            length, width = self._sequence()
            self.parameters["positions"] = f"{{shape: [1, {length}, {width}], init: normal, std: 0.02}}"
            self._chain(("prev + positions",), 0, layer)
        elif word in _RESIDUAL and class_of(layer.type) is None:
            self._residual(layer)
        elif (name := class_of(layer.type, self.draft.data)) is None:
            self.unknown.setdefault(layer.type)
            self._chain((layer.type,), 0, layer)
            self.draft.data = Data()
        elif name not in _INPUT_LAYERS:
            if layer.sources:
                self._take(layer.sources)
            steps, main = steps_of(self._with_window(name, layer), layer, self.draft)
            if layer.repeats != 1:
                if not isinstance(layer.repeats, int) or layer.sources:
                    raise UntranslatableError
                body = steps[0] if len(steps) == 1 else f"[{', '.join(steps)}]"
                steps, main = (f"{layer.repeats} * {body}",), 0
            self._chain(steps, main, layer)

    def _with_window(self, name: str, layer: Item) -> str:
        """The average over the whole map for a bare `avgpool` in front of a fully connected layer. That it is not said,
        and may be a pool of 2, is a doubt."""
        if not name.startswith("AveragePooling") or class_of(layer.type) == layer.type or layer.named or layer.values:
            return name
        below = item(self.below, self.draft.variables) if self.below is not None else None
        is_last = isinstance(below, Item) and class_of(below.type, self.draft.data) in {"Flatten", "Dense", "Linear"}
        what = "it is taken over the whole map" if is_last else "it is taken to be of 2"
        self.doubts.setdefault(f"`{layer.type}` says no window: {what}")
        return f"Global{name}" if is_last else name

    def _take(self, sources: Sequence[str]) -> None:
        """What a layer of one input takes is from here on the value that runs."""
        if len(sources) != 1:
            raise UntranslatableError
        self.last, self.draft.data = self.value_of(sources[0])
        self.ends = []

    def _chain(self, steps: tuple[str, ...], main: int, layer: Item) -> None:
        if not steps:
            return
        wire: Wire = self.wiring.chain(steps, (self._running(),), main, layer.name, None)
        self._yield(wire, layer.name, self.draft.data)

    def _yield(self, wire: Wire, name: str | None, data: Data) -> None:
        self.last, self.draft.data = wire, data
        self.ends = []
        if name:
            self.named[name] = (wire, data)

    def _running(self) -> Wire:
        """The value of the line above, which there is not behind branches."""
        if self.ends:
            raise UntranslatableError
        return self.last

    def value_of(self, word: str) -> tuple[Wire, Data]:
        if word in self.named:
            return self.named[word]
        if word in ("prev", "previous", *_RUNNING):
            return self._running(), self.draft.data
        raise UntranslatableError

    # --- what is no layer of one input -------------------------------------------------------------

    def _join(self, layer: Item) -> None:
        """A function of several values: `add`, `mul` or `cat`."""
        taken = [self.value_of(word) for word in layer.sources]
        wires, datas = [wire for wire, _ in taken], [data for _, data in taken]
        places = [f"{{{place}}}" for place in range(len(wires))]
        function = JOINS[squeezed(layer.type)]
        axis = layer.named.get("dim", layer.named.get("axis"))
        if function == "cat" and isinstance(axis, int) and self._is_of_torch(layer):
            self.ends = []
            text = f"cat({', '.join(places)}, dim={axis})"
            self._yield(self.wiring.chain((text,), wires, 0, layer.name, None), layer.name, Data())
            return
        class_name = {"cat": "Concatenate", "mul": "Multiply", "sub": "Subtract"}.get(function, function.capitalize())
        named = {"axis": axis} if axis is not None and "dim" not in layer.named else {}
        is_known = all(data.axes is not None for data in datas)
        translation = merge(KerasLayer(class_name, (), named), datas, places) if is_known else None
        if translation is not None:
            steps, data = translation.steps, translation.data
        elif function == "cat" and axis in (None, 1, -3):
            steps, data = (f"cat({', '.join(places)}, dim=1)",), Data()
        elif function in {"add", "mul", "sub"} and (function != "sub" or len(places) == 2):
            steps = (f"{function}({places[0]}, {places[1]})", *(f"{function}(prev, {place})" for place in places[2:]))
            data = Data()
        else:
            raise UntranslatableError
        self.ends = []
        self._yield(self.wiring.chain(steps, wires, len(steps) - 1, layer.name, None), layer.name, data)

    def _is_of_torch(self, layer: Item) -> bool:
        """Whether an axis is counted as torch does: by its word, or in a list where no word is Keras' own."""
        return "dim" in layer.named or not self.draft.is_keras

    def _reduce(self, layer: Item, function: str) -> None:
        named = dict(layer.named)
        if self._is_of_torch(layer):
            keeps = named.pop("keepdims", named.pop("keepdim", False))
            axis = named.pop("axis", named.pop("dim", layer.values[0] if len(layer.values) == 1 else None))
            if named or not isinstance(axis, int):
                raise UntranslatableError
            self.draft.data = Data()
            self._chain((f"{function}(dim={axis}{', keepdim=True' if keeps else ''})",), 0, layer)
            return
        keeps = named.pop("keepdims", named.pop("keepdim", False))
        axis = named.pop("axis", named.pop("dim", layer.values[0] if len(layer.values) == 1 else None))
        dim, data = torch_axis(self.draft.data, axis), self.draft.data
        if dim is None or data.shape is None or named or not isinstance(axis, int):
            raise UntranslatableError
        place = axis - 1 if axis > 0 else axis + len(data.shape)
        shape = data.shape[:place] + ((1,) if keeps else ()) + data.shape[place + 1 :]
        is_channels = place == len(data.shape) - 1
        self.draft.data = Data(shape, data.channels_first and not is_channels and len(shape) > 1)
        self._chain((f"{function}(dim={dim}{', keepdim=True' if keeps else ''})",), 0, layer)

    def _sequence(self) -> tuple[int, int]:
        """The steps and the features of the sequence that runs."""
        shape = self.draft.data.shape
        if shape is None or len(shape) != 2 or self.draft.data.channels_first or shape[0] is None or shape[1] is None:
            raise UntranslatableError
        return shape[0], shape[1]

    def _residual(self, layer: Item) -> None:
        named = dict(layer.named)
        width = next((named.pop(key) for key in ("filters", "channels", "width", "out_channels") if key in named), None)
        count = next((named.pop(key) for key in ("blocks", "num_blocks", "n") if key in named), layer.repeats)
        stride = next((named.pop(key) for key in ("stride", "strides") if key in named), 1)
        values = list(layer.values)
        width = values.pop(0) if width is None and values else width
        data = self.draft.data
        if not (isinstance(width, int) and isinstance(count, int) and isinstance(stride, int)) or data.axes != 3:
            raise UntranslatableError
        if named or values or min(width, count, stride) < 1:
            raise UntranslatableError
        first = f"Residual({width})" if stride == 1 else f"Residual({width}, stride={stride})"
        if stride == 1:
            steps = [f"{count} * {first}" if count > 1 else first]
        else:
            rest = count - 1
            steps = [first, *([f"{rest} * Residual({width})" if rest > 1 else f"Residual({width})"] if rest else [])]
        self.blocks = _RESIDUAL_BLOCK
        self.doubts.setdefault(_RESIDUAL_DOUBT)
        sides = [size and ceil(size / stride) for size in (data.shape or ())[:-1]]
        self.draft.data = Data((*sides, width), channels_first=True)
        self._chain(tuple(steps), len(steps) - 1, layer)

    def _branches(self, branches: Branches) -> None:
        """Parts side by side: each takes the input of its name, or what all of them stand behind."""
        trunk = (self.last, self.draft.data)
        ends: list[tuple[str, int, Data]] = []
        for name, part in branches.parts.items():
            wire, data = self.named[name] if name in self.outline.inputs else trunk
            if isinstance(part, str) and part in self.parts:
                again, data = self.parts[part]
                ends.append((name, self.wiring.add("", (wire,), None, f"{part}_{name}", again=again), data))
                self.doubts.setdefault(f"`*{part}` is read as the same layers with the same weights")
                continue
            entries = self.outline.definitions.get(part) if isinstance(part, str) else list(part)
            if not isinstance(entries, list):
                raise UntranslatableError
            inner = _Lines(
                self.outline,
                replace(self.draft, data=data),
                Wiring(),
                "input",
            )
            inner.add_all(entries)
            lines, outputs = inner.wiring.lines([inner.last])
            if outputs is not None or inner.ends or inner.parameters or inner.blocks or inner.unknown:
                raise UntranslatableError
            label = part if isinstance(part, str) else name
            if len(inner.wiring.steps) == 1 and inner.wiring.steps[0].text:
                number = self.wiring.add(inner.wiring.steps[0].text, (wire,), label)
            else:
                number = self.wiring.add("", (wire,), label, None, lines)
            if isinstance(part, str):
                self.parts[part] = (number, inner.draft.data)
            ends.append((name, number, inner.draft.data))
        for name, number, data in ends:
            self.named[name] = (number, data)
        self.last, self.draft.data, self.ends = ends[-1][1], Data(), [number for _, number, _ in ends]


def network_of(outline: Outline) -> Rewritten | None:
    """The lines for the entries of a file; None where they are none of a network that can be told."""
    try:
        said = flat(outline.entries, outline.variables)
    except UntranslatableError:
        return None
    first = next((entry for entry in said if not isinstance(entry, Section | Branches)), None)
    if first is None:
        return None
    # The class of the first layer, and its arguments where it is an embedding's.
    kind, values = "", tuple[object, ...]()
    stated = outline.inputs
    if isinstance(first, Line):
        kind = re.split(r"\W", first.text)[0]
    elif isinstance(first, Item):
        inner = first.named.get("layer")
        layer = inner if isinstance(inner, Item) else first
        words = [layer.named[key] for key in ("input_dim", "num_embeddings", "vocab_size") if key in layer.named]
        kind, values = class_of(layer.type) or layer.type, layer.values or tuple(words)
        keys = ("shape", "input_shape", "size", "batch_shape") if kind in _INPUT_LAYERS else ("input_shape",)
        shape = next((first.named[key] for key in keys if key in first.named), None)
        if not stated and shape is not None:
            stated = {"input": list(shape) if isinstance(shape, tuple) else shape}
    inputs = {name: input_of(value, kind, values) for name, value in stated.items()}
    if any(text is None for _, text in inputs.values()):
        return None
    is_keras = any(is_of_keras(entry) for entry in said)
    trials = [inputs, {name: (Data(), text) for name, (_, text) in inputs.items()}]
    if not inputs:
        trials = [{}, {"input": (Data((None,)), None)}] if kind == "Dense" else [{}]
    for trial in trials:
        try:
            rewritten = _network(outline, trial, is_keras=is_keras)
        except UntranslatableError:
            continue
        if trial and not inputs:
            note = "the input is taken to be a row of features"
            rewritten = replace(rewritten, note="; ".join(filter(None, (note, rewritten.note))))
        return rewritten
    return None


def _network(outline: Outline, inputs: Mapping[str, tuple[Data, str | None]], *, is_keras: bool) -> Rewritten:
    is_one = set(inputs) <= {"input"}
    names = ("input",) if is_one else tuple(usable_name(name) or "" for name in inputs)
    draft = Draft(outline.variables, next((data for data, _ in inputs.values()), Data()), is_keras)
    lines = _Lines(outline, draft, Wiring(names), names[0])
    lines.named = {name: (wire, data) for wire, (name, (data, _)) in zip(names, inputs.items(), strict=False)}
    lines.add_all(outline.entries)
    if outline.doubt:
        lines.doubts.setdefault(outline.doubt)
    if all(step.text in lines.unknown for step in lines.wiring.steps):
        raise UntranslatableError
    returned = [lines.value_of(word)[0] for word in outline.outputs] or lines.ends or [lines.last]
    layers, outputs = lines.wiring.lines(returned)
    written = " ".join((*layers, *(text or "" for _, text in inputs.values())))
    idle = [word for word in outline.numbers if not re.search(rf"\b{re.escape(word)}\b", written)]
    others = sorted({*outline.others, *idle, *draft.untold})
    if others:
        draft.note(f"left out, for it says nothing of the layers: {', '.join(others)}")
    return Rewritten(
        layers=layers,
        input=inputs["input"][1] if is_one and inputs else None,
        inputs=()
        if is_one
        else tuple(f"{name}: {text}" for name, (_, text) in zip(names, inputs.values(), strict=True)),
        name=outline.name,
        vars=tuple(f"{key}: {value}" for key, value in outline.variables.items() if key not in idle),
        blocks=lines.blocks,
        parameters=tuple(f"{name}: {text}" for name, text in lines.parameters.items()),
        outputs=outputs,
        note="; ".join(draft.notes) or None,
        doubt="; ".join(lines.doubts) or None,
        unknown=tuple(lines.unknown),
        left_out=tuple(draft.left_out),
    )
