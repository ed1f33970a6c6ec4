"""torchvision as an oracle, also beside a build of torch that its own extension does not fit."""

import importlib.util

import pytest
import torch


@pytest.fixture(scope="session")
def torchvision_models():
    """`torchvision.models`.

    On import torchvision registers shape rules for operators of its extension, which PyPI's wheel cannot load
    beside a CPU build of torch; so they are declared first where they are missing, and kept to the end.
    """
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision.models

    yield torchvision.models
    del library
