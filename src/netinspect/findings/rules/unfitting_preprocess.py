"""A `preprocess` that gives data of other sizes than the input takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from netinspect.analysis.text import thousands
from netinspect.errors import Diagnostic
from netinspect.findings.rule import Rule, Subject
from netinspect.language.prepared_sizes import picture_sizes, samples_for, sound_axes, sound_sizes
from netinspect.network.network import NetworkInput


def check(subject: Subject) -> Iterator[Diagnostic]:
    for item in subject.network.inputs:
        shape = item.value.type.shape[1:]
        wrong = [(axis, size, what) for axis, size, what in _sizes(item) if size != shape[axis]]
        for what, alike in groupby(wrong, key=lambda size: size[2]):
            axes, sizes, _ = zip(*alike, strict=True)
            expected = [shape[axis] for axis in axes]
            yield Diagnostic(
                "W307",
                f"`preprocess` gives {'×'.join(map(thousands, sizes))} {what}, and the input takes "
                f"{'×'.join(map(thousands, expected))} ({' × '.join(item.axes[axis] for axis in axes)}): no file fits",
                item.value.span,
                help=_help(item, axes, expected),
            )


def _sizes(item: NetworkInput) -> Iterator[tuple[int, int, str]]:
    """The axes whose sizes are sure, each with its size and what there are so many of."""
    steps = item.preprocess
    sides = picture_sizes(steps)
    if sides is not None:
        for name, size in zip(("height", "width"), sides, strict=True):
            if name in item.axes:
                yield item.axes.index(name), size, "pixels"
        return
    is_spectral = not steps.keys().isdisjoint(("stft", "log_mel"))
    time, frequency = sound_axes(item.axes, is_spectral=is_spectral)
    rows, length = sound_sizes(steps)
    if frequency is not None and rows is not None:
        yield frequency, rows, "rows of a spectrogram"
    if time is not None and length is not None:
        yield time, length, "columns" if is_spectral else "samples"


def _help(item: NetworkInput, axes: Sequence[int], sizes: Sequence[int]) -> str:
    """What to write for the axes to fit."""
    (axis, *_), (expected, *others) = axes, sizes
    steps, size = item.preprocess, f"make the input's `{item.axes[axis]}` fit"
    spectral = next((step for step in ("stft", "log_mel") if step in steps), None)
    if picture_sizes(steps) is not None:
        return f"write {[expected, *others] if others else expected} there, or make the input fit"
    if spectral is None:
        return f"write `{'pad_to' if 'pad_to' in steps else 'frame'}: {expected}`, or {size}"
    if axis == sound_axes(item.axes, is_spectral=True)[1]:
        rows = f"n_mels: {expected}" if spectral == "log_mel" else f"n_fft: {2 * expected - 2}"
        return f"write `{rows}` in `{spectral}`, or {size}"
    if steps[spectral].get("columns") is not None:
        return f"write `columns: {expected}` in `{spectral}`, or {size}"
    step = "pad_to" if steps[spectral]["pad_to"] is not None or "pad_to" in steps else "frame"
    return f"write `{step}: {samples_for(expected, steps[spectral])}`, or {size}"


RULE = Rule(
    code="W307",
    title="a `preprocess` that gives other sizes than the input takes",
    why=(
        "`preprocess` brings every picture or sound to the same size, and the network takes another: no file can be "
        "shown to it. Where the settings of a front end are those of trained weights, the input is what is wrong."
    ),
    bad="input: {shape: {mel: 80, time: 100}, preprocess: {frame: 16000, log_mel: {sample_rate: 16000, n_fft: 400, "
    "hop_length: 160, n_mels: 80}}}\n"
    "layers:\n  - Conv1d(16, kernel_size=3)\n",
    good="input: {shape: {mel: 80, time: 101}, preprocess: {frame: 16000, log_mel: {sample_rate: 16000, n_fft: 400, "
    "hop_length: 160, n_mels: 80}}}\n"
    "layers:\n  - Conv1d(16, kernel_size=3)\n",
    check=check,
)
