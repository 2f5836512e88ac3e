"""What the inputs read of a batch of rows: numbers, and the cells that are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from nnspec.spec.model import Input, category_text
from nnspec.tables.cells.cells import kind_of, read_cell
from nnspec.tables.cells.numbers import Refusal
from nnspec.tables.errors import CellFault

Rows = NDArray[np.intp]

NO_ROWS: Rows = np.empty(0, np.intp)

_MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class BoundColumn:
    """What one input read.

    Parameters
    ----------
    input
        The input.
    cells
        The column's cells, as they were read.
    bad
        The rows, from 0 within the batch, whose cell the input cannot use.
    outside
        The rows whose value lies outside the input's declared range.
    written
        Gives the cells as they are written, by the column's name, where ``cells`` does not.
    """

    input: Input
    cells: pl.Series
    bad: Rows
    outside: Rows
    written: Callable[[str], pl.Series] | None = None

    def fault(self, row: int, first_row: int) -> CellFault:
        """Why the input cannot use a cell."""
        cell = self.cells[row]
        refusal = read_cell(self.input, cell, kind_of(self.cells))
        if not isinstance(refusal, Refusal):
            raise TypeError(f"{cell!r} was refused, but can be read as {refusal}")
        return self._fault(row, first_row, refusal)

    def range_fault(self, row: int, first_row: int) -> CellFault:
        """How a value lies outside the declared range."""
        low, high = ["" if side is None else format(side, ".15g") for side in self.input.range]
        legal = f"at most {high}" if not low else f"at least {low}" if not high else ""
        legal = legal or f"from {low} to {high}"
        reason = f"is outside the declared range, {legal}"
        return self._fault(row, first_row, Refusal("out-of-range", reason))

    def _fault(self, row: int, first_row: int, refusal: Refusal) -> CellFault:
        column = self.cells.name
        cells = self.cells if self.written is None else self.written(column)
        text = shown(cells[row])
        return CellFault(first_row + row, column, self.input.name, text, *_parts(refusal))


def _parts(refusal: Refusal) -> tuple[str, str, str]:
    return refusal.code, refusal.reason, refusal.help


def shown(cell: object) -> str:
    """A cell as faults show it: as written, cut to 40 characters."""
    if cell is None:
        return ""
    text = category_text(cell) if isinstance(cell, bool | float) else str(cell)[:1000]
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "\u2026"


@dataclass(frozen=True, slots=True)
class Bound:
    """A batch of rows, ready to be evaluated.

    Parameters
    ----------
    first_row
        The number of the first row; rows of data count from 1.
    n_rows
        How many rows there are.
    values
        By input: float64 of shape (n_rows,), in the table's own units; a category as its index.
        Where a cell cannot be used it is NaN, in a category's column 0.
    bad
        Which rows hold a cell that an input cannot use.
    columns
        What each input read.
    """

    first_row: int
    n_rows: int
    values: dict[str, NDArray[np.float64]]
    bad: NDArray[np.bool_]
    columns: tuple[BoundColumn, ...]

    @property
    def n_faults(self) -> int:
        """How many cells cannot be used."""
        return sum(len(column.bad) for column in self.columns)

    @property
    def n_outside(self) -> int:
        """How many values lie outside their input's declared range."""
        return sum(len(column.outside) for column in self.columns)

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Which rows hold a value outside its input's declared range."""
        rows = np.zeros(self.n_rows, np.bool_)
        for column in self.columns:
            rows[column.outside] = True
        return rows

    def faults(self) -> Iterator[CellFault]:
        """The cells that cannot be used, row by row; made one at a time."""
        for column, row in _by_row(self.columns, [column.bad for column in self.columns]):
            yield column.fault(row, self.first_row)

    def range_faults(self) -> Iterator[CellFault]:
        """The values outside their input's declared range, row by row; made one at a time."""
        for column, row in _by_row(self.columns, [column.outside for column in self.columns]):
            yield column.range_fault(row, self.first_row)

    def clipped(self) -> Bound:
        """The same rows, each value moved into its input's declared range."""
        values = dict(self.values)
        for column in self.columns:
            if len(column.outside):
                name = column.input.name
                values[name] = np.clip(values[name], *column.input.range)
        inside = [replace(column, outside=NO_ROWS) for column in self.columns]
        return replace(self, values=values, columns=tuple(inside))

    def where(self, chosen: NDArray[np.bool_]) -> dict[str, NDArray[np.float64]]:
        """The values of some rows only."""
        if chosen.all():
            return self.values
        return {name: values[chosen] for name, values in self.values.items()}


def _by_row(
    columns: Sequence[BoundColumn], rows: Sequence[Rows]
) -> Iterator[tuple[BoundColumn, int]]:
    """Every (column, row), in order of rows, then of columns."""
    every = np.concatenate([*rows, NO_ROWS])
    owners = np.repeat(np.arange(len(rows)), [len(some) for some in rows])
    for position in np.argsort(every, kind="stable"):
        yield columns[owners[position]], int(every[position])
