"""Einstein sums: the equation read, and the products counted pair by pair.

As torch does without opt_einsum, operands are taken from left to right; an index is summed in the product of the last
two operands that have it. A pair that sums an index is a matrix product, of as many MACs as all its indices
together; one that sums none is elementwise. Backward keeps both factors of a pair, and so what comes between pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple

from netinspect.catalogue.entry import Fault, Reach, Result, TensorType, Training
from netinspect.catalogue.formula import ZERO, Formula, count, extent
from netinspect.catalogue.signature import shown
from netinspect.catalogue.training import Tape

LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
Index = str | int
"""A letter, or for an axis under `...` its number counted from the end, which is negative."""


class Contraction(NamedTuple):
    """Indices of each operand and of the output, and their sizes."""

    operands: tuple[tuple[Index, ...], ...]
    output: tuple[Index, ...]
    sizes: dict[Index, int]


# --- the equation ----------------------------------------------------------------------------


def _fault(message: str, code: str = "E211") -> Fault:
    return Fault(code, message, argument="equation", help="such as 'bij,bjk->bik': one letter an axis")


def _indices(term: str, rank: int, position: int) -> tuple[Index, ...]:
    head, dots, tail = term.partition("...")
    for letter in head + tail:
        if letter not in LETTERS:
            raise _fault(f"{shown(letter)} is no index in an equation of einsum")
    hidden = rank - len(head) - len(tail)
    if hidden < 0 or (hidden and not dots):
        raise _fault(f"'{term}' names {len(head + tail)} axes, and tensor {position} has {rank}", "E305")
    return (*head, *range(-hidden, 0), *tail)


def contraction(equation: str, tensors: tuple[TensorType, ...]) -> Contraction:
    """What an equation of einsum says of these tensors. Fault where it does not fit them."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(tensors):
        raise _fault(f"the equation has {len(terms)} terms for {len(tensors)} tensors", "E216")
    triples = enumerate(zip(terms, tensors, strict=True), 1)
    operands = tuple(_indices(term, tensor.rank, position) for position, (term, tensor) in triples)
    lengths = _lengths(operands, tensors)
    hidden: tuple[Index, ...] = tuple(sorted(i for i in lengths if isinstance(i, int)))
    if arrow:
        head, dots, tail = right.partition("...")
        output: tuple[Index, ...] = (*head, *(hidden if dots else ()), *tail)
    else:
        named = [index for term in operands for index in term if isinstance(index, str)]
        output = (*hidden, *sorted(letter for letter in set(named) if named.count(letter) == 1))
    for index in output:
        if index not in lengths:
            raise _fault(f"the output's index {shown(index)} is in no operand")
        if output.count(index) > 1:
            raise _fault(f"the output has the index {shown(index)} twice")
    return Contraction(operands, output, lengths)


def _lengths(operands: tuple[tuple[Index, ...], ...], tensors: tuple[TensorType, ...]) -> dict[Index, int]:
    lengths: dict[Index, int] = {}
    for indices, tensor in zip(operands, tensors, strict=True):
        within: dict[Index, int] = {}
        for index, size in zip(indices, tensor.shape, strict=True):
            if within.setdefault(index, size) != size:
                raise _unequal(index, within[index], size)
        for index, size in within.items():
            before = lengths.get(index, 1)
            if 1 not in (before, size) and before != size:
                raise _unequal(index, before, size)
            lengths[index] = max(before, size) if 1 in (before, size) else size
    return lengths


def _unequal(index: Index, first: int, second: int) -> Fault:
    name = f"index {shown(index)}" if isinstance(index, str) else "an axis under ..."
    return Fault("E309", f"einsum: {name} has size {first} in one tensor and {second} in another")


# --- the products ----------------------------------------------------------------------------


Sizes = dict[Index, int]


def _sizes(plan: Contraction, tensors: tuple[TensorType, ...]) -> tuple[list[Sizes], dict[Index, int]]:
    """The sizes of each tensor, and of how many tensors each index is an axis of more than one cell."""
    sizes = [
        dict(zip(indices, tensor.shape, strict=True)) for indices, tensor in zip(plan.operands, tensors, strict=True)
    ]
    return sizes, {index: sum(each.get(index, 1) != 1 for each in sizes) for index in plan.sizes}


def _costs(plan: Contraction, tensors: tuple[TensorType, ...]) -> tuple[Formula, int]:
    """MACs, and elementwise FLOPs of the pairs that sum nothing."""
    sizes, waiting = _sizes(plan, tensors)
    macs, flops = ZERO, 0
    current = sizes[0]
    for following in sizes[1:]:
        current, summed = _meet(current, following, waiting, set(plan.output))
        if summed:
            macs = macs + extent((*current.values(), *summed))
        else:
            flops += count(current.values())
    return macs, flops


def _train(
    plan: Contraction, types: tuple[TensorType, ...], takes: Callable[[int | str], bool], first: Callable[[int], int]
) -> Training:
    """What the pairs keep. A pair that sums an index becomes one product of matrices; an input is copied for it where
    it does not have axes that become one beside each other."""
    tape = Tape(takes, first)
    inputs = [tape.input(type) for type in types]
    sizes, waiting = _sizes(plan, types)
    strides: list[dict[Index, int] | None] = [_strides(*pair) for pair in zip(plan.operands, types, strict=True)]
    # Where torch puts an index that the output does not have: axes under `...` first, then capital letters.
    summed_away = [index for index in plan.sizes if index not in plan.output]
    apart = sorted(summed_away, key=lambda index: (isinstance(index, str), index))
    order = {index: place for place, index in enumerate((*plan.output, *apart))}
    current, current_sizes, current_strides = inputs[0], sizes[0], strides[0]
    for operand, operand_sizes, operand_strides in zip(inputs[1:], sizes[1:], strides[1:], strict=True):
        rest, summed = _meet(current_sizes, operand_sizes, waiting, set(plan.output))
        factors = []
        for x, x_sizes, steps, other in (
            (current, current_sizes, current_strides, operand_sizes),
            (operand, operand_sizes, operand_strides, current_sizes),
        ):
            left_over = {index: size for index, size in x_sizes.items() if index in rest or other.get(index, 1) != 1}
            wide = sorted((index for index, size in left_over.items() if size != 1), key=order.__getitem__)
            groups = (
                [index for index in wide if index in rest and other.get(index, 1) != 1],
                [index for index in wide if index in rest and other.get(index, 1) == 1],
                [index for index in wide if index not in rest],
            )
            is_view = (
                steps is None
                or not summed
                or all(
                    steps[outer] == steps[inner] * x_sizes[inner]
                    for group in groups
                    for outer, inner in pairwise(group)
                )
            )
            is_whole = all(index in left_over for index, size in x_sizes.items() if size != 1)
            factors.append(x if is_view and is_whole else tape.new(tuple(left_over.values()) or (1,), x))
        shape = tuple(rest.values())
        left, right = factors
        current = tape.product(left, right, shape, count(summed) if summed else 0)
        current_sizes, current_strides = rest, None
    return tape.training()


def _strides(indices: tuple[Index, ...], type: TensorType) -> dict[Index, int]:
    """How far apart in memory the cells along each index are; on a diagonal a step goes along both axes."""
    strides: dict[Index, int] = dict.fromkeys(indices, 0)
    for place, index in enumerate(indices):
        strides[index] += count(type.shape[place + 1 :])
    return strides


def _meet(left: Sizes, right: Sizes, waiting: dict[Index, int], output: set[Index]) -> tuple[Sizes, list[int]]:
    """The indices of the product of two, and the sizes of those that are summed in it.

    `waiting` counts the tensors that still have an index; one that only one of the two has and no later tensor is
    summed before they meet.
    """
    rest: Sizes = {}
    summed = []
    for index in {**left, **right}:
        a, b = left.get(index, 1), right.get(index, 1)
        shared = a != 1 and b != 1
        waiting[index] -= shared
        if index in output or waiting[index] > 1 or a == b == 1:
            rest[index] = max(a, b)
        elif shared:
            summed.append(a)
    return rest, summed


def einsum(equation: str, tensors: tuple[TensorType, ...]) -> Result:
    """The rule of `torch.einsum`."""
    dtypes = {tensor.dtype for tensor in tensors}
    if len(dtypes) > 1:
        raise Fault("E306", f"einsum needs one dtype, and gets {' and '.join(sorted(dtypes))}")
    if dtypes == {"bool"} and len(tensors) > 1:
        raise Fault("E306", "einsum multiplies numbers, and gets bool", help="convert it first: `float`")
    plan = contraction(equation, tensors)
    output = tensors[0].with_shape(tuple(plan.sizes[index] for index in plan.output))
    macs, flops = _costs(plan, tensors)
    is_view = len(tensors) == 1 and set(plan.output) == set(plan.operands[0])
    reach = _reach(plan, tensors[0])
    training = partial(_train, plan, tensors)
    return Result((output,), macs=macs, flops=(("elementwise", flops),), reach=reach, training=training, alias=is_view)


def _reach(plan: Contraction, first: TensorType) -> Reach:
    """The first tensor's axes that are summed are seen by every output; the others stand where the output has them."""
    operand = plan.operands[0]
    axes = tuple(
        tuple(axis for axis, index in enumerate(operand) if index == output_index) for output_index in plan.output
    )
    mixes = tuple(axis for axis, index in enumerate(operand) if index not in plan.output)
    return Reach(mixes=mixes, axes=axes)
