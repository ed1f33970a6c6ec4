"""Settings of the whole test suite."""

import compileall
import gc
import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.torchvision_operators import declared_operators

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


@pytest.fixture(scope="session")
def torchvision_models():
    """`torchvision.models`, also beside a build of torch that its own extension does not fit."""
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    operators = declared_operators()
    import torchvision.models

    yield torchvision.models
    del operators


NEEDED = re.compile(r"needs Chromium|torchvision is not installed|could not import '(fvcore|thop|torch)")
"""What a machine of a developer may lack, and a CI (`CI=true`) must have: there such a skip is a failure."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    reason = str(report.longrepr[2]) if report.skipped and isinstance(report.longrepr, tuple) else ""
    if NEEDED.search(reason) and os.environ.get("CI") == "true":
        report.outcome, report.longrepr = "failed", f"in CI nothing may be missing: {reason}"
    return report


def pytest_configure(config):
    """netinspect is compiled once, as where it is installed, and not by each of the commands that are run."""
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(Path(__file__).parents[1] / "src", quiet=1)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    """Modules and tests stay until the end, so Python does not search them for garbage: neither while they are
    collected nor, time and again, while the tests run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


SLOW = (
    "ci/",
    "conformance/",
    "fuzz/",
    "page/",
    "analysis/test_equivalents.py",
    "analysis/test_peers.py",
    "analysis/test_receptive_field_by_gradient.py",
    "catalogue/test_drawn_calls.py",
    "cli/test_compare.py",
    "cli/test_visualize",
    "docs/test_examples.py",
    "docs/test_figures.py",
    "explorer/test_engine.py",
    "explorer/test_gradient.py",
    "explorer/test_page.py",
    "faults/test_bounds.py",
    "faults/test_messages.py",
    "faults/test_models.py",
    "faults/test_visualize",
    "pictures/test_charts.py",
    "pictures/test_diagram.py",
    "gallery/test_modern.py",
    "gallery/test_visualize.py",
    "language/test_hostile.py",
    "package/",
    "reference/test_document_schemas.py",
    "test_notebook.py",
    "torch_backend/studies/test_equivariance.py",
    "torch_backend/studies/test_gradients.py",
    "torch_backend/test_measure.py",
    "inputs/test_spectra.py",
)
"""Tests of whole runs with torch, browsers and environments: -m "not slow" leaves them out, and takes some minutes."""


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).as_posix().startswith(SLOW):
            item.add_marker(pytest.mark.slow)
