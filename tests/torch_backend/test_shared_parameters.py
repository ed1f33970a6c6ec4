"""Ties of ties, frozen parts and both together, against the model's own parameters and the optimizer's own state."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netinspect.analysis.profile import profile
from netinspect.torch_backend.build import build
from netinspect.torch_backend.verify import verify
from tests.network.building import network

NAMES = ("a", "b", "c", "d", "e")
PARAMETERS = tuple(f"{name}.{part}" for name in NAMES for part in ("weight", "bias"))
SIZE = {"weight": 9, "bias": 3}


def spec(ties=(), frozen=()):
    text = "input: [3]\nlayers:\n" + "".join(f"  - {name}: Linear(3)\n" for name in NAMES)
    text += "tie:\n" + "".join(f"  {tied}: {to}\n" for tied, to in ties) if ties else ""
    text += "frozen: [" + ", ".join(frozen) + "]\n" if frozen else ""
    return network(text)


def weights(*pairs):
    return [(f"{tied}.weight", f"{to}.weight") for tied, to in pairs]


@st.composite
def trees_of_ties(draw):
    """Any layer's parameters may be tied to those of any layer before or behind it, but not in a circle."""
    order = draw(st.permutations(NAMES))
    chosen = [(name, draw(st.sampled_from(order[:place]))) for place, name in enumerate(order) if place]
    return [(f"{tied}.{part}", f"{to}.{part}") for tied, to in chosen for part in SIZE if draw(st.booleans())]


@settings(max_examples=40, deadline=None)
@given(trees_of_ties(), st.sets(st.sampled_from(NAMES + PARAMETERS)))
def test_counts_are_those_of_torch(ties, frozen):
    net = spec(ties, sorted(frozen))
    model = build(net)
    totals = profile(net, optimizer="adam").totals
    # torch's: a parameter is one object under all its names
    assert totals.params == sum(parameter.numel() for parameter in model.parameters())
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert totals.trainable_params == sum(parameter.numel() for parameter in trainable)
    # by hand: a group is frozen if any of its names is
    groups = {name: {name} for name in PARAMETERS}
    for tied, to in ties:
        group = groups[tied] | groups[to]
        groups.update(dict.fromkeys(group, group))
    stays = {frozenset(group) for group in groups.values()}
    learned = [group for group in stays if not any({name, name[0]} & frozen for name in group)]
    assert totals.trainable_params == sum(SIZE[min(group).split(".")[1]] for group in learned)
    assert verify(net).differences == ()
    if not trainable:
        assert totals.optimizer_bytes == 0
        return
    optimizer = torch.optim.Adam(trainable)
    for parameter in trainable:
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    state = [slot for slots in optimizer.state.values() for name, slot in slots.items() if name != "step"]
    assert totals.optimizer_bytes == sum(slot.nbytes for slot in state)


def test_a_tie_of_a_tie_is_one_matrix_whatever_the_order():
    chains = [weights(("b", "a"), ("c", "b")), weights(("c", "b"), ("b", "a")), weights(("a", "b"), ("c", "b"))]
    assert [profile(spec(ties)).totals.params for ties in chains] == [5 * 12 - 2 * 9] * 3
    for ties in chains:
        model = build(spec(ties))
        assert model.a.weight is model.b.weight is model.c.weight


def test_a_frozen_network_needs_no_optimizer():
    totals = profile(spec((), NAMES), optimizer="adam").totals
    assert (totals.trainable_params, totals.optimizer_bytes) == (0, 0)
