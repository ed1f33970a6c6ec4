"""A log-mel spectrogram with bands so narrow that no frequency of the Fourier transform falls into them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from netinspect.analysis.text import thousands
from netinspect.errors import Diagnostic
from netinspect.findings.rule import Rule, Subject
from netinspect.language.numbers import MAX_FFT
from netinspect.language.prepared_sizes import empty_bands, empty_bands_in_words


def check(subject: Subject) -> Iterator[Diagnostic]:
    for network_input in subject.network.inputs:
        settings: dict[str, Any] | None = network_input.preprocess.get("log_mel")
        message = empty_bands_in_words(settings) if settings is not None else None
        if settings is None or message is None:
            continue
        bands, n_fft = settings["n_mels"], settings["n_fft"]
        fewer = bisect_left(range(1, bands), x=True, key=lambda count: empty_bands(settings | {"n_mels": count}) > 0)
        longer = 1 << n_fft.bit_length()
        while longer <= MAX_FFT and empty_bands(settings | {"n_fft": longer}):
            longer *= 2
        mended = [f"`n_fft: {longer}`"] * (longer <= MAX_FFT) + [f"`n_mels: {fewer}`"] * (fewer > 0)
        like = f"leave them where weights of {settings['like']} are loaded, or " if settings["like"] else ""
        yield Diagnostic(
            "N005",
            message,
            network_input.value.span,
            note=f"the {thousands(n_fft // 2 + 1)} frequencies of the transform lie "
            f"{settings['sample_rate'] / n_fft:.4g} Hz apart, and these bands between two of them",
            help=f"{like}write {', or '.join(mended)}" if mended else "widen the band from fmin to fmax",
        )


RULE = Rule(
    code="N005",
    title="mel bands without a frequency",
    why=(
        "Low mel bands are narrow. Where a band lies between two frequencies of the Fourier transform it adds up "
        "nothing: its row of the spectrogram is silent whatever the sound, and what the network learns of it is "
        "wasted. A longer transform has its frequencies closer together; fewer bands are wider."
    ),
    bad="input: {shape: {mel: 128, time: 100}, preprocess: {log_mel: {sample_rate: 16000, n_fft: 256, hop_length: 128, "
    "n_mels: 128}}}\n"
    "layers:\n  - Conv1d(16, kernel_size=3)\n",
    good="input: {shape: {mel: 128, time: 100}, preprocess: {log_mel: {sample_rate: 16000, n_fft: 2048, "
    "hop_length: 128, n_mels: 128}}}\n"
    "layers:\n  - Conv1d(16, kernel_size=3)\n",
    check=check,
)
