"""Python source as ruff formats it: an expression goes on one line if it fits, else its last bracket is opened."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any, Final

from netinspect.catalogue.formula import Formula

WIDTH: Final = 88
"""Ruff's and Black's own."""
INDENT: Final = "    "

RESERVED: Final = frozenset(
    {"self", "super", "torch", "nn", "math", "OrderedDict", "float", "int", "max", "min", "range", "round"}
)
"""What an exported source says itself, so that no argument or variable of it may have that name."""


@dataclass(frozen=True, slots=True)
class Brackets:
    """`head`, items between commas, and what closes it: a call, a tuple, a list."""

    head: str
    items: tuple[Code, ...]
    close: str = ")"


@dataclass(frozen=True, slots=True)
class Prefixed:
    """`bias=False`, `*layers`."""

    prefix: str
    value: Code


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands with a word before each but the first: `a` `+ b`, `a` `if c` `else b`; or an element and its `for`."""

    first: Code
    rest: tuple[tuple[str, Code], ...]
    is_comprehension: bool = False


@dataclass(frozen=True, slots=True)
class Method:
    """A method or a part of what a call gives: `relu(x).flatten(1)`, `arange(4)[None, :]`. With two and more methods
    each has a line; else its brackets are opened, if what stands before them fits on the line, or those of the call."""

    call: Brackets | Method
    head: str
    items: tuple[Code, ...]
    close: str = ")"

    @property
    def last(self) -> Brackets:
        """The same with the last brackets alone."""
        return Brackets(f"{flat(self.call)}{self.head}", self.items, self.close)

    def links(self) -> Iterator[Brackets]:
        """The call that stands first, then each method or part."""
        if isinstance(self.call, Method):
            yield from self.call.links()
        else:
            yield self.call
        yield Brackets(self.head, self.items, self.close)


Code = str | Brackets | Prefixed | Chain | Method


def flat(code: Code) -> str:
    """An expression on one line."""
    if isinstance(code, str):
        return code
    if isinstance(code, Brackets):
        return code.head + ", ".join(map(flat, code.items)) + code.close
    if isinstance(code, Prefixed):
        return code.prefix + flat(code.value)
    if isinstance(code, Method):
        return flat(code.last)
    return flat(code.first) + "".join(f" {word} {flat(operand)}" for word, operand in code.rest)


def rewritten(code: Code, change: Callable[[str], str]) -> Code:
    """Code with each of its texts changed, in their order."""
    if isinstance(code, str):
        return change(code)
    if isinstance(code, Brackets):
        head = change(code.head)
        return Brackets(head, tuple(rewritten(item, change) for item in code.items), change(code.close))
    if isinstance(code, Prefixed):
        prefix = change(code.prefix)
        return Prefixed(prefix, rewritten(code.value, change))
    if isinstance(code, Method):
        call = rewritten(code.call, change)
        assert isinstance(call, Brackets | Method)
        return Method(
            call, change(code.head), tuple(rewritten(item, change) for item in code.items), change(code.close)
        )
    first = rewritten(code.first, change)
    rest = tuple((word, rewritten(operand, change)) for word, operand in code.rest)
    return Chain(first, rest, code.is_comprehension)


def laid_out(code: Code, indent: str = "", prefix: str = "", suffix: str = "") -> Iterator[str]:
    """The lines of an expression between `prefix` and `suffix`, the first of them indented, too."""
    line = indent + prefix + flat(code) + suffix
    deeper = indent + INDENT
    if len(line) <= WIDTH or isinstance(code, str):
        yield line
    elif isinstance(code, Method) and sum(link.head.startswith(".") for link in code.links()) > 1:
        yield from _chained(code, indent, prefix, suffix)
    elif isinstance(code, Method):
        is_last = bool(code.items) and len(indent + prefix + code.last.head) <= WIDTH
        rest = flat(Brackets(f"{code.call.close}{code.head}", code.items, code.close))
        call = code.call.last if isinstance(code.call, Method) else code.call
        opened = code.last if is_last else Brackets(call.head, call.items, rest)
        yield from laid_out(opened, indent, prefix, suffix)
    elif isinstance(code, Prefixed):
        yield from laid_out(code.value, indent, prefix + code.prefix, suffix)
    elif isinstance(code, Brackets):
        inside = ", ".join(map(flat, code.items))
        yield indent + prefix + code.head
        if len(deeper + inside) <= WIDTH:
            yield deeper + inside
        elif isinstance(only := code.items[0] if len(code.items) == 1 else None, Chain) and (
            only.is_comprehension or (code.head, code.close[:1]) == ("(", ")")
        ):
            yield from _operands(only, deeper)
        else:
            for item in code.items:
                yield from laid_out(item, deeper, "", ",")
        yield indent + code.close + suffix
    elif is_opened_last(code, indent, prefix):
        ((word, last),) = code.rest
        yield from laid_out(last, indent, f"{prefix}{flat(code.first)} {word} ", suffix)
    elif not prefix and not suffix.strip(","):
        yield from _operands(code, indent, suffix)
    else:
        yield indent + prefix + "("
        if len(deeper + flat(code)) <= WIDTH:
            yield deeper + flat(code)
        else:
            yield from _operands(code, deeper)
        yield indent + ")" + suffix


def _chained(code: Method, indent: str, prefix: str, suffix: str) -> Iterator[str]:
    """Each method of a chain on a line of its own, in brackets where a statement begins before it."""
    is_statement = prefix.endswith(" ")
    deeper = indent + INDENT if is_statement else indent
    if is_statement:
        yield f"{indent}{prefix}("
    if is_statement and len(deeper + flat(code)) <= WIDTH:
        yield deeper + flat(code)
    else:
        lines: list[Code] = []
        for link in code.links():
            before = lines[-1] if lines else None
            if link.head.startswith(".") or not isinstance(before, Brackets | Method):
                lines.append(link)
            else:  # a part `[0]` stands on the line of what it is a part of
                lines[-1] = Method(before, link.head, link.items, link.close)
        first, *links = lines
        yield from laid_out(first, deeper, "" if is_statement else prefix)
        for place, line in enumerate(links, 1):
            is_end = place == len(links) and not is_statement
            yield from laid_out(line, deeper, "", suffix if is_end else "")
    if is_statement:
        yield f"{indent}){suffix}"


def is_opened_last(chain: Chain, indent: str, prefix: str) -> bool:
    """Whether `a + b(…)` is opened at the brackets of its last operand: there is one operator, and the rest fits."""
    if len(chain.rest) != 1 or chain.is_comprehension or not prefix:
        return False
    word, last = chain.rest[0]
    if isinstance(last, Method):
        last = last.last if last.items else last.call
    if not isinstance(last, Brackets) or not last.items:
        return False
    return len(f"{indent}{prefix}{flat(chain.first)} {word} {last.head}") <= WIDTH


def _operands(chain: Chain, indent: str, suffix: str = "") -> Iterator[str]:
    """Each operand on a line of its own."""
    last = len(chain.rest) - 1
    yield from laid_out(chain.first, indent)
    for position, (word, operand) in enumerate(chain.rest):
        yield from laid_out(operand, indent, f"{word} ", suffix if position == last else "")


def literal(value: Any) -> Code:
    """A number, text, truth value, None or tuple of them in Python."""
    if isinstance(value, tuple):
        return Brackets("(", tuple(map(literal, value)), ",)" if len(value) == 1 else ")")
    if isinstance(value, str):
        quote = "'" if '"' in value and "'" not in value else '"'
        text = value.replace("\\", "\\\\")
        return quote + (text if quote == "'" else text.replace('"', '\\"')) + quote
    if isinstance(value, Formula):
        return str(int(value))
    if isinstance(value, float) and math.isinf(value):
        return f'float("{value}")'
    return repr(value).replace("e+", "e")


def python_name(name: str) -> str:
    """A name of the spec as a variable of the source: `nn_` for `nn`, so `nn__` for `nn_`."""
    bare = name.rstrip("_")
    return f"{name}_" if bare in RESERVED or iskeyword(name) else name


def unused(name: str, taken: Iterable[str]) -> str:
    """A variable of that name, with a number behind it where it is taken."""
    taken = set(taken)
    name = candidate = python_name(name)
    count = 1
    while candidate in taken:
        count += 1
        candidate = f"{name}{count}"
    return candidate
