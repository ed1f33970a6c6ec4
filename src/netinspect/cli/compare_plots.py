"""`--plot`: figures of a comparison as plain data, drawn and written. matplotlib is loaded only here."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netinspect.analysis.comparison import Contender, figure, is_number, ordered, published
from netinspect.analysis.equivalents import FORMS, SEPARABLE, Alternatives
from netinspect.cli.streams import complain
from netinspect.errors import InputError
from netinspect.files import write
from netinspect.report.comparison.alternatives import TITLES, Item, folded, items, name

if TYPE_CHECKING:
    from netinspect.analysis.baseline import Pair
    from netinspect.pictures.draw.charts import Bubbles
    from netinspect.reading import Reading

FORMATS: Final = (".png", ".svg", ".pdf")
MOST_NETWORKS: Final = 30


def check_plot(path: Path) -> None:
    """InputError for a file of another format, before any work."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"--plot {path}: the name ends in none of {', '.join(FORMATS)}")


def plot_alternatives(
    path: Path,
    readings: Sequence[Reading],
    layers: Sequence[Sequence[Alternatives]],
    size: str,
    *,
    is_layer: bool,
    separable: bool,
) -> None:
    """Parameters of every convolution in its three forms, and as a separable one. InputError where there is no
    convolution."""
    lines = _layer_lines(readings, layers) if is_layer else folded(items(layers[0]))
    if not lines:
        raise InputError("--plot: there are no convolutions to draw")
    from netinspect.pictures.draw.charts import SIZES, Series, forms_chart
    from netinspect.pictures.draw.plots import encoded
    from netinspect.pictures.draw.text import drawable

    labels = [_wrapped(f"{name(line)} (×{line.count})" if line.count > 1 else name(line)) for line in lines]
    series = []
    for form in (*FORMS, SEPARABLE) if separable else FORMS:
        costs = [line.in_form(form) for line in lines]
        series.append(Series(TITLES[form], tuple(cost.params if cost is not None else None for cost in costs)))
    title = "single layers" if is_layer or readings[0].profile is None else readings[0].profile.name
    _say_what_cannot_be_drawn([title, *(name(line) for line in lines)])
    chart = forms_chart(
        f"{drawable(title)}: what {'the' if is_layer else 'its'} convolutions save",
        "parameters",
        labels,
        series,
        size=size,
    )
    write(path, encoded(chart, _form(path), dpi=SIZES[size].dpi))


def _layer_lines(readings: Sequence[Reading], layers: Sequence[Sequence[Alternatives]]) -> tuple[Item, ...]:
    """The single layers that are convolutions, under their own words."""
    pairs = [(reading.label, layer) for reading, forms in zip(readings, layers, strict=True) for layer in forms]
    return tuple(Item(label, layer.convolution, layer) for label, layer in pairs)


def _wrapped(label: str) -> str:
    """A long label in a few lines."""
    from netinspect.pictures.draw.text import drawable

    return "\n".join(textwrap.wrap(drawable(label), 30, max_lines=4, placeholder=" …")) or label


def plot_networks(path: Path, contenders: Sequence[Contender], sort: str | None, size: str) -> None:
    """Parameters and MACs as bars; MACs against the first published number that two of the networks have."""
    from netinspect.pictures.draw.charts import SIZES, Bars, networks_chart
    from netinspect.pictures.draw.plots import encoded
    from netinspect.pictures.draw.text import drawable

    shown = ordered(contenders, sort)
    if len(shown) > MOST_NETWORKS:
        raise InputError(f"--plot: {len(shown)} networks are more than one chart can show; at most {MOST_NETWORKS}")
    panels = [
        Bars("parameters", tuple(figure(one, "params") for one in shown)),
        Bars("multiply-accumulates", tuple(figure(one, "macs") for one in shown)),
    ]
    _say_what_cannot_be_drawn([one.label for one in shown])
    labels = [drawable(one.label) for one in shown]
    chart = networks_chart(labels, panels, _bubbles(shown), size=size)
    write(path, encoded(chart, _form(path), dpi=SIZES[size].dpi))


def plot_changes(path: Path, pairs: Sequence[Pair], size: str) -> None:
    """Parameters and MACs as bars, of each network before and now. InputError where no network has a baseline."""
    from netinspect.pictures.draw.charts import SIZES, Bars, networks_chart
    from netinspect.pictures.draw.plots import encoded
    from netinspect.pictures.draw.text import drawable

    states = [
        (label, state)
        for pair in pairs
        if pair.old is not None
        for label, state in ((f"{pair.old.title}, baseline", pair.old), (pair.new.title, pair.new))
    ]
    if not states:
        raise InputError("--plot: no network has a baseline to draw it with")
    if any(state.total(metric) is None for _, state in states for metric in ("params", "macs")):
        raise InputError("--plot: the baseline lacks parameters or multiply-accumulates")
    if len(states) > MOST_NETWORKS:
        raise InputError(f"--plot: {len(states)} bars are more than one chart can show; at most {MOST_NETWORKS}")
    panels = [
        Bars(words, tuple(state.total(metric) or 0 for _, state in states))
        for metric, words in (("params", "parameters"), ("macs", "multiply-accumulates"))
    ]
    _say_what_cannot_be_drawn([label for label, _ in states])
    chart = networks_chart([drawable(label) for label, _ in states], panels, None, size=size)
    write(path, encoded(chart, _form(path), dpi=SIZES[size].dpi))


def _say_what_cannot_be_drawn(texts: Sequence[str]) -> None:
    from netinspect.pictures.draw.text import cannot_draw

    for note in cannot_draw(texts):
        complain(f"note: {note}")


def _bubbles(shown: Sequence[Contender]) -> Bubbles | None:
    from netinspect.pictures.draw.charts import Bubbles

    for result in published(shown):
        values = [one.results.get(result) for one in shown]
        numbers = tuple(float(value) if is_number(value) else None for value in values)  # type: ignore[arg-type]
        if sum(number is not None for number in numbers) > 1:
            macs = tuple(figure(one, "macs") for one in shown)
            params = tuple(figure(one, "params") for one in shown)
            return Bubbles("MACs", result, "parameters", macs, numbers, params)
    return None


def _form(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")
