"""The start of the `netinspect` script and of `python -m netinspect`.

A signal may come while Python still reads the modules of the program, which takes longer than many a run. So the
signals are taken over before anything else is imported: until a command runs there is nothing to clean up, and the
process ends at once, without a traceback. `cli.main` takes them over from here.
"""

import signal
import sys
from os import _exit

_CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 143}


def _take_over() -> None:
    """End at once where one of the signals comes. One that was ignored when we were started stays so, as by `nohup`."""
    for name in _CODES:
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, _frame: object) -> None:
    _exit(_CODES[signal.Signals(number).name])


def main() -> int:
    """Run the command line; its exit code."""
    _take_over()
    from netinspect.cli.main import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
