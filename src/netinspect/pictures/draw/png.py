"""Pixels as PNG, for images in which rows repeat.

Grids of enlarged tiles are rows that stand several times under each other. Each row is stored as its difference to the
one above (PNG's filter "up", which Pillow does not use for palettes), so that repeats become zeros and the fastest
level of zlib does as well as a slow one. One call compresses it all, outside the interpreter's lock: other
threads draw meanwhile.
"""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, Final
from zlib import compress, crc32

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

DOTS_PER_INCH: Final = 192
"""Two pixels for each of a page's 96 an inch: a sheet is as wide in print as on the page."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_TRUECOLOUR, _PALETTE = 2, 3
_UP: Final = 2
_LEVEL: Final = 1
_DOTS_PER_METRE: Final = round(DOTS_PER_INCH / 0.0254)


def png(image: Image) -> bytes:
    """The image as a PNG without time, software or any other text: paletted where it has a palette, else RGB."""
    is_paletted = image.mode == "P"
    rows = np.asarray(image if is_paletted else image.convert("RGB"))  # (H, W) or (H, W, 3)
    header = pack(">IIBBBBB", *image.size, 8, _PALETTE if is_paletted else _TRUECOLOUR, 0, 0, 0)
    colours = _chunk(b"PLTE", bytes(image.getpalette() or ())) if is_paletted else b""
    dots = _chunk(b"pHYs", pack(">IIB", _DOTS_PER_METRE, _DOTS_PER_METRE, 1))
    data = _chunk(b"IDAT", compress(_filtered(rows.reshape(len(rows), -1)).data, _LEVEL))
    return b"".join((_SIGNATURE, _chunk(b"IHDR", header), colours, dots, data, _chunk(b"IEND", b"")))


def _filtered(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rows of bytes, each after its filter's number; shape (H, 1 + bytes)."""
    filtered = np.empty((rows.shape[0], 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    return filtered


def _chunk(name: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + name + data + pack(">I", crc32(data, crc32(name)))
