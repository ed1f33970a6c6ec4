"""Every layer of torch.nn is in the catalogue or refused by name, and every figure of it is torch's own.

The catalogue's rules are asked beside torch on the meta device: over a table of calls (`layer_cases.py`) and over
calls that hypothesis draws from the entries (`layer_strategies.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netinspect.catalogue.entry import BUCKETS, Fault, Result
from netinspect.catalogue.formula import count
from tests.catalogue import engine
from tests.catalogue.engine import Case
from tests.catalogue.layer_cases import CASES, LAYERS, case
from tests.catalogue.layer_strategies import cases

# --- both engines --------------------------------------------------------------------------------


class Stricter(NamedTuple):
    """Calls that torch accepts and the catalogue refuses, on purpose."""

    names: str
    code: str
    why: str
    applies: Callable[[Case, str], bool] = lambda _case, _message: True

    def covers(self, case: Case, fault: Fault) -> bool:
        named = any(case.entry.name.startswith(name) for name in self.names.split())
        return named and fault.code == self.code and self.applies(case, fault.message)


def _channels_or_more(case: Case, _message: str) -> bool:
    return case.operands[0].rank < len(case.entry.example_inputs[0].shape)


def _has_no_weights(case: Case, _message: str) -> bool:
    values = engine.resolved(case)
    return not values["affine"] and not values.get("track_running_stats")


SPATIAL = (
    "Conv MaxPool AvgPool LPPool MaxUnpool AdaptiveAvgPool AdaptiveMaxPool FractionalMaxPool InstanceNorm Dropout "
    "ReflectionPad ReplicationPad CircularPad PixelShuffle PixelUnshuffle Softmax2d Unfold Fold"
)
ANY = " ".join(LAYERS)

STRICTER = (
    Stricter(SPATIAL, "E305", "torch takes one axis less for an input without a batch", _channels_or_more),
    Stricter("ConstantPad ZeroPad", "E305", "torch pads the last axes of any tensor, the batch too"),
    Stricter("Dropout2d Dropout3d", "E305", "torch drops along the wrong axes, with a warning"),
    Stricter("Linear Bilinear LayerNorm RMSNorm FeatureAlphaDropout CosineSimilarity PairwiseDistance", "E305",
             "torch takes the batch axis for the features"),
    Stricter("AdaptiveAvgPool", "E305", "torch looks at no rank where there is nothing to average"),
    Stricter(ANY, "E306", "torch computes with whole numbers, or in a dtype the weights do not have"),
    Stricter("GroupNorm", "E206", "normalising single numbers gives zeros", lambda _case, m: "one number each" in m),
    Stricter("InstanceNorm", "E302", "as GroupNorm", lambda _case, m: "single numbers" in m),
    Stricter("Softplus", "E211", "beta=0 divides by zero and gives NaN", lambda _case, m: "beta" in m),
    Stricter("LayerNorm RMSNorm", "E204", "torch would normalise over the batch",
             lambda case, _m: len(engine.resolved(case)["normalized_shape"]) >= case.operands[0].rank),
    Stricter("BatchNorm InstanceNorm GroupNorm", "E204", "without weights torch takes any number of channels",
             _has_no_weights),
    Stricter("ConvTranspose ConstantPad ZeroPad FractionalMaxPool MaxUnpool EmbeddingBag", "E302", "torch gives an empty tensor"),
)  # fmt: skip

MISCOUNTED = {"Bilinear": "FlopCounterMode counts nothing"}
"""Layers whose MACs torch's counter gets wrong (docs: counting); each has a closed formula below."""


def agree(case: Case) -> Result | None:
    """Both accept and say the same, or both refuse (None)."""
    result = _asked(case)
    if isinstance(result, Fault):
        on_purpose = any(row.covers(case, result) for row in STRICTER)
        assert on_purpose or not _torch_accepts(case), f"{case}: torch accepts, and we say {result.code} {result}"
        return None
    answer = engine.answer(case, dict(result.inferred))
    assert result.outputs == answer.outputs, case
    state = tuple((weight.name, weight.shape, weight.dtype) for weight in (*result.parameters, *result.buffers))
    assert state == answer.state, case
    if case.entry.name not in MISCOUNTED:
        assert int(result.macs) == answer.macs, case
    _check_figures(case, result)
    return result


def _asked(case: Case) -> Result | Fault:
    try:
        return engine.ask(case)
    except Fault as fault:
        return fault


def _torch_accepts(case: Case) -> bool:
    inferred = {a.name: _placeholder(a.name, case) for a in case.entry.arguments if a.inferred}
    stated = {name: value for name, value in engine.resolved(case).items() if name in inferred and value}
    return engine.accepts(case, inferred | stated)


def _placeholder(name: str, case: Case) -> Any:
    """The size torch would be given for an inferred argument."""
    x = case.operands[0]
    if name in ("in_channels", "num_features", "num_channels"):
        return x.shape[1] if x.rank > 1 else 1
    if name == "normalized_shape":
        return x.shape[-1:]
    return case.operands[1 if name == "in2_features" else 0].shape[-1]


def _check_figures(case: Case, result: Result) -> None:
    assert int(result.params) == sum(count(weight.shape) for weight in result.parameters), case
    for shown in (result.params, result.macs):
        assert evaluated(str(shown)) == int(shown), (case, str(shown))
    assert all(bucket in BUCKETS and cost >= 0 for bucket, cost in result.flops), case
    assert {name for name, _ in result.inferred} == {a.name for a in case.entry.arguments if a.inferred}, case
    assert result.uncounted is None, case


def evaluated(text: str) -> int:
    """A formula's value, computed from what is shown alone."""
    assert set(text) <= set("0123456789 +·()"), text
    return int(eval(text.replace("·", "*")))


@pytest.mark.parametrize("name", LAYERS)
def test_the_catalogue_and_torch_agree_on_every_call_of_the_table(name):
    results = [agree(one) for one in CASES if one.entry.name == name]
    assert any(result is not None for result in results), "the table has no accepted call"


@pytest.mark.parametrize("name", LAYERS)
@settings(max_examples=settings.default.max_examples // 5, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_catalogue_and_torch_agree_on_drawn_calls(name, data):
    agree(data.draw(cases(LAYERS[name])))


def test_the_stricter_rows_are_all_needed():
    """A row that refuses nothing torch accepts would hide a mistake."""
    used = set()
    for one in (*CASES, *WITNESSES):
        fault = _asked(one)
        covering = [i for i, row in enumerate(STRICTER) if isinstance(fault, Fault) and row.covers(one, fault)]
        used |= set(covering if covering and _torch_accepts(one) else ())
    assert used == set(range(len(STRICTER)))


WITNESSES = (
    case("AdaptiveAvgPool2d", (2, 1, 1, 1, 1), output_size=None),
    case("ZeroPad2d", (2, 3), padding=1), case("Dropout2d", (2, 4, 3)), case("FeatureAlphaDropout", (2,)),
    case("LPPool2d", (2, 3, 4, 4), norm_type=0, kernel_size=2), case("ReLU", (2,), dtype="int64"),
    case("LayerNorm", (2, 4), normalized_shape=(2, 4)), case("ZeroPad1d", (2, 3, 4), padding=-2),
    case("FractionalMaxPool3d", (2, 3, 8, 8, 8), kernel_size=2, output_ratio=0.01),
    case("Linear", (8,), out_features=2),
    case("GroupNorm", (2, 4), num_groups=4), case("InstanceNorm1d", (2, 4, 1)), case("Softplus", (2, 4), beta=0),
    case("UpsamplingNearest2d", (2, 3, 4), size=3), case("Conv2d", (2, 4, 4), out_channels=2, kernel_size=1),
)  # fmt: skip
