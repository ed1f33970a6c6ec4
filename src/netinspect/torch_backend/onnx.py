"""A network as an ONNX file, by torch's own exporter, and held against onnxruntime where that is installed."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import torch
from torch import Tensor

from netinspect.errors import InputError, Unfinished
from netinspect.network.network import Network
from netinspect.torch_backend.batches import batch, noise
from netinspect.torch_backend.build import build

PACKAGES: Final = ("onnx", "onnxscript")
"""What torch's exporter needs."""

TOLERANCE: Final = 1e-3
"""How much of the largest output a number may differ: float32 sums of another order, through a hundred layers."""


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """`contents` of the file, and by how much onnxruntime's outputs differ from torch's at most; None if it did not
    run."""

    contents: bytes
    difference: float | None


def onnx_model(network: Network) -> OnnxModel:
    """The model that torch builds of `network`, in evaluation mode, for any batch size.

    InputError where a package is missing; Unfinished where torch's exporter gives up, or where onnxruntime returns
    something else than torch.
    """
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise InputError(f"an ONNX file needs {' and '.join(missing)}: run `pip install {' '.join(missing)}`")
    model = build(network).eval()
    inputs = batch(network, noise(network, samples=2))
    names = [item.name for item in network.inputs]
    outputs = [name or "output" for name, _ in network.outputs]
    batches = tuple({0: torch.export.Dim("batch")} for _ in inputs)
    try:
        with _quiet(), TemporaryDirectory() as folder:
            program = torch.onnx.export(
                model,
                tuple(inputs),
                dynamo=True,
                verbose=False,
                input_names=names,
                output_names=outputs,
                dynamic_shapes=batches,
            )
            assert program is not None
            program.save(Path(folder, "model.onnx"))
            contents = Path(folder, "model.onnx").read_bytes()
    except Exception as failure:
        reason = " ".join(str(failure).split())[:300]
        raise Unfinished(f"torch's exporter to ONNX gave up on {network.name}: {reason}") from failure
    if find_spec("onnxruntime") is None:
        return OnnxModel(contents, None)
    return OnnxModel(contents, _difference(network, model, contents, names))


def _difference(network: Network, model: torch.nn.Module, contents: bytes, names: Sequence[str]) -> float:
    """The largest difference between what torch and onnxruntime return for a batch of three."""
    onnxruntime = import_module("onnxruntime")
    inputs = batch(network, noise(network, seed=1, samples=3))
    with torch.no_grad():
        returned: Any = model(*inputs)
    expected: list[Tensor] = list(returned) if isinstance(returned, tuple) else [returned]
    session = onnxruntime.InferenceSession(contents, providers=["CPUExecutionProvider"])
    feeds = {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True)}
    taken = {item.name for item in session.get_inputs()}
    results = session.run(None, {name: array for name, array in feeds.items() if name in taken})
    worst = 0.0
    for tensor, result in zip(expected, results, strict=True):
        if tuple(result.shape) != tuple(tensor.shape):
            raise Unfinished(f"onnxruntime returns {tuple(result.shape)} where torch returns {tuple(tensor.shape)}")
        difference = (tensor.double() - torch.from_numpy(result).double()).abs().max().item()
        if difference > TOLERANCE * max(1.0, tensor.double().abs().max().item()):
            raise Unfinished(f"onnxruntime's outputs differ from torch's by {difference:.1g}")
        worst = max(worst, difference)
    return worst


@contextmanager
def _quiet() -> Iterator[None]:
    """What torch's exporter prints and warns of is about itself."""
    level = logging.getLogger("torch.onnx").level
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.getLogger("torch.onnx").setLevel(level)
