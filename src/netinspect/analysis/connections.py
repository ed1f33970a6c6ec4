"""How many connections a convolution has: the non-zeros of the one big matrix that does the same.

A connection joins an output cell and an input cell. A convolution's weight stands on many of them; a locally
connected layer has a weight for each. What would join an output with the zeros around the input is no
connection. Where the border repeats the input (`padding_mode="circular"`), two places of a kernel may meet the
same cell; that is one connection.

The matrix of a convolution over several axes has a non-zero where each axis has one, so the axes are counted one
by one and multiplied. Along an axis only windows that hang over the border need a closer look.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a convolution: `places` windows, `stride` apart, over `length` cells.

    The first window begins `before` cells ahead of the first cell; each meets `kernel` places, `dilation` apart.
    `mode` says what lies outside: zeros, or the input again (reflect, replicate, circular).
    In a transposed convolution the windows are those of the input's cells, and lie over the output.
    """

    places: int
    length: int
    kernel: int
    stride: int = 1
    before: int = 0
    dilation: int = 1
    mode: str = "zeros"

    @property
    def reach(self) -> int:
        """From a window's first cell to its last."""
        return self.dilation * (self.kernel - 1)


def connections(axis: Axis) -> int:
    """The pairs of a window and a cell it meets."""
    if axis.mode == "circular":  # every window meets the same residues
        return axis.places * min(axis.kernel, axis.length // math.gcd(axis.dilation, axis.length))
    first = min(max(0, -(-axis.before // axis.stride)), axis.places)
    behind = max((axis.length - 1 - axis.reach + axis.before) // axis.stride + 1, first)
    behind = min(behind, axis.places)
    hanging = (*range(first), *range(behind, axis.places))
    met = (_distinct(_cells(axis, place * axis.stride - axis.before), axis.dilation) for place in hanging)
    return (behind - first) * axis.kernel + sum(met)


def cells(axis: Axis, place: int) -> tuple[tuple[int, int], ...]:
    """What the window at `place` meets: pairs of a place in the kernel and a cell."""
    starts = ((tap, place * axis.stride - axis.before + tap * axis.dilation) for tap in range(axis.kernel))
    pairs = ((tap, _inside(position, axis)) for tap, position in starts)
    return tuple((tap, cell) for tap, cell in pairs if cell is not None)


def _inside(position: int, axis: Axis) -> int | None:
    """The cell that stands at a position, which may lie outside."""
    last = axis.length - 1
    if 0 <= position <= last:
        return position
    if axis.mode == "circular":
        return position % axis.length
    if axis.mode == "replicate":
        return min(max(position, 0), last)
    if axis.mode == "reflect":
        return -position if position < 0 else 2 * last - position
    return None


def _cells(axis: Axis, start: int) -> Iterator[range]:
    """The cells that a window beginning at `start` meets: those inside, and those that the border repeats."""
    step, last = axis.dilation, axis.length - 1
    inside = min(axis.kernel, max(0, -(start // step)))  # places of the kernel ahead of the first cell
    outside = max(inside, min(axis.kernel, (last - start) // step + 1))
    yield range(start + inside * step, start + outside * step, step)
    if axis.mode == "replicate":
        yield range(inside > 0)
        yield range(last, last + (outside < axis.kernel))
    elif axis.mode == "reflect":
        yield range(-start - (inside - 1) * step, -start + 1, step) if inside else range(0)
        far = 2 * last - start
        yield range(far - (axis.kernel - 1) * step, far - outside * step + 1, step)


def _distinct(ranges: Iterator[range], step: int) -> int:
    """How many numbers are in any of the ranges, each of which has this step."""
    stretches: dict[int, list[tuple[int, int]]] = {}
    for cells in ranges:
        if cells:
            stretches.setdefault(cells[0] % step, []).append((cells[0] // step, cells[-1] // step))
    return sum(_covered(sorted(group)) for group in stretches.values())


def _covered(stretches: list[tuple[int, int]]) -> int:
    total, reached = 0, -1
    for first, last in stretches:
        total += max(0, last - max(first, reached + 1) + 1)
        reached = max(reached, last)
    return total
