"""Every layer of torch.nn is in the catalogue or refused by name, and every figure of it is torch's own.

The catalogue's rules are asked beside torch on the meta device: over a table of calls (`layer_cases.py`) and over
calls that hypothesis draws from the entries (`layer_strategies.py`).
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netinspect.catalogue.entry import BUCKETS, Fault, Result
from netinspect.catalogue.formula import count
from tests.catalogue import engine
from tests.catalogue.engine import Case
from tests.catalogue.exceptions import MISCOUNTED, STRICTER_LAYERS
from tests.catalogue.layer_cases import CASES, LAYERS, case
from tests.catalogue.layer_strategies import cases
from tests.catalogue.tally import CPU, FIGURES, REFUSED, STRICTER, compared

# --- both engines --------------------------------------------------------------------------------


def agree(case: Case) -> Result | None:
    """Both accept and say the same, or both refuse (None)."""
    result = _asked(case)
    if isinstance(result, Fault):
        return _refused(case, result)
    compared(FIGURES, case.entry.name)
    answer = engine.answer(case, dict(result.inferred))
    assert result.outputs == answer.outputs, case
    state = tuple((weight.name, weight.shape, weight.dtype) for weight in (*result.parameters, *result.buffers))
    assert state == answer.state, case
    if case.entry.name not in MISCOUNTED:
        assert int(result.macs) == answer.macs, case
    _check_figures(case, result)
    return result


def _refused(case: Case, fault: Fault) -> None:
    """torch refuses too, or the exceptions say why it does not."""
    if not _torch_accepts(case):
        return compared(REFUSED, case.entry.name)
    assert _covering(case, fault), f"{case}: torch accepts, and we say {fault.code} {fault}"
    return compared(STRICTER, case.entry.name)


def _covering(case: Case, fault: Fault) -> list[int]:
    operands = dict(zip((a.name for a in case.entry.forward), case.operands, strict=False))
    given = {**operands, **engine.resolved(case)}
    return [i for i, row in enumerate(STRICTER_LAYERS) if row.covers(case.entry, given, fault)]


def agree_on_the_cpu(case: Case) -> None:
    """Once more with numbers: the CPU may lack what meta has."""
    result = _asked(case)
    if isinstance(result, Result) and _is_small(result):
        compared(CPU, case.entry.name)
        assert engine.answer(case, dict(result.inferred), "cpu").outputs == result.outputs, case


def _is_small(result: Result) -> bool:
    weights = (*result.parameters, *result.buffers)
    return sum(x.elements for x in result.outputs) + sum(count(weight.shape) for weight in weights) < 1_000_000


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
        return x.shape[-1:] or (1,)
    return (case.operands[1 if name == "in2_features" else 0].shape or (1,))[-1]


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
    table = [one for one in CASES if one.entry.name == name]
    results = [agree(one) for one in table]
    for one in table:
        agree_on_the_cpu(one)
    assert any(result is not None for result in results), "the table has no accepted call"


@pytest.mark.parametrize("name", LAYERS)
@settings(max_examples=settings.default.max_examples // 5, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_catalogue_and_torch_agree_on_drawn_calls(name, data):
    case = data.draw(cases(LAYERS[name]))
    agree(case)
    agree_on_the_cpu(case)


def test_the_stricter_rows_are_all_needed():
    """A row that refuses nothing torch accepts would hide a mistake."""
    used: set[int] = set()
    for one in (*CASES, *WITNESSES):
        fault = _asked(one)
        if isinstance(fault, Fault) and (covering := _covering(one, fault)) and _torch_accepts(one):
            used |= set(covering)
    assert used == set(range(len(STRICTER_LAYERS)))


WITNESSES = (
    case("AdaptiveAvgPool2d", (2, 1, 1, 1, 1), output_size=(None, None)),
    case("ZeroPad2d", (2, 3), padding=1), case("Dropout2d", (2, 4, 3)), case("FeatureAlphaDropout", (2,)),
    case("LPPool2d", (2, 3, 4, 4), norm_type=0, kernel_size=2), case("ReLU", (2,), dtype="int64"),
    case("LayerNorm", (2, 4), normalized_shape=(2, 4)), case("ZeroPad1d", (2, 3, 4), padding=-2),
    case("FractionalMaxPool3d", (2, 3, 8, 8, 8), kernel_size=2, output_ratio=0.01),
    case("Linear", (8,), out_features=2),
    case("GroupNorm", (2, 4), num_groups=4), case("InstanceNorm1d", (2, 4, 1)), case("Softplus", (2, 4), beta=0),
    case("UpsamplingNearest2d", (2, 3, 4), size=3), case("Conv2d", (2, 4, 4), out_channels=2, kernel_size=1),
)  # fmt: skip
