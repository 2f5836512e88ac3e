"""Parquet files, read some rows at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.errors import Place, TableError
from nnspec.tables.parquet.footer import ParquetFile, RowGroup
from nnspec.tables.parquet.pages import ChunkPages
from nnspec.tables.polars_errors import refused_as
from nnspec.tables.source import Batch, ColumnTypes, Selection, Source, in_batches, some_columns
from nnspec.tables.streams import open_file

SLICE_BYTES = 2**26
"""About how much of the selected columns is decoded at a time."""

SLICE_ROWS = 2**20
"""The most rows that are decoded at a time."""

_VALUE_BYTES = 16
_LAST_INSTANT = 2**63 - 1


class ParquetSource(Source):
    """A Parquet file.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    TableError
        If it is no Parquet file, or is damaged.
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._stream = open_file(path)
        try:
            self._file = ParquetFile(self._stream, path)
        except BaseException:
            self._stream.close()
            raise
        self.header = tuple([column.name for column in self._file.columns])
        self.types = ColumnTypes(self._type_of)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _type_of(self, name: str) -> pl.DataType:
        place = self._file.place(name)
        refused = self._file.refusal(place)
        if refused is not None:
            raise self.refused_type(name, refused)
        with refused_as(Place(self.path, column=name), "Parquet file"):
            return pl.read_parquet(io.BytesIO(self._file.part([place], []))).dtypes[0]

    def _batches(self, selection: Selection) -> Iterator[Batch]:
        """The rows, in order, with the selected columns."""
        names = tuple(dict.fromkeys(selection.read + selection.kept))
        places = [self._file.place(name) for name in names]
        first = 1
        for groups in _together(self._file, places):
            seen = dict.fromkeys(names, 0)
            for frame in self._frames(places, groups, first):
                for name in names:
                    seen[name] += frame.get_column(name).null_count()
                self._check_instants(frame, places, first)
                read, kept = (some_columns(frame, n) for n in (selection.read, selection.kept))
                yield from in_batches(Batch(first, frame.height, read, kept))
                first += frame.height
            self._check_nulls(places, groups, seen)

    def _frames(
        self, places: Sequence[int], groups: Sequence[RowGroup], first: int
    ) -> Iterator[pl.DataFrame]:
        """The rows of some row groups, about as many at a time as memory is meant to hold."""
        for group in groups:
            for chunk in self._file.chunks(places, group):
                ChunkPages(self._file, chunk).check()
        n_rows = sum(group.n_rows for group in groups)
        part = io.BytesIO(self._file.part(places, groups))
        step = _step(self._file, groups[0], places) if len(groups) == 1 else n_rows
        for start in range(0, n_rows, step):
            count = min(step, n_rows - start)
            with refused_as(Place(self.path, first + start), "Parquet file"):
                frame = pl.scan_parquet(part, use_statistics=False).slice(start, count).collect()
            if frame.height != count:
                raise self._file.fail(f"{frame.height:,} rows were read where {count:,} stand")
            yield frame

    def _check_nulls(
        self, places: Sequence[int], groups: Sequence[RowGroup], seen: Mapping[str, int]
    ) -> None:
        """Compare how many nulls were read with what the file says, where it does."""
        for place in places:
            chunks = [chunk for group in groups for chunk in self._file.chunks([place], group)]
            counts = [chunk.n_nulls for chunk in chunks if chunk.flat]
            said = sum(count for count in counts if count is not None)
            name = self._file.columns[place].name
            if counts and None not in counts and said != seen[name]:
                message = f"column {quote(name)} has {seen[name]:,} nulls where {said:,} stand"
                raise self._file.fail(message)

    def _check_instants(self, frame: pl.DataFrame, places: Sequence[int], first: int) -> None:
        """Refuse instants of 96 bits that 64 bits of nanoseconds do not hold.

        polars reads what lies beyond them, before 1677 or after 2262, as the last that they hold.
        """
        for place in places:
            column = self._file.columns[place]
            if column.is_int96:
                beyond = (frame.get_column(column.name).to_physical() == _LAST_INSTANT).arg_true()
                if len(beyond):
                    row = first + int(beyond[0])
                    message = f"row {row}: column {quote(column.name)} holds an instant that"
                    message = f"{message} 64 bits of nanoseconds do not hold"
                    where = Place(self.path, row, column=column.name)
                    raise TableError(message, where, "write it as a TIMESTAMP of microseconds")


def _step(file: ParquetFile, group: RowGroup, places: Sequence[int]) -> int:
    """How many rows of a row group to decode at a time."""
    size = sum(chunk.unpacked_bytes for chunk in file.chunks(places, group))
    row_bytes = max(size / group.n_rows, _VALUE_BYTES * len(places), 1)
    return max(1, min(SLICE_ROWS, int(SLICE_BYTES / row_bytes)))


def _together(file: ParquetFile, places: Sequence[int]) -> Iterator[list[RowGroup]]:
    """Row groups that are decoded together: small ones with their neighbours."""
    together: list[RowGroup] = []
    share = 0.0
    for group in file.row_groups:
        weight = group.n_rows / _step(file, group, places)
        if together and share + weight > 1:
            yield together
            together, share = [], 0.0
        together.append(group)
        share += weight
    if together:
        yield together
