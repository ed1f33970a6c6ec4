"""The charts: what is drawn, that two runs give the same bytes, and that nothing is cut off or covered."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from netinspect.pictures.draw.charts import Bars, Bubbles, Series, forms_chart, networks_chart, short
from netinspect.pictures.draw.plots import encoded

LENET = (
    Series("convolution", (156, 2_416)),
    Series("locally connected", (122_304, 241_600)),
    Series("fully connected", (4_821_600, 1_883_200)),
)
NETWORKS = ("vgg16", "resnet18", "resnet50", "resnet152")
PARAMS = (138_357_544, 11_689_512, 25_557_032, 60_192_808)
MACS = (15_470_264_320, 1_814_073_344, 4_089_184_256, 11_513_626_624)
TOP1 = (71.592, 69.758, 76.130, 78.312)
PANELS = (Bars("parameters", PARAMS), Bars("multiply-accumulates", MACS))
BUBBLES = Bubbles("MACs", "imagenet_top1", "parameters", MACS, TOP1, PARAMS)


def lenet(size="slide"):
    return forms_chart("LeNet", "parameters", ("conv1", "conv2"), LENET, size=size)


def networks(size="slide", bubbles=BUBBLES):
    return networks_chart(NETWORKS, PANELS, bubbles, size=size)


def test_bars_are_as_long_as_the_numbers_on_a_log_axis():
    (axes,) = lenet().axes
    assert axes.get_xscale() == "log"
    assert sorted(bar.get_width() for bar in axes.patches) == sorted(n for one in LENET for n in one.values)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["conv1", "conv2"]
    assert {text.get_text() for text in axes.texts} == {"156", "122.3k", "4.82M", "2.42k", "241.6k", "1.88M"}


def test_a_layer_without_a_form_has_no_bar():
    series = (Series("a", (5, 6)), Series("b", (None, 7)))
    (axes,) = forms_chart("x", "parameters", ("one", "two"), series, size="paper").axes
    assert len(axes.patches) == 3


@pytest.mark.parametrize(("size", "most"), [("slide", 27), ("paper", 66)])
def test_of_many_layers_as_many_as_fit_are_shown_the_dearest_in_their_order(size, most):
    names = tuple(f"l{number}" for number in range(90))
    figure = forms_chart("x", "parameters", names, (Series("a", tuple(range(1, 91))),), size=size)
    (axes,) = figure.axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == list(names[-most:])
    assert f"({most} of 90, the dearest)" in axes.get_title(loc="left")
    assert figure.get_figheight() <= {"slide": 7.2, "paper": 9.0}[size]


def test_a_slide_of_many_networks_keeps_its_shape():
    names = tuple(f"net{number}" for number in range(20))
    panels = (Bars("a", tuple(range(1, 21))), Bars("b", tuple(range(1, 21))))
    width, height = networks_chart(names, panels, None, size="slide").get_size_inches()
    assert width / height == pytest.approx(16 / 9)
    assert height > 7.2


def test_bubbles_stand_at_cost_and_accuracy_with_areas_in_proportion():
    axes = networks().axes[-1]
    (points,) = axes.collections
    assert [tuple(point) for point in points.get_offsets()] == list(zip(MACS, TOP1, strict=True))
    areas = points.get_sizes()
    assert [round(area / areas[0], 3) for area in areas] == [round(count / PARAMS[0], 3) for count in PARAMS]


def test_a_network_without_a_result_is_no_bubble():
    bubbles = Bubbles("MACs", "top1", "parameters", MACS, (None, *TOP1[1:]), PARAMS)
    assert len(networks(bubbles=bubbles).axes[-1].collections[0].get_offsets()) == 3


def test_without_results_there_are_bars_alone():
    assert len(networks(bubbles=None).axes) == 2


def test_bars_of_very_different_networks_are_on_a_log_axis():
    panels = (Bars("parameters", (20, 138_000_000)), Bars("depth", (3, 16)))
    first, second = networks_chart(("mlp", "vgg16"), panels, None, size="paper").axes
    assert (first.get_xscale(), second.get_xscale()) == ("log", "linear")
    assert "log scale" in first.get_title(loc="left")


def test_a_network_of_nothing_can_be_drawn():
    (axes,) = networks_chart(("a", "b"), (Bars("parameters", (0, 0)),), None, size="paper").axes
    assert axes.get_xscale() == "linear"
    assert [bar.get_width() for bar in axes.patches] == [0, 0]
    assert [text.get_text() for text in axes.texts] == ["0", "0"]


@pytest.mark.parametrize("size", ["slide", "paper"])
@pytest.mark.parametrize("make", [lenet, networks])
def test_every_text_lies_inside_the_figure(make, size):
    figure = make(size)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    whole = figure.bbox
    texts = [text for axes in figure.axes for text in (*axes.texts, axes.xaxis.label, axes.yaxis.label, axes.title)]
    texts += [
        tick for axes in (figure.axes[:2] if make is networks else figure.axes) for tick in axes.get_yticklabels()
    ]
    for text in texts:
        if text.get_visible() and text.get_text():
            box = text.get_window_extent()
            assert whole.x0 - 1 <= box.x0, text
            assert box.x1 <= whole.x1 + 1, text
            assert whole.y0 - 1 <= box.y0, text
            assert box.y1 <= whole.y1 + 1, text


@pytest.mark.parametrize("size", ["slide", "paper"])
def test_no_bubbles_name_covers_another(size):
    figure = networks(size)
    FigureCanvasAgg(figure).draw()
    boxes = [text.get_window_extent() for text in figure.axes[-1].texts]
    assert len(boxes) == 5
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
@pytest.mark.parametrize("make", [lenet, networks])
def test_two_runs_give_the_same_bytes(make, form):
    assert encoded(make(), form) == encoded(make(), form)


def test_a_name_is_text_and_no_formula():
    figure = forms_chart("$x^2$", "parameters", ("$a$", r"\frac{"), LENET, size="paper")
    assert encoded(figure, "png")


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (156, "156"), (999, "999"), (1_000, "1.00k"), (138_357_544, "138.4M"), (11_689_512, "11.7M"),
     (25_557_032, "25.6M"), (60_192_808, "60.2M"), (999_960, "1.00M"), (10**15, "1,000.0T")],
)  # fmt: skip
def test_short_numbers(number, text):
    assert short(number) == text


def test_short_bytes():
    assert (short(27_648, is_bytes=True), short(12, is_bytes=True)) == ("27.0 KiB", "12 B")
