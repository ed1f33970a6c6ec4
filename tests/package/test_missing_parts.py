"""What netinspect says where a package of the extra `torch` is missing or broken."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from netinspect.extras import PACKAGES
from tests.cli.running import environment
from tests.package.commands import INSTALL, LIGHT, PYTHON, REFUSED, write_files

PYPROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAIN = "from netinspect.cli.main import main; sys.exit(main())"


def run(folder, program, *arguments, hidden=tuple(PACKAGES), **env):
    """A Python program that finds none of the hidden packages."""
    hide = f"import sys; sys.modules.update(dict.fromkeys({hidden!r}))\n"
    command = [sys.executable, "-c", hide + program, *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(**env), capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def folder(tmp_path):
    write_files(tmp_path)
    return tmp_path


def test_the_extra_is_what_the_messages_know():
    names = {requirement.split(">")[0].lower() for requirement in PYPROJECT["optional-dependencies"]["torch"]}
    assert names == {name.lower() for name in PACKAGES.values()}
    assert {requirement.split(">")[0] for requirement in PYPROJECT["dependencies"]} == {"typer", "rich", "pyyaml"}


@pytest.mark.parametrize("command", LIGHT)
def test_a_command_without_torch_needs_no_package_of_the_extra(command, folder):
    result = run(folder, MAIN, *command.split())
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(("command", "message"), REFUSED.items())
def test_a_command_that_needs_the_extra_names_what_to_run(command, message, folder):
    result = run(folder, MAIN, *command.split())
    assert (result.returncode, result.stdout, result.stderr) == (2, "", message)


def test_python_says_the_same(folder):
    result = run(folder, PYTHON)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_mistake_in_a_spec_comes_before_what_is_missing(folder):
    (folder / "wrong.yaml").write_text("input: [1, 8, 8]\nlayers:\n  - Covn2d(6, kernel_size=5)\n")
    result = run(folder, MAIN, "compare", "wrong.yaml", "--measure")
    assert result.returncode == 2
    assert "did you mean `Conv2d`?" in result.stderr
    assert "pip" not in result.stderr


def test_torch_alone_is_enough_to_build(folder):
    program = "import netinspect; print(len(netinspect.build('lenet').state_dict()))"
    result = run(folder, program, hidden=tuple(PACKAGES.keys() - {"torch", "numpy"}))
    assert (result.returncode, result.stdout, result.stderr) == (0, "8\n", "")


@pytest.mark.parametrize(
    ("package", "command", "purpose"),
    [
        ("torchinfo", "verify plain.yaml", "verifying needs torchinfo"),
        ("PIL", "visualize plain.yaml -o album", "drawing needs Pillow"),
        ("safetensors", "verify plain.yaml --weights net.safetensors", "reading a .safetensors file needs safetensors"),
        ("soundfile", "visualize crepe_tiny -o album --input tone.wav", "reading a sound needs soundfile"),
    ],
)
def test_one_missing_package_is_named(package, command, purpose, folder):
    (folder / "net.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    (folder / "tone.wav").write_bytes(b"RIFF")
    result = run(folder, MAIN, *command.split(), hidden=(package,))
    assert (result.returncode, result.stdout, result.stderr) == (2, "", f"error: {purpose}: {INSTALL}\n")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("raise ImportError('libtorch.so.2: cannot open shared object file')", "libtorch.so.2: cannot open"),
        ("import a_part_of_torch_that_is_gone", "No module named 'a_part_of_torch_that_is_gone'"),
        ("import torch._C", "No module named 'torch._C'"),
    ],
)
def test_a_torch_that_is_broken_is_not_called_missing(source, text, folder):
    (folder / "broken" / "torch").mkdir(parents=True)
    (folder / "broken" / "torch" / "__init__.py").write_text(source)
    result = run(folder, f"sys.path.insert(0, 'broken')\n{MAIN}", "verify", "plain.yaml", hidden=())
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.startswith(f"error: torch cannot be imported: {text}")
    assert "bug" not in result.stderr
    assert "pip install" not in result.stderr


def test_a_folder_that_is_called_torch_is_not_torch(folder):
    (folder / "elsewhere" / "torch").mkdir(parents=True)
    program = f"sys.path[:] = ['elsewhere', *(p for p in sys.path if 'site-packages' not in p)]\n{{}}\n{MAIN}"
    bring = "import importlib; [importlib.import_module(name) for name in ('typer', 'rich', 'yaml')]"
    result = run(folder, f"{bring}\n{program.format('')}", "verify", "plain.yaml", hidden=())
    assert (result.returncode, result.stderr) == (2, REFUSED["verify plain.yaml"])


def test_an_older_torch_reads_no_pickled_checkpoint(folder):
    program = """
import torch
torch.save({}, "net.pt")
torch.__version__ = torch.torch_version.TorchVersion("2.9.1+cpu")
"""
    result = run(folder, program + MAIN, "verify", "plain.yaml", "--weights", "net.pt", hidden=())
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "error: net.pt: torch 2.9.1+cpu may run code that a checkpoint brings, 2.10 does not: "
        "run `pip install 'netinspect[torch]'`, or save the weights as .safetensors\n"
    )
