"""The numeric steps of `preprocess`: mean, std and scale, by channel or for all, in the order they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from netinspect.errors import InputError
from netinspect.recording import Array

STEPS: Final = ("mean", "std", "scale")


def apply_step(values: Array, step: str, number: float | tuple[float, ...], channel_axis: int | None) -> Array:
    """Subtract the mean, divide by std, or multiply by scale. InputError where there is one number too many or few."""
    if isinstance(number, tuple):
        channels = 1 if channel_axis is None else values.shape[channel_axis]
        if len(number) != channels:
            raise InputError(
                f"`{step}` in `preprocess` has {len(number)} value{'s' * (len(number) != 1)}, "
                f"and the input {channels} channel{'s' * (channels != 1)}"
            )
        shape = [1] * values.ndim
        shape[channel_axis or 0] = channels
        by: Any = np.asarray(number, dtype=values.dtype).reshape(shape)
    else:
        by = values.dtype.type(number)
    match step:
        case "mean":
            return np.asarray(values - by)
        case "std":
            return np.asarray(values / by)
        case _:
            return np.asarray(values * by)


def check_means(preprocess: Mapping[str, Any]) -> None:
    """InputError for a mean of pixels from 0 to 255 where the pixels go from 0 to 1."""
    mean = preprocess.get("mean", 0)
    largest = max(mean) if isinstance(mean, tuple) else mean
    if largest > 1 and "scale" not in preprocess:
        raise InputError(
            f"the mean {largest:g} in `preprocess` lies outside the pixels, which go from 0 to 1; "
            "write `scale: 1` above it for pixels from 0 to 255"
        )
