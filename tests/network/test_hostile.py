"""Specs that try to take the machine down: each is refused with a code before it can grow."""

from __future__ import annotations

import tracemalloc

import pytest

from netinspect.network.operators import make_divisible
from tests.network.building import layers, mistakes

NESTED_BLOCKS = "blocks:\n" + "".join(
    f"  B{i}:\n    - 1000 * {f'B{i - 1}' if i else 'ReLU'}\n" for i in range(14)
) + "input: [4]\nlayers:\n  - B13\n"  # fmt: skip

ABSENT_LINES = (
    NESTED_BLOCKS.replace("1000 * ReLU", "1000 * [Identity]")
    .replace("  B0:\n", "  Z:\n    - ReLU if False\n  B0:\n")
    .replace("1000 * [Identity]", "1000 * Z")
)

BY_SHAPE = "blocks:\n" + "".join(
    f"  B{i}:\n    - {f'B{i - 1}' if i else 'ReLU'} for k in range(input.shape[1])\n" for i in range(8)
) + "input: [1000]\nlayers:\n  - B7\n"  # fmt: skip

DOUBLED = (
    "vars:\n  a0: [1, 2]\n"
    + "".join(f"  a{i}: a{i - 1} + a{i - 1}\n" for i in range(1, 41))
    + ("input: [4]\nlayers:\n  - ReLU\n")
)

PAIRED = (
    "vars:\n  a0: 1\n"
    + "".join(f"  a{i}: (a{i - 1}, a{i - 1})\n" for i in range(1, 41))
    + ("input: [4]\nlayers:\n  - ReLU\n")
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (NESTED_BLOCKS, "E501"),
        (ABSENT_LINES, "E501"),
        (BY_SHAPE, "E501"),
        (DOUBLED, "E502"),
        (PAIRED, "E502"),
        ("input: [4]\nlayers:\n  - ReLU for i in range(2147483647)\n", "E501"),
        ("input: [4]\nlayers:\n  - 20000 * [ReLU, ReLU, ReLU]\n", "E501"),
        ("input: [4]\nlayers:\n  - 9000 * [" + ", ".join(["ReLU"] * 40) + "]\n", "E501"),
        ("input: [4]\nlayers:\n  - Linear(9**9**9**9)\n", "E502"),
        ("input: [4, 8]\nlayers:\n  - LSTM(8, num_layers=1000000, batch_first=True)\n", "E211"),
        ("input: [3, 8, 8]\nlayers:\n  - MaxPool2d(2147483647, padding=1073741823)\n", None),
        ("input: [1]\nlayers:\n  - expand(unsqueeze(prev, 2), -1, -1, 2**62)\n", "E502"),
        ("input: [1]\nlayers:\n  - expand(prev, -1, 2147483648)\n", "E502"),
        ("input: [4]\nlayers:\n  - zeros(2147483647, 2147483647)\n", "E502"),
        ("input: [2147483647, 2147483647]\nlayers:\n  - ReLU\n", "E502"),
        ("vars: {n: 2147483648}\ninput: [4]\nlayers:\n  - ReLU\n", "E502"),
    ],
)
def test_a_hostile_spec_is_refused_before_it_grows(text: str, code: str | None) -> None:
    tracemalloc.start()
    try:
        found = mistakes(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found
    assert code is None or found[0].code == code
    assert peak < 100 * 2**20


def test_a_thousand_repeats_of_a_block_are_fine() -> None:
    net = layers("- body: 1000 * [Linear(4), ReLU, add(prev, input)]", "[4]")
    assert len(net.calls) == 3000


@pytest.mark.parametrize(
    ("value", "divisor", "expected"), [(32 * 1.4, 8, 48), (16 * 0.35, 8, 8), (11.9, 8, 16), (1280 * 1.4, 8, 1792)]
)
def test_make_divisible_rounds_as_mobilenet_does(value: float, divisor: int, expected: int) -> None:
    assert make_divisible(value, divisor) == expected


def test_thousands_of_mistakes_are_not_all_explained() -> None:
    found = mistakes("input: [4]\nlayers:\n" + "  - Lineear(3)\n" * 5_000)
    assert [d.code for d in found] == ["E101"] * 100 + ["E504"]
