"""Stored summaries, read back: what is ours comes back whole, what is not is refused with a reason."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.analysis.baseline import snapshot
from netinspect.analysis.profile import profile
from netinspect.analysis.stored import is_document, snapshots
from netinspect.errors import InputError
from netinspect.network import load
from netinspect.reading import Settings, read
from netinspect.report.json import summary

NAMES = ("lenet", "resnet18", "gpt2", "diffusion_unet", "bilstm")


def stored(*names):
    return summary([read(name, Settings()) for name in names])


def test_what_summary_wrote_comes_back_whole():
    assert snapshots(stored(*NAMES), "x.json") == tuple(snapshot(profile(load(name))) for name in NAMES)


def test_unknown_fields_and_minor_versions_are_passed_by():
    content = json.loads(stored("lenet"))
    content |= {"format_version": "1.7", "new": 1}
    content["models"][0] |= {"new": [1]}
    content["models"][0]["layers"][0] |= {"new": {}}
    assert snapshots(json.dumps(content), "x") == snapshots(stored("lenet"), "x")


def test_a_total_that_an_older_document_lacks_is_not_known():
    content = json.loads(stored("lenet"))
    del content["models"][0]["totals"]["depth"]
    (one,) = snapshots(json.dumps(content), "x")
    assert one.total("depth") is None
    assert one.total("params") == 51_902


def changed(path, value):
    content = json.loads(stored("lenet"))
    place = content
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(content)


LAYER = ("models", 0, "layers", 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        '{"format_version": "1.0"}',
        '{"format_version": "1.0", "models": []}',
        '{"format_version": "1.0", "models": {}}',
        '{"format_version": "1.0", "models": [7]}',
        '{"format_version": 1, "models": []}',
        '{"format_version": "x", "models": []}',
        '{"a": NaN}',
        "[" * 100_000,
        '{"n": ' + "9" * 5_000 + "}",
        stored("lenet")[:-200],
        changed(("format_version",), "9.0"),
        changed(("models", 0, "totals"), ...),
        changed(("models", 0, "totals", "params"), "51902"),
        changed(("models", 0, "totals", "params"), -1),
        changed(("models", 0, "totals", "params"), True),
        changed(("models", 0, "totals", "params"), 1.5),
        changed(("models", 0, "totals", "receptive_field"), "all"),
        changed(("models", 0, "name"), None),
        changed(("models", 0, "batch_size"), "1"),
        changed((*LAYER, "params"), ...),
        changed((*LAYER, "path"), 3),
        changed((*LAYER, "input_shapes"), [3]),
        changed((*LAYER, "output_shapes"), [[-1]]),
        changed((*LAYER, "macs"), None),
    ],
)
def test_what_is_no_summary_of_ours_is_refused(text):
    with pytest.raises(InputError, match=r"main\.json"):
        snapshots(text, "main.json")


def test_a_newer_major_version_says_what_to_do():
    with pytest.raises(InputError, match=r"format_version 9\.0.*upgrade"):
        snapshots(changed(("format_version",), "9.0"), "main.json")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | (
    st.dictionaries(st.sampled_from(["format_version", "models", "totals", "layers", "name", "params"]), inner)
)))  # fmt: skip
def test_any_json_is_read_or_refused(content):
    with suppress(InputError):
        snapshots(json.dumps(content), "main.json")


def test_a_spec_is_no_document():
    assert is_document(stored("lenet"))
    assert not is_document("input: [3]\nlayers: [Linear(2)]\n")
    assert not is_document('{"input": [3], "layers": ["Linear(2)"]}')


@pytest.mark.parametrize("again", ["net.yaml", "./net.yaml", "x/../net.yaml"])
def test_a_network_that_is_there_twice_is_an_error(again):
    document = json.loads(stored("lenet"))
    (model,) = document["models"]
    document["models"] = [{**model, "source": "net.yaml"}, {**model, "source": again, "totals": {"params": 1}}]
    with pytest.raises(InputError, match="twice"):
        snapshots(json.dumps(document), "x.json")
    document["models"][1]["variant"] = "wide"
    assert len(snapshots(json.dumps(document), "x.json")) == 2
