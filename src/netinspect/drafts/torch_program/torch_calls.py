"""Names of torch that are called: layers, containers, parameters, functions of tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from netinspect.catalogue import FUNCTIONS, LAYERS
from netinspect.drafts.torch_program import builtins, layer_calls, tensors
from netinspect.drafts.torch_program.values import (
    Argument,
    Class,
    Container,
    Function,
    Instance,
    Layer,
    Opaque,
    Parameter,
    Sample,
    Scalar,
    Step,
    Tensor,
    Torch,
    Untold,
    Value,
    known,
    literal,
    tensors_in,
    whole_number,
)

MODULES: Final = {
    "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "np": "numpy", "numpy": "numpy", "math": "math",
    "OrderedDict": "collections.OrderedDict", "collections": "collections", "functional": "torch.nn.functional",
    "partial": "functools.partial", "Module": "torch.nn.Module",
}  # fmt: skip
"""Names that mean the same without the import that was not pasted."""

CONTAINERS: Final = frozenset({"Sequential", "ModuleList", "ModuleDict"})
BASES: Final = frozenset(
    {
        "ModuleList",
        "ModuleDict",
        "Module",
        "Sequential",
        "LightningModule",
        "object",
        "ABC",
        "NamedTuple",
        "PyTorchModelHubMixin",
    }
)

_NUMBERS: Final = frozenset({"sqrt", "ceil", "floor", "log2", "log", "prod", "pow", "exp"})
_SIZES_OF_TORCH: Final = frozenset({"arange", "linspace"})


def constant(path: str) -> Value:
    """A number of `math` or `numpy`, or the longer name."""
    if path in ("math.pi", "numpy.pi", "torch.pi"):
        return literal(math.pi)
    if path in ("math.inf", "numpy.inf", "torch.inf"):
        return literal(math.inf)
    return Torch(path)


def call(called: Torch, arguments: list[Argument], steps: list[Step], *, turning: bool = False) -> Value:
    """A call of a name of torch."""
    name, library = called.name, called.path.split(".", 1)[0]
    if library in ("math", "numpy") and name in _NUMBERS:
        return builtins.call(name, arguments, steps)
    if called.path == "collections.OrderedDict" or name == "OrderedDict":
        return _ordered(arguments)
    if library not in ("torch", "torchvision"):
        if library in ("functools", "transformers", "timm", "einops"):
            raise Untold
        return Opaque()
    if library == "torchvision" or name in ("weight_norm", "spectral_norm"):
        raise Untold
    if name in CONTAINERS:
        container = Container(name)
        fill(container, arguments)
        return container
    if name in LAYERS:
        return layer(name, arguments)
    if called.path == "torch.nn.functional.unfold":
        raise Untold("`F.unfold` is the layer Unfold, and not the method of tensors")
    operands = [item for _, value in arguments for item in (value if isinstance(value, list | tuple) else [value])]
    if any(isinstance(item, Tensor) for item in operands):
        return tensors.call_function(name, arguments, steps, turning=turning)
    if name in _MADE:
        return _MADE[name](name, arguments)
    unnamed = [value for key, value in arguments if key is None]
    is_known = all(isinstance(value, Scalar) and not tensors_in(value) for value in unnamed)
    if name in _SIZES_OF_TORCH and name in FUNCTIONS and not is_known:
        kept = [(key, value) for key, value in arguments if key not in ("device", "dtype")]
        return layer_calls.result_of(Step(name, kept), steps, "any", 1)
    if name in ("device", "manual_seed", "is_available", "compile", "Adam", "SGD", "AdamW") or name.endswith("Loss"):
        return Opaque()
    if name in _SIZES_OF_TORCH:
        return Opaque()
    raise Untold


def _ordered(arguments: Sequence[Argument]) -> dict[str, Value]:
    if not arguments:
        return {}
    if len(arguments) != 1:
        raise Untold
    value = arguments[0][1]
    if isinstance(value, dict):
        return dict(value)
    pairs: dict[str, Value] = {}
    for pair in builtins.items_of(value):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise Untold
        pairs[str(known(pair[0]))] = pair[1]
    return pairs


def fill(container: Container, arguments: Sequence[Argument]) -> None:
    """The children of a container from the arguments of its constructor."""
    if any(name is not None for name, _ in arguments):
        raise Untold
    values = [value for _, value in arguments]
    if len(values) == 1 and isinstance(values[0], dict):
        for name, module in values[0].items():
            container.add(name, _made(module))
        return
    if container.kind == "ModuleList" and len(values) == 1:
        values = builtins.items_of(values[0])
    elif container.kind == "ModuleDict" and values:
        raise Untold
    for place, module in enumerate(values):
        container.add(str(place), _made(module))


def _made(module: Value) -> Value:
    """A child of a container; what is no module, as a function, has no words."""
    if isinstance(module, Class | Torch | Function | Tensor) or not isinstance(module, Layer | Container | Instance):
        raise Untold
    return module


def layer(name: str, arguments: Sequence[Argument]) -> Layer:
    """A layer without the arguments that a spec does not have: where it lies, and whether memory is reused."""
    order = [argument.name for argument in LAYERS[name].arguments]
    if name in ("TransformerEncoder", "TransformerDecoder"):
        # `TransformerEncoder(layer, num_layers)`: a spec gives the layer's arguments to the stack itself.
        words = ("encoder_layer" if name.endswith("Encoder") else "decoder_layer", "num_layers", "norm")
        named = {key or words[place]: value for place, (key, value) in enumerate(arguments) if key or place < 3}
        inner = named.get(words[0])
        normalisation = named.get("norm")
        if not isinstance(inner, Layer) or "num_layers" not in named:
            raise Untold
        if normalisation is not None and not (isinstance(normalisation, Scalar) and normalisation.value is None):
            raise Untold
        settings = [argument.name for argument in LAYERS[inner.kind].arguments]
        of_layer = [(key or settings[place], value) for place, (key, value) in enumerate(inner.arguments)]
        return Layer(name, [("num_layers", named["num_layers"]), *of_layer])
    kept: list[Argument] = []
    in_place = False
    for place, (key, value) in enumerate(arguments):
        if key == "inplace" or (key is None and place < len(order) and order[place] == "inplace"):
            in_place = bool(known(value))
            continue
        if key in ("device", "dtype"):
            continue
        if key is None and place >= len(order):
            raise Untold
        kept.append((key, _plain(value)))
    return Layer(name, kept, in_place=in_place)


def _plain(value: Value) -> Value:
    if isinstance(value, Scalar):
        return value
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, Torch) and value.path in ("torch.relu", "torch.nn.functional.relu"):
        return literal("relu")
    if isinstance(value, Torch) and value.path == "torch.nn.functional.gelu":
        return literal("gelu")
    raise Untold


def _parameter(_name: str, arguments: Sequence[Argument]) -> Parameter:
    value = arguments[0][1] if arguments else None
    if not isinstance(value, Sample) or value.high is not None:
        raise Untold
    if value.maker in ("zeros", "empty", "Tensor", "FloatTensor") or value.std == 0.0:
        return Parameter(value.shape, "zeros", None)
    if value.maker == "ones":
        return Parameter(value.shape, "ones", value.std)
    if value.maker == "randn":
        return Parameter(value.shape, "normal", value.std)
    if value.maker == "rand":
        return Parameter(value.shape, "normal", None)
    raise Untold


def _sample(name: str, arguments: Sequence[Argument]) -> Sample:
    values = [value for key, value in arguments if key is None]
    named = {key: value for key, value in arguments if key is not None}
    high = None
    if name == "randint":
        bounds = [value for value in values if isinstance(value, Scalar)]
        stated = named.get("high", bounds[-1] if bounds else None)
        values = [named.get("size", next((value for value in values if isinstance(value, list | tuple)), None))]
        if not isinstance(stated, Scalar):
            raise Untold
        high = stated
    if len(values) == 1 and isinstance(values[0], list | tuple):
        values = list(values[0])
    shape = tuple(value for value in values if isinstance(value, Scalar))
    if len(shape) != len(values):
        raise Untold
    return Sample(shape, name, high)


_MADE: Final[Mapping[str, Callable[[str, Sequence[Argument]], Value]]] = {
    "Parameter": _parameter,
    **dict.fromkeys(
        ("zeros", "ones", "randn", "rand", "empty", "randint", "full", "Tensor", "FloatTensor", "normal"), _sample
    ),
}
"""What makes tensors of sizes alone."""


def sizes_of(sample: Sample) -> list[int]:
    """The sizes of a sample, which must be known."""
    return [whole_number(size) for size in sample.shape]
