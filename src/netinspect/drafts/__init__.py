"""First drafts: what was written by habit from elsewhere, in the words of a spec.

A style is a way in which networks are written elsewhere: torch's own code, Keras, the tables of textbooks. Drafts are
looked at only where a text is no spec, so that a spec that is right costs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable

from netinspect.errors import Diagnostic, InputError, SpecError
from netinspect.language import Source
from netinspect.network.load import SpecFile, spec_file


def explained(file: SpecFile, failure: SpecError, look: Callable[[SpecFile], tuple[Diagnostic, ...]]) -> SpecError:
    """The failure of a spec with all its mistakes, those too that others hid, each with the lines to write.

    `look` works a spec out with the settings of the run: it raises its mistakes, or gives the warnings that it may not
    be the network that was meant.
    """
    from netinspect.drafts.mending import mended

    if failure.source is not file.source:
        return failure  # a mistake of the command line

    def mistakes(source: Source) -> tuple[Diagnostic, ...]:
        try:
            return look(spec_file(source, file.variant, file.layers))
        except SpecError as found:
            return found.diagnostics if found.source is source else ()
        except InputError:
            return ()

    _, diagnostics = mended(file.source, failure.diagnostics, mistakes)
    return SpecError(diagnostics, file.source, failure.partial)
