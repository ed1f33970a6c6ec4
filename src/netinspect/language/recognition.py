"""Whether bytes are meant as a spec, before anything of them is read properly.

The one decision for files that lie in a folder and for those of a commit. In doubt a file is a spec: what is read
without need is told, what is passed over is not.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

SUFFIXES = (".yaml", ".yml")
"""How the name of a file ends that may be a spec."""

_KEY = r"""(?:[!&]\S*[ \t]+)*["']?([A-Za-z_]\w*)["']?[ \t]*:(?=[\s\[{"'*&!]|$)"""
_KEY_OF_LINE = re.compile(rf"([ \t]*){_KEY}[ \t]*(.*)")
_PIECE_OF_FLOW = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|(?:^|(?<=\s))#[^\n]*|[{}\[\],]|[^{}\[\],\"'#]+|.", re.DOTALL)
_BEFORE_CONTENT = re.compile(r"\A(?:[ \t]*(?:#[^\n]*)?\n|%[^\n]*\n|---(?=\s)[ \t]*|[ \t]*[!&]\S*[ \t]+(?=\{))*")
_NO_LIST = re.compile(r"[\w\"'{|>+.~-]")


def looks_like_a_spec(data: bytes) -> bool:
    """Whether at the top level stands `netspec`, or `layers` with `input` or `inputs`, or `layers` that may be a list,
    whose input is missing."""
    # A spec in a wrong encoding is meant as a spec too.
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") and data[2:4] != b"\0\0":
        text = data.decode("utf-16", "replace")
    else:
        text = data.removeprefix(b"\xff\xfe\0\0").replace(b"\0", b"").decode("utf-8", "replace")
    text = text.lstrip("\ufeff\ufffd").replace("\r\n", "\n").replace("\r", "\n")
    text = _BEFORE_CONTENT.sub("", text, count=1)
    keys = dict(_keys_of_flow(text) if text.lstrip().startswith("{") else _keys_of_block(text))
    if "netspec" in keys:
        return True
    return "layers" in keys and (not keys.keys().isdisjoint(("input", "inputs")) or keys["layers"])


def _keys_of_block(text: str) -> Iterator[tuple[str, bool]]:
    """The keys that stand no deeper than the first line, and whether their value may be a list."""
    lines = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    top = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
    for line, following in itertools.pairwise([*lines, ""]):
        key = _KEY_OF_LINE.match(line)
        if key is None or len(key[1]) > top:
            continue
        value = key[3].partition("#")[0].strip()
        is_deeper = len(following) - len(following.lstrip()) > top
        below = following.strip() if not value and (is_deeper or following.strip()[:1] == "-") else ""
        is_item = below == "-" or below.startswith("- ")
        yield key[2], is_item or not _NO_LIST.match(value or below)


def _keys_of_flow(text: str) -> Iterator[tuple[str, bool]]:
    """The keys of `{input: [8], layers: [Linear(4)]}`, and whether their value may be a list."""
    depth = 0
    entry = ""
    for piece in _PIECE_OF_FLOW.findall(text):
        if piece[0] == "#":
            continue
        if depth == 1 and piece not in (",", "}"):
            entry += piece
        depth += (piece in "{[") - (piece in "}]")
        if depth == 0 or (depth == 1 and piece == ","):
            yield from _key_of_entry(entry)
            entry = ""
        if depth == 0:
            return
    yield from _key_of_entry(entry)  # it is not closed, or only its beginning was read


def _key_of_entry(entry: str) -> Iterator[tuple[str, bool]]:
    key = re.match(rf"\s*{_KEY}\s*(.*)", entry, re.DOTALL)
    if key is not None:
        yield key[1], not _NO_LIST.match(key[2])
