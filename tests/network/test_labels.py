"""`labels` name what a network puts out."""

import pytest

from netinspect.errors import SpecError
from netinspect.network.load import load

SPEC = """
input: [4]
vars: {classes: 3}
layers: [Linear(classes)]
labels: LABELS
"""


@pytest.fixture
def labelled(tmp_path):
    def of(labels, **options):
        (tmp_path / "net.yaml").write_text(SPEC.replace("LABELS", labels), encoding="utf-8")
        return load(tmp_path / "net.yaml", **options)

    return of


def test_labels_are_written_out_or_the_name_of_a_list(labelled):
    assert labelled("[cat, 'on, off', no]").labels == ("cat", "on, off", "no")
    assert labelled("imagenet1k", assignments=[("classes", "1000")]).labels[:2] == ("tench", "goldfish")
    assert load("lenet").labels == ()


def test_they_fall_away_where_another_size_is_asked_for(labelled):
    assert labelled("[cat, dog, bear]", assignments=[("classes", "4")]).labels == ()


@pytest.mark.parametrize(
    ("labels", "code", "words"),
    [
        ("[cat, dog]", "E214", "`labels` has 2 names, and the output 3 numbers along its last axis"),
        ("imagenet1k", "E214", "`labels` has 1,000 names"),
        ("imagenet", "E213", "there is no list of labels `imagenet`"),
        ("{cat: 1}", "E212", "`labels` is not text"),
    ],
)
def test_labels_that_cannot_be(labels, code, words, labelled):
    with pytest.raises(SpecError) as caught:
        labelled(labels)
    (mistake,) = caught.value.diagnostics
    assert (mistake.code, mistake.span.line) == (code, 5)
    assert words in mistake.message
