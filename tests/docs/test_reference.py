"""The reference pages leave nothing out: every option, column, message and JSON field is in them."""

import json
import re
import subprocess
import sys

import jsonschema
import pytest
import typer.main

from netinspect.cli import main
from netinspect.report.columns import BY_NAME
from tests.docs.examples import ROOT

main._register(main.COMMANDS)
COMMANDS = typer.main.get_command(main.app).commands
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
    return json.loads(subprocess.run(command, capture_output=True, check=False).stdout)


def test_the_json_of_summary_is_what_its_schema_says():
    jsonschema.validate(summary_of("mlp", "resnet18", "gpt2", "diffusion_unet", "bilstm", "vit_b_16"), SCHEMA)
    jsonschema.validate(summary_of("resnet18", "--like", "fvcore"), SCHEMA)


CHECKED = """\
input: [4]
layers: [Linear(8), Linear(2)]
expect: {params: 1, macs: 48, output: [3]}
budget: {params: 1, macs: 1k, param_memory: 1KiB, peak_memory: 1B}
"""


@pytest.fixture
def checked(tmp_path):
    """A document of a spec whose checks fail, a broken one, and one that is not there."""
    (tmp_path / "checked.yaml").write_text(CHECKED)
    (tmp_path / "broken.yaml").write_text("input: [4]\nlayers:\n  - Linaer(4)\n  - Linear(4, bais=False)\n")
    return summary_of(*(str(tmp_path / name) for name in ("checked.yaml", "broken.yaml", "nowhere.yaml")))


def test_the_json_of_what_is_wrong_is_what_its_schema_says(checked):
    assert {finding["code"] for finding in checked["findings"]} == {"E601", "E603", "E101", "E201", "E019"}
    jsonschema.validate(checked, SCHEMA)
    described = SCHEMA["$defs"]
    assert all(set(finding) == set(described["finding"]["properties"]) for finding in checked["findings"])


def test_the_schema_describes_every_check(checked):
    described, (model,) = SCHEMA["$defs"], checked["models"]
    for name in ("expect", "budget"):
        (checks, nothing) = described["model"]["properties"][name]["oneOf"]
        assert nothing == {"type": "null"}
        assert set(model[name]) == set(checks["properties"])
    assert set(model["expect"]["params"]) == set(described["expected_count"]["properties"])
    assert set(model["expect"]["outputs"][0]) == set(described["expected_output"]["properties"])
    assert set(model["budget"]["params"]) == set(described["budgeted"]["properties"])


def test_a_finding_of_an_unknown_severity_is_refused(checked):
    checked["findings"][0]["severity"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(checked, SCHEMA)


def test_both_schemas_describe_a_finding_alike():
    compared = json.loads((ROOT / "docs" / "compare.schema.json").read_text(encoding="utf-8"))
    assert compared["$defs"]["finding"] == SCHEMA["$defs"]["finding"]


def test_the_schema_describes_every_field_of_the_json():
    described = SCHEMA["$defs"]
    document = summary_of("mlp", "--like", "torchinfo")
    assert set(document) == set(SCHEMA["properties"])
    (model,) = document["models"]
    assert set(model) == set(described["model"]["properties"])
    assert set(model["totals"]) == set(described["totals"]["properties"])
    assert set(model["layers"][0]) == set(described["layer"]["properties"])


def test_the_schema_refuses_a_count_that_is_no_whole_number():
    document = summary_of("mlp")
    document["models"][0]["totals"]["macs"] = 1.5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)
