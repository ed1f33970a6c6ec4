"""A whole list of layers, or a whole file, in the style of another tool: one message, and every line rewritten.

A comment of the old lines goes on at the new line that says most of what stood at its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Final

from netinspect.catalogue.refused import KERAS, SHORT
from netinspect.drafts.entries.outline import INPUT_KEYS, sizes_of
from netinspect.drafts.guessed_input import GUESS, guessed_input
from netinspect.drafts.nodes import plain
from netinspect.drafts.positions import EditedText
from netinspect.drafts.style import Rewritten, Style
from netinspect.drafts.styles import all_styles
from netinspect.errors import Diagnostic, Edit, Span, SpecError
from netinspect.language.nodes import Mapping, Node, Scalar, Sequence
from netinspect.language.parse import KEYS
from netinspect.language.reader import read_nodes
from netinspect.language.source import Source
from netinspect.language.tokens import MAX_DIAGNOSTICS

Mistakes = Callable[[Source], tuple[Diagnostic, ...]]

_OF_STYLE: Final = re.compile(r"E0\d\d|E1\d\d|E20[1239]|E21[02]")
"""Mistakes that a list may have because it is written in another style."""

_NO_SPEC: Final = re.compile(r"E00[2-6]|E01[67]|E10[1-38]|E20[123]")
"""Mistakes of a line that is written in another style."""

_LAYERS_KEY: Final = re.compile(r"layers[ \t]*:[ \t]*(?:#.*)?$")
_PLAIN_KEY: Final = re.compile(r"(?:netspec|name|about|paper|source|input)[ \t]*:[ \t]+\S")
_TOP_KEY: Final = re.compile(rf"(?:{'|'.join(KEYS)})[ \t]*:(?:\s|$)")


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Lines of a file that may be in another style: the first and the last one, their text without indentation and
    dashes, and what YAML makes of it. It is the content of `layers`, or the whole file, or what stands in a file below
    a few keys of a spec (`has_key` is False: `layers` is to be written)."""

    first: int
    last: int
    text: str
    data: object
    is_whole: bool
    has_key: bool = True


def foreign_text(source: Source, diagnostics: tuple[Diagnostic, ...], mistakes: Mistakes) -> Diagnostic | None:
    """E020 for what is written as another tool has it, with the whole of it in the words of a spec."""
    of_style = [diagnostic for diagnostic in diagnostics if _OF_STYLE.fullmatch(diagnostic.code)]
    if not of_style:
        return None
    root = _root(source)
    file = plain(root or _root(_folded(source)))
    sections = root.get("blocks") if isinstance(root, Mapping) else None
    blocks = {key.text.partition("(")[0] for key, _ in sections.items} if isinstance(sections, Mapping) else set()
    stuck: Diagnostic | None = None
    for stretch in _stretches(source, root):
        is_wrong = any(mistake.span and stretch.first <= mistake.span.line <= stretch.last for mistake in of_style)
        if _are_slips(stretch, of_style):
            return None
        for style in all_styles():
            if stretch.has_key and not stretch.is_whole and not is_wrong and not style.of_files:
                continue
            data = file if style.of_files and isinstance(file, dict) and not stretch.is_whole else stretch.data
            try:
                rewritten = style.rewrite(_with_sizes(stretch.text, source), data)
            except Exception:  # noqa: BLE001, S112  it reads anything; where it stumbles, the plain messages are told
                continue
            if rewritten is None:
                continue
            if rewritten.stuck and stuck is None:
                stuck = _stuck(source, stretch, style.name, rewritten.stuck)
            if not rewritten.layers or set(rewritten.unknown) & blocks:
                continue
            if rewritten.left_out and _is_mostly_a_spec(stretch, of_style):
                continue
            old, new = (
                {line.strip().removeprefix("- ").strip() for line in lines}
                for lines in (stretch.text.splitlines(), rewritten.layers)
            )
            if not rewritten.consumed and new <= old:
                continue  # the lines were those of a spec already, and something else is wrong with the file
            if rewritten.unknown or rewritten.left_out:
                return _with_unknown(source, stretch, style.name, rewritten)
            edits = _edits(source, root, stretch, rewritten, mistakes)
            message = _rewriting(source, stretch, style, rewritten, edits, mistakes)
            if message is None:
                continue
            if rewritten.consumed and all(diagnostic.code == "E012" for diagnostic in diagnostics):
                of_key = replace(diagnostics[0], note=message.note)
                return replace(of_key, fix=message.fix, suggestion=message.suggestion)
            return message
    return stuck


def _rewriting(
    source: Source, stretch: _Stretch, style: Style, rewritten: Rewritten, edits: tuple[Edit, ...], mistakes: Mistakes
) -> Diagnostic | None:
    """E020 with edits; None where these do not lead to a spec."""
    commented: list[Edit] = []
    for edit in edits:
        old = source.lines[edit.span.line - 1 : edit.span.end_line]
        is_of_lines = edit.span.column == 1 and edit.span.end_column == len(old[-1]) + 1
        new = with_comments(old, edit.text.split("\n")) if is_of_lines and not stretch.is_whole else None
        commented.append(edit if new is None else Edit(edit.span, "\n".join(new)))
    edits = tuple(commented)
    text = EditedText([source.text])
    text.edit([edits])
    left = mistakes(Source(source.name, text.now))
    if any(_NO_SPEC.fullmatch(diagnostic.code) for diagnostic in left):
        return None
    states_input = re.compile(r"^inputs?:", re.MULTILINE)
    if stretch.is_whole and states_input.search(source.text) and not states_input.search(edits[-1].text):
        return None  # the input of the file would be gone
    is_wrong = any(diagnostic.code.startswith(("E1", "E2", "E3")) for diagnostic in left)
    is_doubtful = rewritten.doubt or (style.doubts and rewritten.note) or GUESS in edits[-1].text or is_wrong
    first = min(edit.span.line for edit in edits) if rewritten.consumed else stretch.first
    message = _message(source, replace(stretch, first=first), style.name, rewritten)
    return replace(message, fix=() if is_doubtful else edits, suggestion=edits if is_doubtful else ())


def _stuck(source: Source, stretch: _Stretch, style: str, place: tuple[int, str]) -> Diagnostic:
    """E020 for text of another tool that cannot be followed, at the line that stops it."""
    number, reason = stretch.first + place[0] - 1, place[1]
    line = source.lines[min(number, len(source.lines)) - 1]
    span = Span(number, len(line) - len(line.lstrip()) + 1, number, max(len(line.rstrip()), 1) + 1)
    what = "this file is written" if stretch.is_whole else "these layers are written"
    return Diagnostic("E020", f"{what} as {style}, and not as a spec", span, reason)


def _are_slips(stretch: _Stretch, of_style: list[Diagnostic]) -> bool:
    """Whether most lines of a list are those of a spec, and the others are of another tool and have rewrites."""
    if stretch.is_whole or not isinstance(stretch.data, dict):
        return False
    here = [mistake for mistake in of_style if mistake.span and stretch.first <= mistake.span.line <= stretch.last]
    is_rewritten = all(mistake.fix and mistake.code in ("E020", "E102", "E201") for mistake in here)
    return is_rewritten and _is_mostly_a_spec(stretch, of_style)


def _is_mostly_a_spec(stretch: _Stretch, of_style: list[Diagnostic]) -> bool:
    """Whether there is something wrong with less than half of the lines of a list."""
    entries = stretch.data.get("layers") if isinstance(stretch.data, dict) else stretch.data
    if not isinstance(entries, list):
        return False
    lines = {mistake.span.line for mistake in of_style if mistake.span}
    here = [line for line in lines if stretch.first <= line <= stretch.last]
    count = len(entries)
    if len(of_style) >= MAX_DIAGNOSTICS:  # what stands below the last one is not known
        count = min(count, max(here, default=stretch.first) - stretch.first + 1)
    return 0 < 2 * len(here) < count


def _with_sizes(text: str, source: Source) -> str:
    """Sections of Darknet without the first, which says the input: the file says it."""
    stated = re.search(r"^input: (\[[\d, ]+\])", source.text, re.MULTILINE)
    sizes = [int(size) for size in stated[1].strip("[]").split(",")] if stated else None
    if sizes is None or not re.match(r"\s*\[(?!net)[a-z]+\]\s*\n\s*\w+\s*=", text):
        return text
    channels, height, width = sizes if len(sizes) == 3 else (0, 0, 0)
    return f"[net]\nchannels={channels}\nheight={height}\nwidth={width}\n{text}"


def _message(source: Source, stretch: _Stretch, style: str, rewritten: Rewritten) -> Diagnostic:
    lines = source.lines[stretch.first - 1 : stretch.last]
    begin = next(
        ((place, line) for place, line in enumerate(lines, stretch.first) if line.strip().partition("#")[0]),
        (stretch.first, lines[0]),
    )
    column = len(begin[1]) - len(begin[1].lstrip()) + 1
    span = Span(begin[0], column, begin[0], max(len(begin[1].rstrip()) + 1, column + 1))
    what = "this file is written" if stretch.is_whole else "these layers are written"
    notes = [rewritten.doubt, rewritten.note]
    if rewritten.consumed and not stretch.is_whole:
        notes.append(f"the lines below take the place of `{'` and `'.join(('layers', *rewritten.consumed))}`")
    return Diagnostic("E020", f"{what} as {style}, and not as a spec", span, "; ".join(filter(None, notes)) or None)


def _with_unknown(source: Source, stretch: _Stretch, style: str, rewritten: Rewritten) -> Diagnostic:
    """E020 for a list with layers or arguments that nobody knows: what the others are, and no edits."""
    names = ", ".join(f"`{name}`" for name in rewritten.unknown)
    notes = []
    if rewritten.left_out:
        are = "is no argument" if len(rewritten.left_out) == 1 else "are no arguments"
        notes = [f"{', '.join(rewritten.left_out)} {are} of torch or Keras"]
        advice = "say in lines of their own what these arguments mean; without, the list is"
    if rewritten.unknown:
        is_one, is_prose = len(rewritten.unknown) == 1, any(" " in name for name in rewritten.unknown)
        what = "not understood" if is_prose else "no layer of torch or Keras"
        notes = [f"{names} {'is' if is_one else 'are'} {what}", *notes]
        advice = f"write what {names} holds under `blocks`; with it the list is"
        if is_prose:
            advice = f"write the lines for {'it' if is_one else 'them'}; with them the list is"
    note = "; ".join(notes)
    message = replace(_message(source, stretch, style, rewritten), note=note)
    return replace(message, help="\n".join([advice, *(f"  {line}" for line in rewritten.layers)]))


# --- what is there -----------------------------------------------------------------------------


_ANCHOR: Final = re.compile(r"^(?P<key>\w+):[ \t]*&(?P<anchor>\w+)", re.MULTILINE)


def _root(source: Source) -> Node | None:
    """The file as it stands; where sections have anchors, `*tower` is then the text that names its section."""
    text = source.text
    for match in _ANCHOR.finditer(source.text):
        text = text.replace(f"&{match['anchor']}", "")
        text = re.sub(rf"\*{match['anchor']}\b", f'"*{match["key"]}"', text)
    try:
        return read_nodes(Source(source.name, text))[0]
    except SpecError:
        return None


def _folded(source: Source) -> Source:
    """The text with what stands in brackets on one line each: YAML ends a value where a bracket begins a line."""
    lines: list[str] = []
    pieces: list[str] = []  # a line, and those that go on in its brackets
    depth = 0
    for line in source.lines:
        code = re.sub(r"(?:^|\s+)#.*", "", line) if "#" in line else line
        if depth > 0 and code.lstrip().startswith("- "):
            return source  # a bracket was forgotten, and the next entry is not in it
        if depth > 0:
            pieces.append(code.strip())
        else:
            lines += _as_one_line(pieces)
            pieces = [line]
        words = re.sub(r"'[^']*'|\"[^\"]*\"", "", code)
        depth = max(0, depth + sum(words.count(bracket) for bracket in "([{") - sum(map(words.count, ")]}")))
        if depth > 0 and len(pieces) == 1:
            pieces = [code]
    return Source(source.name, "\n".join([*lines, *_as_one_line(pieces)]))


def _as_one_line(pieces: list[str]) -> list[str]:
    """With empty lines after it, so that every other line keeps its number."""
    return [" ".join(pieces), *[""] * (len(pieces) - 1)] if pieces else []


def _stretches(source: Source, root: Node | None) -> Iterator[_Stretch]:
    """The list of layers where the file has one, else the file."""
    for key_line, head in enumerate(source.lines, 1):
        if _LAYERS_KEY.match(head):
            last = key_line
            is_read = isinstance(root, Mapping) and isinstance(root.get("layers"), Mapping | Sequence)
            keys = {key.span.line for key, _ in root.items} if isinstance(root, Mapping) and is_read else set()
            for below, line in enumerate(source.lines[key_line:], key_line + 1):
                if _TOP_KEY.match(line) or below in keys:
                    break
                if line.strip():
                    last = below
            inner = root.get("layers") if isinstance(root, Mapping) else None
            data = plain(inner) if inner is not None else None
            if last > key_line:
                text = _statements(source.lines[key_line:last], data)
                data = data if isinstance(data, list | dict) else None
                if isinstance(data, list) and isinstance(root, Mapping):
                    beside = {key.text: plain(node) for key, node in root.items}
                    others = [
                        key for key, value in beside.items() if isinstance(value, int | float) and key not in KEYS
                    ]
                    kept = {key: value for key, value in beside.items() if key in (*INPUT_KEYS, "outputs")}
                    numbers = {**{key: beside[key] for key in others}, **(beside.get("vars") or {})}
                    with_numbers = {**kept, "vars": numbers, "layers": data}
                    yield _Stretch(key_line + 1, last, text, with_numbers, False)
                yield _Stretch(key_line + 1, last, text, data, False)
            return
    data = plain(root) if isinstance(root, Mapping | Sequence) else None
    last = max((place for place, line in enumerate(source.lines, 1) if line.strip()), default=1)
    above = list(takewhile(lambda line: not line.strip() or line[:1] == "#" or _PLAIN_KEY.match(line), source.lines))
    if any(_PLAIN_KEY.match(line) for line in above) and len(above) < last:
        yield _Stretch(len(above) + 1, last, "\n".join(source.lines[len(above) : last]), None, False, has_key=False)
    yield _Stretch(1, last, source.text, data, True)


def _statements(lines: tuple[str, ...], data: object) -> str:
    """The lines without the indentation they share, and without `- ` where all items are plain text."""
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    dedented = [line[margin:] for line in lines]
    heads = [line for line in dedented if line.strip() and not line.startswith((" ", "#"))]
    is_code = any(re.match(r"(?:- )?(?:class|def) \w+", line) for line in dedented)
    is_text = (
        is_code
        or data is None
        or isinstance(data, str)
        or (isinstance(data, list) and all(isinstance(item, str | None) for item in data))
    )
    if is_text and heads and all(line.startswith("- ") or line == "-" for line in heads):
        dedented = [line[2:] if line.startswith("- ") else line.removeprefix("  ") for line in dedented]
    return "\n".join(dedented)


# --- what it becomes ---------------------------------------------------------------------------


def _edits(
    source: Source, root: Node | None, stretch: _Stretch, rewritten: Rewritten, mistakes: Mistakes
) -> tuple[Edit, ...]:
    last = Span(stretch.first, 1, stretch.last, len(source.lines[stretch.last - 1]) + 1)
    if rewritten.consumed and not stretch.is_whole:
        return (_in_place_of_sections(source, rewritten),)
    if not stretch.is_whole:
        lines = [f"  {line}" if line else line for line in rewritten.layers]
        outputs = root.get("outputs") if isinstance(root, Mapping) else None
        if rewritten.outputs and outputs is None:
            lines.append(f"outputs: {rewritten.outputs}")
        layers = Edit(last, "\n".join(lines if stretch.has_key else ["layers:", *lines]))
        return (*_other_sections(source, root, stretch, rewritten), layers)
    name = root.get("name") if isinstance(root, Mapping) else None
    lines = list(takewhile(lambda line: line.startswith("#"), source.lines))
    if rewritten.name or isinstance(name, Scalar):
        lines.append(f"name: {rewritten.name or (name.text if isinstance(name, Scalar) else '')}")
    return (Edit(last, "\n".join([*lines, *_sections(source, rewritten, mistakes)])),)


_SECTION: Final = re.compile(r"([A-Za-z_][\w(), =]*?)[ \t]*:(?:\s|$)")


def _in_place_of_sections(source: Source, rewritten: Rewritten) -> Edit:
    """The layers with all that the other sections held whose lines are among them, in one piece."""
    heads = [(place, match[1]) for place, line in enumerate(source.lines, 1) if (match := _SECTION.match(line))]
    ends = [place for place, _ in heads[1:]] + [len(source.lines) + 1]
    gone: set[int] = set()
    place_of_layers = 0
    for (place, key), end in zip(heads, ends, strict=True):
        if key == "layers" or key in rewritten.consumed:
            last = max((n for n in range(place, end) if source.lines[n - 1].startswith((" ", "-"))), default=place)
            gone |= set(range(place, last + 1))
            place_of_layers = place if key == "layers" else place_of_layers
    lines: list[str] = []
    for place in range(min(gone), max(gone) + 1):
        if place == place_of_layers:
            is_stated = any(key in INPUT_KEYS for _, key in heads)
            lines += [f"input: {rewritten.input}"] if rewritten.input and not is_stated else []
            for key in ("parameters", "blocks"):
                section: tuple[str, ...] = getattr(rewritten, key)
                lines += [f"{key}:", *(f"  {line}" if line else line for line in section)] if section else []
            lines += ["layers:", *(f"  {line}" for line in rewritten.layers)]
            lines += [f"outputs: {rewritten.outputs}"] if rewritten.outputs else []
        elif place not in gone and (source.lines[place - 1].strip() or (lines and lines[-1])):
            lines.append(source.lines[place - 1])
    while lines and not lines[-1].strip():
        lines.pop()
    return Edit(Span(min(gone), 1, max(gone), len(source.lines[max(gone) - 1]) + 1), "\n".join(lines))


def _other_sections(source: Source, root: Node | None, stretch: _Stretch, rewritten: Rewritten) -> tuple[Edit, ...]:
    """Keys beside `layers` that the rewritten list needs and the file has not, above it; its outputs below."""
    # The keys of a spec that the file has, as far as it can be read.
    if isinstance(root, Mapping):
        present = {key.text for key, _ in root.items}
    else:
        present = {match[1] for line in source.lines if (match := re.match(r"(\w+)[ \t]*:", line))}
    above: list[str] = []
    if not present & {"input", "inputs", "input_shape"}:
        if rewritten.inputs:
            above += ["inputs:", *(f"  {line}" for line in rewritten.inputs)]
        elif rewritten.input:
            above.append(f"input: {rewritten.input}")
    for key in ("vars", "parameters", "blocks"):
        lines: tuple[str, ...] = getattr(rewritten, key)
        if key == "vars":  # numbers beside `layers` are told of as unknown keys
            lines = tuple(line for line in lines if line.partition(":")[0] not in present)
        if lines and key not in present:
            above += [f"{key}:", *(f"  {line}" if line else line for line in lines)]
    edits = _in_place(root, rewritten)
    if above:
        line = stretch.first - stretch.has_key
        place = Span(line, 1, line, 1)
        edits.append(Edit(place, "".join(f"{line}\n" for line in above)))
    return tuple(edits)


def _in_place(root: Node | None, rewritten: Rewritten) -> list[Edit]:
    """What the file states in another way, each in its place: the sizes of inputs, the names of outputs."""
    edits: list[Edit] = []
    if not isinstance(root, Mapping):
        return edits
    inputs = {key.text: node for key, node in root.items if key.text in INPUT_KEYS}
    several = inputs.get("inputs")
    pairs = [tuple(line.split(": ", 1)) for line in rewritten.inputs] if isinstance(several, Mapping) else []
    nodes = [(several.get(name), text) for name, text in pairs] if isinstance(several, Mapping) else []
    if rewritten.input and len(inputs) == 1 and several is None:
        nodes.append((next(iter(inputs.values())), rewritten.input))
    if rewritten.input and isinstance(several, Scalar):
        key = next(key for key, _ in root.items if key.text == "inputs")
        entry_span = Span(key.span.line, key.span.column, several.span.end_line, several.span.end_column)
        edits.append(Edit(entry_span, f"input: {rewritten.input}"))
    for node, text in nodes:
        is_long = isinstance(node, Mapping) and isinstance(node.get("shape"), Sequence | Scalar)
        place = node.get("shape") if is_long and isinstance(node, Mapping) else node
        new = text.removeprefix("{shape: ").partition("]")[0] + "]" if is_long else text
        if not isinstance(place, Sequence | Scalar) or place.span.line != place.span.end_line:
            continue
        sizes = [str(size) for size in sizes_of(plain(place)) or ()]
        if sizes != re.findall(r"\d+", new) or isinstance(place, Scalar):
            edits.append(Edit(place.span, new))
    stated_key, outputs = next((pair for pair in root.items if pair[0].text == "outputs"), (None, None))
    if rewritten.outputs and stated_key is not None and isinstance(outputs, Sequence):
        stated = [item.text for item in outputs.items if isinstance(item, Scalar)]
        if rewritten.outputs != f"[{', '.join(stated)}]":
            last = outputs.span if outputs.flow else outputs.items[-1].span
            lines = Span(stated_key.span.line, 1, last.end_line, last.end_column)
            edits.append(Edit(lines, f"outputs: {rewritten.outputs}"))
    return edits


def _sections(source: Source, rewritten: Rewritten, mistakes: Mistakes) -> list[str]:
    """The keys of a spec, the input first."""
    sections: list[str] = []
    for key in ("vars", "parameters", "blocks"):
        lines: tuple[str, ...] = getattr(rewritten, key)
        if lines:
            sections += [f"{key}:", *(f"  {line}" if line else line for line in lines)]
    sections += ["layers:", *(f"  {line}" if line else line for line in rewritten.layers)]
    if rewritten.outputs:
        sections.append(f"outputs: {rewritten.outputs}")
    if rewritten.inputs:
        return ["inputs:", *(f"  {line}" for line in rewritten.inputs), *sections]
    if rewritten.input is not None:
        return [f"input: {rewritten.input}", *sections]
    guess = guessed_input(source.name, "\n".join(sections), mistakes)
    return [*([guess] if guess else []), *sections]


# --- comments of lines that are written anew -----------------------------------------------------


_COMMENT: Final = re.compile(
    r"(?P<code>(?:[^'\"#]|'[^']*'|\"[^\"]*\"|(?<=\S)#|['\"])*?)(?P<comment>(?:^|(?<=\s))#.*)?$"
)
_WORD: Final = re.compile(r"[A-Za-z_]{2,}|\d+")
_UNSAID: Final = frozenset({"self", "nn", "torch", "type", "return"})
_NAMES: Final = {name.lower(): meant for name, meant in {**SHORT, **KERAS}.items()}
_ALIKE: Final = 0.5
"""The share of words from which on two lines say the same."""


def with_comments(old: list[str] | tuple[str, ...], new: list[str]) -> list[str]:
    """The new lines with the comments of the old ones, in their order; none is lost."""
    parts = [_COMMENT.match(line) for line in old]
    if not any(part and part["comment"] for part in parts) or not any(line.strip() for line in new):
        return list(new)
    kept = {part["comment"] for line in new if (part := _COMMENT.match(line))}
    begins = next((number for number, line in enumerate(new) if line.strip() and line.lstrip()[0] != "#"), 0)
    margin = 0
    above: dict[int, list[str]] = {}
    behind: dict[int, list[str]] = {}
    waiting: list[str] = []
    place = begins - 1
    for line, part in zip(old, parts, strict=True):
        code, comment = (part["code"], part["comment"]) if part else (line, None)
        comment = None if comment in kept else comment
        if not code.strip():
            waiting += [line] if comment else []
            continue
        depth = len(code) - len(code.lstrip())
        if code.lstrip().startswith("- ") or depth <= margin:  # and no key of an entry
            margin = depth
            # The next line that says the same as an old one; the present one where none does.
            words, most = _words(code), 0.0
            for number in range(place + 1, len(new)):
                others = _words(new[number].partition("#")[0])
                alike = SequenceMatcher(None, words, others, autojunk=False).ratio() if others else 0.0
                if alike >= _ALIKE and alike > most:
                    place, most = number, alike
        if waiting:
            above.setdefault(max(place, begins), []).extend(waiting)
            waiting = []
        if comment:
            behind.setdefault(max(place, begins), []).append(comment.removeprefix("#").strip())
    lines: list[str] = []
    for number, line in enumerate(new):
        blanks = line[: len(line) - len(line.lstrip())]
        lines += [blanks + comment.lstrip() for comment in above.get(number, ())]
        lines.append(f"{line}  # {'; '.join(behind[number])}" if number in behind else line)
    return [*lines, *waiting]


def _words(code: str) -> list[str]:
    """The words and numbers of a line, with torch's names for those of other tools."""
    names = re.sub(r"[A-Za-z_]\w*", lambda match: _NAMES.get(match[0].lower(), match[0]), code)
    return [word.lower() for word in _WORD.findall(names) if word not in _UNSAID]
