"""A sub-network, block or layer that runs where it is written, though only its later calls are of use."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.analysis.text import thousands
from netinspect.errors import Diagnostic, Edit, Span
from netinspect.findings.dead import IdleFirstRun, dead, key_span, name_of_part
from netinspect.findings.flow import once_a_line
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.writing import parsed, text_of
from netinspect.language.rewrite import entry_at, replacement
from netinspect.language.syntax import Name


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    for run in dead(subject).first_runs:
        part = run.part
        inputs = " and ".join(f"`{value.origin}`" for value in part.inputs)
        # The key of the line with the inputs of its first use, `branch(a)`, where they can be named there.
        call = parsed(subject, run.use.span)
        arguments = [argument.value for argument in call.arguments if argument.name is None] if call else []
        names = [value.id for value in arguments if isinstance(value, Name)]
        is_above = all(value.span is not None and value.span.line < part.span.line for value in run.use.inputs)
        is_named = call is not None and len(names) == len(call.arguments) > 0
        key = f"{_name(run)}({', '.join(names)})" if is_above and is_named else None
        cost = f"{thousands(run.macs)} MACs are of no use; " if run.macs else ""
        yield Diagnostic(
            "W107",
            f"{name_of_part(part)} runs in this line too, on {inputs}, and nothing reads the result",
            key_span(subject, part),
            note=f"{cost}what is read comes from line {run.use.span.line} and below",
            help=_help(subject, run, key),
            suggestion=_edits(subject, run, key) if key is not None else (),
        )


def _name(run: IdleFirstRun) -> str:
    return run.part.path.rpartition(".")[2]


def _help(subject: Subject, run: IdleFirstRun, key: str | None) -> str:
    """The two lines to write: the first use of the result becomes the line that defines it."""
    name, use = _name(run), run.use
    if key is None:
        return f"give this line the input of its first use, as in `- {name}(x): …`, and let that use be `{name}`"
    step = _step(subject, run)
    if ": " in step:  # the long form of a layer
        step = f"{{{step}}}"
    if _is_called_like_its_type(subject, run):
        entry = entry_at(subject.file.source.lines, use.span.line)
        first = (entry.name if entry else None) or "first"
        line = f"- {first}{key.removeprefix(name)}: {step}".strip()
        return f"write `{line}` here in the place of line {use.span.line}, and `{first}` for `{name}` below it"
    line = f"- {key}: {step}".strip()
    return f"write `{line}` here, and `{name}` for `{text_of(subject, use.span)}` in line {use.span.line}"


def _step(subject: Subject, run: IdleFirstRun) -> str:
    """What the line runs, as written; empty where it is a list below the line."""
    return (text_of(subject, run.part.span) or "").removeprefix(f"{_name(run)}:").strip()


def _is_called_like_its_type(subject: Subject, run: IdleFirstRun) -> bool:
    """Whether the name alone could be taken for a new one of its type: `encoder` of `encoder: Encoder` (E109)."""
    return _step(subject, run).partition("(")[0].lower() == _name(run).lower()


def _edits(subject: Subject, run: IdleFirstRun, key: str) -> tuple[Edit, ...]:
    """Both lines, where the name of the first stands in front of its colon."""
    if _is_called_like_its_type(subject, run):
        return ()
    start, name = key_span(subject, run.part), _name(run)
    place = Span(start.line, start.column, start.line, start.column + len(name))
    if text_of(subject, place) != name:
        return ()
    return (*replacement(place, key), *replacement(run.use.span, _name(run)))


RULE = Rule(
    code="W107",
    title="a sub-network or layer that is run, though only its later calls are used",
    why=(
        "A line that defines a sub-network or a layer also runs it, on what stands above. Where it is meant for later "
        "calls only, as the branch of a Siamese network, that first run is of no use: its input belongs in the "
        "brackets of its key, and the result is the first of its uses."
    ),
    bad="inputs:\n  a: [1, 28, 28]\n  b: [1, 28, 28]\nlayers:\n  - branch:\n    - Flatten\n    - Linear(64)\n"
    "    - Sigmoid\n  - left: branch(a)\n  - right: branch(b)\n  - abs(sub(left, right))\n  - Linear(1)\n",
    good="inputs:\n  a: [1, 28, 28]\n  b: [1, 28, 28]\nlayers:\n  - branch(a):\n    - Flatten\n    - Linear(64)\n"
    "    - Sigmoid\n  - left: branch\n  - right: branch(b)\n  - abs(sub(left, right))\n  - Linear(1)\n",
    check=check,
)
