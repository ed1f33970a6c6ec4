"""Calls of every function of the catalogue, good and bad ones, for comparison with torch.

A case is the function's arguments by name. Half of the value lies in the wrong ones: torch has to refuse them too.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from typing import Any

from netinspect.catalogue.entry import TensorType as T

Case = dict[str, Any]
Cases = dict[str, list[Case]]

ALL = ("slice", None, None, None)
DTYPES = ("float32", "float64", "float16", "bfloat16", "complex64", "int64", "int32", "int16", "int8", "uint8", "bool")
SHAPES = ((), (4,), (1, 4), (3, 4), (2, 3, 4), (2, 1, 4), (2, 3, 4, 5), (5, 4))
X, IMAGE, SEQ = T((2, 3, 4)), T((2, 6, 8, 10)), T((2, 5, 8))


def some(name: str, values: Iterable[Any], **fixed: Any) -> list[Case]:
    return [{**fixed, name: value} for value in values]


def grid(**values: Iterable[Any]) -> list[Case]:
    """Every combination."""
    return [dict(zip(values, combination, strict=True)) for combination in itertools.product(*values.values())]


# --- arithmetic --------------------------------------------------------------------------------


def operands() -> Iterator[Case]:
    for first, second in itertools.product(SHAPES, repeat=2):
        yield {"input": T(first), "other": T(second)}
    for first, second in itertools.product(DTYPES, repeat=2):
        yield {"input": T((3, 4), first), "other": T((3, 4), second)}
        yield {"input": T((3, 4), first), "other": T((), second)}
    for dtype, number in itertools.product(DTYPES, (2, 2.5, -1)):
        yield {"input": T((3, 4), dtype), "other": number}
        yield {"input": number, "other": T((3, 4), dtype)}


def is_complex(case: Case) -> bool:
    return any(isinstance(value, T) and value.dtype == "complex64" for value in case.values())


def is_too_wide(case: Case) -> bool:
    """complex64 with float64 or a float16 without axes gives a dtype that the catalogue does not know."""
    return is_complex(case) and any(getattr(v, "dtype", "") in ("float64", "float16") for v in case.values())


TWO = [case for case in operands() if not is_too_wide(case)]
REAL = [case for case in TWO if not is_complex(case)]
TENSORS = [case for case in REAL if isinstance(case["input"], T) and isinstance(case["other"], T)]
ONE = [{"input": T((2, 3), dtype)} for dtype in DTYPES if dtype != "complex64"] + [{"input": T(())}]

UNARY = (
    "neg abs sign square sqrt rsqrt reciprocal exp expm1 log log1p log2 log10 sin cos tan atan erf floor ceil round "
    "logical_not isnan tanh sigmoid"
).split()

ARITHMETIC: Cases = {
    **dict.fromkeys(("add", "sub", "mul", "eq", "ne"), TWO),
    **dict.fromkeys(("div", "floor_divide", "pow", "lt", "le", "gt", "ge"), REAL),
    **dict.fromkeys(("maximum", "minimum", "logical_and", "logical_or", "logical_xor"), TENSORS),
    "remainder": [case for case in REAL if isinstance(case["input"], T)],
    "addcmul": [
        *grid(input=[T((3, 4)), T((4,)), T((3, 4), "int64"), T((5,))], tensor1=[T((3, 4)), T((3, 1), "int64")],
              tensor2=[T((4,)), T((3, 4), "int64")], value=[1, 2, 0.5]),
        {"input": T((3,), "bool"), "tensor1": T((3,), "bool"), "tensor2": T((3,), "bool")},
    ],
    **dict.fromkeys(UNARY, ONE),
    "where": [
        *grid(condition=[T((3, 4), "bool"), T((4,), "bool"), T((5,), "bool"), T((3, 4))], input=[T((3, 4)), 1, 2.5],
              other=[T((3, 4)), T((3, 1), "int64"), 0, 1.5]),
    ],
    "masked_fill": grid(input=[T((3, 4)), T((4,)), T((3, 4), "int64")], value=[0, 1.5],
                        mask=[T((3, 4), "bool"), T((4,), "bool"), T((3,), "bool"), T((3, 4))]),
    "clamp": grid(input=[X, T((3,), "int64"), T((3,), "float16")], min=[None, 0, 0.5], max=[None, 6, 6.5]),
    "tril": grid(input=[X, T((4,)), T((3, 3), "bool")], diagonal=[0, -1, 2]),
    "triu": grid(input=[X, T((4,)), T((3, 3), "bool")], diagonal=[0, -1, 2]),
}  # fmt: skip


# --- creation and conversion -------------------------------------------------------------------

CREATION: Cases = {
    "arange": [
        *({"start": n} for n in (5, 0, -3, 2.5)),
        *({"start": 5, "step": s} for s in (1, 2)),
        *({"start": a, "end": b} for a, b in ((1, 5), (5, 1), (0.5, 3), (2, 2))),
        *({"start": a, "end": b, "step": s}
          for a, b, s in ((0, 10, 3), (10, 0, -3), (0, 1, 0.25), (0, 5, 0), (5, 0, 1))),
        *({"start": 5, "dtype": dtype} for dtype in DTYPES),
    ],
    "linspace": [*grid(start=[0, 1.5], end=[1, -1], steps=[1, 5]),
          {"start": 0, "end": 1, "steps": 3, "dtype": "int64"}],
    "zeros": [{"size": (2, 3)}, {"size": (4,)}, {"size": (2,), "dtype": "int64"}],
    "ones": [{"size": (2, 3)}, {"size": (2,), "dtype": "bool"}],
    "full": grid(size=[(2, 3), (4,)], fill_value=[0, 1.5, 7], dtype=[None, "float16", "int64"]),
    "eye": [{"n": 3}, {"n": 3, "m": 4}, {"n": 2, "dtype": "bool"}],
    "zeros_like": grid(input=[X, T((2,), "int64")], dtype=[None, "float64"]),
    "ones_like": grid(input=[X, T((2,), "int64")], dtype=[None, "float64"]),
    "full_like": grid(input=[X, T((2,), "int64")], fill_value=[1, 0.5], dtype=[None, "float64"]),
    "to": grid(input=[X, T((2,), "int64")], dtype=DTYPES),
    "type_as": grid(input=[X, T((2,), "int64")], other=[T((), dtype) for dtype in DTYPES]),
    **{name: [{"input": T((2, 3), dtype)} for dtype in DTYPES if dtype != "complex64"]
       for name in ("float", "double", "half", "bfloat16", "long", "int", "bool")},
}  # fmt: skip


# --- rearranging -------------------------------------------------------------------------------

AXES = (-4, -3, -1, 0, 1, 2, 3)
RESHAPES = (
    (6, 4),
    (-1, 4),
    (2, 3, 4),
    (24,),
    (-1,),
    (2, -1, 2, 2),
    (5, 5),
    (-1, 5),
    (-1, -1),
    (1, 24),
    (2, 12),
    (3, 8),
)

REARRANGING: Cases = {
    "reshape": [*some("shape", RESHAPES, input=X), {"input": T(()), "shape": (1, 1)}],
    "view": some("shape", RESHAPES, input=X),
    "reshape_as": some("other", [T((6, 4)), T((5,))], input=X),
    "view_as": some("other", [T((6, 4)), T((5,))], input=X),
    "flatten": [*grid(input=[X], start_dim=AXES, end_dim=AXES), {"input": T(()), "start_dim": 0}],
    "unflatten": [
        *some("sizes", [(2, 2), (4, 1), (-1, 2), (3, 2), (-1, -1), (-1, 3), (4,)], input=X, dim=2),
        *some("dim", AXES, input=X, sizes=(-1, 1)),
    ],
    "squeeze": [*some("dim", [*AXES, (0, 1), (1, 1), (1, -2)], input=T((2, 1, 4))),
          {"input": T((2, 1, 1)), "dim": (1, 2)}],
    "unsqueeze": some("dim", [*AXES, 4, -5], input=X),
    "permute": some("dims", [(0, 2, 1), (2, 1, 0), (-1, 0, 1), (0, 1), (0, 1, 1), (0, 1, 3)], input=X),
    "transpose": grid(input=[X], dim0=AXES, dim1=AXES),
    "swapaxes": grid(input=[X], axis0=AXES, axis1=AXES),
    "movedim": [
        *grid(input=[X], source=[0, -1, (0, 1)], destination=[2, 1, (1, 2), (1, 1)]),
        {"input": X, "source": 3, "destination": 0},
    ],
    "expand": [
        *some("sizes", [(2, 3, 4), (-1, 3, 4), (2, 5, 4),
          (7, 2, 3, 4), (7, -1, 3, -1), (-1, 2, 3, 4), (3, 4)], input=X),
        *some("sizes", [(2, 5, 4), (2, -1, 4), (3, 3, 4)], input=T((2, 1, 4))),
        {"input": T(()), "sizes": (3, 2)},
    ],
    "expand_as": some("other", [X, T((7, 2, 3, 4)), T((3, 4))], input=X),
    "repeat": some("repeats", [(1, 2, 1), (2, 1, 1, 1), (2, 2), (1, 1, 3)], input=X),
    "tile": some("dims", [(2,), (1, 2, 1), (2, 1, 1, 1)], input=X),
    **{name: [{"input": X}, {"input": T((), "int64")}] for name in ("contiguous", "clone", "detach")},
    "cat": [
        *({"tensors": tensors, "dim": dim} for dim in AXES for tensors in (
            (X, X), (X, T((2, 5, 4))), (X, T((2, 3, 4), "int64"), X), (X, T((3, 4))), (X, T((3, 3, 4))), (X,))),
        {"tensors": (T(()), T(())), "dim": 0},
        *({"tensors": (T((2,), a), T((2,), b)), "dim": 0} for a, b in itertools.product(DTYPES, repeat=2)
          if {a, b} != {"float64", "complex64"}),
    ],
    "stack": [
        *({"tensors": tensors, "dim": dim} for dim in (*AXES, -5) for tensors in (
            (X, X), (X, T((2, 5, 4))), (X, T((2, 3, 4), "int64")), (X,))),
        {"tensors": (T(()), T(())), "dim": 0},
    ],
    "split": [
        *grid(input=[T((2, 7, 4))], split_size=[1, 2, 3, 7, 9, (3, 4), (3, 3), (7,), (0, 7)], dim=[1, -2]),
        *some("dim", AXES, input=X, split_size=2), {"input": T(()), "split_size": 1, "dim": 0},
    ],
    "chunk": [*grid(input=[T((2, 7, 4)), X], chunks=[1, 2, 3, 4, 5, 9], dim=AXES),
          {"input": T(()), "chunks": 1, "dim": 0}],
    "unbind": [*some("dim", AXES, input=X), {"input": T(()), "dim": 0}],
    "repeat_interleave": grid(input=[X], repeats=[1, 3], dim=AXES),
    "tensor_split": [
        *grid(input=[T((2, 7, 4))], indices_or_sections=[1, 2, 3, 7, 9, (3,), (2, 5), (5, 2), (-2,), (0, 3), (9,)],
              dim=[1, -2]),
        *some("dim", AXES, input=X, indices_or_sections=2), {"input": T(()), "indices_or_sections": 1, "dim": 0},
    ],
    "meshgrid": grid(indexing=["ij", "xy"], tensors=[
        (T((3,)), T((4,))), (T((3,)),), (T((3,)), T((4,)), T((5,))), (T(()), T((4,))), (T((3,)), T((4,), "int64")),
        (T((3, 2)), T((4,))),
    ]),
}  # fmt: skip

SUBSCRIPTS = (
    0, -1, 5, (ALL, 0), (ALL, -1), (ALL, 3), (0, 0, 0), (0, 0, 0, 0), ("...", 0), (0, "..."), (None,),
    (ALL, None, ("slice", 1, None, None)), (ALL, ("slice", None, -1, None)), (ALL, ALL, ("slice", None, None, 2)),
    (ALL, ("slice", 1, 3, None), 0), (ALL, ALL, ("slice", -3, -1, None)), ("...", ("slice", 1, 100, 3)),
    (ALL, ("slice", None, None, -1)), (ALL, ("slice", None, None, 0)), (0, None, "...", None), ("...", None),
)  # fmt: skip

PLACES = [T((5,), "int64"), T((2, 3), "int64"), T((3,), "int32")]
LOOKUPS = (
    *PLACES, *((ALL, index) for index in PLACES), *(("...", index) for index in PLACES),
    *((index, 0) for index in PLACES), *((index, ALL, 0) for index in PLACES), *((0, ALL, index) for index in PLACES),
    *((ALL, index, index) for index in PLACES), *((index, None, index) for index in PLACES),
    *((None, index, ("slice", 1, None, None)) for index in PLACES), (PLACES[0], ALL, PLACES[1]), (T((2,)),),
    (T((3, 1), "int64"), ALL, T((4,), "int64")), (ALL, T((2, 1), "int64"), T((4,), "int64")),
    (PLACES[0], PLACES[0], PLACES[0], PLACES[0]),
)  # fmt: skip

SELECTING: Cases = {
    "getitem": [*some("index", SUBSCRIPTS, input=X), *some("index", LOOKUPS, input=X)],
    "slice_scatter": [
        *grid(input=[T((2, 7, 4))], src=[T((2, 3, 4)), T((2, 2, 4)), T((2, 3, 4), "int64")], dim=[1, -2],
              start=[None, 1, -3], end=[None, 4, -1], step=[1, 2]),
        {"input": T(()), "src": T(())},
    ],
    "select_scatter": grid(input=[X], src=[T((2, 4)), T((3, 4)), T((2, 3))], dim=AXES, index=[0, -1, 2]),
    "one_hot": grid(input=[T((2, 3), "int64"), T((), "int64"), T((2, 3)), T((2,), "int32")], num_classes=[3, 7]),
    "select": grid(input=[X], dim=AXES, index=[0, 2, -1, -3, 4]) + [{"input": T(()), "dim": 0, "index": 0}],
    "narrow": grid(input=[X], dim=AXES, start=[0, 1, -2, -5, 3], length=[1, 2, 4]),
    "crop_like": [
        {"input": T((2, 3, 9, 8)), "like": T((2, 5, 4, 8))}, {"input": T((2, 3, 9)), "like": T((7, 3, 4))},
        {"input": T((2, 3, 4)), "like": T((2, 3, 9))},
    ],
    "unfold": grid(input=[T((2, 7, 4)), X], dimension=AXES, size=[1, 3, 8], step=[1, 2]),
    "index_select": grid(input=[X, T((3,))], dim=AXES,
                         index=[T((5,), "int64"), T((2,), "int32"), T((), "int64"), T((2, 2), "int64"), T((2,))]),
    "gather": [
        *grid(input=[X], dim=AXES, index=[T((2, 3, 4), "int64"), T((1, 2, 9), "int64"), T((2, 3), "int64"),
                                          T((2, 3, 1)), T((3, 3, 4), "int64")]),
        {"input": T((3,)), "dim": 0, "index": T((), "int64")},
    ],
    "scatter": [
        *grid(input=[X, T((2, 3, 4), "int64")], dim=[0, 1, -1, 3],
              index=[T((2, 3, 4), "int64"), T((1, 2, 4), "int64"), T((2, 3, 9), "int64"), T((2, 3), "int64"), X],
              src=[X, T((2, 3, 9)), T((2, 2, 4)), T((2, 3, 4), "int64"), 2, 0.5]),
        {"input": T(()), "dim": 0, "index": T((), "int64"), "src": T(())},
    ],
    "scatter_add": grid(input=[X, T((2, 3, 4), "int64")], dim=[1, -1, 3],
                        index=[T((2, 3, 4), "int64"), T((1, 2, 4), "int64"), T((2, 3, 9), "int64"), X],
                        src=[X, T((2, 3, 9)), T((2, 3, 4), "int64")]),
    "index_add": [
        *grid(input=[X, T((2, 3, 4), "int64")], dim=AXES, index=[T((2,), "int64"), T((5,), "int32"), T((2, 2), "int64"),
              T((2,))], source=[T((2, 2, 4)), T((2, 3, 5)), T((2, 2, 4), "int64")]),
        {"input": T(()), "dim": 0, "index": T((), "int64"), "source": T(())},
    ],
    "flip": some("dims", [(0,), (1, 2), (-1,), (0, 0), (3,)], input=X),
    "roll": [
        *grid(input=[X], shifts=[1, (1,), -7], dims=[1, (1,), -1, 3]),
        {"input": T(()), "shifts": 1, "dims": 0},
        {"input": X, "shifts": (1, 2), "dims": (0, 1)}, {"input": X, "shifts": (1, 2), "dims": (0,)},
    ],
}  # fmt: skip


# --- reduction ---------------------------------------------------------------------------------

INPUTS = [T((2, 3, 4), dtype) for dtype in ("float32", "float16", "int64", "bool", "uint8")]
DIMS = [1, -1, (1, 2), (0, -1), (1, 1), 3, -4]
ONE_DIM = [0, 1, -1, 3, -4]

REDUCTION: Cases = {
    **{name: [*grid(input=INPUTS, dim=[None, *DIMS], keepdim=[True, False]), {"input": T(()), "dim": 0}]
       for name in ("sum", "mean", "any", "all")},
    **{name: grid(input=INPUTS, dim=DIMS, keepdim=[True, False]) for name in ("amax", "amin", "logsumexp")},
    **{name: grid(input=INPUTS, dim=[None, *DIMS], correction=[0, 1], keepdim=[True, False])
          for name in ("var", "std")},
    "norm": grid(input=INPUTS, p=[1, 2, 3.5, 0], dim=[None, *DIMS], keepdim=[True, False]),
    "prod": grid(input=INPUTS, dim=ONE_DIM, keepdim=[True, False]),
    **{name: grid(input=INPUTS, dim=[None, *ONE_DIM], keepdim=[True, False]) for name in ("argmax", "argmin")},
    **{name: [*grid(input=INPUTS, dim=ONE_DIM, keepdim=[True, False]), {"input": T(()), "dim": 0}]
       for name in ("max", "min", "median")},
    "topk": [*grid(input=INPUTS[:3], k=[1, 3, 5], dim=ONE_DIM), {"input": X, "k": 2, "dim": 1, "largest": False}],
    **{name: grid(input=INPUTS, dim=ONE_DIM, descending=[True, False])
       for name in ("sort", "argsort")},
    "vector_norm": grid(input=INPUTS, ord=[1, 2, 0], dim=[None, 1, (1, 2)], keepdim=[True, False]),
    "diff": [*grid(input=INPUTS, n=[1, 2], dim=ONE_DIM), {"input": X, "n": 0}, {"input": X, "n": 4}, {"input": T(())}],
    "cumsum": grid(input=INPUTS, dim=ONE_DIM),
    "cumprod": grid(input=INPUTS, dim=ONE_DIM),
    "softmax": grid(input=INPUTS, dim=ONE_DIM),
    "log_softmax": grid(input=INPUTS, dim=ONE_DIM),
}  # fmt: skip


# --- products ----------------------------------------------------------------------------------

MATRICES = [T((3, 4)), T((4, 5)), T((2, 3, 4)), T((2, 4, 5)), T((1, 4, 5)), T((7, 2, 3, 4)), T((3, 4, 5))]
EQUATIONS = (
    ("ij,jk->ik", (3, 4), (4, 5)), ("ij,jk", (3, 4), (4, 5)), ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
    ("bhqd,bhkd->bhqk", (2, 3, 4, 5), (2, 3, 6, 5)), ("i,j->ij", (3,), (4,)), ("ij,ij->ij", (3, 4), (3, 4)),
    ("ij,ij->", (3, 4), (3, 4)), ("...ij,...jk->...ik", (2, 3, 4), (7, 2, 4, 5)), ("...i,i", (2, 3), (3,)),
    ("bn,anm,bm->ba", (2, 3), (5, 3, 4), (2, 4)), ("ii->i", (3, 3)), ("ij->ji", (3, 4)), ("ij->", (3, 4)),
    ("ij,jk->ik", (3, 4), (5, 6)), ("ij,jk->il", (3, 4), (4, 5)), ("ij,jk->iik", (3, 4), (4, 5)), ("ij", (3, 4, 5)),
    ("ij,jk->ik", (3, 4)), ("i1,jk->ik", (3, 4), (4, 5)), ("ij,kj->ik", (3, 1), (5, 4)), ("ij,k->i", (3, 4), (5,)),
    ("a b, b c -> a c", (3, 4), (4, 5)), ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)), ("ii,ij->j", (3, 3), (3, 4)),
    ("...,...->...", (2, 3), (3,)), ("ab,bc,cd->da", (2, 3), (3, 4), (4, 5)), ("ab,bc,dc->ad", (2, 3), (3, 4), (5, 4)),
    ("bqhd,bkhd->bhqk", (2, 4, 3, 5), (2, 6, 3, 5)), ("ij,k,ij->k", (3, 4), (5,), (3, 4)),
    ("ij,jk->ki", (3, 4), (4, 5)), ("i,i,i->i", (3,), (3,), (3,)), ("ii->i", (3, 4)),
)  # fmt: skip

PRODUCTS: Cases = {
    "matmul": [
        *grid(input=MATRICES, other=MATRICES), {"input": T(()), "other": T((3,))},
        {"input": T((3, 4), "int64"), "other": T((4, 5), "int64")}, {"input": T((3, 4), "int64"), "other": T((4, 5))},
        {"input": T((3, 4), "float64"), "other": T((4, 5))},
    ],
    "bmm": grid(input=MATRICES, mat2=MATRICES),
    "mm": grid(input=MATRICES, mat2=MATRICES),
    "baddbmm": grid(input=[T((2, 3, 5)), T((5,)), T((3, 1)), T((2, 2)), T((9, 2, 3, 5))], batch1=[T((2, 3, 4))],
                    batch2=[T((2, 4, 5)), T((3, 4, 5))], beta=[1, 0.5]),
    "addmm": grid(input=[T((3, 5)), T((5,)), T((2, 2))], mat1=[T((3, 4))], mat2=[T((4, 5)), T((5, 5))]),
    "cdist": grid(x1=[SEQ, T((2, 8)), T((8,))], x2=[SEQ, T((3, 4, 8)), T((4, 8)), T((4, 7))], p=[1.0, 2.0]),
    "outer": grid(input=[T((3,)), T((3, 4))], vec2=[T((5,)), T((5,), "int64"), T((2, 2))]),
    "einsum": [{"equation": equation, "operands": tuple(T(shape) for shape in shapes)}
          for equation, *shapes in EQUATIONS],
    "scaled_dot_product_attention": [
        *grid(query=[T((2, 3, 4, 8)), T((2, 4, 8)), T((4, 8))], key=[T((2, 3, 6, 8)), T((2, 6, 8)), T((2, 3, 6, 7))],
              value=[T((2, 3, 6, 8)), T((2, 6, 5)), T((2, 3, 5, 8))], is_causal=[True, False]),
        *grid(query=[T((2, 3, 4, 8))], key=[T((2, 3, 6, 8))], value=[T((2, 3, 6, 8))],
              attn_mask=[T((4, 6)), T((2, 3, 4, 6), "bool"), T((2, 1, 4, 6)), T((6, 4)), T((4, 6), "int64")],
              is_causal=[True, False]),
        *grid(query=[T((2, 6, 4, 8))], key=[T((2, 3, 6, 8)), T((2, 4, 6, 8))], value=[T((2, 3, 6, 8))],
              enable_gqa=[True, False], scale=[None, 0.5]),
        *grid(query=[T((1, 6, 4, 8))], key=[T((1, 3, 6, 8)), T((1, 1, 6, 8))], value=[T((1, 3, 6, 8)), T((1, 1, 6, 8))],
              attn_mask=[None, T((4, 6))], enable_gqa=[True, False]),
    ],
}  # fmt: skip


# --- torch.nn.functional -----------------------------------------------------------------------

POINTWISE = (
    "relu relu6 elu selu celu silu mish softplus softsign hardswish hardsigmoid hardtanh logsigmoid leaky_relu gelu"
).split()


def conv_cases(rank: int) -> list[Case]:
    sizes = (9, 8, 7)[:rank]
    return [
        *grid(input=[T((2, 6, *sizes))], weight=[T((4, 6, *(3,) * rank)),
          T((4, 6, *(1,) * rank)), T((4, 5, *(3,) * rank))],
              bias=[None, T((4,)), T((3,))], stride=[1, 2], padding=[0, 1, "same"], dilation=[1, 2]),
        *grid(input=[T((2, 6, *sizes))], weight=[T((4, 3, *(2,) * rank))], groups=[1, 2, 3]),
        {"input": T((2, 6, *sizes)), "weight": T((4, 6, *(20,) * rank))},
    ]  # fmt: skip


def transposed_cases(rank: int) -> list[Case]:
    sizes = (5, 4, 3)[:rank]
    return [
        *grid(input=[T((2, 6, *sizes))], weight=[T((6, 4, *(3,) * rank)), T((5, 4, *(3,) * rank))],
              bias=[None, T((4,)), T((3,))], stride=[1, 2], padding=[0, 1], output_padding=[0, 1], dilation=[1, 2]),
        *grid(input=[T((2, 6, *sizes))], weight=[T((6, 2, *(2,) * rank))], groups=[1, 2, 4]),
    ]  # fmt: skip


def pool_cases(rank: int) -> Cases:
    x = T((2, 3, *(9, 8, 7)[:rank]))
    window = {
        "input": [x],
        "kernel_size": [2, 3],
        "stride": [None, 1, 2],
        "padding": [0, 1, 2],
        "ceil_mode": [True, False],
    }
    return {
        f"max_pool{rank}d": grid(**window, dilation=[1, 2]) + [{"input": x, "kernel_size": 2, "return_indices": True}],
        f"avg_pool{rank}d": grid(**window, count_include_pad=[True, False]),
        f"adaptive_avg_pool{rank}d": some("output_size", [1, 3, 20], input=x),
        f"adaptive_max_pool{rank}d": some("output_size", [1, 3], input=x)
        + [{"input": x, "output_size": 2, "return_indices": True}],
    }


FUNCTIONAL: Cases = {
    **{name: [{"input": IMAGE}, {"input": T((3,), "float64")}] for name in POINTWISE},
    "glu": some("dim", [0, 1, -1, 2, 4], input=IMAGE) + [{"input": T((2, 3)), "dim": 1}],
    **{name: cases for rank in (1, 2, 3) for name, cases in pool_cases(rank).items()},
    "pixel_shuffle": some("upscale_factor", [1, 2, 3], input=T((2, 8, 3, 4))) + [{"input": X, "upscale_factor": 2}],
    "pixel_unshuffle": some("downscale_factor", [1, 2, 3], input=T((2, 8, 4, 6))),
    "channel_shuffle": some("groups", [1, 2, 3, 4], input=IMAGE),
    "interpolate": [
        *grid(input=[IMAGE], scale_factor=[2, 0.5, (2, 3), (2, 3, 4)], mode=["nearest", "bilinear", "bicubic", "area"]),
        *grid(input=[IMAGE, X], size=[5, (4, 6), (7,)], mode=["nearest", "bilinear", "linear"]),
        {"input": IMAGE}, {"input": IMAGE, "size": 4, "mode": "bilinear", "align_corners": True},
        {"input": IMAGE, "size": 4, "mode": "nearest", "align_corners": True},
    ],
    "fold": [{"input": T((2, 12, 35)), "output_size": (8, 6), "kernel_size": 2}, {"input": T((2, 12, 30)),
             "output_size": (8, 6), "kernel_size": 2}],
    "local_response_norm": [{"input": IMAGE, "size": 3}, {"input": T((2, 3)), "size": 3}],
    "cosine_similarity": [
        *some("dim", [1, -1, 3], x1=SEQ, x2=SEQ), {"x1": SEQ, "x2": T((2, 1, 8)), "dim": 2},
          {"x1": SEQ, "x2": T((3, 8))},
    ],
    "pairwise_distance": [
        {"x1": SEQ, "x2": SEQ}, {"x1": SEQ, "x2": T((3, 8))}, {"x1": SEQ, "x2": SEQ, "keepdim": True},
    ],
    "pad": [
        *grid(input=[X, IMAGE, T((2, 3)), T((2, 3), "int64")],
          pad=[(1, 2), (1, 2, 3, 4), (-1, 0), (1,), (0, 0, 1, 1, 2, 2)],
              mode=["constant", "replicate"]),
        *grid(input=[X, IMAGE], pad=[(1, 2), (3, 2, 1, 1), (4, 4), (9, 9)], mode=["reflect", "circular"]),
        *some("value", [0, 0.5], input=X, pad=(1, 1), mode="reflect"),
        {"input": X, "pad": (1, 1), "value": 0.5}, {"input": X, "pad": (-2, -2)}, {"input": X, "pad": (1, 1) * 4},
    ],
    "linear": [
        *grid(input=[SEQ, T((2, 8)), T((2, 7))], weight=[T((3, 8))], bias=[None, T((3,)), T((4,))]),
        {"input": T((2, 8), "float64"), "weight": T((3, 8), "float64")},
          {"input": T((2, 8), "float64"), "weight": T((3, 8))},
    ],
    "bilinear": grid(input1=[T((2, 5)), T((2, 4))], input2=[T((2, 6)), T((3, 6))], weight=[T((3, 5, 6))],
                     bias=[None, T((3,)), T((4,))]),
    **{f"conv{rank}d": conv_cases(rank) for rank in (1, 2, 3)},
    **{f"conv_transpose{rank}d": transposed_cases(rank) for rank in (1, 2, 3)},
    "embedding": [
        *grid(input=[T((2, 5), "int64"), T((2, 5)), T((), "int32")], weight=[T((9, 4)), T((9, 4), "float64"), T((9,))],
              padding_idx=[None, 0]),
        {"input": T((2,), "int64"), "weight": T((9, 4)), "padding_idx": 9},
    ],
    "layer_norm": grid(input=[SEQ, T((2, 8), "float64")], normalized_shape=[(8,), (5, 8), (5,)],
                       weight=[None, T((8,)), T((5, 8))], bias=[None]) + [
        {"input": SEQ, "normalized_shape": (8,), "weight": T((8,)), "bias": T((8,))},
        {"input": SEQ, "normalized_shape": (8,), "weight": T((8,)), "bias": T((7,))},
        {"input": T((2, 8), "float64"), "normalized_shape": (8,), "weight": T((8,), "float64")},
    ],
    "rms_norm": grid(input=[SEQ], normalized_shape=[(8,), (5, 8), (5,)], weight=[None, T((8,)), T((5, 8))]),
    "group_norm": grid(input=[IMAGE, SEQ], num_groups=[1, 2, 4, 6], weight=[None, T((6,)), T((5,))], bias=[None])
    + [{"input": IMAGE, "num_groups": 2, "weight": T((6,)), "bias": T((6,))}],
    "batch_norm": grid(input=[IMAGE, T((2, 6))], running_mean=[None, T((6,)), T((5,))], running_var=[None, T((6,))],
                       weight=[None, T((6,))], training=[True, False])
    + [{"input": IMAGE, "running_mean": T((6,)), "running_var": T((6,)), "weight": T((6,)), "bias": T((6,))}],
    "normalize": grid(input=[IMAGE, T((2, 3), "int64")], p=[1, 2.0], dim=[1, -1, 4]),
    "weight_norm": grid(v=[T((6, 5, 3))], g=[T((6, 1, 1)), T((1, 1, 3)), T((6,))], dim=[0, 2, 3]),
}  # fmt: skip


def uncounted_macs(name: str, case: Case) -> int | None:
    """MACs by closed formula where FlopCounterMode counts nothing (see `exceptions.MISCOUNTED`)."""
    if name == "cdist":
        x1, x2 = case["x1"], case["x2"]
        if min(x1.rank, x2.rank) > 1:
            leading = itertools.zip_longest(x1.shape[-3::-1], x2.shape[-3::-1], fillvalue=1)
            return math.prod(map(max, leading)) * x1.shape[-2] * x2.shape[-2] * x1.shape[-1]
    if name == "bilinear" and case["input1"].rank:
        return math.prod(case["input1"].shape[:-1]) * case["weight"].elements
    if name == "matmul" and min(case["input"].rank, case["other"].rank) == 1:
        return math.prod((*case["input"].shape[:-1], *case["other"].shape[:-2], case["input"].shape[-1],
                          *(case["other"].shape[-1:] if case["other"].rank > 1 else ())))  # fmt: skip
    return None


CASES: Cases = {**ARITHMETIC, **CREATION, **REARRANGING, **SELECTING, **REDUCTION, **PRODUCTS, **FUNCTIONAL}
