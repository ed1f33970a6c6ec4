"""What would take too much memory is refused before any is allocated, with the estimate."""

import pytest

from netinspect import machine
from netinspect.errors import InputError
from netinspect.machine import in_words, machine_bytes, refuse_beyond


def test_half_of_the_machines_memory_is_the_limit(monkeypatch):
    monkeypatch.setattr(machine, "machine_bytes", lambda: 8 << 30)
    refuse_beyond(4 << 30, None, "x")
    with pytest.raises(InputError) as caught:
        refuse_beyond(5 << 30, None, "recording")
    assert str(caught.value) == (
        "recording needs about 5.0 GiB, and half of this machine's memory is 4.0 GiB; "
        "--memory-limit allows more, and fewer layers or inputs need less"
    )


def test_a_limit_of_ones_own():
    refuse_beyond(1 << 62, 1 << 62, "x")
    with pytest.raises(InputError, match="needs about 101 bytes, and the limit is 100 bytes"):
        refuse_beyond(101, 100, "x")


def test_a_system_that_does_not_say_is_taken_for_a_small_one(monkeypatch):
    assert machine_bytes() > 1 << 28
    monkeypatch.setattr(machine, "memory_bytes", lambda: None)
    assert machine_bytes() == 8 << 30


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (1023, "1,023 bytes"), (1536, "1.5 KiB"), (3 << 40, "3.0 TiB"), (1 << 70, "1,048,576.0 PiB")],
)
def test_in_words(count, words):
    assert in_words(count) == words
