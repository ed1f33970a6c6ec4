"""`forward` of a class, with the spec's names and the shapes that change."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from netinspect.catalogue.creation import WEIGHT
from netinspect.catalogue.entry import DTYPE_BYTES, Argument, Entry
from netinspect.catalogue.signature import Each, Subscript
from netinspect.errors import NetinspectError
from netinspect.exporting.code import (
    INDENT,
    WIDTH,
    Brackets,
    Chain,
    Code,
    Method,
    Prefixed,
    flat,
    laid_out,
    literal,
    python_name,
    unused,
)
from netinspect.exporting.loops import Statement, looped
from netinspect.exporting.numbers import (
    ABSENT,
    LEVELS,
    VALUE,
    Expressions,
    Numbers,
    Operand,
    Sources,
    agree,
    binary,
    names_in,
    negative,
    number_operand,
    place_in_torch,
    place_of,
)
from netinspect.exporting.plan import Body, Group, Plan, Step, makes_tensor
from netinspect.language import syntax
from netinspect.network.interfaces import calls_of
from netinspect.network.network import Buffer, Call, Extent, Parameter, Scope, Value, values_in
from netinspect.network.torch_calls import call_arguments, gives_tuple, method_name, output_places

OPERATORS: Final[Mapping[str, str]] = {
    "operator.add": "+", "operator.sub": "-", "operator.mul": "*", "operator.truediv": "/", "operator.floordiv": "//",
    "operator.pow": "**", "operator.eq": "==", "operator.ne": "!=", "operator.lt": "<", "operator.le": "<=",
    "operator.gt": ">", "operator.ge": ">=", "torch.matmul": "@", "torch.neg": "neg",
}  # fmt: skip
"""What Python writes with operators."""


@dataclass(slots=True, eq=False)
class ClassFrame:
    """A class while it is written.

    numbers     its numbers, written with its arguments
    attributes  by state-dict key how `forward` reaches a module
    kept        the arguments that `forward` needs
    functions   netinspect's own functions that the source uses
    makers      by value the call that gives it
    """

    plan: Plan
    group: Group
    sources: Sources
    numbers: Expressions
    functions: set[str]
    makers: Mapping[Value, Call]
    attributes: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Forward:
    """`forward` of a class while it is written.

    frame   the class it belongs to
    names   what each value is called
    live    the steps that are written: what a function gives and nothing uses is left out
    inside  calls of functions that stand in the line of the one call that uses them
    """

    frame: ClassFrame
    names: dict[Value, str] = field(default_factory=dict)
    holds: dict[str, Value] = field(default_factory=dict)
    inside: dict[Value, Step] = field(default_factory=dict)
    live: frozenset[Step] = frozenset()
    last_use: dict[Value, int] = field(default_factory=dict)
    uses: dict[Value, int] = field(default_factory=dict)

    @property
    def body(self) -> Body:
        """The instance whose steps are read; in the others they are the same, their numbers apart."""
        return self.frame.group.bodies[0]

    def lines(self) -> Iterator[str]:
        """The lines of the method."""
        body = self.body
        self.count_uses(body)
        parameters = self.take_inputs(body)
        yield from laid_out(Brackets("def forward(", ("self", *parameters), "):"), INDENT)
        statements = [
            self.statement(step, place)
            for place, step in enumerate(body.steps)
            if step in self.live and not any(value in self.inside for value in step.outputs)
        ]
        returned = [self.value(value) for value in body.returned]
        code = returned[0].code
        if len(returned) > 1 or gives_tuple(body.scope, self.frame.plan.network):
            code = Brackets("(", tuple(value.text for value in returned), ",)" if len(returned) == 1 else ")")
            if len(returned) > 1 and len(flat(code)) < WIDTH - len(INDENT * 2 + "return "):
                code = Brackets("", code.items, "")
        yield from looped([*statements, Statement("return ", code)], parameters)

    def count_uses(self, body: Body) -> None:
        """Where each value is used last, and which calls stand in the line of another."""
        users: dict[Value, list[Step]] = {}
        self.live = live_steps(body)
        for place, step in enumerate(body.steps):
            if step not in self.live:
                continue
            operands = step.item.forward if isinstance(step.item, Call) else step.inputs
            for value in values_in(operands):
                self.last_use[value] = place
                self.uses[value] = self.uses.get(value, 0) + 1
                users.setdefault(value, []).append(step)
        for value in body.returned:
            self.last_use[value] = len(body.steps)
            self.uses[value] = self.uses.get(value, 0) + 1
        for step in (step for step in body.steps if step in self.live):
            item = step.item
            if not isinstance(item, Call) or item.module is not None or item.entry.gives_list:
                continue
            value = item.outputs[0]
            is_plain = len(item.outputs) == 1 and output_places(item)[0] == () and self.uses.get(value) == 1
            user = users[value][0].item if is_plain and value in users else None
            if isinstance(user, Call) and user.module is None and is_said_inside(item, user):
                self.inside[value] = step
        for value in reversed(self.inside):  # what a call inside another reads has to live as long as that
            place = self.last_use[value]
            item = self.inside[value].item
            for operand in values_in(item.forward if isinstance(item, Call) else ()):
                self.last_use[operand] = max(self.last_use[operand], place)

    def take_inputs(self, body: Body) -> list[str]:
        names: list[str] = []
        network, scope = self.frame.plan.network, body.scope
        block = self.frame.sources.blocks.get(scope.title or "")
        input_names = (
            [item.name for item in network.inputs] if scope.parent is None else list(block.inputs if block else ())
        )
        of_scope = dict(reversed(list(zip(scope.inputs, input_names or ["input"], strict=False))))
        for value in body.inputs:
            name = of_scope.get(value) or author_name(value) or "x"
            name = unused("x" if name == "input" else name, names)
            name = f"*{name}" if value is body.rest else name
            names.append(name)
            self.hold(name, value)
        for module in body.modules:
            names.append(unused(module.rpartition(".")[2], names))
            self.frame.attributes[module] = names[-1]
        for tensor in scope.tensors:
            self.names[tensor.value] = own_tensor(tensor)
        return names

    def hold(self, name: str, value: Value) -> None:
        self.names[value] = name
        self.holds[name] = value

    # --- one line ----------------------------------------------------------------------------

    def statement(self, step: Step, place: int) -> Statement:
        code = self.code(step)
        target = self.target(step, place)
        return Statement(f"{target} = " if target else "", code, self.shape_comment(step) if target else "")

    def target(self, step: Step, place: int) -> str:
        """The names on the left, `x`, `x, _`; "" where nothing is used."""
        item = step.item
        used = [value for value in step.outputs if self.uses.get(value)]
        if not used:
            return ""
        names: dict[Value, str] = {}
        if isinstance(item, Call) and item.entry.gives_list and author_name(used[0], step):
            return self.list_name(step, used, place)
        for value in used:
            names[value] = self.name(value, step, place, taken=names.values())
        for value, name in names.items():
            self.hold(name, value)
        places = output_places(item) if isinstance(item, Call) else None
        if places is None:
            if len(step.outputs) == 1:
                return names[used[0]]
            return ", ".join(names.get(value, "_") for value in step.outputs)
        if places[0] == () and len(used) == 1 and used[0] is step.outputs[0]:
            return names[used[0]]
        if len(step.outputs) == 1:  # torch gives more than a spec has, as attention without its weights
            return f"{names[used[0]]}, *_"
        tree: dict[int, Any] = {}
        for value, path in zip(step.outputs, places, strict=False):
            branch = tree
            for index in path[:-1]:
                branch = branch.setdefault(index, {})
            branch[path[-1]] = names.get(value, "_")
        return pattern(tree)

    def name(self, value: Value, step: Step, place: int, taken: Collection[str]) -> str:
        """A value's name: `x` for what the next line alone uses, if nothing else needs `x`; else the author's."""
        word = author_name(value, step)
        is_passing = self.uses[value] == 1 and self.last_use[value] <= place + 1 and self.is_first(value, place + 1)
        is_further = value is not step.outputs[0]  # h_n of an LSTM, what is read off inside a block
        candidates = [] if is_further or (word and not is_passing) else ["x", "out"]
        if isinstance(step.item, Scope):
            named = [step.item] if not is_further else [s for s in step.item.walk() if s.results[:1] == (value,)]
            keys = [_key(scope.path) for scope in named if _key(scope.path).isidentifier()]
            word = keys[0] if keys else self.name_inside(value)
        candidates += [word] if word else []
        if not word:
            title = step.item.entry.name if isinstance(step.item, Call) else step.item.title or "out"
            candidates.append(re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", title).lower())
        for candidate in candidates:
            if candidate not in taken and self.is_free(candidate, place):
                return candidate
        count = 2
        while f"{candidates[-1]}{count}" in taken or not self.is_free(f"{candidates[-1]}{count}", place):
            count += 1
        return f"{candidates[-1]}{count}"

    def list_name(self, step: Step, used: Sequence[Value], place: int) -> str:
        """The name of a list of tensors, of which `halves[0]` is one."""
        last = max(used, key=lambda value: self.last_use[value])
        name = self.name(used[0], step, place, taken=("x", "out"))
        self.holds[name] = last
        self.names.update({value: f"{name}[{position}]" for position, value in enumerate(step.outputs)})
        return name

    def name_inside(self, value: Value) -> str | None:
        """What the line that gives a value is called in its own list."""
        maker = self.frame.makers.get(value)
        name = author_name(value)
        is_function = maker is not None and maker.module is None
        return None if is_function and maker and re.fullmatch(rf"{maker.entry.name}(_\d+)?", name or "") else name

    def is_first(self, value: Value, place: int) -> bool:
        """Whether a step begins with a value, or the class returns it."""
        steps = self.body.steps
        if place == len(steps):
            return True
        return next(values_in(first_operands(steps[place])), None) is value

    def is_free(self, name: str, place: int) -> bool:
        if python_name(name) != name:
            return False
        holder = self.holds.get(name)
        return holder is None or self.last_use.get(holder, -1) <= place

    def shape_comment(self, step: Step) -> str:
        """`# 64 x 112 x 112`, where every instance has it."""
        shapes = set()
        position = self.body.steps.index(step)
        for body in self.frame.group.bodies:
            outputs, inputs = body.steps[position].outputs, body.steps[position].inputs
            if outputs and inputs and outputs[0].sizes == inputs[0].sizes:
                return ""
            shapes.add(outputs[0].sizes.replace("×", " x ") if outputs else "")
        return f"# {shapes.pop()}" if len(shapes) == 1 else ""

    def code(self, step: Step) -> Code:
        item = step.item
        if isinstance(item, Scope):
            target = self.reach(step.module)
            modules = tuple(self.reach(module) for module in step.modules)
            return Brackets(f"{target}(", (*[self.value(value).text for value in step.inputs], *modules))
        if item.entry is WEIGHT:
            return self.weight(item)
        unnamed, named = self.arguments(step)
        if item.module is not None:
            return Brackets(f"{self.reach(item.module)}(", (*texts(unnamed), *keywords(named)))
        # a function of no tensor makes one where the input is
        device = f"{self.names[self.body.inputs[0]]}.device" if makes_tensor(item) else None
        return applied(item.entry, unnamed, named, self.frame.functions, device)

    def weight(self, call: Call) -> Code:
        """A parameter or buffer of a layer of the class. NetinspectError for one that stands outside it."""
        module, name = call.forward
        prefix = f"{self.body.scope.module}." if self.body.scope.module else ""
        if not module.startswith(prefix):
            raise NetinspectError(f"`{module}.{name}` cannot be exported: another list of layers reads it")
        return f"{self.reach(module)}.{name}"

    def reach(self, module: str | None) -> str:
        module = module or ""
        prefix = self.body.scope.module
        if module in self.frame.attributes:
            return self.frame.attributes[module]
        key = module[len(prefix) + 1 :] if prefix and module.startswith(f"{prefix}.") else module
        return self.frame.attributes.get(key) or reached("self", key)

    # --- operands ----------------------------------------------------------------------------

    def arguments(self, step: Step) -> tuple[list[Operand], dict[str, Operand]]:
        position = self.body.steps.index(step)
        calls = [body.steps[position].item for body in self.frame.group.bodies]
        rows = [call.forward for call in calls if isinstance(call, Call)]
        item = step.item
        assert isinstance(item, Call)
        node = self.frame.sources.calls.get(place_of(item.span))
        said = node.arguments if node is not None else ()
        in_order = [part for argument in said if argument.name is None for part in parts_of(argument.value)]
        by_name = {argument.name: list(parts_of(argument.value)) for argument in said if argument.name is not None}
        merged = tuple(
            self.merged(
                [short(argument, row[place]) for row in rows], argument.name, by_name.get(argument.name, in_order)
            )
            for place, argument in enumerate(item.entry.forward)
        )
        unnamed, named = call_arguments(item.entry, merged, spelled)
        return list(unnamed), named

    def merged(self, row: Sequence[Any], name: str, said: list[syntax.Expression]) -> Any:
        """An operand of every instance as one: what is equal in all stays as it is."""
        first = row[0]
        if isinstance(first, Value | Extent):
            return self.operand(first, row, name, said)
        if isinstance(first, tuple):
            return tuple(self.merged(list(column), name, said) for column in zip(*row, strict=True))
        if isinstance(first, bool | int | float):
            hint = next((node for node in said if self.frame.sources.value(node, self.body.scope) == first), None)
            if hint is not None:
                said.remove(hint)
            is_same = all(type(value) is type(first) and value == first for value in row)
            is_plain = hint is None or not set(names_in(hint))
            if is_same and is_plain:
                return first
            return self.forward_number(list(row), name, [hint] * len(row))
        return first

    def operand(self, value: Any, row: Sequence[Any], name: str, said: list[syntax.Expression]) -> Operand:
        if isinstance(value, Value):
            return self.value(value)
        if not isinstance(value, Extent):
            merged = self.merged(row, name, said)
            return merged if isinstance(merged, Operand) else number_operand(merged)
        if value.operator == "size":
            tensor, axis = value.operands
            return Operand(f"{self.value(tensor).within(VALUE)}.shape[{axis}]")
        operands = [
            self.operand(inner, [other.operands[place] for other in row], name, said)
            for place, inner in enumerate(value.operands)
        ]
        if value.operator in LEVELS and len(operands) == 2:
            return binary(value.operator, *operands)
        if value.operator == "neg":
            return negative(operands[0])
        function = value.operator
        if function in ("ceil", "floor", "sqrt"):
            function = f"math.{function}"
        elif function not in ("min", "max", "round", "int"):
            self.frame.functions.add(function)
        return Operand(f"{function}({', '.join(operand.text for operand in operands)})")

    def forward_number(self, values: Numbers, name: str, hints: Sequence[syntax.Expression | None]) -> Operand:
        """A number in `forward`: an argument of the class is kept in the module."""
        before = set(self.frame.numbers.parameters)
        text = flat(self.frame.numbers.written(values, name, hints))
        names = [parameter for parameter in (*self.frame.numbers.parameters,) if re.search(rf"\b{parameter}\b", text)]
        is_word = isinstance(next((value for value in values if value is not ABSENT), None), str)
        if is_word and not set(self.frame.numbers.parameters) - before and text[:1] in "'\"":
            return Operand(text)
        for parameter in names:
            if parameter not in self.frame.kept:
                self.frame.kept.append(parameter)
            text = re.sub(rf"(?<![\w.]){parameter}\b", f"self.{parameter}", text)
        is_atom = re.fullmatch(r"[\w.]+|\(.*\)|'.*'|\".*\"", text)
        return Operand(text, VALUE if is_atom else LEVELS["neg"] if text.startswith("-") else 2)

    def value(self, value: Value) -> Operand:
        step = self.inside.get(value)
        if step is None:
            return Operand(self.names[value])
        assert isinstance(step.item, Call)
        return operand_of(step.item, self.code(step))


# --- calls of functions ----------------------------------------------------------------------------


def applied(
    entry: Entry, unnamed: Sequence[Operand], named: Mapping[str, Operand], functions: set[str], device: str | None
) -> Code:
    """A call of a function as Python has it: an operator, a method, or a function of torch, which makes a tensor on
    `device`. netinspect's own functions are added to `functions`."""
    place = entry.torch
    if place == "operator.getitem":
        target, items = unnamed[0].code, texts(unnamed[1:])
        if isinstance(target, Method) or (isinstance(target, Brackets) and target.items and unnamed[0].level >= VALUE):
            return Method(target, "[", items, "]")
        return Brackets(f"{unnamed[0].within(VALUE)}[", items, "]")
    if place in OPERATORS and not named:
        return (binary(OPERATORS[place], *unnamed) if len(unnamed) == 2 else negative(unnamed[0])).code
    method = method_name(entry)
    if method is not None:
        items = (*spread(entry, unnamed[1:]), *keywords(named))
        code = unnamed[0].code if unnamed[0].level > LEVELS["**"] else Brackets("(", (unnamed[0].code,))
        if isinstance(code, Method) or (isinstance(code, Brackets) and code.items):
            return Method(code, f".{method}(", items)
        return Brackets(f"{flat(code)}.{method}(", items)
    if place.startswith("netinspect."):
        name = place.partition(".")[2]
        functions.add(name)
        return Brackets(f"{name}(", (*texts(unnamed), *keywords(named)))
    on_device = () if device is None else (f"device={device}",)
    return Brackets(f"{place_in_torch(entry)}(", (*texts(unnamed), *keywords(named), *on_device))


def operand_of(call: Call, code: Code) -> Operand:
    """The code of a call of a function as an operand of another one."""
    is_operator = isinstance(code, Chain | Prefixed | str) and call.entry.torch in OPERATORS
    return Operand(flat(code), LEVELS[OPERATORS[call.entry.torch]] if is_operator else VALUE, code)


def spread(entry: Entry, operands: Sequence[Operand]) -> tuple[Code, ...]:
    """The arguments of a method; of `permute(0, 2, 1)` one by one."""
    is_spread = len(operands) == 1 and entry.forward[1].variadic and entry.forward[1].packed is None
    code = operands[0].code if is_spread else None
    return code.items if isinstance(code, Brackets) and code.head == "(" else texts(operands)


def spelled(argument: Argument, value: Any) -> Operand:
    """A value as Python has it."""
    if isinstance(value, Operand):
        return value
    if isinstance(argument.kind, Subscript):
        items = value if isinstance(value, tuple) and value[:1] != ("slice",) else (value,)
        return Operand(", ".join(subscript(item) for item in items))
    if isinstance(value, tuple):
        inside = [spelled(argument, item) for item in value]
        if len(inside) == 1 and inside[0].text.startswith("*"):
            return Operand(inside[0].text[1:])
        code = Brackets("(", texts(inside), ",)" if len(inside) == 1 else ")")
        return Operand(flat(code), VALUE, code)
    if isinstance(value, str) and value in DTYPE_BYTES:
        return Operand(f"torch.{value}")
    return number_operand(value)


def subscript(item: Any) -> str:
    """An index or a slice."""

    def text(part: Any) -> str:
        return part.text if isinstance(part, Operand) else flat(literal(part))

    if isinstance(item, tuple) and item[:1] == ("slice",):
        start, stop, step = ("" if part is None else text(part) for part in item[1:])
        parts = [start, stop, *([step] if step else [])]
        is_short = all(re.fullmatch(r"-?\w*", part) for part in parts)
        return ":".join(parts) if is_short else re.sub(" +", " ", " : ".join(parts)).strip()
    return "..." if item == "..." else text(item)


def formula_code(formula: Scope, functions: set[str]) -> Code:
    """The formula of a buffer as one expression: calls of functions that read nothing from outside."""
    operands: dict[Value, Operand] = {}

    def operand(value: Any) -> Any:
        if isinstance(value, Value):
            return operands[value]
        return tuple(operand(item) for item in value) if isinstance(value, tuple) else value

    for call in calls_of(formula):
        unnamed, named = call_arguments(call.entry, tuple(map(operand, call.forward)), spelled)
        code = applied(call.entry, unnamed, named, functions, None)
        if len(call.outputs) == 1 and not call.entry.gives_list:
            operands[call.outputs[0]] = operand_of(call, code)
        else:
            places = zip(call.outputs, output_places(call), strict=False)
            operands |= {value: Operand(f"{flat(code)}[{place[0]}]") for value, place in places}
    return operands[formula.results[0]].code


def texts(operands: Iterable[Operand]) -> tuple[Code, ...]:
    """Arguments without names."""
    return tuple(operand.code for operand in operands)


def keywords(named: Mapping[str, Operand]) -> tuple[Code, ...]:
    """Arguments by name."""
    return tuple(Prefixed(f"{name}=", operand.code) for name, operand in named.items())


def live_steps(body: Body) -> frozenset[Step]:
    """The steps of a class without the functions whose results nothing uses."""
    used, live = set(body.returned), []
    for step in reversed(body.steps):
        is_function = isinstance(step.item, Call) and step.module is None
        if not is_function or used.intersection(step.outputs):
            live.append(step)
            used.update(values_in(first_operands(step)))
    return frozenset(live)


def first_operands(step: Step) -> Any:
    """What a step takes, in order."""
    return step.item.forward if isinstance(step.item, Call) else step.inputs


def is_said_inside(call: Call, user: Call) -> bool:
    """Whether a call stands in the line of the one that uses it, which does not read its sizes as well."""
    return call.span.line == user.span.line and not reads_size(user, call.outputs[0])


def reads_size(call: Call, value: Value) -> bool:
    """Whether a call reads the sizes of a value, for which it needs a name."""

    def extents(operand: Any) -> Iterator[Value]:
        if isinstance(operand, Extent):
            yield from values_in(operand.operands)
        elif isinstance(operand, tuple):
            for item in operand:
                yield from extents(item)

    return value in set(extents(call.forward))


def parts_of(node: syntax.Expression) -> Iterator[syntax.Expression]:
    """The items of a list and of the lists in it; else the expression itself."""
    if isinstance(node, syntax.ListOf):
        for item in node.items:
            yield from parts_of(item)
    else:
        yield node


def author_name(value: Value, step: Step | None = None) -> str | None:
    """What the spec calls a value; None where it has no name of its own."""
    key = re.sub(r"\[\d+\]$", "", value.origin).rpartition(".")[2]
    function = step.item if step is not None and isinstance(step.item, Call) and step.module is None else None
    if function is not None and re.fullmatch(rf"{function.entry.name}(_\d+)?", key):
        return None
    return key if key.isidentifier() else None


def pattern(tree: Mapping[int, Any]) -> str:
    """`x, (h_n, c_n)` for what stands where in a tuple."""
    parts = []
    for index in range(max(tree) + 1):
        part = tree.get(index, "_")
        parts.append(f"({pattern(part)})" if isinstance(part, dict) else part)
    return ", ".join(parts) + ("," if len(parts) == 1 else "")


def short(argument: Argument, value: Any) -> Any:
    """One number for a tuple of equal ones, where one stands for all of them."""
    kinds = getattr(argument.kind, "kinds", (getattr(argument.kind, "kind", None), argument.kind))
    takes_one = any(isinstance(kind, Each) and kind.single for kind in kinds) or argument.inferred
    if takes_one and isinstance(value, tuple) and value and all(agree([item], [value[0]]) for item in value):
        return value[0] if argument.kind.check(value[0]) == value else value
    return value


def own_tensor(tensor: Parameter | Buffer) -> str:
    """`self.scale`; of a position `self.get_parameter("0")`."""
    if tensor.name.isidentifier():
        return f"self.{tensor.name}"
    kind = "parameter" if isinstance(tensor, Parameter) else "buffer"
    return f"self.get_{kind}({flat(literal(tensor.name))})"


def reached(start: str, path: str, siblings: Sequence[str] = ()) -> str:
    """`self.layers[0].weight` for `layers.0.weight`. Where the paths `siblings` beside it do not count from 0 on, they
    stand in an nn.ModuleDict: `self.layers["1"]`."""
    keys = path.split(".")
    for place, key in enumerate(keys):
        if key.isdigit():
            prefix = "".join(f"{outer}." for outer in keys[:place])
            beside = {other[len(prefix) :].partition(".")[0] for other in siblings if other.startswith(prefix)}
            is_list = not beside or beside == {str(number) for number in range(len(beside))}
            start += f"[{key}]" if is_list or not prefix else f'["{key}"]'
        else:
            start += f".{key}" if key.isidentifier() else f".get_submodule({flat(literal(key))})"
    return start


def _key(path: str) -> str:
    return path.rpartition(".")[2]
