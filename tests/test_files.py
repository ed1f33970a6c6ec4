"""Files are written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from netinspect.errors import InputError, Unfinished
from netinspect.files import refuse_overwriting, write


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_and_an_old_one(tmp_path):
    path = tmp_path / "out.json"
    write(path, b"one")
    write(path, b"two")
    assert path.read_bytes() == b"two"
    assert names(tmp_path) == ["out.json"]


def test_a_new_file_obeys_the_umask_and_an_old_one_keeps_its_mode(tmp_path):
    path = tmp_path / "out"
    old = os.umask(0o027)
    try:
        write(path, b"x")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o600)
        write(path, b"y")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(old)


def test_a_link_is_replaced_and_not_written_through(tmp_path):
    target, link = tmp_path / "precious", tmp_path / "link"
    target.write_bytes(b"precious")
    link.symlink_to(target)
    write(link, b"new")
    assert target.read_bytes() == b"precious"
    assert link.read_bytes() == b"new"
    assert not link.is_symlink()


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(path, b"data")
        assert os.read(reader, 10) == b"data"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "out"
    path.write_bytes(b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unfinished, match="No space left on device"):
        write(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["out"]


def test_an_interruption_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "out", b"new")
    assert names(tmp_path) == []


def test_folders_on_the_way_are_made(tmp_path):
    write(tmp_path / "new" / "folder" / "out", b"x")
    assert (tmp_path / "new" / "folder" / "out").read_bytes() == b"x"


@pytest.mark.parametrize("place", ["file/out", ""])
def test_what_cannot_be_written_says_so(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(Unfinished, match="cannot write"):
        write(tmp_path / place, b"x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_device_says_so():

    with pytest.raises(Unfinished, match="No space left"):
        write(Path("/dev/full"), b"x")


# --- outputs that are inputs -------------------------------------------------------------------


def other_names(path):
    """A file's other names: with dots, absolute, by a symbolic link, by a hard link, through a link to its folder."""
    folder = path.parent
    (folder / "soft").symlink_to(path.name)
    (folder / "hard").hardlink_to(path)
    (folder / "there").symlink_to(".")
    return ["net.yaml", "./net.yaml", "there/there/net.yaml", "there/net.yaml", str(path), "soft", "hard"]


def test_an_output_that_is_an_input_is_refused_by_whatever_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text("spec")
    for name in other_names(tmp_path / "net.yaml"):
        with pytest.raises(InputError, match="is the input"):
            refuse_overwriting([name], ["lenet", "net.yaml"])
        with pytest.raises(InputError, match="is the input"):
            refuse_overwriting(["new.json", "net.yaml"], [name])


def test_two_outputs_that_are_one_file_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").symlink_to(".")
    for name in ("new.png", "./new.png", "here/new.png", str(tmp_path / "new.png")):
        with pytest.raises(InputError, match="two outputs"):
            refuse_overwriting(["new.png", name], [])


def test_a_folder_with_an_input_in_it_is_no_output(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out" / "deep").mkdir(parents=True)
    (tmp_path / "out" / "deep" / "net.pt").write_bytes(b"weights")
    (tmp_path / "link").symlink_to("out")
    for path in ("out/deep/net.pt", "link/deep/net.pt", "out/deep/../deep/net.pt"):
        with pytest.raises(InputError, match="is a directory; name a file"):
            refuse_overwriting(["./out"], [path])
    refuse_overwriting(["out/other"], ["out/deep/net.pt"])


def test_other_outputs_streams_and_devices_pass(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text("spec")
    refuse_overwriting(["-", "-", "/dev/null", "/dev/null", "a.json", "missing/b.json"], ["-", "net.yaml", "lenet"])
    refuse_overwriting(["x" * 5000, "a\0b"], ["y" * 5000])


@pytest.mark.parametrize("exists", [True, False])
def test_names_are_one_where_the_disk_ignores_case(tmp_path, monkeypatch, exists):
    """Such a disk, played: whatever the case of a path, the same file answers."""
    stat = os.stat
    monkeypatch.setattr("os.stat", lambda path, **options: stat(os.fspath(path).lower(), **options))
    folder = tmp_path / "folder"
    folder.mkdir()
    if exists:
        (folder / "net.yaml").write_text("spec")
    with pytest.raises(InputError):
        refuse_overwriting([folder / "NET.yaml"], [folder / "net.yaml"])
