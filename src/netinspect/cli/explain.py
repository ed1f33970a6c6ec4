"""`netinspect explain`: what a layer, a function, an argument, a key or a code means."""

from __future__ import annotations

from typing import Annotated

import typer

from netinspect.cli import output

EPILOG = """\b
Examples:
  netinspect explain Conv2d
  netinspect explain padding
  netinspect explain W201
  netinspect explain expect
  netinspect explain Dense
"""


def _words(incomplete: str) -> list[str]:
    """For completion in a shell: what can be explained and begins like this."""
    from netinspect.reference.explaining import known_words

    return [word for word in known_words() if word.startswith(incomplete)]


def explain(
    word: Annotated[
        str,
        typer.Argument(
            metavar="WORD",
            help="A layer, function, argument, key of a spec or code of a finding; also Keras' names.",
            autocompletion=_words,
            show_default=False,
        ),
    ],
) -> int:
    """What does a layer, function, argument, key or code mean?"""
    from netinspect.reference import explained_word

    output.write(explained_word(word) + "\n", None)
    return 0
