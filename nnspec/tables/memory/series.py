"""Callers' columns as polars series, without a guess at what they mean.

A list such as ``[1, "x"]`` stays what it is, where NumPy would make texts of its numbers. Columns
that hold more than one type become series of Python objects, whose cells are judged one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.cells.cell import EXACT
from nnspec.tables.errors import Place, TableError

_INSTANTS = frozenset(
    ["datetime64[D]", *(f"{kind}64[{unit}]" for kind in ("datetime", "timedelta")
                        for unit in ("ms", "us", "ns"))]
)  # fmt: skip
"""The arrays of dates and times that polars has columns for."""


def as_series(name: str, column: Any) -> pl.Series:
    """A caller's column: a list, an array, or the series of some library.

    Raises
    ------
    TableError
        If it is no column of single values.
    """
    if isinstance(column, pl.Series):
        return column.alias(name)
    if isinstance(column, list | tuple):
        return from_objects(name, column)
    if _module(column) == "pandas":
        return from_pandas(name, column)
    if hasattr(column, "__arrow_c_stream__") or hasattr(column, "__arrow_c_array__"):
        return pl.Series(name, column)
    if not hasattr(column, "__array__"):
        shown = type(column).__name__
        raise _refuse(name, f"is a {shown}", "give a list or an array, with a value for each row")
    return from_array(name, column if isinstance(column, np.ndarray) else np.asarray(column))


def from_array(name: str, array: np.ndarray[Any, Any]) -> pl.Series:
    """A column given as a NumPy array of one dimension; what a mask hides is missing."""
    if array.ndim != 1:
        message = f"has shape {array.shape}, where one value for each row is expected"
        raise _refuse(name, message, "give it one dimension, as array.ravel() does")
    kind = array.dtype.kind
    if kind == "O":
        return from_objects(name, array.tolist())
    if kind in "UT":
        return pl.Series(name, array.tolist(), dtype=pl.String)
    if kind not in "biufMm":
        raise _refuse(name, f"holds values of type {array.dtype}", "give numbers or strings")
    if kind in "Mm" and array.dtype.name not in _INSTANTS:
        raise _refuse(name, f"is of type {array.dtype}", "give numbers or strings")
    if kind == "f" and array.dtype.itemsize > 8:
        array = array.astype(np.float64)
    return pl.Series(name, array)


def from_objects(name: str, values: Sequence[object]) -> pl.Series:
    """A column given as Python values, None where one is missing."""
    kinds = {type(value) for value in values}
    known = kinds - {type(None)}
    if known == {float} or (known <= {float, int} and known and _all_exact(values)):
        return pl.Series(name, values, dtype=pl.Float64, strict=False)
    if known == {str}:
        return pl.Series(name, values, dtype=pl.String)
    if known == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    return pl.Series(name, values, dtype=pl.Object)


def typed_cells(name: str, values: Sequence[object], *, numbers: bool) -> pl.Series:
    """A column of a format whose cells each have a type of their own.

    Parameters
    ----------
    numbers
        Whether it is read as numbers: a string is none, whatever it says; only cells of text are.
    """
    cells = from_objects(name, values)
    if cells.dtype == pl.String and numbers:
        return pl.Series(name, cells.to_list(), dtype=pl.Object)
    return cells


def _all_exact(values: Sequence[object]) -> bool:
    return all(not isinstance(value, int) or abs(value) <= EXACT for value in values)


def from_pandas(name: str, column: Any) -> pl.Series:
    """A column of pandas; NaN, NA and NaT are how it writes a missing value."""
    array = column.to_numpy() if isinstance(column.dtype, np.dtype) else None
    if array is None or array.dtype.kind == "O":
        missing = column.isna().to_numpy()
        cells = column.astype(object).tolist()
        cells = [None if gone else cell for cell, gone in zip(cells, missing, strict=True)]
        return from_objects(name, cells)
    series = from_array(name, array)
    is_float = series.dtype.is_float()
    return pl.Series(name, series.to_numpy(), nan_to_null=True) if is_float else series


def _module(value: object) -> str:
    return type(value).__module__.partition(".")[0]


def _refuse(name: str, message: str, help_: str) -> TableError:
    return TableError(f"column {quote(name)} {message}", Place(column=name), help_)
