"""What is sure to lie between 0 and 1, held against torch."""

import pytest
import torch

import netinspect
from netinspect.analysis.probabilities import last_effect
from netinspect.catalogue import ENTRIES
from netinspect.network.load import load

KEEPING = {entry.name: entry for entry in ENTRIES if entry.keeps_chances}


@pytest.mark.parametrize("name", sorted(KEEPING))
def test_what_keeps_probabilities_keeps_them_in_torch_and_makes_none_of_other_numbers(name, tmp_path):
    entry = KEEPING[name]
    sizes = [list(tensor.shape[1:]) for tensor in entry.example_inputs]
    example = entry.example.replace("clamp(0, 6)", "clamp(0, 1)")

    def written(before):
        inputs, lines = f"input: {sizes[0]}", [before, example]
        if len(sizes) == 2:
            inputs, lines = f"inputs: {{x: {sizes[0]}, y: {sizes[1]}}}", [f"a: {before}(x)", f"b: {before}(y)", example]
        (tmp_path / "net.yaml").write_text("\n  - ".join([f"{inputs}\nlayers:", *lines]) + "\n", encoding="utf-8")
        network = load(tmp_path / "net.yaml")
        return last_effect(network.outputs[0][1], network)

    assert written("square") == entry.effect
    assert written("sigmoid") == "chances"
    model = netinspect.build(tmp_path / "net.yaml").eval()
    torch.manual_seed(0)
    for sharpness in (1, 40):  # in between, and nearly at both ends
        with torch.no_grad():
            numbers = model(*(sharpness * torch.randn(tensor.shape) for tensor in entry.example_inputs))
        numbers = numbers[0] if isinstance(numbers, tuple) else numbers
        assert 0 <= numbers.min() <= numbers.max() <= 1


@pytest.mark.parametrize("line", [
    "index_add(p, 1, zeros(8, dtype=int64), p)", "scatter_add(p, 1, zeros_like(ids), p)",
])  # fmt: skip
def test_sums_of_probabilities_at_places_are_none(line, tmp_path):
    spec = f"inputs: {{x: [8], ids: {{shape: [8], dtype: int64, high: 8}}}}\nlayers:\n  - p: sigmoid(x)\n  - {line}\n"
    (tmp_path / "net.yaml").write_text(spec, encoding="utf-8")
    network = load(tmp_path / "net.yaml")
    assert last_effect(network.outputs[0][1], network) == "linear"
    model = netinspect.build(tmp_path / "net.yaml").eval()
    with torch.no_grad():
        assert model(torch.zeros(1, 8), torch.arange(8)[None]).max() > 1
