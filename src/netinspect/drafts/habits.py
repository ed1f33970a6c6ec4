"""Rewrites of single lines for which the words of another tool must be known, or the whole network."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.drafts.entries.lines import network_of
from netinspect.drafts.entries.outline import Outline
from netinspect.drafts.guessed_input import GUESS, guessed_input
from netinspect.drafts.nodes import plain
from netinspect.drafts.styles import all_styles
from netinspect.errors import Diagnostic, Edit, Span
from netinspect.language.parse import KEYS
from netinspect.language.reader import read_nodes
from netinspect.language.rewrite import Entry, entry_at
from netinspect.language.source import Source

Mistakes = Callable[[Source], tuple[Diagnostic, ...]]

_FIRST_KEY: Final = re.compile(r"(?:vars|blocks|parameters|layers)\s*:")
_INFINITE: Final = re.compile(r"""\bfloat\(\s*["']([+-]?)inf(?:inity)?["']\s*\)|\b(?:torch|math|np|numpy)\.inf\b""")
"""How other languages spell an infinite number."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A mistake in a text: the line that it is on, the entry there, and whether the text has no other mistake."""

    source: Source
    diagnostic: Diagnostic
    number: int
    entry: Entry | None
    mistakes: Mistakes
    is_alone: bool


def with_habits(source: Source, diagnostic: Diagnostic, mistakes: Mistakes, *, is_alone: bool) -> Diagnostic:
    """The diagnostic with a rewrite, where it has none and one is probable. `is_alone`: the text has no other."""
    if diagnostic.span is None:
        return diagnostic
    number = diagnostic.span.line
    case = _Case(source, diagnostic, number, entry_at(source.lines, number), mistakes, is_alone)
    for habits in (_IN_PLACE_OF_A_FIX, () if diagnostic.fix else _WITHOUT_A_FIX):
        for codes, rewrite in habits:
            if (not codes or diagnostic.code in codes) and (rewritten := rewrite(case)) is not None:
                return rewritten
    return diagnostic


_WITH_IN: Final = re.compile(r"(?P<indent> +)\w+\((?:[^()]*,)?\s*in\s*(?:[,=][^()]*)?\).*:\s*(?:#.*)?$")


def _without_in(case: _Case) -> Diagnostic | None:
    """`Block(in, out):` and its lines with `in_channels` for the word that has a meaning of its own."""
    source = case.source
    for place in range(case.number, 0, -1):
        head = _WITH_IN.match(source.lines[place - 1])
        if head:
            break
        if source.lines[place - 1][:1] not in (" ", "", "#"):
            return None
    else:
        return None
    edits = []
    for line in range(place, len(source.lines) + 1):
        text = source.lines[line - 1]
        if line > place and text.strip() and len(text) - len(text.lstrip()) <= len(head["indent"]):
            break
        new = re.sub(r"(?<![\w.])(?<! for \w )in(?![\w])", "in_channels", text)
        if new != text:
            edits.append(Edit(Span(line, 1, line, len(text) + 1), new))
    message = "`in` is a word of the language"
    return Diagnostic("E108", message, edits[0].span, fix=tuple(edits)) if edits else None


_OWN: Final = re.compile(r" +- (?P<name>\w+)\s*[:=]\s*(?:\w+\.)*Parameter\((?P<sizes>[^()]*)\)\s*(?:#.*)?$")


def _parameters_apart(case: _Case) -> Diagnostic | None:
    """Lines `token: Parameter(1, 1, 64)` of `layers` under `parameters:`."""
    source = case.source
    if "`Parameter`" not in case.diagnostic.message:
        return None
    matches = [(number, match) for number, line in enumerate(source.lines, 1) if (match := _OWN.match(line))]
    place = next((number for number, line in enumerate(source.lines, 1) if line.startswith("layers:")), 0)
    if not matches or matches[0][0] < place or any(line.startswith("parameters:") for line in source.lines):
        return None
    lines = "".join(f"  {match['name']}: [{match['sizes']}]\n" for _, match in matches)
    gone = [Edit(Span(number, 1, number + 1, 1), "") for number, _ in matches]
    fix = (Edit(Span(place, 1, place, 1), f"parameters:\n{lines}"), *gone)
    return replace(case.diagnostic, help=None, fix=fix)


_IF: Final = re.compile(r"(?P<indent> *)(?:- )?if (?P<condition>.+):\s*$")
_ENTRY: Final = re.compile(r"(?P<indent> *)- (?P<body>\S.*?)(?P<comment>\s+#.*)?$")


def _conditions(case: _Case) -> Diagnostic | None:
    """`if stride != 1:` above lines as the condition of each of them; None where lines stand below one of these, or an
    `else`."""
    source, number = case.source, case.number
    head = _IF.match(source.lines[number - 1])
    if head is None:
        return None
    last = number
    bodies = []
    for line in source.lines[number:]:
        if len(line) - len(line.lstrip()) <= len(head["indent"]) and line.strip():
            if re.match(r"\s*(?:- )?(?:else|elif)\b", line):
                return None
            break
        entry = _ENTRY.match(line)
        if line.strip() and (entry is None or entry["body"].endswith(":") or re.search(r" (?:if|for) ", entry["body"])):
            return None
        last += 1
        bodies += [f"{head['indent']}- {entry['body']} if {head['condition']}{entry['comment'] or ''}"] if entry else []
    if not bodies or len({len(line) - len(line.lstrip()) for line in source.lines[number:last] if line.strip()}) != 1:
        return None
    fix = (Edit(Span(number, 1, last, len(source.lines[last - 1]) + 1), "\n".join(bodies)),)
    message = "a condition stands behind each line that it is of"
    return Diagnostic("E005", message, case.diagnostic.span, fix=fix)


_NUMBER: Final = re.compile(
    r"(?P<name>[A-Za-z_]\w*)[ \t]*=[ \t]*(?P<value>[\d.]+(?:e-?\d+)?|True|False|'\w+'|\"\w+\")\s*(?:#.*)?"
)


def _numbers_as_vars(case: _Case) -> Diagnostic | None:
    """`num_classes = 10` at the margin of a spec, as code has it, under `vars`."""
    source = case.source
    matches = [(number, match) for number, line in enumerate(source.lines, 1) if (match := _NUMBER.fullmatch(line))]
    if not matches or not any(line.startswith("layers:") for line in source.lines):
        return None
    edits = [Edit(Span(number, 1, number + 1, 1), "") for number, _ in matches]
    stated = next((number for number, line in enumerate(source.lines, 1) if re.match(r"vars:\s*(?:#.*)?$", line)), None)
    if stated is not None:
        last = stated
        while last < len(source.lines) and source.lines[last][:1] == " ":
            last += 1
        end = len(source.lines[last - 1]) + 1
        text = "".join(f"\n  {match['name']}: {match['value']}" for _, match in matches)
        edits = sorted((*edits, Edit(Span(last, end, last, end), text)), key=lambda edit: edit.span)
    elif any(line.startswith("vars:") for line in source.lines):
        return None
    else:
        written = ", ".join(f"{match['name']}: {match['value']}" for _, match in matches)
        edits[0] = Edit(edits[0].span, f"vars: {{{written}}}\n")
    first = next(edit for edit in edits if edit.span.end_line > edit.span.line)
    return Diagnostic("E005", "a number gets its name under `vars`", first.span, fix=tuple(edits))


def _name_of_several(case: _Case) -> Diagnostic | None:
    """The name that a line gives with `=`, where other lines give it too."""
    name = case.entry.body.partition("=")[0].strip().removeprefix("self.") if case.entry is not None else ""
    giving = rf"^ *- (?:self\.)?{re.escape(name)}(?: *=(?!=)|:)"
    if case.entry is None or not name or len(re.findall(giving, case.source.text, re.MULTILINE)) < 2:
        return None
    note = f"`{name}` is the name of several lines, and each needs its own"
    return replace(case.diagnostic, note=note, help=None, fix=(), suggestion=())


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
    "return_sequences input_shape input_dim batch_input_shape name data_format kernel_initializer trainable "
    "bias_initializer kernel_regularizer return_state input_length device mask_zero".split()
)
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


def _of_keras(case: _Case) -> Diagnostic | None:
    """A line of Keras among others: its layer in the words of torch, its activation on a line of its own."""
    source, diagnostic, entry = case.source, case.diagnostic, case.entry
    if entry is None or entry.inputs:
        return None
    if (merged := _merged(entry)) is not None:
        return replace(diagnostic, fix=(Edit(entry.span, merged),), suggestion=())
    rewritten = network_of(Outline((plain(read_nodes(Source("", f"{entry.key}{entry.body}"))[0]),)))
    if rewritten is None and diagnostic.code == "E201" and not diagnostic.suggestion:
        return _without_argument(entry, diagnostic)
    if rewritten is None or rewritten.unknown or rewritten.left_out or rewritten.doubt:
        return None
    if rewritten.blocks or rewritten.parameters:
        return None
    lines = [line.removeprefix("- ") for line in rewritten.layers]
    if any(line.startswith(" ") for line in lines) or lines == [f"{entry.key}{entry.body}"]:
        return None
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


def _call_of(entry: Entry) -> str | None:
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
        # Words that no name is are quoted by their argument.
        texts = {
            key: f"({', '.join(map(str, value))})" if isinstance(value, list) else str(value)
            for key, value in data.items()
        }
        values = [f"{key}={text}" for key, text in texts.items() if key != "name"]
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


def _as_call(case: _Case) -> Diagnostic | None:
    line = _call_of(case.entry) if case.entry is not None else None
    if case.entry is None or line is None:
        return None
    message = "this line is written as a mapping of another tool, and not as a spec"
    return Diagnostic("E020", message, case.diagnostic.span, fix=(Edit(case.entry.span, line),))


_ANCHORED: Final = re.compile(
    r"^(?P<indent> *)(?P<key>\w+): &(?P<name>\w+)[ \t]*\n(?P<body>(?:(?P=indent) +\w+: .*\n)+)", re.MULTILINE
)


def _without_anchors(case: _Case) -> Diagnostic | None:
    """E008 for mappings that are anchored once and merged into others: they are written out where they are used."""
    source, text = case.source, case.source.text
    values = {
        match["name"]: ", ".join(line.split("#")[0].strip() for line in match["body"].splitlines())
        for match in _ANCHORED.finditer(text)
    }
    text = _ANCHORED.sub(lambda match: "" if match["key"] not in KEYS else match[0], text)
    text = re.sub(r"<<: \*(\w+)", lambda match: values.get(match[1], match[0]), text)
    if text == source.text or re.search(r"[:,\[] ?[&*]\w", text):
        return None
    end = Span(1, 1, len(source.lines), len(source.lines[-1]) + 1)
    return replace(case.diagnostic, fix=(Edit(end, text),))


def _with_input_that_fits(case: _Case) -> Diagnostic | None:
    """E204 for a size that another input would give: which of the two is wrong the text does not say, and so neither is
    chosen."""
    if not case.is_alone or "in_features" not in case.diagnostic.message:
        return None
    rest, count = re.subn(r"^input:.*\n", "", case.source.text, flags=re.MULTILINE)
    line = guessed_input(case.source.name, rest, case.mistakes) if count == 1 else None
    if line is None or GUESS in line:
        return None
    note = "; ".join(filter(None, (case.diagnostic.note, f"with `{line}` it would fit")))
    return replace(case.diagnostic, note=note, fix=(), suggestion=())


def _missing_input(case: _Case) -> Diagnostic | None:
    """E018 with the size at which all that the layers say of themselves fits."""
    if not case.is_alone or "`input`" not in case.diagnostic.message:
        return None
    line = guessed_input(case.source.name, case.source.text, case.mistakes)
    place = next((number for number, text in enumerate(case.source.lines, 1) if _FIRST_KEY.match(text)), 0)
    if line is None or not place:
        return None
    return replace(case.diagnostic, suggestion=(Edit(Span(place, 1, place, 1), f"{line}\n"),))


def _with_inf(case: _Case) -> Diagnostic | None:
    body = _INFINITE.sub(r"\1inf", case.entry.body) if case.entry is not None else ""
    if case.entry is None or body == case.entry.body:
        return None
    return replace(case.diagnostic, help=None, fix=case.entry.replaced(body))


def _as_function(case: _Case) -> Diagnostic | None:
    line = _merged(case.entry) if case.entry is not None else None
    if case.entry is None or line is None:
        return None
    message = "a layer that joins tensors is a function in torch"
    return Diagnostic("E102", message, case.diagnostic.span, fix=(Edit(case.entry.span, line),))


def _of_torch_code(case: _Case) -> Diagnostic | None:
    """E113 for `Lambda(expression)`, and for an expression of torch where nothing is called `x`, as a line."""
    if case.entry is None:
        return None
    inner = re.match(r"(?:\w+\.)*Lambda\((?!lambda)(.*)\)$", case.entry.body)
    if inner is not None:
        return replace(case.diagnostic, fix=case.entry.replaced(inner[1]))
    has_x = case.entry.inputs is not None or _X.search(case.source.text)
    layers = [] if has_x else [style.layer_of(case.entry.body) for style in all_styles()]
    return next((replace(case.diagnostic, fix=case.entry.replaced(layer)) for layer in layers if layer), None)


_Rewrite = Callable[[_Case], Diagnostic | None]

_IN_PLACE_OF_A_FIX: Final[tuple[tuple[tuple[str, ...], _Rewrite], ...]] = (
    (("E005",), _name_of_several),
    (("E004", "E012", "E016", "E017"), _numbers_as_vars),
    (("E108", "E017"), _without_in),
    (("E113",), _parameters_apart),
    (("E013", "E108", "E017", "E104"), _conditions),
)
"""Rewrites by the codes of the mistakes that they mend; the first that has an answer counts. These are tried where a
mistake has a rewrite already, too."""

_WITHOUT_A_FIX: Final[tuple[tuple[tuple[str, ...], _Rewrite], ...]] = (
    ((), _with_inf),
    (("E013", "E216", "E104", "E017"), _as_call),
    (("E017",), _as_function),
    (("E113",), _of_torch_code),
    (("E008",), _without_anchors),
    (("E204",), _with_input_that_fits),
    (("E102", "E201"), _of_keras),
    (("E018",), _missing_input),
)
"""Rewrites of mistakes that have none; () stands for all codes."""
