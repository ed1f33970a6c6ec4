"""Expressions mean what Python means by them, and every stranger gets its own message."""

import ast
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.language.expressions import expression
from netinspect.language.names import KEYWORDS
from netinspect.language.nodes import Origin
from netinspect.language.syntax import Call
from tests.language.trees import bare, mistake, python, read


@pytest.mark.parametrize(
    "text",
    [
        "1", "1_000", "1e-3", ".5", "2.", "1.5e+3", "'text'", '"text"', "True", "False", "None", "a", "a.b.c", "-a",
        "+a", "not a", "- - a", "a + b * c", "a - b - c", "a / b // c % d", "-a ** -b", "a ** b ** c", "2 ** -1",
        "a == b", "a < b <= c != d", "a in b", "a not in b", "a is None", "a is not None", "not a == b", "a or b or c",
        "a and b or c and not d", "a if b else c", "a if b else c if d else e", "(a if b else c) + 1", "(a)", "(a,)",
        "(a, b)", "[a, b]", "[]", "()", "[a, (b, c), ]", "f()", "f(a)", "f(a, b=c,)", "m.f(a)", "f(g(a), h=(1, 2))",
        "x[0]", "x[-1]", "x[0][1]", "x.steps[-1].h", "x[:]", "x[1:]", "x[:1]", "x[1:2]", "x[::2]", "x[1:2:3]",
        "x[:, -1]", "x[..., 0]", "x[a if b else c:d]", "x[0, None]", "x[(0, 1), 2]", "f(x)[0]", "f(x).y",
        "a @ b * c", "x.f(1).g(2)[0].h", "(a + b).f()", "(a)[0]",
        "x[0].f(y)", "f(*a)", "f(a, *b[1:], c=d)", "f(*a + b, *c.d)",
    ],
)  # fmt: skip
def test_an_expression_means_what_python_means(text):
    assert read(text) == python(text)


ATOMS = st.sampled_from(["a", "b.c", "1", "2.5", "'t'", "x[0]", "f(a)", "True", "None"])


def grow(inner):
    pair = st.tuples(inner, inner)
    operators = st.sampled_from(
        ["+", "-", "*", "/", "//", "@", "%", "**", "==", "<", "in", "not in", "is", "and", "or"]
    )
    return st.one_of(
        st.builds("{} {} {}".format, inner, operators, inner),
        st.builds("({})".format, inner),
        st.builds("({}).f({})".format, inner, inner),
        st.builds("g({})[{}]".format, inner, inner),
        st.builds("-{}".format, inner),
        st.builds("not {}".format, inner),
        pair.map(lambda ab: f"[{ab[0]}, {ab[1]}]"),
        pair.map(lambda ab: f"f({ab[0]}, k={ab[1]})"),
        st.builds("f(*({}))".format, inner),
        pair.map(lambda ab: f"x[{ab[0]}:{ab[1]}, ...]"),
        st.builds("{} if {} else {}".format, inner, inner, inner),
    )


@given(st.recursive(ATOMS, grow, max_leaves=12))
def test_generated_expressions_mean_what_python_means(text):
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:  # a sign or `not` on the right of an operator that binds closer
        assert mistake(expression, text)[0] == "E017"
    else:
        code, _ = mistake(expression, text)
        assert code in ("none", "E504")
        if code == "none":
            assert read(text) == python(text)


@given(st.text("abnotif else for in 0123.eE_+-*/%()[],:='\"<>!&|\n {}\\é", max_size=60))
def test_any_text_is_an_expression_or_a_mistake(text):
    code, _ = mistake(expression, text)
    assert code in ("none", "E017", "E111", "E006", "E502", "E504", "E003")


@pytest.mark.parametrize(("text", "value"), [("true", True), ("TRUE", True), ("false", False), ("null", None)])
def test_yamls_words_are_pythons(text, value):
    assert read(text) == ("Literal", value)


@pytest.mark.parametrize(
    ("text", "code", "under"),
    [
        ("", "E017", ""),
        ("a b", "E017", "b"),
        ("a +", "E017", "+"),
        ("a if b", "E017", "if"),
        ("a = b", "E017", "="),
        ("a && b", "E017", "&&"),
        ("a || b", "E017", "||"),
        ("!a", "E017", "!"),
        ("{a}", "E017", "{"),
        ("a; b", "E017", ";"),
        ("a ? b", "E017", "?"),
        ("`a`", "E017", "`"),
        ("a\\b", "E017", "\\"),
        ("ä", "E017", "ä"),
        ("'a", "E017", "'"),
        ("28:28", "E017", ":"),
        ("a:b", "E017", ":"),
        (":", "E017", ":"),
        ("f(1:2)", "E017", ":"),
        ("f(a: 2)", "E003", "a:"),
        ("010", "E017", "010"),
        ("0x1F", "E017", "0x1F"),
        ("0xZZ", "E017", "0xZZ"),
        ("1__0", "E017", "1__0"),
        ("5abc", "E017", "5abc"),
        ("1.2.3", "E017", "1.2.3"),
        (".5.5", "E017", ".5.5"),
        ("2147483648", "E502", "2147483648"),
        ("9" * 400, "E502", "9" * 400),
        ("1e999", "E502", "1e999"),
        (".nan", "E017", "."),
        ("-.inf", "E017", "."),
        ("...", "E017", "..."),
        (".a", "E017", "."),
        ("no", "E111", "no"),
        ("On", "E111", "On"),
        ("lambda", "E017", "lambda"),
        ("f(lambda x)", "E017", "lambda"),
        ("f(import=1)", "E017", "import"),
        ("and", "E017", "and"),
        ("not", "E017", "not"),
        ("a not b", "E017", "b"),
        ("a for b in c", "E017", "for"),
        ("f(a for b in c)", "E017", "for"),
        ("(a", "E006", "("),
        ("f(a, [b", "E006", "["),
        ("x[", "E006", "["),
        ("f(a +", "E006", "("),
        ("f(a]", "E017", "]"),
        ("a)", "E017", ")"),
        ("f(,)", "E017", ","),
        ("f(a b)", "E017", "b"),
        ("f(**a)", "E017", "**"),
        ("f(a=*b)", "E017", "*"),
        ("f(a=1=2)", "E017", "="),
        ("f(a=)", "E017", ")"),
        ("(a=1)", "E017", "="),
        ("a, b", "E017", ","),
        ("x[]", "E017", "["),
        ("x.", "E017", "."),
        ("x.1", "E017", ".1"),
        ("x[0].1", "E017", ".1"),
        ("f(x)(y)", "E017", "("),
        ("(a, b)[0]", "E017", "["),
        ("().__class__", "E017", "."),
        ("'a'.b", "E017", "."),
        ("x[0](y)", "E017", "("),
        ("x[1:2:3:4]", "E017", ":"),
        ("=", "E017", "="),
        ("f(=)", "E017", "="),
        ("f(a, (b, c], d)", "E017", "]"),
        ("f((a) +", "E006", "("),
        ("(a)) +", "E017", ")"),
        ("a +)", "E017", ")"),
    ],
)
def test_a_mistake_is_located(text, code, under):
    assert mistake(expression, text) == (code, under)


def test_spans_cover_their_text():
    text = "f(a + b, key=x.y[1:2]) + 1"
    tree = expression(text, Origin(3, 10))
    seen = {}

    def walk(node):
        if isinstance(node, tuple):
            for item in node:
                walk(item)
        elif hasattr(node, "span"):
            note(node.span, type(node).__name__)
            if hasattr(node, "name_span"):
                note(node.name_span, "name")
            for name in node.__dataclass_fields__:
                walk(getattr(node, name))

    def note(span, kind):
        assert (span.line, span.end_line) == (3, 3)
        seen[text[span.column - 10 : span.end_column - 10]] = kind

    walk(tree)
    assert seen == {
        text: "Binary", "f(a + b, key=x.y[1:2])": "Call", "f": "Name", "a + b": "Binary", "a": "Name", "b": "Name",
        "key=x.y[1:2]": "Argument", "x.y[1:2]": "Index", "x.y": "Attribute", "x": "Name", "y": "name",
        "1:2": "Slice", "2": "Literal", "1": "Literal",
    }  # fmt: skip


# --- bounds ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("(", ")"), ("[", "]"), ("f(", ")"), ("x[", "]"), ("-", ""), ("not ", ""), ("2**", ""), ("a if b else ", "")],
)
def test_depth_32_is_the_most(opening, closing):
    assert mistake(expression, opening * 32 + "a" + closing * 32)[0] == "none"
    assert mistake(expression, opening * 33 + "a" + closing * 33)[0] == "E504"


@pytest.mark.parametrize("link", ["+", "*", " or ", "==", ","])
def test_a_chain_is_not_depth(link):
    assert mistake(expression, "[" + link.join("a" * 99) + "]")[0] == "none"


def test_500_characters_are_the_most():
    assert mistake(expression, "a" * 500)[0] == "none"
    assert mistake(expression, "a" * 501)[0] == "E504"


def test_the_keywords_are_pythons():
    assert frozenset(keyword.kwlist) == KEYWORDS


def test_a_number_is_exact():
    tree = expression("f(2_147_483_647)", Origin())
    assert isinstance(tree, Call)
    assert bare(tree.arguments[0].value) == ("Literal", 2147483647)
    assert isinstance(tree.arguments[0].value.value, int)
    assert bare(tree)[1] == ("Name", "f")
