"""Whether polars still works in this process: a fork takes its locks along, but not its threads.

A process that is forked from one in which polars has been at work waits for ever where polars would
use its threads. What needs none of them is done without, there.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_TASKS = Path("/proc/self/task")
_WORKER = re.compile(r"polars-\d+")


class _Threads:
    """The state of polars' threads over forks."""

    run = False
    lost = False


def threads_are_lost() -> bool:
    """Whether polars was at work in a process that this one was forked from."""
    return _Threads.lost


def _look() -> None:
    """Before a fork: whether polars' threads run. Only Linux forks by itself and tells of them."""
    try:
        names = [(task / "comm").read_text() for task in _TASKS.iterdir()]
    except OSError:
        names = []
    _Threads.run = any(_WORKER.match(name) for name in names)


def _remember() -> None:
    _Threads.lost = _Threads.lost or _Threads.run


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_look, after_in_child=_remember)
