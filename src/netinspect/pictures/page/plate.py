"""A picture as a file: PNG bytes that are the same from every run, with their size and the hash of their pixels; and a
line beneath it where nothing was learned."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from os import cpu_count
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from netinspect.pictures.draw import colour, sheet
from netinspect.pictures.draw.plots import rendered
from netinspect.pictures.draw.png import png
from netinspect.pictures.draw.text import SMALL, broken, label
from netinspect.pictures.look import Description, Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORKERS: Final = max(1, min(2, (cpu_count() or 1) - 1))
"""Threads that encode beside the one that draws."""

AHEAD: Final = 6
"""Pictures that are drawn and not yet encoded, at most: what bounds the memory they take."""


@dataclass(frozen=True, slots=True)
class Plate:
    """One file of an album: where it lies (`kernels/01_conv1.png`), its bytes, and what it shows.

    width, height  in pixels of the page, half of those of the image
    sha256         of the decoded RGB pixels row by row; of a vector file of its bytes
    """

    path: str
    data: bytes
    width: int
    height: int
    sha256: str
    description: Description


def plates(pictures: Iterable[tuple[str, Picture | Plate]]) -> Iterator[Plate]:
    """A plate for each path and picture, in order; what is one already is passed on. While the next pictures are drawn,
    threads encode those before."""
    waiting: deque[Future[Plate]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        for path, picture in pictures:
            if isinstance(picture, Picture):  # matplotlib draws in this thread only
                picture = replace(picture, image=pixels(picture.image))  # noqa: PLW2901
            waiting.append(pool.submit(plate, picture, path))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def plate(picture: Picture | Plate, path: str) -> Plate:
    """The picture as a PNG; what is a plate already, as it is."""
    if isinstance(picture, Plate):
        return picture
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


def pixel_hash(image: Image.Image) -> str:
    """SHA-256 of the RGB pixels, row by row from the top."""
    return sha256(image.convert("RGB").tobytes()).hexdigest()


# --- a line beneath --------------------------------------------------------------------------


def stamped(picture: Picture, words: str) -> Picture:
    """The picture with the words in its image, title and alt text. One whose title has them, has them in its image."""
    said = picture.description
    if words in said.title:
        alt = said.alt if words in said.alt else f"{said.alt} {words}."
        return replace(picture, description=replace(said, alt=alt))
    description = replace(said, title=f"{said.title} · {words}", alt=f"{said.alt} {words}.")
    return Picture(_with_line(pixels(picture.image), words), description)


def _with_line(image: Image.Image, words: str) -> Image.Image:
    room = max(1, image.width - 2 * sheet.MARGIN)
    lines = sheet.stack([label(line, strength=0.85) for line in broken(words, room, SMALL)])
    foot = sheet.padded(lines, 0, sheet.MARGIN, sheet.MARGIN, sheet.MARGIN)
    if image.mode != "P":
        with_foot = sheet.stack([np.asarray(image.convert("RGB")), colour.coloured(foot, colour.GREY)])
        return Image.fromarray(with_foot)
    stamped_image = Image.fromarray(sheet.stack([np.asarray(image), foot]))
    stamped_image = Image.frombytes("P", stamped_image.size, stamped_image.tobytes())
    stamped_image.putpalette(image.getpalette() or [])
    return stamped_image
