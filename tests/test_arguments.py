"""Every public function answers a wrong argument with an InputError that names it, before it does anything."""

import inspect
from pathlib import Path

import numpy as np
import pytest
import torch

import netinspect
from netinspect.arguments import READERS
from netinspect.notebook import Options

NETWORK = netinspect.load("lenet5")
FUNCTIONS = {
    **{name: value for name in netinspect.__all__ if inspect.isfunction(value := getattr(netinspect, name))},
    **{f"Network.{name}": getattr(NETWORK, name) for name in ("profile", "findings", "build", "verify", "table")},
}
LOOKED_AT_WHERE_TORCH_IS = {"model", "weights", "network", "input", "inputs", "named_inputs"}
RIGHT = {
    "spec": "lenet5", "specs": "lenet5", "baseline": "lenet5", "model": "lenet5", "word": "Conv2d", "kind": "cnn",
    "dataset": "photos", "folder": "out", "unit": "conv1:0,0,0", "text": "layers: [ReLU]",
    "inputs": torch.zeros(1, 1, 32, 32),
}  # fmt: skip
NO_TEXT = (None, 3, 1.5, ["x"], b"x", object())
NO_NUMBER = (None, "2", 1.5, True, float("nan"), [1], 2**63)
WRONG = {
    **dict.fromkeys(("spec", "specs", "baseline", "custom_layers", "dataset", "folder"), ("", *NO_TEXT)),
    **dict.fromkeys(
        ("batch_size", "sample", "max_tiles", "most", "classes", "words", "diagram_width", "max_bytes"),
        (*NO_NUMBER, 0, -1),
    ),
    "seed": (*NO_NUMBER, -1),
    **dict.fromkeys(("gamma", "clip"), (None, "2", [1], float("nan"), float("inf"))),
    **dict.fromkeys(
        ("formula", "expand", "partial", "everything", "save_arrays", "force", "dark"), (None, "no", 1, [])
    ),
    **dict.fromkeys(("columns", "select", "ignore"), (None, "W2", 3, [3], {"W2"})),
    **dict.fromkeys(
        ("variant", "name", "dtype", "optimizer", "kind", "word", "of", "to", "text", "match", "scale", "order", "what",
         "layers", "device", "unit"),
        NO_TEXT,
    ),
    "query": (3, "3,4", (3,), (-1, 0), (0.5, 1), [1, True], None),
    "layer": (1.5, ["x"], b"x"),
    "input_shape": (3, "3,4", [0], [-1], [1.5], ["3"], {"x": 3}, [True]),
    "settings": ([], 3, "depth=3", {3: 4}, {"": 4}, {"depth": object()}, {"depth": float("nan")}, {"depth": None}),
}  # fmt: skip


def parameters(function):
    """Each parameter by its name, those of the options of pictures as well."""
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD and name == "options":
            yield from ((option, parameter) for option in Options.__annotations__)
        else:
            yield name, parameter


CASES = [(function, name) for function in FUNCTIONS for name, _ in parameters(FUNCTIONS[function])]


@pytest.mark.parametrize(("function", "name"), CASES)
def test_each_argument_is_in_the_table(function, name):
    assert name in READERS or name in LOOKED_AT_WHERE_TORCH_IS
    assert name in WRONG or name in LOOKED_AT_WHERE_TORCH_IS


@pytest.mark.parametrize(("function", "name"), [case for case in CASES if case[1] in WRONG])
def test_a_wrong_argument_is_named(function, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call = FUNCTIONS[function]
    known = dict(parameters(call))
    for value in WRONG[name]:
        is_text_of_spec = function == "loads" and name == "spec" and isinstance(value, str)
        if is_text_of_spec or value is known[name].default or (value is None and name in Options.__annotations__):
            continue
        required = {
            other: RIGHT[other]
            for other, parameter in known.items()
            if other in RIGHT and parameter.kind is not parameter.VAR_KEYWORD
        }
        named = {**required, name: value}
        several = [key for key, item in known.items() if item.kind is item.VAR_POSITIONAL]
        first = [named.pop("model")] if several and "model" in named else []
        with pytest.raises(netinspect.InputError, match=rf"`{name}=") as raised:
            call(*first, *(named.pop(key) for key in several), **named)
        assert type(raised.value) is netinspect.InputError
    assert not list(tmp_path.iterdir())


def test_numbers_of_numpy_are_numbers():
    net = netinspect.load("lenet5", batch_size=np.int64(2), input_shape=np.array([1, 32, 32]), settings={})
    assert type(net.graph.batch_size) is int
    assert netinspect.loads("vars: {n: 3}\ninput: [4]\nlayers:\n  - Linear(n)\n", settings={"n": np.int32(5)})
    assert netinspect.new("mlp", np.array([4]), classes=np.int64(3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: netinspect.build("lenet5", device="nope"), "`device=nope`: torch has no such device here; it has cpu"),
        (lambda: NETWORK.build(device="cuda:99"), "`device=cuda:99`: torch has no such device"),
        (lambda: NETWORK.findings(select=["Z999"]), r"`select=\['Z999'\]`: there is no code `Z999`"),
        (lambda: NETWORK.findings(ignore=["E101"]), r"`ignore=\['E101'\]`: `E101` is a mistake"),
        (lambda: NETWORK.profile(dtype="float3"), "dtype"),
        (lambda: NETWORK.profile(optimizer="lion"), "optimizer"),
        (lambda: NETWORK.table(columns=["nope"]), "nope"),
        (lambda: netinspect.new("cnn", (3, "x")), "`input="),
        (lambda: netinspect.new("cnn", "1,64,64"), "`input='1,64,64'`: give sizes without the batch"),
        (lambda: netinspect.new("cnn", (3,)), "`input=3`: cnn takes"),
        (lambda: netinspect.kernels("lenet5", gamma=0), "`gamma=0`: give a number from 0.01"),
        (lambda: netinspect.activations("lenet5", input=np.zeros((1, 32, 32)), sample=9), "`sample=9`: what was given"),
        (lambda: netinspect.from_torch(3), "`model=int`: give a torch module"),
        (lambda: netinspect.from_torch(torch.nn.Linear(2, 2)), "`inputs`: give example inputs"),
        (lambda: netinspect.from_torch(torch.nn.Linear(2, 2), 3), "is no tensor with a batch axis"),
        (lambda: netinspect.loads(Path("net.yaml")), "`netinspect.load` reads files"),
        (lambda: netinspect.check(""), "`specs=''`: give a file"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_itself(call, message):
    with pytest.raises(netinspect.InputError, match=message):
        call()


def test_a_mapping_that_holds_itself_is_no_spec():
    spec = {"input": [4], "layers": ["Linear(2)"]}
    spec["vars"] = spec
    with pytest.raises(netinspect.InputError, match="holds itself"):
        netinspect.loads(spec)
    layers: list = []
    layers.append(layers)
    with pytest.raises(netinspect.InputError, match="holds itself"):
        netinspect.loads({"input": [4], "layers": layers})


def test_an_argument_too_many_is_pythons_own_error():
    with pytest.raises(TypeError, match=r"load\(\) got an unexpected keyword argument 'batchsize'"):
        netinspect.load("lenet5", batchsize=2)
    with pytest.raises(TypeError, match="there is no option `gama`"):
        netinspect.kernels("lenet5", gama=2)
