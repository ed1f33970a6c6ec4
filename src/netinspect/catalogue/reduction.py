"""Functions that reduce axes to one number each (sum, mean, norm), or run along an axis (cumsum, softmax, topk).

Counting: one elementwise FLOP for each element of the input, two for var, std and norm; softmax and log_softmax are
one activation an output element. Backward keeps what torch's formulas need: the input of a product or a deviation,
the output of a maximum or a softmax, the places of max, min and topk; nothing of sums.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from netinspect.catalogue.common import is_whole, mixing, need_float, plain_axes, plain_axis, replaced, without
from netinspect.catalogue.entry import Argument, Effect, Entry, Fault, Output, Reach, Result, TensorType, Window
from netinspect.catalogue.signature import (
    AXES,
    AXIS,
    FLAG,
    INPUT,
    NATURAL,
    NUMBER,
    POSITIVE,
    SEQUENCE,
    Maybe,
    function,
    trap,
)

Saved = tuple[int | str | TensorType, ...]
Dtype = Callable[[str, TensorType], str]


# --- whole axes ------------------------------------------------------------------------------


def _reduce(
    input: TensorType, dim: tuple[int, ...] | int | None, keepdim: bool, dtype: str, saved: Saved = (), flops: int = 1
) -> Result:
    axes = tuple(range(input.rank))
    if dim is not None:
        plain = plain_axes(dim if isinstance(dim, tuple) else (dim,), input.rank)
        axes = plain if input.rank else ()
    if keepdim:
        shape = tuple(1 if axis in axes else size for axis, size in enumerate(input.shape))
    else:
        shape = without(input.shape, axes)
    left = None if keepdim or not axes else tuple((axis,) for axis in range(input.rank) if axis not in axes)
    return Result(
        (TensorType(shape, dtype),),
        flops=(("elementwise", flops * input.elements),),
        reach=Reach(mixes=axes, axes=left),
        saved=() if is_whole(input.dtype) else saved,
    )


def _summed(dtype: str) -> str:
    return "int64" if is_whole(dtype) else dtype


def _sum(input: TensorType, dim: tuple[int, ...] | None, keepdim: bool) -> Result:
    return _reduce(input, dim, keepdim, _summed(input.dtype))


def _mean(input: TensorType, dim: tuple[int, ...] | None, keepdim: bool) -> Result:
    if input.dtype != "complex64":
        need_float("mean", input)
    return _reduce(input, dim, keepdim, input.dtype)


def _extreme(name: str) -> Callable[..., Result]:
    def rule(input: TensorType, dim: tuple[int, ...], keepdim: bool) -> Result:
        _no_complex(name, input)
        return _reduce(input, dim, keepdim, input.dtype, (0, "output"))

    return rule


def _no_complex(name: str, input: TensorType) -> None:
    if input.dtype == "complex64":
        raise Fault("E306", f"{name} needs numbers in order, and complex numbers have none")


def _spread(name: str, saved: Saved) -> Callable[..., Result]:
    def rule(input: TensorType, dim: tuple[int, ...] | None, correction: float, keepdim: bool) -> Result:
        need_float(name, input)
        return _reduce(input, dim, keepdim, input.dtype, saved, flops=2)

    return rule


def _prod(input: TensorType, dim: int, keepdim: bool) -> Result:
    return _reduce(input, dim, keepdim, _summed(input.dtype), (0, "output"))


def _norm(input: TensorType, p: float, dim: tuple[int, ...] | None, keepdim: bool) -> Result:
    need_float("norm", input)
    return _reduce(input, dim, keepdim, input.dtype, (0, "output"), flops=2)


def _logsumexp(input: TensorType, dim: tuple[int, ...], keepdim: bool) -> Result:
    _no_complex("logsumexp", input)
    dtype = "float32" if is_whole(input.dtype) else input.dtype
    return _reduce(input, dim, keepdim, dtype, (0, "output"), flops=3)


def _place(input: TensorType, dim: int | None, keepdim: bool) -> Result:
    if input.dtype in ("bool", "complex64"):
        raise Fault("E306", f"argmax and argmin are not defined for {input.dtype}")
    return _reduce(input, dim, keepdim, "int64")


def _truth(input: TensorType, dim: tuple[int, ...] | None, keepdim: bool) -> Result:
    dtype = "uint8" if input.dtype == "uint8" else "bool"
    return _reduce(input, dim, keepdim, dtype)


# --- values and their places -----------------------------------------------------------------


def _with_places(name: str) -> Callable[..., Result]:
    def rule(input: TensorType, dim: int, keepdim: bool) -> Result:
        _no_complex(name, input)
        reduced = _reduce(input, dim, keepdim, input.dtype)
        places = TensorType(reduced.outputs[0].shape, "int64")
        saved = (places,) if input.is_float else ()
        return Result((reduced.outputs[0], places), flops=reduced.flops, reach=reduced.reach, saved=saved)

    return rule


def _topk(input: TensorType, k: int, dim: int, largest: bool, sorted: bool) -> Result:
    _no_complex("topk", input)
    axis = plain_axis(dim, input.rank)
    size = input.shape[axis] if input.rank else 1
    if k > size:
        raise Fault("E215", f"topk picks {k} of axis {axis}, which has {size} elements", argument="k")
    shape = replaced(input.shape, axis, k) if input.rank else ()
    return _ordered(input, axis, shape)


def _sort(input: TensorType, dim: int, descending: bool) -> Result:
    _no_complex("sort", input)
    return _ordered(input, plain_axis(dim, input.rank), input.shape)


def _argsort(input: TensorType, dim: int, descending: bool) -> Result:
    _no_complex("argsort", input)
    axis = plain_axis(dim, input.rank)
    return Result(
        (TensorType(input.shape, "int64"),),
        flops=(("elementwise", input.elements),),
        reach=mixing(axis, input.rank),
        saved=("output",) if input.is_float else (),
    )


def _median(input: TensorType, dim: int, keepdim: bool) -> Result:
    if input.dtype == "bool":
        raise Fault("E306", "median is not defined for bools")
    return _with_places("median")(input, dim, keepdim)


def _ordered(input: TensorType, axis: int, shape: tuple[int, ...]) -> Result:
    places = TensorType(shape, "int64")
    return Result(
        (input.with_shape(shape), places),
        flops=(("elementwise", input.elements),),
        reach=mixing(axis, input.rank),
        saved=(places,) if input.is_float else (),
    )


# --- along an axis ---------------------------------------------------------------------------


def _running(name: str, saved: Saved) -> Callable[[TensorType, int], Result]:
    def rule(input: TensorType, dim: int) -> Result:
        axis = plain_axis(dim, input.rank)
        output = TensorType(input.shape, _summed(input.dtype))
        kept = saved if output.is_float else ()
        return Result((output,), flops=(("elementwise", input.elements),), reach=mixing(axis, input.rank), saved=kept)

    return rule


def _diff(input: TensorType, n: int, dim: int) -> Result:
    if not input.rank:
        raise Fault("E305", "diff needs an axis, and gets a single number")
    axis = plain_axis(dim, input.rank)
    length = input.shape[axis] - n
    if length < 1:
        raise Fault("E302", f"diff leaves nothing of axis {axis}, which has {input.shape[axis]} elements", argument="n")
    output = input.with_shape(replaced(input.shape, axis, length))
    steps = sum(output.elements // length * (length + later) for later in range(n))
    return Result(
        (output,), flops=(("elementwise", steps),), reach=Reach(windows=((axis, Window(n + 1)),) if n else ())
    )


def _softmax(name: str) -> Callable[[TensorType, int], Result]:
    def rule(input: TensorType, dim: int) -> Result:
        need_float(name, input)
        axis = plain_axis(dim, input.rank)
        return Result(
            (input,), flops=(("activation", input.elements),), reach=mixing(axis, input.rank), saved=("output",)
        )

    return rule


# --- entries ---------------------------------------------------------------------------------

_KEEP: Final = Argument("keepdim", FLAG, False)
_ANY_AXES: Final = trap("dim", Maybe(AXES))
_AXES: Final = trap("dim", AXES)
_AXIS: Final = trap("dim", AXIS)
_LAST_AXIS: Final = trap("dim", AXIS, default=-1)
_CORRECTION: Final = Argument("correction", NUMBER, 1, keyword_only=True)
_KEEP_NAMED: Final = Argument("keepdim", FLAG, False, keyword_only=True)
_PLACES: Final = (Output("values", (0,)), Output("indices", (1,)))


def _over(
    name: str,
    rule: Callable[..., Result],
    forward: tuple[Argument, ...],
    summary: str,
    example: str = "dim=1",
    outputs: tuple[Output, ...] = (Output("output"),),
    torch: str = "",
    effect: Effect | None = None,
    keeps_chances: bool = False,
) -> Entry:
    path, line = torch or f"torch.{name}", f"{name}({example})"
    return function(
        "reduction", name, path, rule, (INPUT, *forward), summary, line, (SEQUENCE,), outputs, effect=effect,
        keeps_chances=keeps_chances,
    )  # fmt: skip


ENTRIES: Final[tuple[Entry, ...]] = (
    _over("sum", _sum, (_ANY_AXES, _KEEP), "The sum over axes.", effect="linear"),
    _over("mean", _mean, (_ANY_AXES, _KEEP), "The mean over axes.", effect="linear",
          keeps_chances=True),
    _over("amax", _extreme("amax"), (_AXES, _KEEP), "The largest over axes.", keeps_chances=True),
    _over("amin", _extreme("amin"), (_AXES, _KEEP), "The smallest over axes.", keeps_chances=True),
    _over("var", _spread("var", (0,)), (_ANY_AXES, _CORRECTION, _KEEP_NAMED), "The variance over axes."),
    _over("std", _spread("std", (0, "output")), (_ANY_AXES, _CORRECTION, _KEEP_NAMED),
          "The standard deviation over axes."),
    _over("prod", _prod, (_AXIS, _KEEP), "The product over an axis.", keeps_chances=True),
    _over("norm", _norm, (Argument("p", NUMBER, 2), _ANY_AXES, _KEEP), "The p-norm over axes.",
          torch="torch.linalg.vector_norm"),
    _over("vector_norm", _norm, (Argument("ord", NUMBER, 2), _ANY_AXES, _KEEP), "The p-norm over axes, as `norm`.",
          torch="torch.linalg.vector_norm"),
    _over("logsumexp", _logsumexp, (_AXES, _KEEP), "The logarithm of the sum of exponentials, safely."),
    _over("argmax", _place, (trap("dim", Maybe(AXIS)), _KEEP), "The place of the largest."),
    _over("argmin", _place, (trap("dim", Maybe(AXIS)), _KEEP), "The place of the smallest."),
    _over("any", _truth, (_ANY_AXES, _KEEP), "Whether one is other than 0."),
    _over("all", _truth, (_ANY_AXES, _KEEP), "Whether all are other than 0."),
    _over("max", _with_places("max"), (_AXIS, _KEEP), "The largest along an axis, and its place.", outputs=_PLACES,
          keeps_chances=True),
    _over("min", _with_places("min"), (_AXIS, _KEEP), "The smallest along an axis, and its place.", outputs=_PLACES,
          keeps_chances=True),
    _over("median", _median, (_AXIS, _KEEP), "The middle along an axis, of two the smaller, and its place.",
          outputs=_PLACES, keeps_chances=True),
    _over("topk", _topk, (Argument("k", POSITIVE), _LAST_AXIS, Argument("largest", FLAG, True),
          Argument("sorted", FLAG, True)), "The k largest along an axis, and their places.", "5, dim=1", _PLACES,
          keeps_chances=True),
    _over("sort", _sort, (_LAST_AXIS, Argument("descending", FLAG, False)),
          "Sorted along an axis, and the places.", outputs=_PLACES),
    _over("argsort", _argsort, (_LAST_AXIS, Argument("descending", FLAG, False)),
          "The places of what is sorted along an axis."),
    _over("cumsum", _running("cumsum", ()), (_AXIS,), "The running sum along an axis."),
    _over("cumprod", _running("cumprod", (0, "output")), (_AXIS,), "The running product along an axis."),
    _over("diff", _diff, (Argument("n", NATURAL, 1), Argument("dim", AXIS, -1)),
          "Each element less the one before it.", effect="linear"),
    _over("softmax", _softmax("softmax"), (_AXIS,), "Exponentials that sum to 1 along an axis.",
          effect="shares"),
    _over("log_softmax", _softmax("log_softmax"), (_AXIS,), "The logarithm of softmax along an axis.",
          effect="log shares"),
)  # fmt: skip
