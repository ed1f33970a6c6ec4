"""Whatever the file holds, only the tool's own errors come out, and every place lies in the file."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from netinspect.errors import SpecError
from netinspect.language import Source, parse, render

SPECS = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent / "specs").glob("*.yaml"))]
PIECES = st.sampled_from(
    ["\t", ":", "- ", ", ", "[", "]", "{", "}", "(", ")", "'", '"', "|", ">", "&a ", "*a", "!t ", "%", "@", "#", "?",
     "\n", "  ", "\n  - ", "<<: ", "---\n", "\\ud83d\\ude00", "for i in x", " if ", " else ", "lambda", "2 * ", "010",
     "漢", "😀", "layers:\n", "input: ", "vars: ", "expect: ", "Conv2d", "1e5", "...", "=", "é", "**", "yes"]
)  # fmt: skip


def survives(source):
    try:
        parsed = parse(source)
    except SpecError as error:
        diagnostics = error.diagnostics
    else:
        diagnostics = parsed.diagnostics
        assert parsed.spec is not None or diagnostics
    for diagnostic in diagnostics:
        assert render(diagnostic, source)
        span = diagnostic.span
        if span is not None:
            assert 1 <= span.line <= len(source.lines)
            assert 1 <= span.column <= len(source.lines[span.line - 1]) + 2
            assert (span.line, span.column) <= (span.end_line, span.end_column)


@given(st.binary(max_size=300))
def test_any_bytes(data):
    try:
        source = Source.from_bytes("net.yaml", data)
    except SpecError:
        return
    survives(source)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_pieces(text):
    survives(Source("net.yaml", text))


@given(
    st.sampled_from(SPECS), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 4), PIECES), min_size=1, max_size=3)
)
def test_an_example_with_any_changes(text, changes):
    for position, length, piece in changes:
        start = position % len(text)
        text = text[:start] + piece + text[start + length :]
    survives(Source("net.yaml", text))
