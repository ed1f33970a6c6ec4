"""One call of a catalogue entry: its rule asked at the three batch sizes, its outputs as Values.

Rules are pure, so their answers are kept and a block repeated a thousand times is worked out once.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Final

from netinspect.catalogue.common import sizes
from netinspect.catalogue.entry import Argument, Entry, Fault, Result, TensorType
from netinspect.catalogue.formula import count
from netinspect.errors import Mistake, Span
from netinspect.network import operators
from netinspect.network.context import MAX_RANK, Context, Work
from netinspect.network.network import Call, Operand, Value
from netinspect.network.results import Answer, BoundCall, LayerArguments, LayerModule, LineResult

MAX_ELEMENTS: Final = 10**15
NO_ARGUMENTS: Final = LayerArguments({})


class Site:
    """Where a call stands: its path, the place in the file, and the places of its arguments."""

    __slots__ = ("again", "module", "path", "span", "spans")

    def __init__(
        self,
        path: str,
        span: Span,
        spans: Mapping[str, Span] | None = None,
        module: str | None = None,
        again: bool = False,
    ) -> None:
        self.path = path
        self.span = span
        self.spans = spans or {}
        self.module = module
        self.again = again


def apply(context: Context, entry: Entry, arguments: LayerArguments, bound: BoundCall, site: Site) -> LineResult:
    """Call `entry` and add the call to the network; its outputs as a line has them."""
    scope, operands = context.scope, bound.operands
    inputs = _values(operands)
    answer = _answer(context.work, entry, arguments, bound, inputs, site)
    alone = len(answer.outputs) == 1
    outputs = tuple(
        [
            Value(types, site.path if alone else f"{site.path}{entry.output_suffix(index)}", scope, index, site.span)
            for index, types in enumerate(answer.outputs)
        ]
    )
    # A call counts by its inputs, its outputs or its weights, whichever are most; four axes of a tensor count as one.
    input_tensors = sum([len(operand) if isinstance(operand, tuple) else 1 for operand in operands])
    output_axes = sum([(value.type.rank + 3) // 4 for value in outputs])
    weight_tensors = len(answer.result.parameters) + len(answer.result.buffers)
    context.work.take_tensors(max(1, input_tensors, output_axes, weight_tensors), site.span)
    call = Call(
        site.path,
        site.module,
        site.again,
        entry,
        answer.arguments.by_name,
        operands,
        inputs,
        outputs,
        answer.result,
        scope,
        site.span,
    )
    context.work.calls.append(call)
    scope.items.append(call)
    module = None
    if site.module is not None:
        tensors = (*answer.result.parameters, *answer.result.buffers)
        module = LayerModule(site.module, entry, answer.arguments, tensors)
    named = {output.name: value for output, value in zip(entry.outputs, outputs, strict=False)}
    value: Any = outputs if entry.gives_list else outputs[0]
    return LineResult(value, site.span, {} if entry.gives_list else named, module=module, kind=entry.name)


def _values(operands: tuple[Operand, ...]) -> tuple[Value, ...]:
    """The tensors among operands, those in lists too."""
    values: list[Value] = []
    for operand in operands:
        if isinstance(operand, Value):
            values.append(operand)
        elif isinstance(operand, tuple):
            values += _values(operand)
    return tuple(values)


def _answer(
    work: Work, entry: Entry, arguments: LayerArguments, bound: BoundCall, inputs: tuple[Value, ...], site: Site
) -> Answer:
    """The answer kept for a call on tensors alone, or a new one."""
    key = None
    if inputs == bound.operands:
        key = (entry.name, arguments, *[value.types for value in inputs])
        answer = work.answers.get(key)
        if answer is not None:
            return answer
    results = _results(work, entry, arguments, bound, site)
    two, three, reported = (result.outputs for result in results)
    if not len(two) == len(three) == len(reported):
        raise Mistake.at(
            "E307",
            f"`{entry.name}` gives one tensor for each sample of the batch",
            site.span,
            help="axis 0 is the batch; use another `dim`",
        )
    outputs = tuple(zip(two, three, reported, strict=True))
    for types in outputs:
        if not types[0].rank == types[1].rank == types[2].rank:
            raise Mistake.at(
                "E307",
                "the number of axes depends on the batch size",
                site.span,
                help="say which `dim` is meant; axis 0 is the batch",
            )
    if entry.is_layer and results[0].inferred:
        completion = (arguments, results[0].inferred)
        if completion not in work.completed:
            work.completed[completion] = LayerArguments({**arguments.by_name, **dict(results[0].inferred)})
        arguments = work.completed[completion]
    answer = Answer(results[-1], arguments, outputs)
    if key is not None:
        work.answers[key] = answer
    return answer


def _results(
    work: Work, entry: Entry, arguments: LayerArguments, bound: BoundCall, site: Site
) -> tuple[Result, Result, Result]:
    answers: list[Result | Mistake] = []
    for batch in range(3):
        forward = tuple([_at(operand, batch) for operand in bound.operands])
        try:
            answers.append(_infer(work, entry, arguments, forward))
        except Fault as fault:
            span = site.spans.get(fault.argument or "") or bound.spans.get(fault.argument or "") or site.span
            note = fault.note
            if note is None and fault.code.startswith("E3"):
                note = _inputs_note(bound.operands)
            answers.append(Mistake.at(fault.code, fault.message, span, note, fault.help))
    two, three, reported = answers
    if isinstance(two, Result) and isinstance(three, Result) and isinstance(reported, Result):
        if two.inferred != three.inferred:
            # E307, where a layer's weights would have another shape for every batch size.
            name = two.inferred[0][0]
            raise Mistake.at(
                "E307",
                f"`{entry.name}` would have {name} follow the batch size",
                site.span,
                note=_inputs_note(bound.operands),
                help="its weights are made once; bring the batch back to the first axis",
            )
        return two, three, reported
    mistake = _batch_mistake(work, entry, arguments, bound, site)
    if mistake is None and isinstance(reported, Mistake):  # it names the sizes that the user asked for
        mistake = reported
    raise mistake or Mistake.at(
        "E307",
        f"`{entry.name}` fits some batch sizes, and not others",
        site.span,
        note=_inputs_note(bound.operands),
        help="the batch is the first axis; leave it as it is",
    )


def _at(operand: Operand, batch: int) -> Any:
    """An operand as its rule sees it at one batch size: Values as types, Extents as numbers."""
    if isinstance(operand, Value):
        return operand.types[batch]
    if isinstance(operand, tuple):
        return tuple([_at(item, batch) for item in operand])
    return operators.at(operand, batch)


def _infer(work: Work, entry: Entry, arguments: LayerArguments, forward: tuple[Any, ...]) -> Result:
    key = (entry.name, arguments, forward, tuple([type(value) for value in forward]))
    result = work.inferred.get(key)
    if result is None:
        checked = tuple(
            value if value == argument.default and not isinstance(value, TensorType) else _check(argument, value)
            for argument, value in zip(entry.forward, forward, strict=True)
        )
        result = entry.rule(SimpleNamespace(**arguments.by_name), *checked) if entry.is_layer else entry.rule(*checked)
        for kind in result.outputs:
            _bound_size(kind.shape, "this tensor")
        for weight in (*result.parameters, *result.buffers):
            _bound_size(weight.shape, f"`{weight.name}`")
        work.inferred[key] = result
    return result


def _check(argument: Argument, value: Any) -> Any:
    try:
        return argument.kind.check(value)
    except Fault as fault:
        if fault.argument is None:
            fault.argument = argument.name
            fault.message = f"{argument.name}: {fault.message}"
        raise


def _bound_size(shape: tuple[int, ...], what: str) -> None:
    if len(shape) > MAX_RANK:
        raise Fault("E501", f"{what} would have {len(shape)} axes", note=f"at most {MAX_RANK} are allowed, as in torch")
    if count(shape) > MAX_ELEMENTS:
        raise Fault(
            "E502",
            f"{what} would have {count(shape):,} elements ({sizes(shape)})",
            note=f"at most {MAX_ELEMENTS:,} are allowed",
        )


def _inputs_note(operands: tuple[Operand, ...]) -> str | None:
    """Where each tensor comes from and what it is."""
    notes = []
    for value in _values(operands):
        line = f"line {value.span.line}" if value.span else ""
        is_named = not value.origin.rsplit(".", 1)[-1].isdigit()
        source = f"`{value.origin}` ({line}) is" if is_named else f"{line} gives"
        notes.append(f"{source} {value.sizes}" + ("" if value.batch_axes else " and has no batch axis"))
    return "; ".join(notes) or None


def _batch_mistake(work: Work, entry: Entry, arguments: LayerArguments, bound: BoundCall, site: Site) -> Mistake | None:
    """E307, where the call fits a batch of one sample and no other: a forgotten `expand`, as a rule."""
    try:
        forward = tuple(_at_one(operand) for operand in bound.operands)
        _infer(work, entry, arguments, forward)
    except Fault:
        return None
    return Mistake.at(
        "E307",
        f"`{entry.name}` works only for a batch of one",
        site.span,
        note=_inputs_note(bound.operands),
        help="a tensor of the network's own has no batch: `expand(x, input.shape[0], …)` gives it one",
    )


def _at_one(operand: Operand) -> Any:
    """An operand at batch 1, where every size is a + b·batch."""
    if isinstance(operand, tuple):
        return tuple(_at_one(item) for item in operand)
    two, three = _at(operand, 0), _at(operand, 1)
    if isinstance(two, TensorType):
        return two.with_shape(tuple(2 * a - b for a, b in zip(two.shape, three.shape, strict=True)))
    return 2 * two - three if two != three else two
