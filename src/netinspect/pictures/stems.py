"""What layers are called in files and in links: `03_conv1` names a layer's pictures, its place on the page and its
box in the diagram; and along an axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from netinspect.analysis.figures import titled

if TYPE_CHECKING:
    from netinspect.analysis.figures import Profile
    from netinspect.recording import Health, LayerEquivariance, LayerGradient

LONGEST_NAME: Final = 80
_SAFE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


def file_name(index: int, name: str, suffix: str = ".png", digits: int = 2) -> str:
    """`03_conv1.png`: a running index that makes it unique on any file system, and a name in a safe alphabet. Of a name
    that is too long the end is kept."""
    safe = "".join(letter if letter in _SAFE else "_" for letter in name[-LONGEST_NAME:])
    return f"{index:0{digits}d}_{safe}{suffix}"


def digits_of(profile: Profile) -> int:
    """Digits of the numbers of a network's layers."""
    return max(2, len(str(len(list(profile.root.rows)))))


def layer_stems(profile: Profile) -> Mapping[str, str]:
    """By the path of each row of `netinspect summary`: `03_conv1`."""
    digits = digits_of(profile)
    return {row.path: file_name(number, row.path, "", digits) for number, row in enumerate(profile.root.rows, 1)}


def title_of(layer: Health | LayerGradient | LayerEquivariance) -> str:
    """What a layer is called along an axis: `conv1`, `4 Linear`."""
    return titled(layer.path, layer.type)
