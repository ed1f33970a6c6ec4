"""The figures of single layers: what was recorded, handed to the functions that draw it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Final

from netinspect.network.network import Call, Network
from netinspect.pictures.axes import along, clock, dilation, frequencies, sample_rate
from netinspect.pictures.draw.axes import FREQUENCIES
from netinspect.pictures.filter_peaks import filter_peaks
from netinspect.pictures.kinds.activations import Activation as DrawnActivation
from netinspect.pictures.kinds.activations import activations
from netinspect.pictures.kinds.attention import Heads, attention
from netinspect.pictures.kinds.kernels import Tensor, kernels
from netinspect.pictures.kinds.responses import Filters, responses
from netinspect.pictures.kinds.sequence import HiddenStates, hidden_states
from netinspect.pictures.look import Picture
from netinspect.pictures.plan import PlannedKernel, PlannedLayer, taps_axis
from netinspect.pictures.scene import Recorded, Scene
from netinspect.recording import Activation, Array


def layer_pictures(layer: PlannedLayer, scene: Scene) -> Iterator[tuple[str, Picture]]:
    """Each planned figure of a layer with its file, in the page's order; those of top inputs are made elsewhere."""
    for planned in layer.kernels:
        if planned.file:
            yield planned.file, _kernels(planned, layer.call, scene)
    for planned in layer.kernels:
        if planned.responses and layer.call is not None:
            yield planned.responses, _responses(planned, layer.call, scene)
    if layer.activation and layer.call is not None:
        yield layer.activation, activations(drawn_activation(layer.call, scene), scene.look)
    if layer.sequence and layer.call is not None:
        yield layer.sequence, hidden_states(_sequence(layer.call, scene), scene.look)
    for path, file in layer.attention:
        yield file, attention(_heads(path, scene), scene.look)


# --- kernels -----------------------------------------------------------------------------------


def _kernels(planned: PlannedKernel, call: Call | None, scene: Scene) -> Picture:
    tensor, look = kernel_tensor(planned, call, scene), scene.look
    counted = len(scene.recorded.kernels[planned.key].values)
    if look.order == "activation" and (tensor.activation is None or len(tensor.activation) != counted):
        look = replace(look, order="index")
    return kernels(tensor, look)


def kernel_tensor(planned: PlannedKernel, call: Call | None, scene: Scene) -> Tensor:
    """A weight tensor with what must be known to draw it."""
    kernel = scene.recorded.kernels[planned.key]
    arguments = dict(kernel.arguments)
    is_whole = planned.key == f"{kernel.path}.{kernel.name}"
    return Tensor(
        kernel.path if is_whole else planned.key.rpartition(".")[0] or planned.key,
        _without_width(kernel.values, call), scene.session.origin_of(kernel), name=kernel.name,
        groups=int(arguments.get("groups", 1)), transposed="Transpose" in kernel.type,
        input_shape=_image_shape(call, scene.network),
        spectrogram=call is not None and along(call.inputs[0], 2, scene.network, scene.sights) in FREQUENCIES,
        activation=_mean_activation(call, scene.recorded), axes=_MATRICES.get(kernel.type, ("output", "input")),
        plain=kernel.type == "Parameter",
    )  # fmt: skip


_MATRICES: Final = {
    "Embedding": ("embedding", "feature"),
    "EmbeddingBag": ("embedding", "feature"),
    "Parameter": ("row", "column"),
}


def _without_width(weight: Array, call: Call | None) -> Array:
    """Filters over time, also where they stand in a convolution over pictures one cell wide."""
    axis = taps_axis(call) if call is not None else None
    return weight if axis is None else weight.reshape(*weight.shape[:2], weight.shape[axis])


def _image_shape(call: Call | None, network: Network) -> tuple[int, ...] | None:
    """The declared input's sizes where a linear layer sees that input itself, flattened or not."""
    if call is None or call.entry.name != "Linear":
        return None
    makers = network.makers
    value = call.inputs[0]
    while value in makers and makers[value].entry.family in ("shaping", "dropout") and makers[value].inputs:
        value = makers[value].inputs[0]
    given = next((given for given in network.inputs if given.value is value), None)
    if given is None:
        return None
    sizes = given.value.type.shape[1:]
    fits = prod(sizes) == call.inputs[0].type.shape[-1] and (
        len(sizes) == 2 or (len(sizes) == 3 and sizes[0] in (1, 3))
    )
    return sizes if fits else None


def _mean_activation(call: Call | None, recorded: Recorded) -> Array | None:
    """How strong each output of a layer is on average; None where it was not recorded."""
    activation = recorded.activations.get(call.path) if call is not None else None
    if call is None or activation is None or activation.unit_axis is None:
        return None
    values = units_first(activation, call)
    flat: Array = abs(values.reshape(len(values), -1)).mean(axis=1, dtype="float64")
    return flat


def _responses(planned: PlannedKernel, call: Call, scene: Scene) -> Picture:
    kernel = scene.recorded.kernels[planned.key]
    weight, origin = _without_width(kernel.values, call), scene.session.origin_of(kernel)
    axis = taps_axis(call) or 2
    rate = sample_rate(call.inputs[0], axis, scene.network, scene.sights)
    channels = call.inputs[0].type.shape[1]
    filters = Filters(kernel.path, weight, origin, rate, kernel.name, dilation(call, axis), channels)
    return responses(filters, scene.look)


# --- activations -------------------------------------------------------------------------------


def units_first(activation: Activation, call: Call) -> Array:
    """The values for the first sample, their units on axis 0."""
    values, units = activation.values, activation.unit_axis
    batch = call.outputs[0].batch_axes
    if batch:
        values = values.take(0, axis=batch[0])
        units = units - 1 if units is not None and units > batch[0] else units
    if units is None or units == 0 or units >= values.ndim:
        return values
    return values.transpose(units, *(axis for axis in range(values.ndim) if axis != units))


def drawn_activation(call: Call, scene: Scene) -> DrawnActivation:
    """One layer's values for the first sample, as they are drawn."""
    network, sights = scene.network, scene.sights
    activation, output = scene.recorded.activations[call.path], call.outputs[0]
    values = units_first(activation, call)
    axes = [axis for axis in range(len(output.type.shape)) if axis not in (activation.unit_axis, *output.batch_axes)]
    if values.ndim == 3 and 1 in values.shape[1:] and values.shape[1:] != (1, 1):  # a row of cells is no map
        axes = [axis for axis, size in zip(axes, values.shape[1:], strict=True) if size > 1]
        values = values.reshape(len(values), -1)
    names = [along(output, axis, network, sights) for axis in axes]
    is_heard = values.ndim == 3 and len(names) == 2 and names[0] in FREQUENCIES
    is_channel = activation.unit_axis is not None and any(axis > activation.unit_axis for axis in axes)
    units = "channel" if values.ndim > 2 or is_channel or call.entry.family == "convolution" else "unit"
    found = filter_peaks(call, network, scene.recorded.kernels, sights) if values.ndim == 2 else None
    peaks, peak_unit = found or (None, "Hz")
    return DrawnActivation(
        call.path, values, scene.session.origin, scene.session.seen, "row" if activation.unit_axis is None else units,
        along=_AXES.get(names[0 if values.ndim > 3 else -1] or "", "position") if names else "position",
        spectrogram=is_heard,
        clock=clock(output, axes[-1], network, sights) if axes and values.ndim in (2, 3) else None,
        frequencies=frequencies(output, axes[0], network, sights) if is_heard else None,
        peaks=peaks, peak_unit=peak_unit, type=call.entry.name if call.path.rpartition(".")[2].isdigit() else "",
        shape=tuple(size for axis, size in enumerate(output.type.shape) if axis not in output.batch_axes),
    )  # fmt: skip


_AXES: Final = {"time": "time step", "depth": "slice", "mel": "mel band", "freq": "frequency bin"}


# --- sequences and attention -------------------------------------------------------------------


def _sequence(call: Call, scene: Scene) -> HiddenStates:
    """The hidden units of a recurrent layer over its steps, or those of a cell over the calls that are its steps."""
    session, recorded = scene.session, scene.recorded
    stacked = int(call.arguments.get("num_layers", 1))
    time = 1 if call.arguments.get("batch_first") else 0
    is_layer = len(call.outputs[0].type.shape) == 3
    return HiddenStates(
        call.path, recorded.hidden_states[call.path][0], session.origin, session.seen, recorded.directions[call.path],
        stacked, clock(call.outputs[0], time, scene.network, scene.sights) if is_layer else None,
    )  # fmt: skip


def _heads(path: str, scene: Scene) -> Heads:
    """The attention weights of the first sample, or its first window."""
    weights = scene.recorded.attention[path].values
    return Heads(path, weights[0], scene.session.origin, scene.session.seen, len(weights))
