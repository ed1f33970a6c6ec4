"""Peak activations and what is saved for backward, against sums a reader can do by hand."""

from netinspect.analysis.profile import profile
from tests.network.building import layers, network

FLOAT = 4


def peak(net):
    return profile(net).totals.peak_activation_bytes


def saved(net):
    return profile(net).totals.saved_activation_bytes


def test_a_chain_holds_the_input_and_two_neighbours():
    net = layers("- Linear(100)\n- Linear(10)\n- Linear(50)", "[20]")
    assert peak(net) == (20 + 100 + 10) * FLOAT


def test_the_input_lives_throughout():
    net = layers("- Linear(1)\n- Linear(100)\n- Linear(100)", "[20]")
    assert peak(net) == (20 + 100 + 100) * FLOAT


def test_a_skip_keeps_its_tensor_alive():
    net = layers("- a: Linear(30)\n- b: Linear(70)\n- c: Linear(30)\n- add(a, c)", "[10]")
    assert peak(net) == (10 + 30 + 70 + 30) * FLOAT


def test_views_and_in_place_operations_take_nothing():
    plain = layers("- Linear(64)", "[64]")
    same = layers("- Linear(64)\n- ReLU(inplace=True)\n- unflatten(1, (8, 8))\n- transpose(1, 2)", "[64]")
    assert peak(same) == peak(plain)


def test_an_activation_that_is_not_in_place_takes_its_own():
    assert peak(layers("- Linear(64)\n- ReLU", "[64]")) == (64 + 64 + 64) * FLOAT


def test_a_view_keeps_what_it_looks_at_alive():
    net = layers("- a: Linear(40)\n- v: unflatten(1, (4, 10))\n- b(a): Linear(70)\n- flatten(v, 1)", "[10]")
    assert peak(net) == (10 + 40 + 70) * FLOAT


def test_outputs_live_to_the_end():
    net = network("""
        input: [10]
        layers:
          - a: Linear(100)
          - b: Linear(5)
          - c: Linear(60)
        outputs: [a, c]
    """)
    assert peak(net) == (10 + 100 + 5 + 60) * FLOAT


def test_an_output_that_nobody_takes_still_takes_memory_once():
    net = layers("- a: Linear(10)\n- unused(a): Linear(90)\n- b(a): Linear(20)", "[10]")
    assert peak(net) == (10 + 10 + 90) * FLOAT


def test_backward_keeps_the_inputs_of_linear_layers():
    assert saved(layers("- Linear(30)\n- Linear(5)", "[20]")) == (20 + 30) * FLOAT


def test_relu_keeps_its_output_which_the_next_layer_keeps_too():
    assert saved(layers("- Linear(30)\n- ReLU\n- Linear(5)", "[20]")) == (20 + 30) * FLOAT


def test_nothing_is_kept_before_the_first_trainable_layer():
    net = network("input: [20]\nlayers:\n  - a: Linear(30)\n  - Tanh\n  - b: Linear(5)\nfrozen: [a]\n")
    assert saved(net) == 30 * FLOAT


def test_a_network_without_parameters_keeps_nothing():
    assert saved(layers("- ReLU\n- Tanh", "[20]")) == 0


def test_dropout_takes_nothing_in_inference_and_a_mask_and_a_tensor_in_training():
    net = layers("- Linear(30)\n- Dropout(0.5)\n- Linear(5)", "[20]")
    assert peak(net) == (20 + 30 + 5) * FLOAT
    assert saved(net) == (20 + 30 + 30) * FLOAT
