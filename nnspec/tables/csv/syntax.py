"""What the readers of CSV share: how records are written, where they stand, how long they are."""

from __future__ import annotations

from dataclasses import dataclass

from nnspec.tables.errors import Place, TableError

LF, CR, QUOTE = b'\n\r"'

FIELD_BYTES = 2**20
"""The longest cell."""

RECORD_BYTES = 16 * 2**20
"""The longest record."""

MOST_CELLS = 100_000
"""The most cells of a record, and so the widest table."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """How the records of one table are written.

    Parameters
    ----------
    delimiter
        The byte between two cells.
    header
        The columns' names; empty while the header itself is read.
    """

    delimiter: int
    header: tuple[str, ...] = ()

    @property
    def separator(self) -> bytes:
        """The delimiter as bytes."""
        return bytes([self.delimiter])


@dataclass(frozen=True, slots=True)
class Origin:
    """Where some bytes begin: their first row of data, first line and offset in the file.

    ``row`` is 0 for the header. ``offset`` is None where the file is not UTF-8 itself.
    """

    path: str
    row: int
    line: int
    offset: int | None


def blank_line(path: str, row: int, line: int) -> TableError:
    """The error of a blank line that more rows follow."""
    message = f"line {line} is blank, before row {row}"
    help_ = "remove it; only at the end of the table may lines be blank"
    return TableError(message, Place(path, row, line), help_)


def unquoted(cell: bytes) -> str:
    """The text of a cell, given the bytes of its span."""
    if cell.startswith(b'"'):
        cell = cell[1:-1].replace(b'""', b'"')
    return cell.decode("utf-8")
