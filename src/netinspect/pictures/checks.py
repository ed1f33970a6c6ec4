"""Checks of what `visualize` was asked for, as far as options alone allow, and which kinds of pictures that means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from netinspect.errors import InputError
from netinspect.folders import check_file, check_folder
from netinspect.language import closest
from netinspect.pictures.kind import Kind
from netinspect.pictures.kinds import all_kinds
from netinspect.pictures.request import PICTURE_ENDINGS, Looks, Request

SCALES: Final = ("layer", "kernel", "network")
ORDERS: Final = ("index", "norm", "activation", "frequency")

NARROWEST, BROADEST = 240, 10_000
"""Pixels that a diagram may be laid out for: half a phone's, and several screens' width."""

OTHER_ENDINGS: Final = frozenset({
    ".bmp", ".eps", ".gif", ".htm", ".html", ".jpeg", ".jpg", ".json", ".md", ".ps", ".tif", ".tiff", ".txt", ".webp",
})  # fmt: skip
"""An output that ends so means a file that is not written, and is hardly the name of a folder."""


def kinds_of(request: Request) -> tuple[Kind, ...]:
    """The kinds of pictures that are wanted, in the page's order, whether or not the network has them."""
    kinds = all_kinds()
    if request.what is not None:
        names = _listed(request.what)
        return tuple(kind for kind in kinds.values() if kind.name in names)
    return tuple(
        kind
        for kind in kinds.values()
        if (kind.needs is None or _needed(kind, request) is not None) and (request.everything or not kind.is_study)
    )


def _needed(kind: Kind, request: Request) -> object:
    """What was given of the option that a kind needs; None for one that was left out."""
    return getattr(request, kind.needs[0]) if kind.needs is not None else None


def _listed(text: str) -> Sequence[str]:
    return [word.strip().replace("-", "_") for word in text.split(",") if word.strip()]


def check(request: Request) -> None:
    """InputError for options that contradict each other or name what there is not."""
    if request.is_picture and request.save_arrays:
        raise InputError(f"--save-arrays writes into a folder, and {request.output} is one picture; give -o DIR")
    if request.what is not None:
        _check_kinds(request.what, request)
    check_looks(request.looks)
    if request.weights is None and (request.partial or request.match != "name"):
        raise InputError("--partial and --match say how --weights is loaded; give --weights FILE")
    if request.sample is not None and not request.inputs:
        raise InputError(f"--sample {request.sample} says which sample of --input is shown; give --input FILE")
    is_learned = request.weights is not None or request.has_own_weights
    if request.dataset is not None and not is_learned and not request.force:
        raise InputError(
            "without --weights nothing is learned, and top inputs would pretend it was; give --weights FILE, "
            "or --force to draw those of random weights"
        )
    if str(request.output) == "-":
        raise InputError("-o -: an album is a folder of files and cannot go to standard output; give a folder")
    if request.output.suffix.lower() in OTHER_ENDINGS and not request.output.is_dir():
        endings = ", ".join(PICTURE_ENDINGS)
        raise InputError(f"-o {request.output}: one picture is written as {endings}; give such a name, or a folder")
    if request.dataset is not None and request.dataset.is_file():
        raise InputError(f"--dataset {request.dataset} is a file; give the folder that holds the data set")
    for option, path in (("--dataset", request.dataset), *(("--input", path) for path in request.inputs)):
        if path is not None and not path.exists():
            raise InputError(f"{option}: there is no {'folder' if option == '--dataset' else 'file'} {path}")
        if path is not None and path.is_dir() and request.output.resolve().is_relative_to(path.resolve()):
            raise InputError(f"-o {request.output} lies in {path}, which {option} reads; give a folder elsewhere")


def check_output(request: Request) -> None:
    """Before any work: InputError or Unfinished where what is drawn could not be written. What is there already is not
    replaced without `force`, be it the files of a folder or one picture."""
    if request.is_picture:
        check_file(request.output, force=request.force)
    else:
        check_folder(request.output, force=request.force)


def _check_kinds(what: str, request: Request) -> None:
    names, kinds = _listed(what), all_kinds()
    for name in names:
        if name not in kinds:
            guess = closest(name, list(kinds))
            hint = f"did you mean `{guess}`?" if guess else f"one of {', '.join(kinds)}"
            raise InputError(f"--what: there is no kind of figure `{name}`; {hint}")
    if not names:
        raise InputError(f"--what names no kind of figure: {', '.join(kinds)}")
    for kind in kinds.values():
        if kind.needs is not None:
            option, value = kind.needs[1], _needed(kind, request)
            if kind.name in names and value is None:
                raise InputError(f"--what {kind.name} needs {option}")
            if kind.name not in names and value is not None:
                raise InputError(
                    f"{option.split()[0]} {value} is for {kind.name}, which --what {what} leaves out; add it there"
                )


def check_looks(looks: Looks) -> None:
    """InputError for a look that there is not."""
    for name, value, known in (("scale", looks.scale, SCALES), ("order", looks.order, ORDERS)):
        if value not in known:
            raise InputError(f"there is no {name} `{value}`: one of {', '.join(known)}")
    if not 0.01 <= looks.gamma <= 100:
        raise InputError(f"--gamma {looks.gamma:g}: give a number from 0.01 to 100")
    if not 0 < looks.clip <= 100:
        raise InputError(f"--clip {looks.clip:g}: give a percentile above 0, 100 at most")
    if looks.diagram_width is not None and not NARROWEST <= looks.diagram_width <= BROADEST:
        raise InputError(f"--diagram-width {looks.diagram_width}: give pixels from {NARROWEST} to {BROADEST:,}")
    if looks.max_tiles < 1:
        raise InputError(f"--max-tiles {looks.max_tiles}: give 1 or more")
