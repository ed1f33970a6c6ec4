"""A picture file to an input of the network, by the steps of `preprocess`.

Resizing, cropping and grey come first, on pixels from 0 to 255. Where no step says how a picture of another size
becomes the input's, its shorter side is resized and the middle cut out. Then the numbers: pixels go from 0 to 1, as
torchvision's ToTensor has them, and mean and std hold for those. A spec that writes `scale` says its own: pixels go
from 0 to 255, and scale, mean and std are taken in the order they are written.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from netinspect.errors import InputError, Unreadable
from netinspect.language.preprocess import PICTURE_SIZES
from netinspect.network.network import NetworkInput
from netinspect.recording import Array, Prepared
from netinspect.torch_backend import numbers
from netinspect.torch_backend.machine_memory import refuse_beyond

FORMATS: Final = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
"""Those that Pillow reads by itself; for others it would start another program."""

OPAQUE: Final = 255

_BYTES_A_PIXEL: Final = 52
"""What reading and resizing a transparent picture took at most, measured; others take 39."""

_GEOMETRY: Final = ("resize", "center_crop", "grayscale")
_FILTERS: Final = {
    "bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC, "nearest": Image.Resampling.NEAREST,
}  # fmt: skip


def read_picture(path: Path, *, memory_limit: int | None = None) -> Array:
    """The pixels as uint8, (height, width) of a grey picture or (height, width, 3); turned as EXIF says. Where some
    are transparent there is one channel more, which says how much they cover.

    Unreadable where it cannot be read; InputError where that would take more than `memory_limit` bytes, by default
    half of the machine's memory.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                needed = _BYTES_A_PIXEL * picture.width * picture.height
                refuse_beyond(needed, memory_limit, f"reading the picture {path.name}")
                return pixels_of(picture, str(path))
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
    """The pixels of a Pillow image, as `read_picture` gives them. Unreadable for more than 8 bits."""
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith(("I", "F")):
        reason = f"has pixels of more than 8 bits ({picture.mode}); save it as .npy in the input's shape"
        raise Unreadable(f"{name} {reason}", reason)
    mode = "L" if picture.mode in ("1", "L", "LA") else "RGB"
    if picture.has_transparency_data:
        covered = np.asarray(picture.convert(f"{mode}A"))
        if covered[:, :, -1].min() < OPAQUE:
            return covered
    return np.asarray(picture.convert(mode))


def prepare_picture(pixels: Array, given: NetworkInput, source: str) -> Prepared:
    """A picture of uint8, (height, width) or (height, width, channels), as one sample. Transparent pixels are laid on
    white, unless the input takes a fourth channel. InputError if it does not fit."""
    _check_is_picture(given, source)
    seen = (pixels if pixels.ndim == 3 else pixels[:, :, None]).astype(np.float32)
    seen, covered = _on_white(seen, given)
    seen, resized = _with_size(seen, given, source)
    seen, repeated = _with_channels(seen, given, source)
    _check_size(seen, given, source)
    values = _normalised(np.moveaxis(seen, 2, 0), given.preprocess)
    array = values.reshape(1, *_sizes(given)).astype(given.value.type.dtype)
    shown = np.clip(np.round(seen), 0, 255).astype(np.uint8)
    picture = shown[:, :, 0] if shown.shape[2] == 1 else shown if shown.shape[2] == 3 else None
    return Prepared(given.name, source, array, given.axes, picture=picture, notes=(*covered, *resized, *repeated))


def _on_white(seen: Array, given: NetworkInput) -> tuple[Array, tuple[str, ...]]:
    """Without the channel that says how much a pixel covers."""
    channels = seen.shape[2]
    if channels not in (2, 4) or channels == _size(given, "channels"):
        return seen, ()
    share = seen[:, :, -1:] / np.float32(OPAQUE)
    mixed = np.round(seen[:, :, :-1] * share + OPAQUE * (1 - share))
    return mixed, ("transparent pixels, laid on white",)


# --- what the input takes --------------------------------------------------------------------


def _sizes(given: NetworkInput) -> tuple[int, ...]:
    return given.value.type.shape[1:]


def _size(given: NetworkInput, axis: str) -> int:
    """Of an axis by name; 1 for one that the input does not have."""
    return _sizes(given)[given.axes.index(axis)] if axis in given.axes else 1


def _check_is_picture(given: NetworkInput, source: str) -> None:
    pictured = [axis for axis in given.axes if axis in ("channels", "height", "width")]
    others = [size for axis, size in zip(given.axes, _sizes(given), strict=True) if axis not in pictured]
    if pictured not in (["channels", "height", "width"], ["height", "width"]) or any(size != 1 for size in others):
        axes = ", ".join(given.axes) or "one number"
        raise InputError(f"{source} is a picture, and the input `{given.name}` is ({axes}); it takes an array (.npy)")
    if not given.value.type.is_float:
        raise InputError(f"{source} is a picture, and the input `{given.name}` takes {given.value.type.dtype}")


def _check_size(seen: Array, given: NetworkInput, source: str) -> None:
    height, width = seen.shape[:2]
    wanted = (_size(given, "height"), _size(given, "width"))
    if (height, width) != wanted:
        whole = ",".join(map(str, (_size(given, "channels"), height, width)))
        raise InputError(
            f"{source} is {height}×{width} pixels (height × width) after `preprocess`, and the input takes "
            f"{wanted[0]}×{wanted[1]}; write `center_crop: input` below its other steps, or --input-shape {whole}"
        )


def _with_channels(seen: Array, given: NetworkInput, source: str) -> tuple[Array, tuple[str, ...]]:
    channels, wanted = seen.shape[2], _size(given, "channels")
    if channels == wanted:
        return seen, ()
    if channels == 1 and wanted == 3:
        return np.repeat(seen, 3, axis=2), ("a grey picture, repeated for three channels",)
    advice = "; write `preprocess: {grayscale: true}` in the input" if (channels, wanted) == (3, 1) else ""
    raise InputError(f"{source} has {channels} channels, and the input takes {wanted}{advice}")


# --- shape -----------------------------------------------------------------------------------


def _with_size(seen: Array, given: NetworkInput, source: str) -> tuple[Array, tuple[str, ...]]:
    """After the steps on size and grey, or where none is on the size, made to fit; and what was done, in words."""
    steps = {step: setting for step, setting in given.preprocess.items() if step in _GEOMETRY}
    is_unsized = not any(step in PICTURE_SIZES for step in steps)
    if is_unsized and seen.shape[:2] != (_size(given, "height"), _size(given, "width")):
        steps |= {"resize": "cover", "center_crop": "input"}
    said = [f"{seen.shape[0]:,}×{seen.shape[1]:,} pixels (height × width)"]
    for step, setting in steps.items():
        if step == "grayscale":
            seen = _grey(seen) if setting else seen
            continue
        size, method = (setting["size"], setting["filter"]) if isinstance(setting, dict) else (setting, "bilinear")
        before = seen.shape[:2]
        if step == "center_crop":
            seen = _cropped(seen, size if size != "input" else (_size(given, "height"), _size(given, "width")), source)
            words = "cut to the middle {}×{}"
        else:
            seen = _resized(seen, *_resized_size(seen, size, given), method)
            words = f"resized ({method}) to {{}}×{{}}"
        if seen.shape[:2] != before:
            said.append(words.format(*seen.shape[:2]))
    if not said[1:]:
        return seen, ()
    reason = "; `preprocess` does not say how" if is_unsized else ""
    return seen, (f"{said[0]}, {' and '.join(said[1:])}{reason}",)


def _resized_size(seen: Array, size: int | str | tuple[int, int], given: NetworkInput) -> tuple[int, int]:
    """One number is the shorter side, and the longer one in proportion, cut off to whole pixels as torchvision does;
    `cover` is the smallest size in proportion that covers the input's."""
    input_height, input_width = _size(given, "height"), _size(given, "width")
    if size == "input":
        return input_height, input_width
    if isinstance(size, tuple):
        return size
    height, width = seen.shape[:2]
    if size == "cover":
        is_flat = height * input_width <= width * input_height
        size = input_height if is_flat else input_width
    else:
        is_flat = height <= width
    side, along = (height, width) if is_flat else (width, height)
    longer = int(int(size) * along / side)
    return (int(size), longer) if is_flat else (longer, int(size))


def _resized(seen: Array, height: int, width: int, method: str) -> Array:
    if method == "area":
        channels_first = torch.from_numpy(np.ascontiguousarray(np.moveaxis(seen, 2, 0)))[None]
        small = torch.nn.functional.interpolate(channels_first, (height, width), mode="area")[0]
        return np.moveaxis(small.numpy(), 0, 2)
    resized = np.asarray(_image(seen).resize((width, height), _FILTERS[method]), dtype=np.float32)
    return resized if resized.ndim == 3 else resized[:, :, None]


def _cropped(seen: Array, size: int | tuple[int, int], source: str) -> Array:
    crop_height, crop_width = size if isinstance(size, tuple) else (size, size)
    height, width = seen.shape[:2]
    if height < crop_height or width < crop_width:
        raise InputError(
            f"{source} is {height}×{width} pixels here, too few for `center_crop: [{crop_height}, {crop_width}]`; "
            "write a `resize` above it"
        )
    top, left = round((height - crop_height) / 2), round((width - crop_width) / 2)
    return seen[top : top + crop_height, left : left + crop_width]


def _grey(seen: Array) -> Array:
    return seen if seen.shape[2] == 1 else np.asarray(_image(seen).convert("L"), dtype=np.float32)[:, :, None]


def _image(seen: Array) -> Image.Image:
    pixels = np.clip(np.round(seen), 0, 255).astype(np.uint8)
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


# --- numbers ---------------------------------------------------------------------------------


def _normalised(values: Array, preprocess: Mapping[str, Any]) -> Array:
    """(channels, height, width) of pixels from 0 to 255, by the numeric steps."""
    if "scale" not in preprocess:
        values = values / np.float32(255)
    numbers.check_means(preprocess)
    for step, number in preprocess.items():
        if step in numbers.STEPS:
            values = numbers.apply(values, step, number, channel_axis=0)
    return values
