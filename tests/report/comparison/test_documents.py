"""Comparisons as JSON and CSV: whole numbers, one form, nothing a spreadsheet would run."""

import csv as reader
import io
import json

from netinspect.analysis.comparison import Contender
from netinspect.analysis.equivalents import Cost, alternatives
from netinspect.analysis.profile import profile
from netinspect.errors import Diagnostic
from netinspect.findings import Finding
from netinspect.network import load
from netinspect.reading import Settings, read
from netinspect.report.comparison import csv
from netinspect.report.comparison import json as writer
from netinspect.report.comparison.alternatives import Item, items
from netinspect.report.json import summary


def contender(name):
    network = load(name)
    return Contender(name, profile(network), network.results)


def test_models_are_those_of_a_summary_and_more():
    resnet = read("resnet18", Settings())
    (found,) = json.loads(writer.document([resnet]))["models"]
    (expected,) = json.loads(summary([resnet]))["models"]
    assert found == {**expected, "label": "resnet18", "results": resnet.network.results}


def test_what_is_to_be_said_of_networks_and_of_their_rise_stands_in_one_list(tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text("input: [4]\nlayers: [Linear(2)]\nexpect: {params: 9}\n")
    rise = Finding(Diagnostic("E604", "params rose"), "error", None, "net.yaml")
    document = json.loads(writer.document([read(str(spec), Settings()), read("nowhere", Settings())], [rise]))
    assert (document["format_version"], document["command"]) == ("1.1", "compare")
    assert [finding["code"] for finding in document["findings"]] == ["E601", "E019", "E604"]
    assert len(document["models"]) == 1


def test_json_has_no_fractions_but_published_ones():
    layers = alternatives(load("lenet"))
    one = contender("lenet")
    text = writer.document([read("lenet", Settings())], **writer.alternatives([one], [layers], None))
    json.loads(text, parse_float=lambda number: (_ for _ in ()).throw(AssertionError(number)))
    assert text.isascii()
    assert text.endswith("}\n")


def test_csv_counts_are_digits():
    rows = list(reader.DictReader(io.StringIO(csv.alternatives(items(alternatives(load("lenet"))), formula=True))))
    assert rows[0]["fully_connected_params"] == "4821600"
    assert rows[0]["fully_connected_params_formula"] == "(1·32·32 + 1)·(6·28·28)"
    networks = list(reader.DictReader(io.StringIO(csv.networks([contender("resnet18"), contender("lenet")]))))
    assert [row["macs"] for row in networks] == ["1814073344", "406800"]
    assert [row["imagenet_top1"] for row in networks] == ["69.758", ""]


def test_nothing_in_csv_is_a_formula_of_a_spreadsheet():
    text = csv.alternatives([Item("=cmd()", Cost(1, "1", 2, "2", 4), None)])
    assert text.splitlines()[1].startswith("'=cmd()")
