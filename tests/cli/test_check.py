"""`netinspect check` as a user, an editor and a CI script run it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from netinspect.cli.main import main
from tests.cli.running import PROGRAM, environment, run, run_here

GOOD = """\
input: [1, 12, 12]
vars: {width: 6}
variants:
  wide: {width: 12}
layers:
  - conv: Conv2d(width, kernel_size=7)
  - ReLU
  - AdaptiveAvgPool2d(1)
  - Flatten
  - Linear(10)
"""
BROKEN_VARIANT = GOOD.replace("wide: {width: 12}", "wide: {width: 0}")
OVER_BUDGET = GOOD + "budget: {params: 400}\n"
UNMET = GOOD + "expect: {params: 5}\n"
UNUSED = "blocks:\n  Idle:\n    - Covn2d(4, kernel_size=3)\n" + GOOD


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A folder with a spec of each kind, which is the present folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    for name, text in {
        "good": GOOD, "broken": BROKEN_VARIANT, "budget": OVER_BUDGET, "unmet": UNMET, "unused": UNUSED,
    }.items():  # fmt: skip
        (tmp_path / "specs" / f"{name}.yaml").write_text(text)
    return tmp_path


def spec(folder, text=GOOD, name="net.yaml"):
    path = folder / name
    path.write_text(text)
    return path


def test_each_fault_is_named_with_file_line_variant_and_code(repository):
    result = run_here("check", "--format", "concise")
    assert result.returncode == 2
    lines = result.stdout.splitlines()
    assert [line.partition(" ")[0] + line.split(" ")[1] for line in lines] == [
        "specs/broken.yaml:6:18:E211",
        "specs/budget.yaml:11:18:E603",
        "specs/unmet.yaml:11:18:E601",
        "specs/unused.yaml:3:7:W106",
    ]
    assert lines[0].endswith("[wide]")
    assert lines[1].endswith("[wide]")
    assert not lines[2].endswith("]")


def test_a_mistake_in_the_settings_of_a_variant_is_told_of_that_variant(tmp_path):
    path = spec(tmp_path, GOOD.replace("wide: {width: 12}", "wide: {width: 12}\n  x: {widht: 3}"))
    result = run_here("check", path, "--format", "concise")
    assert result.returncode == 2
    (line,) = result.stdout.splitlines()
    assert line.startswith(f"{path}:5:7: E112 ")
    assert line.endswith("[x]")
    assert run_here("check", f"{path}:wide").returncode == 0
    assert run_here("summary", path).returncode == 0


def test_two_findings_of_one_line_are_two_in_every_variant(tmp_path, capsys):
    step = "preprocess: {frame: 8192, log_mel: {like: hifigan}}"
    text = f"input: {{shape: {{mel: 81, time: n}}, {step}}}\nvars: {{n: 30}}\nvariants: {{wide: {{n: 31}}}}\n"
    path = spec(tmp_path, f"{text}layers:\n  - Conv1d(16, kernel_size=3)\n")
    assert main(["check", str(path), "--format", "json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [(f["code"], f["variants"]) for f in findings] == [("W307", [None, "wide"])] * 2
    assert "rows" in findings[0]["message"]
    assert "columns" in findings[1]["message"]


def test_the_document_holds_every_fault_and_the_good_ones(repository):
    result = run_here("check", "--format", "json")
    document = json.loads(result.stdout)
    assert result.returncode == 2
    assert {finding["code"] for finding in document["findings"]} == {"E211", "E603", "E601", "W106"}
    assert "good.yaml" in result.stdout


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("layers:\n  tools: {path: tools}\nservice: a\n", 0),
        ("jobs: []\n", 0),
        ("- layers\n- input\n", 0),
        ("# a spec whose input is missing\nlayers:\n  # the first\n\n  - Linear(3)\n", 2),
        ("\ufefflayers: [Linear(3)]\n", 2),
        ("netspec: 1\n", 2),
        ("input: [4]\nlayers: {a: Linear(3)}\n", 2),
        ("inputs: {a: [4]}\nlayers:\n  - Linear(3)\n", 0),
    ],
)
def test_only_specs_passes_over_named_files_that_are_none(tmp_path, text, code):
    spec(tmp_path)
    spec(tmp_path, text, "other.yml")
    result = run_here("check", "other.yml", "net.yaml", "--only-specs", cwd=tmp_path)
    assert result.returncode == code
    assert ("1 other YAML file passed over" in result.stdout) == ("a: [4]" not in text and code == 0)
    assert run_here("check", "other.yml", cwd=tmp_path).returncode == (0 if "a: [4]}" in text else 2)


def test_only_specs_passes_over_a_named_file_that_is_excluded(repository):
    (repository / "netinspect.toml").write_text('exclude = ["specs/b*.yaml"]\n')
    assert run_here("check", "specs/broken.yaml").returncode == 2
    result = run_here("check", "specs/broken.yaml", "--only-specs")
    assert (result.returncode, result.stdout) == (0, "0 networks in 0 files: nothing found\n")
    assert run_here("check", "nowhere.yaml", "--only-specs").returncode == 2


def test_nothing_found_is_one_line(tmp_path):
    spec(tmp_path)
    result = run_here("check", "net.yaml", cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "2 networks in 1 file: nothing found\n", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "error: there is nothing to check"),
        (["nowhere.yaml"], "error: there is no file"),
        (["*.json"], "error: no file is called like *.json"),
        (["net.yaml", "--select", "X1"], "error: --select X1: there is no code `X1`: write one as W201, or W2 for "),
        (["net.yaml", "--ignore", "W999"], "error: --ignore W999: there is no code `W999`"),
        (["net.yaml", "--ignore", "W201,E1"], "error: --ignore E1: `E1` is a mistake"),
        (["net.yaml", "--max-params", "many"], "error: --max-params: "),
        (["net.yaml", "--fail-on-increase", "params"], "error: --fail-on-increase is for --baseline"),
        (["net.yaml", "--watch", "--fix"], "error: --watch only shows"),
    ],
)
def test_what_cannot_be_checked_is_2(tmp_path, words, message):
    spec(tmp_path)
    result = run_here("check", *words, cwd=tmp_path)
    assert result.returncode == 2
    assert message in result.stdout + result.stderr


def test_folders_patterns_and_files_together_name_each_spec_once(repository):
    spec(repository, name="alone.yaml")
    (repository / "specs" / "other.yaml").write_text("jobs: []\n")
    result = run_here("check", "specs", "specs/*.yaml", "./specs/good.yaml", "alone.yaml", "--exit-zero", "-f", "text")
    assert "12 networks in 6 files (2 other YAML files passed over)" in result.stdout.splitlines()[-1]


def test_the_configuration_of_the_repository_holds_and_the_command_line_wins(repository):
    (repository / "netinspect.toml").write_text(
        'include = ["specs/[gu]*.yaml"]\nexclude = ["unmet.yaml"]\nignore = ["W1"]\nmax-params = "100"\n'
        '[per-file-ignores]\n"specs/unused.yaml" = ["E606"]\n'
    )
    result = run_here("check", "--format", "concise")
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [["specs/good.yaml:", "E606"]] * 2
    assert "max-params of netinspect.toml allows" in result.stdout
    assert run_here("check", "--max-params", "1k", "--select", "W106", "--format", "concise").stdout.startswith(
        "specs/unused.yaml:3:7: W106"
    )


def test_a_network_that_is_excused_from_the_limits_for_all_keeps_its_own_budget(repository):
    """In two processes: a process reads a configuration once."""
    (repository / "netinspect.toml").write_text(
        'max-params = 100\n[per-file-ignores]\n"specs/budget.yaml" = ["E606"]\n'
    )
    excused = run("check", "specs/budget.yaml", "--format", "concise")
    assert [line.split()[:2] for line in excused.stdout.splitlines()] == [["specs/budget.yaml:11:18:", "E603"]]
    (repository / "netinspect.toml").write_text(
        'max-params = 100\n[per-file-ignores]\n"specs/budget.yaml" = ["E603"]\n'
    )
    bounded = run("check", "specs/budget.yaml", "--format", "concise")
    assert [line.split()[:2] for line in bounded.stdout.splitlines()] == [["specs/budget.yaml:", "E606"]] * 2


def test_the_included_file_that_is_not_there_is_told_with_the_configuration(repository):
    (repository / "netinspect.toml").write_text('include = ["specs", "nets"]\n')
    result = run_here("check")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"error: {repository / 'netinspect.toml'}: `include`: there is no file or folder nets\n"
    assert "no file and no gallery network `nets`" in run_here("check", "nets").stdout  # named by the command


def test_the_environment_names_the_format(repository):
    words = ("check", "specs/unmet.yaml")
    concise = run_here(*words, "--format", "concise").stdout
    assert run_here(*words, env={"NETINSPECT_FORMAT": "concise"}).stdout == concise
    assert run_here(*words, env={"NETINSPECT_FORMAT": "concise", "GITHUB_ACTIONS": "true"}).stdout == concise
    assert (
        run_here(*words, env={"NETINSPECT_FORMAT": "table"}).stdout == run_here(*words).stdout
    )  # one of other commands
    assert json.loads(run_here(*words, "--format", "json", env={"NETINSPECT_FORMAT": "concise"}).stdout)


@pytest.mark.parametrize("code", ["W201", "E001"])
def test_an_explanation_ends_with_one_line_end(code):
    text = run_here("check", "--explain", code).stdout
    assert text == text.rstrip() + "\n"


def test_custom_layers_of_the_configuration_are_run_only_where_that_is_allowed(repository):
    mine = (
        "import pathlib, torch\npathlib.Path('ran').touch()\n"
        "class Mine(torch.nn.Module):\n    def forward(self, x):\n        return x\n"
    )
    (repository / "mine.py").write_text(mine)
    (repository / "netinspect.toml").write_text('custom-layers = "mine.py"\n')
    own = spec(repository, "input: [4]\nlayers:\n  - Linear(4)\n  - Mine\n")
    assert run_here("check", own).returncode == 2
    assert not (repository / "ran").exists()
    assert run_here("check", own, "--allow-custom-layers").returncode == 0
    assert (repository / "ran").exists()


def test_a_limit_of_the_command_line_names_the_heaviest_layers(tmp_path):
    result = run_here("check", spec(tmp_path), "--max-params", "250")
    assert result.returncode == 1
    assert "730 parameters: 480 (192.0%) over the 250 that --max-params allows" in result.stdout
    assert "most of it: conv 600 (82.2%), 4 Linear 130 (17.8%)" in result.stdout


def test_an_ignore_with_a_reason_silences_and_one_without_is_told(tmp_path):
    text = UNUSED.replace("kernel_size=3)", "kernel_size=3)  # netinspect: ignore[W106] written next week")
    assert run_here("check", spec(tmp_path, text)).returncode == 0
    result = run_here("check", spec(tmp_path, text.replace(" written next week", "")))
    assert "W001" in result.stdout
    assert "the reason is missing" in result.stdout


def test_an_ignore_without_brackets_is_told_and_ignores_nothing(tmp_path):
    text = UNUSED.replace("kernel_size=3)", "kernel_size=3)  # netinspect: ignore W106 written next week")
    lines = run_here("check", spec(tmp_path, text), "--format", "concise").stdout.splitlines()
    assert [line.split()[1] for line in lines] == ["W106", "W001"]


def test_an_ignore_of_what_a_baseline_finds_is_not_idle_without_one(tmp_path):
    text = GOOD.replace("12]\n", "12]  # netinspect: ignore[E605] larger on purpose\n")
    assert "N004" not in run_here("check", spec(tmp_path, text), "--select", "N004").stdout
    assert "N004" in run_here("check", spec(tmp_path, text.replace("E605", "W201")), "--select", "N004").stdout


def test_strict_makes_errors_of_warnings(tmp_path):
    result = run_here("check", spec(tmp_path, UNUSED), "--strict")
    assert "error[W106]" in result.stdout
    assert result.returncode == 1


def test_a_check_is_the_same_twice(repository):
    first, second = (call("check", "--format", "json").stdout for call in (run, run_here))
    assert first == second


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace("Flatten", "Flaten"), []),
        (GOOD.replace("layers:", "layers: ["), []),
        (BROKEN_VARIANT, []),
        (
            GOOD.replace("wide:", "wider:"),
            [
                "note: specs/good.yaml:wider is new: it is not in the baseline",
                "note: specs/good.yaml:wide is in the baseline alone",
            ],
        ),
    ],
)
def test_a_broken_network_is_neither_gone_nor_renamed(tmp_path, text, told):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    (tmp_path / "specs").mkdir()
    spec(tmp_path / "specs", name="good.yaml")
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "a"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    spec(tmp_path / "specs", text, "good.yaml")
    spec(tmp_path / "specs", GOOD, "copy.yaml")
    result = run_here("check", "--baseline", "git:HEAD", cwd=tmp_path)
    notes = [line for line in result.stdout.splitlines() if line.startswith("note: ")]
    assert notes == ["note: specs/copy.yaml is new: it is not in the baseline", *told]


# --- fixing --------------------------------------------------------------------------------------

FIXABLE = "input: [5, 8]\nlayers:\n  - a: LSTM(4, batch_first=True, dropout=0.5)  # ½\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_fix_changes_only_what_is_wrong(tmp_path, encoding, line_end):
    path = tmp_path / "net.yaml"
    path.write_bytes(FIXABLE.replace("\n", line_end).encode(encoding))
    before = path.read_bytes()
    shown = run_here("check", path, "--diff")
    assert "-  - a: LSTM(4, batch_first=True, dropout=0.5)  # ½" in shown.stdout
    assert path.read_bytes() == before
    assert shown.returncode == 1
    assert shown.stderr == "1 network in 1 file: 1 warning; 1 with a certain fix\n"
    mended = run_here("check", path, "--fix")
    assert path.read_bytes() == FIXABLE.replace(", dropout=0.5", "").replace("\n", line_end).encode(encoding)
    assert mended.stdout.endswith("1 network in 1 file: nothing found\n")
    assert mended.returncode == 0
    left = run_here("check", path, "--diff")
    assert (left.stdout, left.stderr) == ("", "1 network in 1 file: nothing found; none with a certain fix\n")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_new_lines_end_as_those_of_the_file(tmp_path, line_end):
    path = tmp_path / "net.yaml"
    path.write_bytes("input: [8]\nlayers:\n  - Dense(4, activation='relu')\n".replace("\n", line_end).encode())
    run_here("check", path, "--fix")
    assert path.read_bytes() == "input: [8]\nlayers:\n  - Linear(4)\n  - ReLU\n".replace("\n", line_end).encode()


LAYERED = """\
input: [5, 8]
vars: {layers: 1, width: 4}
variants:
  other: {OTHER}
layers:
  - a: LSTM(width, num_layers=layers, batch_first=True, dropout=0.5)
"""


def test_a_fix_that_mends_every_network_of_a_file_is_made(tmp_path):
    path = spec(tmp_path, LAYERED.replace("OTHER", "width: 5"))
    result = run_here("check", path, "--fix")
    assert path.read_text() == LAYERED.replace("OTHER", "width: 5").replace(", dropout=0.5", "")
    assert result.returncode == 0
    assert result.stdout.endswith("2 networks in 1 file: nothing found\n")


@pytest.mark.parametrize(
    ("other", "reference", "told"),
    [
        ("layers: 2", "net.yaml", "W205"),  # the variant drops between its layers
        ("layers: 2", "net.yaml:other", None),
        ("width: 5", "net.yaml:other", "W205"),  # a line of the base too, which was not looked at
        ("layers: 0", "net.yaml", "W205"),  # a variant that is broken, so that nobody knows
    ],
)
def test_a_fix_that_might_change_another_network_is_not_made(tmp_path, other, reference, told):
    path = spec(tmp_path, LAYERED.replace("OTHER", other))
    before = path.read_text()
    result = run_here("check", reference, "--fix", "--format", "concise", cwd=tmp_path)
    assert path.read_text() == before
    assert ([line.split()[1] for line in result.stdout.splitlines()] or [None])[-1] == told
    assert run_here("check", reference, "--diff", cwd=tmp_path).stdout == ""


@pytest.mark.parametrize("strictness", [(), ("--strict",)])
def test_a_warning_of_one_line_is_one_finding_whatever_its_figures(tmp_path, strictness):
    text = GOOD.replace("  - AdaptiveAvgPool2d(1)\n", "").replace("kernel_size=7", "kernel_size=3")
    lines = run_here("check", spec(tmp_path, text), "--format", "concise", *strictness).stdout.splitlines()
    assert [(line.split()[1], line.endswith("[the base and wide]")) for line in lines] == [("W306", True)]


@pytest.mark.parametrize("strictness", [(), ("--strict",)])
def test_another_figure_of_the_same_line_is_mended_with_it(tmp_path, strictness):
    """The message names the dropout, which differs; the edit is the same in both networks."""
    text = LAYERED.replace("layers: 1, width", "rate: 0.5, width").replace("num_layers=layers, ", "")
    path = spec(tmp_path, text.replace("dropout=0.5", "dropout=rate").replace("OTHER", "rate: 0.1"))
    run_here("check", path, "--fix", *strictness)
    assert path.read_text().splitlines()[-1] == "  - a: LSTM(width, batch_first=True)"


# --- watching ------------------------------------------------------------------------------------


INTERRUPTIBLE = (
    sys.executable,
    "-c",
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])",
)
"""A shell starts what runs in the background with SIGINT ignored."""


def test_a_saved_spec_is_checked_again(tmp_path):
    path = spec(tmp_path)
    command = [*INTERRUPTIBLE, *PROGRAM, "check", "net.yaml", "--watch"]
    with (tmp_path / "out").open("w") as stream:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=stream)
        try:
            assert says(tmp_path / "out", "nothing found")
            path.write_text(UNUSED)
            assert says(tmp_path / "out", "W106")
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 130
        finally:
            process.kill()


def test_a_new_spec_is_checked_too(tmp_path):
    spec(tmp_path)
    command = [*INTERRUPTIBLE, *PROGRAM, "check", ".", "--watch"]
    with (tmp_path / "out").open("w") as stream:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=stream)
        try:
            assert says(tmp_path / "out", "in 1 file: nothing found")
            spec(tmp_path, UNUSED, "new.yaml")
            assert says(tmp_path / "out", "W106")
        finally:
            process.kill()
            process.wait(10)


def says(file, words):
    """Whether the words come within the time of a test."""
    end = time.monotonic() + 30
    while words not in file.read_text() and time.monotonic() < end:
        time.sleep(0.05)
    return words in file.read_text()


def test_the_heaviest_names_are_printable(tmp_path: Path) -> None:
    assert "\x1b" not in run("check", tmp_path / "\x1b[31m.yaml").stdout


def test_new_figures_are_written_where_that_is_asked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = (
        "input: [8]\nvars: {n: 5}\nlayers:\n  - Linear(n)\n"
        "expect: {params: 1, macs: 2, output: [\n  3]}  # counted\nvariants:\n  wide: {n: 9, expect: {params: 4}}\n"
    )
    file = tmp_path / "net.yaml"
    file.write_text(text)
    assert main(["check", "net.yaml", "--diff"]) == 1
    assert capsys.readouterr().out == ""
    assert main(["check", "net.yaml", "--diff", "--update-expect"]) == 1
    assert "+expect: {params: 45, macs: 40, output: [5]}  # counted" in capsys.readouterr().out
    assert file.read_text() == text
    assert main(["check", "net.yaml", "--fix", "--update-expect"]) == 0
    assert "expect: {params: 45, macs: 40, output: [5]}  # counted\n" in file.read_text()
    assert "wide: {n: 9, expect: {params: 81}}\n" in file.read_text()
    assert main(["check", "net.yaml", "--update-expect"]) == 2
    assert "--update-expect is for --fix, or for --diff" in capsys.readouterr().err
