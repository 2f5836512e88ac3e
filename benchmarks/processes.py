"""Whole processes, run in turns: what each took of the processor, of time and of memory."""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass
class Runs:
    """What the runs of one command took: seconds of all its threads, seconds by the clock, MiB."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    peak_mib: list[float] = field(default_factory=list)

    @property
    def median_cpu(self) -> float:
        """The median of the CPU seconds."""
        return statistics.median(self.cpu)


def python(*arguments: str) -> list[str]:
    """The command that runs Python itself."""
    return [sys.executable, *arguments]


def run_once(command: Sequence[str], runs: Runs) -> None:
    """Run a command to its end, and note what it took."""
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        said = b"" if process.stdout is None else process.stdout.read()
        # Of this child alone: getrusage() would add up all of them.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}")
    runs.cpu.append(usage.ru_utime + usage.ru_stime)
    runs.wall.append(time.perf_counter() - started)
    for line in said.decode().splitlines():
        if line.startswith("VmHWM:"):
            runs.peak_mib.append(int(line.split()[1]) / 1024)


def in_turns(commands: Mapping[str, Sequence[str]], repetitions: int) -> dict[str, Runs]:
    """Run each command so many times, one after the other, so that all share the same weather."""
    # As an installation does: else every process would compile nnspec's modules anew.
    compileall.compile_dir(ROOT / "nnspec", quiet=2)
    found = {name: Runs() for name in commands}
    for _ in range(repetitions):
        for name, command in commands.items():
            run_once(command, found[name])
    return found


def print_peak() -> None:
    """Print how much memory this process has held at most, for :func:`run_once`.

    Not getrusage's ru_maxrss: that of a child begins with what its parent held.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(next(line for line in status.splitlines() if line.startswith("VmHWM")), flush=True)


def render(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, its columns aligned."""
    widths = [max(len(row[i]) for row in [headings, *rows]) for i in range(len(headings))]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |"
        for row in [headings, rule, *rows]
    )
