"""Parquet and Arrow IPC, written as the rows come.

polars writes these formats only from a whole query. So the query's source is a generator that waits
for frames, and the query runs in a thread of its own: memory holds a few frames, whatever the
table's length. No exception of Python's ever enters the query: one that a thread of polars still
holds as the interpreter ends would end the process (SIGABRT). An error is noted here, and the query
runs to its end over no more rows and into no file.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import IO, Literal, cast

import polars as pl
from polars.io.plugins import register_io_source

from nnspec.tables.errors import OutputError
from nnspec.tables.write.targets import Target

_POLL_SECONDS = 0.1


class SinkWriter:
    """A query of polars that writes the frames it is handed.

    Parameters
    ----------
    target
        Where the bytes go.
    types
        The columns' types.
    kind
        The format.
    """

    carries_objects = False

    def __init__(
        self, target: Target, types: Mapping[str, pl.DataType], kind: Literal["parquet", "arrow"]
    ) -> None:
        self._out = _Recorder(target)
        self._types = dict(types)
        self._kind = kind
        self._frames: queue.Queue[pl.DataFrame | None] = queue.Queue(maxsize=1)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"nnspec-{kind}-writer", daemon=True)
        self._thread.start()

    def write(self, frame: pl.DataFrame) -> None:
        """Write some rows."""
        if frame.height:
            self._put(frame)

    def finish(self) -> None:
        """Write what belongs at the end, and wait until it is written."""
        self._put(None)
        self._thread.join()
        self._raise()

    def abort(self) -> None:
        """Stop the query."""
        self._out.closed = True
        while self._thread.is_alive():
            with suppress(queue.Full):
                self._frames.put(None, timeout=_POLL_SECONDS)
                break
        self._thread.join()

    def _put(self, item: pl.DataFrame | None) -> None:
        while self._thread.is_alive() and self._out.error is None:
            with suppress(queue.Full):
                return self._frames.put(item, timeout=_POLL_SECONDS)
        self._raise()
        raise OutputError(f"{self._out.name} cannot be written: its writer has ended")

    def _raise(self) -> None:
        if self._out.error is not None:
            raise self._out.error
        if self._error is not None:
            message = f"{self._out.name} cannot be written: {self._error}"
            raise OutputError(message) from self._error

    def _rows(self, *_: object) -> Iterator[pl.DataFrame]:
        while True:
            item = self._frames.get()
            if item is None:
                return
            yield item

    def _run(self) -> None:
        try:
            query = register_io_source(self._rows, schema=self._types)
            # A write method is all that polars needs of a file.
            file = cast(IO[bytes], self._out)
            if self._kind == "parquet":
                query.sink_parquet(file)
            else:
                query.sink_ipc(file)
        except BaseException as error:
            self._error = error


class _Recorder:
    """A target that polars writes to, and the error that it met there.

    After an error, or once it is ``closed``, what comes is thrown away.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self.name = target.name
        self.error: OSError | None = None
        self.closed = False

    def write(self, data: bytes) -> int:
        """Write all the bytes; how many they were."""
        if not self.closed and self.error is None:
            try:
                self._target.write(data)
            except OSError as error:
                self.error = error
        return len(data)

    def flush(self) -> None:
        """Nothing: nothing is held back."""
