"""A network against its baseline: the totals and layers that changed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from netinspect.analysis.alignment import Layer
from netinspect.analysis.baseline import OF_THE_INPUT, Change, Changes, Snapshot
from netinspect.analysis.text import byte_size, change, fields_text, signed, sizes, thousands, total_text
from netinspect.errors import InputError
from netinspect.report.comparison.page import Grid, Page, without_blank_columns
from netinspect.report.grid import Column

TITLES: Final = {
    "params": "params", "trainable_params": "trainable params", "buffers": "buffers", "macs": "MACs",
    "param_bytes": "param bytes", "peak_activation_bytes": "peak activations",
    "saved_activation_bytes": "saved for backward", "layers": "layers", "depth": "depth",
}  # fmt: skip
"""The totals that are shown; those left out follow from these."""

_OTHER_INPUT: Final = "the input changed: what depends on its size says nothing of the network, and is not compared"


def changes_page(
    changes: Changes, passed: Sequence[str] = (), *, sort: str | None = None, expand: bool = False
) -> Page:
    """What changed, and in words which limits are passed. `sort` is params or macs: the greatest change first.

    Rows that only moved, or whose sizes follow from others, are counted; `expand` shows them too.
    """
    title = (
        f"{changes.new.title} against {changes.old.title if changes.old.title != changes.new.title else 'the baseline'}"
    )
    grids = [totals_grid(changes), layers_grid(shown_layers(changes, sort, expand=expand))]
    quiet = [] if expand else [row for row in changes.layers if not row.is_told]
    moved = sum(row.kind == "renamed" for row in quiet)
    notes = [f"{_rows(moved)} without parameters only moved"] if moved else []
    notes += [f"{_rows(len(quiet) - moved)} changed sizes only"] if len(quiet) > moved else []
    notes += passed
    if changes.resized:
        notes.insert(0, _OTHER_INPUT)
    if changes.is_empty:
        notes.insert(0, "nothing changed")
    return Page(title, tuple(grid for grid in grids if grid.rows), tuple(notes))


def new_page(new: Snapshot, *, was_broken: bool = False) -> Page:
    """A network that the baseline does not have, or has broken."""
    rows = tuple((title, total_text(name, new.total(name) or 0)) for name, title in TITLES.items())
    columns = (Column("", is_numeric=False), Column("now"))
    fate = "is not compared: it is broken in the baseline" if was_broken else "is new: the baseline does not have it"
    return Page(f"{new.title} {fate}", (Grid(None, columns, rows),))


# --- totals ----------------------------------------------------------------------------------


def totals_grid(changes: Changes) -> Grid:
    """The totals that changed, the input first where its size did."""
    states = (changes.old, changes.new)
    repeated = all(state.total("trainable_params") == state.total("params") for state in states)
    names = [name for name in changes.totals if name in TITLES and not (name == "trainable_params" and repeated)]
    rows: list[tuple[str, ...]] = []
    for name in names:
        old, new = changes.old.total(name) or 0, changes.new.total(name) or 0
        if changes.resized and name in OF_THE_INPUT:
            rows.append((TITLES[name], total_text(name, old), total_text(name, new), "another input"))
        else:
            percent = change(old, new)
            if name.endswith("_bytes"):
                difference = ("+" if new > old else "-") + byte_size(abs(new - old))
            else:
                difference = signed(new - old)
            if percent:
                difference += f" ({percent})"
            rows.append((TITLES[name], total_text(name, old), total_text(name, new), difference))
    if changes.resized:
        inputs = (", ".join(sizes(shape[1:]) for shape in state.inputs or ()) for state in states)
        rows.insert(0, ("input", *inputs, ""))
    before, after = changes.fields
    if before != after:
        rows.append(("receptive field", fields_text(*before), fields_text(*after), ""))
    columns = (Column("total", is_numeric=False), Column("baseline"), Column("now"), Column("change"))
    return Grid(None, columns, tuple(rows))


# --- layers ----------------------------------------------------------------------------------


def shown_layers(changes: Changes, sort: str | None, *, expand: bool) -> list[Change]:
    """Layers that changed, in order, or the greatest change of `sort` first. InputError for a bad `sort`."""
    rows = [row for row in changes.layers if expand or row.is_told]
    if sort is None:
        return rows
    metric = sort.replace("-", "_")
    if metric not in ("params", "macs"):
        raise InputError(f"cannot sort changes by '{sort}': one of params, macs")
    return sorted(rows, key=lambda row: -abs(row.delta(metric)))


def layers_grid(rows: list[Change]) -> Grid:
    """A line for each of these changes."""
    columns = (
        Column("layer", is_numeric=False), Column("", is_numeric=False), Column("type", is_numeric=False),
        Column("output", is_numeric=False), Column("params"), Column("params change"), Column("MACs"),
        Column("MACs change"),
    )  # fmt: skip
    cells = tuple(
        (
            changed_path(row),
            row.kind,
            _arrow(row, lambda layer: layer.type),
            _arrow(row, lambda layer: sizes(layer.output_shapes[0][1:]) if layer.output_shapes else ""),
            *_figure(row, "params"),
            *_figure(row, "macs"),
        )
        for row in rows
    )
    return without_blank_columns(Grid("layers", columns, cells))


def changed_path(row: Change) -> str:
    """`C1 → conv1`; one path where it has not changed."""
    return _arrow(row, lambda layer: layer.path)


def _arrow(row: Change, text: Callable[[Layer], str]) -> str:
    texts = dict.fromkeys(text(layer) for layer in (row.old, row.new) if layer is not None)
    return " → ".join(texts)


def _figure(row: Change, metric: str) -> tuple[str, str]:
    """What it is now (what it was, of a removed one) and by how much it changed; "" for MACs at another input."""
    if metric == "macs" and not row.has_comparable_macs:
        return "", ""
    number, difference = getattr(row.layer, metric), row.delta(metric)
    return thousands(number), signed(difference) if difference else ""


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"
