"""What a unit sees, cut out of the input."""

import numpy as np
import pytest
import torch

from netinspect.analysis.receptive_field import sights
from netinspect.inputs.fields import crop, unit_box
from netinspect.recording import OUTSIDE, Prepared
from netinspect.torch_backend.batches import batch, noise
from netinspect.torch_backend.build import build

NET = """
    input: [1, 16, 12]
    layers:
      - conv1: Conv2d(2, kernel_size=3, padding=1)
      - pool: MaxPool2d(2)
      - conv2: Conv2d(3, kernel_size=3, padding=1)
      - Flatten
      - fc: Linear(2)
"""


def box_of(net, path, *index):
    call = next(call for call in net.calls if call.path == path)
    return unit_box(sights(net)[call.outputs[0]], net.inputs[0], (0, *index))


def test_boxes(network):
    net = network(NET)
    assert box_of(net, "conv1", 0, 0, 5) == ((-1, 1), (4, 6))
    assert box_of(net, "pool", 1, 3, 2) == ((5, 8), (3, 6))
    assert box_of(net, "conv2", 2, 0, 5) == ((-3, 4), (7, 14))
    assert box_of(net, "fc", 1) == ((0, 15), (0, 11))


@pytest.mark.parametrize("unit", [(0, 0, 0), (2, 3, 4), (1, 7, 5)])
def test_the_gradient_lies_in_the_box_and_nowhere_else(network, unit):
    net = network(NET.replace("MaxPool2d", "AvgPool2d"))
    model = build(net)
    (x,) = batch(net, noise(net))
    x.requires_grad_()
    model[2](model[1](model[0](x)))[(0, *unit)].backward()
    rows, columns = np.nonzero(x.grad[0, 0].numpy())
    (top, bottom), (left, right) = box_of(net, "conv2", *unit)
    assert (rows.min(), rows.max()) == (max(top, 0), min(bottom, 15))
    assert (columns.min(), columns.max()) == (max(left, 0), min(right, 11))


PIXELS = np.arange(48, dtype=np.uint8).reshape(6, 8)


@pytest.mark.parametrize(
    ("box", "inside", "where"),
    [
        (((1, 3), (2, 6)), PIXELS[1:4, 2:7], (slice(None), slice(None))),
        (((-2, 1), (0, 7)), PIXELS[:2], (slice(2, None), slice(None))),
        (((4, 8), (-1, 9)), PIXELS[4:], (slice(0, 2), slice(1, 9))),
    ],
)
def test_crops_are_grey_outside(box, inside, where):
    prepared = Prepared("input", "x", np.zeros((1, 1, 6, 8)), ("channels", "height", "width"), picture=PIXELS)
    cut = crop(prepared, 0, box)
    assert cut.shape == tuple(last - first + 1 for first, last in box)
    assert np.array_equal(cut[where], inside)
    outside = np.full(cut.shape, True)
    outside[where] = False
    assert (cut[outside] == OUTSIDE).all()


def test_a_box_that_misses_the_picture_is_grey_all_over():
    prepared = Prepared("input", "x", np.zeros((1, 1, 6, 8)), ("channels", "height", "width"), picture=PIXELS)
    for box in (((-5, -3), (0, 1)), ((9, 11), (2, 3))):
        cut = crop(prepared, 0, box)
        assert (cut == OUTSIDE).all()
        assert cut.shape == (3, 2)


def test_colour_and_arrays():
    picture = np.dstack([PIXELS] * 3)
    prepared = Prepared("input", "x", np.zeros((1, 3, 6, 8)), ("channels", "height", "width"), picture=picture)
    assert crop(prepared, 0, ((0, 1), (6, 9))).shape == (2, 4, 3)
    sound = Prepared("input", "x", np.arange(20.0).reshape(2, 1, 10), ("channels", "time"))
    cut = crop(sound, 1, ((7, 11),))
    assert cut.shape == (1, 5)
    assert cut[0, :3].tolist() == [17, 18, 19]
    assert np.isnan(cut[0, 3:]).all()


def test_torch_is_not_needed_to_cut():
    assert not isinstance(crop(Prepared("i", "x", np.zeros((1, 4)), ("features",)), 0, ()), torch.Tensor)


def test_of_an_input_of_one_number_all_is_cut():
    numbers = Prepared("x", "x.npy", np.float32([1.5, 2.5]), ())
    assert crop(numbers, 1, ()) == 2.5
