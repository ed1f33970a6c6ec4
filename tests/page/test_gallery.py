"""A gallery's files: names, manifest, hashes, the text of the page, the same bytes every time."""

import json
import re
import subprocess
import sys
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from netinspect.pictures.look import Description, Origin, Picture
from netinspect.pictures.page.html import page
from netinspect.pictures.page.manifest import contents
from netinspect.pictures.page.plate import plate
from netinspect.pictures.stems import file_name
from tests.page.albums import NAME, album


@pytest.fixture(scope="module")
def files():
    return dict(contents(album(), ["data/kernels.npz"]))


@pytest.fixture(scope="module")
def listed(files):
    return json.loads(files["manifest.json"])


def test_the_manifest_lists_every_file(files, listed):
    assert listed["files"] == sorted([*files, "data/kernels.npz"])
    assert listed["format_version"] == "1.0"
    assert listed["seed"] == 0


def test_the_manifest_describes_every_figure(listed):
    keys = {"file", "kind", "layer", "title", "alt", "shape", "scale", "colormap", "shown", "total", "labels", "notes",
            "width", "height", "sha256", "sha256_of"}  # fmt: skip
    assert all(set(figure) == keys for figure in listed["figures"])
    first = next(figure for figure in listed["figures"] if figure["kind"] == "kernels")
    assert first["file"] == "kernels/01_features.1.conv.png"
    assert first["shape"] == [12, 3, 5, 5]
    assert first["shown"] == list(range(12))
    assert first["scale"]["low"] == -first["scale"]["high"]


def test_the_hash_is_that_of_the_decoded_pixels(files, listed):
    for figure in listed["figures"]:
        data = files[figure["file"]]
        if figure["sha256_of"] == "pixels":
            image = Image.open(BytesIO(data))
            assert figure["sha256"] == sha256(image.convert("RGB").tobytes()).hexdigest()
            assert (figure["width"], figure["height"]) == tuple((size + 1) // 2 for size in image.size)
        else:
            assert figure["sha256"] == sha256(data).hexdigest()


def test_the_same_album_gives_the_same_bytes(files):
    assert dict(contents(album(), ["data/kernels.npz"])) == files


def test_pngs_carry_no_text_and_no_time(files):
    for name, data in files.items():
        if name.endswith(".png"):
            assert not {b"tEXt", b"zTXt", b"iTXt", b"tIME"} & set(re.findall(rb"[a-zA-Z]{4}", data[:200]))


def test_a_matplotlib_figure_becomes_a_png_of_the_same_bytes_each_time():
    from matplotlib.figure import Figure

    def drawn():
        figure = Figure(figsize=(3, 2))
        figure.add_subplot().plot([0, 1], [1, 0])
        return plate(Picture(figure, Description("health", "health", "A line.")), "health.png")

    first = drawn()
    assert (first.width, first.height) == (300, 200)
    assert first.data == drawn().data
    assert np.asarray(Image.open(BytesIO(first.data))).std() > 0


# --- names -------------------------------------------------------------------------------------


def test_names_are_safe_and_told_apart_by_their_index():
    assert file_name(3, "conv1") == "03_conv1.png"
    assert file_name(7, "../../etc/passwd") == "07_.._.._etc_passwd.png"
    assert file_name(1, "CON") == "01_CON.png"
    assert file_name(1, "x.") == "01_x..png"
    assert file_name(120, "größe é", ".npz") == "120_gr__e__.npz"
    assert len(file_name(1, "a" * 300)) < 100
    names = ["Conv1", "conv1", "conv 1", "conv_1", "a" * 300, "a" * 301]
    made = [file_name(index, name).lower() for index, name in enumerate(names)]
    assert len(set(made)) == len(names)
    assert all(re.fullmatch(r"[0-9]+_[a-z0-9_.-]*", name) for name in made)


# --- the page ----------------------------------------------------------------------------------


class Reader(HTMLParser):
    """The elements of a page as (tag, attributes)."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def elements(files):
    reader = Reader()
    reader.feed(files["index.html"].decode())
    return reader.found


def test_every_image_is_there_with_size_and_alternative(files, elements):
    images = [attributes for tag, attributes in elements if tag == "img"]
    assert [image["src"] for image in images] == [name for name in files if name.endswith(".png")]
    assert [tag for tag, _ in elements].count("svg") == 1
    assert all(image["alt"] and int(image["width"]) and int(image["height"]) for image in images)


def test_nothing_is_fetched_from_elsewhere(files, elements):
    addresses = [attributes.get(key, "") for _, attributes in elements for key in ("src", "href")]
    assert all(re.fullmatch(r"(#[\w.-]+|data:,|[\w./-]*)", address) for address in addresses)
    assert b"http:" not in files["index.html"]
    assert b"https:" not in files["index.html"]


def test_layers_stand_in_order_with_their_facts(files):
    text = files["index.html"].decode()
    places = [text.index(f"<h2>features.{index}.conv ") for index in range(1, 5)]
    assert places == sorted(places)
    assert "<dt>MACs</dt><dd>360,000</dd>" in text


def test_an_entry_of_the_navigation_has_its_whole_name_as_title(files, elements):
    titles = {
        attributes["href"]: attributes["title"] for tag, attributes in elements if tag == "a" and "title" in attributes
    }
    assert titles["#01_features.1.conv"] == "features.1.conv"
    assert titles["#block-04_features.4.conv"] == "features.4 Block"
    assert "<summary>Table of the layers: 8 rows</summary>" in files["index.html"].decode()


def test_the_banner_stands_on_the_page_only_where_nothing_is_learned(files):
    banner = '<p class="banner" role="note">random initialisation, seed 0: nothing learned</p>'
    assert banner in files["index.html"].decode()
    assert "nothing learned" not in page(album(Origin("net.pt"), layers=1)).decode()


def test_names_cannot_become_html(files):
    text = files["index.html"].decode()
    assert NAME not in text
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;" in text
    assert text.count("<script>") == 1


def test_pyplot_is_never_imported():
    program = (
        "import sys; from tests.page.albums import album; album(layers=1); print('matplotlib.pyplot' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
