"""The inputs that drive each unit most: right, streaming, and the same from several processes."""

import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

from netinspect.errors import InputError
from netinspect.inputs.fields import crop
from netinspect.inputs.files import read_input
from netinspect.network.load import load
from netinspect.torch_backend.build import build
from netinspect.torch_backend.studies import top_inputs as module
from netinspect.torch_backend.studies.top_inputs import process_rank, top_inputs

SPEC = """
    input: [1, 8, 8]
    layers:
      - conv: Conv2d(5, kernel_size=3, padding=1)
      - ReLU
      - Flatten
      - fc: Linear(4)
"""
FILES = 23


@pytest.fixture
def net(network):
    return network(SPEC)


@pytest.fixture
def folder(tmp_path):
    """Pictures of noise; 7 and 3 are the same one."""
    (tmp_path / "data").mkdir()
    random = np.random.default_rng(0)
    for number in range(FILES):
        np.save(tmp_path / "data" / f"{number:02}.npy", random.standard_normal((1, 8, 8)).astype(np.float32))
    (tmp_path / "data" / "07.npy").write_bytes((tmp_path / "data" / "03.npy").read_bytes())
    return tmp_path / "data"


def whole(folder):
    return torch.stack([torch.from_numpy(np.load(path)) for path in sorted(folder.iterdir())])


def test_the_highest_of_each_file_the_strongest_first(net, folder):
    model = build(net)
    conv, fc = top_inputs(model, net, folder, ["conv", "fc"], most=4)
    with torch.no_grad():
        maps = model.conv(whole(folder))  # files, units, height, width
        scores = model(whole(folder))
    assert (conv.path, conv.files, len(conv.units)) == ("conv", FILES, 5)
    for unit, tops in enumerate(conv.units):
        highest = maps[:, unit].amax(dim=(1, 2)).tolist()
        order = sorted(range(FILES), key=lambda file: (-highest[file], file))[:4]
        assert [top.file for top in tops] == [f"{file:02}.npy" for file in order]
        for top, file in zip(tops, order, strict=True):
            assert top.value == pytest.approx(highest[file], abs=1e-5)
            assert float(maps[(file, unit, *top.cell)]) == pytest.approx(top.value, abs=1e-5)
            assert top.box == tuple((place - 1, place + 1) for place in top.cell)
    for unit, tops in enumerate(fc.units):
        assert [top.value for top in tops] == pytest.approx(scores[:, unit].sort(descending=True).values[:4].tolist())
        assert tops[0].cell == ()


def test_of_equal_ones_the_first_name(net, folder):
    (found,) = top_inputs(build(net), net, folder, ["conv"], most=FILES)
    for tops in found.units:
        names = [top.file for top in tops]
        assert sorted(names) == [f"{number:02}.npy" for number in range(FILES)]
        assert names.index("07.npy") == names.index("03.npy") + 1


def test_fewer_files_than_wanted(net, folder):
    (found,) = top_inputs(build(net), net, folder, ["conv"], most=99)
    assert {len(tops) for tops in found.units} == {FILES}


def test_one_maximum_of_a_file_of_many_samples(net, tmp_path, monkeypatch):
    (tmp_path / "many").mkdir()
    samples = np.random.default_rng(1).standard_normal((10, 1, 8, 8)).astype(np.float32)
    np.save(tmp_path / "many" / "all.npy", samples)
    model = build(net)
    monkeypatch.setattr(module, "SAMPLES_AT_ONCE", 3)
    (found,) = top_inputs(model, net, tmp_path / "many", ["conv"])
    with torch.no_grad():
        highest = model.conv(torch.from_numpy(samples)).amax(dim=(2, 3))
    for unit, tops in enumerate(found.units):
        (top,) = tops
        assert top.sample == int(highest[:, unit].argmax())
        assert top.value == pytest.approx(float(highest[:, unit].max()), abs=1e-5)


def test_what_is_no_number_never_wins(net, folder):
    np.save(folder / "00.npy", np.full((1, 8, 8), np.nan, np.float32))
    (found,) = top_inputs(build(net), net, folder, ["conv"], most=FILES)
    assert all("00.npy" not in {top.file for top in tops} for tops in found.units)


def test_what_cannot_be_read_is_left_out_and_told(net, folder):
    model = build(net)
    (wanted,) = top_inputs(model, net, folder, ["conv"])
    (folder / "cut.npy").write_bytes((folder / "00.npy").read_bytes()[:100])
    (folder / "text.png").write_text("no picture")
    told = []
    (found,) = top_inputs(model, net, folder, ["conv"], progress=lambda *done: told.append(done))
    assert (found.units, found.files) == (wanted.units, FILES)
    assert [file for file, _ in found.unread] == ["cut.npy", "text.png"]
    assert told[-1] == (FILES + 2, FILES + 2)
    assert wanted.unread == ()


def test_where_nothing_can_be_read(net, tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "text.png").write_text("no picture")
    with pytest.raises(InputError, match=r"the only file cannot be read; bad/text\.png: is no picture"):
        top_inputs(build(net), net, tmp_path / "bad", ["conv"])


def test_progress_and_crops(net, folder):
    told = []
    (found,) = top_inputs(build(net), net, folder, ["conv"], progress=lambda *done: told.append(done))
    assert told == [(number, FILES) for number in range(1, FILES + 1)]
    tops = found.units[2]
    crops = [crop(read_input(folder / top.file, net.inputs[0]), top.sample, top.box) for top in tops]
    assert len(crops) == 9
    for top, cut in zip(tops, crops, strict=True):
        padded = np.pad(np.load(folder / top.file)[0], 1, constant_values=np.nan)
        row, column = top.cell
        assert np.array_equal(cut[0], padded[row : row + 3, column : column + 3], equal_nan=True)


def test_the_number_of_threads_comes_back(net, folder):
    before = torch.get_num_threads()
    top_inputs(build(net), net, folder, ["conv"])
    assert torch.get_num_threads() == before


def test_what_cannot_be(net, folder, network):
    model = build(net)
    with pytest.raises(InputError, match="there is no layer `cov`; did you mean `conv`"):
        top_inputs(model, net, folder, ["cov"])
    with pytest.raises(InputError, match="there is no folder"):
        top_inputs(model, net, folder / "none", ["conv"])
    two = network("inputs: {a: [2], b: [2]}\nlayers:\n  - cat(a, b, dim=1)\n")
    with pytest.raises(InputError, match="need a network of one input; this has 2"):
        top_inputs(build(two), two, folder, ["cat"])
    np.save(folder / "bad.npy", np.zeros((3, 3)))
    with pytest.raises(InputError, match=r"bad\.npy has the shape \(3, 3\)"):
        top_inputs(model, net, folder, ["conv"])


PROGRAM = """
import pickle, sys
from netinspect.network.load import load
from netinspect.torch_backend.build import build
from netinspect.torch_backend.studies.top_inputs import process_rank, top_inputs
spec, folder, out = sys.argv[1:]
net = load(spec)
found = top_inputs(build(net), net, folder, ["conv", "fc"], most=5)
with open(f"{out}.{process_rank()[0]}", "wb") as stream:
    pickle.dump(found, stream)
"""


@pytest.mark.slow
@pytest.mark.parametrize("processes", [2, 3])
def test_several_processes_find_what_one_does(folder, tmp_path, processes):
    for name in ("03", "10", "11"):
        (folder / f"{name}.png").write_text("no picture")
    (tmp_path / "net.yaml").write_text(textwrap.dedent(SPEC))
    (tmp_path / "find.py").write_text(PROGRAM)
    net = load(tmp_path / "net.yaml")
    wanted = top_inputs(build(net), net, folder, ["conv", "fc"], most=5)
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes),
        str(tmp_path / "find.py"), str(tmp_path / "net.yaml"), str(folder), str(tmp_path / "found"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    for rank in range(processes):
        assert pickle.loads((tmp_path / f"found.{rank}").read_bytes()) == wanted


@pytest.mark.slow
def test_a_process_that_fails_does_not_leave_the_others_waiting(folder, tmp_path):
    """A file of the second one's share has another size; the first is told, and ends too."""
    np.save(folder / "01.npy", np.zeros((1, 5, 5), np.float32))
    (tmp_path / "net.yaml").write_text(textwrap.dedent(SPEC))
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "netinspect",
        "visualize", str(tmp_path / "net.yaml"), "-o", str(tmp_path / "out"), "--dataset", str(folder), "--force",
    ]  # fmt: skip
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert run.returncode != 0
    assert "01.npy has the shape (1, 5, 5)" in run.stderr
    assert "netinspect has a bug" not in run.stderr
    assert not (tmp_path / "out").exists()


def test_a_process_by_itself_is_the_first_of_one(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert process_rank() == (0, 1)
