"""Activations of Keras, which are an argument there and a layer of their own in torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

from netinspect.drafts.keras.data import Data, Function, KerasLayer, Translation, to_front, translated_by

ACTIVATIONS: Final = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "elu": "ELU",
    "selu": "SELU",
    "celu": "CELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "swish": "SiLU",
    "mish": "Mish",
    "softplus": "Softplus",
    "softsign": "Softsign",
    "leaky_relu": "LeakyReLU(0.2)",
    "hard_sigmoid": "Hardsigmoid",
    "hard_silu": "Hardswish",
    "hard_swish": "Hardswish",
    "log_sigmoid": "LogSigmoid",
    "exponential": "exp",
    "softmax": "Softmax",
    "log_softmax": "LogSoftmax",
}
"""Keras' activations by the name it gives them; its `leaky_relu` has the slope 0.2, unlike its layer."""


def with_activation(translation: Translation, activation: object) -> Translation | None:
    """The same steps, and below them that of an activation."""
    if activation is None:
        return translation
    behind = activation_steps(translation.data, activation)
    if behind is None:
        return None
    return replace(translation, steps=translation.steps + behind.steps, notes=translation.notes + behind.notes)


def activation_steps(data: Data, activation: object = None) -> Translation | None:
    """The step for what stands behind `activation=`: a name, a layer, or the configuration of one."""
    if isinstance(activation, KerasLayer):
        return translated_by(ACTIVATION_LAYERS.get(activation.class_name), activation, data)
    if isinstance(activation, Mapping):  # a serialized function, or a layer
        config = activation.get("config")
        if activation.get("class_name") == "function":
            return activation_steps(data, config)
        layer = KerasLayer(str(activation.get("class_name")), (), cast("Mapping[str, object]", config))
        return translated_by(ACTIVATION_LAYERS.get(layer.class_name), layer, data)
    if activation in {None, "linear"}:
        return Translation((), data)
    step = ACTIVATIONS.get(activation) if isinstance(activation, str) else None
    if step is None:
        return None
    if step in {"Softmax", "LogSoftmax"}:
        return Translation((f"{step}(dim={last_axis(data)})",), data)
    return Translation((step,), data)


def last_axis(data: Data) -> int:
    """The axis of torch's tensor that Keras calls the last one."""
    return 1 if data.channels_first or data.axes == 1 else -1


def torch_axis(data: Data, axis: object) -> int | None:
    """The axis of torch's tensor that Keras gives this number, the batch being 0; None where that is not known."""
    if axis in (-1, [-1], data.axes):
        return last_axis(data)
    if not isinstance(axis, int) or data.axes is None or not -data.axes <= axis <= data.axes or axis == 0:
        return None
    return (axis if axis > 0 else axis + data.axes + 1) + data.channels_first


def _relu(
    data: Data, max_value: float | None = None, negative_slope: float = 0, threshold: float = 0
) -> Translation | None:
    if threshold or (max_value and negative_slope):
        return None
    if max_value:
        return Translation(("ReLU6" if max_value == 6 else f"Hardtanh(0, {max_value})",), data)
    return Translation((f"LeakyReLU({negative_slope})" if negative_slope else "ReLU",), data)


def _leaky_relu(data: Data, negative_slope: float = 0.3, alpha: float | None = None) -> Translation:
    return Translation((f"LeakyReLU({negative_slope if alpha is None else alpha})",), data)


def _prelu(data: Data, shared_axes: Sequence[int] | None = None) -> Translation | None:
    """Keras has a slope for each element and torch one for each channel: the same for vectors and for shared axes."""
    if data.shape is None or data.axes is None or sorted(shared_axes or ()) != list(range(1, data.axes)):
        return None
    size = data.shape[-1] or f"prev.shape[{last_axis(data)}]"
    steps = () if data.axes == 1 else to_front(data, data.axes)
    return Translation((*steps, f"PReLU({size})"), replace(data, channels_first=data.axes > 1), main=len(steps))


def _softmax(data: Data, axis: object = -1) -> Translation | None:
    dim = torch_axis(data, axis)
    return None if dim is None else Translation((f"Softmax(dim={dim})",), data)


def _parametrised(step: str) -> Function:
    def translation(data: Data, alpha: float = 1.0) -> Translation:
        return Translation((step if alpha == 1 else f"{step}({alpha})",), data)

    return translation


def _threshold(data: Data, theta: float = 1.0) -> Translation:
    return Translation((f"Threshold({theta}, 0)",), data)


ACTIVATION_LAYERS: Final[Mapping[str, Function]] = {
    "Activation": activation_steps,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "PReLU": _prelu,
    "ELU": _parametrised("ELU"),
    "Softmax": _softmax,
    "ThresholdedReLU": _threshold,
}
"""The layers that are an activation alone, which also stand behind `activation=`."""
