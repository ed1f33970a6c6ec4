"""Activation functions: every one of torch.nn's, among them those that look along an axis (softmax, GLU).

Counting: one FLOP per output element, whatever the function; no MACs. PReLU alone has parameters. Backward keeps
what torch keeps on the CPU: the output where the derivative follows from it (ReLU, Tanh, Softmax), else the input;
an in-place function that needs its input copies it first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from netinspect.catalogue.common import AXES, mixing, need_float, need_float32, need_rank, plain_axis, replaced, sizes
from netinspect.catalogue.entry import Argument, Effect, Entry, Fault, Reach, Result, TensorType, Weight
from netinspect.catalogue.formula import product
from netinspect.catalogue.signature import AXIS, INPLACE, NUMBER, POSITIVE, Real, Word, layer

FAMILY: Final = "activation"
EXAMPLE: Final = ((64, 8, 8),)

COPY: Final = "copy"
"""Stands in a `kept` tuple for a further tensor of the input's size."""

Kept = tuple[int | str, ...]


def _cost(x: TensorType) -> tuple[tuple[str, int], ...]:
    return (("activation", x.elements),)


# --- element by element --------------------------------------------------------------------------


def _pointwise(
    name: str, kept: Kept, kept_in_place: Kept, check: Callable[[Any], None] | None, a: Any, x: TensorType
) -> Result:
    need_float(name, x)
    if check is not None:
        check(a)
    in_place = getattr(a, "inplace", False)
    saved = tuple(x if item == COPY else item for item in (kept_in_place if in_place else kept))
    return Result((x,), flops=_cost(x), saved=saved, alias=in_place)


def _activation(
    name: str,
    summary: str,
    *arguments: Argument,
    kept: Kept = (0,),
    kept_in_place: Kept = (COPY,),
    check: Callable[[Any], None] | None = None,
    example: str | None = None,
    effect: Effect | None = None,
) -> Entry:
    rule = partial(_pointwise, name, kept, kept_in_place, check)
    return layer(
        name, FAMILY, rule, *arguments, summary=summary, example=example or name, inputs=EXAMPLE, effect=effect
    )


def _check_alpha(a: Any) -> None:
    if a.alpha == 0:
        raise Fault("E211", "alpha=0: CELU divides by alpha", argument="alpha", help="1.0 is usual")


def _check_beta(a: Any) -> None:
    if a.beta == 0:
        raise Fault("E211", "beta=0: Softplus divides by beta", argument="beta", help="1.0 is usual")


def _check_slopes(a: Any) -> None:
    if a.lower > a.upper:
        raise Fault("E211", f"lower={a.lower} is above upper={a.upper}", argument="lower")


def _check_clip(a: Any) -> None:
    if a.max_val <= a.min_val:
        raise Fault("E211", f"max_val={a.max_val} must be above min_val={a.min_val}", argument="max_val")


def _prelu(a: Any, x: TensorType) -> Result:
    need_float32("PReLU", x)
    channels = x.shape[1] if x.rank > 1 else 1
    if a.num_parameters not in (1, channels):
        message = (
            f"num_parameters={a.num_parameters} is stated, but the input has {channels} channel{'s' * (channels != 1)}"
        )
        help = f"write num_parameters={channels}, or leave it out: one slope for all"
        raise Fault("E204", message, argument="num_parameters", help=help)
    return Result(
        (x,),
        parameters=(Weight("weight", (a.num_parameters,)),),
        params=product((a.num_parameters,)),
        flops=_cost(x),
        saved=(0,),
    )


# --- along an axis -------------------------------------------------------------------------------


def _softmax(name: str, a: Any, x: TensorType) -> Result:
    need_float(name, x)
    axis = plain_axis(a.dim, x.rank)
    return Result((x,), flops=_cost(x), reach=mixing(axis, x.rank), saved=("output",))


def _softmax2d(_a: Any, x: TensorType) -> Result:
    need_rank("Softmax2d", x, (4,), AXES[2], help="Softmax(dim=1) takes any shape")
    need_float("Softmax2d", x)
    return Result((x,), flops=_cost(x), reach=mixing(1, x.rank), saved=("output",))


def _glu(a: Any, x: TensorType) -> Result:
    need_float("GLU", x)
    axis = plain_axis(a.dim, x.rank)
    size = x.shape[axis] if x.rank else 1
    if size % 2:
        message = f"GLU halves axis {axis}, and its {size} in {sizes(x.shape[1:])} is odd"
        raise Fault("E206", message, argument="dim", help="the layer before has to give twice the channels")
    output = x.with_shape(replaced(x.shape, axis, size // 2))
    # Output i sees inputs i and i + size/2: as a bound, the axis is mixed.
    return Result((output,), flops=_cost(output), reach=Reach(mixes=(axis,)), saved=(0,))


def _along(name: str, summary: str, effect: Effect = "shares") -> Entry:
    why = "torch's default depends on the rank, and may be the batch; dim=1 is the channels, dim=-1 the last axis"
    dim = Argument("dim", AXIS, None, must_say=True, why=why)
    rule = partial(_softmax, name)
    return layer(name, FAMILY, rule, dim, summary=summary, example=f"{name}(dim=1)", inputs=((10,),), effect=effect)


# --- entries -------------------------------------------------------------------------------------

_ALPHA: Final = Argument("alpha", NUMBER, 1.0)
_LAMBD: Final = Argument("lambd", NUMBER, 0.5)

ENTRIES: Final[tuple[Entry, ...]] = (
    _activation("ReLU", "max(0, x).", INPLACE, kept=("output",), kept_in_place=("output",)),
    _activation("ReLU6", "x clipped to 0 … 6.", INPLACE),
    _activation("LeakyReLU", "x, or a small slope times x below 0.", Argument("negative_slope", NUMBER, 0.01), INPLACE,
                kept_in_place=("output",), example="LeakyReLU(0.1)"),
    layer(
        "PReLU", FAMILY, _prelu, Argument("num_parameters", POSITIVE, 1), Argument("init", NUMBER, 0.25),
        summary="x, or a learned slope times x below 0; one slope, or one a channel.",
        example="PReLU", inputs=EXAMPLE,
    ),
    _activation("RReLU", "x, or below 0 a random slope times x; the mean slope when not training.",
                Argument("lower", NUMBER, 1 / 8), Argument("upper", NUMBER, 1 / 3), INPLACE,
                kept=(0, COPY), kept_in_place=("output", COPY), check=_check_slopes),
    _activation("ELU", "x, or alpha·(exp(x) - 1) below 0.", _ALPHA, INPLACE, kept_in_place=("output",)),
    _activation("CELU", "x, or alpha·(exp(x/alpha) - 1) below 0.", _ALPHA, INPLACE, kept_in_place=("output",),
                check=_check_alpha),
    _activation("SELU", "ELU scaled so that activations keep mean 0 and variance 1.", INPLACE,
                kept_in_place=("output",)),
    _activation("GELU", "x times the share of a normal distribution below x; approximate=tanh is the quick form.",
                Argument("approximate", Word(("none", "tanh")), "none")),
    _activation("SiLU", "x·sigmoid(x), also known as swish.", INPLACE),
    _activation("Mish", "x·tanh(softplus(x)).", INPLACE),
    _activation("Sigmoid", "1/(1 + exp(-x)): between 0 and 1.", kept=("output",), effect="chances"),
    _activation("Tanh", "The hyperbolic tangent: between -1 and 1.", kept=("output",), effect="squashes"),
    _activation("LogSigmoid", "log(sigmoid(x)).", kept=(0, COPY), effect="squashes"),
    _activation("Softplus", "log(1 + exp(beta·x))/beta, a smooth ReLU; linear above the threshold.",
                Argument("beta", NUMBER, 1.0), Argument("threshold", NUMBER, 20.0), check=_check_beta,
                effect="squashes"),
    _activation("Softsign", "x/(1 + |x|).", kept=(0, COPY), effect="squashes"),
    _activation("Softshrink", "x moved towards 0 by lambd; 0 in between.", Argument("lambd", Real(0.0), 0.5)),
    _activation("Hardshrink", "x, or 0 where |x| is at most lambd.", _LAMBD),
    _activation("Tanhshrink", "x - tanh(x).", kept=(COPY,)),
    _activation("Threshold", "x, or `value` where x is at most `threshold`.",
                Argument("threshold", NUMBER), Argument("value", NUMBER), INPLACE, example="Threshold(0.1, 20)"),
    _activation("Hardtanh", "x clipped to min_val … max_val.", Argument("min_val", NUMBER, -1.0),
                Argument("max_val", NUMBER, 1.0), INPLACE, check=_check_clip, effect="squashes"),
    _activation("Hardsigmoid", "A sigmoid of straight lines: 0 below -3, 1 above 3.", INPLACE, effect="chances"),
    _activation("Hardswish", "x·hardsigmoid(x).", INPLACE),
    _along("Softmax", "Turns scores along `dim` into probabilities that sum to 1."),
    _along("Softmin", "Softmax of the negated input: the smallest score gets the largest share."),
    _along("LogSoftmax", "The logarithm of Softmax.", effect="log shares"),
    layer("Softmax2d", FAMILY, _softmax2d, summary="Softmax over the channels at each place of an image.",
          example="Softmax2d", inputs=EXAMPLE, effect="shares"),
    layer("GLU", FAMILY, _glu, Argument("dim", AXIS, -1), inputs=EXAMPLE, example="GLU(dim=1)",
          summary="Gates one half of an axis by the sigmoid of the other: the axis is halved."),
)  # fmt: skip
