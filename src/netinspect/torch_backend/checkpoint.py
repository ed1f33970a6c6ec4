"""Reading a checkpoint: data from a stranger, of which nothing is ever run.

safetensors files hold tensors and nothing else. PyTorch's are read by its restricted unpickler alone
(`weights_only=True`); what that refuses is refused here, with a word on how to save it again. There is no switch.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import torch
from torch import Tensor

from netinspect.errors import InputError
from netinspect.extras import COMMAND, need
from netinspect.language.source import open_without_waiting
from netinspect.torch_backend.pickled import check_pickle

WRAPPERS: Final = ("state_dict", "model_state", "model_state_dict", "model")
"""The keys under which checkpoints keep their tensors beside an optimiser's state, an epoch, and the like."""

_ZIP: Final = b"PK\x03\x04"
_PICKLE: Final = b"\x80"
_PICKLES: Final = 5
"""In the old format: a magic number, a version, the system, the contents, the storages' keys."""

_SAVE_AGAIN: Final = 'save the weights alone: torch.save(model.state_dict(), "weights.pt")'
_COPY_AGAIN: Final = "copy or download it again"
_MAX_NAME: Final = 500
_OLDEST_TORCH: Final = "2.10"
"""Older ones run code from a hostile checkpoint even with `weights_only`, and a light install leaves torch alone."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tensors of a file by name, in the file's order, on the CPU; `unwrapped` are the keys that led to them."""

    source: str
    is_safetensors: bool
    tensors: dict[str, Tensor]
    unwrapped: tuple[str, ...]


def read_checkpoint(file: str | Path) -> Checkpoint:
    """The tensors of a `.safetensors` file or a PyTorch checkpoint, the old format included. InputError."""
    path = Path(file)
    head = _head(path)
    is_safetensors = _is_safetensors(head)
    if is_safetensors:
        held: Any = _read_safetensors(path)
    elif head.startswith((_ZIP, _PICKLE)):
        held = _read_torch(path, head)
    else:
        raise InputError(f"{path} is no checkpoint: {_what_it_is(head)}")
    tensors, unwrapped = _unwrap(held, path)
    for name, tensor in tensors.items():
        _check_tensor(name, tensor, path)
    return Checkpoint(path.name, is_safetensors, tensors, unwrapped)


# --- what kind of file -----------------------------------------------------------------------


def _head(path: Path) -> bytes:
    try:
        if not path.exists():
            raise InputError(f"there is no checkpoint {path}")
        if not path.is_file():
            raise InputError(f"{path} is {'a directory' if path.is_dir() else 'no ordinary file'}, not a checkpoint")
        with open(path, "rb", opener=open_without_waiting) as stream:
            head = stream.read(1024)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    if head is None:
        raise InputError(f"{path} keeps one waiting for what it holds, so it is no checkpoint")
    if not head:
        raise InputError(f"{path} is empty; {_COPY_AGAIN}")
    return head


def _is_safetensors(head: bytes) -> bool:
    """Eight bytes give the length of a JSON object, which follows."""
    return len(head) > 8 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 27


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
        # safetensors opens no file whose name is no UTF-8
        return load_file(path) if _is_text(path) else load(path.read_bytes())
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise InputError(
            f"{path} is damaged or cut short ({_short(error)}); {_COPY_AGAIN}, or "
            'save it again: safetensors.torch.save_file(model.state_dict(), "weights.safetensors")'
        ) from error


def _is_text(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_torch(path: Path, head: bytes) -> Any:
    if torch.__version__ < _OLDEST_TORCH:
        raise InputError(
            f"{path}: torch {torch.__version__} may run code that a checkpoint brings, {_OLDEST_TORCH} does not: "
            f"run `{COMMAND}`, or save the weights as .safetensors"
        )
    if head.startswith(_ZIP):
        _check_archive(path)
    try:
        _check_pickles(path, head)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, weights_only=True, map_location="cpu")
    except MemoryError:
        raise
    except Exception as error:  # what a stranger's file makes the reader raise has no bounds
        raise InputError(_refusal(path, error)) from error


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


def _check_pickles(path: Path, head: bytes) -> None:
    """UnpicklingError for what would bring the process down."""
    if not head.startswith(_ZIP):
        with path.open("rb") as stream:
            check_pickle(stream, _PICKLES)
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith("/data.pkl"):
                with archive.open(name) as member:
                    check_pickle(member)


def _refusal(path: Path, error: Exception) -> str:
    if isinstance(error, UnpicklingError):
        found = re.search(r"GLOBAL ([\w.]{1,120})", str(error))
        what = f" ({found[1]})" if found else ""
        return f"{path} holds Python objects{what}, not tensors alone, and netinspect runs none of them; {_SAVE_AGAIN}"
    return f"{path} is damaged or cut short; {_COPY_AGAIN}, or {_SAVE_AGAIN}"


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:120]


# --- the tensors in it -----------------------------------------------------------------------


def _unwrap(held: Any, path: Path) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """The tensors by name, wherever they are nested. What is no tensor (an epoch, a learning rate) is left out."""
    opened: list[str] = []
    while isinstance(held, Mapping):
        inner = next((key for key in WRAPPERS if isinstance(held.get(key), Mapping)), None)
        if inner is None or len(opened) == len(WRAPPERS):
            break
        opened.append(inner)
        held = held[inner]
    if not isinstance(held, Mapping):
        raise InputError(f"{path} holds a {type(held).__name__}, not tensors by name; {_SAVE_AGAIN}")
    tensors = {key: value for key, value in held.items() if isinstance(key, str) and isinstance(value, Tensor)}
    if not tensors:
        keys = ", ".join(str(key)[:40] for key in list(held)[:8])
        raise InputError(f"{path} holds no tensors{f' under {keys}' if keys else ''}; {_SAVE_AGAIN}")
    return tensors, tuple(opened)


def _check_tensor(name: str, tensor: Tensor, path: Path) -> None:
    if len(name) > _MAX_NAME:
        raise InputError(f"{path} names a tensor with {len(name):,} characters; {_SAVE_AGAIN}")
    if tensor.is_meta:
        raise InputError(f"{path}: `{name}` has a shape and no values; {_SAVE_AGAIN}")
    if tensor.layout is not torch.strided or tensor.is_quantized:
        raise InputError(f"{path}: `{name}` is sparse or quantized; save it dense: {name}.to_dense(), .dequantize()")
    stored = tensor.untyped_storage().nbytes()
    if tensor.numel() * tensor.element_size() > stored:  # told from shape and strides: nothing is read or copied
        raise InputError(
            f"{path}: `{name}` claims {tensor.numel():,} values of the {stored:,} bytes that are stored for it (a"
            " stride of 0 repeats them); save it in full: .contiguous()"
        )
