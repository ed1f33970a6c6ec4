"""Where a network attends is known before it is run, and called as the recording of a run calls it."""

import pytest

from netinspect.network.attention import attention_paths
from netinspect.network.load import load
from netinspect.torch_backend.batches import noise
from netinspect.torch_backend.build import build
from netinspect.torch_backend.record import record

LINES = {
    "attn": ["attn: MultiheadAttention(num_heads=2, batch_first=True)"],
    "layers": [
        "first: TransformerEncoderLayer(nhead=2, batch_first=True)",
        "(prev, prev): TransformerDecoderLayer(nhead=2, batch_first=True)",
    ],
    "stacks": [
        "one: TransformerEncoder(num_layers=2, nhead=2, batch_first=True)",
        "(prev, prev): TransformerDecoder(num_layers=2, nhead=2, batch_first=True)",
    ],
    "transformer": ["(prev, prev): Transformer(nhead=2, num_encoder_layers=2, num_decoder_layers=1, batch_first=True)"],
    "function": ["scaled_dot_product_attention(prev, prev, prev)"],
    "written": ["softmax(prev @ transpose(prev, 1, 2), dim=-1) @ prev"],
}


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_what_is_planned_is_what_is_recorded(tmp_path, lines):
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: {shape: {time: 5, features: 4}}\nlayers:\n" + "".join(f"  - {line}\n" for line in lines),
        encoding="utf-8",
    )
    network = load(path)
    recording = record(build(network), network, noise(network), paths=[], with_attention=True)
    planned = [path for _, path in attention_paths(network)]
    assert planned
    assert sorted(planned) == sorted(attended.path for attended in recording.attention)
