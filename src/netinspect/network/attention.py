"""Where a network attends, and what those attention weights are called, before it is run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netinspect.network.network import Call, Network, Value

PRODUCTS: Final = ("matmul", "bmm")
"""The functions with which attention is written out."""


def attention_paths(network: Network) -> Iterator[tuple[Call, str]]:
    """Each call that attends with the path of its weights, once for each set of weights. A later use of the same
    attention has its number behind the path, as in the recording."""
    uses: dict[str, int] = {}
    by_softmax = frozenset(written_out(network))
    for call in network.calls:
        base = call.module or call.path
        paths = [call.path] if call in by_softmax else []
        for attends in () if call in by_softmax else call.entry.attends:
            layers = range(int(call.arguments[attends.layers])) if attends.layers else (None,)
            stacks = (base if layer is None else f"{base}.{attends.stack}.{layer}" for layer in layers)
            paths += (f"{stack}.{name}" if name else stack for stack in stacks for name in attends.names)
        for path in paths:
            uses[path] = uses.get(path, 0) + 1
            yield call, path if uses[path] == 1 else f"{path}#{uses[path]}"


def written_out(network: Network) -> Iterator[Call]:
    """Each softmax over the last axis whose rows then mix values in a matrix product, past a dropout or not."""
    users: dict[Value, list[Call]] = {}
    for call in network.calls:
        for value in call.inputs[:1]:
            users.setdefault(value, []).append(call)
    for call in network.calls:
        value = call.outputs[0]
        if call.entry.name.lower() != "softmax" or len(value.type.shape) not in (3, 4):
            continue
        after = list(users.get(value, []))
        for user in tuple(after):  # dropout may stand between
            if "dropout" in user.entry.name.lower():
                after += users.get(user.outputs[0], ())
        names = [argument.name for argument in call.entry.forward]
        dim = call.arguments.get("dim", call.forward[names.index("dim")] if "dim" in names else None)
        if dim in (-1, len(value.type.shape) - 1) and any(u.entry.name in PRODUCTS for u in after):
            yield call
