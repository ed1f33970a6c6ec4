"""Pictures become inputs by the spec's steps; where none gives a size, they are made to fit, and a note says so."""

import numpy as np
import pytest
from PIL import Image

from netinspect.errors import InputError, Unreadable
from netinspect.torch_backend.inputs import read_input
from netinspect.torch_backend.pictures import read_picture

COLOURS = np.random.default_rng(0).integers(0, 256, (30, 20, 3), dtype=np.uint8)


@pytest.fixture
def photo(tmp_path):
    Image.fromarray(COLOURS).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def given(network):
    """The input of a spec: `given(shape, steps)`."""

    def of(shape="[3, 30, 20]", steps=""):
        text = f"input: {{shape: {shape}, preprocess: {{{steps}}}}}\nlayers:\n  - flatten(1)\n  - Linear(2)\n"
        return network(text).inputs[0]

    return of


def prepared(path, given):
    result = read_input(path, given)
    assert result.array.shape == (1, *given.value.type.shape[1:])
    assert result.array.dtype == np.float32
    return result


# --- numbers -----------------------------------------------------------------------------------


def test_pixels_go_from_0_to_1(photo, given):
    found = prepared(photo, given())
    assert np.array_equal(found.array[0], COLOURS.transpose(2, 0, 1).astype(np.float32) / 255)
    assert np.array_equal(found.picture, COLOURS)
    assert (found.source, found.axes, found.is_noise) == ("photo.png", ("channels", "height", "width"), False)


def test_mean_and_std_by_channel(photo, given):
    found = prepared(photo, given(steps="mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]")).array[0]
    whole = COLOURS.transpose(2, 0, 1) / 255
    wanted = (whole - np.array([0.485, 0.456, 0.406])[:, None, None]) / np.array([0.229, 0.224, 0.225])[:, None, None]
    assert np.allclose(found, wanted, atol=1e-6)


@pytest.mark.parametrize(
    "steps", ["mean: 127.5, scale: 0.0078125", "mean: 127.5, std: 128, scale: 1", "scale: 1, mean: 127.5, std: 128"]
)
def test_with_scale_pixels_go_from_0_to_255_and_steps_are_taken_as_written(photo, given, steps):
    wanted = (COLOURS.transpose(2, 0, 1).astype(np.float32) - 127.5) / 128
    assert np.array_equal(prepared(photo, given(steps=steps)).array[0], wanted)


def test_a_mean_of_the_wrong_range_is_told(photo, given):
    with pytest.raises(InputError, match=r"the mean 127\.5 in `preprocess` lies outside .* write `scale: 1` above it"):
        read_input(photo, given(steps="mean: 127.5, std: 128"))


def test_one_mean_too_few(photo, given):
    with pytest.raises(InputError, match="`mean` in `preprocess` has 2 values, and the input 3 channels"):
        read_input(photo, given(steps="mean: [0.1, 0.2]"))


# --- shape -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "resized", "cut"),  # height, width: Pillow's size is turned
    [
        ((32, 32), (48, 32), (slice(8, 40), slice(None))),
        ((10, 10), (15, 10), (slice(2, 12), slice(None))),
        ((30, 10), (30, 20), (slice(None), slice(5, 15))),
        ((15, 30), (45, 30), (slice(15, 30), slice(None))),
        ((45, 30), (45, 30), (slice(None), slice(None))),
    ],
)
def test_where_no_step_gives_a_size_the_picture_is_made_to_cover_the_input(photo, given, shape, resized, cut):
    found = prepared(photo, given(f"[3, {shape[0]}, {shape[1]}]", "std: 2"))
    whole = np.asarray(Image.fromarray(COLOURS).resize(resized[::-1], Image.Resampling.BILINEAR))
    assert np.array_equal(found.picture, whole[cut])
    assert np.array_equal(found.array[0], whole[cut].transpose(2, 0, 1).astype(np.float32) / 255 / 2)


def test_what_was_done_to_the_size_is_told(photo, given):
    def notes(shape, steps=""):
        return read_input(photo, given(shape, steps)).notes

    assert notes("[3, 30, 20]") == ()
    assert notes("[3, 30, 20]", "resize: 20, center_crop: input") == ()
    (note,) = notes("[3, 32, 32]")
    assert note.startswith("30×20 pixels (height × width), resized (bilinear) to 48×32 and cut to the middle 32×32;")
    assert note.endswith("; `preprocess` does not say how")
    assert notes("[3, 10, 8]", "center_crop: input") == ("30×20 pixels (height × width), cut to the middle 10×8",)
    assert notes("[3, 12, 12]", "resize: {size: 16, filter: bicubic}, center_crop: 12") == (
        "30×20 pixels (height × width), resized (bicubic) to 24×16 and cut to the middle 12×12",
    )


def test_steps_that_give_another_size_are_an_error_with_the_line_to_write(photo, given):
    with pytest.raises(InputError) as caught:
        read_input(photo, given("[3, 10, 10]", "resize: 10"))
    assert str(caught.value) == (
        "photo.png is 15×10 pixels (height × width) after `preprocess`, and the input takes 10×10; "
        "write `center_crop: input` below its other steps, or --input-shape 3,15,10"
    )


def test_for_an_input_of_another_size_the_steps_on_size_are_left_out(photo, network):
    text = "input: {shape: [3, 10, 10], preprocess: {STEPS, std: 2}}\nlayers: [AdaptiveAvgPool2d(1), Flatten]\n"

    def picture(steps):
        return read_input(photo, network(text.replace("STEPS", steps), input_shapes=[("", (3, 30, 20))]).inputs[0])

    for steps in ("resize: 12, center_crop: 10", "resize: [12, 12], center_crop: input", "center_crop: 10"):
        assert np.array_equal(picture(steps).picture, COLOURS)
    shrunk = picture("resize: {size: input, filter: area}")
    assert np.array_equal(shrunk.array[0], COLOURS.transpose(2, 0, 1).astype(np.float32) / 255 / 2)


@pytest.mark.parametrize("steps", ["resize: [32, 16]", "resize: input"])
def test_resizing_is_pillows_bilinear_as_torchvisions(photo, given, steps):
    wanted = np.asarray(Image.fromarray(COLOURS).resize((16, 32), Image.Resampling.BILINEAR))
    assert np.array_equal(prepared(photo, given("[3, 32, 16]", steps)).picture, wanted)


def test_one_number_is_the_shorter_side(photo, given):
    found = prepared(photo, given("[3, 15, 10]", "resize: 10"))
    assert found.picture.shape == (15, 10, 3)
    assert prepared(photo, given("[3, 10, 10]", "resize: 13, center_crop: 10")).picture.shape == (10, 10, 3)


def test_area_takes_the_mean_of_the_pixels_it_covers(photo, given):
    found = prepared(photo, given("[3, 10, 10]", "resize: {size: input, filter: area}")).array[0]
    wanted = COLOURS.reshape(10, 3, 10, 2, 3).mean(axis=(1, 3)).transpose(2, 0, 1) / 255
    assert np.allclose(found, wanted, atol=1e-6)


def test_center_crop(photo, given):
    assert np.array_equal(prepared(photo, given("[3, 10, 8]", "center_crop: [10, 8]")).picture, COLOURS[10:20, 6:14])
    with pytest.raises(InputError, match=r"30×20 pixels here, too few for `center_crop: \[25, 25\]`"):
        read_input(photo, given("[3, 25, 25]", "center_crop: 25"))


def test_steps_on_pixels_are_taken_as_written(photo, given):
    cropped = Image.fromarray(COLOURS[5:25]).resize((10, 10), Image.Resampling.NEAREST)
    steps = "center_crop: 20, resize: {size: 10, filter: nearest}"
    assert np.array_equal(prepared(photo, given("[3, 10, 10]", steps)).picture, np.asarray(cropped))


# --- channels ----------------------------------------------------------------------------------


def test_colour_to_grey_only_if_asked(photo, given):
    with pytest.raises(
        InputError, match=r"has 3 channels, and the input takes 1; write `preprocess: \{grayscale: true"
    ):
        read_input(photo, given("[1, 30, 20]"))
    found = prepared(photo, given("[1, 30, 20]", "grayscale: true"))
    assert np.array_equal(found.picture, np.asarray(Image.fromarray(COLOURS).convert("L")))


def test_grey_for_three_channels_is_noted(tmp_path, given):
    Image.fromarray(COLOURS[:, :, 0]).save(tmp_path / "grey.png")
    found = prepared(tmp_path / "grey.png", given())
    assert np.array_equal(found.array[0, 0], found.array[0, 2])
    assert found.notes == ("a grey picture, repeated for three channels",)


def test_a_grey_input_without_channels(tmp_path, given):
    Image.fromarray(COLOURS[:, :, 0]).save(tmp_path / "grey.png")
    found = prepared(tmp_path / "grey.png", given("{height: 30, width: 20}"))
    assert np.array_equal(found.array[0], COLOURS[:, :, 0] / np.float32(255))


def test_a_picture_where_none_is_wanted(photo, given, network):
    with pytest.raises(InputError, match=r"photo\.png is a picture, and the input `input` is \(features\)"):
        read_input(photo, given("[784]"))
    ids = network("input: {shape: [3, 30, 20], dtype: int64}\nlayers:\n  - flatten(1)\n").inputs[0]
    with pytest.raises(InputError, match="takes int64"):
        read_input(photo, ids)


# --- files -------------------------------------------------------------------------------------


def test_a_picture_is_turned_as_its_camera_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(COLOURS).save(tmp_path / "turned.png", exif=exif)
    assert np.array_equal(read_picture(tmp_path / "turned.png"), np.rot90(COLOURS, -1))


def test_palettes_bits_and_what_covers_everything(tmp_path):
    image = Image.fromarray(COLOURS)
    image.quantize(8).save(tmp_path / "palette.png")
    assert read_picture(tmp_path / "palette.png").shape == (30, 20, 3)
    image.convert("1").save(tmp_path / "bits.png")
    assert set(np.unique(read_picture(tmp_path / "bits.png"))) == {0, 255}
    opaque = np.dstack([COLOURS, np.full((30, 20), 255, np.uint8)])
    Image.fromarray(opaque).save(tmp_path / "opaque.png")
    assert np.array_equal(read_picture(tmp_path / "opaque.png"), COLOURS)


def test_transparent_pixels_are_laid_on_white(tmp_path, given):
    clear = np.dstack([COLOURS, np.full((30, 20), 255, np.uint8)])
    clear[:10, :, 3] = 0
    clear[10:20, :, 3] = 51
    Image.fromarray(clear).save(tmp_path / "glass.png")
    found = read_input(tmp_path / "glass.png", given())
    wanted = np.concatenate([np.full((10, 20, 3), 255), np.round(COLOURS[10:20] * 0.2 + 204), COLOURS[20:]])
    assert np.abs(found.picture.astype(int) - wanted).max() <= 1
    assert found.notes == ("transparent pixels, laid on white",)


@pytest.mark.parametrize("mode", ["LA", "P"])
def test_every_kind_of_transparency(mode, tmp_path, given):
    if mode == "LA":
        Image.fromarray(np.dstack([COLOURS[:, :, 0], np.zeros((30, 20), np.uint8)])).save(tmp_path / "glass.png")
    else:
        image = Image.fromarray(COLOURS).quantize(1)
        image.save(tmp_path / "glass.png", transparency=0)
    found = read_input(tmp_path / "glass.png", given())
    assert (found.array == 1).all()
    assert found.notes[0] == "transparent pixels, laid on white"


def test_an_input_of_four_channels_takes_transparency_as_it_is(tmp_path, given):
    clear = np.dstack([COLOURS, COLOURS[:, :, 0]])
    Image.fromarray(clear).save(tmp_path / "glass.png")
    found = read_input(tmp_path / "glass.png", given("[4, 30, 20]"))
    assert np.allclose(found.array[0], np.moveaxis(clear, 2, 0) / 255)
    assert found.notes == ()


def test_a_picture_that_takes_too_much_memory(photo, given):
    with pytest.raises(
        InputError, match=r"reading the picture photo\.png needs about 30\.5 KiB, and the limit is 3\.9 KiB"
    ):
        read_input(photo, given(), memory_limit=4000)


def test_a_bomb_is_not_unpacked(photo, monkeypatch):
    for limit in (400, 250):  # Pillow warns above its limit and refuses above twice that
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(InputError, match=f"has more than {limit} pixels; shrink it first"):
            read_picture(photo)


def test_damaged_and_false_pictures(tmp_path, photo):
    whole = photo.read_bytes()
    for length in range(0, len(whole), 97):
        (tmp_path / "cut.png").write_bytes(whole[:length])
        with pytest.raises(Unreadable, match=r"cut.png") as failure:
            read_picture(tmp_path / "cut.png")
        assert "cut.png" not in failure.value.reason
    (tmp_path / "false.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(InputError, match="is no picture"):
        read_picture(tmp_path / "false.png")


def test_more_than_8_bits(tmp_path):
    Image.fromarray(np.zeros((4, 4), np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(InputError, match="pixels of more than 8 bits"):
        read_picture(tmp_path / "deep.png")
