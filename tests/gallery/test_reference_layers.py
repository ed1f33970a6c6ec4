"""Layers and nets outside the gallery whose figures were measured independently, with torch."""

import pytest

from netinspect.analysis.profile import profile
from netinspect.network import load

BERT = """
vars: {vocab: 30522, width: 768, heads: 12, depth: 12}
inputs:
  words: {shape: {time: 128}, dtype: int64, high: vocab}
  kinds: {shape: {time: 128}, dtype: int64, high: 2}
blocks:
  Layer:
    - attention: MultiheadAttention(num_heads=heads, batch_first=True)
    - add(input, prev)
    - norm1: LayerNorm
    - up: Linear(4 * width)
    - GELU
    - down: Linear(width)
    - add(norm1, prev)
    - norm2: LayerNorm
layers:
  - word(words): Embedding(vocab, width)
  - kind(kinds): Embedding(2, width)
  - numbers: arange(words.shape[1])
  - place(numbers): Embedding(512, width)
  - add(add(word, kind), place)
  - LayerNorm
  - layers: depth * Layer
  - prev[:, 0]
  - pooler: Linear(width)
  - Tanh
"""
TRANSFORMER = """
inputs:
  source: {time: 10, features: 512}
  target: {time: 20, features: 512}
layers:
  - (source, target): Transformer(batch_first=True)
"""


def recurrent(line, time, features):
    return f"input: {{time: {time}, features: {features}}}\nlayers:\n  - {line}\n"


CASES = [  # what, spec, batch size, parameters, MACs
    (
        "a stacked LSTM",
        recurrent("LSTM(512, num_layers=2, batch_first=True)", 100, 300),
        1,
        3_768_320,
        376_012_800,
    ),
    (
        "a stacked bidirectional LSTM",
        recurrent("LSTM(256, num_layers=2, bidirectional=True, batch_first=True)", 50, 128),
        4,
        2_367_488,
        471_859_200,
    ),
    (
        "a stacked bidirectional GRU",
        recurrent("GRU(256, num_layers=2, bidirectional=True, batch_first=True)", 50, 128),
        4,
        1_775_616,
        353_894_400,
    ),
    ("a plain RNN", recurrent("RNN(256, batch_first=True)", 50, 128), 4, 98_816, 19_660_800),
    ("nn.Transformer with torch's defaults", TRANSFORMER, 32, 44_140_544, 21_276_917_760),
    ("BERT base on 128 tokens, with its pooler", BERT, 1, 109_482_240, 11_174_215_680),
]


@pytest.mark.parametrize(("spec", "batch", "params", "macs"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_independently_measured_figures(spec, batch, params, macs, tmp_path):
    file = tmp_path / "net.yaml"
    file.write_text(spec, encoding="utf-8")
    totals = profile(load(file, batch_size=batch)).totals
    assert (totals.params, totals.macs) == (params, macs)
