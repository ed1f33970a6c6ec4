"""`netinspect compare`: why convolutions, which network, and what changed."""

from __future__ import annotations

import typer

from netinspect.cli import compare_options as options
from netinspect.cli import reading_options as reading
from netinspect.cli.compare_options import EPILOG, Dtype, Format, Size
from netinspect.cli.layer_options import ORDER

__all__ = ["EPILOG", "compare"]


def compare(
    ctx: typer.Context,
    specs: options.Specs = None,
    *,
    layer: options.Layers = None,
    input: options.Inputs = None,
    format: options.FormatOption = Format.table,
    formula: options.Formula = False,
    separable: options.Separable = False,
    expand: options.Expand = False,
    sort: options.Sort = None,
    per_layer: options.PerLayer = False,
    baseline: options.Baseline = None,
    fail_on_increase: options.FailOnIncrease = None,
    measure: options.Measure = False,
    backward: options.Backward = False,
    measure_limit: options.MeasureLimit = "1GiB",
    memory_limit: options.MemoryLimit = None,
    device: options.Device = "cpu",
    plot: options.Plot = None,
    plot_size: options.PlotSize = Size.slide,
    batch_size: options.BatchSize = 1,
    dtype: options.DtypeOption = Dtype.float32,
    assign: reading.Assign = None,
    shape: reading.InputShape = None,
    strict: options.Strict = False,
    output_file: options.OutputFile = None,
    exit_zero: options.ExitZero = False,
) -> int:
    """What do convolutions save? Which network costs less? What changed?"""
    from netinspect.cli.compare_modes import run
    from netinspect.cli.compare_request import Measuring, Request, wanted
    from netinspect.cli.comparing import Target
    from netinspect.cli.layer_options import layer_options

    asked = Request(
        specs=tuple(specs or ()), layers=layer_options(ctx.meta[ORDER], layer or (), input or ()),
        wanted=wanted(batch_size, dtype.value, assign or (), shape or (), strict=strict),
        target=Target(format.value, output_file), formula=formula, separable=separable, expand=expand, sort=sort,
        per_layer=per_layer, baseline=baseline, fail_on_increase=fail_on_increase,
        measuring=Measuring(measure, backward, measure_limit, memory_limit, device), plot=plot,
        plot_size=plot_size.value,
    )  # fmt: skip
    code = run(asked)
    return 0 if exit_zero and code == 1 else code
