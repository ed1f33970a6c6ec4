"""Torch code as people paste it: the rewritten spec computes what the code computes."""

from __future__ import annotations

import collections
import math

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  torch's own name for it
from torch import nn

from netinspect.drafts.styles.torch_code import STYLE
from tests.drafts.styles.assembling import built, flat, spec_text, take_weights
from tests.drafts.styles.programs import PROGRAMS, Program


@pytest.mark.filterwarnings("ignore:enable_nested_tensor:UserWarning")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_the_spec_computes_what_the_code_computes(program: Program) -> None:
    rewritten = STYLE.rewrite(program.source, None)
    assert rewritten is not None
    text = spec_text(rewritten, program.inputs)
    model = built(text)
    names: dict[str, object] = {"torch": torch, "nn": nn, "F": F, "math": math, "OrderedDict": collections.OrderedDict}
    names["__name__"] = "pasted"
    torch.manual_seed(0)
    exec(program.source, names)  # the test's own text
    original = eval(program.make, names)
    assert isinstance(original, nn.Module)
    for parameter in original.parameters():
        if parameter.numel() and not parameter.any():
            nn.init.normal_(parameter)
    take_weights(model, original, keys_agree=program.keys_agree)
    model.eval()
    original.eval()
    with torch.no_grad():
        theirs = flat(original(*program.samples()))
        ours = flat(model(*program.samples(batch_first=True)))
    if program.time_first:
        theirs = [tensor.transpose(0, 1) if tensor.ndim > 2 else tensor for tensor in theirs]
    if program.no_batch:
        theirs = [tensor[None] for tensor in theirs]
    assert len(ours) == len(theirs)
    for our, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(our, their, rtol=1e-4, atol=1e-4)
