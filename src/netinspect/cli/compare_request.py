"""What `netinspect compare` was asked for, as the command line says it, and what all its modes do alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netinspect.analysis.comparison import Contender
from netinspect.cli import options, output
from netinspect.errors import InputError
from netinspect.reading import LayerInput, Reading, Settings, read, read_layer

if TYPE_CHECKING:
    from netinspect.report.comparison.page import Page


@dataclass(frozen=True, slots=True)
class Measuring:
    """What belongs to `--measure`, as given."""

    backward: bool
    limit: str
    memory_limit: str | None
    device: str


@dataclass(frozen=True, slots=True)
class LayerOption:
    """A `--layer` with the inputs that hold for it."""

    text: str
    inputs: tuple[LayerInput, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """All that was asked for on the command line."""

    specs: tuple[str, ...]
    layers: tuple[LayerOption, ...]
    settings: Settings
    format: str
    output_file: Path | None
    formula: bool
    separable: bool
    expand: bool
    sort: str | None
    per_layer: bool
    baseline: str | None
    fail_on_increase: str | None
    measuring: Measuring | None
    plot: Path | None
    plot_size: str

    @property
    def is_alternatives(self) -> bool:
        """One spec, or single layers alone."""
        return self.baseline is None and (len(self.specs) == 1) != bool(self.layers) and len(self.specs) <= 1

    def check(self, *, backward: bool) -> None:
        """InputError for an option that has no meaning for what is compared, rather than pass over it."""
        if not self.specs and not self.layers:
            raise InputError("there is nothing to compare: name a SPEC, or give a --layer with its --input")
        if self.baseline is not None and self.layers:
            raise InputError("--layer has no baseline; compare it with a spec, or alone")
        if self.baseline is not None and not self.specs:
            raise InputError("--baseline needs a SPEC to compare with it")
        if self.baseline == "-" and "-" in self.specs:
            raise InputError("standard input can be read once: - is both the baseline and a spec")
        read = (*self.specs, *([self.baseline] if self.baseline is not None else ()))
        options.refuse_typing(read)
        options.refuse_overwriting([self.output_file, self.plot], read, [self.settings.custom_layers])
        for is_there, option, is_fitting, where in (
            (self.formula, "--formula", self.is_alternatives, "one spec or --layer"),
            (self.separable, "--separable", self.is_alternatives, "one spec or --layer"),
            (self.measuring is not None, "--measure", self.is_alternatives, "one spec or --layer"),
            (backward, "--backward", self.measuring is not None, "--measure"),
            (self.per_layer, "--per-layer", self.baseline is None and not self.is_alternatives, "several specs"),
            (self.fail_on_increase is not None, "--fail-on-increase", self.baseline is not None, "--baseline"),
        ):
            if is_there and not is_fitting:
                raise InputError(f"{option} is for {where}")
        if self.plot is not None:
            from netinspect.cli.compare_plots import check_plot

            check_plot(self.plot)


def layer_options(order: Sequence[str], layers: Sequence[str], inputs: Sequence[str]) -> tuple[LayerOption, ...]:
    """Each layer with its inputs. `order` has "layer" and "input" as they came.

    Each `--input` holds for the `--layer`s after it, until the next; layers before the first `--input` take that one.
    InputError where one lacks the other.
    """
    if not layers and inputs:
        raise InputError("--input belongs to --layer; for a spec write --input-shape")
    if layers and not inputs:
        raise InputError(f"--layer {layers[0]} needs an input: write its sizes without the batch, as --input 3,224,224")
    layer_options, current, used = [], 0, set()
    left, count = iter(layers), 0
    for name in order:
        if name == "input":
            current, count = count, count + 1
        elif name == "layer":
            used.add(current)
            layer_options.append(LayerOption(next(left), layer_inputs(inputs[current])))
    idle = [text for number, text in enumerate(inputs) if number not in used]
    if idle:
        raise InputError(f"--input {idle[0]} has no --layer after it; an --input holds for the layers after it")
    return tuple(layer_options)


def layer_inputs(text: str) -> tuple[LayerInput, ...]:
    """`3,224,224`; `100:int64` with a dtype; `10,64;20,64` for a layer with two inputs. InputError."""
    from netinspect.language.fields import DTYPES

    inputs = []
    for part in text.split(";"):
        sizes, colon, dtype = part.strip().partition(":")
        numbers = options.whole_numbers(sizes)
        if numbers is None:
            raise InputError(
                f"--input {text}: write sizes without the batch, as --input 3,224,224 or --input 100:int64"
            )
        if colon and dtype not in DTYPES:
            raise InputError(f"--input {text}: '{dtype}' is no dtype: one of {', '.join(DTYPES)}")
        inputs.append((numbers, dtype or "float32"))
    return tuple(inputs)


# --- reading and writing -----------------------------------------------------------------------


def read_all(request: Request) -> tuple[Reading, ...]:
    """The specs, then the single layers. Mistakes are in the readings, of every spec and not only of the first."""
    specs = [read(reference, request.settings) for reference in request.specs]
    return (*specs, *(read_layer(option.text, option.inputs, request.settings) for option in request.layers))


def exit_code(readings: Iterable[Reading]) -> int:
    """The highest of all."""
    return max((reading.exit_code for reading in readings), default=0)


def contender(reading: Reading) -> Contender:
    """A network as it is compared; of a broken spec the part before the first mistake."""
    network = reading.network or reading.partial
    assert network is not None
    assert reading.profile is not None
    return Contender(reading.label, reading.profile, network.results)


def write_pages(pages: Sequence[Page], request: Request) -> None:
    """The pages as a table or as Markdown."""
    if request.format == "markdown":
        from netinspect.report.comparison.markdown import document

        output.write(document(pages), request.output_file)
        return
    from netinspect.report.comparison.table import table

    width, color = (None, False) if request.output_file else (output.width(), output.color())
    output.write("\n".join(table(page, width=width, color=color) for page in pages), request.output_file)


def tell_all(readings: Iterable[Reading]) -> None:
    """What is to be said of all of them, on standard error."""
    for reading in readings:
        output.tell(reading.findings)
