"""A picture file to an input of the network, by the steps of `preprocess`.

Resizing, cropping and grey come first, on pixels from 0 to 255. Where no step says how a picture of another size
becomes the input's, its shorter side is resized and the middle cut out. Then the numbers: pixels go from 0 to 1, as
torchvision's ToTensor has them, and mean and std hold for those. A spec that writes `scale` says its own: pixels go
from 0 to 255, and scale, mean and std are taken in the order they are written.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, PLANAR_CONFIGURATION, TiffImageFile

from netinspect.errors import InputError, Unreadable
from netinspect.inputs.preprocessing import STEPS, apply_step, check_means
from netinspect.language.prepared_sizes import resized_sides
from netinspect.language.preprocess import PICTURE_SIZES
from netinspect.machine import refuse_beyond
from netinspect.network.network import NetworkInput
from netinspect.recording import Array, Prepared

FORMATS: Final = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
"""Those that Pillow reads by itself; for others it would start another program."""

OPAQUE: Final = 255

_BYTES_A_PIXEL: Final = 52
"""What reading and resizing a transparent picture took at most, measured; others take 39, of 16 bits twice that."""

_OTHER_BYTE: Final = {
    f"{mode};16{order}": f"{mode};16{other}"
    for mode in ("RGB", "RGBX", "RGBA")
    for order, other in ("BL", "LB", "NB" if sys.byteorder == "little" else "NL")
}
"""Of two bytes of colour Pillow keeps the upper one; read in the other order it keeps the lower one."""

_GEOMETRY: Final = ("resize", "center_crop", "grayscale")
_FILTERS: Final = {
    "bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC, "nearest": Image.Resampling.NEAREST,
}  # fmt: skip


def read_picture(path: Path, *, memory_limit: int | None = None) -> Array:
    """The pixels as uint8, of 16 bits as uint16; (height, width) of a grey picture or (height, width, 3); turned as
    EXIF says. Where the file says how much pixels cover there is one channel more.

    Unreadable where it cannot be read; InputError where that would take more than `memory_limit` bytes, by default
    half of the machine's memory.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                is_deep = _is_deep(picture)
                needed = _BYTES_A_PIXEL * picture.width * picture.height * (1 + is_deep)
                refuse_beyond(needed, memory_limit, f"reading the picture {path.name}")
                return _deep_pixels(picture, path) if is_deep else pixels_of(picture, str(path))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        reason = f"has more than {Image.MAX_IMAGE_PIXELS or 0:,} pixels; shrink it first"
        raise Unreadable(f"{path} {reason}", reason) from error
    except UnidentifiedImageError as error:
        reason = f"is no picture ({', '.join(FORMATS)})"
        raise Unreadable(f"{path} {reason}; save it as one of these", reason) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise Unreadable(f"cannot read the picture {path}: {reason}; copy or save it anew", reason) from error


def pixels_of(picture: Image.Image, name: str) -> Array:
    """The pixels of a Pillow image, as `read_picture` gives them. Unreadable for numbers that are no colours."""
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I;16"):
        return _with_clear(np.asarray(picture).astype(np.uint16), picture)
    if picture.mode.startswith(("I", "F")):
        raise _too_deep(picture.mode, name)
    mode = "L" if picture.mode in ("1", "L", "LA") else "RGB"
    return np.asarray(picture.convert(f"{mode}A" if picture.has_transparency_data else mode))


def _too_deep(mode: str, name: str) -> Unreadable:
    reason = f"has pixels of more than 8 bits ({mode}); save it as .npy in the input's shape"
    return Unreadable(f"{name} {reason}", reason)


# --- 16 bits ---------------------------------------------------------------------------------


def _layout(picture: ImageFile) -> tuple[str, str, Any]:
    """How the numbers lie in the file: Pillow's decoder, its name for them (`RGB;16B`), and what else the decoder is
    told; empty where Pillow has not said."""
    if not picture.tile:
        return "", "", None
    decoder, arguments = picture.tile[0].codec_name, picture.tile[0].args or ""
    return (decoder, arguments, None) if isinstance(arguments, str) else (decoder, str(arguments[0]), arguments[1])


def _is_deep(picture: ImageFile) -> bool:
    """Whether the file has more than 8 bits a number."""
    decoder, layout, highest = _layout(picture)
    is_deep = (decoder.startswith("ppm") and highest > 255) or any(mark in layout for mark in (";12", ";16", ";32"))
    return is_deep or (isinstance(picture, TiffImageFile) and max(picture.tag_v2.get(BITSPERSAMPLE, (1,))) > 8)


def _deep_pixels(picture: ImageFile, path: Path) -> Array:
    """uint16, as `read_picture` gives them. Pillow by itself cuts colours of 16 bits to 8. Unreadable for a kind that
    is not known."""
    decoder, layout, highest = _layout(picture)
    if isinstance(picture, TiffImageFile):
        if picture.tag_v2.get(PLANAR_CONFIGURATION) == 2:
            raise _too_deep(f"{picture.mode} in planes", str(path))
        if picture.tag_v2.get(PHOTOMETRIC_INTERPRETATION) == 0 and layout.startswith("I;16"):
            return 65535 - pixels_of(picture, str(path))
    if decoder == "ppm" and picture.mode == "RGB":
        shape = (picture.height, picture.width, 3)
        values = np.fromfile(path, ">u2", 3 * picture.width * picture.height, offset=picture.tile[0].offset)
        return np.asarray(np.round(values.reshape(shape) * (65535 / highest)), np.uint16)
    if picture.format == "PPM" and picture.mode == "I":
        return np.asarray(picture).astype(np.uint16)
    if layout.startswith("I;16") and picture.mode.startswith("I;16"):
        return pixels_of(picture, str(path))
    if layout == "LA;16B":
        pairs = _decoded(path, "RGBA").astype(np.uint16)
        return np.asarray(pairs[:, :, ::2] << 8 | pairs[:, :, 1::2])
    if layout not in _OTHER_BYTE:
        raise _too_deep(layout or picture.mode, str(path))
    upper, lower = _decoded(path, layout).astype(np.uint16), _decoded(path, _OTHER_BYTE[layout])
    return _with_clear(upper << 8 | lower, picture)


def _decoded(path: Path, layout: str) -> Array:
    """The picture's bytes as if the numbers lay in the file as `layout` says."""
    with Image.open(path, formats=FORMATS) as picture:
        picture.tile = [
            tile._replace(args=(layout, *tile.args[1:]) if isinstance(tile.args, tuple) else layout)
            for tile in picture.tile
        ]
        return np.asarray(ImageOps.exif_transpose(picture))


def _with_clear(values: Array, picture: Image.Image) -> Array:
    """uint16, with a channel more where the file names a colour that is transparent."""
    clear = picture.info.get("transparency")
    if clear is None or values.shape[2:] == (4,):
        return values
    channels = values if values.ndim == 3 else values[:, :, None]
    covered = np.where((channels == clear).all(axis=2, keepdims=True), 0, 65535)
    return np.concatenate((channels, covered.astype(np.uint16)), axis=2)


# --- one sample ------------------------------------------------------------------------------


def prepare_picture(pixels: Array, target: NetworkInput, source: str, *, memory_limit: int | None = None) -> Prepared:
    """A picture of uint8 or uint16, (height, width) or (height, width, channels), as one sample. Transparent pixels are
    laid on white, unless the input takes a channel that says how much they cover. InputError if it does not fit, or if
    a step would take more than `memory_limit` bytes.

    Pixels go from 0 to 255 while they are shaped: whole numbers in float32, of 16 bits with fractions in float64.
    """
    if not takes_pictures(target):
        axes = ", ".join(target.axes) or "one number"
        raise InputError(f"{source} is a picture, and the input `{target.name}` is ({axes}); it takes an array (.npy)")
    if not target.value.type.is_float:
        raise InputError(f"{source} is a picture, and the input `{target.name}` takes {target.value.type.dtype}")
    image = pixels if pixels.ndim == 3 else pixels[:, :, None]
    image = image / 257 if image.dtype == np.uint16 else image.astype(np.float32)
    image, covered = _on_white(image, target)
    image, resized = _with_size(image, target, source, memory_limit)
    image, repeated = _with_channels(image, target, source)
    height, width = image.shape[:2]
    input_size = (_size(target, "height"), _size(target, "width"))
    if (height, width) != input_size:
        shape = ",".join(map(str, (_size(target, "channels"), height, width)))
        raise InputError(
            f"{source} is {height}×{width} pixels (height × width) after `preprocess`, and the input takes "
            f"{input_size[0]}×{input_size[1]}; write `center_crop: input` below its other steps, or "
            f"--input-shape {shape}"
        )
    values = as_numbers(np.moveaxis(image, 2, 0), target.preprocess, channel_axis=0)
    array = values.reshape(1, *_sizes(target)).astype(target.value.type.dtype)
    visible = np.clip(np.round(image), 0, 255).astype(np.uint8)
    picture = visible[:, :, 0] if visible.shape[2] == 1 else visible if visible.shape[2] == 3 else None
    return Prepared(target.name, source, array, target.axes, picture=picture, notes=(*covered, *resized, *repeated))


def _on_white(image: Array, target: NetworkInput) -> tuple[Array, tuple[str, ...]]:
    """Without the channel that says how much a pixel covers, unless the input takes one: as the fourth, or as the
    second beside grey."""
    if image.shape[2] not in (2, 4) or _size(target, "channels") in (2, 4):
        return image, ()
    colours, share = image[:, :, :-1], image[:, :, -1:] / np.float32(OPAQUE)
    if (share == 1).all():
        return colours, ()
    mixed = colours * share + OPAQUE * (1 - share)
    return mixed if _has_fractions(image) else np.round(mixed), ("transparent pixels, laid on white",)


def _has_fractions(image: Array) -> bool:
    """Whether the picture is of 16 bits, so that nothing may be rounded to 8."""
    return image.dtype == np.float64


# --- what the input takes --------------------------------------------------------------------


def _sizes(target: NetworkInput) -> tuple[int, ...]:
    return target.value.type.shape[1:]


def _size(target: NetworkInput, axis: str) -> int:
    """Of an axis by name; 1 for one that the input does not have."""
    return _sizes(target)[target.axes.index(axis)] if axis in target.axes else 1


def takes_pictures(target: NetworkInput) -> bool:
    """Whether an input has the axes of a picture, and others of size 1 at most."""
    pictured = [axis for axis in target.axes if axis in ("channels", "height", "width")]
    others = [size for axis, size in zip(target.axes, _sizes(target), strict=True) if axis not in pictured]
    return pictured in (["channels", "height", "width"], ["height", "width"]) and all(size == 1 for size in others)


def _with_channels(image: Array, target: NetworkInput, source: str) -> tuple[Array, tuple[str, ...]]:
    channels, needed = image.shape[2], _size(target, "channels")
    if channels == needed:
        return image, ()
    if (channels, needed) in ((1, 3), (2, 4)):
        return image[:, :, [0, 0, *range(channels)]], ("a grey picture, repeated for three channels",)
    advice = ""
    if (channels, needed) in ((3, 1), (4, 2)):
        advice = "; write `preprocess: {grayscale: true}` in the input"
    elif (channels, needed) in ((3, 4), (1, 2)):
        advice = f", the {('second', 'fourth')[channels > 1]} for transparency; save it with one, or as .npy"
    raise InputError(f"{source} has {channels} channel{'s' * (channels != 1)}, and the input takes {needed}{advice}")


# --- shape -----------------------------------------------------------------------------------


def _with_size(
    image: Array, target: NetworkInput, source: str, memory_limit: int | None
) -> tuple[Array, tuple[str, ...]]:
    """After the steps on size and grey, or where none is on the size, made to fit; and what was done, in words."""
    steps = {step: setting for step, setting in target.preprocess.items() if step in _GEOMETRY}
    is_unsized = not any(step in PICTURE_SIZES for step in steps)
    if is_unsized and image.shape[:2] != (_size(target, "height"), _size(target, "width")):
        steps |= {"resize": "cover", "center_crop": "input"}
    said = [f"{image.shape[0]:,}×{image.shape[1]:,} pixels (height × width)"]
    for step, setting in steps.items():
        if step == "grayscale":
            image = _grey(image) if setting else image
            continue
        size, method = (setting["size"], setting["filter"]) if isinstance(setting, dict) else (setting, "bilinear")
        before = image.shape[:2]
        if step == "center_crop":
            image = _cropped(
                image, size if size != "input" else (_size(target, "height"), _size(target, "width")), source
            )
            words = "cut to the middle {}×{}"
        else:
            height, width = _resized_size(image, size, target)
            needed = _BYTES_A_PIXEL * height * width * (1 + _has_fractions(image))
            refuse_beyond(needed, memory_limit, f"resizing {source} to {height:,}×{width:,} pixels")
            image = _resized(image, height, width, method)
            words = f"resized ({method}) to {{}}×{{}}"
        if image.shape[:2] != before:
            said.append(words.format(*image.shape[:2]))
    if not said[1:]:
        return image, ()
    reason = "; `preprocess` does not say how" if is_unsized else ""
    return image, (f"{said[0]}, {' and '.join(said[1:])}{reason}",)


def _resized_size(image: Array, size: int | str | tuple[int, int], target: NetworkInput) -> tuple[int, int]:
    """One number is the shorter side; `cover` is the smallest size in proportion that covers the input's."""
    input_height, input_width = _size(target, "height"), _size(target, "width")
    if size == "input":
        return input_height, input_width
    if isinstance(size, tuple):
        return size
    height, width = image.shape[:2]
    if size != "cover":
        return resized_sides(height, width, int(size))
    if height * input_width <= width * input_height:
        return input_height, int(input_height * width / height)
    return int(input_width * height / width), input_width


def _resized(image: Array, height: int, width: int, method: str) -> Array:
    if method == "area":
        rows, high = _sums(np.moveaxis(image, 2, 0).astype(np.float64, order="C"), height, axis=1)
        sums, wide = _sums(rows, width, axis=2)
        means = sums.astype(image.dtype) / high[:, None] / wide  # in torch's order, to the last bit
        return np.moveaxis(means, 0, 2)
    if _has_fractions(image):
        # Pillow lets a pixel of 8 bits count as much as it covers, and keeps what a filter makes within 0 and 255.
        has_cover = image.shape[2] in (2, 4) and method != "nearest"
        share = image[:, :, -1:] / OPAQUE if has_cover else np.ones(1)
        channels = np.concatenate((image[:, :, :-1] * share, image[:, :, -1:]), axis=2).astype(np.float32)
        images = (Image.fromarray(channel) for channel in np.moveaxis(channels, 2, 0))
        planes = [np.asarray(image.resize((width, height), _FILTERS[method]), np.float64) for image in images]
        resized = np.clip(np.stack(planes, axis=2), 0, OPAQUE)
        if has_cover:
            share = resized[:, :, -1:] / OPAQUE
            resized[:, :, :-1] = np.clip(resized[:, :, :-1] / np.where(share == 0, 1, share), 0, OPAQUE)
        return resized
    resized = np.asarray(_image(image).resize((width, height), _FILTERS[method]), dtype=np.float32)
    return resized if resized.ndim == 3 else resized[:, :, None]


def _sums(values: Array, size: int, axis: int) -> tuple[Array, Array]:
    """An axis brought to `size` cells, each the sum of those it covers in part or whole, and how many those are, in
    float32: the cells of torch's `interpolate(mode="area")`."""
    length, places = values.shape[axis], np.arange(size)
    firsts, ends = places * length // size, -(-(places + 1) * length // size)
    padded = np.insert(values, length, 0, axis=axis)  # so that the last cell has an end, too
    sums = np.add.reduceat(padded, np.stack((firsts, ends), axis=1).ravel(), axis=axis)
    return sums.take(np.arange(0, 2 * size, 2), axis), (ends - firsts).astype(np.float32)


def _cropped(image: Array, size: int | tuple[int, int], source: str) -> Array:
    crop_height, crop_width = size if isinstance(size, tuple) else (size, size)
    height, width = image.shape[:2]
    if height < crop_height or width < crop_width:
        raise InputError(
            f"{source} is {height}×{width} pixels here, too few for `center_crop: [{crop_height}, {crop_width}]`; "
            "write a `resize` above it"
        )
    top, left = round((height - crop_height) / 2), round((width - crop_width) / 2)
    return image[top : top + crop_height, left : left + crop_width]


def _grey(image: Array) -> Array:
    """ITU-R 601-2's mean of red, green and blue in place of them, as Pillow takes it."""
    if image.shape[2] < 3:
        return image
    if _has_fractions(image):
        grey = image[:, :, :3] @ np.array([0.299, 0.587, 0.114])
    else:
        grey = np.asarray(_image(image).convert("L"), dtype=np.float32)
    return np.concatenate((grey[:, :, None], image[:, :, 3:]), axis=2)


def _image(image: Array) -> Image.Image:
    pixels = np.clip(np.round(image), 0, 255).astype(np.uint8)
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


# --- numbers ---------------------------------------------------------------------------------


def as_numbers(values: Array, preprocess: Mapping[str, Any], channel_axis: int | None) -> Array:
    """Pixels from 0 to 255 in float32 or float64, by the numeric steps."""
    if "scale" not in preprocess:
        values = values / np.float32(255)
    check_means(preprocess)
    for step, number in preprocess.items():
        if step in STEPS:
            values = apply_step(values, step, number, channel_axis)
    return values
