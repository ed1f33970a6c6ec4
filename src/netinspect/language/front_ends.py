"""What a network is shown of a sound: the settings of `stft`, `log_mel` and `normalize`, and the front ends by name.

A front end is what one published tool does with a sound, as a set of settings. `log_mel: {like: whisper}` stands for
all of Whisper's, and what is written beside `like` wins over them.

The reader, the JSON Schema and the page of the catalogue are all made from the records of settings, so that a new
setting is one record.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any, Final

from netinspect.language.fields import flag, real, size, word
from netinspect.language.nodes import Node, Scalar, is_null
from netinspect.language.numbers import MAX_FFT, MAX_SAMPLES, MAX_SIDE, MAX_WHOLE

REQUIRED: Final = object()
"""In place of a default: the setting must be written, unless `like` stands for it."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, which may be worked out from the vars."""

    maximum: int
    minimum: int = 1


@dataclass(frozen=True, slots=True)
class Real:
    """A number within bounds; None is no bound, and `above` one that is not reached."""

    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """One of some words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """True or False."""


Kind = Whole | Real | Word | Flag


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. With `or_none` it may also be `none`, which a reader gives as None."""

    kind: Kind
    words: str
    default: Any = REQUIRED
    or_none: bool = False


Settings = Table[str, Setting]


def read_setting(setting: Setting, node: Node, name: str) -> Any:
    """The value that is written. Mistake E111, E205, E211, E212, E213."""
    if setting.or_none and (is_null(node) or (isinstance(node, Scalar) and node.text.lower() == "none")):
        return None
    match setting.kind:
        case Whole(maximum, minimum):
            return size(node, name, maximum, minimum)
        case Word(words):
            return word(node, name, words)
        case Flag():
            return flag(node, name)
        case Real(minimum, maximum, above):
            return real(node, name, minimum, maximum, above)


SPECTRUM: Final[dict[str, Setting]] = {
    "n_fft": Setting(Whole(MAX_FFT), "Samples of a Fourier transform"),
    "hop_length": Setting(Whole(MAX_FFT), "Samples from one window to the next"),
    "win_length": Setting(
        Whole(MAX_FFT), "Samples of a window, at most n_fft; zeros fill the transform; by default n_fft", None
    ),
    "window": Setting(
        Word(("hann", "hamming", "povey", "blackman", "rectangular")),
        "The window's shape; povey is Kaldi's hann to the power of 0.85",
        "hann",
    ),
    "periodic": Setting(Flag(), "Whether a window's next value would be its first again; False: symmetric", True),
    "center": Setting(Flag(), "Whether windows stand around their sample", True),
    "pad_mode": Setting(
        Word(("reflect", "constant", "replicate")),
        "What lies beyond the ends: the sound reflected, zeros, or its last sample",
        "reflect",
    ),
    "pad": Setting(
        Whole(MAX_FFT, 0),
        "Samples of it at each end; by default half of those that a column takes in where center is True, else none",
        None,
    ),
    "frames_of": Setting(
        Word(("n_fft", "win_length")),
        "Samples that a column takes in: n_fft with the window in their middle, as torch and librosa, or just the "
        "window's, as Kaldi",
        "n_fft",
    ),
    "remove_dc_offset": Setting(Flag(), "Whether each column's samples lose their mean", False),
    "preemphasis": Setting(
        Real(minimum=0, maximum=1),
        "How much of the sample before is taken from each of a column's samples; of the first, of itself",
        0,
    ),
    "eps": Setting(Real(minimum=0), "What is added to the squares of the magnitudes", 0),
    "power": Setting(Real(above=0), "The power of the magnitudes", 2),
    "pad_to": Setting(
        Whole(MAX_SAMPLES), "Samples that the sound is brought to: zeros after its end, or cut", None, or_none=True
    ),
    "pad_last": Setting(Flag(), "Whether zeros fill the sound to whole hops", False),
    "drop_last": Setting(Flag(), "Whether the last column is left out", False),
}
LOG_MEL: Final[dict[str, Setting]] = {
    "sample_rate": Setting(Whole(MAX_WHOLE), "Samples a second"),
    **SPECTRUM,
    "n_mels": Setting(Whole(MAX_SIDE), "Mel bands"),
    "mel_scale": Setting(Word(("slaney", "htk")), "Which mel scale", "slaney"),
    "triangles": Setting(Word(("hz", "mel")), "On which scale the sides of a band are straight lines", "hz"),
    "norm": Setting(Word(("slaney",)), "How bands are normalised: slaney, each of area one in Hz", "slaney", True),
    "fmin": Setting(Real(minimum=0), "The lowest frequency", 0),
    "fmax": Setting(Real(above=0), "The highest frequency; by default half the sample rate", None),
    "gain": Setting(Real(above=0), "A factor for the bands, before the logarithm", 1),
    "offset": Setting(Real(minimum=0), "What is then added to them", 0),
    "log": Setting(
        Word(("db", "amplitude_db", "log10", "ln")),
        "Which logarithm; db is 10 times that to base 10, as of a power, and amplitude_db 20 times, as of a magnitude",
        "db",
        True,
    ),
    "amin": Setting(Real(above=0), "The smallest value of which the logarithm is taken", 1e-10),
    "top_db": Setting(Real(above=0), "The range below the loudest, in dB", None, True),
    "columns": Setting(Whole(MAX_FFT), "Columns in all: zeros after the last, or cut", None, True),
    "mean": Setting(Real(), "Taken from each value at last", 0),
    "std": Setting(Real(above=0), "Each value then divided by it", 1),
    "min_max": Setting(Flag(), "Whether the least value then becomes 0 and the greatest 1", False),
}
NORMALIZE: Final[dict[str, Setting]] = {
    "correction": Setting(Whole(1, 0), "1: the unbiased deviation, 0: the mean square's root", 1),
    "eps": Setting(Real(minimum=0), "What is added to the variance", 0),
}
TABLES: Final = {"normalize": NORMALIZE, "stft": SPECTRUM, "log_mel": LOG_MEL}
"""The settings of each step that is a mapping."""


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """What one tool does with a sound.

    step      which step of `preprocess` it stands in
    about     what it is, in a few words
    sources   where its numbers stand: a part of the tool, and the settings that are read there
    """

    step: str
    about: str
    sources: tuple[tuple[str, Mapping[str, Any]], ...]

    @property
    def settings(self) -> dict[str, Any]:
        """All that `like` stands for."""
        return {name: value for _, settings in self.sources for name, value in settings.items()}


_KALDI: Final = (
    (
        "torchaudio.compliance.kaldi.fbank: sample_frequency, frame_length, frame_shift, round_to_power_of_two",
        {
            "sample_rate": 16_000, "win_length": 400, "hop_length": 160, "n_fft": 512, "center": False,
            "frames_of": "win_length",
        },
    ),
    (
        "the same: remove_dc_offset, preemphasis_coefficient, window_type; _feature_window_function",
        {"remove_dc_offset": True, "preemphasis": 0.97, "window": "povey", "periodic": False},
    ),
    (
        "the same: num_mel_bins, low_freq; get_mel_banks",
        {"n_mels": 23, "fmin": 20, "mel_scale": "htk", "triangles": "mel", "norm": None},
    ),
    ("the same: use_log_fbank; EPSILON", {"log": "ln", "amin": 2.0**-23}),
)  # fmt: skip

FRONT_ENDS: Final[dict[str, FrontEnd]] = {
    "librosa": FrontEnd(
        "log_mel",
        "librosa's defaults: power_to_db of feature.melspectrogram",
        (
            ("librosa.feature.melspectrogram: sr, n_fft, hop_length, pad_mode; librosa.filters.mel: n_mels",
             {"sample_rate": 22_050, "n_fft": 2048, "hop_length": 512, "pad_mode": "constant", "n_mels": 128}),
            ("librosa.power_to_db: amin, top_db", {"amin": 1e-10, "top_db": 80}),
        ),
    ),
    "torchaudio": FrontEnd(
        "log_mel",
        "torchaudio's defaults: transforms.AmplitudeToDB of transforms.MelSpectrogram",
        (
            ("torchaudio.transforms.MelSpectrogram: sample_rate, n_fft, hop_length, n_mels, mel_scale, norm",
             {"sample_rate": 16_000, "n_fft": 400, "hop_length": 200, "n_mels": 128, "mel_scale": "htk", "norm": None}),
            ("torchaudio.transforms.AmplitudeToDB: amin", {"amin": 1e-10}),
        ),
    ),
    "kaldi": FrontEnd("log_mel", "Kaldi's filter bank, as torchaudio.compliance.kaldi.fbank, without dither", _KALDI),
    "whisper": FrontEnd(
        "log_mel",
        "Whisper's 30 seconds",
        (
            ("transformers WhisperFeatureExtractor: sampling_rate, n_fft, hop_length, feature_size, max_frequency",
             {"sample_rate": 16_000, "n_fft": 400, "hop_length": 160, "n_mels": 80, "fmax": 8000}),
            ("the same: chunk_length of 30 s, and the column that is cut off", {"pad_to": 480_000, "drop_last": True}),
            ("the same: log10 of at least 1e-10, no more than 8 below the largest, (x + 4) / 4",
             {"log": "log10", "amin": 1e-10, "top_db": 80, "mean": -4, "std": 4}),
        ),
    ),
    "ast": FrontEnd(
        "log_mel",
        "the Audio Spectrogram Transformer's 1,024 columns",
        (
            *_KALDI,
            ("transformers ASTFeatureExtractor: window_type, num_mel_bins, max_length",
             {"window": "hann", "n_mels": 128, "columns": 1024}),
            ("the same: mean, and twice its std", {"mean": -4.2677393, "std": 2 * 4.5689974}),
        ),
    ),
    "vggish": FrontEnd(
        "log_mel",
        "VGGish's and, with `offset: 0.001`, YAMNet's",
        (
            ("vggish_params.py: SAMPLE_RATE, STFT_WINDOW_LENGTH_SECONDS, STFT_HOP_LENGTH_SECONDS; mel_features.py",
             {"sample_rate": 16_000, "win_length": 400, "hop_length": 160, "n_fft": 512, "center": False,
              "frames_of": "win_length", "power": 1}),
            ("vggish_params.py: NUM_MEL_BINS, MEL_MIN_HZ, MEL_MAX_HZ; mel_features.py",
             {"n_mels": 64, "fmin": 125, "fmax": 7500, "mel_scale": "htk", "triangles": "mel", "norm": None}),
            ("vggish_params.py: LOG_OFFSET", {"log": "ln", "offset": 0.01}),
        ),
    ),
    "musicnn": FrontEnd(
        "log_mel",
        "musicnn's, as librosa makes it, without its rounding to half precision",
        (
            ("musicnn/configuration.py: SR, FFT_SIZE, FFT_HOP, N_MELS; librosa's pad_mode",
             {"sample_rate": 16_000, "n_fft": 512, "hop_length": 256, "n_mels": 96, "pad_mode": "constant"}),
            ("musicnn/extractor.py: log10(10000·x + 1)", {"log": "log10", "gain": 10_000, "offset": 1}),
        ),
    ),
    "essentia": FrontEnd(
        "log_mel",
        "musicnn's as Essentia makes it: FrameCutter and TensorflowInputMusiCNN",
        (
            ("TensorflowInputMusiCNN: frameSize, numberBands, sampleRate; Windowing: symmetric",
             {"sample_rate": 16_000, "n_fft": 512, "n_mels": 96, "periodic": False}),
            ("FrameCutter: hopSize of TensorflowPredictMusiCNN; silence around the sound",
             {"hop_length": 256, "pad_mode": "constant", "pad_last": True}),
            ("TensorflowInputMusiCNN: shift, scale, comp", {"log": "log10", "gain": 10_000, "offset": 1}),
        ),
    ),
    "hifigan": FrontEnd(
        "log_mel",
        "HiFi-GAN's, and other vocoders'",
        (
            ("hifi-gan/config_v1.json: sampling_rate, n_fft, hop_size, win_size, num_mels, fmin, fmax",
             {"sample_rate": 22_050, "n_fft": 1024, "hop_length": 256, "n_mels": 80, "fmax": 8000}),
            ("hifi-gan/meldataset.py: mel_spectrogram, which reflects 384 samples at each end",
             {"center": False, "pad": 384, "eps": 1e-9, "power": 1}),
            ("the same: dynamic_range_compression_torch", {"log": "ln", "amin": 1e-5}),
        ),
    ),
    "desed": FrontEnd(
        "log_mel",
        "the ten seconds of DCASE's baseline for sound events at home",
        (
            ("DESED_task, confs/default.yaml: fs, audio_max_len, n_filters, n_window, hop_length, n_mels, f_min, f_max",
             {"sample_rate": 16_000, "pad_to": 160_000, "n_fft": 2048, "hop_length": 256, "n_mels": 128}),
            ("sed_trainer.py: torchaudio's MelSpectrogram with a symmetric hamming window",
             {"window": "hamming", "periodic": False, "power": 1, "mel_scale": "htk", "norm": None}),
            ("the same: take_log, which ends at -50 dB, and no sound reaches its 80",
             {"log": "amplitude_db", "amin": 10**-2.5}),
            ("utils/scaler.py: TorchScaler, by instance", {"min_max": True}),
        ),
    ),
    "crepe": FrontEnd(
        "normalize", "CREPE's frames", (("torchcrepe.core.preprocess: mean and unbiased std", {"correction": 1}),)
    ),
    "wav2vec2": FrontEnd(
        "normalize",
        "wav2vec 2.0's sound, and HuBERT's",
        (("transformers Wav2Vec2FeatureExtractor: zero_mean_unit_var_norm", {"correction": 0, "eps": 1e-7}),),
    ),
}  # fmt: skip
"""By the name that `like` has."""


def front_ends_of(step: str) -> dict[str, FrontEnd]:
    """Those that may stand in one step."""
    return {name: front_end for name, front_end in FRONT_ENDS.items() if front_end.step == step}
