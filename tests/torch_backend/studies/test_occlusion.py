"""Occlusion: against sums that a linear network makes plain, and against the runs made one by one."""

import numpy as np
import pytest
import torch

from netinspect.analysis.occlusion import occluded_input, runs, windows
from netinspect.torch_backend.batches import noise
from netinspect.torch_backend.build import build
from netinspect.torch_backend.studies.occlusion import occlusion
from tests.network.building import network

PICTURE = """\
netspec: 1
input: [2, 10, 14]
layers:
  - Flatten
  - Linear(UNITS)
"""


def test_a_linear_network_falls_by_what_the_hidden_part_weighs():
    net = network(PICTURE.replace("UNITS", "1"))
    model, (sample,) = build(net), noise(net)
    hidden = occlusion(model, net, (sample,), at_once=5)
    weight = model[1].weight.detach().double().numpy().reshape(2, 10, 14)
    values = sample.array[0].astype(np.float64)
    gap = values - values.mean(axis=(1, 2), keepdims=True)
    for place in np.ndindex(hidden.values.shape):
        top, left = (starts[at] for starts, at in zip(hidden.starts, place, strict=True))
        window = np.s_[:, top : top + hidden.patch[0], left : left + hidden.patch[1]]
        assert hidden.before - hidden.values[place] == pytest.approx((weight * gap)[window].sum(), abs=1e-5)
    assert hidden.measure == "output"


def test_of_several_numbers_the_strongest_ones_probability_is_looked_at():
    net = network(PICTURE.replace("UNITS", "5"))
    model, (sample,) = build(net), noise(net)
    hidden = occlusion(model, net, (sample,))
    probabilities = model(torch.as_tensor(sample.array)).softmax(-1)[0].detach().numpy()
    assert hidden.unit == probabilities.argmax()
    assert hidden.before == pytest.approx(probabilities.max(), rel=1e-5)
    assert hidden.measure == "softmax"
    place = tuple(size // 2 for size in hidden.values.shape)
    (top, left), (height, width) = (starts[at] for starts, at in zip(hidden.starts, place, strict=True)), hidden.patch
    changed = torch.as_tensor(sample.array).clone()
    mean = changed.mean(dim=(2, 3), keepdim=True)
    changed[:, :, top : top + height, left : left + width] = mean
    assert hidden.values[place] == pytest.approx(float(model(changed).detach().softmax(-1)[0, hidden.unit]), rel=1e-5)


@pytest.mark.parametrize(
    ("last", "measure"),
    [("Softmax(dim=1)", "probability"), ("Sigmoid", "output"), ("Sigmoid\n  - flatten(1)", "output")],
)
def test_what_the_last_layer_makes_probabilities_of_is_taken_as_it_is(last, measure):
    net = network(PICTURE.replace("UNITS", "3") + f"  - {last}\n")
    model, samples = build(net), noise(net)
    hidden = occlusion(model, net, samples)
    assert hidden.before == pytest.approx(float(model(torch.as_tensor(samples[0].array)).detach().max()), rel=1e-5)
    assert hidden.measure == measure


def test_the_output_of_probabilities_is_preferred_and_the_second_input_stays_as_it_is():
    net = network("""
        inputs:
          bias: {features: 3}
          picture: {channels: 1, height: 8, width: 8}
        layers:
          - flat(picture): Flatten
          - box: Linear(4)
          - face(flat): Linear(3)
          - face + bias
          - shares: softmax(dim=1)
        outputs: {box: box, face: shares}
    """)
    hidden = occlusion(build(net), net, noise(net))
    assert (hidden.input, hidden.output, hidden.measure) == (1, 1, "probability")
    assert runs(net) == 1 + hidden.values.size


@pytest.mark.parametrize(
    "text",
    [
        "input: {features: 4}\nlayers:\n  - Linear(3)\n",
        "input: [1, 8, 8]\nlayers:\n  - Conv2d(3, kernel_size=3)\n",
        "input: {shape: {time: 6}, dtype: int64, high: 9}\nlayers:\n  - Embedding(9, 4)\n  - Flatten\n  - Linear(2)\n",
    ],
)
def test_a_network_without_space_or_without_one_answer_has_none(text):
    assert occluded_input(network(text)) is None


@pytest.mark.parametrize("sizes", [(224, 224), (1024,), (5, 9), (1, 1), (2,)])
def test_patches_cover_every_cell(sizes):
    patch, starts = windows(sizes)
    for size, long, places in zip(sizes, patch, starts, strict=True):
        covered = np.zeros(size, int)
        for start in places:
            covered[start : start + long] += 1
        assert (covered > 0).all()
        assert places[-1] + long == size


def test_each_cell_is_the_mean_of_the_patches_over_it():
    net = network(PICTURE.replace("UNITS", "1"))
    hidden = occlusion(build(net), net, noise(net))
    falls = hidden.falls((10, 14))
    over = [
        hidden.before - hidden.values[place]
        for place in np.ndindex(hidden.values.shape)
        if all(
            starts[at] <= cell < starts[at] + size
            for starts, at, cell, size in zip(hidden.starts, place, (4, 6), hidden.patch, strict=True)
        )
    ]
    assert falls[4, 6] == pytest.approx(np.mean(over))
    assert len(over) > 1


def test_it_is_asked_of_the_network_as_it_answers():
    """Without dropout, and with the statistics that batch norm has learned, whatever mode the model is in."""
    net = network("input: [2, 10, 14]\nlayers:\n  - BatchNorm2d\n  - Flatten\n  - Dropout(0.5)\n  - Linear(4)\n")
    model, samples = build(net), noise(net)
    model.train()
    hidden = occlusion(model, net, samples)
    assert model.training
    with torch.no_grad():
        answer = model.eval()(torch.as_tensor(samples[0].array)).softmax(-1)[0]
    assert (hidden.unit, hidden.before) == (int(answer.argmax()), pytest.approx(float(answer.max()), rel=1e-5))
