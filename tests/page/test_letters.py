"""How large the letters of pictures are on the page, and that a dark page has no white bands, in a real browser."""

import re
import wave
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from PIL import Image, ImageDraw

from netinspect.cli.main import main
from netinspect.folders import write_folder
from netinspect.pictures import folder
from netinspect.pictures.draw import sheet, tiles
from netinspect.pictures.draw.text import label
from netinspect.pictures.look import Description, Picture
from netinspect.pictures.page.manifest import contents
from netinspect.pictures.page.plate import plate
from tests.page.albums import album
from tests.page.browser import browser, found

pytestmark = [
    pytest.mark.skipif(found() is None, reason="needs Chromium (Debian: apt-get install chromium)"),
    pytest.mark.xdist_group("browser"),
]

SMALLEST = 9
"""Pixels of the smallest letters on a page that is 1,024 wide."""
MEL = """\
input:
  shape: {channels: 1, mel: 80, time: 3000}
  preprocess: {log_mel: {like: whisper, n_mels: 80}}
layers:
  - conv: Conv2d(4, kernel_size=3, stride=2)
"""
COMMANDS = {
    "mel": ["mel.yaml", "--input", "tone.wav", "--what", "input,architecture_maps,activations"],
    "lenet": ["lenet", "--all"],
    "crepe": ["crepe_tiny", "--all"],
    "whisper": ["whisper_tiny", "--input", "tone.wav", "--input", "tokens.npy", "--what", "input,attention,output"],
}


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def letters_of(command, monkeypatch):
    """The pixels of the smallest letters that are drawn into each picture, by its file."""
    sizes, smallest = [], {}
    with_pillow, with_matplotlib, plates = ImageDraw.ImageDraw.text, RendererAgg.draw_text, folder.plates

    def text(self, at, words, fill=None, font=None, **more):
        sizes.append(font.size)
        return with_pillow(self, at, words, fill, font, **more)

    def draw_text(self, gc, x, y, words, prop, *more, **others):
        sizes.append(prop.get_size_in_points() * self.dpi / 72)
        return with_matplotlib(self, gc, x, y, words, prop, *more, **others)

    def one_by_one(pictures):
        label.cache_clear()
        for path, picture in pictures:
            yield path, picture  # until the next is asked for, a Figure becomes pixels
            if sizes:
                smallest[path] = min(sizes)
            sizes.clear()
            label.cache_clear()

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", text)
    monkeypatch.setattr(RendererAgg, "draw_text", draw_text)
    monkeypatch.setattr(folder, "plates", lambda pictures: plates(one_by_one(pictures)))
    assert main(["visualize", *command, "-o", "album"]) == 0
    return smallest


IMAGES = """[...document.querySelectorAll('main figure > a > img')].map(i =>
    [i.getAttribute('src'), i.getBoundingClientRect().width / i.naturalWidth])"""
DRAWING = """[...document.querySelectorAll('.drawing svg text')].map(t =>
    parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a)"""


@pytest.mark.parametrize("name", COMMANDS)
def test_no_letter_of_a_picture_is_smaller_than_nine_pixels(tab, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mel.yaml").write_text(MEL, encoding="utf-8")
    np.save("tokens.npy", np.arange(448)[None])
    with wave.open("tone.wav", "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes((8000 * np.sin(np.arange(16000) * 0.2)).astype("<i2").tobytes())
    smallest = letters_of(COMMANDS[name], monkeypatch)
    tab.size(1024)
    tab.visit(tmp_path / "album" / "index.html")
    tab.see_all()
    on_page = {}
    for file, factor in tab.value(IMAGES):
        if file.endswith(".svg"):
            drawing = (tmp_path / "album" / file).read_text(encoding="utf-8")
            width, units = (float(re.search(form, drawing)[1]) for form in (r' width="(\d+)', r'viewBox="0 0 ([\d.]+)'))
            smallest[file] = min(map(float, re.findall(r'font-size="([\d.]+)"', drawing))) * width / units
        on_page[file] = smallest[file] * factor
    on_page["the drawing"] = min(tab.value(DRAWING), default=SMALLEST)
    assert len(on_page) > 3
    assert {file: size for file, size in on_page.items() if size < SMALLEST} == {}


def test_a_picture_that_is_wider_than_the_page_scrolls(tab, tmp_path):
    """Its letters stay as large as they are."""
    layer = album().layers[0]
    wide = sheet.sheet(["A long row"], tiles.paper(100, 2400))
    drawn = plate(Picture(wide, Description("kernels", "A long row", "A row.")), "kernels/wide.png")
    write_folder(tmp_path / "album", contents(replace(album(), layers=(replace(layer, plates=(drawn,)),))))
    tab.size(1024)
    tab.visit(tmp_path / "album" / "index.html")
    tab.see_all()
    image = "document.querySelector('.layer img')"
    assert tab.value(f"[{image}.getBoundingClientRect().width, {image}.naturalWidth]") == [1228, 2456]
    assert tab.value(f"{image}.parentElement.scrollWidth") >= 1228 > tab.value(f"{image}.parentElement.clientWidth")
    assert tab.value("document.documentElement.scrollWidth") == 1024


@pytest.mark.parametrize("kinds", ["architecture,output", "architecture,kernels"])
@pytest.mark.parametrize("is_dark", [True, False])
def test_the_ground_around_a_diagram_is_the_diagrams_own(tab, tmp_path, kinds, is_dark):
    """The diagram is narrower than its frame; it stands there as an image, or where layers have pictures by itself."""
    assert main(["visualize", "lenet", "--what", kinds, "-o", str(tmp_path / "album")]) == 0
    scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
    tab.call("Emulation.setEmulatedMedia", media="", features=[scheme])
    tab.size(1024, 1600)
    tab.visit(tmp_path / "album" / "index.html")
    assert tab.value("!!document.querySelector('.drawing')") == kinds.endswith("kernels")
    box = tab.value("""(box => [box.left, box.top, box.right, box.bottom])(document.querySelector(
        '.diagram > a, .drawing').getBoundingClientRect())""")
    frame = np.asarray(Image.open(BytesIO(tab.screenshot())).convert("RGB").crop([round(side) for side in box]))
    ring = [frame[2:8, 12:-12], frame[-8:-2, 12:-12], frame[12:-12, 2:60], frame[12:-12, -60:-2]]
    assert {tuple(colour) for part in ring for colour in part.reshape(-1, 3).tolist()} == {
        (0x16, 0x17, 0x1A) if is_dark else (255, 255, 255)
    }
