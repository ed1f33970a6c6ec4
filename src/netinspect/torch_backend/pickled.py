"""What torch's restricted unpickler runs no code of, and a stranger's pickle still brings a process down with.

A tuple in a tuple in a tuple, a million deep, overflows the C stack as soon as it is hashed; `bytearray(10**10)` fills
the memory. The opcodes tell both before anything is made of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pickle import UnpicklingError
from pickletools import OpcodeInfo, genops, markobject
from typing import IO, Any, Final

DEEPEST: Final = 500
"""Tuples in tuples: torch.save writes four."""


def check_pickle(stream: IO[bytes], pickles: int = 1) -> None:
    """Look through so many pickles, one after the other. UnpicklingError for one that is not to be read.

    A stream that is no pickle passes: who reads it will say so.
    """
    try:
        for _ in range(pickles):
            _check(genops(stream))
    except (ValueError, IndexError, KeyError, TypeError):
        return


def _check(opcodes: Iterable[tuple[OpcodeInfo, Any, int | None]]) -> None:
    """Follow the depth of tuples on the unpickler's stack, where a mark is -1, and in its memo."""
    stack: list[int] = []
    memo: dict[int, int] = {}
    for opcode, argument, _ in opcodes:
        if opcode.name == "GLOBAL" and str(argument).endswith(" bytearray"):
            raise UnpicklingError(f"GLOBAL {str(argument).replace(' ', '.')}")
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
            memo[len(memo) if argument is None else argument] = stack[-1]
        elif opcode.name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif opcode.name == "MARK":
            stack.append(-1)
        else:
            depth = max(_taken(stack, opcode), default=0) + opcode.name.startswith("TUPLE")
            if depth > DEEPEST:
                raise UnpicklingError(f"tuples are nested more than {DEEPEST} deep")
            stack += [depth] * len(opcode.stack_after)


def _taken(stack: list[int], opcode: OpcodeInfo) -> list[int]:
    """What an opcode takes from the stack: all down to the last mark where it names one, and the objects below."""
    taken = []
    below = len(opcode.stack_before)
    if markobject in opcode.stack_before:
        below = opcode.stack_before.index(markobject)
        while (top := stack.pop()) >= 0:
            taken.append(top)
    return taken + [stack.pop() for _ in range(below)]
