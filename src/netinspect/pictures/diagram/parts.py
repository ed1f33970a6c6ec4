"""What an architecture diagram shows, as plain data: panels of boxes and the arrows between them.

It is made from a network by `outline` and drawn by `layout` and `ink`, which know nothing of networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FAMILIES: Final = (
    "input", "convolution", "pooling", "upsampling", "linear", "recurrent", "attention", "embedding", "join", "other",
)  # fmt: skip
"""What a box can be; each has its colour and its word in the legend."""


@dataclass(frozen=True, slots=True)
class Box:
    """One feature map (a sequence, a vector), named after what makes it.

    key       unique in its panel
    op        what makes it: `Conv 11×11`; a closed block's title
    name      what the spec calls it, "" where it is only numbered
    before    what is done to its input first, in order: `BN`, `ReLU`
    notes     what else is to be known of it, in small type: `stride 4`, `12 heads`
    after     what is done to its result, in order
    results   what is said of it as a result: `output voice`, and the shape that it was given last, `→ 4×20`
    family    one of FAMILIES
    shape     `64@55×55` as text, "" to leave it out
    channels  how thick it is, 0 where it has no channels
    space     sizes of its spatial axes, at most three; () for a vector
    kernel    the window that is slid over the map before it, () for none
    count     how many equal ones in a row it stands for
    symbol    drawn as a circle with this sign (`+`, `×`) instead of a map
    block     whether it stands for a whole block, shown in a panel of that title or not at all
    stem      of the layer that it is, `03_conv1`; of a block that of its first layer; "" where it is no layer
    loops     whether it hands its state on from step to step
    shows     the path of the call whose output it is; of an input of the network its name
    """

    key: str
    op: str
    name: str = ""
    before: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    family: str = "other"
    shape: str = ""
    channels: int = 0
    space: tuple[int, ...] = ()
    kernel: tuple[int, ...] = ()
    count: int = 1
    symbol: str = ""
    block: bool = False
    stem: str = ""
    shows: str = ""
    loops: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """The box `target` takes what the box `source` gives (keys in the same panel). `sign` says that it is what a
    difference takes away, `−`, or a quotient divides by, `÷`; `place` is that among the target's inputs."""

    source: str
    target: str
    sign: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Panel:
    """A net, or the inside of a block: boxes in the order in which they run. `about` says what it stands for."""

    title: str
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Unrolled:
    """A recurrent layer step by step: how many steps there are, the states that it hands on, and the equations of a
    step with what each says."""

    title: str
    about: str
    steps: int
    states: tuple[str, ...]
    equations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Diagram:
    """The whole picture: the net first, then the insides of closed blocks, and each kind of recurrent layer unrolled.
    `caption` and `notes` are lines below the title: of what size the net is, which blocks have no panel, and how named
    constants are made."""

    panels: tuple[Panel, ...]
    caption: str = ""
    notes: tuple[str, ...] = ()
    unrolled: tuple[Unrolled, ...] = ()
