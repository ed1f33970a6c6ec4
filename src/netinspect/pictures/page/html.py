"""index.html: the album as one static page that needs no server, no network and no JavaScript.

Styles and script lie beside this file and are put into the page, so that it can be moved with its pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final
from urllib.parse import quote

from netinspect.language.messages import markup
from netinspect.pictures.draw.tiles import WIDEST
from netinspect.pictures.page.album import Album, AnswerEntry, Facts, LayerEntry
from netinspect.pictures.page.plate import Plate

MOST_ROWS: Final = 40
"""Of more layers the table is closed at first."""


def page(album: Album) -> bytes:
    """The page as UTF-8. The same album gives the same bytes."""
    return "\n".join(_document(album)).encode()


def _document(album: Album) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    scheme = "light dark" if album.ground == "viewer" else album.ground
    yield f'<meta name="color-scheme" content="{scheme}">'
    yield f"<title>{markup(album.name)}: its layers in pictures</title>"
    yield '<link rel="icon" href="data:,">'
    style = _beside("page.css").replace("color-scheme: light dark", f"color-scheme: {scheme}")
    if album.ground != "viewer":
        applies = "all" if album.ground == "dark" else "not all"
        style = style.replace("@media (prefers-color-scheme: dark)", f"@media {applies}")
    yield f"<style>\n{style}</style>"
    yield "</head>"
    yield "<body>"
    yield '<a class="skip" href="#layers">To the layers</a>'
    yield "<header>"
    yield f"<h1>{markup(album.name)}</h1>"
    if album.about:
        yield f'<p class="about">{markup(album.about)}</p>'
    if album.banner:
        yield f'<p class="banner" role="note">{markup(album.banner)}</p>'
    yield from _facts(album.facts, "facts")
    for note in album.notes:
        yield f'<p class="note">{markup(note)}</p>'
    yield "</header>"
    # What is drawn, in the page's order; of blocks that are made like earlier ones the block alone
    yield '<nav aria-label="Layers">'
    yield "<ol>"
    if album.answers:
        yield _entry("answer", "answer")
    yield _entry("network", "network")
    for block, entries in groupby(album.layers, key=lambda entry: entry.block):
        drawn = [entry for entry in entries if entry.plates]
        if block and drawn:
            yield _entry(_block_id(drawn[0]), block.partition(",")[0])
        else:
            yield from (_entry(quote(entry.stem), entry.title) for entry in drawn)
    yield "</ol>"
    yield "</nav>"
    yield from _main(album)
    yield from _footer()
    yield f"<script>\n{_beside('page.js')}</script>"
    yield "</body>"
    yield "</html>\n"


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


# --- the head of the page --------------------------------------------------------------------------


def _facts(facts: Facts, name: str) -> Iterator[str]:
    if facts:
        yield f'<dl class="{name}">'
        for term, value in facts:
            yield f"<div><dt>{markup(term)}</dt><dd>{markup(value)}</dd></div>"
        yield "</dl>"


def _entry(place: str, name: str) -> str:
    """A link of the navigation. The style cuts a long name at its front, as paths differ in their ends; the whole name
    is its title."""
    return f'<li><a href="#{place}" title="{markup(name)}"><bdi dir="ltr">{markup(name)}</bdi></a></li>'


def _block_id(first: LayerEntry) -> str:
    return f"block-{quote(first.stem)}"


# --- figures ---------------------------------------------------------------------------------------


def _main(album: Album) -> Iterator[str]:
    yield "<main>"
    yield from _answers(album)
    yield '<section id="network" class="stop" aria-label="The network" tabindex="-1">'
    for plate in album.diagram:
        yield from _figure(plate, "diagram", album.titles, album.linked_diagram, is_first=True)
    if album.forms:
        yield f'<p class="forms">For slides and print: {", ".join(map(_link, album.forms))}</p>'
    yield from _figures(album.overview, album.titles)
    if album.moving:
        yield f'<p class="forms">Moving: {", ".join(map(_link, album.moving))}</p>'
    yield "</section>"
    yield '<section id="layers" aria-label="Layers" tabindex="-1">'
    yield from _table_of_layers(album.layers)
    for block, entries in groupby(album.layers, key=lambda entry: entry.block):
        drawn = [entry for entry in entries if entry.plates]
        if block and drawn:
            count = sum(len(entry.plates) for entry in drawn)
            yield f'<details class="block" id="{_block_id(drawn[0])}">'
            yield f"<summary>{markup(block)} <span>{count} picture{'s' * (count != 1)}</span></summary>"
        for entry in drawn:
            yield f'<article id="{markup(entry.stem)}" class="layer stop" tabindex="-1">'
            yield f'<h2>{markup(entry.path)} <span class="type">{markup(entry.type)}</span></h2>'
            yield from _facts(entry.facts, "sizes")
            yield from _figures(entry.plates, album.titles)
            yield "</article>"
        if block and drawn:
            yield "</details>"
    yield "</section>"
    yield "</main>"


_COLUMNS: Final = ("type", "out", "parameters", "MACs", "sees")


def _table_of_layers(layers: Sequence[LayerEntry]) -> Iterator[str]:
    """Every layer in a row, those with pictures linked; open where it is short."""
    if not layers:
        return
    opened, count = " open" if len(layers) <= MOST_ROWS else "", f"{len(layers):,} row{'s' * (len(layers) != 1)}"
    rows = [{"type": layer.type, **dict(layer.facts)} for layer in layers]
    columns = [column for column in _COLUMNS if any(row.get(column) for row in rows)]
    yield f'<details class="rows"{opened}><summary>Table of the layers: {count}</summary>'
    yield '<div class="scrolling" role="region" aria-label="Table of the layers" tabindex="0">'
    heads = "".join(f'<th scope="col">{column}</th>' for column in ("layer", *columns))
    yield f"<table><thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for layer, row in zip(layers, rows, strict=True):
        name = f'<a href="#{quote(layer.stem)}">{markup(layer.path)}</a>' if layer.plates else markup(layer.path)
        cells = "".join(f"<td>{markup(row.get(column, ''))}</td>" for column in columns)
        yield f'<tr><th scope="row">{name}</th>{cells}</tr>'
    yield "</tbody></table></div></details>"


def _answers(album: Album) -> Iterator[str]:
    """Each picture of an answer with the same as a table."""
    if not album.answers:
        return
    yield '<section id="answer" class="stop" aria-label="The answer" tabindex="-1">'
    for answer in album.answers:
        yield '<div class="answer">'
        yield from _figure(answer.plate, "output", album.titles, is_first=True)
        yield from _table(answer)
        yield "</div>"
    yield "</section>"


def _table(answer: AnswerEntry) -> Iterator[str]:
    if not answer.rows:
        return
    measures = ", ".join(dict.fromkeys(measure for _, _, measure, _ in answer.rows))
    untrained = "" if answer.is_trained else "Untrained, so it means nothing: "
    what = untrained + (answer.output or "what the network answers")
    yield '<figure class="numbers">'  # whose words may be wider than the table, which a caption of its own may not
    yield f"<figcaption>{markup(f'{what} for {answer.about}')}</figcaption>"
    yield "<table>"
    yield f'<thead><tr><th scope="col">answer</th><th scope="col">{markup(measures)}</th></tr></thead>'
    yield "<tbody>"
    for name, _, _, written in answer.rows:
        yield f'<tr><th scope="row">{markup(name)}</th><td>{markup(written)}</td></tr>'
    yield "</tbody>"
    yield "</table>"
    yield "</figure>"


def _figures(plates: Sequence[Plate], titles: Mapping[str, str]) -> Iterator[str]:
    if plates:
        yield '<div class="figures">'
        for plate in plates:
            yield from _figure(plate, plate.description.kind, titles)
        yield "</div>"


def _link(file: str) -> str:
    """A link to a file of the album."""
    return f'<a href="{quote(file)}">{markup(file)}</a>'


def _figure(
    plate: Plate, name: str, titles: Mapping[str, str], drawing: str = "", *, is_first: bool = False
) -> Iterator[str]:
    """A picture that leads to its file, loaded when it comes into sight unless it `is_first`. A `drawing` stands on the
    page itself in its place."""
    said = plate.description
    address, size = quote(plate.path), f'width="{plate.width}" height="{plate.height}"'
    alt, title = markup(said.alt), markup(said.title)
    link = f'<a href="{address}" data-title="{title}" data-alt="{alt}" data-width="{plate.width}">'
    caption = markup(titles.get(said.kind, said.kind))
    readings = _readings(said.labels) if said.kind == "kernels" else ""
    wide = " wide" if 2 * plate.width > WIDEST else ""
    yield f'<figure class="{markup(name)}{wide}">'
    if drawing:
        yield f'<div class="drawing" tabindex="0" role="group" aria-label="{alt}">'
        yield drawing.rstrip().replace(' xmlns="http://www.w3.org/2000/svg"', "", 1)
        yield "</div>"
        caption = f"{link}{caption}, enlarged</a>"
    else:
        lazily = "" if is_first else ' loading="lazy"'
        yield link
        yield f'<img src="{address}" {size}{lazily} alt="{alt}">'
        yield "</a>"
    yield f"<figcaption>{caption}{readings}"
    yield f'<span class="said">{title}</span></figcaption>'
    yield "</figure>"


def _readings(labels: Sequence[tuple[int, str]]) -> str:
    """How many kernels have each reading, where there are few different ones."""
    counts: dict[str, int] = {}
    for _, reading in labels:
        counts[reading] = counts.get(reading, 0) + 1
    if not counts or len(counts) > 4:
        return ""
    return ": " + markup(", ".join(f"{count} {reading}" for reading, count in counts.items()))


def _footer() -> Iterator[str]:
    yield "<footer>"
    yield '<p class="keys" hidden><kbd>J</kbd> <kbd>K</kbd> next and previous layer · <kbd>Enter</kbd> enlarge · '
    yield "<kbd>←</kbd> <kbd>→</kbd> page through · <kbd>+</kbd> <kbd>−</kbd> zoom · <kbd>Esc</kbd> back</p>"
    yield '<p>Every figure with its scale and the hash of its pixels: <a href="manifest.json">manifest.json</a></p>'
    yield "</footer>"
