"""First drafts: what was written by habit from elsewhere, in the words of a spec.

A style is a way in which networks are written elsewhere: torch's own code, Keras, the tables of textbooks. Drafts are
looked at only where a text is no spec, so that a spec that is right costs nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from netinspect.errors import Diagnostic, InputError, SpecError
from netinspect.language.source import Source
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


FOREIGN: Final = frozenset({"E012", "E020", "E102", "E113", "E201"})
"""Mistakes that are words of another tool, and no slips."""


def translated(file: SpecFile, failure: SpecError, look: Look) -> tuple[SpecFile, tuple[Diagnostic, ...]] | None:
    """What is written in the words of another tool as the spec it means, and warnings that say so, each with its lines;
    None where there is any other mistake, or something had to be guessed."""
    from netinspect.drafts.mending import IN_PLACE, mended

    if failure.source is not file.source:
        return None
    mistakes = _mistakes(file, look)
    text, messages = mended(file.source, failure.diagnostics, mistakes)
    if not all(diagnostic.code in FOREIGN and diagnostic.fix for diagnostic in messages):
        return None
    source = Source(f"{file.source.name} (as read)", text)
    if any(diagnostic.severity == "error" for diagnostic in mistakes(source)):
        return None

    def as_it_is_read(help: str) -> str:
        if help.startswith("delete"):
            return "it is left out"
        return re.sub(f"^{IN_PLACE}(.*)", r"lines \1 are read as", help).replace("write", "it is read as", 1)

    warnings = (
        replace(
            diagnostic,
            code="W110",
            message=diagnostic.message.replace("and not as a spec", "and read as the spec below"),
            help=as_it_is_read(diagnostic.help or ""),
        )
        for diagnostic in messages
    )
    return replace(spec_file(source, file.variant, file.layers), path=file.path), tuple(warnings)


def _mistakes(file: SpecFile, look: Look) -> Callable[[Source], tuple[Diagnostic, ...]]:
    def mistakes(source: Source) -> tuple[Diagnostic, ...]:
        try:
            return look(spec_file(source, file.variant, file.layers))
        except SpecError as found:
            return found.diagnostics if found.source is source else ()
        except InputError:
            return ()

    return mistakes
