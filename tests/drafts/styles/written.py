"""A rewritten draft as the spec that it stands for, read and counted."""

import netinspect
from netinspect.drafts.style import Rewritten


def spec_of(rewritten: Rewritten, input: str | None = None) -> str:
    """The text of the spec, with `input` where the draft does not say it."""
    parts = [f"name: {rewritten.name}"] if rewritten.name else []
    if not rewritten.inputs and (rewritten.input or input):
        parts.append(f"input: {rewritten.input or input}")
    for key in ("inputs", "vars", "blocks", "parameters", "layers"):
        lines = getattr(rewritten, key)
        if lines:
            parts += [f"{key}:", *(f"  {line}" for line in lines)]
    if rewritten.outputs:
        parts.append(f"outputs: {rewritten.outputs}")
    return "\n".join([*parts, ""])


def read(rewritten: Rewritten | None, folder, input: str | None = None):
    """The network of a rewritten draft."""
    assert rewritten is not None
    path = folder / "draft.yaml"
    path.write_text(spec_of(rewritten, input), encoding="utf-8")
    return netinspect.load(str(path))


def params(rewritten: Rewritten | None, folder, input: str | None = None) -> int:
    """How many params the network of a rewritten draft has."""
    return read(rewritten, folder, input).profile().totals.params
