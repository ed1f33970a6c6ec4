"""Every call of a run is seen once, with other weights for the while."""

import numpy as np
import pytest
import torch

from netinspect.api import loads
from netinspect.torch_backend.batches import noise
from netinspect.torch_backend.build import build
from netinspect.torch_backend.studies.calls import run_calls, state

SPEC = "input: [3, 4]\nlayers:\n  - fc: Linear(2)\n  - Flatten\n  - relu\n"


@pytest.fixture
def graph():
    return loads(SPEC).graph


def test_each_call_is_seen_with_what_it_gives(graph):
    model, seen = build(graph, seed=0), {}
    outputs = run_calls(model, graph, noise(graph), lambda ran: seen.update({ran.call.path: ran.output(0)}), {})
    assert list(seen) == ["fc", "1", "relu"]
    assert np.array_equal(seen["relu"], np.maximum(seen["fc"].reshape(1, 6), 0))
    assert np.array_equal(outputs[0], seen["relu"])


def test_other_weights_hold_for_the_run_alone(graph):
    model = build(graph, seed=0)
    before = {name: array.copy() for name, array in state(model).items()}
    others = {"fc.weight": np.zeros((2, 4), np.float16), "fc.bias": np.array([1, -1], np.float32)}
    outputs = run_calls(model, graph, noise(graph), lambda _: None, others)
    assert np.array_equal(outputs[0], [[1, 0, 1, 0, 1, 0]])
    assert all(np.array_equal(array, before[name]) for name, array in state(model).items())


def test_weights_come_back_where_the_run_fails(graph):
    model = build(graph, seed=0)
    before = model.state_dict()["fc.weight"].clone()

    def fail(_ran):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_calls(model, graph, noise(graph), fail, {"fc.weight": np.zeros((2, 4), np.float32)})
    assert torch.equal(model.state_dict()["fc.weight"], before)


@pytest.mark.parametrize(
    ("line", "places"),
    [
        ("transpose(1, 2)", [[0, 2, 4], [1, 3, 5]]),
        ("prev[:, 1:]", [[2, 3], [4, 5]]),
        ("flip(1)", [[4, 5], [2, 3], [0, 1]]),
    ],
)
def test_where_numbers_come_from(line, places):
    graph = loads(f"input: [3, 2]\nlayers:\n  - {line}\n").graph
    seen = []
    run_calls(build(graph), graph, noise(graph), lambda ran: seen.append(ran.places(0)), {})
    assert seen[0][0].tolist() == places
