"""What the activation functions of a net do to one number: torch's own functions, with the spec's own arguments and
the slopes that the net has learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch
from torch import nn

from netinspect.catalogue.entry import REQUIRED
from netinspect.network.curves import NumberFunction, activation_functions
from netinspect.network.network import Call, Network
from netinspect.network.torch_calls import call_arguments
from netinspect.recording import ActivationCurve, Array
from netinspect.torch_backend.functions import make_layer, operands, spelled, torch_object

SPAN: Final = 5.0
POINTS: Final = 401


def activation_curves(network: Network, model: nn.Module | None = None) -> tuple[ActivationCurve, ...]:
    """One for each activation function with its arguments, in order of first use, from -SPAN to SPAN; of a network
    without any, what its arithmetic does to one number.

    Slopes that are learned (PReLU's) are those of `model`, without one as they start; RReLU is as in evaluation.
    """
    x = torch.linspace(-SPAN, SPAN, POINTS)
    curves: dict[tuple[str, bytes], ActivationCurve] = {}
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        for function in activation_functions(network):
            call = function.calls[-1]
            learned = model is not None and bool(call.result.parameters)
            name = _called(call) if call.entry.effect != "computes" else _formula(function)
            y = _values(function, x) if model is None or not learned else _learned(call, model, x)
            same = curves.get((name, y.tobytes()))
            paths = (*(same.layers if same else ()), call.path)
            curves[name, y.tobytes()] = ActivationCurve(name, x.numpy(), y, paths, learned)
    return tuple(curves.values())


def _values(function: NumberFunction, x: torch.Tensor) -> Array:
    """Its calls, one after the other."""
    values = {function.source: x.clone()}
    for call in function.calls:
        if call.entry.is_layer:
            arguments = {**call.arguments, **({"num_parameters": 1} if "num_parameters" in call.arguments else {})}
            y = make_layer(call.entry, arguments).cpu().eval()(values[call.inputs[0]])
        else:
            unnamed, named = call_arguments(call.entry, operands(call, values), spelled)
            y = torch_object(call.entry.torch)(*unnamed, **named)
        values[call.outputs[0]] = y
    array: Array = values[function.value].numpy()
    return array


def _formula(function: NumberFunction) -> str:
    """`maximum(x, mul(x, 0.1))`; where the only operand is x, the name alone."""
    texts = {function.source: "x"}
    for call in function.calls:
        settings = zip(call.entry.forward, operands(call, texts), strict=True)
        written = [
            str(operand) if argument.default is REQUIRED else f"{argument.name}={operand}"
            for argument, operand in settings
            if operand != argument.default
        ]
        texts[call.outputs[0]] = f"{call.entry.name}({', '.join(written)})"
    return texts[function.value].removesuffix("(x)")


def _learned(call: Call, model: nn.Module, x: torch.Tensor) -> Array:
    """A row for each of a layer's slopes that differ, (slopes, POINTS), or (POINTS,) where all are one."""
    layer = model.get_submodule(call.module or "")
    slopes = next(layer.parameters())
    y = layer(x.to(slopes)[:, None].expand(-1, slopes.numel()))  # POINTS, slopes
    rows: Array = y.float().cpu().T.unique(dim=0).numpy()
    return rows if len(rows) > 1 else rows[0]


def _called(call: Call) -> str:
    """`LeakyReLU(negative_slope=0.2)`: the name and what differs from torch's defaults."""
    declared = call.entry.arguments or call.entry.forward[1:]
    forward = {argument.name: value for argument, value in zip(call.entry.forward, call.forward, strict=True)}
    values: Mapping[str, Any] = call.arguments if call.entry.arguments else forward
    set_here = [
        f"{argument.name}={values[argument.name]}"
        for argument in declared
        if argument.name in values and argument.name != "inplace" and argument.default is not REQUIRED
        and values[argument.name] != argument.default
    ]  # fmt: skip
    return f"{call.entry.name}({', '.join(set_here)})" if set_here else call.entry.name
