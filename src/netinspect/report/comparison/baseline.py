"""A network against its baseline: the totals and layers that changed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from netinspect.analysis.alignment import Layer
from netinspect.analysis.baseline import Change, Changes, Snapshot
from netinspect.analysis.increase import OF_THE_INPUT
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


def changes_page(found: Changes, passed: Sequence[str] = (), *, sort: str | None = None, expand: bool = False) -> Page:
    """What changed, and in words which limits are passed. `sort` is params or macs: the greatest change first.

    Rows that only moved, or whose sizes follow from others, are counted; `expand` shows them too.
    """
    title = f"{found.new.title} against {found.old.title if found.old.title != found.new.title else 'the baseline'}"
    grids = [totals_grid(found), layers_grid(shown_layers(found, sort, expand=expand))]
    notes = [*(() if expand else _left_out(found)), *passed]
    if found.resized:
        notes.insert(0, _OTHER_INPUT)
    if found.is_empty:
        notes.insert(0, "nothing changed")
    return Page(title, tuple(grid for grid in grids if grid.rows), tuple(notes))


def new_page(new: Snapshot, *, was_broken: bool = False) -> Page:
    """A network that the baseline does not have, or has broken."""
    rows = tuple((title, total_text(name, new.total(name) or 0)) for name, title in TITLES.items())
    columns = (Column("", is_numeric=False), Column("now"))
    fate = "is not compared: it is broken in the baseline" if was_broken else "is new: the baseline does not have it"
    return Page(f"{new.title} {fate}", (Grid(None, columns, rows),))


# --- totals ----------------------------------------------------------------------------------


def totals_grid(found: Changes) -> Grid:
    """The totals that changed, the input first where its size did."""
    shown = [name for name in found.totals if name in TITLES and not _repeats_params(name, found)]
    rows = [_total_row(name, found) for name in shown]
    if found.resized:
        rows.insert(0, ("input", *(_inputs(state) for state in (found.old, found.new)), ""))
    before, after = found.fields
    if before != after:
        rows.append(("receptive field", fields_text(*before), fields_text(*after), ""))
    columns = (Column("total", is_numeric=False), Column("baseline"), Column("now"), Column("change"))
    return Grid(None, columns, tuple(rows))


def _inputs(state: Snapshot) -> str:
    return ", ".join(sizes(shape[1:]) for shape in state.inputs or ())


def _repeats_params(name: str, found: Changes) -> bool:
    """Whether all parameters are trainable, before and after."""
    states = (found.old, found.new)
    return name == "trainable_params" and all(one.total("trainable_params") == one.total("params") for one in states)


def _total_row(name: str, found: Changes) -> tuple[str, ...]:
    old, new = found.old.total(name) or 0, found.new.total(name) or 0
    if found.resized and name in OF_THE_INPUT:
        return TITLES[name], total_text(name, old), total_text(name, new), "another input"
    percent = change(old, new)
    if name.endswith("_bytes"):
        difference = ("+" if new > old else "-") + byte_size(abs(new - old))
    else:
        difference = signed(new - old)
    if percent:
        difference += f" ({percent})"
    return TITLES[name], total_text(name, old), total_text(name, new), difference


# --- layers ----------------------------------------------------------------------------------


def shown_layers(found: Changes, sort: str | None, *, expand: bool) -> list[Change]:
    """Layers that changed, in order, or the greatest change of `sort` first. InputError for a bad `sort`."""
    shown = [one for one in found.layers if expand or one.is_told]
    if sort is None:
        return shown
    metric = sort.replace("-", "_")
    if metric not in ("params", "macs"):
        raise InputError(f"cannot sort changes by '{sort}': one of params, macs")
    return sorted(shown, key=lambda one: -abs(one.delta(metric)))


def layers_grid(shown: list[Change]) -> Grid:
    """A line for each of these changes."""
    columns = (
        Column("layer", is_numeric=False), Column("", is_numeric=False), Column("type", is_numeric=False),
        Column("output", is_numeric=False), Column("params"), Column("params change"), Column("MACs"),
        Column("MACs change"),
    )  # fmt: skip
    return without_blank_columns(Grid("layers", columns, tuple(_layer_row(one) for one in shown)))


def _layer_row(one: Change) -> tuple[str, ...]:
    return (
        changed_path(one),
        one.kind,
        _arrow(one, lambda layer: layer.type),
        _arrow(one, lambda layer: sizes(layer.output_shapes[0][1:]) if layer.output_shapes else ""),
        *_figure(one, "params"),
        *_figure(one, "macs"),
    )


def changed_path(one: Change) -> str:
    """`C1 → conv1`; one path where it has not changed."""
    return _arrow(one, lambda layer: layer.path)


def _arrow(one: Change, text: Callable[[Layer], str]) -> str:
    shown = dict.fromkeys(text(layer) for layer in (one.old, one.new) if layer is not None)
    return " → ".join(shown)


def _figure(one: Change, metric: str) -> tuple[str, str]:
    """What it is now (what it was, of a removed one) and by how much it changed; "" for MACs at another input."""
    if metric == "macs" and not one.has_comparable_macs:
        return "", ""
    number, difference = getattr(one.layer, metric), one.delta(metric)
    return thousands(number), signed(difference) if difference else ""


def _left_out(found: Changes) -> Iterator[str]:
    quiet = [one for one in found.layers if not one.is_told]
    moved = sum(one.kind == "renamed" for one in quiet)
    resized = len(quiet) - moved
    if moved:
        yield f"{_rows(moved)} without parameters only moved"
    if resized:
        yield f"{_rows(resized)} changed sizes only"


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"
