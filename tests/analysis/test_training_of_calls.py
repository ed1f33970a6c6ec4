"""What one call keeps for backward, against autograd's hooks on the CPU, and its backward MACs, against what
FlopCounterMode counts on the meta device: whichever of the inputs and of the parameters take a gradient."""

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
from tests.catalogue.torch_side import flat

PROVES = "NETINSPECT_PROVE" in os.environ
ENTRIES = {**FUNCTIONS, **LAYERS}
ALONE = ("Linear", "Bilinear", "RMSNorm", "LayerNorm", "GroupNorm", "Conv1d", "Conv2d", "ConvTranspose1d")
PRODUCTS = (
    "mul", "div", "matmul", "bmm", "mm", "baddbmm", "addmm", "einsum", "linear", "rms_norm", "conv1d",
    "scaled_dot_product_attention", "cosine_similarity", "EmbeddingBag",
)  # fmt: skip
FEW, MANY = 4, 12
"""Of so many parameters every choice is tried, and of so many each alone: the choices grow with their number."""
STEPS = 131
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
        yield from (({}, case) for case in function_cases.CASES[name] if not _is_apart(case))
    else:
        names = [argument.name for argument in LAYERS[name].forward]
        for case in layer_cases.CASES:
            if case.entry.name == name:
                yield case.given, dict(zip(names, case.operands, strict=False))
    for other, arguments, shapes in TIME_FIRST_ALREADY:
        if name == other:
            yield arguments, {key: TensorType(shape) for key, shape in shapes.items()}


def _is_apart(case):
    """Numbers are float32 here."""
    types = [each for each in flat(tuple(case.values())) if isinstance(each, TensorType)]
    return any(each.dtype not in ("float32", "int64", "bool") for each in types)


def trainings(name):
    """Every case with every choice of the inputs that take a gradient and of the parameters that are trained: a part of
    them, in which each of these varies, outside `make prove`."""
    every = (
        (case, taken, trained)
        for case in cases(name)
        for trained in choices(parameters(name, case))
        for taken in range(2 ** sum(_takes_gradients(each) for each in flat(tuple(case[1].values()))))
    )
    return itertools.islice(every, 0, None, 1 if PROVES or name not in sequence_cases.CASES else STEPS)


def parameters(name, case):
    """The names of the parameters of a call, none where the catalogue refuses it."""
    pair = calling(ENTRIES[name], *case)
    return [weight.name for weight in pair[0].calls[0].result.parameters] if pair else []


def choices(names):
    """All choices of a few names; of more, none, every second and all, and, but of many, one and all but one."""
    if len(names) <= FEW:
        return [part for size in range(len(names), -1, -1) for part in itertools.combinations(names, size)]
    ones = names if len(names) <= MANY else ()
    but_one = [tuple(other for other in names if other != name) for name in ones]
    return [tuple(names), (), tuple(names[::2]), *((name,) for name in ones), *but_one]


def _takes_gradients(operand):
    return isinstance(operand, TensorType) and operand.is_float


def gradients_of(call, taken, trained):
    """`taken` has a bit for each input of floats that takes a gradient."""
    floats = [value for value in call.inputs if value.type.is_float]
    taking = {value for place, value in enumerate(floats) if taken >> place & 1}
    learners = {call: frozenset(trained)} if trained else {}
    outputs = [value for value in call.outputs if value.type.is_float] if taking or trained else []
    return Gradients(frozenset((*taking, *outputs)), learners), taking


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
        output = output[0] if isinstance(output, tuple) else output
        if output.requires_grad:  # a mask that is only said to be causal is not read
            output.sum().backward()
    return (counter.get_total_flops() - forward) // 2


@pytest.mark.slow
@pytest.mark.parametrize("name", [*sequence_cases.CASES, *ALONE, *PRODUCTS])
def test_a_call_keeps_and_costs_in_training_what_torch_says(name):
    compared = 0
    for (arguments, forward), taken, trained in trainings(name):
        pair = calling(ENTRIES[name], arguments, forward)
        if pair is None or any(size == 0 for value in pair[0].calls[0].inputs for size in value.type.shape):
            continue
        network, model = pair
        (call,) = network.calls
        gradients, taking = gradients_of(call, taken, trained)
        if not taking and not gradients.learners:
            continue
        for key, parameter in model.named_parameters():
            parameter.requires_grad_(key.removeprefix("target.") in gradients.learners.get(call, ()))
        kept = kept_by_autograd(*prepared(model, call, taking, "cpu"))
        case = arguments, forward, taken, gradients.learners
        assert saved_activation_bytes(network, "float32", gradients) == kept, case
        compared += 1
        if call.result.macs.value and name not in MISCOUNTED and arguments.get("groups", 1) == forward.get("groups", 1):
            counted = counted_by_torch(*prepared(model, call, taking, "meta"))
            assert backward_macs(network, gradients) == counted, case
    assert compared
