"""Plain data as the text of a JSON document.

The layout is the one of `json.dumps(value, indent=2)`, which goes through Python for every line and every bracket.
Here a list or an object is one text, so that a summary of a hundred thousand layers is written in a second.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from json.encoder import encode_basestring_ascii as _ascii
from typing import Any, Final

_PLAIN: Final[dict[type, Callable[[Any], str]]] = {
    str: _ascii,
    int: repr,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): {None: "null"}.__getitem__,
}
"""How values are written that hold no others. A float may be one that JSON has not."""

_SHORT: Final = 9
"""A list of fewer items may be a shape, and come again and again."""


def encoded(value: Any) -> str:
    """`value` as JSON with an indent of two blanks, in ASCII. An iterator is a list that is made while it is written.

    Keys are texts. ValueError for a number that JSON has not (nan, inf).
    """
    return _text(value, "\n", {})


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
    if not isinstance(value, list | tuple | Iterator):
        return json.dumps(value, allow_nan=False)
    may_come_again = (
        not isinstance(value, Iterator) and 0 < len(value) < _SHORT and not isinstance(value[0], str | dict)
    )
    key = (repr(value), newline) if may_come_again else None
    if key in known:
        return known[key]
    items = [write(item) if (write := plain(type(item))) else _text(item, inner, known) for item in value]
    text = f"[{inner}{f',{inner}'.join(items)}{newline}]" if items else "[]"
    if key is not None:
        known[key] = text
    return text
