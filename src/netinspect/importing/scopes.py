"""One call of a module to a list of lines: which calls are lines, which are nothing, and which lists lie inside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.importing.constants import constant, saved_buffer
from netinspect.importing.items import (
    Instance,
    Item,
    LayerLine,
    LayerList,
    Values,
    flat,
    function_name,
    last_gives,
    usable,
    with_what_is_read,
)
from netinspect.importing.layer_calls import LayerCalls, alias_of
from netinspect.importing.lines import Naming
from netinspect.importing.nodes import NOWHERE, literal, word
from netinspect.importing.sizes import by_axes
from netinspect.importing.trace import (
    FunctionCall,
    ModuleCall,
    NotImported,
    ReadBefore,
    Reference,
    Trace,
    TracedModule,
    TracedTensor,
)
from netinspect.language import syntax
from netinspect.language.keys import is_key_of_layer
from netinspect.language.names import is_name, name_mistake


def _path(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _numbered(name: str) -> str | None:
    """The part of a path up to the last position in a container; None where there is none."""
    match = re.match(r"(.*\.\d+)\.", name)
    return match[1] if match else None


def _used(items: Sequence[Item], needed: set[int]) -> list[Item]:
    """The items without functions that give nothing of what is needed, directly or by others; adds what they read."""
    kept: list[Item] = []
    for item in reversed(items):
        if item.items:
            item.items = _used(item.items, needed)
        elif isinstance(item.call, FunctionCall) and not needed & set(item.gives):
            continue
        else:
            needed.update(item.reads)
        kept.append(item)
    return kept[::-1]


def _is_hidden(number: int, items: Sequence[Item]) -> bool:
    """Whether a line in a list inside reads an input, where `input` is another value."""
    return any(
        (item.source != number and any(number in inner.reads for inner in flat(item.items)))
        or _is_hidden(number, item.items)
        for item in items
        if item.items
    )


def _declared(module: TracedModule) -> tuple[tuple[syntax.Parameter, ...], tuple[syntax.Buffer, ...]]:
    """A module's own parameters and buffers. NotImported for one with a key that is no name."""
    saved = [name for name, *_, kind in module.tensors if kind != "unsaved" and not name.isdecimal()]
    odd = next((name for name in saved if name_mistake(name, NOWHERE)), None)
    if odd is not None:
        raise NotImported(f"its parameter or buffer `{odd}` has a key that is no name of a spec", path=module.path)

    def shape(sizes: tuple[int, ...]) -> syntax.Expression:
        return literal(sizes[0] if len(sizes) == 1 else sizes)

    parameters, buffers = [], []
    for name, sizes, dtype, kind in module.tensors:
        if kind in ("parameter", "frozen"):
            constant, deviation = module.begins.get(name, (0.0, 0.0))
            begin, std = ("ones" if constant else "zeros"), None  # `ones` for any number but 0
            if constant is None:
                begin, std = "normal", literal(float(f"{deviation:.1g}"))
            frozen = literal(True) if kind == "frozen" else None
            parameters.append(syntax.Parameter(name, shape(sizes), begin, std, frozen, NOWHERE))
        elif kind == "buffer":
            buffers.append(saved_buffer(name, sizes, dtype, module.contents.get(name)))
    return tuple(parameters), tuple(buffers)


def _with_keys(items: list[Item]) -> list[Item]:
    """The items of one list. Where a layer is called before those that stand before it, all have their keys."""
    layers = [item for item in items if item.key is not None and not item.is_again]
    if any(str(item.key).isdecimal() and int(item.key or 0) != place for place, item in enumerate(layers)):
        for item in layers:
            item.needs_key = True
    return items


class Reader:
    """Makes lists of lines of the calls of a trace.

    keeps_order  also of those that only put a tensor into another order in memory, where a kernel may sum in another
    """

    def __init__(self, trace: Trace, *, keeps_order: bool) -> None:
        self.keeps_order = keeps_order
        taken = {syntax.name_of(child) for child in dict(trace.modules)[""].children}  # lines have the names of modules
        self.inputs = tuple(replace(item, name=usable(item.name, taken)) for item in trace.inputs)
        self.values = Values(trace)
        self.modules = dict(trace.modules)
        odd = next((path for path in self.modules if path and not is_key_of_layer(path.rpartition(".")[2])), None)
        if odd is not None:
            raise NotImported(f"no line of a spec has the key `{odd.rpartition('.')[2]}`", path=odd)
        self.call = with_what_is_read(self.values, by_axes(trace), self.modules)
        self.placed: set[str] = set()
        self.bodies: dict[str, LayerList] = {}
        self.first_calls: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}  # what was read, and the inputs
        self.output_names: dict[str, dict[Any, str]] = {}  # by class and place
        self.called = {item.path for item in trace.call.walk() if isinstance(item, ModuleCall)}
        self.layer_calls = LayerCalls(self.values, self.modules, self.placed, self.called)
        self.repeated = {
            path
            for call in trace.call.walk()
            if isinstance(call, ModuleCall)
            for path, count in Counter(item.path for item in call.items if isinstance(item, ModuleCall)).items()
            if count > 1
        }

    # --- scopes

    def body(self, call: ModuleCall, operands: Sequence[int]) -> tuple[LayerList, tuple[int, ...]]:
        """The list that a call of an author's own module came to, and the tensors it needs, in order."""
        module = self.modules[call.path]
        items = self._items(call, call.path)
        places = self._results(call)
        results = list(places)
        items = _used(items, set(results))
        inputs, tensors = self._needed(call, items, results, operands)
        scope = Naming(self.values, self.modules, call.path)
        inputs, names, rest = self._name_inputs(scope, call, inputs, items)
        weights = self._weights_of_layers(tensors, items, call)
        scope.known.update(weights)
        inside = [tensor for tensor in tensors if tensor.number in weights]
        tensors = [tensor for tensor in tensors if tensor.number not in weights]
        keys = self._own_names(tensors, scope.taken)
        scope.known.update((number, word(name)) for number, name in keys.items())
        apart = {owner for tensor in inside if (owner := _numbered(tensor.name)) is not None}
        kept = {child: list(self._kept(_path(call.path, child), child, apart)) for child in self._uncalled(call.path)}
        scope.taken.update(syntax.name_of(child) for child, lines in kept.items() if lines)
        source = inputs[0] if inputs else None
        has_keys = not call.path and any(isinstance(key, str) for place, _ in call.results for key in place)
        scope.name_all(items, source, results, has_keys=has_keys)
        words = () if names == ["input"] else tuple(names)
        body = LayerList(module.class_name, call.path, words, *_declared(module), rest=rest, settings=module.settings)
        body.shapes = tuple(self.values.fixed_shape(number) for number in inputs)
        try:
            for tensor in tensors:
                if tensor.is_constant:
                    unsaved, scope.known[tensor.number] = constant(keys[tensor.number], tensor)
                    body.buffers += (unsaved,)
            passes_on = [LayerLine(None, None, scope.known.get(number, word("input"))) for number in results[:1]]
            body.entries = scope.entries(items, source) or passes_on
            is_plain = not has_keys and {*results[:1]} <= last_gives(items, source)
            if not is_plain or len(places if call.path else call.results) > 1:
                # A value that the model gives twice is two outputs.
                pairs = [(place, number) for number, place in places.items()] if call.path else [*call.results]
                known = self.output_names.setdefault(module.class_name, {})
                body.outputs = tuple(scope.output(place, self.values.number(number), known) for place, number in pairs)
        except NotImported as refusal:
            refusal.path, refusal.place = call.path, refusal.place or call.place
            raise
        body.unnamed = scope.unnamed
        owners = {tensor.name.removeprefix(f"{call.path}.").partition(".")[0] for tensor in inside}
        body.entries = [
            *(line for child, lines in kept.items() if child in owners for line in lines),
            *body.entries,
            *(line for child, lines in kept.items() if child not in owners for line in lines),
        ]
        return body, tuple(inputs)

    def _name_inputs(
        self, scope: Naming, call: ModuleCall, inputs: Sequence[int], items: Sequence[Item]
    ) -> tuple[list[int], list[str], str | None]:
        """Name what comes into a module: its inputs in order, the names of those that are tensors of their own, and the
        name of the one list of tensors that it is given, of all of which it is in need."""
        signature = self.modules[call.path].signature
        passed = [*zip(signature, call.operands, strict=False), *call.named.items()]
        lists = [
            (name, tuple(self.values.reads(operand)))
            for name, operand in passed
            if isinstance(operand, tuple) and all(isinstance(item, Reference) for item in operand)
        ]
        rest, further = lists[0] if len(lists) == 1 and call.path else (None, ())
        others = [number for name, operand in passed if name != rest for number in self.values.reads(operand)]
        if not further or not set(further) <= set(inputs) - set(others) or len(set(further)) < len(further):
            rest, further = None, ()
        singles = [number for number in inputs if number not in further]
        if rest is not None:
            rest = usable("inputs" if rest == "input" else rest, scope.taken)
            scope.list = further, word(rest)
            for position, number in enumerate(further):
                scope.known[number] = syntax.Index(word(rest), (literal(position),), NOWHERE)
        needs_name = len(singles) > 1 or any(_is_hidden(number, items) for number in singles)
        if call.path == "":
            names = [item.name for item in self.inputs] if needs_name else ["input"]
        elif not needs_name and not scope.taken:
            names = ["input"] * len(singles)
        else:
            keys = [item.key for item in flat(items) if item.key is not None and not item.key.isdecimal()]
            taken = scope.taken | {syntax.name_of(key) for key in keys}
            named: dict[int, str] = {}
            for name, operand in passed:
                for position, number in enumerate(self.values.reads(operand)):
                    named.setdefault(number, name if position == 0 else f"{name}_{position}")
            keys_of = {number: self.values.tensors[number].name.rpartition(".")[2] for number in singles}
            names = [usable(named.get(number) or keys_of[number] or "x", taken) for number in singles]
        scope.taken.update(names)
        scope.known.update((number, word(name)) for number, name in zip(singles, names, strict=True))
        return [*singles, *further], names, rest

    def _weights_of_layers(
        self, tensors: Sequence[TracedTensor], items: Sequence[Item], call: ModuleCall
    ) -> dict[int, syntax.Expression]:
        """What lines read of the layers below a module, as they name it: `qkv.weight`. ReadBefore where only a line
        further down makes the layer, NotImported where the weight has no name there."""
        weights = [
            tensor for tensor in tensors if not tensor.is_constant and tensor.name.rpartition(".")[0] != call.path
        ]
        lines = list(flat(items))
        paths = [f"{item.call.path}." if isinstance(item.call, ModuleCall) else None for item in lines]
        for tensor in weights:
            owner = tensor.name.rpartition(".")[0]
            makers = (place for place, path in enumerate(paths) if path is not None and f"{owner}.".startswith(path))
            maker = next(makers, None)
            reader = next((item.call for item in lines[:maker] if tensor.number in item.reads), None)
            if maker is not None and reader is not None:
                message = f"it uses `{tensor.name}` before it calls `{owner}`"
                raise ReadBefore(message, layer=owner, path=call.path, place=reader.place)
        named: dict[int, syntax.Expression] = {}
        for tensor in weights:
            name = tensor.name[len(call.path) + 1 if call.path else 0 :]
            owner, _, key = name.rpartition(".")
            key = syntax.name_of(key) if key.isdecimal() else key
            numbered, owners = _numbered(name), owner.split(".")
            if numbered is not None:  # it stands on a line with its whole path
                owners = [numbered, *filter(None, owner[len(numbered) + 1 :].split("."))]
            if not is_name(key):
                message = f"it uses `{tensor.name}`, which has no name in the module's own lines"
                raise NotImported(message, path=call.path)
            expression: syntax.Expression = word(syntax.name_of(owners[0]))
            for part in (*map(syntax.name_of, owners[1:]), key):
                expression = syntax.Attribute(expression, part, NOWHERE, NOWHERE)
            named[tensor.number] = expression
        return named

    def _results(self, call: ModuleCall) -> dict[int, tuple[int | str, ...]]:
        """The values that a module gives and their places; of a value with two places the first."""
        places: dict[int, tuple[int | str, ...]] = {}
        for place, number in call.results:
            places.setdefault(self.values.number(number), place)
        return places

    def _needed(
        self, call: ModuleCall, items: Sequence[Item], results: Sequence[int], operands: Sequence[int]
    ) -> tuple[list[int], list[TracedTensor]]:
        """What the lines of a list need and do not make: tensors that come in, and the list's own parameters, buffers
        and constants. NotImported for what another module owns."""
        order = [self.values.number(number) for number in operands]
        inside = {number for item in flat(items) for number in item.gives}
        reads = [number for item in flat(items) for number in item.reads]
        inputs, tensors = [], []
        for number in dict.fromkeys([*reads, *results]):
            tensor = self.values.tensors[number]
            is_owned = tensor.source in ("parameter", "buffer")
            if number in inside:
                continue
            if number in order or not (is_owned or tensor.is_constant):
                inputs.append(number)
            elif tensor.is_constant:
                if tensor.shapes[0]:  # a number is written as such
                    tensors.append(tensor)
            elif is_owned and self.values.name_in(call.path, tensor) is None:
                inputs.append(number)  # of a module outside: handed in
            else:
                tensors.append(replace(tensor, name=self.values.name_in(call.path, tensor) or ""))
        inputs.sort(key=lambda number: order.index(number) if number in order else len(order))
        return (inputs or order[:1]) if call.path else order, tensors  # nothing need read an input of the model

    def _own_names(self, tensors: Sequence[TracedTensor], taken: set[str]) -> dict[int, str]:
        """The names of a list's parameters and buffers, which are their keys, and of its constants."""
        keys = {tensor.number: tensor.name.rpartition(".")[2] for tensor in tensors}
        names = {tensor.number: syntax.name_of(keys[tensor.number]) for tensor in tensors if not tensor.is_constant}
        taken.update(names.values())
        constants = [tensor.number for tensor in tensors if tensor.is_constant]
        return names | {number: usable(keys[number] or "constant", taken) for number in constants}

    def _has_tensors(self, path: str) -> bool:
        """Whether a module, or one inside it, has parameters or buffers."""
        return any(
            module.tensors
            for other, module in self.modules.items()
            if f"{other}.".startswith(f"{path}." if path else "")
        )

    def _uncalled(self, path: str) -> Iterator[str]:
        """The modules inside one that are never called, by their paths there: children, and those of lists of which
        others are called."""
        for child in self.modules[path].children:
            full = _path(path, child)
            if not any(f"{other}.".startswith(f"{full}.") for other in self.called):
                yield child
            elif self.modules[full].container and full not in self.called:
                yield from (f"{child}.{inner}" for inner in self._uncalled(full))

    def _kept(self, path: str, name: str, apart: set[str]) -> Iterator[LayerLine]:
        """A module that is never called and has keys: its tensors alone, in lists that pass on what they get.

        Those inside which one of the paths `apart` lies have lines with whole paths.
        """
        module = self.modules[path]
        parameters, buffers = _declared(module)
        class_name = "" if module.layer or module.base else module.class_name
        if any(owner != path and f"{owner}.".startswith(f"{path}.") for owner in apart):
            if parameters or buffers:
                passes_on = [LayerLine(None, None, word("input"))]
                yield LayerLine(name, None, LayerList(class_name, path, (), parameters, buffers, passes_on))
            for child in module.children:
                yield from self._kept(_path(path, child), f"{name}.{child}", apart)
            return
        entries = [(child, list(self._kept(_path(path, child), child, apart))) for child in module.children]
        if not parameters and not buffers and not any(lines for _, lines in entries):
            return
        identity = LayerLine(None, None, Instance(LAYERS["Identity"], {}))
        lines = [line for child, kept in entries for line in kept or ([identity] if child.isdecimal() else [])]
        body = LayerList(class_name, path, (), parameters, buffers, lines or [LayerLine(None, None, word("input"))])
        yield LayerLine(None if name.isdecimal() else name, None, body)

    # --- items

    def _items(self, scope: ModuleCall, path: str) -> list[Item]:
        """What the calls of a module come to; those that give a tensor as it is come to none."""
        items: list[Item] = []
        for call in (plain for outer in scope.items for plain in self.layer_calls.of(outer)):
            if isinstance(call, ModuleCall):
                item = self._module_item(call, path)
                items += [item] if item is not None else []
                continue
            source = alias_of(call, self.values, keeps_order=self.keeps_order)
            if source is not None:
                self.values.same[call.results[0][1]] = source
                first = call.operands[0]
                is_moved = isinstance(first, Reference) and first.tensor in self.values.moved
                if call.function == "contiguous" or is_moved:  # `view` of it is `reshape` of the original
                    self.values.moved.add(call.results[0][1])
                continue
            entry = FUNCTIONS.get(function_name(call))
            names = {output.place: output.name for output in entry.outputs} if entry is not None else {}
            gives: dict[int, tuple[str | int, ...]] = {}
            for place, number in call.results:
                if not place or entry is None or entry.gives_list:
                    gives[number] = place
                else:
                    gives[number] = () if place == entry.outputs[0].place else (names.get(place, str(place)),)  # type: ignore[arg-type]
            items.append(Item(call, None, tuple(self.values.reads((call.operands, call.named))), gives))
        return self._grouped(items, path)

    def _module_item(self, call: ModuleCall, path: str) -> Item | None:
        """The line of a layer or a list; None where it does nothing."""
        module = self.modules[call.path]
        if path and not call.path.startswith(f"{path}."):
            raise NotImported(f"it calls `{call.path}`, which another module owns", path=path, place=call.place)
        key = call.path[len(path) + 1 :] if path else call.path
        is_idle = module.layer == "Identity" or ("Dropout" in (module.layer or "") and module.arguments["p"] == 0)
        if is_idle and self._may_go(call):  # it gives what it gets, also in training
            (source,) = self.values.reads(call.operands)
            self.values.same.update((number, source) for _, number in call.results if number != source)
            return None
        again = call.path in self.placed
        self.placed.add(call.path)
        if module.layer is not None:
            entry = LAYERS[module.layer]
            places = {output.place: output.name for output in entry.outputs}
            gives: dict[int, tuple[str | int, ...]] = {}
            for place, number in call.results:
                first = place == entry.outputs[0].place or len(call.results) == 1
                gives[number] = () if first else (places.get(place, str(place)),)  # type: ignore[arg-type]
            reads = tuple(self.values.reads((call.operands, call.named)))
            return Item(call, key, reads, gives, is_layer=True, is_again=again, needs_key=call.path in self.repeated)
        return self._list_item(call, key, is_again=again)

    def _list_item(self, call: ModuleCall, key: str, *, is_again: bool) -> Item | None:
        """The line of a module of the author's own, a list; None where it only passes on what it gets."""
        reads = tuple(self.values.reads((call.operands, call.named)))
        if not call.items and not self._has_tensors(call.path):
            results = [self.values.number(number) for _, number in call.results]
            if len(results) == 1 and results[0] in reads:
                if is_again or not key.rpartition(".")[2].isdecimal():
                    return None  # no other layer's position follows from it
                return Item(call, key, (results[0],), {}, source=results[0])
        body, inputs = self.body(call, reads)
        self.bodies.setdefault(call.path, body).is_called_again = is_again
        first_reads, first_inputs = self.first_calls.setdefault(call.path, (reads, inputs))
        if is_again and len(first_reads) == len(
            reads
        ):  # for each input of its first call: one tensor may be two of them
            inputs = tuple(
                reads[first_reads.index(number)] if number in first_reads else number for number in first_inputs
            )
        is_idle = all(isinstance(line.unit, syntax.Name) for line in body.entries)  # it passes on what it gets
        if is_idle and self._may_go(call) and not (body.parameters or body.buffers or body.outputs):
            return None
        results = list(self._results(call))
        passed = results[0] if results and results[0] in inputs else None
        gives: dict[int, tuple[str | int, ...]] = {}
        for position, number in enumerate(results):
            if number not in inputs:
                gives.setdefault(number, () if not body.outputs or position == 0 else (body.outputs[position].name,))
        return Item(
            call,
            key,
            inputs,
            gives,
            body=body,
            inputs=inputs,
            source=passed,
            is_again=is_again,
            needs_key=call.path in self.repeated,
        )

    def _may_go(self, call: ModuleCall) -> bool:
        """Whether a module that gives the one tensor it gets needs no line: no position follows from it."""
        owner, _, key = call.path.rpartition(".")
        siblings = (key, *self.modules[owner].children)
        is_plain = len([*self.values.reads(call.operands)]) == 1
        return is_plain and not any(name.isdecimal() for name in siblings)

    # --- containers

    def _grouped(self, items: list[Item], path: str) -> list[Item]:
        """Layers of a container that is not called itself, as a list of their own."""
        spans: dict[str, list[int]] = {}
        for position, item in enumerate(items):
            if item.key is not None and "." in item.key:
                spans.setdefault(item.key.partition(".")[0], []).append(position)
        if not spans:
            return _with_keys(items)
        grouped: list[Item] = []
        apart: set[str] = set()
        position = 0
        while position < len(items):
            item = items[position]
            if item.key is None or "." not in item.key:
                grouped.append(item)
                position += 1
                continue
            name = item.key.partition(".")[0]
            end = spans[name][-1] + 1
            inner = items[position:end]
            inner_keys = [other.key for other in inner if other.key is not None]
            keys = [key.removeprefix(f"{name}.") for key in inner_keys if key.startswith(f"{name}.")]
            heads = list(dict.fromkeys(key.partition(".")[0] for key in keys))
            full = _path(path, name)
            is_list = all(other.key is None or other.key.startswith(f"{name}.") for other in inner)
            is_list &= all(not head.isdecimal() or int(head) == place for place, head in enumerate(heads))
            is_list &= not any(other.is_again for other in inner) and name not in apart
            is_list &= not any(self._has_tensors(_path(full, child)) for child in self._uncalled(full))
            if not is_list:  # its layers run in turns with others: each has its whole path for a name
                apart.add(name)
                grouped += inner[:1]
                position += 1
                continue
            for other in inner:
                if other.key is not None:
                    other.key = other.key[len(name) + 1 :]
            inner = self._grouped(inner, full)
            gives = {number: words for other in inner for number, words in other.gives.items()}
            reads = tuple(number for other in inner for number in other.reads if number not in gives)
            source = next((number for number in inner[0].reads), None)
            grouped.append(Item(None, name, reads, gives, items=inner, source=source))
            position = end
        return _with_keys(grouped)
