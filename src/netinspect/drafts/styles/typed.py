"""Lists of mappings, as other tools that read YAML write a network: `- type: Conv2d` with a key for each argument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netinspect.catalogue import LAYERS
from netinspect.drafts.entries.items import TYPE_KEYS
from netinspect.drafts.entries.lines import network_of
from netinspect.drafts.entries.outline import outline
from netinspect.drafts.style import Rewritten, Style


def _is_of_a_spec(entry: object) -> bool:
    """Whether an entry is right as it stands: a line, the long form of a layer of torch, or a list of them."""
    if isinstance(entry, str) or not isinstance(entry, Mapping) or len(entry) != 1:
        return isinstance(entry, str)
    ((key, inner),) = entry.items()
    if isinstance(inner, Mapping) and key in LAYERS:
        return set(inner) <= {argument.name for argument in LAYERS[key].arguments}
    if isinstance(inner, Mapping) and list(inner) == ["layers"]:
        inner = inner["layers"]
    if isinstance(inner, list):
        return all(_is_of_a_spec(part) for part in inner)
    return isinstance(inner, str) or inner is None


def _rewrite(text: str, data: object) -> Rewritten | None:  # noqa: ARG001
    """A list of mappings as lines; None where it is none, or holds a layer that is not known."""
    said = outline(data)
    if said is None:
        return None
    keys = [next(iter(entry)) for entry in said.entries if isinstance(entry, Mapping) and len(entry) == 1]
    has_types = "type" in keys or any(keys.count(key) > 1 for key in TYPE_KEYS)
    if not has_types and all(_is_of_a_spec(entry) for entry in said.entries):
        return None
    return network_of(said)


STYLE: Final = Style("a list of mappings", _rewrite)
