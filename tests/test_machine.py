"""The machine's memory; what would take too much of it is refused before any is allocated, with the estimate."""

import os
import re
from pathlib import Path

import pytest

from netinspect import machine
from netinspect.errors import InputError
from netinspect.machine import machine_bytes, refuse_beyond


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="reads /proc")
def test_the_machines_memory_is_what_linux_says(monkeypatch):
    (kibibytes,) = re.findall(r"MemTotal: +(\d+) kB", Path("/proc/meminfo").read_text())
    monkeypatch.setattr(machine, "_BOUNDS", ())
    assert machine.memory_bytes() == 1024 * int(kibibytes)


def test_a_containers_share_counts(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    limit.write_text("1048576\n")
    monkeypatch.setattr(machine, "_BOUNDS", (str(limit),))
    assert machine.memory_bytes() == 1_048_576


def test_without_a_limit_the_machines_own_counts(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    limit.write_text("max\n")
    monkeypatch.setattr(machine, "_BOUNDS", (str(limit), str(tmp_path / "missing")))
    assert machine.memory_bytes() == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_a_system_that_does_not_tell(monkeypatch):
    def unknown(_):
        raise ValueError

    monkeypatch.setattr(machine.os, "sysconf", unknown)
    monkeypatch.setattr(machine, "_BOUNDS", ())
    assert machine.memory_bytes() is None


# --- refusing --------------------------------------------------------------------------------


def test_half_of_the_machines_memory_is_the_limit(monkeypatch):
    monkeypatch.setattr(machine, "machine_bytes", lambda: 8 << 30)
    refuse_beyond(4 << 30, None, "x")
    with pytest.raises(InputError) as caught:
        refuse_beyond(5 << 30, None, "recording")
    assert str(caught.value) == (
        "recording needs about 5.00 GiB, and half of this machine's memory is 4.00 GiB; "
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
