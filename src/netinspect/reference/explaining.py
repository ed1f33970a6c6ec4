"""What a word means, for a reader at a terminal: a layer, a function, an argument, a key of a spec, a code of a
finding, or a name of Keras. Everything is read from the catalogue, the rules and the schema, and worked out here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from textwrap import fill
from typing import Any, Final

from netinspect.analysis.figures import Row
from netinspect.analysis.profile import profile
from netinspect.analysis.text import sizes
from netinspect.catalogue import ENTRIES, FUNCTIONS, LAYERS, Entry
from netinspect.catalogue.entry import REQUIRED, Argument
from netinspect.catalogue.refused import ARGUMENTS, KERAS, REFUSED, SHORT
from netinspect.errors import InputError
from netinspect.language import closest
from netinspect.network.load import one_layer
from netinspect.network.network import Call
from netinspect.reference import front_ends, shipped_schema, wording
from netinspect.reference.arguments import MEANINGS, OF_FUNCTIONS, OF_TENSORS, SHOWN
from netinspect.reference.examples import example_call, example_lines
from netinspect.reference.general import formula_in_names, rule_of_sizes, twin_of
from netinspect.report.columns import BY_NAME

WIDTH: Final = 80

_CODE: Final = re.compile(r"[EWN]\d{3}", re.IGNORECASE)
_PREFIX: Final = re.compile(r"^(?:torch\.nn\.functional\.|torch\.nn\.|torch\.|nn\.|F\.)(?=\w)")
_LISTED: Final = re.compile(r"one or (\d+) of: ((?:whole )?number(?: [≥>] [\d.]+)?)")
_LABEL: Final = 20
"""Beyond this a label stands on a line of its own."""


def explained_word(word: str) -> str:
    """What a word means. Raises InputError, with a word that may be meant, where it means nothing here."""
    word = _PREFIX.sub("", word.strip().strip("`").partition("(")[0])
    if _CODE.fullmatch(word):
        from netinspect.reference.findings import explained  # it loads every rule

        return explained(word)
    parts: list[str] = []
    if (entry := LAYERS.get(word) or FUNCTIONS.get(word)) is not None:
        parts.append(_entry(entry))
    if taking := _taking(word):
        parts.append(_argument(word, taking))
    if (key := _keys().get(word)) is not None:
        long_form = next((form for form in key.get("anyOf", ()) if "shape" in form.get("properties", ())), key)
        rows = [(inner, value.get("description", "")) for inner, value in long_form.get("properties", {}).items()]
        parts.append(f"{word}: a key of a spec")
        parts += [_paragraph(f"{key['description'].rstrip('.')}.")] if "description" in key else []
        parts += [_listing(rows)] if rows else []
        parts.append("More: docs/language.md")
    step = _keys()["preprocess"]["properties"].get(word)
    if step is not None:
        forms = (step, *step.get("anyOf", ()))
        settings: dict[str, Any] = next((form["properties"] for form in forms if "properties" in form), {})
        rows = [(name, value.get("description", "")) for name, value in settings.items()]
        parts.append(_with_rows(f"{word}: a step of preprocess", step["description"], rows))
    for heading, sentence, rows in front_ends.explained(word):
        parts.append(_with_rows(heading, sentence, rows))
    if word in BY_NAME:
        parts += [f"{word}: a column of summary", _paragraph(f"{BY_NAME[word].words}."), "More: docs/counting.md"]
    if not parts:
        parts += _of_other_tools(word)
    if not parts:
        guess = closest(word, known_words())
        hint = f"did you mean `{guess}`?" if guess else "docs/catalogue.md lists all layers and functions"
        raise InputError(f"nothing here is called `{word}`; {hint}")
    return "\n\n".join(parts)


def known_words() -> tuple[str, ...]:
    """Every word that `explained_word` explains, but the names of other tools, in the order of the alphabet."""
    from netinspect.findings.codes import titles

    arguments = {argument.name for entry in ENTRIES for argument in _settings(entry)}
    sounds = {*_keys()["preprocess"]["properties"], *front_ends.WORDS}
    return tuple(sorted({*LAYERS, *FUNCTIONS, *arguments, *_keys(), *sounds, *BY_NAME, *titles()}))


# --- setting text --------------------------------------------------------------------------------


def _paragraph(text: str) -> str:
    return fill(text.replace("`", ""), WIDTH, break_long_words=False, break_on_hyphens=False)


def _listing(rows: Iterable[tuple[str, str]]) -> str:
    """Rows of a label and a text, which is folded beside it."""
    rows = [(label, text.replace("`", "")) for label, text in rows]
    column = min(max((len(label) for label, _ in rows), default=0), _LABEL) + 4
    lines = []
    for label, text in rows:
        first = f"  {label:{column - 2}}"
        if len(label) > _LABEL:
            lines.append(first.rstrip())
            first = " " * column
        words = []
        for word in text.split():  # a long formula may be broken behind a factor
            cut = word.rfind("·", 0, WIDTH - column) + 1 if len(word) > WIDTH - column else 0
            words += [word[:cut], word[cut:]] if cut else [word]
        blanks = " " * column
        folded = fill(" ".join(words), WIDTH, initial_indent=first, subsequent_indent=blanks, break_on_hyphens=False)
        lines.append(folded or first.rstrip())
    return "\n".join(lines)


def _code(lines: Iterable[str]) -> str:
    return "\n".join(f"    - {line}" for line in lines)


# --- a layer or a function -----------------------------------------------------------------------


def _entry(entry: Entry) -> str:
    call, row = example_call(entry)
    inputs = wording.inputs_in_words(entry)
    place = f", on an input of {inputs}:" if len(entry.example_inputs) == 1 else f", on {inputs}:" if inputs else ":"
    twin = twin_of(entry)
    origin = "netinspect's own" if entry.torch.startswith("netinspect") else entry.torch
    # The call is as it is written, without what is worked out.
    arguments = entry.arguments if entry.is_layer else entry.forward
    written = [wording.declared(argument) for argument in arguments if not argument.inferred]
    signature = [f"{entry.name}({', '.join(written)})" if written else entry.name]
    if entry.is_layer and (tensors := wording.call_signature(entry)):
        signature.append(f"on {tensors}")
    parts = [
        f"{entry.name}: a {'layer' if entry.is_layer else 'function'} ({origin})",
        _paragraph(entry.summary),
        "\n".join(
            fill(line, WIDTH, initial_indent="    ", subsequent_indent="        ", break_long_words=False)
            for line in signature
        ),
        *_listed_settings(entry),
    ]
    rules: list[tuple[str, str]] = []
    for label, text in (
        ("sizes", rule_of_sizes(entry)),
        ("parameters", formula_in_names(entry, lambda result: result.params)),
        ("MACs", formula_in_names(entry, lambda result: result.macs)),
    ):
        if text is not None:
            rules += [("" if index else label, part) for index, part in enumerate(text.split("; "))]
    if rules:
        parts.append(f"In general:\n\n{_listing(rules)}")
    parts += [f"Example{place}", _code(example_lines(entry)), _listing(_figures(call, row))]
    if twin is not None:
        parts.append(_paragraph(f"See also: {twin.name}, the {'layer' if twin.is_layer else 'function'}."))
    return "\n\n".join(parts)


def _figures(call: Call, row: Row) -> Iterator[tuple[str, str]]:
    """What a call comes to, with the words that a reader without a table around it needs."""
    for label, text in wording.facts(call, row):
        if label == "FLOPs" and row.macs:
            yield label, f"{text}, beside 2 a MAC"
        elif label == "sees" and not text.endswith("input"):
            yield label, f"{text} of the input"
        else:
            yield label, text


def _settings(entry: Entry) -> tuple[Argument, ...]:
    return tuple(argument for argument in (*entry.arguments, *entry.forward) if wording.is_setting(argument))


def _listed_settings(entry: Entry) -> Iterator[str]:
    settings = _settings(entry)
    must = [argument.name for argument in settings if _must_be_said(argument)]
    inferred = [argument.name for argument in settings if argument.inferred]
    lines = []
    if must:
        lines.append(_paragraph(f"Must be said: {', '.join(must)}."))
    if inferred:
        lines.append(_paragraph(f"Worked out from the input, and checked where it is stated: {', '.join(inferred)}."))
    if any(not _must_be_said(argument) and not argument.inferred for argument in settings):
        lines.append("All else may be left out." if lines else "All settings may be left out.")
    if required := [name for name in entry.torch_signature if name in entry.required]:
        lines.append(_paragraph(f"Torch's own call is understood, too: {entry.name}({', '.join(required)})."))
    if lines:
        yield "\n".join(lines)
    rows = []
    for argument in settings:
        meaning, kind = _meaning(entry, argument), _kind(argument)
        why = f"; {argument.why}" if argument.must_say and argument.why else ""  # it has no default where torch has one
        rows.append((argument.name, f"{meaning} ({kind}){why}" if meaning else f"{kind}{why}"))
    if rows:
        yield _listing(rows)


def _must_be_said(argument: Argument) -> bool:
    return not argument.inferred and (argument.must_say or argument.default is REQUIRED)


def _meaning(entry: Entry, argument: Argument) -> str | None:
    """What an argument means, in a clause."""
    name = argument.name
    if "tensor" in argument.kind.describe():
        return OF_TENSORS.get(name)
    return MEANINGS.get(name) if entry.is_layer else OF_FUNCTIONS.get(name, MEANINGS.get(name))


def _kind(argument: Argument) -> str:
    """What an argument may be: `whole number ≥ 1, or a list of 2`."""
    kind = _LISTED.sub(r"\2, or a list of \1", argument.kind.describe())
    if argument.name == "stride":
        kind = kind.replace(", or None", ", or None for kernel_size")
    return kind.replace(" or `valid` or `same`", ", `valid`, or `same`, which keeps the size")


# --- an argument ---------------------------------------------------------------------------------


def _taking(name: str) -> list[tuple[Entry, Argument]]:
    """The layers and functions that have a setting of this name."""
    return [(entry, argument) for entry in ENTRIES for argument in _settings(entry) if argument.name == name]


def _argument(name: str, taking: list[tuple[Entry, Argument]]) -> str:
    layers = [entry for entry, _ in taking if entry.is_layer]
    counts = (("layer", len(layers)), ("function", len(taking) - len(layers)))
    of = " and ".join(f"{count} {what}{'s' * (count > 1)}" for what, count in counts if count)
    meaning = _meaning(*taking[0])
    groups: dict[str, list[str]] = {}
    for entry, argument in taking:
        if entry.is_layer or not layers:  # its functions take it as layers do
            # How long a list may be follows from the layer, and is not told here.
            kind = re.sub(r", or a list of \d+", "", _kind(argument))
            if argument.inferred:
                words = f"{kind}; worked out from the input, and checked where it is stated"
            elif _must_be_said(argument):
                words = f"{kind}; must be said"
            else:
                words = f"{kind}; {wording.default(argument)} if it is left out"
            groups.setdefault(words, []).append(entry.name)
    parts = [
        f"{name}: an argument of {of}",
        *([_paragraph(f"{meaning[0].upper()}{meaning[1:]}.")] if meaning else []),
        *(f"{_indented(_without_ranks(names), 2)}\n{_indented(kind, 6)}" for kind, names in groups.items()),
        *_example(name),
    ]
    return "\n\n".join(parts)


def _without_ranks(names: list[str]) -> str:
    """Names in a row, those that differ in their rank as one: `Conv1d–3d`."""
    ranks: dict[str, list[str]] = {}
    for name in names:
        stem = re.sub(r"[123]d$", "", name)
        ranks.setdefault(stem, []).append(name.removeprefix(stem))
    return ", ".join(
        f"{stem}{'–'.join((alike[0], alike[-1][:2])) if len(alike) > 1 else alike[0]}" for stem, alike in ranks.items()
    )


def _indented(text: str, indent: int) -> str:
    blanks = " " * indent
    text = text.replace("`", "")
    return fill(text, WIDTH, initial_indent=blanks, subsequent_indent=blanks, break_on_hyphens=False)


def _example(name: str) -> Iterator[str]:
    """An example of an argument worked out: the line without it, and with it."""
    example = SHOWN.get(name)
    if example is None:
        return
    yield f"Example, on an input of {sizes(example.sizes)}:"
    lines = []
    for line in (example.without, example.with_it):
        network = one_layer(line, [(example.sizes, example.dtype)])
        (row,) = profile(network).root.rows
        (call,) = network.calls
        figures = [(label, text) for label, text in _figures(call, row) if label not in ("buffers", "FLOPs")]
        lines.append(f"{_code([line])}\n\n{_listing(figures)}")
    yield "\n\n".join(lines)


# --- a key of a file -----------------------------------------------------------------------------


def _keys() -> dict[str, dict[str, Any]]:
    """The keys of a spec by name, as the shipped schema describes them."""
    schema = json.loads(shipped_schema())
    definitions = schema["definitions"]
    keys = {**schema["properties"], "preprocess": {"$ref": "#/definitions/preprocess"}}
    return {name: {**definitions.get(key.get("$ref", "").rpartition("/")[2], {}), **key} for name, key in keys.items()}


def _with_rows(heading: str, sentence: str, rows: list[tuple[str, str]]) -> str:
    parts = [heading, _paragraph(f"{sentence[0].upper()}{sentence[1:]}."), *([_listing(rows)] if rows else [])]
    return "\n\n".join([*parts, "More: docs/catalogue.md"])


# --- names of other tools ------------------------------------------------------------------------


def _of_other_tools(word: str) -> Iterator[str]:
    """What a name of Keras, a short name, or a name of torch without a place in a spec is here."""
    meant = KERAS.get(word) or SHORT.get(word.lower())
    if meant is not None:
        entry = LAYERS.get(meant.partition("(")[0]) or FUNCTIONS.get(meant.partition("(")[0])
        owner = "Keras' name" if word in KERAS else "a short name"
        yield f"{word}: {owner}; in a spec it is {meant}"
        if entry is not None:
            yield _entry(entry)
    elif word in REFUSED:
        yield _paragraph(f"{word}: torch's, and it has no place in a spec: {REFUSED[word]}.")
    elif word in ARGUMENTS:
        names = ARGUMENTS[word]
        yield f"{word}: an argument of other tools; torch's is {' or '.join(names)}"
        for name in names:
            yield _argument(name, _taking(name))
