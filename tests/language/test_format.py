"""A spec laid out says what it said, and is laid out already."""

import re
from pathlib import Path

import pytest

from netinspect.errors import SpecError
from netinspect.language import Source, parse
from netinspect.language.format import formatted, outline, spaced
from tests.fuzz.generated import HEAD

GALLERY = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))

UNTIDY = """\
netspec: 1


name:   A test  # of what is said
about: 3*3 and 4 , 5 are no expressions
input: [ 3,32 , 32]
vars:
    width:   8*2
    act : ReLU   #an activation
blocks:
 Join( width,stride = 1 )( x,y ):
 # what it does
 - conv1( x ) : Conv2d(width,kernel_size =3,stride=stride, padding=( 1,1 ))    # c
 - act
 -   cat( y , conv1,dim = 1 )
layers:
- (input,input):   Join( width )
-   features :
        #inner
        - Conv2d( 64,kernel_size=3 )   #x
        -   2*[Conv2d(3,1),ReLU]
        - x: prev[:,-1 ,::2]
- head:
    layers:
    -  Conv2d: {out_channels: 4,kernel_size: 1}
    -  Conv2d:
          out_channels: 4
          kernel_size: 3
- sum : 3*prev+ - 2 ** width if  width>3 else   prev   # tail
- out: cat(sum,
            sum,   # twice
            dim=1)

# the end
expect: {params: 3}
"""

TIDY = """\
netspec: 1

name: A test    # of what is said
about: 3*3 and 4 , 5 are no expressions
input: [3, 32, 32]
vars:
  width: 8 * 2
  act: ReLU      # an activation
blocks:
  Join(width, stride=1)(x, y):
    # what it does
    - conv1(x): Conv2d(width, kernel_size=3, stride=stride, padding=(1, 1))    # c
    - act
    - cat(y, conv1, dim=1)
layers:
  - (input, input): Join(width)
  - features:
      # inner
      - Conv2d(64, kernel_size=3)      # x
      - 2 * [Conv2d(3, 1), ReLU]
      - x: prev[:, -1, ::2]
  - head:
      layers:
        - Conv2d: {out_channels: 4, kernel_size: 1}
        - Conv2d:
            out_channels: 4
            kernel_size: 3
  - sum: 3 * prev + -2 ** width if width > 3 else prev  # tail
  - out: cat(sum,
              sum,   # twice
              dim=1)

# the end
expect: {params: 3}
"""


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_the_gallery_is_laid_out(path):
    text = path.read_text(encoding="utf-8")
    assert formatted(Source(path.name, text)) == text


def test_an_untidy_spec():
    source = Source("net.yaml", UNTIDY.replace("sum,   # twice", "sum,"))
    text = formatted(source)
    assert text == TIDY.replace("sum,   # twice", "sum,")
    assert formatted(Source("net.yaml", text)) == text
    assert outline(parse(Source("net.yaml", text)).spec) == outline(parse(source).spec)


@pytest.mark.parametrize("indent", ["", " ", "    ", "      "])
@pytest.mark.parametrize("ending", ["", "\n", "\n\n\n"])
def test_any_indentation(indent, ending):
    text = (
        HEAD.replace("  ", indent or " ") + "input: [4]\nlayers:\n" + f"{indent}- Twice( 4 )\n{indent}- ReLU" + ending
    )
    once = formatted(Source("net.yaml", text))
    assert once.endswith("layers:\n  - Twice(4)\n  - ReLU\n")
    assert formatted(Source("net.yaml", once)) == once


def test_a_long_entry_is_folded():
    call = ", ".join(f"input[:, {place}:{place + 1}]" for place in range(12))
    for comment in ("", "  # bands"):  # inside of a value none may stand
        text = formatted(Source("net.yaml", f"input: [16]\nlayers:\n  - y: cat({call}, dim=1){comment}\n"))
        assert max(map(len, text.splitlines())) <= 128
        assert len(text.splitlines()) == 4
        assert text.endswith(f"dim=1){comment}\n")
        assert formatted(Source("net.yaml", text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a+b*-c", "a + b * -c"),
        ("a if  b else -c", "a if b else -c"),
        ("f( a,b = -1 )", "f(a, b=-1)"),
        ("2**i", "2**i"),
        ("2 ** i", "2 ** i"),
        ("x [ : , 1: ,::2,... ]", "x[:, 1:, ::2, ...]"),
        ("not(a)", "not (a)"),
        ("x.shape [1]//2", "x.shape[1] // 2"),
        ("a==b and c<=d", "a == b and c <= d"),
        ("[1,( 2,3 )]", "[1, (2, 3)]"),
        ("3*Block(4)for i in range(2)", "3 * Block(4) for i in range(2)"),
        ("a in[1,2]", "a in [1, 2]"),
        ("'a  b'", "'a  b'"),
        ("(a)(b)", "(a)(b)"),
        ("a @ b", "a @ b"),
    ],
)
def test_blanks_stand_where_they_belong(text, expected):
    assert spaced(text) == expected
    assert spaced(expected) == expected


def test_keys_without_a_value_stay_so():
    text = "input: [4]\nlayers:\n  - {Flatten}\n  - {Flatten: }\n  - { x: ReLU }\n"
    assert formatted(Source("net.yaml", text)) == "input: [4]\nlayers:\n  - {Flatten}\n  - {Flatten}\n  - {x: ReLU}\n"


@pytest.mark.parametrize("text", ["", "layers: [", "input: [1]\nlayers:\n  - Linear(\n"])
def test_a_broken_spec_stays(text):
    with pytest.raises(SpecError):
        formatted(Source("net.yaml", text))


@pytest.mark.parametrize("name", ["swin", "whisper", "bert", "hifigan"])
def test_a_gallery_spec_with_other_blanks_means_the_same(name):
    text = next(path for path in GALLERY if path.stem == name).read_text(encoding="utf-8")
    other = re.sub(r"(?m)^( *)- ", r"\1-   ", text)
    assert outline(parse(Source(name, formatted(Source(name, other)))).spec) == outline(parse(Source(name, text)).spec)
