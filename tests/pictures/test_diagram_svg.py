"""The diagram as SVG: its words are text, its boxes have names, and its lines and colours are those of the page."""

import re
import subprocess
import sys
from collections import Counter
from xml.etree import ElementTree as ET

import pytest

from netinspect.gallery_specs import entries
from netinspect.pictures.diagram.layout import layout
from netinspect.pictures.diagram.outline import diagram_of
from netinspect.pictures.diagram.palette import DARK, LIGHT, shaded
from netinspect.pictures.diagram.scene import PIXELS_PER_POINT, Circle, Face, Group, Label, Line
from netinspect.pictures.diagram.svg import STYLE, diagram_svg, svg
from netinspect.pictures.stems import layer_stems
from tests.gallery_readings import gallery_diagram, gallery_reading

SVG = "{http://www.w3.org/2000/svg}"
SOME = ("alexnet", "resnet50", "unet", "swin_t", "gpt2", "gru", "xor_one_layer")


def page_and_root(name, **options):
    page = layout(gallery_diagram(name), name)
    return page, ET.fromstring(svg(page, name, "Its layers.", **options))


def numbers(way):
    return [float(number) for number in re.findall(r"-?[\d.]+", way)]


@pytest.mark.parametrize("name", SOME)
def test_every_word_is_text_in_its_place(name):
    page, root = page_and_root(name)
    labels = [part for part in page.parts if isinstance(part, Label)]
    texts = root.findall(f".//{SVG}text")
    assert [text.text for text in texts] == [label.text for label in labels]
    for text, label in zip(texts, labels, strict=True):
        x, y = label.place
        assert (float(text.get("x")), float(text.get("y"))) == pytest.approx((x, page.height - y), abs=0.006)
        assert float(text.get("font-size")) == label.size
        assert text.get("text-anchor") == (None if label.left else "middle")
        assert text.get("font-weight") == ("bold" if label.bold else None)
        assert text.get("fill") == LIGHT[label.role]


@pytest.mark.parametrize("name", SOME)
def test_every_shape_is_drawn_where_it_stands(name):
    page, root = page_and_root(name)
    parts = list(page.parts)
    fills = {
        tuple(numbers(path.get("d"))): path.get("fill")
        for path in root.iter(f"{SVG}path") if path.get("stroke-linejoin")
    }  # fmt: skip
    for face in (part for part in parts if isinstance(part, Face) and part.shade in ("front", "top", "side")):
        corners = tuple(round(value, 2) for x, y in face.points for value in (x, page.height - y))
        fill = next(fill for way, fill in fills.items() if way == pytest.approx(corners, abs=0.011))
        assert fill == shaded(face.role, face.shade)
    circles = [(float(c.get("cx")), page.height - float(c.get("cy"))) for c in root.iter(f"{SVG}circle")]
    assert circles == [pytest.approx(part.centre, abs=0.006) for part in parts if isinstance(part, Circle)]
    strokes = [path for path in root.iter(f"{SVG}path") if path.get("fill") == "none" and not path.get("transform")]
    lines = [part for part in parts if isinstance(part, Line)]
    assert len(strokes) == len(lines)
    for stroke, line in zip(strokes, lines, strict=True):
        way = numbers(stroke.get("d"))
        assert way[:2] == pytest.approx((line.points[0][0], page.height - line.points[0][1]), abs=0.006)


def test_an_arrow_ends_in_a_head_whose_tip_is_its_end():
    page, root = page_and_root("lenet")
    arrows = [part for part in page.parts if isinstance(part, Line) and part.arrow]
    heads = [path for path in root.iter(f"{SVG}path") if (path.get("class") or "").startswith("diagram-head")]
    tips = [(way[0], page.height - way[1]) for way in (numbers(head.get("d")) for head in heads)]
    assert tips == [pytest.approx(arrow.points[-1], abs=0.006) for arrow in arrows]


def test_the_whole_and_each_box_say_what_they_are():
    page, root = page_and_root("alexnet")
    assert (root.find(f"{SVG}title").text, root.find(f"{SVG}desc").text) == ("alexnet", "Its layers.")
    boxes = [part.box for part in page.content if isinstance(part, Group)]
    titles = [group.find(f"{SVG}title").text for group in root.findall(f"{SVG}g")]
    assert len(titles) == len(boxes)
    assert titles[:3] == [
        "input, 3@224×224",
        "Conv 11×11, stride 4, → ReLU, 64@55×55",
        "MaxPool 3×3, stride 2, 64@27×27",
    ]
    assert titles[9] == "Dropout →, Linear, → ReLU, 4096"
    assert (float(root.get("width")), float(root.get("height"))) == pytest.approx(
        (page.width * PIXELS_PER_POINT, page.height * PIXELS_PER_POINT), abs=0.5
    )


def test_a_box_has_the_stem_of_its_layer_as_id():
    _, root = page_and_root("alexnet")
    named = {group.get("id"): group.find(f"{SVG}title").text for group in root.iter(f"{SVG}g") if group.get("id")}
    stems = layer_stems(gallery_reading("alexnet").profile)
    assert set(named) <= set(stems.values())
    assert named[stems["features.0"]].startswith("Conv 11×11")
    assert named[stems["classifier.6"]].startswith("Linear")


@pytest.mark.slow
@pytest.mark.parametrize("name", [entry.name for entry in entries()])
def test_no_two_boxes_have_one_id(name):
    boxes = [box for panel in gallery_diagram(name).panels for box in panel.boxes if box.stem and not box.block]
    assert [stem for stem, count in Counter(box.stem for box in boxes).items() if count > 1] == []


def test_boxes_are_links_to_the_sections_that_a_page_has():
    network = gallery_reading("resnet50").network
    stems = layer_stems(gallery_reading("resnet50").profile)
    sections = frozenset({stems["conv1"], stems["layer1.0.conv1"]})
    root = ET.fromstring(diagram_svg(network, links=sections))
    links = [(link.get("href"), link.find(f"{SVG}title").text) for link in root.iter(f"{SVG}a")]
    assert (f"#{stems['conv1']}", "Conv 7×7, stride 2, → BN, ReLU, 64@112×112") == (
        links[0][0], links[0][1].removeprefix("conv1: ")
    )  # fmt: skip
    assert [words.partition(",")[0] for href, words in links if href == f"#{stems['layer1.0.conv1']}"] == [
        "layer1: Bottleneck a", "conv1: Conv 1×1",
    ]  # fmt: skip
    assert not any(element.get("id") for element in root.iter())


def test_the_ground_is_light_dark_or_as_the_viewer_prefers():
    page = layout(gallery_diagram("lenet"), "LeNet")
    light, dark, viewer = (svg(page, "LeNet", "Layers.", ground) for ground in ("light", "dark", "viewer"))
    assert "<style>" not in light + dark
    assert "class=" not in light + dark
    assert f"<style>{STYLE}</style>" in viewer
    assert re.search(r"<rect [^>]*fill=.([^\"]*).", dark)[1] == DARK["page"]
    assert DARK["ink"] in dark
    assert LIGHT["ink"] + '">LeNet' not in dark
    assert f'fill="{LIGHT["ink"]}">LeNet' in viewer
    classes = set(re.findall(r'class="([^"]+)"', viewer))
    assert {f".{name} " for name in classes} <= set(re.findall(r"\.diagram-[a-z-]+ ", STYLE))


def test_names_are_escaped(tmp_path):
    from netinspect.network.load import load

    path = tmp_path / "net.yaml"
    path.write_text('name: A<B & "C"\ninput: [4]\nlayers: [Linear(2)]\n', encoding="utf-8")
    root = ET.fromstring(diagram_svg(load(path)))
    assert root.find(f"{SVG}title").text == 'A<B & "C"'


def test_neither_torch_nor_matplotlib_is_loaded():
    program = (
        "import sys; from netinspect.network.load import load; "
        "from netinspect.pictures.diagram.svg import diagram_svg; "
        "assert diagram_svg(load('lenet')).startswith('<svg '); print({'torch', 'matplotlib'} & set(sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "set()\n"
    )


def test_the_diagram_of_a_network_is_that_of_its_page():
    network = gallery_reading("lenet").network
    assert diagram_svg(network, width=500) == svg(
        layout(diagram_of(network), network.name, 500), network.name,
        f"The layers of {network.name} from the input to the output.",
    )  # fmt: skip
