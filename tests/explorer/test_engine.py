"""The page's engine, in a browser: it gives what torch gives, and every number is the sum of its own terms."""

import json
from pathlib import Path

import pytest

import netinspect.explorer
from tests.explorer.pages import texts_of_gallery, texts_of_text
from tests.explorer.test_payload import IN_ONE_LINE, QUICK
from tests.page.browser import browser, found

pytestmark = [
    pytest.mark.skipif(found() is None, reason="needs Chromium (Debian: apt-get install chromium)"),
    pytest.mark.xdist_group("browser"),
]

SCRIPT = Path(netinspect.explorer.__file__).parent / "script"
CHECK = """
(async () => {{
  const net = engine.open({}, await unpack({}));
  await engine.run(net);
  return engine.check(net, true);
}})()
"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engine")
    files = [SCRIPT / "unpack.js", SCRIPT / "engine.js", *sorted((SCRIPT / "kinds").glob("*.js"))]
    scripts = "".join(f"<script>{file.read_text(encoding='utf-8')}</script>" for file in files)
    (folder / "engine.html").write_text(f'<!doctype html><meta charset="utf-8">{scripts}', encoding="utf-8")
    with browser(folder / "profile") as opened:
        opened.visit(folder / "engine.html")
        yield opened


def report(tab, texts):
    return tab.value(CHECK.format(texts.network, json.dumps(texts.numbers)))


@pytest.mark.parametrize("name", QUICK)
def test_a_gallery_network_runs_as_in_torch(tab, name):
    checked = report(tab, texts_of_gallery(name))
    assert checked["wrong"] == []
    assert checked["numbers"] > 0


@pytest.mark.parametrize("case", IN_ONE_LINE)
def test_every_kind_says_how_its_numbers_come_about(tab, case):
    sizes, line = IN_ONE_LINE[case]
    checked = report(tab, texts_of_text(f"input: [{sizes}]\nlayers:\n  - {line}\n"))
    assert checked["wrong"] == []
    assert checked["explained"] > 0


def test_a_wrong_number_is_noticed(tab):
    texts = texts_of_gallery("toy_cnn")
    spoilt = CHECK.replace("return", "net.values[2].data.fill(1); return")
    assert tab.value(spoilt.format(texts.network, json.dumps(texts.numbers)))["wrong"] != []


def test_what_follows_a_record_in_half_precision_is_allowed_its_rounding(tab):
    layers = "  - wide: Conv2d(16, kernel_size=1)\n  - next: Conv2d(1, kernel_size=1)\n"
    texts = texts_of_text(f"input: [1, 80, 80]\nlayers:\n{layers}", left_out=["wide"])
    head = json.loads(texts.network)
    assert head["arrays"][head["values"][1]["stored"]]["dtype"] == "float16"
    assert report(tab, texts)["wrong"] == []
    strict = CHECK.replace("await engine.run(net)", "net.halved.clear(); await engine.run(net)")
    assert tab.value(strict.format(texts.network, json.dumps(texts.numbers)))["wrong"] == ["wide", "next"]
