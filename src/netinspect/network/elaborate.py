"""A spec to a network: what the text means, in plain Python, with every mistake located.

The network is elaborated for batches of 2 and 3 and for the reported batch size at once; the batch axis
shows itself as the size that differs. `tie` and `frozen` name paths of the finished network, so they are looked up
last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

from netinspect import gallery_specs
from netinspect.catalogue import FUNCTIONS, LAYERS, Entry
from netinspect.catalogue.common import sizes
from netinspect.catalogue.entry import TensorType
from netinspect.errors import Diagnostic, InputError, Mistake, Span, SpecError
from netinspect.language import syntax
from netinspect.language.messages import closest
from netinspect.language.parse import parse_expression
from netinspect.language.preprocess import PICTURE_SIZES, worked_out
from netinspect.language.rewrite import replacement
from netinspect.language.source import STDIN, Source, read_source
from netinspect.network import invoke
from netinspect.network.axes import runs_over_steps, unit_axes
from netinspect.network.body import declared_names, fill
from netinspect.network.context import MISSING, Context, Cursor, Work
from netinspect.network.counting_steps import count_steps
from netinspect.network.evaluate import evaluate, whole
from netinspect.network.network import PROBES, Call, Labels, Network, NetworkInput, Scope, Value, prefixes
from netinspect.network.results import POISON, LineResult, Opaque, Poisoned, Refused, Unknown

AXES_BY_RANK: Final = {
    0: (), 1: ("features",), 2: ("channels", "time"), 3: ("channels", "height", "width"),
    4: ("channels", "depth", "height", "width"),
}  # fmt: skip
START: Final = Span(1, 1, 1, 1)

Assignments = Sequence[tuple[str, str]]
InputShapes = Sequence[tuple[str, tuple[int, ...]]]


def elaborate(
    spec: syntax.Spec,
    source: Source,
    *,
    diagnostics: Iterable[Diagnostic] = (),
    variant: str | None = None,
    assignments: Assignments = (),
    input_shapes: InputShapes = (),
    batch_size: int = 1,
    layers: Mapping[str, Entry] = LAYERS,
) -> Network:
    """The network a spec describes.

    `variant` names one of its variants; `assignments` are (var, expression text) pairs and `input_shapes`
    (input name or "", sizes without the batch) pairs that override the spec and switch `expect` off.
    Raises SpecError with every mistake found, `diagnostics` of parsing among them, in source order.
    """
    chosen = _variant(spec, source, variant)
    blocks = {block.name: block for block in spec.blocks}
    work = Work(blocks, {}, (*PROBES, batch_size), layers, FUNCTIONS, source.lines)
    root = Scope("", "", None, False, None, START)
    try:
        for diagnostic in diagnostics:
            work.report(diagnostic)
        work.vars = _vars(spec, chosen, assignments, work, root)
        network = _network(spec, source, chosen, work, root, input_shapes)
    except Mistake as mistake:
        work.report(mistake.diagnostic)
        network = None
    except Refused as refused:  # what there is of it is too much to be worked on: no partial network
        raise SpecError(_in_order([*work.diagnostics, refused.diagnostic]), source) from None
    except Poisoned:  # an input's size uses a var that failed, and that is reported
        network = None
    changed = [name for name, _ in assignments] + [f"the shape of {name or 'the input'}" for name, _ in input_shapes]
    if network is not None:
        network = _with_steps(network, spec)
        try:
            pairs = (_labels(stated, network, source, may_differ=bool(changed)) for stated in spec.labels)
            labels = dict(chain.from_iterable(pairs))
            network = replace(network, labels=labels) if labels else network
        except Mistake as mistake:
            work.report(mistake.diagnostic)
    if work.diagnostics or network is None:
        raise SpecError(_in_order(work.diagnostics), source, _partial(spec, source, chosen, work, root))
    has_checks = network.expect is not None or network.budget is not None
    notes = (
        (f"{', '.join(changed)} overridden: `expect` and `budget` are not checked",) if changed and has_checks else ()
    )
    return replace(network, expect=None, budget=None, notes=notes) if notes else network


def _with_steps(network: Network, spec: syntax.Spec) -> Network:
    """The network with names for the axes of its sequences, where the spec has none for them."""
    unnamed = {declared.name for declared in spec.inputs if declared.axes is None}
    stepped = {item for item in network.inputs if item.name in unnamed and runs_over_steps(network, item.value)}
    if not stepped:
        return network
    named = (replace(item, axes=("time", "features")) if item in stepped else item for item in network.inputs)
    return replace(network, inputs=tuple(named))


def _labels(
    stated: syntax.Labels, network: Network, source: Source, *, may_differ: bool
) -> Iterator[tuple[str, Labels]]:
    """An output's name with its labels; none where there are as many no more and they `may_differ`, or where the spec
    stands in no file and its labels would."""
    outputs = dict(network.outputs)
    output = network.outputs[0][0] if stated.output is None else stated.output
    if output not in outputs:
        known = f"the outputs are {', '.join(outputs)}" if output and len(outputs) > 1 else "it has one, without a name"
        raise Mistake.at("E213", f"`labels`: there is no output `{output[:60]}`", stated.span, known)
    value = outputs[output]
    shape = value.type.shape
    last = len(shape) - 1
    units = unit_axes(network)[value] if last > 1 else None
    axis = last if units is None else units
    if stated.points is not None:
        if last > 0:
            first, end = stated.points.first, stated.points.last
            steps = [step / max(1, shape[axis] - 1) for step in range(shape[axis])]
            if stated.points.spacing == "log":
                points = tuple(first * (end / first) ** step for step in steps)
            else:
                points = tuple(first + (end - first) * step for step in steps)
            yield output, Labels(axis, (), points, stated.points.unit)
        return
    names = _names(stated, source)
    if names is None:
        return
    fitting = [place for place in (axis, last) if last > 0 and shape[place] == len(names)]
    if fitting:
        yield output, Labels(fitting[0], names, (), stated.unit)
    elif not may_differ:
        along = "its last axis" if axis == last else f"axis {axis}"
        sizes = f"{shape[axis]:,} numbers along {along}" if last > 0 else "one number a sample"
        raise Mistake.at("E214", f"`labels` has {len(names):,} names, and the output {sizes}", stated.span)


def _names(stated: syntax.Labels, source: Source) -> tuple[str, ...] | None:
    """The names, of the gallery's list or the file where that is named; None where the spec stands in no folder."""
    if stated.is_list:
        return stated.names
    name = stated.names[0]
    if name.endswith(".txt"):
        if re.search(r"[/\\:\0]", name):  # a spec reads nothing of the disk but what lies beside it
            raise Mistake.at("E213", "`labels`: the file stands beside the spec, and has no folders", stated.span)
        file = Path(source.name).parent / name
        try:
            return tuple(read_source(file).text.rstrip("\n").split("\n"))
        except (InputError, SpecError) as error:
            if source.name == STDIN or Path(source.name).is_file():
                raise Mistake.at("E213", f"`labels`: {error}", stated.span) from None
            return None
    lists = gallery_specs.label_lists()
    if name not in lists:
        meant = closest(name, lists)
        advice = f"did you mean `{meant}`?" if meant else "write the names: `labels: [cat, dog, bear]`"
        others = f"the lists are {', '.join(lists)}; a file with a name a line ends in .txt"
        raise Mistake.at("E213", f"there is no list of labels `{name[:60]}`", stated.span, others, advice)
    return gallery_specs.labels(name)


def _in_order(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(diagnostics, key=lambda d: d.span or START))


def _variant(spec: syntax.Spec, source: Source, name: str | None) -> syntax.Variant | None:
    if name is None:
        return None
    for variant in spec.variants:
        if variant.name == name:
            return variant
    names = [variant.name for variant in spec.variants]
    guess = closest(name, names)
    known = f"; it has {', '.join(names)}" if names else "; it has none"
    hint = f"; did you mean `{guess}`?" if guess else known
    raise InputError(f"{source.name} has no variant `{name}`{hint}", "E112")


# --- vars and inputs -------------------------------------------------------------------------


def _blank(work: Work, root: Scope) -> Context:
    """A context without lines or inputs: what vars and sizes see."""
    return Context(work, root, {}, Cursor(MISSING), MISSING, {}, {})


def _plain(node: syntax.Expression, context: Context) -> Any:
    """The value of an expression over vars; nothing of the network is there yet (E212)."""
    try:
        return evaluate(node, context)
    except Unknown:
        raise Mistake.at("E212", "this is a number, text, a list or a layer type, never a tensor", node.span) from None


def _vars(
    spec: syntax.Spec, variant: syntax.Variant | None, assignments: Assignments, work: Work, root: Scope
) -> dict[str, Any]:
    """The vars in order, each an expression over those above it; a variant's and `--set`'s values instead."""
    nodes = {var.name: var.value for var in spec.vars}
    for var in variant.vars if variant else ():
        if var.name not in nodes:
            raise _unknown_var(var.name, nodes, var.span)
        nodes[var.name] = var.value
    written = dict(assignments)
    for name, text in written.items():
        if name not in nodes:
            diagnostic = _unknown_var(name, nodes, None).diagnostic
            in_a_line = f"{diagnostic.message}; {diagnostic.help or diagnostic.note}"
            raise InputError(f"--set {name}: {in_a_line}", "E112")
        nodes[name] = parse_expression(text, f"--set {name}")
    values: dict[str, Any] = {}
    work.vars = values
    context = _blank(work, root)
    for name, node in nodes.items():
        try:
            values[name] = _plain(node, context)
        except Mistake as mistake:
            if name in written:
                raise SpecError((mistake.diagnostic,), Source(f"--set {name}", written[name])) from None
            work.report(mistake.diagnostic)
            values[name] = POISON
        except Poisoned:
            values[name] = POISON
    return values


def _unknown_var(name: str, known: Iterable[str], span: Span | None) -> Mistake:
    known = list(known)
    guess = closest(name, known)
    return Mistake.at(
        "E112",
        f"there is no var `{name}`",
        span,
        note=f"vars: {', '.join(known)}" if known else "the spec has no `vars:`",
        help=f"did you mean `{guess}`?" if guess else None,
    )


def _inputs(spec: syntax.Spec, work: Work, root: Scope, input_shapes: InputShapes) -> tuple[NetworkInput, ...]:
    overrides = dict(input_shapes)
    names = [declared.name for declared in spec.inputs]
    for name in overrides:
        if name and name not in names:
            raise InputError(f"there is no input `{name}`; the spec has {', '.join(names)}")
    context = _blank(work, root)
    inputs = []
    for position, declared in enumerate(spec.inputs):
        override = overrides.get(declared.name, overrides.get("") if position == 0 else None)
        sizes = override if override is not None else _sizes(declared, context)
        if declared.axes is not None and len(sizes) != len(declared.axes):
            raise InputError(f"the input has {len(declared.axes)} axes ({', '.join(declared.axes)}), not {len(sizes)}")
        high = None if declared.high is None else whole(_plain(declared.high, context), declared.high.span, "`high`")
        if high is not None and high < 1:
            raise Mistake.at("E211", f"high: {high} is out of range: must be at least 1", declared.span)
        two, three, reported = (TensorType((batch, *sizes), declared.dtype) for batch in context.work.batch_sizes)
        if two.elements > 10**15:
            raise Mistake.at(
                "E502", f"an input of {two.elements // 2:,} elements; at most 10^15 are allowed", declared.span
            )
        value = Value((two, three, reported), declared.name, context.scope, 0, declared.span)
        axes = declared.axes or AXES_BY_RANK.get(len(sizes)) or tuple(f"axis{i}" for i in range(1, len(sizes) + 1))
        steps = _preprocess(declared, context, keeps_size=override is None)
        inputs.append(NetworkInput(declared.name, value, axes if sizes else (), high, steps))
    return tuple(inputs)


def _preprocess(declared: syntax.Input, context: Context, *, keeps_size: bool) -> dict[str, Any]:
    """The steps with their sizes worked out. Stated sizes of pictures hold for the stated input only: where
    `keeps_size` is False they are left out, and a picture is made to fit as if there were none."""

    def number(expression: syntax.Expression, least: int, most: int) -> int:
        size = whole(_plain(expression, context), expression.span, "a size")
        if not least <= size <= most:
            raise Mistake.at("E211", f"{size} is out of range: from {least} to {most:,}", expression.span)
        return size

    steps = worked_out(declared.preprocess, number, lambda message: Mistake.at("E211", message, declared.span))
    sizes = [
        setting["size"] if isinstance(setting, dict) else setting
        for step, setting in steps.items()
        if step in PICTURE_SIZES
    ]
    if keeps_size or all(size == "input" for size in sizes):
        return steps
    return {step: setting for step, setting in steps.items() if step not in PICTURE_SIZES}


def _sizes(declared: syntax.Input, context: Context) -> tuple[int, ...]:
    sizes = []
    for position, node in enumerate(declared.shape):
        if position == 0 and len(declared.shape) > 1 and _is_batch(node, context):
            gone = Span(node.span.line, node.span.column, node.span.line, declared.shape[1].span.column)
            raise Mistake.at(
                "E212",
                "the batch is never written",
                node.span,
                "a spec holds for every batch size",
                "begin with the axis behind it",
                fix=replacement(gone, ""),
            )
        try:
            size = whole(_plain(node, context), node.span, "a size")
        except Mistake as mistake:
            if mistake.diagnostic.code != "E104" or not isinstance(node, syntax.Name):
                raise
            note = f"a size is a number, or a name under `vars`: `vars: {{{node.id}: 100}}`"
            raise Mistake.at(
                "E104",
                mistake.diagnostic.message,
                node.span,
                note,
                "write a number, such as 100",
                suggestion=replacement(node.span, "100"),
            ) from None
        if size < 1:
            raise Mistake.at("E211", f"{size} is out of range: a size is at least 1", node.span)
        sizes.append(size)
    return tuple(sizes)


_BATCH: Final = frozenset({"batch", "batch_size", "bs", "B", "N", "n"})


def _is_batch(node: syntax.Expression, context: Context) -> bool:
    """Whether a size is what other tools write for the batch: None, -1, `batch`."""
    if isinstance(node, syntax.Name):
        return node.id in _BATCH and context.find(node.id) is MISSING
    if isinstance(node, syntax.Unary):
        return node.operator == "-"
    return isinstance(node, syntax.Literal) and node.value is None


# --- the network -----------------------------------------------------------------------------


def _network(
    spec: syntax.Spec,
    source: Source,
    variant: syntax.Variant | None,
    work: Work,
    root: Scope,
    input_shapes: InputShapes,
) -> Network | None:
    inputs = _inputs(spec, work, root, input_shapes)
    work.inputs = root.inputs = tuple(item.value for item in inputs)
    work.paths.update(item.name for item in inputs)
    counting = Context(work, root, {item.name: Opaque() for item in inputs}, Cursor(Opaque()), Opaque(), {}, {})
    work.foresee(count_steps(spec.body, counting))
    work.invoke = invoke
    names = {item.name: LineResult(item.value, START) for item in inputs if item.name != "input"}
    first = LineResult(inputs[0].value, START)
    context = Context(work, root, dict(names), Cursor(first), first, {}, declared_names(spec.body))
    try:
        _, outputs = fill(context, spec.body)
    except Poisoned:
        return None
    if work.diagnostics:
        return None
    named = tuple(zip(outputs or ("",), root.results, strict=True))
    check_references(spec, work, root)
    return _assemble(spec, source, variant, work, root, inputs, named)


def _assemble(
    spec: syntax.Spec,
    source: Source,
    variant: syntax.Variant | None,
    work: Work,
    root: Scope,
    inputs: tuple[NetworkInput, ...],
    outputs: tuple[tuple[str, Value], ...],
) -> Network:
    holder = spec if variant is None or _is_base(variant) else variant
    chosen = variant if variant is not None else spec
    if variant is not None and not _is_base(variant):
        name = variant.name
    else:
        name = spec.name or (variant.name if variant else source.name)
    return Network(
        name=name,
        source=source.name,
        variant=variant.name if variant else None,
        batch_size=work.batch_sizes[-1],
        inputs=inputs,
        root=root,
        calls=tuple(work.calls),
        outputs=outputs,
        ties=shared_parameters(spec, work.calls),
        frozen=frozen_paths(spec, work.calls, root),
        expect=chosen.expect or holder.expect,
        budget=chosen.budget or spec.budget,  # what the file may cost, each variant may, unless it says otherwise
        results=dict(chosen.results or holder.results),
        vars=dict(work.vars),
    )


def _is_base(variant: syntax.Variant) -> bool:
    """Whether a variant overrides nothing: then it is the base, and the file's own figures hold for it."""
    return not variant.vars


def _partial(
    spec: syntax.Spec, source: Source, variant: syntax.Variant | None, work: Work, root: Scope
) -> Network | None:
    """The network of the calls before the first mistake, for a table that shows how far it went."""
    calls = work.calls[: work.sound_calls]
    if not calls or not root.inputs:
        return None
    inputs = tuple(
        NetworkInput(declared.name, value, (), None, {})
        for declared, value in zip(spec.inputs, root.inputs, strict=False)
    )
    _keep_only(root, set(calls))
    last = calls[-1].outputs[0]
    partial = _assemble(spec, source, variant, work, root, inputs, (("", last),))
    return replace(partial, calls=tuple(calls), expect=None, budget=None, ties={}, frozen=())


def _keep_only(scope: Scope, calls: set[Call]) -> None:
    """Take out of the tree what came after the first mistake."""
    for item in scope.items:
        if isinstance(item, Scope):
            _keep_only(item, calls)
    scope.items = [item for item in scope.items if (item.items if isinstance(item, Scope) else item in calls)]


# --- tie and frozen ------------------------------------------------------------------------------


def parameter_shapes(work: Work, root: Scope) -> dict[str, tuple[int, ...]]:
    """Every parameter's state-dict key and shape, scopes' own ones included."""
    shapes = {parameter.key: parameter.shape for scope in root.walk() for parameter in scope.parameters}
    for call in work.calls:
        if call.module is not None and not call.again:
            for weight in call.result.parameters:
                shapes[f"{call.module}.{weight.name}"] = weight.shape
    return shapes


def check_references(spec: syntax.Spec, work: Work, root: Scope) -> None:
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
            work.report(Mistake.at("E402", message, tied.span, note=note).diagnostic)
        elif _owner(to.path, owners) == tied.path:
            note = "the parameter on the right of a tie is the one that stays"
            advice = "delete this line, or tie it to another parameter"
            mistake = Mistake.at("E403", f"`{tied.path}` is tied to itself", tied.span, note=note, help=advice)
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
    return Mistake.at(
        "E403",
        f"there is no `{reference.path}` with parameters in the network",
        reference.span,
        help=f"did you mean `{guess}`?" if guess else None,
    )
