"""Loading a checkpoint into a network's model: every name and shape must fit, or it is said what does not.

A file's names are the network's behind a prefix, which says how the file was made: an entry of the file
(`state_dict.`), the name of a model in a larger one (`model.` in Lightning), DistributedDataParallel's and
AveragedModel's `module.`. The prefix behind which most of the network's names stand is taken off. Strict by default;
`partial` loads what fits and says for every tensor whether it did; `match="order"` goes by position, for a
checkpoint whose names are others.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import torch
from torch import Tensor, nn

from netinspect.catalogue.entry import TensorType
from netinspect.errors import Diagnostic, InputError, SpecError
from netinspect.language.source import Source
from netinspect.network.network import Network
from netinspect.recording import Loaded, WeightReport
from netinspect.torch_backend.checkpoint import Checkpoint, contents, in_words, read_checkpoint
from netinspect.torch_backend.weights_order import state_types

Match = Literal["name", "order"]
Pairs = dict[str, str]
"""From a key of the network to the checkpoint's name."""

PREFERRED: Final = ("state_dict", "model_state", "model_state_dict", "model")
"""The entries of a file that are its weights, where an average of them (`ema`) stands beside and fits as well."""

WRAPPERS: Final = ("module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
"""What DistributedDataParallel, torch.compile, FSDP and activation checkpointing put into the names of a model of
which they wrap a part, at that part."""

_OPTIMIZER: Final = re.compile(
    r"\.(?:optim\w*|\w*_optim|\w*_optimizer|(?:max_)?exp_avg\w*|exp_inf|momentum_buffer|square_avg|grad_avg"
    r"|acc_delta)(?=\.)"
)
"""Entries that hold an optimizer's state: what programs call it, and what torch.optim calls its parts."""

_LISTED: Final = 20
_ONE_OF_SEVERAL: Final = re.compile(r"-\d+-of-\d+\.")
_COUNTER: Final = ".num_batches_tracked"


def load_weights(
    model: nn.Module, network: Network, file: str | Path, *, partial: bool = False, match: Match = "name"
) -> Loaded:
    """Put the tensors of a checkpoint into `model`, which was built from `network`. `FILE:KEY` is one entry of it.

    Raises SpecError E602 with everything that is missing, extra or misshapen, unless `partial`; InputError for a file
    that is no checkpoint. The model is unchanged then.
    """
    return load_checkpoint(model, network, read_checkpoint(file), partial=partial, match=match)


def load_checkpoint(
    model: nn.Module, network: Network, checkpoint: Checkpoint, *, partial: bool = False, match: Match = "name"
) -> Loaded:
    """As `load_weights`, with tensors that are already here."""
    opened = _opened(checkpoint, network, match)
    pairs, loaded = _fit(checkpoint, opened, network, partial=partial, match=match)
    targets = model.state_dict()
    with torch.no_grad():
        for report in loaded.tensors:
            if report.state == "loaded" and report.key in pairs:
                with warnings.catch_warnings():  # that imaginary parts are left out is said in a note
                    warnings.simplefilter("ignore", UserWarning)
                    targets[report.key].copy_(opened.tensors[pairs[report.key]].reshape(report.shape))
    return loaded


def check_weights(network: Network, file: str | Path, *, partial: bool = False, match: Match = "name") -> Loaded:
    """What `load_weights` would load, without a model. Raises as it does."""
    checkpoint = read_checkpoint(file)
    return _fit(checkpoint, _opened(checkpoint, network, match), network, partial=partial, match=match)[1]


# --- names -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """What of a checkpoint is the network's.

    prefix   what was taken off the names, with its last dot; empty where they are the network's own
    tensors  by the names without it, in the file's order
    beside   the names of the file's other tensors
    rivals   the other prefixes behind which the network's tensors stand, and how many more of them fit there
    """

    prefix: str
    tensors: dict[str, Tensor]
    beside: tuple[str, ...]
    rivals: Mapping[str, int]


def _opened(checkpoint: Checkpoint, network: Network, match: Match) -> Opened:
    """The part of the file that is the network's. InputError where several could be, with the way to say which.

    A part competes with the fullest where at least half as many of the network's tensors fit: a set of weights that
    lacks a tensor is not passed over for their average, which has it.
    """
    types = state_types(network)
    names = checkpoint.tensors
    start = f"{checkpoint.entry}." if checkpoint.entry else ""
    hits: Counter[str] = Counter()
    fitting: Counter[str] = Counter()
    for name in names if match == "name" else ():
        if not name.startswith(start) or (not start and _is_of_optimizer(name)):
            continue
        for cut in _cuts(name, len(start)):
            key = next((key for key in (name[cut:], _unwrapped(name[cut:])) if key in types), None)
            if key is not None:
                hits[name[:cut]] += 1
                fitting[name[:cut]] += _fits(names[name], types[key].shape)
    counts = fitting if fitting.total() else hits
    if counts:
        fullest = max(counts, key=lambda prefix: counts[prefix])
        rivals = [prefix for prefix in counts if 2 * counts[prefix] >= counts[fullest]]
        rivals = [prefix for prefix in rivals if prefix == fullest or not prefix.startswith(fullest)]
        rivals.sort(key=lambda prefix: -counts[prefix])
    else:
        rivals = [start] if start else _outermost(checkpoint)
    prefix = _preferred(rivals, checkpoint)
    tensors = {}
    for name in names:
        if name.startswith(prefix):
            key = name.removeprefix(prefix)
            tensors[key if key in types or _unwrapped(key) not in types else _unwrapped(key)] = names[name]
    beside = tuple(name for name in names if not name.startswith(prefix))
    others = {other: counts[other] - counts[prefix] for other in rivals if other != prefix}
    return Opened(prefix, tensors, beside, others)


def _cuts(name: str, start: int) -> Iterator[int]:
    """Where a prefix may end: at the start, and behind each dot."""
    yield start
    yield from (place + 1 for place in range(start, len(name)) if name[place] == ".")


def _unwrapped(name: str) -> str:
    """The name without what wrappers of parts of a model put into it. One in front is a prefix, and no part's."""
    parts = name.split(".")
    return name if parts[0] in WRAPPERS else ".".join(part for part in parts if part not in WRAPPERS)


def _outermost(checkpoint: Checkpoint) -> list[str]:
    """The prefixes of the file's own entries but its optimizer's; the empty one where a tensor stands beside them."""
    names = [name for name in checkpoint.tensors if not _is_of_optimizer(name)]
    entries = [f"{name}." for name, keys in checkpoint.entries.items() if len(keys) == 1]
    prefixes = tuple(prefix for prefix in entries if any(name.startswith(prefix) for name in names))
    return list(prefixes) if prefixes and all(name.startswith(prefixes) for name in names) else [""]


def _is_of_optimizer(name: str) -> bool:
    """Whether a tensor stands in the state of an optimizer, which has the names and shapes of the weights."""
    return _OPTIMIZER.search(f".{name}") is not None


def _preferred(prefixes: list[str], checkpoint: Checkpoint) -> str:
    """Of prefixes that fit, the fullest first, the plain names or what a file calls its weights. InputError for any
    others."""
    if len(prefixes) == 1 or "" in prefixes:
        return "" if "" in prefixes else prefixes[0]
    for key in PREFERRED:
        for prefix in prefixes:
            if prefix.partition(".")[0] == key:
                return prefix
    choices = ", ".join(f"{checkpoint.source}:{prefix[:-1]}" for prefix in prefixes[:_LISTED])
    raise InputError(
        f"{checkpoint.source} holds several sets of weights, {in_words(contents(checkpoint.tensors))}; "
        f"say which: {choices}"
    )


# --- what fits -------------------------------------------------------------------------------


def _fit(
    checkpoint: Checkpoint, opened: Opened, network: Network, *, partial: bool, match: Match
) -> tuple[Pairs, Loaded]:
    types, stored = state_types(network), opened.tensors
    if match == "order":
        pairs = _by_order(checkpoint, stored, types, network.ties)
    else:
        pairs = {key: key for key in types if key in stored}
    reports = _reports(types, pairs, stored, network.ties)
    used = set(pairs.values())
    extra = tuple(name for name in stored if name not in used)
    split = _split_ties(network.ties, pairs, stored)
    help = "--partial loads what fits; --match order goes by position, not by name"
    faults = tuple(Diagnostic("E602", message, help=help) for message in (*_misfits(reports, extra), *split))
    if faults and not partial:
        index = Path(f"{checkpoint.source}.index.json")
        if index.is_file() or _ONE_OF_SEVERAL.search(checkpoint.source):
            place = f"{index}, beside it" if index.is_file() else "…index.json"
            faults = tuple(
                replace(fault, help=f"it is one file of several: give their index, {place}") for fault in faults
            )
        fuller = [f"{checkpoint.source}:{prefix[:-1]}" for prefix, more in opened.rivals.items() if more > 0 and prefix]
        if fuller:
            faults = tuple(replace(fault, help=f"{_list(fuller)} fits better; {fault.help}") for fault in faults)
        raise SpecError(faults, Source(checkpoint.source, ""))
    if not any(report.state == "loaded" for report in reports):
        message = f"no tensor of {checkpoint.source} fits the network; is it another network's checkpoint?"
        raise InputError(message, "E602")
    # the entry of the file in which the prefix stands
    ends = [cut for cut in _cuts(opened.prefix, 0) if opened.prefix[: max(cut - 1, 0)] in checkpoint.entries]
    entry = opened.prefix[: ends[-1]] if ends else ""
    loaded = Loaded(
        source=checkpoint.source,
        entry=opened.prefix.removesuffix(".") if opened.beside else checkpoint.entry,
        unwrapped=checkpoint.entries.get(entry[:-1], ()),
        prefix=opened.prefix.removeprefix(entry),
        match=match,
        tensors=reports,
        extra=(*extra, *(name.removeprefix(entry) for name in opened.beside if name.startswith(entry))),
        notes=(*split, *_notes(stored, pairs, types), *_of_the_file(opened, checkpoint, entry)),
    )
    return pairs, loaded


def _reports(
    types: Mapping[str, TensorType], pairs: Pairs, stored: Mapping[str, Tensor], ties: Mapping[str, str]
) -> tuple[WeightReport, ...]:
    """For each tensor of the network whether it is there. A file may keep any one name of a tied parameter."""
    fitting = {key for key, name in pairs.items() if _fits(stored[name], types[key].shape)}
    parameters = {ties.get(key, key) for key in fitting}
    reports = []
    for key, kind in types.items():
        if key in pairs:
            shape = tuple(stored[pairs[key]].shape)
            reports.append(
                WeightReport(key, kind.shape, "loaded" if key in fitting else "misshapen", pairs[key], shape)
            )
        else:
            # BatchNorm's counter of batches came later than its statistics; old checkpoints lack it
            is_counter = key.endswith(_COUNTER) and f"{key.removesuffix(_COUNTER)}.running_mean" in pairs
            is_there = ties.get(key, key) in parameters or is_counter
            reports.append(WeightReport(key, kind.shape, "loaded" if is_there else "missing"))
    return tuple(reports)


def _fits(tensor: Tensor, shape: tuple[int, ...]) -> bool:
    """Whether torch's `load_state_dict` takes it: of any dtype, and a list of one where there is a single number."""
    return tuple(tensor.shape) == shape or (shape == () and tuple(tensor.shape) == (1,))


def _by_order(
    checkpoint: Checkpoint, stored: Mapping[str, Tensor], types: Mapping[str, TensorType], ties: Mapping[str, str]
) -> Pairs:
    """The network's tensors and the checkpoint's, paired by position. InputError unless all shapes agree."""
    if checkpoint.is_safetensors:
        raise InputError(
            f"{checkpoint.source}: safetensors files keep tensors by name, not in the order of the layers; "
            "match by name, or convert it with torch.save"
        )
    keys = list(types)
    untied = [key for key in keys if key not in ties]
    choices = [keys, untied, *([key for key in some if not key.endswith(_COUNTER)] for some in (keys, untied))]
    for some in choices:
        if len(some) == len(stored) and all(
            _fits(tensor, types[key].shape) for key, tensor in zip(some, stored.values(), strict=True)
        ):
            return dict(zip(some, stored, strict=True))
    reason = "the numbers of tensors agree"
    if len(keys) != len(stored):
        reason = f"it has {len(stored)} tensors and the network {len(keys)}"
    for key, (name, tensor) in zip(keys, stored.items(), strict=False):
        shape = types[key].shape
        if not _fits(tensor, shape):
            reason += f"; the first that differ are `{name}` {_sizes(tensor.shape)} and `{key}` {_sizes(shape)}"
            break
    raise InputError(f"{checkpoint.source} cannot be matched by order: {reason}", "E602")


# --- what does not ---------------------------------------------------------------------------


def _misfits(reports: tuple[WeightReport, ...], extra: tuple[str, ...]) -> Iterator[str]:
    """What is missing, extra or misshapen, in words."""
    keys = [f"`{report.key}` {_sizes(report.shape)}" for report in reports if report.state == "missing"]
    if keys:
        yield f"{_tensors(len(keys))} of the network {_is(keys)} missing in the checkpoint: {_list(keys)}"
    names = [f"`{name}`" for name in extra]
    if names:
        yield f"{_tensors(len(names))} of the checkpoint {_is(names)} not in the network: {_list(names)}"
    shapes = [
        f"`{report.key}` is {_sizes(report.shape)} in the network and {_sizes(report.stored_shape or ())} "
        "in the checkpoint"
        for report in reports
        if report.state == "misshapen"
    ]
    if shapes:
        yield f"{_tensors(len(shapes))} {'has' if len(shapes) == 1 else 'have'} another shape: {_list(shapes)}"


def _split_ties(ties: Mapping[str, str], pairs: Pairs, stored: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Names of one parameter, with different values in the file."""
    first: dict[str, str] = {}
    split = []
    for key in pairs:
        other = first.setdefault(ties.get(key, key), key)
        here, there = stored[pairs[key]], stored[pairs[other]]
        is_alike = here.shape == there.shape and here.dtype == there.dtype
        if key != other and not (is_alike and torch.allclose(here, there, rtol=0.0, atol=0.0, equal_nan=True)):
            split.append(f"`{key}` and `{other}`")
    return (f"tied in the network, but different in the checkpoint: {_list(split)}",) if split else ()


def _tensors(count: int) -> str:
    return f"{count:,} tensor{'s' if count != 1 else ''}"


def _is(items: Sized) -> str:
    return "is" if len(items) == 1 else "are"


def _list(items: list[str]) -> str:
    rest = f" and {len(items) - _LISTED:,} more" if len(items) > _LISTED else ""
    return ", ".join(items[:_LISTED]) + rest


def _sizes(shape: Iterable[int]) -> str:
    return "×".join(map(str, shape)) or "a number"


# --- notes -----------------------------------------------------------------------------------


def _notes(stored: Mapping[str, Tensor], pairs: Pairs, types: Mapping[str, TensorType]) -> Iterable[str]:
    """What a reader of the pictures should know of the numbers."""
    kinds: dict[str, set[str]] = {}
    for key, name in pairs.items():
        kind = str(stored[name].dtype).removeprefix("torch.")
        if kind != types[key].dtype:
            kinds.setdefault(types[key].dtype, set()).add(kind)
    for dtype, others in kinds.items():
        lost = ", without the imaginary parts" if any(kind.startswith("complex") for kind in others) else ""
        yield f"stored as {', '.join(sorted(others))}, read as {dtype}{lost}"
    used = set(pairs.values())
    for name, tensor in stored.items():
        wrong = int((~torch.isfinite(tensor.float())).sum()) if name in used and tensor.is_floating_point() else 0
        if wrong:
            yield f"`{name}` holds {wrong:,} value{'s' if wrong > 1 else ''} that {_is(range(wrong))} not finite"


def _of_the_file(opened: Opened, checkpoint: Checkpoint, entry: str) -> Iterable[str]:
    """What else a file holds outside the entry that was opened, and what of it would have fitted as well."""
    outside = [name for name in opened.beside if not name.startswith(entry)] if entry else []
    if outside:
        yield f"{checkpoint.source} also holds {in_words(contents(outside, entry))}"
    loaded = f"`{opened.prefix[:-1]}`" if opened.prefix else "what stands outside of its entries"
    for fits, is_better in (("better fits", True), ("as well fit", False)):
        others = [
            f"{checkpoint.source}:{prefix[:-1]}"
            for prefix, more in opened.rivals.items()
            if prefix and more >= 0 and (more > 0) == is_better
        ]
        if others:
            yield f"what is loaded is {loaded}; {fits} {_list(others)}"
