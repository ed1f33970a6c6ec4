"""How far the drawing is, on stderr, if that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from netinspect.language.messages import printable
from netinspect.visualization.request import Step

_ROOM = 40


@contextmanager
def progress(total: int) -> Iterator[Step]:
    """One bar for the whole command; nothing off a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _what, _done: None
        return
    import typer

    with typer.progressbar(length=total, file=sys.stderr) as bar:

        def step(what: str, done: int) -> None:
            bar.label = printable(what)[-_ROOM:].ljust(_ROOM)
            bar.update(done)

        yield step
        step("written", total - bar.pos)
