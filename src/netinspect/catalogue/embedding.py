"""Embeddings: tables that turn whole numbers (words, tokens, classes) into learned vectors.

A look-up has no MACs and is free. EmbeddingBag adds the vectors it looks up: one FLOP per looked-up element, two
with weights; ids it may leave out by `padding_idx` are counted too.
"""

from __future__ import annotations

from typing import Any, Final

from netinspect.catalogue.common import sizes
from netinspect.catalogue.entry import Argument, Entry, Fault, Reach, Result, TensorType, Weight
from netinspect.catalogue.formula import formula
from netinspect.catalogue.signature import FLAG, INPUT, OPTIONAL_TENSOR, POSITIVE, Maybe, Real, Whole, Word, layer

FAMILY: Final = "embedding"
ID_DTYPES: Final = ("int64", "int32")


def _need_ids(name: str, x: TensorType) -> None:
    if x.dtype not in ID_DTYPES:
        raise Fault(
            "E306",
            f"{name} looks up whole numbers, and gets {x.dtype}",
            help="declare the input with `dtype: int64` and `high:`, or use Linear on features",
        )


def _check_padding_idx(a: Any) -> None:
    if a.padding_idx is not None and not -a.num_embeddings <= a.padding_idx < a.num_embeddings:
        message = f"padding_idx={a.padding_idx} is not among the {a.num_embeddings} rows"
        raise Fault("E211", message, argument="padding_idx")


def _table(a: Any) -> tuple[Weight, ...]:
    return (Weight("weight", (a.num_embeddings, a.embedding_dim)),)


def _embedding(a: Any, x: TensorType) -> Result:
    _need_ids("Embedding", x)
    _check_padding_idx(a)
    return Result(
        (TensorType((*x.shape, a.embedding_dim)),),
        parameters=_table(a),
        params=formula(a.num_embeddings) * a.embedding_dim,
        reach=Reach(axes=(*((axis,) for axis in range(x.rank)), ())),
        saved=(0,),
    )


# --- bags --------------------------------------------------------------------------------------


def _bags(a: Any, x: TensorType, offsets: TensorType | None) -> int:
    """How many vectors come out: one a row of a batch, or one an offset."""
    if x.rank == 2:
        if offsets is not None:
            raise Fault("E305", "offsets go with a single row of ids; here every row is a bag", argument="offsets")
        return x.shape[0]
    if x.rank != 1:
        message = f"EmbeddingBag needs one bag of ids a sample, and gets {sizes(x.shape[1:])}"
        raise Fault("E305", message, help="flatten the ids first")
    if offsets is None:
        message = "EmbeddingBag needs one bag of ids a sample, and gets a single id"
        raise Fault("E305", message, help="use Embedding for single ids")
    if offsets.rank != 1 or offsets.dtype not in ID_DTYPES:
        raise Fault("E306", f"offsets are whole numbers in a row, not {sizes(offsets.shape)} of {offsets.dtype}")
    return offsets.shape[0] - int(a.include_last_offset)


def _embedding_bag(a: Any, x: TensorType, offsets: TensorType | None, weights: TensorType | None) -> Result:
    _need_ids("EmbeddingBag", x)
    _check_padding_idx(a)
    if a.mode == "max" and (a.scale_grad_by_freq or a.sparse):
        argument = "sparse" if a.sparse else "scale_grad_by_freq"
        raise Fault("E211", f"{argument}=True does not go with mode=max", argument=argument)
    if weights is not None and a.mode != "sum":
        message = f"per_sample_weights go with mode=sum, and the mode is {a.mode}"
        raise Fault("E211", message, argument="per_sample_weights")
    bags = _bags(a, x, offsets)
    if bags < 1:
        raise Fault("E302", "include_last_offset leaves no bag", argument="include_last_offset")
    if weights is not None and (weights.shape != x.shape or weights.dtype != "float32"):
        actual = f"{sizes(weights.shape)} of {weights.dtype}"
        message = f"per_sample_weights are one float32 an id, {sizes(x.shape)}, not {actual}"
        raise Fault("E303", message, argument="per_sample_weights")
    output = TensorType((bags, a.embedding_dim))
    # The ids and torch's own bookkeeping: each bag's offset and size, the bag of each id, the place of a maximum. torch
    # takes one place more than there are ids for their bags, which a plain sum does without, and one more for the sizes
    # where the last offset is none of a bag.
    bags = output.shape[0]
    per_bag = TensorType((bags,), x.dtype)
    starts: tuple[int | TensorType, ...] = (per_bag,) if offsets is None else (1,)
    is_plain = a.mode == "sum" and a.padding_idx is None
    bag_of_each = () if is_plain else (TensorType((x.elements + 1,), x.dtype),)
    bag_sizes = TensorType((bags + a.include_last_offset,), x.dtype)
    largest = TensorType(output.shape, x.dtype) if a.mode == "max" else per_bag
    per_sample = () if weights is None else (1 if offsets is None else 2,)
    kept = (0, *starts, *bag_of_each, bag_sizes, largest, *per_sample)
    return Result(
        (output,),
        parameters=_table(a),
        params=formula(a.num_embeddings) * a.embedding_dim,
        flops=(("elementwise", x.elements * a.embedding_dim * (1 if weights is None else 2)),),
        reach=Reach(mixes=(x.rank - 1,), axes=((0,), ())),
        saved=kept,
    )


# --- entries -----------------------------------------------------------------------------------

_SIZE: Final = (Argument("num_embeddings", POSITIVE), Argument("embedding_dim", POSITIVE))
_PADDING_IDX: Final = Argument("padding_idx", Maybe(Whole(-(2**31) + 1)), None)
_SCALE: Final = Argument("scale_grad_by_freq", FLAG, default=False)
_SPARSE: Final = Argument("sparse", FLAG, default=False)
_NORM: Final = (
    Argument("max_norm", Maybe(Real(0.0, exclusive=True)), None),
    Argument("norm_type", Real(0.0, exclusive=True), 2.0),
)

ENTRIES: Final[tuple[Entry, ...]] = (
    layer(
        "Embedding", FAMILY, _embedding,
        *_SIZE, _PADDING_IDX, *_NORM, _SCALE, _SPARSE,
        summary="Looks up a learned vector for every whole number.",
        example="Embedding(10_000, 100)", inputs=((40,),), dtype="int64", units="last",
    ),
    layer(
        "EmbeddingBag", FAMILY, _embedding_bag,
        *_SIZE, *_NORM, _SCALE, Argument("mode", Word(("sum", "mean", "max")), "mean"), _SPARSE,
        Argument("include_last_offset", FLAG, default=False), _PADDING_IDX,
        forward=(INPUT, Argument("offsets", OPTIONAL_TENSOR, None),
                 Argument("per_sample_weights", OPTIONAL_TENSOR, None)),
        summary="Looks up a bag of whole numbers and takes the sum, mean or maximum of their vectors.",
        example="EmbeddingBag(10_000, 100)", inputs=((40,),), dtype="int64", units="last",
    ),
)  # fmt: skip
