"""The JSON of `compare` is what docs/compare.schema.json says, and the schema says all of it."""

import json
import subprocess
import sys

import jsonschema
import pytest

from tests.docs.examples import ROOT

SCHEMA = json.loads((ROOT / "docs" / "compare.schema.json").read_text(encoding="utf-8"))
MODEL = json.loads((ROOT / "docs" / "summary.schema.json").read_text(encoding="utf-8"))
RUNS = {
    "one": ["unet"],
    "layers": ["--layer", "Conv1d(4, kernel_size=3)", "--input", "2,9", "--layer", "ReLU"],
    "measured": ["--layer", "Conv1d(4, kernel_size=3)", "--input", "2,9", "--measure", "--backward"],
    "skipped": ["lenet", "--measure", "--measure-limit", "1KiB"],
    "several": ["resnet18", "lenet", "gpt2", "--per-layer"],
    "baseline": ["--baseline", "lenet5", "lenet", "--fail-on-increase", "saved_activation_bytes"],
}


@pytest.fixture(scope="module")
def documents():
    program = [sys.executable, "-m", "netinspect", "compare", "--format", "json"]
    return {
        name: json.loads(subprocess.run([*program, *run], capture_output=True, check=False).stdout)
        for name, run in RUNS.items()
    }


@pytest.mark.parametrize("name", RUNS)
def test_every_document_is_what_the_schema_says(documents, name):
    jsonschema.validate(documents[name], SCHEMA)


@pytest.mark.parametrize("name", RUNS)
def test_every_model_is_what_the_schema_of_summary_says(documents, name):
    schema = {"$ref": "#/$defs/model", "$defs": MODEL["$defs"]}
    for model in documents[name]["models"]:
        jsonschema.validate({k: v for k, v in model.items() if k not in ("label", "results")}, schema)


def undescribed(value, schema, place=""):
    """Fields of a document that its schema does not name."""
    while "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    if "oneOf" in schema:
        return [] if value is None else undescribed(value, schema["oneOf"][0], place)
    if isinstance(value, list):
        return [name for item in value for name in undescribed(item, schema["items"], f"{place}[]")]
    if not isinstance(value, dict) or place == ".models[]":
        return []
    known, rest = schema.get("properties", {}), schema.get("additionalProperties")
    found = [f"{place}.{key}" for key in value if key not in known and rest is None]
    inner = [(key, known.get(key, rest)) for key in value if key in known or rest is not None]
    return found + [name for key, own in inner for name in undescribed(value[key], own, f"{place}.{key}")]


@pytest.mark.parametrize("name", RUNS)
def test_every_field_is_in_the_schema(documents, name):
    assert undescribed(documents[name], SCHEMA) == []


def test_a_fraction_is_refused(documents):
    wrong = json.loads(json.dumps(documents["one"]))
    wrong["alternatives"][0]["layers"][0]["convolution"]["params"] = 1.5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)


def test_every_part_of_the_schema_is_met(documents):
    met = json.dumps(list(documents.values()))
    for name, part in SCHEMA["$defs"].items():
        for key in part.get("properties", {}):
            assert f'"{key}":' in met, (name, key)
