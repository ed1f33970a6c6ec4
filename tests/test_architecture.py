"""Who may import whom, and what a quick command must never load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "netinspect"
PACKAGES = (
    "language",
    "catalogue",
    "network",
    "drafts",
    "analysis",
    "findings",
    "report",
    "reference",
    "starting",
    "importing",
    "exporting",
    "inputs",
    "torch_backend",
    "pictures",
    "explorer",
    "cli",
)
MODULES = tuple(path.stem for path in SOURCE.glob("[a-z]*.py"))

STANDARD = frozenset(sys.stdlib_module_names)
MAY_IMPORT = {
    "errors": (set(), set()),
    "extras": ({"errors"}, set()),
    "arguments": ({"errors"}, set()),
    "files": ({"errors"}, set()),
    "folders": ({"errors", "files"}, set()),
    "language": ({"errors"}, {"yaml"}),
    "catalogue": ({"errors", "language"}, set()),
    "network": ({"errors", "language", "catalogue", "gallery_specs"}, set()),
    "analysis": ({"errors", "language", "catalogue", "network"}, set()),
    "findings": ({"errors", "language", "catalogue", "network", "analysis"}, set()),
    "configuration": ({"errors", "language", "findings"}, set()),
    "drafts": ({"errors", "language", "catalogue", "network"}, {"yaml"}),
    "reading": (
        {"errors", "language", "catalogue", "network", "analysis", "findings", "configuration", "drafts"},
        set(),
    ),
    "starting": ({"errors", "language", "network", "analysis", "findings"}, set()),
    "git": ({"errors"}, set()),
    "baselines": ({"errors", "language", "network", "analysis", "findings", "reading", "git"}, set()),
    "report": (
        {
            "errors",
            "language",
            "catalogue",
            "network",
            "analysis",
            "findings",
            "reading",
            "baselines",
            "checking",
            "version",
        },
        {"rich"},
    ),
    "importing": ({"errors", "language", "catalogue"}, set()),
    "exporting": ({"errors", "language", "catalogue", "network"}, set()),
    "machine": ({"errors", "analysis"}, set()),
    "recording": (set(), {"numpy"}),
    "inputs": (
        {"errors", "extras", "language", "network", "analysis", "machine", "recording"},
        {"numpy", "PIL", "soundfile"},
    ),
    "torch_backend": (
        {
            "errors",
            "extras",
            "files",
            "language",
            "catalogue",
            "network",
            "analysis",
            "importing",
            "inputs",
            "machine",
            "recording",
        },
        {"torch", "torchinfo", "numpy", "PIL", "safetensors"},
    ),
    "pictures": (
        {*PACKAGES, *MODULES} - {"cli", "api", "reference"},
        {"numpy", "PIL", "matplotlib", "torch"},  # torch for its types only
    ),
    "explorer": ({*PACKAGES, *MODULES} - {"cli", "api", "notebook", "reference"}, {"numpy", "PIL"}),
    "api": ({*PACKAGES, *MODULES} - {"cli"}, {"torch"}),  # for its types only
    "notebook": ({*PACKAGES, *MODULES} - {"cli"}, {"torch", "matplotlib", "PIL"}),  # for its types only
    "reference": (
        {
            "errors",
            "files",
            "language",
            "catalogue",
            "network",
            "analysis",
            "findings",
            "configuration",
            "reading",
            "checking",
            "report",
        },
        set(),
    ),
    "cli": ({*PACKAGES, *MODULES}, {"typer", "rich"}),
}


def imports(path):
    """The absolute names of all that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def ours_and_others(names):
    """The parts of netinspect among imported names, and the foreign packages."""
    ours = {name.split(".")[1] for name in names if name.startswith("netinspect.")}
    others = {name.split(".")[0] for name in names} - {"netinspect", "__future__"} - STANDARD
    return ours, others


def violations(part, names):
    """What `part` imports without being allowed to."""
    ours, others = ours_and_others(names)
    allowed, foreign = MAY_IMPORT[part]
    return (ours - allowed - {part}) | (others - foreign)


def files_of(part):
    single = SOURCE / f"{part}.py"
    return [single] if single.exists() else sorted((SOURCE / part).rglob("*.py"))


@pytest.mark.parametrize("part", [part for part in MAY_IMPORT if files_of(part)])
def test_each_part_imports_only_what_it_may(part):
    wrong = {str(path.relative_to(SOURCE)): violations(part, imports(path)) for path in files_of(part)}
    assert {path: names for path, names in wrong.items() if names} == {}


PIXELS = ("errors", "extras", "language.messages", "recording", "pictures.draw", "pictures.look")
"""What the rooms that make pixels and pages may import: printable text, arrays and plain data, nothing of networks."""


@pytest.mark.parametrize("folder", ["draw", "page"])
def test_what_makes_pixels_knows_no_network(folder):
    allowed = tuple(f"netinspect.{name}" for name in (*PIXELS, f"pictures.{folder}"))
    for path in (SOURCE / "pictures" / folder).glob("*.py"):
        assert [name for name in imports(path) if name.startswith("netinspect") and not name.startswith(allowed)] == []


def test_nothing_imports_the_command_line():
    allowed = {SOURCE / "__main__.py"}
    outside = [path for path in SOURCE.rglob("*.py") if "cli" not in path.relative_to(SOURCE).parts]
    guilty = [path for path in outside if any(name.startswith("netinspect.cli") for name in imports(path))]
    assert set(guilty) <= allowed


def test_only_the_grid_of_tables_imports_rich():
    users = {path.name for path in SOURCE.rglob("*.py") if any(name.split(".")[0] == "rich" for name in imports(path))}
    assert users == {"grid.py"}


def test_a_forbidden_import_would_be_seen():
    assert violations("analysis", {"netinspect.report.table.table"}) == {"report"}
    assert violations("catalogue", {"torch.nn"}) == {"torch"}
    assert violations("language", {"yaml.CParser", "os.path", "netinspect.errors.Span"}) == set()


# --- names -----------------------------------------------------------------------------------

DEICTIC = frozenset("given found one own whole seen made told shown wanted asked".split())
"""Words that point at a thing and do not say what it is, as `benchmarks/house.py` counts them."""


def bound_names(tree):
    """The name of every variable, field and parameter that a module binds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def test_variables_say_what_they_are():
    pointing = {}
    for path in SOURCE.rglob("*.py"):
        place = path.relative_to(SOURCE).as_posix()
        names = DEICTIC.intersection(bound_names(ast.parse(path.read_text(encoding="utf-8"))))
        if names:
            pointing[place] = sorted(names)
    assert pointing == {}


def test_a_name_that_points_would_be_seen():
    tree = ast.parse("def area(given):\n    return [one for one in given]\n\nclass A:\n    made: int = 0\n")
    assert DEICTIC.intersection(bound_names(tree)) == {"given", "one", "made"}


# --- what a run loads ------------------------------------------------------------------------

HEAVY = ("torch", "numpy", "matplotlib", "PIL", "torchinfo")
PROBE = """
import sys
{first}
from netinspect.cli.main import main
code = main({arguments!r})
loaded = sorted(name for name in {heavy!r} if name in sys.modules)
print(code, loaded, file=sys.stderr)
"""


def probe(arguments, first=""):
    """The last line on stderr of a process that runs a command: its exit code and the heavy modules it loaded."""
    program = PROBE.format(first=first, arguments=arguments, heavy=HEAVY)
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    return result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["summary", "--help"],
        ["explain", "E203"],
        ["explain", "W110"],
        ["summary", "lenet5"],
        ["export", "lenet5"],
        ["summary", "lenet5", "--format", "json"],
        ["summary", "lenet5", "--format", "csv"],
        ["summary", "lenet5", "--format", "markdown"],
        ["compare", "--help"],
        ["compare", "lenet5", "--formula", "--separable"],
        ["compare", "lenet5", "alexnet", "--per-layer"],
        ["compare", "lenet5", "--format", "json"],
        ["compare", "--layer", "Conv2d(1, kernel_size=3)", "--input", "1,9,9"],
        ["compare", "--baseline", "lenet5", "lenet5", "--fail-on-increase", "params"],
        ["new", "cnn"],
        ["explain", "Conv2d"],
        ["explain", "padding"],
        ["explain", "W201"],
        ["gallery"],
        ["schema"],
    ],
)
def test_quick_commands_load_no_torch_numpy_or_matplotlib(arguments):
    assert probe(arguments) == "0 []"


@pytest.mark.parametrize("attends", ["attn(prev, prev, prev): MultiheadAttention(num_heads=2, batch_first=True)",
                                     "softmax(prev @ transpose(prev, 1, 2), dim=-1) @ prev"])  # fmt: skip
def test_a_dry_run_loads_no_torch(attends, tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text(f"input: {{shape: {{time: 5, features: 4}}}}\nlayers:\n  - {attends}\n")
    assert "torch" not in probe(["visualize", str(spec), "-o", str(tmp_path / "out"), "--dry-run", "--all"])


def test_a_wrong_spec_loads_no_torch(tmp_path):
    spec = tmp_path / "net.yaml"
    spec.write_text("input: [1, 8, 8]\nlayers:\n  - Covn2d(6, kernel_size=5)\n")
    assert probe(["summary", str(spec)]) == "2 []"


@pytest.mark.slow
@pytest.mark.parametrize(("option", "loaded"), [("--measure", "torch"), ("--plot", "matplotlib")])
def test_compare_loads_what_is_heavy_only_when_asked(option, loaded, tmp_path):
    given = [option, str(tmp_path / "x.png")] if option == "--plot" else [option, "--measure-limit", "1KiB"]
    assert f"'{loaded}'" in probe(["compare", "lenet5", *given])


def test_the_probe_sees_a_heavy_module():
    assert probe(["--help"], first="import numpy") == "0 ['numpy']"


def test_a_table_loads_rich_only_to_wrap_it():
    program = (
        "import sys; from netinspect.cli.main import main; main(sys.argv[1:]); "
        "print('rich' in sys.modules, file=sys.stderr)"
    )
    loaded = {}
    for form in ("json", "table"):
        command = [sys.executable, "-c", program, "summary", "lenet5", "--format", form]
        loaded[form] = subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()[-1]
    assert loaded == {"json": "False", "table": "False"}
