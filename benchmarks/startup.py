"""How long whole commands take, against `import torch` in the same run. Prints ratios; asserts nothing.

    python benchmarks/startup.py [REPEATS]

Each command is a process of its own; the best of the repeats counts, wall clock and CPU apart. Memory is the
peak resident set.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Cost:
    """One process: seconds of wall clock and of CPU, peak memory in MiB."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


def run(arguments: tuple[str, ...]) -> Cost:
    """The cost of one run of Python with these arguments."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert process.stdin is not None
    process.stdin.write(THOUSAND.encode())
    process.stdin.close()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def best(arguments: tuple[str, ...], repeats: int) -> Cost:
    """The least of each figure over several runs."""
    costs = [run(arguments) for _ in range(repeats)]
    return Cost(
        min(cost.seconds for cost in costs),
        min(cost.cpu_seconds for cost in costs),
        min(cost.peak_mib for cost in costs),
    )


def main() -> None:
    """Print a line for every command."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    base = best(COMMANDS["import torch"], repeats)
    print(f"{'command':34} {'wall':>8} {'of torch':>9} {'CPU':>8} {'of torch':>9} {'memory':>9}")
    for name, arguments in COMMANDS.items():
        cost = base if name == "import torch" else best(arguments, repeats)
        print(
            f"{name:34} {cost.seconds * 1e3:5.0f} ms {cost.seconds / base.seconds:9.2f} "
            f"{cost.cpu_seconds * 1e3:5.0f} ms {cost.cpu_seconds / base.cpu_seconds:9.2f} {cost.peak_mib:5.0f} MiB"
        )


if __name__ == "__main__":
    main()
