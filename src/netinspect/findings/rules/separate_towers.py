"""Two inputs that are compared by their difference, each behind a block of its own: the weights were to be shared."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.analysis.text import thousands
from netinspect.errors import Diagnostic, Edit
from netinspect.findings.flow import once_a_line
from netinspect.findings.rule import Rule, Subject
from netinspect.language.rewrite import entry_at
from netinspect.network.network import Scope

_DIFFERENCES = frozenset({"sub", "cdist", "pairwise_distance", "PairwiseDistance"})


@once_a_line
def check(subject: Subject) -> Iterator[Diagnostic]:
    inputs = [item.value for item in subject.network.inputs]
    if len(inputs) < 2:
        return
    towers = {}  # blocks, made here, that take one input of the network alone
    for item in subject.network.root.items:
        if not isinstance(item, Scope) or item.title is None or item.again or item.is_repeat:
            continue
        if len(item.inputs) == 1 and item.inputs[0] in inputs:
            towers[item.results[0]] = item
    for call in subject.network.calls:
        pair = [towers[value] for value in call.inputs if value in towers]
        if call.entry.name.rpartition(".")[2] not in _DIFFERENCES or len(pair) != 2:
            continue
        first, second = sorted(pair, key=lambda tower: tower.span)
        if first.title != second.title or first.inputs[0].type.shape != second.inputs[0].type.shape:
            continue
        if first.inputs[0] is second.inputs[0]:
            continue
        inside = [call for call in subject.network.calls if call.path.startswith(f"{second.path}.")]
        params = sum(subject.rows[call].params for call in inside)
        if not params:
            continue
        block, this, other = second.title, second.inputs[0].origin, first.inputs[0].origin
        lines = subject.file.source.lines
        entry, above = entry_at(lines, second.span.line), entry_at(lines, first.span.line)
        edits: tuple[Edit, ...] = ()  # the second line as a call of the first
        if entry is not None and entry.inputs is not None and above is not None and above.name is not None:
            key = f"{entry.name}: " if entry.name else ""
            edits = entry.replaced(f"{above.name}{entry.inputs}", key=key)
        line = edits[0].text.strip() if edits else f"- tower({this})"
        yield Diagnostic(
            "W111",
            f"`{block}` of `{this}` has other weights than that of `{other}`, and their difference is taken",
            second.span,
            note=f"each line with `{block}` makes a new one, here of {thousands(params)} params; to compare two "
            "inputs one block looks at both",
            help=f"write `{line}`" if edits else f"give the first one a name, as `tower`, and write `{line}`",
            suggestion=edits,
        )


RULE = Rule(
    code="W111",
    title="a difference of two inputs, each behind weights of its own",
    why=(
        "A Siamese network sees both inputs with the same weights: only then does their difference say how far apart "
        "they are. A line with the name of a block makes a new block each time, and a line with the name of a line "
        "calls that one again. Towers that are joined in another way, as by `cat`, may be meant apart and are not told "
        "of."
    ),
    bad="inputs:\n  left: [64]\n  right: [64]\nblocks:\n  Tower:\n    - Linear(32)\n    - ReLU\nlayers:\n"
    "  - a(left): Tower\n  - b(right): Tower\n  - abs(a - b)\n  - Linear(1)\n",
    good="inputs:\n  left: [64]\n  right: [64]\nblocks:\n  Tower:\n    - Linear(32)\n    - ReLU\nlayers:\n"
    "  - a(left): Tower\n  - b: a(right)\n  - abs(a - b)\n  - Linear(1)\n",
    check=check,
)
