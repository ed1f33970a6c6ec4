"""How torch is called for a call of the network: what the catalogue's Entry says of it, and no torch.

The model that is built and the source that is written follow from the same few rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from netinspect.catalogue.entry import REQUIRED, Argument, Entry
from netinspect.network.interfaces import Interface, Interfaces
from netinspect.network.network import Call, Network, Scope, Value, stands_in


def method_name(entry: Entry) -> str | None:
    """The name of the tensor method that an entry calls (`permute`), or None."""
    first, _, name = entry.torch.partition(".")
    return name if first == "Tensor" else None


def output_places(call: Call) -> tuple[tuple[int, ...], ...]:
    """Where each output of a call stands in what torch returns, as indices from the outside in; () is the whole."""
    if call.entry.gives_list:
        return tuple((index,) for index in range(len(call.outputs)))
    if call.result.places is not None:
        return call.result.places
    return tuple(output.place for output in call.entry.outputs)


def call_arguments(
    entry: Entry, operands: tuple[Any, ...], spelled: Callable[[Argument, Any], Any] = lambda _, value: value
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The unnamed and named arguments with which torch is called, from one operand for each of `entry.forward`.

    An optional argument is left out where it equals its default, and those after it go by name. One that stands
    for another (`same_as`) is given that one's value; those that are packed go as one tuple. `spelled` writes a value
    as torch has it.
    """
    unnamed: list[Any] = []
    named: dict[str, Any] = {}
    is_gap = False
    # An operand that is None is given as the one that it stands for.
    by_name = {argument.name: value for argument, value in zip(entry.forward, operands, strict=True)}
    for argument in entry.forward:
        if argument.same_as is not None and by_name[argument.name] is None:
            by_name[argument.name] = by_name[argument.same_as]
    for argument, value in _packed(entry.forward, by_name):
        if argument.default is not REQUIRED and is_default(value, argument):
            is_gap = True
        elif argument.keyword_only or is_gap:
            named[argument.name] = spelled(argument, value)
        else:
            unnamed.append(spelled(argument, value))
    return tuple(unnamed), named


def _packed(arguments: tuple[Argument, ...], by_name: dict[str, Any]) -> Iterator[tuple[Argument, Any]]:
    """Each argument with its value; the packed ones of one name as a single argument, a tuple or None."""
    done: set[str] = set()
    for argument in arguments:
        if argument.packed is None:
            yield argument, by_name[argument.name]
        elif argument.packed not in done:
            done.add(argument.packed)
            values = tuple(by_name[a.name] for a in arguments if a.packed == argument.packed)
            joined = Argument(argument.packed, argument.kind, argument.default)
            yield joined, None if all(value is None for value in values) else values


def is_default(value: Any, argument: Argument) -> bool:
    """Whether an argument may be left out."""
    return type(value) is type(argument.default) and bool(value == argument.default)


def gives_tuple(scope: Scope, network: Network) -> bool:
    """Whether the model returns the tuple of its `outputs:`; without them the one output has no name."""
    return scope.parent is None and bool(network.outputs[0][0])


def is_chain(scope: Scope, network: Network, borders: Interfaces) -> bool:
    """Whether each layer feeds the next and nothing else comes in or goes out: then it is an nn.Sequential."""
    if scope.tensors or len(scope.inputs) != 1 or borders.of[scope] != Interface((), ()):
        return False
    value: Value | None = scope.inputs[0]
    for item in scope.items:
        if value is None or item.again or not stands_in(item.module, scope):
            return False
        if isinstance(item, Call):  # it takes `value` and nothing else
            arguments, results = call_arguments(item.entry, item.forward), item.outputs
            is_plain = arguments == ((value,), {}) and output_places(item)[0] == ()
        else:
            results = item.results
            is_plain = item.inputs == (value,) and borders.of[item] == Interface((), ())
        value = results[0] if is_plain else None
    return scope.results == (value,) and not gives_tuple(scope, network)
