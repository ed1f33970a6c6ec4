"""The colours of the diagram, for a light and for a dark ground."""

from __future__ import annotations

from typing import Final

COLOURS: Final = {
    "input": "#A6A6A6",
    "convolution": "#E69F00",
    "pooling": "#56B4E9",
    "upsampling": "#0072B2",
    "linear": "#009E73",
    "recurrent": "#D55E00",
    "attention": "#CC79A7",
    "embedding": "#F0E442",
    "join": "#D9D9D9",
    "other": "#BFB5A2",
}
"""Okabe and Ito's colours, told apart by colour-blind readers; greys for what computes nothing."""

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
