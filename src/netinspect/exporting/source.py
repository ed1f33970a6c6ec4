"""The PyTorch source of a network: its classes, their modules, and `forward` with the spec's names.

How a layer or a function is written follows from its Entry: the class, the order of the arguments, what is required.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any, Final

from netinspect.catalogue import own_functions
from netinspect.catalogue.entry import DTYPE_BYTES, REQUIRED, Argument, Entry
from netinspect.catalogue.kinds import Each, Subscript
from netinspect.exporting.code import INDENT, WIDTH, Brackets, Chain, Code, Prefixed, flat, laid_out, literal
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
    sources,
    value_code,
)
from netinspect.exporting.plan import Body, Group, Plan, Slot, Step, makes_tensor, planned, type_name
from netinspect.language import syntax
from netinspect.network.network import Buffer, Call, Extent, Network, Parameter, Scope, Value
from netinspect.network.torch_calls import call_arguments, gives_tuple, method_name, output_places

OPERATORS: Final[Mapping[str, str]] = {
    "operator.add": "+", "operator.sub": "-", "operator.mul": "*", "operator.truediv": "/", "operator.floordiv": "//",
    "operator.pow": "**", "operator.eq": "==", "operator.ne": "!=", "operator.lt": "<", "operator.le": "<=",
    "operator.gt": ">", "operator.ge": ">=", "torch.matmul": "@", "torch.neg": "neg",
}  # fmt: skip
"""What Python writes with operators."""

RESERVED: Final = frozenset({"self", "torch", "nn", "math"})


def torch_source(network: Network, spec: syntax.Spec) -> str:
    """The source of `network` in PyTorch, of which `spec` is the syntax: formatted, and in need of torch alone.

    The class of the network is called as the network is, and is made without arguments. Its state dict has the keys,
    and it returns what `network` returns. NetinspectError for what cannot be written.
    """
    return _Writer(planned(network), sources(spec, network)).text()


class _Writer:
    def __init__(self, plan: Plan, sources: Sources) -> None:
        self.plan = plan
        self.sources = sources
        self.arguments: dict[Scope, dict[str, Any]] = {}  # what each instance of a class is made with
        self.parameters: dict[str, list[tuple[str, Any]]] = {}  # by class: its arguments and their defaults
        self.makers = plan.network.makers
        self.functions: set[str] = set()
        self.imports: dict[str, set[str]] = {}  # of the user's own layers

    def text(self) -> str:
        for group in self.plan.groups:  # once, to learn which vars become constants
            _Class(group, self).lines()
        self.sources.known = dict(self.sources.constants)
        classes = [_Class(group, self).lines() for group in self.plan.groups]
        head = [f"# {self.plan.network.name}, from the spec {_origin(self.plan.network)}"]
        body = "\n\n\n".join("\n".join(lines) for lines in classes)
        functions = [_function_source(name) for name in sorted(self.functions)]
        everything = "\n\n\n".join([*functions, body])
        for module, names in sorted(self.imports.items()):
            head.append(f"# {', '.join(sorted(names))} are your own layers: {module}.py has to stand beside this file")
        head.append("")
        imports = ["import math"] if "math." in everything else []
        imports += ["from collections import OrderedDict"] if "OrderedDict(" in everything else []
        imports += [""] if imports else []
        imports += ["import torch"] if re.search(r"\btorch\.", everything) else []
        imports.append("from torch import nn")
        if self.imports:
            imports.append("")
            imports += [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(self.imports.items())]
        constants = [
            line
            for name, value in self.sources.network.vars.items()
            if name in self.sources.constants
            for line in laid_out(literal(value), prefix=f"{name.upper()} = ")
        ]
        parts = ["\n".join([*head, *imports])]
        if constants:
            parts.append("\n".join(constants))
        joined = "\n\n".join(parts)
        return f"{joined}\n\n\n{everything}\n"


def _origin(network: Network) -> str:
    return f"{network.source}:{network.variant}" if network.variant else network.source


def _function_source(name: str) -> str:
    """One of netinspect's own functions, with its types left out."""
    text = inspect.getsource(getattr(own_functions, name))
    return re.sub(r"(\w+): (?:Tensor|Any|float|int)\b|\) -> \w+:", lambda m: m[1] or "):", text).rstrip()


# --- one class ---------------------------------------------------------------------------------


class _Class:
    """One class while it is written. `representative` is the instance whose steps are read: in the others they are the
    same, their numbers apart."""

    def __init__(self, group: Group, writer: _Writer) -> None:
        self.group = group
        self.writer = writer
        self.scopes = [body.scope for body in group.bodies]
        self.representative: Body = group.bodies[0]
        self.numbers = Expressions(self.scopes, writer.sources)
        self.attributes: dict[str, str] = {}  # by state-dict key: how `forward` reaches the module
        self.kept: list[str] = []  # arguments that `forward` needs

    @property
    def network(self) -> Network:
        return self.writer.plan.network

    def lines(self) -> list[str]:
        """The class's lines."""
        body = self.representative
        is_root = body.scope.parent is None
        if body.is_sequence:
            modules = self.modules([b.slots for b in self.group.bodies])
            listed = sequential([slot.key for slot in body.slots], modules)
            made = list(laid_out(Brackets("super().__init__(", listed.items), INDENT * 2))
            forward: list[str] = []
            base = "nn.Sequential"
        else:
            base, made = self.constructor()
            forward = self.forward()
        if is_root:
            made += self.shared_and_frozen()
        header = self.header()
        assigned = [f"{INDENT * 2}self.{name} = {name}" for name in self.kept]
        if made and made[0].strip().startswith("super().__init__()"):
            made = [made[0], *assigned, *made[1:]]
        else:
            made += assigned
        lines = [f"class {self.group.name}({base}):"]
        if made != [f"{INDENT * 2}super().__init__()"]:
            lines += [*header, *made]
            if forward:
                lines.append("")
        return lines + forward

    def header(self) -> list[str]:
        """`def __init__(…):`; and what every instance is made with is kept for those who make it."""
        parameters = list(self.numbers.ordered)
        self.writer.parameters[self.group.name] = [(name, parameter.default) for name, parameter in parameters]
        for place, scope in enumerate(self.scopes):
            self.writer.arguments[scope] = {name: parameter.numbers[place] for name, parameter in parameters}
        items: list[Code] = ["self"]
        for name, parameter in parameters:
            items.append(name if parameter.default is ABSENT else Prefixed(f"{name}=", value_code(parameter.default)))
        return list(laid_out(Brackets("def __init__(", tuple(items)), INDENT, "", ":"))

    # --- modules -----------------------------------------------------------------------------

    def modules(self, rows: Sequence[Sequence[Slot]]) -> list[Code]:
        """Each module of a list; `rows` has those of every instance."""
        return [self.module(column) for column in zip(*rows, strict=True)]

    def module(self, slots: Sequence[Slot | None]) -> Code:
        """One module, which may be another in some of the instances; None where an instance has none."""
        kinds: dict[Any, list[Slot | None]] = {}
        for place, slot in enumerate(slots):
            if slot is not None:
                kinds.setdefault(self.kind(slot), [None] * len(slots))[place] = slot
        if len(kinds) == 1:
            return self.one_kind(next(iter(kinds.values())))
        (usual, *_), (other, *_) = [[(row, self.one_kind(row))] for row in kinds.values()]
        if sum(slot is not None for slot in usual[0]) < sum(slot is not None for slot in other[0]) or (
            isinstance(usual[1], Brackets) and not usual[1].items
        ):
            usual, other = other, usual
        key = next(slot.key for slot in slots if slot is not None)
        test = self.numbers.condition([slot is not None for slot in usual[0]], f"has_{re.sub(r'[^0-9a-zA-Z]', '_', key)}")
        return Chain(usual[1], (("if", test), ("else", other[1])))

    def kind(self, slot: Slot) -> Any:
        if isinstance(slot.item, Call):
            return type_name(slot.item) or slot.item.entry.name
        group = self.writer.plan.group_of.get(slot.item)
        if group is not None:
            return id(group)
        return tuple((part.key, self.kind(part)) for part in slot.parts)

    def one_kind(self, slots: Sequence[Slot | None]) -> Code:
        first = next(slot for slot in slots if slot is not None)
        if isinstance(first.item, Call):
            name = type_name(first.item)
            if name is not None and self.group.name != self.network.name:
                self.numbers.declared(name)
                return f"{name}()"
            return self.layer(first.item.entry, slots)
        group = self.writer.plan.group_of.get(first.item)
        if group is not None:
            return self.instance(group, slots)
        rows = [slot.parts if slot is not None else (None,) * len(first.parts) for slot in slots]
        modules = [self.module(column) for column in zip(*rows, strict=True)]
        return sequential([part.key for part in first.parts], modules)

    def layer(self, entry: Entry, slots: Sequence[Slot | None]) -> Code:
        """`nn.Conv2d(3, 64, kernel_size=7)`."""
        place = self.writer_place(entry)
        arguments = self.layer_arguments(slots)
        if entry.stack_of is None:
            return Brackets(f"{place}(", tuple(arguments.values()))
        count = arguments.pop("num_layers")
        layer = place_in_torch_text(entry.stack_of)
        bare = count.value if isinstance(count, Prefixed) else count
        options = tuple(Prefixed(f"{key}=", literal(value)) for key, value in entry.stack_options)
        return Brackets(f"{place}(", (Brackets(f"{layer}(", tuple(arguments.values())), bare, *options))

    def writer_place(self, entry: Entry) -> str:
        if entry.made_by is None:
            return place_in_torch(entry)
        file = inspect.getsourcefile(entry.made_by) or "layers.py"
        module = re.sub(r"\.py$", "", file.replace("\\", "/").rpartition("/")[2])
        self.writer.imports.setdefault(module, set()).add(entry.name)
        return entry.name

    def layer_arguments(self, slots: Sequence[Slot | None]) -> dict[str, Code]:
        """The arguments of a layer by name, those left out that are torch's defaults in every instance."""
        calls = [slot.item if slot is not None and isinstance(slot.item, Call) else None for slot in slots]
        entry = next(call.entry for call in calls if call is not None)
        hints = self.hints(calls, [a.name for a in entry.arguments], entry.unnamed)
        named = self.said_by_name(calls)
        written: dict[str, Code] = {}
        is_gap = False
        for argument in entry.arguments:
            values = [ABSENT if call is None else call.arguments[argument.name] for call in calls]
            values = [value if value is ABSENT else short(argument, value) for value in values]
            default = argument.default if argument.default is REQUIRED else short(argument, argument.default)
            if default is not REQUIRED and all(v is ABSENT or (type(v) is type(default) and v == default) for v in values):
                is_gap = True
                continue
            follows = argument.inferred
            code = self.numbers.written(values, argument.name, hints.get(argument.name, ()), follows=follows)
            code = spelled_word(argument, values, code)
            is_first = argument.name in entry.required or argument.name in hints
            is_unnamed = is_first and argument.name not in named and not is_gap and not argument.keyword_only
            written[argument.name] = code if is_unnamed else Prefixed(f"{argument.name}=", code)
            is_gap |= not is_unnamed
        return written

    def hints(
        self, calls: Sequence[Call | Scope | None], names: Sequence[str], unnamed: Sequence[str]
    ) -> dict[str, list[syntax.Expression | None]]:
        """What the spec says of each argument, by name, for every instance; values without names stand in order."""
        hints: dict[str, list[syntax.Expression | None]] = {}
        for place, call in enumerate(calls):
            node = self.writer.sources.calls.get(place_of(call.span)) if call is not None else None
            if node is None:
                continue
            without = [argument.value for argument in node.arguments if argument.name is None]
            order = unnamed if len(without) <= len(unnamed) else names
            said = {argument.name: argument.value for argument in node.arguments if argument.name is not None}
            said.update(zip(order, without, strict=False))
            for name, value in said.items():
                hints.setdefault(name, [None] * len(calls))[place] = value
        return hints

    def said_by_name(self, calls: Sequence[Call | Scope | None]) -> set[str | None]:
        """The arguments that the spec gives by name in one of these calls."""
        nodes = [self.writer.sources.calls.get(place_of(call.span)) for call in calls if call is not None]
        return {argument.name for node in nodes if node is not None for argument in node.arguments}

    def instance(self, group: Group, slots: Sequence[Slot | None]) -> Code:
        """`Bottleneck(256, 64, stride=2)`."""
        items: list[Code] = []
        scopes = [slot.item if slot is not None else None for slot in slots]
        title = next(scope.title for scope in scopes if isinstance(scope, Scope))
        block = self.writer.sources.blocks.get(title or "")
        names = [parameter.name for parameter in block.parameters] if block is not None else []
        hints = self.hints(scopes, names, names)
        by_name = self.said_by_name(scopes)
        is_gap = False
        for name, default in self.writer.parameters[group.name]:
            values = [self.writer.arguments[s][name] if isinstance(s, Scope) else ABSENT for s in scopes]
            if default is not ABSENT and all(v is ABSENT or v == default for v in values):
                is_gap = True
                continue
            node = syntax.Name(name, self.scopes[0].span)
            said = hints.get(name) or [node if block is None else None] * len(slots)
            code = self.numbers.written(values, name, said, follows=name not in names)
            is_named = is_gap or name in by_name or isinstance(values[0], bool)
            items.append(Prefixed(f"{name}=", code) if is_named else code)
            is_gap |= is_named
        return Brackets(f"{group.name}(", tuple(items))

    def constructor(self) -> tuple[str, list[str]]:
        """The base class, and the lines of `__init__` under its header."""
        body = self.representative
        codes = self.modules([b.slots for b in self.group.bodies])
        own = list(body.slots)
        needs_positions = any("." not in slot.key and not slot.key.isidentifier() and has_state(slot) for slot in own)
        lines: list[str] = []
        if needs_positions:
            for place, slot in enumerate(own):
                self.attributes[slot.key] = f"self[{place}]"
            arguments = sequential([slot.key for slot in own], codes)
            lines += laid_out(Brackets("super().__init__(", arguments.items), INDENT * 2)
            lines += self.tensors()
            return "nn.Sequential", lines
        lines.append(f"{INDENT * 2}super().__init__()")
        lines += self.tensors()
        lines += self.assignments(own, codes)
        return "nn.Module", lines

    def assignments(self, slots: Sequence[Slot], codes: Sequence[Code]) -> Iterator[str]:
        """`self.conv1 = nn.Conv2d(…)`; the modules of one container together, and layers without weights and name once."""
        taken = {slot.key.partition(".")[0] for slot in slots} | {tensor.name for tensor in self.representative.scope.tensors}
        shared: dict[str, str] = {}
        containers: dict[str, list[tuple[str, Code]]] = {}
        for slot, code in zip(slots, codes, strict=True):
            name, _, rest = slot.key.partition(".")
            if rest:
                containers.setdefault(name, []).append((rest, code))
        for slot, code in zip(slots, codes, strict=True):
            name, _, rest = slot.key.partition(".")
            if rest:
                self.attributes[slot.key] = reached("self", slot.key)
                if name in containers:
                    yield from laid_out(container(containers.pop(name)), INDENT * 2, f"self.{name} = ")
                continue
            if name.isidentifier():
                self.attributes[slot.key] = f"self.{name}"
            else:
                text = flat(code)
                if text not in shared:
                    title = self.attribute_name(slot)
                    name = unused(title, taken)
                    taken.add(name)
                    shared[text] = f"self.{name}"
                else:
                    self.attributes[slot.key] = shared[text]
                    continue
                self.attributes[slot.key] = shared[text]
            yield from laid_out(code, INDENT * 2, f"self.{name} = ")

    def attribute_name(self, slot: Slot) -> str:
        title = slot.item.entry.name if isinstance(slot.item, Call) else slot.item.title or "layers"
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", title).lower()

    def tensors(self) -> Iterator[str]:
        """The class's own parameters and buffers."""
        indent = INDENT * 2
        for place, tensor in enumerate(self.representative.scope.tensors):
            row = [scope.tensors[place] for scope in self.scopes]
            shapes = [item.value.type.shape for item in row]
            code = [self.numbers.written([shape[axis] for shape in shapes], f"{tensor.name}_size", self.shape_hint(tensor, axis))
                    for axis in range(len(shapes[0]))]  # fmt: skip
            if isinstance(tensor, Parameter):
                yield from self.parameter(tensor, code, indent)
            else:
                yield from self.buffer(tensor, code, indent)

    def shape_hint(self, tensor: Parameter | Buffer, axis: int) -> list[syntax.Expression | None]:
        """What the spec says of one size."""
        scope = self.scopes[0]
        block = self.writer.sources.blocks.get(scope.title or "")
        written = block.body.parameters if block is not None and isinstance(tensor, Parameter) else ()
        node = next((p.shape for p in written if p.name == tensor.name), None)
        if isinstance(node, syntax.ListOf):
            node = node.items[axis] if axis < len(node.items) else None
        return [node] * len(self.scopes)

    def parameter(self, tensor: Parameter, sizes: Sequence[Code], indent: str) -> Iterator[str]:
        kinds = {"zeros": "torch.zeros(", "ones": "torch.ones("}
        made = Brackets(kinds.get(tensor.init, "torch.empty("), tuple(sizes) or ("()",))
        options: tuple[Code, ...] = ("requires_grad=False",) if tensor.frozen else ()
        yield from laid_out(Brackets("nn.Parameter(", (made, *options)), indent, f"self.{tensor.name} = ")
        if tensor.init not in kinds:
            std = 1.0 if tensor.std is None else tensor.std
            spread: tuple[Code, ...] = () if std == 1.0 else (Prefixed("std=", literal(std)),)
            yield from laid_out(Brackets("nn.init.normal_(", (f"self.{tensor.name}", *spread)), indent)

    def buffer(self, tensor: Buffer, sizes: Sequence[Code], indent: str) -> Iterator[str]:
        dtype: tuple[Code, ...] = (f"dtype=torch.{tensor.type.dtype}",) if tensor.type.dtype != "float32" else ()
        if tensor.values is None:
            made: Code = Brackets("torch.zeros(", (*(tuple(sizes) or ("()",)), *dtype))
        else:
            dtype = (f"dtype=torch.{tensor.type.dtype}",)
            made = Brackets("torch.tensor(", (nested(tensor.values, tensor.type.shape), *dtype))
        options: tuple[Code, ...] = () if tensor.persistent else ("persistent=False",)
        yield from laid_out(Brackets("self.register_buffer(", (literal(tensor.name), made, *options)), indent)

    def shared_and_frozen(self) -> Iterator[str]:
        """Parameters that are one, and what is not trained."""
        for tied, other in self.network.ties.items():
            yield f"{INDENT * 2}{reached('self', tied)} = {reached('self', other)}"
        frozen_where_made = {p.key for scope in every_scope(self.network.root) for p in scope.parameters if p.frozen}
        for path in self.network.frozen:
            if path in frozen_where_made:
                continue
            yield f"{INDENT * 2}{reached('self', path)}.requires_grad_(False)"

    # --- forward -----------------------------------------------------------------------------

    def forward(self) -> list[str]:
        return list(_Forward(self).lines())

    def forward_number(self, values: Numbers, name: str, hints: Sequence[syntax.Expression | None]) -> Operand:
        """A number in `forward`: an argument of the class is kept in the module."""
        before = set(self.numbers.parameters)
        text = flat(self.numbers.written(values, name, hints))
        names = [parameter for parameter in (*self.numbers.parameters,) if re.search(rf"\b{parameter}\b", text)]
        is_word = isinstance(next((value for value in values if value is not ABSENT), None), str)
        if is_word and not set(self.numbers.parameters) - before and text[:1] in "'\"":
            return Operand(text)
        for parameter in names:
            if parameter not in self.kept:
                self.kept.append(parameter)
            text = re.sub(rf"(?<![\w.]){parameter}\b", f"self.{parameter}", text)
        is_atom = re.fullmatch(r"[\w.]+|\(.*\)|'.*'|\".*\"", text)
        return Operand(text, VALUE if is_atom else LEVELS["neg"] if text.startswith("-") else 2)


def place_in_torch_text(place: str) -> str:
    return place.removeprefix("torch.") if place.startswith("torch.nn.") else place


def short(argument: Argument, value: Any) -> Any:
    """One number for a tuple of equal ones, where one stands for all of them."""
    kinds = getattr(argument.kind, "kinds", (getattr(argument.kind, "kind", None), argument.kind))
    takes_one = any(isinstance(kind, Each) and kind.single for kind in kinds) or argument.inferred
    if takes_one and isinstance(value, tuple) and value and all(agree([item], [value[0]]) for item in value):
        return value[0] if argument.kind.check(value[0]) == value else value
    return value


def spelled_word(argument: Argument, values: Numbers, code: Code) -> Code:
    """A dtype is an attribute of torch."""
    value = next((value for value in values if value is not ABSENT), None)
    is_dtype = argument.name == "dtype" and isinstance(value, str) and value in DTYPE_BYTES
    return f"torch.{value}" if is_dtype else code


def has_state(slot: Slot) -> bool:
    """Whether a module has parameters or buffers."""

    def of(item: Call | Scope) -> bool:
        if isinstance(item, Call):
            return bool(item.result.parameters or item.result.buffers) or item.entry.made_by is not None
        return bool(item.tensors) or any(of(inner) for inner in item.items if not inner.again)

    return of(slot.item)


def nested(values: Sequence[Any], shape: Sequence[int]) -> Code:
    """Numbers as nested lists."""
    if not shape:
        return literal(values[0])
    if len(shape) == 1:
        return Brackets("[", tuple(map(literal, values)), "]")
    each = len(values) // shape[0]
    return Brackets("[", tuple(nested(values[i * each : (i + 1) * each], shape[1:]) for i in range(shape[0])), "]")


def reached(start: str, path: str) -> str:
    """`self.layers[0].weight` for `layers.0.weight`."""
    for key in path.split("."):
        if key.isdigit():
            start += f"[{key}]"
        else:
            start += f".{key}" if key.isidentifier() else f".get_submodule({flat(literal(key))})"
    return start


def _key(path: str) -> str:
    return path.rpartition(".")[2]


def unused(name: str, taken: Iterable[str]) -> str:
    taken = set(taken)
    if iskeyword(name) or name in RESERVED:
        name += "_"
    count, candidate = 1, name
    while candidate in taken:
        count += 1
        candidate = f"{name}{count}"
    return candidate


# --- lists of modules --------------------------------------------------------------------------


def sequential(keys: Sequence[str], modules: Sequence[Code]) -> Brackets:
    """`nn.Sequential(…)`; with names, of a mapping."""
    if all(key == str(place) for place, key in enumerate(keys)):
        return Brackets("nn.Sequential(", tuple(folded(modules)))
    pairs = [Brackets("(", (literal(key), module)) for key, module in zip(keys, modules, strict=True)]
    by_name = [Prefixed(f"{key}=", module) for key, module in zip(keys, modules, strict=True)]
    is_named = len(list(folded(pairs))) == len(pairs) and all(key.isidentifier() and not iskeyword(key) for key in keys)
    return Brackets("nn.Sequential(", (Brackets("OrderedDict(", tuple(by_name) if is_named else (in_list(pairs),)),))


def container(parts: Sequence[tuple[str, Code]]) -> Code:
    """The modules of one container: `nn.ModuleList([…])`, or an nn.ModuleDict of named ones; containers in it, too."""
    inner: dict[str, list[tuple[str, Code]]] = {}
    for key, code in parts:
        name, _, rest = key.partition(".")
        inner.setdefault(name, []).append((rest, code))
    modules = {name: rows[0][1] if not rows[0][0] else container(rows) for name, rows in inner.items()}
    if all(name == str(place) for place, name in enumerate(modules)):
        return Brackets("nn.ModuleList(", (in_list(list(modules.values())),))
    items = tuple(Prefixed(f"{flat(literal(name))}: ", code) for name, code in modules.items())
    return Brackets("nn.ModuleDict(", (Brackets("{", items, "}"),))


def in_list(modules: Sequence[Code]) -> Code:
    """`[…]`, or a comprehension where all are alike."""
    items = list(folded(modules))
    if len(items) == 1 and isinstance(items[0], Prefixed):
        return items[0].value
    return Brackets("[", tuple(items), "]")


def folded(modules: Sequence[Code]) -> Iterator[Code]:
    """The modules, with a run of alike ones as a comprehension: `*[Block(64) for _ in range(3)]`."""
    place = 0
    while place < len(modules):
        run = longest_run(modules[place:])
        if run is None:
            yield modules[place]
            place += 1
        else:
            length, comprehension = run
            yield Prefixed("*", Brackets("[", (comprehension,), "]"))
            place += length


def longest_run(modules: Sequence[Code]) -> tuple[int, Code] | None:
    """How many modules from the first on are alike, and all of them as one comprehension; None for fewer than two, and
    for fewer than three that count up."""
    for length in range(len(modules), 1, -1):
        run = modules[:length]
        if all(module == run[0] for module in run):
            return length, Chain(run[0], (("for", f"_ in range({length})"),), is_comprehension=True)
        counted = counting(run) if length > 2 else None
        if counted is not None:
            return length, Chain(counted, (("for", f"i in range({length})"),), is_comprehension=True)
    return None


NUMBER: Final = re.compile(r'"([A-Za-z_]*)(\d+)"|(?<![\w.])()(\d+)(?![\w.])')
"""A number, or the key of a module that ends with one."""


def counting(run: Sequence[Code]) -> Code | None:
    """Modules whose numbers count up or double from one to the next, as one with `i` in it; None for others."""
    texts = [flat(module) for module in run]
    if len({NUMBER.sub(r"\1\3#", text) for text in texts}) != 1:
        return None
    rows = [[int(match[2] or match[4]) for match in NUMBER.finditer(text)] for text in texts]
    replaced = [progression(column) for column in zip(*rows, strict=True)]
    if None in replaced:
        return None
    numbers = iter(replaced)

    def counted(match: re.Match[str]) -> str:
        number = next(numbers) or ""
        if match[4]:
            return number
        return match[0] if number.isdigit() else f'f"{match[1]}{{{number}}}"'

    return _replaced(run[0], counted)


def progression(row: Sequence[int]) -> str | None:
    """`64 + 32 * i`, `2**i`, or the number that all are."""
    first, step = row[0], row[1] - row[0]
    if all(number == first + step * place for place, number in enumerate(row)):
        if step == 0:
            return str(first)
        times = "i" if abs(step) == 1 else f"{abs(step)} * i"
        if first == 0 and step > 0:
            return times
        return f"{first} {'+' if step > 0 else '-'} {times}"
    if first > 0 and all(number == first * 2**place for place, number in enumerate(row)):
        return "2**i" if first == 1 else f"{first} * 2**i"
    if all(number * 2**place == first for place, number in enumerate(row)):
        return f"{first} // 2**i"
    return None


def _replaced(code: Code, number: Callable[[re.Match[str]], str]) -> Code:
    """Code with each of its numbers replaced, in order."""
    if isinstance(code, str):
        return NUMBER.sub(number, code)
    if isinstance(code, Brackets):
        head = NUMBER.sub(number, code.head)
        return Brackets(head, tuple(_replaced(item, number) for item in code.items), code.close)
    if isinstance(code, Prefixed):
        prefix = NUMBER.sub(number, code.prefix)
        return Prefixed(prefix, _replaced(code.value, number))
    first = _replaced(code.first, number)
    return Chain(first, tuple((word, _replaced(operand, number)) for word, operand in code.rest), code.is_comprehension)


# --- forward -----------------------------------------------------------------------------

    def forward(self) -> list[str]:
        return list(_Forward(self).lines())

    def forward_number(self, values: Numbers, name: str, hints: Sequence[syntax.Expression | None]) -> Operand:
        """A number in `forward`: an argument of the class is kept in the module."""
        before = set(self.numbers.parameters)
        text = flat(self.numbers.written(values, name, hints))
        names = [parameter for parameter in (*self.numbers.parameters,) if re.search(rf"\b{parameter}\b", text)]
        is_word = isinstance(next((value for value in values if value is not ABSENT), None), str)
        if is_word and not set(self.numbers.parameters) - before and text[:1] in "'\"":
            return Operand(text)
        for parameter in names:
            if parameter not in self.kept:
                self.kept.append(parameter)
            text = re.sub(rf"(?<![\w.]){parameter}\b", f"self.{parameter}", text)
        is_atom = re.fullmatch(r"[\w.]+|\(.*\)|'.*'|\".*\"", text)
        return Operand(text, VALUE if is_atom else LEVELS["neg"] if text.startswith("-") else 2)


def place_in_torch_text(place: str) -> str:
    return place.removeprefix("torch.") if place.startswith("torch.nn.") else place


def short(argument: Argument, value: Any) -> Any:
    """One number for a tuple of equal ones, where the kind takes one for all."""
    if isinstance(value, tuple) and value and all(type(v) is type(value[0]) and v == value[0] for v in value):
        try:
            return value[0] if argument.kind.check(value[0]) == value else value
        except Exception:  # noqa: BLE001  a kind that takes no single value
            return value
    return value


def spelled_word(argument: Argument, values: Numbers, code: Code) -> Code:
    """A dtype is an attribute of torch."""
    value = next((value for value in values if value is not ABSENT), None)
    is_dtype = argument.name == "dtype" and isinstance(value, str) and value in DTYPE_BYTES
    return f"torch.{value}" if is_dtype else code


def has_state(slot: Slot) -> bool:
    """Whether a module has parameters or buffers."""

    def of(item: Call | Scope) -> bool:
        if isinstance(item, Call):
            return bool(item.result.parameters or item.result.buffers) or item.entry.made_by is not None
        return bool(item.tensors) or any(of(inner) for inner in item.items if not inner.again)

    return of(slot.item)


def nested(values: Sequence[Any], shape: Sequence[int]) -> Code:
    """Numbers as nested lists."""
    if not shape:
        return literal(values[0])
    if len(shape) == 1:
        return Brackets("[", tuple(map(literal, values)), "]")
    each = len(values) // shape[0]
    return Brackets("[", tuple(nested(values[i * each : (i + 1) * each], shape[1:]) for i in range(shape[0])), "]")


def reached(start: str, path: str) -> str:
    """`self.layers[0].weight` for `layers.0.weight`."""
    for key in path.split("."):
        if key.isdigit():
            start += f"[{key}]"
        else:
            start += f".{key}" if key.isidentifier() else f".get_submodule({flat(literal(key))})"
    return start


def _key(path: str) -> str:
    return path.rpartition(".")[2]


def unused(name: str, taken: Iterable[str]) -> str:
    taken = set(taken)
    if iskeyword(name) or name in RESERVED:
        name += "_"
    count, candidate = 1, name
    while candidate in taken:
        count += 1
        candidate = f"{name}{count}"
    return candidate


# --- lists of modules --------------------------------------------------------------------------


def sequential(keys: Sequence[str], modules: Sequence[Code]) -> Brackets:
    """`nn.Sequential(…)`; with names, of a mapping."""
    if all(key == str(place) for place, key in enumerate(keys)):
        return Brackets("nn.Sequential(", tuple(folded(modules)))
    pairs = [Brackets("(", (literal(key), module)) for key, module in zip(keys, modules, strict=True)]
    by_name = [Prefixed(f"{key}=", module) for key, module in zip(keys, modules, strict=True)]
    is_named = len(list(folded(pairs))) == len(pairs) and all(key.isidentifier() and not iskeyword(key) for key in keys)
    return Brackets("nn.Sequential(", (Brackets("OrderedDict(", tuple(by_name) if is_named else (in_list(pairs),)),))


def container(parts: Sequence[tuple[str, Code]]) -> Code:
    """The modules of one container: `nn.ModuleList([…])`, or an nn.ModuleDict of named ones; containers in it, too."""
    inner: dict[str, list[tuple[str, Code]]] = {}
    for key, code in parts:
        name, _, rest = key.partition(".")
        inner.setdefault(name, []).append((rest, code))
    modules = {name: rows[0][1] if not rows[0][0] else container(rows) for name, rows in inner.items()}
    if all(name == str(place) for place, name in enumerate(modules)):
        return Brackets("nn.ModuleList(", (in_list(list(modules.values())),))
    items = tuple(Prefixed(f"{flat(literal(name))}: ", code) for name, code in modules.items())
    return Brackets("nn.ModuleDict(", (Brackets("{", items, "}"),))


def in_list(modules: Sequence[Code]) -> Code:
    """`[…]`, or a comprehension where all are alike."""
    items = list(folded(modules))
    if len(items) == 1 and isinstance(items[0], Prefixed):
        return items[0].value
    return Brackets("[", tuple(items), "]")


def folded(modules: Sequence[Code]) -> Iterator[Code]:
    """The modules, with a run of alike ones as a comprehension: `*[Block(64) for _ in range(3)]`."""
    place = 0
    while place < len(modules):
        run = longest_run(modules[place:])
        if run is None:
            yield modules[place]
            place += 1
        else:
            length, comprehension = run
            yield Prefixed("*", Brackets("[", (comprehension,), "]"))
            place += length


def longest_run(modules: Sequence[Code]) -> tuple[int, Code] | None:
    """How many modules from the first on are alike, and all of them as one comprehension; None for fewer than two, and
    for fewer than three that count up."""
    for length in range(len(modules), 1, -1):
        run = modules[:length]
        if all(module == run[0] for module in run):
            return length, Chain(run[0], (("for", f"_ in range({length})"),), is_comprehension=True)
        counted = counting(run) if length > 2 else None
        if counted is not None:
            return length, Chain(counted, (("for", f"i in range({length})"),), is_comprehension=True)
    return None


NUMBER: Final = re.compile(r'"([A-Za-z_]*)(\d+)"|(?<![\w.])()(\d+)(?![\w.])')
"""A number, or the key of a module that ends with one."""


def counting(run: Sequence[Code]) -> Code | None:
    """Modules whose numbers count up or double from one to the next, as one with `i` in it; None for others."""
    texts = [flat(module) for module in run]
    if len({NUMBER.sub(r"\1\3#", text) for text in texts}) != 1:
        return None
    rows = [[int(match[2] or match[4]) for match in NUMBER.finditer(text)] for text in texts]
    replaced = [progression(column) for column in zip(*rows, strict=True)]
    if None in replaced:
        return None
    numbers = iter(replaced)

    def counted(match: re.Match[str]) -> str:
        number = next(numbers) or ""
        if match[4]:
            return number
        return match[0] if number.isdigit() else f'f"{match[1]}{{{number}}}"'

    return _replaced(run[0], counted)


def progression(row: Sequence[int]) -> str | None:
    """`64 + 32 * i`, `2**i`, or the number that all are."""
    first, step = row[0], row[1] - row[0]
    if all(number == first + step * place for place, number in enumerate(row)):
        if step == 0:
            return str(first)
        times = "i" if abs(step) == 1 else f"{abs(step)} * i"
        if first == 0 and step > 0:
            return times
        return f"{first} {'+' if step > 0 else '-'} {times}"
    if first > 0 and all(number == first * 2**place for place, number in enumerate(row)):
        return "2**i" if first == 1 else f"{first} * 2**i"
    if all(number * 2**place == first for place, number in enumerate(row)):
        return f"{first} // 2**i"
    return None


def _with_numbers(code: Code, replaced: Iterator[str]) -> Code:
    if isinstance(code, str):
        return re.sub(r"(?<![\w.])(\d+)(?![\w.])", lambda _: next(replaced), code)
    if isinstance(code, Brackets):
        head = re.sub(r"(?<![\w.])(\d+)(?![\w.])", lambda _: next(replaced), code.head)
        return Brackets(head, tuple(_with_numbers(item, replaced) for item in code.items), code.close)
    if isinstance(code, Prefixed):
        return Prefixed(code.prefix, _with_numbers(code.value, replaced))
    first = _with_numbers(code.first, replaced)
    return Chain(first, tuple((w, _with_numbers(c, replaced)) for w, c in code.rest), code.is_comprehension)


# --- forward -----------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Forward:
    """`forward` of a class while it is written.

    names   what each value is called
    inside  calls of functions that stand in the line of the one call that uses them
    """

    owner: _Class
    names: dict[Value, str] = field(default_factory=dict)
    holds: dict[str, Value] = field(default_factory=dict)
    inside: dict[Value, Step] = field(default_factory=dict)
    last_use: dict[Value, int] = field(default_factory=dict)
    uses: dict[Value, int] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        body = self.owner.representative
        steps = body.steps
        self.count_uses(body)
        parameters = self.take_inputs(body)
        yield f"{INDENT}def forward({', '.join(['self', *parameters])}):"
        statements: list[list[str]] = []
        for place, step in enumerate(steps):
            outputs = [value for value in step.outputs if value in self.inside]
            if not outputs:
                statements.append(list(self.statement(step, place)))
        returned = [self.value(value) for value in body.returned]
        is_tuple = len(returned) > 1 or (gives_tuple(body.scope, self.owner.network))
        if is_tuple:
            code: Code = Brackets("", tuple(r.text for r in returned), "," if len(returned) == 1 else "")
            if len(flat(code)) > WIDTH - 15:
                code = Brackets("(", tuple(r.text for r in returned))
            text = list(laid_out(code, INDENT * 2, "return "))
        else:
            text = list(laid_out(returned[0].code, INDENT * 2, "return "))
        statements.append(text)
        for lines in looped(statements):
            yield from lines

    def count_uses(self, body: Body) -> None:
        """Where each value is used last, and which calls stand in the line of another."""
        users: dict[Value, list[Step]] = {}
        for place, step in enumerate(body.steps):
            operands = step.item.forward if isinstance(step.item, Call) else step.inputs
            for value in every_value(operands):
                self.last_use[value] = place
                self.uses[value] = self.uses.get(value, 0) + 1
                users.setdefault(value, []).append(step)
        for value in body.returned:
            self.last_use[value] = len(body.steps)
            self.uses[value] = self.uses.get(value, 0) + 1
        for step in body.steps:
            item = step.item
            if not isinstance(item, Call) or item.module is not None or item.entry.gives_list:
                continue
            user = users.get(item.outputs[0], [])
            is_plain = len(item.outputs) == 1 and output_places(item)[0] == () and self.uses.get(item.outputs[0]) == 1
            if is_plain and len(user) == 1 and isinstance(user[0].item, Call) and user[0].module is None:
                if user[0].item.span.line == item.span.line and not reads_size(user[0].item, item.outputs[0]):
                    self.inside[item.outputs[0]] = step
        for value in reversed(self.inside):  # what a call inside another reads has to live as long as that
            place = self.last_use[value]
            item = self.inside[value].item
            for operand in every_value(item.forward if isinstance(item, Call) else ()):
                self.last_use[operand] = max(self.last_use[operand], place)

    def take_inputs(self, body: Body) -> list[str]:
        names: list[str] = []
        network, scope = self.owner.network, body.scope
        block = self.owner.writer.sources.blocks.get(scope.title or "")
        own = [item.name for item in network.inputs] if scope.parent is None else list(block.inputs if block else ())
        of_scope_pairs = list(zip(scope.inputs, own or ["input"], strict=False))
        of_scope = {value: name for value, name in reversed(of_scope_pairs)}
        for value in body.inputs:
            name = of_scope.get(value) or author_name(value) or "x"
            name = unused("x" if name == "input" else name, names)
            names.append(name)
            self.hold(name, value)
        for module in body.modules:
            names.append(unused(module.rpartition(".")[2], names))
            self.owner.attributes[module] = names[-1]
        for tensor in scope.tensors:
            self.names[tensor.value] = f"self.{tensor.name}"
        return names

    def hold(self, name: str, value: Value) -> None:
        self.names[value] = name
        self.holds[name] = value

    # --- one line ----------------------------------------------------------------------------

    def statement(self, step: Step, place: int) -> Iterator[str]:
        code = self.code(step)
        target = self.target(step, place)
        comment = self.shape_comment(step)
        prefix = f"{target} = " if target else ""
        lines = list(laid_out(code, INDENT * 2, prefix))
        if comment and len(lines) == 1 and target and len(lines[0]) + 2 + len(comment) <= WIDTH:
            lines[0] += f"  {comment}"
        yield from lines

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
        tree: dict[int, Any] = {}
        for value, path in zip(step.outputs, places, strict=False):
            branch = tree
            for index in path[:-1]:
                branch = branch.setdefault(index, {})
            branch[path[-1]] = names.get(value, "_")
        return pattern(tree)

    def name(self, value: Value, step: Step, place: int, taken: Collection[str]) -> str:
        """A value's name: `x` for what the next line alone uses, if nothing else needs `x`; else the author's."""
        own = author_name(value, step)
        is_passing = self.uses[value] == 1 and self.last_use[value] <= place + 1 and self.is_first(value, place + 1)
        is_further = value is not step.outputs[0]  # h_n of an LSTM, what is read off inside a block
        candidates = [] if is_further or (own and not is_passing) else ["x", "out"]
        if isinstance(step.item, Scope):
            named = [step.item] if not is_further else [s for s in every_scope(step.item) if s.results[:1] == (value,)]
            keys = [_key(scope.path) for scope in named if _key(scope.path).isidentifier()]
            own = keys[0] if keys else self.name_inside(value)
        candidates += [own] if own else []
        if not own:
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
        maker = self.owner.writer.makers.get(value)
        name = author_name(value)
        is_function = maker is not None and maker.module is None
        return None if is_function and maker and re.fullmatch(rf"{maker.entry.name}(_\d+)?", name or "") else name

    def is_first(self, value: Value, place: int) -> bool:
        """Whether a step begins with a value, or the class returns it."""
        steps = self.owner.representative.steps
        if place == len(steps):
            return True
        return next(every_value(first_operands(steps[place])), None) is value

    def is_free(self, name: str, place: int) -> bool:
        if iskeyword(name) or name in RESERVED:
            return False
        holder = self.holds.get(name)
        return holder is None or self.last_use.get(holder, -1) <= place

    def shape_comment(self, step: Step) -> str:
        """`# 64 x 112 x 112`, where every instance has it."""
        shapes = set()
        position = self.owner.representative.steps.index(step)
        for body in self.owner.group.bodies:
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
        unnamed, named = self.arguments(step)
        if item.module is not None:
            return Brackets(f"{self.reach(item.module)}(", (*texts(unnamed), *keywords(named)))
        place = item.entry.torch
        if place == "operator.getitem":
            return f"{unnamed[0].within(VALUE)}[{unnamed[1].text}]"
        if place in OPERATORS and not named:
            return (binary(OPERATORS[place], *unnamed) if len(unnamed) == 2 else negative(unnamed[0])).code
        method = method_name(item.entry)
        if method is not None:
            items = (*self.spread(item, unnamed[1:]), *keywords(named))
            code = unnamed[0].code if unnamed[0].level > LEVELS["**"] else Brackets("(", (unnamed[0].code,))
            if isinstance(code, Brackets) and code.items:  # it is opened first
                rest = flat(Brackets(f".{method}(", items))
                return Brackets(code.head, code.items, code.close + rest)
            return Brackets(f"{flat(code)}.{method}(", items)
        if place.startswith("netinspect."):
            name = place.partition(".")[2]
            self.owner.writer.functions.add(name)
            return Brackets(f"{name}(", (*texts(unnamed), *keywords(named)))
        device = (f"device={self.device()}",) if makes_tensor(item) else ()
        return Brackets(f"{place_in_torch(item.entry)}(", (*texts(unnamed), *keywords(named), *device))

    def spread(self, call: Call, operands: Sequence[Operand]) -> tuple[Code, ...]:
        """The arguments of a method; of `permute(0, 2, 1)` one by one."""
        is_spread = len(operands) == 1 and call.entry.forward[1].variadic and call.entry.forward[1].packed is None
        opened = re.fullmatch(r"\((.+[^,]),?\)", operands[0].text) if is_spread else None
        return (opened[1],) if opened else texts(operands)

    def device(self) -> str:
        """A function of no tensor makes one where the input is."""
        return f"{self.names[self.owner.representative.inputs[0]]}.device"

    def reach(self, module: str | None) -> str:
        module = module or ""
        own = self.owner.representative.scope.module
        if module in self.owner.attributes:
            return self.owner.attributes[module]
        key = module[len(own) + 1 :] if own and module.startswith(f"{own}.") else module
        return self.owner.attributes.get(key) or reached("self", key)

    # --- operands ----------------------------------------------------------------------------

    def arguments(self, step: Step) -> tuple[list[Operand], dict[str, Operand]]:
        position = self.owner.representative.steps.index(step)
        calls = [body.steps[position].item for body in self.owner.group.bodies]
        rows = [call.forward for call in calls if isinstance(call, Call)]
        item = step.item
        assert isinstance(item, Call)
        node = self.owner.writer.sources.calls.get(place_of(item.span))
        said = node.arguments if node is not None else ()
        in_order = [part for argument in said if argument.name is None for part in parts_of(argument.value)]
        by_name = {argument.name: list(parts_of(argument.value)) for argument in said if argument.name is not None}
        merged = tuple(
            self.merged([short(argument, row[place]) for row in rows], argument.name, by_name.get(argument.name, in_order))
            for place, argument in enumerate(item.entry.forward)
        )
        unnamed, named = call_arguments(item.entry, merged, self.spelled)
        return list(unnamed), named

    def merged(self, row: Sequence[Any], name: str, said: list[syntax.Expression]) -> Any:
        """An operand of every instance as one: what is equal in all stays as it is."""
        first = row[0]
        if isinstance(first, Value | Extent):
            return self.operand(first, row, name, said)
        if isinstance(first, tuple):
            return tuple(self.merged(list(column), name, said) for column in zip(*row, strict=True))
        if isinstance(first, bool | int | float):
            hint = next((node for node in said if self.owner.writer.sources.value(node, self.owner.scopes[0]) == first), None)
            if hint is not None:
                said.remove(hint)
            is_same = all(type(value) is type(first) and value == first for value in row)
            is_plain = hint is None or not set(names_in(hint))
            if is_same and is_plain:
                return first
            return self.owner.forward_number(list(row), name, [hint] * len(row))
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
            self.owner.writer.functions.add(function)
        return Operand(f"{function}({', '.join(operand.text for operand in operands)})")

    def value(self, value: Value) -> Operand:
        step = self.inside.get(value)
        if step is None:
            return Operand(self.names[value])
        code = self.code(step)
        item = step.item
        level = VALUE
        if isinstance(item, Call) and isinstance(code, Chain | str) and item.entry.torch in OPERATORS:
            level = LEVELS[OPERATORS[item.entry.torch]]
        return Operand(flat(code), level, code)

    def spelled(self, argument: Argument, value: Any) -> Operand:
        """A value as Python has it."""
        if isinstance(value, Operand):
            return value
        if isinstance(argument.kind, Subscript):
            items = value if isinstance(value, tuple) and value[:1] != ("slice",) else (value,)
            return Operand(", ".join(self.subscript(item) for item in items))
        if isinstance(value, tuple):
            inside = [self.spelled(argument, item).text for item in value]
            return Operand(f"({', '.join(inside)}{',' if len(inside) == 1 else ''})")
        if isinstance(value, str) and value in DTYPE_BYTES:
            return Operand(f"torch.{value}")
        return number_operand(value)

    def subscript(self, item: Any) -> str:
        if isinstance(item, tuple) and item[:1] == ("slice",):
            start, stop, step = ("" if part is None else self.text(part) for part in item[1:])
            parts = [start, stop, *([step] if step else [])]
            is_short = all(re.fullmatch(r"-?\w*", part) for part in parts)
            return ":".join(parts) if is_short else re.sub(" +", " ", " : ".join(parts)).strip()
        return "..." if item == "..." else self.text(item)

    def text(self, item: Any) -> str:
        return item.text if isinstance(item, Operand) else flat(literal(item))


def texts(operands: Iterable[Operand]) -> tuple[Code, ...]:
    return tuple(operand.code for operand in operands)


def keywords(named: Mapping[str, Operand]) -> tuple[Code, ...]:
    return tuple(Prefixed(f"{name}=", operand.code) for name, operand in named.items())


def every_scope(scope: Scope) -> Iterator[Scope]:
    yield scope
    for item in scope.items:
        if isinstance(item, Scope):
            yield from every_scope(item)


def every_value(operand: Any) -> Iterator[Value]:
    if isinstance(operand, Value):
        yield operand
    elif isinstance(operand, Extent):
        yield from every_value(operand.operands)
    elif isinstance(operand, tuple):
        for item in operand:
            yield from every_value(item)


def first_operands(step: Step) -> Any:
    return step.item.forward if isinstance(step.item, Call) else step.inputs


def reads_size(call: Call, value: Value) -> bool:
    """Whether a call reads the sizes of a value, for which it needs a name."""

    def extents(operand: Any) -> Iterator[Value]:
        if isinstance(operand, Extent):
            yield from every_value(operand.operands)
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
    if step is not None and isinstance(step.item, Call) and step.item.module is None:
        if re.fullmatch(rf"{step.item.entry.name}(_\d+)?", key):
            return None
    return key if key.isidentifier() else None


def pattern(tree: Mapping[int, Any]) -> str:
    """`x, (h_n, c_n)` for what stands where in a tuple."""
    parts = []
    for index in range(max(tree) + 1):
        part = tree.get(index, "_")
        parts.append(f"({pattern(part)})" if isinstance(part, dict) else part)
    return ", ".join(parts) + ("," if len(parts) == 1 else "")


def looped(statements: Sequence[list[str]]) -> Iterator[list[str]]:
    """The statements, with `x = self.layers[0](x)`, `x = self.layers[1](x)`, … as a loop over `self.layers`."""
    place = 0
    while place < len(statements):
        length = 0
        first = re.sub(r"  # .*", "", statements[place][0]) if len(statements[place]) == 1 else ""
        match = re.search(r"(self(?:\.\w+)+)\[0\]\(", first)
        if match is not None:
            while place + length < len(statements):
                lines = statements[place + length]
                wanted = first.replace(f"{match[1]}[0](", f"{match[1]}[{length}](")
                if len(lines) != 1 or re.sub(r"  # .*", "", lines[0]) != wanted:
                    break
                length += 1
        if match is None or length < 2:
            yield statements[place]
            place += 1
            continue
        line = first.replace(f"{match[1]}[0](", "layer(").strip()
        yield [f"{INDENT * 2}for layer in {match[1]}:", f"{INDENT * 3}{line}"]
        place += length


