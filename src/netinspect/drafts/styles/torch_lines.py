"""Specs that mix lines of a spec with statements of torch code: `- conv1: nn.Conv2d(3, 64, 3)`, `- x = F.relu(x)`.

The whole file becomes a torch program, a class for each block and one for the network, which is then followed as torch
code. Further lists of the file, `encoder:` or `DoubleConv(cin, cout):`, are parts of the network that its layers call,
and a list `forward` calls the layers of the file, as code does.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from netinspect.drafts.style import Rewritten, Style
from netinspect.drafts.styles.torch_code import of_code
from netinspect.drafts.torch_program.classes import class_of
from netinspect.drafts.torch_program.statements import (
    Block,
    Line,
    all_lines,
    is_parameter,
    layer_name,
    names_called_in,
    names_in,
    read_blocks,
    read_line,
    read_lines,
)
from netinspect.drafts.torch_program.torch_calls import CONTAINERS
from netinspect.drafts.torch_program.values import Untold
from netinspect.language.parse import KEYS

_NETWORK: Final = "Network_of_the_file"


def rewrite(text: str, document: object) -> Rewritten | None:  # noqa: ARG001  a style is told both
    """The network of such a file; None where it holds no statement, or cannot be followed."""
    file = document if isinstance(document, dict) else {"layers": document}
    try:
        return _rewritten(file)
    except Untold:
        return None


def _rewritten(file: Mapping[str, object]) -> Rewritten | None:
    further = {key: content for key, content in file.items() if key not in KEYS and key != "forward"}
    headed = {key: content for key, content in further.items() if "(" in key or key[:1].isupper()}
    blocks = tuple(read_blocks({**_section(file, "blocks"), **headed}))
    parts = tuple(read_line({key: content}) for key, content in further.items() if key not in headed)
    lines = read_lines(file.get("layers"))
    if "forward" in file:
        parts, lines = (*parts, *lines), read_lines(file["forward"])
    defined = frozenset(part.name for part in parts if part.name)
    everything = [*parts, *lines, *(line for block in blocks for line in block.lines)]
    alone = {ast.unparse(line.body) for line in everything if isinstance(line.body, ast.Expr)}
    if not defined <= names_called_in(everything) | alone:
        return None
    if not (defined or headed or any(map(_is_code, all_lines(everything))) or _reads_a_name_twice(lines)):
        return None
    inputs = tuple(_section(file, "inputs")) or ("input",)
    outputs, constants, parameters = file.get("outputs"), _section(file, "vars"), _section(file, "parameters")
    sizes = {name: ", ".join(map(str, value)) for name, value in parameters.items() if isinstance(value, list)}
    if len(sizes) < len(parameters):
        raise Untold
    kinds = frozenset(block.name for block in blocks)
    program = [
        *(f"{name} = {value}" for name, value in constants.items()),
        *(class_of(block, kinds, constants) for block in blocks),
        class_of(
            Block(_NETWORK, "", inputs, (*parts, *lines)),
            kinds,
            constants,
            defined=defined,
            parameters={name: f"nn.Parameter(torch.zeros({text}))" for name, text in sizes.items()},
            result=_returned(outputs) if outputs else None,
        ),
        # a call, so that nothing is said of the sizes of the inputs, which the file has
        f"network = {_NETWORK}()\nnetwork({', '.join(['torch.zeros(1)'] * len(inputs))})",
    ]
    rewritten = of_code("\n".join(program), is_network_alone=True)
    if rewritten is None or rewritten.stuck:
        return None
    has_outputs = isinstance(outputs, list) and rewritten.outputs == f"[{', '.join(map(str, outputs))}]"
    has_parameters = set(rewritten.parameters) == {f"{name}: {sizes}" for name, sizes in parameters.items()}
    stays = {"blocks": False, "forward": False, "outputs": has_outputs, "parameters": has_parameters}
    return replace(
        rewritten,
        name=None,
        input=None,
        inputs=(),
        outputs=None if has_outputs else rewritten.outputs,
        parameters=() if has_parameters else rewritten.parameters,
        consumed=(*further, *(key for key, is_there in stays.items() if file.get(key) and not is_there)),
    )


def _section(file: Mapping[str, object], key: str) -> dict[str, object]:
    """The mapping below a key, empty where the file has none."""
    section = file.get(key) or {}
    if not isinstance(section, dict):
        raise Untold
    return section


def _returned(outputs: object) -> str:
    """What the file says it returns, as a dict of code."""
    pairs = dict(zip(outputs, outputs, strict=True)) if isinstance(outputs, list) else outputs
    if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
        raise Untold
    return f"{{{', '.join(f'{name!r}: {value}' for name, value in pairs.items())}}}"


def _is_code(line: Line) -> bool:
    """Whether a line holds what stands in code and never in a spec: an assignment to a name that was there before,
    `return`, `self.`, a layer that is made and called at once, a Sequential."""
    if line.is_of_self or isinstance(line.body, tuple):
        return line.is_of_self
    match line.body:
        case ast.Expr():
            is_statement = False
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            is_statement = bool(names_in(value) & {"x", name})  # of any other the `=` is to be a colon
        case _:
            is_statement = True
    return is_statement or any(
        (isinstance(node, ast.Name) and node.id == "self")
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Call))
        or (isinstance(node, ast.expr) and (layer_name(node) in CONTAINERS or is_parameter(node)))
        for node in ast.walk(line.body)
    )


def _reads_a_name_twice(lines: Sequence[Line]) -> bool:
    """Whether a name is given again to what is made of it, as in `x: F.relu(x)` below `x: conv(x)`, or with `=`."""
    counts = Counter(line.name for line in lines if line.name)
    return any(
        line.name
        and counts[line.name] > 1
        and (line.is_assigned or (isinstance(line.body, ast.stmt) and line.name in names_in(line.body)))
        for line in lines
    )


def layer_of(body: str) -> str | None:
    """The layer that is meant by a function of what runs through the network: `F.dropout(x, 0.2)` is `Dropout(0.2)`."""
    try:
        line = read_line(body)
        call = line.body.value if isinstance(line.body, ast.Expr) else None
        if not isinstance(call, ast.Call) or not {n for value in call.args for n in names_in(value)} <= {"x", "prev"}:
            return None
        program = class_of(Block(_NETWORK, "", ("input",), (line,)), frozenset())
    except (Untold, RecursionError):
        return None
    rewritten = of_code(program, is_network_alone=True)
    lines = rewritten.layers if rewritten else ()
    return lines[0].removeprefix("- ") if len(lines) == 1 else None


STYLE: Final = Style("torch code", rewrite, doubts=True, of_files=True, layer_of=layer_of)
