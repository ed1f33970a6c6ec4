"""The page of galleries that the command made, in a real browser: trained and random, images, sequences, attention."""

import json
from pathlib import Path

import matplotlib as mpl
import pytest

from netinspect.cli.main import main
from tests.page.browser import browser, found

pytestmark = [
    pytest.mark.skipif(found() is None, reason="needs Chromium (Debian: apt-get install chromium)"),
    pytest.mark.xdist_group("browser"),
]

WIDTHS = (360, 1024, 1920)
LONG = "An image cut into patches, under a name that no telephone has room for in a single line"
DEEP = "".join(f"  - block{i}: Conv2d(8, kernel_size=3, padding=1)\n  - MaxPool2d(1)\n" for i in range(9))
SPECS = {
    "image": f"name: Wide\ninput: [3, 20, 20]\nlayers:\n{DEEP}  - Flatten\n  - head: Linear(4)\n",
    "recurrent": "input: {time: 12, features: 3}\nlayers:\n  - rnn: GRU(5, batch_first=True)\n  - head: Linear(2)\n",
    "transformer": f"""\
name: {LONG}
about: Made of eight heads, each of which looks elsewhere.
input: [3, 16, 16]
layers:
  - {"a_very_long_name_" * 3}of_a_layer: Conv2d(16, kernel_size=4, stride=4)
  - flatten(2)
  - transpose(1, 2)
  - encoder: TransformerEncoder(nhead=8, dim_feedforward=16, num_layers=1, batch_first=True)
  - mean(dim=1)
  - head: Linear(3)
""",
}
NAMES = ("trained", *SPECS)
BANNER = "random initialisation, seed 0: nothing learned"


@pytest.fixture(scope="module")
def galleries(materials, tmp_path_factory):
    """A gallery of each kind, by name."""
    folder = tmp_path_factory.mktemp("real")
    photo = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    weights = materials / "facenet_pytorch/data/pnet.pt"
    commands = {"trained": ["pnet", "--weights", str(weights), "--input", str(photo)]}
    for name, text in SPECS.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        commands[name] = [str(folder / f"{name}.yaml"), *(["--all"] if name == "image" else [])]
    for name, command in commands.items():
        assert main(["visualize", *command, "-o", str(folder / name)]) == 0
    return {name: folder / name for name in commands}


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        opened.call("Network.enable")
        yield opened


@pytest.fixture
def visit(tab, galleries):
    """Open a gallery at a width, without what an earlier test has set."""

    def visiting(name, width=1024, *, dark=False, media="", script=True):
        tab.call("Emulation.setScriptExecutionDisabled", value=not script)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        tab.call("Emulation.setEmulatedMedia", media=media, features=[scheme])
        tab.size(width)
        tab.visit(galleries[name] / "index.html")
        return tab

    return visiting


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def requested(tab):
    return [event["params"]["request"]["url"] for event in tab.events
            if event.get("method") == "Network.requestWillBeSent"]  # fmt: skip


def failed(tab):
    return [event["params"] for event in tab.events if event.get("method") == "Network.loadingFailed"]


# --- it fits, it loads -------------------------------------------------------------------------

OVER = """[...document.querySelectorAll('body *')].filter(e =>
    !e.closest('.diagram, .scrolling, nav, .skip, dialog, figure > a > img')
    && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className)"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_it_fits_every_screen(visit, name, width):
    tab = visit(name, width)
    assert tab.value("[document.documentElement.scrollWidth, innerWidth]") == [width, width]
    assert tab.value(OVER) == []


IMAGES = """[...document.querySelectorAll('main img')].map(i => ({src: i.getAttribute('src'), alt: i.alt,
    given: [+i.getAttribute('width'), +i.getAttribute('height')], natural: [i.naturalWidth, i.naturalHeight],
    drawn: [i.getBoundingClientRect().width, i.getBoundingClientRect().height]}))"""


@pytest.mark.parametrize("name", NAMES)
def test_every_image_is_loaded_has_its_proportions_and_says_what_it_shows(visit, galleries, name):
    tab = visit(name, 360)
    tab.see_all()
    figures = [figure for figure in manifest(galleries[name])["figures"] if figure["file"] != "architecture.svg"]
    images = tab.value(IMAGES)
    assert [image["src"] for image in images] == [figure["file"] for figure in figures]
    assert tab.value("document.querySelectorAll('.drawing svg').length") == 1
    for image, figure in zip(images, figures, strict=True):
        (width, height), natural = image["given"], image["natural"]
        halves = natural if image["src"].endswith(".svg") else [(side + 1) // 2 for side in natural]
        assert [width, height] == halves
        assert image["drawn"][1] == pytest.approx(image["drawn"][0] * height / width, abs=1)
        assert image["alt"] == figure["alt"] != ""


@pytest.mark.parametrize("name", NAMES)
def test_nothing_fails_and_nothing_is_fetched_from_elsewhere(visit, galleries, name):
    tab = visit(name)
    assert tab.complaints() == []
    assert failed(tab) == []
    tab.see_all()
    inside = (galleries[name].as_uri() + "/", "data:,")
    assert len(requested(tab)) >= len(manifest(galleries[name])["figures"])
    assert [url for url in requested(tab) if not url.startswith(inside)] == []


def test_the_probe_would_see_a_picture_that_is_missing(visit, galleries):
    picture = galleries["recurrent"] / "input.png"
    data = picture.read_bytes()
    picture.unlink()
    try:
        tab = visit("recurrent")
        tab.see_all()
        assert failed(tab) != []
        assert tab.complaints() != []
        assert 0 in [side for image in tab.value(IMAGES) for side in image["natural"]]
    finally:
        picture.write_bytes(data)


# --- what it says ------------------------------------------------------------------------------

VISIBLE = """(e => !!e && e.checkVisibility({opacityProperty: true, visibilityProperty: true})
    && e.getBoundingClientRect().height > 0)"""


@pytest.mark.parametrize("width", WIDTHS)
def test_the_banner_is_seen_first_wherever_nothing_was_learned(visit, width):
    for name in SPECS:
        tab = visit(name, width)
        assert tab.value("document.querySelector('.banner').textContent") == BANNER
        assert tab.value(f"{VISIBLE}(document.querySelector('.banner'))")
        assert tab.value("document.querySelector('.banner').getBoundingClientRect().bottom < innerHeight")
    assert visit("trained", width).value("document.querySelector('.banner')") is None


@pytest.mark.parametrize(("width", "stands"), [(360, True), (1024, False), (1920, False)])
def test_where_pictures_shrink_their_titles_stand_beneath(visit, galleries, width, stands):
    tab = visit("transformer", width)
    said = "[...document.querySelectorAll('main .said')]"
    assert tab.value(f"{said}.map(e => e.textContent)") == [
        figure["title"] for figure in manifest(galleries["transformer"])["figures"]
    ]
    assert set(tab.value(f"{said}.map({VISIBLE})")) == {stands}


def test_a_caption_counts_readings_of_kernels_alone(visit):
    tab = visit("transformer")
    captions = tab.value("[...document.querySelectorAll('.attention figcaption')].map(e => e.firstChild.data.trim())")
    assert captions == ["Attention"]


CONTRASTS = """(() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const linear = part => (part /= 255) <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const found = rgb(getComputedStyle(e).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
  };
  const words = [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
    && !e.closest('svg') && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  return words.map(e => {
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort();
    return [e.tagName + '.' + e.className, (Math.max(a, b) + .05) / (Math.min(a, b) + .05),
            parseFloat(getComputedStyle(e).fontSize)];
  });
})()"""


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_stands_out_and_is_large_enough_to_read(visit, dark):
    found = visit("transformer", 360, dark=dark).value(CONTRASTS)
    assert len(found) > 40
    assert [words for words, contrast, _ in found if contrast < 4.5] == []
    assert [words for words, _, size in found if size < 12] == []


# --- ways of using it --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_j_walks_through_every_layer_and_k_back(visit, name):
    tab = visit(name, 1920)
    stops = tab.value("[...document.querySelectorAll('.stop')].map(e => e.id)")
    walked = []
    for _ in stops[1:]:
        tab.press("j")
        walked.append(tab.value("document.activeElement.id"))
    assert walked[: len(walked) - 1] == stops[1:-1]
    for _ in stops:
        tab.press("k")
    assert tab.value("[document.activeElement.id, scrollY < innerHeight]") == ["answer", True]


def test_enlarged_each_picture_is_reached_with_the_arrow(visit, galleries):
    tab = visit("trained", 1024)
    tab.value("document.querySelector('main figure a[data-title]').focus()")
    tab.press("Enter")
    for figure in manifest(galleries["trained"])["figures"]:
        assert tab.value("document.querySelector('dialog p').textContent").endswith(figure["title"])
        assert tab.value("document.querySelector('dialog img').src").endswith("/" + figure["file"])
        tab.wait("document.querySelector('dialog img').complete && document.querySelector('dialog img').naturalWidth")
        assert tab.value("""document.querySelector('.frame').clientWidth
            >= document.querySelector('dialog img').getBoundingClientRect().width - 1""")
        tab.press("ArrowRight")
    tab.press("Escape")
    assert not tab.value("document.querySelector('dialog').open")


def test_on_a_telephone_a_picture_scrolls_so_that_its_letters_can_be_read(visit):
    """The smallest have 9 pixels in a picture as wide as it says; none is wider than two screens."""
    tab = visit("trained", 360)
    tab.see_all()
    pictures = tab.value("""[...document.querySelectorAll('main figure > a > img')].map(i => [i.getBoundingClientRect()
        .width, +i.getAttribute('width'), i.parentElement.clientWidth, i.parentElement.scrollWidth])""")
    assert len(pictures) > 3
    for drawn, natural, room, inside in pictures:
        assert drawn == pytest.approx(min(natural, 720), abs=1)
        assert room < 360 <= max(inside, 360)
        assert inside >= drawn


def test_enlarged_on_a_telephone_a_picture_is_as_large_as_it_is_and_scrolls(visit):
    tab = visit("trained", 360)
    small = tab.value("document.querySelectorAll('main figure img')[4].getBoundingClientRect().width")
    tab.value("document.querySelectorAll('main figure img')[4].parentElement.click()")
    tab.wait("document.querySelector('dialog img').naturalWidth > 0")
    large = tab.value("document.querySelector('dialog img').getBoundingClientRect().width")
    assert small <= 720
    assert large >= max(small, 360)
    assert large >= tab.value("+document.querySelectorAll('main figure img')[4].getAttribute('width')")
    assert tab.value("document.querySelector('.frame').scrollWidth > document.querySelector('.frame').clientWidth")
    assert tab.value("document.documentElement.scrollWidth") == 360
    assert tab.value("""[...document.querySelectorAll('dialog button')].every(b =>
        b.getBoundingClientRect().right <= 360 && b.getBoundingClientRect().bottom <= innerHeight)""")


@pytest.mark.parametrize("name", NAMES)
def test_without_javascript_all_of_it_can_be_read(visit, galleries, name):
    tab = visit(name, 360, script=False)
    listed = manifest(galleries[name])
    tab.see_all()
    assert all(image["natural"][0] for image in tab.value(IMAGES))
    links = "[...document.querySelectorAll('main figure a[data-title], footer a')].map(a => a.getAttribute('href'))"
    addresses = tab.value(links)
    assert addresses == [*(figure["file"] for figure in listed["figures"]), "manifest.json"]
    assert all((galleries[name] / address).is_file() for address in addresses)
    assert tab.value("[...document.querySelectorAll('nav a')].every(a => document.getElementById(a.hash.slice(1)))")
    hidden = """[...document.querySelectorAll('header *, main *')].filter(e =>
        !e.closest('svg') && !e.checkVisibility()).length"""
    assert tab.value(hidden) == 0
    assert tab.complaints() == []


def test_on_paper_there_are_titles_and_pictures_within_the_page(visit):
    tab = visit("transformer", 794, media="print", dark=True)  # A4 at 96 dots an inch
    assert tab.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.value("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"
    assert tab.value(f"{VISIBLE}(document.querySelector('.banner'))")
    assert not tab.value(f"{VISIBLE}(document.querySelector('nav'))")
    assert tab.value("""[...document.querySelectorAll('main img')].every(i => i.checkVisibility()
        && i.getBoundingClientRect().right <= innerWidth && i.getBoundingClientRect().height < 1000)""")
