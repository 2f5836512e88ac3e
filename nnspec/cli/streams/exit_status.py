"""What may go wrong in a verb, and how the command line ends then.

Exit status: 0 fine; 1 the spec or the data has faults; 2 the command could not be carried out;
5 a test had nothing to try, as pytest says it;
130 and 143 after SIGINT and SIGTERM; 141 when the reader of standard output went away.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys

import click

from nnspec.cli.streams.signals import RaisedSignals
from nnspec.cli.streams.standard import mend_standard_streams
from nnspec.diagnostics import CannotError, NnspecError, SpecError
from nnspec.diagnostics.suggestions import printable

FINE, FAULTY, FAILED, NOTHING, NO_READER = 0, 1, 2, 5, 141

COMPLETING = "_NNSPEC_COMPLETE"
"""Set in the environment by a shell that wants completions."""


def run_guarded(command: click.Command) -> int:
    """Run a command and turn whatever happens into an exit status and at most a few lines."""
    signals = RaisedSignals()
    try:
        mend_standard_streams()
        with signals:
            status = _run(command)
            sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
        status = NO_READER
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    except OSError as error:
        _forget_stdout()
        status = _complain(_of_os_error(error))
    return status if signals.received is None else 128 + signals.received


def _run(command: click.Command) -> int:
    try:
        if COMPLETING in os.environ:
            command.main(prog_name="nnspec", standalone_mode=False)
        # Not by its main(), which takes a broken pipe for a fault of its own.
        with command.make_context("nnspec", sys.argv[1:]) as context:
            result = command.invoke(context)
        return result if isinstance(result, int) else FINE
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return FAILED
    except SpecError as error:
        from nnspec.cli.reporters.diagnostics import report_text

        report_text(error.diagnostics, sys.stderr)
        return FAULTY
    except CannotError as error:
        return _complain(with_help(error))
    except NnspecError as error:
        _complain(with_help(error))
        return FAULTY
    except MemoryError:
        return _complain("not enough memory")
    except (OSError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of a library in Rust is no Exception
        if os.environ.get("NNSPEC_TRACEBACK"):
            raise
        kind = type(error).__name__
        return _complain(
            f"internal error, {kind}: {error}\n"
            "This is a fault of nnspec. NNSPEC_TRACEBACK=1 shows where; please report it."
        )


def _complain(message: str) -> int:
    lines = [printable(line) for line in message.splitlines()]
    # Standard error may be closed or full; the exit status still says it.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        print("nnspec: " + "\n".join(lines), file=sys.stderr, flush=True)
    return FAILED


def with_help(error: NnspecError) -> str:
    """What an error says, and on a line of its own what to do about it."""
    mend = getattr(error, "help", "")
    return f"{error}\nhelp: {mend}" if mend else str(error)


def _of_os_error(error: OSError) -> str:
    reason = error.strerror or str(error)
    name = error.filename
    shown = os.fsdecode(name) if isinstance(name, str | bytes) else None
    return f"{reason}: {shown}" if shown else reason


def _forget_stdout() -> None:
    """Keep the interpreter from flushing to a closed or full stream once more as it ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
