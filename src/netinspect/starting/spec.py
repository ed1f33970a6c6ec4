"""A started spec made whole: its template read and worked out, sizes put into its comments, and `expect` below it.

Nothing is written that was not checked: a spec with a mistake or a warning is refused, with what was found.
"""

from __future__ import annotations

import json
import re

from netinspect.analysis.profile import profile
from netinspect.errors import InputError, SpecError
from netinspect.findings import examine
from netinspect.language import Source
from netinspect.network.load import elaborate_file, spec_file
from netinspect.network.network import Call, Network
from netinspect.starting.kinds import KINDS, Request

WORDS = 10_000
"""How many word ids there are unless another number is asked for."""

_COMMENT = re.compile(r"^(?P<code>.*\S)  # (?P<words>.*)$")
_INPUT = re.compile(r"`input: \[([\d, ]+)\]`")


def started(
    kind: str,
    *,
    sizes: tuple[int, ...] | None = None,
    classes: int | None = None,
    words: int | None = None,
    name: str | None = None,
    file_name: str = "net.yaml",
) -> str:
    """The text of a spec of a kind, for an input of these sizes without the batch.

    `file_name` is what its first lines call it. Raises InputError where the kind does not take that input, or that
    option.
    """
    template = KINDS.get(kind)
    if template is None:
        raise InputError(f"there is no kind '{kind}' to start from: one of {', '.join(KINDS)}")
    sizes = template.sizes if sizes is None else sizes
    if len(sizes) not in template.takes:
        takes = " or ".join(f"`{axes}`" for axes in template.takes.values())
        raise InputError(f"--input {_listed(sizes)}: {kind} takes {takes}, such as --input {_listed(template.sizes)}")
    if classes is not None and template.classes is None:
        raise InputError(f"--classes is for networks that classify; {kind} gives back its input")
    if words is not None and len(sizes) != template.reads_words_of:
        raise InputError(
            "--words is for a network that reads word ids: `transformer --input 128`, the length of a text"
        )
    if name is not None and not (name.strip() and name.isprintable()):
        raise InputError("--name: a name is text on one line")
    request = Request(sizes, classes or template.classes or 0, words or WORDS)
    title = template.title if name is None else json.dumps(name, ensure_ascii=False)
    head = (
        f"# {template.about}\n"
        f"# Change it: `netinspect summary {file_name}` shows it, and `verify` proves it.\n"
        f"name: {title}\n"
    )
    text = head + template.template(request)
    network, expectation = _worked_out(text, f"{kind} --input {_listed(sizes)}")
    return _aligned(_with_sizes(text, network)) + (
        f"\n# Checked on every read: after a change, delete it or write the new figures.\n{expectation}\n"
    )


def _listed(sizes: tuple[int, ...]) -> str:
    return ",".join(map(str, sizes))


def _worked_out(text: str, label: str) -> tuple[Network, str]:
    """The network of a spec, and the `expect` that it meets. InputError where anything at all is to be said of it."""
    file = spec_file(Source(label, text))
    try:
        network = elaborate_file(file)
    except SpecError as error:
        raise InputError(f"{label}: {error.diagnostics[0].message}") from None
    costs = profile(network)
    for finding in examine(network, costs, file).findings:
        diagnostic = finding.diagnostic
        help = _INPUT.sub(lambda match: f"`--input {match[1].replace(' ', '')}`", diagnostic.help or "")
        raise InputError(f"{label}: {diagnostic.message}{'; ' if help else ''}{help}")
    ((_, value),) = network.outputs
    totals = costs.totals
    output = list(value.type.shape[1:])
    return network, f"expect: {{params: {totals.params:_}, macs: {totals.macs:_}, output: {output}}}"


def _with_sizes(text: str, network: Network) -> str:
    """The spec with what each line of `layers` gives in front of its comment, unless the line above gives the same."""
    lines = text.splitlines()
    shapes = {}  # by line of the root's list, the sizes of what it gives, without the batch
    for item in network.root.items:
        values = item.outputs if isinstance(item, Call) else item.results
        shapes[item.span.line] = values[0].type.shape[1:]
    above: tuple[int, ...] | None = None
    for number, shape in shapes.items():
        if shape == above:
            continue
        above, place = shape, number - 1
        while place + 1 < len(lines) and lines[place + 1].startswith("      "):  # a line that is folded
            place += 1
        match, sizes = _COMMENT.match(lines[place]), " x ".join(map(str, shape))
        lines[place] = f"{match['code']}  # {sizes}: {match['words']}" if match else f"{lines[place]}  # {sizes}"
    return "\n".join(lines) + "\n"


def _aligned(text: str) -> str:
    """The spec with comments in one column between two empty lines or lines of words."""
    lines = text.splitlines()
    stretches: list[list[int]] = [[]]
    for place, line in enumerate(lines):
        if line and not line.lstrip().startswith("#"):
            stretches[-1].append(place)
        else:
            stretches.append([])
    for stretch in stretches:
        matches = {place: match for place in stretch if (match := _COMMENT.match(lines[place])) is not None}
        column = max((len(match["code"]) for match in matches.values()), default=0)
        for place, match in matches.items():
            lines[place] = f"{match['code']:{column}}  # {match['words']}"
    return "\n".join(lines) + "\n"
