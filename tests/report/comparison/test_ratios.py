"""Ratios as text: three figures, rounded only here, exact however large the numbers are."""

import pytest

from netinspect.analysis.text import change, factor, signed


@pytest.mark.parametrize(
    ("above", "below", "text"),
    [
        (4_821_600, 122_304, "39×"),
        (122_304, 156, "784×"),
        (100_000_000, 9, "11,111,111×"),
        (10**40 + 5, 10**20, f"{10**20:,}×"),
        (3, 2, "1.50×"),
        (1, 1, "1.00×"),
        (995, 100, "9.95×"),
        (1_000, 100, "10×"),
        (33, 45, "0.733×"),
        (11_689_512, 138_357_544, "0.0845×"),
        (1, 1_000, "0.00100×"),
        (1_000, 1_000_499, "1/1,000×"),
        (1, 1_000_000, "1/1,000,000×"),
        (36, 49_930_664, "1/1,386,963×"),
        (0, 5, "0.00×"),
        (5, 0, ""),
    ],
)
def test_factor(above, below, text):
    assert factor(above, below) == text


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (1_000, 1_123, "+12.3%"),
        (1_123, 1_000, "-11.0%"),
        (10**9, 10**9 + 1, "+<0.1%"),
        (10**9, 10**9 - 1, "-<0.1%"),
        (10**20, 3 * 10**20, "+200.0%"),
        (5, 5, ""),
        (0, 5, ""),
        (5, 0, "-100.0%"),
    ],
)
def test_change(old, new, text):
    assert change(old, new) == text


def test_signed():
    assert (signed(1_234), signed(-56)) == ("+1,234", "-56")
