"""The output of a network of two numbers over their plane."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from netinspect.cli.main import main
from netinspect.network.load import load
from netinspect.pictures.kinds.decision_plane import plane, threshold_of
from netinspect.pictures.look import Origin
from netinspect.torch_backend.build import build
from netinspect.torch_backend.studies.plane import AT_ONCE, outputs_on_plane

NET = "input: [2]\nlayers: [Linear(3), Tanh, output: Linear(2), {last}]\n"


def network(tmp_path, last="Sigmoid"):
    path = tmp_path / "net.yaml"
    path.write_text(NET.format(last=last), encoding="utf-8")
    return load(path)


def test_each_point_has_the_output_of_the_model(tmp_path):
    net = network(tmp_path)
    model = build(net, seed=2).train()
    across, up = np.linspace(-1, 1, 90), np.linspace(3, 5, 70)
    assert len(across) * len(up) > AT_ONCE
    values = outputs_on_plane(model, net, across, up)
    assert values.shape == (70, 90, 2)
    assert model.training
    for row, column in ((0, 0), (0, 89), (69, 0), (31, 77)):
        with torch.no_grad():
            expected = model(torch.tensor([[across[column], up[row]]], dtype=torch.float32))[0]
        assert values[row, column] == pytest.approx(expected.numpy(), abs=1e-6)


@pytest.mark.parametrize(
    ("last", "threshold"), [("Sigmoid", 0.5), ("Softmax(dim=1)", 0.5), ("Tanh", 0.0), ("ReLU", 0.0)]
)
def test_a_probability_changes_at_one_half_any_other_number_at_zero(tmp_path, last, threshold):
    assert threshold_of(network(tmp_path, last)) == threshold


def test_what_is_above_is_red_and_what_is_below_blue():
    across = up = np.linspace(-1, 1, 41)
    values = np.broadcast_to(across[None, :, None], (41, 41, 1)) + 0.5  # grows to the right, 0.5 in the middle
    figure = plane(values, across, up, 0.5, Origin(), np.array([[0.5, -0.5]])).image
    figure.set_dpi(100)
    figure.canvas.draw()
    axes = figure.axes[0]
    pixels = np.asarray(figure.canvas.buffer_rgba())

    def at(x, y):
        column, row = axes.transData.transform((x, y))
        return pixels[pixels.shape[0] - 1 - int(row), int(column), :3].astype(int)

    assert at(0.8, 0.5)[0] > at(0.8, 0.5)[2] + 50
    assert at(-0.8, 0.5)[2] > at(-0.8, 0.5)[0] + 50
    assert at(0.0, 0.5).max() < 120  # the line
    assert at(0.5, -0.5).min() > 240  # the sample


def test_the_colours_of_a_probability_reach_from_0_to_1_those_of_other_numbers_as_far_as_they_do():
    across = up = np.linspace(-1, 1, 5)
    values = np.broadcast_to(0.5 + 0.1 * across[None, :, None], (5, 5, 1))
    for threshold, word, limits in ((0.5, "probability", (0, 1)), (0.0, "output", (-0.6, 0.6))):
        picture = plane(values, across, up, threshold, Origin())
        bar = picture.image.axes[1]
        assert bar.get_ylabel() == word
        assert bar.get_ylim() == pytest.approx(limits)
        assert (picture.description.scale.low, picture.description.scale.high) == pytest.approx(limits)


def test_it_is_drawn_of_networks_of_two_numbers_with_all_samples(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("points.npy", np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32))
    options = ["visualize", "xor_one_layer", "-o", "out", "--what", "decision_plane", "--input", "points.npy"]
    assert main(options) == 0
    (figure,) = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["figures"]
    assert figure["title"].startswith("Output over both inputs · 4 samples")
    assert "from −0.5 to 1.5" in figure["alt"]
    with Image.open("out/decision_plane.png") as image:
        assert image.width > 400
    capsys.readouterr()
    assert main(["visualize", "lenet", "-o", "lenet", "--all", "--dry-run"]) == 0
    assert "decision_plane" not in capsys.readouterr().out
