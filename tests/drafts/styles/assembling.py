"""A rewritten network as a file, built, and held against torch's own."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

import netinspect
from netinspect.drafts.style import Rewritten


def spec_text(rewritten: Rewritten, inputs: Sequence[str] = ()) -> str:
    """The file. `inputs` are used where the draft says none: sizes without the batch."""
    lines: list[str] = []
    if rewritten.name:
        lines.append(f"name: {rewritten.name}")
    if rewritten.inputs:
        lines += ["inputs:", *(f"  {line}" for line in rewritten.inputs)]
    elif rewritten.input:
        lines.append(f"input: {rewritten.input}")
    elif len(inputs) == 1:
        lines.append(f"input: {inputs[0]}")
    else:
        lines += ["inputs:", *(f"  {line}" for line in inputs)]
    for key in ("vars", "blocks", "parameters", "layers"):
        piece = getattr(rewritten, key)
        if piece:
            lines += [f"{key}:", *(f"  {line}" for line in piece)]
    if rewritten.outputs:
        lines.append(f"outputs: {rewritten.outputs}")
    return "\n".join(lines) + "\n"


def built(text: str) -> nn.Module:
    """The torch model of a spec."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.yaml"
        path.write_text(text)
        return netinspect.load(path).build()


def take_weights(model: nn.Module, original: nn.Module, *, keys_agree: bool) -> None:
    """The weights of the original, by key, or where keys may differ in the order of the modules that are used."""
    theirs, ours = original.state_dict(), model.state_dict()
    if keys_agree:
        assert set(ours) == set(theirs)
        model.load_state_dict(theirs)
        return
    assert [tuple(value.shape) for value in ours.values()] == [tuple(value.shape) for value in theirs.values()]
    model.load_state_dict(dict(zip(ours, theirs.values(), strict=True)))


def flat(result: object) -> list[torch.Tensor]:
    """All tensors of a result, in order."""
    if isinstance(result, torch.Tensor):
        return [result]
    if isinstance(result, dict):
        result = list(result.values())
    assert isinstance(result, list | tuple)
    return [tensor for item in result for tensor in flat(item)]
