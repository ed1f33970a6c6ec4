"""The machine's memory."""

from netinspect import machine


def test_some_memory_is_there():
    assert machine.memory_bytes() > 2**20


def test_a_containers_share_counts(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    limit.write_text("1048576\n")
    monkeypatch.setattr(machine, "_BOUNDS", (str(limit),))
    assert machine.memory_bytes() == 1_048_576


def test_without_a_limit_the_machines_own_counts(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    limit.write_text("max\n")
    monkeypatch.setattr(machine, "_BOUNDS", (str(limit), str(tmp_path / "missing")))
    assert machine.memory_bytes() == machine._physical()[0]


def test_a_system_that_does_not_tell(monkeypatch):
    def unknown(_):
        raise ValueError

    monkeypatch.setattr(machine.os, "sysconf", unknown)
    monkeypatch.setattr(machine, "_BOUNDS", ())
    assert machine.memory_bytes() is None
