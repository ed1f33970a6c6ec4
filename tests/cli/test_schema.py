"""`netinspect schema`: the shipped schema on stdout or in a file."""

import json

import pytest

from netinspect.reference import shipped_schema
from netinspect.reference.document_schemas import COMMANDS, document_schema
from tests.cli.running import run_here


def test_it_prints_the_shipped_schema_and_nothing_else():
    result = run_here("schema")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == shipped_schema()
    assert json.loads(result.stdout)["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_it_writes_a_file(tmp_path):
    path = tmp_path / "netspec-1.schema.json"
    result = run_here("schema", "-o", path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert path.read_text(encoding="utf-8") == shipped_schema()


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    result = run_here("schema", "-o", tmp_path / "file" / "schema.json")
    assert result.returncode == 3
    assert "cannot write" in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_it_prints_the_schema_of_each_document(command):
    result = run_here("schema", "--of", command)
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout) == document_schema(command)
    assert result.stdout.isascii()


def test_what_has_no_schema_is_said():
    result = run_here("schema", "--of", "gallery")
    assert result.returncode == 2
    assert "'spec', 'summary', 'compare', 'verify', 'check'" in result.stderr
