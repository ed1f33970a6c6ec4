"""`netinspect visualize` once its options are read: plan, record, draw, write.

What can be refused is refused first: the folder, the spec, then weights and inputs, before anything is drawn.
torch is loaded only when the spec has proved valid.
"""

from __future__ import annotations

import sys

from netinspect.analysis.profile import profile
from netinspect.cli.streams import complain
from netinspect.cli.visualizing_progress import progress
from netinspect.folders import check_folder, write_folder
from netinspect.language.messages import printable
from netinspect.network.load import SpecFile, elaborate_file, open_spec
from netinspect.visualization.request import Request, check


def visualize(request: Request) -> None:
    """Draw what was asked for into the folder, whole or not at all."""
    check(request)
    if not request.dry_run:
        check_folder(request.output, force=request.force)
    file = open_spec(request.spec)
    network = elaborate_file(file)
    from netinspect.visualization.plan import plan as planned

    plan = planned(network, profile(network), request)
    if request.unit is not None:
        from netinspect.torch_backend.worked import parse_unit

        parse_unit(request.unit, network)
    if request.dry_run:
        from netinspect.visualization.plan import file_names

        sys.stdout.write("".join(f"{name}\n" for name in file_names(plan, request)))
        return
    from netinspect.visualization.drawing import drawn

    count = sum(1 for _ in plan.files)
    with progress(count + 1) as step:
        folder = drawn(plan, request, _about(file), step)
        if folder is None:
            return
        write_folder(request.output, folder.contents, force=request.force)
    for note in folder.notes:
        complain(f"note: {printable(note)}")
    count_words = "1 figure" if folder.figures == 1 else f"{folder.figures} figures"
    complain(printable(f"{count_words} in {request.output}: open {request.output / 'index.html'}"))


def _about(file: SpecFile) -> str:
    return (file.parsed.spec.about if file.parsed.spec is not None else None) or ""
