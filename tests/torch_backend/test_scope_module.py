"""A built model is an ordinary torch module."""

import copy
import io
import pickle

import pytest
import torch
from torch.export import Dim

from netinspect.torch_backend.build import build

MODEL = """
    name: Small net-1
    input: {channels: 2, time: 40}
    blocks:
      Res:
        - conv: Conv1d(4, kernel_size=3, padding=1)
        - BatchNorm1d
        - add(conv, prev)
    layers:
      - Conv1d(4, kernel_size=3, padding=1)
      - layer1: 2 * Res
      - skip:
          - Res
          - flatten(2)
          - add(prev, layer1)
      - mean(dim=2)
      - fc: Linear(3)
"""


@pytest.fixture
def model(network):
    return build(network(MODEL)).eval()


def test_it_prints_as_a_hand_written_module(model):
    lines = str(model).splitlines()
    assert lines[0] == "SmallNet1("
    assert "  (layer1): Sequential(" in lines
    assert "    (0): Res(" in lines
    assert lines[-1] == ")"


def test_without_a_name_it_is_called_after_its_file(network):
    assert type(build(network("input: [4]\nlayers: [{a: ReLU}, 'add(a, input)']"))).__name__ == "Spec"


@pytest.mark.parametrize("copying", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_the_same_and_apart(model, copying):
    x = torch.randn(2, 2, 40)
    copied = copying(model)
    assert str(copied) == str(model)
    assert not copied.training
    assert torch.equal(copied(x), model(x))
    assert copied.layer1[0].code == model.layer1[0].code
    assert copied.fc.weight is not model.fc.weight


def _count(module, inputs, output):
    module.calls_seen = getattr(module, "calls_seen", 0) + 1


@pytest.mark.parametrize("copying", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_hooks_work_on_every_scope_and_survive_a_copy(model, copying):
    model.skip.register_forward_hook(_count)
    model.layer1[1].conv.register_forward_hook(_count)
    model(torch.randn(2, 2, 40))
    assert model.skip.calls_seen == model.layer1[1].conv.calls_seen == 1
    copied = copying(model)
    copied(torch.randn(2, 2, 40))
    assert copied.skip.calls_seen == 2
    assert model.skip.calls_seen == 1


IN_EACH_OTHER = """
    input: [4]
    blocks:
      Outer: [{inner: Inner}, "add(inner, input)"]
      Inner: [{core: Core}, "add(core, input)"]
      Core: [{fc: Linear(4)}, "add(fc, input)"]
    layers: [{outer: Outer}, "add(outer, input)"]
"""


@pytest.mark.parametrize("copying", [lambda m: m, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_each_scope_is_compiled_once_when_it_is_made_and_again_with_what_it_stands_in(network, monkeypatch, copying):
    compiled, recompile = [], torch.fx.GraphModule.recompile
    monkeypatch.setattr(torch.fx.GraphModule, "recompile", lambda m: (compiled.append(m), recompile(m))[1])
    copied = copying(build(network(IN_EACH_OTHER)))
    scopes = [module for module in copied.modules() if isinstance(module, torch.fx.GraphModule)]
    assert [sum(module is scope for module in compiled) for scope in scopes] == [1] * 4
    core = copied.outer.inner.core
    next(node for node in core.graph.nodes if node.op == "call_function").target = torch.sub
    copied.recompile()
    assert "torch.sub" in core.code


def test_torch_save_and_load(model):
    held = io.BytesIO()
    torch.save(model, held)
    held.seek(0)
    loaded = torch.load(held, weights_only=False)
    x = torch.randn(1, 2, 40)
    assert torch.equal(loaded(x), model(x))


def test_a_state_dict_loads_into_another_copy(model, network):
    other = build(network(MODEL), seed=9).eval()
    other.load_state_dict(model.state_dict(), strict=True)
    x = torch.randn(1, 2, 40)
    assert torch.equal(other(x), model(x))


def test_other_batch_sizes_and_lengths(model):
    assert model(torch.randn(3, 2, 60)).shape == (3, 3)


def test_export_with_other_batch_sizes_and_lengths(model):
    x = torch.randn(2, 2, 40)
    exported = torch.export.export(model, (x,), dynamic_shapes=({0: Dim("batch"), 2: Dim("time", min=4)},))
    assert torch.equal(exported.module()(x), model(x))
    longer = torch.randn(5, 2, 64)
    assert torch.allclose(exported.module()(longer), model(longer), atol=1e-6)


def test_compile(model):
    x = torch.randn(2, 2, 40)
    assert torch.equal(torch.compile(model, backend="eager", fullgraph=True)(x), model(x))


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_onnx_export(model, tmp_path):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    torch.onnx.export(model, (torch.randn(2, 2, 40),), tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").stat().st_size > 0


def test_training(model):
    model.train()
    model(torch.randn(4, 2, 40)).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
