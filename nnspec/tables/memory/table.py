"""Tables in memory, of whatever kind the caller holds, and results of the same kind.

Neither pandas nor pyarrow is imported here: only a caller's own object leads to them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from nnspec.diagnostics.suggestions import listed, quote
from nnspec.spec.model import Input
from nnspec.tables.cells.binding import bind
from nnspec.tables.cells.bound import Bound
from nnspec.tables.cells.columns import check_types, match_columns
from nnspec.tables.errors import TableError
from nnspec.tables.memory.matrices import bind_matrix
from nnspec.tables.memory.series import as_series, from_pandas
from nnspec.tables.polars_errors import no_panic
from nnspec.tables.source import frame_of

Column: TypeAlias = NDArray[Any]
Bad: TypeAlias = NDArray[np.bool_]
Converted = TypeVar("Converted")


@dataclass(frozen=True, slots=True)
class CallersTable:
    """How to read one caller's table, and how to make another of its kind.

    Parameters
    ----------
    header
        The columns' names; None where columns go by the inputs' order.
    column
        A column, by name.
    wrap
        Makes a table of columns of results, each of shape (n_rows,), given which rows have
        none: NaN in arrays, null in frames that have it.
    """

    header: tuple[str, ...] | None
    column: Callable[[str], pl.Series]
    wrap: Callable[[Mapping[str, Column], Bad], Any]


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
    wrap
        Makes a table of the caller's kind, as :attr:`CallersTable.wrap`.
    bound
        What the inputs read, where that took no frame.
    """

    inputs: tuple[Input, ...]
    frame: pl.DataFrame
    columns: dict[str, str]
    wrap: Callable[[Mapping[str, Column], Bad], Any]
    bound: Bound | None = None

    def bind(self) -> Bound:
        """What each input reads of the table."""
        if self.bound is not None:
            return self.bound
        return bind(self.inputs, self.frame, self.columns)


@no_panic()
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
    callers = _callers_table(table, wanted)
    bound = bind_matrix(wanted, table) if isinstance(table, np.ndarray) else None
    if bound is not None:
        return OpenedTable(wanted, pl.DataFrame(), {}, callers.wrap, bound)
    if callers.header is None:
        columns = {one.name: one.name for one in wanted}
    else:
        columns = match_columns(wanted, callers.header, rebind)
    frame = _frame({name: callers.column(name) for name in dict.fromkeys(columns.values())})
    check_types(wanted, columns, frame.schema)
    return OpenedTable(wanted, frame, columns, callers.wrap)


def _frame(columns: Mapping[str, pl.Series]) -> pl.DataFrame:
    lengths = {name: len(series) for name, series in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = listed([f"{quote(name)} has {n:,}" for name, n in lengths.items()], 10)
        raise TableError(f"columns differ in their number of rows: {shown}")
    return frame_of(columns.values())


def _callers_table(table: Any, inputs: tuple[Input, ...]) -> CallersTable:
    """How to read a caller's table.

    Raises
    ------
    TableError
        If it is no table.
    """
    if isinstance(table, np.ndarray):
        return _matrix(table, inputs)
    for recognises, reader in _KINDS:
        if recognises(table):
            return reader(table)
    message = f"a {type(table).__name__} is no table that a network reads"
    raise TableError(message, help=_ACCEPTED)


def _of_mapping(table: Mapping[Any, Any]) -> CallersTable:
    return CallersTable(_names(table), lambda name: as_series(name, table[name]), _arrays)


def _of_polars(table: pl.DataFrame) -> CallersTable:
    return CallersTable(tuple(table.columns), table.get_column, _polars_frame)


def _of_pandas(table: Any) -> CallersTable:
    names = _names(table.columns)
    pandas = sys.modules["pandas"]
    return CallersTable(
        names,
        lambda name: from_pandas(name, table[_single(names, name)]),
        lambda columns, bad: pandas.DataFrame(_arrays(columns, bad), index=table.index),
    )


def _of_pandas_row(row: Any) -> CallersTable:
    """A row of a frame: a series of pandas that the columns' names index."""
    names = _names(row.index)
    pandas = sys.modules["pandas"]

    def wrap(columns: Mapping[str, Column], bad: Bad) -> Any:
        values = {name: values[0] for name, values in _arrays(columns, bad).items()}
        return pandas.Series(values, name=row.name)

    def column(name: str) -> pl.Series:
        return from_pandas(name, pandas.Series([row[_single(names, name)]]))

    return CallersTable(names, column, wrap)


def _of_arrow(table: Any) -> CallersTable:
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is not None and isinstance(table, pyarrow.Table | pyarrow.RecordBatch):
        names = tuple(table.schema.names)

        def column(name: str) -> pl.Series:
            place = names.index(_single(names, name))
            return _converted(lambda: pl.Series(name, table.column(place)))

        return CallersTable(names, column, _arrow_maker(table))
    frame = _converted(lambda: pl.DataFrame(table))
    return CallersTable(tuple(frame.columns), frame.get_column, _polars_frame)


def _converted(convert: Callable[[], Converted]) -> Converted:
    try:
        return convert()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise TableError(f"the Arrow table cannot be read: {error}", help=_ACCEPTED) from None


def _single(names: Sequence[str], name: str) -> str:
    """The name, if a single column has it; those that no input reads may share theirs."""
    if names.count(name) > 1:
        message = f"the frame has columns of the same name, {quote(name)}"
        raise TableError(message, help="rename one of them")
    return name


def _arrow_maker(table: Any) -> Callable[[Mapping[str, Column], Bad], Any]:
    """What makes a table of the caller's class."""
    pyarrow = sys.modules["pyarrow"]

    def make(columns: Mapping[str, Column], bad: Bad) -> Any:
        made = _polars_frame(columns, bad).to_arrow()
        if isinstance(table, pyarrow.Table):
            return made
        arrays = [column.combine_chunks() for column in made.columns]
        return pyarrow.RecordBatch.from_arrays(arrays, schema=made.schema)

    return make


def _matrix(table: Column, inputs: tuple[Input, ...]) -> CallersTable:
    """An array of two dimensions, whose columns are the inputs in their order."""
    if table.ndim != 2 or table.shape[1] != len(inputs) or table.dtype.names is not None:
        message = f"an array of shape {table.shape} is no table for {len(inputs):,} inputs"
        help_ = f"give it the shape (n_rows, {len(inputs)}), its columns in the inputs' order"
        raise TableError(message, help=help_)
    position = {one.name: index for index, one in enumerate(inputs)}

    def wrap(columns: Mapping[str, Column], bad: Bad) -> Any:
        arrays = list(_arrays(columns, bad).values())
        return np.stack(arrays, axis=1) if arrays else np.empty((len(bad), 0))

    return CallersTable(None, lambda name: as_series(name, table[:, position[name]]), wrap)


def _names(header: Any) -> tuple[str, ...]:
    return tuple([name for name in header if isinstance(name, str)])


def _arrays(columns: Mapping[str, Column], bad: Bad) -> dict[str, Column]:
    if not bad.any():
        return dict(columns)
    return {
        name: np.where(bad, values.dtype.type("nan"), values) for name, values in columns.items()
    }


@no_panic()
def _polars_frame(columns: Mapping[str, Column], bad: Bad) -> pl.DataFrame:
    if not bad.any():
        return pl.DataFrame({name: pl.Series(name, values) for name, values in columns.items()})
    held = {name: np.where(bad, np.nan, values) for name, values in columns.items()}
    # Where a row is good its values are finite.
    return pl.DataFrame({n: pl.Series(n, values, nan_to_null=True) for n, values in held.items()})


def _is_pandas(table: Any, kind: str) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(table, getattr(pandas, kind))


_KINDS: tuple[tuple[Callable[[Any], bool], Callable[[Any], CallersTable]], ...] = (
    (lambda table: isinstance(table, Mapping), _of_mapping),
    (lambda table: isinstance(table, pl.DataFrame), _of_polars),
    (lambda table: _is_pandas(table, "DataFrame"), _of_pandas),
    (lambda table: _is_pandas(table, "Series"), _of_pandas_row),
    (lambda table: hasattr(table, "__arrow_c_stream__"), _of_arrow),
)

_ACCEPTED = (
    "legal: a dict of lists or arrays, a 2-D array, a polars or pandas DataFrame, an Arrow table"
)
