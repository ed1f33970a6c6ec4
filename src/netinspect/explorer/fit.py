"""What fits into a page: weights are taken layer by layer while there is room.

What each layer would take is measured, and the page is written to see how long it is.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from math import ceil, floor
from typing import Any

from netinspect.errors import InputError
from netinspect.explorer.operation import Operation
from netinspect.explorer.operations import operations
from netinspect.explorer.run import SINGLE, Exploration, Recorder, explore, planes, rounded, without_weights
from netinspect.network.network import Call, Network, Value
from netinspect.recording import Array, Prepared


def fitted_page(
    model: Any, network: Network, samples: Sequence[Prepared], written: Callable[[Exploration], bytes], *,
    max_bytes: int, outputs: Sequence[Array] = (),
) -> bytes:  # fmt: skip
    """The page of a run, as `written` gives it, with as many weights as have room; `outputs` as in `explore`.

    InputError where the page takes more than `max_bytes` whatever is left out; it says how much.
    """
    from netinspect.torch_backend.studies.calls import state

    def page_without(left_out: frozenset[Call]) -> bytes:
        return written(explore(model, network, samples, left_out=left_out, outputs=outputs))

    weights, steps = state(model), operations(network)
    needs = _needs(steps)
    sizes = {item: _held_bytes(item, weights, max_bytes) for item in frozenset().union(*needs.values())}
    if sum(sizes.values()) <= max_bytes:
        content = page_without(frozenset())
        if len(content) <= max_bytes:
            return content
    weight_bytes = {call: sum(sizes[item] for item in items) for call, items in needs.items()}
    record_bytes = _record_bytes(model, network, samples, steps, weights, frozenset(needs))
    left_out = frozenset(call for call in needs if record_bytes[call] < weight_bytes[call])
    content = page_without(left_out)
    if len(content) > max_bytes:
        raise InputError(
            f"the page of {network.name} takes at least {_amount(len(content), ceil)}, more than the limit of "
            f"{_amount(max_bytes, floor)}; --max-size allows more"
        )
    room = max_bytes - len(content)
    while True:  # a choice takes a little more than its parts, or less
        chosen = _chosen(needs, sizes, record_bytes, left_out, room)
        if chosen == left_out:
            return content
        larger = page_without(chosen)
        if len(larger) <= max_bytes:
            return larger
        room -= len(larger) - max_bytes


def _needs(steps: Sequence[Operation]) -> dict[Call, frozenset[str | Value]]:
    """What the page must hold to compute a call: weights by their keys, and constants."""
    constants = {value for step in steps if step.settings.get("why") == "constant" for value in step.outputs}
    needs: dict[Call, frozenset[str | Value]] = {}
    for step in steps:
        if step.kind != "recorded":
            held = {operand for operand in step.operands if isinstance(operand, str) or operand in constants}
            needs[step.call] = needs.get(step.call, frozenset()) | held
    return needs


def _chosen(
    needs: Mapping[Call, frozenset[str | Value]], sizes: Mapping[str | Value, int], record_bytes: Mapping[Call, int],
    left_out: frozenset[Call], room: int,
) -> frozenset[Call]:  # fmt: skip
    """Which of the calls in `left_out` stay so when the first ones that have room are computed."""
    present = {item for call, items in needs.items() if call not in left_out for item in items}
    for call in (call for call in needs if call in left_out):
        cost = sum(sizes[item] for item in needs[call] - present) - record_bytes[call]
        if cost <= room:
            room -= cost
            present |= needs[call]
            left_out -= {call}
    return left_out


# --- measuring -----------------------------------------------------------------------------------


def _held_bytes(item: str | Value, weights: Mapping[str, Array], max_bytes: int) -> int:
    """Of a weight by its key, or of a constant; one that is far too large in any case is not compressed to see it."""
    if isinstance(item, Value):
        return _in_base85(4 * item.type.elements)
    size = weights[item].size
    plain = (4 if size <= SINGLE else 2) * size
    return _in_base85(plain) if plain > 2 * max_bytes else _compressed_bytes(rounded(weights[item]))


def _record_bytes(
    model: Any, network: Network, samples: Sequence[Prepared], steps: Sequence[Operation],
    weights: Mapping[str, Array], calls: frozenset[Call],
) -> dict[Call, int]:  # fmt: skip
    """What each of the calls takes where it is recorded, by one run of which nothing else is kept: it may be large."""
    from netinspect.torch_backend.studies.calls import CallRun, run_calls

    recorder = Recorder(without_weights(steps, calls), network, weights)
    measured = dict.fromkeys(calls, 0)

    def measure(ran: CallRun) -> None:
        recorder.see(ran)
        arrays = list(recorder.stored.values())
        for step in recorder.steps.pop(ran.call):
            arrays += step.settings.get("largest", ())
        if ran.call in measured:
            measured[ran.call] = sum(map(_compressed_bytes, arrays))
        recorder.stored.clear()

    run_calls(model, network, samples, measure, {})
    return measured


def _compressed_bytes(array: Array) -> int:
    return _in_base85(len(zlib.compress(planes(array), 9)))


def _in_base85(count: int) -> int:
    return -(-count // 4) * 5


def _amount(count: int, rounding: Callable[[float], int]) -> str:
    """In kB or MB; `rounding` says which way."""
    return f"{rounding(count / 1e3):,} kB" if count < 10_000_000 else f"{rounding(count / 1e5) / 10:,.1f} MB"
