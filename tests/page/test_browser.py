"""The page in a real browser: it fits every screen, complains of nothing, and needs neither mouse nor JavaScript."""

import pytest

from netinspect.folders import write_folder
from netinspect.pictures.page.manifest import contents
from tests.page.albums import album
from tests.page.browser import browser, found

pytestmark = [
    pytest.mark.skipif(found() is None, reason="needs Chromium (Debian: apt-get install chromium)"),
    pytest.mark.xdist_group("browser"),
]

WIDTHS = (360, 1024, 1920)


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gallery") / "a gallery"
    write_folder(folder, contents(album()))
    return folder / "index.html"


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def visited(tab, index):
    tab.call("Emulation.setScriptExecutionDisabled", value=False)
    tab.call("Emulation.setEmulatedMedia", media="", features=[])
    tab.size(1024)
    tab.visit(index)
    return tab


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_the_screen_and_complains_of_nothing(tab, index, width):
    tab.size(width)
    tab.visit(index)
    assert tab.value("[document.documentElement.scrollWidth, innerWidth]") == [width, width]
    assert (
        tab.value("[...document.querySelectorAll('main img')].filter(i => !i.complete || !i.naturalWidth).length") == 0
    )
    assert tab.value("document.querySelectorAll('main img').length") == 11
    assert tab.complaints() == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_reaches_over_the_edge_but_what_scrolls_by_itself(tab, index, width):
    tab.size(width)
    tab.visit(index)
    over = """[...document.querySelectorAll('body *')].filter(e => !e.closest('.diagram, nav, .skip, dialog')
        && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className)"""
    assert tab.value(over) == []


def test_the_probe_would_see_an_overflow_and_a_complaint(visited):
    visited.value("document.querySelector('h1').style.width = '3000px'")
    assert visited.value("document.documentElement.scrollWidth") > 1024
    visited.value("console.error('x')")
    visited.value("1")
    assert visited.complaints() != []


def test_j_and_k_walk_through_the_layers(visited):
    here = "document.activeElement.id"
    for key, expected in [
        ("j", "layer-001"),
        ("j", "layer-003"),
        ("k", "layer-001"),
        ("k", "network"),
        ("k", "network"),
    ]:
        visited.press(key)
        assert visited.value(here) == expected
    visited.press("j")
    visited.wait("document.querySelector('nav [aria-current]')?.hash === '#layer-001'")


def test_enter_enlarges_arrows_page_and_escape_returns(visited):
    visited.press("j")
    visited.press("Tab")
    visited.press("Enter")
    title = "document.querySelector('dialog p').textContent"
    assert visited.value("document.querySelector('dialog').open")
    assert visited.value(title).startswith("4 of 11: features.1.conv.weight 12×3×5×5")
    visited.press("ArrowRight")
    assert visited.value(title).startswith("5 of 11: features.1.conv 12×20×20")
    visited.wait("document.querySelector('dialog img').naturalWidth > 0")
    visited.press("ArrowLeft")
    visited.press("Escape")
    assert not visited.value("document.querySelector('dialog').open")
    assert visited.value("document.activeElement.getAttribute('href')") == "kernels/01_features.1.conv.png"
    assert visited.complaints() == []


def test_without_javascript_everything_is_there(tab, index):
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.size(360)
    tab.visit(index)
    assert tab.value("document.querySelectorAll('main img').length") == 11
    assert tab.value("[...document.images].every(i => i.complete && i.naturalWidth)")
    assert tab.value("document.querySelector('dialog')") is None
    assert not tab.value("document.querySelector('.keys').checkVisibility()")
    assert tab.value("document.querySelector('#layer-001 figure a').getAttribute('href')").startswith("kernels/")
    tab.call("Emulation.setScriptExecutionDisabled", value=False)


def test_light_and_dark_follow_the_system(visited):
    ground = "getComputedStyle(document.body).backgroundColor"
    seen = {}
    for scheme in ("light", "dark"):
        visited.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        seen[scheme] = sum(int(part) for part in visited.value(ground).strip("rgb()").split(","))
    assert seen["light"] > 700
    assert seen["dark"] < 100


def test_in_print_there_are_pictures_and_no_buttons(visited):
    visited.call("Emulation.setEmulatedMedia", media="print")
    assert not visited.value("document.querySelector('nav').checkVisibility()")
    assert visited.value("document.querySelector('.layer img').checkVisibility()")
    assert visited.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_the_first_tab_leads_past_the_navigation(visited):
    visited.press("Tab")
    assert visited.value("document.activeElement.getAttribute('href')") == "#layers"
    assert visited.value("document.activeElement.getBoundingClientRect().left") >= 0


def test_it_shows_something(visited):
    assert len(visited.screenshot()) > 10_000
