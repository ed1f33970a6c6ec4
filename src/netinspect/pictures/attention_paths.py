"""Where a network attends, and what those attention weights will be called, before it is run."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.network.network import Call, Network


def attention_paths(network: Network) -> Iterator[tuple[Call, str]]:
    """Each call that attends with the path of its weights, once for each set of weights. A later use of the same
    attention has its number behind the path, as in the recording."""
    uses: dict[str, int] = {}
    written_out = _written_out(network)
    for call in network.calls:
        for path in [call.path] if call in written_out else _paths(call):
            uses[path] = uses.get(path, 0) + 1
            yield call, path if uses[path] == 1 else f"{path}#{uses[path]}"


def _paths(call: Call) -> list[str]:
    if call.entry.name == "scaled_dot_product_attention":
        return [call.path]
    base = f"{call.module}." if call.module else ""
    layers = int(call.arguments.get("num_layers", 1))
    match call.entry.name:
        case "MultiheadAttention":
            return [call.module or call.path]
        case "TransformerEncoderLayer":
            return _encoder(base)
        case "TransformerDecoderLayer":
            return _decoder(base)
        case "TransformerEncoder":
            return [path for layer in range(layers) for path in _encoder(f"{base}layers.{layer}.")]
        case "TransformerDecoder":
            return [path for layer in range(layers) for path in _decoder(f"{base}layers.{layer}.")]
        case "Transformer":
            encoders = range(int(call.arguments["num_encoder_layers"]))
            decoders = range(int(call.arguments["num_decoder_layers"]))
            return [path for layer in encoders for path in _encoder(f"{base}encoder.layers.{layer}.")] + [
                path for layer in decoders for path in _decoder(f"{base}decoder.layers.{layer}.")
            ]
    return []


def _encoder(base: str) -> list[str]:
    return [f"{base}self_attn"]


def _decoder(base: str) -> list[str]:
    return [f"{base}self_attn", f"{base}multihead_attn"]


def _written_out(network: Network) -> frozenset[Call]:
    """Softmaxes that are attention written out; torch is loaded only where there is a softmax on three axes or more."""
    candidates = [c for c in network.calls if c.entry.name.lower() == "softmax" and len(c.outputs[0].type.shape) > 2]
    if not candidates:
        return frozenset()
    from netinspect.torch_backend.attention import written_out

    return frozenset(written_out(network))
