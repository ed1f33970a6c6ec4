"""The JSON Schemas of the documents that commands write: `netinspect schema --of check`.

What documents share (findings, totals, tensors, the envelope) is described here once; a schema holds the parts that
its document is made of. Draft 2020-12.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from netinspect.analysis.baseline import COUNTED
from netinspect.findings import METRICS

Schema = dict[str, Any]

COMMANDS: Final = ("summary", "compare", "verify", "check")
"""The commands whose documents have a schema."""

_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_PLACE: Final[Schema] = {"type": "integer", "minimum": 1}
_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_NULL: Final[Schema] = {"type": "null"}


def document_schema_text(command: str) -> str:
    """The schema of a command's document, ended by a newline."""
    return json.dumps(document_schema(command), indent=2) + "\n"


def document_schema(command: str) -> Schema:
    """The schema of a command's document."""
    required, optional = _CONTENT[command]
    envelope: dict[str, Schema] = {
        "format_version": {"type": "string", "pattern": r"^1\.[0-9]+$"},
        "netinspect": _said("The version of netinspect.", _TEXT),
        "command": {"const": command},
        "findings": _said("Of all specs, also of those that are broken and have no model.", _list(_ref("finding"))),
    }
    # The parts that these refer to, and that those refer to, in the order of `_PARTS`
    names: set[str] = set()
    left = list(({**envelope, **required, **optional}).values())
    while left:
        referenced = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(left))) - names
        names |= referenced
        left = [_PARTS[name] for name in referenced]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"netinspect {command} --format json",
        "description": "Fields may be added under the same major number of format_version.",
        **_object("", {**envelope, **required}, optional),
        "$defs": {name: part for name, part in _PARTS.items() if name in names},
    }


# --- how a schema is put together ----------------------------------------------------------------


def _object(description: str, required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    about = {"description": description} if description else {}
    properties = {**required, **(optional or {})}
    return {**about, "type": "object", "required": list(required), "properties": properties}


def _said(description: str, schema: Schema) -> Schema:
    return {"description": description, **schema}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _map(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _or_null(schema: Schema) -> Schema:
    return {"oneOf": [schema, _NULL]}


def _word(*words: str) -> Schema:
    return {"enum": list(words)}


_SIZES: Final = _list(_COUNT)
_PAIR: Final = _said("Numerator and denominator.", {**_SIZES, "minItems": 2, "maxItems": 2})
_SPAN: Final = {"line": _PLACE, "column": _PLACE, "end_line": _PLACE, "end_column": _PLACE}

# --- the parts that documents share --------------------------------------------------------------

_IDENTITY: Final = {
    "name": _TEXT,
    "source": _said("The spec, as it was named.", _TEXT),
    "variant": _said("Null for the base.", _or_null(_TEXT)),
}
_COSTS: Final = {"params": _COUNT, "macs": _COUNT, "param_bytes": _COUNT}
_FORMS: Final = ("convolution", "locally_connected", "fully_connected", "separable")
_BUCKETS: Final = _said("FLOPs apart from 2 · macs.", _map(_COUNT))

_MODEL: Final[dict[str, Schema]] = {
    **_IDENTITY,
    "batch_size": _PLACE,
    "dtype": _TEXT,
    "optimizer": _or_null(_TEXT),
    "inputs": _list(_ref("tensor")),
    "outputs": _said(
        "What it returns, by the names of the spec's `outputs`, else of their lines.", _list(_ref("tensor"))
    ),
    "totals": _ref("totals"),
    "expect": _said(
        "What the spec's `expect` asks for, and whether it is met; null where it asks for nothing, and with --set and "
        "--input-shape, which make another network of it.",
        _or_null(_ref("expectation")),
    ),
    "budget": _said(
        "What the spec's `budget` allows at most, and whether it is kept; memory in bytes. Null as `expect` is.",
        _or_null(_ref("budget")),
    ),
    "status": _said("`partial` where something is not counted.", _word("complete", "partial")),
    "uncounted": _list(_TEXT),
    "layers": _list(_ref("layer")),
}
_LIKE: Final = {"like": _ref("like")}

_PARTS: Final[dict[str, Schema]] = {
    "finding": _object(
        "What is to be said of a spec: a mistake, a failed check, a warning or a note. Lines and columns count from 1, "
        "the end is exclusive; null where it is about the whole file.",
        {
            "code": {"type": "string", "pattern": "^[EWN][0-9]{3}$"},
            "severity": _said("With --strict a warning is an error.", _word("error", "warning", "note")),
            "file": _TEXT,
            **{name: _or_null(place) for name, place in _SPAN.items()},
            "message": _TEXT,
            "notes": _said("Why.", _list(_TEXT)),
            "help": _said("What to write instead.", _or_null(_TEXT)),
            "variant": _said("The first it was found in; null is the base.", _or_null(_TEXT)),
            "variants": _said("All it was found in; null is the base.", {**_list(_or_null(_TEXT)), "minItems": 1}),
            "fix": _said("Edits that mend it, where they are certain.", _list(_ref("edit"))),
        },
    ),
    "edit": _object("A stretch of the file, and the text that goes in its place.", {**_SPAN, "text": _TEXT}),
    "model": _object("One network.", _MODEL, _LIKE),
    "compared_model": _object(
        "One network, as of summary, with the word it was asked for by and its published results.",
        {**_MODEL, "label": _TEXT, "results": _map({"type": ["number", "string"]})},
    ),
    "checked_model": _object(
        "One network that is right, as of summary, without its layers.",
        {
            **_IDENTITY,
            "batch_size": _PLACE,
            "dtype": _TEXT,
            "inputs": _list(_ref("tensor")),
            "totals": _ref("totals"),
        },
    ),
    "broken": _object(
        "A network that the spec does not give, because of a mistake.",
        {name: _IDENTITY[name] for name in ("source", "variant")},
    ),
    "totals": _object(
        "Whole-network figures for the batch size.",
        {
            "params": _said("Elements of all parameters, each once.", _COUNT),
            "trainable_params": _COUNT,
            "frozen_params": _COUNT,
            "shared_params": _said("Elements that are used again without being counted again.", _COUNT),
            "buffers": _COUNT,
            "macs": _said("Multiply-accumulates of one forward pass, without bias.", _COUNT),
            "flops": _said("2 · macs.", _COUNT),
            "flop_buckets": _BUCKETS,
            "backward_macs": _COUNT,
            "param_bytes": _COUNT,
            "buffer_bytes": _COUNT,
            "input_bytes": _COUNT,
            "peak_activation_bytes": _said("The most that is alive at once in inference.", _COUNT),
            "saved_activation_bytes": _said("What is kept for the backward pass.", _COUNT),
            "gradient_bytes": _COUNT,
            "optimizer_bytes": _COUNT,
            "receptive_field": _ref("receptive_field"),
            "receptive_field_of": _said("The path of the last layer that slides a window.", _or_null(_TEXT)),
            "whole_field": _said("Of the first map behind it that sees all along an axis.", _ref("receptive_field")),
            "whole_field_of": _said("The path of the layer that makes it.", _or_null(_TEXT)),
            "layers": _said("Calls of layers, and of functions that multiply by a parameter.", _COUNT),
            "depth": _said("Layers with parameters on the longest path.", _COUNT),
        },
    ),
    "expectation": _object(
        "",
        {},
        {"params": _ref("expected_count"), "macs": _ref("expected_count"), "outputs": _list(_ref("expected_output"))},
    ),
    "expected_count": _object("", {"expected": _COUNT, "actual": _COUNT, "met": _FLAG}),
    "expected_output": _object(
        "A named output, or the only one (null). Sizes without the batch; `actual` is null where there is no such "
        "output.",
        {"name": _or_null(_TEXT), "expected": _SIZES, "actual": _or_null(_SIZES), "met": _FLAG},
    ),
    "budget": _object("", {}, dict.fromkeys(METRICS, _ref("budgeted"))),
    "budgeted": _object("", {"most": _COUNT, "actual": _COUNT, "met": _FLAG}),
    "like": _object(
        "What another tool prints, with `--like`; `figure` less our macs is the sum of the differences.",
        {
            "tool": _word("torchvision", "fvcore", "torchinfo", "thop"),
            "called": _TEXT,
            "figure": _COUNT,
            "differences": _list(_object("", {"reason": _TEXT, "operations": {"type": "integer"}})),
        },
    ),
    "layer": _object(
        "One layer or function that runs, in order.",
        {
            "path": _said("Its place in the model; for a layer the prefix of its state-dict keys.", _TEXT),
            "type": _TEXT,
            "scope": _TEXT,
            "from": _said('The paths that feed it; "input" is the network\'s.', _list(_TEXT)),
            "input_shapes": _list(_SIZES),
            "output_shape": _SIZES,
            "output_shapes": _list(_SIZES),
            "output_dtype": _TEXT,
            "params": _COUNT,
            "params_formula": _or_null(_TEXT),
            "trainable_params": _COUNT,
            "shared_params": _COUNT,
            "shared_with": _said("The path that owns the parameters.", _or_null(_TEXT)),
            "parameters": _said("State-dict key to number of elements.", _map(_COUNT)),
            "buffers": _COUNT,
            "macs": _COUNT,
            "macs_formula": _or_null(_TEXT),
            "flops": _COUNT,
            "flop_buckets": _BUCKETS,
            "activation_bytes": _COUNT,
            "receptive_field": _ref("receptive_field"),
            "stride": _or_null(_list({"type": "number"})),
            "offset": _or_null(_list({"type": "number"})),
            "uncounted": _said("What no figure covers.", _or_null(_TEXT)),
            "line": _said("The line in the spec.", _PLACE),
        },
    ),
    "tensor": _object("A tensor, its shape with the batch.", {"name": _TEXT, "shape": _SIZES, "dtype": _TEXT}),
    "receptive_field": {
        "description": 'One size an axis, "global", or null where there is none.',
        "oneOf": [_list(_PLACE), {"const": "global"}, _NULL],
    },
    # --- compare ---
    "alternatives": _object(
        "The convolutions of one model, and its sums with all of them in one form.",
        {
            "model": _TEXT,
            "totals": _object("", dict.fromkeys(_FORMS, _ref("sums"))),
            "layers": _list(_ref("alternative")),
        },
    ),
    "sums": _object("", _COSTS),
    "alternative": _object(
        "Shapes carry the batch.",
        {
            "path": _TEXT,
            "type": _TEXT,
            "input_shape": _SIZES,
            "output_shape": _SIZES,
            "kernel_size": _SIZES,
            "groups": _COUNT,
            "touches_padding": _FLAG,
            "has_computed_weight": _FLAG,
            **dict.fromkeys(_FORMS[:-1], _ref("cost")),
            "separable": _or_null(_ref("cost")),
            "locality_saves": _PAIR,
            "sharing_saves": _PAIR,
            "line": _COUNT,
        },
    ),
    "cost": _object(
        "One form of a layer. Bytes are those of its parameters.",
        {**_COSTS, "params_formula": _TEXT, "macs_formula": _TEXT},
    ),
    "measurement": _object(
        "Convolutions that are alike are measured once, at the first.",
        {
            "device": _TEXT,
            "threads": _COUNT,
            "torch": _TEXT,
            "batch_size": _COUNT,
            "layers": _list(_ref("measured")),
        },
    ),
    "measured": _object(
        "",
        {
            "path": _TEXT,
            "timings": _list(_ref("timing")),
            "skipped": _list(_object("", {"form": _TEXT, "reason": _TEXT})),
            "proof": _or_null(_ref("proof")),
        },
    ),
    "timing": _object(
        "Nanoseconds of one run: the median and the quartiles.",
        {
            "form": _word("convolution", "unfolded", "fully_connected"),
            "direction": _word("forward", "backward"),
            **dict.fromkeys(("median_ns", "lower_ns", "upper_ns", "runs"), _COUNT),
        },
    ),
    "proof": _object(
        "The convolution as one matrix gives its output, and has the counted connections as non-zeros.",
        {"holds": _FLAG, "outputs": _COUNT, "outputs_equal": _FLAG, "nonzeros": _COUNT, "connections": _COUNT},
    ),
    "ratios": _object(
        "Each model's figure and the reference's.",
        {
            "model": _TEXT,
            **dict.fromkeys(
                (
                    *("params", "macs", "flops", "param_bytes"),
                    *("peak_activation_bytes", "saved_activation_bytes", "layers", "depth"),
                ),
                _PAIR,
            ),
        },
    ),
    # --- against a baseline ---
    "comparison": _object(
        "What changed in one model; the baseline is null where it does not have it.",
        {"model": _TEXT, "baseline": _or_null(_ref("snapshot")), "increases": _list(_ref("increase"))},
        {
            "resized": _said("Whether an input has other sizes: then MACs and activations tell nothing.", _FLAG),
            "totals": _map(_object("", {"old": _COUNT, "new": _COUNT})),
            "layers": _list(_ref("change")),
        },
    ),
    "snapshot": _object(
        "A total is null where the baseline does not tell it.",
        {**_IDENTITY, "totals": _object("", dict.fromkeys(COUNTED, _or_null(_COUNT)))},
    ),
    "change": _object(
        "A layer that is not what it was: old is null for an added one, new for a removed one.",
        {
            "change": _word("changed", "renamed", "added", "removed"),
            "old": _or_null(_ref("changed_layer")),
            "new": _or_null(_ref("changed_layer")),
        },
    ),
    "changed_layer": _object(
        "",
        {
            "path": _TEXT,
            "type": _TEXT,
            "input_shapes": _list(_SIZES),
            "output_shapes": _list(_SIZES),
            **dict.fromkeys(("params", "trainable_params", "shared_params", "macs"), _COUNT),
        },
    ),
    "increase": _object(
        "A limit of --fail-on-increase that is passed.",
        {"metric": _word(*COUNTED), "old": _COUNT, "new": _COUNT, "allowed": _TEXT},
    ),
    # --- verify ---
    "verification": _object(
        "One network: how much was compared with torch, what differs, and what torch cannot tell.",
        {
            **_IDENTITY,
            "batch_sizes": _said("Those that the shapes were compared for.", _SIZES),
            "layers": _said("Calls of layers whose outputs were compared.", _COUNT),
            "functions": _said("Calls of functions whose outputs were compared.", _COUNT),
            "params": _COUNT,
            "macs": _COUNT,
            "torchinfo_layers": _said("Layers that torchinfo was asked about as well.", _COUNT),
            "differences": _list(_ref("difference")),
            "unchecked": _list(_object("", {"path": _TEXT, "what": _TEXT, "reason": _TEXT})),
            "agrees": _said("Whether there is no difference.", _FLAG),
        },
        {"weights": _said("With --weights.", _ref("weights"))},
    ),
    "difference": _object(
        'A figure on which the engines do not agree; the path is "" for the network as a whole.',
        {"path": _TEXT, "what": _TEXT, "catalogue": _TEXT, "torch": _TEXT, "engine": _TEXT},
    ),
    "weights": _object(
        "How a checkpoint fits.",
        {
            "source": _said("The file's name, without its folder.", _TEXT),
            "unwrapped": _said("The keys that were opened to reach the tensors.", _list(_TEXT)),
            "prefix": _said("What was stripped from the names.", _TEXT),
            "entry": _said("Which set of weights it is, where the file holds several; else empty.", _TEXT),
            "match": _word("name", "order"),
            "tensors": _list(
                _object(
                    "",
                    {
                        "key": _TEXT,
                        "shape": _SIZES,
                        "state": _word("loaded", "missing", "misshapen"),
                        "stored": _said("The checkpoint's name for it.", _or_null(_TEXT)),
                        "stored_shape": _or_null(_SIZES),
                    },
                )
            ),
            "extra": _said("Names in the checkpoint that the network does not have.", _list(_TEXT)),
            "notes": _list(_TEXT),
            "complete": _said("Whether every tensor of the network was loaded.", _FLAG),
        },
    ),
}

_AGAINST: Final = {
    "comparisons": _said("With --baseline.", _list(_ref("comparison"))),
    "not_compared": _said("Networks in the baseline alone.", _list(_ref("snapshot"))),
}

_CONTENT: Final[dict[str, tuple[dict[str, Schema], dict[str, Schema]]]] = {
    "summary": ({"models": _list(_ref("model"))}, {}),
    "compare": (
        {"models": _list(_ref("compared_model"))},
        {
            "alternatives": _said("Of one spec, or of single layers.", _list(_ref("alternatives"))),
            "measurement": _or_null(_ref("measurement")),
            "reference": _said("Of several specs: the label that ratios are to.", _TEXT),
            "ratios": _list(_ref("ratios")),
            "aligned_layers": _said(
                "With --per-layer: a path for each model, null where it has no such layer.",
                _list(_list(_or_null(_TEXT))),
            ),
            **_AGAINST,
        },
    ),
    "verify": ({"models": _list(_ref("verification"))}, {}),
    "check": (
        {
            "models": _said("The networks that are right.", _list(_ref("checked_model"))),
            "broken": _said("The networks that are not there, because of a mistake.", _list(_ref("broken"))),
            "notes": _said("What is new, renamed or gone since the baseline.", _list(_TEXT)),
            "counts": _object(
                "",
                {
                    "files": _COUNT,
                    "passed_over": _said("YAML files that are no specs.", _COUNT),
                    "networks": _said("Right and broken ones.", _COUNT),
                    "broken": _COUNT,
                    **dict.fromkeys(("errors", "warnings", "notes"), _COUNT),
                },
            ),
        },
        _AGAINST,
    ),
}
"""For each command the fields of its document that are always there, and those that may be."""
