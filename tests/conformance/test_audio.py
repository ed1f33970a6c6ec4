"""The audio networks of the gallery have the keys, the parameters and the outputs of the published code."""

from types import SimpleNamespace

import pytest
import torch

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
    assert 0.003 < theirs.std()
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
    """The published encoder and decoder; the published whole has a sparse buffer beside them, which no meta device has."""

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
