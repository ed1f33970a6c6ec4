"""Where a network attends, to what, and what those attention weights are called, before it is run."""

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


def written_out(network: Network) -> dict[Call, Call]:
    """By each softmax over the last axis the matrix product in which its rows, the first operand, then mix values, past
    a dropout or not."""
    users: dict[Value, list[Call]] = {}
    for call in network.calls:
        for value in call.inputs[:1]:
            users.setdefault(value, []).append(call)
    mixers: dict[Call, Call] = {}
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
        products = [user for user in after if user.entry.name in PRODUCTS]
        if dim in (-1, len(value.type.shape) - 1) and products:
            mixers[call] = products[0]
    return mixers


def written_roles(network: Network) -> dict[tuple[Call, int], str]:
    """Of attention that is written out which operands of its two matrix products are query, key and value, by the
    product and the place of the operand."""
    roles: dict[tuple[Call, int], str] = {}
    for softmax, mixer in written_out(network).items():
        roles[mixer, 1] = "v"
        before = network.makers.get(softmax.inputs[0])
        while before is not None and before.entry.name not in PRODUCTS and before.inputs:
            before = network.makers.get(before.inputs[0])  # scaled, masked, with a bias
        if before is not None and before.entry.name in PRODUCTS:
            roles |= {(before, 0): "q", (before, 1): "k"}
    return roles
