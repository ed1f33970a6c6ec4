"""What a call does in a torch program: functions and classes of the text, modules, names of torch.

A class that is called runs its constructor, a module its forward. The lines of both are followed by `interpreter`,
which stands behind this module and is handed over in the `Work`.
"""

from __future__ import annotations

from collections.abc import Sequence

from netinspect.drafts.torch_program import builtins, layer_calls, tensors, torch_calls
from netinspect.drafts.torch_program.frames import Frame, set_attribute
from netinspect.drafts.torch_program.values import (
    NONE,
    UNKNOWN,
    Argument,
    Class,
    Container,
    Function,
    Input,
    Instance,
    Layer,
    Method,
    Opaque,
    Place,
    Scalar,
    Step,
    Tensor,
    Torch,
    Untold,
    Value,
    known,
    outline,
    tensors_in,
)


def call_function(
    function: Function,
    arguments: Sequence[Argument],
    frame: Frame,
    owner: Instance | None = None,
    above: Class | None = None,
) -> Value:
    """What a function of the text returns."""
    parameters = list(function.node.args.posonlyargs) + list(function.node.args.args)
    first: list[Argument] = [(None, owner)] if owner is not None and not function.static and parameters else []
    names = bind(function, [*first, *arguments])
    inner = Frame(
        names,
        frame.work,
        function.around,
        frame.steps,
        owner if owner is not None else frame.owner,
        above,
        inputs=frame.inputs,
    )
    return frame.work.follow(function.node, inner)


def bind(function: Function, arguments: Sequence[Argument]) -> dict[str, Value]:
    """The arguments of a call by the names of the function's parameters."""
    names: dict[str, Value] = {}
    signature = function.node.args
    positional = [parameter.arg for parameter in (*signature.posonlyargs, *signature.args)]
    unnamed = [value for name, value in arguments if name is None]
    if len(unnamed) > len(positional):
        if signature.vararg is None:
            raise Untold
        names[signature.vararg.arg] = tuple(unnamed[len(positional) :])
    elif signature.vararg is not None:
        names[signature.vararg.arg] = ()
    names.update(zip(positional, unnamed, strict=False))
    further: dict[str, Value] = {}
    allowed = {*positional, *(parameter.arg for parameter in signature.kwonlyargs)}
    for name, value in arguments:
        if name in names or (name is not None and name not in allowed and signature.kwarg is None):
            raise Untold
        if name is not None:
            (names if name in allowed else further)[name] = value
    if signature.kwarg is not None:
        names[signature.kwarg.arg] = further
    for name, value in defaults_of(function).items():
        names.setdefault(name, value)
    if any(name not in names for name in allowed):
        raise Untold
    return names


def defaults_of(function: Function) -> dict[str, Value]:
    """The defaults of a function's parameters. Untold where one of them could not be told."""
    if None in function.defaults.values():
        raise Untold
    return dict(function.defaults)


def construct(kind: Class, arguments: Sequence[Argument], frame: Frame) -> Value:
    """An object of a class of the text."""
    if kind.derives_from("Enum", "Dataset", "Exception") or not all(
        isinstance(base, Class) or (isinstance(base, Torch) and base.name in torch_calls.BASES) for base in kind.bases
    ):
        raise Untold
    if kind.is_module and any(kind.member(name) is not None for name in ("__call__", "train", "eval")):
        raise Untold("it does more than `forward` says")
    instance = Instance(kind)
    for base in ("Sequential", "ModuleList", "ModuleDict"):
        if kind.derives_from(base):
            instance.children = Container(base, place=Place(instance, ""))
    constructor = kind.member("__init__")
    if isinstance(constructor, Function):
        names = bind(constructor, [(None, instance), *arguments])
        instance.defaults = defaults_of(constructor)
        instance.arguments = {name: value for name, value in names.items() if value is not instance}
        named = {name: rescoped(name, value, instance) for name, value in names.items()}
        above = kind.definer("__init__")
        frame.work.follow(constructor.node, Frame(named, frame.work, constructor.around, [], instance, above))
    elif instance.children is not None:
        torch_calls.fill(instance.children, arguments)
    else:
        instance.attributes |= {name: value for name, value in kind.members.items() if name in kind.fields}
        unnamed = [value for name, value in arguments if name is None]
        instance.attributes |= dict(zip(kind.fields, unnamed, strict=False))
        instance.attributes |= {name: value for name, value in arguments if name is not None}
    return instance


def in_order(modules: Sequence[Argument]) -> Instance:
    """An object whose children are called one after the other, where no forward says how they are joined. A lone
    Sequential without a name is the object itself."""
    main = Instance(Class("Network", (), {}, ()))
    if len(modules) == 1 and modules[0][0] is None and isinstance(modules[0][1], Container):
        main.children = modules[0][1]
    else:
        main.children = Container("Sequential")
        for place, (label, module) in enumerate(modules):
            if not isinstance(module, Layer | Container | Instance):
                raise Untold
            if isinstance(module, Container) and module.kind != "Sequential":
                raise Untold
            module.place = None
            main.children.add(label or str(place), module)
    main.children.place = Place(main, "")
    return main


def rescoped(name: str, value: Value, instance: Instance) -> Value:
    """An argument as the constructor sees it: a number is called by the parameter's name."""
    if isinstance(value, Scalar) and value.value is not UNKNOWN and value.value is not None:
        return Scalar((name,), value.value, scope=instance)
    return value


def call_module(module: Value, arguments: Sequence[Argument], frame: Frame) -> Value:
    """A module called with tensors: one step in the forward around it."""
    if isinstance(module, Container) and module.kind != "Sequential":
        raise Untold
    if isinstance(module, Layer):
        return layer_calls.call_layer(module, arguments, frame.steps)
    if isinstance(module, Container):
        # Its children are followed apart, so that the axes of the result are known; the step is its own.
        if len(arguments) != 1 or not isinstance(arguments[0][1], Tensor):
            raise Untold
        value = arguments[0][1]
        inner = Frame({}, frame.work, {}, [])
        entry = Tensor(Input("input"), axes=value.axes, rank=value.rank)
        memory = entry.memory
        result: Value = entry
        for child in module.children.values():
            result = call_module(child, [(None, result)], inner)
        if not isinstance(result, Tensor) or (result.path and module.children):
            raise Untold
        outer = layer_calls.results_of_module(
            Step(module, list(arguments)), frame.steps, result, {id(memory): value.memory}
        )
        if memory.changed:
            value.memory.changed, value.memory.through = True, None
        return outer
    assert isinstance(module, Instance)
    return _call_instance(module, arguments, frame)


def _entering(arguments: Sequence[Argument]) -> tuple[list[Argument], list[Argument]]:
    """The tensors that a module is called with, and its arguments as its forward sees them, with inputs for these."""
    inputs: list[Argument] = []
    passed: list[Argument] = []
    for name, value in arguments:
        inner_value: Value = value
        if isinstance(value, Tensor):
            inner_value = Tensor(Input(name or f"input{len(inputs)}"), axes=value.axes, rank=value.rank)
            inputs.append((name, value))
        elif isinstance(value, list) and value and all(isinstance(item, Tensor) for item in value):
            items = [item for item in value if isinstance(item, Tensor)]
            inner_value = [
                Tensor(Input(f"input{place}"), axes=item.axes, rank=item.rank)
                for place, item in enumerate(items, len(inputs))
            ]
            inputs += [(None, item) for item in items]
        elif not (isinstance(value, Scalar) and value.value is None):
            raise Untold
        passed.append((name, inner_value))
    return inputs, passed


def _call_instance(instance: Instance, arguments: Sequence[Argument], frame: Frame) -> Value:
    forward = instance.kind.member("forward")
    inputs, passed = _entering(arguments)
    tensors = [tensor for _, value in passed for tensor in tensors_in(value)]
    sources = [tensor.source for tensor in tensors]
    memories = [tensor.memory for tensor in tensors]
    steps: list[Step] = []
    inner = Frame({}, frame.work, {}, steps)
    frame.work.forwards += 1
    if isinstance(forward, Function):
        names = bind(forward, passed if forward.static else [(None, instance), *passed])
        for name, value in names.items():
            if isinstance(value, Tensor) and isinstance(value.source, Input):
                value.source.name = name
        result = call_function(forward, passed, inner, instance)
    elif instance.children is not None and instance.children.kind == "Sequential" and len(passed) == 1:
        result = passed[0][1]
        for child in instance.children.children.values():
            result = call_module(child, [(None, result)], inner)
            result = result[0] if isinstance(result, tuple) else result  # the output of an LSTM, without its states
    else:
        raise Untold
    frame.work.forwards -= 1
    fresh: list[Tensor] = [Tensor(source) for source in sources]
    if instance.steps is None:
        instance.steps, instance.inputs, instance.result = steps, fresh, result
    elif outline(fresh, steps, result) != outline(instance.inputs, instance.steps, instance.result):
        raise Untold  # this call does other things than the first one
    outer_memories = [tensor.memory for _, value in inputs for tensor in tensors_in(value)]
    pairs = list(zip(memories, outer_memories, strict=True))
    outer = layer_calls.results_of_module(
        Step(instance, inputs), frame.steps, result, {id(inside): memory for inside, memory in pairs}
    )
    for inside, memory in pairs:
        if inside.changed and outer_memories.count(memory) > 1:
            raise Untold  # the same tensor twice, of which one is worked on in place
        if inside.changed:
            memory.changed, memory.through = True, None
    return outer


def call(called: Value, arguments: list[Argument], frame: Frame) -> Value:
    """What a call gives."""
    match called:
        case Layer() | Container() | Instance():
            return call_module(called, arguments, frame)
        case Class():
            return construct(called, arguments, frame)
        case Function():
            return call_function(called, arguments, frame)
        case Method(owner=Instance() as owner, name=name, function=function):
            return _call_method(owner, name, function, arguments, frame)
        case Method(owner=Tensor() as owner, name=name):
            return tensors.call_method(owner, name, arguments, frame.steps, turning=frame.work.turning)
        case Method(owner=owner, name=name):
            return builtins.call_method(owner, name, arguments)
        case Torch(path=path) if path.startswith("builtins."):
            if called.name == "map" and len(arguments) == 2:
                return [call(arguments[0][1], [(None, item)], frame) for item in builtins.items_of(arguments[1][1])]
            if called.name == "setattr" and len(arguments) == 3 and isinstance(owner := arguments[0][1], Instance):
                return _call_method(owner, "__setattr__", None, arguments[1:], frame)
            return builtins.call(called.name, arguments, frame.steps)
        case Torch():
            return torch_calls.call(called, arguments, frame.steps, turning=frame.work.turning)
        case Opaque():
            return called
        case _:
            raise Untold


def _call_method(
    owner: Instance, name: str, function: Function | None, arguments: list[Argument], frame: Frame
) -> Value:
    if name in ("reparameterize", "reparametrize", "reparameterise") and len(arguments) == 2:
        frame.work.notes.append(f"the code draws a random number in `{name}`; a spec takes the mean in its place")
        return arguments[0][1]
    if function is not None:
        if name == "__init__" and frame.owner is owner:
            for above in (frame.above or owner.kind).bases:
                if isinstance(above, Class) and above.member("__init__") is function:
                    return call_function(function, arguments, frame, owner, above)
        return call_function(function, arguments, frame, owner, frame.above)
    if name in ("add_module", "register_module", "__setattr__") and len(arguments) == 2:
        label = str(known(arguments[0][1]))
        if owner.children is not None:
            owner.children.add(label, arguments[1][1])
        else:
            set_attribute(owner, label, arguments[1][1])
        return NONE
    if name == "register_parameter" and len(arguments) == 2:
        set_attribute(owner, str(known(arguments[0][1])), arguments[1][1])
        return NONE
    if name == "super.__init__":
        if owner.children is not None:
            torch_calls.fill(owner.children, arguments)
        return NONE
    if name in ("to", "cuda", "cpu", "eval", "train", "float", "apply", "requires_grad_", "half"):
        return owner
    raise Untold
