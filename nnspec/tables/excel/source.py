"""Excel workbooks (.xlsx), read row by row; each cell has the type that the sheet gives it."""

from __future__ import annotations

import datetime
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeAlias

import polars as pl

from nnspec.diagnostics.suggestions import did_you_mean, listed, printable, quote
from nnspec.spec.model import category_text
from nnspec.tables.errors import Place, TableError
from nnspec.tables.excel.form import FormError, column_letters, sheet_form
from nnspec.tables.excel.library import openpyxl
from nnspec.tables.excel.texts import unescaped
from nnspec.tables.formats import LONGEST, refuse_other
from nnspec.tables.memory.series import typed_cells
from nnspec.tables.source import Batch, Selection, Source, frame_of
from nnspec.tables.streams import open_file

BATCH_ROWS = 20_000
"""The most rows of one batch."""

Cell: TypeAlias = str | int | float | bool | None
Row: TypeAlias = list[Cell]

_HEADER = "the first row must name the columns"
_RECKON = "open the workbook in a spreadsheet and save it"
_DAMAGED = "the file is damaged, or was not written to its end: write it anew"


class ExcelSource(Source):
    """A sheet of an Excel workbook.

    Numbers, texts, booleans and empty cells are what the sheet says they are; a date is its text in
    ISO 8601, an error such as ``#DIV/0!`` its own. Rows that are empty to the end are none.

    Parameters
    ----------
    path
        The file.
    sheet
        The sheet's name; None where the workbook shows one alone.

    Raises
    ------
    RequestError
        If openpyxl is not installed.
    TableError
        If it is no workbook, or is damaged, or has no such sheet.
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: str, sheet: str | None) -> None:
        self.path = path
        library = openpyxl()
        self._stream = open_file(path)
        try:
            signature = b"PK\x03\x04"
            refuse_other(self._stream.read(LONGEST), signature, "an Excel workbook", Place(path))
            with self._refusing():
                self._workbook = library.load_workbook(
                    self._stream, read_only=True, data_only=True, keep_links=False
                )
                self._sheet = self._find(sheet)
                with zipfile.ZipFile(self._stream) as archive:
                    self._form = sheet_form(archive, self._sheet.title)
                self._rows = self._cells()
                self._place = self._header(next(self._rows, []))
            self.header = tuple(self._place)
        except BaseException:
            self._stream.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _batches(self, selection: Selection) -> Iterator[Batch]:
        """The rows, as :meth:`batches` gives them."""
        first = 1
        while True:
            with self._refusing():
                rows = list(islice(self._rows, BATCH_ROWS))
            if not rows:
                return
            rows = self._widened(rows, first)
            for name in dict.fromkeys(selection.read + selection.kept):
                self._check_valued(name, range(first, first + len(rows)))
            read = [
                typed_cells(name, self._column(name, rows), numbers=name in selection.numbers)
                for name in selection.read
            ]
            kept = [pl.Series(n, self._column(n, rows), dtype=pl.Object) for n in selection.kept]
            yield Batch(first, len(rows), frame_of(read), frame_of(kept))
            first += len(rows)

    def _column(self, name: str, rows: list[Row]) -> list[Cell]:
        return [row[self._place[name]] for row in rows]

    def _find(self, name: str | None) -> Any:
        """The sheet of a name, or the only one that is shown."""
        sheets = {sheet.title: sheet for sheet in self._workbook.worksheets}
        shown = [title for title, sheet in sheets.items() if sheet.sheet_state == "visible"]
        if name is None and len(shown) == 1:
            return sheets[shown[0]]
        names = listed([quote(title) for title in sheets], 20)
        if name is None:
            message = f"the workbook shows {len(shown)} sheets: {names}"
            raise TableError(message, Place(self.path), "name one: --sheet NAME")
        if name not in sheets:
            near = did_you_mean(name, sheets)
            raise TableError(f"the workbook has no sheet {quote(name)}", Place(self.path), near)
        return sheets[name]

    def _cells(self) -> Iterator[Row]:
        """The rows as the sheet has them, but for those at its end that are empty."""
        self._sheet.reset_dimensions()  # what it says of its size need not be so
        number, empty = 0, 0
        reckoned = {row for row, _ in self._form.unvalued}
        for number, row in enumerate(self._sheet.iter_rows(), 1):
            cells = [_cell(cell.value, cell.data_type) for cell in row]
            is_empty = all(cell is None for cell in cells)
            if is_empty and number > 1 and number not in reckoned:
                empty += 1
                continue
            yield from ([] for _ in range(empty))
            empty = 0
            yield cells
        if number != self._form.n_rows:
            raise FormError(f"{number:,} rows were read where {self._form.n_rows:,} stand")

    def _header(self, cells: Row) -> dict[str, int]:
        """Each column's name, and its place from 0; one without a name is none."""
        names: dict[str, int] = {}
        for column, cell in enumerate(cells):
            if cell is None:
                continue
            name = category_text(cell)
            if name in names:
                message = f"two columns are named {quote(name)}"
                raise TableError(message, Place(self.path), _HEADER)
            names[name] = column
        if not names:
            raise TableError("the sheet's first row is empty", Place(self.path), _HEADER)
        return names

    def _widened(self, rows: list[Row], first: int) -> list[Row]:
        """The rows, each as wide as the header; what stands below no name is refused."""
        named = set(self._place.values())
        width = max(named) + 1
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None and column not in named:
                    raise self._fail(first + at, column, "holds a value below no column's name")
            row += [None] * (width - len(row))
        return rows

    def _check_valued(self, name: str, rows: range) -> None:
        """Refuse a formula of a wanted column that nothing has worked out: it is no empty cell."""
        column = self._place[name]
        for row in rows if self._form.unvalued else ():
            if (row + 1, column + 1) in self._form.unvalued:
                raise self._fail(row, column, "holds a formula without its value", _RECKON)

    def _fail(self, row: int, column: int, what: str, help_: str = _HEADER) -> TableError:
        cell = f"{column_letters(column + 1)}{row + 1}"
        return TableError(f"row {row}: cell {cell} {what}", Place(self.path, row), help_)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Turn what openpyxl raises over a damaged file into a TableError."""
        try:
            with warnings.catch_warnings(action="ignore"):  # of parts that hold no cell
                yield
        except (TableError, MemoryError, RecursionError):
            raise
        except Exception as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            message = f"the Excel workbook cannot be read: {printable(lines[0][:200])}"
            raise TableError(message, Place(self.path), _DAMAGED) from None


def _cell(value: object, kind: str) -> Cell:
    """A cell's value."""
    if isinstance(value, str):
        return value if kind == "e" else unescaped(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
