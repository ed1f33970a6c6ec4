"""An in-place call on a tensor that something else reads too."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.errors import Diagnostic
from netinspect.findings.flow import name_elsewhere, name_of, once_a_line
from netinspect.findings.rule import Rule, Subject
from netinspect.findings.writing import line_without
from netinspect.network.network import Call, Value


@once_a_line
def _overwritten(subject: Subject) -> Iterator[Diagnostic]:
    in_place = [call for call in subject.network.calls if call.arguments.get("inplace") is True]
    if not in_place:
        return
    order = {call: place for place, call in enumerate(subject.network.calls)}
    for call in in_place:
        harm = _harm(subject, call, order)
        if harm is None:
            continue
        message, note, changes_values = harm
        text, fix = line_without(subject, call, "inplace")
        # where a later read sees other numbers, the network mended would compute something else
        yield Diagnostic(
            "W213", message, call.span, note=note, help=f"write `{text}`", fix=() if changes_values else fix
        )


def _harm(subject: Subject, call: Call, order: dict[Call, int]) -> tuple[str, str, bool] | None:
    """What goes wrong, and why: a later read sees other numbers, or the backward pass misses the old ones; and whether
    what the network computes is another thing by it."""
    overwritten = _overwritten_tensors(subject, call)
    readers = [reader for value in overwritten for reader in subject.users.get(value, ()) if reader is not call]
    later = next((reader for reader in readers if order[reader] > order[call]), None)
    maker = subject.makers.get(call.inputs[0])
    name = name_elsewhere(maker) if maker is not None else f"`{call.inputs[0].origin}`"
    if later is not None:
        return (
            f"inplace=True overwrites what {name} gives, which {name_elsewhere(later)} reads after it",
            f"{name_elsewhere(later)} gets what {name_of(call)} has made of it, and not what {name} gave",
            True,
        )
    if any(value in subject.results for value in overwritten):
        return (
            f"inplace=True overwrites what {name} gives, which the network returns",
            f"what is returned is what {name_of(call)} has made of it",
            True,
        )
    keeper = next((reader for reader in readers if _keeps(reader, overwritten)), None)
    if keeper is None and maker is not None and "output" in maker.result.saved:
        keeper = maker
    if keeper is not None:
        return (
            f"inplace=True overwrites what {name} gives, which the backward pass of {name_elsewhere(keeper)} needs",
            "torch stops training with a RuntimeError: modified by an inplace operation",
            False,
        )
    return None


def _overwritten_tensors(subject: Subject, call: Call) -> set[Value]:
    """The tensors in the memory that a call writes to, but for those that are made of what it has written."""
    root = call.inputs[0]
    while (maker := subject.makers.get(root)) is not None and maker.result.alias and root is maker.outputs[0]:
        root = maker.inputs[0]
    return _views_of(subject, root, without=call)


def _views_of(subject: Subject, root: Value, without: Call) -> set[Value]:
    views, waiting = set[Value](), [root]
    while waiting:
        value = waiting.pop()
        views.add(value)
        waiting += [
            user.outputs[0]
            for user in subject.users.get(value, ())
            if user is not without and user.result.alias and user.inputs[0] is value
        ]
    return views


def _keeps(reader: Call, values: set[Value]) -> bool:
    """Whether its backward pass needs one of these tensors."""
    kept = [reader.inputs[item] for item in reader.result.saved if isinstance(item, int) and item < len(reader.inputs)]
    return any(value in values for value in kept)


RULE = Rule(
    code="W213",
    title="inplace on a value that is read again",
    why=(
        "An in-place layer writes its result over its input. Whatever reads that input later gets the result, so that "
        "a shortcut adds something else than it seems to; and where the backward pass needs the old numbers, "
        "torch stops."
    ),
    bad="input: [16, 8, 8]\nlayers:\n  - stem: Conv2d(16, kernel_size=3, padding=1)\n  - ReLU(inplace=True)\n"
    "  - Conv2d(16, kernel_size=3, padding=1)\n  - add(stem, prev)\n",
    good="input: [16, 8, 8]\nlayers:\n  - stem: Conv2d(16, kernel_size=3, padding=1)\n  - ReLU\n"
    "  - Conv2d(16, kernel_size=3, padding=1)\n  - add(stem, prev)\n",
    check=_overwritten,
)
