"""Texts that are none of a style: the gallery's specs, which are right, and drafts that were cut or broken."""

import re
from pathlib import Path

import pytest
import yaml

from netinspect.drafts.styles import darknet, keras, notation, typed, yolo

STYLES = [module.STYLE for module in (keras, typed, yolo, darknet, notation)]
GALLERY = sorted((Path(__file__).parents[3] / "specs").rglob("*.yaml"))
TESTS = sorted(Path(__file__).parent.glob("test_*.py"))


def plain(text):
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_the_specs_of_the_gallery_are_left_alone(style):
    assert GALLERY
    for path in GALLERY:
        text = path.read_text(encoding="utf-8")
        data = plain(text)
        assert style.rewrite(text, data) is None, path
        assert style.rewrite(text, data and data["layers"]) is None, path


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_a_text_that_was_cut_raises_nothing(style):
    texts = [text for path in TESTS for text in re.findall(r'"""(.*?)"""', path.read_text(encoding="utf-8"), re.DOTALL)]
    for text in texts:
        for end in range(0, len(text), max(len(text) // 12, 1)):
            for part in (text[:end], text[end:]):
                data = plain(part)
                style.rewrite(part, data)
                style.rewrite(part, data.get("layers") if isinstance(data, dict) else [part])
