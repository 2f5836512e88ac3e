"""Excel workbooks, written row by row: numbers to their last bit, texts never as formulas."""

from __future__ import annotations

import datetime
import io
import math
from collections.abc import Iterable
from typing import Any

import polars as pl

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.errors import Place, RequestError, TableError
from nnspec.tables.excel.library import openpyxl
from nnspec.tables.excel.texts import escaped
from nnspec.tables.write.targets import Target
from nnspec.tables.write.writers import Types

MOST_ROWS, MOST_COLUMNS, MOST_LETTERS = 2**20, 2**14, 32_767
"""What a sheet, and a cell of it, can hold."""

SHEET = "values"
"""The name of the sheet that is written."""

_NOT = "do not keep it, or write CSV or Parquet"
_FIRST_DAY = datetime.date(1900, 3, 1)
"""Before it, Excel counts a day that never was."""

_EPOCH = datetime.datetime(1899, 12, 30)
_DAY = datetime.timedelta(days=1)
_MILLISECOND = datetime.timedelta(milliseconds=1)


class ExcelWriter:
    """One sheet, the columns' names in its first row.

    Parameters
    ----------
    target
        Where the bytes go.
    types
        The columns, in order, and their types.

    Raises
    ------
    RequestError
        If openpyxl is not installed, or a sheet cannot hold the columns.
    """

    carries_objects = True

    def __init__(self, target: Target, types: Types) -> None:
        if len(types) > MOST_COLUMNS:
            message = f"a sheet holds {MOST_COLUMNS:,} columns, not {len(types):,}"
            raise RequestError(message, "write Parquet, or fewer columns")
        for name, dtype in types.items():
            if not _is_legal(dtype):
                message = f"column {quote(name)} is of type {dtype}, which Excel cannot hold"
                raise RequestError(message, "do not keep it, or write Parquet")
        self._target = target
        self._library = openpyxl()
        self._book = self._library.Workbook(write_only=True)
        self._sheet = self._book.create_sheet(SHEET)
        self._rows = 0
        self._names = list(types)
        self._append(self._names)

    def write(self, frame: pl.DataFrame) -> None:
        """Write some rows."""
        if self._rows + frame.height >= MOST_ROWS:
            message = f"a sheet holds {MOST_ROWS - 1:,} rows below its header"
            raise TableError(message, help="write CSV or Parquet")
        for row in frame.iter_rows():
            self._rows += 1
            self._append(row)

    def finish(self) -> None:
        """Write the workbook."""
        buffer = io.BytesIO()
        self._book.save(buffer)
        self._target.write(buffer.getbuffer())

    def abort(self) -> None:
        """Stop: what openpyxl has written waits in a temporary file, which it removes."""
        if not self._sheet.closed:
            self._sheet.close()

    def _append(self, row: Iterable[object]) -> None:
        self._sheet.append([self._cell(at, value) for at, value in enumerate(row)])

    def _cell(self, at: int, value: object) -> Any:
        """A cell, its type said outright: of its own openpyxl makes formulas of texts."""
        kind, text, form = self._written(at, value)
        if text is None:
            return None
        cell = self._library.cell.WriteOnlyCell(self._sheet, text)
        cell.data_type = kind
        if form is not None:
            cell.number_format = form
        return cell

    def _written(self, at: int, value: object) -> tuple[str, str | None, str | None]:
        """A value's type, its text in the file, and the format that shows it."""
        if isinstance(value, bool):
            return "b", str(int(value)), None
        if isinstance(value, float):
            return "n", repr(value) if math.isfinite(value) else None, None
        if isinstance(value, int):
            if not _is_double(value):
                raise self._refused(at, "an integer that no double holds, as Excel's numbers are")
            return "n", str(value), None
        if isinstance(value, datetime.datetime):
            return "n", self._moment(at, value), "yyyy-mm-dd hh:mm:ss.000"
        if isinstance(value, datetime.date):
            midnight = datetime.datetime.combine(value, datetime.time())
            return "n", self._moment(at, midnight), "yyyy-mm-dd"
        if value is None:
            return "s", None, None
        text = escaped(str(value))
        if len(text.encode("utf-16-le")) // 2 > MOST_LETTERS:
            raise self._refused(at, f"a text of more than {MOST_LETTERS:,} letters")
        return "s", text, None

    def _moment(self, at: int, moment: datetime.datetime) -> str:
        """A moment in days, as a sheet counts it."""
        since = moment - _EPOCH
        if moment.date() < _FIRST_DAY:
            raise self._refused(at, "a date before March 1900")
        if since % _MILLISECOND:
            raise self._refused(at, "a time finer than milliseconds")
        return repr(since / _DAY) if since % _DAY else str(since // _DAY)

    def _refused(self, at: int, what: str) -> TableError:
        name = self._names[at]
        message = f"row {self._rows}: column {quote(name)} holds {what}"
        return TableError(message, Place(row=self._rows, column=name), _NOT)


def _is_double(value: int) -> bool:
    return abs(value) <= 2**1023 and int(float(value)) == value


def _is_legal(dtype: pl.DataType) -> bool:
    if isinstance(dtype, pl.Datetime):
        return dtype.time_zone is None
    text = isinstance(dtype, pl.String | pl.Categorical | pl.Enum)
    other = isinstance(dtype, pl.Boolean | pl.Null | pl.Object | pl.Date)
    return text or other or dtype.is_integer() or dtype.is_float()
