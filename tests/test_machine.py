"""The machine's memory."""

import os
import re
from pathlib import Path

import pytest

from netinspect import machine


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
