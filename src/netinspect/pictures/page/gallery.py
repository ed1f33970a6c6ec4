"""An album as the files of a folder: the pictures, the page over them, the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from netinspect.pictures.page.album import Album
from netinspect.pictures.page.html import page
from netinspect.pictures.page.manifest import manifest

PAGE: Final = "index.html"
MANIFEST: Final = "manifest.json"


def contents(album: Album, others: Sequence[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Relative names and bytes of every file. `others` are names of files that the caller adds (data/*.npz);
    the manifest lists them too. Page and manifest come last."""
    names = [plate.path for plate in album.plates]
    for plate in album.plates:
        yield plate.path, plate.data
    yield MANIFEST, manifest(album, [*names, *others, MANIFEST, PAGE])
    yield PAGE, page(album)
