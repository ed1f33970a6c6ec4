"""The PyTorch source of a network: its classes, their modules, and `forward` with the spec's names.

How a layer or a function is written follows from its Entry: the class, the order of the arguments, what is required.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

from netinspect.catalogue import own_functions
from netinspect.catalogue.entry import DTYPE_BYTES, REQUIRED, Argument, Entry
from netinspect.exporting.code import (
    INDENT,
    WIDTH,
    Brackets,
    Chain,
    Code,
    Prefixed,
    flat,
    laid_out,
    literal,
    python_name,
    unused,
)
from netinspect.exporting.forward import ClassFrame, Forward, formula_code, own_tensor, reached, short
from netinspect.exporting.loops import gathered, sequential
from netinspect.exporting.numbers import (
    ABSENT,
    Expressions,
    Numbers,
    Sources,
    place_in_torch,
    place_of,
    sources,
    value_code,
)
from netinspect.exporting.plan import Body, Group, Plan, Slot, planned, type_name
from netinspect.language import syntax
from netinspect.language.messages import printable
from netinspect.network.network import Buffer, Call, Network, Parameter, Scope


def torch_source(network: Network, spec: syntax.Spec) -> str:
    """The source of `network` in PyTorch, of which `spec` is the syntax: formatted, and in need of torch alone.

    The class of the network is called as the network is, and is made without arguments. Its state dict has the keys,
    and it returns what `network` returns. NetinspectError for what cannot be written.
    """
    plan = planned(network, spec.blocks)
    return _Writer(plan, sources(spec, network, [group.name for group in plan.groups])).text()


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
        # What the source is of: the network's name and its spec, without the folder it lies in.
        network = self.plan.network
        origin = f"the spec {PurePath(network.source).name}{f':{network.variant}' if network.variant else ''}"
        title = f"From {origin}" if network.name == network.source else f"{network.name}, from {origin}"
        head = [f"# {printable(title)}"]  # nothing in it ends the comment
        body = "\n\n\n".join("\n".join(lines) for lines in classes)
        functions = []  # of netinspect's own, with their types left out
        for name in sorted(self.functions):
            text = inspect.getsource(getattr(own_functions, name))
            plain = re.sub(r"(\w+): (?:Tensor|Any|float|int)\b|\) -> \w+:", lambda m: m[1] or "):", text)
            functions.append(plain.rstrip())
        everything = "\n\n\n".join([*functions, body])
        for module, names in sorted(self.imports.items()):
            head.append(
                f"# your own: {', '.join(sorted(names))}, from {module}.py, which has to stand beside this file"
            )
        head.append("")
        imports = ["import math"] if "math." in everything else []
        imports += ["from collections import OrderedDict"] if "OrderedDict(" in everything else []
        imports += [""] if imports else []
        imports += ["import torch"] if re.search(r"\btorch\.", everything) else []
        imports.append("from torch import nn")
        if self.imports:
            imports.append("")
            imports += [
                f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(self.imports.items())
            ]
        constants = [
            line
            for name, value in self.sources.network.vars.items()
            if name in self.sources.constants
            for line in laid_out(literal(value), prefix=f"{self.sources.constant_names[name]} = ")
        ]
        parts = ["\n".join([*head, *imports])]
        if constants:
            parts.append("\n".join(constants))
        joined = "\n\n".join(parts)
        return f"{joined}\n\n\n{everything}\n"


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
        self.frame = ClassFrame(writer.plan, group, writer.sources, self.numbers, writer.functions, writer.makers)

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
            constructor = list(laid_out(Brackets("super().__init__(", listed.items), INDENT * 2))
            forward: list[str] = []
            base = "nn.Sequential"
        else:
            base, constructor = self.constructor()
            forward = list(Forward(self.frame).lines())
        if is_root:
            constructor += self.shared_and_frozen()
        header = self.header()
        assigned = [f"{INDENT * 2}self.{name} = {name}" for name in self.frame.kept]
        if constructor and constructor[0].strip().startswith("super().__init__()"):
            constructor = [constructor[0], *assigned, *constructor[1:]]
        else:
            constructor += assigned
        lines = [f"class {self.group.name}({base}):"]
        if constructor != [f"{INDENT * 2}super().__init__()"]:
            lines += [*header, *constructor]
            if forward:
                lines.append("")
        return [*lines, *forward] if lines[1:] or forward else [*lines, f"{INDENT}pass"]

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
        usual, other = [(row, self.one_kind(row)) for row in kinds.values()]
        if isinstance(usual[1], Brackets) and not usual[1].items:  # an Identity comes last
            usual, other = other, usual
        key = next(slot.key for slot in slots if slot is not None)
        test = self.numbers.condition(
            [slot is not None for slot in usual[0]], f"has_{re.sub(r'[^0-9a-zA-Z]', '_', key)}"
        )
        return Chain(usual[1], (("if", test), ("else", other[1])))

    def kind(self, slot: Slot) -> Any:
        if isinstance(slot.item, Call):
            return type_name(slot.item) or slot.item.entry.name
        group = self.writer.plan.group_of.get(slot.item)
        if group is not None:
            return id(group)
        return tuple((part.key, self.kind(part)) for part in slot.parts or ())

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
        parts = first.parts or ()
        rows = [(None,) * len(parts) if slot is None else slot.parts or () for slot in slots]
        modules = [self.module(column) for column in zip(*rows, strict=True)]
        return sequential([part.key for part in parts], modules)

    def layer(self, entry: Entry, slots: Sequence[Slot | None]) -> Code:
        """`nn.Conv2d(3, 64, kernel_size=7)`."""
        place = self.writer_place(entry)
        arguments = self.layer_arguments(slots)
        if entry.stack_of is None:
            return Brackets(f"{place}(", tuple(arguments.values()))
        count = arguments.pop("num_layers")
        layer = entry.stack_of.removeprefix("torch.")
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
            if default is not REQUIRED and all(
                v is ABSENT or (type(v) is type(default) and v == default) for v in values
            ):
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
        names = [python_name(parameter.name) for parameter in block.parameters] if block is not None else []
        hints = self.hints(scopes, names, names)
        by_name = {python_name(name) for name in self.said_by_name(scopes) if name is not None}
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
        slots = list(body.slots)
        needs_positions = any("." not in slot.key and not slot.key.isidentifier() and has_state(slot) for slot in slots)
        lines: list[str] = []
        if needs_positions:
            modules = gathered([slot.key for slot in slots], codes)
            for slot in slots:
                name, _, rest = slot.key.partition(".")
                start = f"self[{list(modules).index(name)}]"
                self.frame.attributes[slot.key] = reached(start, rest) if rest else start
            arguments = sequential(list(modules), list(modules.values()))
            lines += laid_out(Brackets("super().__init__(", arguments.items), INDENT * 2)
            lines += self.tensors()
            return "nn.Sequential", lines
        lines.append(f"{INDENT * 2}super().__init__()")
        lines += self.tensors()
        lines += self.assignments(slots, codes)
        return "nn.Module", lines

    def assignments(self, slots: Sequence[Slot], codes: Sequence[Code]) -> Iterator[str]:
        """`self.conv1 = nn.Conv2d(…)`; the modules of a container together, and alike layers without weights once."""
        taken = {slot.key.partition(".")[0] for slot in slots} | {
            tensor.name for tensor in self.representative.scope.tensors
        }
        shared: dict[str, str] = {}
        for slot in slots:
            if "." in slot.key:
                self.frame.attributes[slot.key] = reached("self", slot.key, [other.key for other in slots])
        modules = gathered([slot.key for slot in slots], codes)
        by_key = {slot.key: slot for slot in slots}
        for key, code in modules.items():
            name = key
            if key.isidentifier():
                self.frame.attributes.setdefault(key, f"self.{key}")
            else:
                text = flat(code)
                if text in shared:
                    self.frame.attributes[key] = shared[text]
                    continue
                name = unused(self.attribute_name(by_key[key]), taken)
                taken.add(name)
                shared[text] = self.frame.attributes[key] = f"self.{name}"
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
            name = f"{syntax.name_of(tensor.name)}_size"
            code = [
                self.numbers.written([shape[axis] for shape in shapes], name, self.shape_hint(tensor, axis))
                for axis in range(len(shapes[0]))
            ]
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
        numbers = Brackets(kinds.get(tensor.init, "torch.empty("), tuple(sizes) or ("()",))
        options: tuple[Code, ...] = ("requires_grad=False",) if tensor.frozen else ()
        code = Brackets("nn.Parameter(", (numbers, *options))
        if tensor.name.isidentifier():
            yield from laid_out(code, indent, f"{own_tensor(tensor)} = ")
        else:
            yield from laid_out(Brackets("self.register_parameter(", (literal(tensor.name), code)), indent)
        if tensor.init not in kinds:
            std = 1.0 if tensor.std is None else tensor.std
            spread: tuple[Code, ...] = () if std == 1.0 else (Prefixed("std=", literal(std)),)
            yield from laid_out(Brackets("nn.init.normal_(", (own_tensor(tensor), *spread)), indent)

    def buffer(self, tensor: Buffer, sizes: Sequence[Code], indent: str) -> Iterator[str]:
        dtype: tuple[Code, ...] = (f"dtype=torch.{tensor.type.dtype}",) if tensor.type.dtype != "float32" else ()
        if tensor.formula is not None:
            numbers: Code = formula_code(tensor.formula, self.frame.functions)
        elif tensor.values is None:
            numbers = Brackets("torch.zeros(", (*(tuple(sizes) or ("()",)), *dtype))
        else:
            dtype = (f"dtype=torch.{tensor.type.dtype}",)
            numbers = Brackets("torch.tensor(", (nested(tensor.values, tensor.type.shape), *dtype))
        options: tuple[Code, ...] = () if tensor.persistent else ("persistent=False",)
        yield from laid_out(Brackets("self.register_buffer(", (literal(tensor.name), numbers, *options)), indent)

    def shared_and_frozen(self) -> Iterator[str]:
        """Parameters that are one, and what is not trained."""
        owner = ""
        for tied, other in self.network.ties.items():
            path, _, name = tied.rpartition(".")
            line = f"{INDENT * 2}{reached('self', tied)} = {reached('self', other)}"
            if len(line) > WIDTH:
                if path != owner:
                    yield f"{INDENT * 2}tied = {reached('self', path)}"
                owner, line = path, f"{INDENT * 2}{reached('tied', name)} = {reached('self', other)}"
            yield line
        frozen_where_made = {p.key for scope in self.network.root.walk() for p in scope.parameters if p.frozen}
        for path in self.network.frozen:
            if path in frozen_where_made:
                continue
            yield f"{INDENT * 2}{reached('self', path)}.requires_grad_(False)"


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
