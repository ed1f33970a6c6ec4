"""`netinspect summary` from outside: options, exit codes, streams."""

import json

import pytest

from netinspect.report.columns import BY_NAME, SORTABLE
from tests.cli.running import run_here

BROKEN = """\
name: Broken
input: [1, 12, 12]
layers:
  - conv: Conv2d(6, kernel_size=5)
  - Flatten
  - Linear(10)
  - BatchNorm2d
"""


def test_a_table_on_stdout_and_nothing_else(spec):
    result = run_here("summary", spec)
    assert (result.returncode, result.stderr) == (0, "")
    assert [line.split()[-2:] for line in result.stdout.splitlines()[3:6]] == [
        ["156", "9,600"],
        ["0", "0"],
        ["3,850", "3,840"],
    ]
    assert "4,006 parameters" in result.stdout


def test_one_json_document(spec):
    result = run_here("summary", spec, "--format", "json")
    (model,) = json.loads(result.stdout)["models"]
    assert (model["name"], model["totals"]["params"]) == ("Small", 4_006)


def test_the_format_from_the_environment(spec):
    assert run_here("summary", spec, env={"NETINSPECT_FORMAT": "csv"}).stdout.startswith("model,source,variant,path,")
    assert run_here("summary", spec, "--format", "table", env={"NETINSPECT_FORMAT": "csv"}).stdout.startswith("Small")


def test_several_specs_in_one_document(spec):
    result = run_here("summary", spec, "lenet5", "--format", "json")
    assert [model["name"] for model in json.loads(result.stdout)["models"]] == ["Small", "LeNet-5"]


def test_one_bad_spec_of_several(spec, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(BROKEN)
    table = run_here("summary", bad, spec)
    assert table.returncode == 2
    assert "4,006 parameters" in table.stdout
    for form in ("csv", "markdown"):
        document = run_here("summary", bad, spec, "--format", form)
        assert (document.returncode, document.stdout) == (2, "")


def test_json_of_several_holds_the_right_ones_and_what_is_wrong(spec, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(BROKEN)
    result = run_here("summary", bad, spec, "nowhere", f"{spec}:wide", "--format", "json")
    assert result.returncode == 2
    document = json.loads(result.stdout)
    assert [model["name"] for model in document["models"]] == ["Small"]
    found = [(finding["code"], finding["file"], finding["line"]) for finding in document["findings"]]
    assert found == [("E305", str(bad), 7), ("E019", "nowhere", None), ("E112", str(spec), None)]
    assert all(finding["message"] in result.stderr for finding in document["findings"])


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
def test_a_failing_layer_shows_the_rows_before_it_in_the_table_alone(tmp_path, form):
    bad = tmp_path / "bad.yaml"
    bad.write_text(BROKEN)
    result = run_here("summary", bad, "--format", form)
    assert result.returncode == 2
    assert f"{bad}:7:" in result.stderr
    assert "error[E305]" in result.stderr
    if form == "json":
        assert json.loads(result.stdout)["models"] == []
    else:
        assert ("conv" in result.stdout) == (form == "table")
        assert "parameters" not in result.stdout


def test_expect_that_is_not_met_exits_1_and_shows_the_table(spec):
    spec.write_text(spec.read_text() + "expect: {params: 4_000}\n")
    result = run_here("summary", spec)
    assert result.returncode == 1
    assert "4,006 parameters" in result.stdout
    assert "error[E601]: params is 4,006, and not 4,000 as expected" in result.stderr
    assert f"{spec}:7:" in result.stderr
    assert run_here("summary", spec, "--exit-zero").returncode == 0
    (model,) = json.loads(run_here("summary", spec, "--format", "json").stdout)["models"]
    assert model["expect"] == {"params": {"expected": 4_000, "actual": 4_006, "met": False}}


def test_a_budget_that_is_exceeded_exits_1(spec):
    spec.write_text(spec.read_text() + "budget: {params: 4k}\n")
    result = run_here("summary", spec, "--format", "json")
    assert result.returncode == 1
    document = json.loads(result.stdout)
    assert [(finding["code"], finding["line"]) for finding in document["findings"]] == [("E603", 7)]
    assert document["models"][0]["budget"] == {"params": {"most": 4_000, "actual": 4_006, "met": False}}
    assert run_here("summary", spec, "--exit-zero").returncode == 0


@pytest.mark.parametrize("override", [("--set", "n=9"), ("--input-shape", "1,16,16")])
def test_an_override_switches_expect_off_with_a_note(spec, override):
    spec.write_text("vars: {n: 6}\n" + spec.read_text().replace("Conv2d(6", "Conv2d(n") + "expect: {params: 1}\n")
    result = run_here("summary", spec, *override)
    assert result.returncode == 0
    assert "note[N003]" in result.stderr
    assert "overridden: `expect` and `budget` are not checked" in result.stderr


def test_a_variant_of_a_file(tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text("vars: {n: 2}\ninput: [4]\nlayers: [Linear(n)]\nvariants: {wide: {n: 8}}\n")
    assert "40 parameters" in run_here("summary", f"{spec}:wide").stdout
    missing = run_here("summary", f"{spec}:narrow")
    assert missing.returncode == 2
    assert "narrow" in missing.stderr


def test_a_spec_from_stdin(spec):
    result = run_here("summary", "-", input=spec.read_text())
    assert result.returncode == 0
    assert "<stdin>" in result.stdout


def test_a_folder_does_not_hide_the_gallery(tmp_path):
    (tmp_path / "lenet5").mkdir()
    assert "61,706 parameters" in run_here("summary", "lenet5", cwd=tmp_path).stdout


def test_batch_size_dtype_and_optimizer(spec):
    result = run_here(
        "summary", spec, "--batch-size", "8", "--dtype", "float16", "--optimizer", "adam", "--format", "json"
    )
    totals = json.loads(result.stdout)["models"][0]["totals"]
    assert (totals["input_bytes"], totals["param_bytes"], totals["optimizer_bytes"]) == (2_304, 8_012, 16_024)


def test_an_output_file(spec, tmp_path):
    target = tmp_path / "out.json"
    result = run_here("summary", spec, "--format", "json", "--output-file", target)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert json.loads(target.read_text())["models"][0]["name"] == "Small"


def test_a_wrong_spec_writes_no_output_file(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(BROKEN)
    for form in ("table", "csv", "markdown"):
        assert run_here("summary", bad, "--format", form, "--output-file", tmp_path / "out").returncode == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.yaml"]


def test_json_of_a_wrong_spec_is_an_output_file_too(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(BROKEN)
    result = run_here("summary", bad, "--format", "json", "--output-file", tmp_path / "out.json")
    assert (result.returncode, result.stdout) == (2, "")
    assert [finding["code"] for finding in json.loads((tmp_path / "out.json").read_text())["findings"]] == ["E305"]


def test_depth_expand_sort_and_columns():
    assert "35 × Bottleneck" in run_here("summary", "resnet152").stdout
    assert "layer3.35" not in run_here("summary", "resnet152", "--depth", "1").stdout
    assert run_here("summary", "resnet152", "--expand").stdout.count("Conv2d") == 155
    assert run_here("summary", "vgg16", "--sort", "params").stdout.splitlines()[3].startswith("classifier.0")
    assert run_here("summary", "lenet5", "--columns", "sees,line").stdout.splitlines()[2].split() == [
        "layer",
        "sees",
        "line",
    ]


def test_strict_fails_where_something_is_not_counted(spec):
    assert run_here("summary", spec, "--strict").returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("summary",),
        ("summary", "lenet5", "--depth", "0"),
        ("summary", "lenet5", "--batch-size", "0"),
        ("summary", "lenet5", "--format", "xml"),
        ("summary", "lenet5", "--columns", "parms"),
        ("summary", "lenet5", "--sort", "type"),
        ("summary", "lenet5", "--set", "depth"),
        ("summary", "lenet5", "--set", "nothing=1"),
        ("summary", "lenet5", "--input-shape", "3,x"),
        ("summary", "lenet5", "--frobnicate"),
        ("frobnicate",),
        ("gallery", "lenet99"),
        ("gallery", "--spec"),
    ],
)
def test_wrong_usage_exits_2_with_a_message(arguments):
    result = run_here(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr
    assert "Traceback" not in result.stderr


def test_help_names_every_column_there_is():
    text = " ".join(run_here("summary", "--help").stdout.split())
    assert f"Columns: {', '.join(BY_NAME)}." in text
    assert set(SORTABLE) <= set(BY_NAME)
