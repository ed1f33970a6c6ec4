"""What is known of the machine without asking anything heavy: its memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_BOUNDS: Final = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory_bytes() -> int | None:
    """The machine's memory, or a container's share of it; None where the system does not tell."""
    known = [*_physical(), *(int(text) for text in map(_text, _BOUNDS) if text.isdecimal())]
    return min(known, default=None)


def _physical() -> list[int]:
    try:
        return [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    except (AttributeError, ValueError, OSError):
        return []


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
