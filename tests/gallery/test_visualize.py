"""The networks of the gallery have the figures that fit them, whole and readable: kernels, activations, hidden states
and attention of nets over sound, pictures, clips, sequences and tokens."""

import hashlib
import json
import re

import numpy as np
import pytest
from PIL import Image

from netinspect.cli.main import main
from tests.pictures.pixels import codes

NOTHING = "random initialisation, seed 0: nothing learned"
SMALL_GPT = "depth=1 heads=2 width=32 vocab=64 context=24 tokens=24"
FIGURES = {  # name: vars, other options, and the figures there must be by kind and name: what shape they are of
    "wavenet": ("stacks=1 depth=3 channels=8 skips=16 levels=16", "--input-shape 16,500", {
        "kernels layers.0.filter.conv": [8, 8, 2], "activations layers.0.filter.conv": [8, 500],
    }),
    "crepe_tiny": ("", "--layers conv1", {
        "kernels conv1": [128, 1, 512], "responses conv1": [128, 1, 512],
        "activations conv1": [128, 256, 1],
    }),
    "lenet5": ("", "", {
        "kernels C1": [6, 1, 5, 5], "kernels C3": [16, 6, 5, 5], "activations C1": [6, 28, 28],
        "activations C5": [120, 1, 1], "activations strip": [],
    }),
    "r3d_18": ("", "--input-shape 3,4,32,32 --layers stem*", {
        "kernels stem.0": [64, 3, 3, 7, 7], "activations stem.0": [64, 4, 16, 16],
        "activations strip": [],
    }),
    "mlp": ("", "", {
        "kernels fc1": [3, 2], "activations fc1": [3], "kernels fc3": [1, 2],
    }),
    "lstm": ("", "", {
        "sequence recurrent": [100, 64], "kernels recurrent.weight_ih_l0": [256, 6],
        "activations recurrent": [100, 64],
    }),
    "gru": ("", "", {
        "sequence recurrent": [100, 64], "kernels recurrent.weight_hh_l1": [192, 64],
        "activations recurrent": [100, 64],
    }),
    "bilstm": ("words=50", "", {
        "sequence lstm": [40, 256], "kernels embed": [50, 100], "activations embed": [40, 100],
    }),
    "self_attention": ("", "", {
        "attention weights": [1, 10, 10], "kernels query": [64, 64], "activations query": [10, 64],
    }),
    "transformer": ("depth=1 width=32 heads=4 vocab=100 tokens=20", "", {
        "attention encoder.layers.0.self_attn": [4, 20, 20],
        "kernels encoder.layers.0.self_attn.in_proj_weight": [96, 32],
        "activations encoder.layers.0.linear1": [20, 128],
    }),
    "gpt2": (SMALL_GPT, "", {
        "attention transformer.h.0.attn.scaled_dot_product_attention": [2, 24, 24],
        "kernels transformer.h.0.attn.c_attn": [96, 32],
    }),
    "vit_b_16": ("depth=1 width=48 heads=4", "", {
        "attention encoder.layers.encoder_layer_0.self_attention": [4, 197, 197],
        "kernels conv_proj": [48, 3, 16, 16], "activations conv_proj": [48, 14, 14],
    }),
}  # fmt: skip


@pytest.fixture(scope="module", params=FIGURES)
def gallery(request, tmp_path_factory):
    """The folder of a network, what its manifest says, and the figures it must have."""
    name = request.param
    settings, options, wanted = FIGURES[name]
    folder = tmp_path_factory.mktemp(name) / "out"
    overridden = [word for setting in settings.split() for word in ("--set", setting)]
    assert main(["visualize", name, "-o", str(folder), *overridden, *options.split()]) == 0
    return folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8")), wanted


def called(figure):
    """`kernels conv1` for `kernels/02_conv1.png`."""
    return re.sub(r"/(\d+_)?", " ", figure["file"]).removesuffix(".png")


def pictures(folder, manifest):
    """Each figure of a manifest that is a PNG, with its decoded pixels."""
    for figure in manifest["figures"]:
        if figure["file"].endswith(".png"):
            yield figure, np.asarray(Image.open(folder / figure["file"]).convert("RGB"))


def test_the_figures_that_fit_a_network_are_drawn(gallery):
    folder, manifest, wanted = gallery
    shapes = {called(figure): figure["shape"] for figure in manifest["figures"]}
    assert {key: shapes.get(key) for key in wanted} == wanted
    assert all((folder / figure["file"]).is_file() for figure in manifest["figures"])


def test_every_entry_of_the_manifest_is_complete_and_true(gallery):
    folder, manifest, _ = gallery
    for figure, pixels in pictures(folder, manifest):
        shows_weights = figure["kind"] not in ("architecture", "input", "receptive_fields")
        assert (NOTHING in figure["title"], NOTHING in figure["alt"]) == (shows_weights, shows_weights)
        assert (figure["width"], figure["height"]) == ((pixels.shape[1] + 1) // 2, (pixels.shape[0] + 1) // 2)
        assert figure["sha256"] == hashlib.sha256(pixels.tobytes()).hexdigest()
        if figure["kind"] in ("kernels", "activations", "sequence", "attention", "responses"):
            assert figure["scale"]["low"] <= figure["scale"]["high"]
            assert figure["layer"]
            assert figure["colormap"]
            assert 0 < len(figure["shown"]) <= figure["total"]


def test_no_picture_is_blank(gallery):
    folder, manifest, wanted = gallery
    for figure, pixels in pictures(folder, manifest):
        if called(figure) in wanted:
            middle = pixels[len(pixels) // 4 : len(pixels) * 3 // 5]  # clear of title and colour bar
            coloured = codes(middle)[np.ptp(middle, axis=2) > 4]
            assert len(np.unique(coloured)) > 1, figure["file"]
