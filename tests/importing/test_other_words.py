"""What torch says in several ways is imported however it is said, and is the model bit for bit."""

import copy

import pytest
import torch
from torch import nn

import netinspect
from netinspect.errors import NetinspectError

STEPS = torch.empty(1, 5, 6)


class Applies(nn.Module):
    """A layer, and a function of what it gives and of the input."""

    def __init__(self, function):
        super().__init__()
        self.fc = nn.Linear(6, 6)
        self.function = function

    def forward(self, x):
        return self.function(self.fc(x), x)


WAYS = {
    "sort without an axis": (lambda y, x: torch.sort(y)[0], "sort(fc, dim=-1)"),
    "sort downwards, with the places": (lambda y, x: tuple(y.sort(descending=True)), "descending=True, dim=-1)"),
    "topk without an axis": (lambda y, x: y.topk(2).indices, "topk(fc, 2, dim=-1)"),
    "the norm that is called fro": (lambda y, x: y.norm(p="fro", dim=(1, 2)), "norm(fc, dim=(1, 2))"),
    "the norm of a method": (lambda y, x: y / y.norm(dim=-1, keepdim=True), "norm(fc, dim=-1, keepdim=True)"),
    "the norm of linalg": (lambda y, x: torch.linalg.norm(y, dim=-1, keepdim=True), "norm("),
    "var, biased": (lambda y, x: y.var(-1, unbiased=False), "var(fc, -1, correction=0)"),
    "var, biased, by place": (lambda y, x: y.var(2, False, True), "var(fc, 2, keepdim=True, correction=0)"),
    "std, unbiased, by place": (lambda y, x: y.std(-1, True), "std(fc, -1)"),
    "std of all": (lambda y, x: x - y.std((1, 2), unbiased=False, keepdim=True), "correction=0"),
    "a number less a tensor": (lambda y, x: 2 - y, "2 - fc"),
    "a number by a tensor": (lambda y, x: 1 / y, "1 / fc"),
    "a number to a tensor": (lambda y, x: 2**y, "2**fc"),
    "what is left of a division": (lambda y, x: y % 2, "remainder(fc, 2)"),
    "truths that differ": (lambda y, x: (y > 0) ^ (x > 0), "logical_xor("),
    "so many times less": (lambda y, x: torch.sub(y, x, alpha=2), "fc - input * 2"),
    "places that count from the end": (lambda y, x: y[:, [-1, 0]], "fc[:, constant]"),
    "a table of places": (lambda y, x: y[:, torch.tensor([[0, 1], [2, 3]])], "fc[:, constant]"),
    "flags as places": (lambda y, x: y[:, :, [True, False] * 3], "index_select(fc, 2, "),
    "len": (lambda y, x: y.view(len(x), -1), "flatten(fc, 1)"),
    "len of a part": (lambda y, x: y / len(x[0]), "fc / input[0].shape[0]"),
    "numbers made in forward": (lambda y, x: y * torch.tensor([1.0, 2, 3, 5, 7, 11]), "fc * constant"),
    "numbers made like a tensor": (lambda y, x: y * x.new_tensor([1.0, 2, 3, 5, 7, 11]), "fc * constant"),
    "numbers made of others": (lambda y, x: y + torch.tensor([[1.0, 2, 3, 5, 7, 11]]).sqrt(), "fc + "),
    "each step by itself": (lambda y, x: torch.stack([step * 2 for step in y.transpose(0, 1)], 1), "unbind"),
    "squeeze of what has no batch": (lambda y, x: y * torch.ones(1, 6, 1).squeeze(), "ones(1, 6, 1).squeeze((0, 2))"),
    "scatter of a number": (
        lambda y, x: torch.zeros_like(y).scatter(-1, y.argsort(-1)[..., :2], value=2.0) * y,
        "scatter(zeros_like, -1, argsort(fc, -1)[..., :2], src=2.0)",
    ),
    "scatter_ of a number": (
        lambda y, x: torch.zeros_like(y).scatter_(-1, y.topk(2)[1], 1.0) * y,
        "scatter(zeros_like, -1, topk.indices, 1.0)",
    ),
    "index_add_": (
        lambda y, x: y.clone().index_add_(2, torch.tensor([0, 0, 3, 1, 5, 2]), x) - y.median(-1, keepdim=True)[0],
        "index_add(fc, 2, constant, input)",
    ),
}


@pytest.mark.filterwarnings("ignore:.*the model is not what its spec says:UserWarning")  # of a loop over steps
@pytest.mark.parametrize("way", WAYS)
def test_however_it_is_said(way):
    function, line = WAYS[way]
    torch.manual_seed(0)
    model = Applies(function).eval()
    network = netinspect.from_torch(model, STEPS)
    assert line in network.spec, network.spec
    built = network.build().eval()
    built.load_state_dict(model.state_dict())
    for batch in (1, 3):
        x = torch.randn(batch, 5, 6)
        with torch.no_grad():
            ours, theirs = built(x), copy.deepcopy(model)(x)
        for output, expected in zip(
            *((each if isinstance(each, tuple) else (each,)) for each in (ours, theirs)), strict=True
        ):
            assert torch.equal(output, expected)


REFUSED = {
    "squeeze of the batch": (lambda y, x: y.mean((1, 2), keepdim=True).squeeze(), "also takes away a batch of 1"),
    "noise": (lambda y, x: y + torch.randn_like(y), "`randn_like` draws random numbers"),
    "dropout without a mode": (lambda y, x: nn.functional.dropout(y, 0.5), "in evaluation mode too"),
    "dropout in attention": (
        lambda y, x: nn.functional.scaled_dot_product_attention(y, y, y, dropout_p=0.1),
        "in evaluation mode too",
    ),
    "a number that no input decides": (lambda y, x: (y, torch.tensor(2.5)), "gives a number that"),
    "each sample by itself": (lambda y, x: torch.stack([row * 2 for row in y]), "other steps at another batch"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_spec_says_is_refused_by_name_and_line(case):
    function, reason = REFUSED[case]
    with pytest.raises(NetinspectError) as caught:
        netinspect.from_torch(Applies(function), STEPS)
    assert reason in str(caught.value)
    assert "test_other_words.py:" in str(caught.value)


def test_dropout_that_drops_nothing_is_left_out():
    functions = nn.functional
    for function in (
        lambda y, x: functions.dropout(y, 0.0),
        lambda y, x: functions.dropout(y, 0.5, training=False),
        lambda y, x: torch.dropout(y, 0.5, False),
    ):
        assert "dropout" not in netinspect.from_torch(Applies(function), STEPS).spec
