"""Names, models, weights and baselines that are wrong or too large (faults 22, 23, 25 to 28, 31, 33 and 40)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from netinspect.cli.main import main
from tests.cli.running import environment, is_clean, run
from tests.faults.galleries import is_whole

GOOD = "input: [1, 8, 8]\nlayers:\n  - conv: Conv2d(2, kernel_size=3)\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(GOOD)
    return tmp_path


@pytest.mark.parametrize("name", [r"x\n::error::pwned", r"x\r::set-output name=a::b", r"x%0A::error::pwned"])
def test_23_a_name_is_no_command_to_github(here, name):
    for text in (f'name: "{name}"\n{GOOD}', f'input: [4]\nlayers:\n  - "{name}": Linear(2)\n'):
        (here / "net.yaml").write_text(text)
        result = run("summary", "net.yaml", env={"GITHUB_ACTIONS": "1"})
        lines = [*result.stdout.splitlines(), *result.stderr.splitlines()]
        assert not any(line.lstrip().startswith("::") for line in lines)


def test_25_files_named_after_layers_stay_inside_and_are_unique(here):
    names = ("CON", "nul", "Conv1", "conv1", "CONV1", "a" * 64)
    layers = "".join(f"  - {name}: Conv2d(2, kernel_size=3, padding=1)\n" for name in names)
    (here / "net.yaml").write_text(f"input: [1, 8, 8]\nlayers:\n{layers}")
    assert main(["visualize", "net.yaml", "-o", "out", "--what", "kernels"]) == 0
    assert is_whole(here / "out")
    files = [path.name.casefold() for path in Path("out/kernels").iterdir()]
    assert len(set(files)) == len(names)
    assert not any(file.split(".")[0] in ("con", "nul") for file in files)


@pytest.mark.parametrize("name", ["x.", "../up", "a/b", "a" * 65, "a b", "-o"])
def test_25_other_names_name_no_layer(here, name):
    (here / "net.yaml").write_text(f"input: [4]\nlayers:\n  - '{name}': Linear(2)\n")
    assert is_clean(run("summary", "net.yaml"))


MISFITS = {
    "26 kernel": ("Conv2d(2, kernel_size=9)", "E301", "9"),
    "26 groups": ("Conv2d(2, kernel_size=3, groups=2)", "E206", "2"),
    "26 heads": ("MultiheadAttention(num_heads=3, batch_first=True)", "E206", "3"),
    "26 nothing left": ("MaxPool2d(16)", "E30", "8"),
}  # fmt: skip


@pytest.mark.parametrize(("layer", "code", "size"), MISFITS.values(), ids=MISFITS.keys())
def test_26_what_does_not_fit_is_told_with_what_it_got(here, layer, code, size):
    shape = "[4, 8]" if "Multihead" in layer else "[1, 8, 8]"
    (here / "net.yaml").write_text(f"input: {shape}\nlayers:\n  - misfit: {layer}\n")
    result = run("summary", "net.yaml")
    assert is_clean(result)
    assert result.stderr.startswith("net.yaml:3:")
    assert f"error[{code}" in result.stderr
    assert size in result.stderr


def test_27_a_picture_of_a_million_million_weights_is_refused_with_the_estimate(here):
    (here / "net.yaml").write_text("input: [1_000_000]\nlayers:\n  - Linear(1_000_000, bias=False)\n")
    result = run("visualize", "net.yaml", "-o", "out")
    assert is_clean(result)
    assert "TiB" in result.stderr
    assert not (here / "out").exists()


LITTLE = """
import resource, sys
from netinspect.cli.main import main
from netinspect.network import load
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (12 << 20),) * 2)
sys.exit(main(sys.argv[1:]))
"""
"""A run that may take 12 MB more than the program itself."""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="nothing says how much memory is used")
def test_28_where_memory_runs_out_it_says_so(here):
    (here / "net.yaml").write_text("input: [4]\nlayers:\n" + "  - Linear(4)\n" * 16_000)
    result = subprocess.run(
        [sys.executable, "-c", LITTLE, "summary", "net.yaml"],
        env=environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert is_clean(result, code=3)
    assert result.stderr == "error: not enough memory to finish\n"


def test_31_keys_that_are_missing_left_over_or_misshapen_are_listed(here):
    import torch

    torch.save({"conv.weight": torch.zeros(2, 1, 5, 5), "fc.bias": torch.zeros(3)}, "w.pt")
    result = run("verify", "net.yaml", "--weights", "w.pt")
    assert result.returncode == 2
    for key in ("conv.weight", "conv.bias", "fc.bias"):
        assert key in result.stderr
    assert "Traceback" not in result.stderr


def test_33_a_figure_of_many_kernels_is_capped_and_says_so(here):
    (here / "net.yaml").write_text("input: [1, 8, 8]\nlayers:\n  - conv: Conv2d(4096, kernel_size=3)\n")
    assert main(["visualize", "net.yaml", "-o", "out", "--what", "kernels"]) == 0
    (figure,) = [
        figure
        for figure in json.loads(Path("out/manifest.json").read_bytes())["figures"]
        if figure["kind"] == "kernels"
    ]
    assert "64 of 4,096" in figure["title"] or "64 of 4096" in figure["title"]


BASELINES = {
    "40 empty": "",
    "40 blank": "\n\n",
    "40 no JSON": '{"format_version": "1.0", ',
    "40 another version": '{"format_version": "9.0", "models": []}',
    "40 no version": '{"models": []}',
    "40 no models": '{"format_version": "1.0", "models": []}',
    "40 no object": "[]",
    "40 a number for a version": '{"format_version": 1.0, "models": []}',
}  # fmt: skip


@pytest.mark.parametrize("text", BASELINES.values(), ids=BASELINES.keys())
def test_40_a_baseline_that_is_none_is_never_a_pass(here, text):
    (here / "base.json").write_text(text)
    result = run("compare", "net.yaml", "--baseline", "base.json")
    assert is_clean(result)
