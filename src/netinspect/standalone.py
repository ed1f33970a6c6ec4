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
    sections = _sections(_with_values(text, spec, chosen))
    return _joined([section for section in sections if section.key != "variants"], _own_keys(chosen))


# --- the variant's values ----------------------------------------------------------------------


def _with_values(text: str, spec: Spec, chosen: Variant) -> str:
    """The text with the variant's values in the place of the base's."""
    places = {variable.name: variable.value.span for variable in spec.vars}
    changes = [(*_offsets(text, places[variable.name]), _slice(text, variable.value.span)) for variable in chosen.vars]
    for start, end, value in sorted(changes, reverse=True):
        text = text[:start] + value + _aligned(text[end:], end - start - len(value))
    return text


def _aligned(rest: str, shorter: int) -> str:
    """What follows a value that became `shorter` by so many characters, a comment on its line kept in its column."""
    line = re.match(r"""([^\n#"']*?)( +)(?=#)""", rest)
    if line is None:
        return rest
    return line[1] + " " * max(2, len(line[2]) + shorter) + rest[line.end() :]


def _slice(text: str, span: Span) -> str:
    start, end = _offsets(text, span)
    return text[start:end]


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
    starts = [_with_comment(lines, number) for number, line in enumerate(lines) if line[:1].isalpha()]
    ends = [*starts[1:], len(lines)]
    head = [_Section("", tuple(lines[: starts[0]]))] if starts[0] else []
    return head + [_section(lines[start:end]) for start, end in zip(starts, ends, strict=True)]


def _with_comment(lines: list[str], number: int) -> int:
    """Where the comment right above line `number` begins."""
    while number and lines[number - 1].startswith("#"):
        number -= 1
    return number


def _section(lines: list[str]) -> _Section:
    key_line = next(line for line in lines if line[:1].isalpha())
    return _Section(key_line.split(":")[0], tuple(lines))


def _joined(sections: list[_Section], replacements: dict[str, str] | None) -> str:
    """The text of the sections. `replacements` are the keys that replace the file's; None leaves those as they are."""
    if replacements is not None:
        left_out = {key for key in _REPLACED if key not in replacements and key != "budget"}
        sections = [_replaced(section, replacements) for section in sections if section.key not in left_out]
        present = {section.key for section in sections}
        sections += [_Section(key, (line,)) for key, line in replacements.items() if key not in present]
    lines = [line for section in sections for line in section.lines]
    return "\n".join(lines).rstrip("\n") + "\n"


def _replaced(section: _Section, replacements: dict[str, str]) -> _Section:
    if section.key not in replacements:
        return section
    blank = tuple(line for line in section.lines if not line)
    return _Section(section.key, (replacements[section.key], *blank))


# --- the variant's own expect, budget and results ------------------------------------------------


def _own_keys(chosen: Variant) -> dict[str, str] | None:
    """The lines that stand for the file's; None for the base's own name, which the file's are about."""
    if not chosen.vars and chosen.expect is None and chosen.budget is None and not chosen.results:
        return None
    replacements: dict[str, list[str]] = {
        "results": [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in chosen.results],
        "expect": _expectations(chosen.expect) if chosen.expect else [],
        "budget": _bounds(chosen.budget) if chosen.budget else [],
    }
    return {key: f"{key}: {{{', '.join(items)}}}" for key, items in replacements.items() if items}


def _expectations(expect: Expectation) -> list[str]:
    exact = (("params", expect.params), ("macs", expect.macs))
    counts = [f"{name}: {value:_}" for name, value in exact if value is not None]
    shapes = {name: f"[{', '.join(map(str, shape))}]" for name, shape in expect.outputs}
    if not shapes:
        return counts
    named = ", ".join(f"{name}: {shape}" for name, shape in shapes.items())
    return [*counts, f"output: {shapes['']}" if "" in shapes else f"output: {{{named}}}"]


def _bounds(budget: Budget) -> list[str]:
    bounds = {
        "params": budget.params,
        "macs": budget.macs,
        "param_memory": budget.param_memory,
        "peak_memory": budget.peak_memory,
    }
    return [f"{name}: {value:_}" for name, value in bounds.items() if value is not None]
