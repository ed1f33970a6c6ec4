"""The language's rules, one by one: what a spec means."""

from __future__ import annotations

import pytest

from netinspect.errors import InputError
from netinspect.network import Scope
from tests.network.building import keys, layers, network, shapes


def test_an_unnamed_layers_key_is_its_position_among_the_layers_of_its_list() -> None:
    net = layers("""
        - Conv2d(8, kernel_size=3)
        - a: ReLU
        - add(a, prev)
        - Conv2d(8, kernel_size=3)
        - ReLU if 1 > 2
        - named: Conv2d(8, kernel_size=3, bias=False)
        - Identity
        - Conv2d(8, kernel_size=3, bias=False)
    """)
    assert keys(net) == ["0.weight", "0.bias", "2.weight", "2.bias", "named.weight", "5.weight"]


def test_a_layers_first_input_may_be_given_by_name() -> None:
    net = layers("""
        - a: Linear(4)
        - b(input=input): Linear(5)
        - again: a(input=input)
        - m(query=unsqueeze(b, 1), key=unsqueeze(b, 1), value=unsqueeze(b, 1)): \\
            MultiheadAttention(num_heads=1, batch_first=True)
    """.replace("\\\n            ", ""), "[3]")  # fmt: skip
    by_path = {call.path: call for call in net.calls}
    assert [value.origin for value in by_path["b"].inputs] == ["input"]
    assert [value.origin for value in by_path["again"].inputs] == ["input"]
    assert len(by_path["m"].inputs) == 3


def test_an_unnamed_value_may_stand_after_named_ones() -> None:
    net = layers("""
        - Linear(bias=False, 6)
        - flatten(end_dim=-1, 1)
        - B(bias=False, 5)
    """, "[4]", "blocks:\n  B(width, bias):\n    - Linear(width, bias=bias)\n")  # fmt: skip
    assert keys(net) == ["0.weight", "1.0.weight"]
    assert shapes(net) == {"0": (6,), "flatten": (6,), "1.0": (5,)}


def test_an_unnamed_repeat_is_spliced_and_a_named_one_is_a_container() -> None:
    net = layers("""
        - 2 * [Linear(4, bias=False), ReLU]
        - body: 2 * [Linear(4, bias=False), ReLU]
        - one: 1 * Linear(4, bias=False)
        - none: 0 * Linear(4)
        - Linear(4, bias=False)
    """, "[4]")  # fmt: skip
    assert keys(net) == ["0.weight", "2.weight", "body.0.weight", "body.2.weight", "one.0.weight", "7.weight"]


def test_a_name_with_a_counter_gives_one_entry_each_in_the_enclosing_list() -> None:
    net = layers("""
        - Linear(4, bias=False)
        - layer{i}: Linear(i, bias=False) for i in range(1, 3)
        - Linear(4, bias=False)
    """, "[4]")  # fmt: skip
    assert keys(net) == ["0.weight", "layer1.weight", "layer2.weight", "3.weight"]


def test_the_turns_of_a_repeat_are_its_steps() -> None:
    net = layers("""
        - body: Linear(2**i) for i in range(3)
        - cat(body.steps[0], body.steps[-1], dim=1)
        - rest: body.steps[1]
    """, "[4]")  # fmt: skip
    assert shapes(net)["cat"] == (5,)
    assert net.outputs[0][1].type.shape == (1, 2)


def test_a_condition_on_shapes_decides_which_lines_are_there() -> None:
    text = """
        - c: Linear({width})
        - add(input, prev) if c.shape == input.shape
    """
    assert "add" in shapes(layers(text.format(width=4), "[4]"))
    assert "add" not in shapes(layers(text.format(width=5), "[4]"))


def test_else_takes_the_other_layer() -> None:
    net = layers("- a: Linear(4) if 1 > 2 else Identity", "[4]")
    assert net.calls[0].entry.name == "Identity"


def test_a_layer_called_again_keeps_its_weights_where_it_was_made() -> None:
    net = network("""
        inputs: {left: [4], right: [4]}
        layers:
          - left_vec(left): Linear(3)
          - right_vec: left_vec(right)
          - cat(left_vec, right_vec, dim=1)
    """)
    assert keys(net) == ["left_vec.weight", "left_vec.bias"]
    first, second, _ = net.calls
    assert (second.path, second.module, second.again) == ("right_vec", "left_vec", True)
    assert not first.again


def test_a_sub_network_called_again_shares_every_layer_inside() -> None:
    net = network("""
        inputs: {left: [4], right: [4]}
        layers:
          - tower(left):
              - Linear(8)
              - ReLU
              - out: Linear(2)
          - other: tower(right)
          - sub(tower, other)
    """)
    assert keys(net) == ["tower.0.weight", "tower.0.bias", "tower.out.weight", "tower.out.bias"]
    again = [(call.path, call.module) for call in net.calls if call.again]
    assert again == [("other.0", "tower.0"), ("other.1", "tower.1"), ("other.out", "tower.out")]


def test_a_count_before_a_name_applies_it_that_often() -> None:
    net = layers("""
        - fc: Linear(4)
        - 3 * fc
    """, "[4]")  # fmt: skip
    assert [call.path for call in net.calls] == ["fc", "fc_1", "fc_2", "fc_3"]
    assert keys(net) == ["fc.weight", "fc.bias"]


def test_a_layer_called_again_on_another_size_is_a_mistake() -> None:
    with pytest.raises(InputError, match="E204"):
        layers("- a: Linear(8)\n- b: a(a)", "[4]")


def test_a_name_alone_is_a_value() -> None:
    net = layers("""
        - a: Linear(8)
        - Linear(2)
        - a
        - Linear(3)
    """, "[4]")  # fmt: skip
    assert net.calls[-1].inputs[0].origin == "a"


def test_inner_results_are_reached_by_path() -> None:
    net = layers("""
        - features:
            - Linear(8)
            - relu3: ReLU
            - Linear(2)
        - cat(features, features.relu3, dim=1)
        - lstm(unsqueeze(prev, 1)): LSTM(5, batch_first=True)
        - squeeze(lstm.h_n, 0)
    """, "[4]")  # fmt: skip
    assert shapes(net)["cat"] == (10,)
    assert net.outputs[0][1].type.shape == (1, 5)


def test_a_block_sees_its_parameters_its_inputs_and_the_vars_only() -> None:
    with pytest.raises(InputError, match="E104"):
        network("""
            input: [4]
            blocks:
              B:
                - add(input, outer)
            layers:
              - outer: Linear(4)
              - B
        """)


def test_a_var_may_hold_a_layer_type_and_a_parameter_too() -> None:
    net = network("""
        input: [4]
        vars: {act: GELU, block: Big}
        blocks:
          Big(width, act=ReLU):
            - Linear(width)
            - act
        layers:
          - block(8)
          - act
          - block(3, act=Tanh)
    """)
    assert [call.entry.name for call in net.calls] == ["Linear", "ReLU", "GELU", "Linear", "Tanh"]


def test_several_inputs_of_a_block_and_defaults() -> None:
    net = network("""
        input: [2, 8]
        blocks:
          Join(dim=1)(x, skip):
            - cat(skip, x, dim=dim)
        layers:
          - a: Linear(4)
          - (prev, input): Join(2)
    """)
    assert net.outputs[0][1].type.shape == (1, 2, 12)


def test_own_parameters_and_ties() -> None:
    net = network("""
        input: {shape: {time: 6}, dtype: int64, high: 11}
        vars: {words: 11, width: 4}
        parameters:
          position: {shape: [1, 6, width], init: normal, std: 0.02}
        layers:
          - embed: Embedding(words, width)
          - add(embed, position)
          - head: Linear(words, bias=False)
        tie: {head.weight: embed.weight}
    """)
    assert keys(net) == ["position", "embed.weight", "head.weight"]
    assert net.ties == {"head.weight": "embed.weight"}
    (parameter,) = net.root.parameters
    assert (parameter.shape, parameter.init, parameter.std) == ((1, 6, 4), "normal", 0.02)


def test_variants_override_vars_and_a_base_variant_keeps_the_files_expectation() -> None:
    text = """
        input: [4]
        vars: {width: 2, depth: 1}
        layers:
          - depth * Linear(width)
        variants:
          small: {}
          large: {width: 2 + 3, depth: 2, expect: {params: 55}}
          other: {width: 3}
        expect: {params: 10}
    """
    assert network(text).expect.params == 10
    assert network(text, variant="small").expect.params == 10
    large = network(text, variant="large")
    assert (large.expect.params, len(large.calls)) == (55, 2)
    assert network(text, variant="other").expect is None
    with pytest.raises(InputError, match="large"):
        network(text, variant="larg")


def test_set_and_input_shape_override_and_switch_expect_off() -> None:
    text = """
        input: [4]
        vars: {width: 2, twice: 2 * width}
        layers:
          - Linear(twice)
        expect: {params: 20}
    """
    net = network(text, assignments=[("width", "3 + 4")], input_shapes=[("", (5,))])
    assert net.calls[0].result.parameters[0].shape == (14, 5)
    assert net.expect is None
    assert net.notes


def test_the_batch_axis_is_the_size_that_differs() -> None:
    net = layers("""
        - flatten(2)
        - permute(2, 0, 1)
        - Linear(5)
    """)  # fmt: skip
    assert net.calls[0].outputs[0].batch_axes == (0,)
    assert net.calls[-1].outputs[0].batch_axes == (1,)


def test_reported_sizes_are_those_of_the_batch_size() -> None:
    net = layers("- Conv2d(6, kernel_size=5)", batch_size=7)
    assert net.outputs[0][1].type.shape == (7, 6, 28, 28)
    assert int(net.calls[0].result.macs) == 7 * 6 * 28 * 28 * 75


def test_shape_arithmetic_may_follow_the_batch_in_functions() -> None:
    net = layers("""
        - reshape(prev, input.shape[0] * 3, -1)
        - reshape(prev, input.shape[0], 3, 32, 32)
    """)  # fmt: skip
    assert net.outputs[0][1].type.shape == (1, 3, 32, 32)


def test_functions_that_give_a_list_and_len_of_it() -> None:
    net = layers("""
        - c: chunk(3, dim=1)
        - add(c[0], c[len(c) - 1])
    """)  # fmt: skip
    assert shapes(net)["add"] == (1, 32, 32)


def test_outputs_by_name() -> None:
    net = network("""
        input: [4]
        layers:
          - a: Linear(3)
          - b: Linear(2)
        outputs:
          last: b
          first: a[:, 0]
    """)
    assert [(name, value.type.shape) for name, value in net.outputs] == [("last", (1, 2)), ("first", (1,))]


def test_scopes_nest_as_written_and_know_their_block() -> None:
    net = network("""
        input: [4]
        blocks:
          B:
            - Linear(4)
        layers:
          - stage: 2 * B
    """)
    (stage,) = net.root.items
    assert isinstance(stage, Scope)
    assert (stage.path, stage.is_repeat) == ("stage", True)
    assert [(item.path, item.title) for item in stage.items if isinstance(item, Scope)] == [
        ("stage.0", "B"), ("stage.1", "B"),
    ]  # fmt: skip


def test_words_need_no_quotes_even_where_a_line_has_that_name() -> None:
    net = layers("""
        - same: Conv2d(8, kernel_size=3, padding=same)
        - tanh: Tanh
        - GELU(approximate=tanh)
        - Conv2d(8, kernel_size=3, padding=same)
    """)  # fmt: skip
    assert net.outputs[0][1].type.shape == (1, 8, 32, 32)


def test_a_named_repeat_called_again() -> None:
    net = layers("""
        - body: 2 * Linear(4)
        - again: body(input)
    """, "[4]")  # fmt: skip
    assert keys(net) == ["body.0.weight", "body.0.bias", "body.1.weight", "body.1.bias"]
    assert [call.path for call in net.calls] == ["body.0", "body.1", "again.0", "again.1"]
    assert net.calls[2].inputs[0].origin == "input"


def test_attention_on_one_input_is_self_attention_and_takes_call_arguments() -> None:
    net = layers("""
        - a: MultiheadAttention(num_heads=2, batch_first=True)
        - b(prev, a, a, need_weights=False): MultiheadAttention(num_heads=2, batch_first=True)
    """, "[5, 4]")  # fmt: skip
    assert net.outputs[0][1].type.shape == (1, 5, 4)


def test_functions_on_numbers_take_names_and_follow_shapes() -> None:
    net = layers("""
        - Linear(make_divisible(33, min_value=16) + round(2.6) + max((1, 2)) + int(3.9))
        - unflatten(1, (make_divisible(prev.shape[1], min_value=8, divisor=10), -1))
    """, "[4]")  # fmt: skip
    assert net.calls[0].outputs[0].type.shape == (1, 32 + 3 + 2 + 3)


def test_a_fixed_word_may_follow_a_tensor_that_is_left_out() -> None:
    net = layers("""
        - to(float16)
        - to(prev, float32)
    """, "[4]")  # fmt: skip
    assert [call.outputs[0].type.dtype for call in net.calls] == ["float16", "float32"]
