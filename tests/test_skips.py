"""Skips do not hide holes: in CI a test that lacks its oracle or its browser fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SKIPPED = """\
import pytest

@pytest.mark.skipif(True, reason="needs Chromium (Debian: apt-get install chromium)")
def test_of_a_page(): ...

@pytest.fixture
def models():
    pytest.skip("torchvision is not installed")

def test_of_a_network(models): ...

@pytest.mark.skipif(True, reason="needs an accelerator")
def test_of_a_device(): ...
"""


@pytest.mark.parametrize(("ci", "counts"), [("true", "1 skipped, 2 errors"), ("", "3 skipped")])
def test_a_skip_for_want_of_an_oracle_fails_in_ci(ci, counts, tmp_path):
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_runtest_makereport\n")
    (tmp_path / "test_skipped.py").write_text(SKIPPED)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "."]
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert result.stdout.splitlines()[-1].startswith(counts), result.stdout
