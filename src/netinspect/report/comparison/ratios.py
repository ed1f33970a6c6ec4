"""Ratios as text, rounded only here: `39×`, `1.53×`, `0.0845×`, `+15.6%`. Worked out with whole numbers."""

from __future__ import annotations


def factor(above: int, below: int) -> str:
    """How many times `below` goes into `above`; nothing where there is no answer. Three figures, whole from ten on."""
    if not below:
        return ""
    if above >= 10 * below:
        return f"{_rounded(above, below):,}×"
    decimals = 2
    while above and above * 10**decimals < 100 * below and decimals < 9 and above < below:
        decimals += 1
    return f"{_decimal(above, below, decimals)}×"


def change(old: int, new: int) -> str:
    """By how much a figure rose, in percent: `+15.6%`, `-3.0%`; nothing from 0 on."""
    if not old or old == new:
        return ""
    sign = "+" if new > old else "-"
    percent = _decimal(100 * abs(new - old), old, 1)
    return f"{sign}{percent}%" if percent != "0.0" else f"{sign}<0.1%"


def signed(number: int) -> str:
    """`+1,234`, `-56`."""
    return f"{number:+,}"


def _rounded(above: int, below: int) -> int:
    return (2 * above + below) // (2 * below)


def _decimal(above: int, below: int, decimals: int) -> str:
    digits = str(_rounded(above * 10**decimals, below)).rjust(decimals + 1, "0")
    whole = f"{int(digits[:-decimals]):,}"
    return f"{whole}.{digits[-decimals:]}"
