"""Which kind of comparison was asked for, and whether the options belong to it."""

from __future__ import annotations

from netinspect.cli import comparing
from netinspect.cli.compare_request import Request
from netinspect.errors import InputError


def run(asked: Request) -> int:
    """Compare, write, and give the exit code. InputError where options do not belong together."""
    _check(asked)
    if asked.plot is not None:
        from netinspect.cli.plotting import check_plot

        check_plot(asked.plot)
    if asked.baseline is not None:
        from netinspect.cli.compare_baseline import compare_baseline

        return compare_baseline(asked)
    reading = comparing.read(asked.specs, asked.layers, asked.wanted)
    if reading.code > 1 and (asked.target.format != "table" or asked.target.file is not None or not reading.subjects):
        comparing.tell(reading.messages)
        return reading.code
    if asked.is_alternatives:
        from netinspect.cli.compare_alternatives import compare_alternatives

        return compare_alternatives(asked, reading)
    from netinspect.cli.compare_networks import compare_networks

    return compare_networks(asked, reading)


def _check(asked: Request) -> None:
    """InputError for an option that has no meaning for what is compared, rather than pass over it."""
    if not asked.specs and not asked.layers:
        raise InputError("there is nothing to compare: name a SPEC, or give a --layer with its --input")
    if asked.baseline is not None and asked.layers:
        raise InputError("--layer has no baseline; compare it with a spec, or alone")
    for is_given, option, is_fitting, where in (
        (asked.formula, "--formula", asked.is_alternatives, "one spec or --layer"),
        (asked.separable, "--separable", asked.is_alternatives, "one spec or --layer"),
        (asked.measuring.wanted, "--measure", asked.is_alternatives, "one spec or --layer"),
        (asked.measuring.backward, "--backward", asked.measuring.wanted, "--measure"),
        (asked.per_layer, "--per-layer", asked.baseline is None and not asked.is_alternatives, "several specs"),
        (asked.plot is not None, "--plot", asked.baseline is None, "networks and layers, not for a baseline"),
        (asked.fail_on_increase is not None, "--fail-on-increase", asked.baseline is not None, "--baseline"),
    ):
        if is_given and not is_fitting:
            raise InputError(f"{option} is for {where}")
