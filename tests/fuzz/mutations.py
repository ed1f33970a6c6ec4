"""Every change of one token of a text: taken out, doubled, swapped with the next, or replaced by something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d[\d_.]*|\*\*|//|==|!=|<=|>=|[^\s\w]|\n *")
PIECES = (
    "0", "-1", "2147483648", "prev", "(prev, 1)", "ReLU", "x.shape[0]", "chunk(2, dim=1)", " for i in range(3)", "\n",
    "[0]", "'text'",
)  # fmt: skip


def mutations(text: str) -> Iterator[str]:
    """All of them, in order."""
    tokens = list(TOKEN.finditer(text))
    for number, token in enumerate(tokens):
        before, after = text[: token.start()], text[token.end() :]
        yield before + after
        yield before + token[0] * 2 + after
        if number + 1 < len(tokens):
            following = tokens[number + 1]
            between = text[token.end() : following.start()]
            yield before + following[0] + between + token[0] + text[following.end() :]
        yield from (before + piece + after for piece in PIECES if piece != token[0])
