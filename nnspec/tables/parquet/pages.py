"""A Parquet file's own account of itself, checked before its pages are decoded.

polars trusts what a file says of its sizes, and does not compare the checksums of its pages. So its
footer and the head of every page that will be decoded are read here first: sizes must lie within
the file and within a budget, counts must agree, and where a page has a checksum it must hold.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.errors import Place, TableError
from nnspec.tables.formats import LONGEST, refuse_other
from nnspec.tables.parquet.thrift import CompactReader, Fields, ThriftError

MAGIC = b"PAR1"

PAGE_BYTES = 2**28
"""The largest page, once unpacked."""

FOOTER_BYTES = 2**28
"""The largest footer."""

_FIRST_HEAD = 256
_LONGEST_HEAD = 2**24
_DATA_PAGE, _DICTIONARY_PAGE, _DATA_PAGE_V2 = 0, 2, 3
_DAMAGED = "the file is damaged, or was not written to its end: write it anew"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where one column of a row group stands in the file."""

    column: str
    flat: bool
    start: int
    stop: int
    n_values: int
    unpacked_bytes: int


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows that are stored together."""

    n_rows: int
    chunks: tuple[Chunk, ...]


class ParquetPages:
    """The row groups and pages of an open Parquet file.

    Parameters
    ----------
    stream
        The file, which can be sought in.
    path
        Its name, for messages.

    Raises
    ------
    TableError
        If it is no Parquet file, or its footer cannot be right.
    """

    def __init__(self, stream: BinaryIO, path: str) -> None:
        self._stream = stream
        self._place = Place(path)
        self._size = stream.seek(0, os.SEEK_END)
        refuse_other(self._bytes(0, LONGEST), MAGIC, "a Parquet file", self._place)
        footer_start, footer = self._footer()
        self._data_stop = footer_start
        self.row_groups = tuple(self._row_groups(footer))

    def check(self, group: RowGroup, columns: Collection[str]) -> None:
        """Check the pages of some columns of a row group.

        Raises
        ------
        TableError
            If one cannot be right, or its checksum does not hold.
        """
        for chunk in group.chunks:
            if chunk.column in columns:
                self._check_chunk(chunk)

    def _bytes(self, start: int, count: int) -> bytes:
        self._stream.seek(start)
        return self._stream.read(count)

    def _footer(self) -> tuple[int, Fields]:
        tail = self._bytes(max(self._size - 8, 0), 8)
        if self._size < 12 or tail[4:] != MAGIC:
            raise self._fail("the Parquet file has no footer")
        length = int.from_bytes(tail[:4], "little")
        start = self._size - 8 - length
        if start < 4 or length > FOOTER_BYTES:
            raise self._fail(f"the Parquet file's footer cannot have {length:,} bytes")
        try:
            return start, CompactReader(self._bytes(start, length)).struct()
        except ThriftError as error:
            raise self._fail(f"the Parquet file's footer cannot be read: {error}") from None

    def _row_groups(self, footer: Fields) -> Iterator[RowGroup]:
        groups = _typed(footer.get(4), list)
        total = 0
        for group in groups:
            fields = _typed(group, dict)
            n_rows = _count(fields.get(3))
            if n_rows is None or n_rows > 2**40:
                raise self._fail("a row group of the Parquet file has no legal number of rows")
            total += n_rows
            columns = _typed(fields.get(1), list)
            yield RowGroup(n_rows, tuple([self._chunk(column, n_rows) for column in columns]))
        if total != _count(footer.get(3)):
            raise self._fail("the Parquet file's row groups do not add up to its rows")

    def _chunk(self, column: Any, n_rows: int) -> Chunk:
        fields = _typed(column, dict)
        if 1 in fields:
            raise self._fail("the Parquet file keeps columns in other files", _OTHER_FILES)
        meta = _typed(fields.get(3), dict)
        names = [
            _typed(name, bytes).decode("utf-8", "replace") for name in _typed(meta.get(3), list)
        ]
        length, unpacked = _count(meta.get(7)), _count(meta.get(6))
        start, n_values = _count(meta.get(9)), _count(meta.get(5))
        if not names or length is None or start is None or n_values is None or unpacked is None:
            raise self._fail("the Parquet file's footer says too little of a column")
        dictionary = _count(meta.get(11))
        if dictionary:
            start = min(start, dictionary)
        flat = len(names) == 1
        if start < 4 or start + length > self._data_stop or (flat and n_values != n_rows):
            raise self._fail(f"the place of column {quote(names[0])} cannot be right")
        return Chunk(names[0], flat, start, start + length, n_values, unpacked)

    def _check_chunk(self, chunk: Chunk) -> None:
        position = chunk.start
        n_values = 0
        while position < chunk.stop and n_values < max(chunk.n_values, 1):
            head, body = self._page_head(chunk, position)
            packed, unpacked = _count(head.get(3)), _count(head.get(2))
            if packed is None or unpacked is None or body + packed > chunk.stop:
                raise self._damaged(chunk, "a page's size cannot be right")
            if unpacked > PAGE_BYTES:
                raise self._damaged(chunk, f"a page unpacks to {unpacked:,} bytes")
            values = _values_of(head)
            if values is None:
                raise self._damaged(chunk, "a page's number of values cannot be right")
            n_values += values
            self._check_sum(chunk, head, body, packed)
            position = body + packed
        if n_values != chunk.n_values:
            raise self._damaged(chunk, "its pages do not hold as many values as they should")

    def _page_head(self, chunk: Chunk, position: int) -> tuple[Fields, int]:
        length = _FIRST_HEAD
        while True:
            data = self._bytes(position, min(length, chunk.stop - position))
            reader = CompactReader(data)
            try:
                return reader.struct(), position + reader.position
            except ThriftError as error:
                if position + length >= chunk.stop or length >= _LONGEST_HEAD:
                    raise self._damaged(chunk, f"a page's head cannot be read: {error}") from None
                length *= 16

    def _check_sum(self, chunk: Chunk, head: Fields, body: int, packed: int) -> None:
        checksum = head.get(4)
        if isinstance(checksum, int) and zlib.crc32(self._bytes(body, packed)) != checksum % 2**32:
            raise self._damaged(chunk, f"the checksum of the page at byte {body:,} does not hold")

    def _damaged(self, chunk: Chunk, message: str) -> TableError:
        return self._fail(f"column {quote(chunk.column)} of the Parquet file is damaged: {message}")

    def _fail(self, message: str, help_: str = _DAMAGED) -> TableError:
        return TableError(message, self._place, help_)


_OTHER_FILES = "write the table as one file"


def _values_of(head: Fields) -> int | None:
    """How many of a column's values a page holds; None if it does not say."""
    kind = head.get(1)
    if kind in (_DATA_PAGE, _DATA_PAGE_V2):
        fields = head.get(5 if kind == _DATA_PAGE else 8)
        return _count(fields.get(1)) if isinstance(fields, dict) else None
    if kind == _DICTIONARY_PAGE:
        fields = head.get(7)
        entries = _count(fields.get(1)) if isinstance(fields, dict) else None
        size = _count(head.get(2))
        # The widest dictionaries are of strings, which take four bytes each at least.
        return 0 if entries is not None and size is not None and entries <= size + 1 else None
    return 0


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _typed(value: Any, kind: type) -> Any:
    """The value, or an empty one where it is of another type."""
    return value if isinstance(value, kind) else kind()
