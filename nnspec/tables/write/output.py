"""Write a table: checked before its rows are known, whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import polars as pl

from nnspec.tables.errors import RequestError
from nnspec.tables.formats import BINARY, Format, delimiter_of, format_of
from nnspec.tables.source import some_columns
from nnspec.tables.write.targets import STDOUT, StreamTarget, Target, open_target
from nnspec.tables.write.writers import CsvWriter, NdjsonWriter, Types, Writer


class TableWriter:
    """A table that is being written; leaving its ``with`` block makes it final.

    When the block is left by an exception, nothing of a regular file remains, and what stood at its
    place before still stands.
    """

    def __init__(self, target: Target, writer: Writer, names: Sequence[str]) -> None:
        self._target = target
        self._writer = writer
        self._names = tuple(names)

    def write(self, frame: pl.DataFrame) -> None:
        """Write some rows; the frame has, in any order, the columns it was opened for.

        Raises
        ------
        OutputError
            If the bytes cannot be written.
        """
        frame = some_columns(frame, self._names)
        self._writer.write(frame if self._writer.carries_objects else _as_texts(frame))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self.abort()
            return
        try:
            self._writer.finish()
            self._target.commit()
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """Stop, and leave things as they were; it never raises."""
        self._writer.abort()
        self._target.abort()


def open_writer(
    path: str | os.PathLike[str] | None,
    types: Types,
    format: str | None = None,  # noqa: A002 -- the word of the command line
    *,
    inputs: Sequence[str | os.PathLike[str]] = (),
    escape_formulas: bool = True,
) -> TableWriter:
    """Open an output, after every check that can be made before its rows are known.

    Parameters
    ----------
    path
        A file; ``-`` or None for standard output.
    types
        The columns, in order, and their types.
    format
        ``csv``, ``parquet``, ``ndjson``, ``arrow`` or ``excel``; None to go by the file's
        extension, and for CSV on standard output.
    inputs
        Files that are read meanwhile, and so must not be the output.
    escape_formulas
        Whether texts that a spreadsheet would run get an apostrophe before them in CSV.

    Raises
    ------
    RequestError
        If the format is unknown, or cannot hold a column.
    OutputError
        If the file cannot be written.
    """
    name = STDOUT if path is None else os.fspath(path)
    kind = format_of(name, format, "--output-format")
    target = open_target(name, [os.fspath(source) for source in inputs])
    try:
        _refuse_terminal(kind, target)
        delimiter = delimiter_of(name)
        writer = make_writer(kind, target, types, delimiter, escape_formulas=escape_formulas)
        return TableWriter(target, writer, tuple(types))
    except BaseException:
        target.abort()
        raise


def make_writer(
    kind: Format, target: Target, types: Types, delimiter: str, *, escape_formulas: bool
) -> Writer:
    """The writer of a format; the delimiter and the escape are those of CSV.

    Raises
    ------
    RequestError
        If the format cannot hold a column of one of these types.
    """
    if kind == "csv":
        return CsvWriter(target, types, delimiter, escape_formulas=escape_formulas)
    if kind == "ndjson":
        return NdjsonWriter(target, types)
    if kind == "excel":
        from nnspec.tables.excel.writer import ExcelWriter

        return ExcelWriter(target, types)
    # polars takes a while to import what it needs for this.
    from nnspec.tables.write.sinks import SinkWriter

    texts = {name: pl.String() if dtype == pl.Object else dtype for name, dtype in types.items()}
    return SinkWriter(target, texts, kind)


def _refuse_terminal(kind: str, target: Target) -> None:
    if kind in BINARY and isinstance(target, StreamTarget) and target.isatty():
        raise RequestError(f"{kind} is not for a terminal", "name a file: -o FILE")


def _as_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame, its columns of Python values as text, for formats whose columns have one type."""
    columns = [column for column in frame if column.dtype == pl.Object]
    return frame.with_columns(
        [pl.Series(c.name, [_text(cell) for cell in c], dtype=pl.String) for c in columns]
    )


def _text(cell: object) -> str | None:
    return cell if cell is None or isinstance(cell, str) else json.dumps(cell)
