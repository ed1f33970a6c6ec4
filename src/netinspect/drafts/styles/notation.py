"""Textbook notation and prose: `32C3-MP2-64C3-MP2-FC512`, `conv3-64 / maxpool / FC-4096`, "2x2 max pooling".

A text is cut into phrases, one a layer. A phrase is read by taking known words out of it one after the other; if
anything is left that is no filler, the text is of another style. Only what is written becomes a line: no padding, no
activation and no normalisation are added, and the note says which of them a reader may miss.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Final

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.drafts.entries.outline import input_of
from netinspect.drafts.style import Rewritten, Style
from netinspect.drafts.wiring import usable_name
from netinspect.language.numbers import per_axis


class _UnreadableError(Exception):
    """A phrase holds a word that is not known, or lacks a number."""


@dataclass(slots=True)
class _Words:
    """What is left of a phrase while words are taken out of it."""

    text: str

    def take(self, pattern: str) -> re.Match[str] | None:
        """The first match, which is then gone from the text."""
        match = re.search(pattern, self.text)
        if match:
            self.text = f"{self.text[: match.start()]} {' ' * (len(match[0]) - 2)} {self.text[match.end() :]}"
        return match

    def numbers(self) -> list[int]:
        """All whole numbers that are left; they are gone afterwards."""
        numbers = []
        while match := self.take(r"(?<![\d.])\d+(?![\d.])"):
            numbers.append(int(match[0]))
        return numbers

    def check_empty(self) -> None:
        """Raises _UnreadableError if more than fillers is left."""
        rest = re.sub(r"[\s,.;:()\[\]=*_&'\"-]+", " ", self.text).split()
        if any(word not in FILLERS for word in rest):
            raise _UnreadableError


FILLERS: Final = frozenset(
    """
    a an the of with and layer size sizes by in using activation activations function nonlinearity non
    linearity is are per each to 2d 1d unit units neuron neurons node nodes filter filters kernel kernels window
    windows channel channels map maps feature features output outputs hidden one from have has it its applied as
    class classes over ways way number dimension dimensions on projection block
    """.split()
)
"""Words that say nothing that the numbers beside them do not say."""


@dataclass(slots=True)
class _Draft:
    """The steps while they grow: what they have been made of, and what the last of them yields. `read` counts the
    phrases that were understood, and `unread` has the others, where there may be some."""

    rank: int = 2
    kind: str = ""  # of the data: "map", "vector", "steps", "" where nothing is known
    width: int | None = None
    notes: dict[str, None] = field(default_factory=dict)
    may_skip: bool = False
    read: int = 0
    unread: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.notes[text] = None


@dataclass(frozen=True, slots=True)
class _Repeat:
    """Phrases in brackets that are repeated."""

    times: int
    phrases: tuple[str | _Repeat, ...]


# ------------------------------------------------------------------------------------------------------ from a phrase


ACTIVATIONS: Final = (
    (r"\b(?:log[\s-]?soft[\s-]?max)\b", "LogSoftmax"),
    (r"\bsoft[\s-]?max\b", "Softmax"),
    (r"\brelu6\b", "ReLU6"),
    (r"\b(?:relu|rectified linear units?|rectifiers?|rectified linear)\b", "ReLU"),
    (r"\b(?:sigmoid|logistic)\b", "Sigmoid"),
    (r"\b(?:tanh|hyperbolic tangent)\b", "Tanh"),
    (r"\bgelu\b", "GELU"),
    (r"\bselu\b", "SELU"),
    (r"\belu\b", "ELU"),
    (r"\b(?:silu|swish)\b", "SiLU"),
    (r"\bmish\b", "Mish"),
    (r"\bsoftplus\b", "Softplus"),
)

STRIDE: Final = (
    r"\bstrides?\s*(?:of|is|=|:)?\s*\(?\s*(\d+)(?:\s*[x,]\s*(\d+))?\s*\)?|(?<![\w])/\s*(\d+)|\bs\s*=\s*(\d+)"
)
PADDING: Final = (
    r"\b(?:padding|pad|p)\s*(?:of|is|=|:)\s*[\"']?(same|valid|\d+)[\"']?|\b(?:padding|pad)\s+[\"']?(same|valid|\d+)[\"']?"
    r"|[\"']?\b(same|valid|no|zero)\b[\"']?\s*[- ]?(?:padding|padded|pad)|[\"']?\b(same|valid)\b[\"']?"
)
KERNEL: Final = r"\(?\b(\d+)\s*x\s*(\d+)(?:\s*x\s*(\d+))?\b\)?"
KERNEL_IN_WORDS: Final = (
    r"\b(?:kernel|filter|window|pool|receptive field)[\s_-]*(?:size|width|length)?\s*(?:of|is|=|:)?\s*(\d+)\b"
    r"|\b(?:size|width|k)\s*(?:of|is|=|:)?\s*(\d+)\b"
)
FILTERS: Final = (
    r"\b(\d+)\s*(?:output\s+|different\s+)?(?:filters?|channels?|(?:feature\s*)?maps?|kernels?|features?)\b"
    r"|\b(?:filters?|channels?|(?:feature\s*)?maps?|out_channels)\s*(?:of|=|:)?\s*(\d+)\b"
)
CONVOLUTION: Final = (
    r"\b(transposed\s+|de|up)?-?conv(?:olution(?:al)?s?)?(?:[\s-]*([123])[\s-]?d)?(?:\s+layer)?(?=\b|\d|_)"
)
POOLING: Final = r"\b(max(?:imum)?|avg|average|mean)?[\s-]*pool(?:ing)?(?:[\s-]*([123])[\s-]?d)?(?=\b|\d)"
GLOBAL_POOLING: Final = r"\bglobal[\s-]*(average|avg|mean|max)[\s-]*pool(?:ing)?(?:[\s-]*[12]d)?\b|\b(gap|gmp)\b"
DENSE: Final = r"\b(?:fully[\s-]*connected|dense|fc|linear|affine|inner product|hidden layer|output layer)(?=\b|\d)"
RECURRENT: Final = r"\b(bi-?(?:directional)?[\s-]*)?(lstm|gru)s?\b"
EACH_STEP: Final = "what follows"
LAST_STEP: Final = r"\b(?:take\s+|use\s+|keep\s+)?(?:only\s+)?(?:the\s+)?last\s+(?:time[\s-]*)?(?:step|output|frame)\b"
HEADS: Final = rf"{LAST_STEP}|{GLOBAL_POOLING}|\bflatten|{CONVOLUTION}|{POOLING}|{DENSE}|{RECURRENT}"


def _steps_of_phrase(phrase: str, draft: _Draft) -> list[str]:
    """The steps that one phrase stands for."""
    words = _Words(_normalised(phrase))
    if re.fullmatch(r"\s*(?:the )?inputs?( layer| image)?\s*", words.text):
        return []
    extras = _extras(words)
    head = _head(words, draft)
    classes = words.take(r"\b(\d+)\b") if head is None and [step for _, step in extras] == ["Softmax"] else None
    words.check_empty()
    if re.search(r"\d", words.text) or not (head or extras) or (head and extras and extras[0][0] < head[0]):
        raise _UnreadableError
    steps = list(head[1]) if head else []
    if classes:
        steps += _softmax_over(int(classes[1]), draft)
    return steps + [_finished(step, draft) for _, step in extras]


def _finished(step: str, draft: _Draft) -> str:
    """An extra with what depends on the data it stands behind: the rank of BatchNorm, the axis of Softmax."""
    if step in {"Softmax", "LogSoftmax"}:
        return f"{step}(dim={-1 if draft.kind == 'steps' else 1})"
    if step != "BatchNorm":
        return step
    if draft.kind not in {"map", "vector"}:
        raise _UnreadableError
    return f"BatchNorm{draft.rank if draft.kind == 'map' else 1}d"


def _normalised(phrase: str) -> str:
    text = re.sub(r"^\s*(?:[-*•]\s+|\d+[.)]\s+)", "", phrase.strip()).lower()
    text = text.replace("×", "x").replace("−", "-").replace("–", "-").replace("soft-max", "softmax")
    text = re.sub(r"\bfc-?(\d+)\b", r"fc \1", text)
    maps = r" \1 maps" if "conv" in text and not re.search(FILTERS, text) else " "  # `6@28x28` says what comes out
    text = re.sub(r"\b(\d+)\s*@\s*\d+\s*x\s*\d+\b\s*,?", maps, text)
    return re.sub(r"(?<=\d)\s*-\s*(?=(?:way|class|unit|filter|channel|dim))", " ", text)


def _extras(words: _Words) -> list[tuple[int, str]]:
    """Activations, normalisation and dropout of a phrase, with the places where they stand."""
    extras: list[tuple[int, str]] = []
    if match := words.take(
        r"\bleaky[\s-]*(?:relu|rectified linear)(?:\s*\(?\s*(?:slope|alpha)?\s*=?\s*(0?\.\d+)\s*\)?)?"
    ):
        extras.append((match.start(), f"LeakyReLU({float(match[1])})" if match[1] else "LeakyReLU"))
    for pattern, step in ACTIVATIONS:
        while match := words.take(pattern):
            extras.append((match.start(), step))
    if match := words.take(r"\bbatch[\s-]*norm(?:ali[sz]ation|ali[sz]ed)?(?:[\s-]*[12]d)?\b|\bbn\b"):
        extras.append((match.start(), "BatchNorm"))
    if match := words.take(r"\blayer[\s-]*norm(?:ali[sz]ation)?\b"):
        extras.append((match.start(), "LayerNorm"))
    if match := words.take(r"\b(?:drop[\s-]?out|do)\b[^\d.]{0,30}?(\d+)\s*%"):
        extras.append((match.start(), f"Dropout({int(match[1]) / 100})"))
    elif match := words.take(
        r"\b(?:drop[\s-]?out|do)[^\d.a-z]{0,3}(?:\b(?:of|with|rate|p|probability|ratio)\b[^\d.a-z]{0,3})*(0?\.\d+)"
    ):
        extras.append((match.start(), f"Dropout({float(match[1])})"))
    return sorted(extras)


def _head(words: _Words, draft: _Draft) -> tuple[int, list[str]] | None:
    """The layer with the numbers of a phrase and its place; None for a phrase of extras only."""
    if match := words.take(GLOBAL_POOLING):
        kind = "Max" if "max" in (match[1] or "") or match[2] == "gmp" else "Avg"
        draft.kind = "vector"
        return match.start(), [f"Adaptive{kind}Pool{draft.rank}d(1)", "Flatten"]
    if match := words.take(r"\bflatten(?:ed|ing)?\b"):
        draft.kind = "vector"
        return match.start(), ["Flatten"]
    if match := words.take(CONVOLUTION):
        return match.start(), _convolution(match, words, draft)
    if match := words.take(POOLING):
        return match.start(), _pooling(match, words, draft)
    if match := words.take(RECURRENT):
        return match.start(), _recurrent(match, words, draft)
    if match := words.take(r"\bup-?sampl(?:e|ing)\b"):
        factor = words.take(r"\bx\s*(\d+)\b|\b(\d+)\s*x\b(?!\s*\d)|\b(\d+)\b")
        if factor is None:
            raise _UnreadableError
        return match.start(), [f"Upsample(scale_factor={factor[1] or factor[2] or factor[3]})"]
    if draft.kind == "steps" and (match := words.take(LAST_STEP)):
        draft.kind, draft.width = "vector", None
        draft.notes = {note: None for note in draft.notes if not note.startswith(EACH_STEP)}
        return match.start(), ["prev[:, -1]"]
    if match := words.take(DENSE):
        if sizes := words.take(r"\b(\d+)\s*(?:to|->|in(?:puts?)?,?)\s*(\d+)(?:\s*out(?:puts?)?)?\b"):
            *above, layer = _dense(int(sizes[2]), draft)
            return match.start(), [*above, layer.replace("(", f"({sizes[1]}, ")]
        numbers = words.numbers()
        if len(numbers) != 1:
            raise _UnreadableError
        return match.start(), _dense(numbers[0], draft)
    return None


def _convolution(match: re.Match[str], words: _Words, draft: _Draft) -> list[str]:
    rank = int(match[2]) if match[2] else draft.rank
    draft.rank = rank
    stride, padding = words.take(STRIDE), words.take(PADDING)
    dilation = words.take(r"\bdilat(?:ion|ed)(?:\s*rate)?\s*(?:of|=|:|by)?\s*(\d+)")
    kernel = words.take(KERNEL) or words.take(KERNEL_IN_WORDS)
    filters = words.take(FILTERS)
    numbers = words.numbers()
    if filters is None and len(numbers) == 1:
        count = numbers.pop()
    elif filters is not None:
        count = int(filters[1] or filters[2])
    else:
        raise _UnreadableError
    if kernel is None or numbers:
        raise _UnreadableError
    arguments = [str(count), f"kernel_size={_size(kernel)}"]
    arguments += [f"stride={_size(stride)}"] if stride and _size(stride) != "1" else []
    pad = next((group for group in padding.groups() if group), None) if padding else None
    if pad == "zero":
        raise _UnreadableError
    if pad == "same" and stride and _size(stride) != "1":
        if not re.fullmatch(r"\d*[13579]", _size(kernel)):
            raise _UnreadableError
        pad = str(int(_size(kernel)) // 2)
        draft.note("`same` with a stride is written as kernel // 2")
    arguments += [f"padding={pad}"] if pad not in {None, "no", "valid", "0"} else []
    arguments += [f"dilation={dilation[1]}"] if dilation else []
    if pad is None and _size(kernel) != "1":
        draft.note("no padding is written, so there is none")
    draft.kind = "map"
    return [f"{'ConvTranspose' if match[1] else 'Conv'}{rank}d({', '.join(arguments)})"]


def _size(match: re.Match[str]) -> str:
    return per_axis([group for group in match.groups() if group])


def _pooling(match: re.Match[str], words: _Words, draft: _Draft) -> list[str]:
    rank = int(match[2]) if match[2] else draft.rank
    stride, padding = words.take(STRIDE), words.take(PADDING)
    kernel = words.take(KERNEL) or words.take(KERNEL_IN_WORDS)
    numbers = words.numbers()
    if match[1] is None:
        draft.note("pooling without a kind is read as max pooling")
    size = _size(kernel) if kernel else str(numbers.pop()) if len(numbers) == 1 else None
    pad = next((group for group in padding.groups() if group), None) if padding else None
    if numbers or (pad is not None and not pad.isdigit() and pad not in {"valid", "no"}):
        raise _UnreadableError
    if size is None:
        if stride and _size(stride) != "2":
            raise _UnreadableError
        size, stride = "2", None
        draft.note("pooling without a size is read as 2 by 2")
    kind = "Avg" if (match[1] or "")[:1] == "a" or match[1] == "mean" else "Max"
    arguments = [size] + ([f"stride={_size(stride)}"] if stride and _size(stride) != size else [])
    arguments += [f"padding={pad}"] if pad and pad.isdigit() and pad != "0" else []
    draft.kind = "map"
    return [f"{kind}Pool{rank}d({', '.join(arguments)})"]


def _recurrent(match: re.Match[str], words: _Words, draft: _Draft) -> list[str]:
    layers = words.take(r"\b(\d+)[\s-]*(?:stacked\s+)?layers?\b")
    words.take(r"\bbatch[\s_-]*first(?:\s*=\s*true)?\b")
    numbers = words.numbers()
    if len(numbers) != 1:
        raise _UnreadableError
    arguments = [str(numbers[0])] + ([f"num_layers={layers[1]}"] if layers else []) + ["batch_first=True"]
    arguments += ["bidirectional=True"] if match[1] else []
    draft.kind = "steps"
    draft.note(f"{EACH_STEP} {match[2].upper()} is applied to each of its steps")
    return [f"{match[2].upper()}({', '.join(arguments)})"]


def _dense(units: int, draft: _Draft) -> list[str]:
    above = ["Flatten"] if draft.kind == "map" else []
    draft.kind, draft.width = ("steps" if draft.kind == "steps" else "vector"), units
    return [*above, f"Linear({units})"]


def _softmax_over(classes: int, draft: _Draft) -> list[str]:
    """The Linear layer of a softmax over so many classes, unless the layer above has as many outputs."""
    if draft.kind == "vector" and draft.width == classes:
        return []
    draft.note(f"softmax over {classes} classes is a Linear layer and Softmax")
    return _dense(classes, draft)


# ------------------------------------------------------------------------------------------------- compact notation


COMPACT: Final = re.compile(
    r"\d+C\d+(?:S\d+)?|C\d+|(?:MP|AP|P|S)\d+(?:S\d+)?|GAP|BN|DO?0?\.\d+|(?:FC|F)\d+|\d+(?:N|FC|F)?|[Rr]e?LU|R|SM|"
    r"[Ss]oft-?max|SOFTMAX|FLATTEN|[Ff]latten|\d+x\d+(?:x\d+)?|\(?\d+x\(?\d+(?:C\d+|FC|N)\)?\)?|[Tt]anh"
)


def _compact_tokens(text: str) -> list[str] | None:
    """`32C3-MP2-FC512` as its tokens; None for a text of another kind."""
    squeezed = re.sub(r"\s*(?:->|→|[-–—−|,])\s*", "-", text.strip().replace("×", "x"))
    tokens = [token for token in squeezed.split("-") if token]
    if len(tokens) < 2 or not all(COMPACT.fullmatch(token) for token in tokens):
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d.*", squeezed):  # a date
        return None
    has_layers = any(re.search(r"\dC\d|P\d|FC\d|\dN$|\dFC$", token) for token in tokens)
    numbers = all(re.fullmatch(r"\d+", token) for token in tokens)
    if not has_layers and not (numbers and len(tokens) > 2 and "," not in text and "." not in text):
        return None
    return tokens


def _steps_of_token(token: str, draft: _Draft) -> list[str]:
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
        return _dense(int(match[1]), draft)
    if match := re.fullmatch(r"DO?(0?\.\d+)", token):
        return [f"Dropout({float(match[1])})"]
    if token.upper() in {"R", "SM"}:
        return ["ReLU" if token.upper() == "R" else "Softmax(dim=1)"]
    return _steps_of_phrase(token, draft)


# ------------------------------------------------------------------------------------------------------- whole texts


ARROWS: Final = r"\s*(?:-+>|=+>|→|⟶|⇒|➔|\bfollowed by\b|\bthen\b)\s*"


def _split_outside(text: str, separator: str) -> list[str]:
    """Pieces of a text between separators that stand outside brackets."""
    pieces, depth, start = [], 0, 0
    matches = {match.start(): match.end() for match in re.finditer(separator, text)}
    place = 0
    while place < len(text):
        depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(text[place], 0)
        if depth == 0 and matches.get(place, place) > place:
            pieces.append(text[start:place])
            place = start = matches[place]
            continue
        place += 1
    return [piece.strip() for piece in [*pieces, text[start:]] if piece.strip()]


def _phrases(text: str) -> list[str | _Repeat]:
    """The phrases of a text, one a layer, with brackets that are repeated."""
    pieces: list[str] = []
    text = re.sub(rf"({DENSE}\s*\d+)\s*(?:-+>|→)\s*(?=\d+\s*(?:$|[,;\n]))", r"\1 to ", text, flags=re.IGNORECASE)
    for line in re.split(r"[\n;]", text):
        if re.search(ARROWS, line):
            pieces += _split_outside(line, ARROWS)
        elif re.search(r"\s[|/+]\s", line):
            pieces += _split_outside(line, r"\s+[|/+]\s+")
        elif line.strip():
            pieces.append(line.strip().rstrip("."))
    return [_repeat(piece) for piece in pieces]


def _repeat(piece: str) -> str | _Repeat:
    """`[[CONV -> RELU]*2 -> POOL]*3` as repeats of phrases; a piece without brackets as it is."""
    match = re.fullmatch(r"[\[{(](.*)[\]})]\s*[*x×]\s*(\d+)", piece.strip(), re.DOTALL) or None
    times, inner = (int(match[2]), match[1]) if match else (0, "")
    if match is None:
        front = re.fullmatch(r"(\d+)\s*[*x×]\s*[\[{(](.*)[\]})]", piece.strip(), re.DOTALL)
        front = front or re.fullmatch(r"(\d+)\s*[*x×]\s+([A-Za-z].*)", piece.strip())
        if front is None:
            return piece
        times, inner = int(front[1]), front[2]
    phrases = tuple(_phrases(inner))
    if not 0 < times <= 1000 or not phrases:
        raise _UnreadableError
    return _Repeat(times, phrases)


def steps_of_words(text: str, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The steps that a text stands for, and notes on them; no steps where it is not understood. `kind` is that of the
    data: "map", "vector", "steps", "" where nothing is known."""
    draft = _Draft(kind=kind)
    try:
        return tuple(step for phrase in _phrases(text) for step in _steps(phrase, draft)), tuple(draft.notes)
    except _UnreadableError:
        return (), ()


def _steps_of_lines(phrases: Sequence[str | _Repeat], draft: _Draft) -> list[str]:
    """The steps of phrases on lines of their own, of which few may not be understood: they stand as they are."""
    steps: list[str] = []
    for phrase in phrases:
        kind = draft.kind
        try:
            steps += _steps(phrase, draft)
        except _UnreadableError:
            if not draft.may_skip or not isinstance(phrase, str) or re.search(r"[^ -~]|[\"':#]|^\W", phrase):
                raise
            draft.kind, draft.width = ("map" if kind == "map" else ""), None
            draft.unread.append(phrase)
            steps.append(phrase)
    if len(draft.unread) > draft.read:
        raise _UnreadableError
    return steps


def _steps(phrase: str | _Repeat, draft: _Draft) -> list[str]:
    if isinstance(phrase, str):
        if _is_line(phrase):
            if re.match(r"Conv|\w*Pool", phrase):
                draft.kind = "map"
            elif re.match(r"Flatten|Linear", phrase):
                draft.kind = "vector"
            elif phrase in {"Softmax", "LogSoftmax", "BatchNorm"}:
                return [_finished(phrase, draft)]
            return [phrase]
        steps = [step for part in _parts(phrase) for step in _steps_of_phrase(part, draft)]
        draft.read += not _has_the_shape_of_a_line(phrase)
        return steps
    kind = draft.kind
    inner = [step for part in phrase.phrases for step in _steps(part, draft)]
    above = ["Flatten"] if kind == "map" and len(inner) > 1 and inner[0] == "Flatten" else []
    inner = inner[len(above) :]
    body = inner[0] if len(inner) == 1 else f"[{', '.join(inner)}]"
    return [*above, f"{phrase.times} * {body}"]


def _parts(phrase: str) -> list[str]:
    """A phrase of several layers, cut at the commas in front of all but the first: `conv 3x3, 16, relu, max pool 2`."""
    parts: list[str] = []
    begun = False
    for piece in _split_outside(phrase, r"\s*,\s*"):
        is_head = re.search(HEADS, _normalised(piece)) is not None
        if not parts or (is_head and begun):
            parts.append(piece)
        else:
            parts[-1] += f", {piece}"
        begun |= is_head
    return parts


def _is_line(text: str) -> bool:
    """Whether a text is right as a line of a spec: a layer or function of torch, with arguments or without."""
    match = re.fullmatch(r"(?:\w+:\s+)?([A-Za-z_]\w*)(\(.*\))?", text.strip())
    return match is not None and (match[1] in LAYERS or (match[1] in FUNCTIONS and match[2] is not None))


def _has_the_shape_of_a_line(text: str) -> bool:
    """Whether a text is a name or a call, so that it is rather a line with a mistake in it than a phrase."""
    line = r"(?:\w+(?::\s+|\s*=\s*))?[A-Za-z_.]\w*(?:\([^()]*\))?"
    return re.fullmatch(line, text.strip()) is not None and not re.search(
        r"\d\s*[x×]\s*\d|\b(?:stride|size|filters|units) \d", text
    )


def _input(phrase: str, draft: _Draft) -> str | None:
    """What stands behind `input:`, from a first phrase that states the input; None where it does not."""
    text = _normalised(phrase)
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
    if all(_has_the_shape_of_a_line(line) or _is_line(line) for line in source.lines if line.strip()):
        return None
    of_vgg = _as_vgg_means_it(joined)
    joined, note_of_vgg = of_vgg or (joined, None)
    is_list = isinstance(data, list | Mapping)
    draft = _Draft(rank=1 if source.input is not None and len(source.input) == 2 else 2, may_skip=is_list)
    if source.input is not None:
        draft.kind = "vector" if len(source.input) == 1 else "map"
    try:
        if source.names:
            steps, input_text = _named_steps(source, draft), None
        else:
            steps, input_text = _read(joined, draft, source.input)
    except _UnreadableError:
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


def _named_steps(source: _Source, draft: _Draft) -> list[str]:
    """The steps of lines with a name each, which the layer with the numbers of its line carries."""
    steps: list[str] = []
    for name, line in zip(source.names, source.lines, strict=True):
        of_line = _steps_of_lines(_phrases(line), draft)
        main = 1 if of_line[0] == "Flatten" and len(of_line) > 1 else 0
        label = usable_name(name)
        steps += [f"{label}: {step}" if label and place == main else step for place, step in enumerate(of_line)]
    return steps


def _read(text: str, draft: _Draft, stated: Sequence[int] | None) -> tuple[list[str], str | None]:
    """The steps of a text, and its input if its first phrase states one."""
    if re.search(r"\b1-?d\b|conv1d", text, re.IGNORECASE):
        draft.rank = 1
    input_text = None
    tokens = _compact_tokens(text)
    if tokens is not None:
        if stated is None and re.fullmatch(r"\d+(?:x\d+)*", tokens[0]):
            if tokens[0].isdigit():
                draft.note("the first number is the size of the input")
            input_text = _input(f"input {tokens.pop(0)}", draft)
        elif re.fullmatch(r"\d+(?:x\d+)*", tokens[0]):
            size = prod(map(int, tokens.pop(0).split("x")))
            if size != prod(stated or ()):
                raise _UnreadableError  # the input is said twice, and not alike
        return [step for token in tokens for step in _steps_of_token(token, draft)], input_text
    phrases = _phrases(text)
    if len(phrases) == 1 and isinstance(phrases[0], str):
        phrases = list(_alone(phrases[0], draft))
    first = phrases[0]
    if stated is None and isinstance(first, str) and (input_text := _input(first, draft)) is not None:
        phrases = phrases[1:]
    return _steps_of_lines(phrases, draft), input_text


def _alone(phrase: str, draft: _Draft) -> Sequence[str]:
    """One line without arrows: pieces between commas where each is a layer, else the line as one phrase."""
    for separator in (r"\s*,\s*", r"\s+-\s+", r"(?<=[a-z0-9])-(?=[A-Za-z])"):
        pieces = _split_outside(phrase, separator)
        if len(pieces) < 2:
            continue
        trial = _Draft(draft.rank, draft.kind)
        try:
            rest = pieces[1:] if _input(pieces[0], trial) is not None else pieces
            for piece in rest:
                _steps_of_phrase(piece, trial)
        except _UnreadableError:
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
