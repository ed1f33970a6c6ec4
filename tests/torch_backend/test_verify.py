"""A wrong figure of the catalogue is found, and what torch cannot confirm is said."""

from dataclasses import replace

import pytest

from netinspect.analysis.profile import profile
from netinspect.catalogue.entry import TensorType, Weight
from netinspect.catalogue.formula import Formula
from netinspect.torch_backend import verify as engine
from netinspect.torch_backend.build import build
from netinspect.torch_backend.verify import Unchecked, verify

NET = """
    input: {channels: 3, height: 16, width: 16}
    layers:
      - body:
          - conv: Conv2d(8, kernel_size=3)
          - bn: BatchNorm2d
      - flatten(2)
      - swapped: transpose(1, 2)
      - fc: Linear(5)
"""


def _with_result(net, path, **changes):
    """The network with some figures of one call's result changed, as if its rule were wrong."""
    wrong = {}
    for call in net.calls:
        if call.path == path:
            wrong[call] = replace(call, result=replace(call.result, **changes))
    _swap(net.root, wrong)
    return replace(net, calls=tuple(wrong.get(call, call) for call in net.calls))


def _swap(scope, wrong):
    for position, item in enumerate(scope.items):
        if hasattr(item, "items"):
            _swap(item, wrong)
        else:
            scope.items[position] = wrong.get(item, item)


def _rows(verification):
    return [(row.path, row.what, row.catalogue, row.torch, row.engine) for row in verification.differences]


def test_torch_agrees_with_a_right_network(network):
    verification = verify(network(NET))
    assert verification.agrees
    assert verification.differences == verification.unchecked == ()
    assert (verification.layers, verification.functions, verification.torchinfo_layers) == (3, 2, 3)
    assert verification.params == 224 + 16 + 45
    assert verification.macs == 8 * 14 * 14 * 27 + 196 * 8 * 5
    assert verification.batch_sizes == (1, 2)


def test_the_reported_batch_size_is_counted(network):
    assert verify(network(NET, batch_size=3)).macs == 3 * verify(network(NET)).macs
    assert verify(network(NET, batch_size=2)).batch_sizes == (2,)


def test_wrong_macs_are_found(network):
    net = _with_result(network(NET), "body.conv", macs=Formula(1))
    assert _rows(verify(net)) == [("body.conv", "macs", "1", "42,336", "FlopCounterMode")]


def test_a_wrong_parameter_shape_is_found_by_torch_and_torchinfo(network):
    wrong = (Weight("weight", (5, 9)), Weight("bias", (5,)))
    net = _with_result(network(NET), "fc", parameters=wrong)
    assert _rows(verify(net)) == [
        ("fc", "parameters", "fc.weight 5×9 float32", "fc.weight 5×8 float32", "torch"),
        ("", "params", "290", "285", "torch"),
        ("fc", "params", "50", "45", "torchinfo"),
    ]


def test_a_wrong_name_is_found(network):
    wrong = (Weight("weights", (5, 8)), Weight("bias", (5,)))
    rows = _rows(verify(_with_result(network(NET), "fc", parameters=wrong)))
    assert ("", "keys", "key 7 is fc.weights", "key 7 is fc.weight", "torch") in rows
    assert ("fc", "parameters", "fc.weights 5×8 float32", "no fc.weights", "torch") in rows


def test_a_missing_buffer_is_found(network):
    rows = _rows(verify(_with_result(network(NET), "body.bn", buffers=())))
    assert ("body.bn", "buffers", "no body.bn.running_mean", "body.bn.running_mean 8 float32", "torch") in rows


@pytest.mark.parametrize(
    ("path", "engines"), [("swapped", ["torch", "torch"]), ("body.bn", ["torch", "torch", "torchinfo"])]
)
def test_a_wrong_output_is_found_for_layers_and_functions(network, path, engines):
    net = network(NET)
    call = next(call for call in net.calls if call.path == path)
    value = call.outputs[0]
    object.__setattr__(value, "types", tuple(TensorType((*kind.shape[:-1], 999)) for kind in value.types))
    rows = [row for row in _rows(verify(net)) if row[0] == path]
    assert [row[1] for row in rows] == ["output"] * len(engines)
    assert [row[4] for row in rows] == engines


def test_what_torch_refuses_is_told_at_its_call(network):
    net = network(NET)
    call = next(call for call in net.calls if call.path == "flatten")
    object.__setattr__(call, "forward", (call.forward[0], 7, *call.forward[2:]))
    rows = verify(net).differences
    assert {(row.path, row.what) for row in rows} == {("flatten", "run")}
    assert "batch of 2" in rows[-1].torch


@pytest.mark.parametrize(
    ("lines", "macs", "reason"),
    [
        ("x(a, b): Bilinear(3)", 90, "bilinear products"),
        ("x: cdist(unsqueeze(a, 1), unsqueeze(a, 1))", 5, "distances"),
        ("x: matmul(a, weight)", 5, "products with a vector"),
    ],
)
def test_what_the_counter_misses_is_listed_with_the_reason(network, lines, macs, reason):
    net = network(f"inputs: {{a: [5], b: [6]}}\nparameters: {{weight: 5}}\nlayers:\n  - {lines}\n")
    verification = verify(net)
    assert verification.agrees
    assert verification.macs == macs
    assert verification.unchecked == (Unchecked("x", "macs", f"FlopCounterMode does not count {reason}"),)


def test_layers_called_again_are_compared_call_by_call(network):
    verification = verify(
        network("""
            inputs: {x: [4], y: [3, 4]}
            layers:
              - embed(x): Linear(4)
              - other: embed(y)
              - inner:
                  - 2 * embed
              - add(prev, other)
        """)
    )
    assert verification.agrees
    assert (verification.layers, verification.functions, verification.torchinfo_layers) == (4, 1, 4)
    assert verification.macs == (1 + 3 + 3 + 3) * 16
    assert verification.params == 20


def test_tied_and_own_parameters_are_counted_once(network):
    verification = verify(
        network("""
            input: {shape: {time: 5}, dtype: int64, high: 7}
            parameters: {shift: 4}
            layers:
              - wte: Embedding(7, 4)
              - add(wte, shift)
              - head: Linear(7, bias=False)
            tie: {head.weight: wte.weight}
        """)
    )
    assert verification.agrees
    assert verification.params == 7 * 4 + 4


def test_what_the_model_returns_is_compared(network, monkeypatch):
    net = network("""
        input: [4]
        layers:
          - a: Linear(3)
          - b: Linear(2)
        outputs: [a, b]
    """)
    swapped = replace(net, outputs=net.outputs[::-1])
    monkeypatch.setattr(engine, "build", lambda _, device: build(swapped, device=device))
    assert _rows(verify(net))[0] == ("", "output", "1×3 float32, 1×2 float32", "1×2 float32, 1×3 float32", "torch")


def test_parameters_of_one_layer_may_be_tied(network):
    net = network("""
        input: {time: 4, features: 3}
        layers:
          - lstm: LSTM(5, batch_first=True)
        tie: {lstm.bias_hh_l0: lstm.bias_ih_l0}
    """)
    assert verify(net).differences == ()
    model = build(net)
    assert model.lstm.bias_hh_l0 is model.lstm.bias_ih_l0
    assert profile(net).totals.params == sum(parameter.numel() for parameter in model.parameters())
    assert profile(net).rows[-1].params == profile(net).totals.params
