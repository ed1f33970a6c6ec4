"""Letters that DejaVu Sans lacks: an installed font's, or their number and one note; never a box, never a warning."""

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

from netinspect.cli.main import main
from netinspect.pictures.draw import text
from netinspect.pictures.draw.colour import INK
from netinspect.pictures.draw.plots import FORMATS, encoded, entitle, paper
from netinspect.pictures.draw.text import label, width_of
from netinspect.pictures.look import Origin
from tests.cli.galleries import drawn

NET = "name: 网络\ninput: [3, 12, 12]\nlayers:\n  - conv: Conv2d(4, 3)\n  - ReLU\n  - Flatten\n  - Linear(2)\n"
NOTE = (
    "note: no installed font has 网 (\\u7f51), 络 (\\u7edc): pictures show the number; Noto Sans CJK or Noto Emoji may "
    "have it\n"
)


def square(side):
    pen = TTGlyphPen(None)
    if side:
        pen.moveTo((100, 0))
        for corner in ((100, side), (100 + side, side), (100 + side, 0)):
            pen.lineTo(corner)
        pen.closePath()
    return pen.glyph()


@pytest.fixture(scope="module")
def font(tmp_path_factory):
    """A font in which 网 is a black square and 络 is empty."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "net", "work"])
    builder.setupCharacterMap({ord("网"): "net", ord("络"): "work"})
    builder.setupGlyf({".notdef": square(0), "net": square(800), "work": square(0)})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "net": (1000, 100), "work": (1000, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    file = tmp_path_factory.mktemp("fonts") / "Squares.ttf"
    builder.save(file)
    return file


@pytest.fixture
def machine(monkeypatch):
    """`machine(file, …)`: the fonts that are installed."""

    def has(*files):
        monkeypatch.setattr(text, "installed", lambda: files)
        text._fallback.cache_clear()
        for cached in (label, width_of):
            cached.cache_clear()

    yield has
    has()


def test_the_usual_letters_are_in_the_house_font():
    for bold in (False, True):
        known = FT2Font(str(text.house_font(bold=bold))).get_charmap()
        assert {letter for letter in text.USUAL if ord(letter) not in known} == set()


def test_a_letter_is_set_in_the_font_that_has_it(font, machine, tmp_path):
    damaged = tmp_path / "damaged.ttf"
    damaged.write_bytes(font.read_bytes()[:200])
    machine(tmp_path / "gone.ttf", damaged, font)
    house = text.house_font()
    assert list(text.in_fonts("a网b")) == [("a", house), ("网", font), ("b", house)]
    assert list(text.in_fonts("3×3 αβ ♫")) == [("3×3 αβ ♫", house)]
    assert text.drawable("a网\u202e") == "a网\\u202e"
    line = label("网", 20)
    assert (line == INK).sum() == 16 * 16  # the square of 0.8 em
    assert line.shape[1] == width_of("网", 20) == 20
    assert np.array_equal(label("a网b", 20)[:, width_of("a", 20) :][:, :20] == INK, line == INK)


def test_a_letter_without_an_outline_is_not_had(font, machine):
    machine(font)
    assert text.drawable("网络") == "网\\u7edc"
    (note,) = text.cannot_draw(["网络", "net", "络"])
    assert note.startswith("no installed font has 络 (\\u7edc): pictures show the number")


def test_a_few_letters_are_named(machine):
    machine()
    (note,) = text.cannot_draw(["网络网", "模型一"])
    assert "has 网 (\\u7f51), 络 (\\u7edc), 模 (\\u6a21) and 2 more: pictures" in note
    assert text.cannot_draw(["ResNet-50 · 3×3 · é\x1b"]) == ()


@pytest.mark.parametrize("form", FORMATS)
def test_matplotlib_is_told_the_font(font, machine, form):
    """Warnings are errors here, and a missing glyph is one."""
    machine(font)
    figure = paper(4, 2)
    said = entitle(figure, ["Units", str(Origin("网.pt"))])
    assert said == "Units · trained: 网.pt"
    assert encoded(figure, form)
    machine()
    figure = paper(4, 2)
    entitle(figure, ["Units", str(Origin("$网.pt"))])
    assert figure.get_suptitle() == "Units"
    assert figure.get_supxlabel() == "trained: $\\u7f51.pt"
    assert encoded(figure, form)


def test_pictures_of_a_network_with_such_a_name(font, machine, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    machine(font)
    drawn("net.yaml", "--what", "architecture,health")
    assert "no installed font has 络 (\\u7edc): pictures" in capsys.readouterr().err
    with_font = (tmp_path / "out" / "architecture.png").read_bytes()
    machine()
    manifest = drawn("net.yaml", "--what", "architecture,health")
    assert NOTE in capsys.readouterr().err
    assert manifest["notes"] == [NOTE.removeprefix("note: ").strip()]
    assert with_font != (tmp_path / "out" / "architecture.png").read_bytes()


def test_a_chart_of_files_with_such_names(machine, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    machine()
    (tmp_path / "网络.yaml").write_text(NET, encoding="utf-8")
    assert main(["compare", "网络.yaml", "lenet5", "--plot", "cost.png"]) == 0
    assert NOTE in capsys.readouterr().err


def test_a_figure_that_is_saved_later_warns_of_nothing(machine, tmp_path):
    import netinspect

    machine()
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    figure = netinspect.architecture(str(tmp_path / "net.yaml"))
    assert isinstance(figure, Figure)
    figure.savefig(tmp_path / "later.png")
