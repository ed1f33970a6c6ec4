"""Calls of every layer, chosen by hand: each argument, each variant, the edges of what is accepted and refused."""

from __future__ import annotations

import contextlib
from typing import Any

from netinspect.catalogue import (
    activation,
    convolution,
    dropout,
    embedding,
    linear,
    normalisation,
    padding,
    pooling,
    shaping,
)
from netinspect.catalogue.entry import Fault, Result, TensorType
from tests.catalogue.engine import Case, ask

FAMILIES = (
    convolution, linear, pooling, normalisation, activation, padding, dropout, embedding, shaping,
)  # fmt: skip
LAYERS = {entry.name: entry for family in FAMILIES for entry in family.ENTRIES}

F, IDS = "float32", "int64"
SPACE = {1: (9,), 2: (9, 7), 3: (5, 6, 7)}


def case(name: str, *operands: Any, dtype: str = F, **given: Any) -> Case:
    """A call; a tuple among the operands is a shape of `dtype`, a list a plain tuple (`output_size`)."""
    made = tuple(TensorType(x, dtype) if type(x) is tuple else tuple(x) if type(x) is list else x for x in operands)
    return Case(LAYERS[name], given, made)


# --- convolution -------------------------------------------------------------------------------


def _convolutions(rank: int) -> list[Case]:
    name, x = f"Conv{rank}d", (2, 4, *SPACE[rank])

    def conv(shape=x, dtype=F, **given):
        return case(name, shape, dtype=dtype, **{"out_channels": 6, "kernel_size": 3} | given)

    per_axis = tuple(range(1, rank + 1))
    return [
        conv(), conv(bias=False), conv(stride=2), conv(padding=1), conv(dilation=2), conv(kernel_size=per_axis),
        conv(kernel_size=1), conv(stride=3, padding=2, dilation=2), conv(groups=2), conv(groups=2, bias=False),
        conv(groups=4, out_channels=4), conv(groups=4, out_channels=8), conv(padding="same"), conv(padding="valid"),
        conv(padding="same", kernel_size=2), conv(padding="same", kernel_size=4), conv(in_channels=4),
        conv(padding="same", dilation=2), *(conv(padding=1, padding_mode=mode) for mode in convolution.PADDING_MODES),
        conv(padding="same", kernel_size=2, padding_mode="reflect"), conv(padding_mode="circular"),
        conv(padding="same", kernel_size=4, padding_mode="circular"), conv(padding_mode="replicate"),
        conv((1, 4, *SPACE[rank])), conv((2, 1, *(3,) * rank)), conv((2, 4, *(3,) * rank), padding=3),
        # refused by both
        conv((2, 4, *(2,) * rank)), conv(in_channels=3), conv(groups=3), conv(out_channels=5, groups=2),
        conv(stride=2, padding="same"), conv((2, 4)), conv((2, 4, *(4,) * (rank + 1))), conv(dtype=IDS),
        conv(dtype="float64"), conv((2, 4, *(3,) * rank), padding=3, padding_mode="reflect"),
        conv((2, 4, *(3,) * rank), padding=4, padding_mode="circular"), conv(kernel_size=3, dilation=30),
    ]  # fmt: skip


def _transposed(rank: int) -> list[Case]:
    name, x = f"ConvTranspose{rank}d", (2, 4, *(4,) * rank)

    def conv(shape=x, *more, dtype=F, **given):
        return case(name, shape, *more, dtype=dtype, **{"out_channels": 6, "kernel_size": 3} | given)

    asked = [8] * rank
    return [
        conv(), conv(bias=False), conv(kernel_size=2, stride=2), conv(stride=2, padding=1, output_padding=1),
        conv(dilation=2), conv(dilation=2, output_padding=1), conv(groups=2), conv(groups=2, bias=False),
        conv(groups=4, out_channels=4), conv(in_channels=4), conv((1, 4, *(4,) * rank)), conv(padding=2),
        conv(x, asked, stride=2, padding=1), conv(x, [2, 6, *asked], stride=2, padding=1),
        # refused by both
        conv(x, [20] * rank, stride=2), conv(output_padding=1), conv(padding=5), conv((2, 4)),
        conv(groups=3), conv(in_channels=5), conv(dtype=IDS), conv(x, [8] * (rank + 1), stride=2, padding=1),
    ]  # fmt: skip


def _blocks() -> list[Case]:
    return [
        case("Unfold", (2, 3, 8, 7), kernel_size=3), case("Unfold", (2, 3, 8, 7), kernel_size=(2, 3), padding=1),
        case("Unfold", (2, 3, 8, 7), kernel_size=2, dilation=2, stride=(2, 1)),
        case("Unfold", (2, 3, 8, 7), kernel_size=9), case("Unfold", (2, 3, 8), kernel_size=2),
        case("Fold", (2, 12, 42), output_size=(8, 7), kernel_size=2),
        case("Fold", (2, 12, 20), output_size=(8, 9), kernel_size=2, stride=2, dilation=1),
        case("Fold", (2, 12, 72), output_size=(8, 7), kernel_size=2, padding=1),
        case("Fold", (2, 12, 41), output_size=(8, 7), kernel_size=2),
        case("Fold", (2, 13, 42), output_size=(8, 7), kernel_size=2),
        case("Fold", (2, 12), output_size=(8, 7), kernel_size=2),
        case("Fold", (2, 12, 42), output_size=1, kernel_size=2),
    ]  # fmt: skip


# --- linear --------------------------------------------------------------------------------------


def _linear() -> list[Case]:
    return [
        case("Linear", (2, 8), out_features=3), case("Linear", (2, 8), out_features=3, bias=False),
        case("Linear", (4, 7, 10), out_features=20), case("Linear", (2, 3, 4, 5), out_features=2),
        case("Linear", (1, 8), out_features=1, in_features=8), case("Linear", (2, 8), out_features=3, in_features=9),
        case("Linear", (2, 8), out_features=3, dtype=IDS), case("Linear", (2, 8), out_features=3, dtype="float64"),
        case("Bilinear", (2, 8), (2, 5), out_features=3), case("Bilinear", (2, 3, 8), (2, 3, 5), out_features=3),
        case("Bilinear", (2, 8), (2, 5), out_features=3, bias=False), case("Bilinear", (2, 8), (3, 5), out_features=3),
        case("Bilinear", (2, 8), (2, 1, 5), out_features=3),
        case("Bilinear", (2, 8), (2, 5), out_features=3, in1_features=8, in2_features=5),
        case("Bilinear", (2, 8), (2, 5), out_features=3, in2_features=8),
        case("Identity", (2, 3)), case("Identity", (2,), dtype=IDS),
    ]  # fmt: skip


# --- pooling -------------------------------------------------------------------------------------


def _windows(rank: int) -> list[Case]:
    x, small = (2, 3, *SPACE[rank]), (2, 3, *(2,) * rank)
    per_axis = tuple(range(1, rank + 1))
    shared = [
        {"kernel_size": 2},
        {"kernel_size": 3, "stride": 2},
        {"kernel_size": 3, "stride": 1},
        {"kernel_size": per_axis},
        {"kernel_size": 3, "stride": 2, "padding": 1},
        {"kernel_size": 2, "padding": 1},
        {"kernel_size": 5},
        {"kernel_size": 3, "stride": 2, "ceil_mode": True},
        {"kernel_size": 2, "ceil_mode": True, "padding": 1},
        {"kernel_size": 2, "stride": 4, "ceil_mode": True},
        {"kernel_size": 3, "padding": 2},
        {"kernel_size": 30},
        {"kernel_size": 3, "stride": 3, "padding": 1, "ceil_mode": True},
        {"kernel_size": 4, "stride": 5, "padding": 2},
    ]
    plain = [g for g in shared if "padding" not in g]
    maximum = [
        {"kernel_size": 2, "dilation": 2},
        {"kernel_size": 2, "dilation": 3, "padding": 1},
        {"kernel_size": 2, "return_indices": True},
        {"kernel_size": 3, "dilation": 2, "ceil_mode": True},
    ]
    average = [{"kernel_size": 2, "count_include_pad": False, "padding": 1}]
    if rank > 1:
        average += [{"kernel_size": 2, "divisor_override": 3}, {"kernel_size": 2, "divisor_override": 0}]
    one = [{**g, "kernel_size": 3} for g in plain] if rank == 1 else plain
    return [
        *(case(f"MaxPool{rank}d", x, **g) for g in (*shared, *maximum)),
        *(case(f"AvgPool{rank}d", x, **g) for g in (*shared, *average)),
        *(case(f"LPPool{rank}d", x, norm_type=p, **g) for g in one for p in (1, 2, 3.5)),
        *(case(f"{stem}Pool{rank}d", small, kernel_size=3, stride=2, ceil_mode=True) for stem in ("Max", "Avg")),
        case(f"LPPool{rank}d", small, norm_type=2, kernel_size=3, stride=2, ceil_mode=True),
        *(case(f"{stem}Pool{rank}d", small, kernel_size=3) for stem in ("Max", "Avg")),
        *(case(f"{stem}Pool{rank}d", small, kernel_size=3, padding=1) for stem in ("Max", "Avg")),
        *(case(f"{stem}Pool{rank}d", (2, 3), kernel_size=2) for stem in ("Max", "Avg")),
        *(case(f"{stem}Pool{rank}d", (2, 3, *(4,) * (rank + 1)), kernel_size=2) for stem in ("Max", "Avg")),
    ]  # fmt: skip


def _unpooling(rank: int) -> list[Case]:
    name, x = f"MaxUnpool{rank}d", (2, 3, *(4,) * rank)
    indices = TensorType(x, IDS)
    return [
        case(name, x, indices, kernel_size=2), case(name, x, indices, kernel_size=3, stride=2),
        case(name, x, indices, kernel_size=2, padding=1), case(name, x, indices, [9] * rank, kernel_size=2),
        case(name, x, indices, [2, 3, *[8] * rank], kernel_size=2),
        case(name, x, indices, [11] * rank, kernel_size=2),
        case(name, x, indices, [8] * (rank + 1), kernel_size=2),
        case(name, x, TensorType(x), kernel_size=2),
        case(name, x, TensorType((2, 3, *(3,) * rank), IDS), kernel_size=2),
        case(name, (2, 3, *(1,) * rank), TensorType((2, 3, *(1,) * rank), IDS), kernel_size=2, padding=1),
    ]  # fmt: skip


def _adaptive(rank: int) -> list[Case]:
    x = (2, 3, *SPACE[rank])
    targets = [1, 2, 3, 7, 12, SPACE[rank], tuple(range(1, rank + 1))]
    if rank > 1:
        targets += [(None,) * rank, (None, *(1,) * (rank - 1))]
    return [
        *(case(f"Adaptive{stem}Pool{rank}d", x, output_size=t) for t in targets for stem in ("Avg", "Max")),
        case(f"AdaptiveMaxPool{rank}d", x, output_size=2, return_indices=True),
        *(case(f"Adaptive{stem}Pool{rank}d", (2, 3), output_size=1) for stem in ("Avg", "Max")),
    ]


def _fractional(rank: int) -> list[Case]:
    name, x = f"FractionalMaxPool{rank}d", (2, 3, *(8,) * rank)
    return [
        case(name, x, kernel_size=2, output_size=4), case(name, x, kernel_size=2, output_ratio=0.5),
        case(name, x, kernel_size=3, output_size=5, return_indices=True), case(name, x, kernel_size=2, output_size=1),
        case(name, x, kernel_size=3, output_size=6), case(name, x, kernel_size=3, output_size=7),
        case(name, x, kernel_size=8, output_size=1), case(name, x, kernel_size=2, output_ratio=0.01),
        case(name, x, kernel_size=2), case(name, x, kernel_size=2, output_size=4, output_ratio=0.5),
        case(name, x, kernel_size=1, output_size=7),
    ]  # fmt: skip


# --- normalisation -------------------------------------------------------------------------------


def _per_channel(rank: int) -> list[Case]:
    x = (2, 4, *SPACE[rank])
    variants = [
        {},
        {"affine": True},
        {"affine": False},
        {"track_running_stats": False},
        {"track_running_stats": True},
        {"affine": True, "bias": False},
        {"affine": False, "bias": False},
        {"eps": 1e-3, "momentum": 0.0},
        {"affine": False, "track_running_stats": False},
        {"num_features": 4},
        {"num_features": 5},
        {"affine": True, "track_running_stats": True},
    ]
    names = (f"BatchNorm{rank}d", f"InstanceNorm{rank}d")
    return [
        *(case(name, x, **g) for name in names for g in variants),
        *(case(name, (2, 4), **g) for name in names for g in ({}, {"num_features": 5})),
        *(case(name, (2, 4, *(3,) * (rank + 1))) for name in names), *(case(name, x, dtype=IDS) for name in names),
        *(case(name, (1, 4, *(1,) * rank), track_running_stats=t) for name in names for t in (True, False)),
        case(f"BatchNorm{rank}d", x, momentum=None), *(case(name, x, dtype="float64") for name in names),
    ]  # fmt: skip


def _layers_and_groups() -> list[Case]:
    x, flags = (2, 4, 6, 5), (True, False)
    return [
        *(case(name, x, elementwise_affine=e) for name in ("LayerNorm", "RMSNorm") for e in flags),
        *(case(name, x, normalized_shape=s) for name in ("LayerNorm", "RMSNorm") for s in (5, (5,), (6, 5), (4, 6, 5))),
        *(case(name, x, normalized_shape=s) for name in ("LayerNorm", "RMSNorm") for s in (4, (4, 5))),
        case("LayerNorm", x, bias=False), case("LayerNorm", (2, 3)), case("RMSNorm", x, eps=1e-6),
        case("LayerNorm", x, elementwise_affine=False, dtype="float64"), case("LayerNorm", x, dtype=IDS),
        *(case("GroupNorm", x, num_groups=g) for g in (1, 2, 3, 4)), case("GroupNorm", x, num_groups=2, affine=False),
        case("GroupNorm", x, num_groups=2, bias=False), case("GroupNorm", x, num_groups=2, num_channels=4),
        case("GroupNorm", x, num_groups=2, num_channels=6), case("GroupNorm", (2, 4), num_groups=2),
        case("GroupNorm", (1, 4), num_groups=4), case("GroupNorm", (2,), num_groups=1),
        *(case("LocalResponseNorm", (2, 6, *s), size=n) for s in ((5,), (5, 4), (3, 4, 2)) for n in (1, 2, 3, 5, 9)),
        case("LocalResponseNorm", (2, 6), size=3), case("LocalResponseNorm", x, size=3, alpha=0.1, beta=0.5, k=2),
        *(case("CrossMapLRN2d", (2, 6, 3, 2), size=n) for n in (1, 2, 3, 4, 5, 9)),
        case("CrossMapLRN2d", (2, 6, 3), size=3),
    ]  # fmt: skip


# --- activation, dropout, padding ------------------------------------------------------------------


def _activations() -> list[Case]:
    plain = [e for e in activation.ENTRIES if all(a.default is not None and a.name != "dim" for a in e.arguments)]
    plain = [e for e in plain if e.name not in ("Threshold", "Softmax2d")]
    shapes = ((2, 4, 6, 5), (2, 4))
    return [
        *(case(entry.name, shape) for entry in plain for shape in shapes),
        *(case(e.name, (2, 4, 6, 5), inplace=True) for e in plain if e.argument("inplace")),
        case("Threshold", (2, 4), threshold=0.1, value=20),
        case("Threshold", (2, 4), threshold=0.1, value=2, inplace=True),
        case("GELU", (2, 4), approximate="tanh"), case("PReLU", (2, 4, 6, 5), num_parameters=4),
        case("PReLU", (2, 4), num_parameters=4), case("PReLU", (2, 4), num_parameters=3), case("PReLU", (2,)),
        *(case(n, (2, 4, 6), dim=d) for n in ("Softmax", "Softmin", "LogSoftmax") for d in (0, 1, 2, -1, -3, 3, -4)),
        case("Softmax2d", (2, 4, 6, 5)), case("Softmax2d", (2, 4)), case("GLU", (2, 5, 6), dim=1),
        *(case("GLU", (2, 4, 6), dim=d) for d in (0, 1, 2, -1, 3)), case("Hardtanh", (2, 4), min_val=1, max_val=1),
        case("Hardtanh", (2, 4), min_val=-2, max_val=0.5), case("RReLU", (2, 4), lower=0.5, upper=0.1),
        case("RReLU", (2, 4), lower=0.1, upper=0.1), case("CELU", (2, 4), alpha=0), case("CELU", (2, 4), alpha=2),
        case("Softshrink", (2, 4), lambd=0), case("Softplus", (2, 4), beta=2, threshold=1),
        case("Softplus", (2, 4), beta=0), case("ReLU", (2, 4), dtype=IDS), case("Sigmoid", (2, 4), dtype=IDS),
    ]  # fmt: skip


def _dropouts() -> list[Case]:
    shapes = {"Dropout": (2, 4, 3), "AlphaDropout": (2, 4), "FeatureAlphaDropout": (2, 4, 3)}
    shapes |= {f"Dropout{rank}d": (2, 4, *SPACE[rank]) for rank in SPACE}
    return [
        *(case(name, x, p=p, inplace=i) for name, x in shapes.items() for p in (0, 0.3, 1) for i in (False, True)),
        *(case(f"Dropout{rank}d", x) for rank in SPACE for x in ((2, 4), (2, 4, *SPACE[4 - rank]))),
        case("FeatureAlphaDropout", (2,)),
    ]


def _paddings(rank: int) -> list[Case]:
    x = (2, 3, *SPACE[rank])
    widths = [1, 0, 2, tuple(range(2 * rank)), tuple(range(1, 2 * rank + 1))[::-1]]
    values = {"Constant": {"value": 0.5}}
    return [
        *(case(f"{kind}Pad{rank}d", x, padding=w, **values.get(kind, {})) for kind in padding._KINDS for w in widths),
        *(case(f"{kind}Pad{rank}d", (2, 3, *(3,) * rank), padding=w)
          for kind in ("Reflection", "Circular", "Replication") for w in (2, 3, 4)),
        *(case(f"ZeroPad{rank}d", x, padding=w) for w in (-1, (-1,) * rank + (2,) * rank, -9)),
        case(f"ReflectionPad{rank}d", (2, 3), padding=1),
    ]  # fmt: skip


# --- embedding, shaping ----------------------------------------------------------------------------


def _embeddings() -> list[Case]:
    size = {"num_embeddings": 10, "embedding_dim": 3}
    ids, flat, offsets = TensorType((2, 5), IDS), TensorType((10,), IDS), TensorType((3,), IDS)
    weights = TensorType((2, 5))
    return [
        *(case("Embedding", shape, dtype=IDS, **size) for shape in ((2, 5), (2,), (2, 3, 4))),
        case("Embedding", (2, 5), dtype="int32", **size), case("Embedding", (2, 5), **size),
        case("Embedding", (2, 5), dtype="uint8", **size), *(case("Embedding", ids, **size, padding_idx=i)
         for i in (0, -1, 10, -11)),
        case("Embedding", ids, **size, max_norm=1.0),
        case("Embedding", ids, **size, scale_grad_by_freq=True, sparse=True),
        *(case("EmbeddingBag", ids, **size, mode=m) for m in ("sum", "mean", "max")),
        *(case("EmbeddingBag", flat, offsets, **size, mode=m) for m in ("sum", "mean", "max")),
        case("EmbeddingBag", flat, offsets, **size, include_last_offset=True), case("EmbeddingBag", flat, **size),
        case("EmbeddingBag", flat, TensorType((3,)), **size), case("EmbeddingBag", flat, weights, **size),
        case("EmbeddingBag", flat, TensorType((1,), IDS), **size, include_last_offset=True),
        case("EmbeddingBag", ids, offsets, **size), case("EmbeddingBag", ids, None, weights, **size, mode="sum"),
        case("EmbeddingBag", ids, None, weights, **size), case("EmbeddingBag", ids, **size, mode="max", sparse=True),
        case("EmbeddingBag", ids, None, TensorType((2, 4)), **size, mode="sum"), case("EmbeddingBag", (2, 5), **size),
        case("EmbeddingBag", (2, 5, 2), dtype=IDS, **size),
        case("EmbeddingBag", ids, **size, max_norm=1.0, padding_idx=0),
        case("EmbeddingBag", ids, **size, mode="max", scale_grad_by_freq=True),
        case("EmbeddingBag", ids, **size, padding_idx=10),
    ]  # fmt: skip


def _shapes() -> list[Case]:
    x = (2, 3, 4, 5)
    return [
        case("Flatten", x), case("Flatten", x, start_dim=2), case("Flatten", x, start_dim=0), case("Flatten", (2, 3)),
        case("Flatten", x, start_dim=1, end_dim=2), case("Flatten", x, start_dim=-1), case("Flatten", x, start_dim=4),
        case("Flatten", x, start_dim=2, end_dim=1), case("Flatten", (2,), start_dim=0), case("Flatten", x, dtype=IDS),
        *(case("Unflatten", (2, 12, 3), dim=1, unflattened_size=s)
          for s in ((3, 4), (3, -1), (-1, 2, 2), (12,), (5, -1), (3, 5), (-1, -1), (0, -1))),
        *(case("Unflatten", (2, 12), dim=d, unflattened_size=(3, 4)) for d in (-1, 2)),
        case("Unflatten", (), dim=0, unflattened_size=(1,)),
        *(case("PixelShuffle", s, upscale_factor=f) for s in ((2, 8, 3, 4), (2, 9, 3, 4), (2, 2, 4, 3, 3),
        (2, 8, 3)) for f in (1, 2, 3)),
        *(case("PixelUnshuffle", s, downscale_factor=f) for s in ((2, 2, 6, 4), (2, 2, 6, 6), (2, 2, 1, 6, 6),
        (2, 6, 6)) for f in (1, 2, 3)),
        *(case("ChannelShuffle", s, groups=g) for s in ((2, 6, 3), (2, 6, 3, 2), (2, 6)) for g in (1, 2, 3, 4)),
        case("CosineSimilarity", (2, 8), (2, 8)), case("CosineSimilarity", x, x, dim=2),
        case("CosineSimilarity", x, x, dim=-1), case("CosineSimilarity", x, (2, 3, 4, 6)),
        case("CosineSimilarity", x, x, dim=4),
        case("CosineSimilarity", (2,), (2,)), case("CosineSimilarity", (2, 8), TensorType((2, 8), "float64")),
        case("PairwiseDistance", (2, 8), (2, 8)), case("PairwiseDistance", x, x, keepdim=True),
        case("PairwiseDistance", (2, 8), (2, 8), p=1), case("PairwiseDistance", (2, 8), (2, 7)),
    ]  # fmt: skip


def _resizing() -> list[Case]:
    spaces = {1: (6,), 2: (6, 4), 3: (3, 4, 2)}
    modes = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}
    cases = []
    for rank, space in spaces.items():
        x = (2, 3, *space)
        for mode in ("nearest", "nearest-exact", "area", *modes[rank]):
            how = [
                {"scale_factor": 2},
                {"scale_factor": 3},
                {"scale_factor": 0.5},
                {"scale_factor": 1.5},
                {"size": 7},
                {"size": 1},
                {"scale_factor": 0.7},
                {"scale_factor": 0.7071},
                {"size": tuple(range(2, rank + 2))},
                {"scale_factor": (2.0,) * rank},
                {"scale_factor": 2.5},
            ]
            cases += [case("Upsample", x, mode=mode, **g) for g in how]
            cases += [case("Upsample", x, mode=mode, scale_factor=2, recompute_scale_factor=True)]
            corners = how[:6] if mode in modes[rank] else how[:1]
            cases += [case("Upsample", x, mode=mode, align_corners=True, **g) for g in corners]
            cases += [case("Upsample", x, mode=mode, align_corners=False, **g) for g in corners[:2]]
        cases += [case("Upsample", x, mode="linear", size=4), case("Upsample", x, size=(4, 4)), case("Upsample", x)]
        cases += [case("Upsample", x, size=4, scale_factor=2), case("Upsample", x, scale_factor=0.1)]
        cases += [case("Upsample", x, size=4, recompute_scale_factor=True)]
    for name in ("UpsamplingNearest2d", "UpsamplingBilinear2d"):
        cases += [case(name, (2, 3, 4, 5), **g) for g in ({"scale_factor": 2}, {"size": 7}, {"size": (3, 9)}, {})]
        cases += [case(name, (2, 3, 4), scale_factor=2)]
    return [*cases, case("Upsample", (2, 3), scale_factor=2)]


CASES = (
    *(one for rank in SPACE for one in (
        *_convolutions(rank), *_transposed(rank), *_windows(rank), *_unpooling(rank), *_adaptive(rank),
        *_per_channel(rank), *_paddings(rank),
    )),
    *_blocks(), *_linear(), *_fractional(2), *_fractional(3), *_layers_and_groups(), *_activations(), *_dropouts(),
    *_embeddings(), *_shapes(), *_resizing(),
)  # fmt: skip


def accepted(name: str) -> list[tuple[Case, Result]]:
    """The calls of the table that are no mistake."""
    pairs = []
    for one in CASES:
        if one.entry.name == name:
            with contextlib.suppress(Fault):
                pairs.append((one, ask(one)))
    return pairs
