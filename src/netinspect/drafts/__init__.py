"""First drafts: what was written by habit from elsewhere, in the words of a spec.

A style is a way in which networks are written elsewhere: torch's own code, Keras, the tables of textbooks. Drafts are
looked at only where a text is no spec, so that a spec that is right costs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from netinspect.errors import Diagnostic, InputError, SpecError
from netinspect.language import Source
from netinspect.network.load import SpecFile, spec_file

Look = Callable[[SpecFile], tuple[Diagnostic, ...]]
"""Works a spec out with the settings of the run: it raises its mistakes, or gives the warnings that it may not be the
network that was meant."""


def explained(file: SpecFile, failure: SpecError, look: Look) -> SpecError:
    """The failure of a spec with all its mistakes, those too that others hid, each with the lines to write."""
    from netinspect.drafts.mending import mended

    if failure.source is not file.source:
        return failure  # a mistake of the command line
    _, diagnostics = mended(file.source, failure.diagnostics, _mistakes(file, look))
    return SpecError(diagnostics, file.source, failure.partial)


def translated(file: SpecFile, failure: SpecError, look: Look) -> tuple[SpecFile, Diagnostic] | None:
    """What is written as another tool has it as the spec it means, and the warning that says so; None where it is a
    spec with mistakes, or where something had to be guessed."""
    from netinspect.drafts.foreign import foreign_text
    from netinspect.drafts.mending import with_lines

    if failure.source is not file.source:
        return None
    mistakes = _mistakes(file, look)
    found = foreign_text(file.source, failure.diagnostics, mistakes)
    if found is None or not found.fix:
        return None
    text, told = with_lines(file.source, found)
    source = Source(file.source.name, text)
    if any(diagnostic.severity == "error" for diagnostic in mistakes(source)):
        return None
    message = found.message.replace("and not as a spec", "and read as the spec below")
    warning = replace(told, code="W110", message=message)
    return replace(spec_file(source, file.variant, file.layers), path=file.path), warning


def _mistakes(file: SpecFile, look: Look) -> Callable[[Source], tuple[Diagnostic, ...]]:
    def mistakes(source: Source) -> tuple[Diagnostic, ...]:
        try:
            return look(spec_file(source, file.variant, file.layers))
        except SpecError as found:
            return found.diagnostics if found.source is source else ()
        except InputError:
            return ()

    return mistakes
