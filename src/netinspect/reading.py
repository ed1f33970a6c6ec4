"""From what a user types to a network with its profile and its findings: the one way in which specs are read.

A mistake in a spec is a finding like any other, so that one broken spec of fifty does not hide the other 49. Only what
is no fault of a spec is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from netinspect.analysis.figures import Profile
from netinspect.analysis.profile import profile
from netinspect.catalogue import LAYERS, Entry
from netinspect.configuration import NONE, Configuration, configuration
from netinspect.drafts import explained, translated
from netinspect.errors import Diagnostic, InputError, Severity, Span, SpecError
from netinspect.findings import USUAL, Bound, Finding, Selection, broken, examine
from netinspect.findings.codes import titles
from netinspect.findings.selection import ignores
from netinspect.language import Parsed, Source
from netinspect.network.load import SpecFile, elaborate_file, open_spec, spec_file
from netinspect.network.network import Network

LayerInput = tuple[tuple[int, ...], str]
"""An input of a single layer: its sizes without the batch, and its dtype."""


@dataclass(frozen=True, slots=True, eq=False)
class TorchModel:
    """A torch model that stands where a spec is named: the text of its spec, or why there is none.

    `weights` gives, for a seed, its state dict and the keys in it that are random: another seed gives them others.
    """

    spec: Source | None
    failure: InputError | None = None
    weights: Callable[[int], tuple[Mapping[str, Any], frozenset[str]]] | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What every spec of a run is read with.

    assignments, input_shapes   what overrides the spec, as in `netinspect.network.load`
    layers                      the layer types it may use; `custom_layers` is the file of the user's own, if any
    selection, bounds           codes, and what totals may be at most; on top of the repository's own
    strict                      warnings are errors, and so is what is not counted
    translates                  what is written as another tool has it is read as the spec it means, with a warning
    models                      torch models by the references that stand for them
    """

    batch_size: int = 1
    dtype: str = "float32"
    optimizer: str | None = None
    assignments: tuple[tuple[str, str], ...] = ()
    input_shapes: tuple[tuple[str, tuple[int, ...]], ...] = ()
    layers: Mapping[str, Entry] = field(default_factory=lambda: LAYERS, repr=False)
    selection: Selection = USUAL
    bounds: tuple[Bound, ...] = ()
    custom_layers: Path | None = None
    strict: bool = False
    translates: bool = True
    models: Mapping[str, TorchModel] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One network as it was read.

    label      what the user called it: `net.yaml`, `net.yaml:wide`, `resnet50`
    file       the spec, None where it could not be read
    network    None where the spec is broken; then `partial` holds the lines before the first mistake, if there are any
    profile    of the network, or of the partial one
    ignored    findings that a comment in the spec ignores
    failure    what is wrong with a broken spec, as an exception
    """

    label: str
    file: SpecFile | None
    network: Network | None
    partial: Network | None
    profile: Profile | None
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()
    failure: InputError | None = None

    @property
    def is_broken(self) -> bool:
        return self.network is None

    @property
    def exit_code(self) -> int:
        """2 for a broken spec, 1 where a check failed, else 0."""
        return 2 if self.is_broken else int(any(finding.severity == "error" for finding in self.findings))


def read(reference: str, settings: Settings) -> Reading:
    """The network that is meant: of a file its base, or the variant that is named."""
    try:
        file = _opened(reference, settings)
    except InputError as failure:
        return _failed(reference, None, failure, settings)
    return read_file(reference, file, settings)


def _opened(reference: str, settings: Settings) -> SpecFile:
    """The spec that a reference names. InputError where there is none."""
    model = settings.models.get(reference)
    if model is None:
        return open_spec(reference, settings.layers)
    if model.spec is None:
        raise model.failure or InputError(f"{reference} has no spec")
    return spec_file(model.spec, None, settings.layers)


def read_networks(reference: str, settings: Settings) -> Iterator[Reading]:
    """Every network of a spec: the base and each variant that differs from it, or the one that is named."""
    try:
        file = _opened(reference, settings)
    except InputError as failure:
        yield _failed(reference, None, failure, settings)
        return
    for each in networks_of(file):
        named = each.variant is not None and file.variant is None
        yield read_file(f"{reference}:{each.variant}" if named else reference, each, settings)


def networks_of(file: SpecFile) -> tuple[SpecFile, ...]:
    """The spec once for its base and once for each variant that differs from it; the named variant alone."""
    if file.variant is not None or file.parsed.spec is None:
        return (file,)
    differing = [v.name for v in file.parsed.spec.variants if v.vars or v.expect or v.budget or v.mistakes]
    return (file, *(replace(file, variant=name) for name in differing))


def read_file(label: str, file: SpecFile, settings: Settings) -> Reading:
    """The network of a spec whose text is at hand."""

    def elaborated(spec: SpecFile) -> Network:
        return elaborate_file(
            spec,
            batch_size=settings.batch_size,
            assignments=settings.assignments,
            input_shapes=settings.input_shapes,
        )

    def look(spec: SpecFile) -> tuple[Diagnostic, ...]:
        return doubts(elaborated(spec), spec)

    written = file.source
    warnings: tuple[Diagnostic, ...] = ()
    try:
        network = elaborated(file)
    except SpecError as failure:
        other = translated(file, failure, look) if settings.translates else None
        if other is None:
            return _failed(label, file, explained(file, failure, look), settings)
        file, warnings = other
        network = elaborated(file)
    except InputError as failure:
        return _failed(label, file, failure, settings)
    try:
        repository = configuration_of(file)
        selection = selection_for(file, settings)
    except InputError as failure:
        return _failed(label, file, failure, settings)
    costs = profile(network, dtype=settings.dtype, optimizer=settings.optimizer)
    set_here = {bound.metric for bound in settings.bounds}
    examination = examine(
        network,
        costs,
        file,
        selection=selection,
        bounds=(*settings.bounds, *(bound for bound in repository.bounds if bound.metric not in set_here)),
        strict=settings.strict,
    )
    severity: Severity = "error" if settings.strict else "warning"
    of_draft = [Finding(warning, severity, written, written.name, file.variant) for warning in warnings]
    findings = (*of_draft, *examination.findings)
    return Reading(label, file, network, None, costs, findings, examination.ignored)


def doubts(network: Network, file: SpecFile) -> tuple[Diagnostic, ...]:
    """The warnings that a network may not be the one that was meant."""
    findings = examine(network, profile(network), file, selection=Selection(select=("W1",))).findings
    return tuple(finding.diagnostic for finding in findings if finding.code.startswith("W1"))


def selection_for(file: SpecFile, settings: Settings) -> Selection:
    """Which findings are looked for in a spec: what the settings say, and below that what its repository says."""
    repository = configuration_of(file)
    if repository.file is None or file.path is None:
        return settings.selection
    return replace(settings.selection, under=repository.selection(file.path))


def configuration_of(file: SpecFile) -> Configuration:
    """What the repository of a spec says; nothing for standard input and the gallery. InputError for wrong settings."""
    return configuration(Path(file.path).resolve().parent) if file.path is not None else NONE


def _failed(label: str, file: SpecFile | None, failure: InputError, settings: Settings) -> Reading:
    """A spec that is broken, with as much of its network as came before the first mistake."""
    name = file.source.name if file is not None else label
    variant = file.variant if file is not None else None
    if not isinstance(failure, SpecError):
        diagnostic = Diagnostic(failure.code, str(failure))
        return Reading(label, file, None, None, None, broken((diagnostic,), None, name, variant), failure=failure)
    source = failure.source or (file.source if file is not None else None)
    findings = broken(failure.diagnostics, source, name, variant)
    partial = failure.partial
    costs = profile(partial, dtype=settings.dtype, optimizer=settings.optimizer) if partial is not None else None
    return Reading(label, file, None, partial, costs, findings, failure=failure)


def read_layer(text: str, inputs: Sequence[LayerInput], settings: Settings) -> Reading:
    """A network of one step that stands on the command line, on inputs of these sizes and dtypes."""
    from netinspect.network.load import one_layer

    try:
        network = one_layer(text, inputs, batch_size=settings.batch_size, layers=settings.layers)
    except InputError as failure:
        return _failed(text, None, failure, settings)
    costs = profile(network, dtype=settings.dtype)
    file = SpecFile(Source("--layer", text), Parsed(None, ()), None, settings.layers)
    return Reading(network.name, None, network, None, costs, examine(network, costs, file).findings)


# --- comments that ignore ------------------------------------------------------------------------

_OF_BASELINES: Final = ("E604", "E605")
"""What is found against a baseline alone, so that nothing is said of an ignore where there is none."""


def wrong_ignores(
    source: Source, ignored: Sequence[Diagnostic], selection: Selection, *, strict: bool
) -> Iterator[Finding]:
    """W001 for a comment that names no code or gives no reason, N004 for one that ignores nothing in any network."""
    comments = ignores(source)
    known = titles() if comments else {}
    for comment in comments:
        span = Span(comment.line, comment.column, comment.line, comment.column + 1)
        unknown = [code for code in comment.codes if not any(name.startswith(code) for name in known)]
        if unknown or not comment.codes:
            message = f"there is no code `{unknown[0][:40]}`" if unknown else "no code stands in the brackets"
            help = "name codes, as ignore[W201]; `netinspect check --explain W201` tells what one means"
        elif not comment.reason:
            message, help = "the reason is missing", f"write it behind the brackets: ignore[{comment.codes[0]}] why"
        elif selection.takes("N004", is_usual=False):
            is_looked_for = any(selection.takes(code) and not code.startswith(_OF_BASELINES) for code in comment.codes)
            if is_looked_for and not any(comment.covers(diagnostic) for diagnostic in ignored):
                message = f"nothing to ignore: no {' or '.join(comment.codes)} is found here"
                diagnostic = Diagnostic("N004", message, span, help="delete the comment")
                yield Finding(diagnostic, "note", source, source.name)
            continue
        else:
            continue
        if selection.takes("W001"):
            severity: Severity = "error" if strict else "warning"
            yield Finding(Diagnostic("W001", message, span, help=help), severity, source, source.name)
