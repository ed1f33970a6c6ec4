"""The exit code is the worst of what was found, wherever it stands: good 0, an unmet check 1, a mistake 2."""

import itertools
import json

import pytest

from netinspect.cli.main import main

GOOD = "input: [4]\nlayers:\n  - Linear(2)\n"
FILES = {0: GOOD, 1: GOOD + "expect: {params: 7}\n", 2: "input: [4]\nlayers:\n  - Linaer(2)\n"}
COMMANDS = [
    ["summary"],
    ["verify"],
    ["check"],
    ["summary", "--format", "json"],
    ["check", "--format", "json"],
]


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for code, text in FILES.items():
        (tmp_path / f"{code}.yaml").write_text(text)


def code_of(capsys, *arguments):
    code = main(list(arguments))
    capsys.readouterr()
    return code


@pytest.mark.parametrize("codes", [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1), (0, 1, 2), (2, 1, 0), (0, 0)])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_worst_of_several(files, command, codes, capsys):
    assert code_of(capsys, *command, *(f"{code}.yaml" for code in codes)) == max(codes)


@pytest.mark.parametrize("codes", list(itertools.permutations(FILES, 2)))
def test_the_worse_of_two_compared(files, codes, capsys):
    assert code_of(capsys, "compare", *(f"{code}.yaml" for code in codes)) == max(codes)


def test_json_of_an_unmet_expectation_is_printed(files, capsys):
    assert main(["summary", "1.yaml", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["models"][0]["totals"]["params"] == 10
    assert [finding["severity"] for finding in document["findings"]] == ["error"]


UNCOUNTED = "import torch\n\n\nclass Twice(torch.nn.Module):\n    def forward(self, x):\n        return x @ x.T @ x\n"


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--strict",), 1)])
def test_what_is_not_counted_fails_where_that_is_asked_for(files, tmp_path, options, code, capsys):
    (tmp_path / "twice.py").write_text(UNCOUNTED)
    (tmp_path / "net.yaml").write_text("input: [4]\nlayers:\n  - Twice\n")
    assert code_of(capsys, "summary", "net.yaml", "--custom-layers", "twice.py", *options) == code
