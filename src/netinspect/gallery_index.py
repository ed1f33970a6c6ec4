"""Writes the gallery's index anew, with netinspect itself: `python -m netinspect.gallery_index [--check]`.

The index holds what a listing shows and what a name leads to, so that neither has to parse a spec.
`--check` writes nothing and ends with exit code 1 where the index is stale.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from netinspect import files, gallery_specs
from netinspect.analysis.figures import Profile
from netinspect.language.prepared_sizes import SOUND_STEPS
from netinspect.language.syntax import Spec
from netinspect.network.load import SpecFile, open_spec
from netinspect.network.network import Network, NetworkInput
from netinspect.reading import Reading, Settings, read_file


def readings(folder: Path) -> Iterator[Reading]:
    """Every network of the specs in `folder`: by file name, then as in the file."""
    for path in sorted(folder.glob("*.yaml")):
        file = open_spec(path)
        for variant in file.variants or (None,):
            yield read_file(path.name, replace(file, variant=variant), Settings())


def index_text(networks: Iterable[Reading]) -> str:
    """The index of some networks, as it should stand in `index.json`. SpecError where one of them is broken."""
    rows: list[dict[str, Any]] = []
    for reading in networks:
        if reading.failure is not None:
            raise reading.failure
        read = (reading.file, reading.network, reading.profile)
        file, network, profile = cast("tuple[SpecFile, Network, Profile]", read)
        spec, path = cast("Spec", file.parsed.spec), Path(file.source.name)
        inputs = []  # `3×224×224`; a number a sample is `1`; other dtypes than float32 are named
        for kind in (network_input.value.type for network_input in network.inputs):
            sizes = "×".join(map(str, kind.shape[1:])) or "1"
            inputs.append(sizes if kind.dtype == "float32" else f"{sizes} {kind.dtype}")
        rows.append(
            {
                "name": file.variant or path.stem,
                "file": path.name,
                "variant": file.variant,
                "title": spec.name or "",
                "about": spec.about or "",
                "params": profile.totals.params,
                "macs": profile.totals.macs,
                "input": ", ".join(inputs),
                "reads": _reads(network.inputs[0]),
            }
        )
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def _reads(first: NetworkInput) -> str:
    """What a network is for, by its first input."""
    if not first.value.type.is_float:
        return "text"
    is_wave = set(first.axes) == {"channels", "time"}
    if is_wave or not SOUND_STEPS.isdisjoint(first.preprocess) or {"mel", "freq"} & set(first.axes):
        return "audio"
    return "images" if {"height", "width"} <= set(first.axes) else "numbers"


def main() -> int:
    """Write the index, or with `--check` only look at it. Gives the exit code."""
    folder = gallery_specs.folder()
    fresh = index_text(readings(folder))
    if fresh == (folder / gallery_specs.INDEX).read_text(encoding="utf-8"):
        return 0
    if "--check" in sys.argv[1:]:
        sys.stderr.write("specs/index.json is stale: run `make index`\n")
        return 1
    files.write(folder / gallery_specs.INDEX, fresh.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
