"""Rewrites of single lines for which the words of another tool must be known, or the whole network."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.drafts.entries.lines import network_of
from netinspect.drafts.entries.outline import Outline
from netinspect.drafts.guessed_input import GUESS, guessed_input
from netinspect.drafts.nodes import plain
from netinspect.drafts.styles.torch_lines import layer_of
from netinspect.errors import Diagnostic, Edit, Span
from netinspect.language.parse import KEYS
from netinspect.language.reader import read_nodes
from netinspect.language.rewrite import Entry, entry_at
from netinspect.language.source import Source

Mistakes = Callable[[Source], tuple[Diagnostic, ...]]

_INFINITE: Final = re.compile(r"""\bfloat\(\s*["']([+-]?)inf(?:inity)?["']\s*\)|\b(?:torch|math|np|numpy)\.inf\b""")
"""How other languages spell an infinite number."""

_FIRST_KEY: Final = re.compile(r"(?:vars|blocks|parameters|layers)\s*:")
_OF_KERAS: Final = frozenset({"E102", "E201"})


def with_habits(source: Source, diagnostic: Diagnostic, mistakes: Mistakes, *, is_alone: bool) -> Diagnostic:
    """The diagnostic with a rewrite, where it has none and one is probable. `is_alone`: the text has no other."""
    if diagnostic.span is None:
        return diagnostic
    entry = entry_at(source.lines, diagnostic.span.line)
    if diagnostic.code == "E005" and entry is not None and (name := _name_of_several(source, entry)):
        note = f"`{name}` is the name of several lines, and each needs its own"
        return replace(diagnostic, note=note, help=None, fix=(), suggestion=())
    if diagnostic.code in ("E004", "E012", "E016", "E017") and (edits := _numbers_as_vars(source)):
        first = next(edit for edit in edits if edit.span.end_line > edit.span.line)
        return Diagnostic("E005", "a number gets its name under `vars`", first.span, fix=edits)
    if diagnostic.code in ("E108", "E017") and (edits := _without_in(source, diagnostic.span.line)):
        return Diagnostic("E108", "`in` is a word of the language", edits[0].span, fix=edits)
    if diagnostic.code == "E113" and "`Parameter`" in diagnostic.message and (edits := _parameters_apart(source)):
        return replace(diagnostic, help=None, fix=edits)
    if diagnostic.code in ("E013", "E108", "E017", "E104") and (edits := _conditions(source, diagnostic.span.line)):
        return Diagnostic("E005", "a condition stands behind each line that it is of", diagnostic.span, fix=edits)
    if diagnostic.fix:
        return diagnostic
    if entry is not None and (body := _INFINITE.sub(r"\1inf", entry.body)) != entry.body:
        return replace(diagnostic, help=None, fix=entry.replaced(body))
    if entry is not None and diagnostic.code in ("E013", "E216", "E104", "E017") and (line := _as_call(entry)):
        message = "this line is written as a mapping of another tool, and not as a spec"
        return Diagnostic("E020", message, diagnostic.span, fix=(Edit(entry.span, line),))
    if diagnostic.code == "E017" and entry is not None and (line := _merged(entry)):
        message = "a layer that joins tensors is a function in torch"
        return Diagnostic("E102", message, diagnostic.span, fix=(Edit(entry.span, line),))
    if (
        diagnostic.code == "E113"
        and entry is not None
        and (inner := re.match(r"(?:\w+\.)*Lambda\((?!lambda)(.*)\)$", entry.body))
    ):
        return replace(diagnostic, fix=entry.replaced(inner[1]))
    if diagnostic.code == "E113" and entry is not None and entry.inputs is None and not _X.search(source.text):
        layer = layer_of(entry.body)
        return replace(diagnostic, fix=entry.replaced(layer)) if layer else diagnostic
    if diagnostic.code == "E008":
        return _without_anchors(source, diagnostic)
    if diagnostic.code == "E204" and is_alone and "in_features" in diagnostic.message:
        return _with_input_that_fits(source, diagnostic, mistakes)
    if diagnostic.code in _OF_KERAS:
        return _of_keras(source, diagnostic)
    if is_alone and diagnostic.code == "E018" and "`input`" in diagnostic.message:
        return _missing_input(source, diagnostic, mistakes)
    return diagnostic


_WITH_IN: Final = re.compile(r"(?P<indent> +)\w+\((?:[^()]*,)?\s*in\s*(?:[,=][^()]*)?\).*:\s*(?:#.*)?$")


def _without_in(source: Source, number: int) -> tuple[Edit, ...]:
    """`Block(in, out):` and its lines with `in_channels` for the word that has a meaning of its own."""
    for place in range(number, 0, -1):
        head = _WITH_IN.match(source.lines[place - 1])
        if head:
            break
        if source.lines[place - 1][:1] not in (" ", "", "#"):
            return ()
    else:
        return ()
    edits = []
    for line in range(place, len(source.lines) + 1):
        text = source.lines[line - 1]
        if line > place and text.strip() and len(text) - len(text.lstrip()) <= len(head["indent"]):
            break
        new = re.sub(r"(?<![\w.])(?<! for \w )in(?![\w])", "in_channels", text)
        if new != text:
            edits.append(Edit(Span(line, 1, line, len(text) + 1), new))
    return tuple(edits)


_OWN: Final = re.compile(r" +- (?P<name>\w+)\s*[:=]\s*(?:\w+\.)*Parameter\((?P<sizes>[^()]*)\)\s*(?:#.*)?$")


def _parameters_apart(source: Source) -> tuple[Edit, ...]:
    """Lines `token: Parameter(1, 1, 64)` of `layers` under `parameters:`."""
    matches = [(number, match) for number, line in enumerate(source.lines, 1) if (match := _OWN.match(line))]
    place = next((number for number, line in enumerate(source.lines, 1) if line.startswith("layers:")), 0)
    if not matches or matches[0][0] < place or any(line.startswith("parameters:") for line in source.lines):
        return ()
    lines = "".join(f"  {match['name']}: [{match['sizes']}]\n" for _, match in matches)
    gone = [Edit(Span(number, 1, number + 1, 1), "") for number, _ in matches]
    return (Edit(Span(place, 1, place, 1), f"parameters:\n{lines}"), *gone)


_IF: Final = re.compile(r"(?P<indent> *)(?:- )?if (?P<condition>.+):\s*$")
_ENTRY: Final = re.compile(r"(?P<indent> *)- (?P<body>\S.*?)(?P<comment>\s+#.*)?$")


def _conditions(source: Source, number: int) -> tuple[Edit, ...]:
    """`if stride != 1:` above lines as the condition of each of them; () where lines stand below one of these, or an
    `else`."""
    head = _IF.match(source.lines[number - 1])
    if head is None:
        return ()
    last = number
    bodies = []
    for line in source.lines[number:]:
        if len(line) - len(line.lstrip()) <= len(head["indent"]) and line.strip():
            if re.match(r"\s*(?:- )?(?:else|elif)\b", line):
                return ()
            break
        entry = _ENTRY.match(line)
        if line.strip() and (entry is None or entry["body"].endswith(":") or re.search(r" (?:if|for) ", entry["body"])):
            return ()
        last += 1
        bodies += [f"{head['indent']}- {entry['body']} if {head['condition']}{entry['comment'] or ''}"] if entry else []
    if not bodies or len({len(line) - len(line.lstrip()) for line in source.lines[number:last] if line.strip()}) != 1:
        return ()
    return (Edit(Span(number, 1, last, len(source.lines[last - 1]) + 1), "\n".join(bodies)),)


_NUMBER: Final = re.compile(
    r"(?P<name>[A-Za-z_]\w*)[ \t]*=[ \t]*(?P<value>[\d.]+(?:e-?\d+)?|True|False|'\w+'|\"\w+\")\s*(?:#.*)?"
)


def _numbers_as_vars(source: Source) -> tuple[Edit, ...]:
    """`num_classes = 10` at the margin of a spec, as code has it, under `vars`."""
    matches = [(number, match) for number, line in enumerate(source.lines, 1) if (match := _NUMBER.fullmatch(line))]
    if not matches or not any(line.startswith("layers:") for line in source.lines):
        return ()
    gone = [Edit(Span(number, 1, number + 1, 1), "") for number, _ in matches]
    stated = next((number for number, line in enumerate(source.lines, 1) if re.match(r"vars:\s*(?:#.*)?$", line)), None)
    if stated is not None:
        last = stated
        while last < len(source.lines) and source.lines[last][:1] == " ":
            last += 1
        end = len(source.lines[last - 1]) + 1
        text = "".join(f"\n  {match['name']}: {match['value']}" for _, match in matches)
        return tuple(sorted((*gone, Edit(Span(last, end, last, end), text)), key=lambda edit: edit.span))
    if any(line.startswith("vars:") for line in source.lines):
        return ()
    written = ", ".join(f"{match['name']}: {match['value']}" for _, match in matches)
    return (Edit(gone[0].span, f"vars: {{{written}}}\n"), *gone[1:])


def _name_of_several(source: Source, entry: Entry) -> str | None:
    """The name that a line gives with `=`, where other lines give it too."""
    name = entry.body.partition("=")[0].strip().removeprefix("self.")
    count = len(re.findall(rf"^ *- (?:self\.)?{re.escape(name)}(?: *=(?!=)|:)", source.text, re.MULTILINE))
    return name if count > 1 else None


_MADE_OF_X: Final = re.compile(r"^ *- (?!x\b|self\b)\w+ *= .*\bx\b", re.MULTILINE)


def without_guess_of_x(source: Source, diagnostic: Diagnostic, draft: str) -> Diagnostic:
    """No rewrite that takes `x` for the line above, where the draft makes other values of it beside: `x` is kept."""
    line = source.lines[diagnostic.span.line - 1] if diagnostic.span else ""
    is_of_x = diagnostic.code in ("E104", "E017") and re.search(r"\bx\b", line)
    missing = re.match(r"`(\w+)` is not defined", diagnostic.message)
    is_made = missing and re.search(rf"^ *- (?:\w+\s*,\s*)*\(?{missing[1]}\b[^=\n]*=(?!=)", draft, re.MULTILINE)
    if not (diagnostic.fix or diagnostic.suggestion) or not (is_made or (is_of_x and _MADE_OF_X.search(draft))):
        return diagnostic
    return replace(diagnostic, fix=(), suggestion=(), help=diagnostic.help if diagnostic.code == "E104" else None)


_X: Final = re.compile(r"^[ -]*x(?:\(.*\))?:", re.MULTILINE)
"""A line or an input that is called `x`, which in code is what runs through the network."""

_CALL: Final = re.compile(r"(?P<callee>[\w.]+)\((?P<arguments>.*)\)$")
_UNSAID: Final = frozenset(
    {"return_sequences", "input_shape", "input_dim", "batch_input_shape", "name", "data_format", "kernel_initializer",
     "trainable",
     "bias_initializer", "kernel_regularizer", "return_state", "input_length", "device", "mask_zero"}
)  # fmt: skip
"""Arguments of Keras that say nothing a spec needs: sizes that are worked out, and how to train."""


def _without_argument(entry: Entry, diagnostic: Diagnostic) -> Diagnostic:
    """E201 for an argument of Keras on a layer of torch that a spec does not say."""
    call = _CALL.match(entry.body)
    if call is None or diagnostic.span is None:
        return diagnostic
    argument = entry.text[diagnostic.span.column - 1 : diagnostic.span.end_column - 1]
    name = argument.partition("=")[0]
    arguments = call["arguments"]
    rest = re.sub(r",\s*$", "", arguments.replace(argument, "", 1).replace(", ,", ",").strip().lstrip(", "))
    layer = f"{call['callee']}({rest})" if rest else call["callee"]
    line = f"{entry.indent}- {entry.key}{layer}{entry.comment.rstrip()}"
    if name in _UNSAID:
        return replace(
            diagnostic, note="a spec works it out, or leaves it to the training", fix=(Edit(entry.span, line),)
        )
    if name in ("key_dim", "value_dim"):
        note = "torch's heads share the features: each has the width divided by the number of heads"
        return replace(diagnostic, note=note, suggestion=(Edit(entry.span, line),))
    return diagnostic


def _of_keras(source: Source, diagnostic: Diagnostic) -> Diagnostic:
    """A line of Keras among others: its layer in the words of torch, its activation on a line of its own."""
    entry = entry_at(source.lines, diagnostic.span.line) if diagnostic.span else None
    if entry is None or entry.inputs:
        return diagnostic
    if (merged := _merged(entry)) is not None:
        return replace(diagnostic, fix=(Edit(entry.span, merged),), suggestion=())
    rewritten = network_of(Outline((plain(read_nodes(Source("", f"{entry.key}{entry.body}"))[0]),)))
    if rewritten is None and diagnostic.code == "E201" and not diagnostic.suggestion:
        return _without_argument(entry, diagnostic)
    if (
        rewritten is None
        or rewritten.unknown
        or rewritten.left_out
        or rewritten.doubt
        or rewritten.blocks
        or rewritten.parameters
    ):
        return diagnostic
    lines = [line.removeprefix("- ") for line in rewritten.layers]
    if any(line.startswith(" ") for line in lines) or lines == [f"{entry.key}{entry.body}"]:
        return diagnostic
    note = "an activation is a line of its own" if "activation" in entry.body else None
    note = rewritten.note or note or (diagnostic.note if diagnostic.code == "E102" else None)
    # Lines in the place of an entry. A name that other lines take means the value of the last of them.
    key = f"{entry.name}: "
    others = (line for number, line in enumerate(source.lines, 1) if number != entry.number)
    if any(line.startswith(key) for line in lines) and any(re.search(rf"\b{entry.name}\b", line) for line in others):
        lines = [line.removeprefix(key) for line in lines]
        lines[-1] = key + lines[-1]
    written = [f"{entry.indent}- {line}" for line in lines]
    written[0] += entry.comment.rstrip()
    return replace(diagnostic, note=note, fix=(Edit(entry.span, "\n".join(written)),), suggestion=())


_MERGING: Final = {
    "Add": "add", "add": "add", "Concatenate": "cat", "concatenate": "cat", "Concat": "cat", "concat": "cat",
    "Multiply": "mul", "multiply": "mul", "Subtract": "sub", "subtract": "sub", "Dot": "matmul", "Maximum": "maximum",
    "Minimum": "minimum", "cat": "cat", "add_": "add", "mul": "mul", "sub": "sub",
}  # fmt: skip
"""Layers of Keras that join tensors, and the function that does."""

_MERGE: Final = re.compile(
    r"(?:\w+\.)*(?P<layer>[A-Za-z]+)\((?:axis=-?\d+)?\)\(\[(?P<late>[^\]]*)\]\)$"
    r"|(?:\w+\.)*(?P<name>[A-Z][a-z]+)\(\[(?P<tensors>[^\]]*)\](?:, *axis=-?\d+)?\)$"
)


def _merged(entry: Entry) -> str | None:
    """`Add()([a, b])` and `Concatenate([a, b])` as the function that joins tensors."""
    match = _MERGE.match(entry.body)
    layer = _MERGING.get(match["layer"] or match["name"]) if match else None
    if match is None or layer is None:
        return None
    call = _call(layer, [word.strip() for word in (match["late"] or match["tensors"]).split(",") if word.strip()])
    return f"{entry.indent}- {entry.key}{call}{entry.comment.rstrip()}"


def _call(function: str, tensors: list[str], rest: Sequence[str] = ()) -> str:
    """A call of a function on tensors; more than two are joined one after the other."""
    if function in ("add", "mul") and len(tensors) >= 2:
        return f" {'+' if function == 'add' else '*'} ".join(tensors)
    if function == "cat" and not any(word.startswith("dim=") for word in rest):
        rest = (*rest, "dim=1")
    return f"{function}({', '.join([*tensors, *rest])})"


_MAPPING: Final = re.compile(r"(?:(?P<name>\w+):\s+)?(?P<mapping>[\[{].*[\]}])$")


def _as_call(entry: Entry) -> str | None:
    """`add: {inputs: [a, b]}`, `y: {type: mul, inputs: [a, b]}`, `cat: [a, b]` and `left: {encoder: a}` as a call."""
    match = _MAPPING.match(f"{entry.key}{entry.body}")
    data = plain(read_nodes(Source("", match["mapping"]))[0]) if match else None
    name = match["name"] if match else None
    joins = _MERGING.get(str(name), name)
    if isinstance(data, list) and joins in FUNCTIONS and all(isinstance(word, str) for word in data):
        return f"{entry.indent}- {_call(str(joins), data)}{entry.comment.rstrip()}"
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        return None
    kinds = [data.pop(key) for key in ("type", "op", "function", "layer") if isinstance(data.get(key), str)]
    kind = kinds[0].removeprefix("nn.") if kinds else None
    sources = [data.pop(key) for key in ("inputs", "input", "from", "of", "tensors") if key in data]
    tensors: object = ([sources[0]] if isinstance(sources[0], str) else sources[0]) if sources else []
    if kind is None and len(data) == 1 and not tensors and name not in FUNCTIONS:
        ((block, value),) = data.items()
        words = [value] if isinstance(value, str) else value
        if isinstance(words, list) and all(isinstance(word, str) and word.isidentifier() for word in words):
            return f"{entry.indent}- {name}({', '.join(words)}): {block}{entry.comment.rstrip()}"
        return None
    function = kind or name
    function = _MERGING.get(str(function), function)
    if kind in LAYERS and isinstance(tensors, list):
        values = [f"{key}={_python(value)}" for key, value in data.items() if key != "name"]
        inputs = f"({', '.join(map(str, tensors))})" if tensors else ""
        label = name or (data.get("name") if isinstance(data.get("name"), str) else "") or ""
        head = f"{label}{inputs}: " if label or inputs else ""
        return f"{entry.indent}- {head}{kind}({', '.join(values)}){entry.comment.rstrip()}"
    if function not in FUNCTIONS or not isinstance(tensors, list):
        return None
    rest = [f"{'dim' if key == 'axis' else key}={value}" for key, value in data.items()]
    key = f"{name}: " if kind is not None and name else ""
    call = _call(str(function), [str(tensor) for tensor in tensors], rest)
    return f"{entry.indent}- {key}{call}{entry.comment.rstrip()}"


def _python(value: object) -> str:
    """A value of YAML as it stands in brackets: words that no name is are quoted by their argument."""
    return f"({', '.join(map(str, value))})" if isinstance(value, list) else str(value)


_ANCHORED: Final = re.compile(
    r"^(?P<indent> *)(?P<key>\w+): &(?P<name>\w+)[ \t]*\n(?P<body>(?:(?P=indent) +\w+: .*\n)+)", re.MULTILINE
)


def _without_anchors(source: Source, diagnostic: Diagnostic) -> Diagnostic:
    """E008 for mappings that are anchored once and merged into others: they are written out where they are used."""
    text = source.text
    values = {
        match["name"]: ", ".join(line.split("#")[0].strip() for line in match["body"].splitlines())
        for match in _ANCHORED.finditer(text)
    }
    text = _ANCHORED.sub(lambda match: "" if match["key"] not in KEYS else match[0], text)
    text = re.sub(r"<<: \*(\w+)", lambda match: values.get(match[1], match[0]), text)
    if text == source.text or re.search(r"[:,\[] ?[&*]\w", text):
        return diagnostic
    end = Span(1, 1, len(source.lines), len(source.lines[-1]) + 1)
    return replace(diagnostic, fix=(Edit(end, text),))


def _with_input_that_fits(source: Source, diagnostic: Diagnostic, mistakes: Mistakes) -> Diagnostic:
    """E204 for a size that another input would give: which of the two is wrong the text does not say, and so neither is
    chosen."""
    rest, count = re.subn(r"^input:.*\n", "", source.text, flags=re.MULTILINE)
    line = guessed_input(source.name, rest, mistakes) if count == 1 else None
    if line is None or GUESS in line:
        return diagnostic
    note = f"with `{line}` it would fit"
    return replace(diagnostic, note=f"{diagnostic.note}; {note}" if diagnostic.note else note, fix=(), suggestion=())


def _missing_input(source: Source, diagnostic: Diagnostic, mistakes: Mistakes) -> Diagnostic:
    """E018 with the size at which all that the layers say of themselves fits."""
    line = guessed_input(source.name, source.text, mistakes)
    place = next(
        (n for n, text in enumerate(source.lines, 1) if re.match(r"(?:vars|blocks|parameters|layers)\s*:", text)), 0
    )
    if line is None or not place:
        return diagnostic
    return replace(diagnostic, suggestion=(Edit(Span(place, 1, place, 1), f"{line}\n"),))
