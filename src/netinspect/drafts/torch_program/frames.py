"""What a line of a torch program can see, and the names that it binds."""

from __future__ import annotations

import ast
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Final

from netinspect.drafts.torch_program.values import (
    Argument,
    Class,
    Container,
    Instance,
    Layer,
    Parameter,
    Place,
    Scalar,
    Step,
    Tensor,
    Untold,
    Value,
    carries_weights,
)

MAX_STEPS: Final = 200_000


@dataclass(slots=True)
class Work:
    """What is left to do, and how the axes of the program's inputs are taken to stand.

    call       what a call does (`calls.call`)
    follow     what the body of a function does (`interpreter.follow`): its names are those of the frame
    axes       of the inputs of the main forward; turning: whether a permute may put time before the batch
    left       steps that may still be followed; depth: calls inside calls; forwards: forwards that are being followed
    constants  numbers at the top of the file, by name
    stuck      the first statement that could not be followed
    """

    call: Callable[[Value, list[Argument], Frame], Value]
    follow: Callable[[ast.FunctionDef | ast.Lambda, Frame], Value]
    axes: str = "batch"
    turning: bool = False
    left: int = MAX_STEPS
    depth: int = 0
    forwards: int = 0
    constants: dict[str, Scalar] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    stuck: ast.stmt | None = None

    def spend(self) -> None:
        """Count a step; Untold where too many were followed."""
        self.left -= 1
        if self.left < 0:
            raise Untold


@dataclass(slots=True)
class Frame:
    """The names that a line can see, and the list of steps in which its tensors are made.

    owner  the object whose constructor or method runs; at the top of a file the object that its names make up
    open   whether a name that nothing defines is an input, as in lines without a function around them
    """

    names: dict[str, Value]
    work: Work
    around: MutableMapping[str, Value]
    steps: list[Step]
    owner: Instance | None = None
    above: Class | None = None
    open: bool = False
    inputs: list[Tensor] = field(default_factory=list)


def give_name(value: Value, name: str) -> None:
    """Let a step or a parameter remember the name that its value is bound to."""
    if isinstance(value, Tensor) and isinstance(value.source, Step) and not value.path:
        value.source.variable = name
    if isinstance(value, Parameter) and value.name is None:
        value.name = name


def set_attribute(owner: Instance, name: str, value: Value) -> None:
    """`self.name = value`: a module gets its place and a parameter its name."""
    if name in ("forward", "__call__", "train", "eval"):
        raise Untold(f"`{name}` is replaced")
    before = owner.attributes.get(name)
    others = [other for key, other in owner.attributes.items() if key != name]
    is_module = isinstance(before, Layer | Container | Instance) and before is not value
    if is_module and any(other is before for other in others):
        raise Untold(f"`{name}` is given to another layer, and the first one goes on under another name")
    if isinstance(value, Layer | Container | Instance):
        if value.place is None and owner.children is not None:
            owner.children.add(name, value)
        elif value.place is None:
            value.place = Place(owner, name)
        elif carries_weights(value) and value.place.owner is not owner:
            raise Untold
    elif isinstance(value, Parameter):
        value.name = value.name if value.name in owner.attributes else name
        value = Tensor(value, rank=len(value.shape))
    owner.attributes[name] = value
