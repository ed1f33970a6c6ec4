"""The program: typer reads the command line, everything around it (streams, signals, exit codes) is ours.

typer turns a crash and a closed pipe both into exit code 1, and writes tracebacks; here each has its own code.
Commands import what they need when they run, so that `--help` is quick and no command loads torch unasked.
"""

from __future__ import annotations

import atexit
import gc
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from keyword import iskeyword
from typing import Annotated, Any, Final

import typer

from netinspect.cli import failures, output
from netinspect.cli.options import Command
from netinspect.language import STDIN

COMMANDS: Final = (
    *("new", "summary", "compare", "visualize", "verify", "check", "explain", "gallery", "schema"),
    *("import", "export", "explore", "format"),
)
"""Each a module of this package with a function of the same name, its EPILOG, and its COMMAND where it is no plain one;
`import_` for Python's own word."""

_EPILOG = """\b
Examples:
  netinspect new cnn --input 1,64,64 -o net.yaml
  netinspect summary net.yaml
  netinspect summary resnet50 --formula
  netinspect compare vgg16 resnet18 resnet50
  netinspect visualize lenet5 -o figures
  netinspect explore lenet5 -o lenet5.html
  netinspect gallery lenet5 --spec > my.yaml
  netinspect verify my.yaml
  netinspect import model.py:Net --input 3,32,32 -o net.yaml
  netinspect export resnet50 > resnet50.py
  netinspect format specs
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
        word = f"{name}_" if iskeyword(name) else name
        module = import_module(f"netinspect.cli.{word}")
        needs_specs = name not in ("check", "format", "gallery", "schema")
        command = getattr(module, "COMMAND", Command)
        app.command(name, epilog=module.EPILOG, no_args_is_help=needs_specs, cls=command)(getattr(module, word))


def _print_version(is_asked: bool) -> None:
    if is_asked:
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
    failure: BaseException | None = None
    code = 0
    with _signals_raise() as came:
        try:
            stdout = output.safe_output(sys.stdout)
            with redirect_stdout(stdout):
                code = _run(argv, came)
                stdout.flush()
        except BaseException as raised:  # noqa: BLE001  the last place to give a failure its exit code
            failure = raised
    if came:  # whatever the signal's exception was turned into on its way, the signal is what ended the run
        return failures.SIGNALS[came[0]]
    return code if failure is None else failures.report(failure)


def _run(argv: Sequence[str] | None, came: Sequence[str]) -> int:
    """The command's exit code; what it printed before it failed is written out first."""
    words = list(sys.argv[1:] if argv is None else argv)
    # `-:wide` is a variant of standard input, which only looks like an option
    words = [f"{STDIN}{word[1:]}" if word.startswith("-:") else word for word in words]
    try:
        _register(words[:1] if words and words[0] in COMMANDS else COMMANDS)
        result: Any = typer.main.get_command(app).main(args=words, prog_name="netinspect", standalone_mode=False)
    except Exception as failure:
        if came:
            raise
        sys.stdout.flush()  # what is printed comes before what is said of the failure
        return failures.report(failure)
    return result if isinstance(result, int) else 0


@contextmanager
def _signals_raise() -> Iterator[list[str]]:
    """The signals that end a run raise an exception, so that what is half written goes away; and the names of those
    that came. What ignores a signal goes on doing so, as under `nohup`; a thread cannot ask for signals."""
    came: list[str] = []

    def stop(number: int, _frame: object) -> None:
        came.append(signal.Signals(number).name)
        raise KeyboardInterrupt if number == signal.SIGINT else failures.Terminated

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        numbers = [getattr(signal, name) for name in failures.SIGNALS if hasattr(signal, name)]
        before = {number: signal.getsignal(number) for number in numbers}
    complain_of_ignored = sys.unraisablehook
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, stop)
        # a signal that comes while Python tidies up an object is dropped there, with a traceback
        sys.unraisablehook = lambda ignored: None if came else complain_of_ignored(ignored)
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        sys.unraisablehook = complain_of_ignored
