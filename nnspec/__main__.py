"""``python -m nnspec``, and the ``nnspec`` command."""

from __future__ import annotations

import gc
import os
import signal
from types import FrameType


def main() -> None:
    """Run the command line."""
    # Before a verb begins and after it ends nothing is to be cleaned up.
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)
    # What is imported stays: the collector would look through it again and again. The process
    # is our own here; the verbs themselves, which a test may run in its process, leave it alone.
    gc.set_threshold(200_000)
    from nnspec.cli import main as run

    try:
        run()
    finally:
        gc.freeze()  # nor does it look through what ends with the process


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)


if __name__ == "__main__":
    main()
