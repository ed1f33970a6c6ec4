"""Input files that are wrong, hostile or strange (1 to 24): one located message, quickly, in a real process.

The number of the fault stands above each test, as in all of these files.
"""

import os
import re
import resource
import subprocess
import sys
import threading
import time

import pytest

from netinspect.cli.main import main
from tests.cli.running import PROGRAM, environment, is_clean, run

GOOD = "input: [4]\nlayers:\n  - fc: Linear(2)\n"


@pytest.fixture
def summary(tmp_path, capsys, monkeypatch):
    """`netinspect summary` of a spec's text, in this process: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def summarise(text):
        path = tmp_path / "net.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        code = main(["summary", "net.yaml"])
        return subprocess.CompletedProcess((), code, *capsys.readouterr())

    return summarise


# 1
def test_a_missing_spec(tmp_path):
    assert is_clean(run("summary", "no/such.yaml", cwd=tmp_path))


# 2
def test_a_directory(tmp_path):
    assert is_clean(run("summary", tmp_path))


# 2
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(GOOD)
    path.chmod(0)
    assert is_clean(run("summary", path))


# 3
@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n"])
def test_an_empty_spec(summary, text):
    result = summary(text)
    assert is_clean(result)
    assert "empty" in result.stderr


# 4
@pytest.mark.parametrize("text", ["just text\n", "42\n"])
def test_the_top_is_no_mapping(summary, text):
    result = summary(text)
    assert is_clean(result)
    assert "E011" in result.stderr


def test_a_list_of_layers_at_the_top_lacks_an_input_too(summary):
    result = summary("- Linear(8)\n- ReLU\n")
    assert (result.returncode, result.stdout) == (2, "")
    assert re.findall(r"error\[(E\d+)\]", result.stderr) == ["E011", "E018"]
    assert "     | layers:\n     | - Linear(8)\n" in result.stderr


# 5
def test_two_documents(summary):
    result = summary(GOOD + "---\n" + GOOD)
    assert is_clean(result)
    assert "E010" in result.stderr


# 6
@pytest.mark.parametrize(("text", "place"), [("input: [4]\nlayers:\n\t- Linear(2)\n", ":3:1:"), ("input: [4\n", ":")])
def test_tabs_and_syntax_errors_are_located(summary, text, place):
    result = summary(text)
    assert is_clean(result)
    assert f"net.yaml{place}" in result.stderr


# 7
def test_a_key_given_twice_names_both_lines(summary):
    result = summary("input: [4]\nname: A\nname: B\nlayers: [Linear(2)]\n")
    assert is_clean(result)
    assert ":3:" in result.stderr
    assert "line 2" in result.stderr


# 8
def test_a_slip_of_the_pen_gets_a_suggestion(summary):
    result = summary("input: [1, 8, 8]\nlayers:\n  - Conv2d(6, kernal_size=5)\n")
    assert is_clean(result)
    assert "did you mean `kernel_size`?" in result.stderr


# 9
def test_a_float_in_scientific_notation(summary):
    assert summary("input: [4]\nlayers:\n  - LayerNorm(eps=1e-5)\n").returncode == 0


# 10, 11
@pytest.mark.parametrize("size", ["28:28", "010", "on", ".nan", ".inf", "true", "3.0", "0", "-1"])
def test_what_is_no_size(summary, size):
    assert is_clean(summary(f"input: [1, {size}, 8]\nlayers: [Flatten]\n"))


# 12
@pytest.mark.parametrize(
    "layer",
    ["Conv2d(6, kernel_size=0)", "Conv2d(6, kernel_size=3, stride=0)", "Conv2d(0, kernel_size=3)",
     "Conv2d(6, kernel_size=-3)", "Conv2d(6, kernel_size=3.0)", "Conv2d(6, kernel_size=3, bias='yes')"],
)  # fmt: skip
def test_arguments_that_torch_would_let_pass(summary, layer):
    result = summary(f"input: [1, 8, 8]\nlayers:\n  - {layer}\n")
    assert is_clean(result)
    assert "net.yaml:3:" in result.stderr


# --- hostile ---------------------------------------------------------------------------------

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
)


def refused(tmp_path, text, megabytes):
    """A clean refusal within bounds of memory and of the processor's time."""
    path = tmp_path / "net.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = run("summary", path, preexec_fn=lambda: limit(megabytes))
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    return result


def limit(megabytes):
    """Address space, which is some 100 MB larger than what a Python process uses; and 20 s, where work without a bound
    would take hours."""
    resource.setrlimit(resource.RLIMIT_AS, ((megabytes + 200) << 20,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))


# 13
@pytest.mark.parametrize("text", [BOMB, "a: &a [*a]\n"])
def test_alias_bombs_and_self_references(tmp_path, text):
    refused(tmp_path, text, megabytes=100)


# 14
@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "x: " + "[" * 100_000 + "]" * 100_000]
)
def test_a_hundred_thousand_levels(tmp_path, text):
    refused(tmp_path, text, megabytes=100)


# hostile specs
@pytest.mark.parametrize(
    "layers",
    [
        "- Linear(4) for i in range(2147483647)",
        "- 2147483647 * Linear(4)",
        "- Linear(9**9**9**9)",
        "- Linear(" + "(" * 200 + "4" + ")" * 200 + ")",
        "- Linear(" + "1+" * 5_000 + "1)",
        "- expand(input, 1, 4611686018427387904)",
        "- LSTM(4, num_layers=1000000, batch_first=True)",
        "- Linear(__import__('os').system('id'))",
        "- Linear(().__class__)",
        "- Linear('" + "x" * 250_000 + "')",
    ],
    ids=range(10),
)
def test_hostile_layers(tmp_path, layers):
    refused(tmp_path, f"input: [4, 4]\nlayers:\n  {layers}\n", megabytes=200)


# hostile specs
def test_nested_blocks_of_repeats(tmp_path):
    blocks = "".join(f"  B{n}: [x: 1000 * B{n + 1}]\n".replace("[", "\n    - ").replace("]", "") for n in range(14))
    refused(tmp_path, f"input: [4]\nblocks:\n{blocks}  B14:\n    - ReLU\nlayers:\n  - B0\n", megabytes=200)


# hostile specs
def test_lists_doubled_in_vars(tmp_path):
    vars_ = "".join(f"  a{n + 1}: (a{n}, a{n})\n" for n in range(40))
    refused(tmp_path, f"input: [4]\nvars:\n  a0: (1, 1)\n{vars_}layers:\n  - ReLU\n", megabytes=200)


# 15
def test_an_endless_device():
    started = time.monotonic()
    assert is_clean(run("summary", "/dev/zero"))
    assert time.monotonic() - started < 5


# 15
def test_an_endless_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def feed():
        try:
            with path.open("wb", buffering=0) as stream:
                while True:
                    stream.write(b"# more\n" * 10_000)
        except BrokenPipeError:
            pass

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    assert is_clean(run("summary", path))


# 15
def test_a_huge_file(tmp_path):
    path = tmp_path / "net.yaml"
    with path.open("wb") as stream:
        stream.truncate(1 << 30)
    assert is_clean(run("summary", path))


# 16
def test_a_tag_runs_nothing(summary, tmp_path):
    result = summary("input: [4]\nlayers: !!python/object/apply:os.system ['touch pwned']\n")
    assert is_clean(result)
    assert "E009" in result.stderr
    assert not (tmp_path / "pwned").exists()


# --- encodings and names ---------------------------------------------------------------------


# 17
@pytest.mark.parametrize(("encoding", "line_end"), [("utf-8-sig", "\n"), ("utf-16", "\n"), ("utf-8", "\r\n")])
def test_encodings_and_line_ends_that_work(summary, encoding, line_end):
    result = summary(GOOD.replace("\n", line_end).encode(encoding))
    assert (result.returncode, result.stderr) == (0, "")
    assert "10 parameters" in result.stdout


# 17, 18
@pytest.mark.parametrize("data", ["name: größe\n".encode("latin-1"), b"name: a\0b\n", b'name: "\\ud800"\n'])
def test_encodings_that_do_not(summary, data):
    assert is_clean(summary(data + GOOD.encode()))


# 19
@pytest.mark.parametrize("name", ["netz größe.yaml", "🎹 piano.yaml", "-net.yaml", "a:b.yaml"])
def test_any_file_name_works(tmp_path, name):
    (tmp_path / name).write_text(GOOD)
    result = run("summary", "--", name, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")


# 20
def test_stdin_from_a_pipe_and_closed(tmp_path):
    assert run("summary", "-", input=GOOD).returncode == 0
    assert is_clean(run("summary", "-", stdin=subprocess.DEVNULL))
    closed = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m netinspect summary - <&-"],
        env=environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert is_clean(closed)


# 20
def test_stdin_from_a_terminal_does_not_hang():
    master, slave = os.openpty()
    result = subprocess.run(
        [*PROGRAM, "summary", "-"], stdin=slave, env=environment(), capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    os.close(master)
    os.close(slave)
    assert is_clean(result)


# --- names and injection ---------------------------------------------------------------------


# 21
@pytest.mark.parametrize("name", ["[/foo]", "[red]x[/red]", ":boom:"])
def test_markup_is_printed_as_it_stands(summary, name):
    result = summary(f"name: '{name}'\n{GOOD}")
    assert result.returncode == 0
    assert result.stdout.startswith(name)
    layer = summary(f"input: [4]\nlayers:\n  - '{name}': Linear(2)\n")
    assert is_clean(layer)


# 22
@pytest.mark.parametrize("escape", ["\\x1b[2J", "\\r", "\\n", "\\u202e", "\\x07"])
def test_control_characters_never_reach_the_terminal(summary, escape):
    for text in (f'name: "a{escape}b"\n{GOOD}', f'input: [4]\nlayers:\n  - "x{escape}": Linear(2)\n'):
        result = summary(text)
        for stream in (result.stdout, result.stderr):
            assert all(char == "\n" or char.isprintable() for char in stream)


# 24
def test_a_name_that_is_a_formula_or_markup_is_escaped(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("name: '=cmd()|`<script>'\n" + GOOD)
    assert "\n'=cmd()" in run("summary", path, "--format", "csv").stdout
    assert r"=cmd()\|\`&lt;script&gt;" in run("summary", path, "--format", "markdown").stdout
