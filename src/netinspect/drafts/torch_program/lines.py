"""The steps of one forward as the lines of a list: names where they are needed, `prev` everywhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import TypeAlias

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.catalogue.entry import REQUIRED
from netinspect.catalogue.signature import Tensor as TensorKind
from netinspect.drafts.torch_program.layer_calls import THE_BATCH, names_of_results
from netinspect.drafts.torch_program.naming import (
    FUNCTION_OF,
    Call,
    Item,
    Passage,
    Scope,
    entry_of,
    find_needed,
    flatten_for_linear,
    gathered,
    input_names,
    live_steps,
    name_steps,
    usable,
)
from netinspect.drafts.torch_program.values import (
    UNKNOWN,
    Argument,
    Container,
    Input,
    Instance,
    Layer,
    Parameter,
    Scalar,
    Step,
    Tensor,
    Untold,
    Value,
    carries_weights,
    known,
    tensors_in,
)


@dataclass(frozen=True, slots=True, eq=False)
class Hole:
    """A place in a line where a known value stands; `hint` is the name of the argument."""

    scalar: Scalar
    hint: str


Pieces: TypeAlias = list[str | Hole]


@dataclass(slots=True)
class Line:
    """One line of a list, with the lines nested below it. Words are pieces, so that values may become parameters."""

    head: str
    unit: Pieces
    nested: list[Line] = field(default_factory=list)


# --- lines ---------------------------------------------------------------------------------------


def lines_of(
    instance: Instance, blocks: Mapping[int, Call], notes: list[str], *, is_block: bool
) -> tuple[list[Line], str | None, Scope]:
    """The lines of a forward, what stands behind its `outputs:` (None for the last line), and the names in it."""
    steps = live_steps(instance)
    scope = Scope(instance, blocks, notes)
    scope.taken |= {
        *input_names(instance),
        *(
            value.source.name or ""
            for value in instance.attributes.values()
            if isinstance(value, Tensor) and isinstance(value.source, Parameter)
        ),
    }
    flatten_for_linear(steps)
    items = gathered(instance, steps)
    first = instance.inputs[0].source if instance.inputs else None
    last = find_needed(items, scope, first)
    results = tensors_in(instance.result)
    single = isinstance(instance.result, Tensor)
    if isinstance(instance.result, dict):
        scope.returned = {
            id(value.source): name
            for name, value in instance.result.items()
            if isinstance(value, Tensor) and not value.path and name.isidentifier()
        }
    for tensor in results:
        if not (single and tensor.source is last and not tensor.path) and isinstance(tensor.source, Step):
            scope.needed.add(id(tensor.source))
    name_steps(items, scope)
    for item in items:
        if isinstance(item, Passage) and id(item) in scope.names:
            scope.names[id(item.steps[-1])] = scope.names[id(item)]
    scope.done.clear()
    lines = _list(items, scope, first)
    if single and (not lines or results[0].source is not last or results[0].path):
        lines.append(Line("", [_reference(results[0], scope, None)]))
    if scope.functions & scope.taken:
        raise Untold
    return lines, None if single else _outputs(instance.result, scope, is_block=is_block), scope


def _outputs(result: Value, scope: Scope, *, is_block: bool) -> str:
    if isinstance(result, dict):
        pairs = list(result.items())
    elif isinstance(result, list | tuple):
        pairs = list(zip(names_of_results(list(result)), result, strict=True))
    else:
        raise Untold
    pairs = [(name, value) for name, value in pairs if not (isinstance(value, Scalar) and value.value is None)]
    if not pairs or not all(isinstance(value, Tensor) for _, value in pairs):
        raise Untold
    references = [_reference(value, scope, None) for _, value in pairs if isinstance(value, Tensor)]
    names = [name for name, _ in pairs]
    free = not is_block and not isinstance(result, dict)  # nobody relies on names that the code does not give
    plain = all(reference.isidentifier() for reference in references) and len(set(references)) == len(references)
    if plain and (free or names == references):
        return f"[{', '.join(references)}]"
    return "{" + ", ".join(f"{name}: {reference}" for (name, _), reference in zip(pairs, references, strict=True)) + "}"


def _list(items: list[Item], scope: Scope, previous: object, container: Container | None = None) -> list[Line]:
    lines: list[Line] = []
    for item in items:
        if isinstance(item, Passage):
            name, entry = scope.names.get(id(item)), entry_of(item)
            repeat = None if name is None else _as_repeat(item, scope, previous)
            if name is None:
                lines += _list(item.steps, scope, previous, item.container)
            elif repeat is not None:
                lines.append(Line(*repeat))
            else:
                scope.names.pop(id(item.steps[-1]), None)
                scope.current = item
                nested = _list(item.steps, scope, entry.source, item.container)
                scope.current = None
                scope.names[id(item.steps[-1])] = name
                is_above = entry.source is previous and not entry.path
                lines.append(Line(name if is_above else f"{name}({_reference(entry, scope, previous)})", [], nested))
            previous = item.steps[-1]
            continue
        lines.append(_line(item, scope, previous, container))
        name = scope.names.get(id(item))
        if container is not None and name is not None and any(item.called is c for c in container.children.values()):
            lines.append(Line(name, ["prev"]))
        previous = item
    return _folded(lines)


def _as_repeat(passage: Passage, scope: Scope, previous: object) -> tuple[str, Pieces] | None:
    """The head and unit of a repeat, where all steps are the same child, and all but the first input stay."""
    steps = [step for step in passage.steps if isinstance(step, Step)]
    further = [[id(value) for _, value in step.arguments[1:]] for step in steps]
    units = [_unit(step, scope) if not isinstance(step.called, str | Container) else None for step in steps]
    if len(steps) < 2 or any(ids != further[0] for ids in further):
        return None
    if any(unit is None or not _same(unit, units[0] or []) for unit in units):
        return None
    for before, step in pairwise(steps):
        chained = step.arguments[0][1]
        if not (isinstance(chained, Tensor) and chained.source is before and not chained.path):
            return None
    head = scope.names[id(passage)] + _inputs(steps[0], scope, previous)
    return head, [f"{len(steps)} * ", *(units[0] or [])]


def _same(left: Pieces, right: Pieces) -> bool:
    def plain(pieces: Pieces) -> list[object]:
        return [piece if isinstance(piece, str) else (piece.scalar.parts, piece.scalar.value) for piece in pieces]

    return plain(left) == plain(right)


def _folded(lines: list[Line]) -> list[Line]:
    """The same nameless block several times in a row is a repeat."""
    folded: list[Line] = []
    counts: list[int] = []
    for line in lines:
        before = folded[-1] if folded else None
        foldable = not line.head and not line.nested and line.unit and "(" in str(line.unit[0])
        if before is not None and foldable and not before.head and not before.nested and _same(before.unit, line.unit):
            counts[-1] += 1
        else:
            folded.append(line)
            counts.append(1)
    result = []
    for line, count in zip(folded, counts, strict=True):
        is_block = bool(line.unit) and isinstance(line.unit[0], str) and line.unit[0].split("(")[0] not in FUNCTIONS
        if count > 1 and is_block and not line.head:
            result.append(Line("", [f"{count} * ", *line.unit]))
        else:
            result += [line] * count
    return result


def _line(step: Step, scope: Scope, previous: object, container: Container | None) -> Line:
    """One line: `name(inputs): unit`."""
    module = step.called
    name = scope.names.get(id(step), "")
    if isinstance(module, str):
        return Line(name, _function(module, step.arguments, scope, previous))
    positioned = container is not None and any(module is child for child in container.children.values())
    if positioned:
        name = ""
        label = next(key for key, child in container.children.items() if child is module) if container else ""
        if not label.isdigit():
            name = usable(label, set())
    elif container is not None and isinstance(module, Layer):
        function = FUNCTION_OF[module.kind]
        return Line(name, _function(function, [*step.arguments, *module.arguments], scope, previous))
    if id(module) in scope.done and (carries_weights(module) or not isinstance(module, Layer)):
        if id(module) not in scope.names:
            raise Untold
        return Line(name, [f"{scope.names[id(module)]}(", *_arguments(step.arguments, scope, previous), ")"])
    scope.done.add(id(module))
    head = f"{name}{_inputs(step, scope, previous)}"
    if isinstance(module, Container):
        return _sequential(module, head, scope)
    unit = _unit(step, scope)
    assert unit is not None
    return Line(head, unit)


def _inputs(step: Step, scope: Scope, previous: object) -> str:
    first = step.arguments[0][1]
    if len(step.arguments) == 1 and isinstance(first, Tensor) and first.source is previous and not first.path:
        return ""
    pieces = _arguments(step.arguments, scope, previous)
    texts = [[piece] if isinstance(piece, str) else map(str, piece.scalar.parts) for piece in pieces]
    return "(" + "".join(chain.from_iterable(texts)) + ")"


def _unit(step: Step, scope: Scope) -> Pieces | None:
    module = step.called
    if isinstance(module, Instance):
        return _call(scope.blocks[id(module)])
    assert isinstance(module, Layer)
    return _constructor(module)


def _call(call: Call) -> Pieces:
    pieces: Pieces = [f"{call.name}("]
    for place, (name, scalar) in enumerate(call.arguments):
        pieces += [", " * (place > 0) + (f"{name}=" if name else ""), Hole(scalar, name or f"size{place + 1}")]
    return [*pieces, ")"] if call.arguments else [call.name]


def _constructor(layer: Layer) -> Pieces:
    order = [argument.name for argument in LAYERS[layer.kind].arguments]
    pieces: Pieces = [f"{layer.kind}("]
    for place, (name, value) in enumerate(layer.arguments):
        hint = name or (order[place] if place < len(order) else "size")
        pieces += [", " * (place > 0) + (f"{name}=" if name else ""), *_value(value, hint)]
    return [*pieces, ")"] if layer.arguments else [layer.kind]


def _value(value: Value, hint: str) -> Pieces:
    if isinstance(value, Scalar):
        if value.value is UNKNOWN:
            raise Untold
        return [Hole(value, hint)]
    if isinstance(value, tuple | list):
        if len(value) == 1:
            return ["[", *_value(value[0], hint), "]"]
        pieces: Pieces = ["("]
        for place, item in enumerate(value):
            pieces += [", " * (place > 0), *_value(item, hint)]
        return [*pieces, ")"]
    raise Untold


def _sequential(container: Container, head: str, scope: Scope) -> Line:
    """A Sequential as a nested list, or as a repeat where all of it is one block."""
    lines = children_lines(container, scope)
    if not lines:
        return Line(head, ["Identity"])
    first = lines[0]
    if len(lines) == 1 and not first.head and isinstance(first.unit[0], str) and first.unit[0].endswith(" * "):
        return Line(head, first.unit)
    return Line(head or "(prev)", [], lines)


def children_lines(container: Container, scope: Scope) -> list[Line]:
    """The children of a Sequential, a line each."""
    lines = []
    for label, child in container.children.items():
        name = "" if label.isdigit() else usable(label, set())
        scope.done.add(id(child))
        if isinstance(child, Container):
            if child.kind != "Sequential":
                raise Untold
            lines.append(_sequential(child, name, scope))
        elif isinstance(child, Layer):
            lines.append(Line(name, _constructor(child)))
        else:
            lines.append(Line(name, _call(scope.blocks[id(child)])))
    return _folded(lines)


def _function(name: str, arguments: Sequence[Argument], scope: Scope, previous: object) -> Pieces:
    values = [value for _, value in arguments]
    if name in ("+", "-"):
        left, right = (
            ["(", *_argument(value, "number", scope, previous), ")"]
            if isinstance(value, Scalar) and value.binding <= 5
            else _argument(value, "number", scope, previous)
            for value in values
        )
        return [*left, f" {name} ", *right]
    if name == "getitem":
        base, items = values
        assert isinstance(base, Tensor)
        assert isinstance(items, tuple)
        written = []
        for item in items:
            parts = [item.start, item.stop, item.step] if isinstance(item, slice) else [item]
            if len(parts) > 1 and parts[-1] is None:
                parts.pop()
            written.append(":".join("..." if part is Ellipsis else _bound(part, scope, previous) for part in parts))
        return [f"{_reference(base, scope, previous)}[{', '.join(written)}]"]
    scope.functions.add(name)
    entry = FUNCTIONS[name]
    required = [
        argument for argument in entry.forward if isinstance(argument.kind, TensorKind) and argument.default is REQUIRED
    ]
    kept = list(arguments)
    first = kept[0][1] if kept else None
    takes_prev = len(required) == 1 and required[0] is entry.forward[0]
    is_prev = isinstance(first, Tensor) and first.source is previous and not first.path
    if takes_prev and is_prev and not (len(kept) > 1 and isinstance(kept[1][1], Tensor)):
        kept = kept[1:]
    pieces = _arguments(kept, scope, previous)
    return [f"{name}(", *pieces, ")"] if pieces else [name]


def _arguments(arguments: Sequence[Argument], scope: Scope, previous: object) -> Pieces:
    pieces: Pieces = []
    for place, (name, value) in enumerate(arguments):
        pieces += [
            ", " * (place > 0) + (f"{name}=" if name else ""),
            *_argument(value, name or "size", scope, previous),
        ]
    return pieces


def _argument(value: Value, hint: str, scope: Scope, previous: object) -> Pieces:
    if isinstance(value, Tensor):
        return [_reference(value, scope, previous)]
    if isinstance(value, Scalar):
        return [_size(value, scope, previous)] if tensors_in(value) else [Hole(value, hint)]
    if isinstance(value, tuple | list) and value:
        pieces: Pieces = ["[" if len(value) == 1 else "("]
        for place, item in enumerate(value):
            pieces += [", " * (place > 0), *_argument(item, hint, scope, previous)]
        return [*pieces, "]" if len(value) == 1 else ")"]
    raise Untold


def _size(scalar: Scalar, scope: Scope, previous: object) -> str:
    if scalar.scope not in (None, scope.instance):
        raise Untold
    parts = (part if isinstance(part, str) else _reference(part, scope, previous) for part in scalar.parts)
    return "".join(parts)


def _bound(value: Value, scope: Scope, previous: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Scalar) and tensors_in(value):
        return _size(value, scope, previous)
    return str(known(value))


def _reference(tensor: Tensor, scope: Scope, previous: object) -> str:
    """How a line calls a tensor: by its name, or `prev`."""
    source = tensor.source
    if tensor is THE_BATCH:
        return input_names(scope.instance)[0]
    if isinstance(source, Input):
        if (
            scope.current is not None
            and len(scope.instance.inputs) == 1
            and entry_of(scope.current).source is not source
        ):
            raise Untold  # `input` is another tensor in a list of its own
        for name, entrance in zip(input_names(scope.instance), scope.instance.inputs, strict=True):
            if entrance.source is source:
                return name
        raise Untold
    if isinstance(source, Parameter):
        if source.name is None:
            raise Untold
        return source.name
    if id(source) in scope.names:
        around = scope.inside.get(id(source))
        prefix = f"{scope.names[id(around)]}." if around is not None and around is not scope.current else ""
        return prefix + scope.names[id(source)] + tensor.path
    if source is previous and not tensor.path:
        return "prev"
    raise Untold
