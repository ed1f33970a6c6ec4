"""Every class of torch.nn is a layer or refused by name, and takes torch's arguments, in torch's order; nonsense that
torch accepts is refused."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch

from netinspect import catalogue
from netinspect.catalogue.entry import REQUIRED, Fault
from netinspect.catalogue.refused import KERAS, REFUSED
from netinspect.catalogue.signature import Each, Either, Many, Maybe
from tests.catalogue import engine
from tests.catalogue.layer_cases import LAYERS, case

# --- signatures -----------------------------------------------------------------------------------

LEFT_OUT = {
    "device", "dtype",  # a spec says neither
    "_weight", "_freeze", "_random_samples",  # tensors and torch's own
    "min_value", "max_value",  # Hardtanh's old names
    "args", "kwargs",  # ignored by Identity, Sigmoid, Tanh …
}  # fmt: skip


@pytest.mark.parametrize("entry", LAYERS.values(), ids=LAYERS)
def test_arguments_stand_in_torchs_order_with_torchs_defaults(entry):
    theirs = inspect.signature(getattr(torch.nn, entry.name)).parameters
    assert [a.name for a in entry.arguments] == [name for name in theirs if name not in LEFT_OUT]
    for argument in entry.arguments:
        parameter = theirs[argument.name]
        assert argument.keyword_only == (parameter.kind is parameter.KEYWORD_ONLY), argument.name
        if parameter.default is parameter.empty:
            assert argument.inferred or argument.default is REQUIRED, argument.name
        elif not argument.must_say:
            assert argument.default == (parameter.default if parameter.default is None
                                        else argument.kind.check(parameter.default)), argument.name  # fmt: skip


@pytest.mark.parametrize("entry", LAYERS.values(), ids=LAYERS)
def test_the_call_takes_torchs_arguments_in_torchs_order(entry):
    theirs = inspect.signature(getattr(torch.nn, entry.name).forward).parameters
    assert [a.name for a in entry.forward] == [name for name in theirs if name != "self"]
    assert all((a.default is REQUIRED) == (theirs[a.name].default is inspect.Parameter.empty) for a in entry.forward)


def test_values_without_names_are_torchs_without_the_sizes_that_are_inferred():
    for entry in LAYERS.values():
        names = [a.name for a in entry.arguments if not a.keyword_only]
        short = [a.name for a in entry.arguments if not a.keyword_only and not a.inferred]
        if not any(a.inferred for a in entry.arguments):
            assert list(entry.unnamed) == names, entry.name
        elif "BatchNorm" in entry.name or entry.name.startswith(("InstanceNorm", "LayerNorm", "RMSNorm")):
            assert entry.unnamed == (names[0],), entry.name
        elif entry.name in ("LSTM", "GRU", "RNN") or entry.name.endswith("Cell") or entry.family == "normalisation":
            assert list(entry.unnamed) == short[:1], entry.name
        elif entry.family in ("attention", "transformer"):
            assert entry.unnamed == (), entry.name
        else:
            assert list(entry.unnamed) == short, entry.name


def test_the_trap_defaults_must_be_said():
    said = {entry.name for entry in LAYERS.values() for a in entry.arguments if a.must_say and a.why}
    assert said == {"Softmax", "LogSoftmax", "Softmin"}


# --- the whole of torch.nn -------------------------------------------------------------------------


def _modules() -> dict[str, type]:
    found = {name: getattr(torch.nn, name) for name in dir(torch.nn)}
    return {n: c for n, c in found.items() if isinstance(c, type) and issubclass(c, torch.nn.Module)}


def test_every_class_of_torch_nn_is_a_layer_or_refused_by_name():
    classes = set(_modules())
    assert classes <= set(catalogue.LAYERS) | set(REFUSED)
    assert not set(catalogue.LAYERS) & set(REFUSED)
    assert {entry.torch for entry in catalogue.LAYERS.values()} <= {f"torch.nn.{name}" for name in classes}


def test_every_name_that_torch_nn_modules_exports_is_there_too():
    names = {name for name in torch.nn.modules.__all__ if isinstance(getattr(torch.nn.modules, name), type)}
    modules = {name for name in names if issubclass(getattr(torch.nn.modules, name), torch.nn.Module)}
    assert modules <= set(catalogue.LAYERS) | set(REFUSED)


def _functions() -> set[str]:
    """What torch.nn.functional defines or takes over from torch, without what serves its own ends."""
    own = {"has_torch_function", "has_torch_function_unary", "has_torch_function_variadic", "handle_torch_function",
           "assert_int_or_pair", "boolean_dispatch"}  # fmt: skip
    found = {name: value for name, value in vars(torch.nn.functional).items() if callable(value)}
    others = ("typing", "importlib", "torch._jit_internal", "torch.overrides")
    return {
        name for name, value in found.items()
        if not name.startswith("_") and name not in own and not isinstance(value, type)
        and (getattr(value, "__module__", None) or "").split(".torch")[0] not in others
    }  # fmt: skip


def test_every_function_of_torch_nn_functional_is_a_function_or_refused_by_name():
    assert len(_functions()) > 100
    assert sorted(_functions() - set(catalogue.FUNCTIONS) - set(REFUSED)) == []
    assert not set(catalogue.FUNCTIONS) & set(REFUSED)


KINDS = (
    "add sub mul div cat stack split chunk reshape flatten permute transpose squeeze expand sum mean amax prod matmul "
    "bmm einsum softmax scaled_dot_product_attention interpolate pad roll arange exp sin cos layer_norm group_norm "
    "batch_norm conv1d conv2d conv3d conv_transpose2d linear getitem narrow select"
).split()


def test_every_kind_of_function_that_real_networks_use_is_there():
    assert set(KINDS) <= set(catalogue.FUNCTIONS)
    assert len(catalogue.FUNCTIONS) >= 80


def test_a_refusal_says_what_to_do_instead():
    assert all(reason and not reason.endswith(".") for reason in REFUSED.values())
    for name, ours in KERAS.items():
        assert ours.partition("(")[0] in {**catalogue.LAYERS, **catalogue.FUNCTIONS}, name
        assert name not in catalogue.LAYERS, name


def test_no_keras_name_is_one_of_ours():
    assert not set(KERAS) & (set(catalogue.LAYERS) | set(catalogue.FUNCTIONS) | set(REFUSED))


@pytest.mark.parametrize("entry", LAYERS.values(), ids=LAYERS)
def test_an_entry_is_documented(entry):
    assert entry.is_layer
    assert entry.torch == f"torch.nn.{entry.name}"
    assert entry.summary.endswith(".")
    assert entry.name in entry.example
    assert entry.example_inputs
    assert all(x.shape[0] == 2 for x in entry.example_inputs)


# --- what torch accepts and nobody means -----------------------------------------------------------

NONSENSE = {
    "Whole": (True, 1.0, 0.5, "3", None), "Real": (True, "0.1", None, float("nan"), float("inf")),
    "Flag": (0, 1, "yes", None), "Word": (True, 1, "", "Same", None),
}  # fmt: skip


def _innermost(kind: Any) -> Any:
    while isinstance(kind, Each | Many | Maybe | Either):
        kind = kind.kinds[0] if isinstance(kind, Either) else kind.kind
    return kind


@pytest.mark.parametrize("entry", LAYERS.values(), ids=LAYERS)
def test_an_argument_of_the_wrong_type_is_refused(entry):
    for argument in entry.arguments:
        inner = type(_innermost(argument.kind)).__name__
        for value in NONSENSE[inner]:
            if value is None and isinstance(argument.kind, Maybe):
                continue
            if value is None and isinstance(argument.kind, Each) and isinstance(argument.kind.kind, Maybe):
                continue
            if value == float("inf") and getattr(_innermost(argument.kind), "can_be_infinite", False):
                continue
            with pytest.raises(Fault) as refusal:
                argument.kind.check(value)
            assert refusal.value.code in ("E205", "E211", "E212", "E213", "E214"), (argument.name, value)


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        ("Conv2d", "kernel_size", 0), ("Conv2d", "kernel_size", (3, 0)), ("Conv2d", "stride", 0), ("Conv2d",
         "padding", -1),
        ("Conv2d", "out_channels", 0), ("Conv2d", "kernel_size", 65_537), ("Conv2d", "groups", 0), ("Linear",
         "out_features", 0),
        ("Dropout", "p", 1.5), ("Dropout", "p", -0.1), ("MaxPool2d", "kernel_size", 0), ("MaxPool2d", "stride", 0),
        ("Embedding", "num_embeddings", 0), ("BatchNorm2d", "eps", 0), ("BatchNorm2d", "momentum", 2), ("LayerNorm",
         "eps", -1),
        ("AdaptiveAvgPool2d", "output_size", 0), ("PixelShuffle", "upscale_factor", 0), ("Upsample", "scale_factor", 0),
        ("FractionalMaxPool2d", "output_ratio", 1.0), ("GroupNorm", "num_groups", 0), ("LocalResponseNorm", "size", 0),
    ],
)  # fmt: skip
def test_a_number_out_of_range_is_refused(name, argument, value):
    with pytest.raises(Fault) as refusal:
        LAYERS[name].argument(argument).kind.check(value)
    assert refusal.value.code == "E211"


def test_a_hostile_pooling_window_is_refused():
    for given_ in ({"kernel_size": 2**31 - 1}, {"kernel_size": 2**31 - 1, "ceil_mode": True}):
        with pytest.raises(Fault) as refusal:
            engine.ask(case("MaxPool2d", (1, 1, 4, 4), **given_))
        assert refusal.value.code == "E302"
    with pytest.raises(Fault):
        engine.ask(case("MaxPool2d", (1, 1, 4, 4), kernel_size=2**31 - 1, padding=2**30 - 1))
