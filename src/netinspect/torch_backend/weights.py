"""Loading a checkpoint into a network's model: every name and shape must fit, or it is said what does not.

Names may carry the prefixes of DataParallel and torch.compile. Strict by default; `partial` loads what fits and says
for every tensor whether it did; `match="order"` goes by position, for a checkpoint whose names are others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from pathlib import Path
from typing import Final, Literal

import torch
from torch import Tensor, nn

from netinspect.catalogue.entry import TensorType
from netinspect.errors import Diagnostic, InputError, SpecError
from netinspect.language.source import Source
from netinspect.network.network import Network
from netinspect.recording import Loaded, WeightReport
from netinspect.torch_backend.checkpoint import Checkpoint, read_checkpoint
from netinspect.torch_backend.weights_order import state_types

Match = Literal["name", "order"]
Pairs = dict[str, str]
"""From a key of the network to the checkpoint's name."""

PREFIXES: Final = ("module.", "_orig_mod.")
"""Of DataParallel and DistributedDataParallel, and of torch.compile."""

_LISTED: Final = 20
_COUNTER: Final = ".num_batches_tracked"


def load_weights(
    model: nn.Module, network: Network, file: str | Path, *, partial: bool = False, match: Match = "name"
) -> Loaded:
    """Put the tensors of a checkpoint into `model`, which was built from `network`.

    Raises SpecError E602 with everything that is missing, extra or misshapen, unless `partial`; InputError for a file
    that is no checkpoint. The model is unchanged then.
    """
    return load_checkpoint(model, network, read_checkpoint(file), partial=partial, match=match)


def load_checkpoint(
    model: nn.Module, network: Network, checkpoint: Checkpoint, *, partial: bool = False, match: Match = "name"
) -> Loaded:
    """As `load_weights`, with tensors that are already here."""
    stripped, prefix = _stripped(checkpoint.tensors, state_types(network))
    pairs, loaded = _fit(checkpoint, stripped, prefix, network, partial=partial, match=match)
    targets = model.state_dict()
    with torch.no_grad():
        for report in loaded.tensors:
            if report.state == "loaded" and report.key in pairs:
                targets[report.key].copy_(stripped[pairs[report.key]])
    return loaded


def check_weights(network: Network, file: str | Path, *, partial: bool = False, match: Match = "name") -> Loaded:
    """What `load_weights` would load, without a model. Raises as it does."""
    checkpoint = read_checkpoint(file)
    stripped, prefix = _stripped(checkpoint.tensors, state_types(network))
    return _fit(checkpoint, stripped, prefix, network, partial=partial, match=match)[1]


# --- names -----------------------------------------------------------------------------------


def _stripped(tensors: Mapping[str, Tensor], wanted: Mapping[str, TensorType]) -> tuple[dict[str, Tensor], str]:
    """The tensors without the prefixes that all names have, as long as no name of the network is lost by it."""
    names, taken = list(tensors), ""
    while prefix := next((p for p in PREFIXES if all(name.startswith(p) for name in names)), ""):
        shorter = [name.removeprefix(prefix) for name in names]
        if _hits(shorter, wanted) < _hits(names, wanted):
            break
        names, taken = shorter, taken + prefix
    return dict(zip(names, tensors.values(), strict=True)), taken


def _hits(names: Iterable[str], wanted: Mapping[str, TensorType]) -> int:
    return sum(name in wanted for name in names)


# --- what fits -------------------------------------------------------------------------------


def _fit(
    checkpoint: Checkpoint, stored: Mapping[str, Tensor], prefix: str, network: Network, *, partial: bool, match: Match
) -> tuple[Pairs, Loaded]:
    wanted = state_types(network)
    if match == "order":
        pairs = _by_order(checkpoint, stored, wanted, network.ties)
    else:
        pairs = {key: key for key in wanted if key in stored}
    reports = tuple(_report(key, wanted[key], pairs, stored, network.ties) for key in wanted)
    used = set(pairs.values())
    extra = tuple(name for name in stored if name not in used)
    split = _split_ties(network.ties, pairs, stored)
    loaded = Loaded(checkpoint.source, checkpoint.unwrapped, prefix, match, reports, extra, tuple(_notes(stored, used)))
    if not partial:
        faults = (*_missing(reports), *_extra(extra), *_misshapen(reports), *split)
        if faults:
            raise SpecError(faults, Source(checkpoint.source, ""))
    if not any(report.state == "loaded" for report in reports):
        message = f"no tensor of {checkpoint.source} fits the network; is it another network's checkpoint?"
        raise InputError(message, "E602")
    return pairs, loaded


def _report(
    key: str, kind: TensorType, pairs: Pairs, stored: Mapping[str, Tensor], ties: Mapping[str, str]
) -> WeightReport:
    if key not in pairs:
        is_there = _stands_for(key, ties) in pairs or (key.endswith(_COUNTER) and _has_statistics(key, pairs))
        return WeightReport(key, kind.shape, "loaded" if is_there else "missing")
    tensor = stored[pairs[key]]
    shape = tuple(tensor.shape)
    fits = shape == kind.shape and tensor.is_floating_point() == kind.is_float and not tensor.is_complex()
    return WeightReport(key, kind.shape, "loaded" if fits else "misshapen", pairs[key], shape)


def _stands_for(key: str, ties: Mapping[str, str]) -> str:
    """The other name of a tied parameter; the key itself for any other. Files keep one of the two."""
    return ties.get(key) or next((tied for tied, owner in ties.items() if owner == key), key)


def _has_statistics(counter: str, pairs: Pairs) -> bool:
    """BatchNorm's counter of batches came later than its statistics; old checkpoints lack it."""
    return f"{counter.removesuffix(_COUNTER)}.running_mean" in pairs


def _by_order(
    checkpoint: Checkpoint, stored: Mapping[str, Tensor], wanted: Mapping[str, TensorType], ties: Mapping[str, str]
) -> Pairs:
    """The network's tensors and the checkpoint's, paired by position. InputError unless all shapes agree."""
    if checkpoint.is_safetensors:
        raise InputError(
            f"{checkpoint.source}: safetensors files keep tensors by name, not in the order of the layers; "
            "match by name, or convert it with torch.save"
        )
    keys = list(wanted)
    untied = [key for key in keys if key not in ties]
    choices = [keys, untied, *([key for key in some if not key.endswith(_COUNTER)] for some in (keys, untied))]
    for some in choices:
        if [wanted[key].shape for key in some] == [tuple(tensor.shape) for tensor in stored.values()]:
            return dict(zip(some, stored, strict=True))
    raise InputError(_out_of_order(checkpoint.source, keys, wanted, stored), "E602")


def _out_of_order(source: str, keys: list[str], wanted: Mapping[str, TensorType], stored: Mapping[str, Tensor]) -> str:
    if len(keys) != len(stored):
        counts = f"it has {len(stored)} tensors and the network {len(keys)}"
    else:
        counts = "the numbers of tensors agree"
    for key, (name, tensor) in zip(keys, stored.items(), strict=False):
        if wanted[key].shape != tuple(tensor.shape):
            first = (
                f"; the first that differ are `{name}` {_sizes(tensor.shape)} and `{key}` {_sizes(wanted[key].shape)}"
            )
            return f"{source} cannot be matched by order: {counts}{first}"
    return f"{source} cannot be matched by order: {counts}"


# --- what does not ---------------------------------------------------------------------------


def _missing(reports: tuple[WeightReport, ...]) -> Iterable[Diagnostic]:
    keys = [f"`{report.key}` {_sizes(report.shape)}" for report in reports if report.state == "missing"]
    if keys:
        yield _misfit(f"{_tensors(len(keys))} of the network {_is(keys)} missing in the checkpoint: {_list(keys)}")


def _extra(extra: tuple[str, ...]) -> Iterable[Diagnostic]:
    if extra:
        names = [f"`{name}`" for name in extra]
        yield _misfit(f"{_tensors(len(names))} of the checkpoint {_is(names)} not in the network: {_list(names)}")


def _misshapen(reports: tuple[WeightReport, ...]) -> Iterable[Diagnostic]:
    shapes = [
        f"`{report.key}` is {_sizes(report.shape)} in the network and {_sizes(report.stored_shape or ())} "
        f"in the checkpoint{' (of another kind of number)' if report.shape == report.stored_shape else ''}"
        for report in reports
        if report.state == "misshapen"
    ]
    if shapes:
        yield _misfit(f"{_tensors(len(shapes))} {'has' if len(shapes) == 1 else 'have'} another shape: {_list(shapes)}")


def _split_ties(ties: Mapping[str, str], pairs: Pairs, stored: Mapping[str, Tensor]) -> tuple[Diagnostic, ...]:
    """Two names of one parameter, with different values in the file."""
    split = [
        f"`{tied}` and `{owner}`"
        for tied, owner in ties.items()
        if tied in pairs and owner in pairs and not torch.equal(stored[pairs[tied]], stored[pairs[owner]])
    ]
    return (_misfit(f"tied in the network, but different in the checkpoint: {_list(split)}"),) if split else ()


def _misfit(message: str) -> Diagnostic:
    return Diagnostic("E602", message, help="--partial loads what fits; --match order goes by position, not by name")


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


def _notes(stored: Mapping[str, Tensor], used: set[str]) -> Iterable[str]:
    """What a reader of the pictures should know of the numbers."""
    kinds = sorted({str(t.dtype).removeprefix("torch.") for n, t in stored.items() if n in used and _is_other(t)})
    if kinds:
        yield f"stored as {', '.join(kinds)}, read as float32"
    for name in stored:
        tensor = stored[name]
        wrong = int((~torch.isfinite(tensor.float())).sum()) if name in used and tensor.is_floating_point() else 0
        if wrong:
            yield f"`{name}` holds {wrong:,} value{'s' if wrong > 1 else ''} that {_is(range(wrong))} not finite"


def _is_other(tensor: Tensor) -> bool:
    return tensor.is_floating_point() and tensor.dtype is not torch.float32
