"""What a spec may say of a sound, for docs/catalogue.md: every setting of a step, and every front end by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from netinspect.language.front_ends import (
    FRONT_ENDS,
    LOG_MEL,
    NORMALIZE,
    REQUIRED,
    TABLES,
    Flag,
    Real,
    Setting,
    Settings,
    Whole,
    Word,
)

TITLE: Final = "Sounds: settings and front ends"


def sections() -> Iterator[str]:
    """Markdown, line by line."""
    yield f"## {TITLE}\n"
    yield "`log_mel` has these settings; `stft` has those from `n_fft` to `drop_last`. `none` stands for nothing.\n"
    yield from _settings(LOG_MEL)
    yield "`normalize` is `frame`, or has these:\n"
    yield from _settings(NORMALIZE)
    yield (
        "`like` names a front end: what one published tool does with a sound, held against that tool to 1e-4 by the "
        "tests. It stands for the settings below, and what is written beside it wins: "
        "`log_mel: {like: whisper, n_mels: 128}`. The sample rate is one of them. A sound that has another is refused, "
        "never resampled. Dither is noise, and none is added.\n"
    )
    yield "| front end | what it is | its settings, by where they stand |"
    yield "|---|---|---|"
    for name, front_end in FRONT_ENDS.items():
        parts = []
        for where, settings in front_end.sources:
            values = ", ".join(f"`{setting}: {_value(value)}`" for setting, value in settings.items())
            parts.append(f"{where}: {values}")
        yield f"| `{front_end.step}: {{like: {name}}}` | {front_end.about} | {'<br>'.join(parts)} |"
    yield ""


WORDS: Final = (*dict.fromkeys(name for table in TABLES.values() for name in table), *FRONT_ENDS)
"""Every setting of a sound, and every front end."""


def explained(word: str) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """What a setting or a front end is: a heading, a sentence, and rows of a name and its meaning."""
    steps = [step for step, table in TABLES.items() if word in table]
    if steps:
        setting = TABLES[steps[0]][word]
        yield f"{word}: a setting of {' and '.join(steps)}", setting.words, [("may be", _choice(setting))]
    if word in FRONT_ENDS:
        front_end = FRONT_ENDS[word]
        rows = [(name, _value(value)) for name, value in front_end.settings.items()]
        yield f"{word}: a front end, {front_end.step}: {{like: {word}}}", front_end.about, rows


def _choice(setting: Setting) -> str:
    """What it may be, and what it is unless said."""
    match setting.kind:
        case Whole(maximum, minimum):
            kind = f"{minimum} to {maximum:,}"
        case Real(minimum, maximum, above):
            bounds = ((minimum, "at least {:g}"), (above, "more than {:g}"), (maximum, "at most {:g}"))
            kind = ", ".join(words.format(bound) for bound, words in bounds if bound is not None) or "a number"
        case Word(words):
            kind = ", ".join(words)
        case Flag():
            kind = "True, False"
    if setting.or_none:
        kind = f"{kind} or none"
    follows = setting.default is None and not setting.or_none  # from other settings, as the words say
    default = "" if setting.default is REQUIRED or follows else f"; {_value(setting.default)} unless said"
    return f"{kind}{default}"


def _settings(settings: Settings) -> Iterator[str]:
    yield "| setting | may be | what it says |"
    yield "|---|---|---|"
    for name, setting in settings.items():
        yield f"| {name} | {_choice(setting)} | {setting.words} |"
    yield ""


def _value(value: Any) -> str:
    return "none" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)
