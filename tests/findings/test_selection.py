"""Which findings are shown: by the beginnings of codes, and by comments in the spec."""

import pytest

from netinspect.errors import Diagnostic, Span
from netinspect.findings.codes import code_mistake
from netinspect.findings.selection import Ignore, Selection, ignores, ignoring
from netinspect.language import Source
from tests.findings.looking import codes, findings


@pytest.mark.parametrize(
    ("select", "ignore", "taken"),
    [
        ((), (), True),
        ((), ("W2",), False),
        ((), ("W203",), False),
        ((), ("W3",), True),
        (("W203",), ("W2",), True),  # the longer beginning wins
        (("W2",), ("W203",), False),
        (("W2",), ("W2",), False),  # and what is ignored, where both are as long
        (("W",), ("W2",), False),
        (("W2",), ("W",), True),
    ],
)
def test_the_longer_beginning_wins(select, ignore, taken):
    assert Selection(select, ignore).takes("W203") is taken


@pytest.mark.parametrize(
    ("select", "ignore", "taken"),
    [((), (), False), (("N",), (), True), (("N002",), (), True), (("N002",), ("N",), True), (("W",), (), False)],
)
def test_what_is_unusual_has_to_be_selected(select, ignore, taken):
    assert Selection(select, ignore).takes("N002", is_usual=False) is taken


@pytest.mark.parametrize(
    ("select", "ignore", "taken"),
    [
        ((), (), False),  # the repository ignores W2
        (("W203",), (), True),
        (("W",), (), True),  # the command line wins, however short
        (("W3",), (), False),
        ((), ("W3",), False),
    ],
)
def test_what_the_command_line_does_not_decide_the_repository_does(select, ignore, taken):
    repository = Selection(ignore=("W2",))
    assert Selection(select, ignore, under=repository).takes("W203") is taken


@pytest.mark.parametrize("code", ["E001", "E113", "E504"])
def test_a_broken_spec_is_always_told(code):
    assert Selection(ignore=("E", code)).takes(code)


@pytest.mark.parametrize("code", ["E601", "E603"])
def test_a_failed_check_can_be_ignored(code):
    assert not Selection(ignore=("E6",)).takes(code)


@pytest.mark.parametrize(
    ("text", "answer"),
    [("W", True), ("W2", True), ("W203", True), ("w203", False), ("W2034", False), ("X1", False), ("", False)],
)
def test_what_is_a_code(text, answer):
    assert (code_mistake(text, ignoring=False) is None) is answer


@pytest.mark.parametrize(
    ("text", "may_be"), [("E601", True), ("E6", True), ("E", True), ("E203", False), ("E2", False)]
)
def test_mistakes_cannot_be_ignored(text, may_be):
    assert (code_mistake(text, ignoring=True) is None) is may_be


SPEC = """\
input: [64]
layers:
  - Linear(32)
  - ReLU
  - Linear(10)
  - Softmax(dim=1){comment}
"""


def after(comment):
    return codes(SPEC.format(comment=comment))


def test_without_a_comment_it_is_found():
    assert after("") == ["W301"]
    assert after("   # a comment about W301") == ["W301"]


@pytest.mark.parametrize(
    "comment",
    [
        "  # netinspect: ignore[W301] the loss is NLLLoss on its log",
        " #netinspect:ignore[W301]",
        "  # netinspect: ignore[W3]",
        "  # netinspect: ignore[W201, W301] two of them",
        "  # probabilities  # netinspect: ignore[W301] as published",
    ],
)
def test_a_comment_on_the_line_ignores_it(comment):
    assert after(comment) == []


@pytest.mark.parametrize(
    "comment",
    [
        "  # netinspect: ignore[W302]",
        "  # netinspect: ignore[] nothing",
        "  # netinspect: ignore W301",
        "  # netinspect:ignored[W301]",
    ],
)
def test_other_comments_do_not(comment):
    assert after(comment) == ["W301"]


def test_a_comment_on_a_line_of_its_own_is_about_the_next_line():
    text = SPEC.format(comment="").replace("  - Softmax", "  # netinspect: ignore[W301] as published\n  - Softmax")
    assert codes(text) == []


def test_blank_lines_and_comments_between_do_not_matter():
    text = SPEC.format(comment="").replace(
        "  - Softmax", "  # netinspect: ignore[W301] as published\n\n  # probabilities\n  - Softmax"
    )
    assert codes(text) == []


def test_a_comment_two_lines_above_is_about_the_line_between():
    text = SPEC.format(comment="").replace("  - Linear(10)", "  # netinspect: ignore[W301] no\n  - Linear(10)")
    assert codes(text) == ["W301"]


def test_a_comment_inside_a_step_of_several_lines_is_about_the_step():
    text = """\
        input: [3, 32, 32]
        layers:
          - Conv2d:{comment}
              out_channels: 8
              kernel_size: 3{other}
          - BatchNorm2d
          - ReLU
          - AdaptiveMaxPool2d(1)
          - Flatten
          - Linear(10)
        """
    assert codes(text.format(comment="", other="")) == ["W202"]
    assert codes(text.format(comment="", other="  # netinspect: ignore[W202] as published")) == []


def test_a_mistake_cannot_be_ignored():
    (comment,) = ignores(Source("net.yaml", "layers:  # netinspect: ignore[E, W]\n"))
    span = Span(1, 1, 1, 7)
    assert not comment.covers(Diagnostic("E018", "", span))
    assert comment.covers(Diagnostic("E601", "", span))
    assert comment.covers(Diagnostic("W201", "", span))
    assert not comment.covers(Diagnostic("W201", ""))


def test_a_comment_keeps_its_place_codes_and_reason():
    (comment,) = ignores(Source("net.yaml", "a: 1\nb: 2  # netinspect: ignore[W1, W203]  as published  \n"))
    assert (comment.line, comment.column, comment.codes, comment.reason) == (2, 7, ("W1", "W203"), "as published")


def test_findings_come_in_the_order_of_the_spec():
    text = """
        input: [64]
        layers:
          - Linear(32)
          - Linear(10)
          - Softmax(dim=1)
        """
    assert [finding.code for finding in findings(text)] == ["W201", "W301"]
    assert [finding.code for finding in findings(text, ignore=("W2",))] == ["W301"]


@pytest.mark.parametrize(
    "text",
    [
        "name: >\n  # netinspect: ignore[E603] because\nlayers: []\n",
        "name: |\n  one\n\n  two  # netinspect: ignore[E603] because\nlayers: []\n",
        'name: "x # netinspect: ignore[W9] y"\n',
        "name: 'x # netinspect: ignore[W9] y'\n",
        'name: "x\n  # netinspect: ignore[W9] y"\n',
        '{"name": "x # netinspect: ignore[W9] y"}\n',
    ],
)
def test_what_stands_in_a_text_is_no_comment(text):
    assert ignores(Source("net.yaml", text)) == ()


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('name: "x # netinspect: ignore[W9] y"  # netinspect: ignore[W1] z\n', 1, 39),
        ("name: >  # netinspect: ignore[W1] z\n  text\n", 1, 10),
        ("name: |\n  text\n# netinspect: ignore[W1] z\nlayers: []\n", 3, 1),
        ("name: it's  # netinspect: ignore[W1] z\n", 1, 13),
        ('# "\n# netinspect: ignore[W1] z\nname: "a"\n', 2, 1),
    ],
)
def test_a_comment_beside_a_text_is_one(text, line, column):
    (comment,) = ignores(Source("net.yaml", text))
    assert (comment.line, comment.column, comment.codes, comment.reason) == (line, column, ("W1",), "z")


def test_comments_by_line_are_about_what_each_of_them_is_about():
    text = "a: 1  # netinspect: ignore[W2]\n# netinspect: ignore[W301]\n\n# netinspect: ignore[E6]\nb:\n  c: 2\n"
    comments = ignores(Source("net.yaml", text))
    is_ignored = ignoring(comments)
    for line in (1, 5, 6):
        for end in (5, 6, line):
            for code in ("W201", "W301", "W302", "E601", "E101"):
                diagnostic = Diagnostic(code, "", Span(line, 1, max(line, end), 2))
                assert is_ignored(diagnostic) is any(comment.covers(diagnostic) for comment in comments)
    assert not is_ignored(Diagnostic("W201", ""))


def test_thousands_of_comments_and_of_findings_are_matched_by_line(monkeypatch):
    """Each comment is held against the findings of its own line only."""
    monkeypatch.setattr(Ignore, "covers", lambda *_: pytest.fail("every comment was asked"))
    comments = "# netinspect: ignore[W201] x\n" * 3000
    text = comments + "input: [8]\nlayers:\n" + "  - Linear(8)  # netinspect: ignore[W201] x\n" * 2000
    assert codes(text) == ["W303"]


def test_the_comment_of_many_lines_above_is_about_the_next_line():
    comments = ignores(Source("net.yaml", "# netinspect: ignore[W1] x\n" * 5 + "a: 1\nb: 2\n"))
    assert [(comment.first, comment.last) for comment in comments] == [(line, 6) for line in range(1, 6)]
