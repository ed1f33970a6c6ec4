"""A torch model as the text of a spec that is proven to be the same network: recorded, written, built and compared."""

from __future__ import annotations

import contextlib
import inspect
import linecache
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from netinspect.analysis.profile import profile
from netinspect.errors import Diagnostic, InputError, Span, SpecError
from netinspect.files import from_here
from netinspect.importing.trace import ModelFailed, ModelInput, ModuleCall, NotImported, ReadBefore, Trace
from netinspect.importing.tree import flat_spec, folded_spec, grouped_spec, ordered_spec
from netinspect.language import Source, parse, read_source, syntax
from netinspect.language.fields import DTYPES
from netinspect.language.write import spec_text
from netinspect.network import Network, elaborate
from netinspect.torch_backend.build import build
from netinspect.torch_backend.device import plain_torch, slow_attention
from netinspect.torch_backend.layer_arguments import entry_of
from netinspect.torch_backend.recorder import tensors_in
from netinspect.torch_backend.tracing import BATCHES, call_model, copied, sample, trace
from netinspect.torch_backend.user_code import user_code

FORMS: Final[tuple[tuple[str, Callable[[Trace, str], syntax.Spec]], ...]] = (
    ("folded", folded_spec), ("ordered", ordered_spec), ("grouped", grouped_spec), ("flat", flat_spec),
)  # fmt: skip
"""The forms of a spec from the shortest on; the first that is proven is taken."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A spec and how it was proven.

    form      one of FORMS
    lengths   whether another length was tried too
    empty     the keys of buffers that begin with zeros, because only the model's state dict has their numbers
    idle      the paths of modules that have weights and are never called
    left_out  the outputs that are no tensors
    constant  the keys of parameters that begin with ones, and with another number in the model
    other_steps  on which other size the model is another network, and why; at most one is said
    defined   where the model's class begins, if that is in a file
    """

    text: str
    form: str
    modules: int
    lengths: bool
    empty: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    constant: tuple[str, ...] = ()
    other_steps: tuple[str, ...] = ()
    defined: tuple[str, Span] | None = None

    def notes(self) -> Iterator[str]:
        """What of the model is there and does nothing, or is not in its spec."""
        yield from self.other_steps
        for keys, words in (
            (tuple(f"`{path}`" for path in self.idle), "has weights and is never called"),
            (self.left_out, "is an output that is no tensor, and is left out"),
            (tuple(f"`{key}`" for key in self.constant), "begins with ones, and with another number in the model"),
            (
                tuple(f"`{key}`" for key in self.empty),
                "begins with zeros: no formula gives its numbers, and the model's state dict has them",
            ),
        ):
            yield from (f"{key} {words}" for key in keys[:_MOST_NOTES])
            if len(keys) > _MOST_NOTES:
                yield f"{words}: so it is with {len(keys) - _MOST_NOTES:,} more"


_MOST_NOTES: Final = 4
"""How many modules, outputs or buffers are named one by one."""

_MOST_CALLERS: Final = 4

Step = Callable[[str], None]
"""Told what is done next."""


@plain_torch()
@slow_attention()
def imported(
    model: nn.Module, inputs: Sequence[ModelInput], name: str, *, title: str = "", step: Step = lambda _what: None
) -> Imported:
    """The spec of a model, with `expect`. NotImported where a spec cannot say it, or no form of it agrees; SpecError
    where the model raises, with the layers up to there, of a spec that is called `title`."""
    opened: frozenset[str] = frozenset()
    while True:
        step("running the model")
        try:
            recorded = trace(model, inputs, opened)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what the model warns of was said when it was recorded
                return _proven(model, recorded, name, step)
        except ModelFailed as failure:
            raise _located(failure, name, title or name) from failure
        except ReadBefore as refusal:  # a list can read what it has itself on every line
            entry = entry_of(model.get_submodule(refusal.layer))
            is_no_function = entry is not None and (entry.recurs is not None or entry.attends)
            if is_no_function or refusal.layer in opened:
                raise
            owner, _, leaf = refusal.layer.rpartition(".")
            kind = type(model.get_submodule(owner))
            opened |= frozenset(
                f"{other}.{leaf}" if other else leaf
                for other, module in model.named_modules(remove_duplicate=False)
                if type(module) is kind and leaf in dict(module.named_children())
            )


def _located(failure: ModelFailed, name: str, title: str) -> SpecError:
    """The failure at the line of its author, with the network of what ran until then."""
    partial = None
    for _, spec_of in FORMS if failure.partial is not None else ():
        with contextlib.suppress(InputError, NotImported):
            assert failure.partial is not None
            partial = partial or _elaborated(spec_of(failure.partial, name), title)
    (file, line), *outer = failure.way or (("", 0),)
    try:
        source = read_source(from_here(file) or file) if file else Source(title, "")
        code = source.lines[line - 1]
        span = Span(line, len(code) - len(code.lstrip()) + 1, line, len(code) + 1) if file else None
    except (InputError, IndexError):  # made by exec, or in a shell
        source, span = Source(file, ""), None
    calls = [f"{Path(place).name}:{number} `{linecache.getline(place, number).strip()}`" for place, number in outer]
    note = f"called by {', by '.join(calls[:_MOST_CALLERS])}" if calls else None
    reads_ids = "argument #1 'indices'" in str(failure)
    help = "an embedding reads whole numbers: give its input the dtype int64, as in --input words=20:int64"
    return SpecError(
        (Diagnostic("E506", str(failure), span, note=note, help=help if reads_ids else None),), source, partial
    )


def _proven(model: nn.Module, recorded: Trace, name: str, step: Step) -> Imported:
    if not recorded.call.results:
        raise NotImported("it gives no tensor", place=recorded.call.place)
    reasons: dict[str, list[str]] = {}
    for form, spec_of in FORMS:
        step(f"writing and proving it, {form}")
        spec = spec_of(recorded, name)
        try:
            network = _elaborated(spec)
            difference = next(_differences(model, network, recorded), None)
        except (SpecError, RuntimeError) as failure:
            difference = str(failure).splitlines()[0]
        if difference is None:
            totals = profile(network).totals
            outputs = tuple((name, value.type.shape[1:]) for name, value in network.outputs)
            spec = replace(spec, expect=syntax.Expectation(totals.params, totals.macs, outputs))
            lengths = len(recorded.tensors[0].shapes) > len(BATCHES)
            return Imported(
                spec_text(spec),
                form,
                len(recorded.modules),
                lengths,
                _empty_buffers(model, network),
                _idle_modules(recorded),
                recorded.left_out,
                _other_constants(recorded),
                recorded.other_steps[:1],
                _defined(type(model)),
            )
        reasons.setdefault(difference, []).append(form)
    text = "; ".join(f"{', '.join(forms)}: {difference}" for difference, forms in reasons.items())
    raise NotImported(f"no form of it is the same network ({text})")


def _defined(kind: type) -> tuple[str, Span] | None:
    """The file of a class, and its first line there."""
    try:
        lines, place = inspect.findsource(kind)
        file = inspect.getsourcefile(kind)
    except (OSError, TypeError):  # made by exec, or in a shell
        return None
    return None if file is None else (file, Span(place + 1, 1, place + 1, len(lines[place].rstrip()) + 1))


def _idle_modules(recorded: Trace) -> tuple[str, ...]:
    """Modules with tensors that no call reaches: neither they nor a layer around them are called, nor are they read."""
    called = {item.path for item in recorded.call.walk() if isinstance(item, ModuleCall)}
    layers = tuple(f"{path}." for path in called if path and recorded.modules[path].layer is not None)
    read = tuple(tensor.name for tensor in recorded.tensors.values() if tensor.source in ("parameter", "buffer"))
    return tuple(
        path
        for path, module in recorded.modules.items()
        if module.tensors
        and path not in called
        and not path.startswith(layers)
        and not any(name.startswith(f"{path}.") for name in read)
    )


def _other_constants(recorded: Trace) -> tuple[str, ...]:
    """Parameters that are one number everywhere, other than 0 and 1, which are those that a spec can begin with."""
    return tuple(
        f"{path}.{name}".strip(".")
        for path, module in recorded.modules.items()
        for name, (constant, _) in module.begins.items()
        if constant not in (None, 0.0, 1.0)
    )


def _empty_buffers(model: nn.Module, network: Network) -> tuple[str, ...]:
    """Buffers of the spec's own that begin with zeros, and are none in the model."""
    state = model.state_dict()
    buffers = [buffer for scope in network.root.walk() for buffer in scope.buffers]
    return tuple(
        buffer.key
        for buffer in buffers
        if buffer.values is None and buffer.formula is None and buffer.key in state and bool(state[buffer.key].any())
    )


def _elaborated(spec: syntax.Spec, title: str = "imported.yaml") -> Network:
    """The network of the text, and of nothing that was not written."""
    source = Source.from_bytes(title, spec_text(spec).encode())
    parsed = parse(source)
    if parsed.spec is None:
        raise SpecError(parsed.diagnostics, source)
    return elaborate(parsed.spec, source, diagnostics=parsed.diagnostics)


def _differences(model: nn.Module, network: Network, recorded: Trace) -> Iterator[str]:
    """What the built spec and the model do not have in common: keys, shapes, parameters, FLOPs, outputs."""
    # The copy has weights that no constant in the text can hold, as zeros that a layer begins with could be.
    ours, theirs = build(network).eval(), copied(model)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in theirs.parameters():
            if parameter.dtype.is_floating_point:
                parameter.add_(0.01 * torch.randn(parameter.shape, generator=generator))
        saved = theirs.state_dict()
        for name, buffer in theirs.named_buffers():
            if buffer.dtype.is_floating_point and name in saved:
                buffer.mul_(1 + 0.1 * torch.rand(buffer.shape, generator=generator))
    state = theirs.state_dict()
    mine = {key: tuple(value.shape) for key, value in ours.state_dict().items()}
    its = {key: tuple(value.shape) for key, value in state.items()}
    for key in [*mine, *its]:
        if mine.get(key) != its.get(key):
            yield f"`{key}` is {mine.get(key, 'missing')}, and {its.get(key, 'missing')} in the model"
    trained = [
        {name: parameter.requires_grad for name, parameter in each.named_parameters()} for each in (ours, theirs)
    ]
    for name in trained[0]:
        if trained[0][name] != trained[1].get(name, trained[0][name]):
            yield f"`{name}` is {'trained' if trained[0][name] else 'frozen'}, and not so in the model"
    ours.load_state_dict(state)
    for module in (ours, theirs):  # FlopCounterMode cannot follow a parameter that is handed to a module
        module.requires_grad_(requires_grad=False)
    counts = [sum(parameter.numel() for parameter in each.parameters()) for each in (ours, theirs)]
    if counts[0] != counts[1]:
        yield f"{counts[0]:,} parameters, and {counts[1]:,} in the model"
    for place in range(len(recorded.tensors[0].shapes)):
        shapes = [recorded.tensors[item.tensor].shapes[place] for item in recorded.inputs]
        yield from _run_differences(ours, theirs, shapes, recorded)
    alone = [(1, *item.shape) for item in recorded.inputs]
    with contextlib.suppress(ModelFailed):  # a model may need more than one sample
        yield from _run_differences(ours, theirs, alone, recorded)


def _run_differences(
    ours: nn.Module, theirs: nn.Module, shapes: Sequence[tuple[int, ...]], recorded: Trace
) -> Iterator[str]:
    """What differs on random inputs; where an output has values that are not finite, as a logarithm's, also on such
    that are positive."""
    generator = torch.Generator().manual_seed(1)
    tensors = [sample(shape, item, generator) for shape, item in zip(shapes, recorded.inputs, strict=True)]
    finite = yield from _differences_on(ours, theirs, tensors, recorded)
    if finite != "all":
        positive = [tensor.abs() if tensor.dtype.is_floating_point else tensor for tensor in tensors]
        finite = yield from _differences_on(ours, theirs, positive, recorded)
    if finite == "none":
        yield "an output is nowhere finite on random inputs, so that nothing is proven of it"


def _differences_on(
    ours: nn.Module, theirs: nn.Module, tensors: Sequence[Tensor], recorded: Trace
) -> Generator[str, None, Literal["all", "some", "none"]]:
    """What differs on inputs; gives how many values of the model's outputs are finite, `none` if so of one output."""
    flops, outputs = [], []
    for is_ours in (True, False):
        copies = [tensor.clone() for tensor in tensors]
        with (
            torch.no_grad(),
            FlopCounterMode(display=False) as counter,
        ):  # a copy, for a model may keep its first inputs
            if is_ours:
                output = ours(*copies)
            else:
                with user_code(lambda words: ModelFailed(f"the model fails: {words}")):
                    output = call_model(copied(theirs), recorded.inputs, copies)
        outputs.append([tensor for _, tensor in tensors_in(output)])
        flops.append(counter.get_total_flops())
    batch = tensors[0].shape[0]
    if flops[0] != flops[1]:
        yield f"{flops[0]:,} FLOPs at batch {batch}, and {flops[1]:,} in the model"
    if len(outputs[0]) != len(outputs[1]):
        yield f"{len(outputs[0])} outputs, and {len(outputs[1])} in the model"
    for mine, its in zip(*outputs, strict=False):
        if mine.shape != its.shape or mine.dtype != its.dtype:
            yield f"an output {tuple(mine.shape)} {mine.dtype}, and {tuple(its.shape)} {its.dtype} in the model"
        elif not torch.equal(mine, its) and not torch.equal(mine.nan_to_num(), its.nan_to_num()):
            wide = torch.complex128 if mine.dtype.is_complex else torch.float64
            yield f"an output differs by {(mine.to(wide) - its.to(wide)).abs().max():.2g}"
    finite = [its.isfinite() for its in outputs[1] if its.numel()]
    if all(bool(values.all()) for values in finite):
        return "all"
    return "some" if all(bool(values.any()) for values in finite) else "none"


# --- inputs ----------------------------------------------------------------------------------


_WAYS: Final = {
    "dict": "give tensors by name, from_torch(model, **inputs)",
    "list": "give tensors one by one, from_torch(model, *inputs)",
    "tuple": "give tensors one by one, from_torch(model, *inputs)",
    "ndarray": "give torch.from_numpy(array)",
}
"""How what is no tensor is handed to `from_torch`, by its type."""


def inputs_like(model: nn.Module, *args: Any, **kwargs: Any) -> tuple[ModelInput, ...]:
    """The inputs of a model from example tensors, named as its `forward` names them; the first axis is the batch."""
    inputs: list[ModelInput] = []
    for name, tensor in [*(("", tensor) for tensor in args), *kwargs.items()]:
        if not isinstance(tensor, Tensor) or tensor.dim() == 0:
            advice = _WAYS.get(type(tensor).__name__, "give a tensor with the batch first, torch.empty(1, 3, 32, 32)")
            raise InputError(f"`{name or len(inputs)}` is no tensor with a batch axis: {advice}")
        dtype = str(tensor.dtype).removeprefix("torch.")
        if dtype not in DTYPES:
            raise InputError(f"`{name or len(inputs)}` is {dtype}: the dtypes of a spec are {', '.join(DTYPES)}")
        is_whole = not tensor.dtype.is_floating_point and not tensor.dtype.is_complex
        high = max(2, *(int(tensor.max()) + 1,) if tensor.numel() else ()) if is_whole else None
        inputs.append(ModelInput(name, len(inputs), tuple(tensor.shape[1:]), dtype, high, is_example=is_whole))
    return named_inputs(model, inputs)


def named_inputs(model: nn.Module, inputs: Sequence[ModelInput]) -> tuple[ModelInput, ...]:
    """The inputs in the order of the arguments of the model's `forward`; those without a name take the free names, and
    further ones those of `*xs`, `xs_0` and so on. InputError for a name that it lacks, for too many and for too few."""
    parameters = inspect.signature(model.forward).parameters.values()
    by_name = [item.name for item in inputs if item.name]
    unnamed = len(inputs) - len(by_name)
    order: list[str] = []  # what the arguments could be called
    free: list[str] = []
    for item in parameters:
        names = [item.name]
        if item.kind == item.VAR_POSITIONAL:
            names = [f"{item.name}_{place}" for place in range(unnamed - len(free))]
        elif item.kind == item.VAR_KEYWORD:
            names = [name for name in by_name if name not in order]
        order += names
        if item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD, item.VAR_POSITIONAL):
            free += [name for name in names if name not in by_name]
    takes = ", ".join(item.name for item in parameters) or "none"
    unknown = next((name for name in by_name if name not in order), None)
    if unknown is not None:
        raise InputError(f"the model's forward has no argument `{unknown}`; it has {takes}")
    if unnamed > len(free):
        raise InputError(f"{len(inputs)} inputs, and the model's forward takes {takes}")
    named = [item if item.name else replace(item, name=free.pop(0)) for item in inputs]
    for item in parameters:
        is_required = item.default is item.empty and item.kind not in (item.VAR_POSITIONAL, item.VAR_KEYWORD)
        if is_required and all(other.name != item.name for other in named):
            raise InputError(f"the model's forward takes {takes}, and `{item.name}` is not among the inputs")
    named.sort(key=lambda item: order.index(item.name))
    return tuple(replace(item, tensor=place) for place, item in enumerate(named))
