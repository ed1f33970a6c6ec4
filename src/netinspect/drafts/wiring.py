"""Steps that are wired to each other become the lines of a spec.

A graph from elsewhere says which step takes what; a spec says it by the order of its lines, and by names only where
the order does not. This module finds the lines that need a name, and gives them one that a spec allows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from netinspect.errors import Span
from netinspect.language.names import name_mistake

Wire = int | str
"""Where a value comes from: the number of the step that yields it, or the name of an input."""

_NOWHERE = Span(1, 1, 1, 1)


def usable_name(text: str | None) -> str | None:
    """The name that a spec allows and that is nearest to `text`; None where nothing of it is left."""
    words = re.sub(r"\W+", "_", text or "", flags=re.ASCII).strip("_")[:60]
    if not words:
        return None
    words = f"_{words}" if words[0].isdigit() else words
    return words if name_mistake(words, _NOWHERE) is None else f"{words}_1"


@dataclass(frozen=True, slots=True)
class Step:
    """One line to be: what it does, what it takes, its name where it has one, and the lines of a sub-network in it.

    The text holds `prev` for its one input, or `{0}`, `{1}` for several. A step that calls an earlier one `again`
    has no text of its own.
    """

    text: str
    inputs: tuple[Wire, ...]
    name: str | None
    hint: str
    body: tuple[str, ...] = ()
    again: int | None = None


@dataclass(slots=True)
class Wiring:
    """A list of steps while it grows. `inputs` are the names of the network's inputs, `input` where there is one."""

    inputs: tuple[str, ...] = ("input",)
    steps: list[Step] = field(default_factory=list)

    def add(
        self,
        text: str,
        inputs: Sequence[Wire],
        name: str | None = None,
        hint: str | None = None,
        body: tuple[str, ...] = (),
        again: int | None = None,
    ) -> int:
        """Appends a step and gives its number. A step without a name is named after `hint` if it needs one."""
        self.steps.append(Step(text, tuple(inputs), usable_name(name), hint or text, body, again))
        return len(self.steps) - 1

    def chain(self, texts: Sequence[str], inputs: Sequence[Wire], main: int, name: str | None, hint: str | None) -> int:
        """Appends steps each of which takes the one above; the name stands on the step number `main`.

        A step with `{2}` takes `inputs` again, besides the `prev` in its text.
        """
        for number, text in enumerate(texts):
            sources = inputs if number == 0 else (len(self.steps) - 1,)
            if number > 0 and (places := re.findall(r"\{(\d+)\}", text)):
                sources = tuple(inputs[int(place)] for place in places)
                text = re.sub(r"\{\d+\}", "{}", text)  # noqa: PLW2901
            behind = f"{name or hint or ''}_{text}" if number > main and (name or hint) else hint
            self.add(text, sources, name if number == main else None, behind)
        return len(self.steps) - 1

    def lines(self, outputs: Sequence[Wire]) -> tuple[tuple[str, ...], str | None]:
        """The lines, and what stands behind `outputs:` where that is not just the last line."""
        last = len(self.steps) - 1
        plain = list(outputs) == [last]
        referenced = {wire for number, step in enumerate(self.steps) for wire in step.inputs if wire != number - 1}
        referenced |= {step.again for step in self.steps if step.again is not None}
        referenced |= set() if plain else set(outputs)
        functions = {word for step in self.steps for word in re.findall(r"\b([a-z_]\w*)\(", step.text)}
        functions |= {step.text for step in self.steps if step.text[:1].islower()}
        taken = {*self.inputs, *functions, "input", "prev"}
        names: dict[int, str] = {}
        for number, step in enumerate(self.steps):
            if step.name is None and number not in referenced and not step.body:
                continue
            base = step.name or usable_name(re.sub(r"[\[({].*", "", step.hint).lower()) or "value"
            counter, name = 1, base
            while name in taken:
                counter, name = counter + 1, f"{base}_{counter}"
            taken.add(name)
            names[number] = name
        lines: list[str] = []
        for number, step in enumerate(self.steps):
            lines += self._line(number, step, names)
        if plain:
            return tuple(lines), None
        words = [wire if isinstance(wire, str) else names[wire] for wire in outputs]
        return tuple(lines), f"[{', '.join(words)}]"

    def _line(self, number: int, step: Step, names: dict[int, str]) -> list[str]:
        above: Wire = number - 1 if number else self.inputs[0]
        words = [str(names.get(wire, wire)) if isinstance(wire, int) else wire for wire in step.inputs]
        words = ["prev" if wire == above and number else word for wire, word in zip(step.inputs, words, strict=True)]
        implicit = step.inputs == (above,)
        text, brackets = step.text, ""
        if step.again is not None:
            text = f"{names[step.again]}({', '.join(words)})"
        elif "{" in text:
            text = text.format(*words)
        elif not implicit and re.search(r"\bprev\b", text) and not text[:1].isupper():
            text = re.sub(r"\bprev\b", words[0], text)
        elif not implicit and text[:1].islower():
            function, _, rest = text.partition("(")
            text = f"{function}({words[0]}{', ' + rest if rest else ')'}"
        elif not implicit:
            text = re.sub(r"\bprev\b", words[0], text)
            brackets = f"({', '.join(words)})"
        head = f"{names.get(number, '')}{brackets}"
        if step.body:
            return [f"- {head}:", *(f"  {line}" for line in step.body)]
        return [f"- {head}: {text}" if head else f"- {text}"]
