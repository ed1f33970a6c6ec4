"""What convolutions save, laid out: for each the cost in three forms, and the two savings apart.

Convolutions that are alike in everything but their names stand in one line, unless every one is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from netinspect.analysis.equivalents import FORMS, SEPARABLE, Alternatives, Cost, Figures, whole
from netinspect.analysis.figures import Profile
from netinspect.analysis.text import byte_size, factor, thousands
from netinspect.errors import InputError
from netinspect.report.comparison.page import Grid, Page, without_blank_columns
from netinspect.report.grid import Column
from netinspect.report.sentences import heading

TITLES: Final = {
    "convolution": "convolution", "locally_connected": "locally connected", "fully_connected": "fully connected",
    "separable": "separable",
}  # fmt: skip
_FIGURES: Final = (("params", "parameters"), ("macs", "multiply-accumulates"), ("param_bytes", "bytes of parameters"))
SORTABLE: Final = ("params", "macs", "locally_connected", "fully_connected", "locality", "sharing")

_LOCAL: Final = (
    "locally connected: the convolution's connections, nothing shared; those that would fall on padding do not exist, "
    "so its weights are the non-zeros of the convolution written as one matrix"
)
_FULL: Final = (
    "fully connected: every unit of the output map sees the whole input map; both have one bias a unit, where the "
    "convolution has biases"
)
_FACTORS: Final = "together = locality × sharing, before rounding"
_PADDED: Final = "MACs of a convolution count its padding, as torch computes it"
_COMPUTED: Final = (
    "weight computed: from other numbers in the network, which are what it counts; they go with the convolution if "
    "nothing else needs them"
)
_SEPARABLE: Final = (
    "separable: each channel filtered alone, then 1×1 over the channels, where the bias is; none for what is one of "
    "these already"
)


@dataclass(frozen=True, slots=True)
class Item:
    """A line: a layer by its label, its cost as it is, and its alternatives if it is a convolution.

    It stands for `count` layers, the last of which is called `last`.
    """

    label: str
    cost: Cost
    alternatives: Alternatives | None
    input_text: str = ""
    count: int = 1
    last: str = ""

    def in_form(self, form: str) -> Cost | None:
        """Its cost in a form; as it is where it has no forms."""
        if self.alternatives is None:
            return self.cost if form == "convolution" else None
        return self.alternatives.cost(form)


@dataclass(frozen=True, slots=True)
class View:
    """How much is shown: formulas, the separable form, every line, and what the lines are sorted by."""

    formula: bool = False
    separable: bool = False
    expand: bool = False
    sort: str | None = None

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms that are shown."""
        return (*FORMS, SEPARABLE) if self.separable else FORMS


def items(layers: Sequence[Alternatives]) -> tuple[Item, ...]:
    """A line for each convolution."""
    return tuple(Item(layer.path, layer.convolution, layer) for layer in layers)


def network_page(profile: Profile, layers: Sequence[Alternatives], view: View, *, is_partial: bool = False) -> Page:
    """A network's convolutions and their sums, none where it is cut off at a mistake. InputError for a bad `sort`."""
    lines = lines_of(items(layers), view)
    title = heading(profile)
    if not layers:
        return Page(title, (), ("no convolutions",))
    sums = Figures(profile.totals.params, profile.totals.macs, profile.totals.param_bytes)
    totals = {} if is_partial else {form: whole(sums, layers, form) for form in view.forms}
    return Page(title, _grids(lines, view, totals), _notes(lines, view))


def layers_page(lines: Sequence[Item], view: View) -> Page:
    """Single layers, one line each in the order given."""
    title = "layers" if len(lines) > 1 else "one layer"
    shown_lines = lines_of(lines, view)
    return Page(title, _grids(shown_lines, view, {}), _notes(shown_lines, view))


# --- lines -----------------------------------------------------------------------------------


def lines_of(items: Sequence[Item], view: View) -> tuple[Item, ...]:
    """The lines as they are shown: those that are alike together, sorted. InputError for a bad `sort`."""
    lines = tuple(items) if view.expand else folded(items)
    if view.sort is None:
        return lines
    key = view.sort.replace("-", "_")
    if key not in SORTABLE:
        raise InputError(f"cannot sort by '{view.sort}': one of {', '.join(SORTABLE)}")
    return tuple(sorted(lines, key=lambda line: -_sorted_by(line, key)))


def folded(items: Sequence[Item]) -> tuple[Item, ...]:
    """Lines that differ in nothing but the path, together where the first of them stands."""
    alike: dict[object, list[Item]] = {}
    for item in items:
        assert item.alternatives is not None
        kind = replace(item.alternatives, path="", weights="", counted=(), line=0)
        alike.setdefault(kind, []).append(item)
    return tuple(replace(same[0], count=len(same), last=same[-1].label) for same in alike.values())


def _sorted_by(line: Item, key: str) -> float:
    if key in ("params", "macs"):
        value: int = getattr(line.cost, key)
        return value
    if line.alternatives is None:
        return -1
    local, full = line.alternatives.locally_connected.params, line.alternatives.fully_connected.params
    if key in ("locally_connected", "fully_connected"):
        return local if key == "locally_connected" else full
    above, below = (full, local) if key == "locality" else (local, line.cost.params)
    return above / below if below else 0


# --- grids -----------------------------------------------------------------------------------


def _grids(lines: Sequence[Item], view: View, totals: dict[str, Figures]) -> tuple[Grid, ...]:
    return tuple(without_blank_columns(_grid(lines, view, totals, *figure)) for figure in _FIGURES)


def _grid(lines: Sequence[Item], view: View, totals: dict[str, Figures], figure: str, title: str) -> Grid:
    forms = view.forms
    has_formulas = view.formula and figure != "param_bytes"
    as_written = "as written" if any(line.alternatives is None for line in lines) else TITLES["convolution"]
    columns = [Column("layer", is_numeric=False, wraps=True), Column("input", is_numeric=False), Column("alike")]
    for form in forms:
        columns.append(Column(as_written if form == "convolution" else TITLES[form]))
        columns += [Column("how", is_numeric=False, wraps=True)] if has_formulas else []
    if figure != "param_bytes":
        columns += [Column("locality saves"), Column("sharing saves"), Column("together")]
        columns += [Column("separable saves")] if view.separable else []
    rows = []
    for line in lines:
        cells = [name(line), line.input_text, thousands(line.count) if line.count > 1 else ""]
        numbers: dict[str, int | None] = {}
        for form in forms:
            cost = line.in_form(form)
            numbers[form] = getattr(cost, figure) if cost is not None else None
            cells.append(_shown(numbers[form], figure))
            cells += [getattr(cost, f"{figure}_formula") if cost is not None else ""] if has_formulas else []
        rows.append((*cells, *(_factors(numbers) if figure != "param_bytes" else ())))
    if totals:
        cells = ["the whole network", "", ""]
        numbers = {form: getattr(totals[form], figure) for form in forms}
        for form in forms:
            cells.append(_shown(numbers[form], figure))
            cells += [""] if has_formulas else []
        rows.append((*cells, *(_factors(numbers) if figure != "param_bytes" else ())))
    return Grid(title, tuple(columns), tuple(rows), frozenset({len(rows) - 1} if totals else ()))


def name(line: Item) -> str:
    """`conv1`; of a line for several, the first and the last; `conv1d (weight computed)`."""
    paths = line.label if line.count == 1 else f"{line.label} – {line.last}"
    is_computed = line.alternatives is not None and line.alternatives.has_computed_weight
    return f"{paths} (weight computed)" if is_computed else paths


def _shown(number: int | None, figure: str) -> str:
    if number is None:
        return ""
    return byte_size(number) if figure == "param_bytes" else thousands(number)


def _factors(numbers: dict[str, int | None]) -> tuple[str, ...]:
    convolution, local, full = (numbers[form] for form in FORMS)
    factors = (_factor(full, local), _factor(local, convolution), _factor(full, convolution))
    return (*factors, _factor(convolution, numbers[SEPARABLE])) if SEPARABLE in numbers else factors


def _factor(above: int | None, below: int | None) -> str:
    return factor(above, below) if above is not None and below is not None else ""


def _notes(lines: Sequence[Item], view: View) -> tuple[str, ...]:
    convolutions = [line.alternatives for line in lines if line.alternatives is not None]
    if not convolutions:
        return ()
    notes = [_LOCAL, _FULL, _FACTORS]
    notes += [_PADDED] if any(layer.touches_padding for layer in convolutions) else []
    notes += [_COMPUTED] if any(layer.has_computed_weight for layer in convolutions) else []
    notes += [_SEPARABLE] if view.separable else []
    return tuple(notes)
