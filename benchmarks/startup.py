"""How long whole commands take, against `import torch` in the same run. Prints ratios; asserts nothing.

    python benchmarks/startup.py [REPEATS]

Each command is a process of its own; the best of the repeats counts, wall clock and CPU apart. Memory is the
peak resident set.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

THOUSAND = """
input: [8]
blocks:
  Block:
    - a: Linear(16)
    - LayerNorm
    - ReLU
    - b: Linear(8)
    - add(input, b)
layers:
  - body: 1000 * Block
"""

HUNDRED_THOUSAND = "input: [64]\nlayers:\n" + "  - 10000 * [Linear(64), ReLU]\n" * 5

COMMANDS = {
    "import torch": ("-c", "import torch"),
    "torchinfo on LeNet": (
        "-c",
        "import netinspect, torchinfo; torchinfo.summary(netinspect.build('lenet'), (1, 1, 32, 32))",
    ),
    "--help": ("-m", "netinspect", "--help"),
    "summary lenet": ("-m", "netinspect", "summary", "lenet"),
    "summary resnet152": ("-m", "netinspect", "summary", "resnet152"),
    "summary resnet152 --format json": ("-m", "netinspect", "summary", "resnet152", "--format", "json"),
    "summary gpt2_xl": ("-m", "netinspect", "summary", "gpt2_xl"),
    "summary of 1,000 blocks": ("-m", "netinspect", "summary", "-"),
    "a mistake": ("-m", "netinspect", "summary", "no_such_network"),
}


def long_commands(folder: Path) -> dict[str, tuple[str, ...]]:
    """Commands on specs that are written into `folder`: networks of very many layers, and very many networks."""
    hundred, distinct, many = folder / "hundred_thousand.yaml", folder / "distinct.yaml", folder / "many"
    hundred.write_text(HUNDRED_THOUSAND)
    distinct.write_text(
        "input: [64]\nlayers:\n"
        + "".join(f"  - Linear({8 + turn * 7919 % 5003})\n  - ReLU\n" for turn in range(10_000))
    )
    many.mkdir()
    files = []
    for number in range(1000):
        files.append(many / f"net{number}.yaml")
        files[-1].write_text(small_spec(number))
    summary = ("-m", "netinspect", "summary")
    return {
        "summary of 100,000 layers": (*summary, str(hundred)),
        "summary of 100,000 layers as JSON": (*summary, str(hundred), "--format", "json"),
        "summary of 20,000 distinct layers": (*summary, str(distinct)),
        "20,000 distinct layers as JSON": (*summary, str(distinct), "--format", "json"),
        "summary of 1,000 specs": (*summary, *map(str, files)),
        "check of a folder of 1,000 specs": ("-m", "netinspect", "check", "--exit-zero", str(many)),
    }


def small_spec(number: int) -> str:
    """A network of 6 to 20 lines; each number gives another one."""
    if number % 2:
        layers = [f"Linear({4 + (number * turn) % 500})\n  - ReLU" for turn in range(1, 3 + number % 7)]
        return f"input: [{4 + number}]\nlayers:\n" + "".join(f"  - {layer}\n" for layer in (*layers, "Linear(10)"))
    stages = "".join(
        f"  - conv{stage}: Conv2d({4 + (number * stage) % 128}, kernel_size=3, padding=1)\n"
        "  - BatchNorm2d\n  - ReLU\n  - MaxPool2d(2)\n"
        for stage in range(1, 2 + number % 4)
    )
    return f"input: [3, 32, 32]\nlayers:\n{stages}  - Flatten\n  - fc: Linear({2 + number})\n"


@dataclass(frozen=True, slots=True)
class Cost:
    """One process: seconds of wall clock and of CPU, peak memory in MiB, and what it exited with."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    code: int = 0


def run(arguments: tuple[str, ...]) -> Cost:
    """The cost of one run of Python with these arguments."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert process.stdin is not None
    process.stdin.write(THOUSAND.encode())
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


def best(arguments: tuple[str, ...], repeats: int) -> Cost:
    """The least of each figure over several runs."""
    costs = [run(arguments) for _ in range(repeats)]
    return Cost(
        min(cost.seconds for cost in costs),
        min(cost.cpu_seconds for cost in costs),
        min(cost.peak_mib for cost in costs),
        max(cost.code for cost in costs),
    )


def main() -> None:
    """Print a line for every command."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    base = best(COMMANDS["import torch"], repeats)
    print(f"{'command':34} {'wall':>8} {'of torch':>9} {'CPU':>8} {'of torch':>9} {'memory':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in (COMMANDS | long_commands(Path(folder))).items():
            cost = base if name == "import torch" else best(arguments, repeats)
            failed = f"  exit {cost.code}" if cost.code and name != "a mistake" else ""
            print(
                f"{name:34} {cost.seconds * 1e3:5.0f} ms {cost.seconds / base.seconds:9.2f} "
                f"{cost.cpu_seconds * 1e3:5.0f} ms {cost.cpu_seconds / base.cpu_seconds:9.2f} "
                f"{cost.peak_mib:5.0f} MiB{failed}"
            )


if __name__ == "__main__":
    main()
