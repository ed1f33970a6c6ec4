import pytest

from netinspect.errors import Span
from tests.language.trees import found, spec

LEAST = "input: [1]\nlayers: [X]\n"


def test_exact_figures_and_where_they_stand():
    expect = spec(LEAST + "expect: {params: 61_706, macs: 9223372036854775807, output: [10]}\n").expect
    assert (expect.params, expect.macs, expect.outputs) == (61_706, 2**63 - 1, (("", (10,)),))
    assert dict(expect.spans)["params"] == Span(3, 18, 3, 24)
    assert [name for name, _ in expect.spans] == ["params", "macs", "output"]


def test_outputs_by_name():
    expect = spec(LEAST + "expect: {output: {a: [2, 3], b: []}}\n").expect
    assert expect.outputs == (("a", (2, 3)), ("b", ()))
    assert [name for name, _ in expect.spans] == ["output.a", "output.b"]


def test_budgets_take_units():
    budget = spec(LEAST + "budget: {params: 100k, macs: 50M, param_memory: 2MiB, peak_memory: 8388608}\n").budget
    assert (budget.params, budget.macs, budget.param_memory, budget.peak_memory) == (
        100_000,
        50_000_000,
        2 << 20,
        8 << 20,
    )
    assert [name for name, _ in budget.spans] == ["params", "macs", "param_memory", "peak_memory"]


def test_results_are_numbers_and_text():
    results = spec(
        LEAST + 'results: {top1: 69.758, year: 2015, delta: -1.5, source: "a, b", by: He et al, none: ~}\n'
    ).results
    assert results == (("top1", 69.758), ("year", 2015), ("delta", -1.5), ("source", "a, b"), ("by", "He et al"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("expect: 3", "E212"),
        ("expect: {parms: 3}", "E012"),
        ("expect: {params: 1.5}", "E205"),
        ("expect: {params: 3.0}", "E205"),
        ("expect: {params: -1}", "E211"),
        ("expect: {params: '3'}", "E212"),
        ("expect: {params: true}", "E212"),
        ("expect: {params: }", "E212"),
        ("expect: {params: [3]}", "E212"),
        ("expect: {params: &x 3}", "E008"),
        ("expect: {params: 9223372036854775808}", "E502"),
        ("expect: {params: 010}", "E017"),
        ("expect: {output: 10}", "E212"),
        ("expect: {output: [a]}", "E212"),
        ("expect: {output: &x [1]}", "E008"),
        ("budget: {params: 100x}", "E212"),
        ("budget: {params: [1]}", "E212"),
        ("budget: {params: &x 1}", "E008"),
        ("budget: {param_memory: 2M}", "E212"),
        ("budget: {memory: 2M}", "E012"),
        ("results: {a: [1]}", "E212"),
        ("results: {a: true}", "E212"),
        ("results: {a-b: 1}", "E108"),
        ("results: {a: 010}", "E017"),
        ("results: {a: &x 1}", "E008"),
    ],
)
def test_what_cannot_be(text, code):
    assert [mistake[0] for mistake in found(LEAST + text + "\n")] == [code]
