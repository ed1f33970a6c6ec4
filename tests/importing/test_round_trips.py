"""A network of the gallery that is built, or exported, and imported again is the same network, call by call."""

import os
from collections.abc import Iterator

import pytest
import torch

import netinspect
from netinspect import gallery_specs
from netinspect.network.network import Call, Extent, Network, Value, class_name
from netinspect.torch_backend.batches import batch, noise
from netinspect.torch_backend.build import build
from tests.catalogue import tally
from tests.exporting.test_torch_source import module_of

MOST_MACS = 300_000_000
"""Of a network that is tried every day: the first of a file, or a small one. `make prove` tries all."""

QUICK_MACS = 20_000_000
"""Of a network that the quick tests try."""

SMALLER = {
    "wavenet": {"samples": 6000},
    "gpt2": {"tokens": 64},
    "gpt2_medium": {"tokens": 64},
    "gpt2_large": {"tokens": 64, "depth": 4},
    "gpt2_xl": {"tokens": 64, "depth": 4},
    "whisper_small": {"depth": 3, "writers": 2},
    "whisper_turbo": {"depth": 3, "writers": 2},
    "whisper_large_v3": {"depth": 3, "writers": 2},
}
"""Shorter inputs and fewer blocks for networks of which an import, which holds four copies of the weights, would take
more than 16 GB, or more than 100 G products in a run."""

ONE_LINE = 8
"""How many calls a line has at most."""

IS_PROOF = os.environ.get("NETINSPECT_PROVE") == "all"
FIRST = {entry.file: entry.name for entry in reversed(gallery_specs.entries())}
NAMES = [
    pytest.param(entry.name, marks=[pytest.mark.slow] * (entry.macs > QUICK_MACS))
    for entry in gallery_specs.entries()
    if IS_PROOF or (entry.macs <= MOST_MACS and FIRST[entry.file] == entry.name)
]


def difference(network: Network, imported: Network, *, is_source: bool = False) -> str | None:
    """Where the calls of two networks differ first; None where they do not.

    Left out are calls that change nothing, as `pad` by 0, which are not imported. Numbers are those that they come to.
    Calls of one line that need nothing of each other may come in another order. In a source (`is_source`) layers
    without tensors have names in place of positions, and may be one for several; so no position follows from a dropout
    of 0, which is not imported then. And `sum` begins with 0 there.
    """
    partners = dict(zip(inputs(network), inputs(imported), strict=True))
    keys = saved(imported)
    partners |= {value: keys[key] for key, value in saved(network).items() if key in keys}
    calls = effective(network, partners, is_source=is_source)
    others = list(effective(imported, same := {}, is_source=is_source))
    for call in calls:
        if call.entry.name == "crop_like":  # a function of netinspect's, which torch has in two steps
            while others and others[0].entry.name == "narrow" and others[0].outputs[0].types != call.outputs[0].types:
                others.pop(0)
            partners[call.outputs[0]] = others.pop(0).outputs[0]
            continue
        if not others:
            return f"`{call.path}` is missing"
        differences = []
        for place, other in enumerate(others[:ONE_LINE]):
            known = dict(partners)
            differences.append(difference_of(call, other, known, same, by_kind=is_source))
            if differences[-1] is None:
                partners = known | dict(zip(call.outputs, other.outputs, strict=False))
                del others[place]
                break
        if differences[-1] is not None:
            return f"`{call.path}`, `{others[0].path}`: {differences[0]}"
    return f"`{others[0].path}` is new" if others else None


def inputs(network: Network) -> list[Value]:
    return [item.value for item in network.inputs]


def saved(network: Network) -> dict[str, Value]:
    """The parameters and buffers of a network's own by their keys."""
    return {tensor.key: tensor.value for scope in network.root.walk() for tensor in scope.tensors}


def effective(network: Network, same: dict[Value, Value], *, is_source: bool) -> Iterator[Call]:
    """The calls that change something; what the others give is `same` as what they take."""
    for call in network.calls:
        source = call.forward[0] if call.forward else None
        is_idle = call.entry.name in ("pad", "getitem")
        if is_source:
            is_idle |= call.arguments.get("p") == 0 or (call.entry.name == "add" and call.forward[1] == 0)
        if is_idle and isinstance(source, Value) and source.types == call.outputs[0].types:
            same[call.outputs[0]] = same.get(source, source)
        else:
            yield call


def difference_of(call: Call, other: Call, partners, same, *, by_kind: bool) -> str | None:
    if call.entry.torch != other.entry.torch:
        return f"{call.entry.name} | {other.entry.name}"
    has_tensors = bool(call.result.parameters or call.result.buffers)
    if (call.module, call.again) != (other.module, other.again) and (has_tensors or not by_kind):
        return f"{call.module} | {other.module}"
    for name, value in settings(call).items():
        if value != settings(other)[name]:
            return f"{name} {value} | {settings(other)[name]}"
    if not is_same(call.forward, other.forward, partners, same):
        return f"{call.forward} | {other.forward}"
    types, wanted = ([value.types for value in each.outputs] for each in (other, call))
    return None if types == wanted else f"{wanted} | {types}"


def settings(call: Call) -> dict:
    """The arguments of a layer; a window without a stride moves by its own size."""
    arguments = dict(call.arguments)
    if "kernel_size" in arguments and "stride" in arguments:
        arguments["stride"] = arguments["stride"] or arguments["kernel_size"]
    return {name: str(value) for name, value in arguments.items()}


def is_same(operand, other, partners, same) -> bool:
    if isinstance(operand, Value):
        # what is in neither state dict has its partner where it is used first
        return isinstance(other, Value) and partners.setdefault(operand, same.get(other, other)) is same.get(
            other, other
        )
    if isinstance(operand, tuple) or isinstance(other, tuple):
        length = len(operand if isinstance(operand, tuple) else other)
        pair = [each if isinstance(each, tuple) else (each,) * length for each in (operand, other)]
        return len(pair[1]) == length and all(is_same(*parts, partners, same) for parts in zip(*pair, strict=True))
    if isinstance(operand, Extent) or isinstance(other, Extent):
        values = [each.values if isinstance(each, Extent) else (each,) * 3 for each in (operand, other)]
        return values[0] == values[1]
    return isinstance(operand, bool) == isinstance(other, bool) and operand == other


def imported_again(network: Network, model: torch.nn.Module) -> Network:
    return netinspect.from_torch(model.eval(), *batch(network, noise(network, samples=1))).graph


@pytest.mark.parametrize("name", NAMES)
def test_built_and_imported(name):
    network = netinspect.load(name, settings=SMALLER.get(name)).graph
    assert difference(network, imported_again(network, build(network))) is None
    tally.compared(tally.ROUND_TRIPS, name)


@pytest.mark.parametrize("name", NAMES)
def test_exported_and_imported(name):
    spec = netinspect.load(name, settings=SMALLER.get(name))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = module_of(spec.export(), class_name(spec.graph.root, spec.graph))
    assert difference(spec.graph, imported_again(spec.graph, model), is_source=True) is None
    tally.compared(tally.ROUND_TRIPS, name)


def test_another_network_is_another():
    """Each of these changes one thing that the comparison has to see."""
    lines = "  - a: Conv1d(4, kernel_size=1)\n  - b: Conv1d(4, kernel_size=1)\n  - a + 1\n  - prev - b\n"
    text = f"input: [4, 8]\nlayers:\n{lines}"
    network = netinspect.loads(text).graph
    assert difference(network, netinspect.loads(text).graph) is None
    for old, new in (
        ("b: Conv1d(4, kernel_size=1)", "b: Conv1d(4, kernel_size=1, groups=2)"), ("b", "c"), ("a + 1", "a + 2"),
        ("a + 1", "b + 1"), ("prev - b", "prev - a"), ("a + 1", "a - 1"), ("  - prev - b\n", ""),
    ):  # fmt: skip
        assert difference(network, netinspect.loads(text.replace(old, new)).graph) is not None, new
