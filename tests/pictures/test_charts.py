"""The charts: what is drawn, that two runs give the same bytes, and that nothing is cut off or covered."""

from itertools import pairwise

import pytest
from matplotlib.path import Path
from matplotlib.text import Text

from netinspect.pictures.draw.chart_axes import short, short_time
from netinspect.pictures.draw.charts import Dots, Series, Step, dots_chart
from netinspect.pictures.draw.plots import encoded
from netinspect.pictures.draw.scatter import Scatter

FORMS = (
    Series("convolution", (156, 2_416)),
    Series("locally connected", (122_304, 241_600)),
    Series("fully connected", (4_821_600, 1_883_200)),
)
STEPS = (
    (Step(0, 1, "784× sharing"), Step(1, 2, "39× locality")),
    (Step(0, 1, "100× sharing"), Step(1, 2, "7.79× locality")),
)
NETWORKS = ("vgg16", "resnet18", "resnet50", "resnet152")
PARAMS = (138_357_544, 11_689_512, 25_557_032, 60_192_808)
MACS = (15_470_264_320, 1_814_073_344, 4_089_184_256, 11_513_626_624)
TOP1 = (71.592, 69.758, 76.130, 78.312)
PANELS = (Dots("parameters", (Series("networks", PARAMS),)), Dots("multiply-accumulates", (Series("networks", MACS),)))
FAMILIES = ("vgg", "resnet", "resnet", "resnet")
SCATTER = Scatter("MACs", "imagenet_top1", MACS, TOP1, FAMILIES, (1, 2, 3), area_title="parameters", areas=PARAMS)


def lenet(size="slide"):
    return dots_chart("LeNet", ("conv1", "conv2"), (Dots("parameters", FORMS, STEPS),), size=size)


def separable(size="slide"):
    forms = (
        Series("convolution", (2_416, 51_902)), Series("locally connected", (241_600, 413_216)),
        Series("fully connected", (1_883_200, 6_749_000)), Series("separable", (262, 49_748)),
    )  # fmt: skip
    steps = (
        (Step(0, 1, "100× sharing"), Step(1, 2, "7.79× locality"), Step(3, 0, "9.22× by separable")),
        (Step(0, 1, "7.96× sharing"), Step(1, 2, "16× locality"), Step(3, 0, "1.04× by separable")),
    )
    return dots_chart("LeNet", ("conv2", "the whole network"), (Dots("parameters", forms, steps),), size=size)


def networks(size="slide", scatter=SCATTER):
    return dots_chart("", NETWORKS, PANELS, scatter, size=size)


def one_panel(*values, notes=(), size="paper"):
    rows = tuple(f"row {number}" for number in range(len(values[0])))
    series = tuple(Series(f"s{number}", numbers) for number, numbers in enumerate(values))
    return dots_chart("x", rows, (Dots("parameters", series, notes=notes),), size=size)


def dots(axes):
    """Where the dots of a panel stand, series by series."""
    return [[tuple(point) for point in points.get_offsets().tolist()] for points in axes.collections]


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_dots_stand_at_their_numbers_on_a_log_axis_that_says_so():
    (axes,) = lenet().axes
    assert axes.get_xscale() == "log"
    assert "log scale" in axes.get_title(loc="left")
    assert dots(axes) == [[(value, place) for place, value in enumerate(group.values)] for group in FORMS]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["conv1", "conv2"]


def test_the_dots_of_a_row_are_joined_and_numbered_with_their_factors_between_them():
    (axes,) = lenet().axes
    assert [list(line.get_xdata()) for line in axes.lines] == [[156, 4_821_600], [2_416, 1_883_200]]
    assert {"156", "122.3k", "4.82M", "2.42k", "241.6k", "1.88M", "784× sharing", "100× sharing"} <= set(texts(axes))
    sharing = next(text for text in axes.texts if text.get_text() == "784× sharing")
    assert sharing.xy[0] == pytest.approx((156 * 122_304) ** 0.5)  # halfway, on a log axis


def test_a_factor_that_has_no_room_between_its_dots_stands_behind_the_row():
    panel = Dots(
        "p", (Series("s", (1000, 1)), Series("t", (1020, 10**6))), ((Step(0, 1, "1.02×"),), (Step(0, 1, "much"),))
    )
    (axes,) = dots_chart("x", ("near", "far"), (panel,), size="paper").axes
    assert texts(axes) == ["1.00k", "1.02k   1.02×", "1", "1.00M", "much"]


def test_a_factor_of_the_first_two_dots_that_has_no_room_stands_over_them_and_begins_before():
    figure = separable()
    (axes,) = figure.axes
    figure.canvas.draw()
    boxes = {text.get_text(): text.get_window_extent() for text in axes.texts}
    convolution, _, _, separated = dots(axes)
    for words, first, row, fits in (("9.22× by separable", "262", 0, True), ("1.04× by separable", "49.7k", 1, False)):
        start, end = (axes.transData.transform(points[row])[0] for points in (separated, convolution))
        assert (boxes[words].x0 > start) == fits
        assert boxes[words].x1 <= end
        assert not boxes[words].overlaps(boxes[first])
    series = (Series("s", (1000,)), Series("t", (1020,)), Series("u", (10**6,)))
    panel = Dots("p", series, ((Step(0, 1, "1.02×"), Step(1, 2, "980×")),))
    (axes,) = dots_chart("x", ("a",), (panel,), size="paper").axes
    assert {"1.02×", "1.00k", "1.00M", "980×"} <= set(texts(axes))


def test_no_row_leaves_room_for_the_words_of_another_one_before_its_dots():
    """The words of the second row are long, and it begins far to the right: the first one begins at the left."""
    panel = Dots("p", (Series("s", (10, 10**6)), Series("t", (100, 2 * 10**6)), Series("u", (10**7, 10**7))),
                 ((), (Step(0, 1, "twice as many as before, or a little less than that"),)))  # fmt: skip
    figure = dots_chart("x", ("a", "b"), (panel,), size="slide")
    (axes,) = figure.axes
    figure.canvas.draw()
    number = next(text for text in axes.texts if text.get_text() == "10")
    assert number.get_window_extent().x0 - axes.get_window_extent().x0 < 2 * number.get_window_extent().width


def test_a_note_stands_at_the_dot_of_the_last_series():
    (axes,) = one_panel((10, 10), (1000, 5), notes=("(100×)", "(0.5×)")).axes
    assert texts(axes) == ["10", "1.00k   (100×)", "(0.5×)   5", "10"]


def test_a_row_without_a_form_has_no_such_dot():
    (axes,) = one_panel((5, 6), (None, 7)).axes
    assert dots(axes) == [[(5, 0), (6, 1)], [(7, 1)]]


def test_numbers_below_a_line_that_would_overlap_are_one_text():
    (axes,) = one_panel((10,), (5000,), (5100,), (10**9,)).axes
    assert "5.00k | 5.10k" in texts(axes)


def test_nothing_has_a_place_at_the_left_of_a_log_axis():
    (axes,) = one_panel((0, 40), (1000, 900_000)).axes
    assert axes.get_xscale() == "symlog"
    assert "0 at its left" in axes.get_title(loc="left")
    assert axes.get_xticks()[0] == 0
    assert axes.get_xlim()[0] < 0
    assert "0" in texts(axes)


def test_a_network_of_nothing_can_be_drawn():
    (axes,) = one_panel((0, 0)).axes
    assert texts(axes) == ["0", "0"]


@pytest.mark.parametrize("values", [(11_689_512, 11_689_513), (3, 4), (1, 10**14), (7, 7)])
@pytest.mark.parametrize("size", ["slide", "paper"])
def test_an_axis_has_marks_that_do_not_touch(values, size):
    figure = one_panel(values, size=size)
    figure.canvas.draw()
    boxes = [
        tick.get_window_extent() for tick in figure.axes[0].get_xticklabels() if tick.get_text() and tick.get_visible()
    ]
    assert len(boxes) > 0
    assert not any(left.overlaps(right) for left, right in pairwise(boxes))


@pytest.mark.parametrize("size", ["slide", "paper"])
@pytest.mark.parametrize("make", [lenet, separable])
def test_marks_of_an_axis_with_long_texts_beside_the_dots_do_not_touch_and_none_stands_below_one(make, size):
    figure = make(size)
    figure.canvas.draw()
    low, high = figure.axes[0].get_xlim()
    ticks = [tick for tick in figure.axes[0].get_xticklabels() if low <= tick.get_position()[0] <= high]
    apart = [right.x0 - left.x1 for left, right in pairwise(tick.get_window_extent() for tick in ticks)]
    assert len(ticks) > 2
    assert min(apart) > 0.3 * ticks[0].get_fontsize() * figure.dpi / 72
    assert "0" not in [tick.get_text() for tick in ticks]


@pytest.mark.parametrize(("size", "most"), [("slide", 19), ("paper", 46)])
def test_of_many_layers_as_many_as_fit_are_shown_the_largest_and_the_sums_in_their_order(size, most):
    names = tuple(f"l{number}" for number in range(90))
    panel = Dots("parameters", (Series("a", tuple(range(1, 91))),))
    figure = dots_chart("x\nmore", names, (panel,), size=size, sums=frozenset({0}))
    (axes,) = figure.axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["l0", *names[-most + 1 :]]
    assert (
        figure.get_suptitle() == f"x ({most - 1} of 89, the largest shares of any total)\nmore"
    )  # the sum is no layer
    assert figure.get_figheight() <= {"slide": 7.2, "paper": 9.0}[size]


def test_a_layer_that_is_among_the_largest_of_any_dots_is_drawn():
    """Each of 30 layers has most of one kind of dot, or nothing; the kinds are of quite different sizes."""
    names = tuple(f"l{number}" for number in range(30))

    def mostly(row, size):
        return tuple(size if number == row else size // 100 for number in range(30))

    parameters = Dots("parameters", (Series("a", mostly(25, 10**3)), Series("b", mostly(26, 10**9))))
    macs = Dots("MACs", (Series("a", mostly(27, 10**4)), Series("b", (None,) * 28 + (None, 7))))
    axes, _ = dots_chart("x", names, (parameters, macs), size="slide").axes
    drawn = [tick.get_text() for tick in axes.get_yticklabels()]
    assert len(drawn) < 30
    assert {"l25", "l26", "l27", "l29"} <= set(drawn)


def test_a_title_that_is_longer_than_the_figure_is_wide_goes_on_in_the_next_line():
    figure = dots_chart("word " * 60 + "end\nmore", ("a",), (Dots("p", (Series("s", (5,)),)),), size="slide")
    figure.canvas.draw()
    (title,) = (text for text in figure.texts if text.get_text().startswith("word"))
    assert title.get_window_extent().x1 <= figure.get_window_extent().x1
    assert title.get_text().split() == ["word"] * 60 + ["end", "more"]
    assert title.get_text().endswith("end\nmore")


def test_a_slide_of_many_networks_keeps_its_shape():
    names = tuple(f"net{number}" for number in range(20))
    numbers = tuple(range(1, 21))
    panels = tuple(Dots(word, (Series("n", numbers),)) for word in "ab")
    scatter = Scatter("a", "b", numbers, numbers, names, (0,), is_y_cost=True)
    width, height = dots_chart("", names, panels, scatter, size="slide").get_size_inches()
    assert width / height == pytest.approx(16 / 9)
    assert height > 7.2


def test_discs_stand_at_cost_and_accuracy_with_areas_in_proportion():
    *_, axes = networks().axes
    placed = {tuple(point): area for points in axes.collections
              for point, area in zip(points.get_offsets().tolist(), points.get_sizes(), strict=True)}  # fmt: skip
    assert placed.keys() == set(zip(MACS, TOP1, strict=True))
    largest = placed[MACS[0], TOP1[0]]
    for x, y, params in zip(MACS, TOP1, PARAMS, strict=True):
        assert placed[x, y] / largest == pytest.approx(params / PARAMS[0])


def test_a_family_is_joined_and_the_front_is_a_staircase_through_what_nothing_beats():
    *_, axes = networks().axes
    family, front = axes.lines
    assert list(family.get_xdata()) == sorted(MACS[1:])
    assert (list(front.get_xdata()), list(front.get_ydata())) == (list(MACS[1:]), list(TOP1[1:]))
    assert front.get_drawstyle() == "steps-post"
    assert "Pareto front" in axes.get_xlabel()


def test_a_network_without_a_result_is_no_disc():
    scatter = Scatter("MACs", "top1", MACS, (None, *TOP1[1:]), FAMILIES, (1, 2, 3))
    assert sum(len(points.get_offsets()) for points in networks(scatter=scatter).axes[-1].collections) == 3


def test_without_a_scatter_there_are_dots_alone():
    assert len(networks(scatter=None).axes) == 2


def test_more_networks_than_colours_look_different():
    panel = Dots("p", tuple(Series(f"n{number}", (number + 1,)) for number in range(30)))
    figure = dots_chart("x", ("a",), (panel,), size="slide")
    looks = {(mark.get_color(), mark.get_marker()) for mark in figure.legends[0].legend_handles}
    assert len(looks) == 30


@pytest.mark.parametrize("size", ["slide", "paper"])
@pytest.mark.parametrize("make", [lenet, networks, separable])
def test_every_text_lies_inside_the_figure(make, size):
    figure = make(size)
    figure.canvas.draw()
    whole = figure.bbox
    labels = [text for axes in figure.axes for text in (*axes.texts, axes.xaxis.label, axes.yaxis.label, axes.title)]
    labels += [tick for axes in figure.axes[:2] for tick in axes.get_yticklabels()]
    for text in labels:
        if text.get_visible() and text.get_text():
            box = text.get_window_extent()
            assert whole.x0 - 1 <= box.x0, text
            assert box.x1 <= whole.x1 + 1, text
            assert whole.y0 - 1 <= box.y0, text
            assert box.y1 <= whole.y1 + 1, text


@pytest.mark.parametrize("make", [separable, networks])
def test_lines_do_not_run_through_numbers(make):
    figure = make()
    figure.canvas.draw()
    for axes in figure.axes:
        for text in axes.texts:
            if (ground := text.get_bbox_patch()) is not None:
                box = text.get_window_extent()
                assert ground.get_facecolor()[:3] == (1, 1, 1)
                assert ground.get_window_extent().containsx((box.x0 + box.x1) / 2)
                assert text.get_zorder() > max(line.get_zorder() for line in axes.lines)
    assert any(text.get_bbox_patch() for axes in figure.axes for text in axes.texts)


@pytest.mark.parametrize("size", ["slide", "paper"])
def test_no_name_of_a_disc_covers_another(size):
    figure = networks(size)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[-1].texts]
    assert len(boxes) == 4
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])


CROWD = {
    "resnet50": (4_089_184_256, 76.13, 25_557_032), "densenet201": (4_291_365_888, 76.896, 20_013_928),
    "densenet161": (7_727_907_072, 77.138, 28_681_000), "resnet101": (7_801_405_440, 77.374, 44_549_160),
    "resnet152": (11_513_626_624, 78.312, 60_192_808), "vgg16": (15_470_264_320, 71.592, 138_357_544),
    "vgg19": (19_632_062_464, 72.376, 143_667_240), "vgg13": (11_308_466_176, 69.928, 133_047_848),
    "alexnet": (714_188_480, 56.522, 61_100_840), "squeezenet1_1": (349_152_000, 58.178, 1_235_496),
}  # fmt: skip
"""Networks with their MACs, accuracy and parameters, of which many are alike."""


def test_names_in_a_crowd_cover_no_disc_and_no_name_and_stay_inside():
    macs, top1, params = (tuple(column) for column in zip(*CROWD.values(), strict=True))
    scatter = Scatter("MACs", "top-1", macs, top1, tuple(CROWD), (0,), area_title="parameters", areas=params)
    figure = dots_chart("", tuple(CROWD), (Dots("MACs", (Series("networks", macs),)),), scatter, size="slide")
    figure.canvas.draw()
    axes = figure.axes[-1]
    boxes = {text.get_text().split("\n")[0]: Text.get_window_extent(text) for text in axes.texts}
    assert set(boxes) == set(CROWD)
    for number, (name, box) in enumerate(boxes.items()):
        assert axes.bbox.x0 <= box.x0, name
        assert not any(box.overlaps(other) for other in list(boxes.values())[:number]), name
        for discs in axes.collections:
            for point, area in zip(discs.get_offsets(), discs.get_sizes(), strict=True):
                (x, y), radius = axes.transData.transform(point), (area / 3.14159) ** 0.5 * figure.dpi / 72
                away = x - min(max(x, box.x0), box.x1), y - min(max(y, box.y0), box.y1)
                assert away[0] ** 2 + away[1] ** 2 > (0.9 * radius) ** 2, name


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
@pytest.mark.parametrize("make", [lenet, networks])
def test_two_runs_give_the_same_bytes(make, form):
    assert encoded(make(), form) == encoded(make(), form)


def test_a_name_is_text_and_no_formula():
    figure = dots_chart("$x^2$", ("$a$", r"\frac{"), (Dots("$p$", FORMS),), size="paper")
    assert encoded(figure, "png")


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (156, "156"), (999, "999"), (1_000, "1.00k"), (138_357_544, "138.4M"), (11_689_512, "11.7M"),
     (25_557_032, "25.6M"), (60_192_808, "60.2M"), (999_960, "1.00M"), (10**15, "1,000.0T")],
)  # fmt: skip
def test_short_numbers(number, text):
    assert short(number) == text


def test_short_times():
    assert [short_time(number) for number in (999, 66_900, 1_320_000, 2_500_000_000)] == [
        "999 ns", "66.9 µs", "1.32 ms", "2.50 s"
    ]  # fmt: skip


SEVEN = {
    "alexnet": (714_188_480, 56.522, 61_100_840), "vgg16": (15_470_264_320, 71.592, 138_357_544),
    "resnet18": (1_814_073_344, 69.758, 11_689_512), "resnet50": (4_089_184_256, 76.13, 25_557_032),
    "resnet152": (11_513_626_624, 78.312, 60_192_808), "mobilenet_v2": (300_774_272, 71.878, 3_504_872),
    "vit_b_16": (17_564_000_000, 81.072, 86_567_656),
}  # fmt: skip
"""Of these two discs overlap, and there is no room beside one of them."""


@pytest.mark.parametrize("size", ["slide", "paper"])
def test_a_name_stands_nearest_its_own_disc_or_a_line_leads_there_past_other_names(size):
    names = tuple(SEVEN)
    macs, top1, params = (tuple(column) for column in zip(*SEVEN.values(), strict=True))
    panels = (Dots("parameters", (Series("networks", params),)), Dots("MACs", (Series("networks", macs),)))
    families = ("alexnet", *FAMILIES, "mobilenet", "vit")
    scatter = Scatter("MACs", "top-1", macs, top1, families, (5, 3, 4, 6), area_title="parameters", areas=params)
    figure = dots_chart("", names, panels, scatter, size=size)
    figure.canvas.draw()
    axes = figure.axes[-1]
    discs = {}
    for group in axes.collections:
        for (x, y), area in zip(group.get_offsets(), group.get_sizes(), strict=True):
            discs[float(x), float(y)] = (*axes.transData.transform((x, y)), (area / 3.14159) ** 0.5 * figure.dpi / 72)
    boxes = {text: Text.get_window_extent(text) for text in axes.texts}
    for text, box in boxes.items():
        name = text.get_text().split("\n")[0]
        own = macs[names.index(name)], top1[names.index(name)]
        middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        apart = {
            place: ((middle[0] - x) ** 2 + (middle[1] - y) ** 2) ** 0.5 - radius
            for place, (x, y, radius) in discs.items()
        }
        if text.arrow_patch is None:
            assert apart[own] <= min(apart.values()) + 1e-6, name
        else:
            line = Path([middle, discs[own][:2]])
            assert not any(line.intersects_bbox(other) for key, other in boxes.items() if key is not text), name
        for x, y, radius in discs.values():
            away = x - min(max(x, box.x0), box.x1), y - min(max(y, box.y0), box.y1)
            assert away[0] ** 2 + away[1] ** 2 > (0.9 * radius) ** 2, name


@pytest.mark.parametrize("size", ["slide", "paper"])
def test_no_name_of_a_disc_stands_on_a_line_where_there_is_room(size):
    names = tuple(SEVEN)
    macs, top1, params = (tuple(column) for column in zip(*SEVEN.values(), strict=True))
    families = ("alexnet", *FAMILIES, "mobilenet", "vit")
    scatter = Scatter("MACs", "top-1", macs, top1, families, (5, 3, 4, 6), area_title="parameters", areas=params)
    figure = dots_chart("", names, (Dots("MACs", (Series("networks", macs),)),), scatter, size=size)
    figure.canvas.draw()
    axes = figure.axes[-1]
    family, front = axes.lines
    stairs = [
        place for (x, y), (right, up) in pairwise(front.get_xydata()) for place in ((x, y), (right, y), (right, up))
    ]
    for points in (family.get_xydata(), stairs):
        line = Path(axes.transData.transform(points))
        for text in axes.texts:
            assert not line.intersects_bbox(Text.get_window_extent(text), filled=False), text.get_text()
