"""JSON, CSV and Markdown: for programs, spreadsheets and READMEs."""

import csv as standard_csv
import io
import json as standard_json
from dataclasses import replace

import pytest

from netinspect.analysis.profile import profile
from netinspect.language import Source
from netinspect.network.load import load, spec_file
from netinspect.reading import Settings, read, read_file
from netinspect.report import csv, json, markdown
from netinspect.report.columns import layout
from netinspect.version import VERSION
from tests.network.building import layers, network

TOTALS = [
    "params", "trainable_params", "frozen_params", "shared_params", "buffers", "macs", "flops", "flop_buckets",
    "param_bytes", "buffer_bytes", "input_bytes", "peak_activation_bytes", "saved_activation_bytes",
    "receptive_field", "layers", "depth",
]  # fmt: skip
LAYER = [
    "path", "type", "scope", "from", "output_shape", "output_dtype", "params", "params_formula", "macs",
    "macs_formula", "receptive_field", "shared_with", "line",
]  # fmt: skip


def small(**options):
    return profile(layers("- conv: Conv2d(6, kernel_size=5)\n- Flatten\n- Linear(10)", "[1, 12, 12]"), **options)


SMALL = """\
input: [1, 12, 12]
layers:
  - conv: Conv2d(6, kernel_size=5)
  - Flatten
  - Linear(10)
"""


def reading(text=SMALL, **settings):
    return read_file("net.yaml", spec_file(Source.from_bytes("net.yaml", text.encode())), Settings(**settings))


def document(*readings):
    return standard_json.loads(json.summary(readings or (reading(),)))


def test_json_has_the_fields_of_the_contract():
    whole = document()
    assert list(whole) == ["format_version", "netinspect", "command", "findings", "models"]
    assert (whole["format_version"], whole["netinspect"], whole["command"]) == ("1.1", VERSION, "summary")
    assert whole["findings"] == []
    (model,) = whole["models"]
    assert {"name", "source", "variant", "inputs", "totals", "status", "layers"} <= model.keys()
    assert (model["expect"], model["budget"]) == (None, None)
    assert model["inputs"] == [{"name": "input", "shape": [1, 1, 12, 12], "dtype": "float32"}]
    assert set(TOTALS) <= model["totals"].keys()
    assert all(set(LAYER) <= layer.keys() for layer in model["layers"])


def test_json_of_a_row():
    conv, *_ = document()["models"][0]["layers"]
    assert {name: conv[name] for name in LAYER} == {
        "path": "conv", "type": "Conv2d", "scope": "", "from": ["input"], "output_shape": [1, 6, 8, 8],
        "output_dtype": "float32", "params": 156, "params_formula": "6·(1·5·5 + 1)", "macs": 9_600,
        "macs_formula": "6·8·8·(1·5·5)", "receptive_field": [5, 5], "shared_with": None, "line": 3,
    }  # fmt: skip


def test_json_never_folds_and_is_ascii():
    text = json.summary([read("resnet152", Settings())])
    assert text.isascii()
    assert len(standard_json.loads(text)["models"][0]["layers"]) == len(profile(load("resnet152")).rows)


def test_json_global_receptive_fields_are_a_word():
    assert document()["models"][0]["layers"][-1]["receptive_field"] == "global"


def test_json_shapes_carry_the_batch():
    whole = document(reading("input: [4]\nlayers: [Linear(2)]\n", batch_size=8))
    assert whole["models"][0]["layers"][0]["output_shape"] == [8, 2]


def test_json_of_a_broken_spec_has_its_mistakes_and_the_other_networks():
    broken = reading("input: [4]\nlayers:\n  - Linear(2, bais=False)\n  - Linaer(3)\n")
    whole = document(broken, reading())
    assert [model["totals"]["params"] for model in whole["models"]] == [4_006]
    first, second = whole["findings"]
    assert first == {
        "code": "E201", "severity": "error", "file": "net.yaml", "line": 3, "column": 15, "end_line": 3,
        "end_column": 25, "message": "`Linear` has no argument `bais`",
        "notes": ["it takes in_features, out_features, bias"],
        "help": "did you mean `bias`? Then write `- Linear(2, bias=False)`",
        "variant": None, "variants": [None], "fix": [],
    }  # fmt: skip
    assert (second["code"], second["line"]) == ("E101", 4)


def test_json_of_a_spec_that_is_not_there():
    (finding,) = document(read("nowhere.yaml", Settings()))["findings"]
    assert (finding["code"], finding["severity"], finding["file"]) == ("E019", "error", "nowhere.yaml")
    assert (finding["line"], finding["column"], finding["end_line"], finding["end_column"]) == (None,) * 4


CHECKED = """\
input: [4]
layers:
  - a: Linear(8)
  - ReLU
  - b: Linear(2)
expect:
  params: 59
  macs: 48
  output: [2]
budget:
  params: 50
  macs: 1k
  param_memory: 232B
"""


def test_json_says_what_is_expected_and_what_it_is():
    whole = document(reading(CHECKED))
    (model,) = whole["models"]
    assert model["expect"] == {
        "params": {"expected": 59, "actual": 58, "met": False},
        "macs": {"expected": 48, "actual": 48, "met": True},
        "outputs": [{"name": None, "expected": [2], "actual": [2], "met": True}],
    }
    assert model["budget"] == {
        "params": {"most": 50, "actual": 58, "met": False},
        "macs": {"most": 1000, "actual": 48, "met": True},
        "param_memory": {"most": 232, "actual": 232, "met": True},
    }
    assert [(finding["code"], finding["line"]) for finding in whole["findings"]] == [("E601", 7), ("E603", 11)]


def test_json_names_the_output_that_is_expected():
    text = "input: [4]\nlayers:\n  - a: Linear(8)\n  - b: Linear(2)\noutputs: [a, b]\n"
    (model,) = document(reading(text + "expect: {output: {b: [3], a: [8]}}\n"))["models"]
    assert model["expect"] == {
        "outputs": [
            {"name": "b", "expected": [3], "actual": [2], "met": False},
            {"name": "a", "expected": [8], "actual": [8], "met": True},
        ]
    }


def test_json_does_not_check_one_samples_macs_on_a_batch():
    (model,) = document(reading(CHECKED.replace("59", "58").replace("params: 50", "params: 58"), batch_size=8))[
        "models"
    ]
    assert model["expect"].keys() == {"params", "outputs"}


@pytest.mark.parametrize(
    "override", [{"assignments": (("n", "9"),)}, {"input_shapes": (("", (5,)),)}], ids=["set", "input-shape"]
)
def test_json_of_an_override_checks_nothing(override):
    text = "vars: {n: 8}\n" + CHECKED.replace("Linear(8)", "Linear(n)")
    whole = document(reading(text, **override))
    (model,) = whole["models"]
    assert (model["expect"], model["budget"]) == (None, None)
    assert [finding for finding in whole["findings"] if finding["severity"] == "error"] == []


def read_csv(text):
    return list(standard_csv.DictReader(io.StringIO(text)))


def test_csv_has_a_line_for_every_row_in_plain_digits():
    whole = profile(load("resnet152"))
    lines = read_csv(csv.document([whole], layout().columns))
    assert [line["path"] for line in lines] == [row.path for row in whole.rows]
    assert sum(int(line["params"]) for line in lines) == whole.totals.params
    assert sum(int(line["macs"]) for line in lines) == whole.totals.macs


def test_csv_of_all_columns_has_exact_bytes():
    (conv, *_) = read_csv(csv.document([small()], layout(everything=True).columns))
    assert (conv["memory"], conv["params_how"], conv["sees"], conv["from"]) == ("1536", "6·(1·5·5 + 1)", "5×5", "input")


def test_csv_of_several_networks_names_each():
    lines = read_csv(csv.document([small(), profile(load("resnet50"))], layout().columns))
    assert {line["model"] for line in lines} == {small().name, "resnet50"}


def test_csv_names_the_file_and_the_variant():
    lines = read_csv(csv.document([profile(load("resnet50")), small()], layout().columns))
    assert list(lines[0])[:4] == ["model", "source", "variant", "path"]
    assert {(line["source"], line["variant"]) for line in lines} == {("resnet.yaml", "resnet50"), ("net.yaml", "")}


@pytest.mark.parametrize("field", ["source", "variant"])
def test_csv_holds_no_formula_in_the_name_of_a_file(field):
    (line, *_) = read_csv(csv.document([replace(small(), **{field: "=cmd()"})], layout().columns))
    assert line[field] == "'=cmd()"


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@SUM(A1)"])
def test_csv_holds_no_formula(name):
    (line, *_) = read_csv(csv.document([replace(small(), name=name)], layout().columns))
    assert line["model"] == f"'{name}"


def test_markdown_is_a_table_with_right_aligned_numbers():
    lines = markdown.document([small()], layout()).splitlines()
    assert lines[2:5] == [
        "| layer | type | output | params | MACs |",
        "| --- | --- | --- | ---: | ---: |",
        "| conv | Conv2d | 6×8×8 | 156 | 9,600 |",
    ]


def test_markdown_escapes_what_a_spec_says():
    net = network("name: 'a|b `c` <script> *d* [e](f) # _g_'\ninput: [4]\nlayers: [Linear(2)]")
    heading = markdown.document([profile(net)], layout()).splitlines()[0]
    assert r"a\|b \`c\` &lt;script&gt; \*d\* \[e\](f) \# \_g\_" in heading


def test_markdown_indents_and_folds_like_the_table():
    text = markdown.document([profile(load("resnet152"))], layout())
    assert "| &nbsp;&nbsp;1 – 35 | 35 × Bottleneck |" in text


@pytest.mark.parametrize("form", ["json", "csv", "markdown"])
def test_two_runs_are_byte_identical(form):
    def write():
        if form == "json":
            return json.summary([read("unet", Settings())])
        whole = [profile(load("unet"))]
        return csv.document(whole, layout().columns) if form == "csv" else markdown.document(whole, layout())

    assert write() == write()
