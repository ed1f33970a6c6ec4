"""Functions that change a tensor's dtype. Free; the same dtype again is the same tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from netinspect.catalogue.entry import Argument, Entry, Result, TensorType
from netinspect.catalogue.signature import DTYPE, INPUT, OTHER, SEQUENCE, function


def _to(input: TensorType, dtype: str) -> Result:
    return Result((TensorType(input.shape, dtype),), alias=dtype == input.dtype)


def _type_as(input: TensorType, other: TensorType) -> Result:
    return _to(input, other.dtype)


def _fixed(dtype: str) -> Callable[[TensorType], Result]:
    def rule(input: TensorType) -> Result:
        return _to(input, dtype)

    return rule


_METHODS: Final = {
    "float": "float32", "double": "float64", "half": "float16", "bfloat16": "bfloat16", "long": "int64",
    "int": "int32", "bool": "bool",
}  # fmt: skip

ENTRIES: Final[tuple[Entry, ...]] = (
    function("conversion", "to", "Tensor.to", _to, (INPUT, Argument("dtype", DTYPE)), "Another dtype.",
             "to(dtype=float16)"),
    function(
        "conversion", "type_as", "Tensor.type_as", _type_as, (INPUT, OTHER), "The dtype of another tensor.",
        "type_as(a, b)", (SEQUENCE, SEQUENCE), type_of=(1,),
    ),
    *(
        function("conversion", name, f"Tensor.{name}", _fixed(dtype), (INPUT,), f"As {dtype}.")
        for name, dtype in _METHODS.items()
    ),
)  # fmt: skip
