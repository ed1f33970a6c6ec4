"""The program: typer reads the command line, everything around it (streams, signals, exit codes) is ours.

typer turns a crash and a closed pipe both into exit code 1, and writes tracebacks; here each has its own code.
Commands import what they need when they run, so that `--help` is quick and no command loads torch unasked.
"""

from __future__ import annotations

import atexit
import gc
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from typing import Annotated, Any, Final

import typer

from netinspect.cli import failures, streams

COMMANDS: Final = ("summary", "compare", "visualize", "verify", "check", "gallery", "schema")
"""Each a module of this package with a function of the same name, its EPILOG, and a CLASS where it needs its own."""

_EPILOG = """\b
Examples:
  netinspect summary net.yaml
  netinspect summary resnet50 --formula
  netinspect compare vgg16 resnet18 resnet50
  netinspect visualize lenet5 -o figures
  netinspect gallery lenet5 --spec > my.yaml
  netinspect verify my.yaml
"""

app = typer.Typer(
    name="netinspect",
    help="Shapes, parameters and cost of a neural network, from a short YAML spec.",
    epilog=_EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _register(names: Iterable[str]) -> None:
    """Make commands known to typer. Only the one that is asked for, as a rule: reading the options of all takes as long
    as a small summary."""
    app.registered_commands.clear()  # of an earlier run in the same process
    for name in names:
        module = import_module(f"netinspect.cli.{name}")
        command_class = getattr(module, "CLASS", None)
        needs_specs = name not in ("check", "gallery", "schema")
        app.command(name, epilog=module.EPILOG, no_args_is_help=needs_specs, cls=command_class)(getattr(module, name))


def _print_version(wanted: bool) -> None:
    if wanted:
        from netinspect.version import VERSION

        typer.echo(f"netinspect {VERSION}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """The options before a command."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run netinspect with these arguments (default: the process's own). Returns the exit code, never raises."""
    gc.set_threshold(50_000, 20, 20)  # a run makes little garbage and ends soon; the default costs a tenth of it
    if argv is None:
        atexit.register(gc.freeze)  # at the end nothing is looked for in all of torch: that takes half a second
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        output = streams.safe_output(sys.stdout)
        with redirect_stdout(output):
            code = _run(argv)
            output.flush()
    except BaseException as failure:  # noqa: BLE001  the last place to give a failure its exit code
        return failures.report(failure)
    finally:
        signal.signal(signal.SIGTERM, before)
    return code


def _run(argv: Sequence[str] | None) -> int:
    """The command's exit code; what it printed before it failed is written out first."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        _register(words[:1] if words and words[0] in COMMANDS else COMMANDS)
        result: Any = typer.main.get_command(app).main(
            args=None if argv is None else list(argv), prog_name="netinspect", standalone_mode=False
        )
    except Exception as failure:  # noqa: BLE001  what is printed comes before what is said of the failure
        sys.stdout.flush()
        return failures.report(failure)
    return result if isinstance(result, int) else 0


def _terminate(_signal: int, _frame: object) -> None:
    raise failures.Terminated
