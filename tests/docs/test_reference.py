"""The reference pages leave nothing out: every option, column, message and JSON field is in them."""

import json
import re
import subprocess
import sys

import jsonschema
import pytest
import typer.main

from netinspect.cli.main import app
from netinspect.report.columns import BY_NAME
from tests.docs.examples import ROOT

COMMANDS = typer.main.get_command(app).commands
SCHEMA = json.loads((ROOT / "docs" / "summary.schema.json").read_text(encoding="utf-8"))


def page(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_every_command_is_documented(command):
    options = [option for parameter in COMMANDS[command].params for option in parameter.opts if option[:2] == "--"]
    text = page("commands.md")
    assert [option for option in options if option not in text] == []


def test_every_column_is_documented():
    listed = re.search(r"`--columns` takes `([^`]*)`", page("commands.md"))[1].split()
    assert listed == list(BY_NAME)


def test_every_message_a_spec_can_get_is_documented_and_none_else():
    sources = (path for path in (ROOT / "src" / "netinspect").rglob("*.py") if path.name != "codes.py")
    code = re.compile(r'(?<!< )"([EWN]\d{3})"')  # and not the bound between mistakes and failed checks
    raised = {found for path in sources for found in code.findall(path.read_text(encoding="utf-8"))}
    documented = re.findall(r"^\| \[?([EWN]\d{3})\b", page("findings.md"), re.MULTILINE)
    assert sorted(documented) == documented
    assert sorted(raised - set(documented)) == []
    assert sorted(set(documented) - raised) == []


def summary_of(*names):
    command = [sys.executable, "-m", "netinspect", "summary", *names, "--format", "json"]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def test_the_json_of_summary_is_what_its_schema_says():
    jsonschema.validate(summary_of("mlp", "resnet18", "gpt2", "diffusion_unet", "bilstm", "vit_b_16"), SCHEMA)
    jsonschema.validate(summary_of("resnet18", "--like", "fvcore"), SCHEMA)


def test_the_schema_describes_every_field_of_the_json():
    described = SCHEMA["$defs"]
    (model,) = summary_of("mlp", "--like", "torchinfo")["models"]
    assert set(model) == set(described["model"]["properties"])
    assert set(model["totals"]) == set(described["totals"]["properties"])
    assert set(model["layers"][0]) == set(described["layer"]["properties"])


def test_the_schema_refuses_a_count_that_is_no_whole_number():
    document = summary_of("mlp")
    document["models"][0]["totals"]["macs"] = 1.5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)
