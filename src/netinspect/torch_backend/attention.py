"""Attention weights, head by head, wherever a network attends.

`nn.MultiheadAttention` gives them only if it is asked, and inside torch's Transformer layers nobody asks: a hook does.
The function scaled_dot_product_attention never gives them: they are computed again from what it was given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import torch
from torch import Tensor, nn

from netinspect.network.attention import written_out
from netinspect.network.network import Call, Network
from netinspect.recording import Array, Attention
from netinspect.torch_backend.watching import Arguments


class AttentionLog:
    """The attention weights of one run, in the order they come.

    Paths are those of the attention itself: `encoder.layers.0.self_attn`; for a later use of a module that is called
    again, the number of the use stands behind it.
    """

    def __init__(self, network: Network) -> None:
        self.found: list[Attention] = []
        self._uses: dict[str, int] = {}
        self._written_out = frozenset(written_out(network))

    def add(self, path: str, weights: Tensor) -> None:
        """weights: samples, heads, queries, keys."""
        self._uses[path] = self._uses.get(path, 0) + 1
        use = self._uses[path]
        self.found.append(Attention(path if use == 1 else f"{path}#{use}", _array(weights)))

    def see(self, call: Call, arguments: Arguments, returned: Any) -> None:
        """Take the weights of a function that attends, or of a softmax that is attention written out."""
        if call.module is None and call.entry.attends:
            self.add(call.path, attention_weights(*arguments[0], **arguments[1]))
        elif call in self._written_out:
            weights = returned  # (samples,) [heads,] queries, keys
            self.add(call.path, weights if weights.dim() == 4 else weights[:, None])


@contextmanager
def attention_watched(model: nn.Module, log: AttentionLog) -> Iterator[None]:
    """While this holds, every nn.MultiheadAttention of the model adds its weights to the log."""
    with ExitStack() as stack:
        for path, module in model.named_modules():
            if isinstance(module, nn.MultiheadAttention):
                _watch(module, path, log.add, stack)
        yield


def _array(weights: Tensor) -> Array:
    array: Array = weights.detach().to("cpu", torch.float32, copy=True).numpy()
    array.flags.writeable = False
    return array


def attention_bytes(call: Call) -> int:
    """At most, for one sample: what keeping the weights of a call takes."""
    heads = call.arguments.get("num_heads", call.arguments.get("nhead"))
    if heads is not None:
        axis = 1 if call.arguments.get("batch_first") else 0
        longest = max([value.type.shape[axis] for value in call.inputs if value.type.rank == 3], default=0)
        return 2 * 4 * int(heads) * int(call.arguments.get("num_layers", 1)) * longest**2
    if call.module is None and call.entry.attends:
        query, key = (value.type.shape for value in call.inputs[:2])
        return 4 * math.prod(query[1:-1]) * key[-2]
    return 0


# --- nn.MultiheadAttention -------------------------------------------------------------------


def _watch(module: nn.MultiheadAttention, path: str, add: Callable[[str, Tensor], None], stack: ExitStack) -> None:
    """Ask for every head's weights, and give the caller back what it asked for itself."""
    requests: list[tuple[bool, bool]] = []

    def before(_module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        named = {**dict(zip(_POSITIONS[: len(args)], args, strict=True)), **kwargs}
        requests.append((named.get("need_weights", True), named.get("average_attn_weights", True)))
        return (), {**named, "need_weights": True, "average_attn_weights": False}

    def after(_module: nn.Module, _args: tuple[Any, ...], returned: tuple[Tensor, Tensor]) -> tuple[Any, Any]:
        output, weights = returned  # weights: samples, heads, queries, keys
        add(path, weights if weights.dim() == 4 else weights[None])
        need_weights, average = requests.pop()
        if not need_weights:
            return output, None
        return output, weights.mean(dim=-3) if average else weights

    stack.callback(module.register_forward_pre_hook(before, with_kwargs=True).remove)
    stack.callback(module.register_forward_hook(after).remove)


_POSITIONS: Final = (
    "query", "key", "value", "key_padding_mask", "need_weights", "attn_mask", "average_attn_weights", "is_causal",
)  # fmt: skip

# --- the function ----------------------------------------------------------------------------


def attention_weights(
    query: Tensor, key: Tensor, value: Tensor | None = None, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """softmax(Q·Kᵀ·scale + mask), as torch's documentation of scaled_dot_product_attention states it.

    query (…, heads, queries, size), key (…, heads, keys, size) to (samples, heads, queries, keys). With `is_causal` a
    query sees keys up to its own place. Neither `value` nor dropout plays a part.
    """
    del value, dropout_p
    if enable_gqa:
        key = key.repeat_interleave(query.size(-3) // key.size(-3), -3)
    factor = 1 / math.sqrt(query.size(-1)) if scale is None else scale
    scores = query @ key.transpose(-2, -1) * factor  # …, queries, keys
    if is_causal:
        later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(later, -math.inf)
    if attn_mask is not None:
        scores = scores.masked_fill(~attn_mask, -math.inf) if attn_mask.dtype is torch.bool else scores + attn_mask
    weights = scores.softmax(-1)
    return weights.reshape(-1, *weights.shape[-3:]) if weights.dim() > 3 else weights[:, None]
