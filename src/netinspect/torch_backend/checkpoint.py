"""Reading a checkpoint: data from a stranger, of which nothing is ever run.

safetensors files hold tensors and nothing else. PyTorch's are read by its restricted unpickler alone
(`weights_only=True`); what that refuses is refused here, with a word on how to save it again. There is no switch.

What stands in mappings within mappings gets a name with dots, as torch names what stands in modules within modules:
`{"ema": {"fc.weight": …}}` holds `ema.fc.weight`. So a wrapper of a file is a prefix of its names.

What torch's unpickler runs no code of can still bring a process down: a tuple in a tuple in a tuple, a million deep,
overflows the C stack as soon as it is hashed; `bytearray(10**10)` fills the memory. The opcodes tell both before
anything is made of them. And programs that train keep their settings and measures beside the tensors, as objects of
classes of their own. None of these is made or even imported: something empty stands in its place.
"""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from pickle import UnpicklingError
from pickletools import OpcodeInfo, genops, markobject
from typing import IO, Any, Final, Self

import torch
from torch import Tensor

from netinspect.errors import InputError
from netinspect.extras import COMMAND, need
from netinspect.files import file_and_entry
from netinspect.language import decoded
from netinspect.language.source import open_without_waiting

_ZIP: Final = b"PK\x03\x04"
_PICKLE: Final = b"\x80"
_BEFORE_JSON: Final = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
"""Byte order marks and blanks."""
_PICKLES: Final = 5
"""In the old format: a magic number, a version, the system, the contents, the storages' keys."""

_SAVE_AGAIN: Final = 'save the weights alone: torch.save(model.state_dict(), "weights.pt")'
_COPY_AGAIN: Final = "copy or download it again"
_MAX_NAME: Final = 500
_DEEPEST: Final = 8
"""Mappings within mappings: a mapping may hold itself."""
_LISTED: Final = 8
_IN_FOLDERS: Final = (
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
)  # fmt: skip
"""What Hugging Face's libraries call the weights in a model's folder."""
_OLDEST_TORCH: Final = "2.10"
"""Older ones run code from a hostile checkpoint even with `weights_only`, and a light install leaves torch alone."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tensors of a file by name, in the file's order, on the CPU.

    entry    what of the file was asked for, `FILE:params_ema`; empty for all of it
    entries  the mappings that lead to tensors, each by its name with dots, with the keys on the way:
             {"ema.module": ("ema", "module")}
    """

    source: str
    is_safetensors: bool
    tensors: dict[str, Tensor]
    entry: str = ""
    entries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_checkpoint(file: str | Path) -> Checkpoint:
    """The tensors of a `.safetensors` file or a PyTorch checkpoint, the old format included, or of all the files that
    an index names (`model.safetensors.index.json`). `FILE:KEY` is one entry of a file. InputError."""
    path, entry = file_and_entry(file)
    head = _head(path)
    # Eight bytes give the length of a JSON object, which follows.
    is_safetensors = len(head) > 8 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 27
    if is_safetensors:
        tree: Any = _read_safetensors(path)
    elif head.startswith((_ZIP, _PICKLE)):
        tree = _read_torch(path, head)
    elif head.lstrip(_BEFORE_JSON).startswith(b"{") and (shards := _shards(path)) is not None:
        missing = [shard.name for shard in shards if not shard.exists()]
        if missing:
            more = f" and {len(missing) - 1:,} more, which are" if missing[1:] else ", which is"
            raise InputError(f"{path} names `{missing[0]}`{more} not there; {_COPY_AGAIN}")
        parts = {shard: read_checkpoint(shard) for shard in shards}
        is_safetensors = all(part.is_safetensors for part in parts.values())
        tree = {}  # the tensors that the index names, in its order of files
        for shard, names in shards.items():
            for name in names:
                if name not in parts[shard].tensors:
                    raise InputError(f"{shard} lacks `{name}`, which {path.name} says is in it; {_COPY_AGAIN}")
                tree[name] = parts[shard].tensors[name]
    else:
        raise InputError(f"{path} is no checkpoint: {_what_it_is(head)}")
    checkpoint = checkpoint_of(tree, str(path), entry)
    for name, tensor in checkpoint.tensors.items():
        if len(name) > _MAX_NAME:
            raise InputError(f"{path} names a tensor with {len(name):,} characters; {_SAVE_AGAIN}")
        if tensor.is_meta:
            raise InputError(f"{path}: `{name}` has a shape and no values; {_SAVE_AGAIN}")
        if tensor.layout is not torch.strided or tensor.is_quantized:
            raise InputError(
                f"{path}: `{name}` is sparse or quantized; save it dense: {name}.to_dense(), .dequantize()"
            )
        stored = tensor.untyped_storage().nbytes()
        if tensor.numel() * tensor.element_size() > stored:  # told from shape and strides: nothing is read or copied
            raise InputError(
                f"{path}: `{name}` claims {tensor.numel():,} values of the {stored:,} bytes that are stored for it (a"
                " stride of 0 repeats them); save it in full: .contiguous()"
            )
    return replace(checkpoint, source=path.name, is_safetensors=is_safetensors)


def checkpoint_of(tree: Any, source: str, entry: str = "") -> Checkpoint:
    """What was read from a file, or lies in memory, as a checkpoint. InputError for what holds no tensors by name."""
    if not isinstance(tree, Mapping):
        raise InputError(f"{source} holds a {type(tree).__name__}, not tensors by name; {_SAVE_AGAIN}")
    # What is no tensor (an epoch, a learning rate) is left out, and so is what has no name, as an optimizer's state.
    tensors: dict[str, Tensor] = {}
    entries: dict[str, tuple[str, ...]] = {}

    def walk(mapping: Mapping[Any, Any], keys: tuple[str, ...]) -> None:
        for key, value in mapping.items():
            way = (*keys, str(key))
            if isinstance(key, str) and isinstance(value, Tensor):
                tensors[".".join(way)] = value
                entries.update({".".join(keys[:length]): keys[:length] for length in range(1, len(way))})
            elif isinstance(key, str) and isinstance(value, Mapping) and len(way) < _DEEPEST:
                walk(value, way)
            elif isinstance(key, str) and isinstance(value, list | tuple) and len(way) < _DEEPEST:
                walk({str(index): item for index, item in enumerate(value) if isinstance(item, Mapping)}, way)

    walk(tree, ())
    if not tensors:
        keys = ", ".join(str(key)[:40] for key in list(tree)[:_LISTED])
        raise InputError(f"{source} holds no tensors{f' under {keys}' if keys else ''}; {_SAVE_AGAIN}")
    if entry and not any(name.startswith(f"{entry}.") for name in tensors):
        raise InputError(f"{source} has no entry `{entry}` with tensors; it holds {in_words(contents(tensors))}")
    return Checkpoint(source, is_safetensors=False, tensors=tensors, entry=entry, entries=entries)


# --- what kind of file -----------------------------------------------------------------------


def _head(path: Path) -> bytes:
    try:
        if not path.exists():
            index = path.with_name(f"{path.name}.index.json")
            raise InputError(f"there is no checkpoint {path}{f'; write {index}' if index.exists() else ''}")
        if path.is_dir() and (path / ".metadata").exists():
            raise InputError(
                f"{path} is a distributed checkpoint; make it one file: python -m "
                f"torch.distributed.checkpoint.format_utils dcp_to_torch {path} weights.pt"
            )
        if path.is_dir():  # with the way from it to a file
            file = next((path / name for name in _IN_FOLDERS if (path / name).exists()), None)
            raise InputError(f"{path} is a directory{f'; write {file}' if file else ', not a checkpoint'}")
        if not path.is_file():
            raise InputError(f"{path} is no ordinary file, not a checkpoint")
        with open(path, "rb", opener=open_without_waiting) as stream:
            head = stream.read(1024)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    if head is None:
        raise InputError(f"{path} keeps one waiting for what it holds, so it is no checkpoint")
    if not head:
        raise InputError(f"{path} is empty; {_COPY_AGAIN}")
    return head


def _what_it_is(head: bytes) -> str:
    if head.startswith(b"version https://git-lfs"):
        return "it is a Git LFS pointer; fetch the file itself with `git lfs pull`"
    if head.startswith(b"\x89HDF"):
        return f"it is HDF5, as Keras writes it; load it there and {_SAVE_AGAIN}"
    try:
        is_text = head[:-3].decode("utf-8").isprintable() or b"\n" in head
    except UnicodeDecodeError:
        is_text = False
    kind = "it is text" if is_text else "it is neither safetensors nor what torch.save writes"
    return f"{kind}; {_SAVE_AGAIN}"


# --- reading ---------------------------------------------------------------------------------


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    need("safetensors", purpose="reading a .safetensors file")
    from safetensors import SafetensorError
    from safetensors.torch import load, load_file

    try:
        try:
            str(path).encode()
        except UnicodeEncodeError:  # safetensors opens no file whose name is no UTF-8
            return load(path.read_bytes())
        return load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(
            f"{path} is damaged or cut short ({reason}); {_COPY_AGAIN}, or "
            'save it again: safetensors.torch.save_file(model.state_dict(), "weights.safetensors")'
        ) from error


def _read_torch(path: Path, head: bytes) -> Any:
    if torch.__version__ < _OLDEST_TORCH:
        raise InputError(
            f"{path}: torch {torch.__version__} may run code that a checkpoint brings, {_OLDEST_TORCH} does not: "
            f"run `{COMMAND}`, or save the weights as .safetensors"
        )
    if head.startswith(_ZIP):
        _check_archive(path)
    try:
        names = _check_pickles(path, head)
        with warnings.catch_warnings(), torch.serialization.safe_globals(stand_ins(names)):
            warnings.simplefilter("ignore")
            return torch.load(path, weights_only=True, map_location="cpu")
    except MemoryError:
        raise
    except UnpicklingError as error:
        named = re.search(r"GLOBAL ([\w.]{1,120})", str(error))
        what = f" ({named[1]})" if named else ""
        raise InputError(
            f"{path} holds Python objects{what}, not tensors alone, and netinspect runs none of them; {_SAVE_AGAIN}"
        ) from error
    except Exception as error:  # what a stranger's file makes the reader raise has no bounds
        raise InputError(f"{path} is damaged or cut short; {_COPY_AGAIN}, or {_SAVE_AGAIN}") from error


def _check_archive(path: Path) -> None:
    """Refuse an archive that is none of torch.save's, before torch opens it."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(f"{path} is damaged or cut short; {_COPY_AGAIN}, or {_SAVE_AGAIN}") from error
    names = [member.filename.partition("/")[2] for member in members]
    if "constants.pkl" in names:
        raise InputError(f"{path} is a TorchScript archive, which holds code; {_SAVE_AGAIN}")
    if "data.pkl" not in names:
        raise InputError(f"{path} is a zip archive, but none of torch.save's; {_SAVE_AGAIN}")
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise InputError(f"{path} is compressed, which torch.save never does; {_SAVE_AGAIN}")


def _check_pickles(path: Path, head: bytes) -> set[str]:
    """The classes and functions that the pickles name. UnpicklingError for what would bring the process down."""
    if not head.startswith(_ZIP):
        with path.open("rb") as stream:
            return check_pickle(stream, _PICKLES)
    names: set[str] = set()
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if member.endswith("/data.pkl"):
                with archive.open(member) as stream:
                    names |= check_pickle(stream)
    return names


# --- several files of one checkpoint -----------------------------------------------------------


def _shards(path: Path) -> dict[Path, list[str]] | None:
    """The files that an index names, with the names of their tensors; None for other JSON. A file of another folder
    is refused: a stranger's index is no reason to read it."""
    try:
        index = json.loads(decoded(path.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return None
    names = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(names, dict):
        return None
    if not names:
        raise InputError(f"{path} is an index that names no tensor; {_COPY_AGAIN}")
    shards: dict[Path, list[str]] = {}
    for name, file in names.items():
        if not isinstance(file, str) or Path(file).name != file or file in ("", "..", path.name):
            raise InputError(f"{path}: `{name}` is said to stand in {str(file)[:80]!r}, which is no file beside it")
        shards.setdefault(path.parent / file, []).append(name)
    return shards


# --- the tensors in it -----------------------------------------------------------------------


def contents(names: Iterable[str], beside: str = "") -> dict[str, int]:
    """How many names begin with each first part; of names without one, the names themselves. What lies `beside` a
    prefix in one of its own entries is called by that entry and its part there."""
    entries = beside.split(".")[:-1]
    counts: Counter[str] = Counter()
    for name in names:
        parts = name.split(".")
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(parts, entries, strict=False)))
        counts[".".join(parts[: shared + 1])] += 1
    return dict(counts)


def in_words(counts: Mapping[str, int]) -> str:
    """`model` (12 tensors), `ema` (12) and 3 more."""
    listed = [f"`{key}` ({count:,} tensor{'s' if count > 1 else ''})" for key, count in list(counts.items())[:_LISTED]]
    rest = f" and {len(counts) - _LISTED:,} more" if len(counts) > _LISTED else ""
    return ", ".join(listed) + rest


# --- what a pickle names -------------------------------------------------------------------------


DEEPEST: Final = 500
"""Tuples in tuples: torch.save writes four."""

PASSED_OVER: Final = (
    "argparse", "collections", "datetime", "easydict", "lightning", "lightning_fabric", "mmcv", "mmengine", "numpy",
    "omegaconf", "pathlib", "pytorch_lightning", "yacs",
)  # fmt: skip
"""Packages whose objects checkpoints hold beside their tensors: a parser's arguments, a configuration, a measure."""


_MAPPINGS: Final = ("defaultdict", "AttributeDict", "EasyDict", "CfgNode")
_PLAIN: Final = {name: name for name in ("int", "float", "str", "list", "dict", "set")} | {
    "long": "int",
    "unicode": "str",
}
"""Classes of Python's own that a defaultdict names, as Python 2 and as Python 3 calls them."""
_OF_TORCH: Final = ("collections.OrderedDict", "collections.Counter")
"""Which torch's unpickler makes itself."""


class PassedOver:
    """Stands where an object was pickled: takes whatever it is made of, and keeps nothing."""

    def __new__(cls, *_arguments: Any) -> Self:
        return super().__new__(cls)

    def __setstate__(self, _state: Any) -> None:
        """What the object was is of no use here."""


def _passed_over_mapping(*_arguments: Any) -> dict[Any, Any]:
    """Stands for a class that is filled by key, which the unpickler does with plain mappings alone."""
    return {}


def stand_ins(names: set[str]) -> list[Callable[..., Any] | tuple[Callable[..., Any], str]]:
    """For each name of a class or function of PASSED_OVER what takes its place, as `torch.serialization.safe_globals`
    wants it."""
    plain = {f"__builtin__.{old}": f"builtins.{new}" for old, new in _PLAIN.items()}
    passed_over = sorted(name for name in names if name.partition(".")[0] in PASSED_OVER and name not in _OF_TORCH)
    return [
        *((_passed_over_mapping if name.endswith(_MAPPINGS) else PassedOver, name) for name in passed_over),
        *((PassedOver, plain[name]) for name in sorted(names & plain.keys())),
    ]


def check_pickle(stream: IO[bytes], pickles: int = 1) -> set[str]:
    """The classes and functions that so many pickles, one after the other, name: "argparse.Namespace".

    UnpicklingError for one that is not to be read. A stream that is no pickle passes: who reads it will say so.
    """
    names: set[str] = set()
    try:
        for _ in range(pickles):
            _check(genops(stream), names)
    except (ValueError, IndexError, KeyError, TypeError):
        pass
    return names


def _check(opcodes: Iterable[tuple[OpcodeInfo, Any, int | None]], names: set[str]) -> None:
    """Follow the depth of tuples on the unpickler's stack, where a mark is -1, and in its memo; notes the `names`."""
    stack: list[int] = []
    memo: dict[int, int] = {}
    for opcode, argument, _ in opcodes:
        if opcode.name == "GLOBAL" and str(argument).endswith(" bytearray"):
            raise UnpicklingError(f"GLOBAL {str(argument).replace(' ', '.')}")
        if opcode.name == "GLOBAL":
            names.add(str(argument).replace(" ", "."))
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
            memo[len(memo) if argument is None else argument] = stack[-1]
        elif opcode.name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif opcode.name == "MARK":
            stack.append(-1)
        else:
            taken = []
            below = len(opcode.stack_before)
            if markobject in opcode.stack_before:  # it takes all down to the last mark, and the objects below
                below = opcode.stack_before.index(markobject)
                while (top := stack.pop()) >= 0:
                    taken.append(top)
            taken += [stack.pop() for _ in range(below)]
            depth = max(taken, default=0) + opcode.name.startswith("TUPLE")
            if depth > DEEPEST:
                raise UnpicklingError(f"tuples are nested more than {DEEPEST} deep")
            stack += [depth] * len(opcode.stack_after)
