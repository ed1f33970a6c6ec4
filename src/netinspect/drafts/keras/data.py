"""A layer of Keras, the data between layers, and what a layer becomes: the terms in which layers are translated.

Keras keeps channels last and torch keeps them first, so what a layer becomes depends on what flows into it. A function
that translates a layer has the signature of that layer in Keras, so that Python itself binds positional values and
refuses arguments that the layer does not have.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final


class Expression(str):
    """An expression over the vars of a spec, which stands in place of a number."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Data:
    """What flows from layer to layer: `shape` as Keras has it, without the batch and with channels last.

    A size that is not known is None, and so is a shape whose number of axes is not known. `channels_first` says that
    torch's tensor has its channels in front, which matters for two axes and more.
    """

    shape: tuple[int | None, ...] | None = None
    channels_first: bool = False

    @property
    def axes(self) -> int | None:
        """The number of axes without the batch."""
        return None if self.shape is None else len(self.shape)


@dataclass(frozen=True, slots=True)
class KerasLayer:
    """A layer as Keras code or a Keras configuration states it, with values of plain Python."""

    class_name: str
    values: tuple[object, ...] = ()
    named: Mapping[str, object] = None  # type: ignore[assignment]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """The steps of a spec that do what a Keras layer does, the data behind them, and what is not quite the same.

    The name of the layer belongs to the step number `main`. Each step but the first takes what the step above yields.
    """

    steps: tuple[str, ...]
    data: Data
    notes: tuple[str, ...] = ()
    main: int = 0


Function = Callable[..., Translation | None]
"""What translates a layer: the data that flow in, and then the arguments of Keras."""


IGNORED: Final = frozenset(
    """
    name trainable dtype seed weights batch_input_shape batch_shape input_shape input_length sparse ragged
    implementation unroll stateful use_cudnn lora_rank lora_alpha quantization_config synchronized virtual_batch_size
    cudnn_enabled autocast activity_regularizer noise_shape
    renorm_clipping renorm_momentum zero_output_for_mask
    """.split()
)
"""Arguments that say how a layer is trained, started or run, or that the input says already."""


MUST_BE_FALSE: Final = frozenset(
    "go_backwards return_state time_major renorm fused rms_scaling flash_attention use_gate sliding_window".split()
)


def named_arguments(layer: KerasLayer) -> dict[str, object]:
    """The arguments with a name, without those that change nothing of what a spec says."""
    named = {
        key: value
        for key, value in (layer.named or {}).items()
        if key not in IGNORED
        and not key.endswith(("_initializer", "_regularizer", "_constraint"))
        and (value or key not in MUST_BE_FALSE)
    }
    if layer.class_name != "Embedding":
        named.pop("input_dim", None)  # the size of the input of a first layer
    return named


def translated_by(function: Function | None, layer: KerasLayer, data: Data) -> Translation | None:
    """What a function makes of a layer; None where it does not take its arguments, or leaves a size open."""
    named = named_arguments(layer)
    if function is None or named.pop("data_format", None) not in {None, "channels_last"}:
        return None
    try:
        signature = inspect.signature(function)
        for name, value in signature.bind(data, *layer.values, **named).arguments.items():
            if isinstance(signature.parameters[name].default, bool) and not isinstance(value, bool):
                return None
        translation = function(data, *layer.values, **named)
    except (TypeError, ValueError, ZeroDivisionError):  # an argument that the layer has not, or one of another kind
        return None
    if translation is None or any(re.search(r"\b(None|\?)", step) for step in translation.steps):
        return None
    return translation


def shape_of(data: Data, axes: int) -> tuple[int | None, ...] | None:
    """The shape, of `axes` axes; None where it has another number of them."""
    shape = (None,) * axes if data.shape is None else data.shape
    return shape if len(shape) == axes else None


def to_front(data: Data, axes: int) -> tuple[str, ...]:
    """The step that brings the channels to the front where they are last."""
    if data.channels_first or data.shape is None or axes < 2:
        return ()
    return (f"permute({', '.join(map(str, (0, axes, *range(1, axes))))})",)


def to_back(data: Data) -> tuple[str, ...]:
    """The step that brings the channels to the back where they are in front."""
    if not data.channels_first or data.axes is None or data.axes < 2:
        return ()
    return (f"permute({', '.join(map(str, (0, *range(2, data.axes + 1), 1)))})",)


def each_axis(value: object, axes: int) -> tuple[object, ...] | None:
    """A size for each axis, from one number or a list of them."""
    if isinstance(value, int | Expression) and not isinstance(value, bool):
        return (value,) * axes
    if isinstance(value, tuple | list) and len(value) == axes and all(isinstance(size, int) for size in value):
        return tuple(value)
    return None


def count(value: object) -> int | None:
    """A number of channels, where it is written as a number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def is_count(value: object) -> bool:
    """Whether a value can stand for a number of channels: a positive number or an expression."""
    return isinstance(value, Expression) or (isinstance(value, int) and not isinstance(value, bool) and value > 0)
