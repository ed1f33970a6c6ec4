"""A name of the gallery leads to its spec, wherever netinspect is installed, and its text is one to start from."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from netinspect import gallery_specs
from netinspect.errors import InputError, SpecError
from netinspect.gallery_index import index_text, readings
from netinspect.network import open_spec
from netinspect.reading import Settings, read
from tests.gallery_readings import NAMES, gallery_reading

ROOT = Path(__file__).resolve().parents[2]
WANTED = """
    mlp shallow_mlp deep_mlp xor_one_layer xor_three_layers lenet lenet5 toy_cnn cnn64 alexnet
    vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn vgg16_bn vgg19_bn resnet18 resnet34 resnet50 resnet101 resnet152
    logmel_cnn logmel_resnet unet diffusion_unet rnn lstm gru bilstm
    crepe crepe_tiny crepe_small crepe_medium crepe_large demucs
    self_attention transformer vit_b_16 gpt2 gpt2_medium gpt2_large gpt2_xl mobilenet_v2
    densenet121 densenet161 densenet169 densenet201 googlenet inception_v3 squeezenet1_1
    mobilenet_v3_large mobilenet_v3_small mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3
    shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0
    resnext50_32x4d resnext101_32x8d resnext101_64x4d wide_resnet50_2 wide_resnet101_2
    efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3
    efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7
    convnext_tiny convnext_small convnext_base convnext_large swin_t swin_s swin_b
    bert_base bert_large wav2vec2 wavenet siamese
    pnet pnet_window rnet onet resemblyzer r3d_18 mc3_18 r2plus1d_18
    umxhq umxl umxse panns_cnn14 vggish whisper_tiny whisper_base whisper_small whisper_large_v3 whisper_turbo
    encodec hifigan_v1 hifigan_v2 hifigan_v3 conv_tasnet wave_unet sincnet sed_crnn harmonic_cnn
""".split()


def test_the_gallery_holds_the_networks_of_the_lecture_and_their_families():
    assert sorted(NAMES) == sorted(WANTED)


def test_the_index_is_what_the_specs_give():
    written = (gallery_specs.folder() / gallery_specs.INDEX).read_text(encoding="utf-8")
    assert written == index_text(map(gallery_reading, NAMES)), "run `make index`"


def test_the_index_has_every_variant_of_every_file():
    files = sorted(gallery_specs.folder().glob("*.yaml"))
    variants = [(file.name, variant) for file in files for variant in open_spec(file).variants or (None,)]
    assert [(entry.file, entry.variant) for entry in gallery_specs.entries()] == variants


def test_an_index_is_made_of_the_files_of_a_folder(tmp_path):
    for name in ("lenet.yaml", "mlp.yaml"):
        shutil.copy(gallery_specs.folder() / name, tmp_path)
    rows = json.loads(index_text(readings(tmp_path)))
    entries = json.loads((gallery_specs.folder() / gallery_specs.INDEX).read_text(encoding="utf-8"))
    assert rows == [entry for entry in entries if entry["file"] in ("lenet.yaml", "mlp.yaml")]
    (tmp_path / "mlp.yaml").write_text("input: [4]\nlayers: [Lineer(3)]\n")
    with pytest.raises(SpecError, match="Lineer"):
        index_text(readings(tmp_path))


def test_a_name_leads_to_its_file_and_variant():
    entry = gallery_specs.find("resnet50")
    assert (entry.file, entry.variant, entry.input) == ("resnet.yaml", "resnet50", "3×224×224")
    assert gallery_specs.path(entry).is_file()
    assert gallery_specs.find("resnet51") is None


@pytest.mark.parametrize(
    ("word", "first", "others"),
    [
        ("resnet50", ["resnet50"], 0),
        ("Speech", ["resemblyzer", "wav2vec2", "whisper_tiny"], 4),
        ("images", ["alexnet", "cnn64"], 65),
        ("text", ["bert_base", "bert_large", "bilstm"], 5),
        ("numbers", ["mlp", "rnn", "lstm"], 6),
        ("no such word", [], 0),
    ],
)
def test_networks_are_found_by_what_they_read_and_by_their_words(word, first, others):
    names = [entry.name for entry in gallery_specs.search(word)]
    assert names[: len(first)] == first
    assert len(names) == len(first) + others


def test_the_audio_wing_is_found():
    names = {entry.name for entry in gallery_specs.search("audio")}
    assert {"crepe", "demucs", "hifigan_v1", "umxse", "wavenet", "whisper_tiny", "sed_crnn"} <= names
    assert not names & {"resnet50", "gpt2", "unet", "xor_one_layer"}


def test_an_unknown_name_has_no_spec():
    with pytest.raises(InputError, match="no network `resnet51`"):
        gallery_specs.spec_text("resnet51")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_printed_spec_is_the_network_of_that_name(name, tmp_path):
    mine = tmp_path / "my.yaml"
    mine.write_text(gallery_specs.spec_text(name), encoding="utf-8")
    printed, original = read(str(mine), Settings()), gallery_reading(name)
    assert printed.file.variants == ()
    assert printed.profile.totals == original.profile.totals
    assert printed.network.results == original.network.results
    assert (printed.network.expect.params, printed.network.expect.macs) == (
        original.network.expect.params,
        original.network.expect.macs,
    )
    assert [finding for finding in printed.findings if finding.severity == "error"] == []


def test_the_printed_spec_keeps_the_comments():
    text = gallery_specs.spec_text("resnet50")
    assert "  block: Bottleneck                     # BasicBlock up to 34 layers, Bottleneck beyond\n" in text
    assert "# the skip connection" in text
    assert "resnet101" not in text


def test_a_listing_and_a_lookup_load_no_yaml():
    code = (
        "import sys; from netinspect import gallery_specs; gallery_specs.find('resnet50'); "
        "sys.exit(any(name in sys.modules for name in ('yaml', 'torch', 'netinspect.language')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_a_wheel_brings_the_gallery_with_it(tmp_path):
    """Built without an index, unpacked, and imported from there alone."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(installed)
    assert {"netinspect/py.typed", "netinspect/specs/index.json", "netinspect/specs/resnet.yaml"} <= set(names)
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); from netinspect import gallery_specs; "
        "print(json.dumps([str(gallery_specs.folder()), len(gallery_specs.entries())]))"
    )
    command = [sys.executable, "-c", code, str(installed)]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(found.stdout) == [str(installed / "netinspect" / "specs"), len(NAMES)]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("xor", "did you mean `xor_one_layer` or `xor_three_layers`?"),
        ("resnet51", "did you mean `resnet50`?"),
        ("nowhere", "`netinspect gallery` lists"),
    ],
)
def test_near_names_are_named(name, hint):
    with pytest.raises(InputError) as raised:
        open_spec(name)
    assert hint in str(raised.value)
