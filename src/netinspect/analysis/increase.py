"""`--fail-on-increase params,macs=5%`: how much a network may cost more than its baseline.

Compared exactly, with whole numbers: a percentage is a fraction, never a float.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from netinspect.analysis.baseline import COUNTED, Changes
from netinspect.errors import InputError
from netinspect.language import parse_bytes, parse_count

_PERCENT: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?%")


@dataclass(frozen=True, slots=True)
class Limit:
    """A metric of `COUNTED` and what it may rise by: a part of what it was, `share / of`, or an amount.

    `text` is as written, "" where nothing is allowed.
    """

    metric: str
    share: int
    of: int
    amount: int
    text: str


@dataclass(frozen=True, slots=True)
class Increase:
    """A limit that is passed; or, where an input was resized, one that cannot be compared."""

    limit: Limit
    old: int
    new: int
    is_comparable: bool = True


OF_THE_INPUT: Final = frozenset({"macs", "flops", "backward_macs", "peak_activation_bytes", "saved_activation_bytes"})
"""What grows with the input, whatever the network."""


def limits(text: str) -> tuple[Limit, ...]:
    """`params,macs=5%,param_bytes=64KiB` as limits. InputError for what is none, and for nothing at all."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise InputError("--fail-on-increase names no metric; write it as in --fail-on-increase params,macs=5%")
    parsed = tuple(_limit(part) for part in parts)
    twice = {limit.metric for limit in parsed if sum(limit.metric == other.metric for other in parsed) > 1}
    if twice:
        raise InputError(f"--fail-on-increase: {min(twice)} is given twice")
    return parsed


def _limit(part: str) -> Limit:
    name, equals, allowed = (piece.strip() for piece in part.partition("="))
    metric = name.replace("-", "_")
    if metric not in COUNTED:
        raise InputError(f"--fail-on-increase: unknown metric '{name}': one of {', '.join(COUNTED)}")
    if not equals:
        return Limit(metric, 0, 1, 0, "")
    percent = _PERCENT.fullmatch(allowed)
    if percent is not None:
        decimals = percent[2] or ""
        return Limit(metric, int(percent[1] + decimals), 100 * 10 ** len(decimals), 0, allowed)
    try:
        amount = parse_bytes(allowed) if metric.endswith("_bytes") else parse_count(allowed)
    except InputError as error:
        raise InputError(f"--fail-on-increase {part}: {error}; or a percentage, such as {name}=5%") from None
    return Limit(metric, 0, 1, amount, allowed)


def increases(changes: Changes, allowed: tuple[Limit, ...]) -> tuple[Increase, ...]:
    """The limits that are passed, or that cannot be compared. InputError where the baseline lacks a figure."""
    passed = []
    for limit in allowed:
        old, new = changes.old.total(limit.metric), changes.new.total(limit.metric)
        if old is None or new is None:
            raise InputError(f"the baseline does not tell {limit.metric}, so no increase of it can be seen")
        if changes.resized and limit.metric in OF_THE_INPUT:
            passed.append(Increase(limit, old, new, is_comparable=False))
        elif (new - old - limit.amount) * limit.of > old * limit.share:
            passed.append(Increase(limit, old, new))
    return tuple(passed)
