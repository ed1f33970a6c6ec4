"""What sizes come out for which sizes go in, in words: a table for what `general` cannot tell from the numbers of
probes."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from netinspect.catalogue import FUNCTIONS, LAYERS, Entry
from netinspect.reference.general import sizes_in_words

_SAME: Final = "the same as what comes in"
_BROADCAST: Final = (
    "compared from the last axis on, two sizes are equal, or one of them is 1 or missing; the larger comes out"
)
_REDUCED: Final = "the axes of dim are gone, or are 1 with keepdim=True; all others stay"
_AXIS_REDUCED: Final = "values and indices each: the axis of dim is gone, or is 1 with keepdim=True; all others stay"
_WRITTEN: Final = "the sizes that are written"
_RESHAPED: Final = "the sizes that are written, of as many numbers; a -1 among them is worked out"
_BORDER: Final = "each axis grows by its two numbers of {}, of which those of the last axis come first; all others stay"
_RESIZED: Final = "places: size, or floor(size of the input · scale_factor); channels: as many as come in"
_CONVOLVED: Final = (
    "places: floor((size + 2·padding - span) / stride) + 1; span = dilation·(kernel - 1) + 1; channels: the first size "
    "of weight"
)
_SPREAD: Final = (
    "places: (size - 1)·stride - 2·padding + span + output_padding; span = dilation·(kernel - 1) + 1; channels: the "
    "second size of weight, times groups"
)
_BEHIND: Final = "the last axis becomes the first size of weight; all others stay"

_RULES: Final = {
    _SAME: "roll type_as batch_norm weight_norm slice_scatter select_scatter scatter scatter_add index_add argsort",
    _BROADCAST: (
        "add sub mul div floor_divide remainder pow maximum minimum logical_and logical_or logical_xor eq ne lt le gt "
        "ge where masked_fill addcmul"
    ),
    _REDUCED: "sum mean amax amin var std prod norm vector_norm logsumexp argmax argmin any all",
    _AXIS_REDUCED: "max min median",
    "values and indices each: the axis of dim becomes k; all others stay": "topk",
    "one axis, of ceil((end - start) / step)": "arange",
    "one axis, of steps": "linspace",
    _WRITTEN: "zeros ones full",
    "n×m, or n×n without m": "eye",
    _RESHAPED: "reshape view",
    "the sizes that are written; -1 keeps an axis, and only an axis of 1 may become another size": "expand",
    "those of other": "reshape_as view_as expand_as",
    "the axes from start_dim to end_dim become one, of the product of their sizes; all others stay": "Flatten flatten",
    "the axis of dim becomes the axes of unflattened_size; all others stay": "Unflatten",
    "the axis of dim becomes the axes of sizes; all others stay": "unflatten",
    "the axes of dim, each of size 1, are gone": "squeeze",
    "an axis of size 1 comes in at dim": "unsqueeze",
    "the axes, in the order of dims": "permute",
    "the axes dim0 and dim1 change places": "transpose",
    "the axes axis0 and axis1 change places": "swapaxes",
    "the axes of source move to destination; all others keep their order": "movedim",
    "each axis times its number of repeats, of which the last is for the last axis": "repeat",
    "each axis times its number of dims, of which the last is for the last axis": "tile",
    "the axis of dim: the sum of its sizes; all others must be equal, and stay": "cat",
    "a new axis at dim, as long as there are tensors; all sizes must be equal, and stay": "stack",
    "each part has split_size along the axis of dim, the last what is left; all others stay": "split",
    "each part has ceil(size / chunks) along the axis of dim, the last what is left; all others stay": "chunk",
    "the axis of dim in parts of about one size, or cut at indices_or_sections; all others stay": ("tensor_split"),
    "each has an axis for each of the rows, as long as that row": "meshgrid",
    "those of the numbers, and a last axis of num_classes": "one_hot",
    "the axis of dim is shorter by n; all others stay": "diff",
    "one tensor for each place of the axis of dim, without that axis": "unbind",
    "the axis of dim times repeats; all others stay": "repeat_interleave",
    "a number takes its axis away, a slice shortens it, None puts in one of size 1, a tensor its own": "getitem",
    "the axis of dim is gone; all others stay": "select CosineSimilarity cosine_similarity",
    "the axis of dim becomes length; all others stay": "narrow",
    "the axes from 2 on become those of like": "crop_like",
    "the axis of dimension becomes floor((its size - size) / step) + 1; a new last axis has size": "unfold",
    "the axis of dim becomes as long as index; all others stay": "index_select",
    "those of index": "gather",
    "n×m and m×p give n×p; axes in front of these two are broadcast": "matmul",
    "b×n×m and b×m×p give b×n×p": "bmm",
    "n×m and m×p give n×p": "mm",
    "batch1 of b×n×m and batch2 of b×m×p give b×n×p": "baddbmm",
    "mat1 of n×m and mat2 of m×p give n×p": "addmm",
    "n and m give n×m": "outer",
    "the sizes of the letters behind -> in the equation": "einsum",
    "x1 of n×f and x2 of m×f give n×m; axes in front of these two are broadcast": "cdist",
    "those of query, with the last size of value": "scaled_dot_product_attention",
    "the last axis is gone, or is 1 with keepdim=True; all others stay": "PairwiseDistance pairwise_distance",
    "the axis of dim becomes half; all others stay": "GLU glu",
    _BORDER.format("padding"): " ".join(
        f"{kind}Pad{rank}d"
        for kind in ("Constant", "Zero", "Reflection", "Replication", "Circular")
        for rank in (1, 2, 3)
    ),
    _BORDER.format("pad"): "pad",
    _RESIZED: "Upsample UpsamplingNearest2d UpsamplingBilinear2d interpolate",
    "height and width: times upscale_factor; channels: divided by its square": "PixelShuffle pixel_shuffle",
    "height and width: divided by downscale_factor; channels: times its square": "PixelUnshuffle pixel_unshuffle",
    "channels: times the cells of kernel_size; one axis of all places a window has": "Unfold",
    "height and width: output_size; channels: divided by the cells of kernel_size": "Fold fold",
    "places: output_size, or (size - 1)·stride - 2·padding + kernel_size; channels: as many as come in": (
        "MaxUnpool1d MaxUnpool2d MaxUnpool3d"
    ),
    "places: output_size, or floor(size · output_ratio); channels: as many as come in": (
        "FractionalMaxPool2d FractionalMaxPool3d"
    ),
    "the last axis becomes out_features; all others stay": "Bilinear",
    _BEHIND: "linear bilinear",
    "those of the numbers, and a last axis of embedding_dim": "Embedding",
    "those of the numbers, and a last axis of the second size of weight": "embedding",
    "those of tgt": "TransformerDecoderLayer TransformerDecoder Transformer",
    _CONVOLVED: "conv1d conv2d conv3d",
    _SPREAD: "conv_transpose1d conv_transpose2d conv_transpose3d",
}

RULES: Final = MappingProxyType({name: rule for rule, names in _RULES.items() for name in names.split()})
"""The rule of sizes of a layer or function, by its name."""


def rule_of_sizes(entry: Entry) -> str | None:
    """What sizes a layer or function gives, in parts between semicolons; a function of a layer's name as the layer."""
    twin = twin_of(entry)
    return RULES.get(entry.name) or sizes_in_words(entry) or (sizes_in_words(twin) if twin is not None else None)


def twin_of(entry: Entry) -> Entry | None:
    """The function of a layer, or the layer of a function, that has its name but for capitals and underscores."""
    plain = entry.name.lower().replace("_", "")
    others = FUNCTIONS if entry.is_layer else LAYERS
    return next((other for name, other in others.items() if name.lower().replace("_", "") == plain), None)
