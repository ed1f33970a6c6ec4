"""`netinspect visualize`: what do the kernels, the activations and the whole net look like?

What can be refused is refused first: the folder, the spec, then weights and inputs, before anything is drawn.
torch is loaded only when the spec has proved valid.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from netinspect.cli import options, output
from netinspect.cli.options import Command, Match
from netinspect.errors import InputError
from netinspect.extras import NotInstalled
from netinspect.files import file_and_entry

if TYPE_CHECKING:
    from netinspect.network.network import Network
    from netinspect.pictures.kind import Plan
    from netinspect.pictures.request import Request, Step
    from netinspect.pictures.run import InMemory
    from netinspect.reading import Reading, Settings

EPILOG = """\
A SPEC is a file, FILE:VARIANT, - for standard input, or the name of a gallery network.

Writes a folder of pictures with a page over them, DIR/index.html. Without --weights the net is drawn with random
weights, and every figure of what they make says so; without --input it is shown noise.

{kinds}

\b
Examples:
  netinspect visualize lenet -o lenet-figures
  netinspect visualize lenet -o lenet.svg --what architecture
  netinspect visualize net.yaml -o out --weights net.safetensors --input cat.jpg
  netinspect visualize net.yaml -o out --weights net.pt --what kernels --layers 'conv*'
  netinspect visualize lenet -o out --unit conv2:3,5,7
  netinspect visualize net.yaml -o out --weights net.pt --dataset photos --top-inputs 9
  netinspect visualize crepe_tiny -o out --weights tiny.pth --input speech.wav --sample 12
"""

TOP_INPUTS: Final = 9


class VisualizeCommand(Command):
    """Reads the kinds of figures, which takes numpy, only where help is asked for."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write what stands below the options."""
        try:
            from netinspect.pictures.kinds import all_kinds
        except NotInstalled as failure:
            words = f"Kinds of figures: {failure}."
        else:
            kinds = all_kinds().values()
            studies = ", ".join(kind.name for kind in kinds if kind.is_study)
            needs = ", ".join(
                f"{kind.name} with {kind.needs[1].split()[0]}" for kind in kinds if kind.needs is not None
            )
            words = (
                f"Kinds of figures: {', '.join(kind.name for kind in kinds)}. Drawn with --all, or if --what names "
                f"them: {studies}; {needs}."
            )
        self.epilog = EPILOG.format(kinds=words)
        super().format_epilog(ctx, formatter)


_BAR_LABEL: Final = 40


COMMAND: Final = VisualizeCommand


class Scale(StrEnum):
    """What the largest weight of a picture's colours is taken over."""

    layer = "layer"
    kernel = "kernel"
    network = "network"


class Order(StrEnum):
    """In which order kernels and channels are drawn."""

    index = "index"  # type: ignore[assignment]  # hides str.index, which nobody asks an order for
    norm = "norm"
    activation = "activation"
    frequency = "frequency"


@options.reads_specs
def visualize(
    spec: Annotated[
        str | None,
        typer.Argument(
            metavar="[SPEC]", help="The spec to draw.", autocompletion=options.gallery_names, show_default=False
        ),
    ] = None,
    *,
    folder: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR|FILE", help="The folder to write, or one picture: arch.svg, .png, .pdf."
        ),
    ],
    weights: options.Weights = None,
    partial: options.Partial = False,
    match: options.MatchOption = Match.name,
    input: options.InputFiles = None,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample",
            metavar="N",
            min=1,
            help="Which frame of a sound, entry of an array or file of a folder the pictures show, from 1.  [default: "
            "the loudest frame; the first]",
        ),
    ] = None,
    dataset: Annotated[
        Path | None, typer.Option("--dataset", metavar="DIR", help="Where to look for each kernel's top inputs.")
    ] = None,
    top_inputs: Annotated[
        int | None, typer.Option("--top-inputs", metavar="N", min=1, max=100, help="How many of them.  [default: 9]")
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="LAYER:C,Y,X", help="Work out one output of a convolution.")
    ] = None,
    what: Annotated[str | None, typer.Option("--what", metavar="LIST", help="Only these kinds of figures.")] = None,
    layers: Annotated[
        str | None, typer.Option("--layers", metavar="GLOB", help="Only these layers' own figures.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every kind of figure, and the activations of every layer.")
    ] = False,
    scale: Annotated[Scale, typer.Option("--scale", help="What kernels are scaled by.")] = Scale.layer,
    order: Annotated[Order, typer.Option("--order", help="In which order they are drawn.")] = Order.index,
    max_tiles: Annotated[
        int, typer.Option("--max-tiles", metavar="N", min=1, max=4096, help="Most tiles of a grid.")
    ] = 64,
    gamma: Annotated[float, typer.Option("--gamma", metavar="G", help="Above 1 brightens activations.")] = 1.0,
    clip: Annotated[float, typer.Option("--clip", metavar="P", help="The percentile drawn brightest.")] = 99.5,
    diagram_width: Annotated[
        int | None,
        typer.Option("--diagram-width", metavar="PX", help="Lay the diagram out for so many pixels.  [default: 960]"),
    ] = None,
    dark: Annotated[
        bool | None,
        typer.Option(
            "--dark/--light",
            help="The ground of page and diagram.  [default: as the viewer has it]",
            show_default=False,
        ),
    ] = None,
    query: Annotated[
        str | None,
        typer.Option(
            "--query",
            metavar="Y,X",
            help="Whose attention is drawn over a photograph: the patch with that pixel.  [default: the class token; "
            "the middle]",
        ),
    ] = None,
    settings: Settings,
    seed: options.Seed = 0,
    device: options.Device = "cpu",
    memory_limit: options.MemoryLimit = None,
    save_arrays: Annotated[bool, typer.Option("--save-arrays", help="Also write the arrays as .npz.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the files that would be written.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what is there; draw top inputs of random weights.")
    ] = False,
) -> int:
    """Draw the kernels, the activations and the whole net."""
    from netinspect.pictures.request import Looks, Request

    if top_inputs is not None and dataset is None:
        raise InputError(f"--top-inputs {top_inputs} needs --dataset DIR, where to look for them")
    reference = options.reference(spec, settings)
    request = Request(
        spec=reference,
        output=folder,
        weights=weights,
        partial=partial,
        match=match.value,
        inputs=tuple(input or ()),
        dataset=dataset,
        top_inputs=TOP_INPUTS if top_inputs is None else top_inputs,
        unit=unit,
        what=what,
        layers=layers,
        looks=Looks(scale.value, order.value, max_tiles, gamma, clip, diagram_width, dark, _pixel(query)),
        seed=seed,
        device=device,
        memory_limit=options.byte_amount("--memory-limit", memory_limit),
        everything=everything,
        save_arrays=save_arrays,
        dry_run=dry_run,
        force=force,
        sample=sample,
        assignments=settings.assignments,
        input_shapes=settings.input_shapes,
        has_own_weights=reference in settings.models,
    )
    return _visualize(request, settings)


def _pixel(query: str | None) -> tuple[int, int] | None:
    """Row and column as they are typed."""
    if query is None:
        return None
    row, comma, column = query.partition(",")
    if not (comma and row.strip().isdecimal() and column.strip().isdecimal()):
        raise InputError(f"--query {query}: give the row and the column of a pixel, such as --query 120,80")
    return int(row), int(column)


def _visualize(request: Request, settings: Settings) -> int:
    """Draw what was asked for into the folder, whole or not at all; the exit code."""
    from netinspect.pictures.checks import check, check_output
    from netinspect.reading import read

    check(request)
    if not request.dry_run:
        check_output(request)
    reading = read(request.spec, settings)
    if reading.network is None or reading.profile is None:
        output.tell(reading.findings)
        return reading.exit_code
    from netinspect.pictures.plan import file_names, the_picture
    from netinspect.pictures.plan import plan as planned

    plan = planned(reading.network, reading.profile, request)
    if not plan.kinds:
        raise InputError(
            f"--what {request.what}: {plan.network.name} has no such figure; --dry-run without --what lists what it has"
        )
    picture = the_picture(plan) if request.is_picture else None
    if request.dry_run:
        sys.stdout.write("".join(f"{name}\n" for name in ([request.output] if picture else file_names(plan))))
    else:
        weights = None if request.weights is None else file_and_entry(request.weights)[0]
        inputs = [weights, *request.inputs, settings.custom_layers]
        written = [request.output] if picture else (request.output / name for name in file_names(plan))
        for file in written:  # one by one: their own names differ
            options.refuse_overwriting([file], [request.spec], inputs)
        _draw(plan, request, reading, settings)
    output.tell(reading.findings)
    return reading.exit_code


def _draw(plan: Plan, request: Request, reading: Reading, settings: Settings) -> None:
    from netinspect.cli.output import complain
    from netinspect.language.messages import printable
    from netinspect.pictures.checks import kinds_of
    from netinspect.pictures.folder import drawn, write_drawn

    spec = reading.file.parsed.spec if reading.file is not None else None
    about = (spec.about if spec is not None else None) or ""
    with _progress(sum(1 for _ in plan.files) + 1) as step, options.running_layers_of(settings.custom_layers):
        folder = drawn(plan, about, step, brought_weights(plan.network, request, settings))
        if folder is None:
            return
        page = write_drawn(folder, plan)
    kinds = (kind for kind in kinds_of(request) if request.what is not None or kind.needs is not None)
    missing = [kind.name for kind in kinds if kind.name not in plan.kinds]
    notes = [*folder.notes]
    if missing:
        notes.append(f"{plan.network.name} has no figure of the kind {', '.join(missing)}")
    for note in notes:
        complain(f"note: {printable(note)}")
    for answer in folder.answers:
        complain(printable(f"the network's answer: {answer}"))
    if request.is_picture:
        complain(printable(f"1 figure: {page}"))
        return
    count_words = "1 figure" if folder.figures == 1 else f"{folder.figures} figures"
    complain(printable(f"{count_words} in {request.output}: open {page}"))


def brought_weights(network: Network, request: Request, settings: Settings) -> InMemory | None:
    """A model with the weights that a torch model brings, unless a checkpoint is to be loaded. Nothing of it was
    learned where all of its matrices are random."""
    target = settings.models.get(request.spec)
    if target is None or target.weights is None or request.weights is not None:
        return None
    from netinspect.pictures.run import InMemory
    from netinspect.torch_backend.device import put_on
    from netinspect.torch_backend.in_memory import with_state

    state, random = target.weights(request.seed)
    model, loaded = with_state(network, state, seed=request.seed, source=request.spec)
    put_on(model, request.device)
    if all(key in random for key, parameter in model.named_parameters() if parameter.dim() > 1):
        return InMemory(model)
    reports = [replace(each, state="missing") if each.key in random else each for each in loaded.tensors]
    return InMemory(model, replace(loaded, tensors=tuple(reports)))


@contextmanager
def _progress(total: int) -> Iterator[Step]:
    """One bar on stderr for the whole command; nothing off a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _what, _done: None
        return
    from netinspect.language.messages import printable

    with typer.progressbar(length=total, file=sys.stderr) as bar:

        def step(what: str, done: int) -> None:
            bar.label = printable(what)[-_BAR_LABEL:].ljust(_BAR_LABEL)
            bar.update(done)

        yield step
        step("written", total - bar.pos)
