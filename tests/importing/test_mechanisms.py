"""What a model may do, and the lines that say it; every import is held against the model itself."""

import copy
import warnings
import weakref
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from torch import nn
from torch.nn.utils import prune

import netinspect
from netinspect.importing.tree import folded_spec, ordered_spec
from netinspect.language.write import spec_text
from netinspect.torch_backend.imported import inputs_like
from netinspect.torch_backend.tracing import trace
from tests.exporting.test_torch_source import module_of
from tests.importing import models

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*has weights and is never called:UserWarning"),
    # NewTensors goes over its steps in a loop.
    pytest.mark.filterwarnings("ignore:.*the model is not what its spec says:UserWarning"),
]

PICTURE = (torch.empty(1, 3, 8, 8),)
ROW = (torch.empty(1, 8),)
STEPS = (torch.empty(1, 5, 8),)
WORDS = (torch.full((1, 5), 19),)

# the model, its inputs, lines that the spec has in this order
CASES = [
    (models.Chain, PICTURE, ["- convs:", "- Conv2d(8, kernel_size=3, padding=1)", "- ReLU", "- fc: Linear(4)"]),
    (
        models.Turns,
        PICTURE,
        ["- convs.0: Conv2d(8, kernel_size=3, padding=1)", "- norms.0: BatchNorm2d", "- convs.1: "],
    ),
    (models.Twice, PICTURE, ["- conv: Conv2d(3, kernel_size=3, padding=1)", "- conv(relu(conv))"]),
    (models.Tied, WORDS, ["input: {shape: [5], dtype: int64, high: 20}", "tie:", "head.weight: embed.weight"]),
    (
        models.OwnTensors,
        PICTURE,
        [
            "scale: {shape: [1, 3, 1, 1], init: normal, std: ",
            "shift: {shape: [1, 3, 1, 1], init: normal, std: ",
            "mean:",
            "shape: (1, 3, 1, 1)",
            "values: [",
            "- (input - mean) * scale + shift",
        ],
    ),
    (
        models.TwoInputs,
        (*STEPS, torch.full((1, 5), 9)),
        [
            "sound: [5, 8]",
            "words: {shape: [5], dtype: int64, high: 10}",
            "- hidden: fc + embed",
            "outputs: [mean, hidden]",
        ],
    ),
    (
        models.GatedTwice,
        ROW,
        [
            "  Gated:\n    - gate:\n        - fc: Linear(8)\n        - sigmoid(fc)\n",
            "- first: Gated\n",
            "- second: Gated\n",
        ],
    ),
    (models.AttentionScales, STEPS, ["scale=12**-0.5)", "scale=1.0)", "scale=0.3)"]),
    (models.Rotated, ROW, ["- cat(-fc[..., 4:], fc[..., :4], dim=-1)"]),
    (models.Dictionary, ROW, ["- pitch: Linear(3)", "- onset(input): Linear(1)", "outputs: [pitch, onset]"]),
    (models.InPlace, PICTURE, ["- relu: ReLU(inplace=True)", "- ((relu + 1) * 2).clamp(max=3)"]),
    (models.Optional, PICTURE, ["Residual(", "if bn.shape != input.shape else Identity", "- 2 * Residual(8)"]),
    (
        models.Mobile,
        PICTURE,
        [
            "Expanding(out_channels, ",
            "- Conv2d(4 * input.shape[1], kernel_size=1) if ",
            "- Conv2d(prev.shape[1], kernel_size=3,",
            "groups=prev.shape[1])",
            "- Conv2d(out_channels, kernel_size=1)",
        ],
    ),
    (models.NewTensors, STEPS, ["zeros(input.shape[0], 8)", "full([8], 2.0)", "state_5_2: state_5"]),
    (models.Sizes, PICTURE, ["- view(conv, conv.shape[0], 2, 4, conv.shape[2], conv.shape[3])"]),
    (models.Extended, PICTURE, ["- input * 2.0", "- conv: Conv2d(8, kernel_size=3, padding=1)", "- relu(conv)"]),
    (models.Functional, STEPS, ["- fc: Linear(4)", "- norm: LayerNorm"]),
    (models.Unused, ROW, ["running_mean: 4", "- fc: Linear(4)", "- aux:"]),
    (models.Skip, ROW, ["- doubled: input * 2", "- net:", "- net + doubled"]),
    (models.OddKeys, ROW, ['- "block-{i}": Linear(8) for i in range(2)']),
    (models.Caching, ROW, ["- fc(input): Linear(8)"]),
    (models.Training, ROW, ["- fc: Linear(8)"]),
    (
        models.Dense,
        ROW,
        [
            "DenseLayer()(*features):",
            "- cat(features, dim=1)",
            "- fc: Linear(4)",
            "- relu(fc + features[0][:, :1])",
            "DenseBlock(layers):",
            "- layer{i}(input, *layer.steps): DenseLayer for i in range(1, layers + 1)",
            "- cat(input, *layer.steps, dim=1)",
            "- third: DenseBlock(3)",
        ],
    ),
    (
        models.Borrowed,
        WORDS,
        [
            "- qkv: {parameters: {weight: [8, 8]}, layers: [input]}",
            "- linear(embed, qkv.weight, bias)",
            "- head(prev, embed.weight): Head",
        ],
    ),
    (
        models.Shared,
        PICTURE,
        ["- block:", "- second: block(input * 2)", "- conv(block): ", "- conv * conv(second) + block - second"],
    ),
    (models.Assigns, ROW, ["select_scatter(", "slice_scatter(", "zeros_like()"]),
    (
        models.InnerSizes,
        PICTURE,
        [
            "outputs: [transpose, proj]",
            "transpose(norm, 1, 2).unflatten(-1, (patches.proj.shape[2], patches.proj.shape[3]))",
        ],
    ),
    (models.PassedOn, STEPS, ["- (x, x.bias): 3 * BiasedBlock2"]),
    (
        models.SeveralOwners,
        ROW,
        ["- first: Owner", "- second: Owner", "- head: Linear(8)", "- head(head)", "tie:", "tail.weight: head.weight"],
    ),
    (models.EmptyCache, STEPS, ["- fc: Linear(8)", "- relu(fc)"]),
    (models.Standardised, PICTURE, ["None, None, weight=gain, training=True)"]),
    (models.Blurred, PICTURE, ["shape: (1, 1, 3, 3)", "conv2d(conv, expand(kernel, 200, 1, 3, 3), "]),
    (models.Picks, STEPS, ["index_select(input, 1, ", "input[:, :, 1:]"]),
    (
        models.WeightNormed,
        STEPS,
        [
            "weight_norm(weight_v, weight_g, 2)",
            "original0: {shape: [1, 1, 3], init: normal, std: ",
            "- conv1d(input, parametrizations.weight, bias, [1], [1], [1])",
        ],
    ),
    (
        models.NamedLikeAFunction,
        STEPS,
        [
            "- conv1d: {parameters: {weight: [5, 1, 3], bias: 5}, layers: [input]}",
            "input.conv1d(squeeze(conv1d.weight, 1).unsqueeze(1), conv1d.bias, padding=2, groups=5)[..., :8]",
        ],
    ),
    (models.Codebooks, STEPS, ["- layers.0:", "shape: (6, 8)", "input @ transpose(layers_0.embed, 0, 1)"]),
    (models.NormsWithActivation, PICTURE, ["- conv: Conv2d(8, kernel_size=3)", "- norm: BatchNorm2d", "- gelu(norm)"]),
    (models.OptionalRepeat, ROW, ["- 2 * "]),
    (models.Decoder, ROW, ["- layers(input, embed, scale): 3 * WithMemory"]),
    (
        models.Heads,
        STEPS,
        [
            "- query_2: unflatten(query, -1, (2, 4)).transpose(1, 2)",
            "unflatten(memory, -1, (2, 2, 4))",
            "(-1) @ key[1]).transpose(1, 2).flatten(2)",
            "- roll(",
            "- act: GELU(approximate=tanh)",
        ],
    ),
    (
        models.Attentive,
        (torch.empty(1, 5, 8), torch.empty(1, 4, 8)),
        [
            "Attend(out_features, is_causal=False)(x, memory):",
            "- key(memory): Linear(out_features)",
            "scaled_dot_product_attention(",
            "- first(norm, norm): Attend(4)",
            "- causal(first, first): Attend(4, is_causal=True)",
            "- cross(causal, memory): Attend(6)",
            "- more:",
            "- (input, input): Attend(4)",
            "- (prev, prev): Attend(4)",
            "- (prev, prev): Attend(4)",
        ],
    ),
    (
        models.Widths,
        (torch.empty(1, 5, 8), torch.empty(1, 5, 1)),
        [
            "Wide()(hidden_states, mask):",
            "vars:",
            "width: hidden_states.shape[-1]",
            "- query: Linear(width)",
            "- out: Linear(2 * width)",
        ],
    ),
    (models.Tails, ROW, ["Tail(out_features, with_fc2=True):", "Tail(9, with_fc2=False)"]),
    (
        models.Masked,
        (torch.empty(1, 5, 8), torch.empty(1, 5, 5)),
        [
            "MaskedAttend(is_masked=True)(x, bias):",
            " if is_masked else bias",
            "- second(first, bias): MaskedAttend(is_masked=False)",
        ],
    ),
    (
        models.Biased,
        STEPS,
        [
            "BiasedAttend(has_bias=False, is_causal=True)(x, bias):",
            "- abs(prev) if has_bias and not is_causal",
            "- bias_2: squeeze(table, -1) if has_bias else bias",
            "- tril(prev) if is_causal",
            "outputs: {out: out, bias: bias_2}\n\n  BiasedLayer(",  # and no other block of its class
            "- mix(prev, memory): Bilinear(8) if is_decoder\n      - mix_2: prev",
            "outputs: {x: mix_2, output_1: attend.bias}\n\n  BiasedStack(is_decoder=False)(x, memory):",
            "- (x_2, x_2.output_1, memory): 2 * BiasedLayer(is_decoder=is_decoder)",
        ],
    ),
    (models.Idling, ROW, ["layers:\n  - fc: Linear(8)", "- Identity", "- Linear(4)"]),
    (models.Regrouped, (torch.empty(1, 4, 8),), ["view(input, input.shape[0], ", ".reshape(-1, "]),
    (models.PairTwice, ROW, ["outputs: [relu, sigmoid]", "- pair(pair + pair.sigmoid)"]),
    (
        models.Positions,
        ROW,
        [
            "- tied(tied)",
            "- twice.{i}: Doubled for i in range(2)",
            "- twice_0(",
            "- turned.1: Linear(8)",
            "- turned.0: Linear(8)",
            '- "5": Linear(8)',
            '- "0": Linear(4)',
            "tied.4.weight: tied.0.weight",
        ],
    ),
    (
        models.Listed,
        ROW,
        [
            "0: {shape: [8, 8], init: normal, std: 1.0}",
            "- lists.{i}: ParameterList for i in range(2)",
            "input @ weights._0 @ weights._1 + lists_1._0",
        ],
    ),
    (models.ChannelsBesideTime, (torch.empty(1, 4, 16),), ["Pooled(out_channels):", "- first: Pooled(16)"]),
    (models.ChannelsLast, (torch.empty(1, 8, 4, 8),), ["- up: Linear(2 * input.shape[-1])", "- first: Widened"]),
    (models.Shortcuts, PICTURE, ["- skip(input): ", " if stride != 1 else Identity"]),
    (models.Records, ROW, ["- first: TakesRecord", "- second: TakesRecord"]),
    (models.SameNames, ROW, ["Weighted2()(x, gate_2):", "- gate(gate_2): Linear(8)", "- x * gate", "- Weighted"]),
    (
        models.UsedInPart,
        ROW,
        [
            "- first: Linear(8)",
            "- layers.1: Linear(8)",
            "- first(layers_1)",
            "- layers.0: {",
            "tie: {layers.0.weight: first.weight",
        ],
    ),
    (models.Fused, ROW, ['- "0":', "- relu: relu(_0.add + _0)", '- "1(xs[0])":', "outputs: {"]),
    (models.AgainOtherwise, ROW, ["Averaged()(x, y):", "outputs: [x_2, relu]", "second(second, second)"]),
    (models.BentOnce, ROW, ["Bent(is_bent=True):", "- relu_2: relu(net) if is_bent else prev", "- relu(left + right)"]),
    (
        models.NormedInPart,
        STEPS,
        [
            "NormedAttend(with_query_norm=False):",
            "if with_query_norm else Identity",
            "if with_query_norm else Identity",
            "- NormedAttend(with_query_norm=True)",
        ],
    ),
    (models.ReadInside, ROW, ["inputs:\n  x: [8]", "- layers(norm, x): 2 * Bilinear(8)"]),
    (
        models.Begins,
        ROW,
        ["gain: {shape: 8, init: ones}", "shift: 8", "table: {shape: [100, 8], init: normal, std: 0.02}", "/ 24**0.5"],
    ),
    (models.ConvOfRows, PICTURE, ["- batch_norm(reshape(weight, 1, 8, -1), None, None, training=True, momentum=0.0)"]),
    (models.StraightThrough, ROW, ["- add: fc + (round(fc) - fc).detach()", "- mul: detach(fc) * 2"]),
    (
        models.CalledLikeInputs,
        (torch.empty(1, 8), torch.empty(1, 6)),
        ["  mel_2: [8]", "  chroma_2: [6]", "- mel: Linear(4)", "- chroma(chroma_2): Linear(4)", "- mel + chroma"],
    ),
    (models.OnAndOff, ROW, ['- "on": Linear(4)', '- "off(input)": Linear(4)', "- on_ + off_"]),
    (
        models.ResidualQuantizer,
        STEPS,
        [
            "blocks:",
            "- codebook: {parameters: {weight: {shape: [16, 8], init: normal, std: ",
            "- nearest: ",
            "- embedding: embedding(nearest, codebook.weight)",
            "layers:",
        ],
    ),
    (
        models.WeightBefore,
        ROW,
        [
            "weight: {shape: [8, 4], ",
            "linear(relu(linear(input, transpose(down.weight, 0, 1))), down.weight, down.bias)",
        ],
    ),
    (models.Recurrent, STEPS, ["- gru: GRU(6, batch_first=True)", "- gru.h_n[-1]", "- fc: Linear(2)"]),
]


@pytest.fixture(scope="module")
def imported():
    """The model of each case, and the network of its spec; each imported once."""
    networks = {}

    def of(model_class, inputs):
        if model_class not in networks:
            torch.manual_seed(0)
            model = model_class().eval()
            networks[model_class] = model, netinspect.from_torch(model, *inputs)
        return networks[model_class]

    return of


def random_like(tensor, batch):
    shape = (batch, *tensor.shape[1:])
    return torch.randn(shape) if tensor.dtype.is_floating_point else torch.randint(int(tensor.max()) + 1, shape)


def flat(value):
    return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, tuple) else [value]


@pytest.mark.parametrize(("model_class", "inputs", "lines"), CASES, ids=[case[0].__name__ for case in CASES])
def test_the_spec_says_it(imported, model_class, inputs, lines):
    _, network = imported(model_class, inputs)
    text = network.spec
    place = 0
    for line in lines:
        assert line in text[place:], text
        place = text.index(line, place) + len(line)


@pytest.mark.parametrize(
    ("model_class", "inputs"), [case[:2] for case in CASES], ids=[case[0].__name__ for case in CASES]
)
def test_the_built_spec_is_the_model(imported, model_class, inputs):
    model, network = imported(model_class, inputs)
    built = network.build().eval()
    built.load_state_dict(model.state_dict())
    trained, expected = (
        {name: parameter.requires_grad for name, parameter in each.named_parameters(remove_duplicate=False)}
        for each in (built, model)
    )
    assert trained == expected
    for batch in (1, 4):
        tensors = [random_like(tensor, batch) for tensor in inputs]
        with torch.no_grad():
            ours = built(*[tensor.clone() for tensor in tensors])
            theirs = copy.deepcopy(model)(*[tensor.clone() for tensor in tensors])
        for output, expected in zip(flat(ours), flat(theirs), strict=True):
            assert torch.equal(output, expected)


@pytest.mark.parametrize(
    ("model_class", "inputs"), [case[:2] for case in CASES], ids=[case[0].__name__ for case in CASES]
)
def test_torch_agrees_with_its_figures(imported, model_class, inputs):
    _, network = imported(model_class, inputs)
    assert network.verify().agrees


def test_sizes_that_follow_from_the_input_hold_at_another_size(imported):
    model, network = imported(models.Sizes, PICTURE)
    picture = torch.randn(2, 3, 10, 14)
    built = network.build().eval()
    built.load_state_dict(model.state_dict())
    assert torch.equal(built(picture), model(picture))
    assert netinspect.loads(network.spec, input_shape=(3, 10, 14)).profile().totals.params == 224


@pytest.mark.parametrize(
    ("model_class", "example", "other"),
    [
        (models.ChannelsBesideTime, (1, 4, 16), (2, 4, 24)),
        (models.ChannelsLast, (1, 8, 4, 8), (2, 12, 4, 8)),
        (models.Shortcuts, (1, 3, 8, 8), (2, 3, 1, 1)),
    ],
)
def test_channels_and_shortcuts_hold_at_another_size(model_class, example, other):
    """What equals another size by chance, in the one run that is written down, is not said by it."""
    model = model_class().eval()
    network = netinspect.loads(netinspect.from_torch(model, torch.empty(example)).spec, input_shape=other[1:])
    built = network.build().eval()
    built.load_state_dict(model.state_dict())
    value = torch.randn(other)
    assert torch.equal(built(value), model(value))


def test_differences_of_sizes_are_no_numbers():
    model = models.Fitted().eval()
    built = netinspect.from_torch(model, *PICTURE).build().eval()
    built.load_state_dict(model.state_dict())
    for size in (8, 9, 10, 11, 15):
        picture = torch.randn(2, 3, size, size + 3)
        assert all(map(torch.equal, built(picture), model(picture)))


def test_the_model_is_left_as_it_is():
    model = models.Caching().train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    call = nn.Module.__call__
    netinspect.from_torch(model, *ROW)
    assert model.training
    assert model.mask is None
    assert nn.Module.__call__ is call
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_inputs_by_name_in_any_order():
    network = netinspect.from_torch(models.TwoInputs(), words=torch.full((1, 5), 9), sound=torch.empty(1, 5, 8))
    assert "- hidden: fc + embed" in network.spec


def test_an_input_that_the_model_does_without():
    class Masked(nn.Module):
        def forward(self, x, mask=None, bias=None):
            x = x if mask is None else x * mask
            return x if bias is None else x + bias

    network = netinspect.from_torch(Masked(), torch.empty(1, 8), bias=torch.empty(1, 8))
    assert "- x + bias" in network.spec


def test_expect_holds_the_figures_and_the_name_is_the_class():
    network = netinspect.from_torch(models.Chain(), *PICTURE)
    assert network.spec.splitlines()[0] == "name: Chain"
    assert network.spec.splitlines()[-1] == "expect: {params: 844, macs: 50_720, output: [4]}"
    assert netinspect.from_torch(models.Chain(), *PICTURE, name="Small").spec.startswith("name: Small\n")


def test_a_copy_in_another_order_is_written_where_the_outputs_need_it():
    recorded = trace(models.InAnotherOrder(), inputs_like(models.InAnotherOrder(), *PICTURE))
    assert "contiguous" not in spec_text(folded_spec(recorded, "Net"))
    assert "contiguous()" in spec_text(ordered_spec(recorded, "Net"))


def test_other_steps_at_another_size_are_told():
    """The spec holds for the sizes that were given; where the model does something else is said, with the line."""
    model = models.OnLargePictures()
    words = r"^on 3×67×67 the model is not what its spec says: .*models\.py:\d+"
    with pytest.warns(UserWarning, match=words) as warned:
        network = netinspect.from_torch(model, torch.empty(1, 3, 32, 32))
    assert len(warned) == 1
    line = int(str(warned[0].message).rpartition(":")[2].rstrip(")"))
    assert "relu" in Path(models.__file__).read_text().splitlines()[line - 1]
    assert "relu" not in network.spec


def test_a_model_that_is_one_layer():
    network = netinspect.from_torch(nn.Linear(8, 4), *ROW)
    assert "- linear(input, weight, bias)" in network.spec
    assert list(network.build().state_dict()) == ["weight", "bias"]


def test_buffers_of_the_state_dict_begin_with_the_models_numbers():
    """The proof loads the model's state dict, which would hide a mask of zeros."""
    model = models.Causal()
    with pytest.warns(UserWarning, match="`table` begins with zeros: no formula gives its numbers"):
        network = netinspect.from_torch(model, *STEPS)
    built, state = network.build().state_dict(), model.state_dict()
    for key in ("near.bias", "far.bias", "mean"):
        assert torch.equal(built[key], state[key]), key
    assert not built["table"].any()
    assert "tril(ones(6, 6)" in network.spec
    assert "-inf" in network.spec
    assert "[:, -1:, :]" in network.spec


def test_layers_that_are_frozen_stay_so():
    network = netinspect.from_torch(models.Frozen(), *PICTURE)
    assert "frozen: [backbone, neck.bias]" in network.spec
    trained = {name for name, parameter in network.build().named_parameters() if parameter.requires_grad}
    assert trained == {"neck.weight", "head.weight", "head.bias"}


def test_what_code_does_where_something_is_left_over_is_met():
    network = netinspect.from_torch(models.Padded(), *PICTURE)
    assert "pad(input, (0, (4 - input.shape[3] % 4) % 4, 0, (4 - input.shape[2] % 4) % 4))" in network.spec


def test_one_axis_may_have_another_length_where_all_together_may_not():
    network = netinspect.from_torch(models.Bands(), torch.empty(1, 1, 9, 6))
    longer = netinspect.loads(network.spec, input_shape=(1, 21, 6))
    assert longer.graph.outputs[0][1].type.shape == (1, 21, 3)


def test_a_model_that_does_something_else_with_one_sample_is_refused():
    class One(nn.Module):
        def forward(self, x):
            return x * 2 if len(x) > 1 else x

    with pytest.raises(netinspect.NetinspectError, match=r"at batch 1|differs by"):
        netinspect.from_torch(One(), *ROW)


def test_after_a_model_that_cannot_be_run_others_can():
    class Stubborn(nn.Module):
        def named_parameters(self, *args, **kwargs):
            raise ValueError("no")

        def forward(self, x):
            return x

    with pytest.raises(ValueError, match="no"):
        netinspect.from_torch(Stubborn(), *ROW)
    assert netinspect.from_torch(nn.Sequential(nn.Linear(8, 2)), *ROW).profile().totals.params == 18


def test_a_dataclass_gives_its_tensors():
    model = models.GivesADataclass().eval()
    network = netinspect.from_torch(model, *ROW)
    assert "outputs: [pitch, onset]" in network.spec
    built = network.build().eval()
    built.load_state_dict(model.state_dict())
    x = torch.randn(2, 8)
    pitch, onset = built(x)
    answer = model(x)
    assert torch.equal(pitch, answer.pitch)
    assert torch.equal(onset, answer.onset)


def hooked_with_itself(model):
    model.kept = {}
    model.a.register_forward_hook(lambda module, inputs, output: model.kept.update(a=output))


def hooked_with_a_method(model):
    model.kept = {}
    model.a.register_forward_hook(model.keep)


HOOKS = {
    "a closure that holds the model": (hooked_with_itself, ["- a: Linear(4)", "- b: Linear(4)", "- b + a"]),
    "a method": (hooked_with_a_method, ["- b + a"]),
    "an output that is another": (
        lambda model: model.a.register_forward_hook(lambda module, inputs, output: output * 2),
        ["- a: Linear(4)", "- a * 2", "- b: Linear(4)"],
    ),
    "an input that is another": (
        lambda model: model.a.register_forward_pre_hook(lambda module, inputs: (inputs[0] * 3,)),
        ["- input * 3", "- a: Linear(4)"],
    ),
    "another forward": (
        lambda model: setattr(model.a, "forward", lambda x, forward=model.a.forward: forward(x) + 1),
        ["- a: Linear(4)", "- a + 1", "- b: Linear(4)"],
    ),
    "a layer that a function of its own calls": (
        lambda model: setattr(model, "between", lambda x: model.a(x) + 1),
        ["- a: Linear(4)", "- a(a) + 1", "- b: Linear(4)"],
    ),
}


@pytest.mark.parametrize("case", HOOKS)
def test_hooks_and_functions_that_hold_the_model_are_seen(case):
    hook, lines = HOOKS[case]
    torch.manual_seed(0)
    model = models.Hooked()
    hook(model)
    network = netinspect.from_torch(model, torch.empty(1, 4))
    place = 0
    for line in lines:
        assert line in network.spec[place:], network.spec
        place = network.spec.index(line, place)
    built = network.build().eval()
    built.load_state_dict(model.state_dict())
    x = torch.randn(3, 4)
    assert torch.equal(built(x), model.eval()(x))
    assert not hasattr(model, "kept") or set(model.kept) == {"a"}


def test_a_recording_keeps_no_activations():
    class Deep(nn.Module):
        def forward(self, x):
            alive = []
            for _ in range(20):
                x = x + 1
                alive.append(weakref.ref(x))
            self.most = sum(reference() is not None for reference in alive)
            counts.append(self.most)
            return x

    counts = []
    netinspect.from_torch(Deep(), torch.empty(1, 4))
    assert set(counts) == {1}


class Adds(nn.Module):
    """Takes inputs in every way that Python has."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, first, *rest, scale, **named):
        return self.fc(first + rest[0] - rest[1]) * scale + named["shift"]


def test_inputs_of_a_list_by_name_alone_and_by_any_name():
    torch.manual_seed(0)
    model = Adds().eval()
    tensors = torch.randn(5, 2, 4)
    network = netinspect.from_torch(model, *tensors[:3], scale=tensors[3], shift=tensors[4])
    assert [value.name for value in network.graph.inputs] == ["first", "rest_0", "rest_1", "scale", "shift"]
    built = network.build().eval()
    built.load_state_dict(model.state_dict())
    assert torch.equal(built(*tensors), model(*tensors[:3], scale=tensors[3], shift=tensors[4]))


def test_complex_inputs():
    network = netinspect.from_torch(nn.Sequential(nn.Flatten()), torch.zeros(1, 3, 2, dtype=torch.complex64))
    assert "dtype: complex64" in network.spec


@pytest.mark.parametrize("wrap", [nn.DataParallel, lambda model: torch.compile(model, backend="eager")])
def test_a_wrapped_model_is_the_model_inside(wrap):
    model = models.Hooked()
    network = netinspect.from_torch(wrap(model), torch.empty(1, 4))
    assert network.spec == netinspect.from_torch(model, torch.empty(1, 4)).spec
    network.build().load_state_dict(model.state_dict())


def pruned():
    model = models.Hooked()
    prune.l1_unstructured(model.a, "weight", 0.5)
    return model


def normed():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = models.Hooked()
        model.a = nn.utils.weight_norm(model.a)
    return model


@pytest.mark.parametrize(
    ("make", "line"),
    [(pruned, "weight_mask * weight_orig"), (normed, "weight_norm(weight_v, weight_g)")],
    ids=["pruned", "normed"],
)
def test_a_weight_that_a_hook_works_out(make, line):
    torch.manual_seed(0)
    model = make()
    network = netinspect.from_torch(model, torch.empty(1, 4))
    assert line in network.spec
    built = network.build().eval()
    built.load_state_dict(model.state_dict())
    x = torch.randn(3, 4)
    assert torch.equal(built(x), model.eval()(x))


def test_an_input_that_nothing_reads():
    class Second(nn.Module):
        def forward(self, x, y):
            return y + 1

    network = netinspect.from_torch(Second(), torch.empty(1, 4), torch.empty(1, 4))
    assert [value.name for value in network.graph.inputs] == ["x", "y"]
    assert "- y + 1" in network.spec


def test_outputs_have_the_names_of_what_the_model_gives():
    class Names(nn.Module):
        def forward(self, x):
            return {"class": x + 1, "logits": x + 2, "more": {"mask": x + 3}, "loss": None}

    network = netinspect.from_torch(Names(), *ROW)
    assert [name for name, _ in network.graph.outputs] == ["class_", "logits", "mask"]

    class Heads(NamedTuple):
        scores: torch.Tensor
        features: torch.Tensor

    class Tuple(nn.Module):
        def forward(self, x):
            return Heads(x + 1, x + 2)

    assert [name for name, _ in netinspect.from_torch(Tuple(), *ROW).graph.outputs] == ["scores", "features"]


def test_words_are_bounded_by_the_rows_of_their_embedding():
    for example in (torch.zeros(1, 5, dtype=torch.int64), torch.full((1, 5), 6)):
        network = netinspect.from_torch(nn.Sequential(nn.Embedding(7, 3), nn.Linear(3, 2)), example)
        assert "high: 7" in network.spec
    assert "high: 4" in netinspect.from_torch(nn.Flatten(0), torch.full((1, 5), 3)).spec


class Weightless(nn.Module):
    """Modules that have weights and do nothing: one is called, one never, one lends its weights, one does nothing."""

    def __init__(self):
        super().__init__()
        self.passes, self.lends = Passes(), Passes()
        self.never = nn.Sequential(nn.Linear(8, 2), nn.ReLU(), nn.Linear(2, 2))

    def forward(self, x):
        x, weight = self.passes(x)
        x, other = self.lends(x)
        return nn.functional.linear(x, weight * other)


class Passes(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(8, 8))

    def forward(self, x):
        return x, self.weight


@pytest.mark.parametrize(("make", "example"), [(Weightless, ROW), (models.Unused, ROW), (models.Listed, ROW)])
def test_the_source_of_an_imported_model_is_imported_again(make, example):
    network = netinspect.from_torch(make(), *example)
    names = {}
    exec(compile(network.export(), "exported.py", "exec"), names)
    again = netinspect.from_torch(names[make.__name__](), *example)
    assert {key: value.shape for key, value in network.build().state_dict().items()} == {
        key: value.shape for key, value in again.build().state_dict().items()
    }
    assert network.profile().totals.macs == again.profile().totals.macs


def _encoder_layer(**settings):
    return nn.TransformerEncoderLayer(8, 2, 12, batch_first=True, **settings)


PAIR = (torch.empty(1, 5, 8), torch.empty(1, 4, 8))

# a model of torch's own, its inputs, lines of its spec
STACKS = {
    "encoder layer": (_encoder_layer, STEPS, ["- self_attn(input, need_weights=False): ", "- norm2: LayerNorm"]),
    "encoder layer, norm first": (lambda: _encoder_layer(norm_first=True), STEPS, ["- self_attn(norm1, "]),
    "decoder layer": (lambda: nn.TransformerDecoderLayer(8, 2, 12, batch_first=True), PAIR, ["- multihead_attn(norm1"]),
    "encoder": (
        lambda: nn.TransformerEncoder(_encoder_layer(), 2, norm=nn.LayerNorm(8)),
        STEPS,
        ["- layers: 2 * TransformerEncoderLayer(nhead=2, dim_feedforward=12, batch_first=True)", "- norm: LayerNorm"],
    ),
    "encoder inside": (
        lambda: nn.Sequential(nn.TransformerEncoder(_encoder_layer(), 2, norm=nn.LayerNorm(8)), nn.Linear(8, 2)),
        STEPS,
        ["- - layers: 2 * TransformerEncoderLayer(", "    - norm: LayerNorm"],
    ),
    "encoder without a norm inside": (
        lambda: nn.Sequential(nn.TransformerEncoder(_encoder_layer(), 2), nn.Linear(8, 2)),
        STEPS,
        ["- TransformerEncoder(num_layers=2, nhead=2, dim_feedforward=12, batch_first=True)"],
    ),
    "decoder": (
        lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 12, batch_first=True), 2, norm=nn.LayerNorm(8)),
        PAIR,
        ["- layers(tgt, memory): 2 * TransformerDecoderLayer(", "- norm: LayerNorm"],
    ),
    "the whole": (
        lambda: nn.Transformer(8, 2, 1, 2, 12, batch_first=True),
        PAIR,
        ["- TransformerEncoderLayer(nhead=2, ", "- decoder(tgt, encoder): TransformerDecoder"],
    ),
}


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True")
def test_torch_s_own_transformer(name):
    make, inputs, lines = STACKS[name]
    model = make().eval()
    fast = torch.backends.mha.get_fastpath_enabled()
    network = netinspect.from_torch(model, *inputs)
    for line in lines:
        assert line in network.spec, network.spec
    assert set(network.build().state_dict()) == set(model.state_dict())
    assert torch.backends.mha.get_fastpath_enabled() is fast


@pytest.mark.parametrize("source", ["built", "exported"])
def test_gradients_are_those_of_the_model(imported, source):
    model, network = imported(models.StraightThrough, ROW)
    other = network.build() if source == "built" else module_of(network.export(), "StraightThrough")
    other.load_state_dict(model.state_dict())
    x = torch.randn(3, 8)
    gradients = [
        torch.autograd.grad((straight**2).sum() + apart.sum(), each.fc.weight)[0]
        for each in (model, other)
        for straight, apart in [flat(each(x))]
    ]
    assert gradients[0].abs().sum() > 0
    assert torch.equal(*gradients)


def test_warnings_of_a_size_that_nobody_asked_for_are_not_shown():
    class Warns(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x):
            warnings.warn(f"{x.shape[-1]} columns", UserWarning, stacklevel=1)
            return self.conv(x)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert "Conv2d(4" in netinspect.from_torch(Warns(), *PICTURE).spec
    assert {str(warning.message) for warning in caught} == {"8 columns"}
