"""Writes the gallery's index anew, with netinspect itself: `python -m netinspect.gallery_index [--check]`.

The index holds what a listing shows and what a name leads to, so that neither has to parse a spec.
`--check` writes nothing and ends with exit code 1 where the index is stale.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from netinspect import files, gallery_specs
from netinspect.analysis.profile import profile
from netinspect.language.prepared_sizes import SOUND_STEPS
from netinspect.language.syntax import Spec
from netinspect.network import elaborate_file, open_spec
from netinspect.network.network import Network, NetworkInput


def index_text(folder: Path) -> str:
    """The index of the specs in `folder`, as it should stand in `index.json`: by file name, then as in the file."""
    rows = [row for file in sorted(folder.glob("*.yaml")) for row in _rows(file)]
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    opened = open_spec(file)
    for variant in opened.variants or (None,):
        network = elaborate_file(replace(opened, variant=variant))
        yield _row(file.name, variant, cast("Spec", opened.parsed.spec), network)


def _row(file: str, variant: str | None, spec: Spec, network: Network) -> dict[str, Any]:
    totals = profile(network).totals
    return {
        "name": variant or file.removesuffix(".yaml"),
        "file": file,
        "variant": variant,
        "title": spec.name or "",
        "about": spec.about or "",
        "params": totals.params,
        "macs": totals.macs,
        "input": ", ".join(_sizes(network, number) for number in range(len(network.inputs))),
        "reads": _reads(network.inputs[0]),
    }


def _reads(first: NetworkInput) -> str:
    """What a network is for, by its first input."""
    if not first.value.type.is_float:
        return "text"
    is_wave = set(first.axes) == {"channels", "time"}
    if is_wave or not SOUND_STEPS.isdisjoint(first.preprocess) or {"mel", "freq"} & set(first.axes):
        return "audio"
    return "images" if {"height", "width"} <= set(first.axes) else "numbers"


def _sizes(network: Network, number: int) -> str:
    """`3×224×224`; a number a sample is `1`; other dtypes than float32 are named."""
    kind = network.inputs[number].value.type
    sizes = "×".join(str(size) for size in kind.shape[1:]) or "1"
    return sizes if kind.dtype == "float32" else f"{sizes} {kind.dtype}"


def main() -> int:
    """Write the index, or with `--check` only look at it. Gives the exit code."""
    folder = gallery_specs.folder()
    fresh = index_text(folder)
    if fresh == (folder / gallery_specs.INDEX).read_text(encoding="utf-8"):
        return 0
    if "--check" in sys.argv[1:]:
        sys.stderr.write("specs/index.json is stale: run `make index`\n")
        return 1
    files.write(folder / gallery_specs.INDEX, fresh.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
