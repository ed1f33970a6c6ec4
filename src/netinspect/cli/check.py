"""`netinspect check`: is anything wrong with the specs of a repository?"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from netinspect.cli import options, output
from netinspect.cli.options import Dtype
from netinspect.configuration import LIMITS, amount, configuration
from netinspect.errors import InputError
from netinspect.findings import Bound
from netinspect.report.check import FORMATS

if TYPE_CHECKING:
    from netinspect.baselines import Earlier
    from netinspect.checking import Check, CheckedFile, CheckedNetwork, Targets
    from netinspect.reading import Settings

EPILOG = """\
A SPEC is a file, a folder, a pattern, FILE:VARIANT, - for standard input, or the name of a gallery network. Without
one: what `include` in netinspect.toml or [tool.netinspect] names, or the folder specs. Every file is checked with all
of its variants: mistakes, warnings, `expect`, `budget`.

\b
Examples:
  netinspect check
  netinspect check specs 'models/**/*.yaml' --max-params 5M
  netinspect check specs --baseline git:main --fail-on-increase params,macs=5%
  netinspect check net.yaml --diff
  netinspect check --explain W201
"""

_INTERVAL: Final = 0.2
"""Seconds between two looks at the files that are watched."""

Format = StrEnum("Format", {name: name for name in FORMATS})  # type: ignore[misc]  # read from the table of formats

MaxParams = Annotated[
    str | None, typer.Option("--max-params", metavar="N", help="Most parameters of any network: 100k.")
]
MaxMacs = Annotated[str | None, typer.Option("--max-macs", metavar="N", help="Most multiply-accumulates: 50M.")]
MaxParamMemory = Annotated[
    str | None, typer.Option("--max-param-memory", metavar="SIZE", help="Most bytes of parameters: 2MiB.")
]
MaxPeakMemory = Annotated[
    str | None, typer.Option("--max-peak-memory", metavar="SIZE", help="Most bytes of activations: 8MiB.")
]


@options.reads_specs
def check(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SPEC|DIR|GLOB]...",
            help="What to check.",
            autocompletion=options.gallery_names,
            show_default=False,
        ),
    ] = None,
    *,
    format: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="How to write it.  [default: text; github inside GitHub Actions]"),
    ] = None,
    max_params: MaxParams = None,
    max_macs: MaxMacs = None,
    max_param_memory: MaxParamMemory = None,
    max_peak_memory: MaxPeakMemory = None,
    baseline: options.Baseline = None,
    fail_on_increase: options.FailOnIncrease = None,
    batch_size: options.BatchSize = 1,
    dtype: options.DtypeOption = Dtype.float32,
    settings: Settings,
    only_specs: options.OnlySpecs = False,
    allow_custom_layers: Annotated[
        bool,
        typer.Option("--allow-custom-layers", help="Run the file that `custom-layers` of the configuration names."),
    ] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what has a certain fix, and show what was changed.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Only show what --fix would change.")] = False,
    update_expect: Annotated[
        bool, typer.Option("--update-expect", help="With --fix or --diff: write the new figures under `expect`, too.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Check again whenever a spec is saved.")] = False,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="CODE", help="Tell what a code means, and stop.")
    ] = None,
    output_file: options.OutputFile = None,
) -> int:
    """Is anything wrong with the specs of a repository?"""
    if explain is not None:
        from netinspect.reference import explain as explanation

        output.write(explanation(explain).rstrip("\n") + "\n", None)
        return 0
    from netinspect.analysis.baseline import limits
    from netinspect.checking import targets

    if fail_on_increase is not None and baseline is None:
        raise InputError("--fail-on-increase is for --baseline")
    if update_expect and not (fix or diff):
        raise InputError("--update-expect is for --fix, or for --diff, which only shows it")
    if watch and (fix or diff or output_file is not None):
        raise InputError("--watch only shows what it finds; leave out --fix, --diff and -o")
    if settings.models and (fix or diff or watch):
        raise InputError("--fix, --diff and --watch are for files of specs, not for --torch")
    words = tuple(specs or ())
    read = (*words, *([baseline] if baseline is not None else ()))
    if (fix or diff or watch) and "-" in read:
        raise InputError("--fix, --diff and --watch read a spec more than once, and standard input can be read once")
    if diff and format is not None:
        raise InputError("--diff prints a diff; leave out --format")
    options.refuse_typing(read)
    most = {
        "max-params": max_params,
        "max-macs": max_macs,
        "max-param-memory": max_param_memory,
        "max-peak-memory": max_peak_memory,
    }
    bounds = []
    for key, text in most.items():
        try:
            bounds += [Bound(LIMITS[key], amount(key, text), f"--{key}")] if text is not None else []
        except InputError as error:
            raise InputError(f"--{key}: {error}") from None
    settings = replace(settings, batch_size=batch_size, dtype=dtype.value, bounds=tuple(bounds))
    named_file = configuration(Path.cwd()).custom_layers
    if settings.custom_layers is None and named_file is not None and allow_custom_layers:
        settings = replace(settings, layers=options.custom_layer_types(named_file))
    allowed = limits(fail_on_increase) if fail_on_increase is not None else ()

    def present() -> Targets:
        return targets(words, Path(), only_specs=only_specs, models=tuple(settings.models))

    def run(done: dict[str, CheckedFile]) -> Check:
        from netinspect.checking import check as check_all

        which = present()
        return check_all(which, settings, _earlier(baseline, settings, which), allowed, done)

    if output_file is not None:
        inputs = (*present().references, *read[len(words) :])
        options.refuse_overwriting([output_file], inputs, [settings.custom_layers])
    if fix or diff:
        return _fix(run, output_file, writes=fix, form=_form(format), updates=("E601",) if update_expect else ())
    if watch:
        return _watch(run, present, _form(format))
    outcome = run({})
    _write(outcome, _form(format), output_file)
    return outcome.exit_code


def _form(format: Format | None) -> str:
    """The format that is asked for: by the option, else by the environment if it names one of these."""
    if format is not None:
        return format.value
    if (named := os.environ.get("NETINSPECT_FORMAT")) in FORMATS:
        return named
    return "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"


def _write(outcome: Check, form: str, output_file: Path | None) -> None:
    from netinspect.report.check import document

    color = output_file is None and output.color()
    text = document(outcome, form, color=color)
    output.write(output.without_commands(text) if form in ("text", "concise") else text, output_file)


# --- what the options mean -----------------------------------------------------------------------


def _earlier(
    baseline: str | None, settings: Settings, which: Targets
) -> Callable[[Sequence[CheckedNetwork]], Earlier] | None:
    """How to get the states of the baseline, once it is known which specs there are."""
    if baseline is None:
        return None

    def earlier(networks: Sequence[CheckedNetwork]) -> Earlier:
        from netinspect.baselines import earlier_states

        files = [network.path for network in networks if network.path is not None]
        return earlier_states(baseline, settings, files, which.folders)

    return earlier


# --- fixing --------------------------------------------------------------------------------------


def _fix(
    run: Callable[[dict[str, CheckedFile]], Check],
    output_file: Path | None,
    *,
    writes: bool,
    form: str,
    updates: Sequence[str],
) -> int:
    """Show the edits of all certain fixes, and of what is suggested for the codes `updates`; with `writes` make them.
    What is left is told after that."""
    from netinspect.files import write
    from netinspect.fixing import mended, unified_diff
    from netinspect.report.check import certain_fixes, counts

    outcome = run({})
    text = ""
    for file in outcome.files:
        edits = [edit for finding in file.findings for edit in finding.diagnostic.fix]
        edits += [
            edit for finding in file.findings if finding.code in updates for edit in finding.diagnostic.suggestion
        ]
        if file.path is None or not edits:
            continue
        old = file.path.read_bytes()
        new = mended(old, edits)
        text += unified_diff(str(file.path), old, new)
        if writes:
            write(file.path.resolve(), new)  # a link stays a link
    text = output.without_commands(text)
    if writes and form not in ("text", "concise"):
        output.complain(text)  # standard output is for the document
    else:
        output.write(text, output_file)
    if not writes:
        output.complain(f"{counts(outcome)}; {certain_fixes(outcome) or 'none'} with a certain fix")
        return max(outcome.exit_code, int(bool(text)))
    left = run({})
    _write(left, form, None)
    return left.exit_code


# --- watching ------------------------------------------------------------------------------------


def _watch(run: Callable[[dict[str, CheckedFile]], Check], present: Callable[[], Targets], form: str) -> int:
    """Check, and again whenever one of the files changes, until the user ends it. Only what changed is read again."""
    from netinspect.language.messages import printable

    done: dict[str, CheckedFile] = {}
    before: dict[str, tuple[int, int]] | None = None
    while True:
        configuration.cache_clear()  # it may have been saved, too
        try:
            now = _stamps(present().references)
        except InputError as error:  # a file is replaced, or the configuration half written: another look will tell
            now = {str(error): (0, 0)}
            if now != before:
                output.complain(f"error: {printable(str(error))}")
                before = now
            time.sleep(_INTERVAL)
            continue
        if now != before:
            changed = [name for name in now if before is not None and now[name] != before.get(name)]
            if before is not None:
                output.write(f"\n--- {', '.join(changed) or 'a file is gone'}\n", None)
            has_other_settings = any(now.get(name) != (before or {}).get(name) for name in _settings_files(now))
            done = {name: file for name, file in done.items() if now.get(name) == (before or {}).get(name)}
            if has_other_settings:
                done = {}
            outcome = run(done)
            done = {file.reference: file for file in outcome.files}
            _write(outcome, form, None)
            before = now
        time.sleep(_INTERVAL)


def _settings_files(references: Iterable[str]) -> set[str]:
    """The files of the configurations that hold for these specs."""
    folders = {Path(reference).resolve().parent for reference in references}
    return {str(file) for folder in folders if (file := configuration(folder).file) is not None}


def _stamps(references: Sequence[str]) -> dict[str, tuple[int, int]]:
    """When each file was written, and its size, those of the configurations too; (0, 0) for what is no file."""
    from netinspect.network.load import file_of

    stamps = {}
    for reference in (*references, *sorted(_settings_files(references))):
        try:
            status = Path(file_of(reference)).stat()
            stamps[reference] = (status.st_mtime_ns, status.st_size)
        except OSError:
            stamps[reference] = (0, 0)
    return stamps
