"""`inf` in a spec: what torch makes of it, and where it is none."""

import pytest
import torch
from torch.nn import functional

import netinspect

X = torch.linspace(-2, 2, 24).view(2, 3, 4)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("masked_fill(input, lt(input, 0), -inf)", X.masked_fill(X < 0, float("-inf"))),
        ("pad(input, (1, 1), value=-inf)", functional.pad(X, (1, 1), value=float("-inf"))),
        ("clamp(input, min=0.0, max=inf)", X.clamp(0.0, float("inf"))),
        ("input + triu(full((3, 4), -inf), 1)", X + torch.full((3, 4), float("-inf")).triu(1)),
        ("where(lt(input, 0), -inf, input)", torch.where(X < 0, float("-inf"), X)),
        ("ConstantPad1d(1, value=inf)", functional.pad(X, (1, 1), value=float("inf"))),
    ],
)
def test_it_is_torchs(line, expected):
    network = netinspect.loads({"input": [3, 4], "layers": [line]})
    assert torch.equal(network.build()(X), expected)
    assert network.verify().agrees
    names = {}
    exec(network.export(), names)  # it is netinspect's own
    module = next(each for each in reversed(names.values()) if isinstance(each, type))
    assert torch.equal(module()(X), expected)


@pytest.mark.parametrize(
    "line", ["Linear(int(inf))", "Dropout(inf)", "input * (0 * inf)", "x: 3 * ReLU for i in range(inf)"]
)
def test_where_it_is_no_number_it_is_refused(line):
    with pytest.raises(netinspect.SpecError) as refused:
        netinspect.loads({"input": [3, 4], "layers": [line]})
    assert "bug" not in str(refused.value)


@pytest.mark.parametrize("spelled", ['float("-inf")', "-math.inf", "float('-infinity')"])
def test_other_spellings_are_told_the_specs(spelled):
    with pytest.raises(netinspect.SpecError) as refused:
        netinspect.loads(f"input: [3, 4]\nlayers:\n  - masked_fill(input, lt(input, 0), {spelled})\n")
    assert "write `- masked_fill(input, lt(input, 0), -inf)`" in str(refused.value)
