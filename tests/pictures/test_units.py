"""A small net unit by unit: a circle for each, a line for each weight, its colour and width the weight's."""

import numpy as np
import pytest
import torch

from netinspect.cli.main import main
from netinspect.pictures.diagram.layout import layout
from netinspect.pictures.diagram.outline import diagram_of
from netinspect.pictures.diagram.palette import LIGHT
from netinspect.pictures.diagram.scene import PIXELS_PER_POINT, Circle, Label, Line
from netinspect.pictures.diagram.units import MOST, is_of_units
from netinspect.pictures.stems import layer_stems
from netinspect.torch_backend.build import build
from tests.gallery_readings import NAMES, gallery_diagram, gallery_reading
from tests.pictures.test_diagram import collisions


def drawn(name, weights=None, width=960):
    return list(layout(gallery_diagram(name), name, width, "", weights).parts)


@pytest.mark.slow
def test_which_networks_of_the_gallery_are_drawn_so():
    of_units = [name for name in NAMES if is_of_units(gallery_diagram(name))]
    assert of_units == ["mlp", "shallow_mlp", "deep_mlp", "xor_one_layer", "xor_three_layers"]


@pytest.mark.parametrize(("units", "is_drawn_so"), [(MOST, True), (MOST + 1, False)])
def test_up_to_how_many_units(tmp_path, units, is_drawn_so):
    from netinspect.network.load import load

    path = tmp_path / "net.yaml"
    path.write_text(f"input: [2]\nlayers: [Linear({units}), ReLU, Linear(1)]\n", encoding="utf-8")
    diagram = diagram_of(load(path))
    assert is_of_units(diagram) is is_drawn_so
    assert collisions(layout(diagram, "net")) == []


def test_a_circle_for_each_unit_and_a_line_for_each_weight():
    parts = drawn("xor_three_layers")
    circles = [part for part in parts if isinstance(part, Circle)]
    lines = [part for part in parts if isinstance(part, Line)]
    columns = {}
    for circle in circles:
        columns.setdefault(circle.centre[0], []).append(circle.role)
    assert [len(column) for _, column in sorted(columns.items())] == [2, 4, 4, 1]
    assert [set(column) for _, column in sorted(columns.items())] == [{"input"}, {"linear"}, {"linear"}, {"linear"}]
    assert len(lines) == 2 * 4 + 4 * 4 + 4 == gallery_reading("xor_three_layers").profile.totals.macs
    assert {line.role for line in lines} == {"ray"}
    assert any(isinstance(part, Label) and part.text == "Lines: weights, one each." for part in parts)


def test_lines_have_the_sign_and_the_size_of_their_weights():
    reading = gallery_reading("mlp")
    model, stems = build(reading.network, seed=1), layer_stems(reading.profile)
    weights = {stems[name]: model.get_submodule(name).weight.detach() for name in ("fc1", "fc2", "fc3")}
    parts = drawn("mlp", {stem: weight.tolist() for stem, weight in weights.items()})
    circles = sorted((part.centre for part in parts if isinstance(part, Circle)), key=lambda at: (at[0], -at[1]))
    places = [circles[:2], circles[2:5], circles[5:7], circles[7:]]
    lines = {}
    for line in (part for part in parts if isinstance(part, Line)):
        ends = [min(circles, key=lambda at: abs(at[0] - x) + abs(at[1] - y)) for x, y in line.points]
        lines[ends[0], ends[1]] = line
    largest = max(float(weight.abs().max()) for weight in weights.values())
    widest = max(line.width for line in lines.values())
    thinnest = 0.35
    for weight, sources, targets in zip(weights.values(), places[:-1], places[1:], strict=True):
        for output, target in enumerate(targets):
            for source, start in enumerate(sources):
                value, line = float(weight[output, source]), lines[start, target]
                assert line.role == ("above" if value > 0 else "below")
                assert (line.width - thinnest) / (widest - thinnest) == pytest.approx(abs(value) / largest)
    assert any(isinstance(part, Label) and f"the widest ±{largest:.3g}" in part.text for part in parts)


@pytest.mark.parametrize("width", [960, 360])
def test_it_fits_a_page_and_a_phone(width):
    page = layout(gallery_diagram("xor_three_layers"), "XOR", width)
    assert page.width * PIXELS_PER_POINT <= max(width, 440)
    assert collisions(page) == []


def test_weights_are_shown_where_a_checkpoint_brings_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(build(gallery_reading("xor_one_layer").network, seed=5).state_dict(), "xor.pt")
    options = ["visualize", "xor_one_layer", "--what", "architecture", "--light"]
    assert main([*options, "-o", "plain.svg"]) == main([*options, "-o", "with.svg", "--weights", "xor.pt"]) == 0
    plain, with_weights = ((tmp_path / name).read_text(encoding="utf-8") for name in ("plain.svg", "with.svg"))
    weight = torch.load("xor.pt")["output.weight"].numpy()
    assert not any(LIGHT[role] in plain for role in ("above", "below"))
    assert with_weights.count(f'stroke="{LIGHT["above"]}"') == int((weight > 0).sum())
    assert with_weights.count(f'stroke="{LIGHT["below"]}"') == int((weight < 0).sum())
    assert np.abs(weight).min() > 0
