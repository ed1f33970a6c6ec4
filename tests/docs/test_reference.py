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
    sources = (ROOT / "src" / "netinspect").rglob("*.py")
    raised = {code for path in sources for code in re.findall(r'"(E\d{3})"', path.read_text(encoding="utf-8"))}
    documented = re.findall(r"^\| (E\d{3}) \|", page("language.md"), re.MULTILINE)
    assert documented == sorted(raised)


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
