"""`labels` name what a network puts out."""

import re

import numpy as np
import pytest

from netinspect.errors import SpecError
from netinspect.language.format import outline
from netinspect.language.parse import parse
from netinspect.language.source import Source
from netinspect.language.write import spec_text
from netinspect.network.load import load
from netinspect.network.network import Labels

SPEC = """
input: [4]
vars: {classes: 3}
layers: [Linear(classes)]
labels: LABELS
"""
MAPS = """
input: [3, 8, 2]
layers:
  - maps: Conv2d(2, kernel_size=1)
  - Flatten
  - score: Linear(2)
outputs: [maps, score]
labels:
  maps: [sky, sea]
  score: [calm, wild]
"""


@pytest.fixture
def labelled(tmp_path):
    def of(labels, **options):
        (tmp_path / "net.yaml").write_text(SPEC.replace("LABELS", labels), encoding="utf-8")
        return load(tmp_path / "net.yaml", **options)

    return of


def test_labels_are_written_out_or_the_name_of_a_list(labelled):
    assert labelled("[cat, 'on, off', no]").labels == {"": Labels(1, ("cat", "on, off", "no"))}
    assert labelled("imagenet1k", assignments=[("classes", "1000")]).labels[""].names[:2] == ("tench", "goldfish")
    assert load("lenet").labels[""].names == tuple("0123456789")
    assert load("rnn").labels == {}


def test_labels_are_a_file_beside_the_spec(labelled, tmp_path, monkeypatch):
    (tmp_path / "pets.txt").write_text("cat\non, off\nno\n", encoding="utf-8")
    monkeypatch.chdir("/")
    assert labelled("pets.txt").labels[""].names == ("cat", "on, off", "no")


def test_labels_are_points_on_a_scale(labelled):
    even = labelled("{first: -1, last: 1, unit: m}").labels[""]
    assert (even.points, even.unit) == ((-1.0, 0.0, 1.0), "m")
    log = labelled("{first: 100, last: 400, unit: Hz, spacing: log}").labels[""]
    assert log.points == pytest.approx((100, 200, 400))


def test_labels_are_names_of_numbers_with_a_unit(labelled):
    assert labelled("{names: [left, 'a, b', x], unit: px}").labels == {"": Labels(1, ("left", "a, b", "x"), (), "px")}
    box = load("onet").labels["box"]
    assert (box.names, box.unit) == (("left", "top", "right", "bottom"), "sides")
    with pytest.raises(SpecError, match="has no `unit`"):
        labelled("{names: [a, b, c]}")


def test_the_numbers_of_crepe_are_the_pitches_of_torchcrepe(materials):
    """torchcrepe/convert.py, bins_to_cents and cents_to_frequency, without the noise that they add."""
    text = (materials / "torchcrepe" / "convert.py").read_text(encoding="utf-8")
    first = float(re.search(r"\* bins \+ ([\d.]+)", text)[1])
    cents = 20 * np.arange(360) + first
    assert load("crepe_tiny").labels[""].points == pytest.approx(10 * 2 ** (cents / 1200), rel=1e-9)


def test_labels_by_output_and_of_maps(tmp_path):
    (tmp_path / "net.yaml").write_text(MAPS, encoding="utf-8")
    maps, score = Labels(1, ("sky", "sea")), Labels(1, ("calm", "wild"))
    assert load(tmp_path / "net.yaml").labels == {"maps": maps, "score": score}
    assert load("onet").labels["face"] == Labels(1, ("no face", "face"))


@pytest.mark.parametrize(
    "labels",
    [
        "[cat, 'on, off', no]",
        "imagenet1k",
        "{first: 31.7, last: 2005.5, unit: Hz, spacing: log}",
        "{names: [left, 'a, b', no], unit: a side}",
        "{names: imagenet1k, unit: kg}",
    ],
)
def test_labels_are_written_as_they_were_read(labels):
    """Also those of several outputs."""
    for text in (SPEC.replace("LABELS", labels), MAPS.replace("[sky, sea]", labels)):
        spec = parse(Source("net.yaml", text)).spec
        again = parse(Source("net.yaml", spec_text(spec))).spec
        assert outline(again.labels) == outline(spec.labels)


def test_they_fall_away_where_another_size_is_asked_for(labelled):
    assert labelled("[cat, dog, bear]", assignments=[("classes", "4")]).labels == {}


@pytest.mark.parametrize(
    ("labels", "code", "words"),
    [
        ("[cat, dog]", "E214", "`labels` has 2 names, and the output 3 numbers along its last axis"),
        ("imagenet1k", "E214", "`labels` has 1,000 names"),
        ("imagenet", "E213", "there is no list of labels `imagenet`"),
        ("../pets.txt", "E213", "the file stands beside the spec, and has no folders"),
        ("/pets.txt", "E213", "the file stands beside the spec, and has no folders"),
        ("{cat: 1}", "E213", "`labels`: there is no output `cat`"),
        ("[[cat], dog, bear]", "E212", "`labels` is not text"),
        ("none.txt", "E213", "none.txt: there is no such file"),
        ("{first: 1, last: 2}", "E212", "`labels` has no `unit`"),
        ("{first: 0, last: 2, unit: Hz, spacing: log}", "E212", "are above zero where the spacing is `log`"),
        ("{first: 1, last: 2, unit: Hz, spacing: cents}", "E213", "`spacing` is even or log"),
        ("{first: one, last: 2, unit: Hz}", "E212", "`first` is not a number"),
    ],
)
def test_labels_that_cannot_be(labels, code, words, labelled):
    with pytest.raises(SpecError) as caught:
        labelled(labels)
    (mistake,) = caught.value.diagnostics
    assert (mistake.code, mistake.span.line) == (code, 5)
    assert words in mistake.message
