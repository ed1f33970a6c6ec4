"""What the arguments of layers and functions mean, in a line each, and lines that show what the frequent ones do.

An argument means the same wherever torch has it; which layers take it, its kind and its default stand in the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Shown:
    """An example of an argument: a line without it, the sizes of its input, and the argument as it is added.

    `without` is "" where the line needs the argument; `dtype` is the input's.
    """

    without: str
    with_it: str
    sizes: tuple[int, ...]
    dtype: str = "float32"


_IMAGE: Final = (3, 32, 32)
_CONVOLUTION: Final = "Conv2d(6, kernel_size=5)"
_SEQUENCE: Final = (100, 6)

SHOWN: Final[Mapping[str, Shown]] = MappingProxyType(
    {
        "padding": Shown(_CONVOLUTION, "Conv2d(6, kernel_size=5, padding=2)", _IMAGE),
        "stride": Shown(_CONVOLUTION, "Conv2d(6, kernel_size=5, stride=2)", _IMAGE),
        "kernel_size": Shown("Conv2d(6, kernel_size=3)", "Conv2d(6, kernel_size=5)", _IMAGE),
        "dilation": Shown(_CONVOLUTION, "Conv2d(6, kernel_size=5, dilation=2)", _IMAGE),
        "groups": Shown(_CONVOLUTION, "Conv2d(6, kernel_size=5, groups=3)", _IMAGE),
        "bias": Shown(_CONVOLUTION, "Conv2d(6, kernel_size=5, bias=False)", _IMAGE),
        "out_channels": Shown("Conv2d(6, kernel_size=5)", "Conv2d(12, kernel_size=5)", _IMAGE),
        "in_channels": Shown(_CONVOLUTION, "Conv2d(6, kernel_size=5, in_channels=3)", _IMAGE),
        "ceil_mode": Shown("MaxPool2d(2)", "MaxPool2d(2, ceil_mode=True)", (8, 7, 7)),
        "output_size": Shown("AdaptiveAvgPool2d(1)", "AdaptiveAvgPool2d((2, 3))", (8, 7, 7)),
        "output_padding": Shown(
            "ConvTranspose2d(8, kernel_size=3, stride=2, padding=1)",
            "ConvTranspose2d(8, kernel_size=3, stride=2, padding=1, output_padding=1)",
            (16, 8, 8),
        ),
        "out_features": Shown("Linear(10)", "Linear(20)", (84,)),
        "hidden_size": Shown("GRU(64, batch_first=True)", "GRU(128, batch_first=True)", _SEQUENCE),
        "num_layers": Shown("GRU(64, batch_first=True)", "GRU(64, num_layers=2, batch_first=True)", _SEQUENCE),
        "bidirectional": Shown("GRU(64, batch_first=True)", "GRU(64, bidirectional=True, batch_first=True)", _SEQUENCE),
        "num_heads": Shown(
            "MultiheadAttention(num_heads=1, batch_first=True)",
            "MultiheadAttention(num_heads=8, batch_first=True)",
            (50, 64),
        ),
        "dim_feedforward": Shown(
            "TransformerEncoderLayer(nhead=8, batch_first=True)",
            "TransformerEncoderLayer(nhead=8, dim_feedforward=256, batch_first=True)",
            (50, 64),
        ),
        "affine": Shown("BatchNorm2d", "BatchNorm2d(affine=False)", (64, 8, 8)),
        "embedding_dim": Shown("Embedding(10_000, 100)", "Embedding(10_000, 300)", (40,), "int64"),
        "num_embeddings": Shown("Embedding(10_000, 100)", "Embedding(20_000, 100)", (40,), "int64"),
        "scale_factor": Shown("Upsample(scale_factor=2)", "Upsample(scale_factor=4)", (8, 7, 7)),
        "start_dim": Shown("Flatten", "Flatten(start_dim=2)", (16, 5, 5)),
        "keepdim": Shown("mean(dim=1)", "mean(dim=1, keepdim=True)", (50, 64)),
        "dim": Shown("mean(dim=1)", "mean(dim=2)", (50, 64)),
    }
)
"""By argument, an example in which it makes a difference: first without it or with another value, then with it."""

MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Sizes that follow from the input
        "in_channels": "how many channels come in",
        "in_features": "how many numbers each sample's last axis has",
        "in1_features": "how many numbers the first input's last axis has",
        "in2_features": "how many numbers the second input's last axis has",
        "num_features": "how many channels come in, each normalised for itself",
        "num_channels": "how many channels come in",
        "input_size": "how many numbers come in at each step",
        "embed_dim": "how many numbers each step of the sequence has",
        "d_model": "how many numbers each step of the sequence has",
        "normalized_shape": "the sizes of the last axes, over which it normalises",
        # Sizes that are chosen
        "out_channels": "how many kernels it learns, and so how many channels come out",
        "out_features": "how many numbers come out",
        "hidden_size": "how many numbers the state has, and so how many come out at each step",
        "num_layers": "how many such layers stand one above the other",
        "num_heads": "how many heads attend side by side; it divides embed_dim",
        "nhead": "how many heads attend side by side; it divides d_model",
        "dim_feedforward": "how wide the two-layer network behind the attention is in the middle",
        "num_encoder_layers": "how many encoder layers there are",
        "num_decoder_layers": "how many decoder layers there are",
        "num_embeddings": "how many rows the table has: ids lie below it",
        "embedding_dim": "how many numbers each row of the table has",
        "num_groups": "into how many groups the channels are divided, each normalised for itself",
        "num_parameters": "1 slope for all channels, or one a channel",
        "proj_size": "how many numbers the state is projected to; 0 for no projection",
        "kdim": "how many numbers each step of the keys has, if it is another number than embed_dim",
        "vdim": "how many numbers each step of the values has, if it is another number than embed_dim",
        # Windows
        "kernel_size": "how many cells the window has along each axis",
        "stride": "how far the window moves from one output to the next",
        "padding": "how many cells are put around the input on each side, so that the window also fits the border",
        "padding_mode": "what the cells of the padding hold: 0, or what lies inside, mirrored or repeated",
        "dilation": "how far the cells of the window lie apart: 2 leaves one out between any two",
        "groups": "into how many parts the channels are divided, each with kernels of its own; as many as there are "
        "channels make it a depthwise convolution",
        "output_padding": "how many cells are added to one side of the output: several sizes shrink to the same one, "
        "and it says which of them is meant",
        "ceil_mode": "whether the cells that are left over at the end get a window of their own",
        "count_include_pad": "whether the average counts the zeros of the padding",
        "divisor_override": "what the sum is divided by, in place of the number of cells",
        "return_indices": "whether the places of the largest values come out, too (for MaxUnpool)",
        "output_size": "the size that comes out, whatever comes in",
        "output_ratio": "the share of each axis that comes out",
        "norm_type": "which norm: 2 is the Euclidean one",
        # Weights and numbers
        "bias": "whether a learned number is added to each output",
        "affine": "whether each channel is scaled and shifted by learned numbers after it is normalised",
        "elementwise_affine": "whether each number is scaled and shifted by learned numbers after it is normalised",
        "eps": "a small number that keeps it from dividing by 0",
        "momentum": "how much each batch moves the running mean and variance",
        "track_running_stats": "whether a running mean and variance are kept for inference",
        "alpha": "a factor of the formula",
        "beta": "a factor or exponent of the formula",
        "k": "the constant in the formula",
        "lambd": "how near to 0 a number is set to 0",
        "threshold": "the number from which on it behaves otherwise",
        "value": "the number that is put in",
        "negative_slope": "the slope below 0",
        "init": "the slope to begin with",
        "lower": "the smallest slope that is drawn",
        "upper": "the largest slope that is drawn",
        "min_val": "the smallest number that comes out",
        "max_val": "the largest number that comes out",
        "approximate": "whether the formula is exact or an approximation by tanh",
        "nonlinearity": "the activation inside",
        "activation": "the activation inside",
        "inplace": "whether the result is written over the input, which saves memory",
        "p": "the share of the numbers that is set to 0 while training",
        "dropout": "the share of the numbers inside that is set to 0 while training",
        "layer_norm_eps": "the eps of its layer norms",
        "norm_first": "whether it normalises before attention and feed-forward, and not behind them",
        "size": "how many neighbours it looks at, or the size that comes out",
        "mode": "how values are put together, or how those in between are found",
        # Sequences
        "batch_first": "whether the batch is the first axis of the input, as that of a spec is: write True",
        "bidirectional": "whether a second one reads from the end to the beginning; twice as many numbers come out",
        "add_bias_kv": "whether a learned step is added to keys and values",
        "add_zero_attn": "whether a step of zeros is added to keys and values",
        "padding_idx": "the id whose row is zero and is not trained",
        "max_norm": "the longest that a row may be; longer ones are scaled down",
        "scale_grad_by_freq": "whether gradients are divided by how often an id is in the batch",
        "sparse": "whether gradients are sparse; it changes training alone",
        "include_last_offset": "whether the last offset is the number of ids",
        # Shapes
        "dim": "the axis along which it works; 0 is the batch, 1 the first axis behind it, -1 the last",
        "start_dim": "the first of the axes that become one; 1 is the first behind the batch",
        "end_dim": "the last of the axes that become one",
        "unflattened_size": "the sizes that one axis is laid out to",
        "upscale_factor": "by how much height and width grow; so many channels, squared, go into them",
        "downscale_factor": "by how much height and width shrink; they go into so many channels, squared",
        "scale_factor": "by how much each place axis grows",
        "align_corners": "whether the corners of input and output lie on each other",
        "recompute_scale_factor": "whether the factor is worked out anew from the rounded size",
        "keepdim": "whether the axis stays, with a size of 1",
        # Of the calls of layers
        "need_weights": "whether the attention weights come out, too",
        "average_attn_weights": "whether the weights of the heads come out as their average",
        "is_causal": "whether a step may look only at itself and those before it",
        "src_is_causal": "whether a step of the source may look only at itself and those before it",
        "tgt_is_causal": "whether a step of the target may look only at itself and those before it",
        "memory_is_causal": "whether a step may look only at those of the memory before it",
    }
)
"""By argument of a layer what it means: a clause that begins small."""

OF_TENSORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "h_0": "the state to begin with; zeros if it is left out",
        "c_0": "the cell state to begin with; zeros if it is left out",
        "key": "what each step offers to be found by; query if it is left out",
        "value": "what each step gives where it is found; key if it is left out",
        "attn_mask": "where attention may look",
        "mask": "where attention may look",
        "src_mask": "where a step of the source may look",
        "tgt_mask": "where a step of the target may look",
        "memory_mask": "where a step of the target may look in the memory",
        "key_padding_mask": "which keys are no real steps, and are passed over",
        "src_key_padding_mask": "which steps of the source are no real ones, and are passed over",
        "tgt_key_padding_mask": "which steps of the target are no real ones, and are passed over",
        "memory_key_padding_mask": "which steps of the memory are no real ones, and are passed over",
        "offsets": "where each bag of ids begins",
        "per_sample_weights": "by what each row is multiplied",
        "tensors": "the tensors to join",
        "operands": "the tensors of the equation",
        "bias": "the numbers that are added to each output",
        "weight": "the numbers by which it multiplies",
        "running_mean": "the mean of each channel",
        "running_var": "the variance of each channel",
    }
)
"""By argument that is a tensor what it means."""

OF_FUNCTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "alpha": "the factor of the product, or of the formula",
        "axis0": "the first of the axes that change places",
        "axis1": "the second of the axes that change places",
        "beta": "the factor of what is added, or a number of the formula",
        "chunks": "into how many parts the axis is cut",
        "indices_or_sections": "into how many parts the axis is cut, or at which places",
        "indexing": "ij: the first row runs down; xy: the first two change places",
        "num_classes": "how long the new axis is",
        "ord": "which norm: 2 is the root of the sum of squares, 1 the sum of absolute values",
        "correction": "how much less than their number the sum of squares is divided by; 1 is usual for a sample",
        "descending": "whether the largest comes first",
        "destination": "where the axes go",
        "diagonal": "above (or below 0: under) the main diagonal by how much",
        "dim0": "the first of the axes that change places",
        "dim1": "the second of the axes that change places",
        "dimension": "the axis that is cut into windows",
        "dims": "the axes in their new order, or those it works along",
        "dropout_p": "the share of the attention weights that is set to 0 while training",
        "dtype": "what the numbers are: float32, int64, bool …",
        "enable_gqa": "whether several heads of queries share one of keys and values",
        "end": "where it ends, exclusive in arange",
        "equation": "the sum in Einstein's notation, in quotes: 'bij,bjk->bik'",
        "fill_value": "the number that every element has",
        "index": "what stands in the brackets, or which element of the axis",
        "k": "how many are kept; in local_response_norm the constant of its formula",
        "largest": "whether the largest are kept, and not the smallest",
        "length": "how many elements of the axis are kept",
        "m": "how many columns there are",
        "max": "the largest number that comes out",
        "min": "the smallest number that comes out",
        "mode": "how numbers in between are found, or what the border holds",
        "n": "how many rows there are",
        "p": "which norm: 2 is the Euclidean one",
        "pad": "how many cells are put before and after, beginning with the last axis",
        "repeats": "how often it stands there, along each axis or along one",
        "scale": "by what the scores are multiplied; 1 / sqrt(size of a key) if it is left out",
        "shape": "the sizes that come out; one may be -1 and takes what is left",
        "shifts": "by how many places everything moves along the axis",
        "size": "the sizes that come out, or how long a window is",
        "sizes": "the sizes that come out; -1 leaves one as it is, or takes what is left",
        "sorted": "whether they come out in order",
        "source": "the axes that move",
        "split_size": "how long each part is, or a list of lengths",
        "start": "where it begins",
        "step": "how far apart they lie",
        "steps": "how many numbers there are",
        "training": "whether the batch's own mean and variance are taken",
        "value": "the number that is put in",
    }
)
"""By argument of a function what it means, where it is no argument of a layer or another one there."""
