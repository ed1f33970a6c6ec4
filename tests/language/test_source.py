import io
import os
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.errors import InputError, SpecError
from netinspect.language import MAX_BYTES, Source, read_source

TEXT = "name: Größe 😀\ninput: [1]\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
    ],
)
def test_encodings_and_line_ends_are_read_alike(data):
    source = Source.from_bytes("net.yaml", data)
    assert source.text == TEXT
    assert source.lines == ("name: Größe 😀", "input: [1]", "")


def refused(data):
    with pytest.raises(SpecError) as caught:
        Source.from_bytes("net.yaml", data)
    (diagnostic,) = caught.value.diagnostics
    assert caught.value.source.name == "net.yaml"
    return diagnostic


@pytest.mark.parametrize(
    ("data", "line", "column", "hint"),
    [
        ("a: 1\nname: Größe".encode("latin-1"), 2, 9, "Latin-1"),
        (b"name: a\0b", 1, 8, "UTF-16"),
        ("name: a".encode("utf-16-le"), 1, 2, "UTF-16"),
        (b"a: 1\r\nb: \x1b[31m", 2, 4, "delete"),
        (b"a: \xed\xa0\x80", 1, 4, "character itself"),
        ("a: \u202eb".encode(), 1, 4, "delete"),
        ("a: \u2028b".encode(), 1, 4, "delete"),
        ("a: \x85b".encode(), 1, 4, "delete"),
        ("a: b\ufeff".encode(), 1, 5, "delete"),
        (b"\xff\xfea\x00\x00\xd8", 1, 2, "save the file as UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_where_it_stands(data, line, column, hint):
    diagnostic = refused(data)
    assert diagnostic.code == "E015"
    assert (diagnostic.span.line, diagnostic.span.column) == (line, column)
    assert hint in diagnostic.help


def test_utf_32_is_refused():
    assert refused(TEXT.encode("utf-32")).code == "E015"


def test_a_mebibyte_is_the_most():
    assert len(Source.from_bytes("net.yaml", b"#" * MAX_BYTES).text) == MAX_BYTES
    assert refused(b"#" * (MAX_BYTES + 1)).code == "E504"


@given(st.binary())
def test_any_bytes_are_text_or_a_spec_error(data):
    try:
        source = Source.from_bytes("net.yaml", data)
    except SpecError as error:
        assert {d.code for d in error.diagnostics} == {"E015"}  # noqa: PT017 - the other outcome is no error
    else:
        assert "\r" not in source.text
        assert "\0" not in source.text


# --- files -------------------------------------------------------------------------------------


def test_a_file_is_named_as_it_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-ä 😀.yaml").write_text(TEXT, encoding="utf-8")
    assert read_source("./-ä 😀.yaml").name == "./-ä 😀.yaml"
    assert read_source(tmp_path / "-ä 😀.yaml").text == TEXT


@pytest.mark.parametrize("name", ["no/such.yaml", "", "a\0b", "x" * 5000])
def test_a_missing_file_is_an_input_error(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        read_source(name)


def test_a_directory_is_no_spec(tmp_path):
    with pytest.raises(InputError, match="is a directory"):
        read_source(tmp_path)


def test_an_unreadable_file_says_so(tmp_path, monkeypatch):
    def denied(*args, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.stat", denied)
    with pytest.raises(InputError, match="permission"):
        read_source(tmp_path / "net.yaml")


def test_an_endless_file_is_read_to_the_bound():
    with pytest.raises(SpecError) as caught:
        read_source("/dev/zero")
    assert caught.value.diagnostics[0].code == "E504"


def test_a_pipe_that_dribbles_is_read_to_its_end(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    def write():
        with fifo.open("wb", buffering=0) as pipe:
            for byte in TEXT.encode():
                pipe.write(bytes([byte]))

    writer = threading.Thread(target=write)
    writer.start()
    assert read_source(fifo).text == TEXT
    writer.join()


# --- standard input ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["-", None])
def test_standard_input(monkeypatch, path):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert read_source(path) == Source("<stdin>", TEXT)


def test_a_closed_standard_input_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="closed"):
        read_source("-")
    stdin = io.TextIOWrapper(io.BytesIO())
    stdin.close()
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(InputError, match="closed"):
        read_source("-")


@pytest.mark.parametrize(("number", "words"), [(9, "is closed"), (5, "cannot be read: broken")])
def test_a_standard_input_that_fails_is_refused(monkeypatch, number, words):
    class Broken(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            raise OSError(number, "broken")

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Broken())))
    with pytest.raises(InputError, match=words):
        read_source("-")
