"""Pages of a comparison as tables and Markdown: nothing cut, nothing raw, sums that hold."""

import re

import pytest

from netinspect.analysis.baseline import changes, snapshot
from netinspect.analysis.comparison import Contender
from netinspect.analysis.equivalents import alternatives
from netinspect.analysis.figures import Profile
from netinspect.analysis.measuring import MeasuredLayer, Measurement, Proof, Timing
from netinspect.analysis.profile import profile
from netinspect.network import load
from netinspect.report.comparison import markdown
from netinspect.report.comparison.alternatives import View, network_page
from netinspect.report.comparison.baseline import changes_page
from netinspect.report.comparison.measured import grids, notes
from netinspect.report.comparison.networks import networks_page
from netinspect.report.comparison.page import Column, Grid, Page
from netinspect.report.comparison.table import table

NAMES = ("vgg16", "resnet18", "resnet50", "resnet152", "lenet", "alexnet", "mobilenet_v2", "unet", "gpt2", "demucs")


def contenders(*names):
    networks = [load(name) for name in names]
    return [Contender(name, profile(one), one.results) for name, one in zip(names, networks, strict=True)]


def network(name, view=View()):  # noqa: B008  it is frozen
    one = load(name)
    return network_page(profile(one), alternatives(one), view)


def pages():
    yield network("lenet", View(formula=True, separable=True))
    yield network("resnet152")
    yield networks_page(contenders(*NAMES), per_layer=False)
    yield networks_page(contenders("resnet18", "resnet34"), per_layer=True)
    small, large = (snapshot(profile(load(name))) for name in ("resnet18", "resnet34"))
    yield changes_page(changes(small, large))


@pytest.mark.parametrize("width", [20, 60, 80, 120, None])
def test_every_cell_is_there_whole_at_any_width(width):
    for page in pages():
        text = table(page, width=width)
        flat = re.sub(r"\s+", "", text)
        for grid in page.grids:
            for column, cells in zip(grid.columns, zip(*grid.rows, strict=True), strict=True):
                if not column.wraps:
                    assert all(re.sub(r"\s+", "", cell) in flat for cell in cells), column


@pytest.mark.parametrize("width", [60, 80, 120])
def test_networks_fit_a_terminal_by_coming_a_few_at_a_time(width):
    text = table(networks_page(contenders(*NAMES)), width=width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert text.count("params ") == len(re.findall(r"^input ", text, re.MULTILINE)) > 1


def test_off_a_terminal_networks_stand_in_one_table():
    assert table(networks_page(contenders(*NAMES))).count("\ninput ") == 1


def test_lines_that_are_alike_stand_once_and_count():
    (parameters, *_), lines = network("resnet152").grids, alternatives(load("resnet152"))
    counts = [int(row[1] or 1) for row in parameters.rows[:-1]]
    assert sum(counts) == len(lines) == 155
    assert len(counts) < 30
    weights = [int(row[2].replace(",", "")) for row in parameters.rows[:-1]]
    assert sum(n * w for n, w in zip(counts, weights, strict=True)) == sum(one.convolution.params for one in lines)


def test_a_name_is_no_markup_and_nothing_raw():
    page = Page("[red]x[/red]", (Grid("a", (Column("\x1b[31m"), Column(":boom:")), (("[b]1[/b]", "a|b\n`<c>`"),)),))
    text = table(page, color=True)
    assert "[red]x[/red]" in text
    assert "[b]1[/b]" in text
    assert ":boom:" in text
    assert "\x1b[31m" not in text
    assert r"a\|b \`&lt;c&gt;\`".replace("&", "&") in markdown.document([page])


def test_markdown_is_a_table_on_every_page():
    for line in markdown.document(list(pages())).splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) >= 3


def test_columns_of_one_grid_are_as_many_as_cells():
    for page in pages():
        for grid in page.grids:
            assert {len(row) for row in grid.rows} == {len(grid.columns)}


def test_partial_networks_say_so(monkeypatch):
    found = contenders("lenet", "alexnet")
    monkeypatch.setattr(Profile, "uncounted", property(lambda self: ("fft",)))
    assert any("alexnet is partial: not counted: fft" in note for note in networks_page(found).notes)


# --- measured --------------------------------------------------------------------------------


def measurement(*layers):
    return Measurement("cpu", 2, "2.13.0", 1, layers)


def timing(form, median):
    return Timing(form, "forward", median, median - 1, median + 1, 9)


LAYER = MeasuredLayer(
    "conv",
    (timing("convolution", 1_500), timing("unfolded", 3_000), timing("fully_connected", 15_000_000)),
    (),
    Proof(10, outputs_equal=True, nonzeros=5, connections=5),
)


def test_times_have_units_and_ratios():
    (grid,) = grids(measurement(LAYER))
    assert grid.rows == (
        ("conv", "1.50 µs (1.50-1.50)", "3.00 µs (3.00-3.00)", "15.0 ms (15.0-15.0)", "2.00×", "10,000×"),
    )


def test_what_was_not_measured_is_said_with_the_reason():
    skipped = MeasuredLayer("big", LAYER.timings[:2], (("fully_connected", "too large"),), None)
    (grid,) = grids(measurement(skipped))
    assert grid.rows[0][3] == "skipped"
    assert "big: fully connected skipped: too large" in notes(measurement(skipped))


def test_a_proof_that_fails_is_no_proof():
    failed = MeasuredLayer("conv", LAYER.timings, (), Proof(10, outputs_equal=False, nonzeros=6, connections=5))
    text = "\n".join(notes(measurement(failed)))
    assert "proof: " not in text
    assert "gives other outputs, with 6 non-zeros; 5 connections were counted" in text
    assert "proof: " in "\n".join(notes(measurement(LAYER)))
