"""Frames as the bytes of each format, handed to a target piece by piece."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import polars as pl

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.cells.numbers import are_numbers, is_number
from nnspec.tables.errors import OutputError, Place, RequestError, TableError
from nnspec.tables.source import frame_of
from nnspec.tables.write.targets import Target

Types = Mapping[str, pl.DataType]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula, unless it is a number."""

_FORMULA = r"^[=+\-@\t\r]"


class Writer(Protocol):
    """Writes frames of the same columns, one after another.

    Attributes
    ----------
    carries_objects
        Whether it takes columns of Python values as they are, each cell with its own type.
    """

    carries_objects: bool

    def write(self, frame: pl.DataFrame) -> None:
        """Write some rows."""

    def finish(self) -> None:
        """Write what belongs at the end."""

    def abort(self) -> None:
        """Stop, as what was written will be thrown away; it never raises."""


class CsvWriter:
    """CSV in UTF-8: a point for decimals, line feeds, an empty cell where a value is missing.

    A number is the shortest text that reads back as the same bits. A text, or a column's name, that
    a spreadsheet would run as a formula gets an apostrophe before it, unless it is a number.
    """

    carries_objects = False

    def __init__(
        self, target: Target, types: Types, delimiter: str, *, escape_formulas: bool
    ) -> None:
        self._target = target
        self._delimiter = delimiter
        self._escapes = escape_formulas
        _refuse_types(types, "CSV", pl.DataFrame.write_csv)
        # A blank line is no row to pandas and R, nor here.
        self._missing = '""' if len(types) == 1 else ""
        self._rows = 0
        # A row like any other: two names may become one by their escapes.
        names = {str(index): [self._escaped(name)] for index, name in enumerate(types)}
        self._put(pl.DataFrame(names))

    def write(self, frame: pl.DataFrame) -> None:
        """Write some rows."""
        with _telling("CSV", frame, self._rows):
            self._put(self._without_formulas(frame) if self._escapes else frame)
        self._rows += frame.height

    def finish(self) -> None:
        """Nothing: CSV has no end."""

    def abort(self) -> None:
        """Nothing is under way."""

    def _put(self, frame: pl.DataFrame) -> None:
        buffer = io.BytesIO()
        frame.write_csv(
            buffer, include_header=False, separator=self._delimiter, null_value=self._missing
        )
        self._target.write(buffer.getbuffer())

    def _escaped(self, name: str) -> str:
        formula = self._escapes and name.startswith(FORMULA_STARTS) and not is_number(name)
        return f"'{name}" if formula else name

    @staticmethod
    def _without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
        escaped = []
        for cells in frame:
            if isinstance(cells.dtype, pl.Enum) and not _escapes_any(cells.dtype):
                escaped.append(cells)
            elif isinstance(cells.dtype, pl.Categorical | pl.Enum):
                escaped.append(_escape_cells(cells.cast(pl.String)))
            elif cells.dtype == pl.String:
                escaped.append(_escape_cells(cells))
            else:
                escaped.append(cells)
        return frame_of(escaped)


def _escapes_any(dtype: pl.Enum) -> bool:
    return bool(dtype.categories.str.contains(_FORMULA).any())


def _escape_cells(cells: pl.Series) -> pl.Series:
    suspect = cells.str.contains(_FORMULA).fill_null(value=False)
    if not suspect.any():
        return cells
    formula = suspect & ~are_numbers(cells)
    return ("'" + cells).zip_with(formula, cells).alias(cells.name)


class NdjsonWriter:
    """NDJSON: one object a line, always valid JSON; null where a value is missing or not finite."""

    carries_objects = True

    def __init__(self, target: Target, types: Types) -> None:
        self._target = target
        self._by_cell = pl.Object in types.values()
        _refuse_types(types, "NDJSON", pl.DataFrame.write_ndjson)
        self._rows = 0

    def write(self, frame: pl.DataFrame) -> None:
        """Write some rows."""
        if not frame.height:
            return
        if self._by_cell:
            lines = [_json_line(row) for row in frame.iter_rows(named=True)]
            self._target.write("".join(lines).encode("utf-8"))
            return
        buffer = io.BytesIO()
        with _telling("NDJSON", frame, self._rows):
            frame.write_ndjson(buffer)
        self._rows += frame.height
        self._target.write(buffer.getbuffer())

    def finish(self) -> None:
        """Nothing: NDJSON has no end."""

    def abort(self) -> None:
        """Nothing is under way."""


def _json_line(row: dict[str, Any]) -> str:
    finite = {
        name: None if isinstance(cell, float) and not math.isfinite(cell) else cell
        for name, cell in row.items()
    }
    return json.dumps(finite, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _refuse_types(
    types: Types, kind: str, write: Callable[[pl.DataFrame, io.BytesIO], Any]
) -> None:
    """Refuse columns whose type the format does not have, before there are rows to be written."""
    for name, dtype in types.items():
        if dtype == pl.Object:
            continue
        legal = not isinstance(dtype, pl.Binary | pl.BaseExtension)
        with suppress(pl.exceptions.PolarsError, pl.exceptions.PanicException):
            write(pl.DataFrame({"": pl.Series([None], dtype=dtype)}), io.BytesIO())
            if legal:
                continue
        message = f"column {quote(name)} is of type {dtype}, which {kind} cannot hold"
        raise RequestError(message, "do not keep it, or write Parquet")


@contextmanager
def _telling(kind: str, frame: pl.DataFrame, n_before: int) -> Iterator[None]:
    """Name the cell that a format has no words for, as a date of the year 300000 is."""
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        for column in frame:
            beyond = _beyond_calendar(column)
            if len(beyond):
                row = n_before + int(beyond[0]) + 1
                message = f"row {row}: column {quote(column.name)} holds a date that {kind} cannot"
                where = Place(row=row, column=column.name)
                raise TableError(message, where, "do not keep it, or write Parquet") from None
        raise OutputError(f"{kind} cannot be written: {error}") from None


def _beyond_calendar(column: pl.Series) -> pl.Series:
    """The rows of dates beyond the years that have a text."""
    if not isinstance(column.dtype, pl.Date | pl.Datetime):
        return pl.Series(dtype=pl.UInt32)
    unit = column.dtype.time_unit if isinstance(column.dtype, pl.Datetime) else "d"
    days = column.to_physical().cast(pl.Int64) // _UNITS_OF_A_DAY[unit]
    return (days.abs() > _MOST_DAYS).arg_true()


_UNITS_OF_A_DAY = {"d": 1, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_MOST_DAYS = 262_000 * 365
