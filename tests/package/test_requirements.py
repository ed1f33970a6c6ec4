"""The lists of packages that the Makefile installs name the versions that the constraints file allows."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pins(path):
    """Version by package of a file of requirements."""
    lines = (line.strip() for line in path.read_text().splitlines())
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("requirements", ["tests/survey.txt", "tests/materials.txt"])
def test_versions_agree_with_the_constraints(requirements):
    constraints = pins(ROOT / "constraints.txt")
    required = pins(ROOT / requirements)
    assert required
    assert {name: version for name, version in required.items() if constraints.get(name, version) != version} == {}
