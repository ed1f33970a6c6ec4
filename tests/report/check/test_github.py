"""GitHub's annotations: read as GitHub's runner reads them, at most ten of a kind, and none that a spec makes up."""

import re
from pathlib import Path

import pytest
from hypothesis import given

from netinspect.report.check import document
from tests.cli.running import run_here
from tests.report.check.checks import check_of, finding, findings, repository

COMMAND = re.compile(r"^\s*::(\S+?)(?: (.*?))?::(.*)$", re.DOTALL)
OLD_COMMAND = re.compile(r"##\[(\w+)")


@pytest.fixture(autouse=True)
def _outside_ci(monkeypatch):
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)


def unescaped(text, *more):
    for escape, character in (*more, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def commands(text):
    """The commands of a log as (name, properties, data), by the rules of actions/runner: ActionCommand.cs."""
    stopped = None
    for line in re.split(r"[\r\n]", text):
        match = COMMAND.match(line)
        if stopped is not None:
            if match and match[1] == stopped:
                stopped = None
            continue
        if match and match[1] == "stop-commands":
            stopped = match[3]
        elif match:
            pairs = (pair.partition("=") for pair in (match[2] or "").split(",") if pair)
            properties = {k: unescaped(v, ("%3A", ":"), ("%2C", ",")) for k, _, v in pairs}
            yield match[1], properties, unescaped(match[3])
        elif old := OLD_COMMAND.search(line):
            yield old[1], {}, line
    assert stopped is None


def annotations(text):
    return [command for command in commands(text) if command[0] not in ("group", "endgroup")]


def kinds(text):
    return [name for name, _, _ in annotations(text)]


def github(check):
    return document(check, "github")


def test_an_annotation_stands_at_its_line_with_all_that_is_said():
    found = finding("W201", "50%: a,b", 3, "specs/a:b,c.yaml", "wide", (None,), note="why\nnot", help="do")
    ((name, properties, data),) = annotations(github(check_of([found])))
    assert name == "warning"
    assert properties == {
        "file": "specs/a:b,c.yaml", "line": "3", "endLine": "3", "col": "2", "endColumn": "3", "title": "W201",
    }  # fmt: skip
    assert data == "50%: a,b [wide and the base]\nnote: why\\nnot\nhelp: do"


def test_a_note_is_a_notice_and_what_has_no_line_names_the_file_alone():
    ((name, properties, _),) = annotations(github(check_of([finding("N002", line=None)])))
    assert (name, properties) == ("notice", {"file": "net.yaml", "title": "N002"})


@pytest.mark.parametrize(("number", "single"), [(1, 1), (10, 10), (11, 9), (20, 9)])
def test_at_most_ten_of_a_kind_and_the_rest_are_counted_by_file(number, single):
    errors = [finding("E601", f"number {n}", file=f"{n % 3}.yaml") for n in range(number)]
    warnings = [finding("W201", "careful")]
    shown = annotations(github(check_of([*errors, *warnings])))
    told = [data for name, properties, data in shown if name == "error" and "line" in properties]
    assert told == [f"number {n}" for n in range(single)]
    assert [name for name, _, _ in shown].count("error") == min(number, 10)
    rest = [(properties["title"], data) for name, properties, data in shown if "line" not in properties]
    if number == 20:
        assert rest == [("11 more errors", "0.yaml (4), 1.yaml (4), 2.yaml (3)")]
    assert len(rest) == (number > 10)
    assert [name for name, _, _ in shown][-1] == "warning"


def test_a_rest_in_many_files_stays_short():
    shown = annotations(github(check_of([finding(file=f"{n:04}.yaml") for n in range(2000)])))
    assert shown[-1][2].endswith("0028.yaml (1), 1,971 more files")
    assert len(shown) == 10


def test_all_findings_stand_in_the_log():
    text = github(check_of([finding(message=f"number {n}") for n in range(20)]))
    assert all(f"number {n}\n" in text for n in range(20))


@pytest.mark.parametrize("line", ["::add-mask::x", "##[add-matcher]x.json", "::stop-commands::x", "\n::error::x"])
def test_a_spec_gives_no_commands(line):
    hostile = finding(message=line, file=f"{line}.yaml", text=f"{line}\n", note=line, help=line)
    assert kinds(github(check_of([hostile], notes=(line,)))) == ["error"]


@given(findings)
def test_whatever_is_said_there_is_one_annotation_a_finding(found):
    text = github(check_of(found))
    text.encode("utf-8")
    shown = annotations(text)
    assert len(shown) == len(found)
    counted = {kind: sum(each.severity == kind for each in found) for kind in ("error", "warning", "note")}
    assert kinds(text) == ["error"] * counted["error"] + ["warning"] * counted["warning"] + ["notice"] * counted["note"]


def test_paths_are_from_the_root_of_the_repository(tmp_path, monkeypatch):
    (tmp_path / "models" / "specs").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "models")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    names = [str(Path("specs", "net.yaml")), str(tmp_path / "other.yaml"), "../up.yaml", "<stdin>", "/far/away.yaml"]
    shown = annotations(github(check_of([finding(file=name) for name in names])))
    paths = [properties["file"] for _, properties, _ in shown]
    assert paths == ["models/specs/net.yaml", "other.yaml", "up.yaml", "<stdin>", "/far/away.yaml"]


def test_without_github_the_root_is_where_git_is(tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path / "models")
    ((_, properties, _),) = annotations(github(check_of([finding(file="net.yaml")])))
    assert properties["file"] == "models/net.yaml"


def test_nothing_found_is_one_line():
    assert github(check_of([])) == "0 networks in 0 files: nothing found\n"


def test_it_is_what_is_printed_inside_github_actions(tmp_path):
    repository(tmp_path)
    inside = run_here("check", cwd=tmp_path, env={"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path)})
    asked = run_here("check", "--format", "text", cwd=tmp_path, env={"GITHUB_ACTIONS": "true"})
    assert (inside.stdout, inside.returncode) == (run_here("check", "--format", "github", cwd=tmp_path).stdout, 2)
    assert asked.stdout == run_here("check", cwd=tmp_path).stdout.replace("##[", "# #[")  # else a command to the runner
