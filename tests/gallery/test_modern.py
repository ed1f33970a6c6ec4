"""Networks from DenseNet to BERT, written from nothing but the language, have the published figures and keys.

torchvision's own figures and weights are compared in tests/conformance/test_more_torchvision.py.
"""

import pytest
import torch

from netinspect.analysis.profile import profile
from netinspect.network import load
from netinspect.torch_backend.build import build
from tests.gallery_readings import gallery_reading

# Parameters, and multiply-accumulates at batch size 1. torchvision states the parameters, and the MACs in billions to
# three decimals; inception_v3's are those without the auxiliary head. bert_base and wav2vec2 were measured with torch.
FIGURES = {
    "densenet121": (7_978_856, 2_834_161_664),
    "densenet161": (28_681_000, 7_727_907_072),
    "densenet169": (14_149_480, 3_359_843_328),
    "densenet201": (20_013_928, 4_291_365_888),
    "googlenet": (6_624_904, 1_498_376_192),
    "inception_v3": (23_834_568, 5_713_216_096),
    "squeezenet1_1": (1_235_496, 349_151_936),
    "mobilenet_v3_large": (5_483_032, 216_589_760),
    "mobilenet_v3_small": (2_542_856, 56_510_400),
    "mnasnet0_5": (2_218_512, 104_455_968),
    "mnasnet0_75": (3_170_208, 215_493_104),
    "mnasnet1_0": (4_383_312, 314_415_872),
    "mnasnet1_3": (6_282_256, 526_362_432),
    "shufflenet_v2_x0_5": (1_366_792, 40_476_448),
    "shufflenet_v2_x1_0": (2_278_604, 144_907_992),
    "shufflenet_v2_x1_5": (3_503_624, 295_759_392),
    "shufflenet_v2_x2_0": (7_393_996, 583_253_464),
    "resnext50_32x4d": (25_028_904, 4_230_479_872),
    "resnext101_32x8d": (88_791_336, 16_414_015_488),
    "resnext101_64x4d": (83_455_272, 15_460_270_080),
    "wide_resnet50_2": (68_883_240, 11_398_021_120),
    "wide_resnet101_2": (126_886_696, 22_753_050_624),
    "efficientnet_b0": (5_288_548, 385_814_752),
    "efficientnet_b1": (7_794_184, 686_802_832),
    "efficientnet_b2": (9_109_994, 1_087_529_456),
    "efficientnet_b3": (12_233_232, 1_827_141_392),
    "efficientnet_b4": (19_341_616, 4_393_771_024),
    "efficientnet_b5": (30_389_784, 10_266_384_752),
    "efficientnet_b6": (43_040_704, 19_067_593_536),
    "efficientnet_b7": (66_347_960, 37_745_884_192),
    "convnext_tiny": (28_589_128, 4_455_531_264),
    "convnext_small": (50_223_688, 8_683_712_256),
    "convnext_base": (88_591_464, 15_354_729_472),
    "convnext_large": (197_767_336, 34_361_433_600),
    "swin_t": (28_288_354, 4_490_566_656),
    "swin_s": (49_606_258, 8_740_875_264),
    "swin_b": (87_768_224, 15_430_946_816),
    "bert_base": (109_482_240, 11_174_215_680),
    "bert_large": (335_141_888, 39_461_060_608),
    "wav2vec2": (94_371_712, 6_911_374_336),
}


@pytest.mark.parametrize(("name", "params", "macs"), [(name, *figures) for name, figures in FIGURES.items()])
def test_published_figures_are_met_exactly(name, params, macs):
    totals = gallery_reading(name).profile.totals
    assert (totals.params, totals.macs) == (params, macs)


def test_inception_v3_sees_1311_pixels():
    """As in Araujo, Norris, Sim: Computing receptive fields of convolutional neural networks (Distill, 2019)."""
    (joined,) = [row for row in gallery_reading("inception_v3").profile.rows if row.path == "Mixed_7c.cat"]
    assert joined.receptive_field == (1311, 1311)


# --- keys of published checkpoints -----------------------------------------------------------


def affine(*names):
    return [f"{name}.{part}" for name in names for part in ("weight", "bias")]


def keys(name):
    return list(build(load(name), device="meta").state_dict())


def test_bert_has_the_keys_of_the_published_checkpoints_in_their_order():
    layer = affine(
        "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
        "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm",
    )  # fmt: skip
    assert keys("bert_base") == [
        "embeddings.word_embeddings.weight",
        "embeddings.position_embeddings.weight",
        "embeddings.token_type_embeddings.weight",
        *affine("embeddings.LayerNorm"),
        *(f"encoder.layer.{i}.{key}" for i in range(12) for key in layer),
        *affine("pooler.dense"),
    ]


def test_wav2vec2_has_the_keys_of_the_published_checkpoint_in_their_order():
    layer = affine(
        "attention.k_proj", "attention.v_proj", "attention.q_proj", "attention.out_proj", "layer_norm",
        "feed_forward.intermediate_dense", "feed_forward.output_dense", "final_layer_norm",
    )  # fmt: skip
    assert keys("wav2vec2") == [
        "masked_spec_embed",
        "feature_extractor.conv_layers.0.conv.weight",
        *affine("feature_extractor.conv_layers.0.layer_norm"),
        *(f"feature_extractor.conv_layers.{i}.conv.weight" for i in range(1, 7)),
        *affine("feature_projection.layer_norm", "feature_projection.projection"),
        *(f"encoder.pos_conv_embed.conv.{name}" for name in ("bias", "weight_g", "weight_v")),
        *affine("encoder.layer_norm"),
        *(f"encoder.layers.{i}.{key}" for i in range(12) for key in layer),
    ]


def test_wav2vec2s_positional_convolution_has_the_weight_norm_of_torch():
    ours = build(load("wav2vec2")).encoder.pos_conv_embed.conv
    with torch.no_grad():
        ours.weight_g.uniform_(0.5, 2.0)
        plain = torch.nn.Conv1d(768, 768, kernel_size=128, padding=64, groups=16)
        theirs = torch.nn.utils.parametrizations.weight_norm(plain, dim=2)
        theirs.parametrizations.weight.original0.copy_(ours.weight_g)
        theirs.parametrizations.weight.original1.copy_(ours.weight_v)
        theirs.bias.copy_(ours.bias)
        x = torch.randn(1, 768, 9)
        torch.testing.assert_close(ours(x), theirs(x))  # torch's fused kernel rounds the norm differently


# --- the encoders of BERT and wav2vec 2.0 ----------------------------------------------------

BERT_LAYER = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "self_attn.out_proj": "attention.output.dense", "norm1": "attention.output.LayerNorm",
    "linear1": "intermediate.dense", "linear2": "output.dense", "norm2": "output.LayerNorm",
}  # fmt: skip
WAV2VEC2_LAYER = {
    "q": "attention.q_proj", "k": "attention.k_proj", "v": "attention.v_proj",
    "self_attn.out_proj": "attention.out_proj", "norm1": "layer_norm",
    "linear1": "feed_forward.intermediate_dense", "linear2": "feed_forward.output_dense", "norm2": "final_layer_norm",
}  # fmt: skip
SMALL_ENCODER = [("width", "32"), ("heads", "4"), ("depth", "2")]


def torchs_layer(ours, names, eps):
    """torch's own encoder layer with the weights of one of ours. `names` are ours by torch's."""
    layer = torch.nn.TransformerEncoderLayer(
        32, 4, dim_feedforward=128, dropout=0.0, activation="gelu", layer_norm_eps=eps, batch_first=True
    )
    parts = {name: ours.get_submodule(path) for name, path in names.items()}
    projections = [parts.pop(name) for name in "qkv"]
    state = {f"{name}.{key}": value for name, part in parts.items() for key, value in part.state_dict().items()}
    for key in ("weight", "bias"):
        state[f"self_attn.in_proj_{key}"] = torch.cat([getattr(projection, key) for projection in projections])
    layer.load_state_dict(state, strict=True)
    return layer


@pytest.mark.parametrize(
    ("name", "encoder", "names", "eps"),
    [("bert_base", "encoder.layer", BERT_LAYER, 1e-12), ("wav2vec2", "encoder.layers", WAV2VEC2_LAYER, 1e-5)],
)
def test_the_encoder_gives_what_torchs_own_layers_give(name, encoder, names, eps):
    layers = build(load(name, assignments=SMALL_ENCODER)).double().eval().get_submodule(encoder)
    x = torch.randn(2, 7, 32, dtype=torch.float64)
    expected = x
    for layer in layers:
        expected = torchs_layer(layer, names, eps).double()(expected)
    torch.testing.assert_close(layers(x), expected)  # torch multiplies by query, key and value in one product


# --- WaveNet ---------------------------------------------------------------------------------

SMALL = [("samples", "40"), ("levels", "6"), ("channels", "3"), ("skips", "5"), ("stacks", "2"), ("depth", "3")]


def test_wavenets_parameters_follow_from_its_widths():
    levels, channels, skips, layers = 256, 32, 512, 50
    gated = 2 * (2 * channels * channels + channels)  # filter and gate: two taps and a bias
    skip = channels * skips + skips
    dense = channels * channels + channels
    after = skips * skips + skips + skips * levels + levels
    params = 2 * levels * channels + layers * (gated + skip) + (layers - 1) * dense + after
    assert gallery_reading("wavenet").profile.totals.params == params


def test_wavenet_sees_the_last_5117_samples():
    """As the published settings give: one tap more for the first convolution and for each of 5 · 1,023 steps."""
    assert gallery_reading("wavenet").profile.totals.receptive_field == (5 * 1023 + 2,)


def test_a_wavenet_sees_no_sample_after_its_own_and_all_of_its_field_before():
    network = load("wavenet", assignments=SMALL)
    x = torch.randn(1, 6, 40, requires_grad=True)
    build(network)(x)[0, :, 30].sum().backward()
    field = profile(network).totals.receptive_field[0]
    assert x.grad[0].abs().sum(dim=0).nonzero().flatten().tolist() == list(range(30 - field + 1, 31))


def test_a_wavenet_gives_what_one_written_by_hand_gives():
    model = build(load("wavenet", assignments=SMALL))
    x = torch.randn(2, 6, 40)

    def causal(conv, x):
        past = conv.conv.dilation[0]
        return conv.conv(torch.nn.functional.pad(x, (past, 0)))

    hidden, total = causal(model.causal, x), 0
    for number, layer in enumerate(model.layers.children()):
        gated = torch.tanh(causal(layer.filter, hidden)) * torch.sigmoid(causal(layer.gate, hidden))
        total = total + layer.skip(gated)
        hidden = hidden + layer.dense(gated) if number < 5 else None
    expected = model.post2(torch.relu(model.post1(torch.relu(total))))
    assert [layer.filter.conv.dilation[0] for layer in model.layers.children()] == [1, 2, 4, 1, 2, 4]
    assert torch.equal(model(x), expected)


# --- Siamese network -------------------------------------------------------------------------


def test_the_siamese_network_has_one_tower_and_runs_it_twice():
    convolutions = [(1, 64, 10, 96), (64, 128, 7, 42), (128, 128, 4, 18), (128, 256, 4, 6)]  # in, out, kernel, output
    params = sum(c * d * k * k + d for c, d, k, _ in convolutions) + 9216 * 4096 + 4096 + 4097
    macs = 2 * (sum(c * d * k * k * s * s for c, d, k, s in convolutions) + 9216 * 4096) + 4096
    totals = gallery_reading("siamese").profile.totals
    assert (totals.params, totals.macs) == (params, macs) == (38_951_745, 1_817_251_840)


def test_the_siamese_network_does_not_mind_which_image_comes_first():
    model = build(load("siamese"))
    left, right = torch.rand(2, 1, 1, 105, 105)
    with torch.no_grad():
        assert torch.equal(model(left, right), model(right, left))
        assert torch.equal(model(left, left), torch.sigmoid(model.same.bias)[None])
