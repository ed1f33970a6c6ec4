"""Writes front_ends.npz: what the tools themselves make of one quarter of a second.

It is run by hand: `python tests/inputs/front_ends.py`. It needs librosa, and packages that are too large to be
installed for the tests: transformers==5.24.0, torchaudio==2.11.1, torchvggish==0.2, essentia==2.1b6.dev1389,
hifi-gan==0.0.2.
"""

from pathlib import Path

import essentia.standard
import librosa
import numpy as np
import torch
from hifi_gan import meldataset
from torchaudio.compliance import kaldi
from torchaudio.transforms import AmplitudeToDB, MelSpectrogram
from torchvggish import mel_features
from transformers import ASTFeatureExtractor, Wav2Vec2FeatureExtractor, WhisperFeatureExtractor

FILE = Path(__file__).with_suffix(".npz")
RATE = 16_000


def sound():
    """4,000 samples of 16 bits: a gliding tone and a high one, noise that fades, and a gap of silence."""
    time = np.arange(4000) / RATE
    tones = np.sin(2 * np.pi * (300 + 4500 * time) * time) + 0.1 * np.sin(2 * np.pi * 5000 * time)
    noise = np.random.default_rng(0).standard_normal(len(time)) * np.exp(-9 * time)
    is_heard = (time < 0.2) | (time > 0.23)
    return np.round(32767 * np.where(is_heard, 0.3 * tones + 0.2 * noise, 0)).astype(np.int16)


def transformers_input(extractor, samples, **options):
    features = extractor(samples, sampling_rate=RATE, return_tensors="np", **options)
    return np.asarray(features[extractor.model_input_names[0]][0])


def hifigan(double):
    """HiFi-GAN's own function, with the arguments of librosa and the complex numbers of torch as they are today."""
    stft = torch.stft
    meldataset.librosa_mel_fn = lambda rate, n_fft, n_mels, low, high: librosa.filters.mel(
        sr=rate, n_fft=n_fft, n_mels=n_mels, fmin=low, fmax=high
    )
    torch.stft = lambda *args, **options: torch.view_as_real(stft(*args, **options, return_complex=True))
    result = meldataset.mel_spectrogram(double.float(), 1024, 80, 22_050, 256, 1024, 0, 8000)
    torch.stft = stft
    return result[0].numpy()


def desed(double):
    """The steps of DESED_task's sed_trainer and TorchScaler, on torchaudio's transforms."""
    mel = MelSpectrogram(16_000, 2048, 2048, 256, 0, 8000, n_mels=128, power=1, window_fn=torch.hamming_window,
                         wkwargs={"periodic": False})  # fmt: skip
    to_decibels = AmplitudeToDB(stype="amplitude")
    to_decibels.amin = 1e-5
    result = to_decibels(mel(torch.nn.functional.pad(double[0], (0, 160_000 - double.shape[1])))).clamp(-50, 80)
    return ((result - result.min()) / (result.max() - result.min() + 1e-8)).numpy()


def front_ends(samples):
    """Of samples from -1 to 1, by the text that a spec has for it."""
    single, double = samples.astype(np.float32), torch.from_numpy(samples)[None]
    frames = essentia.standard.FrameGenerator(single, frameSize=512, hopSize=256, startFromZero=False)
    musicnn = librosa.feature.melspectrogram(y=single, sr=RATE, n_fft=512, hop_length=256, n_mels=96)
    torch.set_default_dtype(torch.float64)  # in single precision torchaudio's filters are off by 2e-4 dB
    decibels, sound_events = AmplitudeToDB()(MelSpectrogram()(double[0])), desed(double)
    torch.set_default_dtype(torch.float32)
    yamnet = {"num_mel_bins": 64, "lower_edge_hertz": 125, "upper_edge_hertz": 7500}
    return {
        "log_mel: {like: librosa}": librosa.power_to_db(librosa.feature.melspectrogram(y=single)),
        "log_mel: {like: torchaudio}": decibels.numpy(),
        "log_mel: {like: kaldi}": kaldi.fbank(double).numpy().T,
        "scale: 32768, log_mel: {like: kaldi, n_mels: 80, window: hamming}": kaldi.fbank(
            2**15 * double, num_mel_bins=80, window_type="hamming"
        ).numpy().T,
        "log_mel: {like: kaldi, window: blackman, preemphasis: 0.5, remove_dc_offset: false, power: 1}": kaldi.fbank(
            double, window_type="blackman", preemphasis_coefficient=0.5, remove_dc_offset=False, use_power=False
        ).numpy().T,
        "log_mel: {like: whisper}": transformers_input(WhisperFeatureExtractor(), single),
        "log_mel: {like: whisper, n_mels: 128, pad_to: 3000}": transformers_input(
            WhisperFeatureExtractor(feature_size=128), single, max_length=3000
        ),
        "log_mel: {like: ast}": transformers_input(ASTFeatureExtractor(), single).T,
        "log_mel: {like: ast, columns: 10}": transformers_input(ASTFeatureExtractor(max_length=10), single).T,
        "log_mel: {like: vggish}": mel_features.log_mel_spectrogram(samples, RATE, 0.01, 0.025, 0.01, **yamnet).T,
        "log_mel: {like: vggish, offset: 0.001}": mel_features.log_mel_spectrogram(
            samples, RATE, 0.001, 0.025, 0.01, **yamnet
        ).T,
        "log_mel: {like: hifigan}": hifigan(double),
        "log_mel: {like: desed}": sound_events,
        "log_mel: {like: musicnn}": np.log10(10_000 * musicnn + 1),
        "log_mel: {like: essentia}": np.array(list(map(essentia.standard.TensorflowInputMusiCNN(), frames))).T,
        "normalize: {like: wav2vec2}": transformers_input(Wav2Vec2FeatureExtractor(), single),
        "normalize: {like: wav2vec2}, pad_to: 4100": transformers_input(
            Wav2Vec2FeatureExtractor(return_attention_mask=True), single, padding="max_length", max_length=4100
        ),
    }  # fmt: skip


if __name__ == "__main__":
    shorts = sound()
    arrays = {text: array.astype(np.float32) for text, array in front_ends(shorts / 2**15).items()}
    np.savez_compressed(FILE, sound=shorts, **arrays)
