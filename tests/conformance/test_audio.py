"""The audio networks of the gallery have the keys, the parameters and the outputs of the published code."""

from types import SimpleNamespace

import librosa
import numpy as np
import pytest
import torch
from torch.nn import functional

from netinspect.analysis.profile import profile
from netinspect.network.load import load
from netinspect.torch_backend.build import build
from tests.conformance.references import published


def shapes(state):
    return {key: tuple(value.shape) for key, value in state.items()}


def with_random_numbers(model):
    """Every parameter and statistic gets a value that matters, and keeps numbers of the size that it had."""
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        if parameter.ndim < 2 or parameter.abs().max() == 0:
            parameter.data.copy_(0.5 + 0.1 * torch.randn(parameter.shape, generator=generator))
    for key, buffer in model.named_buffers():
        if key.endswith("running_mean"):
            buffer.copy_(0.1 * torch.randn(buffer.shape, generator=generator))
        elif key.endswith("running_var"):
            buffer.copy_(0.5 + torch.rand(buffer.shape, generator=generator))
    return model.eval()


def assert_same(name, reference, *inputs, settings=(), within=0.0, expected=None, ignored=()):
    """Keys, shapes and outputs are those of `reference`. Where weights are worked out in another order than there, both
    run in double precision and `within` bounds the difference, relative to the largest output. `ignored` are keys of
    the reference that a spec does not hold."""
    if within:
        reference, inputs = reference.double(), [x.double() for x in inputs]
    shapes_of_input = [(given.name, tuple(x.shape[1:])) for given, x in zip(load(name).inputs, inputs, strict=True)]
    ours = build(load(name, assignments=list(settings), input_shapes=shapes_of_input)).eval()
    state = {key: value for key, value in with_random_numbers(reference).state_dict().items() if key not in ignored}
    assert shapes(ours.state_dict()) == shapes(state)
    ours = ours.to(inputs[0].dtype)
    ours.load_state_dict(state, strict=True)
    with torch.no_grad():
        theirs = reference(*inputs) if expected is None else expected(reference, *inputs)
        mine = ours(*inputs)
    assert mine.shape == theirs.shape
    assert theirs.std() > 0.003
    assert (mine - theirs).abs().max() <= within * theirs.abs().max()


# --- Open-Unmix ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sizes"),
    [("umxhq", {}), ("umxl", {"hidden_size": 1024}), ("umxse", {"nb_bins": 513, "nb_channels": 1, "hidden_size": 256})],
)
def test_open_unmix(materials, name, sizes):
    options = {"nb_bins": 2049, "max_bin": 513 if name == "umxse" else 1487, **sizes}
    with published(materials, "openunmix.model", "openunmix.transforms") as module:
        reference = module.OpenUnmix(**options)
        spectrogram = torch.rand(2, options.get("nb_channels", 2), options["nb_bins"], 6)
        assert_same(name, reference, spectrogram)


# --- tagging ---------------------------------------------------------------------------------


def test_panns_cnn14(materials):
    with published(materials, "panns_inference.models") as module:
        reference = module.Cnn14(32000, 1024, 320, 64, 50, 14000, 527)
        sound = torch.randn(2, 20000)
        assert_same("panns_cnn14", reference, sound, expected=lambda net, x: net(x)["clipwise_output"])
    assert sum(p.numel() for p in reference.parameters() if p.requires_grad) == 80_753_615  # as the paper says
    assert profile(load("panns_cnn14")).totals.trainable_params == 80_753_615


def test_vggish(materials):
    with published(materials, "torchvggish.torchvggish") as module:
        assert_same("vggish", module._vgg(), torch.randn(2, 1, 96, 64))


# --- waveforms -------------------------------------------------------------------------------


class Encodec(torch.nn.Module):
    """The encoder under its name in the whole codec."""

    def __init__(self, module):
        super().__init__()
        self.encoder = module.SEANetEncoder(norm="weight_norm", causal=True)

    def forward(self, x):
        return self.encoder(x)


@pytest.mark.parametrize("samples", [6400, 6401, 6719])
@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
def test_encodecs_encoder(materials, samples):
    with published(materials, "encodec.modules", "einops") as module:
        assert_same("encodec", Encodec(module), torch.randn(2, 1, samples), within=1e-12)


@pytest.mark.parametrize("samples", [800, 803])
def test_conv_tasnet(materials, samples):
    with published(materials, "torchaudio.models.conv_tasnet") as module:
        assert_same("conv_tasnet", module.conv_tasnet_base(), torch.randn(2, 1, samples))


# --- speech ----------------------------------------------------------------------------------

WHISPER = {  # width, heads, layers of the encoder and the decoder, mel bands, tokens
    "whisper_tiny": (384, 6, 4, 4, 80, 51865),
    "whisper_base": (512, 8, 6, 6, 80, 51865),
    "whisper_small": (768, 12, 12, 12, 80, 51865),
    "whisper_large_v3": (1280, 20, 32, 32, 128, 51866),
    "whisper_turbo": (1280, 20, 32, 4, 128, 51866),
}


class Whisper(torch.nn.Module):
    """The published encoder and decoder, without the sparse buffer beside them, which the meta device does not know."""

    def __init__(self, module, width, heads, depth, writers, mels, vocab):
        super().__init__()
        self.encoder = module.AudioEncoder(mels, 1500, width, heads, depth)
        self.decoder = module.TextDecoder(vocab, 448, width, heads, writers)

    def forward(self, mel, tokens):
        return self.decoder(tokens, self.encoder(mel))


@pytest.fixture
def whisper(materials):
    with published(materials, "whisper.model", "whisper.decoding", "whisper.transcribe") as module:
        yield lambda name: Whisper(module, *WHISPER[name])


def test_whisper(whisper):
    tokens = torch.randint(51865, (2, 5))
    assert_same("whisper_tiny", whisper("whisper_tiny"), torch.randn(2, 80, 3000), tokens)


@pytest.mark.parametrize("name", WHISPER)
def test_every_whisper_has_the_published_keys(whisper, name):
    with torch.device("meta"):
        reference = whisper(name)
    assert shapes(build(load(name), device="meta").state_dict()) == shapes(reference.state_dict())


HIFIGAN = {
    "hifigan_v1": {"resblock": "1", "upsample_initial_channel": 512},
    "hifigan_v2": {"resblock": "1", "upsample_initial_channel": 128},
    "hifigan_v3": {
        "resblock": "2", "upsample_initial_channel": 256, "upsample_rates": [8, 8, 4],
        "upsample_kernel_sizes": [16, 16, 8], "resblock_kernel_sizes": [3, 5, 7],
        "resblock_dilation_sizes": [[1, 2], [2, 6], [3, 12]],
    },
}  # fmt: skip
"""What differs from the first in the published config_v1.json to config_v3.json."""


@pytest.mark.parametrize("name", HIFIGAN)
@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
def test_hifigan(materials, name):
    first = {
        "upsample_rates": [8, 8, 2, 2], "upsample_kernel_sizes": [16, 16, 4, 4], "resblock_kernel_sizes": [3, 7, 11],
        "resblock_dilation_sizes": [[1, 3, 5]] * 3,
    }  # fmt: skip
    with published(materials, "hifi_gan.models") as module:
        reference = module.Generator(SimpleNamespace(**first | HIFIGAN[name]))
        assert_same(name, reference, torch.randn(2, 80, 9), within=1e-12)


# --- published code that is in no package ------------------------------------------------------


def randomised(name, *shape):
    """A network of the gallery for an input of this shape, with random numbers for its parameters."""
    return with_random_numbers(build(load(name, input_shapes=[("", shape)])))


def test_wave_unet_cuts_skips_to_the_middle_and_resamples_every_channel_alike():
    """Written anew from Wave-U-Net-Pytorch's model/waveunet.py, to which keys and outputs are equal in every bit."""
    model = randomised("wave_unet", 2, 16041)

    def filtered(x, convs):
        return torch.relu(convs.get_submodule("0.norm")(convs.get_submodule("0.filter")(x)))

    def unet(net, x):
        skips = []
        for block in net.downsampling_blocks.children():
            skips.append(filtered(x, block.pre_shortcut_convs))
            x = functional.pad(filtered(skips[-1], block.post_shortcut_convs), (7, 7), mode="reflect")
            x = functional.conv1d(x, block.downconv.filter, stride=4, groups=x.shape[1])
        x = filtered(x, net.bottlenecks)
        for block, skip in zip(net.upsampling_blocks.children(), reversed(skips), strict=True):
            wide = functional.conv_transpose1d(
                functional.pad(x, (7, 7), mode="reflect"), block.upconv.filter, stride=4, groups=x.shape[1]
            )
            x = filtered(wide[:, :, 35 : 35 + 4 * x.shape[2] - 3], block.pre_shortcut_convs)
            cut = (skip.shape[2] - x.shape[2]) // 2
            x = filtered(torch.cat([skip[:, :, cut : cut + x.shape[2]], x], dim=1), block.post_shortcut_convs)
        return net.output_conv(x).clamp(-1, 1)

    x = torch.randn(1, 2, 16041)
    with torch.no_grad():
        stems = model(x)
        assert len(stems) == 4
        for name, stem in zip(("bass", "drums", "other", "vocals"), stems, strict=True):
            assert stem.shape == (1, 2, 6489)
            assert torch.equal(stem, unet(model.waveunets.get_submodule(name), x))
    assert sum(p.numel() for p in model.parameters() if not p.requires_grad) == 4 * 2 * 15 * (
        64 + 128 + 256 + 512 + 1024
    )


def test_sincnets_filters_are_windowed_band_passes():
    model = randomised("sincnet", 3200)
    conv = next(model.conv.children())
    with torch.no_grad():
        conv.low_hz_.copy_(torch.linspace(0, 7000, 80)[:, None])
        conv.band_hz_.copy_(torch.linspace(400, 2000, 80)[:, None])
        impulse = torch.zeros(1, 1, 501)
        impulse[0, 0, 250] = 1
        filters = conv(impulse)[0].flip(1).numpy()
    low = 50 + np.linspace(0, 7000, 80)[:, None]
    high = np.minimum(low + 50 + np.linspace(400, 2000, 80)[:, None], 8000)
    seconds = np.arange(-125, 126) / 16000
    ideal = (2 * high * np.sinc(2 * high * seconds) - 2 * low * np.sinc(2 * low * seconds)) / (2 * (high - low))
    half = 0.54 - 0.46 * np.cos(2 * np.pi * np.linspace(0, 124.5, 125) / 251)
    ideal *= np.concatenate([half, [1], half[::-1]])
    np.testing.assert_allclose(filters, ideal, atol=1e-5)  # single precision


def test_sincnet_divides_by_the_unbiased_deviation():
    model = randomised("sincnet", 3200)
    x = torch.randn(2, 3200)
    with torch.no_grad():
        found = model.ln0(x)
        expected = (x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1e-6)
        torch.testing.assert_close(found, model.ln0.gamma * expected + model.ln0.beta)


def test_the_harmonic_filters_are_triangles_over_notes_and_their_overtones():
    model = randomised("harmonic_cnn", 257, 313).hstft
    with torch.no_grad():
        model.bw_Q.fill_(2.0)
        found = 10 ** (model(torch.eye(257)[None])[0] / 10)  # overtone, note, bin
    notes = librosa.midi_to_hz(np.linspace(24, 88, 129)[:-1])
    centres = notes[None] * np.arange(1, 7)[:, None]
    widths = (0.1079 * centres + 24.7) / 2
    away = np.abs(np.linspace(0, 8000, 257)[None, None] - centres[:, :, None])
    expected = np.maximum(1 - 2 * away / widths[:, :, None], 1e-10)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-3)  # single precision, and 8000 Hz over a band of 12


def test_the_event_tagger_weighs_its_frames():
    """Written anew from DESED_task's CRNN.py, to which keys and outputs are equal in every bit."""
    model = randomised("sed_crnn", 128, 30)
    x = torch.randn(2, 128, 30)
    layers = dict(model.cnn.cnn.named_children())
    with torch.no_grad():
        maps = x.transpose(1, 2)[:, None]
        for number, pool in enumerate([(2, 2)] * 2 + [(1, 2)] * 5):
            maps = layers[f"batchnorm{number}"](layers[f"conv{number}"](maps))
            gated = layers[f"glu{number}"].linear(maps.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
            maps = functional.avg_pool2d(gated * torch.sigmoid(maps), pool)
        frames, _ = dict(model.rnn.named_children())["rnn"](maps[:, :, :, 0].permute(0, 2, 1))
        events = torch.sigmoid(model.dense(frames))
        shares = model.dense_softmax(frames).softmax(-1).clamp(1e-7, 1)
        strong, weak = model(x)
        assert torch.equal(strong, events.transpose(1, 2))
        assert torch.equal(weak, (events * shares).sum(1) / shares.sum(1))
