"""The torch models that `--torch` and `import` name: their inputs, their arguments, and the specs that they mean.

This runs the code that a user names. Nothing but these two options leads here.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netinspect.cli import options, output
from netinspect.errors import InputError
from netinspect.files import from_here

if TYPE_CHECKING:
    from netinspect.importing.trace import ModelInput
    from netinspect.reading import TorchModel
    from netinspect.torch_backend.imported import Imported


@dataclass(frozen=True, slots=True)
class Target:
    """What makes a model: `package.module:factory` or `file.py:Class`, what it is called with, example inputs, and the
    folder of its config, if it is one of transformers."""

    name: str
    arguments: Mapping[str, Any]
    inputs: tuple[ModelInput, ...]
    config: Path | None = None

    @property
    def title(self) -> str:
        """`model.py:Net`, with the arguments where there are any: `model.py:Net(width=8)`."""
        arguments = [f"{key}={value!r}" for key, value in self.arguments.items()]
        arguments += [f"config={self.config}"] if self.config is not None else []
        return f"{self.name}({', '.join(arguments)})" if arguments else self.name

    @property
    def network(self) -> str:
        """What the network is called."""
        return self.name.rpartition(":")[2]


def target(name: str, arguments: str | None, inputs: Sequence[str], config: Path | None = None) -> Target:
    """InputError for what is no JSON mapping, or no input."""
    examples = tuple(_input(text, place) for place, text in enumerate(inputs))
    return Target(name, _arguments(arguments or "{}"), examples, config)


def _arguments(text: str) -> dict[str, Any]:
    try:
        arguments = json.loads(text)
    except ValueError as failure:
        raise InputError(f"--args {text}: {failure}") from failure
    if not isinstance(arguments, dict):
        raise InputError(f'--args {text}: write the arguments by name: {{"classes": 10}}')
    return arguments


def _input(text: str, place: int) -> ModelInput:
    """`3,224,224`, `lengths=1:int64`, `words=20:int64:1000`; with axes `mel=80,time=300` and `sound=time=16000`."""
    from netinspect.importing.trace import ModelInput
    from netinspect.language.fields import DTYPE_ALIASES, DTYPES
    from netinspect.language.inputs import AXES

    head, *kind = text.split(":")
    parts = [part.strip().split("=") for part in head.split(",")]
    axes = None
    if all(len(part) > 1 for part in parts) and (len(parts) > 1 or len(parts[0]) > 2):
        axes = tuple(part[-2] for part in parts)
        head = f"{'='.join(parts[0][:-2])}={','.join(part[-1] for part in parts)}".removeprefix("=")
        if len(set(axes)) < len(axes) or not set(axes) <= set(AXES) or any(len(part) > 2 for part in parts[1:]):
            raise InputError(f"--input {text}: the axes are some of {', '.join(AXES)}: --input mel=80,time=300")
    name, equals, sizes_text = head.rpartition("=")
    sizes = options.whole_numbers(sizes_text) if sizes_text else ()
    dtype = DTYPE_ALIASES.get(kind[0], kind[0]) if kind else "float32"
    is_right = sizes is not None and len(kind) <= 2 and dtype in DTYPES and all(word.isdecimal() for word in kind[1:])
    if not is_right or (equals and not name.isidentifier()):
        raise InputError(f"--input {text}: write --input 3,224,224 or --input words=20:int64:1000")
    high = int(kind[1]) if len(kind) == 2 else None
    return ModelInput(name, place, tuple(sizes or ()), dtype, high, axes=axes)


def imported_model(target: Target, network: str) -> Imported:
    """The spec of a model, of a network of that name. InputError, SpecError, NotImported."""
    from netinspect.torch_backend.imported import imported, named_inputs
    from netinspect.torch_backend.targets import load_target, stated_inputs

    # what the model prints is no part of a document
    with contextlib.redirect_stdout(sys.stderr), _progress(target.title) as step:
        model = load_target(target.name, target.arguments, config=target.config)
        inputs = named_inputs(model, target.inputs or stated_inputs(model))
        return imported(model, inputs, network, title=target.title, step=step)


def provenance(target: Target) -> str:
    """The comment above an imported spec: of what it is, by which versions, and what a run in evaluation mode does not
    show. Only a name of plain letters stands in it."""
    import re
    from importlib.metadata import PackageNotFoundError, version

    place = target.name.rpartition(":")[0]
    is_file = place.endswith(".py")
    versions = []
    for package in (() if is_file else (place.partition(".")[0],)) + ("torch",):
        with contextlib.suppress(PackageNotFoundError, ValueError):
            versions.append(f"{package} {version(package)}")
    name = Path(target.name).name if is_file else target.name
    name = name if re.fullmatch(r"[\w.:-]+", name) else "a model"
    mode = "as it runs in evaluation mode: dropout and stochastic depth of functions are left out"
    return f"# {name} ({', '.join(versions)}), {mode}\n"


@contextlib.contextmanager
def _progress(title: str) -> Iterator[Any]:
    """One line on a terminal's standard error that says what is being done, and is gone at the end."""
    width, stream = output.width_of_messages(), sys.stderr
    if width is None:
        yield lambda _what: None
        return
    from netinspect.language.messages import printable

    def step(what: str) -> None:
        stream.write(f"\r\x1b[K{printable(f'{title}: {what}')[: width - 1]}")
        stream.flush()

    try:
        step("importing it")
        yield step
    finally:
        stream.write("\r\x1b[K")
        stream.flush()


# --- where specs are read ------------------------------------------------------------------------


def torch_models(targets: Sequence[Target]) -> dict[str, TorchModel]:
    """The models by the references that stand for them. That one fails, or does what no spec can say, is told as
    mistakes of specs are."""
    from netinspect.importing.trace import NotImported
    from netinspect.language import Source
    from netinspect.reading import TorchModel

    models = {}
    for each in targets:
        try:
            spec = imported_model(each, each.network)
        except NotImported as refusal:
            models[each.title] = TorchModel(None, InputError(str(refusal)))
        except InputError as failure:
            models[each.title] = TorchModel(None, failure)
        else:
            for note in spec.notes():
                output.complain(f"note: {each.title}: {note}")
            file, span = spec.defined or (None, None)
            path = from_here(file) if file is not None else None  # None where the model's class is a library's
            origin = (str(path), span) if path is not None else ("", None)
            source = Source(each.title, provenance(each) + spec.text, origin)
            models[each.title] = TorchModel(source, weights=partial(_weights, each))
    return models


def _weights(target: Target, seed: int) -> tuple[Mapping[str, Any], frozenset[str]]:
    from netinspect.torch_backend.targets import target_weights

    return target_weights(target.name, target.arguments, seed, target.config)


def targets(
    order: Sequence[str],
    names: Sequence[str],
    arguments: Sequence[str],
    inputs: Sequence[Any],
    configs: Sequence[Path] = (),
) -> tuple[tuple[Target, ...], list[Any], tuple[str, ...]]:
    """Each `--torch` with the `--args`, the `--config` and the `--input`s behind it; then the inputs that are none of a
    model's, which are files and those behind another option that takes some, and the order without the others.

    A model without inputs of its own takes those of the one before it, else of the next one that has some. `order` has
    the names of the options as they came.
    """
    models: list[Target] = []
    others: list[Any] = []
    left: list[str] = []
    texts: dict[str, Iterator[Any]] = {
        "torch": iter(names),
        "args": iter(arguments),
        "input": iter(inputs),
        "config": iter(configs),
    }
    is_behind = False
    for option in order:
        if option == "torch":
            models.append(target(next(texts[option]), None, ()))
            is_behind = True
        elif option == "layer":
            is_behind = False
        elif option == "args":
            text = next(texts[option])
            if not models or models[-1].arguments:
                raise InputError(f"--args {text}: it is for the --torch before it, once")
            models[-1] = replace(models[-1], arguments=_arguments(text))
        elif option == "config":
            folder = next(texts[option])
            if not models or models[-1].config is not None:
                raise InputError(f"--config {folder}: it is for the --torch before it, once")
            models[-1] = replace(models[-1], config=folder)
        elif option == "input":
            text = next(texts[option])
            if is_behind and not Path(text).exists():
                models[-1] = replace(models[-1], inputs=(*models[-1].inputs, _input(str(text), len(models[-1].inputs))))
                continue
            others.append(text)
        left.append(option)
    return _with_inputs(models), others, tuple(left)


def _with_inputs(models: Sequence[Target]) -> tuple[Target, ...]:
    """Models without inputs have those of the one before them, else of the next one that has some."""
    stated = [position for position, model in enumerate(models) if model.inputs]
    with_inputs = list(models)
    for position, model in enumerate(models):
        if not model.inputs and stated:
            nearest = max((other for other in stated if other < position), default=stated[0])
            with_inputs[position] = replace(model, inputs=models[nearest].inputs)
    return tuple(with_inputs)
