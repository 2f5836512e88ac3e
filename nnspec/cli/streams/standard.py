"""The standard streams, where whoever called closed one of them."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import NoReturn, cast


class ClosedStream(io.TextIOBase):
    """In place of a standard output that is closed: what is written there cannot be."""

    closed = True

    def write(self, text: str, /) -> NoReturn:
        """Refuse."""
        raise OSError(errno.EBADF, "standard output is closed")

    def flush(self) -> None:
        """Nothing: nothing was written."""

    def isatty(self) -> bool:
        """No."""
        return False


def mend_standard_streams() -> None:
    """Put something in the place of each standard stream that is closed.

    Its descriptor would be that of the next file opened, which then would get what a library
    writes there; and Python's None in place of the stream is taken for standard output by print.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if descriptor < 2 else os.O_WRONLY)
    if cast("io.TextIOBase | None", sys.stdout) is None:
        sys.stdout = cast("io.TextIOWrapper", ClosedStream())
    if cast("io.TextIOBase | None", sys.stderr) is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
