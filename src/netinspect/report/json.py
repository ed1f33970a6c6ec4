"""A summary as JSON: one document, every row, exact whole numbers. A contract: fields are only ever added."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from netinspect.analysis.figures import PeerFigure, Profile, ReceptiveField, Row, Tensor, Totals

FORMAT_VERSION: Final = "1.0"


def document(profiles: Sequence[Profile], *, version: str, command: str = "summary") -> str:
    """The whole document, ASCII only, ended by a newline. `version` is netinspect's own."""
    content = {
        "format_version": FORMAT_VERSION,
        "netinspect": version,
        "command": command,
        "models": [model(profile) for profile in profiles],
    }
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def model(profile: Profile) -> dict[str, Any]:
    """One network's entry."""
    return {
        "name": profile.name,
        "source": profile.source,
        "variant": profile.variant,
        "batch_size": profile.batch_size,
        "dtype": profile.dtype,
        "optimizer": profile.optimizer,
        "inputs": [_tensor(given.tensor) for given in profile.inputs],
        "totals": _totals(profile.totals),
        "status": profile.status,
        "uncounted": list(profile.uncounted),
        **({"like": _peer(profile.peer)} if profile.peer else {}),
        "layers": [_layer(row) for row in profile.rows],
    }


def _peer(peer: PeerFigure) -> dict[str, Any]:
    differences = [{"reason": reason, "operations": amount} for reason, amount in peer.differences]
    return {"tool": peer.tool, "called": peer.called, "figure": peer.theirs, "differences": differences}


def _tensor(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "shape": list(tensor.shape), "dtype": tensor.dtype}


def _field(field: ReceptiveField) -> list[int] | str | None:
    return list(field) if isinstance(field, tuple) else field


def _totals(totals: Totals) -> dict[str, Any]:
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
        "layers": totals.layers,
        "depth": totals.depth,
    }


def _layer(row: Row) -> dict[str, Any]:
    return {
        "path": row.path,
        "type": row.type,
        "scope": row.scope,
        "from": list(row.sources),
        "input_shapes": [list(tensor.shape) for tensor in row.inputs],
        "output_shape": list(row.outputs[0].shape),
        "output_shapes": [list(tensor.shape) for tensor in row.outputs],
        "output_dtype": row.outputs[0].dtype,
        "params": row.params,
        "params_formula": row.params_formula,
        "trainable_params": row.trainable_params,
        "shared_params": row.shared_params,
        "shared_with": row.shared_with,
        "parameters": dict(row.parameters),
        "buffers": row.buffers,
        "macs": row.macs,
        "macs_formula": row.macs_formula,
        "flops": row.flops,
        "flop_buckets": dict(row.flop_buckets),
        "activation_bytes": row.activation_bytes,
        "receptive_field": _field(row.receptive_field),
        "stride": list(row.stride) if row.stride is not None else None,
        "offset": list(row.offset) if row.offset is not None else None,
        "uncounted": row.uncounted,
        "line": row.line,
    }
