"""How numbers are written: `1_000`, `1e-3`, and for budgets `100k`, `50M`, `2MiB`.

Whole numbers of the language are below 2^31; those that count a whole network's parameters or MACs
(`expect`, `budget`, `results`) are below 2^63.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

from netinspect.errors import Diagnostic, InputError

MAX_WHOLE: Final = 2**31 - 1
MAX_COUNT: Final = 2**63 - 1

MAX_SIDE: Final = 65_536
MAX_FFT: Final = 1 << 20
MAX_SAMPLES: Final = 1 << 28
"""Of `preprocess`: a picture's side, a window, and the longest sound that `pad_to` makes (4.6 hours at 16 kHz)."""

_WHOLE: Final = re.compile(r"[0-9]+(?:_[0-9]+)*")
_DIGITS: Final = r"[0-9]+(?:_[0-9]+)*"
_FLOAT: Final = re.compile(rf"(?:{_DIGITS}\.?(?:{_DIGITS})?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?")
_AMOUNT: Final = re.compile(rf"({_DIGITS})(?:\.([0-9]+))?\s*([A-Za-z]*)")
MAX_DIGITS: Final = 100

COUNT_UNITS: Final = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}
"""Of parameters and MACs; `B` is billions."""
BYTE_UNITS: Final = {
    "": 1, "B": 1,
    "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
"""Of memory: 1 MB is 10^6 bytes, 1 MiB 2^20."""


def number(text: str, most: int = MAX_WHOLE) -> int | float | Diagnostic:
    """The number that `text`, which begins with a digit or a point, is; or what is wrong with it (no place)."""
    if len(text) > MAX_DIGITS:
        return Diagnostic("E502", f"a number of {len(text):,} digits is too large")
    if len(text) > 1 and text[0] == "0" and text[1] in "0123456789_":
        plain = text.lstrip("0_") or "0"
        note = "a number with a leading zero means different things in different languages"
        return Diagnostic("E017", f"`{text}` has a leading zero", None, note, f"write `{plain}`, or quote it as text")
    if _WHOLE.fullmatch(text):
        integer = int(text)
        if integer > most:
            return Diagnostic("E502", f"{text} is too large: whole numbers go up to {most:,}")
        return integer
    if not _FLOAT.fullmatch(text):
        if text[:2].lower() in ("0x", "0o", "0b"):
            return Diagnostic("E017", f"`{text}` is not a decimal number", None, None, _decimal(text))
        if text[0] != "." and (text[-1] in "jJlL" or text[0].isdigit()):
            note = "a name begins with a letter or `_`; digits are grouped with single `_`"
            return Diagnostic("E017", f"`{text}` is neither a number nor a name", None, note)
        return Diagnostic("E017", f"`{text}` is not a number")
    value = float(text)
    return value if math.isfinite(value) else Diagnostic("E502", f"{text} is too large")


def _decimal(text: str) -> str | None:
    try:
        return f"write `{int(text, 0)}`"
    except ValueError:
        return None


# --- amounts -----------------------------------------------------------------------------------


def parse_count(text: str) -> int:
    """A bound on parameters or MACs: `61_706`, `100k`, `1.5M`, `2G`. InputError."""
    return _amount(text, COUNT_UNITS, "k, M, G or T")


def parse_bytes(text: str) -> int:
    """A bound on memory, in bytes: `4096`, `2MiB` (2^20), `2MB` (10^6). InputError."""
    return _amount(text, BYTE_UNITS, "kB, MB, GB, KiB, MiB or GiB")


def _amount(text: str, units: dict[str, int], unit_words: str) -> int:
    match = _AMOUNT.fullmatch(text.strip()) if len(text) <= MAX_DIGITS else None
    if match is None:
        raise InputError(f"`{text[:40]}` is not an amount; write a number, with {unit_words} behind it if you like")
    integer, fraction, unit = match[1], match[2] or "", match[3]
    if len(integer) > 1 and integer[0] == "0":
        raise InputError(f"`{text}` has a leading zero")
    if unit not in units:
        raise InputError(f"`{unit}` is not a unit here; the units are {unit_words}")
    value: int = int(integer + fraction) * units[unit] // int("1" + "0" * len(fraction))
    if value > MAX_COUNT:
        raise InputError(f"`{text}` is too large: at most {MAX_COUNT:,}")
    return value


def per_axis(values: Sequence[object]) -> str:
    """A setting with one value an axis, as a spec has it: `2` where all are the same, else `(2, 1)`."""
    return str(values[0]) if len(set(values)) == 1 else f"({', '.join(map(str, values))})"
