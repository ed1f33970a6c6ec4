"""Numbers as the author of a spec wrote them: the arguments of a class in place of what differs between its instances.

A number is written as the spec's own expression where that means the same in every instance; a size that follows from
the input as the nearest size above that is always equal to it; and what is left and differs becomes an argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any, Final

from netinspect.catalogue import FUNCTIONS, LAYERS, Entry
from netinspect.errors import Mistake, Span
from netinspect.exporting.code import Brackets, Chain, Code, Prefixed, flat, literal, python_name, unused
from netinspect.exporting.plan import block_arguments, parameters_of
from netinspect.language import syntax
from netinspect.network.context import MISSING, Context, Cursor, Work
from netinspect.network.evaluate import evaluate
from netinspect.network.network import Network, Scope
from netinspect.network.results import Poisoned, TypeRef, Unknown

ABSENT: Final = object()
"""Stands for a number where an instance does not have the module it belongs to: any will do."""

Numbers = Sequence[Any]
"""One number of each instance of a class."""

LEAST_WIDTH: Final = 32
"""A smaller number of channels may well be equal to a var by chance."""

MOST_TIMES: Final = 16
"""How many times an argument a size is taken to be at most: 4 in feed-forward layers, 6 in inverted bottlenecks."""


@dataclass(slots=True, eq=False)
class Sources:
    """What the spec says where: its calls by their place, its blocks, and its vars as constants of the module.

    constant_names   what each var is called as a constant
    constants        the vars that the source uses so far, by name
    known            those that it is known to use
    """

    calls: Mapping[tuple[int, int], syntax.Call]
    blocks: Mapping[str, syntax.Block]
    network: Network
    constant_names: Mapping[str, str]
    constants: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)

    def constant(self, size: Any) -> str | None:
        """The one var that is a constant of this value, where the size follows from an input of the class."""
        names = [name for name, value in self.network.vars.items() if type(value) is int and value == size]
        if len(names) != 1 or names[0] not in self.known or size < LEAST_WIDTH:
            return None
        self.constants[names[0]] = size
        return self.constant_names[names[0]]

    def value(self, node: syntax.Expression, scope: Scope) -> Any:
        """The value of an expression in a block, of its parameters and the vars; ABSENT where it hangs on a tensor."""
        work = Work(self.blocks, self.network.vars, (2, 3, 1), LAYERS, FUNCTIONS)
        context = Context(work, scope, {}, Cursor(MISSING), MISSING, block_arguments(scope), {})
        try:
            return evaluate(node, context)
        except (Mistake, Poisoned, Unknown):
            return ABSENT


def sources(spec: syntax.Spec, network: Network, classes: Iterable[str]) -> Sources:
    """What a spec says; `classes` are the names of the classes that its network becomes."""
    calls: dict[tuple[int, int], syntax.Call] = {}

    def visit(node: Any) -> None:
        if isinstance(node, syntax.Call):
            calls.setdefault(place_of(node.span), node)
        if isinstance(node, tuple):
            for item in node:
                visit(item)
        elif type(node).__module__ == syntax.__name__:
            for name in node.__dataclass_fields__:
                visit(getattr(node, name))

    visit((spec.body, tuple(block.body for block in spec.blocks)))
    taken = {*classes, *(python_name(parameter.name) for block in spec.blocks for parameter in block.parameters)}
    constant_names: dict[str, str] = {}
    for name in network.vars:  # two may differ in their case alone
        constant_names[name] = unused(name.upper(), (*taken, *constant_names.values()))
    return Sources(calls, {block.name: block for block in spec.blocks}, network, constant_names)


def place_of(span: Span) -> tuple[int, int]:
    """Where a call begins: its line and column."""
    return span.line, span.column


@dataclass(slots=True, eq=False)
class Parameter:
    """An argument of a class: its value in each instance, and its default."""

    numbers: Numbers
    default: Any = ABSENT


class Expressions:
    """The numbers of one class, written with the class's arguments.

    `parameters` are those that were needed, in the order in which `__init__` takes them.
    """

    def __init__(self, scopes: Sequence[Scope], sources: Sources) -> None:
        self.scopes = scopes
        self.sources = sources
        self.parameters: dict[str, Parameter] = {}
        self.sizes: list[tuple[Numbers, Code]] = []  # those written so far

    # --- numbers -----------------------------------------------------------------------------

    def written(
        self, numbers: Numbers, name: str, hints: Sequence[syntax.Expression | None] = (), *, follows: bool = False
    ) -> Code:
        """A number of each instance as one expression. `name` is what it is for; `hints` are what the spec says;
        `follows`: it is worked out from the input."""
        code: Code | None = self._said(numbers, hints)
        same = same_number(numbers)
        if code is None and (follows or same is ABSENT):
            code = next((text for earlier, text in reversed(self.sizes) if agree(earlier, numbers)), None)
        if code is None and same is not ABSENT:
            code = (self.sources.constant(same) if follows else None) or value_code(same)
        present = [number for number in numbers if number is not ABSENT]
        if code is None and all(isinstance(number, tuple) and len(number) == len(present[0]) for number in present):
            length = len(present[0])
            columns = [[n if n is ABSENT else n[place] for n in numbers] for place in range(length)]
            code = Brackets("(", tuple(self.written(column, name) for column in columns), ",)" if length == 1 else ")")
        if code is None:
            code = self._multiple(numbers) or self._parameter(name, numbers)
        if not isinstance(next(iter(present), None), bool | str | TypeRef | None):
            self.sizes.append((numbers, code))
        return code

    def _said(self, numbers: Numbers, hints: Sequence[syntax.Expression | None]) -> str | None:
        """The spec's own expression, where it has names and means these numbers."""
        present = [hint for hint, number in zip(hints, numbers, strict=False) if number is not ABSENT]
        if not present or present[0] is None:
            return None
        node = present[0]
        names = set(names_in(node))
        if not names or not agree([self.sources.value(node, scope) for scope in self.scopes], numbers):
            return None
        parameters: dict[str, str] = {}
        constants: dict[str, str] = {}
        for name in names_in(node):
            word = python_name(name)
            if word in parameters_of(self.scopes[0]):
                values = [parameters_of(scope).get(word, ABSENT) for scope in self.scopes]
                if any(not isinstance(value, int | float | str | None) for value in values):
                    return None  # it holds more than numbers
                parameters[name] = word
            elif isinstance(self.sources.network.vars.get(name), int | float | str):
                constants[name] = self.sources.constant_names[name]
            elif name not in ("min", "max", "int", "round"):
                return None
        text = python_text(node, constants | parameters)
        if text is None:
            return None
        for word in parameters.values():
            self.declared(word)
        for name in constants:
            self.sources.constants[name] = self.sources.network.vars[name]
        return text

    def _multiple(self, numbers: Numbers) -> str | None:
        """An argument, or so many times an argument, that is always equal to it."""
        arguments = {name: parameter.numbers for name, parameter in self.parameters.items()}
        of_block = parameters_of(self.scopes[0])
        for name in of_block:
            arguments.setdefault(name, [parameters_of(scope).get(name, ABSENT) for scope in self.scopes])
        integers = {name: values for name, values in arguments.items() if all(type(value) is int for value in values)}
        for factor, (name, values) in product(range(1, MOST_TIMES + 1), integers.items()):
            for text, times in ((f"{factor} * {name}", factor), (f"{name} // {factor}", -factor)):
                if agree([value * times if times > 0 else value // -times for value in values], numbers):
                    self.declared(name)
                    return name if factor == 1 else text
        return None

    # --- arguments of the class --------------------------------------------------------------

    def declared(self, name: str) -> None:
        """Make a parameter of the spec's block an argument, with its default."""
        if name in self.parameters:
            return
        titled: Scope | None = self.scopes[0]
        while titled is not None and titled.title is None:
            titled = titled.parent
        block = self.sources.blocks["" if titled is None else titled.title or ""]
        default = next(parameter.default for parameter in block.parameters if python_name(parameter.name) == name)
        numbers = [parameters_of(scope)[name] for scope in self.scopes]
        is_block = self.scopes[0].title is not None
        value = default.value if is_block and isinstance(default, syntax.Literal) else ABSENT
        self.parameters[name] = Parameter(numbers, value)

    def _parameter(self, name: str, numbers: Numbers) -> str:
        filled = [present(numbers) if number is ABSENT else number for number in numbers]
        name = name.rstrip("0123456789") or name  # that of an inner class may have a number
        name = unused(name, (*self.parameters, *parameters_of(self.scopes[0])))
        self.parameters[name] = Parameter(filled)
        return name

    @property
    def ordered(self) -> Iterator[tuple[str, Parameter]]:
        """The arguments as `__init__` takes them: sizes of the input, the block's, and last those with a default."""
        names = list(parameters_of(self.scopes[0]))
        yield from sorted(
            self.parameters.items(),
            key=lambda item: (item[1].default is not ABSENT, names.index(item[0]) + 1 if item[0] in names else 0),
        )

    # --- conditions --------------------------------------------------------------------------

    def condition(self, truths: Sequence[bool], name: str) -> str:
        """What is true of exactly these instances; an argument of that name where nothing is found."""
        # What can be asked of arguments: whether one is set, whether two sizes differ, whether one is not 0 or 1.
        predicates: list[tuple[str, list[bool]]] = []
        arguments = {word: parameter.numbers for word, parameter in self.parameters.items()}
        for word in parameters_of(self.scopes[0]):
            arguments.setdefault(word, [parameters_of(scope).get(word, ABSENT) for scope in self.scopes])
        for word, values in arguments.items():
            if all(isinstance(value, bool) for value in values):
                predicates.append((word, list(values)))
                predicates.append((f"not {word}", [not value for value in values]))
        sizes = [(flat(text), values) for values, text in self.sizes if same_number(values) is ABSENT]
        sizes = [(text, values) for text, values in sizes if all(type(value) is int for value in values)]
        for (first, values), (second, others) in combinations(sizes, 2):
            if first != second:
                pairs = list(zip(values, others, strict=True))
                predicates.append((f"{first} != {second}", [a != b for a, b in pairs]))
                predicates.append((f"{first} == {second}", [a == b for a, b in pairs]))
        for word, values in arguments.items():
            for plain in (0, 1):
                if all(type(value) is int for value in values) and plain in values:
                    predicates.append((f"{word} != {plain}", [value != plain for value in values]))
                    predicates.append((f"{word} == {plain}", [value == plain for value in values]))
        single = [((text, values),) for text, values in predicates]
        for choice in (*single, *product(predicates, repeat=2)):
            if [any(column) for column in zip(*[values for _, values in choice], strict=True)] == list(truths):
                text = " or ".join(text for text, _ in choice)
                for parameter in parameters_of(self.scopes[0]):
                    if re.search(rf"\b{parameter}\b", text):
                        self.declared(parameter)
                return text
        return self._parameter(name, list(truths))


def agree(values: Numbers, numbers: Numbers) -> bool:
    """Whether the values are these numbers, where there are numbers."""
    return all(
        number is ABSENT or (type(value) is type(number) and value == number)
        for value, number in zip(values, numbers, strict=True)
    )


def present(numbers: Numbers) -> Any:
    """The number of the first instance that has one."""
    return next(number for number in numbers if number is not ABSENT)


def same_number(numbers: Numbers) -> Any:
    """The number that all instances share; ABSENT where they differ."""
    first = present(numbers)
    return first if agree([first] * len(numbers), numbers) else ABSENT


def value_code(value: Any) -> Code:
    """A value in Python; a type of layer is its class."""
    if isinstance(value, TypeRef) and isinstance(value.target, Entry):
        return place_in_torch(value.target)
    return literal(value)


def place_in_torch(entry: Entry) -> str:
    """`nn.Conv2d`, `torch.cat`."""
    return entry.torch.removeprefix("torch.") if entry.torch.startswith("torch.nn.") else entry.torch


def names_in(node: Any) -> Iterator[str]:
    """The names that an expression uses."""
    if isinstance(node, syntax.Name):
        yield node.id
    elif isinstance(node, tuple):
        for item in node:
            yield from names_in(item)
    elif type(node).__module__ == syntax.__name__:
        for name in node.__dataclass_fields__:
            if name != "name":
                yield from names_in(getattr(node, name))


# --- expressions in Python ---------------------------------------------------------------------

LEVELS: Final[Mapping[str, int]] = {
    "==": 1, "!=": 1, "<": 1, "<=": 1, ">": 1, ">=": 1,
    "+": 2, "-": 2, "*": 3, "/": 3, "//": 3, "%": 3, "@": 3, "neg": 4, "**": 5,
}  # fmt: skip
VALUE: Final = 9


@dataclass(frozen=True, slots=True)
class Operand:
    """An expression on one line, and how strongly it binds."""

    text: str
    level: int = VALUE
    opened: Code | None = None  # how it is laid out over several lines

    @property
    def code(self) -> Code:
        return self.text if self.opened is None else self.opened

    def within(self, level: int) -> str:
        return self.text if self.level >= level else f"({self.text})"


def binary(symbol: str, left: Operand, right: Operand) -> Operand:
    """`left symbol right`, with the brackets it needs."""
    level = LEVELS[symbol]
    if symbol == "**":
        base, exponent = left.within(level + 1), right.within(LEVELS["neg"])
        is_short = all(re.fullmatch(r"-?[\w.]+", text) for text in (base, exponent))
        return Operand(f"{base}**{exponent}" if is_short else f"{base} ** {exponent}", level)
    rest = (symbol, right.code if right.level > level else Brackets("(", (right.code,)))
    is_same = left.level == level and isinstance(left.opened, Chain)
    first, before = (
        (left.opened.first, left.opened.rest) if is_same and isinstance(left.opened, Chain) else (left.code, ())
    )
    code = Chain(left.within(level) if left.level < level else first, (*before, rest))
    return Operand(flat(code), level, code)


def negative(operand: Operand) -> Operand:
    """`-x`."""
    code = operand.code if operand.level >= LEVELS["neg"] else Brackets("(", (operand.code,))
    return Operand(f"-{flat(code)}", LEVELS["neg"], Prefixed("-", code))


def number_operand(value: Any) -> Operand:
    """A number, in brackets where it is negative and needs them."""
    text = flat(literal(value))
    return Operand(text, LEVELS["neg"] if text.startswith("-") else VALUE)


def python_text(node: syntax.Expression, names: Mapping[str, str]) -> str | None:
    """An expression of the language on numbers in Python, with other names; None where Python writes it otherwise."""
    operand = _operand(node, names)
    return operand.text if operand is not None else None


def _operand(node: Any, names: Mapping[str, str]) -> Operand | None:
    if isinstance(node, syntax.Literal):
        return number_operand(node.value)
    if isinstance(node, syntax.Name):
        return Operand(names[node.id]) if node.id in names else None
    if isinstance(node, syntax.Binary):
        left, right = _operand(node.left, names), _operand(node.right, names)
        return binary(node.operator, left, right) if left and right else None
    if isinstance(node, syntax.Unary) and node.operator == "-":
        inner = _operand(node.operand, names)
        return negative(inner) if inner else None
    if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name):
        inside = [_operand(argument.value, names) for argument in node.arguments]
        if node.function.id in ("min", "max", "int", "round") and all(inside):
            return Operand(f"{node.function.id}({', '.join(operand.text for operand in inside if operand)})")
    return None
