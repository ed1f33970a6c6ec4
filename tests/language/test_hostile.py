"""Bounds hold in time and memory: every hostile file is refused, or read, quickly."""

import subprocess
import sys
import textwrap

import pytest

MIB = 1 << 20
HEAD = "input: [1]\nlayers:\n"

HOSTILE = {
    "100,000 brackets": '"a: " + "[" * 100_000',
    "100,000 dashes": '"- " * 100_000',
    "an alias bomb": '"a0: &a0 [x, x]\\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\\n" for i in range(1, 9000))',
    "a long scalar": 'HEAD + "  - " + "x" * 250_000',
    "a long block scalar": 'HEAD + "  - |\\n" + "    X\\n" * 160_000',
    "many brackets": 'HEAD + "  - X(" + "(" * 400',
    "cut steps": 'HEAD + "  - x: [A(1, 2), B]\\n" * 49_000',
    "misplaced colons": 'HEAD + "  - conv: Conv2d(6, a: 5)\\n" * 40_000',
    "colons in keys": 'HEAD + "  - Conv2d(6, a: 5)\\n" * 16_000',
    "many mistakes": 'HEAD + "  - X(1\\n" * 40_000',
    "unknown keys": '"".join(f"laye{i}: 1\\n" for i in range(24_000))',
    "many variables": '"vars:\\n" + "".join(f" v{i}: {i}\\n" for i in range(20_000)) + "variants: {a: {w1: 1}}\\n"',
    "duplicates": '"a: 1\\n" * 24_000',
    "surrogate pairs": '"{" + ",".join(f\'"k{i}": "\\\\ud83d\\\\ude00"\' for i in range(24_000)) + "}"',
    "backslashes": '\'a: "\' + "\\\\" * (MIB - 10)',
    "quotes": '"\\"" * MIB',
    "colons": '":" * MIB',
    "blank lines": '"\\n" * MIB',
    "tabs": '"a:\\n" + "\\t" * 1_000_000',
    "one list": '"a: [" + "A(1, " * 20_000',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_costs_little(text):
    program = f"""
        import pathlib, time
        from netinspect.errors import SpecError
        from netinspect.language import Source, parse, render
        HEAD, MIB = {HEAD!r}, {MIB}
        source = Source("net.yaml", {text})
        start = time.process_time()
        try:
            diagnostics = parse(source).diagnostics
        except SpecError as error:
            diagnostics = error.diagnostics
        assert diagnostics
        for diagnostic in diagnostics:
            render(diagnostic, source)
        seconds = time.process_time() - start
        # not getrusage: a child starts with the peak of the process that forked it
        status = pathlib.Path("/proc/self/status").read_text()
        print(seconds, int(status.split("VmHWM:")[1].split()[0]) // 1024)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stderr
    seconds, mebibytes = map(float, run.stdout.split())
    assert seconds < 2
    assert mebibytes < 200


def test_reading_a_spec_loads_nothing_heavy():
    program = """
        import sys
        import netinspect.language
        assert "yaml" not in sys.modules
        netinspect.language.parse(netinspect.language.Source("f", "input: [1]\\nlayers: [X]\\n"))
        heavy = {"torch", "numpy", "matplotlib", "rich", "decimal", "fractions", "difflib"} & set(sys.modules)
        assert not heavy, heavy
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)
