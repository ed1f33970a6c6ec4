"""The operations of a network as one column of boxes: where a layer is chosen; without a script, a table of contents.

It is drawn from the data of the page alone. Each box is a link to the row of the layer in the page's table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from netinspect.language.messages import markup

Head = Mapping[str, Any]

BOX_WIDTH: Final = 216
BOX_HEIGHT: Final = 42
PITCH: Final = 54
"""From one box to the next."""

MARGIN: Final = 6
LANE: Final = 7
"""From one line beside the boxes to the next."""

MOST_LANES: Final = 10
LONGEST_NAME: Final = 24
"""Characters that fit into a box."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box: the value it stands for, the values it reads, and its words."""

    value: int
    reads: tuple[int, ...]
    name: str
    words: str


def boxes(head: Head) -> list[Box]:
    """The inputs, then the operations, in the order in which they are done."""
    values = head["values"]
    inputs = [Box(item["value"], (), item["name"], shape_of(values[item["value"]])) for item in head["inputs"]]
    return inputs + [
        Box(
            first_value(operation),
            tuple(
                value
                for operand in operation["inputs"].values()
                for value in (operand if isinstance(operand, list) else [operand])
                if isinstance(value, int)
            ),
            operation["path"],
            f"{operation['type']} · {shape_of(values[first_value(operation)])}",
        )
        for operation in head["operations"]
    ]


def first_value(operation: Mapping[str, Any]) -> int:
    """The value that stands for an operation: the first of its outputs that is read."""
    first: int = next(value for value in operation["outputs"] if value is not None)
    return first


def shape_of(value: Mapping[str, Any]) -> str:
    """Without the one sample, as 6×28×28; a single number as 1."""
    shape = value["shape"][1:] if value["shape"][:1] == [1] else value["shape"]
    return "×".join(map(str, shape)) or "1"


def svg(head: Head) -> Iterator[str]:
    """The lines of the SVG. Words stay words; colours come from the style of the page."""
    drawn = boxes(head)
    rows = _rows(head, drawn)
    edges = [(rows[source], row) for row, box in enumerate(drawn) for source in box.reads if source in rows]
    lanes = _lanes(edges)
    right = MARGIN + BOX_WIDTH
    width = right + LANE * (1 + max(lanes.values(), default=-1) + 1) + MARGIN
    height = PITCH * len(drawn)
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    for source, target in edges:
        # What is added can be left out, and so can its line.
        is_one_of_many = len(drawn[target].reads) > 1
        edge = f' data-edge="{drawn[source].value} {drawn[target].value}"' if is_one_of_many else ""
        if target == source + 1:
            x = MARGIN + BOX_WIDTH // 2
            yield f'<path class="edge"{edge} d="M{x} {_top(source) + BOX_HEIGHT}V{_top(target)}"/>'
        else:
            x, first, last = right + LANE * (lanes[source] + 1), _middle(source) + 8, _middle(target) - 8
            yield f'<path class="edge skip"{edge} d="M{right} {first}H{x}V{last}H{right}"/>'
    for row, box in enumerate(drawn):
        yield f'<a href="#row-{box.value}" data-value="{box.value}">'
        if _shortened(box.name) != box.name or _shortened(box.words, 32) != box.words:
            yield f"<title>{markup(box.name)}: {markup(box.words)}</title>"
        size = f'x="{MARGIN}" y="{_top(row)}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}"'
        yield f'<rect class="box" {size} rx="5"/><rect class="heat" {size} rx="5"/>'
        yield f'<text class="name" x="{MARGIN + 10}" y="{_top(row) + 18}">{markup(_shortened(box.name))}</text>'
        yield f'<text class="type" x="{MARGIN + 10}" y="{_top(row) + 34}">{markup(_shortened(box.words, 32))}</text>'
        yield "</a>"
    yield "</svg>"


def _rows(head: Head, drawn: Sequence[Box]) -> dict[int, int]:
    """The row in which each value is given, also those that are the second output of an operation."""
    rows = {box.value: row for row, box in enumerate(drawn)}
    for row, operation in enumerate(head["operations"], len(head["inputs"])):
        rows |= dict.fromkeys(operation["outputs"], row)
    return rows


def _lanes(edges: Sequence[tuple[int, int]]) -> dict[int, int]:
    """For each source that is read beyond the next row a lane in which no other line runs; the last one is shared."""
    ends: dict[int, int] = {}
    for source, target in edges:
        if target > source + 1:
            ends[source] = max(target, ends.get(source, 0))
    lanes: dict[int, int] = {}
    busy_until: list[int] = []
    for source, end in sorted(ends.items()):
        lane = next((lane for lane, until in enumerate(busy_until) if until <= source), len(busy_until))
        lane = min(lane, MOST_LANES - 1)
        busy_until[lane : lane + 1] = [end]
        lanes[source] = lane
    return lanes


def _top(row: int) -> int:
    return PITCH * row + (PITCH - BOX_HEIGHT) // 2


def _middle(row: int) -> int:
    return _top(row) + BOX_HEIGHT // 2


def _shortened(name: str, most: int = LONGEST_NAME) -> str:
    """The end of a long path says more than its beginning."""
    return name if len(name) <= most else f"…{name[1 - most :]}"
