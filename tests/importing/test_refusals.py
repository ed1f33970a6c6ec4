"""What a spec cannot say: the module, the reason and the line of the author's code."""

import contextlib
import threading
from pathlib import Path

import pytest
import torch
from torch import nn

import netinspect
from netinspect.errors import InputError, NetinspectError
from netinspect.importing.trace import NotImported

ROW = torch.empty(1, 8)
SOURCE = Path(__file__).read_text(encoding="utf-8").splitlines()


class Wrapped(nn.Module):
    """A module inside another, so that a refusal has a path to name."""

    def __init__(self, function):
        super().__init__()
        self.inner = Inner(function)

    def forward(self, x):
        return self.inner(x)


class Inner(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.function = function

    def forward(self, x):
        return self.function(self.fc(x))


def branches(x):
    return x if x.sum() > 0 else -x


def reads(x):
    return x * x.max().item()


def assigns(x):
    x[x > 0] = 1
    return x


def unknown(x):
    return torch.special.bessel_j0(x)


def counts(x):
    for _ in range(x.shape[0]):
        x = x + 1
    return x


def sets(x):
    x.data = x * 2
    return x


def writes_beside_a_view(x):
    row = x[0]
    x.add_(1)
    return x + row


def without_origin(x):
    return x * float(x.size(0))


def loses(x):
    return nn.functional.mse_loss(x, x + 1)


def bounds(x):
    return x.clamp(min=x.mean())


def shrinks(x):
    return nn.functional.interpolate(x[:, None, :, None], size=(4, 1), mode="bilinear", antialias=True)


REFUSALS = [
    (branches, "depend on the data", "x.sum() > 0"),
    (reads, "depend on the data", "x.max().item()"),
    (assigns, "writes into a part of a tensor that no slice says", "x[x > 0] = 1"),
    (unknown, "no function `special_bessel_j0`", "bessel_j0(x)"),
    (loses, "no function `mse_loss` in a spec: a loss belongs to training", "mse_loss(x, x + 1)"),
    (counts, "other steps at another batch", None),
    (sets, "it sets `.data`", "x.data = "),
    (writes_beside_a_view, "of which another tensor is a view", "x + row"),
    (without_origin, "differs at another batch", "x.size(0)"),
    (bounds, "`clamp` takes number, or None for `min` in a spec, and no tensor", "x.clamp(min="),
    (shrinks, "`interpolate` has no argument `antialias` in a spec", "antialias=True"),
]


@pytest.mark.parametrize(("function", "reason", "line"), REFUSALS, ids=[case[0].__name__ for case in REFUSALS])
def test_a_refusal_names_the_module_the_reason_and_the_line(function, reason, line):
    with pytest.raises(NetinspectError) as caught:
        netinspect.from_torch(Wrapped(function), ROW)
    message = str(caught.value)
    assert caught.value.exit_code == 1
    assert "cannot be written as a spec" in message
    assert reason in message
    if line is not None:
        number = next(number for number, text in enumerate(SOURCE, 1) if line in text)
        assert f"test_refusals.py:{number})" in message


@pytest.mark.parametrize("key", ["in", "é", "a b"])
def test_a_layer_with_a_key_that_no_line_has(key):
    class Parts(nn.ModuleDict):
        def forward(self, x):
            return self[key](x)

    with pytest.raises(NotImported, match=f"^`{key}` cannot be written as a spec: no line .* has the key `{key}`$"):
        netinspect.from_torch(Parts({key: nn.Linear(8, 8)}), ROW)


def test_a_model_that_raises():
    def fails(x):
        raise ValueError("there is no such thing")

    with pytest.raises(InputError, match="the model fails on an input of 2×8: ValueError: there is no such thing"):
        netinspect.from_torch(Wrapped(fails), ROW)


def test_an_input_that_does_not_fit():
    with pytest.raises(InputError, match="the model fails on an input of 2×9"):
        netinspect.from_torch(nn.Sequential(nn.Linear(8, 2)), torch.empty(1, 9))


@pytest.mark.parametrize(
    ("inputs", "named", "message"),
    [
        ((ROW, ROW), {}, "2 inputs, and the model's forward takes x"),
        ((), {"y": ROW}, "the model's forward has no argument `y`; it has x"),
        ((torch.tensor(1.0),), {}, "`0` is no tensor with a batch axis"),
        (([1, 2],), {}, "`0` is no tensor with a batch axis"),
    ],
)
def test_inputs_that_are_none(inputs, named, message):
    with pytest.raises(InputError) as caught:
        netinspect.from_torch(Wrapped(torch.relu), *inputs, **named)
    assert message in str(caught.value)


def test_a_module_that_another_one_owns():
    class Borrower(nn.Module):
        def __init__(self, layer):
            super().__init__()
            self.layers = [layer]

        def forward(self, x):
            return self.layers[0](x)

    class Lender(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)
            self.borrower = Borrower(self.fc)

        def forward(self, x):
            return self.borrower(self.fc(x))

    with pytest.raises(NetinspectError, match="`borrower` cannot be written as a spec: it calls `fc`, which another"):
        netinspect.from_torch(Lender(), ROW)


def test_after_a_refusal_torch_is_as_it_was():
    call = nn.Module.__call__
    for function in (branches, unknown):
        with contextlib.suppress(NetinspectError):
            netinspect.from_torch(Wrapped(function), ROW)
        assert nn.Module.__call__ is call
    assert netinspect.from_torch(Wrapped(torch.relu), ROW).profile().totals.params == 72


def test_another_thread_runs_its_own_models_meanwhile():
    other, rows = nn.Linear(8, 8), []
    started, done = threading.Event(), threading.Event()

    def run_other():
        started.wait(10)
        rows.append(other(torch.zeros(1, 8)))
        done.set()

    def waits(x):
        started.set()
        assert done.wait(10)
        return x

    thread = threading.Thread(target=run_other)
    thread.start()
    network = netinspect.from_torch(Wrapped(waits), ROW)
    thread.join()
    assert len(rows) == 1
    assert network.profile().totals.params == 72


def wrapped_inside():
    model = Wrapped(torch.relu)
    model.inner = torch.compile(model.inner, backend="eager")
    return model


NO_MODELS = {
    "scripted": (lambda: torch.jit.script(nn.Linear(8, 2)), "the model is scripted"),
    "scripted inside": (lambda: nn.Sequential(torch.jit.script(nn.Linear(8, 2))), "`0` is scripted"),
    "compiled inside": (wrapped_inside, "`inner` is wrapped"),
    "without numbers": (lambda: nn.Linear(8, 2, device="meta"), "on the device `meta`"),
    "in double": (lambda: nn.Linear(8, 2).double(), "`weight` is float64, and the weights of a spec are float32"),
    "in half": (lambda: nn.Linear(8, 2).half(), "`weight` is float16, and the weights of a spec are float32"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("case", NO_MODELS)
def test_models_that_are_refused_before_they_run(case):
    make, reason = NO_MODELS[case]
    with pytest.raises(NetinspectError) as caught:
        netinspect.from_torch(make(), ROW)
    assert reason in str(caught.value)


def test_an_input_of_a_dtype_that_no_spec_has():
    with pytest.raises(InputError, match="`0` is uint16: the dtypes of a spec are float32, "):
        netinspect.from_torch(nn.Linear(8, 2), torch.zeros(1, 8, dtype=torch.uint16))


def test_a_weight_that_is_read_before_a_layer_that_is_no_function():
    class Early(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(8, 8)

        def forward(self, x):
            return self.rnn(x * self.rnn.bias_hh_l0.sum())[0]

    reason = r"it uses `rnn.bias_hh_l0` before it calls `rnn` \(.*test_refusals.py:\d+\)"
    with pytest.raises(NotImported, match=reason):
        netinspect.from_torch(Early(), ROW)


def test_a_model_that_is_one_layer_without_a_function():
    with pytest.raises(NotImported) as refused:
        netinspect.from_torch(nn.LSTM(8, 4, batch_first=True), torch.empty(1, 5, 8))
    assert str(refused.value).endswith("name no layer: import `nn.Sequential(model)`")
    network = netinspect.from_torch(nn.Sequential(nn.LSTM(8, 4, batch_first=True)), torch.empty(1, 5, 8))
    assert "- LSTM(4, batch_first=True)" in network.spec


def test_outputs_that_are_nowhere_finite_prove_nothing():
    class Logarithm(nn.Module):
        def __init__(self, offset):
            super().__init__()
            self.fc, self.offset = nn.Linear(8, 8), offset

        def forward(self, x):
            return (self.fc(x).abs().sum(-1, keepdim=True) * 0 + self.offset * x).log() * 2

    assert "log" in netinspect.from_torch(Logarithm(1.0), ROW).spec  # half of the random inputs are negative
    with pytest.raises(NotImported, match="an output is nowhere finite on random inputs"):
        netinspect.from_torch(Logarithm(0.0), ROW)


def test_a_parameter_whose_key_is_no_name():
    class Listed(nn.Module):
        def __init__(self):
            super().__init__()
            self.scales = nn.ParameterDict({"to-mel": torch.ones(8)})

        def forward(self, x):
            return x * self.scales["to-mel"]

    with pytest.raises(NetinspectError, match=r"uses `scales\.to-mel`, which has no name in the module's own lines"):
        netinspect.from_torch(Listed(), ROW)


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ({"x": ROW}, r"by name, from_torch(model, **inputs)"),
        ([ROW], r"one by one, from_torch(model, *inputs)"),
        (ROW.numpy(), "give torch.from_numpy(array)"),
        (8, "give a tensor with the batch first"),
        (torch.tensor(8), "`0` is no tensor with a batch axis: give a tensor"),
    ],
)
def test_what_is_no_tensor_is_told_how_it_is_given(value, advice):
    with pytest.raises(InputError) as failure:
        netinspect.from_torch(nn.Linear(8, 8), value)
    assert advice in str(failure.value)
