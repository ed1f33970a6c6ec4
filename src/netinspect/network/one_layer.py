"""A network of a single step that was written on a command line: `Conv2d(1, kernel_size=3)` on 1×100×100."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netinspect.catalogue import LAYERS, Entry
from netinspect.errors import Span
from netinspect.language import Source, parse_step, syntax
from netinspect.network.elaborate import elaborate
from netinspect.network.network import Network

START = Span(1, 1, 1, 1)

InputType = tuple[tuple[int, ...], str]
"""An input's sizes, without the batch, and its dtype."""


def one_layer(
    text: str,
    inputs: Sequence[InputType],
    *,
    where: str = "--layer",
    batch_size: int = 1,
    layers: Mapping[str, Entry] = LAYERS,
) -> Network:
    """The network of one step on `inputs`, which it takes in their order. SpecError with places in `text`."""
    step = parse_step(text, where)
    names = ("input",) if len(inputs) == 1 else tuple(f"input{number}" for number in range(1, len(inputs) + 1))
    arguments = (
        None if len(inputs) == 1 else tuple(syntax.Argument(None, syntax.Name(name, START), START) for name in names)
    )
    line = syntax.Line(None, arguments, step, step.span)
    spec = syntax.Spec(
        name=" ".join(text.split()),
        about=None,
        paper=None,
        source=None,
        results=(),
        vars=(),
        variants=(),
        blocks=(),
        inputs=tuple(_input(name, *input_type) for name, input_type in zip(names, inputs, strict=True)),
        body=syntax.Scope((line,)),
        frozen=(),
        tie=(),
        expect=None,
        budget=None,
    )
    return elaborate(spec, Source(where, text), batch_size=batch_size, layers=layers)


def _input(name: str, sizes: tuple[int, ...], dtype: str) -> syntax.Input:
    shape = tuple(syntax.Literal(size, START) for size in sizes)
    return syntax.Input(name, shape, None, dtype, None, (), START)
