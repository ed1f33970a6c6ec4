"""An album as the files of a folder. manifest.json has every picture for programs, with what it was drawn from and the
hash of its pixels."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from netinspect.pictures.look import Description
from netinspect.pictures.page.album import Album
from netinspect.pictures.page.html import page
from netinspect.pictures.page.plate import Plate

FORMAT_VERSION: Final = "1.0"


def manifest(album: Album, files: Sequence[str]) -> bytes:
    """The manifest of an album that consists of `files`, as UTF-8 JSON with a line for each figure and file.

    The same album gives the same bytes.
    """
    document = {
        "format_version": FORMAT_VERSION,
        "network": album.name,
        **dict(album.settings),
        "banner": album.banner,
        "notes": list(album.notes),
        "answers": [
            {
                "output": entry.output,
                "about": entry.about,
                "trained": entry.is_trained,
                "rows": [{"name": name, "value": value, "measure": measure} for name, value, measure, _ in entry.rows],
            }
            for entry in album.answers
        ],
        "figures": [figure(plate) for plate in album.plates],
        "files": sorted(files),
    }
    fields = (f"  {_json(name)}: {_by_line(value)}" for name, value in document.items())
    text = "{\n" + ",\n".join(fields) + "\n}\n"
    return text.encode(errors="backslashreplace")  # a file name need not be text: `\udcff`, as JSON writes it


def _by_line(value: Any) -> str:
    """A list with a line for each item, everything else in one line."""
    if not (isinstance(value, list) and value):
        return _json(value)
    return "[\n" + ",\n".join(f"    {_json(item)}" for item in value) + "\n  ]"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def figure(plate: Plate) -> dict[str, Any]:
    """One entry."""
    said: Description = plate.description
    scale = said.scale
    return {
        "file": plate.path,
        "kind": said.kind,
        "layer": said.layer,
        "title": said.title,
        "alt": said.alt,
        "shape": list(said.shape),
        "scale": None
        if scale is None
        else {"low": scale.low, "high": scale.high, "over": scale.over, "gamma": scale.gamma},
        "colormap": said.colormap,
        "shown": list(said.indices),
        "total": said.total,
        "labels": {str(index): text for index, text in said.labels},
        "notes": list(said.notes),
        "width": plate.width,
        "height": plate.height,
        "sha256": plate.sha256,
        "sha256_of": "pixels" if plate.path.endswith(".png") else "file",
    }


# --- all files -------------------------------------------------------------------------------


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
