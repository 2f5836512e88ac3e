"""CSV as blocks of whole records.

The bytes are cut where records end, so that a block can be read on its own. A block is judged all
at once (:mod:`nnspec.tables.csv.checks`); where that finds it wanting, record by record
(:mod:`nnspec.tables.csv.records`), which decides and names the fault. Results do not depend on the
size of the blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nnspec.tables.csv.checks import count_records, within_quotes
from nnspec.tables.csv.records import FIELD_BYTES, LF, Origin, RecordScanner, Syntax, blank_line


class Readable(Protocol):
    """What a table's bytes are read from."""

    def read(self, size: int, /) -> bytes | None:
        """Up to ``size`` bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class RecordBlock:
    """Whole records, well formed: how many there are, and the first one's row."""

    data: bytes
    n_rows: int
    first_row: int
    quoted: bool


class BlockReader:
    """Cuts a stream of CSV into blocks of whole, well-formed records.

    Parameters
    ----------
    stream
        The bytes, with the header's record still to come.
    path
        The file's name, for messages.
    delimiter
        The byte between two cells.
    block_bytes
        How many bytes to read at a time.
    offset
        Where in the file the stream begins; None where the file is not UTF-8 itself.
    """

    def __init__(
        self, stream: Readable, path: str, delimiter: int, block_bytes: int, offset: int | None
    ) -> None:
        self._stream = stream
        self._syntax = Syntax(delimiter)
        self._origin = Origin(path, 0, 1, offset)
        self._block_bytes = block_bytes
        self._rest = b""
        self._ended = False
        self._blank: int | None = None

    def start(self, count: int) -> bytes:
        """The first bytes of the stream, which are still to be read as its first record."""
        while len(self._rest) < count and not self._ended:
            self._more()
        return self._rest[:count]

    def skip(self, count: int) -> None:
        """Pass over the first bytes, which are not part of any record."""
        self._rest = self._rest[count:]
        self._advance(count, 0, 0)

    def header(self) -> list[bytes]:
        """The cells of the first record, as they stand in the file; none in an empty file.

        Raises
        ------
        TableError
            If the record is malformed.
        """
        while True:
            scanner = RecordScanner(self._rest, self._syntax, self._origin, ended=self._ended)
            spans = next(scanner.records(), None)
            if spans is not None:
                cells = [self._rest[start:end] for start, end in spans]
                stop = self._rest.index(b"\n", spans[-1][1]) + 1
                self._advance(stop, self._rest.count(b"\n", 0, stop), 1)
                self._rest = self._rest[stop:]
                return cells
            if self._ended:
                return []
            self._more()

    def blocks(self, header: tuple[str, ...]) -> Iterator[RecordBlock]:
        """Every record after the header's, in blocks.

        Raises
        ------
        TableError
            At the first fault.
        """
        self._syntax = Syntax(self._syntax.delimiter, header)
        while self._rest or not self._ended:
            data = self._whole_records(b"" if self._ended else self._read())
            if data:
                yield from self._whole(data)
            elif self._rest and (self._ended or len(self._rest) > FIELD_BYTES):
                self._scan(self._rest)

    def _whole_records(self, more: bytes) -> bytes:
        """The whole records among the bytes at hand; what is left waits for what comes next."""
        if b'"' not in self._rest and b'"' not in more:
            cut = more.rfind(b"\n") + 1
            if cut == len(more) and not self._rest:
                return more
            if cut:
                data = b"".join([self._rest, memoryview(more)[:cut]])
                self._rest = more[cut:]
                return data
        self._rest += more
        cut = self._last_end()
        data, self._rest = self._rest[:cut], self._rest[cut:]
        return data

    def _more(self) -> None:
        self._rest += self._read()

    def _read(self) -> bytes:
        """Up to a block of bytes; at the end the line feed that the file may lack."""
        parts = []
        wanted = self._block_bytes
        while wanted > 0:
            chunk = self._stream.read(wanted)
            if not chunk:
                self._ended = True
                break
            parts.append(chunk)
            wanted -= len(chunk)
            if wanted <= self._block_bytes // 2 and chunk.endswith(b"\n"):
                break
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        # After a carriage return it would make a line end of what is none.
        if self._ended and not (data or self._rest or b"\n").endswith((b"\n", b"\r")):
            data += b"\n"
        return data

    def _last_end(self) -> int:
        """Where the last whole record of the bytes at hand ends, 0 if none does."""
        if b'"' not in self._rest:
            return self._rest.rfind(b"\n") + 1
        array = np.frombuffer(self._rest, np.uint8)
        ends = (array == LF) & ~within_quotes(array)
        backwards = int(np.argmax(ends[::-1]))
        return len(array) - backwards if ends[len(array) - 1 - backwards] else 0

    def _whole(self, data: bytes) -> Iterator[RecordBlock]:
        """The block of some whole records, without the blank lines at its end."""
        body = self._without_blank_end(data)
        if body:
            self._refuse_blank()
            n_rows = count_records(body, self._syntax)
            if n_rows is None:
                n_rows = self._scan(body)
            quoted = b'"' in body
            yield RecordBlock(body, n_rows, self._origin.row, quoted)
            self._advance(len(body), body.count(b"\n") if quoted else n_rows, n_rows)
        if len(body) < len(data):
            if self._blank is None:
                self._blank = self._origin.line
            blank = data[len(body) :]
            self._advance(len(blank), blank.count(b"\n"), 0)

    @staticmethod
    def _without_blank_end(data: bytes) -> bytes:
        if not data.endswith((b"\n\n", b"\n\r\n")) and data not in (b"\n", b"\r\n"):
            return data
        kept = len(data.rstrip(b"\r\n"))
        if kept:
            kept = data.find(b"\n", kept) + 1
        blank = not data[kept:].replace(b"\r\n", b"").strip(b"\n")
        return data[:kept] if blank else data

    def _refuse_blank(self) -> None:
        """Refuse the blank lines passed over so far: they did not stand at the end."""
        if self._blank is not None:
            raise blank_line(self._origin.path, self._origin.row, self._blank)

    def _scan(self, data: bytes) -> int:
        self._refuse_blank()
        scanner = RecordScanner(data, self._syntax, self._origin, ended=self._ended)
        return sum(1 for _ in scanner.records())

    def _advance(self, n_bytes: int, n_lines: int, n_rows: int) -> None:
        origin = self._origin
        offset = None if origin.offset is None else origin.offset + n_bytes
        self._origin = Origin(origin.path, origin.row + n_rows, origin.line + n_lines, offset)
