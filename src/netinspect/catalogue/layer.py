"""How the entry of a torch.nn layer is written: what nearly all of them share is filled in here.

Defaults are put in their kind's normal form, so that a rule sees `(1, 1)` whether a stride of 1 was said or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from netinspect.catalogue.entry import (
    EFFECT_OF_FAMILY,
    REQUIRED,
    Argument,
    Effect,
    Entry,
    Normalisation,
    Output,
    Result,
    TensorType,
    Units,
)
from netinspect.catalogue.kinds import FLAG, TENSOR

INPUT: Final = Argument("input", TENSOR)
INPLACE: Final = Argument("inplace", FLAG, default=False)
BIAS: Final = Argument("bias", FLAG, default=True)
OUTPUT: Final = (Output("output"),)
EXAMPLE_BATCH: Final = 2


def layer(
    name: str,
    family: str,
    rule: Callable[..., Result],
    *arguments: Argument,
    summary: str,
    example: str,
    inputs: tuple[tuple[int, ...], ...],
    dtype: str = "float32",
    forward: tuple[Argument, ...] = (INPUT,),
    unnamed: tuple[str, ...] | None = None,
    outputs: tuple[Output, ...] = OUTPUT,
    effect: Effect | None = None,
    normalises: Normalisation | None = None,
    units: Units | None = None,
    drawn_as: str = "",
) -> Entry:
    """The entry of `torch.nn.<name>`. `inputs` are the example's shapes without the batch, of `dtype`.

    `unnamed`, where it is not given: torch's order without the sizes that are inferred.
    """
    if unnamed is None:
        unnamed = tuple(a.name for a in arguments if not a.inferred and not a.keyword_only)
    return Entry(
        name=name,
        torch=f"torch.nn.{name}",
        family=family,
        rule=rule,
        arguments=tuple(_normal(argument) for argument in arguments),
        forward=forward,
        unnamed=unnamed,
        outputs=outputs,
        example=example,
        example_inputs=tuple(TensorType((EXAMPLE_BATCH, *shape), dtype) for shape in inputs),
        summary=summary,
        is_layer=True,
        effect=effect or EFFECT_OF_FAMILY.get(family),
        normalises=normalises,
        units=units,
        drawn_as=drawn_as,
    )


def _normal(argument: Argument) -> Argument:
    if argument.default is REQUIRED or argument.default is None:
        return argument
    return replace(argument, default=argument.kind.check(argument.default))
