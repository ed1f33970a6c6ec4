"""Recurrent layers: their loop, the same cell unrolled over steps, its equations, and their gates in kernels."""

import re

import numpy as np
import pytest
import torch

from netinspect.catalogue import LAYERS
from netinspect.catalogue.recurrent import RECURRENCES
from netinspect.network.load import load
from netinspect.pictures.diagram.layout import layout
from netinspect.pictures.diagram.outline import diagram_of
from netinspect.pictures.diagram.scene import Face, Label, Line
from netinspect.pictures.draw.colour import DIVERGING, GAP, palette
from netinspect.pictures.draw.matrices import matrix
from netinspect.pictures.look import Look, Origin
from tests.gallery_readings import gallery_diagram
from tests.pictures.pixels import says
from tests.pictures.test_diagram import collisions


def one_step(equations, values):
    """What the equations give, each read as it is written: a product with a matrix is one, any other is by element."""
    for formula, _ in equations:
        name, sum_ = re.split(" [=←] ", formula)
        code = re.sub(r"(W_\w+)·(\w+)", r"(\1 @ \2)", sum_)
        code = re.sub(r"(W_\w+)·\(", r"\1 @ (", code).replace("⊙", "*").replace("−", "-").replace("σ", "sigmoid")
        assert "·" not in code  # which is the product with a matrix, and ⊙ the other one
        values[name] = eval(code, {}, values)
    return values


@pytest.mark.parametrize(
    ("name", "options"),
    [("RNN", {"nonlinearity": "tanh"}), ("RNN", {"nonlinearity": "relu"}), ("LSTM", {}), ("LSTM", {"proj_size": 2}),
     ("GRU", {})],
)  # fmt: skip
def test_the_equations_are_those_of_torch(name, options):
    projected = options.get("proj_size", 0)
    torch.manual_seed(0)
    layer = getattr(torch.nn, name)(3, 4, bias=False, dtype=torch.float64, **options)
    state = {key: value.detach().numpy() for key, value in layer.state_dict().items()}
    random = np.random.default_rng(1)
    x, h, c = random.standard_normal(3), random.standard_normal(projected or 4), random.standard_normal(4)
    recurrence = RECURRENCES[name]
    letters = [letter for letter, _ in recurrence.gates] or ["h"]
    values = {"x": x, "h": h, "c": c, "W_hr": state.get("weight_hr_l0"), "tanh": np.tanh,
              "relu": lambda x: np.maximum(x, 0), "sigmoid": lambda x: 1 / (1 + np.exp(-x))}  # fmt: skip
    for source, key in (("i", "weight_ih_l0"), ("h", "weight_hh_l0")):
        values |= {f"W_{source}{letter}": block for letter, block in zip(letters, np.split(state[key], len(letters)),
                                                                        strict=True)}  # fmt: skip
    equations = recurrence.step({"bias": False, **options})
    if name == "GRU":
        assert recurrence.step({"bias": True})[2][0] == "n = tanh(W_in·x + b + r⊙(W_hn·h + b))"
    result = one_step(equations, values)
    first = [torch.tensor(state, dtype=torch.float64).reshape(1, 1, -1) for state in (h, c)[: len(recurrence.states)]]
    with torch.no_grad():
        given = torch.tensor(x, dtype=torch.float64).reshape(1, 1, -1)
        _, last = layer(given, tuple(first) if name == "LSTM" else first[0])
    for state_name, expected in zip(recurrence.states, last if name == "LSTM" else [last], strict=True):
        assert result[state_name] == pytest.approx(expected.flatten().numpy(), abs=1e-12)


def test_layers_and_cells_have_the_same_gates():
    for name in RECURRENCES:
        assert LAYERS[name].recurrence is RECURRENCES[name]
        assert LAYERS[f"{name}Cell"].recurrence == RECURRENCES[name]._replace(over="step")
    assert all(entry.recurrence is None for entry in LAYERS.values() if entry.family != "recurrent")


# --- the diagram -----------------------------------------------------------------------------


def test_a_recurrent_layer_has_a_loop_from_its_right_to_its_left():
    diagram = gallery_diagram("gru")
    assert [box.loops for box in diagram.panels[0].boxes] == [False, True, False]
    parts = list(layout(diagram, "gru").parts)
    front = next(part for part in parts if isinstance(part, Face) and (part.role, part.shade) == ("recurrent", "front"))
    (loop,) = [part for part in parts if isinstance(part, Line) and part.role == "skip"]
    (left, _), (right, top) = front.points[0], front.points[2]
    assert loop.points[0][0] > right
    assert loop.points[-1][0] == pytest.approx(left)
    assert max(y for _, y in loop.points) > top


def typeset(page):
    """The lines of a page, what hangs below its line as an index behind a `_`."""
    lines, before = [], None
    for label in (part for part in page.parts if isinstance(part, Label)):
        if before is not None and before.left and label.left and label.place[0] == pytest.approx(before.box[2]):
            drop = before.place[1] - label.place[1]
            assert abs(drop) == pytest.approx(2.2)
            assert label.size * 4 / 3 >= 9  # pixels of a page
            lines[-1] += f"_{label.text}" if drop > 0 else label.text
        else:
            lines.append(label.text)
        before = label
    return lines


def test_a_layer_is_unrolled_over_the_steps_of_its_input(tmp_path):
    path = tmp_path / "net.yaml"
    first = "LSTM(4, num_layers=3, bidirectional=True, batch_first=True)"
    lines = (first, "GRU(4, batch_first=True)", "GRU(2, batch_first=True)")
    path.write_text("\n".join(["input: [7, 5]", "layers:", *(f"  - {line}" for line in lines)]), encoding="utf-8")
    diagram = diagram_of(load(path))
    assert [(layer.title, layer.steps, layer.states) for layer in diagram.unrolled] == [
        ("LSTM", 7, ("h", "c")), ("GRU", 7, ("h",)),
    ]  # fmt: skip
    assert diagram.unrolled[0].about == (
        "7 steps, and back in the other direction; of 3 layers each reads the h of the one before"
    )
    words = typeset(layout(diagram, "net"))
    assert [word for word in words if word.startswith("x_")] == ["x_1", "x_2", "x_3", "x_7"] * 2
    assert {"h_0, c_0", "h_1, c_1", "h_2, c_2", "h, c", "…"} <= set(words)
    assert {"i = σ(W_ii·x + W_hi·h + b)", "c ← f⊙c + i⊙g"} <= set(words)
    for width in (960, 360):
        assert collisions(layout(diagram, "net", width)) == []


@pytest.mark.parametrize("steps", [1, 3, 4])
def test_few_steps_are_all_drawn(tmp_path, steps):
    path = tmp_path / "net.yaml"
    path.write_text(f"input: [{steps}, 5]\nlayers: ['RNN(4, batch_first=True)']\n", encoding="utf-8")
    words = typeset(layout(diagram_of(load(path)), "net"))
    assert [word for word in words if word.startswith("x_")] == [f"x_{step + 1}" for step in range(steps)]
    assert words.count(f"h_{steps}") == 1
    assert "…" not in words


# --- kernels ---------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [40, 4])
def test_the_gates_of_a_matrix_are_marked_and_named(columns):
    """Beside the rows, or beneath where the matrix lies on its side."""
    weight = np.ones((40, columns))
    names = ("i input", "f forget", "g cell", "o output")
    picture = matrix(weight, "weight", "lstm", Origin(), Look(), shape=weight.shape, blocks=names)
    pixels = np.asarray(picture.image.convert("RGB"))
    lines = (pixels == palette(DIVERGING)[GAP]).all(axis=2)
    lengths = (lines if columns == 40 else lines.T).sum(axis=1)
    across = np.flatnonzero(lengths > 0.9 * lengths.max())  # some lines are one pixel shorter than the frame
    groups = np.split(across, np.flatnonzero(np.diff(across) > 1) + 1)
    middles = [group.mean() for group in groups]
    assert len(groups) == 5  # the frame's two sides, three lines between four gates
    assert np.diff(middles) == pytest.approx(np.diff(middles).mean(), abs=3)
    for name in names:
        assert says(pixels, name)


def test_rows_in_another_order_have_no_gates():
    weight = np.random.default_rng(0).standard_normal((40, 40))
    pictures = [
        matrix(weight, "w", "lstm", Origin(), Look(order="norm"), shape=weight.shape, blocks=blocks)
        for blocks in ((), ("i", "f", "g", "o"))
    ]
    one, other = (np.asarray(picture.image.convert("RGB")) for picture in pictures)
    assert np.array_equal(one, other)
