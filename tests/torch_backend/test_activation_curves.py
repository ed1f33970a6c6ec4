"""Activation functions as curves: torch's own values, with what the spec set."""

import numpy as np
import pytest
import torch

from netinspect.catalogue import ENTRIES
from netinspect.network.load import load
from netinspect.torch_backend.activation_curves import POINTS, SPAN, activation_curves, is_curve
from netinspect.torch_backend.build import build

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


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if is_curve(entry)], ids=lambda entry: entry.name)
def test_every_activation_of_the_catalogue_has_a_finite_curve(entry, tmp_path):
    (one,) = curves_of(tmp_path, entry.example or entry.name)
    assert np.isfinite(one.y).all()
