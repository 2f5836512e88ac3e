r"""The definition of a well-formed CSV table, record by record, and where one departs from it.

A record ends with a line feed, or a carriage return and a line feed. Cells are separated by the
delimiter. A cell that begins with a double quote ends with one, may hold anything between, and
doubles the quotes it holds; any other cell holds neither quotes nor line ends. Every record has as
many cells as the header. The text is UTF-8 without a NUL.

Blocks are first judged all at once (:mod:`nnspec.tables.csv.blocks`); this slower reading finds the
first fault of a block that did not pass.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.errors import Place, TableError

LF, CR, QUOTE = b'\n\r"'

FIELD_BYTES = 2**20
"""The longest cell."""

RECORD_BYTES = 16 * 2**20
"""The longest record."""

MOST_CELLS = 100_000
"""The most cells of a record, and so the widest table."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """How the records of one table are written.

    Parameters
    ----------
    delimiter
        The byte between two cells.
    header
        The columns' names; empty while the header itself is read.
    """

    delimiter: int
    header: tuple[str, ...] = ()

    @property
    def separator(self) -> bytes:
        """The delimiter as bytes."""
        return bytes([self.delimiter])


@dataclass(frozen=True, slots=True)
class Origin:
    """Where some bytes begin: their first row of data, first line and offset in the file.

    ``row`` is 0 for the header. ``offset`` is None where the file is not UTF-8 itself.
    """

    path: str
    row: int
    line: int
    offset: int | None


def blank_line(path: str, row: int, line: int) -> TableError:
    """The error of a blank line that more rows follow."""
    message = f"line {line} is blank, before row {row}"
    help_ = 'remove it, or write "" for a missing value; only at the end may lines be blank'
    return TableError(message, Place(path, row, line), help_)


def unquoted(cell: bytes) -> str:
    """The text of a cell, given the bytes of its span."""
    if cell.startswith(b'"'):
        cell = cell[1:-1].replace(b'""', b'"')
    return cell.decode("utf-8")


Span = tuple[int, int]


class RecordScanner:
    """Reads records one at a time and raises the first fault.

    Parameters
    ----------
    data
        Bytes that begin where a record does.
    syntax
        How records are written.
    origin
        Where the bytes begin.
    ended
        Whether the file ends with these bytes.
    """

    def __init__(self, data: bytes, syntax: Syntax, origin: Origin, *, ended: bool) -> None:
        self._data = data
        self._syntax = syntax
        self._origin = origin
        self._ended = ended
        self._row = origin.row
        self._start = 0
        separator = re.escape(syntax.separator)
        self._bare = re.compile(rb'[^"\r\n' + separator + rb"]*")

    def records(self) -> Iterator[list[Span]]:
        """The spans of each record's cells, quotes included; an unfinished last record is not one.

        Raises
        ------
        TableError
            At the first fault.
        """
        while self._start < len(self._data):
            spans = self._record()
            if spans is None:
                return
            yield spans
            self._row += 1

    def _record(self) -> list[Span] | None:
        spans: list[Span] = []
        position = self._start
        while True:
            end = self._cell_end(position, len(spans))
            if end is None:
                self._check_length(len(self._data))
                return None
            self._check_length(end)
            spans.append((position, end))
            if len(spans) > MOST_CELLS:
                message = f"{self._what()} has more than {MOST_CELLS:,} cells"
                self._fail(message, end, _TOO_WIDE, self._line(self._start))
            if self._data[end] == self._syntax.delimiter:
                position = end + 1
                continue
            stop = end + 1 if self._data[end] == LF else end + 2
            self._check_count(spans, stop)
            self._check_text(self._start, stop)
            self._start = stop
            return spans

    def _cell_end(self, start: int, index: int) -> int | None:
        """Where the cell ends, None if that is beyond the bytes at hand."""
        if self._data[start : start + 1] == b'"':
            end = self._closing_quote(start, index)
        else:
            match = self._bare.match(self._data, start)
            end = start if match is None else match.end()
            if end - start > FIELD_BYTES:
                self._too_long(start, index)
        following = self._data[end : end + 2] if end is not None else b""
        if end is None or not following:
            return None
        if following[0] in (self._syntax.delimiter, LF) or following == b"\r\n":
            return end
        if following == b"\r" and not self._ended:
            return None
        return self._misplaced(start, end, index)

    def _closing_quote(self, start: int, index: int) -> int | None:
        """The position after the quote that closes a cell, None if it is not at hand."""
        position = start + 1
        limit = start + FIELD_BYTES + 2
        while True:
            position = self._data.find(b'"', position, limit)
            if position < 0:
                if len(self._data) >= limit:
                    self._too_long(start, index)
                if self._ended:
                    line = self._line(start)
                    message = f"the quoted {self._cell(index)}, opened in line {line}, never closes"
                    self._fail(message, len(self._data), _QUOTES, line)
                return None
            if self._data[position + 1 : position + 2] != b'"':
                return position + 1
            position += 2

    def _misplaced(self, start: int, end: int, index: int) -> NoReturn:
        """Refuse what stands after a cell but neither separates nor ends it."""
        if self._data[end] == CR:
            self._fail("a carriage return without a line feed ends no line", end, _LINE_ENDS)
        if self._data[end] == QUOTE:
            message = f"{self._cell(index)} holds a quote, but does not begin with one"
            self._fail(message, end, _QUOTES)
        opened = self._line(start)
        found = quote(self._data[end : end + 16].decode("utf-8", "replace")[:1])
        message = (
            f"{found} follows the closing quote of {self._cell(index)}, opened in line {opened}"
        )
        self._fail(message, end, _QUOTES)

    def _check_count(self, spans: list[Span], stop: int) -> None:
        wanted = len(self._syntax.header)
        blank = len(spans) == 1 and spans[0][0] == spans[0][1]
        if not wanted or (len(spans) == wanted and not blank):
            return
        if blank:
            raise blank_line(self._origin.path, self._row, self._line(self._start))
        delimiter = quote(chr(self._syntax.delimiter))
        message = f"row {self._row} has {len(spans):,} cells where the header has {wanted:,}"
        help_ = f"give every row {wanted:,} cells; one that holds {delimiter} must stand in quotes"
        self._fail(message, stop, help_, self._line(self._start))

    def _check_length(self, end: int) -> None:
        if end - self._start > RECORD_BYTES:
            stop = self._start + RECORD_BYTES
            self._fail(f"{self._what()} is longer than 16 MiB", stop, _LINE_ENDS)

    def _check_text(self, start: int, stop: int) -> None:
        nul = self._data.find(b"\0", start, stop)
        stop = stop if nul < 0 else nul
        try:
            codecs.getincrementaldecoder("utf-8")().decode(self._data[start:stop])
        except UnicodeDecodeError as error:
            raise self._not_utf8(start + error.start) from None
        if nul >= 0:
            raise self._error("the text holds a NUL byte", nul, _BINARY, None)

    def _too_long(self, start: int, index: int) -> NoReturn:
        line = self._line(start)
        if self._data[start] == QUOTE:
            message = f"the quoted {self._cell(index)}, opened in line {line}, exceeds 1 MiB"
            self._fail(message, start + FIELD_BYTES, _QUOTES, line)
        message = f"{self._cell(index)} is longer than 1 MiB"
        self._fail(message, start + FIELD_BYTES, _LINE_ENDS, line)

    def _fail(self, message: str, position: int, help_: str, line: int | None = None) -> NoReturn:
        # What is wrong with the bytes before the fault explains more than the fault does.
        self._check_text(self._start, position)
        raise self._error(message, position, help_, line)

    def _error(self, message: str, position: int, help_: str, line: int | None) -> TableError:
        origin = self._origin
        offset = None if origin.offset is None else origin.offset + position
        row = self._row if self._row else None
        place = Place(
            origin.path, row, self._line(position) if line is None else line, offset=offset
        )
        return TableError(message, place, help_)

    def _not_utf8(self, position: int) -> TableError:
        shown = self._data[position : position + 4].hex(" ")
        offset = self._origin.offset
        where = "" if offset is None else f" at byte {offset + position:,}"
        return self._error(f"the text is not UTF-8{where}: {shown}", position, _ENCODING, None)

    def _line(self, position: int) -> int:
        return self._origin.line + self._data.count(b"\n", 0, position)

    def _what(self) -> str:
        return f"row {self._row}" if self._row else "the header"

    def _cell(self, index: int) -> str:
        header = self._syntax.header
        column = f" (column {quote(header[index])})" if index < len(header) else ""
        return f"cell {index + 1} of {self._what()}{column}"


_QUOTES = 'a cell that holds a quote stands in quotes and doubles it: "5"" pipe"'
_LINE_ENDS = "end every line with a line feed, or a carriage return and a line feed"
_TOO_WIDE = "split the table, or save it as Parquet"
_ENCODING = "if it is Latin-1, as older tools write, say so: --encoding cp1252 (or utf-16, ...)"
_BINARY = "this is no text in UTF-8; if it is UTF-16, say so: --encoding utf-16"
