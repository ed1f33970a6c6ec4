"""torchvision beside a build of torch that its own extension does not fit.

On import torchvision registers shape rules for operators of its extension, which PyPI's wheel cannot load beside a CPU
build of torch; so they are declared first where they are missing.
"""

from __future__ import annotations

from typing import Any


def declared_operators() -> Any:
    """Declare them; they are there as long as what this gives is kept."""
    import torch

    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library
