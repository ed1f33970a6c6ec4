"""The statements of a torch program, followed one by one in a small part of Python.

Nothing is evaluated, imported or run by Python: names, lists, loops over known lists and conditions on known values are
followed here, and so is each forward, in which tensors have no data. Whatever else stands there is Untold. The number
of steps is bounded, as a loop in the text could be of any length.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from netinspect.drafts.torch_program import arithmetic, builtins, calls, layer_calls
from netinspect.drafts.torch_program.expressions import assign, evaluate, function_of, note_training
from netinspect.drafts.torch_program.frames import Frame, Work, give_name
from netinspect.drafts.torch_program.values import (
    NONE,
    UNKNOWN,
    Class,
    Function,
    Method,
    Opaque,
    Scalar,
    Shape,
    Tensor,
    Torch,
    Untold,
    Value,
    known,
    truth,
    whole_number,
)

MAX_DEPTH: Final = 60

PASSED_OVER: Final = frozenset({"print", "apply", "register_buffer", "save_hyperparameters", "manual_seed", "info"})
"""Calls as statements that make no network; those of `nn.init` and of methods that initialise weights are none too."""

WALKS: Final = frozenset({"modules", "named_modules", "parameters", "named_parameters", "children", "named_children"})
"""Methods whose loops set or freeze weights."""


class Returned(Exception):
    """A function has come to its `return`."""

    def __init__(self, value: Value) -> None:
        self.value = value


class _LeftLoop(Exception):
    """`break` or `continue`."""

    def __init__(self, *, ends: bool) -> None:
        self.ends = ends


def new_work(axes: str = "batch", *, turning: bool = False) -> Work:
    """The work of following one program, with the inputs' axes as they are assumed to stand."""
    return Work(calls.call, follow, axes, turning)


def follow(function: ast.FunctionDef | ast.Lambda, frame: Frame) -> Value:
    """What a function gives whose arguments are among the names of the frame."""
    frame.work.depth += 1
    if frame.work.depth > MAX_DEPTH:
        raise Untold
    try:
        if isinstance(function, ast.Lambda):
            return evaluate(function.body, frame)
        run(function.body, frame)
    except Returned as returned:
        return returned.value
    finally:
        frame.work.depth -= 1
    return NONE


# --- statements ----------------------------------------------------------------------------------


def run(statements: Sequence[ast.stmt], frame: Frame) -> None:
    """Follow statements in order."""
    for statement in statements:
        frame.work.spend()
        try:
            _run_one(statement, frame)
        except Untold:
            frame.work.stuck = frame.work.stuck or statement
            raise


def _run_one(statement: ast.stmt, frame: Frame) -> None:
    if type(statement) in _STATEMENTS:
        _STATEMENTS[type(statement)](statement, frame)
        return
    match statement:
        case ast.Assign(targets=targets, value=value):
            result = evaluate(value, frame)
            for target in targets:
                assign(target, result, frame)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            assign(target, evaluate(value, frame), frame)
        case ast.If(test=test) if _resizes_if_needed(statement, test, frame):
            frame.work.notes.append("the code resizes a tensor where sizes differ: here they are taken to be the same")
        case ast.If(test=test, body=body, orelse=orelse):
            note_training(test, frame)
            run(body if truth(evaluate(test, frame)) else orelse, frame)
        case ast.Return(value=value):
            raise Returned(NONE if value is None else evaluate(value, frame))
        case ast.FunctionDef(name=name):
            frame.names[name] = function_of(statement, frame)
        case ast.Break():
            raise _LeftLoop(ends=True)
        case ast.Continue():
            raise _LeftLoop(ends=False)
        case ast.With(body=body, items=items) if all("no_grad" in ast.dump(item.context_expr) for item in items):
            run(body, frame)
        case ast.Pass() | ast.Assert() | ast.AnnAssign() | ast.Global():
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


def _augment(statement: ast.AugAssign, frame: Frame) -> None:
    target, operator = statement.target, statement.op
    before = evaluate(ast.parse(ast.unparse(target), mode="eval").body, frame)
    added = evaluate(statement.value, frame)
    if isinstance(before, list):  # the same list under all its names
        more = added if isinstance(added, Scalar | Opaque) else builtins.items_of(added)
        before[:] = arithmetic.binary(operator, before, more, frame.steps)  # type: ignore[call-overload]
        return
    result = arithmetic.binary(operator, before, added, frame.steps)
    if isinstance(before, Tensor):
        if isinstance(target, ast.Name):
            give_name(result, target.id)
        layer_calls.change_in_place(before, result)
    else:
        assign(target, result, frame)


def _delete(statement: ast.Delete, frame: Frame) -> None:
    for target in statement.targets:
        match target:
            case ast.Name(id=name) if name in frame.names:
                del frame.names[name]
            case ast.Subscript(value=base, slice=index):
                items, place = evaluate(base, frame), evaluate(index, frame)
                if not isinstance(items, list) or not -len(items) <= whole_number(place) < len(items):
                    raise Untold
                del items[whole_number(place)]
            case _:
                raise Untold


def _run_expression(statement: ast.Expr, frame: Frame) -> None:
    node = statement.value
    if isinstance(node, ast.Constant):
        return
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        last = name.rsplit(".", 1)[-1]
        if last == "register_buffer" and frame.owner is not None and node.args:
            frame.owner.attributes[str(known(evaluate(node.args[0], frame)))] = Opaque()
            return
        if last == "apply":
            for value in [evaluate(argument, frame) for argument in node.args]:
                function = value.function if isinstance(value, Method) else value
                if isinstance(function, Function) and _changes_modules(function.node):
                    raise Untold("it changes the modules that it is applied to")
        if last in PASSED_OVER or "init." in name:
            return
        if "init" in last.lower() and last != "__init__":  # it starts weights, and is followed where it does more
            try:
                called = evaluate(node.func, frame)
            except Untold:
                return
            function = called.function if isinstance(called, Method) else called
            if not isinstance(function, Function) or not _changes_modules(function.node):
                return
    evaluate(node, frame)


_OF_WEIGHTS: Final = frozenset({"data", "grad", "requires_grad"})


def _changes_modules(node: ast.AST) -> bool:
    """Whether a piece of code gives an attribute of an object, or an entry of a container, another value."""
    return any(
        (
            isinstance(part, ast.Attribute | ast.Subscript)
            and isinstance(part.ctx, ast.Store | ast.Del)
            and not (isinstance(part, ast.Attribute) and part.attr in _OF_WEIGHTS)
            and not (isinstance(part, ast.Subscript) and ".data" in ast.unparse(part.value))
        )
        or (isinstance(part, ast.Call) and ast.unparse(part.func).rsplit(".", 1)[-1] in _CHANGING)
        for part in ast.walk(node)
    )


_CHANGING: Final = frozenset({"setattr", "__setattr__", "add_module", "register_module", "register_parameter"})


def _run_for(statement: ast.For, frame: Frame) -> None:
    iterated = statement.iter
    if isinstance(iterated, ast.Call) and isinstance(iterated.func, ast.Attribute) and iterated.func.attr in WALKS:
        if any(_changes_modules(inner) for inner in statement.body):
            raise Untold("it changes the modules that it walks over")
        return
    for item in builtins.items_of(evaluate(iterated, frame)):
        assign(statement.target, item, frame)
        try:
            run(statement.body, frame)
        except _LeftLoop as left:
            if left.ends:
                return
    run(statement.orelse, frame)


def _run_while(statement: ast.While, frame: Frame) -> None:
    for _ in range(builtins.MAX_TURNS):
        if not truth(evaluate(statement.test, frame)):
            run(statement.orelse, frame)
            return
        try:
            run(statement.body, frame)
        except _LeftLoop as left:
            if left.ends:
                return
    raise Untold("it has no end")


def _import(statement: ast.Import | ast.ImportFrom, frame: Frame) -> None:
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            path = alias.name if alias.asname else alias.name.split(".", 1)[0]
        else:
            path = f"{statement.module}.{alias.name}"
        frame.names[alias.asname or path.rsplit(".", 1)[-1]] = Torch(path)


def _define_class(statement: ast.ClassDef, frame: Frame) -> None:
    names: dict[str, Value] = {}
    inner = Frame(names, frame.work, frame.names, [])
    fields = []
    for line in statement.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            fields.append(line.target.id)
        try:
            _run_one(line, inner)
        except Untold:
            frame.work.stuck = None
            if isinstance(line, ast.FunctionDef | ast.ClassDef):
                bound = [line.name]
            else:
                parts = [part for part in ast.walk(line) if isinstance(part, ast.Name)]
                bound = [part.id for part in parts if isinstance(part.ctx, ast.Store)]
            for name in bound:
                names[name] = Opaque()
    functions = {
        name: replace(value, around=frame.names) if isinstance(value, Function) else value
        for name, value in names.items()
    }
    bases = tuple(evaluate(base, frame) for base in statement.bases)
    frame.names[statement.name] = Class(statement.name, bases, functions, tuple(fields))


_STATEMENTS: Final[Mapping[type[ast.stmt], Callable[[Any, Frame], None]]] = {
    ast.AugAssign: _augment,
    ast.Expr: _run_expression,
    ast.For: _run_for,
    ast.While: _run_while,
    ast.ClassDef: _define_class,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Delete: _delete,
}
"""How a statement is followed that takes more than a line or two."""
