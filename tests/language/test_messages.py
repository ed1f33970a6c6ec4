"""How a mistake is shown, and did-you-mean."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.errors import Diagnostic, Span
from netinspect.language import Source, closest, printable, render
from netinspect.language.messages import MAX_CELLS, with_a_word_of

SOURCE = Source("net.yaml", "input: [1]\nlayers:\n  - Covn2d(6, kernel_size=5)\n")


def test_the_shape_of_a_message():
    diagnostic = Diagnostic(
        "E101", "there is no layer type or function `Covn2d`", Span(3, 5, 3, 11), help="did you mean `Conv2d`?"
    )
    assert render(diagnostic, SOURCE) == (
        "net.yaml:3:5: error[E101]: there is no layer type or function `Covn2d`\n"
        "   3 |   - Covn2d(6, kernel_size=5)\n"
        "     |     ^^^^^^\n"
        "     = help: did you mean `Conv2d`?"
    )


def test_a_note_stands_before_the_help():
    shown = render(Diagnostic("W101", "m", Span(1, 1, 1, 6), "why", "what"), SOURCE)
    assert shown.splitlines() == [
        "net.yaml:1:1: warning[W101]: m", "   1 | input: [1]", "     | ^^^^^", "     = note: why", "     = help: what",
    ]  # fmt: skip


def test_a_mistake_without_a_place_names_the_file():
    assert render(Diagnostic("E011", "spec is empty", help="h"), SOURCE) == (
        "net.yaml: error[E011]: spec is empty\n     = help: h"
    )


def carets(line, first, last, end_line=1):
    shown = render(Diagnostic("E1", "m", Span(1, first, end_line, last)), Source("f", line)).splitlines()
    return shown[1].removeprefix("   1 | "), shown[2].removeprefix("     | ")


def test_carets_stop_at_the_end_of_the_line():
    assert carets("abc(d,", 4, 2, end_line=2) == ("abc(d,", "   ^^^")
    assert carets("abc", 4, 4) == ("abc", "   ^")
    assert carets("abc", 9, 12) == ("abc", "   ^")


def test_carets_stand_under_wide_and_combining_characters():
    assert carets("漢字 x", 4, 5) == ("漢字 x", "     ^")
    assert carets("漢字 x", 1, 3) == ("漢字 x", "^^^^")
    assert carets("e\u0301 x", 4, 5) == ("e\u0301 x", "   ^"[1:])


def test_tabs_are_four_blanks():
    assert carets("\tx", 2, 3) == ("    x", "    ^")


def test_what_does_not_print_is_shown_as_its_escape():
    assert carets("a\x1b[31mb", 7, 8) == ("a\\x1b[31mb", "         ^")
    shown = render(Diagnostic("E1", "a\x1b\r\nb\u202e", Span(1, 1, 1, 2), "\x07", "\ud800"), Source("f\x1b", "x"))
    assert shown.splitlines()[0] == "f\\x1b:1:1: error[E1]: a\\x1b\\r\\nb\\u202e"
    assert "\\x07" in shown
    assert "\\ud800" in shown


def test_a_long_line_is_shown_around_its_mistake():
    line = "x" * 300 + "HERE" + "y" * 300
    shown, under = carets(line, 301, 305)
    assert len(shown) <= MAX_CELLS
    assert shown.startswith("...")
    assert shown.endswith("...")
    assert shown[under.index("^") : len(under)] == "HERE"


def test_a_mistake_longer_than_the_window_shows_its_beginning():
    shown, under = carets("ab" + "x" * 500, 3, 503)
    assert shown.startswith("...xxx")
    assert set(under[3:]) == {"^"}
    assert len(under) <= MAX_CELLS


def test_large_line_numbers_keep_the_bars_aligned():
    lines = render(Diagnostic("E1", "m", Span(12345, 1, 12345, 2)), Source("f", "\n" * 12344 + "x")).splitlines()
    assert lines[1].index("|") == lines[2].index("|")


def test_colour_only_adds_escapes():
    diagnostic = Diagnostic("E101", "m", Span(3, 5, 3, 11), "n", "h")
    coloured = render(diagnostic, SOURCE, colour=True)
    plain = coloured
    for code in ("\x1b[1;31m", "\x1b[36m", "\x1b[1m", "\x1b[0m"):
        plain = plain.replace(code, "")
    assert coloured != plain
    assert plain == render(diagnostic, SOURCE)


@given(st.text(max_size=200), st.integers(1, 210), st.integers(1, 210))
def test_any_line_prints_in_the_window(line, first, length):
    source = Source("f", line.replace("\n", " ").replace("\r", " "))
    shown = render(Diagnostic("E1", line, Span(1, first, 1, first + length)), source)
    assert len(shown.splitlines()) == 3
    assert all(character.isprintable() for character in shown.replace("\n", ""))


@given(st.text())
def test_printable_text_is_on_one_line(text):
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)


# --- did you mean ------------------------------------------------------------------------------

WORDS = ("Conv1d", "Conv2d", "Conv3d", "Linear", "ReLU", "ReLU6", "MaxPool2d", "kernel_size", "stride")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Covn2d", "Conv2d"), ("conv2d", "Conv2d"), ("kernal_size", "kernel_size"), ("Relu", "ReLU"),
        ("MaxPool", "MaxPool2d"), ("Linaer", "Linear"), ("strides", "stride"), ("Transformer", None), ("", None),
        ("x", None), ("Conv2d" * 20, None), ("Conv4d", "Conv1d"), ("kernelsize", "kernel_size"),
    ],
)  # fmt: skip
def test_did_you_mean(word, meant):
    assert closest(word, WORDS) == meant


def test_a_word_is_not_its_own_correction():
    assert closest("Conv2d", ("Conv2d",)) is None


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("scale", "size scale_factor mode recompute_scale_factor", "scale_factor"),
        ("bidir", "hidden_size num_layers bidirectional", "bidirectional"),
        ("kernl", "out_channels kernel_size stride", "kernel_size"),
        ("include_pad", "kernel_size stride padding count_include_pad", "count_include_pad"),
        ("channels", "in_channels out_channels bias", None),
        ("of", "offset", None),
        ("", "bias", None),
    ],
)
def test_did_you_mean_by_a_word_of_it(word, candidates, meant):
    assert with_a_word_of(word, candidates.split()) == meant


@given(st.text(string.ascii_letters, min_size=3, max_size=12), st.integers(0, 11))
def test_one_missing_letter_is_near(word, position):
    typed = word[: position % len(word)] + word[position % len(word) + 1 :]
    assert closest(typed, (word, "0" * 30)) == (word if typed.lower() != word else None)
