"""What the activation functions of a net do to one number: torch's own functions, with the spec's own arguments and
the slopes that the net has learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import nn

from netinspect.catalogue.entry import REQUIRED, Entry
from netinspect.network.network import Call, Network
from netinspect.recording import Array
from netinspect.torch_backend.functions import torch_object
from netinspect.torch_backend.layers import make_layer

SPAN: Final = 5.0
POINTS: Final = 401

_JOINT: Final = ("Softmax", "Softmin", "LogSoftmax", "Softmax2d", "GLU", "glu")
"""Those that look at several numbers at once: no curve of one."""

_AMONG_ARITHMETIC: Final = ("tanh", "sigmoid", "erf")


@dataclass(frozen=True, slots=True, eq=False)
class ActivationCurve:
    """An activation function with what was set of its arguments, `x` (POINTS,), `y` = f(`x`), and who uses it.

    `y` is (POINTS,), or for each of several learned slopes a row, (slopes, POINTS).
    """

    name: str
    x: Array
    y: Array
    layers: tuple[str, ...]
    learned: bool = False


def activation_curves(network: Network, model: nn.Module | None = None) -> tuple[ActivationCurve, ...]:
    """One for each activation function with its arguments, in order of first use, from -SPAN to SPAN.

    Slopes that are learned (PReLU's) are those of `model`, without one as they start; RReLU is as in evaluation.
    """
    x = torch.linspace(-SPAN, SPAN, POINTS)
    found: dict[tuple[str, bytes], ActivationCurve] = {}
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        for call in network.calls:
            if is_curve(call.entry):
                learned = model is not None and bool(call.result.parameters)
                y = _values(call, x) if model is None or not learned else _learned(call, model, x)
                same = found.get((_called(call), y.tobytes()))
                paths = (*(same.layers if same else ()), call.path)
                found[_called(call), y.tobytes()] = ActivationCurve(_called(call), x.numpy(), y, paths, learned)
    return tuple(found.values())


def is_curve(entry: Entry) -> bool:
    """Whether it is an activation function that turns one number into one number."""
    return (entry.family == "activation" and entry.name not in _JOINT) or entry.name in _AMONG_ARITHMETIC


def _values(call: Call, x: torch.Tensor) -> Array:
    if call.entry.is_layer:
        arguments = {**call.arguments, **({"num_parameters": 1} if "num_parameters" in call.arguments else {})}
        y = make_layer(call.entry, arguments).cpu().eval()(x.clone())
    else:
        y = torch_object(call.entry.torch)(x.clone(), **_forward(call))
    found: Array = y.numpy()
    return found


def _learned(call: Call, model: nn.Module, x: torch.Tensor) -> Array:
    """A row for each of a layer's slopes that differ, (slopes, POINTS), or (POINTS,) where all are one."""
    layer = model.get_submodule(call.module or "")
    slopes = next(layer.parameters())
    y = layer(x.to(slopes)[:, None].expand(-1, slopes.numel()))  # POINTS, slopes
    rows: Array = y.float().cpu().T.unique(dim=0).numpy()
    return rows if len(rows) > 1 else rows[0]


def _forward(call: Call) -> dict[str, Any]:
    """A function's arguments beside its tensor, by name."""
    given = zip(call.entry.forward[1:], call.forward[1:], strict=False)
    return {argument.name: value for argument, value in given if not argument.inferred}


def _called(call: Call) -> str:
    """`LeakyReLU(negative_slope=0.2)`: the name and what differs from torch's defaults."""
    own = call.entry.arguments or call.entry.forward[1:]
    values: Mapping[str, Any] = call.arguments if call.entry.arguments else _forward(call)
    set_here = [
        f"{argument.name}={values[argument.name]}"
        for argument in own
        if argument.name in values and argument.name != "inplace" and argument.default is not REQUIRED
        and values[argument.name] != argument.default
    ]  # fmt: skip
    return f"{call.entry.name}({', '.join(set_here)})" if set_here else call.entry.name
