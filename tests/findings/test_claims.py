"""What the messages of rules claim is what torch does."""

import warnings
from contextlib import contextmanager

import pytest
import torch

from netinspect.findings.rules import all_rules
from netinspect.torch_backend.build import build
from tests.findings.looking import codes, network_of, on

RULES = {rule.code: rule for rule in all_rules()}


def model_of(text):
    """The model of a spec, with weights that are the same at each call."""
    torch.manual_seed(0)
    return build(network_of(text))


def noise(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def test_w201_the_function_of_both_layers_is_a_matrix():
    model = model_of(RULES["W201"].bad).eval()
    x, y = noise(4, 1, 8, 8), noise(4, 1, 8, 8) * 3
    zero = model(torch.zeros_like(x))
    torch.testing.assert_close(model(x + y) - zero, (model(x) - zero) + (model(y) - zero), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("code", ["W305", "W212"])
def test_w305_and_w212_the_layers_up_to_the_second_are_linear(code):
    model = model_of(RULES[code].bad).eval()
    layers = list(model.children())[: 3 if code == "W305" else 4]
    linear = torch.nn.Sequential(*layers)
    x, y = (noise(2, *([3, 32, 32] if code == "W305" else [1, 6, 6])) * factor for factor in (1, 3))
    zero = linear(torch.zeros_like(x))
    torch.testing.assert_close(linear(x + y) - zero, (linear(x) - zero) + (linear(y) - zero), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("training", [True, False])
def test_w202_the_bias_changes_nothing_that_is_learned(training):
    """In training at once; in inference the running mean has followed it."""
    model = model_of(RULES["W202"].bad).train()
    x = noise(8, 3, 6, 6)
    for _ in range(100):
        model(x)
    before = model.train(training)(x)
    conv = next(model.children())
    with torch.no_grad():
        conv.bias += 5
    if not training:
        model.train()
        for _ in range(100):
            model(x)
        model.eval()
    torch.testing.assert_close(model(x), before, atol=1e-3, rtol=1e-3)
    model.train()(x).square().sum().backward()
    assert conv.bias.grad.abs().max() < 1e-2 * conv.weight.grad.abs().max()


def test_w204_the_square_is_as_much_larger_in_training():
    x = noise(100_000)
    torch.manual_seed(0)
    dropped = torch.nn.functional.dropout(x, 0.5, training=True)
    assert dropped.square().mean() / x.square().mean() == pytest.approx(2, rel=0.02)


def test_w205_torch_warns():
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last"):
        torch.nn.LSTM(6, 64, dropout=0.2)


def test_w206_each_channel_is_multiplied_by_a_number():
    layer = torch.nn.Conv2d(64, 64, 1, groups=64, bias=False)
    x = noise(2, 64, 4, 4)
    torch.testing.assert_close(layer(x), x * layer.weight[:, 0, 0, 0][:, None, None])


def test_w207_two_numbers_are_1_and_minus_1():
    normalised = torch.nn.GroupNorm(32, 64)(noise(4, 64) * 1000)
    torch.testing.assert_close(normalised.abs(), torch.ones_like(normalised), atol=1e-2, rtol=0)


def test_w207_one_channel_a_group_is_instance_norm():
    x = noise(4, 32, 8, 8)
    torch.testing.assert_close(torch.nn.GroupNorm(32, 32)(x), torch.nn.InstanceNorm2d(32, affine=True)(x))


def unread(layer, length):
    """Which places of an axis have no influence on the output."""
    x = torch.ones(1, 1, length, requires_grad=True)
    layer(x).sum().backward()
    return [place for place, slope in enumerate(x.grad[0, 0]) if slope == 0]


def test_w208_cells_between_windows_are_read_by_none():
    torch.manual_seed(0)
    assert unread(torch.nn.Conv1d(1, 8, 3, stride=5), 23) == [3, 4, 8, 9, 13, 14, 18, 19]
    assert unread(torch.nn.Conv1d(1, 8, 3, dilation=2, stride=2), 11) == [1, 3, 5, 7, 9]
    assert codes(on("[1, 23]", "Conv1d(8, kernel_size=3, stride=5)", "ReLU")) == ["W208"]


def test_w208_a_transposed_convolution_leaves_cells_to_the_bias():
    layer = torch.nn.ConvTranspose1d(1, 1, 2, stride=3)
    x = noise(1, 1, 5)
    assert [i for i, value in enumerate(layer(x)[0, 0]) if value == layer.bias[0]] == [2, 5, 8, 11]


@pytest.mark.parametrize(("length", "kernel", "stride"), [(7, 2, 2), (8, 3, 2), (12, 5, 5), (13, 4, 4), (9, 3, 3)])
def test_w209_the_last_rows_are_read_by_none(length, kernel, stride):
    torch.manual_seed(0)
    left_out = unread(torch.nn.AvgPool1d(kernel, stride=stride), length)
    found = codes(on(f"[1, {length}]", f"AvgPool1d({kernel}, stride={stride})", "ReLU"))
    assert (found == ["W209"]) is (10 * len(left_out) >= length)
    assert left_out == list(range(length - len(left_out), length))


@contextmanager
def always_warning():
    """torch warns once in a process, and another test may have had its warning."""
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    try:
        yield
    finally:
        torch.set_warn_always(before)


def test_w210_the_map_moves_and_torch_warns():
    layer = torch.nn.Conv1d(1, 1, 4, padding="same", bias=False)
    with warnings.catch_warnings(record=True) as told, always_warning():
        warnings.simplefilter("always")
        torch.nn.init.ones_(layer.weight)
        impulse = torch.zeros(1, 1, 9)
        impulse[0, 0, 4] = 1
        places = layer(impulse)[0, 0].nonzero().flatten().float()
    assert abs(places.mean() - 4) == 0.5
    assert any("even kernel lengths" in str(each.message) for each in told)


def test_w211_an_id_beyond_the_rows_stops_the_program():
    with pytest.raises(IndexError):
        torch.nn.Embedding(400, 8)(torch.tensor([450]))


def test_w213_a_shortcut_gets_what_was_written_over_it():
    rule = RULES["W213"]
    overwritten, clean = (model_of(text).eval() for text in (rule.bad, rule.good))
    clean.load_state_dict(overwritten.state_dict())
    x = noise(1, 16, 8, 8)
    with torch.no_grad():
        assert not torch.allclose(overwritten(x), clean(x))


HEAD = ("AdaptiveMaxPool2d(1)", "Flatten", "Linear(10)")
CONV = "Conv2d(8, kernel_size=3, padding=1)"


@pytest.mark.parametrize(
    ("lines", "stops"),
    [
        ((f"c: {CONV}", "Tanh", "Dropout(0.5, inplace=True)", *HEAD), True),
        ((f"c: {CONV}", f"d: {CONV}", "r(c): ReLU(inplace=True)", "add(d, r)", *HEAD), True),
        ((CONV, "Sigmoid", "ReLU(inplace=True)", *HEAD), True),
        ((CONV, "BatchNorm2d", "ReLU(inplace=True)", *HEAD), False),
        ((CONV, "ReLU(inplace=True)", "MaxPool2d(2)", "Dropout(0.5, inplace=True)", *HEAD), False),
        ((CONV, "ReLU", "Dropout(0.5, inplace=True)", *HEAD), True),
        ((CONV, "ReLU(inplace=True)", CONV, "ReLU(inplace=True)", *HEAD), False),
        ((f"c: {CONV}", "clone(c)", "ReLU(inplace=True)", "add(c, prev)", *HEAD), False),
    ],
)
def test_w213_torch_stops_where_backward_needs_what_was_overwritten(lines, stops):
    text = on("[8, 4, 4]", *lines)
    loss = model_of(text).train()(noise(4, 8, 4, 4)).square().sum()
    if stops:
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()
    else:
        loss.backward()
    assert ("W213" in codes(text)) is stops


def test_w301_a_softmax_of_probabilities_is_nearly_flat():
    sure = torch.softmax(torch.tensor([20.0, 0.0, 0.0]), 0)
    assert torch.softmax(sure, 0)[0] < 0.6
    slopes = []
    for scores in (torch.zeros(10, requires_grad=True), torch.zeros(10, requires_grad=True)):
        answer = torch.softmax(scores, 0) if slopes else scores
        torch.nn.functional.cross_entropy(answer[None], torch.tensor([3])).backward()
        slopes.append(scores.grad.abs().max().item())
    assert slopes[1] < slopes[0] / 5


def test_w301_log_softmax_before_cross_entropy_does_no_harm():
    scores, label = noise(4, 10), torch.tensor([1, 2, 3, 4])
    torch.testing.assert_close(
        torch.nn.functional.cross_entropy(torch.log_softmax(scores, 1), label),
        torch.nn.functional.cross_entropy(scores, label),
    )


def test_w101_a_linear_layer_reads_each_row_alone():
    layer, x = torch.nn.Linear(28, 10), noise(1, 1, 28, 28)
    torch.testing.assert_close(layer(x)[0, 0, 5], layer(x[0, 0, 5]))
    assert model_of(RULES["W101"].bad)(x).shape == (1, 1, 28, 10)


@pytest.mark.parametrize(
    "lines",
    [
        ("Linear(8)", "softmax(dim=0)"),
        ("r: GRU(8, batch_first=False)", "Tanh"),
        ("Linear(8)", "normalize(dim=0)"),
        ("Linear(8)", "cumsum(dim=0)"),
    ],
)
def test_w104_a_sample_alone_gets_another_answer(lines):
    text = on("[5, 6]", *lines)
    assert "W104" in codes(text)
    model, x = model_of(text).eval(), noise(4, 5, 6)
    with torch.no_grad():
        assert not torch.allclose(model(x)[3:], model(x[3:]), atol=1e-4)


def test_w107_the_first_run_changes_nothing():
    rule = RULES["W107"]
    twice, once = (model_of(text).eval() for text in (rule.bad, rule.good))
    once.load_state_dict(twice.state_dict())
    a, b = noise(2, 1, 28, 28), noise(2, 1, 28, 28) * 2
    torch.testing.assert_close(twice(a, b), once(a, b))
