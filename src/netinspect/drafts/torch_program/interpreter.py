"""The statements of a torch program, followed one by one in a small part of Python.

Nothing is evaluated, imported or run by Python: names, lists, loops over known lists and conditions on known values are
followed here, and so is each forward, in which tensors have no data. Whatever else stands there is Untold. The number
of steps is bounded, as a loop in the text could be of any length.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from netinspect.catalogue import LAYERS
from netinspect.drafts.torch_program import arithmetic, builtins, tensors, torch_calls
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
    Parameter,
    Place,
    Sample,
    Scalar,
    Shape,
    Step,
    Super,
    Tensor,
    Torch,
    Untold,
    Value,
    carries_weights,
    known,
    literal,
    tensors_in,
)

MAX_STEPS: Final = 200_000
MAX_DEPTH: Final = 60

PASSED_OVER: Final = frozenset({"print", "apply", "register_buffer", "save_hyperparameters", "manual_seed", "info"})
"""Calls as statements that make no network; those of `nn.init` and of methods that initialise weights are none too."""

WALKS: Final = frozenset({"modules", "named_modules", "parameters", "named_parameters", "children", "named_children"})
"""Methods whose loops set or freeze weights."""


@dataclass(slots=True)
class Work:
    """What is left to do, and how the axes of the program's inputs are taken to stand.

    axes       of the inputs of the main forward; turning: whether a permute may put time before the batch
    left       steps that may still be followed; depth: calls inside calls; forwards: forwards that are being followed
    constants  numbers at the top of the file, by name
    """

    axes: str = "batch"
    turning: bool = False
    left: int = MAX_STEPS
    depth: int = 0
    forwards: int = 0
    constants: dict[str, Scalar] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Frame:
    """The names that a line can see, and the list of steps in which its tensors are made.

    owner  the object whose constructor or method runs; at the top of a file the object that its names make up
    open   whether a name that nothing defines is an input, as in lines without a function around them
    """

    names: dict[str, Value]
    work: Work
    around: dict[str, Value]
    steps: list[Step]
    owner: Instance | None = None
    above: Class | None = None
    open: bool = False
    inputs: list[Tensor] = field(default_factory=list)


class _Returned(Exception):
    def __init__(self, value: Value) -> None:
        self.value = value


class _LeftLoop(Exception):
    """`break` or `continue`."""

    def __init__(self, *, ends: bool) -> None:
        self.ends = ends


# --- statements ----------------------------------------------------------------------------------


def run(statements: Sequence[ast.stmt], frame: Frame) -> None:
    """Follow statements in order."""
    for statement in statements:
        _spend(frame.work)
        _run_one(statement, frame)


def _spend(work: Work) -> None:
    work.left -= 1
    if work.left < 0:
        raise Untold


def _run_one(statement: ast.stmt, frame: Frame) -> None:
    match statement:
        case ast.Assign(targets=targets, value=value):
            result = evaluate(value, frame)
            for target in targets:
                assign(target, result, frame)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            assign(target, evaluate(value, frame), frame)
        case ast.AugAssign(target=target, op=operator, value=value):
            before = evaluate(_as_load(target), frame)
            result = arithmetic.binary(operator, before, evaluate(value, frame), frame.steps)
            if isinstance(before, Tensor) and isinstance(target, ast.Name):
                _give_name(result, target.id)
                tensors.change_in_place(before, result)
            else:
                assign(target, result, frame)
        case ast.Expr(value=value):
            _run_expression(value, frame)
        case ast.If(test=test) if _resizes_if_needed(statement, test, frame):
            frame.work.notes.append("the code resizes a tensor where sizes differ: here they are taken to be the same")
        case ast.If(test=test, body=body, orelse=orelse):
            run(body if builtins.truth(evaluate(test, frame)) else orelse, frame)
        case ast.For():
            _run_for(statement, frame)
        case ast.Return(value=value):
            raise _Returned(NONE if value is None else evaluate(value, frame))
        case ast.FunctionDef(name=name):
            frame.names[name] = function_of(statement, frame)
        case ast.ClassDef(name=name):
            frame.names[name] = _class_of(statement, frame)
        case ast.Import() | ast.ImportFrom():
            _import(statement, frame)
        case ast.Break():
            raise _LeftLoop(ends=True)
        case ast.Continue():
            raise _LeftLoop(ends=False)
        case ast.With(body=body, items=items) if all("no_grad" in ast.dump(item.context_expr) for item in items):
            run(body, frame)
        case ast.Pass() | ast.Assert() | ast.AnnAssign() | ast.Delete() | ast.Global():
            pass
        case _:
            raise Untold


def _resizes_if_needed(statement: ast.If, test: ast.expr, frame: Frame) -> bool:
    """Whether a condition asks for shapes that differ, only to make them fit: joined tensors show if they do not."""
    words = ast.unparse(statement.body[0])
    if (
        len(statement.body) > 1
        or statement.orelse
        or not any(word in words for word in ("resize", "interpolate", "pad("))
    ):
        return False
    match test:
        case ast.Compare(left=left, ops=[ast.NotEq()], comparators=[right]):
            sides = [evaluate(left, frame), evaluate(right, frame)]
            return all(
                isinstance(side, Shape) or (isinstance(side, Scalar) and side.value is UNKNOWN) for side in sides
            )
        case _:
            return False


def _as_load(target: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(target), mode="eval").body


def _run_expression(node: ast.expr, frame: Frame) -> None:
    if isinstance(node, ast.Constant):
        return
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        last = name.rsplit(".", 1)[-1]
        if last == "register_buffer" and frame.owner is not None and node.args:
            frame.owner.attributes[str(known(evaluate(node.args[0], frame)))] = Opaque()
            return
        if last in PASSED_OVER or "init." in name or ("init" in last.lower() and last != "__init__"):
            return
    evaluate(node, frame)


def _run_for(statement: ast.For, frame: Frame) -> None:
    iterated = statement.iter
    if isinstance(iterated, ast.Call) and isinstance(iterated.func, ast.Attribute) and iterated.func.attr in WALKS:
        return
    for item in builtins.items_of(evaluate(iterated, frame)):
        assign(statement.target, item, frame)
        try:
            run(statement.body, frame)
        except _LeftLoop as left:
            if left.ends:
                return
    run(statement.orelse, frame)


def _import(statement: ast.Import | ast.ImportFrom, frame: Frame) -> None:
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            path = alias.name if alias.asname else alias.name.split(".", 1)[0]
        else:
            path = f"{statement.module}.{alias.name}"
        frame.names[alias.asname or path.rsplit(".", 1)[-1]] = Torch(path)


def assign(target: ast.expr, value: Value, frame: Frame) -> None:
    """Bind names, attributes or entries of a list to a value."""
    match target:
        case ast.Name(id=name):
            _give_name(value, name)
            if frame.around is frame.names and isinstance(value, Scalar) and isinstance(value.value, int | float | str):
                value = frame.work.constants.setdefault(name, Scalar((name,), value.value))
            frame.names[name] = value
            if frame.open and frame.owner is not None:
                set_attribute(frame.owner, name, value)
                frame.names[name] = frame.owner.attributes[name]
        case ast.Attribute() if frame.work.forwards and isinstance(value, Layer | Container | Instance):
            raise Untold  # a layer that each forward makes anew
        case ast.Attribute(value=ast.Name(id="self"), attr=name) if frame.owner is not None:
            set_attribute(frame.owner, name, value)
        case ast.Attribute(value=base, attr=name):
            owner = evaluate(base, frame)
            if isinstance(owner, Instance):
                set_attribute(owner, name, value)
            elif not isinstance(owner, Opaque):
                raise Untold
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            _unpack(elements, value, frame)
        case ast.Subscript(value=base, slice=index):
            builtins.set_item(evaluate(base, frame), evaluate(index, frame), value)
        case _:
            raise Untold


def _unpack(elements: list[ast.expr], value: Value, frame: Frame) -> None:
    starred = [place for place, element in enumerate(elements) if isinstance(element, ast.Starred)]
    if not starred:
        for element, item in zip(elements, builtins.unpacked(value, len(elements), frame.steps), strict=True):
            assign(element, item, frame)
        return
    items = builtins.items_of(value)
    first, after = starred[0], len(elements) - starred[0] - 1
    if len(starred) > 1 or len(items) < first + after:
        raise Untold
    middle = items[first : len(items) - after]
    for element, item in zip(elements, [*items[:first], middle, *items[len(items) - after :]], strict=True):
        assign(element.value if isinstance(element, ast.Starred) else element, item, frame)


def _give_name(value: Value, name: str) -> None:
    if isinstance(value, Tensor) and isinstance(value.source, Step) and not value.path:
        value.source.variable = name
    if isinstance(value, Parameter) and value.name is None:
        value.name = name


def set_attribute(owner: Instance, name: str, value: Value) -> None:
    """`self.name = value`: a module gets its place and a parameter its name."""
    if isinstance(value, Layer | Container | Instance):
        if value.place is None and owner.children is not None:
            owner.children.add(name, value)
        elif value.place is None:
            value.place = Place(owner, name)
        elif carries_weights(value) and value.place.owner is not owner:
            raise Untold
    elif isinstance(value, Parameter):
        value.name = value.name if value.name in owner.attributes else name
        value = Tensor(value, rank=len(value.shape))
    owner.attributes[name] = value


# --- functions and classes -----------------------------------------------------------------------


def function_of(node: ast.FunctionDef | ast.Lambda, frame: Frame) -> Function:
    """A function of the text, with the names it can see."""
    decorators = [ast.unparse(item) for item in node.decorator_list] if isinstance(node, ast.FunctionDef) else []
    if any(item not in ("staticmethod", "torch.no_grad()", "property", "classmethod") for item in decorators):
        raise Untold
    return Function(
        node,
        frame.around | frame.names if frame.around is not frame.names else frame.names,
        "staticmethod" in decorators,
    )


def _class_of(node: ast.ClassDef, frame: Frame) -> Class:
    names: dict[str, Value] = {}
    inner = Frame(names, frame.work, frame.names, [])
    fields = []
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            fields.append(statement.target.id)
        try:
            _run_one(statement, inner)
        except Untold:
            for name in _names_bound_by(statement):
                names[name] = Opaque()
    functions = {
        name: Function(value.node, frame.names, value.static) if isinstance(value, Function) else value
        for name, value in names.items()
    }
    return Class(node.name, tuple(evaluate(base, frame) for base in node.bases), functions, tuple(fields))


def _names_bound_by(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    return [node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


def call_function(
    function: Function,
    arguments: Sequence[Argument],
    frame: Frame,
    owner: Instance | None = None,
    above: Class | None = None,
) -> Value:
    """What a function of the text returns."""
    parameters = list(function.node.args.posonlyargs) + list(function.node.args.args)
    first: list[Argument] = [(None, owner)] if owner is not None and not function.static and parameters else []
    names = bind(function, [*first, *arguments], frame)
    inner = Frame(
        names,
        frame.work,
        function.around,
        frame.steps,
        owner if owner is not None else frame.owner,
        above,
        inputs=frame.inputs,
    )
    frame.work.depth += 1
    if frame.work.depth > MAX_DEPTH:
        raise Untold
    try:
        if isinstance(function.node, ast.Lambda):
            return evaluate(function.node.body, inner)
        run(function.node.body, inner)
    except _Returned as returned:
        return returned.value
    finally:
        frame.work.depth -= 1
    return NONE


def bind(function: Function, arguments: Sequence[Argument], frame: Frame) -> dict[str, Value]:
    """The arguments of a call by the names of the function's parameters."""
    names: dict[str, Value] = {}
    signature = function.node.args
    positional = [parameter.arg for parameter in (*signature.posonlyargs, *signature.args)]
    unnamed = [value for name, value in arguments if name is None]
    if len(unnamed) > len(positional):
        if signature.vararg is None:
            raise Untold
        names[signature.vararg.arg] = tuple(unnamed[len(positional) :])
    elif signature.vararg is not None:
        names[signature.vararg.arg] = ()
    names.update(zip(positional, unnamed, strict=False))
    further: dict[str, Value] = {}
    allowed = {*positional, *(parameter.arg for parameter in signature.kwonlyargs)}
    for name, value in arguments:
        if name in names or (name is not None and name not in allowed and signature.kwarg is None):
            raise Untold
        if name is not None:
            (names if name in allowed else further)[name] = value
    if signature.kwarg is not None:
        names[signature.kwarg.arg] = further
    for name, value in defaults_of(function, frame).items():
        names.setdefault(name, value)
    if any(name not in names for name in allowed):
        raise Untold
    return names


def defaults_of(function: Function, frame: Frame) -> dict[str, Value]:
    """The defaults of a function's parameters."""
    signature = function.node.args
    positional = [*signature.posonlyargs, *signature.args]
    pairs = list(zip(positional[len(positional) - len(signature.defaults) :], signature.defaults, strict=True))
    pairs += [(name, value) for name, value in zip(signature.kwonlyargs, signature.kw_defaults, strict=True) if value]
    outside = Frame(function.around, frame.work, function.around, [])
    return {parameter.arg: evaluate(default, outside) for parameter, default in pairs}


def construct(kind: Class, arguments: Sequence[Argument], frame: Frame) -> Value:
    """An object of a class of the text."""
    if kind.derives_from("Enum", "Dataset", "Exception") or not all(
        isinstance(base, Class) or (isinstance(base, Torch) and base.name in torch_calls.BASES) for base in kind.bases
    ):
        raise Untold
    instance = Instance(kind)
    for base in ("Sequential", "ModuleList", "ModuleDict"):
        if kind.derives_from(base):
            instance.children = Container(base, place=Place(instance, ""))
    constructor = kind.member("__init__")
    if isinstance(constructor, Function):
        names = bind(constructor, [(None, instance), *arguments], frame)
        instance.defaults = defaults_of(constructor, frame)
        instance.arguments = {name: value for name, value in names.items() if value is not instance}
        own = {name: rescoped(name, value, instance) for name, value in names.items()}
        above = kind.definer("__init__")
        inner = Frame(own, frame.work, constructor.around, [], instance, above)
        frame.work.depth += 1
        if frame.work.depth > MAX_DEPTH:
            raise Untold
        try:
            run(constructor.node.body, inner)  # type: ignore[arg-type]
        except _Returned:
            pass
        finally:
            frame.work.depth -= 1
    elif instance.children is not None:
        torch_calls.fill(instance.children, arguments)
    else:
        instance.attributes |= {name: value for name, value in kind.members.items() if name in kind.fields}
        unnamed = [value for name, value in arguments if name is None]
        instance.attributes |= dict(zip(kind.fields, unnamed, strict=False))
        instance.attributes |= {name: value for name, value in arguments if name is not None}
    return instance


def rescoped(name: str, value: Value, instance: Instance) -> Value:
    """An argument as the constructor sees it: a number is called by the parameter's name."""
    if isinstance(value, Scalar) and value.value is not UNKNOWN and value.value is not None:
        return Scalar((name,), value.value, scope=instance)
    return value


def call_module(module: Value, arguments: Sequence[Argument], frame: Frame) -> Value:
    """A module called with tensors: one step in the forward around it."""
    if isinstance(module, Container) and module.kind != "Sequential":
        raise Untold
    if isinstance(module, Layer):
        return tensors.call_layer(module, arguments, frame.steps)
    if isinstance(module, Container):
        return _call_sequential(module, arguments, frame)
    assert isinstance(module, Instance)
    return _call_instance(module, arguments, frame)


def _call_sequential(module: Container, arguments: Sequence[Argument], frame: Frame) -> Value:
    """The children are followed apart, so that the axes of the result are known; the step is that of the container."""
    if len(arguments) != 1 or not isinstance(arguments[0][1], Tensor):
        raise Untold
    value = arguments[0][1]
    inner = Frame({}, frame.work, {}, [])
    entry = Input("input")
    result: Value = Tensor(entry, axes=value.axes, rank=value.rank)
    for child in module.children.values():
        result = call_module(child, [(None, result)], inner)
    if not isinstance(result, Tensor) or (result.path and module.children):
        raise Untold
    outer = tensors.result_of(Step(module, list(arguments)), frame.steps, result.axes, result.rank)
    value.spoiled = entry.changed
    return outer


def _call_instance(instance: Instance, arguments: Sequence[Argument], frame: Frame) -> Value:
    forward = instance.kind.member("forward")
    inputs: list[Argument] = []
    passed: list[Argument] = []
    for name, value in arguments:
        inner_value: Value = value
        if isinstance(value, Tensor):
            inner_value = Tensor(Input(name or f"input{len(inputs)}"), axes=value.axes, rank=value.rank)
            inputs.append((name, value))
        elif isinstance(value, list) and value and all(isinstance(item, Tensor) for item in value):
            items = [item for item in value if isinstance(item, Tensor)]
            inner_value = [
                Tensor(Input(f"input{place}"), axes=item.axes, rank=item.rank)
                for place, item in enumerate(items, len(inputs))
            ]
            inputs += [(None, item) for item in items]
        elif not (isinstance(value, Scalar) and value.value is None):
            raise Untold
        passed.append((name, inner_value))
    sources = [tensor.source for _, value in passed for tensor in tensors_in(value) if isinstance(tensor.source, Input)]
    steps: list[Step] = []
    inner = Frame({}, frame.work, {}, steps)
    frame.work.forwards += 1
    if isinstance(forward, Function):
        names = bind(forward, passed if forward.static else [(None, instance), *passed], inner)
        for name, value in names.items():
            if isinstance(value, Tensor) and isinstance(value.source, Input):
                value.source.name = name
        result = call_function(forward, passed, inner, instance)
    elif instance.children is not None and instance.children.kind == "Sequential" and len(passed) == 1:
        result = passed[0][1]
        for child in instance.children.children.values():
            result = call_module(child, [(None, result)], inner)
            result = result[0] if isinstance(result, tuple) else result  # the output of an LSTM, without its states
    else:
        raise Untold
    frame.work.forwards -= 1
    fresh: list[Tensor] = [Tensor(source) for source in sources]
    if instance.steps is None:
        instance.steps, instance.inputs, instance.result = steps, fresh, result
    elif len(fresh) != len(instance.inputs):
        raise Untold
    outer = tensors.results_of_instance(Step(instance, inputs), frame.steps, result)
    for source, (_, value) in zip(sources, inputs, strict=True):
        if isinstance(value, Tensor):
            value.spoiled = source.changed
    return outer


# --- expressions ---------------------------------------------------------------------------------


def evaluate(node: ast.expr, frame: Frame) -> Value:
    """The value of an expression."""
    _spend(frame.work)
    match node:
        case ast.Constant(value=value) if value is None or isinstance(value, bool | int | float | str):
            return literal(value)
        case ast.Constant(value=value) if value is Ellipsis:
            return value
        case ast.Name(id=name):
            return _look_up(name, frame)
        case ast.Attribute(value=base, attr=name):
            return attribute(evaluate(base, frame), name, frame)
        case ast.Call():
            return _call(node, frame)
        case ast.Subscript(value=base, slice=index):
            return builtins.item(evaluate(base, frame), evaluate(index, frame), frame.steps)
        case ast.BinOp(left=left, op=operator, right=right):
            return arithmetic.binary(operator, evaluate(left, frame), evaluate(right, frame), frame.steps)
        case ast.UnaryOp(op=operator, operand=operand):
            return arithmetic.unary(operator, evaluate(operand, frame), frame.steps)
        case ast.Compare(left=left, ops=operators, comparators=others) if len(operators) == 1:
            return arithmetic.compare(operators[0], evaluate(left, frame), evaluate(others[0], frame))
        case ast.BoolOp(op=operator, values=values):
            return _either(isinstance(operator, ast.Or), values, frame)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return evaluate(body if builtins.truth(evaluate(test, frame)) else orelse, frame)
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
            return literal("".join(_piece_of_text(value, frame) for value in values))
        case ast.Lambda():
            return function_of(node, frame)
        case ast.Slice(lower=lower, upper=upper, step=step):
            return slice(*(evaluate(part, frame) if part else None for part in (lower, upper, step)))
        case _:
            raise Untold


def _refuse() -> str:
    raise Untold


def _piece_of_text(node: ast.expr, frame: Frame) -> str:
    return str(known(evaluate(node.value if isinstance(node, ast.FormattedValue) else node, frame)))


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
        if all(builtins.truth(evaluate(test, inner)) for test in first.ifs):
            _comprehend(element, generators[1:], inner, results)


def _either(is_or: bool, nodes: list[ast.expr], frame: Frame) -> Value:
    value: Value = NONE
    for node in nodes:
        value = evaluate(node, frame)
        if builtins.truth(value) == is_or:
            return value
    return value


def _look_up(name: str, frame: Frame) -> Value:
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
    raise Untold


def attribute(value: Value, name: str, frame: Frame) -> Value:
    """What stands behind a dot."""
    match value:
        case Instance() if name in value.attributes:
            return value.attributes[name]
        case Instance():
            return _member(value, value.kind, name, frame)
        case Super(owner=owner, above=above):
            return _inherited(owner, above, name)
        case Torch(path=path):
            return torch_calls.constant(f"{path}.{name}")
        case Class():
            member = value.member(name)
            if member is None:
                raise Untold
            return member
        case Tensor():
            return tensors.attribute(value, name, frame.steps)
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


def _member(instance: Instance, kind: Class, name: str, frame: Frame) -> Value:
    if name == "training":
        return literal(value=False)
    member = kind.member(name)
    if isinstance(member, Function):
        method = Method(instance, name, member)
        if isinstance(member.node, ast.FunctionDef) and any(
            ast.unparse(item) == "property" for item in member.node.decorator_list
        ):
            return call_function(member, [], frame, instance, kind)
        return method
    if member is not None:
        return member
    if instance.children is not None and name in instance.children.children:
        return instance.children.children[name]
    if instance.children is not None and name in ("items", "values", "keys", "append", "extend"):
        return Method(instance.children, name)
    return Method(instance, name)


def _inherited(owner: Instance, above: Class, name: str) -> Value:
    for base in above.bases:
        if isinstance(base, Class) and isinstance(member := base.member(name), Function):
            return Method(owner, name, member)
    return Method(owner, f"super.{name}")


# --- calls ---------------------------------------------------------------------------------------


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
    return call(called, arguments, frame)


def call(called: Value, arguments: list[Argument], frame: Frame) -> Value:
    """What a call gives."""
    match called:
        case Layer() | Container() | Instance():
            return call_module(called, arguments, frame)
        case Class():
            return construct(called, arguments, frame)
        case Function():
            return call_function(called, arguments, frame)
        case Method(owner=Instance() as owner, name=name, function=function):
            return _call_method(owner, name, function, arguments, frame)
        case Method(owner=Tensor() as owner, name=name):
            return tensors.call_method(owner, name, arguments, frame.steps, turning=frame.work.turning)
        case Method(owner=owner, name=name):
            return builtins.call_method(owner, name, arguments)
        case Torch(path=path) if path.startswith("builtins."):
            if called.name == "map" and len(arguments) == 2:
                return [call(arguments[0][1], [(None, item)], frame) for item in builtins.items_of(arguments[1][1])]
            return builtins.call(called.name, arguments, frame.steps)
        case Torch():
            return torch_calls.call(called, arguments, frame.steps, turning=frame.work.turning)
        case Opaque():
            return called
        case _:
            raise Untold


def _call_method(
    owner: Instance, name: str, function: Function | None, arguments: list[Argument], frame: Frame
) -> Value:
    if name in ("reparameterize", "reparametrize", "reparameterise") and len(arguments) == 2:
        frame.work.notes.append(f"the code draws a random number in `{name}`; a spec takes the mean in its place")
        return arguments[0][1]
    if function is not None:
        if name == "__init__" and frame.owner is owner:
            for above in (frame.above or owner.kind).bases:
                if isinstance(above, Class) and above.member("__init__") is function:
                    return call_function(function, arguments, frame, owner, above)
        return call_function(function, arguments, frame, owner, frame.above)
    if name in ("add_module", "register_module") and len(arguments) == 2:
        label = str(known(arguments[0][1]))
        if owner.children is not None:
            owner.children.add(label, arguments[1][1])
        else:
            set_attribute(owner, label, arguments[1][1])
        return NONE
    if name == "register_parameter" and len(arguments) == 2:
        set_attribute(owner, str(known(arguments[0][1])), arguments[1][1])
        return NONE
    if name == "super.__init__":
        if owner.children is not None:
            torch_calls.fill(owner.children, arguments)
        return NONE
    if name in ("to", "cuda", "cpu", "eval", "train", "float", "apply", "requires_grad_", "half"):
        return owner
    raise Untold
