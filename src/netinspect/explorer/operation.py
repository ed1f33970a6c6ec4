"""One step of the page's engine, and what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from netinspect.network.network import Call, Value

Operand = Any
"""What an operation takes: a Value, the state-dict key of a tensor, a number, a tuple of these, or None."""


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One step of the engine, which gives `outputs`. `title` says what it is where the call is made of several steps;
    then only the last gives what the call gives."""

    call: Call
    kind: str
    inputs: dict[str, Operand]
    outputs: tuple[Value, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    title: str = ""

    @property
    def path(self) -> str:
        """The call's, or that of the part of it."""
        return self.outputs[0].origin if self.title and self.outputs[0] not in self.call.outputs else self.call.path

    @property
    def operands(self) -> Iterator[Operand]:
        """Everything that it takes; the parts of a join one by one."""
        for operand in self.inputs.values():
            yield from operand if isinstance(operand, tuple) else (operand,)

    @property
    def keys(self) -> tuple[str, ...]:
        """The state-dict keys of the tensors that it takes."""
        return tuple(operand for operand in self.operands if isinstance(operand, str))


def mask_word(mask: Operand, *, is_kept: bool) -> str | None:
    """What a mask does: it is added, or says which keys are kept, or which are removed."""
    if mask is None:
        return None
    is_bool = isinstance(mask, Value) and mask.type.dtype == "bool"
    return ("keeps" if is_kept else "removes") if is_bool else "added"
