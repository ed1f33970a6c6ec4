"""`netinspect visualize` once its options are read: plan, record, draw, write.

What can be refused is refused first: the folder, the spec, then weights and inputs, before anything is drawn.
torch is loaded only when the spec has proved valid.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netinspect.analysis.profile import profile
from netinspect.cli.streams import complain
from netinspect.cli.terminal import refuse_typing
from netinspect.cli.values import layers_of
from netinspect.cli.visualizing_progress import progress
from netinspect.errors import InputError, NetinspectError
from netinspect.folders import check_folder, write_folder
from netinspect.language.messages import printable
from netinspect.network.load import SpecFile, elaborate_file, open_spec
from netinspect.visualization.request import KINDS, Request, check

if TYPE_CHECKING:
    from netinspect.visualization.plan import Plan

TOP_INPUTS: Final = 9


def visualize(request: Request) -> None:
    """Draw what was asked for into the folder, whole or not at all."""
    check(request)
    if not request.dry_run:
        check_folder(request.output, force=request.force)
    refuse_typing(request.spec)
    file = open_spec(request.spec, layers_of(request.custom_layers))
    network = elaborate_file(file, assignments=request.assignments, input_shapes=request.input_shapes)
    from netinspect.visualization.plan import plan as planned

    plan = planned(network, profile(network), request)
    _check_plan(plan, request)
    if request.dry_run:
        from netinspect.visualization.plan import file_names

        sys.stdout.write("".join(f"{name}\n" for name in file_names(plan, request)))
        return
    from netinspect.visualization.drawing import drawn

    count = sum(1 for _ in plan.files)
    with progress(count + 1) as step, _own_layers_named(request.custom_layers):
        folder = drawn(plan, request, _about(file), step)
        if folder is None:
            return
        write_folder(request.output, folder.contents, force=request.force)
    for note in (*folder.notes, *_missing(plan, request)):
        complain(f"note: {printable(note)}")
    count_words = "1 figure" if folder.figures == 1 else f"{folder.figures} figures"
    complain(printable(f"{count_words} in {request.output}: open {request.output / 'index.html'}"))


def _check_plan(plan: Plan, request: Request) -> None:
    """InputError for what the network does not have."""
    if request.unit is not None:
        from netinspect.torch_backend.worked import parse_unit

        parse_unit(request.unit, plan.network)
    if not plan.kinds:
        raise InputError(
            f"--what {request.what}: {plan.network.name} has no such figure; --dry-run without --what lists what it has"
        )


def _missing(plan: Plan, request: Request) -> Iterator[str]:
    """What was asked for by name and is not there."""
    asked = request.kinds if request.what is not None else {"top_inputs"} & request.kinds
    missing = [kind for kind in KINDS if kind in asked - plan.kinds]
    if missing:
        yield f"{plan.network.name} has no figure of the kind {', '.join(missing)}"


@contextmanager
def _own_layers_named(file: Path | None) -> Iterator[None]:
    """What a user's own layers raise is no bug of netinspect's."""
    try:
        yield
    except (NetinspectError, MemoryError, OSError):
        raise
    except Exception as failure:
        if file is None:
            raise
        why = f"{type(failure).__name__}: {' '.join(str(failure).split())}"
        raise InputError(f"running the network with the layers of {file} failed: {why}") from failure


def most_top_inputs(asked: int | None, dataset: Path | None) -> int:
    """How many; InputError where that is asked and nothing says of what."""
    if asked is not None and dataset is None:
        raise InputError(f"--top-inputs {asked} needs --dataset DIR, where to look for them")
    return TOP_INPUTS if asked is None else asked


def _about(file: SpecFile) -> str:
    return (file.parsed.spec.about if file.parsed.spec is not None else None) or ""
