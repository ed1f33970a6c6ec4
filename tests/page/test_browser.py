"""The page in a real browser: it fits every screen, complains of nothing, and needs neither mouse nor JavaScript."""

from dataclasses import replace

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
    assert tab.value("document.querySelectorAll('main img').length") == 11
    assert tab.value("[...document.querySelectorAll('main img')].filter(i => i.loading !== 'lazy').length") == 1
    tab.see_all()
    assert tab.value("[...document.querySelectorAll('main img')].filter(i => !i.naturalWidth).length") == 0
    assert tab.complaints() == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_reaches_over_the_edge_but_what_scrolls_by_itself(tab, index, width):
    tab.size(width)
    tab.visit(index)
    over = """[...document.querySelectorAll('body *')].filter(e =>
        !e.closest('.diagram, .scrolling, nav, .skip, dialog, figure > a > img') &&
        e.getBoundingClientRect().right > innerWidth + 1
        ).map(e => e.tagName + '.' + e.className)"""
    assert tab.value(over) == []


@pytest.mark.parametrize("width", [360, 1024, 1100, 1920])
def test_the_words_of_an_answer_take_the_room_that_is_there(tab, index, width):
    """They go on in the next line at the edge of the page, or at 40 rem, and not where the small table ends."""
    tab.size(width)
    tab.visit(index)
    tab.value("document.querySelector('.numbers figcaption').firstChild.data = 'several words '.repeat(40)")
    words, edge, table = tab.value("""['.numbers figcaption', '.answer', '.numbers table'].map(place => {
        const box = document.querySelector(place).getBoundingClientRect();
        return place === '.answer' ? box.right : box.width})""")
    left = tab.value("document.querySelector('.numbers').getBoundingClientRect().left")
    assert words == pytest.approx(min(edge - left, 640), abs=1)
    assert words > max(table, 190)


def test_the_probe_would_see_an_overflow_and_a_complaint(visited):
    visited.value("document.querySelector('h1').style.width = '3000px'")
    assert visited.value("document.documentElement.scrollWidth") > 1024
    visited.value("console.error('x')")
    visited.value("1")
    assert visited.complaints() != []


def test_j_and_k_walk_through_the_layers(visited):
    here = "document.activeElement.id"
    for key, expected in [
        ("j", "network"),
        ("j", "01_features.1.conv"),
        ("j", "02_features.2.conv"),
        ("k", "01_features.1.conv"),
        ("k", "network"),
        ("k", "answer"),
        ("k", "answer"),
    ]:
        visited.press(key)
        assert visited.value(here) == expected
    visited.press("j")
    visited.press("j")
    visited.wait("document.querySelector('nav [aria-current]')?.hash === '#01_features.1.conv'")


def test_enter_enlarges_arrows_page_and_escape_returns(visited):
    visited.press("j")
    visited.press("j")
    visited.press("Tab")
    visited.press("Enter")
    title = "document.querySelector('dialog p').textContent"
    assert visited.value("document.querySelector('dialog').open")
    assert visited.value(title).startswith("5 of 12: features.1.conv.weight 12×3×5×5")
    visited.press("ArrowRight")
    assert visited.value(title).startswith("6 of 12: features.1.conv 12×20×20")
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
    tab.see_all()
    assert tab.value("[...document.images].every(i => i.naturalWidth)")
    assert tab.value("document.querySelector('dialog')") is None
    assert not tab.value("document.querySelector('.keys').checkVisibility()")
    assert tab.value("document.querySelector('.layer figure a').getAttribute('href')").startswith("kernels/")
    tab.call("Emulation.setScriptExecutionDisabled", value=False)


def test_light_and_dark_follow_the_system(visited):
    ground = "getComputedStyle(document.body).backgroundColor"
    seen = {}
    for scheme in ("light", "dark"):
        visited.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        seen[scheme] = sum(int(part) for part in visited.value(ground).strip("rgb()").split(","))
    assert seen["light"] > 700
    assert seen["dark"] < 100


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_a_ground_that_is_asked_for_is_that_of_page_and_diagram_whatever_the_system_has(visited, tmp_path, ground):
    write_folder(tmp_path / "out", contents(replace(album(), ground=ground)))
    other = "dark" if ground == "light" else "light"
    visited.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": other}])
    visited.visit(tmp_path / "out" / "index.html")
    body = visited.value("getComputedStyle(document.body).backgroundColor")
    paper = visited.value("getComputedStyle(document.querySelector('.drawing')).getPropertyValue('--paper').trim()")
    assert max(int(part) for part in body.strip("rgb()").split(",")) in (
        range(100) if ground == "dark" else range(200, 256)
    )
    assert (paper == "#16171a") == (ground == "dark")
    assert visited.value("getComputedStyle(document.documentElement).colorScheme") == ground


def test_a_long_entry_of_the_navigation_shows_its_end(tab, index):
    tab.size(1440)
    tab.visit(index)
    ends = """(() => {
      const entry = [...document.querySelectorAll('nav a bdi')].at(-1), link = entry.parentElement;
      entry.textContent = 'encoder.layers.encoder_layer_11.self_attention';
      const [inner, outer] = [entry, link].map(e => e.getBoundingClientRect());
      return [inner.left < outer.left, inner.right <= outer.right];
    })()"""
    assert tab.value(ends) == [True, True]


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


# --- links, folds, the enlarged view -----------------------------------------------------------


def test_boxes_of_the_diagram_and_rows_of_the_table_lead_to_layers(visited):
    visited.value("document.querySelector('.drawing a').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    assert visited.value("location.hash") == "#01_features.1.conv"
    rows = visited.value("[...document.querySelectorAll('.rows tbody th')].map(e => e.textContent)")
    assert rows == [name for index in range(1, 5) for name in (f"features.{index}.conv", f"features.{index}.relu")]
    links = visited.value("[...document.querySelectorAll('.rows a')].map(a => a.hash.slice(1))")
    assert links == [f"0{index}_features.{index}.conv" for index in range(1, 5)]
    assert all(visited.value(f"!!document.getElementById('{link}')") for link in links)


def test_a_block_like_an_earlier_one_is_folded_until_it_is_asked_for(visited):
    block = "document.querySelector('details.block')"
    assert visited.value(f"{block}.open") is False
    assert visited.value(f"{block}.querySelector('summary').textContent") == (
        "features.4 Block, made like features.3 2 pictures"
    )
    assert visited.value(f"{block}.querySelector('img').naturalWidth") == 0  # nothing is loaded for what is folded
    visited.value("document.querySelector('.rows a[href*=\"04_\"]').click()")
    visited.wait(f"{block}.open && {block}.querySelector('img').naturalWidth > 0")


WIDTH = "document.querySelector('dialog img').getBoundingClientRect().width"
FRAME = "document.querySelector('.frame')"


def test_enlarged_a_picture_zooms_and_scrolls(visited):
    visited.value("document.querySelector('.strip a').click()")
    visited.wait("document.querySelector('dialog img').naturalWidth > 0")
    fitting = visited.value(WIDTH)
    assert fitting == visited.value(f"{FRAME}.clientWidth")
    visited.press("+")
    assert visited.value(WIDTH) == pytest.approx(1.25 * fitting, abs=1)
    assert visited.value(f"{FRAME}.scrollWidth > {FRAME}.clientWidth")
    visited.press("-")
    visited.press("-")
    assert visited.value(WIDTH) == pytest.approx(fitting / 1.25, abs=1)
    visited.press("0")
    assert visited.value(WIDTH) == fitting
    wheel = "new WheelEvent('wheel', {deltaY: -300, ctrlKey: true, cancelable: true})"
    visited.value(f"{FRAME}.dispatchEvent({wheel})")
    assert visited.value(WIDTH) == pytest.approx(2.718 * fitting, rel=1e-2)
    visited.press("ArrowDown")
    visited.wait(f"{FRAME}.scrollTop > 0")
    visited.press("Escape")
    assert not visited.value("document.querySelector('dialog').open")
    assert visited.complaints() == []
