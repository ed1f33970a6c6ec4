"""Specs written in a test, as networks."""

import textwrap

import pytest

from netinspect.network.load import load


@pytest.fixture
def network(tmp_path):
    """`network(text, batch_size=1)`: the network of a spec that is written in the test."""

    def of(text, **options):
        path = tmp_path / "spec.yaml"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return load(path, **options)

    return of
