"""What `print(model)` shows: a tree of modules with the arguments of each, in the order of their definition.

A print does not say how the layers are joined. A Sequential says it by what it is, and so do the blocks of
torchvision's ResNet, which are known; any other class inside is refused. The children of the outermost class are taken
in order, and the note says so.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from netinspect.catalogue import LAYERS
from netinspect.drafts.style import Rewritten, Style
from netinspect.drafts.torch_program.blocks import network_of
from netinspect.drafts.torch_program.calls import call_module, in_order
from netinspect.drafts.torch_program.frames import Frame
from netinspect.drafts.torch_program.interpreter import new_work
from netinspect.drafts.torch_program.values import (
    NONE,
    Argument,
    Class,
    Container,
    Function,
    Input,
    Instance,
    Layer,
    Module,
    Place,
    Tensor,
    Untold,
    Value,
    known,
    literal,
)

MAX_LINES: Final = 5_000
MAX_DEPTH: Final = 20

ORDER: Final = (
    "a print does not say what forward does: the layers stand in the order of their definition, and activations, "
    "reshapes and joins that are functions in forward are missing"
)
TIME_FIRST: Final = "the printed model has time before the batch; a spec has the batch first"

_LINE: Final = re.compile(r"(?:\((?P<key>[\w-]+)\): )?(?:(?P<count>\d+) x )?(?P<kind>\w+)\((?P<rest>.*)")
_SIZES: Final = frozenset({"kernel_size", "stride", "padding", "dilation", "output_size", "output_padding"})
_NOT_PRINTED: Final = frozenset(name for name, entry in LAYERS.items() if entry.family == "attention")
"""Layers whose print leaves out what a spec has to say, as the number of heads."""

_WORDS: Final = re.compile(r"\b(padding_mode|mode|padding)=([a-z]+)\b")

_QUOTED: Final = r"\1='\2'"
"""torch prints some words without quotes."""

_BASIC_BLOCK: Final = """
def forward(self, x):
    out = self.relu(self.bn1(self.conv1(x)))
    out = self.bn2(self.conv2(out))
    identity = x if self.downsample is None else self.downsample(x)
    return self.relu(out + identity)
"""
_BOTTLENECK: Final = """
def forward(self, x):
    out = self.relu(self.bn1(self.conv1(x)))
    out = self.relu(self.bn2(self.conv2(out)))
    out = self.bn3(self.conv3(out))
    identity = x if self.downsample is None else self.downsample(x)
    return self.relu(out + identity)
"""
KNOWN_BLOCKS: Final = {
    ("BasicBlock", ("conv1", "bn1", "relu", "conv2", "bn2")): _BASIC_BLOCK,
    ("Bottleneck", ("conv1", "bn1", "conv2", "bn2", "conv3", "bn3", "relu")): _BOTTLENECK,
}
"""The forwards of torchvision's ResNet, by class and children; each may have a `downsample` beside them."""


@dataclass(slots=True)
class Node:
    """One module of a print; `arguments` are the text in its brackets, if it has no children."""

    key: str | None
    count: int
    kind: str
    arguments: str = ""
    children: list[Node] = field(default_factory=list)


def rewrite(text: str, document: object) -> Rewritten | None:  # noqa: ARG001  a style is told both
    """The network of a printed model in the words of a spec; None where its joins cannot be known."""
    try:
        nodes = _tree(text)
        return None if nodes is None else _rewritten(nodes)
    except (Untold, RecursionError):
        return None


def _tree(text: str) -> list[Node] | None:
    """The outermost modules of a print, None where the text is none. Brackets alone say what is nested."""
    lines = [re.sub(r"^[-\s]+|[,\s]+$", "", line) for line in text.splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > MAX_LINES or not any(re.match(r"\([\w-]+\): (\d+ x )?\w+\(", line) for line in lines):
        return None
    top: list[Node] = []
    stack: list[list[Node]] = [top]
    for line in lines:
        if set(line) == {")"}:
            for _ in line:
                if len(stack) == 1:
                    return None
                stack.pop()
            continue
        match = _LINE.fullmatch(line)
        if match is None or len(stack) > MAX_DEPTH:
            return None
        node = Node(match["key"], int(match["count"] or 1), match["kind"])
        stack[-1].append(node)
        if match["rest"] == "":
            stack.append(node.children)
        elif match["rest"].endswith(")") and _balanced(match["rest"][:-1]):
            node.arguments = match["rest"][:-1]
        else:
            return None
    return top


def _balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0


# --- modules -------------------------------------------------------------------------------------


def _module(node: Node) -> Module:
    """A layer, a Sequential or ModuleList, or one of the blocks that are known."""
    if node.kind in ("Sequential", "ModuleList"):
        container = Container("Sequential")
        for key, child in _keyed(node.children):
            container.add(key, _module(child))
        return container
    if node.children:
        return _known_block(node)
    if node.kind not in LAYERS or node.kind in _NOT_PRINTED:
        raise Untold
    return Layer(node.kind, _arguments(node.kind, node.arguments))


def _keyed(nodes: Sequence[Node]) -> list[tuple[str, Node]]:
    """Children by their keys: `(0-5): 6 x Block(` stands for six."""
    pairs = []
    for node in nodes:
        if node.key is None or node.count > 1_000:
            raise Untold
        ends = re.fullmatch(r"(\d{1,4})-(\d{1,4})", node.key)
        if ends is None:
            pairs.append((node.key, node))
            continue
        turns = range(int(ends[1]), int(ends[2]) + 1)
        if len(turns) != node.count:
            raise Untold
        pairs += [(str(turn), node) for turn in turns]
    if len(pairs) > len(dict(pairs)):
        raise Untold  # two children with the same key
    return pairs


def _known_block(node: Node) -> Instance:
    children = dict(_keyed(node.children))
    source = KNOWN_BLOCKS.get((node.kind, tuple(key for key in children if key != "downsample")))
    if source is None:
        raise Untold
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    instance = Instance(Class(node.kind, (), {"forward": Function(definition, {})}, ()))
    instance.attributes["downsample"] = NONE
    for key, child in children.items():
        module = _module(child)
        module.place = Place(instance, key)
        instance.attributes[key] = module
    return instance


# --- arguments -----------------------------------------------------------------------------------


def _arguments(kind: str, text: str) -> list[Argument]:
    """The arguments of a layer without those that torch takes anyway."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call = ast.parse(f"f({_WORDS.sub(_QUOTED, text)})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Untold from None
    if not isinstance(call, ast.Call):
        raise Untold
    order = [argument.name for argument in LAYERS[kind].arguments]
    values: dict[str, Value] = {}
    for place, node in enumerate(call.args):
        if place >= len(order):
            raise Untold
        values[order[place]] = _literal(node)
    for keyword in call.keywords:
        if keyword.arg is None:
            raise Untold
        values[keyword.arg] = _literal(keyword.value)
    return _without_defaults(kind, values)


def _literal(node: ast.expr) -> Value:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise Untold from None
    if isinstance(value, tuple):
        if not all(isinstance(item, int | float) for item in value):
            raise Untold
        return tuple(literal(item) for item in value)
    if value is None or isinstance(value, bool | int | float | str):
        return literal(value)
    raise Untold


def _plain(value: Value) -> object:
    """A value as it can be compared: the same size for all axes is one size."""
    if isinstance(value, tuple):
        items = tuple(known(item) for item in value)
        return items[0] if len(set(items)) == 1 else items
    return known(value)


def _without_defaults(kind: str, values: dict[str, Value]) -> list[Argument]:
    entry = LAYERS[kind]
    kept: list[Argument] = []
    if kind in ("Upsample", "UpsamplingBilinear2d") and str(_plain(values.get("mode", literal("")))) not in (
        "",
        "nearest",
    ):
        raise Untold  # align_corners is not printed
    for name, value in values.items():
        argument = entry.argument(name)
        if argument is None:
            raise Untold
        plain = _plain(value)
        default = argument.default[0] if isinstance(argument.default, tuple) else argument.default
        is_default = plain == default and isinstance(plain, bool) == isinstance(default, bool)
        is_pool = name == "stride" and "Pool" in kind and plain == _plain(values.get("kernel_size", NONE))
        if name == "inplace" or is_pool or ((is_default or plain is None) and not argument.must_say):
            continue
        is_size = name in _SIZES or kind in ("LayerNorm", "RMSNorm")
        kept.append((name, literal(plain) if is_size and not isinstance(plain, tuple) else value))
    if entry.argument("batch_first") is not None and not any(name == "batch_first" for name, _ in kept):
        kept.append(("batch_first", literal(value=True)))
    # The first arguments, as torch is called with: `Conv2d(1, 6, 5)`, `Linear(400, 120)`, `Dropout(0.3)`.
    order = [argument.name for argument in LAYERS[kind].arguments]
    short = 0
    for expected, (word, _) in zip(order[:3], kept, strict=False):
        if word != expected or word == "dim":
            break
        short += 1
    return [(None if place < short else word, value) for place, (word, value) in enumerate(kept)]


# --- the network ---------------------------------------------------------------------------------


def _rewritten(nodes: list[Node]) -> Rewritten:
    root = nodes[0] if len(nodes) == 1 and nodes[0].key is None and nodes[0].children else None
    notes: list[str] = []
    modules: list[Argument] = []
    is_sequential = root is not None and root.kind == "Sequential"
    flat = True
    if root is not None and root.kind in ("BasicBlock", "Bottleneck"):
        modules = [("block", _known_block(root))]
    else:
        for key, node in _keyed(root.children if root is not None else nodes):
            module = _module(node)
            # What a module begins with, apart from dropout and activations.
            first = next((layer for layer in _layers(module) if layer.has_weights or layer.kind == "Flatten"), None)
            if not is_sequential and not flat and first is not None and first.kind == "Linear":
                _check_flatten(modules[-1][1], first)
                modules.append((None, Layer("Flatten", [])))
                notes.append(f"a Flatten is put before `{key}`, which takes all features at once")
            modules.append((key, module))
            for layer in _layers(module):  # an image or a sound is no row of features
                is_window = LAYERS[layer.kind].family == "pooling" and layer.kind.endswith(("1d", "2d", "3d"))
                if layer.kind in ("Flatten", "Linear"):
                    flat = True
                elif is_window or LAYERS[layer.kind].family in ("adaptive_pooling", "convolution"):
                    flat = False
    if not is_sequential:
        notes.insert(0, ORDER)
    if any(map(_takes_time_first, nodes)):
        notes.append(TIME_FIRST)
    main = in_order(modules)
    call_module(main, [(None, Tensor(Input("x")))], Frame({}, new_work(), {}, []))
    network = network_of(main, {}, notes)
    return Rewritten(
        tuple(network.layers),
        name=root.kind if root is not None and not is_sequential else None,
        blocks=tuple(network.blocks),
        note="; ".join(notes) or None,
    )


def _layers(module: Value) -> list[Layer]:
    """All layers of a module, in order."""
    if isinstance(module, Layer):
        return [module]
    children = module.children if isinstance(module, Container) else {}
    if isinstance(module, Instance):
        children = {
            name: value for name, value in module.attributes.items() if isinstance(value, Layer | Container | Instance)
        }
    return [layer for child in children.values() for layer in _layers(child)]


def _check_flatten(before: Value, linear: Layer) -> None:
    """Behind a Conv1d a Linear may work on each step of time: only another size than its channels says it does not."""
    layers = _layers(before)
    if layers and layers[-1].kind.startswith("Adaptive"):
        return
    channels = [layer.argument("out_channels") for layer in layers if layer.argument("out_channels") is not None]
    size = linear.argument("in_features")
    is_sound = any(layer.kind.endswith("1d") for layer in layers)
    if is_sound and (not channels or (size is not None and known(channels[-1]) == known(size))):
        raise Untold


def _takes_time_first(node: Node) -> bool:
    is_recurrent = node.kind in LAYERS and LAYERS[node.kind].argument("batch_first") is not None
    return (is_recurrent and "batch_first=True" not in node.arguments) or any(map(_takes_time_first, node.children))


STYLE: Final = Style("a printed torch model", rewrite, doubts=True)
