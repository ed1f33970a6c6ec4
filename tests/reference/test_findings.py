"""docs/findings.md and `explain`: no code is missing, every link leads to a section, what is shown is found."""

import re

import pytest

from netinspect.errors import InputError
from netinspect.findings.codes import explanations, titles
from netinspect.findings.mistakes import MISTAKES
from netinspect.findings.rules import all_rules
from netinspect.reference import explain, findings
from netinspect.reference.findings import page

TEXT = page()
SHOWN = {code: explanation for code, explanation in explanations().items() if explanation.bad}
RULES = {rule.code: rule for rule in all_rules()}


def test_the_table_has_every_code_once():
    documented = re.findall(r"^\| \[?([EWN]\d{3})\b", TEXT, re.MULTILINE)
    assert documented == list(titles())


def test_every_code_has_a_section_and_every_link_leads_to_one():
    sections = re.findall(r"^## ([EWN]\d{3})$", TEXT, re.MULTILINE)
    assert sections == list(titles())
    assert re.findall(r"\(#([ewn]\d{3})\)", TEXT) == [code.lower() for code in titles()]


def section(code):
    return re.split(r"^## ", TEXT.split(f"\n## {code}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("example", SHOWN.values(), ids=SHOWN)
def test_a_section_shows_both_examples_and_the_message(example):
    text = section(example.code)
    assert example.why in text
    assert f"# bad.yaml{f' with {example.options}' if example.options else ''}\n{example.bad}" in text
    assert f"# good.yaml\n{example.good}" in text or not example.good
    assert len(re.findall(rf"^bad\.yaml\S* (?:error|warning|note)\[{example.code}\]", text, re.MULTILINE)) == 1


def test_a_section_without_an_example_says_why():
    assert "```" not in section("E604")
    assert explanations()["E604"].why in section("E604")


def test_the_page_says_what_can_be_mended_and_what_has_to_be_asked_for():
    assert re.findall(r"\*\* An? (\w+); `check --fix` mends it\.", TEXT) == ["warning", "warning"]
    assert all("`check --fix` mends it." in section(code) for code in ("W110", "W205"))
    assert re.findall(r"told with `--select (N\d{3})`", TEXT) == ["N001", "N002", "N004"]


def test_a_pipe_in_a_title_does_not_break_the_table():
    rows = re.findall(r"^\| \[?[EWN]\d{3}.*$", TEXT, re.MULTILINE)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3}


# --- explain -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_is_explained_with_its_examples(rule):
    text = explain(rule.code)
    assert text.startswith(f"{rule.code}: {rule.title}\n")
    assert f"[{rule.code}]: " in text
    assert all(f"    {line}".rstrip() in text for line in (*rule.bad.splitlines(), *rule.good.splitlines()))
    assert rule.options in text


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.code)
def test_a_mistake_is_explained_with_its_examples(mistake):
    text = explain(mistake.code)
    assert text.startswith(f"{mistake.code}: {mistake.title}\n")
    assert " ".join(mistake.why.replace("`", "").split()) in " ".join(text.split())
    assert all(f"    {line}".rstrip() in text for line in (*mistake.bad.splitlines(), *mistake.good.splitlines()))
    assert (f"[{mistake.code}]: " in text) is ("Found here" in text) is bool(mistake.bad)
    assert ("Not here" in text) is bool(mistake.good)


def test_only_the_example_of_the_code_is_run(monkeypatch):
    read = []

    def noting(label, file, settings):
        read.append(file.source.text)
        return read_file(label, file, settings)

    read_file = findings.read_file
    monkeypatch.setattr(findings, "read_file", noting)
    explain("E203")
    assert read == [explanations()["E203"].bad]


def test_small_letters_do():
    assert explain(" w201 ") == explain("W201")


@pytest.mark.parametrize(("code", "guess"), [("W20", "W201"), ("E0001", "E001"), ("W999", None), ("conv", None)])
def test_an_unknown_code_is_told_with_the_nearest(code, guess):
    with pytest.raises(InputError, match=f"there is no code `{code.upper()}`") as caught:
        explain(code)
    assert (f"did you mean `{guess}`?" in str(caught.value)) is (guess is not None)
