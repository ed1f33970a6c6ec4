"""Peak activations, against the memories that are alive at once while torch really runs.

Equal to the byte where torch does nothing of its own. Elsewhere torch takes more, never less, for reasons of its
implementation that a figure about the network leaves out: max pooling makes indices that nobody asked for, attention
and recurrent layers make temporary tensors inside, and a module's caller holds its input until it returns. These
stay within a factor of two on every network of the gallery.
"""

import weakref

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import netinspect

EXACT = (
    "mlp", "cnn64", "alexnet", "resnet18", "logmel_cnn", "unet", "squeezenet1_1", "self_attention", "diffusion_unet",
)  # fmt: skip
WITHIN = ("lenet", "mobilenet_v2", "crepe_tiny", "densenet121", "googlenet", "lstm", "bilstm", "transformer")


class Alive(TorchDispatchMode):
    """The bytes of the tensors that are alive, and the most they have been; what is `known` is left out."""

    def __init__(self, known):
        super().__init__()
        self.known = {tensor.untyped_storage()._cdata for tensor in known}
        self.sizes = {}
        self.bytes = 0
        self.peak = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                self._born(tensor.untyped_storage())
        return result

    def _born(self, storage):
        place = storage._cdata
        if place in self.known or place in self.sizes:
            return
        self.sizes[place] = storage.nbytes()
        self.bytes += storage.nbytes()
        self.peak = max(self.peak, self.bytes)
        weakref.finalize(storage, self._died, place)

    def _died(self, place):
        self.bytes -= self.sizes.pop(place)


def peaks(name):
    """Our figure, and torch's for one run in inference; the caller holds the inputs throughout."""
    network = netinspect.load(name)
    model = network.build().eval()
    given = [
        torch.randn(each.value.type.shape) if each.value.type.is_float else torch.zeros(each.value.type.shape).long()
        for each in network.graph.inputs
    ]
    with torch.no_grad(), Alive([*model.parameters(), *model.buffers(), *given]) as alive:
        model(*given)
    return network.profile().totals.peak_activation_bytes, alive.peak + sum(tensor.nbytes for tensor in given)


@pytest.mark.parametrize("name", EXACT)
def test_the_peak_is_torchs_to_the_byte(name):
    ours, torchs = peaks(name)
    assert ours == torchs


@pytest.mark.parametrize("name", WITHIN)
def test_torch_takes_no_less_and_less_than_twice_as_much(name):
    ours, torchs = peaks(name)
    assert ours < torchs < 2 * ours


def test_max_pooling_makes_indices_that_the_network_does_not_ask_for():
    ours, torchs = peaks("lenet")
    assert torchs - ours == 6 * 14 * 14 * 8
