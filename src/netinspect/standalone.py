"""One variant of a family as a spec of its own.

`netinspect gallery resnet50 --spec` must give a file whose network is ResNet-50 and which a person likes to
read. So the family's text is changed, not written anew: the variant's values go where the base's stood, its
`expect` and `results` replace the file's, its `budget` does if it has one, and the variants go. Comments and layout
stay.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from netinspect.errors import InputError, Span
from netinspect.language import Source, parse
from netinspect.language.syntax import Budget, Expectation, Spec, Variant


def standalone(text: str, variant: str) -> str:
    """The spec `text` with `variant` as its base and no variants. Raises InputError if there is no such one."""
    spec = parse(Source("<gallery>", text)).spec
    chosen = next((each for each in spec.variants if each.name == variant), None) if spec else None
    if spec is None or chosen is None:
        raise InputError(f"the spec has no variant `{variant}`")
    sections = [section for section in _sections(_with_values(text, spec, chosen)) if section.key != "variants"]
    replacements = _own_keys(chosen)
    if replacements is not None:
        kept = []
        for section in sections:
            if section.key in replacements:
                blank = [line for line in section.lines if not line]
                kept.append(_Section(section.key, (replacements.pop(section.key), *blank)))
            elif section.key not in _REPLACED or section.key == "budget":
                kept.append(section)
        sections = [*kept, *(_Section(key, (line,)) for key, line in replacements.items())]
    lines = [line for section in sections for line in section.lines]
    return "\n".join(lines).rstrip("\n") + "\n"


# --- the variant's values ----------------------------------------------------------------------


def _with_values(text: str, spec: Spec, chosen: Variant) -> str:
    """The text with the variant's values in the place of the base's."""
    places = {variable.name: variable.value.span for variable in spec.vars}
    changes = [
        (*_offsets(text, places[variable.name]), text[slice(*_offsets(text, variable.value.span))])
        for variable in chosen.vars
    ]
    for start, end, value in sorted(changes, reverse=True):
        rest = text[end:]
        comment = re.match(r"""([^\n#"']*?)( +)(?=#)""", rest)
        if comment is not None:  # it stays in its column
            blanks = len(comment[2]) + end - start - len(value)
            rest = comment[1] + " " * max(2, blanks) + rest[comment.end() :]
        text = text[:start] + value + rest
    return text


def _offsets(text: str, span: Span) -> tuple[int, int]:
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    return starts[span.line - 1] + span.column - 1, starts[span.end_line - 1] + span.end_column - 1


# --- the keys of the file ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Section:
    """A top-level key with its lines: the comment right above it, and the blank lines after it."""

    key: str
    lines: tuple[str, ...]


_REPLACED = ("expect", "budget", "results")


def _sections(text: str) -> list[_Section]:
    lines = text.rstrip("\n").split("\n")
    keys = [number for number, line in enumerate(lines) if line[:1].isalpha()]
    starts = []
    for key in keys:
        start = key
        while start and lines[start - 1].startswith("#"):  # the comment right above belongs to the key
            start -= 1
        starts.append(start)
    sections = [_Section("", tuple(lines[: starts[0]]))] if starts[0] else []
    for key, start, end in zip(keys, starts, [*starts[1:], len(lines)], strict=True):
        sections.append(_Section(lines[key].split(":")[0], tuple(lines[start:end])))
    return sections


# --- the variant's own expect, budget and results ------------------------------------------------


def _own_keys(chosen: Variant) -> dict[str, str] | None:
    """The lines that stand for the file's; None for the base's own name, which the file's are about."""
    if not chosen.vars and chosen.expect is None and chosen.budget is None and not chosen.results:
        return None
    expect, budget = chosen.expect, chosen.budget
    expectations = _counts(expect, ("params", "macs"))
    shapes = {name: f"[{', '.join(map(str, shape))}]" for name, shape in expect.outputs} if expect else {}
    if shapes:
        named = ", ".join(f"{name}: {shape}" for name, shape in shapes.items())
        expectations.append(f"output: {shapes['']}" if "" in shapes else f"output: {{{named}}}")
    replacements: dict[str, list[str]] = {
        "results": [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in chosen.results],
        "expect": expectations,
        "budget": _counts(budget, ("params", "macs", "param_memory", "peak_memory")),
    }
    return {key: f"{key}: {{{', '.join(items)}}}" for key, items in replacements.items() if items}


def _counts(figures: Expectation | Budget | None, names: tuple[str, ...]) -> list[str]:
    """`params: 1_000` for each of these figures that is said."""
    values = {name: getattr(figures, name, None) for name in names}
    return [f"{name}: {value:_}" for name, value in values.items() if value is not None]
