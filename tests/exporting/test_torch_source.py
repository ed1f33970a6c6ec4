"""The source of a network is that network: its state dict, its parameters and, with the same weights, its outputs."""

import subprocess
import sys
from functools import cache

import pytest
import torch

import netinspect
from netinspect import gallery_specs
from netinspect.analysis.profile import profile
from netinspect.catalogue import ENTRIES
from netinspect.exporting.source import torch_source
from netinspect.network.network import class_name
from netinspect.reference.examples import example_spec
from netinspect.torch_backend.batches import batch, noise
from netinspect.torch_backend.build import build
from tests.gallery_readings import gallery_reading

MOST_PARAMETERS, MOST_MACS = 60_000_000, 4_000_000_000
"""Of a network that is run with numbers; larger ones have keys and shapes alone."""
QUICK_PARAMETERS, QUICK_MACS = 5_000_000, 300_000_000
"""Of a network that a test of every day runs: the first one of its file."""

FIRST = {entry.file: entry.name for entry in reversed(gallery_specs.entries())}
VARIANTS = [
    pytest.param(entry.name, marks=() if is_quick else pytest.mark.slow)
    for entry in gallery_specs.entries()
    for is_quick in [FIRST[entry.file] == entry.name and entry.params <= QUICK_PARAMETERS and entry.macs <= QUICK_MACS]
]


def module_of(source, name):
    """The model that a source makes."""
    namespace = {"__name__": "exported"}
    exec(compile(source, f"{name}.py", "exec"), namespace)
    return namespace[name]()


def assert_is_the_network(source, network, costs=None):
    """Keys in their order, shapes, what is trained; of a small one the outputs, number by number."""
    costs = costs or profile(network).totals
    is_small = costs.params <= MOST_PARAMETERS and costs.macs <= MOST_MACS
    device = "cpu" if is_small else "meta"
    with torch.random.fork_rng(), torch.device(device):
        exported = module_of(source, class_name(network.root, network)).eval()
    built = build(network, device=device).eval()
    state, expected = exported.state_dict(), built.state_dict()
    assert [(key, value.shape, value.dtype) for key, value in state.items()] == [
        (key, value.shape, value.dtype) for key, value in expected.items()
    ]
    trained = {key for key, parameter in exported.named_parameters() if parameter.requires_grad}
    assert trained == {key for key, parameter in built.named_parameters() if parameter.requires_grad}
    if not is_small:
        return
    exported.load_state_dict(expected)
    inputs = batch(network, noise(network, samples=2), device)
    outputs, wanted = run(exported, inputs), run(built, inputs)
    assert isinstance(outputs, tuple) == isinstance(wanted, tuple)
    outputs, wanted = [[value] if isinstance(value, torch.Tensor) else list(value) for value in (outputs, wanted)]
    assert [output.shape for output in outputs] == [output.shape for output in wanted]
    for output, value in zip(outputs, wanted, strict=True):
        torch.testing.assert_close(output, value, rtol=0, atol=0, equal_nan=True)


def run(model, inputs):
    """What a model returns; pooling at random steps takes the same ones each time."""
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(0)
        return model(*inputs)


def fresh_source(name):
    reading = gallery_reading(name)
    return torch_source(reading.network, reading.file.parsed.spec)


source_of = cache(fresh_source)


@pytest.mark.parametrize("name", VARIANTS)
def test_the_source_is_the_network(name):
    reading = gallery_reading(name)
    assert_is_the_network(source_of(name), reading.network, reading.profile.totals)


LONG_LINES = """
inputs: {a_long_name_of_an_input: [49, 96], another_long_name_of_an_input: [49, 96], x: [49, 96]}
layers:
  - blocks_of_the_first_stage:
      - attention_of_the_first_block:
          - projection: Linear(96, bias=False)
  - chained: x.unflatten(1, (7, 7)).transpose(1, 2).reshape(-1, 7, 7, 96).flatten(1, 2).view(-1, 7, 7, 96)
  - short: view(another_long_name_of_an_input, -1, 7, 7, 96).transpose(1, 2).flatten(1, 2)
  - part: arange(another_long_name_of_an_input.shape[1] + a_long_name_of_an_input.shape[1])[None, :49, None]
  - joined: cat(short[:, None], stack((a_long_name_of_an_input, another_long_name_of_an_input, x, short), dim=1), dim=1)
  - less: -minimum(a_long_name_of_an_input + short, another_long_name_of_an_input + joined[:, 0])
  - masked: where(gt(less, 0), less, -3.4028234663852886e38) + flatten(chained, 1, 2) + part
  - last(x): Linear(96, bias=False)
tie: {last.weight: blocks_of_the_first_stage.attention_of_the_first_block.projection.weight}
outputs: [masked, last]
"""
"""What no gallery network has: long chains of methods, parts of calls, headers and paths."""


def test_long_lines_are_the_network():
    network = netinspect.loads(LONG_LINES)
    assert_is_the_network(network.export(), network.graph)


@pytest.mark.slow
def test_the_sources_are_as_ruff_has_them(tmp_path):
    for name in FIRST.values():
        (tmp_path / f"{name}.py").write_text(source_of(name), encoding="utf-8")
    (tmp_path / "long.py").write_text(netinspect.loads(LONG_LINES).export(), encoding="utf-8")
    for command in (["check", "--select", "E4,E7,E9,F,I,UP,B,SIM,RET505,C4"], ["format", "--check", "--diff"]):
        words = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(tmp_path)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_source_is_the_same_each_time():
    for name in ("resnet18", "swin_t", "unet"):
        assert fresh_source(name) == source_of(name)


def test_resnet50_is_short():
    source = source_of("resnet50")
    assert len(source.splitlines()) <= 120
    assert "netinspect" not in source


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_example_of_an_entry_is_exported(entry):
    spec = netinspect.loads(example_spec(entry))
    assert_is_the_network(torch_source(spec.graph, spec._file.parsed.spec), spec.graph)
