"""Earlier states of networks: from a commit of a real repository, a JSON document, or another spec."""

import subprocess
from pathlib import Path

import pytest

from netinspect.analysis.baseline import limits, snapshot
from netinspect.baselines import compared, earlier_states, increase_findings, place_of
from netinspect.checking import check, targets
from netinspect.cli.main import main
from netinspect.configuration import configuration
from netinspect.errors import InputError, SpecError
from netinspect.findings import Selection
from netinspect.language.recognition import looks_like_a_spec
from netinspect.reading import Settings, read_networks
from netinspect.report.check import document as check_document
from netinspect.report.json import summary

NET = """\
input: [1, 12, 12]
vars: {n: 6}
layers:
  - conv: Conv2d(n, kernel_size=5)
  - Flatten
  - fc: Linear(10)
"""
OTHER = "input: [4]\nlayers: [Linear(2)]\n"


def git(*arguments, folder="."):
    settings = ("user.name=A", "user.email=a@example.com", "commit.gpgsign=false", "init.defaultBranch=main")
    command = ["git", *(word for setting in settings for word in ("-c", setting)), *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """An empty repository that is the present folder, and a way to commit files into it."""
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")
    git("init", "-q")

    def commit(**files):
        for name, text in files.items():
            file = Path(f"{name.replace('__', '/')}.yaml")
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        git("add", "-A")
        git("commit", "-q", "-m", "x")

    return commit


def against(baseline, *specs, allowed="params,macs", roots=(), **settings):
    """What came of the comparison: the comparison itself, and the findings of each network."""
    settings = Settings(**settings)
    readings = [reading for spec in specs for reading in read_networks(spec, settings)]
    files = [Path(reading.file.path) for reading in readings if reading.file is not None and reading.file.path]
    earlier = earlier_states(baseline, settings, files, [Path(root) for root in roots])
    comparison = compared(
        [snapshot(reading.profile) for reading in readings], earlier, limits(allowed) if allowed else ()
    )
    places = [place_of(reading, settings) for reading in readings]
    return comparison, [finding for findings in increase_findings(comparison, places) for finding in findings]


def pairs(comparison):
    return [(pair.old.title if pair.old is not None else None, pair.new.title) for pair in comparison.pairs]


# --- git -------------------------------------------------------------------------------------


def test_what_did_not_change_since_a_commit(repository):
    repository(net=NET + "variants: {wide: {n: 8}}\n")
    comparison, findings = against("git:HEAD", "net.yaml")
    assert [change.is_empty for change in comparison.changes] == [True, True]
    assert pairs(comparison) == [("net.yaml", "net.yaml"), ("net.yaml:wide", "net.yaml:wide")]
    assert (findings, comparison.removed, comparison.notes) == ([], (), ())


def test_a_rise_names_the_layers_that_did_it(repository):
    repository(net=NET)
    Path("net.yaml").write_text(NET.replace("n: 6", "n: 8").replace("  - fc", "  - new: Linear(30)\n  - fc"))
    _, (finding,) = against("git:main", "net.yaml", allowed="params=10%,macs=900%")
    assert (finding.code, finding.file, finding.severity, finding.variant) == ("E604", "net.yaml", "error", None)
    assert (finding.source.name, finding.diagnostic.span) == ("net.yaml", None)
    assert finding.diagnostic.message == "params rose by 297.1%, from 4,006 to 15,908; 10% is allowed"
    assert finding.diagnostic.note == "most of it: new +15,390 (new), conv +52 (params)"


def test_only_what_is_committed_is_the_baseline(repository):
    repository(net=NET)
    git("tag", "v1")
    repository(net=NET.replace("n: 6", "n: 7"))
    Path("net.yaml").write_text(NET.replace("n: 6", "n: 8"))
    git("add", "-A")
    for ref, params in (("v1", 4_006), ("HEAD", 4_672), ("HEAD~1", 4_006), ("main", 4_672)):
        comparison, _ = against(f"git:{ref}", "net.yaml")
        assert comparison.changes[0].old.total("params") == params


def test_nothing_is_checked_out_and_nothing_of_the_commit_is_run(repository):
    repository(net=NET)
    Path(".gitattributes").write_text("*.yaml filter=evil\n")
    git("add", "-A")
    git("commit", "-q", "-m", "x")
    git("config", "filter.evil.smudge", "touch smudged")
    git("config", "core.fsmonitor", "touch monitored")
    Path("net.yaml").write_text(NET.replace("n: 6", "n: 8"))
    before = {path: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    against("git:HEAD", "net.yaml")
    assert {path: path.read_bytes() for path in Path().iterdir() if path.is_file()} == before


def test_a_new_network_is_a_note_and_no_rise(repository):
    repository(net=NET)
    Path("new.yaml").write_text(OTHER)
    comparison, findings = against("git:HEAD", "net.yaml", "new.yaml")
    assert pairs(comparison) == [("net.yaml", "net.yaml"), (None, "new.yaml")]
    assert (findings, comparison.notes) == ([], ("new.yaml is new: it is not in the baseline",))


def test_all_networks_are_new_where_the_commit_has_none(repository):
    repository(readme="nothing: here\n")
    Path("net.yaml").write_text(NET)
    comparison, findings = against("git:HEAD", "net.yaml", roots=["."])
    assert (pairs(comparison), findings) == ([(None, "net.yaml")], [])
    assert comparison.notes == ("net.yaml is new: it is not in the baseline",)


def test_a_removed_file_is_a_note_where_its_folder_is_looked_at(repository):
    repository(specs__net=NET, specs__gone=OTHER, elsewhere__gone=OTHER)
    Path("specs/gone.yaml").unlink()
    comparison, _ = against("git:HEAD", "specs/net.yaml", roots=["specs"])
    assert [state.title for state in comparison.removed] == ["specs/gone.yaml"]
    assert comparison.notes == ("specs/gone.yaml is in the baseline alone",)
    assert against("git:HEAD", "specs/net.yaml")[0].removed == ()


def test_a_renamed_file_is_the_same_network_and_may_not_rise(repository):
    repository(specs__net=NET + "variants: {wide: {n: 8}}\n", specs__other=OTHER)
    Path("specs/net.yaml").unlink()
    Path("specs/moved.yaml").write_text(NET + "variants: {wide: {n: 9}}\n")
    comparison, findings = against("git:HEAD", "specs/moved.yaml", "specs/other.yaml", roots=["specs"])
    assert pairs(comparison) == [
        ("specs/net.yaml", "specs/moved.yaml"),
        ("specs/net.yaml:wide", "specs/moved.yaml:wide"),
        ("specs/other.yaml", "specs/other.yaml"),
    ]
    assert comparison.notes == ("specs/moved.yaml was specs/net.yaml in the baseline",)
    assert [(finding.code, finding.file, finding.variant) for finding in findings] == [
        ("E604", "specs/moved.yaml", "wide"),
        ("E604", "specs/moved.yaml", "wide"),
    ]


def test_a_resized_input_is_no_rise_of_what_does_not_depend_on_it(repository):
    text = NET.replace("Flatten", "AdaptiveAvgPool2d(1)\n  - Flatten")
    repository(net=text)
    Path("net.yaml").write_text(text.replace("12, 12", "16, 16"))
    _, (finding,) = against("git:HEAD", "net.yaml")
    assert (finding.code, finding.diagnostic.span.line, finding.source.name) == ("E605", 1, "net.yaml")
    assert finding.diagnostic.message == (
        "macs cannot be compared with the baseline: the input was 1×12×12 and is 1×16×16"
    )
    assert finding.diagnostic.note == "macs was 9,660 and is 21,660"
    assert "compare net.yaml --input-shape 1,12,12 --baseline" in finding.diagnostic.help
    assert against("git:HEAD", "net.yaml", input_shapes=(("", (1, 12, 12)),))[1] == []


# --- what is ignored -------------------------------------------------------------------------

WIDER = NET.replace("n: 6", "n: 8")
LARGER = NET.replace("Flatten", "AdaptiveAvgPool2d(1)\n  - Flatten").replace("12, 12", "16, 16")
SMALLER = LARGER.replace("16, 16", "12, 12")


@pytest.mark.parametrize(("old", "new", "code"), [(NET, WIDER, "E604"), (SMALLER, LARGER, "E605")])
def test_the_command_and_the_repository_ignore_what_is_found_against_a_baseline(repository, old, new, code):
    repository(net=old, other=old)
    for name in ("net.yaml", "other.yaml"):
        Path(name).write_text(new)

    def files(**settings):
        _, findings = against("git:HEAD", "net.yaml", "other.yaml", allowed="macs", **settings)
        assert {finding.code for finding in findings} <= {code}
        return [finding.file for finding in findings]

    other = "E604" if code == "E605" else "E605"
    assert files() == ["net.yaml", "other.yaml"]
    assert files(selection=Selection(ignore=(code,))) == []
    assert files(selection=Selection(ignore=(other,))) == ["net.yaml", "other.yaml"]
    for says, left in (
        (f'ignore = ["{code}"]', []),
        (f'ignore = ["{other}"]', ["net.yaml", "other.yaml"]),
        (f'per-file-ignores = {{"net.yaml" = ["{code}"]}}', ["other.yaml"]),
    ):
        configuration.cache_clear()
        Path("netinspect.toml").write_text(says)
        assert files() == left
        assert files(selection=Selection(select=(code,))) == ["net.yaml", "other.yaml"]


def test_a_comment_on_the_line_of_the_input_ignores_that_it_has_another_size(repository):
    repository(net=SMALLER)
    comment = "# netinspect: ignore[E605] larger pictures now"
    line = "input: [1, 16, 16]"
    for written, codes in (
        (LARGER.replace(line, f"{line}  {comment}"), []),
        (LARGER.replace(line, f"{comment}\n{line}"), []),
        (LARGER.replace("vars:", f"{comment}\nvars:"), ["E605"]),
        (LARGER.replace(line, f"{line}  {comment.replace('E605', 'E604')}"), ["E605"]),
        (LARGER.replace(line, f"{line}  {comment}").replace("n: 6", "n: 8"), ["E604"]),
    ):
        Path("net.yaml").write_text(written)
        assert [finding.code for finding in against("git:HEAD", "net.yaml")[1]] == codes


def test_a_comment_does_not_ignore_a_rise(repository):
    """It is of no line: what may rise is decided by the command and the repository."""
    repository(net=NET)
    Path("net.yaml").write_text(
        "\n".join(f"{line}  # netinspect: ignore[E604,E605] it may" for line in WIDER.splitlines())
    )
    assert [finding.code for finding in against("git:HEAD", "net.yaml")[1]] == ["E604", "E604"]


# --- what else a commit may hold -------------------------------------------------------------


def test_what_is_broken_in_the_baseline_is_not_compared(repository):
    repository(net=NET + "variants: {none: {n: 0}, wide: {n: 8}}\n", broken=OTHER + "layer: 3\n")
    Path("net.yaml").write_text(NET + "variants: {none: {n: 1}, wide: {n: 8}}\n")
    Path("broken.yaml").write_text(OTHER)
    comparison, findings = against("git:HEAD", "net.yaml", "broken.yaml", allowed=None)
    assert [old is not None for old, _ in pairs(comparison)] == [True, False, True, False]
    assert findings == []
    assert comparison.notes[:2] == (
        "broken.yaml is broken in the baseline, so it is not compared",
        "net.yaml:none is broken in the baseline, so it is not compared",
    )


def test_overrides_and_limits_are_not_those_of_the_commit(repository):
    repository(net=NET)
    comparison, findings = against("git:HEAD", "net.yaml", assignments=(("n", "7"),))
    assert comparison.changes[0].old.total("params") == 4_006
    assert [finding.code for finding in findings] == ["E604", "E604"]


def test_batch_size_and_dtype_are_those_of_the_comparison(repository):
    repository(net=NET)
    (change,) = against("git:HEAD", "net.yaml", batch_size=3, dtype="float16")[0].changes
    assert (change.is_empty, change.old.batch_size, change.old.dtype) == (True, 3, "float16")


@pytest.mark.parametrize("ref", ["nowhere", "", "--help", "-h", "--output=x", "HEAD:net.yaml", "HEAD\nHEAD"])
def test_a_ref_that_does_not_exist_is_an_error(repository, ref):
    repository(net=NET)
    with pytest.raises(InputError, match="--baseline git: "):
        against(f"git:{ref}", "net.yaml")
    assert sorted(path.name for path in Path().iterdir()) == [".git", "net.yaml"]


def test_a_branch_that_begins_with_a_dash_is_a_branch(repository):
    repository(net=NET)
    git("update-ref", "refs/heads/-x", "HEAD")
    Path("net.yaml").write_text(NET.replace("n: 6", "n: 8"))
    assert [finding.code for finding in against("git:-x", "net.yaml")[1]] == ["E604", "E604"]


def test_a_file_outside_the_repository_is_an_error(repository, tmp_path):
    repository(net=NET)
    (tmp_path / "outside.yaml").write_text(NET)
    with pytest.raises(InputError, match="git"):
        against("git:HEAD", "net.yaml", str(tmp_path / "outside.yaml"))


def test_a_folder_that_is_no_repository_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "net.yaml").write_text(NET)
    with pytest.raises(InputError, match=r"--baseline git: .*not a git repository"):
        against("git:HEAD", "net.yaml")


def test_a_network_of_the_gallery_is_in_no_commit(repository):
    repository(net=NET)
    with pytest.raises(InputError, match="none of the specs is a file that git could know"):
        against("git:HEAD", "lenet")


def test_without_git_on_the_path(repository, monkeypatch):
    repository(net=NET)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="git cannot be run"):
        against("git:HEAD", "net.yaml")


def test_from_a_folder_below_and_with_names_beyond_ascii(repository, monkeypatch):
    repository(**{"specs__größe 1": NET})
    monkeypatch.chdir("specs")
    Path("größe 1.yaml").write_text(NET.replace("n: 6", "n: 8"))
    comparison, findings = against("git:HEAD", "größe 1.yaml", roots=["."])
    assert pairs(comparison) == [("größe 1.yaml", "größe 1.yaml")]
    assert len(findings) == 2


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (NET, True),
        ("inputs: {a: [3]}\nlayers: [Linear(2)]\n", True),
        ('"input": [3]\n"layers": [Linear(2)]\n', True),
        ("services:\n  layers: 3\n  input: 4\n", False),
        ("layers: [a]\n", True),
        ("layers:\n- a\n", True),
        ("layers:\n\n  - a\n", True),
        ("layers: *steps\n", True),
        ("layers: 3\n", False),
        ("layers: {a: 3}\n", False),
        ("layers:\n  a: 3\n", False),
        ("netspec: 1\n", True),
        ("{input: [8], layers: [Linear(4)]}\n", True),
        ("# a\n--- {\n  'layers' : [Linear(4)], # b\n  input: [8]}\n", True),
        ("{other: {input: [8], layers: [Linear(4)]}}\n", False),
        ("  input: [8]\n  layers: [Linear(4)]\n", True),
        ("%YAML 1.1\n---\ninput: [8]\nlayers: [Linear(4)]\n", True),
        ("\ufeffinput: [8]\nlayers: [Linear(4)]\n", True),
        ("- layers\n- input\n", False),
        ("", False),
    ],
)
def test_what_looks_like_a_spec(text, is_one):
    for encoding in ("utf-8", "utf-16", "utf-16-le", "utf-32"):
        assert looks_like_a_spec(text.encode(encoding)) == is_one


# --- documents and specs ---------------------------------------------------------------------


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET)
    Path("wide.yaml").write_text(NET.replace("n: 6", "n: 8"))
    return "net.yaml"


def test_a_document(spec):
    Path("main.json").write_text(summary(list(read_networks(spec, Settings()))))
    assert against("main.json", spec)[1] == []
    Path(spec).write_text(NET.replace("n: 6", "n: 8"))
    _, (finding, _) = against("main.json", spec)
    assert finding.diagnostic.message == "params rose by 33.3%, from 4,006 to 5,338; no increase is allowed"
    assert finding.diagnostic.note == "most of it: fc +1,280, conv +52 (params)"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("name", ["main.json", "main.txt", "main.yaml"])
def test_a_baseline_in_the_encodings_of_powershell(spec, encoding, name):
    text = NET if name == "main.yaml" else summary(list(read_networks(spec, Settings())))
    mark = "\ufeff" if encoding.endswith("e") else ""
    Path(name).write_bytes(f"{mark}{text}".encode(encoding))
    Path(spec).write_text(NET.replace("n: 6", "n: 8"))
    _, (finding, _) = against(name, spec)
    assert finding.diagnostic.message == "params rose by 33.3%, from 4,006 to 5,338; no increase is allowed"


def test_a_baseline_that_is_no_text(spec):
    Path("main.json").write_bytes(b"\xff\xfe{\x00\xd8")
    with pytest.raises(InputError, match=r"main\.json is neither UTF-8 text nor UTF-16 with a byte order mark"):
        against("main.json", spec)


def test_a_document_without_layers_knows_no_culprit(spec):
    Path("main.json").write_text(
        '{"format_version": "1.1", "models": [{"name": "net", "source": "net.yaml", "totals": {"params": 4000}}]}'
    )
    _, (finding,) = against("main.json", spec, allowed="params")
    assert finding.diagnostic.message == "params rose by 0.2%, from 4,000 to 4,006; no increase is allowed"
    assert finding.diagnostic.note == "the baseline does not hold its layers"


def test_a_renamed_file_is_known_by_a_document_without_layers(spec):
    """`check` writes no layers. The base is the same in both, and its variants go with it."""
    variants = "variants: {wide: {n: 8}, narrow: {n: 4}}\n"
    Path(spec).write_text(NET + variants)
    Path("other.yaml").write_text(OTHER)
    settings = Settings()
    Path("main.json").write_text(check_document(check(targets([spec, "other.yaml"], Path()), settings), "json"))
    Path("moved.yaml").write_text(NET + variants.replace("n: 8", "n: 9"))
    comparison, findings = against("main.json", "moved.yaml", "other.yaml")
    assert pairs(comparison) == [
        ("net.yaml", "moved.yaml"),
        ("net.yaml:wide", "moved.yaml:wide"),
        ("net.yaml:narrow", "moved.yaml:narrow"),
        ("other.yaml", "other.yaml"),
    ]
    assert [(finding.code, finding.file, finding.variant) for finding in findings] == [
        ("E604", "moved.yaml", "wide"),
        ("E604", "moved.yaml", "wide"),
    ]
    assert {finding.diagnostic.note for finding in findings} == {"the baseline does not hold its layers"}


def test_a_document_that_lacks_the_figure_is_no_pass(spec):
    Path("main.json").write_text(
        '{"format_version": "1.1", "models": [{"name": "net", "source": "net.yaml", "totals": {"params": 4000}}]}'
    )
    with pytest.raises(InputError, match="macs"):
        against("main.json", spec)


def test_another_spec(spec):
    comparison, findings = against(spec, "wide.yaml")
    assert pairs(comparison) == [(spec, "wide.yaml")]
    assert [finding.code for finding in findings] == ["E604", "E604"]
    assert comparison.notes == ()


def test_a_broken_spec_is_no_baseline(spec):
    Path("broken.yaml").write_text("input: [4]\nlayers: [Linaer(2)]\n")
    with pytest.raises(SpecError):
        against("broken.yaml", spec)
    with pytest.raises(InputError):
        against("nowhere.yaml", spec)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format_version": "2.0", "models": []}'])
def test_a_broken_document_is_no_baseline(spec, text):
    Path("main.json").write_text(text)
    with pytest.raises(InputError, match=r"main\.json"):
        against("main.json", spec)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Two copies of a folder of specs, of which the first is the present folder; and a document of the second."""
    for copy in ("here", "there"):
        (tmp_path / copy / "specs").mkdir(parents=True)
        (tmp_path / copy / "specs" / "net.yaml").write_text(NET)
        (tmp_path / copy / "specs" / "other.yaml").write_text(OTHER)
        (tmp_path / copy / "other.yaml").write_text(OTHER.replace("2", "3"))
    monkeypatch.chdir(tmp_path / "here")

    def document(*names):
        readings = [read for name in names for read in read_networks(str(name), Settings())]
        Path("base.json").write_text(summary(readings))

    return document


def test_a_document_that_writes_the_paths_in_another_way(folders, tmp_path):
    Path("specs/net.yaml").write_text(NET.replace("n: 6", "n: 8"))
    specs = ("specs/net.yaml", "specs/other.yaml", "other.yaml")
    for folder in (tmp_path / "there", Path("../there"), Path(".././there/specs/..")):
        folders(*(folder / name for name in specs))
        comparison, findings = against("base.json", *specs)
        assert pairs(comparison) == [(str(folder / name), name) for name in specs]
        assert [(finding.code, finding.file) for finding in findings] == [("E604", "specs/net.yaml")] * 2


def test_a_document_with_absolute_paths_of_the_same_files(folders, tmp_path):
    folders(*(tmp_path / "here" / name for name in ("specs/net.yaml", "specs/other.yaml")))
    Path("specs/net.yaml").write_text(NET.replace("n: 6", "n: 8"))
    assert len(against("base.json", "specs/net.yaml", "other.yaml")[1]) == 2


def test_a_document_of_other_networks_is_an_error(folders):
    """It would be a pass of everything."""
    Path("models").mkdir()
    Path("models/a.yaml").write_text(NET.replace("n: 6", "n: 8"))
    Path("models/b.yaml").write_text(NET.replace("n: 6", "n: 7"))
    folders("specs/net.yaml", "other.yaml")
    with pytest.raises(InputError, match=r"base\.json holds none of these networks.*not models/a\.yaml"):
        against("base.json", "models/a.yaml", "models/b.yaml")


def test_a_document_of_other_networks_of_the_same_folder_is_none(folders):
    folders("specs/net.yaml", "specs/other.yaml")
    Path("specs/new.yaml").write_text(NET.replace("n: 6", "n: 9"))
    assert pairs(against("base.json", "specs/new.yaml")[0]) == [(None, "specs/new.yaml")]


def test_a_copy_is_told_apart_from_a_renamed_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, width in (("a", 4), ("o", 5)):
        Path(f"{name}.yaml").write_text(f"name: Net {name}\ninput: [8]\nlayers:\n  - Linear({width})\n")
    assert main(["summary", "a.yaml", "o.yaml", "--format", "json", "-o", "base.json"]) == 0
    assert main(["summary", "a.yaml", "--format", "json", "-o", "one.json"]) == 0
    Path("b.yaml").write_text("name: Net a\ninput: [8]\nlayers:\n  - Linear(9)\n")

    def told(*arguments):
        capsys.readouterr()
        assert main(["compare", *arguments]) == 0
        return capsys.readouterr().err

    copied = "note: b.yaml is not in the baseline, and is compared with a.yaml there\n"
    assert told("b.yaml", "o.yaml", "--baseline", "base.json") == copied
    assert told("b.yaml", "--baseline", "one.json") == ""
    assert told("b.yaml", "--baseline", "a.yaml") == ""
    Path("a.yaml").unlink()
    assert told("b.yaml", "o.yaml", "--baseline", "base.json") == "note: b.yaml was a.yaml in the baseline\n"


def test_states_that_two_networks_might_be_are_nobodys(tmp_path, monkeypatch, capsys):
    """Two networks of one name and structure, both new: neither is taken for the state of that name."""
    monkeypatch.chdir(tmp_path)
    Path("old.yaml").write_text("name: Net\ninput: [8]\nlayers:\n  - Linear(4)\n")
    Path("else.yaml").write_text("name: Else\ninput: [8]\nlayers:\n  - Linear(3)\n")
    assert main(["summary", "old.yaml", "else.yaml", "--format", "json", "-o", "base.json"]) == 0
    Path("old.yaml").unlink()
    for name in ("p", "q"):
        Path(f"{name}.yaml").write_text("name: Net\ninput: [8]\nlayers:\n  - Linear(4)\n")
    capsys.readouterr()
    assert main(["compare", "p.yaml", "q.yaml", "else.yaml", "--baseline", "base.json"]) == 0
    error = capsys.readouterr().err
    assert "p.yaml is new: it is not in the baseline" in error
    assert "q.yaml is new: it is not in the baseline" in error
    assert "old.yaml is in the baseline alone" in error
