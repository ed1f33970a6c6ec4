"""Fully connected layers: Linear on the last axis, Bilinear on two inputs, and Identity, which does nothing.

Source of the formulas: out·(in + 1) parameters for a Linear with bias, shown as `(in + 1)·out`; one MAC per weight
and row, a row being everything but the last axis.
"""

from __future__ import annotations

from typing import Any, Final

from netinspect.catalogue.common import need_float32, sizes, stated
from netinspect.catalogue.entry import Argument, Entry, Fault, Reach, Result, SavedFor, TensorType, Weight
from netinspect.catalogue.formula import Formula, formula, product
from netinspect.catalogue.signature import BIAS, POSITIVE, TENSOR, layer

FAMILY: Final = "linear"


def _rows(x: TensorType) -> list[int]:
    """All sizes but the last; those of 1 are left out of the formula."""
    return [size for size in x.shape[:-1] if size != 1]


def _need_features(name: str, x: TensorType) -> None:
    if x.rank < 2:
        message = f"{name} needs an axis of features beside the batch, and gets a single number"
        raise Fault("E305", message, help="add the axis first: `unsqueeze(1)`")
    need_float32(name, x)


def _linear(a: Any, x: TensorType) -> Result:
    _need_features("Linear", x)
    features = stated(a.in_features, x.shape[-1], "in_features")
    output = x.with_shape((*x.shape[:-1], a.out_features))
    bias = (Weight("bias", (a.out_features,)),) if a.bias else ()
    params: Formula = formula(features) * a.out_features
    return Result(
        (output,),
        parameters=(Weight("weight", (a.out_features, features)), *bias),
        params=(formula(features) + 1) * a.out_features if a.bias else params,
        macs=product((*_rows(x), features, a.out_features)),
        flops=(("bias", output.elements),) if a.bias else (),
        inferred=(("in_features", features),),
        reach=Reach(mixes=(x.rank - 1,)),
        saved=(SavedFor(0, ("weight",)),),
    )


def _bilinear(a: Any, x: TensorType, y: TensorType) -> Result:
    for tensor in (x, y):
        _need_features("Bilinear", tensor)
    if x.shape[:-1] != y.shape[:-1]:
        message = f"Bilinear pairs rows of two inputs, and gets {sizes(x.shape[1:])} and {sizes(y.shape[1:])}"
        raise Fault("E303", message, help="all axes but the last must be equal")
    first = stated(a.in1_features, x.shape[-1], "in1_features")
    second = stated(a.in2_features, y.shape[-1], "in2_features")
    output = x.with_shape((*x.shape[:-1], a.out_features))
    pairs = formula(first) * second
    return Result(
        (output,),
        parameters=(
            Weight("weight", (a.out_features, first, second)),
            *((Weight("bias", (a.out_features,)),) if a.bias else ()),
        ),
        params=formula(a.out_features) * (pairs + 1 if a.bias else pairs),
        macs=product((*_rows(x), first, second, a.out_features)),
        flops=(("bias", output.elements),) if a.bias else (),
        inferred=(("in1_features", first), ("in2_features", second)),
        reach=Reach(mixes=(x.rank - 1,)),
        saved=(SavedFor(0, (1, "weight")), SavedFor(1, (0, "weight"))),
    )


def _identity(_a: Any, x: TensorType) -> Result:
    return Result((x,), alias=True)


ENTRIES: Final[tuple[Entry, ...]] = (
    layer(
        "Linear", FAMILY, _linear,
        Argument("in_features", POSITIVE, inferred=True),
        Argument("out_features", POSITIVE),
        BIAS,
        summary="Connects every feature of the last axis to every output: y = Wx + b.",
        example="Linear(10)", inputs=((84,),), effect="learned", units="last",
    ),
    layer(
        "Bilinear", FAMILY, _bilinear,
        Argument("in1_features", POSITIVE, inferred=True),
        Argument("in2_features", POSITIVE, inferred=True),
        Argument("out_features", POSITIVE),
        BIAS,
        forward=(Argument("input1", TENSOR), Argument("input2", TENSOR)),
        summary="Weighs every product of a feature of one input and a feature of the other.",
        example="(left, right): Bilinear(5)", inputs=((8,), (6,)), units="last",
    ),
    layer(
        "Identity", FAMILY, _identity,
        summary="Gives its input back; it fills a place in the state dict.",
        example="Identity", inputs=((64, 8, 8),), effect="moves",
    ),
)  # fmt: skip
