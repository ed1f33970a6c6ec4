"""How an entry is written down for a reader: its signature, its arguments, and what its example comes to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from netinspect.analysis.figures import Row
from netinspect.analysis.text import field_sizes, sizes, thousands
from netinspect.catalogue import Entry
from netinspect.catalogue.entry import REQUIRED, Argument, TensorType
from netinspect.catalogue.signature import Tensor, TensorOrNumber, Word
from netinspect.network.network import Call
from netinspect.reference.examples import example_call, example_lines, input_names

MOST_OUTPUTS: Final = 4


def value(setting: Any) -> str:
    """A default as a spec says it: fixed words without quotes, `(1, 1)` as `1`."""
    if isinstance(setting, tuple) and setting and all(item == setting[0] for item in setting):
        return value(setting[0])
    if isinstance(setting, tuple):
        return f"({', '.join(value(item) for item in setting)})"
    return f"{setting:g}" if isinstance(setting, float) else str(setting)


def signature(entry: Entry) -> str:
    """`Conv2d([in_channels], out_channels, kernel_size, stride=1, …)`: in brackets what is worked out.

    Of a layer the constructor's arguments; of a function all of the call's.
    """
    arguments = entry.arguments if entry.is_layer else entry.forward
    return f"{entry.name}({', '.join(declared(argument) for argument in arguments)})" if arguments else entry.name


def declared(argument: Argument) -> str:
    """An argument as a signature has it: `stride=1`, `[in_channels]` for one that is worked out."""
    if argument.inferred:
        return f"[{argument.name}]"
    if argument.variadic:
        return f"*{argument.name}"
    if argument.must_say or argument.default is REQUIRED:
        return argument.name
    return f"{argument.name}={value(argument.default)}"


def call_signature(entry: Entry) -> str | None:
    """A layer's tensors and the settings of its call, where there is more than one input: `(query, key=None)`."""
    if len(entry.forward) < 2:
        return None
    return f"({', '.join(declared(argument) for argument in entry.forward)})"


def kind_in_words(argument: Argument) -> str:
    """What an argument may be, and what is special about it."""
    words = argument.kind.describe()
    if argument.inferred:
        words += "; worked out from the input, and checked where it is stated"
    if argument.must_say:
        words += "; must be said" + (f": {argument.why}" if argument.why else "")
    if argument.same_as:
        words += f"; stands for {argument.same_as}"
    return words


def default(argument: Argument) -> str:
    """The default, or nothing."""
    if argument.inferred or argument.must_say or argument.default is REQUIRED:
        return ""
    text = value(argument.default)
    return f"`'{text}'`" if isinstance(argument.default, str) and not isinstance(argument.kind, Word) else f"`{text}`"


def is_setting(argument: Argument) -> bool:
    """Whether an argument is more than one of the call's tensors."""
    return not isinstance(argument.kind, Tensor | TensorOrNumber)


# --- the example ---------------------------------------------------------------------------------


def shown_lines(entry: Entry) -> str:
    """The example's lines as code."""
    return "<br>".join(f"`- {line}`" for line in example_lines(entry))


def inputs_in_words(entry: Entry) -> str:
    """What the example is shown with: `3×32×32`, `a: 8×16, b: 16×4`, `weight: 10×64`."""
    kinds = entry.example_inputs
    named = [
        f"{name} {_sizes(kind)}" if len(kinds) > 1 else _sizes(kind)
        for name, kind in zip(input_names(entry), kinds, strict=False)
    ]
    named += [f"the parameter {name} {sizes(shape)}" for name, shape in entry.example_parameters]
    return ", ".join(named)


def _sizes(kind: TensorType) -> str:
    text = sizes(kind.shape[1:])
    return text if kind.dtype == "float32" else f"{text} {kind.dtype}"


def worked(entry: Entry) -> str:
    """What the example comes to, as the tool works it out, in a sentence."""
    call, row = example_call(entry)
    figures = dict(facts(call, row))
    parts = [figures["gives"]]
    if "parameters" in figures:
        count, _, weights = figures["parameters"].partition(": ")
        parts.append(f"{count} parameters ({weights})")
    parts += [f"buffers {figures['buffers']}"] if "buffers" in figures else []
    parts += [f"{figures['MACs']} MACs"] if "MACs" in figures else []
    parts += [f"FLOPs: {figures['FLOPs']}"] if "FLOPs" in figures else []
    parts += [f"an output sees {figures['sees']}"] if "sees" in figures else []
    return "; ".join(parts)


def facts(call: Call, row: Row) -> Iterator[tuple[str, str]]:
    """What a call comes to: what it `gives`, its `parameters`, `buffers`, `MACs`, `FLOPs`, and what an output `sees`.

    Formulas stand in backticks."""
    texts = [  # with the batch as `N` where it does not lead
        output.sizes if output.type.dtype == "float32" else f"{output.sizes} {output.type.dtype}"
        for output in call.outputs
    ]
    if call.entry.gives_list:
        yield "gives", f"{len(texts)} tensors of {texts[0]}"
    elif len(texts) == 1:
        yield "gives", texts[0]
    else:
        names = (output.name for output in call.entry.outputs)
        yield "gives", ", ".join(f"{name} {text}" for name, text in zip(names, texts, strict=False))
    if call.result.parameters:
        weights = ", ".join(f"{weight.name} {sizes(weight.shape)}" for weight in call.result.parameters[:MOST_OUTPUTS])
        more = ", …" if len(call.result.parameters) > MOST_OUTPUTS else ""
        yield "parameters", f"{_count(row.params, row.params_formula)}: {weights}{more}"
    if call.result.buffers:
        yield "buffers", ", ".join(weight.name for weight in call.result.buffers)
    if row.macs:
        yield "MACs", _count(row.macs, row.macs_formula)
    if row.flop_buckets:
        yield "FLOPs", ", ".join(f"{thousands(flops)} {bucket}" for bucket, flops in row.flop_buckets)
    field = field_sizes(row.receptive_field)
    if field and (row.windowed or field == "global"):
        yield "sees", "all of the input" if field == "global" else field


def _count(number: int, formula: str | None) -> str:
    return f"{thousands(number)} = `{formula}`" if formula and formula != str(number) else thousands(number)
