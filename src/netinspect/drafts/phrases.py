"""A layer in a few words, `conv 3x3, 16, relu` or "2x2 max pooling", as the steps of a spec.

A text is cut into phrases, one a layer. A phrase is read by taking known words out of it one after the other; if
anything is left that is no filler, nobody knows what it says. Only what is written becomes a line: no padding, no
activation and no normalisation are added, and a note says which of them a reader may miss.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.language.numbers import per_axis


class UnreadableError(Exception):
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
        """Raises UnreadableError if more than fillers is left."""
        rest = re.sub(r"[\s,.;:()\[\]=*_&'\"-]+", " ", self.text).split()
        if any(word not in FILLERS for word in rest):
            raise UnreadableError


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
class Draft:
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
class Repeat:
    """Phrases in brackets that are repeated."""

    times: int
    phrases: tuple[str | Repeat, ...]


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


def steps_of_phrase(phrase: str, draft: Draft) -> list[str]:
    """The steps that one phrase stands for."""
    words = _Words(normalised(phrase))
    if re.fullmatch(r"\s*(?:the )?inputs?( layer| image)?\s*", words.text):
        return []
    # Activations, normalisation and dropout, with the places where they stand.
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
    extras.sort()
    head = _head(words, draft)
    classes = words.take(r"\b(\d+)\b") if head is None and [step for _, step in extras] == ["Softmax"] else None
    words.check_empty()
    if re.search(r"\d", words.text) or not (head or extras) or (head and extras and extras[0][0] < head[0]):
        raise UnreadableError
    steps = list(head[1]) if head else []
    count = int(classes[1]) if classes else None
    if count is not None and not (draft.kind == "vector" and draft.width == count):
        draft.note(f"softmax over {count} classes is a Linear layer and Softmax")
        steps += dense(count, draft)
    return steps + [_finished(step, draft) for _, step in extras]


def _finished(step: str, draft: Draft) -> str:
    """An extra with what depends on the data it stands behind: the rank of BatchNorm, the axis of Softmax."""
    if step in {"Softmax", "LogSoftmax"}:
        return f"{step}(dim={-1 if draft.kind == 'steps' else 1})"
    if step != "BatchNorm":
        return step
    if draft.kind not in {"map", "vector"}:
        raise UnreadableError
    return f"BatchNorm{draft.rank if draft.kind == 'map' else 1}d"


def normalised(phrase: str) -> str:
    """A phrase in small letters, with one spelling for what is written in several."""
    text = re.sub(r"^\s*(?:[-*•]\s+|\d+[.)]\s+)", "", phrase.strip()).lower()
    text = text.replace("×", "x").replace("−", "-").replace("–", "-").replace("soft-max", "softmax")
    text = re.sub(r"\bfc-?(\d+)\b", r"fc \1", text)
    maps = r" \1 maps" if "conv" in text and not re.search(FILTERS, text) else " "  # `6@28x28` says what comes out
    text = re.sub(r"\b(\d+)\s*@\s*\d+\s*x\s*\d+\b\s*,?", maps, text)
    return re.sub(r"(?<=\d)\s*-\s*(?=(?:way|class|unit|filter|channel|dim))", " ", text)


def _head(words: _Words, draft: Draft) -> tuple[int, list[str]] | None:
    """The layer with the numbers of a phrase and its place; None for a phrase of extras only."""
    if match := words.take(GLOBAL_POOLING):
        kind = "Max" if "max" in (match[1] or "") or match[2] == "gmp" else "Avg"
        draft.kind = "vector"
        return match.start(), [f"Adaptive{kind}Pool{draft.rank}d(1)", "Flatten"]
    if match := words.take(r"\bflatten(?:ed|ing)?\b"):
        draft.kind = "vector"
        return match.start(), ["Flatten"]
    for pattern, read in _WITH_NUMBERS:
        if match := words.take(pattern):
            return match.start(), read(match, words, draft)
    if match := words.take(r"\bup-?sampl(?:e|ing)\b"):
        factor = words.take(r"\bx\s*(\d+)\b|\b(\d+)\s*x\b(?!\s*\d)|\b(\d+)\b")
        if factor is None:
            raise UnreadableError
        return match.start(), [f"Upsample(scale_factor={factor[1] or factor[2] or factor[3]})"]
    if draft.kind == "steps" and (match := words.take(LAST_STEP)):
        draft.kind, draft.width = "vector", None
        draft.notes = {note: None for note in draft.notes if not note.startswith(EACH_STEP)}
        return match.start(), ["prev[:, -1]"]
    if match := words.take(DENSE):
        if sizes := words.take(r"\b(\d+)\s*(?:to|->|in(?:puts?)?,?)\s*(\d+)(?:\s*out(?:puts?)?)?\b"):
            *above, layer = dense(int(sizes[2]), draft)
            return match.start(), [*above, layer.replace("(", f"({sizes[1]}, ")]
        numbers = words.numbers()
        if len(numbers) != 1:
            raise UnreadableError
        return match.start(), dense(numbers[0], draft)
    return None


def _convolution(match: re.Match[str], words: _Words, draft: Draft) -> list[str]:
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
        raise UnreadableError
    if kernel is None or numbers:
        raise UnreadableError
    arguments = [str(count), f"kernel_size={_size(kernel)}"]
    arguments += [f"stride={_size(stride)}"] if stride and _size(stride) != "1" else []
    pad = next((group for group in padding.groups() if group), None) if padding else None
    if pad == "zero":
        raise UnreadableError
    if pad == "same" and stride and _size(stride) != "1":
        if not re.fullmatch(r"\d*[13579]", _size(kernel)):
            raise UnreadableError
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


def _pooling(match: re.Match[str], words: _Words, draft: Draft) -> list[str]:
    rank = int(match[2]) if match[2] else draft.rank
    stride, padding = words.take(STRIDE), words.take(PADDING)
    kernel = words.take(KERNEL) or words.take(KERNEL_IN_WORDS)
    numbers = words.numbers()
    if match[1] is None:
        draft.note("pooling without a kind is read as max pooling")
    size = _size(kernel) if kernel else None
    if size is None and len(numbers) == 1:
        size = str(numbers.pop())
    pad = next((group for group in padding.groups() if group), None) if padding else None
    if numbers or (pad is not None and not pad.isdigit() and pad not in {"valid", "no"}):
        raise UnreadableError
    if size is None:
        if stride and _size(stride) != "2":
            raise UnreadableError
        size, stride = "2", None
        draft.note("pooling without a size is read as 2 by 2")
    kind = "Avg" if (match[1] or "")[:1] == "a" or match[1] == "mean" else "Max"
    arguments = [size] + ([f"stride={_size(stride)}"] if stride and _size(stride) != size else [])
    arguments += [f"padding={pad}"] if pad and pad.isdigit() and pad != "0" else []
    draft.kind = "map"
    return [f"{kind}Pool{rank}d({', '.join(arguments)})"]


def _recurrent(match: re.Match[str], words: _Words, draft: Draft) -> list[str]:
    layers = words.take(r"\b(\d+)[\s-]*(?:stacked\s+)?layers?\b")
    words.take(r"\bbatch[\s_-]*first(?:\s*=\s*true)?\b")
    numbers = words.numbers()
    if len(numbers) != 1:
        raise UnreadableError
    arguments = [str(numbers[0])] + ([f"num_layers={layers[1]}"] if layers else []) + ["batch_first=True"]
    arguments += ["bidirectional=True"] if match[1] else []
    draft.kind = "steps"
    draft.note(f"{EACH_STEP} {match[2].upper()} is applied to each of its steps")
    return [f"{match[2].upper()}({', '.join(arguments)})"]


_WITH_NUMBERS: Final = ((CONVOLUTION, _convolution), (POOLING, _pooling), (RECURRENT, _recurrent))
"""Layers of which a phrase says several numbers, and how these are read."""


def dense(units: int, draft: Draft) -> list[str]:
    """The steps of a fully connected layer; a map is made flat above it."""
    above = ["Flatten"] if draft.kind == "map" else []
    draft.kind, draft.width = ("steps" if draft.kind == "steps" else "vector"), units
    return [*above, f"Linear({units})"]


# ------------------------------------------------------------------------------------------------------- whole texts


ARROWS: Final = r"\s*(?:-+>|=+>|→|⟶|⇒|➔|\bfollowed by\b|\bthen\b)\s*"


def split_outside(text: str, separator: str) -> list[str]:
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


def phrases_of(text: str) -> list[str | Repeat]:
    """The phrases of a text, one a layer, with brackets that are repeated."""
    pieces: list[str] = []
    text = re.sub(rf"({DENSE}\s*\d+)\s*(?:-+>|→)\s*(?=\d+\s*(?:$|[,;\n]))", r"\1 to ", text, flags=re.IGNORECASE)
    for line in re.split(r"[\n;]", text):
        if re.search(ARROWS, line):
            pieces += split_outside(line, ARROWS)
        elif re.search(r"\s[|/+]\s", line):
            pieces += split_outside(line, r"\s+[|/+]\s+")
        elif line.strip():
            pieces.append(line.strip().rstrip("."))
    phrases: list[str | Repeat] = []
    for piece in pieces:
        # `[[CONV -> RELU]*2 -> POOL]*3` is a repeat of phrases; a piece without brackets stays as it is.
        behind = re.fullmatch(r"[\[{(](?P<inner>.*)[\]})]\s*[*x×]\s*(?P<times>\d+)", piece.strip(), re.DOTALL)
        front = re.fullmatch(r"(?P<times>\d+)\s*[*x×]\s*[\[{(](?P<inner>.*)[\]})]", piece.strip(), re.DOTALL)
        bare = re.fullmatch(r"(?P<times>\d+)\s*[*x×]\s+(?P<inner>[A-Za-z].*)", piece.strip())
        repeat = behind or front or bare
        if repeat is None:
            phrases.append(piece)
            continue
        times, inner = int(repeat["times"]), tuple(phrases_of(repeat["inner"]))
        if not 0 < times <= 1000 or not inner:
            raise UnreadableError
        phrases.append(Repeat(times, inner))
    return phrases


def steps_of_words(text: str, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The steps that a text stands for, and notes on them; no steps where it is not understood. `kind` is that of the
    data: "map", "vector", "steps", "" where nothing is known."""
    draft = Draft(kind=kind)
    try:
        return tuple(step for phrase in phrases_of(text) for step in steps_of(phrase, draft)), tuple(draft.notes)
    except UnreadableError:
        return (), ()


def steps_of(phrase: str | Repeat, draft: Draft) -> list[str]:
    """The steps of a phrase that may hold several layers, be a line of a spec already, or be repeated."""
    if isinstance(phrase, str):
        if is_line(phrase):
            if re.match(r"Conv|\w*Pool", phrase):
                draft.kind = "map"
            elif re.match(r"Flatten|Linear", phrase):
                draft.kind = "vector"
            elif phrase in {"Softmax", "LogSoftmax", "BatchNorm"}:
                return [_finished(phrase, draft)]
            return [phrase]
        # `conv 3x3, 16, relu, max pool 2` is cut at the commas in front of all layers but the first.
        parts: list[str] = []
        begun = False
        for piece in split_outside(phrase, r"\s*,\s*"):
            is_head = re.search(HEADS, normalised(piece)) is not None
            if not parts or (is_head and begun):
                parts.append(piece)
            else:
                parts[-1] += f", {piece}"
            begun |= is_head
        steps = [step for part in parts for step in steps_of_phrase(part, draft)]
        draft.read += not has_the_shape_of_a_line(phrase)
        return steps
    kind = draft.kind
    inner = [step for part in phrase.phrases for step in steps_of(part, draft)]
    above = ["Flatten"] if kind == "map" and len(inner) > 1 and inner[0] == "Flatten" else []
    inner = inner[len(above) :]
    body = inner[0] if len(inner) == 1 else f"[{', '.join(inner)}]"
    return [*above, f"{phrase.times} * {body}"]


def is_line(text: str) -> bool:
    """Whether a text is right as a line of a spec: a layer or function of torch, with arguments or without."""
    match = re.fullmatch(r"(?:\w+:\s+)?([A-Za-z_]\w*)(\(.*\))?", text.strip())
    return match is not None and (match[1] in LAYERS or (match[1] in FUNCTIONS and match[2] is not None))


def has_the_shape_of_a_line(text: str) -> bool:
    """Whether a text is a name or a call, so that it is rather a line with a mistake in it than a phrase."""
    line = r"(?:\w+(?::\s+|\s*=\s*))?[A-Za-z_.]\w*(?:\([^()]*\))?"
    return re.fullmatch(line, text.strip()) is not None and not re.search(
        r"\d\s*[x×]\s*\d|\b(?:stride|size|filters|units) \d", text
    )
