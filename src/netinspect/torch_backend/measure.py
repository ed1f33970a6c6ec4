"""How long a convolution really takes, beside its unfolded form and the fully connected layer; and that all three are
the same function.

Timed by torch.utils.benchmark, which knows about threads and accelerators. The three forms have the same weights, so
what is timed is one computation in three ways. Weights and inputs are small whole numbers: sums of them are exact, and
the proof needs no tolerance.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import quantiles
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.benchmark import Timer

from netinspect.analysis.equivalents import Alternatives, Axis, Convolution, cells, convolution, locally_connected
from netinspect.analysis.measuring import (
    FLOAT_BYTES,
    Limits,
    MeasuredLayer,
    Measurement,
    Proof,
    Timing,
    distinct,
    fits,
    need_memory,
)
from netinspect.analysis.text import byte_size
from netinspect.errors import InputError
from netinspect.network.network import Call, Extent, Network, Value
from netinspect.network.torch_calls import call_arguments
from netinspect.torch_backend.functions import make_layer, spelled, torch_object

LEAST_SECONDS: Final = 0.2
"""Each form is run for at least so long."""
WARM_UP: Final = 3
"""Runs that are not timed."""
_ROWS: Final = 256

Progress = Callable[[Iterable[tuple[Call, Alternatives]]], Iterable[tuple[Call, Alternatives]]]


def measure(network: Network, limits: Limits, progress: Progress | None = None) -> Measurement:
    """Time every convolution of a network once; those alike in all but name only at the first.

    InputError before anything is allocated, where a layer needs more memory than is allowed, or the device is none.
    """
    need_memory(network, limits)
    try:
        device = torch.device(limits.device)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(f"--device {limits.device}: {str(error).splitlines()[0]}") from None
    if device.type == "meta":
        raise InputError("--device meta: nothing is computed there, so nothing can be timed")
    pairs = tuple(distinct(network))
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore", UserWarning)  # torch's own remarks on how it pads
        layers = tuple(_layer(call, layer, limits, device) for call, layer in (progress(pairs) if progress else pairs))
    device_name = torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)
    return Measurement(device_name, torch.get_num_threads(), torch.__version__, network.batch_size, layers)


# --- one layer -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Form:
    """One form of a layer, ready to run; `leaves` are what backward makes gradients of."""

    name: str
    run: Callable[[], Tensor]
    leaves: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class _Tensors:
    """x (N, C, *space), the convolution's weight, and its bias where it has one."""

    x: Tensor
    weight: Tensor
    bias: Tensor | None

    def double(self) -> _Tensors:
        return _Tensors(self.x.double(), self.weight.double(), self.bias.double() if self.bias is not None else None)


def _layer(call: Call, layer: Alternatives, limits: Limits, device: torch.device) -> MeasuredLayer:
    sizes = convolution(call)
    drawn = _tensors(sizes, device)
    leaves = tuple(tensor for tensor in (drawn.x, drawn.weight, drawn.bias) if tensor is not None)
    rows = _Form("unfolded", lambda: unfolded(sizes, drawn.x, drawn.weight, drawn.bias), leaves)
    timings = [*_timed(_own_form(call, drawn), limits), *_timed(rows, limits)]
    if not fits(layer, limits):
        needed, most = layer.fully_connected.params * FLOAT_BYTES, limits.most_weight_bytes
        reason = f"its weights take {byte_size(needed)}, more than the {byte_size(most)} of --measure-limit"
        return MeasuredLayer(call.path, tuple(timings), (("fully_connected", reason),), None)
    full = matrix(sizes, drawn.weight)
    proof = _proof(call, sizes, drawn, full)
    x, bias = drawn.x.flatten(1), _unit_bias(sizes, drawn.bias)
    leaves = tuple(tensor for tensor in (x, full, bias) if tensor is not None)
    timings += _timed(_Form("fully_connected", lambda: functional.linear(x, full, bias), leaves), limits)
    return MeasuredLayer(call.path, tuple(timings), (), proof)


def _tensors(sizes: Convolution, device: torch.device) -> _Tensors:
    """Weights of 1 to 3, so that none is zero and no two cancel; inputs and biases of -3 to 3."""
    channels, out_channels = sizes.channels, sizes.out_channels
    outer, inner = (channels, out_channels) if sizes.is_transposed else (out_channels, channels)
    source = torch.Generator().manual_seed(0)

    def whole_numbers(least: int, most: int, *shape: int) -> Tensor:
        return torch.randint(least, most + 1, shape, generator=source).to(device, torch.float32)

    x = whole_numbers(-3, 3, sizes.batch, channels, *sizes.space)
    weight = whole_numbers(1, 3, outer, inner // sizes.groups, *sizes.kernel)
    return _Tensors(x, weight, whole_numbers(-3, 3, out_channels) if sizes.has_bias else None)


def _own_form(call: Call, drawn: _Tensors) -> _Form:
    """The layer or function of torch that the spec names, with its own arguments."""
    tensors = tuple(tensor for tensor in (drawn.x, drawn.weight, drawn.bias) if tensor is not None)
    if call.module is None:
        target: Callable[..., Tensor] = torch_object(call.entry.torch)
        leaves = tensors
    else:
        layer = make_layer(call.entry, call.arguments).to(drawn.x)
        with torch.no_grad():
            for parameter, values in zip(layer.parameters(), tensors[1:], strict=True):
                parameter.copy_(values)
        target, leaves = layer, (drawn.x, *layer.parameters())
    unnamed, named = call_arguments(call.entry, tuple(_operands(call.forward, iter(tensors))), spelled)
    return _Form("convolution", lambda: target(*unnamed, **named), leaves)


def _operands(operands: tuple[Any, ...], tensors: Iterator[Tensor]) -> Iterator[Any]:
    """The call's operands with tensors in the place of values, and sizes as numbers."""
    for operand in operands:
        if isinstance(operand, Value):
            yield next(tensors)
        elif isinstance(operand, tuple):
            yield tuple(_operands(operand, tensors))
        else:
            yield operand.values[-1] if isinstance(operand, Extent) else operand


def _unit_bias(sizes: Convolution, bias: Tensor | None) -> Tensor | None:
    """One bias for each unit of the output map."""
    return bias.repeat_interleave(math.prod(sizes.out_space)) if bias is not None else None


def _proof(call: Call, sizes: Convolution, drawn: _Tensors, full: Tensor) -> Proof:
    """Matrix times input against torch's convolution, in float64: whole numbers below 2^53 are exact there."""
    exact = drawn.double()
    with torch.no_grad():
        theirs = _own_form(call, exact).run().flatten(1)  # (N, units)
        columns = exact.x.flatten(1).T  # (inputs, N)
        starts = range(0, len(full), _ROWS)
        ours = torch.cat([full[start : start + _ROWS].double() @ columns for start in starts]).T
        bias = _unit_bias(sizes, exact.bias)
        equal = torch.equal(ours if bias is None else ours + bias, theirs)
    weights = locally_connected(sizes)[1].value // sizes.batch
    return Proof(theirs.numel(), equal, int(torch.count_nonzero(full)), weights)


# --- timing ----------------------------------------------------------------------------------


def _timed(form: _Form, limits: Limits) -> Iterator[Timing]:
    """Forward without gradients; backward alone, from a graph that is kept."""
    yield _timing(form.name, "forward", torch.no_grad()(form.run))
    if not limits.backward:
        return
    for leaf in form.leaves:
        leaf.requires_grad_(True)
    output = form.run()
    ones = torch.ones_like(output)
    yield _timing(form.name, "backward", lambda: torch.autograd.grad(output, form.leaves, ones, retain_graph=True))
    for leaf in form.leaves:
        leaf.requires_grad_(False)


def _timing(form: str, direction: str, run: Callable[[], object]) -> Timing:
    timer = Timer(stmt="run()", globals={"run": run}, num_threads=torch.get_num_threads())
    timer.timeit(WARM_UP)
    times = timer.blocked_autorange(min_run_time=LEAST_SECONDS)
    seconds = times.times
    lower, middle, upper = quantiles(seconds, n=4) if len(seconds) > 1 else seconds * 3
    lower, upper = max(lower, min(seconds)), min(upper, max(seconds))  # of few runs quantiles goes beyond them
    runs = times.number_per_run * len(seconds)
    return Timing(form, direction, round(1e9 * middle), round(1e9 * lower), round(1e9 * upper), runs)


# --- the other forms of a convolution ------------------------------------------------------------


# --- unfolded --------------------------------------------------------------------------------


def unfolded(sizes: Convolution, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The convolution as one matrix product over copies of all windows (im2col).

    x (N, C, *space), weight as torch's layer has it, result (N, C_out, *out_space). A transposed convolution is one
    over its input spread apart, with the kernel turned round.
    """
    if sizes.is_transposed:
        # (C, C_out/groups, *kernel) becomes (C_out, C/groups, *kernel), every kernel turned round
        grouped = weight.reshape(sizes.groups, -1, *weight.shape[1:]).transpose(1, 2).flatten(0, 1)
        x, weight = _spread(sizes, x), torch.flip(grouped, tuple(range(2, grouped.dim())))
        rows = _windows(x, [(axis.kernel, 1, axis.dilation) for axis in sizes.axes])
    else:
        # The input gets its border, as far as windows reach.
        pads = [
            (axis.before, max(0, (axis.places - 1) * axis.stride - axis.before + axis.reach + 1 - axis.length))
            for axis in sizes.axes
        ]
        if any(itertools.chain(*pads)):
            mode = sizes.axes[0].mode
            x = functional.pad(x, list(itertools.chain(*reversed(pads))), mode="constant" if mode == "zeros" else mode)
        rows = _windows(x, [(axis.kernel, axis.stride, axis.dilation) for axis in sizes.axes])
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


# --- one matrix ------------------------------------------------------------------------------


def matrix(sizes: Convolution, weight: Tensor) -> Tensor:
    """The convolution as one matrix, (C_out·outputs, C·inputs), of the weight's dtype and on its device.

    It is written cell by cell from the convolution's definition; torch's own convolution is what it is held against.
    (Doubly block Toeplitz, where the convolution has one channel, a stride of 1 and zeros at its border.)
    """
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
    by_axis: list[list[tuple[Tensor, Tensor]]] = []  # along each axis the windows that meet a cell there, and the cells
    for axis in axes:
        pairs: list[tuple[list[int], list[int]]] = [([], []) for _ in range(axis.kernel)]
        for window in range(axis.places):
            for place, cell in cells(axis, window):
                pairs[place][0].append(window)
                pairs[place][1].append(cell)
        by_axis.append([(torch.tensor(w, dtype=torch.int64), torch.tensor(c, dtype=torch.int64)) for w, c in pairs])
    for tap in itertools.product(*(range(axis.kernel) for axis in axes)):
        windows = met = torch.zeros(1, dtype=torch.int64)
        for axis, along, place in zip(axes, by_axis, tap, strict=True):
            own_windows, own_cells = along[place]
            windows = (windows.unsqueeze(1) * axis.places + own_windows).flatten()
            met = (met.unsqueeze(1) * axis.length + own_cells).flatten()
        yield windows, met
