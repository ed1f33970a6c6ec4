"""Networks side by side: a column for each, with ratios to the first; and their layers aligned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netinspect.analysis.alignment import Layer, aligned, layers_of
from netinspect.analysis.comparison import METRICS, Contender, figure, inputs_differ, is_number, ordered, published
from netinspect.analysis.text import byte_size, factor, fields_text, input_sizes, sizes, thousands
from netinspect.report.comparison.page import Grid, Page
from netinspect.report.grid import Column

Row = tuple[str, tuple[str, ...], tuple[str, ...]]
"""A title, and for each network a figure and its ratio."""


def networks_page(
    contenders: Sequence[Contender], *, sort: str | None = None, per_layer: bool = False, expand: bool = False
) -> Page:
    """The figures of all networks, ratios to the first one given. InputError for what cannot be sorted by."""
    ordered_contenders = ordered(contenders, sort)
    first = contenders[0]
    rows = list(_rows(ordered_contenders, first))
    widths = [max(len(ratios[column]) for _, _, ratios in rows) for column in range(len(ordered_contenders))]
    cells = []
    for title, numbers, ratios in rows:
        pairs = zip(numbers, ratios, widths, strict=True)
        cells.append(
            (title, *(f"{number} {ratio.rjust(width)}" if width else number for number, ratio, width in pairs))
        )
    columns = (Column("", is_numeric=False), *(Column(contender.label) for contender in ordered_contenders))
    figures = Grid(None, columns, tuple(cells))
    grids = [figures]
    notes = [f"in brackets: how many times that of {contenders[0].label}"]
    if inputs_differ(contenders):
        notes.append("the inputs differ in size: MACs, FLOPs and activations are those of different inputs")
    if per_layer:
        grid, left_out = _layers(contenders, expand=expand)
        grids.append(grid)
        notes += (
            [f"{left_out:,} rows without parameters and MACs are left out; --expand shows them"] if left_out else []
        )
    for contender in ordered_contenders:
        words = [value for value in contender.results.values() if isinstance(value, str)]
        if words and published((contender,)):
            notes.append(f"{contender.label}: {', '.join(words)}")
    notes += [
        f"{contender.label} is partial: not counted: {'; '.join(contender.profile.uncounted)}"
        for contender in ordered_contenders
        if contender.profile.uncounted
    ]
    title = f"{len(contenders)} network{'s' * (len(contenders) != 1)}"
    return Page(title, tuple(grids), tuple(notes))


def _rows(contenders: Sequence[Contender], first: Contender) -> Iterator[Row]:
    none = ("",) * len(contenders)
    inputs = [contender.profile.inputs for contender in contenders]
    yield "input", tuple(", ".join(input_sizes(i, named=len(each) > 1) for i in each) for each in inputs), none
    for metric in METRICS:
        base = figure(first, metric.name)
        numbers = [figure(contender, metric.name) for contender in contenders]
        text = tuple(byte_size(number) if metric.is_bytes else thousands(number) for number in numbers)
        factors = [
            factor(number, base) if contender is not first else ""
            for contender, number in zip(contenders, numbers, strict=True)
        ]
        yield metric.title, text, tuple(f"({times})" if times else "" for times in factors)
    totals = [contender.profile.totals for contender in contenders]
    yield "receptive field", tuple(fields_text(sums.receptive_field, sums.whole_field) for sums in totals), none
    for name in published(contenders):
        # Numbers are as they were written, all with as many decimals as the one that has most.
        values = [contender.results.get(name) for contender in contenders]
        written = [str(value) if value is not None and is_number(value) else "" for value in values]
        plain = all(word.replace(".", "", 1).lstrip("-").isdecimal() for word in written if word)
        decimals = max(len(word.partition(".")[2]) for word in written)
        yield name, tuple(f"{float(word):.{decimals}f}" if word and plain else word for word in written), none


# --- layers ----------------------------------------------------------------------------------


def _layers(contenders: Sequence[Contender], *, expand: bool) -> tuple[Grid, int]:
    """The layers in rows, and how many rows are left out since nothing in them costs anything."""
    kept, left_out = aligned_layers(contenders, expand=expand)
    columns = [Column("layer", is_numeric=False), Column("type", is_numeric=False)]
    for title in ("output", "params", "MACs"):
        columns += [Column(f"{title} {contender.label}") for contender in contenders]
    lines = []
    for row in kept:
        figures = []
        for layer in row:
            if layer is None:
                figures.append(("", "", ""))
                continue
            params = "(shared)" if layer.shared_params and not layer.params else thousands(layer.params)
            figures.append((sizes(layer.output_shapes[0][1:]), params, thousands(layer.macs)))
        types = dict.fromkeys(layer.type for layer in row if layer is not None)
        outputs, params_of_each, macs = zip(*figures, strict=True)
        lines.append((layer_name(row), " / ".join(types), *outputs, *params_of_each, *macs))
    return Grid("layer by layer", tuple(columns), tuple(lines)), left_out


def aligned_layers(
    contenders: Sequence[Contender], *, expand: bool
) -> tuple[tuple[tuple[Layer | None, ...], ...], int]:
    """Rows of layers that are one, a place a network, and how many rows are left out since nothing in them costs
    anything."""
    rows = aligned([layers_of(contender.profile) for contender in contenders])
    costly = [row for row in rows if any(item and (item.params or item.macs or item.shared_params) for item in row)]
    kept = tuple(rows if expand else costly)
    return kept, len(rows) - len(kept)


def layer_name(row: Sequence[Layer | None]) -> str:
    """`conv1 = C1`: the paths of one layer in all networks."""
    return " = ".join(dict.fromkeys(layer.path for layer in row if layer is not None))
