"""`--fail-on-increase`: which rise is too much, to the last parameter."""

import pytest

from netinspect.analysis.baseline import COUNTED, Snapshot, changes, increases, limits
from netinspect.errors import InputError


def state(**totals):
    return Snapshot(
        "net", "net.yaml", None, 1, "float32", tuple(totals.get(name, 0) for name in COUNTED), None, None, ()
    )


def passes(text, old, new):
    found = changes(state(params=old, macs=old, param_bytes=old), state(params=new, macs=new, param_bytes=new))
    return [one.limit.metric for one in increases(found, limits(text))]


@pytest.mark.parametrize(
    ("text", "old", "new", "fails"),
    [
        ("params", 100, 100, False),
        ("params", 100, 101, True),
        ("params", 100, 99, False),
        ("params=5%", 100, 105, False),
        ("params=5%", 100, 106, True),
        ("params=0.5%", 1_000, 1_005, False),
        ("params=0.5%", 1_000, 1_006, True),
        ("params=5%", 10**18, 105 * 10**16, False),
        ("params=5%", 10**18, 105 * 10**16 + 1, True),
        ("params=5%", 0, 1, True),
        ("params=10k", 0, 10_000, False),
        ("params=10k", 0, 10_001, True),
        ("param_bytes=2KiB", 0, 2_048, False),
        ("param-bytes=2KiB", 0, 2_049, True),
    ],
)
def test_a_limit_is_exact(text, old, new, fails):
    assert bool(passes(text, old, new)) == fails


def test_each_metric_takes_its_own_limit():
    assert passes("params,macs=5%", 100, 103) == ["params"]
    assert passes(" macs = 5% , params ", 100, 103) == ["params"]


@pytest.mark.parametrize("text", ["", " , ", "parms", "params=", "params=x%", "params=-5%", "params=5%%",
                                  "params,params=1%", "=5%", "params=1e9%"])  # fmt: skip
def test_what_is_no_limit(text):
    with pytest.raises(InputError, match="fail-on-increase"):
        limits(text)


def test_a_figure_the_baseline_lacks_cannot_be_limited():
    old = Snapshot("net", "net.yaml", None, 1, "float32", (None,) * len(COUNTED), None, None, ())
    with pytest.raises(InputError, match="does not tell params"):
        increases(changes(old, state()), limits("params"))
