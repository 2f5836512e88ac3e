"""Tables in memory, of whatever kind the caller holds, and results of the same kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import polars as pl

from nnspec.diagnostics.suggestions import listed, quote
from nnspec.spec.model import Input
from nnspec.tables.cells.binding import bind
from nnspec.tables.cells.bound import Bound
from nnspec.tables.cells.column_types import check_types
from nnspec.tables.cells.columns import match_columns
from nnspec.tables.cells.faults import data_error, overflow_fault
from nnspec.tables.errors import DataError, TableError
from nnspec.tables.memory.kind_makers import Bad, Column, Kind, kind_of_table
from nnspec.tables.memory.matrices import bind_matrix
from nnspec.tables.source import frame_of


@dataclass(frozen=True, slots=True)
class OpenedTable:
    """A caller's table, its columns found: ready to be bound.

    Parameters
    ----------
    inputs
        The network's inputs.
    frame
        The columns that they read.
    columns
        The column that each input reads, by the input's name.
    kind
        The caller's kind of table.
    bound
        What the inputs read, where that took no frame.
    """

    inputs: tuple[Input, ...]
    frame: pl.DataFrame
    columns: dict[str, str]
    kind: Kind
    bound: Bound | None = None

    def bind(self) -> Bound:
        """What each input reads of the table."""
        if self.bound is not None:
            return self.bound
        return bind(self.inputs, self.frame, self.columns)

    def wrap(self, columns: Mapping[str, Column], bad: Bad) -> Any:
        """Columns of results, of shape (n_rows,), as a table of the caller's kind.

        Parameters
        ----------
        columns
            The results, by name.
        bad
            Which rows have none: NaN in arrays, null in frames that have it.
        """
        return self.kind.wrap(columns, bad)

    def data_error(
        self, bound: Bound, culprits: Mapping[int, str] | None = None, most: int = 100
    ) -> DataError:
        """The error that names the cells and the rows that cannot be evaluated.

        Parameters
        ----------
        bound
            What :meth:`bind` gave.
        culprits
            By row, from 0, the unit that was the first to overflow.
        most
            How many faults the error holds at most.
        """
        over = {} if culprits is None else culprits
        overflows = [(row, unit) for row, unit in sorted(over.items()) if not bound.bad[row]]
        faults = list(islice(bound.faults(), most))
        faults += [overflow_fault(bound.first_row + row, unit) for row, unit in overflows[:most]]
        faults.sort(key=lambda fault: fault.row)
        return data_error(faults[:most], bound.n_faults + len(overflows))


def open_table(
    inputs: Sequence[Input], table: Any, rebind: Mapping[str, str] | None = None
) -> OpenedTable:
    """Find the columns that a network's inputs read in a table held in memory.

    Parameters
    ----------
    inputs
        The network's inputs.
    table
        A dict of lists or arrays, a 2-D array with a column for each input in order, a polars or
        pandas DataFrame, or anything that exports an Arrow stream.
    rebind
        For some inputs, the column to read instead of the declared one.

    Raises
    ------
    TableError
        If columns are missing, or of a type that their input does not read.
    """
    wanted = tuple(inputs)
    kind = kind_of_table(table, wanted)
    bound = bind_matrix(wanted, table) if isinstance(table, np.ndarray) else None
    if bound is not None:
        return OpenedTable(wanted, pl.DataFrame(), {}, kind, bound)
    if kind.header is None:
        columns = {one.name: one.name for one in wanted}
    else:
        columns = match_columns(wanted, kind.header, rebind)
    frame = _frame({name: kind.column(name) for name in dict.fromkeys(columns.values())})
    check_types(wanted, columns, frame.schema)
    return OpenedTable(wanted, frame, columns, kind)


def _frame(columns: Mapping[str, pl.Series]) -> pl.DataFrame:
    lengths = {name: len(series) for name, series in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = listed([f"{quote(name)} has {n:,}" for name, n in lengths.items()], 10)
        raise TableError(f"columns differ in their number of rows: {shown}")
    return frame_of(columns.values())
