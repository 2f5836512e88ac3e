"""Open a table in a file, or on standard input, whatever its format."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import BinaryIO

from nnspec.tables.csv.source import CsvOptions, CsvSource
from nnspec.tables.formats import delimiter_of, format_of
from nnspec.tables.source import Source
from nnspec.tables.streams import open_bytes


def open_source(
    path: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002 -- the word of the command line
    options: CsvOptions | None = None,
) -> Source:
    """Open a table, so far that its header is known.

    Parameters
    ----------
    path
        A file, or ``-`` for standard input.
    format
        ``csv``, ``parquet``, ``ndjson`` or ``arrow``; None to go by the file's extension.
    options
        How a CSV table is written.

    Raises
    ------
    RequestError
        If the format is unknown, or standard input cannot be read.
    TableError
        If the table is malformed.
    OSError
        If the file cannot be read.
    """
    name = os.fspath(path)
    kind = format_of(name, format, "--input-format")
    if kind == "parquet":
        return _parquet(name)
    if kind == "arrow":
        return _ipc(name)
    stream = open_bytes(name)
    try:
        if kind == "ndjson":
            return _ndjson(stream, name)
        options = CsvOptions() if options is None else options
        if options.delimiter is None:
            options = replace(options, delimiter=delimiter_of(name, options.decimal))
        return CsvSource(stream, name, options)
    except BaseException:
        stream.close()
        raise


# Imported when they are needed: a short table is read in less time than all of them take.


def _parquet(name: str) -> Source:
    from nnspec.tables.parquet.source import ParquetSource

    return ParquetSource(name)


def _ipc(name: str) -> Source:
    from nnspec.tables.arrow.source import IpcSource

    return IpcSource(name)


def _ndjson(stream: BinaryIO, name: str) -> Source:
    from nnspec.tables.ndjson.source import NdjsonSource

    return NdjsonSource(stream, name)
