"""JSON, CSV and Markdown: for programs, spreadsheets and READMEs."""

import csv as standard_csv
import io
import json as standard_json
from dataclasses import replace

import pytest

from netinspect.analysis.profile import profile
from netinspect.network.load import load
from netinspect.report import csv, json, markdown
from netinspect.report.lines import layout
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


def document(*profiles):
    return standard_json.loads(json.document(profiles, version="0.1.0"))


def test_json_has_the_fields_of_the_contract():
    whole = document(small())
    assert (whole["format_version"], whole["netinspect"], whole["command"]) == ("1.0", "0.1.0", "summary")
    (model,) = whole["models"]
    assert {"name", "source", "variant", "inputs", "totals", "status", "layers"} <= model.keys()
    assert model["inputs"] == [{"name": "input", "shape": [1, 1, 12, 12], "dtype": "float32"}]
    assert set(TOTALS) <= model["totals"].keys()
    assert all(set(LAYER) <= layer.keys() for layer in model["layers"])


def test_json_of_a_row():
    conv, *_ = document(small())["models"][0]["layers"]
    assert {name: conv[name] for name in LAYER} == {
        "path": "conv", "type": "Conv2d", "scope": "", "from": ["input"], "output_shape": [1, 6, 8, 8],
        "output_dtype": "float32", "params": 156, "params_formula": "6·(1·5·5 + 1)", "macs": 9_600,
        "macs_formula": "6·8·8·(1·5·5)", "receptive_field": [5, 5], "shared_with": None, "line": 3,
    }  # fmt: skip


def test_json_never_folds_and_is_ascii():
    whole = profile(load("resnet152"))
    text = json.document([whole], version="0.1.0")
    assert text.isascii()
    assert len(standard_json.loads(text)["models"][0]["layers"]) == len(whole.rows)


def test_json_global_receptive_fields_are_a_word():
    assert document(small())["models"][0]["layers"][-1]["receptive_field"] == "global"


def test_json_shapes_carry_the_batch():
    whole = profile(layers("- Linear(2)", "[4]", batch_size=8))
    assert document(whole)["models"][0]["layers"][0]["output_shape"] == [8, 2]


def read(text):
    return list(standard_csv.DictReader(io.StringIO(text)))


def test_csv_has_a_line_for_every_row_in_plain_digits():
    whole = profile(load("resnet152"))
    lines = read(csv.document([whole], layout().columns))
    assert [line["path"] for line in lines] == [row.path for row in whole.rows]
    assert sum(int(line["params"]) for line in lines) == whole.totals.params
    assert sum(int(line["macs"]) for line in lines) == whole.totals.macs


def test_csv_of_all_columns_has_exact_bytes():
    (conv, *_) = read(csv.document([small()], layout(everything=True).columns))
    assert (conv["memory"], conv["params_how"], conv["sees"], conv["from"]) == ("1536", "6·(1·5·5 + 1)", "5×5", "input")


def test_csv_of_several_networks_names_each():
    lines = read(csv.document([small(), profile(load("resnet50"))], layout().columns))
    assert {line["model"] for line in lines} == {small().name, "resnet50"}


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@SUM(A1)"])
def test_csv_holds_no_formula(name):
    (line, *_) = read(csv.document([replace(small(), name=name)], layout().columns))
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
        whole = [profile(load("unet"))]
        if form == "json":
            return json.document(whole, version="1")
        return csv.document(whole, layout().columns) if form == "csv" else markdown.document(whole, layout())

    assert write() == write()
