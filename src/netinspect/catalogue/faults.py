"""The checks that several rules share, each raising the message a person reads."""

from __future__ import annotations

from netinspect.catalogue.entry import Fault, TensorType


def sizes(shape: tuple[int, ...]) -> str:
    """A shape as people write it: `6×28×28`."""
    return "×".join(str(size) for size in shape) if shape else "a single number"


def stated(value: int | None, actual: int, argument: str) -> int:
    """The inferred size `actual`, after checking it against what the spec states, if it does (E204)."""
    if value is not None and value != actual:
        raise Fault(
            "E204",
            f"{argument}={value} is stated, but the input has {actual}",
            argument=argument,
            help=f"write {argument}={actual}, or leave it out: it is worked out from the input",
        )
    return actual


def need_float(name: str, x: TensorType, note: str | None = None) -> None:
    """E306 unless `x` holds floating-point numbers."""
    if not x.is_float:
        raise Fault("E306", f"{name} needs floating-point input, and gets {x.dtype}", note=note)


def need_rank(name: str, x: TensorType, ranks: tuple[int, ...], axes: str, help: str | None = None) -> None:
    """E305 unless the input, batch included, has one of `ranks`; `axes` says what they are, batch left out."""
    if x.rank not in ranks:
        raise Fault("E305", f"{name} needs {axes}, and gets {sizes(x.shape[1:])}", help=help)


def need_float32(name: str, x: TensorType) -> None:
    """E306 unless `x` has the dtype of a layer's parameters, which torch makes float32."""
    need_float(name, x)
    if x.dtype != "float32":
        raise Fault("E306", f"{name} computes in float32, and gets {x.dtype}", help="convert it first: `float`")
