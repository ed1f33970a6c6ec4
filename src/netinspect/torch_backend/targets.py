"""The model that a user names: `package.module:factory` or `file.py:Class`. This runs the user's code."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from netinspect.errors import InputError
from netinspect.importing.trace import ModelInput, NotImported
from netinspect.language.messages import closest
from netinspect.torch_backend.user_code import python_file, user_code


def load_target(target: str, arguments: Mapping[str, Any], seed: int = 0, config: Path | None = None) -> nn.Module:
    """What `target` names, called with `arguments` after torch is seeded; a module that is there already is taken as it
    is.

    A class of transformers is made from the settings in the folder `config`, without weights. InputError where a target
    is not there, cannot be made or is no torch module.
    """
    place, colon, name = target.rpartition(":")
    if not colon or not name or not place:
        raise InputError(f"{target}: write package.module:factory or file.py:Class")
    path, folder = Path(place), None
    if path.suffix == ".py":
        module, folder = python_file(path), path.parent
    else:
        with user_code(lambda words: InputError(f"{place} cannot be imported: {words}")):
            module = importlib.import_module(place)
    factory = getattr(module, name, None)
    if factory is None and place == "timm":
        factory, arguments = module.create_model, {"model_name": name, "pretrained": False, **arguments}
    if factory is None:
        meant = closest(name, (word for word, value in vars(module).items() if callable(value)))
        raise InputError(f"{place} has no `{name}`{f'; did you mean `{meant}`?' if meant else ''}")
    if isinstance(factory, nn.Module):
        return importable(factory)
    if not callable(factory):
        raise InputError(f"{target} is {type(factory).__name__}, and no model, class or function that makes one")
    torch.manual_seed(seed)
    with user_code(lambda words: InputError(f"{target} cannot be made: {words}; --args gives its arguments"), folder):
        model = factory(**arguments) if config is None else _configured(module, factory, config, arguments)
    if not isinstance(model, nn.Module):
        raise InputError(f"{target} gives {type(model).__name__}, and no torch module")
    return importable(model)


def importable(model: nn.Module) -> nn.Module:
    """The model inside DataParallel or what `torch.compile` made, whose state dict has its own keys; any other model is
    itself. InputError for one that does not run as Python on numbers, NotImported for weights of another dtype than
    float32."""
    while (inner := _inside(model)) is not None:
        model = inner
    for path, module in model.named_modules():
        what = f"`{path}`" if path else "the model"
        if isinstance(module, torch.jit.ScriptModule):
            raise InputError(f"{what} is scripted, and shows no steps: import the module that it was made of")
        if _inside(module) is not None:
            raise InputError(f"{what} is wrapped, and its weights have other keys: import the model before that")
    state = model.state_dict(keep_vars=True)
    other = next((key for key, value in state.items() if not isinstance(value, Tensor) or value.is_quantized), None)
    if other is not None:
        raise InputError(f"`{other}` is no plain tensor: import the model before it is quantised")
    if any(value.is_meta for value in state.values()):
        raise InputError("the model has no numbers, for it is on the device `meta`: make it on the CPU")
    for name, parameter in model.named_parameters():
        if parameter.dtype != torch.float32:
            dtype = str(parameter.dtype).removeprefix("torch.")
            raise NotImported(f"`{name}` is {dtype}, and the weights of a spec are float32: import `model.float()`")
    return model


def _configured(module: Any, factory: Any, config: Path, arguments: Mapping[str, Any]) -> Any:
    """`AutoModel.from_config(config)` or `BertModel(config)`; nothing is downloaded."""
    if not config.is_dir():
        raise InputError(f"--config {config}: there is no such folder")
    settings_class = getattr(factory, "config_class", None) or getattr(module, "AutoConfig", None)
    if settings_class is None:
        raise InputError(f"--config {config}: {factory.__name__} is not made from a config of transformers")
    settings = settings_class.from_pretrained(str(config), local_files_only=True)
    return getattr(factory, "from_config", factory)(settings, **arguments)


def target_weights(
    target: str, arguments: Mapping[str, Any], seed: int, config: Path | None = None
) -> tuple[Mapping[str, Tensor], frozenset[str]]:
    """A target's state dict, and the keys in it to which another seed gives other numbers: what nobody has trained."""
    state, other = (load_target(target, arguments, each, config).state_dict() for each in (seed, seed ^ 1))
    return state, frozenset(key for key, tensor in state.items() if not torch.equal(tensor, other[key]))


def stated_inputs(model: nn.Module) -> tuple[ModelInput, ...]:
    """The input that a model says of itself, as timm's do in `default_cfg`. InputError where it says nothing."""
    settings: Any = getattr(model, "default_cfg", None)
    sizes = settings.get("input_size") if isinstance(settings, Mapping) else getattr(settings, "input_size", None)
    if not sizes:
        raise InputError("the model does not say what it takes; write --input 3,224,224, without the batch")
    return (ModelInput("", 0, tuple(sizes), "float32"),)


def _inside(module: nn.Module) -> nn.Module | None:
    """The module that DataParallel or `torch.compile` have wrapped; None where nothing is."""
    is_parallel = isinstance(module, nn.DataParallel | nn.parallel.DistributedDataParallel)
    inner = getattr(module, "module" if is_parallel else "_orig_mod", None)
    return inner if isinstance(inner, nn.Module) else None
