"""A Parquet file's pages, checked before they are decoded.

polars trusts what a file says of its sizes, and does not compare the checksums of its pages. So the
head of every page that will be decoded is read here first: sizes must lie within the file and
within a budget, counts must agree, and where a page has a checksum it must hold.
"""

from __future__ import annotations

import zlib

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.errors import TableError
from nnspec.tables.parquet.footer import Chunk, ParquetFile, count_of
from nnspec.tables.parquet.thrift import CompactReader, Fields, ThriftError

PAGE_BYTES = 2**28
"""The largest page, once unpacked."""

_FIRST_HEAD = 256
_LONGEST_HEAD = 2**24
_GZIP = 2
_DATA_PAGE, _DICTIONARY_PAGE, _DATA_PAGE_V2 = 0, 2, 3


class ChunkPages:
    """The pages of a column's chunk.

    Parameters
    ----------
    file
        The file.
    chunk
        Where they stand in it.
    """

    def __init__(self, file: ParquetFile, chunk: Chunk) -> None:
        self._file = file
        self._chunk = chunk

    def check(self) -> None:
        """Check them all.

        Raises
        ------
        TableError
            If one cannot be right, or its checksum does not hold.
        """
        chunk = self._chunk
        position = chunk.start
        n_values = 0
        while position < chunk.stop and n_values < max(chunk.n_values, 1):
            head, body = self._page_head(position)
            packed, unpacked = count_of(head.get(3)), count_of(head.get(2))
            if packed is None or unpacked is None or body + packed > chunk.stop:
                raise self._damaged("a page's size cannot be right")
            if unpacked > PAGE_BYTES:
                raise self._damaged(f"a page unpacks to {unpacked:,} bytes")
            values = _values_of(head)
            if values is None:
                raise self._damaged("a page's number of values cannot be right")
            n_values += values
            self._check_sum(head, body, packed)
            if chunk.codec == _GZIP:
                self._check_gzip(head, body, packed)
            position = body + packed
        if n_values != chunk.n_values:
            raise self._damaged("its pages do not hold as many values as they should")

    def _page_head(self, position: int) -> tuple[Fields, int]:
        chunk, length = self._chunk, _FIRST_HEAD
        while True:
            data = self._file.read(position, min(length, chunk.stop - position))
            reader = CompactReader(data)
            try:
                return reader.struct(), position + reader.position
            except ThriftError as error:
                if position + length >= chunk.stop or length >= _LONGEST_HEAD:
                    raise self._damaged(f"a page's head cannot be read: {error}") from None
                length *= 16

    def _check_sum(self, head: Fields, body: int, packed: int) -> None:
        checksum = head.get(4)
        if (
            isinstance(checksum, int)
            and zlib.crc32(self._file.read(body, packed)) != checksum % 2**32
        ):
            raise self._damaged(f"the checksum of the page at byte {body:,} does not hold")

    def _check_gzip(self, head: Fields, body: int, packed: int) -> None:
        """Check what gzip itself notes of a page, which polars does not."""
        levels = head.get(8, {})
        if levels.get(7) is False:
            return  # not packed
        before = (count_of(levels.get(5)) or 0) + (count_of(levels.get(6)) or 0)
        try:
            zlib.decompress(self._file.read(body + before, packed - before), 31)
        except zlib.error as error:
            raise self._damaged(f"the page at byte {body:,} is no gzip: {error}") from None

    def _damaged(self, message: str) -> TableError:
        name = quote(self._chunk.column)
        return self._file.fail(f"column {name} of the Parquet file is damaged: {message}")


def _values_of(head: Fields) -> int | None:
    """How many of a column's values a page holds; None if it does not say."""
    kind = head.get(1)
    if kind in (_DATA_PAGE, _DATA_PAGE_V2):
        fields = head.get(5 if kind == _DATA_PAGE else 8)
        return count_of(fields.get(1)) if isinstance(fields, dict) else None
    if kind == _DICTIONARY_PAGE:
        fields = head.get(7)
        entries = count_of(fields.get(1)) if isinstance(fields, dict) else None
        size = count_of(head.get(2))
        # The widest dictionaries are of strings, which take four bytes each at least.
        return 0 if entries is not None and size is not None and entries <= size + 1 else None
    return 0
