"""Shift in, shift out: exact for convolutions away from the border, and not for what depends on the place."""

import pytest

from netinspect.network.load import load
from netinspect.torch_backend.batches import noise
from netinspect.torch_backend.build import build
from netinspect.torch_backend.studies.equivariance import equivariance, kept_bytes


def rows_of(net, **options):
    return {row.path: row for row in equivariance(build(net), net, noise(net), **options)}


def test_convolutions_and_pooling_are_equivariant_inside(network):
    rows = rows_of(
        network("""
            input: [3, 32, 32]
            layers:
              - conv1: Conv2d(4, kernel_size=5, padding=2)
              - ReLU
              - pool: MaxPool2d(2)
              - conv2: Conv2d(4, kernel_size=3, stride=2, padding=1)
              - up: ConvTranspose2d(4, kernel_size=2, stride=2)
              - Flatten
              - fc: Linear(5)
        """)
    )
    assert list(rows) == ["conv1", "1", "pool", "conv2", "up"]
    assert [(row.axis, row.shift, row.cells) for row in rows.values()] == [
        ("width", 1, 1), ("width", 1, 1), ("width", 2, 1), ("width", 4, 1), ("width", 2, 1),
    ]  # fmt: skip
    for path in ("conv1", "1", "pool", "conv2"):
        assert rows[path].interior < 1e-6
        assert rows[path].everywhere > 0.01  # the border is padded with zeros
    assert rows["up"].interior > 0.1  # a shift by half of a stride of 4 is none that the net keeps


def test_an_axis_of_one_cell_cannot_be_shifted_along(network):
    net = network("""
        input: {channels: 1, time: 64, width: 1}
        layers:
          - conv: Conv2d(2, kernel_size=(5, 1))
    """)
    assert [(row.axis, row.interior < 1e-6) for row in rows_of(net).values()] == [("time", True)]
    alone = network("input: {channels: 3, height: 1, width: 1}\nlayers:\n  - conv: Conv2d(2, kernel_size=1)\n")
    assert rows_of(alone) == {}


def test_without_padding_all_cells_agree(network):
    rows = rows_of(network("input: [1, 12, 12]\nlayers:\n  - Conv2d(2, kernel_size=3)\n"))
    assert rows["0"].interior == rows["0"].everywhere < 1e-6
    assert rows["0"].type == "Conv2d"


def test_positions_break_it(network):
    rows = rows_of(
        network("""
            input: {channels: 2, time: 16}
            parameters:
              where:
                shape: (1, 2, 16)
                init: normal
            layers:
              - add(input, where)
              - conv: Conv1d(2, kernel_size=1)
        """)
    )
    assert rows["conv"].axis == "time"
    assert rows["conv"].interior > 0.1


def test_upsampling_shifts_by_several_cells(network):
    rows = rows_of(network("input: [1, 8, 8]\nlayers:\n  - up: Upsample(scale_factor=2)\n"))
    assert (rows["up"].shift, rows["up"].cells) == (1, 2)
    assert rows["up"].interior == 0


def test_a_map_that_never_leaves_the_border_has_no_interior():
    rows = rows_of(load("resnet18", input_shapes=[("", (3, 64, 64))]))
    assert rows["conv1"].interior < 1e-5
    assert rows["layer2.0.conv1"].shift == 8
    assert rows["layer2.1.conv2"].interior is None


def test_networks_without_space(network):
    assert rows_of(network("input: [7]\nlayers:\n  - Linear(2)\n")) == {}


def test_chosen_layers_only():
    assert list(rows_of(load("lenet5"), paths=["C3"])) == ["C3"]


def test_the_limit_on_memory_holds():
    from netinspect.errors import InputError

    with pytest.raises(InputError, match="comparing shifted inputs needs about"):
        rows_of(load("lenet5"), memory_limit=1000)


def test_the_maps_of_one_run_are_kept_and_told_beforehand(network):
    layers = "  - a: Conv2d(4, kernel_size=3, padding=1)\n  - Flatten\n  - Linear(3)\n"
    net = network(f"input: [2, 16, 16]\nlayers:\n{layers}")
    assert kept_bytes(net) == 4 * 4 * 16 * 16
    assert kept_bytes(network("input: [7]\nlayers:\n  - Linear(2)\n")) == 0
