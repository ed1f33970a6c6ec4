"""Option values that are more than a word: `--set depth=24`, `--input-shape 3,128,128`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netinspect.catalogue import LAYERS, Entry
from netinspect.errors import InputError


def assignment(text: str) -> tuple[str, str]:
    """`depth=24` as a name and an expression. InputError without a name or a value."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise InputError(f"--set {text}: write NAME=VALUE, such as --set depth=24")
    return name.strip(), value.strip()


def input_shape(text: str) -> tuple[str, tuple[int, ...]]:
    """`3,128,128`, or `left=3,128,128` for one of several inputs. InputError if a size is no whole number from 1."""
    name, equals, sizes = text.rpartition("=")
    parts = [part.strip() for part in sizes.split(",")]
    whole = all(part.isascii() and part.isdigit() and 1 <= len(part) <= 10 and int(part) > 0 for part in parts)
    if not whole or (equals and not name.strip()):
        raise InputError(f"--input-shape {text}: write sizes without the batch, such as --input-shape 3,128,128")
    return name.strip(), tuple(int(part) for part in parts)


def amount(option: str, text: str | None) -> int | None:
    """`8GiB` as bytes. InputError, with the option's name, where it is no amount."""
    if text is None:
        return None
    from netinspect.language import parse_bytes

    try:
        return parse_bytes(text)
    except InputError as error:
        raise InputError(f"{option}: {error}") from error


def layers_of(custom_layers: Path | None) -> Mapping[str, Entry]:
    """The layers a spec may use: the catalogue's, and those of `--custom-layers` (which loads torch)."""
    if custom_layers is None:
        return LAYERS
    from netinspect.torch_backend.custom_layers import with_custom_layers

    return with_custom_layers(custom_layers)
