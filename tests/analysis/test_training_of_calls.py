"""What one call keeps for backward, against autograd's hooks on the CPU, and its backward MACs, against what
FlopCounterMode counts on the meta device: where the inputs take a gradient, and where they are the network's own."""

from __future__ import annotations

import itertools
import os
import warnings

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from netinspect.analysis.gradient import Gradients, backward_macs
from netinspect.analysis.memory import saved_activation_bytes
from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.catalogue.entry import TensorType
from tests.catalogue import function_cases, layer_cases, sequence_cases
from tests.catalogue.exceptions import MISCOUNTED
from tests.catalogue.single_call import calling
from tests.catalogue.test_functions import is_copied
from tests.catalogue.torch_side import flat

PROVES = "NETINSPECT_PROVE" in os.environ
ENTRIES = {**FUNCTIONS, **LAYERS}
ALONE = ("Linear", "RMSNorm", "LayerNorm", "Conv1d", "Conv2d", "ConvTranspose1d")
PRODUCTS = ("mul", "div", "matmul", "bmm", "mm", "baddbmm", "addmm", "einsum", "linear", "rms_norm", "conv1d")
TIME_FIRST_ALREADY = (
    ("GRU", {"hidden_size": 5, "batch_first": True, "bidirectional": True}, {"input": (1, 4, 7)}),
    ("LSTM", {"hidden_size": 5, "batch_first": True, "num_layers": 2}, {"input": (3, 1, 7)}),
    ("MultiheadAttention", {"num_heads": 2, "batch_first": True}, {"query": (1, 5, 8)}),
    ("TransformerDecoder", {"nhead": 2, "num_layers": 2, "batch_first": True, "dim_feedforward": 6},
     {"tgt": (1, 5, 8), "memory": (1, 4, 8)}),
)  # fmt: skip


def cases(name):
    """Constructor's arguments and the tensors of the call."""
    if name in sequence_cases.CASES:
        yield from sequence_cases.CASES[name]
    elif name in FUNCTIONS:
        yield from (({}, case) for case in function_cases.CASES[name] if not _is_apart(name, case))
    else:
        names = [argument.name for argument in LAYERS[name].forward]
        for case in layer_cases.CASES:
            if case.entry.name == name:
                yield case.given, dict(zip(names, case.operands, strict=False))
    for other, arguments, shapes in TIME_FIRST_ALREADY:
        if name == other:
            yield arguments, {key: TensorType(shape) for key, shape in shapes.items()}


def chosen(name):
    """All of the many cases of layers over sequences in `make prove`, else a part in which every argument varies."""
    return itertools.islice(cases(name), 0, None, 1 if PROVES or name not in sequence_cases.CASES else 7)


def _is_apart(name, case):
    """Copies for broadcasting, and products of three, are not followed; numbers are float32 here."""
    types = [each for each in flat(tuple(case.values())) if isinstance(each, TensorType)]
    return any(each.dtype != "float32" for each in types) or is_copied(name, case)


def gradients_of(call, are_taken):
    """Of a network in which the call's inputs take a gradient (but for masks), or none does."""
    names = [a.name for a, operand in zip(call.entry.forward, call.forward, strict=True) if operand in call.inputs]
    taking = [
        value
        for value, name in zip(call.inputs, names if len(names) == len(call.inputs) else "_" * 9, strict=False)
        if are_taken and value.type.is_float and "mask" not in name
    ]
    learners = frozenset((call,)) if call.result.parameters else frozenset()
    outputs = [value for value in call.outputs if value.type.is_float] if taking or learners else []
    return Gradients(frozenset((*taking, *outputs)), learners), set(taking)


def prepared(model, call, taking, device):
    """The model in training, and its inputs: those that take a gradient are made from leaves."""
    distinct = dict.fromkeys(call.inputs)
    model = model.to(device).train()
    inputs = []
    for value, tensor in zip(distinct, model.tensors, strict=True):
        leaf = tensor.to(device).clone()
        inputs.append(leaf.requires_grad_().clone() if value in taking else leaf)
    return model, inputs


def kept_by_autograd(model, inputs):
    own = {parameter.untyped_storage().data_ptr() for parameter in (*model.parameters(), *model.buffers())}
    kept = {}

    def pack(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mkldnn.flags warns of an Intel GPU that is not there
        without = torch.backends.mkldnn.flags(enabled=False)
        with without, torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            output = model(*inputs)
    assert output is not None
    return sum(tensor.untyped_storage().nbytes() for place, tensor in kept.items() if place not in own)


def counted_by_torch(model, inputs):
    with FlopCounterMode(display=False) as counter:
        output = model(*inputs)
        forward = counter.get_total_flops()
        (output[0] if isinstance(output, tuple) else output).sum().backward()
    return (counter.get_total_flops() - forward) // 2


@pytest.mark.parametrize("are_taken", [False, True])
@pytest.mark.parametrize("name", [*sequence_cases.CASES, *ALONE, *PRODUCTS])
def test_a_call_keeps_and_costs_in_training_what_torch_says(name, are_taken):
    compared = 0
    for arguments, forward in chosen(name):
        pair = calling(ENTRIES[name], arguments, forward)
        if pair is None or any(size == 0 for value in pair[0].calls[0].inputs for size in value.type.shape):
            continue
        network, model = pair
        (call,) = network.calls
        gradients, taking = gradients_of(call, are_taken)
        if not taking and not gradients.learners:
            continue
        kept = kept_by_autograd(*prepared(model, call, taking, "cpu"))
        assert saved_activation_bytes(network, "float32", gradients) == kept, (arguments, forward)
        compared += 1
        if call.result.macs.value and name not in MISCOUNTED and arguments.get("groups", 1) == forward.get("groups", 1):
            counted = counted_by_torch(*prepared(model, call, taking, "meta"))
            assert backward_macs(network, gradients) == counted, (arguments, forward)
    assert compared or not are_taken
