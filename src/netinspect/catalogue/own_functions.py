"""The functions of the language that are not torch's, as they are run, on tensors and sizes. torch is not imported.

The source of a network that uses one of them has a copy of it, so each stands on its own.
"""

from __future__ import annotations

from typing import Any


def crop_like(x: Any, like: Any) -> Any:
    """`x` (batch, channels, …) with axes 2… cropped in the middle to the sizes of `like`."""
    for axis in range(2, x.dim()):
        size = like.size(axis)
        x = x.narrow(axis, (x.size(axis) - size) // 2, size)
    return x


def make_divisible(value: float, divisor: int = 8, min_value: int | None = None) -> int:
    """`max(min_value or divisor, nearest multiple of divisor)`, one divisor more if below 0.9·value.

    The rounding of channel counts in MobileNet and EfficientNet.
    """
    rounded = max(min_value or divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded
