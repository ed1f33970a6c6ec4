"""Items to lines: which of them need a name, and what is written for each tensor that a line reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.catalogue.entry import REQUIRED, Entry, Fault, TensorType
from netinspect.catalogue.refused import REFUSED
from netinspect.catalogue.signature import AXIS
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
)
from netinspect.importing.nodes import NOWHERE, argument, called, is_left_out, literal, mapped, short_setting, word
from netinspect.importing.trace import FunctionCall, NotImported, Number, Reference, SizeOf, TracedModule
from netinspect.language import syntax
from netinspect.language.names import is_name
from netinspect.language.write import expression_text

_OPERATORS: Final = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "true_divide": "/", "matmul": "@", "pow": "**",
    "subtract": "-", "multiply": "*", "divide": "/", "bmm": "@", "mm": "@", "mv": "@",
}  # fmt: skip
_DROPPED: Final = frozenset(
    "inplace device layout pin_memory requires_grad memory_format non_blocking copy out _stacklevel".split()
)
"""Arguments of torch's functions that no spec says."""
_RANDOM: Final = frozenset(
    "rand rand_like randn randn_like randint randint_like randperm bernoulli multinomial normal uniform exponential "
    "geometric log_normal cauchy random poisson gumbel_softmax rrelu".split()
)


_SIZED: Final = frozenset({"view", "reshape", "permute", "expand", "repeat"})
"""Functions that take their sizes or axes one by one as well as in a list."""


class Above(NamedTuple):
    """What a line takes where it names nothing: the tensors that this is, and the word for it, `input` on a list's
    first line."""

    numbers: set[int]
    word: str


class Naming:
    """Which lines of a list need a name, and what is written for each tensor.

    list     tensors that have a name as a list, in their order
    outputs  the names of the outputs so far
    unnamed  the names that the author did not give
    around   the paths of the lists around the line that is being written
    """

    def __init__(self, values: Values, modules: Mapping[str, TracedModule], path: str) -> None:
        self.values, self.modules, self.path = values, modules, path
        self.known: dict[int, syntax.Expression] = {}
        self.list: tuple[tuple[int, ...], syntax.Expression] | None = None
        self.taken: set[str] = set()
        self.outputs: set[str] = set()
        self.by_name: set[int] = set()
        self.unnamed: set[str] = set()
        self.around: list[str] = []
        above = [path[:place] for place, letter in enumerate(path) if letter == "."]
        self.layers = {child for outer in ("", *above, path) for child in modules[outer].children}

    def name_all(self, items: list[Item], source: int | None, results: Sequence[int], *, has_keys: bool) -> None:
        """Give every line its name: its key, or one made up where a tensor is used that is not the line above, or is a
        result with a key of its own."""
        self._give_keys(items, Counter([*results, *(number for item in flat(items) for number in item.reads)]))
        for item in _everything(items):
            if item.key is not None and (not item.key.isdecimal() or item.needs_key):
                self.taken.add(syntax.name_of(item.key))
        self._mark(items, source)
        last = last_gives(items, source)
        if has_keys or len(results) > 1 or (results and results[0] not in last):
            self.by_name.update(results)
        self._give(items, None)

    def _give_keys(self, items: list[Item], reads: Counter[int]) -> None:
        """Let a list that has a position be written with it as a key, where what its lines give is read outside it, by
        more than what the list gives."""
        for item in items:
            inside = list(flat(item.items))
            handed_out = {number for inner in inside for number in inner.gives} - last_gives(item.items, item.source)
            read = reads - Counter(number for inner in inside for number in inner.reads)
            if item.key is not None and item.key.isdecimal() and handed_out & set(read):
                item.needs_key = True
            self._give_keys(item.items, reads)

    def _mark(self, items: list[Item], source: int | None) -> None:
        prev = {source} if source is not None else set()
        used = {number for item in flat(items) for number in item.reads}
        for item in items:
            if item.items:
                if item.source not in prev:
                    self.by_name.add(item.source)  # type: ignore[arg-type]
                self._mark(item.items, item.source)
                prev = last_gives(item.items, item.source)
                continue
            self.by_name.update(number for number in item.reads if number not in prev)
            bare = {number for number, words in item.gives.items() if words == ()}
            self.by_name.update(number for number, words in item.gives.items() if words and number in used)
            prev = bare if item.gives else ({item.source} if item.source is not None else prev)

    def _give(self, items: list[Item], around: syntax.Expression | None) -> None:
        for item in items:
            is_keyed = item.key is not None and not (item.key.isdecimal() and not item.needs_key) and not item.is_again
            needed = any(number in self.by_name and number not in self.known for number in item.gives)
            if is_keyed:
                item.name = item.key
            elif needed and (item.key is None or item.is_again):
                item.name = usable(self._author(item), self.taken)
                is_part = isinstance(item.call, FunctionCall) and function_name(item.call) == "getitem"
                if item.call is not None and (item.call.author is None or is_part):  # `x[:, :6]` is as short as a name
                    self.unnamed.add(item.name)
            elif needed and not item.items:
                item.alias = usable(self._author(item), self.taken)
            name = item.alias or (syntax.name_of(item.name) if item.name is not None else None)
            base: syntax.Expression | None = None
            if name is not None:
                base = word(name) if around is None else syntax.Attribute(around, name, NOWHERE, NOWHERE)
            if item.items:
                if base is not None and _ends_unnamed(item.items):  # the list's name is what its last line gives
                    self.known.update(dict.fromkeys(last_gives(item.items, None), base))
                self._give(item.items, base)
                continue
            for number, words in item.gives.items() if base is not None else ():
                if number not in self.known:
                    path: Any = base
                    for part in words:
                        by_name, index = syntax.Attribute(path, str(part), NOWHERE, NOWHERE), (literal(part),)
                        path = by_name if isinstance(part, str) else syntax.Index(path, index, NOWHERE)
                    self.known[number] = path

    def _author(self, item: Item) -> str:
        call = item.call
        if call is None:
            return "x"
        if call.author is not None:
            return call.author
        return function_name(call) if isinstance(call, FunctionCall) else "x"

    def output(
        self, place: tuple[int | str, ...], number: int, names: dict[tuple[int | str, ...], str]
    ) -> syntax.Output:
        """An output, by its key in what the module gives, else by its line. `names` are those of other modules of its
        class, which it has too."""
        if number not in self.known:
            raise NotImported("it gives a number that neither its inputs nor its weights decide", path=self.path)
        value = self.known[number]
        name = next((key for key in reversed(place) if isinstance(key, str)), None)
        name = name or names.get(place)
        if name is None:
            is_line = isinstance(value, syntax.Name) and value.id != "input"
            name = value.id if is_line else f"output_{len(self.outputs)}"  # type: ignore[union-attr]
            names.setdefault(place, name)
        return syntax.Output(usable(name, self.outputs), value, NOWHERE)

    # --- lines

    def entries(self, items: list[Item], source: int | None) -> list[LayerLine]:
        lines: list[LayerLine] = []
        above = Above({source} if source is not None else set(), "input")
        for item in items:
            if item.items:
                base = ".".join([*self.around[-1:], syntax.name_of(item.name or "")])
                self.around.append(base)
                inside = self.entries(item.items, item.source)
                self.around.pop()
                arguments = self._tensors([item.source] if item.source is not None else [], above)
                shape = self._shape({item.source} if item.source is not None else set())
                body = LayerList(
                    "", f"{self.path}.{item.key}".strip("."), entries=inside, shapes=(shape,) if shape else ()
                )
                lines.append(LayerLine(item.name, arguments, body))
                lines[-1].shape = self._shape(last_gives(item.items, item.source))
                above = Above(last_gives(item.items, item.source), "prev")
                continue
            lines.append(self._entry(item, above))
            lines[-1].shape = self._shape({number for number, words in item.gives.items() if words == ()})
            if item.alias is not None:
                lines.append(LayerLine(item.alias, None, word("prev")))
            numbers = above.numbers
            if item.gives:
                numbers = {number for number, words in item.gives.items() if words == ()}
            elif item.source is not None:
                numbers = {item.source}
            above = Above(numbers, "prev")
        return lines

    def _shape(self, numbers: set[int]) -> tuple[int | None, ...] | None:
        return next((self.values.fixed_shape(number) for number in numbers), None)

    def expression(self, number: int, above: Above) -> syntax.Expression:
        """What is written for a tensor on a line: `prev` or a name."""
        if number in self.known:
            expression: syntax.Expression = self._from_here(self.known[number])
            return expression
        if number in above.numbers:
            return word(above.word)
        raise NotImported(f"tensor {number} is not in sight", path=self.path)

    def _from_here(self, node: Any) -> Any:
        """A value as the innermost list that is being written names it: its own lines without the list's name."""
        if isinstance(node, syntax.Attribute) and expression_text(node.value) in self.around:
            return word(node.name)
        return mapped(node, self._from_here) if self.around else node

    def _entry(self, item: Item, above: Above) -> LayerLine:
        call = item.call
        if isinstance(call, FunctionCall):
            usual = call.author if item.name is None else None
            return LayerLine(item.name, None, self._function(call, above), usual=usual)
        assert call is not None
        if item.body is not None and item.is_again:
            values = self._tensors(item.inputs, above) or (argument(self.expression(item.inputs[0], above)),)
            return LayerLine(item.name, None, syntax.Call(word(syntax.name_of(item.key or "")), values, NOWHERE))
        if item.body is not None:
            return LayerLine(item.name, self._tensors(item.inputs, above), item.body)
        module = self.modules[call.path]
        if module.layer is None:
            source = [item.source] if item.source is not None else []
            return LayerLine(item.name, self._tensors(source, above), Instance(LAYERS["Identity"], {}))
        entry = LAYERS[module.layer]
        # What a layer is called with, as the language takes it: packed tuples as several, defaults left out.
        operands: list[Any] = []
        for operand in call.operands:
            operands += operand if isinstance(operand, tuple) else [operand]
        defaults = {item.name: item.default for item in entry.forward}
        named = {name: value for name, value in call.named.items() if name not in defaults or value != defaults[name]}
        while len(operands) > 1 and operands[-1] is None:
            operands.pop()
        if (
            len(operands) > 1
            and len({value for value in operands if isinstance(value, Reference)}) == 1
            and all(item.same_as is not None for item in entry.forward[1 : len(operands)])
        ):
            operands = operands[:1]
        is_alone = len(operands) == 1 and not named and isinstance(operands[0], Reference)
        arguments: tuple[syntax.Argument, ...] | None = None
        if not is_alone or self.values.number(operands[0].tensor) not in above.numbers:
            unnamed = [argument(self.operand(value, above)) for value in operands]
            by_name = [argument(self.operand(value, above), name) for name, value in named.items()]
            arguments = (*unnamed, *by_name)
        if item.is_again:
            values = arguments or (argument(self.expression(item.reads[0], above)),)
            return LayerLine(item.name, None, syntax.Call(word(syntax.name_of(item.key or "")), values, NOWHERE))
        settings = {}
        for setting in entry.arguments:
            value = module.arguments[setting.name]
            if not is_left_out(setting, value):
                settings[setting.name] = short_setting(setting, value)
        return LayerLine(item.name, arguments, Instance(entry, settings))

    def _tensors(self, numbers: Sequence[int], above: Above) -> tuple[syntax.Argument, ...] | None:
        if not numbers or (len(numbers) == 1 and numbers[0] in above.numbers):
            return None
        return self._arguments(numbers, above)

    def _arguments(self, numbers: Sequence[int], above: Above) -> tuple[syntax.Argument, ...]:
        """Tensors as arguments, where they are those of the list as `*list`."""
        members, name = self.list or ((), word("x"))
        places = range(len(numbers)) if members else ()
        place = next((place for place in places if tuple(numbers[place : place + len(members)]) == members), None)
        if place is None:
            return tuple(argument(self.expression(number, above)) for number in numbers)
        spread = argument(syntax.Spread(name, NOWHERE))
        after = numbers[place + len(members) :]
        return (*self._arguments(numbers[:place], above), spread, *self._arguments(after, above))

    # --- operands

    def operand(self, value: Any, above: Above) -> syntax.Expression:
        """An operand of a call as an expression."""
        if isinstance(value, Reference):
            number = self.values.number(value.tensor)
            tensor = self.values.tensors[number]
            if number not in self.known and number not in above.numbers and tensor.is_constant and not tensor.shapes[0]:
                return literal(tensor.values)
            return self.expression(number, above)
        if isinstance(value, Number):
            return self._size(value, above)
        if isinstance(value, tuple):
            return syntax.ListOf(tuple(self.operand(item, above) for item in value), NOWHERE)
        if isinstance(value, str):
            return word(value.removeprefix("torch.")) if is_name(value.removeprefix("torch.")) else literal(value)
        if isinstance(value, bool | int | float) or value is None:
            return literal(value)
        raise NotImported(f"it passes {type(value).__name__} to a function", path=self.path)

    def _size(self, value: Any, above: Above) -> syntax.Expression:
        if not isinstance(value, Number):
            return literal(value)
        origin = value.origin
        if isinstance(origin, SizeOf):
            tensor = self.expression(self.values.number(origin.tensor), above)
            shape = syntax.Attribute(tensor, "shape", NOWHERE, NOWHERE)
            return syntax.Index(shape, (literal(origin.axis),), NOWHERE)
        operands = [self._size(operand, above) for operand in origin.operands]
        if origin.operator == "neg":
            return syntax.Unary("-", operands[0], NOWHERE)
        if origin.operator in ("+", "-") and origin.operands[1] == 0:
            return operands[0]
        if origin.operator == "+" and origin.operands[0] == 0:
            return operands[1]
        return syntax.Binary(origin.operator, operands[0], operands[1], NOWHERE)

    def _function(self, call: FunctionCall, above: Above) -> syntax.Expression:
        if function_name(call) == "getitem":
            return self._getitem(list(call.operands), above)
        if function_name(call) == "setitem":
            return self._written(call, above)
        name, operands, named = _other_words(call)
        first = operands[0] if operands else None
        if name == "squeeze" and len(operands) == 1 and "dim" not in named and isinstance(first, Reference):
            number = self.values.number(first.tensor)
            shapes = self.values.tensors[number].shapes
            if len({shape[:1] for shape in shapes}) > 1:
                message = "`squeeze()` without an axis also takes away a batch of 1: name the axis"
                raise NotImported(message, path=self.path, place=call.place)
            operands.append(tuple(axis for axis, sizes in enumerate(zip(*shapes, strict=True)) if set(sizes) == {1}))
        if len(operands) == 2 and isinstance(operands[1], tuple) and not named and name in _SIZED:
            operands = [first, *operands[1]]
        if name == "view" and isinstance(first, Reference) and first.tensor in self.values.moved:
            name = "reshape"
        nodes = [self.operand(value, above) for value in operands]
        if "alpha" in named and name in ("add", "sub"):
            nodes[1] = syntax.Binary("*", nodes[1], self.operand(named.pop("alpha"), above), NOWHERE)
        if name in _OPERATORS and len(nodes) == 2 and not named:
            return syntax.Binary(_OPERATORS[name], nodes[0], nodes[1], NOWHERE)
        if name == "neg":
            return syntax.Unary("-", nodes[0], NOWHERE)
        entry = self._function_entry(name, operands, named, call)
        return self._catalogue_call(entry, operands, nodes, named, above)

    def _catalogue_call(
        self, entry: Entry, operands: list[Any], nodes: list[syntax.Expression], named: dict[str, Any], above: Above
    ) -> syntax.Expression:
        """A call of a function of the catalogue; `nodes` are its operands as expressions. What a spec need not say is
        left out, and what torch need not say is there."""
        by_name = {item.name: item for item in entry.forward}
        dtype = None if "dtype" in by_name else named.pop("dtype", None)
        if dtype is not None:  # `cumsum(x, 1, dtype=float32)` converts first
            converted = (argument(nodes[0]), argument(self.operand(dtype, above), "dtype"))
            nodes[0] = syntax.Call(word("to"), converted, NOWHERE)
        for key, value in list(named.items()):
            is_default = value in (None, False)
            if key in by_name:
                is_default = value == by_name[key].default and not by_name[key].must_say
            if is_default:
                del named[key]
        is_list = bool(entry.forward) and entry.forward[0].variadic
        if is_list and isinstance(operands[0], tuple):
            named = dict(zip([item.name for item in entry.forward[1:]], operands[1:], strict=False)) | named
            operands = list(operands[0])
            if operands and all(isinstance(value, Reference) for value in operands):
                tensors = self._arguments([self.values.number(value.tensor) for value in operands], above)
                if len(tensors) == 1 and isinstance(tensors[0].value, syntax.Spread):  # the function takes a list
                    tensors = (argument(tensors[0].value.value),)
                nodes = operands = [item.value for item in tensors]
            else:
                nodes = [self.operand(value, above) for value in operands]
        while len(operands) > 1 and not is_list:
            last, rest = operands[-1], entry.forward[len(operands) - 1 :]
            must_stay = last is not None
            if rest:
                must_stay = isinstance(last, Reference | Number | tuple) or not is_left_out(rest[0], last)
            if must_stay:
                break
            operands.pop()
            nodes.pop()
        for item in entry.forward[1 if is_list else len(operands) :]:
            # What a spec must say and torch does not: all axes, or the first.
            if item.must_say and item.name not in named:
                all_or_first = 0 if item.kind == AXIS else None
                named[item.name] = all_or_first if item.default is REQUIRED else item.default
        arguments = [argument(node) for node in nodes]
        function: syntax.Expression = word(entry.name)
        if entry.name in self.layers:  # the word alone calls that layer
            function = syntax.Attribute(arguments.pop(0).value, entry.name, NOWHERE, NOWHERE)
        for key, value in named.items():
            is_scale = key == "scale" and isinstance(value, float)
            arguments.append(argument(_root(value) if is_scale else self.operand(value, above), key))
        return syntax.Call(function, tuple(arguments), NOWHERE)

    def _function_entry(
        self, name: str, operands: Sequence[Any], named: Mapping[str, Any], call: FunctionCall
    ) -> Entry:
        """The catalogue's entry of a function. NotImported where it has none, for an argument that it has in torch
        alone, and for a tensor where a spec takes a number."""
        entry = FUNCTIONS.get(name)
        if entry is None:
            base = self.modules[self.path].base
            if base is not None and not self.path:
                raise NotImported(
                    f"it is one `{base}`, and the keys of its weights name no layer: import `nn.Sequential(model)`"
                )
            why = f": {REFUSED[name]}" if name in REFUSED else ""
            reason = f"there is no function `{name}` in a spec{why}"
            if name in _RANDOM:
                reason = f"`{name}` draws random numbers"
            raise NotImported(reason, path=self.path, place=call.place)
        by_name = {item.name: item for item in entry.forward}
        other = next((key for key, value in named.items() if key not in by_name and value not in (None, False)), None)
        if other not in (None, "dtype"):
            raise NotImported(f"`{entry.name}` has no argument `{other}` in a spec", path=self.path, place=call.place)
        is_list = bool(entry.forward) and entry.forward[0].variadic
        pairs = [] if is_list else [*zip(entry.forward, operands, strict=False)]
        pairs += [(by_name[key], value) for key, value in named.items() if key in by_name]
        for item, value in pairs:
            tensor = self.values.tensors[value.tensor] if isinstance(value, Reference) else None
            if tensor is None or (tensor.is_constant and not tensor.shapes[0]):
                continue
            try:
                item.kind.check(TensorType((1,), tensor.dtype))
            except Fault as fault:
                if fault.code == "E212":
                    reason = f"`{entry.name}` takes {item.kind.describe()} for `{item.name}` in a spec, and no tensor"
                    raise NotImported(reason, path=self.path, place=call.place) from None
        return entry

    def _written(self, call: FunctionCall, above: Above) -> syntax.Expression:
        """`x[:, 2:4] = y` as `slice_scatter(x, y, 1, 2, 4)`, over several axes one in the other."""
        target, index, value = call.operands
        shape = self.values.tensors[self.values.number(target.tensor)].shapes[0]
        items = list(index) if isinstance(index, tuple) else [index]
        if Ellipsis in items:
            place = items.index(Ellipsis)
            items[place : place + 1] = [slice(None)] * (len(shape) - len(items) + 1)
        cuts = [(axis, item) for axis, item in enumerate(items) if item != slice(None)]
        picked = [axis for axis, item in cuts if not isinstance(item, slice)]
        is_plain = all(
            isinstance(item, int | Number) or (isinstance(item, slice) and item.step is None) for _, item in cuts
        )
        if not is_plain or not cuts:
            raise NotImported("it writes into a part of a tensor that no slice says", path=self.path, place=call.place)
        part = self.operand(target, above)
        every = syntax.Slice(None, None, None, NOWHERE)
        parts = [part]
        axes = [axis - sum(other < axis for other in picked) for axis, _ in cuts]  # what is picked is an axis no more
        for axis, (_, item) in zip(axes, cuts, strict=True):
            part = syntax.Index(part, (*[every] * axis, self._subscript(item, above)), NOWHERE)
            parts.append(part)
        sizes = []  # of the part, in the first run
        chosen: dict[int, Any] = dict(cuts)
        for axis, size in enumerate(shape):
            item = chosen.get(axis, slice(None))
            if isinstance(item, slice):
                bounds = [bound.values[0] if isinstance(bound, Number) else bound for bound in (item.start, item.stop)]
                sizes.append(len(range(size)[slice(*bounds)]))
        new = self.operand(value, above)  # in the part's shape
        if not isinstance(value, Reference):
            new = syntax.Call(word("full_like"), (argument(parts[-1]), argument(new)), NOWHERE)
        elif self.values.tensors[self.values.number(value.tensor)].shapes[0] != tuple(sizes):
            new = syntax.Call(word("expand_as"), (argument(new), argument(parts[-1])), NOWHERE)
        for axis, (_, item), around in zip(reversed(axes), reversed(cuts), reversed(parts[:-1]), strict=True):
            if isinstance(item, slice):
                ends = [self.operand(bound, above) for bound in (item.start, item.stop)]
                name, places = "slice_scatter", [literal(axis), *ends]
            else:
                name, places = "select_scatter", [literal(axis), self.operand(item, above)]
            new = syntax.Call(word(name), tuple(map(argument, (around, new, *places))), NOWHERE)
        return new

    def _getitem(self, operands: list[Any], above: Above) -> syntax.Expression:
        value, index = operands
        if isinstance(index, Reference) and isinstance(value, Reference):
            table, rows = (self.values.tensors[self.values.number(each.tensor)] for each in (value, index))
            nodes = [argument(self.operand(each, above)) for each in (index, value)]
            if rows.dtype in ("int64", "int32") and len(table.shapes[0]) == 2:
                return syntax.Call(word("embedding"), tuple(nodes), NOWHERE)
        items = index if isinstance(index, tuple) else (index,)
        picks = [place for place, item in enumerate(items) if isinstance(item, Reference)]
        if len(picks) == 1 and all(isinstance(item, slice) for item in items if not isinstance(item, Reference)):
            (place,) = picks
            places = self.values.tensors[self.values.number(items[place].tensor)]
            is_row = places.dtype in ("int64", "int32") and len(places.shapes[0]) == 1
            if is_row and all(place >= 0 for place in places.values or ()):  # index_select does not count from the end
                others = (*items[:place], slice(None), *items[place + 1 :])
                is_all = all(item == slice(None) for item in others)
                part = self.operand(value, above) if is_all else self._getitem([value, others], above)
                picked = (part, literal(place), self.operand(items[place], above))
                return syntax.Call(word("index_select"), tuple(map(argument, picked)), NOWHERE)
        part = syntax.Index(self.operand(value, above), tuple(self._subscript(item, above) for item in items), NOWHERE)
        # `x[:, [-1]]` is a copy, and a kernel may round otherwise on a view
        return called("contiguous", [argument(part)]) if any(isinstance(item, tuple) for item in items) else part

    def _subscript(self, item: Any, above: Above) -> Any:
        if item is Ellipsis:
            return syntax.Ellipsis(NOWHERE)
        if isinstance(item, slice):
            start, stop, step = (
                None if part is None else self.operand(part, above)
                for part in (None if item.start == 0 and item.step is None else item.start, item.stop, item.step)
            )
            return syntax.Slice(start, stop, step, NOWHERE)
        if isinstance(item, tuple) and len(item) == 1 and type(item[0]) is int:  # `x[:, [-1]]` keeps the axis
            (place,) = item
            return syntax.Slice(literal(place), None if place == -1 else literal(place + 1), None, NOWHERE)
        return self.operand(item, above)


def _other_words(call: FunctionCall) -> tuple[str, list[Any], dict[str, Any]]:
    """A call of a function of torch as a spec says it, where torch has several ways: its name, its operands, and its
    arguments by name. `max` of two tensors is `maximum`."""
    name, operands = function_name(call), list(call.operands)
    named = {key: value for key, value in call.named.items() if key not in _DROPPED}
    if name == "rsub" or re.fullmatch("__r(sub|div|truediv|pow|matmul|floordiv|mod)__", call.function):
        return "sub" if name == "rsub" else name, operands[::-1], named
    if name in ("max", "min") and len(operands) == 2 and isinstance(operands[1], Reference):
        return {"max": "maximum", "min": "minimum"}[name], operands, named
    if name == "div" and named.get("rounding_mode") == "floor":
        del named["rounding_mode"]
        return "floor_divide", operands, named
    if name == "to" and len(operands) == 2 and isinstance(operands[1], Reference):
        return "type_as", operands, named
    if name in ("t", "T"):
        return "transpose", [operands[0], 0, 1], named
    if name == "mT":
        return "transpose", [operands[0], -2, -1], named
    if name == "scatter" and "value" in named:
        return name, operands, {"src": named.pop("value"), **named}
    if name in ("zero", "fill"):
        return {"zero": "zeros_like", "fill": "full_like"}[name], operands, named
    if name in ("var", "std"):
        flags = [place for place, value in enumerate(operands) if isinstance(value, bool)]
        if flags:  # `x.var(1, False, True)`: torch's older way
            place = flags[0]
            named |= dict(zip(("unbiased", "keepdim"), operands[place:], strict=False))
            operands = operands[:place]
        if "unbiased" in named:
            named["correction"] = int(named.pop("unbiased"))
    if name == "linalg_norm" and operands[1:2] in ([], [None]) and named.get("ord") is None:
        named.pop("ord", None)
        return "norm", [operands[0], 2, *operands[2:]], named
    if name == "norm":
        if "fro" in operands[1:2]:  # over any axes the root of the sum of squares
            operands[1] = 2
        if named.get("p") == "fro":
            del named["p"]
    if name == "embedding" and named.get("max_norm") is None:  # which norm no row is brought to
        named.pop("norm_type", None)
    if name == "tensor_split":  # torch has two names for it besides
        two = ("indices", "sections")
        named = {"indices_or_sections" if key in two else key: value for key, value in named.items()}
    return name, operands, named


LARGEST_HEAD: Final = 4096
"""Up to which size of a head the scale of attention is said by it."""


def _root(scale: float) -> syntax.Expression:
    """`64**-0.5` for the scale 0.125 of attention to heads of 64 features, if that is this very number."""
    size = round(scale**-2) if LARGEST_HEAD**-0.5 <= scale < 1 else 1
    if size == 1 or size**-0.5 != scale:
        return literal(scale)
    return syntax.Binary("**", literal(size), syntax.Unary("-", literal(0.5), NOWHERE), NOWHERE)


def _everything(items: Sequence[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from _everything(item.items)


def _ends_unnamed(items: Sequence[Item]) -> bool:
    """Whether the last line of a list has no key but its position."""
    last = items[-1]
    return (last.key is None or last.key.isdecimal()) and (not last.items or _ends_unnamed(last.items))
