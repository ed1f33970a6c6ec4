"""Files, folders, arrays and noise: what a network is shown."""

import io
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from netinspect.errors import InputError, Unreadable
from netinspect.inputs.files import data_files, open_inputs, read_input
from netinspect.network.load import load
from netinspect.torch_backend.batches import batch, noise


@pytest.fixture
def net(network):
    return network("input: [1, 4, 5]\nlayers:\n  - flatten(1)\n  - Linear(2)\n")


@pytest.fixture
def ids(network):
    return network("input: {shape: {time: 6}, dtype: int64, high: 10}\nlayers:\n  - Embedding(10, 2)\n")


@pytest.fixture
def saved(tmp_path):
    def save(array, name="array.npy", **options):
        np.save(tmp_path / name, array, **options)
        return tmp_path / name

    return save


# --- arrays ------------------------------------------------------------------------------------


def test_an_array_of_the_inputs_shape_is_taken_as_it_is(network, saved):
    net = network("input: {shape: [1, 4, 5], preprocess: {mean: 0.5, std: 2}}\nlayers:\n  - flatten(1)\n")
    array = np.random.default_rng(0).standard_normal((1, 4, 5))
    found = read_input(saved(array), net.inputs[0])
    assert np.array_equal(found.array, array[None].astype(np.float32))


def test_one_axis_more_is_several_samples(net, saved):
    array = np.arange(60, dtype=np.float32).reshape(3, 1, 4, 5)
    assert np.array_equal(read_input(saved(array), net.inputs[0]).array, array)


def test_bytes_are_pixels(network, saved):
    net = network("input: {shape: [1, 4, 5], preprocess: {mean: 0.5}}\nlayers:\n  - flatten(1)\n")
    pixels = np.arange(20, dtype=np.uint8).reshape(4, 5)
    found = read_input(saved(pixels), net.inputs[0])
    assert np.allclose(found.array[0, 0], pixels / 255 - 0.5)
    assert np.array_equal(found.picture, pixels)


@pytest.mark.parametrize(
    ("shape", "layouts"),
    [
        ("[1, 4, 5]", [lambda p: p[..., 0], lambda p: p, lambda p: p.transpose(2, 0, 1)]),
        ("[3, 4, 5]", [lambda p: p, lambda p: p.transpose(2, 0, 1)]),
        ("{height: 4, width: 5}", [lambda p: p[..., 0], lambda p: p]),
        ("{channels: 3, height: 4, width: 5, features: 1}", [lambda p: p, lambda p: p.transpose(2, 0, 1)[..., None]]),
    ],
)
@pytest.mark.parametrize("steps", ["mean: 0.5, std: 0.25", "resize: [8, 10], center_crop: [4, 5]"])
def test_the_same_bytes_are_the_same_pixels_in_every_layout(network, saved, shape, layouts, steps):
    (item,) = network(f"input: {{shape: {shape}, preprocess: {{{steps}}}}}\nlayers:\n  - flatten(1)\n").inputs
    channels = 3 if "3" in shape else 1
    pixels = np.random.default_rng(0).integers(0, 256, (4, 5, channels), np.uint8)
    arrays = [read_input(saved(layout(pixels)), item) for layout in layouts]
    for prepared in arrays:
        assert np.array_equal(prepared.array, arrays[0].array)
        assert np.array_equal(prepared.picture, arrays[0].picture)
    if "mean" in steps:
        expected = (pixels.transpose(2, 0, 1) / 255 - 0.5) / 0.25
        assert np.allclose(arrays[0].array.ravel(), expected.ravel(), atol=1e-6)
    if layouts[-1](pixels).shape == item.value.type.shape[1:]:
        several = read_input(saved(np.stack([layouts[-1](pixels)] * 2)), item)
        assert np.array_equal(several.array, np.repeat(arrays[0].array, 2, axis=0))
        assert several.notes[-1] == "an array of bytes, taken for pixels from 0 to 255"


def test_bytes_of_a_clip_are_pixels_and_of_features_numbers(network, saved):
    text = "input: {shape: %s, preprocess: {mean: [0.1, 0.2]}}\nlayers:\n  - flatten(1)\n"
    clip = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 5), np.uint8)
    (item,) = network(text % "{channels: 2, time: 3, height: 4, width: 5}").inputs
    expected = clip.astype(np.float32) / 255 - np.array([0.1, 0.2], np.float32)[:, None, None, None]
    assert np.allclose(read_input(saved(clip), item).array[0], expected)
    (item,) = network("input: [8]\nlayers:\n  - Linear(2)\n").inputs
    assert np.array_equal(read_input(saved(np.arange(8, dtype=np.uint8)), item).array[0], np.arange(8))


def test_an_array_of_other_numbers_is_not_copied_beyond_the_limit(network, saved):
    (item,) = network("input: [1000]\nlayers:\n  - Linear(2)\n").inputs
    file = saved(np.zeros((100, 1000)))
    with pytest.raises(InputError, match=r"reading array\.npy needs about 1\.14 MiB, and the limit is 977 KiB"):
        read_input(file, item, memory_limit=1_000_000)
    assert read_input(file, item, memory_limit=2_000_000).array.shape == (100, 1000)


def test_a_row_of_numbers_where_a_sound_is_wanted_is_one(network, saved):
    net = network("input: {shape: [1, 30], preprocess: {frame: 30, hop_length: 10}}\nlayers:\n  - flatten(1)\n")
    assert read_input(saved(np.ones(100)), net.inputs[0]).array.shape == (8, 1, 30)


def test_another_shape_is_told_with_what_fits(net, saved):
    with pytest.raises(InputError, match=r"array\.npy has the shape \(4, 5\), and the input takes \(1, 4, 5\), or sev"):
        read_input(saved(np.zeros((4, 5))), net.inputs[0])


def test_ids(ids, saved):
    found = read_input(saved(np.array([0, 1, 2, 3, 4, 9])), ids.inputs[0])
    assert found.array.dtype == np.int64
    with pytest.raises(InputError, match="has numbers from 0 to 10; the input takes 0 to 9"):
        read_input(saved(np.array([0, 1, 2, 3, 4, 10])), ids.inputs[0])
    with pytest.raises(InputError, match="holds float64 numbers, and the input takes int64"):
        read_input(saved(np.zeros(6)), ids.inputs[0])


@pytest.mark.parametrize("array", [np.zeros((1, 4, 5), complex), np.full((1, 4, 5), "a")])
def test_what_are_no_numbers(net, saved, array):
    with pytest.raises(InputError, match=r"array.npy holds .* numbers"):
        read_input(saved(array), net.inputs[0])


def test_objects_are_never_unpickled(net, saved, tmp_path):
    class Trap:
        def __reduce__(self):
            return print, ("run",)

    path = saved(np.array([Trap()], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="it holds Python objects, which are not read"):
        read_input(path, net.inputs[0])
    np.savez(tmp_path / "objects.npz", input=np.array([Trap()], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"objects\.npz"):
        read_input(tmp_path / "objects.npz", net.inputs[0])


def test_archives_of_arrays(net, tmp_path):
    one = np.ones((1, 4, 5))
    np.savez(tmp_path / "one.npz", picture=one)
    np.savez_compressed(tmp_path / "named.npz", input=one * 2, other=one)
    np.savez(tmp_path / "two.npz", a=one, b=one)
    assert read_input(tmp_path / "one.npz", net.inputs[0]).array.sum() == 20
    assert read_input(tmp_path / "named.npz", net.inputs[0]).array.sum() == 40
    with pytest.raises(InputError, match=r"two\.npz holds 2 arrays \(a, b\); call one of them `input`"):
        read_input(tmp_path / "two.npz", net.inputs[0])


def test_an_archive_that_unpacks_to_too_much_is_refused(net, tmp_path, monkeypatch):
    from netinspect import machine

    np.savez_compressed(tmp_path / "bomb.npz", input=np.zeros((1000, 1, 4, 5)))
    monkeypatch.setattr(machine, "machine_bytes", lambda: 100_000)
    with pytest.raises(InputError, match=r"the array input in bomb\.npz needs about 156 KiB"):
        read_input(tmp_path / "bomb.npz", net.inputs[0])


def test_damaged_arrays(net, tmp_path):
    stream = io.BytesIO()
    np.save(stream, np.zeros((1, 4, 5)))
    whole = stream.getvalue()
    for length in (0, 5, 60, len(whole) - 1):
        (tmp_path / "cut.npy").write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"cannot read the array .*cut\.npy"):
            read_input(tmp_path / "cut.npy", net.inputs[0])
    (tmp_path / "text.npy").write_text("1, 2, 3, 4", encoding="utf-8")
    with pytest.raises(InputError, match=r"cannot read the array .*text\.npy: the magic string is not correct"):
        read_input(tmp_path / "text.npy", net.inputs[0])
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04 no archive")
    with zipfile.ZipFile(tmp_path / "text.npz", "w") as archive:
        archive.writestr("input.npy", "text")
    for name in ("cut.npz", "text.npz"):
        with pytest.raises(InputError, match="cannot read the array"):
            read_input(tmp_path / name, net.inputs[0])


# --- files and folders -------------------------------------------------------------------------


def test_what_is_no_input(net, tmp_path):
    (tmp_path / "notes.txt").write_text("text")
    with pytest.raises(InputError, match="there is no file"):
        read_input(tmp_path / "none.png", net.inputs[0])
    for path in (tmp_path / "notes.txt", tmp_path):
        with pytest.raises(InputError, match=r"is no input: a picture .*, an array .* or a sound .* is"):
            read_input(path, net.inputs[0])


def test_a_folder_is_listed_by_name_with_the_folders_in_it(tmp_path):
    for name in ("b.png", "a/z.WAV", "a/b/c.npy", "B.jpg", ".hidden.png", ".thumbnails/a.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert data_files(tmp_path) == ("B.jpg", "a/b/c.npy", "a/z.WAV", "b.png")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no input"):
        data_files(tmp_path / "empty")
    with pytest.raises(InputError, match="there is no folder"):
        data_files(tmp_path / "b.png")


def test_files_and_folders_together_make_one_batch(net, tmp_path):
    (tmp_path / "more").mkdir()
    for number, name in enumerate(["x.png", "more/b.png", "more/a.png"]):
        Image.fromarray(np.full((4, 5), number, np.uint8)).save(tmp_path / name)
    prepared = tuple(open_inputs([tmp_path / "x.png", tmp_path / "more"], net))
    assert [item.source for item in prepared] == ["x.png", "a.png", "b.png"]
    (tensor,) = batch(net, prepared)
    assert tensor.shape == (3, 1, 4, 5)
    assert [round(float(sample[0, 0, 0]) * 255) for sample in tensor] == [0, 2, 1]


def pictures(folder, count):
    folder.mkdir()
    for number in range(count):
        Image.fromarray(np.full((4, 5), number, np.uint8)).save(folder / f"{number}.png")
    return folder


def test_folders_are_read_one_file_at_a_time_and_anew(net, tmp_path):
    folder = pictures(tmp_path / "photos", 3)
    files = open_inputs([folder], net)
    first = next(iter(files))
    (folder / "2.png").unlink()
    Image.fromarray(np.full((4, 5), 9, np.uint8)).save(folder / "0.png")
    assert [int(one.picture[0, 0]) for one in (first, *files)] == [0, 9, 1]
    assert files.unread == {"photos/2.png": "there is no such file"}


def test_what_cannot_be_read_in_a_folder_is_left_out_and_told(net, tmp_path):
    folder = pictures(tmp_path / "photos", 2)
    (folder / "1.png").write_text("no picture")
    (folder / "empty.npy").touch()
    (folder / "two.npz").write_bytes(b"PK")
    files = open_inputs([folder], net)
    assert [one.source for one in files] == ["0.png"]
    assert sorted(files.unread) == ["photos/1.png", "photos/empty.npy", "photos/two.npz"]
    assert not any(str(tmp_path) in reason for reason in files.unread.values())
    (folder / "0.png").unlink()
    with pytest.raises(InputError, match=r"none of the 3 files can be read; photos/1\.png: is no picture"):
        list(open_inputs([folder], net))


def test_a_file_that_is_named_is_read_at_once(net, tmp_path):
    folder = pictures(tmp_path / "photos", 2)
    (tmp_path / "bad.png").write_text("no picture")
    with pytest.raises(Unreadable, match=r"bad\.png is no picture .*; save it as one of these"):
        open_inputs([folder, tmp_path / "bad.png"], net)


def test_several_inputs_take_one_file_each(network, saved):
    net = network("inputs: {a: [3], b: [2]}\nlayers:\n  - cat(a, b, dim=1)\n")
    files = [saved(np.ones(3), "a.npy"), saved(np.zeros((1, 2)), "b.npy")]
    prepared = tuple(open_inputs(files, net))
    assert [item.input for item in prepared] == ["a", "b"]
    assert [tuple(tensor.shape) for tensor in batch(net, prepared)] == [(1, 3), (1, 2)]
    with pytest.raises(InputError, match=r"the network has 2 inputs \(a, b\); give one file for each"):
        tuple(open_inputs(files[:1], net))
    with pytest.raises(InputError, match="nothing was given for the input `b`"):
        batch(net, prepared[:1])


# --- noise -------------------------------------------------------------------------------------


def test_noise_is_standard_normal_seeded_and_flagged(network):
    net = network("input: [3, 50, 60]\nlayers:\n  - flatten(1)\n")
    (one,) = noise(net, seed=3)
    torch.rand(5)
    (same,), (other,) = noise(net, seed=3), noise(net, seed=4)
    assert one.is_noise
    assert one.source == "standard-normal noise, seed 3"
    assert one.array.shape == (1, 3, 50, 60)
    assert np.array_equal(one.array, same.array)
    assert not np.array_equal(one.array, other.array)
    assert abs(one.array.mean()) < 0.05
    assert abs(one.array.std() - 1) < 0.05


def test_ids_are_uniform_below_high(ids):
    (found,) = noise(ids, samples=500)
    assert found.source == "random ids below 10, seed 0"
    assert found.array.dtype == np.int64
    assert set(np.unique(found.array)) == set(range(10))


def test_ids_that_an_embedding_looks_up_are_rows_of_it(tmp_path):
    (tmp_path / "net.yaml").write_text("input: {shape: [12], dtype: int64}\nlayers: ['Embedding(7, 3)']\n")
    (found,) = noise(load(tmp_path / "net.yaml"), samples=500)
    assert set(np.unique(found.array)) == set(range(7))


def test_noise_leaves_the_random_state_alone(net):
    state = torch.get_rng_state()
    noise(net)
    assert torch.equal(torch.get_rng_state(), state)
