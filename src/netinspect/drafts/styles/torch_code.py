"""Torch code: a class with `__init__` and `forward`, lines of it, or a Sequential.

Nothing of the text is run. Its statements are followed in a small part of Python whose tensors have no data
(`drafts/torch_program`), and where one of them cannot be followed the text is not rewritten at all.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from netinspect.drafts.style import Rewritten, Style, stuck_at
from netinspect.drafts.torch_program.blocks import Network, network_of, objects_below
from netinspect.drafts.torch_program.calls import bind, call_function, call_module, construct, in_order
from netinspect.drafts.torch_program.expressions import evaluate
from netinspect.drafts.torch_program.frames import Frame, Work
from netinspect.drafts.torch_program.interpreter import Returned, new_work, run
from netinspect.drafts.torch_program.layer_calls import result_of
from netinspect.drafts.torch_program.naming import input_names, live_steps
from netinspect.drafts.torch_program.torch_calls import sizes_of
from netinspect.drafts.torch_program.values import (
    Argument,
    Class,
    Container,
    Function,
    Input,
    Instance,
    Layer,
    Module,
    Opaque,
    OtherAxes,
    Place,
    Sample,
    Scalar,
    Step,
    Tensor,
    Untold,
    Value,
    carries_weights,
    literal,
    tensors_in,
)

MAX_TEXT: Final = 200_000

_LOOKS_LIKE_TORCH: Final = re.compile(
    r"\b(nn|torch|F|self)\s*\.|\bdef\s|\bclass\s|\b[A-Z]\w*\(.*\),?\s*$", re.MULTILINE
)

AXES: Final = (("batch", False), ("batch", True), ("time", False), ("lone", False))
"""How the axes of the inputs may stand, most usual first; True where the code turns them around its layers."""

_LONE: Final = re.compile(r"\.(view|reshape)\([^()]*(\([^()]*\))?,\s*1,\s*-1\)|\.unsqueeze\([01]\)")
"""How code shows that its input is one sequence: it puts a batch of one in, `embeds.view(len(sentence), 1, -1)`."""

TIME_FIRST: Final = "the code has time before the batch; a spec has the batch first"
NO_BATCH: Final = "the code takes one sequence without a batch; a spec has the batch first"
FROZEN: Final = "the code freezes weights; in a spec their names stand under `frozen:`"
_FREEZES: Final = re.compile(r"requires_grad(?:_\(\s*|\s*=\s*)(?:requires_grad\s*=\s*)?False")
NO_FORWARD: Final = (
    "the code does not say how its layers are joined: they are taken in the order in which they are defined"
)

CUSTOMARY: Final = {
    "num_classes": 10, "n_classes": 10, "classes": 10, "n_channels": 3, "in_channels": 3, "in_ch": 3, "img_channels": 3,
    "channels": 3, "input_channels": 3, "image_channels": 3, "out_channels": 1, "vocab_size": 10_000, "n_vocab": 10_000,
    "embedding_dim": 128, "embed_dim": 128, "emb_dim": 128, "embed_size": 128, "hidden_dim": 128, "hidden_size": 128,
    "hidden": 128, "output_dim": 10, "output_size": 10, "out_dim": 10, "tagset_size": 17, "n_tags": 17,
    "num_layers": 2, "n_layers": 2, "dropout": 0.5, "latent_dim": 32, "z_dim": 100, "nz": 100, "ngf": 64, "ndf": 64,
    "nc": 3, "ngpu": 1, "d_model": 128, "nhead": 8, "num_heads": 8, "max_len": 512, "input_dim": 64, "input_size": 64,
    "pad_idx": 0, "num_labels": 10, "num_chars": 37, "imgH": 32, "nclass": 37, "nh": 256, "n_hidden": 128,
}  # fmt: skip
"""Usual values of constructor parameters that the text gives no value; the note names each that is taken."""


@dataclass(slots=True)
class Program:
    """What the top of a file comes to: its names, and the object that its bare lines make up.

    samples  the tensors that modules were called with below their definition, by the module
    loose    modules that stand in lines of their own
    """

    frame: Frame
    root: Instance
    samples: dict[int, list[Sample]] = field(default_factory=dict)
    loose: list[Argument] = field(default_factory=list)


def rewrite(text: str, document: object) -> Rewritten | None:
    """The network of torch code in the words of a spec; None where it cannot be followed."""
    return of_code(text, is_network_alone=isinstance(document, list | dict))


def of_code(text: str, *, is_network_alone: bool) -> Rewritten | None:
    """The same. Of a file lines may be about training and data; where the text is a network alone each line counts."""
    statements = _parsed(text)
    if statements is None:
        return None
    for axes, turning in AXES:
        if axes == "lone" and not _LONE.search(text):
            continue
        work = new_work(axes, turning=turning)
        try:
            rewritten = _rewritten(statements, work, is_network_alone=is_network_alone)
        except OtherAxes:
            continue
        except (Untold, RecursionError) as error:
            if axes == "batch" and not turning:
                return _stuck(statements, work, error)
        else:
            frozen = FROZEN if rewritten is not None and _FREEZES.search(text) else None
            return (
                replace(rewritten, note="; ".join(filter(None, [rewritten.note, frozen])) or None)
                if rewritten
                else None
            )
    return None


def _stuck(statements: Sequence[ast.stmt], work: Work, error: Exception) -> Rewritten | None:
    """Where a network of the text could not be followed; None where it has no class of one."""
    kinds = [node for node in statements if isinstance(node, ast.ClassDef)]
    kinds = [node for node in kinds if any("Module" in ast.unparse(base) for base in node.bases)]
    if not kinds:
        return None
    line = ast.unparse(work.stuck).partition("\n")[0] if work.stuck else f"class {kinds[-1].name}"
    return stuck_at((work.stuck or kinds[-1]).lineno, line, error)


def _parsed(text: str) -> list[ast.stmt] | None:
    if len(text) > MAX_TEXT or not _LOOKS_LIKE_TORCH.search(text):
        return None
    for candidate in (text, textwrap.dedent(text), f"(\n{textwrap.dedent(text)}\n)"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(candidate.expandtabs(4).replace("\N{NO-BREAK SPACE}", " ")).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


# --- the top of a file ---------------------------------------------------------------------------


def _read(statements: Sequence[ast.stmt], work: Work, *, is_network_alone: bool) -> Program:
    """Follow the lines at the top. What cannot be followed there is training or data, and its names are Opaque."""
    root = Instance(Class("Network", (), {}, ()))
    root.steps = []
    names: dict[str, Value] = {"self": root}
    frame = Frame(names, work, names, root.steps, root, open=True)
    program = Program(frame, root)
    for statement in statements:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Name | ast.Attribute):
            if _is_layer_alone(statement):
                raise Untold
            continue  # a name alone does nothing in Python
        before = len(root.steps)
        if is_network_alone:
            # A layer that nothing called yet gives its name to another thing: both were meant, in order.
            names_given = [target.id for target in getattr(statement, "targets", ()) if isinstance(target, ast.Name)]
            replaced = [root.attributes.get(name) for name in names_given]
            modules = [value for value in replaced if isinstance(value, Layer | Container | Instance)]
            if any(not any(module is step.called for step in root.steps) for module in modules):
                raise Untold
        if (
            isinstance(statement, ast.AnnAssign)
            and statement.value is None
            and isinstance(statement.annotation, ast.Call)
        ):
            raise Untold  # `conv1: nn.Conv2d(3, 8, 3)` is a line of a spec, and no annotation
        try:
            if not _take_apart(statement, program):
                run([statement], frame)
        except OtherAxes:
            raise
        except Returned as returned:  # a return at the top, as in the body of a forward
            names["return"] = returned.value
        except Untold:
            if is_network_alone or _is_layer_alone(statement) or _changes_a_network(statement, frame):
                raise
            work.stuck = None
            del root.steps[before:]
            _forget(statement, frame)
    return program


_CHANGES: Final = frozenset(
    {
        "append",
        "extend",
        "insert",
        "pop",
        "add_module",
        "register_module",
        "setattr",
        "register_forward_hook",
        "register_forward_pre_hook",
    }
)
_OF_TRAINING: Final = frozenset({"data", "grad", "requires_grad", "training"})


def _changes_a_network(statement: ast.stmt, frame: Frame) -> bool:
    """Whether a statement puts another module into a network or takes one out: `model.layers[2] = nn.Linear(4, 3)`."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            if not (isinstance(node, ast.Attribute) and node.attr in _OF_TRAINING) and _is_of_network(node, frame):
                return True
        elif isinstance(node, ast.Call):
            words = ast.unparse(node.func).rsplit(".", 1)
            owner = node.args[0] if words == ["setattr"] and node.args else getattr(node.func, "value", None)
            if words[-1] in _CHANGES and owner is not None and _is_of_network(owner, frame):
                return True
    return False


def _is_of_network(node: ast.expr, frame: Frame) -> bool:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    value = frame.names.get(node.id) if isinstance(node, ast.Name) and node.id != "self" else None
    return isinstance(value, Layer | Container | Instance | Class)


def _is_layer_alone(statement: ast.stmt) -> bool:
    """Whether a line is written like a layer, `Dense(10)` or `Tanh`: then it is part of the network, known or not."""
    node = statement.value if isinstance(statement, ast.Expr) else None
    callee = node.func if isinstance(node, ast.Call) else node
    name = callee.attr if isinstance(callee, ast.Attribute) else callee.id if isinstance(callee, ast.Name) else ""
    return name[:1].isupper()


def _take_apart(statement: ast.stmt, program: Program) -> bool:
    """Whether a statement is a module in a line of its own, a call of the network with a sample, or is left out."""
    if isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test):
        for inner in statement.body:
            try:
                if not _take_apart(inner, program):
                    run([inner], program.frame)
            except Untold:
                program.frame.work.stuck = None
                _forget(inner, program.frame)
        return True
    if isinstance(statement, ast.While | ast.With | ast.Try):
        if _changes_a_network(statement, program.frame):
            raise Untold
        _forget(statement, program.frame)
        return True
    attributes = {node.attr for node in ast.walk(statement) if isinstance(node, ast.Attribute)}
    trains = not attributes.isdisjoint(("backward", "step", "zero_grad"))
    if isinstance(statement, ast.For) and program.frame.inputs == [] and trains:
        return True
    value = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
    if isinstance(value, ast.Call) and _is_sampled(value, program):
        if isinstance(statement, ast.Assign):
            _forget(statement, program.frame)
        return True
    if isinstance(statement, ast.Expr) and isinstance(value, ast.Call | ast.Tuple):
        if isinstance(value, ast.Call) and not isinstance(value.func, ast.Attribute | ast.Name):
            return False
        before = len(program.root.steps or [])
        result = evaluate(value, program.frame)
        items: list[Value] = list(result) if isinstance(result, tuple) else [result]
        if len(items) == 2 and isinstance(items[0], Scalar) and isinstance(items[0].value, str):
            items = [tuple(items)]
        for item in items:
            label, module = item if isinstance(item, tuple) and len(item) == 2 else (None, item)
            if isinstance(module, Layer | Container | Instance) and module.place is None:
                program.loose.append((str(label.value) if isinstance(label, Scalar) else None, module))
        return len(program.root.steps or []) >= before
    return False


def _is_sampled(node: ast.Call, program: Program) -> bool:
    """Note the sizes of `model(torch.randn(1, 3, 32, 32))` and of `summary(model, (3, 32, 32))`."""
    if isinstance(node.func, ast.Name) and node.func.id == "print" and len(node.args) == 1:
        inner = node.args[0]
        while isinstance(inner, ast.Attribute | ast.Call) and not (isinstance(inner, ast.Call) and inner.args):
            inner = inner.value if isinstance(inner, ast.Attribute) else inner.func
        return isinstance(inner, ast.Call) and _is_sampled(inner, program)
    try:
        called = evaluate(node.func, program.frame) if isinstance(node.func, ast.Name) else None
        if isinstance(node.func, ast.Name) and node.func.id == "summary":
            called = None
    except Untold:
        program.frame.work.stuck = None
        called = None
    if isinstance(called, Layer | Container | Instance):
        values = [evaluate(argument, program.frame) for argument in node.args]
        if values and all(isinstance(value, Sample) for value in values):
            program.samples[id(called)] = [value for value in values if isinstance(value, Sample)]
            return True
    return False


def _forget(statement: ast.stmt, frame: Frame) -> None:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            frame.names[node.id] = Opaque()
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and frame.owner is not None:
            frame.owner.attributes[node.attr] = Opaque()
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.attr in ("append", "extend", "insert", "add_module")
        ):
            frame.names[node.func.value.id] = Opaque()


# --- the network ---------------------------------------------------------------------------------


def _rewritten(statements: Sequence[ast.stmt], work: Work, *, is_network_alone: bool) -> Rewritten | None:
    program = _read(statements, work, is_network_alone=is_network_alone)
    others = [value for value in program.root.attributes.values() if isinstance(value, Layer | Container | Instance)]
    if program.loose and (program.root.steps or others):
        raise Untold  # layers that stand alone between others that have names
    notes: list[str] = []
    main = _main(program, notes)
    if main is None:
        return None
    if main.steps is None or main is not program.root:
        _follow(main, program, notes)
    if not live_steps(main):
        return None
    if work.axes == "batch" and main.steps is not None:
        # Results whose time stands before the batch, of inputs whose batch comes first, are turned as in the code.
        for tensor in [tensor for tensor in tensors_in(main.result) if tensor.axes == "time"]:
            if not isinstance(main.result, Tensor) or tensor.rank not in (3, None):
                raise Untold
            order = [literal(1), literal(0), literal(2)]
            step = Step("permute", [(None, tensor), *((None, item) for item in order)])
            main.result = result_of(step, main.steps, "any", 3)
    network = network_of(main, work.constants, notes)
    # Further networks in the text.
    held = {id(instance.kind) for instance in objects_below(main)}
    kinds = [value for value in program.frame.names.values() if isinstance(value, Class) and value.is_module]
    held |= {id(base) for kind in kinds for base in kind.bases}
    further = [f"`{kind.name}`" for kind in kinds if id(kind) not in held]
    left_out = _unused(main)
    left_out += [f"{', '.join(further)} stands in the code too: a file holds one network"] if further else []
    if is_network_alone and (left_out or _has_idle_lines(main)):
        raise Untold
    notes = [*work.notes, *network.notes, *left_out]
    called = [step.called for instance in objects_below(main) for step in live_steps(instance)]
    if any(isinstance(layer, Layer) and layer.always for layer in called):
        notes.append("`F.dropout` without `training=self.training` drops in use, too, and `Dropout` does not")
    if work.axes == "time":
        notes.append(TIME_FIRST)
    if work.axes == "lone":
        notes.append(NO_BATCH)
    name = main.kind.name if main is not program.root else None
    return _assembled(main, network, program, name, list(dict.fromkeys(notes)))


def _main(program: Program, notes: list[str]) -> Instance | None:
    """The network that the text is about: the last class that no other uses, or what the bare lines make up."""
    names = program.frame.names
    classes = [value for value in names.values() if isinstance(value, Class) and value.is_module]
    objects = [value for value in names.values() if isinstance(value, Instance) and value.kind in classes]
    used: set[int] = set()
    for user in classes:
        functions = [member.node for member in user.members.values() if isinstance(member, Function)]
        words = {node.id for function in functions for node in ast.walk(function) if isinstance(node, ast.Name)}
        others = [kind for kind in classes if kind is not user]
        used |= {id(kind) for kind in others if kind in user.bases or kind.name in words}
    parts = [value for value in names.values() if isinstance(value, Container)]
    used |= {id(module.kind) for part in parts for module in _modules_in(part) if isinstance(module, Instance)}
    called = [step.called for step in program.root.steps or []]
    if any(isinstance(module, Layer | Container) for module in called):  # the bare lines are a network of their own
        used |= {id(module.kind) for module in called if isinstance(module, Instance)}
    free = [kind for kind in classes if id(kind) not in used]
    if classes and not free and not parts and not called:
        return None
    if free:
        mains = [value for value in objects if value.kind in free]
        return mains[-1] if mains else _of_factory(free, program, notes) or _customary(free[-1], program, notes)
    return _bare(program, notes)


def _modules_in(container: Container) -> list[Module]:
    """The children of a container at any depth, those of objects not among them."""
    modules: list[Module] = []
    for child in container.children.values():
        modules += [child, *(_modules_in(child) if isinstance(child, Container) else [])]
    return modules


def _of_factory(kinds: Sequence[Class], program: Program, notes: list[str]) -> Instance | None:
    """The network that a function of the text makes without being told anything: `def resnet18(): return ResNet(…)`."""
    networks: list[tuple[str, Instance]] = []
    failed: list[tuple[ast.stmt | None, Untold]] = []
    for name, function in program.frame.names.items():
        if not isinstance(function, Function) or not isinstance(function.node, ast.FunctionDef):
            continue
        signature = function.node.args
        count = len(signature.posonlyargs) + len(signature.args) - len(signature.defaults)
        if count or None in signature.kw_defaults or not any(isinstance(n, ast.Return) for n in function.node.body):
            continue
        try:
            network = call_function(function, [], program.frame)
        except Untold as error:
            if any(isinstance(n, ast.Name) and n.id in {kind.name for kind in kinds} for n in ast.walk(function.node)):
                failed.append((program.frame.work.stuck, error))
            program.frame.work.stuck = None
            continue
        if isinstance(network, Instance) and network.kind in kinds:
            networks.append((name, network))
    if failed and not networks:
        program.frame.work.stuck = failed[0][0]
        raise failed[0][1]
    if len(networks) > 1:
        others = ", ".join(f"`{name}`" for name, _ in networks[1:])
        notes.append(f"of the networks that the code makes this is `{networks[0][0]}`; others are {others}")
    return networks[0][1] if networks else None


def _customary(kind: Class, program: Program, notes: list[str]) -> Instance:
    """An object of a class that the text never makes: parameters without a value get a usual one, and a note."""
    constructor = kind.member("__init__")
    arguments: list[Argument] = []
    if isinstance(constructor, Function):
        stated = constructor.defaults
        signature = constructor.node.args
        if signature.vararg is not None:
            raise Untold(f"the text does not say `*{signature.vararg.arg}`")
        missing = [
            parameter.arg
            for parameter in [*signature.posonlyargs, *signature.args, *signature.kwonlyargs][1:]
            if parameter.arg not in stated
        ]
        for name in missing:
            if name in program.frame.names and isinstance(program.frame.names[name], Scalar):
                arguments.append((name, program.frame.names[name]))
            elif name in CUSTOMARY:
                arguments.append((name, literal(CUSTOMARY[name])))
            else:
                raise Untold(f"the text does not say `{name}`; add a line that makes one, `model = {kind.name}(…)`")
        taken = [f"{name} ({CUSTOMARY[name]})" for name in missing if name not in program.frame.names]
        if taken:
            notes.append(f"the code does not say {', '.join(taken)}: put your own numbers under `vars:`")
        bind(constructor, [(None, None), *arguments])
    network = construct(kind, arguments, program.frame)
    if not isinstance(network, Instance):
        raise Untold
    return network


def _bare(program: Program, notes: list[str]) -> Instance | None:
    """Lines without a class: calls of layers, a forward, a Sequential, or definitions alone."""
    root, names = program.root, program.frame.names
    forward = next(
        (names[name] for name in ("forward", "net", "model", "network") if isinstance(names.get(name), Function)), None
    )
    if forward is None and not root.steps:
        functions = [value for value in names.values() if isinstance(value, Function)]
        forward = functions[-1] if functions and not program.loose else None
    if isinstance(forward, Function):
        constructor = names.get("__init__")
        if isinstance(constructor, Function):
            call_function(constructor, [], program.frame, root)
        parameters = [parameter.arg for parameter in forward.node.args.args]
        static = Function(forward.node, forward.around, static=not (parameters and parameters[0] == "self"))
        kind = Class("Network", (), {"forward": static}, ())
        main = Instance(kind, attributes=root.attributes)
        for value in root.attributes.values():
            if (
                isinstance(value, Layer | Container | Instance)
                and value.place is not None
                and value.place.owner is root
            ):
                value.place.owner = main
        return main
    if root.steps:
        root.inputs = program.frame.inputs
        last = root.steps[-1]
        tensors = [value for value in names.values() if isinstance(value, Tensor) and not value.path]
        results = [tensor for tensor in tensors if tensor.source is last]
        root.result = names.get("return", results[-1] if results else Tensor(last))
        return root if root.inputs else None
    if program.loose:
        return in_order(program.loose)
    containers = [value for value in names.values() if isinstance(value, Container) and value.kind == "Sequential"]
    modules = [
        (name, value) for name, value in root.attributes.items() if isinstance(value, Layer | Container | Instance)
    ]
    if len(modules) == 1 and containers:
        name = modules[0][0]
        return in_order([(None, containers[0])] if name in ("model", "net", "network") else modules)
    if not modules:
        return None
    notes.append(NO_FORWARD)
    return in_order([(name, module) for name, module in modules])


def _follow(main: Instance, program: Program, notes: list[str]) -> None:
    """Follow the forward of the main object with inputs of its own."""
    forward = main.kind.member("forward")
    if forward is None and main.children is None:
        modules = [
            (name, value) for name, value in main.attributes.items() if isinstance(value, Layer | Container | Instance)
        ]
        if not modules:
            raise Untold
        notes.append(NO_FORWARD)
        main.children = in_order(modules).children
        assert main.children is not None
        main.children.place = Place(main, "")
    arguments: list[Argument] = []
    if isinstance(forward, Function):
        signature = forward.node.args
        names = [parameter.arg for parameter in (*signature.posonlyargs, *signature.args)]
        names = names if forward.static else names[1:]
        required = names[: len(names) - len(signature.defaults)] if signature.defaults else names
    else:
        required = ["x"]
    arguments += [(None, Tensor(Input(name), axes=program.frame.work.axes)) for name in required]
    if not arguments:
        raise Untold
    call_module(main, arguments, Frame({}, program.frame.work, {}, []))


def _unused(main: Instance) -> list[str]:
    """A note on layers with weights that a forward never calls."""
    unused: dict[str, None] = {}
    for instance in objects_below(main):
        called: list[Value] = [step.called for step in live_steps(instance)]
        for name, value in instance.attributes.items():
            if isinstance(value, Layer | Container | Instance) and carries_weights(value):
                inside = value.children if isinstance(value, Container) else {}
                idle = [key for key, child in inside.items() if not any(child is module for module in called)]
                if any(module is value for module in called):
                    continue
                if inside and len(idle) < len(inside):
                    unused |= {f"`{name}.{key}`": None for key in idle if carries_weights(inside[key])}
                else:
                    unused[f"`{name}`" if instance is main else f"`{name}` of a `{instance.kind.name}`"] = None
    return [f"{', '.join(unused)} is never called in the code's forward and left out"] if unused else []


def _has_idle_lines(main: Instance) -> bool:
    """Whether a step reaches no result, or a module is never called."""
    for instance in objects_below(main):
        steps = live_steps(instance)
        if len(steps) < len(instance.steps or []):
            return True
        called: list[Value] = [step.called for step in steps]
        for value in instance.attributes.values():
            inside = list(value.children.values()) if isinstance(value, Container) else []
            if isinstance(value, Layer | Container | Instance) and not any(
                module is value or any(module is child for child in inside) for module in called
            ):
                return True
    return False


# --- the pieces of the spec ----------------------------------------------------------------------


def _assembled(main: Instance, network: Network, program: Program, name: str | None, notes: list[str]) -> Rewritten:
    samples = program.samples.get(id(main)) or next(iter(program.samples.values()), [])
    inputs: tuple[str, ...] = ()
    single = None
    if len(main.inputs) == 1:
        single = _sizes(samples[0]) if len(samples) == 1 else None
    elif len(samples) == len(main.inputs):
        inputs = tuple(f"{label}: {_sizes(sample)}" for label, sample in zip(input_names(main), samples, strict=True))
    elif len(main.inputs) > 1:
        notes.append(f"the inputs are {', '.join(input_names(main))}: put their sizes under `inputs:`")
    words = set(re.findall(r"[A-Za-z_]\w*", "\n".join([*network.layers, *network.parameters, *network.blocks])))
    values = {
        **program.frame.work.constants,
        **{key: value for key, value in main.arguments.items() if isinstance(value, Scalar)},
    }
    defined = tuple(
        f"{key}: {value.value!r}" for key, value in values.items() if key in words and value.value is not None
    )
    return Rewritten(
        tuple(network.layers),
        input=single,
        inputs=inputs,
        name=name,
        vars=defined,
        blocks=tuple(network.blocks),
        parameters=tuple(network.parameters),
        outputs=network.outputs,
        note="; ".join(notes) or None,
    )


def _sizes(sample: Sample) -> str:
    sizes = ", ".join(str(size) for size in sizes_of(sample)[1:])
    if sample.high is not None:
        return f"{{shape: [{sizes}], dtype: int64, high: {sample.high.value}}}"
    return f"[{sizes}]"


STYLE: Final = Style("torch code", rewrite, doubts=True)
