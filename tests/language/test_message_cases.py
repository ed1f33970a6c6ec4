"""What a person reads for each kind of mistake: a spec in `messages/`, and beside it the whole answer.

`NETINSPECT_UPDATE=1` writes the answers anew, for a look at the difference.
"""

import os
from pathlib import Path

import pytest

from netinspect.errors import SpecError
from netinspect.language import parse, read_source, render
from netinspect.language.source import Source

CASES = sorted((Path(__file__).parent / "messages").glob("*.yaml"))


def answer(path):
    source = Source("net.yaml", read_source(path).text)
    try:
        diagnostics = parse(source).diagnostics
    except SpecError as error:
        diagnostics = error.diagnostics
    return "".join(render(diagnostic, source) + "\n" for diagnostic in diagnostics)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_answer_to_a_mistake(path):
    shown, expected = answer(path), path.with_suffix(".txt")
    if os.environ.get("NETINSPECT_UPDATE"):
        expected.write_text(shown, encoding="utf-8")
    assert shown == expected.read_text(encoding="utf-8")


def test_every_code_of_a_file_has_a_case():
    stems = {path.stem[:4] for path in CASES}
    assert stems >= {f"E{number:03}" for number in range(1, 19)} | {"E108", "E111", "E112", "E504"}


@pytest.mark.parametrize("path", [path for path in CASES if path.stem[0] == "E"], ids=lambda path: path.stem)
def test_a_case_is_about_its_code_alone(path):
    codes = {line.split("error[")[1][:4] for line in answer(path).splitlines() if line.startswith("net.yaml:")}
    assert codes == {path.stem[:4]}
