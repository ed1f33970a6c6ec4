"""The gallery as the tests share it: each network is read once in each worker, by the first test that asks for it.

A Reading does not change, so a test that only looks at a network, its profile or its findings takes it from here.
"""

from functools import cache

from netinspect import gallery_specs
from netinspect.pictures.diagram.outline import diagram_of
from netinspect.pictures.diagram.parts import Diagram
from netinspect.reading import Reading, Settings, read

NAMES = [entry.name for entry in gallery_specs.entries()]

SHORT = {
    "umxhq": (2, 2049, 5), "umxl": (2, 2049, 5), "umxse": (1, 513, 5), "sed_crnn": (128, 16), "resemblyzer": (5, 40),
    "bilstm": (4,), "demucs": (2, 20480), "encodec": (1, 3200), "rnn": (5, 6), "lstm": (5, 6), "gru": (5, 6),
}  # fmt: skip
"""Input sizes of networks with recurrent layers, of which the meta device runs every step."""


@cache
def gallery_reading(name: str) -> Reading:
    """A network of the gallery with its profile and its findings, as every command reads it."""
    return read(name, Settings())


@cache
def gallery_diagram(name: str) -> Diagram:
    """The diagram of a network of the gallery: its panels, their boxes and what feeds what."""
    return diagram_of(gallery_reading(name).network)
