"""The page as one file: its words, the graph, the table, the data, the style and the scripts.

Styles and scripts lie in `script`. The page may run nothing and load nothing but what its policy names by hash.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import Final

from netinspect.explorer.graph import Head, boxes, first_value, shape_of, svg
from netinspect.explorer.payload import Payload, packed
from netinspect.explorer.stills import number_text, strip
from netinspect.language.messages import markup

SCRIPTS: Final = Path(__file__).with_name("script")

LOADER: Final = ("unpack.js", "page/loader.js")
VIEWS: Final = (
    *(
        "parts",
        "words",
        "state",
        "sheet",
        "paint",
        "maps",
        "attended",
        "accounts",
        "heads",
        "gates",
        "why",
        "edit",
        "controls",
        "strip",
        "gradient",
    ),
    *("follow", "experiment", "sound", "plane", "table", "graph", "workers", "view", "page"),
)
"""What shows, each after those it uses."""


def _has(head: Head, *kinds: str) -> bool:
    return any(operation["kind"] in kinds for operation in head["operations"])


OPTIONAL: Final[Mapping[str, Callable[[Head], bool]]] = {
    "heads": lambda head: _has(head, "attention", "multihead_attention"),
    "gates": lambda head: _has(head, "recurrent"),
    "attended": lambda head: any("attended" in operation for operation in head["operations"]),
    "sound": lambda head: any(item["frames"] is not None for item in head["inputs"]),
    "plane": lambda head: sum(prod(head["values"][item["value"]]["shape"]) for item in head["inputs"]) == 2,
}
"""Those that only some networks need."""


def page(payload: Payload) -> bytes:
    """The page as UTF-8. The same payload gives the same bytes."""
    return ("\n".join(_document(payload)) + "\n").encode()


def _document(payload: Payload) -> Iterator[str]:
    head: Head = json.loads(payload.network)
    # Without the comments and the spaces that only readers of the style need.
    style = re.sub(r"/\*.*?\*/|\s+", " ", _text("page/page.css"), flags=re.DOTALL)
    style = re.sub(r"\s*([{};])\s*|([:,])\s+", r"\1\2", style).replace(";}", "}")
    loader, (engine, views) = _program(LOADER), _scripts(head)
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, loader, engine, views)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{markup(head['name'])}: explore</title>"
    yield '<link rel="icon" href="data:,">'
    yield f"<style>{style}</style>"
    yield "</head>"
    yield "<body>"
    yield '<a class="skip" href="#map">To the numbers</a>'
    yield from _header(head)
    yield '<main tabindex="-1">'
    yield '<nav id="graph" aria-label="Layers" tabindex="-1">'
    yield from svg(head)
    yield "</nav>"
    yield _text("page/page.html")
    yield from _table(head)
    yield from _maps(head, payload)
    yield "</main>"
    yield _text("page/footer.html")
    yield f'<script type="text/plain" id="network">{packed(payload.network.encode())}</script>'
    yield f'<script type="text/plain" id="numbers">{payload.numbers}</script>'
    # Packed they take a third of their length. The loader unpacks them, and the policy has the hashes of the texts.
    programs = f"{engine}\0{views}"
    yield f'<script type="text/plain" id="programs">{packed(programs.encode())}</script>'
    yield f"<script>{loader}</script>"
    yield '<p id="end" hidden></p>'
    yield "</body>"
    yield "</html>"


def _text(name: str) -> str:
    return (SCRIPTS / name).read_text(encoding="utf-8")


def _scripts(head: Head) -> tuple[str, str]:
    """What computes, with the files of those kinds of operations alone that the network has, and what shows, with the
    parts that it needs. The first also runs in a worker."""
    used = {operation["kind"] for operation in head["operations"]}
    files = [f"kinds/{path.name}" for path in sorted(SCRIPTS.glob("kinds/*.js"))]
    kinds = [file for file in files if used & {*re.findall(r"^  kinds\.(\w+) = ", _text(file), re.MULTILINE)}]
    views = [f"page/{name}.js" for name in VIEWS if name not in OPTIONAL or OPTIONAL[name](head)]
    return _program(["engine.js", *kinds, "worker.js"]), _program(views)


def _program(names: Sequence[str]) -> str:
    """The scripts one after the other, without comments and what else no browser needs."""
    lines = re.sub(r"^\s*(//.*\n)?| // .*$", "", "".join(map(_text, names)), flags=re.MULTILINE)
    return re.sub(r"(?<=[,({\[])\n|\n(?=[)}\]])", "", lines)


def _policy(style: str, *scripts: str) -> str:
    """Everything is forbidden but these texts, an empty icon, and a worker that the page makes of its engine."""
    allowed = " ".join(map(_hash, scripts))
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src data:; worker-src blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode('ascii')}'"


def _header(head: Head) -> Iterator[str]:
    yield "<header>"
    yield f"<h1>{markup(head['name'])}</h1>"
    if head["about"]:
        yield f'<p class="about">{markup(head["about"])}</p>'
    if head["is_random"]:
        yield '<p class="banner" role="note">The weights are random: nothing here was learned.</p>'
    yield from (f'<p class="banner" role="note">{markup(warning)}</p>' for warning in head["warnings"])
    yield '<p class="banner" id="broken" role="alert" hidden></p>'
    unfinished = "This page is being read; if this line stays, the end of its file is missing."
    yield f'<p class="banner" id="unfinished">{unfinished}</p>'
    notes = [f"Weights: {head['origin']}."] if head["origin"] else []
    notes += [f"{item['name']}: {'; '.join([item['source'], *item['notes']])}." for item in head["inputs"]]
    yield "<details><summary>About these numbers</summary>"
    yield from (f'<p class="note">{markup(note)}</p>' for note in [*notes, *head["notes"]])
    yield "</details>"
    yield '<p id="busy" role="status" hidden>The network is being run …</p>'
    yield "<noscript><p>This page runs the network in the browser, for which it needs JavaScript. "
    yield "Without it there are the graph, the table, and the numbers as maps.</p></noscript>"
    yield "</header>"


# --- without a script -------------------------------------------------------------------------------

CELL: Final = 4
"""Pixels of the screen that a cell of a map takes."""


def _maps(head: Head, payload: Payload) -> Iterator[str]:
    """The maps of the layers, parts of one picture; and what the network answers."""
    stills = payload.stills
    if not stills:
        return
    width = max(item.pixels.shape[1] for item in stills.values())
    height = sum(len(item.pixels) for item in stills.values())
    yield '<div id="stills"><noscript><h2>The numbers as maps</h2>'
    yield "<p>Red is above zero and blue below; where no number is negative, black is zero and bright is large.</p>"
    if payload.answers:
        largest = ", ".join(f"{name}: {number_text(number)}" for name, number in payload.answers)
        yield f"<p>The largest numbers of the output: {markup(largest)}.</p>"
    href = f"data:image/png;base64,{strip(tuple(stills.values()))}"
    yield '<svg width="0" height="0" aria-hidden="true"><defs>'
    yield f'<image id="strip" width="{width}" height="{height}" href="{href}"/></defs></svg>'
    top = 0
    for at, item in stills.items():
        rows, columns = item.pixels.shape
        value = head["values"][at]
        words = f"{markup(value['path'])} {shape_of(value)}: {item.words}"
        size = f'width="{CELL * columns}" height="{CELL * rows}" viewBox="0 {top} {columns} {rows}"'
        yield f'<figure><svg {size}><use href="#strip"/></svg><figcaption>{words}</figcaption></figure>'
        top += rows
    yield "</noscript></div>"


# --- the table -------------------------------------------------------------------------------------


def _table(head: Head) -> Iterator[str]:
    rows = {first_value(operation): operation["row"] for operation in head["operations"]}
    types = {first_value(operation): operation["type"] for operation in head["operations"]}
    yield '<section id="facts" aria-labelledby="facts-title">'
    yield '<h2 id="facts-title">All layers</h2>'
    yield '<div class="wide" tabindex="0" role="group" aria-label="The table of all layers"><table>'
    names = ("layer", "type", "output", "parameters", "MACs", "bytes", "receptive field")
    yield "<thead><tr>"
    yield from (f'<th scope="col">{name}</th>' for name in names)
    yield "</tr></thead>"
    yield "<tbody>"
    for box in boxes(head):
        row = rows.get(box.value) or {}
        field = row.get("receptive_field")
        cells = (
            markup(types.get(box.value, "input")),
            shape_of(head["values"][box.value]),
            _count(row, "params"),
            _count(row, "macs"),
            f"{row['bytes']:,}" if row.get("bytes") is not None else "",
            "" if field is None else "×".join(map(str, field)) if isinstance(field, list) else markup(str(field)),
        )
        link = f'<a href="#row-{box.value}" data-value="{box.value}">{markup(box.name)}</a>'
        yield f'<tr id="row-{box.value}"><th scope="row">{link}</th>'
        yield from (f"<td>{cell}</td>" for cell in cells)
        yield "</tr>"
    yield "</tbody></table></div>"
    yield "</section>"


def _count(row: Head, name: str) -> str:
    """A number and how it comes about."""
    if not row.get(name):
        return ""
    formula = row[f"{name}_formula"]
    return f"{row[name]:,}" + (f" <small>= {markup(formula)}</small>" if formula else "")
