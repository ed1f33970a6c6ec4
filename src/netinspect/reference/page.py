"""docs/catalogue.md: every layer and function a spec may use, written from the catalogue itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from netinspect.catalogue import ENTRIES, FUNCTIONS, LAYERS, Entry
from netinspect.catalogue.refused import KERAS, REFUSED
from netinspect.reference import front_ends, wording

LAYER_FAMILIES: Final = {
    "convolution": "Convolution", "linear": "Linear", "pooling": "Pooling", "normalisation": "Normalisation",
    "activation": "Activation", "padding": "Padding", "dropout": "Dropout", "embedding": "Embedding",
    "recurrent": "Recurrent layers", "attention": "Attention and Transformers", "shaping": "Shapes and vision",
}  # fmt: skip
FUNCTION_FAMILIES: Final = {
    "arithmetic": "Arithmetic and comparison", "reduction": "Reductions", "creation": "New tensors",
    "conversion": "Dtypes", "rearranging": "Rearranging, joining, picking", "products": "Products and convolutions",
    "activation": "Activation functions", "normalisation": "Normalising", "pooling": "Pooling functions",
    "convolution": "Blocks of an image", "padding": "Padding an edge", "shaping": "Vision and distance",
}  # fmt: skip

INTRODUCTION: Final = """\
# The catalogue

Every layer and every function that a spec may use. This page is written from the catalogue by `make docs`:
signatures, kinds and defaults are those that a spec is checked with, and the figures are what the tool works out
for the line that is shown.

How to read an entry:

- **The signature** has torch's names, order and defaults. What stands in `[ ]` is worked out from the input; it may
  be stated, and is then checked. A name without `=` must be given, one with `*` takes all remaining values.
- **Without a name** a layer takes the values its entry lists, in that order; all others are given by name. A function
  takes its arguments in order, and `prev` for its first tensor where it needs only one.
- **The example** is a line of a list of layers. Sizes are without the batch; an `N` is the batch where it does not come
  first. Figures are for one sample; [counting.md](counting.md) says what is counted.
- `one or 2 of: …` means one value for all axes, or a list with one each.

An input always has its batch axis. Torch's recurrent layers, attention, convolutions and poolings also take an input
without one; a spec cannot mean that, because a network is a function of a batch. What looks like an unbatched sequence
is a batch of features, and is an error that says which axis is missing.
"""


Sections = tuple[tuple[str, tuple[Entry, ...]], ...]


def page() -> str:
    """The whole page."""
    layers, functions = _sections(LAYER_FAMILIES, are_layers=True), _sections(FUNCTION_FAMILIES, are_layers=False)
    anchors = _anchors((*layers, *functions))
    parts = [INTRODUCTION, "## Contents\n"]
    for count, what, sections in ((len(LAYERS), "layers", layers), (len(FUNCTIONS), "functions", functions)):
        parts.append(f"{count} {what}:\n")
        for title, entries in sections:
            links = " · ".join(f"[{entry.name}](#{anchors[entry.name]})" for entry in entries)
            parts.append(f"- [{title}](#{anchors[f'## {title}']}): {links}")
        parts.append("")
    parts.append(
        "[Sounds](#sounds-settings-and-front-ends) · [Refused names](#refused-names) · "
        "[Names of Keras and TensorFlow](#names-of-keras-and-tensorflow)\n"
    )
    for title, entries in (*layers, *functions):
        parts.append(f"## {title}\n")
        for entry in entries:
            parts += _entry(entry)
    parts += front_ends.sections()
    parts += ["## Refused names\n", "Names of torch that have no place in a spec (E113), and what to do instead.\n"]
    parts += ["| name | why |", "|---|---|"]
    reasons: dict[str, list[str]] = {}
    for name, reason in REFUSED.items():
        reasons.setdefault(reason, []).append(name)
    parts += (f"| {', '.join(names)} | {reason} |" for reason, names in reasons.items())
    parts += ["", "## Names of Keras and TensorFlow\n"]
    parts += ["They are recognised, and the message says torch's (E102).\n", "| name | in a spec |", "|---|---|"]
    parts += (f"| {name} | `{ours}` |" for name, ours in KERAS.items())
    return "\n".join([*parts, ""])


def _sections(families: Mapping[str, str], *, are_layers: bool) -> Sections:
    return tuple(
        (title, tuple(entry for entry in ENTRIES if entry.family == family and entry.is_layer == are_layers))
        for family, title in families.items()
    )


def _anchors(sections: Sections) -> dict[str, str]:
    """Where each heading leads: lower case, and numbered from its second use on (`ReLU` is #relu, `relu` #relu-1)."""
    used: Counter[str] = Counter(("the-catalogue", "contents"))
    anchors = {}
    for heading in (heading for title, entries in sections for heading in (title, *(e.name for e in entries))):
        slug = "".join(c for c in heading.lower() if c.isalnum() or c in " _-").replace(" ", "-")
        key = (
            f"## {heading}"
            if heading in (title for title, _ in sections) and f"## {heading}" not in anchors
            else heading
        )
        anchors[key] = f"{slug}-{used[slug]}" if used[slug] else slug
        used[slug] += 1
    return anchors


# --- an entry ------------------------------------------------------------------------------------


def _entry(entry: Entry) -> Iterator[str]:
    yield f"### {entry.name}\n"
    yield f"{entry.summary}\n"
    call = wording.call_signature(entry) if entry.is_layer else None
    text = f"`{wording.signature(entry)}`"
    if call is not None:
        text += f" on `{call}`"
    place = "netinspect's own" if entry.torch.startswith("netinspect") else f"torch: `{entry.torch}`"
    yield f"{text} · {place}\n"
    if entry.is_layer and entry.arguments:
        unnamed = ", ".join(entry.unnamed)
        torchs = f"; in full, as torch has it: {', '.join(entry.torch_signature)}" if entry.torch_signature else ""
        yield f"Without a name: {unnamed or 'none'}{torchs}.\n"
    if len(entry.outputs) > 1:
        yield f"Outputs: {', '.join(output.name for output in entry.outputs)}.\n"
    arguments = [argument for argument in (*entry.arguments, *entry.forward) if wording.is_setting(argument)]
    if arguments:
        yield "| argument | may be | default |"
        yield "|---|---|---|"
        for argument in arguments:
            yield f"| {argument.name} | {wording.kind_in_words(argument)} | {wording.default(argument)} |"
        yield ""
    inputs = wording.inputs_in_words(entry)
    yield f"{wording.shown_lines(entry)}{f' on {inputs}' if inputs else ''} gives {wording.worked(entry)}.\n"
