"""Activation functions as curves: torch's own values, with what the spec set."""

import numpy as np
import pytest
import torch

from netinspect.analysis.profile import profile
from netinspect.catalogue import ENTRIES
from netinspect.catalogue.entry import SQUASHING
from netinspect.network.load import load
from netinspect.pictures.plan import plan
from netinspect.pictures.request import Request
from netinspect.torch_backend.build import build
from netinspect.torch_backend.studies.activation_curves import POINTS, SPAN, activation_curves


def _names(entry):
    return [argument.name for argument in (*entry.arguments, *entry.forward)]


SPEC = "netspec: 1\ninput: {features: 4}\nlayers:\n  - Linear(4)\n"


def curves_of(tmp_path, *lines):
    path = tmp_path / "net.yaml"
    path.write_text(SPEC + "".join(f"  - {line}\n" for line in lines))
    return activation_curves(load(path))


def test_each_function_stands_once_with_who_uses_it():
    (relu,) = activation_curves(load("alexnet"))
    assert relu.name == "ReLU"
    assert len(relu.layers) == 7
    assert (relu.x[0], relu.x[-1], len(relu.x)) == (-SPAN, SPAN, POINTS)
    assert relu.y.tolist() == np.maximum(relu.x, 0).tolist()


def test_arguments_make_a_curve_of_their_own(tmp_path):
    found = curves_of(tmp_path, "LeakyReLU(0.2)", "LeakyReLU", "hardtanh(-2, 2)", "GELU(approximate=tanh)")
    assert [one.name for one in found] == [
        "LeakyReLU(negative_slope=0.2)", "LeakyReLU", "hardtanh(min_val=-2, max_val=2)", "GELU(approximate=tanh)",
    ]  # fmt: skip
    x = torch.linspace(-SPAN, SPAN, POINTS)
    assert found[0].y.tolist() == torch.nn.functional.leaky_relu(x, 0.2).tolist()
    assert found[2].y.tolist() == x.clamp(-2, 2).tolist()


def test_what_looks_at_several_numbers_has_no_curve(tmp_path):
    assert [one.name for one in curves_of(tmp_path, "Softmax(dim=1)", "Tanh", "GLU(dim=1)")] == ["Tanh"]


def test_learned_slopes_are_those_of_the_model(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(SPEC + "  - PReLU\n  - PReLU(4)\n  - PReLU\n")
    network, model = load(path), build(load(path))
    assert [one.layers for one in activation_curves(network, model)] == [("1", "3"), ("2",)]  # as they start
    with torch.no_grad():
        model.get_submodule("1").weight.fill_(-0.5)
        model.get_submodule("2").weight.copy_(torch.tensor([0.5, 0.0, 0.5, 1.0]))
    first, several, last = activation_curves(network, model)
    assert [one.learned for one in (first, several, last)] == [True] * 3
    assert (first.y[0], last.y[0]) == (0.5 * SPAN, -0.25 * SPAN)
    assert sorted(several.y[:, 0].tolist()) == [-SPAN, -0.5 * SPAN, 0.0]
    assert (several.y[:, -1] == SPAN).all()


def test_drawing_curves_leaves_the_random_numbers_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    activation_curves(load("pnet"))  # its PReLU layers have parameters
    assert torch.equal(torch.get_rng_state(), before)


BENDING = [entry for entry in ENTRIES if entry.effect in SQUASHING | {"bends"} and "dim" not in _names(entry)]
COMPUTING = [entry for entry in ENTRIES if entry.effect == "computes" and len(entry.forward) == 1]
WHOLE = ("logical_not", "isnan")


@pytest.mark.parametrize("entry", BENDING, ids=lambda entry: entry.name)
def test_every_activation_of_the_catalogue_has_a_finite_curve(entry, tmp_path):
    (one,) = curves_of(tmp_path, entry.example or entry.name)
    assert np.isfinite(one.y).all()


@pytest.mark.parametrize("name", [entry.name for entry in COMPUTING if entry.name not in WHOLE])
def test_every_function_of_one_number_is_drawn_where_it_is_the_only_one(name, tmp_path):
    (one,) = curves_of(tmp_path, name, "Linear(2)")
    assert (one.name, one.layers) == (name, (name,))
    expected = getattr(torch, name)(torch.from_numpy(one.x)).numpy()
    assert np.array_equal(one.y, expected, equal_nan=True)
    assert [one.name for one in curves_of(tmp_path, name, "ReLU")] == ["ReLU"]


@pytest.mark.parametrize(
    ("line", "name", "function"),
    [
        ("clamp(min=0)", "clamp(x, min=0)", lambda x: x.clamp(min=0)),
        ("maximum(x, 0 * x)", "maximum(x, mul(0, x))", lambda x: x.clamp(min=0)),
        ("where(gt(x, 0), x, 0.1 * x)", "where(gt(x, 0), x, mul(0.1, x))", lambda x: torch.where(x > 0, x, 0.1 * x)),
        ("masked_fill(x, lt(x, 1), 1.0)", "masked_fill(x, lt(x, 1), 1.0)", lambda x: x.clamp(min=1)),
        ("x ** 2", "pow(x, 2)", lambda x: x**2),
        ("2 ** x", "pow(2, x)", lambda x: 2**x),
        ("x * x", "mul(x, x)", lambda x: x**2),
        ("1 / (x * x + 1)", "div(1, add(mul(x, x), 1))", lambda x: 1 / (x * x + 1)),
        ("x // 2", "floor_divide(x, 2)", lambda x: x // 2),
        ("exp(-x / x.shape[1])", "exp(div(neg(x), 4))", lambda x: torch.exp(-x / 4)),
    ],
)
def test_arithmetic_that_bends_is_an_activation_function(line, name, function, tmp_path):
    (one,) = curves_of(tmp_path, "x: Linear(4)", f"y: {line}", "Linear(2)")
    assert (one.name, one.layers[0].partition(".")[0]) == (name, "y")
    assert np.allclose(one.y, function(torch.from_numpy(one.x)).numpy(), atol=1e-6, equal_nan=True)


@pytest.mark.parametrize(
    "lines",
    [
        ("x: Linear(4)", "y: 2 * x + 1", "z: -y / 3", "Linear(2)"),
        ("x: Linear(4)", "y: Linear(4)", "maximum(x, y)", "Linear(2)"),
        ("x: Linear(4)", "y: Linear(4)", "x * y", "Linear(2)"),
        ("softmax(dim=1)",),
        ("tril",),
    ],
)
def test_what_is_linear_or_of_several_numbers_is_none(lines, tmp_path):
    assert curves_of(tmp_path, *lines) == ()


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "erf", "square", "ReLU", "Linear(3)", "LogSoftmax(dim=1)"])
def test_the_picture_is_planned_where_there_is_a_curve(name, tmp_path):
    found = curves_of(tmp_path, name, "Linear(2)")
    network = load(tmp_path / "net.yaml")
    request = Request("net.yaml", tmp_path, what="activation_functions")
    assert ("activation_functions" in plan(network, profile(network), request).kinds) == bool(found)
