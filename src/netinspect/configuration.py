"""What a repository says of its specs: `[tool.netinspect]` in pyproject.toml, or netinspect.toml.

It is looked for upwards from a spec, and holds for every command that reads a file below it. The command line wins.
"""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from netinspect.errors import InputError
from netinspect.findings import Bound, Selection
from netinspect.findings.codes import code_mistake
from netinspect.language import closest, decoded, parse_bytes, parse_count

LIMITS: Final = {
    "max-params": "params",
    "max-macs": "macs",
    "max-param-memory": "param_bytes",
    "max-peak-memory": "peak_activation_bytes",
}
"""What a network may cost at most, and the total that is bounded: keys here, options of `check`."""

_LISTS: Final = ("include", "exclude", "select", "ignore")
_KEYS: Final = (*_LISTS, "per-file-ignores", "custom-layers", *LIMITS)
_OWN_FILE, _PROJECT_FILE = "netinspect.toml", "pyproject.toml"
_MAX_BYTES: Final = 1 << 20
_MAX_DOTS: Final = 2_000
"""Dots of a line: reading a key of many parts takes time and memory with their square."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of a repository. `folder` is where their file lies: paths and patterns are taken from there.

    include, exclude    patterns of the specs that `check` looks at when it is given none, and of those it leaves out
    select, ignore      codes or their beginnings; `per_file_ignores` further ones, by a pattern of files
    bounds              what every network may cost at most
    custom_layers       a file with layers of one's own, only run where that is allowed
    """

    file: Path | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    bounds: tuple[Bound, ...] = ()
    custom_layers: Path | None = None

    def selection(self, spec: Path) -> Selection:
        """What is selected and ignored in one file."""
        further = [codes for pattern, codes in self.per_file_ignores if self.matches(spec, pattern)]
        return Selection(self.select, (*self.ignore, *(code for codes in further for code in codes)))

    def matches(self, spec: Path, pattern: str) -> bool:
        """Whether a file is one of `pattern`: by its path below `folder`, a folder above it, or its name alone."""
        assert self.file is not None
        try:
            path = spec.resolve().relative_to(self.file.parent.resolve()).as_posix()
        except ValueError:
            return False
        pattern = pattern.rstrip("/")
        parts = path.split("/")
        leading = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
        return any(fnmatch.fnmatchcase(name, pattern) for name in (*leading, *parts))


NONE: Final = Configuration()


@cache
def configuration(folder: Path) -> Configuration:
    """The settings that hold in a folder: of the nearest file above it that has some; NONE without one.

    InputError, with the file's name, for a file that is no TOML, an unknown key, or a value that will not do.
    """
    for place in (folder, *folder.parents):
        for name in (_OWN_FILE, _PROJECT_FILE):
            table = _table(place / name)
            if table is not None:
                return _configuration(place / name, table)
    return NONE


def _table(file: Path) -> Mapping[str, Any] | None:
    """The file's settings; None where it has none or is not there."""
    try:
        if file.exists() and not file.is_file() and not file.is_dir():  # a pipe would be waited for
            raise InputError(f"{file} is no file")
        with file.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
        return None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}") from None
    if len(data) > _MAX_BYTES:
        raise InputError(f"{file} is too large to look for settings in it: at most 1 MiB")
    if file.name == _PROJECT_FILE and b"netinspect" not in data:
        return None
    if any(line.count(b".") > _MAX_DOTS for line in data.splitlines()):
        raise InputError(f"{file}: a line holds more than {_MAX_DOTS} dots; as a key that is too deep")
    try:
        document = tomllib.loads(decoded(data))
    except RecursionError:
        raise InputError(f"{file} is nested too deep") from None
    except ValueError as error:  # of TOML, of UTF-8, and of numbers with thousands of digits
        raise InputError(f"{file} is no TOML: {error}") from None
    if file.name == _OWN_FILE:
        return document
    tool = document.get("tool")
    table = tool.get("netinspect") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise InputError(f"{file}: `tool.netinspect` is no table")
    return table


def _configuration(file: Path, table: Mapping[str, Any]) -> Configuration:
    for key in table:
        if key not in _KEYS:
            meant = closest(key, _KEYS)
            advice = f"did you mean `{meant}`?" if meant else f"the keys are {', '.join(_KEYS)}"
            raise InputError(f"{file}: there is no setting `{key}`; {advice}")
    lists = {key: _texts(file, key, table[key]) for key in _LISTS if key in table}
    for key in ("select", "ignore"):
        _check_codes(file, key, lists.get(key, ()))
    by_file = table.get("per-file-ignores", {})
    if not isinstance(by_file, dict):
        raise InputError(f'{file}: `per-file-ignores` is a table, such as {{"specs/old/*" = ["W2"]}}')
    ignores = tuple((pattern, _texts(file, f"per-file-ignores.{pattern}", codes)) for pattern, codes in by_file.items())
    for pattern, codes in ignores:
        _check_codes(file, f"per-file-ignores.{pattern}", codes)
    layers = table.get("custom-layers")
    if layers is not None and not isinstance(layers, str):
        raise InputError(f"{file}: `custom-layers` is the name of a file")
    return Configuration(
        file=file,
        **lists,
        per_file_ignores=ignores,
        bounds=tuple(_bound(file, key, table[key]) for key in LIMITS if key in table),
        custom_layers=None if layers is None else file.parent / layers,
    )


def _texts(file: Path, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputError(f"{file}: `{key}` is a list of texts")
    return tuple(value)


def _check_codes(file: Path, key: str, codes: tuple[str, ...]) -> None:
    for code in codes:
        mistake = code_mistake(code, ignoring=key != "select")
        if mistake is not None:
            raise InputError(f"{file}: `{key}`: {mistake}")


def _bound(file: Path, key: str, value: Any) -> Bound:
    metric = LIMITS[key]
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Bound(metric, value, f"{key} of {file.name}")
    if not isinstance(value, str):
        raise InputError(f"{file}: `{key}` is an amount, such as {'8MiB' if metric.endswith('bytes') else '100k'}")
    try:
        return Bound(metric, amount(key, value), f"{key} of {file.name}")
    except InputError as error:
        raise InputError(f"{file}: `{key}`: {error}") from None


def amount(key: str, text: str) -> int:
    """`100k` or `8MiB` as a number, as the limit of that name takes it. InputError."""
    return parse_bytes(text) if LIMITS[key].endswith("_bytes") else parse_count(text)
