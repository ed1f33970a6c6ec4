"""The names in one forward: of modules, as a checkpoint knows them, and of results that are needed further down.

Steps that go once through a list of modules are one item, a sub-network with the name of that list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from netinspect.catalogue import FUNCTIONS
from netinspect.drafts.torch_program.tensors import AS_LAYERS
from netinspect.drafts.torch_program.values import (
    Container,
    Input,
    Instance,
    Layer,
    Module,
    Scalar,
    Step,
    Tensor,
    Untold,
    carries_weights,
    tensors_in,
)
from netinspect.language.names import KEYWORDS, MODULE_NAMES, RESERVED, YAML_WORDS

GENERIC: Final = frozenset("x y h z o X out output outputs res result inputs inp img image data features tmp".split())
"""Variables that say nothing of what they hold: the layer's name says more."""


UNNAMED: Final = "unnamed_"
"""With a number behind it the name of what has none in the text: a spec gives it none either."""


FUNCTION_OF: Final = {layer: function for function, layer in AS_LAYERS.items() if function in FUNCTIONS}


@dataclass(frozen=True, slots=True)
class Call:
    """A block as its line calls it: its name and arguments, which stand in the words of the caller."""

    name: str
    arguments: tuple[tuple[str | None, Scalar], ...]


@dataclass(slots=True)
class Passage:
    """Steps that go once through the children of a ModuleList, from the first to the last: a sub-network of its own."""

    container: Container
    steps: list[Item]


Item: TypeAlias = "Step | Passage"


@dataclass(slots=True)
class Scope:
    """What is known while the lines of one forward are written."""

    instance: Instance
    blocks: Mapping[int, Call]
    notes: list[str]
    names: dict[int, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    done: set[int] = field(default_factory=set)
    needed: set[int] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    inside: dict[int, Passage] = field(default_factory=dict)
    returned: dict[int, str] = field(default_factory=dict)
    current: Passage | None = None


def input_names(instance: Instance) -> list[str]:
    """The inputs of a block as its header names them: `input` if there is one."""
    if len(instance.inputs) == 1:
        return ["input"]
    names: list[str] = []
    for tensor in instance.inputs:
        assert isinstance(tensor.source, Input)
        names.append(usable(tensor.source.name, names))
    return names


def usable(name: str, taken: Sequence[str] | set[str]) -> str:
    """The name, or one like it that is free and that a spec allows."""
    if name in KEYWORDS | RESERVED | MODULE_NAMES or name.lower() in YAML_WORDS or name.startswith("__"):
        name = f"{name}_1".lstrip("_")
    base, number = name, 1
    while name in taken:
        number += 1
        name = f"{base}{number}" if not base[-1].isdigit() else f"{base}_{number}"
    return name


def live_steps(instance: Instance) -> list[Step]:
    """The steps whose results reach what is returned."""
    reached: set[int] = set()
    waiting = [tensor.source for tensor in tensors_in(instance.result)]
    while waiting:
        source = waiting.pop()
        if isinstance(source, Step) and id(source) not in reached:
            reached.add(id(source))
            waiting += [tensor.source for tensor in taken_by(source)]
    return [step for step in instance.steps or [] if id(step) in reached]


def taken_by(step: Step) -> list[Tensor]:
    """The tensors that a step takes."""
    return [tensor for _, value in step.arguments for tensor in tensors_in(value)]


def flatten_for_linear(steps: list[Step]) -> None:
    """`x.view(-1, 400)` of an image, for a Linear of 400 features, is what Flatten does: its Linear checks the size."""
    for step in steps:
        if step.called not in ("view", "reshape") or len(step.arguments) != 3:
            continue
        tensor, rows, columns = (value for _, value in step.arguments)
        users = [user.called for user in steps if any(other.source is step for other in taken_by(user))]
        sizes = [user.argument("in_features") if isinstance(user, Layer) else None for user in users]
        width = columns.value if isinstance(columns, Scalar) else None
        fits = bool(sizes) and all(isinstance(size, Scalar) and size.value == width for size in sizes)
        is_image = isinstance(tensor, Tensor) and tensor.axes == "batch" and (tensor.rank or 4) > 3
        if fits and is_image and isinstance(rows, Scalar) and rows.value == -1:
            step.called, step.arguments = Layer("Flatten", []), step.arguments[:1]


def gathered(instance: Instance, steps: list[Step]) -> list[Item]:
    """The steps, with each passage through a ModuleList as one item."""
    items: list[Item] = list(steps)
    lists = [value for value in instance.attributes.values() if isinstance(value, Container)]
    if instance.children is not None:
        lists.append(instance.children)
    for container in lists:
        calls = [
            place
            for place, item in enumerate(items)
            if isinstance(item, Step) and any(item.called is child for child in container.children.values())
        ]
        if not calls:
            continue
        first, last = calls[0], calls[-1]
        part = items[first : last + 1]
        if _is_passage(container, part, items[last + 1 :], instance):
            items[first : last + 1] = [Passage(container, part)]
    return items


def _is_passage(container: Container, part: list[Item], after: list[Item], instance: Instance) -> bool:
    inside = {id(step) for step in part if isinstance(step, Step)}
    called = []
    for step in part:
        if not isinstance(step, Step):
            return False
        if any(step.called is child for child in container.children.values()):
            called.append(step.called)
        elif isinstance(step.called, Layer):
            if step.called.has_weights or step.called.kind not in FUNCTION_OF:
                return False
        elif not isinstance(step.called, str):
            return False
    if [id(module) for module in called] != [id(child) for child in container.children.values()]:
        return False
    first = part[0]
    assert isinstance(first, Step)
    outside = [
        tensor
        for item in after
        for step in (item.steps if isinstance(item, Passage) else [item])
        if isinstance(step, Step)
        for _, value in step.arguments
        for tensor in tensors_in(value)
    ]
    return all(id(tensor.source) not in inside or not tensor.path for tensor in outside + tensors_in(instance.result))


def module_name(module: Module, instance: Instance) -> str | None:
    """The name of a module in the forward of `instance`; None for a position. `layers_0` for the child of a list."""
    labels: list[str] = []
    place = module.place
    while place is not None:
        if place.name:
            labels.insert(0, place.name)
        if place.owner is instance:
            label = "_".join(labels)
            return None if label.isdigit() or label.startswith(UNNAMED) else label
        if isinstance(place.owner, Instance):
            break
        place = place.owner.place
    raise Untold


def name_steps(items: list[Item], scope: Scope, in_container: Container | None = None) -> None:
    """Give a name to every module that a checkpoint may know, and to every result that is needed further down."""
    for item in items:
        if isinstance(item, Passage):
            label = module_name(item.container, scope.instance)
            if label:
                scope.names[id(item)] = _take(scope, label)
                scope.inside |= {id(step): item for step in item.steps[:-1]}
            name_steps(item.steps, scope, item.container)
            continue
        module = item.called
        if isinstance(module, str):
            if id(item) in scope.needed:
                scope.names[id(item)] = _take(scope, _suggested(item, module, scope))
            continue
        positioned = in_container is not None and any(module is child for child in in_container.children.values())
        if id(module) in scope.done or positioned or (module.place is None):
            label = None
        else:
            label = module_name(module, scope.instance)
            if isinstance(module.place.owner, Container) and label is not None and carries_weights(module):
                scope.notes.append(
                    f"`{label}` is an entry of a list in the code: its key in a checkpoint is another one"
                )
        scope.done.add(id(module))
        if label is not None and (carries_weights(module) or not isinstance(module, Layer)):
            scope.names[id(item)] = scope.names[id(module)] = _take(scope, label)
        elif id(item) in scope.needed:
            kind = module.kind if isinstance(module, Layer) else scope.names.get(id(module)) or label or "list"
            scope.names[id(item)] = _take(scope, _suggested(item, kind, scope))


def _suggested(step: Step, what: str, scope: Scope) -> str:
    if id(step) in scope.returned:
        return scope.returned[id(step)]
    if step.variable is not None and step.variable not in GENERIC and not step.variable.startswith(UNNAMED):
        return step.variable
    words = {"+": "sum", "-": "difference", "getitem": "part"}.get(what, what.lower())
    return f"{words}1" if words in FUNCTIONS else words


def _take(scope: Scope, name: str) -> str:
    name = usable(name, scope.taken)
    scope.taken.add(name)
    return name


def find_needed(items: list[Item], scope: Scope, previous: object) -> object:
    """Mark the steps whose results are not taken by the next line alone; returns the step of the last line."""
    for item in items:
        if isinstance(item, Passage):
            _need(entry_of(item), previous, scope)
            find_needed(item.steps, scope, entry_of(item).source)
            previous = item.steps[-1]
            continue
        for tensor in taken_by(item):
            _need(tensor, previous, scope)
        previous = item
    return previous


def _need(tensor: Tensor, previous: object, scope: Scope) -> None:
    if isinstance(tensor.source, Step) and (tensor.source is not previous or tensor.path):
        scope.needed.add(id(tensor.source))


def entry_of(passage: Passage) -> Tensor:
    """The tensor that goes into the first step of a passage."""
    first = passage.steps[0]
    assert isinstance(first, Step)
    value = first.arguments[0][1]
    assert isinstance(value, Tensor)
    return value
