"""Settings of the whole test suite."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# The machines of a CI differ in speed, so no example has a deadline; and every run tries the same examples.
# HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("repeatable", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(scope="session")
def materials():
    """The folder in which the packages of materials.txt are unpacked: published weights, photographs, a schema."""
    folder = Path(sys.prefix) / "materials"
    if not folder.is_dir():
        pytest.fail(f"{folder} is missing: `make test` fills it from tests/materials.txt")
    return folder
