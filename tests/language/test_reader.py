"""The YAML subset: what is read, what is refused, and how much of it."""

import json

import pytest
import yaml

from netinspect.errors import SpecError
from netinspect.language import reader
from netinspect.language.nodes import Bad, Mapping, Scalar, Sequence
from netinspect.language.plain_yaml import plain_events
from netinspect.language.source import Source
from netinspect.language.yaml_mistakes import explain_error


def nodes(text):
    return reader.read_nodes(Source("net.yaml", text))


def plain(node):
    """Nested dicts, lists and texts."""
    match node:
        case Scalar():
            return node.text
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {key.text: plain(value) for key, value in node.items}
        case Bad():
            return "BAD"
    return None


def codes(text):
    return [d.code for d in nodes(text)[1]]


def test_values_are_texts_until_the_language_reads_them():
    root, found = nodes("a: [on, 1_000, '1', null]\nb: {c: 12:30}\n")
    assert plain(root) == {"a": ["on", "1_000", "1", "null"], "b": {"c": "12:30"}}
    assert [item.quoted for item in root.get("a").items] == [False, False, True, False]
    assert found == []


def test_a_document_start_and_end_are_allowed():
    assert plain(nodes("---\na: 1\n...\n")[0]) == {"a": "1"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x 1\nb: *x\n", "E008"),
        ("a: *x\n", "E008"),
        ("a: *\n", "E008"),
        ("a: &x [1]\n", "E008"),
        ("<<: {a: 1}\n", "E008"),
        ("a: !!str 1\n", "E009"),
        ("a: !<!x> {b: 1}\n", "E009"),
        ("a: !e!b c\n", "E009"),
        ("a: 1\n---\nb: 1\n", "E010"),
        ("a: 1\na: 2\n", "E007"),
        ("[1, 2]: 3\n", "E016"),
        ('a: "\\ud800"\n', "E015"),
        ('a: "\\x1b"\n', "E015"),
        ('a: "\\q"\n', "E016"),
        ("a: 'x\n", "E016"),
        ("%YAML 1.3\n---\na: 1\n", "E016"),
        ("a: 1\nb\nc: 2\n", "E016"),
        ("a: [1 2], 3\n", "E016"),
        ("a: {b: 1 [}\n", "E016"),
    ],
)  # fmt: skip
def test_what_the_subset_has_not(text, code):
    assert codes(text) == [code]


def test_an_anchor_is_reported_once_however_often_it_is_used():
    assert codes("a: &x [1]\nb: [*x, *x]\nc: &y 1\n") == ["E008"]


def test_a_duplicate_names_both_lines_and_keeps_the_first():
    root, (diagnostic,) = nodes("a: 1\nb: 2\na: 3\n")
    assert plain(root) == {"a": "1", "b": "2"}
    assert "line 1" in diagnostic.message
    assert "line 3" in diagnostic.message
    assert diagnostic.span.line == 3
    assert not root.lost


def test_a_lost_key_is_remembered():
    assert nodes("<<: 1\na: 2\n")[0].lost
    assert nodes("a:\n  B(1, b: 2\n")[0].get("a").lost


def test_a_complaint_without_a_place_is_about_the_text():
    diagnostic, colon = explain_error("a: 1", yaml.YAMLError("unacceptable character"))
    assert (diagnostic.code, diagnostic.span, colon) == ("E015", None, None)


# --- reading on --------------------------------------------------------------------------------


def test_reading_goes_on_behind_a_misplaced_colon():
    root, found = nodes("a:\n  - x: y: z\n  - q: r\n  - C(a, b: 1)\n  - s: C(a, b: 2)\n")
    assert [(d.code, d.span.line) for d in found] == [("E004", 2), ("E003", 5), ("E003", 4)]
    assert plain(root)["a"][1] == {"q": "r"}


def test_reading_on_has_a_bound():
    lines = "- x: y: z\n" * 60_000
    assert 1 <= len(nodes(lines)[1]) < 10


# --- JSON --------------------------------------------------------------------------------------

DOCUMENT = {"name": 'Grüße 😀 \\ud83d " / \n x', "input": [1, 28, 28], "layers": [{"conv": "Conv2d(6)"}, "ReLU", {}]}


@pytest.mark.parametrize("options", [{}, {"indent": 2}, {"indent": "\t"}, {"separators": (",", ":")}])
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_json_is_read_unchanged(options, ensure_ascii):
    text = json.dumps(DOCUMENT, ensure_ascii=ensure_ascii, **options)
    root, found = nodes(text)
    assert found == []
    assert plain(root) == {**DOCUMENT, "input": ["1", "28", "28"]}


def test_json_may_put_the_colon_on_the_next_line():
    root, found = nodes('{"a"\n  : "b", "c"\t:\n"d\\"x"}')
    assert found == []
    assert plain(root) == {"a": "b", "c": 'd"x'}


def test_surrogate_pairs_are_joined_without_moving_what_follows():
    root, found = nodes('{"a": "\\\\ud83d \\ud83d\\ude00", "b": [1]}')
    assert found == []
    assert plain(root) == {"a": "\\ud83d 😀", "b": ["1"]}
    assert root.get("b").span.column == 36


def test_a_surrogate_pair_that_is_no_escape_stays_as_it_is():
    assert plain(nodes("a: \\ud83d\\ude00 x\nb: '\\ud83d\\ude00'\n")[0]) == {
        "a": "\\ud83d\\ude00 x",
        "b": "\\ud83d\\ude00",
    }


# --- bounds ------------------------------------------------------------------------------------


def excess(text):
    with pytest.raises(SpecError) as caught:
        nodes(text)
    return caught.value.diagnostics[0]


def test_depth_32_is_the_most():
    assert nodes("[" * 32 + "]" * 32)[1] == []
    diagnostic = excess("a: " + "[" * 32 + "]" * 32)
    assert (diagnostic.code, diagnostic.span.column) == ("E504", 35)


@pytest.mark.parametrize("level", ["[", "{a: ", "- ", "? ", "[{a: "])
def test_a_hundred_thousand_levels_are_refused_not_a_crash(level):
    assert excess(level * 100_000).code == "E504"


def test_50_000_nodes_are_the_most():
    assert nodes("[" + "a," * 49_999 + "]")[1] == []
    assert excess("[" + "a," * 50_000 + "]").code == "E504"


# --- without libyaml ---------------------------------------------------------------------------


@pytest.fixture
def no_libyaml(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "yaml._yaml", None)
    monkeypatch.setattr(reader, "_events", reader._events)


@pytest.mark.usefixtures("no_libyaml")
def test_pyyamls_own_parser_serves_as_well():
    assert plain(nodes("a: [1, {b: 'c'}]\n")[0]) == {"a": ["1", {"b": "c"}]}
    assert plain(nodes('{\n\t"a":\t"b\\t\t"}')[0]) == {"a": "b\t\t"}
    assert codes("a:\n\t- b\n") == ["E001"]
    assert codes("a: b: c\n") == ["E004"]
    assert codes("a: [1, 2\nb: c\n") == ["E006"]
    assert codes("a: &x 1\n") == ["E008"]
    assert codes("a: 'x\n") == ["E016"]
    assert excess("[" * 100_000).code == "E504"


def test_the_two_parsers_give_the_same_events():
    for text in ("a: [1, {b: 'c'}]\n", "- x\n- |\n  y\n"):
        events, others = reader._events(text), plain_events(text)
        while (event := events()) is not None:
            other = others()
            assert type(event).__name__ == type(other).__name__
            assert getattr(event, "value", None) == getattr(other, "value", None)
