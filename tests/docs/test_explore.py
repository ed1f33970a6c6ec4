"""The ready pages of docs/explore.md: those that `make figures` makes; each link opens the state that it names."""

import re
from urllib.parse import unquote

import pytest

from tests.docs.examples import ROOT
from tests.docs.test_figures import FIGURES
from tests.page.browser import browser, found

FOLDER = ROOT / "docs" / "explore"
LINKS = re.findall(r"\(explore/(\w+\.html)(#[^)]*)?\)", (ROOT / "docs" / "explore.md").read_text(encoding="utf-8"))
MOST_BYTES = 3_000_000


def test_every_page_is_made_and_linked():
    made = {f"{page.name}.html" for page in FIGURES.EXPLORER_PAGES}
    assert made == {path.name for path in FOLDER.iterdir()} == {name for name, _ in LINKS}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES
    assert (FOLDER / "lenet.html").stat().st_size <= 200_000


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def entries(fragment):
    return {unquote(part) for part in fragment.removeprefix("#").split("&") if part}


@pytest.mark.skipif(found() is None, reason="needs Chromium (Debian: apt-get install chromium)")
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("link", [name + fragment for name, fragment in LINKS if fragment])
def test_a_link_opens_the_state_that_it_names(tab, link):
    name, _, fragment = link.partition("#")
    tab.call("Page.navigate", url="about:blank")
    tab.wait("location.href === 'about:blank'")
    tab.call("Page.navigate", url=f"{(FOLDER / name).as_uri()}#{fragment}")
    tab.wait("document.body?.dataset.ready")
    assert "The address names" not in tab.value("document.getElementById('live').textContent")
    tab.value("history.replaceState(null, '', '#')")
    tab.value("document.getElementById('heat').dispatchEvent(new Event('change'))")  # after which the state is written
    tab.wait("location.hash.includes('cell=')")
    assert entries(fragment) <= entries(tab.value("location.hash"))
    assert tab.complaints() == []
