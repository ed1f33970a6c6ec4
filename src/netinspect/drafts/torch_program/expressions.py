"""The values of the expressions of a torch program, and the names that they are bound to.

Nothing is evaluated, imported or run by Python, and tensors have no data. Whatever cannot be followed is Untold.
"""

from __future__ import annotations

import ast
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from netinspect.catalogue import LAYERS
from netinspect.drafts.torch_program import arithmetic, builtins, tensors, torch_calls
from netinspect.drafts.torch_program.frames import Frame, give_name, set_attribute
from netinspect.drafts.torch_program.values import (
    FLAT,
    NONE,
    UNKNOWN,
    Argument,
    Class,
    Container,
    Function,
    Input,
    Instance,
    Layer,
    Method,
    Opaque,
    Sample,
    Scalar,
    Shape,
    Super,
    Tensor,
    Torch,
    Untold,
    Value,
    known,
    literal,
    truth,
)


def evaluate(node: ast.expr, frame: Frame) -> Value:
    """The value of an expression."""
    frame.work.spend()
    if type(node) in _EXPRESSIONS:
        return _EXPRESSIONS[type(node)](node, frame)
    match node:
        case ast.Constant(value=value) if value is None or isinstance(value, bool | int | float | str):
            return literal(value)
        case ast.Constant(value=value) if value is Ellipsis:
            return value
        case ast.Attribute(value=base, attr=name):
            return attribute(evaluate(base, frame), name, frame)
        case ast.Subscript(value=base, slice=index):
            return builtins.item(evaluate(base, frame), evaluate(index, frame), frame.steps)
        case ast.BinOp(left=left, op=operator, right=right):
            return arithmetic.binary(operator, evaluate(left, frame), evaluate(right, frame), frame.steps)
        case ast.UnaryOp(op=operator, operand=operand):
            return arithmetic.unary(operator, evaluate(operand, frame), frame.steps)
        case ast.Compare(left=left, ops=operators, comparators=others) if len(operators) == 1:
            return arithmetic.compare(operators[0], evaluate(left, frame), evaluate(others[0], frame))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            note_training(test, frame)
            return evaluate(body if truth(evaluate(test, frame)) else orelse, frame)
        case ast.Tuple(elts=elements):
            return tuple(_elements(elements, frame))
        case ast.List(elts=elements) | ast.Set(elts=elements):
            return _elements(elements, frame)
        case ast.Dict(keys=keys, values=values):
            return {
                str(known(evaluate(key, frame))) if key else _refuse(): evaluate(value, frame)
                for key, value in zip(keys, values, strict=True)
            }
        case ast.ListComp(elt=element, generators=generators) | ast.GeneratorExp(elt=element, generators=generators):
            results: list[Value] = []
            _comprehend(element, generators, frame, results)
            return results
        case ast.JoinedStr(values=values):
            text = "".join(
                str(known(evaluate(value.value if isinstance(value, ast.FormattedValue) else value, frame)))
                for value in values
            )
            return literal(text) if len(text) <= arithmetic.MAX_TEXT else _refuse()
        case ast.Lambda():
            return function_of(node, frame)
        case ast.Slice(lower=lower, upper=upper, step=step):
            return slice(*(evaluate(part, frame) if part else None for part in (lower, upper, step)))
        case _:
            raise Untold


def note_training(test: ast.expr, frame: Frame) -> None:
    """Say of a condition that asks for it what the network does while it trains."""
    if any(isinstance(part, ast.Attribute) and part.attr == "training" for part in ast.walk(test)):
        frame.work.notes.append("the code does other things while it trains: this is what it does afterwards")


def _refuse() -> str:
    raise Untold


def _elements(nodes: Iterable[ast.expr], frame: Frame) -> list[Value]:
    values: list[Value] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            values.extend(builtins.items_of(evaluate(node.value, frame)))
        else:
            values.append(evaluate(node, frame))
    return values


def _comprehend(element: ast.expr, generators: list[ast.comprehension], frame: Frame, results: list[Value]) -> None:
    if not generators:
        results.append(evaluate(element, frame))
        return
    first = generators[0]
    inner = Frame(
        dict(frame.names), frame.work, frame.around, frame.steps, frame.owner, frame.above, inputs=frame.inputs
    )
    for item in builtins.items_of(evaluate(first.iter, frame)):
        assign(first.target, item, inner)
        if all(truth(evaluate(test, inner)) for test in first.ifs):
            _comprehend(element, generators[1:], inner, results)


def _decide(node: ast.BoolOp, frame: Frame) -> Value:
    value: Value = NONE
    for operand in node.values:
        value = evaluate(operand, frame)
        if truth(value) == isinstance(node.op, ast.Or):
            return value
    return value


def _look_up(node: ast.Name, frame: Frame) -> Value:
    name = node.id
    if name in frame.names:
        return frame.names[name]
    if name in frame.around:
        return frame.around[name]
    if name in torch_calls.MODULES:
        return Torch(torch_calls.MODULES[name])
    if name in builtins.NAMES:
        return Torch(f"builtins.{name}")
    if name in LAYERS or name in torch_calls.CONTAINERS:
        return Torch(f"torch.nn.{name}")
    if frame.open and name.islower() and frame.owner is not None:
        value = Tensor(Input(name), axes=frame.work.axes)
        frame.names[name] = value
        frame.inputs.append(Tensor(value.source))
        return value
    if name == "device":
        return Opaque()
    raise Untold(f"`{name}` is not defined here")


def attribute(value: Value, name: str, frame: Frame) -> Value:
    """What stands behind a dot."""
    match value:
        case Instance() if name in value.attributes:
            return value.attributes[name]
        case Instance():
            if name == "training":
                return literal(value=False)
            member, children = value.kind.member(name), value.children
            if isinstance(member, Function):
                decorators = [ast.unparse(item) for item in getattr(member.node, "decorator_list", ())]
                method = Method(value, name, member)
                return frame.work.call(method, [], frame) if "property" in decorators else method
            if member is not None:
                return member
            if children is not None and name in children.children:
                return children.children[name]
            is_of_children = children is not None and name in ("items", "values", "keys", "append", "extend")
            return Method(children if is_of_children else value, name)
        case Super(owner=owner, above=above):
            for base in above.bases:
                if isinstance(base, Class) and isinstance(member := base.member(name), Function):
                    return Method(owner, name, member)
            return Method(owner, f"super.{name}")
        case Torch(path=path):
            return torch_calls.constant(f"{path}.{name}")
        case Class() if name == "__name__":
            return literal(value.name)
        case Class():
            member = value.member(name)
            if member is None:
                raise Untold
            return member
        case Tensor():
            return tensors.attribute(value, name, frame.steps)
        case Layer() if name.startswith("register_"):
            raise Untold("hooks change what a module does")
        case Layer():
            argument = value.argument(name)
            return argument if argument is not None else Opaque()
        case Container() if name in value.children:
            return value.children[name]
        case Opaque():
            return value
        case list() | dict() | Container() | Scalar() | Sample() | Shape():
            return Method(value, name)
        case _:
            raise Untold


def _call(node: ast.Call, frame: Frame) -> Value:
    if isinstance(node.func, ast.Name) and node.func.id == "super":
        if frame.owner is None:
            raise Untold
        return Super(frame.owner, frame.above or frame.owner.kind)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "num_flat_features":
        return FLAT
    called = evaluate(node.func, frame)
    arguments: list[Argument] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            arguments += [(None, value) for value in builtins.items_of(evaluate(argument.value, frame))]
        else:
            arguments.append((None, evaluate(argument, frame)))
    for keyword in node.keywords:
        value = evaluate(keyword.value, frame)
        if keyword.arg is not None:
            arguments.append((keyword.arg, value))
        elif isinstance(value, dict):
            arguments += value.items()
        else:
            raise Untold
    return frame.work.call(called, arguments, frame)


_EXPRESSIONS: Final[Mapping[type[ast.expr], Callable[[Any, Frame], Value]]] = {
    ast.Name: _look_up,
    ast.Call: _call,
    ast.BoolOp: _decide,
}
"""How an expression is evaluated that takes more than a line or two."""


# --- names and functions -------------------------------------------------------------------------


def assign(target: ast.expr, value: Value, frame: Frame) -> None:
    """Bind names, attributes or entries of a list to a value."""
    match target:
        case ast.Name(id=name):
            give_name(value, name)
            if frame.around is frame.names and isinstance(value, Scalar) and isinstance(value.value, int | float | str):
                value = frame.work.constants.setdefault(name, Scalar((name,), value.value))
            frame.names[name] = value
            if frame.open and frame.owner is not None:
                set_attribute(frame.owner, name, value)
                frame.names[name] = frame.owner.attributes[name]
        case ast.Attribute() if frame.work.forwards and isinstance(value, Layer | Container | Instance):
            raise Untold  # a layer that each forward makes anew
        case ast.Attribute(value=base, attr=name) if frame.work.forwards and _differs(base, name, value, frame):
            raise Untold("each call changes what the next one does")
        case ast.Attribute(value=ast.Name(id="self"), attr=name) if frame.owner is not None:
            set_attribute(frame.owner, name, value)
        case ast.Attribute(value=base, attr=name):
            owner = evaluate(base, frame)
            if isinstance(owner, Instance):
                set_attribute(owner, name, value)
            elif not isinstance(owner, Opaque):
                raise Untold
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            starred = [place for place, element in enumerate(elements) if isinstance(element, ast.Starred)]
            if not starred:
                items = builtins.unpacked(value, len(elements), frame.steps)
            else:
                items = builtins.items_of(value)
                first, after = starred[0], len(elements) - starred[0] - 1
                if len(starred) > 1 or len(items) < first + after:
                    raise Untold
                end = len(items) - after
                items = [*items[:first], items[first:end], *items[end:]]
            for element, item in zip(elements, items, strict=True):
                assign(element.value if isinstance(element, ast.Starred) else element, item, frame)
        case ast.Subscript(value=base, slice=index):
            builtins.set_item(evaluate(base, frame), evaluate(index, frame), value)
        case _:
            raise Untold


def _differs(base: ast.expr, name: str, value: Value, frame: Frame) -> bool:
    """Whether a number that an object holds is set to another one."""
    owner = evaluate(base, frame)
    before = owner.attributes.get(name) if isinstance(owner, Instance) else None
    if not isinstance(before, Scalar) or frame.work.forwards > 1:
        return False  # of modules inside, two calls are held against each other
    return not isinstance(value, Scalar) or before.value is UNKNOWN or before.value != value.value


def function_of(node: ast.FunctionDef | ast.Lambda, frame: Frame) -> Function:
    """A function of the text, with the names it can see."""
    decorators = [ast.unparse(item) for item in node.decorator_list] if isinstance(node, ast.FunctionDef) else []
    if any(item not in ("staticmethod", "torch.no_grad()", "property", "classmethod") for item in decorators):
        raise Untold
    around = ChainMap(frame.names, frame.around) if frame.around is not frame.names else frame.names
    # The defaults of a function's parameters, made once where it is defined; None for what cannot be told.
    signature = node.args
    positional = [*signature.posonlyargs, *signature.args]
    pairs = list(zip(positional[len(positional) - len(signature.defaults) :], signature.defaults, strict=True))
    pairs += [(name, value) for name, value in zip(signature.kwonlyargs, signature.kw_defaults, strict=True) if value]
    defaults: dict[str, Value] = {}
    for parameter, default in pairs:
        try:
            defaults[parameter.arg] = evaluate(default, frame)
        except Untold:
            defaults[parameter.arg] = None
    return Function(node, around, "staticmethod" in decorators, defaults)
