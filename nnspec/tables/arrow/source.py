"""Arrow IPC files, read one record batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
from polars import selectors

from nnspec.tables.errors import Place
from nnspec.tables.formats import LONGEST, refuse_other
from nnspec.tables.polars_errors import refused_as
from nnspec.tables.source import BATCH_ROWS, Batch, Selection, Source, some_columns
from nnspec.tables.streams import open_file

MAGIC = b"ARROW1"


class IpcSource(Source):
    """A file in Arrow's IPC file format.

    Memory is bounded by the largest record batch of the file: a compressed one can only be read
    whole.

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
        with open_file(path) as stream:
            refuse_other(stream.read(LONGEST), MAGIC, "an Arrow IPC file", Place(path))
        with refused_as(Place(path), "Arrow file"):
            # An absolute path is one to polars too, whatever characters are in it.
            self._scan = pl.scan_ipc(Path(path).absolute(), glob=False, hive_partitioning=False)
            self._schema = self._scan.collect_schema()
        self.types = self._schema
        self.header = tuple(self._schema)

    def close(self) -> None:
        """Nothing: polars opens the file for each reading."""

    def kept_types(self, names: Sequence[str]) -> dict[str, pl.DataType]:
        """The types that the columns have in the file."""
        return {name: self._schema[name] for name in names}

    def batches(self, selection: Selection) -> Iterator[Batch]:
        """The rows, in order, with the selected columns."""
        wanted = tuple(dict.fromkeys(selection.read + selection.kept))
        first = 1
        scan = self._scan.select(selectors.by_name(*wanted))
        frames = iter(scan.collect_batches(chunk_size=BATCH_ROWS, lazy=True))
        while True:
            with refused_as(Place(self.path, first), "Arrow file"):
                frame = next(frames, None)
            if frame is None:
                return
            if frame.height:
                read = some_columns(frame, selection.read)
                yield Batch(first, frame.height, read, some_columns(frame, selection.kept))
            first += frame.height
