"""A kind of picture is one module: everything that lists, plans, draws or names pictures knows it from its record."""

import json

import numpy as np
import pytest
from PIL import Image

import netinspect
from netinspect.cli.main import main
from netinspect.pictures import kinds

TOY = """\
import numpy as np
from PIL import Image

from netinspect.pictures.kind import Kind
from netinspect.pictures.look import Description, Picture


def drawn(planned, scene):
    size = scene.recorded.kernels[planned.subject].values.size
    image = Image.fromarray(np.full((8, 8), min(size, 255), np.uint8))
    return Picture(image, Description(KIND.name, f"{planned.subject}: {size}", "Its size.", planned.layer.row.path))


KIND = Kind(
    name="toy",
    title="A toy",
    file="toy/03_conv1.png",
    shows="how large a layer's weight is",
    place=45,
    is_study=True,
    of_layer=lambda layer, plan: [(key, layer.row.path) for key, _ in layer.weights],
    draw=drawn,
)
"""


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A module beside the others, for one test."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "toy.py").write_text(TOY, encoding="utf-8")
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path / "beside")])
    kinds.all_kinds.cache_clear()
    yield
    kinds.all_kinds.cache_clear()


@pytest.mark.usefixtures("toy")
def test_a_new_kind_is_planned_drawn_listed_and_named(tmp_path, capsys):
    assert main(["visualize", "lenet", "-o", "out", "--what", "toy", "--dry-run"]) == 0
    files = capsys.readouterr().out.splitlines()
    assert files[2:] == [f"toy/{name}.png" for name in ("01_conv1", "03_conv2", "06_fc1", "07_fc2")]
    assert main(["visualize", "lenet", "-o", "out", "--what", "toy"]) == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [(figure["kind"], figure["title"].partition(" ·")[0]) for figure in manifest["figures"]] == [
        ("toy", "conv1.weight: 150"), ("toy", "conv2.weight: 2400"), ("toy", "fc1.weight: 48000"),
        ("toy", "fc2.weight: 1200"),
    ]  # fmt: skip
    assert "<figcaption>A toy\n" in (tmp_path / "out" / "index.html").read_text()


@pytest.mark.usefixtures("toy")
def test_a_new_kind_is_known_to_options_help_and_notebooks(capsys):
    assert main(["visualize", "lenet", "-o", "out", "--dry-run"]) == 0
    assert "toy" not in capsys.readouterr().out
    assert main(["visualize", "lenet", "-o", "out", "--dry-run", "--all"]) == 0
    assert "toy/03_conv2.png" in capsys.readouterr().out
    assert main(["visualize", "lenet", "-o", "out", "--what", "toys"]) == 2
    assert "did you mean `toy`?" in capsys.readouterr().err
    assert main(["visualize", "--help"]) == 0
    assert "kernels, toy, responses" in " ".join(capsys.readouterr().out.split())
    image = netinspect.picture("lenet", "toy", "conv1")
    assert isinstance(image, Image.Image)
    assert (np.asarray(image)[:8, :8] == 150).all()


def test_any_kind_is_a_picture_for_notebooks():
    assert netinspect.picture("lenet", "kernels").size == netinspect.kernels("lenet").size
    assert type(netinspect.picture("lenet", "histograms")).__name__ == "Figure"
    assert netinspect.picture("lenet", "architecture", diagram_width=300).width < 2 * 420
    digit = np.zeros((1, 32, 32), np.float32)
    assert isinstance(netinspect.picture("lenet", "architecture_maps", input=digit), Image.Image)
    with pytest.raises(netinspect.InputError, match="there is no kind of figure `kernel`; did you mean `kernels`"):
        netinspect.picture("lenet", "kernel")


def test_every_record_has_a_place_of_its_own():
    places = [kind.place for kind in kinds.all_kinds().values()]
    assert len(set(places)) == len(places)
