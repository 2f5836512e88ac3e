"""Parquet files, read some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
from polars import selectors

from nnspec.tables.errors import Place
from nnspec.tables.parquet.pages import ParquetPages, RowGroup
from nnspec.tables.polars_errors import refused_as
from nnspec.tables.source import Batch, Selection, Source, in_batches, some_columns
from nnspec.tables.streams import open_file

SLICE_BYTES = 2**26
"""About how much of the selected columns is decoded at a time."""

SLICE_ROWS = 2**20
"""The most rows that are decoded at a time."""

_VALUE_BYTES = 16


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
            self._pages = ParquetPages(self._stream, path)
            # An absolute path is one to polars too, whatever characters are in it.
            absolute = Path(path).absolute()
            with refused_as(Place(path), "Parquet file"):
                self._scan = pl.scan_parquet(
                    absolute, glob=False, hive_partitioning=False, use_statistics=False
                )
                self._schema = self._scan.collect_schema()
        except BaseException:
            self._stream.close()
            raise
        self.types = self._schema
        self.header = tuple(self._schema)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def kept_types(self, names: Sequence[str]) -> dict[str, pl.DataType]:
        """The types that the columns have in the file."""
        return {name: self._schema[name] for name in names}

    def batches(self, selection: Selection) -> Iterator[Batch]:
        """The rows, in order, with the selected columns."""
        wanted = tuple(dict.fromkeys(selection.read + selection.kept))
        scan = self._scan.select(selectors.by_name(*wanted))
        first = 0
        for groups in _together(self._pages.row_groups, wanted):
            for group in groups:
                self._pages.check(group, wanted)
            n_rows = sum(group.n_rows for group in groups)
            step = _step(groups[0], wanted) if len(groups) == 1 else n_rows
            for start in range(first, first + n_rows, step):
                count = min(step, first + n_rows - start)
                with refused_as(Place(self.path, start + 1), "Parquet file"):
                    frame = scan.slice(start, count).collect()
                read = some_columns(frame, selection.read)
                kept = some_columns(frame, selection.kept)
                yield from in_batches(Batch(start + 1, count, read, kept))
            first += n_rows


def _step(group: RowGroup, wanted: Sequence[str]) -> int:
    """How many rows of a row group to decode at a time."""
    if not group.n_rows:
        return 1
    size = sum(chunk.unpacked_bytes for chunk in group.chunks if chunk.column in wanted)
    row_bytes = max(size / group.n_rows, _VALUE_BYTES * len(wanted), 1)
    return max(1, min(SLICE_ROWS, int(SLICE_BYTES / row_bytes)))


def _together(groups: Sequence[RowGroup], wanted: Sequence[str]) -> Iterator[list[RowGroup]]:
    """Row groups that are decoded together: small ones with their neighbours."""
    together: list[RowGroup] = []
    share = 0.0
    for group in groups:
        weight = group.n_rows / _step(group, wanted)
        if together and share + weight > 1:
            yield together
            together, share = [], 0.0
        together.append(group)
        share += weight
    if together:
        yield together
