"""A mistake inside a block that nothing uses: elaboration never meets it, and the block breaks once it is used.

What can be said without sizes is looked at: whether every layer type, function and argument is one that there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netinspect.catalogue import FUNCTIONS, Entry
from netinspect.errors import Diagnostic, Span
from netinspect.findings.names import nodes, own_names, unused_blocks
from netinspect.findings.rule import Rule, Subject
from netinspect.language import syntax
from netinspect.language.messages import closest

_Known = Callable[[str], Entry | syntax.Block | None]
"""What a name stands for in the whole spec; None where it may be a name of the block's own, or nothing."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    spec = subject.file.parsed.spec
    for block in unused_blocks(spec) if spec is not None and spec.blocks else ():
        yield from mistakes_in(subject, block)


def mistakes_in(subject: Subject, block: syntax.Block) -> Iterator[Diagnostic]:
    """What is wrong in a block of the spec that nothing uses."""
    spec = subject.file.parsed.spec
    assert spec is not None
    blocks = {other.name: other for other in spec.blocks}
    layers = subject.file.layers

    def known(name: str) -> Entry | syntax.Block | None:
        return blocks.get(name) or layers.get(name) or FUNCTIONS.get(name)

    local = {variable.name for variable in spec.vars} | own_names(block)
    names = (*blocks, *layers, *FUNCTIONS)
    note = f"nothing uses `{block.name}` (line {block.span.line}), so this shows only once something does"
    for call in nodes(block.body, syntax.Call):
        if not isinstance(call.function, syntax.Name) or call.function.id in local:
            continue
        target = known(call.function.id)
        if target is None and call.function.id[:1].isupper():
            yield _unknown(call.function, names, note)
        elif target is not None:
            if isinstance(target, syntax.Block):
                arguments = [parameter.name for parameter in target.parameters]
            else:
                arguments = [argument.name for argument in (*target.arguments, *target.forward)]
            for argument in call.arguments:
                if argument.name is not None and argument.name not in arguments:
                    guess = closest(argument.name, arguments)
                    help = f"did you mean `{guess}`?" if guess else f"it has {', '.join(arguments) or 'none'}"
                    span = argument.span
                    place = Span(span.line, span.column, span.line, span.column + len(argument.name))
                    yield Diagnostic(
                        "W106", f"`{call.function.id}` has no argument `{argument.name}`", place, note, help
                    )
    for body in nodes(block.body, syntax.Body):  # words that stand alone as a layer: `- ReLU`
        unit = body.unit
        if isinstance(unit, syntax.Name) and unit.id[:1].isupper() and unit.id not in local and known(unit.id) is None:
            yield _unknown(unit, names, note)


def _unknown(name: syntax.Name, names: tuple[str, ...], note: str) -> Diagnostic:
    guess = closest(name.id, names)
    help = f"did you mean `{guess}`?" if guess else None
    return Diagnostic("W106", f"there is no layer type or function `{name.id}`", name.span, note, help)


RULE = Rule(
    code="W106",
    title="a mistake inside a block that nothing uses",
    why=(
        "Only what is used is worked out, so a mistake in a block that nothing uses stays unseen until somebody uses "
        "it: then their change seems to have broken it."
    ),
    bad="blocks:\n  Wide(channels):\n    - Covn2d(channels, kernel_size=3)\n    - ReLU\ninput: [3, 8, 8]\nlayers:\n"
    "  - Conv2d(8, kernel_size=3)\n",
    good="blocks:\n  Wide(channels):\n    - Conv2d(channels, kernel_size=3)\n    - ReLU\ninput: [3, 8, 8]\nlayers:\n"
    "  - Wide(8)\n",
    check=check,
)
