"""One try of a fuzzer: a text is read, elaborated and profiled, and only the tool's own errors may come out."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

from netinspect.analysis.profile import profile
from netinspect.errors import NetinspectError, SpecError
from netinspect.language import Source, parse, render
from netinspect.network.elaborate import elaborate
from netinspect.network.network import Network

SECONDS = 60
"""No text of a few kilobytes may take longer; a run on a busy machine takes some."""


@contextlib.contextmanager
def in_time(seconds: int = SECONDS) -> Iterator[None]:
    """AssertionError where the body takes longer."""

    def late(_signal: int, _frame: object) -> None:
        raise AssertionError(f"no answer in {seconds} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def elaborated(text: str) -> Network:
    """The network of a text. Raises SpecError."""
    source = Source("net.yaml", text)
    parsed = parse(source)
    if parsed.spec is None:
        raise SpecError(parsed.diagnostics, source)
    return elaborate(parsed.spec, source, diagnostics=parsed.diagnostics)


def tried(text: str) -> Network | None:
    """The network, or None after a proper error: located, rendered, with a sound partial network if any."""
    with in_time():
        try:
            network = elaborated(text)
        except SpecError as error:
            _check(error)
            return None
        except NetinspectError:
            return None
        assert profile(network).totals.params >= 0
        return network


def _check(error: SpecError) -> None:
    assert error.diagnostics
    for diagnostic in error.diagnostics:
        if error.source is not None:
            assert render(diagnostic, error.source)
        assert "object at 0x" not in f"{diagnostic.message}{diagnostic.note}{diagnostic.help}", diagnostic
    if error.partial is not None:
        assert profile(error.partial).rows
