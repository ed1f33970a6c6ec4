"""What a person reads of tensor functions: formulas, what must be said, and mistakes with their codes and remedies."""

from __future__ import annotations

import pytest
import torch

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.catalogue.entry import REQUIRED, Fault
from netinspect.catalogue.entry import TensorType as T
from netinspect.catalogue.signature import AXIS, TENSORS, Spread, Tensor, TensorOrNumber
from netinspect.torch_backend.functions import torch_object
from tests.catalogue.function_cases import Case
from tests.catalogue.torch_side import ours, refused


def test_formulas_show_their_sizes() -> None:
    heads = T((1, 12, 1024, 64))
    attention = ours(FUNCTIONS["scaled_dot_product_attention"], {"query": heads, "key": heads, "value": heads})
    assert str(attention.macs) == "2·12·1024·1024·64"
    assert str(ours(FUNCTIONS["matmul"], {"input": T((1, 8, 4)), "other": T((4, 5))}).macs) == "8·5·4"
    equation = {"equation": "bij,bjk->bik", "operands": (T((2, 3, 4)), T((2, 4, 5)))}
    assert int(ours(FUNCTIONS["einsum"], equation).macs) == 2 * 3 * 4 * 5


def test_trap_defaults_have_to_be_said() -> None:
    traps = ("cat", "stack", "softmax", "log_softmax", "sum", "mean", "amax", "split", "chunk", "squeeze")
    for name in traps:
        dim = FUNCTIONS[name].argument("dim")
        assert dim is not None
        assert dim.must_say, name
    start = FUNCTIONS["flatten"].argument("start_dim")
    assert start is not None
    assert start.must_say


def test_variadic_values_come_one_by_one_or_as_one_tuple() -> None:
    assert Spread(AXIS).check((0, 2, 1)) == Spread(AXIS).check(((0, 2, 1),)) == (0, 2, 1)
    assert TENSORS.check((T((2,)), T((3,)))) == TENSORS.check(((T((2,)), T((3,))),)) == (T((2,)), T((3,)))
    assert TENSORS.check((T((2,)),)) == (T((2,)),)


LISTS = ("split", "chunk", "unbind", "tensor_split", "meshgrid")


def test_lists_are_marked() -> None:
    assert {name for name, entry in FUNCTIONS.items() if entry.gives_list} == set(LISTS)


X = T((2, 64, 56, 56))


@pytest.mark.parametrize(
    ("name", "case", "code"),
    [
        ("add", {"input": X, "other": T((2, 128, 28, 28))}, "E303"),
        ("add", {"input": 1, "other": 2}, "E216"),
        ("cat", {"tensors": (X, T((2, 64, 28, 56))), "dim": 1}, "E304"),
        ("cat", {"tensors": (X, X), "dim": 4}, "E215"),
        ("stack", {"tensors": (X, T((2, 64, 28, 56))), "dim": 1}, "E304"),
        ("reshape", {"input": T((2, 10)), "shape": (2, 3)}, "E308"),
        ("unflatten", {"input": T((2, 10)), "dim": 1, "sizes": (3, 4)}, "E308"),
        ("matmul", {"input": T((2, 10)), "other": T((5, 4))}, "E309"),
        ("einsum", {"equation": "ij,jk->ik", "operands": (T((2, 10)), T((5, 4)))}, "E309"),
        ("linear", {"input": T((2, 10)), "weight": T((4, 5))}, "E309"),
        ("conv2d", {"input": X, "weight": T((4, 3, 3, 3))}, "E309"),
        ("permute", {"input": X, "dims": (0, 2, 1)}, "E214"),
        ("getitem", {"input": T((2, 10)), "index": (0, 10)}, "E215"),
        ("getitem", {"input": T((2, 10)), "index": (T((), "int64"),)}, "E305"),
        ("getitem", {"input": T((2, 10)), "index": (0, ("slice", 10, None, None))}, "E302"),
        ("getitem", {"input": T((2, 10)), "index": ("...", "...")}, "E214"),
        ("getitem", {"input": T((2, 10)), "index": (True,)}, "E212"),
        ("getitem", {"input": T((2, 10)), "index": (0.5,)}, "E212"),
        ("getitem", {"input": T((2, 10)), "index": (("slice", 0.5, None, None),)}, "E212"),
        ("getitem", {"input": T((2, 10)), "index": (("slice", None, None, -1),)}, "E211"),
        ("bmm", {"input": T((2, 10)), "mat2": T((2, 10))}, "E305"),
        ("softmax", {"input": T((2, 10), "int64"), "dim": 1}, "E306"),
        ("mean", {"input": T((2, 10), "int64"), "dim": 1}, "E306"),
        ("embedding", {"input": T((2, 10)), "weight": T((4, 5))}, "E306"),
        ("expand", {"input": T((2, 3)), "sizes": (2, 4)}, "E303"),
        ("crop_like", {"input": T((2, 3, 4)), "like": T((2, 3, 9))}, "E303"),
        ("zeros", {"size": (0,)}, "E211"),
        ("unbind", {"input": T((20_000,)), "dim": 0}, "E501"),
    ],
)  # fmt: skip
def test_mistakes_have_their_codes(name: str, case: Case, code: str) -> None:
    assert refused(FUNCTIONS[name], case) == code


@pytest.mark.parametrize(
    ("first", "second", "says", "helps"),
    [
        (
            (2, 64, 56, 56),
            (2, 128, 56, 56),
            "64×56×56 and 128×56×56: 64 and 128 at axis 1",
            "Conv2d with kernel_size=1",
        ),
        ((2, 64, 56, 56), (2, 64, 28, 28), "56 and 28 at axis 2, 56 and 28 at axis 3", "crop_like"),
        ((2, 64, 56, 56), (2, 128, 28, 28), "64 and 128 at axis 1", "the same stride"),
        ((2, 10), (2, 20), "10 and 20: 10 and 20 at axis 1", "Linear"),
        ((2, 5, 10), (2, 10), "2×5×10 and 2×10: 5 and 2 at axis 1", "aligned at their last axis"),
    ],
)
def test_unequal_shapes_say_where_and_what_would_help(
    first: tuple[int, ...], second: tuple[int, ...], says: str, helps: str
) -> None:
    with pytest.raises(Fault) as caught:
        ours(FUNCTIONS["add"], {"input": T(first), "other": T(second)})
    assert says in caught.value.message
    assert helps in (caught.value.help or "")


def test_examples_are_calls_of_their_function() -> None:
    for name, entry in FUNCTIONS.items():
        assert name in entry.example or entry.example == "input[:, -1]"
        assert entry.summary.endswith(".")


def test_a_function_that_needs_a_weight_names_the_layer_that_makes_it() -> None:
    for name, entry in FUNCTIONS.items():
        weight = entry.argument("weight")
        needs_one = weight is not None and weight.default is REQUIRED
        assert bool(entry.layer_with_weight) == (needs_one or name == "batch_norm"), name
        if needs_one:
            layer = LAYERS[entry.layer_with_weight]
            assert layer.name.lower() == name.replace("_", "")


def test_what_takes_a_type_alone_does_not_follow_the_numbers() -> None:
    torch.manual_seed(0)
    checked = set()
    for name, entry in FUNCTIONS.items():
        needed = [argument for argument in entry.forward if argument.default is REQUIRED]
        kinds = [item.dtype for item in entry.example_inputs]
        are_tensors = all(isinstance(argument.kind, Tensor | TensorOrNumber) for argument in needed)
        if not are_tensors or len(needed) != len(kinds) or set(kinds) != {"float32"}:
            continue
        if entry.family == "products" or (len(kinds) < 2 and not entry.type_of) or name == "slice_scatter":
            continue  # factors have shapes of their own; by its defaults slice_scatter writes over all
        tensors = [torch.randn(item.shape).relu() for item in entry.example_inputs]
        call = torch_object(entry.torch)
        for place, tensor in enumerate(tensors):
            others = [*tensors[:place], torch.randn(tensor.shape).relu(), *tensors[place + 1 :]]
            assert torch.equal(call(*tensors), call(*others)) == (place in entry.type_of), name
        checked.add(name)
    assert {name for name, entry in FUNCTIONS.items() if entry.type_of} <= checked | {"full_like"}
