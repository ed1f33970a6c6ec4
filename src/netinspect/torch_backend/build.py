"""The torch model of a Network, as a person would have written it.

Every scope of the spec is a module of its own: `print(model)`, `model.layer1[0](x)`, hooks, `state_dict`,
`copy.deepcopy`, pickling, `torch.compile`, `torch.export` and `torch.onnx.export` work as they do elsewhere.

A scope is an nn.Sequential where each layer feeds the next, else an fx graph. The graph calls layers by their names in
the scope, gives inner scopes the outer values they use, and reads sizes off the real tensors, so that other lengths
than the spec's work where the layers allow them.
"""

from __future__ import annotations

import operator
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import torch
from torch import fx, nn
from torch.nn.parameter import is_lazy

from netinspect.catalogue.creation import WEIGHT
from netinspect.language import syntax
from netinspect.network.interfaces import Interfaces, interfaces
from netinspect.network.network import Buffer, Call, Extent, Network, Parameter, Scope, Value, class_name, stands_in
from netinspect.network.torch_calls import call_arguments, gives_tuple, is_chain, method_name, output_places
from netinspect.torch_backend.device import plain_torch
from netinspect.torch_backend.functions import SIZE_OPERATORS, make_layer, operands, spelled, torch_object
from netinspect.torch_backend.scope_module import ScopeModule, Shared, tensor_of


@plain_torch()
def build(network: Network, *, device: str = "cpu", seed: int = 0) -> nn.Module:
    """The torch model of `network`, in training mode as torch makes every model.

    Its state dict has the spec's keys in the spec's order. It takes the network's inputs in order or by name, with
    any batch size, and other lengths than the spec's where the layers allow them. It returns the last line's
    tensor, or the tuple of `outputs:`.

    device  "meta" for shapes alone, without memory. For real values build again on "cpu": a model that is moved
            with `to_empty()` has garbage in BatchNorm's statistics.
    seed    of torch's own initialisation; the caller's random state is neither used nor changed.

    A layer that is called from an inner list is held there by a plain object, not registered a second time
    (see `scope_module.Shared`): its keys stay where it was made.
    """
    with torch.random.fork_rng(devices=[]), torch.device(device):
        torch.default_generator.manual_seed(seed)
        model = root_module(network)
    modules = dict(model.named_modules(remove_duplicate=False))
    parameters = dict(model.named_parameters(remove_duplicate=False))
    for tied, target in network.ties.items():  # another name of the parameter it is tied to
        owner, _, key = tied.rpartition(".")
        modules[owner].register_parameter(key, parameters[target])
    for name, parameter in model.named_parameters(remove_duplicate=False):
        if any(name == path or name.startswith(f"{path}.") for path in network.frozen):
            parameter.requires_grad_(False)
    return model


# --- the modules of scopes -----------------------------------------------------------------------


CALL: Final = "netinspect_call"
"""The key in a node's `meta` under which the nodes that are calls of the network have their path."""


@dataclass(frozen=True, slots=True)
class Site:
    """A network that is being built, and the modules made so far by state-dict prefix."""

    network: Network
    borders: Interfaces
    modules: dict[str, nn.Module] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """A scope whose graph is being written. `body` holds its layers and parameters until the module takes them."""

    scope: Scope
    site: Site
    graph: fx.Graph
    body: nn.Module
    nodes: dict[Value, fx.Node] = field(default_factory=dict)


def root_module(network: Network) -> nn.Module:
    """The whole model, on the default device, initialised by torch from its present random state."""
    return _scope_module(network.root, Site(network, interfaces(network)))


def _scope_module(scope: Scope, site: Site) -> nn.Module:
    if is_chain(scope, site.network, site.borders):
        layers = ((_key(item.module or ""), _make(item, site)) for item in scope.items)
        module: nn.Module = nn.Sequential(OrderedDict(layers))
    else:
        module = _graph_module(scope, site)
    if not scope.again:
        site.modules[scope.module] = module
    return module


# --- nn.Sequential ---------------------------------------------------------------------------


def _make(item: Call | Scope, site: Site) -> nn.Module:
    if isinstance(item, Scope):
        return _scope_module(item, site)
    module = make_layer(item.entry, item.arguments)
    if any(map(is_lazy, (*module.parameters(), *module.buffers()))):
        # a user's own layer is run once, so that what of it is lazy gets its shape
        zeros = {value: torch.zeros(value.type.shape, dtype=getattr(torch, value.type.dtype)) for value in item.inputs}
        args, kwargs = call_arguments(item.entry, operands(item, zeros), spelled)
        with torch.no_grad():
            module.eval()(*args, **kwargs)
        module.train()
    site.modules[item.module or ""] = module
    return module


def _key(module: str) -> str:
    return module.rpartition(".")[2]


def _key_in(module: str | None, scope: Scope) -> str:
    """The key of a module that a scope has, seen from there: `conv1`, `convs.0`."""
    path = module or ""
    return path[len(scope.module) + 1 :] if scope.module else path


def _has(scope: Scope, module: str | None) -> bool:
    """Whether a module is one of the scope's own lines."""
    return stands_in(module, scope) or any(item.module == module and not item.again for item in scope.items)


# --- fx graphs -------------------------------------------------------------------------------


def _graph_module(scope: Scope, site: Site) -> ScopeModule:
    frame = Frame(scope, site, fx.Graph(), nn.Module())
    border = site.borders.of[scope]
    taken: set[str] = set()
    for position, value in enumerate((*scope.inputs, *border.captures)):
        if scope.parent is None:
            name = site.network.inputs[position].name
        else:
            name = re.sub(r"\W", "_", _key(value.origin), flags=re.ASCII)
            name = "input" if position == 0 else name if name.isidentifier() else f"from_{name}"
        name = _unused(_variable(name), taken)
        node = frame.graph.placeholder(name)
        taken |= {name, node.name}  # fx calls an argument `input` `input_1` inside
        frame.nodes[value] = node
    for tensor in scope.tensors:
        _add_tensor(frame, tensor)
    for item in scope.items:
        if isinstance(item, Call):
            _add_call(frame, item)
        else:
            _add_scope(frame, item)
    if frame.scope.parent is None:
        outputs = tuple(frame.nodes[value] for _, value in frame.site.network.outputs)
        output_node = outputs if gives_tuple(frame.scope, frame.site.network) else outputs[0]
    else:
        output = frame.nodes[frame.scope.results[0]]
        output_node = (output, *(frame.nodes[value] for value in border.exports)) if border.exports else output
    frame.graph.output(output_node)
    # Arguments that hide what the code calls, `torch` and functions of Python, are renamed.
    arguments = [node for node in frame.graph.nodes if node.op == "placeholder"]
    if any(node.name != node.target != "input" for node in arguments):  # fx has found that the name is one of Python's
        called = {node.target.__name__ for node in frame.graph.nodes if node.op == "call_function"}
        in_use = called | frame.graph.python_code("self").globals.keys()
        for node in arguments:
            if node.target in in_use:
                node.target = node.name
    module = ScopeModule(frame.body, frame.graph, class_name(scope, site.network))
    for name, buffer in module.named_buffers(recurse=False):  # fx copies a buffer, and not whether it is persistent
        module.register_buffer(name, buffer, persistent=name in frame.body.state_dict())
    return module


def _variable(name: str) -> str:
    """The name of a value in the code that fx writes, where `self` is the module."""
    return "self_1" if name == "self" else name


def _unused(name: str, taken: Iterable[str]) -> str:
    number, candidate = 0, name
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def _add_tensor(frame: Frame, tensor: Parameter | Buffer) -> None:
    name = _variable(syntax.name_of(tensor.name))
    if frame.scope.again:
        owner = frame.site.modules[frame.scope.module]
        target = _hold(frame, Shared(owner, tensor.name), tensor.name)
        frame.nodes[tensor.value] = frame.graph.create_node("call_module", target, name=name)
        return
    if isinstance(tensor, Parameter):
        numbers = torch.empty(tensor.shape)
        match tensor.init:
            case "zeros":
                nn.init.zeros_(numbers)
            case "ones":
                nn.init.ones_(numbers)
            case _:
                nn.init.normal_(numbers, std=1.0 if tensor.std is None else tensor.std)
        frame.body.register_parameter(tensor.name, nn.Parameter(numbers))
    else:
        frame.body.register_buffer(tensor.name, _new_buffer(tensor, frame.site.network), persistent=tensor.persistent)
    frame.nodes[tensor.value] = frame.graph.create_node("get_attr", tensor.name, name=name)


def _new_buffer(buffer: Buffer, network: Network) -> torch.Tensor:
    if buffer.formula is not None:
        outputs = (("", buffer.formula.results[0]),)
        value: torch.Tensor = root_module(replace(network, inputs=(), root=buffer.formula, outputs=outputs))()
        return value
    dtype = getattr(torch, buffer.type.dtype)
    if buffer.values is None:
        return torch.zeros(buffer.type.shape, dtype=dtype)
    return torch.tensor(buffer.values, dtype=dtype).reshape(buffer.type.shape)


def _add_call(frame: Frame, call: Call) -> None:
    if call.entry is WEIGHT:
        # A parameter of a layer, read off the layer where the scope has it, else through the module that has.
        module, name = call.forward
        if not frame.scope.again and _has(frame.scope, module):
            node = frame.graph.create_node("get_attr", f"{_key_in(module, frame.scope)}.{name}")
        else:
            target = _hold(frame, Shared(frame.site.modules[module], name), name)
            node = frame.graph.call_function(tensor_of, (frame.graph.create_node("get_attr", target),))
        node.meta[CALL] = call.path
        frame.nodes[call.outputs[0]] = node
        return
    args, kwargs = call_arguments(call.entry, _nodes(frame, call.forward), spelled)
    name = _variable(_key(call.path))
    method = method_name(call.entry)
    if call.module is not None:
        is_own = not frame.scope.again and _has(frame.scope, call.module)
        target = _key_in(call.module, frame.scope) if is_own else _shared_target(frame, call.module)
        if is_own and not call.again:
            _add(frame.body, target, _make(call, frame.site))
        node = frame.graph.create_node("call_module", target, args, kwargs, name=name)
    elif method is not None:
        node = frame.graph.create_node("call_method", method, args, kwargs, name=name)
    else:
        first = next(iter(frame.graph.nodes), None)
        is_of_a_tensor = any(isinstance(operand, Value) for operand in _flat(call.forward))
        if not is_of_a_tensor and first is not None and first.op == "placeholder":
            # a function of no tensor makes one: on the device of the scope's input
            kwargs["device"] = frame.graph.call_function(getattr, (first, "device"))
        node = frame.graph.create_node("call_function", torch_object(call.entry.torch), args, kwargs, name=name)
    node.meta[CALL] = call.path
    for value, place in zip(call.outputs, output_places(call), strict=False):
        if value in frame.site.borders.used:
            frame.nodes[value] = _element(frame, node, place)


def _flat(operand: Any) -> Iterable[Any]:
    if isinstance(operand, tuple):
        for item in operand:
            yield from _flat(item)
    else:
        yield operand


def _element(frame: Frame, node: fx.Node, place: tuple[int, ...]) -> fx.Node:
    for index in place:
        node = frame.graph.call_function(operator.getitem, (node, index))
    return node


def _add(body: nn.Module, key: str, module: nn.Module) -> None:
    """Put a module under its key; of `convs.0` the container `convs` is made where it is not there."""
    *containers, name = key.split(".")
    for container in containers:
        if container not in dict(body.named_children()):
            body.add_module(container, nn.Module())
        body = body.get_submodule(container)
    body.add_module(name, module)


def _shared_target(frame: Frame, module: str) -> str:
    """The name under which the scope holds a layer that stands in another scope."""
    layer = frame.site.modules[module]
    for name, value in vars(frame.body).items():
        if isinstance(value, Shared) and value.module is layer and value.parameter is None:
            return name
    return _hold(frame, Shared(layer), _key(module))


def _hold(frame: Frame, shared: Shared, key: str) -> str:
    name = _unused(f"shared_{key}", {*vars(frame.body), *_children(frame.scope)})
    setattr(frame.body, name, shared)
    return name


def _children(scope: Scope) -> set[str]:
    """The names of a scope's own layers and parameters, those to come among them."""
    keys = {_key_in(item.module, scope).partition(".")[0] for item in scope.items}
    return keys | {tensor.name for tensor in scope.tensors}


# --- inner scopes ----------------------------------------------------------------------------


def _add_scope(frame: Frame, scope: Scope) -> None:
    borders = frame.site.borders
    first, pairs = borders.uses.get(scope, (scope, {}))
    border = borders.of[first]
    here = [pairs.get(value, value) for value in border.captures]
    args = tuple(frame.nodes[value] for value in (*scope.inputs, *here))
    if first is scope:
        target = _key_in(scope.module, frame.scope)
        if scope.again:  # its lines differ from the first use's: a graph of its own over the same layers, without keys
            target = _unused(_key(scope.path), {*_children(frame.scope), *dict(frame.body.named_children())})
        _add(frame.body, target, _scope_module(scope, frame.site))
    elif not frame.scope.again and _has(frame.scope, first.module):
        target = _key_in(first.module, frame.scope)
    else:
        target = _shared_target(frame, first.module)
    node = frame.graph.create_node("call_module", target, args, {}, name=_variable(_key(scope.path)))
    if not border.exports:
        frame.nodes[scope.results[0]] = node
        return
    for position, value in enumerate((first.results[0], *border.exports)):
        frame.nodes[pairs.get(value, value)] = _element(frame, node, (position,))


# --- operands --------------------------------------------------------------------------------


def _nodes(frame: Frame, operand: Any) -> Any:
    """An operand with its values and sizes as nodes."""
    if isinstance(operand, Value):
        return frame.nodes[operand]
    if isinstance(operand, Extent):
        inner = _nodes(frame, operand.operands)
        if operand.operator == "size":
            return frame.graph.call_method("size", inner)
        return frame.graph.call_function(SIZE_OPERATORS[operand.operator], inner)
    if isinstance(operand, tuple):
        return tuple(_nodes(frame, item) for item in operand)
    return operand
