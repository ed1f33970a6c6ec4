"""The colours of the diagram, for a light and for a dark ground."""

from __future__ import annotations

from typing import Final

COLOURS: Final = {
    "input": "#E8E8E8",
    "convolution": "#E69F00",
    "pooling": "#8CD1F6",
    "upsampling": "#0066A8",
    "linear": "#009E73",
    "recurrent": "#C64F00",
    "attention": "#D580B1",
    "embedding": "#E7DA3A",
    "join": "#FFFFFF",
    "other": "#C4B8A3",
}
"""Okabe and Ito's hues, lighter or darker, so that each family has a lightness of its own: they can be told apart in
greys, and by colour-blind readers. What computes nothing is grey."""

LIGHT: Final = {"page": "#FFFFFF", "ink": "#1A1A1A", "muted": "#5C5C5C", "skip": "#3D3D3D", "ray": "#4D4D4D",
                "frame": "#F5F5F3", "rim": "#C9C9C4", "above": "#B2182B", "below": "#2166AC"}  # fmt: skip
DARK: Final = {"page": "#16181D", "ink": "#F2F2F2", "muted": "#B4B8C0", "skip": "#D0D3D9", "ray": "#C4C7CE",
               "frame": "#20232A", "rim": "#454A55", "above": "#EF6F5E", "below": "#6AAEE8"}  # fmt: skip
"""`above` and `below` are the colours of weights above and below zero, as in pictures of kernels."""
EDGE: Final = "#1A1A1A"
"""Around boxes, whose colours are the same on any ground."""
PATCH: Final = "#FFFFFF"

LINE_WIDTHS: Final = {"ink": 0.9, "skip": 1.0, "ray": 0.55}
"""In points, where a line has none of its own."""

_TOWARDS: Final = {"top": (255, 0.45), "side": (0, 0.24), "ghost": (255, 0.55)}


def shaded(family: str, shade: str) -> str:
    """A family's colour on the front, in the light (top), in the shadow (side) or far back (ghost)."""
    towards, part = _TOWARDS.get(shade, (255, 0.0))
    channels = (int(COLOURS[family][at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(channel * (1 - part) + towards * part):02x}" for channel in channels)
