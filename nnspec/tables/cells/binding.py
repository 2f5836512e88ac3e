"""The columns of a batch as the numbers that a network's inputs take.

All is decided by :func:`nnspec.tables.cells.cell.read_cell`; here whole columns are read at once,
and what cannot be read at once is left to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from nnspec.spec.model import Input
from nnspec.tables.cells.bound import NO_ROWS, Bound, BoundColumn, Rows
from nnspec.tables.cells.cell import (
    EXACT,
    TRUTHS,
    category_index,
    category_indices,
    kind_of,
    read_cell,
)
from nnspec.tables.cells.exactness import are_exact
from nnspec.tables.cells.numbers import Refusal, is_number, numbers_of
from nnspec.tables.forks import threads_are_lost
from nnspec.tables.polars_errors import no_panic
from nnspec.tables.source import Written


@no_panic()
def bind(
    inputs: Sequence[Input],
    frame: pl.DataFrame,
    columns: Mapping[str, str],
    first_row: int = 1,
    written: Written | None = None,
) -> Bound:
    """Read what each input needs of a batch.

    Parameters
    ----------
    inputs
        The network's inputs.
    frame
        The batch, with every column that an input reads. Columns of text are read by the grammar
        of :mod:`nnspec.tables.cells.numbers`.
    columns
        The column that each input reads, by the input's name.
    first_row
        The number of the batch's first row.
    written
        Gives a column's cells as they are written, for messages, where the frame does not.

    Examples
    --------
    >>> frame = pl.DataFrame({"age": ["31", "1_000"]})
    >>> bound = bind([Input("age")], frame, {"age": "age"})
    >>> bound.values, [str(fault) for fault in bound.faults()]
    ({'age': array([31., nan])}, ["row 2, column 'age': '1_000' is not a number"])
    """
    bad = np.zeros(frame.height, np.bool_)
    values: dict[str, NDArray[np.float64]] = {}
    bound: list[BoundColumn] = []
    for one in inputs:
        cells = frame[columns[one.name]]
        numbers, (lowest, highest) = _column(one, cells)
        unusable = np.flatnonzero(np.isnan(numbers)) if math.isnan(lowest) else NO_ROWS
        if len(unusable):
            bad[unusable] = True
            if one.type == "category":
                numbers = np.nan_to_num(numbers, nan=0.0)
        values[one.name] = numbers
        outside = _outside(one, numbers, lowest, highest)
        bound.append(BoundColumn(one, cells, unusable, outside, written))
    return Bound(first_row, frame.height, values, bad, tuple(bound))


Span: TypeAlias = tuple[float, float]


def _span(numbers: NDArray[np.float64]) -> Span:
    """The least and the greatest number: both NaN where one is, both 0 where there is none.

    Two passes over the numbers, which is as little as it takes to know that all is well.
    """
    return (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 0.0)


def _outside(one: Input, numbers: NDArray[np.float64], lowest: float, highest: float) -> Rows:
    low, high = [math.inf if side is None else side for side in one.range]
    low = -low if one.range[0] is None else low
    if one.type == "category" or not len(numbers) or (low <= lowest and highest <= high):
        return NO_ROWS
    return np.flatnonzero((numbers < low) | (numbers > high))


def column_values(one: Input, cells: pl.Series) -> NDArray[np.float64]:
    """What an input reads in each cell of a column, NaN where it can read nothing."""
    return _column(one, cells)[0]


def _column(one: Input, cells: pl.Series) -> tuple[NDArray[np.float64], Span]:
    """What an input reads in each cell, with its span."""
    fills = one.missing is not None and cells.null_count() > 0
    if threads_are_lost() and not _is_plain(one, cells):
        text = isinstance(cells.dtype, pl.Categorical | pl.Enum)
        values = _cell_by_cell(one, cells.cast(pl.String) if text else cells)
        return values, _span(values)
    if cells.dtype == pl.Object:
        values = _cell_by_cell(one, cells)
    elif one.type == "category":
        values = _by_category(one, cells)
    else:
        numbers = _plain_numbers(one, cells)
        span = _span(numbers)
        values = _usable(one, cells, numbers, span)
        if values is numbers and not fills:
            return values, span
    if fills:
        stand_in = read_cell(one, None, "typed")
        if not isinstance(stand_in, Refusal):
            values = np.where(cells.is_null().to_numpy(), stand_in, values)
    return values, _span(values)


def _is_plain(one: Input, cells: pl.Series) -> bool:
    """Whether a column is numbers as they are, for which polars needs no thread."""
    exact = cells.dtype.is_integer() and cells.dtype not in (pl.Int64, pl.UInt64, pl.Int128)
    plain = exact or cells.dtype.is_float() or cells.dtype == pl.Boolean
    return one.type != "category" and plain and not cells.null_count()


def _cell_by_cell(one: Input, cells: pl.Series) -> NDArray[np.float64]:
    kind = kind_of(cells)
    read = [read_cell(one, cell, kind) for cell in cells]
    return np.array([np.nan if isinstance(r, Refusal) else r for r in read], np.float64)


def _by_category(one: Input, cells: pl.Series) -> NDArray[np.float64]:
    if isinstance(cells.dtype, pl.Categorical | pl.Enum):
        cells = cells.cast(pl.String)
    distinct = _possible(one, cells.unique())
    kind = kind_of(cells)
    indices = pl.Series([category_index(one, cell, kind) for cell in distinct], dtype=pl.Float64)
    found = cells.replace_strict(distinct, indices, default=None, return_dtype=pl.Float64)
    return found.fill_null(float("nan")).to_numpy()


def _possible(one: Input, cells: pl.Series) -> pl.Series:
    """Those cells that may be a category of the input: of millions that are none, few are left."""
    known = list(category_indices(one))
    numbers = [float(text) for text in known if is_number(text)]
    if cells.dtype == pl.String:
        possible = cells.is_in(known)
        return cells.filter(possible | _among(numbers, numbers_of(cells)) if numbers else possible)
    if cells.dtype.is_numeric():
        return cells.filter(_among(numbers, cells.cast(pl.Float64).to_numpy()))
    return cells


def _among(numbers: list[float], given: NDArray[np.float64]) -> pl.Series:
    return pl.Series(np.isin(given, np.array(numbers, np.float64)))


def _usable(
    one: Input, cells: pl.Series, numbers: NDArray[np.float64], span: Span
) -> NDArray[np.float64]:
    """The numbers themselves if the input can use them all; else NaN in place of the others."""
    lowest, highest = span
    exact = cells.dtype.is_float() or (one.type == "number" and not cells.dtype.is_integer())
    # What reads as a whole number may have been rounded to it: 1e-400, or 2.00000000000000000001.
    rounded = not exact and isinstance(cells.dtype, pl.String | pl.Decimal)
    small = lowest > -EXACT and highest < EXACT
    finite = small or (lowest > -math.inf and highest < math.inf)
    if one.type == "number" and (small or (exact and finite)):
        return numbers
    if one.type == "integer" and small and not rounded:
        whole = numbers == np.floor(numbers)
        return numbers if whole.all() else np.where(whole, numbers, np.nan)
    legal = np.isfinite(numbers)
    if one.type == "integer":
        legal &= numbers == np.floor(numbers)
    elif one.type == "boolean":
        legal &= (numbers == 0) | (numbers == 1)
    if not exact:
        rows = np.flatnonzero(legal if rounded else legal & (np.abs(numbers) >= EXACT))
        if len(rows):
            legal[rows] = are_exact(one, cells.gather(rows), numbers[rows])
    return numbers if legal.all() else np.where(legal, numbers, np.nan)


def _plain_numbers(one: Input, cells: pl.Series) -> NDArray[np.float64]:
    if isinstance(cells.dtype, pl.Decimal):
        # By its text, a decimal is rounded once, to the nearest double.
        return numbers_of(cells.cast(pl.String))
    if cells.dtype == pl.String:
        if one.type == "boolean":
            cells = cells.replace(list(TRUTHS), [str(value) for value in TRUTHS.values()])
        return numbers_of(cells)
    numeric = cells.dtype.is_numeric() or cells.dtype == pl.Null
    if not numeric and not (cells.dtype == pl.Boolean and one.type == "boolean"):
        return _cell_by_cell(one, cells)
    numbers = cells.cast(pl.Float64)
    return (numbers.fill_null(float("nan")) if numbers.null_count() else numbers).to_numpy()
