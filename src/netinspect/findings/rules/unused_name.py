"""A var, a block, a parameter of a block or of the network's own that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.errors import Diagnostic
from netinspect.findings.names import unused_block_parameters, unused_blocks, unused_parameters, unused_vars
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.rules.mistake_in_unused_block import mistakes_in


def check(subject: Subject) -> Iterator[Diagnostic]:
    spec = subject.file.parsed.spec
    if spec is None:
        return
    for var in unused_vars(spec):
        setting = [variant.name for variant in spec.variants if any(other.name == var.name for other in variant.vars)]
        note = f"that {' and '.join(f'`{name}`' for name in setting)} set it to something else changes nothing"
        yield Diagnostic(
            "W105",
            f"nothing uses the var `{var.name}`",
            var.span,
            note=note if setting else None,
            help=f"delete it, or write `{var.name}` where it is meant",
        )
    for block in unused_blocks(spec):
        if next(mistakes_in(subject, block), None) is None:  # W106 tells of those that are broken
            yield Diagnostic(
                "W105",
                f"nothing uses the block `{block.name}`",
                block.span,
                help=f"delete it, or write `- {block.name}` where it is meant",
            )
    for block, parameter in unused_block_parameters(spec):
        yield Diagnostic(
            "W105",
            f"`{block.name}` does not use its parameter `{parameter.name}`",
            parameter.span,
            note="so every use of it comes out the same, whatever is written there",
            help=f"delete it here and where `{block.name}` is used, or write `{parameter.name}` where it is meant",
        )
    for weight in unused_parameters(spec):
        yield Diagnostic(
            "W105",
            f"nothing uses the parameter `{weight.name}`",
            weight.span,
            note="it is counted and stored, and never learns",
            help=f"delete it, or read it in a line: `- add(prev, {weight.name})`",
        )


RULE = Rule(
    code="W105",
    title="a var, a block or a parameter that nothing uses",
    why=(
        "What is given a name and not used is mostly misspelt, or forgotten, where it was to be used: a number stands "
        "there in its place, and `--set` or a variant that changes the var changes nothing."
    ),
    bad="vars: {width: 128}\ninput: [64]\nlayers:\n  - Linear(100)\n  - ReLU\n  - Linear(10)\n",
    good="vars: {width: 128}\ninput: [64]\nlayers:\n  - Linear(width)\n  - ReLU\n  - Linear(10)\n",
    check=check,
)
