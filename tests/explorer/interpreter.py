"""The engine of the page a second time, in numpy: it reads the page's data and nothing else, and runs the network.

What it gives is held against torch. So the data are proven to say enough, and docs/explore.md to say it rightly.
"""

from __future__ import annotations

import json
import math
import zlib
from base64 import b85decode

import numpy as np

DOUBLE = np.float64


def unpacked(text):
    """The bytes of a text of the page."""
    return zlib.decompress(b85decode(text.replace(",", "<")))


class Network:
    """The decoded data of a page. `run()` gives every value, by its number; `checks(number)` torch's numbers."""

    def __init__(self, network: str, numbers: str) -> None:
        self.head = json.loads(network)
        self.data = unpacked(numbers)

    def array(self, number):
        head = self.head["arrays"][number]
        kind = np.dtype(head["dtype"]).newbyteorder("<")
        count = math.prod(head["shape"])
        planes = np.frombuffer(self.data, np.uint8, count * kind.itemsize, head["offset"])
        return planes.reshape(kind.itemsize, count).T.copy().view(kind).reshape(head["shape"])

    def operand(self, taken, values):
        if isinstance(taken, str):
            return self.array(self.head["tensors"][taken])
        if isinstance(taken, dict):
            return number(taken["number"])
        if isinstance(taken, list):
            return [self.operand(item, values) for item in taken]
        return None if taken is None else values[taken]

    def run(self):
        values = {
            at: self.array(value["stored"])
            for at, value in enumerate(self.head["values"])
            if value["stored"] is not None
        }
        for operation in self.head["operations"]:
            if operation["kind"] == "recorded":
                continue
            inputs = {name: self.operand(taken, values) for name, taken in operation["inputs"].items()}
            inputs = {name: wide(item) for name, item in inputs.items()}
            settings = {
                name: self.array(setting) if name == "index" else number(setting)
                for name, setting in operation["settings"].items()
            }
            shapes = [tuple(self.head["values"][at]["shape"]) for at in operation["outputs"]]
            with np.errstate(all="ignore"):
                outputs = KINDS[operation["kind"]](inputs, settings, shapes)
            for at, shape, output in zip(operation["outputs"], shapes, outputs, strict=False):
                values[at] = np.asarray(output).reshape(shape).astype(np.float32)
        return values

    def sum_of_sizes(self, operation, values):
        """The largest sum of an operation whose terms all have the sizes of its own, without their signs."""
        inputs = {name: self.operand(taken, values) for name, taken in operation["inputs"].items()}
        inputs = {name: wide(None if item is None else np.abs(item)) for name, item in inputs.items()}
        shapes = [tuple(self.head["values"][at]["shape"]) for at in operation["outputs"]]
        return KINDS[operation["kind"]](inputs, operation["settings"], shapes)[0].max()

    def checks(self, at):
        """What torch gave for some numbers of a value, and their places."""
        checks = self.head["values"][at]["checks"]
        size = math.prod(self.head["values"][at]["shape"])
        spread = np.floor(np.arange(200) * 2654435761 % 2**32 / 2**32 * size).astype(int)
        places = np.arange(size) if size <= 200 else spread
        return (None, places) if checks is None else (self.array(checks), places)


def number(setting):
    """A setting; the words for what JSON has no numbers for as numbers."""
    words = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}
    return words.get(setting, setting) if isinstance(setting, str) else setting


def wide(item):
    if isinstance(item, list):
        return [wide(part) for part in item]
    return item.astype(DOUBLE) if isinstance(item, np.ndarray) else item


# --- windows -------------------------------------------------------------------------------------


def outside(places, size, mode):
    """Cells beyond the ends as cells inside; -1 where nothing lies there."""
    if mode in ("zeros", "constant"):
        return np.where((places >= 0) & (places < size), places, -1)
    if mode == "replicate":
        return np.clip(places, 0, size - 1)
    if mode == "circular":
        return places % size
    period = 2 * (size - 1)
    folded = np.abs(places) % period if period else np.zeros_like(places)
    return np.minimum(folded, period - folded)


def gathered(values, axis, places, fill=0.0):
    """The cells at these places of an axis; `fill` at -1."""
    taken = np.take(values, np.maximum(places, 0), axis=axis)
    shape = [1] * values.ndim
    shape[axis] = len(places)
    return np.where((places >= 0).reshape(shape), taken, fill)


def convolution(inputs, settings, shapes):
    values, weight, bias = inputs["input"], inputs["weight"], inputs["bias"]
    out = shapes[0]
    axes = len(settings["stride"])
    outer, group_channels = weight.shape[:2]
    groups = values.shape[1] // group_channels
    result = np.zeros((out[0], outer, *out[2:]))
    for cell in np.ndindex(*weight.shape[2:]):
        patch = values
        for axis in range(axes):
            stride, before, dilation = (settings[name][axis] for name in ("stride", "before", "dilation"))
            places = np.arange(out[2 + axis]) * stride - before + cell[axis] * dilation
            patch = gathered(patch, 2 + axis, outside(places, values.shape[2 + axis], settings["mode"]))
        each = outer // groups
        for group in range(groups):
            kernel = weight[(slice(group * each, (group + 1) * each), slice(None), *cell)]
            part = patch[:, group * group_channels : (group + 1) * group_channels]
            result[:, group * each : (group + 1) * each] += np.einsum("oc,nc...->no...", kernel, part)
    return [result if bias is None else result + bias.reshape(-1, *[1] * axes)]


def transposed_convolution(inputs, settings, shapes):
    values, weight, bias = inputs["input"], inputs["weight"], inputs["bias"]
    out, axes, groups = shapes[0], len(settings["stride"]), settings["groups"]
    channels, each = weight.shape[0] // groups, weight.shape[1]
    result = np.zeros(out)
    for cell in np.ndindex(*weight.shape[2:]):
        targets, sources = [], []
        for axis in range(axes):
            stride, before, dilation = (settings[name][axis] for name in ("stride", "before", "dilation"))
            places = np.arange(values.shape[2 + axis]) * stride - before + cell[axis] * dilation
            inside = (places >= 0) & (places < out[2 + axis])
            targets.append(places[inside])
            sources.append(np.flatnonzero(inside))
        for group in range(groups):
            part = values[np.ix_(range(out[0]), range(group * channels, (group + 1) * channels), *sources)]
            kernel = weight[(slice(group * channels, (group + 1) * channels), slice(None), *cell)]
            where = np.ix_(range(out[0]), range(group * each, (group + 1) * each), *targets)
            result[where] += np.einsum("co,nc...->no...", kernel, part)
    return [result if bias is None else result + bias.reshape(-1, *[1] * axes)]


def pool(inputs, settings, shapes, *, is_max):
    values, out = inputs["input"], shapes[0]
    axes = len(settings["size"])
    first = values.ndim - axes
    best = np.full(out, -np.inf)
    total, count = np.zeros(out), np.zeros(out[first:])
    for cell in np.ndindex(*settings["size"]):
        patch, inside, within = values, np.ones(out[first:], bool), np.ones(out[first:], bool)
        for axis in range(axes):
            stride, before, dilation = (settings[name][axis] for name in ("stride", "before", "dilation"))
            size = values.shape[first + axis]
            places = np.arange(out[first + axis]) * stride - before + cell[axis] * dilation
            shape = [1] * axes
            shape[axis] = -1
            inside = inside & ((places >= 0) & (places < size)).reshape(shape)
            within = within & (places < size + before).reshape(shape)
            patch = gathered(patch, first + axis, outside(places, size, "zeros"))
        best = np.where(inside & ((patch > best) | np.isnan(patch)), patch, best)
        total = total + np.where(inside, patch, 0)
        count = count + (within if settings.get("counts_border") else inside)
    return [best] if is_max else [total / (settings["divisor"] or count)]


def adaptive_pool(inputs, settings, shapes, *, reduce):
    values, out = inputs["input"], shapes[0]
    first = values.ndim - settings["axes"]
    result = np.zeros(out)
    for cell in np.ndindex(*out[first:]):
        window = tuple(
            slice(at * size // cells, -(-(at + 1) * size // cells))
            for at, size, cells in zip(cell, values.shape[first:], out[first:], strict=True)
        )
        result[(..., *cell)] = reduce(values[(..., *window)], axis=tuple(range(first, values.ndim)))
    return [result]


# --- weighted, normalised --------------------------------------------------------------------------


def linear(inputs, settings, shapes):
    result = inputs["input"] @ inputs["weight"].T
    return [result if inputs["bias"] is None else result + inputs["bias"]]


def embedding(inputs, settings, shapes):
    return [inputs["weight"][inputs["input"].astype(int)]]


def by_channel(tensor, values):
    return tensor.reshape(-1, *[1] * (values.ndim - 2))


def batch_norm(inputs, settings, shapes):
    values = inputs["input"]
    scale = 1 / np.sqrt(by_channel(inputs["variance"], values) + settings["eps"])
    result = (values - by_channel(inputs["mean"], values)) * scale
    return [affine(result, inputs, math.prod(values.shape[2:]))]


def affine(values, inputs, every):
    places = np.arange(values.size) // every
    flat = values.reshape(-1)
    for name in ("weight", "bias"):
        tensor = inputs[name]
        if tensor is not None:
            of_each = tensor.reshape(-1)[places % tensor.size]
            flat = flat * of_each if name == "weight" else flat + of_each
    return flat.reshape(values.shape)


def normalise(inputs, settings, shapes):
    values = inputs["input"]
    blocks = values.reshape(-1, settings["block"])
    if settings["centred"]:
        blocks = blocks - blocks.mean(axis=1, keepdims=True)
    result = blocks / np.sqrt(np.square(blocks).mean(axis=1, keepdims=True) + settings["eps"])
    return [affine(result.reshape(values.shape), inputs, settings["every"])]


def unit_length(inputs, settings, shapes):
    values = inputs["input"]
    length = np.linalg.norm(values, ord=settings["p"], axis=settings["axis"], keepdims=True)
    return [values / np.maximum(length, settings["eps"])]


def local_response(inputs, settings, shapes):
    values, size = inputs["input"], settings["size"]
    total = np.zeros_like(values)
    for shift in range(size):
        places = np.arange(values.shape[1]) - size // 2 + shift
        total += np.square(gathered(values, 1, outside(places, values.shape[1], "zeros")))
    return [values / (settings["k"] + settings["alpha"] * total / size) ** settings["beta"]]


# --- element by element ----------------------------------------------------------------------------

erf = np.vectorize(math.erf, otypes=[DOUBLE])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x, beta=1.0, threshold=20.0):
    return np.where(x * beta > threshold, x, np.log1p(np.exp(np.minimum(x * beta, threshold))) / beta)


def gelu(x, approximate):
    if approximate == "tanh":
        return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x / 2 * (1 + erf(x / math.sqrt(2)))


def selu(x):
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))


FUNCTIONS = {
    "identity": lambda x: x,
    "relu": lambda x: np.where(np.isnan(x), x, np.maximum(x, 0)),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x, negative_slope: np.where(x > 0, x, negative_slope * x),
    "elu": lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    "celu": lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha)),
    "selu": selu,
    "gelu": gelu,
    "silu": lambda x: x * sigmoid(x),
    "mish": lambda x: x * np.tanh(softplus(x)),
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "log_sigmoid": lambda x: np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x))),
    "softplus": softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "softshrink": lambda x, lambd: np.where(x > lambd, x - lambd, np.where(x < -lambd, x + lambd, 0)),
    "hardshrink": lambda x, lambd: np.where(np.abs(x) > lambd, x, 0),
    "tanhshrink": lambda x: x - np.tanh(x),
    "threshold": lambda x, threshold, value: np.where(x > threshold, x, value),
    "hardtanh": np.clip,
    "hardsigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hardswish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "clamp": np.clip,
    "truncate": np.trunc,
    "neg": np.negative,
    "abs": np.abs,
    "sign": np.sign,
    "square": np.square,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "reciprocal": lambda x: 1 / x,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "log2": np.log2,
    "log10": np.log10,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "atan": np.arctan,
    "erf": erf,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.round,
    "logical_not": lambda x: x == 0,
    "isnan": np.isnan,
}

COMBINED = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "floor_divide": np.floor_divide,
    "remainder": np.remainder,
    "pow": np.power,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "logical_and": lambda a, b: (a != 0) & (b != 0),
    "logical_or": lambda a, b: (a != 0) | (b != 0),
    "logical_xor": lambda a, b: (a != 0) ^ (b != 0),
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}


def function(inputs, settings, shapes):
    _, *others = settings.values()  # in the order of the functions above
    return [FUNCTIONS[settings["name"]](inputs["input"], *others)]


def combine(inputs, settings, shapes):
    return [COMBINED[settings["name"]](inputs["first"], inputs["second"])]


def prelu(inputs, settings, shapes):
    slopes = affine(np.ones_like(inputs["input"]), {"weight": inputs["weight"], "bias": None}, settings["every"])
    return [np.where(inputs["input"] > 0, inputs["input"], slopes * inputs["input"])]


def glu(inputs, settings, shapes):
    first, second = np.split(inputs["input"], 2, axis=settings["axis"])
    return [first * sigmoid(second)]


def choose(inputs, settings, shapes):
    return [np.where(inputs["condition"] != 0, inputs["first"], inputs["second"])]


# --- over axes -------------------------------------------------------------------------------------


def softmax_of(values, axis):
    powers = np.exp(values - values.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def softmax(inputs, settings, shapes):
    values, axis = settings["sign"] * inputs["input"], settings["axis"]
    if settings["log"]:
        lowered = values - values.max(axis=axis, keepdims=True)
        return [lowered - np.log(np.exp(lowered).sum(axis=axis, keepdims=True))]
    return [softmax_of(values, axis)]


def norm(values, axes, order):
    if order in (math.inf, -math.inf):
        return (np.max if order > 0 else np.min)(np.abs(values), axis=axes)
    if order == 0:
        return (values != 0).sum(axis=axes)
    return (np.abs(values) ** order).sum(axis=axes) ** (1 / order)


def reduce(inputs, settings, shapes):
    values, axes, name = inputs["input"], tuple(settings["axes"]), settings["name"]
    if name in ("var", "std"):
        spread = np.var(values, axis=axes, ddof=settings["correction"])
        return [spread if name == "var" else np.sqrt(spread)]
    if name == "norm":
        return [norm(values, axes, settings["order"])]
    if name == "logsumexp":
        top = values.max(axis=axes, keepdims=True)
        return [np.log(np.exp(values - top).sum(axis=axes)) + top.reshape(np.sum(values, axis=axes).shape)]
    if name in ("argmax", "argmin"):
        along = axes[0] if len(axes) == 1 else None
        return [(np.argmax if name == "argmax" else np.argmin)(values, axis=along)]
    return [{"sum": np.sum, "mean": np.mean, "amax": np.max, "amin": np.min, "prod": np.prod}[name](values, axis=axes)]


def matmul(inputs, settings, shapes):
    return [inputs["first"] @ inputs["second"]]


def move(inputs, settings, shapes):
    if "index" in settings:
        places = settings["index"].reshape(-1)
        return [np.where(places < 0, 0, inputs["input"].reshape(-1)[np.maximum(places, 0)])]
    places = np.array(settings["offset"])
    for axis in settings["axes"]:
        steps = np.array(axis["steps"]) if isinstance(axis, dict) else np.arange(axis[0]) * axis[1]
        places = places[..., None] + steps
    return [inputs["input"].reshape(-1)[places]]


def join(inputs, settings, shapes):
    out, axis = shapes[0], settings["axis"]
    parts = [
        part.reshape(*out[:axis], size, *out[axis + 1 :])
        for part, size in zip(inputs["parts"], settings["sizes"], strict=True)
    ]
    return [np.concatenate(parts, axis=axis)]


def pad(inputs, settings, shapes):
    values = inputs["input"]
    for axis, (before, size) in enumerate(zip(settings["before"], shapes[0], strict=True)):
        places = outside(np.arange(size) - before, values.shape[axis], settings["mode"])
        values = gathered(values, axis, places, settings["value"])
    return [values]


def resize(inputs, settings, shapes):
    values, out = inputs["input"], shapes[0]
    axes = len(settings["scales"])
    for axis, scale in enumerate(settings["scales"], values.ndim - axes):
        size = values.shape[axis]
        cells = np.arange(out[axis])
        if settings["align_corners"]:
            places = cells * ((size - 1) / (out[axis] - 1) if out[axis] > 1 else 0)
        else:
            places = np.maximum((cells + 0.5) / scale - 0.5, 0)
        low = np.minimum(np.floor(places).astype(int), size - 1)
        high = np.minimum(low + 1, size - 1)
        share = (places - low).reshape([-1 if at == axis else 1 for at in range(values.ndim)])
        values = np.take(values, low, axis) * (1 - share) + np.take(values, high, axis) * share
    return [values]


# --- attention, recurrence ---------------------------------------------------------------------------


def weights_of(query, key, scale, *, mask=None, word=None, causal=False):
    scores = query @ np.swapaxes(key, -1, -2) * scale
    if causal:
        scores = np.where(np.tril(np.ones(scores.shape[-2:])), scores, -np.inf)
    if word == "added":
        scores = scores + mask
    elif word is not None:
        scores = np.where((mask != 0) == (word == "keeps"), scores, -np.inf)
    return softmax_of(scores, -1)


def attention(inputs, settings, shapes):
    weights = weights_of(
        inputs["query"], inputs["key"], settings["scale"],
        mask=inputs["mask"], word=settings["mask"], causal=settings["causal"],
    )  # fmt: skip
    return [weights @ inputs["value"]]


def multihead_attention(inputs, settings, shapes):
    heads = settings["heads"]
    projected = []
    for name, row, bias_row in zip(("query", "key", "value"), settings["weight_rows"], settings["rows"], strict=True):
        tokens = inputs[name] if settings["batch_first"] else inputs[name].swapaxes(0, 1)
        size = inputs["out_weight"].shape[0]
        result = tokens @ inputs[f"{name}_weight"][row : row + size].T
        bias = inputs[f"{name}_bias"]
        result = result if bias is None else result + bias[bias_row : bias_row + size]
        projected.append(result.reshape(*result.shape[:2], heads, -1).swapaxes(1, 2))
    query, key, value = projected
    mask = inputs["mask"]
    mask = mask.reshape(-1, heads, *mask.shape[1:]) if mask is not None and mask.ndim == 3 else mask
    weights = weights_of(query, key, 1 / math.sqrt(query.shape[-1]), mask=mask, word=settings["mask"])
    joined = (weights @ value).swapaxes(1, 2)
    joined = joined.reshape(*joined.shape[:2], -1) @ inputs["out_weight"].T
    joined = joined if inputs["out_bias"] is None else joined + inputs["out_bias"]
    of_all = weights.mean(axis=1) if len(shapes) > 1 and len(shapes[1]) == 3 else weights
    return [joined if settings["batch_first"] else joined.swapaxes(0, 1), of_all]


def recurrent(inputs, settings, shapes):
    is_single, is_lstm = settings["single"], settings["cell"] == "lstm"
    values = inputs["input"]
    values = values[:, None] if is_single else values if settings["batch_first"] else values.swapaxes(0, 1)
    samples, size, directions = len(values), settings["hidden_size"], settings["directions"]
    count = settings["layers"] * directions
    zeros = np.zeros((count, samples, size))
    hidden = zeros if inputs["hidden"] is None else inputs["hidden"].reshape(zeros.shape)
    cells = zeros if inputs["cell"] is None else inputs["cell"].reshape(zeros.shape)
    last_hidden, last_cells = [], []
    for layer in range(settings["layers"]):
        outputs = []
        for direction in range(directions):
            suffix = "" if is_single else f"_l{layer}" + ("_reverse" if direction else "")
            weights = {name: inputs.get(f"{name}{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
            at = layer * directions + direction
            h, c = hidden[at], cells[at]
            steps = [None] * values.shape[1]
            for time in range(values.shape[1])[:: -1 if direction else 1]:
                h, c = cell_step(values[:, time], h, c, weights, settings["cell"])
                steps[time] = h
            outputs.append(np.stack(steps, axis=1))
            last_hidden.append(h)
            last_cells.append(c)
        values = np.concatenate(outputs, axis=-1)
    if is_single:
        return [last_hidden[0], last_cells[0]] if is_lstm else [last_hidden[0]]
    output = values if settings["batch_first"] else values.swapaxes(0, 1)
    return [output, np.stack(last_hidden), np.stack(last_cells)]


def cell_step(x, h, c, weights, kind):
    of_input, of_hidden = x @ weights["weight_ih"].T, h @ weights["weight_hh"].T
    if weights["bias_ih"] is not None:
        of_input, of_hidden = of_input + weights["bias_ih"], of_hidden + weights["bias_hh"]
    if kind == "lstm":
        i, f, g, o = np.split(of_input + of_hidden, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c
    if kind == "gru":
        reset_x, update_x, new_x = np.split(of_input, 3, axis=-1)
        reset_h, update_h, new_h = np.split(of_hidden, 3, axis=-1)
        reset, update = sigmoid(reset_x + reset_h), sigmoid(update_x + update_h)
        new = np.tanh(new_x + reset * new_h)
        return (1 - update) * new + update * h, c
    return (np.tanh if kind == "rnn_tanh" else FUNCTIONS["relu"])(of_input + of_hidden), c


KINDS = {
    "convolution": convolution,
    "transposed_convolution": transposed_convolution,
    "linear": linear,
    "embedding": embedding,
    "matmul": matmul,
    "max_pool": lambda *call: pool(*call, is_max=True),
    "average_pool": lambda *call: pool(*call, is_max=False),
    "adaptive_max_pool": lambda *call: adaptive_pool(*call, reduce=np.max),
    "adaptive_average_pool": lambda *call: adaptive_pool(*call, reduce=np.mean),
    "batch_norm": batch_norm,
    "normalise": normalise,
    "unit_length": unit_length,
    "local_response": local_response,
    "function": function,
    "prelu": prelu,
    "glu": glu,
    "combine": combine,
    "choose": choose,
    "softmax": softmax,
    "reduce": reduce,
    "move": move,
    "join": join,
    "pad": pad,
    "resize": resize,
    "attention": attention,
    "multihead_attention": multihead_attention,
    "recurrent": recurrent,
}
