"""What can go wrong with a table: data that cannot be used, and requests that cannot be met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from nnspec.diagnostics import CannotError, NnspecError
from nnspec.diagnostics.suggestions import printable, quote
from nnspec.spec.model import category_text

_Arguments: TypeAlias = tuple[object, ...]

MOST_LISTED = 10
"""How many faults a message lists."""

_MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a table a fault stands; whatever is not known is None.

    Parameters
    ----------
    path
        The file, as messages name it.
    row
        Row of data, counted from 1; the header is no row.
    line
        Line of a text file, counted from 1.
    column
        The column's name.
    offset
        Byte of the file, counted from 0.
    """

    path: str = ""
    row: int | None = None
    line: int | None = None
    column: str | None = None
    offset: int | None = None

    def __str__(self) -> str:
        path = printable(self.path)
        return path if self.line is None else f"{path}:{self.line}"


@dataclass(frozen=True, slots=True)
class CellFault:
    """One cell that an input cannot use, or one row that cannot be evaluated.

    Parameters
    ----------
    row
        Row of data, counted from 1.
    column
        The column's name; empty where the row as a whole is at fault.
    input
        The input that reads it; of a row as a whole, the unit that fails.
    value
        The cell as written, cut to 40 characters.
    code
        Stable name of the reason, such as ``not-a-number``.
    reason
        What is wrong with the value.
    help
        What is legal and what to do, or an empty string.
    """

    row: int
    column: str
    input: str
    value: str
    code: str
    reason: str
    help: str = ""

    def __str__(self) -> str:
        if not self.column:
            return f"row {self.row}: {self.reason}"
        value = "the cell" if self.code == "missing" else quote(self.value)
        return f"row {self.row}, column {quote(self.column)}: {value} {self.reason}"


def shown(cell: object) -> str:
    """A cell as faults show it: as written, cut to 40 characters."""
    if cell is None:
        return ""
    text = category_text(cell) if isinstance(cell, bool | float) else str(cell)[:1000]
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "\u2026"


class TableError(NnspecError, ValueError):
    """A table cannot be used: it is malformed, or it lacks what the network reads.

    ``place`` says where; ``help`` what is legal and what to do.
    """

    def __init__(self, message: str, place: Place | None = None, help: str = "") -> None:  # noqa: A002 -- the word of every diagnostic
        self.message = message
        self.place = Place() if place is None else place
        self.help = help
        where = str(self.place)
        super().__init__(f"{where}: {message}" if where else message)

    def __reduce__(self) -> tuple[type[TableError], _Arguments]:
        return (type(self), (self.message, self.place, self.help))


class DataError(TableError):
    """Cells that the network cannot use: ``faults`` holds the first, ``total`` counts them all."""

    def __init__(
        self, message: str, faults: Sequence[CellFault], total: int, place: Place | None = None
    ) -> None:
        self.faults = tuple(faults)
        self.total = total
        super().__init__(message, place, self.faults[0].help if self.faults else "")

    def __reduce__(self) -> tuple[type[TableError], _Arguments]:
        return (type(self), (self.message, self.faults, self.total, self.place))


def overflow_fault(row: int, unit: str) -> CellFault:
    """The fault of a row whose evaluation leaves the finite numbers, and the unit where it does."""
    reason = f"it cannot be evaluated: {quote(unit)} is not finite"
    help_ = "its values are too large, or lie where a function of the network is undefined"
    return CellFault(row, "", unit, "", "overflow", reason, help_)


def data_error(faults: Sequence[CellFault], total: int, place: Place | None = None) -> DataError:
    """The error that lists the first faults and counts them all.

    Parameters
    ----------
    faults
        The first of the faults, in order of rows; at least one.
    total
        How many there are.
    place
        The table, for the message.
    """
    first = faults[0]
    where = Place() if place is None else place
    place = Place(where.path, first.row, column=first.column if first.column else None)
    if total == 1:
        return DataError(str(first), faults, total, place)
    lines = [f"{total:,} faults in the data:"]
    lines += [f"  {fault}" for fault in faults[:MOST_LISTED]]
    if total > MOST_LISTED:
        lines.append(f"  and {total - min(len(faults), MOST_LISTED):,} more")
    return DataError("\n".join(lines), faults, total, place)


class RangeWarning(UserWarning):
    """Values of a table held in memory lie outside the ranges that their inputs declare."""


class RequestError(CannotError, ValueError):
    """What was asked for does not exist: a format, an option's value, a way to read a stream."""

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002 -- the word of every diagnostic
        self.message = message
        self.help = help
        super().__init__(message)

    def __reduce__(self) -> tuple[type[RequestError], _Arguments]:
        return (type(self), (self.message, self.help))


class OutputError(CannotError, OSError):
    """A table could not be written; what stood at its place before still stands there."""

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002 -- the word of every diagnostic
        self.message = message
        self.help = help
        super().__init__(message)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[type[OutputError], _Arguments]:
        return (type(self), (self.message, self.help))
