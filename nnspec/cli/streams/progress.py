"""A progress line on standard error, for long work on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

BAR_WIDTH = 30


class Progress:
    """Shows how far the work is, from its second second on.

    Parameters
    ----------
    quiet
        Show nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._shows = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._start = self._last = time.monotonic()
        self._drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def update(self, rows: int, share: Callable[[], float | None]) -> None:
        """Say that so many rows are done, which is such a share of all, where that is known."""
        now = time.monotonic()
        if not self._shows or now - self._start < 1 or now - self._last < 0.1:
            return
        self._last, self._drawn = now, True
        sys.stderr.write(f"\r{progress_line(rows, share(), now - self._start)}\x1b[K")
        sys.stderr.flush()


def progress_line(rows: int, share: float | None, seconds: float) -> str:
    """What the progress line says.

    Examples
    --------
    >>> progress_line(2_500_000, 0.5, 2.0)
    '[###############               ]  50 %  2,500,000 rows, 1,250,000 rows/s, 2 s left'
    >>> progress_line(2_500_000, None, 2.0)
    '2,500,000 rows, 1,250,000 rows/s'
    """
    said = f"{rows:,} rows, {rows / seconds:,.0f} rows/s"
    if share is None or share <= 0:
        return said
    share = min(share, 1.0)
    filled = round(BAR_WIDTH * share)
    left = seconds * (1 - share) / share
    bar = "#" * filled + " " * (BAR_WIDTH - filled)
    return f"[{bar}] {share:4.0%}  {said}, {left:.0f} s left".replace("%", " %", 1)
