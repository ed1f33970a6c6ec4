"""`netinspect visualize`: what do the kernels, the activations and the whole net look like?"""

from __future__ import annotations

from netinspect.cli import reading_options as reading
from netinspect.cli import visualize_options as options
from netinspect.cli.reading_options import Match
from netinspect.cli.visualize_options import EPILOG, Order, Scale

__all__ = ["EPILOG", "visualize"]


def visualize(
    spec: options.Spec,
    *,
    output: options.Output,
    weights: options.Weights = None,
    partial: reading.Partial = False,
    match: reading.MatchOption = Match.name,
    inputs: options.Inputs = None,
    sample: options.Sample = None,
    dataset: options.Dataset = None,
    top_inputs: options.TopInputs = None,
    unit: options.Unit = None,
    what: options.What = None,
    layers: options.Layers = None,
    everything: options.Everything = False,
    scale: options.ScaleOption = Scale.layer,
    order: options.OrderOption = Order.index,
    max_tiles: options.MaxTiles = 64,
    gamma: options.Gamma = 1.0,
    clip: options.Clip = 99.5,
    assign: reading.Assign = None,
    shape: reading.InputShape = None,
    custom_layers: reading.CustomLayers = None,
    seed: options.Seed = 0,
    device: options.Device = "cpu",
    memory_limit: options.MemoryLimit = None,
    save_arrays: options.SaveArrays = False,
    dry_run: options.DryRun = False,
    force: options.Force = False,
) -> None:
    """Draw the kernels, the activations and the whole net."""
    from netinspect.cli.values import amount, assignment, input_shape
    from netinspect.cli.visualizing import most_top_inputs
    from netinspect.cli.visualizing import visualize as draw
    from netinspect.visualization.request import Looks, Request

    draw(
        Request(
            spec=spec, output=output, weights=weights, partial=partial, match=match.value, inputs=tuple(inputs or ()),
            dataset=dataset, top_inputs=most_top_inputs(top_inputs, dataset), unit=unit, what=what, layers=layers,
            looks=Looks(scale.value, order.value, max_tiles, gamma, clip), seed=seed, device=device,
            memory_limit=amount("--memory-limit", memory_limit), everything=everything,
            save_arrays=save_arrays, dry_run=dry_run, force=force, sample=sample,
            assignments=tuple(assignment(text) for text in assign or ()),
            input_shapes=tuple(input_shape(text) for text in shape or ()), custom_layers=custom_layers,
        )
    )  # fmt: skip
