"""Objects of the text's own classes as blocks: one block for all objects that differ in numbers alone.

The lines of every object are written with holes where known values stand. Objects of a class with the same lines share
a block, and each hole is filled with the words of the class itself, or, where those say nothing, with a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.drafts.torch_program.lines import Hole, Line, Pieces, lines_of
from netinspect.drafts.torch_program.naming import Call, input_names, live_steps, usable
from netinspect.drafts.torch_program.values import (
    Container,
    Instance,
    Parameter,
    Scalar,
    Tensor,
    Untold,
    Value,
)

_WORD: Final = re.compile(r"[A-Za-z_]\w*")
MAX_LINES: Final = 3_000


@dataclass(slots=True)
class Written:
    """The lines of one object with holes, and what stands beside them."""

    instance: Instance
    pieces: Pieces
    outputs: str | None
    parameters: list[str | Hole]
    names: set[str]

    @property
    def skeleton(self) -> str:
        """All that is the same in objects that share a block."""
        text = "".join("\0" if isinstance(piece, Hole) else piece for piece in [*self.pieces, "\1", *self.parameters])
        return f"{text}\1{self.outputs}\1{input_names(self.instance)}"

    @property
    def holes(self) -> list[Scalar]:
        return [piece.scalar for piece in [*self.pieces, *self.parameters] if isinstance(piece, Hole)]

    @property
    def hints(self) -> list[str]:
        return [piece.hint for piece in [*self.pieces, *self.parameters] if isinstance(piece, Hole)]


@dataclass(slots=True)
class Network:
    """The main object in the words of a spec, with the blocks that it uses."""

    layers: list[str]
    parameters: list[str]
    outputs: str | None
    blocks: list[str]
    notes: list[str] = field(default_factory=list)


def network_of(main: Instance, constants: Mapping[str, Scalar], notes: list[str]) -> Network:
    """The lines of the main object and of all blocks below it."""
    calls: dict[int, Call] = {}
    blocks: list[str] = []
    taken: set[str] = set()
    objects = objects_below(main)
    depths: dict[int, int] = {}
    for instance in objects:
        _depth(instance, depths)
    for depth in sorted(set(depths.values())):
        level = [instance for instance in objects if depths[id(instance)] == depth and instance is not main]
        groups: dict[tuple[str, str], list[Written]] = {}
        for instance in level:
            written = _write(instance, calls, notes, is_block=True)
            groups.setdefault((instance.kind.name, written.skeleton), []).append(written)
        for (name, _), group in groups.items():
            label = usable(name, taken | set(LAYERS) | set(FUNCTIONS))
            taken.add(label)
            blocks += _block(label, group, calls, constants)
    written = _write(main, calls, notes, is_block=False)
    texts = [_spelled(scalar, main, {}, written.names, constants) or _literal(scalar) for scalar in written.holes]
    layers, parameters = _filled(written, texts)
    return Network(layers, parameters, written.outputs, blocks, notes)


def objects_below(main: Instance) -> list[Instance]:
    """Every object whose forward is followed, main first."""
    objects: list[Instance] = []
    waiting: list[Value] = [main]
    while waiting:
        module = waiting.pop(0)
        if isinstance(module, Container):
            waiting += module.children.values()
        elif isinstance(module, Instance) and not any(module is other for other in objects):
            if module.steps is None:
                raise Untold
            objects.append(module)
            waiting += [step.called for step in live_steps(module) if not isinstance(step.called, str)]
        if len(objects) > MAX_LINES:
            raise Untold
    return objects


def _depth(instance: Instance, depths: dict[int, int]) -> int:
    if id(instance) not in depths:
        depths[id(instance)] = 0
        waiting: list[Value] = [step.called for step in live_steps(instance)]
        called = []
        while waiting:
            module = waiting.pop()
            if isinstance(module, Container):
                waiting += module.children.values()
            elif isinstance(module, Instance):
                called.append(module)
        below = [module for module in called if module is not instance]
        depths[id(instance)] = 1 + max((_depth(module, depths) for module in below), default=0)
    return depths[id(instance)]


# --- one object ----------------------------------------------------------------------------------


def _write(instance: Instance, calls: Mapping[int, Call], notes: list[str], *, is_block: bool) -> Written:
    lines, outputs, scope = lines_of(instance, calls, notes, is_block=is_block)
    if len(lines) > MAX_LINES:
        raise Untold
    pieces: Pieces = []
    _flatten(lines, 0, pieces)
    parameters: list[str | Hole] = []
    text = "".join(piece for piece in pieces if isinstance(piece, str))
    for name, value in instance.attributes.items():
        if (
            isinstance(value, Tensor)
            and isinstance(value.source, Parameter)
            and value.source.name in _WORD.findall(text)
        ):
            if value.source.name is None or not value.source.shape:
                raise Untold
            sizes: Pieces = ["["]
            for place, scalar in enumerate(value.source.shape):
                sizes += [", " * (place > 0), Hole(scalar, "size")]
            begin, std = value.source.init, value.source.std
            if begin == "zeros":
                parameters += [f"{value.source.name}: ", *sizes, "]\n"]
            else:
                spread = f"\n  std: {std}" if begin == "normal" and std not in (None, 1.0) else ""
                parameters += [f"{value.source.name}:\n  shape: ", *sizes, f"]\n  init: {begin}{spread}\n"]
            if value.source.init == "ones" and value.source.std != 1.0:
                notes.append(f"`{name}` begins with {value.source.std} in the code and with 1 here")
        elif isinstance(value, Tensor) and isinstance(value.source, Parameter):
            notes.append(f"`{name}` is never used in the code and left out")
    if any(isinstance(value, Tensor) and isinstance(value.source, Parameter) for value in (instance.result,)):
        raise Untold
    return Written(instance, pieces, outputs, parameters, scope.taken)


def _flatten(lines: Sequence[Line], depth: int, pieces: Pieces) -> None:
    for line in lines:
        pieces.append(f"{'  ' * depth}- {line.head}{': ' if line.head and line.unit else ':' if line.head else ''}")
        pieces += line.unit
        pieces.append("\n")
        _flatten(line.nested, depth + 1, pieces)


def _filled(written: Written, texts: Sequence[str]) -> tuple[list[str], list[str]]:
    waiting = iter(texts)
    layers = "".join(next(waiting) if isinstance(piece, Hole) else piece for piece in written.pieces)
    parameters = "".join(next(waiting) if isinstance(piece, Hole) else piece for piece in written.parameters)
    return layers.splitlines(), parameters.splitlines()


# --- several objects, one block ------------------------------------------------------------------


def _block(label: str, group: Sequence[Written], calls: dict[int, Call], constants: Mapping[str, Scalar]) -> list[str]:
    """The lines of a block; every object of the group gets its call."""
    first = group[0]
    inputs = input_names(first.instance)
    names = {*first.names, *inputs}
    renamed = {name: usable(name, names | set(FUNCTIONS)) for name in first.instance.arguments}
    further: dict[tuple[Scalar, ...], str] = {}
    texts = []
    for place, hint in enumerate(first.hints):
        scalars = [written.holes[place] for written in group]
        texts.append(_filling(scalars, group, hint, renamed, further, names, constants))
    layers, parameters = _filled(first, texts)
    words = {word for line in (*layers, *parameters) for word in _WORD.findall(line)}
    numbers = [name for name, argument in first.instance.arguments.items() if _is_number(argument)]
    used = [name for name in numbers if renamed[name] in words]
    defaults = {name: first.instance.defaults[name] for name in used if _is_number(first.instance.defaults.get(name))}
    order = [name for name in used if name not in defaults]
    later = [name for name in used if name in defaults]
    header = [renamed[name] for name in order] + list(further.values())
    header += [f"{renamed[name]}={_literal(defaults[name])}" for name in later]
    for number, written in enumerate(group):
        passed: list[tuple[str | None, Scalar]] = [(None, _number(written.instance.arguments[name])) for name in order]
        passed += [(None, scalars[number]) for scalars in further]
        passed += [
            (renamed[name], _number(written.instance.arguments[name]))
            for name in later
            if _number(written.instance.arguments[name]).value != _number(defaults[name]).value
        ]
        calls[id(written.instance)] = Call(label, tuple(passed))
    title = label + (f"({', '.join(header)})" if header else "()" if len(inputs) > 1 else "")
    title += f"({', '.join(inputs)})" if len(inputs) > 1 else ""
    if not parameters and first.outputs is None:
        return [f"{title}:", *(f"  {line}" for line in layers)]
    lines = [f"{title}:"]
    if parameters:
        lines += ["  parameters:", *(f"    {line}" for line in parameters)]
    lines += ["  layers:", *(f"    {line}" for line in layers)]
    return lines + ([f"  outputs: {first.outputs}"] if first.outputs is not None else [])


def _filling(
    scalars: list[Scalar],
    group: Sequence[Written],
    hint: str,
    renamed: Mapping[str, str],
    further: dict[tuple[Scalar, ...], str],
    names: set[str],
    constants: Mapping[str, Scalar],
) -> str:
    """The words of one hole that are right for every object of the group."""
    pairs = list(zip(scalars, group, strict=True))
    texts = {_spelled(scalar, written.instance, renamed, names, constants) for scalar, written in pairs}
    if len(texts) == 1 and (text := texts.pop()) is not None:
        return text
    if all(_alike(scalar.value, scalars[0].value) for scalar in scalars):
        return _literal(scalars[0])
    for name, label in renamed.items():
        arguments = [written.instance.arguments.get(name) for written in group]
        if all(
            isinstance(argument, Scalar) and _alike(argument.value, scalar.value)
            for argument, scalar in zip(arguments, scalars, strict=True)
        ):
            return label
    for others, label in further.items():
        if all(_alike(other.value, scalar.value) for other, scalar in zip(others, scalars, strict=True)):
            return label
    label = usable(hint, {*names, *renamed.values(), *further.values(), *FUNCTIONS})
    further[tuple(scalars)] = label
    return label


def _alike(left: object, right: object) -> bool:
    return type(left) is type(right) and left == right


def _spelled(
    scalar: Scalar, instance: Instance, renamed: Mapping[str, str], names: set[str], constants: Mapping[str, Scalar]
) -> str | None:
    """The words of a number where they mean the same in the lines of `instance`, else None."""
    if scalar.scope not in (None, instance) or any(isinstance(part, Tensor) for part in scalar.parts):
        return None
    text = "".join(str(part) for part in scalar.parts)
    if isinstance(scalar.value, str) and scalar.is_literal:
        return text
    if isinstance(scalar.value, str) and text.startswith(("'", '"')):
        return text
    for word in _WORD.findall(text):
        if word in ("True", "False", "None") or scalar.value is None:
            continue
        is_own = word in instance.arguments and scalar.scope is instance
        if word in instance.arguments and not is_own:
            return None
        if not is_own and word in constants and word in names:
            return None
        if is_own and renamed.get(word, word) in names:
            return None
    return _WORD.sub(lambda word: renamed.get(word[0], word[0]), text) if scalar.scope is instance else text


def _is_number(value: Value) -> bool:
    return isinstance(value, Scalar) and value.value is not None


def _number(value: Value) -> Scalar:
    if not isinstance(value, Scalar):
        raise Untold
    return value


def _literal(scalar: Value) -> str:
    return repr(_number(scalar).value)
