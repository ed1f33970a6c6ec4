"""A convolution in its other forms, for real: unfolded into rows, and as one big matrix.

The matrix is written cell by cell from the convolution's definition; torch's own convolution is what it is held
against. (Doubly block Toeplitz, where the convolution has one channel, a stride of 1 and zeros at its border.)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional

from netinspect.analysis.equivalents import Axis, Convolution, cells

# --- unfolded --------------------------------------------------------------------------------


def unfolded(sizes: Convolution, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The convolution as one matrix product over copies of all windows (im2col).

    x (N, C, *space), weight as torch's layer has it, result (N, C_out, *out_space). A transposed convolution is one
    over its input spread apart, with the kernel turned round.
    """
    if sizes.is_transposed:
        x, weight = _spread(sizes, x), _turned(sizes, weight)
        rows = _windows(x, [(axis.kernel, 1, axis.dilation) for axis in sizes.axes])
    else:
        rows = _windows(_bordered(sizes, x), [(axis.kernel, axis.stride, axis.dilation) for axis in sizes.axes])
    rank = len(sizes.axes)
    batch, groups = x.shape[0], sizes.groups
    rows = rows.reshape(batch, groups, -1, *rows.shape[2:]).movedim(2, 2 + rank)  # (N, groups, *out, C/groups, *kernel)
    rows = rows.flatten(2 + rank).flatten(2, 1 + rank)  # (N, groups, places, C/groups·kernel)
    kernels = weight.reshape(groups, sizes.out_channels // groups, -1)  # (groups, C_out/groups, C/groups·kernel)
    out = torch.matmul(kernels, rows.transpose(2, 3)).reshape(batch, *sizes.units)
    return out if bias is None else out + bias.reshape(-1, *(1,) * rank)


def _windows(x: Tensor, steps: list[tuple[int, int, int]]) -> Tensor:
    """(N, C, *space) to (N, C, *places, *kernel): a view of every window."""
    for axis, (kernel, stride, dilation) in enumerate(steps, 2):
        x = x.unfold(axis, dilation * (kernel - 1) + 1, stride)[..., ::dilation]
    return x


def _bordered(sizes: Convolution, x: Tensor) -> Tensor:
    """The input with its border, as far as windows reach."""
    pads = [(axis.before, _behind(axis)) for axis in sizes.axes]
    if not any(itertools.chain(*pads)):
        return x
    mode = sizes.axes[0].mode
    flat = list(itertools.chain(*reversed(pads)))
    return functional.pad(x, flat, mode="constant" if mode == "zeros" else mode)


def _behind(axis: Axis) -> int:
    """How far the last window reaches beyond the last cell."""
    return max(0, (axis.places - 1) * axis.stride - axis.before + axis.reach + 1 - axis.length)


def _spread(sizes: Convolution, x: Tensor) -> Tensor:
    """The input of a transposed convolution with its cells a stride apart, and the border its windows need."""
    wide = tuple((axis.places - 1) * axis.stride + 1 for axis in sizes.axes)
    apart = x.new_zeros((*x.shape[:2], *wide))
    steps = tuple(slice(None, None, axis.stride) for axis in sizes.axes)
    apart[:, :, *steps] = x
    pads = []
    for axis, length in zip(sizes.axes, wide, strict=True):
        before = axis.reach - axis.before
        pads.append((before, axis.length + axis.reach - before - length))
    return functional.pad(apart, list(itertools.chain(*reversed(pads))))


def _turned(sizes: Convolution, weight: Tensor) -> Tensor:
    """(C, C_out/groups, *kernel) to (C_out, C/groups, *kernel), every kernel turned round."""
    grouped = weight.reshape(sizes.groups, -1, *weight.shape[1:]).transpose(1, 2).flatten(0, 1)
    return torch.flip(grouped, tuple(range(2, grouped.dim())))


# --- one matrix ------------------------------------------------------------------------------


def matrix(sizes: Convolution, weight: Tensor) -> Tensor:
    """The convolution as one matrix, (C_out·outputs, C·inputs), of the weight's dtype and on its device."""
    outputs, inputs = math.prod(sizes.out_space), math.prod(sizes.space)
    full = weight.new_zeros((sizes.out_channels, outputs, sizes.channels, inputs))
    block_out, block_in = sizes.out_channels // sizes.groups, sizes.channels // sizes.groups
    taps = weight.flatten(2).unbind(2)  # of each place in the kernel (C_out, C/groups); transposed (C, C_out/groups)
    for place, (windows, met) in enumerate(_taps(sizes.axes)):
        rows, columns = (met, windows) if sizes.is_transposed else (windows, met)
        for group in range(sizes.groups):
            out, into = _stretch(group, block_out), _stretch(group, block_in)
            block = full[out, :, into, :].permute(1, 3, 0, 2)  # (outputs, inputs, C_out/groups, C/groups)
            values = taps[place][into].T if sizes.is_transposed else taps[place][out]
            block.index_put_((rows.to(weight.device), columns.to(weight.device)), values, accumulate=True)
    return full.reshape(sizes.out_channels * outputs, sizes.channels * inputs)


def _stretch(group: int, size: int) -> slice:
    return slice(group * size, (group + 1) * size)


def _taps(axes: tuple[Axis, ...]) -> Iterator[tuple[Tensor, Tensor]]:
    """For each place in the kernel, in order: which windows meet which cells there (both as flat indices)."""
    by_axis = [_along(axis) for axis in axes]
    for tap in itertools.product(*(range(axis.kernel) for axis in axes)):
        windows = met = torch.zeros(1, dtype=torch.int64)
        for axis, pairs, place in zip(axes, by_axis, tap, strict=True):
            own_windows, own_cells = pairs[place]
            windows = (windows.unsqueeze(1) * axis.places + own_windows).flatten()
            met = (met.unsqueeze(1) * axis.length + own_cells).flatten()
        yield windows, met


def _along(axis: Axis) -> list[tuple[Tensor, Tensor]]:
    """For each place in the kernel along one axis the windows that meet a cell there, and those cells."""
    pairs: list[tuple[list[int], list[int]]] = [([], []) for _ in range(axis.kernel)]
    for window in range(axis.places):
        for tap, cell in cells(axis, window):
            pairs[tap][0].append(window)
            pairs[tap][1].append(cell)
    return [(torch.tensor(w, dtype=torch.int64), torch.tensor(c, dtype=torch.int64)) for w, c in pairs]
