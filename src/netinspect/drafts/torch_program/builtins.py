"""Python's own functions and the methods of lists, dicts and containers, as far as networks are built with them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final

from netinspect.drafts.torch_program import layer_calls
from netinspect.drafts.torch_program.values import (
    NONE,
    UNKNOWN,
    Argument,
    Class,
    Container,
    Instance,
    Layer,
    Opaque,
    Pieces,
    Sample,
    Scalar,
    Shape,
    Step,
    Tensor,
    Torch,
    Untold,
    Value,
    known,
    literal,
    truth,
    whole_number,
)

NAMES: Final = frozenset(
    "range len zip enumerate list tuple dict set int float str bool min max sum abs round isinstance reversed getattr "
    "hasattr setattr map sorted any all print type iter pow divmod id filter next object super open input format "
    "repr".split()
)
"""Names that are Python's own, so that none of them is taken for an input."""

MAX_ITEMS: Final = 10_000
MAX_TURNS: Final = 1_000

_NUMBERS: Final[dict[str, Callable[..., Any]]] = {
    "int": int, "float": float, "min": min, "max": max, "abs": abs, "round": round, "str": str, "bool": bool,
    "sqrt": math.sqrt, "ceil": math.ceil, "floor": math.floor, "log2": math.log2, "log": math.log, "prod": math.prod,
    "pow": math.pow, "exp": math.exp,
}  # fmt: skip

IN_SPECS: Final = frozenset({"int", "min", "max", "round", "sqrt", "ceil", "floor"})
"""Functions of numbers that a spec has too."""


def items_of(value: Value) -> list[Value]:
    """The items of what a loop goes over."""
    match value:
        case list() | tuple():
            return list(value)
        case dict():
            return [literal(key) for key in value]
        case Container(kind="ModuleDict"):
            return [literal(key) for key in value.children]
        case Container():
            return list(value.children.values())
        case Instance(children=Container() as children):
            return list(children.children.values())
        case _:
            raise Untold


def unpacked(value: Value, count: int, steps: list[Step]) -> list[Value]:
    """The `count` values that a tuple of names is set to."""
    if isinstance(value, Shape):
        if value.start == 0 and value.stop is None:
            value.tensor.rank = count
        return [layer_calls.size(value.tensor, value.start + place) for place in range(count)]
    if isinstance(value, Pieces):
        return [Tensor(value.step, f"[{place}]", value.axes, value.rank, value.memory) for place in range(count)]
    if isinstance(value, Tensor):
        return [layer_calls.index(value, literal(place), steps) for place in range(count)]
    if isinstance(value, Opaque):
        return [value] * count
    items = items_of(value)
    if len(items) != count:
        raise Untold
    return items


def item(value: Value, index: Value, steps: list[Step]) -> Value:
    """`value[index]`."""
    match value:
        case Tensor():
            return layer_calls.index(value, index, steps)
        case Pieces():
            place = whole_number(index)
            if place < 0:
                raise Untold
            return Tensor(value.step, f"[{place}]", value.axes, value.rank, value.memory)
        case Shape():
            if isinstance(index, slice):
                if index.step is not None:
                    raise Untold
                start = whole_number(index.start) if index.start is not None else 0
                stop = whole_number(index.stop) if index.stop is not None else None
                if value.start or value.stop is not None:
                    raise Untold
                return Shape(value.tensor, start, stop)
            place = whole_number(index)
            if value.stop is not None or (value.start and place < 0):
                raise Untold
            return layer_calls.size(value.tensor, value.start + place)
        case dict():
            if str(known(index)) not in value:
                raise Untold
            return value[str(known(index))]
        case Container() | list() | tuple():
            return _item_of_list(value, index)
        case Instance(children=Container() as children):
            return _item_of_list(children, index)
        case Opaque():
            return value
        case _:
            raise Untold


def _item_of_list(value: Container | list[Value] | tuple[Value, ...], index: Value) -> Value:
    if isinstance(value, Container) and isinstance(index, Scalar) and isinstance(index.value, str):
        if index.value not in value.children:
            raise Untold
        return value.children[index.value]
    items = items_of(value)
    if isinstance(index, slice):
        if index.step is not None and whole_number(index.step) == 0:
            raise Untold
        part = items[
            slice(*(None if bound is None else whole_number(bound) for bound in (index.start, index.stop, index.step)))
        ]
        return part if not isinstance(value, tuple) else tuple(part)
    place = whole_number(index)
    if not -len(items) <= place < len(items):
        raise Untold
    return items[place]


def set_item(value: Value, index: Value, item: Value) -> None:
    """`value[index] = item`."""
    if isinstance(value, dict):
        value[str(known(index))] = item
    elif isinstance(value, list) and -len(value) <= whole_number(index) < len(value):
        value[whole_number(index)] = item
    elif not isinstance(value, Opaque):
        raise Untold


def call(name: str, arguments: list[Argument], steps: list[Step]) -> Value:
    """A function of Python or of `math`."""
    values = [value for key, value in arguments if key is None]
    named = {key: value for key, value in arguments if key is not None}
    match name, values:
        case "print", _:
            return NONE
        case "range", _ if 1 <= len(values) <= 3:
            bounds = [whole_number(value) for value in values]
            if bounds[2:] == [0] or len(range(*bounds)) > MAX_ITEMS:
                raise Untold
            return [literal(number, counted=True) for number in range(*bounds)]
        case "len", [Tensor() as tensor]:
            return layer_calls.size(tensor, 0)
        case "len", [value]:
            return literal(len(items_of(value)), counted=True)
        case "zip", _:
            return [tuple(group) for group in zip(*map(items_of, values), strict=False)]
        case "enumerate", [value, *rest]:
            first = whole_number(rest[0]) if rest else whole_number(named["start"]) if "start" in named else 0
            return [(literal(place, counted=True), item) for place, item in enumerate(items_of(value), first)]
        case "list" | "tuple", [value]:
            return items_of(value) if name == "list" else tuple(items_of(value))
        case "list", []:
            return []
        case "dict", []:
            return dict(named)
        case "reversed", [value]:
            return items_of(value)[::-1]
        case "sum", [value]:
            return literal(sum(_number(item) for item in items_of(value)), counted=True)
        case "isinstance", [value, kind]:
            return literal(_is_instance(value, kind))
        case "getattr", [Torch(path=path), Scalar(value=str() as attribute)]:
            return Torch(f"{path}.{attribute}")
        case "getattr", [Instance(attributes=attributes), Scalar(value=str() as attribute), *rest] if (
            attribute in attributes or rest
        ):
            return attributes.get(attribute, rest[0] if rest else None)
        case "hasattr", [Instance(attributes=attributes), Scalar(value=str() as attribute)]:
            return literal(attribute in attributes)
        case "min" | "max", [list() | tuple() as value]:
            return call(name, [(None, item) for item in value], steps)
        case "any" | "all", [value]:
            return literal((any if name == "any" else all)(truth(item) for item in items_of(value)))
        case _ if name in _NUMBERS and values and not named:
            return _of_numbers(name, values)
        case _:
            raise Untold


def _number(value: Value) -> float:
    number = known(value)
    if not isinstance(number, int | float):
        raise Untold
    return number


def _of_numbers(name: str, values: list[Value]) -> Value:
    if name in ("int", "float") and isinstance(values[0], Opaque):
        return values[0]
    scalars = [value for value in values if isinstance(value, Scalar)]
    if len(scalars) != len(values):
        raise Untold
    scopes = {id(scalar.scope): scalar.scope for scalar in scalars if scalar.scope is not None}
    parts: list[str | Tensor] = [f"{name}("]
    for place, scalar in enumerate(scalars):
        parts += [", "] * (place > 0) + list(scalar.parts)
    value: object = UNKNOWN
    if all(scalar.value is not UNKNOWN for scalar in scalars):
        try:
            value = _NUMBERS[name](*(scalar.value for scalar in scalars))
        except (ArithmeticError, TypeError, ValueError):
            raise Untold from None
        is_counted = any(scalar.counted for scalar in scalars)
        # Of plain numbers only `sqrt(32)` says more in words.
        says_nothing = all(scalar.is_literal for scalar in scalars) and (name != "sqrt" or is_counted)
        if len(scopes) > 1 or name not in IN_SPECS or says_nothing:
            return literal(value, counted=is_counted)
    elif len(scopes) > 1 or name not in IN_SPECS:
        raise Untold
    if name == "int" and isinstance(scalars[0].value, int) and not isinstance(scalars[0].value, bool):
        return scalars[0]
    return Scalar((*parts, ")"), value, scope=next(iter(scopes.values()), None))


def _is_instance(value: Value, kind: Value) -> bool:
    if isinstance(kind, tuple):
        return any(_is_instance(value, item) for item in kind)
    if isinstance(kind, Torch):
        plain = {"list": list, "tuple": tuple, "dict": dict}
        if kind.name in plain:
            return isinstance(value, plain[kind.name])
        if kind.name in ("int", "str", "float", "bool") and isinstance(value, Scalar):
            return type(known(value)).__name__ == kind.name
        if kind.name in ("int", "str", "float", "bool"):
            return False
        if isinstance(value, Layer):
            return kind.name in (value.kind, "Module")
        if isinstance(value, Container):
            return kind.name in (value.kind, "Module")
        if isinstance(value, list | tuple | Scalar):
            return False
        if isinstance(value, Tensor):
            return kind.name == "Tensor"
    if isinstance(kind, Class) and isinstance(value, Layer | Container | Instance | Scalar):
        return isinstance(value, Instance) and value.kind is kind
    raise Untold


def call_method(owner: Value, name: str, arguments: list[Argument]) -> Value:
    """A method of a list, a dict, a text or a container of modules."""
    for kind, method in _METHODS:
        if isinstance(owner, kind):
            return method(owner, name, arguments)
    raise Untold


def _of_list(owner: list[Value], name: str, arguments: list[Argument]) -> Value:
    values = [value for _, value in arguments]
    match name, values:
        case "append", [value]:
            owner.append(value)
        case "extend", [value]:
            owner.extend(items_of(value))
        case "insert", [place, value]:
            owner.insert(whole_number(place), value)
        case "pop", _ if owner and len(values) <= 1:
            place = whole_number(values[0]) if values else -1
            if not -len(owner) <= place < len(owner):
                raise Untold
            return owner.pop(place)
        case "reverse", []:
            owner.reverse()
        case "copy", []:
            return list(owner)
        case "index", [value] if value in owner:
            return literal(owner.index(value), counted=True)
        case _:
            raise Untold
    return NONE


def _of_dict(owner: dict[str, Value], name: str, arguments: list[Argument]) -> Value:
    match name, [value for _, value in arguments]:
        case "keys", []:
            return [literal(key) for key in owner]
        case "values", []:
            return list(owner.values())
        case "items", []:
            return [(literal(key), value) for key, value in owner.items()]
        case "get", [key, *rest]:
            return owner.get(str(known(key)), rest[0] if rest else NONE)
        case "update", [dict() as other]:
            owner.update(other)
        case _:
            raise Untold
    return NONE


def _of_container(owner: Container, name: str, arguments: list[Argument]) -> Value:
    match name, [value for _, value in arguments]:
        case "append", [value]:
            owner.add(str(len(owner.children)), value)
        case "extend", [value]:
            for module in items_of(value):
                owner.add(str(len(owner.children)), module)
        case "add_module", [label, value]:
            owner.add(str(known(label)), value)
        case "values" | "children", []:
            return list(owner.children.values())
        case "items" | "named_children", []:
            return [(literal(key), value) for key, value in owner.children.items()]
        case "to" | "cuda" | "cpu" | "eval" | "train" | "apply", _:
            return owner
        case _:
            raise Untold
    return NONE


def _of_text(owner: Scalar, name: str, arguments: list[Argument]) -> Value:
    if isinstance(owner.value, str) and name in ("lower", "upper", "strip") and not arguments:
        return literal(getattr(owner.value, name)())
    if not isinstance(owner.value, str) or name != "format":
        raise Untold
    # `'conv{}'.format(i)`, `'conv{0}'.format(i)` and `'conv{i}'.format(i=i)`; no width or precision.
    named = {key or str(place): value for place, (key, value) in enumerate(arguments)}
    positions = iter(range(len(arguments)))

    def filled(field: re.Match[str]) -> str:
        key = field[1] or str(next(positions, -1))
        if key not in named:
            raise Untold
        return str(known(named[key]))

    return literal(re.sub(r"\{([^{}]*)\}", filled, owner.value))


def _of_sample(owner: Sample, name: str, arguments: list[Argument]) -> Value:
    values = [value for _, value in arguments]
    match name, values:
        case "to" | "cuda" | "float" | "requires_grad_" | "cpu", _:
            return owner
        case "unsqueeze", [place] if whole_number(place) == 0:
            return Sample((literal(1), *owner.shape), owner.maker, owner.high, owner.std)
        case "normal_", _ if len(values) <= 2:
            return Sample(owner.shape, "randn", None, float(_number(values[1])) if len(values) == 2 else 1.0)
        case _:
            raise Untold


_METHODS: Final[tuple[tuple[type, Callable[[Any, str, list[Argument]], Value]], ...]] = (
    (list, _of_list),
    (dict, _of_dict),
    (Container, _of_container),
    (Scalar, _of_text),
    (Sample, _of_sample),
)
