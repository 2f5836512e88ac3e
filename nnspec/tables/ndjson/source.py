"""NDJSON: one JSON object on each line, read strictly.

A key that a line lacks is a missing value, as null is. The columns are the keys of the first 1,000
lines. Refused: a key given twice, NaN and Infinity, a line that is no object. A column that is
carried through holds no lists, no objects and no number beyond the doubles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import polars as pl

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.errors import Place, TableError
from nnspec.tables.formats import LONGEST, refuse_binary
from nnspec.tables.memory.series import typed_cells
from nnspec.tables.ndjson.rows import Row, RowReader
from nnspec.tables.source import Batch, Selection, Source, frame_of
from nnspec.tables.streams import share_read, shown_path

HEADER_ROWS = 1_000
"""How many rows are read to know the columns."""

BATCH_ROWS = 20_000
"""The most rows of one batch."""

BATCH_BYTES = 8 * 2**20
"""About how much text goes into one batch."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class NdjsonSource(Source):
    """An NDJSON table, read from a stream of bytes.

    Parameters
    ----------
    stream
        The bytes; the source closes it.
    path
        The file's name, for messages.

    Raises
    ------
    TableError
        If one of the first lines is no row.
    """

    def __init__(self, stream: BinaryIO, path: str) -> None:
        self.path = shown_path(path)
        self._stream = stream
        self._reader = RowReader(stream, self.path)
        self._check_start(self._reader.start(LONGEST))
        self._first = self._reader.take(HEADER_ROWS, BATCH_BYTES)
        if not self._first:
            raise TableError("the table is empty: it has no row", Place(self.path))
        self.header = tuple(dict.fromkeys([key for row in self._first for key in row]))

    def share_read(self) -> float | None:
        """How much of the table has been read, from 0 to 1; None where that is not known."""
        return share_read(self._stream)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def kept_types(self, names: Sequence[str]) -> dict[str, pl.DataType]:
        """Values of any type, as they were read."""
        return {name: pl.Object() for name in names}

    def _batches(self, selection: Selection) -> Iterator[Batch]:
        """The rows, in order, with the selected columns."""
        rows, first = self._first, 1
        while rows:
            read = [
                typed_cells(
                    name, [row.get(name) for row in rows], numbers=name in selection.numbers
                )
                for name in selection.read
            ]
            kept = [self._kept_column(name, rows, first) for name in selection.kept]
            yield Batch(first, len(rows), frame_of(read), frame_of(kept))
            first += len(rows)
            rows = self._reader.take(BATCH_ROWS, BATCH_BYTES)

    def _kept_column(self, name: str, rows: list[Row], first: int) -> pl.Series:
        cells = [row.get(name) for row in rows]
        for row, cell in enumerate(cells, first):
            if isinstance(cell, dict | list) or (isinstance(cell, float) and math.isinf(cell)):
                what = "a number beyond the doubles" if isinstance(cell, float) else "nested values"
                message = f"row {row}: column {quote(name)}, to be kept, holds {what}"
                raise TableError(message, Place(self.path, row, column=name), "do not keep it")
        return pl.Series(name, cells, dtype=pl.Object)

    def _check_start(self, start: bytes) -> None:
        place = Place(self.path, line=1, offset=0)
        refuse_binary(start, "NDJSON", place)
        if start.startswith(_UTF16):
            raise TableError("the text is not UTF-8 but UTF-16", place, "convert it to UTF-8")
