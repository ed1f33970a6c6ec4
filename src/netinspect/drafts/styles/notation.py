"""Textbook notation and prose: `32C3-MP2-64C3-MP2-FC512`, `conv3-64 / maxpool / FC-4096`, "2x2 max pooling".

Its phrases are read by `drafts.phrases`; if a word of one is not known, the text is of another style.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Final

from netinspect.drafts.entries.outline import input_of
from netinspect.drafts.phrases import (
    ACTIVATIONS,
    PADDING,
    Draft,
    Repeat,
    UnreadableError,
    dense,
    has_the_shape_of_a_line,
    is_line,
    normalised,
    phrases_of,
    split_outside,
    steps_of,
    steps_of_phrase,
)
from netinspect.drafts.style import Rewritten, Style
from netinspect.drafts.wiring import usable_name

# ------------------------------------------------------------------------------------------------- compact notation


COMPACT: Final = re.compile(
    r"\d+C\d+(?:S\d+)?|C\d+|(?:MP|AP|P|S)\d+(?:S\d+)?|GAP|BN|DO?0?\.\d+|(?:FC|F)\d+|\d+(?:N|FC|F)?|[Rr]e?LU|R|SM|"
    r"[Ss]oft-?max|SOFTMAX|FLATTEN|[Ff]latten|\d+x\d+(?:x\d+)?|\(?\d+x\(?\d+(?:C\d+|FC|N)\)?\)?|[Tt]anh"
)


def _steps_of_token(token: str, draft: Draft) -> list[str]:
    """The steps of one token of the compact notation."""
    if match := re.fullmatch(r"\(?(\d+)x\(?(\d+(?:C\d+|FC|N))\)?\)?", token):
        return [step for _ in range(int(match[1])) for step in _steps_of_token(match[2], draft)]
    if match := re.fullmatch(r"(\d+)C(\d+)(?:S(\d+))?", token):
        draft.kind = "map"
        if match[2] != "1":
            draft.note("no padding is written, so there is none")
        stride = f", stride={match[3]}" if match[3] and match[3] != "1" else ""
        return [f"Conv{draft.rank}d({match[1]}, kernel_size={match[2]}{stride})"]
    if match := re.fullmatch(r"(MP|AP|P|S)(\d+)(?:S(\d+))?", token):
        draft.kind = "map"
        if match[1] in {"P", "S"}:
            draft.note(f"{match[1]}{match[2]} is read as {'max' if match[1] == 'P' else 'average'} pooling")
        stride = f", stride={match[3]}" if match[3] and match[3] != match[2] else ""
        return [f"{'Max' if match[1] in {'MP', 'P'} else 'Avg'}Pool{draft.rank}d({match[2]}{stride})"]
    if match := re.fullmatch(r"(?:FC|F)?(\d+)(?:N|FC|F)?", token):
        return dense(int(match[1]), draft)
    if match := re.fullmatch(r"DO?(0?\.\d+)", token):
        return [f"Dropout({float(match[1])})"]
    if token.upper() in {"R", "SM"}:
        return ["ReLU" if token.upper() == "R" else "Softmax(dim=1)"]
    return steps_of_phrase(token, draft)


# ------------------------------------------------------------------------------------------------------- whole texts


def _steps_of_lines(phrases: Sequence[str | Repeat], draft: Draft) -> list[str]:
    """The steps of phrases on lines of their own, of which few may not be understood: they stand as they are."""
    steps: list[str] = []
    for phrase in phrases:
        kind = draft.kind
        try:
            steps += steps_of(phrase, draft)
        except UnreadableError:
            if not draft.may_skip or not isinstance(phrase, str) or re.search(r"[^ -~]|[\"':#]|^\W", phrase):
                raise
            draft.kind, draft.width = ("map" if kind == "map" else ""), None
            draft.unread.append(phrase)
            steps.append(phrase)
    if len(draft.unread) > draft.read:
        raise UnreadableError
    return steps


def _input(phrase: str, draft: Draft) -> str | None:
    """What stands behind `input:`, from a first phrase that states the input; None where it does not."""
    text = normalised(phrase)
    grey = bool(re.search(r"gr[ae]y(?:scale)?|black", text))
    rgb = bool(re.search(r"\brgb\b|\bcolou?r\b", text))
    match = re.fullmatch(
        r"(?:an? )?(?:input)?[\s:(=\[]*(?:image|images)?[\s:(=]*(\d+)(?:\s*[x,]\s*(\d+))?(?:\s*[x,]\s*(\d+))?"
        r"[\s)\]]*(?:rgb|gr[ae]y(?:scale)?|colou?r)?\s*(?:images?|input|pixels|inputs|features|units)?[\s)]*",
        text,
    )
    if match is None:
        return None
    sizes = [int(group) for group in match.groups() if group]
    if len(sizes) == 1 and not text.startswith("input"):
        return None
    if len(sizes) == 3 and sizes[2] <= 4 < sizes[0]:
        sizes = [sizes[2], *sizes[:2]]
    if len(sizes) == 2:
        sizes = [3 if rgb else 1, *sizes]
        if not rgb and not grey:
            draft.note(f"the input is taken to have 1 channel: {sizes[1]} by {sizes[2]}")
    draft.kind = "map" if len(sizes) > 1 else "vector"
    return f"[{', '.join(map(str, sizes))}]"


@dataclass(frozen=True, slots=True)
class _Source:
    """The text of a draft, cut into lines, with what a file says beside it."""

    lines: tuple[str, ...]
    input: list[int] | None = None
    name: str | None = None
    names: tuple[str | None, ...] = ()


def _source(text: str, data: object) -> _Source | None:
    """The lines of the notation: the whole text, a list of texts, or `layers` of a file."""
    if isinstance(data, Mapping):
        layers = data.get("layers")
        if not set(data) - {"vars"} <= {"name", "input", "layers", "about", "input_shape"} or data.get("vars"):
            return None
        sizes, name = data.get("input", data.get("input_shape")), data.get("name")
        lines = layers.splitlines() if isinstance(layers, str) else layers
        _, stated = input_of(sizes, "")
        if not isinstance(lines, list) or (sizes is not None and stated is None):
            return None
        source = _source("", lines)
        numbers = [int(size) for size in re.findall(r"\d+", stated)] if stated else None
        return source and replace(source, input=numbers, name=name if isinstance(name, str) else None)
    if isinstance(data, list):
        pairs = [
            next(iter(line.items())) if isinstance(line, Mapping) and len(line) == 1 else (None, line) for line in data
        ]
        if not pairs or not all(isinstance(line, str) and isinstance(key, str | None) for key, line in pairs):
            return None
        pairs = [(None, f"{key} {line}") if key and usable_name(key) != key else (key, line) for key, line in pairs]
        names = tuple(key for key, _ in pairs)
        return _Source(tuple(line for _, line in pairs), names=names if any(names) else ())
    lines = [line for line in text.splitlines() if line.strip()]
    title = re.fullmatch(r"\s*([A-Z][\w .()+-]*):\s*", lines[0]) if len(lines) > 1 else None
    return _Source(tuple(lines[1:]), name=title[1]) if title else _Source(tuple(text.splitlines()))


FOREIGN: Final = re.compile(
    r"\bimport\b|self\.|\bdef\b|\w=\w+\(|nn\.|layers\.|\[net\]|\{\s*\"|\w\.\w+\(|<|^\s*#", re.MULTILINE
)


def _rewrite(text: str, data: object) -> Rewritten | None:
    """A network in textbook notation or prose as lines; None where a word of it is not known."""
    source = _source(text, data)
    if source is None:
        return None
    joined = "\n".join(line for line in source.lines if line.strip())
    if not joined or len(joined) > 20_000 or FOREIGN.search(joined):
        return None
    if source.names and any(re.search(r"\w[(\[]|=", line) for line in source.lines):  # calls, and no phrases
        return None
    if all(has_the_shape_of_a_line(line) or is_line(line) for line in source.lines if line.strip()):
        return None
    of_vgg = _as_vgg_means_it(joined)
    joined, note_of_vgg = of_vgg or (joined, None)
    is_list = isinstance(data, list | Mapping)
    draft = Draft(rank=1 if source.input is not None and len(source.input) == 2 else 2, may_skip=is_list)
    if source.input is not None:
        draft.kind = "vector" if len(source.input) == 1 else "map"
    try:
        if source.names:
            steps, input_text = _named_steps(source, draft), None
        else:
            steps, input_text = _read(joined, draft, source.input)
    except UnreadableError:
        return None
    if not any(re.match(r"(?:\w+: )?(\d+ \* )*\[*(Conv|Linear|\w*Pool|LSTM|GRU|Flatten)", step) for step in steps):
        return None
    if note_of_vgg:
        steps = [
            step
            for step, below in zip(steps, [*steps[1:], ""], strict=True)
            if step != "ReLU" or below[:7] not in ("", "Softmax")
        ]
        draft.note(note_of_vgg)
    weighted = [step for step in steps if re.search(r"Conv|Linear", step)]
    if len(weighted) > 1 and not any(re.search(r"ReLU|ELU|SiLU|Tanh|Sigmoid|Mish|Softplus|\*", step) for step in steps):
        draft.note("no activation is written between the layers, so there is none")
    return Rewritten(
        layers=tuple(f"- {step}" for step in steps),
        input=input_text or (f"[{', '.join(map(str, source.input))}]" if source.input else None),
        name=source.name,
        note="; ".join(draft.notes) or None,
        unknown=tuple(draft.unread),
    )


def _named_steps(source: _Source, draft: Draft) -> list[str]:
    """The steps of lines with a name each, which the layer with the numbers of its line carries."""
    steps: list[str] = []
    for name, line in zip(source.names, source.lines, strict=True):
        of_line = _steps_of_lines(phrases_of(line), draft)
        main = 1 if of_line[0] == "Flatten" and len(of_line) > 1 else 0
        label = usable_name(name)
        steps += [f"{label}: {step}" if label and place == main else step for place, step in enumerate(of_line)]
    return steps


def _read(text: str, draft: Draft, stated: Sequence[int] | None) -> tuple[list[str], str | None]:
    """The steps of a text, and its input if its first phrase states one."""
    if re.search(r"\b1-?d\b|conv1d", text, re.IGNORECASE):
        draft.rank = 1
    input_text = None
    # `32C3-MP2-FC512` in compact notation, which a date is not.
    squeezed = re.sub(r"\s*(?:->|→|[-–—−|,])\s*", "-", text.strip().replace("×", "x"))
    tokens = [token for token in squeezed.split("-") if token]
    has_layers = any(re.search(r"\dC\d|P\d|FC\d|\dN$|\dFC$", token) for token in tokens)
    is_row = all(re.fullmatch(r"\d+", token) for token in tokens) and len(tokens) > 2 and not set(",.") & set(text)
    is_compact = len(tokens) > 1 and all(COMPACT.fullmatch(token) for token in tokens) and (has_layers or is_row)
    if is_compact and not re.fullmatch(r"\d{4}-\d\d-\d\d.*", squeezed):
        if stated is None and re.fullmatch(r"\d+(?:x\d+)*", tokens[0]):
            if tokens[0].isdigit():
                draft.note("the first number is the size of the input")
            input_text = _input(f"input {tokens.pop(0)}", draft)
        elif re.fullmatch(r"\d+(?:x\d+)*", tokens[0]):
            size = prod(map(int, tokens.pop(0).split("x")))
            if size != prod(stated or ()):
                raise UnreadableError  # the input is said twice, and not alike
        return [step for token in tokens for step in _steps_of_token(token, draft)], input_text
    phrases = phrases_of(text)
    if len(phrases) == 1 and isinstance(phrases[0], str):
        phrases = list(_alone(phrases[0], draft))
    first = phrases[0]
    if stated is None and isinstance(first, str) and (input_text := _input(first, draft)) is not None:
        phrases = phrases[1:]
    return _steps_of_lines(phrases, draft), input_text


def _alone(phrase: str, draft: Draft) -> Sequence[str]:
    """One line without arrows: pieces between commas where each is a layer, else the line as one phrase."""
    for separator in (r"\s*,\s*", r"\s+-\s+", r"(?<=[a-z0-9])-(?=[A-Za-z])"):
        pieces = split_outside(phrase, separator)
        if len(pieces) < 2:
            continue
        trial = Draft(draft.rank, draft.kind)
        try:
            rest = pieces[1:] if _input(pieces[0], trial) is not None else pieces
            for piece in rest:
                steps_of_phrase(piece, trial)
        except UnreadableError:
            continue
        return pieces
    return [phrase]


def _as_vgg_means_it(text: str) -> tuple[str, str] | None:
    """The entries of VGG's table with what its paper says of all of them and the text does not, and a note of it; None
    where there is no such entry."""
    if not _OF_VGG.search(text):
        return None
    words, meant = "", []
    if not re.search(PADDING, text, re.IGNORECASE):
        words, meant = " same padding", ["a convolution keeps the size"]
    if not any(re.search(pattern, text, re.IGNORECASE) for pattern, step in ACTIVATIONS if step != "Softmax"):
        words += " relu"
        meant.append("a ReLU follows every layer but the last")
        text = re.sub(r"\bfc-?(\d+)\b", r"fc \1 relu", text, flags=re.IGNORECASE)
    text = _OF_VGG.sub(rf"conv \1x\1 \2 filters{words}", text)
    return text, f"as the paper of VGG means it: {', and '.join(meant)}" if meant else ""


_OF_VGG: Final = re.compile(r"\bconv(\d+)-(\d+)\b", re.IGNORECASE)
"""An entry of the table of VGG, `conv3-64` (Simonyan and Zisserman, 2015, arXiv:1409.1556, table 1)."""

STYLE: Final = Style("textbook notation", _rewrite)
