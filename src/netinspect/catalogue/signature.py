"""Short ways to write entries: what nearly all of torch.nn's layers share is filled in here, and the signatures of
functions are one line or a few each.

Defaults are put in their kind's normal form, so that a rule sees `(1, 1)` whether a stride of 1 was said or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from netinspect.catalogue.entry import (
    EFFECT_OF_FAMILY,
    REQUIRED,
    Argument,
    Attends,
    Effect,
    Entry,
    Kind,
    Normalisation,
    Output,
    Result,
    TensorType,
    Units,
)
from netinspect.catalogue.kinds import AXIS, FLAG, TENSOR, Spread

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
        arguments=tuple(
            argument
            if argument.default is REQUIRED or argument.default is None
            else replace(argument, default=argument.kind.check(argument.default))
            for argument in arguments
        ),
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


DIM_WHY: Final = "torch's default may be the batch, or every axis; say which one is meant"

OTHER: Final = Argument("other", TENSOR)
AXES: Final = Spread(AXIS)

IMAGE: Final = TensorType((EXAMPLE_BATCH, 16, 32, 32))
FEATURES: Final = TensorType((EXAMPLE_BATCH, 64))
SEQUENCE: Final = TensorType((EXAMPLE_BATCH, 50, 64))


def keyword(name: str, kind: Kind, default: Any = REQUIRED) -> Argument:
    """An argument that torch takes by name only."""
    return Argument(name, kind, default, keyword_only=True)


def trap(name: str, kind: Kind, why: str = DIM_WHY, default: Any = REQUIRED) -> Argument:
    """An argument whose default in torch is a trap: a spec has to say it, and torch is always given it. `default` is
    torch's, where that is neither all axes nor the first one."""
    return Argument(name, kind, default, must_say=True, why=why)


def function(
    family: str,
    name: str,
    torch: str,
    rule: Callable[..., Result],
    forward: tuple[Argument, ...],
    summary: str,
    example: str = "",
    inputs: tuple[TensorType, ...] = (IMAGE,),
    outputs: tuple[Output, ...] = (Output("output"),),
    gives_list: bool = False,
    parameters: tuple[tuple[str, tuple[int, ...]], ...] = (),
    effect: Effect | None = None,
    units: Units | None = None,
    attends: tuple[Attends, ...] = (),
    drawn_as: str = "",
    type_of: tuple[int, ...] = (),
) -> Entry:
    """An entry of a tensor function; without an example it is called with its name alone."""
    return Entry(
        name,
        torch,
        family,
        rule,
        forward=forward,
        outputs=outputs,
        gives_list=gives_list,
        example=example or name,
        example_inputs=inputs,
        example_parameters=parameters,
        summary=summary,
        effect=effect or EFFECT_OF_FAMILY.get(family),
        units=units,
        attends=attends,
        drawn_as=drawn_as,
        type_of=type_of,
    )
