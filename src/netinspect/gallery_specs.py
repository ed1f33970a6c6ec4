"""The networks that come with netinspect, found without parsing any of them.

`specs/index.json` says for every name which file and variant it is, what it is, and its figures. It is
generated (`python -m netinspect.gallery_index`), shipped beside the specs, and tested for staleness.
In a wheel the folder lies inside the package; in a checkout, or an editable install of one, beside `src`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from netinspect.errors import InputError, Unfinished

INDEX = "index.json"


@dataclass(frozen=True, slots=True)
class GalleryEntry:
    """One network of the gallery.

    name     what a user types: the variant's, or the file's where the file has no variants
    file     the file's name in the gallery's folder; `variant` the one in it, or None
    title    the spec's `name`; `about` its one line
    params, macs   totals at batch size 1
    input    the sizes of its inputs, batch left out: `3×224×224`
    reads    what it is for: images, audio, text or numbers
    """

    name: str
    file: str
    variant: str | None
    title: str
    about: str
    params: int
    macs: int
    input: str
    reads: str


def folder() -> Path:
    """The folder of the gallery's specs. Raises Unfinished where the installation lacks it."""
    here = Path(__file__)
    for candidate in (here.parent / "specs", here.parents[2] / "specs"):
        if (candidate / INDEX).is_file():
            return candidate
    raise Unfinished("the gallery is missing from this installation of netinspect; install it again")


@cache
def entries() -> tuple[GalleryEntry, ...]:
    """Every network of the gallery, by file name and within a file in the order of its variants."""
    index = json.loads((folder() / INDEX).read_text(encoding="utf-8"))
    return tuple(GalleryEntry(**fields) for fields in index)


def find(name: str) -> GalleryEntry | None:
    """The network of that name, or None. `resnet.yaml:resnet50` is a name too, as reports head it, and `resnet.yaml` is
    the first of that file."""
    file, _, variant = name.partition(":")
    return next(
        (
            entry
            for entry in entries()
            if entry.name == name or (entry.file == file and variant in ("", entry.variant or ""))
        ),
        None,
    )


def search(word: str) -> tuple[GalleryEntry, ...]:
    """The network of that name; else those that read what the word says; else those that have it in their names or
    their lines."""
    entry = find(word)
    if entry is not None:
        return (entry,)
    word = word.lower()
    reading = tuple(entry for entry in entries() if entry.reads == word)
    return reading or tuple(
        entry for entry in entries() if any(word in text.lower() for text in (entry.name, entry.title, entry.about))
    )


def path(entry: GalleryEntry) -> Path:
    """Where the spec of `entry` lies; the file may hold further variants."""
    return folder() / entry.file


def spec_text(name: str) -> str:
    """A spec to start from: the file of that name, or its variant as a spec of its own, comments kept.

    Raises InputError if the gallery has no such network.
    """
    entry = find(name)
    if entry is None:
        raise InputError(f"the gallery has no network `{name}`; `netinspect gallery` lists them")
    text = path(entry).read_text(encoding="utf-8")
    if entry.variant is None:
        return text
    from netinspect.standalone import standalone

    return standalone(text, entry.variant)


def label_lists() -> tuple[str, ...]:
    """The lists of labels that ship with the gallery: what the outputs of networks trained on a data set stand for."""
    return tuple(sorted(file.stem for file in (folder() / "labels").glob("*.txt")))


def labels(name: str) -> tuple[str, ...]:
    """One of those lists, in the order of the outputs."""
    return tuple((folder() / "labels" / f"{name}.txt").read_text(encoding="utf-8").splitlines())
