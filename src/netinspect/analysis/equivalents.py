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
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from netinspect.analysis.connections import Axis, connections
from netinspect.analysis.order import items
from netinspect.analysis.ownership import canonical, weights
from netinspect.catalogue.entry import DTYPE_BYTES
from netinspect.catalogue.formula import Formula, bracketed, count, formula, product, times
from netinspect.network.network import Call, Network, Parameter, Value, values_in

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


def _convolution(call: Call, sizes: Convolution) -> Pair:
    if call.module is not None:
        return call.result.params, call.result.macs
    bias = sizes.out_channels if sizes.has_bias else 0
    return product(_weight_shape(call)) + bias, call.result.macs


def locally_connected(sizes: Convolution) -> Pair:
    """One weight a connection: `6·28·28·(1·5·5 + 1)`; at a border `64·3·(224·3 - 2)·(224·3 - 2) + 64·224·224`."""
    met = [connections(axis) for axis in sizes.axes]
    full = [axis.places * axis.kernel for axis in sizes.axes]
    if met == full and not sizes.is_transposed:
        fan_in = product((sizes.channels // sizes.groups, *sizes.kernel))
        weights = product((*sizes.units, bracketed(fan_in)))
        params = product((*sizes.units, bracketed(fan_in + 1))) if sizes.has_bias else weights
        return params, times(sizes.batch, weights)
    along = (_along(axis, number) for axis, number in zip(sizes.axes, met, strict=True))
    weights = product((sizes.out_channels, sizes.channels // sizes.groups, *along))
    params = weights + product(sizes.units) if sizes.has_bias else weights
    return params, times(sizes.batch, weights)


def _along(axis: Axis, met: int) -> Formula:
    """`(224·3 - 2)`: as many windows as there are, less what falls on padding."""
    missing = axis.places * axis.kernel - met
    text = f"{axis.places}·{axis.kernel}"
    return Formula(met, f"({text} - {missing})" if missing else f"({text})")


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
    return Alternatives(
        path=call.path,
        type=call.entry.name,
        input_shape=call.inputs[0].type.shape,
        output_shape=call.outputs[0].type.shape,
        kernel=sizes.kernel,
        groups=sizes.groups,
        convolution=_cost(_convolution(call, sizes), item),
        locally_connected=_cost(locally_connected(sizes), item),
        fully_connected=_cost(fully_connected(sizes), item),
        separable=_cost(apart, item) if apart is not None else None,
        touches_padding=any(connections(axis) != axis.places * axis.kernel for axis in sizes.axes),
        weights=_weights_key(network, call),
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


def _weights_key(network: Network, call: Call) -> str:
    """What tells shared weights: the parameter's true key; of a function the origin of its weight."""
    if call.module is not None:
        return canonical(network, f"{call.module}.{call.result.parameters[0].name}")
    return call.inputs[1].origin


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
    added = {_own_weights(layer, form): cost for layer, cost in costs}.values()
    return Figures(
        figures.params + sum(cost.params for cost in added) - sum(elements for elements, _ in gone.values()),
        figures.macs + sum(cost.macs - layer.convolution.macs for layer, cost in costs),
        figures.param_bytes
        + sum(cost.param_bytes for cost in added)
        - sum(elements * layer.item_bytes for elements, layer in gone.values()),
    )


def _own_weights(layer: Alternatives, form: str) -> tuple[object, ...]:
    shapes = (layer.input_shape, layer.output_shape)
    return (layer.weights, *shapes) if form != SEPARABLE else (layer.weights, form)
