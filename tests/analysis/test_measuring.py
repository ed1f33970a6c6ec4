"""What measuring would take, told before it is taken."""

import pytest

from netinspect.analysis.equivalents import convolution, convolutions
from netinspect.analysis.measuring import Limits, distinct, memory_bytes, need_memory
from netinspect.errors import InputError
from netinspect.network import load
from netinspect.network.load import one_layer


def test_memory_counts_the_matrix_where_it_is_made():
    (call,) = convolutions(one_layer("Conv2d(1, kernel_size=3, padding=1)", [((1, 100, 100), "float32")]))
    sizes = convolution(call)
    with_matrix, without = (memory_bytes(sizes, backward=False, with_matrix=made) for made in (True, False))
    tensors = 4 * 3 * (100 * 100 + 100 * 100)  # input, output and their copies for two forms, in bytes
    assert with_matrix == tensors + 4 * (100 * 100) * (100 * 100)
    assert without == tensors + 4 * 2 * 9 * (100 * 100)
    assert memory_bytes(sizes, backward=True, with_matrix=True) == 2 * with_matrix


def test_what_needs_too_much_is_refused_with_the_estimate():
    network = one_layer("Conv2d(64, kernel_size=3, padding=1)", [((64, 512, 512), "float32")])
    with pytest.raises(InputError, match=r"GiB of memory, and 1\.00 GiB are allowed"):
        need_memory(network, Limits(backward=False, most_weight_bytes=2**20, most_memory=2**30))
    need_memory(network, Limits(backward=False, most_weight_bytes=2**20, most_memory=2**40))
    need_memory(network, Limits(backward=False, most_weight_bytes=2**20, most_memory=None))


def test_alike_convolutions_are_measured_once():
    network = load("resnet18")
    assert len(list(distinct(network))) < len(convolutions(network)) == 20
