"""From what a user types (a file, `file:variant`, `-`, a gallery name, one layer) to a network."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from netinspect.catalogue import LAYERS, Entry
from netinspect.errors import InputError, Span, SpecError
from netinspect.language import syntax
from netinspect.language.messages import closest
from netinspect.language.parse import Parsed, parse, parse_step
from netinspect.language.source import STDIN, Source, read_source
from netinspect.network.elaborate import elaborate
from netinspect.network.network import Network

Layers = Mapping[str, Entry]
"""The layer types a spec may use: the catalogue's, and a user's own where the command line names them."""


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A spec that was found and read: its text, its syntax, the variant that was asked for, the layers it may use.

    `path` is where the user keeps it; None for standard input and the gallery.
    """

    source: Source
    parsed: Parsed
    variant: str | None
    layers: Layers = field(default_factory=lambda: LAYERS)
    path: Path | None = None

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of its variants, in order."""
        return tuple(variant.name for variant in self.parsed.spec.variants) if self.parsed.spec else ()


MOST_NAMED: Final = 3
"""So many networks of a family are named to who wrote the beginning of their names."""


def open_spec(reference: str | Path, layers: Layers = LAYERS) -> SpecFile:
    """Find and read a spec: an existing file; else `file:variant` (at the last colon); `-` and `-:variant` are stdin;
    else a network of the gallery, by its name or as its file is called there, `resnet.yaml:resnet50`. A directory does
    not hide the gallery. Raises InputError if there is none."""
    name = str(reference)
    standard_input, _, variant = name.partition(":")
    if standard_input in ("-", STDIN):
        return _read(None, variant or None, layers)
    kind = _kind(name)
    if kind == "file":
        return _read(name, None, layers)
    file, colon, variant = name.rpartition(":")
    if colon and _kind(file) == "file":
        if file.endswith(".py"):
            raise InputError(f"{name} is a torch model, and no spec: write --torch {name} --input 3,224,224")
        return _read(file, variant, layers)
    from netinspect import gallery_specs

    entry = gallery_specs.find(name)
    if entry is not None:
        return _read(gallery_specs.path(entry), entry.variant, layers, display_name=entry.file)
    if kind == "directory":
        raise InputError(f"{name} is a directory, not a spec")
    if kind != "nothing":
        raise InputError(f"{name} cannot be read: {kind}")
    names = tuple(entry.name for entry in gallery_specs.entries())
    family = [other for other in names if other.startswith(f"{name}_")][:MOST_NAMED]
    guess = closest(name, names)
    meant = family or ([guess] if guess else [])
    ask = f"did you mean {' or '.join(f'`{other}`' for other in meant)}?"
    hint = ask if meant else "`netinspect gallery` lists the shipped networks"
    raise InputError(f"there is no file and no gallery network `{name}`; {hint}")


def file_of(reference: str) -> str:
    """The file that a reference names, whether or not a variant stands behind it; "" where it names none."""
    return reference if Path(reference).exists() else reference.rpartition(":")[0]


def _kind(name: str) -> str:
    """What a path leads to: "file" (a pipe or device, too), "directory", "nothing"; or why nobody can tell. The text
    is looked up as it stands: a Path would make `net.yaml/` the name of a file."""
    try:
        return "directory" if stat.S_ISDIR(os.stat(name).st_mode) else "file"  # noqa: PTH116
    except (FileNotFoundError, ValueError):
        return "nothing"
    except OSError as error:
        return error.strerror or str(error)


def _read(path: str | Path | None, variant: str | None, layers: Layers, display_name: str | None = None) -> SpecFile:
    source = read_source(path)
    if display_name is not None:
        source, path = replace(source, name=display_name), None
    return replace(spec_file(source, variant, layers), path=Path(path) if path is not None else None)


def spec_file(source: Source, variant: str | None = None, layers: Layers = LAYERS) -> SpecFile:
    """A spec whose text is at hand already."""
    return SpecFile(source, parse(source, types=frozenset(layers)), variant, layers)


def load(
    reference: str | Path,
    *,
    batch_size: int = 1,
    assignments: Sequence[tuple[str, str]] = (),
    input_shapes: Sequence[tuple[str, tuple[int, ...]]] = (),
) -> Network:
    """The network of a spec.

    `assignments` are (var, expression) pairs as in `--set depth=24`; `input_shapes` are (input name or "",
    sizes without the batch) pairs. Both switch `expect` off. Raises InputError or SpecError.
    """
    return elaborate_file(
        open_spec(reference), batch_size=batch_size, assignments=assignments, input_shapes=input_shapes
    )


def elaborate_file(
    file: SpecFile,
    *,
    batch_size: int = 1,
    assignments: Sequence[tuple[str, str]] = (),
    input_shapes: Sequence[tuple[str, tuple[int, ...]]] = (),
) -> Network:
    """The network of a spec that was read, with its own variant. Raises SpecError with every mistake."""
    if not 1 <= batch_size <= 2**31 - 1:
        raise InputError(f"the batch size is {batch_size}; it must be at least 1")
    if file.parsed.spec is None:
        raise SpecError(file.parsed.diagnostics, file.source)
    of_others = {
        mistake for variant in file.parsed.spec.variants if variant.name != file.variant for mistake in variant.mistakes
    }
    diagnostics = [diagnostic for diagnostic in file.parsed.diagnostics if diagnostic not in of_others]
    return elaborate(
        file.parsed.spec,
        file.source,
        diagnostics=diagnostics,
        variant=file.variant,
        assignments=assignments,
        input_shapes=input_shapes,
        batch_size=batch_size,
        layers=file.layers,
    )


# --- a network of one step -----------------------------------------------------------------------


START = Span(1, 1, 1, 1)

InputType = tuple[tuple[int, ...], str]
"""An input's sizes, without the batch, and its dtype."""


def one_layer(
    text: str,
    inputs: Sequence[InputType],
    *,
    where: str = "--layer",
    batch_size: int = 1,
    layers: Mapping[str, Entry] = LAYERS,
) -> Network:
    """The network of one step on `inputs`, which it takes in their order. SpecError with places in `text`."""
    step = parse_step(text, where)
    names = ("input",) if len(inputs) == 1 else tuple(f"input{number}" for number in range(1, len(inputs) + 1))
    arguments = (
        None if len(inputs) == 1 else tuple(syntax.Argument(None, syntax.Name(name, START), START) for name in names)
    )
    line = syntax.Line(None, arguments, step, step.span)
    spec = syntax.Spec(
        name=" ".join(text.split()),
        about=None,
        paper=None,
        source=None,
        results=(),
        vars=(),
        variants=(),
        blocks=(),
        inputs=tuple(
            syntax.Input(name, tuple(syntax.Literal(size, START) for size in sizes), None, dtype, None, (), START)
            for name, (sizes, dtype) in zip(names, inputs, strict=True)
        ),
        body=syntax.Scope((line,)),
        frozen=(),
        tie=(),
        expect=None,
        budget=None,
    )
    return elaborate(spec, Source(where, text), batch_size=batch_size, layers=layers)
