"""The documents of every command are what their schemas say, and the schemas say all of it and nothing else."""

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from safetensors.numpy import save_file

from netinspect.cli import verify as verify_command
from netinspect.reference.document_schemas import COMMANDS, document_schema, document_schema_text
from netinspect.report.json import document as envelope
from netinspect.torch_backend.verify import Difference, Verification
from tests.cli.running import run_here

CHECKED = """\
input: [4]
layers: [Linear(8), Linear(2)]
expect: {params: 1, macs: 48, output: [3]}
budget: {params: 1, macs: 1k, param_memory: 1KiB, peak_memory: 1B}
"""
BROKEN = """\
input: [4]
vars: {width: 3}
variants: {narrow: {width: 0}}
layers: [Linear(width)]
"""
FIXABLE = "input: [5, 8]\nlayers:\n  - lstm: LSTM(4, dropout=0.5, batch_first=True)\n"
SMALLER = "input: [4]\nlayers: [Linear(8), Linear(1)]\n"
BILINEAR = "inputs: {a: [4], b: [5]}\nlayers:\n  - both(a, b): Bilinear(2)\n"
FILES = {
    "checked.yaml": CHECKED,
    "broken.yaml": BROKEN,
    "fixable.yaml": FIXABLE,
    "bilinear.yaml": BILINEAR,
    "notes.yaml": "just: notes\n",
}
RUNS = {
    "summary": [
        ["mlp", "toy_cnn", "bilstm"],
        ["toy_cnn", "--like", "fvcore"],
        ["specs/checked.yaml", "specs/broken.yaml:narrow", "specs/nowhere.yaml", "specs/fixable.yaml"],
    ],
    "compare": [
        ["lenet"],
        ["--layer", "Conv1d(4, kernel_size=3)", "--input", "2,9", "--layer", "ReLU"],
        ["--layer", "Conv1d(4, kernel_size=3)", "--input", "2,9", "--measure", "--backward"],
        ["lenet", "--measure", "--measure-limit", "1KiB"],
        ["toy_cnn", "lenet", "mlp", "--per-layer"],
        ["--baseline", "lenet5", "lenet", "--fail-on-increase", "saved_activation_bytes"],
        ["specs/broken.yaml:narrow", "specs/fixable.yaml", "specs/checked.yaml"],
    ],
    "verify": [
        ["specs/checked.yaml", "specs/broken.yaml", "specs/bilinear.yaml", "specs/fixable.yaml"],
        ["specs/checked.yaml", "--weights", "weights.safetensors", "--partial"],
    ],
    "check": [
        ["specs"],
        ["specs/fixable.yaml", "specs/bilinear.yaml"],
        ["specs", "--baseline", "base.json", "--fail-on-increase", "params", "--input-shape", "4"],
        ["specs/checked.yaml", "--baseline", "base.json", "--fail-on-increase", "params"],
        ["specs/nowhere.yaml"],
    ],
}


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """What each command wrote: of good and broken specs, over budget, against a baseline."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "specs").mkdir()
    for name, text in FILES.items():
        (folder / "specs" / name).write_text(text)
    (folder / "earlier.yaml").write_text(SMALLER)
    stored = run_here("summary", "earlier.yaml", "lenet", "--format", "json", cwd=folder)
    (folder / "base.json").write_text(stored.stdout.replace("earlier.yaml", "specs/checked.yaml"))
    weights = {"0.weight": np.zeros((8, 4), np.float32), "module.odd": np.zeros(3, np.float32)}
    save_file(weights, str(folder / "weights.safetensors"))
    results = {
        command: [run_here(command, *words, "--format", "json", cwd=folder) for words in runs]
        for command, runs in RUNS.items()
    }
    written = {command: [json.loads(r.stdout) for r in runs if r.stdout] for command, runs in results.items()}
    return {**written, "verify": [*written["verify"], differing()]}


def differing():
    """The document of a network that torch sees otherwise, which no sound installation has."""
    difference = Difference("fc", "macs", "12", "13", "FlopCounterMode")
    verification = Verification("n", "n.yaml", None, (1, 2), 1, 0, 15, 12, 1, (difference,), ())
    return json.loads(envelope("verify", (), models=[verify_command.model(replace(verification), None)]))


def strict(schema):
    """The schema, refusing every field that it does not name."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: strict(value) for key, value in schema.items()}
    return {**inner, "additionalProperties": False} if isinstance(schema.get("properties"), dict) else inner


@pytest.mark.parametrize("command", COMMANDS)
def test_every_document_is_what_its_schema_says_and_has_no_other_field(documents, command):
    schema = strict(document_schema(command))
    jsonschema.Draft202012Validator.check_schema(schema)
    for document in documents[command]:
        jsonschema.validate(document, schema)


def described(schema, place="the document"):
    """Every field that a schema names, with the part it is named in."""
    for key, value in schema.items() if isinstance(schema, dict) else ():
        if key == "$defs":
            for name, part in value.items():
                yield from described(part, name)
        elif key == "properties":
            for name, inner in value.items():
                yield place, name
                yield from described(inner, f"{place}.{name}")
        elif isinstance(value, dict):
            yield from described(value, place)
        elif isinstance(value, list):
            for item in value:
                yield from described(item, place)


def met(value, schema, definitions, place="the document"):
    """The fields that a value has, as `described` names them."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from met(value, definitions[name], definitions, name)
        return
    for choice in schema.get("oneOf", ()):
        if jsonschema.Draft202012Validator({**choice, "$defs": definitions}).is_valid(value):
            yield from met(value, choice, definitions, place)
    if isinstance(value, list):
        for item in value:
            yield from met(item, schema.get("items", {}), definitions, place)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in schema.get("properties", {}):
                yield place, key
                yield from met(item, schema["properties"][key], definitions, f"{place}.{key}")
            elif isinstance(schema.get("additionalProperties"), dict):
                yield from met(item, schema["additionalProperties"], definitions, place)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_field_of_a_schema_is_in_some_document(documents, command):
    schema = document_schema(command)
    seen = {field for document in documents[command] for field in met(document, schema, schema["$defs"])}
    assert sorted(set(described(schema)) - seen) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_schema_holds_no_part_that_it_does_not_use(command):
    text = document_schema_text(command)
    assert all(f'"#/$defs/{name}"' in text for name in document_schema(command)["$defs"])


def test_the_good_the_broken_and_what_is_found_stand_in_one_document(documents):
    document = documents["check"][0]
    assert [(m["source"], m["variant"]) for m in document["models"]] == [
        ("specs/bilinear.yaml", None),
        ("specs/broken.yaml", None),
        ("specs/checked.yaml", None),
        ("specs/fixable.yaml", None),
    ]
    assert document["broken"] == [{"source": "specs/broken.yaml", "variant": "narrow"}]
    assert document["findings"][0]["variants"] == ["narrow"]
    errors = sum(finding["severity"] == "error" for finding in document["findings"])
    assert document["counts"]["files"] == 4
    assert document["counts"]["passed_over"] == 1
    assert (document["counts"]["networks"], document["counts"]["errors"]) == (5, errors)


def test_a_document_without_what_must_be_there_is_refused(documents):
    for command in COMMANDS:
        document = dict(documents[command][0])
        del document["findings"]
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document, document_schema(command))


def test_a_fraction_is_refused(documents):
    wrong = json.loads(json.dumps(documents["compare"][0]))
    wrong["alternatives"][0]["layers"][0]["convolution"]["params"] = 1.5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, document_schema("compare"))


def test_a_finding_of_an_unknown_severity_is_refused(documents):
    for command in COMMANDS:
        findings = next(document["findings"] for document in documents[command] if document["findings"])
        wrong = {**documents[command][0], "findings": [{**findings[0], "severity": "fatal"}]}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, document_schema(command))


def test_networks_of_every_kind_are_what_the_schema_says():
    result = run_here("summary", "resnet18", "gpt2", "diffusion_unet", "bilstm", "vit_b_16", "--format", "json")
    jsonschema.validate(json.loads(result.stdout), document_schema("summary"))
