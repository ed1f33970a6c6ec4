"""Which uses of a block are alike: one panel stands for all uses of one form, and says where these differ.

Two uses of a block have one form where they are made of the same layers in the same order, and take constants for the
same inputs. In a list of nothing but
equal blocks their number makes no difference, nor does it which activation functions there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from netinspect.network.network import Call, Scope, Value
from netinspect.pictures.diagram.graph import Node, calls_of
from netinspect.pictures.diagram.words import differing, of_all

MOST: Final = 6
"""Panels for insides of blocks, at most."""


@dataclass(slots=True)
class Form:
    """A form of a block: all its uses in the picture, in the order in which they run, and the inside of the first."""

    title: str
    uses: list[Scope]
    inside: list[Node]
    letter: str = ""

    @property
    def label(self) -> str:
        """`Bottleneck`, or `Bottleneck b` where the picture has several forms of it."""
        return f"{self.title} {self.letter}".rstrip()

    @property
    def kinds(self) -> set[str]:
        """What it is made of."""
        return {call.entry.name for call in calls_of(self.uses[0])}


@dataclass(frozen=True, slots=True)
class Forms:
    """All forms of the blocks that are closed in a picture, by block.

    `peers` has for each call of a form's first use those of all uses that stand in its place.
    """

    of: dict[Scope, Form] = field(default_factory=dict)
    peers: dict[Call, tuple[Call, ...]] = field(default_factory=dict)

    def alike(self, call: Call) -> tuple[Call, ...]:
        """All calls that a box of a panel stands for."""
        return self.peers.get(call, (call,))

    @property
    def forms(self) -> tuple[Form, ...]:
        """Each once, those of outer blocks first."""
        return tuple({id(form): form for form in self.of.values()}.values())


def forms_of(nodes: Iterable[Node], inside_of: Callable[[Scope], list[Node]], constants: Container[Value]) -> Forms:
    """The forms of all closed blocks: those that nodes stand for, and those in their insides."""
    known: dict[tuple[str, Hashable], Form] = {}
    forms = Forms()
    waiting = [_blocks(nodes)]
    while waiting:
        fresh: list[Form] = []
        for block in waiting.pop(0):
            if block in forms.of:
                continue
            key = (block.title or "", (_made_of(block), *(value in constants for value in block.inputs)))
            if key not in known:
                known[key] = Form(key[0], [], inside_of(block))
                fresh.append(known[key])
            known[key].uses.append(block)
            forms.of[block] = known[key]
        waiting += [_inner(form) for form in fresh]
    for form in known.values():
        calls = [calls_of(use) for use in form.uses]
        if len({len(each) for each in calls}) == 1:
            forms.peers.update(zip(calls[0], zip(*calls, strict=True), strict=True))
    counts = Counter(form.title for form in known.values())
    for title in (title for title, count in counts.items() if count > 1):
        for number, form in enumerate(form for form in known.values() if form.title == title):
            form.letter = chr(ord("a") + number) if number < 26 else str(number + 1)
    return forms


def _blocks(nodes: Iterable[Node]) -> list[Scope]:
    """All closed blocks with a title that nodes stand for, those in closed lists too."""
    return [block for node in nodes for member in node.members for block in titled(member)]


def differing_counts(form: Form) -> tuple[str, ...]:
    """`DenseLayer ×6, ×12`: how many blocks of a title stand in the uses of a form, where these differ."""
    uses = [Counter(block.title for block in _inside(use)) for use in form.uses]
    texts = []
    for title in uses[0]:
        counts = [f"×{use[title]}" for use in uses]
        if len(set(counts)) > 1:
            texts.append(f"{title} {', '.join(counts) if len(counts) <= MOST else of_all(counts)}")
    return tuple(texts)


def _inside(scope: Scope) -> list[Scope]:
    """The outermost blocks with a title in a block."""
    return [block for item in scope.items for block in titled(item)]


def titled(item: Call | Scope | Value) -> list[Scope]:
    """The block that an item is, or the outermost blocks with a title in a list."""
    if not isinstance(item, Scope):
        return []
    return [item] if item.title is not None else [block for inner in item.items for block in titled(inner)]


def _inner(form: Form) -> list[Scope]:
    """The blocks that are closed in a form's panel, in all of its uses: by their places where these have the same
    lists, else by their titles."""
    scopes = [list(use.walk()) for use in form.uses]
    closed = set(_blocks(form.inside))
    places = [place for place, scope in enumerate(scopes[0]) if scope in closed]
    titles = {block.title for block in closed}
    return [
        block
        for use, each in zip(form.uses, scopes, strict=True)
        for block in (
            [each[place] for place in places]
            if len(each) == len(scopes[0])
            else [block for block in _inside(use) if block.title in titles]
        )
    ]


def _made_of(scope: Scope) -> Hashable:
    parts: list[Hashable] = []
    for item in scope.items:
        if isinstance(item, Scope):
            parts.append((item.title or "", _made_of(item)))
        else:
            parts.append("activation" if item.entry.family == "activation" else item.entry.name)
    alike = len(set(parts)) == 1 and all(isinstance(item, Scope) for item in scope.items)
    return (*parts[:1], "repeated") if alike and len(parts) > 1 else tuple(parts)


def drawn_forms(forms: Forms) -> tuple[Form, ...]:
    """Which have a panel: of each title the commonest, then in turn one more that has the most other layers, while
    there is room."""
    titles: dict[str, list[Form]] = {}
    for form in forms.forms:
        titles.setdefault(form.title, []).append(form)
    chosen = [[max(each, key=lambda form: (len(form.uses), len(calls_of(form.uses[0]))))] for each in titles.values()]
    chosen = chosen[:MOST]
    for _ in range(MOST):
        for picks, each in zip(chosen, titles.values(), strict=False):
            others = [form for form in each if form not in picks]
            if others and sum(map(len, chosen)) < MOST:
                known = set().union(*(form.kinds for form in picks))
                picks.append(max(others, key=lambda form: (len(form.kinds - known), len(form.uses))))
    return tuple(form for picks in chosen for form in sorted(picks, key=lambda form: form.letter))


def held(scope: Scope, forms: Forms) -> tuple[str, ...]:
    """`49 × Layer a`, `1 × Layer b` for a list that holds nothing but blocks of one title, and what differs between
    them: `dilation 1…512`."""
    blocks = [item for item in scope.items if isinstance(item, Scope) and item.title is not None]
    if len(blocks) < max(2, len(scope.items)) or len({block.title for block in blocks}) > 1:
        return ()
    labels = Counter(forms.of[block].label if block in forms.of else block.title or "" for block in blocks)
    return (*(f"{count} × {label}" for label, count in labels.items()), *differences(blocks))


def differences(blocks: Sequence[Scope]) -> tuple[str, ...]:
    """The options in which blocks differ that are made alike."""
    groups: dict[Hashable, list[list[Call]]] = {}
    for block in blocks:
        calls = calls_of(block)
        groups.setdefault(tuple(call.entry.name for call in calls), []).append(calls)
    words = [word for group in groups.values() for calls in zip(*group, strict=True) for word in differing(calls)]
    return tuple(dict.fromkeys(words))
