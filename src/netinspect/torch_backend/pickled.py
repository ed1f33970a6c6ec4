"""What torch's restricted unpickler runs no code of: what brings a process down, and what may be passed over.

A tuple in a tuple in a tuple, a million deep, overflows the C stack as soon as it is hashed; `bytearray(10**10)` fills
the memory. The opcodes tell both before anything is made of them.

Programs that train keep their settings and measures beside the tensors, as objects of classes of their own. None of
these is made or even imported: something empty stands in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pickle import UnpicklingError
from pickletools import OpcodeInfo, genops, markobject
from typing import IO, Any, Final, Self

DEEPEST: Final = 500
"""Tuples in tuples: torch.save writes four."""

PASSED_OVER: Final = (
    "argparse", "collections", "datetime", "easydict", "lightning", "lightning_fabric", "mmcv", "mmengine", "numpy",
    "omegaconf", "pathlib", "pytorch_lightning", "yacs",
)  # fmt: skip
"""Packages whose objects checkpoints hold beside their tensors: a parser's arguments, a configuration, a measure."""


_MAPPINGS: Final = ("defaultdict", "AttributeDict", "EasyDict", "CfgNode")
_PLAIN: Final = {name: name for name in ("int", "float", "str", "list", "dict", "set")} | {
    "long": "int",
    "unicode": "str",
}
"""Classes of Python's own that a defaultdict names, as Python 2 and as Python 3 calls them."""
_OF_TORCH: Final = ("collections.OrderedDict", "collections.Counter")
"""Which torch's unpickler makes itself."""


class PassedOver:
    """Stands where an object was pickled: takes whatever it is made of, and keeps nothing."""

    def __new__(cls, *_arguments: Any) -> Self:
        return super().__new__(cls)

    def __setstate__(self, _state: Any) -> None:
        """What the object was is of no use here."""


def _passed_over_mapping(*_arguments: Any) -> dict[Any, Any]:
    """Stands for a class that is filled by key, which the unpickler does with plain mappings alone."""
    return {}


def stand_ins(names: set[str]) -> list[Callable[..., Any] | tuple[Callable[..., Any], str]]:
    """For each name of a class or function of PASSED_OVER what takes its place, as `torch.serialization.safe_globals`
    wants it."""
    plain = {f"__builtin__.{old}": f"builtins.{new}" for old, new in _PLAIN.items()}
    passed_over = sorted(name for name in names if name.partition(".")[0] in PASSED_OVER and name not in _OF_TORCH)
    return [
        *((_passed_over_mapping if name.endswith(_MAPPINGS) else PassedOver, name) for name in passed_over),
        *((PassedOver, plain[name]) for name in sorted(names & plain.keys())),
    ]


def check_pickle(stream: IO[bytes], pickles: int = 1) -> set[str]:
    """The classes and functions that so many pickles, one after the other, name: "argparse.Namespace".

    UnpicklingError for one that is not to be read. A stream that is no pickle passes: who reads it will say so.
    """
    names: set[str] = set()
    try:
        for _ in range(pickles):
            _check(genops(stream), names)
    except (ValueError, IndexError, KeyError, TypeError):
        pass
    return names


def _check(opcodes: Iterable[tuple[OpcodeInfo, Any, int | None]], names: set[str]) -> None:
    """Follow the depth of tuples on the unpickler's stack, where a mark is -1, and in its memo; notes the `names`."""
    stack: list[int] = []
    memo: dict[int, int] = {}
    for opcode, argument, _ in opcodes:
        if opcode.name == "GLOBAL" and str(argument).endswith(" bytearray"):
            raise UnpicklingError(f"GLOBAL {str(argument).replace(' ', '.')}")
        if opcode.name == "GLOBAL":
            names.add(str(argument).replace(" ", "."))
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
