"""Documents as JSON: one envelope for every command, and a network as `summary` tells it. A contract: fields are only
ever added, whole numbers are exact, and every character is ASCII.

The layout is the one of `json.dumps(value, indent=2)`, which goes through Python for every line and every bracket.
Here a list or an object is one text, so that a summary of a hundred thousand layers is written in a second.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring_ascii as _ascii
from typing import TYPE_CHECKING, Any, Final

from netinspect.analysis.figures import Profile, ReceptiveField, Row, Totals
from netinspect.findings import METRICS, Finding
from netinspect.language.syntax import Budget, Expectation
from netinspect.network.network import Network
from netinspect.version import VERSION

if TYPE_CHECKING:
    from netinspect.reading import Reading

FORMAT_VERSION: Final = "1.1"


def document(command: str, findings: Iterable[Finding], **content: Any) -> str:
    """The document of a command: the envelope, what is to be said of the specs, and the command's own fields."""
    envelope = {
        "format_version": FORMAT_VERSION,
        "netinspect": VERSION,
        "command": command,
        "findings": [finding_fields(finding) for finding in findings],
        **content,
    }
    return encoded(envelope) + "\n"


def summary(readings: Sequence[Reading]) -> str:
    """Every network that could be read, and what is to be said of all of them."""
    findings = [finding for reading in readings for finding in reading.findings]
    return document("summary", findings, models=[model(reading) for reading in readings if not reading.is_broken])


def finding_fields(finding: Finding) -> dict[str, Any]:
    """A finding. Lines and columns count from 1, the end is exclusive; null where it is about the whole file."""
    diagnostic, span = finding.diagnostic, finding.diagnostic.span
    return {
        "code": diagnostic.code,
        "severity": finding.severity,
        "file": finding.file,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
        "message": diagnostic.message,
        "notes": [diagnostic.note] if diagnostic.note else [],
        "help": diagnostic.help,
        "variant": finding.variant,
        "variants": [finding.variant, *finding.also],
        "fix": [
            {
                "line": edit.span.line,
                "column": edit.span.column,
                "end_line": edit.span.end_line,
                "end_column": edit.span.end_column,
                "text": edit.text,
            }
            for edit in diagnostic.fix
        ],
    }


def model(reading: Reading) -> dict[str, Any]:
    """One network's entry."""
    profile, network = reading.profile, reading.network
    assert profile is not None
    assert network is not None
    like: dict[str, Any] = {}
    if (peer := profile.peer) is not None:
        differences = [{"reason": reason, "operations": amount} for reason, amount in peer.differences]
        like["like"] = {"tool": peer.tool, "called": peer.called, "figure": peer.theirs, "differences": differences}
    budget = None
    if isinstance(network.budget, Budget):
        budget = {}
        for key, metric in METRICS.items():
            most, actual = getattr(network.budget, key), getattr(profile.totals, metric)
            if most is not None:
                budget[key] = _check("most", most, actual, actual <= most)
    return {
        "name": profile.name,
        "source": profile.source,
        "variant": profile.variant,
        "batch_size": profile.batch_size,
        "dtype": profile.dtype,
        "optimizer": profile.optimizer,
        "inputs": [tensor_fields(i.tensor.name, i.tensor.shape, i.tensor.dtype) for i in profile.inputs],
        "outputs": [tensor_fields(tensor.name, tensor.shape, tensor.dtype) for tensor in profile.outputs],
        "totals": totals_fields(profile.totals),
        "expect": _expectation(network, profile),
        "budget": budget,
        "status": profile.status,
        "uncounted": list(profile.uncounted),
        **like,
        "layers": _layers(profile.rows),
    }


def _expectation(network: Network, profile: Profile) -> dict[str, Any] | None:
    """What `expect` asks for, and whether it is met; null where it says nothing or is not checked."""
    expect = network.expect
    if not isinstance(expect, Expectation):
        return None
    figures = {name: getattr(expect, name) for name in ("params", "macs") if getattr(expect, name) is not None}
    checks: dict[str, Any] = {
        name: _check("expected", figure, getattr(profile.totals, name), getattr(profile.totals, name) == figure)
        for name, figure in figures.items()
        if name == "params" or profile.batch_size == 1
    }
    shapes = {name: list(value.type.shape[1:]) for name, value in network.outputs}
    first = next(iter(shapes.values()), None)
    outputs = []
    for name, sizes in expect.outputs:
        actual = shapes.get(name, first if not name else None)
        outputs.append({"name": name or None, **_check("expected", list(sizes), actual, actual == list(sizes))})
    return {**checks, **({"outputs": outputs} if outputs else {})}


def _check(word: str, expected: Any, actual: Any, is_met: bool) -> dict[str, Any]:
    return {word: expected, "actual": actual, "met": is_met}


def tensor_fields(name: str, shape: Sequence[int], dtype: str) -> dict[str, Any]:
    """A tensor, as every document names its parts. The shape carries the batch."""
    return {"name": name, "shape": list(shape), "dtype": dtype}


def _field(field: ReceptiveField) -> list[int] | str | None:
    return list(field) if isinstance(field, tuple) else field


def totals_fields(totals: Totals) -> dict[str, Any]:
    """The totals of a network, as every document names them."""
    return {
        "params": totals.params,
        "trainable_params": totals.trainable_params,
        "frozen_params": totals.frozen_params,
        "shared_params": totals.shared_params,
        "buffers": totals.buffers,
        "macs": totals.macs,
        "flops": totals.flops,
        "flop_buckets": dict(totals.flop_buckets),
        "backward_macs": totals.backward_macs,
        "param_bytes": totals.param_bytes,
        "buffer_bytes": totals.buffer_bytes,
        "input_bytes": totals.input_bytes,
        "peak_activation_bytes": totals.peak_activation_bytes,
        "saved_activation_bytes": totals.saved_activation_bytes,
        "gradient_bytes": totals.gradient_bytes,
        "optimizer_bytes": totals.optimizer_bytes,
        "receptive_field": _field(totals.receptive_field),
        "receptive_field_of": totals.receptive_field_of,
        "whole_field": _field(totals.whole_field),
        "whole_field_of": totals.whole_field_of,
        "layers": totals.layers,
        "depth": totals.depth,
    }


_NEWLINE: Final = "\n" + 10 * " "
"""What the members of a layer begin with: in a document, its models, a model, its layers."""


def _layers(rows: Iterable[Row]) -> Iterator[Written]:
    """The entries of the layers. Most of a text is that of every layer alike, and is written once."""
    known: dict[Any, tuple[str, str]] = {}
    for row in rows:
        inputs, outputs = (
            tuple([tensor.shape for tensor in row.inputs]),
            tuple([tensor.shape for tensor in row.outputs]),
        )
        kind = (
            *(row.type, inputs, outputs, row.outputs[0].dtype, row.params, row.params_formula, row.trainable_params),
            *(row.shared_params, row.shared_with, row.buffers, row.macs, row.macs_formula, row.flop_buckets),
            # 1 and 1.0 are one key and two texts
            *(row.activation_bytes, repr((row.receptive_field, row.stride, row.offset)), row.uncounted),
        )
        texts = known.get(kind)
        if texts is None:
            texts = known[kind] = (_members(_sizes_and_params(row), _NEWLINE), _members(_costs(row), _NEWLINE))
        names = _members({"path": row.path, "type": row.type, "scope": row.scope, "from": row.sources}, _NEWLINE)
        parameters = _members({"parameters": dict(row.parameters)}, _NEWLINE)
        lines = f",{_NEWLINE}".join((names, texts[0], parameters, texts[1], f'"line": {row.line}'))
        yield Written(f"{{{_NEWLINE}{lines}{_NEWLINE[:-2]}}}")


def _sizes_and_params(row: Row) -> dict[str, Any]:
    return {
        "input_shapes": [tensor.shape for tensor in row.inputs],
        "output_shape": row.outputs[0].shape,
        "output_shapes": [tensor.shape for tensor in row.outputs],
        "output_dtype": row.outputs[0].dtype,
        "params": row.params,
        "params_formula": row.params_formula,
        "trainable_params": row.trainable_params,
        "shared_params": row.shared_params,
        "shared_with": row.shared_with,
    }


def _costs(row: Row) -> dict[str, Any]:
    return {
        "buffers": row.buffers,
        "macs": row.macs,
        "macs_formula": row.macs_formula,
        "flops": row.flops,
        "flop_buckets": dict(row.flop_buckets),
        "activation_bytes": row.activation_bytes,
        "receptive_field": _field(row.receptive_field),
        "stride": row.stride,
        "offset": row.offset,
        "uncounted": row.uncounted,
    }


# --- the text ------------------------------------------------------------------------------------


class Written(str):
    """Text that is JSON already, indented for the place where it will stand."""

    __slots__ = ()


_PLAIN: Final[dict[type, Callable[[Any], str]]] = {
    str: _ascii,
    Written: str,
    int: repr,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): {None: "null"}.__getitem__,
}
"""How values are written that hold no others. A float may be one that JSON has not."""

_LISTS: Final = (list, tuple)
_HOLDERS: Final = (dict, *_LISTS, Iterator)
_LEVELS: Final = 4
"""A document, its models, a model, its layers."""

_SHORT: Final = 9
"""A list of fewer items may be a shape, and come again and again."""


def encoded(value: Any) -> str:
    """`value` as JSON with an indent of two blanks, in ASCII. An iterator is a list that is made while it is written.

    Keys are texts. ValueError for a number that JSON has not (nan, inf).
    """
    return "".join(_pieces(value, "\n", {}, _LEVELS))


def _members(value: Mapping[str, Any], newline: str) -> str:
    """The members of an object, each in a line that begins with `newline`, without the brackets around them."""
    plain = _PLAIN.get
    return f",{newline}".join(
        [
            f"{_ascii(key)}: {write(item) if (write := plain(type(item))) else _text(item, newline, {})}"
            for key, item in value.items()
        ]
    )


def _pieces(value: Any, newline: str, known: dict[tuple[str, str], str], levels: int) -> Iterator[str]:
    """The text of a value down to `levels` brackets deep: what may be a hundred megabytes is put together only once."""
    inner, before = newline + "  ", ""
    if levels == 0 or not isinstance(value, _HOLDERS):
        write = _PLAIN.get(type(value))
        yield write(value) if write else _text(value, newline, known)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield f"{before or '{'}{inner}{_ascii(key)}: "
            yield from _pieces(item, inner, known, levels - 1)
            before = ","
        yield newline + "}" if before else "{}"
    else:
        for item in value:
            yield f"{before or '['}{inner}"
            yield from _pieces(item, inner, known, levels - 1)
            before = ","
        yield newline + "]" if before else "[]"


def _text(value: Any, newline: str, known: dict[tuple[str, str], str]) -> str:
    """A value that stands in a line of the indent with which `newline` ends. `known` keeps the texts of short lists.

    The loops write plain numbers and texts themselves: a call for each would double the time.
    """
    plain, inner = _PLAIN.get, newline + "  "
    if isinstance(value, dict):
        members = [
            f"{_ascii(key)}: {write(item) if (write := plain(type(item))) else _text(item, inner, known)}"
            for key, item in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(members)}{newline}}}" if members else "{}"
    key = None
    if isinstance(value, _LISTS):
        if 0 < len(value) < _SHORT and type(value[0]) not in (str, dict):
            key = (repr(value), newline)
            text = known.get(key)
            if text is not None:
                return text
    elif not isinstance(value, Iterator):
        return json.dumps(value, allow_nan=False)
    items = [write(item) if (write := plain(type(item))) else _text(item, inner, known) for item in value]
    text = f"[{inner}{f',{inner}'.join(items)}{newline}]" if items else "[]"
    if key is not None:
        known[key] = text
    return text
