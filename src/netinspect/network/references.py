"""`tie` and `frozen`: paths of the finished network that the spec names."""

from __future__ import annotations

from collections.abc import Sequence

from netinspect.catalogue.faults import sizes
from netinspect.language import closest, syntax
from netinspect.network.context import Work
from netinspect.network.network import Call, Scope, prefixes
from netinspect.network.results import Mistake


def parameter_shapes(work: Work, root: Scope) -> dict[str, tuple[int, ...]]:
    """Every parameter's state-dict key and shape, scopes' own ones included."""
    shapes = {parameter.key: parameter.shape for scope in root.walk() for parameter in scope.parameters}
    for call in work.calls:
        if call.module is not None and not call.again:
            for weight in call.result.parameters:
                shapes[f"{call.module}.{weight.name}"] = weight.shape
    return shapes


def check(spec: syntax.Spec, work: Work, root: Scope) -> None:
    """Report every tie whose shapes differ (E402) and every path that is not there (E403)."""
    if not spec.tie and not spec.frozen:
        return
    shapes = parameter_shapes(work, root)
    owners: dict[str, str] = {}
    for tied, to in spec.tie:
        missing = [reference for reference in (tied, to) if reference.path not in shapes]
        for reference in missing:
            work.report(_no_such_path(reference, shapes).diagnostic)
        if missing:
            continue
        if shapes[tied.path] != shapes[to.path]:
            message = f"`{tied.path}` is {sizes(shapes[tied.path])} and `{to.path}` is {sizes(shapes[to.path])}"
            note = "tied parameters are one parameter, so their shapes must be the same"
            work.report(Mistake("E402", message, tied.span, note=note).diagnostic)
        elif _owner(to.path, owners) == tied.path:
            note = "the parameter on the right of a tie is the one that stays"
            advice = "delete this line, or tie it to another parameter"
            mistake = Mistake("E403", f"`{tied.path}` is tied to itself", tied.span, note=note, help=advice)
            work.report(mistake.diagnostic)
        else:
            owners[tied.path] = to.path
    modules = {part for key in shapes for part in prefixes(key)}
    for reference in spec.frozen:
        if reference.path not in modules:
            work.report(_no_such_path(reference, modules).diagnostic)


def _owner(path: str, owners: dict[str, str]) -> str:
    """Where the ties above lead from `path`. What was passed on the way leads there at once from now on, so that a
    chain of thousands is not walked thousands of times."""
    passed = []
    while path in owners:
        passed.append(path)
        path = owners[path]
    for name in passed:
        owners[name] = path
    return path


def shared_parameters(spec: syntax.Spec, calls: Sequence[Call]) -> dict[str, str]:
    """By tied parameter the one that stays, at the end of a chain of ties: those that layers have inside, then the
    spec's. A tie to itself is passed over."""
    ties = [
        (f"{call.module}.{name}", f"{call.module}.{first}")
        for call in calls
        if call.result.ties and not call.again
        for name, first in call.result.ties
    ]
    ties += [(tied.path, to.path) for tied, to in spec.tie]
    owners: dict[str, str] = {}
    for tied, to in ties:
        if _owner(to, owners) != tied:
            owners[tied] = to
    return {tied: _owner(tied, owners) for tied, _ in ties}


def frozen_paths(spec: syntax.Spec, calls: Sequence[Call], root: Scope) -> tuple[str, ...]:
    """What takes no gradient: what the spec says, of paths or of a parameter, and what layers keep from training."""
    listed = [reference.path for reference in spec.frozen]
    declared = [parameter.key for scope in root.walk() for parameter in scope.parameters if parameter.frozen]
    inside = [f"{call.module}.{name}" for call in calls if not call.again for name in call.result.frozen]
    return tuple(dict.fromkeys([*listed, *declared, *inside]))


def _no_such_path(reference: syntax.PathRef, known: object) -> Mistake:
    names = sorted(known) if isinstance(known, dict | set) else []
    guess = closest(reference.path, tuple(names))
    return Mistake(
        "E403",
        f"there is no `{reference.path}` with parameters in the network",
        reference.span,
        help=f"did you mean `{guess}`?" if guess else None,
    )
