"""SIGINT and SIGTERM while a verb runs: an exception, so that what cleans up is run."""

from __future__ import annotations

import signal
import sys
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self

ENDING = (signal.SIGINT, signal.SIGTERM)

AGAIN_AFTER = 0.01
"""Seconds until an exception that was lost is raised again."""


class Stopped(KeyboardInterrupt):
    """A signal asks for the end.

    Hypothesis takes a SystemExit in its search for a finding, and would try it again; a
    KeyboardInterrupt it lets pass.
    """


class RaisedSignals:
    """While it is entered, the first SIGINT or SIGTERM raises :class:`Stopped`.

    The second one finds the handlers that were there before: whoever asks twice does not wait for
    what cleans up. A signal that is ignored, as nohup wants it, stays so.

    Attributes
    ----------
    received
        The signal that came, or None.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._before: dict[int, Any] = {}
        self._unraisable = sys.unraisablehook

    def __enter__(self) -> Self:
        sys.unraisablehook = self._raise_later
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._stop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._restore()
        sys.unraisablehook = self._unraisable

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> NoReturn:
        self.received = number if number in ENDING else self.received
        self._restore()
        raise Stopped

    def _raise_later(self, lost: Any) -> None:
        """In a destructor or a callback an exception goes nowhere: raise it a little later."""
        if isinstance(lost.exc_value, Stopped):
            signal.signal(signal.SIGALRM, self._stop)
            signal.setitimer(signal.ITIMER_REAL, AGAIN_AFTER)
        else:
            self._unraisable(lost)
