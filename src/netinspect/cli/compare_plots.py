"""`--plot`: figures of a comparison as plain data, drawn and written. matplotlib is loaded only here."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netinspect.analysis.comparison import Contender, figure, inputs_differ, is_number, ordered, pareto_front, published
from netinspect.analysis.equivalents import Figures, whole
from netinspect.analysis.text import change, factor
from netinspect.cli.output import complain
from netinspect.errors import InputError
from netinspect.files import write
from netinspect.report.comparison.alternatives import TITLES, Item, View, lines_of, name
from netinspect.report.comparison.baseline import changed_path, shown_layers
from netinspect.report.comparison.networks import aligned_layers, layer_name

if TYPE_CHECKING:
    from netinspect.analysis.alignment import Layer
    from netinspect.analysis.baseline import Change, Changes, Pair, Snapshot
    from netinspect.analysis.figures import Profile
    from netinspect.analysis.measuring import Measurement
    from netinspect.pictures.draw.charts import Dots
    from netinspect.pictures.draw.scatter import Scatter

FORMATS: Final = (".png", ".svg", ".pdf")
MOST_NETWORKS: Final = 30
LONGEST_ROW: Final = 30
"""Letters of a row's name in one line."""
METRICS: Final = (("params", "parameters"), ("macs", "multiply-accumulates"))
OTHER_INPUTS: Final = "the inputs differ in size: MACs are those of different inputs"
DATA_SETS: Final = {"imagenet": "ImageNet", "kinetics400": "Kinetics-400"}
"""As they call themselves."""
WHOLE: Final = "the whole network"


def check_plot(path: Path) -> None:
    """InputError for a file of another format, before any work."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"--plot {path}: the name ends in none of {', '.join(FORMATS)}")


def plot_alternatives(
    path: Path,
    items: Sequence[Item],
    view: View,
    size: str,
    *,
    profile: Profile | None,
    measured: Measurement | None = None,
) -> None:
    """Parameters of every layer in its forms with what locality and sharing save, and measured times beside them.

    `profile` is that of the network that the layers are all of: it has a row of its own. InputError where there is
    nothing to draw.
    """
    from netinspect.pictures.draw.charts import Dots, Series, Step

    if not items:
        raise InputError("--plot: there are no convolutions to draw")
    lines = lines_of(items, view)
    costs = [[line.in_form(form) for form in view.forms] for line in lines]
    params = [[cost.params if cost is not None else None for cost in row] for row in costs]
    rows = [f"{name(line)} (×{line.count})" if line.count > 1 else name(line) for line in lines]
    if profile is not None:
        totals = Figures(profile.totals.params, profile.totals.macs, profile.totals.param_bytes)
        layers = [item.alternatives for item in items if item.alternatives is not None]
        params.append([whole(totals, layers, form).params for form in view.forms])
        rows.append(WHOLE)
    _say_what_cannot_be_drawn(rows)
    labels = [_wrapped(row) for row in rows]
    if view.formula:
        formulas = [row[0].params_formula if row[0] is not None else "" for row in costs]
        labels[: len(lines)] = [f"{label}\n{text}" for label, text in zip(labels, formulas, strict=False)]
    series = [Series(TITLES[form], tuple(row[at] for row in params)) for at, form in enumerate(view.forms)]
    pairs = [(0, 1, "sharing"), (1, 2, "locality"), *([(3, 0, "by separable")] if view.separable else [])]
    steps = [
        tuple(Step(low, high, f"{factor(row[high] or 0, row[low] or 0)} {words}") for low, high, words in pairs
              if row[low] and row[high])
        for row in params
    ]  # fmt: skip
    panels = [Dots("parameters", tuple(series), tuple(steps)), *_times(lines, measured, len(rows))]
    title = f"{profile.name}: what its convolutions save" if profile is not None else "what the convolutions save"
    sums = frozenset({len(lines)} if profile is not None else ())
    _draw(path, title, labels, panels, None, size, sums)


def _times(lines: Sequence[Item], measured: Measurement | None, rows: int) -> Iterator[Dots]:
    """A panel of measured times a direction; of `rows` those after the lines have none."""
    from netinspect.pictures.draw.chart_axes import short_time
    from netinspect.pictures.draw.charts import Dots, Series, Step

    times = {layer.path: layer for layer in measured.layers} if measured else {}
    directions = dict.fromkeys(timing.direction for layer in times.values() for timing in layer.timings)
    for direction in directions:
        timed = [times.get(line.label) for line in lines]
        forms = ("convolution", "unfolded", "fully_connected")
        timings = [[layer.timing(form, direction) if layer else None for form in forms] for layer in timed]
        taken = [[timing.median_ns if timing else None for timing in row] for row in timings]
        taken += [[None] * len(forms)] * (rows - len(lines))
        groups = [Series(form.replace("_", " "), tuple(row[at] for row in taken)) for at, form in enumerate(forms)]
        factors = [(Step(0, 2, factor(row[2], row[0])),) if row[0] and row[2] else () for row in taken]
        yield Dots(f"time of one {direction} pass", tuple(groups), tuple(factors), text=short_time)


def plot_networks(path: Path, contenders: Sequence[Contender], sort: str | None, size: str) -> None:
    """Parameters and MACs of each network, and a scatter with the Pareto front from three networks on.

    The scatter has MACs against the first published number that two of the networks have, else against parameters.
    The largest stands first, or as `sort` says; factors are those to the first that was named.
    """
    from netinspect.pictures.draw.charts import Dots, Series

    networks = ordered(contenders, sort or "params")
    if len(networks) > MOST_NETWORKS:
        raise InputError(f"--plot: {len(networks)} networks are more than one chart can show; at most {MOST_NETWORKS}")
    panels = []
    for metric, words in METRICS:
        values = [figure(network, metric) for network in networks]
        first = figure(contenders[0], metric)
        factors = [
            factor(value, first) if network is not contenders[0] else ""
            for network, value in zip(networks, values, strict=True)
        ]
        panels.append(Dots(words, (Series("networks", tuple(values)),), notes=tuple(map(_in_brackets, factors))))
    names = _names(networks)
    _say_what_cannot_be_drawn(names)
    title = f"{len(networks)} networks; in brackets: how many times that of {names[networks.index(contenders[0])]}"
    title += f"\n{OTHER_INPUTS}" if inputs_differ(contenders) else ""
    _draw(path, title, list(map(_wrapped, names)), panels, _scatter(networks), size)


def plot_layers(path: Path, contenders: Sequence[Contender], size: str, *, expand: bool) -> None:
    """Networks and their layers, aligned: a dot of each network in every row."""
    from netinspect.pictures.draw.charts import Dots, Series

    if len(contenders) > MOST_NETWORKS:
        raise InputError(
            f"--plot: {len(contenders)} networks are more than one chart can show; at most {MOST_NETWORKS}"
        )
    layers, left_out = aligned_layers(contenders, expand=expand)
    rows = [WHOLE, *(layer_name(row) for row in layers)]
    names = _names(contenders)
    panels = []
    for metric, words in METRICS:
        values: list[list[int | None]] = [[figure(network, metric) for network in contenders]]
        values += [[_cost(layer, metric) for layer in row] for row in layers]
        series = tuple(Series(label, tuple(row[at] for row in values)) for at, label in enumerate(names))
        pairs = [(row[0], row[1]) if len(names) == 2 else (None, None) for row in values]
        notes = [_in_brackets(factor(now, was)) if was and now and was != now else "" for was, now in pairs]
        panels.append(Dots(words, series, notes=tuple(notes)))
    _say_what_cannot_be_drawn([*rows, *names])
    title = f"layer by layer, {left_out:,} without cost left out" if left_out else "layer by layer"
    if len(names) == 2:
        title += f"; in brackets: how many times that of {names[0]}"
    title += f"\n{OTHER_INPUTS}" if inputs_differ(contenders) else ""
    _draw(path, title, [_wrapped(row) for row in rows], panels, None, size, frozenset({0}))


def plot_changes(
    path: Path,
    pairs: Sequence[Pair],
    changes: Sequence[Changes | None],
    size: str,
    *,
    sort: str | None = None,
    expand: bool = False,
) -> None:
    """Parameters and MACs of each network before and now, then those of its layers that changed."""
    from netinspect.pictures.draw.charts import Dots, Series

    rows: list[str] = []
    states: list[tuple[Snapshot | Layer | None, Snapshot | Layer | None, Change | None]] = []
    sums = set()
    resized = set()
    names = _distinct([_name_of(pair.new) for pair in pairs], [pair.new.title for pair in pairs])
    for pair, of_network, network in zip(pairs, changes, names, strict=True):
        sums.add(len(rows))
        if of_network is not None and of_network.resized:
            resized.add(len(rows))
        was = ""
        if pair.old is not None and pair.is_renamed:
            old_name = _name_of(pair.old)
            was = f" (was {old_name if old_name != network else pair.old.title})"
        rows.append(f"{network}{was}")
        states.append((pair.old, pair.new, None))
        layers = shown_layers(of_network, sort, expand=expand) if of_network is not None else []
        costly = [row for row in layers if expand or any(_cost(row.layer, metric) for metric, _ in METRICS)]
        rows += [changed_path(row) for row in costly]
        states += [(row.old, row.new, row) for row in costly]
    panels = []
    for metric, words in METRICS:
        values = [
            (_cost(old, metric), _cost(new, metric))
            if row is None or metric != "macs" or row.has_comparable_macs
            else (None, None)
            for old, new, row in states
        ]
        notes = [
            row.kind
            if row is not None and row.kind != "changed"
            else "new"
            if old is None
            else "another input"
            if metric == "macs" and place in resized
            else change(was, now).replace("-", "−")
            if was is not None and now is not None
            else ""
            for place, ((old, _, row), (was, now)) in enumerate(zip(states, values, strict=True))
        ]
        series = tuple(Series(label, tuple(row[at] for row in values)) for at, label in enumerate(("baseline", "now")))
        panels.append(Dots(words, series, notes=tuple(notes)))
    _say_what_cannot_be_drawn(rows)
    _draw(path, "what changed", [_wrapped(row) for row in rows], panels, None, size, frozenset(sums))


def _cost(state: Snapshot | Layer | None, metric: str) -> int | None:
    """`params` or `macs` of a network or a layer; None for what is not there or not known."""
    if state is None:
        return None
    value: int | None = state.total(metric) if hasattr(state, "total") else getattr(state, metric)
    return value


def _names(contenders: Sequence[Contender]) -> list[str]:
    """What networks are called: those of the gallery by its names, others by their own rather than by their files'."""
    labels = [network.label for network in contenders]
    names = [
        _name_of(network.profile) if network.label.startswith(network.profile.source) else network.label
        for network in contenders
    ]
    return _distinct(names, labels)


def _name_of(state: Profile | Snapshot) -> str:
    return f"{state.name}, {state.variant}" if state.variant and state.variant != state.name else state.name


def _distinct(names: Sequence[str], labels: Sequence[str]) -> list[str]:
    """The names, and a label for each that several have."""
    return [name if names.count(name) == 1 else label for name, label in zip(names, labels, strict=True)]


def _in_brackets(text: str) -> str:
    return f"({text})" if text else ""


def _wrapped(label: str) -> str:
    """A long label in a few lines."""
    return "\n".join(textwrap.wrap(label, LONGEST_ROW, max_lines=4, placeholder=" …")) or label


def _say_what_cannot_be_drawn(texts: Sequence[str]) -> None:
    from netinspect.pictures.draw.text import cannot_draw

    for note in cannot_draw(texts):
        complain(f"note: {note}")


def _scatter(networks: Sequence[Contender]) -> Scatter | None:
    from netinspect.pictures.draw.scatter import Scatter

    params, macs = (tuple(figure(network, metric) for network in networks) for metric, _ in METRICS)
    families = tuple(network.profile.source for network in networks)
    for result in published(networks):
        values = [network.results.get(result) for network in networks]
        numbers = tuple(float(value) if is_number(value) else None for value in values)  # type: ignore[arg-type]
        known = [number for number, value in enumerate(numbers) if value is not None]
        if len(known) > 1:
            known_numbers = [numbers[number] or 0 for number in known]
            best = pareto_front([(macs[number], -(numbers[number] or 0)) for number in known])
            front = tuple(known[number] for number in best)
            # `imagenet_top1` becomes `ImageNet top-1 accuracy in %`; percents are numbers above 1.
            accuracy = re.fullmatch(r"(.+)_top(\d+)", result)
            if accuracy is None:
                title = result.replace("_", " ")
            else:
                data = DATA_SETS.get(accuracy[1], accuracy[1].replace("_", " "))
                title = f"{data} top-{accuracy[2]} accuracy{' in %' if max(known_numbers) > 1 else ''}"
            return Scatter("MACs", title, macs, numbers, families, front, area_title="parameters", areas=params)
    if len(networks) < 3:
        return None
    front = pareto_front(list(zip(macs, params, strict=True)))
    return Scatter("MACs", "parameters", macs, params, families, front, is_y_cost=True)


def _draw(
    path: Path,
    title: str,
    rows: Sequence[str],
    panels: Sequence[Dots],
    scatter: Scatter | None,
    size: str,
    sums: frozenset[int] = frozenset(),
) -> None:
    from netinspect.pictures.draw.chart_axes import SIZES
    from netinspect.pictures.draw.charts import dots_chart
    from netinspect.pictures.draw.plots import encoded
    from netinspect.pictures.draw.text import drawable

    labels = ["\n".join(map(drawable, row.split("\n"))) for row in rows]
    head = "\n".join(map(drawable, title.split("\n")))
    chart = dots_chart(head, labels, panels, scatter, size=size, sums=sums)
    write(path, encoded(chart, path.suffix.lower().removeprefix("."), dpi=SIZES[size].dpi))
