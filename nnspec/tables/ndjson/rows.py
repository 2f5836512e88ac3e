"""The objects of an NDJSON stream, one a line, read strictly."""

from __future__ import annotations

import io
import json
import math
from typing import Any, BinaryIO, NoReturn, TypeAlias, cast

from nnspec.diagnostics.suggestions import printable, quote
from nnspec.tables.errors import Place, TableError

Row: TypeAlias = dict[str, Any]

LINE_BYTES = 16 * 2**20
"""The longest line."""

_BOM = b"\xef\xbb\xbf"
_LONGEST_INTEGER = 400
_EACH_LINE = 'write one object on each line: {"area": 2000, "age": 12}'


class RowReader:
    """Reads rows and refuses the first line that is none.

    Parameters
    ----------
    stream
        The bytes.
    path
        The file's name, for messages.
    """

    def __init__(self, stream: BinaryIO, path: str) -> None:
        self._lines = io.BufferedReader(cast(io.RawIOBase, stream), 2**20)
        self._path = path
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_without_repeats,
            parse_int=_integer,
            parse_constant=_refuse_constant,
        )
        self._line = 0
        self._row = 0
        self._offset = 0
        self._blank: int | None = None

    def start(self, count: int) -> bytes:
        """The first bytes, which are still to be read."""
        return self._lines.peek(count)[:count]

    def take(self, most_rows: int, most_bytes: int) -> list[Row]:
        """Up to so many rows; it stops early once their text has so many bytes; none at the end.

        Raises
        ------
        TableError
            If a line is no row.
        """
        rows: list[Row] = []
        taken = 0
        while len(rows) < most_rows and taken < most_bytes:
            line = self._lines.readline(LINE_BYTES + 1)
            if not line:
                break
            self._line += 1
            if len(line) > LINE_BYTES:
                raise self._fail("the line is longer than 16 MiB")
            if not line.strip():
                self._blank = self._line if self._blank is None else self._blank
            else:
                rows.append(self._read(line))
            self._offset += len(line)
            taken += len(line)
        return rows

    def _read(self, line: bytes) -> Row:
        self._row += 1
        if self._blank is not None:
            self._line = self._blank
            help_ = "remove it; only at the end of the table may lines be blank"
            raise self._fail(f"line {self._blank} is blank, before row {self._row}", help_)
        text = self._text(line)
        try:
            row = self._decoder.decode(text)
            if "\\u" in text:
                json.dumps(row, ensure_ascii=False).encode("utf-8")
        except json.JSONDecodeError as error:
            message = f"this is no JSON: {error.msg[:1].lower()}{error.msg[1:]}"
            raise self._fail(f"{message}, at character {error.colno}") from None
        except UnicodeEncodeError:
            raise self._fail("a string holds half of a surrogate pair") from None
        except RecursionError:
            raise self._fail("values are nested too deep") from None
        except ValueError as error:
            raise self._fail(str(error), "") from None
        if isinstance(row, dict):
            return row
        start = printable(text[:20].strip())
        raise self._fail(f"the line holds no object; it begins with {start}")

    def _text(self, line: bytes) -> str:
        if self._line == 1:
            line = line.removeprefix(_BOM)
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            offset = self._offset + error.start
            shown = line[error.start : error.start + 4].hex(" ")
            message = f"the text is not UTF-8 at byte {offset:,}: {shown}"
            raise self._fail(message, "JSON is always written in UTF-8") from None

    def _fail(self, message: str, help_: str = _EACH_LINE) -> TableError:
        row = self._row if self._row else None
        return TableError(message, Place(self._path, row, self._line), help_)


def _without_repeats(pairs: list[tuple[str, Any]]) -> Row:
    row = dict(pairs)
    if len(row) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key {quote(key)} is given twice")
            seen.add(key)
    return row


def _integer(digits: str) -> int | float:
    # What has so many digits is beyond every double; Python would refuse to read it.
    return (
        int(digits)
        if len(digits) < _LONGEST_INTEGER
        else math.copysign(math.inf, -1.0 if digits.startswith("-") else 1.0)
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
