"""`--layer` and `--input`, whose order on the command line matters.

Each `--input` holds for the `--layer`s after it, until the next; layers before the first `--input` take that one.
typer gives the values of each option apart from the others, so the command keeps what the parser itself notes: the
order in which options were met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import typer.core

from netinspect.errors import InputError

ORDER = "netinspect.option_order"


class OrderedCommand(typer.core.TyperCommand):
    """A command that leaves the names of its options in `ctx.meta[ORDER]`, in the order they were given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        ctx.meta[ORDER] = tuple(parameter.name for parameter in order)
        return super().parse_args(ctx, args)


@dataclass(frozen=True, slots=True)
class LayerOption:
    """A `--layer` with the inputs that hold for it: sizes without the batch, and dtypes."""

    text: str
    inputs: tuple[tuple[tuple[int, ...], str], ...]


def layer_options(order: Sequence[str], layers: Sequence[str], inputs: Sequence[str]) -> tuple[LayerOption, ...]:
    """Each layer with its inputs. `order` has "layer" and "input" as they came. InputError where one lacks another."""
    if not layers and inputs:
        raise InputError("--input belongs to --layer; for a spec write --input-shape")
    if layers and not inputs:
        raise InputError(f"--layer {layers[0]} needs an input: write its sizes without the batch, as --input 3,224,224")
    found, current, used = [], 0, set()
    left, given = iter(layers), -1
    for name in order:
        if name == "input":
            given += 1
            current = given
        elif name == "layer":
            used.add(current)
            found.append(LayerOption(next(left), shapes(inputs[current])))
    idle = [text for number, text in enumerate(inputs) if number not in used]
    if idle:
        raise InputError(f"--input {idle[0]} has no --layer after it; an --input holds for the layers after it")
    return tuple(found)


def shapes(text: str) -> tuple[tuple[tuple[int, ...], str], ...]:
    """`3,224,224`; `100:int64` with a dtype; `10,64;20,64` for a layer with two inputs. InputError."""
    return tuple(_shape(part.strip(), text) for part in text.split(";"))


def _shape(part: str, text: str) -> tuple[tuple[int, ...], str]:
    from netinspect.language.inputs import DTYPES

    sizes, colon, dtype = part.partition(":")
    numbers = [number.strip() for number in sizes.split(",")]
    whole = all(number.isascii() and number.isdigit() and 1 <= len(number) <= 10 for number in numbers)
    if not whole or min(map(int, numbers)) < 1:
        raise InputError(f"--input {text}: write sizes without the batch, as --input 3,224,224 or --input 100:int64")
    if colon and dtype not in DTYPES:
        raise InputError(f"--input {text}: '{dtype}' is no dtype: one of {', '.join(DTYPES)}")
    return tuple(map(int, numbers)), dtype or "float32"
