"""Titles are set in DejaVu Sans, wrapped between their segments, and harmless whatever they say."""

import numpy as np
import pytest

from netinspect.language.messages import printable
from netinspect.pictures.draw import text
from netinspect.pictures.draw.colour import INK, PAPER
from netinspect.pictures.look import number, showing, sizes


def test_the_font_has_the_signs_that_titles_need():
    assert text.font(20).getname() == ("DejaVu Sans", "Book")
    assert text.font(20, bold=True).getname() == ("DejaVu Sans", "Bold")
    shapes = {text.label(sign).tobytes() for sign in "×·±−…→"}
    missing = text.label("\U000f0000").tobytes()
    assert len(shapes) == 6
    assert missing not in shapes


def test_a_label_is_ink_on_paper():
    drawn = text.label("H", 40, bold=True)
    assert drawn.min() == PAPER
    assert drawn.max() == INK
    assert text.label("H", 40, strength=0.5).max() == PAPER + (INK - PAPER) // 2


def test_a_segment_that_is_too_wide_is_broken_at_spaces_then_letters():
    assert list(text.broken("one two three", text.width_of("one two", 20), 20)) == ["one two", "three"]
    pieces = list(text.broken("x" * 100, 200, 20))
    assert "".join(pieces) == "x" * 100
    assert all(text.width_of(piece, 20) <= 200 for piece in pieces)


@pytest.mark.parametrize(
    ("given", "shown"), [("\x1b[31m", "\\x1b[31m"), ("a\u202eb", "a\\u202eb"), ("a\nb", "a\\nb"), ("×·é", "×·é")]
)
def test_what_would_not_print_is_written_as_messages_write_it(given, shown):
    assert text.drawable(given) == printable(given) == shown


def test_numbers_and_sizes_as_titles_print_them():
    assert [number(v) for v in (0.21, 12.0, -0.5, 0.0, -0.0, 3.4e-5)] == ["0.21", "12", "−0.5", "0", "0", "3.4e-05"]
    assert sizes((256, 96, 5, 5)) == "256×96×5×5"
    assert sizes(()) == "1"
    assert showing(64, 512, "kernels") == "showing 64 of 512 kernels"
    assert showing(6, 6, "kernels") == "6 kernels"


def test_the_same_text_gives_the_same_pixels():
    assert np.array_equal(text.label("conv1 · ±0.2"), text.label("conv1 · ±0.2"))
