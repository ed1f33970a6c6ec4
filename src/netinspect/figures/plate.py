"""A picture as a file: PNG bytes that are the same from every run, with their size and the hash of their pixels."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image

from netinspect.figures.picture import Description, Picture
from netinspect.figures.rendering import rendered

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH: Final = 192
"""Two pixels for each of a page's 96 an inch: a sheet is as wide in print as on the page."""


@dataclass(frozen=True, slots=True)
class Plate:
    """One file of a gallery: where it lies (`kernels/01_conv1.png`), its bytes, and what it shows.

    width, height  in pixels of the page, half of those of the image
    sha256         of the decoded RGB pixels row by row; of a vector file of its bytes
    """

    path: str
    data: bytes
    width: int
    height: int
    sha256: str
    description: Description


def plate(picture: Picture, path: str) -> Plate:
    """The picture as a PNG."""
    image = pixels(picture.image)
    width, height = ((size + 1) // 2 for size in image.size)
    return Plate(path, png(image), width, height, pixel_hash(image), picture.description)


def vector(path: str, data: bytes, width: int, height: int, description: Description) -> Plate:
    """An SVG or PDF that was drawn elsewhere, with its size on a page."""
    return Plate(path, data, width, height, sha256(data).hexdigest(), description)


def pixels(image: Image.Image | Figure) -> Image.Image:
    """A Pillow image; a matplotlib Figure is rendered, without pyplot."""
    if isinstance(image, Image.Image):
        return image
    return Image.fromarray(rendered(image))


def png(image: Image.Image) -> bytes:
    """The image as a PNG without time, software or any other text."""
    stream = BytesIO()
    image.save(stream, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH), compress_level=3)
    return stream.getvalue()


def pixel_hash(image: Image.Image) -> str:
    """SHA-256 of the RGB pixels, row by row from the top."""
    return sha256(image.convert("RGB").tobytes()).hexdigest()
