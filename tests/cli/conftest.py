"""Specs on disk for runs of the program."""

import pytest

SMALL = """\
name: Small
input: [1, 12, 12]
layers:
  - conv: Conv2d(6, kernel_size=5)
  - Flatten
  - Linear(10)
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(SMALL)
    return path
