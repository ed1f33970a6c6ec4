"""The example of a catalogue entry as a spec, and as the call it comes out as.

An entry says a line or two and the tensors they are shown with; here these become a whole network, so that what
the reference shows is what the tool really says of it.
"""

from __future__ import annotations

from typing import Final

from netinspect.analysis.figures import Row
from netinspect.analysis.profile import profile
from netinspect.catalogue import Entry
from netinspect.catalogue.entry import TensorType
from netinspect.language import Source, parse
from netinspect.network.elaborate import elaborate
from netinspect.network.network import Call, Network

LETTERS: Final = ("a", "b", "c", "d")
HIGHEST_ID: Final = 100
UNUSED: Final = TensorType((2, 4))
"""The input of an example that makes its tensors itself: a spec has one."""


def example_lines(entry: Entry) -> tuple[str, ...]:
    """The example's lines, without their `- `."""
    return tuple(entry.example.split("\n"))


def input_names(entry: Entry) -> tuple[str, ...]:
    """What the example calls its inputs."""
    count = max(len(entry.example_inputs), 1)
    first = example_lines(entry)[0]
    if count == 1:
        return ("input",)
    if first.startswith("("):
        return tuple(name.strip() for name in first[1 : first.index(")")].split(","))
    return LETTERS[:count]


def example_spec(entry: Entry) -> str:
    """The example as a spec of its own."""
    kinds = entry.example_inputs or (UNUSED,)
    names = input_names(entry)
    if len(kinds) == 1:
        head = f"input: {_declared(kinds[0])}\n"
    else:
        head = "inputs:\n" + "".join(f"  {name}: {_declared(kind)}\n" for name, kind in zip(names, kinds, strict=True))
    if entry.example_parameters:
        rows = (f"  {name}: {list(shape)}\n" for name, shape in entry.example_parameters)
        head += f"parameters:\n{''.join(rows)}"
    return head + "layers:\n" + "".join(f"  - {line}\n" for line in example_lines(entry))


def _declared(kind: TensorType) -> str:
    sizes = str(list(kind.shape[1:]))
    if kind.dtype == "float32":
        return sizes
    return f"{{shape: {sizes}, dtype: {kind.dtype}, high: {HIGHEST_ID}}}"


def example_network(entry: Entry) -> Network:
    """The example, elaborated for one sample. SpecError where it is no sound spec."""
    source = Source(f"{entry.name}.yaml", example_spec(entry))
    parsed = parse(source)
    assert parsed.spec is not None, parsed.diagnostics
    return elaborate(parsed.spec, source, diagnostics=parsed.diagnostics)


def example_call(entry: Entry) -> tuple[Call, Row]:
    """The entry's own call in its example, and the row of a summary that tells of it."""
    network = example_network(entry)
    call = next(call for call in network.calls if call.entry is entry)
    row = next(row for row in profile(network).root.rows if row.path == call.path)
    return call, row
