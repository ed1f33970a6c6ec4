"""The input of a network that does not say it: the size at which all that its layers say of themselves fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from math import prod
from typing import Final

from netinspect.errors import Diagnostic
from netinspect.language.source import Source

GUESS: Final = "# a guess: other sizes fit too"

_FIRST: Final = re.compile(
    r"\b(?P<type>Conv(?:Transpose)?(?P<rank>[123])d|Linear|Embedding|LSTM|GRU|RNN|MultiheadAttention"
    r"|TransformerEncoderLayer|Flatten|flatten|BatchNorm2d)\b"
    r"(?:\((?:in_\w+=|embed_dim=|d_model=|input_size=)?(?P<size>\d+(?:\s*\*\s*\d+)*)(?P<next>,\s*(?!kernel_size|bias|stride|batch_first)[\w=]+)?)?"
)
_LINEAR: Final = re.compile(r"\bLinear\((?:in_features=)?(\d+(?:\s*\*\s*\d+)*)\s*,")
_IMAGE_SIZES: Final = (224, 32, 28, 64, 128, 256, 96, 227, 299, 112, 48, 100, 105, 160, 192, 512, 416, 640, 84, 40, 50)
_GREY_SIZES: Final = (28, 32, 64, 128, 224, 105, 256, 96, 48, 40, 100, 84, 112, 512)
_LENGTHS: Final = (16_000, 1024, 8_000, 128, 256, 512, 2048, 4096, 100, 64, 32, 44_100, 22_050, 48_000, 1000)
_IMAGES_OF: Final = {784: "[1, 28, 28]", 1024: "[1, 32, 32]", 3072: "[3, 32, 32]", 12_288: "[3, 64, 64]",
                     4096: "[1, 64, 64]", 150_528: "[3, 224, 224]", 64: "[1, 8, 8]"}  # fmt: skip

Mistakes = Callable[[Source], tuple[Diagnostic, ...]]


def guessed_input(name: str, rest: str, mistakes: Mistakes) -> str | None:
    """The line `input: …` for a spec without one, `rest`: the only usual size that its layers fit, or the first of
    several, which a comment then says; None where none fits."""
    layers = rest.partition("layers:")[2]
    fitting = (shape for shape in _candidates(layers) if not mistakes(Source(name, f"input: {shape}\n{rest}")))
    shapes = list(islice(fitting, 2))
    if not shapes:
        return None
    return f"input: {shapes[0]}" if len(shapes) == 1 else f"input: {shapes[0]}  {GUESS}"


def _candidates(layers: str) -> Iterator[str]:
    """The shapes that the first layer may be meant for, the most usual first."""
    first = _FIRST.search(layers)
    if first is None:
        return
    kind, size = first["type"], _product(first["size"] or "0")
    if kind.lower() == "flatten":
        linear = _LINEAR.search(layers, first.end())
        if linear and _product(linear[1]) in _IMAGES_OF:
            yield _IMAGES_OF[_product(linear[1])]
    if not size or not (first["next"] or kind == "BatchNorm2d"):
        return
    if first["rank"] == "2":
        sizes = _GREY_SIZES if size == 1 else _IMAGE_SIZES
        small = (1, 4, 7, 8) if kind.startswith("ConvTranspose") or size > 64 else ()
        yield from (f"[{size}, {side}, {side}]" for side in (*small, *sizes))
    elif first["rank"] == "1":
        yield from (f"[{size}, {length}]" for length in _LENGTHS)
    elif first["rank"] == "3":
        yield from (f"[{size}, {side}, {side}, {side}]" for side in (32, 16, 64, 28, 48, 96, 128))
    elif kind == "Linear":
        yield f"[{size}]"
    elif kind == "Embedding":
        yield f"{{shape: {{time: 100}}, dtype: int64, high: {size}}}"
    elif kind != "BatchNorm2d":
        yield f"[100, {size}]"


def _product(text: str) -> int:
    """`28*28` as the number it is."""
    return prod(int(factor) for factor in text.split("*"))
