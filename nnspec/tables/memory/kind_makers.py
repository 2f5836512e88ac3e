"""How each kind of table that a caller may hold is read, and made anew of results.

Neither pandas nor pyarrow is imported here: only a caller's own object leads to them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from nnspec.spec.model import Input
from nnspec.tables.errors import TableError
from nnspec.tables.memory.series import as_series, from_pandas

Column: TypeAlias = NDArray[Any]
Bad: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Kind:
    """How to read one caller's table, and how to make another of its kind.

    Parameters
    ----------
    header
        The columns' names; None where columns go by the inputs' order.
    column
        A column, by name.
    wrap
        Makes a table of columns of results, given which rows have none.
    """

    header: tuple[str, ...] | None
    column: Callable[[str], pl.Series]
    wrap: Callable[[Mapping[str, Column], Bad], Any]


def kind_of_table(table: Any, inputs: tuple[Input, ...]) -> Kind:
    """How to read a caller's table.

    Raises
    ------
    TableError
        If it is no table.
    """
    if isinstance(table, np.ndarray):
        return _matrix(table, inputs)
    for recognises, kind in _KINDS:
        if recognises(table):
            return kind(table)
    message = f"a {type(table).__name__} is no table that a network reads"
    raise TableError(message, help=_ACCEPTED)


def _of_mapping(table: Mapping[Any, Any]) -> Kind:
    return Kind(_names(table), lambda name: as_series(name, table[name]), _arrays)


def _of_polars(table: pl.DataFrame) -> Kind:
    return Kind(tuple(table.columns), table.get_column, _polars_frame)


def _of_pandas(table: Any) -> Kind:
    names = _names(table.columns)
    if len(set(names)) < len(names):
        raise TableError("the frame has columns of the same name", help="rename one of them")
    pandas = sys.modules["pandas"]
    return Kind(
        names,
        lambda name: from_pandas(name, table[name]),
        lambda columns, bad: pandas.DataFrame(_arrays(columns, bad), index=table.index),
    )


def _of_arrow(table: Any) -> Kind:
    try:
        frame = pl.DataFrame(table)
    except pl.exceptions.PolarsError as error:
        raise TableError(f"the Arrow table cannot be read: {error}", help=_ACCEPTED) from None
    return Kind(tuple(frame.columns), frame.get_column, _arrow_maker(table))


def _arrow_maker(table: Any) -> Callable[[Mapping[str, Column], Bad], Any]:
    """What makes an Arrow table of the caller's class, or a polars frame, which exports one."""
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is None or not isinstance(table, pyarrow.Table | pyarrow.RecordBatch):
        return _polars_frame

    def make(columns: Mapping[str, Column], bad: Bad) -> Any:
        made = _polars_frame(columns, bad).to_arrow()
        if isinstance(table, pyarrow.Table):
            return made
        arrays = [column.combine_chunks() for column in made.columns]
        return pyarrow.RecordBatch.from_arrays(arrays, schema=made.schema)

    return make


def _matrix(table: Column, inputs: tuple[Input, ...]) -> Kind:
    """An array of two dimensions, whose columns are the inputs in their order."""
    if table.ndim != 2 or table.shape[1] != len(inputs) or table.dtype.names is not None:
        message = f"an array of shape {table.shape} is no table for {len(inputs):,} inputs"
        help_ = f"give it the shape (n_rows, {len(inputs)}), its columns in the inputs' order"
        raise TableError(message, help=help_)
    position = {one.name: index for index, one in enumerate(inputs)}

    def wrap(columns: Mapping[str, Column], bad: Bad) -> Any:
        arrays = list(_arrays(columns, bad).values())
        return np.stack(arrays, axis=1) if arrays else np.empty((len(bad), 0))

    return Kind(None, lambda name: as_series(name, table[:, position[name]]), wrap)


def _names(header: Any) -> tuple[str, ...]:
    return tuple([name for name in header if isinstance(name, str)])


def _arrays(columns: Mapping[str, Column], bad: Bad) -> dict[str, Column]:
    if not bad.any():
        return dict(columns)
    return {
        name: np.where(bad, values.dtype.type("nan"), values) for name, values in columns.items()
    }


def _polars_frame(columns: Mapping[str, Column], bad: Bad) -> pl.DataFrame:
    frame = pl.DataFrame({name: pl.Series(name, values) for name, values in columns.items()})
    if not bad.any():
        return frame
    return frame.with_columns(pl.when(~pl.lit(pl.Series(bad))).then(pl.all()))


def _is_pandas(table: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(table, pandas.DataFrame)


_KINDS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Kind]], ...] = (
    (lambda table: isinstance(table, Mapping), _of_mapping),
    (lambda table: isinstance(table, pl.DataFrame), _of_polars),
    (_is_pandas, _of_pandas),
    (lambda table: hasattr(table, "__arrow_c_stream__"), _of_arrow),
)

_ACCEPTED = (
    "legal: a dict of lists or arrays, a 2-D array, a polars or pandas DataFrame, an Arrow table"
)
