"""JUnit XML: the rules of Jenkins, a case for each network, and text that XML can hold."""

from xml.etree import ElementTree as ET

from hypothesis import given

from netinspect.report.check import document
from tests.cli.running import run_here
from tests.report.check.checks import check_of, finding, findings, repository

ALLOWED = {
    "testsuites": ({"testsuite"}, set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
    ),
    "testcase": ({"skipped", "error", "failure", "system-out", "system-err"}, {"name"}, {"time", "classname", "group"}),
    "failure": (set(), set(), {"type", "message"}),
    "error": (set(), set(), {"type", "message"}),
    "system-out": (set(), set(), set()),
}
"""What may stand in each element, which attributes it must have and which it may: junit-10.xsd of Jenkins' xunit
plugin (github.com/jenkinsci/xunit-plugin)."""


def junit(*found):
    text = document(check_of(found), "junit")
    root = ET.fromstring(text.encode("utf-8"))
    check_rules(root)
    return root


def check_rules(root):
    assert root.tag == "testsuites"
    for element in root.iter():
        children, needed, possible = ALLOWED[element.tag]
        assert {child.tag for child in element} <= children
        assert needed <= set(element.attrib) <= needed | possible
    for holder in (root, *root):
        cases = list(holder.iter("testcase"))
        assert holder.get("tests") == str(len(cases))
        for kind in ("failure", "error"):
            assert holder.get(f"{kind}s") == str(sum(case.find(kind) is not None for case in cases))


@given(findings)
def test_whatever_is_said_it_is_xml_with_every_finding_in_it(found):
    root = junit(*found)
    told = " ".join(root.itertext())
    assert all(f"[{each.code}]" in told for each in found)


def test_a_real_run(tmp_path):
    result = run_here("check", "--format", "junit", cwd=repository(tmp_path))
    root = ET.fromstring(result.stdout.encode("utf-8"))
    check_rules(root)
    assert (root.get("tests"), root.get("errors")) == ("9", "2")
    cases = {(case.get("classname"), case.get("name")): [child.tag for child in case] for case in root.iter("testcase")}
    assert cases["specs/good.yaml", "base"] == []
    assert cases["specs/broken.yaml", "tall"] == ["error"]
    assert cases["specs/broken.yaml", "wide"] == ["failure"]


def test_a_case_has_one_failure_that_tells_of_all():
    root = junit(finding("E601", "first"), finding("W201", "second"), finding("N002", "third"))
    (case,) = root.iter("testcase")
    failure, notes = case
    assert failure.attrib == {"type": "E601", "message": "E601 first (and 1 more)"}
    assert "second" in failure.text
    assert "third" not in failure.text
    assert "third" in notes.text


def test_a_broken_spec_is_an_error_and_a_note_no_failure():
    assert [element.tag for element in junit(finding("E101")).iter()][-1] == "error"
    assert [element.tag for element in junit(finding("N002")).iter()][-1] == "system-out"


def test_a_finding_stands_in_every_variant_it_was_found_in():
    root = junit(finding(variant="wide", also=("tall",)), finding("N002", variant="deep"))
    failing = {case.get("name") for case in root.iter("testcase") if case.find("failure") is not None}
    assert failing == {"wide", "tall"}


def test_characters_that_xml_cannot_hold_are_shown_as_escapes():
    root = junit(finding(message='a\x00\x1b\ud800\ufffe <b> & "c" ]]>', file="\x08.yaml"))
    (failure,) = root.iter("failure")
    assert failure.get("message") == 'E601 a\\x00\\x1b\\ud800\\ufffe <b> & "c" ]]>'
    assert root[0].get("name") == "\\x08.yaml"
