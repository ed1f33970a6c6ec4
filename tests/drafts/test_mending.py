"""What is told of several mistakes at once: where, in which order, and with which lines."""

from tests.drafts.outcomes import followed, reading


def told(text):
    """The code, the line, the note and the help of each mistake."""
    found = [finding.diagnostic for finding in reading(text).findings if finding.code.startswith("E")]
    return [(each.code, each.span.line, each.note or "", each.help or "") for each in found]


def pointed(text):
    """What each message points at, by its code."""
    lines = text.split("\n")
    spans = [(finding.code, finding.diagnostic.span) for finding in reading(text).findings]
    return {code: lines[span.line - 1][span.column - 1 : span.end_column - 1] for code, span in spans if span}


ATTENTION = """\
input: [12, 4]
layers:
  - h, _ = nn.GRU(4, 8, batch_first=True, bidirectional=True)(x)
  - x = h.mean(dim=1)
  - one: nn.Linear(16, 8)
  - two: nn.Linear(16, 8)
"""


def test_a_mistake_found_in_rewritten_lines_points_at_the_words_of_the_draft():
    assert [(code, line) for code, line, _, _ in told(ATTENTION)] == [("E020", 3), ("E204", 6)]
    assert pointed(ATTENTION)["E204"] == "16"


def test_lines_that_were_shown_are_not_shown_again():
    assert [help for _, _, _, help in told(ATTENTION)][1] == "write the lines above"


def test_no_line_is_shown_that_another_message_refuses():
    text = "input: [8]\nlayers:\n  - a = Linear(8)(input)(input)\n  - b = a + input\n"
    shown = {line: help for code, line, _, help in told(text) if code == "E005"}
    assert shown == {3: "", 4: "write `- b: a + input`"}


def test_a_name_of_several_lines_is_not_given_to_each():
    text = "input: [8]\nlayers:\n  - x = F.relu(x, y)\n  - x = Linear(x)\n"
    notes = [note for code, _, note, _ in told(text) if code == "E005"]
    assert notes == ["`x` is the name of several lines, and each needs its own"] * 2
    assert followed(text) == text


def test_x_is_not_taken_for_the_line_above_where_the_draft_keeps_it():
    text = "input: [8]\nlayers:\n  - w = nn.Linear(8, 8)(x)\n  - Linear(8)\n  - x + 1\n  - foo(3)\n"
    assert "x(" not in followed(text)
    assert "prev" not in followed(text)


def test_an_entry_is_not_drawn_into_brackets_that_are_left_open():
    text = "input: [8]\nlayers:\n  - a: nn.Linear(8, 9\n  - 1)\n  - b: nn.Sequential(\n    nn.ReLU()\n  )\n"
    assert followed(text) == text


def test_a_size_that_another_input_would_give_is_told():
    text = "input: [1, 28, 28]\nlayers:\n  - Conv2d(1, 6, 5)\n  - MaxPool2d(2)\n  - Flatten\n  - Linear(1176, 10)\n"
    assert told(text)[0][2] == "with `input: [1, 32, 32]` it would fit"


def test_what_is_alike_names_its_lines_in_order_and_once():
    names = ["c", "a", "b", "a2"]
    lines = "".join(f"  - {name} = Linear(8, kernel=1, dilation=2)\n" for name in names)
    notes = [note for _, _, note, _ in told(f"input: [8]\nlayers:\n{lines}") if "likewise line" in note]
    assert notes
    assert all(note.endswith("likewise lines 4-6") for note in notes)


def test_a_long_list_of_another_tool_is_written_anew_as_a_whole():
    lines = "".join(f"  - Dense({width % 9 + 1}, activation='relu')\n" for width in range(300))
    (help,) = [
        found.diagnostic.help for found in reading(f"input: [8]\nlayers:\n{lines}").findings if found.code == "W110"
    ]
    assert help.count("Linear") == help.count("ReLU") == 300
