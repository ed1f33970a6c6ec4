"""Plain data as the text of a JSON document.

The layout is the one of `json.dumps(value, indent=2)`, which goes through Python for every line and every bracket.
Here a list or an object is one text, so that a summary of a hundred thousand layers is written in a second.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from json.encoder import encode_basestring_ascii as _ascii
from typing import Any, Final


class Written(str):
    """Text that is JSON already, indented for the place where it will stand."""

    __slots__ = ()


_PLAIN: Final[dict[type, Callable[[Any], str]]] = {
    str: _ascii,
    Written: str,
    int: repr,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): {None: "null"}.__getitem__,
}
"""How values are written that hold no others. A float may be one that JSON has not."""

_LISTS: Final = (list, tuple)
_HOLDERS: Final = (dict, *_LISTS, Iterator)
_LEVELS: Final = 4
"""A document, its models, a model, its layers."""

_SHORT: Final = 9
"""A list of fewer items may be a shape, and come again and again."""


def encoded(value: Any) -> str:
    """`value` as JSON with an indent of two blanks, in ASCII. An iterator is a list that is made while it is written.

    Keys are texts. ValueError for a number that JSON has not (nan, inf).
    """
    return "".join(_pieces(value, "\n", {}, _LEVELS))


def members(value: Mapping[str, Any], newline: str) -> str:
    """The members of an object, each in a line that begins with `newline`, without the brackets around them."""
    plain = _PLAIN.get
    return f",{newline}".join(
        [
            f"{_ascii(key)}: {write(item) if (write := plain(type(item))) else _text(item, newline, {})}"
            for key, item in value.items()
        ]
    )


def _pieces(value: Any, newline: str, known: dict[tuple[str, str], str], levels: int) -> Iterator[str]:
    """The text of a value down to `levels` brackets deep: what may be a hundred megabytes is put together only once."""
    inner, before = newline + "  ", ""
    if levels == 0 or not isinstance(value, _HOLDERS):
        write = _PLAIN.get(type(value))
        yield write(value) if write else _text(value, newline, known)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield f"{before or '{'}{inner}{_ascii(key)}: "
            yield from _pieces(item, inner, known, levels - 1)
            before = ","
        yield newline + "}" if before else "{}"
    else:
        for item in value:
            yield f"{before or '['}{inner}"
            yield from _pieces(item, inner, known, levels - 1)
            before = ","
        yield newline + "]" if before else "[]"


def _text(value: Any, newline: str, known: dict[tuple[str, str], str]) -> str:
    """A value that stands in a line of the indent with which `newline` ends. `known` keeps the texts of short lists.

    The loops write plain numbers and texts themselves: a call for each would double the time.
    """
    plain, inner = _PLAIN.get, newline + "  "
    if isinstance(value, dict):
        members = [
            f"{_ascii(key)}: {write(item) if (write := plain(type(item))) else _text(item, inner, known)}"
            for key, item in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(members)}{newline}}}" if members else "{}"
    key = None
    if isinstance(value, _LISTS):
        if 0 < len(value) < _SHORT and type(value[0]) not in (str, dict):
            key = (repr(value), newline)
            text = known.get(key)
            if text is not None:
                return text
    elif not isinstance(value, Iterator):
        return json.dumps(value, allow_nan=False)
    items = [write(item) if (write := plain(type(item))) else _text(item, inner, known) for item in value]
    text = f"[{inner}{f',{inner}'.join(items)}{newline}]" if items else "[]"
    if key is not None:
        known[key] = text
    return text
