"""The operations inside one call, followed as autograd follows them.

What a layer of several operations keeps for backward, and what its products cost there, depends on which of its inputs
and parameters take a gradient. Its rule therefore runs its operations on a `Tape`, in torch's order, when that is
known. Each operation keeps what torch's own on the CPU keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

from netinspect.catalogue.entry import Saved, TensorType, Training
from netinspect.catalogue.formula import count


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """A piece of memory: an input of the call by its number, its output, or one of the call's own."""

    item: Saved


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A tensor inside a call: its type, whether it takes a gradient, and the memory it lies in, perhaps with others."""

    type: TensorType
    takes: bool
    memory: Memory


def as_numbers(mask: Tensor | None, dtype: str = "float32") -> Tensor | None:
    """A mask as torch adds it: one of bools as numbers, which is a tensor of its own."""
    if mask is None or mask.type.is_float:
        return mask
    type = TensorType(mask.type.shape, dtype)
    return Tensor(type, False, Memory(type))


class Tape:
    """The operations of one call in a training step, as they are run.

    takes   whether an input of the call, by its number, or a parameter, by its name, takes a gradient
    first   the number of the first input that is the same tensor as the one with this number
    """

    def __init__(self, takes: Callable[[int | str], bool], first: Callable[[int], int]) -> None:
        self.takes = takes
        self._first = first
        self._number = 0
        self._inputs: dict[int, Tensor] = {}
        self._kept: dict[Memory, None] = {}
        self._backward_macs = 0

    def training(self, output: Tensor | None = None) -> Training:
        """What the operations keep together, each memory once, and the MACs of their backward pass. `output` is what
        the call gives, where its memory may be among what is kept."""
        memories = [
            "output" if output is not None and memory is output.memory else memory.item for memory in self._kept
        ]
        return Training(tuple(memories), self._backward_macs)

    # --- tensors ---------------------------------------------------------------------------------

    @overload
    def input(self, type: TensorType) -> Tensor: ...

    @overload
    def input(self, type: None) -> None: ...

    @overload
    def input(self, type: TensorType | None) -> Tensor | None: ...

    def input(self, type: TensorType | None) -> Tensor | None:
        """The next input of the call, None for an optional one that is absent."""
        if type is None:
            return None
        number = self._first(self._number)
        self._number += 1
        return self._inputs.setdefault(number, Tensor(type, type.is_float and self.takes(number), Memory(number)))

    def new(self, shape: tuple[int, ...], *sources: Tensor | None, learns: bool = False) -> Tensor:
        """A tensor made of others, in the dtype of the first; `learns` where a parameter that takes a gradient is in
        it. Making it keeps nothing: it is a sum, a copy, or the product with a number."""
        present = [source for source in sources if source is not None]
        type = TensorType(shape, present[0].type.dtype)
        return Tensor(type, learns or any(source.takes for source in present), Memory(type))

    def view(self, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        """A tensor of this shape in the memory of another."""
        return Tensor(x.type.with_shape(shape), x.takes, x.memory)

    def keep(self, *tensors: Tensor) -> None:
        """Keep the memories of these."""
        self._kept.update(dict.fromkeys(tensor.memory for tensor in tensors))

    # --- operations ------------------------------------------------------------------------------

    def linear(self, x: Tensor, features: int, weight: str, bias: str, *, is_copied: bool = False) -> Tensor:
        """A product with the parameter `weight`, and the sum with `bias`; `is_copied` where torch first puts `x` in
        another order."""
        learns, rows = self.takes(weight), x.type.shape[:-1]
        macs = x.type.elements * features
        if learns:
            self.keep(self.new(x.type.shape, x) if is_copied else x)
        self._backward_macs += macs * (learns + x.takes)
        return self.new((*rows, features), x, learns=learns or self.takes(bias))

    def product(
        self, left: Tensor, right: Tensor, shape: tuple[int, ...], summed: int, *, keeps: bool = True
    ) -> Tensor:
        """A product of this shape over `summed` numbers: each factor has a product in backward, and is kept for
        that of the other unless another operation takes care of it. One that sums nothing is elementwise."""
        self._backward_macs += count(shape) * summed * (left.takes + right.takes)
        for factor, other in ((left, right), (right, left)):
            if keeps and other.takes:
                self.keep(factor)
        return self.new(shape, left, right)

    def matmul(self, left: Tensor, right: Tensor, shape: tuple[int, ...], *, is_transposed: bool = False) -> Tensor:
        """`torch.matmul` of tensors that lie in memory in order; `is_transposed` where the last two axes of `right`
        have changed places. torch makes one matrix of the batch and the rows of the larger factor where the other is a
        matrix; else it copies a factor to repeat it over the batch, unless the whole batch repeats."""
        rank, other_rank = len(left.type.shape), len(right.type.shape)
        summed = left.type.shape[-1]
        if rank >= 3 and other_rank <= 2:
            return self.product(left, right, shape, summed)
        batch = shape[: max(rank, other_rank) - 2]
        if other_rank >= 3 and rank <= 2 and left.takes:
            is_view = is_transposed or 1 in (count(batch), *right.type.shape[-2:])
            return self.product(left, right if is_view else self.new(right.type.shape, right), shape, summed)
        left, right = (self._repeated(factor, batch) for factor in (left, right))
        return self.product(left, right, shape, summed)

    def _repeated(self, factor: Tensor, batch: tuple[int, ...]) -> Tensor:
        """A factor over this batch: a copy where it repeats along some of its axes only."""
        before, matrix = factor.type.shape[:-2], factor.type.shape[-2:]
        sizes = (*(1,) * (len(batch) - len(before)), *before)
        wide = [(size, length) for size, length in zip(sizes, batch, strict=True) if length > 1]
        repeats = [size != length for size, length in wide]
        return self.new((*batch, *matrix), factor) if any(repeats) and not all(repeats) else factor

    def by_output(self, x: Tensor) -> Tensor:
        """An operation whose gradient is made from its output, such as softmax and ReLU."""
        output = self.new(x.type.shape, x)
        if output.takes:
            self.keep(output)
        return output

    def by_input(self, x: Tensor) -> Tensor:
        """An operation whose gradient is made from its input, such as GELU."""
        if x.takes:
            self.keep(x)
        return self.new(x.type.shape, x)

    def dropout(self, x: Tensor, probability: float) -> Tensor:
        """Dropout as a product with a mask of numbers; nothing at 0."""
        if not probability:
            return x
        if x.takes:
            self.keep(self.new(x.type.shape, x))
        return self.new(x.type.shape, x)

    def layer_norm(self, x: Tensor, weight: str, bias: str) -> Tensor:
        """LayerNorm over the last axis: it keeps the input, a mean and a deviation a row."""
        output = self.new(x.type.shape, x, learns=self.takes(weight) or self.takes(bias))
        if output.takes:
            self.keep(x, self.new((2, *x.type.shape[:-1]), x))
        return output

    def attention(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        scores: tuple[int, ...],
        sizes: tuple[int, int],
        dropout: float,
        *,
        is_fused: bool,
        is_grouped: bool = False,
    ) -> Tensor:
        """Scaled dot-product attention: softmax of the scores, of queries and keys over the first of `sizes`, times
        values of the second. `is_fused` where torch has one operation for it, which it does not take with dropout or
        for a mask that takes a gradient; else it scales queries and keys, and runs what follows one by one. With
        `is_grouped` it then first repeats the heads of keys and values."""
        depth, width = sizes
        is_fused = is_fused and not dropout and not (mask is not None and mask.takes)
        if is_fused:
            weights = self.product(query, key, scores, depth, keeps=False)
        else:
            if is_grouped:
                key, value = (self.new((*scores[:-2], *x.type.shape[-2:]), x) for x in (key, value))
            scaled = self.new(query.type.shape, query), self.new(key.type.shape, key)
            summed = self.new(scores, self.matmul(*scaled, scores, is_transposed=True), mask)
            weights = self.dropout(self.by_output(summed), dropout)
            return self.matmul(weights, value, (*scores[:-1], width))
        output = self.product(weights, value, (*scores[:-1], width), scores[-1], keeps=False)
        if output.takes:
            log_sum_exp = self.new(scores[:-1], query)
            self.keep(query, key, value, output, log_sum_exp, *(() if mask is None else (mask,)))
        return output
