"""The outputs of a network from frame to frame of a sound, as pictures and as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from netinspect.inputs.samples import frame_seconds
from netinspect.pictures.draw.axes import Clock
from netinspect.pictures.kinds.sequence import OverTime, over_time
from netinspect.pictures.look import Look, Picture
from netinspect.pictures.plan import Plan
from netinspect.pictures.run import Session
from netinspect.recording import Array

OUTPUT: Final = "output"
"""What the output of a network is called that has no names for them."""

SECONDS: Final = "frames.seconds"
"""In the archive, when each frame starts. No output has a name with a point in it."""


def output_pictures(plan: Plan, session: Session, look: Look) -> Iterator[tuple[str, Picture]]:
    """Each planned picture with its file."""
    at, seconds = _framed(session)
    whole, shown = session.wholes[at], session.shown[at]
    step = Clock(seconds[1] - seconds[0], seconds[0]) if len(seconds) > 1 else None
    marked = shown.source.removeprefix(whole.source).removeprefix(", ") or "the only frame"
    for name, file in plan.outputs:
        values = session.frame_outputs[name]
        given = OverTime(
            name or OUTPUT, values.reshape(len(values), -1), session.origin, whole.source, session.index, marked, step
        )
        yield file, over_time(given, look)


def saved_outputs(session: Session) -> dict[str, Array]:
    """The outputs for all frames with the time at which each frame starts, where that is known."""
    _, seconds = _framed(session)
    found = {name or OUTPUT: values for name, values in session.frame_outputs.items()}
    return {**found, SECONDS: np.array(seconds)} if seconds else found


def _framed(session: Session) -> tuple[int, tuple[float, ...]]:
    """Which input was cut into frames, and when each starts; the first input and no times where none was."""
    for at, whole in enumerate(session.wholes):
        if whole.frame_starts:
            return at, frame_seconds(whole)
    return 0, ()
