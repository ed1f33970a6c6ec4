"""docs/catalogue.md is the catalogue: nothing is missing, nothing stale, every example is what the tool says."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from netinspect.catalogue import ENTRIES
from netinspect.catalogue.refused import KERAS, REFUSED
from netinspect.reference import examples, wording
from netinspect.reference.__main__ import PAGE
from netinspect.reference.page import page

TEXT = page()
ROOT = Path(__file__).parents[2]


def test_the_page_and_the_schema_are_not_stale():
    command = [sys.executable, "-m", "netinspect.reference", "--check"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_stale_page_would_be_noticed():
    assert PAGE.read_text(encoding="utf-8") == TEXT
    assert TEXT.replace("Linear", "Dense", 1) != TEXT


def test_every_entry_has_its_place():
    headings = re.findall(r"^### (\S+)$", TEXT, re.MULTILINE)
    assert sorted(headings) == sorted(entry.name for entry in ENTRIES)


def test_every_link_leads_to_a_heading():
    used: Counter[str] = Counter()
    anchors = set()
    for heading in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        anchors.add(f"{slug}-{used[slug]}" if used[slug] else slug)
        used[slug] += 1
    links = re.findall(r"\]\(#([^)]+)\)", TEXT)
    assert set(links) <= anchors
    assert len(set(links)) == len(links)


def test_every_refused_name_stands_there_with_its_reason():
    for name, reason in REFUSED.items():
        assert re.search(rf"^\| (?:.*, )?{name}(?:, .*)? \| {re.escape(reason)} \|$", TEXT, re.MULTILINE), name
    assert all(f"| {name} | `{ours}` |" in TEXT for name, ours in KERAS.items())


def test_no_cell_of_a_table_is_torn():
    tables = [line for line in TEXT.splitlines() if line.startswith("|")]
    assert all(line.count("|") in (3, 4) for line in tables)


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_every_example_is_a_spec_that_uses_its_entry(entry):
    call, row = examples.example_call(entry)
    assert call.entry is entry
    assert row.type == entry.name or not entry.is_layer


def test_a_signature_shows_what_is_worked_out_and_what_must_be_said():
    by_name = {entry.name: entry for entry in ENTRIES}
    assert wording.signature(by_name["Linear"]) == "Linear([in_features], out_features, bias=True)"
    assert wording.signature(by_name["Softmax"]) == "Softmax(dim)"
    assert wording.signature(by_name["permute"]) == "permute(input, *dims)"
    assert wording.call_signature(by_name["LSTM"]) == "(input, h_0=None, c_0=None)"


def test_an_example_tells_its_figures():
    by_name = {entry.name: entry for entry in ENTRIES}
    assert wording.worked(by_name["Linear"]) == (
        "10; 850 = `(84 + 1)·10` parameters (weight 10×84, bias 10); 840 = `84·10` MACs; FLOPs: 10 bias"
    )
    assert wording.worked(by_name["chunk"]).startswith("2 tensors of 50×32")
    assert wording.worked(by_name["Conv2d"]).endswith("an output sees 5×5")
    assert "h_n 1×N×64" in wording.worked(by_name["LSTM"])
