"""A spec as a mapping or as JSON is the spec that its YAML is, though JSON has quotes around every word."""

import json
from pathlib import Path

import pytest
import yaml

from netinspect import api
from netinspect.catalogue import LAYERS
from tests.language.trees import bare, spec

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))
TYPES = frozenset(LAYERS)


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_json_of_a_gallery_spec_has_the_same_tree(file):
    text = file.read_text(encoding="utf-8")
    mapping = yaml.safe_load(text)
    expected = bare(spec(text, types=TYPES))
    assert bare(spec(json.dumps(mapping, indent=2), types=TYPES)) == expected
    assert bare(spec(json.dumps(mapping), types=TYPES)) == expected


@pytest.mark.parametrize("name", ["resnet", "whisper", "rnn", "swin", "openunmix"])
def test_a_mapping_is_the_same_network(name):
    text = (SPECS[0].parent / f"{name}.yaml").read_text(encoding="utf-8")
    variant = next(iter(yaml.safe_load(text)["variants"]))
    networks = [api.loads(each, variant=variant) for each in (text, yaml.safe_load(text))]
    profiles = [network.profile() for network in networks]
    assert profiles[0].totals == profiles[1].totals
    assert [row.outputs for row in profiles[0].rows] == [row.outputs for row in profiles[1].rows]
    assert networks[0].graph.inputs[0].preprocess == networks[1].graph.inputs[0].preprocess


WORDS = """\
vars: {width: 4, twice: 2 * width, mode: "bilinear", act: "relu", eps: 1.0e-3, kind: ReLU, sizes: [width, 1]}
input: {shape: {channels: width, height: 8, width: 8}, dtype: float32}
blocks:
  Wide(n, f=ReLU):
    parameters: {gain: "(1, n, 1, 1)", bias: n, g: {shape: [n, 1, 1], init: normal, std: 1 / n, frozen: True}}
    buffers: {grid: {values: range(n), scale: 1 / n}}
    layers:
      - prev * gain + bias
      - Conv2d: {out_channels: 2 * n, kernel_size: 3, padding_mode: "reflect", padding: 1}
      - f
layers:
  - Wide(twice)
  - Upsample: {scale_factor: 2, mode: mode}
  - kind
  - BatchNorm2d: {eps: eps}
"""


def test_a_text_stays_a_text_and_an_expression_an_expression():
    assert bare(spec(json.dumps(yaml.safe_load(WORDS)), types=TYPES)) == bare(spec(WORDS, types=TYPES))


@pytest.mark.parametrize(
    "text",
    [
        "vars: {n: 8}\ninput: {shape: [\"n\", 'n']}\nlayers: [Linear]",
        'vars: {n: 8}\ninput: {time: "n"}\nlayers: [Linear]',
        'input: {shape: [1, 8, 8], preprocess: {resize: "input", center_crop: "input"}}\nlayers: [Flatten]',
        'vars: {n: 8}\ninput: {shape: [1, 8, 8], preprocess: {resize: {size: "n"}}}\nlayers: [Flatten]',
        'vars: {n: 8}\ninput: {shape: {time: n}, preprocess: {frame: "n"}}\nlayers: [Linear]',
        'vars: {n: 8}\ninput: {shape: [], dtype: int64, high: "n"}\nlayers:\n  - Embedding(8, 2)',
        'vars: {n: 8}\ninput: [8]\nparameters: {w: "n", v: {shape: ["n", 1]}}\nlayers: [input * w]',
    ],
)
def test_a_size_in_quotes_is_a_size(text):
    assert bare(spec(text, types=TYPES)) == bare(spec(text.replace('"', "").replace("'", ""), types=TYPES))
