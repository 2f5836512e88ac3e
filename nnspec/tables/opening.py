"""Open a table in a file, or on standard input, whatever its format."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import BinaryIO

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.csv.source import CsvOptions, CsvSource
from nnspec.tables.errors import RequestError
from nnspec.tables.formats import delimiter_of, format_of
from nnspec.tables.source import Source
from nnspec.tables.streams import open_bytes


def open_source(
    path: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002 -- the word of the command line
    options: CsvOptions | None = None,
    sheet: str | None = None,
) -> Source:
    """Open a table, so far that its header is known.

    Parameters
    ----------
    path
        A file, or ``-`` for standard input.
    format
        ``csv``, ``parquet``, ``ndjson``, ``arrow`` or ``excel``; None to go by the file's name.
    options
        How a CSV table is written.
    sheet
        The sheet of an Excel workbook; None where it shows one alone.

    Raises
    ------
    RequestError
        If the format is unknown or has no sheets, or standard input cannot be read.
    TableError
        If the table is malformed.
    OSError
        If the file cannot be read.
    """
    name = os.fspath(path)
    kind = format_of(name, format, "--input-format")
    if sheet is not None and kind != "excel":
        message = f"--sheet is of an Excel workbook, and {quote(name)} is read as {kind}"
        raise RequestError(message, "leave it out, or say --input-format excel")
    if kind == "excel":
        return _excel(name, sheet)
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


def _excel(name: str, sheet: str | None) -> Source:
    from nnspec.tables.excel.source import ExcelSource

    return ExcelSource(name, sheet)


def _ndjson(stream: BinaryIO, name: str) -> Source:
    from nnspec.tables.ndjson.source import NdjsonSource

    return NdjsonSource(stream, name)
