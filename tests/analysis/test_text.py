"""Figures as text."""

import pytest

import netinspect
from netinspect.analysis.figures import Tensor
from netinspect.analysis.text import byte_size, tensor_sizes, tensors_sizes
from netinspect.language.messages import printable


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.00 KiB"), (207_608, "203 KiB"), (10_288, "10.0 KiB"),
        (1_048_575, "1.00 MiB"), (1_048_576, "1.00 MiB"), (1_023 * 1024, "1,023 KiB"), (2**70, "1,024 EiB"),
    ],
)  # fmt: skip
def test_bytes_have_three_figures_and_a_binary_unit(size, text):
    assert byte_size(size) == text


@pytest.mark.parametrize(
    ("shape", "batch", "text"),
    [
        ((1, 6, 28, 28), {0: "N"}, "6×28×28"),
        ((1,), {0: "N"}, "1"),
        ((1, 197, 768), {}, "1×197×768"),
        ((3, 1, 12, 64), {1: "N"}, "3×N×12×64"),
        ((100, 512), {0: "100N"}, "100N×512"),
    ],
)
def test_a_leading_batch_is_left_out_and_any_other_written_as_n(shape, batch, text):
    assert tensor_sizes(Tensor("x", shape, "float32", tuple(batch), tuple(batch.values()))) == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("flatten(input, 0, 1)", "100N×8"),
        ("permute(flatten(input, 0, 1), 1, 0)", "8×100N"),
        ("reshape(input, -1)", "800N"),
        ("cat(input, zeros, dim=0)", "N+1×100×8"),
        ("input[1:]", "N-1×100×8"),
        ("flatten(matmul(input[:, 0], transpose(input[:, 0], 0, 1)), 0)", "N²"),
        ("unsqueeze(input, 0)", "1×N×100×8"),
        ("input", "100×8"),
    ],
)
def test_a_size_that_the_batch_is_folded_into_says_how(line, text):
    network = netinspect.loads(
        f"input: [100, 8]\nparameters: {{zeros: [1, 100, 8]}}\nlayers:\n  - y: {line} * 1\n", batch_size=5
    )
    assert tensor_sizes(network.profile().rows[-1].outputs[0]) == text


def test_equal_tensors_are_counted():
    one = Tensor("x", (1, 64, 8), "float32", (0,), ("N",))
    assert tensors_sizes((one, one, one)) == "3 of 64×8"
    assert tensors_sizes((one, Tensor("y", (1, 2), "float32", (0,), ("N",)))) == "64×8, 2"


@pytest.mark.parametrize("text", ["plain", "größe", "网络", "[red]x[/red]", ":boom:"])
def test_plain_text_stays(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [("\x1b[31m", "\\x1b[31m"), ("a\rb", "a\\rb"), ("a\nb", "a\\nb"), ("\u202e", "\\u202e"), ("\ud800", "\\ud800")],
)
def test_what_a_terminal_would_obey_is_spelled_out(text, shown):
    assert printable(text) == shown
