"""Short ways to write the signatures of functions: their entries are one line or a few each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from netinspect.catalogue.entry import (
    EFFECT_OF_FAMILY,
    REQUIRED,
    Argument,
    Attends,
    Effect,
    Entry,
    Kind,
    Output,
    Result,
    TensorType,
    Units,
)
from netinspect.catalogue.kinds import AXIS, TENSOR, Spread
from netinspect.catalogue.layer import EXAMPLE_BATCH

DIM_WHY: Final = "torch's default may be the batch, or every axis; say which one is meant"

INPUT: Final = Argument("input", TENSOR)
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
