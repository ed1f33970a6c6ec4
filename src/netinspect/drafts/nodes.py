"""What YAML makes of a text, in plain Python."""

from __future__ import annotations

from typing import Any

from netinspect.language.nodes import Mapping, Node, Scalar, Sequence, is_null
from netinspect.language.numbers import number


def plain(node: Node | None) -> Any:
    """What YAML makes of a node, in plain Python: dicts, lists, text, numbers; None for a stretch with a mistake."""
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.items}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if not isinstance(node, Scalar) or is_null(node):
        return None
    if node.quoted:
        return node.text
    words = {"true": True, "false": False}
    if node.text.lower() in words:
        return words[node.text.lower()]
    digits = node.text.lstrip("+-")
    if digits[:1].isdigit() or (digits[:1] == "." and digits[1:2].isdigit()):
        value = number(digits)
        if isinstance(value, int | float):
            return -value if node.text.startswith("-") else value
    return node.text
