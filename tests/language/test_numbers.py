import pytest

from netinspect.errors import Diagnostic, InputError
from netinspect.language import parse_bytes, parse_count
from netinspect.language.numbers import MAX_COUNT, number, per_axis


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("7", 7), ("1_000", 1000), ("2147483647", 2**31 - 1), ("0.5", 0.5), (".5", 0.5), ("2.", 2.0),
        ("1e-3", 0.001), ("1E+2", 100.0), ("1_0.2_5e1_0", 10.25e10), ("0e0", 0.0),
    ],
)  # fmt: skip
def test_numbers(text, value):
    result = number(text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("010", "E017"), ("00", "E017"), ("0_1", "E017"), ("00.5", "E017"), ("1_", "E017"), ("1__0", "E017"),
        ("1e", "E017"), ("1j", "E017"), ("0x10", "E017"), ("0b2", "E017"), ("1.2.3", "E017"), ("._5", "E017"),
        ("2147483648", "E502"), ("1e400", "E502"), ("1" * 101, "E502"),
    ],
)  # fmt: skip
def test_what_is_no_number(text, code):
    result = number(text)
    assert isinstance(result, Diagnostic)
    assert result.code == code


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("61_706", 61_706), ("0", 0), ("100k", 100_000), ("50M", 50_000_000), ("1.5M", 1_500_000), ("2G", 2 * 10**9),
        ("1.23456k", 1234), (" 3 k ", 3000), ("7B", 7 * 10**9), ("1T", 10**12), (str(MAX_COUNT), MAX_COUNT),
    ],
)  # fmt: skip
def test_counts(text, value):
    assert parse_count(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4096", 4096),
        ("2MiB", 2 * 2**20),
        ("2MB", 2_000_000),
        ("0.5KiB", 512),
        ("1kB", 1000),
        ("8 GiB", 2**33),
        ("9B", 9),
    ],
)
def test_bytes(text, value):
    assert parse_bytes(text) == value


@pytest.mark.parametrize("text", ["", "k", "1.5.2k", "-1", "100x", "2MB", "010k", "1e3", "9" * 101, "9" * 30, "1 k k"])
def test_what_is_no_count(text):
    with pytest.raises(InputError):
        parse_count(text)


def test_memory_in_m_could_be_either():
    with pytest.raises(InputError, match="MiB"):
        parse_bytes("2M")


@pytest.mark.parametrize(("values", "text"), [((2,), "2"), ((3, 3), "3"), ((2, 1), "(2, 1)"), (["a", "b"], "(a, b)")])
def test_a_setting_per_axis(values, text):
    assert per_axis(values) == text
