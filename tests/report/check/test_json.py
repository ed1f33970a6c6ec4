"""The document of `check`: with the broken and the right networks, and as a baseline of a later check."""

import json

import pytest
from hypothesis import given

from netinspect.report.check import document
from tests.cli.running import run_here
from tests.report.check.checks import GOOD, check_of, findings, repository


@given(findings)
def test_whatever_is_said_it_is_json_in_ascii(found):
    text = document(check_of(found), "json")
    assert text.isascii()
    whole = json.loads(text)
    assert [each["message"] for each in whole["findings"]] == [each.diagnostic.message for each in found]
    assert [each["file"] for each in whole["findings"]] == [each.file for each in found]


def test_one_broken_spec_leaves_the_others_in(tmp_path):
    whole = json.loads(run_here("check", "--format", "json", cwd=repository(tmp_path)).stdout)
    assert len(whole["models"]) == 7
    assert [(each["source"], each["variant"]) for each in whole["broken"]] == [
        ("specs/broken.yaml", "tall"),
        ("specs/mistake.yaml", None),
    ]
    counts = {"files": 7, "passed_over": 1, "networks": 9, "broken": 2, "errors": 6, "warnings": 2, "notes": 0}
    assert whole["counts"] == counts


@pytest.fixture
def stored(tmp_path):
    """A folder with a spec, a broken one, and the document of both."""
    repository(tmp_path)
    (tmp_path / "base.json").write_text(run_here("check", "--format", "json", cwd=tmp_path).stdout)
    return tmp_path


def test_it_is_a_baseline_and_broken_networks_are_new_when_they_are_mended(stored):
    (stored / "specs" / "mistake.yaml").write_text(GOOD)
    words = ("--baseline", "base.json", "--fail-on-increase", "params", "--format", "json")
    whole = json.loads(run_here("check", *words, cwd=stored).stdout)
    assert whole["notes"] == ["specs/mistake.yaml is new: it is not in the baseline"]
    assert "E604" not in {each["code"] for each in whole["findings"]}
    assert all(not each.get("totals") for each in whole["comparisons"])


def test_an_increase_is_found_with_it(stored):
    (stored / "specs" / "good.yaml").write_text(GOOD.replace("10)", "11)"))
    words = ("--baseline", "base.json", "--fail-on-increase", "params=5%", "--format", "json")
    whole = json.loads(run_here("check", *words, cwd=stored).stdout)
    (rise,) = (each for each in whole["findings"] if each["code"] == "E604")
    assert "rose by 10.0%, from 1,450 to 1,595; 5% is allowed" in rise["message"]
    (changed,) = (each for each in whole["comparisons"] if each.get("totals"))
    assert changed["model"] == "specs/good.yaml"
    assert changed["totals"]["params"] == {"old": 1450, "new": 1595}
    assert changed["layers"] == []


def test_it_tells_for_which_batch_size_and_dtype_it_counts(stored):
    """Else totals of two examples would pass for those of one."""
    words = ("check", "--batch-size", "2", "--dtype", "float16", "--format", "json")
    text = run_here(*words, cwd=stored).stdout
    assert {(each["batch_size"], each["dtype"]) for each in json.loads(text)["models"]} == {(2, "float16")}
    (stored / "base.json").write_text(text)
    limits = ("--baseline", "base.json", "--fail-on-increase", "macs")
    result = run_here("check", "specs/good.yaml", *limits, cwd=stored)
    assert result.returncode == 2
    assert "the baseline was made for a batch size of 2, not 1; add --batch-size 2" in result.stderr
    assert (
        run_here("check", "specs/good.yaml", "--batch-size", "2", "--dtype", "float16", *limits, cwd=stored).returncode
        == 0
    )


def test_compare_takes_it_as_a_baseline_too(stored):
    result = run_here("compare", "specs/good.yaml", "--baseline", "base.json", cwd=stored)
    assert (result.returncode, "nothing changed" in result.stdout) == (0, True)


@pytest.mark.parametrize("command", ["check", "compare"])
def test_a_broken_baseline_is_told_in_the_document_too(tmp_path, command):
    (tmp_path / "net.yaml").write_text(GOOD)
    (tmp_path / "old.yaml").write_text("input: [4]\nlayers: [Linaer(3)]\n")
    result = run_here(command, "net.yaml", "--baseline", "old.yaml", "--format", "json", cwd=tmp_path)
    whole = json.loads(result.stdout)
    assert result.returncode == 2
    assert [(each["code"], each["file"], each["line"]) for each in whole["findings"]] == [("E101", "old.yaml", 2)]
    assert [each["source"] for each in whole["models"]] == ["net.yaml"]


def test_what_a_baseline_does_not_meet_is_told_in_the_document_too(tmp_path):
    (tmp_path / "net.yaml").write_text(GOOD)
    (tmp_path / "old.yaml").write_text(GOOD + "expect: {params: 1}\n")
    result = run_here("compare", "net.yaml", "--baseline", "old.yaml", "--format", "json", cwd=tmp_path)
    assert result.returncode == 1
    assert [each["code"] for each in json.loads(result.stdout)["findings"]] == ["E601"]
