"""Where the catalogue and torch differ on purpose, each with its reason; nothing else may differ.

`make prove` prints them all. Names are entries, or what their names begin with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.catalogue.entry import Entry, Fault, TensorType


class Stricter(NamedTuple):
    """Calls that torch accepts and the catalogue refuses with `code`. `applies` narrows them down by the entry, the
    call's arguments by name, and the message."""

    names: str
    code: str
    why: str
    applies: Callable[[Entry, dict[str, Any], str], bool] = lambda _entry, _given, _message: True

    def covers(self, entry: Entry, given: dict[str, Any], fault: Fault) -> bool:
        named = any(entry.name.startswith(name) for name in self.names.split())
        return named and fault.code == self.code and self.applies(entry, given, fault.message)


# --- refused by netinspect alone -----------------------------------------------------------------


def _no_batch(entry: Entry, given: dict[str, Any], _message: str) -> bool:
    return _first(given).rank < len(entry.example_inputs[0].shape)


def _has_no_weights(_entry: Entry, given: dict[str, Any], _message: str) -> bool:
    return not given["affine"] and not given.get("track_running_stats")


def _too_few_axes(_entry: Entry, given: dict[str, Any], _message: str) -> bool:
    return len(given["normalized_shape"]) >= _first(given).rank


def _first(given: dict[str, Any]) -> TensorType:
    return next(value for value in given.values() if isinstance(value, TensorType))


def _says(*words: str) -> Callable[[Entry, dict[str, Any], str], bool]:
    return lambda _entry, _given, message: any(word in message for word in words)


SPATIAL: Final = (
    "Conv MaxPool AvgPool LPPool MaxUnpool AdaptiveAvgPool AdaptiveMaxPool FractionalMaxPool InstanceNorm Dropout "
    "ReflectionPad ReplicationPad CircularPad PixelShuffle PixelUnshuffle Softmax2d Unfold Fold"
)
ANY: Final = " ".join(LAYERS)

STRICTER_LAYERS: Final = (
    Stricter(SPATIAL, "E305", "torch takes one axis less for an input without a batch", _no_batch),
    Stricter("ConstantPad ZeroPad", "E305", "torch pads the last axes of any tensor, the batch too"),
    Stricter("Dropout2d Dropout3d", "E305", "torch drops along the wrong axes, with a warning"),
    Stricter("Linear Bilinear LayerNorm RMSNorm FeatureAlphaDropout CosineSimilarity PairwiseDistance", "E305",
             "torch takes the batch axis for the features"),
    Stricter("AdaptiveAvgPool", "E305", "torch looks at no rank where there is nothing to average"),
    Stricter(ANY, "E306", "torch computes with whole numbers, or in a dtype the weights do not have"),
    Stricter("GroupNorm", "E206", "normalising single numbers gives zeros", _says("one number each")),
    Stricter("InstanceNorm", "E302", "as GroupNorm", _says("single numbers")),
    Stricter("Softplus", "E211", "beta=0 divides by zero and gives NaN", _says("beta")),
    Stricter("LayerNorm RMSNorm", "E204", "torch would normalise over the batch", _too_few_axes),
    Stricter("BatchNorm InstanceNorm GroupNorm", "E204", "without weights torch takes any number of channels",
             _has_no_weights),
    Stricter("ConvTranspose ConstantPad ZeroPad FractionalMaxPool MaxUnpool EmbeddingBag", "E302",
             "torch gives an empty tensor"),
)  # fmt: skip

STRICTER_FUNCTIONS: Final = (
    Stricter("conv max_pool avg_pool adaptive_ pixel_ fold unfold linear bilinear pairwise_distance cosine_similarity "
             "crop_like glu channel_shuffle local_response_norm interpolate", "E305",
             "as their layers: torch takes an input without a batch, or the batch axis for the features"),
    Stricter(" ".join(FUNCTIONS), "E306",
             "torch computes with whole numbers, or promotes dtypes that do not belong together"),
    Stricter("RNN LSTM GRU MultiheadAttention Transformer", "E305", "torch takes an input without a batch", _no_batch),
    Stricter("linear", "E309", "torch repeats a bias of one number for every feature", _says("bias would fit")),
    Stricter("softplus", "E211", "beta=0 divides by zero and gives NaN", _says("beta")),
    Stricter("hardtanh", "E211", "an empty range gives one number for all", _says("must be above")),
    Stricter("getitem", "E214", "a second ... means nothing", _says("only one ...")),
    Stricter("weight_norm", "E303", "torch reads beyond the end of a g that is too short"),
    Stricter("layer_norm group_norm", "E216", "a bias without a weight is no norm of torch's layers"),
)  # fmt: skip

# --- what torch's counter and its hooks do not see -----------------------------------------------

MISCOUNTED: Final = {
    "Bilinear": "FlopCounterMode counts nothing; in1·in2·out for each row",
    "bilinear": "FlopCounterMode counts nothing; in1·in2·out for each row",
    "cdist": "FlopCounterMode counts nothing; one product for each pair and feature",
    "matmul": "FlopCounterMode counts no product with a vector",
}
"""Entries whose MACs torch's counter gets wrong; each is held against a closed formula instead."""

OUTSIDE_AUTOGRAD: Final = {"CrossMapLRN2d": "keeps its scale on the side, where no hook sees it"}

NOOPS: Final = dict.fromkeys(
    ("contiguous", "to", "float", "type_as", "repeat", "tile", "pad"),
    "torch gives the input back where there is nothing to do",
)

# --- receptive fields ----------------------------------------------------------------------------

BOUNDS: Final = {
    "ChannelShuffle": "each channel is shown as all", "GLU": "both halves are shown as all",
    "FractionalMaxPool": "windows lie at random", "Unflatten": "the parts are shown as the whole",
    "PixelShuffle": "one of r·r channels", "PixelUnshuffle": "one of r·r pixels", "GroupNorm": "groups of channels",
    "Unfold": "one cell of the window", "Fold": "all blocks", "CrossMapLRN2d": "all channels, for channel 0",
}  # fmt: skip
"""Layers whose receptive field is an upper bound."""

NOT_FOLLOWED: Final = {
    "MaxUnpool": "a value goes where its index says", "Embedding": "ids have no small changes",
    "EmbeddingBag": "ids have no small changes", "floor_divide": "torch has no derivative of it",
}  # fmt: skip

RECURRENT: Final = dict.fromkeys(("RNN", "LSTM", "GRU"), "in one direction a step sees only the steps before it")

PICKING: Final = dict.fromkeys(
    ("getitem", "select", "unbind"), "an axis of which one place is picked is neither carried nor mixed"
)


def known() -> tuple[tuple[str, str, str], ...]:
    """Every exception: what differs, the entries, and why."""
    rows = [(f"refused here, not by torch: {row.code}", _shown(row.names), row.why)
            for row in (*STRICTER_LAYERS, *STRICTER_FUNCTIONS)]  # fmt: skip
    rows.append(("refused here, not by torch: E302, E211", "functions", EMPTY))
    for what, table in TABLES.items():
        rows += [(what, name, why) for name, why in table.items()]
    return tuple(rows)


def _shown(names: str) -> str:
    return "any" if len(names.split()) > MANY else names


MANY: Final = 50
EMPTY: Final = "torch gives an empty tensor"

TABLES: Final = {
    "MACs by a closed formula": MISCOUNTED,
    "kept for backward, not compared": OUTSIDE_AUTOGRAD,
    "shares memory where it may": NOOPS,
    "receptive field is an upper bound": BOUNDS,
    "receptive field is all of time": RECURRENT,
    "receptive field not followed": {**NOT_FOLLOWED, **PICKING},
}
