"""Output of a verb that is at hand in one piece: it appears whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import did_you_mean, quote


def write_whole(
    output: str | None, content: bytes | memoryview, inputs: Sequence[str] = ()
) -> None:
    """Write to a file, or to standard output where none is named.

    Raises
    ------
    OutputError
        If it cannot be written, or is one of the inputs.
    """
    from nnspec.tables.write.targets import STDOUT, open_target

    target = open_target(STDOUT if output is None else output, inputs)
    try:
        target.write(content)
        target.commit()
    except BaseException:
        target.abort()
        raise


def form_of_ending(output: str | None, forms: Sequence[str]) -> str:
    """The format that a file's name ends in; on standard output, the first.

    Raises
    ------
    CannotError
        If there is no such format.
    """
    if output is None or output == "-":
        return forms[0]
    ending = Path(output).suffix.removeprefix(".").lower()
    if ending not in forms:
        near = did_you_mean(ending, forms)
        raise CannotError(f"no format {quote(ending)} for {output}; {near}")
    return ending
