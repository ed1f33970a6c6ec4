"""Every tensor function against torch: shapes, dtypes, MACs, what backward keeps, memory shared, what outputs see."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netinspect.catalogue import FUNCTIONS
from netinspect.catalogue.entry import BUCKETS, Fault, Reach, Window
from netinspect.catalogue.entry import TensorType as T
from tests.catalogue.exceptions import NOOPS, NOT_FOLLOWED, PICKING, STRICTER_FUNCTIONS
from tests.catalogue.function_cases import CASES, Case, uncounted_macs
from tests.catalogue.kept import kept_by_torch, kept_by_us
from tests.catalogue.tally import KEPT, MEMORY, REACH, compared
from tests.catalogue.torch_side import accepts, agree, call_arguments, find, ours, pick, refused

NAMES = sorted(CASES)


def accepted(name: str) -> list[Case]:
    return [case for case in CASES[name] if refused(FUNCTIONS[name], case) is None]


def plain(name: str) -> list[Case]:
    """Accepted cases with float32 tensors, and whole numbers or bools beside them."""
    return [
        case for case in accepted(name)
        if all(v.dtype in ("float32", "int64", "bool") for v in tensors_of(case))
        and any(v.dtype == "float32" for v in tensors_of(case))
    ]  # fmt: skip


def tensors_of(case: Case) -> list[T]:
    found: list[T] = []
    for value in case.values():
        if isinstance(value, T):
            found.append(value)
        elif isinstance(value, tuple):
            found += [item for item in value if isinstance(item, T)]
    return found


def test_every_function_has_cases() -> None:
    assert set(CASES) == set(FUNCTIONS)
    for name in NAMES:
        assert accepted(name), name


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_torch_says(name: str) -> None:
    for case in CASES[name]:
        result = agree(FUNCTIONS[name], case, None, uncounted_macs(name, case))
        assert result is None or {bucket for bucket, _ in result.flops} <= set(BUCKETS)


WITNESSES: list[tuple[str, Case]] = [
    ("conv2d", {"input": T((1, 1, 1)), "weight": T((4, 1, 1, 1))}), ("relu", {"input": T((3,), "int64")}),
    ("linear", {"input": T((2, 3, 4)), "weight": T((5, 4)), "bias": T((1,))}),
    ("softplus", {"input": T((3,)), "beta": 0}), ("hardtanh", {"input": T((3,)), "min_val": 1, "max_val": 1}),
    ("getitem", {"input": T(()), "index": ("...", "...")}),
    ("layer_norm", {"input": T((2, 4)), "normalized_shape": (4,), "bias": T((4,))}),
    ("weight_norm", {"v": T((6, 5, 3)), "g": T((6, 1, 1)), "dim": 2}),
]  # fmt: skip


def test_every_exception_for_functions_is_needed() -> None:
    """A row that refuses nothing torch accepts would hide a mistake."""
    used = set()
    for name, case in WITNESSES:
        with pytest.raises(Fault) as caught:
            ours(FUNCTIONS[name], case)
        assert accepts(FUNCTIONS[name], case, {})
        used |= {row for row in STRICTER_FUNCTIONS if row.covers(FUNCTIONS[name], case, caught.value)}
    assert {row for row in STRICTER_FUNCTIONS if not row.names.startswith("RNN")} <= used


# --- what backward keeps -----------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_backward_keeps_what_torch_keeps(name: str) -> None:
    for case in plain(name):
        compared(KEPT, name)
        assert kept_by_us(FUNCTIONS[name], case) == kept_by_torch(FUNCTIONS[name], case), case


# --- memory ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_views_share_memory_and_others_do_not(name: str) -> None:
    for case in plain(name):
        positional, named = call_arguments(FUNCTIONS[name], case, "cpu")
        first = next(value for value in [*positional, *named.values()] if isinstance(value, torch.Tensor | tuple))
        first = first[0] if isinstance(first, tuple) else first
        output = pick(find(FUNCTIONS[name].torch)(*positional, **named), FUNCTIONS[name])[0]
        shared = output.untyped_storage().data_ptr() == first.untyped_storage().data_ptr()
        alias = ours(FUNCTIONS[name], case).alias
        compared(MEMORY, name)
        assert shared or not alias, case
        assert alias or not shared or name in NOOPS or output.shape == first.shape, case


# --- receptive field ---------------------------------------------------------------------------


def seen(window: Window, place: int, size: int) -> set[int]:
    """The inputs along one axis that output `place` may see."""
    steps = (place * window.stride - window.before + tap * window.dilation for tap in range(window.size))
    return {step // window.spread for step in steps if step % window.spread == 0} & set(range(size))


def allowed(reach: Reach, shape: tuple[int, ...], place: tuple[int, ...]) -> list[set[int]]:
    """Along each input axis, what the output at `place` may see; all where the reach does not say."""
    carriers = reach.axes if reach.axes is not None else tuple((axis,) for axis in range(len(shape)))
    windows = dict(reach.windows)
    result = []
    for axis, size in enumerate(shape):
        carrying = [i for i, axes in enumerate(carriers) if axis in axes]
        exact = len(carrying) == 1 and carriers[carrying[0]] == (axis,) and axis not in reach.mixes
        everything = set(range(size))
        if not exact or carrying[0] >= len(place):
            result.append(everything)
        else:
            result.append(everything if size == 1 else seen(windows.get(axis, Window()), place[carrying[0]], size))
    return result


BORDERS = ("reflect", "replicate", "circular")
"""Padding that repeats cells: its border is not followed."""


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(PICKING)))
def test_every_axis_of_the_first_tensor_is_carried_or_mixed(name: str) -> None:
    for case in accepted(name):
        if not tensors_of(case):
            continue
        first = tensors_of(case)[0]
        result = ours(FUNCTIONS[name], case)
        axes = result.reach.axes
        carriers = axes if axes is not None else tuple((axis,) for axis in range(first.rank))
        if axes is not None:
            assert len(axes) == result.outputs[0].rank, case
        reached = {*result.reach.mixes, *(axis for carried in carriers for axis in carried)}
        assert reached >= {axis for axis, size in enumerate(first.shape) if size > 1}, case
        assert reached <= set(range(first.rank)), case


@pytest.mark.parametrize("name", NAMES)
def test_outputs_see_no_more_than_the_reach_says(name: str) -> None:
    """By gradient. One tensor of the case is followed: the first, if a gradient flows to it."""
    chosen = [case for case in plain(name) if tensors_of(case)[0].dtype == "float32"]
    chosen = [case for case in chosen if case.get("mode", "constant") not in BORDERS]
    for case in random.Random(0).sample(chosen, min(8, len(chosen))):
        positional, named = call_arguments(FUNCTIONS[name], case, "cpu")
        first = next(value for value in [*positional, *named.values()] if isinstance(value, torch.Tensor | tuple))
        first = first[0] if isinstance(first, tuple) else first
        output = pick(find(FUNCTIONS[name].torch)(*positional, **named), FUNCTIONS[name])[0]
        if not output.requires_grad or not output.is_floating_point() or name in NOT_FOLLOWED:
            continue
        compared(REACH, name)
        reach = ours(FUNCTIONS[name], case).reach
        places = list(itertools.product(*(range(size) for size in output.shape)))
        for place in random.Random(1).sample(places, min(6, len(places))):
            gradient = torch.autograd.grad(output[place], first, retain_graph=True, allow_unused=True)[0]
            touched = [] if gradient is None else gradient.nonzero().tolist()
            limits = allowed(reach, tuple(first.shape), place)
            assert all(i in limit for index in touched for i, limit in zip(index, limits, strict=True)), (case, place)


# --- any shapes --------------------------------------------------------------------------------

SHAPES = st.lists(st.integers(1, 4), min_size=0, max_size=4).map(tuple)
DTYPES = st.sampled_from(("float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "int8", "bool"))
TYPES = st.builds(T, SHAPES, DTYPES)


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(("add", "mul", "div", "maximum", "eq", "lt")), input=TYPES, other=TYPES)
def test_any_two_operands(name: str, input: T, other: T) -> None:
    agree(FUNCTIONS[name], {"input": input, "other": other})


@settings(max_examples=150, deadline=None)
@given(left=SHAPES, right=SHAPES)
def test_any_matrix_product(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    """FlopCounterMode misses matrix times vector; what it counts is the output times the inner size."""
    case = {"input": T(left), "other": T(right)}
    macs = None
    if min(len(left), len(right)) == 1 and refused(FUNCTIONS["matmul"], case) is None:
        macs = ours(FUNCTIONS["matmul"], case).outputs[0].elements * left[-1]
    agree(FUNCTIONS["matmul"], case, None, macs)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_einsum_of_two(data: st.DataObject) -> None:
    lengths = {letter: data.draw(st.integers(1, 4)) for letter in "abcd"}
    terms = [data.draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True)) for _ in range(2)]
    output = data.draw(st.lists(st.sampled_from(sorted({*terms[0], *terms[1]})), max_size=3, unique=True))
    equation = f"{''.join(terms[0])},{''.join(terms[1])}->{''.join(output)}"
    operands = tuple(T(tuple(lengths[letter] for letter in term)) for term in terms)
    agree(FUNCTIONS["einsum"], {"equation": equation, "operands": operands})


@settings(max_examples=100, deadline=None)
@given(shape=SHAPES, wanted=st.lists(st.integers(-1, 8), max_size=4).map(tuple))
def test_any_reshape(shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if wanted:
        agree(FUNCTIONS["reshape"], {"input": T(shape), "shape": wanted})


ENDS = st.none() | st.integers(-5, 5)
ITEMS = st.integers(-4, 4) | st.tuples(st.just("slice"), ENDS, ENDS, st.none() | st.integers(1, 3)) | st.none()


@settings(max_examples=200, deadline=None)
@given(shape=SHAPES, index=st.lists(ITEMS, max_size=4), dots=st.integers(0, 5))
def test_any_subscript(shape: tuple[int, ...], index: list[Any], dots: int) -> None:
    if dots <= len(index):
        index.insert(dots, "...")
    agree(FUNCTIONS["getitem"], {"input": T(shape), "index": tuple(index)})


@settings(max_examples=100, deadline=None)
@given(shapes=st.lists(SHAPES, min_size=1, max_size=3), dim=st.integers(-5, 5))
def test_any_cat_and_stack(shapes: list[tuple[int, ...]], dim: int) -> None:
    for name in ("cat", "stack"):
        agree(FUNCTIONS[name], {"tensors": tuple(T(shape) for shape in shapes), "dim": dim})


@settings(max_examples=100, deadline=None)
@given(shape=SHAPES, dims=st.lists(st.integers(-4, 4), min_size=1, max_size=4).map(tuple), keepdim=st.booleans())
def test_any_reduction_and_permutation(shape: tuple[int, ...], dims: tuple[int, ...], keepdim: bool) -> None:
    agree(FUNCTIONS["sum"], {"input": T(shape), "dim": dims, "keepdim": keepdim})
    agree(FUNCTIONS["permute"], {"input": T(shape), "dims": dims})


@settings(max_examples=60, deadline=None)
@given(
    batch=st.integers(1, 3), heads=st.integers(1, 3), queries=st.integers(1, 4), keys=st.integers(1, 4),
    depth=st.integers(1, 4), width=st.integers(1, 4), causal=st.booleans(),
)  # fmt: skip
def test_any_attention(batch: int, heads: int, queries: int, keys: int, depth: int, width: int, causal: bool) -> None:
    case = {
        "query": T((batch, heads, queries, depth)), "key": T((batch, heads, keys, depth)),
        "value": T((batch, heads, keys, width)), "is_causal": causal,
    }  # fmt: skip
    assert agree(FUNCTIONS["scaled_dot_product_attention"], case) is not None
