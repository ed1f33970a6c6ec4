"""One number of a feature map by hand, equal to what the layer gives."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from netinspect.errors import InputError
from netinspect.network.load import load
from netinspect.torch_backend.batches import noise
from netinspect.torch_backend.build import build
from netinspect.torch_backend.studies.worked import parse_unit, worked_convolution

CASES = [
    ("[3, 9, 9]", "Conv2d(4, kernel_size=3)", (3, 5, 6)),
    ("[3, 9, 9]", "Conv2d(4, kernel_size=3, padding=1, stride=2)", (0, 0, 4)),
    ("[4, 9, 8]", "Conv2d(8, kernel_size=(3, 2), padding=(2, 1), dilation=(2, 1), groups=2)", (5, 0, 8)),
    ("[3, 9, 9]", "Conv2d(4, kernel_size=3, dilation=2, padding=same, bias=False)", (1, 8, 8)),
    ("[3, 9, 9]", "Conv2d(4, kernel_size=3, padding=1, padding_mode='reflect')", (2, 0, 0)),
    ("[3, 9, 9]", "Conv2d(4, kernel_size=3, padding=1, padding_mode='circular')", (2, 0, 8)),
    ("[6, 5, 5]", "Conv2d(6, kernel_size=3, groups=6)", (4, 1, 2)),
    ("[2, 20]", "Conv1d(4, kernel_size=5, stride=3, padding=2)", (3, 0)),
    ("[2, 4, 5, 6]", "Conv3d(3, kernel_size=2)", (2, 1, 2, 3)),
]


@pytest.mark.parametrize(("shape", "layer", "unit"), CASES)
def test_products_add_up_to_the_layers_output(network, shape, layer, unit):
    net = network(f"input: {shape}\nlayers:\n  - conv: {layer}\n")
    worked = worked_convolution(build(net), net, noise(net, samples=2), "conv", unit)
    assert worked.sum + worked.bias == pytest.approx(worked.output, abs=1e-5)
    assert np.allclose(worked.products, worked.patch * worked.kernel, atol=1e-6)
    assert worked.products.sum() == pytest.approx(worked.sum, abs=1e-5)
    assert worked.patch.shape == worked.kernel.shape


# The lecture's: a picture of 4×4 and a kernel of 3×3, 1 on the diagonal and -1 elsewhere.
DIAGONAL = 2 * np.eye(4, dtype=np.float32) - 1


def convolved(net, given, kernel):
    """Every output of the only channel, each worked out by itself, as rows; `given` (4, 4)."""
    model = build(net)
    with torch.no_grad():
        model.conv.weight.copy_(torch.from_numpy(kernel.copy()))
    prepared = [replace(one, array=given[None, None]) for one in noise(net)]
    height, width = net.calls[0].outputs[0].type.shape[2:]
    return [
        [worked_convolution(model, net, prepared, "conv", (0, row, column)).sum for column in range(width)]
        for row in range(height)
    ]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("", [[9, -1], [-1, 9]]),
        (", padding=1", [[4, -2, 0, 2], [-2, 9, -1, 0], [0, -1, 9, -2], [2, 0, -2, 4]]),
        (", padding=1, stride=2", [[4, 0], [0, 9]]),
        (", padding=1, stride=3", [[4, 2], [2, 4]]),
    ],
)
def test_the_lectures_diagonal(network, how, expected):
    net = network(f"input: [1, 4, 4]\nlayers:\n  - conv: Conv2d(1, kernel_size=3, bias=False{how})\n")
    assert convolved(net, DIAGONAL, DIAGONAL[:3, :3]) == expected


def test_the_lectures_mirrored_pair(network):
    net = network("input: [1, 4, 4]\nlayers:\n  - conv: Conv2d(1, kernel_size=3, bias=False)\n")
    assert convolved(net, DIAGONAL[:, ::-1].copy(), DIAGONAL[:3, 2::-1]) == [[-1, 9], [9, -1]]


def test_the_patch_is_the_input_there(network):
    net = network("input: [4, 9, 9]\nlayers:\n  - conv: Conv2d(4, kernel_size=3, padding=1, stride=2, groups=2)\n")
    prepared = noise(net)
    worked = worked_convolution(build(net), net, prepared, "conv", (3, 0, 2))
    assert (worked.start, worked.dilation, worked.channels) == ((-1, 3), (1, 1), (2, 4))
    assert not worked.patch[:, 0].any()
    assert np.array_equal(worked.patch[:, 1:], prepared[0].array[0, 2:4, 0:2, 3:6])


def test_deeper_layers_see_the_map_before_them():
    net = load("lenet5")
    worked = worked_convolution(build(net), net, noise(net), *parse_unit("C3:3,5,7", net))
    assert worked.patch.shape == (6, 5, 5)
    assert worked.sum + worked.bias == pytest.approx(worked.output, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("C3", "--unit C3: write LAYER:CHANNEL,ROW,COLUMN, such as --unit conv2:3,5,7"),
        ("C3:3,x,7", "write LAYER:CHANNEL,ROW,COLUMN"),
        ("C3:3,-5,7", "write LAYER:CHANNEL,ROW,COLUMN"),
        ("C4:3,5,7", "there is no layer `C4`; did you mean"),
        ("C3:3,5", "`C3` has no unit 3,5: its map is 16×10×10, from 0,0,0 to 15,9,9"),
        ("C3:16,5,7", "`C3` has no unit 16,5,7"),
        ("F6:3", "`F6` is Linear; a worked example needs one of Conv1d, Conv2d, Conv3d"),
    ],
)
def test_units_that_are_none(text, message):
    with pytest.raises(InputError) as caught:
        parse_unit(text, load("lenet5"))
    assert message in str(caught.value)


def test_the_unit_is_checked_by_the_function_too():
    net = load("lenet5")
    with pytest.raises(InputError, match="has no unit"):
        worked_convolution(build(net), net, noise(net), "C3", (99, 0, 0))
