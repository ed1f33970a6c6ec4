"""Every character of a scalar is found where it stands in the file, however the scalar is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.language.nodes import Scalar, origin
from netinspect.language.reader import read_nodes
from netinspect.language.source import Source


def scalar(text):
    """The value of the only key."""
    root, found = read_nodes(Source("net.yaml", text))
    assert found == []
    value = root.items[0][1]
    assert isinstance(value, Scalar)
    return value


def places(text):
    value = scalar(text)
    at = origin(value)
    return value.text, [(s.line, s.column) for s in (at.span(i, i + 1) for i in range(len(value.text)))]


def test_plain_text_on_one_line():
    assert places("a:  bc # comment") == ("bc", [(1, 5), (1, 6)])


def test_text_after_wide_characters_counts_code_points():
    assert places("{😀漢: bc}")[1] == [(1, 6), (1, 7)]


def test_plain_text_that_folds_maps_to_its_real_lines():
    text, marks = places("a: Conv2d(6,\n     k=5,\n\n   p=1)\n")
    assert text == "Conv2d(6, k=5,\np=1)"
    assert marks[text.index("k")] == (2, 6)
    assert marks[text.index("p")] == (4, 4)
    assert marks[-1] == (4, 7)


@pytest.mark.parametrize("header", ["|", ">", ">-", "|+", "> # note"])
def test_block_scalars_begin_on_the_next_line(header):
    text, marks = places(f"a: {header}\n  Conv2d(6,\n  k=5)\n")
    assert marks[0] == (2, 3)
    assert marks[text.index("k")] == (3, 3)


def test_single_quotes_count_doubled_quotes_once():
    text, marks = places("a: 'x=''y'', z'")
    assert text == "x='y', z"
    assert marks[text.index("y")] == (1, 9)
    assert marks[-1] == (1, 14)


def test_doubled_quotes_in_a_row_stand_two_apart():
    assert places("a: 'x''''y'") == ("x''y", [(1, 5), (1, 6), (1, 8), (1, 10)])


def test_double_quotes_map_escapes_to_their_backslash():
    text, marks = places('a: "x\\u0041\\\n    \\x42 \\\n   c\\n\n  d"')
    assert text == "xAB c\n d"
    assert marks[1] == (1, 6)
    assert marks[text.index("B")] == (2, 5)
    assert marks[text.index("c")] == (3, 4)
    assert marks[-1] == (4, 3)


def test_the_span_of_a_stretch_ends_behind_its_last_character():
    at = origin(scalar("a: Conv2d(6,\n     k=5)\n"))
    span = at.span(0, 13)
    assert (span.line, span.column, span.end_line, span.end_column) == (1, 4, 2, 9)
    end = at.span(14, 14)
    assert (end.line, end.column) == (2, 10)


WORDS = st.text("ab '\"\\(),=漢😀\n\t:", min_size=1, max_size=30)


@given(WORDS, st.sampled_from(["'", '"']))
def test_quoted_characters_stand_where_they_are_said_to(text, quote):
    written = text.replace("'", "''") if quote == "'" else text.replace("\\", "\\\\").replace('"', '\\"')
    source = Source("net.yaml", f"{{a: {quote}{written}{quote}}}".replace("\n", "\n  "))
    root, _ = read_nodes(source)
    if root is None:
        return
    value = root.items[0][1]
    for index, character in enumerate(value.text):
        if not character.isspace():
            span = origin(value).span(index, index + 1)
            real = source.lines[span.line - 1][span.column - 1]
            assert real in (character, "\\")


@given(st.text('ab\\nu"/ \n\t漢😀0exUxN_LPrvf', max_size=40))
def test_double_quoted_text_is_read_as_yaml_reads_it(text):
    source = Source("net.yaml", '"' + text + '"')
    root, _ = read_nodes(source)
    if isinstance(root, Scalar) and root.text:
        from netinspect.language.nodes import joined_text

        assert joined_text(root) == root.text
