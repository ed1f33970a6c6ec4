"""One run of a model as arrays: the same numbers as the module gives, and the model as it was afterwards."""

import numpy as np
import pytest
import torch
from torch import nn

from netinspect import machine
from netinspect.errors import InputError
from netinspect.network.load import load
from netinspect.recording import NotFinite
from netinspect.torch_backend.batches import batch, noise
from netinspect.torch_backend.build import build
from netinspect.torch_backend.record import check_memory, estimate, kernels, record
from netinspect.torch_backend.weights import load_weights

SMALL = """
    input: [3, 8, 8]
    layers:
      - conv: Conv2d(4, kernel_size=3, padding=1)
      - ReLU(inplace=True)
      - Dropout(0.5)
      - again: Conv2d(4, kernel_size=1)
      - mean(dim=(2, 3))
      - fc: Linear(2)
"""


def recorded(net, **options):
    model = build(net)
    return model, record(model, net, noise(net), **options)


def by_path(recording):
    return {activation.path: activation for activation in recording.activations}


def test_activations_are_what_the_layers_give(network):
    net = network(SMALL)
    model, recording = recorded(net)
    found = by_path(recording)
    assert list(found) == ["conv", "1", "2", "again", "mean", "fc"]
    (x,) = batch(net, recording.inputs)
    with torch.no_grad():
        model.eval()
        conv = model.conv(x)
        assert np.array_equal(found["conv"].values, conv.numpy())  # before the ReLU wrote over it
        assert np.array_equal(found["1"].values, conv.relu().numpy())
        assert np.array_equal(found["2"].values, found["1"].values)  # no dropout in evaluation
        assert np.array_equal(recording.outputs[0][1], model(x).numpy())
    assert np.array_equal(found["fc"].values, recording.outputs[0][1])
    assert [(a.type, a.module, a.unit_axis, a.finite) for a in (found["conv"], found["mean"])] == [
        ("Conv2d", "conv", 1, True),
        ("mean", None, 1, True),
    ]
    with pytest.raises(ValueError, match="read-only"):
        found["conv"].values[0] = 0


def test_the_model_comes_back_as_it_was(network):
    net = network(SMALL)
    model = build(net)
    model.fc.eval()
    modes = [module.training for module in model.modules()]
    state = {key: value.clone() for key, value in model.state_dict().items()}
    torch.backends.mha.set_fastpath_enabled(value=True)
    record(model, net, noise(net))

    def fail(*_):
        raise RuntimeError("in the middle")

    handle = model.again.register_forward_hook(fail)
    with pytest.raises(RuntimeError, match="in the middle"):
        record(model, net, noise(net))
    handle.remove()
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks or "forward" in vars(m) for m in model.modules())
    assert torch.backends.mha.get_fastpath_enabled()


def test_some_layers_only(network):
    _, recording = recorded(network(SMALL), paths=["fc", "conv"])
    assert list(by_path(recording)) == ["conv", "fc"]
    with pytest.raises(InputError, match=r"there is no layer `cnv`; did you mean `conv`?"):
        recorded(network(SMALL), paths=["cnv"])


def test_a_layer_that_is_called_again_is_seen_twice(network):
    net = network("""
        input: [4]
        layers:
          - fc: Linear(4)
          - ReLU
          - twice: fc(prev)
    """)
    model, recording = recorded(net)
    found = by_path(recording)
    assert np.allclose(found["twice"].values, model.fc(torch.tensor(found["1"].values)).detach(), atol=1e-6)
    assert not np.array_equal(found["fc"].values, found["twice"].values)
    assert [kernel.key for kernel in recording.kernels] == ["fc.weight", "fc.bias"]


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "unet_small", "rnn", "self_attention", "logmel_cnn"])
def test_recording_changes_no_output(name, network):
    settings = {"input_shapes": [("", (3, 64, 64))]} if name == "resnet18" else {}
    net = load("unet", input_shapes=[("", (3, 32, 32))]) if name == "unet_small" else load(name, **settings)
    model, recording = recorded(net)
    with torch.no_grad():
        result = model.eval()(*batch(net, recording.inputs))
    first = result if isinstance(result, torch.Tensor) else result[0]
    assert np.array_equal(recording.outputs[0][1], first.numpy())
    kept = by_path(recording)
    assert all(kept[c.path].values.shape == c.outputs[0].type.shape for c in net.calls if c.path in kept)


# --- units -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "axes"),
    [
        ("vit_b_16", {"conv_proj": 1, "flatten": 1, "encoder.layers.encoder_layer_0.ln_1": 2, "heads.head": 1}),
        ("crepe_tiny", {"conv1": 1, "permute": 2, "classifier": 1}),
        ("bilstm", {"embed": 2, "lstm": 2, "tagger": 2}),
    ],
)
def test_which_axis_counts_the_units(name, axes):
    from netinspect.network.axes import unit_axes

    net = load(name)
    found = unit_axes(net)
    by = {call.path: found[call.outputs[0]] for call in net.calls}
    assert {path: by[path] for path in axes} == axes


# --- hidden states -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("batch_first", [True, False])
def test_hidden_states_over_time(network, kind, batch_first):
    net = network(f"""
        input: {{shape: {{time: 5, features: 3}}}}
        layers:
          - rnn: {kind}(4, bidirectional=True, batch_first={batch_first})
    """)
    model, recording = recorded(net)
    (states,) = recording.hidden_states
    (x,) = batch(net, recording.inputs)
    with torch.no_grad():
        output = model(x) if isinstance(model, nn.Sequential) else model.rnn(x)[0]
    assert (states.path, states.type, states.directions) == ("rnn", kind, 2)
    wanted = output.numpy() if batch_first else output.numpy().swapaxes(0, 1)
    assert np.array_equal(states.values, wanted)


# --- kernels -----------------------------------------------------------------------------------


def test_kernels_share_the_models_memory_and_cannot_be_written(network):
    net = network(SMALL)
    model = build(net)
    found = {kernel.key: kernel for kernel in kernels(model, net)}
    assert list(found) == [name for name, _ in model.named_parameters()]
    kernel = found["conv.weight"]
    assert (kernel.path, kernel.name, kernel.type, kernel.state) == ("conv", "weight", "Conv2d", "random")
    assert dict(kernel.arguments)["padding"] in (1, (1, 1))
    assert np.shares_memory(kernel.values, model.conv.weight.detach().numpy())
    with pytest.raises(ValueError, match="read-only"):
        kernel.values[0] = 0


def test_kernels_say_which_were_loaded_and_what_is_not_finite(network, tmp_path):
    net = network(SMALL)
    model = build(net)
    state = {"conv.weight": torch.full((4, 3, 3, 3), float("nan"))}
    torch.save(state, tmp_path / "part.pt")
    weights = load_weights(model, net, tmp_path / "part.pt", partial=True)
    recording = record(model, net, noise(net), weights=weights)
    states = {kernel.key: (kernel.state, kernel.finite) for kernel in recording.kernels}
    assert (states["conv.weight"], states["conv.bias"]) == (("loaded", False), ("random", True))
    assert [activation.finite for activation in recording.activations] == [False] * 6


BROKEN = """
input: [3, 6, 6]
layers:
  - conv: Conv2d(4, 3)
  - norm: BatchNorm2d
  - act: ReLU
  - Flatten
  - fc: Linear(5)
"""


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("norm.running_var", -1, NotFinite("norm", "BatchNorm2d", "NaN", 16, 64)),
        ("conv.weight", float("nan"), NotFinite("conv", "Conv2d", "NaN", 16, 64)),
        ("fc.bias", float("-inf"), NotFinite("fc", "Linear", "infinite values", 1, 5)),
        ("fc.bias", 0, None),
    ],
)
def test_where_numbers_stop_being_finite(network, key, value, expected):
    net = network(BROKEN)
    model = build(net)
    model.state_dict()[key][0] = value
    assert record(model, net, noise(net)).not_finite == expected


def test_infinite_values_on_the_way_may_be_meant(network):
    net = network("input: [40]\nlayers:\n  - log(relu(input))\n  - softmax(dim=1)\n")
    recording = record(build(net), net, noise(net))
    assert any(np.isinf(activation.values).any() for activation in recording.activations)
    assert recording.not_finite is None


def test_parameters_of_a_scope_and_tied_ones():
    net = load("vit_b_16")
    names = [kernel.key for kernel in kernels(build(net), net)]
    assert names[0] == "class_token"
    assert "encoder.pos_embedding" in names


# --- memory ------------------------------------------------------------------------------------


def test_too_much_is_refused_before_it_is_allocated(network, monkeypatch):
    net = network("input: [64, 64, 64]\nlayers:\n  - conv: Conv2d(256, kernel_size=1)\n")
    model = build(net)
    monkeypatch.setattr(machine, "machine_bytes", lambda: 1 << 20)
    with pytest.raises(
        InputError, match=r"running .* and keeping its activations needs about .* MiB, and half of this machine's"
    ):
        record(model, net, noise(net))
    assert record(model, net, noise(net), memory_limit=1 << 30).activations


def test_the_estimate_grows_with_the_samples(network):
    net = network(SMALL)
    one, two = (estimate(net, net.calls, samples) for samples in (1, 2))
    three = estimate(net, net.calls, 3)
    assert two - one == three - two > 4 * 8 * 8 * 4 * 3


def test_what_is_live_at_one_time_is_part_of_the_estimate(network):
    """Sixteen branches wait to be added up, two at a time."""
    branches = "".join(f"  - b{i}(input): ReLU\n" for i in range(16))
    sums = "".join(f"  - s{i}: add({f's{i - 1}' if i > 1 else 'b0'}, b{i})\n" for i in range(1, 16))
    net = network(f"input: [16, 32, 32]\nlayers:\n{branches}{sums}")
    assert estimate(net, (), 1) > 4 * 16 * 32 * 32 * 17


def test_a_layer_of_a_trillion_parameters_is_refused_before_it_is_built(network):
    net = network("input: [1_000_000]\nlayers:\n  - Linear(1_000_000)\n")
    with pytest.raises(InputError, match=r"needs about 3\.64 TiB, and half of this machine's memory is"):
        check_memory(net)


@pytest.mark.parametrize(
    "layer", ["MultiheadAttention(num_heads=4, batch_first=True)", "TransformerEncoderLayer(nhead=4, batch_first=True)"]
)
def test_attention_weights_are_part_of_the_estimate(network, layer):
    net = network(f"input: {{time: 512, features: 8}}\nlayers:\n  - {layer}\n")
    assert estimate(net, (), 1) > 4 * 4 * 512 * 512


def test_the_functions_weights_too():
    long, short = (load("gpt2", assignments=[("tokens", str(tokens))]) for tokens in (256, 128))
    assert estimate(long, (), 1) - estimate(short, (), 1) > 4 * 12 * 12 * (256**2 - 128**2)
