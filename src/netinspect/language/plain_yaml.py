"""The events of PyYAML's own parser, for a PyYAML that was built without libyaml.

It is slower, and stricter about tabs between the tokens of `{ }`, which JSON may have; those become blanks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

_QUOTED_OR_TAB: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|\t', re.DOTALL)
"""A quoted text to its end, or to the end of the file where nothing closes it; or a tab."""


class _Parser(Reader, Scanner, Parser):
    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def plain_events(text: str) -> Callable[[], Any]:
    """The next event of `text` at each call, and None after the last."""
    if text.lstrip().startswith("{"):
        text = _QUOTED_OR_TAB.sub(lambda match: " " if match[0] == "\t" else match[0], text)
    next_event: Callable[[], Any] = _Parser(text).get_event
    return next_event
