"""Shell completion of a spec's name: the networks of the gallery. The shell itself completes files."""

from __future__ import annotations


def gallery_names(incomplete: str) -> list[str]:
    """The names that begin like this; none where the gallery cannot be read."""
    from netinspect.errors import NetinspectError
    from netinspect.gallery import entries

    try:
        return [entry.name for entry in entries() if entry.name.startswith(incomplete)]
    except (NetinspectError, OSError):
        return []
