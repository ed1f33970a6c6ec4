import pytest
import torch
from torch import fx, nn

from netinspect.torch_backend.build import build
from netinspect.torch_backend.verify import verify

RESIDUAL = """
    input: {channels: 3, height: 16, width: 16}
    blocks:
      Basic(width):
        - conv: Conv2d(width, kernel_size=3, padding=1, bias=False)
        - bn: BatchNorm2d
        - shortcut(input): Conv2d(width, kernel_size=1) if width != input.shape[1] else Identity
        - add(bn, shortcut)
        - ReLU
    layers:
      - stem: Conv2d(8, kernel_size=3)
      - layer1: 2 * Basic(8)
      - layer2:
          - Basic(16)
          - Basic(16)
      - AdaptiveAvgPool2d(1)
      - Flatten
      - fc: Linear(5)
"""


def test_a_list_in_which_each_layer_feeds_the_next_is_a_sequential(network):
    model = build(network("input: [4]\nlayers: [{fc1: Linear(3)}, ReLU, {fc2: Linear(2)}]"))
    assert isinstance(model, nn.Sequential)
    assert [name for name, _ in model.named_children()] == ["fc1", "1", "fc2"]
    assert list(model.state_dict()) == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]


def test_any_other_list_is_a_graph_module_named_after_its_block(network):
    model = build(network(RESIDUAL))
    block = model.layer1[0]
    assert isinstance(model.layer1, nn.Sequential)
    assert isinstance(block, fx.GraphModule)
    assert type(block).__name__ == "Basic"
    assert str(block).startswith("Basic(\n  (conv): Conv2d(8, 8")
    assert "forward" not in str(model)


def test_every_scope_can_be_called(network):
    model = build(network(RESIDUAL)).eval()
    x = torch.randn(2, 8, 5, 5)
    block = model.layer1[0]
    assert torch.equal(block(x), torch.relu(block.bn(block.conv(x)) + x))
    assert model(torch.randn(2, 3, 16, 16)).shape == (2, 5)


def test_the_state_dict_has_the_keys_of_the_spec_in_its_order(network):
    keys = list(build(network(RESIDUAL)).state_dict())
    norm = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]

    def block(path, shortcut=()):
        return [
            f"{path}.conv.weight",
            *(f"{path}.bn.{name}" for name in norm),
            *(f"{path}.shortcut.{s}" for s in shortcut),
        ]

    assert keys == [
        "stem.weight", "stem.bias", *block("layer1.0"), *block("layer1.1"),
        *block("layer2.0", ("weight", "bias")), *block("layer2.1"), "fc.weight", "fc.bias",
    ]  # fmt: skip


INNER_VALUES = """
    input: [4]
    layers:
      - encoder:
          - a: Linear(3)
          - b: ReLU
          - c: Linear(2)
          - d: Tanh
      - cat(encoder.c, encoder.a, encoder, dim=1)
"""


def test_a_scope_gives_its_output_first_then_inner_values_in_order_of_definition(network):
    model = build(network(INNER_VALUES))
    x = torch.randn(2, 4)
    d, a, c = model.encoder(x)
    assert torch.equal(a, model.encoder.a(x))
    assert torch.equal(c, model.encoder.c(torch.relu(a)))
    assert torch.equal(d, torch.tanh(c))
    assert torch.equal(model(x), torch.cat((c, a, d), dim=1))


OUTER_VALUES = """
    input: [4]
    layers:
      - left: Linear(4)
      - right: Linear(4)
      - ReLU
      - outer:
          - Linear(4)
          - inner:
              - Linear(4)
              - add(prev, right)
              - add(prev, left)
"""


def test_outer_values_become_further_inputs_in_order_of_first_use_on_every_scope_of_the_way(network):
    model = build(network(OUTER_VALUES))
    x, right, left = torch.randn(3, 2, 4)
    inner = model.outer.inner
    assert torch.equal(inner(x, right, left), getattr(inner, "0")(x) + right + left)
    first = getattr(model.outer, "0")
    assert torch.equal(model.outer(x, right, left), inner(first(x), right, left))
    left, right = model.left(x), model.right(model.left(x))
    assert torch.equal(model(x), model.outer(torch.relu(right), right, left))


def test_an_empty_repeat_passes_its_input_on(network):
    model = build(network("input: [4]\nlayers: [{none: 0 * Linear(3)}, Linear(2)]"))
    assert len(model.none) == 0
    assert list(model.state_dict()) == ["1.weight", "1.bias"]
    assert model(torch.randn(2, 4)).shape == (2, 2)


def test_sizes_are_read_off_the_real_tensor(network):
    model = build(
        network("""
            input: {time: 40, features: 6}
            layers:
              - positions: arange(input.shape[1])
              - embed(positions): Embedding(100, 6)
              - add(input, embed)
              - narrow(1, 0, min(input.shape[1] // 2 + 1, 1000))
              - reshape(input.shape[0], -1, 3)
        """)
    )
    assert model(torch.randn(2, 40, 6)).shape == (2, 42, 3)
    assert model(torch.randn(5, 60, 6)).shape == (5, 62, 3)


def test_a_function_without_tensors_works_on_the_device_of_the_input(network):
    spec = network("input: {time: 8, features: 4}\nlayers: [{p: 'arange(input.shape[1])'}, 'add(input[:, :, 0], p)']")
    assert build(spec, device="meta")(torch.empty(2, 8, 4, device="meta")).device.type == "meta"


def test_own_parameters_come_before_the_layers_and_have_their_initial_values(network):
    model = build(
        network("""
            input: [4]
            parameters:
              token: (1, 4)
              scale: {shape: 4, init: ones}
              noise:
                shape: (200, 4)
                init: normal
                std: 0.02
            layers:
              - fc: Linear(4)
              - mul(prev, scale)
              - add(prev, token)
        """)
    )
    assert list(model.state_dict()) == ["token", "scale", "noise", "fc.weight", "fc.bias"]
    assert torch.equal(model.token, torch.zeros(1, 4))
    assert torch.equal(model.scale, torch.ones(4))
    assert 0.017 < model.noise.std().item() < 0.023
    assert isinstance(model.noise, nn.Parameter)


def test_a_parameter_is_an_input_of_the_inner_lists_that_use_it(network):
    model = build(
        network("""
            input: [4]
            parameters: {bias: 4}
            layers:
              - inner:
                  - add(input, bias)
                  - Linear(2)
        """)
    )
    model(torch.randn(2, 4)).sum().backward()
    assert model.bias.grad is not None
    assert list(model.state_dict()) == ["bias", "inner.0.weight", "inner.0.bias"]


def test_tied_names_are_one_parameter(network):
    model = build(
        network("""
            input: {shape: {time: 5}, dtype: int64, high: 7}
            layers:
              - wte: Embedding(7, 4)
              - head: Linear(7, bias=False)
            tie: {head.weight: wte.weight}
        """)
    )
    assert model.head.weight is model.wte.weight
    assert list(model.state_dict()) == ["wte.weight", "head.weight"]
    assert sum(parameter.numel() for parameter in model.parameters()) == 28


def test_frozen_paths_have_no_gradient(network):
    model = build(network(RESIDUAL + "    frozen: [layer1.0, fc.bias]\n"))
    frozen = [name for name, parameter in model.named_parameters() if not parameter.requires_grad]
    assert frozen == ["layer1.0.conv.weight", "layer1.0.bn.weight", "layer1.0.bn.bias", "fc.bias"]


def test_a_parameter_frozen_in_its_block_has_no_gradient(network):
    spec = network("""
    input: [4]
    blocks:
      Scaled(kept):
        parameters: {scale: {shape: 4, init: ones, frozen: kept}, shift: 4}
        layers:
          - input * scale + shift
    layers:
      - a: Scaled(True)
      - b: Scaled(False)
    """)
    model = build(spec)
    assert [name for name, parameter in model.named_parameters() if not parameter.requires_grad] == ["a.scale"]
    assert verify(spec).differences == ()


OUTPUTS = """
    inputs: {left: [4], right: [4]}
    layers:
      - a(left): Linear(3)
      - b(right): Linear(2)
    outputs: {second: b, first: a}
"""


def test_outputs_make_a_tuple_and_inputs_have_their_names(network):
    model = build(network(OUTPUTS))
    left, right = torch.randn(2, 2, 4)
    b, a = model(left, right)
    assert torch.equal(a, model.a(left))
    assert torch.equal(b, model.b(right))
    assert all(torch.equal(x, y) for x, y in zip(model(right=right, left=left), (b, a), strict=True))


def test_a_single_named_output_is_a_tuple_of_one(network):
    model = build(network("input: [4]\nlayers: [{fc: Linear(3)}]\noutputs: [fc]"))
    (y,) = model(torch.randn(2, 4))
    assert y.shape == (2, 3)


def test_outputs_of_layers_that_give_several(network):
    model = build(
        network("""
            input: {time: 7, features: 4}
            layers:
              - lstm: LSTM(3, batch_first=True)
              - attn(lstm): MultiheadAttention(num_heads=1, batch_first=True)
            outputs: [lstm.c_n, lstm.h_n, attn.attn_output_weights, attn]
        """)
    ).eval()
    x = torch.randn(2, 7, 4)
    c_n, h_n, weights, attended = model(x)
    y, (h, c) = model.lstm(x)
    assert torch.equal(h_n, h)
    assert torch.equal(c_n, c)
    expected, expected_weights = model.attn(y, y, y)
    assert torch.equal(attended, expected)
    assert torch.equal(weights, expected_weights)


def test_lists_slices_and_dtypes(network):
    model = build(
        network("""
            input: {time: 8, features: 4}
            layers:
              - parts: chunk(2, dim=1)
              - sub(parts[1], parts[0])
              - last: prev[:, -1, ::2]
              - to(dtype=float64)
        """)
    )
    x = torch.randn(2, 8, 4)
    assert torch.equal(model(x), (x[:, 4:] - x[:, :4])[:, -1, ::2].to(torch.float64))


def test_arguments_that_torch_takes_as_one_tuple(network):
    model = build(
        network("""
            inputs: {x: {time: 8, features: 4}, state: {time: 3}}
            layers:
              - h: unsqueeze(state, 0)
              - lstm(x, h, h): LSTM(3, batch_first=True)
        """)
    )
    x, state = torch.randn(2, 8, 4), torch.randn(2, 3)
    assert torch.equal(model(x, state), model.lstm(x, (state[None], state[None]))[0])


def test_crop_like_crops_in_the_middle(network):
    model = build(
        network("""
            inputs: {x: {channels: 1, time: 9}, like: {channels: 2, time: 4}}
            layers:
              - crop_like(x, like)
        """)
    )
    x = torch.arange(9.0).reshape(1, 1, 9)
    assert model(x, torch.zeros(1, 2, 4)).flatten().tolist() == [2.0, 3.0, 4.0, 5.0]


def test_the_seed_decides_and_the_callers_random_state_stays(network):
    spec = network(RESIDUAL)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first, same, other = build(spec, seed=1), build(spec, seed=1), build(spec, seed=2)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.fc.weight, same.fc.weight)
    assert not torch.equal(first.fc.weight, other.fc.weight)


def test_initialisation_is_torchs_own(network):
    model = build(network("input: [4]\nlayers: [Linear(3), Linear(2)]"), seed=5)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        expected = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), expected.parameters(), strict=True))


def test_on_meta_nothing_is_allocated(network):
    model = build(network("input: [1000000]\nlayers: [Linear(1000000000)]"), device="meta")
    assert model(torch.empty(3, 1_000_000, device="meta")).shape == (3, 1_000_000_000)


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_buffers_are_torchs_own(network, device):
    model = build(network(RESIDUAL), device=device)
    assert {buffer.device.type for buffer in model.buffers()} == {device}
    if device == "cpu":
        assert torch.equal(model.layer1[0].bn.running_var, torch.ones(8))


def test_a_layer_may_be_called_self_and_a_value_as_fx_calls_its_own(network):
    """`self` is the module in the code that fx writes, and `input_1` what it calls an argument `input`."""
    model = build(
        network("""
            input: [4]
            blocks:
              Add()(a, b):
                - sub(a, b)
            layers:
              - self: Linear(4)
              - Linear(4)
              - (input, prev): Add
              - input_1: Linear(4)
              - (self, input_1): Add
        """)
    )
    x = torch.randn(2, 4)
    layers = dict(model.named_children())
    hidden = layers["self"](x)
    assert torch.equal(model(x), hidden - layers["input_1"](x - layers["1"](hidden)))
