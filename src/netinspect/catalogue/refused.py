"""Names a spec may not use, each with what to write instead.

`REFUSED` are torch's own names that have no place in a spec (E113): losses, containers, classes whose work netinspect
does itself, and what depends on the data. `KERAS` are names of Keras and TensorFlow layers with torch's (E102).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_LOSSES: Final = (
    "AdaptiveLogSoftmaxWithLoss", "BCELoss", "BCEWithLogitsLoss", "CTCLoss", "CosineEmbeddingLoss", "CrossEntropyLoss",
    "GaussianNLLLoss", "HingeEmbeddingLoss", "HuberLoss", "KLDivLoss", "L1Loss", "LinearCrossEntropyLoss", "MSELoss",
    "MarginRankingLoss", "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "NLLLoss", "NLLLoss2d",
    "PoissonNLLLoss", "SmoothL1Loss", "SoftMarginLoss", "TripletMarginLoss", "TripletMarginWithDistanceLoss",
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cosine_embedding_loss", "cross_entropy", "ctc_loss",
    "gaussian_nll_loss", "hinge_embedding_loss", "huber_loss", "kl_div", "l1_loss", "margin_ranking_loss", "mse_loss",
    "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss", "nll_loss", "poisson_nll_loss",
    "smooth_l1_loss", "soft_margin_loss", "triplet_margin_loss", "triplet_margin_with_distance_loss",
)  # fmt: skip

_LAZY: Final = tuple(
    f"Lazy{name}"
    for name in (
        "Linear",
        *(f"{stem}{rank}d" for stem in ("Conv", "ConvTranspose", "BatchNorm", "InstanceNorm") for rank in (1, 2, 3)),
    )
)

_CONTAINERS: Final = {
    "Sequential": "a list of layers under a name is a Sequential: `- features:` and an indented list",
    "ModuleList": "a repeat under a name is a container: `- layers: 6 * Block(64)`",
    "ModuleDict": "give each layer a name of its own, and take what is needed by name",
    "ParameterList": "a scope's own parameters stand under `parameters:`",
    "ParameterDict": "a scope's own parameters stand under `parameters:`",
    "Parameter": "a scope's own parameters stand under `parameters:`",
    "register_parameter": "a scope's own parameters stand under `parameters:`",
    "register_buffer": "write it under `buffers:`, with `values`, or with a `value` of functions such as `arange`",
    "Buffer": "write it under `buffers:`, with `values`, or with a `value` of functions such as `arange`",
    "Module": "write a block: `blocks:`, a name and a list of layers",
    "Container": "write a list of layers",
}

_OF_KERAS: Final = {
    "InputLayer": "the input is said once, at the top: `input: [1, 32, 32]`",
    "Lambda": "write the functions it calls, a line each",
    "TimeDistributed": "leave it out: Linear, LayerNorm and activations work on the last axis of any shape",
    "Rescaling": "scale the input with `preprocess: {scale: …}`",
    "Normalization": "normalise the input with `preprocess: {mean: …, std: …}`",
}

_PARALLEL: Final = {
    "DataParallel": "a spec says what is computed, not on which machine; wrap the built model instead",
    "DistributedDataParallel": "a spec says what is computed, not on which machine; wrap the built model instead",
    "SyncBatchNorm": "write BatchNorm1d, 2d or 3d: in inference they are the same; "
    "torch.nn.SyncBatchNorm.convert_sync_batchnorm changes the built model",
}

_BASES: Final = {
    "RNNBase": "it is the base class of RNN, LSTM and GRU; write one of those",
    "RNNCellBase": "it is the base class of RNNCell, LSTMCell and GRUCell; write one of those",
}

_HOOKS: Final = dict.fromkeys(
    ("remove_weight_norm", "spectral_norm", "remove_spectral_norm", "parametrize", "parametrizations",
     "orthogonal", "prune"),
    "it changes a layer's parameters by a hook, and the state dict with them; apply it to the built model",
)  # fmt: skip

_QUANTISED: Final = dict.fromkeys(
    ("QuantStub", "DeQuantStub", "QuantWrapper", "FloatFunctional", "FXFloatFunctional", "QFunctional",
     "quantize_per_tensor", "quantize_per_channel", "dequantize"),
    "quantise the built model; `--dtype int8` shows what the memory would be",
)  # fmt: skip

_DATA_DEPENDENT: Final = dict.fromkeys(
    ("nonzero", "masked_select", "unique", "unique_consecutive", "bincount", "item", "tolist"),
    "its size depends on the data, and a spec's shapes are known beforehand",
)

_AS_LAYERS: Final = {
    "dropout": "Dropout", "alpha_dropout": "AlphaDropout", "feature_alpha_dropout": "FeatureAlphaDropout",
    "embedding_bag": "EmbeddingBag", "instance_norm": "InstanceNorm1d, 2d or 3d", "hardshrink": "Hardshrink",
    "softshrink": "Softshrink", "tanhshrink": "Tanhshrink", "threshold": "Threshold", "softmin": "Softmin",
    "prelu": "PReLU", "rrelu": "RReLU", "multi_head_attention_forward": "MultiheadAttention",
    **{f"dropout{rank}d": f"Dropout{rank}d" for rank in (1, 2, 3)},
    **{f"lp_pool{rank}d": f"LPPool{rank}d" for rank in (1, 2, 3)},
    **{f"max_unpool{rank}d": f"MaxUnpool{rank}d" for rank in (1, 2, 3)},
    **{f"fractional_max_pool{rank}d": f"FractionalMaxPool{rank}d" for rank in (2, 3)},
}  # fmt: skip
"""Functions of torch.nn.functional that are here as layers alone."""

_IN_PLACE: Final = ("relu", "leaky_relu", "elu", "selu", "celu", "hardtanh", "rrelu", "threshold")
_WITH_INDICES: Final = (
    *(f"{stem}max_pool{rank}d" for stem in ("", "adaptive_") for rank in (1, 2, 3)),
    "fractional_max_pool2d", "fractional_max_pool3d",
)  # fmt: skip

_FUNCTIONS: Final = {
    **{name: f"write the layer {layer}" for name, layer in _AS_LAYERS.items()},
    **{f"{name}_": "memory is the builder's matter: write the function, or the layer with inplace=True"
       for name in _IN_PLACE},
    **{f"{name}_with_indices": "say return_indices=True; `.indices` is then its second output"
       for name in _WITH_INDICES},
    **dict.fromkeys(("upsample", "upsample_nearest", "upsample_bilinear"), "write interpolate"),
    **dict.fromkeys(("grid_sample", "affine_grid"), "where it samples is worked out from the data; crop with "
                    "slices, resize with interpolate"),
    **dict.fromkeys(("grouped_mm", "scaled_mm", "scaled_grouped_mm"), "it is made for one kind of hardware; write bmm "
                    "or matmul"),
    **dict.fromkeys(("rand", "randn", "randint", "randperm", "rand_like", "randn_like", "bernoulli", "multinomial",
                     "gumbel_softmax"), "it draws random numbers, and a network gives one result for one input"),
    **dict.fromkeys(("fft", "ifft", "rfft", "irfft", "stft", "istft"), "a spectrum is made before the network: "
                    "`preprocess: {stft: …}` or `{log_mel: …}`"),
    "pdist": "write cdist of the tensor with itself",
    "conv_tbc": "write Conv1d, and permute to batch, channels, time",
    "native_channel_shuffle": "write channel_shuffle",
    "linear_cross_entropy": "a loss belongs to training: end the spec with the network's output",
}  # fmt: skip

REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(_LOSSES, "a loss belongs to training: end the spec with the network's output")
    | {name: f"sizes are worked out anyway: write {name.removeprefix('Lazy')}" for name in _LAZY}
    | _CONTAINERS
    | _OF_KERAS
    | _PARALLEL
    | _BASES
    | _HOOKS
    | _QUANTISED
    | _DATA_DEPENDENT
    | _FUNCTIONS
)
"""Name to reason, one clause or two without a full stop: "`MSELoss` is refused: <reason>"."""


_KERAS_RANKED: Final = {
    f"{theirs}{rank}D": f"{ours}{rank}d{more}"
    for theirs, ours, more in (
        ("Conv", "Conv", ""),
        ("Convolution", "Conv", ""),
        ("SeparableConv", "Conv", ""),
        ("DepthwiseConv", "Conv", ""),
        ("MaxPooling", "MaxPool", ""),
        ("MaxPool", "MaxPool", ""),
        ("AveragePooling", "AvgPool", ""),
        ("AvgPool", "AvgPool", ""),
        ("GlobalAveragePooling", "AdaptiveAvgPool", "(1)"),
        ("GlobalAvgPool", "AdaptiveAvgPool", "(1)"),
        ("GlobalMaxPooling", "AdaptiveMaxPool", "(1)"),
        ("GlobalMaxPool", "AdaptiveMaxPool", "(1)"),
        ("ZeroPadding", "ZeroPad", ""),
        ("SpatialDropout", "Dropout", ""),
    )
    for rank in (1, 2, 3)
}

KERAS: Final[Mapping[str, str]] = MappingProxyType(
    _KERAS_RANKED
    | {f"Conv{rank}DTranspose": f"ConvTranspose{rank}d" for rank in (1, 2, 3)}
    | {f"UpSampling{rank}D": "Upsample" for rank in (1, 2, 3)}
    | {
        "Dense": "Linear",
        "EinsumDense": "einsum",
        "BatchNormalization": "BatchNorm2d",
        "LayerNormalization": "LayerNorm",
        "GroupNormalization": "GroupNorm",
        "UnitNormalization": "normalize",
        "Activation": "ReLU",
        "LeakyRelu": "LeakyReLU",
        "ThresholdedReLU": "Threshold",
        "Swish": "SiLU",
        "swish": "SiLU",
        "HardSigmoid": "Hardsigmoid",
        "GaussianDropout": "Dropout",
        "SimpleRNN": "RNN",
        "SimpleRNNCell": "RNNCell",
        "CuDNNLSTM": "LSTM",
        "CuDNNGRU": "GRU",
        "Bidirectional": "LSTM(…, bidirectional=True, batch_first=True)",
        "MultiHeadAttention": "MultiheadAttention",
        "Add": "add",
        "Subtract": "sub",
        "Multiply": "mul",
        "Concatenate": "cat",
        "Concat": "cat",
        "concatenate": "cat",
        "Dot": "matmul",
        "Reshape": "reshape",
        "Permute": "permute",
        "RepeatVector": "expand",
    }
)
"""Keras or TensorFlow name to what a spec says instead: a layer type or function, or a call of one."""

SHORT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "conv": "Conv2d", "deconv": "ConvTranspose2d", "convtranspose": "ConvTranspose2d", "upconv": "ConvTranspose2d",
        "bn": "BatchNorm2d", "batchnorm": "BatchNorm2d", "batch_norm": "BatchNorm2d", "ln": "LayerNorm",
        "gn": "GroupNorm", "fc": "Linear", "fullyconnected": "Linear", "maxpool": "MaxPool2d", "pool": "MaxPool2d",
        "mp": "MaxPool2d", "avgpool": "AvgPool2d", "gap": "AdaptiveAvgPool2d(1)",
        "globalavgpool": "AdaptiveAvgPool2d(1)",
        "globalaveragepooling": "AdaptiveAvgPool2d(1)", "globalmaxpool": "AdaptiveMaxPool2d(1)",
        "gmp": "AdaptiveMaxPool2d(1)", "do": "Dropout", "drop": "Dropout", "concat": "cat", "relu_": "ReLU",
        "globalaveragepooling1d": "AdaptiveAvgPool1d(1)", "globalaveragepooling2d": "AdaptiveAvgPool2d(1)",
        "globalavgpool1d": "AdaptiveAvgPool1d(1)", "globalavgpool2d": "AdaptiveAvgPool2d(1)",
        "maxpooling1d": "MaxPool1d", "maxpooling2d": "MaxPool2d", "conv2dtranspose": "ConvTranspose2d",
        "mha": "MultiheadAttention", "attention": "MultiheadAttention",
    }
)  # fmt: skip
"""Short names of layers, in small letters, to torch's; of `2d` the one for the axes that come in is meant."""

ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "filters": ("out_channels",), "units": ("out_features", "hidden_size"), "pool_size": ("kernel_size",),
        "strides": ("stride",), "rate": ("p",), "dilation_rate": ("dilation",), "use_bias": ("bias",),
        "epsilon": ("eps",), "kernel": ("kernel_size",), "ksize": ("kernel_size",), "k": ("kernel_size",),
        "size": ("kernel_size", "scale_factor", "out_features"), "num_filters": ("out_channels",),
        "channels": ("out_channels",), "out": ("out_channels", "out_features"), "output_dim": ("embedding_dim",),
        "hidden": ("hidden_size",), "hidden_dim": ("hidden_size",), "features": ("out_features",), "prob": ("p",),
        "dropout_rate": ("p",), "alpha": ("negative_slope", "alpha"), "axis": ("dim",), "layers": ("num_layers",),
        "n_layers": ("num_layers",), "heads": ("num_heads", "nhead"), "n_heads": ("num_heads", "nhead"),
        "pad": ("padding",), "vocab_size": ("num_embeddings",), "input_dim": ("num_embeddings",),
        "in_dim": ("in_features",), "out_dim": ("out_features",), "num_units": ("out_features", "hidden_size"),
        "in": ("in_channels", "in_features"),
    }
)  # fmt: skip
"""Arguments as Keras and others call them, to torch's: that one is meant which the layer has."""
