"""Arrow IPC files, read some record batches at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.arrow.messages import MAGIC, ArrowFile, RecordBatch
from nnspec.tables.errors import Place
from nnspec.tables.formats import LONGEST, refuse_other
from nnspec.tables.polars_errors import refused_as
from nnspec.tables.source import (
    BATCH_ROWS,
    Batch,
    ColumnTypes,
    Selection,
    Source,
    in_batches,
    some_columns,
)
from nnspec.tables.streams import open_file


class IpcSource(Source):
    """A file in Arrow's IPC file format.

    Memory is bounded by the wanted columns of the largest record batch of the file: a compressed
    one can only be read whole.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    TableError
        If it is no such file, or is damaged.
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._stream = open_file(path)
        try:
            refuse_other(self._stream.read(LONGEST), MAGIC, "an Arrow IPC file", Place(path))
            self._file = ArrowFile(self._stream, path)
        except BaseException:
            self._stream.close()
            raise
        self.header = tuple([field.name for field in self._file.fields])
        self.types = ColumnTypes(self._type_of)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _type_of(self, name: str) -> pl.DataType:
        (column,) = self._file.columns([name])
        refused = self._file.fields[column].refusal()
        if refused is not None:
            raise self.refused_type(name, refused)
        return self._frame([column], []).dtypes[0]

    def _frame(self, columns: Sequence[int], batches: Sequence[RecordBatch]) -> pl.DataFrame:
        """Some columns of some batches, with as many rows and nulls as the file says."""
        stream = self._file.stream(columns, batches)
        with refused_as(Place(self.path), "Arrow file"):
            frame = pl.read_ipc_stream(stream.data)
        n_rows = sum(batch.n_rows for batch in batches)
        if columns and frame.height != n_rows:
            raise self._file.fail(f"{frame.height:,} rows were read where {n_rows:,} stand")
        for name, n_nulls in stream.n_nulls.items():
            if frame.get_column(name).null_count() != n_nulls:
                raise self._file.fail(f"column {quote(name)} lacks the nulls that it counts")
        return frame

    def _batches(self, selection: Selection) -> Iterator[Batch]:
        """The rows, in order, with the selected columns."""
        columns = self._file.columns(tuple(dict.fromkeys(selection.read + selection.kept)))
        first = 1
        for batches in _together(self._file.batches):
            n_rows = sum(batch.n_rows for batch in batches)
            frame = self._frame(columns, batches) if columns else pl.DataFrame()
            read, kept = (some_columns(frame, n) for n in (selection.read, selection.kept))
            if n_rows:
                yield from in_batches(Batch(first, n_rows, read, kept))
            first += n_rows


def _together(batches: Sequence[RecordBatch]) -> Iterator[list[RecordBatch]]:
    """Batches that are decoded together: small ones with their neighbours."""
    together: list[RecordBatch] = []
    for batch in batches:
        if together and sum(one.n_rows for one in together) + batch.n_rows > BATCH_ROWS:
            yield together
            together = []
        together.append(batch)
    if together:
        yield together
