"""Baselines from real repositories that are not as simple as one folder with plain files: nothing may pass unseen."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from netinspect.errors import InputError
from netinspect.git import places
from tests.test_baselines import NET, OTHER, against, git, pairs

WIDER = NET.replace("n: 6", "n: 8")


@pytest.fixture
def commit(tmp_path, monkeypatch):
    """A repository that is the present folder, and a way to commit what lies in it, beside further files."""
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")
    git("init", "-q")

    def of(files, folder="."):
        write(files, folder)
        git("add", "-A", folder=folder)
        git("commit", "-q", "-m", "x", folder=folder)

    return of


def write(files, folder="."):
    for name, text in files.items():
        file = Path(folder, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())


def codes(findings):
    return [finding.code for finding in findings]


def test_in_a_hook_of_another_repository_each_file_is_still_in_its_own(commit, tmp_path, monkeypatch):
    commit({"specs/net.yaml": NET})
    write({"specs/net.yaml": WIDER})
    git("init", "-q", str(tmp_path / "other"))
    for name, value in (("DIR", ".git"), ("WORK_TREE", "."), ("INDEX_FILE", ".git/index"), ("PREFIX", "specs/")):
        monkeypatch.setenv(f"GIT_{name}", str(tmp_path / "other" / value))
    assert codes(against("git:HEAD", "specs/net.yaml", roots=["specs"])[1]) == ["E604", "E604"]


def test_in_a_linked_worktree(commit, tmp_path, monkeypatch):
    commit({"specs/net.yaml": NET})
    git("worktree", "add", "-q", str(tmp_path / "linked"))
    monkeypatch.chdir(tmp_path / "linked")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "repository" / ".git" / "worktrees" / "linked"))
    write({"specs/net.yaml": WIDER})
    assert codes(against("git:HEAD", "specs/net.yaml", roots=["specs"])[1]) == ["E604", "E604"]


def test_a_bare_repository_that_is_committed_does_not_answer(commit):
    git("init", "-q", "--bare", "specs")
    (Path("specs") / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tworktree = .\n")
    commit({"specs/net.yaml": NET})
    write({"specs/net.yaml": WIDER})
    assert codes(against("git:HEAD", "specs/net.yaml", roots=["specs"])[1]) == ["E604", "E604"]


@pytest.mark.parametrize(
    "base",
    [
        b"\xef\xbb\xbf" + NET.encode(),
        NET.encode("utf-16"),
        b"{input: [1, 12, 12], layers: [Flatten, Linear(10)]}\n",
        "".join(f"  {line}\n" for line in NET.splitlines()).encode(),
        b"# first\n---\n" + NET.encode(),
    ],
)
def test_a_spec_is_read_however_it_was_written(commit, base):
    commit({"specs/net.yaml": base, "specs/gone.yaml": base})
    write({"specs/net.yaml": WIDER})
    Path("specs/gone.yaml").unlink()
    comparison, findings = against("git:HEAD", "specs/net.yaml", roots=["specs"])
    assert codes(findings) == ["E604", "E604"]
    assert [state.title for state in comparison.removed] == ["specs/gone.yaml"]


def test_a_link_is_compared_with_what_it_led_to(commit):
    write({"small.yaml": NET, "big.yaml": WIDER})
    Path("specs").mkdir()
    Path("specs/net.yaml").symlink_to("../small.yaml")
    commit({})
    Path("specs/net.yaml").unlink()
    Path("specs/net.yaml").symlink_to("../big.yaml")
    comparison, findings = against("git:HEAD", "specs/net.yaml", roots=["specs"])
    assert pairs(comparison) == [("specs/net.yaml", "specs/net.yaml")]
    assert codes(findings) == ["E604", "E604"]


def test_a_link_that_was_a_file_and_a_folder_that_is_a_link(commit):
    commit({"net.yaml": NET, "real/net.yaml": NET, "big.yaml": WIDER})
    Path("specs").symlink_to("real")
    commit({})
    Path("net.yaml").unlink()
    Path("net.yaml").symlink_to("big.yaml")
    write({"specs/net.yaml": WIDER})
    comparison, findings = against("git:HEAD", "net.yaml", "specs/net.yaml", roots=["specs"])
    assert pairs(comparison) == [("net.yaml", "net.yaml"), ("specs/net.yaml", "specs/net.yaml")]
    assert codes(findings) == ["E604"] * 4
    assert comparison.removed == ()


def test_links_in_a_circle_lead_nowhere(commit):
    Path("a.yaml").symlink_to("b.yaml")
    Path("b.yaml").symlink_to("a.yaml")
    commit({"net.yaml": NET})
    Path("a.yaml").unlink()
    write({"a.yaml": OTHER})
    assert pairs(against("git:HEAD", "a.yaml", "net.yaml", roots=["."])[0]) == [
        (None, "a.yaml"),
        ("net.yaml", "net.yaml"),
    ]


def test_each_spec_is_compared_in_its_own_repository(commit):
    git("init", "-q", "specs/sub")
    commit({"net.yaml": NET}, "specs/sub")
    commit({"specs/net.yaml": OTHER})
    write({"specs/sub/net.yaml": WIDER})
    comparison, findings = against("git:HEAD", "specs/net.yaml", "specs/sub/net.yaml", roots=["specs"])
    assert pairs(comparison) == [(name, name) for name in ("specs/net.yaml", "specs/sub/net.yaml")]
    assert [(finding.code, finding.file) for finding in findings] == [("E604", "specs/sub/net.yaml")] * 2
    git("tag", "release")
    with pytest.raises(InputError, match=r"no commit `release` in the repository of specs/sub/net\.yaml"):
        against("git:release", "specs/net.yaml", "specs/sub/net.yaml")


def test_a_name_with_a_line_break(commit):
    name = "specs/a\nHEAD:specs/b.yaml"
    commit({name: NET, "specs/b.yaml": OTHER})
    write({name: WIDER})
    comparison, findings = against("git:HEAD", name, "specs/b.yaml", roots=["specs"])
    assert pairs(comparison) == [(name, name), ("specs/b.yaml", "specs/b.yaml")]
    assert codes(findings) == ["E604", "E604"]


def test_a_folder_whose_name_is_not_utf8(commit, tmp_path, monkeypatch):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system wants UTF-8")
    commit({"specs/net.yaml": NET})
    shutil.move(tmp_path / "repository", folder)
    monkeypatch.chdir(folder / "repository")
    write({"specs/net.yaml": WIDER})
    assert codes(against("git:HEAD", "specs/net.yaml", roots=["specs"])[1]) == ["E604", "E604"]


def test_an_object_that_is_not_here_is_no_new_network(commit):
    commit({"net.yaml": NET})
    blob = subprocess.run(["git", "rev-parse", "HEAD:net.yaml"], capture_output=True, text=True, check=True).stdout
    Path(".git/objects", blob[:2], blob[2:].strip()).unlink()
    with pytest.raises(InputError, match="missing here"):
        against("git:HEAD", "net.yaml")


def test_what_is_hidden_was_no_spec(commit):
    commit({"specs/net.yaml": NET, "specs/.cache/gone.yaml": OTHER, "specs/GONE.YAML": OTHER})
    shutil.rmtree("specs/.cache")
    Path("specs/GONE.YAML").unlink()
    comparison, _ = against("git:HEAD", "specs/net.yaml", roots=["specs"])
    assert [state.title for state in comparison.removed] == ["specs/GONE.YAML"]


def test_a_path_is_looked_up_as_it_is_written_and_then_where_it_leads(commit, tmp_path):
    write({"real/net.yaml": NET})
    Path("net.yaml").symlink_to("real/net.yaml")
    here = tmp_path / "repository"
    assert places(Path("net.yaml")) == [(here, "net.yaml"), (here, "real/net.yaml")]
    (tmp_path / "outside").symlink_to(here / "real")
    assert places(tmp_path / "outside" / "net.yaml") == [(here, "real/net.yaml")]


@pytest.mark.parametrize("broken", ["layers: [\n", "nothing: here\n", OTHER + "layer: 3\n", "", "\x00"])
def test_what_is_broken_in_the_baseline_is_no_pass_where_there_are_limits(commit, broken):
    """And it is neither new nor another network's new name."""
    commit({"specs/net.yaml": broken, "specs/gone.yaml": WIDER})
    Path("specs/gone.yaml").unlink()
    write({"specs/net.yaml": WIDER})
    comparison, (finding,) = against("git:HEAD", "specs/net.yaml", roots=["specs"])
    assert (finding.code, finding.severity, finding.diagnostic.span.line) == ("E605", "error", 1)
    assert finding.diagnostic.message == "no total can be compared with the baseline: the network is broken there"
    assert pairs(comparison) == [(None, "specs/net.yaml")]
    assert comparison.notes == ("specs/gone.yaml is in the baseline alone",)
    write({"specs/net.yaml": WIDER.replace("12]", "12]  # netinspect: ignore[E605] it was broken")})
    assert against("git:HEAD", "specs/net.yaml", roots=["specs"])[1] == []


def test_what_is_broken_in_the_baseline_is_a_note_where_there_are_none(commit):
    commit({"net.yaml": NET + "variants: {none: {n: 0}}\n"})
    write({"net.yaml": NET + "variants: {none: {n: 1}, more: {n: 9}}\n"})
    comparison, findings = against("git:HEAD", "net.yaml", allowed=None)
    assert findings == []
    assert comparison.notes == (
        "net.yaml:none is broken in the baseline, so it is not compared",
        "net.yaml:more is new: it is not in the baseline",
    )
    assert [(each.code, each.variant) for each in against("git:HEAD", "net.yaml")[1]] == [("E605", "none")]


def test_a_network_that_is_named_twice_is_compared(commit):
    commit({"net.yaml": NET + "variants: {wide: {n: 8}}\n"})
    write({"net.yaml": NET + "variants: {wide: {n: 9}}\n"})
    comparison, findings = against("git:HEAD", "net.yaml", "net.yaml:wide", allowed="params")
    assert pairs(comparison) == [(name, name) for name in ("net.yaml", "net.yaml:wide", "net.yaml:wide")]
    assert codes(findings) == ["E604", "E604"]
