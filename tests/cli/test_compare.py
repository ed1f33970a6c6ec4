"""`netinspect compare` from outside: what it compares, options, exit codes, streams."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from netinspect.pictures.draw import charts
from tests.cli.running import environment, is_clean, run_here

WIDER = """\
name: Small
input: [1, 12, 12]
layers:
  - conv: Conv2d(8, kernel_size=5)
  - Flatten
  - Linear(10)
"""
BROKEN = """\
name: Broken
input: [1, 12, 12]
layers:
  - conv: Conv2d(6, kernel_size=5)
  - BatchNorm1d
"""


@pytest.fixture
def wider(tmp_path):
    path = tmp_path / "wider.yaml"
    path.write_text(WIDER)
    return path


@pytest.fixture
def stored(spec, tmp_path):
    path = tmp_path / "main.json"
    path.write_text(run_here("summary", spec, "--format", "json").stdout)
    return path


def document(*arguments, **options):
    result = run_here("compare", *arguments, "--format", "json", **options)
    assert result.returncode in (0, 1), result.stderr
    return json.loads(result.stdout)


# --- one spec --------------------------------------------------------------------------------


def test_the_lectures_lenet():
    result = run_here("compare", "lenet")
    assert (result.returncode, result.stderr) == (0, "")
    line = next(line for line in result.stdout.splitlines() if line.startswith("conv1"))
    assert line.split() == ["conv1", "156", "122,304", "4,821,600", "39×", "784×", "30,908×"]
    assert "those that would fall on padding do not exist" in result.stdout


def test_every_figure_in_json_is_exact():
    (found,) = document("lenet")["alternatives"]
    conv1 = found["layers"][0]
    assert conv1["fully_connected"]["params"] == 4_821_600
    assert conv1["locality_saves"] == [4_821_600, 122_304]
    assert conv1["sharing_saves"] == [122_304, 156]
    assert found["totals"]["convolution"]["params"] == 51_902
    assert found["totals"]["fully_connected"]["params"] == 51_902 - 156 - 2_416 + 4_821_600 + 1_883_200


def test_csv_has_a_line_a_layer_and_never_folds():
    rows = list(csv.DictReader(io.StringIO(run_here("compare", "vgg16", "--format", "csv").stdout)))
    assert len(rows) == 13
    assert rows[0]["locally_connected_params"] == str(64 * 3 * 670 * 670 + 64 * 224 * 224)


def test_formula_separable_sort_and_expand():
    assert "6·28·28·(1·5·5 + 1)" in run_here("compare", "lenet", "--formula").stdout
    assert "6·(5·5) + 16·6 + 16" in run_here("compare", "lenet", "--formula", "--separable").stdout
    assert "separable" not in run_here("compare", "lenet").stdout
    lines = run_here("compare", "lenet", "--sort", "fully-connected").stdout.splitlines()
    assert [line.split()[0] for line in lines[4:6]] == ["conv1", "conv2"]
    lines = run_here("compare", "lenet", "--sort", "params").stdout.splitlines()
    assert [line.split()[0] for line in lines[4:6]] == ["conv2", "conv1"]
    folded, whole = (run_here("compare", "resnet152", *more).stdout for more in ((), ("--expand",)))
    assert "layer3.35.conv1" in folded
    assert whole.count("layer3.20.conv1") == 3
    assert "layer3.20.conv1" not in folded


def test_dtype_batch_and_overrides(spec):
    (layer,) = document(spec, "--dtype", "float16", "--batch-size", "3")["alternatives"][0]["layers"]
    assert layer["convolution"]["param_bytes"] == 2 * 156
    assert layer["fully_connected"]["macs"] == 3 * 144 * 384
    (layer,) = document(spec, "--input-shape", "1,16,16")["alternatives"][0]["layers"]
    assert layer["fully_connected"]["params"] == 257 * 6 * 12 * 12


def test_a_network_without_convolutions():
    result = run_here("compare", "mlp")
    assert result.returncode == 0
    assert "no convolutions" in result.stdout


def test_a_failing_layer_shows_the_rows_before_it_in_the_table_alone(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(BROKEN)
    for form in ("table", "json", "csv", "markdown"):
        result = run_here("compare", bad, "--format", form)
        assert result.returncode == 2
        assert "error[E305]" in result.stderr
        if form == "json":
            assert json.loads(result.stdout)["models"] == json.loads(result.stdout)["alternatives"] == []
        else:
            assert ("conv" in result.stdout) == (form == "table")
        assert "the whole network" not in result.stdout


# --- single layers ---------------------------------------------------------------------------


def test_single_layers_each_with_the_input_before_it():
    result = document(
        "--layer", "Conv2d(1, kernel_size=3, padding=1, bias=False)", "--input", "1,100,100",
        "--layer", "Conv2d(1, kernel_size=5, padding=2, bias=False)",
        "--input", "150528", "--layer", "Linear(1000, bias=False)",
    )  # fmt: skip
    assert [model["totals"]["params"] for model in result["models"]] == [9, 25, 150_528_000]
    found = [layer["fully_connected"]["params"] for one in result["alternatives"] for layer in one["layers"]]
    assert found == [100_000_000, 100_000_000]


def test_the_order_on_the_command_line_counts():
    result = document("--input", "1,8,8", "--layer", "Flatten", "--input", "1,9,9", "--layer", "Flatten")
    assert [model["layers"][0]["output_shape"] for model in result["models"]] == [[1, 64], [1, 81]]


def test_a_layer_of_another_kind_stands_as_it_is():
    result = run_here("compare", "--input", "100,40", "--layer", "LSTM(64, batch_first=True)")
    line = next(line for line in result.stdout.splitlines() if line.startswith("LSTM"))
    assert line.split()[-1] == "27,136"


def test_a_layer_beside_a_spec():
    result = document("lenet", "--layer", "Linear(120, bias=False)", "--input", "1024")
    assert [model["totals"]["params"] for model in result["models"]] == [51_902, 122_880]


def test_a_mistake_in_a_layer_is_told_with_its_place():
    result = run_here("compare", "--layer", "Conv2d(1, kernal_size=3)", "--input", "1,9,9")
    assert is_clean(result)
    assert "--layer:1:11: error[E201]" in result.stderr
    assert "kernel_size" in result.stderr


# --- measuring -------------------------------------------------------------------------------


def test_measure_tells_times_the_machine_and_the_proof():
    result = run_here("compare", "--layer", "Conv2d(2, kernel_size=3)", "--input", "1,8,8", "--measure", "--backward")
    assert result.returncode == 0, result.stderr
    for text in ("time of one forward pass", "time of one backward pass", "measured on cpu, ", "thread", "torch 2.",
                 "proof: ", "(1 of 1)"):  # fmt: skip
        assert text in result.stdout


def test_measure_says_what_it_skips():
    result = document("lenet", "--measure", "--measure-limit", "10MiB")["measurement"]
    assert [layer["skipped"] for layer in result["layers"]] == [
        [{"form": "fully_connected", "reason": "its weights take 18.4 MiB, more than the 10.0 MiB of --measure-limit"}],
        [],
    ]
    assert [layer["proof"] is None for layer in result["layers"]] == [True, False]


def test_measure_refuses_what_takes_too_much_memory():
    result = run_here("compare", "lenet", "--measure", "--memory-limit", "1MiB")
    assert is_clean(result)
    assert "18.4 MiB" in result.stderr


# --- several ---------------------------------------------------------------------------------


def test_the_lectures_networks():
    result = run_here("compare", "vgg16", "resnet18", "resnet50", "resnet152")
    assert (result.returncode, result.stderr) == (0, "")
    rows = {line[:18].strip(): line[18:].split() for line in result.stdout.splitlines()[2:15]}
    assert rows["params"] == ["138,357,544", "11,689,512", "(0.0845×)", "25,557,032", "(0.185×)", "60,192,808",
                              "(0.435×)"]  # fmt: skip
    assert rows["imagenet_top5"] == ["90.382", "89.078", "92.862", "94.046"]
    assert {"input", "MACs", "FLOPs", "param bytes", "peak activations", "saved for backward", "layers", "depth",
            "receptive field"} <= set(rows)  # fmt: skip


def test_ratios_are_to_the_first_given_also_when_sorted():
    result = document("resnet18", "vgg16", "--sort", "params")
    assert [model["label"] for model in result["models"]] == ["vgg16", "resnet18"]
    assert result["reference"] == "resnet18"
    assert result["ratios"][0]["params"] == [138_357_544, 11_689_512]


def test_per_layer_in_every_format():
    assert "layer by layer" in run_here("compare", "resnet18", "resnet34", "--per-layer").stdout
    rows = document("resnet18", "resnet34", "--per-layer")["aligned_layers"]
    assert ["conv1", "conv1"] in rows
    assert [None, "layer1.2.conv1"] in rows
    text = run_here("compare", "resnet18", "resnet34", "--per-layer", "--format", "csv").stdout
    assert len(text.splitlines()) == 1 + 74 + 138
    assert "| layer | type |" in run_here("compare", "lenet", "lenet5", "--per-layer", "--format", "markdown").stdout


def test_one_bad_spec_of_several(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(BROKEN)
    table = run_here("compare", "lenet", bad, "alexnet")
    assert table.returncode == 2
    assert "61,100,840" in table.stdout
    assert is_clean(run_here("compare", "lenet", bad, "--format", "csv"))
    result = run_here("compare", "nowhere", bad, "lenet", "--format", "json")
    assert result.returncode == 2
    content = json.loads(result.stdout)
    assert [(finding["code"], finding["file"]) for finding in content["findings"]] == [
        ("E019", "nowhere"),
        ("E305", str(bad)),
    ]
    assert [model["label"] for model in content["models"]] == ["lenet"]
    assert content["reference"] == "lenet"
    assert result.stderr.count("error") == 2


def test_nothing_but_broken_specs_in_json(tmp_path):
    result = run_here("compare", "nowhere", "noplace", "--format", "json", "--output-file", tmp_path / "out.json")
    assert (result.returncode, result.stdout) == (2, "")
    content = json.loads((tmp_path / "out.json").read_text())
    assert [finding["code"] for finding in content["findings"]] == ["E019", "E019"]
    assert content["models"] == []


def test_the_shallow_and_the_deep_network():
    params = [model["totals"]["params"] for model in document("shallow_mlp", "deep_mlp")["models"]]
    assert params == [45, 33]


# --- baseline --------------------------------------------------------------------------------


def test_against_a_stored_summary(stored, wider):
    result = run_here("compare", "--baseline", stored, wider)
    assert (result.returncode, result.stderr) == (0, "")
    assert ["params", "4,006", "5,338", "+1,332", "(+33.3%)"] in [line.split() for line in result.stdout.splitlines()]
    assert [line.split()[:2] for line in result.stdout.splitlines() if " changed " in line] == [
        ["conv", "changed"],
        ["2", "changed"],
        ["1", "row"],
    ]


def test_against_a_spec_and_against_what_git_shows(spec, wider):
    expected = run_here("compare", "--baseline", spec, wider).stdout
    piped = run_here("compare", "--baseline", "-", wider, input=spec.read_text()).stdout
    assert piped == expected.replace(str(spec), "<stdin>")
    summary = run_here("summary", spec, "--format", "json").stdout
    assert run_here("compare", "--baseline", "-", wider, input=summary).stdout == expected
    assert "+1,332" in run_here("compare", "--baseline", spec, "-", input=wider.read_text()).stdout


def test_a_comparison_is_a_baseline_too(spec, wider, tmp_path):
    path = tmp_path / "compared"
    path.write_text(run_here("compare", spec, "--format", "json").stdout)
    assert "+1,332" in run_here("compare", "--baseline", path, wider).stdout


@pytest.mark.parametrize(("limit", "code"), [("params", 1), ("macs=5%", 1), ("params=40%,macs=40%", 0), ("depth", 0)])
def test_fail_on_increase(stored, wider, limit, code):
    result = run_here("compare", "--baseline", stored, wider, "--fail-on-increase", limit)
    assert result.returncode == code
    assert result.stderr.startswith(f"{wider}: error[E604]: ") == bool(code)
    assert result.stdout
    assert run_here("compare", "--baseline", stored, wider, "--fail-on-increase", limit, "--exit-zero").returncode == 0


def test_every_rise_is_told(stored, wider):
    result = run_here("compare", "--baseline", stored, wider, "--fail-on-increase", "params,macs=5%")
    assert result.stderr.splitlines() == [
        f"{wider}: error[E604]: params rose by 33.3%, from 4,006 to 5,338; no increase is allowed",
        "     = note: most of it: 2 Linear +1,280, conv +52 (params)",
        f"{wider}: error[E604]: macs rose by 33.3%, from 13,440 to 17,920; 5% is allowed",
        "     = note: most of it: conv +3,200, 2 Linear +1,280 (macs)",
    ]


def test_every_rise_is_in_the_json(stored, wider):
    content = document("--baseline", stored, wider, "--fail-on-increase", "params,macs=5%,depth")
    assert [(finding["code"], finding["file"], finding["notes"]) for finding in content["findings"]] == [
        ("E604", str(wider), ["most of it: 2 Linear +1,280, conv +52 (params)"]),
        ("E604", str(wider), ["most of it: conv +3,200, 2 Linear +1,280 (macs)"]),
    ]


def test_another_input_is_told_as_that(stored, spec):
    spec.write_text(spec.read_text().replace("12, 12", "16, 16"))
    result = run_here("compare", "--baseline", stored, spec, "--fail-on-increase", "macs,params=900%")
    assert result.returncode == 1
    line = next(number for number, text in enumerate(spec.read_text().splitlines(), 1) if text.startswith("input:"))
    first, shown, _, note, help = result.stderr.splitlines()[-5:]
    assert first == (
        f"{spec}:{line}:8: error[E605]: macs cannot be compared with the baseline: the input was 1×12×12 and is 1×16×16"
    )
    assert shown.endswith("| input: [1, 16, 16]")
    assert note.startswith("     = note: macs was 13,440 and is ")
    assert f"`netinspect compare {spec} --input-shape 1,12,12 --baseline …`" in help
    at_the_old_size = ("--input-shape", "1,12,12", "--fail-on-increase", "macs")
    assert run_here("compare", "--baseline", stored, spec, *at_the_old_size).returncode == 0


def test_a_broken_spec_is_told_in_json_and_compares_nothing(stored, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(BROKEN)
    result = run_here("compare", "--baseline", stored, bad, "lenet", "--fail-on-increase", "params", "--format", "json")
    assert result.returncode == 2
    content = json.loads(result.stdout)
    assert [finding["code"] for finding in content["findings"]] == ["E305"]
    assert "comparisons" not in content


def test_a_spec_named_twice_is_compared_once(stored, wider):
    content = document("--baseline", stored, wider, wider, "--fail-on-increase", "params")
    assert [one["model"] for one in content["comparisons"]] == [str(wider)]


def test_markdown_for_a_pull_request(stored, wider):
    lines = run_here("compare", "--baseline", stored, wider, "--format", "markdown").stdout.splitlines()
    assert "| total | baseline | now | change |" in lines
    assert "| params | 4,006 | 5,338 | +1,332 (+33.3%) |" in lines
    assert "| conv | changed | Conv2d | 6×8×8 → 8×8×8 | 208 | +52 | 12,800 | +3,200 |" in lines


def test_json_and_csv_of_changes(stored, wider):
    result = run_here("compare", "--baseline", stored, wider, "--fail-on-increase", "params", "--format", "json")
    (one,) = json.loads(result.stdout)["comparisons"]
    assert one["totals"]["params"] == {"old": 4_006, "new": 5_338}
    assert one["increases"] == [{"metric": "params", "old": 4_006, "new": 5_338, "allowed": "0"}]
    assert [(layer["change"], layer["new"]["path"]) for layer in one["layers"]] == [
        ("changed", "conv"), ("changed", "1"), ("changed", "2"),
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(run_here("compare", "--baseline", stored, wider, "--format", "csv").stdout)))
    assert {"what": "layer", "name": "conv", "old_params": "156", "params": "208"}.items() <= rows[-3].items()


def test_nothing_changed(stored, spec):
    result = run_here("compare", "--baseline", stored, spec, "--fail-on-increase", "params,macs,depth")
    assert (result.returncode, result.stderr) == (0, "")
    assert "nothing changed" in result.stdout


def test_several_networks_and_a_new_one(tmp_path, spec, wider):
    stored = tmp_path / "main.json"
    stored.write_text(run_here("summary", spec, "lenet", "--format", "json").stdout)
    result = run_here("compare", "--baseline", stored, spec, wider.rename(tmp_path / "new.yaml"), "toy_cnn")
    assert result.returncode == 0
    assert result.stderr.splitlines() == [
        f"note: {tmp_path / 'new.yaml'} is new: it is not in the baseline",
        "note: toy_cnn.yaml is new: it is not in the baseline",
        "note: lenet.yaml is in the baseline alone",
    ]


def test_only_new_networks_are_no_mistake(tmp_path, spec):
    stored = tmp_path / "main.json"
    stored.write_text(run_here("summary", "vgg16", "lenet", "--format", "json").stdout)
    result = run_here("compare", "--baseline", stored, spec, "--fail-on-increase", "params", "--format", "json")
    assert result.returncode == 0
    content = json.loads(result.stdout)
    assert [one["baseline"] for one in content["comparisons"]] == [None]
    assert [state["name"] for state in content["not_compared"]] == ["vgg16", "LeNet, as tabled in the lecture"]
    assert f"{spec} is new" in result.stderr


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"format_version": "9.0", "models": []}', '{"format_version": "1.0", "models": []}', "\xff"],
)
def test_a_baseline_that_is_none_is_never_a_pass(tmp_path, spec, content):
    bad = tmp_path / "main.json"
    bad.write_bytes(content.encode("latin-1"))
    for form in ("table", "json"):
        result = run_here("compare", "--baseline", bad, spec, "--fail-on-increase", "params", "--format", form)
        assert is_clean(result)
        assert "main.json" in result.stderr


def test_a_baseline_without_an_end_is_read_to_a_bound(spec):
    result = run_here("compare", "--baseline", "/dev/zero", spec)
    assert is_clean(result)


# --- plots -----------------------------------------------------------------------------------


PLOTS = {
    "lenet.png": ["lenet"],
    "separable.svg": ["lenet", "--separable"],
    "networks.pdf": ["vgg16", "resnet18"],
    "changes.svg": ["--baseline", "lenet", "lenet"],
    "layers.svg": ["lenet", "lenet5", "--per-layer"],
}
RUN_EACH = """
import json, sys
from netinspect.cli.main import main
sys.exit(max(main(["compare", *specs, "--plot", file]) for file, specs in json.load(sys.stdin).items()))
"""


def test_a_plot_is_the_same_twice(tmp_path):
    """From two processes, in which the members of a set stand in another order."""
    folders = [tmp_path / seed for seed in ("0", "4711")]
    for folder in folders:
        folder.mkdir()
        result = subprocess.run(
            [sys.executable, "-c", RUN_EACH], input=json.dumps(PLOTS), env=environment(PYTHONHASHSEED=folder.name),
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (result.returncode, result.stderr) == (0, "")
    one, other = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders)
    assert one == other
    assert one.keys() == PLOTS.keys()


def drawn(monkeypatch, *arguments):
    """Title, rows, panels and scatter that a chart is drawn of."""
    calls = []
    draw = charts.dots_chart
    monkeypatch.setattr(charts, "dots_chart", lambda *parts, **more: calls.append(parts) or draw(*parts, **more))
    assert run_here("compare", *arguments, "--plot", "x.svg").returncode == 0
    return calls[0]


@pytest.fixture
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("in_a_folder")
def test_the_plot_has_the_forms_and_factors_that_the_table_has(monkeypatch):
    _, rows, (panel,), _ = drawn(monkeypatch, "lenet", "--separable", "--formula")
    assert rows == ["conv1\n6·(1·5·5 + 1)", "conv2\n16·(6·5·5 + 1)", "the whole network"]
    assert {group.name: group.values for group in panel.series} == {
        "convolution": (156, 2_416, 51_902),
        "locally connected": (122_304, 241_600, 413_234),
        "fully connected": (4_821_600, 1_883_200, 6_754_130),
        "separable": (None, 262, 49_748),
    }
    assert [step.text for step in panel.steps[0]] == ["784× sharing", "39× locality"]
    assert [step.text for step in panel.steps[1]] == ["100× sharing", "7.79× locality", "9.22× by separable"]


@pytest.mark.usefixtures("in_a_folder")
def test_the_plot_is_sorted_and_folded_as_the_table_is(monkeypatch):
    _, rows, *_ = drawn(monkeypatch, "vgg11", "--sort", "params")
    _, expanded, *_ = drawn(monkeypatch, "vgg11", "--expand")
    assert rows[:2] == ["features.13", "features.16 – features.18 (×2)"]
    assert len(expanded) == len(rows) + 1
    assert expanded[0] == "features.0"


@pytest.mark.usefixtures("in_a_folder")
def test_the_plot_of_layers_has_those_that_are_no_convolution(monkeypatch):
    layers = ["--input", "1,9,9", "--layer", "Conv2d(1, kernel_size=3)", "--input", "5", "--layer", "Linear(2)"]
    _, rows, (panel,), _ = drawn(monkeypatch, *layers)
    assert rows == ["Conv2d(1, kernel_size=3)", "Linear(2)"]
    assert panel.series[0].values == (10, 12)
    assert panel.series[1].values == (490, None)


@pytest.mark.usefixtures("in_a_folder")
def test_the_plot_has_the_times_that_are_measured(monkeypatch):
    layer = ["--input", "1,9,9", "--layer", "Conv2d(1, kernel_size=3)"]
    _, _, (_, forward, backward), _ = drawn(monkeypatch, *layer, "--measure", "--backward")
    assert (forward.title, backward.title) == ("time of one forward pass", "time of one backward pass")
    assert [group.name for group in forward.series] == ["convolution", "unfolded", "fully connected"]
    assert all(value > 0 for panel in (forward, backward) for group in panel.series for value in group.values)


@pytest.mark.usefixtures("in_a_folder")
def test_the_plot_of_networks_is_sorted_with_factors_to_the_first_and_the_front(monkeypatch):
    _, rows, (params, _), scatter = drawn(monkeypatch, "resnet18", "vgg11", "resnet34")
    assert rows == ["vgg11", "resnet34", "resnet18"]
    assert params.series[0].values == (132_863_336, 21_797_672, 11_689_512)
    assert params.notes == ("(11×)", "(1.86×)", "")
    assert scatter.y_title == "ImageNet top-1 accuracy in %"
    assert scatter.families[1] == scatter.families[2] != scatter.families[0]
    assert [rows[number] for number in scatter.front] == ["resnet18", "resnet34"]


PLAIN = "name: {name}\ninput: [1, {side}, {side}]\nlayers:\n  - conv: Conv2d({width}, kernel_size=3)\n"


def written(**networks):
    """Spec files by name, of (name, side of the input, channels)."""
    for file, (name, side, width) in networks.items():
        text = PLAIN.format(name=name, side=side, width=width)
        Path(f"{file}.yaml").write_text(text, encoding="utf-8")
    return [f"{file}.yaml" for file in networks]


@pytest.mark.parametrize("options", [(), ("--per-layer",)])
@pytest.mark.usefixtures("in_a_folder")
def test_the_plot_calls_networks_of_files_by_their_names_and_says_that_their_inputs_differ(monkeypatch, options):
    title, rows, (params, _), *_ = drawn(monkeypatch, *written(a=("Small", 8, 2), b=("Large", 8, 4)), *options)
    names = [group.name for group in params.series] if options else rows
    assert set(names) == {"Small", "Large"}
    assert title.endswith("how many times that of Small")
    files = written(a=("Small", 8, 2), b=("Large", 16, 4), c=("Large", 8, 4))
    title, rows, (params, _), *_ = drawn(monkeypatch, *files, "mlp", *options)
    names = [group.name for group in params.series] if options else rows
    assert set(names) == {"Small", "b.yaml", "c.yaml", "mlp"}  # two have one name
    assert title.endswith("\nthe inputs differ in size: MACs are those of different inputs")


@pytest.mark.usefixtures("in_a_folder")
def test_the_plot_of_a_baseline_does_not_compare_macs_of_another_input(monkeypatch):
    old, new = written(a=("Net", 8, 2), b=("Net", 16, 4))
    _, rows, (params, macs), _ = drawn(monkeypatch, "--baseline", old, new)
    assert rows[0] == "Net (was a.yaml)"
    assert (params.notes[0], macs.notes[0]) == ("+100.0%", "another input")


@pytest.mark.usefixtures("in_a_folder")
def test_a_variant_is_called_once_in_the_plot_of_a_baseline(monkeypatch):
    """The name of a network that is a variant is the variant's."""
    _, rows, *_ = drawn(monkeypatch, "--baseline", "resnet18", "resnet50")
    assert rows[0].replace("\n", " ") == "resnet50 (was ResNet, resnet18)"


@pytest.mark.usefixtures("in_a_folder")
def test_two_costs_have_a_front_too(monkeypatch):
    *_, scatter = drawn(monkeypatch, "mlp", "lenet", "lenet5")
    assert (scatter.x_title, scatter.y_title, scatter.is_y_cost) == ("MACs", "parameters", True)
    assert scatter.front == (2,)


@pytest.mark.usefixtures("in_a_folder")
def test_the_plot_of_aligned_layers_has_a_dot_of_each_network(monkeypatch):
    title, rows, (params, macs), _ = drawn(monkeypatch, "lenet", "lenet5", "--per-layer")
    assert "10 without cost left out" in title
    assert rows[:3] == ["the whole network", "conv1 = C1", "conv2 = C3"]
    assert params.series[0].values == (51_902, 156, 2_416, None, None, None, 48_120, 1_210)
    assert params.series[1].values == (61_706, 156, 2_416, 48_120, 10_164, 850, None, None)
    assert (params.notes[0], macs.notes[0]) == ("(1.19×)", "(1.02×)")


@pytest.mark.usefixtures("in_a_folder")
def test_the_plot_of_a_baseline_has_both_states_and_the_layers_that_changed(monkeypatch):
    _, rows, (params, macs), _ = drawn(monkeypatch, "--baseline", "lenet5", "lenet")
    assert rows[0] == "LeNet, as tabled in the\nlecture (was LeNet-5)"
    at = {row: number for number, row in enumerate(rows)}
    old, new = params.series
    assert (old.values[0], new.values[0], params.notes[0]) == (61_706, 51_902, "−15.9%")
    assert (old.values[at["C5"]], new.values[at["C5"]], params.notes[at["C5"]]) == (48_120, None, "removed")
    assert (old.values[at["F6 → fc1"]], new.values[at["F6 → fc1"]]) == (10_164, 48_120)
    assert macs.notes[at["F6 → fc1"]] == "+376.2%"


@pytest.mark.usefixtures("in_a_folder")
def test_a_network_without_a_baseline_is_drawn_as_new(monkeypatch):
    _, rows, (params, _), _ = drawn(monkeypatch, "--baseline", "lenet", "lenet", "mlp")
    assert rows == ["LeNet, as tabled in the\nlecture", "Fully connected network,\n2-3-2-1"]
    assert params.notes == ("", "new")
    assert [group.values for group in params.series] == [(51_902, None), (51_902, 20)]


def test_a_plot_that_cannot_be_drawn_leaves_nothing(tmp_path):
    assert is_clean(run_here("compare", "lenet", "--plot", tmp_path / "x.gif"))
    assert is_clean(run_here("compare", "mlp", "--plot", tmp_path / "x.png"))
    (tmp_path / "file").touch()
    assert is_clean(run_here("compare", "lenet", "--plot", tmp_path / "file" / "x.png"), code=3)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


# --- usage -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("lenet", "--per-layer"),
        ("lenet", "alexnet", "--formula"),
        ("lenet", "alexnet", "--measure"),
        ("lenet", "--backward"),
        ("lenet", "--fail-on-increase", "params"),
        ("lenet", "--sort", "speed"),
        ("lenet", "alexnet", "--sort", "speed"),
        ("lenet", "--input", "3"),
        ("--layer", "ReLU"),
        ("--baseline", "lenet"),
        ("--baseline", "nothing", "lenet"),
        ("--baseline", "lenet", "alexnet", "--plot", "x.gif"),
        ("--baseline", "lenet", "lenet", "--fail-on-increase", ""),
        ("--baseline", "lenet", "--layer", "ReLU", "--input", "3"),
        ("--baseline", "-", "-"),
        ("-", "-"),
        ("lenet", "--measure", "--measure-limit", "much"),
        ("mlp", "--measure"),
        ("--layer", "=cmd()", "--input", "3"),
    ],
)
def test_wrong_usage_exits_2_with_a_message(arguments):
    assert is_clean(run_here("compare", *arguments))


OWN_LAYER = "from torch import nn\nclass Twice(nn.Module):\n    def forward(self, x):\n        return x * 2\n"


def test_layers_of_ones_own(tmp_path, spec):
    (tmp_path / "mine.py").write_text(OWN_LAYER)
    spec.write_text(spec.read_text() + "  - Twice\n")
    assert run_here("compare", spec).returncode == 2
    result = run_here("compare", spec, "--custom-layers", tmp_path / "mine.py")
    assert result.returncode == 0, result.stderr
    assert "conv" in result.stdout


def test_strict_makes_errors_of_warnings(spec):
    spec.write_text(spec.read_text() + "blocks:\n  Idle:\n    layers: [Linaer(3)]\n")
    for arguments in ([spec], [spec, "lenet"], ["--baseline", "lenet", spec]):
        lax = run_here("compare", *arguments)
        assert (lax.returncode, lax.stderr.count("warning[W106]")) == (0, 1)
        strict = run_here("compare", *arguments, "--strict")
        assert (strict.returncode, strict.stderr.count("error[W106]")) == (1, 1)
        assert strict.stdout == lax.stdout
        assert run_here("compare", *arguments, "--strict", "--exit-zero").returncode == 0


def test_an_output_file(tmp_path):
    target = tmp_path / "out.md"
    result = run_here("compare", "lenet", "--format", "markdown", "--output-file", target)
    assert (result.returncode, result.stdout) == (0, "")
    assert "| conv1 | 156 |" in target.read_text()


def test_markup_in_a_layer_is_text():
    result = run_here("compare", "--layer", "Conv2d(1, kernel_size=3)", "--input", "1,9,9", env={"FORCE_COLOR": "1"})
    assert result.returncode == 0
    result = run_here("compare", "--layer", "[red]x[/red]", "--input", "3")
    assert is_clean(result)
    assert "[red]x[/red]" in result.stderr


def test_a_closed_pipe_is_silent():
    process = subprocess.Popen(
        [sys.executable, "-m", "netinspect", "compare", "vgg16"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(),
    )  # fmt: skip
    process.stdout.close()
    assert (process.wait(60), process.stderr.read()) == (141, b"")
    process.stderr.close()
