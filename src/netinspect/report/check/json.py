"""For programs: the document that every command writes, with each network's totals. A baseline of a later check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netinspect.report.check import numbers
from netinspect.report.comparison.json import against
from netinspect.report.json import document as envelope
from netinspect.report.json import tensor_fields, totals_fields

if TYPE_CHECKING:
    from netinspect.checking import Check


def document(check: Check, *, color: bool) -> str:  # noqa: ARG001  a document for programs is never coloured
    """The whole document. `models` are the networks that are right, as in every document; `broken` are the others."""
    by_severity = numbers(check)
    broken = [network for network in check.networks if network.totals is None]
    content: dict[str, Any] = {
        "models": [
            {
                "name": network.name,
                "source": network.file,
                "variant": network.variant,
                "batch_size": network.batch_size,
                "dtype": network.dtype,
                "inputs": [tensor_fields(*tensor) for tensor in network.inputs],
                "totals": totals_fields(network.totals),
            }
            for network in check.networks
            if network.totals is not None
        ],
        "broken": [{"source": network.file, "variant": network.variant} for network in broken],
        "notes": list(check.notes),
        "counts": {
            "files": len(check.files),
            "passed_over": check.passed_over,
            "networks": len(check.networks),
            "broken": len(broken),
            "errors": by_severity["error"],
            "warnings": by_severity["warning"],
            "notes": by_severity["note"],
        },
    }
    if check.comparison is not None:
        titles = [pair.new.title for pair in check.comparison.pairs]
        changes = dict(zip(titles, check.comparison.changes, strict=True))
        passed = dict(zip(titles, check.comparison.passed, strict=True))
        content |= against(changes, passed, check.comparison.removed)
    return envelope("check", check.findings, **content)
