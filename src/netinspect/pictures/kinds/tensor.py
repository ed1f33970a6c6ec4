"""A weight tensor, what must be known to draw it, and its kernels one by one: outputs first, without empty axes."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from netinspect.pictures.look import Origin, sizes

Weights = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A weight tensor and what must be known to draw it.

    weight       (C_out, C_in/groups, *kernel); of a transposed convolution (C_in, C_out/groups, *kernel);
                 of a linear layer (out, in)
    input_shape  of a linear layer fed by an image (C, H, W) or (H, W): its rows are drawn as such images
    spectrogram  whether the first axis of the kernel is frequency
    activation   mean activation of each output, for `order="activation"`
    axes         what the rows and the columns of a matrix count
    plain        whether it is a parameter and no layer's: then its axes of one cell are left out
    """

    layer: str
    weight: Weights
    origin: Origin
    name: str = "weight"
    groups: int = 1
    transposed: bool = False
    input_shape: tuple[int, ...] | None = None
    spectrogram: bool = False
    activation: NDArray[np.floating] | None = None
    axes: tuple[str, str] = ("output", "input")
    plain: bool = False

    @property
    def title(self) -> str:
        """`conv2.weight 256×96×5×5`."""
        return f"{self.layer}.{self.name} {sizes(self.weight.shape)}"


def outputs_first(tensor: Tensor) -> Weights:
    """The weight as (C_out, C_in/groups, *kernel) in float32 or float64, whichever layer it is of."""
    weight = tensor.weight if tensor.weight.dtype in (np.float32, np.float64) else tensor.weight.astype(np.float32)
    if weight.ndim < 2:
        return weight.reshape(1, -1)
    if tensor.plain:
        long = [size for size in weight.shape if size > 1]
        return weight.reshape(long if len(long) > 1 else (1, -1))
    if not tensor.transposed:
        return weight
    grouped = weight.reshape(tensor.groups, -1, *weight.shape[1:])
    return grouped.swapaxes(1, 2).reshape(tensor.groups * weight.shape[1], -1, *weight.shape[2:])


def as_images(weight: Weights, input_shape: tuple[int, ...] | None) -> Weights:
    """The rows of a matrix as images of the declared input, where there is one and it fits."""
    if weight.ndim != 2 or input_shape is None or len(input_shape) < 2 or prod(input_shape) != weight.shape[1]:
        return weight
    shape = input_shape if len(input_shape) > 2 else (1, *input_shape)
    return weight.reshape(len(weight), *shape)


def flattened(weight: Weights) -> Weights:
    """Kernels of a volume that are one cell deep, high or wide, without that axis."""
    if weight.ndim < 5 or prod(weight.shape[2:]) == 1:
        return weight
    return weight.reshape(*weight.shape[:2], *(size for size in weight.shape[2:] if size > 1))
