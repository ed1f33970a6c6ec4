"""The options that commands share, each said once, and what their values mean.

`reads_specs` gives a command every option with which specs are read; the command gets them as `Settings`.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
import typer.core

from netinspect.errors import InputError, NetinspectError

if TYPE_CHECKING:
    from netinspect.catalogue import Entry
    from netinspect.reading import Settings, TorchModel


class Format(StrEnum):
    """How figures are written."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"


class Dtype(StrEnum):
    """What can stand in float32's place."""

    float32 = "float32"
    float16 = "float16"
    bfloat16 = "bfloat16"
    float64 = "float64"
    int8 = "int8"


class Match(StrEnum):
    """How a checkpoint's tensors find their layers."""

    name = "name"
    order = "order"


ORDER: Final = "netinspect.option_order"
"""Where a context's `meta` has the names of the options in the order in which they were given."""

_ONE_OF_A_KIND: Final = ("path", "str")
"""The types of options of which a second one is a mistake, not a change of mind: another file, another pattern."""


class Command(typer.core.TyperCommand):
    """A command that knows in which order its options were given, and refuses a second file where it takes one.

    typer gives the values of each option apart from the others, and the last one where there may be one only.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        values, _, order = self.make_parser(ctx).parse_args(list(args))
        ctx.meta[ORDER] = tuple(parameter.name for parameter in order)
        for parameter, times in Counter(order).items():
            if times > 1 and parameter.type.name in _ONE_OF_A_KIND and parameter.nargs == 1 and not parameter.multiple:
                raise typer.BadParameter("it is given twice, and takes one value", ctx=ctx, param=parameter)
            value = values.get(parameter.name or "")
            if parameter.type.name == "path" and "" in (value if isinstance(value, list) else [value]):
                raise typer.BadParameter("the name is empty", ctx=ctx, param=parameter)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command. A user's own code that ends Python is a mistake, never a command that is done."""
        try:
            return super().invoke(ctx)
        except SystemExit as failure:
            raise InputError(f"code that was run for the command ends Python: SystemExit: {failure}") from failure


def gallery_names(incomplete: str) -> list[str]:
    """For completion in a shell: gallery networks that begin like this; none where the gallery cannot be read."""
    from netinspect.gallery_specs import entries

    try:
        return [entry.name for entry in entries() if entry.name.startswith(incomplete)]
    except (NetinspectError, OSError):
        return []


FormatOption = Annotated[Format, typer.Option("--format", "-f", envvar="NETINSPECT_FORMAT", help="How to write it.")]
OnlySpecs = Annotated[
    bool, typer.Option("--only-specs", help="Pass over files that are no specs or are excluded, though they are named.")
]
OutputFile = Annotated[
    Path | None, typer.Option("--output-file", "-o", metavar="FILE", help="Write there, not to standard output.")
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is already there.")]
BatchSize = Annotated[int, typer.Option("--batch-size", metavar="N", min=1, help="Count for this batch.")]
DtypeOption = Annotated[Dtype, typer.Option("--dtype", help="Count bytes as if numbers were these.")]
InputFiles = Annotated[
    list[Path] | None,
    typer.Option("--input", metavar="FILE|DIR", help="A picture, sound or array to show it. Repeatable."),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, max=2**63 - 1, help="Of random weights and noise.")]
Weights = Annotated[
    Path | None,
    typer.Option(
        "--weights",
        metavar="FILE[:KEY]",
        help="A checkpoint, or one entry of it: safetensors or PyTorch, or an index of either.",
    ),
]
Partial = Annotated[bool, typer.Option("--partial", help="Part of the checkpoint need not fit.")]
MatchOption = Annotated[Match, typer.Option("--match", help="How tensors find their layers.")]
Device = Annotated[str, typer.Option("--device", metavar="NAME", help="Where torch runs: cpu, cuda, cuda:1, mps.")]
MemoryLimit = Annotated[
    str | None,
    typer.Option(
        "--memory-limit", metavar="SIZE", help="Refuse what would need more.  [default: half of the machine's]"
    ),
]
Baseline = Annotated[
    str | None,
    typer.Option(
        "--baseline", metavar="JSON|SPEC|git:REF", help="Compare with this: a JSON document, a spec, or a git commit."
    ),
]
FailOnIncrease = Annotated[
    str | None,
    typer.Option(
        "--fail-on-increase",
        metavar="METRIC[=LIMIT],...",
        help="Exit with 1 if a metric rose above the baseline's: at all, or by more than 5%, 10k, 2MiB.",
    ),
]


# --- what every command reads specs with ---------------------------------------------------------


def _settings(
    assign: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Override one of the spec's vars.")
    ] = None,
    shape: Annotated[
        list[str] | None,
        typer.Option("--input-shape", metavar="[NAME=]C,H,W", help="Override an input's sizes, without the batch."),
    ] = None,
    custom_layers: Annotated[
        Path | None,
        typer.Option("--custom-layers", metavar="FILE.py", help="Your own nn.Module classes; the file is run."),
    ] = None,
    select: Annotated[
        list[str] | None, typer.Option("--select", metavar="CODE,...", help="Look for these findings too: N001, N.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="CODE,...", help="Pass over these findings: W201, W2.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Warnings are errors, and so is what is not counted.")
    ] = False,
) -> Settings:
    """The options of every command that reads specs, and what they mean."""
    from netinspect.findings import Selection
    from netinspect.reading import Settings

    assignments = []
    for text in assign or ():
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise InputError(f"--set {text}: write NAME=VALUE, such as --set depth=24")
        assignments.append((name.strip(), value.strip()))
    input_shapes = []
    for text in shape or ():
        # `left=3,128,128` is for one of several inputs.
        of_input, names_input, sizes = text.rpartition("=")
        numbers = whole_numbers(sizes)
        if numbers is None or (names_input and not of_input.strip()):
            raise InputError(f"--input-shape {text}: write sizes without the batch, such as --input-shape 3,128,128")
        input_shapes.append((of_input.strip(), numbers))
    return Settings(
        assignments=tuple(assignments),
        input_shapes=tuple(input_shapes),
        layers=custom_layer_types(custom_layers),
        custom_layers=custom_layers,
        selection=Selection(_codes("--select", select), _codes("--ignore", ignore)),
        strict=strict,
    )


def _models(
    ctx: typer.Context,
    torch: Annotated[
        list[str] | None,
        typer.Option(
            "--torch",
            metavar="TARGET",
            help="A torch model for a SPEC: package.module:factory or file.py:Class; its code is run. Repeatable.",
        ),
    ] = None,
    args: Annotated[
        list[str] | None, typer.Option("--args", metavar="JSON", help="What the --torch before it is called with.")
    ] = None,
    input: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="[NAME=]SIZES[:DTYPE[:HIGH]]",
            help="An input of the --torch before it, without the batch.",
        ),
    ] = None,
    config: Annotated[
        list[Path] | None,
        typer.Option(
            "--config", metavar="DIR", help="The folder of config.json, for a --torch before it of transformers."
        ),
    ] = None,
) -> tuple[Mapping[str, TorchModel], Sequence[Any]]:
    """The torch models that stand for specs, and the inputs that are none of theirs."""
    if not torch:
        if args:
            raise InputError(f"--args {args[0]} is for a --torch before it")
        if config:
            raise InputError(f"--config {config[0]} is for a --torch before it")
        return {}, input or ()
    from netinspect.cli.torch_models import targets, torch_models

    models, others, ctx.meta[ORDER] = targets(ctx.meta[ORDER], torch, args or (), input or (), config or ())
    return torch_models(models), others


_EXIT_ZERO: Final = Annotated[bool, typer.Option("--exit-zero", help="End with 0 even if a check failed.")]


_UNREAD: Final = {"Settings": object, "TorchModel": object}
"""A type that the signatures below name and typer never sees: reading it would load what reads specs."""


def reads_specs(command: Callable[..., int]) -> Callable[..., int]:
    """The command with the options of `_settings` and `_models` in the place of its `settings`, and with `--exit-zero`
    at the end. An `--input` of its own has what `--torch` leaves of it."""
    its_own = inspect.signature(command, eval_str=True, locals=_UNREAD).parameters
    shared = [
        parameter
        for options in (_models, _settings)
        for parameter in inspect.signature(options, eval_str=True, locals=_UNREAD).parameters.values()
        if parameter.name not in its_own
    ]

    @wraps(command)
    def with_options(*arguments: Any, ctx: typer.Context, exit_zero: bool, **options: Any) -> int:
        settings = _settings(**{name: options.pop(name) for name in inspect.signature(_settings).parameters})
        models, inputs = _models(ctx, *(options.pop(name) for name in ("torch", "args", "input", "config")))
        if inputs and "input" not in its_own:
            raise InputError(f"--input {inputs[0]} is for a --torch before it; for a spec write --input-shape")
        options |= {name: value for name, value in {"ctx": ctx, "input": inputs}.items() if name in its_own}
        code = command(*arguments, settings=replace(settings, models=models), **options)
        return 0 if exit_zero and code == 1 else code

    parameters: list[inspect.Parameter] = []
    for parameter in its_own.values():
        if parameter.name != "settings":
            parameters.append(parameter)
        else:
            parameters += [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in shared]
    parameters.append(
        inspect.Parameter("exit_zero", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_EXIT_ZERO)
    )
    with_options.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return with_options


def custom_layer_types(file: Path | None) -> Mapping[str, Entry]:
    """The layers a spec may use: the catalogue's, and those of `--custom-layers` (which loads torch)."""
    from netinspect.catalogue import LAYERS

    if file is None:
        return LAYERS
    from netinspect.torch_backend.custom_layers import with_custom_layers

    return with_custom_layers(file)


@contextmanager
def running_layers_of(file: Path | None) -> Iterator[None]:
    """While this holds, the network runs, and with it the layers of `--custom-layers`: what these raise is a mistake
    in them."""
    if file is None:
        yield
        return
    from netinspect.torch_backend.user_code import user_code

    with user_code(
        lambda words: InputError(f"running the network with the layers of {file} failed: {words}"), file.parent
    ):
        yield


def _codes(option: str, texts: Sequence[str] | None) -> tuple[str, ...]:
    """`W201,N` as codes. InputError for what is none, and for mistakes, which cannot be ignored."""
    if not texts:
        return ()
    from netinspect.findings.codes import code_mistake

    codes = tuple(code for text in texts for code in listed(text))
    for code in codes:
        mistake = code_mistake(code, ignoring=option == "--ignore")
        if mistake is not None:
            raise InputError(f"{option} {code}: {mistake}")
    return codes


def whole_numbers(text: str) -> tuple[int, ...] | None:
    """`3,128,128` as numbers; None where one of them is no whole number from 1."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and 1 <= len(part) <= 10 and int(part) > 0 for part in parts):
        return None
    return tuple(map(int, parts))


def byte_amount(option: str, text: str | None) -> int | None:
    """`8GiB` as bytes. InputError, with the option's name, where it is no amount."""
    if text is None:
        return None
    from netinspect.language import parse_bytes

    try:
        return parse_bytes(text)
    except InputError as error:
        raise InputError(f"{option}: {error}") from error


def listed(text: str) -> tuple[str, ...]:
    """`a, b` as its words."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def refuse_overwriting(
    outputs: Sequence[Path | None], references: Sequence[str], inputs: Sequence[Path | str | None] = ()
) -> None:
    """InputError, before any work, where an output is a spec, another input or another output."""
    from netinspect.files import refuse_overwriting as refuse
    from netinspect.network.load import file_of

    files = map(file_of, references)
    refuse([path for path in outputs if path is not None], [path for path in (*files, *inputs) if path])


def refuse_replacing(file: Path | None, *, force: bool) -> None:
    """InputError where a file of a person's own work is already there."""
    if file is not None and file.is_file() and not force:
        raise InputError(f"{file} is already there; name another file, or write over it with --force")


def references(specs: Sequence[str] | None, settings: Settings) -> list[str]:
    """The specs that are named and the models that stand for further ones. InputError where there is none, and where
    standard input cannot be read."""
    named = [*(specs or ()), *settings.models]
    if not named:
        raise InputError("nothing is named: give a SPEC, or --torch TARGET")
    refuse_typing(named)
    return named


def reference(spec: str | None, settings: Settings) -> str:
    """The one spec, or the model that stands for it. InputError for none and for several."""
    named = references([spec] if spec is not None else [], settings)
    if len(named) > 1:
        raise InputError(f"one network is asked for, and here are {len(named)}: {', '.join(named)}")
    return named[0]


def refuse_typing(references: Sequence[str]) -> None:
    """InputError where standard input is asked for twice, or is a terminal: nobody types a spec, and it would look
    like a hang."""
    import sys

    if references.count("-") > 1:
        raise InputError("standard input can be read once, and - stands twice")
    if "-" in references and sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty():
        raise InputError("standard input is a terminal; pipe a spec in, or name a file")
