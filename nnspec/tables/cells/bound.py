"""What the inputs read of a batch of rows: numbers, and the cells that are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from nnspec.spec.model import Input
from nnspec.tables.cells.cell import kind_of, range_refusal, read_cell
from nnspec.tables.cells.numbers import Refusal
from nnspec.tables.errors import CellFault, DataError, data_error, overflow_fault, shown

Rows = NDArray[np.intp]

NO_ROWS: Rows = np.empty(0, np.intp)

_NONE: Mapping[int, str] = {}


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
        return self._fault(row, first_row, range_refusal(self.input))

    def _fault(self, row: int, first_row: int, refusal: Refusal) -> CellFault:
        column = self.cells.name
        cells = self.cells if self.written is None else self.written(column)
        text = shown(cells[row])
        return CellFault(first_row + row, column, self.input.name, text, *_parts(refusal))


def _parts(refusal: Refusal) -> tuple[str, str, str]:
    return refusal.code, refusal.reason, refusal.help


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

    def faults(
        self, overflows: Mapping[int, str] = _NONE, *, outside: bool = False
    ) -> Iterator[CellFault]:
        """What is wrong with the rows, row by row; made one at a time.

        Parameters
        ----------
        overflows
            By row, from 0, the unit that was the first not to be finite; where a cell cannot be
            used, that is fault enough.
        outside
            Whether values outside a declared range are wrong too.
        """
        rows = [row for row in overflows if not self.bad[row]]
        kinds: list[_Faulty] = [(column.fault, column.bad) for column in self.columns]
        if outside:
            kinds += [(column.range_fault, column.outside) for column in self.columns]
        kinds.append((partial(_overflow, overflows), np.array(rows, np.intp)))
        yield from _by_row(kinds, self.first_row)

    def range_faults(self) -> Iterator[CellFault]:
        """The values outside their input's declared range, row by row; made one at a time."""
        kinds: list[_Faulty] = [(column.range_fault, column.outside) for column in self.columns]
        yield from _by_row(kinds, self.first_row)

    def error(self, overflows: Mapping[int, str] = _NONE, most: int = 100) -> DataError:
        """The error that counts what :meth:`faults` gives, and names the first ``most``."""
        total = self.n_faults + sum(not self.bad[row] for row in overflows)
        return data_error(list(islice(self.faults(overflows), most)), total)

    def range_error(self, most: int = 100) -> DataError:
        """The error that counts the values outside their ranges, and names the first ``most``."""
        return data_error(list(islice(self.range_faults(), most)), self.n_outside)

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


_Faulty: TypeAlias = tuple[Callable[[int, int], CellFault], Rows]
"""What makes a row's fault, given the first row's number too; and the rows that have one."""


def _overflow(overflows: Mapping[int, str], row: int, first_row: int) -> CellFault:
    return overflow_fault(first_row + row, overflows[row])


def _by_row(kinds: Sequence[_Faulty], first_row: int) -> Iterator[CellFault]:
    """Every fault, in order of rows, then of kinds."""
    every = np.concatenate([NO_ROWS, *(rows for _, rows in kinds)])
    owners = np.repeat(np.arange(len(kinds)), [len(rows) for _, rows in kinds])
    for position in np.argsort(every, kind="stable"):
        make, _ = kinds[owners[position]]
        yield make(int(every[position]), first_row)
