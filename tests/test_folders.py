"""A folder of files is written whole or not at all."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from netinspect.errors import InputError, Unfinished
from netinspect.folders import check_folder, write_file, write_folder

ONE = [("kernels/01_conv1.png", b"k"), ("index.html", b"page")]


def everything(folder):
    """Relative names and bytes of all that lies in a folder, hidden things included."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def listing(*names):
    return "manifest.json", json.dumps({"files": [*names, "manifest.json"]}).encode()


def test_a_new_folder_with_its_parents(tmp_path):
    write_folder(tmp_path / "a" / "b", ONE)
    assert everything(tmp_path) == {"a/b/kernels/01_conv1.png": b"k", "a/b/index.html": b"page"}


def test_an_empty_folder_is_filled(tmp_path):
    write_folder(tmp_path, ONE)
    assert everything(tmp_path) == dict(ONE)


def test_a_folder_in_use_is_refused_before_anything_is_made(tmp_path):
    (tmp_path / "mine").write_bytes(b"x")

    def never():
        raise AssertionError
        yield

    with pytest.raises(InputError, match="not empty: give another folder, or --force"):
        write_folder(tmp_path, never())
    assert everything(tmp_path) == {"mine": b"x"}


def test_with_force_the_old_gallery_goes_and_other_files_stay(tmp_path):
    write_folder(tmp_path, [("old/1.png", b"1"), ("both.png", b"old"), listing("old/1.png", "both.png")])
    (tmp_path / "mine.txt").write_bytes(b"mine")
    write_folder(tmp_path, [("both.png", b"new"), listing("both.png")], force=True)
    assert sorted(everything(tmp_path)) == ["both.png", "manifest.json", "mine.txt"]
    assert (tmp_path / "both.png").read_bytes() == b"new"
    assert not (tmp_path / "old").exists()


def test_a_hostile_listing_takes_nothing_else_away(tmp_path):
    (tmp_path / "precious.png").write_bytes(b"p")
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_bytes(b"n")
    (out / "manifest.json").write_bytes(
        json.dumps({"files": ["../precious.png", "notes.txt", "/etc/x.png", 7]}).encode()
    )
    write_folder(out, [listing()], force=True)
    assert (tmp_path / "precious.png").exists()
    assert (out / "notes.txt").exists()


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"files": 3}', b"[" * 100_000])
def test_a_listing_that_cannot_be_read_is_as_none(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    write_folder(tmp_path, ONE, force=True)
    assert (tmp_path / "index.html").read_bytes() == b"page"


def test_links_are_replaced_and_never_written_through(tmp_path):
    outside, out = tmp_path / "outside", tmp_path / "out"
    outside.mkdir()
    out.mkdir()
    (outside / "page").write_bytes(b"precious")
    (out / "index.html").symlink_to(outside / "page")
    (out / "kernels").symlink_to(outside)
    write_folder(out, ONE, force=True)
    assert everything(outside) == {"page": b"precious"}
    assert everything(out) == dict(ONE)
    assert not (out / "kernels").is_symlink()


def test_an_old_file_behind_a_link_stays(tmp_path):
    outside, out = tmp_path / "outside", tmp_path / "out"
    outside.mkdir()
    (outside / "1.png").write_bytes(b"precious")
    write_folder(out, [listing("old/1.png")])
    (out / "old").symlink_to(outside)
    write_folder(out, [listing()], force=True)
    assert (outside / "1.png").read_bytes() == b"precious"


def test_a_link_to_a_folder_may_be_given_as_the_folder(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_folder(tmp_path / "link", ONE)
    assert everything(tmp_path / "real") == dict(ONE)


@pytest.mark.parametrize("force", [False, True])
def test_a_file_in_the_folders_place_is_unfinished_before_any_work(tmp_path, force):
    (tmp_path / "out").write_bytes(b"x")
    for folder in (tmp_path / "out", tmp_path / "out" / "deeper"):
        with pytest.raises(Unfinished, match="not a folder"):
            check_folder(folder, force=force)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_unfinished_before_any_work(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(Unfinished, match="permission denied"):
        check_folder(tmp_path / "out")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("name", ["../x.png", "/x.png", "", "a/../../x", "a\\b", ".netinspect-x/y"])
def test_names_stay_inside(tmp_path, name):
    with pytest.raises(Unfinished, match="no name for a file"):
        write_folder(tmp_path / "out", [(name, b"")])
    assert everything(tmp_path) == {}


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device"), ValueError])
def test_a_failure_in_the_middle_leaves_nothing(tmp_path, exists, failure):
    out = tmp_path / "a" / "out"
    if exists:
        write_folder(out, ONE)
    before = everything(tmp_path)

    def broken():
        yield "index.html", b"new"
        raise failure

    expected = Unfinished if isinstance(failure, OSError) else failure
    with pytest.raises(expected):
        write_folder(out, broken(), force=True)
    assert everything(tmp_path) == before
    assert (tmp_path / "a").exists() == exists
    assert list(tmp_path.rglob(".netinspect-*")) == []


def test_what_a_killed_run_left_behind_does_not_count(tmp_path):
    (tmp_path / ".netinspect-1-dead" / "kernels").mkdir(parents=True)
    write_folder(tmp_path, ONE)
    assert (tmp_path / "index.html").read_bytes() == b"page"


RUN = """
import sys
from pathlib import Path
from netinspect.errors import InputError
from netinspect.folders import write_folder
mark, out, force = sys.argv[1], Path(sys.argv[2]), sys.argv[3] == "force"
sys.stdin.readline()
try:
    pictures = [(f"k/{i}.png", mark.encode()) for i in range(200)]
    write_folder(out, [*pictures, ("index.html", mark.encode())], force=force)
except InputError as error:
    sys.exit(2)
"""


@pytest.mark.slow
@pytest.mark.parametrize("force", ["force", "no"])
@pytest.mark.parametrize("exists", [False, True])
def test_eight_runs_at_once_leave_one_whole_folder(tmp_path, force, exists):
    out = tmp_path / "out"
    if exists:
        out.mkdir()
    runs = [
        subprocess.Popen([sys.executable, "-c", RUN, str(i), str(out), force], stdin=subprocess.PIPE) for i in range(8)
    ]
    for run in runs:
        run.stdin.write(b"\n")
        run.stdin.flush()
    codes = [(run.communicate(), run.returncode)[1] for run in runs]
    assert set(codes) <= ({0} if force == "force" else {0, 2})
    assert force == "force" or codes.count(0) == 1
    files = everything(out)
    assert len(files) == 201
    assert len(set(files.values())) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


INTERRUPTED = """
import os, signal, sys
from pathlib import Path
from netinspect import folders
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background starts with it ignored
place = folders._place
def placing(folder, name):
    if name.name == "3.png":
        os.kill(os.getpid(), int(sys.argv[2]))
    return place(folder, name)
folders._place = placing
folders.write_folder(Path(sys.argv[1]), [(f"{i}.png", b"new") for i in range(9)], force=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_the_files_are_in_place(tmp_path, number):
    write_folder(tmp_path / "out", [(f"{i}.png", b"old") for i in range(9)])
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "out"), str(int(number))]
    result = subprocess.run(command, capture_output=True, check=False)
    assert result.returncode in (-number, 1, 130)
    assert set(everything(tmp_path / "out").values()) == {b"new"}
    assert list(Path(tmp_path).rglob(".netinspect-*")) == []


# --- one file ----------------------------------------------------------------------------------


def test_a_file_that_cannot_be_written_leaves_no_folders(tmp_path, monkeypatch):
    monkeypatch.setattr("netinspect.folders.write", lambda *_: (_ for _ in ()).throw(Unfinished("no room")))
    with pytest.raises(Unfinished, match="no room"):
        write_file(tmp_path / "a" / "b" / "c.png", b"")
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_a_files_place_is_replaced_with_force_alone(tmp_path):
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "new.png").symlink_to("old")
    with pytest.raises(InputError, match="already there"):
        write_file(tmp_path / "new.png", b"new")
    write_file(tmp_path / "new.png", b"new", force=True)
    assert (tmp_path / "old").read_bytes() == b"old"
    assert not (tmp_path / "new.png").is_symlink()
