"""What a style is, and what a text in it comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netinspect.errors import shortened


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A network in the words of a spec, piece by piece, as lines of YAML.

    layers      of the list `layers`: `- conv1: Conv2d(1, 6, 5)`; what is nested stands two blanks deeper
    input       what stands behind `input:`, `[3, 32, 32]`, without the batch; None where the text does not say it
    inputs      lines below `inputs:` where there are several, `left: [1, 105, 105]`
    name        of the network
    vars        lines below `vars:`, `width: 64`
    blocks      lines below `blocks:`, a header at the margin (`Residual(width):`) and its list two blanks deeper
    parameters  lines below `parameters:`
    outputs     what stands behind `outputs:`, `[pitch, onset]`
    consumed    keys of the file, beside `layers`, whose lines are among these and go away
    note        what differs from what is written, so that the reader has to look: one sentence
    doubt       what the text does not say, so that the network may be another one than was meant
    unknown     names that are no layer of any tool: their lines stand among `layers` as they are
    left_out    arguments that no layer of torch has, with their layers: they are not among `layers`
    stuck       the line of the text that cannot be followed, from 1, and why; then there are no layers
    """

    layers: tuple[str, ...]
    input: str | None = None
    inputs: tuple[str, ...] = ()
    name: str | None = None
    vars: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    outputs: str | None = None
    consumed: tuple[str, ...] = ()
    note: str | None = None
    doubt: str | None = None
    unknown: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    stuck: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """A way in which networks are written elsewhere.

    name      as a message says it: "torch code", "Keras", "an ultralytics table"
    doubts    whether a note of this style says that the network may be another one, and not only how it differs
    rewrite   a text, and what YAML makes of it in plain Python (None where it is no YAML), to the same network in the
              words of a spec; None where the text is of another style, or holds what cannot be told without running it
    of_files  whether it takes a spec as a whole, with its blocks and inputs, and not the list of its layers alone
    layer_of  the entry of a list, and the layer of a spec that is meant by it; None where it means none
    """

    name: str
    rewrite: Callable[[str, object], Rewritten | None]
    doubts: bool = False
    of_files: bool = False
    layer_of: Callable[[str], str | None] = lambda _body: None


def stuck_at(number: int, line: str, error: Exception) -> Rewritten:
    """What a text comes to that cannot be followed at a line; the first argument of the error says why."""
    reason = str(error.args[0]) if error.args else "what it does is known only when it runs"
    return Rewritten((), stuck=(number, f"`{shortened(line)}` cannot be followed: {reason}"))
