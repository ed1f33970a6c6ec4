"""The sizes that `preprocess` gives real data, as far as the spec alone says them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

SOUND_STEPS: Final = frozenset({"sample_rate", "frame", "hop_length", "pad_to", "normalize", "stft", "log_mel"})
"""The steps that only sound has."""


def columns_of(length: int, settings: Mapping[str, Any]) -> int:
    """How many columns the STFT of a sound of so many samples has."""
    hop = settings["hop_length"]
    length += -length % hop if settings["pad_last"] else 0
    return int((length - _beyond_hops(settings)) // hop + 1 - settings["drop_last"])


def samples_for(columns: int, settings: Mapping[str, Any]) -> int:
    """The shortest sound of which an STFT has so many columns."""
    return max(1, int((columns - 1 + settings["drop_last"]) * settings["hop_length"] + _beyond_hops(settings)))


def _beyond_hops(settings: Mapping[str, Any]) -> int:
    """The samples that the first column takes of the sound itself."""
    return int(settings[settings["frames_of"]] - 2 * settings["pad"])


def sound_axes(axes: Sequence[str], *, is_spectral: bool) -> tuple[int | None, int | None]:
    """Which axes of an input are time and frequency; None where there is none, or it is not asked for."""
    time = next((axes.index(name) for name in ("time", "width") if name in axes), None)
    frequency = next((axes.index(n) for n in ("mel", "freq", "height", "features", "channels") if n in axes), None)
    return time, frequency if is_spectral else None


def sound_sizes(steps: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Of a sound the rows of its spectrogram, and its columns or samples; None for what depends on the sound."""
    rows, length = None, steps.get("pad_to", steps.get("frame"))
    for step in steps.keys() & {"stft", "log_mel"}:
        settings = steps[step]
        rows = settings["n_mels"] if step == "log_mel" else settings["n_fft"] // 2 + 1
        samples = settings["pad_to"] or length
        length = settings.get("columns") or (None if samples is None else columns_of(samples, settings))
    return rows, length


def picture_sizes(steps: Mapping[str, Any]) -> tuple[int, int] | None:
    """Height and width that every picture is brought to; None where they depend on the picture or are the input's."""
    sides: tuple[int, int] | None = None
    for step, setting in steps.items():
        size = setting["size"] if isinstance(setting, Mapping) and step == "resize" else setting
        if step == "center_crop" and isinstance(size, int):
            sides = size, size
        elif step == "resize" and isinstance(size, int):
            sides = sides and resized_sides(*sides, size)
        elif step in ("resize", "center_crop"):
            sides = size if isinstance(size, tuple) else None
    return sides


def resized_sides(height: int, width: int, shorter: int) -> tuple[int, int]:
    """The sides of a picture whose shorter one is brought to `shorter`, the longer one in proportion and cut off to
    whole pixels, as torchvision does."""
    longer = int(shorter * max(height, width) / min(height, width))
    return (shorter, longer) if height <= width else (longer, shorter)
