"""The layers of a Transformer, written out in the operations that they are made of.

torch has them as one layer; a reader wants to see the attention, the sums and the two Linears inside. The values
between them are no values of the network, so they are not checked alone: the output of the layer is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from netinspect.catalogue.entry import TensorType
from netinspect.explorer.operation import Operand, Operation, mask_word
from netinspect.network.network import Call, Value


def written_out(call: Call, arguments: Mapping[str, Operand]) -> tuple[Operation, ...] | None:
    """The operations of a Transformer layer, a stack of them, or a whole Transformer; None where keys are padded."""
    if any(arguments[name] is not None for name in arguments if name.endswith("key_padding_mask")):
        return None
    inside = _Inside(call, arguments)
    _LAYERS[call.entry.name](inside, arguments)
    *steps, last = inside.steps
    return (*steps, replace(last, outputs=call.outputs))


class _Inside:
    """The steps inside a layer so far. Each method adds some and gives their value."""

    def __init__(self, call: Call, arguments: Mapping[str, Operand]) -> None:
        self.steps: list[Operation] = []
        self._call, self._arguments = call, arguments

    def encoder_layer(self, prefix: str, x: Value, mask: Operand) -> Value:
        x = self._residual(x, prefix, "norm1", lambda y: self._attention(f"{prefix}self_attn", y, y, mask))
        return self._residual(x, prefix, "norm2", lambda y: self._feed_forward(prefix, y))

    def decoder_layer(self, prefix: str, x: Value, memory: Value, masks: tuple[Operand, Operand]) -> Value:
        of_itself, of_memory = masks
        x = self._residual(x, prefix, "norm1", lambda y: self._attention(f"{prefix}self_attn", y, y, of_itself))
        x = self._residual(
            x, prefix, "norm2", lambda y: self._attention(f"{prefix}multihead_attn", y, memory, of_memory)
        )
        return self._residual(x, prefix, "norm3", lambda y: self._feed_forward(prefix, y))

    def norm(self, name: str, x: Value) -> Value:
        settings = {"block": x.type.shape[-1], "eps": self._arguments["layer_norm_eps"], "centred": True, "every": 1}
        return self._step(name, "LayerNorm", "normalise", self._weighted(x, f"{name}."), settings, x.type)

    def _residual(self, x: Value, prefix: str, norm: str, part: Any) -> Value:
        """x + part(x), normed before the part or behind the sum."""
        if self._arguments["norm_first"]:
            return self._sum(f"{prefix}{norm}", x, part(self.norm(f"{prefix}{norm}", x)))
        return self.norm(f"{prefix}{norm}", self._sum(f"{prefix}{norm}", x, part(x)))

    def _sum(self, name: str, x: Value, y: Value) -> Value:
        inputs = {"first": x, "second": y}
        return self._step(f"{name}.add", "add", "combine", inputs, {"name": "add"}, x.type)

    def _feed_forward(self, prefix: str, x: Value) -> Value:
        name = self._arguments["activation"]
        wide = x.type.with_shape((*x.type.shape[:-1], self._arguments["dim_feedforward"]))
        hidden = self._linear(f"{prefix}linear1", x, wide)
        settings = {"name": name} | ({"approximate": "none"} if name == "gelu" else {})
        bent = self._step(f"{prefix}activation", name, "function", {"input": hidden}, settings, wide)
        return self._linear(f"{prefix}linear2", bent, x.type)

    def _linear(self, name: str, x: Value, result: TensorType) -> Value:
        return self._step(name, "Linear", "linear", self._weighted(x, f"{name}."), {}, result)

    def _attention(self, name: str, x: Value, memory: Value, mask: Operand) -> Value:
        size = x.type.shape[-1]
        inputs: dict[str, Operand] = {"query": x, "key": memory, "value": memory, "mask": mask}
        for part in ("query", "key", "value"):
            inputs[f"{part}_weight"] = self._arguments[f"{name}.in_proj_weight"]
            inputs[f"{part}_bias"] = self._arguments.get(f"{name}.in_proj_bias")
        inputs["out_weight"] = self._arguments[f"{name}.out_proj.weight"]
        inputs["out_bias"] = self._arguments.get(f"{name}.out_proj.bias")
        rows = [0, size, 2 * size]
        settings = {
            "heads": self._arguments["nhead"], "batch_first": self._arguments["batch_first"],
            "rows": rows, "weight_rows": rows, "mask": mask_word(mask, is_kept=False),
        }  # fmt: skip
        return self._step(name, "MultiheadAttention", "multihead_attention", inputs, settings, x.type)

    def _weighted(self, x: Value, prefix: str) -> dict[str, Operand]:
        return {"input": x, **{name: self._arguments.get(f"{prefix}{name}") for name in ("weight", "bias")}}

    def _step(
        self, name: str, title: str, kind: str, inputs: dict[str, Operand], settings: dict[str, Any], result: TensorType
    ) -> Value:
        value = Value((result,) * 3, f"{self._call.path}.{name}", self._call.scope)
        self.steps.append(Operation(self._call, kind, inputs, (value,), settings, title))
        return value


def _encoder_layer(inside: _Inside, a: Mapping[str, Operand]) -> None:
    inside.encoder_layer("", a["src"], a["src_mask"])


def _encoder(inside: _Inside, a: Mapping[str, Operand]) -> None:
    x = a["src"]
    for number in range(a["num_layers"]):
        x = inside.encoder_layer(f"layers.{number}.", x, a["mask"])


def _decoder_layer(inside: _Inside, a: Mapping[str, Operand]) -> None:
    inside.decoder_layer("", a["tgt"], a["memory"], (a["tgt_mask"], a["memory_mask"]))


def _decoder(inside: _Inside, a: Mapping[str, Operand]) -> None:
    x = a["tgt"]
    for number in range(a["num_layers"]):
        x = inside.decoder_layer(f"layers.{number}.", x, a["memory"], (a["tgt_mask"], a["memory_mask"]))


def _transformer(inside: _Inside, a: Mapping[str, Operand]) -> None:
    memory = a["src"]
    for number in range(a["num_encoder_layers"]):
        memory = inside.encoder_layer(f"encoder.layers.{number}.", memory, a["src_mask"])
    memory = inside.norm("encoder.norm", memory)
    x = a["tgt"]
    for number in range(a["num_decoder_layers"]):
        x = inside.decoder_layer(f"decoder.layers.{number}.", x, memory, (a["tgt_mask"], a["memory_mask"]))
    inside.norm("decoder.norm", x)


_LAYERS: Final = {
    "TransformerEncoderLayer": _encoder_layer,
    "TransformerEncoder": _encoder,
    "TransformerDecoderLayer": _decoder_layer,
    "TransformerDecoder": _decoder,
    "Transformer": _transformer,
}
