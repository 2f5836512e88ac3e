"""Output of a verb that is at hand in one piece: it appears whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from nnspec.tables.write.targets import STDOUT, open_target


def write_whole(output: str | None, content: bytes, inputs: Sequence[str] = ()) -> None:
    """Write to a file, or to standard output where none is named.

    Raises
    ------
    OutputError
        If it cannot be written, or is one of the inputs.
    """
    target = open_target(STDOUT if output is None else output, inputs)
    try:
        target.write(content)
        target.commit()
    except BaseException:
        target.abort()
        raise
