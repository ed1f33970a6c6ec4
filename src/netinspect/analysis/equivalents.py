"""What a convolution would cost without its two savings, and what it would cost in two steps.

Three layers make the same output map from the same input map:

- the convolution: local connections, and one set of weights for all places;
- the locally connected layer: the same connections, nothing shared, so a weight for each (LeCun 1989);
- the fully connected layer: every output unit sees every input unit.

Fully connected over locally connected is what locality saves; locally connected over convolution is what sharing
saves; their product is the whole. Both alternatives have one bias for each output unit, if the convolution has
biases. Connections that would fall on padding do not exist. MACs of the convolution itself are torch's, which
multiply the padding too.

`separable` is the depthwise separable convolution (Howard et al., "MobileNets", 2017): each channel filtered alone,
then a 1×1 convolution over the channels of its group, which has the bias.

A connection joins an output cell and an input cell: it is a non-zero of the one big matrix that does the same as the
convolution. A convolution's weight stands on many of them; a locally connected layer has a weight for each. What would
join an output with the zeros around the input is no connection. Where the border repeats the input
(`padding_mode="circular"`), two places of a kernel may meet the same cell; that is one connection. The matrix of a
convolution over several axes has a non-zero where each axis has one, so the axes are counted one by one and
multiplied. Along an axis only windows that hang over the border need a closer look.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from netinspect.analysis.ownership import canonical, weights
from netinspect.catalogue.entry import DTYPE_BYTES
from netinspect.catalogue.formula import Formula, bracketed, count, formula, product, times
from netinspect.network.network import Call, Network, Parameter, Value, items, values_in


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
    total = 0
    for group in stretches.values():
        reached = -1
        for first, last in sorted(group):
            total += max(0, last - max(first, reached + 1) + 1)
            reached = max(reached, last)
    return total


Sizes = tuple[int, ...]

_STEMS: Final = ("Conv", "ConvTranspose", "conv", "conv_transpose")
CONVOLUTIONS: Final = frozenset(f"{stem}{rank}d" for stem in _STEMS for rank in (1, 2, 3))
"""Layers and functions that have alternatives."""

FORMS: Final = ("convolution", "locally_connected", "fully_connected")
"""The three forms, from the cheapest to the dearest."""
SEPARABLE: Final = "separable"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one form of a layer costs. Bytes are those of its parameters."""

    params: int
    params_formula: str
    macs: int
    macs_formula: str
    param_bytes: int


@dataclass(frozen=True, slots=True)
class Alternatives:
    """One convolution and what could stand in its place.

    `input_shape` and `output_shape` carry the batch. `separable` is None where there is no such form.
    `touches_padding` says whether windows hang over the border. `weights` is the same text for convolutions that
    share their weights. `counted` are the network's parameters that nothing needs but convolutions, this one among
    them: key and elements. `has_computed_weight` says that its weight is worked out, from such parameters or others.
    """

    path: str
    type: str
    input_shape: Sizes
    output_shape: Sizes
    kernel: Sizes
    groups: int
    convolution: Cost
    locally_connected: Cost
    fully_connected: Cost
    separable: Cost | None
    touches_padding: bool
    weights: str
    counted: tuple[tuple[str, int], ...]
    has_computed_weight: bool
    line: int

    @property
    def item_bytes(self) -> int:
        """Bytes of one number of its weights."""
        return self.convolution.param_bytes // self.convolution.params

    def cost(self, form: str) -> Cost | None:
        """The cost in one of `FORMS`, or as `SEPARABLE`."""
        if form == SEPARABLE:
            return self.separable
        return (self.convolution, self.locally_connected, self.fully_connected)[FORMS.index(form)]


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over a whole network."""

    params: int
    macs: int
    param_bytes: int


# --- the geometry ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Convolution:
    """The sizes of one use of a convolution. `axes` are those of the locally connected layer's windows."""

    batch: int
    channels: int
    out_channels: int
    groups: int
    has_bias: bool
    space: Sizes
    out_space: Sizes
    kernel: Sizes
    axes: tuple[Axis, ...]
    is_transposed: bool

    @property
    def units(self) -> Sizes:
        """The output map."""
        return (self.out_channels, *self.out_space)


def convolution(call: Call) -> Convolution:
    """The sizes of a call of one of `CONVOLUTIONS`, a layer or a function."""
    input_type, output_type, weight = call.inputs[0].type, call.outputs[0].type, _weight_shape(call)
    is_transposed = "ranspose" in call.entry.name
    channels, out_channels = input_type.shape[1], output_type.shape[1]
    mode = call.arguments.get("padding_mode", "zeros")
    axes = []
    for axis, window in call.result.reach.windows:
        size, out = input_type.shape[axis], output_type.shape[axis]
        if is_transposed:  # the catalogue tells what an output sees; here it is where an input goes
            before = window.dilation * (window.size - 1) - window.before
            axes.append(Axis(size, out, window.size, window.spread, before, window.dilation))
        else:
            axes.append(Axis(out, size, window.size, window.stride, window.before, window.dilation, mode))
    return Convolution(
        batch=input_type.shape[0],
        channels=channels,
        out_channels=out_channels,
        groups=out_channels // weight[1] if is_transposed else channels // weight[1],
        has_bias=len(call.result.parameters) > 1 if call.module is not None else isinstance(call.forward[2], Value),
        space=input_type.shape[2:],
        out_space=output_type.shape[2:],
        kernel=weight[2:],
        axes=tuple(axes),
        is_transposed=is_transposed,
    )


def _weight_shape(call: Call) -> Sizes:
    return call.result.parameters[0].shape if call.module is not None else call.inputs[1].type.shape


# --- what each form costs --------------------------------------------------------------------

Pair = tuple[Formula, Formula]
"""Parameters and multiply-accumulates."""


def locally_connected(sizes: Convolution) -> Pair:
    """One weight a connection: `6·28·28·(1·5·5 + 1)`; at a border `64·3·(224·3 - 2)·(224·3 - 2) + 64·224·224`."""
    met = [connections(axis) for axis in sizes.axes]
    full = [axis.places * axis.kernel for axis in sizes.axes]
    if met == full and not sizes.is_transposed:
        fan_in = product((sizes.channels // sizes.groups, *sizes.kernel))
        weights = product((*sizes.units, bracketed(fan_in)))
        params = product((*sizes.units, bracketed(fan_in + 1))) if sizes.has_bias else weights
        return params, times(sizes.batch, weights)
    along = []
    for axis, number in zip(sizes.axes, met, strict=True):  # `(224·3 - 2)`: all windows less what falls on padding
        windows, missing = f"{axis.places}·{axis.kernel}", axis.places * axis.kernel - number
        along.append(Formula(number, f"({windows} - {missing})" if missing else f"({windows})"))
    weights = product((sizes.out_channels, sizes.channels // sizes.groups, *along))
    params = weights + product(sizes.units) if sizes.has_bias else weights
    return params, times(sizes.batch, weights)


def fully_connected(sizes: Convolution) -> Pair:
    """Every output unit sees every input unit: `(1·32·32 + 1)·(6·28·28)`, as a Linear of that size."""
    inputs, units = product((sizes.channels, *sizes.space)), bracketed(product(sizes.units))
    weights = bracketed(inputs) * units
    return (inputs + 1) * units if sizes.has_bias else weights, times(sizes.batch, weights)


def separable(sizes: Convolution) -> Pair | None:
    """Depthwise, then 1×1: `3·(3·3) + 64·3 + 64`. None for what is one of the two already."""
    if sizes.groups == sizes.channels or count(sizes.kernel) == 1:
        return None
    kernel = product(sizes.kernel)
    depthwise = formula(sizes.channels) * (bracketed(kernel) if len(sizes.kernel) > 1 else kernel)
    pointwise = product((sizes.out_channels, sizes.channels // sizes.groups))
    params = depthwise + pointwise + (sizes.out_channels if sizes.has_bias else 0)
    places = sizes.space if sizes.is_transposed else sizes.out_space
    macs = depthwise * product(places) + pointwise * product(sizes.out_space)
    return params, times(sizes.batch, macs)


# --- a network -------------------------------------------------------------------------------


def convolutions(network: Network) -> tuple[Call, ...]:
    """The calls that have alternatives, in order."""
    return tuple(call for call in network.calls if call.entry.name in CONVOLUTIONS)


def alternatives(network: Network, *, dtype: str = "float32") -> tuple[Alternatives, ...]:
    """Every convolution of a network with its alternatives. `dtype` stands in float32's place in the bytes."""
    listed = convolutions(network)
    declared = {item.value: item for item, _ in items(network.root) if isinstance(item, Parameter)} if listed else {}
    counted = _counted(network, listed, declared)
    return tuple(
        _alternatives(network, call, counted[call], dtype, has_computed_weight=call.inputs[1] not in declared)
        if call.module is None
        else _alternatives(network, call, counted[call], dtype)
        for call in listed
    )


def _alternatives(
    network: Network, call: Call, counted: tuple[tuple[str, int], ...], dtype: str, *, has_computed_weight: bool = False
) -> Alternatives:
    sizes = convolution(call)
    item = DTYPE_BYTES[dtype if call.inputs[0].type.dtype == "float32" else call.inputs[0].type.dtype]
    apart = separable(sizes)
    # Weights that are shared have one key: the parameter's true one, or the origin of the weight of a function.
    if call.module is not None:
        weights_key, params = canonical(network, f"{call.module}.{call.result.parameters[0].name}"), call.result.params
    else:
        weights_key = call.inputs[1].origin
        params = product(_weight_shape(call)) + (sizes.out_channels if sizes.has_bias else 0)
    return Alternatives(
        path=call.path,
        type=call.entry.name,
        input_shape=call.inputs[0].type.shape,
        output_shape=call.outputs[0].type.shape,
        kernel=sizes.kernel,
        groups=sizes.groups,
        convolution=_cost((params, call.result.macs), item),
        locally_connected=_cost(locally_connected(sizes), item),
        fully_connected=_cost(fully_connected(sizes), item),
        separable=_cost(apart, item) if apart is not None else None,
        touches_padding=any(connections(axis) != axis.places * axis.kernel for axis in sizes.axes),
        weights=weights_key,
        counted=counted,
        has_computed_weight=has_computed_weight,
        line=call.span.line,
    )


def _counted(
    network: Network, listed: Sequence[Call], declared: dict[Value, Parameter]
) -> dict[Call, tuple[tuple[str, int], ...]]:
    """For each convolution the parameters that it needs, by layers and lines that work out its weights, and that
    nothing else in the network needs but other convolutions."""
    needed = _needed_otherwise(network, set(listed))
    others: list[Call | Parameter] = [item for value, item in declared.items() if value in needed]
    others += [call for call in network.calls if call not in listed and not needed.isdisjoint(call.outputs)]
    kept = {canonical(network, key) for item in others for key, _ in weights(item)}
    makers = network.makers
    counted = {}
    for conv in listed:
        elements: dict[str, int] = {}
        stack: list[Call | Parameter] = [conv]
        reached: set[Call | Parameter] = set(stack)
        while stack:
            item = stack.pop()
            elements |= {canonical(network, key): count(weight.shape) for key, weight in weights(item)}
            operands = item.forward[1:] if item is conv else item.forward if isinstance(item, Call) else ()
            for value in set(values_in(operands)) - needed:
                maker = declared.get(value) or makers.get(value)
                if maker is not None and maker not in reached:
                    reached.add(maker)
                    stack.append(maker)
        counted[conv] = tuple((key, size) for key, size in elements.items() if key not in kept)
    return counted


def _needed_otherwise(network: Network, listed: set[Call]) -> set[Value]:
    """The values that something needs beside the weights of convolutions: the outputs, and what leads to them."""
    used = {value for call in network.calls for value in values_in(call.forward)}
    needed = {value for _, value in network.outputs}
    for call in reversed(network.calls):
        if call in listed:
            needed.update(values_in(call.forward[:1]))
        elif not needed.isdisjoint(call.outputs) or used.isdisjoint(call.outputs):
            needed.update(call.outputs, values_in(call.forward))
    return needed


def _cost(pair: Pair, item: int) -> Cost:
    params, macs = pair
    return Cost(int(params), str(params), int(macs), str(macs), int(params) * item)


def whole(figures: Figures, layers: Iterable[Alternatives], form: str) -> Figures:
    """The network's sums with every convolution in another form; one that has no such form stays as it is.

    Weights that are shared count once; an alternative shares its weights where its shapes are the same too. Of a weight
    that is computed what it is computed from goes, as far as nothing else needs it.
    """
    listed = tuple(layers)
    changed = [layer for layer in listed if form != "convolution" and layer.cost(form) is not None]
    kept = {key for layer in listed if layer not in changed for key, _ in layer.counted}
    gone = {key: (elements, layer) for layer in changed for key, elements in layer.counted if key not in kept}
    costs = [(layer, layer.cost(form) or layer.convolution) for layer in changed]
    added = {
        (layer.weights, form) if form == SEPARABLE else (layer.weights, layer.input_shape, layer.output_shape): cost
        for layer, cost in costs
    }.values()
    return Figures(
        figures.params + sum(cost.params for cost in added) - sum(elements for elements, _ in gone.values()),
        figures.macs + sum(cost.macs - layer.convolution.macs for layer, cost in costs),
        figures.param_bytes
        + sum(cost.param_bytes for cost in added)
        - sum(elements * layer.item_bytes for elements, layer in gone.values()),
    )
