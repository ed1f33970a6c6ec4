"""How the house reads: the measures of its code, to be compared before and after a change. Prints; asserts nothing.

    python benchmarks/house.py [TREE]

TREE is a checkout, this one by default: `git worktree add ../before COMMIT` gives another. Only the standard library is
needed, and what `netinspect summary` imports.

modules with one importer     those that exactly one other module imports, wherever in its file
longest import chain          modules that import each other one after the other when they load; modules that do so in a
                              circle count each
private functions used once   the name stands once in its module beside its definition, or is imported once elsewhere
called from one place         … and that place is a call; the others stand in a table or are handed over
five lines or less            from `def` to the last line, docstring included
functions run                 netinspect's own, but for loading modules; deep: the most of them on the stack at once
deictic names                 variables and parameters that point at a thing and do not say what it is
"""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEICTIC: Final = frozenset("given found one own whole seen made told shown wanted asked".split())
FEW_LINES: Final = 5

NO_CODE: Final = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
)

PROBE: Final = """
import inspect, json, sys

stack, functions, files, deep = [], set(), set(), 0

def watch(frame, event, _argument):
    global deep
    code = frame.f_code
    if not code.co_filename.startswith(sys.argv[1]) or event not in ("call", "return"):
        return
    if event == "return":
        stack.pop()
        return
    stack.append(code)
    if any(not outer.co_flags & inspect.CO_OPTIMIZED for outer in stack):
        return  # the body of a module or a class, or what it calls: something is being loaded
    if code.co_name[0] != "<":
        functions.add((code.co_filename, code.co_qualname))
        files.add(code.co_filename)
    deep = max(deep, sum(outer.co_name[0] != "<" for outer in stack))

from netinspect.cli.main import main
sys.setprofile(watch)
main(["summary", "lenet"])
sys.setprofile(None)
print(json.dumps({"functions": len(functions), "modules": len(files), "deep": deep}), file=sys.stderr)
"""


@dataclass(frozen=True, slots=True)
class Module:
    """One file: its dotted name, text and syntax tree, and whether it is a package's `__init__`."""

    name: str
    text: str
    tree: ast.Module
    is_package: bool


def main() -> None:
    """Print a line for every measure."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]
    modules = tuple(read_modules(root / "src"))
    for name, value in measures(modules, root).items():
        print(f"{name:52} {value}")


def read_modules(source: Path) -> Iterator[Module]:
    """Every module under a source folder, by name."""
    for path in sorted(source.rglob("*.py")):
        is_package = path.name == "__init__.py"
        parts = (path.parent if is_package else path.with_suffix("")).relative_to(source).parts
        text = path.read_text(encoding="utf-8")
        yield Module(".".join(parts), text, ast.parse(text), is_package)


def measures(modules: tuple[Module, ...], root: Path) -> dict[str, str]:
    """Each measure by its name, as text."""
    names = {module.name for module in modules}
    anywhere = {module.name: imported(ast.walk(module.tree), names) - {module.name} for module in modules}
    on_load = {module.name: imported(when_loaded(module.tree), names) - {module.name} for module in modules}
    importers = Counter(name for names_imported in anywhere.values() for name in names_imported)
    packages = Counter(module.name if module.is_package else module.name.rpartition(".")[0] for module in modules)
    largest, most = packages.most_common(1)[0]
    functions = [function for module in modules for function in private_functions(module)]
    uses = use_counts(modules)
    once = [function for module, function in functions if uses[module.name, function.name] == 1]
    calls = {module.name: called_names(module) for module in modules}
    called = sum(
        function.name in calls[module.name] for module, function in functions if uses[module.name, function.name] == 1
    )
    total = sum(isinstance(node, ast.FunctionDef) for module in modules for node in ast.walk(module.tree))
    few = sum(function.end_lineno - function.lineno < FEW_LINES for function in once if function.end_lineno)
    bindings = Counter(name for module in modules for name in bound(module.tree))
    deictic = sum(bindings[name] for name in DEICTIC)
    comments, code = (sum(counts) for counts in zip(*(lines(module) for module in modules), strict=True))
    run = summary_run(root)
    return {
        "modules": f"{len(modules)}",
        "modules with one importer": f"{sum(importers[name] == 1 for name in names)}",
        "packages": f"{len(packages)}",
        "modules a package": f"{sum(packages.values()) / len(packages):.1f} ({largest} {most})",
        "longest import chain": f"{longest_chain(on_load)}",
        "functions": f"{total:,}",
        "private functions": f"{len(functions):,}",
        "private functions used once": f"{len(once):,} ({share(len(once), total)} of all functions, "
        f"{share(len(once), len(functions))} of the private)",
        "… called from one place": f"{called:,} ({share(called, total)} of all functions)",
        "… of five lines or less": f"{few} ({share(few, total)} of all functions)",
        "functions run by `summary lenet`": f"{run['functions']} in {run['modules']} modules, {run['deep']} deep",
        "deictic names": f"{deictic} of {bindings.total():,} bindings ({share(deictic, bindings.total())})",
        "`# fmt: skip`": f"{sum(module.text.count('# fmt: skip') for module in modules)}",
        "comments": f"{comments} beside {code:,} lines of code ({share(comments, code)})",
    }


def share(part: int, whole: int) -> str:
    """Per cent, with one decimal."""
    return f"{100 * part / whole:.1f} %"


# --- imports ---------------------------------------------------------------------------------


def imported(nodes: Iterator[ast.AST], names: set[str]) -> set[str]:
    """The modules among `names` that these nodes import: the module named, not the packages it lies in."""
    targets: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            targets |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            targets |= members & names
            if members - names:
                targets.add(node.module)
    return targets & names


def when_loaded(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is imported: no bodies of functions, nothing for the type checker alone."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from when_loaded(child)


def longest_chain(imports: Mapping[str, set[str]]) -> int:
    """The number of modules in the longest chain of imports; a circle counts as all of its modules."""
    reached = {name: reach(name, imports) for name in imports}
    circles = {
        name: frozenset({name, *(other for other in reached[name] if name in reached[other])}) for name in imports
    }
    lengths: dict[frozenset[str], int] = {}

    def length(circle: frozenset[str]) -> int:
        if circle not in lengths:
            beyond = {circles[target] for name in circle for target in imports[name]} - {circle}
            lengths[circle] = len(circle) + max((length(other) for other in beyond), default=0)
        return lengths[circle]

    return max(length(circle) for circle in circles.values())


def reach(start: str, imports: Mapping[str, set[str]]) -> set[str]:
    """The modules that `start` leads to, however many steps away; itself only where it lies in a circle."""
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        fresh = imports[waiting.pop()] - reached
        reached |= fresh
        waiting += fresh
    return reached


# --- functions and names ---------------------------------------------------------------------


def private_functions(module: Module) -> Iterator[tuple[Module, ast.FunctionDef]]:
    """The functions and methods of a module whose names begin with one underscore."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_") and not node.name.startswith("__"):
            yield module, node


def use_counts(modules: tuple[Module, ...]) -> Counter[tuple[str, str]]:
    """How often a name is read in its own module, or imported from it by another."""
    counts: Counter[tuple[str, str]] = Counter()
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                counts[module.name, node.id] += 1
            elif isinstance(node, ast.Attribute):
                counts[module.name, node.attr] += 1
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                counts.update((node.module, alias.name) for alias in node.names)
    return counts


def called_names(module: Module) -> set[str]:
    """The names of functions and methods that a module calls."""
    functions = [node.func for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
    names = {node.id for node in functions if isinstance(node, ast.Name)}
    return names | {node.attr for node in functions if isinstance(node, ast.Attribute)}


def bound(tree: ast.Module) -> Iterator[str]:
    """The name of every variable and parameter, once for each place that binds it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def lines(module: Module) -> tuple[int, int]:
    """Comments, and the lines that hold code: docstrings and blank lines are neither."""
    docstrings = {line for start, end in texts(module.tree) for line in range(start, end + 1)}
    comments, code = 0, set[int]()
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        comments += token.type == tokenize.COMMENT and not token.string.startswith(("# fmt:", "# noqa", "# type:"))
        if token.type not in NO_CODE:
            code.update(range(token.start[0], token.end[0] + 1))
    return comments, len(code - docstrings)


def texts(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """First and last line of every text that stands as a statement: docstrings, of constants too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.end_lineno or node.lineno


# --- a run -----------------------------------------------------------------------------------


def summary_run(root: Path) -> dict[str, int]:
    """What runs for `netinspect summary lenet`, after the command line is loaded."""
    source = root.resolve() / "src"
    environment = {**os.environ, "PYTHONPATH": str(source)}
    command = [sys.executable, "-c", PROBE, str(source)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    counts: dict[str, int] = json.loads(result.stderr.splitlines()[-1])
    return counts


if __name__ == "__main__":
    main()
