"""The syntax tree of a spec: what was written, with a place on every node, and nothing evaluated.

Expressions are a small part of Python's; a step is one line of a list of layers. The long form
(`Conv2d: {out_channels: 6}`) is the same tree as the short one.

No node is changed once it is made, and none is compared: without the methods for that, which dataclasses
would write for thirty classes at every start, a summary starts a twentieth sooner.
"""

from __future__ import annotations

from dataclasses import dataclass

from netinspect.errors import Diagnostic, Span
from netinspect.language.names import is_word

# --- expressions ---------------------------------------------------------------------------


@dataclass(slots=True, eq=False, repr=False)
class Literal:
    """A number, a quoted text, True, False or None."""

    value: int | float | str | bool | None
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Name:
    id: str
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Attribute:
    """`value.name`."""

    value: Expression
    name: str
    span: Span  # of the whole expression
    name_span: Span


@dataclass(slots=True, eq=False, repr=False)
class Slice:
    """`start:stop:step` inside brackets."""

    start: Expression | None
    stop: Expression | None
    step: Expression | None
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Ellipsis:
    """`...` inside brackets."""

    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Index:
    """`value[item, item]`."""

    value: Expression
    items: tuple[Expression | Slice | Ellipsis, ...]
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Argument:
    """`value` or `name=value` in a call."""

    name: str | None
    value: Expression
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Spread:
    """`*values` in a call: each of a list."""

    value: Expression
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Call:
    """`Conv2d(6, kernel_size=5)`. A bare `ReLU` is a Name until elaboration looks it up."""

    function: Expression  # Name, or Attribute of names
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Unary:
    operator: str  # "-", "+", "not"
    operand: Expression
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Binary:
    operator: str  # "+", "-", "*", "/", "//", "%", "**", "@"
    left: Expression
    right: Expression
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Compare:
    """`first op operand op operand`: chained as in Python."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]  # ("==" "!=" "<" "<=" ">" ">=" "in" "not in" "is" "is not", operand)
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Logical:
    operator: str  # "and", "or"
    operands: tuple[Expression, ...]
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Conditional:
    """`value if test else otherwise`."""

    value: Expression
    test: Expression
    otherwise: Expression
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class ListOf:
    """`(a, b)` or `[a, b]`."""

    items: tuple[Expression, ...]
    span: Span


Expression = (
    Literal | Name | Attribute | Index | Call | Unary | Binary | Compare | Logical | Conditional | ListOf | Spread
)

# --- steps and lists of layers ---------------------------------------------------------------


@dataclass(slots=True, eq=False, repr=False)
class Body:
    """`[count *] unit`; the unit is a call or a value, or after a count a bracketed group of bodies.

    `is_sum`: the count is a sum without brackets. `a + b * c` are (a + b) repeats of a layer c; of tensors it is
    a + (b * c).
    """

    count: Expression | None
    unit: Expression | tuple[Body, ...]
    span: Span
    is_sum: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Loop:
    """`for i in range(4)`, `for a, b in pairs`."""

    names: tuple[str, ...]
    values: Expression
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Step:
    """`body`, `body for … in …`, `body if …`, `body if … else body`."""

    body: Body
    loop: Loop | None
    condition: Expression | None
    otherwise: Body | None
    span: Span


def name_of(key: str) -> str:
    """The name under which a key is referred to: `convs_0` for `convs.0`, `block1_0` for `block1-0`, `input_` for
    `input`."""
    if is_word(key):
        return f"{key}_"
    name = "".join(character if character.isalnum() and character.isascii() else "_" for character in key)
    return f"_{name}" if name[:1].isdigit() else name


@dataclass(slots=True, eq=False, repr=False)
class Pattern:
    """A line's name: text pieces and expressions in turn. `denselayer{i}` is `("denselayer", Name i)`.

    What is no name may be a key all the same, `convs.0` or in quotes `"block1-0"`; its name then has a `_` for every
    character that no name has, and one behind a word of the language.
    """

    parts: tuple[str | Expression, ...]
    span: Span
    is_key: bool = False

    @property
    def plain(self) -> str | None:
        """The name, if it holds no `{…}`."""
        key = self.key
        return name_of(key) if key is not None and self.is_key else key

    @property
    def key(self) -> str | None:
        """The key in the state dict, if it holds no `{…}`."""
        return self.parts[0] if len(self.parts) == 1 and isinstance(self.parts[0], str) else None


@dataclass(slots=True, eq=False, repr=False)
class Broken:
    """A line with a syntax mistake, already reported. Elaboration passes it by and reports nothing more."""

    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Line:
    """One entry of a list of layers: `name(inputs): step`, `name: list` or `name: scope`."""

    name: Pattern | None
    arguments: tuple[Argument, ...] | None  # what stands in the key's brackets; None without brackets
    content: Step | Scope | Broken
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Parameter:
    """A scope's own nn.Parameter. `shape` is an expression for a list of sizes; init zeros, ones or normal."""

    name: str
    shape: Expression
    init: str
    std: Expression | None
    frozen: Expression | None
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Buffer:
    """A scope's own buffer: a tensor that is not learned. `values` are its numbers, times `scale`, and `value` is the
    formula that makes it; without both it is zeros until a checkpoint comes. One that is not persistent is in no state
    dict."""

    name: str
    shape: Expression | None  # None: as many as there are values, or what the formula gives
    dtype: str
    values: Expression | None
    scale: Expression | None
    persistent: bool
    span: Span
    value: Expression | None = None


@dataclass(slots=True, eq=False, repr=False)
class Output:
    """`name` (then value is the Name itself) or `name: value`."""

    name: str
    value: Expression
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Variable:
    name: str
    value: Expression
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Scope:
    """A list of lines with its own vars, parameters, buffers and outputs. The root's vars are the spec's."""

    lines: tuple[Line, ...]
    parameters: tuple[Parameter, ...] = ()
    outputs: tuple[Output, ...] = ()
    about: str | None = None
    span: Span = Span(1, 1, 1, 1)
    buffers: tuple[Buffer, ...] = ()
    vars: tuple[Variable, ...] = ()


@dataclass(slots=True, eq=False, repr=False)
class BlockParameter:
    name: str
    default: Expression | None  # None: required
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Block:
    """`Name(param, param=1)(x, skip): …`; `inputs` is () where the block takes one unnamed input. `rest` is the name
    behind a `*`, which stands for the list of all further inputs."""

    name: str
    parameters: tuple[BlockParameter, ...]
    inputs: tuple[str, ...]
    body: Scope
    span: Span
    rest: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class Input:
    """One input. `axes` are the stated axis names, or None for a plain list; `shape` has no batch."""

    name: str
    shape: tuple[Expression, ...]
    axes: tuple[str, ...] | None
    dtype: str  # "float32", "int64", …
    high: Expression | None
    preprocess: tuple[tuple[str, object], ...]  # validated plain data, in source order
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Expectation:
    """`expect`. Sizes have no batch; an unnamed output stands under the name ""."""

    params: int | None = None
    macs: int | None = None
    outputs: tuple[tuple[str, tuple[int, ...]], ...] = ()
    spans: tuple[tuple[str, Span], ...] = ()  # "params", "macs", "output" or "output.NAME" -> where


@dataclass(slots=True, eq=False, repr=False)
class Budget:
    """`budget`: upper bounds. Memory in bytes."""

    params: int | None = None
    macs: int | None = None
    param_memory: int | None = None
    peak_memory: int | None = None
    spans: tuple[tuple[str, Span], ...] = ()


@dataclass(slots=True, eq=False, repr=False)
class Variant:
    name: str
    vars: tuple[Variable, ...]
    expect: Expectation | None
    budget: Budget | None
    results: tuple[tuple[str, float | int | str], ...]
    span: Span
    mistakes: tuple[Diagnostic, ...] = ()  # of its own lines, which break it and no other network


@dataclass(slots=True, eq=False, repr=False)
class PathRef:
    """A dotted path of the model as text (`transformer.wte.weight`)."""

    path: str
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Points:
    """Points on a scale, as pitches in hertz: the first, the last, their unit, and whether each is as far from the next
    (`even`) or as many times smaller (`log`)."""

    first: float
    last: float
    unit: str
    spacing: str


@dataclass(slots=True, eq=False, repr=False)
class Labels:
    """What the numbers of an output stand for.

    output  its name; None for the first output
    names   written out where it `is_list`, else the name of one of the gallery's lists or of a text file
    points  in place of names
    unit    what the numbers that have names are measured in; "" where the names are those of classes
    """

    output: str | None
    names: tuple[str, ...]
    is_list: bool
    points: Points | None
    span: Span
    unit: str = ""


@dataclass(slots=True, eq=False, repr=False)
class Spec:
    """A whole file."""

    name: str | None
    about: str | None
    paper: str | None
    source: str | None
    results: tuple[tuple[str, float | int | str], ...]
    vars: tuple[Variable, ...]
    variants: tuple[Variant, ...]
    blocks: tuple[Block, ...]
    inputs: tuple[Input, ...]
    body: Scope
    frozen: tuple[PathRef, ...]
    tie: tuple[tuple[PathRef, PathRef], ...]  # (the tied name, the parameter it becomes)
    expect: Expectation | None
    budget: Budget | None
    labels: tuple[Labels, ...] = ()
