"""The shipped JSON Schema takes every sound spec, refuses every file of `wrong/`, and knows every argument."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from netinspect.catalogue import ENTRIES, LAYERS
from netinspect.errors import SpecError
from netinspect.language import preprocess
from netinspect.language.fields import DTYPE_ALIASES, DTYPES
from netinspect.language.front_ends import TABLES
from netinspect.language.inputs import AXES
from netinspect.language.parse import KEYS
from netinspect.network import elaborate_file, open_spec
from netinspect.reading import networks_of
from netinspect.reference import SCHEMA_FILE, shipped_schema
from netinspect.reference.examples import example_call, example_spec
from netinspect.reference.schema import STEPS, schema
from tests.catalogue.layer_strategies import values
from tests.docs.examples import PAGES, blocks

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "src" / "netinspect" / SCHEMA_FILE
GALLERY = sorted((ROOT / "specs").glob("*.yaml"))
WRONG = sorted((Path(__file__).parent / "wrong").glob("*.yaml"))
SCHEMA = schema()
VALIDATOR = Draft7Validator(SCHEMA)


def check_jsonschema(files):
    """The files that check-jsonschema finds wrong, and its exit code."""
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(SHIPPED), "--output-format", "json"]
    result = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=False)
    report = json.loads(result.stdout)
    assert report.get("parse_errors", []) == []
    return {Path(error["filename"]).name for error in report.get("errors", [])}, result.returncode


def is_valid(text):
    return VALIDATOR.is_valid(YAML(typ="safe", pure=True).load(text))


def test_the_schema_is_a_schema_and_is_shipped():
    Draft7Validator.check_schema(SCHEMA)
    assert json.loads(shipped_schema()) == SCHEMA


def test_every_network_of_the_gallery_is_valid():
    assert check_jsonschema(GALLERY) == (set(), 0)


def test_every_wrong_file_is_invalid():
    assert check_jsonschema(WRONG) == ({path.name for path in WRONG}, 1)


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_what_the_schema_refuses_the_tool_refuses_too(path):
    with pytest.raises(SpecError):
        [elaborate_file(network) for network in networks_of(open_spec(path))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_spec_of_the_documents_is_valid(page):
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.kind == "yaml":
            assert is_valid(block.text), block.text


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_the_example_of_every_entry_is_valid(entry):
    assert is_valid(example_spec(entry))


# --- the long form -------------------------------------------------------------------------------


def long_form(entry):
    """The entry's example with every argument by its name, worked-out sizes too."""
    call, _ = example_call(entry)
    names = {argument.name for argument in entry.arguments}
    return {entry.name: {name: listed(value) for name, value in call.arguments.items() if name in names}}


def listed(value):
    return [listed(item) for item in value] if isinstance(value, tuple) else value


def spec_with(line):
    return {"input": [4], "layers": [line]}


@pytest.mark.parametrize("entry", LAYERS.values(), ids=LAYERS)
def test_a_layer_in_the_long_form_is_valid_with_its_arguments_and_with_no_other(entry):
    line = long_form(entry)
    assert VALIDATOR.is_valid(spec_with(line))
    assert VALIDATOR.is_valid(spec_with({"named(prev)": line}))
    line[entry.name]["kernal_size"] = 3
    assert not VALIDATOR.is_valid(spec_with(line))
    assert not VALIDATOR.is_valid(spec_with({"named": line}))


@pytest.mark.parametrize("entry", LAYERS.values(), ids=LAYERS)
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_a_kind_accepts_the_schema_accepts(entry, data):
    forms = SCHEMA["definitions"][f"layer.{entry.name}"]
    mapping = next(form for form in forms.get("anyOf", [forms]) if form.get("type") == "object")
    for argument in entry.arguments:
        one = Draft7Validator({**mapping["properties"][argument.name], "definitions": SCHEMA["definitions"]})
        value = data.draw(values(argument.kind))
        assert one.is_valid(listed(value)), (argument.name, value)
        assert one.is_valid("2 * width")
        assert mapping["properties"][argument.name]["description"]


def test_an_argument_that_is_needed_is_required():
    by_name, listed = SCHEMA["definitions"]["layer.Conv2d"]["anyOf"]
    assert by_name["required"] == ["out_channels", "kernel_size"]
    assert (listed["minItems"], listed["maxItems"]) == (2, 9)
    assert VALIDATOR.is_valid(spec_with({"Conv2d": [3, 16, 3, 1, 1]}))
    assert VALIDATOR.is_valid(spec_with({"MaxPool2d": [3, 2]}))
    assert VALIDATOR.is_valid(spec_with({"ReLU": None}))
    assert VALIDATOR.is_valid(spec_with({"Linear": 10}))
    assert not VALIDATOR.is_valid(spec_with({"Linear": True}))


# --- what the schema repeats of the language --------------------------------------------------------


def test_the_keys_are_the_languages():
    assert tuple(SCHEMA["properties"]) == KEYS
    assert all("description" in value or "$ref" in value for value in SCHEMA["properties"].values())


def test_preprocessing_and_inputs_have_the_languages_words():
    assert set(STEPS) == set(preprocess._STEPS)
    assert set(TABLES) == {name for name, read in preprocess._STEPS.items() if read is None}
    for table in ("stft", "log_mel"):
        assert set(STEPS[table]["properties"]) - {"like"} == set(TABLES[table])
    for text, is_right in [
        ("stft: {n_fft: 400, hop_length: 160}", True), ("stft: {n_fft: 400}", False), ("stft: {like: kaldi}", False),
        ("frame: samples", True), ("frame: 0", False), ("log_mel: {like: whisper, n_mels: bands}", True),
        ("log_mel: {like: whisper}", True), ("log_mel: {like: whisper, n_mels: 128, top_db: none}", True),
        ("log_mel: {n_mels: 128}", False), ("log_mel: {like: wav2vec2}", False),
        ("normalize: frame", True), ("normalize: {like: wav2vec2}", True), ("normalize: {like: whisper}", False),
    ]:  # fmt: skip
        assert is_valid(f"{{input: {{shape: [1], preprocess: {{{text}}}}}, layers: [Flatten]}}") == is_right, text
    long = next(form for form in SCHEMA["definitions"]["input"]["anyOf"] if "shape" in form.get("properties", {}))
    assert long["properties"]["dtype"]["enum"] == [*DTYPES, *DTYPE_ALIASES]
    assert any(form.get("propertyNames") == {"enum": list(AXES)} for form in SCHEMA["definitions"]["input"]["anyOf"])
