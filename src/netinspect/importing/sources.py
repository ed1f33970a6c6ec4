"""What the lines of several bodies read, followed to where it comes from.

A source is a line, as a Joint; an input, as `("input", name)`; or a word that stands for no value. Bodies read the same
where the list of all has one name for their sources: a line that some lack has, for those, another source instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from netinspect.importing.alignment import ANY, Column, Unlike, first_of, is_alias
from netinspect.importing.items import Instance, LayerLine, LayerList, usable
from netinspect.importing.nodes import is_unread, word
from netinspect.language import syntax


@dataclass(slots=True, eq=False)
class Input:
    """An input of the block that several bodies are. `names` are the inputs that they have for it, None where a body
    has not said yet; `node` stands wherever it is read, and gets its name when all of them are known."""

    names: list[str | None]
    node: syntax.Name


@dataclass(slots=True, eq=False)
class Joint:
    """A line of the list of all.

    lines    those of the bodies that it is, None in one that lacks it
    name     its key, or its name; `node` stands wherever it is read by that
    place    where it stands in its level, and `order` after how many lines of all levels it was begun
    merged   the line itself, and `inside` the level of its list
    instead  of bodies that lack it, the source that they read where others read this line
    passed   bodies that lack it in which a line below reads what is above it
    """

    lines: Column
    level: Level
    place: int
    name: str | None
    node: syntax.Name = field(default_factory=lambda: word(""))
    order: int = 0
    merged: LayerLine | None = None
    inside: Level | None = None
    instead: dict[int, Any] = field(default_factory=dict)
    passed: set[int] = field(default_factory=set)

    @property
    def present(self) -> dict[int, LayerLine]:
        """The lines by the places of their bodies."""
        return {body: line for body, line in enumerate(self.lines) if line is not None and line is not ANY}

    @property
    def is_function(self) -> bool:
        """Whether it is no layer, block or list."""
        return not isinstance(first_of(self.lines).unit, Instance | LayerList)

    @property
    def is_alias(self) -> bool:
        """Whether it only gives a name to what the line above gives; then it may be there for all."""
        return is_alias(first_of(self.lines))


@dataclass(slots=True, eq=False)
class Level:
    """A list of the list of all: of each body the source that its list begins with, the lines, and the place of the one
    that is being written."""

    sources: Sequence[Any]
    is_outer: bool
    joints: list[Joint] = field(default_factory=list)
    lines: list[LayerLine] = field(default_factory=list)
    place: int = 0


def read_as(name: str, line: LayerLine) -> str:
    """The name by which lines read a line; of several runs that of them all."""
    return syntax.name_of(name.rstrip(".-") if line.run is not None else name)


class Sources:
    """The sources of several bodies.

    names       the inputs of each body
    inputs      those of the list of all
    joints      the lines of the list of all, in the order in which they were begun
    level       the list that is being written
    may_differ  whether the bodies may have other inputs
    """

    def __init__(self, bodies: Sequence[LayerList], *, may_differ: bool) -> None:
        self.names = [body.inputs or ("input",) for body in bodies]
        self.may_differ = may_differ
        self.inputs = [Input([names[0] for names in self.names], word(""))]
        self.joints: list[Joint] = []
        self.named: list[dict[str, Joint]] = [{} for _ in bodies]
        self.level = Level([("input", names[0]) for names in self.names], is_outer=True)

    def taken(self) -> set[str]:
        """The names of all lines."""
        return {joint.node.id for joint in self.joints}

    def above(self, body: int, level: Level, place: int) -> Any:
        """The source that `prev` is in a body at a place of a level."""
        return next(
            (joint for joint in reversed(level.joints[:place]) if joint.lines[body] is not None), level.sources[body]
        )

    def written_above(self, body: int, level: Level, place: int) -> Any:
        """The source that `prev` is for a body in the list of all: what stands for an absent line, if anything does."""
        for joint in reversed(level.joints[:place]):
            if joint.lines[body] is not None:
                return joint
            if body in joint.instead:
                return joint.instead[body]
        return level.sources[body]

    def of(self, body: int, name: str, level: Level, place: int) -> Any:
        """The source that a name is in a body at a place of a level."""
        if name == "prev":
            return self.above(body, level, place)
        if name == "input" and not level.is_outer:
            return level.sources[body]
        if name in self.named[body]:
            return self.named[body][name]
        return ("input", name) if name in self.names[body] else name

    def first_read(self, joint: Joint, body: int) -> Any:
        """The source that a line reads first in a body; ANY where it is not there, or is worked out."""
        if body not in joint.present:
            return ANY
        arguments = joint.present[body].arguments
        value = arguments[0].value if arguments else word("prev")
        return self.of(body, value.id, joint.level, joint.place) if isinstance(value, syntax.Name) else ANY

    def name(self, nodes: Sequence[Any]) -> syntax.Name:
        """One name for what the bodies read: an input, the name of a line, or `prev`."""
        there = {body: node for body, node in enumerate(nodes) if node is not ANY and not is_unread(node)}
        if not there:
            first: syntax.Name = next(node for node in nodes if node is not ANY)
            return first
        level, ids = self.level, {node.id for node in there.values()}
        sources = {body: self.of(body, node.id, level, level.place) for body, node in there.items()}
        if any(isinstance(source, str) for source in sources.values()):
            if len(set(sources.values())) > 1:
                raise Unlike
            return word(ids.pop())
        return self.name_of(sources, by_prev="prev" in ids, by_input=ids == {"input"})

    def name_of(self, sources: dict[int, Any], *, by_prev: bool, by_input: bool = False) -> syntax.Name:
        """The name of what are these sources of the bodies; `prev` or `input`, if asked for, where it is that."""
        level = self.level
        if by_input and not level.is_outer and all(level.sources[body] == source for body, source in sources.items()):
            return word("input")
        if by_prev and all(self.written_above(body, level, level.place) == source for body, source in sources.items()):
            for body in sources:
                for joint in reversed(level.joints[: level.place]):
                    if joint.lines[body] is not None or body in joint.instead:
                        break
                    joint.passed.add(body)
            return word("prev")
        joints = [source for source in sources.values() if isinstance(source, Joint)]
        if not joints:
            if any(source is ANY for source in sources.values()):
                raise Unlike
            names = [sources[body][1] if body in sources else None for body in range(len(self.names))]
            for item in self.inputs:
                if all(None in pair or pair[0] == pair[1] for pair in zip(item.names, names, strict=True)):
                    item.names = [name or other for name, other in zip(item.names, names, strict=True)]
                    return item.node
            self.inputs.append(Input(names, word("")))
            return self.inputs[-1].node
        last = max(joints, key=lambda joint: joint.order)
        for body, source in sources.items():
            if source is not last:
                known = last.instead.get(body, source)
                if body in last.passed or last.is_alias:
                    known = self.written_above(body, last.level, last.place)
                if last.lines[body] is not None or known != source:
                    raise Unlike
                last.instead[body] = source
        if last.name is not None:
            return last.node
        between = level.joints[last.place + 1 : level.place]
        says_more = any(joint.lines[body] is not None or body in joint.instead for joint in between for body in sources)
        if not by_prev or says_more or last.level is not level:
            raise Unlike
        return word("prev")

    def name_inputs(self) -> tuple[str, ...] | None:
        """Give the inputs of the list of all their names, and lines that have one of these another; None where all
        bodies have them by the same names. Unlike where bodies differ that may not."""
        if len(set(self.names)) == 1 and all(len({*item.names} - {None}) == 1 for item in self.inputs):
            for item in self.inputs:
                item.node.id = next(filter(None, item.names))
            return None
        if not self.may_differ:
            raise Unlike
        if len(self.inputs) == 1:
            self.inputs[0].node.id = "input"
            return ()
        widest = max(range(len(self.names)), key=lambda body: len(self.names[body]))
        order = self.names[widest]
        self.inputs[1:] = sorted(
            self.inputs[1:], key=lambda item: order.index(name) if (name := item.names[widest]) else len(order)
        )
        taken = {joint.node.id for joint in self.joints if not joint.is_function}
        for item in self.inputs:
            item.node.id = usable(item.names[widest] or next(filter(None, item.names)), taken)
        for joint in self.joints:
            if joint.is_function and joint.name is not None and joint.merged is not None:
                joint.name = joint.node.id = joint.merged.name = usable(joint.name, taken)
        return tuple(item.node.id for item in self.inputs)

    def is_passed_on(self, body: int, path: Any, node: Any) -> bool:
        """Whether the output that `path` names, as `x.bias`, is in a body the input that a name stands for."""
        if not isinstance(path, syntax.Attribute) or not isinstance(node, syntax.Name):
            return False
        joint = self._at(path.value)
        while joint is not None and joint.is_alias:
            above = self.above(body, joint.level, joint.place)
            joint = above if isinstance(above, Joint) else None
        line = joint.present.get(body) if joint is not None else None
        if joint is None or line is None or not isinstance(line.unit, Instance) or path.name not in line.unit.passes:
            return False
        value = line.arguments[line.unit.passes[path.name]].value if line.arguments else word("prev")
        source = self.of(body, node.id, self.level, self.level.place)
        return isinstance(value, syntax.Name) and self.of(body, value.id, joint.level, joint.place) == source

    def _at(self, path: Any) -> Joint | None:
        """The line that a path names, as `layer.x`."""
        if isinstance(path, syntax.Name):
            return next((named[path.id] for named in self.named if path.id in named), None)
        around = self._at(path.value) if isinstance(path, syntax.Attribute) else None
        lines = around.inside.joints if around is not None and around.inside is not None else []
        return next((joint for joint in lines if joint.node.id == path.name), None)
