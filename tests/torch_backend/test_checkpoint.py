"""A checkpoint is data from a stranger: whatever is in it, one clear message, and nothing is run."""

import argparse
import datetime as dt
import json
import os
import pickle
import struct
import zipfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from netinspect.errors import InputError
from netinspect.torch_backend.checkpoint import read_checkpoint

SAVE_AGAIN = r'save the weights alone: torch\.save\(model\.state_dict\(\), "weights\.pt"\)'


class Trap:
    """Runs a command where it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


class Settings:
    """A program's own class, of which nobody else knows what it is."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.pt"


def test_a_malicious_pickle_is_not_run(path, tmp_path):
    marker = tmp_path / "run"
    contents = {"w": torch.zeros(1), "x": Trap(marker)}
    for options in ({}, {"_use_new_zipfile_serialization": False}):
        torch.save(contents, path, **options)
        with pytest.raises(InputError, match=rf"net\.pt holds Python objects \(posix\.system\).*{SAVE_AGAIN}"):
            read_checkpoint(path)
    path.write_bytes(pickle.dumps(Trap(marker)))
    with pytest.raises(InputError, match="holds Python objects"):
        read_checkpoint(path)
    assert not marker.exists()
    pickle.loads(pickle.dumps(Trap(marker)))
    assert marker.exists()  # the trap works


@pytest.mark.parametrize("options", [{}, {"_use_new_zipfile_serialization": False}])
@pytest.mark.parametrize("content", [nn.Linear(2, 2), {"w": torch.zeros(1), "settings": Settings()}])
def test_pickled_objects(path, options, content):
    torch.save(content, path, **options)
    with pytest.raises(InputError, match=rf"holds Python objects \([\w.]+\), not tensors alone.*{SAVE_AGAIN}"):
        read_checkpoint(path)


def with_pickle(path, pickled):
    """An archive of torch.save's whose contents are that pickle."""
    torch.save({"w": torch.zeros(1)}, path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, pickled if name.endswith("/data.pkl") else data)


DEEP = b"\x80\x02})" + 100_000 * b"\x85" + b"K\x01s."  # {((((…,),),),): 1}
DEEP_BY_MEMO = b"\x80\x02})q\x00" + 100_000 * b"h\x00\x85q\x00" + b"h\x00K\x01s."
LARGE = b"\x80\x02cbuiltins\nbytearray\n\x8a\x06" + (1 << 40).to_bytes(6, "little") + b"\x85R."


@pytest.mark.parametrize("pickled", [DEEP, DEEP_BY_MEMO, LARGE])
def test_pickles_that_run_nothing_and_bring_a_process_down(path, pickled):
    """Hashing tuples that are nested so deep overflows the stack; a terabyte fills any memory."""
    with_pickle(path, pickled)
    with pytest.raises(InputError, match="holds Python objects"):
        read_checkpoint(path)
    path.write_bytes(pickled)
    with pytest.raises(InputError, match="holds Python objects"):
        read_checkpoint(path)


@pytest.mark.parametrize("options", [{}, {"_use_new_zipfile_serialization": False}])
def test_wherever_it_is_cut_short(path, options):
    torch.save(nn.Linear(20, 20).state_dict(), path, **options)
    whole = path.read_bytes()
    for length in (*range(3, 400, 13), len(whole) // 2, len(whole) - 100, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"damaged or cut short|is no checkpoint|holds Python objects"):
            read_checkpoint(path)


def test_safetensors_cut_short_or_lying(tmp_path):
    path = tmp_path / "net.safetensors"
    save_file({"w": torch.ones(4, 4)}, path)
    whole = path.read_bytes()
    assert torch.equal(read_checkpoint(path).tensors["w"], torch.ones(4, 4))
    for length in (9, 20, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match="damaged or cut short"):
            read_checkpoint(path)
    header = b'{"w":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}'
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(InputError, match="damaged or cut short"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; copy or download it again"),
        (b"a text\n" * 10, "is no checkpoint: it is text"),
        (b"<!DOCTYPE html>", "is no checkpoint: it is text"),
        (b"version https://git-lfs.github.com/spec/v1\n", "it is a Git LFS pointer; fetch the file itself"),
        (b"\x89HDF\r\n\x1a\n" + bytes(50), "it is HDF5, as Keras writes it"),
        (b"\x00\xff\xfe\x80" * 99, "it is neither safetensors nor what torch.save writes"),
        (b"\x80\x02}q\x00.", "net.pt"),
    ],
)
def test_what_is_no_checkpoint(path, content, message):
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (torch.zeros(3), "holds a Tensor, not tensors by name"),
        ([torch.zeros(3)], "holds a list, not tensors by name"),
        ({}, "holds no tensors;"),
        ({"epoch": 3, "lr": 0.1}, "holds no tensors under epoch, lr"),
        ({"w": torch.zeros(3, device="meta")}, "`w` has a shape and no values"),
        ({"w": torch.eye(3).to_sparse()}, "`w` is sparse or quantized"),
        ({"w" * 600: torch.zeros(3)}, "names a tensor with 600 characters"),
    ],
)
def test_contents_that_are_no_state_dict(path, content, message):
    torch.save(content, path)
    with pytest.raises(InputError, match=message):
        read_checkpoint(path)


def test_archives_of_others(path):
    np.savez(path.with_suffix(".npz"), a=np.zeros(3))
    with pytest.raises(InputError, match=r"is a zip archive, but none of torch\.save's"):
        read_checkpoint(path.with_suffix(".npz"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", b"")
        archive.writestr("net/constants.pkl", b"")
    with pytest.raises(InputError, match="is a TorchScript archive, which holds code"):
        read_checkpoint(path)


def test_a_compressed_archive_is_refused_before_it_is_unpacked(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/data.pkl", bytes(1 << 20))
    with pytest.raises(InputError, match=r"is compressed, which torch\.save never does"):
        read_checkpoint(path)


def test_what_is_no_file(tmp_path):
    with pytest.raises(InputError, match="there is no checkpoint"):
        read_checkpoint(tmp_path / "none.pt")
    with pytest.raises(InputError, match="is a directory, not a checkpoint"):
        read_checkpoint(tmp_path)
    (tmp_path / "model.safetensors.index.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"is a directory; write .*model\.safetensors\.index\.json$"):
        read_checkpoint(tmp_path)
    (tmp_path / ".metadata").touch()
    with pytest.raises(
        InputError, match=r"is a distributed checkpoint; .* torch\.distributed\.checkpoint\.format_utils"
    ):
        read_checkpoint(tmp_path)
    with pytest.raises(InputError, match="is no ordinary file"):
        read_checkpoint("/dev/zero")
    with pytest.raises(InputError, match="there is no checkpoint"):
        read_checkpoint("a\0b")


def test_what_training_programs_keep_beside_their_tensors_is_passed_over(path):
    """timm keeps its arguments, others a path, a measure of numpy's or a mapping with defaults."""
    aside = {
        "args": argparse.Namespace(model="resnet50", out=Path("runs")),
        "best": np.float64(0.93),
        "history": np.arange(3.0),
        "counts": defaultdict(int, {"epoch": 3}),
        "started": dt.date(2026, 1, 2),
    }
    for options in ({}, {"_use_new_zipfile_serialization": False}):
        torch.save({"state_dict": {"w": torch.ones(2)}, **aside}, path, **options)
        assert list(read_checkpoint(path).tensors) == ["state_dict.w"]


def test_nothing_of_what_is_passed_over_is_made(path, monkeypatch):
    torch.save({"w": torch.ones(2), "args": argparse.Namespace(a=1)}, path)
    monkeypatch.setattr(argparse, "Namespace", None)
    assert list(read_checkpoint(path).tensors) == ["w"]
    pickled = b"\x80\x02}(X\x01\x00\x00\x00acnumpy.testing._private.utils\nruncstring\nX\x05\x00\x00\x00raise\x85Ru."
    with_pickle(path, pickled)  # {"a": numpy.testing…runcstring("raise")}
    with pytest.raises(InputError, match="holds no tensors under a"):
        read_checkpoint(path)


def test_mappings_within_mappings_give_names_with_dots(path):
    torch.save({"model": {"state_dict": {"w": torch.ones(2)}}, "epoch": 1, "optimizer": {"state": {0: {}}}}, path)
    checkpoint = read_checkpoint(path)
    assert list(checkpoint.tensors) == ["model.state_dict.w"]
    assert checkpoint.entries == {"model": ("model",), "model.state_dict": ("model", "state_dict")}


def test_an_entry_of_a_file(path):
    torch.save({"a": {"w": torch.ones(2)}, "b": {"w": torch.zeros(2)}, "epoch": 1}, path)
    assert read_checkpoint(f"{path}:b").entry == "b"
    with pytest.raises(InputError, match=r"net\.pt has no entry `c` with tensors; it holds `a` \(1 tensor\), `b` \(1"):
        read_checkpoint(f"{path}:c")
    named = path.with_name("net.pt:b")
    torch.save({"v": torch.ones(2)}, named)
    assert list(read_checkpoint(named).tensors) == ["v"]


def test_a_mapping_that_holds_itself_ends(path):
    with_pickle(path, b"\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s.")
    with pytest.raises(InputError, match="holds no tensors under a"):
        read_checkpoint(path)


# --- several files -----------------------------------------------------------------------------


@pytest.fixture
def sharded(tmp_path):
    """A state dict in two files, and their index, as Hugging Face's libraries write it."""
    state = {f"{name}.weight": torch.randn(2, 3) for name in "abc"}
    files = {"a.weight": "model-00001-of-00002.safetensors", "b.weight": "model-00002-of-00002.safetensors"}
    files["c.weight"] = files["a.weight"]
    for file in set(files.values()):
        save_file({name: state[name] for name in state if files[name] == file}, tmp_path / file)
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 72}, "weight_map": files}), encoding="utf-8")
    return index, state


def test_an_index_of_safetensors_is_read_with_its_files(sharded):
    index, state = sharded
    checkpoint = read_checkpoint(index)
    assert checkpoint.is_safetensors
    assert checkpoint.source == index.name
    assert checkpoint.tensors.keys() == state.keys()
    assert all(torch.equal(checkpoint.tensors[name], state[name]) for name in state)


def test_an_index_of_pytorch_files(tmp_path):
    torch.save({"a": torch.ones(2)}, tmp_path / "pytorch_model-00001-of-00002.bin")
    torch.save({"b": torch.zeros(2)}, tmp_path / "pytorch_model-00002-of-00002.bin")
    files = {name: f"pytorch_model-0000{number}-of-00002.bin" for number, name in enumerate("ab", 1)}
    index = tmp_path / "pytorch_model.bin.index.json"
    index.write_text(json.dumps({"weight_map": files}), encoding="utf-8")
    assert list(read_checkpoint(index).tensors) == ["a", "b"]


def test_an_index_that_lies(sharded):
    index, _ = sharded
    document = json.loads(index.read_text(encoding="utf-8"))
    shard = index.parent / "model-00002-of-00002.safetensors"
    save_file({"x": torch.zeros(1)}, shard)
    with pytest.raises(
        InputError, match=r"00002\.safetensors lacks `b\.weight`, which model\.safetensors\.index\.json says"
    ):
        read_checkpoint(index)
    shard.unlink()
    with pytest.raises(InputError, match=r"index\.json names `model-00002-of-00002\.safetensors`, which is not there"):
        read_checkpoint(index)
    for elsewhere in ("../a.safetensors", "/etc/passwd", index.name, "", 3):
        document["weight_map"]["a.weight"] = elsewhere
        index.write_text(json.dumps(document), encoding="utf-8")
        with pytest.raises(InputError, match=r"`a\.weight` is said to stand in .*, which is no file beside it"):
            read_checkpoint(index)
    index.write_text('{"weight_map": {}}', encoding="utf-8")
    with pytest.raises(InputError, match="is an index that names no tensor"):
        read_checkpoint(index)


def test_the_index_of_a_file_that_is_not_there_is_named(sharded):
    index, _ = sharded
    with pytest.raises(InputError, match=r"there is no checkpoint .*; write .*model\.safetensors\.index\.json"):
        read_checkpoint(index.with_name("model.safetensors"))


def test_an_entry_whose_key_has_a_colon(path):
    torch.save({"a:b": {"w": torch.ones(2)}, "c": {"w": torch.zeros(2)}}, path)
    assert read_checkpoint(f"{path}:a:b").entry == "a:b"


def test_tensors_in_a_list_have_their_place_for_a_name(path):
    torch.save({"folds": [{"w": torch.ones(2)}, {"w": torch.zeros(2)}], "losses": [0.1, torch.ones(1)]}, path)
    checkpoint = read_checkpoint(path)
    assert list(checkpoint.tensors) == ["folds.0.w", "folds.1.w"]
    assert read_checkpoint(f"{path}:folds.1").entry == "folds.1"


STRIDED = {
    "48 one value": torch.zeros(1).expand(10**6, 10**6),
    "48 one row": torch.zeros(10**3).expand(10**9, 10**3),
    "48 overlapping": torch.zeros(10**3).as_strided((10**6, 10**6), (0, 0)),
    "48 rows one step apart": torch.zeros(2 * 10**3).as_strided((10**3, 10**3), (1, 1)),
}  # fmt: skip


@pytest.mark.parametrize("tensor", STRIDED.values(), ids=STRIDED.keys())
def test_a_tensor_that_is_larger_than_what_is_stored_of_it_is_never_touched(path, tensor):
    torch.save({"fc.weight": tensor}, path)
    assert path.stat().st_size < 10_000
    with pytest.raises(InputError, match=r"`fc\.weight` claims 1,000,0.*stride.*contiguous"):
        read_checkpoint(path)


def test_a_part_of_a_larger_tensor_is_read(path):
    """A view that is smaller than its storage is what many checkpoints hold: one matrix of three, transposed."""
    torch.save(
        {"q": torch.arange(12.0).reshape(6, 2)[2:4], "t": torch.zeros(3, 4).t(), "ids": torch.arange(3)[None]}, path
    )
    tensors = read_checkpoint(path).tensors
    assert tensors["q"].tolist() == [[4.0, 5.0], [6.0, 7.0]]
    assert tensors["t"].shape == (4, 3)
