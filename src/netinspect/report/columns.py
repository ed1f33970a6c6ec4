"""The columns and lines of a summary, for a terminal, Markdown and notebooks alike: what each column is called, what
stands in it for a row and for a section, and which lines are shown, folded or sorted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from netinspect.analysis.figures import Profile, Row, Section, Totals
from netinspect.analysis.fold import Line, fold
from netinspect.analysis.text import byte_size, field_sizes, output_sizes, sizes, tensors_sizes, thousands
from netinspect.errors import InputError

Cell = Callable[[Line, Totals], str]
Figure = Callable[[Row], int]


@dataclass(frozen=True, slots=True)
class Column:
    """A column as `--columns` names it. `figure` is set where the column is a sum that can be sorted by."""

    name: str
    words: str
    title: str
    cell: Cell
    numeric: bool = False
    figure: Figure | None = None


def _name(line: Line, _: Totals) -> str:
    first, last = line.item.name, line.last.name
    return "  " * line.level + (first if line.count == 1 else f"{first} – {last}")


def _path(line: Line, _: Totals) -> str:
    first, last = line.item.path, line.last.path
    return first if line.count == 1 else f"{first} – {last}"


def _type(line: Line, _: Totals) -> str:
    item = line.item
    title = item.type if isinstance(item, Row) else item.title or ""
    return title if line.count == 1 else f"{thousands(line.count)} × {title or 'list'}"


def _count(figure: Figure) -> Cell:
    """A sum; in a repeat one turn's, with how often it stands there."""

    def cell(line: Line, _: Totals) -> str:
        number = line.sum(figure)
        return thousands(number) if line.count == 1 or not number else f"{thousands(line.count)} × {thousands(number)}"

    return cell


def _params(line: Line, totals: Totals) -> str:
    if isinstance(line.item, Row) and line.item.shared_with and not line.item.params:
        return "(shared)"
    return _count(_params_of)(line, totals)


def _of_row(text: Callable[[Row], str]) -> Cell:
    """A cell that only a row fills."""
    return lambda line, _: text(line.item) if isinstance(line.item, Row) else ""


def _of_item(text: Callable[[Row | Section], str]) -> Cell:
    return lambda line, _: text(line.item)


def _share(figure: Figure, total_of: Callable[[Totals], int]) -> Cell:
    """The part of the total, in percent, all turns of a repeat together."""

    def cell(line: Line, totals: Totals) -> str:
        total = total_of(totals)
        part = line.sum(figure) * line.times
        return f"{100 * part / total:.1f}%" if total and part else ""

    return cell


def _bytes(figure: Figure) -> Cell:
    def cell(line: Line, _: Totals) -> str:
        number = line.sum(figure)
        text = byte_size(number) if number else "0"
        return text if line.count == 1 or not number else f"{thousands(line.count)} × {text}"

    return cell


def _field(line: Line, _: Totals) -> str:
    """Of the last row a line stands for, which sees most; inside a repeat, in its first and in its last turn."""
    rows = [
        item if isinstance(item, Row) else next(reversed(tuple(item.rows)), None) for item in (line.last, line.final)
    ]
    return " – ".join(dict.fromkeys(field_sizes(row.receptive_field) for row in rows if row is not None))


def stride_text(row: Row) -> str:
    """Input cells from one unit to the next, by axis: `4×4`, `0.5×0.5`."""
    return "×".join(f"{step:g}" for step in row.stride) if row.stride else ""


def buckets_text(row: Row) -> str:
    """`bias 4,704, activation 4,704`."""
    return ", ".join(f"{name} {thousands(flops)}" for name, flops in row.flop_buckets)


def _params_of(row: Row) -> int:
    return row.params


def _macs_of(row: Row) -> int:
    return row.macs


def _sum(name: str, words: str, title: str, figure: Figure) -> Column:
    return Column(name, words, title, _count(figure), True, figure)


COLUMNS: Final[tuple[Column, ...]] = (
    Column("layer", "The layer's name as the list it stands in has it", "layer", _name),
    Column("path", "Its place in the model, with which the keys of its state dict begin", "path", _path),
    Column("type", "The layer or function, or the block", "type", _type),
    Column("from", "The layers whose outputs it reads", "from", _of_row(lambda row: ", ".join(row.sources))),
    Column(
        "input", "The shapes it reads, without the batch", "input", _of_item(lambda item: tensors_sizes(item.inputs))
    ),
    Column("kernel", "The kernel's size", "kernel", _of_row(lambda row: sizes(row.kernel) if row.kernel else "")),
    Column(
        "output",
        "The shape it gives, without the batch; N is the batch where it is folded into an axis",
        "output",
        _of_item(lambda item: output_sizes(item.outputs, is_layer=isinstance(item, Row) and item.is_layer)),
    ),
    Column(
        "dtype",
        "What kind of numbers it gives",
        "dtype",
        _of_item(lambda item: item.outputs[0].dtype if item.outputs else ""),
    ),
    Column(
        "params",
        "Learned numbers; those that another layer owns are counted there",
        "params",
        _params,
        True,
        _params_of,
    ),
    Column("params-how", "How the parameters are counted", "how", _of_row(lambda row: row.params_formula or "")),
    Column(
        "params-share",
        "Its share of the network's parameters",
        "% params",
        _share(_params_of, lambda totals: totals.params),
        True,
        _params_of,
    ),
    _sum("trainable", "Parameters that are not frozen", "trainable", lambda row: row.trainable_params),
    _sum("buffers", "Numbers that are kept and not trained, such as running means", "buffers", lambda row: row.buffers),
    Column(
        "shared-with", "The layer that owns its parameters", "shared with", _of_row(lambda row: row.shared_with or "")
    ),
    Column("macs", "Multiply-accumulates of one forward pass", "MACs", _count(_macs_of), True, _macs_of),
    Column("macs-how", "How they are counted", "how", _of_row(lambda row: row.macs_formula or "")),
    Column(
        "macs-share",
        "Its share of the network's multiply-accumulates",
        "% MACs",
        _share(_macs_of, lambda totals: totals.macs),
        True,
        _macs_of,
    ),
    _sum("flops", "Floating-point operations: exactly twice the multiply-accumulates", "FLOPs", lambda row: row.flops),
    Column(
        "buckets", "Operations that are no multiply-accumulates, by their kind", "other FLOPs", _of_row(buckets_text)
    ),
    Column(
        "sees",
        "The receptive field: how many positions of the input one unit of its output depends on, along each axis",
        "sees",
        _field,
    ),
    Column("stride", "Positions of the input from one unit of its output to the next", "stride", _of_row(stride_text)),
    Column(
        "memory",
        "Bytes of its output",
        "memory",
        _bytes(lambda row: row.activation_bytes),
        True,
        lambda row: row.activation_bytes,
    ),
    Column("line", "The line of the spec", "line", _of_item(lambda item: str(item.line)), True),
)
BY_NAME: Final = {column.name: column for column in COLUMNS}
USUAL: Final = ("layer", "type", "output", "params", "macs")
SORTABLE: Final = tuple(column.name for column in COLUMNS if column.figure is not None)


def chosen(names: Sequence[str] = (), *, formula: bool = False, everything: bool = False) -> tuple[Column, ...]:
    """The columns to show; the layer always comes first. InputError for a name that is none."""
    selected = list(BY_NAME) if everything else list(names or USUAL)
    if "layer" not in selected and "path" not in selected:
        selected.insert(0, "layer")
    for name in ("params", "macs") if formula else ():
        if name in selected and f"{name}-how" not in selected:
            selected.insert(selected.index(name) + 1, f"{name}-how")
    for name in selected:
        if name not in BY_NAME:
            raise InputError(f"unknown column '{name}': one of {', '.join(BY_NAME)}")
    return tuple(BY_NAME[name] for name in dict.fromkeys(selected))


# --- the lines of a table ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is laid out: its columns, how far it is folded, and what it is sorted by (largest first)."""

    columns: tuple[Column, ...]
    depth: int | None = None
    expand: bool = False
    sort: str | None = None


def layout(
    columns: tuple[str, ...] = (),
    *,
    everything: bool = False,
    formula: bool = False,
    depth: int | None = None,
    expand: bool = False,
    sort: str | None = None,
) -> Layout:
    """A layout; InputError for a column that does not exist or cannot be sorted by. A sorted table has full paths."""
    if sort is not None and sort not in SORTABLE:
        raise InputError(f"cannot sort by '{sort}': one of {', '.join(SORTABLE)}")
    picked = chosen(columns, formula=formula, everything=everything)
    if sort is not None:
        picked = tuple(dict.fromkeys(BY_NAME["path"] if column.name == "layer" else column for column in picked))
    return Layout(picked, depth, expand, sort)


def lines(profile: Profile, how: Layout) -> tuple[Line, ...]:
    """The lines in order; sorted ones are single rows."""
    if how.sort is None:
        return fold(profile, depth=how.depth, expand=how.expand)
    figure = BY_NAME[how.sort].figure
    assert figure is not None
    return tuple(Line.of(row) for row in sorted(profile.rows, key=lambda row: -figure(row)))


def cells(profile: Profile, how: Layout, line: Line) -> tuple[str, ...]:
    """One line's cells, one a column."""
    return tuple(column.cell(line, profile.totals) for column in how.columns)
