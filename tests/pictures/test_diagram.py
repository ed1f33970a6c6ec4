"""The architecture diagram: nothing on top of anything, sizes by its rule, the same bytes twice."""

import os
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from itertools import combinations, pairwise
from math import dist, sqrt

import numpy as np
import pytest
from PIL import Image

from netinspect.errors import InputError
from netinspect.network.load import load
from netinspect.pictures.diagram.glyph import glyph, scales
from netinspect.pictures.diagram.ink import ink, raster
from netinspect.pictures.diagram.layout import DEFAULT_WIDTH, MARGIN, NARROWEST, layout
from netinspect.pictures.diagram.outline import diagram_of
from netinspect.pictures.diagram.parts import Box, Diagram, Edge, Panel
from netinspect.pictures.diagram.scene import PIXELS_PER_POINT, Circle, Face, Label, Line, Map, text_width
from netinspect.pictures.draw.plots import encoded
from tests.gallery_readings import NAMES, gallery_diagram


def chain(*boxes):
    """A panel in which each box feeds the next."""
    return Panel("", boxes, tuple(Edge(a.key, b.key) for a, b in pairwise(boxes)))


def conv(key, channels, size, **more):
    return Box(key, "Conv 3×3", family="convolution", shape=f"{channels}@{size}×{size}", channels=channels,
               space=(size, size), **more)  # fmt: skip


ON_GITHUB = 830
"""Pixels that a README has on a desktop."""

LEAST_LETTERS = 9

SMALL = Diagram((chain(Box("0", "input", family="input", shape="3@64×64", channels=3, space=(64, 64)),
                       conv("1", 16, 64, kernel=(3, 3)), conv("2", 64, 16, kernel=(4, 4)),
                       Box("3", "Linear", family="linear", shape="10", channels=10)),), "a caption")  # fmt: skip


def overlap(one, other, slack=0.2):
    return (one[0] < other[2] - slack and other[0] < one[2] - slack
            and one[1] < other[3] - slack and other[1] < one[3] - slack)  # fmt: skip


def pieces(line):
    for (x0, y0), (x1, y1) in pairwise(line.points):
        yield min(x0, x1) - 0.5, min(y0, y1) - 0.5, max(x0, x1) + 0.5, max(y0, y1) + 0.5


def rectangles(page):
    """What texts must stay clear of: boxes, circles and lines (a window's rays are slanted; they end at boxes)."""
    for part in page.parts:
        if isinstance(part, Line) and part.role != "ray":
            yield from pieces(part)
        elif isinstance(part, Circle):
            (x, y), r = part.centre, part.radius
            yield x - r, y - r, x + r, y + r
        elif isinstance(part, Face) and part.shade != "frame":
            xs, ys = zip(*part.points, strict=True)
            yield min(xs), min(ys), max(xs), max(ys)


def collisions(page):
    labels = [part for part in page.parts if isinstance(part, Label)]
    found = [(a.text, b.text) for i, a in enumerate(labels) for b in labels[:i] if overlap(a.box, b.box)]
    return found + [(label.text, box) for box in rectangles(page) for label in labels if overlap(label.box, box, 0.0)]


@pytest.mark.parametrize("width", [1536, DEFAULT_WIDTH, 360])
@pytest.mark.parametrize("name", NAMES)
def test_no_text_of_a_gallery_network_touches_another_or_a_box_or_a_line_and_no_line_a_box(name, width):
    page = layout(gallery_diagram(name), name, width)
    assert collisions(page) == []
    assert crossed(page) == []
    assert run_together(page) == []
    assert len(misread(page)) <= CROWDED.get(name, 0)


def solids(page):
    """The fronts of all boxes, and the circles."""
    for part in page.parts:
        if isinstance(part, Face) and part.shade == "front":
            xs, ys = zip(*part.points, strict=True)
            yield min(xs), min(ys), max(xs), max(ys)
        elif isinstance(part, Circle) and part.symbol:
            (x, y), reach = part.centre, 0.7 * part.radius
            yield x - reach, y - reach, x + reach, y + reach


def crossed(page):
    """The boxes and circles that a line runs through, other than those that it begins and ends at."""
    lines = [piece for part in page.parts if isinstance(part, Line) and part.role != "ray" for piece in pieces(part)]
    return [solid for solid in solids(page) if any(overlap(solid, piece, slack=1.5) for piece in lines)]


UNUSED_SUM = """\
input: {channels: 16, time: 1000}
blocks:
  Layer:
    - filter: Conv1d(16, kernel_size=3, padding=same)
    - gate(input): Conv1d(16, kernel_size=3, padding=same)
    - gated: tanh(filter) * sigmoid(gate)
    - skip(gated): Conv1d(32, kernel_size=1)
    - dense(gated): Conv1d(16, kernel_size=1)
    - input + dense
layers:
  - layers: Layer for i in range(2)
  - layers.steps[0].skip + layers.steps[1].skip
  - Conv1d(16, kernel_size=1)
"""
"""The last layer's own sum, which nothing reads, stands below the sum of the skips and beside its branch."""


def straight_pieces(line):
    """Of each straight piece of a line whether it is level, its place across, and from where to where it goes."""
    for (x0, y0), (x1, y1) in pairwise(line.points):
        is_level = abs(y0 - y1) < 0.01
        yield (is_level, y0, min(x0, x1), max(x0, x1)) if is_level else (is_level, x0, min(y0, y1), max(y0, y1))


def lies_on(point, piece, slack=1.5):
    is_level, place, low, high = piece
    across, along = (point[1], point[0]) if is_level else point
    return abs(across - place) < slack and low - slack < along < high + slack


def lines_by_source(page):
    """The lines between boxes, each with the point where that of its source begins: a skip may begin on the line that
    comes from the row before, and then is of that line's source."""
    lines = [part for part in page.parts if isinstance(part, Line) and part.role in ("ink", "skip")]
    for line in lines:
        begin = line.points[0]
        on = (other for other in lines if other.points[0] != begin and lies_on(begin, [*straight_pieces(other)][-1]))
        yield line, next((other.points[0] for other in on if dist(other.points[-1], begin) > 1), begin)


def run_together(page):
    """The pairs of lines of two sources of which a stretch is the same, or one of which bends on the other. Where there
    is no room for more arrows lines may meet, with a dot."""
    dots = [part.centre for part in page.parts if isinstance(part, Circle) and not part.symbol]
    together = []
    for (a, source), (b, other) in combinations(lines_by_source(page), 2):
        if source == other:
            continue
        shared = any(
            first[0] == second[0]
            and abs(first[1] - second[1]) < 1.5
            and min(first[3], second[3]) - max(first[2], second[2]) > 0.2
            for first in straight_pieces(a)
            for second in straight_pieces(b)
        )
        bends = [(point, line) for line, bent in ((a, b), (b, a)) for point in bent.points[1:-1]]
        touching = any(
            lies_on(point, piece)
            for point, line in bends
            if all(dist(point, dot) > 1 for dot in dots)
            for piece in straight_pieces(line)
        )
        if shared or touching:
            together.append((a.points, b.points))
    return together


CROWDED = {"inception_v3": 5, "wav2vec2": 1}
"""The most places of a picture where lines may be misread: one line leaves a box where another comes to the next box on
the same level, or a box is too low for three arrows below each other."""


def misread(page):
    """The bends where a reader may take the lines of two sources for joined or exchange them: one bends close to the
    other or is crossed in the curve of its bend, or the other goes on straight ahead behind a short gap. The loops of
    recurrent layers, which belong to their boxes, are left out."""
    dots = [part.centre for part in page.parts if isinstance(part, Circle) and not part.symbol]
    between = {id(part) for part in page.content}
    lines = [(line, source, [*bends(line, dots)]) for line, source in lines_by_source(page) if id(line) in between]
    places = []
    for (a, source, of_a), (b, other, of_b) in combinations(lines, 2):
        if source == other:
            continue
        for bent, line in ((of_a, b), (of_b, a)):
            for before, bend, after in bent:
                legs = [toward(bend, end, min(6, dist(bend, end) / 2) - 0.1) for end in (before, after)]
                curve = [*straight_pieces(Line((legs[0], bend, legs[1])))]
                if any(lies_on(bend, piece, slack=4) or crosses(piece, curve) for piece in straight_pieces(line)):
                    places.append(bend)
        places += [p[1] for p in of_a for q in of_b if goes_on(p, q)]
    return places


def bends(line, dots):
    """Each bend of a line, with the points before and after it, other than those at a dot."""
    points = [point for place, point in enumerate(line.points) if place == 0 or dist(point, line.points[place - 1]) > 0]
    for before, bend, after in zip(points, points[1:], points[2:], strict=False):
        if all(dist(bend, dot) > 1 for dot in dots):
            yield before, bend, after


def toward(point, other, length):
    return tuple(a + (b - a) * length / dist(point, other) for a, b in zip(point, other, strict=True))


def crosses(piece, others):
    """Whether a straight piece crosses one of others at a right angle."""
    is_level, place, low, high = piece
    return any(
        upright != is_level and low < across < high and start < place < end for upright, across, start, end in others
    )


def goes_on(one, other):
    """Whether two lines leave off in their bends on one straight way, with a short gap between them."""
    (_, start, _), (_, end, _) = one, other
    for along in (0, 1):
        gap = end[along] - start[along]
        if abs(start[1 - along] - end[1 - along]) < 3 and 0.2 < abs(gap) < 10:
            back = any((point[along] - start[along]) * gap < -0.01 for point in (one[0], one[2]))
            ahead = any((point[along] - end[along]) * gap > 0.01 for point in (other[0], other[2]))
            if back and ahead:
                return True
    return False


TWO_INPUTS = """\
inputs: {nodes: [16], source: {shape: [], dtype: long, high: 2}, target: {shape: [], dtype: long, high: 2}}
layers:
  - sent: index_select(nodes, 0, source)
  - received: index_select(nodes, 0, target)
  - pair: cat(sent, received, dim=-1)
  - message: Linear(16)
  - total: index_add(nodes * 0, 0, target, message)
"""
"""Lines of the first input go down past the second, whose own go up."""


GRU_STEP = """\
inputs: {x: [32], h: [64]}
blocks:
  Cell(n)(x, h):
    - wx(x): Linear(3 * n)
    - wh(h): Linear(3 * n)
    - a: wx.chunk(3, 1)
    - b: wh.chunk(3, 1)
    - r: sigmoid(a[0] + b[0])
    - z: sigmoid(a[1] + b[1])
    - q: tanh(a[2] + r * b[2])
    - (1 - z) * q + z * h
layers:
  - c1(x, h): Cell(64)
  - c2(prev, h): Cell(64)
"""
"""Two sums above each other, each of which takes from both sides."""


@pytest.mark.parametrize("width", [DEFAULT_WIDTH, 480, 360])
@pytest.mark.parametrize("text", [TWO_INPUTS, GRU_STEP])
def test_lines_of_two_boxes_stay_apart(tmp_path, text, width):
    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    page = layout(diagram_of(load(path)), "net", width)
    assert misread(page) == run_together(page) == crossed(page) == collisions(page) == []


def test_lines_on_one_another_would_be_seen():
    page = layout(SMALL, "net")
    for points, other in (
        (((0.0, 0.0), (50.0, 0.0)), ((90.0, 0.0), (40.0, 0.0))),  # between two circles, in opposite directions
        (((0.0, 0.0), (50.0, 0.0)), ((20.0, 30.0), (20.0, 0.0), (20.0, -9.0))),
    ):
        assert run_together(replace(page, content=(Line(points), Line(other))))
    assert (
        run_together(replace(page, content=(Line(((0.0, 0.0), (50.0, 0.0))), Line(((20.0, 30.0), (20.0, -9.0)))))) == []
    )


FIVE_SKIPS = """\
input: [40, 200]
blocks:
  Gated(d):
    layers:
      - z: Conv1d(32, kernel_size=3, dilation=d, padding=same)
      - skip(z): Conv1d(24, kernel_size=1)
      - res: z + input
    outputs: [res, skip]
layers:
  - Conv1d(32, kernel_size=1)
  - g{i}: Gated(2**i) for i in range(5)
  - g0.skip + g1.skip + g2.skip + g3.skip + g4.skip
  - beat: Conv1d(1, kernel_size=1)
  - down(g4.res): Conv1d(1, kernel_size=1)
outputs: {beat: beat, downbeat: down}
"""
"""A branch leaves the trunk where skips come down to a sum."""


EXPERTS = """\
input: {time: 8, features: 16}
blocks:
  Expert:
    - Linear(32)
    - SiLU
    - Linear(16)
layers:
  - norm: RMSNorm
  - route: Linear(4, bias=False)
  - e{i}(norm): Expert for i in range(4)
  - stack(*e.steps, dim=-1)
  - mixed: (prev * route[:, :, None, :]).sum(dim=-1)
  - mixed + input
"""
"""Boxes below each other whose lines go up in one gap, to a box that takes them in their order."""


RUNGE_KUTTA = """\
input: [4]
layers:
  - f:
    - Linear(16)
    - Tanh
    - Linear(4)
  - k2: f(input + 0.05 * f)
  - k3: f(input + 0.05 * k2)
  - k4: f(input + 0.1 * k3)
  - input + 0.1 / 6 * (f + 2 * k2 + 2 * k3 + k4)
"""
"""Lines that a row hands on, of which the outer one ends before the inner one."""


@pytest.mark.parametrize("width", [DEFAULT_WIDTH, 480, 360])
@pytest.mark.parametrize("text", [FIVE_SKIPS, EXPERTS, RUNGE_KUTTA])
def test_lines_of_two_boxes_are_not_taken_for_joined(tmp_path, text, width):
    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    page = layout(diagram_of(load(path)), "net", width)
    assert misread(page) == run_together(page) == crossed(page) == collisions(page) == []


@pytest.mark.parametrize(("points", "other", "count"), [
    (((0, 0), (50, 0), (50, 40)), ((20, -3), (90, -3)), 1),  # bends beside a line
    (((0, 0), (50, 0), (50, 40)), ((47, -30), (47, 30)), 1),  # is crossed in the bend
    (((0, 0), (50, 0), (50, 40)), ((90, -9), (50, -9), (50, -40)), 1),  # seems to go on below the gap
    (((0, 0), (50, 0), (50, 40)), ((41, -30), (41, 30)), 0),
    (((0, 0), (50, 0), (50, 40)), ((0, -4.5), (54.5, -4.5), (54.5, 40)), 0),  # beside each other around a corner
    (((0, 0), (50, 0), (50, 40)), ((90, -15), (50, -15), (50, -40)), 0),
])  # fmt: skip
def test_lines_that_may_be_misread_would_be_seen(points, other, count):
    assert len(misread(replace(layout(SMALL, "net"), content=(Line(points), Line(other))))) == count


def joined(count, join):
    """Branches of growing length from one box that are joined in their order."""
    boxes, edges = [conv("0", 8, 32)], []
    for branch in range(count):
        before = "0"
        for step in range(1 + branch % 3):
            boxes.append(conv(f"{branch}.{step}", 8, 32))
            edges.append(Edge(before, boxes[-1].key))
            before = boxes[-1].key
        edges.append(Edge(before, "join", place=branch))
    return Panel("", (*boxes, join), tuple(edges))


def heads(page):
    """Where arrows end."""
    return [part.points[-1] for part in page.parts if isinstance(part, Line) and part.arrow and part.role != "ray"]


@pytest.mark.parametrize("count", [3, 4, 5])
@pytest.mark.parametrize("symbol", ["", "+"])
def test_each_line_to_a_join_has_an_arrow_of_its_own(count, symbol):
    join = replace(conv("join", 8 * count, 32), symbol=symbol)
    page = layout(Diagram((joined(count, join),)), "net")
    assert run_together(page) == crossed(page) == collisions(page) == []
    assert len(heads(page)) == 2 * count + sum(branch % 3 for branch in range(count)) - count + count
    assert min(dist(*pair) for pair in combinations(heads(page), 2)) > 4
    assert not [part for part in page.parts if isinstance(part, Circle) and not part.symbol]


def test_what_a_closed_block_takes_first_is_on_its_line():
    """Also where what it takes second comes a longer way."""
    names = ("x", "t", "embedding", "deeper", "block")
    boxes = [replace(conv(name, 8, 32), block=name == "block") for name in names]
    edges = [Edge("t", "embedding"), Edge("embedding", "deeper"), Edge("deeper", "block", place=1), Edge("x", "block")]
    page = layout(Diagram((Panel("", tuple(boxes), tuple(edges)),)), "net")
    lines = [part.points for part in page.parts if isinstance(part, Line) and part.role != "ray"]
    right = max(points[-1][0] for points in lines)
    straight, bent = sorted((points for points in lines if points[-1][0] > right - 15), key=len)
    assert len(straight) == 2
    assert straight[-1][1] > bent[-1][1]
    assert run_together(page) == crossed(page) == collisions(page) == []


def test_a_sum_of_many_has_dots_where_its_lines_meet():
    boxes = [conv(str(place), 8, 32) for place in range(8)]
    total = Box("8", "+", symbol="+", channels=8, space=(32, 32))
    edges = [Edge(str(place), str(place + 1)) for place in range(8)]
    edges += [Edge(str(place), "8") for place in range(7)]
    page = layout(Diagram((Panel("", (*boxes, total), tuple(edges)),)), "net")
    assert run_together(page) == crossed(page) == []
    (circle,) = [part for part in page.parts if isinstance(part, Circle) and part.symbol]
    arrows = [head for head in heads(page) if dist(head, circle.centre) < 9]
    dots = [part.centre for part in page.parts if isinstance(part, Circle) and not part.symbol]
    assert len(arrows) + len(dots) == 8
    assert all(
        any(lies_on(dot, piece) for line, _ in lines_by_source(page) for piece in straight_pieces(line)) for dot in dots
    )


@pytest.mark.parametrize("count", [2, 3, 4])
def test_what_is_joined_first_arrives_above(count):
    page = layout(Diagram((joined(count, conv("join", 8 * count, 32)),)), "net")
    ends = {}
    for part in page.parts:
        if isinstance(part, Line) and part.arrow:
            ends.setdefault(part.points[-1], part.points[0])
    right = max(x for x, _ in ends)
    arrivals = sorted((end, start) for end, start in ends.items() if end[0] > right - 25)
    by_height = [start[1] for _, start in sorted(arrivals, key=lambda arrival: -arrival[0][1])]
    assert len(by_height) == count
    assert by_height == sorted(by_height, reverse=True)  # the branches stand in the order in which they are joined


def test_a_row_hands_on_the_lines_of_skips():
    """Skips from before a cut to behind it: the picture is as wide as a page and each line goes on in the next row."""
    boxes = [conv(str(place), 8, 64) for place in range(14)]
    for place in (10, 11, 12):
        boxes[place] = replace(boxes[place], symbol="+")
    edges = [Edge(str(place), str(place + 1)) for place in range(13)]
    edges += [Edge("3", "10"), Edge("2", "11"), Edge("1", "12")]
    page = layout(Diagram((Panel("", tuple(boxes), tuple(edges)),)), "net", 640)
    assert page.width * PIXELS_PER_POINT <= 640.01
    assert run_together(page) == crossed(page) == collisions(page) == []
    circles = [part.centre for part in page.parts if isinstance(part, Circle) and part.symbol]
    for centre in circles:
        assert len([head for head in heads(page) if dist(head, centre) < 9]) == 2


def test_lines_run_around_the_boxes_and_circles_that_are_not_theirs(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(UNUSED_SUM, encoding="utf-8")
    assert crossed(layout(diagram_of(load(path)), "net", DEFAULT_WIDTH)) == []


def test_a_collision_would_be_seen():
    page = layout(SMALL, "net")
    label = next(part for part in page.parts if isinstance(part, Label) and part.text == "Linear")
    assert collisions(type(page)((*page.parts, label), page.width, page.height))


@pytest.mark.parametrize("name", NAMES)
def test_a_gallery_network_fits_a_page_and_everything_lies_on_it(name):
    page = layout(gallery_diagram(name), name)
    width = page.width * PIXELS_PER_POINT
    assert width <= DEFAULT_WIDTH + 0.01
    for part in page.parts:
        if isinstance(part, Label):
            left, bottom, right, top = part.box
            assert 0 <= left <= right <= page.width
            assert 0 <= bottom <= top <= page.height
            assert part.size * PIXELS_PER_POINT * min(1.0, ON_GITHUB / width) >= LEAST_LETTERS


@pytest.mark.parametrize("name", ["alexnet", "vgg16", "crepe"])
def test_a_narrow_page_wraps_the_rows(name):
    diagram = gallery_diagram(name)
    narrow, page, slide = (layout(diagram, name, width).width * PIXELS_PER_POINT for width in (480, 960, 1536))
    assert narrow <= 480.01 < page <= 960.01
    assert page <= slide <= 1536.01


def test_a_row_may_end_before_a_block_with_a_skip():
    """The skip begins on the line that comes from the row above."""
    boxes = [conv("0", 8, 32)]
    edges = []
    for place in range(1, 13, 3):
        first, second, join = (str(place + step) for step in range(3))
        boxes += [conv(first, 8, 32), conv(second, 8, 32), Box(join, "+", symbol="+", channels=8, space=(32, 32))]
        edges += [Edge(str(place - 1), first), Edge(first, second), Edge(second, join), Edge(str(place - 1), join)]
    page = layout(Diagram((Panel("", tuple(boxes), tuple(edges)),)), "net", 480)
    assert page.width * PIXELS_PER_POINT <= 480.01
    assert collisions(page) == []
    skips = [part for part in page.parts if isinstance(part, Line) and part.role == "skip"]
    assert len(skips) == 4
    wraps = [part for part in page.parts if isinstance(part, Line) and part.role == "ink" and len(part.points) == 6]
    assert wraps
    for wrap in wraps:
        x, y = wrap.points[-1]
        begun = [skip for skip in skips if skip.points[0][1] == y and skip.points[0][0] < x]
        assert len(begun) == 1
        assert wrap.points[-2][0] <= begun[0].points[0][0]


def test_lines_between_boxes_of_one_level_are_level():
    for name in ("resnet50", "swin_s"):
        for part in layout(gallery_diagram(name), name).parts:
            if isinstance(part, Line) and part.arrow:
                assert all(a[0] == b[0] or a[1] == pytest.approx(b[1]) for a, b in pairwise(part.points))


def test_the_measured_width_is_the_drawn_one():
    figure = ink(layout(SMALL, "A title of some length"))
    renderer = figure.canvas.get_renderer()
    for text in figure.texts:
        drawn = text.get_window_extent(renderer).width * 72 / figure.dpi
        measured = text_width(text.get_text(), text.get_fontsize(), bold="Bold" in text.get_fontproperties().get_file())
        assert measured == pytest.approx(drawn, rel=0.03, abs=2.0)  # Agg rounds to whole pixels


SKIP, BRANCH = ("01", "12", "02"), ("01", "02", "13", "23")


@pytest.mark.parametrize(("pairs", "taken", "beside"), [
    (SKIP, "12", (-8, 0)), (SKIP, "02", (0, 8)), (BRANCH, "13", (-8, 0)), (BRANCH, "23", (0, -8)),
])  # fmt: skip
def test_a_sign_stands_beside_the_head_of_its_arrow(pairs, taken, beside):
    count = int(pairs[-1][1])
    minus = Box(str(count), "−", symbol="−", channels=8, space=(16, 16))
    boxes = (*(conv(str(place), 8, 16) for place in range(count)), minus)
    edges = tuple(Edge(a, b, "−" if a + b == taken else "") for a, b in pairs)
    page = layout(Diagram((Panel("", boxes, edges),)), "net")
    (circle,) = [part for part in page.parts if isinstance(part, Circle) and part.symbol]
    (sign,) = [part for part in page.parts if isinstance(part, Label) and part.text == "−"]
    x, y = circle.centre
    heads = [part.points[-1] for part in page.parts if isinstance(part, Line)]
    left, low, right, high = sign.box
    nearest = min(heads, key=lambda head: dist(head, ((left + right) / 2, (low + high) / 2)))
    assert nearest == pytest.approx((x + beside[0], y + beside[1]))
    first, second = sorted(dist(head, ((left + right) / 2, (low + high) / 2)) for head in heads)[:2]
    assert first <= second / 2
    assert collisions(page) == []


def test_the_dots_of_a_quotient_are_as_dark_as_its_bar():
    quotient = Box("2", "÷", symbol="÷", channels=8, space=(16, 16))
    edges = tuple(Edge(a, b) for a, b in SKIP)
    page = layout(Diagram((Panel("", (conv("0", 8, 16), conv("1", 8, 16), quotient), edges),)), "net")
    drawn = np.asarray(raster(page).convert("L").reduce(2))  # as a browser shows it
    (circle,) = [part for part in page.parts if isinstance(part, Circle) and part.symbol]
    x, y = circle.centre[0] * PIXELS_PER_POINT, drawn.shape[0] - circle.centre[1] * PIXELS_PER_POINT
    column = drawn[round(y) - 7 : round(y) + 8, round(x) - 1 : round(x) + 2].min(axis=1)
    dark = "".join("#" if level < 110 else "." for level in column).strip(".")
    assert len([stretch for stretch in dark.split(".") if stretch]) == 3


# --- sizes -----------------------------------------------------------------------------------


def test_sides_go_with_the_root_of_the_cells_and_thickness_with_the_root_of_the_channels():
    boxes = SMALL.panels[0].boxes
    scale = scales(SMALL)
    wide, deep = glyph(boxes[1], scale), glyph(boxes[2], scale)
    assert wide.height / deep.height == pytest.approx(sqrt(64 / 16))
    assert wide.back / deep.back == pytest.approx(sqrt(64 / 16))
    assert deep.thickness / wide.thickness == pytest.approx(sqrt(64 / 16))
    assert wide.back / wide.height == pytest.approx(0.5 * sqrt(0.5))  # half length at 45 degrees


def test_the_rule_is_printed_and_says_when_small_boxes_are_enlarged():
    tiny = Diagram((chain(conv("0", 1, 4096), conv("1", 4096, 2)),))
    texts = [part.text for part in layout(tiny, "net").parts if isinstance(part, Label)]
    assert any("sides ∝ √(cells along them), thickness ∝ √channels" in text for text in texts)
    assert any("The smallest are drawn larger" in text for text in texts)
    plain = [part.text for part in layout(SMALL, "net").parts if isinstance(part, Label)]
    assert not any("The smallest are drawn larger" in text for text in plain)


def test_a_kernel_is_drawn_on_the_map_it_slides_over():
    page = layout(SMALL, "net")
    patches = [part for part in page.parts if isinstance(part, Face) and part.shade == "patch"]
    rays = [part for part in page.parts if isinstance(part, Line) and part.role == "ray"]
    assert len(patches) == 2
    assert len(rays) == 4
    heights = [part.points[3][1] - part.points[0][1] for part in patches]
    assert heights[1] / heights[0] == pytest.approx(sqrt(4 / 3))  # the root, as for the maps themselves


def frames(name):
    """Of each framed panel, by title, the y of its upper edge."""
    found = layout(gallery_diagram(name), name, 1536).parts
    edges = [round(part.points[2][1], 3) for part in found if isinstance(part, Face) and part.shade == "frame"]
    return dict(zip([panel.title for panel in gallery_diagram(name).panels[1:]], edges, strict=True))


def test_panels_beside_each_other_are_level():
    dense, inception = frames("densenet121"), frames("inception_v3")
    assert dense["DenseBlock"] == dense["Transition"] > dense["DenseLayer"]
    assert inception["InceptionA"] == inception["InceptionB"] > inception["InceptionC"]
    assert inception["InceptionC"] > inception["InceptionD"] == inception["InceptionE"]


def test_where_the_weights_came_from_stands_below_the_title():
    remark = "4 of 6 tensors are those of a file; the others are random initialisation, seed 0: nothing learned"
    for width in (1360, 300):
        page = layout(SMALL, "net", width, remark)
        assert page.width <= NARROWEST + 2 * MARGIN
        labels = [part for part in page.parts if isinstance(part, Label) and part.left]
        labels.sort(key=lambda label: -label.place[1])
        assert " ".join(label.text for label in labels).startswith(f"net a caption {remark}")
        assert collisions(page) == []


@pytest.mark.parametrize("dark", [False, True])
def test_pixels_show_every_word_in_its_place(dark):
    page = layout(SMALL, "net", remark="nothing learned")
    drawn = raster(page, dark=dark)
    scale = 192 / 72
    assert drawn.size == pytest.approx((page.width * scale, page.height * scale), abs=1)
    pixels = np.asarray(drawn.convert("L")).astype(int)
    away = abs(pixels - pixels[0, 0])
    for part in page.parts:
        if isinstance(part, Label):
            left, low, right, high = (round(edge * scale) for edge in part.box)
            columns = np.flatnonzero((away[drawn.height - high : drawn.height - low, left:right] > 60).any(axis=0))
            assert columns[0] < 8, part.text
            assert columns[-1] > right - left - 8, part.text


def test_repeats_are_drawn_as_copies_and_said():
    page = layout(Diagram((chain(conv("0", 3, 8), conv("1", 8, 8, count=3)),)), "net")
    ghosts = [part for part in page.parts if isinstance(part, Face) and part.shade == "ghost"]
    assert len(ghosts) == 2 * 3
    assert any(isinstance(part, Label) and part.text.endswith("×3") for part in page.parts)


def test_long_nets_are_wrapped_into_rows_of_about_one_length():
    boxes = [conv(str(i), 8, 32) for i in range(33)]
    page = layout(Diagram((chain(*boxes),)), "net", 1536)
    fronts = [part for part in page.parts if isinstance(part, Face) and part.shade == "front"]
    rows = {}
    for face in fronts:
        rows.setdefault(round(face.points[0][1]), []).append(face)
    assert [len(row) for _, row in sorted(rows.items(), reverse=True)] == [11, 11, 11]


def test_branches_stand_above_each_other_in_the_order_in_which_they_are_joined():
    long = [conv(str(place), 8, 16) for place in (2, 3)]
    boxes = (conv("0", 8, 16), conv("1", 8, 16), *long, conv("4", 8, 16), conv("5", 32, 16))
    edges = tuple(Edge(a, b) for a, b in ("01", "02", "23", "04", "15", "35", "45"))
    page = layout(Diagram((Panel("", boxes, edges),)), "net")
    fronts = [part.points[0] for part in page.parts if isinstance(part, Face) and part.shade == "front"]
    trunk = fronts[0][1]
    off = sorted(y for _, y in fronts if abs(y - trunk) > 1)
    assert len(off) == 2
    assert off[0] < trunk < off[1]  # the first branch above the longest one, the last below


def test_arrows_say_what_comes_before_and_what_after():
    box = conv("1", 16, 64, before=("BN", "ReLU"), notes=("stride 2",), after=("GELU",))
    labels = [part for part in layout(Diagram((chain(box),)), "net").parts if isinstance(part, Label)]
    height = {label.text: label.place[1] for label in labels}
    assert height["BN, ReLU →"] > height["Conv 3×3"] > height["stride 2"] > height["→ GELU"] > height["16@64×64"]


def test_a_skip_is_an_arc_above_what_it_spans():
    boxes = (conv("0", 8, 16), conv("1", 8, 16), Box("2", "+", symbol="+", channels=8, space=(16, 16)))
    panel = Panel("", boxes, (Edge("0", "1"), Edge("1", "2"), Edge("0", "2")))
    page = layout(Diagram((panel,)), "net")
    (arc,) = [part for part in page.parts if isinstance(part, Line) and part.role == "skip"]
    spanned = max(y for part in page.parts if isinstance(part, Face) and part.shade == "top" for _, y in part.points)
    assert max(y for _, y in arc.points) > spanned
    (circle,) = [part for part in page.parts if isinstance(part, Circle) and part.symbol]
    assert arc.points[-1] == (circle.centre[0], circle.centre[1] + circle.radius)


def test_branches_stand_beside_the_trunk_and_share_its_columns():
    boxes = (conv("0", 8, 16), conv("1", 8, 16), conv("2", 8, 16), conv("3", 24, 16))
    edges = tuple(Edge(a, b) for a, b in ("01", "02", "13", "23"))
    page = layout(Diagram((Panel("", boxes, edges),)), "net")
    corners = [part.points[0] for part in page.parts if isinstance(part, Face) and part.shade == "front"]
    first, branch, last, other = corners  # the trunk is drawn before what stands beside it
    assert branch[0] == other[0]
    assert branch[1] > other[1]
    assert first[0] < branch[0] < last[0]


@pytest.mark.parametrize("name", ["unet", "demucs", "diffusion_unet"])
def test_a_u_net_goes_down_and_up_again(name):
    diagram = gallery_diagram(name)
    fronts = [part for part in layout(diagram, name).parts if isinstance(part, Face) and part.shade == "front"]
    boxes = [box for box in diagram.panels[0].boxes if not box.symbol]
    levels = [round(face.points[0][1] + face.points[2][1]) for face in fronts[: len(boxes)]]
    lowest = levels.index(min(levels))
    assert levels[: lowest + 1] == sorted(levels[: lowest + 1], reverse=True)
    assert levels[0] > levels[lowest] < levels[-1]


FILM = """\
inputs: {signal: {time: 10, features: 32}, gamma: {time: 10, features: 32}, beta: {time: 10, features: 32}}
layers:
  - p(signal): Linear(32)
  - p %s gamma + beta
"""


@pytest.mark.parametrize("sign", ["*", "-"])
def test_a_line_that_cannot_come_straight_to_a_circle_does_not_join_the_trunk_before_it(tmp_path, sign):
    path = tmp_path / "net.yaml"
    path.write_text(FILM % sign, encoding="utf-8")
    page = layout(diagram_of(load(path)), "net")
    circle = next(part for part in page.parts if isinstance(part, Circle) and part.symbol in "×−")
    x, y = circle.centre
    ways = [part.points for part in page.parts if isinstance(part, Line) and dist(part.points[-1], (x, y)) < 9]
    assert sorted(way[-1] for way in ways) == [(x - 8, pytest.approx(y)), (x, y - 8)]
    (aside,) = [way for way in ways if len(way) > 2]
    assert max(at for _, at in aside) < y
    assert collisions(page) == []


GATE = """\
input: {time: 8, features: 32}
layers:
  - e: Linear(32)
  - f: Linear(32)
  - z: sigmoid(f)
  - (1 - z) * e + z * f
"""


def test_two_lines_from_one_side_come_to_a_circle_apart(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(GATE, encoding="utf-8")
    page = layout(diagram_of(load(path)), "net")
    circles = [part.centre for part in page.parts if isinstance(part, Circle) and part.symbol]
    arrows = [part.points[-1] for part in page.parts if isinstance(part, Line) and part.arrow]
    for centre in circles:
        heads = [head for head in arrows if dist(head, centre) < 9]
        assert len({(round(x), round(y)) for x, y in heads}) == len(heads) == 2
    assert collisions(page) == crossed(page) == run_together(page) == misread(page) == []


MASK = """\
input: [1, 64, 64]
blocks:
  Down(width):
    - Conv2d(width, kernel_size=3, padding=1)
    - BatchNorm2d
    - LeakyReLU(0.2)
  Up(width)(x, skip):
    - up(x): ConvTranspose2d(width, kernel_size=2, stride=2)
    - cat(up, skip, dim=1)
    - Conv2d(width, kernel_size=3, padding=1)
    - ReLU
layers:
  - e1: Down(16)
  - MaxPool2d(2)
  - e2: Down(32)
  - MaxPool2d(2)
  - e3: Down(64)
  - MaxPool2d(2)
  - Down(128)
  - (prev, e3): Up(64)
  - (prev, e2): Up(32)
  - (prev, e1): Up(16)
  - Conv2d(1, kernel_size=1)
  - Sigmoid
  - input * prev
"""


def test_a_u_net_that_gives_a_mask_for_its_input_is_a_u_too(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(MASK, encoding="utf-8")
    page = layout(diagram_of(load(path)), "net")
    assert page.width * PIXELS_PER_POINT <= DEFAULT_WIDTH
    assert collisions(page) == crossed(page) == run_together(page) == []
    fronts = [part.points for part in page.parts if isinstance(part, Face) and part.shade == "front"]
    levels = [round(points[0][1] + points[2][1]) for points in fronts[:12]]
    assert levels[0] > levels[1] > levels[3] > levels[5] > levels[7] < levels[8] < levels[9] < levels[10] < levels[0]


# --- files -----------------------------------------------------------------------------------


DRAWN = """
import sys
from netinspect.network.load import load
from netinspect.pictures.diagram.ink import ink
from netinspect.pictures.diagram.layout import layout
from netinspect.pictures.diagram.outline import diagram_of
from netinspect.pictures.diagram.svg import svg
from netinspect.pictures.draw.plots import encoded
for form in ("png", "svg", "pdf"):
    with open(f"{sys.argv[1]}.{form}", "wb") as file:
        page = layout(diagram_of(load("lenet")), "LeNet")
        file.write(svg(page, "LeNet", "Layers.").encode() if form == "svg" else encoded(ink(page), form))
"""


def test_two_runs_give_the_same_bytes(tmp_path):
    for seed in ("0", "4711"):
        subprocess.run(
            [sys.executable, "-c", DRAWN, seed], cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": seed}, check=True
        )
    for form in ("png", "svg", "pdf"):
        one, other = ((tmp_path / f"{seed}.{form}").read_bytes() for seed in ("0", "4711"))
        assert one == other
        assert len(one) > 2000


@pytest.mark.parametrize(("form", "absent"), [("png", b"Software"), ("pdf", b"CreationDate")])
def test_a_file_says_neither_when_nor_by_what_it_was_written(form, absent):
    assert absent not in encoded(ink(layout(SMALL, "net")), form)


def test_words_in_a_pdf_are_text_in_truetype():
    pdf = encoded(ink(layout(SMALL, "net")), "pdf")
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf


def test_a_format_that_is_not_known_is_refused():
    with pytest.raises(InputError, match="cannot write a figure as `gif`: one of png, svg, pdf"):
        encoded(ink(layout(SMALL, "net")), "gif")


def test_a_dark_page_is_dark():
    from matplotlib.colors import to_rgb

    for dark, limit in ((True, 0.2), (False, 1.1)):
        figure = ink(layout(SMALL, "net"), dark=dark)
        page = to_rgb(figure.get_facecolor())
        title = to_rgb(figure.texts[0].get_color())
        assert max(page) < limit
        assert abs(page[0] - title[0]) > 0.7


def test_drawing_never_loads_pyplot():
    program = (
        "import sys; from netinspect.pictures.diagram.ink import ink; "
        "from netinspect.pictures.diagram.layout import layout; from netinspect.pictures.diagram.parts import *; "
        "ink(layout(Diagram((Panel('', (Box('0', 'input'), ), ()),)), 'x')); print('matplotlib.pyplot' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"
    )


def test_the_plain_data_loads_nothing_heavy():
    program = (
        "import sys; from netinspect.pictures.diagram.outline import diagram_of; "
        "print({'numpy', 'matplotlib', 'PIL'} & set(sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "set()\n"
    )


def test_windows_lie_on_the_maps_of_a_picture_too():
    data = BytesIO()
    Image.new("RGB", (4, 4), "black").save(data, "png")
    corners = ((20.0, 20.0), (40.0, 20.0), (40.0, 40.0), (20.0, 40.0))
    parts = (
        Map(((10.0, 10.0), (60.0, 60.0)), data.getvalue()),
        Face(corners, "input", "window"),
        Line(((40.0, 30.0), (80.0, 30.0)), arrow=False, role="ray"),
    )
    page = replace(layout(SMALL, "net"), content=parts)
    drawn = np.asarray(raster(page)).astype(int)
    scale = 192 / 72
    places = [(30, 20), (20, 30), (50, 30), (15, 50)]  # two sides of the window, the ray, the map
    window, side, ray, bare = (drawn[drawn.shape[0] - round(y * scale), round(x * scale)].max() for x, y in places)
    assert min(window, side) > 200
    assert 30 < ray < 200
    assert bare == 0
