"""Pictures become inputs by the spec's steps; where none gives a size, they are made to fit, and a note says so."""

import re
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from netinspect.errors import InputError, Unreadable
from netinspect.inputs.files import read_input
from netinspect.inputs.pictures import read_picture

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


@pytest.mark.parametrize("sizes", [(10, 10), (12, 7), (40, 31), (30, 20)])
def test_area_is_torchs_interpolate_to_the_last_bit(photo, given, sizes):
    height, width = sizes
    found = prepared(photo, given(f"[3, {height}, {width}]", "resize: {size: input, filter: area}, scale: 1")).array
    pixels = torch.tensor(COLOURS).permute(2, 0, 1)[None].float().contiguous()
    assert np.array_equal(found, torch.nn.functional.interpolate(pixels, sizes, mode="area"))


def test_center_crop(photo, given):
    assert np.array_equal(prepared(photo, given("[3, 10, 8]", "center_crop: [10, 8]")).picture, COLOURS[10:20, 6:14])
    with pytest.raises(InputError, match=r"30×20 pixels here, too few for `center_crop: \[25, 25\]`"):
        read_input(photo, given("[3, 25, 25]", "center_crop: 25"))


@pytest.mark.parametrize("crop", [(27, 17), (29, 19), (25, 13), (1, 1), (30, 20), (23, 18)])
def test_odd_margins_are_rounded_as_torchvision_rounds_them(photo, given, crop):
    """The code of torchvision.transforms.functional.center_crop: `int(round((image_height - crop_height) / 2.0))`."""
    top, left = (int(round((whole - part) / 2.0)) for whole, part in zip((30, 20), crop, strict=True))  # noqa: RUF046
    found = prepared(photo, given(f"[3, {crop[0]}, {crop[1]}]", f"center_crop: [{crop[0]}, {crop[1]}]"))
    assert np.array_equal(found.picture, COLOURS[top : top + crop[0], left : left + crop[1]])


@pytest.mark.parametrize("shorter", [13, 7, 21, 1, 20, 33])
def test_the_longer_side_is_cut_off_as_torchvision_does(photo, given, shorter):
    """torchvision's _compute_resized_output_size: `int(size * long / short)`."""
    longer = int(shorter * 30 / 20)
    for pixels, size in ((COLOURS, (longer, shorter)), (COLOURS.transpose(1, 0, 2), (shorter, longer))):
        Image.fromarray(pixels).save(photo)
        found = prepared(photo, given(f"[3, {size[0]}, {size[1]}]", f"resize: {shorter}"))
        expected = Image.fromarray(pixels).resize(size[::-1], Image.Resampling.BILINEAR)
        assert np.array_equal(found.picture, np.asarray(expected))


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


def test_palettes_bits_and_what_covers_everything(tmp_path, given):
    image = Image.fromarray(COLOURS)
    image.quantize(8).save(tmp_path / "palette.png")
    assert read_picture(tmp_path / "palette.png").shape == (30, 20, 3)
    image.convert("1").save(tmp_path / "bits.png")
    assert set(np.unique(read_picture(tmp_path / "bits.png"))) == {0, 255}
    opaque = np.dstack([COLOURS, np.full((30, 20), 255, np.uint8)])
    Image.fromarray(opaque).save(tmp_path / "opaque.png")
    assert np.array_equal(read_picture(tmp_path / "opaque.png"), opaque)
    found = prepared(tmp_path / "opaque.png", given())
    assert np.array_equal(found.picture, COLOURS)
    assert found.notes == ()


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


@pytest.mark.parametrize("covered", [COLOURS[:, :, 0], np.full((30, 20), 255, np.uint8)])
def test_an_input_of_four_channels_takes_transparency_as_it_is(tmp_path, given, covered):
    clear = np.dstack([COLOURS, covered])
    Image.fromarray(clear).save(tmp_path / "glass.png")
    found = read_input(tmp_path / "glass.png", given("[4, 30, 20]"))
    assert np.allclose(found.array[0], np.moveaxis(clear, 2, 0) / 255)
    assert found.notes == ()
    grey = read_input(tmp_path / "glass.png", given("[2, 30, 20]", "grayscale: true")).array[0]
    assert np.allclose(grey[0], np.asarray(Image.fromarray(COLOURS).convert("L")) / 255)
    assert np.allclose(grey[1], covered / 255)


def test_grey_with_transparency(tmp_path, given):
    pixels = COLOURS[:, :, :2]
    Image.fromarray(pixels).save(tmp_path / "glass.png")
    assert np.allclose(
        read_input(tmp_path / "glass.png", given("[2, 30, 20]")).array[0], np.moveaxis(pixels, 2, 0) / 255
    )
    found = read_input(tmp_path / "glass.png", given("[4, 30, 20]"))
    assert np.allclose(found.array[0], np.moveaxis(pixels[:, :, [0, 0, 0, 1]], 2, 0) / 255)
    assert found.notes == ("a grey picture, repeated for three channels",)


@pytest.mark.parametrize(
    ("pixels", "shape", "words"),
    [
        (
            COLOURS,
            "[4, 30, 20]",
            "has 3 channels, and the input takes 4, the fourth for transparency; save it with one",
        ),
        (COLOURS[:, :, 0], "[2, 30, 20]", "has 1 channel, and the input takes 2, the second for transparency"),
        (COLOURS[:, :, [0, 1, 2, 0]], "[2, 30, 20]", "has 4 channels, and the input takes 2; write `preprocess: {gray"),
    ],
)
def test_channels_that_are_not_there_are_not_made_up(tmp_path, given, pixels, shape, words):
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    with pytest.raises(InputError, match=re.escape(words)):
        read_input(tmp_path / "photo.png", given(shape))


def test_a_picture_that_takes_too_much_memory(photo, given):
    with pytest.raises(
        InputError, match=r"reading the picture photo\.png needs about 30\.5 KiB, and the limit is 3\.91 KiB"
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


# --- 16 bits -----------------------------------------------------------------------------------

DEEP = np.random.default_rng(1).integers(0, 65536, (30, 20, 4), dtype=np.uint16)
LAYOUTS = {"L": DEEP[:, :, 0], "LA": DEEP[:, :, ::3], "RGB": DEEP[:, :, :3], "RGBA": DEEP}


ADAM7 = [(0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2), (1, 2, 0, 1)]
"""First row, every how many rows, first column, every how many: PNG's passes of an interlaced picture."""


def png(values, extra=b"", filtered=0, is_interlaced=False):
    """A PNG of 16 bits, written by hand; `filtered` is the filter of every row, of none or of the pixel before."""
    values = values if values.ndim == 3 else values[:, :, None]
    channels = values.shape[2]
    data = b""
    for top, rows, left, columns in ADAM7 if is_interlaced else [(0, 1, 0, 1)]:
        part = values[top::rows, left::columns]
        plain = part.reshape(len(part), -1).astype(">u2").view(np.uint8)
        if filtered == 1:
            plain = plain - np.pad(plain, ((0, 0), (2 * channels, 0)))[:, : -2 * channels]
        data += np.pad(plain, ((0, 0), (1, 0)), constant_values=filtered).tobytes()
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, kind, 0, 0, is_interlaced)
    chunks = [(b"IHDR", header), *([(b"tRNS", extra)] if extra else []), (b"IDAT", zlib.compress(data)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def tiff(values, order="<", tags=None):
    """A TIFF of 16 bits without compression, in two strips of 15 rows; `tags` come to the usual ones."""
    count = values.shape[2] if values.ndim == 3 else 1
    strip = values.nbytes // 2
    known = {256: [20], 257: [30], 258: [16] * count, 259: [1], 262: [2 if count > 2 else 1], 277: [count]}
    known |= {278: [15], 273: [400, 400 + strip], 279: [strip, strip], 338: [2] if count == 4 else [], **(tags or {})}
    entries, longer = b"", b""
    for tag, numbers in sorted((tag, numbers) for tag, numbers in known.items() if numbers):
        place = numbers[0] if len(numbers) == 1 else 200 + len(longer)
        longer += struct.pack(f"{order}{len(numbers)}I", *numbers) if len(numbers) > 1 else b""
        entries += struct.pack(f"{order}HHII", tag, 4, len(numbers), place)
    start = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    head = start + struct.pack(f"{order}H", sum(map(bool, known.values()))) + entries + struct.pack(f"{order}I", 0)
    return (head.ljust(200, b"\0") + longer).ljust(400, b"\0") + values.astype(f"{order}u2").tobytes()


@pytest.mark.parametrize("is_interlaced", [False, True])
@pytest.mark.parametrize("filtered", [0, 1])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_png_of_16_bits_is_read_to_the_last(tmp_path, layout, filtered, is_interlaced):
    (tmp_path / "deep.png").write_bytes(png(LAYOUTS[layout], filtered=filtered, is_interlaced=is_interlaced))
    assert np.array_equal(read_picture(tmp_path / "deep.png"), LAYOUTS[layout])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("layout", ["L", "RGB", "RGBA"])
def test_a_tiff_of_16_bits_is_read_to_the_last(tmp_path, layout, order):
    (tmp_path / "deep.tif").write_bytes(tiff(LAYOUTS[layout], order))
    assert np.array_equal(read_picture(tmp_path / "deep.tif"), LAYOUTS[layout])


def test_a_tiff_in_which_white_is_0(tmp_path):
    (tmp_path / "deep.tif").write_bytes(tiff(LAYOUTS["L"], tags={262: [0]}))
    assert np.array_equal(read_picture(tmp_path / "deep.tif"), 65535 - LAYOUTS["L"])


@pytest.mark.parametrize(
    ("layout", "tags", "kind"),
    [
        ("RGB", {284: [2], 278: [30], 273: [400, 1600, 2800], 279: [1200] * 3}, "RGB in planes"),
        ("RGBA", {338: [1]}, "RGBa;16L"),
        ("RGBA", {262: [5], 338: []}, "CMYK;16L"),
        ("L", {339: [2]}, "I;16S"),
    ],
)
def test_a_tiff_of_a_kind_that_is_not_known_is_refused(tmp_path, layout, tags, kind):
    (tmp_path / "deep.tif").write_bytes(tiff(LAYOUTS[layout], tags=tags))
    with pytest.raises(Unreadable, match=rf"deep\.tif has pixels of more than 8 bits \({kind}\); save it as \.npy"):
        read_picture(tmp_path / "deep.tif")


@pytest.mark.parametrize("most", [65535, 1023])
def test_a_ppm_of_16_bits_is_read_to_the_last(tmp_path, most):
    for name, layout in [("deep.ppm", "RGB"), ("deep.pgm", "L")]:
        values = LAYOUTS[layout] & most
        head = f"{'P6' if values.ndim == 3 else 'P5'} 20 30 {most}\n".encode()
        (tmp_path / name).write_bytes(head + values.astype(">u2").tobytes())
        assert np.abs(read_picture(tmp_path / name) / 65535 - values / most).max() < 1e-5


def test_pixels_of_16_bits_go_from_0_to_1(tmp_path, given):
    (tmp_path / "deep.png").write_bytes(png(LAYOUTS["RGB"]))
    found = prepared(tmp_path / "deep.png", given())
    assert np.array_equal(found.array[0], np.moveaxis(LAYOUTS["RGB"] / 65535, 2, 0).astype(np.float32))
    assert np.abs(found.picture - LAYOUTS["RGB"] / 257).max() <= 0.5
    scaled = prepared(tmp_path / "deep.png", given(steps="scale: 1, mean: 127.5")).array[0]
    assert np.allclose(scaled, np.moveaxis(LAYOUTS["RGB"] / 257 - 127.5, 2, 0), atol=1e-4)


def test_steps_keep_16_bits(tmp_path, given):
    (tmp_path / "deep.png").write_bytes(png(LAYOUTS["RGB"]))
    pixels = LAYOUTS["RGB"] / 65535
    grey = prepared(tmp_path / "deep.png", given("[1, 30, 20]", "grayscale: true")).array[0, 0]
    assert np.allclose(grey, pixels @ [0.299, 0.587, 0.114], atol=1e-6)
    small = torch.nn.functional.interpolate(
        torch.from_numpy(np.moveaxis(pixels, 2, 0))[None], (15, 10), mode="bilinear", antialias=True
    )
    assert np.allclose(prepared(tmp_path / "deep.png", given("[3, 15, 10]", "resize: input")).array, small, atol=1e-6)


@pytest.mark.parametrize("method", ["bilinear", "bicubic", "nearest", "area"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_resizing_16_bits_is_resizing_8_to_a_rounding(tmp_path, given, layout, method):
    coarse = 90 + LAYOUTS[layout] // 1024  # 90 to 153: no filter goes beyond 0 or 255
    (tmp_path / "deep.png").write_bytes(png(coarse * np.uint16(257)))
    Image.fromarray(coarse.astype(np.uint8)).save(tmp_path / "plain.png")
    spec = given(
        f"[{coarse.shape[2] if coarse.ndim == 3 else 1}, 45, 12]", f"resize: {{size: input, filter: {method}}}"
    )
    deep, plain = (prepared(tmp_path / name, spec).array[0] * 255 for name in ("deep.png", "plain.png"))
    assert np.abs(deep - plain).max() < 4  # Pillow rounds 8 bits four times where some are transparent


def test_transparency_of_16_bits(tmp_path, given):
    (tmp_path / "glass.png").write_bytes(png(DEEP))
    share = DEEP[:, :, 3:] / 65535
    found = prepared(tmp_path / "glass.png", given())
    assert np.allclose(found.array[0], np.moveaxis(DEEP[:, :, :3] / 65535 * share + 1 - share, 2, 0), atol=1e-6)
    assert found.notes == ("transparent pixels, laid on white",)
    assert np.allclose(prepared(tmp_path / "glass.png", given("[4, 30, 20]")).array[0], np.moveaxis(DEEP / 65535, 2, 0))
    for layout in ("L", "RGB"):
        values = LAYOUTS[layout]
        (tmp_path / "clear.png").write_bytes(png(values, extra=np.atleast_1d(values[3, 4]).astype(">u2").tobytes()))
        covered = read_picture(tmp_path / "clear.png")[:, :, -1]
        assert covered[3, 4] == 0
        assert (covered == 65535).sum() == 599


def test_a_deep_picture_is_turned_as_its_camera_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(COLOURS).save(tmp_path / "turned.png", exif=exif)
    plain = (tmp_path / "turned.png").read_bytes()
    chunk = plain[(at := plain.index(b"eXIf") - 4) : at + 12 + struct.unpack(">I", plain[at : at + 4])[0]]
    deep = png(LAYOUTS["RGB"])
    (tmp_path / "deep.png").write_bytes(deep[:33] + chunk + deep[33:])
    assert np.array_equal(read_picture(tmp_path / "deep.png"), np.rot90(LAYOUTS["RGB"], -1))


def test_numbers_that_are_no_colours(tmp_path):
    Image.fromarray(np.zeros((4, 4), np.float32)).save(tmp_path / "deep.tif")
    with pytest.raises(Unreadable, match=r"pixels of more than 8 bits \(F;32F\); save it as \.npy"):
        read_picture(tmp_path / "deep.tif")
    (tmp_path / "words.ppm").write_text("P3 1 1 65535 1 2 3")
    with pytest.raises(Unreadable, match="pixels of more than 8 bits"):
        read_picture(tmp_path / "words.ppm")


# --- memory ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "shape", "steps"),
    [
        ((1, 4000), "[3, 224, 224]", "resize: 224, center_crop: 224"),
        ((1, 4000), "[3, 224, 224]", ""),
        ((2, 2), "[3, 224, 224]", "resize: [60000, 60000], center_crop: 224"),
        ((2, 2), "[3, 224, 224]", "resize: {size: 60000, filter: area}, center_crop: 224"),
        ((2, 2), "[3, 60000, 60000]", "resize: input"),
    ],
)
def test_a_picture_is_not_resized_beyond_the_limit(tmp_path, given, size, shape, steps):
    Image.new("RGB", size).save(tmp_path / "long.png")
    with pytest.raises(InputError, match=r"resizing long\.png to [\d,]+×[\d,]+ pixels needs about .* the limit is"):
        read_input(tmp_path / "long.png", given(shape, steps), memory_limit=1 << 30)
