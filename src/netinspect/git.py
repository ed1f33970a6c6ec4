"""Files of a commit of git, read as they lie in its database: nothing is checked out, fetched or run.

The repository of a file is the one it lies in, whatever the surroundings say: in a hook git names another one in
`GIT_DIR`, and a folder may look like a bare repository.
"""

from __future__ import annotations

import os
import posixpath
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from netinspect.errors import InputError

_OF_ANOTHER_REPOSITORY: Final = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE"),
    *("GIT_IMPLICIT_WORK_TREE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_REPLACE_REF_BASE", "GIT_NO_REPLACE_OBJECTS"),
    *("GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"),
)
"""What git hands to its hooks, so that commands of theirs act on its repository and not on the one they stand in."""
_NOTHING_IS_RUN: Final = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
}
_SETTINGS: Final = (
    "safe.bareRepository=explicit",
    "protocol.allow=never",
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
)
_LINK: Final = "120000"
_FILES: Final = ("100644", "100755", "100664")
_MOST_LINKS: Final = 40


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of the repository at `top`: by name the mode and the id of each of its files, and where its links lead.

    `top` is written as the files of the working tree are, links in it included.
    """

    top: Path
    entries: Mapping[str, tuple[str, str]]
    links: Mapping[str, str]

    def file(self, name: str) -> str | None:
        """The name of the file that lies there once the links of the commit are followed; None where none does."""
        place = self.place(name)
        return place if place is not None and self.entries.get(place, ("",))[0] in _FILES else None

    def place(self, name: str) -> str | None:
        """Where a name leads in this commit. None for a link that leads out of it, or in a circle."""
        parts = name.split("/")
        place = "."
        followed = 0
        while parts:
            place = posixpath.normpath(posixpath.join(place, parts.pop(0)))
            if place == ".." or place.startswith(("../", "/")):
                return None
            if place in self.links:
                followed += 1
                target = self.links[place]
                if followed > _MOST_LINKS or posixpath.isabs(target):
                    return None
                parts = [*target.split("/"), *parts]
                place = posixpath.dirname(place) or "."
        return place

    def below(self, folder: str) -> list[str]:
        """The files and links in a folder and those in it, as names from there."""
        place = self.place(folder)
        start = "" if place == "." else f"{place}/"
        return sorted(name.removeprefix(start) for name in self.entries if place is not None and name.startswith(start))


def places(path: Path) -> list[tuple[Path, str]]:
    """The repositories a path lies in, and its name there: as it is written, then with its links followed."""
    written = Path(os.path.abspath(path))  # noqa: PTH100  a Path would follow the links
    resolved = path.resolve()
    result: list[tuple[Path, str]] = []
    for each in (written, resolved):
        if each == written != resolved and written.exists() and not written.samefile(path):
            continue  # `link/../net.yaml` is not what it looks like
        folder = each if each.is_dir() else each.parent
        top = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
        if each == written != resolved and top is None:
            continue
        real = _top(top or folder)
        if top is None or not real.samefile(top):
            top = real
        try:
            name = each.relative_to(top).as_posix()
        except ValueError:
            if each == written != resolved:
                continue
            raise InputError(f"{path} lies outside the git repository {top}") from None
        if (top, name) not in result:
            result.append((top, name))
    return result


@lru_cache(maxsize=1024)
def _top(folder: Path) -> Path:
    """The repository of a folder; asked once, however many specs it holds."""
    return Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").removesuffix(b"\n")))


def commit(top: Path, ref: str, *, of: str) -> Commit:
    """A commit by any name of it. InputError where the repository has none; `of` is a path in it, for messages."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    identity = _git(top, *words, unless=f"there is no commit `{ref}` in the repository of {of}").decode().strip()
    entries: dict[str, tuple[str, str]] = {}
    for line in _git(top, "ls-tree", "-r", "-z", "--full-tree", identity).split(b"\0"):
        if line:
            facts, _, name = line.partition(b"\t")
            mode, _, object_id = facts.decode().split(" ")
            entries[os.fsdecode(name)] = (mode, object_id)
    links = {name: object_id for name, (mode, object_id) in entries.items() if mode == _LINK}
    targets = _objects(top, list(links.values()))
    return Commit(top, entries, {name: os.fsdecode(targets[object_id]) for name, object_id in links.items()})


def contents(commit: Commit, names: Sequence[str]) -> dict[str, bytes]:
    """What files of a commit hold, without filters."""
    ids = {name: commit.entries[name][1] for name in names}
    objects = _objects(commit.top, list(ids.values()))
    return {name: objects[object_id] for name, object_id in ids.items()}


def _objects(top: Path, ids: Sequence[str]) -> dict[str, bytes]:
    if not ids:
        return {}
    answer = _git(top, "cat-file", "--batch", feed="".join(f"{each}\n" for each in ids).encode())
    objects: dict[str, bytes] = {}
    position = 0
    for each in ids:
        end = answer.index(b"\n", position)
        header = answer[position:end].split(b" ")
        if header[-1] == b"missing":
            raise InputError(f"--baseline git: the object {each} is missing here; fetch the whole commit")
        size = int(header[-1])
        objects[each] = answer[end + 1 : end + 1 + size]
        position = end + 2 + size
    return objects


def _git(folder: Path, *arguments: str, feed: bytes | None = None, unless: str = "") -> bytes:
    """What git prints. InputError where it refuses, for the reason it gives or `unless`, or is not there."""
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    command = ["git", "-C", str(folder), "--no-replace-objects", *settings, *arguments]
    kept = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER_REPOSITORY}
    try:
        result = subprocess.run(command, input=feed, capture_output=True, check=False, env={**kept, **_NOTHING_IS_RUN})
    except (OSError, ValueError) as error:
        raise InputError(f"--baseline git: git cannot be run: {getattr(error, 'strerror', None) or error}") from None
    if result.returncode:
        reason = result.stderr.decode(errors="replace").strip().splitlines()
        raise InputError(f"--baseline git: {reason[-1] if reason else unless or 'git gives no reason'}")
    return result.stdout
