"""W213 on networks of views, in-place calls and joins, against a walk over all tensors of the memory for each call."""

from hypothesis import given, settings
from hypothesis import strategies as st

from netinspect.findings.rules.inplace_read_again import RULE
from tests.findings.looking import found, network_of, on

KINDS = ("ReLU(inplace=True)", "Dropout(0.5, inplace=True)", "flatten(1)", "Identity", "Tanh", "clone")


@st.composite
def specs(draw):
    """Lines that each read an earlier one or two, and some of them as outputs."""
    lines, names = [], ["input"]
    for place in range(draw(st.integers(2, 9))):
        reads = draw(st.sampled_from(names))
        kind = draw(st.sampled_from((*KINDS, "add")))
        if kind == "add":
            lines.append(f"v{place}: add({reads}, {draw(st.sampled_from(names))})")
        else:
            lines.append(f"v{place}({reads}): {kind}")
        names.append(f"v{place}")
    outputs = draw(st.sets(st.sampled_from(names[1:]), min_size=1, max_size=3))
    return on("[8]", *lines) + f"outputs: [{', '.join(sorted(outputs))}]\n"


def lines_by_walking(text):
    """The lines of in-place calls after which another reads what they overwrite, or the network returns it."""
    network = network_of(text)
    makers, calls = network.makers, network.calls
    results = {value for _, value in network.outputs}
    lines = set()
    for order, call in enumerate(calls):
        if not call.arguments.get("inplace"):
            continue
        root = call.inputs[0]
        while root in makers and makers[root].result.alias:
            root = makers[root].inputs[0]
        tensors, waiting = set(), [root]
        while waiting:
            value = waiting.pop()
            tensors.add(value)
            waiting += [c.outputs[0] for c in calls if c is not call and c.result.alias and c.inputs[0] is value]
        if tensors & results or any(tensors & set(later.inputs) for later in calls[order + 1 :]):
            lines.add(call.span.line)
    return lines


@settings(max_examples=150, deadline=None)
@given(specs())
def test_what_is_read_or_returned_after_it_was_overwritten_is_found(text):
    told = {d.span.line for d in found(RULE, text) if "needs" not in d.message}
    assert told == lines_by_walking(text)
