"""A process that runs verbs one after the other, watched from outside.

A verb runs as from the command line, but in a process that has imported everything already: some
hundred cases a second instead of five. What it prints is caught at the file descriptors, so that
a library's panic is seen too.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CPU_SECONDS = 2.0
"""What a case may take; a verb that tries claims has a budget of its own."""

PATIENCE = 60.0
"""Seconds of the clock after which a process that does not answer is ended."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its status (negative after a signal), what it said, and if it hung."""

    status: int
    out: bytes
    err: bytes
    hung: bool = False


class Worker:
    """The process, started when it is needed and started anew after it has died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._served = 0
        self._folder = Path(tempfile.mkdtemp(prefix="nnspec-fuzz-"))

    def run(self, arguments: list[str], folder: Path, seconds: float = CPU_SECONDS) -> Outcome:
        """One command in a folder."""
        process = self._ready()
        self._served += 1
        request = {
            "arguments": arguments, "folder": str(folder), "seconds": seconds,
            "out": str(self._folder / "out"), "err": str(self._folder / "err"),
        }  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        answered, _, _ = select.select([process.stdout], [], [], PATIENCE)
        line = process.stdout.readline() if answered else ""
        out, err = ((self._folder / name).read_bytes() for name in ("out", "err"))
        if line:
            answer = json.loads(line)
            return Outcome(answer["status"], out, err, answer["hung"])
        status = process.wait() if answered else None
        self.close()
        return Outcome(-signal.SIGKILL if status is None else status, out, err, hung=not answered)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            with self._process:  # closes its pipes, and waits
                pass
            self._process = None

    def _ready(self) -> subprocess.Popen[str]:
        if self._process is not None and self._served > 400:  # what libraries keep is let go
            self.close()
        if self._process is None:
            self._served = 0
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.worker"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env={**os.environ, "NNSPEC_TRACEBACK": "1", "POLARS_MAX_THREADS": "1"},
            )  # fmt: skip
        return self._process


# -- inside the process ---------------------------------------------------------------------------


class HungError(BaseException):
    """The time of a case is over; no handler of a verb may catch it."""


def _over(*_: Any) -> None:
    raise HungError


def serve() -> None:
    """Read requests from standard input, answer on what was standard output."""
    from nnspec.cli import cli
    from nnspec.cli.streams.exit_status import run_guarded

    requests, answers = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    signal.signal(signal.SIGPROF, _over)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for line in requests:
        request = json.loads(line)
        os.chdir(request["folder"])
        for number, name in ((1, "out"), (2, "err")):
            file = os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, number)
            os.close(file)
        sys.argv = ["nnspec", *request["arguments"]]
        status, hung = _one(cli, run_guarded, request["seconds"])
        answers.write(json.dumps({"status": status, "hung": hung}) + "\n")
        answers.flush()


def _one(cli: Any, run_guarded: Any, seconds: float) -> tuple[int, bool]:
    import traceback

    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        status = run_guarded(cli)
        signal.setitimer(signal.ITIMER_PROF, 0)
        return status, False
    except HungError:
        traceback.print_exc()
        return 0, True
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1, False
    except BaseException:
        traceback.print_exc()
        return 2, False
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()


if __name__ == "__main__":
    serve()
