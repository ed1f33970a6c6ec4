"""The arguments read off a layer make the same layer again."""

import contextlib

import pytest
import torch

from netinspect.catalogue.entry import Fault
from netinspect.torch_backend.functions import make_layer
from netinspect.torch_backend.layer_arguments import entry_of, layer_arguments
from tests.catalogue import engine
from tests.catalogue.layer_cases import CASES


def settings_of(layer):
    """Everything a layer keeps that is no tensor, and the shapes and names of what is."""
    plain = {name: str(value) for name, value in vars(layer).items() if not name.startswith("_") or name == "_padding"}
    inner = [settings_of(child) for child in layer.children()]
    return type(layer), plain, [(name, value.shape) for name, value in layer.state_dict().items()], inner


def assert_made_again(entry, arguments):
    with torch.device("meta"):
        layer = make_layer(entry, arguments)
        assert entry_of(layer) is entry
        read = layer_arguments(layer, entry)
        assert settings_of(make_layer(entry, read)) == settings_of(layer)


@pytest.mark.parametrize("name", sorted({case.entry.name for case in CASES}))
def test_every_case_of_the_catalogue(name):
    made = 0
    for case in CASES:
        if case.entry.name == name:
            with contextlib.suppress(Fault):
                assert_made_again(case.entry, engine.resolved(case) | dict(engine.ask(case).inferred))
                made += 1
    assert made
