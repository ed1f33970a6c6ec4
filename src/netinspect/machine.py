"""The machine's memory, and refusing what would take too much of it before any is allocated."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from netinspect.analysis.text import byte_size
from netinspect.errors import InputError

_BOUNDS: Final = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")

_ASSUMED: Final = 8 << 30
"""Where the system does not tell how much memory it has."""


def memory_bytes() -> int | None:
    """The machine's memory, or a container's share of it; None where the system does not tell."""
    known: list[int] = []
    with suppress(AttributeError, ValueError, OSError):
        known.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for bound in _BOUNDS:
        with suppress(OSError, ValueError):
            text = Path(bound).read_text(encoding="ascii").strip()
            known += [int(text)] if text.isdecimal() else []
    return min(known, default=None)


def machine_bytes() -> int:
    """The machine's memory, or a container's share of it."""
    return memory_bytes() or _ASSUMED


def allowed_bytes(limit: int | None) -> int:
    """The limit, or where there is none half of the machine's memory."""
    return machine_bytes() // 2 if limit is None else limit


def refuse_beyond(needed: int, limit: int | None, what: str) -> None:
    """InputError where `needed` bytes are more than `limit`; more than half of the machine's memory if that is None."""
    allowed = allowed_bytes(limit)
    if needed > allowed:
        bound = "half of this machine's memory is" if limit is None else "the limit is"
        raise InputError(
            f"{what} needs about {byte_size(needed)}, and {bound} {byte_size(allowed)}; "
            "--memory-limit allows more, and fewer layers or inputs need less"
        )
