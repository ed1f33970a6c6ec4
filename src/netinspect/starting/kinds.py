"""The kinds of network that `netinspect new` writes, each as the text of a spec for an input of any sizes.

A template knows its input's sizes, so that it can choose what fits them: how often to pool, where a size is odd, how
deep a U-Net may go. It writes layers and words; the sizes in the comments and `expect` are worked out from the spec
itself (`spec.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Final

from netinspect.errors import InputError
from netinspect.language.numbers import per_axis

SMALL_MAP: Final = 8
"""Maps are made smaller until no side is longer than this: from 8×8 cells an average over the map loses little."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a spec is started for: the input's sizes without the batch, and how many classes and words there are."""

    sizes: tuple[int, ...]
    classes: int
    words: int

    @property
    def channels(self) -> int:
        """The first size of an image or a signal."""
        return self.sizes[0]

    @property
    def space(self) -> tuple[int, ...]:
        """The sizes that windows slide over: time, or height and width, or depth, height and width."""
        return self.sizes[1:]

    @property
    def input_line(self) -> str:
        """The input as a list of sizes, with what they are."""
        return f"input: [{', '.join(map(str, self.sizes))}]  # {_AXES[len(self.sizes)]}; the batch is never written"

    @property
    def vars_line(self) -> str:
        """The number of classes as a var."""
        return f"vars: {{classes: {self.classes}}}  # `--set classes={self.classes + 1}` tries another"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of network.

    title     what the network is called unless it is given a name
    about     what it is, in the words that stand above the spec
    sizes     of its input, unless others are asked for
    takes     for each number of sizes that it takes, what they are
    template  from a request to the lines of the spec; a comment begins with two blanks and `# `
    classes   how many there are unless another number is asked for; None for a network without classes
    reads_words_of  the number of sizes for which what comes in is word ids; None for a network that reads none
    """

    title: str
    about: str
    sizes: tuple[int, ...]
    takes: Mapping[int, str]
    template: Callable[[Request], str]
    classes: int | None = 10
    reads_words_of: int | None = None


_AXES: Final = {
    1: "features",
    2: "channels, time",
    3: "channels, height, width",
    4: "channels, depth, height, width",
}
_MAPS: Final = {rank: axes for rank, axes in _AXES.items() if rank > 1}


# --- sizes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shrinking:
    """One step that makes a map smaller: the sizes before it, and by which factor each axis shrinks (1: not at all)."""

    sizes: tuple[int, ...]
    factors: tuple[int, ...]

    @property
    def result(self) -> tuple[int, ...]:
        """The sizes after it, where a rest of an axis counts as a whole window."""
        return tuple(-(-size // factor) for size, factor in zip(self.sizes, self.factors, strict=True))

    @property
    def pool(self) -> str:
        """The max pool that does it: `MaxPool2d(2)`, with `ceil_mode` where a size does not divide."""
        return f"MaxPool{len(self.sizes)}d({per_axis(self.factors)}{'' if self.is_even else ', ceil_mode=True'})"

    @property
    def is_even(self) -> bool:
        """Whether windows fit every axis without a rest."""
        return all(size % factor == 0 for size, factor in zip(self.sizes, self.factors, strict=True))


def shrinking(space: tuple[int, ...], most: int, until: int = SMALL_MAP) -> list[Shrinking]:
    """The steps after which no axis is longer than `until`: of factor 2 if `most` of them are enough, else of 4, 8 ….

    An input that is small from the start has one step, unless it is a single cell."""
    factor = 2
    while any(size > until * factor**most for size in space):
        factor *= 2
    steps: list[Shrinking] = []
    while max(space) > until:
        step = Shrinking(space, tuple(min(factor, size) if size > until else 1 for size in space))
        steps.append(step)
        space = step.result
    if not steps and max(space) > 1:
        steps.append(Shrinking(space, tuple(min(2, size) for size in space)))
    return steps


def widths(count: int, first: int = 16, most: int = 128) -> list[int]:
    """Channels that double from layer to layer up to a bound."""
    return [min(first * 2**place, most) for place in range(count)]


def _rows(lines: Sequence[str]) -> str:
    """Lines as one text, to stand in a template."""
    return "\n".join(lines)


def _head(rank: int) -> str:
    """From a map to a score for each class."""
    return f"""\
  # the average over all places, so that any input size will do
  - AdaptiveAvgPool{rank}d(1)
  - Flatten
  - scores: Linear(classes)  # softmax is in the loss"""


# --- rows and maps -------------------------------------------------------------------------------


_FLATTEN: Final = "\n  - Flatten  # all numbers in one row"


def _mlp(request: Request) -> str:
    return f"""\
{request.input_line}
{request.vars_line}

layers:{_FLATTEN if len(request.sizes) > 1 else ""}
  - hidden1: Linear(128)  # each unit weighs all numbers
  - ReLU  # without it two Linear are one
  - hidden2: Linear(64)
  - ReLU
  - scores: Linear(classes)  # softmax is in the loss
"""


def _cnn(request: Request) -> str:
    rank = len(request.space)
    steps = shrinking(request.space, most=7)
    kernel = 2 * max((max(step.factors) for step in steps), default=2) - 1
    stages: list[str] = []
    for place, width in enumerate(widths(len(steps) + 1)):
        convolution = f"Conv{rank}d({width}, kernel_size={kernel}, padding={kernel // 2})"
        stages += [f"  - conv{place + 1}: {convolution}", "  - ReLU"]
        if place < len(steps):
            stages.append(f"  - {steps[place].pool}")
    return f"""\
{request.input_line}
{request.vars_line}

layers:
  # kernels slide over every place; a pool keeps the largest of each window
{_rows(stages)}
{_head(rank)}
"""


def _resnet(request: Request) -> str:
    rank = len(request.space)
    space, window = request.space, "kernel_size=3, padding=1"
    if max(space) > 64:  # the first layer thins out what is large, as in ResNet for ImageNet
        factor = next(factor for factor in (2, 4, 8, 16) if max(space) <= 128 * factor or factor == 16)
        window = f"kernel_size={2 * factor - 1}, stride={factor}, padding={factor - 1}"
        space = tuple(-(-size // factor) for size in space)
    count = max(3, len(shrinking(space, most=4)) + 1) if max(space) <= 128 else 5
    stages = ["  - stage1: Stage(16, stride=1)"]
    stages += [f"  - stage{place + 1}: Stage({width}, stride=2)" for place, width in enumerate(widths(count)) if place]
    return f"""\
{request.input_line}
{request.vars_line}

blocks:
  Residual(width, stride=1):
    - conv1: Conv{rank}d(width, kernel_size=3, stride=stride, padding=1, bias=False)
    - bn1: BatchNorm{rank}d
    - ReLU
    - conv2: Conv{rank}d(width, kernel_size=3, padding=1, bias=False)
    - bn2: BatchNorm{rank}d
    # the shortcut is the input itself, and a 1x1 convolution where sizes differ
    - shortcut(input): Conv{rank}d(width, kernel_size=1, stride=stride)
        if bn2.shape != input.shape else Identity
    - add(bn2, shortcut)  # what is learned is a change
    - ReLU

  Stage(width, stride):
    - Residual(width, stride)
    - Residual(width)

layers:
  - conv: Conv{rank}d(16, {window}, bias=False)
  - bn: BatchNorm{rank}d
  - ReLU
{_rows(stages)}
{_head(rank)}
"""


def _unet(request: Request) -> str:
    space, rank = request.space, len(request.space)
    if max(space) < 2:
        raise InputError("a U-Net makes its input smaller and large again, and there is one cell only")
    # the deepest way down that halves every axis without a rest, else one that crops on the way up
    even = [depth for depth in (3, 2) if all(size % 2**depth == 0 for size in space)]
    depth = even[0] if even else max(1, min(3, max(space).bit_length() - 3))
    down: list[str] = []
    up: list[str] = []
    for level, width in enumerate(widths(depth), start=1):
        step = Shrinking(space, tuple(min(2, size) for size in space))
        halves = per_axis(step.factors)
        down += [f"  - enc{level}: Double({width})", f"  - {step.pool}"]
        larger = f"ConvTranspose{rank}d({width}, kernel_size={halves}, stride={halves})"
        joined = [f"  - cat(enc{level}, prev, dim=1)  # the skip", f"  - dec{level}: Double({width})"]
        crop = [] if step.is_even else [f"  - crop_like(prev, enc{level})  # it was odd"]
        up = [f"  - up{level}: {larger}", *crop, *joined, *up]
        space = step.result
    return f"""\
{request.input_line}
{request.vars_line}

blocks:
  Double(channels):
    - 2 * [Conv{rank}d(channels, kernel_size=3, padding=1, bias=False),
        BatchNorm{rank}d, ReLU]

layers:
  # down: less place, more channels
{_rows(down)}
  - middle: Double({widths(depth + 1)[-1]})
  # up again: each level is joined with what the way down knew at that size
{_rows(up)}
  # a score for each class at every place
  - scores: Conv{rank}d(classes, kernel_size=1)
"""


def _autoencoder(request: Request) -> str:
    if prod(request.sizes) == 1:
        raise InputError("an autoencoder keeps less than it is given, and the input is one number")
    steps = shrinking(request.space, most=4) if len(request.sizes) > 1 else []
    if steps:
        return _convolutional_autoencoder(request, steps)
    count, is_row = prod(request.sizes), len(request.sizes) == 1
    unflatten = "" if is_row else f"\n  - Unflatten(1, {request.sizes})"
    return f"""\
{request.input_line}
vars: {{kept: {max(1, min(16, count // 4))}}}  # numbers in the middle

layers:{"" if is_row else _FLATTEN}
  - enc: Linear(64)
  - ReLU
  - bottleneck: Linear(kept)  # all that is kept
  - dec: Linear(64)
  - ReLU
  - output: Linear({count})  # as many as came in{unflatten}
"""


def _convolutional_autoencoder(request: Request, steps: Sequence[Shrinking]) -> str:
    rank = len(request.space)
    channels = [request.channels, *widths(len(steps))]
    down: list[str] = []
    up: list[str] = []
    for place, step in enumerate(steps, start=1):
        # With a kernel of 2·factor - 1 and a padding of factor - 1 every size gives ceil(size / factor). Several sizes
        # give the same; on the way back output_padding says which of them it was.
        strides, kernels = per_axis(step.factors), per_axis([2 * factor - 1 for factor in step.factors])
        window = f"kernel_size={kernels}, stride={strides}, padding={per_axis([factor - 1 for factor in step.factors])}"
        rest = per_axis([(size - 1) % factor for size, factor in zip(step.sizes, step.factors, strict=True)])
        name = "output" if place == 1 else f"dec{place}"
        grown = f"  - {name}: ConvTranspose{rank}d({channels[place - 1]}, {window},\n      output_padding={rest})"
        down += [f"  - enc{place}: Conv{rank}d({channels[place]}, {window})", "  - ReLU"]
        up = [grown, *([] if place == 1 else ["  - ReLU"]), *up]
    smallest = (channels[-1], *steps[-1].result)
    kept = max(1, min(32, prod(request.sizes) // 4, prod(smallest) // 4))
    return f"""\
{request.input_line}
vars: {{kept: {kept}}}  # numbers in the middle

layers:
  # down to a few numbers
{_rows(down)}
  - Flatten
  - bottleneck: Linear(kept)  # all that is kept
  - grow: Linear({prod(smallest)})
  - ReLU
  - Unflatten(1, {smallest})
  # back by the same steps; output_padding makes each size what it was
{_rows(up)}
"""


# --- sequences -----------------------------------------------------------------------------------


def _crnn(request: Request) -> str:
    channels, mel, time = request.sizes
    pools: Iterator[Shrinking] = iter(shrinking((mel,), most=3))
    convolutions: list[str] = []
    for place, width in enumerate((32, 64, 64), start=1):
        convolutions.append(f"  - conv{place}: Conv({width})")
        pool = next(pools, None)
        if pool is not None and max(pool.factors) > 1:
            step = Shrinking((mel, time), (*pool.factors, 1))
            convolutions.append(f"  - {step.pool}")
            (mel,) = pool.result
    return f"""\
input: {{channels: {channels}, mel: {request.sizes[1]}, time: {time}}}  # a spectrogram
{request.vars_line}

blocks:
  Conv(channels):
    - conv: Conv2d(channels, kernel_size=3, padding=1, bias=False)
    - bn: BatchNorm2d
    - ReLU

layers:
  # pools put bands together and leave time as it is
{_rows(convolutions)}
  # batch, time, channels, mel; then one row of numbers for each frame
  - permute(0, 3, 1, 2)
  - flatten(2)
  - gru: GRU(64, bidirectional=True, batch_first=True)
  - scores: Linear(classes)
  # for one answer to the whole sound, add `- mean(dim=1)` here
"""


def _transformer(request: Request) -> str:
    if len(request.sizes) == 1:
        shape = f"{{time: {request.sizes[0]}}}"
        declared = f"input: {{shape: {shape}, dtype: int64, high: words}}  # word ids below `words`"
        variables = f"vars: {{words: {request.words}, width: 64, classes: {request.classes}}}"
        embedding = "  - embed: Embedding(words, width)  # a learned row a word"
    else:
        time, features = request.sizes
        declared = f"input: {{time: {time}, features: {features}}}  # the batch is never written"
        variables = f"vars: {{width: 64, classes: {request.classes}}}"
        embedding = "  - embed: Linear(width)  # each step by itself"
    return f"""\
{declared}
{variables}

parameters:
  positions:  # attention knows no order: this says where a step stands
    shape: (1, input.shape[1], width)
    init: normal
    std: 0.02

layers:
{embedding}
  - add(prev, positions)
  - encoder: 2 * TransformerEncoderLayer(nhead=4, dim_feedforward=4 * width,
      batch_first=True)  # every step looks at all others
  - mean(dim=1)  # the average of all steps
  - scores: Linear(classes)  # softmax is in the loss
"""


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "mlp": Kind(
            title="MLP",
            about="Fully connected layers, for an input of any shape.",
            sizes=(1, 28, 28),
            takes=_AXES,
            template=_mlp,
        ),
        "cnn": Kind(
            title="CNN",
            about="Convolutions and pools, then an average over all places.",
            sizes=(1, 64, 64),
            takes=_MAPS,
            template=_cnn,
        ),
        "resnet": Kind(
            title="ResNet",
            about="Residual blocks, as for CIFAR: each adds a change to its input.",
            sizes=(3, 32, 32),
            takes=_MAPS,
            template=_resnet,
        ),
        "crnn": Kind(
            title="CRNN",
            about="A spectrogram: convolutions, then a GRU over time.",
            sizes=(1, 64, 128),
            takes={3: "channels, mel, time"},
            template=_crnn,
        ),
        "transformer": Kind(
            title="Transformer",
            about="Attention over a sequence, of features or of word ids.",
            sizes=(128, 64),
            takes={1: "time (of word ids)", 2: "time, features"},
            template=_transformer,
            reads_words_of=1,
        ),
        "unet": Kind(
            title="U-Net",
            about="Down to see far, up to be exact: classes for every place.",
            sizes=(1, 128, 128),
            takes=_MAPS,
            template=_unet,
            classes=2,
        ),
        "autoencoder": Kind(
            title="Autoencoder",
            about="Its input through a few numbers, and back to its own size.",
            sizes=(1, 28, 28),
            takes=_AXES,
            template=_autoencoder,
            classes=None,
        ),
    }
)
"""Every kind by the word that asks for it."""
